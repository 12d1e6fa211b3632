"""`/v1/agents` of the embedded endpoint: what it fills in, refuses and lists, by what is known of OpenAI's."""

from __future__ import annotations

import pathlib
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.tables import cases
from tests.test_embedded import Endpoint, error

Body = dict[str, Any]
BETA = {"OpenAI-Beta": "agents=v1"}


class Agents(Endpoint):
    def client(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://embedded", headers=BETA)

    def make(self, **fields: Any) -> Body:
        answer = self.send("POST", "/v1/agents", json={"model": "gpt-4o"} | fields)
        assert answer.status_code == 201, answer.text
        made: Body = answer.json()
        return made

    def refused(self, method: str = "POST", path: str = "/v1/agents", **options: Any) -> tuple[int, str, Any, Any]:
        answer = self.send(method, path, **options)
        said = error(answer)
        return answer.status_code, said["message"], said["param"], said["code"]


@pytest.fixture
def agents(tmp_path: pathlib.Path) -> Iterator[Agents]:
    endpoint = Agents(tmp_path / "embedded.db")
    yield endpoint
    endpoint.app.state.store.close()


BARE: Body = {
    "model": "gpt-4o",
    "name": None,
    "instructions": None,
    "metadata": {},
    "tools": [],
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "auto",
    "multi_agent": {"enabled": False, "max_concurrent_subagents": None},
    "compaction": {"async": False},
    "experimental": {"time_awareness": False},
}
FUNCTION = {"type": "function", "name": "f", "description": "", "parameters": {}}
MCP = {"type": "mcp", "server_label": "s", "transport": {"type": "http", "server_url": "u"}}
FILLED_IN: dict[str, tuple[Body, Body]] = {
    "nothing": ({}, {}),
    "null": ({name: None for name in BARE if name not in ("model", "experimental")}, {}),
    "a function": ({"tools": [FUNCTION]}, {"tools": [{**FUNCTION, "defer_loading": False}]}),
    "a function that is asynchronous": (
        {"tools": [{**FUNCTION, "async": True}]},
        {"tools": [{**FUNCTION, "defer_loading": False, "async": True}]},
    ),
    "a search": (
        {"tools": [{"type": "web_search", "location": {}, "allowed_domains": []}]},
        {
            "tools": [
                {
                    "type": "web_search",
                    "allowed_domains": [],
                    "context_size": "medium",
                    "location": {"city": None, "country": None, "region": None, "timezone": None},
                    "mode": "live",
                }
            ]
        },
    ),
    "a server": (
        {"tools": [MCP]},
        {
            "tools": [
                {
                    **MCP,
                    "transport": {"type": "http", "server_url": "u", "headers": {}},
                    "allowed_tools": None,
                    "connection_origin": "service",
                    "credential_id": None,
                    "request_metadata": {},
                    "required": False,
                }
            ]
        },
    ),
    "calls by programs": (
        {"tools": [{"type": "programmatic_tool_calling"}]},
        {"tools": [{"type": "programmatic_tool_calling", "enabled": True}]},
    ),
    "agents of its own": (
        {"multi_agent": {"enabled": True}},
        {"multi_agent": {"enabled": True, "max_concurrent_subagents": 6}},
    ),
    "a part of texts": ({"text": {"verbosity": "low"}}, {"text": {"format": {"type": "text"}, "verbosity": "low"}}),
    "white space": ({"name": " n ", "instructions": ""}, {"name": " n ", "instructions": ""}),
}


@cases("sent answered", FILLED_IN)
def test_what_is_filled_in(agents: Agents, sent: Body, answered: Body) -> None:
    made = agents.make(**sent)
    assert re.fullmatch(r"agent_[A-Za-z0-9]{24}", made.pop("id"))
    assert made.pop("object") == "agent"
    assert made.pop("created_at") == made.pop("updated_at")
    assert made == BARE | answered


def test_what_an_update_replaces_and_what_it_merges(agents: Agents) -> None:
    made = agents.make(
        metadata={"a": "1"}, text={"verbosity": "low"}, tools=[FUNCTION], experimental={"time_awareness": True}
    )
    path = f"/v1/agents/{made['id']}"
    sent = {"metadata": {"b": "2"}, "text": {"format": {"type": "text"}}, "experimental": {}, "name": "N"}
    after = agents.ok("POST", path, sent)
    assert (after["metadata"], after["text"]["verbosity"], after["name"]) == ({"b": "2"}, "medium", "N")
    assert (after["experimental"], after["tools"]) == ({"time_awareness": True}, made["tools"])
    cleared = agents.ok("POST", path, {"name": None, "tools": None, "metadata": None, "text": None})
    assert {name: cleared[name] for name in ("name", "tools", "metadata", "text")} == {
        name: BARE[name] for name in ("name", "tools", "metadata", "text")
    }
    assert agents.ok("GET", path) == cleared


def test_an_empty_update_advances_its_time(agents: Agents) -> None:
    made = agents.make()
    with sqlite3.connect(agents.app.state.store._file._path) as file:
        file.execute("UPDATE agents SET body = json_set(body, '$.updated_at', 7)")
    answer = agents.send("POST", f"/v1/agents/{made['id']}", content=b"", headers={"Content-Type": "application/json"})
    assert answer.json() == {**made, "updated_at": answer.json()["updated_at"]}
    assert answer.json()["updated_at"] >= made["updated_at"]


INVALID = "invalid_request_error"
NOT_JSON = "Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON."
REFUSED: dict[str, tuple[Any, str, Any]] = {
    "no model": ({"model": None}, "Missing required parameter: 'model'.", "model"),
    "an unknown member": ({"top_p": 1}, "Unknown parameter: 'top_p'.", "top_p"),
    "strict": (
        {"tools": [{**FUNCTION, "strict": True}]},
        "Unknown parameter: 'tools[0].strict'.",
        "tools[0].strict",
    ),
    "no parameters": (
        {"tools": [{"type": "function", "name": "f", "description": "d"}]},
        "Missing required parameter: 'tools[0].parameters'.",
        "tools[0].parameters",
    ),
    "code_interpreter": (
        {"tools": [{"type": "code_interpreter"}]},
        "Invalid value: 'code_interpreter'.",
        "tools[0].type",
    ),
    "inside a transport": (
        {"tools": [{**MCP, "transport": {"type": "http"}}]},
        "Missing required parameter: 'tools[0].transport.server_url'.",
        "tools[0].transport.server_url",
    ),
    "a number as metadata": (
        {"metadata": {"a": None}},
        "Invalid type for 'metadata.a': expected a string, but got null instead.",
        "metadata.a",
    ),
    "too many pairs": (
        {"metadata": {str(one): "" for one in range(17)}},
        "Invalid 'metadata': too many properties.",
        "metadata",
    ),
    "a long name": ({"name": "n" * 129}, "Invalid 'name': string too long.", "name"),
    "no agents": (
        {"multi_agent": {"enabled": True, "max_concurrent_subagents": 0}},
        "Invalid 'multi_agent.max_concurrent_subagents': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        "multi_agent.max_concurrent_subagents",
    ),
    "another tier": ({"service_tier": "gold"}, "Invalid value: 'gold'.", "service_tier"),
    "a schema of a list": (
        {"tools": [{**FUNCTION, "parameters": {"type": "array"}}]},
        "Invalid schema for function 'f': schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'.",
        None,
    ),
    "a format of a list": (
        {"text": {"format": {"type": "json_schema", "schema": {"type": "array"}}}},
        'agent.text.format.schema must have top-level type "object"; got "array"',
        None,
    ),
    "a format without a schema": (
        {"text": {"format": {"type": "json_schema"}}},
        "Missing required parameter: 'text.format.schema'.",
        "text.format.schema",
    ),
    "two of one name": ({"tools": [FUNCTION, FUNCTION]}, "duplicate function tool name: f", None),
    "two searches": ({"tools": [{"type": "web_search"}] * 2}, "duplicate tool type: web_search", None),
    "many tools": ({"tools": [{**FUNCTION, "description": "d" * (3 << 20)}]}, "Invalid 'tools': ", "tools"),
}


@cases("sent said param", REFUSED)
def test_what_is_refused(agents: Agents, sent: Body, said: str, param: Any) -> None:
    body = {name: one for name, one in ({"model": "m"} | sent).items() if one is not None}
    status, message, about, code = agents.refused(json=body)
    assert (status, about, code) == (400, param, INVALID)
    assert message.startswith(said)


BODIES: dict[str, tuple[bytes, str, str]] = {
    "no JSON": (b"{", "application/json", NOT_JSON),
    "a mark of its encoding": (b'\xef\xbb\xbf{"model":"m"}', "application/json", NOT_JSON),
    "half a character": (b'{"model":"\\ud800"}', "application/json", NOT_JSON),
    "twice": (
        b'{"model":"m","metadata":{"k":"1","k":"2"}}',
        "application/json",
        "Invalid body: duplicate JSON key 'k' at 'metadata.k'. Duplicate JSON keys are not supported.",
    ),
    "text": (b'{"model":"m"}', "text/plain", "expected request with Content-Type: application/json"),
    "null": (b"null", "application/json; charset=utf-8", "Missing required parameter: 'model'."),
    "nothing": (b"", "application/json", "Missing required parameter: 'model'."),
}


@cases("content kind said", BODIES)
def test_what_is_no_body(agents: Agents, content: bytes, kind: str, said: str) -> None:
    status, message, _, code = agents.refused(content=content, headers={"Content-Type": kind})
    assert (status, code) == (400, INVALID)
    assert message.startswith(said)


def test_the_header_comes_before_the_key(tmp_path: pathlib.Path) -> None:
    agents = Agents(tmp_path / "e.db", api_key="sk-a")
    wanted = "To access the Agents API, set the 'OpenAI-Beta' header to 'agents=v1'."
    for header in ("", "assistants=v2", "agents=v1, agents=v1"):
        answer = agents.send("GET", "/v1/agents", headers={"OpenAI-Beta": header})
        assert error(answer) == {"message": wanted, "type": "invalid_beta", "param": None, "code": "invalid_beta"}
    answer = agents.send("GET", "/v1/agents", headers={"Authorization": "Bearer sk-b"})
    assert (answer.status_code, error(answer)["type"], error(answer)["code"]) == (401, INVALID, None)
    assert agents.send("GET", "/v1/agents", headers={"Authorization": "Bearer sk-a"}).status_code == 200
    agents.app.state.store.close()


def test_what_is_not_there(agents: Agents) -> None:
    made = agents.make()
    path = f"/v1/agents/{made['id']}"
    assert agents.ok("DELETE", path) == {"id": made["id"], "object": "agent.deleted", "deleted": True}
    for method in ("GET", "POST", "DELETE"):
        status, _, param, code = agents.refused(method, path, json={})
        assert (status, param, code) == (404, None, "not_found_error")


def test_its_pages(agents: Agents) -> None:
    ids = [agents.make(name=str(number))["id"] for number in range(4)]
    page = agents.ok("GET", "/v1/agents?limit=2&order=asc&x=1")
    assert ([one["id"] for one in page["data"]], page["first_id"], page["last_id"], page["has_more"]) == (
        ids[:2],
        ids[0],
        ids[1],
        True,
    )
    assert [one["id"] for one in agents.ok("GET", "/v1/agents")["data"]] == ids[::-1]
    assert [
        one["id"] for one in agents.ok("GET", f"/v1/agents?after={ids[1]}&order=asc&before={ids[3]}")["data"]
    ] == ids[2:]
    assert len(agents.ok("GET", "/v1/agents?limit=0")["data"]) == 1
    assert len(agents.ok("GET", "/v1/agents?limit=1000")["data"]) == 4


QUERIES = {
    "limit=-1": (400, "Failed to deserialize query string: limit: invalid digit found in string"),
    "limit=a": (400, "Failed to deserialize query string: limit: invalid digit found in string"),
    "limit=1&limit=2": (400, "Failed to deserialize query string: duplicate field `limit`"),
    "order=": (400, "Invalid value: ''. Supported values are: 'asc' and 'desc'."),
    "after=agent_x": (404, "No agent found with id 'agent_x'."),
}


@cases("query status said", {query: (query, *one) for query, one in QUERIES.items()})
def test_what_is_no_query(agents: Agents, query: str, status: int, said: str) -> None:
    assert agents.refused("GET", f"/v1/agents?{query}")[:2] == (status, said)


def test_agents_and_assistants_are_apart(agents: Agents) -> None:
    made = agents.make()
    path = f"/v1/assistants/{made['id']}"
    assert agents.send("GET", path, headers={"OpenAI-Beta": "assistants=v2"}).status_code == 404


def test_a_file_of_an_earlier_version_is_opened(tmp_path: pathlib.Path) -> None:
    first = Endpoint(tmp_path / "e.db")
    kept = first.create(name="Old")
    first.app.state.store.close()
    with sqlite3.connect(tmp_path / "e.db") as file:
        file.execute("DROP TABLE agents")
        file.execute("DROP TABLE prompts")
    agents = Agents(tmp_path / "e.db")
    agents.make()
    path = f"/v1/assistants/{kept['id']}"
    assert agents.send("GET", path, headers={"OpenAI-Beta": "assistants=v2"}).json() == kept
    agents.app.state.store.close()
