"""actionlint and zizmor, which look for faults in workflows, find none in what `init` writes for GitHub, and those that are planted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.interop.servers import actionlint, zizmor
from tests.tables import cases

FOLDER = Path(".github/workflows")
FLAVOURS = {"plain": (), "foundry": ("--foundry",)}


def said(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


@pytest.mark.parametrize("options", FLAVOURS.values(), ids=FLAVOURS)
def test_what_init_writes_has_nothing_to_mend(cli: Cli, options: tuple[str, ...]) -> None:
    assert cli("init", "--ci", "github", "--drift", *options).exit_code == 0
    assert len([*FOLDER.glob("*.yml")]) == 2
    linted, audited = actionlint(), zizmor("--offline", FOLDER)
    assert (linted.returncode, audited.returncode) == (0, 0), said(linted) + said(audited)
    assert "Checking 2 workflow file(s)" in said(linted)
    assert "No findings to report" in said(audited)


@cases(
    "was becomes",
    {
        "an output that no step has": ("steps.plan.outputs.code", "stepz.plan.outputs.code"),
        "a key that nobody knows": ("    timeout-minutes:", "    timeout-minuts:"),
    },
)
def test_actionlint_finds_what_is_wrong(cli: Cli, was: str, becomes: str) -> None:
    cli("init", "--ci", "github", "--drift")
    path = FOLDER / "assistants-drift.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(was, becomes), encoding="utf-8")
    assert actionlint().returncode != 0


def test_zizmor_finds_what_is_unsafe(cli: Cli) -> None:
    cli("init", "--ci", "github")
    path = FOLDER / "assistants.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("{persist-credentials: false}", "{}"), encoding="utf-8")
    assert "artipacked" in said(zizmor("--offline", FOLDER))
