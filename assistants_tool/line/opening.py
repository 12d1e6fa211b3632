"""Opening the endpoint of a target. The network's libraries are imported here and no earlier: `validate` and `--help` need none."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from assistants_tool.errors import UsageError
from assistants_tool.objects.endpoint import AUTO
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.endpoint import Connection
    from assistants_tool.endpoint.chat import ChatEndpoint
    from assistants_tool.objects.endpoint import OpenEndpoint, Parallelism
    from assistants_tool.project.target import Embedded, Key, Remote


class Tries(NamedTuple):
    """How patient to be with one request: it is sent at most `tries` times, and not again after so many `seconds`."""

    tries: int
    seconds: float
    first_wait: float = 0.25


@dataclass(frozen=True, slots=True)
class Talk:
    """How to talk to an endpoint: `timeout` in seconds for one answer, and who hears of it.

    `trace` is called with each request, `tell` with what is waited for, `say` once if that takes long. `tries` is for a front end that
    wants less patience than usual. Raises UsageError for a timeout that is zero, negative, infinite or no number.
    """

    timeout: float = 120.0
    trace: Callable[[str], None] | None = None
    tell: Callable[[str], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    tries: Tries | None = None

    def __post_init__(self) -> None:
        if not (self.timeout > 0 and math.isfinite(self.timeout)):
            raise UsageError(f"timeout: {self.timeout} is no number of seconds to wait; give one above 0")

    def connection(self, hidden: Redaction, parallelism: Parallelism = AUTO) -> Connection:
        from assistants_tool.endpoint import Connection
        from assistants_tool.endpoint.patience import Patience

        patience = Patience(*self.tries) if self.tries else Patience()
        return Connection(self.timeout, parallelism, self.trace, patience, self.tell, self.say, hidden)


@contextlib.asynccontextmanager
async def opened(
    target: Embedded | Remote, talk: Talk, hidden: Redaction = NOTHING, parallelism: Parallelism = AUTO
) -> AsyncIterator[OpenEndpoint]:
    """The endpoint, open. What a server says is told without what `hidden` replaces. Raises ToolError where its key cannot be had."""
    # Not at the top of the module: the libraries of the network take longer to import than `--help` may.
    from assistants_tool.endpoint import connect

    async with connect(target, talk.connection(hidden, parallelism)) as endpoint:
        yield endpoint


@contextlib.asynccontextmanager
async def opened_chat(
    server: Embedded | Remote, talk: Talk, hidden: Redaction = NOTHING
) -> AsyncIterator[ChatEndpoint]:
    """The same server, to ask it for chat completions instead."""
    from assistants_tool.endpoint import connect_chat

    async with connect_chat(server, talk.connection(hidden)) as endpoint:
        yield endpoint


async def fetch_key(key: Key, environ: Mapping[str, str]) -> str:
    """A key from its variable or its command. Raises ToolError, whose message never holds the key."""
    from assistants_tool.endpoint import keys

    return await keys.fetch_key(key, environ)
