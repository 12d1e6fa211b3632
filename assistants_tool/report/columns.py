"""Text in columns of a terminal: a Korean letter and most emoji take two, a combining mark none."""

from __future__ import annotations

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
