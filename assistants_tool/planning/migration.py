"""What becomes of an assistant that is migrated, member by member, and of all of them under which id. Pure.

What the old endpoint holds is carried as the new API has it, and compared with what the definition says: a definition that was there before
may say otherwise.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.dialects import BLOCKS, DIALECTS
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.members import are_objects, is_object
from assistants_tool.objects.paths import dotted, leaves, value_at
from assistants_tool.planning.comparing import departures, left_out
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.dialects import Carried, Dialect, Loss
    from assistants_tool.objects.paths import Path
    from assistants_tool.planning.outcome import Outcome
    from assistants_tool.planning.plan import Change


@dataclass(frozen=True, slots=True)
class Members:
    """What became of the members of an assistant: `carried` as they are, `mapped` from where to where, `lost` with why and what comes
    nearest. In those of `changed` the definition says otherwise than the old endpoint. `notes` are on what no file can hold.
    """

    carried: tuple[str, ...] = ()
    mapped: tuple[tuple[str, str], ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """One assistant: `old_id` is empty where what was saved names none, `new_id` as long as there is none. `file` was written for it.

    `status` is one word of what was done: created, updated, adopted, unchanged, failed, unknown, not done. `message` is why, or a remark.
    """

    old_id: str
    name: str
    key: str
    new_id: str
    status: str
    members: Members
    file: str = ""
    message: str = ""


def moved(
    old: Assistant, definition: Definition, change: Change, outcome: Outcome | None, members: Members, file: str
) -> Moved:
    """One row of the table. Without an outcome nothing was to be written."""
    if not_kept := outcome.not_kept if outcome else _not_kept(definition, change):
        members = replace(members, lost=(*members.lost, (not_kept, "the endpoint does not keep it")))
    message = outcome.message if outcome else ""
    new_id = id_of(change, outcome)
    return Moved(old.id, old.name or "", definition.key, new_id, _status(outcome), members, file, message)


def id_of(change: Change, outcome: Outcome | None) -> str:
    """The id that it has now; empty as long as there is none."""
    return (outcome.id if outcome else "") or change.id or ""


def pointers(old: Assistant, new_ids: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each place that names another of those that are migrated, as a connected agent does."""
    for path, value in leaves(old.stated):
        if isinstance(value, str) and value != old.id and new_ids.get(value):
            yield f"{dotted(path)} is {value}, which is {new_ids[value]} now; correct it in the definition"


def _not_kept(definition: Definition, change: Change) -> str:
    body = change.assistant.body if change.assistant else definition.fields
    return ", ".join(left_out(definition, body, departures(definition, body))[0])


def _status(outcome: Outcome | None) -> str:
    if outcome is None:
        return "unchanged"
    return _DONE[outcome.change.action] if outcome.status is Status.DONE else outcome.status.value


_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.ADOPT: "adopted"}


# --- member by member


def members_of(
    old: Assistant, before: Dialect, definition: Definition, now: Dialect, notes: Sequence[str] = ()
) -> Members:
    """`before` is the API that the assistant was answered by, `now` that by which it is made."""
    stated = before.restate(old.stated)
    over = now.carry(stated, definition.key)
    carried, mapped, lost = [], [], list(_of_other_blocks(stated, now))
    tools = 0
    for unit in _units(stated, now):
        losses = [one for one in over.losses if one.path[: len(unit)] == unit]
        lost += [(dotted(one.path), _why(one)) for one in losses]
        there = ("tools", tools) if unit[0] == "tools" else _destination(unit, over)
        if any(one.path in (unit, (*unit, "type")) for one in losses) or (losses and there is None):
            continue
        tools += unit[0] == "tools"
        as_it_was = there == unit and _holds(value_at(over.fields, there), value_at(stated, unit))
        if there is None or as_it_was or now.is_that_of_files:
            carried.append(dotted(unit))
        else:
            mapped.append((dotted(unit), dotted(there)))
    changed = (one.path for one in departures(definition, over.fields))
    said = (*notes, *_of_files(stated, [*carried, *(of for of, _ in mapped)]))
    return Members(tuple(carried), tuple(mapped), tuple(lost), tuple(dict.fromkeys(changed)), said)


_HELD = ("file_ids", "vector_store_ids")
_NOT_COPIED = "{}: {} are unchanged, but files and stores are not copied; make sure that they exist there"


def _of_files(stated: Mapping[str, Any], kept: Collection[str]) -> Iterator[str]:
    """Of ids that were taken along, what they name was not."""
    resources = stated.get("tool_resources")
    for name, one in resources.items() if isinstance(resources, dict) else ():
        held = [member for member in _HELD if isinstance(one, dict) and one.get(member)]
        if held and f"tool_resources.{name}" in kept:
            yield _NOT_COPIED.format(f"tool_resources.{name}", " and ".join(held))


def _units(stated: Mapping[str, Any], now: Dialect) -> Iterator[Path]:
    """What is told of by itself: each member, tool, and resource of a tool."""
    for name, value in stated.items():
        if name == "tools" and are_objects(value):
            yield from ((name, index) for index, _ in enumerate(value))
        elif name == "tool_resources" and is_object(value):
            yield from ((name, inner) for inner in value)
        elif name not in BLOCKS or name == now.block:
            yield (name,)


def _destination(unit: Path, over: Carried) -> Path | None:
    """Where what stands in a unit is now; None where nothing had to be moved, as it is what the new API has by itself."""
    ways = [to for of, to in over.moves if of[: len(unit)] == unit]
    if not over.moves:
        return unit
    shared = [steps[0] for steps in itertools.takewhile(lambda steps: len(set(steps)) == 1, zip(*ways, strict=False))]
    return tuple(shared) or unit if ways else None


def _holds(made: Any, stated: Any) -> bool:
    """Whether all that was stated is in what was made of it, in its place."""
    if isinstance(stated, dict) and isinstance(made, dict):
        return all(name in made and _holds(made[name], one) for name, one in stated.items())
    return same(made, stated)


def _of_other_blocks(stated: Mapping[str, Any], now: Dialect) -> Iterator[tuple[str, str]]:
    for one in DIALECTS.values():
        if one.block and one.block != now.block and one.block in stated:
            yield one.block, f"{one.title} is the only API with this; the definition keeps it"


def _why(loss: Loss) -> str:
    return loss.message.removeprefix(f"{dotted(loss.path)}: ")
