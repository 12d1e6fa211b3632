"""The law: apply, then plan is empty. Over generated definitions, on the embedded endpoint and on endpoints that deviate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.endpoint import Connection, connect
from assistants_tool.objects.assistant import Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.endpoint import Endpoint
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Options
from assistants_tool.project.target import Embedded
from tests.fakes import MemoryEndpoint, dropping
from tests.strategies import definition_lists

SCOPE = Scope("acme", "prod", frozenset({"prod"}))
WHOLE = Options(whole=True, prune=True, max_delete="100%")
Run = Callable[[list[Definition]], tuple[Outcome, ...]]
lawful = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


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


@settings(lawful, max_examples=60)
@given(definitions=definition_lists(unknown=False))
def test_apply_then_plan_is_empty(embedded: Run, definitions: list[Definition]) -> None:
    # What is protected could not be replaced by the next example's.
    outcomes = embedded([replace(one, protect=False) for one in definitions])
    assert {one.not_kept for one in outcomes} <= {""}


def naming(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "model": f"{body['model']}-2024-08-06"}


KINDS: dict[str, dict[str, Any]] = {
    "keeps all": {},
    "drops on create what update keeps": {"on_create": dropping("temperature", "tools", "response_format")},
    "drops for good": {
        "on_create": dropping("top_p", "description", "tool_resources"),
        "on_update": dropping("top_p", "description", "tool_resources"),
    },
    "has its own names of models": {"on_create": naming, "on_update": naming},
    "resets what is left out": {"on_update": lambda body: {"temperature": 1, "top_p": 1, **body}},
    "ignores null": {"on_update": lambda body: {name: one for name, one in body.items() if one is not None}},
    "does not clear": {
        "on_update": lambda body: {name: one for name, one in body.items() if one not in (None, "", [], {}, 0)}
    },
}


@pytest.mark.parametrize("kind", KINDS)
@settings(lawful, max_examples=40)
@given(before=definition_lists(), after=definition_lists())
def test_the_law_holds_where_servers_deviate(kind: str, before: list[Definition], after: list[Definition]) -> None:
    """From nothing to one set of definitions, and from there to another."""
    endpoint = MemoryEndpoint({"metadata": {"by": "hand"}}, **KINDS[kind])
    asyncio.run(applied([replace(one, protect=False) for one in before], endpoint))
    asyncio.run(applied(after, endpoint))
