"""Plan -> Outcomes: the order of a run, and its entry, `apply`. Async, bounded, and never blind about a create.

Creates and updates first, deletes last; a failure does not stop the others. The endpoint retries what is safe to retry: what reaches this
package is final, or ambiguous.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Protocol

from assistants_tool.applying.context import Context, Keeper, Policy, keeps_nothing, knowing
from assistants_tool.applying.lastlook import LastLook
from assistants_tool.applying.outcomes import not_begun, unknown
from assistants_tool.applying.progress import Observer, Progress
from assistants_tool.applying.proof import Proof
from assistants_tool.applying.settling import Settling
from assistants_tool.applying.verifying import Verifier
from assistants_tool.applying.workers import at_once
from assistants_tool.applying.writing import Writer
from assistants_tool.planning.plan import WRITES, Action, Change, Plan

if TYPE_CHECKING:
    from assistants_tool.objects.endpoint import Endpoint
    from assistants_tool.planning.outcome import Outcome

_CUT_OFF = "interrupted before there was an answer"


class Doer(Protocol):
    """Carries out a plan, as `apply` does."""

    async def __call__(
        self,
        plan: Plan,
        endpoint: Endpoint,
        policy: Policy = ...,
        *,
        observe: Observer = ...,
        backup: Keeper = ...,
        stop: asyncio.Event | None = ...,
    ) -> tuple[Outcome, ...]: ...


async def apply(
    plan: Plan,
    endpoint: Endpoint,
    policy: Policy = Policy(),
    *,
    observe: Observer = lambda _: None,
    backup: Keeper = keeps_nothing,
    stop: asyncio.Event | None = None,
) -> tuple[Outcome, ...]:
    """Carry out a plan: one outcome for each write, in the plan's order.

    `observe` hears of each outcome as it comes; `backup` gets the old object before it is changed; once `stop` is set nothing new begins.
    Cancelled, it returns all the same, and what was on its way is unknown. What `observe` raises is raised when all is done.
    """
    context = Context(plan, endpoint, policy, knowing(backup, plan), stop or asyncio.Event())
    progress = Progress(observe, frozenset(one.id for one in plan.listing.assistants))
    return await to_the_end(plan, progress, _Run(context, progress).work())


async def to_the_end(plan: Plan, progress: Progress, work: Awaitable[None]) -> tuple[Outcome, ...]:
    """The outcomes of the work on a plan, also where it is cancelled."""
    try:
        await work
    except asyncio.CancelledError:
        # Whoever cancelled wants the report: what was written is told by the outcomes, and by nothing else.
        if task := asyncio.current_task():
            task.uncancel()
        _close(plan, progress)
    if progress.unheard:
        raise progress.unheard
    return tuple(progress.outcome(change) for change in plan.of(*WRITES))


def _close(plan: Plan, progress: Progress) -> None:
    """Changes without an outcome are recorded as not done, or as unknown where they had begun."""
    for change in plan.of(*WRITES):
        if not progress.has_outcome(change):
            progress.record(unknown(change, _CUT_OFF) if progress.has_begun(change) else not_begun(change))


class _Run:
    """The parts of a run, in their order."""

    def __init__(self, context: Context, progress: Progress) -> None:
        self._context, self._progress = context, progress
        verifier = Verifier(context, progress)
        self._writer = Writer(context, progress, verifier)
        self._proof = Proof(context, progress, self._writer, verifier)
        self._settling = Settling(context, progress, verifier, self._create)
        self._last_look = LastLook(context, progress, verifier, self._writer)

    async def work(self) -> None:
        # The first creates tell whether this is an endpoint to write to at all, so they come before any update.
        plan = self._context.plan
        creates = await self._proof.prove(list(plan.of(Action.CREATE)))
        updates = await self._proof.prove_updates(list(plan.of(Action.UPDATE, Action.ADOPT, Action.RELEASE)))
        await self._each([*creates, *updates])
        # Last: a run that is cut off early has removed nothing yet.
        await self._each(await self._proof.prove_deletes(list(plan.of(Action.DELETE))))
        await self._settling.settle()
        await self._last_look.look()

    async def _create(self, creates: list[Change]) -> None:
        await self._each(await self._proof.prove(creates))

    async def _each(self, changes: Iterable[Change]) -> None:
        await at_once(changes, self._do, self._context.room)

    async def _do(self, change: Change) -> None:
        await self._progress.carry_out(self._context, change, self._writer.write)
