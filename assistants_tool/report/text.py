"""Plans and outcomes for people: lines with a tone, the action first, so that they read well and grep well."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.differences import ABSENT
from assistants_tool.objects.unseen import is_name
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.report.diffs import Block, Kind, Part, by_line, hunks
from assistants_tool.report.plain import TONES, Line, Span, one_line, printable_name

if TYPE_CHECKING:
    from assistants_tool.planning.environments import Comparison
    from assistants_tool.planning.plan import Plan
    from assistants_tool.planning.view import SeenChange, SeenDifference, SeenOutcome, SeenPlan

PLACES_MAX = 10  # of members that no file states; JSON has all of them
LONG = 60  # characters; longer text, and text of several lines, is shown as a diff


class Extent(enum.Enum):
    """How much of each change is shown."""

    BRIEF = "one line, and what deserves a second look"
    USUAL = "what differs; of what is created, how each field begins"
    FULL = "everything, but for what is deleted: no definition says what of it may be seen"


class Words(enum.Enum):
    """How the words of a changed line that changed are told apart from those that did not."""

    NOT = "not at all"
    MARKED = "by a style of their own"
    BRACKETED = "by signs: [-old-]{+new+}, both in one line"


def _line(text: str, tone: str = "") -> Line:
    return Line(one_line(text), tone)


def plan_lines(plan: SeenPlan, words: Words = Words.NOT, extent: Extent = Extent.USUAL) -> Iterator[Line]:
    """The whole plan, made as it is asked for; its last line is the count."""
    yield from (_line(str(one), TONES[one.severity]) for one in plan.remarks)
    for change in plan.changes:
        if change.action is not Action.KEEP:
            yield from change_lines(change, words, extent)
    yield from _kept_lines(plan)
    yield from (_line(one, "quiet") for one in also_held_line(plan))
    yield from (_line(one, "quiet") for one in plan.ends.sentences())
    if plan.incomplete:
        yield _line(f"The listing may be incomplete: {plan.incomplete}", "error")
    for refusal in plan.refusals:
        yield _line(f"Refused: {refusal}", "error")
    yield _line(plan_summary(plan))


def comparison_lines(found: Comparison, words: Words = Words.NOT) -> Iterator[Line]:
    """Two environments, what is the same left out; the last line is the count."""
    for change in found.changes:
        if change.action is not Action.KEEP:
            yield from change_lines(change, words)
    first, second = found.environments
    parts = [f"{found.count(Action.UPDATE)} different", f"{found.count(Action.DELETE)} only in {first}"]
    parts += [f"{found.count(Action.CREATE)} only in {second}", f"{found.count(Action.KEEP)} the same"]
    yield _line(f"{first} -> {second}: {', '.join(parts)}.")


def _kept_lines(plan: SeenPlan) -> Iterator[Line]:
    """Notes on what is kept, each once: a field that an endpoint drops, it drops for all."""
    keys: dict[str, list[str]] = {}
    for change in plan.changes:
        for note in change.notes if change.action is Action.KEEP else ():
            keys.setdefault(note, []).append(change.key)
    for note, noted in keys.items():
        yield _line(f"= {note} ({_some(noted)})", "quiet")


def _some(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return f"{', '.join(keys[:3])}{more}"


def also_held_line(plan: SeenPlan) -> Iterator[str]:
    """What is there beside what the files state, in one line; none where there is nothing."""
    places = [f"{one.place} ({_some(one.keys)})" for one in plan.also_held]
    more = f" and {len(places) - PLACES_MAX} more places" if len(places) > PLACES_MAX else ""
    if places:
        yield f"Also there, in no file, and left as it is: {', '.join(places[:PLACES_MAX])}{more}"


def plan_summary(plan: SeenPlan | Plan) -> str:
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


def change_lines(change: SeenChange, words: Words = Words.NOT, extent: Extent = Extent.USUAL) -> Iterator[Line]:
    """One change: what and why, then what differs."""
    yield _line(f"{change.action.value} {change_title(change)}", change.action.name.lower())
    if extent is not Extent.BRIEF:
        yield from _content_lines(change, words, in_full=extent is Extent.FULL)
    for risk in change.risks:
        yield _line(f"    risk: {risk}", "update")
    for note in change.notes:
        yield _line(f"    {note}", "quiet")


def _content_lines(change: SeenChange, words: Words, *, in_full: bool) -> Iterator[Line]:
    """What is created or different."""
    if change.action is Action.CREATE:
        for name, value in (change.after or {}).items():
            yield from _member_lines(name, value, in_full=in_full)
    elif change.action in (Action.UPDATE, Action.ADOPT):
        for one in change.differences:
            yield from _difference_lines(one, words)


def _member_lines(name: str, value: Any, *, in_full: bool) -> Iterator[Line]:
    """A member of what comes."""
    if in_full and is_long(value):
        yield _line(f"    {name}:")
        yield _alike(Kind.ADDED, whole(value).removesuffix("\n").split("\n"))
    else:
        said = _brief(name, value)
        yield _line(f"    {name}: {printable_name(said) if is_name(name) else said}", "quiet")


def change_title(change: SeenChange) -> str:
    subject = " ".join(filter(None, (printable_name(change.key), change_subject(change))))
    return subject + (f": {change.reason}" if change.reason else "")


def change_subject(change: SeenChange) -> str:
    """The id and the name, beside a key."""
    name = change.name if (change.name or "").startswith("env:") else _quoted(change.name)
    return printable_name(" ".join(filter(None, (change.id, name))))


def _quoted(name: str | None) -> str:
    return json.dumps(name, ensure_ascii=False) if name else ""


def _brief(name: str, value: Any) -> str:
    if name == "tools" and isinstance(value, list):
        return ", ".join(tool_name(one) for one in value)
    if isinstance(value, str):
        text = value.strip()
        first = (text[: LONG + 1].splitlines() or [""])[0][:LONG]
        return first + (f" ... ({_several(len(value), 'character')})" if len(text) > len(first) else "")
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 2 * LONG else text[: 2 * LONG] + " ..."


def tool_name(tool: Any) -> str:
    """`function get_order`, `code_interpreter`."""
    if not isinstance(tool, dict):
        return str(tool)
    function = tool.get("function", tool)  # in some APIs the members of a function stand beside its type
    name = function.get("name") if isinstance(function, dict) else None
    return f"{tool.get('type')} {name}" if name else str(tool.get("type"))


def _difference_lines(difference: SeenDifference, words: Words) -> Iterator[Line]:
    before, after = difference.before, difference.after
    if difference.variable:
        yield _line(f"    {difference.path}: env:{difference.variable} differs")
    elif is_long(before) or is_long(after):
        yield _line(f"    {difference.path}:")
        yield from diff_lines(whole(before), whole(after), words)
    else:
        sides = (brief_side(difference.path, one) for one in (before, after))
        yield _line(f"    {difference.path}: {' -> '.join(sides)}")


def is_long(value: Any) -> bool:
    text = value if isinstance(value, str) else "" if value is None or value is ABSENT else json.dumps(value)
    return "\n" in text or len(text) > LONG


def brief_side(path: str, value: Any) -> str:
    """One side of a difference, on one line."""
    return printable_name(short(value)) if is_name(path) else short(value)


def short(value: Any) -> str:
    return str(value) if value is ABSENT else json.dumps(value, ensure_ascii=False)


def whole(value: Any) -> str:
    """A value as a text of its own."""
    if value is None or value is ABSENT:
        return ""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


# --- diffs

_INDENT = " " * 6
_HANGING = len(_INDENT) + 1
_STARTS = {kind: f"{_INDENT}{kind.value}" for kind in Kind}
_TONES = {Kind.KEPT: "", Kind.REMOVED: "delete", Kind.ADDED: "create"}
BRACKETS = {Kind.KEPT: ("", ""), Kind.REMOVED: ("[-", "-]"), Kind.ADDED: ("{+", "+}")}
UNENDED = "\\ no newline at the end"
_SIDES = {Kind.REMOVED: " of what is there", Kind.ADDED: " of what is wanted"}


def diff_lines(before: str, after: str, words: Words = Words.NOT) -> Iterator[Line]:
    """A unified diff, without the lines that would name two files. Nothing is left out of it."""
    for hunk in hunks(before, after):
        yield Line(f"{_INDENT}{hunk.header}", "quiet")
        for block in hunk.blocks:
            if block.kept:
                yield _alike(Kind.KEPT, block.before)
            else:
                yield from _bracketed(block) if words is Words.BRACKETED else _signed(block, words)


def _signed(block: Block, words: Words) -> Iterator[Line]:
    """What goes, and then what comes."""
    unended = block.unended
    for kind, side in ((Kind.REMOVED, block.before), (Kind.ADDED, block.after)):
        if words is Words.MARKED:
            yield from (_marked(kind, one) for one in block.side(kind))
        elif side:
            yield _alike(kind, side)
        if unended is kind:
            yield Line(f"{_INDENT}{UNENDED}", "quiet")


def _alike(kind: Kind, lines: Sequence[str]) -> Line:
    start = _STARTS[kind]
    return Line(start + f"\n{start}".join(lines), _TONES[kind], (), _HANGING)


def _marked(kind: Kind, parts: Sequence[Part]) -> Line:
    """A line with its own words marked, if there are others in it."""
    text, spans = _STARTS[kind], []
    for one in parts:
        if one.kind is not Kind.KEPT:
            spans.append(Span(len(text), len(text) + len(one.text), "marked"))
        text += one.text
    return Line(text, _TONES[kind], tuple(spans) if is_mixed(parts) else (), _HANGING)


def is_mixed(parts: Sequence[Part]) -> bool:
    """Whether words of a line stay, and others do not."""
    return any(one.kind is Kind.KEPT and any(map(str.isalnum, one.text)) for one in parts)


def _bracketed(block: Block) -> Iterator[Line]:
    """What goes and what comes in one."""
    for parts in by_line(block.parts()):
        text, spans = _STARTS[Kind.KEPT], []
        for one in parts:
            shown = one.text.join(BRACKETS[one.kind])
            if one.kind is not Kind.KEPT:
                spans.append(Span(len(text), len(text) + len(shown), _TONES[one.kind]))
            text += shown
        yield Line(text, "", tuple(spans), _HANGING)
    if kind := block.unended:
        yield Line(f"{_INDENT}{UNENDED}{_SIDES[kind]}", "quiet")


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
    action = outcome.action
    subject = printable_name(" ".join(filter(None, (outcome.key, outcome.id))))
    if outcome.status is Status.DONE:
        yield _line(f"{action.value} {subject}: {DONE[action]}", action.name.lower())
        if outcome.message:
            yield _line(f"    {outcome.message}", "quiet")
    else:
        message = f": {outcome.message}" if outcome.message else ""
        yield _line(f"! {subject}: {action.name.lower()} {outcome.status.value}{message}", "error")
    if outcome.not_kept:
        yield _line(f"    the endpoint did not keep: {outcome.not_kept}", "quiet")
    if outcome.still_there:
        added = "the endpoint added" if action is Action.CREATE else "still there"
        yield _line(f"    {added}: {outcome.still_there}", "quiet")


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
