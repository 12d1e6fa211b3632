"""One line on stderr that comes and goes, for a person who waits: what is waited for, or a bar with a rate.

It is there from the second second on, on a terminal alone. Whatever else is written clears it first, so it never mixes with a report.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import click

PATIENCE_SECONDS = 1.0
_REDRAW_SECONDS = 0.1
_CLEAR = "\r\x1b[K"


class Progress:
    def __init__(self) -> None:
        self._started = 0.0  # 0: nothing is going on
        self._drawn_at = 0.0
        self._is_drawn = False
        self._note = ""
        self._bar: Any = None

    @contextlib.contextmanager
    def during(self) -> Iterator[None]:
        """While an endpoint is open."""
        self._started, self._note = time.monotonic(), ""
        try:
            yield
        finally:
            self.clear()
            self._started = 0.0

    @contextlib.contextmanager
    def counting(self, total: int, label: str) -> Iterator[None]:
        """While `total` things are done, one `advance` each."""
        self._started, self._note = time.monotonic(), ""
        self._bar = click.progressbar(
            length=total, label=label, show_pos=True, show_percent=False, item_show_func=self._beside, file=sys.stderr
        )
        try:
            yield
        finally:
            self.clear()
            self._bar = None

    def advance(self) -> None:
        if self._bar:
            self._note = ""
            self._bar.make_step(min(1, self._bar.length - self._bar.pos))  # of one thing there may be news twice
            self._draw()

    def note(self, text: str) -> None:
        """What is waited for; already without anything that a terminal would take for an order."""
        self._note = text
        self._draw()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """While something else is written: the line makes room. A bar is there again below; what was waited for is over."""
        was_drawn = self._is_drawn
        self.clear()
        yield
        if was_drawn and self._bar:
            self._drawn_at = 0.0
            self._draw()

    def clear(self) -> None:
        if self._is_drawn:
            _write(_CLEAR)
            self._is_drawn = False

    def _beside(self, _: Any) -> str:
        rate = self._bar.pos / max(time.monotonic() - self._started, 0.001)
        return f"{rate:.0f}/s {self._note}".rstrip()

    def _draw(self) -> None:
        now = time.monotonic()
        waited = self._started and now - self._started >= PATIENCE_SECONDS
        if not waited or now - self._drawn_at < _REDRAW_SECONDS or not _is_wanted():
            return
        self._drawn_at, self._is_drawn = now, True
        import shutil

        from assistants_tool.report.columns import fit

        # On one line, whatever it says: of two, the first would stay.
        _write(_CLEAR + fit(self._text(), shutil.get_terminal_size().columns - 1))

    def _text(self) -> str:
        if not self._bar:
            return self._note
        self._bar.current_item = self._note
        return str(self._bar.format_progress_line())


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _is_wanted() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and os.environ.get("CI", "").lower() != "true"


progress = Progress()
