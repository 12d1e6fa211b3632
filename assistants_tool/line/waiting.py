"""Waiting, without an event loop, for what is awaited: each call runs to its end.

A loop for each call takes a third of a millisecond, and leaves nothing behind: the connections of a call end with it. Those of a client
that a program hands over do not, and belong to the loop that opened them. So whoever waits for what goes over a client waits for one loop,
which stays.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import functools
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from assistants_tool.errors import UsageError

T = TypeVar("T")
Work = Coroutine[Any, Any, T]


def wait(work: Work[T], *, over_client: bool = False) -> T:
    """Run to the end: here, or on another thread where this one's event loop is running, or where it goes over a client.

    Raises UsageError for a call over a client in the midst of another.
    """
    running = _running_loop()
    if over_client:
        if running is _lasting_loop():
            work.close()
            raise UsageError("a call over a client waits for another to end, which waits for it; make it afterwards")
        return _ended(work, lambda run: asyncio.run_coroutine_threadsafe(run, _lasting_loop()))
    if running is None:
        return asyncio.run(work)
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
        context = contextvars.copy_context()
        return _ended(work, lambda run: pool.submit(context.run, asyncio.run, run))


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


_ONE_AT_A_TIME = threading.Lock()


def _lasting_loop() -> asyncio.AbstractEventLoop:
    """The one of this program, on a thread of its own, until the program ends."""
    with _ONE_AT_A_TIME:
        return _begun_loop()


@functools.cache
def _begun_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="assistants-tool", daemon=True).start()
    return loop


def _ended(work: Work[T], begin: Callable[[Work[T]], concurrent.futures.Future[T]]) -> T:
    """Wait for what another thread does. A Ctrl-C reaches the main thread alone: it is passed on, as asyncio does by itself there."""
    cancel: concurrent.futures.Future[Callable[[], object]] = concurrent.futures.Future()

    async def cancellable() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        cancel.set_result(lambda: task and loop.call_soon_threadsafe(task.cancel))
        return await work

    ended = begin(cancellable())
    try:
        return ended.result()
    except KeyboardInterrupt:
        with contextlib.suppress(RuntimeError):  # it has ended meanwhile
            cancel.result()()
        concurrent.futures.wait([ended])
        raise
