"""A plan in which every prompt is long, and changed: this build beside another one. Processor time, peak memory, ratios.

    python -m benchmarks.texts --against VENV

VENV has another build installed. Both plan the same files against the same endpoint, in turn. The prompts are as long as they may be, each
of its own words; in each of them a word of every fiftieth line is another one than on the endpoint, from the first line to the last.
Counted is processor time: the endpoint takes a second to send 77 MB, whoever asks. Exits 1 past a bound; without --against there is none.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assistants_tool.objects.definition import Definition
from benchmarks.loopback import TOOL, Cost, apart, cost
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
    return [_median(costs) for costs in taken]


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        *(
            statistics.median(column)
            for column in zip(*((one.seconds, one.processor, one.memory) for one in costs), strict=True)
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="VENV", type=Path, help="a virtual environment with another build")
    parser.add_argument("--count", type=int, default=300, help="prompts (default: 300)")
    parser.add_argument("--length", type=int, default=LENGTH, help="characters of each (default: 256,000)")
    parser.add_argument("--every", type=int, default=50, help="a word changes in every so many lines (default: 50)")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many counts (default: 3)")
    given = parser.parse_args()
    tools = {"this build": TOOL}
    if given.against:
        tools["the other"] = (str(given.against.absolute() / "bin" / "python"), "-m", "assistants_tool")
    taken = dict(
        zip(tools, measured(list(tools.values()), given.count, given.length, given.every, given.rounds), strict=True)
    )
    for name, one in taken.items():
        print(
            f"{name:10} {one.seconds:7.2f} s, {one.processor:7.2f} s of processor time, peak memory {one.memory:5.0f} MiB"
        )
    return _compared(*taken.values()) if given.against else 0


def _compared(ours: Cost, other: Cost) -> int:
    time, memory = ours.processor / other.processor, ours.memory / other.memory
    print(f"time {time:.3f}, at most {MOST_TIME}; memory {memory:.3f}, at most {MOST_MEMORY}")
    return 0 if time <= MOST_TIME and memory <= MOST_MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
