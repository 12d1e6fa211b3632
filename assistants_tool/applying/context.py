"""What one run of apply is given and never changes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from assistants_tool.objects.endpoint import AUTO, Parallelism
from assistants_tool.objects.mark import Mark, has_room_for

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.differences import Difference
    from assistants_tool.objects.endpoint import Endpoint
    from assistants_tool.planning.plan import Plan

FRESH_SECONDS = 5.0  # a listing older than this is not what a first write, or a delete, rests on


@dataclass(frozen=True, slots=True)
class Policy:
    """How an apply goes about it.

    `parallelism`: how many changes are on their way at once. `settle_seconds`: how long creates without a clear answer are
    left alone before a listing is asked for them. `fail_fast`: begin nothing new after the first failure. `lag_seconds`: how long an
    endpoint that does not show yet what it was sent is waited for, before that is taken for its last word.
    """

    parallelism: Parallelism = AUTO
    settle_seconds: float = 2.0
    fail_fast: bool = False
    lag_seconds: float = 10.0


class Keeper(Protocol):
    """Keeps an object as it is, before it is changed or deleted, under the key of its definition; without one, under that of its mark.

    `surplus`: it is the second of its key. `there`: the ids of all that was there before the run, each with the key that it bore here,
    empty where it bore none. Raises ToolError where it cannot be kept; then the object is not touched.
    """

    def __call__(
        self, assistant: Assistant, key: str = "", *, surplus: bool = False, there: Mapping[str, str] = ...
    ) -> None: ...


def keeps_nothing(
    assistant: Assistant, key: str = "", *, surplus: bool = False, there: Mapping[str, str] = MappingProxyType({})
) -> None:
    """The Keeper of a caller that has no place for backups."""


def knowing(backup: Keeper, plan: Plan) -> Keeper:
    """The same, told what was there when the plan was made."""
    there = {one.id: plan.scope.key_of(one) for one in plan.listing.assistants}
    return functools.partial(backup, there=there)


@dataclass(frozen=True, slots=True)
class Context:
    """The plan to carry out, the endpoint to write to, and how. Once `stop` is set, nothing new begins."""

    plan: Plan
    endpoint: Endpoint
    policy: Policy
    backup: Keeper
    stop: asyncio.Event

    def mark(
        self,
        definition: Definition,
        got: str = "",
        found: Sequence[Difference] = (),
        *,
        before: Assistant | None = None,
    ) -> Mark:
        """The mark that a definition's assistant is to bear; `before` is that which it is written over.

        `got` is the digest of what the endpoint made of it, where that differs, and `found` is how.
        """
        # Of the plan's scope, not of what is there: an assistant that is adopted gets the mark of this project.
        scope = self.plan.scope
        mark = Mark(
            scope.project,
            scope.environment,
            definition.key,
            protect=definition.protect,
            sent=definition.digest,
            got=got,
            variables=definition.variable_places,
            api=scope.api,
            version=(before.next_version if before else "1") if definition.members.versions else "",
            origin=definition.origin if has_room_for(definition.origin) else "",
        )
        if before and before.mark and not mark.origin:
            mark = replace(mark, origin=before.mark.origin)
        return mark.noting(found) if found else mark

    def room(self) -> int:
        """How many changes may be in work now."""
        return min(self.policy.parallelism.most, self.endpoint.room())

    async def pause(self, seconds: float) -> None:
        """Wait, unless the run is to stop."""
        # The timeout is the usual end: only a stop ends the wait early.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), max(0.0, seconds))


class Waits:
    """Waits for an endpoint that lags behind: each longer than the one before, and all of them within the policy's bound."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._end = _now() + context.policy.lag_seconds
        self._next = 0.25

    async def more(self) -> bool:
        """Wait once more; whether there is anything to look again for: the bound is not reached, and the run is not to stop."""
        left = self._end - _now()
        if left <= 0 or self._context.stop.is_set():
            return False
        await self._context.pause(min(self._next, left))
        self._next = min(2 * self._next, 2.0)
        return not self._context.stop.is_set()


def _now() -> float:
    return asyncio.get_running_loop().time()
