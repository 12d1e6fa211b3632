"""A thousand creates while a fifth of all requests goes wrong, effects that come late included; and once more with 32 at a time."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from dataclasses import dataclass

from assistants_tool.applying.context import Policy
from assistants_tool.endpoint.patience import Patience
from assistants_tool.errors import EndpointError
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.endpoint import AUTO, Parallelism
from assistants_tool.planning.outcome import Status
from tests.hostile import CALM, Hostile, Temper, hostile
from tests.trials import SOUND, applied, blind, definitions, lies, state

MOST_APPLIES = 3  # a create has four tries in one apply, which at 20 % are all in doubt once in 2,400 times


@dataclass(slots=True)
class Tally:
    """Applies until all was done, and what was wrong after each of them."""

    applies: int = 0
    unknown: int = 0
    false: int = 0
    blind: int = 0

    def __str__(self) -> str:
        return f"applies {self.applies}, unknown for a time {self.unknown}, false reports {self.false}, blind creates {self.blind}"


def until_done(endpoint: Hostile, wanted: list[Definition], parallelism: Parallelism) -> Tally:
    tally, done = Tally(), False
    while not done and tally.applies <= MOST_APPLIES:
        tally.applies += 1
        before = endpoint.dump()
        try:
            run = asyncio.run(applied(endpoint.url, wanted, policy=Policy(parallelism), patience=Patience()))
        except EndpointError as error:  # no listing, so no plan
            print(f"  {error}")
            continue
        endpoint.settled()
        after = endpoint.dump()
        tally.false += len(lies(run.outcomes, before, after))
        tally.unknown += sum(one.status is Status.UNKNOWN for one in run.outcomes)
        done = all(one.status is Status.DONE for one in run.outcomes) and state(after, wanted) == SOUND
    tally.blind = len(blind(endpoint))
    return tally


def measured(endpoint: Hostile, wanted: list[Definition], seed: int, parallelism: Parallelism) -> bool:
    """One seed; whether the promise holds."""
    started = time.monotonic()
    tally = until_done(endpoint, wanted, parallelism)
    found, requests, seconds = state(endpoint.dump(), wanted), len(endpoint.log), time.monotonic() - started
    endpoint.temper = CALM
    left = len(asyncio.run(applied(endpoint.url, wanted)).outcomes)
    print(
        f"seed {seed}, {parallelism}: {tally}, duplicates {len(found.duplicates)}, missing {len(found.missing)}, left to do {left};"
    )
    print(f"  {requests} requests in {seconds:.1f} s")
    return found == SOUND and not (tally.false or tally.blind or left) and tally.applies <= MOST_APPLIES


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="creates (default: 1000)")
    parser.add_argument("--share", type=float, default=0.2, help="of requests that go wrong (default: 0.2)")
    parser.add_argument("--late", type=float, default=1.0, help="seconds until a late effect (default: 1)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="how many seeds (default: 3)")
    given = parser.parse_args()
    holds = True
    for seed, parallelism in itertools.product(range(1, given.seeds + 1), (AUTO, Parallelism.fixed(32))):
        with hostile(Temper(given.share, seed, late=given.late, retry_after=0.1)) as endpoint:
            holds = measured(endpoint, definitions(given.count), seed, parallelism) and holds
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
