"""Where two canonical forms differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistants_tool.objects.jsontext import same


class Absent:
    """The one value that JSON has no word for: a member that is not there."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two forms differ; `path` as in `tools[0].function.name`; a side that lacks it is ABSENT."""

    path: str
    before: Any
    after: Any


def field_of(path: str) -> str:
    """The top-level member that a differing path is in."""
    return path.partition(".")[0].partition("[")[0]


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """The smallest places where two canonical forms differ, in a stable order."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*after, *sorted(name for name in before if name not in after)]:
            inner = f"{path}.{name}" if path else str(name)
            yield from differences(before.get(name, ABSENT), after.get(name, ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_differences(before, after, path)
    # By their text, as Python holds 1 == True.
    elif ABSENT in (before, after) or not same(before, after):
        yield Difference(path, before, after)


def _list_differences(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    """Of two lists. What is equal at the start and at the end is set aside first, so that one new tool is one difference."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    for index in range(max(len(old), len(new))):
        yield from differences(
            old[index] if index < len(old) else ABSENT,
            new[index] if index < len(new) else ABSENT,
            f"{path}[{start + index}]",
        )


def _common(left: list[Any], right: list[Any]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if not same(one, other):
            break
        count += 1
    return count
