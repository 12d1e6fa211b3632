"""A saved plan in the present: the line that makes it anew, so that `Line.applied` can compare the two.

In: the plan as it was saved, and the endpoint that is chosen now. Out: the line and the options that it was made with.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.errors import RefusedError, ToolError
from assistants_tool.line.steps import Line
from assistants_tool.line.workspace import Workspace
from assistants_tool.planning import savedplan
from assistants_tool.project.target import EMBEDDED, Choice, refuse_silent_database

if TYPE_CHECKING:
    from assistants_tool.line.front import Front
    from assistants_tool.line.opening import Talk
    from assistants_tool.planning.plan import Options
    from assistants_tool.planning.savedplan import SavedPlan


def chosen_again(then: SavedPlan, choice: Choice, environ: Mapping[str, str]) -> Choice:
    """The environment and endpoint that a plan was made for, unless `choice` names others.

    Raises ToolError in CI for the embedded endpoint, where neither names it.
    """
    request = then.request
    embedded = choice.embedded or (request.embedded and not choice.base_url)
    named = choice.environment or embedded or request.named or choice.base_url
    if then.target.endpoint in EMBEDDED and not named:
        refuse_silent_database(request.environment, environ)
    environment = choice.environment or request.environment or None
    return replace(
        choice,
        environment=environment,
        embedded=embedded,
        api=choice.api or request.api,
        drops=choice.drops or request.drops,
    )


def line_of(then: SavedPlan, root: Path, choice: Choice, talk: Talk, front: Front) -> tuple[Line, Options]:
    """The line over the plan's paths below `root`, and its options. Raises RefusedError where the target is not the plan's."""
    line = Line.of(_workspace_of(then, root), choice, talk, front)
    if reasons := list(savedplan.elsewhere(then, line.target.with_variables(os.environ))):
        raise RefusedError(f"{then.name} is not for this, nothing was written:", reasons)
    return line, then.request.options


def _workspace_of(then: SavedPlan, root: Path) -> Workspace:
    paths = [Path(os.path.normpath(root / one)) for one in then.request.paths]
    # A plan is a file that anyone may have edited: it must not name what is outside of the root.
    if outside := [one for one in paths if not one.is_relative_to(root)]:
        shown = str(outside[0]).replace("\n", "\\n")
        raise ToolError(f"{then.name} names {shown}, which is outside of {root}; run from where the plan was made")
    return Workspace.find(paths)
