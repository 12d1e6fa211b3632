"""`extra:` in a document <-> members that the tool does not know in their places; and what is special inside of them.

In: a document as files state it. Out: the same with the members of each `extra` beside those of the API, as requests have them; and back,
for `import`. In an `extra`, as in tools and resources of a type that we do not know, `{env: NAME}` is a reference wherever it stands, but
for what describes values (`parameters`, `schema`, `spec`); `{literal: {...}}` states the mapping in it as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions.shape import is_meant_as_variable
from assistants_tool.objects.dialects import BLOCKS
from assistants_tool.objects.masked import OPAQUE
from assistants_tool.objects.members import ASSISTANTS, Members
from assistants_tool.objects.normal import Items, Kinds, Leaf, Normal, Shape, Structure, at

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

EXTRA, LITERAL = "extra", "literal"


@dataclass(frozen=True, slots=True)
class Extra:
    """One `extra`: its path, what is in it, the names that are known beside it, and those that only a server gives."""

    path: Path
    members: Mapping[str, Any]
    known: frozenset[str]
    servers_own: tuple[str, ...]


def extras(value: Any, shape: Shape = ASSISTANTS, path: Path = ()) -> Iterator[Extra]:
    """Every `extra` of a document."""
    known = _known(shape, value)
    for part in shape.parts(value):
        if part.step == EXTRA and known is not None and isinstance(part.value, dict):
            own = shape.identity if isinstance(shape, Members) else getattr(shape, "servers_own", ())
            yield Extra((*path, EXTRA), part.value, known, own)
        elif isinstance(part.normal, Shape):
            yield from extras(part.value, part.normal, (*path, part.step))


def _known(shape: Shape, value: Any) -> frozenset[str] | None:
    """The members that are known of such a value; None where it may hold others without an `extra`."""
    if isinstance(shape, Members):
        return frozenset((*shape.names, *shape.identity))
    of_kind = shape.known(value) if isinstance(shape, Kinds) else None
    inner = of_kind or shape
    if not isinstance(inner, Structure) or inner.is_open:
        return None
    return frozenset(inner.members) | (frozenset({"type"}) if of_kind else frozenset())


def is_plain(value: Any, shape: Normal = ASSISTANTS) -> bool:
    """Whether a document is all that the tables know: no `extra` and no block is in it, no type that we do not know, and no whole number
    is written with a point. Most documents are, and this is quickly seen.
    """
    if isinstance(shape, Leaf):
        return not (shape.is_whole and isinstance(value, float))
    if isinstance(shape, Items) and isinstance(value, list):
        return all(is_plain(one, shape.each) for one in value)
    if not isinstance(value, dict):
        return True
    if isinstance(shape, Members):
        return _NOT_PLAIN.isdisjoint(value) and _are_plain(value, shape.with_parts)
    inner = shape.known(value) if isinstance(shape, Kinds) else shape
    return _is_plain_structure(value, inner) if isinstance(inner, Structure) else not isinstance(shape, Kinds)


def _is_plain_structure(value: Mapping[str, Any], shape: Structure) -> bool:
    has_others = EXTRA in value or (shape.is_open and not value.keys() <= shape.members.keys())
    return not has_others and _are_plain(value, shape.members)


def _are_plain(value: Mapping[str, Any], members: Mapping[str, Normal]) -> bool:
    for name, one in value.items():  # noqa: SIM110 - it is asked of all that is read, and `all` takes half as long again
        if name in members and not is_plain(one, members[name]):
            return False
    return True


_NOT_PLAIN = frozenset((EXTRA, *BLOCKS))


# --- from a document, and back


def spread(value: Any, shape: Normal = ASSISTANTS) -> Any:
    """A sound document's members with those of each `extra` in their places."""
    if shape is ASSISTANTS and is_plain(value):
        return value
    if _is_unknown(shape, value):
        return without_literals(value)
    known = _known(shape, value) if isinstance(shape, Shape) else None
    found: Any = _each_part(value, shape, spread, without_literals)
    if known is None or not isinstance(found, dict):
        return found
    beside = {name: one for name, one in found.items() if name != EXTRA}
    return {**beside, **{name: without_literals(one) for name, one in (value.get(EXTRA) or {}).items()}}


def gathered(value: Any, shape: Normal = ASSISTANTS) -> Any:
    """The members of an object as a file would state them: what we do not know in an `extra` at its depth."""
    if _is_unknown(shape, value):
        return with_literals(value)
    known = _known(shape, value) if isinstance(shape, Shape) else None
    found: Any = _each_part(value, shape, gathered, with_literals)
    if known is None or not isinstance(found, dict):
        return found
    extra = {name: one for name, one in found.items() if name not in known}
    beside = {name: one for name, one in found.items() if name in known}
    return {**beside, EXTRA: extra} if extra else beside


def _is_unknown(shape: Normal, value: Any) -> bool:
    """Whether a value is of a type of which nothing is known."""
    return isinstance(shape, Kinds) and isinstance(value, dict) and shape.known(value) is None


def _each_part(value: Any, shape: Normal, known: Callable[[Any, Normal], Any], unknown: Callable[[Any], Any]) -> Any:
    """A copy of a value in which each part that is known is changed by `known`, and each other by `unknown`."""
    if not isinstance(shape, Shape) or not isinstance(value, (dict, list)):
        return value
    changed: Any = value.copy()
    for part in shape.parts(value):
        changed[part.step] = known(part.value, part.normal) if part.normal else unknown(part.value)
    return changed


def spread_path(path: Path, value: Any, shape: Normal = ASSISTANTS) -> Path:
    """Where the value at a path of a document is when that is spread."""
    if not path or not isinstance(shape, Shape):
        return path
    if path[0] == EXTRA and _known(shape, value) is not None:
        return path[1:]
    part = next((one for one in shape.parts(value) if one.step == path[0]), None)
    return (path[0], *spread_path(path[1:], part.value, part.normal)) if part and part.normal else path


# --- inside of what is not known


def is_variable_or_literal(value: Any) -> bool:
    """Whether a mapping is not meant as it stands: both are one value, which a patch replaces whole."""
    return is_meant_as_variable(value) or _is_literal(value)


def _is_literal(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {LITERAL} and isinstance(value[LITERAL], dict)


def with_variables(value: Any, path: Path, variable: Callable[[dict[str, str], Path], Any]) -> Any:
    """What is not known, with the value of each reference in its place."""
    if isinstance(value, list):
        return [with_variables(one, (*path, index), variable) for index, one in enumerate(value)]
    if not isinstance(value, dict) or _is_literal(value):
        return value
    return variable(value, path) if is_variable_or_literal(value) else _with_variables_inside(value, path, variable)


def _with_variables_inside(
    value: Mapping[str, Any], path: Path, variable: Callable[[dict[str, str], Path], Any]
) -> dict[str, Any]:
    return {
        name: one if name in OPAQUE else with_variables(one, (*path, name), variable) for name, one in value.items()
    }


def without_literals(value: Any) -> Any:
    """What is not known, or is a block, as a request has it."""
    if _is_literal(value):
        return value[LITERAL]
    return _inside(value, without_literals)


def with_literals(value: Any) -> Any:
    """The same as a file would state it."""
    if is_variable_or_literal(value):
        return {LITERAL: value}
    return _inside(value, with_literals)


def _inside(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [change(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: one if name in OPAQUE else change(one) for name, one in value.items()}


def with_all_variables(
    value: Any, variable: Callable[[dict[str, str], Path], Any], shape: Normal = ASSISTANTS, path: Path = ()
) -> Any:
    """A document with the value of each reference that stands in what is not known."""
    if shape is ASSISTANTS and is_plain(value):
        return value
    if _is_unknown(shape, value):  # it is a tool or a format, and no reference, whatever is in it
        return _with_variables_inside(value, path, variable)
    if not isinstance(shape, Shape) or not isinstance(value, (dict, list)):
        return value
    known = _known(shape, value)
    changed: Any = value.copy()
    for part in shape.parts(value):
        there = (*path, part.step)
        if part.normal:
            changed[part.step] = with_all_variables(part.value, variable, part.normal, there)
        elif known is None or _is_block(there):
            changed[part.step] = with_variables(part.value, there, variable)
        elif part.step == EXTRA and isinstance(part.value, dict):
            changed[EXTRA] = {name: with_variables(one, (*there, name), variable) for name, one in part.value.items()}
    return changed


# --- by the path alone, where layers are merged


def is_extra(path: Path) -> bool:
    """Whether an `extra` itself stands there: null says something in it."""
    return bool(path) and path[-1] == EXTRA and _is_closed(path[:-1])


@functools.lru_cache(maxsize=10_000)  # definitions are alike, so few paths come again and again
def is_in_unknown(path: Path) -> bool:
    """Whether a path leads to a member of an `extra`, into a block, or into resources of a type that we do not know."""
    if len(path) > 1 and _is_block(path[:1]):
        return True
    for length in range(1, len(path)):
        if is_extra(path[:length]):
            return True
    shapes = [at(ASSISTANTS, path[:length]) for length in range(len(path) + 1)]
    return any(isinstance(one, Structure) and one.is_open for one in shapes) and shapes[-1] is None


def _is_block(path: Path) -> bool:
    """Whether what stands there is for one API alone."""
    return len(path) == 1 and path[0] in BLOCKS


def _is_closed(path: Path) -> bool:
    shape = at(ASSISTANTS, path)
    return isinstance(shape, (Members, Kinds)) or (isinstance(shape, Structure) and not shape.is_open)
