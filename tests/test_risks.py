"""What deserves a second look, over pairs of members."""

from __future__ import annotations

from typing import Any

import pytest

from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.dialects import DIALECTS
from assistants_tool.planning.risks import mostly_new, risks
from tests.bounds import computes
from tests.builders import applied, planned, wanted
from tests.tables import cases

F = {"type": "function", "function": {"name": "f"}}
G = {"type": "function", "function": {"name": "g"}}
CODE = {"type": "code_interpreter"}
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "nothing": ({"model": "a"}, {"model": "a"}, []),
    "a name, a description": ({"name": "a"}, {"name": "b", "description": "c"}, []),
    "the model": ({"model": "a"}, {"model": "b"}, ["the model changes"]),
    "a tool more": ({"tools": [F]}, {"tools": [F, G]}, ["a tool is added"]),
    "two tools more": ({}, {"tools": [F, G]}, ["2 tools are added"]),
    "a tool less": ({"tools": [F, G]}, {"tools": [G]}, ["a tool is removed"]),
    "another order": ({"tools": [F, G]}, {"tools": [G, F]}, []),
    "another set-up of a tool": ({"tools": [F]}, {"tools": [{**F, "function": {"name": "f", "strict": True}}]}, []),
    "one tool for another": ({"tools": [F]}, {"tools": [G]}, ["a tool is added", "a tool is removed"]),
    "code_interpreter": ({}, {"tools": [CODE]}, ["code_interpreter is added: the assistant may run code"]),
    "no code_interpreter any more": ({"tools": [CODE]}, {}, ["a tool is removed"]),
    "response_format": ({}, {"response_format": {"type": "text"}}, ["the response format changes"]),
    "a warm half": ({"temperature": 0.2}, {"temperature": 0.7}, []),
    "more than a warm half": ({"temperature": 0.2}, {"temperature": 0.71}, ["the temperature moves by more than 0.5"]),
    "cooler": ({}, {"temperature": 0}, ["the temperature moves by more than 0.5"]),
    "a word of many": ({"instructions": "You are kind and brief."}, {"instructions": "You are kind and short."}, []),
    "other words": (
        {"instructions": "You are kind."},
        {"instructions": "Answer orders only."},
        ["more than half of the instructions changes"],
    ),
    "none to some": ({}, {"instructions": "x"}, ["more than half of the instructions changes"]),
}


@pytest.mark.parametrize(("before", "after", "said"), PAIRS.values(), ids=PAIRS)
def test_what_is_said(before: dict[str, Any], after: dict[str, Any], said: list[str]) -> None:
    assert list(risks(canonical(before), canonical(after))) == said


def _with(**changed: Any) -> dict[str, Any]:
    return {"model": "m", "tools": [{**F, "function": {**_FUNCTION}}], **changed}


_FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}
_JSON = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object", "properties": {}}}}
# Changes in a file that are a risk whatever the API calls their places.
EVERYWHERE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "another function": (
        {"tools": [{**F, "function": {**_FUNCTION, "name": "g"}}]},
        ["a tool is added", "a tool is removed"],
    ),
    "the same, set up anew": ({"tools": [{**F, "function": {**_FUNCTION, "description": "e"}}]}, []),
    "no tool": ({"tools": []}, ["a tool is removed"]),
    "the model": ({"model": "n"}, ["the model changes"]),
    "the response format": ({"response_format": _JSON}, ["the response format changes"]),
    "instructions": ({"instructions": "Be brief."}, ["more than half of the instructions changes"]),
}


@pytest.mark.parametrize("api", DIALECTS)
@cases("changed said", EVERYWHERE)
def test_a_risk_is_one_by_any_api(api: str, changed: dict[str, Any], said: list[str]) -> None:
    dialect = DIALECTS[api]
    carried = (dialect.carry(one, "a").fields for one in (_with(), _with(**changed)))
    before, after = (canonical(one, members=dialect.members) for one in carried)
    assert sorted(risks(before, after, dialect.members)) == said


def test_another_server_of_tools_is_another_tool() -> None:
    before, after = (canonical({"tools": [{"type": "mcp", "server_label": one}]}) for one in ("a", "b"))
    assert list(risks(before, after)) == ["a tool is added", "a tool is removed"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("한국어로 답합니다", "한국어로 답합니까", False),
        ("한국어로 답합니다", "영어만 쓰세요", True),
        ("a b c d", "c d a b", False),
        ("a b", "a b\n", False),
        (None, "", False),
        ("x", None, True),
        ({"odd": 1}, "x", True),
        ("first line\nsecond line", "second line\nfirst line", False),
        ("kept line\n" + "gone " * 5, "kept line\n" + "come " * 5, True),
        ("one line\n", "one line\n" * 9, True),
        ("请用中文回答客户的问题", "请用英文回答顾客的问题", False),
        ("a line\nof a text that was\nset in lines anew", "a line of a text that\nwas set\nin lines anew", False),
        ("русский текст здесь", "русский текст там", False),
    ],
)
def test_half_of_a_text(before: Any, after: Any, said: bool) -> None:
    assert mostly_new(before, after) is said


def test_what_is_ignored_is_no_risk() -> None:
    definition = wanted("a", name="b", ignore=["model", "temperature"])
    (change,) = planned([definition], [applied(definition, name="c", model="other", temperature=0)]).changes
    assert change.risks == ()


def test_lifting_protection_is_one_and_nothing_else_that_an_endpoint_drops() -> None:
    guarded = applied(wanted("a", temperature=0.1, protect=True), drops=["temperature"])
    (change,) = planned([wanted("a", temperature=0.1)], [guarded]).changes
    assert change.risks == ("protection is lifted",)


@pytest.mark.parametrize(("model", "refused"), [("gpt-4.1", True), ("gpt-4o", False)])
def test_fail_on_risk_refuses(model: str, refused: bool) -> None:
    definition = wanted("a", name="b")
    plan = planned([definition], [applied(definition, name="c", model=model)], fail_on_risk=True)
    assert [one.startswith("--fail-on-risk: 1 change to review (a)") for one in plan.refusals] == [True] * refused


LONG = " ".join(f"word{number % 997}" for number in range(40_000))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (LONG, LONG.replace("word1", "other"), False),
        (LONG, LONG.replace("word", "other"), True),
        (LONG.replace(" ", "\n"), LONG.replace("word1", "other").replace(" ", "\n"), False),
        (LONG.replace("9 ", "9\n"), LONG.replace("9 ", "8\n"), False),
    ],
    ids=["a few words", "all words", "a few lines", "a word of each line"],
)
def test_long_texts_are_compared_in_reasonable_time(before: str, after: str, said: bool) -> None:
    with computes(1):
        assert mostly_new(before, after) is said
