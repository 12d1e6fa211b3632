"""`migrate`: what is to be written and made is shown, asked for once, and then told as a table of ids and a report."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.cli.output import Output
from assistants_tool.cli.plans import INTERRUPTED
from assistants_tool.cli.run import STDIN, find_line, standard_input_bytes, waiting
from assistants_tool.definitions import sources
from assistants_tool.definitions.sources import ANSWERS_MAX, decode_answers, shown
from assistants_tool.errors import DefinitionError, ToolError
from assistants_tool.line.migrating import Migrating, sources_of
from assistants_tool.report.migration import drafted_lines, member_lines, migration, moved_csv, moved_table
from assistants_tool.report.plain import Line, json_pieces

if TYPE_CHECKING:
    from assistants_tool.applying.context import Policy
    from assistants_tool.cli.application import Settings
    from assistants_tool.definitions.importing import Drafts, Left
    from assistants_tool.definitions.sources import Source
    from assistants_tool.line.migrating import Migrated
    from assistants_tool.planning.outcome import Outcome
    from assistants_tool.planning.plan import Plan


@dataclass
class Telling(Output):
    """With `csv` and `json` stdout is kept for the table."""

    drafts: Drafts | None = field(default=None, init=False)

    def drafted(self, drafts: Drafts) -> None:
        self.drafts = drafts
        files = [(shown(drafts.folder / one.name), one.subject) for one in drafts.written]
        self.lines(drafted_lines(files, _pairs(*drafts.left, *drafts.taken)))

    def agree(self, plan: Plan) -> bool:
        count = len(self.drafts.written) if self.drafts else 0
        said = f"Write {count} definition{'' if count == 1 else 's'}, and go ahead" if count else "Go ahead"
        return self.asked(plan, said)

    def applied(self, plan: Plan, outcomes: Sequence[Outcome] = ()) -> None:
        if not plan.is_empty or plan.refusals or not (self.drafts and self.drafts.written):
            super().applied(plan, outcomes)

    def _applied(self, *_: object) -> None:
        """The table is told instead."""


def migrate(
    settings: Settings,
    words: Sequence[str],
    to: Path | None,
    origin: str | None,
    policy: Policy,
    kind: str,
    *,
    yes: bool,
) -> int:
    """From an environment, all or the ids in `words`; else from the files in `words`. Returns the exit code."""
    output = Telling(kind, yes=yes)
    line = find_line(settings, front=output)
    if origin:
        work = Migrating.between(line, to, origin, words)
    else:
        work = Migrating.of_saved(line, to, [source for word in dict.fromkeys(words) for source in _read(word)])
    output.lines([Line(f"From: {work.source}")])
    output.begin(work.line.target)
    try:
        with output.problems(), waiting():
            done = asyncio.run(work.migrated(policy))
    except DefinitionError as error:
        terminal.failure(error)
        terminal.say(_hint(output.drafts, origin), err=True)
        return error.exit_code
    _tell(done, output)
    if done.incomplete:
        raise ToolError(f"the listing may be incomplete: {done.incomplete}; others may be missing: migrate again")
    return INTERRUPTED if done.stopped else int(done.failed)


def _read(word: str) -> Sequence[Source]:
    if word == str(STDIN):
        return (decode_answers(sources.STDIN, standard_input_bytes(ANSWERS_MAX + 1)),)
    return sources_of(Path(word))


def _hint(drafts: Drafts | None, origin: str | None) -> str:
    """What to do about definitions that cannot be made as they are."""
    if not (drafts and drafts.written):
        return "Nothing was written; fix the definitions, then migrate again."
    read = f"--all --from {origin}" if origin else "FILE"
    return (
        "Nothing was written, not even a file. --drop-unsupported leaves out what the new API does not support; or write the definitions"
        f" first (`assistants import {read}`, with the same -e), edit them, and migrate again."
    )


def _pairs(*left: Left) -> list[tuple[str, str]]:
    return [(one.subject, one.reason) for one in left]


def _tell(done: Migrated, output: Telling) -> None:
    if output.kind == "json":
        terminal.results(
            json_pieces(migration(done.source, done.target.as_data(), done.moved, _pairs(*done.left, *done.taken)))
        )
    elif output.kind == "csv":
        terminal.result(moved_csv(done.moved))
    elif not done.moved:
        terminal.say("Nothing to migrate.")
    else:
        terminal.say(moved_table(done.moved, terminal.width()))
    if done.moved and output.kind != "json":
        output.lines(member_lines(done.moved))
