"""Paths into structures, as in `tools[0].function.name`."""

from __future__ import annotations

from typing import Any

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """A path as people write it: `tools[0].function.name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def value_at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
