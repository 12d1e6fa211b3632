"""A plan in a file: what was seen when it was made, and enough to tell later whether it still holds, and what moved if not.

The file is a view of the plan (`view`), so it holds no value of a variable; of both sides of each change it keeps digests besides.
Applying it means to load and plan anew: what is written is always a plan of now, and the file only has a say in whether.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from assistants_tool import __version__
from assistants_tool.definitions.shape import shown
from assistants_tool.errors import Problem, Severity, ToolError
from assistants_tool.objects.jsontext import as_text
from assistants_tool.planning.masks import Masks
from assistants_tool.planning.plan import LIMIT_PATTERN, WRITES, Action, Change, Plan
from assistants_tool.planning.view import SeenChange, SeenPlan, counts, remark_data, seen_plan
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition

FORMAT = "assistants-tool/plan"
VERSION = 1
TARGET = ("endpoint", "project", "environment")
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
    as_written = replace(definition, variables={**definition.variables, **definition.defaulted})
    adopt = as_written.variables.get(("adopt",), definition.adopt)
    return _digest([Masks(as_written).stated(), own, adopt]), _digest([definition.fields, own, definition.adopt])


def _found(assistant: Assistant) -> str:
    return _digest([assistant.form, assistant.mark.encode() if assistant.mark else None])


def _digest(value: Any) -> str:
    return hashlib.blake2b(as_text(value).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan, whose it is, and the fingerprint of each change in its order. `tool` is the version that made it."""

    target: Mapping[str, str]
    request: Request
    plan: SeenPlan
    fingerprints: tuple[Fingerprint, ...]
    tool: str = __version__

    def as_data(self) -> dict[str, Any]:
        """The document, as its published schema describes it."""
        changes = [
            {**change.as_data(), "fingerprint": asdict(fingerprint)}
            for change, fingerprint in zip(self.plan.changes, self.fingerprints, strict=True)
        ]
        return {
            "format": FORMAT,
            "version": VERSION,
            "tool": self.tool,
            "target": dict(self.target),
            "request": asdict(self.request),
            "summary": counts([one.action for one in self.plan.changes]),
            "incomplete": self.plan.incomplete,
            "warnings": [remark_data(one) for one in self.plan.remarks if one.severity is Severity.WARNING],
            "notes": [remark_data(one) for one in self.plan.remarks if one.severity is Severity.NOTE],
            "refusals": list(self.plan.refusals),
            "changes": changes,
        }


def saved(
    plan: Plan,
    target: Mapping[str, str],
    request: Request,
    hidden: Redaction = NOTHING,
    remarks: Iterable[Problem] = (),
) -> SavedPlan:
    """`remarks` are what is worth saying of the definitions."""
    return SavedPlan(target, request, seen_plan(plan, hidden, remarks), tuple(map(Fingerprint.of, plan.changes)))


def claims_to_be_one(data: bytes) -> bool:
    """Whether a file says that it is a saved plan, of whichever version. One that is not whole is taken at its word."""
    if FORMAT.encode() not in data:
        return False
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return True
    return isinstance(found, dict) and found.get("format") == FORMAT


def read(text: str, name: str) -> SavedPlan:
    """Read what `as_data` wrote. Raises ToolError, which names the file, for anything else."""
    try:
        data = json.loads(text)
        kind, version, tool = data["format"], data["version"], data["tool"]
        plan = _plan_of(data) if (kind, version) == (FORMAT, VERSION) else None
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
        "target": {name: data["target"][name] for name in TARGET},
        "request": data["request"],
        "plan": {
            "changes": changes,
            "incomplete": data["incomplete"],
            "refusals": data["refusals"],
            "remarks": [
                {**one, "severity": severity}
                for name, severity in (("warnings", Severity.WARNING), ("notes", Severity.NOTE))
                for one in data.get(name, ())  # a plan of an earlier version has none
            ],
        },
        "fingerprints": [one["fingerprint"] for one in changes],
        "tool": data["tool"],
    }
    return _shape().validate_python(members)


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


def elsewhere(plan: SavedPlan, target: Mapping[str, str]) -> Iterator[str]:
    """Where a plan was made for something else than this target, in words."""
    for name in TARGET:
        then, now = plan.target.get(name), target.get(name)
        if then != now:
            yield f"the {name} is {now or '(none)'}, and the plan was made for {then or '(none)'}"


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
