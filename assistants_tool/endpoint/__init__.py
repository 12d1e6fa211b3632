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

Speaker = Callable[["Wire", "Embedded | Remote", Connection], "OpenEndpoint"]


def _assistants(wire: Wire, target: Embedded | Remote, connection: Connection) -> OpenEndpoint:
    from assistants_tool.endpoint.assistants import AssistantsEndpoint

    return AssistantsEndpoint(wire, target, connection)


def _agents(wire: Wire, target: Embedded | Remote, connection: Connection) -> OpenEndpoint:
    from assistants_tool.endpoint.agents import AgentsEndpoint

    return AgentsEndpoint(wire, target, connection)


def _prompts(wire: Wire, target: Embedded | Remote, connection: Connection) -> OpenEndpoint:
    from assistants_tool.endpoint.prompts import PromptsEndpoint

    return PromptsEndpoint(wire, target, connection)


# Who speaks which dialect, by the name that a target's `api` has.
DIALECTS: Mapping[str, Speaker] = {"assistants": _assistants, "agents": _agents, "prompt-agents": _prompts}


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
        yield speaker(client.wire(connection), target, connection)
        return
    from assistants_tool.endpoint.access import access
    from assistants_tool.endpoint.wire import HttpWire

    async with access(target, connection, environ) as opened:
        yield speaker(HttpWire(opened), target, connection)


@contextlib.asynccontextmanager
async def connect_chat(
    target: Embedded | Remote, connection: Connection, environ: Mapping[str, str] = os.environ
) -> AsyncIterator[ChatEndpoint]:
    """A server by its `/chat/completions` (`target.where_it_chats`). Raises as `connect` does."""
    from assistants_tool.endpoint.access import access
    from assistants_tool.endpoint.chat import ChatEndpoint

    async with access(target, connection, environ) as opened:
        yield ChatEndpoint(opened, target, connection, await connection.hidden())
