"""The first write of a kind is proved before a second is sent, an endpoint that lags is given time, and what was wrong is put back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.endpoint import Parallelism
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.making import make_release
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Options
from tests.clocks import without_waiting
from tests.fakes import MemoryEndpoint, Object, dropping, keeps_all
from tests.test_applying import OTHER, POLICY, SCOPE, WHOLE, ambiguous, applied, definition, ours, planned, statuses

PATIENT = Policy(settle_seconds=0.0, lag_seconds=5.0)


def writes(endpoint: MemoryEndpoint) -> list[str]:
    return [one for one in endpoint.log if not one.startswith("GET")]


# --- a listing that lags


class Lagging(MemoryEndpoint):
    """Lists what it held `lag` seconds ago; what is read by its id is as it is."""

    def __init__(self, lag: float, *bodies: Object, **how: Any) -> None:
        self.lag = lag
        self._now = 0.0
        self.past: list[tuple[float, dict[str, Object]]] = []
        super().__init__(*bodies, **how)
        self.past = [(-lag, dict(self.objects))]

    @property
    def now(self) -> float:
        """By the clock of whoever asks; it never goes back."""
        with contextlib.suppress(RuntimeError):  # nobody runs
            self._now = max(self._now, asyncio.get_running_loop().time())
        return self._now

    def put(self, body: Object) -> str:
        new_id = super().put(body)
        self.past.append((self.now, dict(self.objects)))
        return new_id

    async def delete(self, assistant_id: str) -> None:
        await super().delete(assistant_id)
        self.past.append((self.now, dict(self.objects)))

    async def listing(self) -> Listing:
        await super().listing()
        seen = [held for at, held in self.past if at <= self.now - self.lag]
        return Listing(tuple(Assistant(dict(one)) for one in seen[-1].values()), self.incomplete)


@pytest.mark.parametrize("held", [(), (OTHER,)], ids=["empty", "metadata is seen"])
def test_a_create_that_is_not_listed_yet_is_neither_undone_nor_called_removed(held: tuple[Object, ...]) -> None:
    endpoint = Lagging(0.6, *held)
    wanted = [definition("a"), definition("b")]
    outcomes = applied(endpoint, *wanted, policy=PATIENT)
    assert [(one.status, one.message) for one in outcomes] == [(Status.DONE, "")] * 2
    assert writes(endpoint) == ["POST", "POST"]
    assert planned(endpoint, *wanted).is_empty


def test_a_create_that_is_not_listed_in_time_is_named() -> None:
    endpoint = Lagging(60, OTHER)
    outcomes = applied(endpoint, definition("a"), policy=POLICY)
    said = "it is not listed yet; wait before the next apply, which would create it again"
    assert [(one.status, one.id, one.message) for one in outcomes] == [(Status.DONE, "asst_2", said)]


def test_a_first_create_that_never_is_listed_is_undone_after_a_while() -> None:
    endpoint = Lagging(60)
    outcomes = applied(endpoint, definition("a"), definition("b"), policy=PATIENT)
    (_, made, undone) = (at for at, _ in endpoint.past)
    assert 5.0 <= undone - made < 6.0
    assert statuses(outcomes) == [("a", Status.FAILED), ("b", Status.SKIPPED)]
    assert "does not list what it has created" in outcomes[0].message
    assert writes(endpoint) == ["POST", "DELETE asst_1"]


def test_asked_to_stop_while_a_create_is_not_listed_yet_it_is_not_judged() -> None:
    async def run() -> tuple[Outcome, ...]:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, stop.set)
        return await asyncio.wait_for(apply(plan, endpoint, PATIENT, stop=stop), 3)

    endpoint = Lagging(60)
    plan = planned(endpoint, definition("a"), definition("b"))
    outcomes = without_waiting(run())
    assert statuses(outcomes) == [("a", Status.UNKNOWN), ("b", Status.SKIPPED)]
    assert "could not be checked: stopped before it could be checked; the next apply shows" in outcomes[0].message
    assert writes(endpoint) == ["POST"]


@pytest.mark.parametrize("held", [(), (OTHER,)], ids=["empty", "metadata is seen"])
def test_a_create_whose_answer_was_lost_is_not_sent_again_before_it_can_be_listed(held: tuple[Object, ...]) -> None:
    """Where the first create has shown the lag, and where only the listing that is to settle the second shows it."""
    endpoint = Lagging(0.5, *held, faults={"create": [None, ambiguous()]})
    wanted = [definition("a"), definition("b")]
    assert statuses(applied(endpoint, *wanted, policy=PATIENT)) == [("a", Status.DONE), ("b", Status.DONE)]
    assert writes(endpoint) == ["POST", "POST"]
    assert planned(endpoint, *wanted).is_empty


def test_a_listing_that_stays_behind_settles_nothing() -> None:
    endpoint = Lagging(60, OTHER, faults={"create": [None, ambiguous()]})
    outcomes = applied(endpoint, definition("a"), definition("b"))
    assert statuses(outcomes) == [("a", Status.DONE), ("b", Status.UNKNOWN)]
    assert writes(endpoint) == ["POST", "POST"]


def test_where_the_listing_lags_a_second_of_a_key_is_left_to_the_next_apply() -> None:
    """Another run's, listed at once; ours is older by its id, and not listed yet."""

    class Raced(Lagging):
        async def create(self, body: Any) -> Assistant:
            made = await super().create(body)
            if made.mark and made.mark.key == "b":
                self.objects["asst_9"] = {**self.objects[made.id], "id": "asst_9"}
            return made

        async def listing(self) -> Listing:
            found = await super().listing()
            other = [Assistant(dict(one)) for one in self.objects.values() if one["id"] == "asst_9"]
            return Listing((*found.assistants, *other))

    endpoint = Raced(60, OTHER)
    _, outcome = applied(endpoint, definition("a"), definition("b"))
    assert (outcome.status, outcome.id) == (Status.DONE, "asst_3")
    assert outcome.message == (
        "it was created more than once; asst_3 stays, the next apply removes asst_9 (the endpoint lists new assistants late)"
    )
    assert {"asst_3", "asst_9"} <= set(endpoint.objects)


def test_one_that_is_deleted_and_listed_still_is_deleted_once_more_without_harm() -> None:
    endpoint = Lagging(0.3, ours("a"), ours("b"))
    assert statuses(applied(endpoint, definition("b"))) == [("a", Status.DONE)]
    again = applied(endpoint, definition("b"), policy=PATIENT)
    assert statuses(again) == [("a", Status.DONE)]
    assert set(endpoint.objects) == {"asst_2"}


class Routeless(MemoryEndpoint):
    """There is no path of one assistant at all, so that what asks for one is answered 404: to the tool, it is gone."""

    async def get(self, assistant_id: str) -> None:
        await super().get(assistant_id)

    async def delete(self, assistant_id: str) -> None:
        self.log.append(f"DELETE {assistant_id}")


def test_where_neither_read_nor_delete_exist_nothing_is_called_deleted() -> None:
    """It stays in the list, and the next one is not even tried."""
    endpoint = Routeless(ours("a"), ours("b"))
    first, second = applied(endpoint, policy=replace(PATIENT, lag_seconds=0.0, parallelism=Parallelism.fixed(1)))
    assert (first.status, second.status) == (Status.FAILED, Status.SKIPPED)
    assert first.message == (
        "asst_1 is still listed after a DELETE, and is not found by its id: this endpoint cannot delete it; do so by other means"
    )
    assert writes(endpoint) == ["DELETE asst_1"]


def test_where_a_delete_cannot_be_seen_it_is_unknown() -> None:
    endpoint = Routeless(ours("a"), faults={"listing": [None, None, EndpointError("GET: 500", Fate.AMBIGUOUS)]})
    (outcome,) = applied(endpoint, policy=replace(PATIENT, lag_seconds=0.0))
    assert outcome.status is Status.UNKNOWN
    assert "whether it is gone could not be checked (GET: 500)" in outcome.message


def test_what_another_run_may_have_removed_is_not_called_unreadable_on_half_a_listing() -> None:
    """It is not read, and whether there is another of its key could not be checked: nothing is undone for that."""
    endpoint = Routeless(OTHER, faults={"listing": [None, EndpointError("GET: 500", Fate.AMBIGUOUS)]})
    (outcome,) = applied(endpoint, definition("a"), policy=replace(PATIENT, lag_seconds=0.0))
    assert (outcome.status, outcome.id) == (Status.UNKNOWN, "asst_2")
    assert "whether it can be managed here could not be checked: GET: 500" in outcome.message
    assert writes(endpoint) == ["POST"]


# --- the first write to what was there before

HAND: Object = {"model": "gpt-4o", "instructions": "By hand.", "metadata": {"by": "hand"}, "temperature": 0.3}


def adopting(count: int) -> tuple[list[Object], list[Definition]]:
    """Assistants that were made by hand, and definitions that take them over and change them."""
    held = [{**HAND, "name": f"Bot {number}"} for number in range(count)]
    return held, [definition(f"k{number}", name=f"Bot {number}", instructions="New.") for number in range(count)]


ADOPTING = Options(whole=True, adopt=True)


def adopted(endpoint: MemoryEndpoint, *definitions: Definition, **how: Any) -> tuple[Outcome, ...]:
    return asyncio.run(apply(planned(endpoint, *definitions, options=ADOPTING), endpoint, POLICY, **how))


def clearing_metadata(body: Object) -> Object:
    return {**body, "metadata": {}}


FORGETS: dict[str, tuple[Callable[[Object], Object], str]] = {
    "leaves metadata as it was": (dropping("metadata"), "asst_1 is as it was before"),
    "takes metadata away": (
        clearing_metadata,
        "asst_1 could not be put back completely (metadata.by): the backup of this run has it as it was",
    ),
}


@pytest.mark.parametrize(("on_update", "said"), FORGETS.values(), ids=FORGETS)
def test_where_metadata_is_forgotten_one_adoption_is_tried_and_put_back(
    on_update: Callable[[Object], Object], said: str
) -> None:
    held, definitions = adopting(4)
    endpoint = MemoryEndpoint(*held, on_update=on_update)
    before = dict(endpoint.objects)
    outcomes = adopted(endpoint, *definitions)
    assert [one.status for one in outcomes] == [Status.FAILED, *[Status.SKIPPED] * 3]
    assert outcomes[0].message.startswith("the endpoint does not keep metadata")
    assert outcomes[0].message.endswith(f"; {said}")
    assert set(writes(endpoint)) == {"POST asst_1"}
    assert endpoint.objects["asst_1"] == before["asst_1"] | ({"metadata": {}} if "completely" in said else {})
    assert {name: one for name, one in endpoint.objects.items() if name != "asst_1"} == {
        name: one for name, one in before.items() if name != "asst_1"
    }


class Echoing(MemoryEndpoint):
    """Answers an update with what was sent, whatever it keeps."""

    async def update(self, assistant_id: str, body: Any) -> Assistant:
        made = await super().update(assistant_id, body)
        return Assistant({**made.body, **body})


def test_an_answer_that_claims_the_mark_is_no_proof() -> None:
    held, definitions = adopting(2)
    endpoint = Echoing(*held, on_update=dropping("metadata"))
    assert [one.status for one in adopted(endpoint, *definitions)] == [Status.FAILED, Status.SKIPPED]
    assert endpoint.objects["asst_1"]["instructions"] == "By hand."


def test_the_first_update_goes_alone_and_the_others_together() -> None:
    endpoint = MemoryEndpoint(*(ours(key, name="Old") for key in "abc"))
    applied(endpoint, *(definition(key, name="New") for key in "abc"))
    assert endpoint.log[:2] == ["POST asst_1", "GET asst_1"]
    assert sorted(endpoint.log[2:]) == ["POST asst_2", "POST asst_3"]


def test_a_create_proves_nothing_of_updates() -> None:
    endpoint = MemoryEndpoint(ours("b", name="Old"), ours("c", name="Old"), on_update=dropping("metadata"))
    outcomes = applied(endpoint, definition("a"), definition("b", name="New"), definition("c", name="New"))
    assert statuses(outcomes) == [("a", Status.DONE), ("b", Status.FAILED), ("c", Status.SKIPPED)]


def test_an_update_that_is_refused_proves_nothing_and_the_next_is_the_first() -> None:
    endpoint = MemoryEndpoint(
        *(ours(key, name="Old") for key in "abc"), faults={"update": [EndpointError("400 name too long")]}
    )
    outcomes = applied(endpoint, *(definition(key, name="New") for key in "abc"))
    assert [one.status for one in outcomes] == [Status.FAILED, Status.DONE, Status.DONE]
    assert endpoint.log[:3] == ["POST asst_1", "POST asst_2", "GET asst_2"]


@pytest.mark.parametrize(
    ("fault", "status", "said", "name"),
    [
        (EndpointError("405", Fate.NO_VERB), Status.FAILED, "405; asst_1 is as it was before", "Old"),
        (
            ambiguous(),
            Status.UNKNOWN,
            "it was written, but whether it can be managed here could not be checked: the connection was cut; the next apply shows",
            "New",
        ),
    ],
    ids=["cannot read one", "could not read it now"],
)
def test_where_the_first_update_cannot_be_read_no_other_is_sent(
    fault: EndpointError, status: Status, said: str, name: str
) -> None:
    endpoint = MemoryEndpoint(*(ours(key, name="Old") for key in "ab"), faults={"get": [fault]})
    outcomes = applied(endpoint, *(definition(key, name="New") for key in "ab"))
    assert [(one.status, one.message) for one in outcomes] == [(status, said), (Status.SKIPPED, "")]
    assert endpoint.objects["asst_1"]["name"] == name


def test_what_cannot_be_put_back_is_said_to_be() -> None:
    held, definitions = adopting(1)
    endpoint = MemoryEndpoint(*held, on_update=dropping("metadata"), faults={"update": [None, ambiguous()]})
    (outcome,) = adopted(endpoint, *definitions)
    assert outcome.message.endswith(
        "; asst_1 could not be put back (the connection was cut): the backup of this run has it as it was"
    )


def test_one_that_is_deleted_before_it_is_proved_does_not_end_the_run() -> None:
    class Deleted(MemoryEndpoint):
        async def update(self, assistant_id: str, body: Any) -> Assistant:
            made = await super().update(assistant_id, body)
            if assistant_id == "asst_1":
                del self.objects[assistant_id]
            return made

    endpoint = Deleted(ours("a", name="Old"), ours("b", name="Old"))
    outcomes = applied(endpoint, definition("a", name="New"), definition("b", name="New"))
    assert statuses(outcomes) == [("a", Status.FAILED), ("b", Status.DONE)]
    assert outcomes[0].message == "asst_1 was deleted meanwhile; plan again"


class Stale(MemoryEndpoint):
    """For a while, reads what was there before an update."""

    def __init__(self, reads: int, *bodies: Object) -> None:
        super().__init__(*bodies)
        self.reads, self.old = reads, {name: Assistant(dict(one)) for name, one in self.objects.items()}

    async def get(self, assistant_id: str) -> Assistant | None:
        found = await super().get(assistant_id)
        self.reads -= 1
        return self.old[assistant_id] if self.reads >= 0 else found


def test_a_read_that_lags_is_done_again() -> None:
    endpoint = Stale(2, ours("a", name="Old"))
    (outcome,) = applied(endpoint, definition("a", name="New"), policy=PATIENT)
    assert (outcome.status, outcome.message) == (Status.DONE, "")
    assert endpoint.objects["asst_1"]["name"] == "New"


def test_another_run_s_mark_proves_that_marks_are_kept() -> None:
    class Faster(MemoryEndpoint):
        async def update(self, assistant_id: str, body: Any) -> Assistant:
            made = await super().update(assistant_id, body)
            if len(self.log) == 1:
                mark = Mark("acme", "prod", "a", sent="1:0123456789abcdef")
                self.objects[assistant_id] |= {"metadata": {MARK_KEY: mark.encode()}}
            return made

    endpoint = Faster(ours("a", name="Old"))
    (outcome,) = applied(endpoint, definition("a", name="New"))
    assert outcome.status is Status.DONE


# --- releases


def released(endpoint: MemoryEndpoint) -> tuple[Outcome, ...]:
    listing = asyncio.run(endpoint.listing())
    found = [one for one in listing.assistants if one.mark]
    endpoint.log.clear()
    return asyncio.run(apply(make_release(found, listing, SCOPE), endpoint, POLICY))


def resetting(*, temperature: float = 1) -> Callable[[Object], Object]:
    """A server that sets back to its default what an update leaves out."""
    return lambda body: {"temperature": temperature, "top_p": 1, **body}


def held(key: str, **members: Any) -> Object:
    return {**ours(key), "temperature": 0.3, "tools": [{"type": "code_interpreter"}], "name": "Bot", **members}


def test_a_release_changes_nothing_else_where_an_update_resets_what_it_leaves_out() -> None:
    endpoint = MemoryEndpoint(held("a"), held("b"), on_update=resetting())
    before = {name: {**one, "metadata": {}} for name, one in endpoint.objects.items()}
    assert [(one.status, one.message) for one in released(endpoint)] == [(Status.DONE, "")] * 2
    assert endpoint.objects == before


def test_what_a_release_changes_all_the_same_is_named() -> None:
    endpoint = MemoryEndpoint(held("a"), on_update=lambda body: {**body, "temperature": 1})
    (outcome,) = released(endpoint)
    assert (outcome.status, outcome.message) == (
        Status.DONE,
        "the endpoint also changed: temperature; set it back by hand",
    )


def test_where_nothing_can_be_released_one_is_tried() -> None:
    class Merging(MemoryEndpoint):
        async def update(self, assistant_id: str, body: Any) -> Assistant:
            pairs = {**self.objects[assistant_id]["metadata"], **body["metadata"]}
            return await super().update(assistant_id, {**body, "metadata": pairs})

    endpoint = Merging(held("a"), held("b"))
    before = dict(endpoint.objects)
    outcomes = released(endpoint)
    assert statuses(outcomes) == [("a", Status.FAILED), ("b", Status.SKIPPED)]
    assert outcomes[0].message == (
        "the endpoint keeps the mark of asst_1: it merges metadata, so nothing can be released there; "
        "asst_1 is as it was before"
    )
    assert endpoint.objects == before


def test_a_release_that_takes_other_metadata_with_it_is_put_back() -> None:
    pairs = {**ours("a")["metadata"], "team": "red"}

    def forgetting(body: Object) -> Object:
        return body if MARK_KEY in body["metadata"] else clearing_metadata(body)

    endpoint = MemoryEndpoint(held("a", metadata=pairs), held("b"), on_update=forgetting)
    before = dict(endpoint.objects)
    outcomes = released(endpoint)
    assert statuses(outcomes) == [("a", Status.FAILED), ("b", Status.SKIPPED)]
    assert endpoint.objects == before


# --- what is ignored is left as it is

WARM = frozenset({"temperature"})


def test_an_ignored_field_that_an_update_resets_is_set_back() -> None:
    endpoint = MemoryEndpoint(*(held(key) for key in "ab"), on_update=resetting())
    outcomes = applied(endpoint, *(definition(key, name="New", ignore=WARM) for key in "ab"))
    assert [(one.status, one.message) for one in outcomes] == [(Status.DONE, "")] * 2
    assert [one["temperature"] for one in endpoint.objects.values()] == [0.3, 0.3]
    # The first has shown it: the second sends it at once. Each is read just before it is written; the first, after it, too.
    assert endpoint.log == ["GET asst_1", "POST asst_1", "GET asst_1", "POST asst_1", "GET asst_2", "POST asst_2"]


def test_an_ignored_field_that_cannot_be_set_back_is_named() -> None:
    endpoint = MemoryEndpoint(held("a"), on_update=lambda body: {**body, "temperature": 1})
    (outcome,) = applied(endpoint, definition("a", name="New", ignore=WARM))
    assert (outcome.status, outcome.message) == (
        Status.DONE,
        "the endpoint also changed, and did not let it be set back: temperature; do so by hand",
    )


def test_a_field_that_is_ignored_and_at_its_default_is_kept_there() -> None:
    endpoint = MemoryEndpoint(held("a", temperature=1), on_update=lambda body: {"temperature": 0.7, **body})
    applied(endpoint, definition("a", name="New", ignore=WARM))
    assert endpoint.objects["asst_1"]["temperature"] == 1


@pytest.mark.parametrize("ignored", ["metadata", "metadata.count"])
def test_a_counter_under_ignore_is_not_set_back(ignored: str) -> None:
    """It is taken from a read just before the write, not from the listing."""
    endpoint = MemoryEndpoint(ours("a", name="Old"))
    pairs = endpoint.objects["asst_1"]["metadata"]
    pairs["count"] = "1"
    plan = planned(endpoint, definition("a", name="New", ignore=frozenset({ignored})))
    endpoint.objects["asst_1"]["metadata"] = {**pairs, "count": "7"}
    (outcome,) = asyncio.run(apply(plan, endpoint, POLICY))
    assert outcome.status is Status.DONE
    assert endpoint.objects["asst_1"]["metadata"]["count"] == "7"


@pytest.mark.parametrize(
    ("fault", "status", "sent"),
    [
        (EndpointError("405", Fate.NO_VERB), Status.FAILED, 2),
        (ambiguous(), Status.FAILED, 0),
        (EndpointError("stopped", Fate.STOPPED), Status.SKIPPED, 0),
    ],
    ids=["no such operation", "no answer", "stopped"],
)
def test_where_what_is_ignored_cannot_be_read_nothing_is_written(
    fault: EndpointError, status: Status, sent: int
) -> None:
    """Where the endpoint cannot read one by its id, the proof puts it back."""
    endpoint = MemoryEndpoint(held("a"), faults={"get": [fault, fault]})
    (outcome,) = applied(endpoint, definition("a", name="New", ignore=WARM))
    assert (outcome.status, len(writes(endpoint))) == (status, sent)
    assert endpoint.objects["asst_1"]["name"] == "Bot"


# --- 500, every time


def broken(tries: int = 6, *, ended: bool = True) -> EndpointError:
    return EndpointError("POST /assistants: 500 oops", Fate.AMBIGUOUS, tries=tries, ended=ended)


class After(MemoryEndpoint):
    """Does what an update asks for, and then raises what is to be raised."""

    async def update(self, assistant_id: str, body: Any) -> Assistant:
        fault = self.faults.get("after") and self.faults["after"].pop(0)
        made = await super().update(assistant_id, body)
        if fault:
            raise fault
        return made


NOTHING = "POST /assistants: 500 oops; after 6 tries, nothing changed"
BROKEN: dict[str, tuple[str, list[EndpointError | None], list[EndpointError | None], Status, str]] = {
    "and nothing changed": ("update", [broken()], [], Status.FAILED, NOTHING),
    "and it was done": ("after", [broken()], [], Status.DONE, ""),
    "and a connection was cut between": (
        "update",
        [broken(ended=False)],
        [],
        Status.UNKNOWN,
        "POST /assistants: 500 oops; the next apply settles it",
    ),
    "and it cannot be read": (
        "update",
        [broken()],
        [ambiguous()],
        Status.UNKNOWN,
        "POST /assistants: 500 oops; the next apply settles it",
    ),
}


@pytest.mark.parametrize(("call", "faults", "reads", "status", "said"), BROKEN.values(), ids=BROKEN)
def test_an_update_that_is_answered_with_500_every_time(
    call: str, faults: list[EndpointError | None], reads: list[EndpointError | None], status: Status, said: str
) -> None:
    endpoint = After(ours("a", name="Old"), faults={call: faults, "get": reads})
    (outcome,) = applied(endpoint, definition("a", name="New"))
    assert (outcome.status, outcome.message) == (status, said)


def test_a_create_that_is_answered_with_500_every_time_has_failed() -> None:
    endpoint = MemoryEndpoint(OTHER, faults={"create": [broken(1) for _ in range(9)]}, effect=False)
    (outcome,) = applied(endpoint, definition("a"))
    assert (outcome.status, outcome.id) == (Status.FAILED, None)
    assert outcome.message == "POST /assistants: 500 oops; after 4 tries, nothing changed"


def test_a_create_that_was_cut_once_may_still_happen_whatever_came_after() -> None:
    faults: list[EndpointError | None] = [ambiguous(), *(broken(1) for _ in range(9))]
    endpoint = MemoryEndpoint(OTHER, faults={"create": faults}, effect=False)
    (outcome,) = applied(endpoint, definition("a"))
    assert outcome.status is Status.UNKNOWN


def test_a_create_that_is_refused_after_500_has_failed_with_both_reasons() -> None:
    faults: list[EndpointError | None] = [broken(1), EndpointError("400 name too long")]
    endpoint = MemoryEndpoint(OTHER, faults={"create": faults}, effect=False)
    (outcome,) = applied(endpoint, definition("a"))
    assert (outcome.status, outcome.message) == (
        Status.FAILED,
        "400 name too long; an earlier try: POST /assistants: 500 oops; after 2 tries, nothing changed",
    )


def test_a_delete_that_is_answered_with_500_every_time_has_failed() -> None:
    endpoint = MemoryEndpoint(ours("a"), faults={"delete": [broken()]})
    (outcome,) = applied(endpoint)
    assert (outcome.status, outcome.message) == (Status.FAILED, NOTHING)


# --- where updates do not exist


def test_a_create_that_cannot_be_finished_is_the_last_and_then_nobodys_change() -> None:
    gone: list[EndpointError | None] = [EndpointError("405 no such operation", Fate.NO_VERB) for _ in range(9)]
    endpoint = MemoryEndpoint(OTHER, on_create=dropping("top_p"), faults={"update": gone})
    wanted = [definition(key, top_p=0.5) for key in "abc"]
    outcomes = applied(endpoint, *wanted)
    assert [one.status for one in outcomes] == [Status.FAILED, Status.SKIPPED, Status.SKIPPED]
    assert outcomes[0].message.endswith("what the endpoint made of it could not be recorded: 405 no such operation")
    (change,) = planned(endpoint, *wanted).of(Action.UPDATE)
    assert change.reason == "changed on the endpoint, or not finished by the last run"


def test_where_updates_do_not_exist_one_is_tried() -> None:
    gone: list[EndpointError | None] = [EndpointError("405 no such operation", Fate.NO_VERB) for _ in range(9)]
    endpoint = MemoryEndpoint(*(ours(key, name="Old") for key in "abc"), faults={"update": gone})
    outcomes = applied(endpoint, *(definition(key, name="New") for key in "abc"))
    assert [(one.status, one.message) for one in outcomes] == [
        (Status.FAILED, "405 no such operation"),
        (Status.SKIPPED, ""),
        (Status.SKIPPED, ""),
    ]


def test_what_the_last_run_did_not_finish_is_finished() -> None:
    """It was killed between the creates and the notes of what the endpoint made of them."""
    endpoint = MemoryEndpoint(OTHER, on_create=dropping("top_p"), on_update=dropping("top_p"))
    wanted = [definition(key, top_p=0.5) for key in "ab"]
    applied(endpoint, wanted[0])
    mark = Mark("acme", "prod", "b", sent=wanted[1].digest)
    endpoint.put({"model": "gpt-4o", "metadata": {MARK_KEY: mark.encode()}})
    (change,) = planned(endpoint, *wanted).of(Action.UPDATE)
    assert (change.reason, change.differences) == ("not finished by the last run", ())
    assert statuses(applied(endpoint, *wanted)) == [("b", Status.DONE)]
    assert planned(endpoint, *wanted).is_empty


# --- what is said of what is not kept


@pytest.mark.parametrize(
    ("before", "after", "server", "not_kept", "still_there"),
    [
        ({}, {"top_p": 0.5}, dropping("top_p"), "top_p", ""),
        (
            {"tools": [{"type": "code_interpreter"}]},
            {},
            lambda body: {name: one for name, one in body.items() if one != []},
            "",
            "tools",
        ),
        ({"metadata": {"a": "b"}}, {}, keeps_all, "", ""),
    ],
    ids=["dropped", "not cleared", "cleared"],
)
def test_an_update_tells_what_is_not_kept_from_what_is_still_there(
    before: Object, after: Object, server: Callable[[Object], Object], not_kept: str, still_there: str
) -> None:
    endpoint = MemoryEndpoint(OTHER)
    applied(endpoint, definition("a", **before))
    endpoint.on_update = server
    (outcome,) = applied(endpoint, definition("a", name="New", **after))
    assert (outcome.not_kept, outcome.still_there) == (not_kept, still_there)


def test_the_next_edit_shows_nothing_of_what_is_known_not_to_be_kept() -> None:
    drop = dropping("top_p")
    endpoint = MemoryEndpoint(OTHER, on_create=drop, on_update=drop)
    applied(endpoint, definition("a", top_p=0.5))
    renamed = definition("a", top_p=0.5, name="New")
    (change,) = planned(endpoint, renamed, options=Options(whole=True, fail_on_risk=True)).changes
    assert [one.path for one in change.differences] == ["name"]
    applied(endpoint, renamed)
    assert planned(endpoint, renamed).is_empty
    assert planned(endpoint, renamed, options=WHOLE).changes[0].notes == ("the endpoint does not keep: top_p",)


def test_what_is_another_after_each_write_is_named_as_ignore_takes_it() -> None:
    stamps = itertools.count()

    def stamping(body: Object) -> Object:
        described = {"name": "f", "description": f"Version {next(stamps)}"}
        return {**body, "tools": [{"type": "function", "function": described}]}

    endpoint = MemoryEndpoint(OTHER, on_create=stamping, on_update=stamping)
    (outcome,) = applied(endpoint, definition("a", tools=[{"type": "function", "function": {"name": "f"}}]))
    assert (outcome.status, outcome.message) == (
        Status.DONE,
        "tools changes with each write: put it under `ignore`",
    )
