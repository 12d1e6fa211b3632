"""One change -> requests -> its Outcome: create, update, release, delete. What replaces or deletes an object backs it up first.

A create is sent once. Where its answer leaves open whether it took effect, it is set aside for a listing to decide: the API has no
idempotency key, so a blind second try is how duplicates are made. A delete is sent only for what a read has just shown to be as planned.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from assistants_tool.applying.context import Waits
from assistants_tool.applying.looking import fresh_listing, recent_listing
from assistants_tool.applying.outcomes import nothing_changed, unknown
from assistants_tool.applying.verifying import wanted
from assistants_tool.errors import EndpointError, Fate, ToolError
from assistants_tool.objects import again
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.differences import differences
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.payload import Body, create_body, left_as_it_is, update_body
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.applying.verifying import Verifier

_NOT_NEW = (
    "the endpoint answered a create with {}, which was there before, so it makes nothing new: use another endpoint"
)
_NOT_ANOTHER = (
    "the endpoint answered a create with {}, which this run had just made for another, so it puts all into one, and what was sent last is"
    " there now: use another endpoint"
)
MERGES_METADATA = "the endpoint keeps the mark of {}: it merges metadata, so nothing can be released there"
_BACKED_UP = "the backup of this run has it as it was"
_NOT_BACKED_UP = "set it right by hand, as it could not be backed up either"
_GONE = "it was already gone"
_STILL_READ = "the endpoint answered that {} was deleted, and still has it: it cannot delete it; do so by other means"
_STILL_LISTED = "{} is still listed after a DELETE, and is not found by its id: this endpoint cannot delete it; do so by other means"
_NOT_AS_PLANNED = "{} is left alone: it changed after the plan was made; plan again"


@dataclass(frozen=True, slots=True)
class Written:
    """A write to an assistant that was there, as it was answered; `before` is what it was just before that."""

    before: Assistant
    answer: Assistant


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
            Action.RELEASE: self._update,
            Action.DELETE: self._delete,
        }
        return await doers[change.action](change)

    # --- creates

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
        # Some servers update the assistant of that name instead of making one: it is made what it was, and not deleted.
        if answer.id in self.progress.known_ids:
            self.progress.gave_up = True
            before = next(one for one in self.context.plan.listing.assistants if one.id == answer.id)
            kept = _BACKED_UP
            try:
                self.context.backup(before)
            except ToolError:  # it is overwritten already, so putting it back matters the more
                kept = _NOT_BACKED_UP
            return await self.put_back(change, Written(before, answer), _NOT_NEW.format(answer.id), kept)
        if answer.id in self.progress.made:
            self.progress.gave_up = True
            return Outcome(change, Status.FAILED, answer.id, _NOT_ANOTHER.format(answer.id))
        self.progress.made[answer.id] = asyncio.get_running_loop().time()
        return answer

    async def undo(self, change: Change, created: Assistant, fault: str) -> Outcome:
        """Delete what this run has just created and, because of `fault`, cannot manage. FAILED either way; names the id of what stays."""
        try:
            await self._delete_object(created.id)
        except EndpointError as error:
            # It bears no mark that a later plan would find, so the id in this message is the only way to it.
            by_hand = f"delete it by hand (`assistants delete {created.id} --unmanaged`)"
            by_hand = "this endpoint cannot delete it: do so by other means" if error.fate is Fate.NO_VERB else by_hand
            message = f"{fault}; {created.id}, made to find out, could not be removed: {by_hand}"
            return Outcome(change, Status.FAILED, created.id, message)
        return Outcome(change, Status.FAILED, None, f"{fault}; the assistant made to find out was removed")

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
        if earlier is None and not error.fate.in_doubt:
            raise error
        said = str(error) if error.fate.in_doubt else f"{error}; an earlier try: {earlier}"
        self.progress.doubt(change, EndpointError(said, error.fate, tries=error.tries, ended=error.ended))
        # Only an ambiguous one is settled in this run. One that timed out may take effect at any later time, and where an earlier try is
        # in doubt, a refusal of this one does not decide that.
        if error.fate is not Fate.AMBIGUOUS:
            return unknown(change, said)
        self.progress.set_aside(change, asyncio.get_running_loop().time())
        return None

    # --- updates: of what was there before

    async def _update(self, change: Change) -> Outcome:
        written = await self.send_update(change)
        if change.action is Action.RELEASE:
            return self.released(change, written)
        definition, before = wanted(change), written.before
        # The last apply sent the same, and yet it differs: someone changed it since, or the answer that was believed then was untrue.
        if before.mark and before.mark.sent == definition.digest:
            await self.verifier.check_for_echo(written.answer)
        return await self.verifier.verified(change, await self.verifier.as_kept(written.answer), held=before)

    async def send_update(self, change: Change) -> Written:
        """Send an update, an adoption or a release. Raises ToolError where it cannot be backed up, or failed."""
        before = await self._just_before(change)
        self.context.backup(before, change.key)
        try:
            return Written(before, await self._sent(before, self._body(change, before)))
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                again = "apply again to recreate it" if change.action is Action.UPDATE else "plan again"
                raise EndpointError(f"{before.id} was deleted meanwhile; {again}", error.fate) from None
            self.progress.gave_up |= error.fate is Fate.NO_VERB  # no other update would fare better
            raise

    async def _just_before(self, change: Change) -> Assistant:
        """As it was planned; from a read, where the write would set back what others may have written meanwhile."""
        planned = _found(change)
        if not _sends_what_is_others(change, planned):
            return planned
        try:
            now = await self.context.endpoint.get(planned.id) or planned  # the write tells whether it is there
        except EndpointError as error:
            if error.fate is Fate.NO_VERB:
                return planned
            _leave(planned, error)
        if change.action is Action.RELEASE and now.trace != planned.trace:
            raise EndpointError(_NOT_AS_PLANNED.format(planned.id))
        return now

    def _body(self, change: Change, before: Assistant) -> Body:
        if change.action is Action.RELEASE:
            return again.release_body(before)
        definition = wanted(change)
        carried = before if self.progress.resets else None
        mark, moving = self.context.mark(definition, before=before), self.progress.moving
        return update_body(definition, mark, before, held=carried, moving=moving)

    async def _sent(self, before: Assistant, body: Body) -> Assistant:
        try:
            return await self.context.endpoint.update(before.id, body)
        except EndpointError as error:
            if not error.fate.in_doubt:
                raise
            return await self._after(error, before, Assistant({**body, "id": before.id}))

    async def _after(self, error: EndpointError, before: Assistant, sent: Assistant) -> Assistant:
        """What came of an update that has no answer but an error: a read shows it. Raises EndpointError where it is nothing, or is not
        there yet.
        """
        now = None
        with contextlib.suppress(EndpointError):
            now = await self.context.endpoint.get(before.id)
        if error.ended and now and _is_as_it_was(now, before):  # one that is on its way yet may still come
            raise nothing_changed(error)
        if now is None or not (sent.mark and sent.mark.is_kept(now.mark)):
            raise error
        return now

    def released(self, change: Change, written: Written) -> Outcome:
        """What became of a release. Raises EndpointError where the mark is there still."""
        before, answer = written.before, written.answer
        # Left as it is, it would be released in words only: the next plan would find it ours, and prune might delete it.
        if answer.mark or answer.damaged:
            raise EndpointError(MERGES_METADATA.format(before.id))
        moved = ", ".join(_paths(before, answer))
        said = f"the endpoint also changed: {moved}; set it back by hand" if moved else ""
        return Outcome(change, Status.DONE, before.id, said)

    async def put_back(self, change: Change, written: Written, fault: str, kept: str = _BACKED_UP) -> Outcome:
        """Make an assistant what it was before a write that, because of `fault`, should not have been. FAILED; says what came of it, and,
        where it is not that again, `kept`.
        """
        before = written.before
        try:
            body = again.update_body(before, again.metadata_of(before), written.answer, {}, literal=True)
            now = await self.verifier.read_back(await self.context.endpoint.update(before.id, body))
        except ToolError as error:
            said = f"{before.id} could not be put back ({error}): {kept}"
        else:
            left = [*_paths(before, now), *(["its mark"] if now.mark != before.mark else [])]
            said = f"{before.id} is as it was before"
            said = f"{before.id} could not be put back completely ({', '.join(left)}): {kept}" if left else said
        return Outcome(change, Status.FAILED, before.id, f"{fault}; {said}")

    # --- deletes

    async def _delete(self, change: Change) -> Outcome:
        before = _found(change)
        deleted = await self.remove(before, twin=change.twin, insisted=change.insisted)
        return Outcome(change, Status.DONE, before.id, _moved_words(before, deleted) if deleted else _GONE)

    async def remove(
        self, assistant: Assistant, *, twin: Assistant | None = None, insisted: bool = False
    ) -> Assistant | None:
        """Back up and delete what still is as it was seen; what it was then, None where it did not have to be.

        `twin` is the one of the same mark that stays, and that has to be there. `insisted`: delete it also where what it is now cannot be
        seen. Raises ToolError, with nothing deleted, where it is another by now, and where it cannot be backed up.
        """
        if self.progress.cannot_delete:
            raise EndpointError("a delete before showed nothing gone", Fate.STOPPED)
        if twin and not _bears(await self._staying(twin, assistant), twin):
            raise EndpointError(f"{assistant.id} is left alone: {twin.id}, which was to stay, is gone; plan again")
        read = await self._read(assistant.id, assistant)
        now = read or await self._listed(assistant.id, assistant, insisted=insisted)
        if now is None:
            return None
        if not _is_as_it_was(now, assistant):
            raise EndpointError(_NOT_AS_PLANNED.format(assistant.id))
        self.context.backup(now, surplus=twin is not None)
        await self._delete_object(assistant.id)
        unfound = (
            read is None and not self.progress.cannot_read
        )  # such a read proves nothing of this one, before and after
        if unfound or not self.progress.deletes_proved:
            await self._wait_until_gone(now, by_id=read is not None, insisted=insisted)
        return now

    async def _wait_until_gone(self, deleted: Assistant, *, by_id: bool, insisted: bool) -> None:
        """An answer that it was deleted is no proof: look until it is not there. `by_id`: a read of it says so, else a listing.

        EndpointError where it stays, or where that could not be checked. Then no other is deleted.
        """
        waits = Waits(self.context)
        while fault := await (self._read_still(deleted) if by_id else self._listed_still(deleted, insisted=insisted)):
            if not await waits.more():
                self.progress.gave_up = self.progress.cannot_delete = True
                raise self._unseen(deleted, "stopped before") if self.context.stop.is_set() else fault
        self.progress.deletes_proved = True

    async def _read_still(self, deleted: Assistant) -> EndpointError | None:
        """That it can be read still, or could not be read; None where it is gone. Another run may have made another of its id."""
        try:
            found = await self.context.endpoint.get(deleted.id)
        except EndpointError as error:
            return self._unseen(deleted, str(error))
        is_there = found is not None and found.age == deleted.age
        return EndpointError(_STILL_READ.format(deleted.id), Fate.NO_VERB) if is_there else None

    async def _listed_still(self, deleted: Assistant, *, insisted: bool) -> EndpointError | None:
        """The same by a listing. Who insisted knows that it may lack some."""
        listing = await fresh_listing(self.context)
        if any(one.id == deleted.id for one in listing.assistants):
            said = _STILL_READ if self.progress.cannot_read else _STILL_LISTED
            return EndpointError(said.format(deleted.id), Fate.NO_VERB)
        return self._unseen(deleted, listing.incomplete) if listing.incomplete and not insisted else None

    def _unseen(self, deleted: Assistant, why: str) -> EndpointError:
        said = f"a DELETE of {deleted.id} was sent, but whether it is gone could not be checked ({why})"
        return EndpointError(said, Fate.AMBIGUOUS)

    async def _staying(self, twin: Assistant, going: Assistant) -> Assistant | None:
        """The one of two that is to stay. A listing may lag, and show one that is gone: it stands in only for a read that there is not."""
        found = await self._read(twin.id, going)
        return await self._listed(twin.id, going) if found is None and self.progress.cannot_read else found

    async def _read(self, assistant_id: str, going: Assistant) -> Assistant | None:
        """None where it is not there, and where the endpoint cannot read one. EndpointError where it could not be read; `going` is left."""
        if self.progress.cannot_read:
            return None
        try:
            return await self.context.endpoint.get(assistant_id)
        except EndpointError as error:
            if error.fate is not Fate.NO_VERB:
                _leave(going, error)
            self.progress.cannot_read = True
            return None

    async def _listed(self, assistant_id: str, going: Assistant, *, insisted: bool = False) -> Assistant | None:
        """What a fresh listing shows of one that could not be read; None where it is gone. EndpointError where that cannot be seen."""
        listing = await recent_listing(self.context, self.progress)
        found = next((one for one in listing.assistants if one.id == assistant_id), None)
        if not listing.incomplete or (found is None and not self.progress.cannot_read):
            return found
        if insisted:
            return found or going
        unseen = f"the endpoint cannot read it by its id, and its listing may be incomplete ({listing.incomplete})"
        by_hand = f"`assistants delete {going.id} --unmanaged --yes` deletes it anyway"
        raise EndpointError(f"{going.id} is left alone: {unseen}, so its present state cannot be checked; {by_hand}")

    async def _delete_object(self, assistant_id: str) -> None:
        """The one place of the package that sends a delete."""
        try:
            await self.context.endpoint.delete(assistant_id)
        except EndpointError as error:
            if error.ended and error.fate.in_doubt:  # the endpoint has looked, and it is there
                raise nothing_changed(error) from None
            raise
        self.progress.made.pop(assistant_id, None)


def _found(change: Change) -> Assistant:
    if change.assistant is None:
        raise TypeError(f"{change.action} of {change.key!r} has no assistant")
    return change.assistant


def _sends_what_is_others(change: Change, planned: Assistant) -> bool:
    """Whether a write states what no file does: all of it, what is ignored, or what the tool does not know inside of what is sent whole."""
    definition = change.definition
    if definition is None or definition.ignore:
        return True
    return any(len(one.path) > 1 for one in left_as_it_is(definition, planned))


def _leave(assistant: Assistant, error: EndpointError) -> NoReturn:
    """What it is now could not be read, so nothing was sent: whatever became of the read is not in doubt for the write."""
    fate = Fate.REJECTED if error.fate.in_doubt else error.fate
    raise EndpointError(f"{assistant.id} is left alone, because it could not be read: {error}", fate) from None


def _is_as_it_was(now: Assistant, before: Assistant) -> bool:
    """Of what the tool does not know nothing is asked: much of that moves by itself, such as how often a server has run it, and who deletes
    one that is in use would never come to it. It is told (`_moved_words`), and what is backed up before a delete was read just then.
    """
    return now.mark == before.mark and same(now.form, before.form)


def _moved_words(before: Assistant, deleted: Assistant) -> str:
    """That what the tool does not know was another by the time of a deletion. What a listing does not show at all says nothing."""
    planned = {one.place: one.value for one in before.unknown.told}
    now = [one for one in deleted.unknown.told if one.place in planned]
    moved = ", ".join(one.shown for one in now if not same(one.value, planned[one.place]))
    return f"{moved} changed after the plan was made; the backup holds what it was" if moved else ""


def _bears(now: Assistant | None, before: Assistant) -> bool:
    """Whether it still is the one of its key, whatever else was written to it."""
    return bool(now and now.mark and before.mark and now.mark.whose == before.mark.whose)


def _paths(before: Assistant, now: Assistant) -> list[str]:
    """Where it is another than before, its mark aside."""
    return [one.path for one in differences(before.form, now.form)]
