"""Definition -> the bodies of requests. Pure.

A create states what is declared. An update carries the whole document (a server asks for `model` each time), and for a field that is no
longer declared the value that clears it: absent would mean "unchanged" to the service. Where an update replaces the object, absent clears
by itself, and what is left to others has to be said again. What the object holds beside all that the tool knows goes along with what is
sent whole. A mask that a server put in a value's place is never sent: it would replace the value.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistants_tool.errors import ToolError
from assistants_tool.objects.again import as_it_was
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.masked import masked, masked_words
from assistants_tool.objects.members import METADATA
from assistants_tool.objects.normal import MARK_KEY, pairs_of
from assistants_tool.objects.paths import anywhere, leaves
from assistants_tool.objects.unknown import carried, unknown

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.mark import Mark
    from assistants_tool.objects.members import Member
    from assistants_tool.objects.unknown import Found

Body = dict[str, Any]


def create_body(definition: Definition, mark: Mark) -> Body:
    """What is declared, and the mark. Raises ToolError where a mask stands in place of a value."""
    body = _unmasked(members_of_create(definition), definition)
    return {**body, METADATA: {**pairs_of(definition.fields.get(METADATA)), MARK_KEY: mark.encode()}}


def members_of_create(definition: Definition) -> Body:
    """What a create states, but for the metadata."""
    return {name: definition.members.sent(name, one) for name, one in definition.fields.items() if name != METADATA}


def update_body(
    definition: Definition,
    mark: Mark,
    before: Assistant,
    *,
    literal: bool = False,
    held: Assistant | None = None,
    moving: Collection[str] = (),
) -> Body:
    """The body of an update: the whole document. `literal`: clear by sending the default itself, because sending null did not clear.

    `held` is the assistant as it was before this run wrote to it. Where it is given, ignored fields are sent with its values, because the
    server was seen to reset what an update leaves out. The mark in the body tells what is left of the members that the tool does not know,
    but for those whose tags are `moving`, because the server was seen to set them by itself. Raises ToolError where a mask stands in place
    of a value.
    """
    body = _unmasked(members_of_update(definition, before, literal=literal, held=held), definition)
    found = unknown({**before.body, **body}, definition.members)
    left = {one.tag for one in found.besides(definition.stated)}
    rest = found.rest(definition.stated, left & {*moving, *before.moving})
    told = replace(mark, rest=rest, variables=_from_variables(definition, before))
    return {**body, METADATA: {**_metadata(definition, before), MARK_KEY: told.encode()}}


def _from_variables(definition: Definition, before: Assistant) -> tuple[str, ...]:
    """Where the assistant has values of variables: as the definition says, and where it had them and no file says what is there now.

    Such a value may stay: it is ignored, whatever a file states, or the tool does not know its member, or the server does not let go of it.
    """
    held = before.mark.variables if before.mark else ()
    stated = {anywhere(path) for path, _ in leaves(definition.fields) if not definition.ignores(path)}
    left = (one for one in held if any(anywhere(path) not in stated for path, _ in before.values_at(one)))
    return tuple(sorted({*definition.variable_places, *left}))


def members_of_update(
    definition: Definition, before: Assistant, *, literal: bool = False, held: Assistant | None = None
) -> Body:
    """What an update states, but for the metadata."""
    body = {name: one for name, one in definition.fields.items() if name not in definition.members}
    for member in definition.members.table:
        if member.name in definition.ignore:
            body |= _as_held(member, held, before) if held else {}
            body |= _left_to_others(member, definition, before)
        elif member.name != METADATA:
            body |= _wanted(member, definition, before, literal=literal)
    return carried(body, before.body, definition.members, definition.stated)


def left_as_it_is(definition: Definition, before: Assistant) -> tuple[Found, ...]:
    """The members that neither the tool knows nor the definition states, and that an update leaves as they are."""
    if not before.unknown.told:
        return ()
    body = members_of_update(definition, before)
    return unknown({**before.body, **body}, definition.members).setting_apart(before.moving).besides(definition.stated)


def left_to_others(definition: Definition) -> list[str]:
    """The ignored fields that an update leaves out. What has to be stated each time is, and metadata are replaced as a whole."""
    stated = (*definition.members.required, METADATA)
    return [name for name in definition.members.names if name in definition.ignore and name not in stated]


def _unmasked(body: Body, definition: Definition) -> Body:
    if found := masked(body, definition.members):
        raise ToolError(f"nothing was sent: {masked_words(found)}")
    return body


def _wanted(member: Member, definition: Definition, before: Assistant, *, literal: bool) -> Body:
    """A member that is managed: as declared; or what clears it; or nothing, where it is not declared and not set either."""
    held = before.body.get(member.name)
    if member.name in definition.fields:
        return {member.name: member.in_place_of(member.sent(definition.fields[member.name]), held)}
    if member.servers_choice or definition.members.replaces or _at_default(member, before):
        return {}
    return {member.name: member.cleared(held, literal=literal)}


def _as_held(member: Member, held: Assistant, before: Assistant) -> Body:
    """An ignored member with the value that it had; one with a mask in place of a value is left out."""
    again = {name: one for name, one in as_it_was(held, before, literal=True).items() if name == member.name}
    return {} if masked(again, held.members) else again


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
    return len(_metadata(definition, before)) < most or len(before.pairs) > most


def _metadata(definition: Definition, before: Assistant) -> Body:
    """The pairs of metadata that an update states: those that are declared, and those that are ignored as the endpoint holds them."""
    declared = pairs_of(definition.fields.get(METADATA))
    managed = {key: one for key, one in declared.items() if not definition.ignores((METADATA, key))}
    kept = {key: one for key, one in before.pairs.items() if key != MARK_KEY and definition.ignores((METADATA, key))}
    return {**managed, **kept}
