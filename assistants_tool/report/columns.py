"""Text in columns of a terminal: a Korean letter and most emoji take two, a combining mark none."""

from __future__ import annotations

from collections.abc import Iterator

from wcwidth import wcswidth, wcwidth

ELLIPSIS = "..."


def columns_of(text: str) -> int:
    return max(wcswidth(text), 0)


def fit(text: str, columns: int) -> str:
    """The text, cut to so many columns; what was cut off is told by an ellipsis."""
    if columns_of(text) <= columns:
        return text
    return _start(text, columns - len(ELLIPSIS)) + ELLIPSIS


def fit_end(text: str, columns: int) -> str:
    """Likewise, but the end is what stays."""
    if columns_of(text) <= columns:
        return text
    return ELLIPSIS + _start(text[::-1], columns - len(ELLIPSIS))[::-1]


def _start(text: str, columns: int) -> str:
    taken = 0
    for index, character in enumerate(text):
        taken += max(wcwidth(character), 0)
        if taken > columns:
            return text[:index]
    return text


def breaks(text: str, columns: int, hanging: int) -> Iterator[tuple[int, int]]:
    """From where to where each line goes that a long one has to become, if all but the first begin with `hanging` columns of space.

    Lines end behind a space, or where a word is longer than they are, within it. A space for which there is no room is left out.
    """
    start = 0
    while (stop := _line_end(text, start, columns, hanging)) < len(text):
        yield start, stop
        start = stop + (text[stop] in _SPACES)
    yield start, len(text)


def _line_end(text: str, start: int, columns: int, hanging: int) -> int:
    used, space = hanging if start else 0, start
    for index in range(start, len(text)):
        used += _width(text, index, used)
        if used > columns and index > start:
            return index if text[index] in _SPACES or space == start else space
        if text[index] in _SPACES and index >= hanging:
            space = index + 1
    return len(text)


def _width(text: str, index: int, used: int) -> int:
    if text[index] == "\t":
        return 8 - used % 8
    return 0 if text[index - 1 : index] == _JOINER else max(wcwidth(text[index]), 0)


_SPACES = " \t"
_JOINER = "\u200d"  # makes one of two emoji
