"""Several pieces of work at once, but never more than allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def at_once(items: Iterable[T], do: Callable[[T], Awaitable[None]], parallelism: int) -> None:
    """Do each item, begun in the order given, at most `parallelism` of them at a time. Returns when all are done."""
    # Workers take from one list, instead of one task for each item behind a semaphore: a cancelled run has only begun what it works on.
    waiting = list(reversed(list(items)))

    async def work() -> None:
        while waiting:
            await do(waiting.pop())

    async with asyncio.TaskGroup() as group:
        for _ in range(min(parallelism, len(waiting))):
            group.create_task(work())
