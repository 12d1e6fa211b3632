"""Tools and their resources, as `/assistants` has them: their normal forms, how a file would state them, how a request sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistants_tool.objects.jsontext import read_structure
from assistants_tool.objects.normal import (
    Items,
    Kinds,
    Structure,
    flag,
    ids,
    is_hollow,
    is_unset,
    lean,
    number,
    opaque,
    text,
    without_nulls,
)

_NO_PARAMETERS = {"type": "object", "properties": {}}
_DEFAULT_RANKER = "default_2024_08_21"


def _ranker(value: Any) -> Any:
    """`auto` names the default ranker, which servers spell out."""
    return _DEFAULT_RANKER if is_unset(value) or value == "auto" else value


# The tools that we know by their type, with the members of each beside the type.
TOOLS: Mapping[str, Structure] = {
    "function": Structure(
        {
            "function": Structure(
                {"name": text, "description": text, "parameters": opaque(_NO_PARAMETERS), "strict": flag}
            )
        }
    ),
    "code_interpreter": Structure({}),
    "file_search": Structure(
        {
            "file_search": Structure(
                {
                    "max_num_results": number(None),
                    "ranking_options": Structure({"ranker": _ranker, "score_threshold": number(0)}),
                }
            )
        }
    ),
}
RESOURCES: Mapping[str, Structure] = {
    "code_interpreter": Structure({"file_ids": ids}),
    "file_search": Structure({"vector_store_ids": ids}),
}
# A tool of a type that we do not know stands untouched: Foundry has more of them.
tools = Items(Kinds(TOOLS), names=(("function", "name"), ("server_label",)))
resources = Structure(RESOURCES, is_open=True)


# --- as a file would state them, out of the normal form


def lean_tools(form: Any) -> Any:
    return [_lean_tool(one) for one in form] if isinstance(form, list) else form


def _lean_tool(tool: Any) -> Any:
    kind = tool.get("type") if isinstance(tool, dict) else None
    if not isinstance(kind, str) or kind not in TOOLS:
        return tool
    inner = {name: lean(tool[name], normal({})) for name, normal in TOOLS[kind].members.items()}
    return {"type": kind, **{name: one for name, one in inner.items() if one}}


def lean_resources(form: Any) -> Any:
    return {name: one for name, one in form.items() if not is_hollow(one)} if isinstance(form, dict) else form


# --- as a request sends them


def sent_tools(declared: list[Any]) -> Any:
    return without_nulls(declared, tools)


def sent_resources(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Resources as a request states them. An empty `file_search: {}` is left out: the API's description of a create does not allow it."""
    stated = without_nulls(declared, resources)
    return {key: one for key, one in stated.items() if one is not None and not (key in RESOURCES and one == {})}


def resources_in_place_of(declared: Mapping[str, Any], held: Any) -> dict[str, Any]:
    """What an update states: the declared resources, and each that we know and the endpoint holds besides, emptied.

    A resource that an update leaves out stays as it is, so what no file declares has to be emptied by its name.
    """
    held = read_structure(held)
    held = held if isinstance(held, dict) else {}
    emptied = {
        name: _emptied(held.get(name), known) for name, known in RESOURCES.items() if not is_unset(held.get(name))
    }
    filled = {name: {**emptied.get(name, {}), **declared[name]} for name in RESOURCES if name in declared}
    return {**emptied, **declared, **filled}


def _emptied(value: Any, known: Structure) -> dict[str | int, Any]:
    return {part.step: [] for part in known.parts(value) if part.normal and isinstance(part.value, list)}
