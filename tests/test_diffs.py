"""Diffs as data: which lines, which words, and the law that nothing is lost and nothing invented."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.report.diffs import Kind, Part, by_line, hunks
from tests.bounds import computes
from tests.examples import examples
from tests.strategies import ODD_TEXTS
from tests.tables import cases

SIGNS = {Kind.KEPT: "{}", Kind.REMOVED: "[-{}-]", Kind.ADDED: "{{+{}+}}"}


def marked(before: str, after: str) -> str:
    """All lines, with what goes in [- -] and what comes in {+ +}."""
    found = (one for hunk in hunks(before, after, context=99) for block in hunk.blocks for one in block.parts())
    return "".join(SIGNS[one.kind].format(one.text) for one in found)


MARKED: dict[str, tuple[str, str, str]] = {
    "a word": ("You are kind.\n", "You are brief.\n", "You are [-kind-]{+brief+}.\n"),
    "a word more": ("be kind\n", "be very kind\n", "be {+very +}kind\n"),
    "a word less": ("be very kind\n", "be kind\n", "be [-very -]kind\n"),
    "words that follow each other are one part": (
        "a kind old helper",
        "a brief new helper",
        "a [-kind old-]{+brief new+} helper",
    ),
    "a sign": ("Yes, but no", "Yes; but no", "Yes[-,-]{+;+} but no"),
    "Korean": ("친절하게 답합니다", "짧게 답합니다", "[-친절하게-]{+짧게+} 답합니다"),
    "Chinese, by character": ("请用中文回答问题", "请用英文回答问题", "请用[-中-]{+英+}文回答问题"),
    "white space": ("a  b\n", "a b\n", "a[-  -]{+ +}b\n"),
    "an indent": ("  a: 1\n", "    a: 1\n", "[-  -]{+    +}a: 1\n"),
    "a line more": ("a\nc\n", "a\nb\nc\n", "a\n{+b\n+}c\n"),
    "an empty line less": ("a\n\nb\n", "a\nb\n", "a\n[-\n-]b\n"),
    "a word that moves to the next line": (
        "one two three\nfour five six\n",
        "one two\nthree four five six\n",
        "one two[- -]{+\n+}three[-\n-]{+ +}four five six\n",
    ),
    "the final newline": ("a", "a\n", "a{+\n+}"),
    "no final newline any more": ("a\nb\n", "a\nb", "a\nb[-\n-]"),
    "a line more, and no final newline before and after": ("a", "a\nb", "a{+\n+}{+b+}"),
    "a carriage return": ("a\r\nb", "a\nb", "a[-\r-]\nb"),
    "from nothing": ("", "a\nb", "{+a\nb+}"),
    "to nothing": ("a\nb\n", "", "[-a\nb\n-]"),
    "another sentence, whatever small words it shares": (
        "You answer the orders of the customers of our shop.\n",
        "Write haikus, the shorter the better; praise nobody of importance.\n",
        "[-You answer the orders of the customers of our shop-]{+Write haikus, the shorter the better; praise nobody of importance+}.\n",
    ),
}


@cases("before after expected", MARKED)
def test_which_words_change(before: str, after: str, expected: str) -> None:
    assert marked(before, after) == expected


LINES = "".join(f"{number}\n" for number in range(1, 31))
HEADERS: dict[str, tuple[str, str, list[str]]] = {
    "nothing": (LINES, LINES, []),
    "in the middle": (LINES, LINES.replace("\n15\n", "\nx\n"), ["@@ -13,5 +13,5 @@"]),
    "at both ends": (LINES, f"x{LINES[1:-3]}y\n", ["@@ -1,3 +1,3 @@", "@@ -28,3 +28,3 @@"]),
    "near to each other": (LINES, LINES.replace("\n10\n", "\nx\n").replace("\n15\n", "\n"), ["@@ -8,10 +8,9 @@"]),
    "far from each other": (
        LINES,
        LINES.replace("\n10\n", "\nx\n").replace("\n16\n", "\n"),
        ["@@ -8,5 +8,5 @@", "@@ -14,5 +14,4 @@"],
    ),
    "one line of each": ("a", "b", ["@@ -1 +1 @@"]),
    "from nothing": ("", "a\n", ["@@ -0,0 +1 @@"]),
    "from an empty line": ("\n", "", ["@@ -1 +0,0 @@"]),
}


@cases("before after headers", HEADERS)
def test_changes_come_in_hunks_with_some_lines_around(before: str, after: str, headers: list[str]) -> None:
    assert [one.header for one in hunks(before, after)] == headers


def test_a_side_has_its_own_words_and_those_that_stay() -> None:
    (hunk,) = hunks("a b\nc\n", "a x\ny c\n")
    (block,) = hunk.blocks
    assert list(block.side(Kind.REMOVED)) == [
        [Part(Kind.KEPT, "a "), Part(Kind.REMOVED, "b")],
        [Part(Kind.KEPT, "c")],
    ]
    assert list(block.side(Kind.ADDED)) == [
        [Part(Kind.KEPT, "a "), Part(Kind.ADDED, "x")],
        [Part(Kind.ADDED, "y "), Part(Kind.KEPT, "c")],
    ]


def test_an_empty_line_is_a_line() -> None:
    parts = [Part(Kind.KEPT, "a\n\n"), Part(Kind.ADDED, "\n"), Part(Kind.REMOVED, "b\n"), Part(Kind.KEPT, "\n")]
    assert list(by_line(parts)) == [
        [Part(Kind.KEPT, "a")],
        [Part(Kind.KEPT, "")],
        [Part(Kind.ADDED, "")],
        [Part(Kind.REMOVED, "b")],
        [Part(Kind.KEPT, "")],
    ]


# --- laws

PIECES = st.sampled_from(["a", "b", "the", "好", " ", "  ", "\t", "\r", "\n", "\n\n", ".", *ODD_TEXTS])
texts = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=8)


@examples(167)
@given(texts, texts)
def test_of_all_parts_the_kept_and_removed_are_the_old_text_and_the_kept_and_added_the_new(
    before: str, after: str
) -> None:
    found = list(hunks(before, after, context=10**6))
    assert len(found) == (before != after)
    parts = [one for hunk in found for block in hunk.blocks for one in block.parts()]
    if found:
        assert "".join(one.text for one in parts if one.kind is not Kind.ADDED) == before
        assert "".join(one.text for one in parts if one.kind is not Kind.REMOVED) == after
    assert all(one.text for one in parts)


@examples(100)
@given(texts, texts, st.integers(0, 3))
def test_hunks_put_in_place_of_what_they_are_about_make_the_new_text(before: str, after: str, context: int) -> None:
    old, new, at = _lines(before), [], 0
    for hunk in hunks(before, after, context):
        start, count = hunk.before
        assert start >= at
        new += old[at:start]
        assert len(new) == hunk.after[0]
        assert [line for block in hunk.blocks for line in block.before] == old[start : start + count]
        new += [line for block in hunk.blocks for line in block.after]
        assert len(new) == sum(hunk.after)
        assert all(one.kept != other.kept for one, other in pairwise(hunk.blocks))
        at = start + count
    assert new + old[at:] == _lines(after)


@examples(100)
@given(texts, texts)
def test_each_side_of_a_block_has_its_lines(before: str, after: str) -> None:
    for hunk in hunks(before, after):
        for block in hunk.blocks:
            if not block.kept:
                for kind, lines in ((Kind.REMOVED, block.before), (Kind.ADDED, block.after)):
                    assert ["".join(one.text for one in parts) for parts in block.side(kind)] == lines


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


# --- time

PROSE = "".join(f"word{number % 997} in line {number} of a long prompt\n" for number in range(6_000))
LARGE: dict[str, tuple[str, str]] = {
    "a word of each tenth line": (PROSE, PROSE.replace("0 of a", "0 of the")),
    "a word of each line": (PROSE, PROSE.replace("long", "short")),
    "all on one line": (PROSE.replace("\n", " "), PROSE.replace("long", "short").replace("\n", " ")),
    "each word": (PROSE, PROSE.upper()),
    "other lines in between": (PROSE, PROSE.replace("\n", "\nand more\n")),
    "letters alone": ("a\nb\n" * 60_000, "b\na\nc\n" * 40_000),
}


@cases("before after", LARGE)
def test_prompts_as_long_as_they_may_be_take_no_time(before: str, after: str) -> None:
    with computes(5):
        parts = [one for hunk in hunks(before, after) for block in hunk.blocks for one in block.parts()]
    assert parts
