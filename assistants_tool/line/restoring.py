"""`restore`: the line with a backup in the place of the files.

To be found again, what it brings back gets a mark. So a second step takes the mark off what was not managed before.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistants_tool.applying.restoring import Restoration, restoration
from assistants_tool.line.steps import Done
from assistants_tool.planning.making import make_release
from assistants_tool.planning.masks import hiding_variables
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Plan

if TYPE_CHECKING:
    from assistants_tool.applying.context import Keeper, Policy
    from assistants_tool.line.steps import Again, Line
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import OpenEndpoint


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restore. `done` are the writes that brought assistants back; `released` those that took the mark off what was not
    managed before, None where there was nothing to take off.

    `time` names the backup. `passed_over` are sentences on what was as it should be already, `faults` on what could not be brought back.
    `still_held`: the run was stopped before the marks were taken off; the same restore does so.
    """

    time: str
    done: Done
    released: Done | None = None
    passed_over: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    still_held: bool = False

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return (*self.done.outcomes, *(self.released.outcomes if self.released else ()))

    @property
    def stopped(self) -> bool:
        return self.done.stopped or (self.released is not None and self.released.stopped)

    @property
    def failed(self) -> bool:
        """Whether anything that was to be brought back is not as it was."""
        return self.done.failed or bool(self.faults) or (self.released is not None and self.released.failed)


async def restore(line: Line, time: str | None, only: tuple[str, ...], policy: Policy) -> Restored:
    """Bring back what a run changed or deleted, by default the newest that was no restore itself.

    Raises ToolError where there is no such backup of this target, and RefusedError where a guard refuses.
    """
    backups = line.backups(line.workspace.sketch(line.target.scope.environment), restoring=True)
    kept = backups.read(time)
    line.front.restoring(kept.time)
    hidden = hiding_variables((one.variables.values() for one in kept.backups), os.environ)
    line.front.hide(hidden)
    async with line.open(hidden, policy.parallelism) as endpoint:

        async def found() -> tuple[Restoration, Plan]:
            listing = await endpoint.listing()
            wanted = restoration(kept.backups, listing, line.target.scope, os.environ, only)
            return wanted, wanted.plan(listing, line.target.scope)

        async def again() -> Plan:
            return (await found())[1]

        wanted, plan = await found()
        passed_over, faults = tuple(wanted.passed_over), (*kept.faults, *wanted.faults)
        line.front.not_planned(passed_over, faults)
        done = await _brought_back(line, plan, again, wanted, endpoint, policy, backups.save)
        # A run that was stopped leaves the marks on, so that the same restore, done again, finds what is back already.
        back = _to_let_go(plan, done, wanted)
        if not back or done.stopped:
            return Restored(kept.time, done, None, passed_over, faults, still_held=bool(back))
        made = {one.id for one in done.outcomes if one.change.action is Action.CREATE}
        released = await _let_go(line, back, endpoint, policy, _but_for(made, backups.save), agreed=not plan.is_empty)
        return Restored(kept.time, done, released, passed_over, faults)


async def _brought_back(
    line: Line,
    plan: Plan,
    again: Again,
    wanted: Restoration,
    endpoint: OpenEndpoint,
    policy: Policy,
    backup: Keeper,
) -> Done:
    """The first step. It is left out where only marks are to be taken off: an empty plan would be shown before that for nothing."""
    lets_go_only = plan.is_empty and any(one.key in wanted.unmanaged for one in plan.of(Action.KEEP))
    if lets_go_only and not plan.refusals:
        return Done(plan)
    return await line.carry_out(plan, again, endpoint, policy, backup)


def _to_let_go(plan: Plan, done: Done, wanted: Restoration) -> list[str | None]:
    """The ids of those that bear our mark now and did not before the run that is undone."""
    back = [one.id for one in plan.of(Action.KEEP) if one.key in wanted.unmanaged]
    return back + [one.id for one in done.outcomes if one.status is Status.DONE and one.change.key in wanted.unmanaged]


def _but_for(made: Collection[str | None], backup: Keeper) -> Keeper:
    """A backup that leaves out what this run has made itself: only what a run found is worth bringing back."""

    def save(assistant: Assistant, definition: Definition | None, *, surplus: bool = False) -> None:
        if assistant.id not in made:
            backup(assistant, definition, surplus=surplus)

    return save


async def _let_go(
    line: Line,
    ids: Collection[str | None],
    endpoint: OpenEndpoint,
    policy: Policy,
    backup: Keeper,
    *,
    agreed: bool,
) -> Done | None:
    """Take the mark off. `agreed`: the plan that was agreed to said so already."""

    async def again() -> Plan:
        listing = await endpoint.listing()
        found = [one for one in listing.assistants if one.id in ids and line.target.scope.owns(one.mark)]
        return make_release(found, listing, line.target.scope)

    plan = await again()
    return None if plan.is_empty else await line.carry_out(plan, again, endpoint, policy, backup, agreed=agreed)
