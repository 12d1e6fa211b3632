"""The same files for every API: what is carried where, what is refused, and the laws on each, over the embedded endpoint and real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from assistants_tool import models
from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.endpoint import DIALECTS as SPEAKERS
from assistants_tool.endpoint import Connection, connect
from assistants_tool.objects.assistant import Scope
from assistants_tool.objects.canonical import canonical, declared
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.dialects import DIALECTS, Dialect
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.paths import dotted
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Options
from assistants_tool.project.target import Embedded
from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import serving
from tests.strategies import Fields, definition_lists, fields
from tests.tables import cases

Object = dict[str, Any]
AGENTS = DIALECTS["agents"]
OTHERS = {name: one for name, one in DIALECTS.items() if not one.is_that_of_files}
lawful = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_each_api_has_a_table_a_speaker_and_a_name() -> None:
    assert tuple(DIALECTS) == tuple(SPEAKERS) == models.APIS


# --- what is carried where

F = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {}}}}
FLAT = {"type": "function", **F}
NO_PARAMETERS = {"type": "object", "properties": {}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def formatted(**members: Any) -> Object:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, **members}}}


TO_AGENTS: dict[str, tuple[Object, Object]] = {
    "the same": (
        {"name": "N", "model": "m", "instructions": "i", "metadata": {"a": "b"}},
        {"name": "N", "model": "m", "instructions": "i", "metadata": {"a": "b"}},
    ),
    "a description": ({"description": "d", "metadata": {"a": "b"}}, {"metadata": {"a": "b", "description": "d"}}),
    "a function": ({"tools": [{"type": "function", "function": F}]}, {"tools": [FLAT]}),
    "a bare function": (
        {"tools": [{"type": "function", "function": {"name": "f", "strict": False}}]},
        {"tools": [{"type": "function", "name": "f", "description": "", "parameters": NO_PARAMETERS}]},
    ),
    "what the tool does not know": (
        {"tools": [{"type": "function", "function": {**F, "defer_loading": True}, "x": 1}], "voice": "v"},
        {"tools": [{**FLAT, "defer_loading": True, "x": 1}], "voice": "v"},
    ),
    "tools of its own": (
        {"tools": [{"type": "web_search"}], "agents": {"tools": [{"type": "tool_search"}]}},
        {"tools": [{"type": "web_search"}, {"type": "tool_search"}]},
    ),
    "an MCP server and its headers": (
        {
            "tools": [{"type": "mcp", "server_label": "s", "server_url": "https://s", "allowed_tools": ["a"]}],
            "tool_resources": {"mcp": [{"server_label": "s", "headers": {"X-Team": "a"}}]},
        },
        {
            "tools": [
                {
                    "type": "mcp",
                    "server_label": "s",
                    "allowed_tools": ["a"],
                    "transport": {"type": "http", "server_url": "https://s", "headers": {"X-Team": "a"}},
                }
            ]
        },
    ),
    "a schema": (formatted(), {"text": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
    "a plain format": ({"response_format": {"type": "text"}}, {}),
    "auto": ({"response_format": "auto"}, {}),
    "an effort": ({"reasoning_effort": "high"}, {"reasoning": {"effort": "high"}}),
    "what is at its default": ({"temperature": 1, "top_p": 1.0, "tool_resources": {"file_search": {}}}, {}),
    "a block": (
        {
            "reasoning_effort": "low",
            "agents": {"reasoning": {"summary": "auto"}, "text": {"verbosity": "low"}, "service_tier": "flex"},
        },
        {"reasoning": {"effort": "low", "summary": "auto"}, "text": {"verbosity": "low"}, "service_tier": "flex"},
    ),
    "a block without tools": ({"agents": {"multi_agent": {"enabled": True}}}, {"multi_agent": {"enabled": True}}),
}


@cases("stated there", TO_AGENTS)
def test_what_an_agent_is_of_a_definition(stated: Object, there: Object) -> None:
    before = json.dumps(stated)
    carried = AGENTS.carry(stated, "key")
    assert (carried.fields, carried.losses) == (there, ())
    assert json.dumps(stated) == before  # nothing of it is changed


NO_AGENT: dict[str, tuple[Object, list[str]]] = {
    "sampling": ({"temperature": 0.2, "top_p": 0.5}, ["temperature", "top_p"]),
    "tools of others": (
        {
            "tools": [
                {"type": "code_interpreter"},
                {"type": "function", "function": F},
                {"type": "file_search"},
                {"type": "odd"},
            ]
        },
        ["tools[0].type", "tools[2].type", "tools[3].type"],
    ),
    "strict": ({"tools": [{"type": "function", "function": {**F, "strict": True}}]}, ["tools[0].function.strict"]),
    "files": (
        {"tool_resources": {"code_interpreter": {"file_ids": ["f"]}, "file_search": {"vector_store_ids": ["v"]}}},
        ["tool_resources.code_interpreter", "tool_resources.file_search"],
    ),
    "json_object": ({"response_format": {"type": "json_object"}}, ["response_format"]),
    "a strict schema": (
        formatted(strict=True, description="d"),
        ["response_format.json_schema.description", "response_format.json_schema.strict"],
    ),
    "approval": (
        {"tool_resources": {"mcp": [{"server_label": "s", "require_approval": "always"}]}},
        ["tool_resources.mcp[0].require_approval"],
    ),
    "another member of a server": (
        {"tools": [{"type": "mcp", "server_label": "s", "server_url": "u", "odd": 1}]},
        ["tools[0].odd"],
    ),
}


@cases("stated lost", NO_AGENT)
def test_what_no_agent_can_be_of_a_definition(stated: Object, lost: list[str]) -> None:
    carried = AGENTS.carry(stated, "key")
    assert [dotted(one.path) for one in carried.losses] == lost
    assert all(one.may_be_dropped and one.message.startswith(dotted(one.path)) for one in carried.losses)


AN_OBJECT = "agents take a JSON Schema whose top has `type: object`; put it into an object"
REFUSED: dict[str, tuple[Object, list[str]]] = {
    "a schema of something else": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"anyOf": []}}}},
        [f"response_format.json_schema.schema: {AN_OBJECT}"],
    ),
    "parameters of something else": (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "array"}}}]},
        [f"tools[0].function.parameters: {AN_OBJECT}"],
    ),
    "a long name": (
        {"name": "n" * 129},
        ["name: an agent's name has at most 128 characters, and this has 129; shorten it"],
    ),
    "two descriptions": (
        {"description": "d", "metadata": {"description": "e"}},
        [
            "description: the description of an agent stands in that pair of metadata, which is stated, too; remove one of the two"
        ],
    ),
}


@cases("stated said", REFUSED)
def test_what_cannot_even_be_dropped(stated: Object, said: list[str]) -> None:
    losses = AGENTS.carry(stated, "key").losses
    assert [one.message for one in losses] == said
    assert not any(one.may_be_dropped for one in losses)


@cases(
    "ignored there",
    {
        "the same": ("instructions", "instructions"),
        "moved": ("response_format", "text"),
        "a pair": ("metadata.a", "metadata.a"),
    },
)
def test_what_is_ignored_is_ignored_where_it_is(ignored: str, there: str) -> None:
    assert AGENTS.carry({"ignore": [ignored, "temperature"]}, "key").ignored == {there}


def test_a_place_is_followed() -> None:
    stated = {
        "description": "d",
        "tools": [{"type": "web_search"}, {"type": "function", "function": F}],
        "agents": {"tools": [{"type": "x", "a": 1}]},
    }
    carried = AGENTS.carry(stated, "key")
    assert carried.path(("description",)) == ("metadata", "description")
    assert carried.path(("tools", 1, "function", "parameters", "a")) == ("tools", 1, "parameters", "a")
    assert carried.path(("agents", "tools", 0, "a")) == ("tools", 2, "a")
    assert carried.path(("adopt",)) == ("adopt",)


# --- laws


@settings(lawful, max_examples=150)
@given(fields(unknown=False))
@pytest.mark.parametrize("name", OTHERS)
def test_there_and_back_again_is_the_same(name: str, stated: Fields) -> None:
    dialect = OTHERS[name]
    there = dialect.carry(stated, "key").fields
    members = dialect.members
    back = dialect.restate(declared(there, members))
    again = dialect.carry(back, "key")
    assert [one for one in again.losses if one.may_be_dropped] == []
    assert same(canonical(again.fields, members=members), canonical(there, members=members))


async def applied(wanted: list[Definition], endpoint: Any, scope: Scope) -> None:
    options = Options(whole=True, prune=True, max_delete="100%")
    plan = make_plan(wanted, await endpoint.listing(), scope, options)
    outcomes = await apply(plan, endpoint, Policy(settle_seconds=0))
    assert {one.status for one in outcomes} <= {Status.DONE}, [one.message for one in outcomes]
    assert {one.not_kept for one in outcomes} <= {""}, outcomes
    assert make_plan(wanted, await endpoint.listing(), scope, options).is_empty


def carried(one: Definition, dialect: Dialect) -> Definition:
    over = dialect.carry({**one.fields, "ignore": sorted(one.ignore)}, one.key)
    return Definition(one.key, over.fields, one.protect, over.ignored, source=one.source, members=dialect.members)


@settings(lawful, max_examples=40)
@given(definition_lists(unknown=False))
@pytest.mark.parametrize("name", OTHERS)
def test_apply_then_plan_is_empty(name: str, tmp_path_factory: pytest.TempPathFactory, found: list[Definition]) -> None:
    """Without what has no place there, the embedded endpoint keeps everything."""
    dialect = OTHERS[name]
    database = tmp_path_factory.mktemp("law") / ".assistants" / "embedded.db"
    wanted = [carried(one, dialect) for one in found if not _is_refused(one, dialect)]

    async def run() -> None:
        async with connect(Embedded(database, api=name), Connection(5.0), {}) as endpoint:
            await applied(wanted, endpoint, Scope("acme", "prod", frozenset({"prod"}), name))

    asyncio.run(run())


def _is_refused(one: Definition, dialect: Dialect) -> bool:
    over = dialect.carry(one.fields, one.key)
    return len(over.fields.get("metadata") or {}) >= models.METADATA_PAIRS_MAX or not all(
        loss.may_be_dropped for loss in over.losses
    )


# --- the line, over real HTTP

PROJECT = """\
project: acme
default_environment: there
environments:
  there:
    endpoint: {{base_url: {url}, api: {api}}}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("served") / "served.db") as url:
        yield url


class There:
    """A project whose one environment is spoken to by one API. Every command has to end well, unless a code is given."""

    def __init__(self, cli: Cli, write: Write, url: str, api: str) -> None:
        self.cli, self.write = cli, write
        write({"assistants/project.yaml": PROJECT.format(url=url, api=api)})

    def run(self, *words: str, code: int = 0) -> str:
        done = self.cli(*words)
        assert done.exit_code == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def files(self, **texts: str) -> None:
        self.write({f"assistants/{key}.yaml": text for key, text in texts.items()})

    def list(self) -> dict[str, Object]:
        return {one["key"]: one for one in json.loads(self.run("list", "-o", "json", "--managed"))}


SUPPORT = """\
name: Support
description: Answers.
model: gpt-4o
instructions: Be kind.
reasoning_effort: low
tools:
- type: function
  function: {name: order, parameters: {type: object, properties: {id: {type: string}}}}
metadata: {team: {env: TEAM}}
response_format: {type: json_schema, json_schema: {name: answer, schema: {type: object, properties: {a: {type: string}}}}}
"""


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("api", OTHERS)
def test_the_whole_line(
    api: str, cli: Cli, write: Write, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM", "zq-secret-team")
    there = There(cli, write, served, api)
    there.files(support=SUPPORT, other="name: Other\nmodel: gpt-4o\nprotect: true\n")
    said = there.run("apply", "--yes")
    assert "Applied: 2 created" in said
    assert f"api {api}" in said
    assert "zq-secret" not in said
    assert "Nothing to change" in there.run("apply", "--yes")
    before = there.list()["support"]

    there.files(support=SUPPORT.replace("Be kind.", "Be brief.").replace("reasoning_effort: low\n", ""))
    said = there.run("plan")
    assert "~ support" in said
    assert "reasoning.effort" in said
    there.run("apply", "--yes")
    assert there.list()["support"]["reasoning"].get("effort") is None
    there.run("restore", "--yes")
    after = there.list()["support"]
    told = [name for name in before if not name.startswith(("updated", "version", "created"))]
    assert {name: after[name] for name in told} == {name: before[name] for name in told}

    (tmp_path / "assistants/support.yaml").unlink()
    assert "1 deleted" in there.run("apply", "--prune", "--yes")
    there.run("restore", "--yes")
    there.files(support=SUPPORT)
    assert "Nothing to change" in there.run("apply", "--yes")
    there.run("delete", "other", "--yes", code=4)
    there.run("release", "support", "--yes")
    assert set(there.list()) == {"other"}
    released = json.loads(there.run("list", "-o", "json", "--unmanaged"))
    (mine,) = [one for one in released if one["model"] == "gpt-4o" and one["metadata"].get("team")]
    there.files(support=SUPPORT)
    assert "! support" in there.run("plan")
    there.run("apply", "--adopt", "--yes")
    assert there.list()["support"]["id"] == mine["id"]
    there.run("release", "support", "--yes")
    (tmp_path / "assistants/support.yaml").unlink()
    there.run("import", mine["id"])
    assert "Nothing to change" not in there.run("apply", "--yes")
    assert "Nothing to change" in there.run("apply", "--yes")
    there.files(other="name: Other\nmodel: gpt-4o\n")
    there.run("apply", "--yes")
    there.run("delete", "--all", "--yes", "--max-delete", "100%")
    assert there.list() == {}
    assert "0 failed" in there.run("doctor")


EXAMPLES = sorted((REPOSITORY / "assistants").glob("*.yaml"))
