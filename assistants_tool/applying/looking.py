"""What is on the endpoint now, asked while a run is writing. Every listing of a run is asked for here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from assistants_tool.applying.context import FRESH_SECONDS, Waits
from assistants_tool.errors import EndpointError
from assistants_tool.objects.assistant import Listing
from assistants_tool.planning.plan import Action

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.objects.assistant import Assistant


async def fresh_listing(context: Context, known: Sequence[str] = ()) -> Listing:
    """What is there now; the ids of most may be `known`, the oldest first.

    A listing that cannot be had is an incomplete one, whose `incomplete` says why: nothing rests on absence then.
    """
    try:
        # What is looked for now is what may not be there, so a row that was lost between two pages would be made again.
        return await context.endpoint.checked_listing(known)
    except EndpointError as error:
        return Listing((), str(error))


async def recent_listing(context: Context, progress: Progress) -> Listing:
    """One that is fresh enough to delete by. Those that ask at the same time share it."""
    async with progress.looking:
        asked_at = asyncio.get_running_loop().time()
        if progress.listing is None or asked_at - progress.listed_at > FRESH_SECONDS:
            progress.listing, progress.listed_at = await fresh_listing(context), asked_at
        return progress.listing


async def caught_up(context: Context, progress: Progress) -> tuple[Listing, bool]:
    """A listing that shows what this run has created, and whether it is behind all the same.

    One that lacks an assistant which can be read by its id lags behind. It is asked for again, until it does not, or for as long as the
    policy waits. How far it was behind is noted in `progress.lag`.
    """
    waits = Waits(context)
    late: set[str] = set()
    while True:
        listing = await fresh_listing(context, _known(context, progress))
        listed = {one.id for one in listing.assistants}
        behind = set() if listing.incomplete else await _not_listed_yet(context, progress, listed)
        note_lag(progress, behind | (late & listed))
        if not behind or not await waits.more():
            return listing, bool(behind)
        late |= behind


def _known(context: Context, progress: Progress) -> list[str]:
    """What is there, as far as this run knows: what it was planned by, but for what it deletes, and then what it has made.

    Nothing where the endpoint was seen to list late: it may not know yet what it is asked for.
    """
    if progress.lag:
        return []
    deleted = {change.id for change in context.plan.of(Action.DELETE)}
    return [*(one.id for one in context.plan.listing.assistants if one.id not in deleted), *progress.made]


async def _not_listed_yet(context: Context, progress: Progress, listed: Collection[str]) -> set[str]:
    """One that this run has created, and that is there and not listed; that one is, says enough. Those that are gone are forgotten."""
    for one in [made for made in progress.made if made not in listed]:
        try:
            if await context.endpoint.get(one):
                return {one}
        except EndpointError:  # which says nothing
            continue
        progress.made.pop(one, None)
    return set()


def note_lag(progress: Progress, ids: Collection[str]) -> None:
    """These were not listed until now, or are not yet."""
    now = asyncio.get_running_loop().time()
    progress.lag = max([progress.lag, *(now - progress.made[one] for one in ids if one in progress.made)])


def bearers(context: Context, listing: Listing) -> Mapping[str, Sequence[Assistant]]:
    """By key, the assistants of a listing that bear a mark of the plan's scope; of several with one key, the one that stays is first."""
    return context.plan.scope.bearers(listing.assistants)
