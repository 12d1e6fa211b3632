"""The Python API: `load`, `plan`, `apply`, the straight line for programs. The package itself exports it.

    from assistants_tool import apply, load, plan

    wanted = load("assistants", environment="local")
    changes = plan(wanted)
    for outcome in apply(changes):
        print(outcome.change.key, outcome.status.value, outcome.id)

Each raises a ToolError whose text is for people; DefinitionError carries every problem of every file. The functions wait for the endpoint;
they may be called where an event loop is running, too.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assistants_tool.applying import run as applying
from assistants_tool.applying.backups import Backups
from assistants_tool.applying.context import Policy
from assistants_tool.endpoint import Connection, connect
from assistants_tool.errors import DefinitionError, EndpointError, RefusedError, ToolError
from assistants_tool.line.workspace import Workspace
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.masks import hiding
from assistants_tool.planning.plan import Change, Options, Plan
from assistants_tool.project.target import Choice, Target

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition
    from assistants_tool.planning.outcome import Outcome

T = TypeVar("T")
__all__ = [
    "DefinitionError",
    "EndpointError",
    "Planned",
    "RefusedError",
    "ToolError",
    "Wanted",
    "apply",
    "load",
    "plan",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall exist, and where: the definitions of one environment. `whole` where they are all that the project has.

    `left_out` are the keys of those that leave this environment out.
    `root` is the folder that `.assistants/`, with the backups, is in.
    """

    root: Path
    target: Target
    definitions: tuple[Definition, ...]
    whole: bool
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what it was made of."""

    wanted: Wanted
    plan: Plan

    @property
    def target(self) -> Target:
        return self.wanted.target

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.plan.changes

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why `apply` would refuse; empty where it would not."""
        return self.plan.refusals

    @property
    def is_empty(self) -> bool:
        return self.plan.is_empty


def load(
    *paths: str | Path, environment: str | None = None, base_url: str | None = None, embedded: bool = False
) -> Wanted:
    """Read definitions: files or folders, `assistants/` by default. The endpoint is chosen as on the command line.

    Raises DefinitionError with every problem of every file, and ToolError where no endpoint is chosen.
    """
    workspace = Workspace.find([Path(path) for path in paths or ("assistants",)])
    target = workspace.target(Choice(environment, base_url, embedded), os.environ)
    loaded = workspace.load(target.scope.environment, os.environ)
    return Wanted(workspace.project.root, target, loaded.definitions, loaded.whole, loaded.left_out)


def plan(
    wanted: Wanted,
    *,
    prune: bool = False,
    adopt: bool = False,
    only: tuple[str, ...] = (),
    max_delete: str | None = None,
    timeout: float = 120.0,
) -> Planned:
    """Compare with what is on the endpoint; sends nothing but GET. `timeout` in seconds for one answer.

    `max_delete` is `N`, or `N%` of what is ours. Raises ToolError where it is neither, and EndpointError.
    """
    options = Options(wanted.whole, prune, adopt, only, max_delete, left_out=wanted.left_out)

    async def line() -> Planned:
        async with connect(wanted.target.endpoint, Connection(timeout, hidden=hiding(wanted.definitions))) as endpoint:
            listing = await endpoint.listing()
        return Planned(wanted, make_plan(wanted.definitions, listing, wanted.target.scope, options))

    return _wait(line())


def apply(planned: Planned, *, parallelism: int = 10, timeout: float = 120.0) -> tuple[Outcome, ...]:
    """Carry out a plan: one outcome for each write, in the plan's order; a change that failed is an outcome, not an exception.

    What is changed or deleted is backed up first, for `assistants restore`.
    Raises RefusedError, with nothing written, where a guard of the plan refuses.
    """
    if planned.refusals:
        raise RefusedError("; ".join(planned.refusals))

    wanted = planned.wanted
    backups = Backups(wanted.root, wanted.target, wanted.definitions)

    async def line() -> tuple[Outcome, ...]:
        connection = Connection(timeout, parallelism, hidden=hiding(wanted.definitions))
        async with connect(planned.target.endpoint, connection) as endpoint:
            return await applying.apply(planned.plan, endpoint, Policy(parallelism), backup=backups.save)

    return _wait(line())


def _wait(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, on a thread of its own: the caller's may have an event loop running."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
