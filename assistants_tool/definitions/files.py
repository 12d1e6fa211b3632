"""Which files hold definitions, and which documents are in them: paths -> Items, and what is wrong with files as such.

A folder is read recursively. YAML, and Markdown with front matter, are definitions; so is JSON that looks like one; what a `{file: ...}`
names is none. What only looks like a definition is passed over, with a note that says so.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from assistants_tool.definitions import pastes, sources
from assistants_tool.definitions.references import REFERENCES, is_reference_at, may_hold_references, pattern
from assistants_tool.definitions.shape import IDENTIFIER
from assistants_tool.definitions.sources import PROJECT_FILE, Source, fail, shown
from assistants_tool.errors import DefinitionError, Problem, Severity
from assistants_tool.objects.paths import inside, value_at

if TYPE_CHECKING:
    from assistants_tool.models import Takes
    from assistants_tool.objects.paths import Path as Steps

SUFFIXES = (".yaml", ".yml", sources.MARKDOWN, sources.JSON)
_SUFFIXES_IN_WORDS = ".yaml, .yml, .md or .json"
# What people take for definitions, and what they make definitions of.
_ALIKE = (".toml", ".markdown", ".mdx", ".jsonc", ".json5")
_TEMPLATES = (".tmpl", ".tpl", ".j2", ".jinja", ".jinja2")


class Environment(Protocol):
    """What an environment says of every definition in it."""

    @property
    def defaults(self) -> Mapping[str, Any]: ...

    @property
    def takes(self) -> Takes: ...


class Project(Protocol):
    """What reading definitions has to know of a project: its root, its environments, and where in which file those stand.

    Without a project.yaml `source` and `folder` are None. `document` is that of the file's documents which holds the settings.
    """

    @property
    def root(self) -> Path: ...

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> Source | None: ...

    @property
    def document(self) -> int: ...

    @property
    def folder(self) -> Path | None: ...

    @property
    def environments(self) -> Mapping[str, Environment]: ...


@dataclass(frozen=True, slots=True)
class Item:
    """One definition of one file: a document, or where `at` leads in it."""

    source: Source
    index: int
    value: Mapping[str, Any]
    key: str
    at: Steps = ()

    @property
    def start(self) -> tuple[int, int]:
        """Line and column where it begins."""
        if not self.at:
            return self.source.parsed.starts[self.index]
        found = self.problem((), "")
        return found.line, found.column

    def problem(self, path: Steps, message: str, *, at_key: bool = False) -> Problem:
        return self.source.problem(self.index, (*self.at, *path), message, at_key=at_key)

    def leaves_out(self, environment: str) -> bool:
        """Whether it says `false` for this environment."""
        return value_at(self.value, ("environments", environment)) is False


class Reader:
    """Reads each file once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._below = sources.Root(root)
        self._sources: dict[Path, Source] = {}

    def __call__(self, path: Path) -> Source:
        if path not in self._sources:
            self._sources[path] = sources.read(path, self._below)
        return self._sources[path]

    def holds(self, path: Path) -> bool:
        """Whether a file is there, below the root."""
        return self._below.holds(path)


class Collected(NamedTuple):
    """The documents of all files, what is wrong with files as such, and the files that a `{file: ...}` names."""

    items: list[Item]
    problems: list[Problem]
    named: Collection[Path]


def collect(
    paths: Sequence[Path], project: Project, stdin: Source | None, read: Reader, ahead: Sequence[Source] = ()
) -> Collected:
    """`ahead` are files that are not there yet."""
    problems: list[Problem] = []
    found: list[Source] = [*([stdin] if stdin else []), *ahead]
    passed_over: list[Path] = []
    unread: dict[Path, Sequence[Problem]] = {}
    for path in dict.fromkeys(_discover(paths, read.root, problems, passed_over)):
        try:
            source = read(path)
        except DefinitionError as error:
            unread[path] = error.problems
            continue
        if path.suffix.lower() != sources.JSON or path in paths or _is_json_definition(source):
            found.append(source)
        else:
            passed_over.append(path)
    definitions, named = _set_aside(found, project, read, problems)
    problems.extend(_passed_over(passed_over, named, read))
    # Of what another file names, the reference says that it cannot be read.
    problems.extend(one for path, faults in unread.items() if sources.real(path) not in named for one in faults)
    items = [item for source in definitions for item in _items(source, problems)]
    if not items and not any(one.severity is Severity.FAULT for one in problems):
        where = ", ".join(map(shown, paths))
        problems.append(Problem(where, 0, 0, "no definitions here; add a .yaml file with at least `model: NAME`"))
    return Collected(items, problems, named)


def strays(paths: Sequence[Path], found: Collected, root: Path) -> dict[str, Path]:
    """By its name without the ending, each file below the paths that is called as a definition may be, and holds none that was read."""
    read = {item.source.identity for item in found.items}
    folders = (path for path in paths if os.path.isdir(path))  # noqa: PTH112 - Path.is_dir may raise
    files = [one for path in folders for one in sources.visible_files(path, root) if one.name != PROJECT_FILE]
    alike = (one for one in files if one.suffix.lower() in SUFFIXES or _looks_like_one(one))
    unread = ((one, sources.real(one)) for one in alike)
    # A prompt that a definition names is accounted for; what could be a definition itself may be named by mistake.
    return {
        _stem(one): one
        for one, target in unread
        if target not in read and (target not in found.named or is_definition(one))
    }


def _stem(file: Path) -> str:
    return Path(file.stem).stem if file.suffix.lower() in _TEMPLATES else file.stem


def holds_files(paths: Sequence[Path], root: Path) -> bool:
    """Whether the paths hold any definition file, sound or not."""
    return next(_discover(paths, root, [], []), None) is not None


def check_paths(paths: Sequence[Path], root: Path) -> None:
    """Raises DefinitionError for what is not there, or can be no definition."""
    problems: list[Problem] = []
    for _ in _discover(paths, root, problems, []):
        pass
    if problems:
        raise DefinitionError(problems)


def _discover(paths: Sequence[Path], root: Path, problems: list[Problem], passed_over: list[Path]) -> Iterator[Path]:
    """What may be a definition. Into `passed_over` goes what is none, although it looks like one."""

    def unreadable(error: OSError) -> None:
        problems.extend(fail(Path(error.filename), f"the folder cannot be read: {error.strerror}; check it").problems)

    def passed_by(link: Path, why: str) -> None:
        problems.append(Problem(shown(link), 0, 0, f"not read: {why}", severity=Severity.NOTE))

    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a folder may not be looked into
            for file in sources.visible_files(path, root, unreadable, passed_by):
                if file.name != PROJECT_FILE and is_definition(file):
                    yield file
                elif _looks_like_one(file):
                    passed_over.append(file)
        elif fault := _fault_of_path(path):
            problems.extend(fail(path, fault).problems)
        else:
            yield path


def _fault_of_path(path: Path) -> str:
    """Why a path that was given can be no definition; empty where it may be one."""
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where a folder may not be looked into
        return f"no such file or folder; {_instead_of(path)}"
    if path.name == PROJECT_FILE:
        return f"{PROJECT_FILE} is not a definition; give its folder"
    if path.suffix.lower() not in SUFFIXES:
        return f"a definition file ends in {_SUFFIXES_IN_WORDS}; rename it"
    if path.suffix.lower() == sources.MARKDOWN and not sources.may_have_front_matter(path):
        return "Markdown without front matter is not a definition; begin it with a line of ---"
    return ""


def _instead_of(path: Path) -> str:
    """What may be meant by a path that is not there: one that is, elsewhere; or a key."""
    is_key = path.parent == Path.cwd() and not path.suffix and IDENTIFIER.match(path.name) and path.name != "assistants"
    return (
        f"check the path, or, for a key, give --only {path.name}"
        if is_key
        else "check the path, or run from the project's root"
    )


def is_definition(file: Path) -> bool:
    """Of Markdown, only what begins with front matter; the rest may be prompts and notes. Of JSON, what speaks of a model."""
    suffix = file.suffix.lower()
    if suffix == sources.JSON:
        return sources.may_speak_of(file, b'"model"')
    return suffix in SUFFIXES and (suffix != sources.MARKDOWN or sources.may_have_front_matter(file))


def _looks_like_one(file: Path) -> bool:
    if file.suffix.lower() in _TEMPLATES:
        return Path(file.stem).suffix.lower() in SUFFIXES
    if file.suffix.lower() == sources.MARKDOWN:
        return sources.late_front_matter(file) > 0
    return file.suffix.lower() in (*_ALIKE, sources.JSON)


def _is_json_definition(source: Source) -> bool:
    """Whether its top is an object with a model, or a list of such. What cannot be read to its end may well be one."""
    if source.problems:
        return True
    (value,) = source.parsed.values
    return (isinstance(value, dict) and "model" in value) or pastes.is_list(value)


def _passed_over(files: Iterable[Path], named: Collection[Path], read: Reader) -> Iterator[Problem]:
    """A note on each file that may be taken for a definition, and is neither one nor a part of one; a fault where it surely is meant."""
    for path in files:
        if sources.real(path) in named:
            continue
        if path.suffix.lower() == sources.MARKDOWN:
            yield Problem(shown(path), sources.late_front_matter(path), 1, _LATE)
        else:
            yield Problem(shown(path), 0, 0, f"not read: {_why_not(path, read)}", severity=Severity.NOTE)


_LATE = "front matter begins with the first line of a file, and this comes after other text; remove that text, or this front matter"


def _why_not(path: Path, read: Reader) -> str:
    if path.suffix.lower() != sources.JSON:
        return f"definitions end in {_SUFFIXES_IN_WORDS}; rename it if it is one"
    try:
        source = read(path)
        said = "" if source.problems else _said(source.parsed.values[0], source)
    except DefinitionError:
        said = ""
    return said or "a definition is a JSON object with `model`, or a list of such, and no {file: ...} names this one"


# --- what is in a file


def _items(source: Source, problems: list[Problem]) -> Iterator[Item]:
    if source.problems:
        problems.extend(source.problems)
        return
    found = list(_documents(source))
    if not found:
        problems.extend(fail(source.path, "the file holds no definition; write one or remove the file").problems)
    for index, at, value in found:
        if said := _said(value, source):
            problems.append(source.problem(index, at, said))
        elif not isinstance(value, dict):
            problems.append(source.problem(index, at, "a definition is a mapping of fields; write `model: NAME`"))
        if isinstance(value, dict) and not pastes.is_listing(value) and value.get("format") != pastes.SAVED_PLAN:
            item = Item(source, index, value, "", at)
            yield replace(item, key=_key(item, alone=len(found) == 1, problems=problems))


def _documents(source: Source) -> Iterator[tuple[int, Steps, Any]]:
    """Index, path and value of each document that is not empty; JSON has no documents, so there the items of a list are."""
    for index, value in enumerate(source.parsed.values):
        if source.is_json and pastes.is_list(value):
            yield from ((index, (number,), one) for number, one in enumerate(value))
        elif value is not None:
            yield index, (), value


def _said(value: Any, source: Source) -> str:
    """What stands in the place of a definition, with the file as a command has it."""
    said = pastes.what_it_is(value)
    return said and said.replace("FILE", "-" if source.path == sources.STDIN else shlex.quote(source.shown))


def _key(item: Item, *, alone: bool, problems: list[Problem]) -> str:
    if item.value.get("key") is not None:
        return item.value["key"] if isinstance(item.value["key"], str) else ""
    stem = item.source.path.stem
    if item.source.path == sources.STDIN:
        fault = "a definition from standard input has no file name to go by; add `key: NAME`"
    elif not alone:
        fault = "the file holds several definitions; add `key: NAME` to each"
    elif not IDENTIFIER.match(stem):
        fault = f"the file name {stem!r} cannot be a key; add `key: NAME`"
    else:
        return stem
    problems.append(item.problem((), fault))
    return ""


# --- what a file names is none


def _set_aside(
    found: Sequence[Source], project: Project, read: Reader, problems: list[Problem]
) -> tuple[Sequence[Source], Collection[Path]]:
    """Leave out every file that a reference names, in any environment: such a file is not a definition. Second, all that is named."""
    names = {one: _named(one.path, _raw_layers(one), read) if _may_name_files(one) else set() for one in found}
    by_project = _named(project.source.path, _defaults(project), read) if project.source else set()
    named = by_project.union(*names.values())
    if not named:
        return found, named
    definitions = [source for source in found if source.identity not in named]
    rightly = by_project.union(*(names[one] for one in definitions))
    for source in found:
        holders = (*(one for one in found if source.identity in names[one]), *filter(None, (project.source,)))
        if source.identity in named and (faults := list(_meant_as_definition(source, holders[0]))):
            problems.extend(faults)
        elif source.identity in named - rightly:
            said = "a file that is named by another is not a definition, and here they name each other in a circle; break it"
            problems.extend(fail(source.path, said).problems)
    return definitions, named


def _may_name_files(source: Source) -> bool:
    """Whether the key of such a reference may stand in a text, be it with an escape in it. Where it does not, nobody has to look for it."""
    return "file" in source.text or "\\" in source.text


def _meant_as_definition(source: Source, holder: Source) -> Iterator[Problem]:
    """A fault where what a `{file: ...}` names is a definition: it would vanish. A tool has a `type`, and may have a model."""
    said = f"this has a `model`, as a definition has, and {holder.shown} names it with {{file: ...}}; remove one of the two"
    for index, at, value in _documents(source):
        if isinstance(value, dict) and "model" in value and "type" not in value:
            yield source.problem(index, (*at, "model"), said, at_key=True)


def _raw_layers(source: Source) -> Iterator[Any]:
    for _, _, value in _documents(source):
        yield value
        patches = value.get("environments") if isinstance(value, dict) else None
        yield from patches.values() if isinstance(patches, dict) else ()
    if source.problems:
        # A guess at what a file names that cannot be read to its end, lest its parts were taken for broken definitions.
        yield {"tools": [{"file": match[2].strip()} for match in _NAMES_A_FILE.finditer(source.text)]}


_NAMES_A_FILE = re.compile(r"""\bfile["']?\s*:[ \t]*(["']?)([^\s"'][^"'{}\[\],#\n]*)""")


def _defaults(project: Project) -> Iterator[Any]:
    return (settings.defaults for settings in project.environments.values())


def _named(holder: Path, values: Iterable[Any], read: Reader) -> set[Path]:
    """Every file that these values name, or that a part in such a file names; links resolved."""
    named: set[tuple[Path, Steps]] = set()
    waiting = [(holder, *one) for value in values for one in _file_references(value, ())]
    while waiting:
        holder, path, name = waiting.pop()
        file = sources.tidy(holder.parent / name)
        if (file, pattern(path)) not in named:
            named.add((file, pattern(path)))
            waiting.extend((file, *one) for one in _references_inside(file, path, read))
    return {sources.real(file) for file, _ in named}


def _file_references(value: Any, path: Steps) -> Iterator[tuple[Steps, str]]:
    if is_reference_at(value, path):
        if "file" in value:
            yield path, value["file"]
    elif may_hold_references(value, path):
        for step, one in inside(value):
            yield from _file_references(one, (*path, step))


def _references_inside(file: Path, path: Steps, read: Reader) -> Iterator[tuple[Steps, str]]:
    if REFERENCES[pattern(path)] != "structure":
        return
    try:
        _, value = sources.structure(read(file))
    except DefinitionError:
        return  # whoever resolves the reference says what is wrong with the file
    yield from _file_references(value, path)
