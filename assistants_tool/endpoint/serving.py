"""What a server says it serves: models by `/models`, or deployments of models by `/deployments`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from assistants_tool.endpoint.sending import Request, Sender
from assistants_tool.errors import EndpointError
from assistants_tool.objects.endpoint import Offer

if TYPE_CHECKING:
    from assistants_tool.objects.endpoint import Served

PAGES_MAX = 100


async def served(sender: Sender, path: str) -> Served:
    """All of it. Raises EndpointError for an answer that is no list of such."""
    found: dict[str, Offer] = {}
    request: Request | None = Request("GET", path)
    for _ in range(PAGES_MAX):
        if request is None:
            return found
        answer = await sender.send(request)
        rows = _rows(answer)
        if rows is None:
            raise EndpointError(f"{sender.where(request)} answered something that is not a list of models")
        found |= dict(rows)
        request = _next(answer, path)
    raise EndpointError(f"GET {sender.shown}{path} goes on after {PAGES_MAX} pages; report that to its developers")


def _rows(answer: Any) -> list[tuple[str, Offer]] | None:
    """The list of OpenAI's shape (`data`, of `id`), that of Azure's (`value`, of `name`), or a bare one."""
    members = answer if isinstance(answer, dict) else {}
    rows = next((members[name] for name in ("data", "value") if name in members), answer)
    if rows is None and members:  # a server that serves none may say null
        rows = []
    if not isinstance(rows, list) or not all(
        isinstance(one, dict) and (one.get("id") or one.get("name")) for one in rows
    ):
        return None
    return [(str(one.get("id") or one["name"]), _offer(one)) for one in rows]


def _offer(row: Mapping[str, Any]) -> Offer:
    """Of a deployment Foundry says `modelName` and `modelVersion`, Azure OpenAI `model` alone."""
    return Offer(_day(row.get("shutdown_date")), _text(row, "modelName", "model"), _text(row, "modelVersion"))


def _text(row: Mapping[str, Any], *names: str) -> str | None:
    return next((one for name in names if isinstance(one := row.get(name), str) and one), None)


def _next(answer: Any, path: str) -> Request | None:
    """Azure's lists go on at an address. Only its query counts: a key goes where it was meant to go, and nowhere else."""
    link = answer.get("nextLink") if isinstance(answer, dict) else None
    query = dict(parse_qsl(urlsplit(link).query)) if isinstance(link, str) else {}
    return Request("GET", path, query) if query else None


def _day(text: Any) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
