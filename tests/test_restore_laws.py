"""The law: apply, edit (the files and by hand), apply, restore; then each object, but for id and times, and the plan are what they were."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from assistants_tool.applying.backups import Backups
from assistants_tool.applying.context import Policy
from assistants_tool.applying.restoring import Return, restoration
from assistants_tool.applying.returning import bring_back
from assistants_tool.applying.run import apply
from assistants_tool.definitions import yamltext
from assistants_tool.endpoint import Connection, connect
from assistants_tool.objects.assistant import Assistant, Scope
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.endpoint import OpenEndpoint
from assistants_tool.objects.jsontext import as_text
from assistants_tool.objects.payload import members_of_create
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action, Change, Options, Plan
from assistants_tool.project.target import Embedded, Target
from tests.conftest import Cli
from tests.examples import examples
from tests.fakes import MemoryEndpoint, Object, dropping
from tests.strategies import definitions, fields

SCOPE = Scope("acme", "prod", frozenset({"prod"}))
HERE = Target(Embedded(Path("x.db")), SCOPE)
WHOLE = Options(whole=True, prune=True, adopt=True, max_delete="100%")
AT_ONCE = Policy(settle_seconds=0)
KEYS = ("a", "b", "c")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Story:
    """What there is at first, by hand and by files; what is edited by hand, by key or name; what the files say then."""

    by_hand: Sequence[Object]
    before: Sequence[Definition]
    edits: Mapping[str, Object]
    after: Sequence[Definition]


@st.composite
def stories(draw: DrawFn, *, unknown: bool = True) -> Story:
    """Of three keys and two assistants of somebody's, which an edit of the files may adopt, change, rename or drop."""
    names = st.sampled_from(["A", "B", "H1", "H2"])

    def files() -> list[Definition]:
        made = []
        for key in draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=3)):
            one = draw(definitions(unknown=unknown))
            stated = {**one.fields, "name": draw(names)} if draw(st.booleans()) else one.fields
            made.append(replace(one, key=key, fields=stated, protect=False))
        return made

    by_hand = [
        {**draw(fields(unknown=unknown)), "name": name}
        for name in draw(st.lists(st.sampled_from(["H1", "H2"]), unique=True))
    ]
    edits = draw(st.dictionaries(st.sampled_from([*KEYS, "H1", "H2"]), fields(unknown=unknown), max_size=3))
    return Story(by_hand, files(), edits, files())


def handle(one: Assistant) -> str:
    return one.mark.key if one.mark else one.name or ""


def with_some(story: Story, endpoint: MemoryEndpoint) -> MemoryEndpoint:
    for one in story.by_hand:
        endpoint.put(endpoint.on_create({**one, "metadata": pairs_of(one)}))
    return endpoint


def pairs_of(stated: Object) -> Object:
    """Its metadata as a server holds them: a file may state null for a pair that is not there."""
    return {name: one for name, one in (stated.get("metadata") or {}).items() if one is not None}


async def planned(endpoint: MemoryEndpoint, wanted: Iterable[Definition]) -> Plan:
    return make_plan(wanted, await endpoint.listing(), SCOPE, WHOLE)


def edit(endpoint: MemoryEndpoint, edits: Mapping[str, Object]) -> None:
    """As somebody with another program does, who leaves the metadata and the name alone."""
    for found_id, body in endpoint.objects.items():
        stated = edits.get(handle(Assistant(body)), {})
        kept = endpoint.on_update({name: one for name, one in stated.items() if name not in ("metadata", "name")})
        endpoint.objects[found_id] = {**body, **kept}


async def told(endpoint: MemoryEndpoint, story: Story, folder: Path) -> tuple[Plan, dict[str, Object]]:
    """Carry it out up to the last apply; the plan that was made for that, and the objects that it found."""
    first = await planned(endpoint, story.before)
    assume(not first.refusals)
    await apply(first, endpoint, AT_ONCE)
    edit(endpoint, story.edits)
    plan, found = await planned(endpoint, story.after), copy.deepcopy(endpoint.objects)
    assume(not plan.refusals and any(one.assistant for one in plan.changes if one.action is not Action.KEEP))
    outcomes = await apply(plan, endpoint, AT_ONCE, backup=Backups(folder, HERE).save)
    assert {one.status for one in outcomes} == {Status.DONE}, outcomes
    return plan, found


async def restored(endpoint: MemoryEndpoint, folder: Path) -> tuple[dict[str, str], str]:
    """The ids of now by those of then, and what was not kept."""
    run = Backups(folder, HERE).read(None, {})
    plan = restoration(run.backups, await endpoint.listing(), SCOPE).plan
    assert (plan.refusals, run.faults) == ((), ())
    outcomes = await bring_back(plan, endpoint, AT_ONCE, backup=Backups(folder, HERE, restoring=True).save)
    assert all(one.status is Status.DONE or one.still_there for one in outcomes), outcomes
    ids = {id(one.change): str(one.id) for one in outcomes}
    new = {one.old.id: ids.get(id(one), one.id or "") for one in plan.changes if isinstance(one, Return)}
    return new, "".join(one.not_kept + one.still_there for one in outcomes)


def comparable(body: Mapping[str, Any]) -> str:
    """The object as its users see it, the metadata with the mark to the letter."""
    return as_text([canonical(body), body["metadata"]])


def shown(change: Change, new_ids: Mapping[str, str]) -> tuple[Any, ...]:
    differences = [(one.path, repr(one.before), repr(one.after)) for one in change.differences]
    # What the run has created is there still, so that no create stands beside what it may have been renamed from.
    notes = [one for one in change.notes if "renamed" not in one]
    return change.action, change.key, new_ids.get(change.id or "", change.id), differences, notes


async def holds(endpoint: MemoryEndpoint, story: Story, folder: Path) -> str:
    """Check the law; what was not kept."""
    plan, found = await told(endpoint, story, folder)
    new_ids, not_kept = await restored(endpoint, folder)
    assert new_ids
    if not_kept:
        return not_kept
    for old_id, new_id in new_ids.items():
        assert comparable(endpoint.objects[new_id]) == comparable(found[old_id])
    again = {one.id: shown(one, {}) for one in (await planned(endpoint, story.after)).changes}
    for one in plan.changes:
        if one.id in new_ids:
            assert again[new_ids[one.id]] == shown(one, new_ids)
    objects = copy.deepcopy(endpoint.objects)
    assert (await restored(endpoint, folder), endpoint.objects) == ((new_ids, ""), objects), "a second time"
    return ""


EXACT: dict[str, dict[str, Any]] = {
    "keeps all": {},
    "drops on create what update keeps": {"on_create": dropping("temperature", "tools", "response_format")},
    "drops for good": {
        "on_create": dropping("top_p", "description", "tool_resources"),
        "on_update": dropping("top_p", "description", "tool_resources"),
    },
}
DEVIANT: dict[str, dict[str, Any]] = {
    "ignores null": {"on_update": lambda body: {name: one for name, one in body.items() if one is not None}},
    "does not clear": {
        "on_update": lambda body: {name: one for name, one in body.items() if one not in (None, "", [], {}, 0)}
    },
}


@examples(9)
@given(story=stories())
def test_what_a_run_changed_is_again_what_it_was(story: Story, tmp_path_factory: pytest.TempPathFactory) -> None:
    for kind, deviating in EXACT.items():
        note(kind)  # the last one is that in which it failed
        endpoint = with_some(story, MemoryEndpoint(**deviating))
        assert asyncio.run(holds(endpoint, story, tmp_path_factory.mktemp("backups"))) == ""


@examples(5)
@given(story=stories())
def test_what_cannot_be_again_what_it_was_is_named(story: Story, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where nothing is named, all of it is what it was."""
    for kind, deviating in DEVIANT.items():
        note(kind)  # the last one is that in which it failed
        endpoint = with_some(story, MemoryEndpoint(**deviating))
        asyncio.run(holds(endpoint, story, tmp_path_factory.mktemp("backups")))


# --- by the commands, on the embedded endpoint

PROJECT = "project: acme\ndefault_environment: local\nenvironments:\n  local: {endpoint: embedded}\n"
APPLY = ("apply", "--adopt", "--prune", "--max-delete", "100%", "--yes")


def write_files(folder: Path, wanted: Sequence[Definition]) -> None:
    """The folder holds these, and nothing else."""
    for path in folder.glob("*.yaml"):
        path.unlink()
    (folder / "project.yaml").write_text(PROJECT, encoding="utf-8")
    for one in wanted or [Definition("z", {"model": "m"})]:
        own = {"key": one.key, **({"ignore": sorted(one.ignore)} if one.ignore else {})}
        (folder / f"{one.key}.yaml").write_text(yamltext.dump({**own, **one.fields}), encoding="utf-8")


def on_the_endpoint(root: Path, work: Callable[[OpenEndpoint], Awaitable[T]]) -> T:
    async def run() -> T:
        async with connect(Embedded(root / ".assistants/embedded.db"), Connection(), {}) as endpoint:
            return await work(endpoint)

    return asyncio.run(run())


def sendable(stated: Object) -> Object:
    """What a request states of it: without nulls inside, which a file may state."""
    return members_of_create(Definition("x", stated))


def by_hand(root: Path, story: Story) -> None:
    async def edits(endpoint: OpenEndpoint) -> None:
        for one in (await endpoint.listing()).assistants:
            stated = sendable(story.edits.get(handle(one), {}))
            body = {name: value for name, value in stated.items() if name not in ("metadata", "name")}
            await endpoint.update(one.id, {"model": one.body["model"], **body})

    on_the_endpoint(root, edits)


async def created(endpoint: OpenEndpoint, body: Object) -> Assistant:
    return await endpoint.create({**sendable(body), "metadata": pairs_of(body)})


def objects(root: Path) -> list[str]:
    listing = on_the_endpoint(root, lambda endpoint: endpoint.listing())
    return sorted(comparable(one.body) for one in listing.assistants)


def changes(cli: Cli, then: Collection[str]) -> list[Any]:
    """What a plan says of those that were there then, by their keys, as an id may be another and with it the hint at a renamed key."""
    found = json.loads(cli("plan", *APPLY[1:-1], "-o", "json").stdout)["changes"]
    left_out = ("id", "fingerprint", "notes", "risks")
    return [
        {name: one for name, one in change.items() if name not in left_out} for change in found if change["key"] in then
    ]


@examples(4)
@given(story=stories(unknown=False))
def test_what_commands_changed_is_again_what_it_was(
    story: Story, tmp_path_factory: pytest.TempPathFactory, cli: Cli
) -> None:
    root = tmp_path_factory.mktemp("root")
    (root / ".git").mkdir()
    (root / "assistants").mkdir()
    with contextlib.chdir(root):
        write_files(root / "assistants", story.before)
        for one in story.by_hand:
            on_the_endpoint(root, functools.partial(created, body=one))
        assume(cli(*APPLY).exit_code == 0)
        by_hand(root, story)
        write_files(root / "assistants", story.after)
        then, held = objects(root), on_the_endpoint(root, lambda endpoint: endpoint.listing()).assistants
        keys = {handle(one) for one in held if one.mark}
        planned_then = changes(cli, keys)
        assume(cli(*APPLY).exit_code == 0)
        made = set(objects(root)) - set(then)
        said = cli("restore", "--yes")
        assume("there is no backup" not in said.stderr)
        assert said.exit_code == 0, said.output
        assert [one for one in objects(root) if one not in made] == [one for one in then if one not in made]
        assert changes(cli, keys) == planned_then
        assert cli("restore", "--yes").stdout.endswith("Nothing to change.\n")
