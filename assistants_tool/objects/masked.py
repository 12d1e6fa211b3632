"""Values that a server hides when it answers, found where nobody writes prose: sent back, they would replace what they stand for.

Only secrets are looked at, such as the headers of `mcp`, and what we do not know (a tool of a type that we do not know is that as a whole),
in that neither prose nor what describes other values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.jsontext import plain, read_structure, same
from assistants_tool.objects.normal import Items, Kinds, Leaf, Shape
from assistants_tool.objects.paths import dotted, value_at

if TYPE_CHECKING:
    from assistants_tool.objects.members import Members
    from assistants_tool.objects.paths import Path

OPAQUE = ("parameters", "schema", "spec")  # what describes other values, whose words are not values themselves
_PROSE = ("description", "instructions")
_MASK = re.compile(r"REDACTED|<redacted>|\*{3,}")


HIDDEN = "REDACTED"  # as Foundry spells it
# What people read in place of a secret that no variable holds, and of a value of a variable that no file names any more.
UNTOLD, GONE = "(secret)", "(was a variable's)"


def is_masked(value: Any) -> bool:
    """Whether a value is nothing but a mask."""
    return isinstance(value, str) and _MASK.fullmatch(value) is not None


def masked(body: Mapping[str, Any], members: Members) -> tuple[Path, ...]:
    """Where masks stand in place of values, in an object or in the body of a request."""
    return tuple(_in_known(body, members, ()))


def masked_words(found: Sequence[Path]) -> str:
    """That masks would be sent, where, and what to do about it."""
    places = ", ".join(map(dotted, found))
    are = "holds a mask" if len(found) == 1 else "hold masks"
    return (
        f"{places} {are} in place of a value, and the mask would be sent;"
        " state the value there, preferably as {env: NAME} (under `extra:` if the tool does not know the field)"
    )


def counterpart(path: Path, here: Any, there: Any, shape: Shape) -> Any:
    """What stands in the place of a path in another object. None where nothing does, and where it is not certain which: what stands for a
    mask is sent, and a secret belongs to one place alone.
    """
    if not path:
        return there
    part = next((one for one in shape.parts(here) if one.step == path[0]), None)
    if part is None:
        return None
    if isinstance(shape, Items):
        other = _same_item(here, there, path[0], shape.kind_and_name)
    else:
        found = shape.part(there, part.known_by)
        other = found.value if found else None
    if isinstance(part.normal, Shape) and any(True for _ in part.normal.parts(part.value)):
        return counterpart(path[1:], part.value, other, part.normal)
    return _counterpart_in_unknown(path[1:], part.value, other)


def _counterpart_in_unknown(path: Path, here: Any, there: Any) -> Any:
    if not path:
        return there
    here, there = read_structure(here), read_structure(there)
    is_list = isinstance(here, list)
    other = _same_item(here, there, path[0], _kind_and_name) if is_list else value_at(there, path[:1])
    return _counterpart_in_unknown(path[1:], value_at(here, path[:1]), other)


def _kind_and_name(item: Any) -> tuple[Any, ...]:
    """Of what we do not know, nobody says by what it is known; most of it has a name."""
    members = item if isinstance(item, dict) else {}
    names = (one for name in _NAMED_BY if isinstance(one := members.get(name), str) and not is_masked(one))
    return members.get("type"), next(names, None)


_NAMED_BY = ("name", "id", "label", "server_label")


def _same_item(here: Any, there: Any, index: Any, known_by: Callable[[Any], tuple[Any, ...]]) -> Any:
    """The item of a list that is the one of this index in another. Of several of one name, or without one, it is that which says the same
    beside the masks; of several that do, as many on either side, the one of the same number.
    """
    ours, theirs = _items(here), _items(there)
    item = ours[index]
    alike = [at for at, one in enumerate(ours) if known_by(one) == known_by(item)]
    theirs = [one for one in theirs if known_by(one) == known_by(item)]
    if not len(alike) == len(theirs) == 1:
        alike = [at for at in alike if _says_the_same(item, ours[at]) and _says_the_same(ours[at], item)]
        theirs = [one for one in theirs if _says_the_same(item, one)]
    return theirs[alike.index(index)] if len(alike) == len(theirs) else None


def _items(value: Any) -> list[Any]:
    found = read_structure(value)
    return [read_structure(one) for one in found] if isinstance(found, list) else []


def _says_the_same(one: Any, other: Any) -> bool:
    """Whether they are the same, but for what `one` has masks for."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_says_the_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_says_the_same, one, other))
    return (is_masked(one) and isinstance(other, str)) or same(plain(one), plain(other))


def _in_known(value: Any, shape: Shape, path: Path) -> Iterator[Path]:
    value = read_structure(value)
    if isinstance(shape, Kinds) and shape.known(value) is None:
        yield from _in_unknown(value, path)
        return
    for part in shape.parts(value):
        if part.normal is None:
            yield from _in_unknown({part.step: part.value}, path)
        elif isinstance(part.normal, Shape):
            yield from _in_known(part.value, part.normal, (*path, part.step))
        elif isinstance(part.normal, Leaf) and part.normal.is_secret and is_masked(part.value):
            yield (*path, part.step)


def _in_unknown(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in OPAQUE and name not in _PROSE:
                yield from _in_unknown(one, (*path, name))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _in_unknown(one, (*path, index))
    elif is_masked(value):
        yield path
