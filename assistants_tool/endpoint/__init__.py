"""The network: the only package that opens connections.

`connect` turns the description of a target into an open endpoint that speaks the target's dialect. Each dialect is a module or package of
its own beside `assistants`: it makes requests and objects of them, and has them sent by a `Sender`, over a wire. `connect_chat` opens the
same server by its chat completions, over the OpenAI SDK. May be imported by what composes the line.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING

from assistants_tool.endpoint.connection import Connection
from assistants_tool.errors import ToolError

if TYPE_CHECKING:
    from assistants_tool.endpoint.chat import ChatEndpoint
    from assistants_tool.endpoint.sdk import Handed
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.endpoint import OpenEndpoint
    from assistants_tool.project.target import Embedded, Remote

__all__ = ["DIALECTS", "Connection", "Speaker", "connect", "connect_chat"]

Speaker = Callable[["Wire", str, Connection], "OpenEndpoint"]


def _assistants(wire: Wire, shown: str, connection: Connection) -> OpenEndpoint:
    from assistants_tool.endpoint.assistants import AssistantsEndpoint

    return AssistantsEndpoint(wire, shown, connection)


def _agents(wire: Wire, shown: str, connection: Connection) -> OpenEndpoint:
    from assistants_tool.endpoint.agents import AgentsEndpoint

    return AgentsEndpoint(wire, shown, connection)


# Who speaks which dialect, by the name that a target's `api` has.
DIALECTS: Mapping[str, Speaker] = {"assistants": _assistants, "agents": _agents}


@contextlib.asynccontextmanager
async def connect(
    target: Embedded | Remote,
    connection: Connection,
    environ: Mapping[str, str] = os.environ,
    *,
    client: Handed | None = None,
    dialects: Mapping[str, Speaker] = DIALECTS,
) -> AsyncIterator[OpenEndpoint]:
    """Open the endpoint that a target describes, and close it at the end.

    With a `client` (`sdk.over_client`) requests go over that, by its address, keys and headers; the target then says how the endpoint is
    called, and in which dialect it is spoken to: Remote(client.base_url). It is not closed.

    Raises ToolError where a key cannot be had, and where nobody speaks the dialect.
    """
    speaker = dialects.get(target.api)
    if speaker is None:
        raise ToolError(f"this tool does not speak the api {target.api!r}; it speaks {', '.join(dialects)}")
    if client:
        yield speaker(client.wire(connection), str(target), connection)
        return
    from assistants_tool.endpoint.access import access
    from assistants_tool.endpoint.wire import HttpWire

    async with access(target, connection, environ) as opened:
        yield speaker(HttpWire(opened), str(target), connection)


@contextlib.asynccontextmanager
async def connect_chat(
    target: Embedded | Remote, connection: Connection, environ: Mapping[str, str] = os.environ
) -> AsyncIterator[ChatEndpoint]:
    """The same server by its `/chat/completions`. Raises as `connect` does."""
    from assistants_tool.endpoint.access import access
    from assistants_tool.endpoint.chat import ChatEndpoint

    async with access(target, connection, environ) as opened:
        yield ChatEndpoint(opened, str(target), connection, await connection.hidden())
