"""Files -> Definitions: every problem of every file in one go, each with its position.

`files` finds the documents. Then, for one environment, merge each over the
environment's defaults and under its patch, put references' values in place, and check the result. A merged value belongs to the file that
stated it: `_Layered` remembers which, for the position of a problem and for the folder that a file reference starts from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assistants_tool.definitions import sources
from assistants_tool.definitions.advice import uninserted
from assistants_tool.definitions.checks import faults, literal_secrets
from assistants_tool.definitions.extra import (
    EXTRA,
    is_extra,
    is_in_unknown,
    is_variable_or_literal,
    spread,
    spread_path,
    with_all_variables,
    without_literals,
)
from assistants_tool.definitions.files import Item, Project, Reader, collect, strays
from assistants_tool.definitions.references import (
    IDS,
    NAMED_BY_MISTAKE,
    REFERENCES,
    as_file_name,
    is_reference_at,
    may_hold_references,
    number,
    pattern,
)
from assistants_tool.definitions.shape import ShapeFault, did_you_mean, is_reference
from assistants_tool.definitions.shape import shown as shown_value
from assistants_tool.definitions.sources import Source, brief
from assistants_tool.definitions.yamltext import unmerged
from assistants_tool.errors import DefinitionError, Problem, Severity, remarks
from assistants_tool.models import ANYTHING, Takes
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.dialects import PLAIN, Speech
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.paths import Path as Steps
from assistants_tool.objects.paths import dotted, value_at

if TYPE_CHECKING:
    from assistants_tool.objects.dialects import Carried, Dialect, Loss

CHAIN_MAX = 20  # files that stand for one value, each naming the next


@dataclass(frozen=True, slots=True)
class Loaded:
    """The definitions of one environment, by key; `whole` where the paths cover all of the project's folder.

    `left_out` are the keys of those that say `false` for this environment; `strays` are files that are called as a key's may be, by that
    key, and hold no definition that was read. `remarks` are warnings and notes.
    """

    definitions: tuple[Definition, ...]
    whole: bool
    left_out: frozenset[str] = frozenset()
    strays: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """How many sound definitions there are, and what is worth saying of them all the same."""

    count: int
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run wants of its definitions, beside being sound.

    `strict`: warnings are faults. `takes` says, by the name of an environment, what its endpoint is known to take, where that is another
    than project.yaml says. `needs` says, by its key, whether a definition's variables have to be set; in another a reference to one that is
    not stays in its place. `speech` says, by the name of an environment, how its endpoint is spoken to. `faults_alone`: no definition is
    needed of what is sound.
    """

    strict: bool = False
    takes: Callable[[str], Takes] | None = None
    needs: Callable[[str], bool] = lambda _: True
    speech: Callable[[str], Speech] = lambda _: PLAIN
    faults_alone: bool = False


def load(
    paths: Sequence[Path],
    project: Project,
    environment: str,
    environ: Mapping[str, str] | None,
    stdin: Source | None = None,
    asked: Asked | None = None,
    ahead: Sequence[Source] = (),
) -> Loaded:
    """Load what the paths hold (and standard input, if given) for one environment. Raises DefinitionError with every problem.

    `ahead` are files that are about to be written. With no variables at all (`environ` None) a reference to one stays in its place, unless
    it has a default.
    """
    read, asked = Reader(project.root), asked or Asked()
    files = collect(paths, project, stdin, read, ahead)
    definitions, found = resolve(files.items, project, environment, environ, read, asked)
    said = remarks((*files.problems, *found), strict=asked.strict)
    whole = project.folder is not None and any(project.folder.is_relative_to(path) for path in paths)
    left_out = frozenset(one.key for one in files.items if one.leaves_out(environment))
    unread = {key: brief(path) for key, path in strays(paths, files, project.root).items()} if whole else {}
    return Loaded(definitions, whole, left_out, unread, said)


def sketch(
    paths: Sequence[Path], project: Project, environment: str, stdin: Source | None, speech: Speech
) -> tuple[Definition, ...]:
    """Those that are sound, without the values of variables, whose references stay in their places; none where the files cannot be read."""
    read, asked = Reader(project.root), Asked(speech=lambda _: speech)
    try:
        files = collect(paths, project, stdin, read)
    except DefinitionError:
        return ()
    return resolve(files.items, project, environment, None, read, asked)[0]


def validate(
    paths: Sequence[Path],
    project: Project,
    stdin: Source | None = None,
    asked: Asked | None = None,
    only: str | None = None,
) -> Checked:
    """Check the merged result of every environment, or of one; variables are as unknown. Raises DefinitionError with every problem."""
    read, asked = Reader(project.root), replace(asked or Asked(), faults_alone=True)
    items, problems, _ = collect(paths, project, stdin, read)
    names = (only,) if only else tuple(project.environments) or ("",)
    found = {name: resolve(items, project, name, None, read, asked)[1] for name in names}
    return Checked(len(items), remarks((*problems, *_with_where(found)), strict=asked.strict))


def _with_where(found: Mapping[str, Sequence[Problem]]) -> Iterator[Problem]:
    """Each problem of these environments; what is wrong only in some of them says in which."""
    where: dict[Problem, dict[str, None]] = {}
    for name, problems in found.items():
        for one in problems:
            where.setdefault(one, {})[name] = None
    for one, names in where.items():
        place = f"in environment{'s' if len(names) > 1 else ''} {', '.join(names)}: " if len(names) < len(found) else ""
        yield replace(one, message=place + one.message)


def resolve(
    items: Sequence[Item],
    project: Project,
    environment: str,
    environ: Mapping[str, str] | None,
    read: Reader,
    asked: Asked,
) -> tuple[tuple[Definition, ...], list[Problem]]:
    """The definitions of an environment in the order of their keys, those that have a fault left out, and every problem."""
    speech, declared = asked.speech(environment), project.environments.get(environment)
    takes = asked.takes(environment) if asked.takes else declared.takes if declared else ANYTHING
    # Of another API its own rules say what it has no place for; what a server calls its models stays as it is.
    takes = takes if speech.dialect.is_that_of_files else takes.of_another_api
    problems: list[Problem] = []
    definitions = []
    adopting: dict[str, tuple[Definition, _Layered]] = {}
    named: dict[str, tuple[Definition, _Layered]] = {}
    for item in items:
        layered = _layers(item, project, environment, problems)
        if layered is None:
            continue
        references = _References(read, environ, layered, asked.needs(item.key))
        document = references.resolved(layered.merged())
        problems.extend(references.problems)
        found = [*faults(document, takes), *literal_secrets(document, references.named)]
        for one in found:
            message = _without_value(one.message, value_at(document, one.path), references.variables.get(one.path))
            problems.append(layered.problem(replace(one, message=message)))
        if Severity.FAULT in [*(one.severity for one in found), *(one.severity for one in references.problems)]:
            continue
        # Of the API that files are written for, nothing more can be wrong with one that adopts nothing.
        if asked.faults_alone and speech.dialect.is_that_of_files and not document.get("adopt"):
            continue
        carried = _carried(item, document, speech.dialect)
        lost = [_as_fault(one, speech) for one in carried.losses]
        problems.extend(map(layered.problem, lost))
        if not any(one.severity is Severity.FAULT for one in lost):
            definitions.append(made := _definition(item, document, references, carried, speech.dialect))
            if made.adopt and (first := adopting.setdefault(made.adopt, (made, layered)))[0] is not made:
                problems.append(layered.problem(ShapeFault(("adopt",), _adopted_twice(made, first[1]))))
            problems += (layered.problem(one) for one in _name_faults(made, layered, named))
    problems.extend(_same_keys(items))
    return tuple(sorted(definitions, key=lambda one: one.key)), problems


def _adopted_twice(definition: Definition, first: _Layered) -> str:
    there = first.problem(ShapeFault(("adopt",), ""))
    return f"adopt: {definition.shown_adopt} is also what {there.path}:{there.line} adopts; leave it in one of them"


def _name_faults(
    definition: Definition, layered: _Layered, named: dict[str, tuple[Definition, _Layered]]
) -> Iterator[ShapeFault]:
    """Where an object is known by its name, no two have one, and there is no other to be made beside one that has it."""
    by = definition.members.named_by
    if not by:
        return
    if definition.adopt is False:
        said = f"adopt: false would make another of one name, which is there once; give it another name ({by})"
        yield ShapeFault(("adopt",), said)
    first, where = named.setdefault(definition.name or "", (definition, layered))
    if first is not definition:
        there = where.problem(ShapeFault((), ""))
        yield ShapeFault(
            (), f"the name {definition.name} is also that of {there.path}:{there.line}; give one another ({by})"
        )


def _without_value(message: str, value: Any, variable: str | None) -> str:
    """A value from a variable may be a secret: its name stands for it."""
    return message.replace(f" {shown_value(value)}", f" env:{variable}", 1) if variable else message


def _carried(item: Item, document: Mapping[str, Any], dialect: Dialect) -> Carried:
    """The members of a sound document as the API of the endpoint has them."""
    stated = {name: document[name] for name in _STATED if document.get(name) is not None}
    beside = {name: without_literals(document[name]) for name in ("ignore", dialect.block) if document.get(name)}
    return dialect.carry({**spread(stated), **beside}, item.key)


_STATED = (*ASSISTANTS.names, EXTRA)


def _as_fault(loss: Loss, speech: Speech) -> ShapeFault:
    if loss.may_be_dropped and speech.drops:
        return ShapeFault(loss.path, f"lost by `api: {speech.dialect.name}`: {loss.message}", severity=Severity.WARNING)
    way = ", or drop it with --drop-unsupported" if loss.may_be_dropped else ""
    return ShapeFault(loss.path, f"{loss.message}{way}")


def _definition(
    item: Item, document: Mapping[str, Any], references: _References, carried: Carried, dialect: Dialect
) -> Definition:
    line, column = item.start
    # Where nothing is known of variables, each may be set.
    variables = references.variables if references.environ is not None else references.named
    return Definition(
        key=item.key,
        fields=carried.fields,
        protect=document.get("protect") is True,
        ignore=carried.ignored,
        adopt=None if isinstance(document.get("adopt"), dict) else document.get("adopt"),
        source=f"{item.source.shown}:{line}:{column}",
        variables={carried.path(spread_path(path, document)): name for path, name in variables.items()},
        members=dialect.members,
        defaulted={carried.path(spread_path(path, document)): name for path, name in references.defaulted.items()},
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


class _Layer(NamedTuple):
    """What one place says of a document: `at` is where in that document of the source."""

    source: Source
    document: int
    at: Steps
    value: Mapping[str, Any]
    is_patch: bool = False


@dataclass
class _Layered:
    """What a merged document is made of, the lower layer first."""

    item: Item
    layers: list[_Layer]
    inserted: dict[Steps, tuple[Source, int]] = field(default_factory=dict)

    def merged(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for one in self.layers:
            merged = _merge(merged, one.value, (), is_patch=one.is_patch)
        return merged

    def holder(self, path: Steps) -> Source:
        return self._place(path)[0]

    def problem(self, fault: ShapeFault) -> Problem:
        source, index, place = self._place(fault.path)
        return source.problem(index, place, fault.message, at_key=fault.at_key, severity=fault.severity)

    def _place(self, path: Steps) -> tuple[Source, int, Steps]:
        """Where a merged value is written: in a file put there by reference, else in the layer that has most of its path."""
        for length in range(len(path), 0, -1):
            if found := self.inserted.get(path[:length]):
                return *found, path[length:]
        if not path:
            return self.item.source, self.item.index, self.item.at
        layer = max(reversed(self.layers), key=lambda layer: _reach(layer.value, path))
        return layer.source, layer.document, (*layer.at, *path)


def _reach(value: Any, path: Steps) -> int:
    """How many steps of a path lead somewhere."""
    for count, step in enumerate(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return count
    return len(path)


def _merge(target: Any, patch: Any, path: Steps, *, is_patch: bool) -> Any:
    """JSON Merge Patch (RFC 7396), but for a reference, which is one value, replaced whole.

    Where nothing is to be merged with, a null stays in a definition (JSON Schema has `default: null`), and goes from a patch. In an
    `extra` it stays: there it clears a member.
    """
    is_over_nothing = not isinstance(target, dict) or _is_one_value(target, path)
    if not isinstance(patch, dict) or (is_over_nothing and not is_patch) or _is_one_value(patch, path):
        return patch
    target = {} if is_over_nothing else target
    merged = dict(target)
    for name, value in patch.items():
        if value is None and not is_extra(path):
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value, (*path, name), is_patch=is_patch)
    return merged


def _is_one_value(value: Any, path: Steps) -> bool:
    return is_reference_at(value, path) or (is_variable_or_literal(value) and is_in_unknown(path))


def _layers(item: Item, project: Project, environment: str, problems: list[Problem]) -> _Layered | None:
    """The layers of a document in an environment; None where it says `false` for that environment."""
    own = {name: value for name, value in item.value.items() if name != "environments"}
    layers = [_Layer(item.source, item.index, item.at, own)]
    if project.source and environment and (defaults := project.environments[environment].defaults):
        at = ("environments", environment, "defaults")
        layers.insert(0, _Layer(project.source, project.document, at, defaults))
    patch = _patch(item, project, environment, problems)
    if item.leaves_out(environment):
        return None
    if patch:
        layers.append(_Layer(item.source, item.index, (*item.at, "environments", environment), patch, is_patch=True))
    return _Layered(item, layers)


def _patch(item: Item, project: Project, environment: str, problems: list[Problem]) -> dict[str, Any]:
    """What a document says for an environment alone; what is wrong in it for any of them is a problem."""
    patches = item.value.get("environments")
    if patches is None:
        return {}
    if not isinstance(patches, dict):
        problems.append(
            item.problem(("environments",), "environments has to be a mapping of environments to patches; change it")
        )
        return {}
    for name, patch in patches.items():
        path = ("environments", name)
        if name not in project.environments:
            hint = (
                did_you_mean(name, list(project.environments)) if project.environments else "declare it in project.yaml"
            )
            problems.append(item.problem(path, f"the environment {name!r} is not declared; {hint}", at_key=True))
        elif not isinstance(patch, dict) and patch is not False:
            problems.append(item.problem(path, "a patch has to be a mapping of fields, or false; change it"))
        fixed = [one for one in _NOT_PATCHED if isinstance(patch, dict) and one in patch]
        problems += (
            item.problem((*path, one), f"{one!r} cannot be patched; remove it here", at_key=True) for one in fixed
        )
    patch = patches.get(environment)
    return {name: one for name, one in patch.items() if name not in _NOT_PATCHED} if isinstance(patch, dict) else {}


_NOT_PATCHED = ("key", "environments")


@dataclass
class _References:
    """Puts the values of references in their places.

    With no variables at all (`environ` None) an `env` stays as it is; unless it is `needed`, so does one whose variable has no such value.
    """

    read: Reader
    environ: Mapping[str, str] | None
    layered: _Layered
    needed: bool = True
    problems: list[Problem] = field(default_factory=list)
    variables: dict[Steps, str] = field(default_factory=dict)
    defaulted: dict[Steps, str] = field(default_factory=dict)

    def resolved(self, document: Any) -> Any:
        """The whole document."""
        return with_all_variables(self.resolve(document, ()), self._in_unknown)

    def _in_unknown(self, value: dict[str, Any], path: Steps) -> Any:
        if is_reference(value):
            return self._variable(value, path, "text")
        meant = "quote it, or write {literal: ...} around what is meant as it stands"
        return self._fault(path, f"the default of {shown_value(value['env'])} has to be text; {meant}", value)

    def resolve(self, value: Any, path: Steps, chain: tuple[Path, ...] = ()) -> Any:
        if isinstance(value, str):
            return self._text(value, path)
        if is_reference_at(value, path):
            kind = REFERENCES[pattern(path)]
            return self._variable(value, path, kind) if "env" in value else self._file(value, path, kind, chain)
        if not may_hold_references(value, path):
            return value
        if isinstance(value, dict):
            return {name: self.resolve(inner, (*path, name), chain) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(inner, (*path, index), chain) for index, inner in enumerate(value)]
        return value

    def _text(self, value: str, path: Steps) -> Any:
        """A text that a file states, where it is not what people put in place of a text."""
        if name := self._named_file(value, path):
            said = f"this is a file name, not the file's content; write {{file: {name}}}"
            return self._fault(path, said, {"file": name})
        if value[:1] in ("$", "{", "%") or pattern(path) in IDS:
            self._template(value, path)
        self._merged(value, path)
        return value

    def _merged(self, text: str, path: Steps, origin: str = "this text") -> None:
        if line := unmerged(text):
            said = f"{dotted(path)}: {origin} has a merge that was not finished, from its line {line} on; keep one side"
            self.problems.append(self.layered.problem(ShapeFault(path, said, severity=Severity.WARNING)))

    def _template(self, value: str, path: Steps) -> None:
        """Of an id nothing else can be meant; other texts may be templates of an application's own."""
        is_id = pattern(path) in IDS
        if REFERENCES.get(pattern(path)) == "text" and (said := uninserted(value, anywhere=is_id)):
            severity = Severity.FAULT if is_id else Severity.WARNING
            self.problems.append(self.layered.problem(ShapeFault(path, f"{dotted(path)} is {said}", severity=severity)))

    def _named_file(self, text: str, path: Steps) -> str:
        """The file that was meant where its name stands in place of prose or of a structure, as a reference has it; else nothing."""
        if pattern(path) not in NAMED_BY_MISTAKE or not (found := as_file_name(text)):
            return ""
        name, for_certain = found
        here = self.layered.holder(path).path.parent
        for folder in (here, self.read.root):
            if self.read.holds(folder / name):
                return Path(os.path.relpath(folder / name, here)).as_posix()
        return name if for_certain else ""

    @property
    def named(self) -> Mapping[Steps, str]:
        """Every variable, by its place, whether its value stands there or its default."""
        return {**self.variables, **self.defaulted}

    def _fault(self, path: Steps, message: str, stand_in: Any) -> Any:
        self.problems.append(self.layered.problem(ShapeFault(path, f"{dotted(path)}: {message}")))
        return stand_in

    def _variable(self, value: dict[str, str], path: Steps, kind: str) -> Any:
        name, default = value["env"], value.get("default")
        if kind == "structure":
            said = "a variable holds text, and a structure is needed here; write {file: PATH}"
            return self._fault(path, said, {"file": name})
        text = self.environ.get(name) if self.environ is not None else None
        if not text and default is not None:
            self.defaulted[path] = name
            return self._as(kind, default, path, f"the default of {shown_value(name)}", {"env": name})
        self.variables[path] = name
        if self.environ is None or not (self.needed or (text and (kind == "text" or number(text) is not None))):
            return value
        if text is None:
            return self._fault(path, f"the variable {shown_value(name)} is not set; set it", value)
        if not text:
            advice = f"set it, or write {{env: {name}, default: ''}} if that is meant"
            return self._fault(path, f"the variable {shown_value(name)} is empty; {advice}", value)
        return self._as(kind, text, path, f"the variable {shown_value(name)}", value)

    def _file(self, value: dict[str, str], path: Steps, kind: str, chain: tuple[Path, ...]) -> Any:
        file = sources.tidy(self.layered.holder(path).path.parent / value["file"])
        stand_in = {"file": value["file"]}
        found = sources.real(file)
        if found in chain:
            return self._fault(
                path, f"the file {shown_value(value['file'])} includes itself; break the circle", stand_in
            )
        if len(chain) >= CHAIN_MAX:
            return self._fault(path, f"over {CHAIN_MAX} files name each other in a row; shorten the chain", stand_in)
        try:
            source = self.read(file)
            if kind != "structure":
                return self._as(kind, sources.prose(source), path, f"the file {shown_value(value['file'])}", stand_in)
            document, inner = sources.structure(source)
        except DefinitionError as error:
            return self._unreadable(error, path, file, stand_in)
        self.layered.inserted[path] = source, document
        return self.resolve(inner, path, (*chain, found))

    def _unreadable(self, error: DefinitionError, path: Steps, file: Path, stand_in: Any) -> Any:
        """A fault inside the file is placed there; one of the file as a whole, where the reference stands."""
        for one in error.problems:
            whole = one.line == 0
            fault = ShapeFault(path, f"{dotted(path)}: {brief(file)}: {one.message}")
            self.problems.append(self.layered.problem(fault) if whole else one)
        return stand_in

    def _as(self, kind: str, text: str, path: Steps, origin: str, stand_in: Any) -> Any:
        if kind == "text":
            try:
                text.encode()
            except UnicodeEncodeError:
                return self._fault(path, f"{origin} is not valid UTF-8; fix it", stand_in)
            self._merged(text, path, origin)
            return text
        value = number(text)
        return (
            self._fault(path, f"{origin} does not hold a number; write one there", stand_in) if value is None else value
        )
