"""Start-up: what a command costs before it does anything, against the imports that it cannot do without. Ratios of processor time.

    python -m benchmarks.startup

Each is run in turn, several times, and the least counts: a machine can only add to what a process needs. Exits 1 past a bound.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

REPOSITORY = Path(__file__).resolve().parent.parent
CLICK = (sys.executable, "-c", "import click")
FILES = (sys.executable, "-c", "import click, yaml, pydantic")
TOOL = (sys.executable, "-m", "assistants_tool")


@dataclass(frozen=True, slots=True)
class Case:
    """A command, what it is measured against, and how many times that it may take."""

    words: Sequence[str]
    floor: Sequence[str]
    most: float
    variables: Mapping[str, str]


COMPLETION = {"_ASSISTANTS_COMPLETE": "bash_complete", "COMP_WORDS": "assistants pl", "COMP_CWORD": "1"}
COMPLETING = (sys.executable, "-c", "from assistants_tool.cli import main; main()")
CASES = {
    "assistants --help": Case((*TOOL, "--help"), CLICK, 1.5, {}),
    "assistants --version": Case((*TOOL, "--version"), CLICK, 1.5, {}),
    "completion of a command": Case(COMPLETING, CLICK, 1.5, COMPLETION),
    "assistants validate (the examples)": Case((*TOOL, "validate"), FILES, 2.0, {}),
}


def seconds(words: Sequence[str], variables: Mapping[str, str], folder: Path) -> float:
    """Processor time of one run, user's and system's."""
    kept = {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, cwd=folder, env={**kept, **variables}, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own words
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(repeats: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Name -> the least of the command and of its floor, taken in turn."""
    least: dict[str, tuple[float, float]] = {}
    for _ in range(repeats + 1):  # the first compiles
        for name, case in CASES.items():
            taken = seconds(case.words, case.variables, folder), seconds(case.floor, {}, folder)
            old = least.get(name, taken)
            least[name] = min(old[0], taken[0]), min(old[1], taken[1])
    return least


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    found = measured(arguments.repeats, REPOSITORY)
    for name, (taken, floor) in found.items():
        most = CASES[name].most
        verdict = "" if taken <= most * floor else "  TOO MUCH"
        click.echo(f"{name:36} {taken * 1000:5.0f} ms {taken / floor:5.2f} times its floor, at most {most}{verdict}")
    return int(any(taken > CASES[name].most * floor for name, (taken, floor) in found.items()))


if __name__ == "__main__":
    sys.exit(main())
