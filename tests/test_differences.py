"""Where two canonical forms differ: the smallest places, in the order of the wanted side."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.objects.differences import ABSENT, differences, field_of
from assistants_tool.objects.jsontext import as_text
from tests.examples import examples
from tests.strategies import ODD_JSON, json_values
from tests.tables import cases

some = examples(20)
A, B, C = ({"type": "function", "function": {"name": name}} for name in "abc")

DIFFERENCES: dict[str, tuple[Any, Any, list[tuple[str, Any, Any]]]] = {
    "nothing": ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, []),
    "a value": ({"a": 1, "b": 1}, {"a": 1, "b": 2}, [("b", 1, 2)]),
    "deep inside": (
        {"tools": [{"function": {"name": "a", "strict": False}}]},
        {"tools": [{"function": {"name": "b", "strict": False}}]},
        [("tools[0].function.name", "a", "b")],
    ),
    "null is not absent": ({"a": None}, {}, [("a", None, ABSENT)]),
    "absent is not null": ({}, {"a": None}, [("a", ABSENT, None)]),
    "true is not 1": ({"a": True}, {"a": 1}, [("a", True, 1)]),
    "another kind": ({"a": {}}, {"a": []}, [("a", {}, [])]),
    "a tool put in front": ([B, C], [A, B, C], [("[0]", ABSENT, A)]),
    "a tool put between": ([A, C], [A, B, C], [("[1]", ABSENT, B)]),
    "a tool at the end": ([A], [A, B], [("[1]", ABSENT, B)]),
    "the first tool removed": ([A, B, C], [B, C], [("[0]", A, ABSENT)]),
    "a tool between others that stay": ([A, B, A, B], [A, B, C, A, B], [("[2]", ABSENT, C)]),
    "a tool in place of another between others that stay": (
        [A, B, A, B, C],
        [A, B, C, B, C],
        [("[2].function.name", "a", "c")],
    ),
    "all tools removed": ([A, B], [], [("[0]", A, ABSENT), ("[1]", B, ABSENT)]),
    "one of two alike removed": ([A, A, B], [A, B], [("[1]", A, ABSENT)]),
    "tools changed places": (
        [A, B],
        [B, A],
        [("[0].function.name", "a", "b"), ("[1].function.name", "b", "a")],
    ),
    "the wanted side's order, then the rest by name": (
        {"z": 1, "y": 1, "c": 1, "b": 1},
        {"c": 2, "b": 2},
        [("c", 1, 2), ("b", 1, 2), ("y", 1, ABSENT), ("z", 1, ABSENT)],
    ),
    "an empty name": ({"a": {"": 1}}, {"a": {"": 2}}, [("a.", 1, 2)]),
}


@cases("before after expected", DIFFERENCES)
def test_differences_are_the_smallest_places(before: Any, after: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert [(one.path, one.before, one.after) for one in differences(before, after)] == expected


@cases(
    "path field",
    {
        "a field": ("tools", "tools"),
        "in a list": ("tools[0].function.name", "tools"),
        "in an object": ("metadata.a[b].c", "metadata"),
    },
)
def test_the_field_that_a_place_is_in(path: str, field: str) -> None:
    assert field_of(path) == field


def test_what_is_absent_says_so() -> None:
    assert repr(ABSENT) == "(absent)"


@some
@given(json_values(), json_values() | st.sampled_from(ODD_JSON))
def test_there_is_a_difference_where_the_text_differs(before: Any, after: Any) -> None:
    assert (list(differences(before, after)) == []) == (as_text(before) == as_text(after))
    assert list(differences(after, after)) == []
