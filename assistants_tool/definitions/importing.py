"""Assistants -> definition files, as a person would write them. Pure: what to write and why not, never the writing.

What is written is read back before it is given out: a file that would mean anything else than the assistant, or nothing at all, is not
written, and the reason is said.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assistants_tool.definitions import pastes, yamltext
from assistants_tool.definitions.extra import EXTRA, gathered, with_literals
from assistants_tool.definitions.loading import Asked, load
from assistants_tool.definitions.references import is_reference_at, may_hold_references
from assistants_tool.definitions.shape import IDENTIFIER, is_variable
from assistants_tool.definitions.sources import STDIN, Source
from assistants_tool.errors import DefinitionError
from assistants_tool.models import ANYTHING, Takes
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.dialects import (
    ASSISTANTS_DIALECT,
    BLOCKS,
    Dialect,
    Saved,
    Speech,
    saved,
    secrets,
    that_has,
)
from assistants_tool.objects.jsontext import as_text, same
from assistants_tool.objects.masked import is_masked, masked
from assistants_tool.objects.members import ASSISTANTS, METADATA
from assistants_tool.objects.normal import is_hollow
from assistants_tool.objects.paths import dotted, value_at, with_value
from assistants_tool.objects.unseen import count

if TYPE_CHECKING:
    from assistants_tool.definitions.files import Project
    from assistants_tool.objects.assistant import Scope
    from assistants_tool.objects.mark import Mark
    from assistants_tool.objects.paths import Path as Steps
    from assistants_tool.objects.unknown import Place

_ORIGIN = "migrated_from"  # a pair of metadata by which earlier versions told where something was migrated from
LONG = 1500  # characters; longer instructions are easier to read and to edit as the body of a Markdown file
# In the order in which a file states them: what says who it is first, what is long and seldom read last; any other between.
_FIRST = ("name", "description", "model", "instructions", "tools", "tool_resources", "temperature", "top_p")
_LAST = ("response_format", METADATA)
_BETWEEN = (one for one in ASSISTANTS.names if one not in (*_FIRST, *_LAST))
FIELDS = (*_FIRST, *_BETWEEN, *_LAST, *BLOCKS, EXTRA)
_RESERVED = "project"  # its file would be project.yaml


@dataclass(frozen=True, slots=True)
class Written:
    """A definition file to be: what it is of, `name` in its folder, and the text.

    `left_out` says what has no place in it, or stands masked where it was found.
    """

    subject: str
    key: str
    name: str
    text: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """An assistant that is not imported, and why."""

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be made of an assistant: `key` is that of the definition that it has already, or of the file that is to be written."""

    assistant: Assistant
    key: str
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class Drafts:
    """Definitions that are to be written into `folder`, and the assistants that can get none; `taken` are others'."""

    folder: Path
    drafts: tuple[Draft, ...]
    left: tuple[Left, ...]
    taken: tuple[Left, ...] = ()

    @property
    def written(self) -> tuple[Written, ...]:
        return tuple(one.written for one in self.drafts if one.written)


def subject_of(assistant: Assistant) -> str:
    """What an assistant is called in a report: id and name, as far as it has them."""
    return " ".join(filter(None, (assistant.id, repr(assistant.name) if assistant.name else "")))


HELD = "a definition has it already"


class Held(NamedTuple):
    """What the definitions that are there have: their keys, and the ids that they adopt."""

    keys: Collection[str]
    adopted: Collection[str]

    def has(self, assistant: Assistant, key: str | None) -> bool:
        return assistant.id in self.adopted or key in self.keys


@dataclass
class Import:
    """Where definitions go: a project's environment, and the keys that are taken.

    `adopts`: what is no one's is taken over by the definition; else it is to be made anew. `source`: the environment that they are read
    from, where that is another; what is not managed there is left out of it. `owns` says whether a mark is ours, by default that of the
    environment. `held` are those that definitions have already. `unread` are files whose definitions cannot be read, by what may be their
    key in small letters. `takes` is what the endpoint takes that they are for, by default that of the environment. `markdown`: a long
    prompt may become the body of such a file.
    """

    project: Project
    environment: str
    adopts: bool = True
    source: str = ""
    owns: Callable[[Mark], bool] | None = None
    held: Held | None = None
    taken: set[str] = field(default_factory=set)
    unread: Mapping[str, str] = field(default_factory=dict)
    takes: Takes | None = None
    markdown: bool = True
    _marks: set[str] = field(default_factory=set, init=False)  # the keys of what is ours and written
    _own: set[str] = field(
        default_factory=set, init=False
    )  # the keys of what is ours, in small letters, which no other takes
    _keys: set[str] = field(default_factory=set, init=False)  # those of definitions, here and written

    def __post_init__(self) -> None:
        self._keys |= set(self.held.keys) if self.held else set()

    def write(self, assistants: Iterable[Assistant], wanted: Sequence[str] = ()) -> Iterator[Written | Left]:
        """One of both for each; a key that is given is taken for the next. `wanted` are keys, each before all others, empty for none."""
        found = tuple(assistants)
        self._own = {key.casefold() for one in found if (key := self.own_key(one)) is not None}
        for one, first in zip(found, itertools.chain(wanted, itertools.repeat(""))):  # noqa: B905 - of which there is no end
            key = self._key(one, first)
            written = self._written(one, key)
            if isinstance(written, Written):
                self.taken.add(key.casefold())
            yield written

    def _key(self, assistant: Assistant, given: str = "") -> str:
        """From its mark, its name or its id."""
        proposed = (given, assistant.mark.key if assistant.mark else "", slug(assistant.name or ""), assistant.id)
        return self._free(*proposed, but_for=self._own if self.own_key(assistant) is None else ())

    def _free(self, *proposed: str, but_for: Collection[str] = ()) -> str:
        """The first of these that can be a key, with a number where it is taken; file names may not differ by case alone."""
        wanted = next((one for one in proposed if IDENTIFIER.match(one)), "assistant")
        key, number = wanted, 1
        while key.casefold() in {*self.taken, *self.unread, *but_for, _RESERVED}:
            number += 1
            key = f"{wanted[:60]}-{number}"
        return key

    def copy(self, values: Iterable[Any], source: Source, folder: Path) -> Iterator[Written | Left]:
        """One of both for each entry of a file of answers or definitions, but for what stands there once more.

        `folder` is where the definitions go.
        """
        entries = {as_text(one): one for one in values}.values()
        for number, value in enumerate(entries, 1):
            copied = self._copied(value, _Origin(source, number, folder, alone=len(entries) == 1))
            if isinstance(copied, Written):
                self._keys.add(copied.key)
                self.taken |= {copied.key.casefold(), Path(copied.name).stem.casefold()}
            yield copied

    def _copied(self, value: Any, origin: _Origin) -> Written | Left:
        if isinstance(value, dict) and "model" in value and not (pastes.is_answer(value) or saved(value)):
            return self._rewritten(*pastes.as_stated(value), origin)
        answer = Answer.of(value, str(origin))
        if isinstance(answer, Left):
            return answer
        if self.held and self.held.has(answer.assistant, self.own_key(answer.assistant)):
            return Left(subject_of(answer.assistant), HELD)
        written = self._written(answer.assistant, self._key(answer.assistant, answer.key))
        return (
            replace(written, left_out=answer.left_out + written.left_out) if isinstance(written, Written) else written
        )

    def _rewritten(self, document: dict[str, Any], left_out: tuple[str, ...], origin: _Origin) -> Written | Left:
        """A definition as it stands, in a file of its own."""
        subject, name = _called(document) or str(origin), document.get("name")
        given = document.get("key") if isinstance(document.get("key"), str) else origin.stem
        if given and given in self._keys:
            return Left(subject, f"the key {given!r} is taken; change it there")
        file = self._free(given or "", slug(name) if isinstance(name, str) else "")
        key = given or file
        moved = _rebased(document, (), origin.source.path.parent, origin.folder)
        own = {} if key == file else {"key": key}
        text = yamltext.dump({**own, **{one: value for one, value in moved.items() if one != "key"}})
        try:
            load((), self.project, "", None, Source(origin.folder / f"{file}.yaml", text), self._asked())
        except DefinitionError as error:
            return Left(subject, "; ".join(one.message for one in error.problems))
        return Written(subject, key, f"{file}.yaml", text, left_out)

    def _written(self, assistant: Assistant, key: str) -> Written | Left:
        ours, subject = self.own_key(assistant), subject_of(assistant)
        if ours is not None and ours in (*self._marks, *(self.held.keys if self.held else ())):
            return Left(
                subject, "another assistant has the same mark; `assistants plan` shows what happens to this one"
            )
        if ours is not None and (file := self.unread.get(ours.casefold())):
            return Left(subject, f"{file} may hold its definition, and cannot be read; fix or remove that first")
        if unlike := assistant.members.another_thing(assistant.form):
            return Left(subject, unlike)
        stated = Unmasked.of(assistant, key)
        document = self._document(assistant, stated.fields)
        if ours is not None:
            self._marks.add(ours)
            document = (
                document if ours == key else {"key": ours, **document}
            )  # by this, and no other, it is found again
        most = assistant.members.pairs_max
        if len(document.get("metadata") or {}) >= most:
            return Left(subject, f"it has {most} metadata pairs, and the tool needs one; remove a pair first")
        name, text = _as_file(key, document, markdown=self.markdown)
        fault = self._fault(Source(Path(name), text), assistant, stated)
        return Left(subject, fault) if fault else Written(subject, key, name, text, stated.notes)

    def says(self, assistant: Assistant, key: str, document: Mapping[str, Any]) -> bool:
        """Whether a definition of this key is what it would be given."""
        said = self._document(assistant, Unmasked.of(assistant, key).fields)
        return as_text(said) == as_text({name: one for name, one in document.items() if name != "key"})

    def _document(self, assistant: Assistant, stated: Mapping[str, Any]) -> dict[str, Any]:
        document = {name: stated[name] for name in FIELDS if name in stated}
        mark = assistant.mark
        if mark and mark.protect:
            document["protect"] = True
        patch = dict(_withheld(self._defaults(self.environment), stated))
        if self.adopts and self.own_key(assistant) is None:
            patch["adopt"] = assistant.id
        patches: dict[str, Any] = {self.environment: patch}
        if self.source:
            is_ours = self.own_key(assistant) is not None
            patches[self.source] = dict(_withheld(self._defaults(self.source), stated)) if is_ours else False
        if len(self.project.environments) > 1 and (said := {name: one for name, one in patches.items() if one != {}}):
            return {**document, "environments": said}
        return {**document, **_merged(document, patch)}

    def _asked(self, dialect: Dialect = ASSISTANTS_DIALECT) -> Asked:
        found = self.project.environments.get(self.environment)
        takes = self.takes or (found.takes if found else ANYTHING)
        return Asked(takes=lambda _: takes, speech=lambda _: Speech(dialect))

    def _defaults(self, environment: str) -> Mapping[str, Any]:
        found = self.project.environments.get(environment)
        return found.defaults if found else {}

    def own_key(self, assistant: Assistant) -> str | None:
        """The key of one that is ours already; None for any other."""
        mark = assistant.mark
        if mark is None:
            return None
        own = self.owns(mark) if self.owns else (mark.project, mark.environment) == self._whose
        return mark.key if own else None

    @property
    def _whose(self) -> tuple[str, str]:
        return self.project.name, self.environment

    def _fault(self, source: Source, assistant: Assistant, stated: Unmasked) -> str:
        """Why a file does not say what the assistant is; empty where it does."""
        if re.search("[\ud800-\udfff]", json.dumps(assistant.stated, ensure_ascii=False)):
            return "it holds half of a character (a surrogate), which no file can"
        asked = self._asked(that_has(assistant.members))
        told = {one.place for one in assistant.unknown.told if one.place not in stated.left_out}
        for environment in (self.environment, *((self.source,) if self.source else ())):
            try:
                found = load((), self.project, environment, stated.masks, source, asked).definitions
            except DefinitionError as error:
                return "; ".join(one.message for one in error.problems)
            held = canonical(assistant.body, (), assistant.members, told)
            if not all(same(held, canonical(one.fields, (), assistant.members, told)) for one in found):
                return "no file can say what it holds"
        return ""


@dataclass(frozen=True, slots=True)
class Unmasked:
    """What a file states of an assistant, without its secrets, and the masks that the endpoint puts in place of values.

    `masks` are both, by the variables that stand in their places; `left_out` are the places of what is not stated at all.
    """

    fields: Mapping[str, Any]
    masks: Mapping[str, str]
    left_out: frozenset[Place]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, assistant: Assistant, key: str) -> Unmasked:
        """What is masked at the top is left out, and so left as it is there; what is deeper would be sent, and has to be asked for."""
        stated, members = that_has(assistant.members).restate(assistant.stated), ASSISTANTS
        left = dict.fromkeys(
            str(path[0]) for path in masked(stated, members) if path[0] not in (*members.names, *BLOCKS)
        )
        blocks = {name: with_literals(one) for name, one in stated.items() if name in BLOCKS}
        kept = {name: one for name, one in stated.items() if name not in (*left, *BLOCKS)}
        fields: Any = {**gathered(kept), **blocks}
        notes = [f"{name} is masked there, and left out" for name in left]
        masks: dict[str, str] = {}
        shown = [path for path, value in secrets(fields) if isinstance(value, str) and not is_masked(value)]
        for path in (*masked(fields, members), *shown):
            name = _variable(key, path, masks)
            masks[name] = value_at(fields, path)
            fields = with_value(fields, path, {"env": name})
            why = "is a secret, which no file should hold" if path in shown else "is masked there"
            notes.append(f"{dotted(path)} {why}: set the variable {name} to its value")
        return cls(fields, masks, frozenset((name,) for name in left), tuple(notes))


def _variable(key: str, path: Steps, taken: Collection[str]) -> str:
    """A name for the variable that holds what is masked at a path."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", f"{key}_{dotted(path)}").strip("_").upper()
    wanted = name = words if is_variable(words) else f"_{words}"
    for number in range(2, len(taken) + 2):
        name = f"{wanted}_{number}" if name in taken else name
    return name


class Answer(NamedTuple):
    """One assistant that somebody saved: as it was answered, or as code states it. `key`, where it says one, is that of its definition.

    Its id is empty where it says none. `left_out` says what has no place in a definition.
    """

    assistant: Assistant
    key: str
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, value: Any, where: str) -> Answer | Left:
        if not isinstance(value, dict):
            return Left(where, "it is not an assistant; an assistant is an object with `model`")
        if value.get("format") == pastes.BACKUP:
            return Left(where, "it is a backup of another API's; `assistants restore` brings it back there")
        if found := saved(value):
            return cls._of_another_api(found, value, where)
        stated, left_out = pastes.as_stated(value)
        if "model" not in stated:
            return Left(_called(value) or where, "it has no `model`, so it is not an assistant")
        key = stated.pop("key", None)
        assistant = Assistant({**stated, "id": str(value.get("id") or value.get("assistant_id") or "")})
        left_out += tuple(
            f"{one.shown} is left out, as it is the server's"
            for one in assistant.unknown.all
            if one.is_servers_own and not is_hollow(one.value)
        )
        return cls(assistant, key if isinstance(key, str) else "", left_out)

    @classmethod
    def _of_another_api(cls, found: Saved, value: Mapping[str, Any], where: str) -> Answer | Left:
        if not isinstance(found.body.get("model"), str):
            return Left(_called(value) or where, "it has no `model`, so no definition can state it")
        body = {name: one for name, one in found.body.items() if name not in (*pastes.SHOWN, "key")}
        key = value.get("key")
        assistant = Assistant({**body, "id": str(body.get("id") or "")}, found.dialect.members)
        return cls(assistant, key if isinstance(key, str) else "", ())


class _Origin(NamedTuple):
    """Where an entry stands: the how manieth of which file, or the only one; and where it goes."""

    source: Source
    number: int
    folder: Path
    alone: bool

    @property
    def stem(self) -> str | None:
        """The key of a definition that says none and has a file for itself."""
        stem = self.source.path.stem
        return stem if self.alone and self.source.path != STDIN and IDENTIFIER.match(stem) else None

    def __str__(self) -> str:
        return f"{self.source.shown}, entry {self.number}"


def _called(value: Mapping[str, Any]) -> str:
    """An entry by its key and name, as far as it has them."""
    key, name = value.get("key"), value.get("name")
    return " ".join(filter(None, (key if isinstance(key, str) else "", repr(name) if isinstance(name, str) else "")))


def _rebased(value: Any, path: Steps, before: Path, after: Path) -> Any:
    """The same with each reference to a file leading where it led, from another folder."""
    if is_reference_at(value, path) and "file" in value:
        led = os.path.relpath(before / value["file"], after)
        return {"file": Path(led).as_posix()}
    if path == ("environments",) and isinstance(value, dict):
        return {name: _rebased(one, (), before, after) for name, one in value.items()}
    if path != () and not may_hold_references(value, path):
        return value
    if isinstance(value, dict):
        return {name: _rebased(one, (*path, name), before, after) for name, one in value.items()}
    return (
        [_rebased(one, (*path, at), before, after) for at, one in enumerate(value)]
        if isinstance(value, list)
        else value
    )


def read_entries(source: Source) -> list[Any]:
    """The assistants in a file of answers: JSON, one value behind the other, or YAML. Raises DefinitionError where it is neither."""
    looks_like_json = source.is_json or source.text.lstrip()[:1] in ("{", "[")
    found = yamltext.parse_json(source.text, several=True) if looks_like_json else source.parsed
    if found.faults and not source.is_json:
        found = source.parsed
    if found.faults:
        raise DefinitionError(source.problems_of(found))
    return [one for value in found.values for one in pastes.entries(value)]


def why_not(assistant: Assistant, scope: Scope, keys: Collection[str], adopted: Collection[str]) -> str:
    """Why an assistant may not be imported: a definition (by key, or by `adopt`) has it, or somebody else. Empty where it may."""
    mark = assistant.mark
    if assistant.id in adopted or (mark and scope.owns(mark) and mark.key in keys):
        return HELD
    held = scope.held(assistant.trace)
    return f"it {held}" if held else ""


def adoptions(document: Mapping[str, Any]) -> Iterator[str]:
    """The ids that a definition adopts in any environment, or was migrated from by an earlier version."""
    patches = document.get("environments")
    for layer in (document, *(patches.values() if isinstance(patches, dict) else ())):
        if isinstance(layer, dict) and isinstance(layer.get("adopt"), str):
            yield layer["adopt"]
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get(_ORIGIN), str):
        yield metadata[_ORIGIN]


def slug(name: str) -> str:
    """A key that reads like the name; empty where nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    return f"assistant-{found}" if _DEVICE.fullmatch(found) else found


_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # no name of a file on Windows, whatever its suffix


def _withheld(defaults: Mapping[str, Any], stated: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The nulls that keep an environment's defaults away from what does not state them."""
    for name, default in defaults.items():
        if name not in stated:
            yield name, None
        elif isinstance(default, dict) and isinstance(stated[name], dict):
            inner = dict(_withheld(default, stated[name]))
            if inner:
                yield name, inner


def _merged(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(document)
    for name, value in patch.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _as_file(key: str, document: Mapping[str, Any], *, markdown: bool) -> tuple[str, str]:
    """Name and text: Markdown where that suits the instructions better, else YAML."""
    body = document.get("instructions")
    if markdown and isinstance(body, str) and _reads_better_as_body(body):
        rest = {name: value for name, value in document.items() if name != "instructions"}
        return f"{key}.md", f"---\n{yamltext.dump(rest)}---\n{body}"
    return f"{key}.yaml", yamltext.dump(document)


def _reads_better_as_body(text: str) -> bool:
    if "\r\n" in text or count(text):  # the one is read as a line's end alone, the other would not be seen there
        return False
    return len(text) > LONG or ("\n" in text and not yamltext.is_block(text))
