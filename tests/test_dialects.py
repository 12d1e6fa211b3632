"""The same files for every API: what is carried where, what is refused, and the laws on each, over the embedded endpoint and real HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from openai import AsyncOpenAI

from assistants_tool import DefinitionError, Project, Status, load, models, plan
from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.endpoint import DIALECTS as SPEAKERS
from assistants_tool.endpoint import Connection, connect
from assistants_tool.endpoint.assistants import AssistantsEndpoint
from assistants_tool.endpoint.wire import Answer as Reply
from assistants_tool.endpoint.wire import Call
from assistants_tool.line.waiting import wait
from assistants_tool.models import retirement
from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.canonical import canonical, declared
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.dialects import ASSISTANTS_DIALECT, DIALECTS, Dialect, Way
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.paths import dotted, leaves
from assistants_tool.objects.payload import update_body
from assistants_tool.objects.unknown import unknown
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.plan import Action, Options
from assistants_tool.project.projectfile import Environment
from assistants_tool.project.projectfile import Project as ProjectFile
from assistants_tool.project.target import Choice, Embedded, Remote, choose_target
from assistants_tool.redaction import NOTHING
from tests.conftest import REPOSITORY, Cli, Write
from tests.examples import examples
from tests.servers import serving
from tests.strategies import Addition, Fields, additions, definition_lists, fields, with_unknown
from tests.tables import cases
from tests.test_prompts_api import LOST as NO_PROMPT_AGENT
from tests.test_prompts_api import TWO_SERVERS

Object = dict[str, Any]
AGENTS = DIALECTS["agents"]
FOUNDRY = "https://x.services.ai.azure.com/api/projects/p"
OTHERS = {name: one for name, one in DIALECTS.items() if not one.is_that_of_files}


def test_each_api_has_a_table_a_speaker_and_a_name() -> None:
    assert tuple(DIALECTS) == tuple(SPEAKERS) == models.APIS


HOSTS = ("https://api.openai.com/v1", "https://x.openai.azure.com", FOUNDRY, "http://127.0.0.1:1/v1")


@pytest.mark.parametrize("url", HOSTS)
def test_no_host_changes_the_api(url: str) -> None:
    def api(choice: Choice, **stated: str) -> str:
        project = ProjectFile(Path("/"), environments={"e": Environment({"base_url": url, **stated})})
        return choose_target(project, choice, {}).scope.api

    assert api(Choice("e")) == api(Choice("e", base_url=url)) == "assistants"
    assert api(Choice("e"), api="agents") == api(Choice("e", api="agents"), api="prompt-agents") == "agents"


def test_where_foundry_has_ended_its_classic_agents_the_line_to_write_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = retirement("x.services.ai.azure.com")
    assert ended is not None
    monkeypatch.setattr(
        "assistants_tool.endpoint.assistants.retirement", lambda _: ended._replace(day=date(2026, 1, 1))
    )
    endpoint = SPEAKERS["assistants"](Unused(), Remote(FOUNDRY), Connection())
    assert isinstance(endpoint, AssistantsEndpoint)
    assert "write `api: prompt-agents` next to base_url" in endpoint.without_list()


class Unused:
    """A wire that nothing goes over."""

    keys = NOTHING
    key_called = "the key"

    async def send(self, call: Call) -> Reply:
        raise AssertionError(call)


@pytest.mark.parametrize("name", OTHERS)
def test_each_member_that_a_file_may_state_is_in_the_table(name: str) -> None:
    told = " ".join(one.what for one in OTHERS[name].rules)
    assert [one for one in ASSISTANTS_DIALECT.members.names if one not in told] == []
    assert [
        one.what for one in OTHERS[name].rules if one.way is Way.UNSUPPORTED and not (one.why and one.instead)
    ] == []


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
    "two servers, each with its own headers": (
        TWO_SERVERS,
        {
            "tools": [
                {"type": "mcp", "server_label": "s", "transport": {"type": "http", "headers": {"X": "of s"}}},
                {"type": "mcp", "server_label": "t", "transport": {"type": "http", "headers": {"X": "of t"}}},
            ]
        },
    ),
    "a schema": (formatted(), {"text": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
    "members beside a schema, and in its wrapping": (
        {"response_format": {**formatted(mode="x", strict=False)["response_format"], "tone": "dry"}},
        {"text": {"format": {"type": "json_schema", "schema": SCHEMA, "mode": "x", "tone": "dry"}}},
    ),
    "members beside plain text": (
        {"response_format": {"type": "text", "tone": "dry"}},
        {"text": {"format": {"type": "text", "tone": "dry"}}},
    ),
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
        {
            "tools": [{"type": "mcp", "server_label": "s"}],
            "tool_resources": {"mcp": [{"server_label": "s", "require_approval": "always", "odd": 1, "unset": {}}]},
        },
        ["tool_resources.mcp[0].require_approval", "tool_resources.mcp[0].odd"],
    ),
    "headers of no server": (
        {
            "tools": [{"type": "mcp", "server_label": "s"}],
            "tool_resources": {
                "mcp": [{"server_label": "t", "headers": {"X": "y"}}, {"server_label": "u", "headers": {}}]
            },
        },
        ["tool_resources.mcp[0]"],
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


@cases("name lost", {"agents": ("agents", NO_AGENT), "prompt-agents": ("prompt-agents", NO_PROMPT_AGENT)})
def test_what_the_table_calls_unsupported_is_refused(name: str, lost: Mapping[str, tuple[Object, list[str]]]) -> None:
    said = [loss.message for stated, _ in lost.values() for loss in OTHERS[name].carry(stated, "key").losses]
    unsupported = [one for one in OTHERS[name].rules if one.way is Way.UNSUPPORTED]
    assert [one.what for one in unsupported if not any(f": {one.why}; {one.instead}" in each for each in said)] == []


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


CHOSEN: dict[str, tuple[Object, Object, Action]] = {
    "not stated, and on": ({}, {"compaction": {"async": True}}, Action.KEEP),
    "not stated, and off": ({}, {"compaction": {"async": False}}, Action.KEEP),
    "not stated, and not there": ({}, {}, Action.KEEP),
    "stated, and so": ({"compaction": {"async": True}}, {"compaction": {"async": True}}, Action.KEEP),
    "stated, and not so": ({"compaction": {"async": False}}, {"compaction": {"async": True}}, Action.UPDATE),
}


@cases("block there action", CHOSEN)
def test_what_the_service_chooses_is_compared_only_where_it_is_stated(
    block: Object, there: Object, action: Action
) -> None:
    """Its default has changed once, within days. And nothing that is not stated is sent with another change."""
    wanted = carried(Definition("a", {"model": "m", "agents": block}), AGENTS)
    mark = Mark("acme", "prod", "a", sent=wanted.digest, api="agents")
    found = {"id": "agent_1", "object": "agent", "model": "m", "metadata": {MARK_KEY: mark.encode()}, **there}
    plan = make_plan(
        [wanted], Listing((Assistant(found, AGENTS.members),)), Scope("acme", "prod", api="agents"), Options()
    )
    assert [one.action for one in plan.changes] == [action]
    another = replace(wanted, fields={**wanted.fields, "instructions": "i"})
    assert ("compaction" in update_body(another, mark, Assistant(found, AGENTS.members))) == bool(block)


# --- laws


@examples(27)
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


# What says nothing by itself, or is told in the table, and so is neither moved nor lost.
SAID_OTHERWISE = ("type", "server_label", "response_format.json_schema.name")


@examples(33)
@given(fields(), additions())
@pytest.mark.parametrize("name", OTHERS)
def test_nothing_is_lost_in_silence(name: str, stated: Fields, added: list[Addition]) -> None:
    """Whatever a definition states and is not the default has its place there, or is named among what has none."""
    stated = {one: value for one, value in with_unknown(stated, added).items() if not _is_default(one, value)}
    carried = OTHERS[name].carry(stated, "key")
    told = [of for of, _ in carried.moves]
    told += [one.path[:-1] if one.path[-1] == "type" else one.path for one in carried.losses]
    silent = [path for path, value in leaves(stated) if value and not any(path[: len(one)] == one for one in told)]
    assert [dotted(one) for one in silent if not {one[-1], dotted(one)} & {*SAID_OTHERWISE}] == []


def _is_default(name: str, value: Any) -> bool:
    return name in ASSISTANTS and same(ASSISTANTS({name: value})[name], ASSISTANTS.defaults[name])


MCP = {"type": "mcp", "server_label": "s"}
HTTP = {"type": "http", "server_url": "u", "headers": {"X": "y"}}
STORE = {"type": "file_search", "vector_store_ids": ["v"], "max_num_results": 3}
FOUND: dict[str, tuple[str, Object, list[str]]] = {
    "an MCP server": ("agents", {"tools": [{**MCP, "transport": HTTP, "allowed_tools": ["a"]}]}, ["mcp"]),
    "an MCP server that a program runs": (
        "agents",
        {"tools": [FLAT, {**MCP, "transport": {"type": "stdio", "command": "c"}}, {"type": "web_search"}]},
        ["function"],
    ),
    "an MCP server that is required": ("agents", {"tools": [{**MCP, "transport": HTTP, "required": True}]}, []),
    "an MCP server behind a tool of its own": (
        "agents",
        {"tools": [{"type": "web_search", "mode": "cached"}, {**MCP, "transport": HTTP}]},
        ["web_search", "mcp"],
    ),
    "what is on by itself": (
        "agents",
        {"tools": [{"type": "programmatic_tool_calling"}, {"type": "programmatic_tool_calling", "enabled": False}]},
        ["programmatic_tool_calling", "programmatic_tool_calling"],
    ),
    "a schema alone": (
        "agents",
        {"text": {"format": {"type": "json_schema", "schema": SCHEMA}, "verbosity": "low"}},
        [],
    ),
    "two of one label": ("agents", {"tools": [{**MCP, "transport": HTTP}] * 2}, ["mcp"]),
    "settings of its own": (
        "agents",
        {
            "text": {"format": {"type": "text"}, "verbosity": "low"},
            "reasoning": {"effort": "high", "summary": "auto"},
            "multi_agent": {"enabled": True, "max_concurrent_subagents": 6},
            "service_tier": "flex",
            "compaction": {"async": True},
            "metadata": {"description": "d", "a": "b"},
        },
        [],
    ),
    "what nobody knows": (
        "agents",
        {"voice": {"a": None}, "tools": [{**FLAT, "odd": 1, "defer_loading": True}]},
        ["function"],
    ),
    "a search and its store": (
        "prompt-agents",
        {"tools": [STORE, {"type": "code_interpreter"}]},
        ["file_search", "code_interpreter"],
    ),
    "two searches": ("prompt-agents", {"tools": [STORE, {**STORE, "vector_store_ids": ["w"]}]}, ["file_search"]),
    "a server": (
        "prompt-agents",
        {"tools": [{**MCP, "server_url": "u", "headers": {"X": "y"}, "require_approval": "never"}]},
        ["mcp"],
    ),
    "an index": (
        "prompt-agents",
        {"tools": [{"type": "azure_ai_search", "azure_ai_search": {"indexes": [{"project_connection_id": "c"}]}}]},
        [],
    ),
    "a tool that is the same in both": (
        "prompt-agents",
        {"tools": [{"type": "image_generation", "size": "1024x1024"}, STORE]},
        ["image_generation", "file_search"],
    ),
    "a tool that would be another if a file stated it": (
        "prompt-agents",
        {"tools": [{"type": "relay", "relay": {"connection_id": "c"}}]},
        [],
    ),
    "a container": (
        "prompt-agents",
        {"tools": [{"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["f"]}}], "skills": ["s"]},
        ["code_interpreter"],
    ),
}


@cases("name found tools", FOUND)
def test_what_is_found_is_stated_so_that_it_is_the_same_again(name: str, found: Object, tools: list[str]) -> None:
    dialect, body = OTHERS[name], {"name": "bot", "model": "m", **found}
    back = dialect.restate(declared(body, dialect.members))
    assert [one["type"] for one in back.get("tools", ())] == tools
    again = dialect.carry(back, "key")
    forms = [canonical(one, members=dialect.members, stated=stated(body, dialect)) for one in (again.fields, body)]
    assert again.losses == ()
    assert same(*forms)


def stated(body: Object, dialect: Dialect) -> frozenset[Any]:
    return unknown(body, dialect.members).places


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


@examples(7)
@given(definition_lists(unknown=False))
@pytest.mark.parametrize("name", OTHERS)
def test_apply_then_plan_is_empty(name: str, tmp_path_factory: pytest.TempPathFactory, found: list[Definition]) -> None:
    """Without what has no place there, the embedded endpoint keeps everything."""
    dialect = OTHERS[name]
    database = tmp_path_factory.mktemp("law") / ".assistants" / "embedded.db"
    wanted = [carried(one, dialect) for one in found if not _is_refused(one, dialect)]

    async def run() -> None:
        target = replace(Embedded.of(Path("/"), api=name), database=database)
        async with connect(target, Connection(5.0), {}) as endpoint:
            await applied(wanted, endpoint, Scope("acme", "prod", frozenset({"prod"}), name))

    asyncio.run(run())


def _is_refused(one: Definition, dialect: Dialect) -> bool:
    return not all(loss.may_be_dropped for loss in dialect.carry(one.fields, one.key).losses)


# --- the line, over real HTTP

PROJECT = """\
project: acme
default_environment: there
environments:
  there:
    endpoint: {{base_url: {url}, api: {api}, kind: {kind}}}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The address of `assistants serve` for each API."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(serving(tmp_path_factory.mktemp(name) / "served.db", "--kind", one.kind))
            for name, one in OTHERS.items()
        }


class There:
    """A project whose one environment is spoken to by one API. Every command has to end well, unless a code is given."""

    def __init__(self, cli: Cli, write: Write, url: str, api: str) -> None:
        self.cli, self.write = cli, write
        write({"assistants/project.yaml": PROJECT.format(url=url, api=api, kind=OTHERS[api].kind)})

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
OWN = ("updated", "created", "version")  # what a server says of a write, in the names of members


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("api", OTHERS)
class TestTheLine:
    @pytest.fixture
    def there(
        self, api: str, cli: Cli, write: Write, served: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[There]:
        monkeypatch.setenv("TEAM", "zq-secret-team")
        there = There(cli, write, served[api], api)
        there.files(support=SUPPORT, other="name: Other\nmodel: gpt-4o\nprotect: true\n")
        yield there
        there.files(other="name: Other\nmodel: gpt-4o\n")
        there.run("apply", "--yes", "--adopt")
        there.run("delete", "--all", "--yes", "--max-delete", "100%")

    def test_what_is_applied_is_there_and_planned_no_more(self, there: There, api: str) -> None:
        said = there.run("apply", "--yes")
        assert "Applied: 2 created" in said
        assert f"api {api}" in said
        assert "zq-secret" not in said
        assert "Nothing to change" in there.run("apply", "--yes")
        said = there.run("doctor", "--probe")
        assert "0 failed" in said
        assert "and deleted again" in said
        assert set(there.list()) == {"support", "other"}

    def test_a_change_is_made_and_undone(self, there: There) -> None:
        there.run("apply", "--yes")
        before = there.list()["support"]
        there.files(support=SUPPORT.replace("Be kind.", "Be brief.").replace("reasoning_effort: low\n", ""))
        said = there.run("plan")
        assert "~ support" in said
        assert "reasoning.effort" in said
        there.run("apply", "--yes")
        assert there.list()["support"].get("reasoning", {}).get("effort") is None
        there.run("restore", "--yes")
        after = there.list()["support"]
        assert {name: one for name, one in after.items() if not name.startswith(OWN)} == {
            name: one for name, one in before.items() if not name.startswith(OWN)
        }

    def test_a_deletion_is_made_and_undone(self, there: There, tmp_path: Path) -> None:
        there.run("apply", "--yes")
        (tmp_path / "assistants/support.yaml").unlink()
        assert "1 deleted" in there.run("apply", "--prune", "--yes")
        there.run("restore", "--yes")
        there.files(support=SUPPORT)
        assert "Nothing to change" in there.run("apply", "--yes")
        there.run("delete", "other", "--yes", code=4)  # which is protected

    def test_what_is_released_is_nobodys_until_it_is_adopted(self, there: There) -> None:
        there.run("apply", "--yes")
        mine = there.list()["support"]["id"]
        there.run("release", "support", "--yes")
        assert set(there.list()) == {"other"}
        assert "! support" in there.run("plan")
        there.run("apply", "--adopt", "--yes")
        assert there.list()["support"]["id"] == mine

    def test_what_is_imported_is_what_is_there(self, there: There, tmp_path: Path) -> None:
        there.run("apply", "--yes")
        mine = there.list()["support"]["id"]
        there.run("release", "support", "--yes")
        (tmp_path / "assistants/support.yaml").unlink()
        there.run("import", mine)
        (written,) = set((tmp_path / "assistants").glob("*.yaml")) - {
            tmp_path / "assistants" / name for name in ("project.yaml", "other.yaml")
        }
        assert "reasoning_effort: low" in written.read_text()
        plan = there.run("plan")
        assert "1 to adopt" in plan
        there.run("apply", "--yes")
        assert "Nothing to change" in there.run("apply", "--yes")

    def test_a_saved_plan_is_of_one_api(self, there: There, api: str) -> None:
        there.run("plan", "--out", "plan.json")
        said = there.run("apply", "plan.json", "--yes", "--api", "assistants", code=4)
        assert f"the api is assistants, and the plan was made for {api}" in said
        assert "there is no backup of" in there.run("restore", "--yes", code=1)
        assert "2 created" in there.run("apply", "plan.json", "--yes")


# --- the examples

REFUSED_OF_AGENTS = [
    "code-reviewer.yaml:42:11: tools[0].type: agents have no code_interpreter",
    "code-reviewer.yaml:44:14: temperature: agents have no temperature",
    "editor.yaml:7:14: temperature: ",
    "korean.yaml:37:14: temperature: ",
    "research.yaml:39:11: tools[0].type: agents have no file_search",
    "research.yaml:46:8: top_p: agents have no top_p",
    "support.yaml:60:15: tools[1].function.strict: functions of agents are never strict",
    "support.yaml:96:14: temperature: ",
    "team.yaml:20:14: temperature: ",
    "team.yaml:46:14: temperature: ",
    "team.yaml:73:18: response_format: agents have no such format",
    "tutor.yaml:32:14: temperature: ",
    "tutor.yaml:38:18: response_format.json_schema.description: a format of agents has no description",
    "tutor.yaml:39:13: response_format.json_schema.strict: a format of agents is never strict",
]


@pytest.fixture
def of_the_project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REPOSITORY / "assistants", tmp_path / "assistants"))


@cases("api said", {"agents": ("agents", REFUSED_OF_AGENTS), "prompt-agents": ("prompt-agents", [])})
def test_each_example_is_applied_or_refused_with_position_and_reason(
    cli: Cli, of_the_project: Path, api: str, said: list[str]
) -> None:
    found = cli("validate", "assistants", "--embedded", "--api", api)
    problems = [line for line in found.stderr.splitlines() if line.startswith("assistants/")]
    assert [line.removeprefix("assistants/").startswith(one) for line, one in zip(problems, said, strict=True)] == [
        True
    ] * len(said)
    assert found.exit_code == (1 if said else 0)
    drop = ("--embedded", "--api", api, "--drop-unsupported")
    done = cli("apply", "assistants", "--yes", *drop)
    assert (done.exit_code, " created, 0 updated, 0 deleted." in done.stdout) == (0, True), done.stdout + done.stderr
    assert cli("plan", "assistants", "--exit-code", *drop).exit_code == 0


def test_what_is_lost_is_told_in_every_form(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: gpt-4o\ntop_p: 0.5\n"})
    words = ("plan", "assistants", "--embedded", "--api", "agents", "--drop-unsupported")
    lost = "lost by `api: agents`: top_p: agents have no top_p; ask for it in the instructions"
    assert f"assistants/a.yaml:2:8: warning: {lost}" in cli(*words).stdout
    data = json.loads(cli(*words, "-o", "json").stdout)
    assert {"path": "assistants/a.yaml", "line": 2, "column": 8, "message": lost}.items() <= data["warnings"][0].items()
    assert "agents have no top_p" in cli(*words, "-o", "markdown").stdout.replace("\\", "")
    assert "agents have no top_p" in cli(*words, "-o", "html").stdout
    assert cli(*words, "--strict").exit_code == 1
    applied = ("apply", *words[1:], "--yes", "-o")
    assert json.loads(cli(*applied, "json").stdout)["warnings"] == data["warnings"]
    assert "agents have no top_p" in cli(*applied, "markdown").stdout.replace("\\", "")


def test_what_is_lost_is_told_to_programs(write: Write) -> None:
    write({"assistants/a.yaml": "model: gpt-4o\ntop_p: 0.5\n"})
    with pytest.raises(DefinitionError, match=r"a.yaml:2:8: top_p: agents have no top_p.* --drop-unsupported"):
        Project.open(embedded=True, api="agents").plan()
    project = Project.open(embedded=True, api="agents", drop_unsupported=True)
    (remark,) = project.load().remarks
    assert remark.message.startswith("lost by `api: agents`: top_p: ")
    planned = project.plan()
    assert planned.as_data()["warnings"][0]["message"] == remark.message
    planned.save("plan.json")
    assert [one.status for one in project.apply(project.read_plan("plan.json"))] == [Status.DONE]
    wanted = load(embedded=True, api="agents", drop_unsupported=True)
    assert plan(wanted).is_empty


def test_a_client_is_spoken_to_by_the_api_that_is_chosen(write: Write, served: Mapping[str, str]) -> None:
    write({"assistants/a.yaml": "model: gpt-4o\nname: By a client\n"})
    client = AsyncOpenAI(base_url=served["agents"], api_key="sk-any")
    project = Project.open(client=client, api="agents")
    (outcome,) = project.apply()
    assert (outcome.status, str(outcome.id)[:6]) == (Status.DONE, "agent_")
    project.delete("a")
    wait(client.close(), over_client=True)


IN_BLOCKS = """\
model: gpt-4o
agents:
  tools:
  - {type: mcp, server_label: s, required: true, transport: {type: http, server_url: u, headers: {X-Key: planted-1}}}
prompt-agents:
  tools:
  - {type: mcp, server_label: s, server_url: u, headers: {X-Key: planted-2, X-Env: {env: TOKEN}}}
"""


@pytest.mark.usefixtures("impatient")
def test_a_secret_in_a_block_is_warned_of_shown_to_nobody_and_not_imported(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "planted-3")
    write({"assistants/a.yaml": IN_BLOCKS})
    lines = cli("validate").stderr.splitlines()
    assert [line.partition(" is a secret")[0] for line in lines] == [
        "assistants/a.yaml:4:106: warning: agents.tools[0].transport.headers.X-Key",
        "assistants/a.yaml:7:66: warning: prompt-agents.tools[0].headers.X-Key",
    ]
    for api in OTHERS:
        chosen = ("--embedded", "--api", api)
        said = [cli("plan", *chosen, "-o", form).output for form in ("table", "json", "markdown", "html")]
        said += [cli(*words, *chosen).output for words in (("apply", "--yes"), ("release", "a", "--yes"))]
        said.append(cli("import", "--all", "--to", f"of-{api}", *chosen).output)
        (imported,) = Path(f"of-{api}").iterdir()
        assert [one for one in (*said, imported.read_text()) if "planted" in one] == []


def test_the_endpoint_itself_may_say_that_it_is_dropped(cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/project.yaml": "environments: {a: {endpoint: {embedded: true, api: agents, drop: true}}}\n",
            "assistants/a.yaml": "model: gpt-4o\ntemperature: 0.2\n",
        }
    )
    assert cli("apply", "--yes", "-e", "a").exit_code == 0
    assert cli("validate").exit_code == 0
    assert cli("validate", "--api", "prompt-agents").exit_code == 0


# --- how much is asked

WANTED = {
    f"bot{number}": f"name: B{number}\nmodel: gpt-4o\ninstructions: Do.\nmetadata: {{team: a}}\n" for number in range(5)
}


def asked(cli: Cli, *words: str) -> list[str]:
    """The methods of all requests of a command."""
    done = cli(*words, "-v", "--embedded")
    assert done.exit_code == 0, done.stdout + done.stderr
    return sorted(line.partition(" ")[0] for line in done.stderr.splitlines() if " ms" in line and " -> " in line)


def test_no_api_is_asked_more_than_the_first(cli: Cli, write: Write, tmp_path: Path) -> None:
    counts: dict[str, list[list[str]]] = {}
    for api in models.APIS:
        (tmp_path / "assistants").mkdir(exist_ok=True)
        for path in (tmp_path / "assistants").iterdir():
            path.unlink()
        write({"assistants/project.yaml": "project: acme\nenvironments: {a: {endpoint: embedded}}\n"})
        write({f"assistants/{key}.yaml": text for key, text in WANTED.items()})
        chosen = ("--api", api, "-e", "a")
        steps = [
            asked(cli, "apply", "--yes", *chosen),
            asked(cli, "apply", "--yes", *chosen),
            asked(cli, "plan", *chosen),
        ]
        write({f"assistants/{key}.yaml": text.replace("Do.", "Do it.") for key, text in WANTED.items()})
        steps.append(asked(cli, "apply", "--yes", *chosen))
        (tmp_path / "assistants/bot0.yaml").unlink()
        steps.append(asked(cli, "apply", "--yes", "--prune", *chosen))
        counts[api] = steps
    first = counts.pop("assistants")
    assert first[1:3] == [["GET"], ["GET"]]
    for api, found in counts.items():
        if DIALECTS[api].members.versions:  # of what is deleted and was changed once, they are counted
            found[4].remove("GET")
        assert found == first, api
