"""Text -> plain JSON values, or every fault of the text with its line and column. Knows YAML, knows nothing of assistants.

Stricter than YAML: what JSON cannot hold (dates, infinities, keys that are not text), what hides things (tags, duplicate keys, alias
bombs) and what YAML 1.1 silently turns into something else (`no`, `12:30`, `010`) is a fault. Values are built from the event stream, which
is flat: nesting is refused before anything recurses (PyYAML's C composer crashes the process on 100,000 brackets). Positions cost time
and are needed only for faults, so `locate` composes the text again, when the nesting is known to be harmless.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

NESTING_MAX = 100
ALIASED_MAX = 100_000  # values that come from aliases, so that a small file cannot stand for a large one

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_resolver: Any = yaml.resolver.Resolver()
_constructor: Any = yaml.constructor.SafeConstructor()
_PREFIX = "tag:yaml.org,2002:"
_MERGE = object()

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the text; line and column count from 1."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The values of a text's documents (None for an empty one), line and column where each starts, and the faults.

    With faults, the values are not to be used.
    """

    values: tuple[Any, ...]
    starts: tuple[tuple[int, int], ...]
    faults: tuple[Fault, ...]


def parse(text: str) -> Parsed:
    """Read every YAML document of a text."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except _StopReading:
        pass
    except yaml.YAMLError as error:
        builder.faults.append(_syntax_fault(error, text))
    except UnicodeEncodeError as error:
        line, column = _position(text, error.start)
        builder.faults.append(Fault(line, column, "half of a surrogate pair is not a character; remove it"))
    return Parsed(tuple(builder.documents), tuple(builder.starts), tuple(builder.faults))


def parse_json(text: str) -> Parsed:
    """Read a JSON text, with the same strictness."""
    faults: list[Fault] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            faults.append(Fault(1, 1, f"the member {twice!r} stands twice in one object; keep one of them"))
        return members

    def constant(name: str) -> None:
        faults.append(Fault(1, 1, f"{name} is not a number that JSON has; write a finite one"))

    try:
        value = json.loads(text, object_pairs_hook=once, parse_constant=constant)
    except json.JSONDecodeError as error:
        return Parsed((), (), (Fault(error.lineno, error.colno, f"not valid JSON: {error.msg}"),))
    except (RecursionError, ValueError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
        return Parsed((), (), (Fault(1, 1, f"{what}; make it smaller"),))
    if _depth(value) > NESTING_MAX:
        faults.append(Fault(1, 1, f"nested more than {NESTING_MAX} levels deep; make it flatter"))
    return Parsed((value,), ((1, 1),), tuple(faults))


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [inner for one in level if isinstance(one, (dict, list)) for inner in _members(one)]:
        depth += 1
    return depth


def _members(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def locate(text: str, document: int, path: Path, *, key: bool = False) -> tuple[int, int]:
    """Line and column of the value at `path` (or of its key) in a text that `parse` found to be without fault.

    A path that leads nowhere gives the place of its deepest part that is there.
    """
    try:
        root = next(node for index, node in enumerate(yaml.compose_all(text, Loader=_Loader)) if index == document)
    except (yaml.YAMLError, StopIteration):
        return 1, 1
    mark = root.start_mark if root is not None else None
    node = root
    for step, name in enumerate(path):
        pair = _child(node, name)
        if pair is None:
            break
        key_node, node = pair
        mark = key_node.start_mark if key and step == len(path) - 1 else node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def written(text: str, document: int, path: Path) -> str | None:
    """A scalar at `path` as it is written, where it is written without quotes; else None."""
    nodes = list(yaml.compose_all(text, Loader=_Loader))
    node = nodes[document]
    for name in path:
        pair = _child(node, name)
        if pair is None:
            return None
        node = pair[1]
    return str(node.value) if isinstance(node, yaml.ScalarNode) and not node.style else None


def _child(node: Any, name: str | int) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
        return node.value[name], node.value[name]
    if not isinstance(node, yaml.MappingNode):
        return None
    merged: list[Any] = []
    for key, value in node.value:
        if key.value == name:
            return key, value
        if key.tag == _PREFIX + "merge":
            merged.extend(value.value if isinstance(value, yaml.SequenceNode) else [value])
    return next((pair for one in merged if (pair := _child(one, name))), None)


class _StopReading(Exception):  # noqa: N818 - not an error: the way out of the event loop
    pass


@dataclass(slots=True)
class _Frame:
    """A mapping or a sequence that is still open."""

    mark: Any
    anchor: str | None
    size_before: int
    items: list[Any] | None = None  # of a sequence
    members: dict[str, Any] | None = None  # of a mapping
    merges: list[Any] = field(default_factory=list)
    key: Any = None
    has_key: bool = False


class _Builder:
    """Takes events one by one; holds the documents that they made and the faults that they had."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self.starts: list[tuple[int, int]] = []
        self.faults: list[Fault] = []
        self._open: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._size = self._aliased = 0

    def fault(self, mark: Any, message: str) -> None:
        place = (mark.line + 1, mark.column + 1)
        if not self.faults or (self.faults[-1].line, self.faults[-1].column) != place:
            self.faults.append(Fault(*place, message))

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._size += 1
            self._add(self._scalar(event), event.start_mark, event.anchor, 1)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._begin(event, is_mapping=kind is yaml.MappingStartEvent)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._anchors = {}

    def _begin(self, event: Any, *, is_mapping: bool) -> None:
        self._refuse_tag(event)
        if len(self._open) >= NESTING_MAX:
            self.fault(event.start_mark, f"nested more than {NESTING_MAX} levels deep; make it flatter")
            raise _StopReading
        frame = _Frame(event.start_mark, event.anchor, self._size)
        self._size += 1
        if is_mapping:
            frame.members = {}
        else:
            frame.items = []
        self._open.append(frame)

    def _end(self) -> None:
        frame = self._open.pop()
        value: Any = frame.items
        if frame.members is not None:
            value = frame.members
            for merged in frame.merges:
                value = {**merged, **value}
        self._add(value, frame.mark, frame.anchor, self._size - frame.size_before)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            self.fault(
                event.start_mark, f"the alias *{event.anchor} stands for nothing here; define &{event.anchor} before it"
            )
            raise _StopReading
        value, size = self._anchors[event.anchor]
        self._size += size
        self._aliased += size
        if self._aliased > ALIASED_MAX:
            self.fault(event.start_mark, f"aliases stand for more than {ALIASED_MAX} values; write less")
            raise _StopReading
        self._add(value, event.start_mark, None, size)

    def _add(self, value: Any, mark: Any, anchor: str | None, size: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if not self._open:
            self.documents.append(value)
            self.starts.append((mark.line + 1, mark.column + 1))
            return
        frame = self._open[-1]
        if frame.items is not None:
            frame.items.append(None if value is _MERGE else value)
        elif not frame.has_key:
            frame.key, frame.has_key = self._key(frame, value, mark), True
        else:
            self._set(frame, value, mark)

    def _key(self, frame: _Frame, value: Any, mark: Any) -> Any:
        if value is not _MERGE and not isinstance(value, str):
            self.fault(mark, f"a key has to be text, and {_named(value)} is not; quote it")
            return None
        if isinstance(value, str) and frame.members is not None and value in frame.members:
            self.fault(mark, f"the key {value!r} stands twice in one mapping; keep one of them")
        return value

    def _set(self, frame: _Frame, value: Any, mark: Any) -> None:
        frame.has_key = False
        if frame.key is _MERGE:
            several = value if isinstance(value, list) else [value]
            if all(isinstance(one, dict) for one in several):
                frame.merges.extend(several)
            else:
                self.fault(mark, "<< merges mappings only; give it an alias of a mapping")
        elif frame.key is not None and frame.members is not None:
            frame.members[frame.key] = None if value is _MERGE else value

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self.fault(event.start_mark, f"YAML tags are not read here; remove {event.tag.replace(_PREFIX, '!!')}")

    def _scalar(self, event: Any) -> Any:
        if event.tag is not None or event.style:
            self._refuse_tag(event)
            return event.value
        tag = _resolver.resolve(yaml.ScalarNode, event.value, (True, False)).removeprefix(_PREFIX)
        if tag in ("str", "value"):
            return event.value
        if tag == "null":
            return None
        if tag == "merge":
            return _MERGE
        value, trap = _plain(tag, event.value)
        if trap:
            self.fault(event.start_mark, trap)
        return value


def _plain(tag: str, source: str) -> tuple[Any, str | None]:
    """A plain boolean, number or date, and why it may not stand as it is."""
    quote = f'quote it to make it text: "{source}"'
    if tag == "timestamp":
        return source, f"YAML reads {source} as a date, which no field holds; {quote}"
    if tag == "bool":
        value = source.lower() in ("yes", "true", "on")
        clear = source.lower() in ("true", "false")
        word = str(value).lower()
        return value, None if clear else f"YAML reads {source} as the boolean {word}; write {word}, or {quote}"
    if len(source) > 400:
        return 0, f"a number of {len(source)} characters is too long; write a smaller one, or quote it"
    value = getattr(_constructor, f"construct_yaml_{tag}")(yaml.ScalarNode(_PREFIX + tag, source))
    if isinstance(value, float) and not math.isfinite(value):
        return value, f"{source} is not a number that JSON has; write a finite one, or {quote}"
    if ":" in source or (tag == "int" and re.match(r"[-+]?0[0-9_]", source)):
        return value, f"YAML reads {source} as the number {value}; write that, or {quote}"
    return value, None


def _named(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    return json.dumps(value)


def _syntax_fault(error: yaml.YAMLError, text: str) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if isinstance(error, yaml.reader.ReaderError):
        line, column = _position(text, error.position)
        return Fault(
            line,
            column,
            f"the character {_shown(error.character)} is not allowed in YAML; remove it or write it as an escape",
        )
    said = (
        " ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
        or "it cannot be read"
    )
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Fault(line, column, f"not valid YAML: {said}; mend the syntax there")


def _position(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _shown(character: Any) -> str:
    return f"U+{character:04X}" if isinstance(character, int) else repr(character)
