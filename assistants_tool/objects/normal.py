"""The normal forms of values: two spellings that mean the same to a server have one normal form.

Each takes a value as a file states it or as a server answers it, and gives its normal form; of None it gives what the server makes of a
value that is not stated. Nothing here fails: a value of a shape that no one expects is kept as it is, and so shows up as a difference.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from assistants_tool.objects.jsontext import as_text, plain, read_structure, same
from assistants_tool.objects.paths import Path, value_at

Normal = Callable[[Any], Any]
Place = Literal["text", "number", "structure"]

MARK_KEY = "assistants-tool"  # the metadata pair that is ours, and so no part of what is compared


def is_unset(value: Any) -> bool:
    """Servers spell "unset" as null, {}, [] or ""."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def is_hollow(value: Any) -> bool:
    """Whether there is nothing in a value but unset members, which is what an emptied one looks like."""
    return is_unset(value) or (isinstance(value, dict) and all(map(is_unset, value.values())))


# The JSON Schema of a function that takes nothing.
NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}


def kind_of(value: Any) -> str:
    """The type that an object says that it is of; empty where it says none."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


# --- values into which nothing looks


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """The normal form of a value that is compared as a whole.

    `places` are those inside it where a file may refer to a variable or another file, `*` for any index or name. `is_secret`: the value is
    sent, and told to nobody. `is_whole`: it is a whole number.
    """

    form: Normal
    places: Mapping[Path, Place] = field(default_factory=dict)
    is_secret: bool = False
    is_whole: bool = False

    def __call__(self, value: Any) -> Any:
        return self.form(value)


def _text(value: Any) -> Any:
    return None if is_unset(value) else value


text = Leaf(_text, {(): "text"})
word = Leaf(_text)  # one of a few, so that no variable stands for it
secret = Leaf(_text, {(): "text"}, is_secret=True)


def choice(default: str, *same: str) -> Leaf:
    """One of several words; an unset one is `default`, and so are those that mean the same."""
    return Leaf(lambda value: default if is_unset(value) or value in same else value, {(): "text"})


def number(default: float | None) -> Leaf:
    """Six significant digits: a server with 4-byte columns answers 0.8999999761581421 for 0.9."""

    def normal(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return default if is_unset(value) else value
        # Larger than that is nobody's temperature, and an integer that no float can hold could not be written in digits.
        return float(f"{value:.6g}") if abs(value) < 1e300 else value

    return Leaf(normal, {(): "number"})


whole = replace(number(None), is_whole=True)
flag = Leaf(lambda value: False if is_unset(value) else value)


def opaque(default: Mapping[str, Any] | None) -> Leaf:
    """A structure that is not looked into, such as a JSON Schema, in which a null or an empty list means something."""

    def normal(value: Any) -> Any:
        value = read_structure(value)
        return default if is_unset(value) else value

    return Leaf(normal, {(): "structure"})


def _texts(value: Any) -> Any:
    value = read_structure(value)
    return [] if is_unset(value) else value


texts = Leaf(_texts, {("*",): "text"})


def _ids(value: Any) -> Any:
    """A list of ids. Their order says nothing, so they are sorted, and each is there once."""
    value = read_structure(value)
    if is_unset(value):
        return []
    if not isinstance(value, list):
        return value
    by_text = {as_text(one): one for one in map(plain, value)}
    return [by_text[one] for one in sorted(by_text)]


ids = Leaf(_ids, {("*",): "text"})


def _metadata(value: Any) -> Any:
    """Pairs, without the one that is ours."""
    value = read_structure(value)
    if is_unset(value):
        return {}
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if key != MARK_KEY and one is not None}


metadata = Leaf(_metadata, {("*",): "text"})


def pairs_of(metadata: Any) -> dict[str, Any]:
    """The pairs of metadata, ours among them, without those that say null; none where it is of a shape that holds none."""
    found = read_structure(metadata)
    return {key: one for key, one in found.items() if one is not None} if isinstance(found, dict) else {}


# --- values that hold others


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
    """A normal form that knows what is inside of a value. `place`: what a reference stands for in place of the whole, where one may."""

    # What a subclass lacks of these, mypy says. An `abc.ABC` would say so itself, and take six times as long for `isinstance`.
    __slots__ = ()
    place: Place | None

    @abc.abstractmethod
    def __call__(self, value: Any) -> Any: ...

    @abc.abstractmethod
    def parts(self, value: Any) -> Iterator[Part]:
        """Everything that is in a value. Nothing where the value has not the shape."""

    @abc.abstractmethod
    def part(self, value: Any, known_by: Hashable) -> Part | None:
        """The part that is known by this, also where the value does not hold it. None where there is no place for it."""

    @abc.abstractmethod
    def inside(self) -> Iterator[tuple[str, Normal]]:
        """What may be in a value, whatever its type: each step, `*` for any index or name, with the normal form there."""


@dataclass(frozen=True, slots=True)
class Structure(Shape):
    """An object with these members; others are left out. `is_open`: a file may state others beside them, and null says nothing there.

    `servers_own` are members that a server sets by itself, and that no one else may. `needed` are those that a file has to state even where
    there is nothing in them.
    """

    members: Mapping[str, Normal]
    is_open: bool = False
    place: Place | None = None
    servers_own: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()

    def __call__(self, value: Any) -> Any:
        value = read_structure(value)
        if not is_unset(value) and not isinstance(value, dict):
            return value
        return {name: inner((value or {}).get(name)) for name, inner in self.members.items()}

    def parts(self, value: Any) -> Iterator[Part]:
        value = read_structure(value)
        for name, one in value.items() if isinstance(value, dict) else ():
            if one is not None or name in self.members or not self.is_open:
                yield Part(name, name, one, self.members.get(name), name in self.servers_own)

    def part(self, value: Any, known_by: Hashable) -> Part | None:
        value = read_structure(value)
        if not isinstance(known_by, str) or not (is_unset(value) or isinstance(value, dict)):
            return None
        return Part(known_by, known_by, (value or {}).get(known_by), self.members.get(known_by))

    def inside(self) -> Iterator[tuple[str, Normal]]:
        yield from self.members.items()


@dataclass(frozen=True, slots=True)
class Pairs(Shape):
    """An object of any names, each with a value of one kind. An unset one is as none."""

    each: Normal
    place: Place | None = None

    def __call__(self, value: Any) -> Any:
        value = read_structure(value)
        if not isinstance(value, dict):
            return {} if is_unset(value) else value
        return {name: self.each(one) for name, one in value.items() if not is_unset(one)}

    def parts(self, value: Any) -> Iterator[Part]:
        value = read_structure(value)
        for name, one in value.items() if isinstance(value, dict) else ():
            yield Part(name, name, one, self.each)

    def part(self, value: Any, known_by: Hashable) -> Part | None:
        value = read_structure(value)
        if not isinstance(known_by, str) or not (is_unset(value) or isinstance(value, dict)):
            return None
        return Part(known_by, known_by, (value or {}).get(known_by), self.each)

    def inside(self) -> Iterator[tuple[str, Normal]]:
        yield "*", self.each


@dataclass(frozen=True, slots=True)
class Kinds(Shape):
    """An object whose `type` says what else is in it. One of any other type is kept as it is.

    `default` is the word, or the object, that stands for none, where there is one.
    """

    kinds: Mapping[str, Structure]
    default: Any = None
    place: Place | None = None

    def __call__(self, value: Any) -> Any:
        value = read_structure(value)
        if self.default is not None and is_unset(value):
            return self.default
        known = self.known(value)
        return {"type": value["type"], **known(value)} if known else value

    def known(self, value: Any) -> Structure | None:
        """What is beside the `type`; None where the type is none of these."""
        return self.kinds.get(kind_of(value))

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

    def inside(self) -> Iterator[tuple[str, Normal]]:
        for known in self.kinds.values():
            yield from known.inside()


@dataclass(frozen=True, slots=True)
class Items(Shape):
    """A list of such objects. One is known by its type and by the text at one of `names`, else by its order among those of its type."""

    each: Shape
    names: tuple[Path, ...]
    place: Place | None = None

    def __call__(self, value: Any) -> Any:
        value = read_structure(value)
        if is_unset(value):
            return []
        return [self.each(one) for one in value] if isinstance(value, list) else value

    def parts(self, value: Any) -> Iterator[Part]:
        value = read_structure(value)
        seen: dict[tuple[str, str], int] = {}
        for index, one in enumerate(value if isinstance(value, list) else ()):
            kind, name = self.kind_and_name(read_structure(one))
            seen[kind, name] = number = seen.get((kind, name), -1) + 1
            yield Part(index, (kind, name, number), one, self.each)

    def part(self, value: Any, known_by: Hashable) -> Part | None:
        return next((one for one in self.parts(value) if one.known_by == known_by), None)

    def inside(self) -> Iterator[tuple[str, Normal]]:
        yield "*", self.each

    def kind_and_name(self, item: Any) -> tuple[str, str]:
        """What one is known by, but for its number among those of that type and name."""
        found = (value_at(item, path) for path in (("type",), *self.names))
        kind, *names = (one if isinstance(one, str) else "" for one in found)
        return kind, next(filter(None, names), "")


# --- what is known of the inside of a value


def places(normal: Normal) -> Iterator[tuple[Path, Place]]:
    """Where in a value a file may refer to a variable or another file, `*` for any index or name, and what that stands for."""
    if isinstance(normal, Leaf):
        yield from normal.places.items()
    if not isinstance(normal, Shape):
        return
    if normal.place:
        yield (), normal.place
    for step, inner in normal.inside():
        for path, place in places(inner):
            yield (step, *path), place


def secret_places(normal: Normal) -> Iterator[Path]:
    """Where in a value secrets stand, `*` for any index or name."""
    if isinstance(normal, Leaf) and normal.is_secret:
        yield ()
    for step, inner in normal.inside() if isinstance(normal, Shape) else ():
        for path in secret_places(inner):
            yield (step, *path)


def leaves(value: Any, shape: Shape, path: Path = ()) -> Iterator[tuple[Path, Any, Leaf]]:
    """The values of leaves that stand in a value, with their paths."""
    for part in shape.parts(value):
        if isinstance(part.normal, Shape):
            yield from leaves(part.value, part.normal, (*path, part.step))
        elif isinstance(part.normal, Leaf):
            yield (*path, part.step), part.value, part.normal


def at(normal: Normal, path: Path) -> Normal | None:
    """What is known of the value at a path, whatever its type is; None where nothing is."""
    if not path:
        return normal
    inside = normal.inside() if isinstance(normal, Shape) else ()
    found = (at(inner, path[1:]) for step, inner in inside if step in ("*", path[0]))
    return next(filter(None, found), None)


# --- as a file would state it, and as a request sends it


def lean(value: Any, empty: Mapping[str, Any]) -> Any:
    """A normal form without the members that are as in `empty`, the normal form of an object of which nothing is stated."""
    if not isinstance(value, dict):
        return value
    return {name: one for name, one in value.items() if name not in empty or not same(one, empty[name])}


def without_unset(value: Any, normal: Normal) -> Any:
    """A normal form without the members that are known and in which there is nothing, but for those that a file has to state."""
    if isinstance(normal, Items) and isinstance(value, list):
        return [without_unset(one, normal.each) for one in value]
    known = normal.known(value) if isinstance(normal, Kinds) else normal
    if not isinstance(known, Structure) or not isinstance(value, dict):
        return value
    inner = {name: without_unset(one, known.members[name]) for name, one in value.items() if name in known.members}
    left = {name for name, one in inner.items() if one is None or (is_unset(one) and name not in known.needed)}
    return {name: inner.get(name, one) for name, one in value.items() if name not in left}


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


def without_additions(value: Any, normal: Normal) -> Any:
    """What a server answered, without what it set there by itself: nulls, and the members that are its own.

    What is opaque or not known is not looked into.
    """
    if not isinstance(normal, Shape) or not isinstance(value, (dict, list)):
        return value
    left: Any = value.copy()
    for part in normal.parts(value):
        if isinstance(left, dict) and (part.value is None or part.is_servers_own):
            del left[part.step]
        elif part.normal:
            left[part.step] = without_additions(part.value, part.normal)
    return left
