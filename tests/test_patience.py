"""One pace for all workers, over a stand-in for the wire."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import pytest

from assistants_tool.endpoint.height import Height
from assistants_tool.endpoint.patience import FOR_IDEMPOTENT, Pace, Patience, ThrottledError, persistently
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.endpoint import Parallelism
from tests.clocks import without_waiting

Refuses = Callable[[int], bool]


class Wire:
    """Answers a moment later. `refuses` says which requests get a 429, by their number; `seen`: how many were on their way, at each."""

    def __init__(self, refuses: Refuses, retry_after: float = 0.001) -> None:
        self.refuses, self.retry_after = refuses, retry_after
        self.seen: list[int] = []
        self._on_their_way = 0

    async def send(self) -> int:
        number = len(self.seen)
        self._on_their_way += 1
        self.seen.append(self._on_their_way)
        refused = self.refuses(number)
        await asyncio.sleep(0.01 if refused else 0.1)  # a refusal is there before any answer of its moment
        self._on_their_way -= 1
        if refused:
            raise ThrottledError("429", self.retry_after)
        return number


def up_to(number: int) -> Height:
    return Height(Parallelism.fixed(number), 30)


async def workers(wire: Wire, count: int, most: int, patience: Patience | None = None) -> list[int]:
    pace = Pace(patience or Patience(), up_to(most))
    return await asyncio.gather(*(pace.run(wire.send, "POST") for _ in range(count)))


def test_one_refusal_slows_all_workers_and_answers_speed_them_up_again() -> None:
    wire = Wire(lambda number: number == 3)
    assert len(without_waiting(workers(wire, 400, 16))) == 400
    assert [max(wire.seen[:16]), max(wire.seen[16:24]), max(wire.seen[24:33]), max(wire.seen)] == [16, 8, 8 + 1, 16]


def test_many_refusals_of_one_moment_are_one() -> None:
    wire = Wire(lambda number: number < 16, retry_after=0.01)
    without_waiting(workers(wire, 100, 16))
    assert max(wire.seen[16:24]) == 8


def test_while_the_gate_is_closed_no_one_sends() -> None:
    times: list[float] = []

    async def send() -> None:
        times.append(asyncio.get_running_loop().time())
        if len(times) <= 2:
            raise ThrottledError("429", 0.1)

    async def run() -> None:
        pace = Pace(Patience(), up_to(2))
        await asyncio.gather(*(pace.run(send, "POST") for _ in range(6)))

    without_waiting(run())
    assert len(times) == 8
    assert times[2] - times[1] >= 0.09


def test_where_little_is_allowed_many_workers_all_come_through() -> None:
    """Some worker is refused more often than is allowed in a row, but others are taken meanwhile."""
    taken = itertools.cycle([True, False, False, False])
    wire = Wire(lambda _: not next(taken), retry_after=0.02)
    assert len(without_waiting(workers(wire, 30, 30, Patience(throttled_seconds=0.6)))) == 30
    assert 117 <= len(wire.seen) <= 120  # a quarter of them is taken; at the end some are on their way together


def test_who_goes_on_refusing_is_left_in_the_end_and_by_all() -> None:
    wire = Wire(lambda _: True, retry_after=0.01)

    async def run() -> list[object]:
        pace = Pace(Patience(throttled_seconds=0.05), up_to(4))
        return list(await asyncio.gather(*(pace.run(wire.send, "POST") for _ in range(20)), return_exceptions=True))

    assert {str(one) for one in without_waiting(run())} == {
        "429; it went on refusing: try again later, or with a smaller --parallelism"
    }
    assert len(wire.seen) < 20


def test_who_is_to_wait_too_long_is_not_asked_by_the_others() -> None:
    wire = Wire(lambda _: True, retry_after=86400)

    async def run() -> list[object]:
        pace = Pace(Patience(), up_to(2))
        return list(await asyncio.gather(*(pace.run(wire.send, "POST") for _ in range(20)), return_exceptions=True))

    assert {str(one) for one in without_waiting(run())} == {"429; it asks to wait 86400 s: try again then"}
    assert len(wire.seen) == 2


@pytest.mark.parametrize(("wait", "said"), [(0.02, 0), (11, 1)])
def test_a_long_wait_is_said_once(wait: float, said: int) -> None:
    heard: list[str] = []

    async def run() -> None:
        pace = Pace(Patience(), up_to(2), say=heard.append)
        asyncio.get_running_loop().call_later(0.1, pace.end)
        wire = Wire(lambda number: number < 3, retry_after=wait)
        await asyncio.gather(*(pace.run(wire.send, "POST") for _ in range(3)), return_exceptions=True)

    without_waiting(run())
    assert heard == ["The endpoint limits the rate: waiting as it says, 600 s at most"] * said


def test_who_waits_is_let_go_at_the_end_and_nothing_is_sent() -> None:
    async def run() -> tuple[list[object], int]:
        wire, pace = Wire(lambda number: number < 2, retry_after=60), Pace(Patience(), up_to(2))
        asyncio.get_running_loop().call_later(0.05, pace.end)
        done = await asyncio.wait_for(
            asyncio.gather(*(pace.run(wire.send, "POST") for _ in range(5)), return_exceptions=True), timeout=5
        )
        return list(done), len(wire.seen)

    done, sent = without_waiting(run())
    assert {str(one) for one in done} == {"stopped while the endpoint limited the rate; it was not sent"}
    assert sent == 2


# --- what failed is sent again


def tries(patience: Patience, *, stopped_after: float | None = None) -> list[float]:
    """When each try of a request that always fails was made, in seconds from the first."""
    times: list[float] = []

    async def send() -> None:
        times.append(asyncio.get_running_loop().time())
        raise EndpointError("the server failed", Fate.AMBIGUOUS)

    async def run() -> None:
        pace = Pace(patience, up_to(1))
        if stopped_after is not None:
            asyncio.get_running_loop().call_later(stopped_after, pace.end)
        with pytest.raises(EndpointError, match="the server failed"):
            await persistently(send, pace, patience, FOR_IDEMPOTENT, "GET")

    without_waiting(run())
    return [one - times[0] for one in times]


def test_waits_double_and_differ() -> None:
    times = tries(Patience(first_wait=0.02))
    assert len(times) == 6
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    for number, wait in enumerate(waits):
        assert 0.02 * 2**number <= wait < 0.02 * 2**number + 0.02 + 0.3  # the last is for a busy machine
    assert tries(Patience(first_wait=0.02)) != times


def test_no_try_begins_when_its_time_is_over() -> None:
    times = tries(Patience(first_wait=0.1, seconds=0.25))
    assert (len(times) <= 3, times[-1] < 1) == (True, True), "six tries would take three seconds"


def test_who_waits_to_try_again_tries_once_more_at_the_end() -> None:
    times = tries(Patience(first_wait=60, seconds=600), stopped_after=0.05)
    assert len(times) == 2
    assert times[1] < 5


@pytest.mark.parametrize(("silent", "said"), [(0.0, 1), (9.0, 0)], ids=["for long", "for a moment"])
def test_who_has_no_terminal_hears_once_that_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, silent: float, said: int
) -> None:
    monkeypatch.setattr("assistants_tool.endpoint.patience._SILENT", silent)
    patience = Patience(first_wait=0.001)
    notes: list[str] = []
    heard: list[str] = []

    async def refused() -> None:
        raise EndpointError("connection refused", Fate.NOT_SENT)

    async def run() -> None:
        pace = Pace(patience, up_to(2), notes.append, heard.append)
        for _ in range(2):
            with pytest.raises(EndpointError):
                await persistently(refused, pace, patience, FOR_IDEMPOTENT, "GET")

    without_waiting(run())
    assert (set(notes), heard) == ({"Trying again: connection refused"}, ["Trying again: connection refused"] * said)
