"""`diff`: two environments beside each other. What is compared, and how, the line says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistants_tool.cli.run import choice_of, definitions_if_any, find_workspace, talk_of, waiting
from assistants_tool.errors import DefinitionError
from assistants_tool.line.environments import check_complete, compare_held, compare_wanted
from assistants_tool.line.steps import Line

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.cli.output import Output
    from assistants_tool.line.workspace import Workspace
    from assistants_tool.objects.assistant import Listing
    from assistants_tool.objects.definition import Definition
    from assistants_tool.planning.environments import Comparison

DIFFERENT = 3


def diff(settings: Settings, environments: tuple[str, str], output: Output, *, live: bool) -> int:
    """Returns the exit code."""
    with output.problems():
        workspace = find_workspace(settings)
        if live:
            found, listings = _held(settings, workspace, environments, output)
        else:
            found, listings = compare_wanted(workspace, *environments), ()
    output.compared(found)
    check_complete(listings)
    return 0 if found.is_same else DIFFERENT


def _held(
    settings: Settings, workspace: Workspace, environments: tuple[str, str], output: Output
) -> tuple[Comparison, Sequence[Listing]]:
    first, second = (_line(replace(settings, environment=one), workspace, output) for one in environments)
    definitions = _definitions(settings, first), _definitions(settings, second)
    for line in (first, second):
        output.begin(line.target)
    with waiting():
        return asyncio.run(compare_held(first, second, definitions))


def _line(settings: Settings, workspace: Workspace, output: Output) -> Line:
    return Line.of(workspace, choice_of(settings), talk_of(settings), output)


def _definitions(settings: Settings, line: Line) -> tuple[Definition, ...]:
    """What they take from variables is not to be told, so they have to be sound."""
    found = definitions_if_any(settings, line.workspace, line.target)
    if isinstance(found, DefinitionError):
        raise found
    return found
