"""Paths into structures, as in `tools[0].function.name`."""

from __future__ import annotations

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
