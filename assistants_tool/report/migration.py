"""What a migration did: a table of old ids and new ones, as text and as CSV, and what became of each member."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistants_tool.report.data import head
from assistants_tool.report.plain import Line, one_line, printable_name
from assistants_tool.report.tables import in_columns

if TYPE_CHECKING:
    from assistants_tool.planning.migration import Members, Moved

COLUMNS = ("old_id", "key", "new_id", "status")


def drafted_lines(files: Iterable[tuple[str, str]], left: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """The files that are to be written, each with what it is of; and what gets none, each with why."""
    for path, subject in files:
        yield _line(f"+ {path}: {subject}", "create")
    for subject, reason in left:
        yield _line(f"! {subject}: not migrated: {reason}", "error")


def moved_table(moved: Sequence[Moved], width: int | None = None) -> str:
    """Old id, key, new id: one row for each."""
    rows = [{"OLD ID": one.old_id, "KEY": one.key, "NEW ID": one.new_id, "STATUS": one.status} for one in moved]
    return in_columns(rows, {"KEY": 12}, width)


def moved_csv(moved: Sequence[Moved]) -> str:
    """The same with a line of names above, for programs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([printable_name(one_line(getattr(each, name))) for name in COLUMNS] for each in moved)
    return out.getvalue().removesuffix("\n")


def member_lines(moved: Sequence[Moved]) -> Iterator[Line]:
    """What became of each member of each assistant."""
    for one in moved:
        yield _line(f"{one.key}{f' {one.old_id}' if one.old_id else ''}")
        for said, tone in _said(one.members):
            yield _line(f"    {said}", tone)


def _said(members: Members) -> Iterator[tuple[str, str]]:
    if members.carried:
        yield f"carried: {', '.join(members.carried)}", "quiet"
    if members.mapped:
        ways = (of if of == to else f"{of} -> {to}" for of, to in members.mapped)
        yield f"mapped: {', '.join(ways)}", "quiet"
    for place, why in members.lost:
        yield f"lost: {place}: {why}", "error"
    if members.changed:
        yield f"the definition says otherwise: {', '.join(members.changed)}", "update"
    for note in members.notes:
        yield note, "update"


def migration(
    source: str, target: Mapping[str, Any], moved: Sequence[Moved], left: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """The document for programs. `ids` is the table alone: old id -> new id, of what is there."""
    return {
        **head("migration"),
        "from": source,
        "target": dict(target),
        "ids": {one.old_id: one.new_id for one in moved if one.old_id and one.new_id},
        "assistants": [_moved(one) for one in moved],
        "left": [{"subject": subject, "reason": reason} for subject, reason in left],
    }


def _moved(one: Moved) -> dict[str, Any]:
    members = one.members
    return {
        "old_id": one.old_id or None,
        "name": one.name or None,
        "key": one.key,
        "new_id": one.new_id or None,
        "status": one.status.replace(" ", "_"),
        "message": one.message,
        "file": one.file or None,
        "carried": list(members.carried),
        "mapped": [{"from": of, "to": to} for of, to in members.mapped],
        "lost": [{"path": place, "reason": why} for place, why in members.lost],
        "changed": list(members.changed),
        "notes": list(members.notes),
    }


def _line(text: str, tone: str = "") -> Line:
    return Line(one_line(printable_name(text)), tone)
