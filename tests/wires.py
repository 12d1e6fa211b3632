"""Both makers of wires, for the tests that hold for each: ours over httpx2, and an OpenAI client as a program hands it over."""

from __future__ import annotations

import contextlib
import contextvars
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from assistants_tool.endpoint import Connection, connect
from assistants_tool.endpoint.sdk import over_client
from assistants_tool.objects.endpoint import OpenEndpoint
from assistants_tool.project.target import Key, Remote

MAKERS = ("httpx2", "sdk")
_maker = contextvars.ContextVar("maker", default=MAKERS[0])


@contextlib.contextmanager
def over(maker: str) -> Iterator[str]:
    token = _maker.set(maker)
    yield maker
    _maker.reset(token)


@contextlib.asynccontextmanager
async def opened(target: Remote, connection: Connection, environ: Mapping[str, str]) -> AsyncIterator[OpenEndpoint]:
    """The endpoint of a target, over the maker that is chosen. The client has its own settings: two retries, redirects followed."""
    if _maker.get() == "httpx2":
        async with connect(target, connection, environ) as endpoint:
            yield endpoint
        return
    headers = {
        name: environ[one.variable or ""] if isinstance(one, Key) else one for name, one in target.headers.items()
    }
    key = environ[target.key.variable or ""] if target.key else "none"
    # Reading the usual certificates takes longer than most tests.
    plain = target.base_url.startswith("http://")
    http = DefaultAsyncHttpxClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) if plain else None
    settings: dict[str, Any] = {"default_headers": headers, "default_query": target.query, "http_client": http}
    async with AsyncOpenAI(base_url=target.base_url, api_key=key, **settings) as client:
        handed = over_client(client)
        async with connect(Remote(handed.base_url), connection, {}, client=handed) as endpoint:
            yield endpoint
