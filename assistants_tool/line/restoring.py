"""`restore`: the line with a backup as its source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistants_tool.applying.restoring import Restoration, restoration
from assistants_tool.applying.returning import bring_back
from assistants_tool.errors import DefinitionError
from assistants_tool.planning.masks import hiding, hiding_variables
from assistants_tool.redaction import Redaction

if TYPE_CHECKING:
    from assistants_tool.applying.backups import Run
    from assistants_tool.applying.context import Policy
    from assistants_tool.line.steps import Done, Line
    from assistants_tool.objects.definition import Definition
    from assistants_tool.planning.outcome import Outcome
    from assistants_tool.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restore: `passed_over` says what was left as it is, `faults` what could not be brought back."""

    time: str
    done: Done
    passed_over: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return self.done.outcomes

    @property
    def stopped(self) -> bool:
        return self.done.stopped

    @property
    def failed(self) -> bool:
        """Whether anything is not as it was before."""
        return self.done.failed or bool(self.faults) or any(one.not_kept or one.still_there for one in self.outcomes)


async def restore(line: Line, time: str | None, only: tuple[str, ...], policy: Policy) -> Restored:
    """Bring back what a run changed or deleted, by default the newest that was no restore itself.

    Raises ToolError where there is no such backup of this target, and RefusedError where a guard refuses.
    """
    backups = line.backups(restoring=True)
    kept = backups.read(time, os.environ)
    line.front.restoring(kept.time)

    def hidden(definitions: Sequence[Definition]) -> Redaction:
        return _hidden(definitions, kept)

    async with line.begin(lambda: _definitions(line), hidden, policy.parallelism) as begun:
        definitions, endpoint = begun.found, begun.endpoint
        line.front.hide(hidden(definitions))

        async def found() -> Restoration:
            listing = await begun.listing()
            wanted = restoration(kept.backups, listing, line.target.scope, definitions, only, endpoint.members)
            if listing.pages == 1 or not wanted.plan.rests_on_absence:
                return wanted
            listing = await endpoint.checked(listing)
            return restoration(kept.backups, listing, line.target.scope, definitions, only, endpoint.members)

        async def again() -> Plan:
            return (await found()).plan

        wanted = await found()
        faults = (*kept.faults, *wanted.faults)
        line.front.not_planned(wanted.passed_over, faults)
        done = await line.carry_out(wanted.plan, again, endpoint, policy, backups.save, doing=bring_back)
        return Restored(kept.time, done, wanted.passed_over, faults)


def _definitions(line: Line) -> Sequence[Definition]:
    """Those of now, with what their variables hold; where a variable is missing, without; none where they cannot be read."""
    try:
        return line.load().definitions
    except DefinitionError:
        return line.workspace.sketch(line.target)


def _hidden(definitions: Sequence[Definition], kept: Run) -> Redaction:
    """The values of all variables that the definitions or the backup name, and what nobody is told of its objects."""
    places = [*(one.variables for one in definitions), *(one.variables for one in kept.backups)]
    before = {text: shown for one in kept.backups for text, shown in one.before.untold.items()}
    return Redaction.of(before) | hiding(definitions) | hiding_variables(places, os.environ)
