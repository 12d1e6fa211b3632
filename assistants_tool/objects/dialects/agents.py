"""OpenAI's `/v1/agents`: what the members of an agent are, and how what a definition states is carried there and back.

What the service fills in and refuses is that of its SDK's types and of answers that people reported; nothing of it was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistants_tool.models import METADATA_VALUE_MAX, REASONING_EFFORTS
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
from assistants_tool.objects.members import METADATA, Member, Members, Watch, flat_tools, is_object, structured
from assistants_tool.objects.normal import (
    NO_PARAMETERS,
    Kinds,
    Pairs,
    Structure,
    choice,
    flag,
    is_hollow,
    is_unset,
    number,
    opaque,
    secret,
    text,
)

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

BLOCK = "agents"
NAME_MAX = 128
INSTRUCTIONS_MAX = 1_048_576
SUBAGENTS = 6  # at once, where nothing is said of it


def _as_it_is(value: Any) -> Any:
    return value


def _on(value: Any) -> Any:
    return True if is_unset(value) else value


_LOCATION = Structure(dict.fromkeys(("city", "country", "region", "timezone"), text))
_TRANSPORT = Kinds(
    {
        "http": Structure({"server_url": text, "headers": Pairs(secret)}),
        "stdio": Structure({"command": text, "cwd": text, "args": opaque(None), "env_vars": opaque(None)}),
    }
)
TOOLS: Mapping[str, Structure] = {
    "function": Structure(
        {"name": text, "description": text, "parameters": opaque(NO_PARAMETERS), "defer_loading": flag, "async": flag}
    ),
    "tool_search": Structure({}),
    "programmatic_tool_calling": Structure({"enabled": _on}),
    "automations": Structure({}),
    "computer_use": Structure({"include_screenshots": flag}),
    "mcp": Structure(
        {
            "server_label": text,
            "transport": _TRANSPORT,
            "allowed_tools": _as_it_is,
            "connection_origin": choice("service"),
            "credential_id": text,
            "request_metadata": opaque({}),
            "required": flag,
        }
    ),
    "web_search": Structure(
        {"mode": choice("live"), "context_size": choice("medium"), "allowed_domains": _as_it_is, "location": _LOCATION}
    ),
}
_FORMAT = Kinds({"text": Structure({}), "json_schema": Structure({"schema": opaque(None)})}, default=PLAIN_TEXT)
_TEXTS = Structure({"format": _FORMAT, "verbosity": choice("medium")})
_REASONING = Structure({"effort": text, "summary": text})
# The service answers null for an agent that uses none, and 6 for one that says nothing of how many.
_MULTI_AGENT = Structure({"enabled": flag, "max_concurrent_subagents": number(SUBAGENTS)})
_COMPACTION = Structure({"async": flag})
_EXPERIMENTAL = Structure({"time_awareness": flag})


AGENTS = Members(
    (
        Member(name="name", most=NAME_MAX),
        Member(name="model", watch=Watch.CHANGE),
        Member(name="instructions", most=INSTRUCTIONS_MAX, watch=Watch.REWRITE),
        flat_tools(TOOLS),
        structured("text", _TEXTS, watch=Watch.FORMAT),
        structured("reasoning", _REASONING),
        Member(name="service_tier", normal=choice("auto"), literal="auto"),
        structured("multi_agent", _MULTI_AGENT),
        # What is the default of this has changed once, within days.
        structured("compaction", _COMPACTION, servers_choice=True),
        structured("experimental", _EXPERIMENTAL, {"time_awareness": False}),  # which is merged by key
        Member(name=METADATA, normal=normal.metadata, clear={}, literal={}, is_sound=is_object),
    )
)


# --- the table

_SERVER = "an MCP server, or a function of your own, over the same files"
DESCRIPTION = Rule(
    "description", Way.MAPPED, "metadata.description", "there is no such member, and a pair of metadata is as long"
)
TEMPERATURE = Rule(
    "temperature", Way.UNSUPPORTED, why="agents have no temperature", instead="ask for it in the instructions"
)
TOP_P = Rule("top_p", Way.UNSUPPORTED, why="agents have no top_p", instead="ask for it in the instructions")
STRICT = Rule(
    "tools: function, strict: true",
    Way.UNSUPPORTED,
    why="functions of agents are never strict",
    instead="check the arguments in your program",
)
CODE = Rule(
    "tools: code_interpreter",
    Way.UNSUPPORTED,
    why="agents have no code_interpreter",
    instead="the closest is an environment of a session",
)
SEARCH = Rule(
    "tools: file_search", Way.UNSUPPORTED, why="agents have no file_search", instead=f"the closest is {_SERVER}"
)
OTHER_TOOL = Rule(
    "tools: any other type",
    Way.UNSUPPORTED,
    why="agents have no tools of this type",
    instead="the closest is an MCP server that offers it",
)
OTHER_MEMBER = Rule(
    "tools: mcp, any other member",
    Way.UNSUPPORTED,
    why="an MCP server of agents has no such member",
    instead="remove it",
)
APPROVAL = Rule(
    "tool_resources: mcp, require_approval",
    Way.UNSUPPORTED,
    why="agents ask for no approval",
    instead="name in allowed_tools what may be called",
)
RESOURCES = Rule(
    "tool_resources", Way.UNSUPPORTED, why="agents hold no files and no stores", instead=f"the closest is {_SERVER}"
)
JSON_OBJECT = Rule(
    "response_format: json_object", Way.UNSUPPORTED, why="agents have no such format", instead="write a json_schema"
)
SCHEMA_DESCRIPTION = Rule(
    "response_format: json_schema, description",
    Way.UNSUPPORTED,
    why="a format of agents has no description",
    instead="put it into the schema",
)
SCHEMA_STRICT = Rule(
    "response_format: json_schema, strict: true",
    Way.UNSUPPORTED,
    why="a format of agents is never strict",
    instead="say in the instructions to follow the schema",
)
RULES = (
    Rule("name", Way.NATIVE, "name", f"at most {NAME_MAX} characters"),
    DESCRIPTION,
    Rule("model", Way.NATIVE, "model"),
    Rule("instructions", Way.NATIVE, "instructions", "the service appends them to instructions of its own"),
    Rule("metadata", Way.NATIVE, "metadata"),
    Rule("tools: function", Way.MAPPED, "tools[].name, ...", "flat; a description and parameters are always sent"),
    STRICT,
    Rule(
        "tools: mcp and tool_resources: mcp",
        Way.MAPPED,
        "tools[].transport",
        "of the type http, with the headers of the resource",
    ),
    OTHER_MEMBER,
    APPROVAL,
    WITHOUT_TOOL,
    Rule("tools: " + ", ".join(one for one in TOOLS if one not in ("function", "mcp")), Way.NATIVE, "tools[]"),
    CODE,
    SEARCH,
    OTHER_TOOL,
    RESOURCES,
    TEMPERATURE,
    TOP_P,
    Rule("response_format: auto, text", Way.MAPPED, "text.format", "the default"),
    Rule(
        "response_format: json_schema",
        Way.MAPPED,
        "text.format.schema",
        "its name has no place there, and nothing depends on it",
    ),
    SCHEMA_DESCRIPTION,
    SCHEMA_STRICT,
    JSON_OBJECT,
    Rule("reasoning_effort", Way.MAPPED, "reasoning.effort"),
)
_CALLED = {
    "description": "metadata.description",
    "response_format": "text",
    "reasoning_effort": "reasoning",
}


# --- there


def carry(source: Mapping[str, Any], key: str) -> Carried:  # noqa: ARG001 - an agent is called by its name
    """The members of a definition as those of an agent. Under `agents` the source holds the block of the definition."""
    over = Carrying.of(source, BLOCK)
    over.move_members("name", "model", "instructions", METADATA)
    _check_name(over)
    over.move_pair("description", _TWO_DESCRIPTIONS)
    _carry_tools(over)
    _carry_format(over)
    over.move(("reasoning_effort",), ("reasoning", "effort"))
    _carry_what_has_no_place(over)
    over.move_block("text", "reasoning")
    return over.done(_CALLED, AGENTS)


_TWO_DESCRIPTIONS = (
    "the description of an agent stands in that pair of metadata, which is stated, too; remove one of the two"
)


def _check_name(over: Carrying) -> None:
    name = over.at("name")
    if isinstance(name, str) and len(name) > NAME_MAX:
        said = f"an agent's name has at most {NAME_MAX} characters, and this has {len(name)}; shorten it"
        over.refuse(("name",), said)


def _carry_tools(over: Carrying) -> None:
    for at, kind, tool in over.tools:
        to = over.next_tool
        if kind == "function" and isinstance(tool.get("function"), dict):
            _carry_function(over, at, to)
        elif kind == "mcp":
            _carry_server(over, at, to)
        elif kind in TOOLS:
            over.move(at, to)
        else:
            over.lose((*at, "type"), {"code_interpreter": CODE, "file_search": SEARCH}.get(kind, OTHER_TOOL))
    over.move_own_tools()


def _carry_function(over: Carrying, at: Path, to: Path) -> None:
    function = over.at(*at, "function")
    over.put((*to, "type"), "function")
    over.put((*to, "description"), "")
    over.put((*to, "parameters"), NO_PARAMETERS)
    for name in function:
        if name == "parameters":
            _carry_schema(over, (*at, "function", name), (*to, name), ("object", None))
        elif name != "strict":
            over.move((*at, "function", name), (*to, name))
    over.move_all(at, to, "type", "function")
    if function.get("strict"):
        over.lose((*at, "function", "strict"), STRICT)


def _carry_server(over: Carrying, at: Path, to: Path) -> None:
    """An MCP server as Azure's classic agents have it; what else it needs stands in the resources, under the same label."""
    over.put((*to, "type"), "mcp")
    over.put((*to, "transport", "type"), "http")
    over.move((*at, "server_url"), (*to, "transport", "server_url"))
    for name in over.at(*at):
        if name in ("server_label", "allowed_tools"):
            over.move((*at, name), (*to, name))
        elif name not in ("type", "server_url"):
            over.lose((*at, name), OTHER_MEMBER)
    for path, one in over.servers:
        if one.get("server_label") == over.at(*at, "server_label"):
            over.move((*path, "headers"), (*to, "transport", "headers"))
            for name, value in one.items():
                if name not in ("server_label", "headers") and not is_hollow(value):
                    over.lose((*path, name), APPROVAL if name == "require_approval" else OTHER_MEMBER)


def _carry_format(over: Carrying) -> None:
    stated, to = over.at("response_format"), ("text", "format")
    if not isinstance(stated, dict) or stated == PLAIN_TEXT:
        return
    if stated.get("type") == "json_object":
        over.lose(("response_format",), JSON_OBJECT)
        return
    over.put((*to, "type"), stated.get("type"))
    if stated.get("type") == "json_schema":
        at = ("response_format", "json_schema")
        over.put((*to, "schema"), NO_PARAMETERS)
        _carry_schema(over, (*at, "schema"), (*to, "schema"), ("object",))
        over.move_all(at, to, "name", "schema", "description", "strict")
        for name, rule in (("description", SCHEMA_DESCRIPTION), ("strict", SCHEMA_STRICT)):
            if over.at(*at, name):
                over.lose((*at, name), rule)
    over.move_all(("response_format",), to, "type", "json_schema")


def _carry_schema(over: Carrying, of: Path, to: Path, types: Sequence[str | None]) -> None:
    schema = over.at(*of)
    if is_unset(schema):
        return
    over.move(of, to)
    if isinstance(schema, dict) and schema.get("type") not in types:
        over.refuse(of, "agents take a JSON Schema whose top has `type: object`; put it into an object")


def _carry_what_has_no_place(over: Carrying) -> None:
    for name, rule in (("temperature", TEMPERATURE), ("top_p", TOP_P)):
        if over.at(name) not in (None, 1):
            over.lose((name,), rule)
    for name, value in (over.at("tool_resources") or {}).items():
        if name != "mcp" and not is_hollow(value):
            over.lose(("tool_resources", name), RESOURCES)
    over.lose_servers()


# --- and back


def read(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """An agent as the service answers it. Foundry's are called so, too, and are versions of a definition."""
    is_ours = answer.get("object") == "agent" and isinstance(answer.get("model"), str)
    return answer if is_ours and not {"version", "kind"} <= answer.keys() else None


def restate(found: Mapping[str, Any]) -> dict[str, Any]:
    """An agent's members as a definition states them; `found` are those that are not as they would be by themselves (`declared`)."""
    made = {name: one for name, one in found.items() if name not in (*_OWN, "tools", METADATA)}
    made |= without_pair(found.get(METADATA), "description", "description", METADATA_VALUE_MAX)
    tools, servers, own = _tools_back(found.get("tools"))
    made |= {"tools": tools} if tools else {}
    made |= {"tool_resources": {"mcp": servers}} if servers else {}
    block = {name: found[name] for name in _OWN[2:] if name in found} | ({"tools": own} if own else {})
    texts, reasoning = (dict(one) if isinstance(one := found.get(name), dict) else {} for name in _OWN[:2])
    made |= _format_back(texts)
    if reasoning.get("effort") in REASONING_EFFORTS:
        made["reasoning_effort"] = reasoning.pop("effort")
    block |= {name: one for name, one in (("text", texts), ("reasoning", reasoning)) if one}
    return {**made, **({BLOCK: block} if block else {})}


_OWN = ("text", "reasoning", "service_tier", "multi_agent", "compaction", "experimental")


def _tools_back(tools: Any) -> tuple[Any, list[Any], Any]:
    """Those of a definition with what their servers need, and those of its block: from the first on that has no other form."""
    if not isinstance(tools, list):
        return tools, [], None
    stated: list[Any] = []
    servers: list[Any] = []
    for index, one in enumerate(tools):
        if not isinstance(one, dict) or one.get("type") != "mcp":
            stated.append(_tool_back(one))
        elif (flat := _flat(one)) and (back := server_back(flat, stated)):
            stated.append(back[0])
            servers += back[1]
        else:
            return stated, servers, tools[index:]
    return stated, servers, None


def _flat(server: Mapping[str, Any]) -> dict[str, Any] | None:
    """An MCP server with what its transport says beside the rest; None for one that a program runs."""
    transport = server.get("transport")
    if not isinstance(transport, dict) or transport.get("type") != "http":
        return None
    inner = {name: one for name, one in transport.items() if name != "type"}
    return {**{name: one for name, one in server.items() if name != "transport"}, **inner}


def _tool_back(tool: Any) -> Any:
    if not isinstance(tool, dict) or tool.get("type") != "function":
        return tool
    return {"type": "function", "function": {name: one for name, one in tool.items() if name != "type"}}


def _format_back(texts: dict[str, Any]) -> dict[str, Any]:
    """Takes the format out of what is said of texts. The name of a schema is made up: the service keeps none."""
    wanted = texts.get("format")
    if isinstance(wanted, dict) and wanted.get("type") == "json_schema" and wanted.keys() <= {"type", "schema"}:
        del texts["format"]
        schema = {"name": "response", "schema": wanted.get("schema")}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    return {}
