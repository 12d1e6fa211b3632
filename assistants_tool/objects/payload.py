"""Definition -> the bodies of requests. Pure.

A create states what is declared. An update states the whole document, as a server asks for `model` each time. A field that is not
declared any more is sent with the value that clears it, because to the service a missing field is an unchanged one. On an endpoint where an
update replaces the object it is the other way round: what is missing is cleared, and what is left to others has to be stated again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """The body of a create: what is declared, and the mark."""
    members = definition.members
    body = {name: members[name].sent(value) for name, value in definition.fields.items() if name != METADATA}
    return {**body, METADATA: {**_pairs(definition.fields.get(METADATA)), MARK_KEY: mark.encode()}}


def update_body(
    definition: Definition, mark: Mark, before: Assistant, *, literal: bool = False, carried: Assistant | None = None
) -> Body:
    """The body of an update: the whole document. `literal`: clear by sending the default itself, because sending null did not clear.

    `carried` is the assistant as it was before this run wrote to it. Where it is given, ignored fields are sent with its values, because
    the server was seen to reset what an update leaves out.
    """
    body: Body = {}
    for member in definition.members.table:
        if member.name in definition.ignore:
            body |= _restated([member], carried, before) if carried else {}
            body |= _left_to_others(member, definition, before)
        else:
            body |= _wanted(member, definition, before, literal=literal)
    return {**body, METADATA: {**_metadata(definition, before), MARK_KEY: mark.encode()}}


def _wanted(member: Member, definition: Definition, before: Assistant, *, literal: bool) -> Body:
    """A member that is managed: as declared; or what clears it; or nothing, where it is not declared and not set either."""
    if member.name in definition.fields:
        value = member.sent(definition.fields[member.name])
    elif definition.members.replaces or _at_default(member, before):
        return {}
    else:
        value = member.literal if literal else member.clear
    return {member.name: member.in_place_of(value, before.body.get(member.name))}


def _left_to_others(member: Member, definition: Definition, before: Assistant) -> Body:
    """A member that is ignored: nothing, or, where an update has to state it, the value that the endpoint holds."""
    held = before.body.get(member.name)
    if member.name in definition.members.required:
        return {member.name: held or definition.fields[member.name]}
    return {member.name: held} if definition.members.replaces and held is not None else {}


def _at_default(member: Member, before: Assistant) -> bool:
    return as_text(before.form[member.name]) == as_text(before.members.defaults[member.name])


def has_room_for_mark(definition: Definition, before: Assistant) -> bool:
    """Whether there is room for the mark among the pairs of metadata that an update leaves."""
    most = definition.members.pairs_max
    # An endpoint that holds more pairs than the API allows has no such limit.
    return len(_metadata(definition, before)) < most or len(_held_pairs(before)) > most


def _metadata(definition: Definition, before: Assistant) -> Body:
    """The pairs of metadata that an update states: those that are declared, and those that are ignored as the endpoint holds them."""
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
    """The body of an update that takes the mark off and changes nothing else."""
    body = whole_body(before, before)
    return {**body, METADATA: {key: one for key, one in body[METADATA].items() if key != MARK_KEY}}


def whole_body(held: Assistant, now: Assistant) -> Body:
    """Everything as it was held, the mark included, for an assistant that may be another `now`."""
    body = _restated(held.members.table, held, now)
    required = {name: held.body.get(name) for name in held.members.required}
    return {**body, **required, METADATA: _held_pairs(held)}


def _restated(members: Iterable[Member], held: Assistant, now: Assistant) -> Body:
    """Members as they are held, for a request; those that are at their default only where they are not `now`.

    One of a shape that no request has is left out, which leaves it as it is.
    """
    body: Body = {}
    for member in members:
        if member.name == METADATA or member.name in held.members.required:
            continue
        value, there = _as_held(member, held.body.get(member.name)), now.body.get(member.name)
        if not _at_default(member, held):
            body |= {member.name: member.in_place_of(member.sent(value), there)} if member.is_sound(value) else {}
        elif not _at_default(member, now):
            body[member.name] = member.in_place_of(member.literal, there)
    return body


def _as_held(member: Member, value: Any) -> Any:
    """What some servers hand out as JSON in a text is read, but where a text is what it is."""
    return value if () in member.places else read_structure(value)
