"""`import`: definition files from what is on the endpoint. What is written where is the line's; here it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.cli.run import choice_of, talk_of, waiting
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError
from assistants_tool.line.importing import Imported, Importing
from assistants_tool.report.plain import Line

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.objects.assistant import Assistant


def import_assistants(settings: Settings, ids: Sequence[str], to: Path | None, origin: str | None) -> int:
    """Write definitions for these ids, or for all that may be imported. Returns the exit code."""
    work = Importing.of(choice_of(settings), settings.files, to, origin, talk_of(settings))
    terminal.say(f"From: {work.line.target}", err=True)
    with waiting():
        done = asyncio.run(work.imported(ids))
    _tell(done)
    if done.incomplete:
        raise ToolError(f"the listing may be incomplete: {done.incomplete}; others may be missing: import again")
    return 1 if done.left else 0


def _tell(done: Imported) -> None:
    terminal.say_lines(
        Line(f"+ {shown(done.folder / one.name)}: {_subject(one.assistant)}", "create") for one in done.written
    )
    terminal.say_lines(
        (Line(f"  {one.name}: {note}", "update") for one in done.written for note in one.notes), err=True
    )
    terminal.say_lines(
        (Line(f"! {_subject(one.assistant)}: not imported: {one.reason}", "error") for one in done.left), err=True
    )
    others = f", {len(done.taken)} left, which a definition or somebody else has" if done.taken else ""
    terminal.say(f"Imported: {len(done.written)}{others}.")
    if done.written:
        terminal.say("Look at the files; then `assistants plan` shows what applying them means.", err=True)


def _subject(assistant: Assistant) -> str:
    return f"{assistant.id} {assistant.name!r}" if assistant.name else assistant.id
