"""The way to a server: an open HTTP client, and what every request has to carry. Keys are fetched here, and live here only."""

from __future__ import annotations

import contextlib
import os
import ssl
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from assistants_tool.endpoint.client import Client
from assistants_tool.endpoint.keys import Bearer, Printed, called, fetch_key
from assistants_tool.errors import EndpointError, UnreachedError
from assistants_tool.project.state import make_state_folder
from assistants_tool.project.target import Embedded, Key, Remote, custom_headers

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from assistants_tool.endpoint.connection import Connection


@dataclass(frozen=True, slots=True)
class Access:
    """An open HTTP client to the server at `base_url`, with its key; `headers` and `query` are those that the target states.

    `key_called` is how messages name the key. `ambient`: OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS are meant for it.
    """

    http: Client
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    ambient: bool = False
    key_called: str = "the key"


@contextlib.asynccontextmanager
async def access(
    target: Embedded | Remote, connection: Connection, environ: Mapping[str, str]
) -> AsyncIterator[Access]:
    """Open the way to what a target describes. Raises ToolError where its key cannot be had, or no connection could ever be made."""
    if isinstance(target, Remote):
        async with contextlib.AsyncExitStack() as closing:
            headers, query = [await _fetched(one, environ) for one in (target.headers, target.query)]
            both = ((target.headers, headers), (target.query, query))
            secrets = [found[name] for stated, found in both for name, one in stated.items() if isinstance(one, Key)]
            secrets += custom_headers(os.environ).values() if target.ambient else ()
            bearer = await _bearer(target.key, environ, secrets, connection.trace or connection.tell, closing)
            http = await closing.enter_async_context(_over_network(target.base_url, connection, bearer))
            key_called = called(target.key) if target.key else "the key"
            yield Access(http, target.base_url, headers, query, target.ambient, key_called)
    else:
        async with _embedded(target) as opened:
            yield opened


async def _fetched(stated: Mapping[str, str | Key], environ: Mapping[str, str]) -> dict[str, str]:
    return {name: one if isinstance(one, str) else await fetch_key(one, environ) for name, one in stated.items()}


async def _bearer(
    key: Key | None,
    environ: Mapping[str, str],
    secrets: list[str],
    tell: Callable[[str], None],
    closing: contextlib.AsyncExitStack,
) -> Bearer:
    """The key, and where another may come from: a variable has the same as long as the tool runs."""
    if key is None:
        return Bearer(secrets=secrets)
    if key.scope:
        from assistants_tool.endpoint.identity import default_identity

        identity = default_identity(key.scope)
        closing.callback(identity.close)
        return Bearer(await identity.token(), identity, secrets, tell)
    found = await fetch_key(key, environ)
    return Bearer(found, Printed(key, environ, found) if key.command else None, secrets, tell)


@contextlib.asynccontextmanager
async def _embedded(target: Embedded) -> AsyncIterator[Access]:
    from assistants_tool.embedded import create_app

    make_state_folder(target.database.parent)
    app = create_app(target.database, kind=target.kind.name)
    try:
        async with in_process(app, target.base_url, target.query) as opened:
            yield opened
    finally:
        app.state.store.close()


@contextlib.asynccontextmanager
async def in_process(
    app: Starlette, base_url: str = "http://embedded/v1", query: Mapping[str, str] | None = None
) -> AsyncIterator[Access]:
    """The way to an app in this process: no socket, no port."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with Client(transport=transport) as http:
        yield Access(http, base_url, query=query or {})


@contextlib.asynccontextmanager
async def _over_network(base_url: str, connection: Connection, bearer: Bearer) -> AsyncIterator[Client]:
    """It follows no redirect: a key must not go where no one sent it, and a POST would become a GET."""
    most = connection.parallelism.most
    limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most)
    try:
        http = Client(
            bearer,
            limits=limits,
            timeout=timeouts(connection),
            follow_redirects=False,
            verify=_certificates(base_url),
        )
    except (ValueError, OSError, httpx2.InvalidURL):
        # Not what is wrong with them: a proxy's address may hold a password.
        raise UnreachedError(
            "the proxy or certificate settings in the environment are not usable; correct HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, "
            "NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None
    except ImportError:
        raise EndpointError(
            "a SOCKS proxy needs the Python package socksio; install it where this tool is installed"
        ) from None
    async with http:
        yield http


def timeouts(connection: Connection) -> httpx2.Timeout:
    """A connection is given up before the whole answer is, so that what was never sent is not taken for what may have happened."""
    return httpx2.Timeout(connection.timeout, connect=min(connection.timeout / 2, 10.0))


def _certificates(base_url: str) -> ssl.SSLContext | bool:
    """The usual ones; none where no TLS is to come, as reading them takes longer than a whole plan. With none, TLS fails."""
    plain = base_url.lower().startswith("http://") and not urllib.request.getproxies()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True
