"""`env:NAME` in place of the values that definitions take from variables, wherever they may show: on a definition's own side, on the
endpoint's, in what differs (`Masks`), and in what a server says (`hiding`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.differences import ABSENT, Difference
from assistants_tool.objects.paths import Path, dotted, value_at
from assistants_tool.redaction import SHORTEST, Redaction

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition

Data = dict[str, Any]


def hiding(definitions: Iterable[Definition]) -> Redaction:
    """One for all of them: what a server says of one assistant may repeat a value of another."""
    return Redaction.of({text: name for one in definitions if one.variables for text, name in _values(one)})


def hiding_variables(names: Iterable[Iterable[str]], environ: Mapping[str, str]) -> Redaction:
    """The same where only the names of variables are known by now."""
    return Redaction.of({environ[name]: f"env:{name}" for some in names for name in some if environ.get(name)})


def _values(definition: Definition) -> Iterator[tuple[str, str]]:
    for path, variable in definition.variables.items():
        value = definition.adopt if path == ("adopt",) else value_at(definition.fields, path)
        if isinstance(value, (str, int, float)) and value != "":
            yield value if isinstance(value, str) else json.dumps(value), f"env:{variable}"


@dataclass
class Masks:
    """Those of one definition. `_texts` are the values by what stands for them, `_hidden` those that no literal tells anyway."""

    definition: Definition
    _texts: dict[str, str] = field(init=False)
    _hidden: dict[str, str] = field(init=False)
    _places: dict[Path, str] = field(init=False)
    _literals: set[str] = field(init=False)

    def __post_init__(self) -> None:
        fields, variables = self.definition.fields, self.definition.variables
        values = [(value_at(fields, path), f"env:{name}") for path, name in variables.items()]
        self._texts = {value: name for value, name in values if isinstance(value, str) and value}
        self._places = {_anywhere(path): f"env:{name}" for path, name in variables.items()}
        found = leaves(fields) if variables else ()  # most definitions have none, and nothing to hide
        literals = {path: one for path, one in found if path not in variables and isinstance(one, str)}
        self._literals = {one for path, one in literals.items() if _anywhere(path) in self._places}
        told = "\n".join(literals.values())
        self._hidden = _longest_first({one: name for one, name in self._texts.items() if one not in told})

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
        return _each(value, path, self._stated)

    def found(self, value: Any, path: Path = ()) -> Any:
        """The endpoint's side. Its order may be another: each place like a variable's is masked, but for literals of the files."""
        name = self._places.get(_anywhere(path))
        told = value is None or value is ABSENT or (isinstance(value, str) and value in self._literals)
        if name and not told:
            return name
        if isinstance(value, str):
            return self._texts.get(value) or _replaced(value, self._hidden)
        return _each(value, path, self.found)

    def _wanted(self, value: Any, path: Path) -> Any:
        """The files' side, in the order of the canonical form."""
        if (name := self.definition.variables.get(path)) and value is not ABSENT:
            return f"env:{name}"
        if isinstance(value, str):
            return self._texts.get(value, value)
        return _each(value, path, self._wanted)

    def variable(self, difference: Difference) -> str:
        """The variable behind a difference, of which neither side is to be told; empty where there is none."""
        for path, name in self.definition.variables.items():
            known = dotted(path)
            # Ids are compared as a set, so their places do not count.
            ids = (
                self.definition.members.hold_ids_at(path)
                and difference.path.partition("[")[0] == known.partition("[")[0]
            )
            if ids or difference.path == known:
                return name
        return ""

    def sides(self, difference: Difference) -> tuple[Any, Any]:
        """Of a difference that is larger than a variable's place, such as a new tool, what may be told."""
        path = _steps(difference.path)
        return self.found(difference.before, path), self._wanted(difference.after, path)


def _longest_first(masks: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(masks.items(), key=lambda one: -len(one[0])))


def _replaced(text: str, masks: Mapping[str, str]) -> str:
    for value, name in masks.items():
        text = text.replace(value, name) if len(value) >= SHORTEST else text
    return text


def _each(value: Any, path: Path, walk: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: walk(inner, (*path, name)) for name, inner in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # which a server may answer, and JSON has no word for
    return [walk(inner, (*path, index)) for index, inner in enumerate(value)] if isinstance(value, list) else value


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no others, with its path."""
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if members is None:
        yield path, value
    else:
        for name, inner in members:
            yield from leaves(inner, (*path, name))


def _anywhere(path: Path) -> Path:
    """A path with `*` for every index."""
    return tuple("*" if isinstance(step, int) else step for step in path)


_STEP = re.compile(r"\[([0-9]{1,9})\]|([^.\[]+)")


def _steps(path: str) -> Path:
    """The steps of a differing path, as far as they may lead to a variable's place.

    A metadata key may hold dots itself; of members inside what we do not know, whose names may hold anything, no step has to be right.
    """
    if path.startswith("metadata."):
        return ("metadata", path.removeprefix("metadata."))
    return tuple(int(index) if index else name for index, name in _STEP.findall(path))
