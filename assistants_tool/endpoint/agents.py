"""OpenAI's `/v1/agents`: the five verbs over agents. What the service, which is in beta, answers is known from its SDK and from reports."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistants_tool.endpoint.paging import Page, Query, checked, rows_of, walk
from assistants_tool.endpoint.patience import FOR_CREATE
from assistants_tool.endpoint.sending import Request, Sender, step
from assistants_tool.endpoint.serving import served
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.dialects.agents import AGENTS

if TYPE_CHECKING:
    import datetime

    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.assistant import Listing
    from assistants_tool.objects.payload import Body

_BETA = {"OpenAI-Beta": "agents=v1"}
_PATH = "/agents"
_NO_LIST = (
    "; check base_url, which often ends in /v1, and whether the server has this API: `api: assistants` is another"
)


class AgentsEndpoint:
    """The five verbs."""

    members = AGENTS

    def __init__(self, wire: Wire, shown: str, connection: Connection) -> None:
        self.sender = Sender(wire, shown, connection, _BETA)

    def stop_waiting(self) -> None:
        """From now on nothing waits for the rate limit."""
        self.sender.stop_waiting()

    async def listing(self) -> Listing:
        """Every agent, oldest first."""
        asked_at = time.monotonic()
        return replace(await walk(self._page, self.sender.tell), asked_at=asked_at)

    async def checked(self, listing: Listing) -> Listing:
        return await checked(self._page, self.sender.tell, self.get, listing)

    async def _page(self, query: Query) -> Page:
        asked = {"limit": str(query.limit), "order": "desc" if query.descending else "asc"}
        after, advice = ({"after": query.after}, "") if query.after else ({}, _NO_LIST)
        request = Request("GET", _PATH, {**asked, **after}, advice={Fate.MISSING: advice})
        found = rows_of(await self.sender.send(request))
        if found is None:
            raise EndpointError(
                f"{self.sender.where(request)} answered something that is not a list of agents; check base_url"
            )
        rows, has_more = found
        return Page([self._agent(one, request) for one in rows], has_more)

    async def get(self, assistant_id: str) -> Assistant | None:
        request = _of_one("GET", assistant_id)
        try:
            return self._agent(await self.sender.send(request), request)
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                return None
            raise

    async def create(self, body: Body) -> Assistant:
        """A server that honours the key makes no second one of a request that arrived twice; OpenAI's is not known to."""
        key = {"Idempotency-Key": f"assistants-tool-{secrets.token_hex(16)}"}
        request = Request("POST", _PATH, body=body, headers=key)
        return self._agent(await self.sender.send(request, FOR_CREATE), request, Fate.AMBIGUOUS)

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        request = _of_one("POST", assistant_id, body)
        return self._agent(await self.sender.send(request), request, Fate.AMBIGUOUS)

    async def delete(self, assistant_id: str) -> None:
        """Gone is what is not found any more, whatever was answered: some servers only put it away."""
        try:
            await self.sender.send(_of_one("DELETE", assistant_id))
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                return
            if not error.fate.in_doubt:
                raise
            await self._see_what_came_of(error, assistant_id)

    async def _see_what_came_of(self, error: EndpointError, assistant_id: str) -> None:
        """Raises EndpointError where it is there still, or could not be seen."""
        try:
            found = await self.get(assistant_id)
        except EndpointError as unseen:
            said = f"{error}; whether {assistant_id} is gone could not be seen: {unseen}"
            raise EndpointError(said, Fate.AMBIGUOUS) from None
        if found:
            raise EndpointError(
                f"{error}; {assistant_id} is still there", error.fate, tries=error.tries, ended=error.ended
            )

    async def models(self) -> dict[str, datetime.date | None]:
        """What the endpoint says it serves."""
        return await served(self.sender)

    def _agent(self, answer: Any, request: Request, fate: Fate = Fate.REJECTED) -> Assistant:
        """Other products have other things at this path, which are not ours to write to."""
        if not isinstance(answer, dict) or answer.get("object") != "agent" or not isinstance(answer.get("id"), str):
            where = self.sender.where(request)
            raise EndpointError(f"{where} answered something that is not an agent of this API; check base_url", fate)
        return Assistant(answer, self.members)


def _of_one(method: str, agent_id: str, body: Body | None = None) -> Request:
    return Request(method, f"{_PATH}/{step(agent_id)}", body=body, of_one=True)
