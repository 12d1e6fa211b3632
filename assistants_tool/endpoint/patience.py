"""When to send a request again, and when to wait: backoff for what failed, one pace for all workers where a server limits the rate."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import tenacity

from assistants_tool.errors import EndpointError, Fate

T = TypeVar("T")

# Safe to send again whatever it does; and what is safe for a create, because nothing can have happened.
FOR_IDEMPOTENT = frozenset({Fate.NOT_SENT, Fate.AMBIGUOUS, Fate.TIMED_OUT})
FOR_CREATE = frozenset({Fate.NOT_SENT})


@dataclass(frozen=True, slots=True)
class Patience:
    """At most `tries` within `seconds`; waits double from `first_wait`, with jitter. All times are in seconds.

    On 429 the server's Retry-After counts, up to `longest_wait`; where it names none, `throttled_wait`, doubling.
    """

    tries: int = 6
    seconds: float = 20.0
    first_wait: float = 0.25
    longest_wait: float = 120.0
    throttled_wait: float = 1.0
    throttled_tries: int = 100


class ThrottledError(EndpointError):
    """429: not executed. `retry_after` in seconds, where the server said so."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message, Fate.THROTTLED)
        self.retry_after = retry_after


class Pace:
    """One gate for all requests of a run: while it is closed no one sends."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._open_at = 0.0
        self._refused = 0

    async def run(self, send: Callable[[], Awaitable[T]]) -> T:
        """Send when the gate is open; on 429 close it for as long as the server says, and send again."""
        for _ in range(self._patience.throttled_tries):
            await self._turn()
            try:
                answer = await send()
            except ThrottledError as error:
                self._close(error)
                last = error
            else:
                self._refused = 0
                return answer
        raise EndpointError(
            f"{last}; it went on refusing: try again later, or with a smaller --parallelism", Fate.THROTTLED
        )

    async def _turn(self) -> None:
        while (wait := self._open_at - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110 - it may be closed for longer meanwhile
            await asyncio.sleep(wait)

    def _close(self, error: ThrottledError) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._open_at:
            self._refused += 1
        wait = error.retry_after
        if wait is None:
            wait = min(self._patience.throttled_wait * 2.0 ** (self._refused - 1), 30.0) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
        if wait > self._patience.longest_wait:
            raise EndpointError(f"{error}; it asks to wait {wait:.0f} s: try again then", Fate.THROTTLED)
        self._open_at = max(self._open_at, now + wait)


async def persistently(send: Callable[[], Awaitable[T]], patience: Patience, again: frozenset[Fate]) -> T:
    """Send, and send again after failures of these fates. Raises the last EndpointError."""
    retrying = tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(patience.tries) | tenacity.stop_after_delay(patience.seconds),
        wait=tenacity.wait_exponential(patience.first_wait, max=5.0) + tenacity.wait_random(0, patience.first_wait),
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, EndpointError) and error.fate in again),
        reraise=True,
    )
    return await retrying(send)
