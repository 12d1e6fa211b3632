"""A plan in a file: what was seen when it was made, and enough to tell later whether it still holds, and what moved if not.

The file is a view of the plan (`view`), so it holds no value of a variable; of both sides of each change it keeps digests besides.
Applying it means to load and plan anew: what is written is always a plan of now, and the file only has a say in whether.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from assistants_tool import __version__
from assistants_tool.definitions.pastes import SAVED_PLAN
from assistants_tool.definitions.shape import shown
from assistants_tool.errors import Problem, Severity, ToolError
from assistants_tool.objects.jsontext import fingerprint
from assistants_tool.planning.destination import Destination
from assistants_tool.planning.ends import Ends, span_fault
from assistants_tool.planning.masks import Masks
from assistants_tool.planning.plan import WRITES, Action, Change, Options, Plan, limit_fault
from assistants_tool.planning.view import SeenChange, SeenPlan, counts, remark_data, seen_plan
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition

FORMAT = SAVED_PLAN
VERSION = 2
READABLE = (1, VERSION)  # 1 had less of a target
NESTING_MAX = 300  # what is deeper in an assistant is cut off at 200


@dataclass(frozen=True, slots=True)
class Request:
    """What a plan was asked for: paths relative to the root, and the options.

    `embedded`: that endpoint was asked for by its option. `named`: so was the environment, which else is the default. `api`: that which
    was asked for by its option. `drops`: so was to drop what an API has no place for.

    Raises ValueError for a path, a limit or a span of time that nobody can have given.
    """

    paths: tuple[str, ...]
    environment: str = ""
    embedded: bool = False
    named: bool = False
    prune: bool = False
    adopt: bool = False
    only: tuple[str, ...] = ()
    max_delete: str | None = None
    fail_on_risk: bool = False
    api: str | None = None
    drops: bool = False
    fail_on_retired_within: str | None = None

    def __post_init__(self) -> None:
        odd = limit_fault(self.max_delete) or span_fault(self.fail_on_retired_within)
        if odd or any("\x00" in one for one in self.paths):
            raise ValueError("no plan can have these options")

    @classmethod
    def of(cls, options: Options, paths: tuple[str, ...], **chosen: Any) -> Request:
        """What a plan with these options was asked for; `chosen` are the other members."""
        return cls(paths, **{name: getattr(options, name) for name in _OPTIONS}, **chosen)

    @property
    def options(self) -> Options:
        """Those that the plan is made anew with."""
        return Options(**{name: getattr(self, name) for name in _OPTIONS})


_OPTIONS = {one.name for one in fields(Request)} & {one.name for one in fields(Options)}


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
        return cls(files, wanted, _found(assistant, definition) if assistant else "")


def _stated(definition: Definition) -> tuple[str, str]:
    own = [definition.protect, sorted(definition.ignore)]
    as_written = replace(definition, variables={**definition.variables, **definition.defaulted})
    adopt = as_written.variables.get(("adopt",), definition.adopt)
    return _digest([Masks(as_written).stated(), own, adopt]), _digest([definition.fields, own, definition.adopt])


def _found(assistant: Assistant, definition: Definition | None) -> str:
    """Without what is ignored, which may move as it likes; with what is stated of members that the tool does not know."""
    form = definition.form_of(assistant.body) if definition else assistant.form
    return _digest([form, assistant.mark.encode() if assistant.mark else None])


def _digest(value: Any) -> str:
    return fingerprint(value, 12)


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as its file holds it: `plan` shows no value of a variable, `fingerprints` has one for each change, in their order.

    `target` says what it was made for (endpoint, project, environment), `request` with which paths and options, `tool` by which version.
    `name` is the file that it was read from, for messages, `version` the format's.
    """

    target: Destination
    request: Request
    plan: SeenPlan
    fingerprints: tuple[Fingerprint, ...]
    tool: str = __version__
    name: str = field(default="the plan", compare=False)
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
            "request": {name: _as_json(one) for name, one in asdict(self.request).items()},
            "summary": counts([one.action for one in self.plan.changes]),
            "incomplete": self.plan.incomplete,
            "warnings": [remark_data(one) for one in self.plan.remarks if one.severity is Severity.WARNING],
            "notes": [remark_data(one) for one in self.plan.remarks if one.severity is Severity.NOTE],
            "refusals": list(self.plan.refusals),
            "also_held": [asdict(one) for one in self.plan.also_held],
            "ends": _ends_data(self.plan.ends),
            "changes": changes,
        }


def _ends_data(ends: Ends) -> dict[str, Any]:
    """With the names that `models -o json` has."""
    there = ends.endpoint
    return {
        "models": [
            {
                "id": one.model,
                "deployment_of": one.of or None,
                "shutdown_date": one.day.isoformat() if one.day else None,
                "shutdown_source": one.word,
                "definitions": list(one.keys),
            }
            for one in ends.models
        ],
        "endpoint": {"service": there.service if there else None, "date": there.day.isoformat() if there else None},
        "unread": ends.unread,
    }


def _ends_of(data: Mapping[str, Any], environment: str) -> dict[str, Any]:
    """What that was made of."""
    there = data["endpoint"]
    names = {"model": "id", "keys": "definitions", "day": "shutdown_date", "word": "shutdown_source"}
    return {
        "models": [
            {**{ours: one[name] for ours, name in names.items()}, "of": one["deployment_of"] or ""}
            for one in data["models"]
        ],
        "endpoint": {"service": there["service"], "day": there["date"], "environment": environment}
        if there["date"]
        else None,
        "unread": data["unread"],
    }


def _as_json(value: Any) -> Any:
    """What reading the file gives: JSON has lists only."""
    return list(value) if isinstance(value, tuple) else value


def saved(
    plan: Plan,
    target: Mapping[str, Any],
    request: Request,
    hidden: Redaction = NOTHING,
    remarks: Iterable[Problem] = (),
) -> SavedPlan:
    """`remarks` are what is worth saying of the definitions."""
    prints = tuple(map(Fingerprint.of, plan.changes))
    return SavedPlan(Destination(**target), request, seen_plan(plan, hidden, remarks), prints)


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
        plan = _plan_of(data, name) if kind == FORMAT and version in READABLE else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        kind, version, tool, plan = "", 0, "", None
    if plan is not None:
        return plan
    if kind == FORMAT:
        raise ToolError(
            f"{name} was saved by version {shown(tool)} in a form ({shown(version)}) that this one does not read; plan again"
        )
    raise ToolError(f"{name} is not a saved plan; make one with `assistants plan --out FILE`")


def _plan_of(data: Mapping[str, Any], name: str) -> SavedPlan:
    if _nested_too_deeply(data):
        raise ValueError(f"nested over {NESTING_MAX} levels, which could not be written again")
    changes = [{**one, "action": Action[one["action"].upper()]} for one in data["changes"]]
    members = {
        "target": _target_of(data),
        "request": data["request"],
        "plan": {
            "changes": changes,
            "incomplete": data["incomplete"],
            "refusals": data["refusals"],
            "also_held": data.get("also_held", []),
            # A plan of an earlier version says nothing of it.
            "ends": _ends_of(data["ends"], data["target"]["environment"]) if "ends" in data else {},
            "remarks": [
                {**one, "severity": severity}
                for name, severity in (("warnings", Severity.WARNING), ("notes", Severity.NOTE))
                for one in data.get(name, ())  # a plan of an earlier version has none
            ],
        },
        "fingerprints": [one["fingerprint"] for one in changes],
        "tool": data["tool"],
        "name": name,
        "version": data["version"],
    }
    return _shape().validate_python(members)


def _target_of(data: Mapping[str, Any]) -> dict[str, Any]:
    names = _OF_VERSION_1 if data["version"] == 1 else tuple(one.name for one in fields(Destination))
    return {name: data["target"][name] for name in names}


_OF_VERSION_1 = ("endpoint", "project", "environment")


@functools.cache
def _shape() -> TypeAdapter[SavedPlan]:
    from pydantic import TypeAdapter

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


@dataclass(frozen=True, slots=True)
class _Part:
    """One change, as far as it says whether a plan still holds. `source` and `variables` are those of its definition."""

    action: Action
    key: str
    id: str | None
    surplus: bool
    reason: str
    source: str
    variables: tuple[str, ...]
    print_: Fingerprint

    @classmethod
    def of(cls, change: Change | SeenChange, source: str, variables: Iterable[str], print_: Fingerprint) -> _Part:
        reason, found_id = change.reason, change.id
        return cls(change.action, change.key, found_id, change.surplus, reason, source, tuple(variables), print_)


_Parts = Sequence[_Part]


def _parts(plan: SavedPlan | Plan) -> _Parts:
    if isinstance(plan, SavedPlan):
        pairs = zip(plan.plan.changes, plan.fingerprints, strict=True)
        return [_Part.of(one, one.source, one.variables, print_) for one, print_ in pairs]
    return [_of_change(one) for one in plan.changes]


def _of_change(change: Change) -> _Part:
    definition = change.definition
    variables = dict.fromkeys(definition.variables.values()) if definition else ()
    return _Part.of(change, definition.source if definition else "", variables, Fingerprint.of(change))


def moved(then: SavedPlan | Plan, now: SavedPlan | Plan) -> tuple[str, ...]:
    """What happened since a plan was made, in words; empty where its changes are still the same."""
    old, new = _parts(then), _parts(now)
    if _essence(old) == _essence(new):
        return ()
    found = (*_definitions_moved(old, new), *_objects_moved(old, new)) or tuple(_actions_moved(old, new))
    return found or (_unexplained(then),)


def _unexplained(then: SavedPlan | Plan) -> str:
    if isinstance(then, SavedPlan):
        return f"the file was edited, or another version of the tool made it ({then.tool})"
    return "what would be written is not what was shown"


def _essence(parts: _Parts) -> list[Any]:
    """What would be written, or hinder that, without words."""
    counted = (*WRITES, Action.CONFLICT)
    return [
        (one.action, one.key, one.id, one.surplus, one.print_.wanted, one.print_.found)
        for one in parts
        if one.action in counted
    ]


def _definitions_moved(then: _Parts, now: _Parts) -> Iterator[str]:
    old, new = ({one.key: one for one in parts if one.print_.wanted} for parts in (then, now))
    for key in sorted({*old, *new}):
        if key not in old:
            yield f"{new[key].source}: the definition {key} is new"
        elif key not in new:
            yield f"{old[key].source}: the definition {key} is gone"
        elif old[key].print_.files != new[key].print_.files:
            yield f"{new[key].source}: the definition {key} changed"
        elif old[key].print_.wanted != new[key].print_.wanted:
            names = new[key].variables
            which = "the variable" if len(names) == 1 else "one of the variables"
            yield f"{new[key].source}: {which} {', '.join(names)} of {key} changed"


def _objects_moved(then: _Parts, now: _Parts) -> Iterator[str]:
    old, new = ({one.id: one for one in parts if one.id} for parts in (then, now))
    for found_id in sorted({*old, *new}, key=str):
        key = (new.get(found_id) or old[found_id]).key
        named = f"{found_id} ({key})" if key else str(found_id)
        if found_id not in old:
            yield f"{named} appeared on the endpoint"
        elif found_id not in new:
            yield f"{named} is no longer on the endpoint"
        elif old[found_id].print_.found != new[found_id].print_.found:
            yield f"{named} changed on the endpoint"


def _actions_moved(then: _Parts, now: _Parts) -> Iterator[str]:
    old, new = ({one.key: one for one in parts} for parts in (then, now))
    for key in sorted({*old, *new}):
        before, after = (side[key].action.name.lower() if key in side else "nothing" for side in (old, new))
        if before != after:
            why = f" ({new[key].reason})" if key in new and new[key].reason else ""
            yield f"{key} was to {before}, and is now to {after}{why}"
