"""Never a duplicate, never a loss, never a lie: applies over real HTTP against an endpoint that goes wrong on purpose."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assistants_tool.applying import Status
from assistants_tool.definition import Definition
from assistants_tool.planning import Action
from tests.conftest import Cli
from tests.hostile import CALM, Fault, Hostile, Temper, hostile
from tests.servers import Answer, scripted
from tests.trials import (
    SOUND,
    Applied,
    applied,
    definitions,
    lies,
    put,
    started,
    state,
    unjustified,
    write_folder,
)


def run(endpoint: Hostile, wanted: list[Definition]) -> Applied:
    return asyncio.run(applied(endpoint.url, wanted))


def finished(endpoint: Hostile, wanted: list[Definition]) -> None:
    """Faults are over: one apply does what is left, and says so; then there is nothing to do."""
    endpoint.temper = CALM
    before = endpoint.dump()
    last = run(endpoint, wanted)
    assert {one.status for one in last.outcomes} <= {Status.DONE}, last.messages
    assert lies(last.outcomes, before, endpoint.dump()) == []
    assert state(endpoint.dump(), wanted) == SOUND
    assert run(endpoint, wanted).plan.is_empty


# --- faults by dice


def mixed() -> list[Definition]:
    """Of twelve that are there: four to update, four to keep, four to delete; and six to create."""
    return [*definitions(4, version=2), *definitions(4, first=4), *definitions(6, first=12)]


# Late effects land before the settling listing where `late` is 0.01 s, after it where it is 0.15 s.
@pytest.mark.parametrize(("seed", "share", "late"), [(seed, 0.3, (0.01, 0.15)[seed % 2]) for seed in range(12)])
def test_a_report_is_true_and_the_next_apply_finishes(seed: int, share: float, late: float) -> None:
    with hostile(Temper(share, seed, late=late, slow=0.01, retry_after=0.01)) as endpoint:
        put(endpoint, definitions(12))
        before = endpoint.dump()
        first = run(endpoint, mixed())
        endpoint.settled()
        assert lies(first.outcomes, before, endpoint.dump()) == []
        assert list(unjustified(first.outcomes, endpoint)) == []
        assert len(first.outcomes) == 14
        finished(endpoint, mixed())


@pytest.mark.parametrize("fault", Fault)
def test_where_every_request_may_meet_one_kind_of_fault(fault: Fault) -> None:
    """At 60 % some changes stay unknown, which is said of them and of no others."""
    with hostile(Temper(0.6, 3, (fault,), late=0.02, slow=0.01, retry_after=0.01)) as endpoint:
        put(endpoint, definitions(12))
        before = endpoint.dump()
        first = run(endpoint, mixed())
        endpoint.settled()
        assert lies(first.outcomes, before, endpoint.dump()) == []
        assert list(unjustified(first.outcomes, endpoint)) == []
        finished(endpoint, mixed())
