"""The embedded endpoint in the place of Azure AI Foundry: what it takes, what it makes of it, and how it refuses.

What Foundry fills in, drops and hides was seen in recordings of Microsoft's tests; the hosted service was not asked.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Cli, Write
from tests.tables import cases
from tests.test_embedded import Body, Endpoint

ROOT = "/api/projects/anything"
V1 = "?api-version=v1"
PLANTED = "planted-0123456789"


class Foundry(Endpoint):
    kind = "foundry"

    def client(self) -> httpx2.AsyncClient:
        client = super().client()
        client.headers = httpx2.Headers()
        return client

    def create(self, **fields: Any) -> Body:
        return self.ok("POST", f"{ROOT}/assistants{V1}", {"model": "team-chat"} | fields)


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Foundry]:
    endpoint = Foundry(tmp_path / "foundry.db")
    yield endpoint
    endpoint.app.state.store.close()


# --- what is taken, and what is made of it

NO_PARAMETERS = {"type": "object", "properties": {}}
QUEUE = {"type": "storage_queue", "storage_queue": {"queue_service_endpoint": "https://q.example", "queue_name": "in"}}
FUNCTION = {"name": "look_up", "parameters": NO_PARAMETERS}
CONNECTION = {"connection_id": "/subscriptions/x/connections/c"}
WEATHER = {
    "openapi": "3.1.0",
    "info": {"title": "Weather", "version": "1"},
    "paths": {
        "/weather": {
            "parameters": [],
            "get": {
                "operationId": "GetWeather",
                "summary": "The weather of a place.",
                "parameters": [
                    {"name": "place", "in": "query", "required": True, "schema": {"type": "string"}},
                    {"name": "unit", "in": "query"},
                ],
            },
        }
    },
}
OPERATIONS = [
    {
        "name": "GetWeather",
        "description": "The weather of a place.",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}, "unit": {}},
            "required": ["place"],
        },
    }
]


def tool(kind: str, **members: Any) -> Body:
    return {"type": kind, kind: members}


def openapi(**members: Any) -> Body:
    return tool("openapi", name="weather", spec=WEATHER, **members)


# A tool -> how it is answered.
TOOLS: dict[str, tuple[Body, Body]] = {
    "code_interpreter": ({"type": "code_interpreter"}, {"type": "code_interpreter"}),
    "file_search": (
        tool("file_search", ranking_options={"ranker": "ours", "score_threshold": 0.5}),
        tool("file_search", ranking_options={"ranker": "ours", "score_threshold": 0.5, "hybrid_search": None}),
    ),
    "function": (tool("function", **FUNCTION), tool("function", **FUNCTION, strict=False)),
    "azure_ai_search": ({"type": "azure_ai_search"}, {"type": "azure_ai_search"}),
    "bing_grounding": (
        tool("bing_grounding", search_configurations=[{**CONNECTION, "market": "", "set_lang": "", "count": 5}]),
        tool("bing_grounding", search_configurations=[{**CONNECTION, "count": 5}]),
    ),
    "bing_custom_search": (
        tool("bing_custom_search", search_configurations=[{**CONNECTION, "instance_name": "i", "freshness": ""}]),
        tool("bing_custom_search", search_configurations=[{**CONNECTION, "instance_name": "i"}]),
    ),
    "openapi": (
        openapi(auth={"type": "anonymous"}, default_params=[]),
        openapi(auth={"type": "anonymous", "security_scheme": {}}, functions=OPERATIONS),
    ),
    "openapi by a connection": (
        openapi(
            auth={"type": "connection", "security_scheme": CONNECTION},
            default_params=["a"],
        ),
        openapi(auth={"type": "connection", "security_scheme": CONNECTION}, default_params=["a"], functions=OPERATIONS),
    ),
    "azure_function": (
        tool("azure_function", function=FUNCTION, input_binding=QUEUE, output_binding=QUEUE),
        tool("azure_function", function=FUNCTION, input_binding=QUEUE, output_binding=QUEUE),
    ),
    "connected_agent": (
        tool("connected_agent", id="asst_1", name="other", description="Knows more."),
        tool("connected_agent", id="asst_1", name="other", description="Knows more."),
    ),
    "mcp": (
        {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/mcp"},
        {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/mcp", "allowed_tools": None},
    ),
    "fabric_dataagent": (
        tool("fabric_dataagent", connections=[CONNECTION]),
        tool("fabric_dataagent", connections=[{**CONNECTION, "instructions": None}], instructions=None),
    ),
    "sharepoint_grounding": (
        tool("sharepoint_grounding", connections=[CONNECTION]),
        tool("sharepoint_grounding", connections=[{**CONNECTION, "instructions": None}], instructions=None),
    ),
    "deep_research": (
        tool("deep_research", deep_research_model="o3-dr", bing_grounding_connections=[CONNECTION]),
        tool("deep_research", deep_research_model="o3-dr", bing_grounding_connections=[CONNECTION]),
    ),
    "browser_automation": (
        tool("browser_automation", connection={"id": "c"}),
        tool("browser_automation", connection={"id": "c"}),
    ),
    "computer_use_preview": (
        tool("computer_use_preview", display_width=1024, display_height=768, environment="browser"),
        tool("computer_use_preview", display_width=1024, display_height=768, environment="browser"),
    ),
}


@cases("sent answered", TOOLS)
def test_each_tool_is_taken_and_answered_as_recorded(endpoint: Foundry, sent: Body, answered: Body) -> None:
    made = endpoint.create(tools=[sent])
    assert made["tools"] == [answered]
    path = f"{ROOT}/assistants/{made['id']}{V1}"
    assert endpoint.ok("GET", path) == made
    assert endpoint.ok("POST", path, {"tools": [answered]})["tools"] == [answered]  # an answer may be sent back


INDEX = {"index_connection_id": "c", "index_name": "i", "query_type": "simple", "top_k": 5, "filter": ""}
SOURCE = {"type": "uri_asset", "uri": "azureml://x"}
RESOURCES: dict[str, Body] = {
    "an index, its empty filter kept": {"azure_ai_search": {"indexes": [INDEX]}},
    "files": {"code_interpreter": {"file_ids": ["f1", "f2"]}},
    "data": {"code_interpreter": {"data_sources": [SOURCE]}},
    "a store": {"file_search": {"vector_store_ids": ["vs_1"]}},
    "a store to be made": {
        "file_search": {"vector_stores": [{"name": "s", "configuration": {"data_sources": [SOURCE]}}]}
    },
    "none": {"mcp": [], "azure_ai_search": {}},
}


@cases("resources", RESOURCES)
def test_resources_are_kept(endpoint: Foundry, resources: Body) -> None:
    assert endpoint.create(tool_resources=resources)["tool_resources"] == resources


def test_an_agent_of_nothing_but_a_model(endpoint: Foundry) -> None:
    made = endpoint.create()
    assert {name: one for name, one in made.items() if name not in ("id", "created_at")} == {
        "object": "assistant",
        "name": None,
        "description": None,
        "model": "team-chat",
        "instructions": None,
        "tools": [],
        "top_p": 1.0,
        "temperature": 1.0,
        "tool_resources": {},
        "metadata": {},
        "response_format": "auto",
    }


def test_the_values_of_headers_are_taken_and_neither_answered_nor_kept(endpoint: Foundry, tmp_path: Path) -> None:
    server = {"server_label": "docs", "headers": {"Authorization": PLANTED}, "require_approval": "never"}
    made = endpoint.create(tool_resources={"mcp": [server]})
    assert made["tool_resources"] == {"mcp": [{**server, "headers": {"Authorization": "REDACTED"}}]}
    held = sqlite3.connect(tmp_path / "foundry.db").execute("SELECT body FROM assistants").fetchall()
    assert PLANTED not in str(held)


def test_an_update_merges(endpoint: Foundry) -> None:
    made = endpoint.create(
        name="a", description="b", tools=[{"type": "code_interpreter"}], tool_resources=RESOURCES["files"]
    )
    path = f"{ROOT}/assistants/{made['id']}{V1}"
    changed = endpoint.ok("POST", path, {"name": "c", "description": None, "tool_resources": RESOURCES["a store"]})
    assert changed == {
        **made,
        "name": "c",
        "description": None,
        "tool_resources": {**RESOURCES["files"], **RESOURCES["a store"]},
    }


# --- what is refused


@cases(
    "fields param",
    {
        "a reasoning effort": ({"reasoning_effort": "low"}, "reasoning_effort"),
        "the format none": ({"response_format": "none"}, "response_format"),
        "a second index": (
            {"tool_resources": {"azure_ai_search": {"indexes": [{}, {}]}}},
            "tool_resources.azure_ai_search.indexes",
        ),
        "files and data": (
            {"tool_resources": {"code_interpreter": {"file_ids": [], "data_sources": []}}},
            "tool_resources.code_interpreter",
        ),
        "half a connection": ({"tools": [tool("bing_grounding", search_configurations=[{}])]}, "connection_id"),
        "a scheme without its connection": ({"tools": [openapi(auth={"type": "connection"})]}, "security_scheme"),
        "no tools at all, in an update": ({"tools": None}, "tools"),
        "no model, in an update": ({"model": None}, "model"),
    },
)
def test_what_is_refused_is_named(endpoint: Foundry, fields: Body, param: str) -> None:
    made = endpoint.create()
    answer = endpoint.send("POST", f"{ROOT}/assistants/{made['id']}{V1}", json=fields)
    assert answer.status_code == 400
    assert param in str(answer.json()["error"]["param"])


def test_an_update_may_not_take_resources_away_by_null_and_a_create_may(endpoint: Foundry) -> None:
    made = endpoint.create(tool_resources=None)
    answer = endpoint.send("POST", f"{ROOT}/assistants/{made['id']}{V1}", json={"tool_resources": None})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "tool_resources")


def test_a_tool_that_nobody_knows_is_refused_as_there(endpoint: Foundry) -> None:
    answer = endpoint.send("POST", f"{ROOT}/assistants{V1}", json={"model": "m", "tools": [{"type": "retrieval"}]})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Invalid tool value(s): retrieval. ")
    assert answer.json()["error"]["code"] is None


GATE: dict[str, tuple[str, str, int, Body]] = {
    "no api-version": (
        "GET",
        "/api/projects/p/assistants",
        400,
        {"code": "BadRequest", "message": "Missing required query parameter: api-version"},
    ),
    "no api-version, by id": (
        "DELETE",
        "/api/projects/p/assistants/asst_1",
        400,
        {"code": "BadRequest", "message": "Missing required query parameter: api-version"},
    ),
    "no api-version, deployments": (
        "GET",
        "/api/projects/p/deployments",
        400,
        {"code": "BadRequest", "message": "Missing required query parameter: api-version"},
    ),
    "an old one": (
        "POST",
        "/api/projects/p/assistants?api-version=2024-07-01-preview",
        400,
        {
            "code": "UnsupportedApiVersionValue",
            "message": "Unsupported api version '2024-07-01-preview'. The supported versions are 'v1', '2025-05-01', '2025-05-15-preview'.",
        },
    ),
    "no such path": ("GET", "/v1/assistants", 404, {"code": "404", "message": "Resource not found"}),
    "no such deployment": (
        "GET",
        f"{ROOT}/deployments/x{V1}",
        404,
        {"code": "NotFound", "message": "The deployment 'x' is not found."},
    ),
}


@cases("method path status error", GATE)
def test_what_stands_before_the_service_answers_as_azure_does(
    endpoint: Foundry, method: str, path: str, status: int, error: Body
) -> None:
    answer = endpoint.send(method, path)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_a_wrong_token_is_told_as_there(tmp_path: Path) -> None:
    endpoint = Foundry(tmp_path / "foundry.db", PLANTED)
    answer = endpoint.send("GET", f"{ROOT}/assistants{V1}", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, "audience is incorrect" in answer.text) == (401, True)
    right = endpoint.send("GET", f"{ROOT}/assistants{V1}", headers={"Authorization": f"Bearer {PLANTED}"})
    assert right.status_code == 200
    endpoint.app.state.store.close()


# --- what is beside the agents


def test_deployments_are_listed_in_azures_shape(endpoint: Foundry) -> None:
    listed = endpoint.ok("GET", f"{ROOT}/deployments{V1}")
    assert listed.keys() == {"value"}
    first = listed["value"][0]
    assert (first["type"], first["modelName"]) == ("ModelDeployment", first["name"])
    assert endpoint.ok("GET", f"{ROOT}/deployments/{first['name']}{V1}") == first


def test_chat_is_at_the_resource_and_judges_no_name(endpoint: Foundry) -> None:
    body = {"model": "text-embedding-team-chat", "messages": [{"role": "user", "content": "Hello"}]}
    assert "Hello" in endpoint.ok("POST", "/openai/v1/chat/completions", body)["choices"][0]["message"]["content"]


# --- the line over it

PROJECT = "project: acme\ndefault_environment: p\nenvironments: {p: {endpoint: {embedded: true, kind: foundry}}}\n"


@pytest.mark.parametrize(
    "name", ["function", "azure_function", "connected_agent", "computer_use_preview", "deep_research"]
)
def test_a_rehearsal_ends_in_an_empty_plan(cli: Cli, write: Write, name: str) -> None:
    """Of tools that Foundry answers as they came."""
    definition = {"model": "text-embedding-team-chat", "tools": [TOOLS[name][0]]}
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": json.dumps(definition)})
    assert cli("apply", "--yes").stdout.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")
    assert cli("plan", "--exit-code").exit_code == 0
    listed = json.loads(cli("list", "-o", "json").stdout)
    assert [one["model"] for one in listed] == ["text-embedding-team-chat"]
    assert cli("list", "--embedded", "-o", "id").stdout.strip() == listed[0]["id"]


def test_what_is_there_is_imported_whatever_its_model_is_called(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: text-embedding-team-chat\n"})
    assert cli("apply", "--yes").exit_code == 0
    (made,) = cli("list", "-o", "id").stdout.split()
    Path("assistants/a.yaml").unlink()
    assert cli("release", made, "--yes").exit_code == 0
    imported = cli("import", made)
    assert imported.exit_code == 0, imported.output
    assert cli("plan").stdout.endswith("Plan: 0 to create, 0 to update, 1 to adopt, 0 to delete, 0 unchanged.\n")


def test_a_file_of_definitions_is_judged_by_the_environment(cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "saved.json": json.dumps([{"key": "b", "model": "text-embedding-team-chat"}]),
        }
    )
    imported = cli("import", "saved.json")
    assert (imported.exit_code, Path("assistants/b.yaml").exists()) == (0, True), imported.output


def test_the_rehearsal_keeps_apart_from_the_other_embedded_endpoint(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT.replace("environments: {", "environments: {o: {endpoint: embedded}, ")})
    write({"assistants/a.yaml": "model: m\n"})
    assert cli("apply", "--yes").exit_code == 0
    assert cli("list", "-e", "o", "-o", "id").stdout == ""
    assert sorted(one.name for one in Path(".assistants").glob("*.db")) == ["embedded-foundry.db", "embedded.db"]
