"""Text in columns of a terminal: a Korean letter and most emoji take two, a combining mark none.

What reads as one character stays whole.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate

from wcwidth import iter_graphemes, wcswidth

ELLIPSIS = "..."


def columns_of(text: str) -> int:
    return max(wcswidth(text), 0)


def fit(text: str, columns: int) -> str:
    """The text, cut to so many columns; what was cut off is told by an ellipsis."""
    if columns_of(text) <= columns:
        return text
    return "".join(_first(list(iter_graphemes(text)), columns - len(ELLIPSIS))) + ELLIPSIS


def fit_end(text: str, columns: int) -> str:
    """Likewise, but the end is what stays."""
    if columns_of(text) <= columns:
        return text
    return ELLIPSIS + "".join(_first(list(iter_graphemes(text))[::-1], columns - len(ELLIPSIS))[::-1])


def _first(characters: Sequence[str], columns: int) -> Sequence[str]:
    """As many as there is room for."""
    return characters[: bisect.bisect_right(list(accumulate(map(columns_of, characters))), columns)]


def breaks(text: str, columns: int, hanging: int) -> Iterator[tuple[int, int]]:
    """From where to where each line goes that a long one has to become, if all but the first begin with `hanging` columns of space.

    Lines end behind a space, or where a word is longer than they are, within it. A space for which there is no room is left out.
    """
    characters = list(iter_graphemes(text))
    places = [0, *accumulate(map(len, characters))]
    start = 0
    while (stop := _line_end(characters, start, columns, hanging)) < len(characters):
        yield places[start], places[stop]
        start = stop + (characters[stop] in _SPACES)
    yield places[start], len(text)


def _line_end(characters: Sequence[str], start: int, columns: int, hanging: int) -> int:
    used, space = hanging if start else 0, start
    for index in range(start, len(characters)):
        used += 8 - used % 8 if characters[index] == "\t" else columns_of(characters[index])
        if used > columns and index > start:
            return index if characters[index] in _SPACES or space == start else space
        if characters[index] in _SPACES and used > hanging:
            space = index + 1
    return len(characters)


_SPACES = " \t"
