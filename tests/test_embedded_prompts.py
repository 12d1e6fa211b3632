"""Prompt agents of the embedded endpoint in Foundry's place: versions, names and what is refused."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest

from assistants_tool.embedded import create_app
from tests.tables import cases
from tests.test_embedded import Endpoint, error

Body = dict[str, Any]
AT = "/api/projects/any/agents"


class Prompts(Endpoint):
    def __init__(self, database: pathlib.Path, api_key: str | None = None) -> None:
        self.app = create_app(database, api_key, "foundry")

    def client(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://embedded")

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        where, _, query = path.partition("?")
        return super().send(method, where, **{"params": {"api-version": "v1", **dict(parse_qsl(query))}} | options)

    def make(self, name: str, /, **definition: Any) -> Body:
        return self.ok("POST", f"{AT}/{name}/versions", {"definition": {"kind": "prompt", "model": "m"} | definition})


@pytest.fixture
def prompts(tmp_path: pathlib.Path) -> Iterator[Prompts]:
    endpoint = Prompts(tmp_path / "embedded.db")
    yield endpoint
    endpoint.app.state.store.close()


def test_each_post_is_a_version_and_the_latest_is_the_agents(prompts: Prompts) -> None:
    first = prompts.make("bot", instructions="one")
    assert {name: one for name, one in first.items() if name != "created_at"} == {
        "object": "agent.version",
        "id": "bot:1",
        "name": "bot",
        "version": "1",
        "description": "",
        "metadata": {},
        "draft": False,
        "definition": {"kind": "prompt", "model": "m", "instructions": "one"},
    }
    second = prompts.make("bot", instructions="two")
    assert second["version"] == "2"
    latest = {"object": "agent", "id": "bot", "name": "bot", "versions": {"latest": second}}
    assert prompts.ok("GET", f"{AT}/bot") == latest
    assert prompts.ok("GET", AT)["data"] == [latest]
    assert prompts.ok("GET", f"{AT}/bot/versions/1") == first
    assert [one["version"] for one in prompts.ok("GET", f"{AT}/bot/versions?order=asc")["data"]] == ["1", "2"]


def test_an_update_of_the_agent_makes_a_version_where_something_changed(prompts: Prompts) -> None:
    prompts.make("bot")
    same = {"definition": {"kind": "prompt", "model": "m"}}
    assert prompts.ok("POST", f"{AT}/bot", same)["versions"]["latest"]["version"] == "1"
    changed = {"definition": {"kind": "prompt", "model": "n"}}
    assert prompts.ok("POST", f"{AT}/bot", changed)["versions"]["latest"]["version"] == "2"
    assert prompts.send("POST", f"{AT}/nobody", json=same).status_code == 404


def test_what_is_deleted(prompts: Prompts) -> None:
    prompts.make("bot")
    prompts.make("bot")
    deleted = {"object": "agent.version.deleted", "name": "bot", "version": "1", "deleted": True}
    assert prompts.ok("DELETE", f"{AT}/bot/versions/1") == deleted
    assert prompts.send("DELETE", f"{AT}/bot/versions/1").status_code == 404
    assert prompts.ok("DELETE", f"{AT}/bot") == {"object": "agent.deleted", "name": "bot", "deleted": True}
    assert prompts.send("GET", f"{AT}/bot").status_code == 404
    prompts.make("bot")
    prompts.ok("DELETE", f"{AT}/bot/versions/1")
    assert prompts.send("GET", f"{AT}/bot").status_code == 404  # with its last version


def test_its_pages(prompts: Prompts) -> None:
    for number in range(4):
        prompts.make(f"bot-{number}")
    page = prompts.ok("GET", f"{AT}?limit=2&order=asc")
    assert ([one["name"] for one in page["data"]], page["last_id"], page["has_more"]) == (
        ["bot-0", "bot-1"],
        "bot-1",
        True,
    )
    assert [one["name"] for one in prompts.ok("GET", f"{AT}?order=asc&after=bot-1")["data"]] == ["bot-2", "bot-3"]
    assert prompts.ok("GET", f"{AT}?kind=workflow")["data"] == []
    assert prompts.send("GET", f"{AT}?after=nobody").status_code == 404


def test_the_pages_of_its_versions(prompts: Prompts) -> None:
    for _ in range(3):
        prompts.make("bot")
    page = prompts.ok("GET", f"{AT}/bot/versions?limit=2")
    assert ([one["version"] for one in page["data"]], page["last_id"], page["has_more"]) == (["3", "2"], "bot:2", True)
    assert [one["version"] for one in prompts.ok("GET", f"{AT}/bot/versions?after=bot:2")["data"]] == ["1"]
    assert prompts.ok("GET", f"{AT}/bot/versions?after=bot:1")["data"] == []
    assert prompts.send("GET", f"{AT}/bot/versions?after=bot:9").status_code == 404


P = {"kind": "prompt", "model": "m"}
REFUSED: dict[str, tuple[str, Any, str]] = {
    "an odd name": ("bot_1", {"definition": P}, "Invalid 'agent_name': 'bot_1' has to be 1 to 63 letters"),
    "no definition": ("bot", {}, "Missing required parameter: 'definition'."),
    "another kind": ("bot", {"definition": {**P, "kind": "chat"}}, "Invalid value: 'chat'."),
    "an unknown member": (
        "bot",
        {"definition": {**P, "response_format": "auto"}},
        "Unknown parameter: 'definition.response_format'.",
    ),
    "a function without strict": (
        "bot",
        {"definition": {**P, "tools": [{"type": "function", "name": "f", "parameters": {}}]}},
        "Missing required parameter: 'definition.tools[0].function.strict'.",
    ),
    "a tool of classic agents": (
        "bot",
        {"definition": {**P, "tools": [{"type": "connected_agent"}]}},
        "Invalid value: 'connected_agent' is no type of a tool.",
    ),
    "too many pairs": (
        "bot",
        {"definition": P, "metadata": {str(one): "" for one in range(17)}},
        "Invalid 'metadata': too many properties.",
    ),
}


@cases("name body said", REFUSED)
def test_what_is_refused(prompts: Prompts, name: str, body: Body, said: str) -> None:
    answer = prompts.send("POST", f"{AT}/{name}/versions", json=body)
    assert answer.status_code == 400
    assert error(answer)["message"].startswith(said)


def test_what_has_to_come_with_each_request(tmp_path: pathlib.Path) -> None:
    prompts = Prompts(tmp_path / "e.db", api_key="k")
    key = {"Authorization": "Bearer k"}
    assert prompts.send("GET", AT).status_code == 401
    assert prompts.send("GET", AT, headers=key).status_code == 200
    assert prompts.send("GET", AT, headers=key, params={"api-version": "2020"}).status_code == 400
    prompts.app.state.store.close()
