"""What a server says it serves."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from assistants_tool.endpoint.sending import Request
from assistants_tool.errors import EndpointError

if TYPE_CHECKING:
    from assistants_tool.endpoint.sending import Sender


async def served(sender: Sender) -> dict[str, datetime.date | None]:
    """The ids of the models that the endpoint says it serves, with the day on which it says that one is shut down."""
    request = Request("GET", "/models")
    answer = await sender.send(request)
    rows = answer.get("data", answer) if isinstance(answer, dict) else answer
    if rows is None and isinstance(answer, dict):  # a server that serves none may say null
        rows = []
    if not isinstance(rows, list) or not all(isinstance(one, dict) and one.get("id") for one in rows):
        raise EndpointError(f"{sender.where(request)} answered something that is not a list of models")
    return {str(one["id"]): _day(one.get("shutdown_date")) for one in rows}


def _day(text: Any) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
