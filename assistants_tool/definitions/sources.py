"""Text files under a root: read once, within limits, and with a position for whatever is found to be wrong with them."""

from __future__ import annotations

import codecs
import functools
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions import yamltext
from assistants_tool.definitions.shape import is_variable
from assistants_tool.errors import DefinitionError, Problem, Severity

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path as Steps

SIZE_MAX = 1 << 20
ANSWERS_MAX = 64 << 20  # of a file with answers for many assistants
BRIEF = 500  # characters of a path that a message repeats
STDIN = Path("<stdin>")
PROJECT_FILE = "project.yaml"
MARKDOWN = ".md"
JSON = ".json"
_HEADERS = re.compile(r"headers[\"']?\s*:")
_NAME = re.compile(r"\s*(- )*([A-Za-z_][A-Za-z0-9_]*):")
_OPENING = re.compile(r"(\s*)---[ \t]*\n")
_CLOSING = re.compile(r"\n---[ \t]*(?:\n|\Z)")


@dataclass(frozen=True)
class Source:
    """A file's text: BOM dropped, CRLF read as LF. Files are few and are compared by identity."""

    path: Path
    text: str
    found: Path | None = None  # where the path leads, links resolved, if it was read

    @property
    def identity(self) -> Path:
        """One for a file, whatever names it has."""
        return self.found or real(self.path)

    @property
    def shown(self) -> str:
        return shown(self.path)

    @functools.cached_property
    def parsed(self) -> yamltext.Parsed:
        """Its values. That of Markdown with front matter is the front matter, and its body the instructions."""
        if self.is_json:
            return yamltext.parse_json(self.text)
        return self._front_matter.parsed if self._front_matter else yamltext.parse(self.text)

    @property
    def is_json(self) -> bool:
        return self.path.suffix.lower() == JSON

    @functools.cached_property
    def _front_matter(self) -> FrontMatter | None:
        is_markdown = self.path.suffix.lower() == MARKDOWN
        return FrontMatter(self.text) if is_markdown and _OPENING.match(self.text) else None

    @property
    def yaml(self) -> tuple[str, str]:
        """The part of the text that is YAML, from the start on, and what follows it: behind front matter, its end and the body."""
        length = self._front_matter.length if self._front_matter else len(self.text)
        return self.text[:length], self.text[length:]

    @property
    def problems(self) -> list[Problem]:
        return self.problems_of(self.parsed)

    def problems_of(self, parsed: yamltext.Parsed) -> list[Problem]:
        return [self._problem(one.line, one.column, self._said(one)) for one in parsed.faults]

    def problem(
        self,
        document: int,
        path: Steps,
        message: str,
        *,
        at_key: bool = False,
        severity: Severity = Severity.FAULT,
    ) -> Problem:
        """A problem at a path inside one of the documents."""
        if self.is_json:
            line, column = yamltext.locate_json(self.text, path, key=at_key)
        elif self._front_matter:
            line, column = self._front_matter.locate(path, key=at_key)
        else:
            line, column = yamltext.locate(self.text, document, path, key=at_key)
        return self._problem(line, column, message, severity)

    def _problem(self, line: int, column: int, message: str, severity: Severity = Severity.FAULT) -> Problem:
        return Problem(self.shown, line, column, message, self._excerpt(line), severity)

    @property
    def _may_hold_keys(self) -> bool:
        """A key that was written into project.yaml by mistake is not repeated."""
        return self.path.name == PROJECT_FILE

    def _said(self, fault: yamltext.Fault) -> str:
        hidden = [one for one in fault.quoted if self._may_hold_keys and not is_variable(one.strip("'"))]
        return functools.reduce(lambda said, one: said.replace(one, "..."), hidden, fault.message)

    def _excerpt(self, line: int) -> str:
        """A line for people to see; of what may hold keys only the name, and so of what may hold headers, whose values are secrets."""
        found = "".join(self._lines[line - 1 : line])
        if not self._may_hold_keys and not self._holds_headers:
            return found
        name = _NAME.match(found)
        return f"{name[0]} ..." if name else ""

    @functools.cached_property
    def _holds_headers(self) -> bool:
        """Asked of the text, which may be no YAML."""
        return _HEADERS.search(self.text) is not None

    @functools.cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class FrontMatter:
    """Markdown that begins with YAML between two lines of `---`. The body starts right behind the second and is taken as it is."""

    def __init__(self, text: str) -> None:
        opening = _OPENING.match(text)
        self._text = text
        self._begins = opening is not None and not opening[1]
        end = _CLOSING.search(text, opening.end() - 1 if opening else 0)
        self._yaml = text[: end.start() + 1] if end else text
        self._closed = end is not None
        self._body = text[end.end() :] if end else ""

    @property
    def length(self) -> int:
        """How many characters there are before the line that ends it."""
        return len(self._yaml)

    @functools.cached_property
    def parsed(self) -> yamltext.Parsed:
        """One document: the fields, and the body as `instructions`, if there is any."""
        found = yamltext.parse(self._yaml) if self._begins and self._closed else yamltext.Parsed((), (), ())
        if fault := self._fault(found):
            return yamltext.Parsed((), (), (fault,))
        fields = found.values[0] if found.values and found.values[0] is not None else {}
        starts = found.starts or ((1, 1),)
        if found.faults or not isinstance(fields, dict) or not self._body:
            return yamltext.Parsed((fields,), starts, found.faults)
        return yamltext.Parsed(({**fields, "instructions": self._body},), starts, ())

    def _fault(self, found: yamltext.Parsed) -> yamltext.Fault | None:
        """What is wrong with front matter as such, or with the body."""
        if not self._begins:
            return yamltext.Fault(
                1, 1, "front matter begins with the first line of a file; remove the empty lines before it"
            )
        if not self._closed:
            return yamltext.Fault(1, 1, "the front matter has no end; close it with a line of ---")
        if len(found.values) > 1:
            return yamltext.Fault(
                *found.starts[1], "front matter is one document; begin the body with a line of --- alone"
            )
        fields = found.values[0] if found.values else None
        if found.faults:
            return None
        if self._body and isinstance(fields, dict) and "instructions" in fields:
            place = yamltext.locate(self._yaml, 0, ("instructions",), key=True)
            return yamltext.Fault(*place, "the body is the instructions; remove them here")
        return yamltext.nul_fault(self._text)

    def locate(self, path: Steps, *, key: bool) -> tuple[int, int]:
        """Line and column in the file; of the instructions, where the body starts."""
        if path == ("instructions",) and self._body:
            return self._yaml.count("\n") + 2, 1
        return yamltext.locate(self._yaml, 0, path, key=key)


def shown(path: Path) -> str:
    """A path as the user would type it: relative where it is below the current folder."""
    text = str(path)
    here = os.getcwd()  # noqa: PTH109 - each definition says where it stands, and as text this is a tenth of what paths take
    if text == here:
        return "."
    return text.removeprefix(os.path.join(here, ""))  # noqa: PTH118 - as above


def brief(path: Path) -> str:
    """A path within a message: whole, unless that would bury the message."""
    text = shown(path)
    return text if len(text) <= BRIEF else f"{text[: BRIEF - 3]}..."


def fail(path: Path, message: str) -> DefinitionError:
    return DefinitionError([Problem(shown(path), 0, 0, message)])


def real(path: Path) -> Path:
    """Where a path leads, links resolved as far as they lead anywhere."""
    try:
        return Path(os.path.realpath(path))
    except ValueError:  # a character that no file name has
        return path


def tidy(path: Path) -> Path:
    """A path without `..`, so that a file has one name; links stay, as they may give it another folder."""
    plain = Path(os.path.normpath(path))
    return plain if ".." not in path.parts or real(plain) == real(path) else real(path)


def visible_files(
    folder: Path,
    root: Path,
    unreadable: Callable[[OSError], None] | None = None,
    passed_by: Callable[[Path, str], None] = lambda *_: None,
    called: str = "",
) -> Iterator[Path]:
    """Every file below a folder, or each that is `called` so, but for what `.` or `_` begins the name of.

    Each folder is read once, however many links lead there. A link to a folder is followed below the root; `passed_by` hears of any other,
    and why.
    """
    read: set[Path] = set()
    waiting = [folder]
    for start in waiting:  # links wait until all else is read, so that a folder goes by its own name where it has one
        for here, folders, files in os.walk(start, onerror=unreadable):
            visible = sorted(name for name in folders if name[0] not in "._")
            if (there := real(Path(here))) in read:
                folders.clear()
                continue
            read.add(there)
            links = [Path(here, name) for name in visible if os.path.islink(Path(here, name))]  # noqa: PTH114 - as above
            for link in links:
                if why := _why_not_followed(real(link), real(folder), real(root)):
                    passed_by(link, why)
                else:
                    waiting.append(link)
            folders[:] = visible
            found = files if not called else [called] if called in files else []
            yield from (Path(here, name) for name in sorted(found) if name[0] not in "._")


def visible_folders(folder: Path) -> Iterator[Path]:
    """A folder and every one below it, but for what `.` or `_` begins the name of; no link is followed."""
    for here, folders, _ in os.walk(folder):
        folders[:] = [name for name in folders if name[0] not in "._"]
        yield Path(here)


def _why_not_followed(target: Path, folder: Path, root: Path) -> str:
    if not target.is_relative_to(root):
        return f"the link leads out of the root {shown(root)}; put a folder in its place"
    return "the link leads back to a folder that holds it; remove it" if folder.is_relative_to(target) else ""


class Root:
    """The folder below which every file of a project lies, links resolved. Where a folder leads is looked up once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._real = real(path)
        self._folders: dict[str, Path] = {}

    def holds(self, path: Path) -> bool:
        """Whether a file is there, below the root."""
        return os.path.isfile(path) and real(path).is_relative_to(self._real)  # noqa: PTH113 - Path.is_file may raise

    def where(self, path: Path) -> Path | None:
        """Where a path leads; None where that is outside. OSError where it leads nowhere, ValueError where no file has such a name."""
        folder, name = os.path.split(path)
        if os.path.islink(path) or name in _NOT_NAMES:  # noqa: PTH114 - many files are read, and as a string it is cheap
            found = Path(os.path.realpath(path, strict=True))
            return found if found.is_relative_to(self._real) else None
        if folder not in self._folders:
            self._folders[folder] = Path(os.path.realpath(folder, strict=True))
        found = self._folders[folder]
        return found / name if found.is_relative_to(self._real) else None


_NOT_NAMES = ("", ".", "..")


def read(path: Path, root: Root) -> Source:
    """Read a text file that lies under the root, links resolved.

    Raises DefinitionError for one that is outside, is not a regular file, is over 1 MiB, cannot be read, or is not UTF-8.
    """
    try:
        found = root.where(path)
        if found is None:
            raise fail(path, f"the file is outside the root {shown(root.path)}; move it below that folder")
        data = read_bounded(found)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
        raise fail(path, f"the file cannot be read: {reason}; check the path and its permissions") from None
    if data is None:
        raise fail(path, "not a regular file; name a file")
    return decode(path, data, found)


def may_have_front_matter(path: Path) -> bool:
    """Whether a Markdown file begins as a definition does; of one that cannot be read, whoever reads it will say so."""
    try:
        start = read_bounded(path, 4096)
    except OSError:
        return True
    if start is None or start.startswith(_POINTER.encode()):
        return True
    return re.match(rb"\s*---[ \t]*\r?\n", start.removeprefix(codecs.BOM_UTF8)) is not None


def may_speak_of(path: Path, word: bytes) -> bool:
    """Whether a word stands in a file, as far as a definition may go; of one that cannot be read, whoever reads it will say why.

    That is so, too, of a file in UTF-16, as some shells write what a command prints: it has a zero beside each letter.
    """
    try:
        data = read_bounded(path)
    except OSError:
        return True
    return data is not None and (word in data or (b"\0" in data and word in data.replace(b"\0", b"")))


def late_front_matter(path: Path) -> int:
    """The line where front matter begins in Markdown that has something before it; 0 where there is none, or it cannot be read.

    It is a mapping with `model` or `key` between two lines of `---`. In a block of code it is an example.
    """
    try:
        data = read_bounded(path) or b""
    except OSError:
        return 0
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n") if b"\n---" in data else []
    fence, opened = "", 0
    for number, line in enumerate(lines, 1):
        found = _FENCE.match(line)
        if fence:
            fence = "" if found and found[1].startswith(fence) and not found[2] else fence
        elif found:
            fence = found[1]
        elif _RULE.fullmatch(line):
            if opened and _is_definition(lines[opened : number - 1]):
                return opened
            opened = number
    return 0


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*(.*)")
_RULE = re.compile(r"---[ \t]*")
_STATES_A_FIELD = re.compile(r"""^[ \t]*["']?(model|key)["']?[ \t]*:""", re.MULTILINE)
_AS_YAML = re.compile(r"""["']?[A-Za-z_]\w*["']?[ \t]*:|[-#\s\]}]|$""")


def _is_definition(lines: Sequence[str]) -> bool:
    """Whether they are a mapping with `model` or `key`, or would be one without a slip."""
    text = "\n".join(lines)
    if "model" not in text and "key" not in text:
        return False
    parsed = yamltext.parse(text)
    if parsed.faults:
        return bool(_STATES_A_FIELD.search(text)) and all(map(_AS_YAML.match, lines))
    return any(isinstance(one, dict) and not {"model", "key"}.isdisjoint(one) for one in parsed.values)


def read_bounded(path: Path, most: int = SIZE_MAX + 1) -> bytes | None:
    """At most so many bytes, by default one more than is allowed; None for what is no regular file (a pipe would wait for ever)."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(descriptor)
        return _bytes_of(descriptor, min(found.st_size + 1, most), most) if stat.S_ISREG(found.st_mode) else None
    finally:
        os.close(descriptor)


def _bytes_of(descriptor: int, first: int, most: int) -> bytes:
    """At most so many bytes of what is open. Not by a stream, which takes memory for `most` and five times as long."""
    data = piece = os.read(descriptor, first)
    while piece and len(data) < most:
        piece = os.read(descriptor, min(_PIECE, most - len(data)))
        data += piece
    return data


_PIECE = 1 << 16


def read_answers(path: Path) -> Source:
    """Read a file of what an API answered, wherever it is. Raises DefinitionError as `read` does, but for the root."""
    try:
        data = read_bounded(path, ANSWERS_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
        raise fail(path, f"the file cannot be read: {reason}; check the path and its permissions") from None
    if data is None:
        raise fail(path, "not a regular file; name a file")
    return decode_answers(path, data)


def decode_answers(path: Path, data: bytes) -> Source:
    """Make a Source of what an API answered, which may hold many assistants."""
    if len(data) > ANSWERS_MAX:
        raise fail(path, f"the file is over {ANSWERS_MAX >> 20} MiB; split it")
    return _decoded(path, data)


def decode(path: Path, data: bytes, found: Path | None = None) -> Source:
    """Make a Source of bytes that were read from `path`."""
    if len(data) > SIZE_MAX:
        raise fail(path, "the file is over 1 MiB, which no assistant needs; make it smaller")
    return _decoded(path, data, found)


def _decoded(path: Path, data: bytes, found: Path | None = None) -> Source:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8-sig").replace("\r\n", "\n")
        line, column = yamltext.place(before, len(before))
        problem = Problem(shown(path), line, column, "not valid UTF-8; save the file in UTF-8")
        raise DefinitionError([problem]) from None
    if text.startswith(_POINTER):
        raise fail(path, "this is a pointer of Git LFS, and not the file itself; fetch that: `git lfs pull`")
    return Source(path, text.replace("\r\n", "\n"), found)


_POINTER = "version https://git-lfs.github.com/spec/"


def prose(source: Source) -> str:
    """A file's text, taken as it is. Raises DefinitionError for one with a NUL character, which is no text to most that keep it."""
    if fault := yamltext.nul_fault(source.text):
        raise DefinitionError(source.problems_of(yamltext.Parsed((), (), (fault,))))
    return source.text


def structure(source: Source) -> tuple[int, Any]:
    """The one YAML or JSON value that a file holds, and which of its documents that is. Raises DefinitionError."""
    if source.problems:
        raise DefinitionError(source.problems)
    found = [(index, value) for index, value in enumerate(source.parsed.values) if value is not None]
    if len(found) != 1:
        raise fail(source.path, f"the file holds {len(found)} documents where one is needed; leave one in it")
    return found[0]
