"""What may be seen of a plan and of its outcomes: plain data, in which `env:NAME` stands for every value that came from a variable.

Text, markdown and JSON are made from these views alone, so that what is masked here is masked everywhere. A view can be written as JSON
and read back, which is what a saved plan is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.applying import Outcome, Status
from assistants_tool.canonical import ABSENT, Difference, declared
from assistants_tool.planning import Action, Change, Plan
from assistants_tool.shape import Path, dotted, value_at

if TYPE_CHECKING:
    from assistants_tool.definition import Definition

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeenDifference:
    """One place that differs; `variable` names where the wanted value comes from, and then neither side is told."""

    path: str
    before: Any = ABSENT
    after: Any = ABSENT
    variable: str = ""

    def as_data(self) -> Data:
        sides = {"before": self.before, "after": self.after}
        said = {name: one for name, one in sides.items() if one is not ABSENT and not self.variable}
        return {"path": self.path, **said, **({"variable": self.variable} if self.variable else {})}


@dataclass(frozen=True, slots=True)
class SeenChange:
    """One assistant's part. `before` and `after` are its members as a file would state them; for what is kept they are not repeated.

    `source` is the definition's `path:line:column`; `variables` are the names of those that it takes values from.
    """

    action: Action
    key: str
    id: str | None = None
    name: str | None = None
    source: str = ""
    reason: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    differences: tuple[SeenDifference, ...] = ()
    notes: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    surplus: bool = False
    variables: tuple[str, ...] = ()

    def as_data(self) -> Data:
        return {
            "action": self.action.name.lower(),
            "key": self.key,
            "id": self.id,
            "name": self.name,
            "source": self.source,
            "reason": self.reason,
            "before": self.before,
            "after": self.after,
            "differences": [one.as_data() for one in self.differences],
            "notes": list(self.notes),
            "risks": list(self.risks),
            "surplus": self.surplus,
            "variables": list(self.variables),
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> SeenChange:
        """What `as_data` wrote. Raises KeyError or TypeError for anything else."""
        members = {name: data[name] for name in cls.__slots__}
        lists = {name: tuple(members[name]) for name in ("notes", "risks", "variables")}
        found = tuple(SeenDifference(**one) for one in members["differences"])
        return cls(**{**members, **lists, "action": Action[data["action"].upper()], "differences": found})


@dataclass(frozen=True, slots=True)
class SeenPlan:
    """A plan. `incomplete` says why the listing may be; `refusals` are the guards' words."""

    changes: tuple[SeenChange, ...]
    incomplete: str = ""
    refusals: tuple[str, ...] = ()

    def count(self, action: Action) -> int:
        return sum(one.action is action for one in self.changes)


@dataclass(frozen=True, slots=True)
class SeenOutcome:
    """What became of a change: `status` is that of the outcome, `not_kept` the fields that the endpoint dropped."""

    action: Action
    key: str
    id: str | None
    status: Status
    message: str = ""
    not_kept: str = ""
    source: str = ""


def seen_plan(plan: Plan) -> SeenPlan:
    return SeenPlan(tuple(map(_seen_change, plan.changes)), plan.listing.incomplete, plan.refusals)


def seen_outcome(outcome: Outcome) -> SeenOutcome:
    change, definition = outcome.change, outcome.change.definition
    found_id = outcome.id or change.id
    source = definition.source if definition else ""
    return SeenOutcome(change.action, change.key, found_id, outcome.status, outcome.message, outcome.not_kept, source)


def _seen_change(change: Change) -> SeenChange:
    """What goes is not told in full: without its definition nothing says which of its values came from variables."""
    shown = SeenChange(
        change.action,
        change.key,
        change.id,
        change.name,
        reason=change.reason,
        notes=change.notes,
        risks=change.risks,
        surplus=change.surplus,
    )
    definition = change.definition
    if definition is None:
        return shown
    masks, keeps = Masks(definition), change.action is Action.KEEP
    return replace(
        shown,
        name=masks.name,
        source=definition.source,
        before=masks.found(declared(change.assistant.body)) if change.assistant and not keeps else None,
        after=None if keeps else masks.stated(),
        differences=tuple(map(masks.difference, change.differences)),
        variables=tuple(dict.fromkeys(definition.variables.values())),
    )


@dataclass
class Masks:
    """`env:NAME` for the values that a definition takes from variables, on its own side and on the endpoint's."""

    definition: Definition
    _texts: dict[str, str] = field(init=False)
    _places: dict[Path, str] = field(init=False)
    _literals: set[str] = field(init=False)

    def __post_init__(self) -> None:
        fields, variables = self.definition.fields, self.definition.variables
        values = ((value_at(fields, path), f"env:{name}") for path, name in variables.items())
        self._texts = {value: name for value, name in values if isinstance(value, str) and value}
        self._places = {_anywhere(path): f"env:{name}" for path, name in variables.items()}
        literals = (
            value for path, value in _leaves(fields, ()) if path not in variables and _anywhere(path) in self._places
        )
        self._literals = {value for value in literals if isinstance(value, str)}

    @property
    def name(self) -> str | None:
        variable = self.definition.variables.get(("name",))
        return f"env:{variable}" if variable else self.definition.name

    def stated(self) -> Data:
        """The fields as the files state them, and whether the assistant is protected."""
        protect = {"protect": True} if self.definition.protect else {}
        return {**self._stated(self.definition.fields, ()), **protect}

    def _stated(self, value: Any, path: Path) -> Any:
        if name := self.definition.variables.get(path):
            return f"env:{name}"
        return _each(value, path, self._stated)

    def found(self, value: Any, path: Path = ()) -> Any:
        """The endpoint's side. Its order may be another: each place like a variable's is masked, but for literals of the files."""
        name = self._places.get(_anywhere(path))
        told = value is None or value is ABSENT or (isinstance(value, str) and value in self._literals)
        if name and not told:
            return name
        if isinstance(value, str):
            return self._texts.get(value, value)
        return _each(value, path, self.found)

    def _wanted(self, value: Any, path: Path) -> Any:
        """The files' side, in the order of the canonical form."""
        if (name := self.definition.variables.get(path)) and value is not ABSENT:
            return f"env:{name}"
        if isinstance(value, str):
            return self._texts.get(value, value)
        return _each(value, path, self._wanted)

    def difference(self, difference: Difference) -> SeenDifference:
        """Of one that is a variable's, only the path and the name; of a larger one, such as a new tool, the rest is told."""
        for path, name in self.definition.variables.items():
            known = dotted(path)
            # Ids are compared as a set, so their places do not count.
            ids = path[0] == "tool_resources" and difference.path.partition("[")[0] == known.partition("[")[0]
            if ids or difference.path == known:
                return SeenDifference(difference.path, variable=name)
        if not self._places:
            return SeenDifference(difference.path, difference.before, difference.after)
        path = _steps(difference.path)
        return SeenDifference(
            difference.path, self.found(difference.before, path), self._wanted(difference.after, path)
        )


def _each(value: Any, path: Path, walk: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: walk(inner, (*path, name)) for name, inner in value.items()}
    return [walk(inner, (*path, index)) for index, inner in enumerate(value)] if isinstance(value, list) else value


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if members is None:
        yield path, value
    else:
        for name, inner in members:
            yield from _leaves(inner, (*path, name))


def _anywhere(path: Path) -> Path:
    """A path with `*` for every index."""
    return tuple("*" if isinstance(step, int) else step for step in path)


def _steps(path: str) -> Path:
    """The steps of a differing path, which is dotted; a metadata key may hold dots itself."""
    if path.startswith("metadata."):
        return ("metadata", path.removeprefix("metadata."))
    steps: list[str | int] = []
    for part in path.split("."):
        name, *indexes = part.split("[")
        steps += [name, *(int(one.rstrip("]")) for one in indexes)]
    return tuple(steps)


def assistants_of(plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> dict[str, str]:
    """Key -> id of what is on the endpoint afterwards, for applications: what was kept, and what was written."""
    found = {one.key: one.id for one in plan.changes if one.action is Action.KEEP}
    for one in outcomes:
        created = one.action is Action.CREATE and one.status is Status.DONE
        if created or one.action in (Action.UPDATE, Action.ADOPT):
            found[one.key] = one.id
    return {key: found_id for key, found_id in sorted(found.items()) if found_id}


def counts(actions: Sequence[Action]) -> dict[str, int]:
    """How many of each action, by its name; all of them, in their order."""
    counted = Counter(actions)
    return {action.name.lower(): counted[action] for action in Action}
