"""Where in a definition `{file: PATH}` and `{env: NAME}` stand for something else; anywhere else they are ordinary mappings."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from assistants_tool.definitions.shape import is_reference
from assistants_tool.objects.paths import Path as Steps

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path
    from assistants_tool.objects.paths import Path as Steps

KNOWN_TOOLS = ("function", "code_interpreter", "file_search")


# Where a reference may stand, and what it stands for. `*` is any index or key.
REFERENCES: Mapping[Path, Literal["text", "number", "structure"]] = {
    ("name",): "text",
    ("description",): "text",
    ("model",): "text",
    ("instructions",): "text",
    ("reasoning_effort",): "text",
    ("adopt",): "text",
    ("temperature",): "number",
    ("top_p",): "number",
    ("metadata", "*"): "text",
    ("tools", "*"): "structure",
    ("tools", "*", "function"): "structure",
    ("tools", "*", "function", "name"): "text",
    ("tools", "*", "function", "description"): "text",
    ("tools", "*", "function", "parameters"): "structure",
    ("tools", "*", "file_search", "max_num_results"): "number",
    ("tools", "*", "file_search", "ranking_options", "ranker"): "text",
    ("tools", "*", "file_search", "ranking_options", "score_threshold"): "number",
    ("tool_resources", "code_interpreter", "file_ids", "*"): "text",
    ("tool_resources", "file_search", "vector_store_ids", "*"): "text",
    ("response_format", "json_schema", "name"): "text",
    ("response_format", "json_schema", "description"): "text",
    ("response_format", "json_schema", "schema"): "structure",
}


def is_known_tool(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in KNOWN_TOOLS


@functools.lru_cache(maxsize=10_000)  # definitions are alike, so few paths come again and again
def pattern(path: Steps) -> Steps:
    """A path with `*` for every index and for a metadata key, as REFERENCES has them."""
    if path[:1] == ("metadata",) and len(path) == 2:
        return ("metadata", "*")
    return tuple("*" if isinstance(step, int) else step for step in path)


_ON_THE_WAY = {place[:length] for place in REFERENCES for length in range(len(place))}


def number(text: str) -> float | None:
    """The number that a text is; None where it is none."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    value = float(text)
    return int(value) if value.is_integer() and "." not in text else value


_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,2})?")


def is_reference_at(value: Any, path: Steps) -> bool:
    return is_reference(value) and pattern(path) in REFERENCES


def may_hold_references(value: Any, path: Steps) -> bool:
    """Whether to look inside: not in what is opaque, such as a JSON Schema, nor in a tool of a type that we do not know."""
    if pattern(path) == ("tools", "*") and not is_known_tool(value):
        return False
    return pattern(path) in _ON_THE_WAY
