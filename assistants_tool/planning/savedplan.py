"""A plan in a file: what was seen when it was made, and enough to tell later whether it still holds, and what moved if not.

The file is a view of the plan (`view`), so it holds no value of a variable; of both sides of each change it keeps digests besides.
Applying it means to load and plan anew: what is written is always a plan of now, and the file only has a say in whether.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from assistants_tool import __version__
from assistants_tool.definitions.shape import shown
from assistants_tool.errors import ToolError
from assistants_tool.objects.jsontext import as_text
from assistants_tool.planning.destination import Destination
from assistants_tool.planning.masks import Masks
from assistants_tool.planning.plan import LIMIT_PATTERN, WRITES, Action, Change, Plan
from assistants_tool.planning.view import SeenChange, SeenPlan, counts, seen_plan
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition

FORMAT = "assistants-tool/plan"
VERSION = 2
READABLE = (1, VERSION)  # 1 had less of a target
NESTING_MAX = 300  # what is deeper in an assistant is cut off at 200


@dataclass(frozen=True, slots=True)
class Request:
    """What a plan was asked for: paths relative to the root, and the options.

    `embedded`: that endpoint was asked for by its option. `named`: so was the environment, which else is the default.
    """

    paths: tuple[Annotated[str, Field(pattern=r"^[^\x00]*$")], ...]
    environment: str = ""
    embedded: bool = False
    named: bool = False
    prune: bool = False
    adopt: bool = False
    only: tuple[str, ...] = ()
    max_delete: Annotated[str, Field(pattern=LIMIT_PATTERN)] | None = None
    fail_on_risk: bool = False


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Digests of a change's sides: the definition as its files state it, the same with the values of variables, and what was found."""

    files: str = ""
    wanted: str = ""
    found: str = ""

    @classmethod
    def of(cls, change: Change) -> Fingerprint:
        definition, assistant = change.definition, change.assistant
        files, wanted = _stated(definition) if definition else ("", "")
        return cls(files, wanted, _found(assistant) if assistant else "")


def _stated(definition: Definition) -> tuple[str, str]:
    own = [definition.protect, sorted(definition.ignore)]
    adopt = definition.variables.get(("adopt",), definition.adopt)
    return _digest([Masks(definition).stated(), own, adopt]), _digest([definition.fields, own, definition.adopt])


def _found(assistant: Assistant) -> str:
    return _digest([assistant.form, assistant.mark.encode() if assistant.mark else None])


def _digest(value: Any) -> str:
    return hashlib.blake2b(as_text(value).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan, whose it is, and the fingerprint of each change in its order. `tool` is the version that made it, `version` the format's."""

    target: Destination
    request: Request
    plan: SeenPlan
    fingerprints: tuple[Fingerprint, ...]
    tool: str = __version__
    version: int = VERSION

    def as_data(self) -> dict[str, Any]:
        """The document, as its published schema describes it."""
        changes = [
            {**change.as_data(), "fingerprint": asdict(fingerprint)}
            for change, fingerprint in zip(self.plan.changes, self.fingerprints, strict=True)
        ]
        return {
            "format": FORMAT,
            "version": self.version,
            "tool": self.tool,
            "target": self.target.as_data(),
            "request": asdict(self.request),
            "summary": counts([one.action for one in self.plan.changes]),
            "incomplete": self.plan.incomplete,
            "refusals": list(self.plan.refusals),
            "changes": changes,
        }


def saved(plan: Plan, target: Mapping[str, Any], request: Request, hidden: Redaction = NOTHING) -> SavedPlan:
    return SavedPlan(Destination(**target), request, seen_plan(plan, hidden), tuple(map(Fingerprint.of, plan.changes)))


def read(text: str, name: str) -> SavedPlan:
    """Read what `as_data` wrote. Raises ToolError, which names the file, for anything else."""
    try:
        data = json.loads(text)
        kind, version, tool = data["format"], data["version"], data["tool"]
        plan = _plan_of(data) if kind == FORMAT and version in READABLE else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        kind, version, tool, plan = "", 0, "", None
    if plan is not None:
        return plan
    if kind == FORMAT:
        raise ToolError(
            f"{name} was saved by version {shown(tool)} in a form ({shown(version)}) that this one does not read; plan again"
        )
    raise ToolError(f"{name} is not a saved plan; make one with `assistants plan --out FILE`")


def _plan_of(data: Mapping[str, Any]) -> SavedPlan:
    if _nested_too_deeply(data):
        raise ValueError(f"nested over {NESTING_MAX} levels, which could not be written again")
    changes = [{**one, "action": Action[one["action"].upper()]} for one in data["changes"]]
    members = {
        "target": _target_of(data),
        "request": data["request"],
        "plan": {"changes": changes, "incomplete": data["incomplete"], "refusals": data["refusals"]},
        "fingerprints": [one["fingerprint"] for one in changes],
        "tool": data["tool"],
        "version": data["version"],
    }
    return _shape().validate_python(members)


def _target_of(data: Mapping[str, Any]) -> dict[str, Any]:
    names = _OF_VERSION_1 if data["version"] == 1 else tuple(one.name for one in fields(Destination))
    return {name: data["target"][name] for name in names}


_OF_VERSION_1 = ("endpoint", "project", "environment")


@functools.cache
def _shape() -> TypeAdapter[SavedPlan]:
    return TypeAdapter(SavedPlan)


def _nested_too_deeply(data: Any) -> bool:
    level = [data]
    for _ in range(NESTING_MAX):
        level = [inner for one in level for inner in _inner(one)]
    return bool(level)


def _inner(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


# --- is it still the same?


def elsewhere(plan: SavedPlan, target: Mapping[str, Any]) -> Iterator[str]:
    """Where a plan was made for something else than this target, in words."""
    yield from plan.target.elsewhere(Destination(**target))


def moved(then: SavedPlan, now: SavedPlan) -> tuple[str, ...]:
    """What happened since a plan was saved, in words; empty where its changes are still the same."""
    if _essence(then) == _essence(now):
        return ()
    found = (*_definitions_moved(then, now), *_objects_moved(then, now))
    return (
        found
        or tuple(_actions_moved(then, now))
        or (f"the file was edited, or another version of the tool made it ({then.tool})",)
    )


def _essence(saved_plan: SavedPlan) -> list[Any]:
    """What would be written, or hinder that, without words."""
    counted = (*WRITES, Action.CONFLICT)
    return [
        (change.action, change.key, change.id, change.surplus, fingerprint.wanted, fingerprint.found)
        for change, fingerprint in _pairs(saved_plan)
        if change.action in counted
    ]


def _pairs(saved_plan: SavedPlan) -> Sequence[tuple[SeenChange, Fingerprint]]:
    return list(zip(saved_plan.plan.changes, saved_plan.fingerprints, strict=True))


def _definitions_moved(then: SavedPlan, now: SavedPlan) -> Iterator[str]:
    old, new = (
        {change.key: (change, print_) for change, print_ in _pairs(one) if print_.wanted} for one in (then, now)
    )
    for key in sorted({*old, *new}):
        if key not in old:
            yield f"{new[key][0].source}: the definition {key} is new"
        elif key not in new:
            yield f"{old[key][0].source}: the definition {key} is gone"
        elif old[key][1].files != new[key][1].files:
            yield f"{new[key][0].source}: the definition {key} changed"
        elif old[key][1].wanted != new[key][1].wanted:
            change = new[key][0]
            which = "the variable" if len(change.variables) == 1 else "one of the variables"
            yield f"{change.source}: {which} {', '.join(change.variables)} of {key} changed"


def _objects_moved(then: SavedPlan, now: SavedPlan) -> Iterator[str]:
    old, new = ({change.id: (change.key, print_) for change, print_ in _pairs(one) if change.id} for one in (then, now))
    for found_id in sorted({*old, *new}, key=str):
        key = (new.get(found_id) or old[found_id])[0]
        if found_id not in old:
            yield f"{found_id} ({key}) appeared on the endpoint"
        elif found_id not in new:
            yield f"{found_id} ({key}) is no longer on the endpoint"
        elif old[found_id][1].found != new[found_id][1].found:
            yield f"{found_id} ({key}) changed on the endpoint"


def _actions_moved(then: SavedPlan, now: SavedPlan) -> Iterator[str]:
    old, new = ({one.key: one for one in plan.plan.changes} for plan in (then, now))
    for key in sorted({*old, *new}):
        before, after = (side[key].action.name.lower() if key in side else "nothing" for side in (old, new))
        if before != after:
            why = f" ({new[key].reason})" if key in new and new[key].reason else ""
            yield f"{key} was to {before}, and now is to {after}{why}"
