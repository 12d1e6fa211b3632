"""The first steps of every command: its workspace, its target, an open endpoint."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.cli.progress import progress
from assistants_tool.definitions import sources
from assistants_tool.errors import DefinitionError, UsageError
from assistants_tool.line.workspace import DEFAULT_FILES, Workspace
from assistants_tool.project.target import Choice, Target
from assistants_tool.redaction import NOTHING

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.definitions.sources import Source
    from assistants_tool.endpoint import Connection
    from assistants_tool.endpoint.chat import ChatEndpoint
    from assistants_tool.endpoint.patience import Patience
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import OpenEndpoint
    from assistants_tool.project.target import Embedded, Remote
    from assistants_tool.redaction import Redaction

STDIN = Path("-")
Definitions = tuple["Definition", ...] | DefinitionError


def find_workspace(settings: Settings, given: Sequence[Path] = ()) -> Workspace:
    """From positional paths, else from -f, else `assistants/`; `-` is standard input."""
    files = settings.files or DEFAULT_FILES
    named = tuple(given) or files
    text = standard_input() if STDIN in named else None
    return Workspace.find([path for path in named if path != STDIN], text, files)


def standard_input() -> Source:
    """What `-` stands for. Raises UsageError where it is closed."""
    if sys.stdin is None:
        raise UsageError("- is standard input, which is closed; give a file, or something to read")
    return sources.decode(sources.STDIN, sys.stdin.buffer.read(sources.SIZE_MAX + 1))


def find_target(settings: Settings, workspace: Workspace) -> Target:
    choice = Choice(settings.environment, settings.base_url, settings.embedded)
    return workspace.target(choice, os.environ)


def definitions_if_any(settings: Settings, workspace: Workspace, target: Target) -> Definitions:
    """For a command that needs none: that there are none is fine, unless files were asked for."""
    if not settings.files and not workspace.holds_files():
        return ()
    try:
        return workspace.load(target.scope.environment, os.environ).definitions
    except DefinitionError as error:
        return error


@asynccontextmanager
async def opened(
    target: Target,
    settings: Settings,
    parallelism: int = 10,
    patience: Patience | None = None,
    hidden: Redaction = NOTHING,
) -> AsyncIterator[OpenEndpoint]:
    """The endpoint of a target, open. What is `hidden` is in none of a server's words."""
    from assistants_tool.endpoint import connect

    with progress.during():
        async with connect(target.endpoint, _connection(settings, hidden, parallelism, patience)) as endpoint:
            yield endpoint


@asynccontextmanager
async def opened_chat(server: Embedded | Remote, settings: Settings, hidden: Redaction) -> AsyncIterator[ChatEndpoint]:
    """A server by its chat completions, open; likewise."""
    from assistants_tool.endpoint import connect_chat

    with progress.during():
        async with connect_chat(server, _connection(settings, hidden)) as endpoint:
            yield endpoint


def _connection(
    settings: Settings, hidden: Redaction, parallelism: int = 10, patience: Patience | None = None
) -> Connection:
    from assistants_tool.endpoint import Connection
    from assistants_tool.endpoint.patience import Patience

    _silence_libraries()
    trace = _say if settings.verbose else None
    return Connection(settings.timeout, parallelism, trace, patience or Patience(), terminal.note, _say, hidden)


def _silence_libraries() -> None:
    """With OPENAI_LOG the SDK would print requests and a server's words as they are; our own trace is --verbose."""
    import logging

    if not logging.root.handlers:  # with one, the SDK adds none of its own
        logging.root.addHandler(logging.NullHandler())


def _say(text: str) -> None:
    terminal.say(text, err=True)
