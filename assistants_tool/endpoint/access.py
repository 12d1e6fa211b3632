"""The way to a server: an open HTTP client, and what every request has to carry. Keys are fetched here, and live here only."""

from __future__ import annotations

import contextlib
import os
import ssl
import urllib.request
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from assistants_tool.endpoint.keys import called, fetch_key
from assistants_tool.errors import EndpointError, UnreachedError
from assistants_tool.project.state import make_state_folder
from assistants_tool.project.target import Embedded, Key, Remote, custom_headers
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.identity import Identity


@dataclass(frozen=True, slots=True)
class Access:
    """An open HTTP client to the server at `base_url`; `headers` and `query` are those that the target states.

    `key_called` is how messages name the key, and `keys` are what must never be told. `ambient`: OPENAI_ORG_ID, OPENAI_PROJECT_ID and
    OPENAI_CUSTOM_HEADERS are meant for it. `identity` gives a new key where `key` may become too old.
    """

    http: httpx2.AsyncClient
    base_url: str
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    ambient: bool = False
    keys: Redaction = NOTHING
    key_called: str = "the key"
    identity: Identity | None = None


@contextlib.asynccontextmanager
async def access(
    target: Embedded | Remote, connection: Connection, environ: Mapping[str, str]
) -> AsyncIterator[Access]:
    """Open the way to what a target describes. Raises ToolError where its key cannot be had, or no connection could ever be made."""
    if isinstance(target, Remote):
        identity = _identity(target.key)
        key = await (identity.token() if identity else _key(target.key, environ))
        headers = {
            name: one if isinstance(one, str) else await fetch_key(one, environ) for name, one in target.headers.items()
        }
        secrets = [headers[name] for name, one in target.headers.items() if isinstance(one, Key)]
        secrets += [key] if key else []
        secrets += custom_headers(os.environ).values() if target.ambient else ()
        async with _over_network(target.base_url, connection) as http, contextlib.AsyncExitStack() as closing:
            if identity:
                closing.callback(identity.close)
            yield Access(
                http,
                target.base_url,
                key,
                headers,
                target.query,
                target.ambient,
                hidden(secrets),
                called(target.key) if target.key else "the key",
                identity,
            )
    else:
        async with _embedded(target) as opened:
            yield opened


async def _key(key: Key | None, environ: Mapping[str, str]) -> str | None:
    return await fetch_key(key, environ) if key else None


def _identity(key: Key | None) -> Identity | None:
    if key is None or key.scope is None:
        return None
    from assistants_tool.endpoint.identity import default_identity

    return default_identity(key.scope)


def hidden(secrets: Iterable[str]) -> Redaction:
    """Keys as headers carry them: of `Bearer KEY` the key alone is one, too."""
    return Redaction.of({part: "***" for one in secrets for part in (one, one.rpartition(" ")[2])})


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
    async with httpx2.AsyncClient(transport=transport) as http:
        yield Access(http, base_url, query=query or {})


@contextlib.asynccontextmanager
async def _over_network(base_url: str, connection: Connection) -> AsyncIterator[httpx2.AsyncClient]:
    """It follows no redirect: a key must not go where no one sent it, and a POST would become a GET."""
    most = connection.parallelism.most
    limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most)
    try:
        http = httpx2.AsyncClient(
            limits=limits, timeout=timeouts(connection), follow_redirects=False, verify=_certificates(base_url)
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
