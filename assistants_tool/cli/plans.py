"""`plan`, `apply`, `restore`: the straight line, cut at two places."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from assistants_tool.applying import run as applying
from assistants_tool.applying.backups import Backups
from assistants_tool.applying.restoring import restoration
from assistants_tool.cli import terminal
from assistants_tool.cli.interrupts import stopping
from assistants_tool.cli.output import Output
from assistants_tool.cli.progress import progress
from assistants_tool.cli.run import find_target, find_workspace, opened
from assistants_tool.definitions.sources import read_bounded
from assistants_tool.errors import RefusedError, ToolError, UsageError
from assistants_tool.line.workspace import Workspace
from assistants_tool.planning import savedplan
from assistants_tool.planning.making import make_plan, make_release
from assistants_tool.planning.masks import hiding, hiding_variables
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import WRITES, Action, Options, Plan
from assistants_tool.planning.savedplan import Request, SavedPlan
from assistants_tool.project.projectfile import find_root
from assistants_tool.project.target import Embedded, refuse_silent_database
from assistants_tool.report.markdown import plan_markdown
from assistants_tool.report.plain import Line, json_pieces, one_line
from assistants_tool.report.text import Words, plan_lines

if TYPE_CHECKING:
    from assistants_tool.applying.run import Keeper, Policy
    from assistants_tool.cli.application import Settings
    from assistants_tool.definitions.loading import Loaded
    from assistants_tool.endpoint.assistants import AssistantsEndpoint
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.project.target import Target
    from assistants_tool.redaction import Redaction


PLAN_MAX = 256 << 20  # bytes of a saved plan
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Job:
    """What to plan, where, and how."""

    workspace: Workspace
    target: Target
    options: Options

    def load(self) -> Loaded:
        """The definitions. Before the endpoint is opened, as that may run a command for its key, and ask a person to log in."""
        return self.workspace.load(self.target.scope.environment, os.environ)

    async def plan(self, loaded: Loaded, endpoint: AssistantsEndpoint) -> Plan:
        listing = await endpoint.listing()
        options = replace(self.options, whole=loaded.whole, left_out=loaded.left_out)
        return make_plan(loaded.definitions, listing, self.target.scope, options)

    def saved(self, plan: Plan, settings: Settings, hidden: Redaction) -> SavedPlan:
        """The plan with what it was asked for."""
        root, options = self.workspace.project.root, self.options
        request = Request(
            tuple(Path(os.path.relpath(path, root)).as_posix() for path in self.workspace.paths),
            self.target.scope.environment,
            settings.embedded,
            bool(settings.environment),
            options.prune,
            options.adopt,
            options.only,
            options.max_delete,
            options.fail_on_risk,
        )
        return savedplan.saved(plan, self.target.as_data(), request, hidden)


def plan(
    settings: Settings,
    paths: tuple[Path, ...],
    shape: Mapping[str, Any],
    output: Output,
    out: Path | None,
    *,
    exit_code: bool,
) -> int:
    with output.problems():
        job = _job(settings, paths, shape)
        if out:
            _check_place(out, job.workspace)
        output.begin(job.target)
        loaded = job.load()
        output.hidden = hiding(loaded.definitions)

        async def line() -> Plan:
            async with opened(job.target, settings, hidden=output.hidden) as endpoint:
                return await job.plan(loaded, endpoint)

        made = asyncio.run(line())
    saved = partial(job.saved, made, settings, output.hidden)
    output.planned(made, saved)
    if out:
        _write(out, saved())
    if not exit_code and not job.options.fail_on_risk:
        return 0
    return 4 if made.refusals else 3 if exit_code and not made.is_empty else 0


def apply(
    settings: Settings, paths: tuple[Path, ...], shape: Mapping[str, Any], policy: Policy, output: Output, *, yes: bool
) -> int:
    with output.problems():
        job = _job(settings, paths, shape)
        return _apply(job, settings, policy, output, None, yes=yes)


def apply_saved(settings: Settings, path: Path, policy: Policy, output: Output, *, yes: bool) -> int:
    """Plan anew, and go on only if that is still what was saved."""
    then = _read(path)
    with output.problems():
        job = _job_of(then, settings, path)
        return _apply(job, settings, policy, output, then, yes=yes)


def _apply(job: Job, settings: Settings, policy: Policy, output: Output, then: SavedPlan | None, *, yes: bool) -> int:
    output.begin(job.target)
    loaded = job.load()
    output.hidden = hiding(loaded.definitions)
    backups = Backups(job.workspace.project.root, job.target, loaded.definitions)

    async def line() -> int:
        async with opened(job.target, settings, policy.parallelism, hidden=output.hidden) as endpoint:
            made = await job.plan(loaded, endpoint)
            if then and (reasons := savedplan.moved(then, job.saved(made, settings, output.hidden))):
                output.about_to(made)
                left = ("nothing is left to do: the endpoint is as the files want it",) if made.is_empty else ()
                output.applied(replace(made, refusals=("the plan is stale", *reasons)))
                raise RefusedError("the plan is stale, nothing was written; plan again:", [*reasons, *left])
            return await carry_out(made, endpoint, policy, backups.save, output, yes=yes)

    return asyncio.run(line())


def show_saved(path: Path, kind: str) -> None:
    """Print a saved plan, stale or not."""
    saved = _read(path)
    target = "{endpoint}, project {project}, environment {environment}".format(
        **{name: one or "(none)" for name, one in saved.target.items()}
    )
    if kind == "json":
        terminal.results(json_pieces(saved.as_data()))
    elif kind == "markdown":
        terminal.say(plan_markdown(target, saved.plan))
    else:
        words = Words.MARKED if terminal.colored() else Words.NOT
        terminal.say_lines(itertools.chain([Line(f"Target: {one_line(target)}")], plan_lines(saved.plan, words)))


def _check_place(out: Path, workspace: Workspace) -> None:
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
            _read(out)
        except ToolError:
            raise UsageError(f"--out {out}: there is a file that is no saved plan; choose another name") from None


def _write(path: Path, saved: SavedPlan) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            whole = _written(file, itertools.chain(json_pieces(saved.as_data()), "\n"))
        if whole:
            unfinished.replace(path)
        else:
            unfinished.unlink()
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}; choose another place") from None
    if not whole:
        raise ToolError(f"the plan is not saved: it is over {PLAN_MAX >> 20} MiB; save it in parts, with --only")
    if saved.plan.refusals:
        terminal.say(f"Saved to {path}, though apply would refuse it.", err=True)
    else:
        terminal.say(f"Saved: `assistants apply {path}` applies this plan, if it still holds then.", err=True)


def _written(file: BinaryIO, pieces: Iterable[str]) -> bool:
    """Whether they are no more than a saved plan may have."""
    left = PLAN_MAX
    for piece in pieces:
        data = piece.encode()
        left -= len(data)
        if left < 0:
            return False
        file.write(data)
    return True


def _read(path: Path) -> SavedPlan:
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


def _job_of(then: SavedPlan, settings: Settings, path: Path) -> Job:
    """What a saved plan was asked for, in the present. Its environment holds, unless the command line says otherwise, which is refused."""
    request, root = then.request, find_root((Path.cwd(),), Path.cwd())
    paths = [Path(os.path.normpath(root / one)) for one in request.paths]
    if outside := [one for one in paths if not one.is_relative_to(root)]:
        raise ToolError(
            f"{path} names {one_line(str(outside[0]))}, which is outside of {root}; run from where the plan was made"
        )
    workspace = Workspace.find(paths)
    by_file = replace(
        settings,
        environment=settings.environment or request.environment or None,
        embedded=settings.embedded or (request.embedded and not settings.base_url),
    )
    target = find_target(by_file, workspace)
    named = settings.environment or settings.embedded or request.embedded or request.named
    if isinstance(target.endpoint, Embedded) and not named:
        refuse_silent_database(target.scope.environment, os.environ)
    if reasons := list(savedplan.elsewhere(then, target.as_data())):
        raise RefusedError(f"{path} is not for this, nothing was written:", reasons)
    options = Options(
        prune=request.prune,
        adopt=request.adopt,
        only=request.only,
        max_delete=request.max_delete,
        fail_on_risk=request.fail_on_risk,
    )
    return Job(workspace, target, options)


def restore(settings: Settings, time: str | None, only: tuple[str, ...], policy: Policy, *, yes: bool) -> int:
    """The straight line with a backup as its source."""
    workspace = find_workspace(settings)
    target = find_target(settings, workspace)
    output = Output()
    output.begin(target)
    backups = Backups(workspace.project.root, target, workspace.sketch(target.scope.environment), restoring=True)
    kept = backups.read(time)
    terminal.say(f"Restoring the backup {kept.time}")
    output.hidden = hiding_variables((one.variables.values() for one in kept.backups), os.environ)

    async def line() -> int:
        async with opened(target, settings, policy.parallelism, hidden=output.hidden) as endpoint:
            listing = await endpoint.listing()
            wanted = restoration(kept.backups, listing, target.scope, os.environ, only)
            made = wanted.plan(listing, target.scope)
            faults = [*kept.faults, *wanted.faults]
            output.lines(Line(f"= {one}", "quiet") for one in wanted.passed_over)
            output.lines(Line(f"! not restored: {one}", "error") for one in faults)
            back = [one.id for one in made.of(Action.KEEP) if one.key in wanted.unmanaged]
            code: int = 0
            outcomes: tuple[Outcome, ...] = ()
            if made.refusals or not (made.is_empty and back):  # else there is only something to let go
                code, outcomes = await carried_out(made, endpoint, policy, backups.save, output, yes=yes)
            done = [one for one in outcomes if one.status is Status.DONE]
            back += [one.id for one in done if one.change.key in wanted.unmanaged]
            new = {one.id for one in done if one.change.action is Action.CREATE}
            if back and code == INTERRUPTED:
                output.lines([Line("What was not managed is not let go yet; the same restore does so", "error")])
            elif back:
                kept_of = _but_for(new, backups.save)
                agreed = yes or not made.is_empty  # to what is said of it in that plan
                code = max(code, await _let_go(back, endpoint, target, policy, kept_of, output, yes=agreed))
            return code or int(bool(faults))

    return asyncio.run(line())


def _but_for(new: Collection[str | None], backup: Keeper) -> Keeper:
    """What a run has made itself is not what it found."""

    def save(assistant: Assistant, definition: Definition | None, *, surplus: bool = False) -> None:
        if assistant.id not in new:
            backup(assistant, definition, surplus=surplus)

    return save


async def _let_go(
    ids: Collection[str | None],
    endpoint: AssistantsEndpoint,
    target: Target,
    policy: Policy,
    backup: Keeper,
    output: Output,
    *,
    yes: bool,
) -> int:
    """Take the mark off what is back, and was not managed before."""
    listing = await endpoint.listing()
    found = [one for one in listing.assistants if one.id in ids and target.scope.owns(one.mark)]
    made = make_release(found, listing, target.scope)
    return await carry_out(made, endpoint, policy, backup, output, yes=yes) if found else 0


def _job(settings: Settings, paths: tuple[Path, ...], shape: Mapping[str, Any]) -> Job:
    workspace = find_workspace(settings, paths)
    if workspace.text and shape["prune"]:
        raise UsageError("--prune needs all definitions, and standard input (-) is not all; give the folder")
    return Job(workspace, find_target(settings, workspace), Options(**shape))


async def carry_out(
    made: Plan, endpoint: AssistantsEndpoint, policy: Policy, backup: Keeper, output: Output, *, yes: bool
) -> int:
    """Show a plan, refuse or ask, do it, report. Returns the exit code."""
    code, _ = await carried_out(made, endpoint, policy, backup, output, yes=yes)
    return code


async def carried_out(
    made: Plan, endpoint: AssistantsEndpoint, policy: Policy, backup: Keeper, output: Output, *, yes: bool
) -> tuple[int, tuple[Outcome, ...]]:
    """The same, with what became of each change."""
    try:
        output.about_to(made)
    except BrokenPipeError:
        terminal.stop_writing()
        raise ToolError("the output was closed before the plan could be shown, so nothing was written") from None
    if made.refusals:
        output.applied(made)
        raise RefusedError("refused, nothing was written; the plan above says why and what to do")
    if made.is_empty:
        output.lines([Line("Nothing to change.")])
        output.applied(made)
        return 0, ()
    terminal.confirm("Go ahead?", yes=yes)
    stop = asyncio.Event()
    work = asyncio.ensure_future(
        applying.apply(made, endpoint, policy, observe=output.outcome, backup=backup, stop=stop)
    )
    counting = progress.counting(len(made.of(*WRITES)), "Applying")
    with stopping(stop, endpoint.stop_waiting, cut=work.cancel), counting:
        outcomes = await work
    output.applied(made, outcomes)
    failed = any(one.status is not Status.DONE for one in outcomes)
    return INTERRUPTED if stop.is_set() else int(failed), outcomes
