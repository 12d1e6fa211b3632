"""Text files under a root: read once, within limits, and with a position for whatever is found to be wrong with them."""

from __future__ import annotations

import functools
import os
import stat
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
        return yamltext.parse_json(self.text) if self.path.suffix == ".json" else yamltext.parse(self.text)

    @property
    def problems(self) -> list[Problem]:
        return [Problem(self.shown, one.line, one.column, one.message) for one in self.parsed.faults]

    def problem(self, document: int, path: yamltext.Path, message: str, *, at_key: bool = False) -> Problem:
        """A problem at a path inside one of the documents."""
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


def read(path: Path, root: Path) -> Source:
    """Read a text file that lies under the root, links resolved.

    Raises DefinitionError for one that is outside, is not a regular file, is over 1 MiB, cannot be read, or is not UTF-8.
    """
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root.resolve()):
            raise fail(path, f"the file is outside the root {shown(root)}; move it below that folder")
        data = _read_bounded(real)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a loop of links"
        raise fail(path, f"the file cannot be read: {reason}; check the path and its permissions") from None
    if data is None:
        raise fail(path, "not a regular file; name a file")
    return decode(path, data)


def _read_bounded(path: Path) -> bytes | None:
    """At most one byte more than is allowed; None for what is not a regular file (opening a pipe would wait for ever)."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return stream.read(SIZE_MAX + 1)


def decode(path: Path, data: bytes) -> Source:
    """Make a Source of bytes that were read from `path`."""
    if len(data) > SIZE_MAX:
        raise fail(path, "the file is over 1 MiB, which no assistant needs; make it smaller")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        problem = Problem(shown(path), line, column, "not valid UTF-8; save the file in UTF-8")
        raise DefinitionError([problem]) from None
    return Source(path, text.replace("\r\n", "\n"))


def structure(source: Source) -> Any:
    """The one YAML or JSON value that a file holds. Raises DefinitionError."""
    if source.problems:
        raise DefinitionError(source.problems)
    values = [value for value in source.parsed.values if value is not None]
    if len(values) != 1:
        raise fail(source.path, f"the file holds {len(values)} documents where one is needed; leave one in it")
    return values[0]
