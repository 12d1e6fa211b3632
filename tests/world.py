"""Endpoints for made-up days, by each API: our own in SQLite, and in memory such as lag, page, and have members and habits of their own.

All are reached through all of the tool's own network code; only the wire is another. `Weather` lies over each: answers get lost, and
requests fail. Time does not pass: a wait of the tool's is over at once, and the clock has moved on (`without_waiting`).
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import copy
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from assistants_tool.endpoint import DIALECTS as SPEAKERS
from assistants_tool.endpoint import connect
from assistants_tool.endpoint.connection import Connection, Hidden
from assistants_tool.endpoint.wire import Answer, Call, Wire
from assistants_tool.line.steps import Line
from assistants_tool.objects.dialects import ASSISTANTS_DIALECT, DIALECTS, Dialect
from assistants_tool.objects.endpoint import AUTO, Parallelism
from assistants_tool.objects.members import Members
from assistants_tool.project.target import Embedded, Remote
from assistants_tool.redaction import NOTHING, Redaction
from tests.clocks import without_waiting

if TYPE_CHECKING:
    from assistants_tool.objects.endpoint import OpenEndpoint

T = TypeVar("T")
Object = dict[str, Any]
SERVERS_OWN = frozenset({"updated_at", "revision", "version"})


# --- weather


@dataclass
class Weather:
    """How many of the next writes lose their answer, how many fail without effect, and by how many seconds the list is late."""

    loses: int = 0
    refuses: int = 0
    lag: float = 0.0


@dataclass(frozen=True)
class Weathered:
    """A wire in the weather. What fails is answered with a text that repeats the request, as servers do."""

    wire: Wire
    weather: Weather
    log: list[str]

    @property
    def keys(self) -> Redaction:
        return self.wire.keys

    @property
    def key_called(self) -> str:
        return self.wire.key_called

    async def send(self, call: Call) -> Answer:
        if call.method == "GET":
            return await self.wire.send(call)
        self.log.append(f"{call.method} {call.path}")
        if self.weather.refuses:
            self.weather.refuses -= 1
            return Answer(500, {}, json.dumps({"detail": f"cannot take {(call.content or b'').decode()}"}).encode())
        answer = await self.wire.send(call)
        if self.weather.loses:
            self.weather.loses -= 1
            raise httpx2.ReadError("the connection was cut")
        return answer


# --- the endpoints


class World(abc.ABC):
    """An endpoint, and what people do there by hand. `drops` are members that it takes and forgets."""

    drops: frozenset[str] = frozenset()
    place: str  # in project.yaml, what says which endpoint it is

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.weather = Weather()
        self.log: list[str] = []

    @property
    def members(self) -> Members:
        return self.dialect.members

    @property
    def project(self) -> str:
        """The text of project.yaml. What the API has no place for is dropped."""
        endpoint = f"{{{self.place}, api: {self.dialect.name}, drop: true}}"
        return f"project: acme\ndefault_environment: p\nenvironments:\n  p: {{endpoint: {endpoint}}}\n"

    @property
    @abc.abstractmethod
    def objects(self) -> dict[str, Object]:
        """Copies of all that is there, by id."""

    @abc.abstractmethod
    def open(self, line: Line, connection: Connection) -> contextlib.AbstractAsyncContextManager[OpenEndpoint]:
        """The endpoint, for a run of the tool."""

    @abc.abstractmethod
    def by_hand(self, work: Callable[[OpenEndpoint], Coroutine[Any, Any, T]]) -> T:
        """What somebody else does with it, in good weather."""

    def make(self, body: Object) -> str:
        return self.by_hand(lambda endpoint: endpoint.create(body)).id

    def edit(self, found_id: str, name: str, value: Any) -> None:
        own = {*self.members.identity, *SERVERS_OWN}
        held = self.objects[found_id] if self.members.replaces else {}
        body = {name: one for name, one in held.items() if name not in own and one is not None} | {name: value}
        self.by_hand(lambda endpoint: endpoint.update(found_id, body))

    def delete(self, found_id: str) -> None:
        self.by_hand(lambda endpoint: endpoint.delete(found_id))

    def clear_up(self) -> None:
        """From now on nothing is lost, and the list shows what there is."""
        self.weather.loses = self.weather.refuses = 0
        self.weather.lag = 0.0


def flat(version: Mapping[str, Any]) -> Object:
    """A version of a prompt agent with the members of its definition beside the others, as the tool speaks of it."""
    beside = {name: one for name, one in version.items() if name not in ("definition", "draft")}
    return {**version["definition"], **beside, "id": version["name"], "object": "agent"}


class EmbeddedWorld(World):
    """Our own endpoint, whose file is in the root of the project."""

    place = "embedded: true"

    def __init__(self, root: Path, dialect: Dialect = ASSISTANTS_DIALECT) -> None:
        super().__init__(dialect)
        self._target = Embedded.of(root, api=dialect.name)

    @property
    def objects(self) -> dict[str, Object]:
        if not self._target.database.exists():
            return {}
        versioned = bool(self.members.versions)
        table = "prompts" if versioned else self.dialect.path.strip("/")
        with contextlib.closing(sqlite3.connect(self._target.database)) as file:
            rows = file.execute(f"SELECT id, created_at, body FROM {table} ORDER BY sequence").fetchall()  # noqa: S608 - a name of ours
        bodies = {one: (at, json.loads(body)) for one, at, body in rows}
        if versioned:
            return {one: flat(body["versions"][-1]) for one, (_, body) in bodies.items()}
        kind = self.dialect.path.strip("/").removesuffix("s")
        return {one: {"id": one, "object": kind, "created_at": at, **body} for one, (at, body) in bodies.items()}

    def open(self, line: Line, connection: Connection) -> contextlib.AbstractAsyncContextManager[OpenEndpoint]:
        assert isinstance(line.target.endpoint, Embedded)
        return self._open(line.target.endpoint, connection, self.weather)

    def by_hand(self, work: Callable[[OpenEndpoint], Coroutine[Any, Any, T]]) -> T:
        async def all_of_it() -> T:
            async with self._open(self._target, Connection(), Weather()) as endpoint:
                return await work(endpoint)

        return without_waiting(all_of_it())

    @contextlib.asynccontextmanager
    async def _open(self, target: Embedded, connection: Connection, weather: Weather) -> AsyncIterator[OpenEndpoint]:
        def speaker(wire: Wire, target: Embedded | Remote, connection: Connection) -> OpenEndpoint:
            return SPEAKERS[target.api](Weathered(wire, weather, self.log), target, connection)

        async with connect(target, connection, {}, dialects={self.dialect.name: speaker}) as endpoint:
            yield endpoint


class ForeignWorld(World):
    """A server in memory. It keeps members that the tool does not know, counts writes in `updated_at`, and gives five rows a page.

    `resets` are members that an update puts back to their default where it leaves them out.
    """

    place = "base_url: 'http://127.0.0.1:1/v1'"
    keys = NOTHING
    key_called = "the key"
    _PAGE = 5

    def __init__(
        self,
        dialect: Dialect = ASSISTANTS_DIALECT,
        drops: frozenset[str] = frozenset(),
        resets: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(dialect)
        self.drops, self._resets = drops, resets
        self.held: dict[str, Object] = {}
        self._count = 0
        self._seen_from: dict[str, float] = {}
        self._seen_until: dict[str, tuple[float, Object]] = {}

    @property
    def objects(self) -> dict[str, Object]:
        return copy.deepcopy(self.held)

    def change(self, found_id: str, change: Callable[[Object], None]) -> None:
        """What somebody does to an object by hand, and the tool knows nothing of."""
        change(self.held[found_id])

    def open(self, line: Line, connection: Connection) -> contextlib.AbstractAsyncContextManager[OpenEndpoint]:  # noqa: ARG002 - World's
        return contextlib.nullcontext(self._speaker(Weathered(self, self.weather, self.log), connection))

    def by_hand(self, work: Callable[[OpenEndpoint], Coroutine[Any, Any, T]]) -> T:
        async def all_of_it() -> T:
            return await work(self._speaker(self, Connection()))

        return without_waiting(all_of_it())

    def _speaker(self, wire: Wire, connection: Connection) -> OpenEndpoint:
        return SPEAKERS[self.dialect.name](wire, Remote("http://there/v1", api=self.dialect.name), connection)

    def clear_up(self) -> None:
        super().clear_up()
        self._seen_from.clear()
        self._seen_until.clear()

    # what is answered

    async def send(self, call: Call) -> Answer:
        body = json.loads(call.content) if call.content else {}
        status, answered = self._answer(call, call.path.removeprefix(self.dialect.path).strip("/"), body)
        return Answer(status, {}, json.dumps(answered).encode())

    def _answer(self, call: Call, found_id: str, body: Object) -> tuple[int, Any]:
        if not found_id:
            return (200, self._page(call.query)) if call.method == "GET" else (200, self._create(body))
        if found_id not in self.held:
            return 404, {"detail": f"nothing has the id '{found_id}'."}
        if call.method == "DELETE":
            return self._delete(found_id)
        if call.method == "POST":
            self._update(self.held[found_id], body)
        return 200, self._row(self.held[found_id])

    def _create(self, body: Object) -> Object:
        self._count += 1
        made = self._whole(f"{self.dialect.path[1:5]}_{self._count:05}", body)
        self.held[made["id"]] = made
        self._seen_from[made["id"]] = self._late
        self._touch(made)
        return made

    def _whole(self, new_id: str, body: Object) -> Object:
        """One as it is kept, with what it has where nothing was said."""
        stated = {name: one for name, one in self._kept(body).items() if one is not None}
        own = {"id": new_id, "object": self.dialect.path.strip("/").removesuffix("s"), "created_at": 1000 + self._count}
        return {**copy.deepcopy(self.members.defaults), **stated, **own}

    def _update(self, there: Object, body: Object) -> None:
        unset = dict.fromkeys(self._resets - set(body))
        for name, value in {**unset, **self._kept(body)}.items():
            if value is None and name not in self.members:
                there.pop(name, None)
            else:
                there[name] = copy.deepcopy(self.members.defaults[name]) if value is None else value
        self._touch(there)

    def _delete(self, found_id: str) -> tuple[int, Any]:
        self._seen_until[found_id] = self._late, self.held.pop(found_id)
        return 200, {"id": found_id, "deleted": True}

    def _page(self, query: Mapping[str, str]) -> Object:
        now = asyncio.get_running_loop().time()
        there = [one for one in self.held.values() if self._seen_from.get(one["id"], 0.0) <= now]
        gone = [one for until, one in self._seen_until.values() if until > now and one["id"] not in self.held]
        rows = sorted((*there, *gone), key=lambda one: str(one["id"]), reverse=query["order"] == "desc")
        ids = [one["id"] for one in rows]
        start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
        end = start + min(self._PAGE, int(query["limit"]))
        return {"object": "list", "data": [self._row(one) for one in rows[start:end]], "has_more": end < len(rows)}

    def _row(self, one: Object) -> Object:
        return one

    @property
    def _late(self) -> float:
        return asyncio.get_running_loop().time() + self.weather.lag if self.weather.lag else 0.0

    def _kept(self, body: Mapping[str, Any]) -> Object:
        return {name: one for name, one in body.items() if name not in self.drops}

    def _touch(self, one: Object) -> None:
        one["updated_at"] = one.get("updated_at", 0) + 1


class VersionedWorld(ForeignWorld):
    """One of prompt agents: what is held are the latest of `versions`, the oldest of which is first."""

    def __init__(self, drops: frozenset[str] = frozenset()) -> None:
        super().__init__(DIALECTS["prompt-agents"], drops)
        self.versions: dict[str, list[Object]] = {}

    def change(self, found_id: str, change: Callable[[Object], None]) -> None:
        """A version is never changed, so that whoever changes something makes another."""
        latest = copy.deepcopy(self.held[found_id])
        change(latest)
        self._add(found_id, latest)

    def _answer(self, call: Call, found_id: str, body: Object) -> tuple[int, Any]:
        name, *rest = found_id.split("/")
        there = self.versions.get(name, [])
        match [call.method, *rest]:
            case ["POST", "versions"]:
                beside = {one: value for one, value in body.items() if one != "definition"}
                self._count += 1
                made = self._add(name, self._whole(name, {**body["definition"], **beside}))
                return 200, self._version(made)
            case ["GET", "versions"] if there:
                return 200, {"data": [self._version(one) for one in there[::-1]], "has_more": False}
            case ["DELETE", "versions", number] if there:
                return self._take_away(name, number)
        return super()._answer(call, name, body)

    def _add(self, name: str, one: Object) -> Object:
        there = self.versions.setdefault(name, [])
        if not there:
            self._seen_from[name] = self._late
        number = int(there[-1]["version"]) + 1 if there else 1
        there.append({**one, "name": name, "version": str(number)})
        self.held[name] = there[-1]
        return there[-1]

    def _take_away(self, name: str, number: str) -> tuple[int, Any]:
        left = [one for one in self.versions[name] if one["version"] != number]
        if not left:
            return self._delete(name)
        self.versions[name], self.held[name] = left, left[-1]
        return 200, {"deleted": True}

    def _delete(self, found_id: str) -> tuple[int, Any]:
        self.versions.pop(found_id)
        return super()._delete(found_id)

    def _row(self, one: Object) -> Object:
        return {"object": "agent", "id": one["id"], "name": one["name"], "versions": {"latest": self._version(one)}}

    @staticmethod
    def _version(one: Object) -> Object:
        beside = ("name", "version", "created_at", "description", "metadata")
        definition = {name: value for name, value in one.items() if name not in ("id", "object", *beside)}
        own = {"object": "agent.version", "id": f"{one['name']}:{one['version']}"}
        return {**own, **{name: one[name] for name in beside}, "definition": definition}


# --- a line over one


@dataclass(frozen=True, slots=True)
class WorldLine(Line):
    """The line with a world in the place of the network."""

    world: World = field(kw_only=True)

    def open(
        self, hidden: Hidden, parallelism: Parallelism = AUTO
    ) -> contextlib.AbstractAsyncContextManager[OpenEndpoint]:
        return self.world.open(self, self.talk.connection(hidden, parallelism))
