"""A plan as data: actions, changes, and the options that it is made with. It neither shows nor does anything by itself."""

from __future__ import annotations

import enum
import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from assistants_tool.definitions.shape import shown
from assistants_tool.errors import UsageError
from assistants_tool.planning.ends import NOTHING_ENDS, Ends, span_fault

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant, Listing, Scope
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.differences import Difference


class Action(enum.Enum):
    """What a change does; the value is how it is shown."""

    CREATE = "+"
    UPDATE = "~"
    DELETE = "-"
    ADOPT = ">"
    KEEP = "="
    CONFLICT = "!"
    ORPHAN = "?"
    RELEASE = "<"


WRITES = (Action.CREATE, Action.UPDATE, Action.ADOPT, Action.RELEASE, Action.DELETE)


@dataclass(frozen=True, slots=True)
class Change:
    """One assistant's part of a plan. `definition` is the wanted side, `assistant` the one found; `reason` says why this action.

    `risks` says, without values, what deserves a second look. `twin` is set where two assistants bear one mark and this one is deleted: it
    is the other, which stays. `insisted`: a person named its full id for deletion, so whatever has become of it, it is deleted.
    `settled_by`: what settles it where this run cannot tell what became of it.
    """

    settled_by: ClassVar[str] = "the next apply"

    action: Action
    key: str
    definition: Definition | None = None
    assistant: Assistant | None = None
    reason: str = ""
    differences: tuple[Difference, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    twin: Assistant | None = None
    insisted: bool = False

    @property
    def surplus(self) -> bool:
        """Whether it deletes a second object with a mark that another one bears already."""
        return self.twin is not None

    @property
    def id(self) -> str | None:
        return self.assistant.id if self.assistant else None

    @property
    def name(self) -> str | None:
        side = self.definition or self.assistant
        return side.name if side else None


@dataclass(frozen=True, slots=True)
class Options:
    """How a plan is made. `whole`: the definitions are all that the project has, so what is missing among them is gone.

    `left_out` are keys whose definition leaves this environment out; `strays` are files that are called as a key's may be, by that key, and
    hold no definition that was read. `max_delete` is `N`, or `N%` of what is ours; `fail_on_retired_within` days as `60d`, or weeks as
    `8w`: raises UsageError for anything else.
    """

    whole: bool = False
    prune: bool = False
    adopt: bool = False
    only: tuple[str, ...] = ()
    max_delete: str | None = None
    fail_on_risk: bool = False
    fail_on_retired_within: str | None = None
    left_out: frozenset[str] = frozenset()
    strays: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_limit(self.max_delete)
        if fault := span_fault(self.fail_on_retired_within):
            raise UsageError(f"fail_on_retired_within: {fault}")

    @property
    def fails(self) -> bool:
        """Whether a plan that is refused is a failure by itself, with nothing applied."""
        return self.fail_on_risk or self.fail_on_retired_within is not None

    def selects(self, key: str) -> bool:
        """Whether a key is one of those that are planned."""
        return not self.only or any(fnmatch.fnmatchcase(key, pattern) for pattern in self.only)


@dataclass(frozen=True, slots=True)
class Held:
    """A member that no definition states and the tool does not know, as `tool_resources.azure_ai_search`, and the keys of who holds it."""

    place: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do. With any of `refusals`, each a sentence of a guard, it would write nothing.

    `listing` is what the endpoint held when the plan was made. `also_held` is what those that stay hold beside what the files state; it is
    left as it is; `ends` is what of the models and the endpoint is known to end. Its repr is short: asyncio makes one of what a task
    returns, which else takes many times the memory of all texts.
    """

    scope: Scope
    changes: tuple[Change, ...] = field(repr=False)
    listing: Listing = field(repr=False)
    refusals: tuple[str, ...] = ()
    also_held: tuple[Held, ...] = ()
    ends: Ends = NOTHING_ENDS

    def of(self, *actions: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action in actions)

    def count(self, action: Action) -> int:
        return sum(one.action is action for one in self.changes)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.of(*WRITES)

    @property
    def rests_on_absence(self) -> bool:
        """Whether a row that the listing lacks would make another plan: of a create or an adoption, as it may be there or be meant
        already, of what is deleted for want of a definition, of which of two with one mark stays, and of what is refused because something
        was not found.
        """
        return bool(self.refusals or self.of(Action.CREATE, Action.ADOPT, Action.DELETE))


DEFAULT_MAX_DELETE = "20%"
ALWAYS_DELETABLE = 5


LIMIT_PATTERN = r"^[0-9]{1,9}%?$"


def limit_fault(max_delete: object) -> str:
    """Why this cannot be how many may be deleted; empty where it can."""
    if max_delete is None or (isinstance(max_delete, str) and re.fullmatch(LIMIT_PATTERN, max_delete)):
        return ""
    return (
        f"{shown(max_delete)} is neither a number of at most 9 digits nor a percentage; write one, such as '3' or '20%'"
    )


def check_limit(max_delete: object) -> None:
    """Raises UsageError where this cannot be how many may be deleted."""
    if fault := limit_fault(max_delete):
        raise UsageError(f"max_delete: {fault}")


def deletion_limit(max_delete: str | None, ours: int) -> int:
    """How many of `ours` may be deleted. `max_delete` is `N`, `N%`, or None for the default."""
    if max_delete is None:
        return max(ALWAYS_DELETABLE, deletion_limit(DEFAULT_MAX_DELETE, ours))
    number = int(max_delete.rstrip("%"))
    return ours * number // 100 if max_delete.endswith("%") else number
