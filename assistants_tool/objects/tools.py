"""Tools and their resources, as `/assistants` has them: their normal forms, how a file would state them, how a request sends them.

The first three types are OpenAI's; the others are those of Azure AI Foundry's classic agents, as its descriptions and recordings have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistants_tool.objects.jsontext import read_structure, same
from assistants_tool.objects.normal import (
    NO_PARAMETERS,
    Items,
    Kinds,
    Normal,
    Pairs,
    Shape,
    Structure,
    choice,
    flag,
    ids,
    is_hollow,
    is_unset,
    lean,
    number,
    opaque,
    secret,
    text,
    texts,
    whole,
    without_nulls,
    without_unset,
    word,
)

# `auto` names the default ranker, which servers spell out.
_RANKER = choice("default_2024_08_21", "auto")
_FUNCTION = {"name": text, "description": text, "parameters": opaque(NO_PARAMETERS)}


def _within(name: str, members: Mapping[str, Normal], *needed: str, servers_own: tuple[str, ...] = ()) -> Structure:
    """A tool whose members stand in one that is named as its type is."""
    return Structure({name: Structure(members, needed=needed, servers_own=servers_own)}, needed=(name,))


def _list(*names: str, **members: Normal) -> Items:
    """A list of objects, each known by the first of these members that it has."""
    return Items(Structure(members), names=tuple((one,) for one in names))


# --- those of OpenAI

_OF_OPENAI: Mapping[str, Structure] = {
    "function": Structure({"function": Structure({**_FUNCTION, "strict": flag}, place="structure")}),
    "code_interpreter": Structure({}),
    "file_search": Structure(
        {
            "file_search": Structure(
                {
                    "max_num_results": whole,
                    "ranking_options": Structure({"ranker": _RANKER, "score_threshold": number(0)}),
                }
            )
        }
    ),
}
_NAMES = (("function", "name"), ("server_label",))
# What the first version of digests was made by: a tool of any other type stood untouched, resources of any other were left alone.
tools_of_1 = Items(Kinds(_OF_OPENAI), names=_NAMES)
resources_of_1 = Structure(
    {"code_interpreter": Structure({"file_ids": ids}), "file_search": Structure({"vector_store_ids": ids})},
    is_open=True,
)

# --- those of Foundry

_BING = {"connection_id": text, "market": text, "set_lang": text, "count": whole, "freshness": text}
_CONNECTIONS = _list("connection_id", connection_id=text)
_QUEUE = Structure({"type": word, "storage_queue": Structure({"queue_service_endpoint": text, "queue_name": text})})
_AUTH = Structure({"type": word, "security_scheme": Structure({"connection_id": text, "audience": text})})
_SOURCES = _list("uri", type=word, uri=text)
_STORED = Structure({"data_sources": _SOURCES}, needed=("data_sources",))
_TOOL_LIST = Structure({"tool_names": texts})
_APPROVAL = Structure({"always": _TOOL_LIST, "never": _TOOL_LIST}, place="text")

# The tools that we know by their type, with the members of each beside the type.
TOOLS: Mapping[str, Structure] = {
    **_OF_OPENAI,
    "azure_ai_search": Structure({"azure_ai_search": Structure({})}),
    "azure_function": _within(
        "azure_function", {"function": Structure(_FUNCTION), "input_binding": _QUEUE, "output_binding": _QUEUE}
    ),
    "bing_custom_search": _within(
        "bing_custom_search",
        {"search_configurations": _list("connection_id", **_BING, instance_name=text)},
        "search_configurations",
    ),
    "bing_grounding": _within(
        "bing_grounding", {"search_configurations": _list("connection_id", **_BING)}, "search_configurations"
    ),
    "browser_automation": _within("browser_automation", {"connection": Structure({"id": text})}, "connection"),
    "computer_use_preview": _within(
        "computer_use_preview",
        {"display_width": whole, "display_height": whole, "environment": text},
    ),
    "connected_agent": _within("connected_agent", {"id": text, "name": text, "description": text}),
    "deep_research": _within(
        "deep_research",
        {"deep_research_model": text, "bing_grounding_connections": _CONNECTIONS},
        "bing_grounding_connections",
    ),
    "fabric_dataagent": _within("fabric_dataagent", {"connections": _CONNECTIONS}),
    "mcp": Structure({"server_label": text, "server_url": text, "allowed_tools": texts}),
    "openapi": _within(
        "openapi",
        {"name": text, "description": text, "spec": opaque(None), "auth": _AUTH, "default_params": texts},
        servers_own=("functions",),
    ),
    "sharepoint_grounding": _within("sharepoint_grounding", {"connections": _CONNECTIONS}),
}
RESOURCES: Mapping[str, Shape] = {
    "code_interpreter": Structure({"file_ids": ids, "data_sources": _SOURCES}),
    "file_search": Structure(
        {
            "vector_store_ids": ids,
            "vector_stores": Items(
                Structure({"name": text, "configuration": _STORED}, needed=("configuration",)), names=(("name",),)
            ),
        }
    ),
    "azure_ai_search": Structure(
        {
            "indexes": _list(
                "index_name",
                "index_asset_id",
                index_connection_id=text,
                index_name=text,
                query_type=text,
                top_k=whole,
                filter=text,
                index_asset_id=text,
            )
        }
    ),
    "mcp": Items(
        Structure({"server_label": text, "headers": Pairs(secret), "require_approval": _APPROVAL}, needed=("headers",)),
        names=(("server_label",),),
    ),
}
# Of these pairs of members of a resource an endpoint takes one.
EITHER: Mapping[str, tuple[str, str]] = {"code_interpreter": ("file_ids", "data_sources")}
# A tool of a type that we do not know stands untouched.
tools = Items(
    Kinds(TOOLS, place="structure"),
    names=(*_NAMES, ("azure_function", "function", "name"), ("openapi", "name"), ("connected_agent", "id")),
)
resources = Structure(RESOURCES, is_open=True)


# --- as a file would state them, out of the normal form


def lean_tools(form: Any) -> Any:
    return [_lean_tool(one) for one in form] if isinstance(form, list) else form


def _lean_tool(tool: Any) -> Any:
    kind = tool.get("type") if isinstance(tool, dict) else None
    if not isinstance(kind, str) or kind not in TOOLS:
        return tool
    known = TOOLS[kind]
    inner = {name: _lean_inside(tool[name], normal) for name, normal in known.members.items()}
    stated = {name: one for name, one in inner.items() if not is_unset(one) or name in known.needed}
    return {"type": kind, **without_unset(stated, known)}


def _lean_inside(value: Any, normal: Normal) -> Any:
    """Without what is at its default, but for what a file has to state."""
    if not isinstance(normal, Structure):
        return value
    return lean(value, {name: one for name, one in normal({}).items() if name not in normal.needed})


def lean_resources(form: Any) -> Any:
    if not isinstance(form, dict):
        return form
    return without_unset({name: one for name, one in form.items() if not _is_nothing(name, one)}, resources)


def _is_nothing(name: str, form: Any) -> bool:
    """Whether there is nothing in a resource: one of a shape that it cannot have is something."""
    return same(form, RESOURCES[name](None)) if name in RESOURCES else is_hollow(form)


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
    filled = {name: _filled(emptied.get(name), declared[name]) for name in RESOURCES if name in declared}
    return {**emptied, **declared, **filled}


def _emptied(value: Any, known: Shape) -> Any:
    if isinstance(known, Items):
        return []
    return {part.step: [] for part in known.parts(value) if part.normal and isinstance(part.value, list)}


def _filled(emptied: Any, declared: Any) -> Any:
    return {**(emptied or {}), **declared} if isinstance(declared, dict) else declared
