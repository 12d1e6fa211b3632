"""Apply over an endpoint in memory: what is written, how often, and what is said of it."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pytest

from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.errors import EndpointError, Fate, ToolError
from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.endpoint import Parallelism
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Options, Plan
from tests.clocks import without_waiting
from tests.fakes import MemoryEndpoint, cutting, dropping
from tests.tables import cases

SCOPE = Scope("acme", "prod", frozenset({"prod"}))
WHOLE = Options(whole=True, prune=True)
POLICY = Policy(settle_seconds=0.0, lag_seconds=0.0)
OTHER = {"name": "Other", "metadata": {"by": "hand"}}  # proves that metadata is kept


def definition(
    key: str, *, adopt: str | Literal[False] | None = None, ignore: frozenset[str] = frozenset(), **fields: Any
) -> Definition:
    return Definition(key, {"model": "gpt-4o", **fields}, adopt=adopt, ignore=ignore)


def planned(endpoint: MemoryEndpoint, *definitions: Definition, options: Options = WHOLE) -> Plan:
    listing = asyncio.run(endpoint.listing())
    endpoint.log.clear()
    return make_plan(definitions, listing, SCOPE, options)


def applied(
    endpoint: MemoryEndpoint, *definitions: Definition, policy: Policy = POLICY, **how: Any
) -> tuple[Outcome, ...]:
    return without_waiting(apply(planned(endpoint, *definitions), endpoint, policy, **how))


def statuses(outcomes: tuple[Outcome, ...]) -> list[tuple[str, Status]]:
    return [(one.change.key, one.status) for one in outcomes]


def ambiguous() -> EndpointError:
    return EndpointError("the connection was cut", Fate.AMBIGUOUS)


def ours(key: str, **members: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "metadata": {MARK_KEY: Mark("acme", "prod", key).encode()}, **members}


def test_applying_then_planning_leaves_nothing() -> None:
    endpoint = MemoryEndpoint(OTHER)
    wanted = [definition("a", name="A", temperature=0), definition("b", tools=[{"type": "code_interpreter"}])]
    assert statuses(applied(endpoint, *wanted)) == [("a", Status.DONE), ("b", Status.DONE)]
    assert planned(endpoint, *wanted).is_empty


def test_creates_and_updates_come_before_deletes() -> None:
    endpoint = MemoryEndpoint(OTHER, ours("old"), ours("a"))
    applied(endpoint, definition("a", name="A"), definition("new"))
    assert [one for one in endpoint.log if "GET" not in one] == ["POST", "POST asst_3", "DELETE asst_2"]


def test_the_first_create_goes_alone_until_it_is_proved_manageable() -> None:
    """Read back by id and found in a list, before the second is sent."""
    endpoint = MemoryEndpoint()
    applied(endpoint, definition("a"), definition("b"))
    assert endpoint.log == ["POST", "GET asst_1", "GET list", "POST", "GET list"]


def test_where_the_listing_shows_metadata_reading_back_is_proof_enough() -> None:
    endpoint = MemoryEndpoint(OTHER)
    applied(endpoint, definition("a"), definition("b"))
    assert endpoint.log == ["POST", "GET asst_2", "POST", "GET list"]


def test_a_run_that_created_nothing_does_not_look_again() -> None:
    endpoint = MemoryEndpoint(ours("a", name="Old"), ours("gone"))
    applied(endpoint, definition("a", name="New"))
    assert endpoint.log == ["POST asst_1", "GET asst_1", "GET asst_2", "DELETE asst_2", "GET asst_2"]


# The last two were met with LiteLLM's proxy: what another way has put behind it, or even the tool itself, is listed with its metadata.
@pytest.mark.parametrize(
    "held", [(), (OTHER,), (ours("old"), ours("changed"))], ids=["empty", "another's metadata", "marks"]
)
@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        ({"on_create": dropping("metadata"), "on_update": dropping("metadata")}, "does not keep metadata"),
        ({"on_create": cutting(20), "on_update": cutting(20)}, "does not keep metadata"),
        # The names are left of the mark, and so it says whose it is; what was sent is in the part that is gone.
        ({"on_create": cutting(64), "on_update": cutting(64)}, "does not keep metadata"),
        ({"faults": {"get": [EndpointError("405", Fate.NO_VERB)]}}, "405"),
    ],
    ids=["drops metadata", "cuts the names of marks off", "cuts the rest of marks off", "cannot read one"],
)
def test_an_endpoint_that_cannot_be_managed_is_left_as_it_was(
    held: tuple[dict[str, Any], ...], faulty: dict[str, Any], words: str
) -> None:
    endpoint = MemoryEndpoint(*held, **faulty)
    before = dict(endpoint.objects)
    outcomes = applied(endpoint, definition("a"), definition("b"), definition("changed", name="New"))
    assert outcomes[0].status is Status.FAILED
    assert {one.status for one in outcomes[1:]} == {Status.SKIPPED}
    assert words in outcomes[0].message
    assert "was removed" in outcomes[0].message
    assert endpoint.objects == before
    assert endpoint.log.count("POST") == 1


def test_an_update_whose_mark_is_dropped_has_failed() -> None:
    """Seen behind LiteLLM's pass-through, which takes metadata out of what it forwards; the next apply is not told that all is well."""
    endpoint = MemoryEndpoint(ours("a"), on_update=dropping("metadata"))
    (outcome,) = applied(endpoint, definition("a", name="New"))
    assert outcome.status is Status.FAILED
    assert "does not keep metadata" in outcome.message


@pytest.mark.parametrize("faults", [[], [ambiguous()]], ids=["also on update", "and cannot be updated"])
def test_a_create_that_alone_lost_its_mark_is_undone(faults: list[EndpointError | None]) -> None:
    """Seen behind LiteLLM's `/vllm`, which keeps metadata for the models that it knows: nothing could tell the next apply whose it is."""

    def only_known(body: dict[str, Any]) -> dict[str, Any]:
        return body if body["model"] == "gpt-4o" else dropping("metadata")(body)

    endpoint = MemoryEndpoint(on_create=only_known, on_update=only_known, faults={"update": faults})
    outcomes = applied(endpoint, definition("a"), definition("b", model="other"), definition("c"))
    assert statuses(outcomes) == [("a", Status.DONE), ("b", Status.FAILED), ("c", Status.DONE)]
    assert "was removed" in outcomes[1].message
    assert {Mark.decode(one["metadata"].get(MARK_KEY)).key for one in endpoint.objects.values()} == {"a", "c"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fate", "advice"),
    [
        (Fate.REJECTED, "delete it by hand (`assistants delete asst_1 --unmanaged`)"),
        (Fate.NO_VERB, "this endpoint cannot delete it: do so by other means"),
    ],
    ids=["refused", "no such operation"],
)
def test_what_cannot_be_undone_is_named_with_advice_that_can_work(fate: Fate, advice: str) -> None:
    endpoint = MemoryEndpoint(on_create=dropping("metadata"), faults={"delete": [EndpointError("no", fate)]})
    (outcome,) = applied(endpoint, definition("a"))
    assert outcome.message.endswith(f"; asst_1, made to find out, could not be removed: {advice}")


@pytest.mark.parametrize(
    "fault", [ambiguous(), EndpointError("stopped", Fate.STOPPED), EndpointError("429", Fate.THROTTLED)], ids=str
)
def test_where_the_proof_cannot_be_had_nothing_is_undone_and_nothing_more_is_made(fault: EndpointError) -> None:
    endpoint = MemoryEndpoint(faults={"get": [fault]})
    outcomes = applied(endpoint, definition("a"), definition("b"))
    assert [(one.status, one.id) for one in outcomes] == [(Status.UNKNOWN, "asst_1"), (Status.SKIPPED, None)]
    assert outcomes[0].message == (
        f"it was created, but whether it can be managed here could not be checked: {fault}; the next apply shows"
    )
    assert endpoint.log == ["POST", "GET asst_1", "GET list"]
    assert statuses(applied(endpoint, definition("a"), definition("b"))) == [("b", Status.DONE)]


def test_what_is_created_first_is_read_and_listed_at_the_same_time() -> None:
    class Together(MemoryEndpoint):
        async def get(self, assistant_id: str) -> Assistant | None:
            async with asyncio.timeout(10):
                await listed.wait()
            return await super().get(assistant_id)

        async def listing(self) -> Listing:
            if "POST" in self.log:
                listed.set()
            return await super().listing()

    listed = asyncio.Event()
    assert statuses(applied(Together(), definition("a"))) == [("a", Status.DONE)]


class Told(MemoryEndpoint):
    """It keeps what ids it was told in the last place."""

    known: Sequence[str] = ("none",)

    async def checked_listing(self, known: Sequence[str] = ()) -> Listing:
        self.known = list(known)
        return await super().checked_listing(known)


def test_the_last_look_knows_which_ids_are_there() -> None:
    """Those that were there and stay, and those that were made, in the order of their answers."""
    endpoint = Told(OTHER, ours("gone"), ours("a"))
    applied(endpoint, *map(definition, "abc"))
    assert endpoint.known == ["asst_1", "asst_3", "asst_4", "asst_5"]


def test_an_endpoint_that_lists_late_is_asked_for_nothing_that_it_may_not_know_yet() -> None:
    class Late(Told):
        async def listing(self) -> Listing:
            found = await super().listing()
            return found if self.log.count("GET list") > 2 else Listing(found.assistants[:1])

    endpoint = Late(OTHER | {"metadata": {}})
    assert statuses(applied(endpoint, definition("a"), policy=Policy(lag_seconds=5.0))) == [("a", Status.DONE)]
    assert endpoint.known == []


def test_where_every_create_ends_in_one_object_only_one_is_created() -> None:
    """A server that keeps one assistant for each account, and writes each that is made over the one before."""

    class Single(MemoryEndpoint):
        async def create(self, body: Any) -> Any:
            return await (self.update("asst_1", body) if "asst_1" in self.objects else super().create(body))

    endpoint = Single()
    outcomes = applied(endpoint, *map(definition, "abc"), policy=Policy(lag_seconds=0.0))
    assert Counter(one.status for one in outcomes) == {Status.DONE: 1, Status.FAILED: 1, Status.SKIPPED: 1}
    assert "a create with asst_1, which this run had just made for another" in outcomes[1].message


THEIRS = OTHER | {"metadata": {MARK_KEY: Mark("theirs", "", "other").encode(), "team": "b"}}


class Upserting(MemoryEndpoint):
    """A server whose create updates the one of that name."""

    async def create(self, body: Any) -> Any:
        return await self.update("asst_1", body)


@cases(
    "faults ending",
    {
        "it can be put back": ([], "; asst_1 is as it was before"),
        "it cannot": (
            [None, EndpointError("refused")],
            "; asst_1 could not be put back (refused): set it right by hand, as it could not be backed up either",
        ),
    },
)
def test_what_a_create_has_changed_is_put_back_also_where_it_cannot_be_kept(
    faults: list[EndpointError | None], ending: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise ToolError("no space left")

    outcomes = applied(Upserting(THEIRS, faults={"update": faults}), definition("a", name="Other"), backup=full)
    assert statuses(outcomes) == [("a", Status.FAILED)]
    assert "a create with asst_1, which was there before" in outcomes[0].message
    assert outcomes[0].message.endswith(ending)


def test_what_a_create_has_changed_is_put_back_and_kept() -> None:
    """Here it is one of another project."""
    endpoint, kept = Upserting(THEIRS), list[Assistant]()
    outcomes = applied(
        endpoint,
        definition("a", name="Other", instructions="Ours."),
        definition("b"),
        backup=lambda one, *_, **__: kept.append(one),
    )
    assert statuses(outcomes) == [("a", Status.FAILED), ("b", Status.SKIPPED)]
    assert "a create with asst_1, which was there before" in outcomes[0].message
    assert outcomes[0].message.endswith("; asst_1 is as it was before")
    assert [one.body["metadata"] for one in kept] == [THEIRS["metadata"]]
    (now,) = endpoint.objects.values()
    assert (now["name"], now["metadata"], now["instructions"] or None) == ("Other", THEIRS["metadata"], None)


class Echoing(MemoryEndpoint):
    """Answers a write with what was sent, whatever it keeps."""

    async def create(self, body: Any) -> Any:
        made = await super().create(body)
        return Assistant({**made.body, **body})

    async def update(self, assistant_id: str, body: Any) -> Any:
        made = await super().update(assistant_id, body)
        return Assistant({**made.body, **body})


def test_an_answer_that_is_not_what_is_kept_is_not_believed() -> None:
    drop = dropping("temperature")
    endpoint = Echoing(OTHER, on_create=drop, on_update=drop)
    wanted = [definition("a", temperature=0.2), definition("b", temperature=0.3)]
    assert [one.not_kept for one in applied(endpoint, *wanted)] == ["temperature", "temperature"]
    assert planned(endpoint, *wanted).is_empty


def test_an_update_of_what_drifted_is_read_back() -> None:
    """Else a server that answers with what was sent, and keeps less, would have the same plan for ever."""
    drop = dropping("temperature")
    wanted = definition("a", temperature=0.2)
    sent = Mark("acme", "prod", "a", sent=wanted.digest).encode()
    endpoint = Echoing({"model": "gpt-4o", "metadata": {MARK_KEY: sent}}, on_update=drop)
    assert planned(endpoint, wanted).changes[0].reason == "changed on the endpoint, or not finished by the last run"
    (outcome,) = applied(endpoint, wanted)
    assert (outcome.status, outcome.not_kept) == (Status.DONE, "temperature")
    assert planned(endpoint, wanted).is_empty


def test_what_changes_at_each_write_is_said_to() -> None:
    stamps = itertools.count()

    def stamping(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "metadata": {**body["metadata"], "at": str(next(stamps))}}

    endpoint = MemoryEndpoint(OTHER, on_create=stamping, on_update=stamping)
    (outcome,) = applied(endpoint, definition("a"))
    assert (outcome.status, outcome.message) == (
        Status.DONE,
        "metadata.at changes with each write: put it under `ignore`",
    )
    ignoring = definition("a", ignore=frozenset({"metadata.at"}))
    applied(endpoint, ignoring)
    assert planned(endpoint, ignoring).is_empty


def test_a_fault_of_ours_in_one_change_takes_no_other_with_it() -> None:
    class Faulty(MemoryEndpoint):
        async def update(self, assistant_id: str, body: Any) -> Any:
            if assistant_id == "asst_1":
                raise ZeroDivisionError("by nothing")
            return await super().update(assistant_id, body)

    endpoint = Faulty(ours("a"), ours("b"))
    outcomes = applied(endpoint, definition("a", name="A"), definition("b", name="B"))
    assert statuses(outcomes) == [("a", Status.UNKNOWN), ("b", Status.DONE)]
    assert "this is a bug in the tool (ZeroDivisionError: by nothing)" in outcomes[0].message


def test_who_hears_of_it_no_more_does_not_end_it() -> None:
    def gone(_: Outcome) -> None:
        raise BrokenPipeError

    endpoint = MemoryEndpoint(OTHER)
    with pytest.raises(BrokenPipeError):
        applied(endpoint, *(definition(f"k{number}") for number in range(30)), observe=gone)
    assert len(endpoint.objects) == 31


def test_a_fault_of_ours_in_the_first_create_is_told_like_any_other() -> None:
    class Faulty(MemoryEndpoint):
        async def create(self, body: Any) -> Any:
            if not self.log:
                self.log.append("POST")
                raise ZeroDivisionError("by nothing")
            return await super().create(body)

    outcomes = applied(Faulty(OTHER), definition("a"), definition("b"))
    assert statuses(outcomes) == [("a", Status.UNKNOWN), ("b", Status.DONE)]


def test_a_field_that_is_dropped_is_named_once_and_does_not_come_back() -> None:
    drop = dropping("top_p", "temperature")
    endpoint = MemoryEndpoint(OTHER, on_create=drop, on_update=drop)
    wanted = definition("a", top_p=0.5, temperature=0.1)
    (outcome,) = applied(endpoint, wanted)
    assert (outcome.status, outcome.not_kept) == (Status.DONE, "top_p, temperature")
    plan = planned(endpoint, wanted)
    assert [one.action for one in plan.changes] == [Action.KEEP]
    assert plan.changes[0].notes == ("the endpoint does not keep: top_p, temperature",)


def test_drift_of_another_field_is_seen_where_one_is_dropped() -> None:
    drop = dropping("top_p")
    endpoint = MemoryEndpoint(OTHER, on_create=drop, on_update=drop)
    wanted = definition("a", top_p=0.5, name="A")
    (outcome,) = applied(endpoint, wanted)
    endpoint.objects[str(outcome.id)]["name"] = "B"
    (change,) = planned(endpoint, wanted).changes
    assert (change.action, change.reason) == (Action.UPDATE, "changed on the endpoint")


def test_another_ignored_field_costs_nothing_where_one_is_dropped() -> None:
    drop = dropping("top_p")
    endpoint = MemoryEndpoint(OTHER, on_create=drop, on_update=drop)
    applied(endpoint, definition("a", top_p=0.5))
    wanted = Definition("a", {"model": "gpt-4o", "top_p": 0.5}, ignore=frozenset({"temperature"}))
    (change,) = planned(endpoint, wanted).changes
    assert (change.action, change.notes) == (Action.KEEP, ("the endpoint does not keep: top_p",))


def test_what_create_drops_and_update_keeps_is_healed() -> None:
    endpoint = MemoryEndpoint(OTHER, on_create=dropping("temperature"))
    wanted = definition("a", temperature=0.1)
    (outcome,) = applied(endpoint, wanted)
    assert (outcome.not_kept, endpoint.objects["asst_2"]["temperature"]) == ("", 0.1)
    assert planned(endpoint, wanted).is_empty


def test_later_drift_back_to_what_create_dropped_is_seen() -> None:
    """The mark must not remember an answer that the endpoint has since corrected."""
    endpoint = MemoryEndpoint({**OTHER, "temperature": 0.5}, on_create=dropping("temperature"))
    wanted = definition("a", temperature=0.1)
    applied(endpoint, wanted)
    endpoint.objects["asst_2"]["temperature"] = 1
    assert planned(endpoint, wanted).changes[0].reason == "changed on the endpoint"


def test_a_line_that_is_deleted_resets_the_field() -> None:
    endpoint = MemoryEndpoint(OTHER)
    applied(endpoint, definition("a", temperature=0.1, name="A"))
    applied(endpoint, definition("a"))
    assert (endpoint.objects["asst_2"]["temperature"], endpoint.objects["asst_2"]["name"]) == (1, None)


def test_where_null_does_not_clear_the_default_itself_is_sent() -> None:
    def ignoring_null(body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if value is not None}

    endpoint = MemoryEndpoint(OTHER, on_update=ignoring_null)
    applied(endpoint, definition("a", temperature=0.1))
    (outcome,) = applied(endpoint, definition("a"))
    assert (outcome.not_kept, endpoint.objects["asst_2"]["temperature"]) == ("", 1)


def test_a_failure_does_not_stop_the_others() -> None:
    endpoint = MemoryEndpoint(OTHER, faults={"create": [EndpointError("400 name too long")]})
    outcomes = applied(endpoint, definition("a"), definition("b"))
    assert statuses(outcomes) == [("a", Status.FAILED), ("b", Status.DONE)]
    assert outcomes[0].message == "400 name too long"


@pytest.mark.parametrize(
    ("fault", "status"),
    [(EndpointError("400"), Status.FAILED), (EndpointError("no answer", Fate.TIMED_OUT), Status.UNKNOWN)],
    ids=["refused", "unknown"],
)
def test_fail_fast_stops_them(fault: EndpointError, status: Status) -> None:
    endpoint = MemoryEndpoint(OTHER, faults={"create": [fault]})
    outcomes = applied(
        endpoint, definition("a"), definition("b"), policy=Policy(parallelism=Parallelism.fixed(1), fail_fast=True)
    )
    assert statuses(outcomes) == [("a", status), ("b", Status.SKIPPED)]


def test_what_was_stopped_before_it_was_sent_is_not_done() -> None:
    endpoint = MemoryEndpoint(ours("a"), faults={"create": [EndpointError("stopped", Fate.STOPPED)]})
    assert statuses(applied(endpoint, definition("a", name="A"), definition("b")))[1] == ("b", Status.SKIPPED)


@pytest.mark.parametrize("effect", [True, False], ids=["it happened", "it did not"])
def test_a_create_of_unknown_fate_is_settled_by_one_listing(effect: bool) -> None:
    endpoint = MemoryEndpoint(OTHER, faults={"create": [ambiguous(), ambiguous()]}, effect=effect)
    outcomes = applied(endpoint, definition("a"), definition("b"))
    assert statuses(outcomes) == [("a", Status.DONE), ("b", Status.DONE)]
    assert len(endpoint.objects) == 3
    assert (2 if effect else 4) == endpoint.log.count("POST")


def test_after_three_rounds_it_stays_unknown() -> None:
    endpoint = MemoryEndpoint(OTHER, faults={"create": [ambiguous() for _ in range(9)]}, effect=False)
    (outcome,) = applied(endpoint, definition("a"))
    assert (outcome.status, endpoint.log.count("POST")) == (Status.UNKNOWN, 4)
    assert outcome.message == "the connection was cut; the next apply settles it"


@pytest.mark.parametrize("effect", [True, False], ids=["it happened", "it did not"])
def test_a_create_that_timed_out_is_not_sent_again(effect: bool) -> None:
    endpoint = MemoryEndpoint(OTHER, faults={"create": [EndpointError("no answer", Fate.TIMED_OUT)]}, effect=effect)
    (outcome,) = applied(endpoint, definition("a"))
    assert (outcome.status, endpoint.log.count("POST")) == (Status.UNKNOWN, 1)


@pytest.mark.parametrize("fate", [Fate.REJECTED, Fate.THROTTLED], ids=["refused", "limited"])
def test_a_second_try_that_fails_says_nothing_of_the_first(fate: Fate) -> None:
    endpoint = MemoryEndpoint(OTHER, faults={"create": [ambiguous(), EndpointError("not now", fate)]}, effect=False)
    (outcome,) = applied(endpoint, definition("a"))
    assert outcome.status is Status.UNKNOWN
    assert outcome.message == "not now; an earlier try: the connection was cut; the next apply settles it"


def test_an_incomplete_listing_settles_nothing() -> None:
    endpoint = MemoryEndpoint(OTHER, faults={"create": [ambiguous()]}, effect=False)
    plan = planned(endpoint, definition("a"))
    endpoint.incomplete = "a page failed"
    (outcome,) = asyncio.run(apply(plan, endpoint, POLICY))
    assert (outcome.status, endpoint.log.count("POST")) == (Status.UNKNOWN, 1)


def test_two_runs_at_once_leave_the_older_one() -> None:
    endpoint = MemoryEndpoint(ours("held"))
    plan = planned(endpoint, definition("held"), definition("a"))
    first = endpoint.put(ours("a"))
    (outcome,) = [one for one in asyncio.run(apply(plan, endpoint, POLICY)) if one.change.key == "a"]
    assert (Status.DONE, first) == (outcome.status, outcome.id)
    assert "created more than once" in outcome.message
    assert [Mark.decode(one["metadata"][MARK_KEY]).key for one in endpoint.objects.values()] == ["held", "a"]  # type: ignore[union-attr]


def test_what_the_last_look_finds_is_not_unknown() -> None:
    """Its first try took effect only after all rounds; of four tries that all did, one is kept."""

    def landing(endpoint: MemoryEndpoint) -> None:
        if endpoint.log.count("POST") == 4 and len(endpoint.objects) == 1:
            endpoint.put(ours("a"))
            endpoint.put(ours("a"))

    endpoint = Raced(landing, OTHER, faults={"create": [ambiguous() for _ in range(9)]}, effect=False)
    *_, outcome = applied(endpoint, definition("a"))
    assert (outcome.status, outcome.id) == (Status.DONE, "asst_2")
    assert outcome.message == "it was created more than once; asst_2 stays, asst_3 removed"
    assert set(endpoint.objects) == {"asst_1", "asst_2"}


def test_where_the_last_look_fails_it_is_said_of_what_was_in_doubt() -> None:
    fault = EndpointError("500 of the list")
    endpoint = MemoryEndpoint(OTHER, faults={"create": [ambiguous()], "listing": [None, None, fault]}, effect=False)
    outcomes = applied(endpoint, definition("a"), definition("b"))
    assert statuses(outcomes) == [("a", Status.DONE), ("b", Status.DONE)]
    assert [one.message for one in outcomes] == [
        "whether it was created twice could not be checked (500 of the list); the next apply settles it",
        "",
    ]


class Raced(MemoryEndpoint):
    """Another run acts just before the listing at the end."""

    def __init__(self, act: Callable[[MemoryEndpoint], object], *bodies: dict[str, Any], **how: Any) -> None:
        super().__init__(*bodies, **how)
        self.act = act

    async def listing(self) -> Listing:
        if "POST" in self.log:
            self.act(self)
        return await super().listing()


def raced(endpoint: Raced, **fields: Any) -> tuple[list[Outcome], Outcome]:
    """What was said of `a`, in turn, and the outcome."""
    heard: list[Outcome] = []
    *_, outcome = applied(endpoint, definition("held"), definition("a", **fields), observe=heard.append)
    return [one for one in heard if one.change.key == "a"], outcome


def test_what_another_run_removed_is_not_said_to_stand() -> None:
    """The other run looked first: ours was the younger, and is gone."""

    def other_run(endpoint: MemoryEndpoint) -> None:
        endpoint.objects["asst_0"] = {**endpoint.objects.pop("asst_2"), "id": "asst_0"}

    heard, outcome = raced(Raced(other_run, ours("held")))
    assert [one.id for one in heard] == ["asst_2", "asst_0"]
    assert (outcome.status, outcome.id) == (Status.DONE, "asst_0")
    assert outcome.message == "it was created more than once; asst_0 stays, asst_2 removed"


def test_what_was_created_and_then_removed_by_others_has_failed() -> None:
    _, outcome = raced(Raced(lambda endpoint: endpoint.objects.pop("asst_2"), ours("held")))
    assert (outcome.status, outcome.id) == (Status.FAILED, None)
    assert outcome.message == "asst_2 was created, but somebody removed it; apply again to recreate it"


def test_what_is_not_listed_yet_is_not_said_to_be_gone() -> None:
    class Behind(MemoryEndpoint):
        async def listing(self) -> Listing:
            found = await super().listing()
            return Listing(tuple(one for one in found.assistants if one.id != "asst_3"), found.incomplete)

    outcomes = applied(Behind(OTHER), definition("a"), definition("b"))
    assert [(one.status, one.id) for one in outcomes] == [(Status.DONE, "asst_2"), (Status.DONE, "asst_3")]
    assert outcomes[1].message == "it is not listed yet; wait before the next apply, which would create it again"


def test_where_another_run_was_first_its_assistant_becomes_what_this_run_wants() -> None:
    def other_run(endpoint: MemoryEndpoint) -> None:
        endpoint.objects.setdefault("asst_0", {**endpoint.objects["asst_2"], "id": "asst_0", "name": "Theirs"})

    endpoint = Raced(other_run, ours("held"))
    heard, outcome = raced(endpoint, name="Mine")
    assert heard[-1] == outcome
    assert (outcome.id, endpoint.objects["asst_0"]["name"]) == ("asst_0", "Mine")
    assert "asst_2 removed" in outcome.message
    assert "asst_2" not in endpoint.objects


def test_what_is_another_runs_is_backed_up_before_it_is_changed() -> None:
    def other_run(endpoint: MemoryEndpoint) -> None:
        endpoint.objects.setdefault("asst_0", {**endpoint.objects["asst_2"], "id": "asst_0", "name": "Theirs"})

    kept: list[tuple[Any, ...]] = []
    endpoint = Raced(other_run, ours("held"))
    applied(
        endpoint,
        definition("held"),
        definition("a", name="Mine"),
        backup=lambda one, _="", *, surplus=False, **_how: kept.append((one.id, one.name, surplus)),
    )
    assert kept == [("asst_0", "Theirs", False), ("asst_2", "Mine", True)]


def test_one_that_another_run_removed_before_its_proof_is_taken_over_from_there() -> None:
    """That run ended first, and ours was the younger. The proof is then the next create's."""

    class Removed(MemoryEndpoint):
        async def create(self, body: Any) -> Any:
            made = await super().create(body)
            if made.id == "asst_2":
                self.objects["asst_0"] = {**self.objects.pop("asst_2"), "id": "asst_0"}
            return made

    endpoint = Removed(OTHER)
    outcomes = applied(endpoint, definition("a"), definition("b"), definition("c"))
    assert [(one.status, one.id) for one in outcomes] == [
        (Status.DONE, "asst_0"),
        (Status.DONE, "asst_3"),
        (Status.DONE, "asst_4"),
    ]
    assert outcomes[0].message == "it was created more than once; asst_0 stays, asst_2 removed"
    assert endpoint.log[:5] == ["POST", "GET asst_2", "GET list", "POST", "GET asst_3"]


def test_an_endpoint_that_cannot_read_one_by_its_id_is_left_as_it_was() -> None:
    class Blind(MemoryEndpoint):
        async def get(self, assistant_id: str) -> Assistant | None:
            await super().get(assistant_id)
            return None

    endpoint = Blind()
    outcomes = applied(endpoint, definition("a"), definition("b"))
    assert statuses(outcomes) == [("a", Status.FAILED), ("b", Status.SKIPPED)]
    assert "cannot read by its id what it has created" in outcomes[0].message
    assert endpoint.objects == {}


def test_what_this_run_made_is_not_removed_for_one_that_it_could_not_take_over() -> None:
    def other_run(endpoint: MemoryEndpoint) -> None:
        endpoint.objects.setdefault("asst_0", {**endpoint.objects["asst_2"], "id": "asst_0", "name": "Theirs"})

    class Third(Raced):
        async def update(self, assistant_id: str, body: Any) -> Any:
            self.objects.pop(assistant_id, None)
            return await super().update(assistant_id, body)

    endpoint = Third(other_run, ours("held"))
    _, outcome = raced(endpoint, name="Mine")
    assert (outcome.status, outcome.id) == (Status.DONE, "asst_2")
    assert "asst_0 has its key, too, and could not be taken over" in outcome.message
    assert "asst_2" in endpoint.objects


def test_what_was_there_at_the_start_is_not_removed_as_surplus_of_this_run() -> None:
    """Its deletion is for a plan to show."""
    endpoint = MemoryEndpoint(ours("held"), ours("x"))
    plan = planned(endpoint, definition("held"), definition("a"))
    endpoint.objects["asst_2"]["metadata"] = {MARK_KEY: Mark("acme", "prod", "a").encode()}
    endpoint.objects["asst_2"]["created_at"] = 5000
    outcomes = asyncio.run(apply(plan, endpoint, POLICY))
    assert [one.status for one in outcomes if one.change.key == "a"] == [Status.DONE]
    assert "DELETE asst_2" not in endpoint.log


def test_once_stopped_no_more_surplus_is_removed() -> None:
    def other_run(endpoint: MemoryEndpoint) -> None:
        for number in (7, 8, 9):
            endpoint.objects[f"asst_{number}"] = {**endpoint.objects["asst_2"], "id": f"asst_{number}"}

    class Stopped(Raced):
        async def delete(self, assistant_id: str) -> None:
            stop.set()
            await super().delete(assistant_id)

    endpoint, stop = Stopped(other_run, ours("held")), asyncio.Event()
    *_, outcome = applied(endpoint, definition("held"), definition("a"), stop=stop)
    assert outcome.message == (
        "it was created more than once; asst_2 stays, asst_7 removed, "
        "the next apply removes asst_8 (stopped), the next apply removes asst_9 (stopped)"
    )


def test_what_a_listing_in_part_does_not_show_is_not_said_to_be_removed() -> None:
    def other_run(endpoint: MemoryEndpoint) -> None:
        hidden.update(endpoint.objects.pop("asst_2"))
        endpoint.objects["asst_3"] = {**hidden, "id": "asst_3", "created_at": 5000}
        endpoint.incomplete = "a page failed"

    hidden: dict[str, Any] = {}
    heard, outcome = raced(Raced(other_run, ours("held")))
    assert heard == [outcome]
    assert (outcome.status, outcome.id, outcome.message) == (Status.DONE, "asst_2", "")


def test_surplus_that_could_not_be_removed_is_told_from_what_was() -> None:
    def other_run(endpoint: MemoryEndpoint) -> None:
        for number in (3, 4):
            new_id = f"asst_{number}"
            endpoint.objects[new_id] = {**endpoint.objects["asst_2"], "id": new_id}

    _, outcome = raced(Raced(other_run, ours("held"), faults={"delete": [ambiguous()]}))
    assert outcome.message == (
        "it was created more than once; asst_2 stays, asst_4 removed, the next apply removes asst_3 (the connection was cut)"
    )


def test_a_create_that_may_still_happen_is_not_said_to_be_not_done() -> None:
    """Stopped between the listing that did not show it and the second try."""

    class Stopping(MemoryEndpoint):
        async def listing(self) -> Listing:
            if "POST" in self.log:
                stop.set()
            return await super().listing()

    endpoint, stop = Stopping(OTHER, faults={"create": [ambiguous()]}, effect=False), asyncio.Event()
    (outcome,) = applied(endpoint, definition("a"), stop=stop)
    assert (outcome.status, endpoint.log.count("POST")) == (Status.UNKNOWN, 1)


def test_cut_off_it_tells_what_was_on_its_way_and_what_was_not() -> None:
    class Silent(MemoryEndpoint):
        async def update(self, assistant_id: str, body: Any) -> Any:
            if assistant_id != "asst_1":
                await asyncio.sleep(600)
            return await super().update(assistant_id, body)

    async def run() -> tuple[Outcome, ...]:
        running = asyncio.create_task(apply(planning, endpoint, Policy(parallelism=Parallelism.fixed(2))))
        await asyncio.sleep(0.05)
        running.cancel()
        return await running

    endpoint = Silent(*(ours(key) for key in "abcd"), ours("gone"))
    planning = planned(endpoint, *(definition(key, name="New") for key in "abcd"))
    outcomes = asyncio.run(run())
    assert [(one.change.id, one.status.value) for one in outcomes] == [
        ("asst_1", "done"),
        ("asst_2", "unknown"),
        ("asst_3", "unknown"),
        ("asst_4", "not done"),
        ("asst_5", "not done"),
    ]
    assert outcomes[1].message == "interrupted before there was an answer; the next apply settles it"


def test_once_stopped_nobody_waits_for_what_may_still_happen() -> None:
    async def run() -> tuple[Outcome, ...]:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        return await asyncio.wait_for(apply(planning, endpoint, Policy(settle_seconds=600), stop=stop), timeout=10)

    endpoint = MemoryEndpoint(OTHER, faults={"create": [ambiguous(), ambiguous()]})
    planning = planned(endpoint, definition("a"), definition("b"))
    assert statuses(asyncio.run(run())) == [("a", Status.DONE), ("b", Status.DONE)], "one listing can be had"


def test_creates_that_are_tried_again_go_alone_too_until_one_is_proved_manageable() -> None:
    endpoint = MemoryEndpoint(
        on_create=dropping("metadata"), faults={"create": [ambiguous(), ambiguous()]}, effect=False
    )
    outcomes = applied(endpoint, definition("a"), definition("b"))
    assert statuses(outcomes) == [("a", Status.FAILED), ("b", Status.UNKNOWN)]
    assert (endpoint.objects, endpoint.log.count("POST")) == ({}, 3)


def test_an_update_without_a_word_may_have_happened() -> None:
    endpoint = MemoryEndpoint(ours("a", name="A"), faults={"update": [ambiguous()]})
    (outcome,) = applied(endpoint, definition("a", name="B"))
    assert outcome.status is Status.UNKNOWN


def test_an_assistant_that_went_meanwhile_is_said_to_be_gone() -> None:
    endpoint = MemoryEndpoint(ours("a", name="A"))
    plan = planned(endpoint, definition("a", name="B"))
    endpoint.objects.clear()
    (outcome,) = asyncio.run(apply(plan, endpoint, POLICY))
    assert (outcome.status, outcome.message) == (
        Status.FAILED,
        "asst_1 was deleted meanwhile; apply again to recreate it",
    )


def test_once_stopped_nothing_new_begins() -> None:
    async def run() -> tuple[Outcome, ...]:
        stop = asyncio.Event()
        stop.set()
        return await apply(planning, endpoint, POLICY, stop=stop)

    endpoint = MemoryEndpoint(OTHER)
    planning = planned(endpoint, definition("a"))
    assert statuses(asyncio.run(run())) == [("a", Status.SKIPPED)]
    assert endpoint.log == []


def test_never_more_at_once_than_allowed() -> None:
    flying, most = 0, 0

    class Slow(MemoryEndpoint):
        async def create(self, body: Any) -> Any:
            nonlocal flying, most
            flying += 1
            most = max(most, flying)
            await asyncio.sleep(0.001)
            flying -= 1
            return await super().create(body)

    applied(Slow(OTHER), *(definition(f"k{n}") for n in range(20)), policy=Policy(parallelism=Parallelism.fixed(4)))
    assert most == 4


def test_the_old_object_is_backed_up_before_it_is_changed() -> None:
    endpoint = MemoryEndpoint(ours("a", name="A"), ours("gone", name="Gone"))
    kept = []
    applied(
        endpoint, definition("a", name="B"), backup=lambda one, _="", **__: kept.append((one.name, len(endpoint.log)))
    )
    assert kept == [("A", 0), ("Gone", 3)]
    assert endpoint.log == ["POST asst_1", "GET asst_1", "GET asst_2", "DELETE asst_2", "GET asst_2"]
