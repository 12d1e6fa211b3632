"""One family of errors. Each message is one whole sentence for a person, written where the facts are known.

    ToolError            1   anything the user can act on
      DefinitionError    1   problems in files, all of them, each with its position
      UsageError         2   the command line asks for what cannot be
      EndpointError      1   the endpoint did not do as asked; `fate` says what became of the request
      RefusedError       4   a guard refused; nothing was written
      StoppedError     130   Ctrl-C or SIGTERM

The number is the exit code; the command line reads it in one place.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class ToolError(Exception):
    """The root of the family. `details` are lines of their own below the sentence."""

    exit_code: ClassVar[int] = 1
    details: tuple[str, ...] = ()


class Severity(enum.Enum):
    """How much a problem of a file stands in the way. Only a fault does; with `--strict` a warning is one."""

    FAULT = "fault"
    WARNING = "warning"  # the definition can be used, and probably does not do what was meant
    NOTE = "note"  # worth knowing, and nothing that --strict minds


@dataclass(frozen=True, order=True)
class Problem:
    """One problem in one file. `line` and `column` count from 1; 0 means the file as a whole. `excerpt` is what may be shown of it."""

    path: str
    line: int
    column: int
    message: str
    excerpt: str = field(default="", compare=False)
    severity: Severity = field(default=Severity.FAULT, compare=False)

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path

    def __str__(self) -> str:
        kind = "" if self.severity is Severity.FAULT else f"{self.severity.value}: "
        return f"{self.place}: {kind}{self.message}".replace(
            "\n", "\\n"
        )  # a name may hold one, and a problem is one line


def remarks(problems: Iterable[Problem], *, strict: bool = False) -> tuple[Problem, ...]:
    """What does not stand in the way, in its order; with `strict` warnings do. Raises DefinitionError, with all, where anything does."""
    minded = (Severity.FAULT, Severity.WARNING) if strict else (Severity.FAULT,)
    found = [replace(one, severity=Severity.FAULT) if one.severity in minded else one for one in set(problems)]
    if any(one.severity is Severity.FAULT for one in found):
        raise DefinitionError(found)
    return tuple(sorted(found))


class DefinitionError(ToolError):
    """Every problem of every file of one run, in the order of path and line; warnings and notes among them, but not alone."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class UsageError(ToolError):
    """What Click cannot see by itself, such as a missing terminal where an answer is needed."""

    exit_code = 2


class Fate(enum.Enum):
    """What became of a request that failed: may it have taken effect?"""

    NOT_SENT = "the endpoint was not reached"
    STOPPED = "it was stopped before it was sent"
    THROTTLED = "the endpoint refused it for now"
    REJECTED = "the endpoint refused it"
    MISSING = "no such object"
    NO_VERB = "the endpoint has no such operation"
    AMBIGUOUS = "it may or may not have happened"
    TIMED_OUT = "no answer in time; it may still happen"

    @property
    def in_doubt(self) -> bool:
        """Whether the request may have taken effect."""
        return self in (Fate.AMBIGUOUS, Fate.TIMED_OUT)


class EndpointError(ToolError):
    """A request that failed, in words; `fate` for the code that decides what to do next.

    `tries`: how often it was sent. `ended`: each of them was answered, if only with an error of the server's own (500), so that none of
    them is on its way still, and what the endpoint shows now is what came of it. `known`: the name of a
    refusal that is usual there.
    """

    def __init__(
        self, message: str, fate: Fate = Fate.REJECTED, *, tries: int = 1, ended: bool = False, known: str = ""
    ) -> None:
        self.fate, self.tries, self.ended, self.known = fate, tries, ended, known
        super().__init__(message)


class UnreachedError(EndpointError):
    """No answer came: an address, the network, a proxy or a certificate stands in the way, or the endpoint was silent."""


class RefusedError(ToolError):
    """A guard said no before anything was written."""

    exit_code = 4

    def __init__(self, message: str, details: Iterable[str] = ()) -> None:
        self.details = tuple(details)
        super().__init__(message)


class StoppedError(ToolError):
    """Stopped by the operator; the report has said what was done and what was not."""

    exit_code = 130
