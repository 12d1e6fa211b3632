"""The five laws of made-up days (`tests.people`), over each of their endpoints; and for each law, faults of the tool that it finds.

`python -m benchmarks.days` plays longer ones.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from assistants_tool.applying.backups import Backups
from assistants_tool.applying.context import Context
from assistants_tool.applying.writing import Writer
from assistants_tool.endpoint.failures import Failures
from assistants_tool.objects import again, payload
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.mark import Mark
from assistants_tool.planning import masks
from assistants_tool.planning.plan import Action, Change, Options
from assistants_tool.redaction import NOTHING
from tests.examples import examples
from tests.people import BRISK, VARIABLES, WORLDS, BrokenError, People
from tests.tables import cases
from tests.world import ForeignWorld

DICE = st.randoms(use_true_random=False)


class Days(RuleBasedStateMachine):
    """What the users of one project, and those who edit its endpoint by hand, do in any order."""

    people: People

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()

    @initialize(dice=DICE, world=st.sampled_from(sorted(WORLDS)))
    def begin(self, dice: random.Random, world: str) -> None:
        folder = Path(self._folder.name)
        self.people = People(dice, folder, os.environ, WORLDS[world](folder))

    @rule(dice=DICE)
    def writes_a_file(self, dice: random.Random) -> None:
        self._with(dice).write_a_file()

    @rule(dice=DICE)
    def adopts(self, dice: random.Random) -> None:
        self._with(dice).adopt()

    @rule(dice=DICE)
    def removes_a_file(self, dice: random.Random) -> None:
        self._with(dice).remove_a_file()

    @rule(dice=DICE)
    def changes_a_variable(self, dice: random.Random) -> None:
        self._with(dice).change_a_variable()

    @rule(dice=DICE)
    def edits_by_hand(self, dice: random.Random) -> None:
        self._with(dice).edit_by_hand()

    @rule(dice=DICE)
    def adds_what_the_tool_does_not_know(self, dice: random.Random) -> None:
        self._with(dice).add_by_hand()

    @rule(dice=DICE)
    def copies_by_hand(self, dice: random.Random) -> None:
        self._with(dice).copy_by_hand()

    @rule(dice=DICE)
    def makes_or_deletes_by_hand(self, dice: random.Random) -> None:
        people = self._with(dice)
        dice.choice((people.make_by_hand, people.delete_by_hand))()

    @rule(dice=DICE)
    def applies(self, dice: random.Random) -> None:
        self._with(dice).apply()

    @rule(dice=DICE)
    def applies_in_bad_weather(self, dice: random.Random) -> None:
        self._with(dice).apply_in_bad_weather()

    @rule(dice=DICE)
    def goes_there_and_back(self, dice: random.Random) -> None:
        self._with(dice).there_and_back()

    def _with(self, dice: random.Random) -> People:
        self.people.dice = dice
        return self.people

    def teardown(self) -> None:
        self._folder.cleanup()
        for name in VARIABLES:
            os.environ.pop(name, None)


TestDays = Days.TestCase
TestDays.settings = settings(examples(10), stateful_step_count=25)


# --- a tool with a fault in it


@pytest.fixture
def variables() -> Iterator[None]:
    yield
    for name in VARIABLES:
        os.environ.pop(name, None)


def _forgets_a_field(patch: pytest.MonkeyPatch) -> None:
    """An update that leaves out the instructions."""
    whole = payload.members_of_update

    def without(*given: Any, **more: Any) -> payload.Body:
        return {name: one for name, one in whole(*given, **more).items() if name != "instructions"}

    patch.setattr(payload, "members_of_update", without)


def _notes_nothing_of_what_is_not_kept(patch: pytest.MonkeyPatch) -> None:
    marked = Context.mark
    patch.setattr(Context, "mark", lambda self, definition, *_, **__: marked(self, definition))


def _makes_two(patch: pytest.MonkeyPatch) -> None:
    """A create that is sent twice, the second without a mark."""
    sent = Writer.create

    async def twice(self: Writer, change: Change, body: payload.Body) -> Any:
        await self.context.endpoint.create({**body, "metadata": {}})
        return await sent(self, change, body)

    patch.setattr(Writer, "create", twice)


def _says_deleted(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object, **__: object) -> None: ...

    patch.setattr(Writer, "_delete_object", nothing)
    patch.setattr(Writer, "_wait_until_gone", nothing)


def _makes_two_versions(patch: pytest.MonkeyPatch) -> None:
    """An update that is sent twice, where each is a version."""
    sent = Writer.send_update

    async def twice(self: Writer, change: Change) -> Any:
        await sent(self, change)
        return await sent(self, change)

    patch.setattr(Writer, "send_update", twice)


def _writes_to_another(patch: pytest.MonkeyPatch) -> None:
    sent = Writer.send_update

    async def beside(self: Writer, change: Change) -> Any:
        for one in self.context.plan.listing.assistants:
            if one.mark is None and change.action is Action.UPDATE:
                await self.context.endpoint.update(one.id, {"model": "gpt-4o", "instructions": "touched"})
        return await sent(self, change)

    patch.setattr(Writer, "send_update", beside)


def _drops_what_it_does_not_know(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(payload, "carried", lambda body, *_: body)


def _sends_what_is_ignored(patch: pytest.MonkeyPatch) -> None:
    """An update that puts ignored fields to their default."""
    whole = payload.members_of_update

    def reset(definition: Definition, before: Assistant, **more: Any) -> payload.Body:
        body = whole(definition, before, **more)
        return body | ({"instructions": "reset"} if "instructions" in definition.ignore else {})

    patch.setattr(payload, "members_of_update", reset)


def _keeps_a_part(patch: pytest.MonkeyPatch) -> None:
    """Backups of what the tool knows alone."""
    kept = Backups.save

    def known(self: Backups, assistant: Assistant, *key: str, **more: Any) -> None:
        names = {*assistant.members.names, *assistant.members.identity}
        kept(self, Assistant({name: one for name, one in assistant.body.items() if name in names}), *key, **more)

    patch.setattr(Backups, "save", known)


def _brings_back_something_else(patch: pytest.MonkeyPatch) -> None:
    real = again.update_body

    def other(*given: Any, **more: Any) -> payload.Body:
        body = real(*given, **more)
        return {**body, "metadata": {**body["metadata"], "team": "restored"}}

    patch.setattr("assistants_tool.applying.returning.update_body", other)


def _hides_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("assistants_tool.planning.masks.hiding", lambda _: NOTHING)
    patch.setattr(masks.Masks, "found", lambda _, value, path=(): value)  # noqa: ARG005 - its name


def _forgets_places(patch: pytest.MonkeyPatch) -> None:
    """Marks that do not say which values came from variables."""
    encoded = Mark.encode
    patch.setattr(Mark, "encode", lambda self: encoded(replace(self, variables=())))


def _repeats_servers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Failures, "clean", lambda _, said: said)


# --- days on which each of them shows


def _one(people: People, **fields: Any) -> str:
    """A file of these fields, applied; the id."""
    people.write("ant", {"model": "gpt-4o", **fields})
    people.apply()
    return next(one.id for one in map(Assistant, people.world.objects.values()) if one.mark and one.mark.key == "ant")


def _drops(people: People) -> None:
    """What is dropped there, at first and once more."""
    fields = {"description": "x", "top_p": 0.5, "agents": {"text": {"verbosity": "low"}}}
    _one(people, **fields)
    _one(people, **fields, metadata={"team": "red"})


def _updates(people: People) -> None:
    people.world.make({"model": "gpt-4o", "name": "stranger"})
    _one(people, instructions="a")
    _one(people, instructions="b")


def _prunes(people: People) -> None:
    people.write("bee", {"model": "gpt-4o"})
    _one(people)
    people.remove("bee")
    people.apply()


def _adds_to_a_tool(people: People) -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    found = _one(people, tools=tools)
    world = people.world
    assert isinstance(world, ForeignWorld)
    world.change(found, lambda one: one["tools"][0].update(voice="x"))
    _one(people, tools=tools, instructions="b")


def _edits_what_is_ignored(people: People) -> None:
    found = _one(people, ignore=["instructions"])
    people.world.edit(found, "instructions", "theirs")
    _one(people, ignore=["instructions"], metadata={"team": "red"})


def _restores(people: People) -> None:
    found = _one(people, instructions="a", metadata={"team": "red"})
    if isinstance(people.world, ForeignWorld):
        people.world.change(found, lambda one: one.update(voice="x"))
    people.remove("ant")
    people.write("bee", {"model": "gpt-4o"})
    people.restores(people.plan(PRUNING), PRUNING)


def _restores_an_update(people: People) -> None:
    _one(people, instructions="a", metadata={"team": "red"})
    people.write("ant", {"model": "gpt-4o", "instructions": "b"})
    people.restores(people.plan(PRUNING), PRUNING)


def _turns(people: People) -> None:
    token = {"token": {"env": VARIABLES[0]}}
    _one(people, metadata=token)
    people.turn(VARIABLES[0])
    _one(people, metadata=token)


def _takes_a_line_away(people: People) -> None:
    _one(people, metadata={"token": {"env": VARIABLES[0]}})
    people.turn(VARIABLES[0])
    _one(people)


def _is_refused(people: People) -> None:
    people.write("ant", {"model": "gpt-4o", "metadata": {"token": {"env": VARIABLES[0]}}})
    people.world.weather.refuses = 9
    people.told_by(lambda: people.line.applied(PRUNING, BRISK))


PRUNING = Options(prune=True, max_delete="100%")
_Fault = tuple[Callable[[pytest.MonkeyPatch], None], Callable[[People], object], str, Sequence[str]]
FOREIGN = "foreign", "agents", "prompt agents"
FAULTS: Mapping[str, _Fault] = {
    "1: what is not kept is not noted": (
        _notes_nothing_of_what_is_not_kept,
        _drops,
        "the plan is not empty",
        ("drops", "agents, drops", "prompt agents, drops"),
    ),
    "2: a field is not sent": (_forgets_a_field, _updates, "is not as its file says: {'instructions'}", FOREIGN),
    "2: one too many": (_makes_two, _updates, "made ['None'", FOREIGN[:2]),
    "2: a version too many": (_makes_two_versions, _updates, "has version 3, and was to have 2", FOREIGN[2:]),
    "2: not deleted": (_says_deleted, _prunes, "deleted set()", FOREIGN),
    "2: another is written to": (_writes_to_another, _updates, "changed, which no plan said", FOREIGN),
    "3: unknown members": (_drops_what_it_does_not_know, _adds_to_a_tool, "what nobody asked to change was", FOREIGN),
    "3: ignored members": (_sends_what_is_ignored, _edits_what_is_ignored, "did not say: ['instructions']", FOREIGN),
    "4: the backup is not whole": (_keeps_a_part, _restores, "restored is not as before", FOREIGN),
    "4: not as it was": (_brings_back_something_else, _restores_an_update, "restore", FOREIGN),
    "5: diffs": (_hides_nothing, _turns, "told: [", FOREIGN),
    "5: lines that are gone": (_forgets_places, _takes_a_line_away, "told: [", FOREIGN),
    "5: errors of servers": (_repeats_servers, _is_refused, "told: [", FOREIGN),
}


@cases(
    "fault day said world",
    {f"{name}: {world}": (*row, world) for name, (*row, worlds) in FAULTS.items() for world in worlds},
)
@pytest.mark.usefixtures("variables")
def test_each_law_finds_a_tool_that_breaks_it(
    fault: Callable[[pytest.MonkeyPatch], None],
    day: Callable[[People], object],
    said: str,
    world: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same day is a good one for a tool without that fault."""
    for folder in (tmp_path / "sound", tmp_path / "faulty"):
        people = People(random.Random(1), folder, os.environ, WORLDS[world](folder))  # noqa: S311 - dice, not secrets
        if folder.name == "sound":
            day(people)
            fault(monkeypatch)
        else:
            with pytest.raises(BrokenError) as broken:
                day(people)
    assert said in str(broken.value)
