"""How to talk to an endpoint: for how long, how much at once, with which patience, and who hears of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from assistants_tool.endpoint.patience import Patience
from assistants_tool.redaction import NOTHING, Redaction

Hidden = Callable[[], Awaitable[Redaction]]


async def nothing() -> Redaction:
    return NOTHING


@dataclass(frozen=True, slots=True)
class Connection:
    """How to talk: `timeout` in seconds for one answer.

    `trace` hears of every request, `tell` of what is waited for, `say` once if that takes long; all without secrets. `hidden` is what
    is not told of a server's words, keys aside, which never are; where it is not known yet, words wait for it.
    """

    timeout: float = 120.0
    parallelism: int = 10
    trace: Callable[[str], None] | None = None
    patience: Patience = field(default_factory=Patience)
    tell: Callable[[str], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    hidden: Hidden = nothing
