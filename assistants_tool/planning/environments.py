"""Two environments beside each other, by key: what their files want, or what their endpoints hold. Pure.

It is seen as a plan is: what the second has, and the first has not, is as if it came, and what differs is shown from the first to the
second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.canonical import canonical, declared
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.differences import Difference, differences
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.paths import Path, steps, value_at
from assistants_tool.planning.masks import Masks, Secrets, each_inside
from assistants_tool.planning.plan import Action
from assistants_tool.planning.view import SeenChange, SeenDifference

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.unknown import Place

_VARIABLE = "\0"  # behind what stands for a variable; no text of a file holds one, so none is taken for a variable


@dataclass(frozen=True, slots=True)
class Side:
    """An assistant in one environment: `form` is compared, `whole` is what may be shown of all of it, and `shown` makes that of a part."""

    form: Mapping[str, Any]
    whole: Mapping[str, Any]
    shown: Callable[[Any, Path], Any]
    name: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two environments have, each key once. `live`: on their endpoints; else in the files."""

    environments: tuple[str, str]
    changes: tuple[SeenChange, ...]
    live: bool = False

    def count(self, action: Action) -> int:
        return sum(one.action is action for one in self.changes)

    @property
    def is_same(self) -> bool:
        return all(one.action is Action.KEEP for one in self.changes)


def compare(
    environments: tuple[str, str], first: Mapping[str, Side], second: Mapping[str, Side], *, live: bool = False
) -> Comparison:
    """Pair two sides by their keys."""
    keys = sorted(first.keys() | second.keys())
    return Comparison(
        environments, tuple(_pair(key, first.get(key), second.get(key), environments) for key in keys), live
    )


def _pair(key: str, one: Side | None, other: Side | None, environments: tuple[str, str]) -> SeenChange:
    sides = [side for side in (other, one) if side]
    seen = SeenChange(Action.KEEP, key, name=sides[0].name, source=sides[0].source)
    if one and other and same(one.form, other.form):
        return seen
    seen = replace(seen, before=one.whole if one else None, after=other.whole if other else None)
    if one and other:
        found = tuple(_seen(one, other, place) for place in differences(one.form, other.form))
        return replace(seen, action=Action.UPDATE, reason="differs", differences=found)
    action, where = (Action.CREATE, environments[1]) if other else (Action.DELETE, environments[0])
    return replace(seen, action=action, reason=f"only in {where}")


def _seen(one: Side, other: Side, difference: Difference) -> SeenDifference:
    path = steps(difference.path)
    before, after = one.shown(difference.before, path), other.shown(difference.after, path)
    if isinstance(before, str) and before == after and before.startswith("env:"):  # two values of one variable
        return SeenDifference(difference.path, variable=before.removeprefix("env:"))
    return SeenDifference(difference.path, before, after)


# --- what the files want


def wanted_side(definition: Definition) -> Side:
    """Loaded without the value of any variable: what stands for one is its name, with its default, if it has one."""
    fields = definition.fields
    defaults = {path: f", default {_as_text(value_at(fields, path))}" for path in definition.defaulted}
    names = {**definition.variables, **definition.defaulted}
    variables = {path: f"{name}{defaults.get(path, '')}{_VARIABLE}" for path, name in names.items()}
    masks = Masks(replace(definition, variables=variables))
    stated = masks.stated()
    named = replace(definition, fields={name: stated[name] for name in fields}, ignore=frozenset())
    ignored = {"ignore": sorted(definition.ignore)} if definition.ignore else {}
    form = {**named.form, "protect": definition.protect, "ignore": ignored.get("ignore", [])}
    name = _without_signs(masks.name)
    return Side(form, {**_without_signs(stated), **ignored}, _without_signs, name, definition.source)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _without_signs(value: Any, path: Path = ()) -> Any:
    if isinstance(value, str):
        return value.removesuffix(_VARIABLE)
    return each_inside(value, path, _without_signs)


# --- what the endpoints hold


def held_side(assistant: Assistant, definition: Definition | None, stated: Collection[Place], secrets: Secrets) -> Side:
    """Without its mark. `definition` is that of its key, if there is one; `stated` are the places of members that the tool does not know
    and that either environment states.
    """
    body, members = assistant.body, assistant.members
    # Of one that has no definition here, its mark alone says which of its values came from variables.
    masks = Masks(definition or Definition("", {}, members=members), secrets, assistant.mark)
    whole = masks.found(declared(body, members, stated))
    return Side(canonical(body, (), members, stated), whole, masks.found, whole.get("name"))
