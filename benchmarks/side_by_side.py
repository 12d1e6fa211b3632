"""The same work with four tools: `assistants`, the floor, a naive loop, Terraform. Seconds of whole processes, requests, ratios.

    python -m benchmarks.side_by_side --terraform-python VENV/bin/python

The work: create COUNT assistants; plan again with nothing to do; change every tenth. Each tool has an endpoint of its own, empty, of equal
latency, in a process of its own; they take turns, and the median of several rounds counts. Exits 1 past a bound. Terraform is left out,
and that is said, where `terraform` is not on PATH or that Python has no package `tf`. `ten` is the tool with `--parallelism 10`, `before`
the one that is installed in VENV (--against).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.floor import FIELDS, Caller, wanted
from benchmarks.loopback import REPOSITORY, TOOL, Apart, apart, cost
from benchmarks.table import Row, median, missed
from tests.hostile import Temper

STEPS = {"create": 0, "no-op": 0, "change": 1}  # step -> version of what is wanted
# step -> at most so many requests more than are needed, which are as many as there are pages and changes. After a full page the next is
# asked for, as some servers wrongly say that there is none. A create proves one assistant (a read of it and a listing), lest its mark is
# dropped, and looks at its end for what other runs made, by pages that overlap, in both orders: 21 with 500. A change reads the first that
# it has written back, before it writes to a second.
REQUESTS = {"create": 21, "no-op": 1, "change": 2}
# latency -> step, tool, other, and how many times as long as that
TIMES = {
    0.02: (
        ("create", "assistants", "floor", 1.25),
        ("create", "ten", "floor", 1.5),
        ("no-op", "assistants", "terraform", 0.2),
        ("change", "assistants", "terraform", 0.25),
    ),
    0.25: (("create", "assistants", "terraform", 0.45),),
}
MOST_MEMORY = 0.75  # of the plan, times what the other build takes
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
class Done:
    """One step of one tool."""

    seconds: float
    requests: int
    most_in_flight: int
    memory: float  # MiB


@dataclass(frozen=True, slots=True)
class Given:
    count: int
    terraform_python: str
    latency: float = 0.02
    tool: Sequence[str] = TOOL
    before: Sequence[str] = ()
    steps: Mapping[str, int] = field(default_factory=lambda: STEPS)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool at its own endpoint, in its own folder."""

    given: Given
    endpoint: Apart
    folder: Path

    def steps(self) -> Iterator[Done]:
        """The steps, in turn."""
        for step, version in self.given.steps.items():
            words = self.prepare(version, step)
            self.endpoint.traffic()
            taken = cost(words, self.folder, self.variables())
            traffic = self.endpoint.traffic()
            self.check(version, step)
            yield Done(taken.seconds, traffic.requests, traffic.most_in_flight, taken.memory)

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
    applies: Sequence[str] = ("apply", "--yes")

    @property
    def tool(self) -> Sequence[str]:
        return self.given.tool

    def prepare(self, version: int, step: str) -> Sequence[str]:
        files = self.folder / "assistants"
        files.mkdir(exist_ok=True)
        for number, body in enumerate(wanted(self.given.count, version)):
            lines = (f"{name}: {json.dumps(one)}\n" for name, one in body.items())
            (files / f"a{number:05}.yaml").write_text("".join(lines), encoding="utf-8")
        return [*self.tool, *(["plan"] if step == "no-op" else self.applies)]

    def variables(self) -> dict[str, str]:
        return {"OPENAI_BASE_URL": self.endpoint.url, "PYTHONPATH": ""}


class Ten(Assistants):
    applies = ("apply", "--yes", "--parallelism", "10")


class Before(Assistants):
    @property
    def tool(self) -> Sequence[str]:
        return self.given.before


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


TOOLS = {
    "assistants": Assistants,
    "ten": Ten,
    "before": Before,
    "floor": Floor,
    "terraform": Terraform,
    "naive": Naive,
}
Table = dict[str, dict[str, Done]]


def measured(given: Given, names: Sequence[str], rounds: int) -> Table:
    """Tool -> step -> its medians. The naive loop, which is slow, goes but once."""
    taken: dict[str, list[list[Done]]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number == 0 else [one for one in names if one != "naive"]:
            with ExitStack() as stack:
                endpoint = stack.enter_context(apart(Temper(latency=given.latency)))
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                taken[name].append(list(TOOLS[name](given, endpoint, folder).steps()))
    return {
        name: dict(zip(given.steps, map(median, zip(*some, strict=True)), strict=True)) for name, some in taken.items()
    }


def shown(table: Table) -> Iterator[str]:
    yield f"{'':10}  {'':6} {'seconds':>8} {'requests':>9} {'in flight':>10} {'MiB':>5} " + "".join(
        f"{'x ' + name:>13}" for name in table
    )
    for step in next(iter(table.values())):
        for name, steps in table.items():
            done = steps[step]
            ratios = "".join(f"{done.seconds / other[step].seconds:13.2f}" for other in table.values())
            figures = f"{done.seconds:8.2f} {done.requests:9.0f} {done.most_in_flight:10.0f} {done.memory:5.0f}"
            yield f"{name:10}  {step:6} {figures} {ratios}"


def judged(table: Table, given: Given) -> Iterator[Row]:
    """What is bounded, of those that were measured."""
    latency = f"at {given.latency * 1000:g} ms"
    pages = max(1, -(-given.count // 100))
    least = {"create": given.count, "no-op": pages, "change": pages + -(-given.count // 10)}
    for step, done in table["assistants"].items():
        yield Row(f"{step}, {given.count}, {latency}", "requests", done.requests, least[step] + REQUESTS[step])
    for step, name, other, most in TIMES.get(given.latency, ()):
        if name in table and other in table:
            with_ten = ", --parallelism 10" if name == "ten" else ""
            ratio = table[name][step].seconds / table[other][step].seconds
            yield Row(f"{step}, {given.count}, {latency}{with_ten}", f"times {other}", ratio, most)
    if "before" in table and "no-op" in given.steps:
        ours, theirs = (table[name]["no-op"].memory for name in ("assistants", "before"))
        yield Row(f"plan of {given.count}", f"times the other build's {theirs:.0f} MiB", ours / theirs, MOST_MEMORY)


def rows(venv: Path | None, terraform_python: str, rounds: int) -> Iterator[Row]:
    """At both latencies, each with the tools that are there."""
    before = (str(venv.absolute() / "bin" / "python"), "-m", "assistants_tool") if venv else ()
    missing = {*([] if venv else ["before"]), *([] if has_terraform(terraform_python) else ["terraform"])}
    if "terraform" in missing:
        print(LEFT_OUT)
    for latency, steps in ((0.02, STEPS), (0.25, {"create": 0})):
        given = Given(500, terraform_python, latency, before=before, steps=steps)
        tools = (
            ("assistants", "ten", "before", "floor", "terraform") if latency == 0.02 else ("assistants", "terraform")
        )
        table = measured(given, [name for name in tools if name not in missing], rounds)
        print(*shown(table), sep="\n")
        yield from judged(table, given)


LEFT_OUT = "Left out: terraform; it takes `terraform` on PATH, and a Python with the package tf (--terraform-python)."


def has_terraform(python: str) -> bool:
    has_tf = [python, "-c", "import tf"]
    return bool(shutil.which("terraform")) and not subprocess.call(has_tf, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500, help="assistants (default: 500)")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds until an answer (default: 0.02)")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many counts (default: 5)")
    parser.add_argument("--against", metavar="VENV", type=Path, help="a virtual environment with another build")
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
    before = (
        [str(arguments.against.absolute() / "bin" / "python"), "-m", "assistants_tool"] if arguments.against else ()
    )
    there = has_terraform(arguments.terraform_python)
    if not there:
        print(LEFT_OUT)
    missing = {*(() if before else ("before",)), *(() if there else ("terraform",))}
    names = [name for name in arguments.only.split(",") if name not in missing]
    cost([*tool, "--version"], REPOSITORY)  # so that what can be compiled is
    given = Given(arguments.count, arguments.terraform_python, arguments.latency, tool, before)
    table = measured(given, names, arguments.rounds)
    print(*shown(table), sep="\n")
    return int(missed(judged(table, given)) > 0)


if __name__ == "__main__":
    sys.exit(main())
