"""`env:NAME` in place of the values that definitions take from variables, wherever they may show: on a definition's own side, on the
endpoint's, in what differs (`Masks`), and in what a server says (`hiding`).

A value of one definition may turn up in another: a line was moved from file to file. So the values of all loaded definitions are hidden in
each (`Secrets`). A value whose line is gone from the files is not known any more; the mark names its place.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.differences import ABSENT, Difference
from assistants_tool.objects.masked import GONE, UNTOLD, is_masked
from assistants_tool.objects.paths import Path, anywhere, dotted, leaves, steps, value_at
from assistants_tool.redaction import SHORTEST, Redaction

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.mark import Mark

Data = dict[str, Any]
# A model is no secret: its name stands in many a text, and hiding it there would make that unreadable.
_HIDDEN_IN_PLACE_ONLY = ("model",)
_NEVER_HIDDEN = ("adopt",)  # an id


def hiding(definitions: Iterable[Definition]) -> Redaction:
    """One for all of them: what a server says of one assistant may repeat a value of another.

    A server's words (`words`) are about the request, so a model is hidden in them, too; as a value by itself (`texts`) it is not.
    """
    return _hiding(found for one in definitions for found in _values(one))


def hiding_variables(places: Iterable[Mapping[Path, str]], environ: Mapping[str, str]) -> Redaction:
    """The same where only places and the names of their variables are known, as of definitions that could not be resolved."""
    named = (one for some in places for one in some.items() if one[0] != _NEVER_HIDDEN)
    return _hiding((path, environ[name], f"env:{name}") for path, name in named if environ.get(name))


def _hiding(values: Iterable[tuple[Path, str, str]]) -> Redaction:
    """`values` are places, what stands there, and what is told instead."""
    found = list(values)
    told_nowhere = {text: name for path, text, name in found if path != _HIDDEN_IN_PLACE_ONLY}
    return replace(Redaction.of({text: name for _, text, name in found}), texts=told_nowhere)


def _values(definition: Definition) -> Iterator[tuple[Path, str, str]]:
    """Of variables, but for `_NEVER_HIDDEN`, which is none of its fields. And secrets that stand in a file."""
    for path, variable in definition.variables.items():
        value = value_at(definition.fields, path)
        if isinstance(value, (str, int, float)) and value != "":
            yield path, value if isinstance(value, str) else json.dumps(value), f"env:{variable}"
    for path, value in definition.members.secrets(definition.fields):
        if isinstance(value, str) and value and path not in definition.variables:
            yield path, value, UNTOLD


@dataclass(frozen=True, slots=True)
class Secrets:
    """The values of all variables that some definitions name, by what stands for them.

    `texts` are whole values; `inside` those that are hidden within other texts, too, the longer first: not what a literal of the files
    tells anyway. `numbers` are hidden in places like their own alone, because a number says nothing without its place.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    inside: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[tuple[Path, int | float], str] = field(default_factory=dict)

    @classmethod
    def of(cls, hidden: Redaction, definitions: Iterable[Definition]) -> Secrets:
        """`hidden` may be of more definitions than these, whose literals tell what is no secret."""
        texts = {text: name for text, name in hidden.texts.items() if not _is_number(text)}
        if not hidden.texts:
            return cls()
        loaded = list(definitions)
        literals = [one for definition in loaded for one in _literals(definition)]
        inside = {text: name for text, name in texts.items() if not any(text in literal for literal in literals)}
        return cls(texts, _longest_first(inside), dict(_numbers(loaded)))


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", text) is not None


def _literals(definition: Definition) -> Iterator[str]:
    """The texts that the files state themselves."""
    for path, one in leaves(definition.fields):
        if isinstance(one, str) and path not in definition.variables and not definition.members.hold_secret_at(path):
            yield one


def _numbers(definitions: Iterable[Definition]) -> Iterator[tuple[tuple[Path, int | float], str]]:
    for definition in definitions:
        for path, variable in definition.variables.items():
            value = value_at(definition.fields, path)
            if isinstance(value, (int, float)):
                yield (anywhere(path), value), f"env:{variable}"


@dataclass
class Masks:
    """Those of one definition: what may be told of its own side, and of the endpoint's.

    `others` are the values of every loaded definition. `mark` is that of the assistant that is there; it names the places that were
    variables when it was written.
    """

    definition: Definition
    others: Secrets = field(default_factory=Secrets)
    mark: Mark | None = None

    @functools.cached_property
    def _texts(self) -> Mapping[str, str]:
        """Whole values, by what stands for them; the definition's own names win."""
        fields, variables = self.definition.fields, self.definition.variables
        values = [(value_at(fields, path), f"env:{name}") for path, name in variables.items()]
        return {value: name for value, name in values if isinstance(value, str) and value}

    @functools.cached_property
    def _places(self) -> Mapping[Path, str]:
        return {anywhere(path): f"env:{name}" for path, name in self.definition.variables.items()}

    @functools.cached_property
    def _gone(self) -> frozenset[Path]:
        """Places, or whole fields, that took their values from variables when the mark was written."""
        return frozenset(anywhere(steps(one)) for one in self.mark.variables) if self.mark else frozenset()

    @functools.cached_property
    def _literals(self) -> frozenset[str]:
        return frozenset(_literals(self.definition))

    @functools.cached_property
    def _told_in_places(self) -> frozenset[str]:
        """Literals in places like those of variables, such as the ids beside one that is a variable's."""
        fields, variables = self.definition.fields, self.definition.variables
        found = leaves(fields) if variables else ()  # most definitions have none, and nothing to hide
        return frozenset(
            one
            for path, one in found
            if isinstance(one, str) and path not in variables and anywhere(path) in self._places
        )

    @functools.cached_property
    def _inside(self) -> Mapping[str, str]:
        own = {one: name for one, name in self._texts.items() if not any(one in literal for literal in self._literals)}
        return _longest_first({**self.others.inside, **own})

    @property
    def name(self) -> str | None:
        variable = self.definition.variables.get(("name",))
        return f"env:{variable}" if variable else self.definition.name

    def stated(self) -> Data:
        """The fields as the files state them, and whether the assistant is protected."""
        protect = {"protect": True} if self.definition.protect else {}
        return {**self._stated(self.definition.fields, ()), **protect}

    def _stated(self, value: Any, path: Path) -> Any:
        if name := self.definition.variables.get(path):
            return f"env:{name}"
        return UNTOLD if self._is_secret(value, path) else each_inside(value, path, self._stated)

    def _is_secret(self, value: Any, path: Path) -> bool:
        return isinstance(value, str) and not is_masked(value) and self.definition.members.hold_secret_at(path)

    def found(self, value: Any, path: Path = ()) -> Any:
        """The endpoint's side. Its order may be another: each place like a variable's is masked, but for literals of the files."""
        place = anywhere(path)
        if (name := self._places.get(place)) and not self._is_told(value):
            return name
        if self._was_a_variables(place) and not isinstance(value, (dict, list)) and not self._is_stated(value, path):
            return GONE
        if self._is_secret(value, path):
            return UNTOLD
        if isinstance(value, str):
            return self._hidden(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and not self._is_stated(value, path):
            value = self.others.numbers.get((place, value), value)
        return each_inside(value, path, self.found)

    def _hidden(self, text: str) -> str:
        whole = self._texts.get(text) or (None if text in self._literals else self.others.texts.get(text))
        return whole or _replaced(text, self._inside)

    def _is_told(self, value: Any) -> bool:
        return value is None or value is ABSENT or (isinstance(value, str) and value in self._told_in_places)

    def _is_stated(self, value: Any, path: Path) -> bool:
        """Whether the files tell it: nothing, or the same literal in the same place."""
        if value is None or value is ABSENT or (isinstance(value, str) and value in self._literals):
            return True
        return path not in self.definition.variables and value_at(self.definition.fields, path) == value

    def _was_a_variables(self, place: Path) -> bool:
        return any(place[: len(gone)] == gone for gone in self._gone)

    def _wanted(self, value: Any, path: Path) -> Any:
        """The files' side, in the order of the canonical form."""
        if (name := self.definition.variables.get(path)) and value is not ABSENT:
            return f"env:{name}"
        if self._is_secret(value, path):
            return UNTOLD
        if isinstance(value, str):
            return self._texts.get(value, value)
        return each_inside(value, path, self._wanted)

    def variable(self, difference: Difference) -> str:
        """The variable behind a difference, of which neither side is to be told; empty where there is none."""
        place = steps(difference.path)
        for path, name in self.definition.variables.items():
            # Ids are compared as a set, so their places in their list do not count.
            ids = self.definition.members.hold_ids_at(path) and path[:-1] in (place, place[:-1])
            if ids or difference.path == dotted(path):
                return name
        return ""

    def sides(self, difference: Difference) -> tuple[Any, Any]:
        """Of a difference that is larger than a variable's place, such as a new tool, what may be told."""
        path = steps(difference.path)
        return self.found(difference.before, path), self._wanted(difference.after, path)


def name_of(name: str | None, mark: Mark | None, secrets: Secrets) -> str | None:
    """What may be told of the name of an assistant that has no definition here."""
    if name and mark and "name" in mark.variables:
        return GONE
    return (secrets.texts.get(name) or _replaced(name, secrets.inside)) if name else name


def _longest_first(masks: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(masks.items(), key=lambda one: -len(one[0])))


def _replaced(text: str, masks: Mapping[str, str]) -> str:
    for value, name in masks.items():
        text = text.replace(value, name) if len(value) >= SHORTEST else text
    return text


def each_inside(value: Any, path: Path, walk: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: walk(inner, (*path, name)) for name, inner in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # which a server may answer, and JSON has no word for
    return [walk(inner, (*path, index)) for index, inner in enumerate(value)] if isinstance(value, list) else value
