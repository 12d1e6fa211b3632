"""A process whose streams are closed or full, whose folder is gone, and whose libraries would print on their own."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Cli, Write
from tests.servers import Answer, scripted
from tests.tables import cases

CLOSED_IN = "Error: - is standard input, which is closed; give a file, or something to read\n"
UNASKED = "Error: there is no terminal to ask on; add --yes to go ahead without asking\n"
CLOSED_OUT = "Error: standard output is closed, so there is no place for the result; open it, or send it to /dev/null\n"
FULL = "Error: the output cannot be written: No space left on device; make room for it, or send it elsewhere\n"
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")


@pytest.fixture(autouse=True)
def project(write: Write) -> None:
    write({"assistants/a.yaml": "model: gpt-4o\n"})


def run(words: str, redirected: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    line = f"exec {shlex.quote(sys.executable)} -m assistants_tool {words} {redirected}"
    environ = {**os.environ, "ASSISTANTS_EMBEDDED": "1", **variables}
    return subprocess.run(["/bin/sh", "-c", line], env=environ, capture_output=True, text=True, check=False)


@cases(
    "words redirected code end",
    {
        "validate of standard input": ("validate -", "<&-", 2, CLOSED_IN),
        "a message from standard input": ("chat a -", "<&-", 2, CLOSED_IN),
        "a question": ("apply", "<&-", 2, UNASKED),
        "a list for nobody": ("list", ">&-", 1, CLOSED_OUT),
        "an apply that nobody would hear of": ("apply --yes", ">&-", 1, CLOSED_OUT),
        "help for nobody": ("--help", ">&-", 1, CLOSED_OUT),
    },
)
def test_a_closed_stream_is_a_sentence(cli: Cli, words: str, redirected: str, code: int, end: str) -> None:
    ran = run(words, redirected)
    assert (ran.returncode, ran.stderr.endswith(end)) == (code, True)
    assert cli("list", "--embedded", "-o", "id").stdout == ""  # nothing was applied


@full
@cases(
    "words buffered",
    {
        "a document": ("plan -o json", ""),
        "a document, at once": ("plan -o json", "1"),
        "lines": ("apply --yes", ""),
        "lines, at once": ("apply --yes", "1"),
        "help": ("plan --help", ""),
        "version, at once": ("--version", "1"),
    },
)
def test_full_is_a_sentence(words: str, buffered: str) -> None:
    ran = run(words, ">/dev/full", PYTHONUNBUFFERED=buffered)
    assert (ran.returncode, ran.stderr.endswith(FULL)) == (1, True)
    assert "fault" not in ran.stderr


@full
@cases(
    "words code buffered",
    {
        "a plan": ("plan -o json", 0, ""),
        "a trace": ("list -v -o json", 0, ""),
        "a trace, at once": ("list -v -o json", 0, "1"),
        "a list, at once": ("list -o json", 0, "1"),
    },
)
def test_where_stderr_is_full_the_result_is_there_all_the_same(words: str, code: int, buffered: str) -> None:
    ran = run(words, "2>/dev/full", PYTHONUNBUFFERED=buffered)
    assert (ran.returncode, ran.stderr) == (code, "")
    json.loads(ran.stdout)


@full
@cases(
    "words code buffered",
    {
        "an error": ("plan nowhere", 1, ""),
        "an error, at once": ("plan nowhere", 1, "1"),
        "no such option": ("--nonsense", 2, ""),
        "no command, at once": ("", 2, "1"),
    },
)
def test_where_stderr_is_full_the_exit_code_is_that_of_the_error(words: str, code: int, buffered: str) -> None:
    assert run(words, "2>/dev/full", PYTHONUNBUFFERED=buffered).returncode == code


def test_without_stderr_the_result_is_there_all_the_same() -> None:
    assert run("validate", "2>&-").stdout == "1 definition is valid.\n"
    assert run("plan nowhere", "2>&-").returncode == 1


@cases("words", {"validate": "validate", "list": "list", "init": "init", "import": "import --all"})
def test_without_a_current_folder(words: str) -> None:
    Path("gone").mkdir()
    command = f"cd gone && rmdir ../gone && exec {shlex.quote(sys.executable)} -m assistants_tool {words}"
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    said = "Error: the current folder cannot be used: No such file or directory; change to one that exists\n"
    assert (ran.returncode, ran.stderr) == (1, said)


@cases("value", {"none": "nan", "without end": "inf", "too large": "1e999"})
def test_a_timeout_is_a_number_of_seconds(cli: Cli, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    by_option = cli("list", "--embedded", "--timeout", value)
    monkeypatch.setenv("ASSISTANTS_TIMEOUT", value)
    for ran in (by_option, cli("list", "--embedded")):
        assert ran.exit_code == 2
        assert f"Invalid value for '--timeout': {value} is not a number of seconds." in ran.stderr


def test_the_sdk_prints_nothing_of_its_own() -> None:
    """OPENAI_LOG=debug would show whole requests, and what a server names its requests."""
    answer = Answer(200, {"data": []}, {"x-request-id": "\x1b[31mred", "x-other": "sk-secret"})
    with scripted(lambda _: answer) as running:
        words = f"list --base-url {running.url}"
        ran = run(words, OPENAI_LOG="debug", OPENAI_API_KEY="sk-secret", ASSISTANTS_EMBEDDED="")
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        0,
        "",
        f"No assistants at {running.url}, project (none), environment (none).\n",
    )
