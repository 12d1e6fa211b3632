"""Plans and outcomes for a comment on a pull request: a line that counts, then a block to unfold for each assistant.

Nothing that a prompt, a name or a server says can act as markdown: values stand in fences that are longer than any in them, the rest in
code with HTML escaped, so that a mention notifies no one. A comment holds about 65,000 characters; what does not fit is counted.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistants_tool.errors import Severity
from assistants_tool.objects.differences import ABSENT
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.planning.view import SeenChange, SeenDifference, SeenOutcome, SeenPlan
from assistants_tool.report.diffs import Block, Kind, Part, hunks
from assistants_tool.report.plain import one_line, printable, valid
from assistants_tool.report.text import (
    BRACKETS,
    UNENDED,
    also_held_line,
    brief_side,
    change_title,
    is_long,
    is_mixed,
    outcome_lines,
    outcome_summary,
    plan_summary,
    whole,
)

if TYPE_CHECKING:
    from assistants_tool.errors import Problem

COMMENT_MAX = 62_000  # characters; GitHub refuses a comment of more than 65,536
_ROOM_FOR_THE_END = 200


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines in a fence, below risks, and with a title, to unfold. `short` stands for it where there is no room for all of it."""

    lines: Iterable[str]
    language: str = "text"
    title: str = ""
    risks: Sequence[str] = ()
    short: str = ""

    def full(self, room: int) -> str:
        """Empty as soon as it is clear that it takes more room: a plan of large texts has some that would be made in vain."""
        lines = []
        for one in self.lines:
            lines.append(one)
            room -= len(one) + 1
            if room < 0:
                return ""
        parts = [*(f"**Risk:** {code(one)}" for one in self.risks), *([_fenced(lines, self.language)] if lines else [])]
        return _unfoldable(self.title, *parts) if self.title else "\n\n".join(parts)


def plan_markdown(target: str, plan: SeenPlan, limit: int = COMMENT_MAX) -> str:
    """A plan in at most `limit` characters."""
    head = [f"### {plan_summary(plan)}", f"Target: {code(target)}"]
    said = [f"The listing may be incomplete: {plan.incomplete}"] if plan.incomplete else []
    said += [f"Refused: {one}" for one in plan.refusals]
    said += ["\n".join(map(str, plan.remarks))] if plan.remarks else []
    changes = [one for one in plan.changes if one.action is not Action.KEEP]
    notes = [f"= {one.key}: {note}" for one in plan.changes if one.action is Action.KEEP for note in one.notes]
    blocks = [_Block([one]) for one in said]
    blocks += [_change(one, limit) for one in changes]
    blocks += [_Block(notes, title="= notes on what is unchanged")] if notes else []
    blocks += [_Block([one_line(one)]) for one in (*also_held_line(plan), *plan.ends.sentences())]
    return _within(limit, head, blocks)


def result_markdown(target: str, plan: SeenPlan, outcomes: Sequence[SeenOutcome], limit: int = COMMENT_MAX) -> str:
    """What an apply did, likewise."""
    head = [f"### {outcome_summary(outcomes)}", f"Target: {code(target)}"]
    blocks = [_Block([f"Refused: {one}"]) for one in plan.refusals]
    blocks += [_Block(["\n".join(map(str, plan.remarks))])] if plan.remarks else []
    ordered = sorted(outcomes, key=lambda one: one.status is Status.DONE)  # what failed is read first
    blocks += [_Block([line.text for line in outcome_lines(one)]) for one in ordered]
    return _within(limit, head, blocks)


def problems_markdown(count: int, problems: Sequence[Problem], limit: int = COMMENT_MAX) -> str:
    """What `validate` found: of faults how many, where there are any."""
    faults = sum(one.severity is Severity.FAULT for one in problems)
    title = f"{faults} problem{'' if faults == 1 else 's'} in the definitions" if faults else valid(count, problems)
    head = [f"### {title}"]
    return _within(limit, head, [_Block([str(one)]) for one in problems])


def _within(limit: int, head: Iterable[str], blocks: Iterable[_Block]) -> str:
    """As many blocks as there is room for, in full or else in short, and how many are left out."""
    parts = list(head)
    room = limit - _ROOM_FOR_THE_END - sum(len(one) + 2 for one in parts)
    left_out = 0
    for block in blocks:
        chosen = next((one for one in (block.full(room), block.short) if one and len(one) + 2 <= room), None)
        if chosen is None:
            left_out += 1
        else:
            parts.append(chosen)
            room -= len(chosen) + 2
    if left_out:
        parts.append(f"And {left_out} more, for which there is no room here: the output of the command has them all.")
    return "\n\n".join(parts) + "\n"


def _change(change: SeenChange, limit: int) -> _Block:
    lines = itertools.chain(_details(change, limit), (f"  {one_line(note)}" for note in change.notes))
    title = f"{change.action.value} {change_title(change)}"
    return _Block(lines, "diff", title, change.risks, _unfoldable(title, "Too long to be shown here."))


def _details(change: SeenChange, limit: int) -> Iterator[str]:
    differences: Iterable[SeenDifference] = change.differences
    if change.action is Action.CREATE:
        differences = (SeenDifference(name, after=value) for name, value in (change.after or {}).items())
    elif change.action not in (Action.UPDATE, Action.ADOPT):
        return
    for one in differences:
        yield from _difference(one, limit)


def _difference(difference: SeenDifference, limit: int) -> Iterator[str]:
    path = one_line(difference.path)
    if difference.variable:
        yield f"  {path}: env:{one_line(difference.variable)} differs"
    elif is_long(difference.before) or is_long(difference.after):
        yield f"@@ {path} @@"
        yield from _hunks(difference, limit)
    else:
        sides = (("-", difference.before), ("+", difference.after))
        shown = ((sign, brief_side(difference.path, value)) for sign, value in sides if value is not ABSENT)
        yield from (f"{sign} {path}: {value}" for sign, value in shown)


def _hunks(difference: SeenDifference, limit: int) -> Iterator[str]:
    for hunk in hunks(whole(difference.before), whole(difference.after)):
        yield hunk.header
        for block in hunk.blocks:
            yield from (f" {one}" for one in block.before) if block.kept else _changed(block, limit)


def _changed(block: Block, limit: int) -> Iterator[str]:
    """What goes, and then what comes, with brackets around the words that do: a fence takes colour by the line alone.

    Words are not looked for in what is over the limit: it will not be shown.
    """
    too_much = sum(map(len, block.before)) + sum(map(len, block.after)) > limit
    for kind, lines in ((Kind.REMOVED, block.before), (Kind.ADDED, block.after)):
        yield from (f"{kind.value}{one}" for one in (lines if too_much else map(_bracketed, block.side(kind))))
        if block.unended is kind:
            yield UNENDED


def _bracketed(parts: Sequence[Part]) -> str:
    return "".join(one.text.join(BRACKETS[one.kind]) if is_mixed(parts) else one.text for one in parts)


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
