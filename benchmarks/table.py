"""One line of figures: what was found, and the most that it may be."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """`found` is a ratio to what `beside` names, or a number of what it names."""

    what: str
    beside: str
    found: float
    most: float

    @property
    def is_missed(self) -> bool:
        return self.found > self.most


def missed(rows: Iterable[Row]) -> int:
    """Print each as it comes; how many of their bounds are missed."""
    count = 0
    for row in rows:
        found, most = (f"{one:.2f}".removesuffix(".00") for one in (row.found, row.most))
        verdict = "  MISSED" if row.is_missed else ""
        print(f"{row.what:50} {found:>6}  at most {most:>4}  {row.beside}{verdict}", flush=True)
        count += row.is_missed
    return count


def median(some: Iterable[T]) -> T:
    """Of the same figures taken several times, each one's median."""
    taken = list(some)
    kind = type(taken[0])
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]  # all that are measured are dataclasses
    return kind(**{name: statistics.median(getattr(one, name) for one in taken) for name in names})
