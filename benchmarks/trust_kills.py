"""kill -9 while creates are in flight, a hundred times, every other with 32 at a time, each followed by one apply."""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections import Counter
from pathlib import Path

from tests.hostile import Hostile, Temper, hostile
from tests.trials import applied, definitions, started, state, write_folder

KEYS = 60
NEVER = 1_000_000


def landing(endpoint: Hostile, dice: random.Random) -> int | None:
    """When the creates that were in flight take effect: at once, never, or just before a request of the next apply.

    That one lists, creates what is still to come (the first of them with two requests of proof), and lists again.
    """
    to_come = KEYS - len(endpoint.dump())
    return dice.choice([None, NEVER, dice.randint(1, to_come + 3)])


def kill_once(endpoint: Hostile, folder: Path, dice: random.Random, parallelism: str) -> int:
    """Kill an apply after some creates; returns how many were in flight."""
    endpoint.reset()
    after = dice.choice([0, dice.randrange(1, KEYS - 10)])  # in the very first, nothing shows yet that a run had begun
    if not after:
        endpoint.hold()
    process = started(folder, endpoint.url, "apply", "--yes", "--parallelism", parallelism)
    try:
        endpoint.until(lambda: endpoint.count("POST") >= max(1, after), 60)
        endpoint.hold()
        endpoint.until(lambda: endpoint.held > 0, 60)
        flying = endpoint.held
    finally:
        process.kill()
        process.communicate()
    endpoint.land(landing(endpoint, dice))
    return flying


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="how many (default: 100)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    wanted = definitions(KEYS)
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place, hostile(Temper(latency=0.005)) as endpoint:
        folder = write_folder(Path(place) / "assistants", wanted)
        for number in range(given.kills):
            flying = kill_once(endpoint, folder, dice, "auto" if number % 2 else "32")
            run = asyncio.run(applied(endpoint.url, wanted))
            left = state(endpoint.dump(), wanted)
            total["in flight"] += flying
            total["not done"] += sum(count for name, count in run.summary.items() if not name.endswith(" done"))
            total["seen twice and removed"] += run.messages.count("created more than once")
            total["duplicates"] += len(left.duplicates)
            total["missing"] += len(left.missing)
    names = ("in flight", "seen twice and removed", "not done", "duplicates", "missing")
    print(f"{given.kills} kills: " + ", ".join(f"{name} {total[name]}" for name in names))
    return 1 if total["duplicates"] or total["missing"] or total["not done"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
