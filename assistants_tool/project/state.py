"""`.assistants/` in the root: the embedded database, and the backups, unless they have a folder of their own. It stays out of git."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from assistants_tool.definitions import sources
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError
from assistants_tool.project.kinds import KINDS, OPENAI, Kind

BACKUPS = "ASSISTANTS_BACKUPS"  # names a folder for the backups


def database(root: Path, kind: Kind = OPENAI) -> Path:
    """What an endpoint of one kind holds, one of another would not answer: each has a file of its own."""
    return state_folder(root) / f"{kind.embedded}.db"


def state_folder(root: Path) -> Path:
    return root / ".assistants"


def make_state_folder(folder: Path) -> None:
    """`.assistants/`, for the user alone, as what variables held is in it, and out of git.

    Raises ToolError where a link leads it, or the database in it, out of the root.
    """
    root = sources.real(folder.parent)
    for one in (folder, *(database(folder.parent, kind) for kind in KINDS.values())):
        if not sources.real(one).is_relative_to(root):
            raise ToolError(
                f"{shown(one)} leads out of the root {shown(folder.parent)}; put a folder or file in its place"
            )
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _keep_out_of_git(folder)
    except OSError as error:
        raise ToolError(f"{folder} cannot be written: {error.strerror}; check its permissions") from None


def backups_folder(root: Path, environ: Mapping[str, str]) -> Path:
    """Where backups are kept: the folder that ASSISTANTS_BACKUPS names, else that in `.assistants/`."""
    named = environ.get(BACKUPS)
    return Path(named).absolute() if named else state_folder(root) / "backups"


def make_backups_folder(folder: Path) -> None:
    """A folder for the user alone, which stays out of git. Raises ToolError as `make_state_folder` does, and OSError."""
    if folder == state_folder(folder.parent.parent) / "backups":
        make_state_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    else:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _keep_out_of_git(folder)


def _keep_out_of_git(folder: Path) -> None:
    with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("xb") as ignore:
        ignore.write(b"*\n")
