"""Where in a definition `{file: PATH}` and `{env: NAME}` stand for something else; anywhere else they are ordinary mappings."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions.shape import is_reference
from assistants_tool.objects.dialects import DIALECTS
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.tools import TOOLS

if TYPE_CHECKING:
    from assistants_tool.objects.normal import Place
    from assistants_tool.objects.paths import Path as Steps

# Where a reference may stand, and what it stands for. `*` is any index or key.
REFERENCES: Mapping[Steps, Place] = {
    **ASSISTANTS.places,
    ("adopt",): "text",
    **{(one.block, *path): kind for one in DIALECTS.values() for path, kind in one.places.items()},
}


# Where the name of a file stands by mistake, if it is one: in place of prose, or of a structure.
NAMED_BY_MISTAKE = frozenset(
    place for place, kind in REFERENCES.items() if kind == "structure" or place[-1] in ("description", "instructions")
)
# Where the name of something on the server stands.
_NAME_OF_IDS = re.compile(r"model|adopt|id|\w+_ids?")
IDS = frozenset(
    place for place in REFERENCES if _NAME_OF_IDS.fullmatch([str(step) for step in place if step != "*"][-1])
)
_ADDRESS = re.compile(r"file:(?://)?(\S+)")
_AT = re.compile(r"@(\S*/\S+|\S+\.[A-Za-z0-9]{1,9})")
_MAY_BE_A_NAME = re.compile(r"/|^\s*(?:@|file:)|\.[A-Za-z0-9]{1,9}\s*\Z")
_LIKE_A_PATH = re.compile(r"[^\n\0]{1,250}\.[A-Za-z0-9]{1,9}|[^\s\0]{1,250}/[^\s\0]{1,250}")


PATH_MAX = 300  # characters of what may be a path


def as_file_name(text: str) -> tuple[str, bool] | None:
    """The file that a text may name, and whether it can mean nothing else."""
    if len(text) > PATH_MAX or not _MAY_BE_A_NAME.search(text):
        return None
    name = text.strip()
    if found := _ADDRESS.fullmatch(name) or _AT.fullmatch(name):
        return found[1], True
    return (name, False) if _LIKE_A_PATH.fullmatch(name) else None


def is_known_tool(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str) and value["type"] in TOOLS


@functools.lru_cache(maxsize=10_000)  # definitions are alike, so few paths come again and again
def pattern(path: Steps) -> Steps:
    """A path with `*` for every index and for a name that is anybody's choice, such as a metadata key, as REFERENCES has them."""
    found: Steps = ()
    for step in path:
        named = (*found, step)
        is_any = isinstance(step, int) or (named not in _LEADING and (*found, "*") in _LEADING)
        found = (*found, "*") if is_any else named
    return found


_ON_THE_WAY = {place[:length] for place in REFERENCES for length in range(len(place))}
_LEADING = {*_ON_THE_WAY, *REFERENCES}


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
