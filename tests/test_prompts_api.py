"""Foundry's prompt agents: what one is of a definition, its names, and its versions, which nobody changes and no apply deletes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from assistants_tool.endpoint.patience import Patience
from assistants_tool.objects.dialects import DIALECTS
from assistants_tool.objects.dialects.prompts import as_one
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.paths import dotted
from tests.conftest import Cli, Write
from tests.servers import Answer, Request, scripted
from tests.tables import cases

Object = dict[str, Any]
PROMPTS = DIALECTS["prompt-agents"]
F = {"name": "f", "parameters": {"type": "object", "properties": {"a": {}}}}
SCHEMA = {"type": "object"}


def tool(**members: Any) -> Object:
    return {"tools": [members]}


TWO_SERVERS: Object = {
    "tools": [{"type": "mcp", "server_label": "s"}, {"type": "mcp", "server_label": "t"}],
    "tool_resources": {
        "mcp": [{"server_label": "t", "headers": {"X": "of t"}}, {"server_label": "s", "headers": {"X": "of s"}}]
    },
}
THERE: dict[str, tuple[Object, Object]] = {
    "a name": ({"name": "N"}, {"name": "a-key", "metadata": {"name": "N"}}),
    "a name of its own": ({"prompt-agents": {"name": "bot-1"}}, {"name": "bot-1"}),
    "the same": (
        {
            "description": "d",
            "model": "m",
            "instructions": "i",
            "temperature": 0.2,
            "top_p": 0.5,
            "metadata": {"a": "b"},
        },
        {
            "name": "a-key",
            "description": "d",
            "model": "m",
            "instructions": "i",
            "temperature": 0.2,
            "top_p": 0.5,
            "metadata": {"a": "b"},
        },
    ),
    "a function": (
        tool(type="function", function={**F, "strict": True}),
        {"name": "a-key", **tool(type="function", **F, strict=True)},
    ),
    "a search and its store": (
        {
            "tools": [{"type": "file_search", "file_search": {"max_num_results": 3}}],
            "tool_resources": {"file_search": {"vector_store_ids": ["vs"]}},
        },
        {"name": "a-key", **tool(type="file_search", vector_store_ids=["vs"], max_num_results=3)},
    ),
    "code and its files": (
        {"tools": [{"type": "code_interpreter"}], "tool_resources": {"code_interpreter": {"file_ids": ["f"]}}},
        {"name": "a-key", **tool(type="code_interpreter", container={"type": "auto", "file_ids": ["f"]})},
    ),
    "a server and its headers": (
        {
            **tool(type="mcp", server_label="s", server_url="u", allowed_tools=["a"]),
            "tool_resources": {"mcp": [{"server_label": "s", "headers": {"X": "y"}, "require_approval": "never"}]},
        },
        {
            "name": "a-key",
            **tool(
                type="mcp",
                server_label="s",
                server_url="u",
                allowed_tools=["a"],
                headers={"X": "y"},
                require_approval="never",
            ),
        },
    ),
    "two servers, each with its own headers": (
        TWO_SERVERS,
        {
            "name": "a-key",
            "tools": [
                {"type": "mcp", "server_label": "s", "headers": {"X": "of s"}},
                {"type": "mcp", "server_label": "t", "headers": {"X": "of t"}},
            ],
        },
    ),
    "two indexes, of which the first has the resources": (
        {
            "tools": [{"type": "azure_ai_search"}, {"type": "azure_ai_search"}],
            "tool_resources": {"azure_ai_search": {"indexes": []}},
        },
        {
            "name": "a-key",
            "tools": [{"type": "azure_ai_search", "azure_ai_search": {"indexes": []}}, {"type": "azure_ai_search"}],
        },
    ),
    "an index of which nothing is stated": (
        tool(type="azure_ai_search"),
        {"name": "a-key", **tool(type="azure_ai_search")},
    ),
    "members of an index and beside it": (
        tool(type="azure_ai_search", azure_ai_search={"index_connection_id": "c"}, note="n"),
        {
            "name": "a-key",
            **tool(type="azure_ai_search", azure_ai_search={"project_connection_id": "c"}, note="n"),
        },
    ),
    "a function of which nothing is stated": (
        tool(type="function", note="n"),
        {"name": "a-key", **tool(type="function", note="n")},
    ),
    "members beside a function": (
        tool(type="function", function=F, note="n"),
        {"name": "a-key", **tool(type="function", **F, note="n")},
    ),
    "members beside a format": (
        {"response_format": {"type": "json_object", "tone": "dry"}},
        {"name": "a-key", "text": {"format": {"type": "json_object", "tone": "dry"}}},
    ),
    "an index": (
        {
            **tool(type="azure_ai_search"),
            "tool_resources": {"azure_ai_search": {"indexes": [{"index_connection_id": "c", "index_name": "i"}]}},
        },
        {
            "name": "a-key",
            **tool(
                type="azure_ai_search", azure_ai_search={"indexes": [{"project_connection_id": "c", "index_name": "i"}]}
            ),
        },
    ),
    "bing": (
        tool(type="bing_grounding", bing_grounding={"search_configurations": [{"connection_id": "c", "count": 5}]}),
        {
            "name": "a-key",
            **tool(
                type="bing_grounding",
                bing_grounding={"search_configurations": [{"project_connection_id": "c", "count": 5}]},
            ),
        },
    ),
    "a preview": (
        tool(type="fabric_dataagent", fabric_dataagent={"connections": [{"connection_id": "c"}]}),
        {
            "name": "a-key",
            **tool(
                type="fabric_dataagent_preview",
                fabric_dataagent_preview={"project_connections": [{"project_connection_id": "c"}]},
            ),
        },
    ),
    "a browser": (
        tool(type="browser_automation", browser_automation={"connection": {"connection_id": "c"}}),
        {
            "name": "a-key",
            **tool(
                type="browser_automation_preview",
                browser_automation_preview={"connection": {"project_connection_id": "c"}},
            ),
        },
    ),
    "a description of a service": (
        tool(type="openapi", openapi={"name": "o", "spec": {"connection_id": 1}, "auth": {"connection_id": "c"}}),
        {
            "name": "a-key",
            **tool(
                type="openapi",
                openapi={"name": "o", "spec": {"connection_id": 1}, "auth": {"project_connection_id": "c"}},
            ),
        },
    ),
    "a tool that nobody knows": (
        tool(
            type="memory", note=None, connection_id="a", parameters={"connection_id": 1}, store={"connection_id": "c"}
        ),
        {
            "name": "a-key",
            **tool(
                type="memory",
                connection_id="a",
                parameters={"connection_id": 1},
                store={"project_connection_id": "c"},
            ),
        },
    ),
    "a computer": (
        tool(type="computer_use_preview", computer_use_preview={"display_width": 1, "environment": "e"}),
        {"name": "a-key", **tool(type="computer_use_preview", display_width=1, environment="e")},
    ),
    "a format": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}}},
        {"name": "a-key", "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}}},
    ),
    "JSON": (
        {"response_format": {"type": "json_object"}},
        {"name": "a-key", "text": {"format": {"type": "json_object"}}},
    ),
    "members beside plain text": (
        {"response_format": {"type": "text", "tone": "dry"}},
        {"name": "a-key", "text": {"format": {"type": "text", "tone": "dry"}}},
    ),
    "an effort and a block": (
        {"reasoning_effort": "low", "prompt-agents": {"reasoning": {"summary": "auto"}, "tool_choice": "required"}},
        {"name": "a-key", "reasoning": {"effort": "low", "summary": "auto"}, "tool_choice": "required"},
    ),
    "tools of its own": (
        {"tools": [{"type": "x"}], "prompt-agents": {"tools": [{"type": "image_generation"}]}},
        {"name": "a-key", "tools": [{"type": "x"}, {"type": "image_generation"}]},
    ),
}


@cases("stated there", THERE)
def test_what_a_prompt_agent_is_of_a_definition(stated: Object, there: Object) -> None:
    before = json.dumps(stated)
    carried = PROMPTS.carry(stated, "a.key")
    found = json.loads(json.dumps(carried.fields))
    for one in found.get("tools", ()):
        if one["type"] == "function" and one.get("strict") is False:
            del one["strict"]
    assert (found, carried.losses) == (there, ())
    assert json.dumps(stated) == before


LOST: dict[str, tuple[Object, list[str]]] = {
    "tools": ({"tools": [{"type": "connected_agent"}, {"type": "deep_research"}]}, ["tools[0].type", "tools[1].type"]),
    "sources": (
        {
            **tool(type="file_search"),
            "tool_resources": {"file_search": {"vector_store_ids": ["v"], "vector_stores": [{"name": "n"}]}},
        },
        ["tool_resources.file_search.vector_stores"],
    ),
    "a store without a search": (
        {"tool_resources": {"file_search": {"vector_store_ids": ["v"]}, "code_interpreter": {"file_ids": []}}},
        ["tool_resources.file_search"],
    ),
    "headers of no server": (
        {
            **tool(type="mcp", server_label="s"),
            "tool_resources": {
                "mcp": [{"server_label": "t", "headers": {"X": "y"}}, {"server_label": "u", "headers": {}}]
            },
        },
        ["tool_resources.mcp[0]"],
    ),
    "resources of a tool that nobody knows, beside others": (
        {
            **tool(type="file_search"),
            "tool_resources": {"file_search": {"vector_store_ids": ["v"]}, "memory": "m"},
        },
        ["tool_resources.memory"],
    ),
    "resources of a tool that nobody knows": (
        {**tool(type="memory"), "tool_resources": {"memory": {"store": "m"}}},
        ["tool_resources.memory"],
    ),
    "resources that are left to others": ({"ignore": ["name", "tool_resources"]}, ["ignore[1]"]),
}


@cases("stated lost", LOST)
def test_what_no_prompt_agent_can_be_of_a_definition(stated: Object, lost: list[str]) -> None:
    carried = PROMPTS.carry(stated, "key")
    assert [dotted(one.path) for one in carried.losses] == lost
    assert all(one.may_be_dropped for one in carried.losses)


def test_what_is_moved_is_followed_and_ignored_where_it_is() -> None:
    stated = {
        "name": "N",
        "tools": [{"type": "file_search"}],
        "tool_resources": {"file_search": {"vector_store_ids": ["v"]}},
        "ignore": ["name", "tools", "tool_resources", "metadata.a"],
    }
    carried = PROMPTS.carry(stated, "key")
    store = ("tool_resources", "file_search", "vector_store_ids", 0)
    assert carried.path(store) == ("tools", 0, "vector_store_ids", 0)
    assert carried.path(("name",)) == ("metadata", "name")
    assert carried.ignored == {"metadata.name", "tools", "metadata.a"}


VERSION: Object = {
    "object": "agent.version",
    "id": "bot:3",
    "name": "bot",
    "version": "3",
    "definition": {"model": "m"},
}
BOT: Object = {"object": "agent", "id": "bot", "name": "bot", "versions": {"latest": VERSION}}
ANSWERS: dict[str, tuple[Any, str | None]] = {
    "an agent": (BOT, "3"),
    "a version by itself": (VERSION, "3"),
    "another thing with versions": ({**BOT, "object": "model"}, None),
    "versions of which none is the latest": ({**BOT, "versions": {}}, None),
    "versions that are none": ({**BOT, "versions": ["3"]}, None),
    "a version of nothing": ({**VERSION, "definition": None}, None),
    "no object": ([], None),
}


@cases("answer version", ANSWERS)
def test_what_is_taken_for_an_agent(answer: Any, version: str | None) -> None:
    found = as_one(answer)
    assert (found and (found["id"], found["object"], found["model"], found["version"])) == (
        ("bot", "agent", "m", version) if version else None
    )


# --- names and versions, by a server that is looked into


class Agents:
    """Each name with its versions, the oldest first. `faults` are what the next requests of a line get in place of their answer, each
    with whether they take effect.
    """

    def __init__(self) -> None:
        self.versions: dict[str, list[Object]] = {}
        self.keeps = {"model", "instructions", "temperature", "kind"}
        self.lines: list[str] = []
        self.faults: dict[str, list[tuple[bool, Answer]]] = {}

    def post(self, name: str, body: Object) -> Object:
        there = self.versions.setdefault(name, [])
        number = str(int(there[-1]["version"]) + 1) if there else "1"
        own = {"object": "agent.version", "id": f"{name}:{number}", "name": name, "version": number, "created_at": 1000}
        definition = {one: value for one, value in body["definition"].items() if one in self.keeps}
        there.append({**body, **own, "definition": definition})
        return there[-1]

    def answer(self, request: Request) -> Answer:
        path = request.path.partition("?")[0].removeprefix("/v1/agents").strip("/")
        self.lines.append(f"{request.method} {path}")
        takes_effect, fault = faults.pop(0) if (faults := self.faults.get(self.lines[-1])) else (True, None)
        found = self._found(request, *path.split("/")) if takes_effect else None
        return fault or (Answer(404, {"error": {"message": "not there"}}) if found is None else Answer(body=found))

    def _found(self, request: Request, name: str, *rest: str) -> Object | None:
        there = self.versions.get(name, [])
        found: Object | None = None
        match [request.method, *rest]:
            case ["GET"] if not name:
                found = {"data": [self._agent(one) for one in self.versions], "has_more": False}
            case ["GET"] if there:
                found = self._agent(name)
            case ["GET", "versions"] if there:
                found = self._page_of_versions(there, request.path)
            case ["GET", "versions", number]:
                found = next((one for one in there if one["version"] == number), None)
            case ["POST", "versions"]:
                found = self.post(name, request.body)
            case ["DELETE", "versions", number]:
                self.versions[name] = [one for one in there if one["version"] != number]
                found = {"object": "agent.version.deleted", "deleted": True}
            case ["DELETE"] if self.versions.pop(name, None):
                found = {"object": "agent.deleted", "name": name, "deleted": True}
        return found

    def _page_of_versions(self, there: list[Object], path: str) -> Object:
        """Two at a time, the latest first."""
        after = dict(parse_qsl(path.partition("?")[2])).get("after")
        rows = there[::-1]
        start = [one["id"] for one in rows].index(after) + 1 if after else 0
        return {"data": rows[start : start + 2], "has_more": start + 2 < len(rows)}

    def _agent(self, name: str) -> Object:
        return {"object": "agent", "id": name, "name": name, "versions": {"latest": self.versions[name][-1]}}


CUT, FAILS, BUSY = Answer(cut=True), Answer(500, {"error": {"message": "no"}}), Answer(429)


@pytest.fixture
def agents() -> Agents:
    return Agents()


@pytest.fixture
def run(agents: Agents, cli: Cli, write: Write, impatient: None) -> Iterator[Any]:
    """A command, and the code that it has to end with; the files in one dictionary."""
    with scripted(agents.answer) as server:
        endpoint = f"{{base_url: '{server.url}', api: prompt-agents}}"
        environments = f"  a: {{endpoint: {endpoint}}}\n  b: {{endpoint: {endpoint}}}\n"
        write({"assistants/project.yaml": f"project: acme\ndefault_environment: a\nenvironments:\n{environments}"})

        def command(*words: str, code: int = 0, **files: str) -> str:
            write({f"assistants/{key}.yaml": text for key, text in files.items()})
            done = cli(*words)
            assert done.exit_code == code, done.stdout + done.stderr
            return done.stdout + done.stderr

        yield command


def test_an_apply_of_the_same_makes_no_version_also_where_something_is_not_kept(run: Any, agents: Agents) -> None:
    said = run("apply", "--yes", bot="model: m\ninstructions: i\ntop_p: 0.5\n")
    assert "not keep: top_p" in said
    del agents.lines[:]
    said = run("apply", "--yes")
    assert "Nothing to change" in said
    assert agents.lines == ["GET "]
    assert [one["version"] for one in agents.versions["bot"]] == ["1"]
    assert "the endpoint does not keep: top_p" in run("plan")


def test_an_update_is_one_version_more_and_the_plan_says_which(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\ninstructions: i\ntop_p: 0.5\n")
    assert "version 1 -> 2" in run("plan", bot="model: m\ninstructions: j\ntop_p: 0.5\n")
    run("apply", "--yes")
    assert [one["version"] for one in agents.versions["bot"]] == ["1", "2"]
    assert "Nothing to change" in run("apply", "--yes")
    assert "VERSION" in run("list")
    assert json.loads(run("show", "bot@1", "-o", "json"))["instructions"] == "i"
    assert "bot has no version '7'; the latest is 2" in run("show", "bot@7", code=1)
    run("restore", "--yes")
    assert agents.versions["bot"][-1]["definition"]["instructions"] == "i"
    assert [one["version"] for one in agents.versions["bot"]] == ["1", "2", "3"]
    assert not [one for one in agents.lines if one.startswith("DELETE")]


def test_a_version_that_somebody_made_is_drift(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\ninstructions: i\ntop_p: 0.5\n")
    latest = agents.versions["bot"][-1]
    agents.post("bot", {**latest, "definition": {**latest["definition"], "instructions": "theirs"}})
    said = run("plan")
    assert "changed on the endpoint" in said
    assert "version 2 -> 3" in said
    run("apply", "--yes")
    assert "Nothing to change" in run("apply", "--yes")


def test_a_version_that_came_between_is_told(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    original = agents.post

    def behind_another(name: str, body: Object) -> Object:
        original(name, {"definition": {"kind": "prompt", "model": "theirs"}})
        return original(name, body)

    agents.post = behind_another  # type: ignore[method-assign]  # a stand-in of this test alone
    said = run("apply", "--yes", bot="model: n\n")
    assert "version 2 was made by another meanwhile, and is not the latest any more" in said
    assert [one["definition"]["model"] for one in agents.versions["bot"]] == ["m", "theirs", "n"]


def test_a_deletion_says_what_goes(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    run("apply", "--yes", bot="model: n\n")
    run("apply", "--yes", bot="model: o\n")
    said = run("delete", "bot", "--yes")
    assert "its 3 versions go with it, and only the latest, 3, can be restored" in said
    assert agents.versions == {}
    said = run("restore", "--yes")
    assert "bot is recreated, and its versions start again at 1" in said
    assert [(one["version"], one["definition"]["model"]) for one in agents.versions["bot"]] == [("1", "o")]
    assert "its one version goes with it" in run("delete", "bot", "--yes")


def test_what_goes_is_said_where_it_cannot_be_counted(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    run("apply", "--yes", bot="model: n\n")
    agents.faults["GET bot/versions"] = [(False, Answer(500))]
    assert "its versions up to 2 go with it" in run("delete", "bot", "--yes")
    assert agents.versions == {}


NO_PLACE = "model: m\ninstructions: i\ntop_p: 0.5\n"  # of what the server keeps less


def test_what_a_restore_makes_is_as_it_was_also_where_something_is_not_kept(
    run: Any, agents: Agents, tmp_path: Path
) -> None:
    """No apply makes a version more of it, and no second restore does."""
    run("apply", "--yes", bot=NO_PLACE)
    run("apply", "--yes", bot=NO_PLACE.replace("i\n", "j\n"))
    for _ in range(2):
        run("restore", "--yes")
        assert [one["version"] for one in agents.versions["bot"]] == ["1", "2", "3"]
    assert "Nothing to change" in run("apply", "--yes", bot=NO_PLACE)
    (tmp_path / "assistants/bot.yaml").unlink()
    run("apply", "--prune", "--yes", other="model: m\n")
    run("restore", "--yes")
    assert "Nothing to change" in run("apply", "--yes", bot=NO_PLACE)
    assert [one["version"] for one in agents.versions["bot"]] == ["1"]


def test_a_restore_leaves_what_somebody_made_under_the_name_since(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    run("delete", "bot", "--yes")
    agents.post("bot", {"definition": {"kind": "prompt", "model": "theirs"}})
    said = run("restore", "--yes", code=1)
    assert "bot is there, and was made by somebody since, as its versions say, so it is left as it is" in said
    assert [one["definition"]["model"] for one in agents.versions["bot"]] == ["theirs"]


WEATHER: dict[str, tuple[str, list[tuple[bool, Answer]], int, str, list[str]]] = {
    "a create, and the rate is limited": ("create", [(False, BUSY)], 0, "1 created", ["1"]),
    "a create whose answer is lost": ("create", [(True, CUT)], 0, "1 created", ["1"]),
    "a create that fails, and took effect": ("create", [(True, FAILS)], 0, "1 created", ["1"]),
    "a create that fails": ("create", [(False, FAILS)], 0, "1 created", ["1"]),
    "a create that always fails": ("create", [(False, FAILS)] * 9, 1, "500 no", []),
    "a create that is a conflict": ("create", [(False, Answer(409))], 1, "409", []),
    "a create that another was quicker with": ("create", [(False, Answer(404))], 1, "404", []),
    "an update, and the rate is limited": ("update", [(False, BUSY)], 0, "1 updated", ["1", "2"]),
    "an update whose answer is lost": ("update", [(True, CUT)], 0, "1 updated", ["1", "2"]),
    "an update that fails, and took effect": ("update", [(True, FAILS)], 0, "1 updated", ["1", "2"]),
    "an update that fails": ("update", [(False, FAILS)], 1, "500 no; after 1 try, nothing changed", ["1"]),
    "an update that is a conflict": ("update", [(False, Answer(409))], 1, "409", ["1"]),
    "a deletion, and the rate is limited": ("delete", [(False, BUSY)], 0, "1 deleted", []),
    "a deletion whose answer is lost": ("delete", [(True, CUT)], 0, "1 deleted", []),
    "a deletion that fails": ("delete", [(False, FAILS)] * 9, 1, "nothing changed", ["1"]),
    "a deletion that nobody carries out": ("delete", [(False, Answer(404))] * 9, 1, "cannot delete it", ["1"]),
    "a deletion in words": ("delete", [(False, Answer(body={}))] * 9, 1, "cannot delete it", ["1"]),
}


def test_an_update_of_which_nothing_is_seen_is_unknown(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    agents.faults = {"POST bot/versions": [(True, CUT)], "GET bot": [(False, FAILS)] * 9}
    assert "the next apply settles it" in run("apply", "--yes", bot="model: n\n", code=1)
    agents.faults = {}
    assert "Nothing to change" in run("apply", "--yes")
    assert [one["version"] for one in agents.versions["bot"]] == ["1", "2"]


@cases("deed faults code said versions", WEATHER)
def test_bad_weather_makes_no_version_more(
    run: Any,
    agents: Agents,
    monkeypatch: pytest.MonkeyPatch,
    *,
    deed: str,
    faults: list[tuple[bool, Answer]],
    code: int,
    said: str,
    versions: list[str],
) -> None:
    """And whatever became of it, the next apply finishes it, with no version too many."""
    monkeypatch.setattr(Patience.__init__, "__defaults__", (3, 1.0, 0.001, 0.01, 0.001, 2))
    files = {"bot": "model: n\n"} if deed != "delete" else {}
    if deed != "create":
        run("apply", "--yes", bot="model: m\n")
    agents.faults = {"DELETE bot" if deed == "delete" else "POST bot/versions": list(faults)}
    words = ("delete", "bot", "--yes") if deed == "delete" else ("apply", "--yes")
    told = run(*words, code=code, **files)
    assert said in told
    assert [one["version"] for one in agents.versions.get("bot", ())] == versions
    agents.faults = {}
    if deed != "delete":
        run("apply", "--yes")
        assert len(agents.versions["bot"]) == (1 if deed == "create" else 2)
        assert "Nothing to change" in run("apply", "--yes")


def another_is_quicker(agents: Agents) -> None:
    """Between the listing and the create somebody else makes one of that name."""
    original = agents.post

    def racing(name: str, body: Object) -> Object:
        if name not in agents.versions:
            original(name, {"definition": {"kind": "prompt", "model": "theirs"}})
        return original(name, body)

    agents.post = racing  # type: ignore[method-assign]  # a stand-in of this test alone


def test_a_name_that_is_taken_meanwhile_gets_no_version_of_ours(run: Any, agents: Agents) -> None:
    another_is_quicker(agents)
    said = run("apply", "--yes", bot="model: m\n", code=1)
    assert "bot was there already, and version 2, which this added to it, is deleted again" in said
    assert [one["definition"]["model"] for one in agents.versions["bot"]] == ["theirs"]


def test_what_was_released_is_managed_again(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    run("release", "bot", "--yes")
    assert "no longer managed" in run("restore", "--yes")
    assert "Nothing to change" in run("apply", "--yes")
    assert [one["version"] for one in agents.versions["bot"]] == ["1", "2", "3"]


def test_a_restore_takes_no_other_name_for_what_was(run: Any, agents: Agents) -> None:
    """The key has another agent by now."""
    run("apply", "--yes", a="model: m\nprompt-agents: {name: bot}\n")
    run("delete", "a", "--yes")
    run("apply", "--yes", a="model: n\nprompt-agents: {name: other}\n")
    assert "bot had the key a, which other has now; release or delete that first" in run("restore", "--yes", code=1)
    assert [(name, len(there)) for name, there in agents.versions.items()] == [("other", 1)]


@cases(
    "line faults said versions",
    {
        "it cannot be taken away": ("DELETE bot/versions/2", [(False, Answer(500))] * 9, "delete it by hand", "12"),
        "it is gone": ("DELETE bot/versions/2", [(True, Answer(404))], "is deleted again; plan again", "1"),
        "it cannot be seen": ("GET bot/versions", [(False, Answer(500))] * 9, "is deleted again; plan again", "1"),
        "the answer is lost": ("POST bot/versions", [(True, CUT)], "version 3 and version 2, which this added to", "1"),
    },
)
def test_what_was_added_to_anothers_is_never_kept_in_silence(
    run: Any, agents: Agents, line: str, faults: list[tuple[bool, Answer]], said: str, versions: str
) -> None:
    another_is_quicker(agents)
    agents.faults[line] = faults
    assert said in run("apply", "--yes", bot="model: m\n", code=1)
    assert "".join(one["version"] for one in agents.versions["bot"]) == versions


def test_what_a_killed_create_added_to_anothers_is_not_taken_for_ours(run: Any, agents: Agents) -> None:
    """It was killed before it could take the version away again: that bears our mark, and is the latest."""
    run("apply", "--yes", bot="model: m\n")
    (ours,) = agents.versions.pop("bot")
    agents.post("bot", {"definition": {"kind": "prompt", "model": "theirs"}})
    agents.post("bot", {**ours, "definition": {"kind": "prompt", "model": "m"}})
    said = (
        "bot was there already, and version 2 of this was added to it by an apply that was cut off: delete that version"
    )
    assert said in run("apply", "--yes", code=4)
    assert "bot is not managed by this tool" in run("delete", "bot", "--yes", code=1)
    assert [one["version"] for one in agents.versions["bot"]] == ["1", "2"]
    agents.versions["bot"].pop()
    assert "write adopt: bot" in run("apply", "--yes", code=4)


def test_what_somebody_made_of_ours_with_its_mark_is_ours(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    agents.post("bot", {**agents.versions["bot"][0], "definition": {"kind": "prompt", "model": "by hand"}})
    assert 'model: "by hand" -> "m"' in run("plan")


@cases("body", {"an empty list": {"data": [], "has_more": False}, "something else": {"value": []}})
def test_where_its_versions_are_not_told_what_bears_our_mark_is_ours(run: Any, agents: Agents, body: Object) -> None:
    run("apply", "--yes", bot="model: m\n")
    agents.post("bot", {**agents.versions["bot"][0], "definition": {"kind": "prompt", "model": "by hand"}})
    agents.faults["GET bot/versions"] = [(False, Answer(body=body))]
    assert 'model: "by hand" -> "m"' in run("plan")


def test_of_two_tries_the_first_stays(run: Any, agents: Agents) -> None:
    """The answer to the first was lost, and no listing shows yet that it took effect."""
    agents.faults["POST bot/versions"] = [(True, CUT)]
    agents.faults["GET "] = [(True, Answer(body={"data": [], "has_more": False}))] * 2
    assert "1 created" in run("apply", "--yes", bot="model: m\n")
    assert [one["version"] for one in agents.versions["bot"]] == ["1"]


def test_a_name_that_is_a_key_too_is_not_guessed_at(run: Any, agents: Agents) -> None:
    """The agent of the key `a` is called `b`, and `a` is somebody's: a deletion by `a` may mean either."""
    run("apply", "--yes", a="model: m\nprompt-agents: {name: b}\n")
    agents.post("a", {"definition": {"kind": "prompt", "model": "theirs"}})
    either = "'a' is the key of b, and the id of another: say b, or add --unmanaged for that other"
    for verb in ("delete", "release"):
        assert either in run(verb, "a", "--yes", code=1)
    assert set(agents.versions) == {"a", "b"}
    run("delete", "a", "--unmanaged", "--yes")
    assert set(agents.versions) == {"b"}
    run("apply", "--yes", c="model: m\nprompt-agents: {name: a}\n")
    assert "the id of what has the key c: say b, or c" in run("delete", "a", "--yes", code=1)
    run("delete", "c", "--yes")
    assert set(agents.versions) == {"b"}


def test_of_a_copy_that_bears_the_mark_each_is_meant_by_its_name(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    agents.post("copy", {**agents.versions["bot"][0]})
    assert "copy has the mark of bot, as a copy does" in run("plan")
    run("release", "copy", "--yes")
    assert "Nothing to change" in run("apply", "--yes")


NAMES: dict[str, tuple[dict[str, str], str]] = {
    "two of one name": (
        {"a.b": "model: m\n", "a_b": "model: m\n"},
        "the name a-b is also that of assistants/a.b.yaml:1; give one another (prompt-agents: {name: NAME})",
    ),
    "too long": ({"k" * 64: "model: m\n"}, "a prompt agent's name has 1 to 63 letters, digits and hyphens"),
    "odd": (
        {"k": "model: m\nprompt-agents: {name: a_b}\n"},
        "k.yaml:2:23: prompt-agents.name is 'a_b'; use 1 to 63 letters, digits and hyphens",
    ),
    "never adopted": ({"k": "model: m\nadopt: false\n"}, "k.yaml:2:8: adopt: false would make another of one name"),
    "a pair of its own": (
        {"k": "name: N\nmodel: m\nmetadata: {name: M}\n"},
        "k.yaml:1:7: name: the name stands in that pair of metadata, which is stated, too; remove one of the two",
    ),
}


@cases("files said", NAMES)
def test_a_name_that_cannot_be(run: Any, files: dict[str, str], said: str) -> None:
    assert said in run("plan", code=1, **files)


def marked(**mark: str) -> Object:
    return {"metadata": {MARK_KEY: json.dumps({"project": "acme", "environment": "a", "api": "prompt-agents", **mark})}}


HELD: dict[str, tuple[Object, str]] = {
    "nobody's": (
        {},
        "bot has this name and is not managed; write adopt: bot, or --adopt, to take it over, or give another name",
    ),
    "another project's": (
        marked(project="other", key="x"),
        "bot belongs to project other; release it there first, or give this another name (prompt-agents: {name: NAME})",
    ),
    "another environment's": (marked(environment="b", key="x"), "bot belongs to environment b; release it there first"),
    "of another key": (marked(key="x"), "bot has the key x; adopt: bot takes it over"),
    "by another API": (
        {"metadata": {MARK_KEY: json.dumps({"project": "acme", "environment": "a", "key": "bot"})}},
        "is marked with key bot, project acme, environment a, api assistants",
    ),
}


@cases("there said", HELD)
def test_a_name_that_somebody_has_is_a_conflict(run: Any, agents: Agents, there: Object, said: str) -> None:
    agents.post("bot", {"definition": {"kind": "prompt", "model": "m"}, **there})
    assert said in run("plan", bot="model: m\n")
    run("apply", "--yes", code=4)
    assert len(agents.versions["bot"]) == 1


def test_a_name_is_kept(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\n")
    said = run("plan", bot="model: m\nprompt-agents: {name: other}\n")
    assert "bot keeps its name, but this is to be other; write prompt-agents: {name: bot}, or delete it first" in said
    agents.post("theirs", {"definition": {"kind": "prompt", "model": "m"}})
    said = run("plan", bot="model: m\n", mine="model: m\nadopt: theirs\n")
    assert "theirs keeps its name, but this is to be mine" in said
    run("apply", "--yes", mine="model: m\nadopt: theirs\nprompt-agents: {name: theirs}\n")
    assert [one["version"] for one in agents.versions["theirs"]] == ["1", "2"]


def test_a_patch_reaches_the_block(run: Any, agents: Agents) -> None:
    run("apply", "--yes", bot="model: m\nenvironments: {b: {prompt-agents: {name: bot-b}}}\n")
    run("apply", "--yes", "-e", "b")
    assert set(agents.versions) == {"bot", "bot-b"}


def test_an_agent_of_another_kind_holds_its_name_and_is_nobodys_to_take(run: Any, agents: Agents) -> None:
    agents.post("bot", {"definition": {"kind": "workflow"}})
    why, another = "its kind is 'workflow', and only 'prompt' is managed", "give this another name (prompt-agents: "
    said = run("plan", bot="model: m\n")
    assert f"bot is there: {why}; {another}" in said
    assert f"bot is there: {why}" in run("plan", "--adopt")
    assert f"bot 'bot': not imported: {why}" in run("import", "--all", "--to", "taken", code=1)
    assert f"bot cannot be taken over: {why}; {another}" in run("plan", bot="model: m\nadopt: bot\n")
    run("apply", "--yes", code=4)
    assert [one["version"] for one in agents.versions["bot"]] == ["1"]


@cases(
    "api row",
    {
        "another thing": ("agents", {"id": "ag_1", "object": "agent_config", "model": "m"}),
        "another thing for Foundry": ("prompt-agents", {"id": "ag_1", "object": "agent_config", "name": "A"}),
        "a prompt agent": ("agents", {"id": "bot", "object": "agent", "name": "bot", "versions": {"latest": {}}}),
        "an agent of OpenAI's": ("prompt-agents", {"id": "agent_1", "object": "agent", "model": "m", "name": "A"}),
    },
)
def test_what_is_no_agent_is_not_written_to(cli: Cli, write: Write, impatient: None, api: str, row: Object) -> None:
    """Other products have other things at the same path."""
    write({"assistants/a.yaml": "name: A\nmodel: m\n"})
    with scripted(lambda _: Answer(body={"data": [row]})) as server:
        done = cli("apply", "--yes", "--base-url", server.url, "--api", api)
    assert "answered something that is not an agent of this API; check base_url" in done.stderr
    assert done.exit_code == 1
    assert {one.method for one in server.requests} == {"GET"}


@pytest.mark.parametrize("api", ["agents", "prompt-agents"])
def test_where_lists_are_of_another_shape_nothing_is_written(cli: Cli, write: Write, impatient: None, api: str) -> None:
    write({"assistants/a.yaml": "name: A\nmodel: m\n"})
    with scripted(lambda _: Answer(body=[])) as server:
        done = cli("apply", "--yes", "--base-url", server.url, "--api", api)
    assert "answered something that is not a list of agents; check base_url" in done.stderr
    assert done.exit_code == 1
    assert {one.method for one in server.requests} == {"GET"}


@cases(
    "words said",
    {
        "an update": (("apply", "--yes"), "agent_1 is there, but this endpoint cannot update it"),
        "a deletion": (("delete", "a", "--yes"), "this endpoint cannot delete it"),
    },
)
def test_a_verb_that_agents_do_not_have_here_is_not_taken_for_one_that_is_gone(
    cli: Cli, write: Write, impatient: None, words: tuple[str, ...], said: str
) -> None:
    mark = json.dumps({"project": "acme", "environment": "", "key": "a", "api": "agents"})
    row = {"id": "agent_1", "object": "agent", "model": "m", "metadata": {MARK_KEY: mark}}
    write({"assistants/project.yaml": "project: acme\n", "assistants/a.yaml": "name: A\nmodel: m\n"})

    def answer(request: Request) -> Answer:
        if request.method != "GET":
            return Answer(404, {"error": {"message": "no such path"}})
        return Answer(body=row if request.path.endswith("agent_1") else {"object": "list", "data": [row]})

    with scripted(answer) as server:
        done = cli(*words, "--base-url", server.url, "--api", "agents")
    assert said in done.stdout
    assert done.exit_code == 1


def test_a_name_and_a_header_may_come_from_variables(run: Any, agents: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT", "bot-7")
    monkeypatch.setenv("TOKEN", "zq-planted-token")
    agents.keeps.add("tools")
    server = "{type: mcp, server_label: s, server_url: u, headers: {X-Token: {env: TOKEN}}}"
    block = f"prompt-agents: {{name: {{env: BOT}}, tools: [{server}]}}"
    said = run("apply", "--yes", bot=f"model: m\n{block}\n")
    (there,) = agents.versions["bot-7"]
    assert there["definition"]["tools"][0]["headers"] == {"X-Token": "zq-planted-token"}
    said += run("plan", "-o", "json") + run("apply", "--yes") + run("plan", bot=f"model: n\n{block}\n")
    assert "zq-planted" not in said


def test_a_create_of_an_agent_has_a_key_that_its_tries_have_in_common(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patience.__init__, "__defaults__", (3, 1.0, 0.001, 0.01, 0.001, 2))
    write({f"assistants/{key}.yaml": "model: m\n" for key in "ab"})
    made: list[Object] = []
    busy = [True]

    def answer(request: Request) -> Answer:
        if request.method == "POST" and busy:
            busy.pop()
            return BUSY
        if request.method == "POST":
            made.append({"id": f"agent_{len(made)}", "object": "agent", **request.body})
            return Answer(201, made[-1])
        found = [one for one in made if request.path.endswith(one["id"])]
        return Answer(body=found[0] if found else {"object": "list", "data": made})

    with scripted(answer) as server:
        done = cli("apply", "--yes", "--base-url", server.url, "--api", "agents", "--parallelism", "1")
    assert done.exit_code == 0, done.output
    keys = [one.headers.get("idempotency-key") for one in server.requests if one.method == "POST"]
    assert (len(keys), keys[0] == keys[1], len(set(keys)), None in keys) == (3, True, 2, False)
