"""Long days of work, by the laws of tests/people.py: `python -m benchmarks.days --steps 10000 --seed 1`.

Prints how many steps were done, over which endpoints, what was done in them, and how many broke a law, with what was done before; exits 1
where any did.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.people import WORLDS, BrokenError, People

DAY = 100  # steps, after which there is another project, endpoint and folder


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--steps", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--world", choices=WORLDS, help="one endpoint alone")
    asked = words.parse_args()
    broken, started, deeds = 0, time.perf_counter(), Counter[str]()
    for day in range(-(-asked.steps // DAY)):
        world = asked.world or list(WORLDS)[day % len(WORLDS)]
        dice = random.Random(f"{asked.seed}-{day}")
        broken += not _day(dice, world, min(DAY, asked.steps - day * DAY), deeds)
    took = time.perf_counter() - started
    print(", ".join(f"{count} {deed.lower()}" for deed, count in sorted(deeds.items())))
    print(f"{asked.steps} steps with seed {asked.seed}: {broken} violations, {took:.0f} s")
    return int(broken > 0)


def _day(dice: random.Random, world: str, steps: int, deeds: Counter[str]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        people = People(dice, Path(folder), os.environ, WORLDS[world](Path(folder)))
        people.deeds = deeds
        for step in range(steps):
            try:
                people.step()
            except BrokenError as error:
                print(f"{world}, step {step}: {error}", file=sys.stderr)
                return False
    return True


if __name__ == "__main__":
    sys.exit(main())
