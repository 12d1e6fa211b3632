"""What is wrong with a document whose layers are merged: its shape, and what only a sound field can be asked.

The shape of a document is in `document`. `faults` finds everything at once, as paths into the document; in which file a path stands is
the loader's business.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from assistants_tool import models
from assistants_tool.definitions.extra import EXTRA, extras
from assistants_tool.definitions.shape import ShapeFault, did_you_mean, is_reference, known_or_extra, shown
from assistants_tool.definitions.sound import is_sound
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.paths import Path, dotted, value_at
from assistants_tool.objects.tools import TOOLS

OWN_FIELDS = ("key", "protect", "ignore", "adopt", "environments")


def faults(document: Mapping[str, Any]) -> list[ShapeFault]:
    """Everything that is wrong with a merged document: its shape, and what only a sound field can be asked."""
    found = [] if is_sound("document", document) else [_friendlier(one, document) for one in _shape_faults(document)]
    broken = {one.path for one in found}
    deeper = (one for check in _CHECKS for one in check(document))
    found += (one for one in deeper if not any(one.path[:length] in broken for length in range(1, len(one.path) + 1)))
    return list(dict.fromkeys(found))


def _shape_faults(document: Mapping[str, Any]) -> list[ShapeFault]:
    from assistants_tool.definitions.document import SHAPES, Document
    from assistants_tool.definitions.structure import shape_faults

    return shape_faults(Document, document, SHAPES)


def _friendlier(fault: ShapeFault, document: Mapping[str, Any]) -> ShapeFault:
    if fault.path == () and "'model'" in fault.message:
        return ShapeFault((), "the field 'model' is missing; add it here or to the environment's defaults")
    if len(fault.path) == 1 and fault.at_key:
        name = str(fault.path[0])
        hint = known_or_extra(name, [*ASSISTANTS.names, *OWN_FIELDS])
        return ShapeFault(fault.path, f"unknown field {shown(name)}; {hint}", at_key=True)
    if fault.path == ("adopt",):
        return ShapeFault(fault.path, "adopt has to be an assistant's id, or false; change it")
    if fault.path == ("response_format",) and not isinstance(document["response_format"], dict):
        kinds = "'auto' or a mapping with the type text, json_object or json_schema"
        return ShapeFault(fault.path, f"response_format has to be {kinds}; change it")
    if fault.path == ("tool_resources", "file_search", "vector_stores"):
        advice = "make the store once and name its id in vector_store_ids"
        return ShapeFault(fault.path, f"'vector_stores' would make a new store with each create; {advice}", at_key=True)
    return fault


def _items(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []


def _check_model(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    model = document.get("model")
    if isinstance(model, str) and (endpoints := models.unfit_for_assistants(model)):
        yield ShapeFault(
            ("model",),
            f"the model {model!r} cannot serve an assistant: it serves {', '.join(endpoints)}; choose a chat model",
        )


def _check_tool_types(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """A type that we do not know passes, but not one that is all but one that we know."""
    for index, tool in enumerate(_items(document, "tools")):
        kind = tool.get("type") if isinstance(tool, dict) else None
        close = difflib.get_close_matches(kind, TOOLS, 1, 0.85) if isinstance(kind, str) else []
        if close and kind not in TOOLS:
            path: Path = ("tools", index, "type")
            yield ShapeFault(path, f"{dotted(path)} is {shown(kind)}; did you mean {close[0]!r}?")


def _check_whole_numbers(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """To JSON Schema 8.0 is a whole number, and to some servers it is none."""
    for index, tool in enumerate(_items(document, "tools")):
        path: Path = ("tools", index, "file_search", "max_num_results")
        if isinstance(value_at(tool, path[2:]), float):
            yield ShapeFault(path, f"{dotted(path)} has to be a whole number, but is a number; write a whole number")


def _check_metadata(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and MARK_KEY in metadata:
        yield ShapeFault(
            ("metadata", MARK_KEY), f"the metadata key {MARK_KEY!r} is the tool's own; remove it", at_key=True
        )


def _check_extra(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """What is known has one place, which is checked."""
    for extra in extras(document):
        for name in extra.members:
            if name in extra.known:
                path = (*extra.path, name)
                advice = "remove it" if name in ASSISTANTS.identity and len(path) == 2 else f"write it beside {EXTRA}"
                yield ShapeFault(
                    path, f"{dotted(path)}: {name!r} is a field that the tool knows; {advice}", at_key=True
                )


def _check_ignore(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    for index, name in enumerate(_items(document, "ignore")):
        if isinstance(name, str) and name not in ASSISTANTS.names and not re.match(r"metadata\..", name, re.DOTALL):
            hint = did_you_mean(name, [*ASSISTANTS.names, "metadata.KEY"])
            yield ShapeFault(("ignore", index), f"unknown field {name!r} to ignore; {hint}")


def _schemas(document: Mapping[str, Any]) -> Iterator[tuple[Path, Any, bool]]:
    """The JSON Schemas of a document: path, schema, and whether `strict: true` stands beside it."""
    for index, tool in enumerate(_items(document, "tools")):
        function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
        if isinstance(function, dict):
            yield ("tools", index, "function", "parameters"), function.get("parameters"), function.get("strict") is True
    inner = value_at(document, ("response_format", "json_schema"))
    if isinstance(inner, dict):
        yield ("response_format", "json_schema", "schema"), inner.get("schema"), inner.get("strict") is True


_NEWEST_DRAFT = "https://json-schema.org/draft/2020-12/schema"


_DRAFTS = (
    "http://json-schema.org/draft-04/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2019-09/schema",
    _NEWEST_DRAFT,
)


@functools.cache
def _meta_validator(draft: str) -> Any:
    """A validator of schemas. It reads its own copy of the drafts: a `$schema` of a file's choosing is never fetched."""
    return jsonschema_rs.validator_for({"$schema": draft, "$ref": draft})


def _check_schemas(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    for path, schema, strict in _schemas(document):
        if not isinstance(schema, dict) or is_reference(schema):
            continue
        draft = str(schema.get("$schema", "")).removesuffix("#")
        for error in _meta_validator(draft if draft in _DRAFTS else _NEWEST_DRAFT).iter_errors(schema):
            where = (*path, *error.instance_path)
            yield ShapeFault(where, f"{dotted(where)} is not valid JSON Schema: {_short(error.message)}; mend it")
        if strict:
            yield from _strict_faults(schema, path, root=True)


def _short(message: str) -> str:
    """A validator's message begins with the whole value, however long, and ends with the reason."""
    return message if len(message) <= 200 else f"{message[:60]}...{message[-100:]}"


_NOT_IN_STRICT = ("allOf", "oneOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else")


def _strict_faults(schema: Any, path: Path, *, root: bool = False) -> Iterator[ShapeFault]:
    """The rules of OpenAI's Structured Outputs, which refuse a schema at the first use, not when it is stored."""
    if not isinstance(schema, dict):
        return
    if root and (schema.get("type") != "object" or "anyOf" in schema):
        yield ShapeFault(
            path, f"{dotted(path)}: with strict: true the schema has to be an object and not anyOf; change it"
        )
    for name in _NOT_IN_STRICT:
        if name in schema:
            yield ShapeFault(
                (*path, name), f"{dotted(path)}: with strict: true {name!r} is not supported; remove it", at_key=True
            )
    properties = schema.get("properties")
    if _is_object(schema) or isinstance(properties, dict):
        yield from _strict_object(schema, properties if isinstance(properties, dict) else {}, path)
    for inner_path, inner in _inner_schemas(schema, path):
        yield from _strict_faults(inner, inner_path)


def _is_object(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind)


def _strict_object(schema: Mapping[str, Any], properties: Mapping[str, Any], path: Path) -> Iterator[ShapeFault]:
    if schema.get("additionalProperties") is not False:
        yield ShapeFault(path, f"{dotted(path)}: with strict: true an object needs additionalProperties: false; add it")
    required = schema.get("required")
    missing = [name for name in properties if not isinstance(required, list) or name not in required]
    if missing:
        advice = "add them; an optional one may allow null"
        yield ShapeFault(
            path, f"{dotted(path)}: with strict: true 'required' has to name {', '.join(missing)}; {advice}"
        )


def _inner_schemas(schema: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Any]]:
    for name in ("properties", "$defs", "definitions"):
        if isinstance(schema.get(name), dict):
            yield from (((*path, name, key), inner) for key, inner in schema[name].items())
    for name in ("anyOf", "prefixItems"):
        if isinstance(schema.get(name), list):
            yield from (((*path, name, index), inner) for index, inner in enumerate(schema[name]))
    if "items" in schema:
        yield (*path, "items"), schema["items"]


_CHECKS: tuple[Callable[[Mapping[str, Any]], Iterator[ShapeFault]], ...] = (
    _check_model,
    _check_tool_types,
    _check_whole_numbers,
    _check_metadata,
    _check_extra,
    _check_ignore,
    _check_schemas,
)
