"""Another API than `/assistants`, made up: bots, which have other members, and versions where assistants have updates.

`Bots` is its server, over real HTTP by `tests.servers`; `BOTS` says what the members of a bot are; `BotsEndpoint` speaks to it. A version
is the whole of a bot, and the latest is what one gets. The server refuses what it does not know, and null anywhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from assistants_tool.endpoint.connection import Connection
from assistants_tool.endpoint.paging import Page, Query, checked, rows_of, walk
from assistants_tool.endpoint.patience import FOR_CREATE
from assistants_tool.endpoint.sending import Request, Sender, step
from assistants_tool.endpoint.wire import Wire
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects import normal
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.endpoint import Served
from assistants_tool.objects.members import METADATA, Member, Members, Watch
from assistants_tool.objects.payload import Body
from assistants_tool.project.target import Embedded, Remote
from tests import servers
from tests.servers import Answer

Object = dict[str, Any]
PAIRS_MAX = 4
PAGE = 3

BOTS = Members(
    (
        Member(name="name"),
        Member(name="model", watch=Watch.CHANGE),
        Member(name="prompt", watch=Watch.REWRITE),
        Member(name="mood", normal=normal.choice("calm")),
        Member(
            name="pace",
            normal=normal.number(3),
            is_sound=lambda value: isinstance(value, (int, float)),
        ),
        Member(
            name="files",
            normal=normal.ids,
            is_sound=lambda value: isinstance(value, list),
        ),
        Member(
            name=METADATA,
            normal=normal.metadata,
            is_sound=lambda value: isinstance(value, dict),
        ),
    ),
    replaces=True,
    pairs_max=PAIRS_MAX,
)
_FILLED_IN: Object = {"name": None, "prompt": None, "mood": "calm", "pace": 3.0, "files": [], METADATA: {}}


@dataclass
class Bots:
    """The server's bots: of each id its versions, the oldest first. `drops` are members that it takes and forgets."""

    drops: frozenset[str] = frozenset()
    versions: dict[str, list[Object]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def latest(self) -> dict[str, Object]:
        """By their names."""
        return {found[-1]["name"]: found[-1] for found in self.versions.values()}

    def edit(self, bot_id: str, **members: Any) -> None:
        """What somebody does by hand."""
        self._add(bot_id, {**self.versions[bot_id][-1], **members})

    def answer(self, request: servers.Request) -> Answer:
        parts = urlsplit(request.path)
        match [request.method, *parts.path.removeprefix("/v1/bots").strip("/").split("/")]:
            case ["GET", ""]:
                return self._page(dict(parse_qsl(parts.query)))
            case ["POST", ""]:
                return self._written(f"bot_{next(self._numbers)}", request.body)
            case ["GET", bot_id] if bot_id in self.versions:
                return Answer(body=self.versions[bot_id][-1])
            case ["POST", bot_id, "versions"] if bot_id in self.versions:
                return self._written(bot_id, request.body)
            case ["DELETE", bot_id] if bot_id in self.versions:
                del self.versions[bot_id]
                return Answer(204, b"")
        return Answer(404, {"error": {"message": f"there is nothing at {request.method} {request.path}"}})

    def _page(self, query: Mapping[str, str]) -> Answer:
        ids = list(self.versions)
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        rows = [self.versions[one][-1] for one in ids[start : start + PAGE]]
        return Answer(body={"data": rows, "has_more": start + PAGE < len(ids)})

    def _written(self, bot_id: str, stated: Object) -> Answer:
        unknown = sorted(stated.keys() - set(BOTS.names))
        unset = [name for name, value in stated.items() if value is None]
        if unknown or unset or "model" not in stated or len(stated.get(METADATA, {})) > PAIRS_MAX:
            return Answer(400, {"error": {"message": f"unknown: {unknown}, null: {unset}"}})
        return Answer(201, self._add(bot_id, stated))

    def _add(self, bot_id: str, stated: Object) -> Object:
        versions = self.versions.setdefault(bot_id, [])
        kept = {name: value for name, value in stated.items() if name not in self.drops}
        own = {"id": bot_id, "object": "bot", "created_at": 1000, "version": len(versions) + 1}
        versions.append({**_FILLED_IN, **kept, **own})
        return versions[-1]


class BotsEndpoint:
    """The five verbs, over `/bots`."""

    members = BOTS

    def __init__(self, wire: Wire, target: Embedded | Remote, connection: Connection) -> None:
        self.sender = Sender(wire, str(target), connection, {})

    def stop_waiting(self) -> None:
        self.sender.stop_waiting()

    def room(self) -> int:
        return self.sender.room()

    async def models(self) -> Served:
        return {}

    async def listing(self) -> Listing:
        return await walk(self._page, self.sender.tell)

    async def checked_listing(self, known: Sequence[str] = ()) -> Listing:  # noqa: ARG002 - the endpoint's signature
        return await self.checked(await self.listing())

    async def checked(self, listing: Listing) -> Listing:
        return await checked(self._page, self.sender.tell, self.get, listing)

    async def _page(self, query: Query) -> Page:
        """In the one order that there is."""
        answer = await self.sender.send(Request("GET", "/bots", {"after": query.after} if query.after else {}))
        rows, has_more = rows_of(answer) or ([], False)
        return Page([Assistant(one, BOTS) for one in rows], has_more)

    async def get(self, assistant_id: str) -> Assistant | None:
        try:
            return Assistant(await self.sender.send(_of_one("GET", assistant_id)), BOTS)
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                return None
            raise

    async def create(self, body: Body) -> Assistant:
        return Assistant(await self.sender.send(Request("POST", "/bots", body=body), FOR_CREATE), BOTS)

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        return Assistant(await self.sender.send(_of_one("POST", assistant_id, "/versions", body)), BOTS)

    async def delete(self, assistant_id: str) -> None:
        await self.sender.send(_of_one("DELETE", assistant_id))


def _of_one(method: str, bot_id: str, rest: str = "", body: Body | None = None) -> Request:
    return Request(method, f"/bots/{step(bot_id)}{rest}", body=body, of_one=True)
