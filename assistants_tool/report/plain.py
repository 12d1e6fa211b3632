"""Lines, and data as text: safe on a terminal, whoever wrote what is in them. What every command needs, so it imports next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from assistants_tool.errors import Problem, Severity
from assistants_tool.objects.unseen import escaped, escaped_in_json

# The tone of a problem's line.
TONES = {Severity.FAULT: "error", Severity.WARNING: "update", Severity.NOTE: "quiet"}


class Span(NamedTuple):
    """A part of a line, from one index to another, and its own tone: that of a line, or `marked`, which adds to the line's."""

    start: int
    stop: int
    tone: str


class Line(NamedTuple):  # a large plan has a million, and tuples are made fastest
    """A line, or several of one tone: the name of an Action in lower case, `error`, `quiet`, or nothing.

    `spans`: parts of it that have another one; only where it is one line. `hanging`: where a terminal is too narrow it is broken, and
    what follows is indented by so many columns; 0: it is left as it is.
    """

    text: str
    tone: str = ""
    spans: tuple[Span, ...] = ()
    hanging: int = 0


def valid(count: int, remarks: Iterable[Problem]) -> str:
    """That there is no fault in so many definitions, and how many warnings there are."""
    warnings = sum(one.severity is Severity.WARNING for one in remarks)
    more = f", with {warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
    return f"{count} definition{' is' if count == 1 else 's are'} valid{more}."


def printable(text: str) -> str:
    """Text that cannot move a cursor, change a colour, reverse a line or hide anything: what a server sent is never trusted.

    Newline and tab stay.
    """
    return escaped(text)


def printable_name(text: str) -> str:
    """The same of a name or an id, in which something that looks like a space is one or shows."""
    return escaped(text, name=True)


def one_line(text: str) -> str:
    """One line, whatever a server put into a key or an id: a line break there would forge a line of ours."""
    return text.replace("\n", "\\n")


def inert(text: str) -> str:
    """A line that Actions does not take for a command: it would, of one that begins with `::` behind any spaces, or that holds `##[`."""
    start = len(text) - len(text.lstrip())
    if text.startswith("::", start):
        text = f"{text[:start]}: :{text[start + 2 :]}"
    return text.replace("##[", "## [")


def to_json(value: Any) -> str:
    """JSON for programs that is safe on a terminal and in a log of Actions, too: what either takes for an order is written as an escape."""
    return "".join(json_pieces(value))


def json_pieces(value: Any) -> Iterator[str]:
    """The same in pieces of some thousand characters or one text, so that no one has to hold the whole."""
    held: list[str] = []
    size = 0
    for token in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):  # a text is one token
        held.append(token)
        size += len(token)
        if size > _PIECE:
            yield _inert_json("".join(held))
            held, size = [], 0
    yield _inert_json("".join(held))


_PIECE = 1 << 14


def _inert_json(text: str) -> str:
    return escaped_in_json(text).replace("##[", "#\\u0023[")
