"""The tutorial, typed from its first line to its last: each output is as it stands there, ids, times and ages aside."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Cli
from tests.servers import serving

TUTORIAL = (REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?ms)(?:`([^`\n]+)`[^`\n]*:\n\n)?^```(\w+)\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?")
SERVED = "http://127.0.0.1:8080/v1"
SAY = ' || echo "exit code $?"'
VOLATILE = (
    (re.compile(r"asst_[A-Za-z0-9]{24}"), "asst_ID"),
    (re.compile(r" \d+[smh] +asst_ID"), " AGE asst_ID"),
    (re.compile(r"\d{8}T\d{6}\.\d{6}"), "TIME"),
    (re.compile(r"created_at: \d+"), "created_at: TIME"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),  # editors take it away
)


@dataclass(frozen=True)
class Step:
    """A fenced block; `file` is what the line before it names, `output` the ```text block after it."""

    language: str
    text: str
    file: str
    output: str | None


STEPS = [Step(language, text, file, output) for file, language, text, output in BLOCK.findall(TUTORIAL)]


@dataclass
class Reader:
    """Somebody who types what stands there. Most commands run in this process; what needs a shell gets one."""

    cli: Cli
    bin: Path
    address: str = SERVED

    def type(self, text: str) -> str:
        lines = text.splitlines()
        if all(line.startswith("assistants ") and not set(line.removesuffix(SAY)) & set("$&|;<>\\") for line in lines):
            return "".join(map(self._run, lines))
        return self._shell(text.replace(SERVED, self.address))

    def _run(self, line: str) -> str:
        run = self.cli(*shlex.split(line.removesuffix(SAY))[1:])
        if line.endswith(SAY) and run.exit_code:
            return f"{run.output}exit code {run.exit_code}\n"
        assert run.exit_code == 0, f"{line}: {run.output}"
        return run.output

    def _shell(self, text: str) -> str:
        there = self.bin / "there"
        script = f"set -eu\n{text}\npwd > {there}"
        environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY)}
        run = subprocess.run(
            ["bash", "-c", script],  # noqa: S607 - the reader's own
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, run.stdout
        os.chdir(there.read_text(encoding="utf-8").strip())
        return run.stdout


@pytest.fixture
def reader(cli: Cli, tmp_path: Path) -> Reader:
    """In an empty folder, with the command on PATH."""
    folder, home = tmp_path / "bin", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    command = folder / "assistants"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m assistants_tool "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    (tmp_path / ".git").rmdir()
    os.chdir(home)
    return Reader(cli, folder)


def plain(text: str) -> str:
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead, text)
    return text


def played(reader: Reader) -> Iterator[tuple[Step, str]]:
    """Follow every step; gives those that say what comes out, with what does."""
    with contextlib.ExitStack() as until_the_end:
        for step in STEPS:
            if step.text == "assistants serve\n":
                reader.address = until_the_end.enter_context(serving(Path(".assistants/embedded.db")))
            elif step.language == "sh":
                yield step, reader.type(step.text)
            elif step.file:
                path = Path(step.file)
                path.parent.mkdir(exist_ok=True)
                path.write_text(step.text, encoding="utf-8")


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl", "git"))), reason="the reader has no bash, curl or git")
def test_every_command_does_what_the_tutorial_says(reader: Reader) -> None:
    compared = 0
    for step, output in played(reader):
        if step.output:
            assert plain(output) == plain(step.output), step.text
            compared += 1
    assert compared > 12
