"""What two texts have in common, as sequences of lines or of words. Pure.

In: two texts, or two sequences of them. Out: the runs of items that both have in the same order, as many items as can be found. The
comparing is done by rapidfuzz, in C++; it is imported only where two sequences of what both sides have are not the same.
"""

from __future__ import annotations

import itertools
import math
import operator
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

CELLS_MAX = 1 << 26  # pairs of items that are compared at a time: 8 MiB, and some 10 milliseconds

# Ranges of characters, by what they do to words.
_ALONE = (  # of scripts that put no spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, kana, Chinese characters
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_SIGNS = (  # punctuation and symbols, emoji among them; the underscore is a letter
    r"!-/:-@\[-^`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u200b\u2010-\u206f\u20a0-\u2bff"
    r"\u3000-\u303f\uff00-\uff0f\ufe30-\ufe6f\U0001f000-\U0001faff"
)
_MARKS = (  # which belong to what is before them: accents, vowels and tones, the second half of a flag, the colour of a hand
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3"
    "\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef"
)
# Compiled at their first use, as that takes longer than most plans need for all else that they compare.
_WORD = rf"[^\s{_ALONE}{_SIGNS}]+|\S(?:[{_MARKS}]|\u200d\S)*"
_PIECE = rf"{_WORD}|\n|[^\S\n]+"


class Run(NamedTuple):
    """So many items in a row that are the same, from an index of either side on."""

    before: int
    after: int
    length: int


def words(text: str) -> list[str]:
    """The words and single signs of a text. Where a language has no spaces between its words, each character counts as one."""
    return re.findall(_WORD, text)


def pieces(text: str) -> list[str]:
    """The same with the white space between, line ends apart: joined again they are the text."""
    return re.findall(_PIECE, text)


def runs(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """Runs in their order. What both begin and end with is set aside first, and then what only one side has at all."""
    head = alike(before, after)
    tail = alike(before[head:][::-1], after[head:][::-1])
    old, new = (side[head : len(side) - tail] for side in (before, after))
    mine, other = _Known.of(old, {*new}, head), _Known.of(new, {*old}, head)
    return list(_joined(head, _pairs(mine, other), Run(head + len(old), head + len(new), tail)))


def alike(before: Sequence[str], after: Sequence[str]) -> int:
    """With how many of the same both begin."""
    return sum(1 for _ in itertools.takewhile(bool, map(operator.eq, before, after)))


class _Known(NamedTuple):
    """Items that the other side has, too, and where they stand."""

    items: list[str]
    places: list[int]

    @classmethod
    def of(cls, side: Sequence[str], there: Collection[str], start: int) -> _Known:
        known = list(map(there.__contains__, side))
        return cls(list(itertools.compress(side, known)), list(itertools.compress(itertools.count(start), known)))


def _pairs(old: _Known, new: _Known) -> Iterator[tuple[int, int]]:
    """Which places belong together. Where to compare the whole would take long, piece by piece."""
    count = math.ceil(math.sqrt(len(old.items) * len(new.items) / CELLS_MAX))
    for part in range(count):
        cuts = (slice(len(one.items) * part // count, len(one.items) * (part + 1) // count) for one in (old, new))
        (mine, here), (other, there) = (
            (one.items[cut], one.places[cut]) for one, cut in zip((old, new), cuts, strict=True)
        )
        for one in _compared(mine, other):
            yield from zip(
                here[one.before : one.before + one.length], there[one.after : one.after + one.length], strict=True
            )


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterable[Run]:
    """A longest common subsequence."""
    if before == after:
        return [Run(0, 0, len(before))]
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - only where there is something to compare

    numbers: dict[str, int] = {}  # in place of the items themselves, of which rapidfuzz would compare only the hashes
    mine, other = ("".join([chr(numbers.setdefault(one, len(numbers))) for one in side]) for side in (before, after))
    return (Run(one.a, one.b, one.size) for one in LCSseq.editops(mine, other).as_matching_blocks())


def _joined(head: int, pairs: Iterable[tuple[int, int]], tail: Run) -> Iterator[Run]:
    """So many at the start, pairs of indexes, and the end, with what follows each other on both sides as one run."""
    before, after, length = 0, 0, head
    for one, other in itertools.chain(pairs, [(tail.before, tail.after)]):
        if one != before + length or other != after + length:
            if length:
                yield Run(before, after, length)
            before, after, length = one, other, 0
        length += 1
    if length + tail.length > 1:
        yield Run(before, after, length - 1 + tail.length)
