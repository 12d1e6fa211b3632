"""Definition -> the bodies of requests. Pure.

A create states what is declared. An update carries the whole document (a server asks for `model` each time), and for a field that is no
longer declared the value that clears it: absent would mean "unchanged" to the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool.models import FIELDS, METADATA_PAIRS_MAX
from assistants_tool.objects.canonical import DEFAULTS, MARK_KEY, RESOURCES, TOOLS, as_text, read_structure

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant, Mark
    from assistants_tool.objects.definition import Definition

Body = dict[str, Any]


def create_body(definition: Definition, mark: Mark) -> Body:
    """What is declared, and the mark."""
    body = {name: sent(name, value) for name, value in definition.fields.items() if name != "metadata"}
    return {**body, "metadata": {**_pairs(definition.fields.get("metadata")), MARK_KEY: mark.encode()}}


def update_body(
    definition: Definition, mark: Mark, before: Assistant, *, literal: bool = False, carried: Assistant | None = None
) -> Body:
    """The whole document for an assistant that is there. `literal` clears with the default itself, where null did not take.

    `carried` is as it was before it was written to, and its values of ignored fields are sent: some servers reset what is left out.
    """
    body = {
        name: sent(name, definition.fields[name])
        for name in FIELDS
        if name in definition.fields and name not in definition.ignore
    }
    for name in FIELDS:
        if name not in definition.fields and name not in definition.ignore and not _at_default(name, before):
            body[name] = _clearing(name, literal=literal)
    body |= _restated(left_to_others(definition), carried, before) if carried else {}
    if "tool_resources" in body:
        body["tool_resources"] = _every_member(body["tool_resources"] or {}, before)
    if "model" in definition.ignore:
        body["model"] = before.body.get("model") or definition.fields["model"]
    return {**body, "metadata": {**_metadata(definition, before), MARK_KEY: mark.encode()}}


def left_to_others(definition: Definition) -> list[str]:
    """The ignored fields that an update leaves out. A model has to be stated each time, and metadata are replaced as a whole."""
    return [name for name in FIELDS if name in definition.ignore and name not in ("model", "metadata")]


def sent(name: str, value: Any) -> Any:
    """What is sent of a declared value: all but the nulls inside, which a file may state and the service refuses.

    They say no more than absence does.
    """
    if name == "tools":
        return [_without_nulls(one) if one.get("type") in TOOLS else one for one in value]
    if name == "tool_resources":
        stated = {key: _without_nulls(one) if key in RESOURCES else one for key, one in value.items()}
        # With nothing in it, `file_search` breaks the description of a create, and says no more than absence does, either.
        return {key: one for key, one in stated.items() if one is not None and not (key in RESOURCES and one == {})}
    return _without_nulls(value) if name == "response_format" else value


def _without_nulls(value: Any) -> Any:
    """The JSON Schemas inside are not looked into: there a null means something."""
    if not isinstance(value, dict):
        return value
    return {
        key: one if key in ("parameters", "schema") else _without_nulls(one)
        for key, one in value.items()
        if one is not None
    }


def _at_default(name: str, assistant: Assistant) -> bool:
    return as_text(assistant.form[name]) == as_text(DEFAULTS[name])


def _clearing(name: str, *, literal: bool) -> Any:
    """Null, which the service reads as "the default"; but [] for tools, which are not nullable."""
    if name == "tools":
        return []
    if name == "tool_resources":
        return {}
    if literal and name != "reasoning_effort":  # of which no literal means "unset"
        return "" if DEFAULTS[name] is None else DEFAULTS[name]
    return None


def _every_member(declared: Mapping[str, Any], before: Assistant) -> Body:
    """Each member that either side holds, undeclared ones empty: a member that is left out may be left as it is.

    So it is inside of a member that we know. What another one's parts mean we do not know: of it the declared value stands alone.
    """
    held = read_structure(before.body.get("tool_resources"))
    held = held if isinstance(held, dict) else {}
    emptied = {name: _empty(value) for name, value in held.items() if value not in (None, "", [], {})}
    filled = {name: {**(emptied.get(name) or {}), **declared[name]} for name in RESOURCES if name in declared}
    return {**emptied, **declared, **filled}


def _empty(value: Any) -> Any:
    value = read_structure(value)
    return {name: [] for name, one in value.items() if isinstance(one, list)} if isinstance(value, dict) else None


def has_room_for_mark(definition: Definition, before: Assistant) -> bool:
    """Whether the mark finds room beside the pairs that an update leaves. An endpoint that holds more than the API's own has no limit."""
    return len(_metadata(definition, before)) < METADATA_PAIRS_MAX or len(_held_pairs(before)) > METADATA_PAIRS_MAX


def _metadata(definition: Definition, before: Assistant) -> Body:
    """The declared pairs; of ignored ones, those that are there."""
    ignored = definition.ignore
    kept = {
        key: one
        for key, one in _held_pairs(before).items()
        if key != MARK_KEY and ("metadata" in ignored or f"metadata.{key}" in ignored)
    }
    declared = _pairs(definition.fields.get("metadata"))
    return {
        **{key: one for key, one in declared.items() if f"metadata.{key}" not in ignored and "metadata" not in ignored},
        **kept,
    }


def _held_pairs(before: Assistant) -> Body:
    held = read_structure(before.body.get("metadata"))
    return _pairs(held) if isinstance(held, dict) else {}


def _pairs(metadata: Mapping[str, Any] | None) -> Body:
    return {key: value for key, value in (metadata or {}).items() if value is not None}


def release_body(before: Assistant) -> Body:
    """Everything as it is, without the mark."""
    body = whole_body(before, before)
    return {**body, "metadata": {key: one for key, one in body["metadata"].items() if key != MARK_KEY}}


def whole_body(held: Assistant, now: Assistant) -> Body:
    """Everything as it was held, the mark included, for an assistant that may be another `now`."""
    body = _restated(FIELDS, held, now)
    if "tool_resources" in body:
        body["tool_resources"] = _every_member(body["tool_resources"], now)
    return {**body, "model": held.body.get("model"), "metadata": _held_pairs(held)}


def _restated(names: Iterable[str], held: Assistant, now: Assistant) -> Body:
    """Members as they are held, for a request; those that are at their default only where they are not `now`.

    One of a shape that no request has is left out, which leaves it as it is.
    """
    wanted = [name for name in names if name not in ("model", "metadata")]
    stated = {name: _as_held(name, held.body[name]) for name in wanted if not _at_default(name, held)}
    cleared = [name for name in wanted if name not in stated and not _at_default(name, now)]
    sound = {name: sent(name, one) for name, one in stated.items() if _is_sound(name, one)}
    return {**sound, **{name: _clearing(name, literal=True) for name in cleared}}


def _as_held(name: str, value: Any) -> Any:
    return read_structure(value) if name in ("tools", "tool_resources", "response_format") else value


def _is_sound(name: str, value: Any) -> bool:
    if name == "tools":
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    if name == "tool_resources":
        return isinstance(value, dict) and all(one is None or isinstance(one, dict) for one in value.values())
    return True
