"""Plans and outcomes for a comment on a pull request: a line that counts, then a block to unfold for each assistant.

Nothing that a prompt, a name or a server says can act as markdown: values stand in fences that are longer than any in them, the rest in
code with HTML escaped, so that a mention notifies no one. A comment holds about 65,000 characters; what does not fit is counted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from assistants_tool.errors import Severity
from assistants_tool.objects.differences import ABSENT
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.planning.view import SeenChange, SeenDifference, SeenOutcome, SeenPlan
from assistants_tool.report.plain import one_line, printable, valid
from assistants_tool.report.text import (
    also_held_line,
    as_lines,
    brief_side,
    change_title,
    is_long,
    outcome_lines,
    outcome_summary,
    plan_summary,
    text_diff,
)

if TYPE_CHECKING:
    from assistants_tool.errors import Problem

COMMENT_MAX = 60_000  # characters; GitHub refuses a comment of more than 65,536
_ROOM_FOR_THE_END = 200


def plan_markdown(target: str, plan: SeenPlan, limit: int = COMMENT_MAX) -> str:
    """A plan in at most `limit` characters."""
    head = [f"### {plan_summary(plan)}", f"Target: {code(target)}"]
    said = [f"The listing may be incomplete: {plan.incomplete}"] if plan.incomplete else []
    said += [f"Refused: {one}" for one in plan.refusals]
    said += ["\n".join(map(str, plan.remarks))] if plan.remarks else []
    changes = [one for one in plan.changes if one.action is not Action.KEEP]
    notes = [f"= {one.key}: {note}" for one in plan.changes if one.action is Action.KEEP for note in one.notes]
    blocks = [(_fenced([one], "text"), "") for one in said]
    blocks += [(_change(one), _unfoldable(_title(one), "Too long to be shown here.")) for one in changes]
    blocks += [(_unfoldable("= notes on what is unchanged", _fenced(notes, "text")), "")] if notes else []
    blocks += [(_fenced([one_line(one)], "text"), "") for one in also_held_line(plan)]
    return _within(limit, head, blocks)


def result_markdown(target: str, plan: SeenPlan, outcomes: Sequence[SeenOutcome], limit: int = COMMENT_MAX) -> str:
    """What an apply did, likewise."""
    head = [f"### {outcome_summary(outcomes)}", f"Target: {code(target)}"]
    blocks = [(_fenced([f"Refused: {one}"], "text"), "") for one in plan.refusals]
    ordered = sorted(outcomes, key=lambda one: one.status is Status.DONE)  # what failed is read first
    blocks += [(_fenced([line.text for line in outcome_lines(one)], "text"), "") for one in ordered]
    return _within(limit, head, blocks)


def problems_markdown(count: int, problems: Sequence[Problem], limit: int = COMMENT_MAX) -> str:
    """What `validate` found: of faults how many, where there are any."""
    faults = sum(one.severity is Severity.FAULT for one in problems)
    title = f"{faults} problem{'' if faults == 1 else 's'} in the definitions" if faults else valid(count, problems)
    head = [f"### {title}"]
    return _within(limit, head, [(_fenced([str(one)], "text"), "") for one in problems])


def _within(limit: int, head: Iterable[str], blocks: Sequence[tuple[str, str]]) -> str:
    """As many blocks as there is room for, in full or else in short, and how many are left out."""
    parts = list(head)
    room = limit - _ROOM_FOR_THE_END - sum(len(one) + 2 for one in parts)
    left_out = 0
    for full, brief in blocks:
        chosen = next((one for one in (full, brief) if one and len(one) + 2 <= room), None)
        if chosen is None:
            left_out += 1
        else:
            parts.append(chosen)
            room -= len(chosen) + 2
    if left_out:
        parts.append(f"And {left_out} more, for which there is no room here: the output of the command has them all.")
    return "\n\n".join(parts) + "\n"


def _change(change: SeenChange) -> str:
    parts = [f"**Risk:** {code(one)}" for one in change.risks]
    lines = [*_details(change), *(f"  {one_line(note)}" for note in change.notes)]
    return _unfoldable(_title(change), *parts, *([_fenced(lines, "diff")] if lines else []))


def _title(change: SeenChange) -> str:
    return f"{change.action.value} {change_title(change)}"


def _details(change: SeenChange) -> Iterator[str]:
    differences: Iterable[SeenDifference] = change.differences
    if change.action is Action.CREATE:
        differences = (SeenDifference(name, after=value) for name, value in (change.after or {}).items())
    elif change.action not in (Action.UPDATE, Action.ADOPT):
        return
    for one in differences:
        yield from _difference(one)


def _difference(difference: SeenDifference) -> Iterator[str]:
    path = one_line(difference.path)
    if difference.variable:
        yield f"  {path}: env:{one_line(difference.variable)} differs"
    elif is_long(difference.before) or is_long(difference.after):
        yield f"@@ {path} @@"
        yield from _hunks(difference)
    else:
        sides = (("-", difference.before), ("+", difference.after))
        shown = ((sign, brief_side(difference.path, value)) for sign, value in sides if value is not ABSENT)
        yield from (f"{sign} {path}: {value}" for sign, value in shown)


def _hunks(difference: SeenDifference) -> Iterator[str]:
    for line in text_diff(as_lines(difference.before), as_lines(difference.after)):
        yield line.text.removeprefix("      ")


def _unfoldable(title: str, *parts: str) -> str:
    shown = html.escape(one_line(printable(title)))
    return "\n\n".join([f"<details><summary><code>{shown}</code></summary>", *parts, "</details>"])


def _fenced(lines: Iterable[str], language: str) -> str:
    text = printable("\n".join(lines))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def code(text: str) -> str:
    """A span of code, which ends at nothing in it."""
    text = printable(text).replace("\n", " ")
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"
