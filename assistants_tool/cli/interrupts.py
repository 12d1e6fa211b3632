"""Ctrl-C and SIGTERM: either ends any command with exit code 130; one that writes says first what was done and what was not."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal

if TYPE_CHECKING:
    import asyncio
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def sigterm_is_ctrl_c() -> Iterator[None]:
    """Whoever hears of one hears of the other: asyncio, a question, or Python itself."""
    try:
        before = signal.signal(signal.SIGTERM, _interrupt)
    except ValueError:  # not the main thread, which signals do not reach
        yield
        return
    try:
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        with _held_back() if ignored and hasattr(signal, "pthread_sigmask") else contextlib.nullcontext():
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Ctrl-C stays ignored, as in a shell's background, and yet has the handler that asyncio takes for its own.

    Where it has none, asyncio leaves SIGTERM to whatever code runs just then, which may swallow it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # which drops what was held back
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _interrupt(_: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)


@contextlib.contextmanager
def stopping(
    stop: asyncio.Event, *also: Callable[[], object], cut: Callable[[], object] | None = None
) -> Iterator[None]:
    """The first signal lets what is in flight end, the second cuts it off where `cut` does so; any other is as it was."""
    from asyncio import get_running_loop

    loop = get_running_loop()
    before = [(number, signal.getsignal(number)) for number in _SIGNALS]

    def hear(act: Callable[[], None]) -> None:
        for number in _SIGNALS:
            _hear(loop, number, act)

    def let_go() -> None:
        for number, handler in before:
            if _let_go(loop, number):
                signal.signal(number, handler)

    def first() -> None:
        stop.set()
        for one in also:
            one()
        hear(second) if cut else let_go()
        terminal.say(
            "Stopping: what has started is finished, nothing new starts. Press Ctrl-C again to stop at once.", err=True
        )

    def second() -> None:
        let_go()
        if cut:
            cut()

    hear(first)
    try:
        yield
    finally:
        let_go()


def _hear(loop: asyncio.AbstractEventLoop, number: int, act: Callable[[], None]) -> None:
    try:
        loop.add_signal_handler(number, act)
    except NotImplementedError:  # on Windows, whose loop wakes up for a handler of Python's
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))


def _let_go(loop: asyncio.AbstractEventLoop, number: int) -> bool:
    try:
        return loop.remove_signal_handler(number)
    except NotImplementedError:
        return True
