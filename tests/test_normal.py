"""Normal forms: spellings that mean the same have one, everything else is kept as it is, and what is inside is found again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import pytest

from assistants_tool.objects.normal import (
    Items,
    Kinds,
    Leaf,
    Normal,
    Pairs,
    Part,
    Shape,
    Structure,
    at,
    choice,
    flag,
    ids,
    leaves,
    metadata,
    number,
    opaque,
    pairs_of,
    places,
    secret,
    secret_places,
    text,
    texts,
    whole,
    without_additions,
    without_nulls,
    without_unset,
    word,
)
from assistants_tool.objects.paths import Path
from tests.tables import cases

UNSET: tuple[Any, ...] = (None, {}, [], "")
ANY = {"type": "object"}


@cases(
    "normal form spellings",
    {
        "no text": (text, None, UNSET),
        "a text": (text, " a\n", [" a\n"]),
        "what is no text": (text, 0, [0]),
        "no word": (word, None, UNSET),
        "no secret": (secret, None, UNSET),
        "no flag is as false": (flag, False, [*UNSET, False]),
        "a flag": (flag, True, [True]),
        "no whole number": (whole, None, UNSET),
        "no texts": (texts, [], [*UNSET, "[]"]),
        "texts, in their order": (texts, ["b", "a", "b"], [["b", "a", "b"], '["b", "a", "b"]']),
        "a text where texts belong": (texts, "a", ["a"]),
        "no ids": (ids, [], [*UNSET, "[]"]),
        "ids, each once, in an order of their own": (ids, ["a", "b"], [["b", "a", "b"], ["a", "b"], '["b", "a"]']),
        "an id where ids belong": (ids, "a", ["a"]),
        "no pairs": (metadata, {}, [*UNSET, "{}", {"a": None}, {"assistants-tool": "{}"}]),
        "pairs": (metadata, {"a": ""}, [{"a": ""}, '{"a": "", "b": null}']),
        "a list where pairs belong": (metadata, ["a"], [["a"]]),
    },
)
def test_spellings_that_mean_the_same_have_one_form(normal: Normal, form: Any, spellings: list[Any]) -> None:
    for one in spellings:
        assert normal(one) == form


@cases(
    "make given form spellings",
    {
        "a number": (number, [1], 0.9, [0.9, 0.8999999761581421]),
        "no number is the default": (number, [1], 1, [*UNSET, 1, 1.0]),
        "a number with no default": (number, [None], None, UNSET),
        "no number at all": (number, [1], "0.9", ["0.9"]),
        "more than any number can be": (number, [1], 10**400, [10**400]),
        "no choice is the default": (choice, ["warm", "auto"], "warm", [*UNSET, "warm", "auto"]),
        "a choice": (choice, ["warm", "auto"], "cold", ["cold"]),
        "no structure is the default": (opaque, [ANY], ANY, [*UNSET, "{}", ANY, '{"type": "object"}']),
        "a structure is not looked into": (opaque, [ANY], {"default": None}, [{"default": None}]),
        "a text where a structure belongs": (opaque, [ANY], "a", ["a"]),
    },
)
def test_what_is_unset_has_the_form_of_its_default(
    make: Callable[..., Leaf], given: list[Any], form: Any, spellings: list[Any]
) -> None:
    for one in spellings:
        assert make(*given)(one) == form


@pytest.mark.parametrize("value", [True, False])
def test_a_truth_is_no_number(value: bool) -> None:
    """Python holds True == 1."""
    assert number(1)(value) is value


@cases(
    "make found",
    {
        "a text": (lambda: text, {(): "text"}),
        "a word of a few": (lambda: word, {}),
        "a choice": (lambda: choice("warm"), {(): "text"}),
        "a number": (lambda: number(1), {(): "number"}),
        "a structure": (lambda: opaque(None), {(): "structure"}),
        "each of some ids": (lambda: ids, {("*",): "text"}),
        "each value of pairs": (lambda: Pairs(text), {("*",): "text"}),
        "a member, in place of whole objects, too": (
            lambda: Items(Structure({"name": text, "top_k": whole}, place="structure"), names=()),
            {("*",): "structure", ("*", "name"): "text", ("*", "top_k"): "number"},
        ),
    },
)
def test_where_a_file_may_refer_to_a_variable_or_another_file(
    make: Callable[[], Normal], found: dict[Path, str]
) -> None:
    assert dict(places(make())) == found


@cases(
    "metadata pairs",
    {
        "pairs, ours among them": ({"a": "", "assistants-tool": "{}"}, {"a": "", "assistants-tool": "{}"}),
        "without those that say null": ('{"a": "1", "b": null}', {"a": "1"}),
        "none": (None, {}),
        "another shape": (["a"], {}),
    },
)
def test_the_pairs_of_metadata(metadata: Any, pairs: dict[str, Any]) -> None:
    assert pairs_of(metadata) == pairs


# --- what is inside

CLOSED = Structure({"name": text}, servers_own=("etag",))
OPEN = Structure({"name": text}, is_open=True)
HEADERS = Pairs(secret)
TOOL = Kinds({"search": Structure({"mode": text})})
TOOLS = Items(TOOL, names=(("label",),))


@cases(
    "shape value form",
    {
        "of an object what is known": (CLOSED, {"name": "n", "more": 1}, {"name": "n"}),
        "of nothing, too": (CLOSED, None, {"name": None}),
        "JSON in a text": (CLOSED, '{"name": ""}', {"name": None}),
        "another shape is kept": (CLOSED, ["n"], ["n"]),
        "of pairs those that are set": (HEADERS, {"a": "1", "b": None, "c": ""}, {"a": "1"}),
        "no pairs": (HEADERS, None, {}),
        "a text where pairs belong": (HEADERS, "a", "a"),
        "a type that is not known is kept": (TOOL, {"type": "other", "x": None}, {"type": "other", "x": None}),
    },
)
def test_the_form_of_an_object(shape: Shape, value: Any, form: Any) -> None:
    assert shape(value) == form


def told(part: Part) -> tuple[Any, ...]:
    return part.step, part.known_by, part.value, part.normal, part.is_servers_own


@cases(
    "shape value parts",
    {
        "members": (
            CLOSED,
            {"name": None, "more": None, "etag": "e"},
            [
                ("name", "name", None, text, False),
                ("more", "more", None, None, False),
                ("etag", "etag", "e", None, True),
            ],
        ),
        "an unset one says nothing where others may be added, but for what is known": (
            OPEN,
            {"name": None, "more": None, "also": 1},
            [("name", "name", None, text, False), ("also", "also", 1, None, False)],
        ),
        "pairs": (
            HEADERS,
            '{"a": "1", "b": null}',
            [("a", "a", "1", secret, False), ("b", "b", None, secret, False)],
        ),
        "members beside the type are known with it": (
            TOOL,
            {"type": "search", "mode": "m"},
            [("mode", ("search", "mode"), "m", text, False)],
        ),
        "nothing in a type that is not known": (TOOL, {"type": "other", "mode": "m"}, []),
        "items by type and name, else by their order": (
            TOOLS,
            ['{"type": "search", "label": "a"}', {"type": "search"}, {"type": "search"}],
            [
                (0, ("search", "a", 0), '{"type": "search", "label": "a"}', TOOL, False),
                (1, ("search", "", 0), {"type": "search"}, TOOL, False),
                (2, ("search", "", 1), {"type": "search"}, TOOL, False),
            ],
        ),
        "nothing in another shape": (CLOSED, "n", []),
        "nothing in a text where pairs belong": (HEADERS, "n", []),
    },
)
def test_the_parts_of_an_object(shape: Shape, value: Any, parts: list[tuple[Any, ...]]) -> None:
    assert [told(one) for one in shape.parts(value)] == parts


@cases(
    "shape value known_by found",
    {
        "a member": (CLOSED, {"name": "n"}, "name", ("name", "name", "n", text, False)),
        "one that is not there": (CLOSED, None, "name", ("name", "name", None, text, False)),
        "one that is in no table": (CLOSED, '{"more": 1}', "more", ("more", "more", 1, None, False)),
        "a header": (HEADERS, '{"a": "1"}', "a", ("a", "a", "1", secret, False)),
        "a header that is not there": (HEADERS, None, "a", ("a", "a", None, secret, False)),
        "a member of a tool": (
            TOOL,
            '{"type": "search", "mode": "m"}',
            ("search", "mode"),
            ("mode", ("search", "mode"), "m", text, False),
        ),
        "of a tool, by its order": (TOOL, {"type": "search", "mode": "m"}, ("search", 0), None),
        "of a tool of another type": (TOOL, {"type": "search", "mode": "m"}, ("other", "mode"), None),
        "of a tool that is not known": (TOOL, {"type": "other", "mode": "m"}, ("other", "mode"), None),
        "an item": (
            TOOLS,
            [{"type": "other"}, {"type": "search"}],
            ("search", "", 0),
            (1, ("search", "", 0), {"type": "search"}, TOOL, False),
        ),
        "no item": (TOOLS, [{"type": "other"}], ("search", "", 0), None),
        "a member of another shape": (CLOSED, ["n"], "name", None),
        "a member that is known as an item is": (CLOSED, {"name": "n"}, ("search", "", 0), None),
        "a header of another shape": (HEADERS, "a", "a", None),
        "a header that is known as an item is": (HEADERS, {"a": "1"}, ("search", "", 0), None),
        "what is known as a member is, in a tool": (TOOL, {"type": "search"}, "mode", None),
    },
)
def test_a_part_is_found_by_what_it_is_known_by_on_either_side(
    shape: Shape, value: Any, known_by: Hashable, found: tuple[Any, ...] | None
) -> None:
    part = shape.part(value, known_by)
    assert (part and told(part)) == found


# --- what is known of the inside of a value

SCHEMA = opaque(None)
SERVER = Structure(
    {"label": text, "headers": Pairs(secret), "limits": Structure({"most": whole, "least": whole}), "spec": SCHEMA},
    servers_own=("functions",),
    needed=("headers",),
)
SERVERS = Items(SERVER, names=(("label",),))
HOSTS = Items(Kinds({"search": SERVER}), names=(("label",),))


@cases(
    "normal found",
    {
        "a secret": (secret, [()]),
        "a text": (text, []),
        "in each object of a list": (SERVERS, [("*", "headers", "*")]),
        "whatever the type": (HOSTS, [("*", "headers", "*")]),
    },
)
def test_where_secrets_stand(normal: Normal, found: list[Path]) -> None:
    assert list(secret_places(normal)) == found


def test_what_is_stated_is_found_with_its_path_and_what_it_has_to_be() -> None:
    value = [{"label": "a", "limits": {"most": 5}, "more": 1}, {"headers": '{"x": "1"}', "spec": {"label": "b"}}]
    assert [(path, one, leaf) for path, one, leaf in leaves(value, SERVERS)] == [
        ((0, "label"), "a", text),
        ((0, "limits", "most"), 5, whole),
        ((1, "headers", "x"), "1", secret),
        ((1, "spec"), {"label": "b"}, SCHEMA),
    ]


@cases(
    "path found",
    {
        "all of it": ((), HOSTS),
        "a member of any item, whatever its type": ((7, "label"), text),
        "a header of any name": ((0, "headers", "x"), secret),
        "deep inside": ((0, "limits", "most"), whole),
        "what is in no table": ((0, "more"), None),
        "inside of a text": ((0, "label", 0), None),
        "inside of what is not looked into": ((0, "spec", "label"), None),
    },
)
def test_what_is_known_of_the_value_at_a_path(path: Path, found: Normal | None) -> None:
    assert at(HOSTS, path) is found


# --- as a file would state it, and as a request sends it


@cases(
    "normal value left",
    {
        "what is unset": (
            SERVER,
            {"label": None, "limits": {"most": None}, "headers": {"x": "1"}},
            {"headers": {"x": "1"}},
        ),
        "deeper": (SERVER, {"limits": {"most": 5, "least": None}}, {"limits": {"most": 5}}),
        "but for what a file has to state": (SERVER, {"label": "a", "headers": {}}, {"label": "a", "headers": {}}),
        "of which nothing is stated, too": (SERVER, {"headers": None}, {}),
        "in each object of a list": (SERVERS, [{"label": "a", "spec": None}], [{"label": "a"}]),
        "in one of a type": (HOSTS, [{"type": "search", "label": None}], [{"type": "search"}]),
        "in one of a type that is not known nothing": (HOSTS, *[[{"type": "other", "label": None}]] * 2),
        "in what is not known nothing": (SERVER, *[{"more": None, "also": {"label": None}}] * 2),
        "in what is not looked into nothing": (SERVER, *[{"spec": {"label": None}}] * 2),
        "in another shape nothing": (SERVERS, "a", "a"),
    },
)
def test_a_file_states_nothing_of_what_is_unset(normal: Normal, value: Any, left: Any) -> None:
    assert without_unset(value, normal) == left


@cases(
    "normal value sent answered",
    {
        "of what is known": (SERVER, {"label": None, "limits": {"most": None}}, {"limits": {}}, {"limits": {}}),
        "in each object of a list": (SERVERS, [{"label": None, "spec": {}}], [{"spec": {}}], [{"spec": {}}]),
        "in one of a type": (HOSTS, [{"type": "search", "label": None}], *[[{"type": "search"}]] * 2),
        "of what is not known, which a server may have filled in": (SERVER, {"more": None}, {"more": None}, {}),
        "what is the server's own": (
            SERVER,
            {"functions": [1], "label": "a"},
            {"functions": [1], "label": "a"},
            {"label": "a"},
        ),
        "in what is not looked into": (SERVER, *[{"spec": {"default": None}}] * 3),
        "in another shape": (SERVER, "a", "a", "a"),
        "in a text": (text, None, None, None),
    },
)
def test_nulls_are_not_sent_and_what_a_server_set_by_itself_is_not_told(
    normal: Normal, value: Any, sent: Any, answered: Any
) -> None:
    before = repr(value)
    assert without_nulls(value, normal) == sent
    assert without_additions(value, normal) == answered
    assert repr(value) == before
