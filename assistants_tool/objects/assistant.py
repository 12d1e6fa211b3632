"""What the endpoint holds: the assistant as answered, whose it is by its mark, and the listing of all of them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistants_tool.models import DEFAULT_API
from assistants_tool.objects.canonical import canonical, declared
from assistants_tool.objects.jsontext import read_structure
from assistants_tool.objects.mark import Damaged, Mark, owner_words
from assistants_tool.objects.masked import GONE, UNTOLD, is_masked
from assistants_tool.objects.members import ASSISTANTS, METADATA, Form, Members
from assistants_tool.objects.normal import MARK_KEY, pairs_of
from assistants_tool.objects.paths import Path, leaves, steps, value_at, with_value
from assistants_tool.objects.unknown import Unknown, moving_in, unknown


@dataclass(frozen=True)
class Assistant:
    """An assistant as the endpoint answered it: `body` is the raw JSON object. `members` is the table that says what its members are.

    `seen_moving` are tags of members that the server sets by itself, as others than its own mark tell. `mark` is None where it bears no
    mark, and where the mark is damaged; then `damaged` is what is left of it. `stray` is a version that a create of ours added to what is
    another's: the mark in that says nothing.
    """

    body: Mapping[str, Any]
    members: Members = field(default=ASSISTANTS, repr=False)
    seen_moving: frozenset[str] = field(default=frozenset(), repr=False)
    stray: str = field(default="", repr=False)
    mark: Mark | None = field(init=False)
    damaged: Damaged | None = field(init=False)

    def __post_init__(self) -> None:
        found = None if self.stray else _mark_in(read_structure(self.body.get(METADATA)))
        object.__setattr__(self, "mark", found if isinstance(found, Mark) else None)
        object.__setattr__(self, "damaged", found if isinstance(found, Damaged) else None)

    def __repr__(self) -> str:
        # Not the body: it may hold what a definition took from a variable.
        return f"<Assistant {self.body.get('id')}>"

    @property
    def trace(self) -> Mark | Damaged | None:
        """The mark, or what is left of it."""
        return self.mark or self.damaged

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def name(self) -> str | None:
        name = self.body.get("name")
        return name if isinstance(name, str) and name else None

    @property
    def created_at(self) -> float:
        """Unix seconds; servers answer whole seconds, fractions or milliseconds. 0 where they answer something else."""
        stamp = self.body.get("created_at")
        if isinstance(stamp, bool) or not isinstance(stamp, (int, float)) or not 0 <= stamp < 1e15:
            return 0  # NaN, too, which has no place in an order
        return stamp / 1000 if stamp > 1e11 else stamp

    @property
    def version(self) -> str:
        """Which of its versions this is; empty where there are none."""
        found = self.body.get(self.members.versions)
        return str(found) if found else ""

    @property
    def next_version(self) -> str:
        """Which one an update makes; empty where it makes none, or where that cannot be told."""
        return str(int(self.version) + 1) if self.version.isdecimal() else ""

    @property
    def is_as_written(self) -> bool:
        """Whether it is the version that its mark was written into, so that nobody has changed it since."""
        return bool(self.mark and self.version and self.mark.version == self.version)

    @property
    def age(self) -> tuple[float, str]:
        """What assistants are sorted by. Of two that bear one mark, the smaller one stays."""
        return self.created_at, self.id

    @cached_property
    def form(self) -> Form:
        return canonical(self.body, members=self.members)

    @property
    def shown(self) -> Form:
        """Its form without secrets, which a server may hide in one answer and not in another."""
        form = self.form
        for path, _ in self.members.secrets(form):
            form = with_value(form, path, "")
        return form

    @cached_property
    def unknown(self) -> Unknown:
        """Its members that the tool does not know."""
        found = unknown(self.body, self.members)
        return found.setting_apart(self.moving) if self.moving else found

    @property
    def moving(self) -> frozenset[str]:
        """The tags of those that the server sets by itself, as a write has shown."""
        return self.seen_moving | (moving_in(self.mark.rest) if self.mark else frozenset())

    @property
    def stated(self) -> Form:
        """Its members as a file would state them."""
        return declared(self.body, self.members)

    def values_at(self, place: str) -> Iterator[tuple[Path, Any]]:
        """Every value at a place, as a mark names it, or inside of that, with its path. The mark itself is none."""
        for path, value in leaves(value_at(self.body, steps(place)), steps(place)):
            if value not in (None, "") and path != (METADATA, MARK_KEY):
                yield path, value

    @property
    def untold(self) -> Mapping[str, str]:
        """The texts in it that nobody is told, by what stands for them: secrets, and what came from variables, as its mark says, whatever
        those hold by now. A model is none.
        """
        places = (one for one in (self.mark.variables if self.mark else ()) if one != "model")
        gone = (value for place in places for _, value in self.values_at(place) if isinstance(value, str))
        secrets = (one for _, one in self.members.secrets(self.body) if isinstance(one, str) and not is_masked(one))
        return {**dict.fromkeys(filter(None, secrets), UNTOLD), **dict.fromkeys(gone, GONE)}

    @property
    def pairs(self) -> dict[str, Any]:
        """Its pairs of metadata, the mark's included."""
        return pairs_of(self.body.get(METADATA))

    @property
    def keeps_metadata(self) -> bool:
        """Whether it has metadata, which proves that this endpoint stores it."""
        return bool(read_structure(self.body.get(METADATA)))


def _mark_in(metadata: Any) -> Mark | Damaged | None:
    if isinstance(metadata, str):  # JSON in a text, and not all of it
        return Damaged() if MARK_KEY in metadata else None
    return Mark.decode(metadata.get(MARK_KEY)) if isinstance(metadata, dict) else None


class Standing(enum.Enum):
    """Whose an assistant is, seen from a scope, by its mark."""

    OURS = "of this project's environment"
    NEIGHBOUR = "of another declared environment of the project"
    UNSCOPED = (
        "of another declared environment, marked before the project had a name, so that not even there it is owned"
    )
    FOREIGN = "of another project"
    LOOSE = (
        "marked with no project, with an environment that is not declared or by another API, and so not managed here"
    )
    DAMAGED = "with a mark of which it is not certain what it says"
    UNMANAGED = "without a mark"


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of an endpoint that a run manages: one environment of a project, by one API. `declared` are all environments of it."""

    project: str = ""
    environment: str = ""
    declared: frozenset[str] = frozenset()
    api: str = DEFAULT_API

    def owns(self, mark: Mark | Damaged | None) -> bool:
        ours = self.project, self.environment, self.api
        return isinstance(mark, Mark) and (mark.project, mark.environment, mark.api) == ours

    def may_own(self, damaged: Damaged) -> bool:
        """Whether nothing that is left of a mark says that its bearer is another project's, or another declared environment's."""
        elsewhere = damaged.environment in self.declared - {self.environment} and "environment" not in damaged.cut
        return damaged.may_say("project", self.project) and not elsewhere

    def key_of(self, assistant: Assistant) -> str:
        """The key of which it is here; empty where it is of none, as what a restore has not finished is."""
        mark = assistant.mark
        return mark.key if mark and self.owns(mark) and not mark.restoring else ""

    def bearers(self, assistants: Iterable[Assistant]) -> dict[str, list[Assistant]]:
        """Who bears the mark of each key of this scope. Of several the first is the key's, the others are surplus.

        What a restore has not finished bears none: it is nobody's but that restore's.
        """
        found: dict[str, list[Assistant]] = {}
        for one in sorted(assistants, key=lambda one: one.age):
            if key := self.key_of(one):
                found.setdefault(key, []).append(one)
        return found

    def half_restored(self, assistants: Iterable[Assistant]) -> list[Assistant]:
        """What a restore has made here and not finished."""
        return [one for one in assistants if one.mark and one.mark.restoring and self.owns(one.mark)]

    def standing(self, mark: Mark | Damaged | None) -> Standing:
        """Whose the bearer of this mark is, seen from this scope."""
        if isinstance(mark, Damaged):
            return Standing.DAMAGED
        if mark is None:
            return Standing.UNMANAGED
        if self.owns(mark):
            return Standing.OURS
        if mark.project not in ("", self.project):
            return Standing.FOREIGN
        if mark.api != self.api or mark.environment == self.environment or mark.environment not in self.declared:
            return Standing.LOOSE
        return Standing.NEIGHBOUR if mark.project == self.project else Standing.UNSCOPED

    def held(self, mark: Mark | Damaged | None) -> str:
        """Who else manages the bearer of this mark, and how it is released there; empty where it may be taken over."""
        return _HELD.get(self.standing(mark), "").format(mark=mark)

    def __str__(self) -> str:
        return owner_words(self.project, self.environment)


_HELD = {
    Standing.NEIGHBOUR: "belongs to environment {mark.environment}; release it there first",
    Standing.UNSCOPED: (
        "is marked with environment {mark.environment} and no project;"
        " take it over there (-e {mark.environment} --adopt) and release it there first"
    ),
    Standing.FOREIGN: "belongs to project {mark.project}; release it there first",
    Standing.DAMAGED: "has a damaged mark; remove that first (`assistants release` with its id)",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything the endpoint listed. `incomplete` says why there may be more; empty where there is not. `stays_incomplete`: another try
    would end in the same way.

    `pages` is how many it took. Between two pages a server may lose a row without any sign; `checked`: a walk in the other order was
    joined to this one, so that such a row is among them. `asked_at`: when its first page was asked for, in seconds of the monotonic
    clock; 0, which is long ago, where nobody knows.
    """

    assistants: tuple[Assistant, ...] = field(repr=False)  # asyncio makes a repr of what a task returns
    incomplete: str = ""
    pages: int = 1
    checked: bool = False
    asked_at: float = field(default=0.0, compare=False)
    stays_incomplete: bool = False

    @property
    def advice(self) -> str:
        """What to do about a listing that may be incomplete."""
        if self.stays_incomplete:
            return "this endpoint always does this: use one that lists everything"
        return "try again; if that does not help, use an endpoint that lists everything"

    @property
    def keeps_metadata(self) -> bool:
        """Whether any object proves that this endpoint stores metadata."""
        return any(one.keeps_metadata for one in self.assistants)
