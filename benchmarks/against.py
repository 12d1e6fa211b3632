"""What a command takes beside another build of this tool: medians of the time on the wall and of the processor's, as ratios.

    python -m benchmarks.against VENV/bin/python

The other build is the one that this Python imports. Both work in turn over the ten examples on an embedded endpoint where they are
applied already, so that each command is mostly its own start. Exits 1 past a bound.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

REPOSITORY = Path(__file__).resolve().parent.parent
COMMANDS = {
    "plan": ("plan", "-e", "local"),
    "list": ("list", "-e", "local"),
    "show": ("show", "support", "-e", "local"),
    "apply with nothing to do": ("apply", "-e", "local", "--yes"),
}
MOST = 0.5


class Taken(NamedTuple):
    """Seconds of one run."""

    wall: float
    processor: float


def run(python: str, words: tuple[str, ...], folder: Path) -> Taken:
    kept = {name: one for name, one in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "CI")}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [python, "-m", "assistants_tool", *words]
    subprocess.run(command, cwd=folder, env=kept, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own words
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Taken(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def laid_out(folder: Path, python: str) -> None:
    """The examples, applied by the other build: what that has written, this one has to find as its own."""
    (folder / ".git").mkdir()
    shutil.copytree(REPOSITORY / "assistants", folder / "assistants")
    run(python, COMMANDS["apply with nothing to do"], folder)


def median(taken: Sequence[Taken]) -> Taken:
    return Taken(*(statistics.median(one) for one in zip(*taken, strict=True)))


def ratios(python: str, words: tuple[str, ...], folder: Path, repeats: int) -> Taken:
    """This build's medians by the other's. They run in turn, so that both meet the same machine."""
    pairs = [(run(sys.executable, words, folder), run(python, words, folder)) for _ in range(repeats + 1)]
    ours, theirs = (median(side) for side in zip(*pairs[1:], strict=True))  # the first compiles
    return Taken(ours.wall / theirs.wall, ours.processor / theirs.processor)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="that imports the other build")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    # Each imports its own, wherever this is run from.
    python = str(Path(arguments.python).absolute())
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        laid_out(Path(name), python)
        for shown, words in COMMANDS.items():
            found = ratios(python, words, Path(name), arguments.repeats)
            verdict = "" if found.wall <= MOST else "  TOO MUCH"
            missed += bool(verdict)
            click.echo(
                f"{shown:26} {found.wall:5.2f} of the time, {found.processor:5.2f} of the processor's, at most {MOST}{verdict}"
            )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
