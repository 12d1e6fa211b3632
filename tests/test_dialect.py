"""Another API is another table and another speaker: the line goes over bots as it goes over assistants."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.applying.backups import Backups
from assistants_tool.applying.context import Policy
from assistants_tool.applying.restoring import restoration
from assistants_tool.applying.returning import bring_back
from assistants_tool.applying.run import Doer, apply
from assistants_tool.endpoint import Connection, connect
from assistants_tool.errors import ToolError
from assistants_tool.objects.assistant import Listing, Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.endpoint import OpenEndpoint
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.making import make_plan, make_release
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action, Options, Plan
from assistants_tool.planning.view import seen_plan
from assistants_tool.project.target import Remote, Target
from tests.builders import printed
from tests.dialect import BOTS, PAIRS_MAX, Bots, BotsEndpoint, Object
from tests.examples import examples
from tests.servers import Scripted, scripted

SCOPE = Scope("acme", "prod", frozenset({"prod"}))
WHOLE = Options(whole=True, prune=True, max_delete="100%")
T = TypeVar("T")


def bot(key: str, /, **fields: Any) -> Definition:
    own = {name: fields.pop(name) for name in ("ignore", "variables", "protect") if name in fields}
    return Definition(key, {"name": key, "model": "gpt-4o", **fields}, **own, members=BOTS)


class Line:
    """The line over a running server. Each apply has to do all that it planned; `requests` are those since the last one."""

    def __init__(self, server: Scripted, bots: Bots, folder: Path) -> None:
        self.bots, self._server, self._folder = bots, server, folder
        self.target = Target(Remote(server.url, api="bots"), SCOPE)

    def talk(self, work: Callable[[OpenEndpoint], Awaitable[T]]) -> T:
        async def run() -> T:
            async with connect(self.target.endpoint, Connection(5.0), {}, dialects={"bots": BotsEndpoint}) as endpoint:
                return await work(endpoint)

        return asyncio.run(run())

    def listing(self) -> Listing:
        return self.talk(lambda endpoint: endpoint.listing())

    def plan(self, *definitions: Definition) -> Plan:
        return make_plan(definitions, self.listing(), SCOPE, WHOLE)

    def carry_out(self, plan: Plan, doing: Doer = apply) -> tuple[str, ...]:
        """What was not kept of each change."""
        backups = Backups(self._folder, self.target, restoring=doing is bring_back)
        assert plan.refusals == ()
        del self._server.requests[:]
        policy = Policy(settle_seconds=0)
        outcomes = self.talk(lambda endpoint: doing(plan, endpoint, policy, backup=backups.save))
        assert {one.status for one in outcomes} <= {Status.DONE}, outcomes
        return tuple(one.not_kept for one in outcomes)

    def apply(self, *definitions: Definition) -> tuple[str, ...]:
        """Apply, after which nothing is left to do."""
        not_kept = self.carry_out(self.plan(*definitions))
        assert self.plan(*definitions).is_empty
        return not_kept

    def restore(self) -> tuple[str, ...]:
        kept = Backups(self._folder, self.target).read(None, {})
        wanted = restoration(kept.backups, self.listing(), SCOPE, members=BOTS)
        assert (kept.faults, wanted.faults) == ((), ())
        return self.carry_out(wanted.plan, bring_back)

    @property
    def writes(self) -> list[str]:
        return [line for line in self._server.lines if not line.startswith("GET")]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    bots = Bots()
    with scripted(bots.answer) as server:
        yield Line(server, bots, tmp_path)


def actions(plan: Plan) -> dict[str, Action]:
    return {one.key: one.action for one in plan.changes}


def stated(found: Object) -> Object:
    """A bot's members without the mark."""
    metadata = {key: one for key, one in found["metadata"].items() if key != MARK_KEY}
    return {**{name: found[name] for name in BOTS.names}, "metadata": metadata}


FULL = {"prompt": "Be kind.", "mood": "lively", "pace": 2, "files": ["a", "b"], "metadata": {"team": "x"}}


def test_creates_are_made_and_planned_no_more(line: Line) -> None:
    wanted = [bot(f"bot{number}", **FULL) for number in range(5)]
    assert line.apply(*wanted) == ("",) * 5
    assert line.writes == ["POST /v1/bots"] * 5
    assert {len(found) for found in line.bots.versions.values()} == {1}
    assert stated(line.bots.latest()["bot3"]) == {"name": "bot3", "model": "gpt-4o", **FULL}


def test_a_change_is_a_new_version_of_the_same_bot(line: Line) -> None:
    """It is the whole of the bot: what is stated no more is not in it, and so has the server's default again."""
    line.apply(bot("a", **FULL))
    changed = bot("a", prompt="Answer orders.", pace=2, files=["b", "a"])
    said = printed(line.plan(changed))
    assert [one.path for one in line.plan(changed).changes[0].differences] == ["prompt", "mood", "metadata.team"]
    assert "changed in the files" in said
    assert "more than half of the prompt changes" in said
    line.apply(changed)
    assert line.writes == ["POST /v1/bots/bot_1/versions"]
    assert stated(line.bots.latest()["a"]) == {
        "name": "a",
        "model": "gpt-4o",
        **changed.fields,
        "mood": "calm",
        "metadata": {},
    }
    assert [one["version"] for one in line.bots.versions["bot_1"]] == [1, 2]


def test_what_is_ignored_goes_into_the_new_version_as_it_is(line: Line) -> None:
    line.apply(bot("a", mood="lively", pace=1))
    line.bots.edit("bot_1", pace=9, mood="lively", files=["theirs"])
    line.apply(bot("a", prompt="Be brief.", mood="calm", pace=1, ignore=frozenset({"pace", "files", "model"})))
    found = stated(line.bots.latest()["a"])
    assert (found["mood"], found["pace"], found["files"], found["model"]) == ("calm", 9, ["theirs"], "gpt-4o")


def test_drift_is_seen_and_put_right(line: Line) -> None:
    wanted = bot("a", **FULL)
    line.apply(wanted)
    line.bots.edit("bot_1", prompt="Be rude.")
    assert [one.reason for one in line.plan(wanted).changes] == ["changed on the endpoint"]
    line.apply(wanted)
    assert line.bots.latest()["a"]["prompt"] == "Be kind."


@pytest.mark.parametrize("members", [{"files": ["b", "a"]}, {"pace": 2.0000001}, {"metadata": {"team": "x"}}])
def test_another_spelling_is_no_drift(line: Line, members: Object) -> None:
    wanted = bot("a", **FULL)
    line.apply(wanted)
    held = line.bots.versions["bot_1"][-1]
    if "metadata" in members:
        members = {"metadata": {**members["metadata"], MARK_KEY: held["metadata"][MARK_KEY]}}
    line.bots.edit("bot_1", **members)
    assert line.plan(wanted).is_empty


def test_what_a_server_drops_is_named_and_left(line: Line) -> None:
    line.bots.drops = frozenset({"mood"})
    assert line.apply(bot("a", **FULL)) == ("mood",)
    assert [one.notes for one in line.plan(bot("a", **FULL)).changes] == [("the endpoint does not keep: mood",)]


def test_the_mark_needs_room_by_the_table_of_the_api(line: Line) -> None:
    pairs = {f"k{number}": "v" for number in range(PAIRS_MAX)}
    line.apply(bot("a"))
    line.bots.edit("bot_1", metadata={**line.bots.versions["bot_1"][-1]["metadata"], **dict(list(pairs.items())[1:])})
    full = bot("a", prompt="x", metadata={"one": "more"}, ignore=frozenset(f"metadata.{key}" for key in pairs))
    (change,) = line.plan(full).changes
    assert (change.action, f"among the {PAIRS_MAX} pairs" in change.reason) == (Action.CONFLICT, True)


def test_a_deletion_is_undone_by_its_backup(line: Line) -> None:
    wanted = [bot("a", **FULL), bot("b", prompt="Be brief.")]
    line.apply(*wanted)
    before = stated(line.bots.latest()["a"])
    line.apply(wanted[1])
    assert line.writes == ["DELETE /v1/bots/bot_1"]
    assert line.restore() == ("",)
    assert line.writes == ["POST /v1/bots", "POST /v1/bots/bot_3/versions"]
    assert stated(line.bots.latest()["a"]) == before
    assert line.plan(*wanted).is_empty


def test_a_change_is_undone_by_a_new_version(line: Line) -> None:
    line.apply(bot("a", **FULL))
    before = stated(line.bots.latest()["a"])
    line.apply(bot("a", prompt="Worse.", mood="calm"))
    assert line.restore() == ("",)
    assert stated(line.bots.latest()["a"]) == before
    assert [one["version"] for one in line.bots.versions["bot_1"]] == [1, 2, 3]


def test_ids_of_variables_are_told_on_neither_side(line: Line) -> None:
    variables = {("files", 1): "FILE"}
    line.apply(bot("a", files=["x", "f-secret"], variables=variables))
    line.bots.edit("bot_1", files=["f-another"])
    plan = line.plan(bot("a", files=["x", "f-secret"], variables=variables))
    said = str(seen_plan(plan).changes[0].as_data())
    assert "env:FILE" in said
    assert "f-secret" not in said


def test_a_value_of_another_shape_comes_back_as_it_was(line: Line) -> None:
    line.apply(bot("a", **FULL))
    line.bots.edit("bot_1", pace={"odd": 1})
    before = stated(line.bots.latest()["a"])
    line.carry_out(line.plan())
    assert line.restore() == ("",)
    assert stated(line.bots.latest()["a"]) == before


def test_release_keeps_the_bot_as_it_is(line: Line) -> None:
    line.apply(bot("a", **FULL))
    before = stated(line.bots.latest()["a"])
    listing = line.listing()
    line.carry_out(make_release(listing.assistants, listing, SCOPE))
    after = line.bots.latest()["a"]
    assert stated(after) == before
    assert MARK_KEY not in after["metadata"]


def test_what_bears_the_name_is_adopted(line: Line) -> None:
    line.bots._add("bot_9", {"name": "a", "model": "gpt-4o", "prompt": "By hand."})
    assert actions(line.plan(bot("a"))) == {"a": Action.CONFLICT}
    adopting = Definition("a", {"name": "a", "model": "gpt-4o", "mood": "lively"}, adopt="bot_9", members=BOTS)
    line.apply(adopting)
    found = line.bots.versions["bot_9"][-1]
    assert (found["version"], found["mood"], found["prompt"]) == (2, "lively", None)


texts = st.text("ab \n", max_size=4)
fields = st.fixed_dictionaries(
    {"name": texts, "model": st.sampled_from(["gpt-4o", "gpt-4.1"])},
    optional={
        "prompt": texts,
        "mood": st.sampled_from(["calm", "lively"]),
        "pace": st.sampled_from([0, 1, 2.5, 3, 3.0]),
        "files": st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
        "metadata": st.dictionaries(st.sampled_from(["k", "l"]), texts, max_size=2),
    },
)
sets = st.dictionaries(st.sampled_from(["one", "two", "three"]), fields, max_size=3)


@examples(9)
@given(sets, sets)
def test_apply_then_plan_is_empty(tmp_path_factory: pytest.TempPathFactory, before: Any, after: Any) -> None:
    bots = Bots()
    with scripted(bots.answer) as server:
        line = Line(server, bots, tmp_path_factory.mktemp("law"))
        for wanted in (before, after):
            line.apply(*(Definition(key, one, members=BOTS) for key, one in wanted.items()))


def test_an_api_that_nobody_speaks_is_said_to_be_unknown() -> None:
    async def run() -> None:
        async with connect(Remote("http://127.0.0.1:1/v1", api="bots"), Connection(), {}):
            pass

    with pytest.raises(ToolError, match=r"does not speak the api 'bots'; it speaks assistants"):
        asyncio.run(run())
