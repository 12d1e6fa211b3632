"""The answer to a write -> an Outcome: is what the endpoint kept what was sent, and does its mark say so?

An endpoint may drop, round or fill in fields. What it made of a definition is noted in the mark (`got`), else the next plan would show the
same update for ever.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistants_tool.applying.outcomes import failed
from assistants_tool.errors import EndpointError, ToolError
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.payload import update_body
from assistants_tool.planning.comparing import departures, kept_out
from assistants_tool.planning.outcome import Outcome, Status

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.applying.progress import Progress
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.planning.plan import Change

# The first also heals servers that drop on create what they keep on update, and clears by a literal default what null did not clear; the
# second is for an answer that moved again.
_HEALING_UPDATES = 2

DROPS_METADATA = (
    "the endpoint does not keep metadata, without which an assistant cannot be found again; use another endpoint,"
    " or the server behind it where it is a proxy"
)


def wanted(change: Change) -> Definition:
    """The definition of a change that must have one. TypeError where it has none, which is a fault of the plan."""
    if change.definition is None:
        raise TypeError(f"{change.action} of {change.key!r} has no definition")
    return change.definition


@dataclass(frozen=True, slots=True)
class Verifier:
    """Compares answers with what was sent, and updates until the mark tells the truth about the answer."""

    context: Context
    progress: Progress

    async def verified(self, change: Change, answer: Assistant, *, ours: bool = True) -> Outcome:
        """What became of a change, judged by the assistant as the endpoint has it; names the fields that it did not keep.

        `ours`: this run wrote the assistant. Otherwise it may be another run's, and is backed up before it is changed.
        """
        definition = wanted(change)
        try:
            answer = await self._settle_mark(definition, answer, ours=ours)
        except ToolError as error:
            return failed(change, error, answer.id, "was written, but what the endpoint made of it could not be noted")
        not_kept = kept_out(departures(definition, answer.body))
        # A mark that names another digest than that of its own bearer would show as drift in each plan to come.
        moves = not_kept and answer.mark and answer.mark.got != definition.digest_of(answer.body)
        message = f"{not_kept} is another after each write: put it under `ignore`" if moves else ""
        return Outcome(change, Status.DONE, answer.id, message, not_kept)

    async def _settle_mark(self, definition: Definition, answer: Assistant, *, ours: bool) -> Assistant:
        """Send at most two more whole updates, until the mark names what the endpoint keeps. EndpointError where the mark is not kept."""
        for _ in range(_HEALING_UPDATES):
            got = definition.digest_of(answer.body) if departures(definition, answer.body) else ""
            mark = self.context.mark(definition, got)
            if answer.mark == mark:
                return answer
            if not ours:
                self.context.backup(answer, definition.key)
                ours = True  # backed up once; what follows changes only what this run wrote
            # Clearing by the default itself, not by null: for some servers null means that the field is not stated.
            body = update_body(definition, mark, answer, literal=True)
            answer = await self.as_kept(await self.context.endpoint.update(answer.id, body))
        if answer.mark != mark:
            raise EndpointError(DROPS_METADATA)
        return answer

    async def as_kept(self, answer: Assistant) -> Assistant:
        """The assistant as the endpoint keeps it: the answer to a write, or, where answers were seen to be untrue, what a GET returns."""
        return await self._read_back(answer) if self.progress.echoes else answer

    async def check_for_echo(self, answer: Assistant) -> None:
        """Read an assistant again, to see whether the answer to its write tells what is kept."""
        if not self.progress.echoes:  # once known, it needs no second request
            self.note_echo(answer, await self._read_back(answer))

    def note_echo(self, answer: Assistant, kept: Assistant) -> None:
        """Some servers answer with what was sent, whatever they keep. Once one was seen to, no answer of this run is believed."""
        self.progress.echoes = self.progress.echoes or not same(kept.form, answer.form)

    async def _read_back(self, answer: Assistant) -> Assistant:
        # The write is done. Where it cannot be read, the answer is the best there is.
        with contextlib.suppress(EndpointError):
            return await self.context.endpoint.get(answer.id) or answer
        return answer
