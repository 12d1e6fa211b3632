"""Files that nobody would write, and the promises that hold for them all.

`mutant` makes a bad file of a good one by seeded dice; `traps` are those that dice hardly find. Both go through `assistants validate` in a
child of the test's (`python -m tests.mutants`): a crash of C code is a signal that is seen there, and a hang one that names its file.
`judge` says which promise was broken; `trial` runs one child after the other until all files are judged.
"""

from __future__ import annotations

import copy
import itertools
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from assistants_tool.cli import main

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = Path("assistants")
SECONDS = 20  # of computing, for one file
WAITING = 60  # seconds on the wall, on a machine that has other things to do
MEMORY = 2 << 30  # bytes


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file in place of another, and the definition through which it is read."""

    name: str
    path: str
    data: bytes
    through: str


# --- the good files

_PARTS = {
    # A part that a definition names, and that definition.
    "tools/get_order.yaml": "support.yaml",
    "tools/hand_over.schema.json": "support.yaml",
    "prompts/editor.md": "editor.yaml",
    "parts/tool.json": "parts.yaml",
    "parts/text": "parts.yaml",
    "project.yaml": "minimal.yaml",
}
_FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
_MORE = {
    # References of all kinds, patches, anchors: what the examples have little of.
    "parts.yaml": """\
model: &model gpt-4o
instructions: {file: parts/text}
tools: [{file: parts/tool.json}, {type: file_search, file_search: {max_num_results: 3}}]
metadata: {<<: &pairs {a: "1"}, b: {env: B}, c: {file: parts/text}}
temperature: {env: WARMTH, default: "0.5"}
tool_resources: {file_search: {vector_store_ids: [{env: STORE}]}}
response_format: {type: json_schema, json_schema: {name: j, schema: {file: tools/hand_over.schema.json}}}
ignore: [temperature, metadata.a]
environments: {local: {model: *model, metadata: *pairs}, production: false}
""",
    "parts/tool.json": json.dumps(_FUNCTION),
    "parts/text": "Some text.\n",
    "whole.json": json.dumps(
        {"model": "m", "name": "Smile \U0001f600", "instructions": {"file": "parts/text"}, "tools": [_FUNCTION]}
    ),
    "several.json": json.dumps(
        [{"key": "j1", "model": "m", "environments": {"local": {"top_p": 1}}}, {"key": "j2", "model": "m"}]
    ),
}


def lay_out(folder: Path) -> dict[str, bytes]:
    """The good files below a folder, which becomes a root; their contents by path."""
    (folder / ".git").mkdir()
    shutil.copytree(REPOSITORY / FOLDER, folder / FOLDER)
    for name, text in _MORE.items():
        (folder / FOLDER / name).parent.mkdir(exist_ok=True)
        (folder / FOLDER / name).write_text(text, encoding="utf-8")
    return good_files(folder / FOLDER)


def good_files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


# --- dice

_PIECES = [
    *(b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xef\xbf\xbf", b"\xc2\x85", b"\xe2\x80\xa8"),
    *(b"\x1b[31m", b"\x1b]0;title\x07", b"\xe2\x80\xae", b"\t", b"\r", b"\r\n", b"\n", b" ", b"    ", b"\x7f"),
    *(b"&a ", b"*a", b"&model ", b"*model", b"<<: *pairs\n", b"<<: ", b"!x ", b"!!binary ", b"!!python/name:os.system "),
    *(b"!!set ", b"!!omap ", b"!", b"!!str ", b"%YAML 1.2\n---\n", b"%TAG ! x:\n", b"---\n", b"...\n", b"? ", b"- ", b": "),
    *(b"[", b"]", b"{", b"}", b"'", b'"', b"|", b">", b"|9\n", b">-\n", b"#", b"@", b"`", b"%", b",", b"\\"),
    *(b"no", b"on", b"~", b"12:30", b"010", b"0b1", b"0x_", b"1_000", b"1:1.0", b"2026-01-01", b"2026-99-99 25:61:61Z"),
    *(b"1e3", b"1e999", b".nan", b"-.inf", b"NaN", b"Infinity", b"9" * 5000, b"0." + b"1" * 500, b"-0", b"=", b"<<"),
    *(b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\x00"', b'"\\e[1m"', b'"\\U00110000"', b'"\\N"', b'"a\\nb"', b"\xf0\x9f\x98\x80"),
    *(b"{file: ../../x}", b"{file: /etc/passwd}", b'{file: "a\\nb"}', b"{file: .}", b"{file: parts.yaml}", b"{env: X}"),
    *(b" #12 x", b" # x", b"{env: X, default: y}", b"{env: X, default: 1}", b"${X}", b"{{x}}", b"file://x", b"@parts/text"),
    *(b'"\\ud83d\\ude00 \\ude00"', b"\xe2\x80\x8b", b"\xf3\xa0\x81\x81", b"object: assistant\n", b"- {model: m}\n"),
    *(b"{env: '', file: ''}", b"key: a\n", b"name: b\n", b"model: \n", b"environments: {x: 1}\n", b"[" * 150, b"{a: " * 150),
]  # fmt: skip
_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 3, 1.5, -0.0, 1e308, 10**30, 10**400, float("nan"), float("inf"), "", " ", "x", "auto"),
    *("no", "null", "1", "1.5", "é" * 300, "x" * 300_000, "a\nb", "a\x00b", "\x1b[2J", "\u202e", "\ufeff", "😀", "{env: X}"),
    *([], {}, [[]], [None], [1, "a", {}], {"": ""}, {"a": None}, {"file": "x"}, {"file": "../x"}, {"file": 1}, {"env": "X"}),
    *({"env": "X", "file": "x"}, {"file": "parts/tool.json"}, {"env": ""}, {"file": "\x1b[31m"}, {"file": "a\nb"}),
    *({"type": "function"}, {"type": ["x"]}, {"type": "object", "$ref": "#"}, {"$ref": "#/nowhere"}, {"enum": []}),
    *({"properties": 1}, {"pattern": "("}, {"additionalProperties": 1}, {"required": [1, 1]}, {"$ref": "http://127.0.0.1:1/"}),
]  # fmt: skip
_NAMES: list[Any] = [
    *("key", "name", "model", "tools", "type", "function", "parameters", "strict", "file", "env", "metadata", "environments"),
    *("", " ", "<<", "=", "\x1b[31m", "a\nb", "\u202e", "x" * 400, "é", "__proto__", "project", "vector_stores", "$ref"),
    *(None, True, 1, 1.5, float("nan")),
]  # fmt: skip


def mutant(seed: int, good: dict[str, bytes]) -> Mutant:
    """The same bad file for the same seed and the same good files."""
    dice = random.Random(seed)  # noqa: S311 - dice, not secrets
    path = dice.choice(sorted(good))
    data = _restructured(dice, good[path], path) if dice.random() < 0.4 else good[path]
    if data == good[path] or dice.random() < 0.5:
        data = garbled(dice, data, good)
    return Mutant(f"seed {seed}", path, data, _PARTS.get(path, path))


def _restructured(dice: random.Random, data: bytes, path: str) -> bytes:
    """Other values and names anywhere in a structure, written as YAML or JSON."""
    documents = list(yaml.safe_load_all(data)) if not path.endswith((".md", "text")) else [data.decode()]
    for _ in range(dice.randint(1, 3)):
        index = dice.randrange(len(documents))
        documents[index] = with_another(dice, documents[index])
    if path.endswith(".json") or dice.random() < 0.2:
        return json.dumps(documents[0], indent=dice.choice([None, 1])).encode()
    width = dice.choice([80, 1000])
    return yaml.safe_dump_all(documents, allow_unicode=dice.random() < 0.5, width=width, sort_keys=False).encode()


def with_another(dice: random.Random, value: Any, values: Sequence[Any] = _VALUES) -> Any:
    """A copy, with something else in one place somewhere inside; shallow places are met as often as deep ones."""
    if not isinstance(value, (dict, list)) or not value or dice.random() < 0.2:
        return copy.deepcopy(dice.choice(values))
    changed = copy.copy(value)
    place = dice.choice(list(changed) if isinstance(changed, dict) else range(len(changed)))
    what = dice.random()
    if what < 0.1:
        del changed[place]
    elif what < 0.2 and isinstance(changed, dict):
        changed[dice.choice(_NAMES)] = changed.pop(place)
    else:
        changed[place] = with_another(dice, changed[place], values)
    return changed


def _span(dice: random.Random, data: bytes, most: int) -> tuple[int, int]:
    start = dice.randint(0, len(data))
    return start, min(len(data), start + dice.randint(0, most))


def garbled(dice: random.Random, data: bytes, good: dict[str, bytes]) -> bytes:
    """A few changes of the bytes themselves."""
    for _ in range(dice.randint(1, 4)):
        data = dice.choice(_CHANGES)(dice, data, good)
    return data


def _insert(dice: random.Random, data: bytes, _: dict[str, bytes]) -> bytes:
    start, end = _span(dice, data, 8)
    return data[:start] + dice.choice(_PIECES) + data[dice.choice([start, end]) :]


def _replace_value(dice: random.Random, data: bytes, _: dict[str, bytes]) -> bytes:
    """A piece in the place of a plain value, where it is read as one."""
    places = list(re.finditer(rb"(?<=: )[^\n{\[]+|(?<=- )[^\n:]+", data))
    if not places:
        return data
    place = dice.choice(places)
    return data[: place.start()] + dice.choice(_PIECES) + data[place.end() :]


def _flip(dice: random.Random, data: bytes, _: dict[str, bytes]) -> bytes:
    changed = bytearray(data)
    for __ in range(dice.randint(1, 8) if data else 0):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _truncate(dice: random.Random, data: bytes, _: dict[str, bytes]) -> bytes:
    return data[: dice.randint(0, len(data))]


def _cut(dice: random.Random, data: bytes, _: dict[str, bytes]) -> bytes:
    start, end = _span(dice, data, 200)
    return data[:start] + data[end:]


def _repeat(dice: random.Random, data: bytes, _: dict[str, bytes]) -> bytes:
    start, end = _span(dice, data, 400)
    return data[:end] + data[start:end] * dice.choice([1, 1, 2, 50]) + data[end:]


def _splice(dice: random.Random, data: bytes, good: dict[str, bytes]) -> bytes:
    other = good[dice.choice(sorted(good))]
    start, end = _span(dice, other, 2000)
    return data[: dice.randint(0, len(data))] + other[start:end] + data[dice.randint(0, len(data)) :]


def _encode(dice: random.Random, data: bytes, _: dict[str, bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    return dice.choice(
        [
            data.replace(b"\n", b"\r\n"),
            data.replace(b"\n", b"\r"),
            b"\xef\xbb\xbf" + data,
            text.encode("utf-16"),
            text.encode("latin-1", "replace"),
            data.replace(b"  ", b"\t"),
        ]
    )


_CHANGES: list[Callable[[random.Random, bytes, dict[str, bytes]], bytes]] = [
    *(_insert, _insert, _replace_value, _replace_value, _flip, _truncate, _cut, _repeat, _splice, _encode),
]

# --- traps

_MIB = 1 << 20
_BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
_MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))
_CHAIN = "a0: &a0 {k0: 1}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: 1}}\n" for n in range(1, 3000))


def _texts(many: int) -> dict[str, str]:
    """YAML. `many` is how many of what is many."""
    return {
    "nested lists": "[" * 100_000,
    "nested lists, closed": "[" * 100_000 + "]" * 100_000,
    "nested mappings": "{a: " * 100_000,
    "nested blocks": "- " * 100_000,
    "nested keys": "? " * 100_000,
    "nested by indentation": "\n".join(" " * n + f"k{n}:" for n in range(1400)),
    "aliases of aliases": _BOMB,
    "merges of merges": _MERGE_BOMB,
    "a chain of merges": _CHAIN,
    "an alias of itself": "model: &a [*a]\n",
    "a merge of itself": "model: m\nmetadata: &a {<<: *a}\n",
    "an integer of 10,000 digits": f"model: m\ntemperature: {'9' * 10_000}\n",
    "a base 60 of 10,000 digits": "model: m\ntemperature: 1" + ":59" * 5000 + "\n",
    "a hexadecimal of 10,000 digits": f"model: m\ntemperature: 0x{'f' * 10_000}\n",
    "infinite": "model: m\ntemperature: 1e999\ntop_p: .nan\n",
    "escaped half of a pair": 'model: m\nname: "\\ud800"\n',
    "a long key": f"model: m\n{'k' * 1100}: 1\n",
    "a long key, asked for": f"model: m\n? {'k' * 500_000}\n: 1\n",
    "only tabs": "\t" * 10_000,
    "only line ends": "\n" * (_MIB - 1),
    "many documents": "---\n" * many,
    "many definitions": "---\nmodel: m\n" * (many // 10),
    "many items": "model: m\ntools: [" + "{}," * many + "]\n",
    "many unknown fields": "".join(f"k{n}: 1\n" for n in range(many)),
    "many equal keys": "k: 1\n" * many,
    "many wrong numbers": "model: m\ntools: [" + "010," * many + "]\n",
    "many anchors": "".join(f"k{n}: &a{n} 1\n" for n in range(many)),
    "many comments": "#\n" * (many * 10),
    "many quotes": "'" * (many * 10),
    "many colons": ": " * (many * 10),
    "many questions": "a?" * (many * 10),
    "many exponents": "model: m\ninstructions: " + "1e" * (many * 10),
    "a regular expression that backtracks": 'model: m\ntools: [{type: function, function: {name: f, parameters: '
    '{type: object, properties: {a: {pattern: "(a+)+$", default: "' + "a" * 40 + '!"}}}}}]\n',
    "a schema that refers to itself": "model: m\ntools: [{type: function, function: {name: f, strict: true, parameters: "
    '{type: object, properties: {a: {$ref: "#"}}, required: [a], additionalProperties: false}}}]\n',
    "a schema of many": "model: m\ntools: [{type: function, function: {name: f, parameters: {type: object, properties: {"
    + ", ".join(f"p{n}: {{type: wrong}}" for n in range(many // 5)) + "}}}}]\n",
    "/proc": "model: m\ninstructions: {file: /proc/self/environ}\n",
    "a terminal": "model: m\ninstructions: {file: /dev/tty}\ntools: [{file: /dev/zero}]\n",
}  # fmt: skip


def _json_texts(many: int) -> dict[str, str]:
    return {
        "nested lists": "[" * 100_000,
        "nested objects": '{"a":' * 100_000,
        "an integer of 10,000 digits": '{"type": ' + "9" * 10_000 + "}",
        "infinite": '{"type": 1e999, "x": NaN, "y": -Infinity}',
        "escaped half of a pair": '{"type": "\\ud800"}',
        "raw control characters": '{"type": "\x00\x1b[31m"}',
        "equal keys": "{" + '"a": 1,' * many + '"a": 1}',
        "an open text": '"' + '\\"' * (many * 10),
        "many numbers": "[" + "1e999," * many + "1]",
        "white space": " " * (_MIB - 1),
        "nothing": "",
    }


def traps(many: int) -> Iterator[Mutant]:
    for name, text in _texts(many).items():
        yield Mutant(name, "trap.yaml", text.encode(), "trap.yaml")
        yield Mutant(f"project.yaml: {name}", "project.yaml", text.encode(), "minimal.yaml")
    for name, text in _json_texts(many).items():
        yield Mutant(f"JSON: {name}", "parts/tool.json", text.encode(), "parts.yaml")
    for path, through in (("trap.yaml", "trap.yaml"), ("parts/text", "parts.yaml"), ("parts/tool.json", "parts.yaml")):
        yield Mutant(f"{path}: over 1 MiB", path, b"#" * (_MIB + 1), through)
        yield Mutant(f"{path}: all bytes", path, bytes(range(256)) * 100, through)
        yield Mutant(f"{path}: NUL", path, b"\x00" * 100_000, through)


# --- promises


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a file. `broken` is the promise that was not held; `placeless` counts faults of the file as a whole."""

    name: str
    exit_code: int
    faults: int = 0
    placeless: int = 0
    seconds: float = 0.0
    broken: str = ""


# Faults that have no place in the file.
_OF_THE_WHOLE = re.compile(
    r"the file is over 1 MiB|not a regular file|the file holds|the file cannot be read|the file is outside the root"
    r"|a file that is named by another|a project.yaml is a mapping"
)
_FAULT = re.compile(r"(?P<path>[^\n]*?)(?::(?P<line>\d+):(?P<column>\d+))?: (?P<message>\S.*)")


def rawness(text: str) -> str:
    """The first character of a text that could move a cursor, reverse a line, or is none; empty where there is none."""
    marks = "\xad\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u3164\ufeff\U000e0041"
    bad = (
        one
        for one in dict.fromkeys(text)
        if one in marks or (unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") and one not in "\n\t")
    )
    return next(map(ascii, bad), "")


def judge(one: Mutant, exit_code: int, stdout: str, stderr: str, seconds: float) -> Verdict:
    """Hold what `validate` said against what is promised."""
    lines = stderr.splitlines()
    found = [_FAULT.fullmatch(line) for line in lines]
    placeless = [line for line, match in zip(lines, found, strict=True) if match and not match["line"]]
    said = f"{one.name} ({one.path}): exit code {exit_code}: "
    return Verdict(
        one.name, exit_code, len(lines), len(placeless), seconds,
        next((said + fault for fault in _broken(one, exit_code, stdout, stderr, placeless) if fault), ""),
    )  # fmt: skip


def _broken(one: Mutant, exit_code: int, stdout: str, stderr: str, placeless: Sequence[str]) -> Iterator[str]:
    said = [match["message"] for line in stderr.splitlines() if (match := _FAULT.fullmatch(line))]
    faulty = any(not one.startswith(("warning: ", "note: ")) for one in said) or len(said) < len(stderr.splitlines())
    if exit_code not in (0, 1) or (exit_code == 0) == faulty or (exit_code == 0) != bool(stdout):
        yield f"{stdout[:200]!r} {stderr[:200]!r}"
    if "fault of the tool" in stderr or "Traceback" in stderr:
        yield stderr[:600]
    if raw := rawness(stdout + stderr):
        yield f"{raw} stands raw in {(stdout + stderr)[:300]!r}"
    for line in placeless:
        if not _OF_THE_WHOLE.search(line):
            yield f"no place: {line[:300]!r}"
    yield from (fault for fault in map(_misplaced(one), stderr.splitlines()) if fault)


def _misplaced(one: Mutant) -> Callable[[str], str]:
    """Whether a line of output is a fault, and the place that it names is one in the file."""
    text = one.data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")  # as it is read
    lengths = [len(line) for line in re.split("\r\n?|\n", text)]

    def fault(line: str) -> str:
        match = _FAULT.fullmatch(line)
        if not match or not line.startswith(str(FOLDER)):
            return f"not a fault: {line[:300]!r}"
        if not match["line"] or match["path"] != str(FOLDER / one.path):
            return ""
        row, column = int(match["line"]), int(match["column"])
        there = 1 <= row <= len(lengths) and 1 <= column <= lengths[row - 1] + 1
        return "" if there else f"no such place: {line[:300]!r}"

    return fault


# --- a child that runs them, and its parent


@dataclass(frozen=True, slots=True)
class Order:
    """Which files to judge: `count` seeds from `first` on, and the traps, with `many` of what is many; without any where it is 0."""

    first: int
    count: int
    many: int = 0

    def mutants(self, good: dict[str, bytes]) -> Iterator[Mutant]:
        yield from traps(self.many) if self.many else ()
        yield from (mutant(seed, good) for seed in range(self.first, self.first + self.count))


def _limit(computing: float, waiting: float) -> None:
    """End the process then. Nobody catches these signals, so that C code that hangs comes to its end, too."""
    signal.setitimer(signal.ITIMER_PROF, computing)
    signal.setitimer(signal.ITIMER_REAL, waiting)


def _put(path: Path, data: bytes) -> None:
    """As a new file: to write over one that is there waits for the disk, forty times as long."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def _run(one: Mutant, good: dict[str, bytes]) -> Verdict:
    path = FOLDER / one.path
    _put(path, one.data)
    _limit(SECONDS, WAITING)
    started = time.perf_counter()
    try:
        ran = CliRunner().invoke(main, ["validate", str(FOLDER / one.through)])
    finally:
        _limit(0, 0)
        if one.path in good:
            _put(path, good[one.path])
        else:
            path.unlink()
    return judge(one, ran.exit_code, ran.stdout, ran.stderr, time.perf_counter() - started)


def child(order: Order, skip: int) -> None:
    """Judge files one after the other, in the current folder; says which comes, and what became of it, in lines of JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    good = good_files(FOLDER)
    for one in itertools.islice(order.mutants(good), skip, None):
        sys.stdout.write(json.dumps(one.name) + "\n")
        sys.stdout.flush()
        sys.stdout.write(json.dumps(asdict(_run(one, good))) + "\n")


def trial(folder: Path, order: Order) -> Iterator[Verdict]:
    """A verdict for each file of an order. A child that dies is followed by another, for the files after the one that killed it."""
    lay_out(folder)
    total = order.count + (sum(1 for _ in traps(1)) if order.many else 0)
    done = 0
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))}
    while done < total:
        numbers = map(str, (order.first, order.count, order.many, done))
        words = [sys.executable, "-W", "error", "-m", "tests.mutants", *numbers]
        run = subprocess.run(words, cwd=folder, env=found, capture_output=True, check=False, timeout=WAITING * total)
        said = [json.loads(line) for line in run.stdout.decode().splitlines()]
        verdicts = [Verdict(**one) for one in said if isinstance(one, dict)]
        yield from verdicts
        done += len(verdicts)
        if done < total:
            name = said[-1] if said and isinstance(said[-1], str) else "before the first file"
            why = run.stderr.decode("utf-8", "replace")[-500:]
            yield Verdict(name, run.returncode, broken=f"{name}: the process ended with {run.returncode} {why}")
            done += 1


if __name__ == "__main__":
    *which, done_before = map(int, sys.argv[1:])
    child(Order(*which), done_before)
