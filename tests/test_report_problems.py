"""Problems on a terminal: the caret stands below the place."""

from __future__ import annotations

import subprocess
import sys

import pytest

from assistants_tool.errors import Problem
from assistants_tool.report.columns import columns_of, fit, fit_end
from assistants_tool.report.problems import problem_lines
from tests.conftest import Write
from tests.terminals import in_terminal


def shown(excerpt: str, column: int, width: int = 80) -> list[str]:
    return [line.text for line in problem_lines(Problem("a.yaml", 12, column, "wrong", excerpt), width)]


def test_the_line_and_a_caret() -> None:
    assert shown("  temperature: 3", 16) == [
        "a.yaml:12:16: wrong",
        "   12 |   temperature: 3",
        "      |                ^",
    ]


@pytest.mark.parametrize(
    ("excerpt", "column", "line", "caret"),
    [
        ("이름: 값", 5, "   12 | 이름: 값", "      |       ^"),
        ("\tname: x", 2, "   12 |  name: x", "      |  ^"),
        ("name: \x1b[31mx", 1, "   12 | name: \\u001b[31mx", "      | ^"),
        ("x", 9, "   12 | x", "      |  ^"),
        ("a" * 100, 1, f"   12 | {'a' * 28}...", "      | ^"),
        ("a" * 100 + "b" + "c" * 100, 101, f"   12 | ...{'a' * 17}b{'c' * 7}...", f"      | {' ' * 20}^"),
    ],
)
def test_places_are_counted_in_columns(excerpt: str, column: int, line: str, caret: str) -> None:
    assert shown(excerpt, column, 40)[1:] == [line, caret]


@pytest.mark.parametrize("excerpt", ["", "   "])
def test_without_a_line_the_sentence_alone(excerpt: str) -> None:
    assert shown(excerpt, 1) == ["a.yaml:12:1: wrong"]


@pytest.mark.parametrize("text", ["abc", "회의록 정리 도우미", "👩‍💻 emoji 🎉🎉🎉", "e\u0301" * 9, ""])
@pytest.mark.parametrize("columns", [4, 5, 9, 30])
def test_what_is_cut_fits(text: str, columns: int) -> None:
    for cut in (fit(text, columns), fit_end(text, columns)):
        assert columns_of(cut) <= columns
        assert cut == text or "..." in cut


def test_a_terminal_sees_the_line_and_a_pipe_does_not(write: Write) -> None:
    write({"a.yaml": "model: m\ntemperature: 3\n"})
    sentence = "a.yaml:2:14: temperature is 3; it has to be at most 2\n"
    shown = f"{sentence}    2 | temperature: 3\n      |              ^\n"
    assert in_terminal("validate", "a.yaml", NO_COLOR="1") == (1, shown)
    run = subprocess.run(
        [sys.executable, "-m", "assistants_tool", "validate", "a.yaml"], capture_output=True, text=True, check=False
    )
    assert (run.stderr, run.returncode) == (sentence, 1)


def test_a_key_that_was_written_into_project_yaml_is_not_repeated(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "model: m\n",
            "assistants/project.yaml": (
                "environments:\n  a:\n    endpoint:\n      base_url: http://127.0.0.1/v1\n"
                "      api_kye: sk-planted\n      headers: {Authorization: sk-planted}\n      query:\n        - sk-planted\n"
            ),
        }
    )
    _, text = in_terminal("validate")
    assert "api_kye: ..." in text
    assert "sk-planted" not in text
