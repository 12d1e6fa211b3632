"""Keys, fetched at the last moment: from a variable, or from what a command prints. They live in the client only."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from assistants_tool.errors import ToolError

if TYPE_CHECKING:
    from assistants_tool.project.target import Key

KEY_COMMAND_SECONDS = 60.0


def called(key: Key) -> str:
    """A key in a message, by where it comes from."""
    if key.scope:
        return f"the token for {key.scope}"
    return (
        f"the key that the command {key.command[0]!r} printed"
        if key.command
        else f"the key in the variable {key.variable!r}"
    )


async def fetch_key(key: Key, environ: Mapping[str, str]) -> str:
    """The key itself, from its variable or its command. Raises ToolError, which never holds it."""
    value = await _from_command(key.command) if key.command else environ.get(key.variable or "", "")
    where = f"the command {key.command[0]!r}" if key.command else f"the variable {key.variable!r}"
    if not value:
        raise ToolError(
            f"{where} gives no key; set it" if key.variable else f"{where} printed no key; run it by hand to see why"
        )
    if value != value.strip():
        raise ToolError(f"{where} gives a key with white space around it, such as the end of a line; remove that")
    if not (value.isascii() and value.isprintable()):
        raise ToolError(f"{where} gives a key with characters that no header can carry; check it for stray ones")
    return value


async def _from_command(words: tuple[str, ...]) -> str:
    """A command's output, without a shell. Its stderr goes to ours: that is where it asks a person to log in."""
    if sys.platform == "win32":  # whose loop reads no pipe that it has not made
        raise ToolError(
            f"the command {words[0]!r} for the key is not run on Windows; use api_key: {{env: NAME}}, or {{azure: default}}"
        )
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
