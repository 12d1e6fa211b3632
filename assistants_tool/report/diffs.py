"""What changed between two texts, as data: hunks of whole lines, and in the lines that changed the words that did. Pure.

In: two texts. Out: hunks, one at a time, of which text, markdown or a page can be made. Nothing is left out: with all lines around them,
the kept and removed parts of all blocks are the text before, the kept and added ones the text after. Words are compared only where
somebody asks for the parts of a block.
"""

from __future__ import annotations

import enum
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from assistants_tool.planning.alike import Run, alike, pieces, runs

CONTEXT = 2  # lines around what differs


class Kind(enum.Enum):
    """On which side a part is; the value is how a line of that kind begins."""

    KEPT = " "
    REMOVED = "-"
    ADDED = "+"


class Part(NamedTuple):
    """A stretch of text, line ends included, that is on both sides or on one."""

    kind: Kind
    text: str


class Block(NamedTuple):
    """Lines that stay (`kept`), or lines that go and those that come in their place; without their ends.

    `before_ended`, `after_ended`: whether there is a newline behind the last of them, which only the end of a text may lack.
    """

    before: list[str]
    after: list[str]
    kept: bool
    before_ended: bool = True
    after_ended: bool = True

    def parts(self) -> Iterator[Part]:
        """The words that stay, go and come. One that moves to another line stays; the white space between is what changes."""
        before, after = _text(self.before, self.before_ended), _text(self.after, self.after_ended)
        if before == after:
            return iter([Part(Kind.KEPT, before)])
        if not before or not after:
            return iter([Part(Kind.ADDED, after) if after else Part(Kind.REMOVED, before)])
        return _joined(_parts(pieces(before), pieces(after)))

    def side(self, kind: Kind) -> Iterator[list[Part]]:
        """The lines of the side before (`REMOVED`) or after (`ADDED`), each with its words that stay and its own."""
        return by_line(one for one in self.parts() if one.kind in (Kind.KEPT, kind))

    @property
    def unended(self) -> Kind | None:
        """Which side ends without a newline, where the other one has it."""
        if self.kept or self.before_ended == self.after_ended:
            return None
        side, kind = (self.before, Kind.REMOVED) if self.after_ended else (self.after, Kind.ADDED)
        return kind if side else None


def _text(lines: Sequence[str], ended: bool) -> str:
    return "\n".join(lines) + ("\n" if lines and ended else "")


class Hunk(NamedTuple):
    """Blocks that follow each other. `before` and `after`: how many lines of either side stand in front of them, and how many they are."""

    before: tuple[int, int]
    after: tuple[int, int]
    blocks: list[Block]

    @property
    def header(self) -> str:
        """As in a unified diff: the first line and how many, of either side."""
        return f"@@ -{_range(*self.before)} +{_range(*self.after)} @@"


def _range(start: int, count: int) -> str:
    return f"{start + 1}" if count == 1 else f"{start + bool(count)},{count}"


# --- lines


class _Side(NamedTuple):
    """The lines of a text. `marked`: the other text ends with a newline and this one does not, so that its last line, which has a newline
    here that it does not have, is the same as no other.
    """

    lines: list[str]
    ended: bool
    marked: bool

    @classmethod
    def of(cls, text: str, other: str) -> _Side:
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        marked = bool(lines) and other.endswith("\n") and not text.endswith("\n")
        if marked:
            lines[-1] += "\n"
        return cls(lines, text.endswith("\n"), marked)

    def last(self, lines: list[str]) -> list[str]:
        return [*lines[:-1], lines[-1][:-1]] if lines and self.marked else lines


class _Change(NamedTuple):
    """From which line of either side to which one they differ; one of the two may be none."""

    before: int
    after: int
    before_end: int
    after_end: int


def hunks(before: str, after: str, context: int = CONTEXT) -> Iterator[Hunk]:
    """What differs, with so many lines around it."""
    old, new = _Side.of(before, after), _Side.of(after, before)
    for group in _near(_changes(runs(old.lines, new.lines), len(old.lines), len(new.lines)), 2 * context):
        first, last = group[0], group[-1]
        lead, trail = min(context, first.before), min(context, len(old.lines) - last.before_end)
        at, there = start, other = first.before - lead, first.after - lead
        blocks = []
        for one in group:
            if at < one.before:
                blocks.append(_block(old, new, _Change(at, there, one.before, one.after), kept=True))
            blocks.append(_block(old, new, one, kept=False))
            at, there = one.before_end, one.after_end
        if trail:
            blocks.append(_block(old, new, _Change(at, there, at + trail, there + trail), kept=True))
        yield Hunk((start, at + trail - start), (other, there + trail - other), blocks)


def _block(old: _Side, new: _Side, span: _Change, *, kept: bool) -> Block:
    before = old.lines[span.before : span.before_end]
    after = before if kept else new.lines[span.after : span.after_end]
    last, other_last = span.before_end == len(old.lines), span.after_end == len(new.lines)
    if not last and not other_last:  # as most are
        return Block(before, after, kept)
    ended = (old.ended or not last, new.ended or not other_last)
    return Block(old.last(before) if last else before, new.last(after) if other_last else after, kept, *ended)


def _changes(found: Iterable[Run], before: int, after: int) -> Iterator[_Change]:
    """What is between the runs that both have, up to the ends of both."""
    at, other = 0, 0
    for one in (*found, Run(before, after, 0)):
        if (at, other) != (one.before, one.after):
            yield _Change(at, other, one.before, one.after)
        at, other = one.before + one.length, one.after + one.length


def _near(changes: Iterable[_Change], distance: int) -> Iterator[list[_Change]]:
    """Changes with at most so many lines between them are told together."""
    group: list[_Change] = []
    for one in changes:
        if group and one.before - group[-1].before_end > distance:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


# --- words


def by_line(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Parts cut at line ends, which are left out. A part without text stands only where there is nothing else in the line."""
    line: list[Part] = []
    for part in parts:
        first, *others = part.text.split("\n")
        line.append(Part(part.kind, first))
        for one in others:
            yield [each for each in line if each.text] or line[-1:]
            line = [Part(part.kind, one)]
    if filled := [each for each in line if each.text]:
        yield filled


def _parts(old: list[str], new: list[str]) -> Iterator[Part]:
    mine, other = ([index for index, one in enumerate(side) if not one.isspace()] for side in (old, new))
    ours, theirs = [old[index] for index in mine], [new[index] for index in other]
    at, there = 0, 0
    for run in _telling(runs(ours, theirs), ours, theirs):
        for step in range(run.length):
            here, now = mine[run.before + step], other[run.after + step]
            yield from _gap(old[at:here], new[there:now])
            yield Part(Kind.KEPT, old[here])
            at, there = here + 1, now + 1
    yield from _gap(old[at:], new[there:])


def _gap(old: list[str], new: list[str]) -> Iterator[Part]:
    """What is between two words that stay: the white space that it begins and ends with on both sides stays, too."""
    head = _alike_space(old, new)
    tail = _alike_space(old[head:][::-1], new[head:][::-1])
    yield Part(Kind.KEPT, "".join(old[:head]))
    yield Part(Kind.REMOVED, "".join(old[head : len(old) - tail]))
    yield Part(Kind.ADDED, "".join(new[head : len(new) - tail]))
    yield Part(Kind.KEPT, "".join(old[len(old) - tail :]))


def _alike_space(old: Sequence[str], new: Sequence[str]) -> int:
    return sum(1 for _ in itertools.takewhile(str.isspace, old[: alike(old, new)]))


def _telling(found: Iterable[Run], old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Without runs that are far shorter than what changes on both sides of them: a lone "the" in a new sentence says nothing."""
    sizes = [[0, *itertools.accumulate(map(len, side))] for side in (old, new)]

    def letters(one: Run, other: Run) -> int:
        """How many are between the two, on the side where there are more."""
        ends = ((one.before + one.length, other.before), (one.after + one.length, other.after))
        return max(size[stop] - size[start] for size, (start, stop) in zip(sizes, ends, strict=True))

    left = [Run(0, 0, 0)]
    for one in (*found, Run(len(old), len(new), 0)):
        while len(left) > 1 and _is_drowned(
            sizes[0], left[-1], min(letters(left[-2], left[-1]), letters(left[-1], one))
        ):
            left.pop()
        left.append(one)
    return left[1:-1]


def _is_drowned(sizes: Sequence[int], run: Run, around: int) -> bool:
    return 2 * (sizes[run.before + run.length] - sizes[run.before]) <= around


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts of one kind that follow each other as one; none is empty."""
    for kind, same in itertools.groupby((one for one in parts if one.text), key=operator.attrgetter("kind")):
        yield Part(kind, "".join(one.text for one in same))
