"""The JSON Schemas inside a definition: are they such, and would a server take them?

In: a merged document. Out: faults and warnings, as paths into it. The rules are a table, of which docs/reference.md is made too: what each
says, where we know it from, and how much it weighs where `strict: true` stands beside the schema and where it does not. Servers refuse
what is strict at the first use, not when it is stored, so that nothing else would tell.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

import jsonschema_rs

from assistants_tool.definitions.shape import ShapeFault, did_you_mean, is_reference, shown
from assistants_tool.errors import Severity
from assistants_tool.objects.paths import Path, dotted, value_at

Schema = Mapping[str, Any]


class Origin(enum.Enum):
    """Where a rule is known from."""

    DOCUMENTED = "documented"
    REPORTED = "reported"
    SEEN = "seen"


class Part(NamedTuple):
    """A schema inside a schema, at its path in the document; `whole` is the one that it belongs to."""

    schema: Schema
    path: Path
    whole: Schema
    strict: bool

    @property
    def is_whole(self) -> bool:
        return self.schema is self.whole


class Finding(NamedTuple):
    """What breaks a rule, and where below the part; the key there where `at_key`."""

    message: str
    below: Path = ()
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """`loose` and `strict` say how much it weighs without and with `strict: true`; None where it does not count."""

    says: str
    origin: Origin
    loose: Severity | None = Severity.WARNING
    strict: Severity | None = Severity.FAULT

    def severity(self, *, strict: bool) -> Severity | None:
        return self.strict if strict else self.loose


def schema_faults(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """Everything that is wrong with the schemas of a document."""
    for path, schema, strict in _schemas(document):
        if isinstance(schema, dict) and not is_reference(schema):
            whole = Part(schema, path, schema, strict)
            found = [one for part in parts(whole) for one in _broken_rules(part)]
            faulty = any(one.severity is Severity.FAULT for one in found)
            # A warning on top of a fault would often be of the same words.
            yield from (one for one in found if not faulty or one.severity is Severity.FAULT)
    for rule, find in DOCUMENT_RULES:
        for path, message, strict in find(document):
            if severity := rule.severity(strict=strict):
                yield ShapeFault(path, f"{dotted(path)}{message}", severity=severity)


def _schemas(document: Mapping[str, Any]) -> Iterator[tuple[Path, Any, bool]]:
    """The JSON Schemas of a document: path, schema, and whether `strict: true` stands beside it."""
    for path, function in _functions(document):
        yield (*path, "parameters"), function.get("parameters"), function.get("strict") is True
    inner = value_at(document, ("response_format", "json_schema"))
    if isinstance(inner, dict):
        yield ("response_format", "json_schema", "schema"), inner.get("schema"), inner.get("strict") is True


def _functions(document: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    tools = document.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else ()):
        function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
        if isinstance(function, dict):
            yield ("tools", index, "function"), function


def parts(part: Part) -> Iterator[Part]:
    """A schema and those inside it. What strict mode does not support is not looked into: it has to go."""
    yield part
    for name, value in part.schema.items():
        if part.strict and name in _NOT_IN_STRICT:
            continue
        for below, inner in _inner(name, value):
            if isinstance(inner, dict):
                yield from parts(Part(inner, (*part.path, name, *below), part.whole, part.strict))


_OF_ONE = frozenset(("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"))
_OF_NAMES = frozenset(("$defs", "definitions", "dependentSchemas", "patternProperties", "properties"))
_OF_LISTS = frozenset(("allOf", "anyOf", "items", "oneOf", "prefixItems"))


def _inner(name: str, value: Any) -> Iterator[tuple[Path, Any]]:
    if name in _OF_ONE and isinstance(value, (dict, bool)):
        yield (), value
    elif name in _OF_NAMES and isinstance(value, dict):
        yield from (((key,), one) for key, one in value.items())
    elif name in _OF_LISTS and isinstance(value, list):
        yield from (((index,), one) for index, one in enumerate(value))


def _broken_rules(part: Part) -> Iterator[ShapeFault]:
    if _breaks_none(part):
        return
    for severity, find in _COUNTING[part.strict]:
        for message, below, at_key in find(part):
            path = (*part.path, *below)
            yield ShapeFault(path, f"{dotted(path if not at_key else part.path)}{message}", at_key, severity)


SIMPLE_TYPES = ("string", "number", "integer", "boolean")
# Keywords of which no rule says anything.
FREE_KEYWORDS = frozenset(
    ("type", "description", "title", "default", "enum", "format", "minimum", "maximum", "minLength", "maxLength")
)


def _breaks_none(part: Part) -> bool:
    """Most parts are of a simple type and say little more. Of such a one no rule finds anything, once the whole is valid."""
    return part.schema.get("type") in SIMPLE_TYPES and part.schema.keys() <= FREE_KEYWORDS and not part.is_whole


# --- the rules, each as what breaks it


def _invalid(part: Part) -> Iterator[Finding]:
    if not part.is_whole:
        return
    draft = str(part.schema.get("$schema", "")).removesuffix("#")
    validator = _meta_validator(draft if draft in _DRAFTS else _NEWEST_DRAFT)
    for error in () if validator.is_valid(part.schema) else validator.iter_errors(part.schema):
        below = tuple(error.instance_path)
        wrong = _wrong_type(value_at(part.schema, below)) if below[-1:] == ("type",) else ""
        yield Finding(wrong or f" is not valid JSON Schema: {_short(error.message)}; fix it", below)


_NEWEST_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DRAFTS = (
    "http://json-schema.org/draft-04/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2019-09/schema",
    _NEWEST_DRAFT,
)
_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
# What other languages call the types.
_CALLED = {
    **dict.fromkeys(("dict", "map", "mapping", "record", "struct", "json"), "object"),
    **dict.fromkeys(("list", "tuple", "set", "sequence"), "array"),
    **dict.fromkeys(("str", "text", "date", "datetime", "uuid", "enum"), "string"),
    **dict.fromkeys(("int", "long"), "integer"),
    **dict.fromkeys(("float", "double", "decimal"), "number"),
    **dict.fromkeys(("bool",), "boolean"),
    **dict.fromkeys(("none", "nil", "undefined"), "null"),
}


@functools.cache
def _meta_validator(draft: str) -> Any:
    """A validator of schemas. It reads its own copy of the drafts: a `$schema` of a file's choosing is never fetched.

    Whether a pattern is one is a rule of its own, as only some drafts want to know.
    """
    return jsonschema_rs.validator_for({"$schema": draft, "$ref": draft}, validate_formats=False)


def _wrong_type(found: Any) -> str:
    if not isinstance(found, str):
        return ""
    known = _CALLED.get(found.lower()) or (found.lower() if found.lower() in _TYPES else "")
    hint = f"did you mean {known!r}?" if known else did_you_mean(found, _TYPES)
    return f" is {shown(found)}, which JSON Schema does not have; {hint}"


def _short(message: str) -> str:
    """A validator's message begins with the whole value, however long, and ends with the reason."""
    return message if len(message) <= 200 else f"{message[:60]}...{message[-100:]}"


def _array_without_items(part: Part) -> Iterator[Finding]:
    if _may_be(part.schema, "array") and "items" not in part.schema:
        yield Finding(": servers refuse an array without 'items'; say what it holds, such as `items: {type: string}`")


def _object_without_properties(part: Part) -> Iterator[Finding]:
    if _may_be(part.schema, "object") and "properties" not in part.schema:
        yield Finding(": servers refuse an object without 'properties'; name them, or write `properties: {}`")


def _may_be(schema: Schema, kind: str) -> bool:
    found = schema.get("type")
    return found == kind or (isinstance(found, list) and kind in found)


_NOT_AT_THE_TOP = ("anyOf", "oneOf", "allOf", "enum", "not")


def _no_object(part: Part) -> Iterator[Finding]:
    if part.is_whole and part.schema and part.schema.get("type") != "object":
        yield Finding(": servers take only an object here; write `type: object`, and the rest below its properties")
    elif part.is_whole and (found := [one for one in _NOT_AT_THE_TOP if one in part.schema]):
        yield Finding(f": servers refuse {found[0]!r} at the top; put it below a property", (found[0],), at_key=True)


def _ref_to_nothing(part: Part) -> Iterator[Finding]:
    ref = part.schema.get("$ref")
    if not isinstance(ref, str):
        return
    if not ref.startswith("#"):
        said = "leads out of the schema, and no server follows it; put what it names under $defs"
        yield Finding(f" {said}", ("$ref",))
    elif not _leads_somewhere(ref[1:], part.whole):
        yield Finding(f" is {shown(ref)}, which leads to nothing here; correct it", ("$ref",))


def _leads_somewhere(pointer: str, whole: Schema) -> bool:
    """Whether a JSON Pointer, or the name of an anchor, is one of this schema's."""
    if pointer and not pointer.startswith("/"):
        return any(one.schema.get("$anchor") == pointer for one in parts(Part(whole, (), whole, strict=False)))
    value: Any = whole
    for step in pointer.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return False
    return isinstance(value, (dict, bool))


def _no_pattern(part: Part) -> Iterator[Finding]:
    pattern, patterns = part.schema.get("pattern"), part.schema.get("patternProperties")
    if isinstance(pattern, str) and not _is_pattern(pattern):
        yield Finding(f" is {shown(pattern)}, which is not a valid regular expression; fix it", ("pattern",))
    for one in patterns if isinstance(patterns, dict) else ():
        if not _is_pattern(one):
            message = f": {shown(one)} in patternProperties is not a valid regular expression; fix it"
            yield Finding(message, ("patternProperties", one), at_key=True)


@functools.lru_cache(maxsize=1000)
def _is_pattern(text: str) -> bool:
    try:
        jsonschema_rs.validator_for({"pattern": text})
    except (ValueError, jsonschema_rs.ValidationError):
        return False
    return True


_NOT_IN_STRICT = ("allOf", "oneOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else")


def _no_strict_object(part: Part) -> Iterator[Finding]:
    if part.is_whole and (part.schema.get("type") != "object" or "anyOf" in part.schema):
        yield Finding(": with strict: true the schema has to be an object and not anyOf; change it")


def _unsupported(part: Part) -> Iterator[Finding]:
    for name in _NOT_IN_STRICT:
        if name in part.schema:
            yield Finding(f": with strict: true {name!r} is not supported; remove it", (name,), at_key=True)


def _open_object(part: Part) -> Iterator[Finding]:
    if _has_properties(part) and part.schema.get("additionalProperties") is not False:
        yield Finding(": with strict: true an object needs additionalProperties: false; add it")


def _not_required(part: Part) -> Iterator[Finding]:
    required = part.schema.get("required")
    missing = [one for one in _properties(part) if not isinstance(required, list) or one not in required]
    if missing:
        advice = "add them; an optional one may allow null"
        yield Finding(f": with strict: true 'required' has to name {', '.join(missing)}; {advice}")


def _required_of_nothing(part: Part) -> Iterator[Finding]:
    required = part.schema.get("required")
    for index, name in enumerate(required if isinstance(required, list) else ()):
        if isinstance(name, str) and name not in _properties(part):
            yield Finding(
                f" is {shown(name)}, and there is no such property; with strict: true there has to be: remove it",
                ("required", index),
            )


def _has_properties(part: Part) -> bool:
    return _may_be(part.schema, "object") or isinstance(part.schema.get("properties"), dict)


def _properties(part: Part) -> Schema:
    found = part.schema.get("properties")
    return found if isinstance(found, dict) else {}


def _ref_with_siblings(part: Part) -> Iterator[Finding]:
    siblings = [one for one in part.schema if one not in ("$ref", "$defs", "definitions")]
    if "$ref" in part.schema and siblings:
        said = f"with strict: true nothing may stand next to $ref, but here is {', '.join(siblings)}; remove it"
        yield Finding(f": {said}")


def _no_type(part: Part) -> Iterator[Finding]:
    instead = ("type", "$ref", "anyOf", *_NOT_IN_STRICT)
    if not part.is_whole and not any(one in part.schema for one in instead):
        yield Finding(_NEEDS_A_TYPE)
    for name, value in part.schema.items():
        if name != "additionalProperties" and name not in _NOT_IN_STRICT:
            yield from (Finding(_NEEDS_A_TYPE, (name, *at)) for at, one in _inner(name, value) if isinstance(one, bool))


_NEEDS_A_TYPE = ": with strict: true each part of a schema needs a type; add it"


PART_RULES: tuple[tuple[Rule, Callable[[Part], Iterator[Finding]]], ...] = (
    (
        Rule(
            "It is valid JSON Schema, of the draft that its `$schema` names, else of 2020-12.",
            Origin.DOCUMENTED,
            Severity.FAULT,
        ),
        _invalid,
    ),
    (Rule("An array has `items`.", Origin.REPORTED), _array_without_items),
    (Rule("An object has `properties`, if only empty ones.", Origin.REPORTED), _object_without_properties),
    (
        Rule(
            "The whole is of the type object, and has none of anyOf, oneOf, allOf, enum and not at its top.",
            Origin.SEEN,
            strict=None,
        ),
        _no_object,
    ),
    (Rule("A `$ref` leads to something inside the schema.", Origin.REPORTED), _ref_to_nothing),
    (Rule("A `pattern` is a regular expression.", Origin.REPORTED), _no_pattern),
    (Rule("The whole is of the type object, and no anyOf.", Origin.DOCUMENTED, None), _no_strict_object),
    (Rule(f"It has none of {', '.join(_NOT_IN_STRICT)}.", Origin.DOCUMENTED, None), _unsupported),
    (Rule("An object has `additionalProperties: false`.", Origin.DOCUMENTED, None), _open_object),
    (Rule("`required` names all properties of an object.", Origin.DOCUMENTED, None), _not_required),
    (Rule("`required` names nothing else.", Origin.REPORTED, None), _required_of_nothing),
    (Rule("Nothing stands next to `$ref`.", Origin.REPORTED, None), _ref_with_siblings),
    (Rule("Each part has a `type`, or `$ref` or anyOf in its place.", Origin.REPORTED, None), _no_type),
)


# Those that count without and with `strict: true`, as there are many parts.
_COUNTING = {
    strict: [(severity, find) for rule, find in PART_RULES if (severity := rule.severity(strict=strict))]
    for strict in (False, True)
}


# --- what no schema breaks by itself


class Breach(NamedTuple):
    """Where a document breaks a rule, and whether what breaks it is strict."""

    path: Path
    message: str
    strict: bool


def _same_names(document: Mapping[str, Any]) -> Iterator[Breach]:
    first: dict[str, tuple[Path, Mapping[str, Any]]] = {}
    for path, function in _functions(document):
        name = function.get("name")
        if not isinstance(name, str):
            continue
        there, other = first.setdefault(name, (path, function))
        if other is not function:
            strict = function.get("strict") is True or other.get("strict") is True
            said = f" is {shown(name)}, as {dotted((*there, 'name'))} is; rename one of them"
            yield Breach((*path, "name"), said, strict)


def _without_schema(document: Mapping[str, Any]) -> Iterator[Breach]:
    path = ("response_format", "json_schema")
    inner = value_at(document, path)
    if isinstance(inner, dict) and inner.get("schema") is None:
        said = ": with strict: true a 'schema' is needed; add it"
        yield Breach(path, said, inner.get("strict") is True)


DOCUMENT_RULES: tuple[tuple[Rule, Callable[[Mapping[str, Any]], Iterator[Breach]]], ...] = (
    (Rule("No two functions have one name.", Origin.SEEN), _same_names),
    (Rule("A response format has a `schema`.", Origin.DOCUMENTED, None), _without_schema),
)
RULES = tuple(rule for rule, _ in (*PART_RULES, *DOCUMENT_RULES))
