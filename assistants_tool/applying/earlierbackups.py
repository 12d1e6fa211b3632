"""Backups of earlier versions -> what they kept. They were YAML: the object as a definition would state it, with references to variables.

Of the mark only the names are there. The digests of its last apply are lost, so the mark is the one that an apply of just this would write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions import yamltext
from assistants_tool.definitions.references import number, pattern
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.digests import digest
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.members import ASSISTANTS, METADATA
from assistants_tool.objects.normal import MARK_KEY

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path as Steps

SUFFIX = ".yaml"
_NESTING_MAX = 200  # more than a server's answer may have
_TARGET = ("endpoint", "project", "environment")
_END = "\n...\n"  # YAML's end of a document: what lacks it was cut off


@dataclass(frozen=True, slots=True)
class Kept:
    """The object, the key of the definition that changed it, whether it was deleted as a second one of it, and which values were read
    from variables.
    """

    key: str
    before: Assistant
    surplus: bool
    variables: Mapping[Steps, str]


def parsed(data: bytes) -> dict[str, Any]:
    """What a file says. Raises ValueError, KeyError, TypeError or AttributeError where it is none, or not whole."""
    text = data.decode("utf-8", "replace")
    found = yamltext.parse(text, _NESTING_MAX)
    if found.faults or not text.endswith(_END):
        raise ValueError
    content: dict[str, Any] = found.values[0]
    mark, names = content["mark"], [one["env"] for one in content["variables"]]
    texts = (content["id"], content["definition"]["key"], *(content["target"][name] for name in _TARGET), *names)
    marks = (mark["project"], mark["environment"], mark["key"]) if mark else ()
    if not all(isinstance(one, str) for one in (*texts, *marks)) or not isinstance(content["created_at"], (int, float)):
        raise ValueError
    return content


def kept(content: Mapping[str, Any], path: Path, environ: Mapping[str, str]) -> Kept:
    """Raises ToolError where a variable that it refers to is missing."""
    definition = dict(content["definition"])
    key, protect = definition.pop("key"), definition.pop("protect", False) is True
    variables = {tuple(one["path"]): str(one["env"]) for one in content["variables"]}
    fields = _resolved(definition, (), _Variables(variables, environ, path))
    body = {"id": content["id"], "object": "assistant", "created_at": content["created_at"], **fields}
    if mark := content["mark"]:
        written = Mark(mark["project"], mark["environment"], mark["key"], protect=protect, sent=digest(fields))
        body[METADATA] = {**(fields.get(METADATA) or {}), MARK_KEY: written.encode()}
    return Kept(key, Assistant(body), content.get("surplus") is True, variables)


@dataclass(frozen=True, slots=True)
class _Variables:
    places: Mapping[Steps, str]
    environ: Mapping[str, str]
    path: Path

    def value(self, name: str, place: Steps) -> Any:
        where = f"{shown(self.path)} takes a value from the variable {name!r}, which"
        if name not in self.environ:
            raise ToolError(f"{where} is not set; set it")
        text = self.environ[name]
        value = number(text) if ASSISTANTS.places.get(pattern(place)) == "number" else text
        if value is None:
            raise ToolError(f"{where} does not hold a number; write one there")
        return value


def _resolved(value: Any, place: Steps, variables: _Variables) -> Any:
    """Only the references that the backup put in itself are read from variables: the endpoint may have held what looks like one."""
    if name := variables.places.get(place):
        return variables.value(name, place)
    if isinstance(value, dict):
        return {key: _resolved(one, (*place, key), variables) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, (*place, index), variables) for index, one in enumerate(value)]
    return value
