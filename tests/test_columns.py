"""Where long lines are broken, and others cut, in columns of a terminal."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.report.columns import breaks, columns_of, fit, fit_end
from tests.bounds import computes
from tests.tables import cases


def broken(text: str, columns: int, hanging: int = 0) -> list[str]:
    return [text[start:stop] for start, stop in breaks(text, columns, hanging)]


@cases(
    "text columns expected",
    {
        "short": ("word", 10, ["word"]),
        "nothing": ("", 10, [""]),
        "at a space": ("one two three", 9, ["one two ", "three"]),
        "no room for the space": ("one two three", 7, ["one two", "three"]),
        "within a long word": ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        "a long word behind a short one": ("ab cdefghij", 4, ["ab ", "cdef", "ghij"]),
        "Korean takes two": ("한국어로 답합니다", 9, ["한국어로 ", "답합니다"]),
        "Chinese has no spaces": ("请用中文回答", 5, ["请用", "中文", "回答"]),
        "accents take none": ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        "joined emoji stay one": ("ab👩\u200d👧c", 4, ["ab👩\u200d👧", "c"]),
        "a sign that is shown as an emoji takes two": ("❤\ufe0f❤\ufe0f", 3, ["❤\ufe0f", "❤\ufe0f"]),
        "a flag is one": ("a🇰🇷🇰🇷", 4, ["a🇰🇷", "🇰🇷"]),
        "a space, then a word that the next line does not hold either": (" 한한한", 5, [" ", "한한", "한"]),
        "tabs": ("a\tb\tc", 10, ["a\tb", "c"]),
    },
)
def test_a_long_line_is_broken(text: str, columns: int, expected: list[str]) -> None:
    assert broken(text, columns) == expected


def test_what_hangs_takes_room_and_is_not_broken_itself() -> None:
    assert broken("      -one two three", 14, 7) == ["      -one two", "three"]
    assert broken("      -onetwothree", 14, 7) == ["      -onetwot", "hree"]
    assert broken("\u0301\u0301  한한a", 5, 1) == ["\u0301\u0301  ", "한한", "a"]


FAMILY, HEART, FLAG = "👩\u200d👩\u200d👧", "❤\ufe0f", "🇰🇷"
CUT: dict[str, tuple[str, int, str, str]] = {
    "what fits": ("word", 4, "word", "word"),
    "what does not": ("abcdefgh", 7, "abcd...", "...efgh"),
    "Korean": ("한국어로 답", 8, "한국...", "...로 답"),
    "accents stay where they are": ("e\u0301" * 9, 5, "e\u0301e\u0301...", "...e\u0301e\u0301"),
    "a family": (FAMILY * 4, 7, f"{FAMILY * 2}...", f"...{FAMILY * 2}"),
    "a sign that is shown as an emoji": (HEART * 4, 7, f"{HEART * 2}...", f"...{HEART * 2}"),
    "flags": (FLAG * 4, 6, f"{FLAG}...", f"...{FLAG}"),
}


@cases("text columns start end", CUT)
def test_a_text_is_cut_to_its_start_or_its_end(text: str, columns: int, start: str, end: str) -> None:
    assert (fit(text, columns), fit_end(text, columns)) == (start, end)


characters = st.sampled_from([*"ab 한好\u0301", FAMILY, HEART, FLAG, "👍🏽"])
texts = st.lists(characters).map("".join) | st.text(st.sampled_from("abcdef   "), max_size=60)


@given(texts, st.integers(3, 20))
def test_what_is_cut_fits(text: str, columns: int) -> None:
    assert max(map(columns_of, (fit(text, columns), fit_end(text, columns)))) <= columns


@given(texts, st.integers(5, 20), st.integers(0, 3))
def test_every_line_fits_and_only_spaces_are_left_out(text: str, columns: int, hanging: int) -> None:
    found = list(breaks(text, columns, hanging))
    assert found[0][0] == 0
    assert found[-1][1] == len(text)
    for (_, stop), (start, _) in itertools.pairwise(found):
        assert text[stop:start] in ("", " ")
    for index, (start, stop) in enumerate(found):
        assert columns_of(text[start:stop]) + (hanging if index else 0) <= columns


@cases("text", {"words": "word " * 50_000, "one word": "x" * 256_000, "Korean": "한국어로" * 60_000})
def test_a_line_as_long_as_a_prompt_takes_no_time(text: str) -> None:
    with computes(2):
        assert len(broken(text, 80, 7)) > 3000
