"""What the routes of all APIs have in common: the key, the body, and the two forms of an answer."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import Response

from .errors import ApiError

if TYPE_CHECKING:
    from .manners import Manner
    from .store import Page, Store

BODY_MAX = 8 * 2**20  # bytes; every string at its limit, as \u escapes, takes less than half


class Endpoint(HTTPEndpoint):
    """A route behind the key."""

    async def dispatch(self) -> None:
        self.admit(Request(self.scope))
        await super().dispatch()

    def admit(self, request: Request) -> None:
        """Raise `ApiError` if the request may not pass."""
        key: str | None = request.app.state.api_key
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if key is None or (scheme.lower() == "bearer" and hmac.compare_digest(given.encode("latin-1"), key.encode())):
            return
        raise manner_of(request).wrong_key(given)


def manner_of(request: Request) -> Manner:
    manner: Manner = request.app.state.manner
    return manner


def store_of(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


async def read_raw(request: Request, most: int = BODY_MAX) -> bytes:
    """The body. Raises `ApiError` where it is too large."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > most:
            raise ApiError(f"The request body is larger than {most} bytes.", code="request_too_large", status=413)
    return bytes(raw)


async def read_body(request: Request, most: int = BODY_MAX) -> object:
    """The body as JSON. Raises `ApiError` where it is none."""
    try:
        return checked_json(json.loads((await read_raw(request, most)).decode()))
    except (ValueError, RecursionError) as error:
        hint = "Please check the value to ensure it is valid JSON."
        raise ApiError(f"Invalid body: failed to parse JSON value. {hint}") from error


def checked_json(value: object) -> object:
    """What could be answered. Raises ValueError or RecursionError for NaN, half a surrogate pair, nesting without end."""
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


def answered(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="application/json")


def listed(page: Page) -> Response:
    first, last = (json.dumps(page.ids[0]), json.dumps(page.ids[-1])) if page.ids else ("null", "null")
    more = json.dumps(page.more)
    return answered(
        f'{{"object":"list","data":[{",".join(page.texts)}],"first_id":{first},"last_id":{last},"has_more":{more}}}'
    )
