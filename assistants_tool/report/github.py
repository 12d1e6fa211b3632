"""Annotations for GitHub Actions: workflow commands on stdout, which show beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from assistants_tool.errors import Severity
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.report.plain import inert, printable

if TYPE_CHECKING:
    from assistants_tool.errors import Problem
    from assistants_tool.planning.view import SeenOutcome, SeenPlan


def problem_annotations(problems: Iterable[Problem]) -> Iterator[str]:
    for one in problems:
        yield _command(_LEVELS[one.severity], f"{one.path}:{one.line}:{one.column}", one.message)


_LEVELS = {Severity.FAULT: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def plan_annotations(plan: SeenPlan) -> Iterator[str]:
    """Refusals are errors, risks are warnings at the definition that brings them; what definitions are warned of stands where it is.
    What ends some day is a notice.
    """
    yield from problem_annotations(plan.remarks)
    for refusal in plan.refusals:
        yield _command("error", "", f"apply would refuse: {refusal}")
    for change in plan.changes:
        if change.action is Action.CONFLICT:
            yield _command("error", change.source, f"{change.key}: {change.reason}")
        for risk in change.risks:
            yield _command("warning", change.source, f"{change.key}: {risk}")
    for one in plan.ends.sentences():
        yield _command("notice", "", one)


def outcome_annotations(plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> Iterator[str]:
    for refusal in plan.refusals:
        yield _command("error", "", f"refused: {refusal}")
    for one in outcomes:
        if one.status is not Status.DONE:
            message = f": {one.message}" if one.message else ""
            yield _command("error", one.source, f"{one.key}: {one.action.name.lower()} {one.status.value}{message}")


def _command(kind: str, source: str, message: str) -> str:
    """`source` is `path:line:column`, with 0 for a file as a whole, or nothing."""
    path, _, place = source.rpartition(":")
    path, _, line = path.rpartition(":")
    numbers = {name: number for name, number in (("line", line), ("col", place)) if number != "0"}
    members = {"file": path, **numbers} if path else {}
    said = ",".join(f"{name}={_property(value)}" for name, value in members.items())
    return f"::{kind} {said}::{_data(message)}" if said else f"::{kind}::{_data(message)}"


def _data(text: str) -> str:
    """In which no command of the older form stands, either."""
    return inert(printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
