"""Faults made on purpose in the modules that must not be wrong, each of which their own tests have to notice.

    python -m benchmarks.mutation
    python -m benchmarks.mutation --only masks

mutmut makes them, one at a time, in a copy of the repository, and runs the tests that reach the changed function. Prints what no test
noticed. Exits 1 where fewer than 95 % were, where one of the guards or masks was not and `benchmarks/mutation.txt` does not say why, or
where that explains what is noticed by now.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
EXPLAINED = Path(__file__).with_suffix(".txt")
LEAST = 95  # per cent
PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider")
NOTICED = (1, 2, 3, 36, -24, 24, 152, 255, -11, -9)  # a test failed, or none could run, or came to an end


@dataclass(frozen=True, slots=True)
class Subject:
    """Modules, by their paths below the package, and their own tests. `strict`: whatever is not noticed has to be explained."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    strict: bool = False

    @property
    def paths(self) -> list[str]:
        return [f"tests/{one}.py" for one in self.tests]


SUBJECTS = {
    "canonical": Subject(
        ("objects/canonical", "objects/normal", "objects/members", "objects/jsontext"),
        (
            "test_normal",
            "test_members",
            "test_jsontext",
            "test_masked",
            "test_unknown",
            "test_canonical",
            "test_assistant",
            "test_payload",
        ),
    ),
    "differences": Subject(
        ("objects/differences", "planning/comparing"), ("test_differences", "test_comparing", "test_open_model")
    ),
    "guards": Subject(("planning/guards",), ("test_planning", "test_lifecycle"), strict=True),
    "masks": Subject(
        ("planning/masks", "objects/masked", "redaction"),
        ("test_masks", "test_masked", "test_redaction", "test_view", "test_open_model"),
        strict=True,
    ),
}

SETTINGS = """
[tool.mutmut]
source_paths = ["assistants_tool"]
only_mutate = {modules}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-n", "0", "-p", "no:cacheprovider"]
also_copy = ["README.md", "assistants", "benchmarks", "cassettes", "docs"]
use_git_change_detection = false
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: the function that it is in, and the lines that it takes away and puts in."""

    function: str
    change: str

    def __str__(self) -> str:
        return f"{self.function}: {self.change}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of the faults in one subject."""

    made: int
    unnoticed: tuple[Mutant, ...]

    @property
    def noticed(self) -> float:
        """Per cent."""
        return 100 * (self.made - len(self.unnoticed)) / self.made if self.made else 0.0


def lay_out(folder: Path, subject: Subject) -> None:
    """A copy of what git knows, with settings of its own."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S607 - the git of whoever has a clone
    for name in filter(None, listed.stdout.split("\0")):
        if (source := REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    modules = json.dumps([f"assistants_tool/{one}.py" for one in subject.modules])
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS.format(modules=modules, tests=json.dumps(subject.paths)))


def lost(folder: Path, subject: Subject) -> list[str]:
    """Tests whose names hold a backslash. pytest escapes it once more with each run in one process, as mutmut's are, does not find the test
    again, and mutmut takes that for a fault that was noticed: see findings/mutmut-tests-not-found.sh.
    """
    words = [*PYTEST, "--collect-only", *subject.paths]
    listed = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    return [line for line in listed.splitlines() if "::" in line and "\\" in line]


def trial(folder: Path, subject: Subject, at_once: int) -> Trial:
    lay_out(folder, subject)
    if names := lost(folder, subject):
        raise SystemExit(
            "\n".join(("give these cases names without backslashes, so that pytest finds them again:", *names))
        )
    words = [sys.executable, "-m", "mutmut", "run", "--max-children", str(at_once)]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    codes = dict(found(folder / "mutants" / "assistants_tool", subject))
    if ran.returncode or not codes:
        raise SystemExit(f"mutmut ended with {ran.returncode}: {(ran.stdout + ran.stderr)[-2000:]}")
    with ThreadPoolExecutor(at_once) as pool:
        left = [name for name, code in codes.items() if code not in NOTICED]
        noticed = dict(zip(left, pool.map(lambda name: noticed_from_nothing(folder, subject, name), left), strict=True))
    return Trial(len(codes), tuple(shown(folder, name) for name in left if not noticed[name]))


def noticed_from_nothing(folder: Path, subject: Subject, name: str) -> bool:
    """Whether a process that imports all of it anew notices: mutmut's are forks of one in which tables are made already."""
    environ = {**os.environ, "MUTANT_UNDER_TEST": name, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [*PYTEST, "-x", *subject.paths]
    ran = subprocess.run(words, cwd=folder / "mutants", env=environ, capture_output=True, check=False)  # noqa: S603 - ours
    return ran.returncode != 0


def found(folder: Path, subject: Subject) -> Iterator[tuple[str, int | None]]:
    for module in subject.modules:
        meta = folder / f"{module}.py.meta"
        if meta.exists():  # a module of tables alone has no function to change
            yield from json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].items()


def shown(folder: Path, name: str) -> Mutant:
    words = [sys.executable, "-m", "mutmut", "show", name]
    text = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    lines = [line for line in text.splitlines() if re.match(r"[-+](?![-+]{2} )", line)]
    old = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    new = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    module, _, rest = name.partition(".x")
    function = re.sub(r"^_|__mutmut_\d+$", "", rest).replace("ǁ", ".").lstrip(".")
    return Mutant(f"{module.removeprefix('assistants_tool.')}.{function}", f"{old} -> {new}")


def explained(text: str) -> dict[str, str]:
    """mutant -> why nobody needs to notice it. A line that is not indented is a mutant, those below it are the reason."""
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(" "):
            found[name] = f"{found[name]} {line.strip()}".strip()
        else:
            name = line
            found[name] = ""
    return found


def faults(name: str, subject: Subject, tried: Trial, reasons: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with an outcome, a sentence each."""
    if tried.noticed < LEAST:
        yield f"{name}: {tried.noticed:.1f} % were noticed, fewer than {LEAST} %"
    unnoticed = {str(one) for one in tried.unnoticed}
    if subject.strict:
        yield from (
            f"{name}: noticed by no test, and not explained: {one}" for one in sorted(unnoticed - reasons.keys())
        )
        of_it = {
            one for one in reasons if one.startswith(tuple(f"{each.replace('/', '.')}." for each in subject.modules))
        }
        yield from (f"{name}: explained, and noticed by now: {one}" for one in sorted(of_it - unnoticed))
    yield from (f"{one}: has no reason" for one, why in reasons.items() if not why)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=SUBJECTS, action="append", help="of these alone (may be repeated)")
    parser.add_argument("--at-once", type=int, default=2, help="how many faults are tried at a time")
    given = parser.parse_args(words)
    reasons = explained(EXPLAINED.read_text(encoding="utf-8"))
    wrong: list[str] = []
    for name in given.only or SUBJECTS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            tried = trial(Path(folder), SUBJECTS[name], given.at_once)
        wrong += faults(name, SUBJECTS[name], tried, reasons)
        for mutant in tried.unnoticed:
            print(f"  {mutant}")
        print(
            f"{name}: {tried.made} faults, {tried.noticed:.1f} % noticed, {time.monotonic() - started:.0f} s",
            flush=True,
        )
    for one in wrong:
        print(one)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
