"""`import`: definition files from what is on the endpoint."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.definitions.importing import (
    HELD,
    Held,
    Import,
    Left,
    Written,
    read_entries,
    subject_of,
    why_not,
)
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.line.drafting import Defined, Drafting, around_folder, defined, found_there
from assistants_tool.line.steps import Line
from assistants_tool.line.workspace import Workspace, usual_files
from assistants_tool.objects.assistant import Listing

if TYPE_CHECKING:
    from assistants_tool.definitions.sources import Source
    from assistants_tool.line.front import Front
    from assistants_tool.line.opening import Talk
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.endpoint import Endpoint
    from assistants_tool.project.target import Choice
    from assistants_tool.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Imported:
    """The files that were written into `folder`, and the assistants that were `left` without one, each with why.

    `taken` are those that an import of everything passes over: somebody manages them, or a definition adopts them. `incomplete` says why
    the listing may lack others; empty where it does not.
    """

    folder: Path
    written: tuple[Written, ...]
    left: tuple[Left, ...]
    taken: tuple[Left, ...] = ()
    incomplete: str = ""


@dataclass(frozen=True, slots=True)
class Importing:
    """Where an import reads and writes. `environment` is the one that the definitions are for; `migrates` where it reads from another."""

    line: Line
    folder: Path
    environment: str
    migrates: bool = False

    @classmethod
    def of(
        cls,
        choice: Choice,
        files: Sequence[Path],
        to: Path | None,
        origin: str | None,
        talk: Talk | None = None,
        front: Front | None = None,
    ) -> Importing:
        """`origin` is the environment to read from where the definitions are for another. Raises UsageError where `to` is a file."""
        folder, workspace = _place(files, to)
        line = Line.of(workspace, replace(choice, environment=origin or choice.environment), talk, front)
        environment = workspace.project.choose(choice.environment) if origin else line.target.scope.environment
        if origin and environment == line.target.scope.environment:
            raise UsageError(
                f"--from {origin} is the environment that they are for; choose another with -e, or leave it out"
            )
        return cls(line, folder, environment, migrates=origin is not None)

    async def imported(self, ids: Sequence[str] = ()) -> Imported:
        """Write definitions of these, or of all that nobody has. No file is written over. Raises ToolError for an id that is not there."""
        async with self.line.begin(self._read, lambda read: read[1]) as begun:
            listing = await chosen(await begun.listing(), begun.endpoint, ids)
        done = (self._anew if self.migrates else self._adopting)(listing, begun.found[0])
        write(done.written, self.folder)
        return replace(done, left=(*done.left, *done.taken), taken=()) if ids else done

    def _read(self) -> tuple[Defined, Redaction]:
        """What is defined, and what nobody is told of it."""
        workspace = self.line.workspace
        around = replace(workspace, paths=around_folder(workspace.project, self.folder))
        return defined(workspace, self.folder), around.hidden(self.line.target)

    def _anew(self, listing: Listing, there: Defined) -> Imported:
        """Definitions of what is to be made in another environment."""
        found = found_there(self.line, listing)
        made = Drafting(self.line.workspace.project, self.environment, self.folder, there).drafts(found)
        had = tuple(Left(subject_of(one.assistant), HELD) for one in made.drafts if not one.written)
        return Imported(self.folder, made.written, made.left, (*found.taken, *had), found.incomplete)

    def _adopting(self, listing: Listing, there: Defined) -> Imported:
        """Definitions that take over what is there."""
        target, adopted = self.line.target, there.adopted
        reasons = {one.id: why_not(one, target.scope, there.documents, adopted) for one in listing.assistants}
        refused = tuple(Left(subject_of(one), reasons[one.id]) for one in listing.assistants if reasons[one.id])
        importer = replace(
            _importer(self.line),
            taken=there.taken(self.folder),
            unread=there.unread,
        )
        done = list(importer.write(one for one in listing.assistants if not reasons[one.id]))
        written = tuple(one for one in done if isinstance(one, Written))
        left = tuple(one for one in done if isinstance(one, Left))
        return Imported(self.folder, written, left, refused, listing.incomplete)


@dataclass(frozen=True, slots=True)
class Copying:
    """Where files of answers, or of definitions in another form, become definitions. No endpoint is chosen or asked."""

    workspace: Workspace
    folder: Path
    environment: str

    @classmethod
    def of(cls, environment: str | None, files: Sequence[Path], to: Path | None) -> Copying:
        """`environment` is the one that the definitions are for, by default that of project.yaml. Raises UsageError as `Importing` does."""
        folder, workspace = _place(files, to)
        wanted = environment or workspace.project.default_environment
        return cls(workspace, folder, workspace.project.choose(wanted) if wanted else "")

    def copied(self, files: Sequence[Source]) -> Imported:
        """Write a definition of each entry. No file is written over. Raises DefinitionError for a file that cannot be read to its end."""
        entries = [(source, read_entries(source)) for source in files]
        there = defined(self.workspace, self.folder, but_for=[source.identity for source in files])
        held = Held(there.documents.keys(), there.adopted)
        importer = Import(
            self.workspace.project, self.environment, adopts=False, taken=there.taken(self.folder), held=held
        )
        done = [one for source, found in entries for one in importer.copy(found, source, self.folder)]
        if not done:
            raise ToolError(f"{', '.join(one.shown for one in files)} holds no assistant; check what was saved there")
        written = tuple(one for one in done if isinstance(one, Written))
        write(written, self.folder)
        return Imported(self.folder, written, tuple(one for one in done if isinstance(one, Left)))


def _importer(line: Line) -> Import:
    """What writes definitions for a line's own environment, of what is there."""
    target = line.target
    return Import(
        line.workspace.project,
        target.scope.environment,
        owns=target.scope.owns,
        takes=target.endpoint.takes,
    )


def definition_of(line: Line, assistant: Assistant) -> Written:
    """The definition that says what an assistant is there now, in YAML; nothing is written. Raises ToolError where no file can say it."""
    (made,) = replace(_importer(line), markdown=False).write([assistant])
    if isinstance(made, Left):
        raise ToolError(f"{made.subject}: {made.reason}")
    return made


def _place(files: Sequence[Path], to: Path | None) -> tuple[Path, Workspace]:
    """The folder to write into, and the project of the definitions. Raises UsageError where `to` is a file."""
    folder = folder_for(files or usual_files(), to)
    workspace = Workspace.find((), files=(folder,))
    # The folder may be a new one outside of the project; the project is still where the definitions are.
    if workspace.project.source is None:
        workspace = Workspace.find((), files=files or usual_files())
    return folder, workspace


def folder_for(files: Sequence[Path], to: Path | None) -> Path:
    """The folder to write into: `to`, else the first of these. Raises UsageError where it is a file."""
    folder = Path(os.path.abspath(to or files[0]))  # noqa: PTH100 - links stay
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{shown(folder)} is a file; give a folder for the definitions with --to")
    return folder


async def chosen(listing: Listing, endpoint: Endpoint, ids: Sequence[str]) -> Listing:
    """The assistants of these ids; without ids all that there are, the oldest first. Raises ToolError for an id that is not there."""
    if not ids:
        ordered = sorted(listing.assistants, key=lambda one: one.age)
        return replace(listing, assistants=tuple(ordered))
    by_id = {one.id: one for one in listing.assistants}
    found = []
    for wanted in dict.fromkeys(ids):
        # One that an incomplete listing lacks may be there all the same.
        one = by_id.get(wanted) or (await endpoint.get(wanted) if listing.incomplete else None)
        if one is None:
            raise ToolError(
                f"no assistant has the id {wanted!r} here; `assistants list --unmanaged` shows what there is"
            )
        found.append(one)
    return Listing(tuple(found))


def write(written: Sequence[Written], folder: Path) -> None:
    """Raises ToolError where a file cannot be written, or is there by now."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in written:
            # "x": a file that somebody has written since the names were chosen is not written over either.
            with (folder / one.name).open("x", encoding="utf-8", newline="") as stream:
                stream.write(one.text)
    except OSError as error:
        raise ToolError(
            f"{shown(Path(error.filename))} cannot be written: {error.strerror}; check it, then do it again"
        ) from None
