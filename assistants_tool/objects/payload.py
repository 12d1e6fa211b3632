"""Definition -> the bodies of requests. Pure.

A create states what is declared. An update carries the whole document (a server asks for `model` each time), and for a field that is no
longer declared the value that clears it: absent would mean "unchanged" to the service. Where an update replaces the object, absent clears
by itself, and what is left to others has to be said again. What the object holds beside all that the tool knows goes along with what is
sent whole. A mask that a server put in a value's place is never sent: it would replace the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistants_tool.errors import ToolError
from assistants_tool.objects.jsontext import read_structure, same
from assistants_tool.objects.masked import masked
from assistants_tool.objects.members import METADATA
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.paths import dotted
from assistants_tool.objects.unknown import carried, unknown

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.mark import Mark
    from assistants_tool.objects.members import Member
    from assistants_tool.objects.paths import Path
    from assistants_tool.objects.unknown import Found

Body = dict[str, Any]


def create_body(definition: Definition, mark: Mark) -> Body:
    """What is declared, and the mark. Raises ToolError where a mask stands in place of a value."""
    body = _unmasked(members_of_create(definition), definition)
    return {**body, METADATA: {**_pairs(definition.fields.get(METADATA)), MARK_KEY: mark.encode()}}


def members_of_create(definition: Definition) -> Body:
    """What a create states, but for the metadata."""
    return {name: _sent(name, definition) for name in definition.fields if name != METADATA}


def _sent(name: str, definition: Definition) -> Any:
    """What a request states of a declared member: one that we do not know as it is."""
    members, value = definition.members, definition.fields[name]
    return members[name].sent(value) if name in members else value


def update_body(
    definition: Definition, mark: Mark, before: Assistant, *, literal: bool = False, held: Assistant | None = None
) -> Body:
    """The body of an update: the whole document. `literal`: clear by sending the default itself, because sending null did not clear.

    `held` is the assistant as it was before this run wrote to it. Where it is given, ignored fields are sent with its values, because the
    server was seen to reset what an update leaves out. The mark in the body tells what is left of the members that the tool does not know.
    Raises ToolError where a mask stands in place of a value.
    """
    body = _unmasked(members_of_update(definition, before, literal=literal, held=held), definition)
    left = unknown({**before.body, **body}, definition.members)
    pairs = {**_metadata(definition, before), MARK_KEY: replace(mark, rest=left.rest(definition.stated)).encode()}
    return {**body, METADATA: pairs}


def members_of_update(
    definition: Definition, before: Assistant, *, literal: bool = False, held: Assistant | None = None
) -> Body:
    """What an update states, but for the metadata."""
    body = {name: one for name, one in definition.fields.items() if name not in definition.members}
    for member in definition.members.table:
        if member.name in definition.ignore:
            body |= _restated([member], held, before) if held else {}
            body |= _left_to_others(member, definition, before)
        elif member.name != METADATA:
            body |= _wanted(member, definition, before, literal=literal)
    return carried(body, before.body, definition.members, definition.stated)


def left_as_it_is(definition: Definition, before: Assistant) -> tuple[Found, ...]:
    """The members that neither the tool knows nor the definition states, and that an update leaves as they are."""
    if not before.unknown.told:
        return ()
    body = members_of_update(definition, before)
    return unknown({**before.body, **body}, definition.members).besides(definition.stated)


def left_to_others(definition: Definition) -> list[str]:
    """The ignored fields that an update leaves out. What has to be stated each time is, and metadata are replaced as a whole."""
    stated = (*definition.members.required, METADATA)
    return [name for name in definition.members.names if name in definition.ignore and name not in stated]


def _unmasked(body: Body, definition: Definition) -> Body:
    if found := masked(body, definition.members):
        raise ToolError(f"nothing was sent: {masked_words(found)}")
    return body


def masked_words(found: Sequence[Path]) -> str:
    """That masks would be sent, where, and what to do about it."""
    places = ", ".join(map(dotted, found))
    are = "holds a mask" if len(found) == 1 else "hold masks"
    return (
        f"{places} {are} in place of a value, which would be sent in its place;"
        " state the value there, best as {env: NAME} (under `extra:`, where the tool does not know the field)"
    )


def _wanted(member: Member, definition: Definition, before: Assistant, *, literal: bool) -> Body:
    """A member that is managed: as declared; or what clears it; or nothing, where it is not declared and not set either."""
    if member.name in definition.fields:
        value = _sent(member.name, definition)
    elif member.servers_choice or definition.members.replaces or _at_default(member, before):
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
    return same(before.form[member.name], before.members.defaults[member.name])


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

    One of a shape that no request has, or with a mask in place of a value, is left out, which leaves it as it is.
    """
    body: Body = {}
    for member in members:
        if member.name == METADATA or member.name in held.members.required:
            continue
        value, there = _as_held(member, held.body.get(member.name)), now.body.get(member.name)
        if masked({member.name: value}, held.members):
            continue
        if not _at_default(member, held):
            body |= {member.name: member.in_place_of(member.sent(value), there)} if member.is_sound(value) else {}
        elif not _at_default(member, now):
            body[member.name] = member.in_place_of(member.literal, there)
    return body


def _as_held(member: Member, value: Any) -> Any:
    """What some servers hand out as JSON in a text is read, but where a text is what it is."""
    return value if () in member.places else read_structure(value)
