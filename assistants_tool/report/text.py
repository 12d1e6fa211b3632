"""Plans and outcomes for people: lines with a tone, the action first, so that they read well and grep well."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.applying import Outcome, Status
from assistants_tool.canonical import ABSENT, Difference
from assistants_tool.planning import Action, Change, Plan
from assistants_tool.shape import dotted, value_at

if TYPE_CHECKING:
    from assistants_tool.definition import Definition

LONG = 60  # characters; longer text, and text of several lines, is shown as a diff


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its tone: the name of an Action in lower case, `error`, `quiet`, or nothing."""

    text: str
    tone: str = ""


_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def printable(text: str) -> str:
    """Text that cannot move a cursor, change a colour or reverse a line: what a server sent is never trusted. Newline and tab stay."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _single(line: Line) -> Line:
    """One line, whatever a server put into a key or an id: a line break there would forge a line of ours."""
    return replace(line, text=line.text.replace("\n", "\\n"))


def plan_lines(plan: Plan) -> Iterator[Line]:
    """The whole plan; its last line is the count."""
    return map(_single, _plan_lines(plan))


def _plan_lines(plan: Plan) -> Iterator[Line]:
    for change in plan.changes:
        if change.action is not Action.KEEP:
            yield from _change_lines(change)
    yield from _kept_lines(plan)
    if plan.listing.incomplete:
        yield Line(f"The listing may be incomplete: {plan.listing.incomplete}", "error")
    for refusal in plan.refusals:
        yield Line(f"Refused: {refusal}", "error")
    yield Line(plan_summary(plan))


def _kept_lines(plan: Plan) -> Iterator[Line]:
    """Notes on what is kept, each once: a field that an endpoint drops, it drops for all."""
    keys: dict[str, list[str]] = {}
    for change in plan.of(Action.KEEP):
        for note in change.notes:
            keys.setdefault(note, []).append(change.key)
    for note, noted in keys.items():
        more = f" and {len(noted) - 3} more" if len(noted) > 3 else ""
        yield Line(f"= {note} ({', '.join(noted[:3])}{more})", "quiet")


def plan_summary(plan: Plan) -> str:
    """`Plan: 2 to create, 1 to update, 0 to delete, 11 unchanged.`, with what else there is."""
    count = {action: len(plan.of(action)) for action in Action}
    parts = [f"{count[Action.CREATE]} to create", f"{count[Action.UPDATE]} to update"]
    parts += [f"{count[Action.ADOPT]} to adopt"] if count[Action.ADOPT] else []
    parts += [f"{count[Action.RELEASE]} to release"] if count[Action.RELEASE] else []
    parts += [f"{count[Action.DELETE]} to delete", f"{count[Action.KEEP]} unchanged"]
    parts += [_several(count[Action.CONFLICT], "conflict")] if count[Action.CONFLICT] else []
    parts += [_several(count[Action.ORPHAN], "orphan")] if count[Action.ORPHAN] else []
    return f"Plan: {', '.join(parts)}."


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _change_lines(change: Change) -> Iterator[Line]:
    tone = change.action.name.lower()
    subject = " ".join(filter(None, (change.key, change.id, _name(change))))
    yield Line(f"{change.action.value} {subject}" + (f": {change.reason}" if change.reason else ""), tone)
    if change.action is Action.CREATE and change.definition:
        yield from _declared(change.definition)
    elif change.action in (Action.UPDATE, Action.ADOPT) and change.definition:
        for one in change.differences:
            yield from _difference_lines(_masked_sides(one, change.definition), _variable(change.definition, one.path))
    for note in change.notes:
        yield Line(f"    {note}", "quiet")


def _name(change: Change) -> str:
    if change.definition and (variable := change.definition.variables.get(("name",))):
        return f"env:{variable}"
    return json.dumps(change.name, ensure_ascii=False) if change.name else ""


def _declared(definition: Definition) -> Iterator[Line]:
    for name, value in masked(definition).items():
        yield Line(f"    {name}: {_brief(name, value)}", "quiet")
    if definition.protect:
        yield Line("    protect: true", "quiet")


def masked(definition: Definition) -> dict[str, Any]:
    """The declared fields, with `env:NAME` wherever a value came from a variable."""

    def walk(value: Any, path: tuple[str | int, ...]) -> Any:
        if path in definition.variables:
            return f"env:{definition.variables[path]}"
        if isinstance(value, dict):
            return {name: walk(inner, (*path, name)) for name, inner in value.items()}
        return [walk(inner, (*path, index)) for index, inner in enumerate(value)] if isinstance(value, list) else value

    return {name: walk(value, (name,)) for name, value in definition.fields.items()}


def _variable(definition: Definition, path: str) -> str | None:
    """The variable behind a differing path. Ids are compared as a set, so their places do not count."""
    for steps, name in definition.variables.items():
        known = dotted(steps)
        if path == known or (steps[0] == "tool_resources" and path.partition("[")[0] == known.partition("[")[0]):
            return name
    return None


def _masked_sides(difference: Difference, definition: Definition) -> Difference:
    """A difference that is more than one value, such as a new tool, with `env:NAME` at a variable's path and for its text."""
    names = {dotted(steps): f"env:{name}" for steps, name in definition.variables.items()}
    values = ((value_at(definition.fields, steps), f"env:{name}") for steps, name in definition.variables.items())
    texts = {value: name for value, name in values if isinstance(value, str) and value}

    def walk(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {name: walk(inner, f"{path}.{name}") for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
        return names.get(path) or (texts.get(value, value) if isinstance(value, str) else value)

    path = difference.path
    return Difference(path, walk(difference.before, path), walk(difference.after, path)) if names else difference


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


def _difference_lines(difference: Difference, variable: str | None) -> Iterator[Line]:
    if variable:
        yield Line(f"    {difference.path}: env:{variable} differs")
        return
    before, after = difference.before, difference.after
    if _is_long(before) or _is_long(after):
        yield Line(f"    {difference.path}:")
        yield from text_diff(_as_lines(before), _as_lines(after))
    else:
        yield Line(f"    {difference.path}: {_short(before)} -> {_short(after)}")


def _is_long(value: Any) -> bool:
    text = value if isinstance(value, str) else "" if value is None or value is ABSENT else json.dumps(value)
    return "\n" in text or len(text) > LONG


def _short(value: Any) -> str:
    return str(value) if value is ABSENT else json.dumps(value, ensure_ascii=False)


def _as_lines(value: Any) -> list[str]:
    if value is None or value is ABSENT:
        return []
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text.split("\n")


_DIFF_TONES: Mapping[str, str] = {"+": "create", "-": "delete", "@": "quiet"}


def text_diff(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """A unified diff, without the lines that would name two files."""
    for line in list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]:
        yield Line(f"      {line}", _DIFF_TONES.get(line[:1], ""))


# --- outcomes

_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.ADOPT: "adopted",
    Action.RELEASE: "released",
    Action.DELETE: "deleted",
}


def outcome_lines(outcome: Outcome) -> Iterator[Line]:
    """What became of a change."""
    return map(_single, _outcome_lines(outcome))


def _outcome_lines(outcome: Outcome) -> Iterator[Line]:
    change = outcome.change
    subject = " ".join(filter(None, (change.key, outcome.id or change.id)))
    if outcome.status is Status.DONE:
        yield Line(f"{change.action.value} {subject}: {_DONE[change.action]}", change.action.name.lower())
        if outcome.message:
            yield Line(f"    {outcome.message}", "quiet")
    else:
        verb = change.action.name.lower()
        words = {Status.FAILED: f"{verb} failed", Status.UNKNOWN: f"{verb} unknown", Status.SKIPPED: f"{verb} not done"}
        yield Line(
            f"! {subject}: {words[outcome.status]}" + (f": {outcome.message}" if outcome.message else ""), "error"
        )
    if outcome.not_kept:
        yield Line(f"    the endpoint did not keep: {outcome.not_kept}", "quiet")


def outcome_summary(outcomes: Sequence[Outcome]) -> str:
    """`Applied: 2 created, 1 updated, 0 deleted.`, with what else there is."""
    done = [one.change.action for one in outcomes if one.status is Status.DONE]
    parts = [f"{done.count(Action.CREATE)} created", f"{done.count(Action.UPDATE)} updated"]
    parts += [f"{done.count(Action.ADOPT)} adopted"] if Action.ADOPT in done else []
    parts += [f"{done.count(Action.RELEASE)} released"] if Action.RELEASE in done else []
    parts += [f"{done.count(Action.DELETE)} deleted"]
    for status in (Status.FAILED, Status.UNKNOWN, Status.SKIPPED):
        count = sum(one.status is status for one in outcomes)
        parts += [f"{count} {status.value}"] if count else []
    return f"Applied: {', '.join(parts)}."
