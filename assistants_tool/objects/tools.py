"""Tools and their resources, as `/assistants` has them: their normal forms, how a file would state them, how a request sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistants_tool.objects.jsontext import read_structure
from assistants_tool.objects.normal import Normal, flag, ids, is_unset, lean, number, opaque, structure, text

_NO_PARAMETERS = {"type": "object", "properties": {}}
_DEFAULT_RANKER = "default_2024_08_21"


def _ranker(value: Any) -> Any:
    """`auto` names the default ranker, which servers spell out."""
    return _DEFAULT_RANKER if is_unset(value) or value == "auto" else value


# The tools that we know by their type, with the members of each beside the type.
TOOLS: Mapping[str, Mapping[str, Normal]] = {
    "function": {"function": structure(name=text, description=text, parameters=opaque(_NO_PARAMETERS), strict=flag)},
    "code_interpreter": {},
    "file_search": {
        "file_search": structure(
            max_num_results=number(None), ranking_options=structure(ranker=_ranker, score_threshold=number(0))
        )
    },
}
RESOURCES: Mapping[str, Normal] = {
    "code_interpreter": structure(file_ids=ids),
    "file_search": structure(vector_store_ids=ids),
}


def tools(value: Any) -> Any:
    """The normal form of a list of tools."""
    value = read_structure(value)
    if is_unset(value):
        return []
    return [_tool(one) for one in value] if isinstance(value, list) else value


def _tool(value: Any) -> Any:
    """The normal form of one tool. One of a type that we do not know stays as it is: Foundry, for one, has more types."""
    value = read_structure(value)
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in TOOLS:
        return value
    return {"type": kind, **{name: normal(value.get(name)) for name, normal in TOOLS[kind].items()}}


def resources(value: Any) -> Any:
    """The normal form of tool resources: those that we know are filled in, others stay, unless there is nothing in them."""
    value = read_structure(value)
    if not is_unset(value) and not isinstance(value, dict):
        return value
    value = value or {}
    others = {name: one for name, one in value.items() if name not in RESOURCES and not _is_hollow(one)}
    return {**{name: normal(value.get(name)) for name, normal in RESOURCES.items()}, **others}


def _is_hollow(value: Any) -> bool:
    """Whether a resource holds nothing but unset members. An update that empties one leaves it like that."""
    return is_unset(value) or (isinstance(value, dict) and all(map(is_unset, value.values())))


# --- as a file would state them, out of the normal form


def lean_tools(form: Any) -> Any:
    return [_lean_tool(one) for one in form] if isinstance(form, list) else form


def _lean_tool(tool: Any) -> Any:
    kind = tool.get("type") if isinstance(tool, dict) else None
    if not isinstance(kind, str) or kind not in TOOLS:
        return tool
    inner = {name: lean(tool[name], normal({})) for name, normal in TOOLS[kind].items()}
    return {"type": kind, **{name: one for name, one in inner.items() if one}}


def lean_resources(form: Any) -> Any:
    return {name: one for name, one in form.items() if not _is_hollow(one)} if isinstance(form, dict) else form


# --- as a request sends them


def sent_tools(declared: list[Any]) -> list[Any]:
    return [without_nulls(one) if one.get("type") in TOOLS else one for one in declared]


def sent_resources(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Resources as a request states them. An empty `file_search: {}` is left out: the API's description of a create does not allow it."""
    stated = {key: without_nulls(one) if key in RESOURCES else one for key, one in declared.items()}
    return {key: one for key, one in stated.items() if one is not None and not (key in RESOURCES and one == {})}


def without_nulls(value: Any) -> Any:
    """A declared value as a request states it: without the nulls inside, which a file may state and the service refuses.

    Such a null says no more than a missing member. The JSON Schemas inside stay as they are, as there a null means something.
    """
    if not isinstance(value, dict):
        return value
    return {
        key: one if key in ("parameters", "schema") else without_nulls(one)
        for key, one in value.items()
        if one is not None
    }


def resources_in_place_of(declared: Mapping[str, Any], held: Any) -> dict[str, Any]:
    """What an update states: the declared resources, and an empty one for each that the endpoint holds and no file declares.

    A resource that is left out of an update stays as it is, so it has to be emptied by name. The same goes for the parts of a resource
    that we know. We do not know what the parts of any other mean, so of those just the declared value is sent.
    """
    held = read_structure(held)
    held = held if isinstance(held, dict) else {}
    emptied = {name: _emptied(value) for name, value in held.items() if value not in (None, "", [], {})}
    filled = {name: {**(emptied.get(name) or {}), **declared[name]} for name in RESOURCES if name in declared}
    return {**emptied, **declared, **filled}


def _emptied(value: Any) -> Any:
    value = read_structure(value)
    return {name: [] for name, one in value.items() if isinstance(one, list)} if isinstance(value, dict) else None
