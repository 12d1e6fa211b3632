"""The Python API: a front end as the command line is one, over the same line. docs/python.md describes it with examples.

    from assistants_tool import Project

    project = Project.open("assistants", environment="local")
    planned = project.plan()
    for outcome in project.apply(planned):
        print(outcome.change.key, outcome.status.value, outcome.id)

`Project` waits for the endpoint, and may be used where an event loop is running, too; `AsyncProject` has the same methods to await.
`load`, `plan` and `apply` are the three steps as functions. Everything raises a ToolError whose text is for people: DefinitionError with
every problem of every file, EndpointError, RefusedError where a guard refused and nothing was written. Messages name options as the
command line spells them: `--max-delete` is `max_delete`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from assistants_tool.applying.context import Policy
from assistants_tool.definitions.importing import Left, Written
from assistants_tool.errors import (
    DefinitionError,
    EndpointError,
    Fate,
    Problem,
    RefusedError,
    ToolError,
    UnreachedError,
    UsageError,
)
from assistants_tool.line import objects, restoring
from assistants_tool.line.front import Front
from assistants_tool.line.importing import Imported, Importing
from assistants_tool.line.migrating import Migrated, Migrating, sources_of
from assistants_tool.line.opening import Talk
from assistants_tool.line.restoring import Restored
from assistants_tool.line.resuming import line_of
from assistants_tool.line.saving import read_plan
from assistants_tool.line.steps import Line, Planned, Wanted
from assistants_tool.line.waiting import wait
from assistants_tool.line.workspace import Workspace, usual_files
from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.differences import Difference
from assistants_tool.objects.endpoint import AUTO, Parallelism
from assistants_tool.objects.mark import Mark
from assistants_tool.planning.migration import Members, Moved
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change, Options
from assistants_tool.planning.savedplan import SavedPlan
from assistants_tool.project.target import Choice, Client, Target

T = TypeVar("T")
OnOutcome = Callable[[Outcome], object]
__all__ = [
    "Action",
    "Assistant",
    "AsyncProject",
    "Change",
    "Client",
    "Definition",
    "DefinitionError",
    "Difference",
    "EndpointError",
    "Fate",
    "Imported",
    "Left",
    "Listing",
    "Mark",
    "Members",
    "Migrated",
    "Moved",
    "Outcome",
    "Planned",
    "Problem",
    "Project",
    "RefusedError",
    "Restored",
    "SavedPlan",
    "Scope",
    "Status",
    "Target",
    "ToolError",
    "UnreachedError",
    "UsageError",
    "Wanted",
    "Written",
    "apply",
    "load",
    "plan",
    "validate",
]


@dataclass(frozen=True, slots=True)
class AsyncProject:
    """`Project` for programs with an event loop: each method that asks the endpoint is awaited. `Project` describes them.

    A task that is cancelled while it writes begins nothing new, waits for what is on its way, and is cancelled then.
    """

    _line: Line
    _parallelism: Parallelism

    @classmethod
    def open(  # noqa: PLR0913 - as many as the command has options
        cls,
        *paths: str | Path,
        environment: str | None = None,
        base_url: str | None = None,
        embedded: bool = False,
        api: str | None = None,
        drop_unsupported: bool = False,
        timeout: float = 120.0,
        parallelism: int | Literal["auto"] = "auto",
        client: Client | None = None,
    ) -> AsyncProject:
        """As `Project.open`; it reads project.yaml only, and awaits nothing."""
        workspace = Workspace.find([Path(path) for path in paths or usual_files()])
        choice = _choice(environment, base_url, client, api, embedded=embedded, drops=drop_unsupported)
        line = Line.of(workspace, choice, Talk(timeout), client=client)
        return cls(line, _parallel(parallelism))

    def __repr__(self) -> str:
        return f"<AsyncProject {self.target}>"

    @property
    def root(self) -> Path:
        """As `Project.root`."""
        return self._line.workspace.project.root

    @property
    def target(self) -> Target:
        """As `Project.target`."""
        return self._line.target

    def validate(self) -> int:
        """As `Project.validate`; it reads files only, and is not awaited."""
        return self._line.workspace.validate(self._line.choice).count

    def load(self) -> Wanted:
        """As `Project.load`; it reads files only, and is not awaited."""
        return self._line.load()

    async def plan(
        self,
        *,
        prune: bool = False,
        adopt: bool = False,
        only: str | Sequence[str] = (),
        max_delete: str | None = None,
        fail_on_risk: bool = False,
        fail_on_retired_within: str | None = None,
        client: Client | None = None,
    ) -> Planned:
        """As `Project.plan`."""
        guards = max_delete, fail_on_risk, fail_on_retired_within
        options = Options(False, prune, adopt, _patterns(only), *guards)
        return await self._line.over(client).planned(options)

    async def apply(
        self,
        planned: Planned | SavedPlan | None = None,
        *,
        fail_fast: bool = False,
        on_outcome: OnOutcome | None = None,
        client: Client | None = None,
    ) -> tuple[Outcome, ...]:
        """As `Project.apply`."""
        line, policy = self._told(on_outcome, client), Policy(self._parallelism, fail_fast=fail_fast)
        if planned is None:
            return (await line.applied(Options(), policy)).outcomes
        if isinstance(planned, SavedPlan):
            anew, options = line_of(planned, self.root, line.choice, line.talk, line.front)
            return (await anew.applied(options, policy, planned)).outcomes
        if planned.target != line.target:
            raise ToolError(f"the plan is for {planned.target}, and this project for {line.target}; plan again with it")
        return (await line.carried_out(planned, policy)).outcomes

    def read_plan(self, path: str | Path, *, client: Client | None = None) -> SavedPlan:
        """As `Project.read_plan`; it reads files only, and is not awaited."""
        found, line = read_plan(Path(path)), self._line.over(client)
        line_of(found, self.root, line.choice, line.talk, line.front)
        return found

    async def list(self, *, client: Client | None = None) -> Listing:
        """As `Project.list`."""
        return await objects.listing(self._line.over(client))

    async def show(self, key_or_id: str, *, client: Client | None = None) -> Assistant:
        """As `Project.show`."""
        return await objects.one(self._line.over(client), key_or_id)

    async def delete(
        self,
        *keys_or_ids: str,
        everything: bool = False,
        unmanaged: bool = False,
        max_delete: str | None = None,
        on_outcome: OnOutcome | None = None,
        client: Client | None = None,
    ) -> tuple[Outcome, ...]:
        """As `Project.delete`."""
        if everything == bool(keys_or_ids):
            raise UsageError("name the assistants to delete, or say everything=True: one of the two")
        line, policy = self._told(on_outcome, client), Policy(self._parallelism)
        done = await objects.delete(line, keys_or_ids, policy, unmanaged=unmanaged, max_delete=max_delete)
        return done.outcomes

    async def release(
        self, *keys_or_ids: str, on_outcome: OnOutcome | None = None, client: Client | None = None
    ) -> tuple[Outcome, ...]:
        """As `Project.release`."""
        if not keys_or_ids:
            raise UsageError("name the assistants to release")
        line = self._told(on_outcome, client)
        return (await objects.release(line, keys_or_ids, Policy(self._parallelism))).outcomes

    async def restore(
        self,
        time: str | None = None,
        *,
        only: str | Sequence[str] = (),
        on_outcome: OnOutcome | None = None,
        client: Client | None = None,
    ) -> Restored:
        """As `Project.restore`."""
        line = self._told(on_outcome, client)
        return await restoring.restore(line, time, _patterns(only), Policy(self._parallelism))

    async def import_(
        self,
        *ids: str,
        to: str | Path | None = None,
        origin: str | None = None,
        everything: bool = False,
        client: Client | None = None,
    ) -> Imported:
        """As `Project.import_`."""
        if everything == bool(ids):
            raise UsageError("name the assistants to import by their ids, or say everything=True: one of the two")
        line = self._line.over(client)
        folders = [one.parent if one.is_file() else one for one in line.workspace.paths]
        work = Importing.of(line.choice, folders, Path(to) if to else None, origin, line.talk)
        return await work.imported(ids)

    async def migrate(
        self,
        *saved: str | Path,
        origin: str | None = None,
        ids: Sequence[str] = (),
        to: str | Path | None = None,
        on_outcome: OnOutcome | None = None,
        client: Client | None = None,
    ) -> Migrated:
        """As `Project.migrate`."""
        if bool(origin) == bool(saved) or (ids and not origin):
            raise UsageError("say where they are: origin=ENVIRONMENT, with ids or without, or files of saved JSON")
        line, folder = self._told(on_outcome, client), Path(to) if to else None
        if origin:
            work = Migrating.between(line, folder, origin, ids)
        else:
            found = [source for one in saved for source in sources_of(Path(one))]
            work = Migrating.of_saved(line, folder, found)
        return await work.migrated(Policy(self._parallelism))

    def _told(self, on_outcome: OnOutcome | None, client: Client | None) -> Line:
        """The line of one call that writes."""
        line = self._line.over(client)
        return replace(line, front=_Telling(on_outcome)) if on_outcome else line


@dataclass(frozen=True, slots=True)
class Project:
    """Definitions and their endpoint. Nothing is kept between two calls: each reads the files and asks the endpoint anew.

    Whatever writes is backed up first, for `restore`, and takes `on_outcome`: a function that hears of each outcome as it comes. One that
    the last look at the end of a run changed comes a second time. What the function raises is raised when the run has ended.

    A Ctrl-C lets end what is on its way, begins nothing new, and then raises KeyboardInterrupt. The next apply does the rest.
    """

    _awaited: AsyncProject

    @classmethod
    def open(  # noqa: PLR0913 - as many as the command has options
        cls,
        *paths: str | Path,
        environment: str | None = None,
        base_url: str | None = None,
        embedded: bool = False,
        api: str | None = None,
        drop_unsupported: bool = False,
        timeout: float = 120.0,
        parallelism: int | Literal["auto"] = "auto",
        client: Client | None = None,
    ) -> Project:
        """Files or folders of definitions, `assistants/` by default, and the endpoint, chosen as by the options of the command line.

        `api`: the one that the endpoint is spoken to by. `drop_unsupported`: what that has no place for is left out, with a warning among
        the `remarks` of what is loaded, and no fault. `timeout`: seconds for one answer. `parallelism`: how many requests may be on
        their way at a time, 1 to 100; "auto" begins with 10 and goes up to 32, while answers get no slower by it. Variables are read for
        keys and for what definitions take from them, and OPENAI_BASE_URL and OPENAI_API_KEY where nothing else names an endpoint.
        Raises DefinitionError for a project.yaml that is not sound, and ToolError where no endpoint is chosen.
        """
        return cls(
            AsyncProject.open(
                *paths,
                environment=environment,
                base_url=base_url,
                embedded=embedded,
                api=api,
                drop_unsupported=drop_unsupported,
                timeout=timeout,
                parallelism=parallelism,
                client=client,
            )
        )

    def __repr__(self) -> str:
        return f"<Project {self.target}>"

    @property
    def root(self) -> Path:
        """The folder that `.assistants/` is in, with the backups, where ASSISTANTS_BACKUPS names no other folder for them."""
        return self._awaited.root

    @property
    def target(self) -> Target:
        """The endpoint, and the project and environment whose assistants are managed there."""
        return self._awaited.target

    def validate(self) -> int:
        """Check the definitions for every environment, offline. Returns how many there are.

        Raises DefinitionError with every problem.
        """
        return self._awaited.validate()

    def load(self) -> Wanted:
        """The definitions of the chosen environment. Raises DefinitionError with every problem."""
        return self._awaited.load()

    def plan(
        self,
        *,
        prune: bool = False,
        adopt: bool = False,
        only: str | Sequence[str] = (),
        max_delete: str | None = None,
        fail_on_risk: bool = False,
        fail_on_retired_within: str | None = None,
        client: Client | None = None,
    ) -> Planned:
        """Compare the definitions with what is on the endpoint; sends nothing but GET.

        `prune`: delete what this project manages and no definition has. `adopt`: take over what is not managed and has a definition's name.
        `only`: keys, or patterns of them such as `support*`. `max_delete`: refuse to delete more than `N`, or `N%` of what is managed.
        `fail_on_risk`: refuse what the plan marks as a risk. `fail_on_retired_within`: refuse models that are shut down already, or will
        be within a time such as `60d` or `8w`; the endpoint is then asked for its models, and a day that nobody knows refuses nothing. A
        plan that a guard refuses is no exception yet: its `refusals` say why.
        Raises DefinitionError, EndpointError, and ToolError where `max_delete` is neither a number nor a percentage, or
        `fail_on_retired_within` no span of time.
        """
        return self._wait(
            self._awaited.plan(
                prune=prune,
                adopt=adopt,
                only=only,
                max_delete=max_delete,
                fail_on_risk=fail_on_risk,
                fail_on_retired_within=fail_on_retired_within,
                client=client,
            ),
            client,
        )

    def apply(
        self,
        planned: Planned | SavedPlan | None = None,
        *,
        fail_fast: bool = False,
        on_outcome: OnOutcome | None = None,
        client: Client | None = None,
    ) -> tuple[Outcome, ...]:
        """Carry out a plan: one outcome for each write, in the plan's order; a change that failed is an outcome, not an exception.

        Without a plan it makes one first, with no options. One that was saved is made anew and has to be the same. `fail_fast`: begin
        nothing new after the first failure. Raises RefusedError, with nothing written, where a guard refuses or a saved plan does not
        hold any more, and ToolError for a plan of another target.
        """
        applying = self._awaited.apply(planned, fail_fast=fail_fast, on_outcome=on_outcome, client=client)
        return self._wait(applying, client)

    def read_plan(self, path: str | Path, *, client: Client | None = None) -> SavedPlan:
        """A plan that was saved, for `apply`. Raises ToolError where the file is none, and RefusedError where it is of another target."""
        return self._awaited.read_plan(path, client=client)

    def list(self, *, client: Client | None = None) -> Listing:
        """Everything on the endpoint, whoever made it: `assistants`, and `incomplete`, which says why there may be more."""
        return self._wait(self._awaited.list(client=client), client)

    def show(self, key_or_id: str, *, client: Client | None = None) -> Assistant:
        """The assistant of a key in this environment, or of a full id anywhere on the endpoint. Raises ToolError where there is none."""
        return self._wait(self._awaited.show(key_or_id, client=client), client)

    def delete(
        self,
        *keys_or_ids: str,
        everything: bool = False,
        unmanaged: bool = False,
        max_delete: str | None = None,
        on_outcome: OnOutcome | None = None,
        client: Client | None = None,
    ) -> tuple[Outcome, ...]:
        """Delete what is named; with `everything`, all that this project manages in the chosen environment.

        `unmanaged` allows full ids of what this project does not manage. `max_delete` as in `plan`; without it there is no limit for what
        is named. Raises RefusedError where a guard refuses, and ToolError for what is not there.
        """
        return self._wait(
            self._awaited.delete(
                *keys_or_ids,
                everything=everything,
                unmanaged=unmanaged,
                max_delete=max_delete,
                on_outcome=on_outcome,
                client=client,
            ),
            client,
        )

    def release(
        self, *keys_or_ids: str, on_outcome: OnOutcome | None = None, client: Client | None = None
    ) -> tuple[Outcome, ...]:
        """Stop managing these: they stay, without the mark. Raises ToolError for what is not there or not this project's."""
        return self._wait(self._awaited.release(*keys_or_ids, on_outcome=on_outcome, client=client), client)

    def restore(
        self,
        time: str | None = None,
        *,
        only: str | Sequence[str] = (),
        on_outcome: OnOutcome | None = None,
        client: Client | None = None,
    ) -> Restored:
        """Bring back what a run changed or deleted, by default the newest one that was no restore itself.

        `time` is the name of a folder in `.assistants/backups/`. Raises ToolError where there is no such backup of this target, and
        RefusedError where a guard refuses.
        """
        return self._wait(self._awaited.restore(time, only=only, on_outcome=on_outcome, client=client), client)

    def import_(
        self,
        *ids: str,
        to: str | Path | None = None,
        origin: str | None = None,
        everything: bool = False,
        client: Client | None = None,
    ) -> Imported:
        """Write definitions of these ids; with `everything`, of all that nobody manages and no definition adopts.

        `to` is the folder to write into, by default that of the definitions. No file is written over. Each definition adopts its
        assistant, so that the next apply takes it over; with `origin`, the environment to read from, none does, and the next apply makes
        them anew in this environment. Raises ToolError for an id that is not there.
        """
        importing = self._awaited.import_(*ids, to=to, origin=origin, everything=everything, client=client)
        return self._wait(importing, client)

    def migrate(
        self,
        *saved: str | Path,
        origin: str | None = None,
        ids: Sequence[str] = (),
        to: str | Path | None = None,
        on_outcome: OnOutcome | None = None,
        client: Client | None = None,
    ) -> Migrated:
        """Make assistants anew in this environment: an import, and an apply of what it wrote.

        They are read from the environment `origin`, all or those of `ids`, or from files and folders of `saved` JSON. What has no
        definition yet gets one in the folder `to`; nothing is written where they are read. A change that failed is in `moved`, not an
        exception. Raises DefinitionError, with nothing written, for what the API of this environment has no place for, and what `apply`
        raises.
        """
        work = self._awaited.migrate(*saved, origin=origin, ids=ids, to=to, on_outcome=on_outcome, client=client)
        return self._wait(work, client)

    def _wait(self, work: Coroutine[Any, Any, T], client: Client | None) -> T:
        return wait(work, over_client=bool(client or self._awaited._line.talk.client))


class _Telling(Front):
    """The front of one call: it passes outcomes on."""

    def __init__(self, on_outcome: OnOutcome) -> None:
        self._on_outcome = on_outcome

    def outcome(self, outcome: Outcome) -> None:
        self._on_outcome(outcome)


# --- the steps as functions


def validate(*paths: str | Path) -> int:
    """Check definitions for every environment, offline and with no endpoint chosen. Returns how many there are.

    `paths` are files or folders, `assistants/` by default. Raises DefinitionError with every problem of every file.
    """
    return Workspace.find([Path(path) for path in paths or usual_files()]).validate().count


def load(
    *paths: str | Path,
    environment: str | None = None,
    base_url: str | None = None,
    embedded: bool = False,
    api: str | None = None,
    drop_unsupported: bool = False,
    client: Client | None = None,
) -> Wanted:
    """Read definitions: files or folders, `assistants/` by default. The endpoint, or a client, is chosen as in `Project.open`.

    Raises DefinitionError with every problem of every file, and ToolError where no endpoint is chosen.
    """
    project = Project.open(
        *paths,
        environment=environment,
        base_url=base_url,
        embedded=embedded,
        api=api,
        drop_unsupported=drop_unsupported,
        client=client,
    )
    return project.load()


def plan(  # noqa: PLR0913 - those of `Project.plan`
    wanted: Wanted,
    *,
    prune: bool = False,
    adopt: bool = False,
    only: str | Sequence[str] = (),
    max_delete: str | None = None,
    fail_on_risk: bool = False,
    fail_on_retired_within: str | None = None,
    timeout: float | None = None,
) -> Planned:
    """As `Project.plan`, of definitions that were loaded before. `timeout`: seconds for one answer, in place of the project's."""
    guards = max_delete, fail_on_risk, fail_on_retired_within
    options = Options(False, prune, adopt, _patterns(only), *guards)
    line = _patient(wanted.line, timeout)
    return _wait(line.planned(options, wanted), line)


def apply(
    planned: Planned,
    *,
    parallelism: int | Literal["auto"] = "auto",
    timeout: float | None = None,
    fail_fast: bool = False,
    on_outcome: OnOutcome | None = None,
) -> tuple[Outcome, ...]:
    """As `Project.apply`, of a plan that was made before. `timeout`: seconds for one answer, in place of the project's."""
    line = _patient(planned.wanted.line, timeout)
    told = replace(line, front=_Telling(on_outcome)) if on_outcome else line
    policy = Policy(_parallel(parallelism), fail_fast=fail_fast)
    return _wait(told.carried_out(planned, policy), told).outcomes


def _wait(work: Coroutine[Any, Any, T], line: Line) -> T:
    return wait(work, over_client=bool(line.talk.client))


def _patient(line: Line, timeout: float | None) -> Line:
    return line if timeout is None else line.talking(timeout)


# --- what callers say, checked before anything is asked


def _choice(
    environment: str | None,
    base_url: str | None,
    client: Client | None,
    api: str | None,
    *,
    embedded: bool,
    drops: bool,
) -> Choice:
    ways = {"embedded": embedded, "base_url": base_url, "client": client}
    if len(named := [name for name, one in ways.items() if one]) > 1:
        raise UsageError(f"{' and '.join(named[:2])} name two endpoints; choose one")
    return Choice(environment, base_url, embedded, api, drops)


def _parallel(parallelism: int | Literal["auto"]) -> Parallelism:
    if parallelism == "auto":
        return AUTO
    if not isinstance(parallelism, int) or not 1 <= parallelism <= 100:
        said = f"parallelism: {parallelism!r} is not a number of requests at a time; give one from 1 to 100, or 'auto'"
        raise UsageError(said)
    return Parallelism.fixed(parallelism)


def _patterns(only: str | Sequence[str]) -> tuple[str, ...]:
    # A text is a sequence of texts, too: "a*" would be the patterns "a" and "*", and so everything.
    return (only,) if isinstance(only, str) else tuple(only)
