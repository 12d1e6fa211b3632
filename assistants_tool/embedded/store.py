"""The objects of one SQLite file, which several processes may share: assistants, and those of other APIs, each kind in a table of its own.

All work is done on one thread, which owns the one connection: a file that another process keeps busy makes requests wait, for at
most `BUSY_SECONDS`, but never the event loop. The text of an assistant is handed out as it was stored: reading parses no JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import os
import pathlib
import secrets
import sqlite3
import string
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

BUSY_SECONDS = 30
APPLICATION_ID = 0x61737374  # "asst": tells these files from the SQLite files of others
SCHEMA_VERSION = 1

Fields = dict[str, Any]
Change = Callable[[Fields], Fields]
_T = TypeVar("_T")


class Kind(NamedTuple):
    """One kind of objects: its table, what their ids begin with, and what they say that they are."""

    table: str
    prefix: str
    object: str


ASSISTANTS = Kind("assistants", "asst_", "assistant")
AGENTS = Kind("agents", "agent_", "agent")
PROMPTS = Kind("prompts", "", "agent")  # their ids are names

# Sorting by the sequence keeps the order of creation within one second.
_TABLE = """CREATE TABLE IF NOT EXISTS {} (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL, body TEXT NOT NULL
)"""
_TABLES = tuple(_TABLE.format(kind.table) for kind in (ASSISTANTS, AGENTS, PROMPTS))
_SCHEMA = (*_TABLES, f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA_VERSION}")
_VERSION = "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version"
_LATEST = "SELECT 1 FROM sqlite_master WHERE name = 'prompts'"  # an earlier version of the tool made none
_RANGE = "SELECT id, created_at, body FROM {} WHERE sequence > ? AND sequence < ? ORDER BY sequence "
_OLDEST_FIRST = _RANGE + "ASC LIMIT ?"
_NEWEST_FIRST = _RANGE + "DESC LIMIT ?"
_ADVICE = {
    sqlite3.SQLITE_BUSY: f"another process has kept it for {BUSY_SECONDS} s, so let that one end and try again",
    sqlite3.SQLITE_NOTADB: "move it away, or name another file",
    sqlite3.SQLITE_CORRUPT: "move it away, or name another file",
    sqlite3.SQLITE_FULL: "make room on its disk",
}


class StoreError(Exception):
    """The file cannot be used. The message is one sentence that names the file and says what to do."""


class UnknownIdError(Exception):
    """Nothing has the id `identifier`. `cursor` ("after" or "before") says that it was given as the end of a page."""

    def __init__(self, identifier: str, cursor: str | None = None) -> None:
        self.identifier = identifier
        self.cursor = cursor
        super().__init__(identifier, cursor)


class Page(NamedTuple):
    """A stretch of the list. `more`: the list goes on in the direction in which it was read."""

    ids: list[str]
    texts: list[str]
    more: bool


class _File:
    """The file, its one connection and the one thread that works on it."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded-store")
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._thread.submit(self._disconnect)
            self._thread.shutdown()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    def _do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            if self._connection is None:
                self._connection = _opened(self._path)
            return work(self._connection)
        except (sqlite3.Error, OSError) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the higher bits tell variants of one error apart
            advice = _ADVICE.get(
                code, "see that it is a file which can be read and written, in a folder which can, too"
            )
            raise StoreError(f"The database {self._path} cannot be used ({error}): {advice}.") from error


class Store:
    """Objects of one kind as the JSON texts that are answered. The first use opens the file.

    Any method but `close` and `of` may raise `StoreError`, and `UnknownIdError` if it is given an id.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._file, self._kind = _File(path), ASSISTANTS

    def of(self, kind: Kind) -> Store:
        """The objects of another kind in the same file. To close one of the two is to close both."""
        other = copy.copy(self)
        other._kind = kind
        return other

    async def add(self, fields: Fields, created_at: int | None = None) -> str:
        """Store a new object, and give it its id and its time of creation (whole seconds since 1970), by default now."""
        return await self._file.run(lambda connection: _add(connection, self._kind, fields, created_at))

    async def get(self, identifier: str) -> str:
        """The object of this id."""
        return await self._file.run(lambda connection: _get(connection, self._kind, identifier))

    async def change(self, identifier: str, change: Change) -> str:
        """Store what `change` makes of the fields. No other writer comes between its reading and its writing."""
        return await self._file.run(lambda connection: _change(connection, self._kind, identifier, change))

    async def put(self, identifier: str, change: Change, created_at: int) -> str:
        """Store what `change` makes of the fields of the object of this id; of none, where there is no such object."""
        return await self._file.run(lambda connection: _put(connection, self._kind, identifier, change, created_at))

    async def remove(self, identifier: str) -> None:
        """Forget the object of this id."""
        await self._file.run(lambda connection: _remove(connection, self._kind, identifier))

    async def page(self, limit: int, newest_first: bool, after: str | None, before: str | None) -> Page:
        """Up to `limit` objects between two ids, which are not part of it.

        The page begins next to `after`; if only `before` is given, it ends next to that.
        """
        return await self._file.run(
            lambda connection: _page(connection, self._kind, limit, newest_first, after, before)
        )

    def close(self) -> None:
        """Wait for the work under way and close the file, for good. Closing again does nothing."""
        self._file.close()


def _opened(path: pathlib.Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(
        FileExistsError
    ):  # what variables held is in it; SQLite gives the files beside it the same rights
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # Without an isolation level the module opens no transactions of its own.
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _ensure_schema(connection, path)
        _switch_to_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _ensure_schema(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    """Nothing is written to a file that is neither empty nor known, and no lock is taken on one that is known."""
    ours = (APPLICATION_ID, SCHEMA_VERSION)
    is_ours = connection.execute(_VERSION).fetchone() == ours
    if is_ours and connection.execute(_LATEST).fetchone():
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if is_ours or connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            for statement in _SCHEMA:
                connection.execute(statement)
    if connection.execute(_VERSION).fetchone() != ours:
        raise StoreError(
            f"The database {path} cannot be used (it was made by another program, or by another version of this one):"
            " move it away, or name another file."
        )


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Here, unlike elsewhere, SQLite gives up at once if another connection is in the way: one that opens the same new file."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _add(connection: sqlite3.Connection, kind: Kind, fields: Fields, created_at: int | None) -> str:
    letters = string.ascii_letters + string.digits
    identifier = kind.prefix + "".join(secrets.choice(letters) for _ in range(24))
    row = (identifier, int(time.time()) if created_at is None else created_at, _body(fields))
    connection.execute(f"INSERT INTO {kind.table} (id, created_at, body) VALUES (?, ?, ?)", row)  # noqa: S608 - a name of ours
    return _text(kind, *row)


def _get(connection: sqlite3.Connection, kind: Kind, identifier: str) -> str:
    query = f"SELECT id, created_at, body FROM {kind.table} WHERE id = ?"  # noqa: S608 - a name of ours
    row = connection.execute(query, (identifier,)).fetchone()
    if row is None:
        raise UnknownIdError(identifier)
    return _text(kind, *row)


def _change(connection: sqlite3.Connection, kind: Kind, identifier: str, change: Change) -> str:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        query = f"SELECT body FROM {kind.table} WHERE id = ?"  # noqa: S608 - a name of ours
        row = connection.execute(query, (identifier,)).fetchone()
        if row is None:
            raise UnknownIdError(identifier)
        body = _body(change(json.loads(row[0])))
        connection.execute(f"UPDATE {kind.table} SET body = ? WHERE id = ?", (body, identifier))  # noqa: S608 - a name of ours
        return _get(connection, kind, identifier)


def _put(connection: sqlite3.Connection, kind: Kind, identifier: str, change: Change, created_at: int) -> str:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        query = f"SELECT body FROM {kind.table} WHERE id = ?"  # noqa: S608 - a name of ours
        row = connection.execute(query, (identifier,)).fetchone()
        body = _body(change(json.loads(row[0]) if row else {}))
        sent = f"INSERT INTO {kind.table} (id, created_at, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"  # noqa: S608 - a name of ours
        connection.execute(sent, (identifier, created_at, body))
        return _get(connection, kind, identifier)


def _remove(connection: sqlite3.Connection, kind: Kind, identifier: str) -> None:
    query = f"DELETE FROM {kind.table} WHERE id = ?"  # noqa: S608 - a name of ours
    if connection.execute(query, (identifier,)).rowcount == 0:
        raise UnknownIdError(identifier)


def _page(
    connection: sqlite3.Connection, kind: Kind, limit: int, newest_first: bool, after: str | None, before: str | None
) -> Page:
    start, end = _sequence(connection, kind, after, "after"), _sequence(connection, kind, before, "before")
    low, high = (end, start) if newest_first else (start, end)
    backwards = start is None and end is not None
    query = _NEWEST_FIRST if newest_first != backwards else _OLDEST_FIRST
    rows = connection.execute(query.format(kind.table), (low or 0, high or 2**63 - 1, limit + 1)).fetchall()
    shown = rows[:limit]
    if backwards:
        shown.reverse()
    return Page([row[0] for row in shown], [_text(kind, *row) for row in shown], len(rows) > limit)


def _sequence(connection: sqlite3.Connection, kind: Kind, identifier: str | None, cursor: str) -> int | None:
    if identifier is None:
        return None
    query = f"SELECT sequence FROM {kind.table} WHERE id = ?"  # noqa: S608 - a name of ours
    row = connection.execute(query, (identifier,)).fetchone()
    if row is None:
        raise UnknownIdError(identifier, cursor)
    return int(row[0])


def _body(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _text(kind: Kind, identifier: str, created_at: int, body: str) -> str:
    return f'{{"id":"{identifier}","object":"{kind.object}","created_at":{created_at},{body[1:]}'
