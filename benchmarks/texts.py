"""A plan in which every prompt is long, and changed: this build beside another one. Processor time, peak memory, ratios.

    python -m benchmarks.texts --against VENV

VENV has another build installed. Both plan the same files against the same endpoint, in turn. The prompts are as long as they may be, each
of its own words; in each of them a word of every fiftieth line is another one than on the endpoint, from the first line to the last.
Counted is processor time: the endpoint takes a second to send 77 MB, whoever asks. Exits 1 past a bound; without --against there is none.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assistants_tool.objects.definition import Definition
from benchmarks.loopback import TOOL, Cost, apart, cost
from benchmarks.table import Row, median, missed
from tests.trials import write_folder

LENGTH = 256_000  # characters, the most that an assistant's instructions may have
MOST_TIME, MOST_MEMORY = 0.1, 0.25  # times the other build's
COLUMNS = 80


def prompts(count: int, length: int) -> Iterator[Definition]:
    """Definitions with texts of so many characters, in lines of less than 80."""
    dice = random.Random(1)
    for number in range(count):
        words = ["".join(dice.choices("abcdefghijklmnoprstuvw", k=dice.randint(2, 9))) for _ in range(2_000)]
        yield Definition(f"k{number:03}", {"model": "gpt-4o", "instructions": _prose(words, dice, length)})


def _prose(words: Sequence[str], dice: random.Random, length: int) -> str:
    lines = []
    left = length
    while left > COLUMNS:
        line = " ".join(dice.choices(words, k=11))[: COLUMNS - 1]
        lines.append(line)
        left -= len(line) + 1
    return "\n".join([*lines, "x" * (left - 1), ""])


def changed(one: Definition, every: int) -> Definition:
    """Another word of the same length in every so many lines."""
    lines = one.fields["instructions"].split("\n")
    lines[::every] = [_with_another_word(line) for line in lines[::every]]
    return replace(one, fields={**one.fields, "instructions": "\n".join(lines)})


def _with_another_word(line: str) -> str:
    words = line.split(" ")
    middle = len(words) // 2
    return " ".join([*words[:middle], "x" * len(words[middle]), *words[middle + 1 :]])


def write(folder: Path, wanted: Sequence[Definition]) -> Path:
    """Definitions, and beside them their prompts."""
    named = [replace(one, fields={**one.fields, "instructions": {"file": f"{one.key}.md"}}) for one in wanted]
    write_folder(folder, named)
    for one in wanted:
        (folder / f"{one.key}.md").write_text(one.fields["instructions"], encoding="utf-8")
    return folder


def measured(tools: Sequence[Sequence[str]], count: int, length: int, every: int, rounds: int) -> list[Cost]:
    """The median of each tool."""
    wanted = list(prompts(count, length))
    with tempfile.TemporaryDirectory() as place, apart(filling=wanted) as endpoint:
        folder = write(Path(place) / "assistants", [changed(one, every) for one in wanted])
        taken: list[list[Cost]] = [[] for _ in tools]
        for _ in range(rounds):
            for tool, costs in zip(tools, taken, strict=True):
                words = [*tool, "plan", str(folder)]
                costs.append(cost(words, folder, {"OPENAI_BASE_URL": endpoint.url, "PYTHONPATH": ""}))
    return [median(costs) for costs in taken]


def rows(venv: Path, rounds: int, count: int = 300, length: int = LENGTH, every: int = 50) -> Iterator[Row]:
    other = (str(venv.absolute() / "bin" / "python"), "-m", "assistants_tool")
    ours, theirs = measured([TOOL, other], count, length, every, rounds)
    what = f"plan of {count} changed prompts of {length:,}"
    figures = f"{ours.processor:.2f} s, {theirs.processor:.2f} s"
    yield Row(what, f"times the other build's processor time; {figures}", ours.processor / theirs.processor, MOST_TIME)
    figures = f"{ours.memory:.0f} MiB, {theirs.memory:.0f} MiB"
    yield Row(what, f"times the other build's memory; {figures}", ours.memory / theirs.memory, MOST_MEMORY)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="VENV", type=Path, help="a virtual environment with another build")
    parser.add_argument("--count", type=int, default=300, help="prompts (default: 300)")
    parser.add_argument("--length", type=int, default=LENGTH, help="characters of each (default: 256,000)")
    parser.add_argument("--every", type=int, default=50, help="a word changes in every so many lines (default: 50)")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many counts (default: 5)")
    given = parser.parse_args()
    if given.against:
        found = rows(given.against, given.rounds, given.count, given.length, given.every)
        return int(missed(found) > 0)
    (one,) = measured([TOOL], given.count, given.length, given.every, given.rounds)
    print(f"{one.seconds:.2f} s, {one.processor:.2f} s of processor time, peak memory {one.memory:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
