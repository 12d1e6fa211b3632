"""Proof that what is created here can be managed: it can be read by its id, it keeps its mark, and a listing shows it.

What a listing held before proves too little: a proxy may list what was put there by another way, and itself forward no metadata, or nothing
that names an id. So the first creates go one at a time until one is proved; where one is seen not to be manageable, it is undone and the
run ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistants_tool.applying.looking import bearers, fresh_listing, is_listed
from assistants_tool.applying.outcomes import guarded
from assistants_tool.applying.verifying import DROPS_METADATA, wanted
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Assistant
from assistants_tool.planning.outcome import Outcome, Status

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.applying.verifying import Verifier
    from assistants_tool.applying.writing import Writer
    from assistants_tool.objects.mark import Mark
    from assistants_tool.planning.plan import Change

_CANNOT_READ = "the endpoint cannot read by its id what it has created, so it cannot be managed; use another endpoint"
_LISTS_NOT = "the endpoint does not list what it has created, so nothing could be found again; use another endpoint"


@dataclass(frozen=True, slots=True)
class Proof:
    """Sends creates one by one until `progress.proved`, or until the run is halted."""

    context: Context
    progress: Progress
    writer: Writer
    verifier: Verifier

    async def prove(self, creates: list[Change]) -> list[Change]:
        """Create until one is proved to be manageable; returns the creates that are still to do, all of them where the proof is there."""
        for index, change in enumerate(creates):
            if self.progress.proved or self.progress.halted(self.context):
                return creates[index:]
            await self._try(change)
        return []

    async def _try(self, change: Change) -> None:
        self.progress.begin(change)
        answer = await guarded(change, self.writer.send_create(change))
        outcome = await guarded(change, self._judged(change, answer)) if isinstance(answer, Assistant) else answer
        if outcome:
            self.progress.record(outcome)

    async def _judged(self, change: Change, created: Assistant) -> Outcome:
        """What became of a create, after a look at whether it can be managed."""
        try:
            kept = await self._found_again(created, self.context.mark(wanted(change)))
        except EndpointError as fault:
            return await self._not_proved(change, created, fault)
        # Proved even where its fields turn out not to be kept: those are verified for each write, its mark only here.
        self.progress.proved = True
        self.verifier.note_echo(created, kept)
        return await self.verifier.verified(change, kept)

    async def _found_again(self, created: Assistant, sent: Mark) -> Assistant:
        """The new assistant as it is kept. EndpointError where it cannot be managed, or where the endpoint did not let us see it."""
        kept = await self.context.endpoint.get(created.id)
        if kept is None:
            raise EndpointError(_CANNOT_READ, Fate.MISSING)
        # The mark of the answer may lack what the endpoint keeps; it is what is kept that later runs will find.
        if not sent.is_kept(kept.mark):
            raise EndpointError(DROPS_METADATA)
        # Where a listing has shown somebody's metadata already, reading the new one by its id is enough, and a request is saved.
        if not self.context.plan.listing.keeps_metadata and not await is_listed(self.context, kept):
            raise EndpointError(_LISTS_NOT)
        return kept

    async def _not_proved(self, change: Change, created: Assistant, fault: EndpointError) -> Outcome:
        """Undo the create where `fault` shows that it cannot be managed; where it shows nothing, leave it for the next apply to see."""
        if fault.fate is Fate.MISSING and (first := await self._another(change, created)):
            return await self._taken_over(change, first, created)
        # Whatever comes of undoing it, what cannot be found again must not be made a second time.
        self.progress.gave_up = True
        if fault.fate in (Fate.REJECTED, Fate.MISSING, Fate.NO_VERB):
            return await self.writer.undo(change, created, str(fault))
        said = f"it was created, but whether it can be managed here could not be seen: {fault}; the next apply tells"
        return Outcome(change, Status.UNKNOWN, created.id, said)

    async def _another(self, change: Change, created: Assistant) -> Assistant | None:
        """Another run's assistant of the same key. That run saw two, kept its own, and removed ours: that is why ours is missing."""
        found = bearers(self.context, await fresh_listing(self.context))
        return next((one for one in found.get(change.key, ()) if one.id != created.id), None)

    async def _taken_over(self, change: Change, first: Assistant, created: Assistant) -> Outcome:
        outcome = await self.verifier.verified(change, first, ours=False)
        said = f"it was created more than once; {first.id} stays, {created.id} removed"
        return replace(outcome, message="; ".join(filter(None, (said, outcome.message))))
