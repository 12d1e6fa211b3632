"""A definition as the parameters of an API that keeps no assistants: the Responses API, chat completions. Pure.

Each API is a table that says what becomes of a field, and of a tool by its type. What an API has no place for is named with its path, never
dropped unseen. Shapes are those of the types in OpenAI's Python SDK (3.57.0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypedDict

from assistants_tool.objects.jsontext import read_structure
from assistants_tool.objects.members import ASSISTANTS, Members
from assistants_tool.objects.normal import NO_PARAMETERS, is_hollow, is_unset, pairs_of

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

Fields: TypeAlias = Mapping[str, Any]


class Lost(NamedTuple):
    """A place in a definition's fields that has no counterpart, or another meaning there; `why` is a sentence without its end."""

    path: Path
    why: str


class Placed(NamedTuple):
    """A value, and where it stands in the parameters."""

    to: tuple[str, ...]
    value: Any


Piece: TypeAlias = Placed | Lost
FieldRule: TypeAlias = Callable[["Path", Any, Fields], Iterable[Piece]]
ToolRule: TypeAlias = Callable[["Path", Mapping[str, Any], Fields], Iterable[Mapping[str, Any] | Lost]]


class Parameters(NamedTuple):
    """What a request states, and what it cannot."""

    body: dict[str, Any]
    lost: tuple[Lost, ...]


class _Named(TypedDict):
    model: str


class ResponsesParams(_Named, total=False):
    """What `client.responses.create(**params)` takes of a definition; the input is the caller's."""

    instructions: str
    tools: list[dict[str, Any]]
    text: dict[str, Any]
    temperature: float
    top_p: float
    reasoning: dict[str, Any]
    metadata: dict[str, str]


class ChatParams(_Named, total=False):
    """What `client.chat.completions.create(**params)` takes of a definition; the user's messages follow the one that is there."""

    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    response_format: dict[str, Any]
    temperature: float
    top_p: float
    reasoning_effort: str
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Api:
    """What becomes of the fields of a definition in an API, in the order in which its parameters stand; others have no place in it."""

    name: str
    rules: Mapping[str, FieldRule]

    def parameters(self, fields: Fields, members: Members = ASSISTANTS) -> Parameters:
        """The parameters that say what these fields say. Fields that say nothing are nothing there."""
        body: dict[str, Any] = {}
        lost: list[Lost] = []
        stated = {name: members.sent(name, one) for name, one in fields.items()}
        for name in (*(one for one in self.rules if one in stated), *(one for one in stated if one not in self.rules)):
            if not is_unset(stated[name]):
                for piece in self.rules.get(name, self._no_place)((name,), stated[name], stated):
                    lost.append(piece) if isinstance(piece, Lost) else _put(body, piece)
        return Parameters(body, tuple(lost))

    def _no_place(self, path: Path, _: Any, __: Fields) -> Iterator[Piece]:
        yield Lost(path, f"{self.name} has no place for it")


def _put(body: dict[str, Any], piece: Placed) -> None:
    for step in piece.to[:-1]:
        body = body.setdefault(step, {})
    body[piece.to[-1]] = piece.value


def to(*place: str) -> FieldRule:
    """The same value at this place."""
    return lambda _, value, __: [Placed(place, value)]


def pairs(_: Path, value: Any, __: Fields) -> Iterator[Piece]:
    """Metadata. A pair without a value says nothing."""
    if stated := pairs_of(value):
        yield Placed(("metadata",), stated)


def tools(kinds: Mapping[str, ToolRule], why: str) -> FieldRule:
    """Each tool by the rule of its type, in their order. `why` another has no place, with `{}` for its type."""

    def rule(path: Path, value: Any, fields: Fields) -> Iterator[Piece]:
        found: list[Any] = []
        for index, tool in enumerate(value):
            make = kinds.get(str(tool.get("type")))
            here = (*path, index)
            made = make(here, tool, fields) if make else [Lost(here, why.format(tool.get("type")))]
            for one in made:
                if isinstance(one, Lost):
                    yield one
                else:
                    found.append(dict(one))
        if found:
            yield Placed(("tools",), found)

    return rule


def resources(taken: Mapping[str, str]) -> FieldRule:
    """Resources go where their tools go: `taken` says, by the type of the tool, which member it takes. What is left is named."""

    def rule(path: Path, value: Any, fields: Fields) -> Iterator[Piece]:
        used = {str(one.get("type")) for one in fields.get("tools") or ()}
        for kind, held in value.items():
            if is_hollow(held):
                continue
            if kind not in taken or kind not in used:
                yield Lost((*path, kind), "it goes with a tool, and none that takes it is there")
            elif isinstance(held, Mapping):
                yield from lost_but_for((*path, kind), held, (taken[kind],))

    return rule


def lost_but_for(path: Path, value: Mapping[str, Any], known: Iterable[str]) -> Iterator[Lost]:
    """Every member that says something and is none of these."""
    for name, one in value.items():
        if name not in known and not is_hollow(one):
            yield Lost((*path, name), "it has no counterpart")


def resource(fields: Fields, *path: str) -> Any:
    """What stands in a tool's resources; None where nothing does."""
    found: Any = fields.get("tool_resources")
    for step in path:
        found = read_structure(found)
        found = found.get(step) if isinstance(found, dict) else None
    return found


# --- the Responses API


def _flat_function(path: Path, tool: Mapping[str, Any], _: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    """`strict` is stated either way: there, what is left out is strict."""
    function = tool.get("function") or {}
    inner = (*path, "function")
    yield from lost_but_for(inner, function, ("name", "description", "parameters", "strict"))
    yield {
        "type": "function",
        "name": function.get("name"),
        **({"description": function["description"]} if function.get("description") else {}),
        "parameters": read_structure(function.get("parameters")) or NO_PARAMETERS,
        "strict": bool(function.get("strict")),
    }


def _flat_search(path: Path, tool: Mapping[str, Any], fields: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    stores = resource(fields, "file_search", "vector_store_ids")
    if not stores:
        yield Lost(path, "file_search needs a vector store there, and tool_resources.file_search names none")
        return
    settings = tool.get("file_search") or {}
    inner = (*path, "file_search")
    yield from lost_but_for(inner, settings, ("max_num_results", "ranking_options"))
    ranking = dict(settings.get("ranking_options") or {})
    if ranking.get("ranker") not in (None, "auto"):
        yield Lost((*inner, "ranking_options", "ranker"), "there are other rankers there; `auto` is taken")
        ranking["ranker"] = "auto"
    stated = {"max_num_results": settings.get("max_num_results"), "ranking_options": ranking or None}
    yield {
        "type": "file_search",
        "vector_store_ids": list(stores),
        **{name: one for name, one in stated.items() if one is not None},
    }


def _contained(_: Path, __: Mapping[str, Any], fields: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    files = resource(fields, "code_interpreter", "file_ids")
    yield {"type": "code_interpreter", "container": {"type": "auto", **({"file_ids": list(files)} if files else {})}}


def _served(path: Path, tool: Mapping[str, Any], fields: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    """A server of MCP, with what its resource of that label says of it, as Foundry has it."""
    label = tool.get("server_label")
    held = resource(fields, "mcp")
    beside = next((one for one in held or () if isinstance(one, dict) and one.get("server_label") == label), {})
    yield from lost_but_for(path, tool, ("type", "server_label", "server_url", "allowed_tools"))
    known = ("server_label", "headers", "require_approval")
    yield from lost_but_for(("tool_resources", "mcp"), beside, known)
    stated = {**tool, **{name: beside[name] for name in known if not is_hollow(beside.get(name))}}
    taken = (*known, "type", "server_url", "allowed_tools")
    yield {name: one for name, one in stated.items() if name in taken and not is_unset(one)}


def _flat_screen(path: Path, tool: Mapping[str, Any], _: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    """A computer to use, which has its settings one level deeper on Foundry."""
    settings, known = tool.get("computer_use_preview") or {}, ("display_width", "display_height", "environment")
    yield from lost_but_for((*path, "computer_use_preview"), settings, known)
    yield {"type": "computer_use_preview", **{name: settings[name] for name in known if name in settings}}


def _text_format(path: Path, value: Any, _: Fields) -> Iterator[Piece]:
    if not isinstance(value, Mapping):  # "auto", which is to say nothing
        return
    inner = value.get("json_schema") or {}
    if value.get("type") == "json_schema" and is_unset(inner.get("schema")):
        yield Lost(path, "a format there needs its schema, and this has none")
        return
    yield from lost_but_for((*path, "json_schema"), inner, ("name", "description", "schema", "strict"))
    yield Placed(("text", "format"), {"type": value.get("type"), **inner})


RESPONSES_TOOLS: Mapping[str, ToolRule] = {
    "function": _flat_function,
    "file_search": _flat_search,
    "code_interpreter": _contained,
    "mcp": _served,
    "computer_use_preview": _flat_screen,
}
NO_SUCH_TOOL = "the Responses API has no tool of the type {}"
RESPONSES = Api(
    "the Responses API",
    {
        "model": to("model"),
        "instructions": to("instructions"),
        "tools": tools(RESPONSES_TOOLS, NO_SUCH_TOOL),
        "tool_resources": resources({"file_search": "vector_store_ids", "code_interpreter": "file_ids", "mcp": ""}),
        "response_format": _text_format,
        "temperature": to("temperature"),
        "top_p": to("top_p"),
        "reasoning_effort": to("reasoning", "effort"),
        "metadata": pairs,
    },
)


# --- chat completions


def _system(_: Path, value: Any, __: Fields) -> Iterator[Piece]:
    yield Placed(("messages",), [{"role": "developer", "content": value}])


def _as_it_is(_: Path, tool: Mapping[str, Any], __: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    yield tool


def _format(_: Path, value: Any, __: Fields) -> Iterator[Piece]:
    if isinstance(value, Mapping):
        yield Placed(("response_format",), value)


CHAT = Api(
    "a chat completion",
    {
        "model": to("model"),
        "instructions": _system,
        "tools": tools({"function": _as_it_is}, "a chat completion has only functions, and this is {}"),
        "tool_resources": resources({}),
        "response_format": _format,
        "temperature": to("temperature"),
        "top_p": to("top_p"),
        "reasoning_effort": to("reasoning_effort"),
        "metadata": pairs,
    },
)
