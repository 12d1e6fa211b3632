"""Lines, and data as text: safe on a terminal, whoever wrote what is in them. What every command needs, so it imports next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from assistants_tool.errors import Problem, Severity
from assistants_tool.objects.unseen import escaped, escaped_in_json

# The tone of a problem's line.
TONES = {Severity.FAULT: "error", Severity.WARNING: "update", Severity.NOTE: "quiet"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its tone: the name of an Action in lower case, `error`, `quiet`, or nothing."""

    text: str
    tone: str = ""


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
    return escaped_in_json(json.dumps(value, indent=2, ensure_ascii=False)).replace("##[", "#\\u0023[")
