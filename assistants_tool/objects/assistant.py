"""What the endpoint holds: the assistant as answered, the mark that says whose it is, and the listing of all of them."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistants_tool.objects.canonical import MARK_KEY, Form, canonical, read_structure


@dataclass(frozen=True, slots=True)
class Mark:
    """Our one metadata pair: whose the assistant is, and what the last apply sent and got.

    `got` is empty where the endpoint kept what was sent. The names are at most 64 characters each, so the text stays under 512.
    """

    project: str
    environment: str
    key: str
    protect: bool = False
    sent: str = ""
    got: str = ""

    def encode(self) -> str:
        members = {
            "project": self.project,
            "environment": self.environment,
            "key": self.key,
            "protect": self.protect,
            "sent": self.sent,
            "got": self.got,
        }
        return json.dumps({name: one for name, one in members.items() if one or name == "key"}, separators=(",", ":"))

    @classmethod
    def decode(cls, value: Any) -> Mark | None:
        """The mark that a metadata value holds; None where it holds none that can be read."""
        members = read_structure(value)
        if not isinstance(members, dict) or not members.get("key"):
            return None
        texts = [members.get(name) or "" for name in ("project", "environment", "key", "sent", "got")]
        if not all(isinstance(one, str) for one in texts):
            return None
        project, environment, key, sent, got = texts
        return cls(project, environment, key, members.get("protect") is True, sent, got)


@dataclass(frozen=True)
class Assistant:
    """An assistant as the endpoint answered it: the raw JSON object, nothing added."""

    body: Mapping[str, Any]
    mark: Mark | None = field(init=False)

    def __post_init__(self) -> None:
        metadata = read_structure(self.body.get("metadata"))
        object.__setattr__(self, "mark", Mark.decode(metadata.get(MARK_KEY)) if isinstance(metadata, dict) else None)

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
    def age(self) -> tuple[float, str]:
        """The order of assistants; of two with one mark the smaller is the one that stays."""
        return self.created_at, self.id

    @cached_property
    def form(self) -> Form:
        return canonical(self.body)

    @property
    def keeps_metadata(self) -> bool:
        """Proof that this endpoint stores metadata: here is some."""
        return bool(read_structure(self.body.get("metadata")))


class Standing(enum.Enum):
    """What an assistant is to a scope, by its mark."""

    OURS = "of this project's environment"
    NEIGHBOUR = "of another declared environment of the project"
    UNSCOPED = (
        "of another declared environment, marked before the project had a name, so that not even there it is owned"
    )
    FOREIGN = "of another project"
    LOOSE = "marked with no project, or with an environment that is not declared, and so no one's here"
    UNMANAGED = "without a mark"


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of an endpoint that a run owns: a project's environment. `declared` are all environments of the project."""

    project: str = ""
    environment: str = ""
    declared: frozenset[str] = frozenset()

    def owns(self, mark: Mark | None) -> bool:
        return mark is not None and (mark.project, mark.environment) == (self.project, self.environment)

    def bearers(self, assistants: Iterable[Assistant]) -> dict[str, list[Assistant]]:
        """Who bears the mark of each key of this scope. Of several the first is the key's, the others are surplus."""
        found: dict[str, list[Assistant]] = {}
        for one in sorted(assistants, key=lambda one: one.age):
            if one.mark and self.owns(one.mark):
                found.setdefault(one.mark.key, []).append(one)
        return found

    def standing(self, mark: Mark | None) -> Standing:
        """What the bearer of this mark is to the scope."""
        if mark is None:
            return Standing.UNMANAGED
        if self.owns(mark):
            return Standing.OURS
        if mark.project not in ("", self.project):
            return Standing.FOREIGN
        if mark.environment == self.environment or mark.environment not in self.declared:
            return Standing.LOOSE
        return Standing.NEIGHBOUR if mark.project == self.project else Standing.UNSCOPED

    def held(self, mark: Mark | None) -> str:
        """Who else has the bearer of this mark, and how it is let go there; empty where it may be taken over."""
        return _HELD.get(self.standing(mark), "").format(mark=mark)

    def __str__(self) -> str:
        return f"project {self.project or '(none)'}, environment {self.environment or '(none)'}"


_HELD = {
    Standing.NEIGHBOUR: "belongs to environment {mark.environment}; release it there first",
    Standing.UNSCOPED: (
        "is marked with environment {mark.environment} and no project;"
        " take it over there (-e {mark.environment} --adopt) and release it there first"
    ),
    Standing.FOREIGN: "belongs to project {mark.project}; release it there first",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything the endpoint listed. `incomplete` says why there may be more; empty where there is not."""

    assistants: tuple[Assistant, ...] = field(repr=False)  # asyncio makes a repr of what a task returns
    incomplete: str = ""

    @property
    def keeps_metadata(self) -> bool:
        """Whether any object proves that this endpoint stores metadata."""
        return any(one.keeps_metadata for one in self.assistants)
