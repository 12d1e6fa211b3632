"""Text files under a root: read once, within limits, and with a position for whatever is found to be wrong with them."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistants_tool import yamltext
from assistants_tool.errors import DefinitionError, Problem

SIZE_MAX = 1 << 20
STDIN = Path("<stdin>")


@dataclass(frozen=True)
class Source:
    """A file's text: BOM dropped, CRLF read as LF. Files are few and are compared by identity."""

    path: Path
    text: str

    @property
    def shown(self) -> str:
        return shown(self.path)

    @functools.cached_property
    def parsed(self) -> yamltext.Parsed:
        return yamltext.parse_json(self.text) if self._is_json else yamltext.parse(self.text)

    @property
    def _is_json(self) -> bool:
        return self.path.suffix == ".json"

    @property
    def problems(self) -> list[Problem]:
        return [Problem(self.shown, one.line, one.column, one.message) for one in self.parsed.faults]

    def problem(self, document: int, path: yamltext.Path, message: str, *, at_key: bool = False) -> Problem:
        """A problem at a path inside one of the documents."""
        if self._is_json:
            line, column = yamltext.locate_json(self.text, path, key=at_key)
        else:
            line, column = yamltext.locate(self.text, document, path, key=at_key)
        return Problem(self.shown, line, column, message)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def shown(path: Path) -> str:
    """A path as the user would type it: relative where it is below the current folder."""
    if path == STDIN:
        return str(path)
    try:
        return str(path.relative_to(Path.cwd())) or "."
    except ValueError:
        return str(path)


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


def visible_files(folder: Path, unreadable: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    """Every file below a folder, but for what `.` or `_` begins the name of; links to folders are not followed."""
    for here, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if name[0] not in "._")
        yield from (Path(here, name) for name in sorted(files) if name[0] not in "._")


def read(path: Path, root: Path) -> Source:
    """Read a text file that lies under the root, links resolved.

    Raises DefinitionError for one that is outside, is not a regular file, is over 1 MiB, cannot be read, or is not UTF-8.
    """
    try:
        found = Path(os.path.realpath(path, strict=True))
        if not found.is_relative_to(real(root)):
            raise fail(path, f"the file is outside the root {shown(root)}; move it below that folder")
        data = _read_bounded(found)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
        raise fail(path, f"the file cannot be read: {reason}; check the path and its permissions") from None
    if data is None:
        raise fail(path, "not a regular file; name a file")
    return decode(path, data)


def _read_bounded(path: Path) -> bytes | None:
    """At most one byte more than is allowed; None for what is not a regular file (opening a pipe would wait for ever)."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(SIZE_MAX + 1)


def decode(path: Path, data: bytes) -> Source:
    """Make a Source of bytes that were read from `path`."""
    if len(data) > SIZE_MAX:
        raise fail(path, "the file is over 1 MiB, which no assistant needs; make it smaller")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8-sig").replace("\r\n", "\n")
        line, column = yamltext.place(before, len(before))
        problem = Problem(shown(path), line, column, "not valid UTF-8; save the file in UTF-8")
        raise DefinitionError([problem]) from None
    return Source(path, text.replace("\r\n", "\n"))


def structure(source: Source) -> tuple[int, Any]:
    """The one YAML or JSON value that a file holds, and which of its documents that is. Raises DefinitionError."""
    if source.problems:
        raise DefinitionError(source.problems)
    found = [(index, value) for index, value in enumerate(source.parsed.values) if value is not None]
    if len(found) != 1:
        raise fail(source.path, f"the file holds {len(found)} documents where one is needed; leave one in it")
    return found[0]
