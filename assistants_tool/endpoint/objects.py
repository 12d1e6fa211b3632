"""What the speakers of all APIs have in common: a listing over pages, reading, deletions, and what a server says it serves."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from assistants_tool.endpoint.paging import Page, Query, both_ways, checked, rows_of, walk
from assistants_tool.endpoint.sending import Request, Sender
from assistants_tool.endpoint.serving import served
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.models import PAGE_MAX
from assistants_tool.project.address import too_much

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.assistant import Assistant, Listing
    from assistants_tool.objects.dialects import Dialect
    from assistants_tool.objects.endpoint import Served
    from assistants_tool.objects.members import Members
    from assistants_tool.project.target import Embedded, Remote


class ObjectsEndpoint(ABC):
    """The objects of a dialect, of which messages speak as `what`.

    `lists_bare`: whether a server may answer a bare array in place of a list.
    """

    dialect: ClassVar[Dialect]
    what: ClassVar[str]
    lists_bare: ClassVar[bool] = False

    def __init__(
        self, wire: Wire, target: Embedded | Remote, connection: Connection, headers: Mapping[str, str]
    ) -> None:
        self.kind = target.kind
        self.sender = Sender(wire, str(target), connection, headers, self.kind)

    @property
    def members(self) -> Members:
        return self.dialect.members

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
        request = Request("GET", self.dialect.path, {**asked, **after}, advice={Fate.MISSING: advice})
        answer = await self.sender.send(request)
        found = rows_of(answer)
        if found is None or (isinstance(answer, list) and not self.lists_bare):
            where = self.sender.where(request)
            raise EndpointError(f"{where} answered something that is not a list of {self.what}; check base_url")
        rows, has_more = found
        return Page([self.row(one, request) for one in rows], has_more)

    async def models(self) -> Served:
        """What the endpoint says it serves."""
        return await served(self.sender, self.kind.models)

    async def get(self, assistant_id: str) -> Assistant | None:
        """The object, or None where there is none of that id."""
        request = self.of_one("GET", assistant_id)
        answer = await self.found(request)
        return None if answer is None else self.row(answer, request)

    async def found(self, request: Request) -> Any:
        """The answer; None where there is nothing at that path."""
        try:
            return await self.sender.send(request)
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                return None
            raise

    async def updated(self, request: Request, assistant_id: str) -> Any:
        """The answer to an update. Raises EndpointError, which tells an object that is gone from an endpoint that has no updates."""
        try:
            return await self.sender.send(request)
        except EndpointError as error:
            if error.fate is Fate.MISSING and await self._is_seen(assistant_id):
                said = f"{assistant_id} is there, but this endpoint cannot update it ({error}); do so by other means"
                raise EndpointError(said, Fate.NO_VERB) from None
            raise

    async def delete(self, assistant_id: str) -> None:
        """Servers answer a delete in many ways; what they answer to a GET afterwards is plain."""
        why: EndpointError | None = None
        try:
            answer = await self.sender.send(self.of_one("DELETE", assistant_id))
            if isinstance(answer, dict) and answer.get("deleted") is True:
                return
        except EndpointError as error:
            if error.fate not in (Fate.MISSING, Fate.NO_VERB, Fate.AMBIGUOUS, Fate.TIMED_OUT):
                raise
            why = error
        if await self._is_there(assistant_id, why):
            if why and why.fate.in_doubt:
                raise EndpointError(f"{why}; {assistant_id} is still there", why.fate, tries=why.tries, ended=why.ended)
            said = f" ({why})" if why else ""
            raise EndpointError(
                f"{assistant_id} is still there after a DELETE{said}: this endpoint cannot delete it; do so by other means",
                Fate.NO_VERB,
            )

    async def _is_seen(self, assistant_id: str) -> bool:
        with contextlib.suppress(EndpointError):
            return await self.get(assistant_id) is not None
        return False

    async def _is_there(self, assistant_id: str, why: EndpointError | None) -> bool:
        """After a DELETE that was answered oddly, or failed: `why`."""
        try:
            return await self.get(assistant_id) is not None
        except EndpointError as error:
            if why and not why.fate.in_doubt:
                raise
            said = f"{why or 'DELETE got an unexpected answer'}; whether {assistant_id} is gone could not be checked: {error}"
            raise EndpointError(said, Fate.AMBIGUOUS) from None

    @abstractmethod
    def of_one(self, method: str, assistant_id: str) -> Request:
        """A request to one object. Raises EndpointError for an id that no path can hold."""

    @abstractmethod
    def row(self, answer: Any, request: Request) -> Assistant:
        """One of a page. Raises EndpointError for what is no such object."""

    def checked_address(self, usual: str) -> str:
        """What to do about an address at which there is no list: what is too much in it, else the `usual`."""
        part = too_much(self.sender.shown)
        return f"take {part} away from the end of base_url" if part else usual

    @abstractmethod
    def without_list(self) -> str:
        """What to do where there is none."""
