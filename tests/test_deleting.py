"""Nothing is deleted that is not what the plan showed: every delete rests on a read of a moment ago."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.applying.run import apply
from assistants_tool.embedded import store
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.models import APIS
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.endpoint import Parallelism
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.making import make_deletion, make_release
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Plan
from tests.clocks import without_waiting
from tests.conftest import Cli, Write
from tests.fakes import MemoryEndpoint, Object
from tests.hostile import Temper, hostile
from tests.test_applying import OTHER, POLICY, SCOPE, ambiguous, applied, definition, ours, planned, statuses
from tests.trials import definitions, put


def done(plan: Plan, endpoint: MemoryEndpoint) -> Outcome:
    (outcome,) = asyncio.run(apply(plan, endpoint, POLICY))
    return outcome


def deletes(endpoint: MemoryEndpoint) -> list[str]:
    return [one for one in endpoint.log if one.startswith("DELETE")]


# --- what happens between the plan and the delete


def edited(endpoint: MemoryEndpoint) -> None:
    endpoint.objects["asst_1"] |= {"instructions": "In use."}


def released(endpoint: MemoryEndpoint) -> None:
    endpoint.objects["asst_1"] |= {"metadata": {}}


def applied_anew(endpoint: MemoryEndpoint) -> None:
    mark = Mark("acme", "prod", "a", sent="1:0123456789abcdef")
    endpoint.objects["asst_1"] |= {"metadata": {MARK_KEY: mark.encode()}}


LEFT = "asst_1 is left alone: it changed after the plan was made; plan again"
MEANWHILE: dict[str, tuple[Callable[[MemoryEndpoint], object], Status, str]] = {
    "nothing": (lambda _: None, Status.DONE, ""),
    "it is edited": (edited, Status.FAILED, LEFT),
    "it is released": (released, Status.FAILED, LEFT),
    "another run applies it": (applied_anew, Status.FAILED, LEFT),
    "another deletes it": (lambda endpoint: endpoint.objects.pop("asst_1"), Status.DONE, "it was already gone"),
}


@pytest.mark.parametrize(("act", "status", "said"), MEANWHILE.values(), ids=MEANWHILE)
@pytest.mark.parametrize("named", [False, True], ids=["--prune", "named"])
def test_only_what_is_as_it_was_is_deleted(
    act: Callable[[MemoryEndpoint], object], status: Status, said: str, named: bool
) -> None:
    endpoint = MemoryEndpoint(ours("a"), OTHER)
    listing = asyncio.run(endpoint.listing())
    plan = make_deletion(listing.assistants[:1], listing, SCOPE) if named else planned(endpoint)
    act(endpoint)
    held = dict(endpoint.objects)
    outcome = done(plan, endpoint)
    assert (outcome.status, outcome.message) == (status, said)
    assert (deletes(endpoint) == ["DELETE asst_1"]) == (not said)
    assert endpoint.objects == ({"asst_2": held["asst_2"]} if not said else held)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (ambiguous(), Status.FAILED),
        (EndpointError("no answer", Fate.TIMED_OUT), Status.FAILED),
        (EndpointError("403"), Status.FAILED),
        (EndpointError("stopped", Fate.STOPPED), Status.SKIPPED),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_left(fault: EndpointError, status: Status) -> None:
    """And that is no doubt: nothing was sent."""
    endpoint = MemoryEndpoint(ours("a"), faults={"get": [fault]})
    (outcome,) = applied(endpoint)
    assert (outcome.status, outcome.message) == (status, f"asst_1 is left alone, because it could not be read: {fault}")
    assert deletes(endpoint) == []


def test_what_the_tool_does_not_know_may_move_and_is_told() -> None:
    """It may be a server's own, such as how often it has run; or an edit, which is in the backup."""
    endpoint, kept = MemoryEndpoint(ours("a", runs=1, voice={"style": "calm"}, same=[1]), OTHER), list[Assistant]()
    listing = asyncio.run(endpoint.listing())
    plan = make_deletion(listing.assistants[:1], listing, SCOPE)
    endpoint.objects["asst_1"] |= {"runs": 2, "voice": {"style": "harsh"}}

    def keep(assistant: Assistant, key: str = "", **_: Any) -> None:
        kept.append(assistant)

    (outcome,) = asyncio.run(apply(plan, endpoint, POLICY, backup=keep))
    assert (outcome.status, outcome.message) == (
        Status.DONE,
        "runs, voice changed after the plan was made; the backup holds what it was",
    )
    assert [one.body["voice"] for one in kept] == [{"style": "harsh"}]


def test_what_is_backed_up_is_what_is_deleted() -> None:
    kept = []
    applied(
        MemoryEndpoint(ours("a", name="A")),
        backup=lambda one, _="", *, surplus, **_how: kept.append((one.name, surplus)),
    )
    assert kept == [("A", False)]


# --- an endpoint that has no operation to read one


class Unreadable(MemoryEndpoint):
    async def get(self, assistant_id: str) -> Assistant | None:
        self._call("get", f"GET {assistant_id}")
        raise EndpointError("405", Fate.NO_VERB)


def test_a_fresh_whole_listing_stands_in_for_reads_that_there_are_not() -> None:
    """One for all, after one try."""
    endpoint = Unreadable(ours("a"), ours("b"), ours("c"))
    plan = planned(endpoint)
    endpoint.objects["asst_2"] |= {"instructions": "In use."}
    del endpoint.objects["asst_3"]
    outcomes = asyncio.run(apply(plan, endpoint, replace(POLICY, parallelism=Parallelism.fixed(1))))
    assert [(one.status, one.message) for one in outcomes] == [
        (Status.DONE, ""),
        (Status.FAILED, LEFT.replace("asst_1", "asst_2")),
        (Status.DONE, "it was already gone"),
    ]
    assert endpoint.log == ["GET asst_1", "GET list", "DELETE asst_1", "GET list"]  # the last, to see that it is gone


def unlistable(endpoint: MemoryEndpoint) -> None:
    endpoint.incomplete = "it repeats a page"


@pytest.mark.parametrize("insisted", [False, True], ids=["", "by full id, --unmanaged"])
def test_where_that_listing_may_be_incomplete_only_who_insists_deletes(insisted: bool) -> None:
    endpoint = Unreadable(ours("a"))
    listing = asyncio.run(endpoint.listing())
    plan = make_deletion(listing.assistants, listing, SCOPE, insisted={"asst_1"} if insisted else ())
    unlistable(endpoint)
    outcome = done(plan, endpoint)
    if insisted:
        assert (outcome.status, endpoint.objects) == (Status.DONE, {})
        return
    assert (outcome.status, list(endpoint.objects)) == (Status.FAILED, ["asst_1"])
    assert outcome.message == (
        "asst_1 is left alone: the endpoint cannot read it by its id, and its listing may be incomplete (it repeats a page), "
        "so its present state cannot be checked; `assistants delete asst_1 --unmanaged --yes` deletes it anyway"
    )


def test_who_insists_deletes_no_other_than_was_shown() -> None:
    endpoint = MemoryEndpoint(ours("a"))
    listing = asyncio.run(endpoint.listing())
    plan = make_deletion(listing.assistants, listing, SCOPE, insisted={"asst_1"})
    edited(endpoint)
    assert done(plan, endpoint).status is Status.FAILED


# --- an endpoint that answers that something was deleted, and has it still


class Deaf(MemoryEndpoint):
    """Deletes nothing; `late`: it does so only when a read has shown so often that it is there."""

    late = -1

    async def delete(self, assistant_id: str) -> None:
        self._call("delete", f"DELETE {assistant_id}")

    async def get(self, assistant_id: str) -> Assistant | None:
        found = await super().get(assistant_id)
        if f"DELETE {assistant_id}" in self.log:
            self.late -= 1
            if self.late == -1:
                del self.objects[assistant_id]
        return found


class DeafAndUnreadable(Deaf, Unreadable):
    pass


STAYS = "the endpoint answered that asst_1 was deleted, and still has it: it cannot delete it; do so by other means"


@pytest.mark.parametrize("named", [False, True], ids=["--prune", "named"])
@pytest.mark.parametrize("kind", [Deaf, DeafAndUnreadable])
def test_what_is_answered_to_be_deleted_and_stays_is_a_failure_and_the_last_delete(
    kind: type[Deaf], named: bool
) -> None:
    endpoint = kind(ours("a"), ours("b"), ours("c"), OTHER)
    listing = asyncio.run(endpoint.listing())
    plan = make_deletion(listing.assistants[:3], listing, SCOPE) if named else planned(endpoint)
    outcomes = asyncio.run(apply(plan, endpoint, POLICY))
    assert [(one.status, one.message) for one in outcomes] == [
        (Status.FAILED, STAYS),
        (Status.SKIPPED, ""),
        (Status.SKIPPED, ""),
    ]
    assert deletes(endpoint) == ["DELETE asst_1"]


def test_a_surplus_one_that_stays_is_a_failure() -> None:
    endpoint = Deaf(OTHER)
    plan = twins(endpoint)
    outcome = done(plan, endpoint)
    assert (outcome.status, outcome.message) == (Status.FAILED, STAYS.replace("asst_1", "asst_3"))


def test_the_last_look_says_what_stays_and_deletes_nothing_more() -> None:
    def two(endpoint: MemoryEndpoint) -> None:
        for made, new in (("asst_2", "asst_7"), ("asst_3", "asst_8")):
            endpoint.objects.setdefault(new, {**endpoint.objects[made], "id": new, "created_at": 5000})

    class DeafRaced(Raced, Deaf):
        pass

    endpoint = DeafRaced(two)
    *_, first, second = applied(endpoint, definition("held"), definition("a"), definition("b"))
    stays = STAYS.replace("asst_1", "asst_7")
    assert first.message == f"it was created more than once; asst_2 stays, the next apply removes asst_7 ({stays})"
    assert "the next apply removes asst_8 (a delete before" in second.message
    assert deletes(endpoint) == ["DELETE asst_7"]


def test_what_is_gone_a_little_later_is_deleted() -> None:
    endpoint = Deaf(ours("a"))
    endpoint.late = 3
    outcomes = without_waiting(apply(planned(endpoint), endpoint, replace(POLICY, lag_seconds=5.0)))
    assert [(one.status, one.message) for one in outcomes] == [(Status.DONE, "")]
    assert deletes(endpoint) == ["DELETE asst_1"]


def test_where_the_first_deleted_cannot_be_seen_it_is_unknown_and_the_last() -> None:
    endpoint = MemoryEndpoint(ours("a"), ours("b"), faults={"get": [None, ambiguous()]})
    first, second = applied(endpoint)
    assert (first.status, second.status) == (Status.UNKNOWN, Status.SKIPPED)
    assert first.message.startswith(
        "a DELETE of asst_1 was sent, but whether it is gone could not be checked (the connection was cut)"
    )
    assert deletes(endpoint) == ["DELETE asst_1"]


def test_asked_to_stop_while_it_stays_it_is_not_judged() -> None:
    async def run() -> tuple[Outcome, ...]:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, stop.set)
        return await apply(plan, endpoint, replace(POLICY, lag_seconds=60.0), stop=stop)

    endpoint = Deaf(ours("a"))
    plan = planned(endpoint)
    (outcome,) = without_waiting(run())
    assert outcome.status is Status.UNKNOWN
    assert "could not be checked (stopped before)" in outcome.message


def test_another_of_the_same_id_is_not_the_one_that_was_deleted() -> None:
    """As where ids are names, and another run makes it anew."""

    class Anew(MemoryEndpoint):
        async def delete(self, assistant_id: str) -> None:
            await super().delete(assistant_id)
            self.put({**ours("a"), "id": assistant_id})

    endpoint = Anew(ours("a"))
    assert statuses(applied(endpoint)) == [("a", Status.DONE)]


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("words", ["delete a b", "apply --prune"])
@pytest.mark.usefixtures("impatient")
def test_no_api_is_believed_that_something_was_deleted(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, api: str, words: str
) -> None:
    write(
        {
            "assistants/project.yaml": "project: trust\n",
            "assistants/a.yaml": "model: gpt-4o\n",
            "assistants/b.yaml": "model: gpt-4o\n",
        }
    )
    how = ("--yes", "--embedded", "--api", api)
    assert cli("apply", *how).exit_code == 0
    monkeypatch.setattr(store, "_remove", lambda *_: None)
    for name in "ab":
        Path(f"assistants/{name}.yaml").unlink()
    write({"assistants/c.yaml": "model: gpt-4o\n"})
    done = cli(*words.split(), *how)
    assert done.exit_code == 1
    assert "was deleted, and still has it" in done.output
    assert len(json.loads(cli("list", "--embedded", "--api", api, "-o", "json").stdout)) >= 2


# --- of two with one mark


def twins(endpoint: MemoryEndpoint) -> Plan:
    """Two of one key; the plan deletes the second."""
    wanted = definition("a", name="A")
    applied(endpoint, wanted)
    endpoint.put({**endpoint.objects["asst_2"], "id": "asst_3", "created_at": 5000})
    plan = planned(endpoint, wanted)
    assert [(one.id, one.surplus) for one in plan.of(Action.DELETE)] == [("asst_3", True)]
    return plan


def test_of_two_the_one_that_stays_is_read_first() -> None:
    endpoint = MemoryEndpoint(OTHER)
    plan = twins(endpoint)
    assert done(plan, endpoint).status is Status.DONE
    assert endpoint.log == ["GET asst_2", "GET asst_3", "DELETE asst_3", "GET asst_3"]


GONE: dict[str, Callable[[MemoryEndpoint], object]] = {
    "is gone": lambda endpoint: endpoint.objects.pop("asst_2"),
    "is released": lambda endpoint: endpoint.objects["asst_2"].update(metadata={}),
    "is another key's": lambda endpoint: endpoint.objects["asst_2"].update(ours("b")),
}


@pytest.mark.parametrize("act", GONE.values(), ids=GONE)
def test_where_the_one_that_was_to_stay_is_not_there_the_other_is_left(act: Callable[[MemoryEndpoint], object]) -> None:
    """As where a listing still shows what was deleted: of a key's two, the only one that is there would go."""
    endpoint = MemoryEndpoint(OTHER)
    plan = twins(endpoint)
    act(endpoint)
    outcome = done(plan, endpoint)
    assert (outcome.status, outcome.message) == (
        Status.FAILED,
        "asst_3 is left alone: asst_2, which was to stay, is gone; plan again",
    )
    assert "asst_3" in endpoint.objects


def test_the_one_that_stays_may_be_updated_by_the_same_run() -> None:
    endpoint = MemoryEndpoint(OTHER)
    twins(endpoint)
    outcomes = applied(endpoint, definition("a", name="New"))
    assert statuses(outcomes) == [("a", Status.DONE), ("a", Status.DONE)]
    assert set(endpoint.objects) == {"asst_1", "asst_2"}


# --- writes that state what is others'


def someone_counts(endpoint: MemoryEndpoint) -> None:
    endpoint.objects["asst_1"]["metadata"] |= {"hits": "8"}


def someone_stores(endpoint: MemoryEndpoint) -> None:
    endpoint.objects["asst_1"]["tools"][0]["gpu"] = "large"


def test_a_release_sets_nothing_back_that_was_written_meanwhile() -> None:
    endpoint = MemoryEndpoint(ours("a"))
    endpoint.objects["asst_1"]["metadata"] |= {"hits": "7"}
    plan = make_release([Assistant(copy.deepcopy(endpoint.objects["asst_1"]))], asyncio.run(endpoint.listing()), SCOPE)
    someone_counts(endpoint)
    assert done(plan, endpoint).status is Status.DONE
    assert endpoint.objects["asst_1"]["metadata"] == {"hits": "8"}


def test_what_another_run_applied_meanwhile_is_not_released() -> None:
    endpoint = MemoryEndpoint(ours("a"))
    plan = make_release([Assistant(copy.deepcopy(endpoint.objects["asst_1"]))], asyncio.run(endpoint.listing()), SCOPE)
    applied_anew(endpoint)
    outcome = done(plan, endpoint)
    assert (outcome.status, outcome.message) == (Status.FAILED, LEFT)


def test_an_update_carries_along_what_is_there_now() -> None:
    """What no file states, inside of what is sent whole, comes from a read just before the write; where there is none, none is made."""
    interpreter = {"type": "code_interpreter"}
    endpoint = MemoryEndpoint({**ours("a"), "tools": [{**interpreter, "gpu": "small"}]}, {**ours("b"), "voice": "calm"})
    changed = definition("a", tools=[interpreter], name="New"), definition("b", name="New")
    plan = planned(endpoint, *changed)
    endpoint.log.clear()
    someone_stores(endpoint)
    asyncio.run(apply(plan, endpoint, POLICY))
    assert endpoint.objects["asst_1"]["tools"] == [{**interpreter, "gpu": "large"}]
    assert endpoint.log[:1] == ["GET asst_1"]
    assert endpoint.log.count("GET asst_2") == 0


# --- the last look of a run


class Raced(MemoryEndpoint):
    """Another run, or a person, acts just before the listing at the end."""

    def __init__(self, act: Callable[[MemoryEndpoint], object]) -> None:
        super().__init__(ours("held"))
        self.act = act

    async def listing(self) -> Listing:
        if "POST" in self.log:
            self.act(self)
        return await super().listing()


def copied(**changed: Any) -> Callable[[MemoryEndpoint], object]:
    return lambda endpoint: endpoint.objects.setdefault(
        "asst_7", {**endpoint.objects["asst_2"], "id": "asst_7", **changed}
    )


def test_a_copy_that_was_made_and_edited_meanwhile_is_not_removed() -> None:
    endpoint = Raced(copied(instructions="Mine."))
    *_, outcome = applied(endpoint, definition("held"), definition("a"))
    assert outcome.message == (
        "it was created more than once; asst_2 stays, "
        "asst_7 stays, too (it is not as an apply leaves it: the next plan says what to do)"
    )
    assert "asst_7" in endpoint.objects
    (conflict,) = planned(endpoint, definition("held"), definition("a")).of(Action.CONFLICT)
    assert conflict.id == "asst_7"


def test_what_another_run_protects_is_not_removed() -> None:
    wanted = [definition("held"), replace(definition("a"), protect=True)]
    endpoint = Raced(copied())
    *_, outcome = applied(endpoint, *wanted)
    assert outcome.message == (
        "it was created more than once; asst_2 stays, "
        "asst_7 stays, too (it is protected: `assistants release asst_7` releases it)"
    )
    assert planned(endpoint, *wanted).refusals == (
        "1 protected assistant would be deleted (a): release it by its id asst_7",
    )


def test_of_what_is_protected_a_run_removes_what_it_has_made_itself() -> None:
    def first(endpoint: MemoryEndpoint) -> None:
        endpoint.objects.setdefault("asst_0", {**endpoint.objects["asst_2"], "id": "asst_0"})

    endpoint = Raced(first)
    applied(endpoint, definition("held"), replace(definition("a"), protect=True))
    assert set(endpoint.objects) == {"asst_0", "asst_1"}


def test_an_unfinished_create_of_another_run_is_one_where_the_endpoint_drops_as_much_of_ours() -> None:
    def unfinished(endpoint: MemoryEndpoint) -> None:
        mark = Mark("acme", "prod", "a", sent=wanted.digest)
        endpoint.objects.setdefault(
            "asst_7", {**endpoint.objects["asst_2"], "id": "asst_7", "metadata": {MARK_KEY: mark.encode()}}
        )

    wanted = definition("a", top_p=0.5)
    endpoint = Raced(unfinished)
    endpoint.on_create = endpoint.on_update = lambda body: {**body, "top_p": 1}
    *_, outcome = applied(endpoint, definition("held"), wanted)
    assert outcome.message == "it was created more than once; asst_2 stays, asst_7 removed"


def test_one_that_changes_while_it_is_looked_at_is_left() -> None:
    class Busy(Raced):
        async def get(self, assistant_id: str) -> Assistant | None:
            if assistant_id == "asst_7":
                self.objects[assistant_id] = {**self.objects[assistant_id], "name": "Mine"}
            return await super().get(assistant_id)

    endpoint = Busy(copied())
    *_, outcome = applied(endpoint, definition("held"), definition("a"))
    assert "the next apply removes asst_7 (asst_7 is left alone: it changed after the plan was made" in outcome.message
    assert "asst_7" in endpoint.objects


# --- over real HTTP, by the command line

PROJECT: Object = {"assistants/project.yaml": "project: trust\n"}


def test_each_delete_costs_one_read_and_the_first_of_a_run_one_more(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(PROJECT)
    with hostile() as endpoint:
        put(endpoint, definitions(3))
        assert cli("delete", "k000", "k001", "--yes", "--base-url", endpoint.url).exit_code == 0
        assert sorted(one.request.kind for one in endpoint.log) == ["DELETE /{id}"] * 2 + ["GET"] + ["GET /{id}"] * 3


def test_where_what_goes_cannot_be_seen_only_a_full_id_with_unmanaged_deletes(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a proxy with three verbs that lists a part."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(PROJECT)
    with hostile() as endpoint:
        put(endpoint, definitions(100))  # a full page, after which the next one repeats rows
        endpoint.temper = Temper(unordered=True, unreadable=True)
        listed = cli("list", "-o", "id", "--base-url", endpoint.url).stdout.split()
        for words in (["--yes"], ["--unmanaged", "--yes"]):
            found = cli("delete", listed[0], *words, "--base-url", endpoint.url)
            assert found.exit_code == (0 if "--unmanaged" in words else 1)
            assert (listed[0] in {one["id"] for one in endpoint.dump()}) == (found.exit_code == 1)
