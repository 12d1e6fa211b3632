"""The answer to a write -> an Outcome: is what the endpoint kept what was sent, and does its mark say so?

An endpoint may drop, round or fill in fields. What it made of a definition is noted in the mark, else the next plan would show the same
update for ever. What a definition ignores is left out of an update; where an endpoint changes what is left out, that is set back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.applying.outcomes import failed
from assistants_tool.errors import EndpointError, Fate, ToolError
from assistants_tool.objects.differences import field_of
from assistants_tool.objects.endpoint import VersionedEndpoint
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.payload import left_as_it_is, left_to_others, update_body
from assistants_tool.objects.unknown import unknown
from assistants_tool.planning.comparing import departures, left_out, places
from assistants_tool.planning.outcome import Outcome, Status

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.differences import Difference
    from assistants_tool.objects.mark import Mark
    from assistants_tool.objects.unknown import Found
    from assistants_tool.planning.plan import Change

# The first also heals servers that drop on create what they keep on update, and clears by a literal default what null did not clear; the
# second is for an answer that moved again.
_HEALING_UPDATES = 2

DROPS_METADATA = (
    "the endpoint does not keep metadata, without which an assistant cannot be found again; use another endpoint,"
    " or, if it is a proxy, the server behind it"
)


def wanted(change: Change) -> Definition:
    """The definition of a change that must have one. TypeError where it has none, which is a fault of the plan."""
    if change.definition is None:
        raise TypeError(f"{change.action} of {change.key!r} has no definition")
    return change.definition


def _stirred(definition: Definition, held: Assistant, answer: Assistant) -> list[tuple[Found, Any]]:
    """What no file states and is not as it was before the write, each with what is there now: None where that is nothing."""
    now = {one.place: one.value for one in unknown(answer.body, answer.members).told}
    left = left_as_it_is(definition, held)
    return [(one, now.get(one.place)) for one in left if not same(now.get(one.place), one.value)]


def _stirred_words(stirred: Sequence[tuple[Found, Any]]) -> Iterator[str]:
    """What a write took away or changed although no file says so."""
    lost = ", ".join(one.shown for one, now in stirred if now is None)
    changed = ", ".join(one.shown for one, now in stirred if now is not None)
    if lost:
        yield f"the endpoint lost what no file states: {lost}; the backup holds it"
    if changed:
        yield f"the endpoint also changed what no file states: {changed}; the backup holds what it was"


@dataclass(frozen=True, slots=True)
class Verifier:
    """Compares answers with what was sent, and updates until the mark tells the truth about the answer."""

    context: Context
    progress: Progress

    async def verified(
        self, change: Change, answer: Assistant, *, held: Assistant | None = None, ours: bool = True
    ) -> Outcome:
        """What became of a change, judged by the assistant as the endpoint has it; names the places that it did not keep.

        `held` is the assistant as it was before it was written to, where it was there. `ours`: this run wrote the assistant. Otherwise it
        may be another run's, and is backed up before it is changed.
        """
        definition = wanted(change)
        try:
            answer, found = await self._settle(definition, answer, held, ours=ours)
        except ToolError as error:
            # Without updates no create could be finished: one that is not is enough.
            self.progress.gave_up |= isinstance(error, EndpointError) and error.fate is Fate.NO_VERB
            return failed(
                change, error, answer.id, "was written, but what the endpoint made of it could not be recorded"
            )
        self.progress.not_kept.update(places(found))
        not_kept, still_there = left_out(definition, answer.body, found)
        stirred = _stirred(definition, held, answer) if held else ()
        remarks = (*_came_between(held, answer), *_remarks(definition, answer, held or answer, found))
        said = "; ".join((*remarks, *_stirred_words(stirred)))
        return Outcome(change, Status.DONE, answer.id, said, ", ".join(not_kept), ", ".join(still_there))

    async def _settle(
        self, definition: Definition, answer: Assistant, held: Assistant | None, *, ours: bool
    ) -> tuple[Assistant, tuple[Difference, ...]]:
        """Send at most two more whole updates, until the mark names what the endpoint keeps, and what is ignored is as it was held.

        The last answer, and where it differs from what is wanted. EndpointError where the mark is not kept.
        """
        if definition.members.versions:
            kept = await self._settle_version(definition, answer, ours=ours)
            return kept, departures(definition, kept.body)
        for _ in range(_HEALING_UPDATES):
            found = departures(definition, answer.body)
            mark, moved = self._mark_of(definition, answer, found), _moved_with_it(definition, held or answer, answer)
            noted = held is None or self._is_rest_noted(definition, held, answer)
            if mark.says_the_same(answer.mark) and not moved and noted:
                return answer, found
            if not ours:
                self.context.backup(answer, definition.key)
                ours = True  # backed up once; what follows changes only what this run wrote
            self.progress.resets |= bool(moved)
            carried = held if self.progress.resets else None
            # Clearing by the default itself, not by null: for some servers null means that the field is not stated.
            moving = self.progress.moving
            body = update_body(definition, mark, answer, literal=True, held=carried, moving=moving)
            answer = await self.as_kept(await self.context.endpoint.update(answer.id, body))
        if not mark.is_kept(answer.mark):
            raise EndpointError(DROPS_METADATA)
        return answer, departures(definition, answer.body)

    async def _settle_version(self, definition: Definition, answer: Assistant, *, ours: bool) -> Assistant:
        """A version is never changed, so what the endpoint made of it needs no note, and none more is made of what this run wrote."""
        mark = self.context.mark(definition)
        if not ours and not answer.is_as_written:
            await self._refuse_what_was_there(answer)
        if not ours and not _is_kept_in(mark, answer):
            self.context.backup(answer, definition.key)
            mark = self.context.mark(definition, before=answer)
            answer = await self.as_kept(
                await self.context.endpoint.update(answer.id, update_body(definition, mark, answer))
            )
        if not _is_kept_in(mark, answer):
            raise EndpointError(DROPS_METADATA)
        return answer

    async def _refuse_what_was_there(self, found: Assistant) -> None:
        """Raises EndpointError where a create that was in doubt did not make this, but added a version to what another had made."""
        endpoint = self.context.endpoint
        versions = await endpoint.versions(found.id) if isinstance(endpoint, VersionedEndpoint) else ()
        if versions and not self.context.plan.scope.owns(versions[-1].mark):
            said = f"{found.id} was there already, and version {found.version} of this was added to it"
            raise EndpointError(f"{said}; delete that version by hand, and plan again")

    def _is_rest_noted(self, definition: Definition, held: Assistant, answer: Assistant) -> bool:
        """Whether what the mark of our write says of members that no file states is true of its answer.

        At the top they were not sent, so that those which moved are the server's own, from now on.
        """
        stirred = _stirred(definition, held, answer)
        self.progress.moving.update(one.tag for one, now in stirred if len(one.path) == 1 and now is not None)
        said = answer.mark.rest if answer.mark else ""
        return not stirred or not said or answer.unknown.rest(definition.stated, answer.moving) == said

    def _mark_of(self, definition: Definition, answer: Assistant, found: Sequence[Difference]) -> Mark:
        return self.context.mark(definition, definition.digest_of(answer.body) if found else "", found, before=answer)

    async def as_kept(self, answer: Assistant) -> Assistant:
        """The assistant as the endpoint keeps it: the answer to a write, or, where answers were seen to be untrue, what a GET returns."""
        return await self.read_back(answer) if self.progress.echoes else answer

    async def check_for_echo(self, answer: Assistant) -> None:
        """Read an assistant again, to see whether the answer to its write tells what is kept."""
        if not self.progress.echoes:  # once known, it needs no second request
            self.note_echo(answer, await self.read_back(answer))

    def note_echo(self, answer: Assistant, kept: Assistant) -> None:
        """Some servers answer with what was sent, whatever they keep. Once one was seen to, no answer of this run is believed."""
        self.progress.echoes = self.progress.echoes or not same(kept.shown, answer.shown)

    async def read_back(self, answer: Assistant) -> Assistant:
        """The assistant as the endpoint keeps it, whatever it answered to the write; the answer, where it cannot be read."""
        with contextlib.suppress(EndpointError):
            return await self.context.endpoint.get(answer.id) or answer
        return answer


def _is_kept_in(mark: Mark, answer: Assistant) -> bool:
    """Whether an object bears it, whichever version it was made as: another run's may have come between."""
    return bool(answer.mark and replace(mark, version=answer.mark.version).is_kept(answer.mark))


def _moved_with_it(definition: Definition, held: Assistant, answer: Assistant) -> list[str]:
    """The ignored fields that are not as they were held. A model and metadata are sent as they were, and are left to who changes them."""
    return [name for name in left_to_others(definition) if not same(held.form[name], answer.form[name])]


def _came_between(held: Assistant | None, answer: Assistant) -> Iterator[str]:
    """That somebody made a version since it was planned which to make. Nothing of it is lost."""
    if held and held.next_version and answer.version not in ("", held.next_version):
        yield f"version {held.next_version} was made by another meanwhile, and is not the latest any more"


def _remarks(definition: Definition, answer: Assistant, held: Assistant, found: Sequence[Difference]) -> Iterator[str]:
    # A mark that names another digest than that of its own bearer would show as drift in each plan to come.
    if found and answer.mark and answer.mark.got != definition.digest_of(answer.body):
        moving = [one.path if one.path.startswith("metadata.") else field_of(one.path) for one in found]
        yield f"{', '.join(dict.fromkeys(moving))} changes with each write: put it under `ignore`"
    if moved := _moved_with_it(definition, held, answer):
        yield f"the endpoint also changed, and did not let it be set back: {', '.join(moved)}; do so by hand"
