"""How a restore goes about it: the requests, what it leaves behind where it is cut off, and what it says where something is not kept."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from assistants_tool.applying import returning
from assistants_tool.applying.backups import Backups
from assistants_tool.applying.context import Policy
from assistants_tool.applying.restoring import restoration
from assistants_tool.applying.returning import bring_back
from assistants_tool.applying.run import apply
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.jsontext import as_text
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.payload import Body
from assistants_tool.planning.making import make_deletion, make_plan
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Options, Plan
from assistants_tool.project.target import Embedded, Target
from tests.clocks import without_waiting
from tests.fakes import MemoryEndpoint, Object, dropping

T = TypeVar("T")
SCOPE = Scope("acme", "prod", frozenset({"prod"}))
HERE = Target(Embedded(Path("x.db")), SCOPE)
AT_ONCE = Policy(settle_seconds=0)
MARK = Mark("acme", "prod", "a", sent="1:0123456789abcdef").encode()
WHOLE = Options(whole=True, prune=True, adopt=True, max_delete="100%")


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for the second to be over."""
    monkeypatch.setattr(returning, "SECOND", 0.0)


def old(found_id: str = "x", mark: str | None = MARK, **body: Any) -> Object:
    pairs = {**body.pop("metadata", {"team": "red"}), **({MARK_KEY: mark} if mark else {})}
    made = {"id": found_id, "object": "assistant", "created_at": 5, "model": "m", "name": "Old", "metadata": pairs}
    return {**ASSISTANTS.defaults, **made, **body}


def keep(folder: Path, *bodies: Object, surplus: bool = False) -> None:
    backups = Backups(folder, HERE)
    for one in bodies:
        backups.save(Assistant(one), surplus=surplus)


def restored(
    endpoint: MemoryEndpoint,
    folder: Path,
    stop: asyncio.Event | None = None,
    definitions: Iterable[Definition] = (),
) -> tuple[Outcome, ...]:
    """Restore the newest run; `endpoint.log` has the requests of the writing alone."""

    async def run() -> tuple[Outcome, ...]:
        listing = await endpoint.listing()
        endpoint.log.clear()
        plan = restoration(Backups(folder, HERE).read(None, {}).backups, listing, SCOPE, definitions).plan
        own = Backups(folder, HERE, restoring=True)
        return await bring_back(plan, endpoint, AT_ONCE, backup=own.save, stop=stop)

    return without_waiting(run())


TIMES = ("id", "created_at", "object")


def without_times(body: Mapping[str, Any]) -> Object:
    return {name: one for name, one in body.items() if name not in ("id", "created_at")}


def without_nulls(body: Object) -> Object:
    """A server to which null says nothing."""
    return {name: one for name, one in body.items() if one is not None}


def only(endpoint: MemoryEndpoint) -> Object:
    (one,) = endpoint.objects.values()
    return one


def marks_sent(endpoint: Recording) -> list[str | None]:
    """What was sent as the mark, request by request."""
    return [one.get("metadata", {}).get(MARK_KEY) for one in endpoint.sent]


class Recording(MemoryEndpoint):
    """Also keeps the bodies that were sent."""

    def __init__(self, *bodies: Object, **how: Any) -> None:
        super().__init__(*bodies, **how)
        self.sent: list[Body] = []

    async def create(self, body: Body) -> Assistant:
        self.sent.append(copy.deepcopy(body))
        return await super().create(body)

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        self.sent.append(copy.deepcopy(body))
        return await super().update(assistant_id, body)


def test_what_is_there_is_made_as_it_was_in_one_write_after_a_look(tmp_path: Path) -> None:
    keep(tmp_path, old())
    endpoint = MemoryEndpoint({**old(), "name": "New", "instructions": "new", "metadata": {MARK_KEY: "{}"}})
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.message, outcome.not_kept) == (Status.DONE, "", "")
    assert endpoint.log == ["GET x", "POST x", "GET x"]
    assert only(endpoint) == old()


def test_what_is_gone_is_made_under_a_mark_that_says_so_and_gets_its_own_last(tmp_path: Path) -> None:
    keep(tmp_path, old())
    endpoint = Recording({"metadata": {"by": "hand"}})
    (outcome,) = restored(endpoint, tmp_path)
    meanwhile = '{"project":"acme","environment":"prod","key":"a","restoring":"x"}'
    assert json.loads(str(marks_sent(endpoint)[0])) == json.loads(meanwhile)
    assert marks_sent(endpoint)[1:] == [MARK]
    new_id = str(outcome.id)
    assert (endpoint.log, new_id) == (["POST", f"GET {new_id}", f"POST {new_id}", f"GET {new_id}"], "asst_2")
    assert without_times(endpoint.objects[new_id]) == without_times(old())


@pytest.mark.usefixtures("unhurried")
def test_restoring_twice_writes_nothing_the_second_time(tmp_path: Path) -> None:
    keep(tmp_path, old(), old("y", None), old("z", surplus=True))
    endpoint = MemoryEndpoint(on_create=dropping("name"), on_update=dropping("name"))
    first = restored(endpoint, tmp_path)
    assert {one.not_kept for one in first} == {"name"}
    before = copy.deepcopy(endpoint.objects)
    again = restored(endpoint, tmp_path)
    assert {one.not_kept for one in again} == {"name"}
    assert (endpoint.objects, len(endpoint.objects)) == (before, 3)


# --- what there is no room or shape for

PAIRS = {f"k{number}": "v" for number in range(16)}
SHAPES: dict[str, Object] = {
    "sixteen pairs and no mark": old(mark=None, metadata=PAIRS),
    "fifteen pairs and a mark": old(metadata=dict(list(PAIRS.items())[:15])),
    "forty pairs": old(metadata={f"k{number}": "v" for number in range(40)}),
    "metadata that is none": {**old(mark=None), "metadata": "none"},
    "a list for tool_resources": old(tool_resources=["vs_1"]),
    "text inside of tool_resources": old(tool_resources={"file_search": "vs_1", "a": 1}),
    "tools that are none": old(tools=["file_search", 5]),
    "ids in an order": old(tool_resources={"code_interpreter": {"file_ids": ["b", "a"]}}),
    "a number of many digits": old(temperature=0.123456789012345),
    "a mark of a newer version": old(mark='{"project":"acme","environment":"prod","key":"a","future":[1]}'),
    "a mark with blanks": old(mark=f" {MARK}\n"),
    "a damaged mark": old(mark=MARK[:30]),
    "members that we do not know": old(
        color="red", lists=[{"a": None}], tools=[{"type": "mcp", "headers": {"a": "b"}}]
    ),
    "such members inside of what we know": old(
        tools=[
            {"type": "code_interpreter", "cpu": 2},
            {"type": "function", "function": {"name": "f", "why": "because"}},
        ],
        tool_resources={
            "code_interpreter": {"file_ids": ["f"], "data_sources": [{"uri": "u"}]},
            "azure": {"index": "i"},
        },
    ),
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "gone"])
def test_any_object_comes_back_as_it_was(body: Object, is_there: bool, tmp_path: Path) -> None:
    keep(tmp_path, body)
    changed = {**old(name="New", shade="dark", mark=MARK), "id": "x"}
    changed["tool_resources"] = {"code_interpreter": {"file_ids": ["g"], "more": 1}}
    endpoint = Recording(*([changed] if is_there else []))
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.message, outcome.not_kept) == (Status.DONE, "", "")
    assert as_text(canonical(only(endpoint))) == as_text(canonical(body))
    stated = [name for name in body if name not in TIMES and body[name] != ASSISTANTS.defaults.get(name)]
    assert set(only(endpoint)) == set(body)
    assert json.dumps([only(endpoint)[name] for name in stated]) == json.dumps([body[name] for name in stated])
    if len(body["metadata"]) <= 16:
        assert all(len(one["metadata"]) <= 16 for one in endpoint.sent)


def test_what_servers_set_by_themselves_is_kept_and_neither_sent_nor_missed(tmp_path: Path) -> None:
    keep(tmp_path, old(updated_at=1, user_id="u", file_ids=["f"], skills=[]))
    endpoint = Recording()
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.not_kept) == (Status.DONE, "")
    assert not {"updated_at", "user_id", "file_ids", "skills"} & {name for one in endpoint.sent for name in one}
    (path,) = tmp_path.glob("*/a-x.json")
    assert json.loads(path.read_text(encoding="utf-8"))["object"]["user_id"] == "u"


def test_what_moves_with_each_write_is_neither_sent_nor_missed(tmp_path: Path) -> None:
    """The backup was made before a write had shown that it does; the mark of what is there tells."""

    class Counting(Recording):
        async def update(self, assistant_id: str, body: Body) -> Assistant:
            self.objects[assistant_id]["hits"] += 1
            return await super().update(assistant_id, {name: one for name, one in body.items() if name != "hits"})

    endpoint = Counting(on_create=lambda body: {**body, "hits": 0, "voice": "calm"})
    for name in ("Old", "New"):
        definition = Definition("a", {"model": "m", "name": name})
        plan = make_plan([definition], asyncio.run(endpoint.listing()), SCOPE, WHOLE)
        asyncio.run(apply(plan, endpoint, AT_ONCE, backup=Backups(tmp_path, HERE).save))
    endpoint.sent.clear()
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.not_kept, outcome.still_there) == (Status.DONE, "", "")
    assert [sorted(one) for one in endpoint.sent] == [["metadata", "model", "name"]]


def test_members_that_we_do_not_know_and_that_are_not_kept_are_named(tmp_path: Path) -> None:
    keep(tmp_path, old(color="red", size=3))
    endpoint = MemoryEndpoint(on_create=dropping("color"), on_update=dropping("color"))
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.not_kept, only(endpoint)["size"]) == (Status.DONE, "color", 3)


# --- masks

MCP = {"type": "mcp", "server_label": "wiki", "url": "u"}
MASKED = old(tools=[{"type": "code_interpreter"}, {**MCP, "headers": {"Authorization": "***"}}])
STATED = Definition("a", {"model": "m", "tools": [{**MCP, "headers": {"Authorization": "the real one"}}]})
WORDS = (
    "x is left as it is: tools[1].headers.Authorization holds a mask in place of a value, and the mask would be sent;"
    " state the value there, preferably as {env: NAME} (under `extra:` if the tool does not know the field)"
)


class Masking(Recording):
    """Keeps what it is sent, and shows it with masks."""

    def _shown(self, found: Assistant) -> Assistant:
        text = json.dumps(found.body).replace("the real one", "***").replace("another", "***")
        return Assistant(json.loads(text))

    async def listing(self) -> Listing:
        return Listing(tuple(self._shown(one) for one in (await super().listing()).assistants))

    async def get(self, assistant_id: str) -> Assistant | None:
        found = await super().get(assistant_id)
        return self._shown(found) if found else None

    async def create(self, body: Body) -> Assistant:
        return self._shown(await super().create(body))

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        return self._shown(await super().update(assistant_id, body))


def real(endpoint: MemoryEndpoint) -> Any:
    return only(endpoint)["tools"][1]["headers"]["Authorization"]


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "gone"])
def test_a_value_behind_a_mask_comes_from_the_definition(is_there: bool, tmp_path: Path) -> None:
    keep(tmp_path, MASKED)
    endpoint = Masking(*([old(tools=[{**MCP, "headers": {"Authorization": "another"}}])] if is_there else []))
    (outcome,) = restored(endpoint, tmp_path, definitions=[STATED])
    assert (outcome.status, outcome.message, outcome.not_kept) == (Status.DONE, "", "")
    assert (real(endpoint), "***" in str(endpoint.sent)) == ("the real one", False)
    assert restored(endpoint, tmp_path, definitions=[STATED]) == ()


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "gone"])
def test_a_mask_whose_value_nobody_states_is_never_sent(is_there: bool, tmp_path: Path) -> None:
    keep(tmp_path, MASKED)
    there = [old(tools=[{**MCP, "headers": {"Authorization": "another"}}])] if is_there else []
    unresolved = Definition("a", {"model": "m", "tools": [{**MCP, "headers": {"Authorization": {"env": "TOKEN"}}}]})
    for definitions in ([], [unresolved], [Definition("b", STATED.fields)]):
        wanted = restoration(
            Backups(tmp_path, HERE).read(None, {}).backups,
            asyncio.run(Masking(*there).listing()),
            SCOPE,
            definitions,
        )
        assert (wanted.plan.changes, wanted.faults) == ((), (WORDS,))


def test_a_mask_stays_where_the_value_behind_it_does(tmp_path: Path) -> None:
    """The same tools are there: left out of the update, they stay as they are."""
    keep(tmp_path, MASKED)
    tools = json.loads(json.dumps(MASKED["tools"]).replace("***", "the real one"))
    endpoint = Masking({**MASKED, "tools": tools, "name": "New"})
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.not_kept, only(endpoint)["name"]) == (Status.DONE, "", "Old")
    assert (real(endpoint), [set(one) & {"tools"} for one in endpoint.sent]) == ("the real one", [set()])


# --- cut off


@pytest.mark.parametrize("mark", [MARK, None], ids=["of one key", "nobody's"])
def test_what_was_just_like_one_that_was_deleted_is_another(mark: str | None, tmp_path: Path) -> None:
    endpoint = MemoryEndpoint(old("x", mark), old("y", mark, created_at=9))

    async def delete() -> None:
        listing = await endpoint.listing()
        plan = make_deletion(listing.assistants[:1], listing, SCOPE)
        await apply(plan, endpoint, AT_ONCE, backup=Backups(tmp_path, HERE).save)

    asyncio.run(delete())
    assert [one.status for one in restored(endpoint, tmp_path)] == [Status.DONE]
    assert [without_times(one) for one in endpoint.objects.values()] == [without_times(old("x", mark))] * 2
    assert restored(endpoint, tmp_path) == ()


def test_the_same_restore_takes_up_what_was_cut_off(tmp_path: Path) -> None:
    keep(tmp_path, old(), old("y", None))
    failures = [EndpointError("the endpoint refused it"), EndpointError("no answer", Fate.AMBIGUOUS)]
    endpoint = MemoryEndpoint({"metadata": {"by": "hand"}}, faults={"update": list(failures)})
    first = restored(endpoint, tmp_path)
    assert [one.status for one in first] == [Status.FAILED, Status.UNKNOWN]
    said = "it is there as asst_2, with a mark that says that its restore is not finished: do the same restore again"
    assert first[0].message == f"{said}: the endpoint refused it"
    assert first[1].message.endswith("no answer; the same restore settles it")
    for note in tmp_path.glob("*/*.back"):
        note.unlink()  # killed before it was written
    again = restored(endpoint, tmp_path)
    assert [(one.status, one.id) for one in again] == [(Status.DONE, "asst_2"), (Status.DONE, "asst_3")]
    assert "POST" not in endpoint.log
    assert without_times(endpoint.objects["asst_2"]) == without_times(old())
    assert without_times(endpoint.objects["asst_3"]) == without_times(old("y", None))
    assert not list(tmp_path.glob("*-restore")), "what a restore made itself is not what it found"


class KilledError(BaseException):
    """What ends a process ends it here."""


class Mortal(MemoryEndpoint):
    """The process that talks to it is killed at one of the requests, once that took effect or before."""

    def __init__(self, *bodies: Object, dies_at: int, effect: bool) -> None:
        super().__init__(*bodies)
        self.left, self.after = dies_at, effect

    async def _until(self, request: Coroutine[Any, Any, T]) -> T:
        self.left -= 1
        if self.left == 0 and not self.after:
            request.close()
            raise KilledError
        answer = await request
        if self.left == 0:
            raise KilledError
        return answer

    async def get(self, assistant_id: str) -> Assistant | None:
        return await self._until(super().get(assistant_id))

    async def create(self, body: Body) -> Assistant:
        return await self._until(super().create(body))

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        return await self._until(super().update(assistant_id, body))


LOST = (old("x"), old("y", None, name="Theirs"), old("z", '{"project":"beta","environment":"prod","key":"a"}'))


@pytest.mark.parametrize("effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("dies_at", range(1, 16))
def test_killed_at_any_request_the_same_restore_finishes_it(dies_at: int, effect: bool, tmp_path: Path) -> None:
    there = old("there", mark=MARK.replace('"a"', '"b"'))
    keep(tmp_path, *LOST, there)
    endpoint = Mortal({**there, "name": "New"}, {"metadata": {"by": "hand"}}, dies_at=dies_at, effect=effect)
    with contextlib.suppress(BaseException):
        restored(endpoint, tmp_path)
    assert endpoint.left <= 0, "it was killed"
    assert {one.status for one in restored(endpoint, tmp_path)} <= {Status.DONE}
    found = [without_times(one) for one in endpoint.objects.values() if "by" not in one["metadata"]]
    assert sorted(map(as_text, found)) == sorted(as_text(without_times(one)) for one in (*LOST, there))
    before = copy.deepcopy(endpoint.objects)
    assert (restored(endpoint, tmp_path), endpoint.objects) == ((), before)


def half_done(tmp_path: Path, *bodies: Object) -> MemoryEndpoint:
    """Where a restore of these was cut off after its creates."""
    keep(tmp_path, *bodies)
    failures: list[EndpointError | None] = [EndpointError("killed")] * len(bodies)
    endpoint = MemoryEndpoint(faults={"update": failures})
    restored(endpoint, tmp_path)
    return endpoint


def planned(endpoint: MemoryEndpoint, *wanted: Definition) -> Plan:
    return make_plan(wanted, asyncio.run(endpoint.listing()), SCOPE, WHOLE)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("keys", [("a",), ()], ids=["defined", "not defined"])
def test_an_apply_in_between_leaves_a_half_restored_one_alone(tmp_path: Path, keys: tuple[str, ...]) -> None:
    endpoint = half_done(tmp_path, old(), old("y", surplus=True), old("z", None))
    before = copy.deepcopy(endpoint.objects)
    plan = planned(endpoint, *(Definition(key, {"model": "m", "name": "Old"}) for key in keys))
    assert {one.action for one in plan.changes} == {Action.KEEP}
    assert plan.is_empty
    assert {note for one in plan.changes for note in one.notes} == {
        f"a restore of {one} as {made} is not finished, so it is left alone:"
        f" run the same restore again, or `assistants delete {made}`"
        for one, made in (("x", "asst_1"), ("y", "asst_2"), ("z", "asst_3"))
    }
    asyncio.run(apply(plan, endpoint, AT_ONCE))
    assert endpoint.objects == before


def test_a_half_restored_second_one_is_no_surplus(tmp_path: Path) -> None:
    first = old("first")
    keep(tmp_path, old("second", created_at=6), surplus=True)
    endpoint = MemoryEndpoint(first, faults={"update": [EndpointError("killed")]})
    restored(endpoint, tmp_path)
    plan = planned(endpoint, Definition("a", {"model": "m", "name": "Old", "metadata": {"team": "red"}}))
    assert {one.action for one in plan.changes} == {Action.KEEP}


# --- creates without a clear answer


@pytest.mark.parametrize("effect", [True, False], ids=["made", "not made"])
def test_a_create_without_an_answer_is_looked_for(effect: bool, tmp_path: Path) -> None:
    keep(tmp_path, old())
    doubt: list[EndpointError | None] = [EndpointError("cut", Fate.AMBIGUOUS)]
    endpoint = MemoryEndpoint({"metadata": {"by": "hand"}}, faults={"create": doubt}, effect=effect)
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, len(endpoint.objects)) == (Status.DONE, 2)
    assert without_times(endpoint.objects[str(outcome.id)]) == without_times(old())


def test_a_create_that_stays_in_doubt_is_the_same_restore_s(tmp_path: Path) -> None:
    keep(tmp_path, old())
    endpoint = MemoryEndpoint(faults={"create": [EndpointError("no answer in time", Fate.TIMED_OUT)]}, effect=True)
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.message) == (Status.UNKNOWN, "no answer in time; the same restore settles it")
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, without_times(only(endpoint))) == (Status.DONE, without_times(old()))


# --- endpoints that are not fit for it


def test_where_metadata_is_not_kept_nothing_more_is_written(tmp_path: Path) -> None:
    keep(tmp_path, *(old(f"x{number}", mark=None, name=f"N{number}") for number in range(5)))
    endpoint = MemoryEndpoint(on_create=dropping("metadata"))
    outcomes = restored(endpoint, tmp_path)
    assert [one.status for one in outcomes] == [Status.FAILED] + 4 * [Status.SKIPPED]
    assert "the endpoint does not keep metadata" in outcomes[0].message
    assert (endpoint.objects, endpoint.log.count("POST")) == ({}, 1)


def test_what_the_endpoint_does_not_keep_is_named_though_it_answers_otherwise(tmp_path: Path) -> None:
    class Echo(MemoryEndpoint):
        async def update(self, assistant_id: str, body: Body) -> Assistant:
            answer = await super().update(assistant_id, body)
            return Assistant({**answer.body, **body})

    keep(tmp_path, old(top_p=0.5, instructions="old"))
    endpoint = Echo(old(), on_update=dropping("top_p"))
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.not_kept) == (Status.DONE, "top_p")
    assert only(endpoint)["instructions"] == "old"


def test_what_null_does_not_clear_is_cleared_by_its_default(tmp_path: Path) -> None:
    keep(tmp_path, old())
    endpoint = MemoryEndpoint(old(top_p=0.5, instructions="new"), on_update=without_nulls)
    (outcome,) = restored(endpoint, tmp_path)
    assert (outcome.status, outcome.not_kept) == (Status.DONE, "")
    assert canonical(only(endpoint)) == canonical(old())


def test_a_mark_that_cannot_be_taken_off_is_a_failure(tmp_path: Path) -> None:
    """A server that merges metadata: it would be called ours by every plan from now on."""

    class Merging(MemoryEndpoint):
        async def update(self, assistant_id: str, body: Body) -> Assistant:
            held = self.objects[assistant_id]["metadata"]
            return await super().update(assistant_id, {**body, "metadata": {**held, **body["metadata"]}})

    keep(tmp_path, old(mark=None))
    endpoint = Merging(old())
    (outcome,) = restored(endpoint, tmp_path)
    said = "the endpoint keeps a mark that it did not have, so it is not as it was"
    assert (outcome.status, outcome.message, outcome.still_there) == (Status.FAILED, said, "metadata.assistants-tool")


def test_where_there_is_no_update_it_is_said_what_stands_there(tmp_path: Path) -> None:
    keep(tmp_path, old())
    endpoint = MemoryEndpoint(faults={"update": [EndpointError("405", Fate.NO_VERB)]})
    (outcome,) = restored(endpoint, tmp_path)
    assert outcome.status is Status.FAILED
    assert outcome.message == (
        "it is there as asst_1, with a mark that says that its restore is not finished, which this endpoint cannot change:"
        " plans leave it alone from now on, and it is yours to delete: 405"
    )


# --- what moved since the plan


def moved(endpoint: MemoryEndpoint, folder: Path, move: Callable[[], object]) -> tuple[Outcome, ...]:
    async def run() -> tuple[Outcome, ...]:
        plan = restoration(Backups(folder, HERE).read(None, {}).backups, await endpoint.listing(), SCOPE).plan
        move()
        return await bring_back(plan, endpoint, AT_ONCE)

    return asyncio.run(run())


def test_what_changed_or_went_after_the_plan_was_made_is_left(tmp_path: Path) -> None:
    keep(tmp_path, old(), old("y", None))
    endpoint = MemoryEndpoint(old(name="New"), {**old("y", None), "name": "New"})

    def move() -> None:
        endpoint.objects["x"]["name"] = "Newer"
        del endpoint.objects["y"]

    outcomes = moved(endpoint, tmp_path, move)
    assert [one.message for one in outcomes] == [
        "x changed meanwhile, so it is left as it is; restore again, and look at the plan",
        "y was deleted meanwhile; restore again to recreate it",
    ]
    assert only(endpoint)["name"] == "Newer"


def test_nothing_begins_once_it_is_to_stop(tmp_path: Path) -> None:
    keep(tmp_path, old(), old("y", None))
    stop = asyncio.Event()
    stop.set()
    endpoint = MemoryEndpoint()
    assert {one.status for one in restored(endpoint, tmp_path, stop)} == {Status.SKIPPED}
    assert endpoint.log == []


def test_of_two_with_one_mark_the_older_is_made_first_and_a_second_before(tmp_path: Path) -> None:
    """Servers stamp whole seconds, and of two the older is the key's."""
    loop_times = []

    class Timed(MemoryEndpoint):
        async def create(self, body: Body) -> Assistant:
            loop_times.append((body["name"], asyncio.get_running_loop().time()))
            return await super().create(body)

    keep(tmp_path, old("z", created_at=9, name="Second"), old("x", created_at=8, name="First"))
    restored(Timed(), tmp_path)
    (first, then), (second, later) = loop_times
    assert (first, second, later - then > 1) == ("First", "Second", True)
