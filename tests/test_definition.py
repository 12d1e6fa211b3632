"""What a merged document may hold: every rule of the format and the limit on either side of it, found all at once."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import pytest

from assistants_tool import models
from assistants_tool.definitions.checks import faults
from assistants_tool.definitions.document import Document
from assistants_tool.definitions.schemas import FREE_KEYWORDS, PART_RULES, SIMPLE_TYPES, Part, parts
from assistants_tool.definitions.shape import did_you_mean
from assistants_tool.definitions.structure import field_names
from assistants_tool.errors import Severity
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.dialects import BLOCKS
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.paths import dotted
from tests.tables import cases

Fields = Mapping[str, Any]


def found(fields: Fields, severity: Severity = Severity.FAULT) -> list[str]:
    """Each fault as `path: message`, with `(key)` where it is the key that is at fault, and `~` for a path that begins the message."""
    lines = []
    for one in (one for one in faults({"model": "gpt-4o", **fields}) if one.severity is severity):
        path = dotted(one.path)
        message = "~" + one.message.removeprefix(path) if one.message.startswith(path) else one.message
        lines.append(f"{path}{' (key)' if one.at_key else ''}: {message}")
    return lines


def function(parameters: Any = None, **members: Any) -> Fields:
    return {"tools": [{"type": "function", "function": {"name": "f", "parameters": parameters, **members}}]}


def file_search(**members: Any) -> Fields:
    return {"tools": [{"type": "file_search", "file_search": members}]}


def json_schema(**members: Any) -> Fields:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", **members}}}


def strict(**schema: Any) -> Fields:
    return function({"type": "object", "additionalProperties": False, "properties": {}, **schema}, strict=True)


OR_EXTRA = " To send it as it is, write it under extra"
ELSE_EXTRA = "; to send it as it is, write it under extra"
PARAMETERS = "tools[0].function.parameters"
OPTIONS = "tools[0].file_search"
RANKING = "tools[0].file_search.ranking_options"
STORED: dict[str, Any] = {"data_sources": []}
CODE, SEARCH = "tool_resources.code_interpreter", "tool_resources.file_search"
IDENTIFIER = "use at most 64 letters, digits, '.', '_' and '-', beginning with a letter or digit"
A_REFERENCE = "a reference is {file: PATH}, {env: NAME} or {env: NAME, default: TEXT}, with text in it; write one"
FUNCTION_NAME = "use 1 to 64 letters, digits, '_' and '-'"
EVERY_FIELD = (
    "name, description, model, instructions, tools, top_p, temperature, reasoning_effort, tool_resources, metadata, "
    f"response_format, key, protect, ignore, adopt, environments, {', '.join(BLOCKS)}"
)

# --- what is allowed


@cases(
    "fields",
    {
        "nothing but a model": {},
        "every field null": {name: None for name in (*field_names(Document), "protect") if name != "model"},
        "every field empty": {
            "name": "",
            "description": "",
            "instructions": "",
            "tools": [],
            "tool_resources": {},
            "metadata": {},
        },
        "longest name": {"name": "é" * 256},
        "longest description": {"description": "😀" * 512},
        "longest instructions": {"instructions": "x" * 256_000},
        "most tools": {"tools": [{"type": "code_interpreter"}] * 128},
        "most metadata": {"metadata": {f"{n:064}": "x" * 512 for n in range(15)}},
        "lowest numbers": {
            "temperature": 0,
            "top_p": 0.0,
            **file_search(max_num_results=1, ranking_options={"score_threshold": 0}),
        },
        "highest numbers": {
            "temperature": 2,
            "top_p": 1.0,
            **file_search(max_num_results=50, ranking_options={"score_threshold": 1, "ranker": "auto"}),
        },
        "most files": {"tool_resources": {"code_interpreter": {"file_ids": [f"file-{n}" for n in range(20)]}}},
        "one vector store": {"tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}},
        "longest function name": {"tools": [{"type": "function", "function": {"name": "aZ_9-" + "x" * 59}}]},
        "function without parameters": {"tools": [{"type": "function", "function": {"name": "f"}}]},
        "file search without options": {"tools": [{"type": "file_search"}, {"type": "file_search", "file_search": {}}]},
        "tool of a type unknown here": {
            "tools": [{"type": "web_lookup", "web_lookup": {"anything": [1, None, {"file": "x"}]}}]
        },
        "resources of a tool unknown here": {"tool_resources": {"memory": {"indexes": [{"name": "x"}]}}},
        "format auto": {"response_format": "auto"},
        "format text": {"response_format": {"type": "text"}},
        "format json_object": {"response_format": {"type": "json_object"}},
        "format json_schema": json_schema(schema={"type": "array"}, strict=False, description="d"),
        "an unknown model": {"model": "our-own-llama:70b"},
        "ignore": {"ignore": [*ASSISTANTS.names, "metadata.team", "metadata.a.b c"]},
        "adopt an id": {"adopt": "asst_abc123"},
        "adopt nothing": {"adopt": False},
        "longest key": {"key": "a._-" + "9" * 60},
        "references": {
            "name": {"file": "n"},
            "description": {"env": "D"},
            "model": {"env": "M"},
            "instructions": {"file": "i.md"},
            "temperature": {"env": "T"},
            "top_p": {"file": "p"},
            "reasoning_effort": {"env": "R"},
            "adopt": {"env": "A"},
            "metadata": {"team": {"env": "TEAM"}},
            "tools": [{"file": "tool.yaml"}, {"type": "function", "function": {"file": "f.json"}}],
            "tool_resources": {
                "file_search": {"vector_store_ids": [{"env": "VS"}]},
                "code_interpreter": {"file_ids": [{"file": "id"}]},
            },
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": {"env": "N"}, "schema": {"file": "s.json"}},
            },
        },
        "what looks like a reference in metadata is a pair": {"metadata": {"file": "prompts/a.md"}},
        "what looks like a reference in a schema is literal": function(
            {"type": "object", "default": {"file": "x"}, "properties": {"file": {"type": "string"}}}
        ),
    },
)
def test_what_is_allowed_has_no_faults(fields: Fields) -> None:
    assert found(fields) == []


@cases("effort", {effort: effort for effort in ("none", "minimal", "low", "medium", "high", "xhigh", "max")})
def test_every_reasoning_effort_of_the_api_is_allowed(effort: str) -> None:
    assert found({"reasoning_effort": effort}) == []
    assert effort in models.REASONING_EFFORTS


# --- limits


@cases(
    "fields expected",
    {
        "name": ({"name": "é" * 257}, "name: ~ has 257 characters; shorten it to at most 256"),
        "description": (
            {"description": "x" * 513},
            "description: ~ has 513 characters; shorten it to at most 512",
        ),
        "instructions": (
            {"instructions": "x" * 256_001},
            "instructions: ~ has 256001 characters; shorten it to at most 256000",
        ),
        "model": ({"model": ""}, "model: ~ is empty; write something or remove it"),
        "tools": ({"tools": [{"type": "x"}] * 129}, "tools: ~ holds 129 items; keep at most 128"),
        "metadata pairs": (
            {"metadata": {f"k{n}": "" for n in range(16)}},
            "metadata: ~ holds 16 items; keep at most 15",
        ),
        "metadata key": (
            {"metadata": {"k" * 65: ""}},
            f"metadata.{'k' * 65} (key): ~ has 65 characters; shorten it to at most 64",
        ),
        "metadata value": (
            {"metadata": {"k": "x" * 513}},
            "metadata.k: ~ has 513 characters; shorten it to at most 512",
        ),
        "temperature, high": ({"temperature": 2.1}, "temperature: ~ is 2.1; it has to be at most 2"),
        "temperature, low": ({"temperature": -1}, "temperature: ~ is -1; it has to be at least 0"),
        "temperature beyond a float": (
            {"temperature": 10**399},
            "temperature: ~ is too large a number; write a smaller one",
        ),
        "top_p, high": ({"top_p": 1.01}, "top_p: ~ is 1.01; it has to be at most 1"),
        "top_p, low": ({"top_p": -0.1}, "top_p: ~ is -0.1; it has to be at least 0"),
        "results, few": (
            file_search(max_num_results=0),
            f"{OPTIONS}.max_num_results: ~ is 0; it has to be at least 1",
        ),
        "results, many": (
            file_search(max_num_results=51),
            f"{OPTIONS}.max_num_results: ~ is 51; it has to be at most 50",
        ),
        "threshold": (
            file_search(ranking_options={"score_threshold": 1.5}),
            f"{RANKING}.score_threshold: ~ is 1.5; it has to be at most 1",
        ),
        "file ids": (
            {"tool_resources": {"code_interpreter": {"file_ids": ["f"] * 21}}},
            f"{CODE}.file_ids: ~ holds 21 items; keep at most 20",
        ),
        "vector stores": (
            {"tool_resources": {"file_search": {"vector_store_ids": ["a", "b"]}}},
            f"{SEARCH}.vector_store_ids: ~ holds 2 items; keep at most 1",
        ),
        "empty id": (
            {"tool_resources": {"file_search": {"vector_store_ids": [""]}}},
            f"{SEARCH}.vector_store_ids[0]: ~ is empty; write something or remove it",
        ),
        "key": ({"key": "k" * 65}, f"key: ~ is '{'k' * 56}...; {IDENTIFIER}"),
        "key, first character": ({"key": ".a"}, f"key: ~ is '.a'; {IDENTIFIER}"),
        "key, line end": ({"key": "a\n"}, f"key: ~ is 'a\\n'; {IDENTIFIER}"),
        "function name": (
            function(name="get order"),
            f"tools[0].function.name: ~ is 'get order'; {FUNCTION_NAME}",
        ),
        "function name, length": (
            function(name="f" * 65),
            f"tools[0].function.name: ~ is '{'f' * 56}...; {FUNCTION_NAME}",
        ),
        "function name, script": (
            function(name="주문"),
            f"tools[0].function.name: ~ is '주문'; {FUNCTION_NAME}",
        ),
        "function name, line end": (
            function(name="f\n"),
            f"tools[0].function.name: ~ is 'f\\n'; {FUNCTION_NAME}",
        ),
        "schema name": (
            json_schema(name=""),
            f"response_format.json_schema.name: ~ is ''; {FUNCTION_NAME}",
        ),
        "reasoning effort": (
            {"reasoning_effort": "hi"},
            "reasoning_effort: ~ is 'hi'; it has to be 'none', 'minimal', 'low', 'medium', 'high', 'xhigh' or 'max'",
        ),
        "ranker": (
            file_search(ranking_options={"ranker": "best", "score_threshold": 0}),
            f"{RANKING}.ranker: ~ is 'best'; it has to be 'auto' or 'default_2024_08_21'",
        ),
        "the mark's pair": (
            {"metadata": {"assistants-tool": "x"}},
            "metadata.assistants-tool (key): the metadata key 'assistants-tool' is the tool's own; remove it",
        ),
        "adopt": ({"adopt": True}, "adopt: ~ has to be an assistant's id, or false; change it"),
        "adopt nothing at all": ({"adopt": ""}, "adopt: ~ has to be an assistant's id, or false; change it"),
        "adopt a blank": ({"adopt": " \n"}, "adopt: ~ has to be an assistant's id, or false; change it"),
    },
)
def test_beyond_a_limit_is_a_fault(fields: Fields, expected: str) -> None:
    assert found(fields) == [expected]


# --- kinds


@cases(
    "fields expected",
    {
        "a number for text": ({"name": 5}, "name: ~ has to be text, but is a number; quote it"),
        "a boolean for text": (
            {"metadata": {"a": True}},
            "metadata.a: ~ has to be text, but is a boolean; quote it",
        ),
        "a list for text": (
            {"instructions": ["a"]},
            "instructions: ~ has to be text, but is a list; write text",
        ),
        "an odd reference for text": (
            {"name": {"file": "a", "env": "b"}},
            f"name: ~: {A_REFERENCE}",
        ),
        "a reference to a number": ({"name": {"file": 5}}, f"name: ~: {A_REFERENCE}"),
        "a default that is no text": ({"temperature": {"env": "T", "default": 0.2}}, f"temperature: ~: {A_REFERENCE}"),
        "a default of a file": ({"name": {"file": "a", "default": "b"}}, f"name: ~: {A_REFERENCE}"),
        "more than a default": ({"model": {"env": "M", "default": "m", "x": "y"}}, f"model: ~: {A_REFERENCE}"),
        "text for a number": (
            {"temperature": "0.2"},
            "temperature: ~ has to be a number, but is text; write a number",
        ),
        "a boolean for a number": (
            {"top_p": True},
            "top_p: ~ has to be a number, but is a boolean; write a number",
        ),
        "a fraction for a whole number": (
            file_search(max_num_results=1.5),
            f"{OPTIONS}.max_num_results: ~ has to be a whole number, but is a number; write a whole number",
        ),
        "text for a boolean": (
            {"protect": "yes"},
            "protect: ~ has to be true or false, but is text; write true or false",
        ),
        "a number for a boolean": (
            function(strict=1),
            "tools[0].function.strict: ~ has to be true or false, but is a number; write true or false",
        ),
        "a mapping for a list": (
            {"tools": {"file": "tools.yaml"}},
            "tools: ~ has to be a list, but is a mapping; write a list",
        ),
        "text for a list": ({"ignore": "name"}, "ignore: ~ has to be a list, but is text; write a list"),
        "a list for a mapping": (
            {"metadata": [1]},
            "metadata: ~ has to be a mapping, but is a list; write a mapping",
        ),
        "text for a tool": (
            {"tools": ["search"]},
            "tools[0]: ~ has to be a mapping, but is text; write a mapping",
        ),
        "the name of a tool": ({"tools": ["code_interpreter"]}, "tools[0]: ~ is text; write {type: code_interpreter}"),
        "a name of a tool as people say it": (
            {"tools": ["Code Interpreter", "file-search"]},
            "tools[0]: ~ is text; write {type: code_interpreter}|tools[1]: ~ is text; write {type: file_search}",
        ),
        "an old name of a tool": ({"tools": ["retrieval"]}, "tools[0]: ~ is text; write {type: file_search}"),
        "a tool that is no list": ({"tools": "file_search"}, "tools: ~ is text; write [{type: file_search}]"),
        "null for a tool": (
            {"tools": [None]},
            "tools[0]: ~ has to be a mapping, but is nothing; write a mapping",
        ),
        "a list for a tool's type": (
            {"tools": [{"type": ["function"]}]},
            "tools[0].type: ~ has to be text, but is a list; write text",
        ),
        "a boolean for a schema": (
            function(True),
            f"{PARAMETERS}: ~ has to be a mapping, but is a boolean; write a mapping",
        ),
        "text for a format": (
            {"response_format": "text"},
            "response_format: ~ has to be 'auto' or a mapping with the type text, json_object or json_schema; change it",
        ),
        "an unknown format": (
            {"response_format": {"type": "xml"}},
            "response_format.type: ~ is 'xml'; it has to be 'text', 'json_object' or 'json_schema'",
        ),
        "a reference for a format": (
            {"response_format": {"file": "f"}},
            (
                "response_format: ~ has to be 'auto' or a mapping with the type text, json_object or json_schema; change it"
                "|response_format.file (key): response_format: a reference is not allowed here; write the value itself"
            ),
        ),
        "no model": ({"model": None}, "model: ~ has to be text, but is nothing; write text"),
        "no type": ({"tools": [{"function": {}}]}, "tools[0]: the field 'type' of tools[0] is missing; add it"),
        "no function": (
            {"tools": [{"type": "function"}]},
            "tools[0]: the field 'function' of tools[0] is missing; add it",
        ),
        "no name": (
            {"tools": [{"type": "function", "function": {}}]},
            "tools[0].function: the field 'name' of tools[0].function is missing; add it",
        ),
        "no threshold": (
            file_search(ranking_options={}),
            f"{RANKING}: the field 'score_threshold' of {RANKING} is missing; add it",
        ),
        "no json_schema": (
            {"response_format": {"type": "json_schema"}},
            "response_format: the field 'json_schema' of response_format is missing; add it",
        ),
    },
)
def test_the_wrong_kind_is_a_fault_in_plain_words(fields: Fields, expected: str) -> None:
    assert found(fields) == expected.split("|")


def test_a_model_is_needed() -> None:
    expected = "the field 'model' is missing; add it here or to the environment's defaults"
    assert [(one.path, one.message) for one in faults({"name": "A"})] == [((), expected)]


# --- unknown fields


@cases(
    "fields expected",
    {
        "top": (
            {"intructions": "x"},
            "intructions (key): unknown field 'intructions'; did you mean 'instructions'?" + OR_EXTRA,
        ),
        "one of our own": (
            {"enviroments": {}},
            "enviroments (key): unknown field 'enviroments'; did you mean 'environments'?" + OR_EXTRA,
        ),
        "far from all": (
            {"zzz": 1},
            f"zzz (key): unknown field 'zzz'; known are: {EVERY_FIELD}" + ELSE_EXTRA,
        ),
        "tool": (
            {"tools": [{"type": "code_interpreter", "file_ids": []}]},
            "tools[0].file_ids (key): unknown field 'file_ids' of tools[0]; known are: type" + ELSE_EXTRA,
        ),
        "function tool": (
            {"tools": [{"type": "function", "function": {"name": "f"}, "funktion": 1}]},
            "tools[0].funktion (key): unknown field 'funktion' of tools[0]; did you mean 'function'?" + OR_EXTRA,
        ),
        "function": (
            function(paramters={}),
            "tools[0].function.paramters (key): unknown field 'paramters' of tools[0].function; did you mean 'parameters'?"
            + OR_EXTRA,
        ),
        "file search": (
            file_search(max_results=5),
            f"{OPTIONS}.max_results (key): unknown field 'max_results' of {OPTIONS}; did you mean 'max_num_results'?"
            + OR_EXTRA,
        ),
        "ranking options": (
            file_search(ranking_options={"score_threshold": 0, "treshold": 1}),
            f"{RANKING}.treshold (key): unknown field 'treshold' of {RANKING}; did you mean 'score_threshold'?"
            + OR_EXTRA,
        ),
        "resources": (
            {"tool_resources": {"code_interpreter": {"files": []}}},
            f"{CODE}.files (key): unknown field 'files' of {CODE}; did you mean 'file_ids'?" + OR_EXTRA,
        ),
        "resources, too": (
            {"tool_resources": {"file_search": {"vector_stores_ids": []}}},
            f"{SEARCH}.vector_stores_ids (key): unknown field 'vector_stores_ids' of {SEARCH}; did you mean 'vector_store_ids'?"
            + OR_EXTRA,
        ),
        "format": (
            {"response_format": {"type": "text", "typ": 1}},
            "response_format.typ (key): unknown field 'typ' of response_format; did you mean 'type'?" + OR_EXTRA,
        ),
        "schema's envelope": (
            json_schema(shema={}),
            "response_format.json_schema.shema (key): unknown field 'shema' of response_format.json_schema; did you mean 'schema'?"
            + OR_EXTRA,
        ),
        "ignore": (
            {"ignore": ["temprature"]},
            "ignore[0]: unknown field 'temprature' to ignore; did you mean 'temperature'?",
        ),
        "ignore, a pair without a key": (
            {"ignore": ["metadata."]},
            "ignore[0]: unknown field 'metadata.' to ignore; did you mean 'metadata'?",
        ),
        "like a tag of ours": (
            {"=function": 1},
            f"=function (key): unknown field '=function'; known are: {EVERY_FIELD}" + ELSE_EXTRA,
        ),
        "like a mark of pydantic's": (
            {"[key]": 1},
            "[key] (key): unknown field '[key]'; did you mean 'key'?" + OR_EXTRA,
        ),
        "a pair like a tag": (
            {"metadata": {"=x": 5}},
            "metadata.=x: ~ has to be text, but is a number; quote it",
        ),
        "a pair like a mark": (
            {"metadata": {"[key]": 5}},
            "metadata.[key]: ~ has to be text, but is a number; quote it",
        ),
        "vector_stores": (
            {
                "tool_resources": {
                    "file_search": {"vector_stores": [{"name": "a", "configuration": STORED, "file_ids": []}]}
                }
            },
            (
                f"{SEARCH}.vector_stores[0].file_ids (key): 'vector_stores' of files would make a new store with each create; "
                "make the store once and name its id in vector_store_ids"
            ),
        ),
        "vector_stores elsewhere is a name": (
            {"metadata": {"vector_stores": 5}},
            "metadata.vector_stores: ~ has to be text, but is a number; quote it",
        ),
        "long": (
            {"x" * 5000: 1},
            f"{'x' * 5000} (key): unknown field '{'x' * 56}...; known are: {EVERY_FIELD}" + ELSE_EXTRA,
        ),
    },
)
def test_an_unknown_field_is_a_fault_with_a_hint(fields: Fields, expected: str) -> None:
    assert found(fields) == [expected]


def test_every_fault_is_found_once_and_none_that_follows_from_another() -> None:
    document = {
        "nam": "A",
        "model": "whisper-1",
        "temperature": "hot",
        "tools": [{"type": "function", "function": {"name": "a b", "parameters": {"type": "objekt"}}}, 5],
        "metadata": [{"assistants-tool": 1}],
    }
    assert sorted(dotted(one.path) for one in faults(document)) == [
        "metadata",
        "model",
        "nam",
        "temperature",
        "tools[0].function.name",
        "tools[0].function.parameters.type",
        "tools[1]",
    ]


# --- models


@cases(
    "model endpoints",
    {
        "whisper-1": ("whisper-1", "/v1/audio/transcriptions, /v1/audio/translations"),
        "tts-1": ("tts-1", "/v1/audio/speech"),
        "tts-1-hd": ("tts-1-hd", "/v1/audio/speech"),
        "dall-e-2": ("dall-e-2", "/v1/images/generations, /v1/images/edits, /v1/images/variations"),
        "dall-e-3": ("dall-e-3", "/v1/images/generations"),
        "embeddings": ("text-embedding-3-large", "/v1/embeddings"),
        "embeddings, old": ("text-embedding-ada-002", "/v1/embeddings"),
        "moderation": ("text-moderation-latest", "/v1/moderations"),
        "instruct": ("gpt-3.5-turbo-instruct", "/v1/completions"),
        "babbage": ("babbage-002", "/v1/completions, /v1/fine_tuning/jobs"),
        "davinci": ("davinci-002", "/v1/completions, /v1/fine_tuning/jobs"),
        "transcription": ("gpt-4o-transcribe-diarize", "/v1/audio/transcriptions"),
        "images": ("gpt-image-2", "/v1/images/generations, /v1/images/edits"),
        "realtime": ("gpt-4o-realtime-preview", "/v1/realtime"),
        "realtime, dated": ("gpt-4o-mini-realtime-preview-2024-12-17", "/v1/realtime"),
    },
)
def test_a_model_that_cannot_serve_an_assistant_is_a_fault_that_says_what_it_serves(model: str, endpoints: str) -> None:
    expected = f"the model '{model}' cannot serve an assistant: it serves {endpoints}; choose a chat model"
    assert found({"model": model}) == [f"model: {expected}"]


@pytest.mark.parametrize(
    "model",
    [
        "gpt-4o",
        "gpt-3.5-turbo",
        "o3-mini",
        "gpt-5.1",
        "gpt-4.5-preview",
        "gpt-audio-mini",
        "Whisper-1",
        "my-whisper-1",
        "tts-10",
    ],
)
def test_any_other_model_passes(model: str) -> None:
    assert found({"model": model}) == []


# --- JSON Schema


@cases(
    "schema expected",
    {
        "type": (
            {"type": "objekt"},
            [f"{PARAMETERS}.type: ~ is 'objekt', which JSON Schema does not have; did you mean 'object'?"],
        ),
        "deep": (
            {"properties": {"a": {"items": {"minLength": -1}}}},
            [
                f"{PARAMETERS}.properties.a.items.minLength: ~ is not valid JSON Schema: -1 is less than the minimum of 0; fix it"
            ],
        ),
        "item of a list": (
            {"anyOf": [{}, {"required": "a"}]},
            [f'{PARAMETERS}.anyOf[1].required: ~ is not valid JSON Schema: "a" is not of type "array"; fix it'],
        ),
        "found by several vocabularies, said once": (
            {"properties": {"a": 5}},
            [f'{PARAMETERS}.properties.a: ~ is not valid JSON Schema: 5 is not of types "boolean", "object"; fix it'],
        ),
        "old keyword in a new draft": (
            {"maximum": 5, "exclusiveMaximum": True},
            [f'{PARAMETERS}.exclusiveMaximum: ~ is not valid JSON Schema: true is not of type "number"; fix it'],
        ),
        "old keyword in its draft": (
            {"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 5, "exclusiveMaximum": True},
            [],
        ),
        "draft 6": ({"$schema": "http://json-schema.org/draft-06/schema#", "type": "object"}, []),
        "draft 7": ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}, []),
        "draft 7, fault": (
            {"$schema": "http://json-schema.org/draft-07/schema#", "required": 5},
            [f'{PARAMETERS}.required: ~ is not valid JSON Schema: 5 is not of type "array"; fix it'],
        ),
        "draft 2019-09": ({"$schema": "https://json-schema.org/draft/2019-09/schema", "type": "object"}, []),
        "draft 2020-12": ({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}, []),
        "no draft at all": (
            {"$schema": 5},
            [f'{PARAMETERS}.$schema: ~ is not valid JSON Schema: 5 is not of type "string"; fix it'],
        ),
        "large numbers": ({"minLength": 10**30, "maximum": 1e300}, []),
        "unknown keywords": ({"x-order": [1, 2], "title": "T"}, []),
        "a long value is cut in the message": (
            {"enum": "x" * 5000},
            [
                f'{PARAMETERS}.enum: ~ is not valid JSON Schema: "{"x" * 59}...{"x" * 76}" is not of type "array"; fix it'
            ],
        ),
    },
)
def test_parameters_are_checked_as_json_schema(schema: dict[str, Any], expected: list[str]) -> None:
    assert found(function(schema)) == expected


def test_the_schema_of_an_answer_is_checked_too() -> None:
    where = "response_format.json_schema.schema.required"
    expected = f'{where}: ~ is not valid JSON Schema: 5 is not of type "array"; fix it'
    assert found(json_schema(schema={"required": 5})) == [expected]


def test_an_unknown_draft_and_a_reference_inside_a_schema_never_reach_the_network() -> None:
    """A server that would notice waits at the address; it is a fault's place that proves that the schema was read."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
        schema = {
            "$schema": f"{base}/draft",
            "$id": f"{base}/id",
            "$ref": f"{base}/ref",
            "properties": {"a": {"$ref": f"{base}/a"}},
        }
        assert found(function({**schema, "type": "objekt"}))[0].startswith(f"{PARAMETERS}.type: ")
        with pytest.raises(TimeoutError):
            server.accept()


@cases(
    "fields expected",
    {
        "an object without properties": (strict(), []),
        "all named": (strict(properties={"a": {"type": "string"}}, required=["a"]), []),
        "null in place of optional": (strict(properties={"a": {"type": ["string", "null"]}}, required=["a"]), []),
        "a list of types with object": (
            strict(properties={"a": {"type": ["object", "null"], "properties": {}}}, required=["a"]),
            [f"{PARAMETERS}.properties.a: ~: with strict: true an object needs additionalProperties: false; add it"],
        ),
        "not strict": (function({"type": "object", "properties": {"a": {}}}, strict=False), []),
        "no parameters": (function(strict=True), []),
        "not an object": (
            function({"type": "array", "items": {"type": "string"}}, strict=True),
            [f"{PARAMETERS}: ~: with strict: true the schema has to be an object and not anyOf; change it"],
        ),
        "anyOf at the root": (
            strict(anyOf=[]),
            [
                f"{PARAMETERS}.anyOf: ~ is not valid JSON Schema: [] has less than 1 item; fix it",
                f"{PARAMETERS}: ~: with strict: true the schema has to be an object and not anyOf; change it",
            ],
        ),
        "additional properties": (
            function({"type": "object", "properties": {}}, strict=True),
            [f"{PARAMETERS}: ~: with strict: true an object needs additionalProperties: false; add it"],
        ),
        "optional property": (
            strict(properties={key: {"type": "string"} for key in "abc"}, required=["b"]),
            [
                f"{PARAMETERS}: ~: with strict: true 'required' has to name a, c; add them; an optional one may allow null"
            ],
        ),
        "deep": (
            strict(
                properties={
                    "a": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {"b": {"type": "null"}},
                        },
                    }
                },
                required=["a"],
            ),
            [
                f"{PARAMETERS}.properties.a.items: ~: with strict: true 'required' has to name b; add them; an optional one may allow null"
            ],
        ),
        "in definitions": (
            strict(**{"$defs": {"x": {"type": "object", "properties": {}}}}),
            [f"{PARAMETERS}.$defs.x: ~: with strict: true an object needs additionalProperties: false; add it"],
        ),
        "in anyOf": (
            strict(properties={"a": {"anyOf": [{"type": "object", "properties": {}}]}}, required=["a"]),
            [
                f"{PARAMETERS}.properties.a.anyOf[0]: ~: with strict: true an object needs additionalProperties: false; add it"
            ],
        ),
        "keywords": (
            strict(properties={"a": {"oneOf": [{}], "not": {}}}, required=["a"]),
            [
                f"{PARAMETERS}.properties.a.oneOf (key): {PARAMETERS}.properties.a: with strict: true 'oneOf' is not supported; remove it",
                f"{PARAMETERS}.properties.a.not (key): {PARAMETERS}.properties.a: with strict: true 'not' is not supported; remove it",
            ],
        ),
        "properties of such names": (
            strict(
                properties={
                    "items": {"type": "string"},
                    "properties": {"type": "string"},
                    "anyOf": {"type": "string"},
                    "not": {"type": "string"},
                    "$defs": {"type": "string"},
                },
                required=["items", "properties", "anyOf", "not", "$defs"],
            ),
            [],
        ),
        "a property called properties, with a fault": (
            strict(properties={"properties": {"type": "object", "properties": {}}}, required=["properties"]),
            [
                f"{PARAMETERS}.properties.properties: ~: with strict: true an object needs additionalProperties: false; add it"
            ],
        ),
        "literals are no schemas": (
            strict(
                properties={"a": {"type": "string", "enum": [{"type": "object"}], "default": {"type": "object"}}},
                required=["a"],
            ),
            [],
        ),
        "answers": (
            json_schema(schema={"type": "object", "properties": {}}, strict=True),
            [
                "response_format.json_schema.schema: ~: with strict: true an object needs additionalProperties: false; add it"
            ],
        ),
    },
)
def test_strict_schemas_keep_the_rules_of_structured_outputs(fields: Fields, expected: list[str]) -> None:
    assert found(fields) == expected


# --- what servers refuse although it is valid

ITEMS = "~: servers refuse an array without 'items'; say what it holds, such as `items: {type: string}`"
PROPERTIES = "~: servers refuse an object without 'properties'; name them, or write `properties: {}`"
AN_OBJECT = "~: servers take only an object here; write `type: object`, and the rest below its properties"
NO_TYPE = "~: with strict: true each part of a schema needs a type; add it"


def schema(kind: str = "object", /, **members: Any) -> dict[str, Any]:
    return {"type": kind, **({"properties": {}} if kind == "object" else {}), **members}


def both(*names: str) -> Fields:
    return {"tools": [{"type": "function", "function": {"name": one}} for one in names]}


# What stands in a schema -> what is said; a warning by itself, and a fault beside `strict: true`.
REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an array without items": (schema(properties={"a": schema("array")}), [f".properties.a: {ITEMS}"]),
    "an array that may be null": (
        schema(properties={"a": {"type": ["array", "null"]}}),
        [f".properties.a: {ITEMS}"],
    ),
    "a tuple": (
        schema(properties={"a": schema("array", prefixItems=[schema("string")])}),
        [f".properties.a: {ITEMS}"],
    ),
    "an array in an array": (
        schema(properties={"a": schema("array", items=schema("array"))}),
        [f".properties.a.items: {ITEMS}"],
    ),
    "in definitions": (schema(**{"$defs": {"x": schema("array")}}), [f".$defs.x: {ITEMS}"]),
    "an object without properties": (
        schema(properties={"a": {"type": "object", "additionalProperties": False}}),
        [f".properties.a: {PROPERTIES}"],
    ),
    "a whole object without properties": (
        {"type": "object", "additionalProperties": False},
        [f": {PROPERTIES}"],
    ),
    "a reference to nothing": (
        schema(properties={"a": {"$ref": "#/$defs/a"}}, **{"$defs": {}}),
        [".properties.a.$ref: ~ is '#/$defs/a', which leads to nothing here; correct it"],
    ),
    "a reference out of it": (
        schema(properties={"a": {"$ref": "https://example.com/a.json"}}),
        [".properties.a.$ref: ~ leads out of the schema, and no server follows it; put what it names under $defs"],
    ),
    "a reference to what is no schema": (
        schema(properties={"a": {"$ref": "#/type"}}),
        [".properties.a.$ref: ~ is '#/type', which leads to nothing here; correct it"],
    ),
    "a pattern": (
        schema(properties={"a": schema("string", pattern="(")}),
        [".properties.a.pattern: ~ is '(', which is not a valid regular expression; fix it"],
    ),
}


def in_order(lines: list[str]) -> list[str]:
    """Without what strict mode also wants of these schemas."""
    also = ("with strict: true 'required'", "with strict: true an object needs", NO_TYPE)
    return [one for one in lines if not any(word in one for word in also)]


@cases("wrong expected", REFUSED)
def test_what_servers_refuse_is_a_warning_and_with_strict_a_fault(wrong: dict[str, Any], expected: list[str]) -> None:
    for fields, where in (
        (function(wrong), PARAMETERS),
        (json_schema(schema=wrong), "response_format.json_schema.schema"),
    ):
        assert (found(fields, Severity.WARNING), found(fields)) == ([where + one for one in expected], [])
    fields = function(wrong, strict=True)
    assert (in_order(found(fields)), found(fields, Severity.WARNING)) == ([PARAMETERS + one for one in expected], [])


@cases(
    "wrong expected",
    {
        "an array": ({"type": "array", "items": {}}, [f"{PARAMETERS}: {AN_OBJECT}"]),
        "no type": ({"properties": {}}, [f"{PARAMETERS}: {AN_OBJECT}"]),
        "one of several types": ({"type": ["object", "null"], "properties": {}}, [f"{PARAMETERS}: {AN_OBJECT}"]),
        "a reference": ({"$ref": "#/$defs/a", "$defs": {"a": schema()}}, [f"{PARAMETERS}: {AN_OBJECT}"]),
        "anyOf at the top": (
            schema(anyOf=[{}]),
            [f"{PARAMETERS}.anyOf (key): {PARAMETERS}: servers refuse 'anyOf' at the top; put it below a property"],
        ),
        "enum at the top": (
            schema(enum=[{}]),
            [f"{PARAMETERS}.enum (key): {PARAMETERS}: servers refuse 'enum' at the top; put it below a property"],
        ),
    },
)
def test_parameters_that_are_no_object_are_a_warning(wrong: dict[str, Any], expected: list[str]) -> None:
    assert (found(function(wrong), Severity.WARNING), found(function(wrong))) == (expected, [])
    assert any(
        "the schema has to be an object and not anyOf" in one for one in found(function(wrong, strict=True))
    ) is ("enum" not in wrong)


@cases(
    "allowed",
    {
        "empty parameters": {},
        "no properties, said": schema(),
        "a map": schema(properties={"a": schema(additionalProperties={"type": "string"})}),
        "an array of anything": schema(properties={"a": schema("array", items={})}),
        "references": schema(
            properties={
                "a": {"$ref": "#/$defs/a~1b~0%20c"}, "b": {"$ref": "#"}, "c": {"$ref": "#/properties/g/anyOf/0"},
                "d": {"$ref": "#named"}, "e": {"$ref": "#/properties/a"}, "f": {"$ref": "#/$defs/yes"}, "g": {"anyOf": [schema()]},
            },
            **{"$defs": {"a/b~ c": {"$anchor": "named"}, "yes": True}, "definitions": {"x": schema()}},
        ),
        "patterns": schema(properties={"a": schema("string", pattern=r"^(?=.*\\d)[\\w-]{1,64}$")}),
        "literals": schema(properties={"a": schema("string", default={"type": "array"}, examples=[{"type": "object"}])}),
    },
)  # fmt: skip
def test_what_servers_take_is_no_warning(allowed: dict[str, Any]) -> None:
    assert (found(function(allowed), Severity.WARNING), found(function(allowed))) == ([], [])


@cases(
    "fields expected",
    {
        "a property without a type": (
            strict(properties={"a": {"description": "d"}}, required=["a"]),
            [f"{PARAMETERS}.properties.a: {NO_TYPE}"],
        ),
        "an item without one": (
            strict(properties={"a": {"type": "array", "items": {}}}, required=["a"]),
            [f"{PARAMETERS}.properties.a.items: {NO_TYPE}"],
        ),
        "true and false in place of a schema": (
            strict(properties={"a": True, "b": {"type": "array", "items": False}}, required=["a", "b"]),
            [f"{PARAMETERS}.properties.a: {NO_TYPE}", f"{PARAMETERS}.properties.b.items: {NO_TYPE}"],
        ),
        "in place of one": (
            strict(
                properties={"a": {"$ref": "#/$defs/x"}, "b": {"anyOf": [{"type": "null"}]}},
                required=["a", "b"],
                **{"$defs": {"x": {"type": "string"}}},
            ),
            [],
        ),
        "what stands beside a reference": (
            strict(
                properties={"a": {"$ref": "#/$defs/x", "description": "d"}},
                required=["a"],
                **{"$defs": {"x": {"type": "string"}}},
            ),
            [
                f"{PARAMETERS}.properties.a: ~: with strict: true nothing may stand next to $ref, but here is description; remove it"
            ],
        ),
        "required of nothing": (
            strict(properties={"a": {"type": "string"}}, required=["a", "b"]),
            [
                f"{PARAMETERS}.required[1]: ~ is 'b', and there is no such property; with strict: true there has to be: remove it"
            ],
        ),
        "an answer without a schema": (
            json_schema(strict=True),
            ["response_format.json_schema: ~: with strict: true a 'schema' is needed; add it"],
        ),
        "an answer without a schema, not strict": (json_schema(), []),
        "the schema in a file": (json_schema(schema={"file": "s.json"}, strict=True), []),
    },
)  # fmt: skip
def test_strict_schemas_keep_the_rules_that_were_reported(fields: Fields, expected: list[str]) -> None:
    assert (found(fields), found(fields, Severity.WARNING)) == (expected, [])


@cases(
    "called named",
    {
        "dict": ("dict", "object"), "list": ("list", "array"), "str": ("str", "string"), "int": ("int", "integer"),
        "float": ("float", "number"), "bool": ("bool", "boolean"), "None": ("None", "null"), "capitals": ("STRING", "string"),
        "a typo": ("strin", "string"),
    },
)  # fmt: skip
def test_a_type_of_another_language_is_told_its_name(called: str, named: str) -> None:
    expected = (
        f"{PARAMETERS}.properties.a.type: ~ is '{called}', which JSON Schema does not have; did you mean '{named}'?"
    )
    assert found(function(schema(properties={"a": {"type": called}}))) == [expected]


REASONING = "reasoning models such as this one refuse it; remove it, or choose another model"


@cases(
    "fields names",
    {
        "both": ({"model": "o3-mini", "temperature": 0.2, "top_p": 0.5}, ["temperature", "top_p"]),
        "a version of a day": ({"model": "gpt-5-mini-2025-08-07", "temperature": 0}, ["temperature"]),
        "at their defaults": ({"model": "o1", "temperature": 1, "top_p": 1.0}, []),
        "not stated": ({"model": "o1", "reasoning_effort": "low"}, []),
        "from a variable": ({"model": "o1", "temperature": {"env": "HEAT"}}, []),
        "a model from a variable": ({"model": {"env": "MODEL"}, "temperature": 0.2}, []),
        "one that chats": ({"model": "gpt-5-chat-latest", "temperature": 0.2}, []),
        "one that may be set not to": ({"model": "gpt-5.1", "temperature": 0.2}, []),
        "somebody's own": ({"model": "acme/o3-mini", "temperature": 0.2}, []),
    },
)
def test_a_temperature_for_a_reasoning_model_is_a_warning(fields: Fields, names: list[str]) -> None:
    """The service says: "Unsupported parameter: 'temperature' is not supported with this model."."""
    assert found(fields, Severity.WARNING) == [f"{name}: ~: {REASONING}" for name in names]
    assert found(fields) == []


def test_two_functions_of_one_name_are_a_warning_and_where_one_is_strict_a_fault() -> None:
    expected = ["tools[2].function.name: ~ is 'f', as tools[0].function.name is; rename one of them"]
    assert (found(both("f", "g", "f"), Severity.WARNING), found(both("f", "g", "f"))) == (expected, [])
    fields = both("f", "g", "f")
    fields["tools"][2]["function"]["strict"] = True
    assert (found(fields, Severity.WARNING), found(fields)) == ([], expected)
    assert found(both("f", "F", "g"), Severity.WARNING) == []


def test_every_rule_of_the_table_finds_what_breaks_it() -> None:
    wrong = [one for one, _ in REFUSED.values()]
    wrong += [
        {"minLength": -1},
        {"type": "array"},
        schema(oneOf=[{}]),
        schema(required=["b"]),
        schema(properties={"a": {}}),
    ]
    wrong += [schema(properties={"a": {"$ref": "#", "title": "t"}}), schema(patternProperties={"(": {}})]
    every = [part for one in wrong for part in parts(Part(one, (), one, strict=True))]
    for rule, find in PART_RULES:
        assert any(list(find(part)) for part in every), rule.says


@pytest.mark.parametrize("strict", [False, True])
def test_no_rule_says_anything_of_a_part_of_a_simple_type(*, strict: bool) -> None:
    """Such parts are passed over. A rule of one of their keywords would have to take that away from those."""
    for kind in SIMPLE_TYPES:
        values: tuple[Any, ...] = (1, -1, "", "(", "object", None, [], {}, True)
        for value in values:
            says = dict.fromkeys(FREE_KEYWORDS, value) | {"type": kind}
            part = Part(says, ("p",), {"type": "object", "properties": {"p": says}}, strict)
            assert [rule.says for rule, find in PART_RULES if list(find(part))] == []


# --- small parts


@cases(
    "name known expected",
    {
        "close": ("modle", ["model", "name"], "did you mean 'model'?"),
        "its beginning": ("prod", ["local", "production"], "did you mean 'production'?"),
        "too little of it": ("pr", ["local", "production"], "known are: local, production"),
        "far": ("x", ["model", "name"], "known are: model, name"),
        "none known": ("x", [], "known are: none"),
    },
)
def test_a_hint_names_the_closest_or_all(name: str, known: list[str], expected: str) -> None:
    assert did_you_mean(name, known) == expected


def test_an_empty_name_is_no_name() -> None:
    assert Definition("a", {"name": ""}).name is None
    assert Definition("a", {"name": "A"}).name == "A"


def test_ignored_fields_are_not_compared() -> None:
    one = Definition("a", {"model": "m", "temperature": 0.5}, ignore=frozenset(["temperature"]))
    other = Definition("a", {"model": "m"}, ignore=frozenset(["temperature"]))
    assert one.form == other.form


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("file-search", "tools[0].type is 'file-search'; did you mean 'file_search'?"),
        ("code_interpeter", "tools[0].type is 'code_interpeter'; did you mean 'code_interpreter'?"),
        ("openai", "tools[0].type is 'openai'; did you mean 'openapi'?"),
        ("fabric_data_agent", "tools[0].type is 'fabric_data_agent'; did you mean 'fabric_dataagent'?"),
        ("computer_use", ""),
        ("web_search", ""),
        ("browser", ""),
        ("image_generation", ""),
    ],
)
def test_a_tool_that_is_all_but_one_we_know_is_a_typo(kind: str, said: str) -> None:
    assert [one.message for one in faults({"model": "m", "tools": [{"type": kind}]})] == [said] * bool(said)
