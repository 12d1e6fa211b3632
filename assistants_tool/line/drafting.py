"""Which definitions assistants have, and which they get, that are to be made anew: what `import --from` and `migrate` have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assistants_tool.definitions.files import Reader, collect, is_definition, strays
from assistants_tool.definitions.importing import Draft, Drafts, Held, Import, Left, adoptions, subject_of
from assistants_tool.definitions.matching import Match, Matching
from assistants_tool.definitions.sources import shown
from assistants_tool.objects.paths import value_at

if TYPE_CHECKING:
    from assistants_tool.line.steps import Line
    from assistants_tool.line.workspace import Workspace
    from assistants_tool.objects.assistant import Assistant, Listing
    from assistants_tool.objects.mark import Mark
    from assistants_tool.project.projectfile import Project


class Defined(NamedTuple):
    """The definitions that are there, sound or not, by their keys; and of what may be some and cannot be read, the files by what may be
    their key in small letters.
    """

    documents: Mapping[str, Mapping[str, Any]]
    unread: Mapping[str, str]

    @property
    def adopted(self) -> set[str]:
        return {one for document in self.documents.values() for one in adoptions(document)}

    def taken(self, folder: Path) -> set[str]:
        """What no new key in a folder may be, in small letters: a key that is there, or the name of a file, whatever it is."""
        stems = [one.stem for one in folder.iterdir()] if folder.is_dir() else []
        return {one.casefold() for one in (*self.documents, *stems)}


@dataclass(frozen=True, slots=True)
class Found:
    """Assistants to be made anew elsewhere. `owns` says whether a mark is ours there, `source` is the environment that they were read from,
    if it is one.

    Of each, `keys` is the one that it was saved with, empty for none, and `notes` says what has no place in a definition. `left` are those
    that cannot be taken along, and `taken` those that others manage. `incomplete` says why there may be more.
    """

    assistants: tuple[Assistant, ...]
    owns: Callable[[Mark], bool]
    source: str = ""
    keys: tuple[str, ...] = ()
    notes: tuple[tuple[str, ...], ...] = ()
    left: tuple[Left, ...] = ()
    taken: tuple[Left, ...] = ()
    incomplete: str = ""


@dataclass(frozen=True, slots=True)
class Drafting:
    """Which definitions assistants have that are to be made anew in `environment`, and which they get, in `folder`.

    `origins` are the keys of what is there, by the id that it was migrated from.
    """

    project: Project
    environment: str
    folder: Path
    defined: Defined
    origins: Mapping[str, str] = field(default_factory=dict)

    def drafts(self, found: Found) -> Drafts:
        importer = Import(
            self.project,
            self.environment,
            adopts=False,
            source=found.source,
            owns=found.owns,
            taken=self.defined.taken(self.folder),
            held=Held(self.defined.documents.keys(), ()),
            unread=self.defined.unread,
        )
        saved = found.keys or ("",) * len(found.assistants)
        matching = Matching(self.defined.documents, importer.own_key, importer.says, self.origins)
        matched = [*zip(found.assistants, matching.of(found.assistants, saved), strict=True)]
        there = [Draft(one, it.key) for one, it in matched if it.key and not self._leaves_out(it.key)]
        unclear = [Left(subject_of(one), it.unclear) for one, it in matched if it.unclear]
        out = [Left(subject_of(one), _LEFT_OUT.format(it.key)) for one, it in matched if self._leaves_out(it.key)]
        new, left = self._written(importer, found, [at for at, (_, it) in enumerate(matched) if it == Match()], saved)
        drafts = sorted((*there, *new), key=lambda one: one.key)
        return Drafts(self.folder, tuple(drafts), (*found.left, *unclear, *left), (*found.taken, *out))

    def _written(
        self, importer: Import, found: Found, lacking: Sequence[int], saved: Sequence[str]
    ) -> tuple[list[Draft], list[Left]]:
        """Definitions of those at these places, which have none."""
        wanted = [self.origins.get(found.assistants[at].id) or saved[at] for at in lacking]
        done = importer.write((found.assistants[at] for at in lacking), wanted)
        drafts: list[Draft] = []
        left: list[Left] = []
        for at, one in zip(lacking, done, strict=True):
            if isinstance(one, Left):
                left.append(one)
            else:
                notes = (*(found.notes[at] if found.notes else ()), *one.left_out)
                drafts.append(Draft(found.assistants[at], one.key, replace(one, left_out=notes)))
        return drafts, left

    def _leaves_out(self, key: str) -> bool:
        """Whether the definition of a key says that it is not for this environment."""
        return value_at(self.defined.documents.get(key, {}), ("environments", self.environment)) is False


_LEFT_OUT = "its definition, {}, leaves this environment out"


def found_there(line: Line, listing: Listing) -> Found:
    """What an environment has that may be made anew in another. What others manage is left to them."""
    scope = line.target.scope
    reasons = {one.id: scope.held(one.trace) for one in listing.assistants}
    return Found(
        tuple(one for one in listing.assistants if not reasons[one.id]),
        scope.owns,
        scope.environment,
        taken=tuple(Left(subject_of(one), f"it {why}") for one in listing.assistants if (why := reasons[one.id])),
        incomplete=listing.incomplete,
    )


def defined(workspace: Workspace, folder: Path, but_for: Sequence[Path] = ()) -> Defined:
    """The definitions that are there, those in some files left out."""
    project, paths = workspace.project, around_folder(workspace.project, folder)
    found = collect(paths, project, None, Reader(project.root))
    documents = {one.key: one.value for one in found.items if one.source.identity not in but_for}
    unread = strays(paths, found, project.root).items()
    return Defined(documents, {key.casefold(): shown(one) for key, one in unread if is_definition(one)})


def around_folder(project: Project, folder: Path) -> tuple[Path, ...]:
    """The folders whose definitions stand beside those that are to be written into one: that of the project, and that one."""
    return tuple(one for one in (project.folder or folder, folder) if one.is_dir())
