"""The models of an endpoint: a table for people, plain data for JSON and YAML."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from assistants_tool.report.tables import Row, in_columns, in_markdown

if TYPE_CHECKING:
    from assistants_tool.asking.catalogue import Entry

_CUT = {"ENDPOINTS": 12, "USED BY": 8}
_SHORT = {
    "/v1/chat/completions": "chat",
    "/v1/fine_tuning/jobs": "fine-tuning",
    "/v1/images/generations": "images",
    "/v1/images/edits": "image edits",
    "/v1/images/variations": "image variations",
}


def catalogue_table(entries: Sequence[Entry], width: int | None = None) -> str:
    """One row for each; a column that would be empty is left out. `width` as for other tables."""
    return in_columns(_rows(entries), _CUT, width)


def catalogue_markdown(entries: Sequence[Entry]) -> str:
    """Likewise in Markdown."""
    return in_markdown(_rows(entries))


def catalogue_data(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Plain members. What is unknown is null, or an empty list; prices are US dollars for a million tokens."""
    return [
        {
            "id": one.id,
            "deployment_of": one.of,
            "listed": one.listed,
            "endpoints": list(one.endpoints),
            "shutdown_date": one.shutdown.isoformat() if one.shutdown else None,
            "shutdown_source": one.shutdown_source,
            "price": {
                "provider": one.price.provider,
                "input": _number(one.price.input),
                "output": _number(one.price.output),
            }
            if one.price
            else None,
            "definitions": list(one.keys),
        }
        for one in entries
    ]


def _rows(entries: Sequence[Entry]) -> list[Row]:
    rows = [_row(one) for one in entries]
    filled = [name for name in (rows[0] if rows else ()) if any(row[name] for row in rows)]
    return [{name: row[name] for name in filled} for row in rows]


def _row(entry: Entry) -> Row:
    price = entry.price
    return {
        "MODEL": entry.id,
        "DEPLOYMENT OF": entry.of or "",
        "LISTED": "" if entry.listed else "no",
        "ENDPOINTS": ", ".join(map(_in_short, entry.endpoints)) or "unknown",
        "SHUTDOWN": _day(entry),
        "$/M IN": _plain(price.input) if price else "",
        "$/M OUT": _plain(price.output) if price else "",
        "USED BY": ", ".join(entry.keys),
    }


def _in_short(path: str) -> str:
    return _SHORT.get(path) or path.removeprefix("/v1/").removeprefix("audio/")


def _day(entry: Entry) -> str:
    """OpenAI's day in parentheses, as it says little about a server that may have a model of that name itself."""
    if entry.shutdown is None:
        return ""
    return f"({entry.shutdown})" if entry.shutdown_source == "openai" else str(entry.shutdown)


def _plain(price: Decimal | None) -> str:
    return "" if price is None else f"{price.normalize():f}"


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)
