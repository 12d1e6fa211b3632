"""An object as it was answered once -> the requests that make it so again, and where an answer still differs. Pure.

What was answered is sent as it was, but for what a request may not say (a null inside) or need not (a default). The metadata, with the mark
or without, is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.canonical import declared
from assistants_tool.objects.differences import Difference, differences
from assistants_tool.objects.jsontext import as_text, read_structure
from assistants_tool.objects.members import METADATA
from assistants_tool.objects.normal import MARK_KEY

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.members import Member
    from assistants_tool.objects.payload import Body


def metadata_of(old: Assistant) -> Any:
    """Its pairs, the mark as it was written included. Of a shape that holds no pairs, as it is."""
    pairs = read_structure(old.body.get(METADATA)) or {}
    return {key: one for key, one in pairs.items() if one is not None} if isinstance(pairs, dict) else pairs


def written_mark(old: Assistant) -> Any:
    """The mark as it stands in the object, whatever that is; None where there is none."""
    pairs = metadata_of(old)
    return pairs.get(MARK_KEY) if isinstance(pairs, dict) else None


def create_body(old: Assistant, metadata: Any) -> Body:
    """What makes one like it."""
    return {**{name: _sent(old.members[name], one) for name, one in _stated(old).items()}, METADATA: metadata}


def update_body(old: Assistant, metadata: Any, there: Assistant, *, literal: bool = False) -> Body:
    """What makes `there` like it. `literal` clears with the default itself, where null did not take."""
    stated, body = _stated(old), {}
    for member in old.members.table:
        if member.name in stated:
            body[member.name] = _in_place(member, stated[member.name], there)
        elif member.name != METADATA and not old.members.replaces and not _at_default(member, there):
            body[member.name] = member.in_place_of(
                member.literal if literal else member.clear, there.body.get(member.name)
            )
    return {**body, METADATA: metadata}


def differing(old: Assistant, metadata: Any, there: Assistant) -> tuple[Difference, ...]:
    """Where `there` is not as the object was, with this metadata. The mark is compared as it is written."""
    wanted = {**old.form, METADATA: metadata}
    found = {**there.form, METADATA: metadata_of(there)}
    return tuple(differences(found, wanted))


def _stated(old: Assistant) -> Mapping[str, Any]:
    """The members that are not at their defaults, as they were answered, but for JSON in a string, which is read."""
    forms = {name: one for name, one in declared(old.body, old.members).items() if name != METADATA}
    return {
        name: old.body[name] if isinstance(one, str) else read_structure(old.body[name]) for name, one in forms.items()
    }


def _sent(member: Member, value: Any) -> Any:
    """A value as a request states it; of a shape that nobody knows, as it is: the endpoint held it, and may take it."""
    return member.sent(value) if member.is_sound(value) else value


def _in_place(member: Member, value: Any, there: Assistant) -> Any:
    held = there.body.get(member.name)
    return member.in_place_of(member.sent(value), held) if member.is_sound(value) else value


def _at_default(member: Member, there: Assistant) -> bool:
    return as_text(there.form[member.name]) == as_text(there.members.defaults[member.name])
