"""The network: the only package that imports openai, and it does so only where a connection is made.

`connect` turns the description of a target into an open endpoint; keys are fetched here, at the last moment, and live in the client only.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistants_tool.endpoint.patience import Patience
from assistants_tool.errors import ToolError
from assistants_tool.project.state import make_state_folder
from assistants_tool.project.target import Embedded, Key, Remote
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.endpoint.assistants import AssistantsEndpoint, Wire
    from assistants_tool.endpoint.chat import ChatEndpoint

KEY_COMMAND_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Connection:
    """How to talk: `timeout` in seconds for one answer.

    `trace` hears of every request, `tell` of what is waited for, `say` once if that takes long; all without secrets. `hidden` is what
    is not told of a server's words, keys aside, which never are.
    """

    timeout: float = 120.0
    parallelism: int = 10
    trace: Callable[[str], None] | None = None
    patience: Patience = field(default_factory=Patience)
    tell: Callable[[str], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    hidden: Redaction = NOTHING


@contextlib.asynccontextmanager
async def connect(
    target: Embedded | Remote, connection: Connection, environ: Mapping[str, str] = os.environ
) -> AsyncIterator[AssistantsEndpoint]:
    """Open the endpoint that a target describes, and close it at the end. Raises ToolError where its key cannot be had."""
    async with _wired(target, connection, environ) as (wire, keys):
        from assistants_tool.endpoint.assistants import AssistantsEndpoint

        yield AssistantsEndpoint(wire, str(target), keys, connection)


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
    from assistants_tool.endpoint.assistants import in_process

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
    from assistants_tool.endpoint.assistants import ambient_headers, over_http

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


async def fetch_key(key: Key, environ: Mapping[str, str]) -> str:
    """The key itself, from its variable or its command. Raises ToolError, which never holds it."""
    value = await _from_command(key.command) if key.command else environ.get(key.variable or "", "")
    where = f"the command {key.command[0]!r}" if key.command else f"the variable {key.variable!r}"
    if not value:
        raise ToolError(
            f"{where} gives no key; set it" if key.variable else f"{where} printed no key; run it by hand to see why"
        )
    if not (value.isascii() and value.isprintable()):
        raise ToolError(f"{where} gives a key with characters that no header can carry; check it for stray ones")
    return value


async def _from_command(words: tuple[str, ...]) -> str:
    """A command's output, without a shell. Its stderr goes to ours: that is where it asks a person to log in."""
    reader, output, write_end = await _pipe()
    try:
        process = await asyncio.create_subprocess_exec(*words, stdout=write_end)
    except FileNotFoundError:
        output.close()
        raise ToolError(
            f"the command {words[0]!r} for the key is not there; install it or correct project.yaml"
        ) from None
    except (OSError, ValueError) as error:
        output.close()
        said = error.strerror if isinstance(error, OSError) else error
        raise ToolError(f"the command {words[0]!r} for the key cannot be run: {said}; check it") from None
    finally:
        os.close(write_end)
    try:
        async with asyncio.timeout(KEY_COMMAND_SECONDS):
            printed = await reader.read()
            await process.wait()
    except TimeoutError:
        raise ToolError(
            f"the command {words[0]!r} for the key took over {KEY_COMMAND_SECONDS:g} s; run it by hand to see why"
        ) from None
    finally:  # also where it was waited for in vain; what it has started itself may hold the pipe longer
        output.close()
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ToolError(
            f"the command {words[0]!r} for the key failed with exit code {process.returncode}; run it by hand to see why"
        )
    return printed.decode("utf-8", "replace").strip()


async def _pipe() -> tuple[asyncio.StreamReader, asyncio.BaseTransport, int]:
    """A pipe: its output, what closes that, and the end to write to. Not asyncio's own, which waits until everybody has closed it."""
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(read_end, "rb"))
    return reader, transport, write_end
