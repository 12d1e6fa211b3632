"""`migrate`: an import, and an apply of what it wrote, in one run and with one question. Nothing is written where the old ones are.

What is to be written is loaded before it is: a definition that the new API refuses is told with its place in the file that it would be,
and neither a file nor an assistant is made.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.definitions.importing import Answer, Drafts, Left, read_entries
from assistants_tool.definitions.sources import Source, read_answers, shown, visible_files
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.line.drafting import Drafting, Found, defined, found_there
from assistants_tool.line.importing import chosen, folder_for, write
from assistants_tool.line.steps import Line
from assistants_tool.line.workspace import usual_files
from assistants_tool.objects.dialects import DIALECTS, that_has
from assistants_tool.objects.jsontext import as_text
from assistants_tool.planning.migration import Moved, id_of, members_of, moved, pointers
from assistants_tool.planning.plan import Options
from assistants_tool.project.target import Choice

if TYPE_CHECKING:
    from assistants_tool.applying.context import Policy
    from assistants_tool.line.steps import Done, Wanted
    from assistants_tool.project.target import Target

SAVED = (".json", ".jsonl", ".ndjson")  # what is read of a folder


@dataclass(frozen=True, slots=True)
class Migrated:
    """What became of each assistant, in the order of their keys; `left` were not taken along, each with why, and `taken`
    are others'. `incomplete` says why the old endpoint's listing may lack some. `stopped`: a signal ended the run.
    """

    source: str
    target: Target
    moved: tuple[Moved, ...]
    left: tuple[Left, ...] = ()
    taken: tuple[Left, ...] = ()
    incomplete: str = ""
    stopped: bool = False

    @property
    def failed(self) -> bool:
        """Whether anything is not there that should be."""
        return bool(self.left) or any(one.status in ("failed", "unknown", "not done") for one in self.moved)


@dataclass(frozen=True, slots=True)
class Migrating:
    """`line` is that of the environment in which they are made, `folder` where definitions go. `read` finds them; `source` is where."""

    line: Line
    folder: Path
    read: Callable[[], Awaitable[Found]]
    source: str

    @classmethod
    def between(cls, line: Line, to: Path | None, origin: str, ids: Sequence[str] = ()) -> Migrating:
        """From the environment `origin`, all or these ids. `to` is where definitions go, by default the line's first folder.

        Raises UsageError where both environments are one place.
        """
        folder, line = _with_folder(line, to)
        old = Line.of(line.workspace, Choice(origin), replace(line.talk, client=None), line.front)
        if _where(old.target) == _where(line.target):
            said = f"{old.target.endpoint} is where both environments are, by the same API; migrate to another (-e)"
            raise UsageError(f"{said}, or take over what is there: `assistants import`")
        return cls(line, folder, functools.partial(_there, old, ids), str(old.target))

    @classmethod
    def of_saved(cls, line: Line, to: Path | None, sources: Sequence[Source]) -> Migrating:
        """From what was saved. Raises UsageError where that lies among the definitions."""
        folder, line = _with_folder(line, to)
        among = (*line.workspace.paths, folder)
        if inside := [one.shown for one in sources if any(one.path.is_relative_to(path) for path in among)]:
            said = f"{', '.join(inside)} lies among the definitions, and would be read as one"
            raise UsageError(f"{said}; move it out of there")

        async def read() -> Found:
            return saved(sources, line.workspace.project.name)

        return cls(line, folder, read, ", ".join(one.shown for one in sources))

    async def migrated(self, policy: Policy) -> Migrated:
        """Write the definitions that are lacking, and make what is lacking. Raises what `apply` raises, with nothing written."""
        found, scope = await self.read(), self.line.target.scope
        there = defined(self.line.workspace, self.folder)
        project = self.line.workspace.project
        drafts = Drafting(project, scope.environment, self.folder, there, await self._origins()).drafts(found)
        self.line.front.drafted(drafts)
        if not drafts.drafts:
            return Migrated(self.source, self.line.target, (), drafts.left, drafts.taken, found.incomplete)
        line, options = self._ahead(drafts), Options(only=tuple(one.key for one in drafts.drafts))
        wanted = _with_origins(line.load(options), drafts)
        first = functools.partial(write, drafts.written, self.folder) if drafts.written else None
        done = await line.applied(options, policy, wanted=wanted, first=first)
        rows = tuple(_rows(drafts, done))
        return Migrated(self.source, line.target, rows, drafts.left, drafts.taken, found.incomplete, done.stopped)

    async def _origins(self) -> dict[str, str]:
        """The keys of what is there already, by the id that it was migrated from."""
        scope = self.line.target.scope
        async with self.line.open(self.line.hidden()) as endpoint:
            listing = await endpoint.listing()
        ours = (one.mark for one in listing.assistants if one.mark and scope.key_of(one))
        return {mark.origin: mark.key for mark in ours if mark.origin}

    def _ahead(self, drafts: Drafts) -> Line:
        """The line over the definitions as they will be."""
        sources = tuple(Source(self.folder / one.name, one.text) for one in drafts.written)
        return replace(self.line, workspace=replace(self.line.workspace, ahead=sources))


def _with_folder(line: Line, to: Path | None) -> tuple[Path, Line]:
    """The folder for definitions, which may be a new one, and the line over those that are there: in that folder, too."""
    paths = line.workspace.paths or usual_files()
    folder = folder_for(paths, to)
    there = [one for one in paths if one != folder]
    if folder.is_dir() and not any(folder.is_relative_to(one) for one in there):
        there.append(folder)
    return folder, replace(line, workspace=replace(line.workspace, paths=tuple(there)))


def _where(target: Target) -> dict[str, object]:
    return {name: one for name, one in target.as_data().items() if name != "environment"}


async def _there(old: Line, ids: Sequence[str]) -> Found:
    async with old.open(old.hidden()) as endpoint:
        found = found_there(old, await chosen(await endpoint.listing(), endpoint, ids))
    return replace(found, left=found.taken, taken=()) if ids else found


def _with_origins(wanted: Wanted, drafts: Drafts) -> Wanted:
    old_ids = {one.key: one.assistant.id for one in drafts.drafts}
    definitions = (replace(one, origin=old_ids.get(one.key, "")) for one in wanted.definitions)
    return replace(wanted, definitions=tuple(definitions))


def _rows(drafts: Drafts, done: Done) -> Iterator[Moved]:
    changes = {one.key: one for one in done.plan.changes if one.definition}
    outcomes = {one.change.key: one for one in done.outcomes if one.change.definition}
    new_ids = {one.assistant.id: id_of(changes[one.key], outcomes.get(one.key)) for one in drafts.drafts}
    for draft in drafts.drafts:
        change, old, written = changes[draft.key], draft.assistant, draft.written
        if definition := change.definition:
            notes = (*(written.left_out if written else ()), *pointers(old, new_ids))
            members = members_of(old, that_has(old.members), definition, DIALECTS[done.plan.scope.api], notes)
            file = definition.source.rsplit(":", 2)[0] if written else ""
            yield moved(old, definition, change, outcomes.get(draft.key), members, file)


# --- what was saved


def sources_of(path: Path) -> tuple[Source, ...]:
    """The files of a path: itself, or all of a folder that are JSON. Raises ToolError where there are none."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links stay
    if not path.is_dir():
        return (read_answers(path),)
    files = [one for one in visible_files(path, path) if one.suffix.lower() in SAVED]
    if not files:
        raise ToolError(f"{shown(path)} holds no {', '.join(SAVED)}; give the folder with what was saved")
    return tuple(read_answers(one) for one in files)


def saved(sources: Sequence[Source], project: str) -> Found:
    """The assistants in files of answers, in their order; of those of one id the last, as folders of backups hold several.

    Raises DefinitionError for a file that cannot be read to its end, and ToolError where there is no assistant.
    """
    answers: dict[str, Answer] = {}
    left: list[Left] = []
    for source in sources:
        for number, value in enumerate(read_entries(source), 1):
            answer = Answer.of(value, f"{source.shown}, entry {number}")
            if isinstance(answer, Left):
                left.append(answer)
            else:
                answers[answer.assistant.id or as_text(value)] = answer
    if not (answers or left):
        raise ToolError(f"{', '.join(one.shown for one in sources)} holds no assistant; check what was saved there")
    found = answers.values()
    return Found(
        tuple(one.assistant for one in found),
        lambda mark: mark.project == project,
        keys=tuple(one.key for one in found),
        notes=tuple(one.left_out for one in found),
        left=tuple(left),
    )
