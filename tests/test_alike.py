"""What two texts have in common: what counts as a word, and which runs both have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.planning import alike
from assistants_tool.planning.alike import Run, pieces, runs, words
from tests.bounds import computes
from tests.examples import examples
from tests.strategies import ODD_TEXTS
from tests.tables import cases

WORDS: dict[str, tuple[str, list[str]]] = {
    "English": ("You're kind, x_y.", ["You", "'", "re", "kind", ",", "x_y", "."]),
    "a number": ("0.2 %", ["0", ".", "2", "%"]),
    "accents": ("na\u00efve cafe\u0301", ["na\u00efve", "cafe\u0301"]),
    "Korean has spaces": ("한국어로 답합니다.", ["한국어로", "답합니다", "."]),
    "Russian": ("Отвечай кратко", ["Отвечай", "кратко"]),
    "Hindi": ("हिन्दी में", ["हिन्दी", "में"]),
    "Persian, whose words may hold a joiner": ("می\u200cخواهم", ["می\u200cخواهم"]),
    "Chinese has none": ("请用中文。", ["请", "用", "中", "文", "。"]),
    "Japanese": ("日本語で答え", ["日", "本", "語", "で", "答", "え"]),
    "Thai, a vowel with what it stands on": ("ภาษาได้", ["ภ", "า", "ษ", "า", "ไ", "ด้"]),
    "Chinese in English": ("say 你好 twice", ["say", "你", "好", "twice"]),
    "emoji": ("hi👋🏽 👩\u200d👧🇰🇷", ["hi", "👋🏽", "👩\u200d👧🇰🇷"]),
    "brackets": ("{x}[-y-]", ["{", "x", "}", "[", "-", "y", "-", "]"]),
    "white space": (" \n\t\u3000", []),
}


@cases("text found", WORDS)
def test_what_counts_as_a_word(text: str, found: list[str]) -> None:
    assert words(text) == found


@cases("text found", {"a line end": ("a  b\n\nc\t", ["a", "  ", "b", "\n", "\n", "c", "\t"])})
def test_white_space_counts_as_pieces(text: str, found: list[str]) -> None:
    assert pieces(text) == found


texts = st.text() | st.lists(st.sampled_from([*ODD_TEXTS, "a", " ", "\n", "\u0301", "\u200d", "好", "한"])).map("".join)


@given(texts)
def test_pieces_are_the_text_and_words_are_all_but_its_white_space(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert [one for one in pieces(text) if not one.isspace()] == words(text)


RUNS: dict[str, tuple[str, str, list[Run]]] = {
    "nothing": ("", "", []),
    "the same": ("abc", "abc", [Run(0, 0, 3)]),
    "nothing in common": ("abc", "xyz", []),
    "one less": ("abc", "ac", [Run(0, 0, 1), Run(2, 1, 1)]),
    "one more at the start": ("bc", "abc", [Run(0, 1, 2)]),
    "one for another": ("abc", "axc", [Run(0, 0, 1), Run(2, 2, 1)]),
    "moved": ("abcd", "bcda", [Run(1, 0, 3)]),
    "repeated": ("aa", "aaa", [Run(0, 0, 2)]),
}


@cases("before after found", RUNS)
def test_runs_that_both_have(before: str, after: str, found: list[Run]) -> None:
    assert runs([*before], [*after]) == found


def longest(before: str, after: str) -> int:
    """The length of a longest common subsequence, by the book."""
    row = [0] * (len(after) + 1)
    for one in before:
        last = row
        row = [0]
        for index, other in enumerate(after):
            row.append(last[index] + 1 if one == other else max(row[index], last[index + 1]))
    return row[-1]


@examples(67)
@given(st.text("abcd", max_size=12), st.text("abcd", max_size=12), st.sampled_from([1 << 20, 9, 1]))
def test_runs_are_the_same_on_both_sides_in_order_and_as_long_as_can_be(before: str, after: str, cells: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "CELLS_MAX", cells)
        found = runs([*before], [*after])
    end = other_end = 0
    for index, one in enumerate(found):
        assert one.length > 0
        assert (one.before > end or one.after > other_end) if index else (one.before >= 0 and one.after >= 0)
        assert before[one.before :][: one.length] == after[one.after :][: one.length]
        end, other_end = one.before + one.length, one.after + one.length
    common = sum(one.length for one in found)
    assert common == longest(before, after) if cells > 1000 else common <= longest(before, after)


def test_two_texts_with_the_same_hash_are_not_the_same() -> None:
    """rapidfuzz compares what is no text by its hash alone; -1 and -2 have one."""

    class Odd(str):
        __slots__ = ()

        def __hash__(self) -> int:
            return 1

    before, after = ["x", Odd("a"), "y", Odd("b")], [Odd("b"), "y", "x", Odd("a")]
    assert sum(one.length for one in runs(before, after)) == 2


MANY = [str(number) for number in range(120_000)]


@cases(
    "before after",
    {
        "other words": (MANY, [f"x{one}" for one in MANY]),
        "another order": (MANY, sorted(MANY)),
        "the same few again and again": ([one[-1] for one in MANY], [str(number % 7) for number in range(120_000)]),
    },
)
def test_as_many_items_as_a_text_may_have_take_no_time(before: list[str], after: list[str]) -> None:
    with computes(5):
        runs(before, after)
