"""OpenAI's `/v1/agents`: the five verbs over agents. What the service, which is in beta, answers is known from its SDK and from reports."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from assistants_tool.endpoint.objects import ObjectsEndpoint
from assistants_tool.endpoint.patience import FOR_CREATE
from assistants_tool.endpoint.sending import Request, step
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.dialects import DIALECTS

if TYPE_CHECKING:
    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.payload import Body
    from assistants_tool.project.target import Embedded, Remote


class AgentsEndpoint(ObjectsEndpoint):
    """The five verbs."""

    dialect, what = DIALECTS["agents"], "agents"

    def __init__(self, wire: Wire, target: Embedded | Remote, connection: Connection) -> None:
        super().__init__(wire, target, connection, {"OpenAI-Beta": self.dialect.beta})

    def without_list(self) -> str:
        return self.checked_address(
            "check base_url, which often ends in /v1, and whether the server has this API: `api: assistants` is another"
        )

    async def create(self, body: Body) -> Assistant:
        """A server that honours the key makes no second one of a request that arrived twice; OpenAI's is not known to."""
        key = {"Idempotency-Key": f"assistants-tool-{secrets.token_hex(16)}"}
        request = Request("POST", self.dialect.path, body=body, headers=key)
        return self.row(await self.sender.send(request, FOR_CREATE), request, Fate.AMBIGUOUS)

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        request = self.of_one("POST", assistant_id, body)
        return self.row(await self.updated(request, assistant_id), request, Fate.AMBIGUOUS)

    def row(self, answer: Any, request: Request, fate: Fate = Fate.REJECTED) -> Assistant:
        """Other products have other things at this path, which are not ours to write to."""
        texts = [answer.get(name) for name in ("id", "model")] if isinstance(answer, dict) else [None]
        if not all(isinstance(one, str) and one for one in texts) or answer.get("object") != "agent":
            where = self.sender.where(request)
            raise EndpointError(f"{where} answered something that is not an agent of this API; check base_url", fate)
        return Assistant(answer, self.members)

    def of_one(self, method: str, assistant_id: str, body: Body | None = None) -> Request:
        return Request(method, f"{self.dialect.path}/{step(assistant_id)}", body=body, of_one=True)
