"""Who watches a run. The line tells it what each step found and asks it before anything is written; it shows nothing by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistants_tool.errors import RefusedError

if TYPE_CHECKING:
    from assistants_tool.errors import Problem
    from assistants_tool.planning.outcome import Outcome
    from assistants_tool.planning.plan import Plan
    from assistants_tool.project.target import Target
    from assistants_tool.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Brake:
    """How an apply in progress is stopped: `stop` lets what is in flight end, `cut` does not wait for that either."""

    stop_waiting: Callable[[], None]
    cut: Callable[[], object]
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Begin nothing new, and wait for no second try."""
        self.stopped.set()
        self.stop_waiting()


class Front:
    """The front end of a program: it says nothing and agrees to every plan that no guard refuses. Others override what they show."""

    def begin(self, target: Target) -> None:
        """The target is known, and nothing was asked of it yet."""

    def hide(self, hidden: Redaction) -> None:
        """What must not be told in this run: the values of variables that definitions name."""

    def remark(self, remarks: Sequence[Problem]) -> None:
        """What is worth saying of the definitions although they are sound."""

    def about_to(self, plan: Plan) -> None:
        """A plan that is to be carried out, refused, or found empty."""

    def refusal(self, plan: Plan) -> RefusedError:
        """The error for a plan that a guard refuses."""
        return RefusedError("; ".join(plan.refusals))

    def agree(self, plan: Plan) -> bool:  # noqa: ARG002 - for others
        """Ask whether to go ahead; whether a person was asked, which takes time. Raises a ToolError where the answer is no."""
        return False

    def working(self, plan: Plan, brake: Brake) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002 - for others
        """Around the writes; whoever can stop a run keeps the brake for that time."""
        return contextlib.nullcontext()

    def outcome(self, outcome: Outcome) -> None:
        """What became of one change, as soon as it is known."""

    def applied(self, plan: Plan, outcomes: Sequence[Outcome] = ()) -> None:
        """The end. There are no outcomes where the plan was refused or empty."""

    def restoring(self, time: str) -> None:
        """Which backup is read."""

    def not_planned(self, passed_over: Sequence[str], faults: Sequence[str]) -> None:
        """What in a backup needs nothing, and what cannot be brought back, in sentences."""
