"""The mark: how it is written so that it always fits, and how it is read, whatever was done to it."""

from __future__ import annotations

import html
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.models import METADATA_KEY_MAX, METADATA_VALUE_MAX
from assistants_tool.objects.differences import Difference
from assistants_tool.objects.digests import digest
from assistants_tool.objects.mark import ORIGIN_MAX, Damaged, Mark, has_room_for
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY
from tests.examples import examples
from tests.strategies import json_values, keys

some = examples(27)
LONGEST = "z" * 64
_IGNORED = ["metadata." + "x" * METADATA_KEY_MAX] * 20
FULL = Mark(
    LONGEST, LONGEST, LONGEST, protect=True, sent=digest({"name": "a"}, _IGNORED), got=digest({"name": "b"}, _IGNORED)
)
FIELDS = ASSISTANTS.names
SUPPORT = Mark(
    "acme",
    "prod",
    "support",
    protect=True,
    sent="1:00aa",
    got="1:00bb",
    variables=("model", "metadata.token"),
    rest="1:00cc",
)


def marks() -> st.SearchStrategy[Mark]:
    digests = st.sampled_from(["", digest({}), digest({}, _IGNORED)])
    places = st.lists(st.sampled_from(["model", "name", "tools[0].function.name", "metadata." + "k" * 64]) | keys())
    names = st.just("") | keys()
    return st.builds(
        Mark,
        names,
        names,
        keys(),
        protect=st.booleans(),
        sent=digests,
        got=digests,
        variables=places.map(lambda one: tuple(dict.fromkeys(one))),
        rest=digests,
        api=st.sampled_from(["assistants", "prompt-agents"]),
        version=st.sampled_from(["", "12"]),
        restoring=st.sampled_from(["", "asst_" + "r" * 24]),
        origin=st.sampled_from(["", "o" * ORIGIN_MAX]),
    )


# --- writing


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (Mark("", "", "bot"), '{"key":"bot"}'),
        (Mark("acme", "", "bot", sent="1:a"), '{"project":"acme","key":"bot","sent":"1:a"}'),
        (
            Mark(
                "acme",
                "prod",
                "bot",
                protect=True,
                sent="1:a",
                got="1:b",
                variables=("model", "metadata.a.b"),
                rest="1:c",
            ),
            (
                '{"project":"acme","environment":"prod","key":"bot","protect":true,"sent":"1:a","got":"1:b",'
                '"variables":["model","metadata.a.b"],"rest":"1:c"}'
            ),
        ),
    ],
    ids=["the least", "some", "all"],
)
def test_a_mark_is_compact_json_and_reads_back(mark: Mark, text: str) -> None:
    assert mark.encode() == text
    assert Mark.decode(text) == mark


@examples(67)
@given(marks())
def test_every_mark_fits_and_says_who_it_is_whatever_had_no_room(mark: Mark) -> None:
    text = mark.encode()
    found = Mark.decode(text)
    assert len(text) <= METADATA_VALUE_MAX
    assert isinstance(found, Mark)
    assert replace(found, variables=(), rest="") == replace(mark, variables=(), rest="")
    assert Mark.decode(json.loads(text)) == found  # some servers read JSON where they see it
    assert mark.is_kept(found)
    assert mark.says_the_same(found)


def test_the_longest_mark_fits_into_one_pair() -> None:
    assert len(FULL.encode()) <= METADATA_VALUE_MAX
    assert Mark.decode(FULL.encode()) == FULL
    assert len(MARK_KEY) <= METADATA_KEY_MAX


def test_the_api_stands_in_it_where_it_is_another_than_the_first() -> None:
    other = replace(FULL, api="x" * 20)
    assert len(other.encode()) <= METADATA_VALUE_MAX
    assert Mark.decode(other.encode()) == other
    assert not FULL.is_kept(other)
    assert "api" not in FULL.encode()  # as every mark from before there was another
    assert Mark.decode(FULL.encode()) == FULL


def test_the_longest_origin_fits_with_the_longest_of_all_else() -> None:
    longest = replace(FULL, api="prompt-agents", version="1" * 9, origin="o" * ORIGIN_MAX)
    assert len(longest.encode()) <= METADATA_VALUE_MAX
    assert Mark.decode(longest.encode()) == longest
    noted = longest.noting([Difference(f"metadata.{number}", "a", "b") for number in range(9)])
    assert Mark.decode(noted.encode()) == noted
    assert noted.origin == longest.origin


def test_of_what_differs_as_many_fields_are_noted_as_there_is_room_for() -> None:
    full = replace(FULL, api="prompt-agents", origin="o" * ORIGIN_MAX, restoring="r" * 40)
    found = [Difference(name, "a", "b") for name in FIELDS]
    noted = full.noting(found)
    assert replace(noted, differs="") == full
    assert Mark.decode(noted.encode()) == noted
    known = noted.knows(found)
    assert (0 < len(known) < len(found), known) == (True, tuple(found[: len(known)]))


@pytest.mark.parametrize(
    ("origin", "fits"),
    [("o" * ORIGIN_MAX, True), ("o" * (ORIGIN_MAX + 1), False), ("봇" * 10, True), ("봇" * 11, False)],
    ids=repr,
)
def test_an_origin_is_as_long_as_it_stands_in_the_mark(origin: str, fits: bool) -> None:
    assert has_room_for(origin) is fits
    found = Mark.decode({"key": "bot", "origin": origin})
    assert isinstance(found, Mark)
    assert found.origin == (origin if fits else "")


PAIRS = tuple(f"metadata.{number:060}" for number in range(5))
TOOLS = tuple(f"tools[{number}].function.description" for number in range(3))
MORE_TOOLS = tuple(f"tools[{number}].function.description" for number in range(9))
EVERY_FIELD = tuple(f"{field}.{'x' * 60}" for field in FIELDS)
ROOM: dict[str, tuple[Mark, tuple[str, ...], str]] = {
    "all of it": (replace(FULL, variables=("model",), rest="1:c"), ("model",), "1:c"),
    "the digest of the rest goes first": (
        replace(FULL, variables=("metadata.a", "metadata." + "b" * 150), rest=FULL.sent),
        ("metadata.a", "metadata." + "b" * 150),
        "",
    ),
    "a field for what is inside it": (replace(FULL, variables=("model", *PAIRS)), ("model", "metadata"), ""),
    "the longest field first": (replace(FULL, variables=(*TOOLS[:2], *PAIRS)), (*TOOLS[:2], "metadata"), ""),
    "then the next": (replace(FULL, variables=(*MORE_TOOLS, *PAIRS)), ("tools", "metadata"), ""),
    "every field": (replace(FULL, variables=EVERY_FIELD), FIELDS, ""),
    "as many fields as fit": (replace(FULL, variables=(*EVERY_FIELD, "x" * 100)), FIELDS, ""),
    "not even one": (replace(FULL, variables=("x" * 300,)), (), ""),
    "what is left over goes to the rest again": (
        replace(FULL, variables=PAIRS, rest=FULL.sent),
        ("metadata",),
        FULL.sent,
    ),
}


@pytest.mark.parametrize(("mark", "variables", "rest"), ROOM.values(), ids=ROOM)
def test_what_has_no_room_is_left_out_from_the_end(mark: Mark, variables: tuple[str, ...], rest: str) -> None:
    assert Mark.decode(mark.encode()) == replace(mark, variables=variables, rest=rest)


# --- comparing

OLD = replace(SUPPORT, variables=(), rest="")
COMPARED: dict[str, tuple[Mark | Damaged | None, bool, bool]] = {
    "the same": (SUPPORT, True, True),
    "an older one, without the newer members": (OLD, True, True),
    "one without the rest": (replace(SUPPORT, rest=""), True, True),
    "another rest": (replace(SUPPORT, rest="1:dd"), True, True),
    "whole fields in place of places": (replace(SUPPORT, variables=("metadata", "model")), True, True),
    "a place is missing": (replace(SUPPORT, variables=("model",)), True, False),
    "another origin": (replace(SUPPORT, origin="asst_1"), True, True),
    "another project": (replace(SUPPORT, project="other"), False, False),
    "another environment": (replace(SUPPORT, environment=""), False, False),
    "another key": (replace(SUPPORT, key="bot"), False, False),
    "not protected": (replace(SUPPORT, protect=False), False, False),
    "something else was sent": (replace(SUPPORT, sent="1:dd"), False, False),
    "got is missing": (replace(SUPPORT, got=""), False, False),
    "a damaged one": (Damaged("acme", "prod", "support"), False, False),
    "none": (None, False, False),
}


@pytest.mark.parametrize(("found", "kept", "same"), COMPARED.values(), ids=COMPARED)
def test_whether_a_mark_was_kept_and_whether_it_has_to_be_written(
    found: Mark | Damaged | None, kept: bool, same: bool
) -> None:
    assert (SUPPORT.is_kept(found), SUPPORT.says_the_same(found)) == (kept, same)


def test_what_has_no_room_in_a_mark_is_no_reason_to_write_it() -> None:
    mark = replace(FULL, variables=PAIRS, rest="1:" + "c" * 200)
    assert mark.says_the_same(Mark.decode(mark.encode()))


# --- reading: what is none


@pytest.mark.parametrize("value", [None, "", " ", "{}", "[]", "null", " null\n", {}, [], '""', "&#32;"], ids=repr)
def test_an_empty_pair_is_no_mark(value: Any) -> None:
    assert Mark.decode(value) is None


# --- reading: what a damaged mark surely meant

TEXT = SUPPORT.encode()
REPAIRED: dict[str, Any] = {
    "space before": f" {TEXT}",
    "space around": f"\n\t {TEXT}\r\n",
    "no-break space and a byte order mark": f"\ufeff\u00a0{TEXT}\u200b",
    "read by the server": json.loads(TEXT),
    "printed anew, with other spaces": json.dumps(json.loads(TEXT), indent=2),
    "printed anew, in another order": json.dumps(json.loads(TEXT), sort_keys=True),
    "HTML": html.escape(TEXT),
    "HTML, by numbers": TEXT.replace('"', "&#34;"),
    "HTML twice": html.escape(html.escape(TEXT)),
    "JSON once more": json.dumps(TEXT),
    "JSON twice more": json.dumps(json.dumps(TEXT)),
    "JSON once more, without the outer quotes": json.dumps(TEXT)[1:-1],
    "JSON once more, of several lines": json.dumps(json.dumps(json.loads(TEXT), indent=2)),
    "JSON, characters as numbers": '"' + "".join(f"\\u{ord(one):04x}" for one in TEXT) + '"',
    "JSON in HTML": html.escape(json.dumps(TEXT)),
    "as in a URL": urllib.parse.quote(TEXT),
    "as Python prints it": repr(json.loads(TEXT)),
    "spaces in the names": {**json.loads(TEXT), "key": " support ", "project": "acme\n"},
    "protect as text": {**json.loads(TEXT), "protect": "true"},
    "protect as a capitalised text": {**json.loads(TEXT), "protect": "True"},
    "protect as a number": {**json.loads(TEXT), "protect": 1},
    "protect as what nobody knows": {**json.loads(TEXT), "protect": ["?"]},
    "a member twice, with one value": TEXT.replace('"key":"support"', '"key":"support","key":"support"'),
    "a member of a newer tool": {**json.loads(TEXT), "later": {"a": 1}},
}


@pytest.mark.parametrize("value", REPAIRED.values(), ids=REPAIRED)
def test_what_a_damaged_mark_surely_meant_is_read(value: Any) -> None:
    assert Mark.decode(value) == SUPPORT


MEANT: dict[str, tuple[Any, Mark]] = {
    "nulls": ({"key": "bot", "project": None, "got": None}, Mark("", "", "bot")),
    "a number for the key": ({"key": 7}, Mark("", "", "7")),
    "numbers for the other names": ({"key": "bot", "project": 0, "environment": 2026}, Mark("0", "2026", "bot")),
    "surely not protected": ({"key": "bot", "protect": "false"}, Mark("", "", "bot")),
    "not protected, as a number": ({"key": "bot", "protect": 0}, Mark("", "", "bot")),
    "a digest that is none": ({"key": "bot", "sent": {"1": "a"}, "got": "1:b"}, Mark("", "", "bot")),
    "a digest without its other half": ({"key": "bot", "sent": "1:a", "got": 1}, Mark("", "", "bot")),
    "a digest of a newer tool": ({"key": "bot", "sent": "9:new"}, Mark("", "", "bot", sent="9:new")),
    "places that cannot be read": ({"key": "bot", "variables": "model"}, Mark("", "", "bot", variables=FIELDS)),
    "a place that is none": ({"key": "bot", "variables": ["a", 1]}, Mark("", "", "bot", variables=FIELDS)),
    "a rest that is none": ({"key": "bot", "rest": 5}, Mark("", "", "bot")),
    "an origin that is none": ({"key": "bot", "origin": ["asst_1"]}, Mark("", "", "bot")),
}


@pytest.mark.parametrize(("value", "mark"), MEANT.values(), ids=MEANT)
def test_members_of_wrong_types_are_read_as_far_as_they_mean_something(value: Any, mark: Mark) -> None:
    assert Mark.decode(value) == mark


def after(part: str) -> str:
    """The text up to and including this."""
    return TEXT[: TEXT.index(part) + len(part)]


LOST = replace(SUPPORT, protect=True, sent="", got="", variables=FIELDS, rest="")
CUT_MARKS: dict[str, tuple[str, Mark]] = {
    "after the key": (after('"key":"support"'), LOST),
    "at the next member": (after('"support",'), LOST),
    "inside of protect": (after('"protect":tr'), LOST),
    "after protect": (after('"protect":true,'), LOST),
    "inside of what was sent": (after('"sent":"1:0'), LOST),
    "before what was got": (after('"sent":"1:00aa"'), LOST),
    "after what was got": (after('"got":"1:00bb"'), replace(LOST, sent="1:00aa", got="1:00bb")),
    "inside of the places": (after('["model","meta'), replace(LOST, sent="1:00aa", got="1:00bb")),
    "with dots": (after('"sent":"1:0') + "...", LOST),
    "dots where a member ends": (after('"key":"support"') + "\u2026", LOST),
    "escaped, then cut": (html.escape(after('"protect":tr')), LOST),
    "escaped as JSON, then cut": (json.dumps(TEXT)[: len(json.dumps(after('"protect":tr'))) - 1], LOST),
    "not protected, surely": ('{"project":"acme","key":"bot","sent":"1:0', Mark("acme", "", "bot", variables=FIELDS)),
    "got nothing, surely": (
        '{"project":"acme","key":"bot","sent":"1:00aa","variables":["mod',
        Mark("acme", "", "bot", sent="1:00aa", variables=FIELDS),
    ),
    "inside of its origin": (
        '{"project":"acme","key":"bot","sent":"1:00aa","origin":"asst_',
        Mark("acme", "", "bot", sent="1:00aa", variables=FIELDS),
    ),
    "inside of what is being restored": (
        '{"project":"acme","key":"bot","restoring":"asst_',
        Mark("acme", "", "bot", protect=True, restoring="?", variables=FIELDS),
    ),
    "behind its API, which protect may have followed": (
        '{"project":"acme","key":"bot","api":"agents","pro',
        Mark("acme", "", "bot", protect=True, api="agents", variables=FIELDS),
    ),
    "a number, and more": (
        '{"project":7,"environment":"prod","key":12,"sent',
        Mark("7", "prod", "12", protect=True, variables=FIELDS),
    ),
}


@pytest.mark.parametrize(("text", "mark"), CUT_MARKS.values(), ids=CUT_MARKS)
def test_a_mark_that_was_cut_off_behind_its_names_is_read_as_far_as_it_goes_and_protects(text: str, mark: Mark) -> None:
    assert Mark.decode(text) == mark


@examples(67)
@given(marks(), st.integers(0, METADATA_VALUE_MAX), st.sampled_from([str, html.escape, json.dumps, urllib.parse.quote]))
def test_however_a_mark_is_cut_off_it_never_says_another_thing(
    mark: Mark, length: int, escape: Callable[[str], str]
) -> None:
    text = escape(mark.encode())
    found = Mark.decode(text[:length])
    if isinstance(found, Mark):
        assert (found.project, found.environment, found.key) == (mark.project, mark.environment, mark.key)
        assert found.protect or not mark.protect
        assert found.restoring in (mark.restoring, "?", "")
        assert (found.sent, found.got) in ((mark.sent, mark.got), ("", ""))
        assert found.variables in (FIELDS, Mark.decode(mark.encode()).variables)  # type: ignore[union-attr]
    elif isinstance(found, Damaged):
        assert found.protect
        assert all(found.may_say(name, getattr(mark, name)) for name in ("project", "environment", "key"))


# --- reading: what is left where that is not certain

ESCAPED = html.escape(TEXT)
MARKED = Damaged("acme", "prod", "support")

LEFT: dict[str, tuple[Any, Damaged]] = {
    "not a word of it": ("garbage", Damaged()),
    "a brace": ("{", Damaged()),
    "braces": ("{" * 100_000, Damaged()),
    "nested too deeply": ('{"a":' * 2000 + "1" + "}" * 2000, Damaged()),
    "a word in quotes": ('"key"', Damaged()),
    "a number": (1, Damaged()),
    "true": (True, Damaged()),
    "a list": (["key"], Damaged()),
    "names in capitals": ({"KEY": "bot"}, Damaged()),
    "cut inside the project": ('{"project":"ac', Damaged("ac", cut=frozenset({"project"}))),
    "cut inside the environment": (after('"environment":"pr'), Damaged("acme", "pr", cut=frozenset({"environment"}))),
    "cut inside the key": (after('"key":"supp'), Damaged("acme", "prod", "supp", frozenset({"key"}))),
    "cut inside the key, with dots": (
        after('"key":"supp') + "...",
        Damaged("acme", "prod", "supp", frozenset({"key"})),
    ),
    "cut inside the key's escape": (
        ESCAPED[: ESCAPED.index("support") + 10],
        Damaged("acme", "prod", "support", frozenset({"key"})),
    ),
    "cut, and in another order": ('{"environment":"prod","key":"bot","pro', Damaged("", "prod", "bot")),
    "cut, and perhaps of a project": ('{"key":"bot","sent":"1:0', Damaged("", "", "bot")),
    "cut, and not at the end": ('{"project":"acme","key":"bot","se}', Damaged("acme", "", "bot")),
    "no comma": ('{"project":"acme" "key":"bot"}', Damaged("acme", "", "bot")),
    "no key": ({"project": "acme"}, Damaged("acme")),
    "the key is null": ({"project": "acme", "key": None}, Damaged("acme")),
    "the key is empty": ({"project": "acme", "key": " "}, Damaged("acme")),
    "the key is a list": ({"project": "acme", "key": ["bot"]}, Damaged("acme", cut=frozenset({"key"}))),
    "the key is true": ({"key": True}, Damaged(cut=frozenset({"key"}))),
    "the key is half a number": ({"key": 1.5}, Damaged(cut=frozenset({"key"}))),
    "the key is no name": ({"key": "my bot"}, Damaged(key="my", cut=frozenset({"key"}))),
    "the environment is a list": (
        {"key": "bot", "environment": ["prod"]},
        Damaged(key="bot", cut=frozenset({"environment"})),
    ),
    "two keys": ('{"project":"acme","key":"bot","key":"other"}', Damaged("acme")),
    "two keys, escaped": (html.escape('{"project":"acme","key":"bot","key":"other"}'), Damaged("acme")),
    "two keys, and cut": ('{"project":"acme","key":"bot","key":"other","sent":"1:0', Damaged("acme")),
    "two projects": ('{"project":"acme","project":"","key":"bot"}', Damaged(key="bot")),
    "protected and not": (TEXT.replace('"protect":true', '"protect":true,"protect":false'), MARKED),
    "two digests": (TEXT.replace('"sent":"1:00aa"', '"sent":"1:00aa","sent":"1:00dd"'), MARKED),
    "Python's, and cut": ("{'project': 'acme', 'key': 'su", Damaged("acme", "", "su", frozenset({"key"}))),
}


@pytest.mark.parametrize(("value", "damaged"), LEFT.values(), ids=LEFT)
def test_what_is_not_certain_is_damaged_with_what_is_left_of_it(value: Any, damaged: Damaged) -> None:
    found = Mark.decode(value)
    assert found == damaged
    assert isinstance(found, Damaged)
    assert found.protect


@pytest.mark.parametrize(
    ("left", "value", "may"),
    [
        (Damaged(key="supp"), "supp", True),
        (Damaged(key="supp"), "support", False),
        (Damaged(key="supp", cut=frozenset({"key"})), "support", True),
        (Damaged(key="supp", cut=frozenset({"key"})), "sup", False),
        (Damaged(), "support", True),
    ],
    ids=["whole", "longer than the whole", "cut", "shorter than what is left", "nothing is left"],
)
def test_what_is_left_of_a_key_may_be_that_of_a_definition(left: Damaged, value: str, may: bool) -> None:
    assert left.may_say("key", value) is may


@examples(50)
@given(
    st.dictionaries(
        st.sampled_from(["key", "project", "environment", "protect", "sent", "got", "variables"]), json_values()
    )
)
def test_any_json_in_place_of_a_mark_is_read_and_written_again(members: dict[str, Any]) -> None:
    found = Mark.decode(json.dumps(members))
    if isinstance(found, Mark):
        assert found.protect or members.get("protect") in (None, False, 0, "", "0")
        assert Mark.decode(found.encode()) == replace(found, variables=Mark.decode(found.encode()).variables)  # type: ignore[union-attr]


@some
@given(st.text() | json_values())
def test_anything_at_all_can_be_read(value: Any) -> None:
    assert isinstance(Mark.decode(value), (Mark, Damaged, type(None)))
