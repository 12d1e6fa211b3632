"""JSON as servers write it, read; and the one text of a value by which two values are compared. Nothing here does I/O."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

DEPTH_MAX = 150
_TOO_DEEP = "nested too deeply"


def as_text(value: Any) -> str:
    """Canonical JSON. Compare this, not Python values: Python holds True == 1 and 1 == 1.0."""
    return _ENCODER.encode(value)


# Made once: to make one takes as long as most values take.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def fingerprint(value: Any, size: int) -> str:
    """A short digest of that: twice as many hexadecimal digits as the `size` says."""
    return hashlib.blake2b(as_text(value).encode(), digest_size=size).hexdigest()


def same(left: Any, right: Any) -> bool:
    """Whether two canonical forms, or parts of them, are equal. What Python holds to be different is; for what is not, see `as_text`."""
    return left == right and (isinstance(left, str) or as_text(left) == as_text(right))


def read_json(text: str | bytes) -> Any:
    """The value of a server's JSON. Raises ValueError for what is not JSON.

    Stricter than Python's own reader, which takes NaN and reads 1e999 as infinite. What nests deeper than anything real is refused, too:
    whoever printed or kept it would run out of stack.
    """
    try:
        if isinstance(text, bytes):  # here, so that they are gone once they are text
            text = text.decode(json.detect_encoding(text), "surrogatepass")
        value = _DECODER.decode(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    level = [value]
    for _ in range(DEPTH_MAX):
        containers = [one for one in level if isinstance(one, (dict, list))]
        if not containers:
            return value
        level = [inner for one in containers for inner in (one.values() if isinstance(one, dict) else one)]
    raise ValueError(_TOO_DEEP)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a number that JSON has")
    return value


_DECODER = json.JSONDecoder(parse_constant=_finite, parse_float=_finite)


def contradicts_itself(text: str) -> bool:
    """Whether an object of a JSON text has a name twice, with values that differ, of which readers take one or the other."""
    try:
        _OF_ONE_VALUE.decode(text)
    except _TwiceError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


class _TwiceError(Exception):
    """A name that says two things."""


def _of_one_value(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members) and not all(same(found[name], one) for name, one in members):
        raise _TwiceError
    return found


_OF_ONE_VALUE = json.JSONDecoder(object_pairs_hook=_of_one_value)


def read_structure(value: Any) -> Any:
    """A structure; one that a server hands out as JSON in a string (seen in `response_format`) is read first."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return read_json(value)
        except ValueError:
            return value
    return value


def plain(value: Any, depth: int = 0) -> Any:
    """The same value, with 1.0 written as 1, as the two are one number to JSON."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if not isinstance(value, (dict, list)):
        return value
    if depth == DEPTH_MAX:  # deeper than any file may nest, so it only happens to what a server answered
        return "(nested too deeply)"
    if isinstance(value, dict):
        return {key: plain(one, depth + 1) for key, one in value.items()}
    return [plain(one, depth + 1) for one in value]
