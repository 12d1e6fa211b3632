"""How many at once: plain answers in, a number out; and what comes of it at servers that are only reckoned with."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from assistants_tool.endpoint.height import Height, Left
from assistants_tool.objects.endpoint import AUTO, Parallelism
from tests.tables import cases

NO_END = 1e9
Answer = tuple[float, int]  # seconds, and how many were on their way


def after(answers: Iterable[Answer | None], parallelism: Parallelism = AUTO, longest: float = NO_END) -> int:
    """What is allowed after these answers; None is a 429."""
    height = Height(parallelism, longest)
    for answer in answers:
        if answer is None:
            height.refused()
        else:
            height.answered("POST", answer[0], Left(answer[1], height.allowed))
    return height.allowed


def rounds(*some: Answer) -> list[Answer]:
    """Of each, as many as were on their way: a full round."""
    return [(seconds, flying) for seconds, flying in some for _ in range(flying)]


@cases(
    "answers allowed",
    {
        "nothing is known": ([], 10),
        "no round is full yet": ([(1.0, 10)] * 9, 10),
        "as quick as they are": (rounds((1.0, 10)), 20),
        "no slower, and it has an end": (rounds((1.0, 10), (1.0, 20)), 32),
        "and stays there": (rounds((1.0, 10), (1.0, 20), (1.0, 32), (1.0, 32)), 32),
        "slower by less than what more are worth": (rounds((1.0, 10), (1.2, 20)), 32),
        "as slow as if they were answered in turn": (rounds((1.0, 10), (2.0, 20)), 15),
        "and once more": (rounds((1.0, 10), (2.0, 20), (1.5, 15)), 11),
        "then it tries less": (rounds((1.0, 10), (2.0, 20), (1.5, 15), (1.1, 11)), 14),
        "slow later": (rounds((1.0, 10), (1.0, 20), (3.0, 32)), 24),
        "slow for good": (rounds((1.0, 10), (1.0, 20), (3.0, 32), (3.0, 24), (3.0, 18), (3.0, 13)), 10),
        "one slow answer": ([*rounds((1.0, 10)), *[(1.0, 20)] * 19, (60.0, 20)], 32),
        "fewer on their way than may be": ([(1.0, 4)] * 100, 10),
        "a 429": ([None], 5),
        "429 after 429": ([None] * 9, 1),
        "after a 429 by one": ([None, *rounds((1.0, 5), (1.0, 6))], 7),
        "a 429 at its height": ([*rounds((1.0, 10), (1.0, 20)), None], 16),
    },
)
def test_answers_move_the_number(answers: list[Answer | None], allowed: int) -> None:
    assert after(answers) == allowed


@cases(
    "answers allowed",
    {
        "however slow": (rounds((1.0, 7), (50.0, 7), (500.0, 7)), 7),
        "a 429": ([None], 3),
        "after a 429": ([None, *rounds((1.0, 3), (1.0, 4), (1.0, 5), (1.0, 6), (1.0, 7))], 7),
    },
)
def test_a_number_that_was_given_stays(answers: list[Answer | None], allowed: int) -> None:
    assert after(answers, Parallelism.fixed(7), longest=30) == allowed


@cases(
    "answers allowed",
    {
        "one alone, and quick": ([(2.0, 1)], 10),
        "one alone: the last of ten may have to wait for all": ([(6.0, 1)], 5),
        "one alone with no time for two of them: it is looked at": ([(20.0, 1)], 2),
        "and was answered in turn": ([(20.0, 1), (40.0, 2), (40.0, 2)], 1),
        "and was not": ([(20.0, 1), (20.0, 2), (20.0, 2)], 10),
        "one alone that takes too long": ([(31.0, 1)], 1),
        "ten at a time": ([(60.0, 10)], 5),
        "one that was slow": ([(1.0, 10), (200.0, 10), (1.0, 10)], 10),
    },
)
def test_there_is_time_for_the_last(answers: list[Answer | None], allowed: int) -> None:
    assert after(answers, longest=30) == allowed


def test_kinds_of_requests_are_not_measured_by_each_other() -> None:
    height = Height(AUTO, NO_END)
    for kind, seconds in (("POST", 1.0), ("DELETE one", 9.0), ("POST", 1.0)):
        for _ in range(allowed := height.allowed):
            height.answered(kind, seconds, Left(allowed, allowed))
    assert height.allowed == 32


def test_the_slowest_kind_has_to_be_in_time_as_long_as_there_are_such() -> None:
    height = Height(AUTO, 30)
    height.answered("POST", 6.0, Left(1, 10))
    height.answered("GET one", 0.1, Left(1, 10))
    assert height.allowed == 5
    for _ in range(32):
        height.answered("GET one", 0.1, Left(1, 5))
    assert height.allowed == 10


# --- servers


@dataclass(frozen=True)
class Reckoned:
    """What came of some requests: how long all of them took, how many were on their way at the most, and the longest answer."""

    seconds: float
    most: int
    longest: float


Server = Callable[[float, int, random.Random], tuple[float, bool]]


def serial(seconds: float) -> Callable[[], Server]:
    """It takes one at a time."""

    def fresh() -> Server:
        free = 0.0

        def serve(now: float, _: int, dice: random.Random) -> tuple[float, bool]:
            nonlocal free
            free = max(now, free) + seconds * dice.uniform(0.8, 1.2)
            return free, True

        return serve

    return fresh


def wide(seconds: float, places: int = 1_000_000) -> Callable[[], Server]:
    """It takes so many at a time, each as fast as if it were alone."""

    def fresh() -> Server:
        frees = [0.0] * min(places, 100)

        def serve(now: float, _: int, dice: random.Random) -> tuple[float, bool]:
            begun = max(now, heapq.heappop(frees))
            heapq.heappush(frees, begun + seconds * dice.uniform(0.8, 1.2))
            return begun + seconds * dice.uniform(0.8, 1.2), True

        return serve

    return fresh


def limited(seconds: float, most: int) -> Callable[[], Server]:
    """It refuses what is more than so many at a time."""

    def serve(now: float, flying: int, _: random.Random) -> tuple[float, bool]:
        return now + seconds, flying <= most

    return lambda: serve


def reckoned(
    fresh: Callable[[], Server], parallelism: Parallelism, timeout: float = 120.0, count: int = 500
) -> Reckoned:
    """So many creates, after one that went alone."""
    serve, dice, height = fresh(), random.Random(1), Height(parallelism, timeout / 4)  # noqa: S311 - dice
    flights: list[tuple[float, float, Left, bool]] = []
    now, to_do, most, longest, refused = 0.0, count, 0, 0.0, -1.0
    while to_do or flights:
        allowed = 1 if to_do == count else height.allowed
        while to_do and len(flights) < allowed:
            to_do -= 1
            left = Left(len(flights) + 1, height.allowed)
            back, taken = serve(now, left.flying, dice)
            heapq.heappush(flights, (back, now, left, taken))
        most = max(most, len(flights))
        now, sent, left, taken = heapq.heappop(flights)
        longest = max(longest, now - sent)
        if taken:
            height.answered("POST", now - sent, left)
        else:
            to_do += 1
            if sent > refused:  # else it was on its way when another was refused
                height.refused()
                refused = now
    return Reckoned(now, most, longest)


TEN = Parallelism.fixed(10)


@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.5, 2.0, 4.0, 14.0, 29.0])
def test_where_one_is_taken_at_a_time_it_is_no_slower_than_ten_and_the_last_is_in_time(seconds: float) -> None:
    ten, auto = reckoned(serial(seconds), TEN), reckoned(serial(seconds), AUTO)
    assert auto.seconds <= 1.01 * ten.seconds
    assert auto.longest <= max(30 * 1.2, 2 * seconds * 1.2)  # each takes up to a fifth more than is to be expected
    assert auto.most <= 20  # once: then it is known


@pytest.mark.parametrize(("places", "gain"), [(10, 1.02), (16, 0.7), (24, 0.55), (100, 0.5)])
@pytest.mark.parametrize("seconds", [0.02, 0.25, 2.0])
def test_where_many_are_taken_at_a_time_more_are_sent(places: int, gain: float, seconds: float) -> None:
    ten, auto = reckoned(wide(seconds, places), TEN), reckoned(wide(seconds, places), AUTO)
    assert auto.seconds <= gain * ten.seconds
    assert auto.most <= 32


@pytest.mark.parametrize("seconds", [4.0, 14.0, 28.0])
def test_where_each_takes_long_it_is_found_out_that_many_are_taken(seconds: float) -> None:
    """What is known at first is that one takes an eighth of the timeout, or more."""
    ten, auto = reckoned(wide(seconds), TEN), reckoned(wide(seconds), AUTO)
    assert auto.seconds <= 1.1 * ten.seconds


@pytest.mark.parametrize("most", [1, 4, 12, 20])
def test_where_more_are_refused_it_goes_back_and_all_come_through(most: int) -> None:
    ten, auto = reckoned(limited(0.1, most), TEN), reckoned(limited(0.1, most), AUTO)
    assert auto.seconds <= 1.3 * ten.seconds
