"""What a command takes beside another build of this tool: ratios of medians, of the time on the wall and of the processor's.

Both work in turn over the ten examples on an embedded endpoint where they are applied already, so that each command is mostly its own
start. `benchmarks.bounds` runs it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.loopback import REPOSITORY, Cost, cost
from benchmarks.table import Row, median

COMMANDS = {
    "plan": ("plan", "-e", "local"),
    "list": ("list", "-e", "local"),
    "show": ("show", "support", "-e", "local"),
    "apply with nothing to do": ("apply", "-e", "local", "--yes"),
}
MOST = 0.5


def run(python: str, words: tuple[str, ...], folder: Path) -> Cost:
    return cost([python, "-m", "assistants_tool", *words], folder, {"PYTHONPATH": "", "CI": ""})


def laid_out(folder: Path, python: str) -> None:
    """The examples, applied by the other build: what that has written, this one has to find as its own."""
    (folder / ".git").mkdir()
    shutil.copytree(REPOSITORY / "assistants", folder / "assistants")
    run(python, COMMANDS["apply with nothing to do"], folder)


def rows(venv: Path, repeats: int) -> Iterator[Row]:
    """This build's medians by the other's. They run in turn, so that both meet the same machine."""
    python = str(venv.absolute() / "bin" / "python")  # each is run in a folder of its own
    with tempfile.TemporaryDirectory() as name:
        laid_out(Path(name), python)
        for shown, words in COMMANDS.items():
            pairs = [
                (run(sys.executable, words, Path(name)), run(python, words, Path(name))) for _ in range(repeats + 1)
            ]
            ours, theirs = (median(side) for side in zip(*pairs[1:], strict=True))  # the first compiles
            processor = f"; {ours.processor / theirs.processor:.2f} of its processor time"
            yield Row(
                f"{shown}, the examples", f"times the other build{processor}", ours.seconds / theirs.seconds, MOST
            )
