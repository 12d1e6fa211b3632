"""A page of commands, typed from its first line to its last by somebody who has the command, and a shell for what needs one."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REPOSITORY, Cli
from tests.servers import serving

BLOCK = re.compile(r"(?ms)(?:`([^`\n]+)`[^`\n]*:\n\n)?^```(\w+)\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?")
SERVED = "http://127.0.0.1:8080/v1"
# A command that needs no shell, and a line that does and stands for itself.
OURS = re.compile(
    r"(?P<words>assistants [^|&;<>$\\]*[^|&;<>$\\ ])(?: > (?P<stdout>\S+))?(?: 2> (?P<stderr>\S+))?(?: \| (?P<pipe>[^|&;<>$]+))?"
    r"(?P<code> \|\| echo \"exit code \$\?\")?"
)
PLAIN = re.compile(r"(?!\w+=|assistants |for |if |while )(?!.*<<)(?!.*\\$).*")
VOLATILE = (
    (re.compile(r"(asst|agent)([-_])[A-Za-z0-9]{24}"), r"\1\2ID"),
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


def steps_of(page: Path) -> list[Step]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Step(language, text, file, output) for file, language, text, output in found]


@dataclass
class Reader:
    """Somebody who types what stands there. Most commands run in this process; what needs a shell gets one."""

    cli: Cli
    bin: Path
    export: Callable[[str, str], None]
    address: str = SERVED

    def type(self, text: str) -> str:
        lines = text.splitlines()
        for name, value in re.findall(r"(?m)^export (\w+)=(\S+)$", text):
            self.export(name, value)
        if not all(OURS.fullmatch(one) or PLAIN.fullmatch(one) for one in lines):
            return self._shell(text.replace(SERVED, self.address))
        return "".join(self._run(found) if (found := OURS.fullmatch(one)) else self._shell(one) for one in lines)

    def _run(self, line: re.Match[str]) -> str:
        run = self.cli(*shlex.split(line["words"])[1:])
        assert line["code"] or line["pipe"] or run.exit_code == 0, f"{line[0]}: {run.output}"
        said = run.output
        for name in ("stdout", "stderr"):
            if path := line[name]:
                Path(path).write_text(getattr(run, name), encoding="utf-8")
                said = run.stderr if name == "stdout" else said.replace(run.stderr, "")
        if line["pipe"]:
            said = run.stderr + self._shell(line["pipe"], run.stdout)
        return f"{said}exit code {run.exit_code}\n" if line["code"] and run.exit_code else said

    def _shell(self, text: str, given: str | None = None) -> str:
        there = self.bin / "there"
        script = f"set -eu\n{text}\npwd > {there}"
        environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY)}
        run = subprocess.run(
            ["bash", "-c", script],  # noqa: S607 - the reader's own
            input=given,
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


def reader_in(tmp_path: Path, cli: Cli, export: Callable[[str, str], None]) -> Reader:
    """In an empty folder, with the command on PATH."""
    folder, home = tmp_path / "bin", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    command = folder / "assistants"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m assistants_tool "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    (tmp_path / ".git").rmdir()
    os.chdir(home)
    return Reader(cli, folder, export)


def plain(text: str) -> str:
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead, text)
    return text


def played(steps: list[Step], reader: Reader) -> Iterator[tuple[Step, str]]:
    """Follow every step; gives those that say what comes out, with what does."""
    with contextlib.ExitStack() as until_the_end:
        for step in steps:
            if step.text == "assistants serve\n":
                reader.address = until_the_end.enter_context(serving(Path(".assistants/embedded.db")))
            elif step.language == "sh":
                yield step, reader.type(step.text)
            elif step.file:
                path = Path(step.file)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(step.text, encoding="utf-8")
