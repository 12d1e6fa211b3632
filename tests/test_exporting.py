"""Definitions in the forms of other tools and APIs."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from openai.types.chat import completion_create_params
from openai.types.responses import (
    ComputerUsePreviewToolParam,
    FileSearchToolParam,
    FunctionToolParam,
    ResponseTextConfigParam,
    response_create_params,
    tool_param,
)
from openai.types.shared_params import Reasoning
from pydantic import TypeAdapter

from assistants_tool.definitions.exporting import FORMS, export
from assistants_tool.errors import ToolError
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.dialects import DIALECTS
from assistants_tool.objects.parameters import CHAT, RESPONSES
from assistants_tool.objects.paths import dotted
from tests.conftest import REPOSITORY, Cli, Write
from tests.examples import examples
from tests.strategies import definitions
from tests.tables import cases

FUNCTION = {
    "name": "get_order",
    "description": "Looks up an order.",
    "parameters": {"type": "object", "properties": {"id": {"type": "string", "pattern": "^a"}}, "required": ["id"]},
}
SEARCH = {"max_num_results": 5, "ranking_options": {"ranker": "auto", "score_threshold": 0.3}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
REF = {"type": "object", "$defs": {"a": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/a"}}}
STORES = {"file_search": {"vector_store_ids": ["vs_1"]}}
SERVED = {"type": "mcp", "server_label": "git", "server_url": "https://git.example.com/mcp", "allowed_tools": ["log"]}
SCREEN = {"display_width": 1024, "display_height": 768, "environment": "browser"}
NO_PLACE = {
    "responses": "the Responses API has no place for it",
    "chat": "a chat completion has no place for it",
    "agent-framework": "an agent of Agent Framework has no place for it",
}
COUNTERPART = "it has no counterpart"


def definition(**fields: Any) -> Definition:
    return Definition("bot", {"model": "gpt-4o", **fields})


def document(form: str, **fields: Any) -> dict[str, Any]:
    return export(definition(**fields), FORMS[form]).document


def lost(form: str, **fields: Any) -> dict[str, str]:
    return {dotted(one.path): one.why for one in export(definition(**fields), FORMS[form]).lost}


def function(**changed: Any) -> dict[str, Any]:
    return {"type": "function", "function": {**FUNCTION, **changed}}


# A field, and what becomes of it: the parameters that it gives, beside the model.
RESPONSES_OF: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "nothing": ({}, {}),
    "what says nothing": ({"instructions": "", "tools": [], "metadata": {}, "temperature": None}, {}),
    "instructions": ({"instructions": "Be kind.\n"}, {"instructions": "Be kind.\n"}),
    "numbers": ({"temperature": 0, "top_p": 0.5}, {"temperature": 0, "top_p": 0.5}),
    "effort": ({"reasoning_effort": "low"}, {"reasoning": {"effort": "low"}}),
    "metadata": ({"metadata": {"team": "red"}}, {"metadata": {"team": "red"}}),
    "auto says nothing": ({"response_format": "auto"}, {}),
    "JSON": ({"response_format": {"type": "json_object"}}, {"text": {"format": {"type": "json_object"}}}),
    "a schema": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "o", "schema": SCHEMA, "strict": True}}},
        {"text": {"format": {"type": "json_schema", "name": "o", "schema": SCHEMA, "strict": True}}},
    ),
    "a function, which there is strict by default": (
        {"tools": [function()]},
        {"tools": [{"type": "function", **FUNCTION, "strict": False}]},
    ),
    "a function in one word": (
        {"tools": [{"type": "function", "function": {"name": "f", "strict": True}}]},
        {
            "tools": [
                {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": True}
            ]
        },
    ),
    "file search": (
        {"tools": [{"type": "file_search", "file_search": SEARCH}], "tool_resources": STORES},
        {"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"], **SEARCH}]},
    ),
    "code interpreter": (
        {"tools": [{"type": "code_interpreter"}], "tool_resources": {"code_interpreter": {"file_ids": ["file-a"]}}},
        {"tools": [{"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file-a"]}}]},
    ),
    "MCP, with what its resource says": (
        {
            "tools": [SERVED],
            "tool_resources": {
                "mcp": [{"server_label": "git", "headers": {}, "require_approval": {"always": {"tool_names": ["log"]}}}]
            },
        },
        {"tools": [{**SERVED, "require_approval": {"always": {"tool_names": ["log"]}}}]},
    ),
    "MCP, where no list of tools means all of them": (
        {"tools": [{**SERVED, "allowed_tools": []}], "tool_resources": {"mcp": [{"server_label": "git"}]}},
        {"tools": [{name: one for name, one in SERVED.items() if name != "allowed_tools"}]},
    ),
    "a computer": (
        {"tools": [{"type": "computer_use_preview", "computer_use_preview": SCREEN}]},
        {"tools": [{"type": "computer_use_preview", **SCREEN}]},
    ),
}


@cases("fields expected", RESPONSES_OF)
def test_parameters_of_the_responses_api(fields: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    params = definition(**fields).responses_params()
    assert params == {"model": "gpt-4o", **expected}
    assert lost("responses", **fields) == {}
    is_taken_by_the_sdk(params)


def test_parameters_of_a_chat_completion() -> None:
    fields = {"instructions": "Be kind.", "tools": [function()], "reasoning_effort": "low", "temperature": 0.2}
    params = definition(**fields, response_format={"type": "json_object"}, metadata={"a": "b"}).chat_params()
    assert params == {
        "model": "gpt-4o",
        "messages": [{"role": "developer", "content": "Be kind."}],
        "tools": [function()],
        "response_format": {"type": "json_object"},
        "temperature": 0.2,
        "reasoning_effort": "low",
        "metadata": {"a": "b"},
    }
    assert params.keys() <= completion_create_params.CompletionCreateParamsNonStreaming.__annotations__.keys()
    CHATTED.validate_python(params)


def test_parameters_of_what_another_api_has_are_refused() -> None:
    bot = definition(instructions="Be kind.")
    there = replace(bot, members=DIALECTS["agents"].members)
    for parameters in (there.responses_params, there.chat_params):
        with pytest.raises(
            ToolError, match="bot was loaded as another API has it; load it with api='assistants' for this"
        ):
            parameters()


CHATTED: TypeAdapter[Any] = TypeAdapter(completion_create_params.CompletionCreateParamsNonStreaming)
OF_TOOLS: Mapping[str, Any] = {
    "function": FunctionToolParam,
    "file_search": FileSearchToolParam,
    "code_interpreter": tool_param.CodeInterpreter,
    "mcp": tool_param.Mcp,
    "computer_use_preview": ComputerUsePreviewToolParam,
}


@functools.cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def is_taken_by_the_sdk(params: Mapping[str, Any]) -> None:
    """Its types say so: no member that they do not know, and no value that they do not take."""
    kinds: list[tuple[Any, Any]] = [
        (response_create_params.ResponseCreateParamsNonStreaming, params),
        (ResponseTextConfigParam, params.get("text", {})),
        (Reasoning, params.get("reasoning", {})),
        *((OF_TOOLS[one["type"]], one) for one in params.get("tools", ())),
    ]
    for kind, value in kinds:
        assert value.keys() <= kind.__annotations__.keys()
        adapter(kind).validate_python(value)


@examples(20)
@given(definitions())
def test_whatever_is_defined_the_sdk_takes_it(made: Definition) -> None:
    is_taken_by_the_sdk(RESPONSES.parameters(made.fields).body)
    CHATTED.validate_python({"messages": [], **CHAT.parameters(made.fields).body})


@pytest.mark.parametrize("form", FORMS)
@given(made=definitions())
@examples(7)
def test_every_field_is_carried_or_named(form: str, made: Definition) -> None:
    """A field whose absence changes nothing in the document says nothing, or is named as lost."""
    whole = export(made, FORMS[form])
    for name in made.fields.keys() - {"model"}:
        without = Definition(made.key, {other: one for other, one in made.fields.items() if other != name})
        named = {path[0] for path, _ in whole.lost} | {path[0] for path, _ in export(without, FORMS[form]).lost}
        if export(without, FORMS[form]).document == whole.document and name not in named:
            assert made.form_of({**without.fields}) == made.form or name in ("tool_resources", "response_format")


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_of_a_file_goes_to_programs_and_is_not_written_out(form: str) -> None:
    fields = {"tools": [SERVED], "tool_resources": {"mcp": [{"server_label": "git", "headers": {"X-Key": "planted"}}]}}
    assert definition(**fields).responses_params()["tools"] == [{**SERVED, "headers": {"X-Key": "planted"}}]
    written = json.dumps(document(form, **fields))
    assert "planted" not in written
    told = lost(form, **fields).get("tool_resources.mcp[0].headers.X-Key")
    assert told == ("it is a secret; put it in place of (secret)" if "(secret)" in written else None)
    assert ("(secret)" in written) is (form in ("responses", "promptfoo"))


# What a form cannot say: the form, the fields, and what is told by place.
NOT_CARRIED: dict[str, tuple[str, Mapping[str, Any], Mapping[str, str]]] = {
    "a name": (
        "responses",
        {"name": "Bot", "description": "d"},
        {"name": NO_PLACE["responses"], "description": NO_PLACE["responses"]},
    ),
    "a name of a chat": ("chat", {"name": "Bot"}, {"name": NO_PLACE["chat"]}),
    "a tool that is not there": (
        "responses",
        {"tools": [{"type": "bing_grounding", "bing_grounding": {}}]},
        {"tools[0]": "the Responses API has no tool of the type bing_grounding"},
    ),
    "search in nothing": (
        "responses",
        {"tools": [{"type": "file_search"}]},
        {"tools[0]": "file_search needs a vector store there, and tool_resources.file_search names none"},
    ),
    "a format without a schema": (
        "responses",
        {"response_format": {"type": "json_schema", "json_schema": {"name": "o"}}},
        {"response_format": "a format there needs its schema, and this has none"},
    ),
    "another ranker": (
        "responses",
        {
            "tools": [{"type": "file_search", "file_search": {"ranking_options": {"ranker": "default_2024_08_21"}}}],
            "tool_resources": STORES,
        },
        {"tools[0].file_search.ranking_options.ranker": "there are other rankers there; `auto` is taken"},
    ),
    "resources of no tool": (
        "responses",
        {"tool_resources": STORES},
        {"tool_resources.file_search": "it goes with a tool, and none that takes it is there"},
    ),
    "members of ours that nobody knows": (
        "responses",
        {
            "tools": [{"type": "file_search"}, function(cache=True)],
            "tool_resources": {"file_search": {**STORES["file_search"], "data_sources": [1]}},
            "verbosity": "low",
        },
        {
            "tools[1].function.cache": COUNTERPART,
            "tool_resources.file_search.data_sources": COUNTERPART,
            "verbosity": NO_PLACE["responses"],
        },
    ),
    "a tool of a chat": (
        "chat",
        {"tools": [{"type": "code_interpreter"}]},
        {"tools[0]": "a chat completion has only functions, and this is code_interpreter"},
    ),
    "words of a schema": (
        "agent-framework",
        {"tools": [function()]},
        {"tools[0].function.parameters.properties.id.pattern": COUNTERPART},
    ),
    # see findings/agent-framework-strict-function.sh
    "a strict function": (
        "agent-framework",
        {"tools": [function(strict=True, parameters=SCHEMA)]},
        {"tools[0].function.strict": "it is read there, and not passed on to the model"},
    ),
    # see findings/agent-framework-closed-objects.sh
    "an open object inside another": (
        "agent-framework",
        {"tools": [function(parameters={"type": "object", "properties": {"o": {"type": "object"}}})]},
        {
            "tools[0].function.parameters.properties.o": "an object inside another takes no members there but those that it names"
        },
    ),
    "several types": (
        "agent-framework",
        {"tools": [function(parameters={"type": "object", "properties": {"o": {"type": ["string", "null"]}}})]},
        {"tools[0].function.parameters.properties.o.type": "a property there has one type; the first is taken"},
    ),
    "JSON of any shape": (
        "agent-framework",
        {"response_format": {"type": "json_object"}},
        {"response_format": "an agent there has a schema for its output, or none"},
    ),
    "effort": ("agent-framework", {"reasoning_effort": "low"}, {"reasoning_effort": NO_PLACE["agent-framework"]}),
    "headers": (
        "agent-framework",
        {"tools": [SERVED], "tool_resources": {"mcp": [{"server_label": "git", "headers": {"X-Team": "a"}}]}},
        {"tool_resources.mcp.headers": COUNTERPART},
    ),
    "a formula": (
        "agent-framework",
        {"instructions": "=== Rules ==="},
        {"instructions": "it begins with =, which makes it a formula there; an empty line is put before it"},
    ),
    "a template": (
        "promptfoo",
        {"instructions": "Say {{ env.HOME }} and {{name}}."},
        {"instructions": "{{...env...}} in it is a variable there"},
    ),
    "a reference in a schema": (
        "promptfoo",
        {
            "tools": [function(), function(parameters=REF)],
            "response_format": {"type": "json_schema", "json_schema": {"name": "o", "schema": REF}},
        },
        dict.fromkeys(
            ("tools[1]", "response_format"),
            "promptfoo looks for a $ref in its own file; write what it stands for in its place",
        ),
    ),
}


@cases("form fields expected", NOT_CARRIED)
def test_what_cannot_be_carried_is_named(form: str, fields: Mapping[str, Any], expected: Mapping[str, str]) -> None:
    assert lost(form, **fields) == expected


def test_an_agent() -> None:
    fields: dict[str, Any] = {
        "instructions": "=Now()",
        "temperature": 0.2,
        "top_p": 0.5,
        "tools": [
            {"type": "file_search", "file_search": SEARCH},
            {"type": "code_interpreter"},
            function(strict=True, parameters=SCHEMA),
            SERVED,
        ],
        "tool_resources": {
            **STORES,
            "code_interpreter": {"file_ids": ["file-a"]},
            "mcp": [{"server_label": "git", "require_approval": "never"}],
        },
        "response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA, "strict": True}},
        "metadata": {"team": "red"},
    }
    properties = {"a": {"kind": "string", "required": True}}
    assert document("agent-framework", **fields) == {
        "kind": "Prompt",
        "name": "bot",
        "instructions": "\n=Now()",
        "model": {"id": "gpt-4o", "options": {"temperature": 0.2, "topP": 0.5}},
        "metadata": {"team": "red"},
        "outputSchema": {"strict": True, "properties": properties},
        "tools": [
            {
                "kind": "file_search",
                "vectorStoreIds": ["vs_1"],
                "maximumResultCount": 5,
                "ranker": "auto",
                "scoreThreshold": 0.3,
            },
            {"kind": "code_interpreter", "fileIds": ["file-a"]},
            {
                "kind": "function",
                "name": "get_order",
                "description": "Looks up an order.",
                "strict": True,
                "parameters": {"properties": properties},
            },
            {
                "kind": "mcp",
                "name": "git",
                "url": "https://git.example.com/mcp",
                "allowedTools": ["log"],
                "approvalMode": {"kind": "never"},
            },
        ],
    }


def test_a_provider_passes_the_parameters_through() -> None:
    assert document("promptfoo", instructions="Hi {{name}}", temperature=0.2) == {
        "id": "openai:responses:gpt-4o",
        "label": "bot",
        "config": {"omitDefaults": True, "passthrough": {"instructions": "Hi {{name}}", "temperature": 0.2}},
    }


PRIVATE = """\
model: gpt-4o
instructions: {env: PROMPT}
metadata: {token: {env: TOKEN}, team: {env: TEAM, default: red}}
"""
IN_THEIR_PLACES = {
    "responses": ("env:PROMPT", "env:TOKEN", ["instructions", "metadata.token"]),
    "chat": ("env:PROMPT", "env:TOKEN", ["instructions", "metadata.token"]),
    "agent-framework": ("=Env.PROMPT", "env:TOKEN", ["metadata.token"]),
    "promptfoo": ("{{env.PROMPT}}", "{{env.TOKEN}}", []),
}


@cases("form prompt token told", {one: (one, *row) for one, row in IN_THEIR_PLACES.items()})
@pytest.mark.parametrize("value", [None, "s3cret-value"])
def test_no_value_of_a_variable_is_written(
    cli: Cli,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    *,
    value: str | None,
    form: str,
    prompt: str,
    token: str,
    told: list[str],
) -> None:
    for name in ("PROMPT", "TOKEN"):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    write({"assistants/bot.yaml": PRIVATE})
    run = cli("export", "bot", "--as", form, "--strict")
    assert run.exit_code == bool(told)
    text = json.dumps(yaml.safe_load(run.stdout))
    assert (prompt in text, token in text, '"team": "red"' in text) == (True, True, True)
    assert "s3cret" not in run.stdout + run.stderr
    assert [line.split(": ")[2] for line in run.stderr.splitlines()] == told


def test_one_several_or_all(cli: Cli, write: Write) -> None:
    write({f"assistants/{key}.yaml": "model: gpt-4o\n" for key in "abc"})
    alone = {"model": "gpt-4o"}
    assert json.loads(cli("export", "a", "--as", "responses").stdout) == alone
    assert json.loads(cli("export", "c", "a", "a", "--as", "responses").stdout) == {"c": alone, "a": alone}
    assert [*json.loads(cli("export", "--all", "--as", "chat").stdout)] == ["a", "b", "c"]
    agents = yaml.safe_load_all(cli("export", "--all", "--as", "agent-framework").stdout)
    assert [one["name"] for one in agents] == ["a", "b", "c"]
    config = yaml.safe_load(cli("export", "--all", "--as", "promptfoo").stdout)
    assert [one["label"] for one in config["providers"]] == ["a", "b", "c"]


def test_into_a_file(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: gpt-4o\nname: A\n", "out.json": "{}"})
    run = cli("export", "a", "--as", "responses", "--out", "out.json")
    assert (run.exit_code, run.stdout) == (0, "")
    assert run.stderr == "! assistants/a.yaml:1:1: a: name: the Responses API has no place for it\n"
    assert json.loads(Path("out.json").read_text(encoding="utf-8")) == {"model": "gpt-4o"}
    assert cli("export", "a", "--as", "responses", "--strict").exit_code == 1
    lost = cli("export", "a", "--as", "responses", "--out", "nowhere/out.json")
    assert lost.stderr == "Error: nowhere/out.json cannot be written: No such file or directory; choose another place\n"


def test_what_makes_no_sense_is_said(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: gpt-4o\n"})
    for words in ([], ["a", "--all"]):
        run = cli("export", *words, "--as", "chat")
        assert (run.exit_code, "or give --all: one of the two" in run.stderr) == (2, True)
    assert "no definition has the key 'b' here" in cli("export", "b", "--as", "chat").stderr


def test_the_environment_counts(cli: Cli, write: Write) -> None:
    project = "environments: {x: {endpoint: embedded, defaults: {model: gpt-4.1}}}\n"
    write({"assistants/project.yaml": project, "assistants/a.yaml": "name: A\n"})
    assert json.loads(cli("export", "a", "--as", "chat", "-e", "x").stdout) == {"model": "gpt-4.1"}


@pytest.mark.parametrize("form", FORMS)
def test_the_examples(cli: Cli, form: str) -> None:
    run = cli("-f", str(REPOSITORY / "assistants"), "export", "--all", "--as", form, "-e", "local")
    assert run.exit_code == 0
    assert all(re.match(r"! .+:\d+:\d+: [a-z-]+: ", line) for line in run.stderr.splitlines())
