"""Text -> plain JSON values, or every fault of the text with its line and column. Knows YAML, knows nothing of assistants.

Stricter than YAML: what JSON cannot hold (dates, infinities, keys that are not text), what hides things (tags, duplicate keys, alias
bombs) and what YAML 1.1 silently turns into something else (`no`, `12:30`, `010`) is a fault. Values are built from the event stream, which
is flat: nesting is refused before anything recurses (PyYAML's C composer crashes the process on 100,000 brackets). Positions cost time
and are needed only for faults, so `locate` composes the text again, when the nesting is known to be harmless.

JSON is read by its own rules (YAML has no surrogate pairs) and with the same strictness.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import yaml

from assistants_tool.definitions.shape import shown
from assistants_tool.objects.unseen import count, escaped

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

NESTING_MAX = 100
ALIASED_MAX = 100_000  # values that come from aliases, so that a small file cannot stand for a large one
NUMBER_MAX = 400  # characters

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_resolver: Any = yaml.resolver.Resolver()
_constructor: Any = yaml.constructor.SafeConstructor()
_PREFIX = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the text; line and column count from 1. `quoted` is what the message repeats of it."""

    line: int
    column: int
    message: str
    quoted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """The values of a text's documents (None for an empty one), line and column where each starts, and the faults.

    With faults, the values are not to be used.
    """

    values: tuple[Any, ...]
    starts: tuple[tuple[int, int], ...]
    faults: tuple[Fault, ...]


def parse(text: str, nesting_max: int = NESTING_MAX) -> Parsed:
    """Read every YAML document of a text."""
    readable = _readable(text)
    builder = _Builder(nesting_max, readable, _lost_behind_hashes(readable.text))
    if readable.text != text:
        builder.faults.extend(itertools.islice(_bad_characters(text), _BAD_CHARACTERS_SHOWN))
    try:
        builder.read(_Loader(readable.text).get_event)
    except _StopReading:
        pass
    except yaml.YAMLError as error:
        builder.faults.append(_syntax_fault(error, text, nesting_max))
    return Parsed(tuple(builder.documents), tuple(builder.starts), tuple(builder.faults))


# What YAML forbids, and what it takes for the end of a line although hardly an editor does.
_BAD_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_BAD_CHARACTERS_SHOWN = 10  # a binary file is full of them
_LINE_END = re.compile("\r\n?|\n")


class _Readable(NamedTuple):
    """A text as YAML's reader takes it, each character at its place; and what it has to say of some quoted texts, by where they start."""

    text: str
    quoted: Mapping[int, _Quoted]


class _Quoted(NamedTuple):
    """A text in double quotes that is escaped as JSON does it: its value, and where halves stand in it that have no other."""

    value: str
    halves: tuple[int, ...]


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)", re.DOTALL
)  # both halves of a pair, one of four digits, or any other
_STAND_IN = "\\ufffd"


def _readable(text: str) -> _Readable:
    """A space in the place of each bad character: the rest is read for its own faults, with positions that hold.

    YAML refuses `"\\ud83d\\ude00"`, which is how JSON escapes an emoji. So where such an escape occurs, a first look finds the texts in
    double quotes (in any other it is text); in those harmless escapes of the same length stand in its place, and the value is made here.
    """
    plain = _BAD_CHARACTER.sub(" ", text)
    if "\\u" not in plain or not _SURROGATE.search(plain):
        return _Readable(plain, {})
    harmless = _SURROGATE.sub(lambda _: _STAND_IN, plain)
    spans = [span for span in _double_quoted(harmless) if _SURROGATE.search(plain, *span)]
    quoted = {start: _quoted(plain[start:end], start) for start, end in spans}
    pieces, done = [], 0
    for start, end in spans:
        pieces += [plain[done:start], harmless[start:end]]
        done = end
    return _Readable("".join([*pieces, plain[done:]]), quoted)


def _double_quoted(text: str) -> Iterator[tuple[int, int]]:
    """From where to where the texts in double quotes go, up to the first fault of the syntax; whoever reads it all names that."""
    try:
        for event in _scalars(text):
            if event.style == '"':
                yield event.start_mark.index, event.end_mark.index
    except yaml.YAMLError:
        return


def _scalars(text: str) -> Iterator[Any]:
    return (event for event in yaml.parse(text, Loader=_Loader) if isinstance(event, yaml.ScalarEvent))


def _quoted(source: str, start: int) -> _Quoted:
    """What a text in double quotes says, two halves read as the one character that they are."""
    halves: list[int] = []

    def readable(escape: re.Match[str]) -> str:
        high, low, alone = (int(one or "0", 16) for one in escape.groups())
        if high:
            return f"\\U{0x10000 + (high - 0xD800 << 10) + (low - 0xDC00):08x}"
        if not 0xD800 <= alone <= 0xDFFF:
            return escape[0]
        halves.append(start + escape.start())
        return _STAND_IN

    (scalar,) = _scalars(_ESCAPE.sub(readable, source))
    return _Quoted(scalar.value, tuple(halves))


# What follows a value, begins with a hash and not with a space behind it (a hard one is none): a comment to YAML, hardly to who wrote it.
_LOST = re.compile(r"(?<![ \t])[ \t]+(#+[^ \t\r\n#][^\n]*)")


def _lost_behind_hashes(text: str) -> Mapping[int, re.Match[str]]:
    """By where they start, what would be lost if a plain value ended right before it."""
    if " #" not in text and "\t#" not in text:
        return {}
    return {match.start(): match for match in _LOST.finditer(text)}


def nul_fault(text: str) -> Fault | None:
    """Where a NUL character stands in a text that is not YAML."""
    found = text.find("\0")
    return None if found < 0 else Fault(*place(text, found), "no text can hold the character U+0000; remove it")


def _bad_characters(text: str) -> Iterator[Fault]:
    for match in _BAD_CHARACTER.finditer(text):
        code = ord(match[0])
        if 0xD800 <= code <= 0xDFFF:
            said = _HALF
        elif code in (0x85, 0x2028, 0x2029):
            said = f"YAML takes the character U+{code:04X} for the end of a line; remove it or write it as an escape"
        else:
            said = f"the character U+{code:04X} is not allowed in YAML; remove it or write it as an escape"
        yield Fault(*place(text, match.start()), said)


_UNMERGED = (
    "a merge was not finished here: keep one side, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"
)


_SIDES = [re.compile(f"^{sign}", re.MULTILINE) for sign in ("<{7} ", "={7}$", ">{7} ")]


def unmerged(text: str) -> int:
    """The line where git marked two sides of a text that it could not merge; 0 where there is none."""
    starts: list[int] = []
    for sign in _SIDES if "<<<<<<< " in text else ():
        if not (found := sign.search(text, starts[-1] if starts else 0)):
            return 0
        starts.append(found.start())
    return place(text, starts[0])[0] if starts else 0


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, as editors count them: from 1, in characters."""
    starts = _line_starts(text)
    line = bisect.bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


# Faults come in swarms, many of one file, one after the other: what finds their places is kept for a while.


@functools.lru_cache(maxsize=4)
def _line_starts(text: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in _LINE_END.finditer(text)))


def locate(text: str, document: int, path: Path, *, key: bool = False) -> tuple[int, int]:
    """Line and column of the value at `path` (or of its key) in a text that `parse` found to be without fault.

    A path that leads nowhere gives the place of its deepest part that is there.
    """
    node = _roots(text)[document]
    mark = node.start_mark if node is not None else None
    for step, name in enumerate(path):
        pair = _members(node).get(name)
        if pair is None:
            break
        key_node, node = pair
        mark = key_node.start_mark if key and step == len(path) - 1 else node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


@functools.lru_cache(maxsize=4)
def _roots(text: str) -> tuple[Any, ...]:
    readable = _readable(text)
    roots = tuple(yaml.compose_all(readable.text, Loader=_Loader))
    if readable.quoted:
        for node in _nodes(roots):
            if isinstance(node, yaml.ScalarNode) and (found := readable.quoted.get(node.start_mark.index)):
                node.value = found.value
    return roots


def _nodes(roots: Iterable[Any]) -> Iterator[Any]:
    """Every node once, however many aliases it has."""
    waiting, seen = list(roots), set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or node is None:
            continue
        seen.add(id(node))
        yield node
        for one in node.value if isinstance(node, yaml.CollectionNode) else ():
            waiting.extend(one if isinstance(one, tuple) else (one,))


@functools.lru_cache(maxsize=256)
def _members(node: Any) -> Mapping[str | int, tuple[Any, Any]]:
    """Name or index -> the nodes of key and value; for an item, its own twice."""
    if isinstance(node, yaml.SequenceNode):
        return {index: (one, one) for index, one in enumerate(node.value)}
    members: dict[str | int, tuple[Any, Any]] = {}
    merged: list[Any] = []
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.tag == _PREFIX + "merge":
            merged.extend(value.value if isinstance(value, yaml.SequenceNode) else [value])
        else:
            members[key.value] = key, value
    for one in merged:
        members = {**_members(one), **members}
    return members


# --- JSON


def parse_json(text: str, *, several: bool = False) -> Parsed:
    """Read a JSON text, with the same strictness. `several`: one value may follow another, as where answers were put into one file."""
    depth = 0
    for match in _JSON_TOKEN.finditer(text):
        depth += (match[0] in _OPENING) - (match[0] in _CLOSING)
        if depth > NESTING_MAX:
            return Parsed((), (), (Fault(*place(text, match.start()), _TOO_DEEP.format(NESTING_MAX)),))
    values: list[Any] = []
    starts: list[tuple[int, int]] = []
    end = _json_start(text, 0)
    try:
        while not values or end < len(text):
            if values and not several:
                return _not_json("Extra data", text, end)
            starts.append(place(text, end))
            value, end = _JSON.raw_decode(text, end)
            values.append(value)
            end = _json_start(text, end)
    except json.JSONDecodeError as error:
        return _not_json(error.msg, text, error.pos)
    return Parsed(tuple(values), tuple(starts), tuple(_json_faults(text)))


def _not_json(said: str, text: str, offset: int) -> Parsed:
    if line := unmerged(text):
        return Parsed((), (), (Fault(line, 1, _UNMERGED),))
    words = said.removesuffix(" at")
    fault = f"not valid JSON: {_JSON_ADVICE.get(words) or f'{words}; fix the syntax there'}"
    return Parsed((), (), (Fault(*place(text, offset), fault),))


# What Python says of JSON, and what that means to who wrote it.
_JSON_ADVICE = {
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing here: write it, or remove the comma before it",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here: add it",
    "Expecting ':' delimiter": "a colon is missing here: add it",
    "Expecting value": "a value is missing here, or a text is not in double quotes: fix that",
    "Extra data": "there is something after the end of the value: remove it",
    "Invalid control character": "a line break or another control character is in a text: write it as an escape, such as \\n",
    "Unterminated string starting": "a text in quotes is not closed: close it",
    "Invalid \\escape": "\\ begins an escape, but this is not one: write \\\\",
    "Invalid \\uXXXX escape": "\\u needs four hexadecimal digits: write them, or \\\\u",
}


def _json_start(text: str, index: int) -> int:
    """Where the next value begins; the end of the text where there is none."""
    found = _NO_JSON_SPACE.search(text, index)
    return found.start() if found else len(text)


_NO_JSON_SPACE = re.compile(r"[^ \t\n\r]")


def _json_number(source: str) -> int | float:
    """A number; one that is too long, or too large for a float, is for `_json_faults` to find."""
    if len(source) > NUMBER_MAX:
        return 0
    return float(source) if set(source) & set(".eE") else int(source)


_JSON = json.JSONDecoder(parse_int=_json_number, parse_float=_json_number)
# A text without its closing quote goes to the end, lest each quote in it were tried in turn.
_JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[][{},:]|[^]["{},:\s]+', re.DOTALL)
_OPENING, _CLOSING = ("{", "["), ("}", "]")


class _Part(NamedTuple):
    """A key, or the beginning of a value, of a JSON text."""

    text: str
    offset: int
    path: Path
    is_key: bool


def _json_parts(text: str) -> Iterator[_Part]:
    """Every key and value of a text that is known to be JSON."""
    path: list[Any] = []
    key_comes = False
    for match in _JSON_TOKEN.finditer(text):
        part = match[0]
        if part in _CLOSING:
            path.pop()
            key_comes = False
        elif part == ",":
            key_comes = not isinstance(path[-1], int)
            path[-1] = None if key_comes else path[-1] + 1
        elif part == ":":
            key_comes = False
        else:
            if key_comes:
                path[-1] = json.loads(part)
            yield _Part(part, match.start(), tuple(path), key_comes)
            if part in _OPENING:
                key_comes = part == "{"
                path.append(None if key_comes else 0)


def _json_faults(text: str) -> Iterator[Fault]:
    keys: dict[Path, set[str | int]] = {}
    for part in _json_parts(text):
        if part.text == "{":
            keys[part.path] = set()
        elif part.is_key:
            *_, name = part.path
            if name in keys[part.path[:-1]]:
                said = f"the key {shown(name)} appears twice in one object; keep one of them"
                yield Fault(*place(text, part.offset), said, (shown(name),))
            keys[part.path[:-1]].add(name)
        if trap := _json_trap(part.text):
            yield Fault(*place(text, part.offset), trap, _digits(trap))


def _json_trap(part: str) -> str | None:
    """Why a text or number may not stand as it is."""
    if part[0] == '"':
        return _HALF if "\\u" in part and not _is_unicode(json.loads(part)) else None
    if part[0] not in "-0123456789NI":
        return None
    if len(part) > NUMBER_MAX:
        return f"a number of {len(part)} characters is too long; write a smaller one, or quote it"
    finite = part.lstrip("-").isdigit() or math.isfinite(float(part))
    return None if finite else f"{part} is not a number that JSON has; write a finite one"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def locate_json(text: str, path: Path, *, key: bool = False) -> tuple[int, int]:
    """`locate` for a text that `parse_json` found to be without fault."""
    values, keys = _json_places(text)
    if key and path in keys:
        return place(text, keys[path])
    deepest = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in values), ())
    return place(text, values[deepest])


@functools.lru_cache(maxsize=4)
def _json_places(text: str) -> tuple[dict[Path, int], dict[Path, int]]:
    places: tuple[dict[Path, int], dict[Path, int]] = {}, {}
    for part in _json_parts(text):
        places[part.is_key][part.path] = part.offset
    return places


# --- events


_TOO_DEEP = "nested more than {} levels deep; make it flatter"
_HALF = "half of a surrogate pair is not a character; remove it"


class _StopReading(Exception):  # noqa: N818 - not an error: the way out of the event loop
    pass


@dataclass(slots=True)
class _Frame:
    """A mapping or a list that is still open. `height` counts the levels that it has had so far, itself included."""

    event: Any  # which began it
    value: Any
    size_before: int
    is_mapping: bool
    height: int = 1
    key: Any = None  # whose value comes next
    merges: list[Any] = field(default_factory=list)
    has_merge: bool = False


# The keys that are no text: of a mapping whose next key has yet to come, of merged mappings, and one that may not be.
_NO_KEY, _MERGE, _BAD_KEY = object(), object(), object()


class _Builder:
    """Takes events one by one; holds the documents that they made and the faults that they had.

    Half of the time of reading files goes by here, so what nearly every value is comes first.
    """

    def __init__(self, nesting_max: int, readable: _Readable, lost: Mapping[int, re.Match[str]]) -> None:
        self._nesting_max = nesting_max
        self._text, self._quoted = readable
        self._lost = lost
        self.documents: list[Any] = []
        self.starts: list[tuple[int, int]] = []
        self.faults: list[Fault] = []
        self._outer: list[_Frame | None] = []  # what the innermost stands in, the outermost first: that is a document
        self._frame: _Frame | None = None  # the innermost
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._size = self._aliased = 0

    def fault(self, mark: Any, message: str, *quoted: str) -> None:
        place = (mark.line + 1, mark.column + 1)
        if not self.faults or (self.faults[-1].line, self.faults[-1].column) != place:
            self.faults.append(Fault(*place, message, quoted))

    def read(self, next_event: Callable[[], Any]) -> None:
        """Take every event, up to None."""
        takers = {
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._begin_document,
        }
        scalar, add, value_of = yaml.ScalarEvent, self._add, self._scalar
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is scalar:
                self._size += 1
                add(value_of(event), event)
            elif kind in takers:
                takers[kind](event)

    def _begin_document(self, _: Any) -> None:
        self._anchors = {}

    def _begin(self, event: Any) -> None:
        self._refuse_tag(event)
        if len(self._outer) >= self._nesting_max:
            self._stop_too_deep(event.start_mark)
        self._outer.append(self._frame)
        is_mapping = type(event) is yaml.MappingStartEvent
        self._frame = _Frame(event, {} if is_mapping else [], self._size, is_mapping, key=_NO_KEY)
        self._size += 1

    def _end(self, _: Any) -> None:
        frame, self._frame = self._frame, self._outer.pop()
        if frame is None:  # libyaml ends nothing that it did not begin
            return
        value = frame.value
        for merged in frame.merges:
            value = {**merged, **value}
        self._add(value, frame.event, self._size - frame.size_before, frame.height)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            said = f"the alias *{event.anchor} stands for nothing here; define &{event.anchor} before it"
            self.fault(event.start_mark, said, event.anchor)
            raise _StopReading
        value, size, height = self._anchors[event.anchor]
        if len(self._outer) + height > self._nesting_max:
            self._stop_too_deep(event.start_mark)
        self._size += size
        self._aliased += size
        if self._aliased > ALIASED_MAX:
            self.fault(event.start_mark, f"aliases stand for more than {ALIASED_MAX} values; write less")
            raise _StopReading
        self._put(value, event, height)

    def _stop_too_deep(self, mark: Any) -> NoReturn:
        self.fault(mark, _TOO_DEEP.format(self._nesting_max))
        raise _StopReading

    def _add(self, value: Any, event: Any, size: int = 1, height: int = 1) -> None:
        """A value that stands here, and that may have an anchor."""
        if (anchor := event.anchor) is not None:
            if anchor in self._anchors:
                said = f"the anchor &{anchor} appears twice in one document; rename one of them"
                self.fault(event.start_mark, said, anchor)
            self._anchors[anchor] = ("<<" if value is _MERGE else value, size, height)
        self._put(value, event, height)

    def _put(self, value: Any, event: Any, height: int) -> None:
        """A value where it belongs: in what is open."""
        frame = self._frame
        if frame is None:
            self.documents.append(value)
            self.starts.append((event.start_mark.line + 1, event.start_mark.column + 1))
            return
        if height >= frame.height:
            frame.height = height + 1
        if not frame.is_mapping:
            frame.value.append(value)
        elif frame.key is _NO_KEY:
            is_new = type(value) is str and value not in frame.value
            frame.key = value if is_new else self._odd_key(frame, value, event.start_mark)
        elif type(frame.key) is str:
            frame.value[frame.key] = value
            frame.key = _NO_KEY
        else:
            self._merge(frame, value, event.start_mark)

    def _odd_key(self, frame: _Frame, value: Any, mark: Any) -> Any:
        if value is not _MERGE and not isinstance(value, str):
            template = self._text[max(0, mark.index - 1) : mark.index + 1] == "{{"
            fix = "; {{ begins a mapping, so quote the whole text" if template else "; quote it"
            self.fault(mark, f"a key has to be text, and {_named(value)} is not{fix}", _named(value))
            return _BAD_KEY
        if value is not _MERGE:
            self.fault(mark, f"the key {shown(value)} appears twice in one mapping; keep one of them", shown(value))
        elif frame.has_merge:
            self.fault(mark, "the key << appears twice in one mapping; give one of them a list")
        frame.has_merge |= value is _MERGE
        return value

    def _merge(self, frame: _Frame, value: Any, mark: Any) -> None:
        """The value of a key that is no text."""
        key, frame.key = frame.key, _NO_KEY
        several = value if isinstance(value, list) else [value]
        if key is not _MERGE:
            return
        if all(isinstance(one, dict) for one in several):
            frame.merges.extend(several)
        else:
            self.fault(mark, "<< merges mappings only; give it an alias of a mapping")

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            tag = event.tag.replace(_PREFIX, "!!")
            value = event.value if isinstance(event, yaml.ScalarEvent) else ""
            reference = _REFERRING.get(tag.lower()) if _REFERRED.fullmatch(value) else None
            instead = f"write {{{reference}: {value}}}" if reference else f"remove {tag}"
            self.fault(
                event.start_mark, f"YAML tags are not read here; {instead}", tag, *([value] if reference else ())
            )

    def _scalar(self, event: Any) -> Any:
        if event.tag is not None or event.style:
            self._refuse_tag(event)
            return self._quoted_value(event) if self._quoted else event.value
        if self._lost and (lost := self._lost.get(event.end_mark.index)):
            self._fault_of_lost(event.value, lost)
        value, trap = _READ[event.value]
        if trap:
            self.fault(event.start_mark, trap, event.value, *_digits(trap))
        if value is _MERGE and not self._is_key_next():
            return event.value
        return value

    def _is_key_next(self) -> bool:
        return self._frame is not None and self._frame.is_mapping and self._frame.key is _NO_KEY

    def _quoted_value(self, event: Any) -> Any:
        found = self._quoted.get(event.start_mark.index)
        if found is None:
            return event.value
        self.faults.extend(Fault(*place(self._text, half), _HALF) for half in found.halves)
        return found.value

    def _fault_of_lost(self, value: str, lost: re.Match[str]) -> None:
        kept, comment = (shown(value) if value else "nothing"), shown(lost[1])
        said = f"YAML takes {comment} for a comment and keeps {kept}; quote the whole value, or write `# ` to begin a comment"
        self.faults.append(Fault(*place(self._text, lost.start(1)), said, (comment, kept)))


# What other tools' tags stand for, as references.
_REFERRING = {**dict.fromkeys(("!env", "!env_var", "!secret"), "env"), **dict.fromkeys(("!include", "!file"), "file")}
_REFERRED = re.compile(r"[^\s{}\[\],]{1,100}")


def _digits(trap: str) -> tuple[str, ...]:
    """The numbers in the words of a trap: what the text has, and what that is read as."""
    return tuple(re.findall(r"[^\s\";,]*[0-9][^\s\";,]*", trap))


# What YAML 1.2 and JSON read as a number, and YAML 1.1 as text.
_EXPONENT = re.compile(r"[-+]?[0-9]{1,300}(\.[0-9]{0,50})?[eE][-+]?[0-9]{1,3}")
# What the core schema of YAML 1.2 reads as a number: editors, and the tools that take what `export` writes, read by that.
_NUMBER_ELSEWHERE = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
# What stands for another number than it seems to: octal, binary, base 60, with underscores.
_SURPRISING = re.compile(r"[-+]?(0[0-9_b]|.*[:_])")


def _read_plain(source: str) -> tuple[Any, str | None]:
    """What a plain scalar says, and why it may not stand as it is."""
    tag = _resolver.resolve(yaml.ScalarNode, source, (True, False)).removeprefix(_PREFIX)
    return (None, None) if tag == "null" else (_MERGE, None) if tag == "merge" else _plain(tag, source)


class _Read(dict[str, tuple[Any, str | None]]):
    """What was read before: names of fields, models and types are few words, which stand in every file."""

    def __missing__(self, source: str) -> tuple[Any, str | None]:
        found = _read_plain(source)
        if len(self) >= 4096:
            self.clear()
        if len(source) <= 80:
            self[source] = found
        return found


_READ = _Read()


def _plain(tag: str, source: str) -> tuple[Any, str | None]:
    """What a plain scalar says, and why it may not stand as it is."""
    quote = f'quote it to make it text: "{source}"'
    if tag not in ("int", "float", "bool", "timestamp"):
        trap = _EXPONENT.fullmatch(source) and math.isfinite(float(source))
        return source, f"YAML reads {source} as text; write {_as_yaml(float(source))}, or {quote}" if trap else None
    if tag == "timestamp":
        return source, f"YAML reads {source} as a date, which no field holds; {quote}"
    if tag == "bool":
        value = source.lower() in ("yes", "true", "on")
        clear = source.lower() in ("true", "false")
        word = str(value).lower()
        return value, None if clear else f"YAML reads {source} as the boolean {word}; write {word}, or {quote}"
    return _number(tag, source, quote)


def _number(tag: str, source: str, quote: str) -> tuple[Any, str | None]:
    if len(source) > NUMBER_MAX:
        return 0, f"a number of {len(source)} characters is too long; write a smaller one, or quote it"
    try:
        value = getattr(_constructor, f"construct_yaml_{tag}")(yaml.ScalarNode(_PREFIX + tag, source))
    except (ValueError, OverflowError):
        return 0, f"YAML takes {source} for a number, but it is not one; {quote}"
    if isinstance(value, float) and not math.isfinite(value):
        return value, f"{source} is not a number that JSON has; write a finite one, or {quote}"
    if _SURPRISING.match(source):
        return value, f"YAML reads {source} as the number {value}; write that, or {quote}"
    return value, None


def _as_yaml(number: float) -> str:
    text = repr(number)
    return text if "." in text else text.replace("e", ".0e")


def _named(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    return json.dumps(value)


def _syntax_fault(error: yaml.YAMLError, text: str, nesting_max: int) -> Fault:
    if begun := unmerged(text):
        return Fault(begun, 1, _UNMERGED)
    said = " ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
    first, second = "problem_mark", "context_mark"
    if "simple key" in said or _OPEN.search(said):  # what is wrong is where that begins
        first, second = second, first
    mark = getattr(error, first, None) or getattr(error, second, None)
    # The end of a text whose last line is not ended is to YAML the line after it, which no editor shows.
    line, column = min((mark.line + 1, mark.column + 1), place(text, len(text))) if mark else (1, 1)
    # libyaml has a limit of its own, which it may meet as it looks ahead, before our count does.
    if "maximum nesting depth" in said:
        return Fault(line, column, _TOO_DEEP.format(nesting_max))
    spot = _Spot(said, *_around(text, line, column))
    if spot.rest[:1] == "\t" and not spot.before.strip():
        return Fault(line, column, f"line {line} begins with a tab: YAML needs spaces")
    advice = next((advice for applies, advice in _ADVICE if applies(spot)), "")
    named = advice.format(first=spot.rest[:1], file=spot.rest[1:].strip())
    return Fault(line, column, f"not valid YAML: {named or f'{said or _UNREADABLE}; fix the syntax there'}")


_UNREADABLE = "it cannot be read"
_OPEN = re.compile("quoted scalar found unexpected (end of stream|document indicator)")


class _Spot(NamedTuple):
    """Where the syntax goes wrong: what YAML says, and what stands before and behind that place in its line."""

    said: str
    before: str
    rest: str


def _around(text: str, line: int, column: int) -> tuple[str, str]:
    starts = _line_starts(text)
    here = text[starts[line - 1] : starts[line - 1] + _LINE_SHOWN].splitlines() or [""]
    return here[0][: column - 1], here[0][column - 1 :]


PATH_BEHIND_AT = re.compile(r"@[^\s@{}\[\],'\"#]+(/[^\s{}\[\],'\"#]+|\.[A-Za-z0-9]{1,9})")
_LINE_SHOWN = 2000  # characters of a line, of which only the beginning says what was meant
# What is meant where a text is not quoted, the surer first.
_ADVICE: tuple[tuple[Callable[[_Spot], object], str], ...] = (
    (
        lambda spot: PATH_BEHIND_AT.fullmatch(spot.rest.strip()),
        "write {{file: {file}}} for the text of that file, or quote it",
    ),
    (lambda spot: spot.rest[:1] in ("@", "`", "%"), "plain text cannot begin with {first}: quote it"),
    (lambda spot: spot.rest[:1] == "\t", "there is a tab here: YAML needs spaces"),
    (lambda spot: "{{" in spot.before + spot.rest, "{{{{ begins a mapping: quote the whole text"),
    (
        lambda spot: spot.rest[:1] == ":" and ": " in spot.before.lstrip(),
        "a colon and a space begin a mapping: quote the whole text",
    ),
    (
        lambda spot: "mapping values are not allowed" in spot.said,
        "quote the text if the colon belongs to it, otherwise fix the indentation",
    ),
    (lambda spot: "scanning a directive" in spot.said, "plain text cannot begin with %: quote it"),
    (
        lambda spot: "block sequence entries are not allowed" in spot.said,
        "begin the list on the next line, or quote the text",
    ),
    (
        lambda spot: "expected comment or line break" in spot.said,
        "put the text on the next line, indented, or quote it",
    ),
    (
        lambda spot: re.search("scanning an? (alias|anchor|tag)", spot.said),
        "plain text cannot begin with *, & or !: quote it",
    ),
    (lambda spot: "mapping keys are not allowed" in spot.said, "plain text cannot begin with ?: quote it"),
    (
        lambda spot: "quoted scalar" in spot.said and not _OPEN.search(spot.said),
        "in double quotes \\ begins an escape: write \\\\, or use single quotes",
    ),
    (lambda spot: _OPEN.search(spot.said), "a text in quotes is not closed: close it"),
    (
        lambda spot: "simple key" in spot.said and re.match(r"[\w.-]+:\S", spot.rest),
        "a key ends with a colon and a space: put the space there",
    ),
    (
        lambda spot: "simple key" in spot.said,
        "there is a line of text where `key: value` is expected: indent it if it belongs to the text above",
    ),
    (
        lambda spot: spot.rest and spot.before.rstrip()[-1:] in ("'", '"', "]", "}"),
        "the value continues after its end: quote the whole text",
    ),
    (lambda spot: "flow sequence" in spot.said, "a list that [ begins is not closed: add ] or a comma"),
    (lambda spot: "flow mapping" in spot.said, "a mapping that {{ begins is not closed: add }} or a comma"),
    (lambda spot: "flow node" in spot.said, "a value is missing here: write it"),
    (
        lambda spot: "parsing a block" in spot.said,
        "this line does not fit what is above it: indent it as its neighbours are, or quote the text",
    ),
)


# --- writing


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: text of several lines as a block, lists indented, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's signature
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - as above
        return True


def _write_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """What `parse` would not take plain is quoted, and what others would take for a number, besides what PyYAML quotes anyway."""
    if _BAD_CHARACTER.search(value) or count(value):
        style: str | None = '"'  # which has escapes, so that what no one can see is seen
    else:
        quoted = _plain("str", value)[1] or _NUMBER_ELSEWHERE.fullmatch(value)
        style = "|" if "\n" in value else "'" if quoted else None
    return dumper.represent_scalar(_PREFIX + "str", value, style=style)


_Dumper.add_representer(str, _write_text)
WIDTH = 1 << 20  # no line is broken: what compares files line by line would see more than has changed


def dump(value: Any, *, flow: bool = False) -> str:
    """A plain JSON value as a YAML document, members in their order; with `flow`, in brackets. What no one sees is written as an escape."""
    said = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=flow)
    return escaped(said)


def quote_of(text: str, *, flow: bool = False) -> str:
    """How the text is written begins with this: a quote, `|` for a block, or of plain text its first character. `flow`: within brackets."""
    return dump([text], flow=True)[1:2] if flow else dump(text)[:1]


def is_block(text: str) -> bool:
    """Whether text of several lines can stand as a block: not with tabs, spaces at a line's end, or what has to be an escape."""
    return dump(text).startswith("|")
