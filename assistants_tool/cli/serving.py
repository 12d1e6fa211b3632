"""`serve`: the embedded endpoint over HTTP, for other programs and for tests."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from assistants_tool.cli import terminal
from assistants_tool.cli.run import find_workspace
from assistants_tool.embedded import OnlyThisMachine, create_app, is_loopback
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.line.opening import fetch_key
from assistants_tool.project.kinds import KINDS
from assistants_tool.project.state import database as default_database
from assistants_tool.project.state import make_state_folder
from assistants_tool.project.target import Key

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings


def serve(
    settings: Settings, host: str, port: int, database: Path | None, api_key_env: str | None, kind_name: str
) -> None:
    kind = KINDS[kind_name]
    key = asyncio.run(fetch_key(Key(api_key_env), os.environ)) if api_key_env else None
    if not key and not is_loopback(host):
        raise UsageError(f"{host} can be reached by others, so a key is needed; name its variable with --api-key-env")
    if database is None:
        database = default_database(find_workspace(settings).project.root, kind)
        make_state_folder(database.parent)
    listener = _listen(host, port)
    address = f"[{host}]" if ":" in host else host
    terminal.say(f"Serving {database} on http://{address}:{listener.getsockname()[1]}{kind.path} (Ctrl-C ends it)")
    app = create_app(database, key, kind.name)
    served = app if key else OnlyThisMachine(app)
    server = uvicorn.Server(uvicorn.Config(served, log_level="warning", access_log=settings.verbose))
    with contextlib.suppress(KeyboardInterrupt):  # which is how it ends
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while")[0]  # where Python adds the address once more
        raise ToolError(f"cannot listen on {host}:{port}: {why}; choose another --port or --host") from None
    # asyncio sets this only where the socket names its protocol, which this one does not: the body of each answer, which follows its head
    # in a packet of its own, would wait 40 ms for that to be acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
