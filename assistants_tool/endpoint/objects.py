"""What the speakers of all APIs have in common: a listing over pages, and what a server says it serves."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from assistants_tool.endpoint.paging import Page, Query, both_ways, checked, rows_of, walk
from assistants_tool.endpoint.sending import Request, Sender
from assistants_tool.endpoint.serving import served
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.models import PAGE_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.assistant import Assistant, Listing
    from assistants_tool.objects.endpoint import Served
    from assistants_tool.objects.members import Members
    from assistants_tool.project.target import Embedded, Remote


class ObjectsEndpoint(ABC):
    """Objects at one path, of which messages speak as `what`."""

    members: ClassVar[Members]
    path: ClassVar[str]
    what: ClassVar[str]

    def __init__(
        self, wire: Wire, target: Embedded | Remote, connection: Connection, headers: Mapping[str, str]
    ) -> None:
        self.kind = target.kind
        self.sender = Sender(wire, str(target), connection, headers, self.kind)

    def stop_waiting(self) -> None:
        """From now on nothing waits for the rate limit: what was not taken is given back as not done."""
        self.sender.stop_waiting()

    async def listing(self) -> Listing:
        """Every object, oldest first, as far as the server's pages lead."""
        asked_at = time.monotonic()
        found = await walk(self._page, self.sender.tell)
        self.sender.heard(found.assistants)
        return replace(found, asked_at=asked_at)

    def room(self) -> int:
        """How many requests may be on their way now."""
        return self.sender.room()

    async def checked_listing(self, known: Sequence[str] = ()) -> Listing:
        if len(known) > PAGE_MAX:
            return await both_ways(self._page, self.sender.tell, self.get, known)
        return await self.checked(await self.listing())

    async def checked(self, listing: Listing) -> Listing:
        return await checked(self._page, self.sender.tell, self.get, listing)

    async def _page(self, query: Query) -> Page:
        asked = {"limit": str(query.limit), "order": "desc" if query.descending else "asc"}
        after, advice = ({"after": query.after}, "") if query.after else ({}, self.without_list())
        request = Request("GET", self.path, {**asked, **after}, advice={Fate.MISSING: advice})
        found = rows_of(await self.sender.send(request))
        if found is None:
            where = self.sender.where(request)
            raise EndpointError(f"{where} answered something that is not a list of {self.what}; check base_url")
        rows, has_more = found
        return Page([self.row(one, request) for one in rows], has_more)

    async def models(self) -> Served:
        """What the endpoint says it serves."""
        return await served(self.sender, self.kind.models)

    @abstractmethod
    async def get(self, assistant_id: str) -> Assistant | None:
        """The object, or None where there is none of that id."""

    @abstractmethod
    def row(self, answer: Any, request: Request) -> Assistant:
        """One of a page. Raises EndpointError for what is no such object."""

    @abstractmethod
    def without_list(self) -> str:
        """What to do where there is none."""


class NamedEndpoint(ObjectsEndpoint):
    """One whose objects are gone where they are not found: a server may only put away what it was to delete."""

    @abstractmethod
    def of_one(self, method: str, assistant_id: str) -> Request:
        """A request to one object. Raises EndpointError for an id that no path can hold."""

    async def found(self, request: Request) -> Any:
        """The answer; None where there is nothing at that path."""
        try:
            return await self.sender.send(request)
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                return None
            raise

    async def get(self, assistant_id: str) -> Assistant | None:
        request = self.of_one("GET", assistant_id)
        answer = await self.found(request)
        return None if answer is None else self.row(answer, request)

    async def delete(self, assistant_id: str) -> None:
        try:
            await self.found(self.of_one("DELETE", assistant_id))
        except EndpointError as error:
            if not error.fate.in_doubt:
                raise
            await self._see_what_came_of(error, assistant_id)

    async def _see_what_came_of(self, error: EndpointError, assistant_id: str) -> None:
        """Raises EndpointError where it is there still, or could not be checked."""
        try:
            there = await self.get(assistant_id)
        except EndpointError as unseen:
            said = f"{error}; whether {assistant_id} is gone could not be checked: {unseen}"
            raise EndpointError(said, Fate.AMBIGUOUS) from None
        if there:
            said = f"{error}; {assistant_id} is still there"
            raise EndpointError(said, error.fate, tries=error.tries, ended=error.ended)
