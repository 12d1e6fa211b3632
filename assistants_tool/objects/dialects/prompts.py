"""Foundry's prompt agents: what the members of one are, and how what a definition states is carried there and back.

An agent is known by its name, and each change of it is a new version, whole and never changed. The members here are those of the latest
version: of its `definition` as well as those beside that, which is how `endpoint.prompts` reads and writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool.models import NAME_MAX as NAME_SHOWN_MAX
from assistants_tool.models import REASONING_EFFORTS
from assistants_tool.objects import normal
from assistants_tool.objects.dialects.carrying import (
    PLAIN_TEXT,
    WITHOUT_TOOL,
    Carried,
    Carrying,
    Rule,
    Way,
    server_back,
    without_pair,
)
from assistants_tool.objects.masked import OPAQUE
from assistants_tool.objects.members import (
    METADATA,
    Member,
    Members,
    Watch,
    flat_tools,
    is_number,
    is_object,
    structured,
)
from assistants_tool.objects.normal import (
    NO_PARAMETERS,
    Kinds,
    Pairs,
    Structure,
    choice,
    flag,
    ids,
    is_hollow,
    is_unset,
    kind_of,
    number,
    opaque,
    secret,
    text,
)

if TYPE_CHECKING:
    from assistants_tool.objects.normal import Place
    from assistants_tool.objects.paths import Path

BLOCK = "prompt-agents"
PLACES: Mapping[Path, Place] = {("name",): "text"}
NAME_MAX = 63
AGENT_NAME_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"


def _ranker(value: Any) -> Any:
    return None if value == "auto" else text(value)


_RANKING = Structure({"ranker": _ranker, "score_threshold": number(0)})
TOOLS: Mapping[str, Structure] = {
    "function": Structure({"name": text, "description": text, "parameters": opaque(NO_PARAMETERS), "strict": flag}),
    "code_interpreter": Structure({"container": Structure({"type": choice("auto"), "file_ids": ids})}),
    "file_search": Structure({"vector_store_ids": ids, "max_num_results": number(None), "ranking_options": _RANKING}),
    "mcp": Structure(
        {
            "server_label": text,
            "server_url": text,
            "allowed_tools": opaque(None),
            "headers": Pairs(secret),
            "require_approval": opaque(None),
        }
    ),
}
_SCHEMA = Structure({"name": text, "schema": opaque(None), "description": text, "strict": flag})
_FORMAT = Kinds({"text": Structure({}), "json_object": Structure({}), "json_schema": _SCHEMA}, default=PLAIN_TEXT)
_TEXTS = Structure({"format": _FORMAT})
_REASONING = Structure({"effort": text, "summary": text})


def _as_it_is(name: str) -> Member:
    """A member of which nothing is known but its name."""
    return Member(name=name, normal=opaque(None), is_sound=lambda _: True)


PROMPTS = Members(
    (
        Member(name="name", most=NAME_MAX),
        Member(name="description"),
        Member(name="kind", normal=choice("prompt"), fixed=True),
        Member(name="model", watch=Watch.CHANGE),
        Member(name="instructions", watch=Watch.REWRITE),
        flat_tools(TOOLS),
        Member(name="top_p", normal=normal.number(1), is_sound=is_number),
        Member(name="temperature", normal=normal.number(1), is_sound=is_number, watch=Watch.STEP),
        structured("reasoning", _REASONING),
        structured("text", _TEXTS, watch=Watch.FORMAT),
        *map(_as_it_is, ("tool_choice", "structured_inputs", "rai_config", "skills", "harness")),
        Member(name=METADATA, normal=normal.metadata, is_sound=is_object),
    ),
    replaces=True,
    servers_own=("*_at", "version", "around"),
    named_by="prompt-agents: {name: NAME}",
    versions="version",
)


# --- the table

FROM_KEY = Rule(
    "key", Way.MAPPED, "the name of the agent", "with `-` for `.` and `_`; `prompt-agents: {name: ...}` gives another"
)
NAME = Rule("name", Way.MAPPED, "metadata.name", "the agent's own name is that by which applications know it")
CONNECTED = Rule(
    "tools: connected_agent",
    Way.UNSUPPORTED,
    why="prompt agents cannot connect to others",
    instead="the closest is a workflow, or a tool of the type a2a_preview in the block",
)
RESEARCH = Rule(
    "tools: deep_research",
    Way.UNSUPPORTED,
    why="prompt agents have no deep_research",
    instead="the closest is a model of that kind, with a search",
)
DATA_SOURCES = Rule(
    "tool_resources: data_sources, vector_stores",
    Way.UNSUPPORTED,
    why="prompt agents take only ids",
    instead="create the files and stores once, and state their ids",
)
RESOURCES = Rule(
    "tool_resources of a tool of any other type",
    Way.UNSUPPORTED,
    why="resources are part of their tool there, and where in one of this type is not known",
    instead="state them in the tool",
)
IGNORED_RESOURCES = Rule(
    "ignore: tool_resources",
    Way.UNSUPPORTED,
    why="resources are part of their tool there, so they cannot be ignored alone",
    instead="ignore tools, too",
)
# What is another word there: the type, and the member that holds the rest, of tools that have one.
_RENAMED = {
    "bing_custom_search": "bing_custom_search_preview",
    "fabric_dataagent": "fabric_dataagent_preview",
    "sharepoint_grounding": "sharepoint_grounding_preview",
    "browser_automation": "browser_automation_preview",
}
_CONNECTION = ("connection_id", "index_connection_id")
RULES = (
    FROM_KEY,
    NAME,
    Rule("description", Way.NATIVE, "description", "of the version"),
    Rule("model", Way.NATIVE, "definition.model"),
    Rule("instructions", Way.NATIVE, "definition.instructions"),
    Rule("metadata", Way.NATIVE, "metadata", "of the version"),
    Rule("temperature, top_p", Way.NATIVE, "definition.temperature, definition.top_p"),
    Rule("reasoning_effort", Way.MAPPED, "definition.reasoning.effort"),
    Rule("response_format", Way.MAPPED, "definition.text.format", "flat"),
    Rule("tools: function", Way.MAPPED, "definition.tools[]", "flat; `strict` is always sent"),
    Rule(
        "tools: file_search and its store",
        Way.MAPPED,
        "tools[].vector_store_ids",
        "with the options of the search beside it",
    ),
    Rule("tools: code_interpreter and its files", Way.MAPPED, "tools[].container", "of the type auto"),
    Rule("tools: mcp and tool_resources: mcp", Way.MAPPED, "tools[].headers, tools[].require_approval"),
    Rule(
        "tools: azure_ai_search and its index",
        Way.MAPPED,
        "tools[].azure_ai_search",
        "a connection is `project_connection_id`",
    ),
    Rule("tools: bing_grounding", Way.MAPPED, "tools[].bing_grounding", "a connection is `project_connection_id`"),
    Rule(f"tools: {', '.join(_RENAMED)}", Way.MAPPED, "tools[] of the same type with `_preview`"),
    Rule("tools: computer_use_preview", Way.MAPPED, "tools[]", "flat"),
    Rule("tools: openapi, azure_function, any other type", Way.NATIVE, "tools[]"),
    CONNECTED,
    RESEARCH,
    DATA_SOURCES,
    RESOURCES,
    WITHOUT_TOOL,
    IGNORED_RESOURCES,
)
_CALLED = {"name": "metadata.name", "response_format": "text", "reasoning_effort": "reasoning"}


# --- there


def carry(source: Mapping[str, Any], key: str) -> Carried:
    """The members of a definition as those of a prompt agent. Under `prompt-agents` the source holds the block of the definition."""
    over = Carrying.of(source, BLOCK)
    _carry_name(over, key)
    over.move_members("description", "model", "instructions", "temperature", "top_p", METADATA)
    over.move_pair("name", "the name stands in that pair of metadata, which is stated, too; remove one of the two")
    over.move(("reasoning_effort",), ("reasoning", "effort"))
    _carry_format(over)
    _carry_tools(over)
    over.move_block("reasoning", but_for=("name",))
    _lose_ignored(over)
    return over.done(_CALLED, PROMPTS)


def name_of(key: str) -> str:
    """What an agent is called that nobody gave another name."""
    return re.sub(r"[._]", "-", key)


def _carry_name(over: Carrying, key: str) -> None:
    given, default = over.at(BLOCK, "name"), name_of(key)
    if given is None:
        over.put(("name",), default)
    over.move((BLOCK, "name"), ("name",))
    name = default if given is None else given
    if isinstance(name, str) and not re.match(AGENT_NAME_PATTERN, name):
        rule = (
            f"a prompt agent's name has 1 to {NAME_MAX} letters, digits and hyphens, and begins and ends with no hyphen"
        )
        way = "correct it" if given is not None else f"write `{BLOCK}: {{name: ...}}`"
        over.refuse((BLOCK, "name") if given is not None else ("key",), f"{rule}, which {name!r} does not; {way}")


def _lose_ignored(over: Carrying) -> None:
    stated = list(over.at("ignore") or ())
    if "tool_resources" in stated and "tools" not in stated:
        over.lose(("ignore", stated.index("tool_resources")), IGNORED_RESOURCES)


def _carry_format(over: Carrying) -> None:
    stated = over.at("response_format")
    if not isinstance(stated, dict) or stated == PLAIN_TEXT:
        return
    at, to = ("response_format",), ("text", "format")
    over.put((*to, "type"), stated.get("type"))
    if stated.get("type") == "json_schema":
        over.put((*to, "schema"), NO_PARAMETERS)
    over.move_all((*at, "json_schema"), to, "schema")
    if not is_unset(over.at(*at, "json_schema", "schema")):
        over.move((*at, "json_schema", "schema"), (*to, "schema"))
    over.move_all(at, to, "type", "json_schema")


def _carry_tools(over: Carrying) -> None:
    kinds = set()
    for at, kind, _ in over.tools:
        to = over.next_tool
        if lost := {"connected_agent": CONNECTED, "deep_research": RESEARCH}.get(kind):
            over.lose((*at, "type"), lost)
        else:
            # The resources of a kind are of its first tool, as there is one of a kind.
            _WAYS.get(kind, _plainly)(over, at, to, kind not in kinds)
            kinds.add(kind)
    over.move_own_tools()
    _lose_resources(over, kinds)


def _plainly(over: Carrying, at: Path, to: Path, _: bool) -> None:
    """As it is, but for what is called otherwise."""
    kind = kind_of(over.at(*at))
    renamed = _RENAMED.get(kind, kind)
    over.put((*to, "type"), renamed or over.at(*at, "type"))
    for name in over.at(*at):
        if name != "type":
            over.move((*at, name), (*to, renamed if name == kind else name))
    over.made["tools"][to[1]] = _within(over.made["tools"][to[1]], in_list=kind in _LISTED)


_LISTED = ("fabric_dataagent", "sharepoint_grounding")


def _connected(value: Any, *, in_list: bool = False) -> Any:
    """A value in which each connection is called as prompt agents call it; in what describes other values nothing is."""
    if isinstance(value, list):
        return [_connected(one, in_list=in_list) for one in value]
    if not isinstance(value, dict):
        return value
    called = {
        **dict.fromkeys(_CONNECTION, "project_connection_id"),
        **({"connections": "project_connections"} if in_list else {}),
    }
    return {called.get(name, name): one for name, one in _within(value, in_list=in_list).items()}


def _within(members: Mapping[str, Any], *, in_list: bool = False) -> dict[str, Any]:
    """The same in the values of an object, whatever its own members are called."""
    return {name: one if name in OPAQUE else _connected(one, in_list=in_list) for name, one in members.items()}


def _function(over: Carrying, at: Path, to: Path, _: bool) -> None:
    function = over.at(*at, "function")
    if not isinstance(function, dict):
        over.move(at, to)
        return
    over.put((*to, "type"), "function")
    over.put((*to, "parameters"), NO_PARAMETERS)
    for name, value in function.items():
        if name != "parameters" or not is_unset(value):
            over.move((*at, "function", name), (*to, name))
    over.put((*to, "strict"), bool(function.get("strict")))
    over.move_all(at, to, "type", "function")


def _search(over: Carrying, at: Path, to: Path, first: bool) -> None:
    over.put((*to, "type"), "file_search")
    over.put((*to, "vector_store_ids"), [])
    over.move_all((*at, "file_search"), to)
    if first:
        over.move(("tool_resources", "file_search", "vector_store_ids"), (*to, "vector_store_ids"))
    over.move_all(at, to, "type", "file_search")


def _code(over: Carrying, at: Path, to: Path, first: bool) -> None:
    over.put((*to, "type"), "code_interpreter")
    over.put((*to, "container", "type"), "auto")
    if first:
        over.move(("tool_resources", "code_interpreter", "file_ids"), (*to, "container", "file_ids"))
    over.move_all(at, to, "type")


def _server(over: Carrying, at: Path, to: Path, _: bool) -> None:
    over.move(at, to)
    for path, one in over.servers:
        if one.get("server_label") == over.at(*at, "server_label"):
            over.move_all(path, to, "server_label")


def _index(over: Carrying, at: Path, to: Path, first: bool) -> None:
    over.put((*to, "type"), "azure_ai_search")
    there = (*to, "azure_ai_search")
    if first:
        over.move_all(("tool_resources", "azure_ai_search"), there)
    over.move_all((*at, "azure_ai_search"), there)
    over.move_all(at, to, "type", "azure_ai_search")
    over.made["tools"][to[1]] = _within(over.made["tools"][to[1]])


def _computer(over: Carrying, at: Path, to: Path, _: bool) -> None:
    over.put((*to, "type"), "computer_use_preview")
    over.move_all((*at, "computer_use_preview"), to)
    over.move_all(at, to, "type", "computer_use_preview")


_WAYS: Mapping[str, Callable[[Carrying, Path, Path, bool], None]] = {
    "function": _function,
    "file_search": _search,
    "code_interpreter": _code,
    "mcp": _server,
    "azure_ai_search": _index,
    "computer_use_preview": _computer,
}
_HELD = {"file_search": ("vector_store_ids",), "code_interpreter": ("file_ids",)}


def _lose_resources(over: Carrying, kinds: set[str]) -> None:
    over.lose_servers()
    for name, value in (over.at("tool_resources") or {}).items():
        at = ("tool_resources", name)
        if name == "mcp" or is_hollow(value):
            continue
        if name not in kinds:
            over.lose(at, WITHOUT_TOOL)
        elif name in _HELD:
            for inner, one in value.items() if isinstance(value, dict) else ():
                if inner not in _HELD[name] and not is_hollow(one):
                    over.lose((*at, inner), DATA_SOURCES)
        elif name != "azure_ai_search":
            over.lose(at, RESOURCES)


# --- and back


def read(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """An agent as the service answers it, one of its versions, or what this tool makes one object of."""
    is_one = answer.get("object") == "agent" and {"version", "kind"} <= answer.keys()
    return answer if is_one else as_one(answer)


def as_one(answer: Any) -> dict[str, Any] | None:
    """An agent as the service answers it, with its latest version, or a version by itself: the members of all that as those of one object,
    and under `around` what stands around them. None for what is neither.
    """
    versions = answer.get("versions") if isinstance(answer, dict) else None
    if versions is None:
        return _of_version(answer, {})
    latest = versions.get("latest") if isinstance(versions, dict) else None
    if answer.get("object") != "agent" or not isinstance(latest, dict):
        return None
    around = {name: one for name, one in answer.items() if name not in ("object", "id", "name", "versions")}
    return _of_version({"name": answer.get("name"), **latest}, around)


def _of_version(answer: Any, around: Mapping[str, Any]) -> dict[str, Any] | None:
    definition = answer.get("definition") if isinstance(answer, dict) else None
    name = answer.get("name") if isinstance(answer, dict) else None
    if not isinstance(definition, dict) or not isinstance(name, str) or not answer.get("version"):
        return None
    known = ("object", "id", "name", "version", "created_at", "definition", *OF_VERSION)
    around = {**around, **{one: value for one, value in answer.items() if one not in known}}
    beside = {one: answer.get(one) for one in ("created_at", *OF_VERSION)}
    own = {"id": name, "object": "agent", "name": name, "version": str(answer["version"]), **beside}
    return {**definition, **own, **({"around": around} if around else {})}


OF_VERSION = ("description", METADATA)  # what of a version stands beside its definition


def restate(found: Mapping[str, Any]) -> dict[str, Any]:
    """A prompt agent's members as a definition states them; `found` are those that are not as they would be by themselves (`declared`)."""
    made = {name: one for name, one in found.items() if name not in (*_OWN, "name", "kind", "text", "tools", METADATA)}
    made |= without_pair(found.get(METADATA), "name", "name", NAME_SHOWN_MAX)
    block: dict[str, Any] = {"name": found["name"]} if found.get("name") else {}
    block |= {name: found[name] for name in _OWN[1:] if name in found}
    reasoning = dict(one) if isinstance(one := found.get("reasoning"), dict) else {}
    if reasoning.get("effort") in REASONING_EFFORTS:
        made["reasoning_effort"] = reasoning.pop("effort")
    block |= {"reasoning": reasoning} if reasoning else {}
    made |= _format_back(found.get("text"))
    tools, resources, own = _tools_back(found.get("tools"))
    made |= {name: one for name, one in (("tools", tools), ("tool_resources", resources)) if one}
    block |= {"tools": own} if own else {}
    return {**made, **({BLOCK: block} if block else {})}


_OWN = ("reasoning", "tool_choice", "structured_inputs", "rai_config", "skills", "harness")


def _format_back(texts: Any) -> dict[str, Any]:
    wanted = texts.get("format") if isinstance(texts, dict) else None
    if not isinstance(wanted, dict):
        return {}
    inner = {name: one for name, one in wanted.items() if name != "type"}
    schema = {"json_schema": inner} if wanted.get("type") == "json_schema" else inner
    return {"response_format": {"type": wanted.get("type"), **schema}}


def _tools_back(tools: Any) -> tuple[Any, dict[str, Any], Any]:
    """Those of a definition and their resources, and those of its block: from the first on that has no other form."""
    if not isinstance(tools, list):
        return tools, {}, None
    stated: list[Any] = []
    resources: dict[str, Any] = {}
    for index, one in enumerate(tools):
        kind = kind_of(one)
        if kind in _BACK and not (kind in _HELD and kind in map(kind_of, stated)):
            tool, held = _BACK[kind](one)
            stated.append(tool)
            resources |= held
        elif kind == "mcp" and (back := server_back(one, stated)):
            stated.append(back[0])
            resources |= {"mcp": [*resources.get("mcp", ()), *back[1]]} if back[1] else {}
        elif isinstance(one, dict) and kind not in _OF_FILES and _within(one) == one:
            stated.append(one)
        else:
            return stated, resources, tools[index:]
    return stated, resources, None


# These mean something else in the form that files have them in.
_OF_FILES = (*_WAYS, *_RENAMED, "bing_grounding", "connected_agent", "deep_research")
_Back = tuple[dict[str, Any], dict[str, Any]]


def _function_back(tool: Mapping[str, Any]) -> _Back:
    return {"type": "function", "function": {name: one for name, one in tool.items() if name != "type"}}, {}


def _search_back(tool: Mapping[str, Any]) -> _Back:
    held = tool.get("vector_store_ids")
    inner = {name: one for name, one in tool.items() if name not in ("type", "vector_store_ids")}
    return (
        {"type": "file_search", **({"file_search": inner} if inner else {})},
        {"file_search": {"vector_store_ids": held}} if held else {},
    )


def _code_back(tool: Mapping[str, Any]) -> _Back:
    container = tool.get("container")
    held = container.get("file_ids") if isinstance(container, dict) else None
    beside = {name: one for name, one in tool.items() if name != "container"}
    return beside, ({"code_interpreter": {"file_ids": held}} if held else {})


_BACK: Mapping[Any, Callable[[Mapping[str, Any]], _Back]] = {
    "function": _function_back,
    "file_search": _search_back,
    "code_interpreter": _code_back,
}
