"""`.assistants/` in the root: the embedded database and the backups. The folder keeps itself out of git."""

from __future__ import annotations

import contextlib
from pathlib import Path

from assistants_tool.definitions import sources
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError


def database(root: Path) -> Path:
    return state_folder(root) / "embedded.db"


def state_folder(root: Path) -> Path:
    return root / ".assistants"


def make_state_folder(folder: Path) -> None:
    """`.assistants/`, which keeps itself out of git. Raises ToolError where a link leads it, or the database in it, out of the root."""
    root = sources.real(folder.parent)
    for one in (folder, database(folder.parent)):
        if not sources.real(one).is_relative_to(root):
            raise ToolError(
                f"{shown(one)} leads out of the root {shown(folder.parent)}; put a folder or file in its place"
            )
    try:
        folder.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as ignore:
            ignore.write("*\n")
    except OSError as error:
        raise ToolError(f"{folder} cannot be written: {error.strerror}; check its permissions") from None
