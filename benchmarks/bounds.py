"""The bounds on how long everything takes, as one table: each a ratio in one run, of medians.

    python -m benchmarks.bounds --against VENV --terraform-python VENV/bin/python

VENV has another build installed; the bounds are meant against commit 49076bf. Without it, without `terraform` on PATH, or without a Python
that has the package `tf`, the rows that need it are left out, and that is said. Exits 1 past a bound.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import against, scale, side_by_side, texts, validate
from benchmarks.table import Row, missed

Part = Callable[[argparse.Namespace], Iterator[Row]]


def _commands(given: argparse.Namespace) -> Iterator[Row]:
    return against.rows(given.against, given.rounds) if given.against else iter(())


def _many(given: argparse.Namespace) -> Iterator[Row]:
    return side_by_side.rows(given.against, given.terraform_python, given.rounds)


def _texts(given: argparse.Namespace) -> Iterator[Row]:
    return texts.rows(given.against, given.rounds) if given.against else iter(())


PARTS: Mapping[str, Part] = {
    "commands": _commands,
    "many": _many,
    "texts": _texts,
    "validate": lambda given: validate.rows(given.rounds),
    "scale": lambda given: scale.rows(given.rounds),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="VENV", type=Path, help="a virtual environment with another build")
    parser.add_argument(
        "--terraform-python", metavar="PATH", default=sys.executable, help="a Python with the package tf"
    )
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many counts (default: 5)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas (default: %(default)s)")
    given = parser.parse_args()
    names = given.only.split(",")
    if len(names) > 1:
        return max(_apart(name) for name in names)
    if not given.against:
        print("Left out: what is measured against another build (--against).")
    return int(missed(PARTS[names[0]](given)) > 0)


def _apart(name: str) -> int:
    """One part, in a process of its own: what a process begins with counts as its peak of memory, and the large texts would be in it."""
    words = [sys.executable, "-m", "benchmarks.bounds", *sys.argv[1:], "--only", name]
    return subprocess.run(words, check=False).returncode  # noqa: S603 - our own words


if __name__ == "__main__":
    sys.exit(main())
