"""`/v1/assistants` on any server: raw JSON in and out, and every oddity of a server read right."""

from __future__ import annotations

import contextlib
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
from assistants_tool.objects.members import ASSISTANTS

if TYPE_CHECKING:
    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.payload import Body
    from assistants_tool.project.target import Embedded, Remote

_PATH = "/assistants"
THREE_VERBS = (
    "a proxy that forwards only some operations may stand between, as LiteLLM's /v1/assistants does:"
    " put the address of the server behind it into base_url"
)


class AssistantsEndpoint(ObjectsEndpoint):
    """The five verbs."""

    members, path, what = ASSISTANTS, _PATH, "assistants"

    def __init__(self, wire: Wire, target: Embedded | Remote, connection: Connection) -> None:
        super().__init__(wire, target, connection, target.kind.headers)

    def without_list(self) -> str:
        ended = retirement(urllib.parse.urlsplit(self.sender.shown).hostname or "")
        if ended and ended.day <= datetime.datetime.now(datetime.UTC).date():
            way = f"write `api: {ended.api}` beside base_url, or use" if ended.api else "use"
            return (
                f"{ended.service} switched the Assistants API off on {ended.day}; {way} a server that still has it, "
                f"or --embedded to try without one; {FROM_SAVED}"
            )
        return self.kind.no_list

    async def get(self, assistant_id: str) -> Assistant | None:
        request = _of_one("GET", assistant_id)
        try:
            answer = await self.sender.send(request)
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                return None
            raise
        return None if answer is None else self.row(answer, request)

    async def create(self, body: Body) -> Assistant:
        request = Request("POST", _PATH, body=body)
        answer = await self.sender.send(request, FOR_CREATE)
        return await self._whole(self.row(answer, request, Fate.AMBIGUOUS))

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        request = _of_one("POST", assistant_id, body)
        try:
            answer = await self.sender.send(request)
        except EndpointError as error:
            if error.fate is Fate.MISSING and await self._is_seen(assistant_id):
                said = f"{assistant_id} is there, but this endpoint cannot update it ({error}); do so by other means"
                raise EndpointError(said, Fate.NO_VERB) from None
            raise
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

    async def delete(self, assistant_id: str) -> None:
        """Servers answer a delete in many ways; what they answer to a GET afterwards is plain."""
        why: EndpointError | None = None
        try:
            answer = await self.sender.send(_of_one("DELETE", assistant_id))
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
            said = f"{why or 'DELETE was answered oddly'}; whether {assistant_id} is gone could not be seen: {error}"
            raise EndpointError(said, Fate.AMBIGUOUS) from None

    def row(self, answer: Any, request: Request, fate: Fate = Fate.REJECTED) -> Assistant:
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str) or not answer["id"]:
            raise EndpointError(
                f"{self.sender.where(request)} answered something that is not an assistant; check base_url", fate
            )
        return Assistant(answer, self.members)


def _of_one(method: str, assistant_id: str, body: Body | None = None) -> Request:
    """A request to one assistant. Raises EndpointError for an id that no path can hold."""
    return Request(method, f"{_PATH}/{step(assistant_id)}", body=body, of_one=True, advice={Fate.NO_VERB: THREE_VERBS})
