"""What an object holds beside the members that we know: found, named, carried along, and told apart from what a server keeps for itself.

Input: the members of an object, as a file states them or as a server answered them, and the table that says what is known. Output: the
members that are in no table, at every depth that one of its normal forms looks into, as data. Nothing here fails, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.jsontext import as_text, fingerprint, plain, read_structure
from assistants_tool.objects.normal import Shape, Structure, is_hollow, is_unset
from assistants_tool.objects.paths import Path, dotted

if TYPE_CHECKING:
    from assistants_tool.objects.members import Members

Place = tuple[Hashable, ...]  # a path in which an item of a list stands under what it is known by on either side
NOWHERE: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """One member that is in no table: where it stands in its object, its place on either side, and its value.

    `is_servers_own`: servers set it by themselves. Backups hold it; it is not told, not imported, not compared and not sent. Which those
    are, the table says of some by their names; of others the mark, once a write that did not send them was seen to change them.
    """

    path: Path
    place: Place
    value: Any
    is_servers_own: bool = False

    @property
    def shown(self) -> str:
        """The path as people write it."""
        return dotted(self.path)

    @property
    def tag(self) -> str:
        """Four hexadecimal digits by which a mark names its place."""
        return fingerprint(self.place, _TAG // 2)


_TAG = 4


@dataclass(frozen=True)
class Unknown:
    """Every member of an object that a table does not know, in the order in which they stand there. `version` is that of the table."""

    all: tuple[Found, ...]
    version: str = "1"

    @cached_property
    def told(self) -> tuple[Found, ...]:
        """Those that mean something to people: neither the server's own nor unset, which is how servers fill up an object."""
        return tuple(one for one in self.all if not one.is_servers_own and not is_hollow(one.value))

    @cached_property
    def places(self) -> frozenset[Place]:
        """Where these stand, whatever their values: what a definition that holds them states."""
        return frozenset(one.place for one in self.all)

    def besides(self, stated: Collection[Place]) -> tuple[Found, ...]:
        """Those of `told` whose places a definition does not state."""
        return tuple(one for one in self.told if one.place not in stated)

    def rest(self, stated: Collection[Place] = NOWHERE, moving: Collection[str] = ()) -> str:
        """A short fingerprint of those, with the table's version: `2:` and 8 hexadecimal digits; empty where there are none.

        `moving` are the tags of members that servers set by themselves: what has one is left out, and they follow, behind a `:`.
        """
        held = sorted(
            [as_text(one.place), as_text(plain(one.value))] for one in self.besides(stated) if one.tag not in moving
        )
        tags = f":{''.join(sorted(moving))}" if moving else ""
        digest = fingerprint(held, 4)
        return f"{self.version}:{digest}{tags}" if held or tags else ""

    def setting_apart(self, moving: Collection[str]) -> Unknown:
        """The same, with what has one of these tags as the server's own."""
        return replace(
            self, all=tuple(replace(one, is_servers_own=True) if one.tag in moving else one for one in self.all)
        )


def moving_in(rest: str) -> frozenset[str]:
    """The tags of members that servers set by themselves, in a fingerprint."""
    tags = rest.split(":")[2:]
    return frozenset(tags[0][at : at + _TAG] for at in range(0, len(tags[0]), _TAG)) if tags else frozenset()


def unknown(body: Mapping[str, Any], members: Members) -> Unknown:
    """The members of an object that the table does not know. Its identity (its id, its time) is none of them."""
    return Unknown(tuple(_found(body, members, (), ())), members.version)


def _found(value: Any, shape: Shape, path: Path, place: Place) -> Iterator[Found]:
    for part in shape.parts(value):
        there, known = (*path, part.step), (*place, part.known_by)
        if part.normal is None:
            yield Found(there, known, part.value, part.is_servers_own)
        elif isinstance(part.normal, Shape):
            yield from _found(part.value, part.normal, there, known)


def put(value: Any, shape: Shape, place: Place, new: Any) -> Any:
    """A value with another one put at a place in it; the value itself where it has no such place.

    What is missing on the way there is stated by its defaults, without which a request may be refused.
    """
    part = shape.part(value, place[0])
    if part is None or (len(place) > 1 and not isinstance(part.normal, Shape)):
        return value
    if len(place) == 1 or not isinstance(part.normal, Shape):
        return _with(value, part.step, new)
    held = read_structure(part.value)
    start = _default(part.normal) if held is None else held
    inner = put(start, part.normal, place[1:], new)
    return value if inner is start else _with(value, part.step, inner)


def _default(shape: Shape) -> Any:
    """The least that a request states of an object of which nothing is stated."""
    if not isinstance(shape, Structure):
        return shape(None)
    defaults = {name: normal(None) for name, normal in shape.members.items() if not isinstance(normal, Shape)}
    return {name: one for name, one in defaults.items() if not is_unset(one)}


def _with(value: Any, step: str | int, new: Any) -> Any:
    """A copy of an object or a list, with another member."""
    value = read_structure(value)
    if isinstance(value, list):
        return [new if index == step else one for index, one in enumerate(value)]
    return {**(value or {}), step: new}


def carried(
    body: Mapping[str, Any], before: Mapping[str, Any], members: Members, stated: Collection[Place] = NOWHERE
) -> dict[str, Any]:
    """The body of an update with what we do not know of the object, as it is before, inside of all that is sent whole.

    What a definition states is left as it is there. A tool that is not sent takes its members with it. A member at the top that an update
    leaves out stays as it is by itself, but where an update is the whole object.
    """
    whole = dict(body)
    for one in unknown(before, members).besides(stated):
        if one.path[0] in body or (members.replaces and len(one.path) == 1):
            whole = put(whole, members, one.place, one.value)
    return whole
