"""`fmt`: definition files in one style. What the style is `definitions.formatting` says; here files are read, written and told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.cli.run import find_workspace
from assistants_tool.definitions.files import Reader, collect
from assistants_tool.definitions.formatting import formatted
from assistants_tool.definitions.replacing import replacing
from assistants_tool.errors import Problem, Severity, ToolError
from assistants_tool.report.plain import Line, one_line

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.definitions.sources import Source
    from assistants_tool.line.workspace import Workspace

WOULD_CHANGE = 3


def fmt(settings: Settings, paths: tuple[Path, ...], *, check: bool, diff: bool) -> int:
    """Write the files anew that are not in our style; with `check` or `diff` nothing is written. Returns the exit code."""
    workspace = find_workspace(settings, paths)
    sources, faults = _files(workspace)
    if workspace.text is not None:
        terminal.result(formatted(workspace.text).removesuffix("\n"))
    found = {one: text for one in sources if one is not workspace.text and (text := formatted(one)) != one.text}
    for source, text in found.items():
        if diff:
            terminal.say_lines(_diff(source, text))
        if not (check or diff):
            _write(source, text)
    if not diff:
        word = "would be formatted" if check else "formatted"
        terminal.say_lines([Line(one_line(f"{word}: {one.shown}")) for one in found], err=True)
    terminal.problems(faults)
    if faults:
        return 1
    return WOULD_CHANGE if check and found else 0


def _files(workspace: Workspace) -> tuple[list[Source], list[Problem]]:
    """The files that hold definitions, and what is wrong with those that cannot be read, which are left as they are."""
    items, problems, _ = collect(workspace.paths, workspace.project, workspace.text, Reader(workspace.project.root))
    faults = [one for one in problems if one.severity is Severity.FAULT]
    return list(dict.fromkeys(one.source for one in items)), faults


def _diff(source: Source, text: str) -> Iterator[Line]:
    before, after = source.text.splitlines(), text.splitlines()
    for line in unified_diff(before, after, source.shown, source.shown, lineterm=""):
        yield Line(line, {"+": "create", "-": "delete"}.get(line[:1], ""))


def _write(source: Source, text: str) -> None:
    """The file is there whole, or as it was: with its ends of lines, its rights, and where a link leads."""
    path = source.identity
    try:
        ending = "\r\n" if b"\r\n" in path.read_bytes() else "\n"
        with replacing(path) as file:
            shutil.copymode(path, file.name)
            file.write(text.replace("\n", ending).encode())
    except OSError as error:
        raise ToolError(f"{source.shown} cannot be written: {error.strerror}; check it, then format again") from None
