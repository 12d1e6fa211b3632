"""`validate`, `plan`, `apply`: the straight line, cut at three places."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool import applying
from assistants_tool.applying import Keeper, Outcome, Policy, Status
from assistants_tool.backups import Backups, restored
from assistants_tool.cli import terminal
from assistants_tool.cli.run import find_target, find_workspace, name_target, opened
from assistants_tool.errors import RefusedError, UsageError
from assistants_tool.planning import Action, Change, Options, Plan, make_plan
from assistants_tool.report.text import outcome_lines, outcome_summary, plan_lines

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.endpoint.assistants import AssistantsEndpoint
    from assistants_tool.project import Target
    from assistants_tool.workspace import Workspace


def validate(settings: Settings, paths: tuple[Path, ...]) -> None:
    count = find_workspace(settings, paths).validate()
    terminal.say(f"{count} definition{' is' if count == 1 else 's are'} valid.")


def plan(settings: Settings, paths: tuple[Path, ...], shape: Mapping[str, Any], *, exit_code: bool) -> int:
    workspace, options = _prepare(settings, paths, shape)
    target = find_target(settings, workspace)
    name_target(target)

    async def line() -> Plan:
        async with opened(target, settings) as endpoint:
            return await _planned(workspace, target, endpoint, options)

    made = asyncio.run(line())
    terminal.say_lines(plan_lines(made))
    if not exit_code:
        return 0
    return 4 if made.refusals else 0 if made.is_empty else 3


def apply(settings: Settings, paths: tuple[Path, ...], shape: Mapping[str, Any], policy: Policy, *, yes: bool) -> int:
    workspace, options = _prepare(settings, paths, shape)
    target = find_target(settings, workspace)
    name_target(target)

    async def line() -> int:
        async with opened(target, settings, policy.parallelism) as endpoint:
            made = await _planned(workspace, target, endpoint, options)
            return await carry_out(made, endpoint, policy, backups.save, yes=yes)

    backups = Backups(workspace.project.root, target)
    return asyncio.run(line())


def restore(settings: Settings, time: str | None, only: tuple[str, ...], policy: Policy, *, yes: bool) -> int:
    """The straight line with a backup as its source."""
    workspace = find_workspace(settings)
    target = find_target(settings, workspace)
    name_target(target)
    backups = Backups(workspace.project.root, target)
    taken, kept = backups.read(time)
    definitions = restored(kept, workspace.project.root, os.environ)
    old_ids = {str(one.definition["key"]): one.id for one in kept}
    terminal.say(f"Restoring the backup {taken}")

    async def line() -> int:
        async with opened(target, settings, policy.parallelism) as endpoint:
            made = make_plan(definitions, await endpoint.listing(), target.scope, Options(only=only))
            changes = tuple(_under_a_new_id(one, old_ids) for one in made.changes)
            return await carry_out(replace(made, changes=changes), endpoint, policy, backups.save, yes=yes)

    return asyncio.run(line())


def _under_a_new_id(change: Change, old_ids: Mapping[str, str]) -> Change:
    if change.action is not Action.CREATE:
        return change
    return replace(change, notes=(*change.notes, f"was {old_ids[change.key]}; it comes back under a new id"))


def _prepare(settings: Settings, paths: tuple[Path, ...], shape: Mapping[str, Any]) -> tuple[Workspace, Options]:
    workspace = find_workspace(settings, paths)
    if workspace.text and shape["prune"]:
        raise UsageError("--prune needs all definitions, and standard input (-) is not all; give the folder")
    return workspace, Options(**shape)


async def _planned(workspace: Workspace, target: Target, endpoint: AssistantsEndpoint, options: Options) -> Plan:
    loaded = workspace.load(target.scope.environment, os.environ)
    listing = await endpoint.listing()
    return make_plan(loaded.definitions, listing, target.scope, replace(options, whole=loaded.whole))


async def carry_out(made: Plan, endpoint: AssistantsEndpoint, policy: Policy, backup: Keeper, *, yes: bool) -> int:
    """Show a plan, refuse or ask, do it, report. Returns the exit code."""
    terminal.say_lines(plan_lines(made))
    if made.refusals:
        raise RefusedError("refused, nothing was written; the plan above says why and what to do")
    if made.is_empty:
        terminal.say("Nothing to change.")
        return 0
    terminal.confirm("Go ahead?", yes=yes)
    stop = asyncio.Event()
    with _stopping(stop):
        outcomes = await applying.apply(made, endpoint, policy, observe=_report, backup=backup, stop=stop)
    terminal.say(outcome_summary(outcomes))
    if stop.is_set():
        return 130
    return 0 if all(one.status is Status.DONE for one in outcomes) else 1


def _report(outcome: Outcome) -> None:
    terminal.say_lines(outcome_lines(outcome))


@contextlib.contextmanager
def _stopping(stop: asyncio.Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM lets what is in flight end; the second is Python's own, and cuts it off."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def first() -> None:
        stop.set()
        let_go()
        terminal.say("Stopping: what has begun is finished, nothing new is started. Once more to cut it off.", err=True)

    def let_go() -> None:
        for one in signals:
            loop.remove_signal_handler(one)

    for one in signals:
        loop.add_signal_handler(one, first)
    try:
        yield
    finally:
        let_go()
