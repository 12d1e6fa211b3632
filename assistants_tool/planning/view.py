"""What may be seen of a plan and of its outcomes: plain data, in which `env:NAME` stands for every value that came from a variable.

Text, markdown and JSON are made from these views alone, so that what is masked here is masked everywhere. A view can be written as JSON
and read back, which is what a saved plan is. A server's own words come from the endpoint with the values of variables hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.errors import Problem  # noqa: TC001 - pydantic reads it, for a saved plan
from assistants_tool.objects.canonical import declared
from assistants_tool.objects.differences import ABSENT, Difference
from assistants_tool.planning.ends import NOTHING_ENDS, Ends
from assistants_tool.planning.masks import Data, Masks, Secrets, name_of
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change, Held, Plan
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition


@dataclass(frozen=True, slots=True)
class SeenDifference:
    """One place that differs. Where the wanted value comes from a variable, `variable` names it, and neither side is shown."""

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
    """One assistant's part. `before` and `after` are its members as a file would state them; None for what is kept, to save room.

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


@dataclass(frozen=True, slots=True)
class SeenPlan:
    """A plan. `incomplete` says why the listing may lack rows; `refusals` are the sentences of the guards; `also_held` is what the endpoint
    holds and no file states; `remarks` are warnings about definitions; `ends` is what ends of models and endpoint.
    """

    changes: tuple[SeenChange, ...]
    incomplete: str = ""
    refusals: tuple[str, ...] = ()
    also_held: tuple[Held, ...] = ()
    remarks: tuple[Problem, ...] = ()
    ends: Ends = NOTHING_ENDS

    def count(self, action: Action) -> int:
        return sum(one.action is action for one in self.changes)


@dataclass(frozen=True, slots=True)
class SeenOutcome:
    """What became of a change: `status` is that of the outcome.

    `not_kept` are the places that the endpoint did not keep, `still_there` those where it holds what is not wanted there.
    """

    action: Action
    key: str
    id: str | None
    status: Status
    message: str = ""
    not_kept: str = ""
    source: str = ""
    still_there: str = ""


def seen_plan(plan: Plan, hidden: Redaction = NOTHING, remarks: Iterable[Problem] = ()) -> SeenPlan:
    """What may be seen of a plan. `hidden` are the values of all loaded definitions, also of those that are not part of the plan: any
    assistant may bear a value of any definition.
    """
    secrets = Secrets.of(hidden, (one.definition for one in plan.changes if one.definition))
    changes = (_seen_change(one, secrets) for one in plan.changes)
    said = (replace(one, message=hidden.text(one.message), excerpt="") for one in remarks)
    return SeenPlan(tuple(changes), plan.listing.incomplete, plan.refusals, plan.also_held, tuple(said), plan.ends)


def remark_data(problem: Problem) -> Data:
    """A problem of a file as the JSON documents have it."""
    return {"path": problem.path, "line": problem.line, "column": problem.column, "message": problem.message}


def seen_outcome(outcome: Outcome) -> SeenOutcome:
    """What may be seen of an outcome. Its message is shown as it is: the endpoint has already hidden what a server must not repeat."""
    change, definition = outcome.change, outcome.change.definition
    found_id = outcome.id or change.id
    source = definition.source if definition else ""
    said = outcome.message, outcome.not_kept, source, outcome.still_there
    return SeenOutcome(change.action, change.key, found_id, outcome.status, *said)


def _seen_difference(masks: Masks, difference: Difference) -> SeenDifference:
    if variable := masks.variable(difference):
        return SeenDifference(difference.path, variable=variable)
    return SeenDifference(difference.path, *masks.sides(difference))


def _seen_change(change: Change, secrets: Secrets) -> SeenChange:
    """What may be seen of a change. Of an assistant without a definition only the name is shown: nothing says which of its values came from
    variables.

    The reason is shown as it is: it is made of keys, ids and environments, which are never values of variables.
    """
    mark = change.assistant.mark if change.assistant else None
    shown = SeenChange(
        change.action,
        change.key,
        change.id,
        name_of(change.name, mark, secrets),
        reason=change.reason,
        notes=change.notes,
        risks=change.risks,
        surplus=change.surplus,
    )
    definition = change.definition
    if definition is None:
        return shown
    masks, keeps = Masks(definition, secrets, mark), change.action is Action.KEEP
    return replace(
        shown,
        name=masks.name,
        source=definition.source,
        before=masks.found(_held(change.assistant, definition)) if change.assistant and not keeps else None,
        after=None if keeps else masks.stated(),
        differences=tuple(_seen_difference(masks, one) for one in change.differences),
        variables=tuple(dict.fromkeys([*definition.variables.values(), *definition.defaulted.values()])),
    )


def _held(assistant: Assistant, definition: Definition) -> Data:
    """What of an assistant is compared. What no file states is named by its place alone: it may be anybody's secret."""
    return declared(assistant.body, definition.members, definition.stated)


def assistants_of(plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> dict[str, str]:
    """Key -> id of what is on the endpoint after an apply, for applications that have to know the ids."""
    found = {one.key: one.id for one in plan.changes if one.action in (Action.KEEP, Action.UPDATE)}
    done = (one for one in outcomes if one.status is Status.DONE)
    found |= {one.key: one.id for one in done if one.action in (Action.CREATE, Action.UPDATE, Action.ADOPT)}
    return {key: found_id for key, found_id in sorted(found.items()) if found_id}


def counts(actions: Sequence[Action]) -> dict[str, int]:
    """Name of an action -> how many there are; every action, in their order."""
    counted = Counter(actions)
    return {action.name.lower(): counted[action] for action in Action}
