"""Made-up days: what users, their colleagues and their servers do at random, and the laws that hold all the same.

One day is one project over one endpoint (`tests.world`). Once a run has settled:

1. after an apply the plan is empty;
2. what was planned was done, and nothing else;
3. no member changes that nobody asked to change;
4. apply, edit, apply, restore: everything is as it was, but for ids and times;
5. no value of a variable is told, by a plan in any form, an outcome, a refusal or an error.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from assistants_tool.applying.context import Policy
from assistants_tool.definitions import yamltext
from assistants_tool.errors import DefinitionError, RefusedError, ToolError
from assistants_tool.line.objects import delete, release
from assistants_tool.line.restoring import Restored, restore
from assistants_tool.line.steps import Done, Planned
from assistants_tool.line.workspace import Workspace
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.dialects import DIALECTS
from assistants_tool.objects.differences import field_of
from assistants_tool.objects.jsontext import as_text, plain, same
from assistants_tool.objects.members import Members
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.comparing import departures
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import WRITES, Action, Change, Options, Plan
from assistants_tool.planning.view import seen_outcome, seen_plan
from assistants_tool.project.target import Choice
from assistants_tool.report.data import result
from assistants_tool.report.github import outcome_annotations, plan_annotations
from assistants_tool.report.markdown import plan_markdown, result_markdown
from assistants_tool.report.plain import to_json
from assistants_tool.report.text import outcome_lines, plan_lines
from tests.clocks import without_waiting
from tests.world import (
    SERVERS_OWN,
    EmbeddedWorld,
    ForeignWorld,
    Object,
    VersionedWorld,
    World,
    WorldLine,
)

KEYS = ("ant", "bee", "cat", "dog")
VARIABLES = ("V_ONE", "V_TWO", "V_THREE")
FIELDS = ("name", "description", "instructions", "temperature", "tools", "tool_resources", "metadata")
UNKNOWN = ("voice", "sources", "budget")
BRISK = Policy(settle_seconds=0.5)

AGENTS, PROMPTS = DIALECTS["agents"], DIALECTS["prompt-agents"]
# The endpoints that a day may have, by each API: those that are in order, those that drop, one whose partial updates are none, and our own.
WORLDS: Mapping[str, Callable[[Path], World]] = {
    "foreign": lambda _: ForeignWorld(),
    "drops": lambda _: ForeignWorld(drops=frozenset({"top_p", "description"})),
    "resets": lambda _: ForeignWorld(resets=frozenset({"temperature", "top_p"})),
    "embedded": EmbeddedWorld,
    "agents": lambda _: ForeignWorld(AGENTS),
    "agents, drops": lambda _: ForeignWorld(AGENTS, drops=frozenset({"text", "instructions"})),
    "agents, embedded": lambda root: EmbeddedWorld(root, AGENTS),
    "prompt agents": lambda _: VersionedWorld(),
    "prompt agents, drops": lambda _: VersionedWorld(drops=frozenset({"top_p", "description"})),
    "prompt agents, embedded": lambda root: EmbeddedWorld(root, PROMPTS),
}
# What a file states for one API alone, and the others pass over.
BLOCKS: Mapping[str, Sequence[Object]] = {
    "agents": ({"text": {"verbosity": "low"}}, {"compaction": {"async": True}}, {"reasoning": {"summary": "auto"}}),
    "prompt-agents": ({"tool_choice": "required"}, {"reasoning": {"summary": "auto"}}),
}


class BrokenError(AssertionError):
    """A law does not hold; the text says which, and what was done before."""


class People:
    """What they do, each step by the dice, and the laws after it. `history` says what was done, `deeds` how often each thing was."""

    def __init__(self, dice: random.Random, root: Path, environ: MutableMapping[str, str], world: World) -> None:
        self.dice, self.root, self.environ, self.world = dice, root, environ, world
        self.history: list[str] = []
        self.deeds: Counter[str] = Counter()
        self.secrets: set[str] = set()
        self.let_go: set[str] = set()  # values in what was released: no mark remembers that they came from variables
        self.number = 0
        (root / ".git").mkdir(parents=True, exist_ok=True)
        (root / "assistants").mkdir(exist_ok=True)
        (root / "assistants/project.yaml").write_text(world.project)
        self.files: dict[str, Object] = {}
        for name in VARIABLES:
            self.turn(name)

    # --- what they do

    def step(self) -> None:
        """One deed of somebody's, and the laws that speak of it."""
        deeds: list[tuple[int, Callable[[], object]]] = [
            (6, self.write_a_file),
            (2, self.adopt),
            (1, self.remove_a_file),
            (2, self.change_a_variable),
            (3, self.edit_by_hand),
            (2, self.add_by_hand),
            (1, self.copy_by_hand),
            (2, self.make_by_hand),
            (1, self.delete_by_hand),
            (6, self.apply),
            (1, self.apply_in_bad_weather),
            (2, self.there_and_back),
        ]
        weights, actions = zip(*deeds, strict=True)
        self.dice.choices(actions, weights)[0]()

    def _note(self, said: str) -> None:
        self.history.append(said)

    def turn(self, name: str) -> None:
        """A variable gets another value."""
        self.number += 1
        self.environ[name] = f"zq{self.number:05}-{name.lower()}"
        self.secrets.add(self.environ[name])
        self._note(f"{name}={self.environ[name]}")

    def change_a_variable(self) -> None:
        """It comes, gets another value, or goes."""
        name = self.dice.choice(VARIABLES)
        if self.environ.get(name) and self.dice.random() < 0.2:
            self._unset(name)
        else:
            self.turn(name)

    def _unset(self, name: str) -> None:
        del self.environ[name]
        self._note(f"{name} unset")

    def write_a_file(self) -> None:
        self.write(self.dice.choice(KEYS), self._document())

    def write(self, key: str, document: Object) -> None:
        self.files[key] = document
        (self.root / f"assistants/{key}.yaml").write_text(yamltext.dump(document), encoding="utf-8")
        self._note(f"file {key}: {document}")

    def adopt(self) -> None:
        """A file that takes over what is there, most often what nobody manages."""
        there = self.world.objects
        strangers = [one for one in there if self._key(there[one]) is None]
        if found := strangers or list(there):
            self.write(self.dice.choice(KEYS), self._adopting(self._document(), self.dice.choice(found)))

    def _adopting(self, document: Object, found_id: str) -> Object:
        """A document that takes over what has this id; where objects are known by their names, by that name."""
        block = self.world.dialect.block
        named = {block: {**document.get(block, {}), "name": found_id}} if self.world.members.named_by else {}
        return {**document, **named, "adopt": found_id}

    def _without_adoption(self, document: Object) -> Object:
        block = self.world.dialect.block
        left = {name: value for name, value in document.items() if name != "adopt"}
        if self.world.members.named_by and block in left:
            left[block] = {name: value for name, value in left[block].items() if name != "name"}
        return left

    def remove_a_file(self) -> None:
        if self.files:
            self.remove(self.dice.choice(sorted(self.files)))

    def remove(self, key: str) -> None:
        del self.files[key]
        (self.root / f"assistants/{key}.yaml").unlink()
        self._note(f"no file {key}")

    def edit_by_hand(self) -> None:
        """Something that the tool knows. What an endpoint drops it keeps from nobody."""
        if one := self._any():
            stated = self.dice.choice(FIELDS)
            there = self.world.dialect.carry({stated: self._value(stated)}, one["id"]).fields
            for name in there:
                if name not in self.world.drops and not (name == "name" and self.world.members.named_by):
                    value = {**(one["metadata"] or {}), **there[name]} if name == "metadata" else there[name]
                    self.world.edit(one["id"], name, value)
                    self._note(f"by hand {one['id']}.{name}={value!r}")

    def add_by_hand(self) -> None:
        """Something that the tool does not know, at some depth."""
        world = self.world
        if isinstance(world, ForeignWorld) and world.held:
            found_id, name = self.dice.choice(list(world.held)), self.dice.choice(UNKNOWN)
            world.change(found_id, lambda one: self.dice.choice(self._places(one)).update({name: self._unknown()}))
            self._note(f"by hand, unknown: {found_id} {world.held[found_id]}")

    def copy_by_hand(self) -> None:
        """The button `duplicate`, which copies the mark, and then perhaps an edit."""
        if one := self._any():
            copied = {name: one[name] for name in one if name not in ("id", "object", "created_at", *SERVERS_OWN)}
            self.number += 1
            another = {"name": f"copy-{self.number}"} if self.world.members.named_by else {}
            new_id = self.world.make({**copied, **another})
            if self.dice.random() < 0.6:
                self.world.edit(new_id, "instructions", f"a copy, edited {self.dice.random()}")
            self._note(f"copy of {one['id']}: {new_id}")

    def make_by_hand(self) -> None:
        names = (*KEYS[:2], "other") if self.world.members.named_by else ("name 1", "stranger", "other")
        name = self.dice.choice(names)
        if name not in self.world.objects:  # as it would be where that is its id
            new_id = self.world.make({"model": "gpt-4o", "name": name})
            self._note(f"by hand: new {new_id}")

    def delete_by_hand(self) -> None:
        if one := self._any():
            self.world.delete(one["id"])
            self._note(f"by hand: {one['id']} deleted")

    def _any(self) -> Object | None:
        there = list(self.world.objects.values())
        return self.dice.choice(there) if there else None

    @staticmethod
    def _places(one: Object) -> list[Object]:
        resources = one.get("tool_resources") if isinstance(one.get("tool_resources"), dict) else {}
        tools = [tool for tool in one.get("tools") or () if isinstance(tool, dict)]
        inner = [tool["function"] for tool in tools if isinstance(tool.get("function"), dict)]
        return [one, *tools, *inner, *(value for value in (resources or {}).values() if isinstance(value, dict))]

    # --- what they write

    def _document(self) -> Object:
        chance = self.dice.random
        chosen = {one: self._value(one) for one in FIELDS if chance() < 0.5}
        if chance() < 0.4:
            chosen["metadata"] = {**chosen.get("metadata", {}), "token": self._variable()}
        if chance() < 0.2:
            chosen[self.dice.choice(("name", "description", "instructions"))] = self._variable()
        if chance() < 0.2:
            chosen["ignore"] = self.dice.choice((["temperature"], ["tools"], ["metadata.count"], ["metadata"]))
        if chance() < 0.2 and isinstance(self.world, ForeignWorld):
            chosen["extra"] = {self.dice.choice(UNKNOWN): self._stated()}
        if chance() < 0.2 and isinstance(self.world, ForeignWorld):
            chosen["tools"] = [*chosen.get("tools", ()), self._odd_tool()]
        if chance() < 0.05:
            chosen["protect"] = True
        if chance() < 0.05 and not self.world.members.named_by:
            chosen["adopt"] = False
        chosen |= {name: copy.deepcopy(self.dice.choice(some)) for name, some in BLOCKS.items() if chance() < 0.2}
        return {"model": self.dice.choice(("gpt-4o", "gpt-4.1")), **chosen}

    def _variable(self) -> Object:
        return {"env": self.dice.choice(VARIABLES)}

    def _stated(self) -> Any:
        """What a file says of a member that the tool does not know."""
        return self.dice.choice((self._unknown(), self._variable(), {"a": [self._variable(), {"b": self._variable()}]}))

    def _odd_tool(self) -> Object:
        """A tool of a type that the tool does not know, or one with more than it knows."""
        name = self.dice.choice(UNKNOWN)
        known = {"type": "function", "function": {"name": "odd", "extra": {name: self._stated()}}}
        return self.dice.choice((known, {"type": "web", "connection": self._stated()}))

    def _unknown(self) -> Any:
        return self.dice.choice(({"a": [1, {"b": None}]}, ["x"], "text", 7))

    def _value(self, name: str) -> Any:
        text = f"{name} {self.dice.randrange(5)}"
        functions = [{"type": "function", "function": {"name": one}} for one in ("f", "g")]
        choices: Mapping[str, Any] = {
            "temperature": (0, 0.2, 1, 2),
            "tools": ([], [{"type": "code_interpreter"}], functions, functions[::-1], [{"type": "file_search"}]),
            "tool_resources": (
                {"file_search": {"vector_store_ids": ["vs_1"]}},
                {"code_interpreter": {"file_ids": ["file_1", "file_2"]}},
            ),
            "metadata": ({"team": "red"}, {"team": "blue", "tier": "1"}, {"count": str(self.dice.randrange(5))}),
        }
        return copy.deepcopy(self.dice.choice(choices.get(name, (text,))))

    # --- applies

    @property
    def line(self) -> WorldLine:
        workspace = Workspace.find((self.root / "assistants",))
        choice = Choice()
        return WorldLine(workspace, choice, workspace.target(choice, {}), world=self.world)

    def plan(self, options: Options) -> Planned:
        return without_waiting(self.line.planned(options))

    def _options(self) -> Options:
        return Options(prune=self.dice.random() < 0.9, max_delete="100%", adopt=self.dice.random() < 0.3)

    def _can_load(self) -> bool:
        """Whether a run comes to the endpoint: before a word to it, it is told what is named and not set, and what two files adopt."""
        if not self.files:
            return False
        try:
            self.line.load()
        except DefinitionError as error:
            self._no_secret(str(error))
            unset = [name for name in VARIABLES if name not in self.environ and f"'env': '{name}'" in str(self.files)]
            adopted = Counter(one["adopt"] for one in self.files.values() if one.get("adopt"))
            faulty = unset or max((*adopted.values(), *self._names().values()), default=0) > 1
            self._law(bool(faulty), f"definitions that are sound cannot be loaded: {error}")
            return False
        return True

    def _names(self) -> Counter[str]:
        """How many files want each name, where objects are known by it."""
        block = self.world.dialect.block
        named = self.files if self.world.members.named_by else {}
        return Counter(named[key].get(block, {}).get("name", key) for key in named)

    def apply(self) -> tuple[Done, Options] | None:
        """In good weather, to the end: then the plan is empty, what was planned was done and nothing else, and nothing unasked changed."""
        if not self._can_load():
            return None
        options = self._options()
        before, planned = self.world.objects, self.plan(options)
        self._no_secret_in(planned)
        try:
            done = without_waiting(self.line.applied(options, BRISK))
        except RefusedError as error:
            self._note(f"apply: refused: {error}")
            self._no_secret(str(error))
            self._law(bool(planned.refusals), f"refused for nothing: {error}")
            self._law(before == self.world.objects, "a refused apply wrote something")
            self.deeds["refused"] += 1
            self._heed(planned.plan)
            return None
        self._note(f"apply: {[(one.change.key, one.change.action.name, one.status.value) for one in done.outcomes]}")
        self.deeds.update(one.change.action.name for one in done.outcomes)
        self._told(done)
        self._law(not done.failed, f"failed in good weather: {[one.message for one in done.outcomes]}")
        self._plan_is_deed(planned.plan, before, done)
        self._settled(before, options)
        self._unasked_is_as_it_was(before, planned.plan)
        return done, options

    def _heed(self, plan: Plan) -> None:
        """Take one of the ways out that a refusal names: without, nothing would be applied on most of a day."""
        for one in plan.of(Action.CONFLICT):
            document = self.files.get(one.key, {})
            if document.get("adopt"):
                self.write(one.key, self._without_adoption(document))
            elif one.assistant is None and self.world.members.named_by:
                self.write(one.key, self._adopting(document, str(one.name)))
            elif one.assistant is None:
                self.write(one.key, {**document, "adopt": self._of_that_name(document)})
            elif self._key(self.world.objects.get(str(one.id), {})):  # where no other way out has let it go by now
                self._let_go(str(one.id))
        for one in plan.of(Action.DELETE):
            if not one.surplus:  # it may be protected
                self.write(one.key, {"model": "gpt-4o", "name": "lifted"})

    def _of_that_name(self, document: Object) -> str | bool:
        there = self.world.objects.values()
        named = [one["id"] for one in there if self._key(one) is None and one["name"] == document.get("name")]
        found: str | bool = self.dice.choice((False, *named))
        return found

    def _let_go(self, found_id: str) -> None:
        """`release ID` or `delete ID`: which do that, and nothing else."""
        before, do = self.world.objects, self.dice.choice((release, delete))
        try:
            done = without_waiting(do(self.line, [found_id], BRISK))
        except RefusedError as error:
            self._law("protected" in str(error), f"{do.__name__} {found_id} is refused: {error}")
            do = release
            done = without_waiting(do(self.line, [found_id], BRISK))
        except ToolError as error:  # where ids are names, one may be a key, too
            self._law(f"'{found_id}' is the key of " in str(error), f"{do.__name__} {found_id} cannot be: {error}")
            return
        self._told(done)
        self._law(not done.failed, f"{do.__name__} failed: {[one.message for one in done.outcomes]}")
        after = self.world.objects
        self._law(
            {one: before[one] for one in before if one != found_id}
            == {one: after[one] for one in after if one != found_id},
            f"{do.__name__} {found_id} touched another",
        )
        if do is release:
            self.let_go |= {one for one in self.secrets if one in as_text(after[found_id])}
            freed = _essence(before[found_id], self.world.members)
            freed["metadata"] = {name: one for name, one in freed["metadata"].items() if name != MARK_KEY}
            self._law(MARK_KEY not in after[found_id]["metadata"], f"released, and marked: {after[found_id]}")
            self._law(
                _essence(after[found_id], self.world.members) == freed,
                f"released, and another than it was: {freed} -> {after[found_id]}",
            )
        self.deeds[do.__name__] += 1
        self._note(f"{do.__name__} {found_id}")

    def _settled(self, before: Mapping[str, Object], options: Options) -> None:
        after = self.plan(options)
        self._law(after.is_empty, f"after an apply the plan is not empty: {after.text()}")
        self._unknown_is_as_it_was(before, after.plan)

    def apply_in_bad_weather(self) -> None:
        """Answers get lost, requests fail, the list lags. Then the weather is good again, and one or two applies settle it."""
        if not self._can_load():
            return
        before, options, weather = self.world.objects, self._options(), self.world.weather
        weather.loses, weather.refuses = self.dice.randrange(3), self.dice.randrange(8)
        weather.lag = self.dice.choice((0.0, 0.0, 1.0, 4.0))
        self.told_by(lambda: self.line.applied(options, BRISK))
        self.world.clear_up()
        self._note("apply in bad weather")
        self.deeds["in bad weather"] += 1
        for _ in range(2):  # what the first finds, such as a second one of a key, the second need not find again
            self.told_by(lambda: self.line.applied(options, BRISK))
        if not self.plan(options).refusals:
            self._settled(before, options)

    def told_by(self, run: Callable[[], Any]) -> None:
        try:
            self._told(without_waiting(run()))
        except ToolError as error:
            self._no_secret(str(error))

    def there_and_back(self) -> None:
        """Apply, edit, apply, restore: everything is as it was, but for ids and times."""
        applied = self.apply()
        if applied is None or self.plan(applied[1]).refusals:
            return
        files, options = copy.deepcopy(self.files), applied[1]
        for _ in range(self.dice.randrange(1, 4)):
            self.dice.choice((self.write_a_file, self.remove_a_file, self.edit_by_hand, self.add_by_hand, self.adopt))()
        if self._can_load():
            self.restores(self.plan(options), options)
        self._back_to(files)

    def restores(self, planned: Planned, options: Options) -> None:
        edited = self.world.objects
        # A run that only creates changes nothing that was there, and so keeps nothing to restore.
        if planned.refusals or not planned.plan.of(Action.UPDATE, Action.ADOPT, Action.DELETE):
            return
        self._told(without_waiting(self.line.applied(options, BRISK)))
        made = {one.key for one in planned.changes if one.action is Action.CREATE}
        restored = self._restored()
        self._law(not restored.failed, f"restore failed: {restored.faults} {restored.outcomes}")
        now = [_essence(one, self.world.members) for one in self.world.objects.values() if self._key(one) not in made]
        then = [_essence(one, self.world.members) for one in edited.values()]
        lacking, new = sorted(_bag(then) - _bag(now)), sorted(_bag(now) - _bag(then))
        self._law(not (lacking or new), f"restored is not as before: {lacking} -> {new}")
        self._plan_is_as_before(planned, self.plan(options), made)
        self.deeds["restored"] += 1

    def _restored(self) -> Restored:
        """Sometimes without a variable that the definitions name: what it held is in the backup."""
        gone = self.dice.choice(VARIABLES) if self.dice.random() < 0.2 else ""
        value = self.environ.pop(gone, None)
        try:
            restored = without_waiting(restore(self.line, None, (), BRISK))
        except ToolError as error:
            raise BrokenError("\n".join([f"restore: {error}", *self.history[-60:]])) from error
        finally:
            self.environ.update({gone: value} if value else {})
        self._note(f"restored: {[(one.change.key, one.status.value) for one in restored.outcomes]}")
        # What a variable held that is not set by now nobody can know to hide.
        self._told(restored.done, but={value} if value else set())
        for said in (*restored.faults, *restored.passed_over):
            self._no_secret(said)
        return restored

    def _plan_is_as_before(self, before: Planned, after: Planned, made: set[str]) -> None:
        """But for what names an id that is another now."""
        old, new = (
            [(one.action, one.key, one.differences) for one in plan.changes if one.key not in made]
            for plan in (before, after)
        )
        ids = {one.id for one in before.changes} - {one.id for one in after.changes}
        named = any(document.get("adopt") in ids for document in self.files.values())
        self._law(named or old == new, f"the plan is not as before the apply: {before.text()} / {after.text()}")

    def _back_to(self, files: Mapping[str, Object]) -> None:
        for key in set(self.files) - set(files):
            self.remove(key)
        for key, document in files.items():
            self.write(key, document)

    # --- laws

    def _law(self, holds: bool, said: str) -> None:
        if not holds:
            raise BrokenError("\n".join([said, *self.history[-60:]]))

    def _plan_is_deed(self, plan: Plan, before: Mapping[str, Object], done: Done) -> None:
        after = self.world.objects
        planned = sorted((one.action.name, one.key, one.id or "") for one in plan.of(*WRITES))
        did = sorted((one.change.action.name, one.change.key, one.change.id or "") for one in done.outcomes)
        self._law(planned == did, f"planned {planned}, done {did}")
        new, gone = set(after) - set(before), set(before) - set(after)
        made = sorted(str(self._key(after[one])) for one in new)
        self._law(made == sorted(one.key for one in plan.of(Action.CREATE)), f"made {made}, which no plan said")
        meant = {one.id for one in plan.of(Action.DELETE)}
        self._law(gone == meant, f"deleted {gone}, planned {meant}")
        self._is_as_wanted(done, after)
        written = {one.id for one in plan.of(*WRITES)}
        for found_id in set(before) - written:
            self._law(after[found_id] == before[found_id], f"{found_id} changed, which no plan said")
        for found_id in after if self.world.members.versions else ():
            wanted = int(before.get(found_id, {"version": 0})["version"]) + (found_id in written | new)
            got = int(after[found_id]["version"])
            self._law(got == wanted, f"{found_id} has version {got}, and was to have {wanted}")
        said = {one.id for one in done.outcomes if one.change.action is Action.CREATE and one.status is Status.DONE}
        self._law(said == new, f"{said} were said to be made, {new} were")

    def _is_as_wanted(self, done: Done, after: Mapping[str, Object]) -> None:
        """What was written is what its file says, but for what this endpoint drops."""
        for outcome in done.outcomes:
            definition, found_id = outcome.change.definition, str(outcome.id)
            if definition and found_id in after:
                self._law(self._key(after[found_id]) == definition.key, f"{found_id} does not bear {definition.key}")
                found = {field_of(one.path) for one in departures(definition, after[found_id])} - self.world.drops
                self._law(not found, f"{found_id} was written, and is not as its file says: {found}: {after[found_id]}")

    def _unasked_is_as_it_was(self, before: Mapping[str, Object], plan: Plan) -> None:
        """Of what was written, the members that the plan does not name."""
        after = self.world.objects
        for change in plan.of(Action.UPDATE, Action.ADOPT):
            old, new = before[str(change.id)], after[str(change.id)]
            moved = sorted(_changed(old, new, self.world.members) - set(_asked(change)))
            self._law(not moved, f"{change.id}: changed, which the plan did not say: {moved}: {old} -> {new}")

    def _unknown_is_as_it_was(self, before: Mapping[str, Object], plan: Plan) -> None:
        """What the tool does not know is where it was, unless a file states it, or the tool that it was in went."""
        after = self.world.objects
        members = self.world.members
        stated = {
            one.id: {place[0] for place in _strangers(one.definition.fields, members)}
            for one in plan.changes
            if one.definition
        }
        for found_id, one in before.items():
            if found_id not in after:
                continue
            there = _strangers(after[found_id], members)
            lost = {
                place: value
                for place, value in _strangers(one, members).items()
                if place[0] not in stated.get(found_id, ())
                if there.get(place) != value and not _went_with_its_tool(place, after[found_id])
            }
            self._law(not lost, f"{found_id}: what nobody asked to change was lost: {lost}: {one} -> {after[found_id]}")

    def _told(self, done: Done, but: Iterable[str] = ()) -> None:
        hidden = self.line.load().hidden if not but else None
        outcomes = [seen_outcome(one) for one in done.outcomes]
        said = [line.text for one in outcomes for line in outcome_lines(one)]
        if hidden:
            seen = seen_plan(done.plan, hidden)
            said += [to_json(result({}, seen, outcomes)), result_markdown("there", seen, outcomes)]
            said += outcome_annotations(seen, outcomes)
        self._no_secret("\n".join(said), but)

    def _no_secret_in(self, planned: Planned) -> None:
        seen = seen_plan(planned.plan, planned.wanted.hidden)
        self._no_secret("\n".join(line.text for line in plan_lines(seen)))
        self._no_secret(plan_markdown("there", seen))
        self._no_secret("\n".join(plan_annotations(seen)))
        self._no_secret(to_json(planned.saved().as_data()))

    def _no_secret(self, said: str, but: Iterable[str] = ()) -> None:
        leaks = [one for one in self.secrets - self.let_go - set(but) if one in said]
        self._law(not leaks, f"told: {leaks} in {said}")

    @staticmethod
    def _key(one: Object) -> str | None:
        mark = Assistant(one).mark
        return mark.key if mark else None


# --- objects, looked at without the tool's own eyes


def _asked(change: Change) -> Iterator[str]:
    """The members that the plan says will be another: the fields, and the pairs of metadata."""
    for one in change.differences:
        yield one.path if one.path.startswith("metadata.") else field_of(one.path)
    if change.definition and any(one.path == "metadata" for one in change.differences):
        yield from (f"metadata.{name}" for name in change.definition.fields.get("metadata") or {})


def _changed(old: Object, new: Object, members: Members) -> set[str]:
    """The members of two states of an object that say something else, and the pairs of its metadata; the mark aside."""
    forms = [Assistant(one, members).form for one in (old, new)]
    fields = {name for name in forms[0] if name != "metadata" and not same(forms[0][name], forms[1][name])}
    pairs: list[Object] = [one.get("metadata") or {} for one in (old, new)]
    names = {*pairs[0], *pairs[1]} - {MARK_KEY}
    return fields | {f"metadata.{name}" for name in names if pairs[0].get(name) != pairs[1].get(name)}


STATED_WHOLE = {
    "web"
}  # tools of types that nobody knows, in which every member is one that the file states or the plan takes away


def _strangers(one: Mapping[str, Any], members: Members) -> dict[tuple[str, ...], Any]:
    """Each member that the tool does not know, by its place, in which a tool stands by its type, its function, and its turn among these."""
    known = {*members.names, "id", "object", "created_at", *SERVERS_OWN}
    found: dict[tuple[str, ...], Any] = {(name,): value for name, value in one.items() if name not in known}
    turns: Counter[tuple[str, str]] = Counter()
    for tool in one.get("tools") or ():
        called = _called(tool)
        turns[called] += 1
        place = ("tools", *called, str(turns[called]))
        if called[0] not in STATED_WHOLE:
            found |= {(*place, name): tool[name] for name in UNKNOWN if name in tool}
        inner = tool.get("function") or {}
        found |= {(*place, "function", name): inner[name] for name in UNKNOWN if name in inner}
    for kind, resource in (one.get("tool_resources") or {}).items():
        found |= {("tool_resources", kind, name): resource[name] for name in UNKNOWN if name in (resource or {})}
    return found


def _called(tool: Object) -> tuple[str, str]:
    return str(tool.get("type")), str((tool.get("function") or tool).get("name"))


def _went_with_its_tool(place: tuple[str, ...], now: Object) -> bool:
    there = Counter(map(_called, now.get("tools") or ()))
    return place[0] == "tools" and there[place[1], place[2]] < int(place[3])


def _essence(one: Object, members: Members) -> Object:
    """Without id and times; what is at its default, or a resource with nothing in it, says as little as none, and a mark names the
    version that it is of.
    """
    resources = {name: kept for name, value in (one.get("tool_resources") or {}).items() if (kept := _filled(value))}
    own = {"id", "created_at", *SERVERS_OWN}
    others = {**members.defaults, **{name: plain(value) for name, value in one.items() if name not in own}}
    mark = json.loads((one["metadata"] or {}).get(MARK_KEY) or "null")
    is_as_written = {"version": mark.get("version") == one["version"]} if mark and "version" in one else {}
    marked = {MARK_KEY: as_text({**mark, **is_as_written})} if mark else {}
    return {**others, "tool_resources": resources, "metadata": {**(one["metadata"] or {}), **marked}}


def _filled(value: Any) -> Any:
    unset: tuple[Any, ...] = (None, [], {}, "")
    return {name: one for name, one in value.items() if one not in unset} if isinstance(value, dict) else value


def _bag(objects: Iterable[Object]) -> set[str]:
    counted = Counter(as_text(one) for one in objects)
    return {f"{index}:{text}" for text, count in counted.items() for index in range(count)}
