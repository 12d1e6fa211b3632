"""Ctrl-C and SIGTERM: either ends any command with exit code 130; one that writes says first what was done and what was not."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal

if TYPE_CHECKING:
    import asyncio

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
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def stopping(
    stop: asyncio.Event, *also: Callable[[], object], cut: Callable[[], object] | None = None
) -> Iterator[None]:
    """The first signal lets what is in flight end, the second cuts it off where `cut` does so; any other is as it was."""
    from asyncio import get_running_loop

    loop = get_running_loop()
    heard = [(number, signal.getsignal(number)) for number in _SIGNALS]
    before = [(number, handler) for number, handler in heard if handler is not signal.SIG_IGN]

    def hear(act: Callable[[], None]) -> None:
        for number, _ in before:
            loop.add_signal_handler(number, act)

    def let_go() -> None:
        for number, handler in before:
            if loop.remove_signal_handler(number):
                signal.signal(number, handler)

    def first() -> None:
        stop.set()
        for one in also:
            one()
        hear(second) if cut else let_go()
        terminal.say("Stopping: what has begun is finished, nothing new is started. Once more to cut it off.", err=True)

    def second() -> None:
        let_go()
        if cut:
            cut()

    hear(first)
    try:
        yield
    finally:
        let_go()
