"""`assistants validate` against check-jsonschema, which asks our own schema alone: the same files, each with one function.

Processor time, as both only reckon.

    python -m benchmarks.validate

Exits 1 past a bound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.loopback import TOOL, cost
from benchmarks.table import Row, median, missed

MOST = 0.12  # times check-jsonschema's
DEFINITION = """\
name: Assistant {number}
model: gpt-4o
instructions: You are assistant number {number}. Look up what you are asked for.
tools:
  - type: function
    function:
      name: look_up_{number}
      description: Finds a thing by its name.
      parameters:
        type: object
        properties:
          name: {{type: string, description: What it is called}}
          most: {{type: integer, minimum: 1, maximum: {most}}}
        required: [name]
temperature: 0.2
metadata: {{team: team-{team}}}
"""


def write(folder: Path, count: int) -> list[Path]:
    """Definitions that are all sound and all different."""
    folder.mkdir()
    files = [folder / f"a{number:05}.yaml" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text(DEFINITION.format(number=number, most=number + 1, team=number % 7), encoding="utf-8")
    return files


def rows(rounds: int, count: int = 5_000) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = write(folder / "assistants", count)
        cost([*TOOL, "schema", "--to", place], folder)
        schema = folder / "definition.json"
        other: Sequence[str] = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), *map(str, files)]
        pairs = [(cost([*TOOL, "validate"], folder), cost(other, folder)) for _ in range(rounds)]
    ours, theirs = (median(side) for side in zip(*pairs, strict=True))
    figures = f"{ours.processor:.2f} s and {ours.memory:.0f} MiB, {theirs.processor:.2f} s and {theirs.memory:.0f} MiB"
    beside = f"times check-jsonschema's processor time; {figures}"
    yield Row(f"validate of {count:,}", beside, ours.processor / theirs.processor, MOST)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5_000, help="definitions (default: 5,000)")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many counts (default: 5)")
    given = parser.parse_args()
    return int(missed(rows(given.rounds, given.count)) > 0)


if __name__ == "__main__":
    sys.exit(main())
