"""A whole small world in memory: files, variables, an endpoint that lags, loses answers and has members of its own, and people who edit it.

`World` is the endpoint; `People` do at random what users, their colleagues and their servers do, and hold the laws after each step. Time
does not pass: a wait of the tool's is over at once, and the world's clock has moved on (`without_waiting`).
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import random
import selectors
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from assistants_tool.applying.context import Policy
from assistants_tool.definitions import yamltext
from assistants_tool.endpoint.connection import Hidden
from assistants_tool.errors import EndpointError, Fate, RefusedError, ToolError
from assistants_tool.line.restoring import restore
from assistants_tool.line.steps import Done, Line, Planned
from assistants_tool.line.workspace import Workspace
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.dialects import ASSISTANTS_DIALECT, Dialect
from assistants_tool.objects.endpoint import AUTO, Parallelism
from assistants_tool.objects.jsontext import as_text
from assistants_tool.objects.members import Members
from assistants_tool.objects.payload import Body
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import WRITES, Action, Options
from assistants_tool.planning.view import seen_outcome, seen_plan
from assistants_tool.project.target import Choice
from assistants_tool.report.markdown import plan_markdown
from assistants_tool.report.plain import to_json
from assistants_tool.report.text import outcome_lines, plan_lines

T = TypeVar("T")
Object = dict[str, Any]
SERVERS_OWN = {"updated_at", "revision", "version"}


# --- time


class _Selector(selectors.DefaultSelector):
    """Whoever would wait for the clock alone does not: the clock goes on instead."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout:
            self.passed += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return super().time() + self._clock.passed


def without_waiting(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in no time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


# --- the endpoint


@dataclass
class World:
    """Objects by id, as the server holds them. `drops` are members that it takes and forgets, `lag` the seconds by which its list is late.

    `loses` is how many of the next answers to a create get lost after the fact, `refuses` how many creates fail without effect.
    """

    drops: frozenset[str] = frozenset()
    lag: float = 0.0
    loses: int = 0
    refuses: int = 0
    objects: dict[str, Object] = field(default_factory=dict)
    dialect: Dialect = ASSISTANTS_DIALECT
    log: list[str] = field(default_factory=list)
    _count: int = 0
    _seen_from: dict[str, float] = field(default_factory=dict)
    _seen_until: dict[str, tuple[float, Object]] = field(default_factory=dict)

    @property
    def members(self) -> Members:
        return self.dialect.members

    # what the line needs

    def stop_waiting(self) -> None:
        """Nothing here waits."""

    async def models(self) -> Mapping[str, Any]:
        return {}

    def room(self) -> int:
        return AUTO.most

    async def checked_listing(self, known: Sequence[str] = ()) -> Listing:  # noqa: ARG002 - the endpoint's signature
        return await self.checked(await self.listing())

    async def checked(self, listing: Listing) -> Listing:
        return listing

    async def listing(self) -> Listing:
        now = asyncio.get_running_loop().time()
        there = [one for one in self.objects.values() if self._seen_from.get(one["id"], 0.0) <= now]
        gone = [one for until, one in self._seen_until.values() if until > now]
        rows = sorted((*there, *gone), key=lambda one: (one["created_at"], one["id"]))
        return Listing(tuple(Assistant(copy.deepcopy(one), self.members) for one in rows))

    async def get(self, assistant_id: str) -> Assistant | None:
        found = self.objects.get(assistant_id)
        return Assistant(copy.deepcopy(found), self.members) if found else None

    async def create(self, body: Body) -> Assistant:
        self.log.append("POST")
        if self.refuses:
            self.refuses -= 1
            raise EndpointError("POST: 500 no", Fate.AMBIGUOUS)
        if self.members.named_by and body["name"] in self.objects:
            return self._held_already(body)
        new_id = self.make(self._kept(body))
        if self.lag:
            self._seen_from[new_id] = asyncio.get_running_loop().time() + self.lag
        if self.loses:
            self.loses -= 1
            raise EndpointError("POST: the connection was cut", Fate.AMBIGUOUS)
        return Assistant(copy.deepcopy(self.objects[new_id]), self.members)

    def _held_already(self, body: Body) -> Assistant:
        """What the speaker of such an API makes of a second version that it added and took away again."""
        there = Assistant(copy.deepcopy(self.objects[body["name"]]), self.members)
        if there.mark and there.mark == Assistant({**body, "id": there.id}, self.members).mark:
            return there
        raise EndpointError(f"{there.id} was there already")

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        self.log.append(f"POST {assistant_id}")
        if assistant_id not in self.objects:
            raise EndpointError(f"No assistant found with id '{assistant_id}'.", Fate.MISSING)
        known = set(self.members.names)
        there = self.objects[assistant_id]
        if self.members.replaces:
            kept = {name: there[name] for name in there if name in (*self.members.identity, *SERVERS_OWN)}
            there.clear()
            there |= {**copy.deepcopy(self.members.defaults), **kept}
        for name, value in self._kept(body).items():
            if value is None and name not in known:
                there.pop(name, None)
            else:
                there[name] = copy.deepcopy(self.members.defaults[name] if value is None else value)
        self.touch(there)
        return Assistant(copy.deepcopy(there), self.members)

    async def delete(self, assistant_id: str) -> None:
        self.log.append(f"DELETE {assistant_id}")
        found = self.objects.pop(assistant_id, None)
        if found and self.lag:
            self._seen_until[assistant_id] = asyncio.get_running_loop().time() + self.lag, found

    # what people do there

    def make(self, body: Mapping[str, Any]) -> str:
        self._count += 1
        new_id = str(body["name"]) if self.members.named_by else f"asst_{self._count:05}"
        stated = {name: one for name, one in body.items() if one is not None}
        whole = {**copy.deepcopy(self.members.defaults), **copy.deepcopy(stated)}
        self.objects[new_id] = {"id": new_id, "object": "assistant", "created_at": 1000 + self._count, **whole}
        self.touch(self.objects[new_id])
        return new_id

    def clear_up(self) -> None:
        """From now on nothing is lost, and the list shows what there is."""
        self.loses = self.refuses = 0
        self.lag = 0.0
        self._seen_from.clear()
        self._seen_until.clear()

    def _kept(self, body: Mapping[str, Any]) -> Object:
        return {name: one for name, one in body.items() if name not in self.drops}

    def touch(self, one: Object) -> None:
        one["updated_at"] = one.get("updated_at", 0) + 1
        if self.members.versions:
            one[self.members.versions] = str(int(one.get(self.members.versions, 0)) + 1)


# --- a line over it


@dataclass(frozen=True, slots=True)
class WorldLine(Line):
    """The line with the world in the place of the network."""

    world: World = field(default_factory=World)

    def open(self, hidden: Hidden, parallelism: Parallelism = AUTO) -> Any:  # noqa: ARG002 - the line's signature
        return self._opened()

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[Any]:
        yield self.world


PROJECT = (
    "project: acme\ndefault_environment: p\nenvironments:\n"
    "  p: {{endpoint: {{base_url: 'http://127.0.0.1:1/v1', api: {}, drop: true}}}}\n"
)
KEYS = ("ant", "bee", "cat", "dog")
VARIABLES = ("V_ONE", "V_TWO", "V_THREE")
EVERYTHING = Options(prune=True, max_delete="100%")
BRISK = Policy(settle_seconds=0.5)


class BrokenError(AssertionError):
    """A law does not hold; the text says which, and what was done before."""


class People:
    """What users, colleagues and servers do, each step by the dice, and the laws after it. `history` says what was done."""

    def __init__(self, dice: random.Random, root: Path, environ: MutableMapping[str, str], world: World) -> None:
        self.dice, self.root, self.environ, self.world = dice, root, environ, world
        self.history: list[str] = []
        self.secrets: set[str] = set()
        self.number = 0
        (root / ".git").mkdir(parents=True, exist_ok=True)
        (root / "assistants").mkdir(exist_ok=True)
        (root / "assistants/project.yaml").write_text(PROJECT.format(world.dialect.name))
        self.files: dict[str, Object] = {}
        for name in VARIABLES:
            self.turn(name)

    # --- what they do

    def step(self) -> None:
        """One deed of somebody's, and the laws that speak of it."""
        deeds: list[tuple[int, Callable[[], object]]] = [
            (6, self.write_a_file),
            (1, self.remove_a_file),
            (2, lambda: self.turn(self.dice.choice(VARIABLES))),
            (3, self.edit_by_hand),
            (2, self.add_by_hand),
            (1, self.copy_by_hand),
            (1, self.make_by_hand),
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

    def write_a_file(self) -> None:
        key = self.dice.choice(KEYS)
        self._write(key, self._document())

    def _write(self, key: str, document: Object) -> None:
        self.files[key] = document
        (self.root / f"assistants/{key}.yaml").write_text(yamltext.dump(document), encoding="utf-8")
        self._note(f"file {key}: {document}")

    def remove_a_file(self) -> None:
        if self.files:
            self._remove(self.dice.choice(sorted(self.files)))

    def _remove(self, key: str) -> None:
        del self.files[key]
        (self.root / f"assistants/{key}.yaml").unlink()
        self._note(f"no file {key}")

    def edit_by_hand(self) -> None:
        """Something that the tool knows."""
        if one := self._any():
            fields = {"name", "description", "instructions", "temperature", "tools"} & set(self.world.members.names)
            fields -= {"name"} if self.world.members.named_by else set()  # which nobody changes
            name = self.dice.choice(sorted(fields - self.world.drops))  # from nobody it keeps them
            one[name] = self._value_there(name)
            self.world.touch(one)
            self._note(f"by hand {one['id']}.{name}={one[name]!r}")

    def add_by_hand(self) -> None:
        """Something that the tool does not know, at some depth."""
        if one := self._any():
            place = self.dice.choice(self._places(one))
            name = self.dice.choice(("voice", "data_mine", "budget"))
            place[name] = self.dice.choice(({"a": [1, {"b": None}]}, ["x"], "text", 7))
            self._note(f"by hand, unknown: {one['id']} {one}")

    def copy_by_hand(self) -> None:
        """The button `duplicate`, which copies the mark, and then perhaps an edit."""
        if one := self._any():
            copied = {name: value for name, value in one.items() if name not in ("id", "created_at", "version")}
            name = {"name": f"{one['name']}-copy-{len(self.history)}"} if self.world.members.named_by else {}
            new_id = self.world.make({**copied, **name})
            if self.dice.random() < 0.6:
                self.world.objects[new_id]["instructions"] = f"a copy, edited {self.dice.random()}"
            self._note(f"copy of {one['id']}: {new_id}")

    def make_by_hand(self) -> None:
        name = self.dice.choice(("Ant", "stranger", "other"))
        if self.world.members.named_by and name in self.world.objects:
            return
        new_id = self.world.make({"model": "gpt-4o", "name": name})
        self._note(f"by hand: new {new_id}")

    def delete_by_hand(self) -> None:
        if one := self._any():
            del self.world.objects[one["id"]]
            self._note(f"by hand: {one['id']} deleted")

    def _any(self) -> Object | None:
        return self.dice.choice(list(self.world.objects.values())) if self.world.objects else None

    @staticmethod
    def _places(one: Object) -> list[Object]:
        resources = one.get("tool_resources") if isinstance(one.get("tool_resources"), dict) else {}
        tools = [tool for tool in one.get("tools") or () if isinstance(tool, dict)]
        inner = [tool["function"] for tool in tools if isinstance(tool.get("function"), dict)]
        return [one, *tools, *inner, *(value for value in (resources or {}).values() if isinstance(value, dict))]

    def _document(self) -> Object:
        fields = ("name", "description", "instructions", "temperature", "tools", "tool_resources", "metadata")
        chosen = {one: self._value(one) for one in fields if self.dice.random() < 0.5}
        if self.dice.random() < 0.4:
            chosen["metadata"] = {**chosen.get("metadata", {}), "token": {"env": self.dice.choice(VARIABLES)}}
        if self.dice.random() < 0.2:
            chosen[self.dice.choice(("name", "description", "instructions"))] = {"env": self.dice.choice(VARIABLES)}
        return {"model": self.dice.choice(("gpt-4o", "gpt-4.1")), **chosen}

    def _value_there(self, name: str) -> Any:
        """A value as the API has it."""
        carried = self.world.dialect.carry({name: self._value(name)}, "key").fields
        return carried.get(name, self.world.members.defaults[name])

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
            "metadata": ({"team": "red"}, {"team": "blue", "tier": "1"}),
        }
        return self.dice.choice(choices.get(name, (text,)))

    # --- applies

    @property
    def line(self) -> WorldLine:
        workspace = Workspace.find((self.root / "assistants",))
        choice = Choice()
        return WorldLine(workspace, choice, workspace.target(choice, {}), world=self.world)

    def plan(self) -> Planned:
        return without_waiting(self.line.planned(EVERYTHING))

    def apply(self) -> Done | None:
        """In good weather, to the end: then the plan is empty, what was planned was done and nothing else, and nothing unasked changed."""
        if not self.files:
            return None
        before, planned = copy.deepcopy(self.world.objects), self.plan()
        self._no_secret_in(planned)
        try:
            done = without_waiting(self.line.applied(EVERYTHING, BRISK))
        except RefusedError:
            self._note("apply: refused")
            self._law(not planned.is_empty or bool(planned.refusals), "refused for nothing")
            self._law(before == self.world.objects, "a refused apply wrote something")
            return None
        self._note(f"apply: {[(one.change.key, one.change.action.name, one.status.value) for one in done.outcomes]}")
        self._told(done)
        self._plan_is_deed(planned, before, done)
        self._law(not done.failed, f"failed in good weather: {[one.message for one in done.outcomes]}")
        self._settled(before)
        return done

    def _settled(self, before: Mapping[str, Object]) -> None:
        after = self.plan()
        self._law(after.is_empty, f"after an apply the plan is not empty: {after.text()}")
        self._unasked_is_as_it_was(before)

    def apply_in_bad_weather(self) -> None:
        """Answers get lost, the list lags. Then the weather is good again, and one or two applies settle it."""
        if not self.files:
            return
        before = copy.deepcopy(self.world.objects)
        self.world.loses, self.world.refuses = self.dice.randrange(3), self.dice.randrange(3)
        self.world.lag = self.dice.choice((0.0, 0.0, 1.0, 4.0))
        with contextlib.suppress(ToolError):
            self._told(without_waiting(self.line.applied(EVERYTHING, BRISK)))
        self.world.clear_up()
        self._note("apply in bad weather")
        for _ in range(2):  # what the first finds, such as a second one of a key, the second need not find again
            with contextlib.suppress(RefusedError):
                without_waiting(self.line.applied(EVERYTHING, BRISK))
        after = self.plan()
        if not after.refusals:
            self._settled(before)

    def there_and_back(self) -> None:
        """Apply, edit, apply, restore: everything is as it was, but for ids and times."""
        if self.apply() is None or self.plan().refusals:
            return
        files = copy.deepcopy(self.files)
        for _ in range(self.dice.randrange(1, 4)):
            self.dice.choice((self.write_a_file, self.remove_a_file, self.edit_by_hand))()
        edited = copy.deepcopy(self.world.objects)
        if not self.files:
            self._back_to(files)
            return
        plan_before = self.plan()
        # A run that only creates changes nothing that was there, and so keeps nothing to restore.
        if plan_before.refusals or not plan_before.plan.of(Action.UPDATE, Action.ADOPT, Action.DELETE):
            self._back_to(files)
            return
        without_waiting(self.line.applied(EVERYTHING, BRISK))
        made = {one.key for one in plan_before.changes if one.action is Action.CREATE}
        try:
            restored = without_waiting(restore(self.line, None, (), BRISK))
        except ToolError as error:
            raise BrokenError("\n".join([f"restore: {error}", *self.history[-60:]])) from error
        self._note(f"restored: {[(one.change.key, one.status.value) for one in restored.outcomes]}")
        self._law(not restored.failed, f"restore failed: {restored.faults} {restored.outcomes}")
        now = [self._essence(one) for one in self.world.objects.values() if self._key(one) not in made]
        then = [self._essence(one) for one in edited.values()]
        lacking, new = sorted(_bag(then) - _bag(now)), sorted(_bag(now) - _bag(then))
        self._law(not (lacking or new), f"restored is not as before: {lacking} -> {new}")
        again = self.plan()
        words = [[(one.action, one.key, one.differences) for one in plan.changes] for plan in (plan_before, again)]
        self._law(
            [one for one in words[0] if one[1] not in made] == [one for one in words[1] if one[1] not in made],
            f"the plan is not as before the apply: {plan_before.text()} / {again.text()}",
        )
        self._back_to(files)

    def _back_to(self, files: Mapping[str, Object]) -> None:
        for key in set(self.files) - set(files):
            self._remove(key)
        for key, document in files.items():
            self._write(key, document)

    # --- laws

    def _law(self, holds: bool, said: str) -> None:
        if not holds:
            raise BrokenError("\n".join([said, *self.history[-60:]]))

    def _plan_is_deed(self, planned: Planned, before: Mapping[str, Object], done: Done) -> None:
        meant = {one.id for one in planned.changes if one.action in WRITES}
        new = set(self.world.objects) - set(before)
        creates = sum(one.action is Action.CREATE for one in planned.changes)
        self._law(len(new) <= creates, f"made {len(new)}, planned {creates}")
        for found_id, one in before.items():
            if found_id not in meant:
                self._law(self.world.objects.get(found_id) == one, f"{found_id} changed, which no plan said")
        for outcome in done.outcomes:
            if outcome.change.action is Action.DELETE and outcome.status is Status.DONE:
                self._law(outcome.id not in self.world.objects, f"{outcome.id} was said to be deleted")

    def _unasked_is_as_it_was(self, before: Mapping[str, Object]) -> None:
        """What the tool does not know is where it was, unless the tool that it was in went."""
        for found_id, one in before.items():
            now = self.world.objects.get(found_id)
            if now is None:
                continue
            top = {name: value for name, value in one.items() if name not in self.world.members.names}
            kept = {name: value for name, value in now.items() if name in top}
            self._law(_own_aside(top) == _own_aside(kept), f"{found_id}: unknown members changed: {top} -> {kept}")
            for kind, resource in (one.get("tool_resources") or {}).items():
                for name, value in resource.items() if isinstance(resource, dict) else ():
                    if name not in ("file_ids", "vector_store_ids"):
                        there = ((now.get("tool_resources") or {}).get(kind) or {}).get(name)
                        self._law(there == value, f"{found_id}: {kind}.{name} was lost: {one} -> {now}")

    def _told(self, done: Done) -> None:
        said = "\n".join(line.text for one in done.outcomes for line in outcome_lines(seen_outcome(one)))
        self._no_secret(said)

    def _no_secret_in(self, planned: Planned) -> None:
        seen = seen_plan(planned.plan, planned.wanted.hidden)
        self._no_secret("\n".join(line.text for line in plan_lines(seen)))
        self._no_secret(plan_markdown("there", seen))
        self._no_secret(to_json(planned.saved().as_data()))

    def _no_secret(self, said: str) -> None:
        leaks = [one for one in self.secrets if one in said]
        self._law(not leaks, f"told: {leaks} in {said}")

    @staticmethod
    def _key(one: Object) -> str | None:
        mark = Assistant(one).mark
        return mark.key if mark else None

    @staticmethod
    def _essence(one: Object) -> Object:
        """Without id and times; a resource with nothing in it says as little as none."""
        held = one.get("tool_resources") or {}
        resources = {name: kept for name, value in held.items() if (kept := _filled(value))}
        others = {name: value for name, value in one.items() if name not in {"id", "created_at", *SERVERS_OWN}}
        return {**others, "tool_resources": resources}


def _filled(value: Any) -> Any:
    return (
        {name: one for name, one in value.items() if one not in (None, [], {}, "")}
        if isinstance(value, dict)
        else value
    )


def _own_aside(one: Object) -> Object:
    return {name: value for name, value in one.items() if name not in SERVERS_OWN}


def _bag(objects: Iterable[Object]) -> set[str]:
    return {f"{index}:{text}" for index, text in _numbered(sorted(as_text(one) for one in objects))}


def _numbered(texts: Iterable[str]) -> list[tuple[int, str]]:
    seen: dict[str, int] = {}
    found = []
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
        found.append((seen[text], text))
    return found
