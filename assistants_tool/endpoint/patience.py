"""When to send a request again, and when to wait: backoff for what failed, one pace for all workers where a server limits the rate."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import tenacity

from assistants_tool.endpoint.height import Height, Left
from assistants_tool.errors import EndpointError, Fate

T = TypeVar("T")

# Safe to send again whatever it does; and what is safe for a create, because nothing can have happened.
FOR_IDEMPOTENT = frozenset({Fate.NOT_SENT, Fate.AMBIGUOUS, Fate.TIMED_OUT})
FOR_CREATE = frozenset({Fate.NOT_SENT})


@dataclass(frozen=True, slots=True)
class Patience:
    """At most `tries`, the last of them begun within `seconds`; waits double from `first_wait`, with jitter. All times are in seconds.

    On 429 the server's Retry-After counts, up to `longest_wait`; where it names none, `throttled_wait`, doubling. Those waits count
    neither as tries nor as time; `throttled_seconds` of them, with no request of any worker taken in between, are the end.
    """

    tries: int = 6
    seconds: float = 20.0
    first_wait: float = 0.25
    longest_wait: float = 120.0
    throttled_wait: float = 1.0
    throttled_seconds: float = 600.0


class ThrottledError(EndpointError):
    """429: not executed. `retry_after` in seconds, where the server said so."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message, Fate.THROTTLED)
        self.retry_after = retry_after


class Pace:
    """One gate for all requests of a run, so that one refusal slows every worker. `height` says how many it lets through at a time.

    On 429 it is closed for as long as the server says. Behind it only half as many as before may be on their way at a time, and one more
    again with each round of answers, as TCP does it: a server with a small allowance is not stormed by all workers each time it opens.
    """

    def __init__(
        self,
        patience: Patience,
        height: Height,
        tell: Callable[[str], None] = lambda _: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.tell = tell  # hears of what is waited for
        self._say = say  # hears, once, that it takes long
        self._has_said_why = False
        self._patience = patience
        self._height = height
        self._on_their_way = 0
        self._open_at = 0.0
        self._refused = 0  # times that it was closed since a request was taken
        self._refused_since = 0.0
        self._too_long = ""  # why there is no more waiting for it to open
        self._back = asyncio.Event()  # set when the next of them is back
        self._ended = asyncio.Event()

    def trying_again(self, why: str, seconds: float) -> None:
        """Tell of a request that has failed, so many seconds after it was first sent; once also who has no terminal to see it on."""
        self.tell(f"Trying again: {why}")
        if seconds >= _SILENT and not self._has_said_why:
            self._has_said_why = True
            self._say(f"Trying again: {why}")

    def end(self) -> None:
        """No more waiting: who would have to, while it is closed, is told so, and what failed is sent once more at the most."""
        self._ended.set()

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)

    def room(self) -> int:
        """How many may be on their way."""
        return self._height.allowed

    async def run(self, send: Callable[[], Awaitable[T]], kind: str) -> T:
        """Send when it is our turn; on 429 close the gate, and send again. Requests of one kind are alike in how long they take."""
        while True:
            left_at, left = await self._turn()
            try:
                answer = await send()
            except ThrottledError as error:
                self._close(error, left_at)
            except EndpointError as error:
                if error.fate is Fate.TIMED_OUT:
                    self._height.answered(kind, _now() - left_at, left)
                raise
            else:
                self._refused = 0
                self._height.answered(kind, _now() - left_at, left)
                return answer
            finally:
                self._on_their_way -= 1
                self._back.set()
                self._back = asyncio.Event()

    async def _turn(self) -> tuple[float, Left]:
        """Wait for it; the time when it came."""
        while True:
            now = _now()
            if self._too_long:
                raise EndpointError(self._too_long, Fate.THROTTLED)
            if now < self._open_at:
                await self._closed_for(self._open_at - now)
            elif self._on_their_way >= self._height.allowed:
                await self._back.wait()
            else:
                self._on_their_way += 1
                return now, Left(self._on_their_way, self._height.allowed)

    async def _closed_for(self, seconds: float) -> None:
        await self.pause(seconds)
        if self.has_ended:
            raise EndpointError("stopped while the endpoint limited the rate; it was not sent", Fate.STOPPED)

    def _close(self, error: ThrottledError, left_at: float) -> None:
        now = _now()
        if left_at >= self._open_at:  # else it was on its way when another was refused, and is no news
            self._refused_since = self._refused_since if self._refused else now
            self._refused += 1
            self._height.refused()
        wait = error.retry_after or self._own_wait()
        if wait > self._patience.longest_wait:
            self._too_long = f"{error}; it asks to wait {wait:.0f} s: try again then"
        elif now - self._refused_since > self._patience.throttled_seconds:
            self._too_long = f"{error}; it went on refusing: try again later, or with a smaller --parallelism"
        if self._too_long:
            raise EndpointError(self._too_long, Fate.THROTTLED)
        self._open_at = max(self._open_at, now + wait)
        self._tell_of(wait, self._open_at - self._refused_since)

    def _own_wait(self) -> float:
        """Where the server says nothing, or no time at all, at which all would come at once."""
        seconds = min(self._patience.throttled_wait * 2.0 ** min(self._refused - 1, 9), 30.0)
        return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - jitter

    def _tell_of(self, wait: float, in_all: float) -> None:
        self.tell(f"The endpoint limits the rate: waiting {wait:.1f} s")
        if in_all >= _LONG:
            self._say(
                f"The endpoint limits the rate: waiting as it says, {self._patience.throttled_seconds:.0f} s at most"
            )
            self._say = lambda _: None


def _now() -> float:
    return asyncio.get_running_loop().time()


_LONG = 10.0  # seconds after which who waits without a terminal is told so
_SILENT = 1.5  # the same where nothing has been answered at all: the third try comes then, or later


@dataclass(slots=True)
class _Tries:
    """What became of the tries of one request."""

    on_the_wire: float = 0.0  # seconds
    count: int = 0  # but for those that were throttled
    in_doubt: bool = False  # whether one may have had its effect
    ended: bool = True  # whether each that is in doubt was, by the server's own word, over

    async def one(self, send: Callable[[], Awaitable[T]]) -> T:
        started = time.monotonic()
        try:
            return await send()
        except EndpointError as error:
            self.in_doubt = self.in_doubt or error.fate.in_doubt
            self.count += not isinstance(error, ThrottledError)
            self.ended = self.ended and (error.ended or not error.fate.in_doubt)
            raise
        finally:
            self.on_the_wire += time.monotonic() - started

    def told_by(self, last: EndpointError) -> None:
        """Let the last error speak for all: where an earlier one may have had its effect, unless the object is gone, it says so."""
        if self.in_doubt and not last.fate.in_doubt and last.fate is not Fate.MISSING:
            last.args, last.fate = (f"{last}; an earlier try got no clear answer",), Fate.AMBIGUOUS
        last.tries, last.ended = self.count, self.ended and last.fate.in_doubt


async def persistently(
    send: Callable[[], Awaitable[T]], pace: Pace, patience: Patience, again: frozenset[Fate], kind: str
) -> T:
    """Send at the pace of its kind, and send again after failures of these fates.

    Raises the last EndpointError, with how many tries there were; its fate says whether any of them may have had its effect.
    """
    tries = _Tries()

    async def once() -> T:  # by a lambda, tenacity would take what it gives for the answer
        return await pace.run(lambda: tries.one(send), kind)

    def enough(state: tenacity.RetryCallState) -> bool:
        late = tries.on_the_wire + state.idle_for + state.upcoming_sleep >= patience.seconds
        return late or state.attempt_number >= patience.tries or pace.has_ended

    def tell(state: tenacity.RetryCallState) -> None:
        waited = tries.on_the_wire + state.idle_for - state.upcoming_sleep
        pace.trying_again(str(state.outcome.exception() if state.outcome else ""), waited)

    retrying = tenacity.AsyncRetrying(
        sleep=pace.pause,
        stop=enough,
        before_sleep=tell,
        wait=tenacity.wait_exponential(patience.first_wait, max=5.0) + tenacity.wait_random(0, patience.first_wait),
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, EndpointError) and error.fate in again),
        reraise=True,
    )
    try:
        return await retrying(once)
    except EndpointError as error:
        tries.told_by(error)
        raise
