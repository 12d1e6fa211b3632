"""Carrying the members of a definition over to another API: where each value goes, and what has no place there.

In: the members of an object as files state them, which is as `/assistants` has them, and the rules of a dialect, which are data (`Rule`).
Out: the members as that API has them, from where to where each value went, and what was lost, each with its place and its rule. Pure.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.paths import dotted, value_at

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

Fields = Mapping[str, Any]


class Way(enum.Enum):
    """How an API has what a definition states."""

    NATIVE = "native"
    MAPPED = "mapped"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a dialect's table: `what` a definition states, `where` it goes, and what there is to say of that.

    Of what is unsupported, `why` says that in the words of a message, and `instead` what comes nearest.
    """

    what: str
    way: Way
    where: str = ""
    why: str = ""
    instead: str = ""

    def told_of(self, path: Path) -> str:
        """In a message about a definition that states it at a path."""
        return f"{dotted(path)}: {self.why}{f'; {self.instead}' if self.instead else ''}"


@dataclass(frozen=True, slots=True)
class Loss:
    """What could not be carried, and where it stands. `may_be_dropped`: the rest means what it meant without it."""

    path: Path
    message: str
    may_be_dropped: bool = True


@dataclass(frozen=True, slots=True)
class Carried:
    """What came over. `moves` are from where to where; what an `ignored` member of a definition is called there."""

    fields: Fields
    moves: tuple[tuple[Path, Path], ...] = ()
    losses: tuple[Loss, ...] = ()
    ignored: frozenset[str] = frozenset()

    def path(self, path: Path) -> Path:
        """Where a value is now: by the move that was of it or of what it stands in."""
        moves = [(len(of), there) for of, there in self.moves if path[: len(of)] == of]
        length, there = max(moves, default=(0, ()), key=lambda one: one[0])
        return (*there, *path[length:])


@dataclass
class Carrying:
    """One definition on its way. `source` are its members, with the block of the dialect beside them under its name."""

    source: Fields
    made: dict[str, Any] = field(default_factory=dict)
    moves: list[tuple[Path, Path]] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def at(self, *path: str | int) -> Any:
        """What is stated there; None where nothing is."""
        return value_at(self.source, path)

    def move(self, of: Path, to: Path) -> None:
        """A value goes over as it is, if it is stated."""
        if (value := value_at(self.source, of)) is not None:
            self.put(to, value)
            self.moves.append((of, to))

    def put(self, to: Path, value: Any) -> None:
        """A value that no file states."""
        _put(self.made, to, value.copy() if isinstance(value, (dict, list)) else value)

    def lose(self, path: Path, rule: Rule) -> None:
        self.losses.append(Loss(path, rule.told_of(path)))

    def refuse(self, path: Path, message: str) -> None:
        self.losses.append(Loss(path, f"{dotted(path)}: {message}", may_be_dropped=False))

    def done(self, ignored: frozenset[str]) -> Carried:
        return Carried(self.made, tuple(self.moves), tuple(self.losses), ignored)


def _put(target: Any, path: Path, value: Any) -> None:
    """What is missing on the way is made: a list for an index, else a mapping. An item is put at the end of its list, or into one there."""
    *way, last = path
    for step, following in zip(way, path[1:], strict=True):
        target = _stepped(target, step, [] if isinstance(following, int) else {})
    _stepped(target, last, value)
    target[last] = value


def _stepped(target: Any, step: Any, missing: Any) -> Any:
    if isinstance(target, dict):
        return target.setdefault(step, missing)
    if step == len(target):
        target.append(missing)
    return target[step]
