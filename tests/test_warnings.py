"""What stops nothing is told in every output, with its place: warnings, notes, and what the embedded endpoint will refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistants_tool.embedded.requests import Modify
from assistants_tool.errors import Problem, Severity
from assistants_tool.project.kinds import OPENAI
from assistants_tool.report.plain import Line
from assistants_tool.report.problems import problem_lines
from tests.conftest import Cli, Write
from tests.tables import cases
from tests.test_traps import PROJECT, said

# --- what the embedded endpoint takes


TOOLS = "model: m\ntools:\n  - type: web_lookup\n  - type: code_interpreter\ntool_resources: {memory: {x: 1}}\n"
REFUSED = [
    (
        "a.yaml:3:11: warning: tools[0].type: the embedded endpoint refuses tools of the type 'web_lookup'; "
        "it takes code_interpreter, file_search, function"
    ),
    (
        "a.yaml:5:18: warning: tool_resources.memory: the embedded endpoint refuses the resources 'memory'; "
        "it takes code_interpreter, file_search"
    ),
]


@cases(
    "project words warned",
    {
        "an environment of it": (PROJECT, [], True),
        "none": (PROJECT.replace("{endpoint: embedded}", "{endpoint: {base_url: 'http://127.0.0.1:9'}}"), [], False),
        "no project": ("", [], False),
        "no project, chosen": ("", ["--embedded"], True),
        "another chosen": (PROJECT, ["--base-url", "http://127.0.0.1:9"], False),
    },
)
def test_validate_says_what_the_embedded_endpoint_will_refuse(
    cli: Cli, write: Write, project: str, words: list[str], warned: bool
) -> None:
    files = {"a.yaml": TOOLS, **({"project.yaml": project} if project else {})}
    where = "in environment local: " if project and not words else ""
    refused = [one.replace("warning: ", f"warning: {where}") for one in REFUSED]
    assert said(cli, write, files, *words) == (refused if warned else [])


@pytest.mark.usefixtures("impatient")
def test_plan_says_so_for_the_chosen_endpoint(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": TOOLS})
    lines = cli("plan").stdout.splitlines()
    assert lines[1:3] == [f"assistants/{one}" for one in REFUSED]
    assert cli("plan", "--strict").exit_code == 1
    assert "refuses tools" not in cli("plan", "-e", "production").stdout
    refused = cli("apply", "--yes")
    assert (refused.exit_code, "400" in refused.stdout) == (1, True)


def test_leaving_the_environment_out_ends_it(cli: Cli, write: Write) -> None:
    assert said(cli, write, {"project.yaml": PROJECT, "a.yaml": f"{TOOLS}environments: {{local: false}}\n"}) == []


@pytest.mark.parametrize(
    "kind",
    ["code_interpreter", "file_search", "function", "retrieval", "bing_grounding", "mcp", "web_search", "browser"],
)
def test_the_table_says_what_the_embedded_endpoint_takes(kind: str) -> None:
    takes = OPENAI.rehearsed
    assert takes
    assert takes.tools
    assert takes.resources
    tool = {"type": kind, **({"function": {"name": "f"}} if kind == "function" else {})}
    for request, taken in (
        ({"tools": [tool]}, kind in takes.tools),
        ({"tool_resources": {kind: {}}}, kind in takes.resources),
    ):
        try:
            Modify.model_validate(request)
        except ValidationError:
            assert not taken, request
        else:
            assert taken, request


# --- warnings in every output


WARNED = {
    "project.yaml": PROJECT,
    "a.yaml": "model: m\ntools:\n  - type: function\n    function: {name: f, parameters: {type: object}}\n",
    "b.toml": "",
}
WARNING = (
    "tools[0].function.parameters: servers refuse an object without 'properties'; name them, or write `properties: {}`"
)
NOTE = "not read: definitions end in .yaml, .yml, .md or .json; rename it if it is one"


@pytest.fixture
def warned(write: Write) -> None:
    write({f"assistants/{name}": text for name, text in WARNED.items()})


LINES = [f"assistants/a.yaml:4:37: warning: {WARNING}", f"assistants/b.toml: note: {NOTE}"]


@pytest.mark.usefixtures("warned")
def test_validate_tells_of_warnings_and_stays_content(cli: Cli) -> None:
    ran = cli("validate")
    assert (ran.exit_code, ran.stdout, ran.stderr.splitlines()) == (
        0,
        "1 definition is valid, with 1 warning.\n",
        LINES,
    )
    strict = cli("validate", "--strict")
    assert (strict.exit_code, strict.stdout) == (1, "")
    assert strict.stderr.splitlines() == [LINES[0].replace("warning: ", ""), LINES[1]]


@pytest.mark.usefixtures("warned")
def test_strict_has_a_variable(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANTS_STRICT", "1")
    assert [cli(*words).exit_code for words in (["validate"], ["plan"], ["apply", "--yes", "-e", "local"])] == [1, 1, 1]


@pytest.mark.usefixtures("warned")
def test_warnings_in_json(cli: Cli) -> None:
    warning = {"path": "assistants/a.yaml", "line": 4, "column": 37, "message": WARNING}
    note = {"path": "assistants/b.toml", "line": 0, "column": 0, "message": NOTE}
    told = json.loads(cli("validate", "-o", "json").stdout)
    assert (told["valid"], told["problems"], told["warnings"], told["notes"]) == (True, [], [warning], [note])
    told = json.loads(cli("validate", "-o", "json", "--strict").stdout)
    assert (told["valid"], told["problems"], told["warnings"], told["notes"]) == (False, [warning], [], [note])
    told = json.loads(cli("plan", "-o", "json", "--out", "plan.json").stdout)
    assert (told["warnings"], told["notes"]) == ([warning], [note])
    assert cli("show", "plan.json").stdout.splitlines()[1:3] == LINES
    assert cli("apply", "plan.json", "--yes", "-e", "local").stdout.splitlines()[1:3] == LINES


@pytest.mark.usefixtures("warned")
def test_a_plan_that_an_earlier_version_saved_is_read(cli: Cli) -> None:
    assert cli("plan", "--out", "plan.json").exit_code == 0
    told = json.loads(Path("plan.json").read_text())
    Path("plan.json").write_text(
        json.dumps({name: one for name, one in told.items() if name not in ("warnings", "notes")})
    )
    assert cli("apply", "plan.json", "--yes", "-e", "local").exit_code == 0


@pytest.mark.usefixtures("warned")
def test_warnings_in_markdown_and_for_actions(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    told = cli("validate", "-o", "markdown").stdout
    assert told.startswith("### 1 definition is valid, with 1 warning.\n\n")
    assert all(one in told for one in LINES)
    assert all(one in cli("plan", "-o", "markdown").stdout for one in LINES)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary")
    annotations = [
        f"::warning file=assistants/a.yaml,line=4,col=37::{WARNING}",
        f"::notice file=assistants/b.toml::{NOTE}",
    ]
    assert cli("validate", "-o", "github").stdout.splitlines()[:2] == annotations
    assert [one for one in cli("plan", "-o", "github").stdout.splitlines() if one.startswith("::")] == annotations
    assert all(one in Path("summary").read_text() for one in LINES)
    strict = cli("validate", "-o", "github", "--strict").stdout
    assert strict.startswith(annotations[0].replace("::warning", "::error"))


@pytest.mark.usefixtures("warned")
def test_warnings_stand_among_faults_in_their_order(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": WARNED["a.yaml"] + "top_p: 3\n"})
    ran = cli("plan", "-o", "json")
    told = json.loads(ran.stdout)
    assert [len(told[name]) for name in ("problems", "warnings", "notes")] == [1, 1, 1]
    assert ran.stderr.splitlines()[1:] == [
        LINES[0],
        "assistants/a.yaml:5:8: top_p is 3; it has to be at most 1",
        LINES[1],
    ]


@pytest.mark.usefixtures("warned")
def test_what_needs_no_definitions_does_not_tell_of_them(cli: Cli) -> None:
    for words in (["list"], ["models"], ["doctor"]):
        assert "warning" not in cli(*words, "-e", "local").output


def test_a_warning_on_a_terminal_has_a_tone_of_its_own() -> None:
    found = problem_lines(Problem("a", 1, 1, "m", "text", Severity.WARNING), 80)
    assert [one.tone for one in found] == ["update", "quiet", "update"]
    assert next(problem_lines(Problem("a", 0, 0, "m", "", Severity.NOTE), 80)) == Line("a: note: m", "quiet")
