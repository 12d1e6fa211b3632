"""Who is asked, and what is coloured: on a terminal people, elsewhere nobody and nothing."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistants_tool.cli import terminal
from assistants_tool.report.plain import Line, Span
from tests.conftest import Cli, Write
from tests.servers import Answer, scripted
from tests.tables import cases
from tests.terminals import in_terminal

PROJECT = "project: acme\ndefault_environment: local\nenvironments: {local: {endpoint: embedded}}\n"
WHERE = "embedded endpoint .assistants/embedded.db, project acme, environment local"
QUESTION = f"Go ahead at {WHERE}? [y/N/details] "
UNASKED = "Error: there is no terminal to ask on; add --yes to go ahead without asking\n"


@pytest.fixture(autouse=True)
def project(write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "name: A\nmodel: gpt-4o\n"})


def names(cli: Cli, *words: str) -> list[str]:
    return [one["name"] for one in json.loads(cli("list", "-o", "json", *words).stdout)]


@cases(
    "command",
    {
        "apply": ("apply",),
        "apply a saved plan": ("apply", "plan.json"),
        "apply for a program": ("apply", "-o", "json"),
        "delete": ("delete", "a"),
        "delete all": ("delete", "--all"),
        "release": ("release", "a"),
        "restore": ("restore",),
    },
)
def test_whatever_writes_needs_yes_where_nobody_can_be_asked(cli: Cli, write: Write, command: tuple[str, ...]) -> None:
    cli("apply", "--yes")
    write({"assistants/a.yaml": "name: B\nmodel: gpt-4o\n"})
    cli("apply", "--yes")
    write({"assistants/a.yaml": "name: C\nmodel: gpt-4o\n"})
    cli("plan", "--out", "plan.json")
    for answer in ("", "y\n"):
        refused = cli(*command, stdin=answer)
        assert (refused.exit_code, refused.stderr.endswith(UNASKED), names(cli)) == (2, True, ["B"])
        assert QUESTION not in refused.output


def test_nobody_is_asked_where_there_is_nothing_to_do(cli: Cli) -> None:
    cli("apply", "--yes")
    again = cli("apply")
    assert (again.exit_code, again.stdout.endswith("Nothing to change.\n")) == (0, True)


@cases(
    "answer variables code end",
    {
        "yes, in colour": ("y\n", {}, 0, "\x1b[32m+ a ID: created\x1b[0m\nApplied: 1 created, 0 updated, 0 deleted.\n"),
        "no": ("\n", {"NO_COLOR": "1"}, 1, f"{QUESTION}Error: declined; nothing was written\n"),
    },
)
def test_on_a_terminal_people_are_asked(cli: Cli, answer: str, variables: dict[str, str], code: int, end: str) -> None:
    found, shown = in_terminal("apply", answer=answer, **variables)
    assert (found, QUESTION in shown) == (code, True)
    # A bar of progress that was there for a moment was cleared.
    left = "\n".join(line.rpartition("\r")[2].removeprefix("\x1b[K") for line in shown.split("\n"))
    left = left.replace(f"{QUESTION}\n", QUESTION)  # a terminal echoes what was typed when it comes to it
    assert re.sub(r"asst_\w+", "ID", left).endswith(end)
    coloured = re.search("\x1b\\[[0-9;]*m", shown)  # not what clears the line of progress
    assert bool(coloured) == (not variables)
    assert names(cli) == (["A"] if code == 0 else [])


def test_who_wants_details_sees_all_and_is_asked_again(cli: Cli, write: Write) -> None:
    prompt = "You answer.\n" + "".join(f"Rule {number} of many.\n" for number in range(9)) + "Never guess."
    write({"assistants/a.yaml": f"model: gpt-4o\ninstructions: {json.dumps(prompt)}\n"})
    code, shown = in_terminal("apply", answer="d\nyes\n", NO_COLOR="1")
    first, second, end = shown.split(QUESTION)
    assert (" characters)\n" in first, "Never guess." in first) == (True, False)
    assert "    instructions:\n      +You answer.\n      +Rule 0 of many.\n" in second
    assert "      +Never guess.\nPlan: 1 to create" in second
    assert (code, end.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")) == (0, True)
    code, shown = in_terminal("delete", "a", answer="details\nn\n", NO_COLOR="1")
    assert (shown.count("- a asst_"), shown.count(QUESTION)) == (2, 2)
    assert (code, shown.endswith("Error: declined; nothing was written\n")) == (1, True)
    write({"assistants/a.yaml": "model: gpt-4o\n"})
    assert cli("apply", "--yes").exit_code == 0
    code, shown = in_terminal("restore", answer="details\nn\n", NO_COLOR="1")
    assert (shown.count("~ a asst_"), shown.count(QUESTION), code) == (2, 2, 1)


def test_the_question_names_the_endpoint_and_the_environment(cli: Cli, write: Write) -> None:
    with scripted(lambda _: Answer(200, {"object": "list", "data": [], "has_more": False})) as server:
        settings = f"project: acme\nenvironments: {{production: {{endpoint: {{base_url: '{server.url}'}}}}}}\n"
        write({"assistants/project.yaml": settings})
        assert cli("plan", "-e", "production", "--out", "plan.json").exit_code == 0
        for command in (("apply",), ("apply", "plan.json")):
            code, shown = in_terminal(*command, *(("-e", "production") if len(command) == 1 else ()), answer="n\n")
            asked = f"Go ahead at {server.url}, project acme, environment production? [y/N/details] "
            assert (code, asked in shown) == (1, True), shown
        assert {one.method for one in server.requests} == {"GET"}


@cases("kind", {one: one for one in ("table", "json", "markdown", "html", "github")})
def test_colour_is_for_terminals(cli: Cli, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    assert "\x1b" not in cli("plan", "-o", kind).output
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ("\x1b" in cli("plan", "-o", kind).stdout) == (kind in ("table", "github"))


@cases(
    "ci words variables allowed",
    {
        "true": ("true", (), {}, False),
        "True": ("True", (), {}, False),
        "1": ("1", (), {}, False),
        "not at all": ("", (), {}, True),
        "said not to be": ("false", (), {}, True),
        "-e": ("true", ("-e", "local"), {}, True),
        "its variable": ("true", (), {"ASSISTANTS_ENVIRONMENT": "local"}, True),
        "--embedded": ("true", ("--embedded",), {}, True),
        "the variable of that": ("true", (), {"ASSISTANTS_EMBEDDED": "1"}, True),
    },
)
def test_in_ci_the_embedded_endpoint_is_asked_for_by_name(
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    ci: str,
    words: tuple[str, ...],
    variables: dict[str, str],
    allowed: bool,
) -> None:
    for name, value in {"CI": ci, **variables}.items():
        monkeypatch.setenv(name, value)
    done = cli("apply", "--yes", *words)
    assert (done.exit_code, Path(".assistants").exists()) == ((0, True) if allowed else (1, False))
    assert ("in CI the embedded endpoint has to be asked for" in done.stderr) == (not allowed)


def test_in_ci_a_saved_plan_names_its_endpoint(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    cli("plan", "-e", "local", "--out", "plan.json")
    assert cli("apply", "plan.json", "--yes").exit_code == 0
    assert names(cli, "-e", "local") == ["A"]


def test_ctrl_c_ends_the_wait_for_an_answer_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """While an event loop runs, which has a handler of its own that waits for the line."""

    class Typing:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            signal.raise_signal(signal.SIGINT)
            return "y\n"

    monkeypatch.setattr("sys.stdin", Typing())
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        with pytest.raises(KeyboardInterrupt):
            terminal.confirm("Go ahead?", yes=False, details=lambda: None)
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


# --- what changed in a text

LONG = (
    "You answer the questions of customers about their orders, politely, briefly and in the language in which they ask."
)
RED, GREEN, MARKED, END = "\x1b[31m", "\x1b[32m", "\x1b[7m", "\x1b[0m"
LINES = {
    "in colour": (
        (),
        (
            f"{RED}      -You answer the {END}{RED}{MARKED}questions{END}{RED} of customers about their orders, politely, {END}\n"
            f"       {RED}briefly and in the language in which they ask.{END}\n"
            f"{GREEN}      +You answer the {END}{GREEN}{MARKED}complaints{END}{GREEN} of customers about their orders, politely, {END}\n"
            f"       {GREEN}briefly and in the language in which they ask.{END}\n"
        ),
    ),
    "without": (
        ("--no-color",),
        (
            "      -You answer the questions of customers about their orders, politely, \n"
            "       briefly and in the language in which they ask.\n"
            "      +You answer the complaints of customers about their orders, politely, \n"
            "       briefly and in the language in which they ask.\n"
        ),
    ),
    "in brackets": (
        ("--word-diff", "--no-color"),
        (
            "       You answer the [-questions-]{+complaints+} of customers about their \n"
            "       orders, politely, briefly and in the language in which they ask.\n"
        ),
    ),
    "in brackets and colour": (
        ("--word-diff",),
        (
            f"       You answer the {RED}[-questions-]{END}{GREEN}{{+complaints+}}{END} of customers about their \n"
            "       orders, politely, briefly and in the language in which they ask.\n"
        ),
    ),
}


def change(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": f"name: A\nmodel: gpt-4o\ninstructions: {LONG}\n"})
    cli("apply", "--yes")
    write({"assistants/a.yaml": f"name: A\nmodel: gpt-4o\ninstructions: {LONG.replace('questions', 'complaints')}\n"})


@cases("words expected", LINES)
def test_on_a_terminal_long_lines_are_broken_and_words_told_apart(
    cli: Cli, write: Write, words: tuple[str, ...], expected: str
) -> None:
    change(cli, write)
    code, shown = in_terminal("plan", *words)
    assert (code, expected in shown) == (0, True), shown


@cases(
    "words expected",
    {
        "lines": ((), f"      -{LONG}\n      +{LONG.replace('questions', 'complaints')}\n"),
        "words": (("--word-diff",), f"       {LONG.replace('questions', '[-questions-]{+complaints+}')}\n"),
    },
)
def test_elsewhere_lines_stay_whole(cli: Cli, write: Write, words: tuple[str, ...], expected: str) -> None:
    change(cli, write)
    assert expected in cli("plan", *words).stdout
    assert expected in cli("apply", "--yes", *words).stdout


def test_word_diff_has_a_variable(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    change(cli, write)
    monkeypatch.setenv("ASSISTANTS_WORD_DIFF", "1")
    assert "[-questions-]{+complaints+}" in cli("plan").stdout
    assert "[-questions-]{+complaints+}" in cli("apply", "--yes", "-o", "json").stderr


def test_a_saved_plan_shows_words_in_colour(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    change(cli, write)
    cli("plan", "--out", "plan.json")
    assert "\x1b" not in cli("show", "plan.json").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m\x1b[7mquestions\x1b[0m" in cli("show", "plan.json").stdout


def said(lines: list[Line], capsys: pytest.CaptureFixture[str]) -> str:
    terminal.say_lines(lines)
    return capsys.readouterr().out


@cases(
    "line expected",
    {
        "a span": (Line("ab", "create", (Span(1, 2, "marked"),)), "\x1b[32ma\x1b[0m\x1b[32m\x1b[7mb\x1b[0m"),
        "behind what is escaped": (Line("\x1bab", "", (Span(1, 2, "delete"),)), "\\u001b\x1b[31ma\x1b[0mb"),
        "several lines of one tone": (Line("a\nb", "create"), "\x1b[32ma\x1b[0m\n\x1b[32mb\x1b[0m"),
    },
)
def test_styles(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: Line, expected: str) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert said([line], capsys) == f"{expected}\n"


def test_an_order_for_github_that_a_span_would_cut_in_two_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    line = Line("x ##[error]y", "", (Span(2, 4, "marked"),))
    assert said([line], capsys) == "x ## [error]y\n"
    assert said([Line("a\n::error::b")], capsys) == "a\n: :error::b\n"


def test_lines_are_written_while_more_are_made(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[str] = []

    def lines() -> Iterator[Line]:
        for number in range(200):
            seen.append(capsys.readouterr().out)
            yield Line(f"{number}")

    terminal.say_lines(lines())
    assert [index for index, one in enumerate(seen) if one] == [50, 100, 150]
    assert "".join(seen) + capsys.readouterr().out == "".join(f"{number}\n" for number in range(200))
