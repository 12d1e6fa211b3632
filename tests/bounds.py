"""How long something may compute, on any machine however busy."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def computes(seconds: float) -> Iterator[None]:
    """At most so long, in this thread: neither waiting for a processor nor what other threads do counts.

    For bounds that only a change in kind breaks, such as work that grows with the square of a text.
    """
    started = time.thread_time()
    yield
    assert time.thread_time() - started < seconds
