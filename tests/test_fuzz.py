"""Whatever a file holds and whatever a server answers: an exit code, sentences, places; never a traceback, a crash, or a raw character."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.builders import SCOPE, applied, bare, wanted
from tests.conftest import Cli, Write
from tests.mutants import Order, garbled, rawness, trial, with_another
from tests.servers import Answer, Request, scripted

SEEDS = 250
ANSWERS = 102  # six for each command


def test_no_file_breaks_a_promise(tmp_path: Path) -> None:
    """`python -m benchmarks.trust_fuzz` asks the same of more files."""
    folder = tmp_path / "root"
    folder.mkdir()
    verdicts = list(trial(folder, Order(first=1, count=SEEDS, many=1000)))
    assert [one.broken for one in verdicts if one.broken] == []
    codes = [one.exit_code for one in verdicts]
    assert min(codes.count(0), codes.count(1)) > SEEDS // 10, "dice that make only one kind of file prove little"


DIES_ONCE = """\
import os, pathlib
from assistants_tool.definitions import yamltext
sound = yamltext.parse
def parse(text):
    if not (flag := pathlib.Path("died")).exists():
        flag.touch()
        os.kill(os.getpid(), 11)
    return sound(text)
yamltext.parse = parse
"""


def test_a_child_that_dies_is_seen_and_the_others_are_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(DIES_ONCE)
    (tmp_path / "root").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    first, *others = trial(tmp_path / "root", Order(first=1, count=3))
    assert (first.exit_code, first.broken) == (-11, "seed 1: the process ended with -11 ")
    assert [(one.name, one.broken) for one in others] == [("seed 2", ""), ("seed 3", "")]


# --- what a server answers

NASTY: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e308, 10**400, 10**20, "", " ", [], {}, [[]], [None], {"": ""}, {"a": {"b": []}}),
    *("a\nb", "a\r\n= forged", "\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "\u202egnp.exe", "\u2028", "\ufeff", "\x00", "\x7f"),
    *("\ud800", "x" * 100_000, "x" * 70, "\u0301" * 50, "한글", "😀", "+ forged: created", "/../../etc", "%2e%2e", "a?b=c#d"),
    *(json.loads("[" * 400 + "]" * 400), json.loads('{"a":' * 170 + "1" + "}" * 170), float("nan"), float("inf")),
    *("2026-01-01", "NaN", '{"key": 1}', '{"key": "a", "project": "acme", "environment": "production"}', "[" * 5000),
    *({"type": "function"}, {"type": "function", "function": 1}, {"type": None}, {"\x1b[1m": "\x1b[1m"}, {"a\nb": "c\nd"}),
]  # fmt: skip
TRACE = re.compile("(GET|POST|DELETE) /")
PROJECT = """\
project: acme
default_environment: production
environments:
  production: {{endpoint: {{base_url: "{}"}}}}
  staging: {{endpoint: embedded}}
"""
COMMANDS = [
    *("list", "list -o wide", "list -o id", "list -o json", "list -o yaml", "list --managed", "show a", "show a -o json"),
    *("show asst_x -o table", "plan", "plan --prune", "apply --yes", "apply --yes --prune --adopt", "delete a --yes"),
    *("delete asst_x --unmanaged --yes", "release a --yes", "delete --all --max-delete 100% --yes"),
]  # fmt: skip


def page() -> dict[str, Any]:
    """An assistant as the files have it, one that was changed by hand, an orphan, and a stranger's."""
    ours = [applied(wanted("a", name="A", tools=[{"type": "file_search"}]), "asst_a", 1)]
    ours += [
        applied(wanted("b", name="B"), "asst_b", 2, scope=SCOPE, instructions="by hand"),
        applied(wanted("c"), "asst_c", 3),
    ]
    found = [dict(one.body) for one in (*ours, bare("asst_x", 4, name="N", metadata={"x": "y"}))]
    return {"object": "list", "data": found, "first_id": "asst_a", "last_id": "asst_x", "has_more": False}


def answer_of(dice: random.Random, sound: Any) -> Answer:
    """A sound answer, or one with other values, other bytes, or of another kind."""
    roll = dice.random()
    if roll < 0.2:
        return Answer(body=sound)
    if roll < 0.75:
        for _ in range(dice.randint(1, 3)):
            sound = with_another(dice, sound, NASTY)
        return Answer(body=sound)
    if roll < 0.9:
        return Answer(
            body=garbled(dice, json.dumps(sound).encode(), {"": b"\x1b[31m {]"}),
            headers={"Content-Type": "application/json"},
        )
    kind = dice.choice(["text/plain", "text/html", "application/json", ""])
    error = {"error": with_another(dice, {"message": "no \x1b[31m\nno", "code": "x", "detail": []}, NASTY)}
    body = dice.choice(
        [b"", b"\x1b[31mno\n+ a: created\x00", b"<html>\x1b[2J", json.dumps(error).encode(), b"\xff\xfe"]
    )
    return Answer(
        dice.choice([200, 400, 401, 403, 404, 405, 409, 410, 422, 429, 500, 503]), body, {"Content-Type": kind}
    )


class Liar:
    """A server whose answers are decided by dice. A listing is the same each time, so that it has an end."""

    def throw(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - dice, not secrets
        self.listing = answer_of(self.dice, page())

    def __call__(self, request: Request) -> Answer:
        if request.method == "GET" and "/assistants/" not in request.path:
            return self.listing
        if request.method == "DELETE":
            return answer_of(self.dice, {"id": "asst_a", "object": "assistant.deleted", "deleted": True})
        return answer_of(self.dice, {**copy.deepcopy(page()["data"][0]), **(request.body or {})})


def unsound(ran: Result, words: str) -> str:
    """Which promise a command broke; empty where none."""
    said = ran.stdout + ran.stderr
    if ran.exit_code not in (0, 1, 4) or "fault of the tool" in said or "Traceback" in said:
        return f"exit code {ran.exit_code}: {said[-600:]}"
    if raw := rawness(said):
        return f"{raw} stands raw in {said[:2000]!r}"
    sentences = [line for line in ran.stderr.splitlines() if not TRACE.match(line)]
    if ran.exit_code and words.startswith(("list", "show", "plan")) and len(sentences) != 1:
        return f"not one sentence: {ran.stderr[:600]!r}"
    if any(line.startswith(("+ forged", "= forged")) for line in said.splitlines()):
        return f"a forged line: {said[:2000]!r}"
    return _not_json(ran.stdout) if "-o json" in words and ran.exit_code == 0 else ""


def _not_json(text: str) -> str:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError as error:
        return f"{error}: {text[:600]!r}"
    return ""


def write_project(write: Write, url: str) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT.format(url),
            "assistants/a.yaml": "name: A\nmodel: gpt-4o\ntools: [{type: file_search}]\n",
            "assistants/b.yaml": "name: B\nmodel: gpt-4o\n",
            "assistants/n.yaml": "name: N\nmodel: gpt-4o\n",
        }
    )


@pytest.mark.usefixtures("impatient")
def test_no_answer_breaks_a_promise(cli: Cli, write: Write) -> None:
    liar, broken = Liar(), []
    with scripted(liar) as server:
        write_project(write, server.url)
        for seed in range(ANSWERS):
            liar.throw(seed)
            words = COMMANDS[seed % len(COMMANDS)]
            ran = cli(*words.split(), "--timeout", "5", *(["-v"] if seed % 3 == 0 else []))
            broken.append(f"seed {seed}: {words}: {fault}" if (fault := unsound(ran, words)) else "")
    assert list(filter(None, broken)) == []


# --- what a file of answers holds

SAVED = [
    {"id": "asst_1", "object": "assistant", "created_at": 1, "model": "m", "name": "A", "file_ids": ["f"], "metadata": {"a": "b"}},
    {"key": "b", "model": "m", "instructions": {"file": "p.md"}, "tools": ["code_interpreter"], "protect": True},
    {"object": "list", "data": [{"id": "asst_2", "model": "m", "tools": [{"type": "function", "name": "f", "parameters": {}}]}]},
]  # fmt: skip
DUMPS = 80


def test_no_file_of_answers_breaks_a_promise(cli: Cli, write: Write) -> None:
    """Each ends with files, or sentences; nothing is written over."""
    write({"p.md": "Hi\n", "assistants/kept.yaml": "model: m\n"})
    broken, codes = [], []
    for seed in range(DUMPS):
        dice = random.Random(seed)  # noqa: S311 - dice, not secrets
        dump: Any = copy.deepcopy(SAVED)
        for _ in range(dice.randint(1, 4)):
            dump = with_another(dice, dump, NASTY)
        data = json.dumps(dump, indent=dice.choice([None, 1])).encode()
        data = garbled(dice, data, {"": b'{"x": '}) if dice.random() < 0.3 else data
        Path("dump.json").unlink(missing_ok=True)  # to write over it would wait for the disk
        Path("dump.json").write_bytes(data)
        ran = cli("import", "dump.json", "--to", f"made/{seed}")
        said = ran.stdout + ran.stderr
        codes.append(ran.exit_code)
        if ran.exit_code not in (0, 1) or "fault of the tool" in said or rawness(said):
            broken.append(f"seed {seed}: exit code {ran.exit_code}: {said[-600:]!r}")
        if ran.exit_code == 0 and cli("validate", f"made/{seed}").exit_code:
            broken.append(f"seed {seed}: what was written is not sound")
    assert broken == []
    assert min(codes.count(0), codes.count(1)) > DUMPS // 10, "dice that make only one kind of file prove little"
    assert Path("assistants/kept.yaml").read_text() == "model: m\n"
