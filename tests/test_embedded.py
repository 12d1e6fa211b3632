"""The embedded endpoint, driven in process through the transport that the tool itself uses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from assistants_tool import models
from assistants_tool.embedded import create_app
from assistants_tool.objects.members import ASSISTANTS

BETA = {"OpenAI-Beta": "assistants=v2"}
Body = dict[str, Any]


class Endpoint:
    """An app over one file, called without a server; each call has an event loop of its own."""

    kind = "openai"

    def __init__(self, database: pathlib.Path, api_key: str | None = None) -> None:
        self.app = create_app(database, api_key, self.kind)

    def client(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://embedded", headers=BETA)

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        async def exchange() -> httpx2.Response:
            async with self.client() as client:
                return await client.request(method, path, **options)

        return asyncio.run(exchange())

    def ok(self, method: str, path: str, body: object = None) -> Body:
        answer = self.send(method, path, json=body)
        assert answer.status_code == 200, answer.text
        parsed: Body = answer.json()
        return parsed

    def create(self, **fields: Any) -> Body:
        return self.ok("POST", "/v1/assistants", {"model": "gpt-4o"} | fields)

    def ids(self, query: str = "") -> list[str]:
        return [item["id"] for item in self.ok("GET", f"/v1/assistants{query}")["data"]]


@pytest.fixture
def endpoint(tmp_path: pathlib.Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path / "embedded.db")
    yield endpoint
    endpoint.app.state.store.close()


def fields(assistant: Body) -> Body:
    return {name: one for name, one in assistant.items() if name in ASSISTANTS.names}


def error(answer: httpx2.Response) -> Body:
    body = answer.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "param", "code"}
    inner: Body = body["error"]
    return inner


# What an assistant of nothing but a model is answered as.
BARE: Body = {
    "name": None,
    "description": None,
    "model": "gpt-4o",
    "instructions": None,
    "tools": [],
    "top_p": 1.0,
    "temperature": 1.0,
    "reasoning_effort": None,
    "tool_resources": {},
    "metadata": {},
    "response_format": "auto",
}
NO_FILES: Body = {"code_interpreter": {"file_ids": []}}
NO_STORES: Body = {"file_search": {"vector_store_ids": []}}
RANKING = {"ranker": "default_2024_08_21", "score_threshold": 0.0, "hybrid_search": None}
SEARCH = {"type": "file_search", "file_search": {"ranking_options": RANKING}}
NO_PARAMETERS = {"type": "object", "properties": {}}
NESTED = {
    "type": "object",
    "title": "T",
    "properties": {"b": {"title": "B"}, "a": {"enum": [1, None]}},
    "required": ["b"],
}
SCHEMA_FORMAT = {"type": "json_schema", "json_schema": {"strict": None, "schema": {"type": "object"}, "name": "answer"}}


def search(**options: Any) -> Body:
    return {"type": "file_search", "file_search": options}


def function(**members: Any) -> Body:
    return {"type": "function", "function": members}


def ranked(**options: Any) -> Body:
    return search(ranking_options=options)


def files(**members: Any) -> Body:
    return {"tool_resources": {"code_interpreter": members}}


def stores(**members: Any) -> Body:
    return {"tool_resources": {"file_search": members}}


def schema(**members: Any) -> Body:
    return {"response_format": {"type": "json_schema", "json_schema": members}}


NORMALISATION: dict[str, tuple[Body, Body]] = {
    "N1-N5, N7, N8 all omitted": ({}, {}),
    "all null": ({name: None for name in BARE if name not in ("model", "tools")}, {}),
    "N6 response_format text": ({"response_format": {"type": "text"}}, {"response_format": {"type": "text"}}),
    "N6 response_format json_object": (
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_object"}},
    ),
    "response_format json_schema, nothing added": (
        {"response_format": SCHEMA_FORMAT},
        {"response_format": SCHEMA_FORMAT},
    ),
    "N9 code_interpreter": (
        {"tools": [{"type": "code_interpreter"}]},
        {"tools": [{"type": "code_interpreter"}], "tool_resources": NO_FILES},
    ),
    "N10, N13, N15 file_search": (
        {"tools": [{"type": "file_search"}]},
        {"tools": [SEARCH], "tool_resources": NO_STORES},
    ),
    "N13 empty file_search": ({"tools": [search()]}, {"tools": [SEARCH], "tool_resources": NO_STORES}),
    "N11 both tools, one resource": (
        {
            "tools": [{"type": "file_search"}, {"type": "code_interpreter"}],
            "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}},
        },
        {
            "tools": [SEARCH, {"type": "code_interpreter"}],
            "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}, **NO_FILES},
        },
    ),
    "resources without a tool are kept": (
        {"tool_resources": {"code_interpreter": {"file_ids": ["b", "a"]}}},
        {"tool_resources": {"code_interpreter": {"file_ids": ["b", "a"]}}},
    ),
    "empty resources are filled": ({"tool_resources": {"code_interpreter": {}}}, {"tool_resources": NO_FILES}),
    "N14 ranking options": (
        {"tools": [search(max_num_results=2, ranking_options={"score_threshold": 1, "ranker": "auto"})]},
        {
            "tools": [search(max_num_results=2, ranking_options=RANKING | {"score_threshold": 1.0, "ranker": "auto"})],
            "tool_resources": NO_STORES,
        },
    ),
    "N15 max_num_results alone": (
        {"tools": [search(max_num_results=50)]},
        {"tools": [search(max_num_results=50, ranking_options=RANKING)], "tool_resources": NO_STORES},
    ),
    "an answered tool can be sent back": ({"tools": [SEARCH]}, {"tools": [SEARCH], "tool_resources": NO_STORES}),
    "N16, N17 bare function": (
        {"tools": [function(name="f")]},
        {"tools": [function(name="f", parameters=NO_PARAMETERS, strict=False)]},
    ),
    "N18 member order": (
        {"tools": [function(strict=True, parameters={}, description="d", name="f")]},
        {"tools": [function(name="f", description="d", parameters={}, strict=True)]},
    ),
    "strict null": (
        {"tools": [function(name="f", strict=None)]},
        {"tools": [function(name="f", parameters=NO_PARAMETERS, strict=False)]},
    ),
    "N19 tools keep their order": (
        {"tools": [function(name=name, parameters={}, strict=False) for name in "zay"]},
        {"tools": [function(name=name, parameters={}, strict=False) for name in "zay"]},
    ),
    "N20 response_format auto": ({"response_format": "auto"}, {"response_format": "auto"}),
    "N21 model alias": ({"model": "gpt-4o-mini"}, {"model": "gpt-4o-mini"}),
    "any other model": ({"model": "my-own/model:7b"}, {"model": "my-own/model:7b"}),
    "N22 white space and scripts": (
        {"instructions": " 你好\n Привет \U0001f9ea é e\u0301\u2028\u0000\n        "},
        {"instructions": " 你好\n Привет \U0001f9ea é e\u0301\u2028\u0000\n        "},
    ),
    "N23 nested schema": (
        {"tools": [function(name="f", parameters=NESTED, strict=False)]},
        {"tools": [function(name="f", parameters=NESTED, strict=False)]},
    ),
    "empty texts": (
        {"name": "", "description": "", "instructions": ""},
        {"name": "", "description": "", "instructions": ""},
    ),
    "integers become decimals": ({"temperature": 2, "top_p": 0}, {"temperature": 2.0, "top_p": 0.0}),
    "reasoning effort": ({"reasoning_effort": "xhigh"}, {"reasoning_effort": "xhigh"}),
    "metadata at its limits": (
        {"metadata": {f"{number:064}": "\U0001f9ea" * 512 for number in range(16)}},
        {"metadata": {f"{number:064}": "\U0001f9ea" * 512 for number in range(16)}},
    ),
    "texts at their limits": (
        {"name": "é" * 256, "description": "é" * 512, "instructions": "é" * 256_000},
        {"name": "é" * 256, "description": "é" * 512, "instructions": "é" * 256_000},
    ),
    "tools at their limit": (
        {"tools": [function(name="f" * 64, parameters={}, strict=False)] * 128},
        {"tools": [function(name="f" * 64, parameters={}, strict=False)] * 128},
    ),
}


@pytest.mark.parametrize(("request_body", "changes"), NORMALISATION.values(), ids=NORMALISATION)
def test_create_answers_every_member(endpoint: Endpoint, request_body: Body, changes: Body) -> None:
    """Create, get and list give the same object; order of members included, since it was recorded, too."""
    created = endpoint.create(**request_body)
    assert json.dumps(fields(created)) == json.dumps(BARE | changes)
    assert endpoint.ok("GET", f"/v1/assistants/{created['id']}") == created
    assert endpoint.ok("GET", "/v1/assistants")["data"] == [created]


def test_identity_of_a_new_assistant(endpoint: Endpoint) -> None:
    """The id, the time and the order of members. Names are not unique."""
    first, second = endpoint.create(name="same"), endpoint.create(name="same")
    assert list(first) == ["id", "object", "created_at", *BARE]
    assert first["object"] == "assistant"
    assert re.fullmatch(r"asst_[A-Za-z0-9]{24}", first["id"])
    assert type(first["created_at"]) is int
    assert first["id"] != second["id"]


@pytest.mark.parametrize("count", [0, 1])
def test_vector_stores_helper(endpoint: Endpoint, count: int) -> None:
    """N12: a described vector store comes back as an id only."""
    described = {"file_ids": ["file-1"], "chunking_strategy": {"type": "auto"}, "metadata": {"a": "b"}}
    created = endpoint.create(tool_resources={"file_search": {"vector_stores": [described] * count}})
    resources = created["tool_resources"]["file_search"]
    assert list(resources) == ["vector_store_ids"]
    assert [bool(re.fullmatch(r"vs_[0-9a-f]{32}", store)) for store in resources["vector_store_ids"]] == [True] * count


OPTIONS = "tools[0].file_search"
RANKED = "tools[0].file_search.ranking_options"
STORES = "tool_resources.file_search"
SCHEMA = "response_format.json_schema"

# Beside what is refused: the path and the code of the answer. Each request has a model, unless it names another.
REFUSED: dict[str, tuple[Body, str, str]] = {
    "null model": ({"model": None}, "model", "invalid_type"),
    "empty model": ({"model": ""}, "model", "empty_string"),
    "unfit model": ({"model": "tts-1"}, "model", "unsupported_model"),
    "unknown member": ({"file_ids": []}, "file_ids", "unknown_parameter"),
    "answered, never sent": ({"id": "asst_1"}, "id", "unknown_parameter"),
    "name as number": ({"name": 1}, "name", "invalid_type"),
    "long name": ({"name": "x" * 257}, "name", "string_above_max_length"),
    "long description": ({"description": "x" * 513}, "description", "string_above_max_length"),
    "long instructions": ({"instructions": "x" * 256_001}, "instructions", "string_above_max_length"),
    "null tools": ({"tools": None}, "tools", "invalid_type"),
    "many tools": ({"tools": [{"type": "code_interpreter"}] * 129}, "tools", "array_above_max_length"),
    "tool as text": ({"tools": ["code_interpreter"]}, "tools[0]", "invalid_type"),
    "no tool type": ({"tools": [{}]}, "tools[0].type", "missing_required_parameter"),
    "unknown tool type": ({"tools": [SEARCH, {"type": "retrieval"}]}, "tools[1].type", "invalid_value"),
    "tool of two types": ({"tools": [SEARCH | {"function": {}}]}, "tools[0].function", "unknown_parameter"),
    "no function": ({"tools": [{"type": "function"}]}, "tools[0].function", "missing_required_parameter"),
    "no function name": ({"tools": [function()]}, "tools[0].function.name", "missing_required_parameter"),
    "long function name": ({"tools": [function(name="f" * 65)]}, "tools[0].function.name", "string_above_max_length"),
    "empty function name": ({"tools": [function(name="")]}, "tools[0].function.name", "invalid_value"),
    "odd function name": ({"tools": [function(name="f\n")]}, "tools[0].function.name", "invalid_value"),
    "unknown member of a function": ({"tools": [function(name="f", x=1)]}, "tools[0].function.x", "unknown_parameter"),
    "parameters": ({"tools": [function(name="f", parameters=[])]}, "tools[0].function.parameters", "invalid_type"),
    "strict": ({"tools": [function(name="f", strict=1)]}, "tools[0].function.strict", "invalid_type"),
    "null search": ({"tools": [{"type": "file_search", "file_search": None}]}, "tools[0].file_search", "invalid_type"),
    "unknown option": ({"tools": [search(x=1)]}, "tools[0].file_search.x", "unknown_parameter"),
    "no results": ({"tools": [search(max_num_results=0)]}, f"{OPTIONS}.max_num_results", "integer_below_min_value"),
    "many results": ({"tools": [search(max_num_results=51)]}, f"{OPTIONS}.max_num_results", "integer_above_max_value"),
    "decimal results": ({"tools": [search(max_num_results=1.0)]}, f"{OPTIONS}.max_num_results", "invalid_type"),
    "no threshold": ({"tools": [ranked()]}, f"{RANKED}.score_threshold", "missing_required_parameter"),
    "high threshold": (
        {"tools": [ranked(score_threshold=1.1)]},
        f"{RANKED}.score_threshold",
        "decimal_above_max_value",
    ),
    "ranker": ({"tools": [ranked(score_threshold=0, ranker="best")]}, f"{RANKED}.ranker", "invalid_value"),
    "hybrid search": (
        {"tools": [ranked(score_threshold=0, hybrid_search={})]},
        f"{RANKED}.hybrid_search",
        "invalid_type",
    ),
    "resources of a function": ({"tool_resources": {"function": {}}}, "tool_resources.function", "unknown_parameter"),
    "many files": (files(file_ids=["f"] * 21), "tool_resources.code_interpreter.file_ids", "array_above_max_length"),
    "file id as number": (files(file_ids=["f", 1]), "tool_resources.code_interpreter.file_ids[1]", "invalid_type"),
    "unknown member of files": (files(x=[]), "tool_resources.code_interpreter.x", "unknown_parameter"),
    "many stores": (stores(vector_store_ids=["a", "b"]), f"{STORES}.vector_store_ids", "array_above_max_length"),
    "many new stores": (stores(vector_stores=[{}, {}]), f"{STORES}.vector_stores", "array_above_max_length"),
    "odd new store": (stores(vector_stores=[{"name": "n"}]), f"{STORES}.vector_stores[0].name", "unknown_parameter"),
    "both": (stores(vector_store_ids=[], vector_stores=[]), STORES, "mutually_exclusive_parameters"),
    "low top_p": ({"top_p": -0.1}, "top_p", "decimal_below_min_value"),
    "high top_p": ({"top_p": 1.5}, "top_p", "decimal_above_max_value"),
    "high temperature": ({"temperature": 3}, "temperature", "decimal_above_max_value"),
    "temperature as text": ({"temperature": "1"}, "temperature", "invalid_type"),
    "temperature as boolean": ({"temperature": True}, "temperature", "invalid_type"),
    "effort": ({"reasoning_effort": "huge"}, "reasoning_effort", "invalid_value"),
    "effort as number": ({"reasoning_effort": 1}, "reasoning_effort", "invalid_type"),
    "much metadata": ({"metadata": dict.fromkeys("abcdefghijklmnopq", "")}, "metadata", "object_above_max_properties"),
    "long key": ({"metadata": {"k" * 65: ""}}, f"metadata.{'k' * 65}", "property_name_above_max_length"),
    "long value": ({"metadata": {"k": "x" * 513}}, "metadata.k", "string_above_max_length"),
    "value as number": ({"metadata": {"k": 1}}, "metadata.k", "invalid_type"),
    "null value": ({"metadata": {"k": None}}, "metadata.k", "invalid_type"),
    "format as text": ({"response_format": "json_object"}, "response_format", "invalid_type"),
    "unknown format": ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
    "odd format": ({"response_format": {"type": "text", "x": 1}}, "response_format.x", "unknown_parameter"),
    "no schema": ({"response_format": {"type": "json_schema"}}, SCHEMA, "missing_required_parameter"),
    "odd schema name": (schema(name="a b"), f"{SCHEMA}.name", "invalid_value"),
    "unnamed schema": (schema(schema={}), f"{SCHEMA}.name", "missing_required_parameter"),
    "unknown member of a schema": (schema(name="a", x=1), f"{SCHEMA}.x", "unknown_parameter"),
}


@pytest.mark.parametrize(("members", "param", "code"), REFUSED.values(), ids=REFUSED)
def test_create_refuses(endpoint: Endpoint, members: Body, param: str, code: str) -> None:
    """Every limit, type, choice and unknown member, by its path. Nothing is stored."""
    answer = endpoint.send("POST", "/v1/assistants", json={"model": "m"} | members)
    assert answer.status_code == 400
    assert (error(answer)["param"], error(answer)["code"]) == (param, code)
    assert error(answer)["type"] == "invalid_request_error"
    assert endpoint.ids() == []


WORDS = {
    "missing": (b"{}", "Missing required parameter: 'model'."),
    "unknown": (b'{"file_ids": [], "model": "m"}', "Unknown parameter: 'file_ids'."),
    "unfit": (b'{"model": "whisper-1"}', "The requested model 'whisper-1' cannot be used with the Assistants API."),
    "type": (
        b'{"model": "m", "temperature": "1"}',
        "Invalid type for 'temperature': expected a decimal, but got a string instead.",
    ),
    "type of the whole": (b"[]", "Invalid type for 'request body': expected an object, but got an array instead."),
    "long text": (
        b'{"model": "m", "name": "%s"}' % (b"x" * 300),
        "Invalid 'name': string too long. Expected a string with maximum length 256, but got a string with length 300 instead.",
    ),
    "long key": (
        b'{"model": "m", "metadata": {"%s": ""}}' % (b"k" * 65),
        (
            f"Invalid property name in 'metadata': '{'k' * 65}' is too long. "
            "Expected a string with maximum length 64, but got a string with length 65 instead."
        ),
    ),
    "long array": (
        b'{"model": "m", "tools": [%s]}' % b",".join([b"{}"] * 129),
        "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 129 instead.",
    ),
    "much metadata": (
        b'{"model": "m", "metadata": {%s}}' % b",".join(b'"%d": ""' % number for number in range(17)),
        (
            "Invalid 'metadata': too many properties. "
            "Expected an object with at most 16 properties, but got an object with 17 properties instead."
        ),
    ),
    "high": (
        b'{"model": "m", "temperature": 2.5}',
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
    ),
    "low": (
        b'{"model": "m", "top_p": -1}',
        "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
    ),
    "choice": (
        b'{"model": "m", "tools": [{"type": "retrieval"}]}',
        "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'file_search', and 'function'.",
    ),
    "empty": (
        b'{"model": ""}',
        "Invalid 'model': empty string. Expected a string with minimum length 1, but got an empty string instead.",
    ),
    "pattern": (
        b'{"model": "m", "tools": [{"type": "function", "function": {"name": "a b"}}]}',
        (
            "Invalid 'tools[0].function.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[A-Za-z0-9_-]{1,64}$'."
        ),
    ),
}


@pytest.mark.parametrize(("content", "message"), WORDS.values(), ids=WORDS)
def test_words_of_a_refusal(endpoint: Endpoint, content: bytes, message: str) -> None:
    """One sentence for each kind of fault."""
    answer = endpoint.send("POST", "/v1/assistants", content=content)
    assert (answer.status_code, error(answer)["message"]) == (400, message)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"model": NaN}',
        b'{"model": 1e999}',
        b'{"model": "\\ud800"}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
    ],
    ids=["empty", "broken", "NaN", "infinite", "half a pair", "not UTF-8", "byte order mark", "nested without end"],
)
def test_bodies_that_are_no_json(endpoint: Endpoint, content: bytes) -> None:
    """What cannot be read, or could not be answered again, is malformed."""
    answer = endpoint.send("POST", "/v1/assistants", content=content)
    assert answer.status_code == 400
    assert error(answer)["message"].startswith("Invalid body: failed to parse JSON value.")


def test_a_repeated_key_counts_once(endpoint: Endpoint) -> None:
    """The last one wins."""
    answer = endpoint.send("POST", "/v1/assistants", content='{"model": "a", "name": "x", "model": "b"}')
    assert answer.json()["model"] == "b"


def test_a_body_has_a_limit(endpoint: Endpoint) -> None:
    """8 MiB, which no valid request needs."""
    answer = endpoint.send("POST", "/v1/assistants", content=b" " * (8 * 2**20 + 1))
    assert answer.status_code == 413
    assert error(answer)["code"] == "request_too_large"


FULL: Body = {
    "name": "n",
    "description": "d",
    "model": "gpt-4o",
    "instructions": "i",
    "tools": [SEARCH, {"type": "code_interpreter"}],
    "top_p": 0.5,
    "temperature": 0.5,
    "reasoning_effort": "low",
    "tool_resources": {"code_interpreter": {"file_ids": ["f"]}, "file_search": {"vector_store_ids": ["vs_1"]}},
    "metadata": {"a": "1", "b": "2"},
    "response_format": {"type": "text"},
}
NULLABLE = [name for name in FULL if name not in ("model", "tools")]
MODIFY: dict[str, tuple[Body, Body]] = {
    "nothing": ({}, {}),
    "one member": ({"name": "x"}, {"name": "x"}),
    "zero is a value": ({"temperature": 0}, {"temperature": 0.0}),
    "null clears": (
        dict.fromkeys(NULLABLE),
        {name: BARE[name] for name in NULLABLE} | {"tool_resources": NO_STORES | NO_FILES},
    ),
    "tools are replaced": (
        {"tools": [function(name="f")]},
        {"tools": [function(name="f", parameters=NO_PARAMETERS, strict=False)]},
    ),
    "tools are removed": ({"tools": []}, {"tools": []}),
    "metadata is replaced": ({"metadata": {"c": "3"}}, {"metadata": {"c": "3"}}),
    "a resource overrides, its sibling stays": (
        {"tool_resources": {"file_search": {"vector_store_ids": []}}},
        {"tool_resources": {"file_search": {"vector_store_ids": []}, "code_interpreter": {"file_ids": ["f"]}}},
    ),
    "no resource given": ({"tool_resources": {}}, {}),
    "model": ({"model": "other"}, {"model": "other"}),
    "everything as it is": (FULL, {}),
}


@pytest.mark.parametrize(("request_body", "changes"), MODIFY.values(), ids=MODIFY)
def test_modify(endpoint: Endpoint, request_body: Body, changes: Body) -> None:
    """What is not named stays; id, time, place in the list and order of members never change."""
    created = endpoint.create(**FULL)
    endpoint.create(name="newer")
    modified = endpoint.ok("POST", f"/v1/assistants/{created['id']}", request_body)
    assert json.dumps(modified) == json.dumps(created | changes)
    assert endpoint.ok("GET", f"/v1/assistants/{created['id']}") == modified
    assert endpoint.ids()[1] == created["id"]


def test_a_new_tool_brings_its_resources(endpoint: Endpoint) -> None:
    """N9 and N10 hold after a modify, too."""
    path = f"/v1/assistants/{endpoint.create()['id']}"
    modified = endpoint.ok("POST", path, {"tools": [{"type": "code_interpreter"}, {"type": "file_search"}]})
    assert modified["tool_resources"] == NO_FILES | NO_STORES


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        ({"model": None}, "invalid_type"),
        ({"tools": None}, "invalid_type"),
        ({"tool_resources": {"file_search": {"vector_stores": []}}}, "unknown_parameter"),
        ({"model": "dall-e-3"}, "unsupported_model"),
        ({"created_at": 1}, "unknown_parameter"),
    ],
    ids=str,
)
def test_modify_refuses(endpoint: Endpoint, request_body: Body, code: str) -> None:
    """A refused modify changes nothing."""
    created = endpoint.create()
    answer = endpoint.send("POST", f"/v1/assistants/{created['id']}", json=request_body)
    assert (answer.status_code, error(answer)["code"]) == (400, code)
    assert endpoint.ok("GET", f"/v1/assistants/{created['id']}") == created


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_id(endpoint: Endpoint, method: str) -> None:
    """The words of this 404 tell it from that of a missing endpoint."""
    answer = endpoint.send(method, "/v1/assistants/asst_abc123", json={})
    assert answer.status_code == 404
    assert error(answer) == {
        "message": "No assistant found with id 'asst_abc123'.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_delete(endpoint: Endpoint) -> None:
    """A deleted assistant is gone from everywhere; deleting it again is a 404."""
    kept, gone = endpoint.create()["id"], endpoint.create()["id"]
    answer = endpoint.send("DELETE", f"/v1/assistants/{gone}")
    assert answer.json() == {"id": gone, "object": "assistant.deleted", "deleted": True}
    assert endpoint.send("GET", f"/v1/assistants/{gone}").status_code == 404
    assert endpoint.send("DELETE", f"/v1/assistants/{gone}").status_code == 404
    assert endpoint.ids() == [kept]


def test_an_empty_list(endpoint: Endpoint) -> None:
    """Both ends are null."""
    answer = endpoint.send("GET", "/v1/assistants")
    assert answer.text == '{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}'


# The assistants are called by the order of their creation, which all happens within a second or two: 0, 1, ... 5.
PAGES: dict[str, tuple[str, str, bool]] = {
    "newest first": ("", "543210", False),
    "unknown keys are ignored": ("?timeout=120&limit=6", "543210", False),
    "oldest first": ("?order=asc", "012345", False),
    "first page": ("?limit=2", "54", True),
    "a full last page": ("?limit=2&after=2", "10", False),
    "page in the middle": ("?limit=2&order=desc&after=4", "32", True),
    "ascending page": ("?limit=3&order=asc&after=0", "123", True),
    "ascending last page": ("?limit=3&order=asc&after=3", "45", False),
    "after the last": ("?after=0", "", False),
    "page before": ("?limit=2&before=1", "32", True),
    "first page before": ("?limit=2&before=3", "54", False),
    "ascending page before": ("?limit=2&order=asc&before=4", "23", True),
    "ascending first page before": ("?limit=4&order=asc&before=4", "0123", False),
    "before the first": ("?before=5", "", False),
    "between two": ("?after=5&before=1", "432", False),
    "between two, limited": ("?after=5&before=1&limit=2", "43", True),
    "between two the wrong way round": ("?after=1&before=5", "", False),
    "a limit of 100": ("?limit=100", "543210", False),
}


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Endpoint, list[str]]]:
    endpoint = Endpoint(tmp_path_factory.mktemp("six") / "embedded.db")
    yield endpoint, [endpoint.create(name=str(number))["id"] for number in range(6)]
    endpoint.app.state.store.close()


@pytest.mark.parametrize(("query", "names", "has_more"), PAGES.values(), ids=PAGES)
def test_pages(six: tuple[Endpoint, list[str]], query: str, names: str, has_more: bool) -> None:
    """Cursors are exclusive; `has_more` tells whether the list goes on the way that the page was read."""
    endpoint, ids = six
    query = re.sub(r"(after|before)=(\d)", lambda match: f"{match[1]}={ids[int(match[2])]}", query)
    page = endpoint.ok("GET", f"/v1/assistants{query}")
    assert list(page) == ["object", "data", "first_id", "last_id", "has_more"]
    assert page["object"] == "list"
    assert [item["name"] for item in page["data"]] == list(names)
    assert page["has_more"] is has_more
    ends = (ids[int(names[0])], ids[int(names[-1])]) if names else (None, None)
    assert (page["first_id"], page["last_id"]) == ends


def test_default_page_size(endpoint: Endpoint) -> None:
    """20 of 21."""
    ids = [endpoint.create()["id"] for _ in range(21)]
    assert endpoint.ids() == ids[:0:-1]


QUERIES: dict[str, tuple[str, str, str, str]] = {
    "limit 0": (
        "limit=0",
        "limit",
        "integer_below_min_value",
        "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    ),
    "limit 101": (
        "limit=101",
        "limit",
        "integer_above_max_value",
        "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
    ),
    **{
        f"limit {limit}": (
            f"limit={limit}",
            "limit",
            "invalid_type",
            "Invalid type for 'limit': expected an integer, but got a string instead.",
        )
        for limit in ("abc", "", "1.0", "1_0", "%201", "%D9%A3")
    },
    "order": ("order=up", "order", "invalid_value", "Invalid value: 'up'. Supported values are: 'asc' and 'desc'."),
    "after": ("after=asst_x", "after", "invalid_value", "Invalid 'after': no assistant has the id 'asst_x'."),
    "before": ("before=asst_x", "before", "invalid_value", "Invalid 'before': no assistant has the id 'asst_x'."),
}


@pytest.mark.parametrize(("query", "param", "code", "message"), QUERIES.values(), ids=QUERIES)
def test_list_refuses(endpoint: Endpoint, query: str, param: str, code: str, message: str) -> None:
    """Queries out of bounds are refused, not bent."""
    answer = endpoint.send("GET", f"/v1/assistants?{query}")
    assert answer.status_code == 400
    assert error(answer) == {"message": message, "type": "invalid_request_error", "param": param, "code": code}


@pytest.mark.parametrize("beta", [None, "assistants=v1", ""])
@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/assistants"), ("DELETE", "/v1/assistants/asst_1")])
def test_the_beta_header_is_required(endpoint: Endpoint, method: str, path: str, beta: str | None) -> None:
    """On every route of assistants, and before anything else is looked at."""
    endpoint_client = endpoint.client()
    del endpoint_client.headers["OpenAI-Beta"]

    async def exchange() -> httpx2.Response:
        async with endpoint_client as client:
            return await client.request(method, path, headers={} if beta is None else {"OpenAI-Beta": beta})

    answer = asyncio.run(exchange())
    assert answer.status_code == 400
    assert error(answer) == {
        "message": "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by setting the header"
        " 'OpenAI-Beta: assistants=v2'.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_beta",
    }


KEY = "sk-proj-0123456789abcdefghijklmnop"
KEYS = {
    "right": (f"Bearer {KEY}", None),
    "right, scheme in lower case": (f"bearer {KEY}", None),
    "none": (None, "(none)"),
    "wrong": ("Bearer sk-proj-0123456789abcdefghijklmnoX", "sk-proj-" + "*" * 22 + "mnoX"),
    "short": ("Bearer sk-ab", "*****"),
    "not a bearer": (f"Basic {KEY}", "sk-proj-" + "*" * 22 + "mnop"),
    "not ASCII": ("Bearer schlüssel".encode(), "*" * 10),
}


@pytest.mark.parametrize(("given", "masked"), KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("path", ["/v1/assistants", "/v1/models", "/v1/models/gpt-4o"])
def test_the_key(tmp_path: pathlib.Path, path: str, given: str | bytes | None, masked: str | None) -> None:
    """A wrong key is refused, and not shown to whoever reads the message."""
    endpoint = Endpoint(tmp_path / "embedded.db", KEY)
    answer = endpoint.send("GET", path, headers={} if given is None else {"Authorization": given})
    endpoint.app.state.store.close()
    if masked is None:
        assert answer.status_code == 200
        return
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="OpenAI API"'
    assert error(answer) == {
        "message": f"Incorrect API key provided: {masked}. You can find your API key at https://platform.openai.com/account/api-keys.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }


def test_an_empty_key_is_a_mistake(tmp_path: pathlib.Path) -> None:
    """It would let everybody in."""
    with pytest.raises(ValueError, match="empty API key"):
        create_app(tmp_path / "embedded.db", "")


ROUTES: dict[str, tuple[str, str, int, str]] = {
    "unknown": ("POST", "/v1/threads", 404, "Invalid URL (POST /v1/threads)"),
    "root": ("GET", "/", 404, "Invalid URL (GET /)"),
    "trailing slash": ("GET", "/v1/assistants/", 404, "Invalid URL (GET /v1/assistants/)"),
    "wrong method": (
        "PATCH",
        "/v1/assistants/asst_1",
        405,
        "Not allowed to PATCH on /v1/assistants/asst_1. (HINT: Perhaps you meant to use a different HTTP method?)",
    ),
    "wrong method on a list": (
        "DELETE",
        "/v1/models",
        405,
        "Not allowed to DELETE on /v1/models. (HINT: Perhaps you meant to use a different HTTP method?)",
    ),
    "unknown model": ("GET", "/v1/models/gpt-x", 404, "The model 'gpt-x' does not exist"),
}


@pytest.mark.parametrize(("method", "path", "status", "message"), ROUTES.values(), ids=ROUTES)
def test_what_is_not_served(endpoint: Endpoint, method: str, path: str, status: int, message: str) -> None:
    """Always the envelope, never a page or a redirect."""
    answer = endpoint.send(method, path)
    assert answer.status_code == status
    assert error(answer)["message"] == message


def test_models(endpoint: Endpoint) -> None:
    """A list of models that can serve assistants, each of which can be asked for."""
    listed = endpoint.ok("GET", "/v1/models")
    assert listed["object"] == "list"
    assert {"gpt-4o", "gpt-4o-mini", "o3-mini", "gpt-5"} <= {model["id"] for model in listed["data"]}
    assert [model["id"] for model in listed["data"] if models.unfit_for_assistants(model["id"])] == []
    one = listed["data"][0]
    assert one.keys() == {"id", "object", "created", "owned_by"}
    assert endpoint.ok("GET", f"/v1/models/{one['id']}") == one


@pytest.mark.parametrize("path", ["/v1/assistants", "/v1/assistants/asst_1", "/v1/models", "/nowhere"])
def test_headers_of_the_service(endpoint: Endpoint, path: str) -> None:
    """They are on every answer, errors included, and the request id is never the same."""
    answers = [endpoint.send("GET", path) for _ in range(2)]
    for answer in answers:
        assert answer.headers["openai-version"] == "2020-10-01"
        assert re.fullmatch(r"req_[0-9a-f]{32}", answer.headers["x-request-id"])
        assert answer.headers["openai-processing-ms"].isdigit()
        assert answer.headers["content-type"] == "application/json"
    assert answers[0].headers["x-request-id"] != answers[1].headers["x-request-id"]


def test_a_fault_of_the_endpoint(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    """The client gets the service's words for it, the log gets the traceback."""
    store, endpoint.app.state.store = endpoint.app.state.store, None
    answer = endpoint.send("GET", "/v1/assistants")
    endpoint.app.state.store = store
    assert answer.status_code == 500
    assert error(answer) == {
        "message": "The server had an error while processing your request. Sorry about that!",
        "type": "server_error",
        "param": None,
        "code": None,
    }
    assert answer.headers["x-request-id"].startswith("req_")
    assert "Traceback" in caplog.text


def _garbage(folder: pathlib.Path) -> pathlib.Path:
    (folder / "it").write_bytes(b"this is no database" * 100)
    return folder / "it"


def _folder(folder: pathlib.Path) -> pathlib.Path:
    return folder


def _below_a_file(folder: pathlib.Path) -> pathlib.Path:
    (folder / "file").write_bytes(b"")
    return folder / "file" / "it"


def _foreign(folder: pathlib.Path) -> pathlib.Path:
    with contextlib.closing(sqlite3.connect(folder / "it")) as connection:
        connection.execute("CREATE TABLE assistants (name TEXT)")
    return folder / "it"


def _newer(folder: pathlib.Path) -> pathlib.Path:
    endpoint = Endpoint(folder / "it")
    endpoint.create()
    endpoint.app.state.store.close()
    with contextlib.closing(sqlite3.connect(folder / "it")) as connection:
        connection.execute("PRAGMA user_version = 2")
    return folder / "it"


def _damaged(folder: pathlib.Path) -> pathlib.Path:
    endpoint = Endpoint(folder / "it")
    endpoint.create()
    endpoint.app.state.store.close()
    content = bytearray((folder / "it").read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (folder / "it").write_bytes(content)
    return folder / "it"


BROKEN: dict[str, tuple[Callable[[pathlib.Path], pathlib.Path], str]] = {
    "garbage": (_garbage, "(file is not a database): move it away, or name another file."),
    "a folder": (_folder, "(unable to open database file): see that it is a file which can be read and written"),
    "below a file": (_below_a_file, "see that it is a file which can be read and written"),
    "of another program": (
        _foreign,
        "(it was made by another program, or by another version of this one): move it away",
    ),
    "of a newer version": (_newer, "(it was made by another program, or by another version of this one): move it away"),
    "damaged": (_damaged, "(database disk image is malformed): move it away, or name another file."),
}


@pytest.mark.parametrize(("build", "advice"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_used(
    tmp_path: pathlib.Path, build: Callable[[pathlib.Path], pathlib.Path], advice: str
) -> None:
    """One sentence names the file and what to do; the file is left as it is, and clients are told not to try again."""
    path = build(tmp_path)
    before = path.read_bytes() if path.is_file() else None
    endpoint = Endpoint(path)
    for method in ("GET", "POST"):
        answer = endpoint.send(method, "/v1/assistants", json={"model": "m"})
        assert answer.status_code == 500
        assert answer.headers["x-should-retry"] == "false"
        message = error(answer)["message"]
        assert message.startswith(f"The database {path} cannot be used (")
        assert advice in message
    endpoint.app.state.store.close()
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_file_that_becomes_usable(tmp_path: pathlib.Path) -> None:
    """A failed opening is tried again at the next request."""
    path = _garbage(tmp_path)
    endpoint = Endpoint(path)
    assert endpoint.send("GET", "/v1/assistants").status_code == 500
    path.unlink()
    assert endpoint.ids() == []
    endpoint.app.state.store.close()


def test_the_file_outlives_the_app(tmp_path: pathlib.Path) -> None:
    """Missing folders are made; a later app finds what was stored; closing twice does no harm, nor does closing an unused store."""
    path = tmp_path / "a" / "b" / "embedded.db"
    first, second = Endpoint(path), Endpoint(path)
    assert not path.exists()
    created = first.create(name="kept")
    for _ in range(2):
        first.app.state.store.close()
    assert second.ok("GET", f"/v1/assistants/{created['id']}") == created
    second.app.state.store.close()
    Endpoint(path).app.state.store.close()


def test_a_server_closes_the_file(tmp_path: pathlib.Path) -> None:
    """At the end of the lifespan nothing is left beside the one file, and the store is of no use any more."""
    endpoint = Endpoint(tmp_path / "data" / "embedded.db")

    async def serve() -> None:
        async with endpoint.app.router.lifespan_context(endpoint.app), endpoint.client() as client:
            assert (await client.post("/v1/assistants", json={"model": "m"})).status_code == 200

    asyncio.run(serve())
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["embedded.db"]


def test_a_busy_file_does_not_stop_the_loop(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    """While another process writes, a request waits for it, and other requests do not."""
    endpoint.create()

    async def exchange() -> None:
        async with endpoint.client() as client:
            with contextlib.closing(sqlite3.connect(tmp_path / "embedded.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                waiting = asyncio.create_task(client.post("/v1/assistants", json={"model": "m"}))
                assert (await client.get("/v1/models")).status_code == 200
                await asyncio.sleep(0.1)
                assert not waiting.done()
                other.execute("ROLLBACK")
            assert (await asyncio.wait_for(waiting, 20)).status_code == 200

    asyncio.run(exchange())
    assert len(endpoint.ids()) == 2


def test_no_writer_comes_between(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    """A change that is slow to be made does not undo another one that was asked for meanwhile."""
    identifier = endpoint.create()["id"]
    other = Endpoint(tmp_path / "embedded.db")
    begun = threading.Event()

    def slow(before: Body) -> Body:
        begun.set()
        time.sleep(0.1)
        return before | {"name": "slow"}

    async def exchange() -> None:
        change = asyncio.create_task(endpoint.app.state.store.change(identifier, slow))
        await asyncio.to_thread(begun.wait, 10)
        async with other.client() as client:
            answer = await client.post(f"/v1/assistants/{identifier}", json={"description": "quick"})
        assert answer.status_code == 200
        await change

    asyncio.run(exchange())
    other.app.state.store.close()
    after = endpoint.ok("GET", f"/v1/assistants/{identifier}")
    assert (after["name"], after["description"]) == ("slow", "quick")


WRITER = """
    import asyncio, pathlib, sys
    import httpx2
    from assistants_tool.embedded import create_app

    database, shared, member = sys.argv[1:]
    app = create_app(pathlib.Path(database))
    print("ready", flush=True)
    input()

    async def main():
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"OpenAI-Beta": "assistants=v2"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://embedded", headers=headers) as client:
            for number in range(100):
                answer = await client.post("/v1/assistants", json={"model": member})
                assert answer.status_code == 200, answer.text
                answer = await client.post("/v1/assistants/" + shared, json={member: str(number)})
                assert answer.status_code == 200, answer.text
                answer = await client.get("/v1/assistants/" + shared)
                assert answer.json()[member] == str(number)

    asyncio.run(main())
    app.state.store.close()
"""


def test_two_processes_share_a_file(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    """Nobody's creates are lost, and a change of one member never undoes another process's change of another member."""
    shared = endpoint.create()["id"]
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(WRITER), str(tmp_path / "embedded.db"), shared]
    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(
                subprocess.Popen([*command, member], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            for member in ("name", "description")
        ]
        for writer in writers:
            stack.callback(writer.kill)
        # Both begin at once, so that they are in each other's way.
        assert [writer.stdout and writer.stdout.readline() for writer in writers] == ["ready\n"] * 2
        assert [writer.stdin and writer.stdin.write("\n") for writer in writers] == [1, 1]
        assert [writer.communicate(timeout=30)[1] or writer.returncode for writer in writers] == [0, 0]
    after = endpoint.ok("GET", f"/v1/assistants/{shared}")
    assert (after["name"], after["description"]) == ("99", "99")
    first = endpoint.ok("GET", f"/v1/assistants?limit=100&order=asc&after={shared}")
    second = endpoint.ok("GET", f"/v1/assistants?limit=100&order=asc&after={first['last_id']}")
    assert (first["has_more"], second["has_more"]) == (True, False)
    written = [item["model"] for item in first["data"] + second["data"]]
    assert sorted(written) == ["description"] * 100 + ["name"] * 100
