"""An endpoint that goes wrong on purpose: real HTTP on 127.0.0.1, assistants in memory, faults by seeded dice.

It answers as the retired service did (defaults filled in, `asst_` ids, newest first, 20 a page, `after` exclusive) and, for a share of
all requests, as networks and proxies do. The dice are thrown for each request by what it says and how often it came, so that one seed
gives the same faults, and the same ids, whatever the order in which requests arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import enum
import hashlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

Object = dict[str, Any]


class Fault(enum.Enum):
    """What may become of a request."""

    CUT_AFTER = "cut after the effect"
    LATE = "cut, the effect later"
    ERROR_AFTER = "500 after the effect"
    UNAVAILABLE = "503 without effect"
    CUT_BEFORE = "cut without effect"
    THROTTLED = "429"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Temper:
    """How the endpoint behaves. `share` of all requests meet one of `faults`; times are in seconds.

    `rate`: requests a second, past which (and past a `burst`, by default one second's worth) the answer is 429.
    `unordered`: each listing has an order of its own, as if rows of one second were not sorted. `lag`: a listing shows what was there so
    many seconds ago. `unreadable`: there is no GET of one.
    """

    share: float = 0.0
    seed: int = 1
    faults: tuple[Fault, ...] = tuple(Fault)
    late: float = 0.1
    slow: float = 0.05
    retry_after: float = 0.02
    latency: float = 0.0
    rate: float = 0.0
    burst: float = 0.0
    unordered: bool = False
    lag: float = 0.0
    unreadable: bool = False


CALM = Temper()


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    @property
    def assistant_id(self) -> str | None:
        return unquote(self.path.partition("/assistants/")[2]) or None

    @property
    def kind(self) -> str:
        return self.method + (" /{id}" if self.assistant_id else "")

    @property
    def is_create(self) -> bool:
        return self.kind == "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        is_text = isinstance(self.body, str)
        payload = (self.body if is_text else json.dumps(self.body)).encode()
        kind = "text/html" if is_text else "application/json"
        headers = {"Content-Type": kind, "Content-Length": str(len(payload)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {self.status}", *(f"{name}: {one}" for name, one in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + payload


@dataclass(slots=True)
class Entry:
    """A request in the log. `at`: when it came, by the monotonic clock; `status`: None where there was no answer, or is none yet."""

    at: float
    request: Request
    fault: Fault | None = None
    status: int | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether whoever sent it cannot tell if it had its effect."""
        return self.status is None or self.status >= 500


def refusal(status: int, message: str, **headers: str) -> Answer:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
    return Answer(status, body, headers)


# --- the assistants

_DEFAULTS: Object = {
    "name": None,
    "description": None,
    "instructions": None,
    "tools": [],
    "top_p": 1.0,
    "temperature": 1.0,
    "reasoning_effort": None,
    "tool_resources": {},
    "metadata": {},
    "response_format": "auto",
}
_RESOURCES = {"code_interpreter": "file_ids", "file_search": "vector_store_ids"}
_RANKING = {"ranker": "default_2024_08_21", "score_threshold": 0.0, "hybrid_search": None}


def _completed(body: Object) -> Object:
    """A body with what the service adds to it."""
    stated = {name: value for name, value in body.items() if value is not None}
    made = copy.deepcopy({**_DEFAULTS, **stated})
    for tool in made["tools"]:
        if tool["type"] == "function":
            tool["function"] = {"parameters": {"type": "object", "properties": {}}, "strict": False, **tool["function"]}
        if tool["type"] == "file_search":
            tool.setdefault("file_search", {}).setdefault("ranking_options", dict(_RANKING))
        if member := _RESOURCES.get(tool["type"]):
            made["tool_resources"].setdefault(tool["type"], {member: []})
    return made


class Shelf:
    """The assistants, in the order in which they were made."""

    def __init__(self, seed: int) -> None:
        self.objects: dict[str, Object] = {}
        self.coming = 0  # effects that are still to come
        self.lag = 0.0
        self._past: list[
            tuple[float, dict[str, Object]]
        ] = []  # what was there until when, as far back as listings reach
        self._seed = seed
        self._dice = random.Random(seed)  # noqa: S311 - dice, not secrets
        self._made: Counter[str] = Counter()

    def act_late(self, request: Request) -> None:
        self.coming -= 1
        self.act(request)

    def act(self, request: Request) -> Answer:
        """Do what a request asks for."""
        if self.lag and request.method != "GET":
            now = time.monotonic()
            self._past = [(at, held) for at, held in self._past if at > now - self.lag]
            self._past.append((now, dict(self.objects)))
        if request.assistant_id is None:
            return self._create(request.body) if request.method == "POST" else self._page(request.query, None)
        if request.assistant_id not in self.objects:
            return refusal(404, f"No assistant found with id '{request.assistant_id}'.")
        if request.method == "DELETE":
            del self.objects[request.assistant_id]
            return Answer(200, {"id": request.assistant_id, "object": "assistant.deleted", "deleted": True})
        if request.method == "POST":
            self.objects[request.assistant_id] = _completed({**self.objects[request.assistant_id], **request.body})
        return Answer(200, self.objects[request.assistant_id])

    def _create(self, body: Object) -> Answer:
        if not body.get("model"):
            return refusal(400, "Missing required parameter: 'model'.")
        text = json.dumps(body)
        self._made[text] += 1
        new_id = "asst_" + hashlib.sha256(f"{self._seed} {self._made[text]} {text}".encode()).hexdigest()[:24]
        made = {"id": new_id, "object": "assistant", "created_at": int(time.time()), **_completed(body)}
        self.objects[new_id] = made
        return Answer(200, made)

    def listed(self, request: Request, *, shuffled: bool) -> Answer:
        return self._page(request.query, self._dice if shuffled else None)

    def _page(self, query: Mapping[str, str], dice: random.Random | None) -> Answer:
        then = time.monotonic() - self.lag
        objects = next((held for at, held in self._past if at > then), self.objects) if self.lag else self.objects
        ids = list(objects)
        if query.get("order", "desc") == "desc":
            ids.reverse()
        if dice:
            dice.shuffle(ids)
        start = ids.index(query["after"]) + 1 if query.get("after") in objects else 0
        limit = min(100, max(1, int(query.get("limit", 20))))
        page = [objects[one] for one in ids[start : start + limit]]
        ends = {"first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None}
        return Answer(200, {"object": "list", "data": page, **ends, "has_more": start + limit < len(ids)})


class _Bucket:
    """Tokens that fill up with time: the usual way to limit a rate."""

    def __init__(self) -> None:
        self._tokens, self._then = 0.0, 0.0

    def refuses(self, temper: Temper) -> bool:
        now, most = time.monotonic(), temper.burst or temper.rate
        self._tokens = min(most, self._tokens + (now - self._then) * temper.rate)
        self._then = now
        if self._tokens < 1:
            return True
        self._tokens -= 1
        return False


# --- the server


class Hostile:
    """The endpoint. It runs on a thread of its own; whoever holds it may change its temper, look, reset and make it wait at any time.

    `log` is every request that came, in turn.
    """

    def __init__(self, temper: Temper = CALM) -> None:
        self.temper = temper
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """Forget assistants and requests."""
        self.shelf = Shelf(self.temper.seed)
        self.log: list[Entry] = []
        self.in_flight = self.most_in_flight = 0
        self.last = 0.0  # when the last request was answered
        self._came: Counter[str] = Counter()
        self._bucket = _Bucket()
        self._held: list[Request] = []
        self._holds = self._cuts = False
        self._passing = 0
        self._land_before: int | None = None

    # what a test asks

    def recount(self) -> None:
        """Forget requests; the assistants stay."""
        self.log, self.most_in_flight = [], self.in_flight

    def dump(self) -> list[Object]:
        """Copies of all assistants, oldest first."""
        return copy.deepcopy(list(self.shelf.objects.values()))

    def put(self, body: Object) -> str:
        """Make an assistant, without a request."""
        made = self.shelf.act(Request("POST", "/v1/assistants", {}, {}, body)).body
        return str(made["id"])

    @property
    def held(self) -> int:
        return len(self._held)

    def count(self, kind: str) -> int:
        """How many requests of a kind came: `GET`, `GET /{id}`, `POST`, `POST /{id}`, `DELETE /{id}`."""
        return sum(one.request.kind == kind for one in self.log)

    @property
    def writes(self) -> list[str]:
        return [one.request.kind for one in self.log if one.request.method != "GET"]

    @property
    def throttled(self) -> int:
        """How many answers were 429."""
        return sum(one.status == 429 for one in self.log)

    def hold(self, *, after: int = 0, cut: bool = False) -> None:
        """From now on creates wait, but for the first `after`: no effect until `land`, and no answer. `cut`: the connection is cut at
        once.
        """
        self._holds, self._passing, self._cuts = True, after, cut

    def land(self, before: int | None = None) -> None:
        """Creates that wait take effect, without an answer: now, or just before the `before`th request from now on is served."""
        self._holds, self._land_before = False, before
        if before is None:
            self._land()

    def until(self, happened: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait for something to be so. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end:
                raise TimeoutError(f"it did not come to that in {seconds:g} s")
            time.sleep(0.002)

    def settled(self) -> None:
        """Wait until no request is in work and no effect is to come."""
        self.until(lambda: not (self.shelf.coming or self.in_flight))

    # serving

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await _read(reader):
                answer = await self._counted(request)
                if answer is None:
                    break
                writer.write(answer.encode())
                await writer.drain()
        writer.close()

    async def _counted(self, request: Request) -> Answer | None:
        entry = Entry(time.monotonic(), request)
        self.log.append(entry)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._count_down()
        try:
            answer = await self._answer(entry)
            entry.status = answer.status if answer else None
            return answer
        finally:
            self.in_flight -= 1
            self.last = time.monotonic()

    async def _answer(self, entry: Entry) -> Answer | None:
        """What to say; None where the connection is cut."""
        request, temper = entry.request, self.temper
        await asyncio.sleep(temper.latency)
        if request.headers.get("openai-beta") != "assistants=v2":
            return refusal(400, "You must provide the 'OpenAI-Beta' header to access the Assistants API.")
        if self._holds and request.is_create:
            if not self._passing:
                self._held.append(request)
                if not self._cuts:
                    await self._released()
                return None
            self._passing -= 1
        if temper.unreadable and request.kind == "GET /{id}":
            return refusal(405, "Method Not Allowed")
        if temper.rate and self._bucket.refuses(temper):
            return self._throttled(temper)
        entry.fault = self._thrown(request, temper)
        return await self._go_wrong(request, entry.fault, temper) if entry.fault else self._act(request, temper)

    def _thrown(self, request: Request, temper: Temper) -> Fault | None:
        said = json.dumps([temper.seed, request.method, request.path, dict(request.query), request.body])
        self._came[said] += 1
        dice = random.Random(hashlib.sha256(f"{said} {self._came[said]}".encode()).digest())  # noqa: S311 - as above
        return dice.choice(temper.faults) if dice.random() < temper.share else None

    async def _go_wrong(self, request: Request, fault: Fault, temper: Temper) -> Answer | None:
        if fault is Fault.THROTTLED:
            return self._throttled(temper)
        if fault is Fault.UNAVAILABLE:
            return Answer(503, "<html>upstream connect error</html>")
        if fault is Fault.LATE:
            asyncio.get_running_loop().call_later(temper.late, self.shelf.act_late, request)
            self.shelf.coming += 1
        if fault in (Fault.CUT_BEFORE, Fault.LATE):
            return None
        if fault is Fault.SLOW:
            await asyncio.sleep(temper.slow)
        answer = self._act(request, temper)
        if fault is Fault.ERROR_AFTER:
            return refusal(500, "The server had an error while processing your request. Sorry about that!")
        return answer if fault is Fault.SLOW else None

    def _act(self, request: Request, temper: Temper) -> Answer:
        self.shelf.lag = temper.lag
        if request.kind == "GET" and temper.unordered:
            return self.shelf.listed(request, shuffled=True)
        return self.shelf.act(request)

    def _throttled(self, temper: Temper) -> Answer:
        return refusal(429, "You've exceeded the rate limit.", **{"Retry-After": f"{temper.retry_after:g}"})

    async def _released(self) -> None:
        while self._holds or self._land_before is not None:  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.002)

    def _count_down(self) -> None:
        if self._land_before is not None:
            self._land_before -= 1
            if self._land_before <= 0:
                self._land_before = None
                self._land()

    def _land(self) -> None:
        landing, self._held = self._held, []
        for request in landing:
            self.shelf.act(request)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None at its end."""
    line = (await reader.readline()).decode("latin-1")
    if not line.strip():
        return None
    method, target, _ = line.split()
    headers: dict[str, str] = {}
    while header := (await reader.readline()).decode("latin-1").strip():
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    text = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, json.loads(text) if text else None)


@contextlib.contextmanager
def hostile(temper: Temper = CALM) -> Iterator[Hostile]:
    """A running endpoint on a free port; it ends with the block, whatever is still open."""
    endpoint = Hostile(temper)
    ready, loops = threading.Event(), []

    async def serve() -> None:
        ending = asyncio.Event()
        loops.append((asyncio.get_running_loop(), ending))
        open_ones: dict[asyncio.Task[Any] | None, asyncio.StreamWriter] = {}

        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            open_ones[asyncio.current_task()] = writer
            try:
                # At the end, see below; asyncio would log it as a fault.
                with contextlib.suppress(asyncio.CancelledError):
                    await endpoint.connection(reader, writer)
            finally:
                open_ones.pop(asyncio.current_task(), None)

        server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=1024)
        endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        ready.set()
        await ending.wait()
        server.close()
        for task, writer in list(open_ones.items()):
            writer.transport.abort()
            if task:
                task.cancel()
        await asyncio.gather(*filter(None, open_ones), return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield endpoint
    finally:
        loop, ending = loops[0]
        loop.call_soon_threadsafe(ending.set)
        thread.join(10)
