"""`watch`: `validate` and `plan` again as files are saved. It writes nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import watchfiles

from assistants_tool.cli import plans, terminal, validating
from assistants_tool.cli.output import Output
from assistants_tool.cli.run import STDIN, find_target, find_workspace
from assistants_tool.errors import ToolError, UsageError

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings

TICK = 100  # milliseconds after which the watcher is heard again


def watch(settings: Settings, paths: tuple[Path, ...], only: tuple[str, ...], *, strict: bool, word_diff: bool) -> None:
    """Until Ctrl-C, or until nobody reads the result any more."""
    if STDIN in (paths or settings.files):
        raise UsageError("- is standard input, which cannot be watched; give files")
    workspace = find_workspace(settings, paths)
    folders = workspace.folders()
    find_target(settings, workspace)  # what no save mends is told at once
    with contextlib.suppress(KeyboardInterrupt):  # which is how it ends
        while not terminal.is_unread():
            saved = saved_in(folders)
            next(saved)  # from here on none is missed, also while the plan is made
            _plan(settings, paths, only, strict=strict, word_diff=word_diff)
            terminal.say("Watching; Ctrl-C ends it.", err=True)
            terminal.say(f"\nSaved: {', '.join(next(filter(None, saved)))}", err=True)
            with contextlib.suppress(ToolError):  # a project.yaml that cannot be read, which planning will tell
                folders = find_workspace(settings, paths).folders()


def saved_in(folders: tuple[Path, ...]) -> Iterator[list[str]]:
    """The files that were saved since the last time; empty where none was."""
    there = {one for one in folders if one.is_dir()}
    gone = {_where_it_would_come_back(one) for one in folders if one not in there}

    def counts(_: watchfiles.Change, name: str) -> bool:
        path = Path(name)
        return _is_no_copy(path.name) and not there.union(gone).isdisjoint((path, path.parent))

    hearing = watchfiles.watch(
        *there,
        *{one.parent for one in gone},
        watch_filter=counts,
        recursive=False,
        rust_timeout=TICK,
        yield_on_timeout=True,
    )
    try:
        for changes in hearing:
            yield sorted({os.path.relpath(path) for _, path in changes})
    except (OSError, RuntimeError) as error:  # such as that the system watches no more files
        said = "set WATCHFILES_FORCE_POLLING=true to poll them instead"
        raise ToolError(f"the files cannot be watched: {error}; {said}") from None


def _where_it_would_come_back(folder: Path) -> Path:
    """The first that is not there on the way to a folder, as it is while git changes branches."""
    return next(one for one in (folder, *folder.parents) if one.parent.is_dir())


def _is_no_copy(name: str) -> bool:
    """Not what editors keep beside a file."""
    return not name.startswith(".") and not name.endswith("~")


def _plan(settings: Settings, paths: tuple[Path, ...], only: tuple[str, ...], *, strict: bool, word_diff: bool) -> None:
    """What fails is told, and may be mended by the next save."""
    shape = {"only": only, "prune": False}
    try:
        validating.validate(settings, paths, "table", strict=strict)
        plans.plan(settings, paths, shape, Output("table", word_diff), None, exit_code=False, strict=strict)
    except UsageError:
        raise
    except ToolError as error:
        terminal.failure(error)
