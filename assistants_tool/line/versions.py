"""What goes with an object that has versions: how many, which no listing tells."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from assistants_tool.applying.workers import at_once
from assistants_tool.errors import EndpointError
from assistants_tool.objects.endpoint import VersionedEndpoint
from assistants_tool.planning.making import with_versions
from assistants_tool.planning.plan import Action

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.endpoint import Endpoint
    from assistants_tool.planning.plan import Plan


async def with_what_goes(plan: Plan, endpoint: Endpoint) -> Plan:
    """The plan, with a note on each deletion of how many versions go. It asks once for each that has had more than one."""
    going = [one.assistant for one in plan.of(Action.DELETE) if one.assistant and one.assistant.version]
    if not going or not isinstance(endpoint, VersionedEndpoint):
        return plan
    counts = {one.id: 1 for one in going if one.version == "1"}

    async def count(one: Assistant) -> None:
        with contextlib.suppress(EndpointError):  # which says less, and keeps nobody from the deletion
            counts[one.id] = len(await endpoint.versions(one.id))

    await at_once([one for one in going if one.id not in counts], count, endpoint.room)
    return with_versions(plan, counts)
