"""What a shell may complete: keys and environments, from the files alone. Nothing is asked of an endpoint, and nothing can fail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.errors import ToolError

if TYPE_CHECKING:
    import click

    from assistants_tool.line.workspace import Workspace


def keys(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The keys of the definitions."""

    def found(workspace: Workspace) -> list[str]:
        from assistants_tool.definitions.files import Reader, collect

        found = collect(workspace.paths, workspace.project, None, Reader(workspace.project.root))
        return [one.key for one in found.items]

    return _completed(context, incomplete, found)


def environments(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The environments of project.yaml."""
    return _completed(context, incomplete, lambda workspace: list(workspace.project.environments))


def backups(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The times of backups, whatever they are of."""

    def found(workspace: Workspace) -> list[str]:
        import os

        from assistants_tool.applying.backups import times
        from assistants_tool.project.state import backups_folder

        return times(backups_folder(workspace.project.root, os.environ))

    return _completed(context, incomplete, found)


def _completed(context: click.Context, incomplete: str, find: Callable[[Workspace], list[str]]) -> list[str]:
    from assistants_tool.line.workspace import Workspace, usual_files

    layers = (context.params, context.parent.params if context.parent else {})
    files = next((tuple(map(Path, one["files"])) for one in layers if one.get("files")), None)
    with contextlib.suppress(ToolError, OSError):
        return sorted(one for one in find(Workspace.find(files or usual_files())) if one.startswith(incomplete))
    return []
