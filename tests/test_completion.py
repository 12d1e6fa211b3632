"""Completion as the shells ask for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import Write

FILES = {
    "assistants/project.yaml": "environments:\n  staging: {endpoint: embedded}\n  production: {endpoint: embedded}\n",
    "assistants/support.yaml": "model: m\n",
    "assistants/broken.yaml": "model: [\n",
    "assistants/more.yaml": "---\nkey: supper\n---\nkey: tutor\n",
    "other/far.md": "---\nmodel: m\n---\n",
}


def completed(*words: str) -> list[str]:
    """What bash is told for a line whose last word is to be completed."""
    line = ["assistants", *words]
    variables = {
        **os.environ,
        "_ASSISTANTS_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": str(len(line) - 1),
    }
    code = "from assistants_tool.cli import main; main()"
    run = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    return [one.partition(",")[2] for one in run.stdout.split()]


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


def test_without_files_nothing_is_completed() -> None:
    assert completed("show", "s") == []
