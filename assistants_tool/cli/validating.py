"""`validate`: the straight line up to its first cut. It runs on each keystroke of some editors, so it imports only what it needs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.cli.run import choice_of, find_workspace
from assistants_tool.errors import DefinitionError, Problem, Severity
from assistants_tool.report.plain import Line, to_json, valid

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings

SUMMARY_MAX = 250_000  # characters, of at most four bytes each; GitHub takes a step summary of 1 MiB


def validate(settings: Settings, paths: tuple[Path, ...], kind: str, *, strict: bool, only: str | None = None) -> None:
    """Every environment, or only one."""
    with problems_told(kind):
        workspace = find_workspace(settings, paths, strict=strict)
        if settings.environment:  # all are checked, but one that is not there is a slip of the pen
            workspace.project.choose(settings.environment)
        checked = workspace.validate(choice_of(settings), only)
    terminal.problems(checked.remarks)
    tell(kind, checked.count, checked.remarks)


@contextlib.contextmanager
def problems_told(kind: str) -> Iterator[None]:
    """Tell of definitions that cannot be loaded in the form that `-o` asks for, too."""
    try:
        yield
    except DefinitionError as error:
        tell(kind, 0, error.problems)
        raise


def tell(kind: str, count: int, problems: Sequence[Problem] = ()) -> None:
    """What was found."""
    if kind == "json":
        from assistants_tool.report.data import validation

        terminal.result(to_json(validation(count, problems)))
        return
    if kind in ("markdown", "github"):
        _tell_a_review(kind, count, problems)
    if not any(one.severity is Severity.FAULT for one in problems):
        terminal.say_lines([Line(valid(count, problems))], err=kind == "markdown")


def _tell_a_review(kind: str, count: int, problems: Sequence[Problem]) -> None:
    from assistants_tool.report.github import problem_annotations
    from assistants_tool.report.markdown import problems_markdown

    if kind == "markdown":
        terminal.say(problems_markdown(count, problems))
    else:
        annotate(problem_annotations(problems), problems_markdown(count, problems, SUMMARY_MAX))


def annotate(annotations: Iterable[str], summary: str) -> None:
    """For Actions: annotations on stdout; the report where it asks for one, if it does."""
    for one in annotations:
        terminal.result(one)
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(path).open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(f"{summary}\n")
        except OSError as error:
            said = f"the step summary cannot be written: {error.strerror}; check GITHUB_STEP_SUMMARY"
            terminal.say(said, err=True)
