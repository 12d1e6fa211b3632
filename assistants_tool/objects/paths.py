"""Paths into structures, as in `tools[0].function.name`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assistants_tool.objects.jsontext import read_structure

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """A path as people write it: `tools[0].function.name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def with_value(value: Any, path: Path, new: Any) -> Any:
    """A copy with another value at a path that is there; JSON in a string on the way is read."""
    if not path:
        return new
    copy = read_structure(value).copy()
    copy[path[0]] = with_value(copy[path[0]], path[1:], new)
    return copy


def value_at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def inside(value: Any) -> Iterator[tuple[str | int, Any]]:
    """What is in an object or a list, each with the step to it; nothing in any other value."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no others, with its path."""
    if not isinstance(value, (Mapping, list)):
        yield path, value
    for step, one in inside(value):
        yield from leaves(one, (*path, step))


def anywhere(path: Path) -> Path:
    """A path with `*` for every index."""
    return tuple("*" if isinstance(step, int) else step for step in path)


_STEP = re.compile(r"\[([0-9]{1,9})\]|([^.\[]+)")


def steps(path: str) -> Path:
    """The steps of a differing path, as far as they may lead to a variable's place.

    A metadata key may hold dots itself; of members inside what we do not know, whose names may hold anything, no step has to be right.
    """
    if path.startswith("metadata."):
        return ("metadata", path.removeprefix("metadata."))
    return tuple(int(index) if index else name for index, name in _STEP.findall(path))
