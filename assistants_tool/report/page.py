"""Plans and outcomes as a page to review: one HTML document that needs nothing beside it and asks nobody for anything. Pure.

A value reaches the page in one way, through the template, which escapes it. What is escaped has no line ends and nothing beyond ASCII: it
is one line of the document wherever it stands, so that no log takes it for an order, and reads the same whatever the encoding of the
file. The script and the stylesheet are ours; the page's policy allows these two by their hashes, and nothing else.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from assistants_tool.objects.differences import ABSENT
from assistants_tool.objects.jsontext import same
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.planning.view import SeenChange, SeenDifference, SeenOutcome, SeenPlan
from assistants_tool.report.diffs import Block, Hunk, Kind, Part, hunks
from assistants_tool.report.plain import printable, printable_name
from assistants_tool.report.text import (
    also_held_line,
    brief_side,
    change_subject,
    is_long,
    is_mixed,
    outcome_lines,
    outcome_summary,
    plan_summary,
    whole,
)

OPEN_AT_MOST = 20  # changes; of more, each is folded up until somebody opens it


def plan_page(target: str, plan: SeenPlan) -> Iterator[str]:
    """The page of a plan, in pieces."""
    return _page(target, plan_summary(plan), plan, ())


def result_page(target: str, plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> Iterator[str]:
    """The page of what an apply did with a plan, in pieces."""
    return _page(target, outcome_summary(outcomes), plan, outcomes)


def _page(target: str, title: str, plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> Iterator[str]:
    entries = list(_entries(plan, outcomes))
    style, script = _own("page.css"), _own("page.js")
    return _template().generate(
        target=target,
        title=title,
        style=style,
        script=script,
        policy=policy(style, script),
        notices=list(_notices(plan)),
        risks=[(one, risk) for one in entries for risk in one.change.risks],
        changes=[one for one in entries if one.action != "keep"],
        kept=[one for one in entries if one.action == "keep"],
        actions=[one for one in (action.name.lower() for action in Action) if one in {each.action for each in entries}],
        open_at_most=OPEN_AT_MOST,
    )


def _notices(plan: SeenPlan) -> Iterator[tuple[str, list[str]]]:
    """What holds for all of a plan: how it is marked, and the sentences."""
    yield "refused", [f"Refused: {one}" for one in plan.refusals]
    yield "refused", [f"The listing may be incomplete: {plan.incomplete}"] if plan.incomplete else []
    yield "risks", [str(one) for one in plan.remarks]
    yield "", [*also_held_line(plan), *plan.ends.sentences()]


# --- one assistant


class _End(NamedTuple):
    """What became of a change: a word, and all that is to be said."""

    word: str
    said: list[str]
    is_bad: bool


class _Entry(NamedTuple):
    """One assistant's part of the page. `anchor` is what its permanent link ends in: its key, as long as no other has it."""

    change: SeenChange
    anchor: str
    ends: list[_End]

    @property
    def action(self) -> str:
        return self.change.action.name.lower()

    @property
    def sign(self) -> str:
        return self.change.action.value

    @property
    def key(self) -> str:
        return printable_name(self.change.key or self.change.id or "")

    @property
    def subject(self) -> str:
        return change_subject(self.change)

    @property
    def has_tree(self) -> bool:
        return any(True for _ in _shown(self.change))

    def tree(self) -> Iterator[_Node]:
        """What differs, as a tree of paths."""
        for _, group in itertools.groupby(_shown(self.change), key=_place):
            yield from _together(list(group))


def _entries(plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> Iterator[_Entry]:
    ends: dict[tuple[Action, str, str | None], list[_End]] = {}
    for outcome in outcomes:
        ends.setdefault(_which(outcome), []).append(_end(outcome))
    anchors: set[str] = set()
    for change in plan.changes:
        anchor = _anchor(change, anchors)
        anchors.add(anchor)
        yield _Entry(change, anchor, ends.get(_which(change), []))


def _which(one: SeenChange | SeenOutcome) -> tuple[Action, str, str | None]:
    """By what an outcome is found: two changes may have one key. What is created has no id in a plan."""
    return one.action, one.key, None if one.action is Action.CREATE else one.id


def _end(outcome: SeenOutcome) -> _End:
    done = outcome.status is Status.DONE
    return _End(outcome.status.value, [line.text.strip() for line in outcome_lines(outcome)], not done)


def _anchor(change: SeenChange, taken: set[str]) -> str:
    base = quote(change.key or change.id or "-", safe="", errors="replace")
    tried = itertools.chain([base], (f"{base}~{number}" for number in itertools.count(2)))
    return next(one for one in tried if one not in taken)


def _shown(change: SeenChange) -> Iterable[SeenDifference]:
    """What of a change is to be read: all that comes, all that goes, or what differs."""
    if change.action is Action.CREATE:
        return (SeenDifference(name, after=one) for name, one in (change.after or {}).items())
    if change.action is Action.DELETE:
        return (SeenDifference(name, before=one) for name, one in (change.before or {}).items())
    return change.differences if change.action in (Action.UPDATE, Action.ADOPT) else ()


# --- the tree


class _Branch(NamedTuple):
    name: str
    is_branch: bool = True


class _Leaf(NamedTuple):
    """A value that is shown as one. `old` and `new` are its sides where they are short, `before` and `after` their whole texts."""

    name: str
    old: str | None = None
    new: str | None = None
    before: str = ""
    after: str = ""
    is_long: bool = False
    variable: str = ""
    is_branch: bool = False

    def hunks(self) -> Iterator[_Hunk]:
        return (_Hunk.of(one) for one in hunks(self.before, self.after))


_Node = _Branch | _Leaf | None  # None: the branch that was opened last ends


_STEP = re.compile(r"\[[^\]]*\]?|\.?[^.\[]+|\.")


def _steps(path: str) -> list[str]:
    """The steps of a path as they are written, of which the whole is made again: `tools`, `[0]`, `.function`."""
    return _STEP.findall(path)


def _place(sides: SeenDifference) -> list[str]:
    """The member that a difference is in, or the item of it."""
    steps = _steps(sides.path)
    return steps[:2] if steps[1:2] and steps[1].startswith("[") else steps[:1]


def _together(sides: Sequence[SeenDifference]) -> Iterator[_Node]:
    """Differences next to each other in one place, such as a tool: what their paths begin with is told once."""
    paths = [_steps(one.path)[:-1] for one in sides]
    alike = itertools.takewhile(lambda steps: len({*steps}) == 1, zip(*paths, strict=False))
    shared = "".join(one[0] for one in alike) if len(sides) > 1 else ""
    if shared:
        yield _Branch(printable_name(shared))
    for one in sides:
        yield from _nodes(one.path[len(shared) :].removeprefix("."), one.path, one)
    if shared:
        yield None


def _nodes(name: str, path: str, sides: SeenDifference) -> Iterator[_Node]:
    """The tree of one difference from its top down. A branch with one child is told with it: `function.parameters`."""
    inner = [] if sides.variable else list(_children(path, sides))
    if not inner:
        yield _leaf(name, sides)
    elif len(inner) == 1:
        step, below = inner[0]
        yield from _nodes(f"{name}{step}", below.path, below)
    else:
        yield _Branch(printable_name(name))
        for step, below in inner:
            yield from _nodes(step.removeprefix("."), below.path, below)
        yield None


def _children(path: str, sides: SeenDifference) -> Iterator[tuple[str, SeenDifference]]:
    """What differs inside, each with the step to it; none where both sides are to be shown as they are."""
    found = [_members(one) for one in (sides.before, sides.after)]
    if None in found or not any(found):
        return
    old, new = (one or {} for one in found)
    for step in dict.fromkeys([*old, *new]):
        before, after = old.get(step, ABSENT), new.get(step, ABSENT)
        if before is ABSENT or after is ABSENT or not same(before, after):
            yield step, SeenDifference(f"{path}{step}", before, after)


def _members(value: Any) -> Mapping[str, Any] | None:
    """The members of what is a tree, by the step to each; none of what is not there; None of all else, such as a list of words."""
    if value is None or value is ABSENT:
        return {}
    if isinstance(value, Mapping) and value:
        return {f".{name}": one for name, one in value.items()}
    if isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        return {f"[{index}]": one for index, one in enumerate(value)}
    return None


def _leaf(name: str, sides: SeenDifference) -> _Leaf:
    shown = printable_name(name)
    before, after = sides.before, sides.after
    if sides.variable:
        return _Leaf(shown, variable=sides.variable)
    if any(isinstance(one, str) and is_long(one) for one in (before, after)):
        return _Leaf(shown, before=whole(before), after=whole(after), is_long=True)
    old, new = (None if one is ABSENT else brief_side(sides.path, one) for one in (before, after))
    return _Leaf(shown, old, new)


# --- diffs


class _Piece(NamedTuple):
    """A stretch of a line; `mark` is the element that says what became of it, if anything did."""

    text: str
    mark: str = ""


class _Lines(NamedTuple):
    lines: list[list[_Piece]]
    unended: bool


class _Changed(NamedTuple):
    """A block: lines that stay, or those that go and those that come."""

    kept: list[str]
    old: _Lines
    new: _Lines


class _Hunk(NamedTuple):
    """`at`: the number of its first line, where that is not the first of the text."""

    at: int
    blocks: list[_Changed]

    @classmethod
    def of(cls, hunk: Hunk) -> _Hunk:
        start = max(hunk.before[0], hunk.after[0])
        return cls(hunk.after[0] + 1 if start else 0, [_changed(one) for one in hunk.blocks])


_MARKS = {Kind.KEPT: "", Kind.REMOVED: "del", Kind.ADDED: "ins"}


def _changed(block: Block) -> _Changed:
    if block.kept:
        return _Changed(block.before, _Lines([], False), _Lines([], False))
    old, new = (_lines(block, kind) for kind in (Kind.REMOVED, Kind.ADDED))
    return _Changed([], old, new)


def _lines(block: Block, kind: Kind) -> _Lines:
    return _Lines([_pieces(one) for one in block.side(kind)], block.unended is kind)


def _pieces(parts: Sequence[Part]) -> list[_Piece]:
    """A line with its own words marked, if there are others in it."""
    mixed = is_mixed(parts)
    return [_Piece(one.text, _MARKS[one.kind] if mixed else "") for one in parts]


# --- the document


def policy(style: str, script: str) -> str:
    """The content security policy of a page with these two and nothing else."""
    return f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@functools.cache
def _template() -> Template:
    made = Environment(
        autoescape=True, finalize=inert_html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.from_string(_file("page.html"))


@functools.cache
def _own(name: str) -> Markup:
    return Markup(_file(name))  # noqa: S704 - ours


def _file(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def inert_html(value: Any) -> Any:
    """What the template shows for a value: ASCII on one line, in which nothing is markup, hidden, or an order to who reads a log."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    text = str(escape(printable(value))).replace("\n", "&#10;").replace("::", ":&#58;").replace("##[", "#&#35;[")
    return Markup(text.encode("ascii", "xmlcharrefreplace").decode())  # noqa: S704 - escaped
