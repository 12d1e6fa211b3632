"""`--all-environments`: one command for each environment of project.yaml by itself. One that fails does not hide the others."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assistants_tool.cli import terminal
from assistants_tool.cli.run import STDIN, find_workspace
from assistants_tool.cli.validating import problems_told
from assistants_tool.definitions.files import check_paths
from assistants_tool.errors import StoppedError, ToolError, UsageError
from assistants_tool.project.target import is_in_ci

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings

    Run = Callable[[Settings, str], int | None]

WORST_FIRST = (1, 4, 3, 0)
OF_PROGRAMS = ("json", "yaml")  # forms of which there is one document


class _End(NamedTuple):
    """How a run of one environment ended, and what it printed for programs."""

    environment: str
    code: int
    error: str = ""
    printed: Sequence[str] = ()


def each(settings: Settings, paths: tuple[Path, ...], kind: str, run: Run) -> int:
    """Run it for each environment; `run` gets the settings and the form of its output. Returns the worst exit code."""
    if STDIN in (paths or settings.files):
        raise UsageError("- is standard input, which can be read once only; give files, or one environment")
    with problems_told(kind):
        environments, left_out = _environments(settings, paths)
    if left_out:
        terminal.say(f"Left out, as CI is set and they are embedded: {', '.join(left_out)}", err=True)
    ends = [_run(replace(settings, environment=one), one, kind, run) for one in environments]
    if kind in OF_PROGRAMS:
        _print(ends, left_out, kind)
    if failed := [one.environment for one in ends if one.code == 1]:
        terminal.error(f"{len(failed)} of {len(ends)} environments failed: {', '.join(failed)}")
    return next(code for code in WORST_FIRST if code in [one.code for one in ends])


def _environments(settings: Settings, paths: tuple[Path, ...]) -> tuple[list[str], list[str]]:
    """Those to run, and those that are left out: in CI nothing may turn green against an empty local database."""
    workspace = find_workspace(settings, paths)
    declared = workspace.project.environments
    if not declared:
        # With a mistyped path no project.yaml is found: then the path is what to complain about.
        check_paths(workspace.paths if paths else (), workspace.project.root)
        raise ToolError("project.yaml declares no environments; declare them, or leave out --all-environments")
    left_out = [name for name, one in declared.items() if one.is_embedded and is_in_ci(os.environ)]
    if len(left_out) == len(declared):
        raise ToolError(
            f"in CI embedded environments are left out, and all environments are embedded: {', '.join(left_out)}; choose one with -e"
        )
    return [name for name in declared if name not in left_out], left_out


def _run(settings: Settings, name: str, kind: str, run: Run) -> _End:
    if kind not in OF_PROGRAMS:
        terminal.say(f"{'## ' if kind == 'markdown' else ''}Environment {name}", err=kind == "id")
        return _ended(settings, name, kind, run)
    with terminal.gathering() as printed:
        return _ended(settings, name, "json", run)._replace(printed=printed)


def _ended(settings: Settings, name: str, kind: str, run: Run) -> _End:
    try:
        return _End(name, run(settings, kind) or 0)
    except (UsageError, StoppedError):
        raise
    except ToolError as error:
        terminal.failure(error)
        return _End(name, error.exit_code, str(error))


def _print(ends: Sequence[_End], left_out: Sequence[str], kind: str) -> None:
    from assistants_tool.cli.objects import print_data
    from assistants_tool.report.data import of_environments

    documents = [json.loads(one.printed[0]) if one.printed else None for one in ends]
    reports = [(*one[:3], document) for one, document in zip(ends, documents, strict=True)]
    print_data(of_environments(reports, left_out), kind)
