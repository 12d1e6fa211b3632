"""`plan`, `apply`, `restore`, and what is done with saved plans: options in, exit code out. The steps are the line's."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool.cli import terminal
from assistants_tool.cli.output import Output
from assistants_tool.cli.run import choice_of, find_line, find_workspace, talk_of, waiting
from assistants_tool.errors import UsageError
from assistants_tool.line.steps import Line
from assistants_tool.planning.plan import Options
from assistants_tool.project.projectfile import find_root

if TYPE_CHECKING:
    from assistants_tool.applying.context import Policy
    from assistants_tool.cli.application import Settings
    from assistants_tool.line.steps import Done, Planned
    from assistants_tool.planning.savedplan import SavedPlan

INTERRUPTED = 130


def plan(
    settings: Settings,
    paths: tuple[Path, ...],
    shape: Mapping[str, Any],
    output: Output,
    out: Path | None,
    *,
    exit_code: bool,
    strict: bool,
) -> int:
    with output.problems():
        line = _line(settings, paths, shape, output, strict=strict)
        if out:
            from assistants_tool.line import saving

            saving.check_place(out, line.workspace)
            _check_root(line)
        output.begin(line.target)
        with waiting():
            planned = asyncio.run(line.planned(Options(**shape)))
    output.planned(planned)
    if out:
        _save(out, planned)
    return _plan_code(planned, exit_code=exit_code)


def _plan_code(planned: Planned, *, exit_code: bool) -> int:
    if not exit_code and not planned.options.fails:
        return 0
    return 4 if planned.refusals else 3 if exit_code and not planned.is_empty else 0


def apply(
    settings: Settings,
    paths: tuple[Path, ...],
    shape: Mapping[str, Any],
    policy: Policy,
    output: Output,
    *,
    strict: bool,
) -> int:
    with output.problems():
        return _apply(_line(settings, paths, shape, output, strict=strict), Options(**shape), policy)


def is_saved(path: Path) -> bool:
    """Whether a file is a saved plan."""
    from assistants_tool.line.saving import is_saved_plan

    return is_saved_plan(path)


def apply_saved(settings: Settings, path: Path, policy: Policy, output: Output) -> int:
    """Plan anew, and go on only if that is still what was saved."""
    from assistants_tool.line import saving
    from assistants_tool.line.resuming import chosen_again, line_of

    then = saving.read_plan(path)
    with output.problems():
        choice = chosen_again(then, choice_of(settings), os.environ)
        line, options = line_of(then, find_root((Path.cwd(),), Path.cwd()), choice, talk_of(settings), output)
        return _apply(line, options, policy, then)


def _apply(line: Line, options: Options, policy: Policy, then: SavedPlan | None = None) -> int:
    line.front.begin(line.target)
    with waiting():
        return code_of(asyncio.run(line.applied(options, policy, then)))


def code_of(done: Done) -> int:
    """The exit code of what was carried out."""
    return INTERRUPTED if done.stopped else int(done.failed)


def show_saved(path: Path, kind: str) -> None:
    """Print a saved plan, stale or not."""
    from assistants_tool.line import saving
    from assistants_tool.report.markdown import plan_markdown
    from assistants_tool.report.plain import Line as TextLine
    from assistants_tool.report.plain import json_pieces, one_line
    from assistants_tool.report.text import Words, plan_lines

    saved = saving.read_plan(path)
    target = str(saved.target)
    if kind == "json":
        terminal.results(json_pieces(saved.as_data()))
    elif kind == "markdown":
        terminal.say(plan_markdown(target, saved.plan))
    elif kind == "html":
        from assistants_tool.report.page import plan_page

        terminal.results(plan_page(target, saved.plan))
    else:
        words = Words.MARKED if terminal.colored() else Words.NOT
        terminal.say_lines(itertools.chain([TextLine(f"Target: {one_line(target)}")], plan_lines(saved.plan, words)))


def _check_root(line: Line) -> None:
    """A saved plan holds its paths relative to the root, which `apply` finds from where it is run."""
    root = line.workspace.project.root
    if find_root((Path.cwd(),), Path.cwd()) != root:
        raise UsageError(f"--out: `apply` looks for the files from the current folder; run this in {root}")


def _save(path: Path, planned: Planned) -> None:
    planned.save(path)
    if planned.refusals:
        terminal.say(f"Saved to {path}, though apply would refuse it.", err=True)
    else:
        terminal.say(f"Saved: `assistants apply {path}` applies this plan, if it still holds then.", err=True)


def list_backups(settings: Settings) -> None:
    """What `restore` may be given, for the chosen environment and endpoint; nothing is asked of that."""
    from assistants_tool.report.plain import Line
    from assistants_tool.report.tables import in_columns

    runs = find_line(settings).backups().runs(os.environ)
    rows = [
        {"TIME": run.time, "HOLDS": ", ".join(one.key or one.id for one in run.backups)} for run in runs if run.backups
    ]
    faults = [Line(f"! {fault}", "error") for run in runs for fault in run.faults]
    if rows:
        terminal.say(in_columns(rows, {"HOLDS": 12}, terminal.width()))
    elif not faults:
        terminal.say("No backups.", err=True)
    terminal.say_lines(faults, err=True)


def restore(settings: Settings, time: str | None, only: tuple[str, ...], policy: Policy, *, yes: bool) -> int:
    from assistants_tool.line.restoring import restore as restored

    output = Output(yes=yes)
    line = find_line(settings, front=output)
    output.begin(line.target)
    with waiting():
        done = asyncio.run(restored(line, time, only, policy))
    return INTERRUPTED if done.stopped else int(done.failed)


def _line(
    settings: Settings, paths: tuple[Path, ...], shape: Mapping[str, Any], output: Output, *, strict: bool
) -> Line:
    workspace = find_workspace(settings, paths, strict=strict)
    if workspace.text and shape["prune"]:
        raise UsageError("--prune needs all definitions, and standard input (-) is not all; give the folder")
    return Line.of(workspace, choice_of(settings), talk_of(settings), output)
