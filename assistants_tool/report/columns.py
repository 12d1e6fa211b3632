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
    start = space = used = 0
    for index, character in enumerate(text):
        wide = (
            8 - used % 8
            if character == "\t"
            else 0
            if text[index - 1 : index] == _JOINER
            else max(wcwidth(character), 0)
        )
        if used + wide > columns and index > start:
            stop = index if character in _SPACES or space <= start else space
            yield start, stop
            start = index + 1 if character in _SPACES else stop
            used = hanging + columns_of(text[start:index])
        used += wide if index >= start else 0
        space = index + 1 if character in _SPACES and index >= hanging else space
    yield start, len(text)


_SPACES = " \t"
_JOINER = "\u200d"  # makes one of two emoji
