"""The same work with four tools: `assistants`, the floor, a naive loop, Terraform. Seconds of whole processes, requests, ratios.

    python -m benchmarks.side_by_side --terraform-python VENV/bin/python

The work: create COUNT assistants; plan again with nothing to do; change every tenth. Each tool has an endpoint of its own, empty, of equal
latency, in a process of its own; they take turns, and the least of several rounds counts. Exits 1 past a bound. Terraform is left out, and
that is said, where `terraform` is not on PATH or that Python has no package `tf`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.floor import FIELDS, Caller, wanted
from benchmarks.loopback import REPOSITORY, TOOL, Apart, apart, cost
from tests.hostile import Temper

STEPS = ("create", "no-op", "change")
# step -> at most so many requests more than are needed, and times as long as another tool. After a full page the next is asked for, as
# some servers wrongly say that there is none. A create lists first, proves one assistant, and at its end looks for what other runs made,
# which may take a second walk; a change reads the first assistant back that it has written to, before it writes to a second.
BOUNDS = {"create": (21, "floor", 1.6), "no-op": (1, "terraform", 0.4), "change": (2, "terraform", 0.4)}
MAIN_TF = """
terraform {
  required_providers {
    loopback = { source = "local/loopback" }
  }
}
resource "loopback_assistant" "each" {
  count        = %d
  name         = "assistant-${count.index}"
  model        = "gpt-4o"
  instructions = "You are assistant number ${count.index}. Answer in version ${count.index %% 10 == 0 ? %d : 0}.\\n"
}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One step of one tool."""

    seconds: float
    requests: int
    most_in_flight: int


@dataclass(frozen=True, slots=True)
class Given:
    count: int
    tool: Sequence[str]
    terraform_python: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool at its own endpoint, in its own folder."""

    given: Given
    endpoint: Apart
    folder: Path

    def steps(self) -> Iterator[Row]:
        """The three steps, in turn."""
        for step, version in zip(STEPS, (0, 0, 1), strict=True):
            words = self.prepare(version, step)
            self.endpoint.traffic()
            taken = cost(words, self.folder, self.variables())
            traffic = self.endpoint.traffic()
            self.check(version, step)
            yield Row(taken.seconds, traffic.requests, traffic.most_in_flight)

    def check(self, version: int, step: str) -> None:
        """SystemExit where the endpoint does not hold what is wanted: what did not do the work is not measured."""
        held = {one["name"]: {name: one[name] for name in FIELDS} for one in Caller(self.endpoint.url).listed()}
        if held != {body["name"]: body for body in wanted(self.given.count, version)}:
            raise SystemExit(f"{type(self).__name__} did not do the step {step}")

    def prepare(self, version: int, step: str) -> Sequence[str]:
        """Write what the step needs; its command."""
        raise NotImplementedError

    def variables(self) -> dict[str, str]:
        return {"OPENAI_BASE_URL": self.endpoint.url, "PYTHONPATH": str(REPOSITORY)}


class Assistants(Tool):
    def prepare(self, version: int, step: str) -> Sequence[str]:
        files = self.folder / "assistants"
        files.mkdir(exist_ok=True)
        for number, body in enumerate(wanted(self.given.count, version)):
            lines = (f"{name}: {json.dumps(one)}\n" for name, one in body.items())
            (files / f"a{number:05}.yaml").write_text("".join(lines), encoding="utf-8")
        return [*self.given.tool, *(["plan"] if step == "no-op" else ["apply", "--yes"])]


class Floor(Tool):
    def prepare(self, version: int, step: str) -> Sequence[str]:
        return [sys.executable, "-m", "benchmarks.floor", self.endpoint.url, str(self.given.count), str(version)]


class Naive(Tool):
    def prepare(self, version: int, step: str) -> Sequence[str]:
        return [sys.executable, "-m", "benchmarks.naive", self.endpoint.url, str(self.given.count), str(version)]


class Terraform(Tool):
    def prepare(self, version: int, step: str) -> Sequence[str]:
        launcher = self.folder / "terraform-provider-loopback"
        script = REPOSITORY / "benchmarks" / "terraform_provider.py"
        launcher.write_text(f'#!/bin/sh\nexec {self.given.terraform_python} {script} "$@"\n', encoding="utf-8")
        launcher.chmod(0o755)
        overrides = f'provider_installation {{\n  dev_overrides {{\n    "local/loopback" = "{self.folder}"\n  }}\n}}\n'
        (self.folder / "settings.tfrc").write_text(overrides, encoding="utf-8")
        (self.folder / "main.tf").write_text(MAIN_TF % (self.given.count, version), encoding="utf-8")
        return ["terraform", *(["plan"] if step == "no-op" else ["apply", "-auto-approve"]), "-no-color"]

    def variables(self) -> dict[str, str]:
        settings = str(self.folder / "settings.tfrc")
        return {"ENDPOINT": self.endpoint.url, "TF_CLI_CONFIG_FILE": settings, "CHECKPOINT_DISABLE": "1"}


TOOLS = {"assistants": Assistants, "floor": Floor, "terraform": Terraform, "naive": Naive}
Table = dict[str, list[Row]]


def measured(given: Given, names: Sequence[str], latency: float, rounds: int) -> Table:
    """Tool -> its steps. The naive loop, which is slow, goes but once."""
    table: Table = {}
    for number in range(rounds):
        for name in names if number == 0 else [one for one in names if one != "naive"]:
            with ExitStack() as stack:
                endpoint = stack.enter_context(apart(Temper(latency=latency)))
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                rows = list(TOOLS[name](given, endpoint, folder).steps())
            old = table.get(name, rows)
            table[name] = [min(pair, key=lambda row: row.seconds) for pair in zip(old, rows, strict=True)]
    return table


def shown(table: Table) -> Iterator[str]:
    yield f"{'':10}  {'':6} {'seconds':>8} {'requests':>9} {'in flight':>10} " + "".join(
        f"{'x ' + name:>13}" for name in table
    )
    for at, step in enumerate(STEPS):
        for name, rows in table.items():
            row = rows[at]
            ratios = "".join(f"{row.seconds / other[at].seconds:13.2f}" for other in table.values())
            yield f"{name:10}  {step:6} {row.seconds:8.2f} {row.requests:9} {row.most_in_flight:10} {ratios}"


def broken(table: Table, count: int) -> Iterator[str]:
    """The bounds that do not hold."""
    pages = max(1, -(-count // 100))
    least = {"create": count, "no-op": pages, "change": pages + -(-count // 10)}
    for at, (step, (more, other, times)) in enumerate(BOUNDS.items()):
        row = table["assistants"][at]
        if row.requests > least[step] + more:
            yield f"{step}: {row.requests} requests, and {least[step] + more} are the most"
        if other in table and row.seconds > times * table[other][at].seconds:
            yield f"{step}: {row.seconds / table[other][at].seconds:.2f} times {other}, and {times} is the most"


def has_terraform(python: str) -> bool:
    has_tf = [python, "-c", "import tf"]
    return bool(shutil.which("terraform")) and not subprocess.call(has_tf, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500, help="assistants (default: 500)")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds until an answer (default: 0.02)")
    parser.add_argument("--rounds", type=int, default=3, help="the least of so many counts (default: 3)")
    parser.add_argument("--assistants", metavar="PATH", help="the command (default: this Python's assistants_tool)")
    parser.add_argument(
        "--terraform-python",
        metavar="PATH",
        default=sys.executable,
        help="a Python with the package tf (default: this)",
    )
    parser.add_argument("--only", default=",".join(TOOLS), help="tools, with commas (default: %(default)s)")
    arguments = parser.parse_args()
    tool = [arguments.assistants] if arguments.assistants else TOOL
    names = [
        name for name in arguments.only.split(",") if name != "terraform" or has_terraform(arguments.terraform_python)
    ]
    if "terraform" not in names:
        print(
            "Left out: terraform; it takes `terraform` on PATH, and a Python with the package tf (--terraform-python)."
        )
    cost([*tool, "--version"], REPOSITORY)  # so that what can be compiled is
    table = measured(
        Given(arguments.count, tool, arguments.terraform_python), names, arguments.latency, arguments.rounds
    )
    for line in (*shown(table), *(found := list(broken(table, arguments.count)))):
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
