"""The Python API: a front end as the command line is one, over the same line.

    from assistants_tool import Project

    project = Project.open("assistants", environment="local")
    planned = project.plan()
    for outcome in project.apply(planned):
        print(outcome.change.key, outcome.status.value, outcome.id)

`Project` waits for the endpoint, and may be used where an event loop is running, too; `AsyncProject` has the same methods to await.
`load`, `plan` and `apply` are the three steps as functions. Everything raises a ToolError whose text is for people: DefinitionError with
every problem of every file, EndpointError, RefusedError where a guard refused and nothing was written.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assistants_tool.applying.context import Policy
from assistants_tool.definitions.importing import Left, Written
from assistants_tool.errors import DefinitionError, EndpointError, RefusedError, ToolError
from assistants_tool.line import objects, restoring, saving
from assistants_tool.line.importing import Imported, Importing
from assistants_tool.line.opening import Talk
from assistants_tool.line.restoring import Restored
from assistants_tool.line.steps import Line, Planned, Wanted
from assistants_tool.line.workspace import Workspace
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change, Options
from assistants_tool.project.target import Choice, Target

if TYPE_CHECKING:
    from assistants_tool.planning.savedplan import SavedPlan

T = TypeVar("T")
__all__ = [
    "Action",
    "Assistant",
    "AsyncProject",
    "Change",
    "DefinitionError",
    "EndpointError",
    "Imported",
    "Left",
    "Listing",
    "Outcome",
    "Planned",
    "Project",
    "RefusedError",
    "Restored",
    "Status",
    "ToolError",
    "Wanted",
    "Written",
    "apply",
    "load",
    "plan",
]


@dataclass(frozen=True, slots=True)
class AsyncProject:
    """Definitions and their endpoint. Nothing is read before a method is called, but for project.yaml."""

    line: Line
    parallelism: int = 10

    @classmethod
    def open(
        cls,
        *paths: str | Path,
        environment: str | None = None,
        base_url: str | None = None,
        embedded: bool = False,
        timeout: float = 120.0,
        parallelism: int = 10,
    ) -> AsyncProject:
        """Files or folders of definitions, `assistants/` by default. The endpoint is chosen as on the command line.

        `timeout` in seconds for one answer; `parallelism` is how many requests may be on their way at a time. Raises DefinitionError for
        a project.yaml that is not sound, and ToolError where no endpoint is chosen.
        """
        workspace = Workspace.find([Path(path) for path in paths or ("assistants",)])
        line = Line.of(workspace, Choice(environment, base_url, embedded), Talk(timeout))
        return cls(line, parallelism)

    @property
    def root(self) -> Path:
        """The folder that `.assistants/`, with the backups, is in."""
        return self.line.workspace.project.root

    @property
    def target(self) -> Target:
        """The endpoint, and the project and environment whose assistants this project owns there."""
        return self.line.target

    def validate(self) -> int:
        """Check the definitions for every environment, offline; how many there are. Raises DefinitionError with every problem."""
        return self.line.workspace.validate(self.line.choice).count

    def load(self) -> Wanted:
        """The definitions of the chosen environment, with `remarks` on them. Raises DefinitionError with every problem."""
        return self.line.load()

    async def plan(
        self,
        *,
        prune: bool = False,
        adopt: bool = False,
        only: Sequence[str] = (),
        max_delete: str | None = None,
        fail_on_risk: bool = False,
    ) -> Planned:
        """Compare with what is on the endpoint; sends nothing but GET. `only` are patterns of keys.

        `max_delete` is `N`, or `N%` of what is ours. Raises ToolError where it is neither, DefinitionError and EndpointError.
        """
        return await self.line.planned(Options(False, prune, adopt, tuple(only), max_delete, fail_on_risk))

    async def apply(self, planned: Planned | SavedPlanFile | None = None, *, fail_fast: bool = False) -> Outcomes:
        """Carry out a plan: one outcome for each write, in the plan's order; a change that failed is an outcome, not an exception.

        Without a plan it makes one first; one that was saved is made anew and has to be the same. What is changed or deleted is backed up.
        Raises RefusedError, with nothing written, where a guard of the plan refuses, or where a saved plan does not hold any more.
        """
        policy = Policy(self.parallelism, fail_fast=fail_fast)
        if planned is None:
            return (await self.line.applied(Options(), policy)).outcomes
        if isinstance(planned, SavedPlanFile):
            return (await planned.line.applied(planned.options, policy, planned.saved)).outcomes
        return (await self.line.carried_out(planned, policy)).outcomes

    def read_plan(self, path: str | Path) -> SavedPlanFile:
        """A plan that was saved, for `apply`. Raises ToolError where it is none, and RefusedError where it is not for this target."""
        line, then = self.line, saving.read_plan(Path(path))
        found, options = saving.line_of(then, Path(path), line.choice, os.environ, line.talk, line.front)
        return SavedPlanFile(found, options, then)

    async def list(self) -> Listing:
        """Everything on the endpoint, whoever made it: `assistants`, and `incomplete`, which says why there may be more."""
        return await objects.listing(self.line)

    async def show(self, key_or_id: str) -> Assistant:
        """The assistant of a key in this environment, or of a full id anywhere on the endpoint. Raises ToolError where there is none."""
        return await objects.one(self.line, key_or_id)

    async def delete(
        self, *keys_or_ids: str, everything: bool = False, unmanaged: bool = False, max_delete: str | None = None
    ) -> Outcomes:
        """Delete what is named; with `everything`, all that this project manages in the chosen environment.

        `unmanaged` allows full ids of others' assistants. Raises RefusedError where a guard refuses, and ToolError for what is not there.
        """
        if everything == bool(keys_or_ids):
            raise ToolError("name the assistants to delete, or say everything=True: one of the two")
        policy = Policy(self.parallelism)
        done = await objects.delete(self.line, keys_or_ids, policy, unmanaged=unmanaged, max_delete=max_delete)
        return done.outcomes

    async def release(self, *keys_or_ids: str) -> Outcomes:
        """Stop managing these: they stay, without the mark. Raises ToolError for what is not there or not this project's."""
        return (await objects.release(self.line, keys_or_ids, Policy(self.parallelism))).outcomes

    async def restore(self, time: str | None = None, *, only: Sequence[str] = ()) -> Restored:
        """Bring back what a run changed or deleted, by default the newest one. Raises ToolError where there is no backup."""
        return await restoring.restore(self.line, time, tuple(only), Policy(self.parallelism))

    async def import_(
        self, *ids: str, to: str | Path | None = None, origin: str | None = None, everything: bool = False
    ) -> Imported:
        """Write definitions of these ids; with `everything`, of all that nobody manages and no definition adopts.

        `to` is the folder, by default that of the definitions. `origin` is the environment to read from where they are to be made anew
        in this one. No file is written over. Raises ToolError for an id that is not there.
        """
        if everything == bool(ids):
            raise ToolError("name the assistants to import by their ids, or say everything=True: one of the two")
        folders = [one for one in self.line.workspace.paths if one.is_dir()]
        work = Importing.of(self.line.choice, folders, Path(to) if to else None, origin, self.line.talk)
        return await work.imported(ids)


Outcomes = tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class SavedPlanFile:
    """A saved plan and the line that it asks for now."""

    line: Line
    options: Options
    saved: SavedPlan


@dataclass(frozen=True, slots=True)
class Project:
    """`AsyncProject` for programs that wait: each method returns when the endpoint has answered."""

    project: AsyncProject

    @classmethod
    def open(
        cls,
        *paths: str | Path,
        environment: str | None = None,
        base_url: str | None = None,
        embedded: bool = False,
        timeout: float = 120.0,
        parallelism: int = 10,
    ) -> Project:
        """As `AsyncProject.open`."""
        how: dict[str, Any] = {"timeout": timeout, "parallelism": parallelism}
        return cls(AsyncProject.open(*paths, environment=environment, base_url=base_url, embedded=embedded, **how))

    @property
    def root(self) -> Path:
        """The folder that `.assistants/`, with the backups, is in."""
        return self.project.root

    @property
    def target(self) -> Target:
        """The endpoint, and the project and environment whose assistants this project owns there."""
        return self.project.target

    def validate(self) -> int:
        """As `AsyncProject.validate`."""
        return self.project.validate()

    def load(self) -> Wanted:
        """As `AsyncProject.load`."""
        return self.project.load()

    def plan(
        self,
        *,
        prune: bool = False,
        adopt: bool = False,
        only: Sequence[str] = (),
        max_delete: str | None = None,
        fail_on_risk: bool = False,
    ) -> Planned:
        """As `AsyncProject.plan`."""
        how: dict[str, Any] = {"max_delete": max_delete, "fail_on_risk": fail_on_risk}
        return _wait(self.project.plan(prune=prune, adopt=adopt, only=only, **how))

    def apply(self, planned: Planned | SavedPlanFile | None = None, *, fail_fast: bool = False) -> Outcomes:
        """As `AsyncProject.apply`."""
        return _wait(self.project.apply(planned, fail_fast=fail_fast))

    def read_plan(self, path: str | Path) -> SavedPlanFile:
        """As `AsyncProject.read_plan`."""
        return self.project.read_plan(path)

    def list(self) -> Listing:
        """As `AsyncProject.list`."""
        return _wait(self.project.list())

    def show(self, key_or_id: str) -> Assistant:
        """As `AsyncProject.show`."""
        return _wait(self.project.show(key_or_id))

    def delete(
        self, *keys_or_ids: str, everything: bool = False, unmanaged: bool = False, max_delete: str | None = None
    ) -> Outcomes:
        """As `AsyncProject.delete`."""
        how: dict[str, Any] = {"everything": everything, "unmanaged": unmanaged, "max_delete": max_delete}
        return _wait(self.project.delete(*keys_or_ids, **how))

    def release(self, *keys_or_ids: str) -> Outcomes:
        """As `AsyncProject.release`."""
        return _wait(self.project.release(*keys_or_ids))

    def restore(self, time: str | None = None, *, only: Sequence[str] = ()) -> Restored:
        """As `AsyncProject.restore`."""
        return _wait(self.project.restore(time, only=only))

    def import_(
        self, *ids: str, to: str | Path | None = None, origin: str | None = None, everything: bool = False
    ) -> Imported:
        """As `AsyncProject.import_`."""
        return _wait(self.project.import_(*ids, to=to, origin=origin, everything=everything))


# --- the three steps as functions


def load(
    *paths: str | Path, environment: str | None = None, base_url: str | None = None, embedded: bool = False
) -> Wanted:
    """Read definitions: files or folders, `assistants/` by default. The endpoint is chosen as on the command line.

    Raises DefinitionError with every problem of every file, and ToolError where no endpoint is chosen.
    """
    return Project.open(*paths, environment=environment, base_url=base_url, embedded=embedded).load()


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
    options = Options(False, prune, adopt, only, max_delete)
    return _wait(wanted.line.talking(timeout).planned(options, wanted))


def apply(planned: Planned, *, parallelism: int = 10, timeout: float = 120.0) -> Outcomes:
    """Carry out a plan: one outcome for each write, in the plan's order; a change that failed is an outcome, not an exception.

    What is changed or deleted is backed up first, for `assistants restore`.
    Raises RefusedError, with nothing written, where a guard of the plan refuses.
    """
    line = planned.wanted.line.talking(timeout)
    return _wait(line.carried_out(planned, Policy(parallelism))).outcomes


def _wait(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, on a thread of its own: the caller's may have an event loop running."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
