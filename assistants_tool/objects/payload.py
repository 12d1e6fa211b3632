"""Definition -> the bodies of requests. Pure.

A create states what is declared. An update carries the whole document (a server asks for `model` each time), and for a field that is no
longer declared the value that clears it: absent would mean "unchanged" to the service. Where an update replaces the object, absent clears
by itself, and what is left to others has to be said again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.jsontext import as_text, read_structure
from assistants_tool.objects.members import METADATA
from assistants_tool.objects.normal import MARK_KEY

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.mark import Mark
    from assistants_tool.objects.members import Member

Body = dict[str, Any]


def create_body(definition: Definition, mark: Mark) -> Body:
    """What is declared, and the mark."""
    members = definition.members
    body = {name: members[name].sent(value) for name, value in definition.fields.items() if name != METADATA}
    return {**body, METADATA: {**_pairs(definition.fields.get(METADATA)), MARK_KEY: mark.encode()}}


def update_body(definition: Definition, mark: Mark, before: Assistant, *, literal: bool = False) -> Body:
    """The whole document for an assistant that is there. `literal` clears with the default itself, where null did not take."""
    body: Body = {}
    for member in definition.members.table:
        if member.name in definition.ignore:
            body |= _left_to_others(member, definition, before)
        else:
            body |= _wanted(member, definition, before, literal=literal)
    return {**body, METADATA: {**_metadata(definition, before), MARK_KEY: mark.encode()}}


def _wanted(member: Member, definition: Definition, before: Assistant, *, literal: bool) -> Body:
    """A member as it shall be: as declared, or cleared where it is not; nothing where that is so already."""
    if member.name in definition.fields:
        value = member.sent(definition.fields[member.name])
    elif definition.members.replaces or _at_default(member, before):
        return {}
    else:
        value = member.literal if literal else member.clear
    return {member.name: member.in_place_of(value, before.body.get(member.name))}


def _left_to_others(member: Member, definition: Definition, before: Assistant) -> Body:
    """An ignored member: left out, unless an update has to state it; then as it is."""
    held = before.body.get(member.name)
    if member.name in definition.members.required:
        return {member.name: held or definition.fields[member.name]}
    return {member.name: held} if definition.members.replaces and held is not None else {}


def _at_default(member: Member, before: Assistant) -> bool:
    return as_text(before.form[member.name]) == as_text(before.members.defaults[member.name])


def has_room_for_mark(definition: Definition, before: Assistant) -> bool:
    """Whether the mark finds room beside the pairs that an update leaves. An endpoint that holds more than the API's own has no limit."""
    most = definition.members.pairs_max
    return len(_metadata(definition, before)) < most or len(_held_pairs(before)) > most


def _metadata(definition: Definition, before: Assistant) -> Body:
    """The declared pairs; of ignored ones, those that are there."""
    ignored = definition.ignore
    kept = {
        key: one
        for key, one in _held_pairs(before).items()
        if key != MARK_KEY and (METADATA in ignored or f"{METADATA}.{key}" in ignored)
    }
    declared = _pairs(definition.fields.get(METADATA))
    return {
        **{key: one for key, one in declared.items() if f"{METADATA}.{key}" not in ignored and METADATA not in ignored},
        **kept,
    }


def _held_pairs(before: Assistant) -> Body:
    held = read_structure(before.body.get(METADATA))
    return _pairs(held) if isinstance(held, dict) else {}


def _pairs(metadata: Mapping[str, Any] | None) -> Body:
    return {key: value for key, value in (metadata or {}).items() if value is not None}


def release_body(before: Assistant) -> Body:
    """Everything as it is, without the mark."""
    members = before.members
    said = members.names if members.replaces else members.required
    held = {
        name: before.body.get(name) for name in said if name in members.required or before.body.get(name) is not None
    }
    return {**held, METADATA: {key: one for key, one in _held_pairs(before).items() if key != MARK_KEY}}
