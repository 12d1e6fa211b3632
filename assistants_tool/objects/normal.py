"""The normal forms of values: two spellings that mean the same to a server have one normal form.

Each takes a value as a file states it or as a server answers it, and gives its normal form; of None it gives what the server makes of a
value that is not stated. Nothing here fails: a value of a shape that no one expects is kept as it is, and so shows up as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assistants_tool.objects.jsontext import as_text, plain, read_structure

Normal = Callable[[Any], Any]

MARK_KEY = "assistants-tool"  # the metadata pair that is ours, and so no part of what is compared


def is_unset(value: Any) -> bool:
    """Servers spell "unset" as null, {}, [] or ""."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


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


def structure(**members: Normal) -> Normal:
    """An object with these members; others are left out."""

    def normal(value: Any) -> Any:
        value = read_structure(value)
        if not is_unset(value) and not isinstance(value, dict):
            return value
        return {name: inner((value or {}).get(name)) for name, inner in members.items()}

    return normal


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
    return {name: one for name, one in value.items() if name not in empty or as_text(one) != as_text(empty[name])}
