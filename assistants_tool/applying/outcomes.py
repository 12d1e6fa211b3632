"""Errors -> Outcomes: what an error says about the change that it came up in."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from assistants_tool.errors import EndpointError, Fate, ToolError
from assistants_tool.planning.outcome import Outcome, Status

if TYPE_CHECKING:
    from assistants_tool.planning.plan import Change

T = TypeVar("T")


async def guarded(change: Change, work: Awaitable[T]) -> T | Outcome:
    """The result of `work`, or the outcome that its error means: a change that fails takes neither the others nor the report with it."""
    try:
        return await work
    except ToolError as error:
        return failed(change, error, change.id)
    except Exception as error:  # noqa: BLE001 - a bug in the tool must not hide what was written before it
        said = f"this is a bug in the tool ({type(error).__name__}: {error}); please report it"
        return unknown(change, said)


def failed(change: Change, error: ToolError, found_id: str | None, written: str = "") -> Outcome:
    """FAILED; UNKNOWN where the request may have taken effect; SKIPPED where it was never sent.

    `written` says what an earlier request did for this change, so that a later one which is not sent leaves it UNKNOWN, not SKIPPED.
    """
    # An error that is not the endpoint's, such as a backup that cannot be made, came up before anything was sent.
    fate = error.fate if isinstance(error, EndpointError) else Fate.REJECTED
    not_sent = Status.UNKNOWN if written else Status.SKIPPED
    status = Status.UNKNOWN if fate.in_doubt else not_sent if fate is Fate.STOPPED else Status.FAILED
    message = f"{written}: {error}" if written else str(error)
    return Outcome(change, status, found_id, f"{message}; {_settled(change)}" if status is Status.UNKNOWN else message)


def unknown(change: Change, why: object) -> Outcome:
    """UNKNOWN: it may have taken effect, and a new plan will see whether it did."""
    return Outcome(change, Status.UNKNOWN, change.id, f"{why}; {_settled(change)}")


def nothing_changed(error: EndpointError) -> EndpointError:
    """Of a request whose every try was answered with an error, and of which a look shows that it had no effect: a failure and no doubt."""
    tries = "1 try" if error.tries == 1 else f"{error.tries} tries"
    return EndpointError(f"{error}; after {tries}, nothing changed")


def not_begun(change: Change, doubt: EndpointError | None = None) -> Outcome:
    """SKIPPED; but UNKNOWN where an earlier try, of which `doubt` tells, may still take effect."""
    return unknown(change, doubt) if doubt else Outcome(change, Status.SKIPPED, change.id)


def _settled(change: Change) -> str:
    return f"{change.settled_by} settles it"
