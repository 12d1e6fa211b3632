"""What the endpoint holds: the mark, whose an assistant is, and the oddities of answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.objects.assistant import Assistant, Listing, Scope, Standing
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.mark import Damaged, Mark
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY
from tests.builders import bare, marked
from tests.examples import examples
from tests.strategies import json_values
from tests.tables import plain_name

some = examples(27)
LONGEST = "z" * 64


def body(**members: Any) -> Assistant:
    return Assistant({"id": "asst_1", **members})


# --- the mark that it bears


@pytest.mark.parametrize(
    "metadata",
    [
        {MARK_KEY: '{"key":"bot"}'},
        {MARK_KEY: {"key": "bot"}},
        json.dumps({MARK_KEY: '{"key":"bot"}'}),
        {"team": "a", MARK_KEY: '{"key":"bot"}', "none": None},
    ],
    ids=["text", "read by the server", "metadata as text", "among others"],
)
def test_an_assistant_knows_its_mark_however_metadata_is_answered(metadata: Any) -> None:
    found = body(metadata=metadata)
    assert (found.mark, found.damaged) == (Mark("", "", "bot"), None)


@pytest.mark.parametrize(
    ("metadata", "damaged"),
    [
        (
            {MARK_KEY: '{"project":"acme","environment":"prod","key":"su'},
            Damaged("acme", "prod", "su", frozenset({"key"})),
        ),
        ({MARK_KEY: "garbage"}, Damaged()),
        ('{"assistants-tool":"{\\"key', Damaged()),
        ({"team": "a"}, None),
        ({MARK_KEY: None}, None),
        ({}, None),
        ("text", None),
        (None, None),
    ],
    ids=plain_name,
)
def test_a_damaged_mark_is_not_no_mark(metadata: Any, damaged: Damaged | None) -> None:
    found = body(metadata=metadata)
    assert (found.mark, found.damaged) == (None, damaged)


@some
@given(st.dictionaries(st.sampled_from([*ASSISTANTS.defaults, "created_at", "object"]), json_values()))
def test_any_answer_makes_an_assistant(members: Mapping[str, Any]) -> None:
    found = body(**members)
    assert (found.id, found.mark) == ("asst_1", None)
    assert found.form == canonical(members)
    assert found.created_at >= 0
    assert found.name is None or found.name == members["name"]
    assert isinstance(found.keeps_metadata, bool)


# --- the rest of an answer


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        (1_774_963_808, 1_774_963_808),
        (1_774_963_808.25, 1_774_963_808.25),
        (1_774_963_808_250, 1_774_963_808.25),
        (0, 0),
        (None, 0),
        (True, 0),
        ("2026-11-23", 0),
        (-1, 0),
        (float("nan"), 0),
        (float("inf"), 0),
        (10**400, 0),
        ([], 0),
    ],
    ids=str,
)
def test_seconds_fractions_and_milliseconds_are_one_time(stamp: Any, seconds: float) -> None:
    assert body(created_at=stamp).created_at == seconds


def test_an_answer_without_a_time_is_of_time_zero() -> None:
    assert body().created_at == 0


@pytest.mark.parametrize(
    ("name", "expected"), [("Bot", "Bot"), ("", None), (None, None), (5, None), ([], None), (" ", " ")], ids=repr
)
def test_only_text_is_a_name(name: Any, expected: str | None) -> None:
    assert body(name=name).name == expected


@pytest.mark.parametrize("assistant_id", ["asst_abc", "6650f2c1", "1b9d6bcd-bbfd-4b2d", "a/b?c d", "1"])
def test_ids_are_any_text(assistant_id: str) -> None:
    assert Assistant({"id": assistant_id}).id == assistant_id


@pytest.mark.parametrize(
    ("metadata", "proof"),
    [({"a": "b"}, True), ('{"a":"b"}', True), ({}, False), ("{}", False), (None, False), ([], False), ("", False)],
    ids=repr,
)
def test_metadata_that_is_there_proves_that_metadata_is_kept(metadata: Any, proof: bool) -> None:
    assert body(metadata=metadata).keeps_metadata is proof
    assert Listing((body(), body(metadata=metadata))).keeps_metadata is proof


def test_an_empty_listing_proves_nothing() -> None:
    assert Listing(()).keeps_metadata is False


# --- whose


@pytest.mark.parametrize(
    ("mark", "owned"),
    [
        (Mark("acme", "prod", "a"), True),
        (Mark("acme", "prod", "another"), True),
        (Mark("acme", "staging", "a"), False),
        (Mark("acme", "", "a"), False),
        (Mark("", "prod", "a"), False),
        (Mark("ACME", "prod", "a"), False),
        (None, False),
    ],
    ids=str,
)
def test_a_scope_owns_what_names_its_project_and_environment(mark: Mark | None, owned: bool) -> None:
    assert Scope("acme", "prod", frozenset({"prod", "staging"})).owns(mark) is owned


STANDINGS: dict[str, tuple[Mark | None, Standing, str]] = {
    "no mark": (None, Standing.UNMANAGED, ""),
    "this environment": (Mark("acme", "prod", "a"), Standing.OURS, ""),
    "another environment": (
        Mark("acme", "qa", "a"),
        Standing.NEIGHBOUR,
        "belongs to environment qa; release it there first",
    ),
    "another environment, and no project": (
        Mark("", "qa", "a"),
        Standing.UNSCOPED,
        "is marked with environment qa and no project; take it over there (-e qa --adopt) and release it there first",
    ),
    "this environment, and no project": (Mark("", "prod", "a"), Standing.LOOSE, ""),
    "neither": (Mark("", "", "a"), Standing.LOOSE, ""),
    "an environment that is not declared": (Mark("acme", "old", "a"), Standing.LOOSE, ""),
    "another API": (Mark("acme", "prod", "a", api="other"), Standing.LOOSE, ""),
    "a declared environment by another API": (Mark("acme", "test", "a", api="other"), Standing.LOOSE, ""),
    "another project": (
        Mark("other", "prod", "a"),
        Standing.FOREIGN,
        "belongs to project other; release it there first",
    ),
    "names that look like places to fill in": (
        Mark("{mark.key}", "prod", "a"),
        Standing.FOREIGN,
        "belongs to project {mark.key}; release it there first",
    ),
}


@pytest.mark.parametrize(("mark", "standing", "held"), STANDINGS.values(), ids=STANDINGS)
def test_what_an_assistant_is_to_a_scope(mark: Mark | None, standing: Standing, held: str) -> None:
    scope = Scope("acme", "prod", frozenset({"prod", "qa"}))
    assert (scope.standing(mark), scope.held(mark)) == (standing, held)


def test_without_a_project_another_environment_is_a_neighbour() -> None:
    assert Scope("", "prod", frozenset({"prod", "qa"})).standing(Mark("", "qa", "a")) is Standing.NEIGHBOUR


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope("acme", "prod"), "project acme, environment prod"),
        (Scope(), "project (none), environment (none)"),
    ],
    ids=["named", "not named"],
)
def test_a_scope_says_what_it_is(scope: Scope, expected: str) -> None:
    assert str(scope) == expected


def test_the_form_leaves_the_mark_out() -> None:
    mark = Mark("acme", "prod", "bot")
    assert (
        marked("asst_1", mark, name="Bot", metadata={"team": "a"}).form
        == bare("asst_1", name="Bot", metadata={"team": "a"}).form
    )


def test_of_several_that_bear_one_mark_the_oldest_is_the_first_and_at_one_time_the_smaller_id() -> None:
    def bearing(found_id: str, created_at: float, mark: Mark) -> Assistant:
        return Assistant({"id": found_id, "created_at": created_at, "metadata": {MARK_KEY: mark.encode()}})

    ours = Mark("acme", "prod", "a")
    held = [
        bearing("z", 1, ours),
        bearing("c", 2, ours),
        bearing("b", 2, ours),
        bearing("d", 3, Mark("acme", "prod", "d")),
    ]
    others = [bearing("e", 0, Mark("acme", "test", "a")), Assistant({"id": "f", "created_at": 0})]
    found = Scope("acme", "prod").bearers([*reversed(held), *others])
    assert {key: [one.id for one in bearers] for key, bearers in found.items()} == {"a": ["z", "b", "c"], "d": ["d"]}
