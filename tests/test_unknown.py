"""What an object holds beside the members that we know: what it is, how it is matched, what an update carries along."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.objects.jsontext import as_text
from assistants_tool.objects.members import ASSISTANTS, Member, Members
from assistants_tool.objects.normal import Structure, text
from assistants_tool.objects.unknown import carried, unknown
from tests.builders import Object, answered, wanted
from tests.examples import examples
from tests.strategies import definitions, json_values


def function(name: str, inside: Object | None = None, **beside: Any) -> Object:
    return {"type": "function", "function": {"name": name, **(inside or {})}, **beside}


def search(**members: Any) -> Object:
    return {"type": "file_search", "file_search": members}


def told(body: Object, members: Members = ASSISTANTS) -> dict[str, Any]:
    return {one.shown: one.value for one in unknown(body, members).told}


TOLD: dict[str, tuple[Object, dict[str, Any]]] = {
    "at the top": ({"colour": "red", "model": "m"}, {"colour": "red"}),
    "in a tool": ({"tools": [{"type": "code_interpreter", "gpu": True}]}, {"tools[0].gpu": True}),
    "in a function": ({"tools": [function("f", {"cache": 0})]}, {"tools[0].function.cache": 0}),
    "in a search": ({"tools": [search(mode="x")]}, {"tools[0].file_search.mode": "x"}),
    "in its ranking": (
        {"tools": [search(ranking_options={"hybrid_search": {"weight": 1}})]},
        {"tools[0].file_search.ranking_options.hybrid_search": {"weight": 1}},
    ),
    "in resources": (
        {"tool_resources": {"code_interpreter": {"file_ids": ["f"], "datasets": [{"uri": "u"}]}}},
        {"tool_resources.code_interpreter.datasets": [{"uri": "u"}]},
    ),
    "resources of another kind": (
        {"tool_resources": {"memory": {"indexes": ["i"]}}},
        {"tool_resources.memory": {"indexes": ["i"]}},
    ),
    "in a format": ({"response_format": {"type": "text", "tone": "dry"}}, {"response_format.tone": "dry"}),
    "in a schema's wrapping": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "mode": "x"}}},
        {"response_format.json_schema.mode": "x"},
    ),
    "as JSON in a text": (
        {"tools": json.dumps([{"type": "function", "function": json.dumps({"name": "f", "cache": 1})}])},
        {"tools[0].function.cache": 1},
    ),
    "a tool of another type is known as a whole": ({"tools": [{"type": "web_service", "web_service": {"a": 1}}]}, {}),
    "what is opaque is not looked into": ({"tools": [function("f", {"parameters": {"x-more": 1}})]}, {}),
    "metadata may hold anything": ({"metadata": {"a": "b"}}, {}),
    "identity": ({"id": "asst_1", "object": "assistant", "created_at": 1}, {}),
    "what servers set": (
        {
            "updated_at": 1,
            "archived_at": 2,
            "user_id": "u",
            "org_id": "o",
            "file_ids": ["f"],
            "version": 3,
            "etag": "e",
        },
        {},
    ),
    "deeper, the same name is no server's": (
        {"tools": [function("f", {"version": 3})]},
        {"tools[0].function.version": 3},
    ),
    "what is unset": ({"a": None, "b": {}, "c": [], "d": "", "e": {"f": None, "g": []}}, {}),
    "what odd shapes hold": ({"tools": "x", "tool_resources": ["y"], "response_format": 5}, {}),
}


@pytest.mark.parametrize(("body", "found"), TOLD.values(), ids=TOLD)
def test_what_is_told_of_an_object(body: Object, found: dict[str, Any]) -> None:
    assert told(body) == found


def test_what_servers_set_is_found_and_is_their_own() -> None:
    (found,) = unknown({"updated_at": 5}, ASSISTANTS).all
    assert (found.shown, found.value, found.is_servers_own) == ("updated_at", 5, True)


@examples(20)
@given(definitions(unknown=False))
def test_what_a_service_fills_in_makes_no_noise(definition: Any) -> None:
    assert not unknown({"id": "asst_1", **answered(definition.fields)}, ASSISTANTS).told


def test_another_table_knows_other_members() -> None:
    inner = Structure({"headers": text})
    table = Members((Member(name="model"), Member(name="transport", normal=inner)), servers_own=("counter",))
    body = {"model": "m", "transport": {"headers": "h", "url": "u"}, "counter": 1, "tools": [1]}
    assert told(body, table) == {"transport.url": "u", "tools": [1]}


# --- matched between two sides

MATCHED: dict[str, tuple[list[Object], list[Object], dict[str, int]]] = {
    "by a function's name": (
        [function("f", n=1), function("g", n=2)],
        [function("g"), function("f")],
        {"g": 2, "f": 1},
    ),
    "functions of one name by their order": (
        [function("f", n=1), function("f", n=2)],
        [function("f"), function("f")],
        {"f": 2},
    ),
    "a renamed function is another": ([function("f", n=1)], [function("g")], {}),
    "a function that takes another's place": (
        [function("f", n=1), function("g", n=2)],
        [function("h"), function("g")],
        {"g": 2},
    ),
}


@pytest.mark.parametrize(("held", "sent", "kept"), MATCHED.values(), ids=MATCHED)
def test_functions_are_matched_by_name(held: list[Object], sent: list[Object], kept: dict[str, int]) -> None:
    body = carried({"tools": sent}, {"tools": held}, ASSISTANTS)
    assert {one["function"]["name"]: one["n"] for one in body["tools"] if "n" in one} == kept
    assert sent == [function(one["function"]["name"]) for one in sent]  # and what was handed in is as it was


def test_other_tools_are_matched_by_their_order_among_their_type() -> None:
    held = [{"type": "code_interpreter", "n": 1}, search(n=2), search(n=3)]
    sent = [{"type": "file_search"}, function("f"), search(max_num_results=5), {"type": "code_interpreter"}]
    assert carried({"tools": sent}, {"tools": held}, ASSISTANTS)["tools"] == [
        {"type": "file_search", "file_search": {"n": 2}},
        function("f"),
        search(max_num_results=5, n=3),
        {"type": "code_interpreter", "n": 1},
    ]


# --- carried along

CARRIED: dict[str, tuple[Object, Object, Object]] = {
    "what is not sent is left as it is": (
        {"name": "x"},
        {"tools": [{"type": "code_interpreter", "n": 1}], "colour": "red"},
        {"name": "x"},
    ),
    "removed tools take theirs with them": (
        {"tools": []},
        {"tools": [{"type": "code_interpreter", "n": 1}]},
        {"tools": []},
    ),
    "a format of another type, too": (
        {"response_format": {"type": "text"}},
        {"response_format": {"type": "json_object", "n": 1}},
        {"response_format": {"type": "text"}},
    ),
    "a format that is cleared, too": (
        {"response_format": None},
        {"response_format": {"type": "json_object", "n": 1}},
        {"response_format": None},
    ),
    "a format of the same type": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "t"}}},
        {"response_format": {"type": "json_schema", "n": 1, "json_schema": {"name": "s", "m": [2]}}},
        {"response_format": {"type": "json_schema", "n": 1, "json_schema": {"name": "t", "m": [2]}}},
    ),
    "a ranking that is not stated has what a request needs": (
        {"tools": [{"type": "file_search"}]},
        {"tools": [search(ranking_options={"ranker": "x", "score_threshold": 0.5, "hybrid_search": {"w": 1}})]},
        {
            "tools": [
                search(
                    ranking_options={
                        "ranker": "default_2024_08_21",
                        "score_threshold": 0,
                        "hybrid_search": {"w": 1},
                    }
                )
            ]
        },
    ),
    "resources": (
        {"tool_resources": {"file_search": {"vector_store_ids": ["vs"]}}},
        {"tool_resources": {"code_interpreter": {"datasets": [1]}, "memory": {"indexes": [2]}}},
        {
            "tool_resources": {
                "file_search": {"vector_store_ids": ["vs"]},
                "code_interpreter": {"datasets": [1]},
                "memory": {"indexes": [2]},
            }
        },
    ),
    "what is unset is not carried": (
        {"tools": [search(ranking_options={"score_threshold": 0})]},
        {"tools": [search(ranking_options={"score_threshold": 0, "hybrid_search": None})]},
        {"tools": [search(ranking_options={"score_threshold": 0})]},
    ),
}


@pytest.mark.parametrize(("sent", "held", "whole"), CARRIED.values(), ids=CARRIED)
def test_an_update_carries_along_what_it_would_erase(sent: Object, held: Object, whole: Object) -> None:
    """Other clients do erase it: see findings/azure-agents-strict-in-javascript.sh."""
    told = json.dumps(sent)
    assert carried(sent, held, ASSISTANTS) == whole
    assert json.dumps(sent) == told


def test_what_a_definition_states_is_not_carried_over_it() -> None:
    definition = wanted("bot", tools=[function("g"), function("f", {"cache": None})])
    body = {"tools": definition.fields["tools"]}
    before = {"tools": [function("f", {"cache": 5, "more": 6})]}
    assert carried(body, before, definition.members, definition.stated)["tools"] == [
        function("g"),
        function("f", {"cache": None, "more": 6}),
    ]


def test_where_an_update_is_the_whole_object_the_top_is_carried_too() -> None:
    table = Members(ASSISTANTS.table, replaces=True)
    assert carried({"model": "m"}, {"colour": "red", "updated_at": 1}, table) == {"model": "m", "colour": "red"}


# --- the fingerprint


def test_the_rest_is_the_same_for_the_same_members_wherever_their_tools_stand() -> None:
    one, other = function("f", {"cache": 1.0}), function("g", {"cache": 2})
    rest = unknown({"tools": [one, other], "colour": "red"}, ASSISTANTS).rest()
    assert rest == unknown({"colour": "red", "tools": [other, function("f", {"cache": 1})]}, ASSISTANTS).rest()
    assert rest != unknown({"colour": "red", "tools": [other, function("f", {"cache": 3})]}, ASSISTANTS).rest()
    assert rest != unknown({"colour": "red", "tools": [other]}, ASSISTANTS).rest()
    assert len(rest) == 10


def test_the_rest_covers_neither_what_is_stated_nor_what_servers_set() -> None:
    definition = wanted("bot", colour="red")
    bodies: list[Object] = [{}, {"colour": "blue"}, {"updated_at": 7}, {"seed": None}, {"name": "x"}]
    assert {unknown(one, ASSISTANTS).rest(definition.stated) for one in bodies} == {""}


@examples(50)
@given(st.dictionaries(st.sampled_from([*ASSISTANTS.names, "x"]), json_values(), max_size=4))
def test_whatever_comes_nothing_fails_and_nothing_is_changed(body: Object) -> None:
    told = as_text(body)
    found = unknown(body, ASSISTANTS)
    assert carried(body, body, ASSISTANTS).keys() == body.keys()
    assert found.rest(found.places) == ""
    assert as_text(body) == told
