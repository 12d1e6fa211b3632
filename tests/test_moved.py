"""Between the plan and the first write time passes: what moved meanwhile is named, and nothing is written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assistants_tool.applying.context import FRESH_SECONDS, Policy
from assistants_tool.errors import RefusedError
from assistants_tool.line import objects, restoring
from assistants_tool.line.front import Front
from assistants_tool.line.steps import Done, Line
from assistants_tool.line.workspace import Workspace
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Options, Plan
from assistants_tool.project.target import Choice
from tests.conftest import Write
from tests.hostile import Hostile, Object, hostile
from tests.trials import definitions, put

POLICY = Policy(settle_seconds=0.0)
Act = Callable[[Hostile], object]


@dataclass
class Asked(Front):
    """A person who is asked, and who takes the time for something else to happen."""

    endpoint: Hostile
    act: Act = lambda _: None
    is_asked: bool = True
    refusals: tuple[str, ...] = ()

    def agree(self, plan: Plan) -> bool:  # noqa: ARG002 - a person's reasons are not its contents
        self.endpoint.recount()
        self.act(self.endpoint)
        return self.is_asked

    def applied(self, plan: Plan, outcomes: Sequence[Outcome] = ()) -> None:  # noqa: ARG002 - the guards' words alone
        self.refusals = plan.refusals


@pytest.fixture
def endpoint(write: Write, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    """It holds k000, k001 and k002; the files want k000 as another, k001 as it is, and k003, and have no k002."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    files = [*definitions(1, version=2), *definitions(1, first=1), *definitions(1, first=3)]
    texts = {
        f"assistants/{one.key}.yaml": "".join(f"{name}: {it}\n" for name, it in one.fields.items()) for one in files
    }
    write({"assistants/project.yaml": "project: trust\n", **texts})
    with hostile() as running:
        put(running, definitions(3))
        yield running


def line(endpoint: Hostile, act: Act = lambda _: None, *, is_asked: bool = True) -> Line:
    workspace = Workspace.find([Path("assistants")])
    return Line.of(workspace, Choice(base_url=endpoint.url), front=Asked(endpoint, act, is_asked))


def ids(endpoint: Hostile) -> list[str]:
    return [one["id"] for one in endpoint.dump()]


def held(endpoint: Hostile, at: int) -> Object:
    return endpoint.shelf.objects[ids(endpoint)[at]]


def applied(line: Line) -> Done:
    return asyncio.run(line.applied(Options(prune=True), POLICY))


def deleted(line: Line) -> Done:
    return asyncio.run(objects.delete(line, ["k001", "k002"], POLICY))


def released(line: Line) -> Done:
    return asyncio.run(objects.release(line, ["k001", "k002"], POLICY))


COMMANDS: dict[str, tuple[Callable[[Line], Done], int]] = {
    "apply": (applied, 3),
    "delete": (deleted, 2),
    "release": (released, 2),
}


@pytest.mark.parametrize(("run", "count"), COMMANDS.values(), ids=COMMANDS)
def test_after_a_question_a_listing_is_asked_once_more_and_the_plan_done(
    run: Callable[[Line], Done], count: int, endpoint: Hostile
) -> None:
    done = run(line(endpoint))
    assert [one.status for one in done.outcomes] == [Status.DONE] * count
    assert endpoint.log[0].request.kind == "GET"
    assert [one.request.kind for one in endpoint.log].count("GET") == (2 if run is applied else 1)


@pytest.mark.parametrize(("run", "count"), COMMANDS.values(), ids=COMMANDS)
def test_where_nobody_was_asked_the_listing_of_the_plan_is_enough(
    run: Callable[[Line], Done], count: int, endpoint: Hostile
) -> None:
    done = run(line(endpoint, is_asked=False))
    assert [one.status for one in done.outcomes] == [Status.DONE] * count
    assert endpoint.log[0].request.kind != "GET"


def edited(endpoint: Hostile) -> None:
    held(endpoint, 2)["description"] = "In use."


def gone(endpoint: Hostile) -> None:
    del endpoint.shelf.objects[ids(endpoint)[2]]


def let_go(endpoint: Hostile) -> None:
    held(endpoint, 2)["metadata"] = {}


MOVED: dict[str, tuple[Act, str]] = {
    "it is edited": (edited, "{id} (k002) changed on the endpoint"),
    "it is gone": (gone, "{id} (k002) is no longer on the endpoint"),
    "it is released": (let_go, "{id} (k002) is no longer on the endpoint"),
}
# `delete` and `release` are given names: what is not there is named by that.
NAMED = "no assistant has the key or id 'k002' here; did you mean 'k001' or 'k000'?"


@pytest.mark.parametrize(("act", "said"), MOVED.values(), ids=MOVED)
@pytest.mark.parametrize("run", [run for run, _ in COMMANDS.values()], ids=COMMANDS)
def test_what_moved_meanwhile_is_named_and_nothing_is_written(
    run: Callable[[Line], Done], act: Act, said: str, endpoint: Hostile
) -> None:
    found = ids(endpoint)[2]
    watched = line(endpoint, act)
    with pytest.raises(RefusedError) as refused:
        run(watched)
    assert str(refused.value) == "the plan is stale, nothing was written; plan again:"
    (detail,) = refused.value.details
    assert detail == (said.format(id=found) if run is applied or act is edited else NAMED)
    assert endpoint.writes == []
    assert isinstance(watched.front, Asked)
    assert watched.front.refusals == ("the plan is stale", detail)


def appeared(endpoint: Hostile) -> None:
    put(endpoint, definitions(1, first=3))


def test_what_appeared_meanwhile_is_not_made_a_second_time(endpoint: Hostile) -> None:
    with pytest.raises(RefusedError) as refused:
        applied(line(endpoint, appeared))
    assert refused.value.details == (f"{ids(endpoint)[3]} (k003) appeared on the endpoint",)
    assert endpoint.writes == []


def unmanaged(endpoint: Hostile) -> None:
    endpoint.put({"model": "gpt-4o", "name": "Bot 3"})


def test_a_guard_that_would_refuse_now_refuses(endpoint: Hostile) -> None:
    with pytest.raises(RefusedError) as refused:
        applied(line(endpoint, unmanaged))
    assert refused.value.details == (
        "k003 was to create, and is now to conflict (" + f"{ids(endpoint)[3]} has this name and is "
        f"not managed; write adopt: {ids(endpoint)[3]}, or --adopt, to take it over, or adopt: false to make another)",
    )
    assert endpoint.writes == []


def strangers(endpoint: Hostile) -> None:
    endpoint.put({"model": "gpt-4o", "name": "Somebody's"})


def untouched(endpoint: Hostile) -> None:
    """Another program counts where the definition says that it may."""
    held(endpoint, 0)["metadata"]["count"] = "7"


def test_what_is_no_part_of_the_plan_may_move(endpoint: Hostile, write: Write) -> None:
    write({"assistants/k000.yaml": "model: gpt-4o\nname: New\nignore: [metadata.count]\n"})
    for act in (strangers, untouched):
        done = applied(line(endpoint, act))
        assert {one.status for one in done.outcomes} <= {Status.DONE}
        write({"assistants/k000.yaml": "model: gpt-4o\nname: Newer\nignore: [metadata.count]\n"})
    assert held(endpoint, 0)["metadata"]["count"] == "7"
    assert held(endpoint, 0)["name"] == "Newer"


def test_an_old_listing_is_asked_for_once_more_though_nobody_was_asked(
    endpoint: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the listing itself takes long, or a program plans first and applies later."""
    working = line(endpoint, edited, is_asked=False)
    planned = asyncio.run(working.planned(Options(prune=True)))
    old = replace(planned.plan.listing, asked_at=time.monotonic() - FRESH_SECONDS - 1)
    planned = replace(planned, plan=replace(planned.plan, listing=old))
    with pytest.raises(RefusedError):
        asyncio.run(working.carried_out(planned, POLICY))
    assert endpoint.writes == []


def test_a_listing_knows_when_it_was_asked_for(endpoint: Hostile) -> None:
    before = time.monotonic()
    planned = asyncio.run(line(endpoint).planned(Options()))
    assert before <= planned.plan.listing.asked_at <= time.monotonic()


def test_a_restore_is_planned_anew_too(endpoint: Hostile) -> None:
    applied(line(endpoint, is_asked=False))

    def edited_since(endpoint: Hostile) -> None:
        held(endpoint, 0)["description"] = "In use."

    with pytest.raises(RefusedError) as refused:
        asyncio.run(restoring.restore(line(endpoint, edited_since), None, (), POLICY))
    assert refused.value.details == (f"{ids(endpoint)[0]} (k000) changed on the endpoint",)
    assert endpoint.writes == []
    done = asyncio.run(restoring.restore(line(endpoint), None, (), POLICY))
    assert not done.failed
    assert MARK_KEY in held(endpoint, 0)["metadata"]


def lay_out(write: Write, wanted: Sequence[Definition]) -> None:
    """These are all that the files want."""
    texts = [f"key: {one.key}\n" + "".join(f"{name}: {it}\n" for name, it in one.fields.items()) for one in wanted]
    for path in Path("assistants").glob("k*.yaml"):
        path.unlink()
    write({"assistants/all.yaml": "---\n".join(texts)})


def test_a_create_of_five_hundred_costs_one_request_each_and_few_more(endpoint: Hostile, write: Write) -> None:
    """The first is read back and looked for in the list; the last look takes a walk in either order."""
    endpoint.reset()
    lay_out(write, definitions(500))
    listed = 1
    assert len(applied(line(endpoint, is_asked=False)).outcomes) == 500
    assert len(endpoint.log) + listed <= 521  # the log begins behind the plan


@pytest.mark.parametrize(("is_asked", "most"), [(False, 57), (True, 63)], ids=["", "after a question"])
def test_a_change_of_fifty_of_five_hundred_costs_one_request_each_and_few_more(
    is_asked: bool, most: int, endpoint: Hostile, write: Write
) -> None:
    """Five pages and the one after the last full one; fifty updates, the first of which is read back; after a question, all pages anew."""
    endpoint.reset()
    put(endpoint, definitions(500))
    lay_out(write, [*definitions(50, version=2), *definitions(450, first=50)])
    watched = line(endpoint, is_asked=is_asked)
    listed = 6
    assert len(applied(watched).outcomes) == 50
    assert len(endpoint.log) + listed == most  # the log begins at the question
    endpoint.recount()
    assert asyncio.run(watched.planned(Options())).is_empty
    assert len(endpoint.log) == listed
