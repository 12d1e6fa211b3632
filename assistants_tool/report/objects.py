"""Assistants as they are on the endpoint: tables for people, and plain data for JSON and YAML."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import yaml

from assistants_tool.objects.jsontext import read_structure
from assistants_tool.objects.masked import HIDDEN
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.paths import dotted, with_value
from assistants_tool.objects.unseen import is_name
from assistants_tool.report.plain import printable, printable_name
from assistants_tool.report.tables import Row, in_columns, in_markdown
from assistants_tool.report.text import tool_name

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.paths import Path

# What may be cut to fit, in this order, and to how little while that is enough; and what goes before anything is cut.
_CUT = {"NAME": 12, "KEY": 12, "TOOLS": 8, "MODEL": 8, "PROJECT": 8, "ENVIRONMENT": 11}
_DROPPED = ("AGE",)


def as_data(assistant: Assistant) -> dict[str, Any]:
    """The API's object, the mark taken out of its metadata, plus managed, key, project and environment (null where unmanaged).

    Secrets are masked, as some servers do by themselves. What was migrated also says `migrated_from`, the id that it had there. Where the
    mark is damaged it also says `damaged`, and what of the mark cannot be read is null.
    """
    body: Any = dict(assistant.body)
    for path, _ in assistant.members.secrets(body):
        body = with_value(body, path, HIDDEN)
    metadata = read_structure(body.get("metadata"))
    if isinstance(metadata, dict):
        body["metadata"] = {key: one for key, one in metadata.items() if key != MARK_KEY}
    trace, damaged = assistant.trace, assistant.damaged is not None
    names = {name: getattr(trace, name, None) for name in ("key", "project", "environment")}
    readable = {name: None if damaged and not one else one for name, one in names.items()}
    origin = assistant.mark.origin if assistant.mark else ""
    also = {**({"migrated_from": origin} if origin else {}), **({"damaged": True} if damaged else {})}
    return {**body, "managed": trace is not None, **readable, **also}


def table(assistants: Sequence[Assistant], now: float, *, wide: bool = False, width: int | None = None) -> str:
    """One row for each. `now` is in Unix seconds; `width` is that of the terminal in columns, None where nothing is to be cut."""
    return in_columns([_row(one, now, wide=wide) for one in assistants], _CUT, width, _DROPPED, else_whole=wide)


def markdown_table(assistants: Sequence[Assistant], now: float) -> str:
    """Likewise in Markdown; nothing in a cell can act as such."""
    return in_markdown([_row(one, now, wide=False) for one in assistants])


def _row(assistant: Assistant, now: float, *, wide: bool) -> Row:
    trace = assistant.trace
    damaged = "(damaged mark)" if assistant.damaged else ""
    tools = read_structure(assistant.body.get("tools"))
    tools = tools if isinstance(tools, list) else []
    row = {
        "KEY": " ".join(filter(None, (trace.key if trace else "", damaged))),
        "NAME": assistant.name or "",
        "MODEL": str(assistant.body.get("model") or ""),
        "TOOLS": ", ".join(map(tool_name, tools)) if wide else _tools_in_short(tools),
        **({"VERSION": assistant.version} if assistant.members.versions else {}),
        "AGE": age(now - assistant.created_at) if assistant.created_at else "",
        "ID": assistant.id,
    }
    if wide:
        row |= {
            "PROJECT": trace.project if trace else "",
            "ENVIRONMENT": trace.environment if trace else "",
            "CREATED": _date(assistant.created_at),
        }
    return row


_SHORT = {"code_interpreter": "code", "file_search": "search"}


def _tools_in_short(tools: Sequence[Any]) -> str:
    """`code, search, 3 functions`."""
    kinds = Counter(str(one.get("type")) if isinstance(one, dict) else "?" for one in tools)
    functions = kinds.pop("function", 0)
    named = [_SHORT.get(kind, kind) for kind in kinds]
    return ", ".join([*named, *([f"{functions} function{'' if functions == 1 else 's'}"] if functions else [])])


def age(seconds: float) -> str:
    """The largest unit alone: `40s`, `12m`, `5h`, `3d`, `2y`."""
    for unit, length in (("y", 365 * 86400), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{int(seconds // length)}{unit}"
    return f"{max(0, int(seconds))}s"


def _date(seconds: float) -> str:
    try:
        return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M}" if seconds else ""
    except (OverflowError, ValueError, OSError):
        return ""


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: text of several lines as a block; what could move a cursor in quotes, where it can be an escape."""

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        """A name in ASCII alone, as what only looks like a space in it would be no escape."""
        before = self.allow_unicode
        self.allow_unicode = before and not isinstance(getattr(self.event, "value", None), _OddName)
        super().write_double_quoted(text, split)
        self.allow_unicode = before


class _OddName(str):
    """A name or an id in which something only looks like a space."""

    __slots__ = ()


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if value != printable(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(
    _OddName, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')
)


def _marked(value: Any, path: Path = ()) -> Any:
    """The same with odd names marked. Of several assistants, each begins at the top."""
    if isinstance(value, list) and not path:
        return [_marked(one) for one in value]
    if isinstance(value, dict):
        return {name: _marked(one, (*path, name)) for name, one in value.items()}
    if isinstance(value, list):
        return [_marked(one, (*path, index)) for index, one in enumerate(value)]
    is_odd = isinstance(value, str) and is_name(dotted(path)) and printable_name(value) != printable(value)
    return _OddName(value) if is_odd else value


def to_yaml(value: Any) -> str:
    """YAML for people, safe on a terminal."""
    return printable(yaml.dump(_marked(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)).rstrip(
        "\n"
    )
