"""Several pieces of work at once, but never more than allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def at_once(items: Iterable[T], do: Callable[[T], Awaitable[None]], room: Callable[[], int]) -> None:
    """Do each item, begun in the order given, while there is `room`, which may be another at any time. Returns when all are done."""
    # Workers take from one list, instead of one task for each item behind a gate: a run that is cut off has only begun what it works on.
    waiting, working = list(reversed(list(items))), 0

    async def work() -> None:
        nonlocal working
        while waiting and working <= room():
            await do(waiting.pop())
            call_others()
        working -= 1

    def call_others() -> None:
        nonlocal working
        for _ in range(min(room() - working, len(waiting))):
            working += 1
            group.create_task(work())

    async with asyncio.TaskGroup() as group:
        call_others()
