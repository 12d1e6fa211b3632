"""Saved plans as files: where one may be written, writing it, and reading it within limits.

In: a plan as data, or a path. Out: a file, or the plan that it holds. What such a plan asks for in the present is `resuming`'s to say.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from assistants_tool.definitions.replacing import replacing
from assistants_tool.definitions.sources import read_bounded
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.planning import savedplan
from assistants_tool.report.plain import json_pieces

if TYPE_CHECKING:
    from assistants_tool.line.workspace import Workspace
    from assistants_tool.planning.savedplan import SavedPlan

PLAN_MAX = (
    1 << 30
)  # bytes of a saved plan. A prompt as long as may be takes a million of them, as each side stands there twice


def check_place(out: Path, workspace: Workspace) -> None:
    """Raises UsageError where a plan of these files could not be read again, or where `out` would write over something else."""
    if workspace.text:
        raise UsageError("a plan is saved for files, and standard input (-) is none; give the files")
    if out.suffix != ".json":
        raise UsageError(f"{out}: a saved plan has a name that ends in .json; change it")
    root = workspace.project.root
    if odd := [one for one in workspace.paths if re.search("[\ud800-\udfff]", os.path.relpath(one, root))]:
        raise UsageError(f"a saved plan holds its paths in UTF-8, and {odd[0]} is not; rename it")
    if out.exists():
        try:
            read_plan(out)
        except ToolError:
            raise UsageError(f"{out}: there is a file that is no saved plan; choose another name") from None


def write_plan(path: Path, plan: SavedPlan) -> None:
    """The file is there whole, or as it was before. Raises ToolError where it cannot be written, or is too large to be read again."""
    try:
        with replacing(path) as file:
            _write(file, itertools.chain(json_pieces(plan.as_data()), "\n"))
    except _TooLargeError:
        raise ToolError(
            f"the plan is not saved: it is over {PLAN_MAX >> 20} MiB; save it in parts, with --only"
        ) from None
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}; choose another place") from None


class _TooLargeError(Exception):
    """A plan that could not be read again."""


def _write(file: BinaryIO, pieces: Iterable[str]) -> None:
    """Raises _TooLargeError where they are more than a saved plan may have."""
    left = PLAN_MAX
    for piece in pieces:
        data = piece.encode()
        left -= len(data)
        if left < 0:
            raise _TooLargeError
        file.write(data)


def is_saved_plan(path: Path) -> bool:
    """Whether a file is a saved plan, or was one before it was cut off; anything else may be a definition."""
    try:
        data = read_bounded(path, 1 << 20 if _is_too_large(path) else PLAN_MAX)
    except (OSError, ValueError):
        return False
    return data is not None and savedplan.claims_to_be_one(data)


def _is_too_large(path: Path) -> bool:
    """Before it is read: what is sparse takes no place on a disk, and all the memory there is."""
    return path.stat().st_size > PLAN_MAX


def read_plan(path: Path) -> SavedPlan:
    """Raises ToolError, which names the file, for what is not a saved plan of this version's form."""
    too_large = f"{path} is over {PLAN_MAX >> 20} MiB, which no saved plan is; check it"
    try:
        if _is_too_large(path):
            raise ToolError(too_large)
        data = read_bounded(path, PLAN_MAX + 1)
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}; check it") from None
    if data is None:
        raise ToolError(f"{path} is not a regular file; name one that `assistants plan --out FILE` made")
    if len(data) > PLAN_MAX:
        raise ToolError(too_large)
    try:
        return savedplan.read(data.decode(), str(path))
    except UnicodeDecodeError:
        raise ToolError(
            f"{path} is not a saved plan: it is not UTF-8; make one with `assistants plan --out FILE`"
        ) from None
