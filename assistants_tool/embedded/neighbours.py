"""Who may ask an endpoint that has no key: programs on this machine, and no page of elsewhere that a browser on it shows.

Any page may have its browser send requests to 127.0.0.1; and one whose own name leads to 127.0.0.1 may read the answers, too. The first
shows in `Origin`, which a browser adds and no page can change, the second in `Host`.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from .errors import ApiError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class OnlyThisMachine:
    """Around an app: a request that names another host, or comes from a page of one, is refused with 403."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (stranger := _stranger(Headers(scope=scope))) is None:
            await self._app(scope, receive, send)
            return
        error = ApiError(
            f"This endpoint has no key, so it answers this machine alone, and {stranger} is another. (HINT: serve it with --api-key-env.)",
            code="forbidden_host",
            status=403,
        )
        await JSONResponse(error.body, error.status)(scope, receive, send)


def _stranger(headers: Headers) -> str | None:
    """Who asks, or whom they ask for, where that is not this machine."""
    said = (f"//{headers['host']}" if "host" in headers else None, headers.get("origin"))
    return next((repr(one.removeprefix("//")) for one in said if one is not None and not _is_here(one)), None)


def _is_here(address: str) -> bool:
    try:
        return is_loopback(urlsplit(address).hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether only this machine can be meant."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
