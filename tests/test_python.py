"""The Python API against the embedded endpoint: everything that a project object does, waiting and awaited."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import typing
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

import assistants_tool
from assistants_tool import (
    Action,
    AsyncProject,
    DefinitionError,
    EndpointError,
    Listing,
    Outcome,
    Planned,
    Project,
    RefusedError,
    Status,
    ToolError,
    apply,
    load,
    plan,
    validate,
)
from assistants_tool.cli import main
from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, Request, scripted
from tests.tables import cases

T = TypeVar("T")
Either = Project | AsyncProject
Open = Callable[..., Either]

PROJECT = """\
project: acme
environments:
  local: {endpoint: embedded}
  staging: {endpoint: embedded}
"""
FILES = {
    "assistants/project.yaml": PROJECT,
    "assistants/a.yaml": "model: m\nname: A\n",
    "assistants/b.yaml": "model: m\n",
}


@pytest.fixture(params=[Project, AsyncProject], ids=["waits", "awaited"])
def opened(request: pytest.FixtureRequest) -> Open:
    """`open` of either class, in the environment `local` unless another is named."""
    kind: type[Either] = request.param

    def open_project(*paths: str | Path, **how: Any) -> Either:
        return kind.open(*paths, **{"environment": "local", **how})

    return open_project


def done(answer: T | Coroutine[Any, Any, T]) -> T:
    """What either class answers."""
    return asyncio.run(answer) if inspect.iscoroutine(answer) else typing.cast("T", answer)


def told(outcomes: tuple[Outcome, ...]) -> list[tuple[str, Action, Status]]:
    return [(one.change.key, one.change.action, one.status) for one in outcomes]


def actions(planned: Planned) -> dict[str, Action]:
    return {one.key: one.action for one in planned.changes}


def names(listing: Listing) -> dict[str, str | None]:
    """Key -> name, of what is managed."""
    return {one.mark.key: one.name for one in listing.assistants if one.mark}


def ids(project: Either) -> dict[str, str]:
    return {one.mark.key: one.id for one in done(project.list()).assistants if one.mark}


# --- open, validate, load


def test_what_was_opened_says_where_it_works(opened: Open, write: Write, tmp_path: Path) -> None:
    write(FILES)
    project = opened()
    assert (project.root, project.target.scope.project, project.target.scope.environment) == (tmp_path, "acme", "local")
    assert str(project.target) == "embedded endpoint .assistants/embedded.db, project acme, environment local"
    assert repr(project) == f"<{type(project).__name__} {project.target}>"


def test_definitions_are_checked_and_loaded(opened: Open, write: Write) -> None:
    write({**FILES, "assistants/c.yaml": "model: m\nenvironments: {local: false}\n"})
    project = opened()
    assert project.validate() == validate() == validate("assistants") == 3
    wanted = project.load()
    assert [one.key for one in wanted.definitions] == ["a", "b"]
    assert (wanted.left_out, wanted.whole, wanted.target) == (frozenset({"c"}), True, project.target)
    write({"assistants/a.yaml": "modle: m\n", "assistants/b.yaml": "model: m\nname: no\n"})
    for check in (project.validate, project.load, validate):
        with pytest.raises(DefinitionError) as caught:
            check()
        found = {(one.path, one.line, one.column) for one in caught.value.problems}
        assert {("assistants/a.yaml", 1, 1), ("assistants/b.yaml", 2, 7)} <= found


def test_checking_needs_no_endpoint(write: Write) -> None:
    write({"assistants/a.yaml": "model: m\n"})
    assert validate("assistants") == 1
    with pytest.raises(ToolError, match="no endpoint is chosen"):
        Project.open("assistants")


# --- plan


def test_a_plan_is_what_the_command_shows(opened: Open, write: Write, cli: Cli) -> None:
    write(FILES)
    planned = done(opened().plan())
    assert actions(planned) == {"a": Action.CREATE, "b": Action.CREATE}
    assert (planned.is_empty, planned.refusals) == (False, ())
    shown = cli("plan", "-e", "local").stdout
    assert f"Target: {planned.target}\n{planned.text()}\n" == shown
    assert f"{planned.markdown()}\n" == cli("plan", "-e", "local", "-o", "markdown").stdout
    assert planned.as_data() == json.loads(cli("plan", "-e", "local", "-o", "json").stdout)
    assert repr(planned) == "<Plan: 2 to create, 0 to update, 0 to delete, 0 unchanged.>"


def test_what_has_no_definition_is_pruned_where_asked(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    done(project.apply())
    Path("assistants/b.yaml").unlink()
    assert actions(done(project.plan())) == {"a": Action.KEEP, "b": Action.ORPHAN}
    planned = done(project.plan(prune=True))
    assert actions(planned) == {"a": Action.KEEP, "b": Action.DELETE}
    assert told(done(project.apply(planned))) == [("b", Action.DELETE, Status.DONE)]
    assert done(project.plan(prune=True)).is_empty


@pytest.mark.parametrize("only", ["a*", ["a*"], ("a*",), ["a1", "a2"]])
def test_only_narrows_a_plan(opened: Open, write: Write, only: str | list[str]) -> None:
    write({"assistants/project.yaml": PROJECT} | {f"assistants/{key}.yaml": "model: m\n" for key in ("a1", "a2", "b")})
    assert set(actions(done(opened().plan(only=only)))) == {"a1", "a2"}
    assert set(actions(plan(opened().load(), only=only))) == {"a1", "a2"}


def test_what_is_unmanaged_is_adopted_where_asked(opened: Open, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\nname: A\n"})
    project = opened()
    (made,) = done(project.apply())
    done(project.release("a"))
    planned = done(project.plan())
    assert actions(planned) == {"a": Action.CONFLICT}
    with pytest.raises(RefusedError, match="1 conflict"):
        done(project.apply(planned))
    planned = done(project.plan(adopt=True))
    assert [(one.action, one.id) for one in planned.changes] == [(Action.ADOPT, made.id)]
    assert told(done(project.apply(planned))) == [("a", Action.ADOPT, Status.DONE)]
    assert ids(project) == {"a": made.id}


def test_guards_are_in_the_plan_and_stop_an_apply(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    done(project.apply())
    write({"assistants/a.yaml": "model: other\nname: A\n"})
    Path("assistants/b.yaml").unlink()
    risky, many = done(project.plan(fail_on_risk=True)), done(project.plan(prune=True, max_delete="0"))
    assert (len(risky.refusals), len(many.refusals)) == (1, 1)
    assert "--max-delete" in many.refusals[0]
    assert plan(project.load(), fail_on_risk=True).refusals == risky.refusals
    for planned in (risky, many):
        with pytest.raises(RefusedError):
            done(project.apply(planned))
    assert set(ids(project)) == {"a", "b"}


# --- apply


def test_an_apply_without_a_plan_makes_one(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    made = done(project.apply())
    assert told(made) == [("a", Action.CREATE, Status.DONE), ("b", Action.CREATE, Status.DONE)]
    assert {one.change.key: one.id for one in made} == ids(project)
    assert done(project.apply()) == ()


def test_it_works_from_any_folder(opened: Open, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({f"work/{name}": text for name, text in {**FILES, ".git/config": ""}.items()})
    project = opened("work/assistants")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    planned = done(project.plan())
    planned.save("plan.json")
    assert json.loads(Path("plan.json").read_text(encoding="utf-8"))["request"]["paths"] == ["assistants"]
    assert len(done(project.apply(project.read_plan("plan.json")))) == 2
    assert (tmp_path / "work/.assistants/embedded.db").is_file()


# --- outcomes as they come, and stopping


def test_outcomes_are_heard_of_as_they_come(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    heard: list[Outcome] = []
    threads: set[int] = set()

    def hear(outcome: Outcome) -> None:
        heard.append(outcome)
        threads.add(threading.get_ident())

    assert list(done(project.apply(on_outcome=hear))) == heard
    assert list(done(project.release("a", on_outcome=hear))) == heard[2:]
    assert list(done(project.restore(on_outcome=hear)).outcomes) == heard[3:]
    assert list(done(project.delete("b", on_outcome=hear))) == heard[4:]
    assert told(tuple(heard)) == [
        ("a", Action.CREATE, Status.DONE),
        ("b", Action.CREATE, Status.DONE),
        ("a", Action.RELEASE, Status.DONE),
        ("a", Action.ADOPT, Status.DONE),
        ("b", Action.DELETE, Status.DONE),
    ]
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("error", [OSError, SystemExit])
def test_who_does_not_want_to_hear_stops_nothing(opened: Open, write: Write, error: type[BaseException]) -> None:
    write(FILES)
    project = opened()

    def deaf(outcome: Outcome) -> None:
        raise error(f"no room for {outcome.change.key}")

    with pytest.raises(error, match="no room for a"):
        done(project.apply(on_outcome=deaf))
    assert set(ids(project)) == {"a", "b"}


MANY = {"assistants/project.yaml": PROJECT} | {f"assistants/k{number}.yaml": "model: m\n" for number in range(6)}


def test_a_cancelled_apply_ends_what_it_has_begun(write: Write) -> None:
    write(MANY)
    project = AsyncProject.open(environment="local", parallelism=1)
    heard: list[Outcome] = []

    async def program() -> None:
        def hear(outcome: Outcome) -> None:
            heard.append(outcome)
            task.cancel()

        task = asyncio.ensure_future(project.apply(on_outcome=hear))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(program())
    assert [one.status for one in heard] == [Status.DONE] + [Status.SKIPPED] * 5
    assert len(ids(project)) == 1
    assert len(asyncio.run(project.apply())) == 5


def test_time_that_is_up_ends_an_apply(write: Write) -> None:
    write(MANY)
    project = AsyncProject.open(environment="local", parallelism=1)

    heard: list[Outcome] = []

    async def program() -> None:
        async with asyncio.timeout(60) as limit:

            def hear(outcome: Outcome) -> None:
                if not heard:
                    limit.reschedule(0)
                heard.append(outcome)

            await project.apply(on_outcome=hear)

    with pytest.raises(TimeoutError):
        asyncio.run(program())
    assert len(heard) == 6
    assert 1 <= len(ids(project)) == sum(one.status is Status.DONE for one in heard) < 6


@pytest.mark.parametrize("in_a_loop", [False, True])
def test_ctrl_c_ends_what_it_has_begun(write: Write, *, in_a_loop: bool) -> None:
    """In a notebook an event loop is running, and nobody but Python hears of a Ctrl-C."""
    write(MANY)
    project = Project.open(environment="local", parallelism=1)
    heard: list[Outcome] = []

    def press(outcome: Outcome) -> None:
        if not heard:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        heard.append(outcome)
        time.sleep(0.05)  # the main thread has to get its turn

    async def notebook() -> None:
        project.apply(on_outcome=press)

    def program() -> None:
        if in_a_loop:
            loop = asyncio.new_event_loop()
            with contextlib.closing(loop):
                loop.run_until_complete(notebook())
        else:
            project.apply(on_outcome=press)

    with pytest.raises(KeyboardInterrupt):
        program()
    assert heard[0].status is Status.DONE
    assert Status.SKIPPED in {one.status for one in heard}
    assert len(heard) == 6
    assert len(ids(project)) == sum(one.status is Status.DONE for one in heard)


@pytest.mark.parametrize("fresh", [0.0, 60.0])
def test_a_plan_that_is_old_or_was_carried_out_is_looked_at_again(
    opened: Open, write: Write, monkeypatch: pytest.MonkeyPatch, fresh: float
) -> None:
    """A program may try again what failed in part, at once and with the same plan."""
    monkeypatch.setattr("assistants_tool.applying.context.FRESH_SECONDS", fresh)
    write(FILES)
    project = opened()
    planned = done(project.plan())
    first = [one.id for one in done(project.apply(planned))]
    with pytest.raises(RefusedError, match="the plan is stale, nothing was written") as caught:
        done(project.apply(planned))
    assert any("appeared on the endpoint" in one for one in caught.value.details)
    assert {one.id for one in done(project.list()).assistants} == {*first}


# --- saved plans


@pytest.fixture
def saved(write: Write) -> Path:
    """A plan that creates `a` and `b`."""
    write(FILES)
    Project.open(environment="local").plan().save("plan.json")
    return Path("plan.json")


@pytest.mark.usefixtures("saved")
def test_a_saved_plan_is_read_and_applied(opened: Open) -> None:
    project = opened()
    read = project.read_plan("plan.json")
    assert (read.name, read.as_data()) == ("plan.json", done(project.plan()).as_data())
    assert [one.key for one in read.plan.changes] == ["a", "b"]
    assert told(done(project.apply(read))) == [("a", Action.CREATE, Status.DONE), ("b", Action.CREATE, Status.DONE)]


def test_the_command_applies_it_too(saved: Path, cli: Cli) -> None:
    assert cli("apply", str(saved), "--yes", "-e", "local").stdout.endswith(
        "Applied: 2 created, 0 updated, 0 deleted.\n"
    )


def test_a_saved_plan_keeps_its_options(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    done(project.apply())
    Path("assistants/b.yaml").unlink()
    write({"assistants/c.yaml": "model: m\n"})
    done(project.plan(prune=True, only="b", max_delete="1")).save("plan.json")
    assert told(done(project.apply(project.read_plan("plan.json")))) == [("b", Action.DELETE, Status.DONE)]


Move = Callable[[Project, Write], object]
STALE: dict[str, tuple[Move, str]] = {
    "a definition that changed": (
        lambda _, write: write({"assistants/a.yaml": "model: x\n"}),
        "the definition a changed",
    ),
    "a definition that is new": (
        lambda _, write: write({"assistants/c.yaml": "model: m\n"}),
        "the definition c is new",
    ),
    "what was done meanwhile": (lambda project, _: project.apply(), "appeared on the endpoint"),
}


@cases("move reason", STALE)
def test_a_stale_plan_is_refused(opened: Open, write: Write, saved: Path, move: Move, reason: str) -> None:
    move(Project.open(environment="local"), write)
    project = opened()
    before = done(project.list())
    with pytest.raises(RefusedError, match="the plan is stale, nothing was written") as caught:
        done(project.apply(project.read_plan(saved)))
    assert any(reason in one for one in caught.value.details)
    assert done(project.list()) == before


def test_a_plan_of_another_target_is_refused(opened: Open, saved: Path) -> None:
    there = opened(environment="staging")
    with pytest.raises(RefusedError, match=r"^plan\.json is not for this, nothing was written:$") as caught:
        there.read_plan(saved)
    assert caught.value.details == ("the environment is staging, and the plan was made for local",)
    with pytest.raises(RefusedError, match="is not for this"):
        done(there.apply(opened().read_plan(saved)))
    with pytest.raises(ToolError, match=r"^the plan is for .* environment local, .* environment staging; plan again"):
        done(there.apply(done(opened().plan())))
    assert not done(there.list()).assistants


FILES_THERE: dict[str, tuple[str, str, str]] = {
    "not a name of a plan": ("plan.txt", "", "a saved plan has a name that ends in .json"),
    "something else": ("plan.json", "{}", "there is a file that is no saved plan"),
    "no folder": ("no/such/plan.json", "", "cannot be written: No such file or directory"),
}


@cases("name held said", FILES_THERE)
def test_where_no_plan_can_be_saved(opened: Open, write: Write, name: str, held: str, said: str) -> None:
    write(FILES)
    if held:
        write({name: held})
    with pytest.raises(ToolError, match=f"^{re.escape(name)}.* ?{re.escape(said)}"):
        done(opened().plan()).save(name)
    assert (Path(name).read_text(encoding="utf-8") if held else "") == held


@pytest.mark.parametrize("name", ["project.yaml", "nowhere.json"])
def test_what_is_no_saved_plan(opened: Open, write: Write, name: str) -> None:
    write(FILES)
    with pytest.raises(ToolError, match=re.escape(name)):
        opened().read_plan(name)


# --- list, show


def test_what_is_there_is_listed_and_shown(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    done(project.apply())
    listing = done(project.list())
    assert (names(listing), listing.incomplete) == ({"a": "A", "b": None}, "")
    shown = done(project.show("a"))
    assert shown == done(project.show(shown.id))
    assert (shown.name, shown.body["model"], shown.mark and shown.mark.environment) == ("A", "m", "local")
    with pytest.raises(ToolError, match="no assistant has the key or id 'aa' in environment local; did you mean 'a'"):
        done(project.show("aa"))
    with pytest.raises(ToolError, match="no assistant has the key"):
        done(opened(environment="staging").show("a"))


# --- delete


def test_what_is_named_is_deleted(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    done(project.apply())
    there = ids(project)
    assert told(done(project.delete("a", there["b"]))) == [
        ("a", Action.DELETE, Status.DONE),
        ("b", Action.DELETE, Status.DONE),
    ]
    with pytest.raises(ToolError, match="no assistant has the key or id 'a'"):
        done(project.delete("a"))


def test_everything_of_one_environment_is_deleted(opened: Open, write: Write) -> None:
    write(FILES)
    here, there = opened(), opened(environment="staging")
    done(here.apply())
    done(there.apply())
    with pytest.raises(RefusedError, match="more than --max-delete allows"):
        done(here.delete(everything=True, max_delete="1"))
    assert len(done(here.delete(everything=True))) == 2
    assert {one.mark and one.mark.environment for one in done(here.list()).assistants} == {"staging"}
    assert done(here.delete(everything=True)) == ()


def test_what_is_not_ours_is_deleted_by_its_id_alone(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    (made, _other) = done(project.apply())
    done(project.release("a"))
    with pytest.raises(ToolError, match="is not managed by this tool"):
        done(project.delete(str(made.id)))
    assert told(done(project.delete(str(made.id), unmanaged=True))) == [("", Action.DELETE, Status.DONE)]


def test_what_is_protected_is_not_deleted(opened: Open, write: Write) -> None:
    write({**FILES, "assistants/a.yaml": "model: m\nprotect: true\n"})
    project = opened()
    done(project.apply())
    for keys in (["a"], []):
        with pytest.raises(RefusedError, match="1 protected assistant would be deleted"):
            done(project.delete(*keys, everything=not keys))
    assert set(ids(project)) == {"a", "b"}


# --- release, restore


def test_what_is_released_stays(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    (made, _) = done(project.apply())
    assert told(done(project.release("a"))) == [("a", Action.RELEASE, Status.DONE)]
    assert done(project.show(str(made.id))).mark is None
    with pytest.raises(ToolError, match="there is nothing to release"):
        done(project.release(str(made.id)))


def test_what_a_run_did_is_undone(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    done(project.apply())
    before = ids(project)
    write({"assistants/a.yaml": "model: m\nname: After\n"})
    done(project.apply())
    done(project.delete("b"))
    back = done(project.restore())
    assert (told(back.outcomes), back.failed, back.faults) == ([("b", Action.CREATE, Status.DONE)], False, ())
    assert ids(project)["b"] != before["b"]
    (first, *_) = sorted(one.name for one in (project.root / ".assistants/backups").iterdir())
    again = done(project.restore(first, only="a"))
    assert (again.time, told(again.outcomes)) == (first, [("a", Action.UPDATE, Status.DONE)])
    assert names(done(project.list())) == {"a": "A", "b": None}


def test_where_nothing_was_changed_there_is_nothing_to_restore(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    done(project.apply())
    with pytest.raises(ToolError, match="no backup"):
        done(project.restore())


# --- import


def test_what_is_there_is_written_down(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened()
    (made, other) = done(project.apply())
    done(project.release("a"))
    imported = done(project.import_(everything=True, to="taken"))
    assert imported.folder == Path.cwd() / "taken"
    assert [(one.name, one.subject.split()[0]) for one in imported.written] == [("a-2.yaml", made.id)]
    assert [one.subject.split()[0] for one in imported.taken] == [other.id]
    assert (imported.left, imported.incomplete) == ((), "")
    assert f"adopt: {made.id}\n" in Path("taken/a-2.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["assistants", "assistants/a.yaml"])
def test_by_default_it_is_written_beside_the_definitions(opened: Open, write: Write, path: str) -> None:
    write(FILES)
    project = opened(path)
    (made, *_) = done(project.apply())
    done(project.release("a"))
    imported = done(project.import_(str(made.id)))
    assert [imported.folder / one.name for one in imported.written] == [Path.cwd() / "assistants/a-2.yaml"]
    with pytest.raises(ToolError, match="no assistant has the id 'asst_x'"):
        done(project.import_("asst_x"))


def test_from_another_environment_it_is_made_anew(opened: Open, write: Write) -> None:
    write(FILES)
    here, there = opened(), opened(environment="staging")
    done(there.apply())
    Path("assistants/a.yaml").unlink()
    Path("assistants/b.yaml").unlink()
    of = ids(there)
    imported = done(here.import_(of["a"], of["b"], origin="staging"))
    assert sorted(one.name for one in imported.written) == ["a.yaml", "b.yaml"]
    assert "adopt" not in Path("assistants/a.yaml").read_text(encoding="utf-8")
    assert told(done(here.apply())) == [("a", Action.CREATE, Status.DONE), ("b", Action.CREATE, Status.DONE)]
    assert set(ids(here).values()) & set(of.values()) == set()


# --- what callers get wrong is said before anything is asked

NOWHERE = "http://127.0.0.1:9/v1"
WRONG: dict[str, tuple[Callable[[Open], object], str]] = {
    "two endpoints": (lambda opened: opened(embedded=True, base_url=NOWHERE), "embedded and base_url name two"),
    "no requests at a time": (lambda opened: opened(parallelism=0), "parallelism: 0 is not a number of requests"),
    "too many": (lambda opened: opened(parallelism=101), "parallelism: 101 is not a number of requests"),
    "another word": (
        lambda opened: opened(parallelism="automatic"),
        "'automatic' is not a number of requests at a time",
    ),
    "no time": (lambda opened: opened(timeout=0), "timeout: 0 is not a number of seconds to wait"),
    "endless time": (lambda opened: opened(timeout=float("nan")), "timeout: nan is not a number of seconds to wait"),
    "an environment": (lambda opened: opened(environment="lokal"), "'lokal' is not declared; did you mean 'local'"),
    "a limit": (lambda opened: done(opened(base_url=NOWHERE).plan(max_delete="few")), "max_delete: 'few' is neither"),
    "a limit of a deletion": (
        lambda opened: done(opened(base_url=NOWHERE).delete("a", max_delete="-1")),
        "max_delete: '-1' is neither",
    ),
    "nothing to delete": (
        lambda opened: done(opened().delete()),
        "name the assistants to delete, or say everything=True",
    ),
    "all and some": (lambda opened: done(opened().delete("a", everything=True)), "one of the two"),
    "nothing to release": (lambda opened: done(opened().release()), "name the assistants to release"),
    "nothing to import": (lambda opened: done(opened().import_()), "name the assistants to import by their ids"),
    "a file to import to": (lambda opened: done(opened().import_("x", to="assistants/a.yaml")), "is a file"),
    "time for a function": (lambda opened: plan(opened().load(), timeout=-1), "timeout: -1 is not a number"),
    "requests for a function": (
        lambda opened: apply(done(opened().plan()), parallelism=0),
        "parallelism: 0 is not a number of requests",
    ),
}


@cases("ask said", WRONG)
def test_what_makes_no_sense(opened: Open, write: Write, ask: Callable[[Open], object], said: str) -> None:
    write(FILES)
    with pytest.raises(ToolError, match=re.escape(said)):
        ask(opened)


# --- an endpoint that is not there, or says no


@pytest.mark.usefixtures("impatient")
def test_an_endpoint_that_is_not_there(opened: Open, write: Write) -> None:
    write(FILES)
    project = opened(base_url=NOWHERE, environment="local")
    with pytest.raises(EndpointError, match="connection refused") as caught:
        done(project.list())
    assert caught.value.fate.name == "NOT_SENT"


@pytest.mark.parametrize("fail_fast", [False, True])
def test_a_failure_is_an_outcome(opened: Open, write: Write, *, fail_fast: bool) -> None:
    write(FILES)
    refusal = Answer(400, {"error": {"message": "no such model", "type": "invalid_request_error"}})

    def script(request: Request) -> Answer:
        return refusal if request.method == "POST" else Answer(200, {"object": "list", "data": [], "has_more": False})

    with scripted(script) as server:
        project = opened(base_url=server.url)
        outcomes = done(project.apply(fail_fast=fail_fast))
        ends = [Status.FAILED, Status.SKIPPED if fail_fast else Status.FAILED]
        assert [one.status for one in outcomes] == ends
        assert "no such model" in outcomes[0].message
        planned = plan(load(base_url=server.url, environment="local"))
        assert [one.status for one in apply(planned, fail_fast=fail_fast)] == ends


def test_a_key_comes_from_a_command(opened: Open, write: Write) -> None:
    """Also where the process that the command runs in belongs to another thread's event loop."""
    words = f"[{sys.executable}, -c, 'print(\"sk-of-a-command\")']"
    with scripted(lambda _: Answer(200, {"object": "list", "data": [], "has_more": False})) as server:
        endpoint = f"{{base_url: {server.url}, api_key: {{command: {words}}}}}"
        write({"assistants/project.yaml": f"environments: {{local: {{endpoint: {endpoint}}}}}\n"})
        project = opened()
        done(project.list())

        async def program() -> None:
            listed = project.list()
            await listed if inspect.isawaitable(listed) else None

        asyncio.run(program())
        assert [one.headers["authorization"] for one in server.requests] == ["Bearer sk-of-a-command"] * 2


# --- what is told


def test_the_values_of_variables_are_not_shown(opened: Open, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "very-secret-text")
    write({**FILES, "assistants/a.yaml": "model: m\nmetadata: {token: {env: TOKEN}}\n"})
    project = opened()
    planned = done(project.plan())
    planned.save("plan.json")
    said = [planned.text(), planned.markdown(), json.dumps(planned.as_data()), repr(planned), repr(planned.wanted)]
    said += [repr(planned.changes), repr(done(project.apply(planned))), repr(done(project.list()))]
    monkeypatch.setenv("TOKEN", "very-secret-text, changed")
    said += [repr(done(project.plan()).changes)]
    said += [Path("plan.json").read_text(encoding="utf-8"), str(project.read_plan("plan.json"))]
    assert "env:TOKEN" in said[0]
    assert not [one for one in said if "very-secret-text" in one]
    (change, _) = planned.changes
    assert change.definition
    assert change.definition.fields["metadata"] == {"token": "very-secret-text"}


# --- the API as such


def test_the_variables_of_the_command_are_not_read(opened: Open, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILES)
    for option in main.commands["apply"].params:
        for name in [option.envvar] if isinstance(option.envvar, str) else option.envvar or ():
            monkeypatch.setenv(name, "http://127.0.0.1:9/nonsense")
    assert opened().target.scope.environment == "local"
    assert opened().load().definitions


def test_an_error_has_the_exit_code_of_the_command(cli: Cli, write: Write) -> None:
    write({**FILES, "assistants/c.yaml": "modle: m\n"})
    faults: dict[str, Callable[[], object]] = {
        "validate": Project.open("assistants", environment="local").validate,
        "plan -e nowhere": lambda: Project.open("assistants", environment="nowhere"),
        "plan -e local --max-delete few": lambda: Project.open("assistants", environment="local").plan(
            max_delete="few"
        ),
        "plan -e local --timeout 0": lambda: Project.open("assistants", environment="local", timeout=0),
        "apply -e local --parallelism few": lambda: Project.open("assistants", environment="local", parallelism="few"),  # type: ignore[arg-type] # which is the fault
    }
    for line, call in faults.items():
        with pytest.raises(ToolError) as caught:
            call()
        assert caught.value.exit_code == cli(*line.split()).exit_code, line


def public_methods(kind: type) -> dict[str, Any]:
    return {name: one for name, one in inspect.getmembers(kind) if not name.startswith("_")}


def test_both_classes_can_do_the_same() -> None:
    waiting, awaited = public_methods(Project), public_methods(AsyncProject)
    assert list(waiting) == list(awaited)
    for name in waiting.keys() - {"root", "target", "open"}:
        ours, theirs = inspect.signature(waiting[name]), inspect.signature(awaited[name])
        assert (ours.parameters, ours.return_annotation) == (theirs.parameters, theirs.return_annotation), name
    opening = [inspect.signature(kind.open).parameters for kind in (Project, AsyncProject)]
    assert opening[0] == opening[1]


def test_the_readme_names_what_a_project_does() -> None:
    """Each of its methods is a command of that name; `load` and `read_plan` are steps that a command takes by itself."""
    (sentence,) = re.findall(
        r"(?s)`Project` has (.*?), which do what", (REPOSITORY / "README.md").read_text(encoding="utf-8")
    )
    methods = public_methods(Project).keys() - {"root", "target", "open", "load", "read_plan"}
    assert set(re.findall(r"`(\w+)`", sentence)) == methods
    assert {one.removesuffix("_") for one in methods} <= main.commands.keys()
    page = (REPOSITORY / "docs" / "python.md").read_text(encoding="utf-8")
    (beyond,) = re.findall(r"(?s)Only commands:\s(.*?)\.", page)
    assert set(re.findall(r"`(\w+)`", beyond)) == main.commands.keys() - {one.removesuffix("_") for one in methods}


def test_all_of_it_is_described() -> None:
    for name in assistants_tool.__all__:
        exported = getattr(assistants_tool, name)
        assert exported.__doc__, name
        for inner, method in public_methods(exported).items() if name.endswith("Project") else ():
            assert method.__doc__, f"{name}.{inner}"


def classes_in(hint: Any) -> Iterator[type]:
    """Our own classes that an annotation names, at any depth."""
    if isinstance(hint, type) and hint.__module__.startswith("assistants_tool"):
        yield hint
    for inner in typing.get_args(hint):
        for one in inner if isinstance(inner, list) else [inner]:
            yield from classes_in(one)


def test_what_stands_in_a_signature_can_be_imported() -> None:
    exported = {name: getattr(assistants_tool, name) for name in assistants_tool.__all__}
    functions: list[Callable[..., Any]] = [one for one in exported.values() if inspect.isfunction(one)]
    for kind in (Project, Planned):
        members = public_methods(kind).values()
        functions += [one for one in members if inspect.isroutine(one)]
        functions += [one.fget for one in members if isinstance(one, property) and inspect.isfunction(one.fget)]
    hints = [hint for one in functions for hint in typing.get_type_hints(one, localns=exported).values()]
    named = {one for hint in hints for one in classes_in(hint)}
    assert len(named) > 10
    assert named <= set(exported.values())


def test_a_prompt_shows_the_names() -> None:
    assert set(assistants_tool.__all__) <= set(dir(assistants_tool))


# --- the page about it

PAGE = REPOSITORY / "docs" / "python.md"
ID = re.compile(r"asst_\w{24}")


def test_the_examples_of_the_page_run_and_print_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", text, re.DOTALL)
    assert len(examples) > 10
    names: dict[str, Any] = {}
    for code, printed in examples:
        exec(compile(code, PAGE.name, "exec"), names)  # noqa: S102 - our own examples
        assert ID.sub("asst_...", capsys.readouterr().out) == printed


def test_the_page_has_every_name() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert not [name for name in assistants_tool.__all__ if f"`{name}`" not in text and f"import {name}" not in text]
    for name in public_methods(Project):
        assert re.search(rf"\b{name}\b", text), name


# --- a program of somebody else's

SAMPLES = REPOSITORY / "tests" / "samples"


@pytest.fixture(scope="module")
def checked() -> str:
    """What `mypy --strict` says of the samples, in a folder that is not the repository."""
    cache = REPOSITORY / ".mypy_cache" / "samples"
    with tempfile.TemporaryDirectory() as folder:
        for one in SAMPLES.glob("*.py"):
            shutil.copy(one, folder)
        words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), "program.py", "misused.py"]
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_mypy_accepts_a_program_from_outside(checked: str) -> None:
    assert "program.py" not in checked
    assert "import-untyped" not in checked
    assert checked.splitlines()[-1].startswith("Found ")


def test_mypy_refuses_what_is_misused(checked: str) -> None:
    lines = (SAMPLES / "misused.py").read_text(encoding="utf-8").splitlines()
    wanted = {(number, line.partition("  # ")[2]) for number, line in enumerate(lines, 1) if "  # " in line}
    found = {(int(line), code) for line, code in re.findall(r"misused\.py:(\d+): error: .*\[([a-z-]+)\]", checked)}
    assert found == wanted


def test_the_program_runs(write: Write) -> None:
    write(FILES)
    words = [sys.executable, str(SAMPLES / "program.py"), "assistants", "local"]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    first, *others = run.stdout.splitlines()
    assert run.stderr == ""
    assert first == f"2 definitions for {Project.open(environment='local').target}; to create: ['a', 'b']"
    assert others[0] == "['a', 'b']"
    assert re.fullmatch(r"\['a-2\.yaml', 'asst_\w{24}\.yaml'\]", others[1])
    assert others[2:] == ["True", "http://127.0.0.1:9/v1, project acme, environment local"]
