"""Long days of work, by the laws of tests/world.py: `python -m benchmarks.days --steps 10000 --seed 1`.

Prints how many steps were done and how many broke a law, with what was done before; exits 1 where any did.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.world import BrokenError, People, World

DAY = 100  # steps, after which there is another project, endpoint and folder


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--steps", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    broken, started = 0, time.perf_counter()
    for day in range(-(-asked.steps // DAY)):
        broken += not _day(random.Random(f"{asked.seed}-{day}"), min(DAY, asked.steps - day * DAY))
    took = time.perf_counter() - started
    print(f"{asked.steps} steps with seed {asked.seed}: {broken} violations, {took:.0f} s")
    return int(broken > 0)


def _day(dice: random.Random, steps: int) -> bool:
    drops = dice.choice((frozenset[str](), frozenset({"top_p", "description"})))
    with tempfile.TemporaryDirectory() as folder:
        people = People(dice, Path(folder), os.environ, World(drops=drops))
        for _ in range(steps):
            try:
                people.step()
            except BrokenError as error:
                print(error, file=sys.stderr)
                return False
    return True


if __name__ == "__main__":
    sys.exit(main())
