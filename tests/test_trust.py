"""Never a duplicate, never a loss, never a lie: applies over real HTTP against an endpoint that goes wrong on purpose."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.applying.context import Policy
from assistants_tool.cli.interrupts import sigterm_is_ctrl_c
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.endpoint import AUTO, Parallelism
from assistants_tool.planning.outcome import Status
from tests.clocks import hurried
from tests.conftest import Cli, hear_ctrl_c
from tests.hostile import CALM, Fault, Hostile, Request, Temper, hostile
from tests.servers import Answer, scripted
from tests.trials import (
    BRISK,
    SOUND,
    Applied,
    applied,
    blind,
    definitions,
    lies,
    put,
    started,
    state,
    unjustified,
    write_folder,
)


def run(
    endpoint: Hostile,
    wanted: list[Definition],
    *,
    then: Temper | None = None,
    policy: Policy = BRISK,
    times: float = 1.0,
) -> Applied:
    """An apply, by a clock so many times as fast; `then` is the endpoint's temper once the plan is made."""

    async def planned() -> None:
        endpoint.temper = then or endpoint.temper

    return hurried(applied(endpoint.url, wanted, planned=planned, policy=policy), times)


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
@pytest.mark.parametrize(("seed", "late"), [(seed, (0.01, 0.15)[seed % 2]) for seed in range(12)])
def test_a_report_is_true_and_the_next_apply_finishes(seed: int, late: float) -> None:
    with hostile(Temper(0.3, seed, late=late, slow=0.01, retry_after=0.01)) as endpoint:
        put(endpoint, definitions(12))
        before = endpoint.dump()
        first = run(endpoint, mixed())
        endpoint.settled()
        assert lies(first.outcomes, before, endpoint.dump()) == []
        assert list(unjustified(first.outcomes, endpoint)) == []
        assert blind(endpoint) == []
        assert len(first.outcomes) == 14
        finished(endpoint, mixed())


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.LATE, Fault.CUT_BEFORE, Fault.THROTTLED])
def test_what_cannot_be_known_is_said_to_be_unknown(fault: Fault) -> None:
    with hostile() as endpoint:
        put(endpoint, definitions(12))
        before = endpoint.dump()
        first = run(endpoint, mixed(), then=Temper(0.8, 1, (fault,), late=0.02, retry_after=0.01), times=5)
        endpoint.settled()
        if fault in (Fault.CUT_BEFORE, Fault.THROTTLED):  # what had its effect, a read by id may show
            assert (Status.UNKNOWN in {one.status for one in first.outcomes}) == (fault is Fault.CUT_BEFORE)
        assert lies(first.outcomes, before, endpoint.dump()) == []
        assert list(unjustified(first.outcomes, endpoint)) == []
        assert blind(endpoint) == []
        finished(endpoint, mixed())


# --- creates of which no answer comes, and that land when it hurts


def in_limbo(endpoint: Hostile, wanted: list[Definition], before: int) -> Applied:
    """An apply whose creates are cut off; they land just before the `before`th request after them, the settling listing being the first."""

    async def both() -> Applied:
        running = asyncio.create_task(applied(endpoint.url, wanted))
        await asyncio.to_thread(endpoint.until, lambda: endpoint.held == 5)
        endpoint.land(before)
        return await running

    endpoint.hold(cut=True)
    return asyncio.run(both())


LANDINGS = {
    "before the settling listing": (1, 5, ""),
    "just after it": (2, 10, "created more than once"),
    "while they are tried again": (4, 10, "created more than once"),
    "just before the last look": (8, 10, "created more than once"),
    "in the next apply, before its listing": (9, 10, ""),
}


@pytest.mark.parametrize(("before", "sent", "said"), LANDINGS.values(), ids=LANDINGS)
def test_creates_that_land_late_are_found_wherever_they_land(before: int, sent: int, said: str) -> None:
    """Requests after the five that are held: the settling listing, a create, its proof, four more creates, the last look."""
    with hostile() as endpoint:
        put(endpoint, definitions(3))
        wanted = definitions(8)
        first = in_limbo(endpoint, wanted, before)
        assert first.summary == {"create done": 5}
        assert endpoint.count("POST") == sent
        assert first.messages.count("created more than once") == (5 if said else 0)
        if before < 9:
            assert state(endpoint.dump(), wanted) == SOUND
        finished(endpoint, wanted)


def test_creates_that_land_in_the_middle_of_the_next_apply_leave_no_second_one() -> None:
    with hostile() as endpoint:
        put(endpoint, definitions(3))
        endpoint.hold(cut=True)
        assert run(endpoint, definitions(8)).summary == {"create unknown": 5}
        endpoint.land(before=5)
        second = run(endpoint, definitions(8))
        assert second.summary == {"create done": 5}
        assert "created more than once" in second.messages
        finished(endpoint, definitions(8))


def test_where_the_settling_listing_is_not_to_be_trusted_nothing_is_sent_again() -> None:
    with hostile() as endpoint:
        put(endpoint, definitions(140))
        wanted = definitions(145)

        async def both() -> Applied:
            running = asyncio.create_task(applied(endpoint.url, wanted))
            await asyncio.to_thread(endpoint.until, lambda: endpoint.held == 5)
            endpoint.temper = Temper(unordered=True)
            return await running

        endpoint.hold(cut=True)
        assert asyncio.run(both()).summary == {"create unknown": 5}
        assert endpoint.count("POST") == 5
        endpoint.land()
        finished(endpoint, wanted)


@pytest.mark.parametrize("seed", range(2))
def test_pages_without_order_are_refused_or_harmless(seed: int) -> None:
    with hostile(Temper(unordered=True, seed=seed)) as endpoint:
        put(endpoint, definitions(140))
        wanted = definitions(145)
        first = run(endpoint, wanted)
        assert "the listing may be incomplete" in "".join(first.plan.refusals)
        assert endpoint.writes == []
        finished(endpoint, wanted)


# --- listings that lag behind


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("held", [0, 3])
def test_on_an_endpoint_that_lists_late_nothing_is_made_twice_or_lost(seed: int, held: int) -> None:
    faults = (Fault.CUT_AFTER, Fault.ERROR_AFTER, Fault.CUT_BEFORE, Fault.UNAVAILABLE)
    with hostile(Temper(0.15, seed, faults, lag=0.05)) as endpoint:
        put(endpoint, definitions(held))
        wanted = [*definitions(2, version=2), *definitions(8, first=4)]
        before = endpoint.dump()
        first = run(endpoint, wanted, policy=Policy(settle_seconds=0.025, lag_seconds=10.0), times=5)
        assert lies(first.outcomes, before, endpoint.dump()) == []
        assert state(endpoint.dump(), wanted).duplicates == ()
        finished(endpoint, wanted)


def test_two_of_which_the_first_was_deleted_and_is_listed_still_leave_one() -> None:
    """Else the only one of its key would go as the surplus of one that is not there."""
    with hostile(Temper(lag=60)) as endpoint:
        put(endpoint, [*definitions(1), *definitions(1)])
        first, second = sorted(
            one["id"] for one in endpoint.dump()
        )  # of one second, so that the smaller id is the first
        endpoint.shelf.lag = 60
        endpoint.shelf.act(Request("DELETE", f"/v1/assistants/{first}", {}, {}, None))
        outcomes = run(endpoint, definitions(1)).outcomes
        assert [(one.status, one.id) for one in outcomes] == [(Status.FAILED, second)]
        assert [one["id"] for one in endpoint.dump()] == [second]


# --- two applies at once


def at_once(endpoint: Hostile, wanted: list[Definition]) -> list[Applied]:
    async def both() -> list[Applied]:
        barrier = asyncio.Barrier(2)
        return await asyncio.gather(*(applied(endpoint.url, wanted, planned=barrier.wait) for _ in range(2)))

    return asyncio.run(both())


@pytest.mark.parametrize("held", [0, 2])
def test_of_two_applies_the_later_removes_and_names_the_surplus(held: int) -> None:
    with hostile(Temper(latency=0.003)) as endpoint:
        put(endpoint, definitions(held))
        wanted = definitions(10)
        both = at_once(endpoint, wanted)
        assert [one.summary for one in both] == [{"create done": 10 - held}] * 2
        assert state(endpoint.dump(), wanted) == SOUND
        assert any("created more than once" in one.messages for one in both)
        finished(endpoint, wanted)


# --- 429


def test_one_refusal_slows_every_worker_and_nothing_fails() -> None:
    with hostile(Temper(latency=0.005)) as endpoint:
        wanted = definitions(120)

        async def throttled_once() -> Applied:
            ten = Policy(Parallelism.fixed(10), settle_seconds=0.05)
            running = asyncio.create_task(applied(endpoint.url, wanted, policy=ten))
            await asyncio.to_thread(endpoint.until, lambda: endpoint.count("POST") >= 30)
            endpoint.temper = Temper(1.0, faults=(Fault.THROTTLED,), retry_after=0.3, latency=0.005)
            await asyncio.to_thread(endpoint.until, lambda: endpoint.throttled > 0)
            endpoint.temper = Temper(latency=0.005)
            return await running

        outcome = asyncio.run(throttled_once())
        assert outcome.summary == {"create done": 120}
        refused = next(one.at for one in endpoint.log if one.status == 429)
        behind = sum(refused < one.at < refused + 0.25 for one in endpoint.log)
        assert behind <= 10, "more than were on their way while the gate is closed"
        assert endpoint.throttled <= 10
        finished(endpoint, wanted)


def test_under_a_limit_nothing_fails_and_few_are_refused() -> None:
    with hostile(Temper(rate=80, burst=10, retry_after=0.05)) as endpoint:
        wanted = definitions(40)
        outcome = run(endpoint, wanted)
        assert outcome.summary == {"create done": 40}
        assert endpoint.throttled <= len(endpoint.log) / 2
        assert state(endpoint.dump(), wanted) == SOUND


# --- redirects


@pytest.mark.parametrize(("method", "status"), [("GET", 301), ("GET", 307), ("POST", 302), ("POST", 308)])
def test_the_key_does_not_follow_a_redirect(
    method: str, status: int, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    folder = write_folder(tmp_path / "assistants", definitions(1))
    with scripted(lambda _: Answer(body={"data": []})) as other:
        moved = Answer(status, {}, {"Location": f"{other.url}/assistants"})
        empty = Answer(body={"object": "list", "data": [], "has_more": False})
        with scripted(lambda request: moved if request.method == method else empty) as server:
            found = cli("apply", str(folder), "--base-url", server.url, "--yes")
    assert found.exit_code == 1
    assert other.requests == []
    assert f"is redirected to {other.url}/assistants; put the right address into base_url" in found.output
    assert "sk-secret" not in found.output


# --- a process that is killed, or asked to stop


KEYS = 60
# How many creates have come when the endpoint falls silent, how many it then holds, and before which request from then on those take
# effect: None at once. The next apply begins with a listing, a create and its proof, and ends with a listing, its 64th request.
NEVER = 10_000
KILLS: dict[str, tuple[int, int, int | None]] = {
    "in the first create, which happened": (0, 1, None),
    "in the first create, which never happens": (0, 1, NEVER),
    "in the first create, which happens after the next listing": (0, 1, 2),
    "in the first create, which happens among the next creates": (0, 1, 30),
    "in the first create, which happens just before the last look": (0, 1, 64),
    "in the middle, and none happened": (12, 10, NEVER),
    "in the middle, and they happen among the next creates": (12, 10, 12),
}


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        text, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert "Traceback" not in errors
    return process.returncode, text + errors


def next_apply(cli: Cli, folder: Path, endpoint: Hostile) -> str:
    """It finishes the work, and the one after it finds none."""
    found = cli("apply", str(folder), "--base-url", endpoint.url, "--yes")
    assert found.exit_code == 0, found.output
    assert state(endpoint.dump(), definitions(KEYS)) == SOUND
    again = cli("apply", str(folder), "--base-url", endpoint.url, "--yes")
    assert again.stdout.endswith("Nothing to change.\n")
    return found.stdout


@pytest.mark.parametrize(("after", "holds", "landing"), KILLS.values(), ids=KILLS)
def test_after_a_kill_the_next_apply_finishes(
    after: int, holds: int, landing: int | None, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    folder = write_folder(tmp_path / "assistants", definitions(KEYS))
    with hostile(Temper(latency=0.003)) as endpoint:
        endpoint.hold(after=after)
        process = started(folder, endpoint.url)
        try:
            endpoint.until(lambda: endpoint.held == holds, 20)
        finally:
            process.kill()
        ended(process)
        endpoint.land(landing)
        said = next_apply(cli, folder, endpoint)
        assert ("created more than once" in said) == (landing not in (None, NEVER))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_ends_what_it_began_and_says_what_is_left(
    number: signal.Signals, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    folder = write_folder(tmp_path / "assistants", definitions(KEYS))
    with hostile(Temper(latency=0.05)) as endpoint:
        process = started(folder, endpoint.url)
        try:
            endpoint.until(lambda: endpoint.count("POST") >= 5, 20)
            process.send_signal(number)
            code, said = ended(process)
        finally:
            process.kill()
        assert code == 130
        held = len(endpoint.dump())
        assert 5 <= held < KEYS
        assert endpoint.count("POST") == held, "in-flight creates were answered"
        assert len(re.findall(r"^\+ k\d+ asst_\w+: created$", said, re.MULTILINE)) == held
        assert len(re.findall(r"^! k\d+: create not done$", said, re.MULTILINE)) == KEYS - held
        assert f"Applied: {held} created, 0 updated, 0 deleted, {KEYS - held} not done.\n" in said
        endpoint.temper = CALM
        next_apply(cli, folder, endpoint)


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_asked_twice_it_waits_for_nothing_and_says_what_was_on_its_way(
    second: signal.Signals, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    folder = write_folder(tmp_path / "assistants", definitions(KEYS))
    with hostile() as endpoint:
        endpoint.hold(after=12)
        process = started(folder, endpoint.url, "apply", "--yes", "--parallelism", "10")
        try:
            endpoint.until(lambda: endpoint.held == 10, 20)
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            assert "Press Ctrl-C again to stop at once" in process.stderr.readline()
            process.send_signal(second)
            code, said = ended(process)
        finally:
            process.kill()
        assert code == 130
        assert (
            len(re.findall(r"^! k\d+: create unknown: interrupted before there was an answer", said, re.MULTILINE))
            == 10
        )
        assert re.search(
            r"^Applied: \d+ created, 0 updated, 0 deleted, 10 unknown, \d+ not done\.$", said, re.MULTILINE
        )
        endpoint.land()
        next_apply(cli, folder, endpoint)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("plan",), signal.SIGINT),
        (("apply", "--yes"), signal.SIGTERM),
        (("list",), signal.SIGINT),
        (("list",), signal.SIGTERM),
        (("doctor",), signal.SIGTERM),
        (("import", "--all"), signal.SIGINT),
    ],
)
def test_asked_to_stop_before_anything_is_written_it_just_ends(
    words: tuple[str, ...], number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path / "assistants", definitions(1))
    with hostile(Temper(latency=20)) as endpoint:
        process = started(folder, endpoint.url, *words)
        try:
            endpoint.until(lambda: bool(endpoint.log), 20)
            process.send_signal(number)
            code, said = ended(process)
        finally:
            process.kill()
    assert (code, said.splitlines()[-1]) == (130, "Error: interrupted; nothing more is done")


def making_a_key(folder: Path, command: str) -> Path:
    """A project whose key is made by a command, which says at {began} that it has begun."""
    began = folder / "began"
    words = json.dumps(["sh", "-c", command.format(began=f"touch '{began}'")])
    (folder / "project.yaml").write_text(
        "default_environment: r\nenvironments:\n  r:\n    endpoint:\n      base_url: http://127.0.0.1:9/v1\n"
        f"      api_key: {{command: {words}}}\n",
        encoding="utf-8",
    )
    return began


# A terminal sends Ctrl-C to the command, too, whose failure then is no news. Who sends SIGTERM may mean the tool alone: then the command
# is ended, and what that has started in turn is not waited for.
STOPS: dict[str, tuple[str, Callable[[int, int], None], signal.Signals, bool | None]] = {
    "Ctrl-C": ("{began}; sleep 20; echo key", os.killpg, signal.SIGINT, None),
    "SIGTERM": ("{began}; exec sleep 20", os.kill, signal.SIGTERM, False),
    "SIGTERM, and it has children": ("sleep 20 & {began}; wait; echo key", os.kill, signal.SIGTERM, True),
}


def is_left(group: int, seconds: float) -> bool:
    """Whether anything of a group was running so much later, which this ends. What has ended is of it until somebody has reaped it."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.005)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("command", "send", "number", "leaves"), STOPS.values(), ids=STOPS)
def test_asked_to_stop_while_a_command_makes_the_key_it_just_ends(
    command: str, send: Callable[[int, int], None], number: signal.Signals, leaves: bool | None, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "assistants", definitions(1))
    began = making_a_key(folder, command)
    process = started(folder, "", "plan", start_new_session=True)
    try:
        Hostile().until(began.exists, 20)
        asked = time.monotonic()
        send(process.pid, number)
        process.wait(timeout=30)
        assert time.monotonic() - asked < 10
    finally:
        left = is_left(process.pid, 3 if leaves is False else 0.3)
        _, said = process.communicate(timeout=30)
    assert leaves in (left, None)  # whoever got it, too, may be on its way out
    assert (process.returncode, said.splitlines()[-1]) == (130, "Error: interrupted; nothing more is done")


class StopsWhenFreed:
    """Comes at a moment whose exceptions Python reports and drops."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("ctrl_c", [signal.default_int_handler, signal.SIG_IGN])
def test_a_stop_is_heard_whatever_code_runs_just_then(ctrl_c: Any) -> None:
    async def work() -> None:
        if ctrl_c is signal.SIG_IGN:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0)
        ignored.append(True)
        StopsWhenFreed()
        await asyncio.sleep(20)

    ignored: list[bool] = []
    before = signal.signal(signal.SIGINT, ctrl_c)
    try:
        with pytest.raises(KeyboardInterrupt), sigterm_is_ctrl_c():
            asyncio.run(work())
        assert (ignored, signal.getsignal(signal.SIGINT)) == ([True], ctrl_c)
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_tests_themselves_may_run_in_the_background() -> None:
    """Where they, too, would start processes that ignore Ctrl-C, and wait for them to stop."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        hear_ctrl_c()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_shell_that_ignores_ctrl_c_for_it_can_still_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does for whatever a script runs in the background."""
    folder = write_folder(tmp_path / "assistants", definitions(1))
    with hostile(Temper(latency=20)) as endpoint:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process = started(folder, endpoint.url, "plan")
        finally:
            signal.signal(signal.SIGINT, before)
        try:
            endpoint.until(lambda: bool(endpoint.log), 20)
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            code, _ = ended(process)
        finally:
            process.kill()
    assert code == 130


# --- how many at once


@pytest.mark.parametrize(
    ("parallelism", "least", "most"), [(AUTO, 11, 32), (Parallelism.fixed(4), 4, 4), (Parallelism.fixed(32), 11, 32)]
)
def test_as_many_are_on_their_way_as_may_be(parallelism: Parallelism, least: int, most: int) -> None:
    wanted = definitions(80)
    with hostile(Temper(latency=0.03)) as endpoint:
        first = run(endpoint, wanted, policy=Policy(parallelism, settle_seconds=0.05))
        assert {one.status for one in first.outcomes} == {Status.DONE}
        assert least <= endpoint.most_in_flight <= most
        assert state(endpoint.dump(), wanted) == SOUND


@pytest.mark.parametrize("parallelism", [AUTO, Parallelism.fixed(32)])
def test_a_report_is_true_with_many_at_once(parallelism: Parallelism) -> None:
    wanted = definitions(60)
    with hostile(Temper(0.2, 3, late=0.05, slow=0.01, retry_after=0.01)) as endpoint:
        first = run(endpoint, wanted, policy=Policy(parallelism, settle_seconds=0.1))
        endpoint.settled()
        assert lies(first.outcomes, {}.values(), endpoint.dump()) == []
        assert blind(endpoint) == []
        finished(endpoint, wanted)
