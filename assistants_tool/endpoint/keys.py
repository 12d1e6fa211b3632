"""Keys, fetched at the last moment: from a variable, or from what a command prints; anew where one ends. They live in the client only."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from assistants_tool.errors import ToolError
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.project.target import Key

KEY_COMMAND_SECONDS = 60.0


def hidden(secrets: Iterable[str]) -> Redaction:
    """Keys as headers carry them: of `Bearer KEY` the key alone is one, too."""
    return Redaction.of({part: "***" for one in secrets for part in (one, one.rpartition(" ")[2])})


class Source(Protocol):
    """Where a key comes from that may end before a run does. Both raise ToolError where there is none any more."""

    async def token(self) -> str:
        """One that is good for a while yet, as far as its end is known."""

    async def another(self) -> str:
        """A new one, whatever is known of the end of the last; the same where there is no other."""


class Bearer:
    """The key to one server, where it has one: as it is now, and another one in time, or as soon as the server takes it no longer.

    `keys` is what must never be told: every key so far, and what else the headers hold.
    """

    def __init__(
        self,
        key: str | None = None,
        source: Source | None = None,
        secrets: Iterable[str] = (),
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._key, self._source, self._tell = key, source, tell
        self.keys = hidden([*secrets, *([key] if key else [])]) if secrets or key else NOTHING
        self._is_taken = False
        self._is_last = False  # whether the source has no other
        self._lock = asyncio.Lock()

    async def now(self) -> str | None:
        """The key. Raises ToolError where its source knows that it ends, and has no other."""
        if self._source and self._key:
            self._have(await self._source.token())
        return self._key

    def taken(self, key: str | None) -> None:
        """The server has answered a request with this key as it does with a good one."""
        self._is_taken = self._is_taken or key == self._key

    async def instead_of(self, refused: str) -> str | None:
        """Another key than the one that the server refuses; None where there is none.

        A key that was never taken is wrong, and so may be the next: its source is asked for another only where the last was good before,
        once. Raises ToolError where it has none at all.
        """
        async with self._lock:  # of many requests that are refused at once one asks
            if refused == self._key and self._source and self._is_taken and not self._is_last:
                self._is_taken = False
                self._tell("The key is not taken any more: fetching another")
                self._have(await self._source.another())
                self._is_last = refused == self._key
        return None if refused == self._key else self._key

    def _have(self, key: str) -> None:
        if key != self._key:
            self._key, self._is_taken, self._is_last = key, False, False
            self.keys |= hidden([key])


class Printed:
    """The key that a command printed, which says nothing of its end."""

    def __init__(self, key: Key, environ: Mapping[str, str], first: str) -> None:
        self._command, self._environ, self._last = key, environ, first

    async def token(self) -> str:
        return self._last

    async def another(self) -> str:
        self._last = await fetch_key(self._command, self._environ)
        return self._last


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
