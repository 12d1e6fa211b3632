"""Opening the endpoint of a target, and asking it early. The network's libraries are imported here and no earlier: `validate` and `--help`
need none.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from assistants_tool.errors import ToolError, UsageError
from assistants_tool.objects.endpoint import AUTO
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.endpoint import Connection
    from assistants_tool.endpoint.chat import ChatEndpoint
    from assistants_tool.endpoint.connection import Hidden
    from assistants_tool.endpoint.sdk import Handed
    from assistants_tool.objects.assistant import Listing
    from assistants_tool.objects.endpoint import OpenEndpoint, Parallelism
    from assistants_tool.project.target import Client, Embedded, Key, Remote

T = TypeVar("T")
_LEAD = 0.01  # seconds, in which a first request is made and leaves; beside the reading that takes five times as long


class Tries(NamedTuple):
    """How patient to be with one request: it is sent at most `tries` times, and not again after so many `seconds`."""

    tries: int
    seconds: float
    first_wait: float = 0.25


@dataclass(frozen=True, slots=True)
class Talk:
    """How to talk to an endpoint: `timeout` in seconds for one answer, and who hears of it.

    `trace` is called with each request, `tell` with what is waited for, `say` once if that takes long. `tries` is for a front end that
    wants less patience than usual; `client` is what requests go over in place of the tool's own. Raises UsageError for a timeout that is
    zero, negative, infinite or no number.
    """

    timeout: float = 120.0
    trace: Callable[[str], None] | None = None
    tell: Callable[[str], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    tries: Tries | None = None
    client: Handed | None = None

    def __post_init__(self) -> None:
        if not (self.timeout > 0 and math.isfinite(self.timeout)):
            raise UsageError(f"timeout: {self.timeout} is not a number of seconds to wait; give one above 0")

    def connection(self, hidden: Hidden, parallelism: Parallelism = AUTO) -> Connection:
        from assistants_tool.endpoint import Connection
        from assistants_tool.endpoint.patience import Patience

        patience = Patience(*self.tries) if self.tries else Patience()
        return Connection(self.timeout, parallelism, self.trace, patience, self.tell, self.say, hidden)


@contextlib.asynccontextmanager
async def opened(
    target: Embedded | Remote, talk: Talk, hidden: Hidden, parallelism: Parallelism = AUTO
) -> AsyncIterator[OpenEndpoint]:
    """The endpoint, open. What a server says is told without what `hidden` replaces. Raises ToolError where its key cannot be had."""
    # Not at the top of the module: the libraries of the network take longer to import than `--help` may.
    from assistants_tool.endpoint import connect

    async with connect(target, talk.connection(hidden, parallelism), client=talk.client) as endpoint:
        yield endpoint


def known(hidden: Redaction) -> Hidden:
    """What is hidden, where that is known before anything is asked."""

    async def now() -> Redaction:
        return hidden

    return now


def when_told(read: Callable[[], Redaction]) -> Hidden:
    """What is hidden, where it has to be read from files that nothing else needs: once there is something to tell, on a thread."""
    found: list[Redaction] = []

    async def once() -> Redaction:
        if not found:
            found.append(await asyncio.to_thread(read))
        return found[0]

    return once


@dataclass(slots=True)
class Begun(Generic[T]):
    """What was read from files, and the endpoint, open. Its listing may have been on its way while they were read."""

    found: T
    endpoint: OpenEndpoint
    _ahead: asyncio.Task[Listing] | None = None

    async def listing(self) -> Listing:
        """Everything on the endpoint: what is on its way, and each further time a new one."""
        ahead, self._ahead = self._ahead, None
        return await (ahead or self.endpoint.listing())


@contextlib.asynccontextmanager
async def begun(
    opening: Callable[[Hidden], AbstractAsyncContextManager[OpenEndpoint]],
    read: Callable[[], T],
    hidden: Callable[[T], Redaction],
    *,
    early: bool,
) -> AsyncIterator[Begun[T]]:
    """Read files and open the endpoint; where there is an answer to wait for (`early`), that is asked for its listing before they are read.

    Files are read on a thread, as parsing them would keep the event loop from the answers. What `read` raises ends what is on its way, and
    is all that is told: of the endpoint nothing is said before the files are read, as they name what must not be (`hidden`).
    """
    to_hide: asyncio.Future[Redaction] = asyncio.get_running_loop().create_future()
    way = opening(lambda: to_hide)
    async with contextlib.AsyncExitStack() as stack:

        async def read_now() -> T:
            found = await asyncio.to_thread(read)
            to_hide.set_result(hidden(found))
            return found

        if not early:
            found = await read_now()
            yield Begun(found, await stack.enter_async_context(way))
            return
        try:
            endpoint = await stack.enter_async_context(way)
        except ToolError:
            await read_now()  # whose faults come first
            raise
        ahead = _asked_ahead(endpoint, stack)
        await asyncio.wait([ahead], timeout=_LEAD)
        yield Begun(await read_now(), endpoint, ahead)


def _asked_ahead(endpoint: OpenEndpoint, stack: contextlib.AsyncExitStack) -> asyncio.Task[Listing]:
    """The listing, on its way. At the end of the stack it is given up."""
    ahead = asyncio.ensure_future(endpoint.listing())

    async def give_up() -> None:
        ahead.cancel()
        await asyncio.wait([ahead])

    stack.push_async_callback(give_up)
    return ahead


@contextlib.asynccontextmanager
async def opened_chat(
    server: Embedded | Remote, talk: Talk, hidden: Redaction = NOTHING
) -> AsyncIterator[ChatEndpoint]:
    """The same server, to ask it for chat completions instead."""
    from assistants_tool.endpoint import connect_chat

    async with connect_chat(server, talk.connection(known(hidden))) as endpoint:
        yield endpoint


def handed_over(client: Client) -> Handed:
    """The way over a client that a program hands over. Raises UsageError for what is no such client."""
    # It needs the SDK, which who has a client has imported.
    from assistants_tool.endpoint.sdk import over_client

    return over_client(client)


async def fetch_key(key: Key, environ: Mapping[str, str]) -> str:
    """A key from its variable or its command. Raises ToolError, whose message never holds the key."""
    from assistants_tool.endpoint import keys

    return await keys.fetch_key(key, environ)
