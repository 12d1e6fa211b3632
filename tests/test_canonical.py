"""One form for both sides: what a server adds, and how it spells "unset", is no difference; everything else is one."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistants_tool.definitions.checks import faults
from assistants_tool.errors import Severity
from assistants_tool.objects.canonical import canonical, declared
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.dialects.prompts import PROMPTS
from assistants_tool.objects.differences import ABSENT, differences
from assistants_tool.objects.digests import digest, digest_matches, secrets_match
from assistants_tool.objects.jsontext import as_text, contradicts_itself, read_structure
from assistants_tool.objects.members import ASSISTANTS, as_it_was
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.tools import TOOLS
from tests.builders import answered
from tests.examples import examples
from tests.strategies import ODD_TEXTS, Fields, definitions, fields, json_values, tools
from tests.tables import cases, plain_name

some = examples(20)

RANKER = "default_2024_08_21"
SEARCHED = {"ranking_options": {"ranker": RANKER, "score_threshold": 0.0, "hybrid_search": None}}
NO_PARAMETERS = {"type": "object", "properties": {}}


def tool(**members: Any) -> Fields:
    return {"tools": [members]}


def function(**members: Any) -> Fields:
    return tool(type="function", function={"name": "f", **members})


def ranking(**members: Any) -> Fields:
    return tool(type="file_search", file_search={"ranking_options": {"score_threshold": 0, **members}})


def schema(value: Any) -> Fields:
    return function(parameters={"type": "object", "properties": {"a": value}})


def named(**members: Any) -> Fields:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "s", **members}}}


dumped = json.dumps


def form_text(stated: Fields) -> str:
    return as_text(canonical(stated))


# What a file may state, and what a server answers to it.
SAME: dict[str, tuple[Fields, Fields]] = {
    # the service's own normalisation (contract.md 2.1)
    "N1 texts left out": ({}, {"name": None, "description": None, "instructions": None}),
    "N2 tools left out": ({}, {"tools": []}),
    "N3 metadata left out": ({}, {"metadata": {}}),
    "N4 sampling left out": ({}, {"temperature": 1.0, "top_p": 1.0}),
    "N5 format left out": ({}, {"response_format": "auto"}),
    "N6 format text": ({"response_format": {"type": "text"}}, {"response_format": {"type": "text"}}),
    "N6 format json_object": (
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_object"}},
    ),
    "N7 effort left out": ({}, {"reasoning_effort": None}),
    "N8 resources left out": ({}, {"tool_resources": {}}),
    "N9 code_interpreter's resources": (
        tool(type="code_interpreter"),
        {**tool(type="code_interpreter"), "tool_resources": {"code_interpreter": {"file_ids": []}}},
    ),
    "N10 file_search's resources": (
        tool(type="file_search"),
        {**tool(type="file_search"), "tool_resources": {"file_search": {"vector_store_ids": []}}},
    ),
    "N11 the other tool's resources": (
        {"tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}},
        {"tool_resources": {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": ["vs_1"]}}},
    ),
    "N13 file_search": (tool(type="file_search"), tool(type="file_search", file_search=SEARCHED)),
    "N13 file_search {}": (tool(type="file_search", file_search={}), tool(type="file_search", file_search=SEARCHED)),
    "N14 hybrid_search": (
        ranking(score_threshold=0.5),
        ranking(score_threshold=0.5, ranker=RANKER, hybrid_search=None),
    ),
    "N15 max_num_results": (
        tool(type="file_search"),
        tool(type="file_search", file_search={"max_num_results": None, **SEARCHED}),
    ),
    "N16 strict": (function(parameters=NO_PARAMETERS), function(parameters=NO_PARAMETERS, strict=False)),
    "N17 parameters": (function(), function(parameters=NO_PARAMETERS, strict=False)),
    "N18 order of members": (
        tool(
            function={"parameters": {"type": "object", "properties": {"b": {}, "a": {}}}, "name": "f"}, type="function"
        ),
        function(strict=False, parameters={"properties": {"a": {}, "b": {}}, "type": "object"}),
    ),
    "N19 order of tools": (
        {"tools": [{"type": "file_search"}, {"type": "code_interpreter"}]},
        {"tools": [{"type": "file_search", "file_search": SEARCHED}, {"type": "code_interpreter"}]},
    ),
    "N20 format auto": ({"response_format": "auto"}, {"response_format": "auto"}),
    "N21 model alias": ({"model": "gpt-4o"}, {"model": "gpt-4o"}),
    "N22 white space": ({"instructions": " Ты 助手\n        "}, {"instructions": " Ты 助手\n        "}),
    "N23 schema keywords": (schema({"title": "T", "required": []}), schema({"required": [], "title": "T"})),
    # likely cases (contract.md 2.2)
    "ranker auto": (ranking(ranker="auto"), ranking(ranker=RANKER)),
    "strict null": (function(strict=None), function(strict=False)),
    "json_schema filled in": (
        named(schema={"type": "object"}),
        named(schema={"type": "object"}, strict=False, description=None),
    ),
    "whole numbers": ({"temperature": 1}, {"temperature": 1.0}),
    "zero": ({"temperature": 0, "top_p": 0}, {"temperature": 0.0, "top_p": 0.0}),
    "order of ids": (
        {"tool_resources": {"code_interpreter": {"file_ids": ["b", "a", "b"]}}},
        {"tool_resources": {"code_interpreter": {"file_ids": ["a", "b"]}}},
    ),
    # other servers (docs/interop.md)
    "open-assistant-api: null tools and metadata": ({}, {"tools": None, "metadata": None, "temperature": None}),
    "open-assistant-api: more members": (
        {},
        {"updated_at": 1, "file_ids": [], "extra_body": {}, "object": "assistant"},
    ),
    "Astra: float columns": (
        {"temperature": 0.9, "top_p": 0.1},
        {"temperature": 0.8999999761581421, "top_p": 0.10000000149011612},
    ),
    "Astra: float columns, deeper": (ranking(score_threshold=0.35), ranking(score_threshold=0.3499999940395355)),
    "Astra: unset temperature reads 1": ({}, {"temperature": 1}),
    "Astra: JSON in a string": (
        {"response_format": {"type": "json_object"}},
        {"response_format": '{"type": "json_object"}'},
    ),
    "LiteLLM: nested nulls": (
        {"tools": [{"type": "file_search"}, {"type": "function", "function": {"name": "f"}}]},
        {
            "tools": [
                {
                    "type": "file_search",
                    "file_search": {"max_num_results": None, "ranking_options": None},
                    "function": None,
                },
                {
                    "type": "function",
                    "function": {"name": "f", "description": None, "parameters": None, "strict": None},
                },
            ],
            "tool_resources": {"code_interpreter": None, "file_search": {"vector_store_ids": None}},
            "response_format": None,
        },
    ),
    "LiteLLM: nulls in the format": (
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_object", "json_schema": None}},
    ),
    "Cogitator: absent temperature": ({}, {"tools": [], "metadata": {}, "instructions": None}),
    "LumenLabs: absent everything": ({"model": "gpt-4o"}, {"model": "gpt-4o", "name": None}),
    "OpenGPTs: instructions are empty text": ({}, {"instructions": "", "tools": None, "metadata": None}),
    "numbers as floats": (
        tool(type="file_search", file_search={"max_num_results": 5}),
        tool(type="file_search", file_search={"max_num_results": 5.0, **SEARCHED}),
    ),
    "JSON in a string, everywhere": (
        {**function(parameters={"type": "object"}), "metadata": {"a": "b"}},
        {
            "tools": dumped(
                [{"type": "function", "function": dumped({"name": "f", "parameters": dumped({"type": "object"})})}]
            ),
            "tool_resources": dumped({"code_interpreter": "{}", "file_search": dumped({"vector_store_ids": "[]"})}),
            "metadata": '{"a": "b"}',
        },
    ),
    "empty JSON in a string": (function(), function(parameters="{}")),
    "a known field's unset pair": ({"metadata": {"a": "b"}}, {"metadata": {"a": "b", "c": None}}),
    # servers with tools of their own
    "an unknown tool's emptied resources": ({}, {"tool_resources": {"memory": {"indexes": [], "more": None}}}),
    "numbers in an unknown tool": (tool(type="web_service", limit=1), tool(type="web_service", limit=1.0)),
    "large numbers": (schema({"maximum": 1e20}), schema({"maximum": 10**20})),
    "minus zero": (schema({"minimum": 0}), schema({"minimum": -0.0})),
}

# Two wishes. If they compared equal, a change to a file would be lost.
DIFFERENT: dict[str, tuple[Fields, Fields]] = {
    "N6 text is not auto": ({"response_format": {"type": "text"}}, {}),
    "json_object is not text": ({"response_format": {"type": "json_object"}}, {"response_format": {"type": "text"}}),
    "N19 order of tools": (
        {"tools": [{"type": "file_search"}, {"type": "code_interpreter"}]},
        {"tools": [{"type": "code_interpreter"}, {"type": "file_search"}]},
    ),
    "a tool twice": ({"tools": [{"type": "code_interpreter"}]}, {"tools": [{"type": "code_interpreter"}] * 2}),
    "N21 alias is not its snapshot": ({"model": "gpt-4o"}, {"model": "gpt-4o-2024-08-06"}),
    "N22 final newline": ({"instructions": "a\n"}, {"instructions": "a"}),
    "white space is a name": ({"name": " "}, {}),
    "line ends": ({"instructions": "a\nb"}, {"instructions": "a\r\nb"}),
    "Unicode forms": ({"name": "\u00e9"}, {"name": "e\u0301"}),
    "case": ({"name": "Bot"}, {"name": "bot"}),
    "invisible": ({"name": "a\u200bb"}, {"name": "ab"}),
    "text that is JSON": ({"instructions": '{"a":1}'}, {"instructions": '{"a": 1}'}),
    "temperature 0 is not unset": ({"temperature": 0}, {}),
    "top_p 0 is not unset": ({"top_p": 0}, {}),
    "close numbers": ({"temperature": 0.7}, {"temperature": 0.70001}),
    "true is not 1": ({"temperature": True}, {"temperature": 1}),
    "false is not 0": ({"temperature": False}, {"temperature": 0}),
    "false is not unset": ({"temperature": False}, {}),
    "0 is not unset": ({"name": 0}, {}),
    "strict 0 is not unset": (function(strict=0), function()),
    "text is not a number": ({"temperature": "1"}, {"temperature": 1}),
    "effort none is not unset": ({"reasoning_effort": "none"}, {}),
    "strict": (function(strict=True), function()),
    "strict is not 1": (function(strict=True), function(strict=1)),
    "function's description": (function(description="a"), function()),
    "threshold": (ranking(score_threshold=0.5), ranking()),
    "ranker of another time": (ranking(ranker="default_2023"), ranking()),
    "max_num_results": (tool(type="file_search", file_search={"max_num_results": 20}), tool(type="file_search")),
    "parameters with more": (function(parameters={**NO_PARAMETERS, "additionalProperties": False}), function()),
    "parameters of another shape": (function(parameters={"type": "object"}), function()),
    "schema: null is not absent": (schema({"default": None}), schema({})),
    "schema: empty is not absent": (schema({"enum": []}), schema({})),
    "schema: empty text is not absent": (schema({"description": ""}), schema({})),
    "schema: true is not 1": (schema({"const": True}), schema({"const": 1})),
    "schema: text is not a number": (schema({"const": "1"}), schema({"const": 1})),
    "schema: no rounding": (schema({"const": 0.1234567}), schema({"const": 0.1234568})),
    "schema: no rounding of large numbers": (schema({"const": 2**53}), schema({"const": 2**53 + 1})),
    "schema: text that is JSON": (schema({"const": "{}"}), schema({"const": {}})),
    "schema: order of lists": (schema({"enum": [1, 2]}), schema({"enum": [2, 1]})),
    "schema: ids inside are no ids": (schema({"file_ids": ["b", "a"]}), schema({"file_ids": ["a", "b"]})),
    "json_schema: name": (named(), {"response_format": {"type": "json_schema", "json_schema": {"name": "t"}}}),
    "json_schema: null is not absent": (named(schema={"default": None}), named(schema={})),
    "json_schema: strict": (named(strict=True), named()),
    "ids": (
        {"tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}},
        {"tool_resources": {"file_search": {"vector_store_ids": ["vs_2"]}}},
    ),
    "ids that are numbers": (
        {"tool_resources": {"code_interpreter": {"file_ids": ["1"]}}},
        {"tool_resources": {"code_interpreter": {"file_ids": [1]}}},
    ),
    "ids of the other tool": (
        {"tool_resources": {"file_search": {"vector_store_ids": ["a"]}}},
        {"tool_resources": {"code_interpreter": {"file_ids": ["a"]}}},
    ),
    "an unknown tool's null": (tool(type="web_service", auth=None), tool(type="web_service")),
    "an unknown tool's order": (tool(type="web_service", ids=["b", "a"]), tool(type="web_service", ids=["a", "b"])),
    "an unknown tool's type": (tool(type="web_service"), tool(type="webservice")),
    "a pair with an empty value": ({"metadata": {"a": ""}}, {}),
    "a pair's value that is JSON": ({"metadata": {"a": "{}"}}, {"metadata": {"a": "[]"}}),
    "a pair's text is not a number": ({"metadata": {"a": "1"}}, {"metadata": {"a": 1}}),
    "metadata that is text": ({"metadata": {"": "a"}}, {"metadata": "a"}),
}


@pytest.mark.parametrize(("stated", "answer"), SAME.values(), ids=SAME)
def test_what_a_server_makes_of_a_request_is_no_difference(stated: Fields, answer: Fields) -> None:
    assert list(differences(canonical(answer), canonical(stated))) == []
    assert form_text(stated) == form_text(answer)
    assert digest(stated) == digest(answer)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_two_wishes_never_compare_equal(one: Fields, other: Fields) -> None:
    assert form_text(one) != form_text(other)
    assert list(differences(canonical(one), canonical(other)))
    assert digest(one) != digest(other)


def stating(name: str) -> Callable[[Any], Fields]:
    return lambda value: {name: value}


UNSET: dict[str, Any] = {"null": None, "absent": ABSENT, "{}": {}, "[]": [], '""': ""}
PLACES: dict[str, Callable[[Any], Fields]] = {
    **{name: stating(name) for name in ASSISTANTS.names},
    "file_search": lambda value: tool(type="file_search", file_search=value),
    "max_num_results": lambda value: tool(type="file_search", file_search={"max_num_results": value}),
    "ranking_options": lambda value: tool(type="file_search", file_search={"ranking_options": value}),
    "ranker": lambda value: ranking(ranker=value),
    "score_threshold": lambda value: ranking(score_threshold=value),
    "function": lambda value: tool(type="function", function=value),
    "function.name": lambda value: function(name=value),
    "function.description": lambda value: function(description=value),
    "parameters": lambda value: function(parameters=value),
    "strict": lambda value: function(strict=value),
    "code_interpreter resources": lambda value: {"tool_resources": {"code_interpreter": value}},
    "file_ids": lambda value: {"tool_resources": {"code_interpreter": {"file_ids": value}}},
    "file_search resources": lambda value: {"tool_resources": {"file_search": value}},
    "vector_store_ids": lambda value: {"tool_resources": {"file_search": {"vector_store_ids": value}}},
    "data_sources": lambda value: {"tool_resources": {"code_interpreter": {"data_sources": value}}},
    "vector_stores": lambda value: {"tool_resources": {"file_search": {"vector_stores": value}}},
    "indexes": lambda value: {"tool_resources": {"azure_ai_search": {"indexes": value}}},
    "mcp resources": lambda value: {"tool_resources": {"mcp": value}},
    "headers": lambda value: {"tool_resources": {"mcp": [{"server_label": "a", "headers": value}]}},
    "a header": lambda value: {"tool_resources": {"mcp": [{"server_label": "a", "headers": {"X": value}}]}},
    "require_approval": lambda value: {"tool_resources": {"mcp": [{"server_label": "a", "require_approval": value}]}},
    "allowed_tools": lambda value: tool(type="mcp", server_label="a", allowed_tools=value),
    "default_params": lambda value: tool(type="openapi", openapi={"name": "a", "default_params": value}),
    "security_scheme": lambda value: tool(type="openapi", openapi={"auth": {"security_scheme": value}}),
    "spec": lambda value: tool(type="openapi", openapi={"spec": value}),
    "search_configurations": lambda value: tool(type="bing_grounding", bing_grounding={"search_configurations": value}),
    "market": lambda value: tool(
        type="bing_grounding", bing_grounding={"search_configurations": [{"connection_id": "c", "market": value}]}
    ),
    "unknown resources": lambda value: {"tool_resources": {"memory": value}},
    "unknown resources' members": lambda value: {"tool_resources": {"memory": {"indexes": value}}},
    "json_schema": lambda value: {"response_format": {"type": "json_schema", "json_schema": value}},
    "json_schema.name": lambda value: named(name=value),
    "json_schema.description": lambda value: named(description=value),
    "json_schema.schema": lambda value: named(schema=value),
    "json_schema.strict": lambda value: named(strict=value),
}
OTHER_PLACES: dict[str, Callable[[Any], Fields]] = {
    "a tool": lambda value: {"tools": [value]},
    "a tool's type": lambda value: tool(type=value),
    "an unknown tool's member": lambda value: tool(type="web_service", member=value),
    "inside a schema": schema,
    "a file id": lambda value: {"tool_resources": {"code_interpreter": {"file_ids": [value]}}},
    "a pair": lambda value: {"metadata": {"a": value}},
    "the mark": lambda value: {"metadata": {MARK_KEY: value}},
    "the format's type": lambda value: {"response_format": {"type": value}},
}


def without_absent(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_absent(one) for name, one in value.items() if one is not ABSENT}
    return [without_absent(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("spelling", UNSET.values(), ids=UNSET)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_an_unset_field_may_be_spelled_in_any_way(place: Callable[[Any], Fields], spelling: Any) -> None:
    assert canonical(without_absent(place(spelling))) == canonical(without_absent(place(ABSENT)))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[1]", [1]),
        ("null", "null"),
        ("1", "1"),
        ('"a"', '"a"'),
        ("{a", "{a"),
        (" {}", " {}"),
        ("[1e999]", "[1e999]"),
        ("[NaN]", "[NaN]"),
        (1, 1),
    ],
    ids=repr,
)
def test_only_a_structure_is_read_from_text(value: Any, read: Any) -> None:
    assert read_structure(value) == read


@cases(
    "text yes",
    {
        "a name once": ('{"a": 1, "b": 1}', False),
        "a name twice, with one value": ('{"a": 1, "a": 1}', False),
        "a name twice, with two": ('{"a": 1, "a": 2}', True),
        "deeper": ('{"b": [{"a": 1, "a": 2}]}', True),
        "no JSON": ('{"a": 1', False),
        "nested too deeply to be read": ('{"a":' * 100_000, False),
    },
)
def test_a_text_contradicts_itself_where_a_name_has_two_values(text: str, yes: bool) -> None:
    assert contradicts_itself(text) is yes


def test_the_form_has_every_field_and_an_empty_request_has_the_defaults() -> None:
    assert canonical({}) == {
        "name": None,
        "description": None,
        "model": None,
        "instructions": None,
        "tools": [],
        "tool_resources": {
            "code_interpreter": {"file_ids": [], "data_sources": []},
            "file_search": {"vector_store_ids": [], "vector_stores": []},
            "azure_ai_search": {"indexes": []},
            "mcp": [],
        },
        "metadata": {},
        "temperature": 1,
        "top_p": 1,
        "response_format": "auto",
        "reasoning_effort": None,
    }
    assert canonical({}) == ASSISTANTS.defaults


@pytest.mark.parametrize("text", ODD_TEXTS, ids=plain_name)
def test_text_is_never_changed(text: str) -> None:
    stated = {"name": text, "description": text, "model": text, "instructions": text, "metadata": {text: text}}
    form = canonical({**stated, **function(description=text)})
    assert {name: form[name] for name in stated} == stated
    assert form["tools"][0]["function"]["description"] == text


@some
@given(st.lists(tools(), max_size=3))
def test_tools_stay_in_order_and_unknown_ones_untouched(stated: list[Fields]) -> None:
    form = canonical({"tools": stated})["tools"]
    assert [one["type"] for one in form] == [one["type"] for one in stated]
    known = {*TOOLS}
    assert [one for one in form if one["type"] not in known] == [one for one in stated if one["type"] not in known]


@pytest.mark.parametrize(
    "place", [lambda more: more, lambda more: tool(type="code_interpreter", **more), lambda more: function(**more)]
)
@pytest.mark.parametrize("value", [None, 0, "x", {"a": 1}])
def test_members_that_we_do_not_know_are_dropped(place: Callable[[Fields], Fields], value: Any) -> None:
    assert canonical(place({"invented": value})) == canonical(place({}))


def test_of_members_that_we_do_not_know_those_are_compared_which_a_definition_states() -> None:
    body = {"colour": "red", "mood": "x", "pace": {"kept": None}, "tools": [{"type": "code_interpreter", "gpu": 2.0}]}
    stated = {("colour",), ("pace",), ("tools", ("code_interpreter", "", 0), ("code_interpreter", "gpu"))}
    form = canonical(body, stated=stated)
    assert as_text({name: one for name, one in form.items() if one != ASSISTANTS.defaults.get(name)}) == as_text(
        {"colour": "red", "tools": [{"type": "code_interpreter", "gpu": 2}]}
    )


# --- whatever comes


@examples(50)
@given(st.sampled_from([*PLACES.values(), *OTHER_PLACES.values()]), json_values())
def test_any_json_in_any_place_has_a_form(place: Callable[[Any], Fields], value: Any) -> None:
    form = canonical(place(value))
    assert set(form) == set(ASSISTANTS.defaults)
    assert json.loads(as_text(form)) == form


NESTED: Any = None
for _ in range(700):
    NESTED = {"type": [NESTED]}
HOSTILE = {
    "not a number": float("nan"),
    "infinite": float("inf"),
    "minus infinite": float("-inf"),
    "huge": 10**400,
    "half a surrogate pair": "\ud800",
    "deep": NESTED,
    "deep text": "[" * 100_000,
    "closed deep text": "[" * 400 + "]" * 400,
    "broken text": '{"a"',
    "long number in text": "[" + "1" * 5000 + "]",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_no_sound_server_answers_has_a_form_too(value: Any) -> None:
    for place in [*PLACES.values(), *OTHER_PLACES.values()]:
        form = canonical(place(value))
        assert as_text(form) == as_text(canonical(place(value)))
        list(differences(form, ASSISTANTS.defaults))
        assert re_read(form) == as_text(form)


def re_read(form: Any) -> str:
    return as_text(json.loads(as_text(form)))


@some
@given(definitions())
def test_a_made_up_definition_is_sound(definition: Definition) -> None:
    own = {"key": definition.key, "protect": definition.protect, "ignore": sorted(definition.ignore)}
    assert [one for one in faults({**own, **definition.fields}) if one.severity is Severity.FAULT] == []


@some
@given(fields())
def test_the_form_of_a_form_is_that_form(stated: Fields) -> None:
    assert form_text(canonical(stated)) == form_text(stated)


@some
@given(fields())
def test_the_service_s_answer_has_the_form_of_the_request(stated: Fields) -> None:
    assert list(differences(canonical(answered(stated)), canonical(stated))) == []


def with_nulls(value: Any) -> Any:
    """As a server's typed object shows it: each member that it knows is there."""
    if isinstance(value, dict) and value.get("type") in ("file_search", "function"):
        return {"file_search": None, "function": None, "code_interpreter": None, **value}
    return value


SPELLINGS: dict[str, Callable[[Fields], Fields]] = {
    "as OpenAI": lambda answer: answer,
    "as JSON in strings": lambda answer: {
        name: json.dumps(one) if isinstance(one, (dict, list)) else one for name, one in answer.items()
    },
    "defaults left out": lambda answer: {
        name: one
        for name, one in answer.items()
        if as_text(canonical({name: one})[name]) != as_text(ASSISTANTS.defaults[name])
    },
    "defaults null": lambda answer: {
        name: None if as_text(canonical({name: one})[name]) == as_text(ASSISTANTS.defaults[name]) else one
        for name, one in answer.items()
    },
    "nulls in tools": lambda answer: {**answer, "tools": [with_nulls(one) for one in answer["tools"]]},
    "keys in another order": lambda answer: json.loads(json.dumps(answer, sort_keys=True)),
}


@examples(10)
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@given(fields())
def test_however_a_server_spells_its_answer_it_is_the_same(spell: Callable[[Fields], Fields], stated: Fields) -> None:
    assert form_text(spell(answered(stated))) == form_text(stated)


@some
@given(st.integers(0, 20_000))
def test_a_number_that_people_write_survives_four_bytes(number: int) -> None:
    stated = number / 10_000
    (stored,) = struct.unpack("f", struct.pack("f", stated))
    assert form_text({"temperature": stored}) == form_text({"temperature": stated})


# --- as a file would state it

STATED: dict[str, tuple[Fields, Fields]] = {
    "nothing": (answered({}), {"model": "gpt-4o"}),
    "what says nothing": (
        {
            "name": "",
            "metadata": {"a": None, MARK_KEY: "{}"},
            "tool_resources": {"file_search": {"vector_store_ids": []}},
        },
        {},
    ),
    "what a server filled in": (
        answered({"tools": [{"type": "file_search"}, {"type": "function", "function": {"name": "f"}}]}),
        {"model": "gpt-4o", "tools": [{"type": "file_search"}, {"type": "function", "function": {"name": "f"}}]},
    ),
    "what is there": (
        answered({**function(description="d", strict=True), "temperature": 0.0, "metadata": {"a": "b"}}),
        {"model": "gpt-4o", **function(description="d", strict=True), "temperature": 0, "metadata": {"a": "b"}},
    ),
    "an unknown tool's nulls": (tool(type="web_service", auth=None), tool(type="web_service", auth=None)),
    "a format": (named(schema={"type": "object"}, strict=False), named(schema={"type": "object"})),
    "an odd function": (tool(type="function", function="odd"), tool(type="function", function="odd")),
    "an odd label": (tool(type="mcp", server_label={"a": 1}), tool(type="mcp", server_label={"a": 1})),
    "an empty list that a file has to state": (
        tool(type="bing_grounding", bing_grounding={"search_configurations": []}),
        tool(type="bing_grounding", bing_grounding={"search_configurations": []}),
    ),
}


@pytest.mark.parametrize(("body", "stated"), STATED.values(), ids=STATED)
def test_a_body_is_declared_without_what_says_nothing(body: Fields, stated: Fields) -> None:
    assert declared(body) == stated


def test_what_the_tool_does_not_know_is_declared_too_or_that_of_it_which_a_definition_states() -> None:
    body = {"model": "m", "colour": "red", "limits": {"speed": 2.0}, "updated_at": 5, "seed": None}
    assert as_text(declared(body)) == as_text({"model": "m", "colour": "red", "limits": {"speed": 2}})
    assert declared(body, stated={("colour",)}) == {"model": "m", "colour": "red"}
    assert declared(body, stated={}) == {"model": "m"}


def test_on_another_api_it_is_declared_what_that_has() -> None:
    body = {"model": "m", "kind": "prompt", "skills": ["s"], "temperature": 1}
    assert declared(body, PROMPTS) == {"model": "m", "skills": ["s"]}


@some
@given(fields())
def test_what_is_declared_of_an_answer_is_a_sound_file_of_the_same_form(stated: Fields) -> None:
    lean = declared(answered(stated))
    assert form_text(lean) == form_text(stated)
    assert [one for one in faults({"key": "bot", **lean}) if one.severity is Severity.FAULT] == []


@some
@given(st.sampled_from([*PLACES.values(), *OTHER_PLACES.values()]), json_values())
@example(PLACES["mcp resources"], {"a": None})
def test_what_is_declared_of_any_answer_has_the_same_form(place: Callable[[Any], Fields], value: Any) -> None:
    assert form_text(declared(place(value))) == as_text(canonical(canonical(place(value))))


# --- ignored


IGNORED = {
    "a field": (["temperature"], {"temperature": 0.5}),
    "two fields": (["tools", "model"], {"tools": [{"type": "code_interpreter"}], "model": "x"}),
    "a pair": (["metadata.a"], {"metadata": {"a": "1"}}),
    "a pair with dots": (["metadata.a.b"], {"metadata": {"a.b": "1"}}),
    "all pairs": (["metadata"], {"metadata": {"a": "1", "b": "2"}}),
    "metadata that is text": (["metadata"], {"metadata": "x"}),
}


@pytest.mark.parametrize(("ignored", "stated"), IGNORED.values(), ids=IGNORED)
def test_what_is_ignored_does_not_count(ignored: list[str], stated: Fields) -> None:
    assert as_text(canonical(stated, ignored)) == as_text(canonical({}, ignored))
    assert digest(stated, ignored) == digest({}, ignored)
    assert digest(stated) != digest({})
    assert digest_matches(digest(stated, ignored), {}, ignored) is True


def test_one_ignored_pair_leaves_the_others() -> None:
    assert canonical({"metadata": {"a": "1", "b": "2"}}, ["metadata.a"])["metadata"] == {"b": "2"}


# --- digests

NOW, NEWER = ASSISTANTS.version, f"{int(ASSISTANTS.version) + 1}:"


@pytest.mark.parametrize(
    ("recorded", "stated"),
    [
        (("1:8e47cf2ed873bfc6", "2:2b8c6081294997c1"), {}),
        (("1:c52a0ada0cb9ae69", "2:9abc93c7a326f66a"), {"model": "gpt-4o", "name": "é", "temperature": 0.2}),
        (
            ("1:c4a6f698f9a13457", "2:cbdcaccc7af1be05"),
            {"model": "gpt-4o", **function(description="d"), "metadata": {"a": "b"}},
        ),
    ],
    ids=["nothing", "fields", "tools"],
)
def test_a_digest_once_written_stays_what_it_is(recorded: tuple[str, ...], stated: Fields) -> None:
    """Marks out there hold it. A change here means a new version beside these."""
    assert tuple(digest(stated, members=one) for one in (*ASSISTANTS.earlier.values(), ASSISTANTS)) == recorded
    for one in recorded:
        assert digest_matches(one, stated) is True
        assert digest_matches(one, {"name": "x"}) is False


def test_a_digest_of_a_version_says_nothing_of_what_that_did_not_know() -> None:
    """Else the first run with a new field would find every assistant changed."""
    before = as_it_was(ASSISTANTS.table, "0", {"top_p": None})
    assert set(before.names) == set(ASSISTANTS.names) - {"top_p"}
    assert digest({"model": "a", "top_p": 0.5}, members=before) == digest({"model": "a"}, members=before)


def test_a_digest_knows_its_own() -> None:
    recorded = digest({"name": "a"})
    assert digest_matches(recorded, {"name": "a"}) is True
    assert digest_matches(recorded, {"name": "b"}) is False


@pytest.mark.parametrize(
    ("then", "now", "says"),
    [
        ([], [], True),
        (["top_p", "metadata.a"], ["metadata.a", "top_p"], True),
        ([], ["top_p"], None),
        (["top_p"], [], None),
        (["top_p"], ["temperature"], None),
        (["metadata.a", "metadata.b"], ["metadata.a,metadata.b"], None),
    ],
    ids=str,
)
def test_a_digest_says_nothing_where_something_else_was_ignored(then: list[str], now: list[str], says: bool) -> None:
    recorded = digest({"name": "a"}, then)
    assert digest_matches(recorded, {"name": "a"}, now) is says
    assert digest_matches(recorded, {"name": "b"}, now) is (says and False)


def test_what_is_ignored_is_tagged_only_where_something_is() -> None:
    assert re.fullmatch(f"{NOW}:[0-9a-f]{{16}}", digest({}))
    assert re.fullmatch(f"{NOW}:[0-9a-f]{{16}}:[0-9a-f]{{8}}", digest({}, ["top_p"]))


@pytest.mark.parametrize("recorded", ["", NEWER + "8e47cf2ed873bfc6", "8e47cf2ed873bfc6", ":", " 1:8e47cf2ed873bfc6"])
def test_a_digest_that_nothing_or_a_newer_tool_wrote_says_nothing(recorded: str) -> None:
    assert digest_matches(recorded, {}) is None


def with_header(value: str) -> Fields:
    return {"tool_resources": {"mcp": [{"server_label": "a", "headers": {"X": value}}]}}


SECRETS: dict[str, tuple[Fields, bool, bool]] = {
    "the same": (with_header("one"), True, True),
    "another": (with_header("two"), False, False),
    "hidden": (with_header("REDACTED"), True, False),
    "none": ({"tool_resources": {"mcp": [{"server_label": "a", "headers": {}}]}}, False, False),
    "another beside it": ({"name": "x", **with_header("one")}, False, True),
}


@pytest.mark.parametrize(("now", "is_same", "has_the_same_secrets"), SECRETS.values(), ids=SECRETS)
def test_a_digest_tells_of_secrets_apart_from_the_rest(now: Fields, is_same: bool, has_the_same_secrets: bool) -> None:
    recorded = digest(with_header("one"))
    assert re.fullmatch(f"{NOW}:[0-9a-f]{{24}}", recorded)
    assert digest_matches(recorded, now) is is_same
    assert secrets_match(recorded, now) is has_the_same_secrets


def test_an_earlier_digest_tells_of_secrets_as_a_part_of_the_whole() -> None:
    recorded = digest(with_header("one"), members=ASSISTANTS.earlier["1"], stated={("tool_resources", "mcp")})
    assert re.fullmatch("1:[0-9a-f]{16}", recorded)
    assert secrets_match(recorded, with_header("one")) is True
    assert secrets_match(recorded, with_header("two")) is False
    assert secrets_match(NEWER + "abc", with_header("one")) is None


def test_the_mark_does_not_count() -> None:
    assert digest({"metadata": {"a": "b", MARK_KEY: "{}"}}) == digest({"metadata": {"a": "b"}})
