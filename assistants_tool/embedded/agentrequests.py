"""What a client of `/v1/agents` may send, as data, and what the service makes of it: by the types of OpenAI's SDK, and by reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from assistants_tool import models

from .errors import INVALID, ApiError
from .requests import Metadata, Object, Schema, checked, optional, plain

Fields = dict[str, Any]
NAME_MAX = 128
TEXT_MAX = 1_048_576
TOOLS_MAX = 3 * 2**20  # bytes of compact JSON
SUBAGENTS = 6
_WHOLE = "whole"  # a fault that is told of no single member
Effort = Literal[models.REASONING_EFFORTS]  # type: ignore[valid-type]  # mypy sees no words in a tuple


def _or_default(default: Any) -> Any:
    """A member of which null says the default."""
    return AfterValidator(lambda value: default if value is None else value)


class _Function(Object):
    type: Literal["function"]
    name: str
    description: str
    parameters: Schema
    defer_loading: bool = False
    async_: bool = optional(alias="async")

    @model_validator(mode="after")
    def _root(self) -> Self:
        if (kind := self.parameters.get("type", "object")) != "object":
            message = "Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
            raise PydanticCustomError(_WHOLE, message, {"name": self.name, "kind": kind})
        return self


class _ToolSearch(Object):
    type: Literal["tool_search"]


class _Programmatic(Object):
    type: Literal["programmatic_tool_calling"]
    enabled: bool = True


class _Http(Object):
    type: Literal["http"]
    server_url: str
    headers: Annotated[dict[str, str] | None, _or_default({})] = {}


class _Stdio(Object):
    type: Literal["stdio"]
    command: str
    cwd: Annotated[str | None, _or_default("")] = ""
    args: Annotated[list[str] | None, _or_default([])] = []
    env_vars: Annotated[list[str] | None, _or_default([])] = []


class _Mcp(Object):
    type: Literal["mcp"]
    server_label: str
    transport: Annotated[_Http | _Stdio, Field(discriminator="type")]
    allowed_tools: list[str] | None = None
    connection_origin: Annotated[Literal["service", "environment"] | None, _or_default("service")] = "service"
    credential_id: str | None = None
    request_metadata: Annotated[dict[str, Any] | None, _or_default({})] = {}
    required: bool = False


class _Location(Object):
    city: str | None = None
    country: str | None = None
    region: str | None = None
    timezone: str | None = None


class _WebSearch(Object):
    type: Literal["web_search"]
    allowed_domains: list[str] | None = None
    context_size: Annotated[Literal["low", "medium", "high"] | None, _or_default("medium")] = "medium"
    location: _Location | None = None
    mode: Annotated[Literal["disabled", "cached", "live"] | None, _or_default("live")] = "live"


class _Computer(Object):
    type: Literal["computer_use"]
    include_screenshots: bool = False


class _Automations(Object):
    type: Literal["automations"]


_Tool = Annotated[
    _Function | _ToolSearch | _Programmatic | _Mcp | _WebSearch | _Computer | _Automations, Field(discriminator="type")
]


def _one_of_a_kind(tools: list[_Tool]) -> list[_Tool]:
    names = Counter(one.name for one in tools if isinstance(one, _Function))
    kinds = Counter(one.type for one in tools if one.type in ("web_search", "tool_search"))
    for what, found in (("function tool name", names), ("tool type", kinds)):
        if twin := next((name for name, count in found.items() if count > 1), None):
            raise PydanticCustomError(_WHOLE, "duplicate {what}: {twin}", {"what": what, "twin": twin})
    return tools


class _PlainFormat(Object):
    type: Literal["text"]


class _SchemaFormat(Object):
    type: Literal["json_schema"]
    schema_: Schema = Field(alias="schema")

    @model_validator(mode="after")
    def _root(self) -> Self:
        if (kind := self.schema_.get("type")) != "object":
            message = 'agent.text.format.schema must have top-level type "object"; got "{kind}"'
            raise PydanticCustomError(_WHOLE, message, {"kind": kind})
        return self


_PLAIN = _PlainFormat(type="text")


class _Text(Object):
    format: Annotated[
        Annotated[_PlainFormat | _SchemaFormat, Field(discriminator="type")] | None, _or_default(_PLAIN)
    ] = _PLAIN
    verbosity: Annotated[Literal["low", "medium", "high"] | None, _or_default("medium")] = "medium"


class _Reasoning(Object):
    effort: Effort | None = None
    summary: Literal["concise", "detailed", "auto"] | None = None


class _MultiAgent(Object):
    enabled: bool
    max_concurrent_subagents: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        self.max_concurrent_subagents = (self.max_concurrent_subagents or SUBAGENTS) if self.enabled else None
        return self


class _Compaction(Object):
    async_: Annotated[bool | None, _or_default(False)] = Field(default=False, alias="async")


class _Experimental(Object):
    time_awareness: bool = False


class Modify(Object):
    """A request to change an agent. Its members stand in the order in which they are answered."""

    model: str = optional(max_length=TEXT_MAX)
    name: str | None = Field(default=None, max_length=NAME_MAX)
    instructions: str | None = Field(default=None, max_length=TEXT_MAX)
    metadata: Metadata | None = {}
    tools: Annotated[list[_Tool], AfterValidator(_one_of_a_kind)] | None = []
    text: _Text | None = _Text()
    reasoning: _Reasoning | None = _Reasoning()
    service_tier: Literal["auto", "default", "flex", "priority", "fast", "ultrafast"] | None = "auto"
    multi_agent: _MultiAgent | None = _MultiAgent(enabled=False)
    compaction: _Compaction | None = _Compaction()
    experimental: _Experimental = _Experimental()


class Create(Modify):
    """A request to make an agent."""

    model: str = Field(max_length=TEXT_MAX)


_DEFAULTS: Fields = plain(Create(model="a model has no default"))


def create(value: object) -> Fields:
    """All fields of the agent that this request asks for, in the order in which they are answered. Raises `ApiError`."""
    return _applied(_DEFAULTS, _sound(Create, value))


def modification(value: object) -> Callable[[Fields], Fields]:
    """What this request does to the fields of an agent: what is given replaces what was, but for what is merged by key."""
    request = _sound(Modify, value)
    return lambda fields: _applied(fields, request)


def _sound(kind: type[Modify], value: object) -> Modify:
    try:
        request = checked(kind, value)
    except ApiError as error:
        said = error.body["error"]
        error.body["error"] = {**said, "code": INVALID, "param": None if said["code"] == _WHOLE else said["param"]}
        raise
    size = len(json.dumps(plain(request.tools), separators=(",", ":"), ensure_ascii=False).encode())
    if size > TOOLS_MAX:
        raise ApiError(
            f"Invalid 'tools': {size} bytes, and at most {TOOLS_MAX} are allowed.", param="tools", code=INVALID
        )
    return request


def _applied(fields: Fields, request: Modify) -> Fields:
    given = {name: plain(value) for name, value in request if name in request.model_fields_set}
    given = {name: _DEFAULTS[name] if value is None else value for name, value in given.items()}
    if "experimental" in given:
        stated = request.experimental.model_fields_set
        given["experimental"] = {**fields["experimental"], **{name: given["experimental"][name] for name in stated}}
    return {**fields, **given}
