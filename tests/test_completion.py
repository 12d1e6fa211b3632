"""Completion as the shells ask for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from assistants_tool.cli import main
from tests.conftest import Write

FILES = {
    "assistants/project.yaml": "environments:\n  staging: {endpoint: embedded}\n  production: {endpoint: embedded}\n",
    "assistants/support.yaml": "model: m\n",
    "assistants/broken.yaml": "model: [\n",
    "assistants/more.yaml": "---\nkey: supper\n---\nkey: tutor\n",
    "other/far.md": "---\nmodel: m\n---\n",
}


def asked(*words: str) -> dict[str, str]:
    """The variables by which bash asks for a line whose last word is to be completed."""
    line = ["assistants", *words]
    return {"_ASSISTANTS_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(line), "COMP_CWORD": str(len(line) - 1)}


def told(output: str) -> list[str]:
    return [one.partition(",")[2] for one in output.split()]


def completed(*words: str) -> list[str]:
    run = CliRunner().invoke(main, [], env=asked(*words), prog_name="assistants")
    assert run.stderr == ""
    return told(run.stdout)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("show", "su"), ["supper", "support"]),
        (("delete", "support", "t"), ["tutor"]),
        (("release", "x"), []),
        (("plan", "--only", "sup"), ["supper", "support"]),
        (("-f", "other", "show", "f"), ["far"]),
        (("plan", "-e", ""), ["production", "staging"]),
        (("appl",), ["apply"]),
    ],
)
def test_keys_and_environments_are_completed(write: Write, words: tuple[str, ...], found: list[str]) -> None:
    write(FILES)
    assert completed(*words) == found


def test_a_process_completes(write: Write) -> None:
    write(FILES)
    code = "from assistants_tool.cli import main; main()"
    variables = {**os.environ, **asked("show", "su")}
    run = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert (told(run.stdout), run.stderr) == (["supper", "support"], "")


def test_without_files_nothing_is_completed() -> None:
    assert completed("show", "s") == []
