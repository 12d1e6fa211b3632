"""One narrow wire: method, path, query and body in; status, headers and bytes out. It judges nothing, and sends nothing twice.

There are two makers of wires: `HttpWire` here, over httpx2, and `sdk.over_client`, over an OpenAI client that a Python program hands over.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from assistants_tool import __version__
from assistants_tool.endpoint.access import hidden
from assistants_tool.project.target import ambient_headers

if TYPE_CHECKING:
    from assistants_tool.endpoint.access import Access
    from assistants_tool.redaction import Redaction

USER_AGENT = f"assistants-tool/{__version__}"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: a path below the address of the server, `content` in JSON, and the headers of what is spoken."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whatever its status. The names of `headers` may be asked for in any spelling."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Wire(Protocol):
    """The way of a request to one server."""

    @property
    def keys(self) -> Redaction:
        """What must never be told, as far as it has been sent."""

    async def send(self, call: Call) -> Answer:
        """Send it, once.

        Raises httpx2.RequestError or httpx2.InvalidURL where there is no answer, with the system's own error among its causes,
        UnicodeEncodeError for a header that holds what none can, and ToolError where a key that is too old cannot be renewed.
        """


class HttpWire:
    """A wire over httpx2."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._key = access.key
        self.keys = access.keys
        self._headers = _merged(
            {"Accept": JSON, "User-Agent": USER_AGENT},
            ambient_headers(os.environ) if access.ambient else {},
            access.headers,
        )

    async def send(self, call: Call) -> Answer:
        await self._renew()
        # Some servers refuse a DELETE that names a content type and has no content.
        kind = {} if call.content is None else {"Content-Type": JSON}
        response = await self._access.http.request(
            call.method,
            f"{self._access.base_url.rstrip('/')}{call.path}",
            params={**self._access.query, **call.query},
            content=call.content,
            headers=_merged(self._authorization, self._headers, kind, call.headers),
        )
        return Answer(response.status_code, response.headers, response.content)

    async def _renew(self) -> None:
        """Have a key that is not too old. Raises ToolError where there is none any more."""
        if self._access.identity and (key := await self._access.identity.token()) != self._key:
            self._key = key
            self.keys |= hidden([key])

    @property
    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}


def _merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """The later wins, in whatever spelling its name is."""
    found: dict[str, tuple[str, str]] = {}
    for some in headers:
        found |= {name.lower(): (name, value) for name, value in some.items()}
    return dict(found.values())
