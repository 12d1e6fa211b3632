"""`import`: definition files from what is on the endpoint. What is written where is the line's; here it is told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.cli.run import STDIN, again, choice_of, standard_input_bytes, talk_of, waiting
from assistants_tool.definitions import sources
from assistants_tool.definitions.importing import HELD
from assistants_tool.definitions.sources import ANSWERS_MAX, decode_answers, read_answers, shown
from assistants_tool.errors import ToolError
from assistants_tool.line.importing import Copying, Imported, Importing
from assistants_tool.report.plain import Line, one_line, printable_name

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.definitions.sources import Source


def import_assistants(settings: Settings, ids: Sequence[str], to: Path | None, origin: str | None) -> int:
    """Write definitions for these ids, or for all that may be imported. Returns the exit code."""
    work = Importing.of(choice_of(settings), settings.files, to, origin, talk_of(settings))
    terminal.say(f"From: {work.line.target}", err=True)
    with waiting():
        done = asyncio.run(work.imported(ids))
    _tell(done, settings)
    if any(one.reason == HELD for one in done.left):
        terminal.say(f"`{again('show ID -o definition', settings)}` prints what the endpoint has of it.", err=True)
    if done.incomplete:
        raise ToolError(f"the listing may be incomplete: {done.incomplete}; others may be missing: import again")
    return 1 if done.left else 0


def import_files(settings: Settings, names: Sequence[str], to: Path | None) -> int:
    """Write definitions for the assistants in these files; `-` is standard input. Returns the exit code."""
    work = Copying.of(settings.environment, settings.files, to)
    files = [_read(name) for name in dict.fromkeys(names)]
    terminal.say(f"From: {', '.join(one.shown for one in files)}", err=True)
    done = work.copied(files)
    _tell(done, settings)
    if inside := [one.shown for one in files if one.path.is_relative_to(done.folder)]:
        terminal.say(f"Remove {', '.join(inside)}: it is read as a definition, but is not one.", err=True)
    return 1 if done.left else 0


def _read(name: str) -> Source:
    if name == str(STDIN):
        return decode_answers(sources.STDIN, standard_input_bytes(ANSWERS_MAX + 1))
    return read_answers(Path(os.path.abspath(name)))  # noqa: PTH100 - links stay


def _tell(done: Imported, settings: Settings) -> None:
    terminal.say_lines(
        Line(f"+ {shown(done.folder / one.name)}: {printable_name(one_line(one.subject))}", "create")
        for one in done.written
    )
    terminal.say_lines(
        (Line(one_line(f"! {printable_name(one.subject)}: not imported: {one.reason}"), "error") for one in done.left),
        err=True,
    )
    terminal.say_lines(
        (Line(one_line(f"! {one.name}: {said}"), "update") for one in done.written for said in one.left_out), err=True
    )
    others = f", skipped {len(done.taken)}: already managed" if done.taken else ""
    terminal.say(f"Imported: {len(done.written)}{others}.")
    if done.written:
        terminal.say(f"Check the files; `{again('plan', settings)}` then shows what applying them would do.", err=True)
