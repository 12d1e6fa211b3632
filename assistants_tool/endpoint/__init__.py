"""The network: the only package that opens connections.

`connect` turns the description of a target into an open endpoint that speaks the target's dialect. Each dialect is a module or package of
its own beside `assistants`: it makes requests and objects of them, and has them sent by a `Sender`, over a wire. `connect_chat` opens the
same server by its chat completions. May be imported by what composes the line.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING

from assistants_tool.endpoint.connection import Connection
from assistants_tool.endpoint.keys import fetch_key
from assistants_tool.errors import ToolError
from assistants_tool.project.state import make_state_folder
from assistants_tool.project.target import Embedded, Key, Remote
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.endpoint.chat import ChatEndpoint
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.endpoint import OpenEndpoint

__all__ = ["DIALECTS", "Connection", "Speaker", "connect", "connect_chat"]

Speaker = Callable[["Wire", str, Redaction, Connection], "OpenEndpoint"]


def _assistants(wire: Wire, shown: str, keys: Redaction, connection: Connection) -> OpenEndpoint:
    from assistants_tool.endpoint.assistants import AssistantsEndpoint

    return AssistantsEndpoint(wire, shown, keys, connection)


# Who speaks which dialect, by the name that a target's `api` has.
DIALECTS: Mapping[str, Speaker] = {"assistants": _assistants}


@contextlib.asynccontextmanager
async def connect(
    target: Embedded | Remote,
    connection: Connection,
    environ: Mapping[str, str] = os.environ,
    dialects: Mapping[str, Speaker] = DIALECTS,
) -> AsyncIterator[OpenEndpoint]:
    """Open the endpoint that a target describes, and close it at the end.

    Raises ToolError where its key cannot be had, and where nobody speaks its dialect.
    """
    speaker = dialects.get(target.api)
    if speaker is None:
        raise ToolError(f"this tool does not speak the api {target.api!r}; it speaks {', '.join(dialects)}")
    async with _wired(target, connection, environ) as (wire, keys):
        yield speaker(wire, str(target), keys, connection)


@contextlib.asynccontextmanager
async def connect_chat(
    target: Embedded | Remote, connection: Connection, environ: Mapping[str, str] = os.environ
) -> AsyncIterator[ChatEndpoint]:
    """The same server by its `/chat/completions`. Raises as `connect` does."""
    async with _wired(target, connection, environ) as (wire, keys):
        from assistants_tool.endpoint.chat import ChatEndpoint

        yield ChatEndpoint(wire, str(target), keys, connection)


def _wired(
    target: Embedded | Remote, connection: Connection, environ: Mapping[str, str]
) -> contextlib.AbstractAsyncContextManager[tuple[Wire, Redaction]]:
    """An open client, and its keys."""
    return _embedded(target) if isinstance(target, Embedded) else _remote(target, connection, environ)


@contextlib.asynccontextmanager
async def _embedded(target: Embedded) -> AsyncIterator[tuple[Wire, Redaction]]:
    from assistants_tool.embedded import create_app
    from assistants_tool.endpoint.wire import in_process

    make_state_folder(target.database.parent)
    app = create_app(target.database)
    try:
        async with in_process(app) as wire:
            yield wire, NOTHING
    finally:
        app.state.store.close()


@contextlib.asynccontextmanager
async def _remote(
    target: Remote, connection: Connection, environ: Mapping[str, str]
) -> AsyncIterator[tuple[Wire, Redaction]]:
    from assistants_tool.endpoint.wire import ambient_headers, over_http

    key = await fetch_key(target.key, environ) if target.key else None
    headers = {
        name: one if isinstance(one, str) else await fetch_key(one, environ) for name, one in target.headers.items()
    }
    secrets = [key] if key else []
    secrets += [headers[name] for name, one in target.headers.items() if isinstance(one, Key)]
    secrets += ambient_headers().values() if target.ambient else ()
    async with over_http(target, key, headers, connection) as wire:
        # Of `Bearer KEY` the key alone is one, too.
        yield wire, Redaction.of({part: "***" for one in secrets for part in (one, one.rpartition(" ")[2])})
