"""Shapes as pydantic models: strictness, references in place of values, and pydantic's findings in plain words.

Models say what is wrong, and what an editor should know. Whether something is wrong at all is asked of their JSON Schema (`sound`), because
to import pydantic and build the models takes longer than the rest of `validate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Tag, ValidationError
from pydantic_core import CoreSchema, core_schema

from assistants_tool.definitions.shape import (
    BARE_PATTERN,
    IDENTIFIER_PATTERN,
    ShapeFault,
    did_you_mean,
    is_reference,
    known_or_extra,
    shown,
)
from assistants_tool.models import FUNCTION_NAME_PATTERN
from assistants_tool.objects.dialects.prompts import AGENT_NAME_PATTERN
from assistants_tool.objects.paths import Path, dotted, value_at


class Shape(BaseModel):
    """A mapping with these members and no others; nothing is converted: the text "1" is not a number.

    Built at its first use: a shape that is only a part of another is not built on its own as well.
    """

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class ApiShape(Shape):
    """The members of an object of the API that the tool knows, and room for those that it does not know."""

    extra: dict[str, Any] | None = None


class FileReference(Shape):
    file: str


class VariableReference(Shape):
    env: str
    default: str = Field(default_factory=str)


_REFERENCES: Mapping[str, type[Shape]] = {"file": FileReference, "env": VariableReference}


@dataclass(frozen=True, slots=True)
class Referable:
    """Marks a type in whose place a reference of one of these kinds may stand."""

    kinds: tuple[str, ...] = ("file", "env")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._validate, handler(source))

    def _validate(self, value: Any, inner: core_schema.ValidatorFunctionWrapHandler) -> Any:
        is_one = is_reference(value) and ("file" if "file" in value else "env") in self.kinds
        return value if is_one else inner(value)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        references = [handler(_REFERENCES[kind].__pydantic_core_schema__) for kind in self.kinds]
        return {"anyOf": [handler(schema), *references]}


def shapes_in(shape: type[BaseModel], path: Path = ()) -> Iterator[tuple[Path, type[BaseModel]]]:
    """The shapes inside of a shape by their path, as pydantic says where a fault is; `*` is any index or key."""
    for name, field in shape.model_fields.items():
        yield from _shapes_of(field.annotation, (*path, field.alias or name))


def _shapes_of(kind: Any, path: Path) -> Iterator[tuple[Path, type[BaseModel]]]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        tags = (one.tag for one in inner[1:] if isinstance(one, Tag))
        yield from _shapes_of(inner[0], (*path, *tags))
    elif origin in (list, dict):
        yield from _shapes_of(inner[-1], (*path, "*"))
    elif origin in (Union, UnionType):
        for one in inner:
            yield from _shapes_of(one, path)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield path, kind
        yield from shapes_in(kind, path)


def shape_faults(shape: type[BaseModel], value: Any, inner: Mapping[Path, type[BaseModel]]) -> list[ShapeFault]:
    """Everything in which a value departs from a shape. `inner` names the shapes inside by their path; `*` is any index or key."""
    try:
        shape.model_validate(value)
    except ValidationError as error:
        shapes = {(): shape, **inner}
        return [_in_words(value, one, shapes) for one in error.errors(include_url=False, include_input=False)]
    return []


def _steps(value: Any, loc: tuple[str | int, ...]) -> Path:
    """A location of pydantic's as a path: without what names no member, the tags of unions (they begin with `=`) and `[key]`."""
    steps: list[str | int] = []
    for step in loc:
        is_member = isinstance(value, dict) and step in value
        if is_member or not (isinstance(step, str) and (step.startswith("=") or step == "[key]")):
            steps.append(step)
            value = value_at(value, (step,))
    return tuple(steps)


def _in_words(value: Any, error: Mapping[str, Any], shapes: Mapping[Path, type[BaseModel]]) -> ShapeFault:
    loc = error["loc"]
    path = _steps(value, loc)
    if error["type"] == "missing":
        where = f" of {dotted(path[:-1])}" if path[:-1] else ""
        return ShapeFault(path[:-1], f"the field {path[-1]!r}{where} is missing; add it")
    if error["type"] == "extra_forbidden":
        known = next((one for pattern, one in shapes.items() if _fits(loc[:-1], pattern)), None)
        return ShapeFault(path, _unknown(path, known), at_key=True)
    at_key = loc[-1:] == ("[key]",) and path[-1:] != ("[key]",)
    found = path[-1] if at_key else value_at(value, path)
    say = _WORDS.get(error["type"])
    said = say(found, error.get("ctx", {})) if say else f"{error['msg']}; change it"
    return ShapeFault(path, f"{dotted(path) or 'the document'} {said}", at_key)


def _fits(path: Path, pattern: Path) -> bool:
    return len(path) == len(pattern) and all(want in ("*", step) for step, want in zip(path, pattern, strict=True))


def _unknown(path: Path, shape: type[BaseModel] | None) -> str:
    where = f" of {dotted(path[:-1])}" if path[:-1] else ""
    said = f"unknown field {shown(str(path[-1]))}{where}"
    if shape is None:
        return f"{said}; remove it"
    say = known_or_extra if issubclass(shape, ApiShape) else did_you_mean
    return f"{said}; {say(str(path[-1]), [one for one in field_names(shape) if one not in ApiShape.model_fields])}"


def field_names(shape: type[BaseModel]) -> list[str]:
    return [one.alias or name for name, one in shape.model_fields.items()]


def _kind_of(value: Any) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", dict: "a mapping", list: "a list"}
    return names.get(type(value), "nothing")


_PATTERNS = {
    IDENTIFIER_PATTERN: "use at most 64 letters, digits, '.', '_' and '-', beginning with a letter or digit",
    FUNCTION_NAME_PATTERN: "use 1 to 64 letters, digits, '_' and '-'",
    AGENT_NAME_PATTERN: "use 1 to 63 letters, digits and hyphens, with no hyphen at its beginning and end",
    BARE_PATTERN: "remove the white space around it",
}


def _matches(value: Any, say: Mapping[str, Any]) -> str:
    return f"is {shown(value)}; {_PATTERNS.get(say['pattern'], 'it has to match ' + say['pattern'])}"


def _must_be(what: str) -> Callable[[Any, Mapping[str, Any]], str]:
    def say(value: Any, _: Mapping[str, Any]) -> str:
        if what == "a number" and isinstance(value, int) and not isinstance(value, bool):
            return "is too large a number; write a smaller one"  # for a float to hold
        quote = "; quote it" if what == "text" and isinstance(value, (bool, int, float)) else f"; write {what}"
        return f"has to be {what}, but is {_kind_of(value)}{quote}"

    return say


def _of_no_type(value: Any, say: Mapping[str, Any]) -> str:
    if not isinstance(value, dict):
        return _must_be("a mapping")(value, say)
    known = say["expected_tags"].replace("'=", "'")
    return (
        f"has the type {shown(value['type'])}; write one of {known}"
        if "type" in value
        else f"has no type; add one of {known}"
    )


_WORDS: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "union_tag_invalid": _of_no_type,
    "string_type": _must_be("text"),
    "bool_type": _must_be("true or false"),
    "int_type": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "float_type": _must_be("a number"),
    "list_type": _must_be("a list"),
    "dict_type": _must_be("a mapping"),
    "model_type": _must_be("a mapping"),
    "model_attributes_type": _must_be("a mapping"),
    "string_too_long": lambda value, say: f"has {len(value)} characters; shorten it to at most {say['max_length']}",
    "string_too_short": lambda _, __: "is empty; write something or remove it",
    "too_long": lambda value, say: f"holds {len(value)} items; keep at most {say['max_length']}",
    "too_short": lambda _, __: "is empty; write something or remove it",
    "greater_than_equal": lambda value, say: f"is {shown(value)}; it has to be at least {say['ge']:g}",
    "less_than_equal": lambda value, say: f"is {shown(value)}; it has to be at most {say['le']:g}",
    "literal_error": lambda value, say: f"is {shown(value)}; it has to be {say['expected']}",
    "string_pattern_mismatch": _matches,
    "finite_number": lambda _, __: "is not a finite number; write one",
}
