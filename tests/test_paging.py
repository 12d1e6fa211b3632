"""What is known of ids lets pages be asked for at the same time, and changes nothing else. Without a network: how a server pages is all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from assistants_tool.endpoint.assistants import AssistantsEndpoint
from assistants_tool.endpoint.connection import Connection
from assistants_tool.endpoint.paging import Page, Query, both_ways
from assistants_tool.endpoint.wire import Answer, Call
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.endpoint import OpenEndpoint
from assistants_tool.project.target import Remote
from assistants_tool.redaction import NOTHING
from tests.servers import Request, Script
from tests.test_endpoint import PAGINGS, QUICK, ids, pager


class Paged:
    """A wire to a server that would answer so."""

    keys = NOTHING
    key_called = "the key"

    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked = 0

    async def send(self, call: Call) -> Answer:
        self.asked += 1
        query = "&".join(f"{name}={one}" for name, one in call.query.items())
        answer = self._script(Request(call.method, f"/v1{call.path}?{query}", {}, None))
        return Answer(answer.status, {}, answer.payload()[0])


# What is known of the ids that a server has, the oldest first, as somebody knows it who saw them being made.
KNOWN: dict[str, Callable[[list[str]], list[str]]] = {
    "all, in their order": lambda there: there,
    "all, nearly in their order": lambda there: [one for ten in batched(there, 20) for one in reversed(ten)],
    "all, in no order": lambda there: sorted(there, key=lambda one: one[::-1]),
    "in the other order": lambda there: there[::-1],
    "not those at the end": lambda there: there[:-30],
    "not those at the beginning": lambda there: there[30:],
    "not each second": lambda there: there[::2],
}


def batched(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
@pytest.mark.parametrize("kind", PAGINGS)
def test_what_is_known_of_ids_changes_nothing_of_what_is_found(
    kind: str, known: Callable[[list[str]], list[str]]
) -> None:
    async def both(endpoint: OpenEndpoint) -> list[tuple[set[str], str]]:
        found = [await endpoint.checked_listing(one) for one in ((), known(ids(290)))]
        return [({one.id for one in listing.assistants}, listing.incomplete) for listing in found]

    wire = Paged(pager(290, kind))
    endpoint = AssistantsEndpoint(wire, Remote("http://there/v1"), Connection(patience=QUICK))
    first, second = asyncio.run(both(endpoint))
    assert first == second
    assert wire.asked > 1


@pytest.mark.parametrize(
    ("known", "at_once", "requests"),
    [("all, in their order", 14, 14), ("all, nearly in their order", 14, 14), ("all, in no order", 14, 26)],
)
def test_pages_behind_known_ids_are_asked_for_at_the_same_time(known: str, at_once: int, requests: int) -> None:
    """Where they do not fit together it is walked page by page, as if nothing was known."""
    page = pager(500, "as recorded")
    flying = most = count = 0

    async def answer(query: Query) -> Page:
        nonlocal flying, most, count
        flying, count = flying + 1, count + 1
        most = max(most, flying)
        await asyncio.sleep(0)
        flying -= 1
        said = {"limit": query.limit, "order": "desc" if query.descending else "asc", "after": query.after}
        path = "&".join(f"{name}={one}" for name, one in said.items() if one is not None)
        body = page(Request("GET", f"/v1/assistants?{path}", {}, b"")).body
        return Page([Assistant(one) for one in body["data"]], body["has_more"])

    async def get(_: str) -> None:
        raise AssertionError

    found = asyncio.run(both_ways(answer, lambda _: None, get, KNOWN[known](ids(500))))
    assert [one.id for one in found.assistants] == ids(500)
    assert (found.checked, found.incomplete, most, count) == (True, "", at_once, requests)
