"""What one run of apply has come to know so far: the one mutable thing that its parts share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from assistants_tool.applying.outcomes import guarded, not_begun
from assistants_tool.errors import EndpointError
from assistants_tool.planning.outcome import Outcome, Status

if TYPE_CHECKING:
    from assistants_tool.applying.context import Context
    from assistants_tool.objects.assistant import Listing
    from assistants_tool.planning.comparing import Place
    from assistants_tool.planning.plan import Change

Observer = Callable[[Outcome], None]
C = TypeVar("C", bound="Change")


@dataclass(slots=True)
class Progress:
    """`observe` hears of each outcome as it is recorded; `known_ids` are the assistants that were there before the first write.

    `proved`: a create showed that assistants made here can be managed; `updates_proved`: an update, that those which were there can;
    `deletes_proved`: what was deleted is gone. `cannot_delete`: it was not, or could not be seen, so nothing more is deleted.
    `gave_up`: one showed that they cannot, or could not show it, so nothing more is written. `echoes`: an answer to a write was not what
    the endpoint kept, so what is kept is read after each write. `resets`: a write changed what it left out, so ignored fields are sent.
    `moving`: the tags of members that no file states and that a write which did not send them changed.
    `cannot_read`: the endpoint has no operation that reads one assistant. `not_kept`: what it was seen to make of what it was sent.

    `made`: the ids that this run has created, and that are not known to be gone, with the time of the answer. `lag`: how far behind, in
    seconds, a listing was seen to be. `listing` is a recent one, shared by those that look before they delete, and `listed_at` its time.

    `unsettled`: creates that may have taken effect, for which a listing has yet to be asked; `last_unsettled` is when the last of them was
    set aside, in seconds of the event loop's clock. `unheard`: the first error that `observe` raised.
    """

    observe: Observer
    known_ids: frozenset[str]
    proved: bool = False
    updates_proved: bool = False
    deletes_proved: bool = False
    cannot_delete: bool = False
    gave_up: bool = False
    echoes: bool = False
    resets: bool = False
    moving: set[str] = field(default_factory=set)
    cannot_read: bool = False
    not_kept: set[Place] = field(default_factory=set)
    made: dict[str, float] = field(default_factory=dict)
    lag: float = 0.0
    listing: Listing | None = None
    listed_at: float = 0.0
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    unsettled: list[Change] = field(default_factory=list)
    last_unsettled: float = 0.0
    unheard: Exception | None = None
    # Keyed by id(change): a change holds what cannot be hashed, and two of one plan may be equal. The plan keeps them alive.
    _outcomes: dict[int, Outcome] = field(default_factory=dict)
    _begun: set[int] = field(default_factory=set)
    _doubts: dict[int, EndpointError] = field(default_factory=dict)

    async def carry_out(self, context: Context, change: C, do: Callable[[C], Awaitable[Outcome | None]]) -> None:
        """Do one change and record what became of it, unless the run was halted before it began. `do`: None where it is set aside."""
        if self.halted(context):
            self.record(not_begun(change, self.doubt_of(change)))
            return
        self.begin(change)
        if outcome := await guarded(change, do(change)):
            self.record(outcome)

    def begin(self, change: Change) -> None:
        self._begun.add(id(change))

    def has_begun(self, change: Change) -> bool:
        return id(change) in self._begun

    def record(self, outcome: Outcome) -> None:
        """Keep what became of a change, and tell the observer.

        An observer that fails, as where the output is a pipe that was closed, does not end the run: what was begun is finished.
        """
        self._outcomes[id(outcome.change)] = outcome
        try:
            self.observe(outcome)
        except Exception as error:  # noqa: BLE001 - raised again at the end of the run
            self.unheard = self.unheard or error

    def has_outcome(self, change: Change) -> bool:
        return id(change) in self._outcomes

    def outcome(self, change: Change) -> Outcome:
        """The last one recorded. KeyError where there is none."""
        return self._outcomes[id(change)]

    def doubt(self, change: Change, error: EndpointError) -> None:
        """Remember that a create got no clear answer. It stays known when the create is settled: a second of its key may still appear."""
        earlier = self._doubts.get(id(change))
        tries = error.tries + (earlier.tries if earlier else 0)
        ended = (error.ended or not error.fate.in_doubt) and (earlier is None or earlier.ended)
        fate = error.fate if error.fate.in_doubt or earlier is None else earlier.fate
        self._doubts[id(change)] = EndpointError(str(error), fate, tries=tries, ended=ended)

    def doubt_of(self, change: Change) -> EndpointError | None:
        return self._doubts.get(id(change))

    def set_aside(self, change: Change, now: float) -> None:
        """Leave a create that may have taken effect to be settled later, by a listing."""
        self.unsettled.append(change)
        self.last_unsettled = now

    def halted(self, context: Context) -> bool:
        """Whether nothing new may begin: asked to stop, given up, or failed where the first failure is to be the last."""
        return context.stop.is_set() or self.gave_up or (context.policy.fail_fast and self._has_failed)

    @property
    def _has_failed(self) -> bool:
        return any(one.status in (Status.FAILED, Status.UNKNOWN) for one in self._outcomes.values())
