"""What a front end is to the line: the line tells it what each step found, and asks it before anything is written.

The line itself shows nothing. `cli.output.Output` prints; the Python API only passes outcomes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistants_tool.errors import RefusedError

if TYPE_CHECKING:
    from assistants_tool.definitions.importing import Drafts
    from assistants_tool.errors import Problem
    from assistants_tool.planning.outcome import Outcome
    from assistants_tool.planning.plan import Plan
    from assistants_tool.project.target import Target
    from assistants_tool.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Brake:
    """How an apply in progress is stopped: after `stop` requests in flight still end, after `cut` nobody waits for them either."""

    stop_waiting: Callable[[], None]
    cut: Callable[[], object]
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Begin no further change, and end the waiting between tries of a request."""
        self.stopped.set()
        self.stop_waiting()


class Front:
    """A front end that shows nothing and agrees to every plan that no guard refuses. Others override the methods whose news they want.

    `hide` and `remark` are called on the thread that reads the files, while everything else waits for it; the others on the caller's.
    """

    def begin(self, target: Target) -> None:
        """Called with the target before anything is asked of it."""

    def hide(self, hidden: Redaction) -> None:
        """Called with the values of the variables that definitions name. From now on they must not be shown."""

    def remark(self, remarks: Sequence[Problem]) -> None:
        """What is worth saying of the definitions although they are sound."""

    def drafted(self, drafts: Drafts) -> None:
        """Called with the definitions that a migration writes before it makes anything, and with what it leaves."""

    def about_to(self, plan: Plan) -> None:
        """Called with the plan of a run that would write, before it is refused, agreed to, or found to have nothing to do."""

    def refusal(self, plan: Plan) -> RefusedError:
        """The error for a plan that a guard refuses."""
        return RefusedError("; ".join(plan.refusals))

    def agree(self, plan: Plan) -> bool:  # noqa: ARG002 - for others
        """Ask whether to go ahead; whether a person was asked, which takes time. Raises a ToolError where the answer is no."""
        return False

    def working(self, plan: Plan, brake: Brake) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002 - for others
        """A context that the writes run in. A front end that can stop a run keeps the brake for that time."""
        return contextlib.nullcontext()

    def outcome(self, outcome: Outcome) -> None:
        """Called with what became of a change, as soon as it is known; again for one that the last look at the end of the run changed."""

    def applied(self, plan: Plan, outcomes: Sequence[Outcome] = ()) -> None:
        """Called at the end of a run that would write. There are no outcomes where the plan was refused or empty."""

    def restoring(self, time: str) -> None:
        """Called with the time of the backup that a restore reads."""

    def not_planned(self, passed_over: Sequence[str], faults: Sequence[str]) -> None:
        """Called with a sentence for each object of a backup that is as it was already, and for each that cannot be brought back."""
