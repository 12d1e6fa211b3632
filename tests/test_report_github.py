"""Annotations for GitHub Actions, as its documentation has them, and that nothing else of ours is ever taken for one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistants_tool.errors import Problem
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.planning.view import SeenChange, SeenOutcome, SeenPlan
from assistants_tool.report.github import outcome_annotations, plan_annotations, problem_annotations
from assistants_tool.report.plain import inert, printable, to_json
from tests.conftest import Cli, Write
from tests.examples import examples
from tests.strategies import ODD_TEXTS
from tests.tables import cases

PROBLEMS: dict[str, tuple[Problem, str]] = {
    "with a place": (Problem("a/b.yaml", 3, 7, "no"), "::error file=a/b.yaml,line=3,col=7::no"),
    "a file as a whole": (Problem("b.yaml", 0, 0, "no"), "::error file=b.yaml::no"),
    "a name that would end the members": (
        Problem("a,b:c%.yaml", 1, 1, "x"),
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=1::x",
    ),
    "lines and percents": (
        Problem("a.yaml", 1, 1, "100% ::error::\nb"),
        "::error file=a.yaml,line=1,col=1::100%25 ::error::%0Ab",
    ),
    "what no log should hold": (
        Problem("a.yaml", 1, 1, "\x1b[2J\r\u202e"),
        "::error file=a.yaml,line=1,col=1::\\u001b[2J\\u000d\\u202e",
    ),
}


@cases("problem line", PROBLEMS)
def test_a_problem_shows_at_its_place(problem: Problem, line: str) -> None:
    assert list(problem_annotations([problem])) == [line]


def test_a_plan_shows_what_needs_a_look() -> None:
    changes = (
        SeenChange(Action.CONFLICT, "a", source="a.yaml:1:1", reason="taken"),
        SeenChange(Action.UPDATE, "b", source="b.yaml:2:1", risks=("the model changes", "a tool is added")),
        SeenChange(Action.CREATE, "c", source="c.yaml:1:1"),
        SeenChange(Action.DELETE, "d", reason="no definition has this key"),
    )
    assert list(plan_annotations(SeenPlan(changes, refusals=("1 conflict (a)",)))) == [
        "::error::apply would refuse: 1 conflict (a)",
        "::error file=a.yaml,line=1,col=1::a: taken",
        "::warning file=b.yaml,line=2,col=1::b: the model changes",
        "::warning file=b.yaml,line=2,col=1::b: a tool is added",
    ]


def test_a_result_shows_what_did_not_happen() -> None:
    ends = [
        SeenOutcome(Action.CREATE, "a", "asst_1", Status.DONE, source="a.yaml:1:1"),
        SeenOutcome(Action.UPDATE, "b", "asst_2", Status.FAILED, "500", source="b.yaml:1:1"),
        SeenOutcome(Action.CREATE, "c", None, Status.UNKNOWN, "no answer", source="c.yaml:1:1"),
        SeenOutcome(Action.DELETE, "d", "asst_4", Status.SKIPPED),
    ]
    assert list(outcome_annotations(SeenPlan((), refusals=("no",)), ends)) == [
        "::error::refused: no",
        "::error file=b.yaml,line=1,col=1::b: update failed: 500",
        "::error file=c.yaml,line=1,col=1::c: create unknown: no answer",
        "::error::d: delete not done",
    ]


# --- how the runner reads a line


def is_command(line: str) -> bool:
    """The newer form begins a line, behind any blanks; the older one stands anywhere in it."""
    return line.strip().startswith("::") or "##[" in line


COMMAND = re.compile(r"::(error|warning)(?: ([^:]*))?::(.*)")


def unescaped(text: str) -> str:
    for code, one in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, one)
    return text


odd = st.lists(
    st.sampled_from(["::", "##[", "#", "[", " ", "\t", "%", "%0A", ":", ",", "\n", "\r", "error", *ODD_TEXTS])
    | st.text(max_size=4),
    max_size=8,
).map("".join)


def said(text: str) -> str:
    """As it is, but for what Actions would take for a command."""
    return inert(printable(text).replace("\n", "\0")).replace("\0", "\n")


@examples(50)
@given(odd, odd)
@example("0", "")
def test_an_annotation_is_one_line_and_says_just_that(path: str, message: str) -> None:
    (line,) = problem_annotations([Problem(path or "x", 1, 2, message)])
    found = COMMAND.fullmatch(line)
    assert found, line
    assert "##[" not in line
    members = dict(one.split("=", 1) for one in found[2].split(","))
    assert {name: unescaped(value) for name, value in members.items()} == {
        "file": said(path or "x"),
        "line": "1",
        "col": "2",
    }
    assert unescaped(found[3]) == said(message)


@examples(50)
@given(odd)
def test_what_is_made_inert_is_no_command(text: str) -> None:
    for line in printable(text).split("\n"):
        assert not is_command(inert(line))
        assert inert(inert(line)) == inert(line)
        if not is_command(line):
            assert inert(line) == line


@examples(33)
@given(odd)
def test_json_is_no_command_and_loses_nothing(text: str) -> None:
    written = to_json({text: [text]})
    assert not any(map(is_command, written.split("\n")))
    assert json.loads(written) == {text: [text]}


# --- whole commands

PROJECT = "project: acme\ndefault_environment: local\nenvironments:\n  local: {endpoint: embedded}\n"
ORDERS = ["::error::forged", "  ::warning::forged", "##[error]forged", "x ##[group]forged"]
HOSTILE = (
    "name: '::error::name ##[x]'\nmodel: 'gpt ##[x]'\ndescription: '::debug::d'\ninstructions: |\n  Fine.\n"
    + "".join(f"  {one}\n" for one in ORDERS)
)


@pytest.fixture
def project(write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": HOSTILE})


WORDS: list[list[str]] = [
    *(["plan", "-o", one] for one in ("table", "json", "markdown", "html", "github")),
    *(["apply", "--yes", "-o", one] for one in ("table", "json", "markdown", "html", "github")),
    *(["show", "a", "-o", one] for one in ("yaml", "json", "table", "wide", "id", "markdown")),
    *(["list", "-o", one] for one in ("yaml", "json", "table", "wide", "id", "markdown")),
    *(["show", "plan.json", "-o", one] for one in ("table", "json", "markdown", "html")),
    ["models", "-o", "markdown"],
    ["models"],
    ["delete", "a", "--yes"],
]


@pytest.mark.usefixtures("project")
def test_no_line_is_taken_for_a_command(cli: Cli) -> None:
    said = [cli("plan", "--out", "plan.json"), cli("apply", "--yes")]
    Path("assistants/a.yaml").write_text(HOSTILE.replace("Fine", "Good"), encoding="utf-8")
    said += [cli(*words) for words in WORDS]
    for one in said:
        assert one.exit_code == 0
        assert not [line for line in one.output.split("\n") if is_command(line)]
    assert sum("forged" in one.output for one in said) > 10


@pytest.mark.usefixtures("project")
def test_what_is_told_as_data_is_not_changed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml  # noqa: PLC0415 - only here

    cli("apply", "--yes")
    shown = [cli("show", "a", "-o", one).stdout for one in ("json", "yaml")]
    monkeypatch.delenv("GITHUB_ACTIONS")
    shown.append(cli("show", "a").stdout)
    texts = [yaml.safe_load(one)["instructions"] for one in shown]
    assert texts == ["Fine.\n" + "".join(f"{one}\n" for one in ORDERS)] * 3


def commands(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if is_command(line))


@pytest.mark.usefixtures("project")
def test_validate_annotates_each_problem(cli: Cli, write: Write) -> None:
    write({"assistants/b.yaml": 'model: m\ntemperature: 3\nnmae: x\n"foo##[bar": 1\n'})
    found = cli("validate", "-o", "github")
    assert found.exit_code == 1
    *others, last = commands(found.stdout)
    assert last.startswith("::error file=assistants/b.yaml,line=4,col=1::unknown field 'foo## [bar'; known are: ")
    assert others == [
        "::error file=assistants/b.yaml,line=2,col=14::temperature is 3; it has to be at most 2",
        "::error file=assistants/b.yaml,line=3,col=1::unknown field 'nmae'; did you mean 'name'? To send it as it is, write it under extra",
    ]
    assert list(commands(found.stderr)) == []
    # What cannot be loaded is told likewise by the commands that load.
    assert list(commands(cli("plan", "-o", "github").stdout)) == list(commands(found.stdout))


def test_a_plan_with_a_risk_and_its_summary(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = project / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert cli("apply", "--yes").exit_code == 0
    assert summary.read_text(encoding="utf-8") == "before\n"
    Path("assistants/a.yaml").write_text(HOSTILE.replace("gpt ", "gpt-5 "), encoding="utf-8")
    found = cli("plan", "-o", "github")
    assert (found.exit_code, found.stderr) == (0, "")
    assert list(commands(found.stdout)) == ["::warning file=assistants/a.yaml,line=1,col=1::a: the model changes"]
    assert cli("apply", "-o", "github", "--yes").exit_code == 0
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n### Plan: 0 to create, 1 to update, 0 to delete, 0 unchanged.\n")
    assert text.count("### Applied: 0 created, 1 updated, 0 deleted.\n") == 1


def test_a_summary_that_cannot_be_written_is_no_failure(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project))
    found = cli("apply", "-o", "github", "--yes")
    assert (found.exit_code, found.stderr) == (
        0,
        "the step summary cannot be written: Is a directory; check GITHUB_STEP_SUMMARY\n",
    )


def test_a_summary_stays_within_what_actions_takes(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts bytes, and a letter may have four."""
    summary = project / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    for number in range(8):
        text = f"key: k{number}\nmodel: m\ninstructions: |\n" + "  👩👩👩👩👩👩👩👩👩👩\n" * 6000
        (project / f"assistants/k{number}.yaml").write_text(text, encoding="utf-8")
    assert cli("plan", "-o", "github").exit_code == 0
    assert 500_000 < summary.stat().st_size < 2**20
    assert "Too long to be shown here." in summary.read_text(encoding="utf-8")
