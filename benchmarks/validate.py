"""`assistants validate` against check-jsonschema, which asks our own schema alone: the same files, each with one function. Seconds, ratio.

    python -m benchmarks.validate

Exits 1 past a bound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.loopback import TOOL, Cost, cost

MOST = 0.5  # times check-jsonschema's
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5_000, help="definitions (default: 5,000)")
    parser.add_argument("--rounds", type=int, default=2, help="the least of so many counts (default: 2)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = write(folder / "assistants", given.count)
        cost([*TOOL, "schema", "--to", place], folder)
        schema = folder / "definition.json"
        other: Sequence[str] = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), *map(str, files)]
        commands = {"assistants validate": [*TOOL, "validate"], "check-jsonschema": other}
        taken = {name: least(words, folder, given.rounds) for name, words in commands.items()}
    ours, theirs = taken["assistants validate"].seconds, taken["check-jsonschema"].seconds
    print(
        f"{given.count:,} definitions: {ours:.2f} s; check-jsonschema: {theirs:.2f} s; ratio {ours / theirs:.2f}, at most {MOST}"
    )
    print(
        f"  peak memory {taken['assistants validate'].memory:.0f} MiB; check-jsonschema: {taken['check-jsonschema'].memory:.0f} MiB"
    )
    return 0 if ours <= MOST * theirs else 1


def least(words: Sequence[str], folder: Path, rounds: int) -> Cost:
    return min((cost(words, folder) for _ in range(rounds)), key=lambda one: one.seconds)


if __name__ == "__main__":
    sys.exit(main())
