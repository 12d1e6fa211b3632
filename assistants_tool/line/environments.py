"""Two environments of a project beside each other: what the files want of each, or what both endpoints hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from assistants_tool.errors import DefinitionError, ToolError
from assistants_tool.line.opening import known
from assistants_tool.planning.environments import Comparison, Side, compare, held_side, wanted_side
from assistants_tool.planning.masks import Secrets, hiding

if TYPE_CHECKING:
    from assistants_tool.errors import Problem
    from assistants_tool.line.steps import Line
    from assistants_tool.line.workspace import Workspace
    from assistants_tool.objects.assistant import Assistant, Listing
    from assistants_tool.objects.definition import Definition
    from assistants_tool.redaction import Redaction


def compare_wanted(workspace: Workspace, first: str, second: str) -> Comparison:
    """What the files want of both, offline; variables count by their names, set or not. Raises DefinitionError with every problem."""
    sides: list[Mapping[str, Side]] = []
    problems: list[Problem] = []
    for one in [workspace.project.choose(one) for one in (first, second)]:
        try:
            loaded = workspace.load(one, {}, needs=lambda _: False)
            sides.append({one.key: wanted_side(one) for one in loaded.definitions})
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(problems)
    return compare((first, second), sides[0], sides[1])


async def compare_held(
    first: Line, second: Line, definitions: tuple[Sequence[Definition], Sequence[Definition]]
) -> tuple[Comparison, tuple[Listing, Listing]]:
    """What both endpoints hold of the project, and the listings. `definitions`, those of each environment, say what must not be told.

    Raises ToolError where they are spoken to by two APIs, whose objects have hardly a member in common.
    """
    apis = [line.target.endpoint.api for line in (first, second)]
    if len(set(apis)) > 1:
        said = f"what they hold is compared where both are of one API, and these are {' and '.join(apis)}"
        raise ToolError(f"{said}; without --live, what the files want of both is compared")
    every = [one for some in definitions for one in some]
    hidden = hiding(every)
    listings = await _listing(first, hidden), await _listing(second, hidden)
    secrets = Secrets.of(hidden, every)
    ours = [_ours(line, listing) for line, listing in zip((first, second), listings, strict=True)]
    sides = [_held(found, own, every, secrets) for found, own in zip(ours, definitions, strict=True)]
    environments = first.target.scope.environment, second.target.scope.environment
    return compare(environments, sides[0], sides[1], live=True), listings


async def _listing(line: Line, hidden: Redaction) -> Listing:
    async with line.open(known(hidden)) as endpoint:
        return await endpoint.listing()


def _ours(line: Line, listing: Listing) -> Mapping[str, Assistant]:
    """Of several with one mark the one that stays."""
    return {key: found[0] for key, found in line.target.scope.bearers(listing.assistants).items()}


def _held(
    found: Mapping[str, Assistant], own: Iterable[Definition], every: Iterable[Definition], secrets: Secrets
) -> Mapping[str, Side]:
    of_key = {one.key: one for one in own}
    stated = {key: frozenset(place for one in every if one.key == key for place in one.stated) for key in found}
    return {key: held_side(one, of_key.get(key), stated[key], secrets) for key, one in found.items()}


def check_complete(listings: Iterable[Listing]) -> None:
    """Raises ToolError where a listing may lack rows."""
    for one in listings:
        if one.incomplete:
            raise ToolError(f"the listing may be incomplete: {one.incomplete}; {one.advice}")
