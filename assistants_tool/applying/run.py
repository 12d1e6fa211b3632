"""Plan -> Outcomes: the only writes there are. Async, bounded, and never blind about a create.

Creates and updates first, deletes last; a failure does not stop the others. After each write the answer is compared with what was
sent. A create whose fate is not known is never sent again before a listing has said that it did not happen: the API has no idempotency
key, so a blind retry is how duplicates are made. The endpoint retries what is safe to retry; what reaches this module is final, or
ambiguous.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from assistants_tool.errors import EndpointError, Fate, ToolError
from assistants_tool.objects.assistant import Assistant, Listing, Mark
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.payload import create_body, release_body, update_body
from assistants_tool.planning.comparing import departures, kept_out
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import WRITES, Action, Change, Plan

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Policy:
    """How an apply goes about it. `settle_seconds`: how long creates of unknown fate are left alone before they are looked for."""

    parallelism: int = 10
    settle_seconds: float = 2.0
    fail_fast: bool = False


T = TypeVar("T")


ROUNDS = 3


Observer = Callable[[Outcome], None]


class Keeper(Protocol):
    """Keeps an object as it is, before it is changed or deleted; `surplus`: it is the second of a key."""

    def __call__(self, assistant: Assistant, definition: Definition | None, *, surplus: bool = False) -> None: ...


def _keeps_nothing(assistant: Assistant, definition: Definition | None, *, surplus: bool = False) -> None:
    """For who has no place for backups."""


async def apply(
    plan: Plan,
    endpoint: Endpoint,
    policy: Policy = Policy(),
    *,
    observe: Observer = lambda _: None,
    backup: Keeper = _keeps_nothing,
    stop: asyncio.Event | None = None,
) -> tuple[Outcome, ...]:
    """Carry out a plan: one outcome for each write, in the plan's order.

    `observe` hears of each outcome as it comes; `backup` gets the old object before it is changed; once `stop` is set nothing new begins.
    Cancelled, it returns all the same, and what was on its way is unknown. What `observe` raises is raised when all is done.
    """
    run = _Run(plan, endpoint, policy, observe, backup, stop or asyncio.Event())
    return await run.whole()


class _Run:
    """One apply in progress."""

    def __init__(
        self, plan: Plan, endpoint: Endpoint, policy: Policy, observe: Observer, backup: Keeper, stop: asyncio.Event
    ) -> None:
        self.plan, self.endpoint, self.policy = plan, endpoint, policy
        self.observe, self.backup, self.stop = observe, backup, stop
        self.outcomes: dict[int, Outcome] = {}
        self.begun: set[int] = set()
        self.unheard: Exception | None = None
        self.unsettled: list[Change] = []
        self.last_unsettled = 0.0
        # About creates that got no clear answer at some time, even if what became of them is known by now.
        self.doubts: dict[int, EndpointError] = {}
        self.proved = False  # a create showed that assistants made here can be managed
        self.gave_up = False  # a create showed that they cannot, or could not show it
        self.echoes = False  # an answer to a write was not what is kept, so each is read back
        self.known_ids = {one.id for one in plan.listing.assistants}

    async def whole(self) -> tuple[Outcome, ...]:
        try:
            await self._work()
        except asyncio.CancelledError:
            if task := asyncio.current_task():
                task.uncancel()
            self._let_go()
        if self.unheard:
            raise self.unheard
        return tuple(self.outcomes[id(change)] for change in self.plan.of(*WRITES))

    async def _work(self) -> None:
        creates = await self._prove_manageable(list(self.plan.of(Action.CREATE)))
        await self._each([*creates, *self.plan.of(Action.UPDATE, Action.ADOPT, Action.RELEASE)])
        await self._each(self.plan.of(Action.DELETE))
        await self._settle()
        await self._look_again()

    def _let_go(self) -> None:
        """Of what has no outcome yet, nobody waits for one."""
        for change in self.plan.of(*WRITES):
            if id(change) not in self.outcomes:
                begun = id(change) in self.begun
                self._record(_unknown(change, _CUT_OFF) if begun else Outcome(change, Status.SKIPPED, change.id))

    # --- the work, ten at a time

    async def _each(self, changes: Iterable[Change]) -> None:
        await self._at_once(changes, self._do)

    async def _at_once(self, items: Iterable[T], do: Callable[[T], Awaitable[None]]) -> None:
        waiting = list(reversed(list(items)))

        async def work() -> None:
            while waiting:
                await do(waiting.pop())

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.policy.parallelism, len(waiting))):
                group.create_task(work())

    @property
    def _halted(self) -> bool:
        return self.stop.is_set() or self.gave_up or (self.policy.fail_fast and self._has_failed)

    @property
    def _has_failed(self) -> bool:
        return any(one.status in (Status.FAILED, Status.UNKNOWN) for one in self.outcomes.values())

    async def _do(self, change: Change) -> None:
        if self._halted:
            doubt = self.doubts.get(id(change))
            self._record(_unknown(change, doubt) if doubt else Outcome(change, Status.SKIPPED, change.id))
            return
        self.begun.add(id(change))
        doers: dict[Action, Callable[[Change], Awaitable[Outcome | None]]] = {
            Action.CREATE: self._create,
            Action.UPDATE: self._update,
            Action.ADOPT: self._update,
            Action.RELEASE: self._release,
            Action.DELETE: self._delete,
        }
        outcome = await self._guarded(change, doers[change.action](change))
        if outcome:
            self._record(outcome)

    async def _guarded(self, change: Change, work: Awaitable[T]) -> T | Outcome:
        """What becomes of it, whatever is raised: no change takes the others, and the report, with it."""
        try:
            return await work
        except ToolError as error:
            return _failed(change, error, change.id)
        except Exception as error:  # noqa: BLE001 - see above
            said = f"this is a fault of the tool ({type(error).__name__}: {error}), please report it"
            return _unknown(change, said)

    def _record(self, outcome: Outcome) -> None:
        """Who was to hear of it may be gone, as with `| head`; what was begun is finished all the same."""
        self.outcomes[id(outcome.change)] = outcome
        try:
            self.observe(outcome)
        except Exception as error:  # noqa: BLE001 - raised again at the end
            self.unheard = self.unheard or error

    # --- one change

    async def _create(self, change: Change) -> Outcome | None:
        answer = await self._send_create(change)
        if not isinstance(answer, Assistant):
            return answer
        outcome = await self._verified(change, await self._as_kept(answer))
        if answer.mark is None and outcome.status is not Status.DONE:  # no later run could tell that it is ours
            return await self._undone(change, answer, outcome.message)
        return outcome

    async def _send_create(self, change: Change) -> Assistant | Outcome | None:
        """The new assistant; or what became of the attempt; or None where it is set aside, to be settled by a listing."""
        definition = _wanted(change)
        try:
            answer = await self.endpoint.create(create_body(definition, self._mark(definition)))
        except EndpointError as error:
            earlier = self.doubts.get(id(change))
            if error.fate.in_doubt:
                self.doubts[id(change)] = error
            elif earlier is None:
                raise
            if error.fate is not Fate.AMBIGUOUS:
                return _unknown(change, error if error.fate.in_doubt else f"{error}; an earlier try: {earlier}")
            self.unsettled.append(change)
            self.last_unsettled = asyncio.get_running_loop().time()
            return None
        if answer.id in self.known_ids:
            self.gave_up = True
            raise EndpointError(f"the endpoint answered a create with {answer.id}, which was there before; {_NOT_NEW}")
        return answer

    async def _update(self, change: Change) -> Outcome:
        definition, before = _wanted(change), _found(change)
        self.backup(before, definition)
        body = update_body(definition, self._mark(definition), before)
        try:
            answer = await self.endpoint.update(before.id, body)
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                again = "apply again to create it anew" if change.action is Action.UPDATE else "plan again"
                raise EndpointError(f"{before.id} was deleted meanwhile; {again}", error.fate) from None
            raise
        if before.mark and before.mark.sent == definition.digest:  # the last apply sent the same: was its answer true?
            self.echoes = self.echoes or not same((await self._read_back(answer)).form, answer.form)
        return await self._verified(change, await self._as_kept(answer))

    async def _release(self, change: Change) -> Outcome:
        before = _found(change)
        self.backup(before, None)
        answer = await self.endpoint.update(before.id, release_body(before))
        if answer.mark is not None:
            raise EndpointError(
                f"the endpoint keeps the mark of {before.id}: it merges metadata, so nothing can be released there"
            )
        return Outcome(change, Status.DONE, before.id)

    async def _delete(self, change: Change) -> Outcome:
        before = _found(change)
        self.backup(before, None, surplus=change.surplus)
        await self.endpoint.delete(before.id)
        return Outcome(change, Status.DONE, before.id)

    async def _as_kept(self, answer: Assistant) -> Assistant:
        """What the endpoint made of a write, of which its answer speaks."""
        return await self._read_back(answer) if self.echoes else answer

    async def _read_back(self, answer: Assistant) -> Assistant:
        with contextlib.suppress(EndpointError):  # then there is the answer to go by
            return await self.endpoint.get(answer.id) or answer
        return answer

    def _mark(self, definition: Definition, got: str = "") -> Mark:
        scope = self.plan.scope
        sent = definition.digest
        return Mark(scope.project, scope.environment, definition.key, definition.protect, sent, got)

    # --- is the answer what was sent?

    async def _verified(self, change: Change, answer: Assistant, *, ours: bool = True) -> Outcome:
        """Compare the answer with what was sent; write once more, with what was got in the mark, until the mark tells the truth.

        `ours`: whether this run wrote what it has the answer of. Else it may be another's, and is backed up before it is changed.
        """
        definition = _wanted(change)
        try:
            answer = await self._settle_mark(definition, answer, ours=ours)
        except ToolError as error:
            return _failed(change, error, answer.id, "was written, but what the endpoint made of it could not be noted")
        not_kept = kept_out(departures(definition, answer.body))
        moves = not_kept and answer.mark and answer.mark.got != definition.digest_of(answer.body)
        message = f"{not_kept} is another after each write: put it under `ignore`" if moves else ""
        return Outcome(change, Status.DONE, answer.id, message, not_kept)

    async def _settle_mark(self, definition: Definition, answer: Assistant, *, ours: bool) -> Assistant:
        """At most two more whole updates.

        The first also heals servers that drop on create what they keep on update, and clears by a literal default what null did not clear;
        the second is for an answer that moved again. An answer that does not bear the mark which was sent is an error.
        """
        for _ in range(2):
            got = definition.digest_of(answer.body) if departures(definition, answer.body) else ""
            mark = self._mark(definition, got)
            if answer.mark == mark:
                return answer
            if not ours:
                self.backup(answer, definition)
                ours = True
            body = update_body(definition, mark, answer, literal=True)
            answer = await self._as_kept(await self.endpoint.update(answer.id, body))
        if answer.mark != mark:
            raise EndpointError(_DROPS_METADATA)
        return answer

    # --- proof that what is created here can be managed: that its mark is kept, and that it can be read by its id

    async def _prove_manageable(self, creates: list[Change]) -> list[Change]:
        """Create one at a time until one is found again with its mark; returns those still to do. Without proof the run is halted.

        What the listing holds proves too little: a proxy may list what another way has put there, and forward no metadata, or no updates.
        """
        if self.proved:
            return creates
        for index, change in enumerate(creates):
            if self._halted:
                return creates[index:]
            self.begun.add(id(change))
            answer = await self._guarded(change, self._send_create(change))
            outcome = (
                await self._guarded(change, self._proved(change, answer)) if isinstance(answer, Assistant) else answer
            )
            if outcome:
                self._record(outcome)
            if self.proved:
                return creates[index + 1 :]
        return []

    async def _proved(self, change: Change, created: Assistant) -> Outcome:
        try:
            kept = await self._found_again(created)
        except EndpointError as fault:
            if fault.fate is Fate.MISSING and (first := await self._another(change, created)):
                return await self._taken_over(change, first, created)
            self.gave_up = True
            if fault.fate in (Fate.REJECTED, Fate.MISSING, Fate.NO_VERB):
                return await self._undone(change, created, str(fault))
            said = (
                f"it was created, but whether it can be managed here could not be seen: {fault}; the next apply tells"
            )
            return Outcome(change, Status.UNKNOWN, created.id, said)
        self.proved = True
        self.echoes = not same(kept.form, created.form)
        return await self._verified(change, kept)

    async def _found_again(self, created: Assistant) -> Assistant:
        """As it is kept. EndpointError where assistants on this endpoint cannot be managed, or, as the fate tells, that cannot be seen."""
        kept = await self.endpoint.get(created.id)
        if kept is None:
            raise EndpointError(_CANNOT_READ, Fate.MISSING)
        if kept.mark is None or kept.mark != (created.mark or kept.mark):
            raise EndpointError(_DROPS_METADATA)
        if not self.plan.listing.keeps_metadata:  # else a listing shows it
            listing = await self.endpoint.listing()
            if not any(one.id == kept.id and one.mark == kept.mark for one in listing.assistants):
                raise EndpointError(_LISTS_NOT)
        return kept

    async def _another(self, change: Change, created: Assistant) -> Assistant | None:
        """Another run's of the same key, on account of which that run has removed ours."""
        bearers = self.plan.scope.bearers((await self._listing()).assistants)
        return next((one for one in bearers.get(change.key, ()) if one.id != created.id), None)

    async def _taken_over(self, change: Change, first: Assistant, created: Assistant) -> Outcome:
        outcome = await self._verified(change, first, ours=False)
        said = f"it was created more than once; {first.id} stays, {created.id} removed"
        return replace(outcome, message="; ".join(filter(None, (said, outcome.message))))

    async def _undone(self, change: Change, created: Assistant, fault: str) -> Outcome:
        try:
            await self.endpoint.delete(created.id)
        except EndpointError:
            by_hand = f"delete it by hand (`assistants delete {created.id} --unmanaged`)"
            message = f"{fault}; {created.id}, made to find out, could not be removed: {by_hand}"
            return Outcome(change, Status.FAILED, created.id, message)
        return Outcome(change, Status.FAILED, None, f"{fault}; the assistant made to find out was removed")

    # --- creates of unknown fate

    async def _settle(self) -> None:
        """One listing decides for all of them; those that are not there are tried again, at most three rounds."""
        for _ in range(ROUNDS):
            if not self.unsettled or self._halted:
                break
            waiting, self.unsettled = self.unsettled, []
            await self._leave_alone()
            listing = await self._listing()
            if listing.incomplete:
                self.unsettled = waiting
                break
            bearers = self.plan.scope.bearers(listing.assistants)
            absent = [change for change in waiting if change.key not in bearers]
            for change in waiting:
                if found := bearers.get(change.key):
                    self._record(await self._guarded(change, self._verified(change, found[0], ours=False)))
            await self._each(await self._prove_manageable(absent))
        for change in self.unsettled:
            self._record(_unknown(change, self.doubts[id(change)]))

    async def _leave_alone(self) -> None:
        """Give creates of unknown fate the time to take effect, unless it is to stop."""
        wait = self.last_unsettled + self.policy.settle_seconds - asyncio.get_running_loop().time()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), max(0.0, wait))

    async def _listing(self) -> Listing:
        """One that cannot be had is incomplete."""
        try:
            return await self.endpoint.listing()
        except EndpointError as error:
            return Listing((), str(error))

    # --- the last look

    async def _look_again(self) -> None:
        """Where something was created, list once more: another run may have created the same, whether it went on beside this one, or was
        cut off before and its creates took effect only now. This run's own second tries may have, too.
        """
        made = [change for change in self.plan.of(Action.CREATE) if self._may_stand(change)]
        if self.stop.is_set() or not made:
            return
        listing = await self._listing()
        if listing.incomplete:  # the one to keep may be among what it lacks
            self._say_unseen(made, listing.incomplete)
        elif not self.stop.is_set():
            bearers = self.plan.scope.bearers(listing.assistants)
            await self._at_once(made, lambda change: self._looked_at(change, bearers.get(change.key, ())))

    def _may_stand(self, change: Change) -> bool:
        status, doubt = self.outcomes[id(change)].status, self.doubts.get(id(change))
        return status is Status.DONE or (
            status is Status.UNKNOWN and doubt is not None and doubt.fate is Fate.AMBIGUOUS
        )

    def _say_unseen(self, made: Iterable[Change], why: str) -> None:
        for change in made:
            outcome = self.outcomes[id(change)]
            if id(change) in self.doubts and outcome.status is Status.DONE:
                said = f"whether it was created twice could not be seen ({why}); the next apply settles it"
                self._record(replace(outcome, message=said))

    async def _looked_at(self, change: Change, bearers: Sequence[Assistant]) -> None:
        if self.stop.is_set():
            return
        before = self.outcomes[id(change)]
        after = await self._guarded(change, self._keep_first(before, bearers))
        if after is not before:
            self._record(after)

    async def _keep_first(self, outcome: Outcome, bearers: Sequence[Assistant]) -> Outcome:
        if not bearers:
            return await self._unlisted(outcome) if outcome.status is Status.DONE else outcome
        first, surplus = bearers[0], [one for one in bearers[1:] if one.id not in self.known_ids]
        kept = outcome if first.id == outcome.id else await self._verified(outcome.change, first, ours=False)
        if kept.status is not Status.DONE:
            return self._both_stand(outcome, kept)
        if surplus or outcome.id not in (None, first.id):
            said = await self._remove(surplus, first, outcome.id)
            kept = replace(kept, message="; ".join(filter(None, (said, kept.message))))
        return kept

    @staticmethod
    def _both_stand(outcome: Outcome, kept: Outcome) -> Outcome:
        """The first could not be made what is wanted, so what this run made is not removed for it."""
        if outcome.status is not Status.DONE:
            return kept
        said = f"{kept.id} bears its key, too, and could not be taken over ({kept.message}); the next apply settles it"
        return replace(outcome, message=said)

    async def _unlisted(self, outcome: Outcome) -> Outcome:
        """Of one that was created and is not listed: another removed it, or the listing is behind."""
        try:
            found = await self.endpoint.get(str(outcome.id))
        except EndpointError as error:
            return replace(outcome, message=f"it is not listed, and could not be read: {error}; the next plan tells")
        if found is None:
            gone = f"{outcome.id} was created, and removed by another meanwhile; apply again to create it anew"
            return Outcome(outcome.change, Status.FAILED, None, gone)
        return replace(outcome, message="it is not listed yet; wait before the next apply, which would create it again")

    async def _remove(self, surplus: Sequence[Assistant], first: Assistant, ours: str | None) -> str:
        """Remove all but the first; in words. `ours`, if it is none of them, is gone already."""
        removed = [ours] if ours and ours not in {first.id, *(one.id for one in surplus)} else []
        left = []
        for one in surplus:
            if why := await self._why_left(one):
                left.append(f"the next apply removes {one.id} ({why})")
            else:
                removed.append(one.id)
        gone = [f"{', '.join(removed)} removed"] if removed else []
        return ", ".join([f"it was created more than once; {first.id} stays", *gone, *left])

    async def _why_left(self, surplus: Assistant) -> str:
        """Remove it; why it could not be removed, empty where it could."""
        if self.stop.is_set():
            return "stopped"
        try:
            self.backup(surplus, None, surplus=True)
            await self.endpoint.delete(surplus.id)
        except ToolError as error:
            return str(error)
        return ""


_SETTLES = "the next apply settles it"


_CUT_OFF = "cut off before there was an answer"


_NOT_NEW = "so it may be that one that changed: compare it with what it was, and use another endpoint"


_CANNOT_READ = "the endpoint cannot read by its id what it has created, so it cannot be managed; use another endpoint"


_LISTS_NOT = "the endpoint does not list what it has created, so nothing could be found again; use another endpoint"


_DROPS_METADATA = (
    "the endpoint does not keep metadata, without which an assistant cannot be found again; use another endpoint,"
    " or the server behind it where it is a proxy"
)


def _wanted(change: Change) -> Definition:
    if change.definition is None:
        raise TypeError(f"{change.action} of {change.key!r} has no definition")
    return change.definition


def _found(change: Change) -> Assistant:
    if change.assistant is None:
        raise TypeError(f"{change.action} of {change.key!r} has no assistant")
    return change.assistant


def _failed(change: Change, error: ToolError, found_id: str | None, what: str = "") -> Outcome:
    """`what` says what was done nevertheless; without it, a request that was not sent at all is not done."""
    fate = error.fate if isinstance(error, EndpointError) else Fate.REJECTED
    not_sent = Status.UNKNOWN if what else Status.SKIPPED
    status = Status.UNKNOWN if fate.in_doubt else not_sent if fate is Fate.STOPPED else Status.FAILED
    message = f"{what}: {error}" if what else str(error)
    return Outcome(change, status, found_id, f"{message}; {_SETTLES}" if status is Status.UNKNOWN else message)


def _unknown(change: Change, why: object) -> Outcome:
    return Outcome(change, Status.UNKNOWN, change.id, f"{why}; {_SETTLES}")
