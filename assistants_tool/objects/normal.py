"""The normal forms of values: two spellings that mean the same to a server have one normal form.

Each takes a value as a file states it or as a server answers it, and gives its normal form; of None it gives what the server makes of a
value that is not stated. Nothing here fails: a value of a shape that no one expects is kept as it is, and so shows up as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from assistants_tool.objects.jsontext import as_text, plain, read_structure, same
from assistants_tool.objects.paths import Path, value_at

Normal = Callable[[Any], Any]

MARK_KEY = "assistants-tool"  # the metadata pair that is ours, and so no part of what is compared


def is_unset(value: Any) -> bool:
    """Servers spell "unset" as null, {}, [] or ""."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def is_hollow(value: Any) -> bool:
    """Whether there is nothing in a value but unset members, which is what an emptied one looks like."""
    return is_unset(value) or (isinstance(value, dict) and all(map(is_unset, value.values())))


def text(value: Any) -> Any:
    return None if is_unset(value) else value


def choice(default: str) -> Normal:
    """One of several words; an unset one is `default`."""
    return lambda value: default if is_unset(value) else value


def number(default: float | None) -> Normal:
    """Six significant digits: a server with 4-byte columns answers 0.8999999761581421 for 0.9."""

    def normal(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return default if is_unset(value) else value
        # Too large to be anyone's temperature, and rounding it could make it infinite.
        return float(f"{value:.6g}") if abs(value) < 1e300 else value

    return normal


def flag(value: Any) -> Any:
    return False if is_unset(value) else value


def opaque(default: Mapping[str, Any] | None) -> Normal:
    """A structure that is not looked into, such as a JSON Schema, in which a null or an empty list means something."""

    def normal(value: Any) -> Any:
        value = read_structure(value)
        return default if is_unset(value) else value

    return normal


class Part(NamedTuple):
    """A member of an object, or an item of a list: the step to it, what it is known by on either side, and its value.

    `normal` is its normal form; None where it is in no table. `is_servers_own`: servers set it by themselves.
    """

    step: str | int
    known_by: Hashable
    value: Any
    normal: Normal | None
    is_servers_own: bool = False


class Shape:
    """A normal form that knows what is inside of a value."""

    __slots__ = ()

    def __call__(self, value: Any) -> Any:
        raise NotImplementedError

    def parts(self, value: Any) -> Iterator[Part]:
        """Everything that is in a value. Nothing where the value has not the shape."""
        raise NotImplementedError

    def part(self, value: Any, known_by: Hashable) -> Part | None:
        """The part that is known by this, also where the value does not hold it. None where there is no place for it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Structure(Shape):
    """An object with these members; others are left out. `is_open`: a file may state others beside them, and null says nothing there."""

    members: Mapping[str, Normal]
    is_open: bool = False

    def __call__(self, value: Any) -> Any:
        value = read_structure(value)
        if not is_unset(value) and not isinstance(value, dict):
            return value
        return {name: inner((value or {}).get(name)) for name, inner in self.members.items()}

    def parts(self, value: Any) -> Iterator[Part]:
        value = read_structure(value)
        for name, one in value.items() if isinstance(value, dict) else ():
            if one is not None or name in self.members or not self.is_open:
                yield Part(name, name, one, self.members.get(name))

    def part(self, value: Any, known_by: Hashable) -> Part | None:
        value = read_structure(value)
        if not isinstance(known_by, str) or not (is_unset(value) or isinstance(value, dict)):
            return None
        return Part(known_by, known_by, (value or {}).get(known_by), self.members.get(known_by))


@dataclass(frozen=True, slots=True)
class Kinds(Shape):
    """An object whose `type` says what else is in it. One of any other type is kept as it is.

    `default` is the word, or the object, that stands for none, where there is one.
    """

    kinds: Mapping[str, Structure]
    default: Any = None

    def __call__(self, value: Any) -> Any:
        value = read_structure(value)
        if self.default is not None and is_unset(value):
            return self.default
        known = self.known(value)
        return {"type": value["type"], **known(value)} if known else value

    def known(self, value: Any) -> Structure | None:
        """What is beside the `type`; None where the type is none of these."""
        kind = value.get("type") if isinstance(value, dict) else None
        return self.kinds.get(kind) if isinstance(kind, str) else None

    def parts(self, value: Any) -> Iterator[Part]:
        value = read_structure(value)
        known = self.known(value)
        for one in known.parts(value) if known else ():
            if one.step != "type":
                yield one._replace(known_by=(value["type"], one.step))

    def part(self, value: Any, known_by: Hashable) -> Part | None:
        value = read_structure(value)
        known = self.known(value)
        if not known or not isinstance(known_by, tuple) or known_by[0] != value["type"]:
            return None
        found = known.part(value, known_by[1])
        return found._replace(known_by=known_by) if found else None


@dataclass(frozen=True, slots=True)
class Items(Shape):
    """A list of such objects. One is known by its type and by the text at one of `names`, else by its order among those of its type."""

    each: Kinds
    names: tuple[Path, ...]

    def __call__(self, value: Any) -> Any:
        value = read_structure(value)
        if is_unset(value):
            return []
        return [self.each(one) for one in value] if isinstance(value, list) else value

    def parts(self, value: Any) -> Iterator[Part]:
        value = read_structure(value)
        seen: dict[tuple[str, str], int] = {}
        for index, one in enumerate(value if isinstance(value, list) else ()):
            kind, name = self._kind_and_name(read_structure(one))
            seen[kind, name] = number = seen.get((kind, name), -1) + 1
            yield Part(index, (kind, name, number), one, self.each)

    def part(self, value: Any, known_by: Hashable) -> Part | None:
        return next((one for one in self.parts(value) if one.known_by == known_by), None)

    def _kind_and_name(self, item: Any) -> tuple[str, str]:
        found = (value_at(item, path) for path in (("type",), *self.names))
        kind, *names = (one if isinstance(one, str) else "" for one in found)
        return kind, next(filter(None, names), "")


def ids(value: Any) -> Any:
    """A list of ids. Their order says nothing, so they are sorted, and each is there once."""
    value = read_structure(value)
    if is_unset(value):
        return []
    if not isinstance(value, list):
        return value
    by_text = {as_text(one): one for one in map(plain, value)}
    return [by_text[one] for one in sorted(by_text)]


def metadata(value: Any) -> Any:
    """Pairs, without the one that is ours."""
    value = read_structure(value)
    if is_unset(value):
        return {}
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if key != MARK_KEY and one is not None}


def lean(value: Any, empty: Mapping[str, Any]) -> Any:
    """A normal form without the members that are as in `empty`, the normal form of an object of which nothing is stated."""
    if not isinstance(value, dict):
        return value
    return {name: one for name, one in value.items() if name not in empty or not same(one, empty[name])}


def without_nulls(value: Any, normal: Normal) -> Any:
    """What is sent of a declared value: all but the nulls of the members that are known, which say no more than absence does.

    A file may state them, and the service refuses them. What is opaque, as a JSON Schema is, or not known, is not looked into: there a null
    means something.
    """
    if not isinstance(normal, Shape) or not isinstance(value, (dict, list)):
        return value
    sent: Any = value.copy()
    for part in normal.parts(value):
        if part.value is None and part.normal and isinstance(sent, dict):
            del sent[part.step]
        elif part.normal:
            sent[part.step] = without_nulls(part.value, part.normal)
    return sent
