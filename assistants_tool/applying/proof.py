"""Proof that what is written here can be managed: it can be read by its id, it keeps its mark, and a listing shows it.

What a listing held before proves too little: a proxy may list what was put there by another way, and itself forward no metadata, or nothing
that names an id. So the first creates go one at a time until one is proved, and so do the first writes to what was there before, as a
create proves nothing of an update, and the first deletes, as no answer proves that something is gone. Where one is seen not to be
manageable, it is undone and the run ends. What does not show at once may be on its way: an endpoint that lags is given time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistants_tool.applying.context import Waits
from assistants_tool.applying.looking import bearers, fresh_listing
from assistants_tool.applying.outcomes import guarded
from assistants_tool.applying.verifying import DROPS_METADATA, wanted
from assistants_tool.applying.writing import MERGES_METADATA, Written
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.applying.verifying import Verifier
    from assistants_tool.applying.writing import Writer

_CANNOT_READ = "the endpoint cannot read by its id what it has created, so it cannot be managed; use another endpoint"
_CANNOT_READ_ONE = "the endpoint cannot read an assistant by its id, so it cannot be managed; use another endpoint"
_LISTS_NOT = "the endpoint does not list what it has created, so nothing could be found again; use another endpoint"
_JUDGED = (Fate.REJECTED, Fate.MISSING, Fate.NO_VERB)


@dataclass(frozen=True, slots=True)
class Proof:
    """Sends changes one by one until one is proved, or until the run is halted; returns those that are still to do."""

    context: Context
    progress: Progress
    writer: Writer
    verifier: Verifier

    async def prove(self, creates: list[Change]) -> list[Change]:
        """Creates, until `progress.proved`."""
        return await self._one_by_one(creates, lambda: self.progress.proved, self._create)

    async def prove_updates(self, changes: list[Change]) -> list[Change]:
        """Updates, adoptions and releases, until `progress.updates_proved`."""
        return await self._one_by_one(changes, lambda: self.progress.updates_proved, self._update)

    async def prove_deletes(self, changes: list[Change]) -> list[Change]:
        """Deletes, until `progress.deletes_proved`."""
        return await self._one_by_one(changes, lambda: self.progress.deletes_proved, self._delete)

    async def _delete(self, change: Change) -> Outcome | None:
        return await guarded(change, self.writer.write(change))  # which looks whether it is gone

    async def _one_by_one(
        self, changes: list[Change], is_proved: Callable[[], bool], do: Callable[[Change], Awaitable[Outcome | None]]
    ) -> list[Change]:
        for index, change in enumerate(changes):
            if is_proved() or self.progress.halted(self.context):
                return changes[index:]
            self.progress.begin(change)
            if outcome := await do(change):
                self.progress.record(outcome)
        return []

    # --- creates

    async def _create(self, change: Change) -> Outcome | None:
        answer = await guarded(change, self.writer.send_create(change))
        return await guarded(change, self._judged(change, answer)) if isinstance(answer, Assistant) else answer

    async def _judged(self, change: Change, created: Assistant) -> Outcome:
        """What became of a create, after a look at whether it can be managed."""
        try:
            kept = await self._found_again(change, created)
        except EndpointError as fault:
            return await self._not_proved(change, created, fault)
        if kept.id != created.id:
            return await self._taken_over(change, kept, created)
        # Proved even where its fields turn out not to be kept: those are verified for each write, its mark only here.
        self.progress.proved = True
        self.verifier.note_echo(created, kept)
        return await self.verifier.verified(change, kept)

    async def _found_again(self, change: Change, created: Assistant) -> Assistant:
        """The new assistant as it is kept; or, where it is gone, another run's of the same key: that run saw two, and removed ours.

        EndpointError where it cannot be managed, or where the endpoint did not let us see it.
        """
        waits, sent = Waits(self.context), self.context.mark(wanted(change))
        while True:
            kept, listing = await self._read_and_listed(created.id)
            unseen = ""
            if kept is None:
                first, unseen = await self._another(change, created)
                if first:
                    return first
            # The mark of the answer may lack what the endpoint keeps; it is what is kept that later runs will find.
            if kept and not sent.is_kept(kept.mark):
                raise EndpointError(DROPS_METADATA)
            if kept and self._is_listed(kept, listing):
                return kept
            if not await waits.more():
                raise self._unseen(_fault_of(kept, unseen))

    async def _read_and_listed(self, assistant_id: str) -> tuple[Assistant | None, Listing | BaseException | None]:
        """One by its id, and a listing, or why there is none. Neither needs the other, so that they are asked for at once."""
        read, listing = await asyncio.gather(
            self.context.endpoint.get(assistant_id), self._listing(), return_exceptions=True
        )
        if isinstance(read, BaseException):
            raise read
        return read, listing

    async def _listing(self) -> Listing | None:
        """None where one has shown somebody's metadata already: then reading the new one by its id is enough, and a request is saved."""
        # An error is not turned into an incomplete listing here: that it could not be checked must not read as "it is not listed".
        return None if self.context.plan.listing.keeps_metadata else await self.context.endpoint.listing()

    def _is_listed(self, kept: Assistant, listing: Listing | BaseException | None) -> bool:
        """Whether later runs will find it. EndpointError where a listing shows that they will not, or could not be had."""
        if isinstance(listing, BaseException):
            raise listing
        if listing is None:
            return True
        row = next((one for one in listing.assistants if one.id == kept.id), None)
        if row and not (kept.mark and kept.mark.is_kept(row.mark)):
            raise EndpointError(_LISTS_NOT)
        if row is None or self.progress.lag:
            late = asyncio.get_running_loop().time() - self.progress.made[kept.id]
            self.progress.lag = max(self.progress.lag, late)
        return row is not None

    def _unseen(self, fault: EndpointError) -> EndpointError:
        """The fault; unless the run was to stop before that was waited for."""
        stopped = self.context.stop.is_set()
        return EndpointError("stopped before it could be checked", Fate.STOPPED) if stopped else fault

    async def _not_proved(self, change: Change, created: Assistant, fault: EndpointError) -> Outcome:
        """Undo the create where `fault` shows that it cannot be managed; where it shows nothing, leave it for the next apply to see."""
        # Whatever comes of undoing it, what cannot be found again must not be made a second time.
        self.progress.gave_up = True
        if fault.fate in _JUDGED:
            return await self.writer.undo(change, created, str(fault))
        said = f"it was created, but whether it can be managed here could not be checked: {fault}; the next apply shows"
        return Outcome(change, Status.UNKNOWN, created.id, said)

    async def _another(self, change: Change, created: Assistant) -> tuple[Assistant | None, str]:
        """The one of the same key that another run has made; and why there may be one, where the listing does not decide that."""
        listing = await fresh_listing(self.context)
        found = bearers(self.context, listing).get(change.key, ())
        return next((one for one in found if one.id != created.id), None), listing.incomplete

    async def _taken_over(self, change: Change, first: Assistant, created: Assistant) -> Outcome:
        self.progress.made.pop(created.id, None)
        outcome = await self.verifier.verified(change, first, ours=False)
        said = f"it was created more than once; {first.id} stays, {created.id} removed"
        return replace(outcome, message="; ".join(filter(None, (said, outcome.message))))

    # --- updates

    async def _update(self, change: Change) -> Outcome | None:
        written = await guarded(change, self.writer.send_update(change))
        return await guarded(change, self._update_judged(change, written)) if isinstance(written, Written) else written

    async def _update_judged(self, change: Change, written: Written) -> Outcome:
        """What became of a write to what was there before, after a look at whether the endpoint keeps its mark."""
        try:
            kept = await self._kept(change, written)
        except EndpointError as fault:
            if fault.fate is Fate.MISSING and await self._is_gone(written.before):
                said = f"{written.before.id} was deleted meanwhile; plan again"
                return Outcome(change, Status.FAILED, written.before.id, said)
            return await self._update_not_proved(change, written, fault)
        self.progress.updates_proved = True
        self.verifier.note_echo(written.answer, kept)
        if change.action is Action.RELEASE:
            return self.writer.released(change, Written(written.before, kept))
        return await self.verifier.verified(change, kept, held=written.before)

    async def _kept(self, change: Change, written: Written) -> Assistant:
        """The assistant as it is kept. EndpointError where it lost its metadata, or where the endpoint did not let us see it."""
        waits = Waits(self.context)
        while True:
            kept = await self.context.endpoint.get(written.before.id)
            if kept is None:
                raise EndpointError(_CANNOT_READ_ONE, Fate.MISSING)
            if not (fault := self._loss(change, written.before, kept)):
                return kept
            # As if nothing had been written, though the answer says that it was: that may be yet to come.
            is_old = kept.mark == written.before.mark and same(kept.form, written.before.form)
            if not is_old or self._loss(change, written.before, written.answer) or not await waits.more():
                raise self._unseen(EndpointError(fault))

    async def _is_gone(self, assistant: Assistant) -> bool:
        listing = await fresh_listing(self.context)
        return not listing.incomplete and all(one.id != assistant.id for one in listing.assistants)

    def _loss(self, change: Change, before: Assistant, kept: Assistant) -> str:
        """What shows that the endpoint does not keep what it was sent as metadata; empty where nothing does."""
        if change.action is Action.RELEASE:
            lost = [key for key, one in before.pairs.items() if key != MARK_KEY and kept.pairs.get(key) != one]
            return MERGES_METADATA.format(kept.id) if kept.mark else DROPS_METADATA if lost else ""
        # A mark that is neither what it was nor ours is that of another run, which was faster.
        mine = self.context.mark(wanted(change), before=before).is_kept(kept.mark)
        return DROPS_METADATA if kept.mark is None or (kept.mark == before.mark and not mine) else ""

    async def _update_not_proved(self, change: Change, written: Written, fault: EndpointError) -> Outcome:
        """Put back what was there where `fault` shows that it cannot be managed; where it shows nothing, leave it as it is now."""
        self.progress.gave_up = True
        if fault.fate in _JUDGED:
            return await self.writer.put_back(change, written, str(fault))
        said = f"it was written, but whether it can be managed here could not be checked: {fault}; the next apply shows"
        return Outcome(change, Status.UNKNOWN, written.before.id, said)


def _fault_of(kept: Assistant | None, unseen: str) -> EndpointError:
    """What is wrong with a create that is not listed, or not even there; `unseen` is why another run's may be there in its place."""
    if kept:
        return EndpointError(_LISTS_NOT)
    return EndpointError(unseen, Fate.AMBIGUOUS) if unseen else EndpointError(_CANNOT_READ, Fate.MISSING)
