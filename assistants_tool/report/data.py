"""The JSON that programs read: what `validate`, `diff` and `apply` print with `-o json`. That of `plan` is the saved plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistants_tool import __version__
from assistants_tool.errors import Severity
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.planning.view import SeenChange, SeenOutcome, SeenPlan, assistants_of, remark_data
from assistants_tool.report.text import DONE

if TYPE_CHECKING:
    from assistants_tool.errors import Problem
    from assistants_tool.planning.environments import Comparison

Data = dict[str, Any]


def validation(count: int, problems: Sequence[Problem]) -> Data:
    """Whether the definitions are valid, how many there are, and every problem with its place (0 where it has no line)."""
    names = {"problems": Severity.FAULT, "warnings": Severity.WARNING, "notes": Severity.NOTE}
    found = {
        name: [remark_data(one) for one in problems if one.severity is severity] for name, severity in names.items()
    }
    return {**head("validation"), "valid": not found["problems"], "definitions": count, **found}


def result(target: Mapping[str, Any], plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> Data:
    """What an apply did. `assistants` maps key to id, of everything that stands afterwards, for applications."""
    return {
        **head("result"),
        "target": dict(target),
        "summary": _summary(plan, outcomes),
        "warnings": [remark_data(one) for one in plan.remarks if one.severity is Severity.WARNING],
        "notes": [remark_data(one) for one in plan.remarks if one.severity is Severity.NOTE],
        "refusals": list(plan.refusals),
        "outcomes": [_outcome(one) for one in outcomes],
        "assistants": assistants_of(plan, outcomes),
    }


_STATUS = {
    Action.UPDATE: "different",
    Action.DELETE: "only_first",
    Action.CREATE: "only_second",
    Action.KEEP: "same",
}


def comparison(found: Comparison) -> Data:
    """Two environments beside each other; `before` is what the first has, `after` what the second has."""
    return {
        **head("diff"),
        "environments": list(found.environments),
        "live": found.live,
        "summary": {word: found.count(action) for action, word in _STATUS.items()},
        "assistants": [_compared(one) for one in found.changes],
    }


def _compared(change: SeenChange) -> Data:
    data = change.as_data()
    return {
        "status": _STATUS[change.action],
        **{name: data[name] for name in ("key", "name", "before", "after", "differences")},
    }


def of_environments(reports: Sequence[tuple[str, int, str, Any]], left_out: Sequence[str]) -> Data:
    """A run of each environment by itself: its name, its exit code, why it failed, and what it printed."""
    names = ("environment", "exit_code", "error", "document")
    return {
        **head("environments"),
        "environments": [dict(zip(names, one, strict=True)) for one in reports],
        "left_out": list(left_out),
    }


def head(kind: str) -> Data:
    """The first members of each document."""
    return {"format": f"assistants-tool/{kind}", "version": 1, "tool": __version__}


def _summary(plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> dict[str, int]:
    done = [one.action for one in outcomes if one.status is Status.DONE]
    ends = [one.status for one in outcomes]
    counted = {word: done.count(action) for action, word in DONE.items()}
    statuses = {"failed": Status.FAILED, "unknown": Status.UNKNOWN, "not_done": Status.SKIPPED}
    return {
        **counted,
        **{name: ends.count(one) for name, one in statuses.items()},
        "unchanged": plan.count(Action.KEEP),
    }


def _outcome(outcome: SeenOutcome) -> Data:
    return {
        "action": outcome.action.name.lower(),
        "key": outcome.key,
        "id": outcome.id,
        "status": outcome.status.value.replace(" ", "_"),
        "message": outcome.message,
        "not_kept": outcome.not_kept,
        "still_there": outcome.still_there,
    }
