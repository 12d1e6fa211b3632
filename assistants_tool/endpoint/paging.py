"""The walk over the pages of a listing. Servers page wrongly in many ways, so only what they cannot get wrong is believed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistants_tool.errors import EndpointError
from assistants_tool.models import PAGE_DEFAULT, PAGE_MAX
from assistants_tool.objects.assistant import Listing

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered for one page; `has_more` is its word on whether there are more."""

    rows: list[Assistant]
    has_more: bool


async def walk(page: Callable[[str | None], Awaitable[Page]], tell: Callable[[str], None]) -> Listing:
    """Every object, in the order of the pages. `page` gives the one after an id, the first after None. Raises what it raises for the first.

    Each id counts once; the walk goes on after a full page, after one that says there is more, and after one of exactly 20 rows (the
    default of a server that ignores `limit`). A page that repeats what was seen means that the cursor is ignored; one that repeats some of
    it (other than the cursor's own row), that rows move between pages, so that some may never be seen.
    """
    found: dict[str, Assistant] = {}
    cursor = None
    fault = ""
    while True:
        try:
            got = await page(cursor)
        except EndpointError as error:
            if cursor is None:
                raise
            return Listing(tuple(found.values()), str(error))
        fresh = [one for one in got.rows if one.id not in found]
        if len(fresh) < sum(one.id != cursor for one in got.rows):
            fault = _REPEATS_SOME
        found.update((one.id, one) for one in fresh)
        tell(f"Listing: {len(found)} assistants so far")
        if not fresh:
            repeats = got.rows and (got.has_more or [one.id for one in got.rows] != [cursor])
            return Listing(tuple(found.values()), _REPEATS if repeats else fault)
        if not got.has_more and len(got.rows) not in (PAGE_MAX, PAGE_DEFAULT):
            return Listing(tuple(found.values()), fault)
        cursor = got.rows[-1].id


_REPEATS = "the endpoint repeats a page instead of going on"
_REPEATS_SOME = "the endpoint's pages overlap, so that rows between them may be missing"


def rows_of(answer: Any) -> tuple[list[Any], bool] | None:
    """The rows of a page, and whether there are more: of an object with `data` and `has_more`, or of a bare array; None for neither."""
    rows = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(rows, list) and not (rows is None and isinstance(answer, dict) and "data" in answer):
        return None
    more = answer.get("has_more") if isinstance(answer, dict) else None
    return rows or [], more not in _NO_MORE


_NO_MORE = (None, False, "", "false", "False")
