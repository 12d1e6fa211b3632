"""Files -> Definitions: every problem of every file in one go, each with its position.

Discover the files; read and parse each; set aside those that a `{file: ...}` names; then, for one environment, merge each document over the
environment's defaults and under its patch, put references' values in place, and check the result. A merged value belongs to the file that
stated it: `_Layered` remembers which, for the position of a problem and for the folder that a file reference starts from.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistants_tool import sources
from assistants_tool.definition import REFERENCES, Definition, faults
from assistants_tool.errors import DefinitionError, Problem
from assistants_tool.models import FIELDS
from assistants_tool.project import PROJECT_FILE, Project
from assistants_tool.shape import IDENTIFIER, did_you_mean, dotted, is_reference
from assistants_tool.shape import Path as Steps
from assistants_tool.sources import Source, fail, shown

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The definitions of one environment, by key; `whole` where the paths cover all of the project's folder."""

    definitions: tuple[Definition, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One document of one file."""

    source: Source
    index: int
    value: Mapping[str, Any]
    key: str

    def problem(self, path: Steps, message: str, *, at_key: bool = False) -> Problem:
        return self.source.problem(self.index, path, message, at_key=at_key)


def load(
    paths: Sequence[Path],
    project: Project,
    environment: str,
    environ: Mapping[str, str],
    stdin: Source | None = None,
) -> Loaded:
    """Load what the paths hold (and standard input, if given) for one environment. Raises DefinitionError with every problem."""
    items, problems = collect(paths, project, stdin)
    loaded = resolve(items, project, environment, environ)
    if problems or isinstance(loaded, list):
        raise DefinitionError([*problems, *(loaded if isinstance(loaded, list) else ())])
    whole = project.folder is not None and any(project.folder.is_relative_to(path) for path in paths)
    return Loaded(loaded, whole)


def validate(paths: Sequence[Path], project: Project, stdin: Source | None = None) -> int:
    """Check every environment's merged result; variables are taken as unknown. Returns how many definitions there are.

    Raises DefinitionError with every problem.
    """
    items, problems = collect(paths, project, stdin)
    for environment in project.environments or ("",):
        loaded = resolve(items, project, environment, None)
        problems.extend(loaded if isinstance(loaded, list) else ())
    if problems:
        raise DefinitionError(problems)
    return len(items)


# --- which files, which documents


def collect(paths: Sequence[Path], project: Project, stdin: Source | None) -> tuple[list[Item], list[Problem]]:
    """The documents of all files, and what is wrong with files as such."""
    problems: list[Problem] = []
    read: list[Source] = [stdin] if stdin else []
    for path in dict.fromkeys(_discover(paths, problems)):
        try:
            read.append(sources.read(path, project.root))
        except DefinitionError as error:
            problems.extend(error.problems)
    named = _named_files(read, project)
    items: list[Item] = []
    for source in read:
        if source.path.resolve() not in named:
            items.extend(_documents(source, problems))
    if not items and not problems:
        where = ", ".join(map(shown, paths))
        problems.append(Problem(where, 0, 0, "no definitions here; add a .yaml file with at least `model: NAME`"))
    return items, problems


def _discover(paths: Sequence[Path], problems: list[Problem]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from _walk(path, problems)
        elif not path.exists():
            problems.extend(fail(path, "no such file or folder; check the path").problems)
        elif path.suffix not in SUFFIXES:
            problems.extend(fail(path, f"a definition file ends in {' or '.join(SUFFIXES)}; rename it").problems)
        else:
            yield path


def _walk(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        problems.extend(fail(Path(error.filename), f"the folder cannot be read: {error.strerror}; check it").problems)

    for here, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if name[0] not in "._")
        for name in sorted(files):
            if name[0] not in "._" and name != PROJECT_FILE and Path(name).suffix in SUFFIXES:
                yield Path(here, name)


def _documents(source: Source, problems: list[Problem]) -> Iterator[Item]:
    if source.problems:
        problems.extend(source.problems)
        return
    found = [(index, value) for index, value in enumerate(source.parsed.values) if value is not None]
    if not found:
        problems.extend(fail(source.path, "the file holds no definition; write one or remove the file").problems)
    for index, value in found:
        if not isinstance(value, dict):
            problems.append(source.problem(index, (), "a definition is a mapping of fields; write `model: NAME`"))
            continue
        key = _key(source, index, value, alone=len(found) == 1, problems=problems)
        yield Item(source, index, value, key)


def _key(source: Source, index: int, value: Mapping[str, Any], *, alone: bool, problems: list[Problem]) -> str:
    if "key" in value:
        return value["key"] if isinstance(value["key"], str) else ""
    stem = source.path.stem
    if source.path == sources.STDIN:
        fault = "a definition from standard input has no file name to go by; add `key: NAME`"
    elif not alone:
        fault = "the file holds several definitions; add `key: NAME` to each"
    elif not IDENTIFIER.match(stem):
        fault = f"the file name {stem!r} cannot be a key; add `key: NAME`"
    else:
        return stem
    problems.append(source.problem(index, (), fault))
    return ""


def _named_files(read: Iterable[Source], project: Project) -> set[Path]:
    """Every file that a reference names, in any environment: such a file is not a definition."""
    named: set[Path] = set()
    waiting = [(source.path, *one) for source in read for one in _references(_raw_layers(source))]
    if project.source:
        waiting += [(project.source.path, *one) for one in _references(_defaults(project))]
    while waiting:
        holder, path, name = waiting.pop()
        file = (holder.parent / name).resolve()
        if file in named:
            continue
        named.add(file)
        if REFERENCES[pattern(path)] == "structure":
            waiting.extend((file, *one) for one in _references_inside(file, path, project.root))
    return named


def _raw_layers(source: Source) -> Iterator[Any]:
    for value in source.parsed.values if not source.problems else ():
        yield value
        patches = value.get("environments") if isinstance(value, dict) else None
        yield from patches.values() if isinstance(patches, dict) else ()


def _defaults(project: Project) -> Iterator[Any]:
    return (settings.defaults for settings in project.environments.values())


def _references(values: Iterable[Any]) -> Iterator[tuple[Steps, str]]:
    for value in values:
        yield from _file_references(value, ())


def _file_references(value: Any, path: Steps) -> Iterator[tuple[Steps, str]]:
    if is_reference(value) and pattern(path) in REFERENCES:
        if "file" in value:
            yield path, value["file"]
    elif path == () or pattern(path) in _ON_THE_WAY:
        for name, inner in _members(value):
            yield from _file_references(inner, (*path, name))


def _references_inside(file: Path, path: Steps, root: Path) -> Iterator[tuple[Steps, str]]:
    try:
        yield from _file_references(sources.structure(sources.read(file, root)), path)
    except DefinitionError:
        return  # whoever resolves the reference says what is wrong with the file


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def pattern(path: Steps) -> Steps:
    """A path with `*` for every index and for a metadata key, as REFERENCES has them."""
    if path[:1] == ("metadata",) and len(path) == 2:
        return ("metadata", "*")
    return tuple("*" if isinstance(step, int) else step for step in path)


_ON_THE_WAY = {place[:length] for place in REFERENCES for length in range(1, len(place))}


# --- one environment


def resolve(
    items: Sequence[Item], project: Project, environment: str, environ: Mapping[str, str] | None
) -> tuple[Definition, ...] | list[Problem]:
    """The definitions of an environment in the order of their keys, or what is wrong with them."""
    problems: list[Problem] = []
    definitions = []
    reader = _Reader(project.root)
    for item in items:
        layered = _layers(item, project, environment, problems)
        if layered is None:
            continue
        references = _References(reader, environ, layered)
        document = references.resolve(layered.merged(), ())
        problems.extend(references.problems)
        found = faults(document)
        problems.extend(layered.problem(one.path, one.message, at_key=one.at_key) for one in found)
        if not found and not references.problems:
            definitions.append(_definition(item, document, references.variables))
    problems.extend(_same_keys(items))
    return problems or tuple(sorted(definitions, key=lambda one: one.key))


def _definition(item: Item, document: Mapping[str, Any], variables: Mapping[Steps, str]) -> Definition:
    line, column = item.source.parsed.starts[item.index]
    return Definition(
        key=item.key,
        fields={name: document[name] for name in FIELDS if document.get(name) is not None},
        protect=document.get("protect") is True,
        ignore=frozenset(document.get("ignore") or ()),
        adopt=document.get("adopt"),
        source=f"{item.source.shown}:{line}:{column}",
        variables=variables,
    )


def _same_keys(items: Sequence[Item]) -> Iterator[Problem]:
    first: dict[str, Item] = {}
    for item in items:
        other = first.setdefault(item.key, item)
        if other is not item and item.key:
            there = other.problem(("key",), "")
            yield item.problem(
                ("key",), f"the key {item.key!r} is also that of {there.path}:{there.line}; keys are unique, change one"
            )


@dataclass
class _Layered:
    """What a merged document is made of, the lower layer first: source, document, path inside it, value."""

    item: Item
    layers: list[tuple[Source, int, Steps, Mapping[str, Any]]]
    inserted: dict[Steps, Source] = field(default_factory=dict)

    def merged(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for *_, value in self.layers:
            merged = _merge(merged, value)
        return merged

    def holder(self, path: Steps) -> Source:
        return self._place(path)[0]

    def problem(self, path: Steps, message: str, *, at_key: bool = False) -> Problem:
        source, index, place = self._place(path)
        return source.problem(index, place, message, at_key=at_key)

    def _place(self, path: Steps) -> tuple[Source, int, Steps]:
        """Where a merged value is written: in a file put there by reference, else in the layer that has most of its path."""
        for length in range(len(path), 0, -1):
            if source := self.inserted.get(path[:length]):
                return source, 0, path[length:]
        if not path:
            return self.item.source, self.item.index, ()
        source, index, prefix, _ = max(reversed(self.layers), key=lambda layer: _reach(layer[3], path))
        return source, index, (*prefix, *path)


def _reach(value: Any, path: Steps) -> int:
    """How many steps of a path lead somewhere."""
    for count, step in enumerate(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return count
    return len(path)


def _merge(target: Any, patch: Any) -> Any:
    """JSON Merge Patch (RFC 7396), but for a reference, which is one value."""
    if not isinstance(patch, dict) or is_reference(patch) or not isinstance(target, dict) or is_reference(target):
        return patch
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged


def _layers(item: Item, project: Project, environment: str, problems: list[Problem]) -> _Layered | None:
    """The layers of a document in an environment; None where it says `false` for that environment."""
    own = {name: value for name, value in item.value.items() if name != "environments"}
    layers: list[tuple[Source, int, Steps, Mapping[str, Any]]] = [(item.source, item.index, (), own)]
    if project.source and environment and (defaults := project.environments[environment].defaults):
        layers.insert(0, (project.source, 0, ("environments", environment, "defaults"), defaults))
    patch = _patch(item, project, environment, problems)
    if patch is False:
        return None
    if patch:
        layers.append((item.source, item.index, ("environments", environment), patch))
    return _Layered(item, layers)


def _patch(item: Item, project: Project, environment: str, problems: list[Problem]) -> Any:
    patches = item.value.get("environments")
    if patches is None:
        return None
    if not isinstance(patches, dict):
        problems.append(
            item.problem(("environments",), "environments has to be a mapping of environments to patches; change it")
        )
        return None
    for name, patch in patches.items():
        path = ("environments", name)
        if name not in project.environments:
            hint = (
                did_you_mean(name, list(project.environments)) if project.environments else "declare it in project.yaml"
            )
            problems.append(item.problem(path, f"the environment {name!r} is not declared; {hint}", at_key=True))
        elif not isinstance(patch, dict) and patch is not False:
            problems.append(item.problem(path, "a patch has to be a mapping of fields, or false; change it"))
        elif patch and (fixed := next((one for one in ("key", "environments") if one in patch), None)):
            problems.append(item.problem((*path, fixed), f"{fixed!r} cannot be patched; remove it here", at_key=True))
    patch = patches.get(environment)
    return (
        {name: one for name, one in patch.items() if name not in ("key", "environments")}
        if isinstance(patch, dict)
        else patch
    )


# --- references


class _Reader:
    """Reads each file once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[Path, Source] = {}

    def __call__(self, path: Path) -> Source:
        if path not in self._read:
            self._read[path] = sources.read(path, self.root)
        return self._read[path]


@dataclass
class _References:
    """Puts the values of references in their places. With no variables at all (`environ` None) an `env` stays as it is."""

    read: _Reader
    environ: Mapping[str, str] | None
    layered: _Layered
    problems: list[Problem] = field(default_factory=list)
    variables: dict[Steps, str] = field(default_factory=dict)

    def resolve(self, value: Any, path: Steps, chain: tuple[Path, ...] = ()) -> Any:
        kind = REFERENCES.get(pattern(path))
        if kind and is_reference(value):
            return self._variable(value, path, kind) if "env" in value else self._file(value, path, kind, chain)
        if path and pattern(path) not in _ON_THE_WAY:
            return value
        if isinstance(value, dict):
            return {name: self.resolve(inner, (*path, name), chain) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(inner, (*path, index), chain) for index, inner in enumerate(value)]
        return value

    def _fault(self, path: Steps, message: str, stand_in: Any) -> Any:
        self.problems.append(self.layered.problem(path, f"{dotted(path)}: {message}"))
        return stand_in

    def _variable(self, value: dict[str, str], path: Steps, kind: str) -> Any:
        name = value["env"]
        if self.environ is None or kind == "structure":
            return value
        if name not in self.environ:
            return self._fault(path, f"the variable {name!r} is not set; set it", value)
        self.variables[path] = name
        text = self.environ[name]
        return self._as(kind, text, path, f"the variable {name!r}", value)

    def _file(self, value: dict[str, str], path: Steps, kind: str, chain: tuple[Path, ...]) -> Any:
        file = self.layered.holder(path).path.parent / value["file"]
        stand_in = {"file": value["file"]}
        if file.resolve() in chain:
            return self._fault(path, f"the file {value['file']!r} stands in itself; end the circle", stand_in)
        try:
            source = self.read(file)
            if kind != "structure":
                return self._as(kind, source.text, path, f"the file {value['file']!r}", stand_in)
            inner = sources.structure(source)
        except DefinitionError as error:
            return self._unreadable(error, path, file, stand_in)
        self.layered.inserted[path] = source
        return self.resolve(inner, path, (*chain, file.resolve()))

    def _unreadable(self, error: DefinitionError, path: Steps, file: Path, stand_in: Any) -> Any:
        """A fault inside the file is placed there; one of the file as a whole, where the reference stands."""
        for one in error.problems:
            whole = one.line == 0
            message = f"{dotted(path)}: {shown(file)}: {one.message}"
            self.problems.append(self.layered.problem(path, message) if whole else one)
        return stand_in

    def _as(self, kind: str, text: str, path: Steps, origin: str, stand_in: Any) -> Any:
        if kind == "text":
            try:
                text.encode()
            except UnicodeEncodeError:
                return self._fault(path, f"{origin} is not valid UTF-8; mend it", stand_in)
            return text
        try:
            number = float(text)
        except ValueError:
            return self._fault(path, f"{origin} does not hold a number; write one there", stand_in)
        return int(number) if number.is_integer() and "." not in text else number
