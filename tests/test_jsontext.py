"""JSON as servers write it, read, and the one text by which two values are compared."""

from __future__ import annotations

import re
from typing import Any

import pytest

from assistants_tool.objects.jsontext import DEPTH_MAX, as_text, contradicts_itself, fingerprint, plain, read_json, same
from tests.tables import cases


def nested(depth: int, inside: Any = None, *, name: str | None = None) -> Any:
    for _ in range(depth):
        inside = [inside] if name is None else {name: inside}
    return inside


@cases(
    "answer value",
    {
        "a text": ('{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        "bytes": (b'{"a": "\xc3\xa9"}', {"a": "\u00e9"}),
        "bytes of a server that writes UTF-16": ('{"a": "\u00e9"}'.encode("utf-16"), {"a": "\u00e9"}),
        "half a pair of surrogates": (b'"\xed\xa0\x80"', "\ud800"),
        "as deep as anything real": (f"{'[' * 149}{']' * 149}", nested(148, [])),
    },
)
def test_what_a_server_answers_is_read(answer: str | bytes, value: Any) -> None:
    assert read_json(answer) == value


@cases(
    "answer said",
    {
        "no number": ('{"a": NaN}', "NaN is not a number that JSON has"),
        "no finite number": ("[-Infinity]", "-Infinity is not a number that JSON has"),
        "a number that is too large": ("[1e999]", "1e999 is not a number that JSON has"),
        "deeper than anything real": (f"{'[' * 150}{']' * 150}", "nested too deeply"),
        "objects, too": ('{"a":' * 150 + "1" + "}" * 150, "nested too deeply"),
        "deeper than a stack": ("[" * 100_000, "nested too deeply"),
        "what breaks off": ('{"a"', "Expecting ':' delimiter"),
    },
)
def test_what_is_not_json_is_refused(answer: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        read_json(answer)


def test_the_one_text_of_a_value() -> None:
    assert as_text({"b": 1, "a": [1.5, None, "\u00e9"]}) == '{"a":[1.5,null,"\\u00e9"],"b":1}'


def test_a_fingerprint_is_that_of_the_text() -> None:
    assert fingerprint({"b": 1, "a": 2}, 4) == fingerprint({"a": 2, "b": 1}, 4) == "e6763de2"
    assert len(fingerprint([], 8)) == 16


@cases(
    "text contradicts",
    {
        "each name once": ('{"a": 1, "b": {"a": 2}}', False),
        "a name twice, saying the same": ('{"a": [1], "b": 1, "a": [1]}', False),
        "a name twice": ('{"a": 1, "b": 1, "a": 2}', True),
        "true is not 1": ('{"a": 1, "a": true}', True),
        "deep inside": ('[{"b": {"a": 1, "a": 2}}]', True),
        "no JSON": ('{"a": 1, "a": 2', False),
        "deeper than a stack": ("[" * 100_000, False),
    },
)
def test_a_text_that_says_two_things_under_one_name(text: str, contradicts: bool) -> None:
    assert contradicts_itself(text) is contradicts


@cases(
    "left right are_same",
    {
        "texts": ("a", "a", True),
        "other texts": ("a", "b", False),
        "another order of members": ({"a": 1, "b": [2]}, {"b": [2], "a": 1}, True),
        "another order of items": ([1, 2], [2, 1], False),
        "true is not 1": ({"a": [True]}, {"a": [1]}, False),
        "nothing is not null": ({}, {"a": None}, False),
    },
)
def test_two_values_are_the_same_by_their_text(left: Any, right: Any, are_same: bool) -> None:
    assert same(left, right) is are_same


@cases(
    "value written",
    {
        "a whole number": (1.0, "1"),
        "a number": (1.5, "1.5"),
        "a truth": (True, "true"),
        "a text": ("1.0", '"1.0"'),
        "deep inside": ({"a": [{"b": -0.0}, 2e20]}, '{"a":[{"b":0},200000000000000000000]}'),
        "as deep as anything real": (nested(DEPTH_MAX, 1.0), "[" * DEPTH_MAX + "1" + "]" * DEPTH_MAX),
        "deeper": (nested(DEPTH_MAX, [1.0]), "[" * DEPTH_MAX + '"(nested too deeply)"' + "]" * DEPTH_MAX),
        "objects, too": (
            nested(DEPTH_MAX, {}, name="a"),
            '{"a":' * DEPTH_MAX + '"(nested too deeply)"' + "}" * DEPTH_MAX,
        ),
    },
)
def test_whole_numbers_are_written_in_one_way(value: Any, written: str) -> None:
    assert as_text(plain(value)) == written
