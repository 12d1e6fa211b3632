"""Completion as the shells ask for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from assistants_tool.cli import main
from tests.conftest import REPOSITORY, Write
from tests.tables import cases

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


def test_times_of_backups_are_completed(write: Write) -> None:
    write(
        FILES
        | {f".assistants/backups/{one}/x": "" for one in ("20261123T101500.250000", "20261124T101500.250000", "mine")}
    )
    assert completed("restore", "20261124") == ["20261124T101500.250000"]
    assert len(completed("restore", "")) == 2


def test_a_process_completes(write: Write) -> None:
    write(FILES)
    code = "from assistants_tool.cli import main; main()"
    variables = {**os.environ, **asked("show", "su")}
    run = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert (told(run.stdout), run.stderr) == (["supper", "support"], "")


def test_without_files_nothing_is_completed() -> None:
    assert completed("show", "s") == []


# What docs/reference.md has a user put into the start-up file of each shell -> how to ask that shell who completes `assistants`.
SHELLS = {
    "bash": (("--norc", "-c"), "complete -p assistants", "_assistants_completion assistants"),
    "zsh": (("-f", "-c"), "print -r -- $_comps[assistants]", "_assistants_completion"),
    "fish": (("--no-config", "-c"), "complete -c assistants", "_assistants_completion"),
}


def start_up(shell: str) -> str:
    """The lines of the reference for a shell."""
    page = (REPOSITORY / "docs" / "reference.md").read_text(encoding="utf-8").partition("## Completion")[2]
    (lines,) = re.findall(rf"(?m)^# ~/\S*{shell}\S*.*\n((?:[^#`\n].*\n)+)", page)
    return str(lines)


def run_in(shell: str, script: str, home: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not here")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "HOME": str(home), "ZDOTDIR": str(home)}
    words = [program, *SHELLS[shell][0], script]
    return subprocess.run(words, env=environ, capture_output=True, text=True, check=False, timeout=60)


@cases("shell", {shell: shell for shell in SHELLS})
def test_each_shell_takes_the_lines_of_the_reference(tmp_path: Path, shell: str) -> None:
    _, question, answer = SHELLS[shell]
    run = run_in(shell, start_up(shell) + question, tmp_path)
    assert answer in run.stdout
    assert run.stderr == ""


def test_zsh_needs_what_the_reference_says_that_it_needs(tmp_path: Path) -> None:
    lines = "".join(line for line in start_up("zsh").splitlines(keepends=True) if "compinit" not in line)
    assert "command not found: compdef" in run_in("zsh", lines, tmp_path).stderr
