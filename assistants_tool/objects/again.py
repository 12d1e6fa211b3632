"""An object as it was answered once -> the requests that make it so again, and where an answer still differs. Pure.

What was answered is sent as it was, members that the tool does not know included, but for what a request may not say (a null inside) or
need not (a default), and for what servers set by themselves. What a request can only guess at, as a member that the tool does not know, is
left out where that leaves it as it was. The metadata, with the mark or without, is the caller's to say. A mask that stood in a value's
place is never sent: the value comes from elsewhere, or stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistants_tool.errors import ToolError
from assistants_tool.objects.canonical import canonical, declared
from assistants_tool.objects.differences import Difference, differences
from assistants_tool.objects.jsontext import as_text, plain, read_structure
from assistants_tool.objects.masked import counterpart, is_masked, masked, masked_words
from assistants_tool.objects.members import METADATA
from assistants_tool.objects.normal import MARK_KEY, without_additions
from assistants_tool.objects.paths import value_at, with_value

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.paths import Path

    Body = dict[str, Any]
    Values = Mapping[Path, str]


def metadata_of(old: Assistant) -> Any:
    """Its pairs, the mark as it was written included. Of a shape that holds no pairs, as it is."""
    found = read_structure(old.body.get(METADATA)) or {}
    return old.pairs if isinstance(found, dict) else found


def metadata_in(version: str, old: Assistant, metadata: Any) -> Any:
    """The same pairs for a version that is made like an old one. A mark that named the version which it was written into names this, and
    one that named another, since somebody made a version by hand, does not.
    """
    mark = old.mark
    if not (mark and version and isinstance(metadata, dict) and MARK_KEY in metadata):
        return metadata
    if old.is_as_written != (mark.version == version):
        return {**metadata, MARK_KEY: replace(mark, version=version if old.is_as_written else "").encode()}
    return metadata


def written_mark(old: Assistant) -> Any:
    """The mark as it stands in the object, whatever that is; None where there is none."""
    return old.pairs.get(MARK_KEY)


# --- requests


def create_body(old: Assistant, metadata: Any, values: Values) -> Body:
    """What makes one like it. `values` stand where masks did. Raises ToolError where a mask is left."""
    body = {name: _sent(old, name, one) for name, one in _stated(old).items()}
    return {**_unmasked(body, old, values), METADATA: metadata}


def update_body(old: Assistant, metadata: Any, there: Assistant, values: Values, *, literal: bool = False) -> Body:
    """What makes `there` like it. `literal` clears with the default itself, where null did not take. Raises as `create_body` does."""
    return {**_unmasked(as_it_was(old, there, literal=literal), old, values), METADATA: metadata}


def release_body(before: Assistant) -> Body:
    """What takes the mark off and changes nothing else: all of it, as some servers reset what is left out. Raises as `create_body` does."""
    kept = {key: one for key, one in before.pairs.items() if key != MARK_KEY}
    return update_body(before, kept, before, {}, literal=True)


def as_it_was(old: Assistant, there: Assistant, *, literal: bool = False) -> Body:
    """The members of such an update, but for the metadata; masks are in it where leaving them out would not do."""
    moving = old.moving | there.moving
    own = {one.path for side in (old, there) for one in side.unknown.all if one.tag in moving}
    stated, held_now = (
        {name: one for name, one in _stated(side).items() if (name,) not in own} for side in (old, there)
    )
    body = {
        name: _in_place(old, name, one, there) for name, one in stated.items() if not _may_stay(old, name, one, there)
    }
    for name, held in held_now.items():
        if name not in stated and not old.members.replaces:
            body[name] = _cleared(old, name, held, literal=literal)
    return body


def _stated(old: Assistant) -> Mapping[str, Any]:
    """The members that are not at their defaults, as they were answered, but for JSON in a string, which is read, and for what the server
    set inside of them by itself.
    """
    forms = {name: one for name, one in declared(old.body, old.members).items() if name != METADATA}
    read = {
        name: old.body[name] if isinstance(one, str) else read_structure(old.body[name]) for name, one in forms.items()
    }
    members = old.members
    return {
        name: without_additions(one, members[name].normal) if name in members else one for name, one in read.items()
    }


def _sent(old: Assistant, name: str, value: Any) -> Any:
    """A value as a request states it; of a shape that nobody knows, as it is: the endpoint held it, and may take it."""
    return old.members.sent(name, value) if old.members.is_sound(name, value) else value


def _in_place(old: Assistant, name: str, value: Any, there: Assistant) -> Any:
    sent = _sent(old, name, value)
    is_known = name in old.members and old.members.is_sound(name, value)
    return old.members[name].in_place_of(sent, there.body.get(name)) if is_known else sent


def _cleared(old: Assistant, name: str, held: Any, *, literal: bool) -> Any:
    """What unsets a member; null does where we do not know it."""
    return old.members[name].cleared(held, literal=literal) if name in old.members else None


def _may_stay(old: Assistant, name: str, value: Any, there: Assistant) -> bool:
    """Whether a member that a request can only guess at is as it was already, and an update that leaves it out leaves it so."""
    members = old.members
    is_known = name in members and members.is_sound(name, value) and not masked({name: value}, members)
    if is_known or members.replaces or name in members.required:
        return False
    return as_text(plain(old.body.get(name))) == as_text(plain(there.body.get(name)))


# --- masks


def values_for(old: Assistant, fields: Mapping[str, Any]) -> dict[Path, str]:
    """What these members, as files state them, say in the places where the object has masks."""
    found = {path: counterpart(path, old.body, fields, old.members) for path in masked(old.body, old.members)}
    return {path: one for path, one in found.items() if isinstance(one, str) and not is_masked(one)}


def _unmasked(body: Body, old: Assistant, values: Values) -> Body:
    for path in masked(body, old.members):
        body = with_value(body, path, values[path]) if path in values else body
    if left := masked(body, old.members):
        raise ToolError(masked_words(left))
    return body


# --- differences


def differing(old: Assistant, metadata: Any, there: Assistant) -> tuple[Difference, ...]:
    """Where `there` is not as the object was, with this metadata. The mark is compared as it is written; a mask says nothing."""
    moving = old.moving | there.moving
    places = {one.place for side in (old, there) for one in side.unknown.told if one.tag not in moving}
    body = there.body
    for path in masked(old.body, old.members):
        if isinstance(value_at(body, path), str):
            body = with_value(body, path, value_at(old.body, path))
    forms = [canonical(one, members=old.members, stated=places) for one in (body, old.body)]
    found, wanted = (
        {**form, METADATA: pairs} for form, pairs in zip(forms, (metadata_of(there), metadata), strict=True)
    )
    return tuple(differences(found, wanted))


def likeness(one: Assistant) -> str:
    """The same for objects between which nothing differs but ids and times."""
    form = canonical(one.body, members=one.members, stated={found.place for found in one.unknown.told})
    return as_text({**form, METADATA: metadata_of(one)})
