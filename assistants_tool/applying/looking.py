"""What is on the endpoint now, asked while a run is writing. Every listing of a run is asked for here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from assistants_tool.errors import EndpointError
from assistants_tool.objects.assistant import Listing

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.objects.assistant import Assistant


async def fresh_listing(context: Context) -> Listing:
    """What is there now. A listing that cannot be had is an incomplete one, whose `incomplete` says why: nothing rests on absence then."""
    try:
        # What is looked for now is what may not be there, so a row that was lost between two pages would be made again.
        return await context.endpoint.checked(await context.endpoint.listing())
    except EndpointError as error:
        return Listing((), str(error))


async def is_listed(context: Context, assistant: Assistant) -> bool:
    """Whether a listing shows it with its mark, so that later runs will find it. Raises EndpointError where there is no listing."""
    # An error is not turned into an incomplete listing here: that it could not be seen must not read as "it is not listed".
    listing = await context.endpoint.listing()
    return any(one.id == assistant.id and one.mark and one.mark.is_kept(assistant.mark) for one in listing.assistants)


def bearers(context: Context, listing: Listing) -> Mapping[str, Sequence[Assistant]]:
    """By key, the assistants of a listing that bear a mark of the plan's scope; of several with one key, the one that stays is first."""
    return context.plan.scope.bearers(listing.assistants)
