"""Plans and outcomes for people: lines with a tone, the action first, so that they read well and grep well."""

from __future__ import annotations

import difflib
import itertools
import json
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.differences import ABSENT
from assistants_tool.objects.unseen import is_name
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.report.plain import TONES, Line, one_line, printable_name

if TYPE_CHECKING:
    from assistants_tool.planning.view import SeenChange, SeenDifference, SeenOutcome, SeenPlan

CONTEXT = 2  # lines around what differs
COMPARED_MAX = 4000  # lines that differ, of both sides together; more would take seconds
PLACES_MAX = 10  # of members that no file states; JSON has all of them
LONG = 60  # characters; longer text, and text of several lines, is shown as a diff


def _single(line: Line) -> Line:
    return replace(line, text=one_line(line.text))


def plan_lines(plan: SeenPlan) -> Iterator[Line]:
    """The whole plan; its last line is the count."""
    return map(_single, _plan_lines(plan))


def _plan_lines(plan: SeenPlan) -> Iterator[Line]:
    yield from (Line(str(one), TONES[one.severity]) for one in plan.remarks)
    for change in plan.changes:
        if change.action is not Action.KEEP:
            yield from change_lines(change)
    yield from _kept_lines(plan)
    yield from (Line(one, "quiet") for one in also_held_line(plan))
    if plan.incomplete:
        yield Line(f"The listing may be incomplete: {plan.incomplete}", "error")
    for refusal in plan.refusals:
        yield Line(f"Refused: {refusal}", "error")
    yield Line(plan_summary(plan))


def _kept_lines(plan: SeenPlan) -> Iterator[Line]:
    """Notes on what is kept, each once: a field that an endpoint drops, it drops for all."""
    keys: dict[str, list[str]] = {}
    for change in plan.changes:
        for note in change.notes if change.action is Action.KEEP else ():
            keys.setdefault(note, []).append(change.key)
    for note, noted in keys.items():
        yield Line(f"= {note} ({_some(noted)})", "quiet")


def _some(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return f"{', '.join(keys[:3])}{more}"


def also_held_line(plan: SeenPlan) -> Iterator[str]:
    """What is there beside what the files state, in one line; none where there is nothing."""
    places = [f"{one.place} ({_some(one.keys)})" for one in plan.also_held]
    more = f" and {len(places) - PLACES_MAX} more places" if len(places) > PLACES_MAX else ""
    if places:
        yield f"Also there, in no file, and left as it is: {', '.join(places[:PLACES_MAX])}{more}"


def plan_summary(plan: SeenPlan) -> str:
    """`Plan: 2 to create, 1 to update, 0 to delete, 11 unchanged.`, with what else there is."""
    count = {action: plan.count(action) for action in Action}
    parts = [f"{count[Action.CREATE]} to create", f"{count[Action.UPDATE]} to update"]
    parts += [f"{count[Action.ADOPT]} to adopt"] if count[Action.ADOPT] else []
    parts += [f"{count[Action.RELEASE]} to release"] if count[Action.RELEASE] else []
    parts += [f"{count[Action.DELETE]} to delete", f"{count[Action.KEEP]} unchanged"]
    parts += [_several(count[Action.CONFLICT], "conflict")] if count[Action.CONFLICT] else []
    parts += [_several(count[Action.ORPHAN], "orphan")] if count[Action.ORPHAN] else []
    return f"Plan: {', '.join(parts)}."


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def change_lines(change: SeenChange) -> Iterator[Line]:
    """One change: what and why, then what differs."""
    tone = change.action.name.lower()
    yield Line(f"{change.action.value} {change_title(change)}", tone)
    yield from change_details(change)


def change_title(change: SeenChange) -> str:
    name = change.name if (change.name or "").startswith("env:") else _quoted(change.name)
    subject = printable_name(" ".join(filter(None, (change.key, change.id, name))))
    return subject + (f": {change.reason}" if change.reason else "")


def _quoted(name: str | None) -> str:
    return json.dumps(name, ensure_ascii=False) if name else ""


def change_details(change: SeenChange) -> Iterator[Line]:
    """What a change is made of, without its first line."""
    if change.action is Action.CREATE:
        for name, value in (change.after or {}).items():
            said = _brief(name, value)
            yield Line(f"    {name}: {printable_name(said) if is_name(name) else said}", "quiet")
    elif change.action in (Action.UPDATE, Action.ADOPT):
        for one in change.differences:
            yield from _difference_lines(one)
    for risk in change.risks:
        yield Line(f"    risk: {risk}", "update")
    for note in change.notes:
        yield Line(f"    {note}", "quiet")


def _brief(name: str, value: Any) -> str:
    if name == "tools" and isinstance(value, list):
        return ", ".join(tool_name(one) for one in value)
    if isinstance(value, str):
        lines = value.strip().splitlines() or [""]
        more = f" ... ({_several(len(value), 'character')})" if len(lines) > 1 or len(lines[0]) > LONG else ""
        return lines[0][:LONG] + more
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 2 * LONG else text[: 2 * LONG] + " ..."


def tool_name(tool: Any) -> str:
    """`function get_order`, `code_interpreter`."""
    if not isinstance(tool, dict):
        return str(tool)
    function = tool.get("function")
    name = f" {function.get('name')}" if isinstance(function, dict) else ""
    return f"{tool.get('type')}{name}"


def _difference_lines(difference: SeenDifference) -> Iterator[Line]:
    if difference.variable:
        yield Line(f"    {difference.path}: env:{difference.variable} differs")
        return
    before, after = difference.before, difference.after
    if is_long(before) or is_long(after):
        yield Line(f"    {difference.path}:")
        yield from text_diff(as_lines(before), as_lines(after))
    else:
        yield Line(
            f"    {difference.path}: {brief_side(difference.path, before)} -> {brief_side(difference.path, after)}"
        )


def is_long(value: Any) -> bool:
    text = value if isinstance(value, str) else "" if value is None or value is ABSENT else json.dumps(value)
    return "\n" in text or len(text) > LONG


def brief_side(path: str, value: Any) -> str:
    """One side of a difference, on one line."""
    return printable_name(short(value)) if is_name(path) else short(value)


def short(value: Any) -> str:
    return str(value) if value is ABSENT else json.dumps(value, ensure_ascii=False)


def as_lines(value: Any) -> list[str]:
    if value is None or value is ABSENT:
        return []
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text.split("\n")


_DIFF_TONES: Mapping[str, str] = {"+": "create", "-": "delete", "@": "quiet"}


def text_diff(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """A unified diff, without the lines that would name two files. Nothing is left out of it."""
    for line in _unified(before, after):
        yield Line(f"      {line}", _DIFF_TONES.get(line[:1], ""))


def _unified(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """What both begin and end with is set aside first; what is left is compared, or where that would take long, shown as one block."""
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    start, end = max(0, head - CONTEXT), max(0, tail - CONTEXT)
    old, new = (one[start : len(one) - end] for one in (before, after))
    if len(old) + len(new) > COMPARED_MAX:
        yield from _one_block(old, new, start, head - start, tail - end)
        return
    for line in list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[2:]:
        yield _LINE_NUMBER.sub(lambda found: str(int(found[0]) + start), line) if line.startswith("@@") else line


_LINE_NUMBER = re.compile(r"(?<=[-+])[0-9]+")


def _alike(before: Sequence[str], after: Sequence[str]) -> int:
    """With how many of the same both begin."""
    return sum(1 for _ in itertools.takewhile(bool, map(operator.eq, before, after)))


def _one_block(old: Sequence[str], new: Sequence[str], start: int, head: int, tail: int) -> Iterator[str]:
    """Everything between the `head` first and the `tail` last lines as replaced; the first has `start` lines before it."""
    yield f"@@ -{start + bool(old)},{len(old)} +{start + bool(new)},{len(new)} @@"
    yield from (f" {line}" for line in old[:head])
    yield from (f"-{line}" for line in old[head : len(old) - tail])
    yield from (f"+{line}" for line in new[head : len(new) - tail])
    yield from (f" {line}" for line in old[len(old) - tail :])


# --- outcomes

DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.ADOPT: "adopted",
    Action.RELEASE: "released",
    Action.DELETE: "deleted",
}


def outcome_lines(outcome: SeenOutcome) -> Iterator[Line]:
    """What became of a change."""
    return map(_single, _outcome_lines(outcome))


def _outcome_lines(outcome: SeenOutcome) -> Iterator[Line]:
    action = outcome.action
    subject = printable_name(" ".join(filter(None, (outcome.key, outcome.id))))
    if outcome.status is Status.DONE:
        yield Line(f"{action.value} {subject}: {DONE[action]}", action.name.lower())
        if outcome.message:
            yield Line(f"    {outcome.message}", "quiet")
    else:
        message = f": {outcome.message}" if outcome.message else ""
        yield Line(f"! {subject}: {action.name.lower()} {outcome.status.value}{message}", "error")
    if outcome.not_kept:
        yield Line(f"    the endpoint did not keep: {outcome.not_kept}", "quiet")
    if outcome.still_there:
        added = "the endpoint added" if action is Action.CREATE else "still there"
        yield Line(f"    {added}: {outcome.still_there}", "quiet")


def outcome_summary(outcomes: Sequence[SeenOutcome]) -> str:
    """`Applied: 2 created, 1 updated, 0 deleted.`, with what else there is."""
    done = [one.action for one in outcomes if one.status is Status.DONE]
    parts = [f"{done.count(Action.CREATE)} created", f"{done.count(Action.UPDATE)} updated"]
    parts += [f"{done.count(Action.ADOPT)} adopted"] if Action.ADOPT in done else []
    parts += [f"{done.count(Action.RELEASE)} released"] if Action.RELEASE in done else []
    parts += [f"{done.count(Action.DELETE)} deleted"]
    for status in (Status.FAILED, Status.UNKNOWN, Status.SKIPPED):
        count = sum(one.status is status for one in outcomes)
        parts += [f"{count} {status.value}"] if count else []
    return f"Applied: {', '.join(parts)}."
