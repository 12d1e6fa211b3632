"""The law: apply, then plan is empty. Over generated definitions, on the embedded endpoint and on endpoints that deviate."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.endpoint import Connection, connect
from assistants_tool.objects.assistant import Assistant, Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.endpoint import Endpoint
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import is_hollow
from assistants_tool.objects.unknown import unknown
from assistants_tool.planning.making import make_plan, make_release
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Options
from assistants_tool.project.target import Embedded
from tests.builders import answered
from tests.examples import examples
from tests.fakes import MemoryEndpoint, Object, dropping
from tests.strategies import (
    Addition,
    additions,
    closed_places,
    definition_lists,
    definitions,
    fields,
    with_unknown,
)

SCOPE = Scope("acme", "prod", frozenset({"prod"}))
WHOLE = Options(whole=True, prune=True, max_delete="100%")
Run = Callable[[list[Definition]], tuple[Outcome, ...]]


async def applied(definitions: list[Definition], endpoint: Endpoint) -> tuple[Outcome, ...]:
    """Apply; what is planned afterwards must be nothing."""
    plan = make_plan(definitions, await endpoint.listing(), SCOPE, WHOLE)
    outcomes = await apply(plan, endpoint, Policy(settle_seconds=0))
    assert {one.status for one in outcomes} <= {Status.DONE}, outcomes
    assert make_plan(definitions, await endpoint.listing(), SCOPE, WHOLE).is_empty
    return outcomes


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One open endpoint for all examples: each finds what the one before left, and has to bring it into its own state."""
    database = tmp_path_factory.mktemp("state") / "embedded.db"
    with asyncio.Runner() as runner, ExitStack() as stack:
        connection = connect(Embedded(Path(database)), Connection(), {})
        endpoint = runner.run(connection.__aenter__())
        stack.callback(lambda: runner.run(connection.__aexit__(None, None, None)))
        yield lambda definitions: runner.run(applied(definitions, endpoint))


@examples(20)
@given(definitions=definition_lists(unknown=False))
def test_apply_then_plan_is_empty(embedded: Run, definitions: list[Definition]) -> None:
    # What is protected could not be replaced by the next example's.
    outcomes = embedded([replace(one, protect=False) for one in definitions])
    assert {one.not_kept for one in outcomes} <= {""}


def known_alone(body: Object) -> Object:
    return {name: one for name, one in body.items() if name in ASSISTANTS}


def naming(body: Object) -> Object:
    return {**body, "model": f"{body['model']}-2024-08-06"}


KINDS: dict[str, dict[str, Any]] = {
    "keeps all": {},
    "drops on create what update keeps": {"on_create": dropping("temperature", "tools", "response_format")},
    "drops for good": {
        "on_create": dropping("top_p", "description", "tool_resources"),
        "on_update": dropping("top_p", "description", "tool_resources"),
    },
    "takes only what it knows": {"on_create": known_alone, "on_update": known_alone},
    "has its own names of models": {"on_create": naming, "on_update": naming},
    "resets what is left out": {"on_update": lambda body: {"temperature": 1, "top_p": 1, **body}},
    "ignores null": {"on_update": lambda body: {name: one for name, one in body.items() if one is not None}},
    "does not clear": {
        "on_update": lambda body: {name: one for name, one in body.items() if one not in (None, "", [], {}, 0)}
    },
}


@examples(13)
@given(before=definition_lists(), after=definition_lists(), stated=additions(3))
def test_the_law_holds_where_servers_deviate(
    before: list[Definition], after: list[Definition], stated: list[Addition]
) -> None:
    """From nothing to one set of definitions, and from there to another, that states members which the tool does not know."""
    before = [replace(one, protect=False) for one in before]
    after = [replace(one, fields=with_unknown(dict(one.fields), stated)) for one in after]

    async def run() -> None:
        for kind, deviating in KINDS.items():
            note(kind)  # the last one is that in which it failed
            endpoint = MemoryEndpoint({"metadata": {"by": "hand"}}, **deviating)
            await applied(before, endpoint)
            await applied(after, endpoint)

    asyncio.run(run())


# --- members that the tool does not know

KNOWN_INSIDE: dict[str, set[str]] = {
    "function": {"name", "description", "parameters", "strict"},
    "file_search": {"max_num_results", "ranking_options"},
    "ranking_options": {"ranker", "score_threshold"},
    "bing_grounding": {"search_configurations"},
    "connected_agent": {"id", "name", "description"},
    "fabric_dataagent": {"connections"},
    "json_schema": {"name", "description", "schema", "strict"},
}
RESOURCES = {
    "code_interpreter": {"file_ids", "data_sources"},
    "file_search": {"vector_store_ids", "vector_stores"},
    "azure_ai_search": {"indexes"},
    "mcp": set[str](),
}
SERVERS_OWN = {"updated_at", "revision"}


def known_in(place: tuple[Any, ...]) -> set[str]:
    """The members of an object that are known at a place."""
    match place:
        case ():
            return {*ASSISTANTS.names, "id", "object", "created_at"}
        case ("tools", kind, _, _) | ("response_format", kind):
            return {"type", kind}
        case ("tool_resources", kind):
            return RESOURCES[kind]
        case (*_, inner):
            return KNOWN_INSIDE[inner]
    raise AssertionError(place)


def unasked(body: Object, *, unset: bool = False) -> dict[tuple[Any, ...], Any]:
    """Every member of an object that is in no table, by its place; what is unset says nothing, but in a definition."""
    found: dict[tuple[Any, ...], Any] = {}
    for place, holder in closed_places(body).items():
        known = known_in(place) | SERVERS_OWN
        found |= {(place, name): one for name, one in holder.items() if name not in known}
    kinds = body.get("tool_resources") or {}
    found |= {("tool_resources", name): one for name, one in kinds.items() if name not in RESOURCES}
    return {place: one for place, one in found.items() if unset or not is_hollow(one)}


def check_nothing_unasked_changed(before: Object, after: Object, stated: Object) -> None:
    """What the definition does not state is as it was, unless the tool or format that it was in is gone."""
    kept, asked = unasked(after), unasked(stated, unset=True)
    for place, value in unasked(before).items():
        if place in asked or (place[0] == "tool_resources" and place[1] in (stated.get("tool_resources") or {})):
            continue
        if place[0] == "tool_resources" or _still_there(place[0], after):
            assert same(kept.get(place), value), place


def _still_there(holder: tuple[Any, ...], after: Object) -> bool:
    """Whether what held a member is still there: of a tool, the tool; of a format, one of the same type."""
    length = {"tools": 4, "response_format": 2}.get(holder[0], 0) if holder else 0
    return holder[:length] in closed_places(after)


class Counting(MemoryEndpoint):
    """A server that keeps everything, and sets members of its own with each write."""

    def put(self, body: Object) -> str:
        return super().put({"updated_at": 1, "revision": "a", **body})

    async def update(self, assistant_id: str, body: Object) -> Assistant:
        self.objects[assistant_id]["updated_at"] += 1
        return await super().update(assistant_id, body)


def add_by_hand(endpoint: MemoryEndpoint, added: list[list[Addition]]) -> dict[str, Object]:
    """Every object gets members that the tool does not know. Returns all as they are then."""
    for index, (found_id, body) in enumerate(endpoint.objects.items()):
        endpoint.objects[found_id] = with_unknown(body, added[index % len(added)])
    return copy.deepcopy(endpoint.objects)


ADDED = st.lists(additions(), min_size=1, max_size=3)


@examples(27)
@given(before=definition_lists(), after=definition_lists(), added=ADDED, stated=additions(3))
def test_no_member_that_nobody_asked_to_change_ever_changes(
    before: list[Definition], after: list[Definition], added: list[list[Addition]], stated: list[Addition]
) -> None:
    """Not by an apply of the same, nor by one of other definitions for the same keys; some of which state such members themselves."""
    endpoint = Counting()
    before = [replace(one, protect=False) for one in before]
    keys = {one.key: one for one in before}
    after = [
        replace(new, key=old, fields=with_unknown(dict(new.fields), stated))
        for old, new in zip(keys, after, strict=False)
    ]
    asyncio.run(applied(before, endpoint))
    there = add_by_hand(endpoint, added)
    assert asyncio.run(applied(before, endpoint)) == ()
    assert endpoint.objects == there
    asyncio.run(applied(after, endpoint))
    fields = {one.key: one.fields for one in after}
    for found_id, body in endpoint.objects.items():
        mark = Assistant(body).mark
        assert mark
        if found_id in there and mark.key in fields:
            check_nothing_unasked_changed(there[found_id], body, dict(fields[mark.key]))


@examples(20)
@given(held=fields(), wanted=definitions(), added=additions())
def test_an_adoption_and_a_release_leave_what_they_do_not_know(
    held: Object, wanted: Definition, added: list[Addition]
) -> None:
    endpoint = Counting(with_unknown(answered(held), added))
    ((found_id, before),) = copy.deepcopy(endpoint.objects).items()
    asyncio.run(applied([replace(wanted, adopt=found_id, protect=False)], endpoint))
    adopted = copy.deepcopy(endpoint.objects[found_id])
    check_nothing_unasked_changed(before, adopted, dict(wanted.fields))
    plan = make_release([Assistant(adopted)], asyncio.run(endpoint.listing()), SCOPE)
    (done,) = asyncio.run(apply(plan, endpoint, Policy(settle_seconds=0)))
    assert done.status is Status.DONE
    released = endpoint.objects[found_id]
    assert {**released, "metadata": None, "updated_at": 0} == {**adopted, "metadata": None, "updated_at": 0}


def test_what_is_known_here_is_what_the_table_knows() -> None:
    """The laws above are held by a list of their own."""
    body = {
        **answered({"tools": [{"type": "function", "function": {"name": "f"}}, {"type": "file_search"}]}),
        "voice": 1,
    }
    assert list(unasked(body)) == [((), "voice")]
    assert [one.shown for one in unknown(body, ASSISTANTS).told] == ["voice"]
