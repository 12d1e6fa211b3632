"""Every answer but success: one exception with the service's envelope, and the service's words for what pydantic finds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError


INVALID = "invalid_request_error"


class ApiError(Exception):
    """An answer of `status` with the body `{"error": {"message", "type", "param", "code"}}`.

    `kind` is its `type`, by default what goes with the status. `param` is the path of what is at fault, such as
    `tools[0].function.name`; it and `code` are null where nothing fits.
    """

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
        kind: str | None = None,
    ) -> None:
        self.status = status
        self.headers = headers
        kind = kind or ("server_error" if status >= 500 else INVALID)
        self.body: dict[str, dict[str, str | None]] = {
            "error": {"message": message, "type": kind, "param": param, "code": code}
        }
        super().__init__(message)


class GateError(ApiError):
    """An answer of what stands before the service at Azure, whose body is `{"error": {"code", "message"}}`."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message, code=code, status=status)
        self.body = {"error": {"code": code, "message": message}}


_EXPECTED = {
    "bool_type": "a boolean",
    "dict_type": "an object",
    "float_type": "a decimal",
    "int_type": "an integer",
    "list_type": "an array",
    "model_attributes_type": "an object",
    "model_type": "an object",
    "none_required": "null",
    "string_type": "a string",
}
_GOT = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    str: "a string",
    list: "an array",
    dict: "an object",
}
_TYPE = "Invalid type for '{path}': expected {expected}, but got {got} instead."
_CHOICE = "Invalid value: '{input}'. Supported values are: {supported}."
_PATTERN = "Invalid '{path}': string does not match pattern. Expected a string that matches the pattern '{pattern}'."
_SHORT = "Invalid '{path}': empty string. Expected a string with minimum length {min_length}, but got an empty string instead."
_EMPTY = (
    "Invalid '{path}': empty array. Expected an array with minimum length {min_length}, but got an empty array instead."
)
_LONG = "Expected {0} with maximum length {{max_length}}, but got {0} with length {{length}} instead."
_MANY = "Expected an object with at most {max_length} properties, but got an object with {length} properties instead."
_LOW = "Invalid '{path}': {kind} below minimum value. Expected a value >= {ge:g}, but got {input} instead."
_HIGH = "Invalid '{path}': {kind} above maximum value. Expected a value <= {le:g}, but got {input} instead."

# What pydantic calls a fault; the service's code for it; its sentence.
_FAULTS = dict.fromkeys(_EXPECTED, ("invalid_type", _TYPE)) | {
    "extra_forbidden": ("unknown_parameter", "Unknown parameter: '{path}'."),
    "missing": ("missing_required_parameter", "Missing required parameter: '{path}'."),
    "union_tag_not_found": ("missing_required_parameter", "Missing required parameter: '{path}'."),
    "union_tag_invalid": ("invalid_value", _CHOICE),
    "literal_error": ("invalid_value", _CHOICE),
    "string_pattern_mismatch": ("invalid_value", _PATTERN),
    "string_too_short": ("empty_string", _SHORT),
    "list_too_short": ("empty_array", _EMPTY),
    "string_too_long": ("string_above_max_length", f"Invalid '{{path}}': string too long. {_LONG.format('a string')}"),
    "list_too_long": ("array_above_max_length", f"Invalid '{{path}}': array too long. {_LONG.format('an array')}"),
    "dict_too_long": ("object_above_max_properties", f"Invalid '{{path}}': too many properties. {_MANY}"),
    "key_too_long": (
        "property_name_above_max_length",
        f"Invalid property name in '{{parent}}': '{{input}}' is too long. {_LONG.format('a string')}",
    ),
    "greater_than_equal": ("{kind}_below_min_value", _LOW),
    "less_than_equal": ("{kind}_above_max_value", _HIGH),
}


def refusal(error: ValidationError) -> ApiError:
    """The first fault of a request, as an answer of status 400. A fault with no row above brings the code and sentence itself."""
    fault = error.errors(include_url=False)[0]
    name, value, context = _name(fault["type"], fault["loc"], fault["input"]), fault["input"], fault.get("ctx", {})
    path = _path(fault["loc"])
    if name.startswith("union_tag"):
        path, value = f"{path}.type", context.get("tag")
    return told(name, path, value, {**context, "message": fault["msg"]})


def told(name: str, path: str, value: object, context: Mapping[str, Any]) -> ApiError:
    """A fault of a request, by pydantic's name for it, and what is at fault with it; as an answer of status 400."""
    code, sentence = _FAULTS.get(name, (name, "{message}"))
    facts = {
        "path": path or "request body",
        "parent": path.rpartition(".")[0],
        "input": value,
        "expected": _EXPECTED.get(name),
        "got": _GOT[type(value)],
        "length": len(value) if isinstance(value, (str, list, dict)) else None,
        "kind": "integer" if isinstance(context.get("le", context.get("ge")), int) else "decimal",
        "supported": _enumeration(context),
    }
    return ApiError(sentence.format(**{**context, **facts}), param=path or None, code=code.format(**facts))


def _name(name: str, location: tuple[int | str, ...], value: object) -> str:
    if location[-1:] == ("[key]",):
        return "key_too_long"
    if name in ("too_long", "too_short"):
        return f"{type(value).__name__}_{name}"
    return "string_type" if name == "literal_error" and not isinstance(value, str) else name


_CHOICES = (r"^tools\[\d+\]", r"^tools\[\d+\]\.transport", r"^text\.format", r"^response_format")


def _path(location: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]")
    path = "".join(parts).removeprefix(".")
    # Where the member `type` chooses a shape, pydantic puts that type into its location as if it were a member.
    for choice in _CHOICES:
        path = re.sub(rf"({choice})\.[^.]+", r"\1", path, count=1)
    return path


def _enumeration(context: Mapping[str, Any]) -> str:
    *others, last = re.findall(r"'[^']*'", context.get("expected") or context.get("expected_tags") or "''")
    return f"{', '.join(others)}{',' * (len(others) > 1)} and {last}" if others else last
