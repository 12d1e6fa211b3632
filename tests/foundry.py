"""A small stateful stand-in for Azure AI Foundry's classic agents: it makes of what it is sent what the service was recorded to make of it.

It adds (`functions`, `security_scheme: {}`, `instructions: null`, `allowed_tools: null`, `strict: false`), drops what is empty inside of
tools, merges updates, and answers `REDACTED` in place of the values of headers, which it keeps. It stands on loopback, by `tests.servers`,
or behind Prism. It is written from descriptions and recordings; the hosted service itself was never asked.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers import Answer, Request, Scripted, scripted

Object = dict[str, Any]
MASK = "REDACTED"
API_VERSION = "v1"

DEFAULTS: Object = {
    "name": None,
    "description": None,
    "instructions": None,
    "tools": [],
    "top_p": 1.0,
    "temperature": 1.0,
    "tool_resources": {},
    "metadata": {},
    "response_format": "auto",
}
MEMBERS = {"model", *DEFAULTS}
NOT_NULL = ("model", "tools", "tool_resources")
OPAQUE = ("spec", "parameters", "schema")  # what describes values is kept as it is
TYPES = (
    "azure_ai_search",
    "azure_function",
    "bing_custom_search",
    "bing_grounding",
    "browser_automation",
    "code_interpreter",
    "computer_use_preview",
    "connected_agent",
    "deep_research",
    "fabric_dataagent",
    "file_search",
    "function",
    "mcp",
    "openapi",
    "sharepoint_grounding",
)


class _RefusedError(Exception):
    """A request that the service would answer with 400."""


@dataclass
class Foundry:
    """Agents by id, the values of their headers included. `refuses` are types of tools that this set-up does not have."""

    objects: dict[str, Object] = field(default_factory=dict)
    refuses: frozenset[str] = frozenset()
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self, request: Request) -> Answer:
        """The answer to a request to `.../assistants` or `.../assistants/ID`."""
        address = urlsplit(request.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        found = re.search(r"/assistants(?:/([^/]+))?$", address.path)
        if found is None:
            return _error(404, "Resource not found")
        if query.get("api-version") != API_VERSION:
            return _error(400, "The api-version query parameter is missing or not supported.")
        try:
            return self._answer(request, found[1], query)
        except _RefusedError as error:
            return _error(400, str(error))

    def _answer(self, request: Request, agent: str | None, query: Mapping[str, str]) -> Answer:
        if agent is None:
            return self._list(query) if request.method == "GET" else Answer(body=self._create(request.body))
        if agent not in self.objects:
            return _error(404, f"No assistant found with id '{agent}'.")
        if request.method == "DELETE":
            del self.objects[agent]
            return Answer(body={"id": agent, "object": "assistant.deleted", "deleted": True})
        if request.method == "POST":
            self.objects[agent] = {**self.objects[agent], **self._taken(request.body, self.objects[agent])}
        return Answer(body=shown(self.objects[agent]))

    def _list(self, query: Mapping[str, str]) -> Answer:
        rows = [*self.objects.values()]
        if query.get("order", "desc") == "desc":
            rows.reverse()
        ids = [one["id"] for one in rows]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        page = rows[start : start + int(query.get("limit", "20"))]
        more = start + len(page) < len(rows)
        last = page[-1]["id"] if page else None
        return Answer(body={"data": [shown(one) for one in page], "last_id": last, "has_more": more})

    def _create(self, body: Object) -> Object:
        number = next(self._numbers)
        if "model" not in body:
            raise _RefusedError("Missing required parameter: 'model'.")
        head = {"id": f"asst_{number}", "object": "assistant", "created_at": 1_700_000_000 + number}
        made = {**head, **copy.deepcopy(DEFAULTS), **self._taken(body, {})}
        self.objects[head["id"]] = made
        return shown(made)

    def _taken(self, body: Object, before: Object) -> Object:
        """What is kept of a request."""
        if unknown := body.keys() - MEMBERS:
            raise _RefusedError(f"Unknown parameter: '{min(unknown)}'.")
        if nulls := [one for one in NOT_NULL if one in body and body[one] is None and before]:
            raise _RefusedError(f"Invalid value for '{nulls[0]}': null.")
        kept: Object = {name: copy.deepcopy(DEFAULTS.get(name)) if one is None else one for name, one in body.items()}
        if "tools" in kept:
            kept["tools"] = [self._tool(one) for one in kept["tools"]]
        if "tool_resources" in kept:
            kept["tool_resources"] = _resources(kept["tool_resources"], before.get("tool_resources") or {})
        return kept

    def _tool(self, tool: Object) -> Object:
        kind = tool.get("type")
        if kind not in TYPES or kind in self.refuses:
            raise _RefusedError(f"Invalid tool value(s): {kind}. Supported values are: {', '.join(TYPES)}")
        plain: Object = _without_empties(tool)
        return _FILLED[kind](plain) if kind in _FILLED else plain


# --- what is made of tools and their resources


def _without_empties(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_empties(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: one if name in OPAQUE else _without_empties(one) for name, one in value.items() if one not in ("", [])
    }


def _function(tool: Object) -> Object:
    return {**tool, "function": {"strict": False, **tool["function"]}}


def _openapi(tool: Object) -> Object:
    stated = tool["openapi"]
    auth = {**stated["auth"], "security_scheme": stated["auth"].get("security_scheme", {})}
    paths = (stated.get("spec") or {}).get("paths", {}).values()
    operations = [one for path in paths for one in path.values() if isinstance(one, dict)]
    functions = [{"name": one.get("operationId", "run"), "description": "", "parameters": {}} for one in operations]
    return {**tool, "openapi": {**stated, "auth": auth, "functions": functions}}


def _mcp(tool: Object) -> Object:
    return {"allowed_tools": None, **tool}


def _connected(name: str, tool: Object) -> Object:
    connections = [{**one, "instructions": None} for one in tool[name].get("connections", [])]
    return {**tool, name: {**tool[name], "connections": connections, "instructions": None}}


_FILLED: Mapping[str, Callable[[Object], Object]] = {
    "function": _function,
    "openapi": _openapi,
    "mcp": _mcp,
    "fabric_dataagent": lambda tool: _connected("fabric_dataagent", tool),
    "sharepoint_grounding": lambda tool: _connected("sharepoint_grounding", tool),
}
_EITHER = {"code_interpreter": ("file_ids", "data_sources"), "file_search": ("vector_store_ids", "vector_stores")}


def _resources(stated: Object, before: Object) -> Object:
    """What an update does not name stays as it is."""
    for name, either in _EITHER.items():
        if all(stated.get(name, {}).get(one) for one in either):
            raise _RefusedError(f"tool_resources.{name} takes {either[0]} or {either[1]}, and not both.")
    return {**before, **stated}


def shown(held: Object) -> Object:
    """An agent as it is answered: the values of its headers stay here."""
    body = copy.deepcopy(held)
    for one in body["tool_resources"].get("mcp") or ():
        one["headers"] = dict.fromkeys(one.get("headers") or {}, MASK)
    return body


def _error(status: int, message: str) -> Answer:
    return Answer(status, {"error": {"code": None, "message": message}})


@contextlib.contextmanager
def foundry(refuses: frozenset[str] = frozenset()) -> Iterator[tuple[Foundry, Scripted]]:
    """The stand-in on a free port, and all requests that it got."""
    held = Foundry(refuses=refuses)
    with scripted(held) as server:
        yield held, server
