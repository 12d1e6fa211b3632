"""One change -> requests -> its Outcome: create, update, release, delete. What replaces or deletes an object backs it up first.

A create is sent once. Where its answer leaves open whether it took effect, it is set aside for a listing to decide: the API has no
idempotency key, so a blind second try is how duplicates are made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistants_tool.applying.outcomes import unknown
from assistants_tool.applying.verifying import wanted
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.payload import create_body, release_body, update_body
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.applying.verifying import Verifier
    from assistants_tool.objects.payload import Body

_NOT_NEW = "so it may be that one that changed: compare it with what it was, and use another endpoint"


@dataclass(frozen=True, slots=True)
class Writer:
    """Carries out single changes. All deletes of a run go through it."""

    context: Context
    progress: Progress
    verifier: Verifier

    async def write(self, change: Change) -> Outcome | None:
        """Carry out one change; None for a create that was set aside. Raises ToolError where it failed."""
        doers: dict[Action, Callable[[Change], Awaitable[Outcome | None]]] = {
            Action.CREATE: self._create,
            Action.UPDATE: self._update,
            Action.ADOPT: self._update,
            Action.RELEASE: self._release,
            Action.DELETE: self._delete,
        }
        return await doers[change.action](change)

    async def send_create(self, change: Change) -> Assistant | Outcome | None:
        """The new assistant as answered, or an outcome where the attempt failed, or None where it was set aside."""
        definition = wanted(change)
        return await self.create(change, create_body(definition, self.context.mark(definition)))

    async def create(self, change: Change, body: Body) -> Assistant | Outcome | None:
        """The same for any body."""
        try:
            answer = await self.context.endpoint.create(body)
        except EndpointError as error:
            return self._not_created(change, error)
        # Some servers update the assistant of that name instead of making one. It was not made here, so it must not be undone either.
        if answer.id in self.progress.known_ids:
            self.progress.gave_up = True
            raise EndpointError(f"the endpoint answered a create with {answer.id}, which was there before; {_NOT_NEW}")
        return answer

    async def undo(self, change: Change, created: Assistant, fault: str) -> Outcome:
        """Delete what this run has just created and, because of `fault`, cannot manage. FAILED either way; names the id of what stays."""
        try:
            await self._delete_object(created.id)
        except EndpointError:
            # It bears no mark that a later plan would find, so the id in this message is the only way to it.
            by_hand = f"delete it by hand (`assistants delete {created.id} --unmanaged`)"
            message = f"{fault}; {created.id}, made to find out, could not be removed: {by_hand}"
            return Outcome(change, Status.FAILED, created.id, message)
        return Outcome(change, Status.FAILED, None, f"{fault}; the assistant made to find out was removed")

    async def remove(self, assistant: Assistant, *, surplus: bool) -> None:
        """Back up and delete. `surplus`: it is the second of its key. Raises ToolError, with nothing deleted, where the backup fails."""
        self.context.backup(assistant, surplus=surplus)
        await self._delete_object(assistant.id)

    async def _create(self, change: Change) -> Outcome | None:
        answer = await self.send_create(change)
        if not isinstance(answer, Assistant):
            return answer
        outcome = await self.verifier.verified(change, await self.verifier.as_kept(answer))
        if (
            answer.mark is None and outcome.status is not Status.DONE
        ):  # without a mark no later run could tell that it is ours
            return await self.undo(change, answer, outcome.message)
        return outcome

    def _not_created(self, change: Change, error: EndpointError) -> Outcome | None:
        """A create that raised `error`: set aside where a listing can decide it. Raises `error` where it surely did not take effect."""
        earlier = self.progress.doubt_of(change)
        if error.fate.in_doubt:
            self.progress.doubt(change, error)
        elif earlier is None:
            raise error
        # Only an ambiguous one is settled in this run. One that timed out may take effect at any later time, and where an earlier try is
        # in doubt, a refusal of this one does not decide that.
        if error.fate is not Fate.AMBIGUOUS:
            return unknown(change, error if error.fate.in_doubt else f"{error}; an earlier try: {earlier}")
        self.progress.set_aside(change, asyncio.get_running_loop().time())
        return None

    async def _update(self, change: Change) -> Outcome:
        definition, before = wanted(change), _found(change)
        self.context.backup(before, definition.key)
        body = update_body(definition, self.context.mark(definition), before)
        try:
            answer = await self.context.endpoint.update(before.id, body)
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                again = "apply again to create it anew" if change.action is Action.UPDATE else "plan again"
                raise EndpointError(f"{before.id} was deleted meanwhile; {again}", error.fate) from None
            raise
        # The last apply sent the same, and yet it differs: someone changed it since, or the answer that was believed then was untrue.
        if before.mark and before.mark.sent == definition.digest:
            await self.verifier.check_for_echo(answer)
        return await self.verifier.verified(change, await self.verifier.as_kept(answer))

    async def _release(self, change: Change) -> Outcome:
        before = _found(change)
        self.context.backup(before)
        answer = await self.context.endpoint.update(before.id, release_body(before))
        # Left as it is, it would be released in words only: the next plan would find it ours, and prune might delete it.
        if answer.mark is not None:
            raise EndpointError(
                f"the endpoint keeps the mark of {before.id}: it merges metadata, so nothing can be released there"
            )
        return Outcome(change, Status.DONE, before.id)

    async def _delete(self, change: Change) -> Outcome:
        before = _found(change)
        await self.remove(before, surplus=change.surplus)
        return Outcome(change, Status.DONE, before.id)

    async def _delete_object(self, assistant_id: str) -> None:
        """The one place of the package that sends a delete."""
        await self.context.endpoint.delete(assistant_id)


def _found(change: Change) -> Assistant:
    if change.assistant is None:
        raise TypeError(f"{change.action} of {change.key!r} has no assistant")
    return change.assistant
