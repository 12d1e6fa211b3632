"""Everything that reaches a person: results on stdout, the rest on stderr, colour only where it is wanted, nothing raw from a server."""

from __future__ import annotations

import bisect
import contextlib
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from assistants_tool.cli.progress import progress
from assistants_tool.errors import DefinitionError, StoppedError, ToolError, UsageError

if TYPE_CHECKING:
    from assistants_tool.errors import Problem
    from assistants_tool.report.plain import Line

_TONES: dict[str, dict[str, Any]] = {
    "create": {"fg": "green"},
    "update": {"fg": "yellow"},
    "adopt": {"fg": "cyan"},
    "release": {"fg": "magenta"},
    "delete": {"fg": "red"},
    "conflict": {"fg": "red", "bold": True},
    "error": {"fg": "red"},
    "orphan": {"fg": "magenta"},
    "quiet": {"dim": True},
    "marked": {"reverse": True},
}
_AT_A_TIME = 50  # lines, each of which may be a whole prompt
_wanted = {"color": True}
_gone = {"stdout": False}  # whoever read it
_gathered: list[list[str]] = []


def configure(*, color: bool) -> None:
    _wanted["color"] = color
    _gone["stdout"] = False


def check_streams() -> None:
    """Raises ToolError where stdout is closed, before anything is done of which the result could not be told."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as long as the process
    if sys.stdout is None:
        raise ToolError(
            "standard output is closed, so there is no place for the result; open it, or send it to /dev/null"
        )


def stop_writing() -> None:
    """Nothing may be written to stdout any more, at exit either."""
    _gone["stdout"] = True
    _discard(sys.stdout)


def is_unread() -> bool:
    """Whether whoever read stdout has gone, as `| head` does: what was to be told is not worth making any more."""
    return _gone["stdout"]


def flush() -> None:
    """Write what is still to be written, while its failure can be told."""
    _write("", nl=False)


def _write(text: str, **how: Any) -> None:
    """To stdout, as long as somebody reads."""
    if is_unread():
        return
    try:
        click.echo(text, **how)
    except BrokenPipeError:
        stop_writing()


def _discard(stream: Any) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Around what is written to stderr. Where that is full, as where it is closed, the result is there all the same."""
    try:
        yield
    except BrokenPipeError:  # whoever reads has gone, and is not to be taken for one who has read
        raise
    except OSError:
        _discard(sys.stderr)


def _echo(text: str, *, err: bool, **how: Any) -> None:
    if not err:
        _write(text, **how)
        return
    with telling():
        click.echo(text, err=True, **how)


def unprinted(error: BaseException) -> str:
    """Why something could not be printed, if that is what an error is about; nothing is written any more then."""
    import traceback

    printing = (frame.f_code is click.echo.__code__ for frame, _ in traceback.walk_tb(error.__traceback__))
    if not isinstance(error, OSError) or not any(printing):
        return ""
    stop_writing()
    return f"the output cannot be written: {error.strerror}; make room for it, or send it elsewhere"


def colored(*, err: bool = False) -> bool:
    """NO_COLOR and FORCE_COLOR count where they are set to something; else a terminal has colour."""
    if not _wanted["color"] or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stderr if err else sys.stdout).isatty()


def _safe(text: str) -> str:
    """Text with nothing in it that a terminal, or GitHub Actions, would take for an order."""
    from assistants_tool.report.plain import printable

    return _inert(printable(text))


def _inert(text: str) -> str:
    from assistants_tool.report.plain import inert

    return "\n".join(map(inert, text.split("\n"))) if os.environ.get("GITHUB_ACTIONS") else text


def is_inert(text: str) -> bool:
    """Whether `result` may show this as it is. GitHub Actions takes some lines for orders, and has data among them."""
    return _inert(text) == text


def say(text: str, *, err: bool = False) -> None:
    """Plain text."""
    progress.clear()
    _echo(_safe(text), err=err)


def result(text: str) -> None:
    """Data for programs, which has been made safe where it was made."""
    results([text])


def results(pieces: Iterable[str]) -> None:
    """The same in pieces, as it is made."""
    if _gathered:
        _gathered[-1].append("".join(pieces))
        return
    progress.clear()
    for piece in itertools.takewhile(lambda _: not is_unread(), pieces):
        _write(piece, nl=False)
    _write("")


@contextlib.contextmanager
def gathering() -> Iterator[list[str]]:
    """Meanwhile data for programs is not written, but is in this list: it is to be part of another document."""
    _gathered.append([])
    try:
        yield _gathered[-1]
    finally:
        _gathered.pop()


_CONTEXT = 8  # characters: as long as an emoji of several that has to be seen whole


class Flow:
    """A server's text on stdout as it comes. Where GitHub Actions reads along, a line is shown when it is whole: only then is it seen
    to be no order.
    """

    def __init__(self) -> None:
        self._held = ""
        self._before = ""  # the end of what was shown: it says whether what follows is part of an emoji
        self._open = False  # a line was begun and not ended

    def write(self, text: str) -> None:
        from assistants_tool.objects.unseen import settled

        text = self._held + text
        end = text.rfind("\n") + 1 if os.environ.get("GITHUB_ACTIONS") else settled(text)
        self._show(text[:end])
        self._held = text[end:]

    def end(self) -> None:
        """What follows begins on a line of its own."""
        self._show(self._held + "\n" if self._held or self._open else "")
        self._held = ""

    def _show(self, text: str) -> None:
        if text:
            progress.clear()
            _write(_safe(self._before + text)[len(_safe(self._before)) :], nl=False)
            self._before = "" if text.endswith("\n") else (self._before + text)[-_CONTEXT:]
            self._open = not text.endswith("\n")


def say_lines(lines: Iterable[Line], *, err: bool = False) -> None:
    """Lines with their tones. Several are written at a time, as each writing takes longer than to make a line."""
    stream, coming = sys.stderr if err else sys.stdout, iter(lines)
    colors, columns = colored(err=err), _columns() if stream.isatty() else 0
    with progress.aside():
        while (err or not is_unread()) and (some := list(itertools.islice(coming, _AT_A_TIME))):
            if colors or columns:
                text = "\n".join(_styled(one, colors=colors, columns=columns) for one in some)
            else:
                text = _safe("\n".join([one.text for one in some]))
            _echo(text, err=err, color=colors)


def _styled(line: Line, *, colors: bool, columns: int) -> str:
    """For a terminal: in its styles, and broken where it is too long for it."""
    if "\n" in line.text:
        each = (line._replace(text=one) for one in line.text.split("\n"))
        return "\n".join(_styled(one, colors=colors, columns=columns) for one in each)
    text = _safe(line.text)
    pieces = _pieces(line, text) if colors else [(text, {})]
    if (
        line.hanging and columns and (2 * len(text) > columns or "\t" in text)
    ):  # nothing else takes more than two columns
        return _broken(pieces, text, columns, line.hanging)
    return _joined(pieces)


_Piece = tuple[str, dict[str, Any]]  # a text, made safe, and its style


def _pieces(line: Line, text: str) -> list[_Piece]:
    """A line's text in its tone, and its spans in theirs."""
    from assistants_tool.report.plain import printable

    tone = _TONES.get(line.tone, {})
    found, at = [], 0
    for one in line.spans:
        found += [(line.text[at : one.start], tone), (line.text[one.start : one.stop], tone | _TONES[one.tone])]
        at = one.stop
    safe = [(printable(piece), style) for piece, style in (*found, (line.text[at:], tone))]
    # GitHub Actions would have taken the line for an order, which was undone, wherever in it: the spans are given up.
    return safe if "".join(piece for piece, _ in safe) == text else [(text, tone)]


def _broken(pieces: Sequence[_Piece], text: str, columns: int, hanging: int) -> str:
    from assistants_tool.report.columns import breaks

    ends = list(itertools.accumulate(len(piece) for piece, _ in pieces))
    lines = []
    for start, stop in breaks(text, columns, hanging):
        first, last = bisect.bisect_right(ends, start), bisect.bisect_left(ends, stop)
        places = ((index, ends[index] - len(pieces[index][0])) for index in range(first, last + 1) if start < stop)
        lines.append(
            _joined((pieces[index][0][max(start - at, 0) : stop - at], pieces[index][1]) for index, at in places)
        )
    return f"\n{' ' * hanging}".join(lines)


def _joined(pieces: Iterable[_Piece]) -> str:
    return "".join(click.style(piece, **style) if piece and style else piece for piece, style in pieces)


def error(text: str, details: Iterable[str] = ()) -> None:
    """A line, and one for each detail, whatever a server or a file name puts into them."""
    from assistants_tool.report.plain import Line

    lines = (one.replace("\n", "\\n") for one in (f"Error: {text}", *(f"  {one}" for one in details)))
    say_lines((Line(one, "error") for one in lines), err=True)


def failure(failed: ToolError) -> None:
    """What ended a run: the problems of files, each with its place, or a sentence."""
    if isinstance(failed, DefinitionError):
        problems(failed.problems)
    else:
        error(str(failed), failed.details)


def problems(found: Sequence[Problem]) -> None:
    """A line for each, beginning with its place; on a terminal the line of the file, too, with a caret below the place."""
    from assistants_tool.report.plain import TONES, Line

    if sys.stderr.isatty():
        from assistants_tool.report.problems import (
            problem_lines,  # which knows how wide characters are, and takes longer
        )

        width = _columns()
        for one in found:
            say_lines(problem_lines(one, width), err=True)
    else:
        say_lines((Line(str(one), TONES[one.severity]) for one in found), err=True)


def note(text: str) -> None:
    """What is waited for: a word that a person on a terminal sees while it lasts."""
    progress.note(_safe(text).replace("\n", "\\n"))


def width() -> int | None:
    """The columns of the terminal that stdout is; None where it is none."""
    return _columns() if sys.stdout.isatty() else None


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def confirm(question: str, *, yes: bool, details: Callable[[], None]) -> bool:
    """Ask on a terminal, unless `yes`; whether a person was asked. One who wants `details` gets them, and is asked again.

    Raises UsageError where there is no terminal, and StoppedError for a no.
    """
    if yes:
        return False
    if not _can_ask():
        raise UsageError("there is no terminal to ask on; add --yes to go ahead without asking")
    while True:
        answer = _answer(f"{question} [y/N/details] ").lower()
        if answer in ("y", "yes"):
            return True
        if not answer or not "details".startswith(answer):
            raise DeclinedError("declined; nothing was written")
        details()


def ask(question: str) -> str | None:
    """What a person answers; None where there is none to ask."""
    return _answer(question) if _can_ask() else None


def _can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _answer(question: str) -> str:
    """A line that was typed. Ctrl-C ends the wait at once: asyncio's own way would wait for the line."""
    import signal

    progress.clear()
    _echo(_safe(question), nl=False, err=True)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline().strip()
    finally:
        signal.signal(signal.SIGINT, before)


class DeclinedError(StoppedError):
    exit_code = 1
