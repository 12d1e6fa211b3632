"""Saved plans as files: where one may be written, reading it within limits, and the line that it asks for in the present."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.definitions.sources import read_bounded
from assistants_tool.errors import RefusedError, ToolError, UsageError
from assistants_tool.line.steps import Line
from assistants_tool.line.workspace import Workspace
from assistants_tool.planning import savedplan
from assistants_tool.planning.plan import Options
from assistants_tool.project.projectfile import find_root
from assistants_tool.project.target import Choice, Embedded, refuse_silent_database

if TYPE_CHECKING:
    from assistants_tool.line.front import Front
    from assistants_tool.line.opening import Talk
    from assistants_tool.planning.savedplan import SavedPlan

PLAN_MAX = 256 << 20  # bytes of a saved plan


def check_place(out: Path, workspace: Workspace) -> None:
    """Raises UsageError where `apply` could not find, or not read, what is to be saved."""
    if workspace.text:
        raise UsageError("--out saves a plan for files, and standard input (-) is none; give the files")
    if out.suffix != ".json":
        raise UsageError(f"--out {out}: a saved plan has a name that ends in .json; change it")
    root = workspace.project.root
    if odd := [one for one in workspace.paths if re.search("[\ud800-\udfff]", os.path.relpath(one, root))]:
        raise UsageError(f"--out: a saved plan holds its paths in UTF-8, and {odd[0]} is not; rename it")
    if find_root((Path.cwd(),), Path.cwd()) != root:
        raise UsageError(f"--out: `apply` looks for the files from the current folder; run this in {root}")
    if out.exists():
        try:
            read_plan(out)
        except ToolError:
            raise UsageError(f"--out {out}: there is a file that is no saved plan; choose another name") from None


def write_plan(path: Path, text: str) -> None:
    """The file is there whole, or as it was before. Raises ToolError where it cannot be written, or is too large to be read again."""
    unfinished = path.with_name(f"{path.name}.part")
    data = f"{text}\n".encode()
    if len(data) > PLAN_MAX:
        raise ToolError(f"the plan is not saved: it is over {PLAN_MAX >> 20} MiB; save it in parts, with --only")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}; choose another place") from None


def read_plan(path: Path) -> SavedPlan:
    """Raises ToolError, which names the file, for what is not a saved plan of this version's form."""
    try:
        data = read_bounded(path, PLAN_MAX + 1)
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}; check it") from None
    if data is None:
        raise ToolError(f"{path} is not a regular file; name one that `assistants plan --out FILE` made")
    if len(data) > PLAN_MAX:
        raise ToolError(f"{path} is over {PLAN_MAX >> 20} MiB, which no saved plan is; check it")
    try:
        return savedplan.read(data.decode(), str(path))
    except UnicodeDecodeError:
        raise ToolError(
            f"{path} is not a saved plan: it is not UTF-8; make one with `assistants plan --out FILE`"
        ) from None


def line_of(
    then: SavedPlan, path: Path, choice: Choice, environ: Mapping[str, str], talk: Talk, front: Front
) -> tuple[Line, Options]:
    """What a saved plan was asked for, in the present.

    Its environment holds, unless `choice` names another: then, as where its target is another by now, RefusedError.
    """
    line = Line.of(_workspace_of(then, path), _choice_of(then, choice), talk, front)
    request, target = then.request, line.target
    named = choice.environment or choice.embedded or request.embedded or request.named
    if isinstance(target.endpoint, Embedded) and not named:
        refuse_silent_database(target.scope.environment, environ)
    if reasons := list(savedplan.elsewhere(then, target.with_variables(environ))):
        raise RefusedError(f"{path} is not for this, nothing was written:", reasons)
    options = Options(
        prune=request.prune,
        adopt=request.adopt,
        only=request.only,
        max_delete=request.max_delete,
        fail_on_risk=request.fail_on_risk,
    )
    return line, options


def _workspace_of(then: SavedPlan, path: Path) -> Workspace:
    root = find_root((Path.cwd(),), Path.cwd())
    paths = [Path(os.path.normpath(root / one)) for one in then.request.paths]
    if outside := [one for one in paths if not one.is_relative_to(root)]:
        shown = str(outside[0]).replace("\n", "\\n")
        raise ToolError(f"{path} names {shown}, which is outside of {root}; run from where the plan was made")
    return Workspace.find(paths)


def _choice_of(then: SavedPlan, choice: Choice) -> Choice:
    return replace(
        choice,
        environment=choice.environment or then.request.environment or None,
        embedded=choice.embedded or (then.request.embedded and not choice.base_url),
    )
