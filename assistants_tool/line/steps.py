"""The straight line: load, open, list, plan, guard, apply, report. Every command that plans or writes is this line, cut somewhere.

In: a workspace, what was chosen, and a front end. Out: a plan, or the outcomes of one. The front end hears of each step (`front.Front`) and
shows what it likes.
"""

from __future__ import annotations

import asyncio
import datetime
import importlib
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from assistants_tool.errors import EndpointError, RefusedError, ToolError
from assistants_tool.line.front import Brake, Front
from assistants_tool.line.opening import Begun, Talk, begun, handed_over, known, opened, when_told
from assistants_tool.objects.endpoint import AUTO
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Change, Options, Plan
from assistants_tool.project.state import backups_folder
from assistants_tool.project.target import Choice

if TYPE_CHECKING:
    from assistants_tool.applying.backups import Backups
    from assistants_tool.applying.context import Keeper, Policy
    from assistants_tool.applying.run import Doer
    from assistants_tool.endpoint.connection import Hidden
    from assistants_tool.errors import Problem
    from assistants_tool.line.workspace import Workspace
    from assistants_tool.objects.assistant import Listing
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import OpenEndpoint, Parallelism
    from assistants_tool.planning.lifecycle import Said
    from assistants_tool.planning.savedplan import Request, SavedPlan
    from assistants_tool.planning.view import SeenPlan
    from assistants_tool.project.target import Choice, Client, Target
    from assistants_tool.redaction import Redaction

    Again = Callable[[], Awaitable[Plan]]

T = TypeVar("T")
# What the steps behind the listing need: of a plan, and of carrying it out. It is imported on the thread that reads, while the listing is
# on its way, and not before that is asked for: to import all takes as long as several answers.
_PLANNING = ("line.versions", "planning.making", "planning.lifecycle", "planning.view", "report.text")
_APPLYING = (*_PLANNING, "applying.run", "applying.backups", "planning.savedplan")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The definitions of one environment, and the target that they are for.

    `whole`: the paths cover all that the project has, so what is on the endpoint and not here has no definition any more. `left_out` are
    the keys of definitions that leave this environment out. `root` is the folder that `.assistants/` is in. `strays`
    are files that are called as a key's may be, by that key, and of which no definition was read. `remarks` are warnings and notes, each
    with its place.
    """

    root: Path
    target: Target
    definitions: tuple[Definition, ...]
    whole: bool
    left_out: frozenset[str]
    strays: Mapping[str, str]
    line: Line = field(repr=False, compare=False)
    remarks: tuple[Problem, ...] = ()

    @property
    def hidden(self) -> Redaction:
        """The values of variables, each to be replaced by `env:NAME` in whatever is shown."""
        from assistants_tool.planning.masks import hiding

        return hiding(self.definitions)

    def __repr__(self) -> str:
        return f"<Wanted: {len(self.definitions)} definitions for {self.target}>"


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what it was made of.

    Its `changes` hold both sides as they are, the values of variables included. `text`, `markdown`, `as_data` and `save` show
    `env:NAME` in their place. `carried`: it was carried out, to its end or not.
    """

    wanted: Wanted
    plan: Plan
    options: Options = field(default_factory=Options)
    carried: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    @property
    def target(self) -> Target:
        """The endpoint, and the project and environment, that it was made for."""
        return self.wanted.target

    @property
    def changes(self) -> tuple[Change, ...]:
        """One for each assistant, in the order of their keys; also for those that stay as they are (`Action.KEEP`)."""
        return self.plan.changes

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why `apply` would refuse; empty where it would not."""
        return self.plan.refusals

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return self.plan.is_empty

    def saved(self) -> SavedPlan:
        """The plan as a file holds it, with the paths and options that it was made with."""
        from assistants_tool.planning.savedplan import saved

        request = self.wanted.line.request(self.options)
        return saved(
            self.plan, self.target.with_variables(os.environ), request, self.wanted.hidden, self.wanted.remarks
        )

    def save(self, path: str | Path) -> None:
        """Write it to a file whose name ends in `.json`, for `Project.read_plan` or `assistants apply FILE`.

        Raises ToolError where the file cannot be written, or where a file is there that is no saved plan.
        """
        from assistants_tool.line.saving import check_place, write_plan

        check_place(Path(path), self.wanted.line.workspace)
        write_plan(Path(path), self.saved())

    def as_data(self) -> dict[str, Any]:
        """The JSON document that `assistants plan -o json` prints; docs/json.md describes it."""
        return self.saved().as_data()

    def text(self) -> str:
        """What `assistants plan` prints."""
        from assistants_tool.report.plain import printable
        from assistants_tool.report.text import plan_lines

        return printable("\n".join(line.text for line in plan_lines(self._seen)))

    def markdown(self) -> str:
        """What `assistants plan -o markdown` prints: at most 62,000 characters, for a comment on a pull request."""
        from assistants_tool.report.markdown import plan_markdown
        from assistants_tool.report.plain import printable

        return printable(plan_markdown(str(self.target), self._seen))

    @property
    def _seen(self) -> SeenPlan:
        from assistants_tool.planning.view import seen_plan

        return seen_plan(self.plan, self.wanted.hidden)

    def __repr__(self) -> str:
        from assistants_tool.report.text import plan_summary

        # Not of what may be seen, which takes long to make: asyncio asks what each run returns for this.
        return f"<{plan_summary(self.plan)}>"


@dataclass(frozen=True, slots=True)
class Done:
    """A plan that was carried out: one outcome for each write, none where there was nothing to write. `stopped`: a signal ended the run."""

    plan: Plan = field(repr=False)
    outcomes: tuple[Outcome, ...] = field(default=(), repr=False)
    stopped: bool = False

    @property
    def failed(self) -> bool:
        """Whether any change failed, was not begun, or is unknown."""
        return any(one.status is not Status.DONE for one in self.outcomes)


def utc_today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


@dataclass(frozen=True, slots=True)
class Line:
    """One run: where it works (`workspace`, `target`), how it talks to the endpoint, the front end that it tells, and the steps.

    `today` is asked for the day when a plan is judged.
    """

    workspace: Workspace
    choice: Choice
    target: Target
    talk: Talk = field(default_factory=Talk)
    front: Front = field(default_factory=Front)
    today: Callable[[], datetime.date] = utc_today

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        choice: Choice,
        talk: Talk | None = None,
        front: Front | None = None,
        client: Client | None = None,
    ) -> Line:
        """The line over a workspace. With a `client` it goes over that, to its server, whatever endpoint is chosen.

        Raises ToolError where no endpoint is chosen, and for what is no such client.
        """
        talk = talk or Talk()
        if client:
            handed = handed_over(client)
            choice = replace(choice, base_url=None, embedded=False, lent=handed.server)
            talk = replace(talk, client=handed)
        return cls(workspace, choice, workspace.target(choice, os.environ), talk, front or Front())

    def over(self, client: Client | None) -> Line:
        """The same line over a client that a program hands over; without one, as it is."""
        return Line.of(self.workspace, self.choice, self.talk, self.front, client) if client else self

    def talking(self, timeout: float) -> Line:
        """The same line with another timeout, in seconds for one answer."""
        return replace(self, talk=replace(self.talk, timeout=timeout))

    # --- load, open, list, plan: the listing begins while the files are read, where there is an answer to wait for

    def load(self, options: Options | None = None) -> Wanted:
        """The definitions of the chosen environment. Raises DefinitionError with every problem.

        With options that choose some keys, the variables of the others need not be set.
        """
        target, root, chosen = self.target, self.workspace.project.root, options or Options()
        environment, takes = target.scope.environment, target.endpoint.takes
        loaded = self.workspace.load(environment, os.environ, takes, chosen.selects, target.endpoint.speech)
        wanted = Wanted(
            root, target, loaded.definitions, loaded.whole, loaded.left_out, loaded.strays, self, loaded.remarks
        )
        self.front.hide(wanted.hidden)
        self.front.remark(wanted.remarks)
        return wanted

    def hidden(self) -> Hidden:
        """What is not told of a server's words by a step that reads no definitions."""
        return when_told(lambda: self.workspace.hidden(self.target))

    def open(self, hidden: Hidden, parallelism: Parallelism = AUTO) -> AbstractAsyncContextManager[OpenEndpoint]:
        return opened(self.target.endpoint, self.talk, hidden, parallelism)

    def begin(
        self, read: Callable[[], T], hidden: Callable[[T], Redaction], parallelism: Parallelism = AUTO
    ) -> AbstractAsyncContextManager[Begun[T]]:
        """What `read` reads, and the endpoint, open."""
        early = self.target.endpoint.begins_early
        return begun(lambda hidden: self.open(hidden, parallelism), read, hidden, early=early)

    def _begin(
        self,
        options: Options,
        wanted: Wanted | None = None,
        parallelism: Parallelism = AUTO,
        later: Iterable[str] = _PLANNING,
    ) -> AbstractAsyncContextManager[Begun[Wanted]]:
        def read() -> Wanted:
            found = wanted or self.load(options)
            for one in found.definitions:
                _ = one.form  # kept by the definition, and worked out here, while the listing is on its way
            for name in later:
                importlib.import_module(f"assistants_tool.{name}")
            return found

        return self.begin(read, lambda wanted: wanted.hidden, parallelism)

    def plan(self, wanted: Wanted, listing: Listing, options: Options, said: Said = None) -> Planned:
        """`said` is what the endpoint says of its models, where it was asked."""
        from assistants_tool.planning.lifecycle import Where, with_ends
        from assistants_tool.planning.making import make_plan

        whole = replace(options, whole=wanted.whole, left_out=wanted.left_out, strays=wanted.strays)
        plan, there = make_plan(wanted.definitions, listing, self.target.scope, whole), self.target.endpoint
        where = Where(there.takes, there.is_openais, there.retirement)
        span = options.fail_on_retired_within
        return Planned(wanted, with_ends(plan, where, said, wanted.hidden, span, self.today()), options)

    async def planned(self, options: Options, wanted: Wanted | None = None) -> Planned:
        """The line up to the plan. It sends nothing but GET."""
        async with self._begin(options, wanted) as begun:
            return await self._listed_and_planned(begun, options)

    async def _listed_and_planned(self, begun: Begun[Wanted], options: Options) -> Planned:
        """A row may be lost between two pages: what rests on absence is planned again with a walk in the other order."""
        from assistants_tool.line.versions import with_what_goes

        wanted, listing = begun.found, await begun.listing()
        said = await self._said(begun.endpoint) if options.fail_on_retired_within else None
        planned = self.plan(wanted, listing, options, said)
        # A listing of one page cannot lose a row, and a plan that rests on no absence is the same with one row more.
        if listing.pages > 1 and planned.plan.rests_on_absence:
            planned = self.plan(wanted, await begun.endpoint.checked(listing), options, said)
        return replace(planned, plan=await with_what_goes(planned.plan, begun.endpoint))

    @staticmethod
    async def _said(endpoint: OpenEndpoint) -> Said:
        """What the endpoint says of its models. That it says nothing is no reason not to plan."""
        try:
            return await endpoint.models()
        except EndpointError as error:
            return error

    # --- guard, apply

    async def applied(
        self,
        options: Options,
        policy: Policy,
        then: SavedPlan | None = None,
        *,
        wanted: Wanted | None = None,
        first: Callable[[], None] | None = None,
    ) -> Done:
        """The whole line. With a saved plan, `then`, it goes on only if that still holds. Raises RefusedError where a guard refuses.

        `wanted` are definitions that were loaded before; `first` is as `carry_out` has it.
        """
        async with self._begin(options, wanted, policy.parallelism, _APPLYING) as begun:
            again = self._planning(begun, options)
            plan = await again()
            if then:
                self._check_still_holds(then, Planned(begun.found, plan, options))
            return await self.carry_out(plan, again, begun.endpoint, policy, self.backups().save, first=first)

    async def carried_out(self, planned: Planned, policy: Policy) -> Done:
        """The end of the line, for a plan that was made before. Raises RefusedError where a guard refuses."""
        if planned.refusals:
            raise self.front.refusal(planned.plan)
        wanted = planned.wanted
        async with self.open(known(wanted.hidden), policy.parallelism) as endpoint:
            again, plan = self._planning(Begun(wanted, endpoint), planned.options), planned.plan
            if planned.carried.is_set():  # what the first time did is there by now, however short a while ago it looked
                plan = await self._looked_at_again(plan, again)
            planned.carried.set()
            return await self.carry_out(plan, again, endpoint, policy, self.backups().save)

    def _planning(self, begun: Begun[Wanted], options: Options) -> Again:
        async def again() -> Plan:
            return (await self._listed_and_planned(begun, options)).plan

        return again

    def _check_still_holds(self, then: SavedPlan, planned: Planned) -> None:
        from assistants_tool.planning.savedplan import moved

        if reasons := moved(then, planned.saved()):
            made = planned.plan
            left = ("nothing is left to do: the endpoint is as the files want it",) if made.is_empty else ()
            self.front.about_to(made)
            self._refuse_as_stale(made, reasons, left)

    def _refuse_as_stale(self, plan: Plan, reasons: Iterable[str], details: Iterable[str] = ()) -> NoReturn:
        self.front.applied(replace(plan, refusals=("the plan is stale", *reasons)))
        raise RefusedError("the plan is stale, nothing was written; plan again:", [*reasons, *details])

    async def carry_out(
        self,
        plan: Plan,
        again: Again,
        endpoint: OpenEndpoint,
        policy: Policy,
        backup: Keeper,
        *,
        doing: Doer | None = None,
        first: Callable[[], None] | None = None,
    ) -> Done:
        """Show a plan, refuse or ask, do it. `first` is what is to be done here before anything is done there, whatever that is.

        What was seen a while ago is looked at once more before the first write: `again` lists and plans anew, and where that is another
        plan, RefusedError names what moved. `doing` carries it out, by default `applying.run.apply`.
        """
        from assistants_tool.applying.context import FRESH_SECONDS
        from assistants_tool.applying.run import apply

        self.front.about_to(plan)
        if plan.refusals:
            self.front.applied(plan)
            raise self.front.refusal(plan)
        if plan.is_empty and not first:
            self.front.applied(plan)
            return Done(plan)
        if self.front.agree(plan) or time.monotonic() - plan.listing.asked_at > FRESH_SECONDS:
            plan = await self._looked_at_again(plan, again)
        if first:
            first()
        if plan.is_empty:
            self.front.applied(plan)
            return Done(plan)
        done = await self._write(plan, endpoint, policy, backup, doing or apply)
        self.front.applied(plan, done.outcomes)
        return done

    async def _looked_at_again(self, plan: Plan, again: Again) -> Plan:
        """The same plan from a fresh listing."""
        from assistants_tool.planning.savedplan import moved

        try:
            now = await again()
        except EndpointError:
            raise
        except ToolError as error:  # what was named is not there any more
            self._refuse_as_stale(plan, (str(error),))
        if reasons := moved(plan, now) or now.refusals:
            self._refuse_as_stale(plan, reasons)
        return now

    async def _write(self, plan: Plan, endpoint: OpenEndpoint, policy: Policy, backup: Keeper, doing: Doer) -> Done:
        stopped = asyncio.Event()
        leaving: list[SystemExit] = []

        def observe(outcome: Outcome) -> None:
            try:
                self.front.outcome(outcome)
            except SystemExit as error:  # which, raised in a task, ends the loop there and then, whatever is on its way
                leaving.append(error)

        work = asyncio.ensure_future(doing(plan, endpoint, policy, observe=observe, backup=backup, stop=stopped))
        brake = Brake(endpoint.stop_waiting, work.cancel, stopped)
        with self.front.working(plan, brake):
            outcomes = await _to_its_end(work, brake)
        if leaving:
            raise leaving[0]
        return Done(plan, outcomes, stopped.is_set())

    # --- what the steps share

    def backups(self, *, restoring: bool = False) -> Backups:
        """Where this run keeps what it changes."""
        from assistants_tool.applying.backups import Backups

        return Backups(backups_folder(self.workspace.project.root, os.environ), self.target, restoring=restoring)

    def request(self, options: Options) -> Request:
        """What was asked for, in the form that a saved plan holds: the paths are relative to the root."""
        from assistants_tool.planning.savedplan import Request

        root = self.workspace.project.root
        return Request.of(
            options,
            tuple(Path(os.path.relpath(path, root)).as_posix() for path in self.workspace.paths),
            environment=self.target.scope.environment,
            embedded=self.choice.embedded,
            named=bool(self.choice.environment),
            api=self.choice.api,
            drops=self.choice.drops,
        )


async def _to_its_end(work: asyncio.Future[T], brake: Brake) -> T:
    """Wait for the writes. A caller that is cancelled stops them: what is on its way ends, nothing new begins, and then it is cancelled.

    Cancelled once more, it does not wait for what is on its way either, which is then reported as unknown.
    """
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError as cancelled:
        brake.stop()
        try:
            await work
        except Exception as error:
            raise cancelled from error
        raise
