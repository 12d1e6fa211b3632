"""Ten thousand bad files through `assistants validate`: each ends with exit code 0 or 1, each fault with its place.

    python -m benchmarks.trust_fuzz --files 10000 --seed 1

Prints what became of them, and what is needed to see it again. Exits 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutants import Order, Verdict, trial

MANY = 5_000  # of what a trap has many of
SHOWN = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=10_000, help="how many files dice make")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first; each other has the next")
    given = parser.parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        verdicts = list(trial(Path(folder), Order(given.seed, given.files, MANY)))
    broken = [one.broken for one in verdicts if one.broken]
    for line in (*report(verdicts, time.perf_counter() - started), *broken[:SHOWN]):
        sys.stdout.write(line + "\n")
    return 1 if broken else 0


def report(verdicts: Sequence[Verdict], seconds: float) -> list[str]:
    """What became of the files, a line for each figure."""
    counts = {
        "files": len(verdicts),
        "sound": sum(one.exit_code == 0 for one in verdicts),
        "faulty": sum(one.exit_code == 1 for one in verdicts),
        "ended by a signal": sum(one.exit_code < 0 for one in verdicts),
        "promise broken": sum(bool(one.broken) for one in verdicts),
        "faults": sum(one.faults for one in verdicts),
        "of them of the file as a whole": sum(one.placeless for one in verdicts),
    }
    slowest = sorted(verdicts, key=lambda one: -one.seconds)[:3]
    times = ", ".join(f"{one.seconds:.2f} s ({one.name})" for one in slowest)
    return [*(f"{name}: {count:,}" for name, count in counts.items()), f"slowest: {times}", f"time: {seconds:.0f} s"]


if __name__ == "__main__":
    sys.exit(main())
