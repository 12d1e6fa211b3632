"""What one run of apply is given and never changes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from assistants_tool.objects.assistant import Mark

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import Endpoint
    from assistants_tool.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Policy:
    """How an apply goes about it.

    `parallelism`: how many changes are on their way at once, at the most. `settle_seconds`: how long creates without a clear answer are
    left alone before a listing is asked for them. `fail_fast`: begin nothing new after the first failure.
    """

    parallelism: int = 10
    settle_seconds: float = 2.0
    fail_fast: bool = False


class Keeper(Protocol):
    """Keeps an object as it is, before it is changed or deleted, under the key of its definition; without one, under that of its mark.

    `surplus`: it is the second of its key. Raises ToolError where it cannot be kept; then the object is not touched.
    """

    def __call__(self, assistant: Assistant, key: str = "", *, surplus: bool = False) -> None: ...


def keeps_nothing(assistant: Assistant, key: str = "", *, surplus: bool = False) -> None:
    """The Keeper of a caller that has no place for backups."""


@dataclass(frozen=True, slots=True)
class Context:
    """The plan to carry out, the endpoint to write to, and how. Once `stop` is set, nothing new begins."""

    plan: Plan
    endpoint: Endpoint
    policy: Policy
    backup: Keeper
    stop: asyncio.Event

    def mark(self, definition: Definition, got: str = "") -> Mark:
        """The mark that a definition's assistant is to bear; `got` is the digest of what the endpoint made of it, where that differs."""
        # Of the plan's scope, not of what is there: an assistant that is adopted gets the mark of this project.
        scope = self.plan.scope
        sent = definition.digest
        return Mark(scope.project, scope.environment, definition.key, definition.protect, sent, got)
