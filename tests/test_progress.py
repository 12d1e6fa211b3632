"""The line that comes and goes: on a terminal, after a second, and never in a report."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from assistants_tool.cli import terminal
from assistants_tool.cli.progress import Progress, progress
from tests.conftest import Cli, Write
from tests.hostile import Temper, hostile
from tests.terminals import in_terminal

SLOW = Temper(latency=0.25)


def many(count: int) -> dict[str, str]:
    return {f"assistants/k{number}.yaml": "model: m\n" for number in range(count)}


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with hostile(SLOW) as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        yield


@pytest.mark.usefixtures("slow")
def test_a_long_apply_shows_a_bar_with_a_rate(write: Write) -> None:
    write(many(60))
    code, text = in_terminal("apply", "--yes", NO_COLOR="1", TERM="xterm")
    assert code == 0
    assert re.search(r"Applying  \[#+-*\]  \d+/60 .*\d+/s", text), text[-2000:]
    # What is left on the screen: each line as after its last return to the start, cleared.
    lines = [line.rpartition("\r")[2].removeprefix("\x1b[K") for line in text.split("\n")]
    assert [line for line in lines if "Applying" in line] == []
    assert sum(line.endswith(": created") for line in lines) == 60
    assert lines[-2:] == ["Applied: 60 created, 0 updated, 0 deleted.", ""]


@pytest.mark.usefixtures("slow")
def test_nothing_of_the_bar_stays_after_ctrl_c(write: Write) -> None:
    write(many(60))
    code, text = in_terminal("apply", "--yes", interrupted_at="Applying  [", NO_COLOR="1", TERM="xterm")
    assert code == 130
    lines = [line.rpartition("\r")[2].removeprefix("\x1b[K") for line in text.split("\n")]
    assert [line for line in lines if "Applying" in line] == []
    assert re.fullmatch(r"Applied: \d+ created, 0 updated, 0 deleted, \d+ not done\.", lines[-2]), lines[-4:]


def test_without_a_terminal_there_is_none(write: Write, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistants_tool.cli.progress.PATIENCE_SECONDS", -1.0)
    write(many(30))
    run = cli("apply", "--yes", "--embedded")
    assert (run.exit_code, run.stderr) == (0, "")
    assert "\r" not in run.stdout


class Screen:
    """A terminal's stderr."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def terminal_of(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """To be called by the test itself: between a fixture and its test, pytest puts a stderr of its own in place."""
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    return screen


def test_it_waits_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, now = terminal_of(monkeypatch), 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    shown = Progress()
    with shown.during():
        shown.note("soon")
        assert screen.text == ""
        now = 101.5
        shown.note("Trying again: refused")
        assert screen.text == "\r\x1b[KTrying again: refused"
    assert screen.text.endswith("\r\x1b[K")
    shown.note("after the end")
    assert "after" not in screen.text


@pytest.mark.parametrize(("name", "value", "shown"), [("TERM", "dumb", False), ("CI", "true", False), ("X", "y", True)])
def test_who_wants_none_gets_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: bool) -> None:
    screen = terminal_of(monkeypatch)
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("assistants_tool.cli.progress.PATIENCE_SECONDS", -1.0)
    line = Progress()
    with line.during():
        line.note("waiting")
    assert ("waiting" in screen.text) is shown


def test_what_was_waited_for_is_over_when_something_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal_of(monkeypatch)
    monkeypatch.setattr("assistants_tool.cli.progress.PATIENCE_SECONDS", -1.0)
    line = Progress()
    with line.during():
        line.note("Listing")
        with line.aside():
            screen.text = ""
        assert screen.text == ""


def test_a_servers_words_cannot_act_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    monkeypatch.setattr(progress, "note", notes.append)
    terminal.note("Trying again: \x1b[31mred\nnext")
    assert notes == ["Trying again: \\u001b[31mred\\nnext"]


def test_a_bar_never_takes_two_lines_of_which_one_would_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal_of(monkeypatch)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("assistants_tool.cli.progress.PATIENCE_SECONDS", -1.0)
    monkeypatch.setattr("assistants_tool.cli.progress._REDRAW_SECONDS", -1.0)
    line = Progress()
    with line.counting(5, "Applying"):
        line.advance()
        line.note(
            "Trying again: POST https://assistants.example.com/v1/assistants: 503 overloaded; that takes its time"
        )
        line.advance()
    drawn = screen.text.split("\r\x1b[K")
    assert max(map(len, drawn)) <= 59
    assert ["1/5" in drawn[1], drawn[2].endswith("..."), "2/5" in drawn[3], drawn[4:]] == [True, True, True, [""]]
    assert "\n" not in screen.text
