"""The first steps of every command: its workspace, its target, an open endpoint."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool import sources
from assistants_tool.cli import terminal
from assistants_tool.cli.progress import progress
from assistants_tool.endpoint import Connection, connect, connect_chat
from assistants_tool.endpoint.patience import Patience
from assistants_tool.project import Choice, Embedded, Remote, Target
from assistants_tool.workspace import DEFAULT_FILES, Workspace

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.endpoint.assistants import AssistantsEndpoint
    from assistants_tool.endpoint.chat import ChatEndpoint

STDIN = Path("-")


def find_workspace(settings: Settings, given: Sequence[Path] = ()) -> Workspace:
    """From positional paths, else from -f, else `assistants/`; `-` is standard input."""
    files = settings.files or DEFAULT_FILES
    named = tuple(given) or files
    text = sources.decode(sources.STDIN, sys.stdin.buffer.read(sources.SIZE_MAX + 1)) if STDIN in named else None
    return Workspace.find([path for path in named if path != STDIN], text, files)


def find_target(settings: Settings, workspace: Workspace) -> Target:
    choice = Choice(settings.environment, settings.base_url, settings.embedded)
    return workspace.target(choice, os.environ)


@asynccontextmanager
async def opened(
    target: Target, settings: Settings, parallelism: int = 10, patience: Patience | None = None
) -> AsyncIterator[AssistantsEndpoint]:
    """The endpoint of a target, open."""
    with progress.during():
        async with connect(target.endpoint, _connection(settings, parallelism, patience)) as endpoint:
            yield endpoint


@asynccontextmanager
async def opened_chat(server: Embedded | Remote, settings: Settings) -> AsyncIterator[ChatEndpoint]:
    """A server by its chat completions, open."""
    with progress.during():
        async with connect_chat(server, _connection(settings)) as endpoint:
            yield endpoint


def _connection(settings: Settings, parallelism: int = 10, patience: Patience | None = None) -> Connection:
    trace = _trace if settings.verbose else None
    return Connection(settings.timeout, parallelism, trace, patience or Patience(), terminal.note)


def _trace(text: str) -> None:
    terminal.say(text, err=True)
