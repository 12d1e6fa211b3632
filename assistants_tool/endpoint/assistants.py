"""`/v1/assistants` on any server: raw JSON in and out, and every oddity of a server read right."""

from __future__ import annotations

import datetime
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from assistants_tool.endpoint.objects import ObjectsEndpoint
from assistants_tool.endpoint.patience import FOR_CREATE
from assistants_tool.endpoint.sending import Request, step
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.models import FROM_SAVED, retirement
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.dialects import ASSISTANTS_DIALECT

if TYPE_CHECKING:
    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.payload import Body
    from assistants_tool.project.target import Embedded, Remote

THREE_VERBS = (
    "a proxy that forwards only some operations may stand between, as LiteLLM's /v1/assistants does:"
    " put the address of the server behind it into base_url"
)


class AssistantsEndpoint(ObjectsEndpoint):
    """The five verbs."""

    dialect, what = ASSISTANTS_DIALECT, "assistants"
    lists_bare = True

    def __init__(self, wire: Wire, target: Embedded | Remote, connection: Connection) -> None:
        super().__init__(wire, target, connection, target.kind.headers)

    def without_list(self) -> str:
        ended = retirement(urllib.parse.urlsplit(self.sender.shown).hostname or "")
        if ended and ended.day <= datetime.datetime.now(datetime.UTC).date():
            way = f"write `api: {ended.api}` next to base_url, or use" if ended.api else "use"
            return (
                f"{ended.service} switched the Assistants API off on {ended.day}; {way} a server that still has it, "
                f"or --embedded to try without one; {FROM_SAVED}"
            )
        return self.checked_address(self.kind.no_list)

    async def create(self, body: Body) -> Assistant:
        request = Request("POST", self.dialect.path, body=body)
        answer = await self.sender.send(request, FOR_CREATE)
        return await self._whole(self.row(answer, request, Fate.AMBIGUOUS))

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        request = self.of_one("POST", assistant_id, body)
        answer = await self.updated(request, assistant_id)
        return await self._whole(self.row(answer or {"id": assistant_id}, request, Fate.AMBIGUOUS))

    async def _whole(self, answered: Assistant) -> Assistant:
        """Some servers answer a write with less than the object; what they made of it is read then."""
        if "metadata" in answered.body:
            return answered
        try:
            return await self.get(answered.id) or answered
        except EndpointError as error:
            if error.fate is Fate.NO_VERB:
                return answered
            raise EndpointError(str(error), Fate.AMBIGUOUS) from None

    def row(self, answer: Any, request: Request, fate: Fate = Fate.REJECTED) -> Assistant:
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str) or not answer["id"]:
            raise EndpointError(
                f"{self.sender.where(request)} answered something that is not an assistant; check base_url", fate
            )
        return Assistant(answer, self.members)

    def of_one(self, method: str, assistant_id: str, body: Body | None = None) -> Request:
        return Request(
            method,
            f"{self.dialect.path}/{step(assistant_id)}",
            body=body,
            of_one=True,
            advice={Fate.NO_VERB: THREE_VERBS},
        )
