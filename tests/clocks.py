"""Clocks of event loops, for tests in which time goes by: one by which waits are over at once, and one that is fast."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Whoever would wait for the clock does not: the clock goes on instead. Work of other threads takes its time."""

    passed = 0.0
    busy = 0

    def select(self, timeout: float | None = None) -> Any:
        if self.busy or timeout is None:
            return super().select(timeout)
        ready = super().select(0)
        if not ready and timeout:
            self.passed += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return super().time() + self._clock.passed

    def run_in_executor(  # type: ignore[override]  # its own types take more kinds of arguments than a loop of ours is ever given
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        self._clock.busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._is_back)
        return future

    def _is_back(self, _: object) -> None:
        self._clock.busy -= 1


def without_waiting(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in no time. Whoever answers has to be of this loop or its threads: a socket is not waited for."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


class _Fast(selectors.DefaultSelector):
    def __init__(self, times: float) -> None:
        super().__init__()
        self._times = times

    def select(self, timeout: float | None = None) -> Any:
        return super().select(timeout and timeout / self._times)


class _FastLoop(asyncio.SelectorEventLoop):
    def __init__(self, times: float) -> None:
        super().__init__(_Fast(times))
        self._times = times

    def time(self) -> float:
        return super().time() * self._times


def hurried(work: Coroutine[Any, Any, T], times: float) -> T:
    """Run by a clock that goes so many times as fast, over real sockets; what else keeps time goes on as ever."""
    with asyncio.Runner(loop_factory=lambda: _FastLoop(times)) as runner:
        return runner.run(work)
