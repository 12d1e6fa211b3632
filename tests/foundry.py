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
from typing import Any, NamedTuple
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
CONNECTION = "/subscriptions/s/connections/one"
_PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
_SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Weather", "version": "1"},
    "paths": {"/now": {"get": {"operationId": "weatherNow", "responses": {}}}},
}
_QUEUE = {"type": "storage_queue", "storage_queue": {"queue_service_endpoint": "https://q", "queue_name": "calls"}}
_SEARCH = {"connection_id": CONNECTION, "market": "en-US", "set_lang": "", "count": 5}
_STORE = {"name": "books", "configuration": {"data_sources": [{"type": "uri_asset", "uri": "azureml://books"}]}}


class Kind(NamedTuple):
    """A definition of one type of tool, as a file states it, and what a hand does to the object that came of it."""

    fields: Object
    edit: Callable[[Object], object]


def _tool(body: Object) -> Object:
    found: Object = body["tools"][0]
    return found


def _of(tool: Object, edit: Callable[[Object], object], **resources: Any) -> Kind:
    return Kind({"tools": [tool], **({"tool_resources": resources} if resources else {})}, edit)


def _within(name: str, stated: Object, edit: Callable[[Object], object]) -> Kind:
    return _of({"type": name, name: stated}, lambda body: edit(_tool(body)[name]))


KINDS: Mapping[str, Kind] = {
    "azure_ai_search": _of(
        {"type": "azure_ai_search"},
        lambda body: body["tool_resources"]["azure_ai_search"]["indexes"][0].update(top_k=9),
        azure_ai_search={
            "indexes": [{"index_connection_id": CONNECTION, "index_name": "orders", "top_k": 5, "filter": ""}]
        },
    ),
    "azure_function": _within(
        "azure_function",
        {"function": {"name": "look_up", "parameters": _PARAMETERS}, "input_binding": _QUEUE, "output_binding": _QUEUE},
        lambda one: one["output_binding"]["storage_queue"].update(queue_name="others"),
    ),
    "bing_custom_search": _within(
        "bing_custom_search",
        {"search_configurations": [{**_SEARCH, "instance_name": "products"}]},
        lambda one: one["search_configurations"][0].update(instance_name="all"),
    ),
    "bing_grounding": _within(
        "bing_grounding",
        {"search_configurations": [_SEARCH]},
        lambda one: one["search_configurations"][0].update(count=9),
    ),
    "browser_automation": _within(
        "browser_automation", {"connection": {"id": CONNECTION}}, lambda one: one["connection"].update(id="another")
    ),
    "code_interpreter": _of(
        {"type": "code_interpreter"},
        lambda body: body["tool_resources"]["code_interpreter"]["data_sources"].pop(),
        code_interpreter={
            "data_sources": [{"type": "id_asset", "uri": "azureml://a"}, {"type": "uri_asset", "uri": "https://b"}]
        },
    ),
    "computer_use_preview": _within(
        "computer_use_preview",
        {"display_width": 1024, "display_height": 768, "environment": "browser"},
        lambda one: one.update(display_width=800),
    ),
    "connected_agent": _within(
        "connected_agent",
        {"id": "asst_other", "name": "stocks", "description": "Knows prices."},
        lambda one: one.update(description="Knows nothing."),
    ),
    "deep_research": _within(
        "deep_research",
        {"deep_research_model": "o3", "bing_grounding_connections": [{"connection_id": CONNECTION}]},
        lambda one: one.update(deep_research_model="o4"),
    ),
    "fabric_dataagent": _within(
        "fabric_dataagent",
        {"connections": [{"connection_id": CONNECTION}]},
        lambda one: one["connections"][0].update(connection_id="another"),
    ),
    "file_search": _of(
        {"type": "file_search", "file_search": {"max_num_results": 5}},
        lambda body: body["tool_resources"]["file_search"]["vector_stores"][0].update(name="more"),
        file_search={"vector_stores": [_STORE]},
    ),
    "function": _within(
        "function", {"name": "look_up", "parameters": _PARAMETERS}, lambda one: one.update(description="Looks up.")
    ),
    "mcp": _of(
        {"type": "mcp", "server_label": "github", "server_url": "https://mcp.example.com", "allowed_tools": []},
        lambda body: body["tool_resources"]["mcp"][0]["headers"].update(X="y"),
        mcp=[
            {
                "server_label": "github",
                "headers": {"Authorization": {"env": "MCP_AUTHORIZATION"}},
                "require_approval": {"never": {"tool_names": ["search"]}},
            }
        ],
    ),
    "openapi": _within(
        "openapi",
        {"name": "weather", "spec": _SPEC, "auth": {"type": "anonymous"}, "default_params": []},
        lambda one: one.update(description="Tells the weather."),
    ),
    "sharepoint_grounding": _within(
        "sharepoint_grounding",
        {"connections": [{"connection_id": CONNECTION}]},
        lambda one: one["connections"].append({"connection_id": "another"}),
    ),
}
TYPES = tuple(KINDS)


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

    def put(self, body: Object) -> None:
        """By hand."""
        self.objects[body["id"]] = body

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
        head: Object = {"id": f"asst_{number}", "object": "assistant", "created_at": 1_700_000_000 + number}
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
        return _FILLED[str(kind)](plain) if kind in _FILLED else plain


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


def _resources(stated: Object, before: Object) -> Object:
    """What an update does not name stays as it is."""
    of_code = stated.get("code_interpreter") or {}
    if of_code.get("file_ids") and of_code.get("data_sources"):
        raise _RefusedError("file_ids and data_sources are mutually exclusive.")
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
