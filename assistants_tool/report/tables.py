"""Tables of what endpoints say: aligned columns that fit a terminal, or Markdown. No cell can do anything but be read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tabulate import tabulate

from assistants_tool.report.columns import columns_of, fit
from assistants_tool.report.markdown import code
from assistants_tool.report.plain import printable_name

Row = dict[str, str]
_GAP = 2  # columns between two columns of a table


def in_columns(
    rows: Sequence[Row],
    cut: Mapping[str, int],
    width: int | None = None,
    dropped: Collection[str] = (),
    *,
    else_whole: bool = False,
) -> str:
    """Rows below the names that they share. `width` is that of the terminal in columns, None where nothing is to be cut.

    `cut` says which columns may be cut to fit, in this order, and to how little while that is enough; `dropped` are those that go first.
    `else_whole`: where that is not enough, nothing is cut, as a terminal breaks long lines, and letters alone say nothing.
    """
    rows = _single_lines(rows)
    shown = _fitted(rows, cut, width, dropped, else_whole=else_whole) if width and rows else rows
    # The names as a row: headers that tabulate knows of are padded.
    lines = [list(shown[0]), *(row.values() for row in shown)] if shown else []
    return tabulate(lines, tablefmt="plain", disable_numparse=True)


def in_markdown(rows: Sequence[Row]) -> str:
    """Likewise in Markdown; nothing in a cell can act as such."""
    cells = [
        {name: code(one).replace("|", "\\|") if one else "" for name, one in row.items()} for row in _single_lines(rows)
    ]
    return tabulate(cells, headers="keys", tablefmt="github", disable_numparse=True)


def _single_lines(rows: Sequence[Row]) -> list[Row]:
    return [{name: _one_line(value) for name, value in row.items()} for row in rows]


def _one_line(text: str) -> str:
    return printable_name(text).replace("\n", " ").replace("\t", " ")


def _fitted(
    rows: Sequence[Row], cut: Mapping[str, int], width: int, dropped: Collection[str], *, else_whole: bool
) -> Sequence[Row]:
    """Rows cut so that a line takes at most `width` columns, if that can be: an id is never cut, because it is there to be copied."""
    widths = {name: max(columns_of(row[name]) for row in (*rows, {name: name})) for name in rows[0]}

    def over() -> int:
        return max(0, sum(widths.values()) + _GAP * (len(widths) - 1) - width)

    for name in dropped if over() else ():
        widths.pop(name, None)
    for name, least in (*cut.items(), *(() if else_whole else ((name, _LEAST) for name in cut))):
        if name in widths:
            widths[name] = max(min(widths[name], least), widths[name] - over())
    if else_whole and over():
        return rows
    return [{name: fit(row[name], columns) for name, columns in widths.items()} for row in rows]


_LEAST = 4  # columns: a letter and the ellipsis
