"""Endpoints for made-up days: one of our own in SQLite, and one in memory that lags, pages, and has members and habits of its own.

Both are reached through all of the tool's own network code; only the wire is another. `Weather` lies over either: answers get lost, and
requests fail. Time does not pass: a wait of the tool's is over at once, and the clock has moved on (`without_waiting`).
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import copy
import json
import selectors
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from assistants_tool.endpoint import connect
from assistants_tool.endpoint.assistants import AssistantsEndpoint
from assistants_tool.endpoint.connection import Connection, Hidden
from assistants_tool.endpoint.wire import Answer, Call, Wire
from assistants_tool.line.steps import Line
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.project.target import Embedded, Remote
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.objects.endpoint import OpenEndpoint

T = TypeVar("T")
Object = dict[str, Any]
SERVERS_OWN = frozenset({"updated_at", "revision"})


# --- time


class _Selector(selectors.DefaultSelector):
    """Whoever would wait for the clock alone does not: the clock goes on instead. Work of other threads takes its time."""

    passed = 0.0
    busy = 0

    def select(self, timeout: float | None = None) -> Any:
        if self.busy:
            return super().select(timeout)
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

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        self._clock.busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._is_back)
        return future

    def _is_back(self, _: object) -> None:
        self._clock.busy -= 1


def without_waiting(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in no time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


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
    project: str  # the text of project.yaml

    def __init__(self) -> None:
        self.weather = Weather()
        self.log: list[str] = []

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
        self.by_hand(lambda endpoint: endpoint.update(found_id, {name: value}))

    def delete(self, found_id: str) -> None:
        self.by_hand(lambda endpoint: endpoint.delete(found_id))

    def clear_up(self) -> None:
        """From now on nothing is lost, and the list shows what there is."""
        self.weather.loses = self.weather.refuses = 0
        self.weather.lag = 0.0


class EmbeddedWorld(World):
    """Our own endpoint, whose file is in the root of the project."""

    project = "project: acme\ndefault_environment: p\nenvironments:\n  p: {endpoint: embedded}\n"

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._target = Embedded(root / ".assistants/embedded.db")

    @property
    def objects(self) -> dict[str, Object]:
        if not self._target.database.exists():
            return {}
        with contextlib.closing(sqlite3.connect(self._target.database)) as file:
            rows = file.execute("SELECT id, created_at, body FROM assistants ORDER BY sequence").fetchall()
        return {one: {"id": one, "object": "assistant", "created_at": at, **json.loads(body)} for one, at, body in rows}

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
            return AssistantsEndpoint(Weathered(wire, weather, self.log), target, connection)

        async with connect(target, connection, {}, dialects={"assistants": speaker}) as endpoint:
            yield endpoint


class ForeignWorld(World):
    """A server in memory. It keeps members that the tool does not know, counts writes in `updated_at`, and gives five rows a page.

    `resets` are members that an update puts back to their default where it leaves them out.
    """

    project = (
        "project: acme\ndefault_environment: p\nenvironments:\n  p: {endpoint: {base_url: 'http://127.0.0.1:1/v1'}}\n"
    )
    keys = NOTHING
    _PAGE = 5

    def __init__(self, drops: frozenset[str] = frozenset(), resets: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.drops, self._resets = drops, resets
        self.held: dict[str, Object] = {}
        self._count = 0
        self._seen_from: dict[str, float] = {}
        self._seen_until: dict[str, tuple[float, Object]] = {}

    @property
    def objects(self) -> dict[str, Object]:
        return copy.deepcopy(self.held)

    def open(self, line: Line, connection: Connection) -> contextlib.AbstractAsyncContextManager[OpenEndpoint]:  # noqa: ARG002 - World's
        wire = Weathered(self, self.weather, self.log)
        return contextlib.nullcontext(AssistantsEndpoint(wire, Remote("http://there/v1"), connection))

    def by_hand(self, work: Callable[[OpenEndpoint], Coroutine[Any, Any, T]]) -> T:
        async def all_of_it() -> T:
            return await work(AssistantsEndpoint(self, Remote("http://there/v1"), Connection()))

        return without_waiting(all_of_it())

    def clear_up(self) -> None:
        super().clear_up()
        self._seen_from.clear()
        self._seen_until.clear()

    # what is answered

    async def send(self, call: Call) -> Answer:
        status, body = self._answer(call, call.path.rpartition("/assistants")[2].strip("/"))
        return Answer(status, {}, json.dumps(body).encode())

    def _answer(self, call: Call, found_id: str) -> tuple[int, Any]:
        body = json.loads(call.content) if call.content else {}
        if not found_id:
            return (200, self._page(call.query)) if call.method == "GET" else (200, self._create(body))
        if found_id not in self.held:
            return 404, {"detail": f"No assistant found with id '{found_id}'."}
        if call.method == "DELETE":
            gone = self.held.pop(found_id)
            self._seen_until[found_id] = self._late, gone
            return 200, {"id": found_id, "deleted": True}
        if call.method == "POST":
            self._update(self.held[found_id], body)
        return 200, self.held[found_id]

    def _create(self, body: Object) -> Object:
        self._count += 1
        new_id = f"asst_{self._count:05}"
        stated = {name: one for name, one in self._kept(body).items() if one is not None}
        whole = {**copy.deepcopy(ASSISTANTS.defaults), **stated}
        self.held[new_id] = {**whole, "id": new_id, "object": "assistant", "created_at": 1000 + self._count}
        self._seen_from[new_id] = self._late
        self._touch(self.held[new_id])
        return self.held[new_id]

    def _update(self, there: Object, body: Object) -> None:
        unset = dict.fromkeys(self._resets - set(body))
        for name, value in {**unset, **self._kept(body)}.items():
            if value is None and name not in ASSISTANTS.names:
                there.pop(name, None)
            else:
                there[name] = copy.deepcopy(ASSISTANTS.defaults[name]) if value is None else value
        self._touch(there)

    def _page(self, query: Mapping[str, str]) -> Object:
        now = asyncio.get_running_loop().time()
        there = [one for one in self.held.values() if self._seen_from.get(one["id"], 0.0) <= now]
        gone = [one for until, one in self._seen_until.values() if until > now]
        rows = sorted((*there, *gone), key=lambda one: str(one["id"]), reverse=query["order"] == "desc")
        ids = [one["id"] for one in rows]
        start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
        end = start + min(self._PAGE, int(query["limit"]))
        return {"object": "list", "data": rows[start:end], "has_more": end < len(rows)}

    @property
    def _late(self) -> float:
        return asyncio.get_running_loop().time() + self.weather.lag if self.weather.lag else 0.0

    def _kept(self, body: Mapping[str, Any]) -> Object:
        return {name: one for name, one in body.items() if name not in self.drops}

    def _touch(self, one: Object) -> None:
        one["updated_at"] = one.get("updated_at", 0) + 1


# --- a line over one


@dataclass(frozen=True, slots=True)
class WorldLine(Line):
    """The line with a world in the place of the network."""

    world: World = field(kw_only=True)

    def open(self, hidden: Hidden, parallelism: int = 10) -> contextlib.AbstractAsyncContextManager[OpenEndpoint]:
        return self.world.open(self, self.talk.connection(hidden, parallelism))
