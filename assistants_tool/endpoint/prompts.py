"""Foundry's prompt agents: the five verbs over agents that are known by their names, and that get a version more with each write.

The members of the latest version are read into one object, those of its `definition` beside the others, and written back so. What stands
around them is kept under `around`, for the backups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from assistants_tool.endpoint.objects import ObjectsEndpoint
from assistants_tool.endpoint.paging import Page, Query, rows_of
from assistants_tool.endpoint.patience import FOR_CREATE
from assistants_tool.endpoint.sending import Request, step
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.models import PAGE_MAX
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.dialects import DIALECTS
from assistants_tool.objects.dialects.prompts import OF_VERSION, as_one

if TYPE_CHECKING:
    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.payload import Body
    from assistants_tool.project.target import Embedded, Remote

_FIRST = "1"


class PromptsEndpoint(ObjectsEndpoint):
    """The five verbs, and `version` and `versions`. A listing has agents of every kind: also those of others hold names."""

    dialect, what = DIALECTS["prompt-agents"], "agents"

    def __init__(self, wire: Wire, target: Embedded | Remote, connection: Connection) -> None:
        super().__init__(wire, target, connection, {})

    def without_list(self) -> str:
        return "check base_url, which ends in /api/projects/PROJECT, and the parameter api-version"

    async def _page(self, query: Query) -> Page:
        page = await super()._page(query)
        return replace(page, rows=await asyncio.gather(*map(self._whose, page.rows)))

    async def get(self, assistant_id: str) -> Assistant | None:
        found = await super().get(assistant_id)
        return found and await self._whose(found)

    async def _whose(self, found: Assistant) -> Assistant:
        """A create on a name that another has adds a version to his agent, with our mark, and takes it away again; where it was killed
        between the two, that is the latest. So what bears the mark of a create, and is not the first version, is ours only if that is.
        """
        if found.mark is None or found.mark.version != _FIRST or found.version == _FIRST:
            return found
        try:
            versions = await self.versions(found.id)
        except EndpointError as error:
            if error.fate in (Fate.MISSING, Fate.NO_VERB):
                return found
            raise
        if not versions:  # an odd answer says nothing of whose it is
            return found
        first = versions[-1].mark
        return found if first and first.whose == found.mark.whose else replace(found, stray=found.version)

    async def version(self, assistant_id: str, version: str) -> Assistant | None:
        """One of its versions; None where there is none of that number."""
        request = self.of_one("GET", assistant_id, f"/versions/{step(version)}")
        answer = await self.found(request)
        return None if answer is None else self._of_version(answer, request)

    async def versions(self, assistant_id: str) -> tuple[Assistant, ...]:
        """All of its versions, the latest first."""
        found: dict[str, Assistant] = {}
        after: Mapping[str, str] = {}
        while True:
            query = {"limit": str(PAGE_MAX), "order": "desc", **after}
            request = self.of_one("GET", assistant_id, "/versions", query=query)
            rows, has_more = rows_of(await self.sender.send(request)) or ([], False)
            fresh = [one for one in (self._of_version(row, request) for row in rows) if one.version not in found]
            found.update((one.version, one) for one in fresh)
            if not (has_more and fresh):
                return tuple(found.values())
            after = {"after": str(rows[-1].get("id"))}

    async def create(self, body: Body) -> Assistant:
        """Raises EndpointError where the name was another's: what was added to it is taken away again, and nothing else."""
        made = await self._posted(str(body["name"]), body)
        if made.version == _FIRST:
            return made
        there = await self._beside(made)
        ours = [one for one in there if one.mark and one.mark == made.mark]
        if not there:
            return made  # a server may go on counting after a deletion
        if there[-1] in ours:  # it was made by an earlier try whose answer was lost
            await self._take_away(made)
            return there[-1]
        for one in (made, *ours):
            await self._take_away(one)
        gone = " and ".join(f"version {one.version}" for one in (made, *ours))
        said = f"{made.id} was there already, and {gone}, which this added to it, is deleted again; plan again"
        raise EndpointError(said)

    async def _beside(self, made: Assistant) -> list[Assistant]:
        """Its other versions, the latest first. What cannot be seen is no reason to leave what was added to another's agent."""
        try:
            return [one for one in await self.versions(made.id) if one.version != made.version]
        except EndpointError as error:
            await self._take_away(made)
            said = f"{made.id} may have been there already ({error}), so version {made.version}, which this added, is deleted again"
            raise EndpointError(f"{said}; plan again") from None

    async def _take_away(self, made: Assistant) -> None:
        """A version that should not have been. Raises EndpointError where it may be there still."""
        try:
            await self.found(self.of_one("DELETE", made.id, f"/versions/{step(made.version)}"))
        except EndpointError as error:
            said = f"version {made.version}, which this added to {made.id}, could not be deleted again ({error})"
            raise EndpointError(f"{said}; delete it by hand") from None

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        """One version more. Of a name that nobody has any more it makes an agent, which is taken away again."""
        made = await self._posted(assistant_id, body)
        if made.version == _FIRST:
            await self._take_away(made)
            raise EndpointError(f"no agent is called {assistant_id} any more", Fate.MISSING)
        return made

    async def _posted(self, name: str, body: Body) -> Assistant:
        """A version that was posted twice is one too many, so what may have come is not sent again."""
        definition = {one: value for one, value in body.items() if one not in ("name", "kind", *OF_VERSION)}
        beside = {one: body[one] for one in OF_VERSION if one in body}
        whole = {"definition": {"kind": body.get("kind") or "prompt", **definition}, **beside}
        request = self.of_one("POST", name, "/versions", body=whole)
        return self._of_version(await self.sender.send(request, FOR_CREATE), request, Fate.AMBIGUOUS)

    def row(self, answer: Any, request: Request) -> Assistant:
        if not isinstance(answer, dict) or not isinstance(answer.get("versions"), dict):
            raise self._odd(request)
        return self._of_version(answer, request)

    def _of_version(self, answer: Any, request: Request, fate: Fate = Fate.REJECTED) -> Assistant:
        """Raises EndpointError for what is no version of an agent: other products have other things at this path."""
        found = as_one(answer)
        if found is None:
            raise self._odd(request, fate)
        return Assistant(found, self.members)

    def _odd(self, request: Request, fate: Fate = Fate.REJECTED) -> EndpointError:
        where = self.sender.where(request)
        return EndpointError(f"{where} answered something that is not an agent of this API; check base_url", fate)

    def of_one(
        self,
        method: str,
        assistant_id: str,
        rest: str = "",
        *,
        body: Body | None = None,
        query: Mapping[str, str] = MappingProxyType({}),
    ) -> Request:
        return Request(method, f"{self.dialect.path}/{step(assistant_id)}{rest}", query, body=body, of_one=True)
