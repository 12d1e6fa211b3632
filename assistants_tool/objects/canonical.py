"""One form for both sides, so that equality means "nothing to do"; and the digests of that form.

Input: the members of an assistant, as a file states them or as a server answered them. Output: the same members with every default filled
in and everything that carries no meaning removed, so that what a server adds (recorded: `strict: false`, empty `parameters`, ranking
options, empty tool resources) and how a server spells "unset" (null, absent, {}, [], "") make no difference. Nothing here does I/O, and
nothing here fails: a value of a shape that no one expects is kept as it is, and so shows up as a difference.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MARK_KEY = "assistants-tool"

Form = dict[str, Any]
Normal = Callable[[Any], Any]

_DEPTH_MAX = 150
_NO_PARAMETERS = {"type": "object", "properties": {}}
_DEFAULT_RANKER = "default_2024_08_21"


def canonical(fields: Mapping[str, Any], ignored: Collection[str] = ()) -> Form:
    """The canonical form of an assistant's members, without the mark and without the `ignored` paths (`FIELD` or `metadata.KEY`)."""
    form = {name: _plain(normal(fields.get(name))) for name, normal in _FIELDS.items() if name not in ignored}
    if isinstance(form.get("metadata"), dict):
        form["metadata"] = {key: one for key, one in form["metadata"].items() if f"metadata.{key}" not in ignored}
    return form


def as_text(form: Any) -> str:
    """Canonical JSON. Compare this, not Python values: Python holds True == 1 and 1 == 1.0."""
    return json.dumps(form, sort_keys=True, separators=(",", ":"))


def same(left: Any, right: Any) -> bool:
    """Whether two canonical forms, or parts of them, are equal. What Python holds to be different is; for what is not, see `as_text`."""
    return left == right and (isinstance(left, str) or as_text(left) == as_text(right))


def _unset(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def read_json(text: str | bytes) -> Any:
    """The value of a server's JSON. Raises ValueError for what is none: Python's reader also takes NaN, and makes 1e999 infinite.

    What nests deeper than anything real counts as none, too: whoever prints or keeps it would run out of stack.
    """
    try:
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    level = [value]
    for _ in range(_DEPTH_MAX):
        containers = [one for one in level if isinstance(one, (dict, list))]
        if not containers:
            return value
        level = [inner for one in containers for inner in (one.values() if isinstance(one, dict) else one)]
    raise ValueError(_TOO_DEEP)


_TOO_DEEP = "nested too deeply"


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a number that JSON has")
    return value


def read_structure(value: Any) -> Any:
    """A structure that a server hands out as JSON in a string (seen in `response_format`) is read."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return read_json(value)
        except ValueError:
            return value
    return value


def _text(value: Any) -> Any:
    return None if _unset(value) else value


def _plain(value: Any, depth: int = 0) -> Any:
    """JSON as it is, only that 1.0 and 1, the same number to JSON, become one. No file nests as deep as what is cut off here."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if not isinstance(value, (dict, list)):
        return value
    if depth == _DEPTH_MAX:
        return "(nested too deeply)"
    if isinstance(value, dict):
        return {key: _plain(one, depth + 1) for key, one in value.items()}
    return [_plain(one, depth + 1) for one in value]


def _number(default: float | None) -> Normal:
    """Six significant digits: a server with 4-byte columns answers 0.8999999761581421 for 0.9."""

    def normal(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return default if _unset(value) else value
        return float(f"{value:.6g}") if abs(value) < 1e300 else value

    return normal


def _object(**members: Normal) -> Normal:
    def normal(value: Any) -> Any:
        value = read_structure(value)
        if not _unset(value) and not isinstance(value, dict):
            return value
        return {name: inner((value or {}).get(name)) for name, inner in members.items()}

    return normal


def _ids(value: Any) -> Any:
    value = read_structure(value)
    if _unset(value):
        return []
    if not isinstance(value, list):
        return value
    by_text = {as_text(one): one for one in map(_plain, value)}
    return [by_text[text] for text in sorted(by_text)]


def _flag(value: Any) -> Any:
    return False if _unset(value) else value


def _schema(default: Mapping[str, Any] | None) -> Normal:
    def normal(value: Any) -> Any:
        value = read_structure(value)
        return default if _unset(value) else value

    return normal


def _ranker(value: Any) -> Any:
    """`auto` names the default ranker, which servers spell out."""
    return _DEFAULT_RANKER if _unset(value) or value == "auto" else value


TOOLS: Mapping[str, Mapping[str, Normal]] = {
    "code_interpreter": {},
    "file_search": {
        "file_search": _object(
            max_num_results=_number(None), ranking_options=_object(ranker=_ranker, score_threshold=_number(0))
        )
    },
    "function": {
        "function": _object(name=_text, description=_text, parameters=_schema(_NO_PARAMETERS), strict=_flag),
    },
}


def _tool(value: Any) -> Any:
    """A tool of a type that we know, in full; of any other type, untouched: Foundry has more of them."""
    value = read_structure(value)
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in TOOLS:
        return value
    return {"type": kind, **{name: normal(value.get(name)) for name, normal in TOOLS[kind].items()}}


def _tools(value: Any) -> Any:
    value = read_structure(value)
    if _unset(value):
        return []
    return [_tool(one) for one in value] if isinstance(value, list) else value


RESOURCES: Mapping[str, Normal] = {
    "code_interpreter": _object(file_ids=_ids),
    "file_search": _object(vector_store_ids=_ids),
}


def _hollow(value: Any) -> bool:
    """Whether there is nothing in a resource but unset members, which is what an emptied one looks like."""
    return _unset(value) or (isinstance(value, dict) and all(map(_unset, value.values())))


def _resources(value: Any) -> Any:
    """Both members that we know, filled in; one that belongs to a tool that we do not know, where it holds something at all."""
    value = read_structure(value)
    if not _unset(value) and not isinstance(value, dict):
        return value
    value = value or {}
    others = {name: one for name, one in value.items() if name not in RESOURCES and not _hollow(one)}
    return {**{name: normal(value.get(name)) for name, normal in RESOURCES.items()}, **others}


def _metadata(value: Any) -> Any:
    value = read_structure(value)
    if _unset(value):
        return {}
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if key != MARK_KEY and one is not None}


_JSON_SCHEMA = _object(name=_text, description=_text, schema=_schema(None), strict=_flag)


def _response_format(value: Any) -> Any:
    value = read_structure(value)
    if _unset(value):
        return "auto"
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "json_schema":
        return {"type": kind, "json_schema": _JSON_SCHEMA(value.get("json_schema"))}
    return {"type": kind} if kind in ("text", "json_object") else value


_FIELDS: Mapping[str, Normal] = {
    "name": _text,
    "description": _text,
    "model": _text,
    "instructions": _text,
    "tools": _tools,
    "tool_resources": _resources,
    "metadata": _metadata,
    "temperature": _number(1),
    "top_p": _number(1),
    "response_format": _response_format,
    "reasoning_effort": _text,
}

DEFAULTS: Form = canonical({})


# Every version that was ever written into a mark stays here, so that a new version of the tool alone is never a change.
_VERSIONS: Mapping[str, Callable[[Mapping[str, Any], Collection[str]], Form]] = {"1": canonical}
_CURRENT = "1"


def digest(fields: Mapping[str, Any], ignored: Collection[str] = (), version: str = _CURRENT) -> str:
    """A short fingerprint of the canonical form, with its version: `1:` and 16 hexadecimal digits.

    Where something is ignored, `:` and 8 digits more say what.
    """
    return digest_of(_VERSIONS[version](fields, ignored), ignored, version)


def digest_of(form: Form, ignored: Collection[str] = (), version: str = _CURRENT) -> str:
    """The same of a form that is canonical already."""
    return ":".join(filter(None, (version, _hash(form, 8), _tag(ignored))))


def _tag(ignored: Collection[str]) -> str:
    return _hash(sorted(set(ignored)), 4) if ignored else ""


def _hash(value: Any, size: int) -> str:
    return hashlib.blake2b(as_text(value).encode(), digest_size=size).hexdigest()


def digest_matches(recorded: str, fields: Mapping[str, Any], ignored: Collection[str] = ()) -> bool | None:
    """Whether a recorded digest is that of these members.

    None where nothing, or a newer tool, recorded it, and where something else was ignored then: it is of other fields, and says nothing.
    One without a tag may be older than tags are, and then still be the same.
    """
    version, _, rest = recorded.partition(":")
    if version not in _VERSIONS:
        return None
    found, _, tag = rest.partition(":")
    same = _hash(_VERSIONS[version](fields, ignored), 8) == found
    return same if tag == _tag(ignored) else (same and not tag) or None


def declared(body: Mapping[str, Any]) -> Form:
    """An assistant's members as a file would state them: what a server filled in, and what says nothing, left out.

    Its canonical form is that of the body.
    """
    form = canonical(body)
    stated = {name: value for name, value in form.items() if not same(value, DEFAULTS[name])}
    if isinstance(stated.get("tools"), list):
        stated["tools"] = [_lean_tool(one) for one in stated["tools"]]
    if isinstance(stated.get("tool_resources"), dict):
        stated["tool_resources"] = {name: one for name, one in stated["tool_resources"].items() if not _hollow(one)}
    response_format = stated.get("response_format")
    if isinstance(response_format, dict) and isinstance(response_format.get("json_schema"), dict):
        stated["response_format"] = {
            **response_format,
            "json_schema": _lean(response_format["json_schema"], _JSON_SCHEMA({})),
        }
    return stated


def _lean(value: Any, empty: Form) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: one for name, one in value.items() if name not in empty or not same(one, empty[name])}


def _lean_tool(tool: Any) -> Any:
    kind = tool.get("type") if isinstance(tool, dict) else None
    if kind not in ("function", "file_search"):
        return tool
    inner = _lean(tool[kind], TOOLS[kind][kind]({}))
    return {"type": kind, **({kind: inner} if inner else {})}


class Absent:
    """The one value that JSON has no word for: a member that is not there."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two forms differ; `path` as in `tools[0].function.name`; a side that lacks it is ABSENT."""

    path: str
    before: Any
    after: Any


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """The smallest places where two canonical forms differ, in a stable order."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*after, *sorted(name for name in before if name not in after)]:
            inner = f"{path}.{name}" if path else str(name)
            yield from differences(before.get(name, ABSENT), after.get(name, ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_differences(before, after, path)
    elif ABSENT in (before, after) or not same(before, after):
        yield Difference(path, before, after)


def _list_differences(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    """Items that stay at the start and at the end are set aside first, so that one inserted tool is one difference."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    for index in range(max(len(old), len(new))):
        yield from differences(
            old[index] if index < len(old) else ABSENT,
            new[index] if index < len(new) else ABSENT,
            f"{path}[{start + index}]",
        )


def _common(left: list[Any], right: list[Any]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if not same(one, other):
            break
        count += 1
    return count
