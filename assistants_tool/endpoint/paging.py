"""The walk over the pages of a listing. Servers page wrongly in many ways, so only what they cannot get wrong is believed.

One walk in ascending order is enough where it ends plainly. Where it does not, the same is walked in descending order: two walks that meet
hold everything. `checked` does so for a listing that ended plainly, because a server may lose a row between two pages without any sign.

Where ids are known beforehand a walk need not wait for one page to ask for the next (`_walk_known`).
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.errors import EndpointError, Fate
from assistants_tool.models import PAGE_DEFAULT, PAGE_MAX
from assistants_tool.objects.assistant import Listing

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant


@dataclass(frozen=True, slots=True)
class Query:
    """Which page is asked for: the first, or the one behind the id `after`."""

    after: str | None = None
    descending: bool = False
    limit: int = PAGE_MAX


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered for one page; `has_more` is its word on whether there are more."""

    rows: list[Assistant]
    has_more: bool


Pages = Callable[[Query], Awaitable[Page]]
Tell = Callable[[str], None]


class End(enum.Enum):
    """How a walk ended. Only the first is the end of what there is; the value says why another may not be."""

    PLAIN = ""
    CUT = "the endpoint says that there is more, but returns nothing more"
    REPEATS = "the endpoint repeats a page instead of going on"
    OVERLAPS = "the endpoint's pages overlap, so that rows between them may be missing"
    REFUSED = "the endpoint returned no second page"


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk: its rows in the order of the pages, how many pages there were, and how it ended; `error` where a page was refused.

    `said_more`: whether the last page that had rows said that there is more.
    """

    rows: Mapping[str, Assistant]
    pages: int
    end: End
    said_more: bool = False
    error: EndpointError | None = None

    @property
    def why(self) -> str:
        return str(self.error) if self.error else self.end.value

    @property
    def stays_so(self) -> bool:
        """Whether another try would end in the same way."""
        return self.error is None or self.error.fate is Fate.REJECTED


async def walk(pages: Pages, tell: Tell, known: Sequence[str] = ()) -> Listing:
    """Every object, as far as the pages lead. Raises EndpointError where the first page cannot be had.

    `known` are the ids of most, the oldest first, as far as somebody knows.
    """
    up = await _walk_known(pages, tell, known) or await _walk(pages, tell)
    if up.end is End.PLAIN or await _has_no_pages(pages, up):
        return Listing(tuple(up.rows.values()), pages=up.pages)
    down = await _walked_down(pages, tell)
    rows = _joined(up, down)
    if down and _hold_everything(up, down):
        return Listing(rows, pages=up.pages + down.pages, checked=True)
    return Listing(rows, up.why, pages=up.pages, stays_incomplete=up.stays_so)


async def checked(
    pages: Pages, tell: Tell, get: Callable[[str], Awaitable[Assistant | None]], listing: Listing
) -> Listing:
    """The listing with what a walk in the other order shows besides; each such row is read by its id, as it may be gone by now.

    A second walk that fails, or that goes in the same order, adds nothing, and nothing is taken away for it.
    """
    if listing.pages < 2 or listing.checked or listing.incomplete:
        return listing
    known = [one.id for one in listing.assistants]
    return await _with_what_else(listing, await _walked_down(pages, tell, known), get)


async def both_ways(
    pages: Pages, tell: Tell, get: Callable[[str], Awaitable[Assistant | None]], known: Sequence[str]
) -> Listing:
    """The same as `walk` and `checked`, for who knows that there is more than a page: the two walks go at the same time."""
    other = asyncio.ensure_future(_walked_down(pages, tell, known))
    try:
        listing = await walk(pages, tell, known)
        if listing.pages < 2 or listing.checked or listing.incomplete:
            return listing
        return await _with_what_else(listing, await other, get)
    finally:
        other.cancel()
        await asyncio.wait([other])


async def _with_what_else(
    listing: Listing, down: Walk | None, get: Callable[[str], Awaitable[Assistant | None]]
) -> Listing:
    known = {one.id for one in listing.assistants}
    added = [await get(one) for one in (down.rows if down else ()) if one not in known]
    return replace(listing, assistants=(*listing.assistants, *filter(None, added)), checked=True)


async def _walked_down(pages: Pages, tell: Tell, known: Sequence[str] = ()) -> Walk | None:
    try:
        found = await _walk_known(pages, tell, known[::-1], descending=True)
        return found or await _walk(pages, tell, descending=True)
    except EndpointError:
        return None  # it is a second look at what the first has shown


async def _walk(pages: Pages, tell: Tell, *, descending: bool = False) -> Walk:
    """Each id counts once. It goes on after a full page, after one that says there is more, and after one of exactly 20 rows (the default
    of a server that ignores `limit`). A page that repeats what was seen means that the cursor is ignored; one that repeats some of it
    (other than the cursor's own row), that rows move between pages. Raises what `pages` raises for the first.
    """
    found: dict[str, Assistant] = {}
    query, count, end, said_more, was_cut = Query(descending=descending), 0, End.PLAIN, False, False
    while True:
        try:
            got = await pages(query)
        except EndpointError as error:
            if query.after is None:
                raise
            return Walk(found, count, End.REFUSED, said_more, error)
        fresh = [one for one in got.rows if one.id not in found]
        if len(fresh) < sum(one.id != query.after for one in got.rows):
            end = End.OVERLAPS
        found.update((one.id, one) for one in fresh)
        tell(f"Listing: {len(found)} assistants so far")
        if not fresh:
            return Walk(found, count, _end_without_news(got, query, end, was_cut=was_cut), said_more)
        count += 1
        if not got.has_more and len(got.rows) not in (PAGE_MAX, PAGE_DEFAULT):
            return Walk(found, count, end)
        # Of a page that is not full, nobody has to believe that there is more: some servers always say so.
        was_cut = got.has_more and len(got.rows) in (PAGE_MAX, PAGE_DEFAULT)
        query, said_more = replace(query, after=got.rows[-1].id), got.has_more


_STRIDE = 75  # rows from the beginning of one page to that of the next: they overlap, as the order of what is known may be a little off
_AT_ONCE = 10  # pages, so that not many are asked for in vain


async def _walk_known(pages: Pages, tell: Tell, known: Sequence[str], *, descending: bool = False) -> Walk | None:
    """A walk over several pages at a time, each from an id on that is known, and that has to be on the page before.

    What stands behind that id there has to be what the page begins with, so nothing can be between the two. None where any does not fit so,
    or where the last is not plainly the last: then it has to be walked page by page.
    """
    cursors = [None, *known[_STRIDE - 1 :: _STRIDE]]
    if len(known) <= PAGE_MAX:
        return None
    found: dict[str, Assistant] = {}
    for start in range(0, len(cursors), _AT_ONCE):
        queries = [Query(after, descending) for after in cursors[start : start + _AT_ONCE]]
        answers = await asyncio.gather(*map(pages, queries), return_exceptions=True)
        for query, got in zip(queries, answers, strict=True):
            if isinstance(got, BaseException):
                if isinstance(got, EndpointError):
                    return None  # who walks page by page says so
                raise got
            if not _follows(found, query.after, got.rows):
                return None
            found.update((one.id, one) for one in got.rows)
            is_last = not got.has_more and len(got.rows) < PAGE_MAX
        tell(f"Listing: {len(found)} assistants so far")
    return Walk(found, len(cursors), End.PLAIN) if is_last else None


def _follows(found: Mapping[str, Assistant], after: str | None, rows: Sequence[Assistant]) -> bool:
    """Whether a page goes on, behind the id `after`, as what was found does, and then with what is new."""
    if after is None:
        return True
    ids, there = [one.id for one in rows if one.id != after], list(found)
    if after not in found:
        return False
    again = there[there.index(after) + 1 :]
    return ids[: len(again)] == again and found.keys().isdisjoint(ids[len(again) :])


def _end_without_news(got: Page, query: Query, end: End, *, was_cut: bool) -> End:
    """How it ended with a page that holds nothing new."""
    if got.rows and (got.has_more or [one.id for one in got.rows] != [query.after]):
        return End.REPEATS
    return End.CUT if end is End.PLAIN and was_cut and not got.rows else end


async def _has_no_pages(pages: Pages, up: Walk) -> bool:
    """Whether the one page that a server gave is all it has, although it is as long as a page may be.

    A server that says there is no more, and refuses a cursor, has no pages. One that ignores the cursor may ignore the limit, too: then it
    lists everything, if what it gives is longer than the usual page; and if it keeps a smaller limit, a shorter page was not its limit.
    """
    if up.pages != 1 or up.said_more:
        return False
    if up.end is End.REFUSED:
        return up.stays_so
    if up.end is not End.REPEATS:
        return False
    try:
        shorter = await pages(Query(limit=len(up.rows) - 1))
    except EndpointError:
        return False
    keeps_the_limit = len(shorter.rows) < len(up.rows)
    return keeps_the_limit if len(up.rows) == PAGE_DEFAULT else not keeps_the_limit


def _joined(up: Walk, down: Walk | None) -> tuple[Assistant, ...]:
    others = reversed([one for one in down.rows.values() if one.id not in up.rows]) if down else ()
    return (*up.rows.values(), *others)


def _hold_everything(up: Walk, down: Walk) -> bool:
    """Whether nothing can be between two walks from both ends: they meet, and what overlaps has no holes that the other does not fill."""
    if not _is_reversed(up, down):
        return False
    if End.OVERLAPS in (up.end, down.end):
        return up.rows.keys() <= down.rows.keys() or down.rows.keys() <= up.rows.keys()
    return True


def _is_reversed(up: Walk, down: Walk) -> bool:
    """Whether the second walk came from the other end, and met the first. A server that ignores the order gives the same rows again."""
    common = [one for one in up.rows if one in down.rows]
    if not common or next(iter(up.rows)) == next(iter(down.rows)):
        return False
    there = list(down.rows)
    return len(common) == 1 or there.index(common[0]) > there.index(common[-1])


def rows_of(answer: Any) -> tuple[list[Any], bool] | None:
    """The rows of a page, and whether there are more: of an object with `data` and `has_more`, or of a bare array; None for neither."""
    rows = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(rows, list) and not (rows is None and isinstance(answer, dict) and "data" in answer):
        return None
    more = answer.get("has_more") if isinstance(answer, dict) else None
    return rows or [], more not in _NO_MORE


_NO_MORE = (None, False, "", "false", "False")
