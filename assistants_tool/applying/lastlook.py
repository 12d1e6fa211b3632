"""The last look of a run: where something was created, list once more, and leave one assistant for each key.

Another run may have created the same, whether it went on beside this one, or was cut off before and its creates took effect only now. This
run's own second tries may have made two, as well. The first of a key stays; a second that was not there before this run is removed, if it
is a create of ours and nothing else. On an endpoint that lags behind, that is the next apply's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistants_tool.applying.looking import bearers, caught_up, note_lag
from assistants_tool.applying.outcomes import guarded, nothing_changed, unknown
from assistants_tool.applying.workers import at_once
from assistants_tool.errors import EndpointError, Fate, ToolError
from assistants_tool.planning.comparing import is_raced_create
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.applying.verifying import Verifier
    from assistants_tool.applying.writing import Writer
    from assistants_tool.objects.assistant import Assistant

_NOT_YET = "it is not listed yet; wait before the next apply, which would create it again"


@dataclass(frozen=True, slots=True)
class LastLook:
    """Corrects the outcomes of creates by what a listing shows at the end."""

    context: Context
    progress: Progress
    verifier: Verifier
    writer: Writer

    async def look(self) -> None:
        """List once, where a create was done or may have been, and record what is another than before. What is in doubt then is unknown."""
        await self._look()
        for change in self.progress.unsettled:
            if not self.progress.has_outcome(change):
                self.progress.record(self._outcome(change))

    def _outcome(self, change: Change) -> Outcome:
        """As recorded; of one that could not be settled, that it is unknown."""
        recorded = self.progress.has_outcome(change)
        return self.progress.outcome(change) if recorded else unknown(change, self.progress.doubt_of(change))

    async def _look(self) -> None:
        made = [change for change in self.context.plan.of(Action.CREATE) if self._may_stand(change)]
        if self.context.stop.is_set() or not made:
            return
        if self.progress.lag and self.progress.last_unsettled:  # what is in doubt may be there, and not be listed yet
            since = self.progress.last_unsettled + 2 * self.progress.lag
            await self.context.pause(since - asyncio.get_running_loop().time())
        listing, behind = await caught_up(self.context, self.progress)
        if listing.incomplete:  # the one to keep may be among what it lacks
            self._say_unseen(made, listing.incomplete)
        elif not self.context.stop.is_set():
            found = bearers(self.context, listing)
            deletes = any(len(one) > 1 for one in found.values())
            await at_once(
                made,
                lambda change: self._look_at(change, found.get(change.key, ()), behind=behind),
                lambda: 1 if deletes and not self.progress.deletes_proved else self.context.room(),
            )

    def _may_stand(self, change: Change) -> bool:
        # One that timed out is not looked for: it may take effect at any later time, so a listing without it decides nothing.
        status, doubt = self._outcome(change).status, self.progress.doubt_of(change)
        return status is Status.DONE or (
            status is Status.UNKNOWN and doubt is not None and doubt.fate is Fate.AMBIGUOUS
        )

    def _say_unseen(self, made: Iterable[Change], why: str) -> None:
        """Only where a create was in doubt at some time: the others were sent once and answered."""
        for change in made:
            outcome = self._outcome(change)
            if self.progress.doubt_of(change) and outcome.status is Status.DONE:
                said = f"whether it was created twice could not be checked ({why}); the next apply settles it"
                self.progress.record(replace(outcome, message=said))

    async def _look_at(self, change: Change, found: Sequence[Assistant], *, behind: bool) -> None:
        if self.context.stop.is_set():
            return
        before = self._outcome(change)
        after = await guarded(change, self._corrected(before, found, behind=behind))
        if after is not before:
            self.progress.record(after)

    async def _corrected(self, outcome: Outcome, found: Sequence[Assistant], *, behind: bool) -> Outcome:
        if outcome.status is Status.DONE and all(one.id != outcome.id for one in found):
            return await self._unlisted(outcome, found)
        if found:
            return await self._keep_first(outcome, found)
        return outcome if behind else self._never_came(outcome)

    async def _unlisted(self, outcome: Outcome, found: Sequence[Assistant]) -> Outcome:
        """This run created an assistant that is not listed: another run removed it, or the listing lags behind. Reading it tells which."""
        try:
            ours = await self.context.endpoint.get(str(outcome.id))
        except EndpointError as error:
            return replace(outcome, message=f"it is not listed, and could not be read: {error}; the next plan shows")
        if ours and not found:
            return replace(outcome, message=_NOT_YET)
        if ours or found:
            note_lag(self.progress, [ours.id] if ours else [])
            both = [*found, ours] if ours else found
            return await self._keep_first(outcome, sorted(both, key=lambda one: one.age))
        gone = f"{outcome.id} was created, but somebody removed it; apply again to recreate it"
        return Outcome(outcome.change, Status.FAILED, None, gone)

    def _never_came(self, outcome: Outcome) -> Outcome:
        """A create that was in doubt and is not there: that decides it where each try was answered, if only with an error."""
        doubt = self.progress.doubt_of(outcome.change)
        if doubt is None or not doubt.ended:
            return outcome
        return Outcome(outcome.change, Status.FAILED, None, str(nothing_changed(doubt)))

    async def _keep_first(self, outcome: Outcome, found: Sequence[Assistant]) -> Outcome:
        """Make the first of those found what is wanted, and only then remove the others: never is there none."""
        # What was there before this run is not a duplicate that it made; the plan decides about that.
        first, surplus = found[0], [one for one in found[1:] if one.id not in self.progress.known_ids]
        kept = outcome
        if first.id != outcome.id:
            kept = await self.verifier.verified(outcome.change, first, ours=False)
        # Two of one key can be settled by the next apply; an assistant that was removed for one that is not as wanted cannot.
        if kept.status is not Status.DONE:
            return _both_stand(outcome, kept)
        # Not found any more: the other run has removed it already.
        gone = [outcome.id] if outcome.id and all(one.id != outcome.id for one in found) else []
        if surplus or gone:
            said = await self._remove(outcome.change, surplus, first, gone)
            kept = replace(kept, message="; ".join(filter(None, (said, kept.message))))
        return kept

    async def _remove(self, change: Change, surplus: Sequence[Assistant], first: Assistant, removed: list[str]) -> str:
        """Remove all but the first, and say in words what was done. `removed` are gone already."""
        left = []
        for one in surplus:
            if why := await self._why_left(change, one, first):
                left.append(why)
            else:
                removed.append(one.id)
        gone = [f"{', '.join(removed)} removed"] if removed else []
        return ", ".join([f"it was created more than once; {first.id} stays", *gone, *left])

    async def _why_left(self, change: Change, surplus: Assistant, first: Assistant) -> str:
        """Remove it; returns what becomes of it and why it could not be removed, or nothing where it was."""
        made_here = surplus.id in self.progress.made
        # Nothing depends on the second one being gone, so a stop comes first.
        if self.context.stop.is_set():
            return f"the next apply removes {surplus.id} (stopped)"
        if self.progress.lag:
            return f"the next apply removes {surplus.id} (the endpoint lists new assistants late)"
        if not made_here and surplus.mark and surplus.mark.protect:
            return f"{surplus.id} stays, too (it is protected: `assistants release {surplus.id}` releases it)"
        if not made_here and not is_raced_create(surplus, first, change.definition, self.progress.not_kept):
            return f"{surplus.id} stays, too (it is not as an apply leaves it: the next plan says what to do)"
        try:
            await self.writer.remove(surplus, twin=first)
        except ToolError as error:
            return f"the next apply removes {surplus.id} ({error})"
        return ""


def _both_stand(outcome: Outcome, kept: Outcome) -> Outcome:
    """The first could not be made what is wanted, so what this run made is not removed for it."""
    if outcome.status is not Status.DONE:
        return kept
    said = f"{kept.id} has its key, too, and could not be taken over ({kept.message}); the next apply settles it"
    return replace(outcome, message=said)
