"""Creates that may have taken effect -> their Outcomes: a listing says whether they did, and those that did not are sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistants_tool.applying.looking import bearers, caught_up
from assistants_tool.applying.outcomes import guarded

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.applying.verifying import Verifier
    from assistants_tool.objects.assistant import Listing
    from assistants_tool.planning.plan import Change

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles what is in `progress.unsettled`. `create` sends creates as the run does, the proof included; what is in doubt then is set
    aside again.
    """

    context: Context
    progress: Progress
    verifier: Verifier
    create: Callable[[list[Change]], Awaitable[None]]

    async def settle(self) -> None:
        """Ask at most three times for a listing. What is in doubt after that, or without a complete one, is left to the last look."""
        for _ in range(ROUNDS):
            if not self.progress.unsettled or self.progress.halted(self.context):
                break
            # A create that is still on its way when the listing is made would be sent again, and there would be two.
            await self._leave_alone()
            listing, behind = await caught_up(self.context, self.progress)
            if (
                listing.incomplete or behind
            ):  # a create may be among what it lacks, so sending it again might make a second one
                break
            waiting, self.progress.unsettled = self.progress.unsettled, []
            await self._decide(waiting, listing)

    async def _leave_alone(self) -> None:
        """Give these creates the time to take effect, and to be listed, unless the run is to stop."""
        since = self.progress.last_unsettled + max(self.context.policy.settle_seconds, 2 * self.progress.lag)
        await self.context.pause(since - asyncio.get_running_loop().time())

    async def _decide(self, waiting: list[Change], listing: Listing) -> None:
        """One listing decides for all of them."""
        found = bearers(self.context, listing)
        for change in waiting:
            if here := found.get(change.key):
                # It bears our key, but it may be another run's that raced with this one: backed up before it is changed.
                checking = self.verifier.verified(change, here[0], ours=False)
                self.progress.record(await guarded(change, checking))
        await self.create([change for change in waiting if change.key not in found])
