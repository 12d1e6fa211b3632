"""The plan of a restore -> Outcomes.

What is there is read once more, backed up, and made as it was in one write. What is gone is made under a mark that says so, noted, and then
made as it was, the old mark last: cut off at any moment, the same restore goes on from there. Each is read back: only what the endpoint
keeps is called restored, and what it does not keep is named.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from assistants_tool.applying.backups import note_back
from assistants_tool.applying.context import Context, Keeper, Policy, keeps_nothing, knowing
from assistants_tool.applying.looking import fresh_listing
from assistants_tool.applying.outcomes import failed, guarded, unknown
from assistants_tool.applying.progress import Observer, Progress
from assistants_tool.applying.restoring import Return
from assistants_tool.applying.run import to_the_end
from assistants_tool.applying.settling import ROUNDS
from assistants_tool.applying.verifying import DROPS_METADATA, Verifier
from assistants_tool.applying.workers import at_once
from assistants_tool.applying.writing import Writer
from assistants_tool.errors import EndpointError, Fate, ToolError
from assistants_tool.objects.again import create_body, differing, metadata_in, metadata_of, update_body
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.differences import ABSENT, Difference, field_of
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.members import METADATA
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import WRITES, Action, Change, Plan

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Listing
    from assistants_tool.objects.endpoint import Endpoint

_MARK = f"{METADATA}.{MARK_KEY}"
SECOND = 1.1  # servers stamp whole seconds, and of two with one mark the older is the first


async def bring_back(
    plan: Plan,
    endpoint: Endpoint,
    policy: Policy = Policy(),
    *,
    observe: Observer = lambda _: None,
    backup: Keeper = keeps_nothing,
    stop: asyncio.Event | None = None,
) -> tuple[Outcome, ...]:
    """Carry out the plan of a restore, as `apply` does other plans. An outcome that names what is not kept is not all of the object."""
    context = Context(plan, endpoint, policy, knowing(backup, plan), stop or asyncio.Event())
    progress = Progress(observe, frozenset(one.id for one in plan.listing.assistants))
    return await to_the_end(plan, progress, _Restore(context, progress).work())


class _Restore:
    def __init__(self, context: Context, progress: Progress) -> None:
        self._context, self._progress = context, progress
        self._writer = Writer(context, progress, Verifier(context, progress))

    async def work(self) -> None:
        lanes = _lanes(one for one in self._context.plan.of(*WRITES) if isinstance(one, Return))
        # The first write tells whether this is an endpoint to write to at all.
        await self._each(lanes[0] if lanes else [])
        await at_once(lanes[1:], self._each, self._context.room)
        await self._settle()

    async def _each(self, lane: list[Return]) -> None:
        for number, change in enumerate(lane):
            if number:
                await self._context.pause(SECOND)
            await self._do(change)

    async def _do(self, change: Return) -> None:
        await self._progress.carry_out(self._context, change, self._brought_back)

    async def _brought_back(self, change: Return) -> Outcome | None:
        """None where a create was set aside."""
        if change.action is not Action.CREATE:
            return await self._made_as_it_was(change, await self._found(change))
        made = await self._writer.create(change, create_body(change.old, _metadata_at_first(change), change.values))
        return await self._finished(change, made) if isinstance(made, Assistant) else made

    # --- what is there

    async def _found(self, change: Return) -> Assistant:
        """What is there now, backed up. Raises ToolError where that is not what the plan showed."""
        shown = change.assistant
        if shown is None:
            raise TypeError(f"{change.action} of {change.key!r} has no assistant")
        now = await self._read(shown)
        if now is None:
            raise EndpointError(f"{shown.id} was deleted meanwhile; restore again to recreate it", Fate.MISSING)
        if differing(shown, metadata_of(shown), now):
            raise ToolError(
                f"{shown.id} changed meanwhile, so it is left as it is; restore again, and look at the plan"
            )
        if now.mark is None or not now.mark.restoring:  # which a restore made itself
            self._context.backup(now, change.key)
        return now

    async def _read(self, shown: Assistant) -> Assistant | None:
        try:
            return await self._context.endpoint.get(shown.id)
        except EndpointError as error:
            if error.fate is Fate.NO_VERB:
                return shown
            raise

    # --- what is gone

    async def _finished(self, change: Return, made: Assistant) -> Outcome:
        """Of what was made under a mark that says so: the rest."""
        kept = await self._writer.verifier.read_back(made)
        if change.meanwhile is None:
            return _outcome(change, kept, differing(change.old, _metadata_at_first(change), kept))
        if kept.mark is None or kept.mark.restoring != change.meanwhile.restoring:
            self._progress.gave_up = True
            return await self._writer.undo(change, made, DROPS_METADATA)
        try:
            note_back(change.backup, kept.id)
            return await self._made_as_it_was(change, kept)
        except ToolError as error:
            return failed(change, error, kept.id, _half(kept.id, error))

    # --- both

    async def _made_as_it_was(self, change: Return, there: Assistant) -> Outcome:
        """The last write, and, where something is left and a write is no whole one, one more that clears in another way."""
        metadata = metadata_in(there.next_version, change.old, change.metadata)
        for literal in (False,) if change.old.members.replaces else (False, True):
            body = update_body(change.old, metadata, there, change.values, literal=literal)
            there = await self._writer.verifier.read_back(await self._context.endpoint.update(there.id, body))
            left = differing(change.old, metadata, there)
            if not left:
                break
        return _outcome(change, there, left)

    # --- creates without a clear answer

    async def _settle(self) -> None:
        """A listing tells whether they took effect; those that did not are sent again. What is in doubt at last is unknown."""
        for _ in range(ROUNDS):
            if not self._progress.unsettled or self._progress.halted(self._context):
                break
            await self._context.pause(self._context.policy.settle_seconds)
            listing = await fresh_listing(self._context)
            if listing.incomplete:
                break
            waiting, self._progress.unsettled = self._progress.unsettled, []
            await self._decide(waiting, listing)
        for change in self._progress.unsettled:
            self._progress.record(unknown(change, self._progress.doubt_of(change)))

    async def _decide(self, waiting: Iterable[Change], listing: Listing) -> None:
        half = {one.mark.restoring: one for one in listing.assistants if one.mark}
        there = {one.id: one for one in listing.assistants}
        for change in waiting:
            if not isinstance(change, Return):
                continue
            made = half.get(change.meanwhile.restoring) if change.meanwhile else there.get(change.backup.id)
            if made:
                self._progress.record(await guarded(change, self._finished(change, made)))
            else:
                await self._do(change)


def _lanes(changes: Iterable[Return]) -> list[list[Return]]:
    """What is made under one mark goes one after the other, the older first; everything else at once."""
    lanes: dict[Any, list[Return]] = {}
    for one in changes:
        name = (one.key, one.metadata.get(MARK_KEY)) if one.action is Action.CREATE and one.backup.mark else id(one)
        lanes.setdefault(name, []).append(one)
    return list(lanes.values())


def _outcome(change: Return, there: Assistant, left: Sequence[Difference]) -> Outcome:
    """`left` is where it is not as it was."""
    not_kept, still_there = _sides(left, change.old)
    status = Status.FAILED if any(one.path == _MARK for one in left) else Status.DONE
    return Outcome(change, status, there.id, _marked(there) if status is Status.FAILED else "", not_kept, still_there)


def _metadata_at_first(change: Return) -> Any:
    """What is made anew with. Where that takes two writes: the pairs without the old mark and with one that says what is going on, for
    which one of them has to make room.
    """
    if change.meanwhile is None:
        return metadata_in("1", change.old, change.metadata)
    held = change.metadata if isinstance(change.metadata, dict) else {}
    pairs = [(name, one) for name, one in held.items() if name != MARK_KEY]
    most = change.old.members.pairs_max
    kept = pairs[: most - 1] if len(held) <= most else pairs
    return {**dict(kept), MARK_KEY: change.meanwhile.encode()}


def _half(assistant_id: str, error: ToolError) -> str:
    """Where one stands that is back but for its last write."""
    said = f"it is there as {assistant_id}, with a mark that says that its restore is not finished"
    if isinstance(error, EndpointError) and error.fate is Fate.NO_VERB:
        return f"{said}, which this endpoint cannot change: plans leave it alone from now on, and it is yours to delete"
    return f"{said}: do the same restore again"


def _marked(there: Assistant) -> str:
    bears = "keeps a mark that it did not have" if there.trace else "does not keep its mark"
    return f"the endpoint {bears}, so it is not as it was"


def _sides(left: Iterable[Difference], old: Assistant) -> tuple[str, str]:
    """The places that the endpoint does not keep, and those where it holds what was not there."""
    not_kept: list[str] = []
    still_there: list[str] = []
    for one in left:
        name = field_of(one.path)
        unset = name in old.members and name != METADATA and same(old.form[name], old.members.defaults[name])
        (still_there if unset or one.after is ABSENT else not_kept).append(name if unset else one.path)
    return ", ".join(dict.fromkeys(not_kept)), ", ".join(dict.fromkeys(still_there))
