"""A plan with nothing to do, of few and of many: does the time grow faster than the number, and how much memory does it take?

    python -m benchmarks.scale

The endpoint answers at once, from a process of its own. Counted is processor time, without what a plan of one takes, which is start-up:
with that, ten times as many would look cheaper than they are. Exits 1 past a bound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.loopback import TOOL, Cost, apart, cost
from benchmarks.table import Row, median, missed
from tests.trials import definitions, write_folder

MOST = 1.1  # times linear
MOST_MEMORY = 120  # MiB


def plan(count: int, rounds: int) -> Cost:
    """The median of some plans."""
    wanted = definitions(count)
    with tempfile.TemporaryDirectory() as place, apart(filling=wanted) as endpoint:
        folder = write_folder(Path(place) / "assistants", wanted)
        words = [*TOOL, "plan", "--exit-code", str(folder)]  # which fails where there is something to do
        taken = [cost(words, folder, {"OPENAI_BASE_URL": endpoint.url}) for _ in range(rounds)]
    return median(taken)


def rows(rounds: int, few: int = 1_000, many: int = 10_000) -> Iterator[Row]:
    plan(1, 1)  # compiles
    taken = {count: plan(count, rounds) for count in (1, few, many)}
    start_up, one, ten = (cost.processor for cost in taken.values())
    ratio = (ten - start_up) / (one - start_up)
    figures = f"{ten:.2f} s and {one:.2f} s of processor time, {start_up:.2f} s of each start-up"
    yield Row(f"plan of {many:,}", f"times {many / few:g} x {few:,}; {figures}", ratio / (many / few), MOST)
    yield Row(f"plan of {many:,}", "MiB", taken[many].memory, MOST_MEMORY)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=1_000, help="(default: 1,000)")
    parser.add_argument("--many", type=int, default=10_000, help="(default: 10,000)")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many counts (default: 5)")
    given = parser.parse_args()
    return int(missed(rows(given.rounds, given.few, given.many)) > 0)


if __name__ == "__main__":
    sys.exit(main())
