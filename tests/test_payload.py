"""Definition -> the bodies of requests: what is declared, what clears the rest, and what is left to others."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.objects.again import as_it_was, release_body
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.differences import differences
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.paths import Path
from assistants_tool.objects.payload import Body, create_body, update_body
from tests.builders import Object, answered, applied, bare, marked, wanted
from tests.examples import examples
from tests.strategies import definitions
from tests.tables import cases

MARK = Mark("acme", "production", "bot", sent="1:x")
MARKED = {MARK_KEY: MARK.encode()}

FULL: Object = {
    "name": "Bot",
    "description": "Answers.",
    "model": "gpt-4o",
    "instructions": "Be kind.",
    "tools": [{"type": "code_interpreter"}, {"type": "file_search"}],
    "top_p": 0.5,
    "temperature": 0.2,
    "reasoning_effort": "low",
    "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}, "file_search": {"vector_store_ids": ["vs_1"]}},
    "metadata": {"team": "a"},
    "response_format": {"type": "json_object"},
}
FIRST = {"model": "gpt-4o", "metadata": MARKED}


def created(definition: Definition) -> Body:
    return create_body(definition, MARK)


def updated(definition: Definition, before: Assistant, *, literal: bool = False) -> Body:
    return update_body(definition, MARK, before, literal=literal)


# --- create


def test_a_create_states_what_is_declared_and_the_mark() -> None:
    assert created(wanted("bot", **FULL)) == {**FULL, "metadata": {"team": "a", **MARKED}}
    assert created(wanted("bot")) == FIRST


def test_a_create_sends_what_is_ignored_if_it_is_stated() -> None:
    definition = wanted("bot", ignore=["temperature", "metadata.team"], temperature=0, metadata={"team": "a"})
    assert created(definition) == {"model": "gpt-4o", "temperature": 0, "metadata": {"team": "a", **MARKED}}


@pytest.mark.parametrize("value", [0, 0.0, "", [], {}], ids=repr)
def test_a_create_states_what_python_holds_for_false(value: Any) -> None:
    """Dropping temperature 0 was a real bug of another tool."""
    for name in set(ASSISTANTS.names) - {"metadata", "model", "tools", "tool_resources"}:
        assert created(wanted("bot", **{name: value}))[name] == value


SPOKEN = {"type": "object", "properties": {"a": {"type": "string", "default": None}}}
NULLS: dict[str, tuple[Object, Object]] = {
    "of a function": (
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "description": None, "parameters": None, "strict": None}}
            ]
        },
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
    ),
    "of file_search": (
        {"tools": [{"type": "file_search", "file_search": None}]},
        {"tools": [{"type": "file_search"}]},
    ),
    "of its options": (
        {
            "tools": [
                {
                    "type": "file_search",
                    "file_search": {"max_num_results": None, "ranking_options": {"ranker": None, "score_threshold": 0}},
                }
            ]
        },
        {"tools": [{"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0}}}]},
    ),
    "of resources": (
        {"tool_resources": {"code_interpreter": None, "file_search": {"vector_store_ids": None}}},
        {"tool_resources": {}},
    ),
    "of a format": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "description": None, "strict": None}}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "s"}}},
    ),
    "of metadata": ({"metadata": {"a": None, "b": ""}}, {"metadata": {"b": ""}}),
    "but not of parameters": (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": SPOKEN}}]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": SPOKEN}}]},
    ),
    "but not of a schema": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": SPOKEN}}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": SPOKEN}}},
    ),
    "but not of an unknown tool": (
        {"tools": [{"type": "web_service", "auth": None}], "tool_resources": {"web_service": {"a": None}}},
        {"tools": [{"type": "web_service", "auth": None}], "tool_resources": {"web_service": {"a": None}}},
    ),
}


@pytest.mark.parametrize(("stated", "sent"), NULLS.values(), ids=NULLS)
def test_nulls_inside_are_not_sent(stated: Object, sent: Object) -> None:
    """A file may hold them, and the service refuses them."""
    expected = {"model": "gpt-4o", **sent, "metadata": {**sent.get("metadata", {}), **MARKED}}
    assert created(wanted("bot", **stated)) == expected
    assert updated(wanted("bot", **stated), bare("asst_1")) == expected


# --- update


def test_an_update_carries_the_whole_document() -> None:
    definition = wanted("bot", **FULL)
    assert updated(definition, applied(definition)) == {**FULL, "metadata": {"team": "a", **MARKED}}


CLEARED: dict[str, tuple[str, Any, Any]] = {
    "name": ("name", None, ""),
    "description": ("description", None, ""),
    "instructions": ("instructions", None, ""),
    "tools": ("tools", [], []),
    "top_p": ("top_p", None, 1),
    "temperature": ("temperature", None, 1),
    "reasoning_effort": ("reasoning_effort", None, None),
    "response_format": ("response_format", None, "auto"),
    "tool_resources": (
        "tool_resources",
        {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": []}},
        {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": []}},
    ),
}


@pytest.mark.parametrize(("name", "at_first", "literally"), CLEARED.values(), ids=CLEARED)
def test_a_field_that_is_no_longer_declared_is_cleared(name: str, at_first: Any, literally: Any) -> None:
    before = bare("asst_1", **{name: FULL[name]})
    assert updated(wanted("bot"), before) == {**FIRST, name: at_first}
    assert updated(wanted("bot"), before, literal=True) == {**FIRST, name: literally}


def test_every_field_but_the_model_can_be_cleared() -> None:
    assert {*CLEARED, "model", "metadata"} == set(ASSISTANTS.names)
    assert updated(wanted("bot"), bare("asst_1", metadata={"team": "a"})) == FIRST


@pytest.mark.parametrize(
    "spelled",
    [
        {},
        answered({}),
        dict.fromkeys(ASSISTANTS.names),
        {
            "name": "",
            "tools": None,
            "temperature": 1,
            "response_format": "{}",
            "tool_resources": {"code_interpreter": None},
        },
    ],
    ids=["absent", "as the service", "null", "mixed"],
)
def test_what_is_at_its_default_is_left_out(spelled: Object) -> None:
    assert updated(wanted("bot"), Assistant({"id": "asst_1", **spelled})) == FIRST


RESOURCES: dict[str, tuple[Any, Any, Any]] = {
    "the other member is emptied": (
        {"file_search": {"vector_store_ids": ["vs_1"]}},
        {"code_interpreter": {"file_ids": ["file-1"]}, "file_search": {"vector_store_ids": ["vs_0"]}},
        {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": ["vs_1"]}},
    ),
    "both declared": (
        {"code_interpreter": {"file_ids": ["file-2"]}, "file_search": {"vector_store_ids": ["vs_1"]}},
        {"code_interpreter": {"file_ids": ["file-1"]}},
        {"code_interpreter": {"file_ids": ["file-2"]}, "file_search": {"vector_store_ids": ["vs_1"]}},
    ),
    "declared empty": (
        {},
        {"code_interpreter": {"file_ids": ["file-1"]}},
        {"code_interpreter": {"file_ids": []}},
    ),
    "a member declared empty": (
        {"file_search": {}},
        {"file_search": {"vector_store_ids": ["vs_0"]}},
        {"file_search": {"vector_store_ids": []}},
    ),
    "a member declared null": (
        {"file_search": None},
        {"file_search": {"vector_store_ids": ["vs_0"]}},
        {"file_search": {"vector_store_ids": []}},
    ),
    "of a tool that we do not know": (
        {"code_interpreter": {"file_ids": ["file-1"]}},
        {"memory": {"indexes": ["i"], "mode": "x"}},
        {"memory": {"indexes": ["i"], "mode": "x"}, "code_interpreter": {"file_ids": ["file-1"]}},
    ),
    "of a tool that we do not know, in another way": (
        {"memory": {"index_asset": "y"}},
        {"memory": {"indexes": [{"id": "x"}]}},
        {"memory": {"index_asset": "y"}},
    ),
    "held in another way": (
        {"code_interpreter": {"file_ids": ["file-1"]}},
        {"memory": False, "web_service": "x", "retrieval": [], "fabric": {"ids": []}},
        {"memory": False, "web_service": "x", "code_interpreter": {"file_ids": ["file-1"]}},
    ),
    "of a tool that we do not know, declared null": (
        {"memory": None},
        {"memory": {"indexes": ["i"]}},
        {"memory": {"indexes": ["i"]}},
    ),
    "of a tool that we do not know, declared empty": (
        {"memory": {}},
        {"memory": {"indexes": ["i"]}},
        {"memory": {}},
    ),
    "with members that we do not know": (
        {"file_search": {"vector_store_ids": ["vs_1"]}},
        {"code_interpreter": {"file_ids": ["file-1"], "datasets": [{"uri": "u"}]}},
        {
            "code_interpreter": {"file_ids": [], "datasets": [{"uri": "u"}]},
            "file_search": {"vector_store_ids": ["vs_1"]},
        },
    ),
    "declared in a way that we do not know": (
        {"memory": "x", "web_service": []},
        {"memory": {"indexes": ["i"]}, "web_service": {"a": []}},
        {"memory": "x", "web_service": []},
    ),
    "held as text": (
        {"code_interpreter": {"file_ids": ["file-1"]}},
        '{"file_search": "{\\"vector_store_ids\\": [\\"vs_0\\"]}"}',
        {"file_search": {"vector_store_ids": []}, "code_interpreter": {"file_ids": ["file-1"]}},
    ),
    "held null": (
        {"code_interpreter": {"file_ids": ["a"]}},
        {"file_search": None},
        {"code_interpreter": {"file_ids": ["a"]}},
    ),
    "held oddly": ({"code_interpreter": {"file_ids": ["a"]}}, ["odd"], {"code_interpreter": {"file_ids": ["a"]}}),
}


@pytest.mark.parametrize(("stated", "held", "sent"), RESOURCES.values(), ids=RESOURCES)
def test_tool_resources_carry_every_member_that_either_side_holds(stated: Any, held: Any, sent: Any) -> None:
    before = Assistant({"id": "asst_1", "tool_resources": held})
    assert updated(wanted("bot", tool_resources=stated), before)["tool_resources"] == sent


def test_undeclared_tool_resources_are_emptied_member_by_member() -> None:
    before = bare(
        "asst_1", tool_resources={"memory": {"indexes": ["i"]}, "file_search": {"vector_store_ids": ["vs_1"]}}
    )
    assert updated(wanted("bot"), before)["tool_resources"] == {
        "memory": {"indexes": ["i"]},
        "file_search": {"vector_store_ids": []},
    }


def test_undeclared_tool_resources_that_we_do_not_know_are_not_sent() -> None:
    before = bare("asst_1", tool_resources={"memory": {"indexes": ["i"]}, "file_search": {"vector_store_ids": []}})
    assert "tool_resources" not in updated(wanted("bot"), before)


@pytest.mark.parametrize("name", [name for name in ASSISTANTS.names if name not in ("model", "metadata")])
@pytest.mark.parametrize("stated", [True, False], ids=["stated", "not stated"])
def test_an_ignored_field_is_left_out_of_an_update(name: str, stated: bool) -> None:
    definition = wanted("bot", ignore=[name], **({name: FULL[name]} if stated else {}))
    for before in (bare("asst_1"), bare("asst_1", **FULL)):
        assert name not in updated(definition, before)
        assert name not in updated(definition, before, literal=True)


def test_an_ignored_model_is_sent_as_it_is_there() -> None:
    """Some servers ask for a model with every update."""
    definition = wanted("bot", ignore=["model"], model="gpt-4o")
    assert updated(definition, bare("asst_1", model="gpt-4.1"))["model"] == "gpt-4.1"
    assert updated(definition, Assistant({"id": "asst_1", "model": None}))["model"] == "gpt-4o"


METADATA: dict[str, tuple[list[str], Any, Any, Any]] = {
    "whole": ([], {"a": "1"}, {"a": "0", "b": "0"}, {"a": "1"}),
    "undeclared": ([], None, {"b": "0"}, {}),
    "an ignored pair is as it is there": (["metadata.b"], {"a": "1", "b": "1"}, {"b": "0"}, {"a": "1", "b": "0"}),
    "an ignored pair that is not there": (["metadata.b"], {"a": "1", "b": "1"}, {}, {"a": "1"}),
    "an ignored pair that is not stated": (["metadata.b"], {"a": "1"}, {"b": "0", "c": "0"}, {"a": "1", "b": "0"}),
    "all ignored": (["metadata"], {"a": "1"}, {"a": "0", "b": "0"}, {"a": "0", "b": "0"}),
    "a null there": (["metadata"], None, {"a": None, "b": "0"}, {"b": "0"}),
    "text there": (["metadata"], None, '{"b": "0"}', {"b": "0"}),
    "odd there": (["metadata"], {"a": "1"}, ["odd"], {}),
    "null there, all": ([], {"a": "1"}, None, {"a": "1"}),
}


@pytest.mark.parametrize(("ignore", "stated", "held", "sent"), METADATA.values(), ids=METADATA)
def test_metadata_is_sent_whole_with_the_mark(ignore: list[str], stated: Any, held: Any, sent: Any) -> None:
    definition = wanted("bot", ignore=ignore, **({} if stated is None else {"metadata": stated}))
    before = Assistant({"id": "asst_1", "metadata": held})
    assert updated(definition, before)["metadata"] == {**sent, **MARKED}


def test_the_new_mark_takes_the_old_one_s_place_even_where_metadata_is_ignored() -> None:
    before = marked("asst_1", Mark("other", "", "old"), metadata={"a": "0"})
    for ignore in (["metadata"], [f"metadata.{MARK_KEY}"], []):
        assert updated(wanted("bot", ignore=ignore), before)["metadata"][MARK_KEY] == MARK.encode()


def test_a_body_leaves_definition_and_assistant_as_they_are() -> None:
    definition, before = wanted("bot", **FULL), bare("asst_1", **FULL)
    told = json.dumps([definition.fields, before.body])
    created(definition)["metadata"]["x"] = "y"
    updated(definition, before)["tool_resources"]["x"] = {}
    release_body(before)["metadata"]["x"] = "y"
    assert json.dumps([definition.fields, before.body]) == told


# --- laws


def stored(before: Object, body: Body) -> Object:
    """What a service that does as documented holds after an update: what is left out stays, null stands for the default."""
    kept = {name: value for name, value in before.items() if name in ASSISTANTS.names}
    resources = {**before["tool_resources"], **body.get("tool_resources", {})}
    return answered({**kept, **body, **({"tool_resources": resources} if "tool_resources" in body else {})})


@examples(27)
@given(definitions())
def test_what_a_create_makes_is_what_was_wanted(definition: Definition) -> None:
    answer = answered(created(definition))
    assert list(differences(definition.form_of(answer), definition.form)) == []
    assert Assistant({"id": "asst_1", **answer}).mark == MARK


@examples(33)
@given(definitions(), definitions(), st.booleans())
def test_what_an_update_makes_is_what_was_wanted(old: Definition, new: Definition, literal: bool) -> None:
    before = answered(created(old))
    after = stored(before, updated(new, Assistant({"id": "asst_1", **before}), literal=literal))
    assert list(differences(new.form_of(after), new.form)) == []
    for name in new.ignore - {"metadata", "tool_resources"} & set(ASSISTANTS.names):
        assert after[name] == before[name]


# --- release


@pytest.mark.parametrize(
    ("metadata", "left"),
    [
        ({"a": "1", "b": None, MARK_KEY: "{}"}, {"a": "1"}),
        ({MARK_KEY: "{}"}, {}),
        (None, {}),
        ('{"a":"1"}', {"a": "1"}),
        ([], {}),
    ],
    ids=repr,
)
def test_a_release_takes_the_mark_away_and_nothing_else(metadata: Any, left: Any) -> None:
    before = Assistant({"id": "asst_1", "name": "Bot", "model": "gpt-4.1", "metadata": metadata})
    assert release_body(before) == {"name": "Bot", "model": "gpt-4.1", "metadata": left}


def test_a_release_sends_nothing_that_it_would_have_to_guess_at() -> None:
    """What nobody knows, and what a mask hides, stays by being left out."""
    mcp = {"type": "mcp", "server_label": "a", "headers": {"Authorization": "***"}}
    held = {
        "voice": "calm",
        "top_p": "high",
        "tools": [mcp],
        "temperature": 0.2,
        "metadata": {"a": "1", MARK_KEY: "{}"},
    }
    before = Assistant({"id": "asst_1", "model": "gpt-4.1", **held})
    assert release_body(before) == {"model": "gpt-4.1", "temperature": 0.2, "metadata": {"a": "1"}}


def test_where_an_update_is_the_whole_object_a_release_sends_what_nobody_knows() -> None:
    whole = replace(ASSISTANTS, replaces=True)
    held = {"voice": "calm", "metadata": {MARK_KEY: "{}"}}
    before = Assistant({"id": "asst_1", "model": "gpt-4.1", "updated_at": 5, **held}, whole)
    assert release_body(before) == {"model": "gpt-4.1", "voice": "calm", "metadata": {}}


def test_what_a_write_did_to_members_that_nobody_knows_is_undone() -> None:
    held = Assistant({"id": "asst_1", "model": "m", "voice": "calm", "metadata": {}})
    now = Assistant({"id": "asst_1", "model": "m", "voice": "loud", "mood": "x", "metadata": {}})
    assert as_it_was(held, now) == {"model": "m", "voice": "calm", "mood": None}


@cases(
    "before fields ignore told",
    {
        "the line is there": ({"token": "s"}, {"metadata": {"token": "s"}}, (), ("metadata.token",)),
        "the line went, and the pair is ignored": ({"token": "s"}, {}, ("metadata",), ("metadata.token",)),
        "it went, and its value may stay": ({"token": "s"}, {}, (), ("metadata.token",)),
        "it went, and its value with it": ({}, {}, (), ()),
        "a file states it by itself": ({"token": "s"}, {"metadata": {"token": "t"}}, (), ()),
        "which is ignored": ({"token": "s"}, {"metadata": {"token": "t"}}, ("metadata.token",), ("metadata.token",)),
        "or with all pairs": ({"token": "s"}, {"metadata": {"token": "t"}}, ("metadata",), ("metadata.token",)),
    },
)
def test_an_update_notes_where_values_of_variables_may_still_be(
    before: Object, fields: Object, ignore: tuple[str, ...], told: tuple[str, ...]
) -> None:
    mark = replace(MARK, variables=("metadata.token",))
    named: dict[Path, str] = {("metadata", "token"): "TOKEN"} if before and fields.get("metadata") == before else {}
    definition = wanted("bot", ignore=ignore, variables=named, **fields)
    body = updated(definition, marked("asst_1", mark, metadata=before))
    written = Mark.decode(body["metadata"][MARK_KEY])
    assert isinstance(written, Mark)
    assert written.variables == told


def test_a_whole_field_is_noted_as_long_as_anything_of_it_is_left() -> None:
    mark = replace(MARK, variables=("metadata", "voice"))
    before = marked("asst_1", mark, metadata={"token": "s"}, voice={"id": "s"})
    for metadata, told in (({"team": "a"}, ("metadata", "voice")), ({"token": "t"}, ("voice",))):
        written = Mark.decode(updated(wanted("bot", metadata=metadata), before)["metadata"][MARK_KEY])
        assert isinstance(written, Mark)
        assert written.variables == told
