"""An open SDK client, to a server or to an app in this process.

The SDK's low-level verbs are used, not its resources: they keep its authentication and connection pool, hand back what was on the wire,
and do not go when a deprecated resource goes. Its retries are off, because it repeats a POST whose answer was lost, and with no
idempotency key that makes a second object.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import openai
from openai import AsyncOpenAI

from assistants_tool.errors import EndpointError, UnreachedError

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.project.target import Remote


@dataclass(frozen=True, slots=True)
class Wire:
    """An open SDK client, and the headers of every request. The SDK lets Authorization be left out by the single request only."""

    client: AsyncOpenAI
    headers: Mapping[str, Any]


@contextlib.asynccontextmanager
async def in_process(app: Starlette) -> AsyncIterator[Wire]:
    """A client whose server is an app in this process: no socket, no port."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport) as http:
        yield _wire("http://embedded/v1", None, {}, {}, http, ambient=False)


@contextlib.asynccontextmanager
async def over_http(
    target: Remote, key: str | None, headers: Mapping[str, str], connection: Connection
) -> AsyncIterator[Wire]:
    """A client for a server. It follows no redirect: a key must not go where no one sent it, and a POST would become a GET."""
    limits = httpx2.Limits(max_connections=connection.parallelism, max_keepalive_connections=connection.parallelism)
    # A connection is given up before the whole answer is, so that what was never sent is not taken for what may have happened.
    timeout = httpx2.Timeout(connection.timeout, connect=min(connection.timeout / 2, 10.0))
    try:
        verify = _certificates(target.base_url)
        http = httpx2.AsyncClient(limits=limits, timeout=timeout, follow_redirects=False, verify=verify)
    except (ValueError, OSError, httpx2.InvalidURL):
        # Not what is wrong with them: a proxy's address may hold a password.
        raise UnreachedError(
            "the proxy or certificate settings in the environment are not usable; correct HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, "
            "NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None
    except ImportError:
        raise EndpointError("a SOCKS proxy needs the Python package socksio; install it beside this tool") from None
    async with http:
        yield _wire(target.base_url, key, headers, target.query, http, ambient=target.ambient)


def _certificates(base_url: str) -> ssl.SSLContext | bool:
    """The usual ones; none where no TLS is to come, as reading them takes longer than a whole plan. With none, TLS fails."""
    plain = base_url.lower().startswith("http://") and not urllib.request.getproxies()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True


def _wire(
    base_url: str,
    key: str | None,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    http: httpx2.AsyncClient,
    *,
    ambient: bool,
) -> Wire:
    """`ambient`: whether OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS are meant for this server."""
    stated = {name.lower() for name in headers} | ({"authorization"} if key else set())
    others = () if ambient else (*_ORGANIZATION, *ambient_headers())
    # A name that is left out is left out in any spelling: OPENAI_CUSTOM_HEADERS may hold an Authorization, which must not take ours away.
    unmeant: dict[str, Any] = {name: openai.omit for name in others if name.lower() not in stated}
    own = {} if ambient or not key else {"Authorization": f"Bearer {key}"}
    client = AsyncOpenAI(
        base_url=base_url,
        api_key=key or "none",
        max_retries=0,
        default_headers={**unmeant, **own, **headers},
        default_query=query,
        http_client=http,
        timeout=http.timeout,
    )
    return Wire(client, {} if "authorization" in stated else {"Authorization": openai.omit})


_ORGANIZATION = ("OpenAI-Organization", "OpenAI-Project")


def ambient_headers() -> dict[str, str]:
    """What the SDK adds to every request from OPENAI_CUSTOM_HEADERS."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    return {name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}
