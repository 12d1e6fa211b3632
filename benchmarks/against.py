"""What a command takes beside another build of this tool: ratios of medians, of the time on the wall and of the processor's.

Both work in turn over the ten examples on an embedded endpoint where they are applied already, so that each command is mostly its own
start. `benchmarks.startup --against` runs it.
"""

from __future__ import annotations

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


def beside(python: str, repeats: int) -> int:
    """Print the ratios to the build that this Python imports; how many are past the bound."""
    python = str(Path(python).absolute())  # each is run in a folder of its own
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        laid_out(Path(name), python)
        for shown, words in COMMANDS.items():
            found = ratios(python, words, Path(name), repeats)
            verdict = "" if found.wall <= MOST else "  TOO MUCH"
            missed += bool(verdict)
            said = f"{found.wall:.2f} of the other build's time, at most {MOST}; {found.processor:.2f} of its processor time"
            click.echo(f"{shown:26} {said}{verdict}")
    return missed
