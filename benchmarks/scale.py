"""A plan with nothing to do, of few and of many: does the time grow faster than the number, and how much memory does it take?

    python -m benchmarks.scale

The endpoint answers at once, from a process of its own. Counted is processor time, without what a plan of one takes, which is start-up:
with that, ten times as many would look cheaper than they are. Exits 1 past a bound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.loopback import TOOL, Cost, apart, cost
from tests.trials import definitions, write_folder

MOST = 1.15  # times linear
MOST_MEMORY = 250  # MiB


def plan(count: int, rounds: int) -> Cost:
    """The least of some plans."""
    wanted = definitions(count)
    with tempfile.TemporaryDirectory() as place, apart(filling=wanted) as endpoint:
        folder = write_folder(Path(place) / "assistants", wanted)
        words = [*TOOL, "plan", "--exit-code", str(folder)]  # which fails where there is something to do
        taken = [cost(words, folder, {"OPENAI_BASE_URL": endpoint.url}) for _ in range(rounds)]
    return min(taken, key=lambda one: one.processor)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=1_000, help="(default: 1,000)")
    parser.add_argument("--many", type=int, default=10_000, help="(default: 10,000)")
    parser.add_argument("--rounds", type=int, default=3, help="the least of so many counts (default: 3)")
    given = parser.parse_args()
    plan(1, 1)  # compiles
    taken = {count: plan(count, given.rounds) for count in (1, given.few, given.many)}
    for count, one in taken.items():
        print(
            f"{count:6,}: {one.seconds:6.2f} s, {one.processor:6.2f} s of processor time, peak memory {one.memory:4.0f} MiB"
        )
    start_up, few, many = (one.processor for one in taken.values())
    ratio = (many - start_up) / (few - start_up) / (given.many / given.few)
    print(f"{ratio:.2f} times linear, at most {MOST}; at most {MOST_MEMORY} MiB")
    return 0 if ratio <= MOST and taken[given.many].memory <= MOST_MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
