"""The first steps of the straight line, as the commands share them: find the project, choose the target, load, connect."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool import sources
from assistants_tool.cli import terminal
from assistants_tool.endpoint import Connection, connect
from assistants_tool.errors import UsageError
from assistants_tool.loading import Loaded, load
from assistants_tool.project import Choice, Project, Target, choose_target, find_project, find_root

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.endpoint.assistants import AssistantsEndpoint
    from assistants_tool.sources import Source

DEFAULT_FILES = Path("assistants")
STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where a command works: its paths (absolute), what stands on standard input if `-` was one of them, and the project."""

    paths: tuple[Path, ...]
    stdin: Source | None
    project: Project

    @classmethod
    def find(cls, settings: Settings, given: Sequence[Path] = ()) -> Workspace:
        """From positional paths, else from -f, else `assistants/`."""
        named = tuple(given) or settings.files or (DEFAULT_FILES,)
        stdin = sources.decode(sources.STDIN, sys.stdin.buffer.read(sources.SIZE_MAX + 1)) if STDIN in named else None
        paths = _absolute(path for path in named if path != STDIN)
        root = find_root(paths or (Path.cwd(),), Path.cwd())
        return cls(paths, stdin, find_project(paths or _absolute(settings.files or (DEFAULT_FILES,)), root))

    def load(self, environment: str) -> Loaded:
        return load(self.paths, self.project, environment, os.environ, self.stdin)

    def target(self, settings: Settings) -> Target:
        for url in (settings.base_url, os.environ.get("OPENAI_BASE_URL")):
            if url and not url.startswith(("http://", "https://")):
                raise UsageError(f"{url!r} is not an http(s) address; correct --base-url or OPENAI_BASE_URL")
        choice = Choice(settings.environment, settings.base_url, settings.embedded)
        return choose_target(self.project, choice, os.environ)


def _absolute(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Absolute, with links as they are: a definition belongs to the folder that it was named in."""
    return tuple(Path(os.path.abspath(path)) for path in paths)  # noqa: PTH100 - resolve() would follow links


@asynccontextmanager
async def opened(target: Target, settings: Settings, parallelism: int = 10) -> AsyncIterator[AssistantsEndpoint]:
    """The endpoint of a target, open."""
    trace = _trace if settings.verbose else None
    async with connect(target.endpoint, Connection(settings.timeout, parallelism, trace)) as endpoint:
        yield endpoint


def _trace(text: str) -> None:
    terminal.say(text, err=True)


def name_target(target: Target) -> None:
    """Every command that plans or writes says first where."""
    terminal.say(f"Target: {target}")
