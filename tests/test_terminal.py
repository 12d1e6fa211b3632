"""Who is asked, and what is coloured: on a terminal people, elsewhere nobody and nothing."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from assistants_tool.cli import terminal
from tests.conftest import Cli, Write
from tests.tables import cases
from tests.terminals import in_terminal

PROJECT = "project: acme\ndefault_environment: local\nenvironments: {local: {endpoint: embedded}}\n"
QUESTION = "Go ahead? [y/N] "
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
    assert re.sub(r"asst_\w+", "ID", shown).endswith(end)
    coloured = re.search("\x1b\\[[0-9;]*m", shown)  # not what clears the line of progress
    assert bool(coloured) == (not variables)
    assert names(cli) == (["A"] if code == 0 else [])


@cases("kind", {one: one for one in ("table", "json", "markdown", "github")})
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
            terminal.confirm("Go ahead?", yes=False)
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]
