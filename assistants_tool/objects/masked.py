"""Values that a server hides when it answers, found where nobody writes prose: sent back, they would replace what they stand for.

Only secrets are looked at, such as the headers of `mcp`, and what we do not know (a tool of a type that we do not know is that as a whole),
in that neither prose nor what describes other values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.jsontext import read_structure
from assistants_tool.objects.normal import Kinds, Leaf, Shape
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
    """What stands in the place of a path in another object: items of a list are matched as everywhere. None where nothing does."""
    if not path:
        return there
    part = next((one for one in shape.parts(here) if one.step == path[0]), None)
    other = shape.part(there, part.known_by) if part else None
    if part and other and isinstance(part.normal, Shape) and any(True for _ in part.normal.parts(part.value)):
        return counterpart(path[1:], part.value, other.value, part.normal)
    return value_at(other.value, path[1:]) if other else None


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
