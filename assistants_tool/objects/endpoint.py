"""What the line needs of an endpoint: five verbs over objects, whatever the server behind them speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant, Listing
    from assistants_tool.objects.payload import Body


class Endpoint(Protocol):
    """What apply needs of an endpoint. Every method raises EndpointError, whose fate says what became of the request."""

    async def listing(self) -> Listing: ...

    async def get(self, assistant_id: str) -> Assistant | None:
        """The assistant, or None where there is none of that id."""

    async def create(self, body: Body) -> Assistant:
        """Sent at most once where it may have taken effect."""

    async def update(self, assistant_id: str, body: Body) -> Assistant: ...

    async def delete(self, assistant_id: str) -> None:
        """Returns where the assistant is gone, whoever removed it."""
