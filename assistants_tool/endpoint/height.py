"""How many requests may be on their way at once: answers go in, the number comes out. Pure: it measures nothing, and waits for nothing.

The number begins at ten and is left to grow for as long as answers do not get slower by it: a server that takes one request at a time
takes twice as long for each of twenty as for each of ten, and nothing is gained; one that takes many answers all of them as fast.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from assistants_tool.objects.endpoint import Parallelism

_LEAP = 1.0  # how much of itself the number grows by in a round of answers
_SLOWER = 1.25  # times what was usual: a quarter of what a leap costs where no more are taken at a time than before
_BACK = 0.75  # of the number, where it was too high
_REMEMBERED = 32  # answers by which it is judged how long the next may take


class Left(NamedTuple):
    """How a request left: so many were on their way then, itself included, and so many were allowed."""

    flying: int
    allowed: int


class Height:
    """The number of one run, for one endpoint.

    `longest`: how many seconds the last of those on their way may be expected to take, whatever else the answers say. A number that was
    given (`Parallelism.fixed`) knows nothing of time; only a 429 lowers it.
    """

    def __init__(self, parallelism: Parallelism, longest: float) -> None:
        self._first, self._most = parallelism.first, parallelism.most
        self._longest = longest if self._first < self._most else math.inf
        self._height = float(self._first)
        self._leap = _LEAP  # less each time that it was too much
        self._round: list[tuple[str, float]] = []  # kind and seconds of the answers to what left at this height
        self._fullest = 0  # how many of those were on their way at once
        self._usual: dict[str, float] = {}  # kind -> seconds, at the first height, or where there was none of it yet
        self._recent: deque[tuple[str, float, int]] = deque(maxlen=_REMEMBERED)  # kind, seconds, how many were flying
        self._in_time = math.inf

    @property
    def allowed(self) -> int:
        """So many may be on their way, at least one."""
        return int(max(1, min(self._height, self._in_time)))

    def answered(self, kind: str, seconds: float, left: Left) -> None:
        """An answer to a request of some kind came after so many seconds."""
        if left.allowed == self.allowed:  # else it shows nothing of this height
            self._round.append((kind, seconds))
            self._fullest = max(self._fullest, left.flying)
        self._recent.append((kind, seconds, left.flying))
        # Mostly there is time for all that there will ever be, and this needs no reckoning.
        if self._in_time < self._most or seconds * self._most > left.flying * self._longest:
            self._in_time = min(self._fitting(kind) for kind in {kind for kind, _, _ in self._recent})
        if len(self._round) >= self.allowed:
            self._judge()

    def refused(self) -> None:
        """The server said 429. From now on the number grows by one at a time, and not as high."""
        self._leap = 0.0
        self._most = max(self._first, int(self._height * _BACK))
        self._stand(max(1.0, self._height / 2))

    def _fitting(self, kind: str) -> float:
        """How many of a kind there is time for: each one more is expected to cost what each did so far."""
        some = [(seconds, flying) for one, seconds, flying in self._recent if one == kind]
        lone = [seconds for seconds, flying in some if flying == 1]
        alone = statistics.median(lone) if lone else None
        return statistics.median(self._fits(seconds, flying, alone) for seconds, flying in some)

    def _fits(self, seconds: float, flying: int, alone: float | None) -> float:
        """As one answer shows it, beside one that was alone. Without that, at the worst: each waited for all the others."""
        if flying == 1:
            # It does not tell what two take: where there is time for one, that is looked at.
            return max(2.0, self._longest / max(seconds, 1e-9)) if seconds <= self._longest else 1.0
        alone = seconds / flying if alone is None else alone
        each = max((seconds - alone) / (flying - 1), 1e-9)
        return 1 + (self._longest - alone) / each

    def _judge(self) -> None:
        taken, height = _medians(self._round), self._height
        if self._fullest < self.allowed:  # there was no more to do
            self._stand(height)
        elif height > self._first and self._is_slow():
            self._leap /= 2
            self._stand(max(float(self._first), height * _BACK))
        else:
            # At the first height, whatever is slow is not for too many of them.
            self._usual = {**self._usual, **taken} if height <= self._first else {**taken, **self._usual}
            self._stand(min(float(self._most), max(height + 1, height * (1 + self._leap))))

    def _is_slow(self) -> bool:
        times_usual = [seconds / self._usual[kind] for kind, seconds in self._round if self._usual.get(kind)]
        return bool(times_usual) and statistics.median(times_usual) > _SLOWER

    def _stand(self, height: float) -> None:
        self._height, self._fullest = height, 0
        self._round.clear()


def _medians(pairs: Iterable[tuple[str, float]]) -> Mapping[str, float]:
    found: dict[str, list[float]] = {}
    for kind, one in pairs:
        found.setdefault(kind, []).append(one)
    return {kind: statistics.median(some) for kind, some in found.items()}
