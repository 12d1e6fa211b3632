"""One narrow wire: method, path, query and body in; status, headers and bytes out. It judges nothing, and sends nothing twice; but for a
key that has ended, which is nobody's business behind it.

There are two makers of wires: `HttpWire` here, over httpx2, and `sdk.over_client`, over an OpenAI client that a Python program hands over.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import httpx2

from assistants_tool import __version__
from assistants_tool.endpoint.client import whole
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


@dataclass(slots=True)
class Answer:
    """What a server answered, whatever its status. The names of `headers` may be asked for in any spelling."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def taken(self) -> bytes:
        """The content, which is not kept here any longer: a page of long texts is not in memory as bytes once it is read."""
        content, self.content = self.content, b""
        return content


class Wire(Protocol):
    """The way of a request to one server."""

    @property
    def keys(self) -> Redaction:
        """What must never be told, as far as it has been sent."""

    @property
    def key_called(self) -> str:
        """The key, by where it comes from as far as that is known."""

    async def send(self, call: Call) -> Answer:
        """Send it, once.

        Raises httpx2.RequestError or httpx2.InvalidURL where there is no answer, with the system's own error among its causes,
        UnicodeEncodeError for a header that holds what none can, and ToolError where a key that is too old cannot be renewed.
        """


class HttpWire:
    """A wire over httpx2."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._usual = _merged(dict(access.http.headers), {"Accept": JSON, "User-Agent": USER_AGENT})
        self._stated = _merged(ambient_headers(os.environ) if access.ambient else {}, access.headers)
        self._of_calls: dict[tuple[tuple[str, str], ...], httpx2.Headers] = {}

    @property
    def keys(self) -> Redaction:
        return self._access.http.bearer.keys

    @property
    def key_called(self) -> str:
        return self._access.key_called

    async def send(self, call: Call) -> Answer:
        # Not by `http.request`, which merges the same headers and reads the same address for each request anew: a fifth of its time.
        http = self._access.http
        query = {**self._access.query, **call.query}
        request = httpx2.Request(
            call.method,
            _url(f"{self._access.base_url.rstrip('/')}{call.path}"),
            params=query or None,
            content=call.content,
            headers=self._headers_of(call),
            cookies=http.cookies,
        )
        response = await http.unread(request)
        return Answer(response.status_code, response.headers, await whole(response))

    def _headers_of(self, call: Call) -> httpx2.Headers:
        # Some servers refuse a DELETE that names a content type and has no content.
        kind = {} if call.content is None else {"Content-Type": JSON}
        own = (*kind.items(), *call.headers.items())
        if own not in self._of_calls:
            self._of_calls[own] = httpx2.Headers(_merged(self._usual, self._stated, kind, call.headers))
        return self._of_calls[own]


@functools.lru_cache(maxsize=8)
def _url(address: str) -> httpx2.URL:
    return httpx2.URL(address)


def _merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """The later wins, in whatever spelling its name is."""
    found: dict[str, tuple[str, str]] = {}
    for some in headers:
        found |= {name.lower(): (name, value) for name, value in some.items()}
    return dict(found.values())
