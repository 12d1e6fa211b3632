"""Assistants as they are on the endpoint: rows for a table, and plain data for JSON and YAML."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from assistants_tool.canonical import MARK_KEY, read_structure
from assistants_tool.report.text import printable, tool_name

if TYPE_CHECKING:
    from assistants_tool.assistant import Assistant

Row = Mapping[str, Any]


def as_data(assistant: Assistant) -> dict[str, Any]:
    """The API's object, the mark taken out of its metadata, plus managed, key, project and environment (null where unmanaged)."""
    body = dict(assistant.body)
    metadata = read_structure(body.get("metadata"))
    if isinstance(metadata, dict):
        body["metadata"] = {key: one for key, one in metadata.items() if key != MARK_KEY}
    mark = assistant.mark
    return {
        **body,
        "managed": mark is not None,
        "key": mark.key if mark else None,
        "project": mark.project if mark else None,
        "environment": mark.environment if mark else None,
    }


def rows(assistants: Sequence[Assistant], *, wide: bool) -> list[Row]:
    """One row for each assistant, by column."""
    return [_row(one, wide=wide) for one in assistants]


def _row(assistant: Assistant, *, wide: bool) -> Row:
    mark = assistant.mark
    row = {
        "KEY": mark.key if mark else "",
        "NAME": assistant.name or "",
        "MODEL": str(assistant.body.get("model") or ""),
        "ID": assistant.id,
    }
    if wide:
        tools = read_structure(assistant.body.get("tools"))
        row |= {
            "PROJECT": mark.project if mark else "",
            "ENVIRONMENT": mark.environment if mark else "",
            "CREATED": _date(assistant.created_at),
            "TOOLS": ", ".join(map(tool_name, tools)) if isinstance(tools, list) else "",
        }
    return {name: printable(value).replace("\n", " ").replace("\t", " ") for name, value in row.items()}


def _date(seconds: float) -> str:
    try:
        return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M}" if seconds else ""
    except (OverflowError, ValueError, OSError):
        return ""


def to_json(value: Any) -> str:
    """JSON for programs that is safe on a terminal and in a log of Actions, too: what either takes for an order is written as an escape."""
    return printable(json.dumps(value, indent=2, ensure_ascii=False)).replace("##[", "#\\u0023[")


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: text of several lines as a block; what could move a cursor in quotes, where it can be an escape."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if value != printable(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> str:
    """YAML for people, safe on a terminal."""
    return printable(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)).rstrip("\n")
