"""Plans and outcomes as people see them: literals of whole texts, and what a hostile server may not do to a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.differences import ABSENT, Difference
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.masks import Masks
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change
from assistants_tool.planning.view import seen_outcome, seen_plan
from assistants_tool.report.plain import Line, printable, to_json
from assistants_tool.report.text import Extent, Words, diff_lines, outcome_lines, outcome_summary, plan_lines, tool_name
from tests.bounds import computes
from tests.builders import applied, bare, marked, planned, printed, wanted
from tests.examples import examples
from tests.strategies import definition_lists, json_values
from tests.tables import cases

NOTHING = "Plan: 0 to create, 0 to update, 0 to delete, 0 unchanged."
ONE_UPDATE = "Plan: 0 to create, 1 to update, 0 to delete, 0 unchanged."
ONE_CREATE = "Plan: 1 to create, 0 to update, 0 to delete, 0 unchanged."


def updated(definition: Definition, **changed: Any) -> str:
    """The plan for a definition that was applied, and changed on the endpoint since; without its risks.

    Another assistant shows that the endpoint keeps every field, so that nothing is missing by its doing.
    """
    full = bare("asst_full", tools=[{"type": "code_interpreter"}], metadata={"a": "b"}, description="x", name="Full")
    lines = printed(planned([definition], [applied(definition, **changed), full])).split("\n")
    return "\n".join(line for line in lines if not line.startswith("    risk: "))


# --- a create


def test_a_create_shows_what_is_declared() -> None:
    definition = wanted(
        "support",
        name="Support \u2014 봇",
        instructions="You are the first line of support.\nBe kind.\n",
        tools=[
            {"type": "code_interpreter"},
            {"type": "function", "function": {"name": "get_order"}},
            {"type": "openapi", "spec": {}},
        ],
        tool_resources={"file_search": {"vector_store_ids": ["vs_1"]}},
        metadata={"team": "봇"},
        temperature=0,
        response_format={"type": "text"},
        protect=True,
    )
    assert printed(planned([definition], [])) == (
        '+ support "Support \u2014 봇": not on the endpoint yet: it will be created\n'
        "    model: gpt-4o\n"
        "    name: Support \u2014 봇\n"
        "    instructions: You are the first line of support. ... (44 characters)\n"
        "    tools: code_interpreter, function get_order, openapi\n"
        '    tool_resources: {"file_search": {"vector_store_ids": ["vs_1"]}}\n'
        '    metadata: {"team": "봇"}\n'
        "    temperature: 0\n"
        '    response_format: {"type": "text"}\n'
        "    protect: true\n"
        f"{ONE_CREATE}"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("one line\n", "one line"),
        ("\n\n  first\nsecond", "first ... (16 characters)"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + " ... (61 characters)"),
        ("", ""),
        ("\n", ""),
        ("a\u2028b", "a ... (3 characters)"),
    ],
    ids=[
        "short",
        "a final newline",
        "several lines",
        "just short enough",
        "too long",
        "empty",
        "a newline",
        "odd line end",
    ],
)
def test_a_long_text_is_shown_by_its_first_line_when_it_is_created(text: str, shown: str) -> None:
    lines = printed(planned([wanted("bot", instructions=text)], [])).split("\n")
    assert lines[2] == f"    instructions: {shown}"


def test_a_long_structure_is_cut_when_it_is_created() -> None:
    definition = wanted("bot", metadata={f"key{number}": "value" for number in range(15)})
    (line,) = [one for one in printed(planned([definition], [])).split("\n") if "metadata" in one]
    assert len(line) == len("    metadata: ") + 120 + len(" ...")


# --- differences


SHORT: dict[str, tuple[Definition, dict[str, Any], str]] = {
    "text": (wanted("bot", name="Bot"), {"name": "Old"}, '    name: "Old" -> "Bot"'),
    "to nothing": (wanted("bot"), {"description": "Old"}, '    description: "Old" -> null'),
    "a number": (wanted("bot", temperature=0), {"temperature": 0.5}, "    temperature: 0.5 -> 0"),
    "a new pair": (wanted("bot", metadata={"a": "b"}), {"metadata": {"a": None}}, '    metadata.a: (absent) -> "b"'),
    "a pair too many": (wanted("bot"), {"metadata": {"a": "b"}}, '    metadata.a: "b" -> (absent)'),
    "another kind": (
        wanted("bot", response_format={"type": "text"}),
        {"response_format": "auto"},
        '    response_format: "auto" -> {"type": "text"}',
    ),
    "other scripts": (wanted("bot", name="봇"), {"name": "é"}, '    name: "é" -> "봇"'),
    "white space": (wanted("bot", name="a "), {"name": "a\t"}, '    name: "a\\t" -> "a "'),
    "just short enough": (wanted("bot", name="x" * 60), {"name": "y"}, f'    name: "y" -> "{"x" * 60}"'),
    "what no one expects": (wanted("bot"), {"tools": {"a": 1}}, '    tools: {"a": 1} -> []'),
}


@pytest.mark.parametrize(("definition", "changed", "line"), SHORT.values(), ids=SHORT)
def test_a_short_difference_is_one_line(definition: Definition, changed: dict[str, Any], line: str) -> None:
    assert updated(definition, **changed).split("\n")[1:-1] == [line]


def test_long_text_is_a_unified_diff_never_cut() -> None:
    lines = [f"Line {number} of the instructions." for number in range(1, 9)]
    wanted_lines = [*lines[:4], "This one is new.", *lines[4:]]
    definition = wanted("bot", instructions="\n".join(wanted_lines))
    assert updated(definition, instructions="\n".join([*lines[:7], "Line 8 was another."])) == (
        "~ bot asst_bot: changed on the endpoint\n"
        "    instructions:\n"
        "      @@ -3,6 +3,7 @@\n"
        "       Line 3 of the instructions.\n"
        "       Line 4 of the instructions.\n"
        "      +This one is new.\n"
        "       Line 5 of the instructions.\n"
        "       Line 6 of the instructions.\n"
        "       Line 7 of the instructions.\n"
        "      -Line 8 was another.\n"
        "      +Line 8 of the instructions.\n"
        f"{ONE_UPDATE}"
    )


LONG: dict[str, tuple[Any, Any, list[str]]] = {
    "one long line": ("x" * 61, "y" * 61, ["@@ -1 +1 @@", "-" + "x" * 61, "+" + "y" * 61]),
    "from nothing": ("a\nb", None, ["@@ -1,2 +0,0 @@", "-a", "-b"]),
    "to nothing": (None, "a\nb", ["@@ -0,0 +1,2 @@", "+a", "+b"]),
    "a final newline more": ("a\nb", "a\nb\n", ["@@ -1,2 +1,2 @@", " a", "-b", "\\ no newline at the end", "+b"]),
    "a final newline less": ("a\nb\n", "a\nc", ["@@ -1,2 +1,2 @@", " a", "-b", "+c", "\\ no newline at the end"]),
    "a line less, and the final newline": ("a\nb", "a\n", ["@@ -1,2 +1 @@", " a", "-b", "\\ no newline at the end"]),
    "a line more, and both without one": ("a\nb", "a\nb\nc", ["@@ -1,2 +1,3 @@", " a", " b", "+c"]),
    "a line more, and both with one": ("a\nb\n", "a\nb\nc\n", ["@@ -1,2 +1,3 @@", " a", " b", "+c"]),
    "an empty line more": ("a\nb\n", "a\nb\n\n", ["@@ -1,2 +1,3 @@", " a", " b", "+"]),
    "a carriage return": ("a\r\nb", "a\nb", ["@@ -1,2 +1,2 @@", "-a\r", "+a", " b"]),
    "lines that look like a header": (
        "--- a\n+++ b",
        "--- a\n+++ c",
        ["@@ -1,2 +1,2 @@", " --- a", "-+++ b", "++++ c"],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), LONG.values(), ids=LONG)
def test_long_text_beside_anything(before: Any, after: Any, expected: list[str]) -> None:
    definition = wanted("bot", **({"instructions": after} if after else {}))
    assert updated(definition, instructions=before).split("\n")[1:-1] == [
        "    instructions:",
        *(f"      {line}" for line in expected),
    ]


def test_a_new_tool_that_is_long_is_shown_in_full() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"é": {}}}}}
    assert updated(wanted("bot", tools=[tool]), tools=[]) == (
        "~ bot asst_bot: changed on the endpoint\n"
        "    tools[0]:\n"
        "      @@ -0,0 +1,14 @@\n"
        "      +{\n"
        '      +  "type": "function",\n'
        '      +  "function": {\n'
        '      +    "name": "f",\n'
        '      +    "description": null,\n'
        '      +    "parameters": {\n'
        '      +      "type": "object",\n'
        '      +      "properties": {\n'
        '      +        "é": {}\n'
        "      +      }\n"
        "      +    },\n"
        '      +    "strict": false\n'
        "      +  }\n"
        "      +}\n"
        f"{ONE_UPDATE}"
    )


def test_in_brief_each_change_is_one_line_with_its_risks() -> None:
    was = applied(wanted("old", model="gpt-4o"))
    plan = planned([wanted("new", name="New", instructions="Be kind."), wanted("old", model="gpt-4.1")], [was])
    lines = [line.text for line in plan_lines(seen_plan(plan), extent=Extent.BRIEF)]
    assert lines == [
        '+ new "New": not on the endpoint yet: it will be created',
        "~ old asst_old: changed in the files",
        "    risk: the model changes",
        "Plan: 1 to create, 1 to update, 0 to delete, 0 unchanged.",
    ]


def test_in_full_each_line_of_what_comes_is_there_and_of_what_goes_the_name() -> None:
    gone = marked("asst_gone", Mark("acme", "production", "gone"), name="Gone", instructions="Be quick.")
    plan = planned([wanted("new", name="New", instructions="Be kind.\n\nEnd.")], [gone], prune=True)
    lines = [one for line in plan_lines(seen_plan(plan), extent=Extent.FULL) for one in line.text.split("\n")]
    assert lines == [
        '- gone asst_gone "Gone": no definition has this key',
        '+ new "New": not on the endpoint yet: it will be created',
        "    model: gpt-4o",
        "    name: New",
        "    instructions:",
        "      +Be kind.",
        "      +",
        "      +End.",
        "Plan: 1 to create, 0 to update, 1 to delete, 0 unchanged.",
    ]


def shown_diff(before: str, after: str, words: Words = Words.NOT) -> list[str]:
    lines = (one for line in diff_lines(before, after, words) for one in line.text.split("\n"))
    return [one.removeprefix("      ") for one in lines]


def patched(before: Sequence[str], diff: Iterable[str]) -> list[str]:
    """What `patch` makes of a text by a diff of it."""
    left, made = list(before), []
    for line in diff:
        if header := re.fullmatch(r"@@ -([0-9]+)(,0)?.* @@", line):
            reached = len(before) - len(left)
            copied = int(header[1]) - (not header[2]) - reached
            made += [left.pop(0) for _ in range(copied)]
            continue
        if line[0] in " -":
            assert left.pop(0) == line[1:]
        if line[0] in " +":
            made.append(line[1:])
    return made + left


BEFORE = "You are kind.\nBe brief.\nold\n\nSame.\nEnd."
AFTER = "You are very kind.\nnew\nBe brief.\n\nSame.\nEnd.\n"
WORDS: dict[str, tuple[Words, list[str]]] = {
    "lines alone": (
        Words.NOT,
        [
            "@@ -1,6 +1,6 @@",
            "-You are kind.",
            "+You are very kind.",
            "+new",
            " Be brief.",
            "-old",
            " ",
            " Same.",
            "-End.",
            "\\ no newline at the end",
            "+End.",
        ],
    ),
    "brackets": (
        Words.BRACKETED,
        [
            "@@ -1,6 +1,6 @@",
            " You are {+very +}kind.",
            " {+new+}",
            " Be brief.",
            " [-old-]",
            " ",
            " Same.",
            " End.",
            "\\ no newline at the end of what is there",
        ],
    ),
}


@cases("words expected", WORDS)
def test_words_that_changed(words: Words, expected: list[str]) -> None:
    assert shown_diff(BEFORE, AFTER, words) == expected


def test_marked_words_are_parts_of_the_same_lines() -> None:
    assert shown_diff(BEFORE, AFTER, Words.MARKED) == shown_diff(BEFORE, AFTER)
    found = list(diff_lines(BEFORE, AFTER, Words.MARKED))
    marked = [(line.text[one.start : one.stop], one.tone) for line in found for one in line.spans]
    assert marked == [("very ", "marked")]


def test_words_in_brackets_have_the_tone_of_their_side() -> None:
    found = list(diff_lines("a b c", "a x c", Words.BRACKETED))
    spans = [(line.text[one.start : one.stop], one.tone) for line in found for one in line.spans]
    assert spans == [("[-b-]", "delete"), ("{+x+}", "create")]


@cases(
    "before after expected",
    {
        "an empty line more": ("a\nb", "a\n\nb", [" a", " {++}", " b"]),
        "an empty line less": ("a\n\nb", "a\nb", [" a", " [--]", " b"]),
        "brackets of their own": ("a [-b-] c", "a [-x-] c", [" a [-[-b-]{+x+}-] c"]),
    },
)
def test_brackets_around_odd_words(before: str, after: str, expected: list[str]) -> None:
    assert shown_diff(before, after, Words.BRACKETED)[1:] == expected


@cases("words", {one.name: one for one in Words})
def test_a_text_is_compared_when_its_lines_are_asked_for(words: Words) -> None:
    """So that of many large ones no two are held."""
    definition = wanted("bot", instructions="a\nb")
    seen = seen_plan(planned([definition], [applied(definition, instructions="a\nc")]))
    first = next(plan_lines(seen, words))
    assert first.text.startswith("~ bot")
    lines = diff_lines("a\n" * 100_000, "b\n" * 100_000, words)
    with computes(1):
        assert next(lines).tone == "quiet"


def as_text(lines: Sequence[str]) -> str:
    return "".join(f"{one}\n" for one in lines)


ODD = [f"{number % 7}" for number in range(5000)]
NEW = [f"{number % 11}" for number in range(5000)]
OTHERS = [f"other {number}" for number in range(5000)]
LARGE: dict[str, tuple[list[str], list[str], str, int]] = {
    "one line of many": ([*ODD, "a", *ODD], [*ODD, "b", *ODD], "@@ -4999,5 +4999,5 @@", 7),
    "a line more": ([*ODD, *ODD], [*ODD, "b", *ODD], "@@ -4999,4 +4999,5 @@", 6),
    "all of them": (ODD, OTHERS[1:], "@@ -1,5000 +1,4999 @@", 10000),
    "from nothing": ([], ODD, "@@ -0,0 +1,5000 @@", 5001),
    "to nothing": (ODD, [], "@@ -1,5000 +0,0 @@", 5001),
    "another order": (OTHERS, [*OTHERS[2500:], *OTHERS[:2500]], "@@ -1,2 +1,2502 @@", 5006),
    "the same lines again and again": (ODD, NEW, "@@ -6,4 +6,8 @@", 5905),
}


@cases("before after header lines", LARGE)
def test_a_large_diff_takes_no_time_and_leaves_nothing_out(
    before: list[str], after: list[str], header: str, lines: int
) -> None:
    with computes(2):
        shown = shown_diff(as_text(before), as_text(after))
    assert (shown[0], len(shown)) == (header, lines)
    assert patched(before, shown) == after


@examples(33)
@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_a_diff_makes_of_the_one_the_other(before: list[str], after: list[str]) -> None:
    assert patched(before, shown_diff(as_text(before), as_text(after))) == after


@examples(20)
@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_a_diff_loses_no_line_that_changed(before: list[str], after: list[str]) -> None:
    shown = shown_diff(as_text(before), as_text(after))
    removed, added = ([one[1:] for one in shown if one[0] == sign] for sign in "-+")
    assert len(before) - len(removed) == len(after) - len(added)
    assert (shown == []) == (before == after)
    assert sorted(before + added) == sorted(after + removed)


# --- tones


def test_each_line_has_the_tone_of_what_it_tells() -> None:
    definitions = [wanted("a", instructions="x\ny"), wanted("b"), wanted("c", name="Same"), wanted("d", adopt="asst_d")]
    assistants = [
        applied(definitions[0], instructions="x\nz"),
        bare("asst_c", name="Same"),
        bare("asst_d", temperature=0.5),
        applied(wanted("e")),
    ]
    tones = [
        (one.text.split(":")[0][:12], one.tone)
        for one in plan_lines(seen_plan(planned(definitions, assistants, incomplete="why")))
    ]
    assert tones == [
        ("~ a asst_a", "update"),
        ("    instruct", ""),
        ("      @@ -1,", "quiet"),
        ("       x", ""),
        ("      -z", "delete"),
        ("      +y", "create"),
        ("+ b", "create"),
        ("    model", "quiet"),
        ('! c "Same"', "conflict"),
        ("> d asst_d", "adopt"),
        ("    temperat", ""),
        ("? e asst_e", "orphan"),
        ("The listing ", "error"),
        ("Refused", "error"),
        ("Refused", "error"),
        ("Plan", ""),
    ]


# --- what is kept, what is refused


def test_what_an_endpoint_drops_is_said_once_for_all() -> None:
    definitions = [wanted(f"k{number}", temperature=0.5) for number in range(5)]
    definitions += [wanted("other", top_p=0.5), *(wanted(f"m{number}", name="M") for number in range(3))]
    assistants = [applied(one, drops=["temperature", "top_p", "name"]) for one in definitions]
    assert printed(planned(definitions, assistants)) == (
        "= the endpoint does not keep: temperature (k0, k1, k2 and 2 more)\n"
        "= the endpoint does not keep: name (m0, m1, m2)\n"
        "= the endpoint does not keep: top_p (other)\n"
        "Plan: 0 to create, 0 to update, 0 to delete, 9 unchanged."
    )


def test_refusals_stand_before_the_count() -> None:
    plan = planned([wanted("bot")], [], incomplete="the endpoint repeats a page")
    assert printed(plan).split("\n")[-3:] == [
        "The listing may be incomplete: the endpoint repeats a page",
        f"Refused: {plan.refusals[0]}",
        ONE_CREATE,
    ]


# --- variables

SECRET = "sk-not-to-be-seen"  # noqa: S105 - it is what must not be shown
NAME, DESCRIPTION, TOKEN = ("name",), ("description",), ("metadata", "token")
STORE = ("tool_resources", "file_search", "vector_store_ids", 0)
SPOKEN = ("tools", 0, "function", "description")
FUNCTION = {"type": "function", "function": {"name": "f", "description": SECRET}}
OTHER = {"type": "function", "function": {"name": "other"}}
SEARCH = {"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0.5}}}
THRESHOLD = ("tools", 0, "file_search", "ranking_options", "score_threshold")
STORES = {"file_search": {"vector_store_ids": [SECRET]}}

MASKED: dict[str, tuple[Definition, dict[str, Any], list[str]]] = {
    "a field": (
        wanted("bot", description=SECRET, variables={DESCRIPTION: "TEXT"}),
        {"description": "old secret"},
        ["~ bot asst_bot: changed on the endpoint", "    description: env:TEXT differs"],
    ),
    "long text": (
        wanted("bot", instructions=f"{SECRET}\nmore", variables={("instructions",): "TEXT"}),
        {"instructions": "old secret\nmore"},
        ["~ bot asst_bot: changed on the endpoint", "    instructions: env:TEXT differs"],
    ),
    "the name": (
        wanted("bot", name=SECRET, variables={NAME: "NAME"}),
        {"name": "old secret"},
        ["~ bot asst_bot env:NAME: changed on the endpoint", "    name: env:NAME differs"],
    ),
    "a number": (
        wanted("bot", temperature=0.25, variables={("temperature",): "WARMTH"}),
        {"temperature": 0.5},
        ["~ bot asst_bot: changed on the endpoint", "    temperature: env:WARMTH differs"],
    ),
    "a pair": (
        wanted("bot", metadata={"token": SECRET}, variables={TOKEN: "TOKEN"}),
        {"metadata": {"token": "old secret"}},
        ["~ bot asst_bot: changed on the endpoint", "    metadata.token: env:TOKEN differs"],
    ),
    "a pair that is not there": (
        wanted("bot", metadata={"token": SECRET}, variables={TOKEN: "TOKEN"}),
        {"metadata": {"token": None}},
        ["~ bot asst_bot: changed on the endpoint", "    metadata.token: env:TOKEN differs"],
    ),
    "an id, wherever it stands among the others": (
        wanted("bot", tool_resources=STORES, variables={STORE: "STORE"}),
        {"tool_resources": {"file_search": {"vector_store_ids": ["old", "older"]}}},
        [
            "~ bot asst_bot: changed on the endpoint",
            "    tool_resources.file_search.vector_store_ids[0]: env:STORE differs",
            "    tool_resources.file_search.vector_store_ids[1]: env:STORE differs",
        ],
    ),
    "not the ids of another list": (
        wanted("bot", tool_resources=STORES, variables={STORE: "STORE"}),
        {"tool_resources": {**STORES, "code_interpreter": {"file_ids": ["file-1"]}}},
        [
            "~ bot asst_bot: changed on the endpoint",
            '    tool_resources.code_interpreter.file_ids[0]: "file-1" -> (absent)',
        ],
    ),
    "not what is empty": (
        wanted("bot", metadata={"token": ""}, variables={TOKEN: "TOKEN"}),
        {"metadata": {"other": ""}},
        ["~ bot asst_bot: changed on the endpoint", '    metadata.other: "" -> (absent)'],
    ),
    "a number inside a new tool": (
        wanted("bot", tools=[SEARCH], variables={THRESHOLD: "THRESHOLD"}),
        {"tools": []},
        [
            "~ bot asst_bot: changed on the endpoint",
            "    tools[0]:",
            "      @@ -0,0 +1,10 @@",
            "      +{",
            '      +  "type": "file_search",',
            '      +  "file_search": {',
            '      +    "max_num_results": null,',
            '      +    "ranking_options": {',
            '      +      "ranker": "default_2024_08_21",',
            '      +      "score_threshold": "env:THRESHOLD"',
            "      +    }",
            "      +  }",
            "      +}",
        ],
    ),
    "inside a new tool": (
        wanted("bot", tools=[FUNCTION], variables={SPOKEN: "TEXT"}),
        {"tools": []},
        [
            "~ bot asst_bot: changed on the endpoint",
            "    tools[0]:",
            "      @@ -0,0 +1,12 @@",
            "      +{",
            '      +  "type": "function",',
            '      +  "function": {',
            '      +    "name": "f",',
            '      +    "description": "env:TEXT",',
            '      +    "parameters": {',
            '      +      "type": "object",',
            '      +      "properties": {}',
            "      +    },",
            '      +    "strict": false',
            "      +  }",
            "      +}",
        ],
    ),
    "in another place on the endpoint": (
        wanted("bot", tools=[OTHER, FUNCTION], variables={("tools", 1, "function", "description"): "TEXT"}),
        {"tools": [FUNCTION, OTHER]},
        [
            "~ bot asst_bot: changed on the endpoint",
            '    tools[0].function.name: "f" -> "other"',
            '    tools[0].function.description: "env:TEXT" -> null',
            '    tools[1].function.name: "other" -> "f"',
            "    tools[1].function.description: env:TEXT differs",
        ],
    ),
}


@pytest.mark.parametrize(("definition", "changed", "lines"), MASKED.values(), ids=MASKED)
def test_what_came_from_a_variable_is_shown_by_its_name(
    definition: Definition, changed: dict[str, Any], lines: list[str]
) -> None:
    shown = updated(definition, **changed)
    assert shown.split("\n")[:-1] == lines
    assert "secret" not in shown
    assert SECRET not in shown


@pytest.mark.parametrize("definition", [one for one, _, _ in MASKED.values()], ids=MASKED)
def test_a_create_and_an_adoption_show_no_variable_s_value(definition: Definition) -> None:
    created = printed(planned([definition], []))
    assert SECRET not in created
    taken = Definition("bot", definition.fields, adopt="asst_1", variables=definition.variables)
    assert SECRET not in printed(planned([taken], [bare("asst_1")]))


def test_a_create_names_the_variables() -> None:
    definition = wanted(
        "bot",
        name=SECRET,
        temperature=0.5,
        metadata={"token": SECRET, "team": "a"},
        tools=[{"type": "function", "function": {"name": SECRET}}],
        tool_resources=STORES,
        variables={
            NAME: "NAME",
            ("temperature",): "WARMTH",
            TOKEN: "TOKEN",
            ("tools", 0, "function", "name"): "FUNCTION",
            STORE: "STORE",
        },
    )
    assert printed(planned([definition], [])) == (
        "+ bot env:NAME: not on the endpoint yet: it will be created\n"
        "    model: gpt-4o\n"
        "    name: env:NAME\n"
        "    temperature: env:WARMTH\n"
        '    metadata: {"token": "env:TOKEN", "team": "a"}\n'
        "    tools: function env:FUNCTION\n"
        '    tool_resources: {"file_search": {"vector_store_ids": ["env:STORE"]}}\n'
        f"{ONE_CREATE}"
    )


def test_a_definition_without_variables_is_shown_as_it_is() -> None:
    definition = wanted("bot", metadata={"a": "b"}, tools=[FUNCTION])
    assert Masks(definition).stated() == definition.fields


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ({"type": "code_interpreter"}, "code_interpreter"),
        ({"type": "function", "function": {"name": "f"}}, "function f"),
        ({"type": "function", "function": "odd"}, "function"),
        ({"type": "function", "name": "f"}, "function f"),
        ("odd", "odd"),
        (None, "None"),
        ({}, "None"),
    ],
    ids=str,
)
def test_a_tool_is_named_whatever_it_is(tool: Any, name: str) -> None:
    assert tool_name(tool) == name


# --- nothing raw from a server


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é 봇 👩\u200d👧", "plain, é 봇 👩\u200d👧"),
        ("newline\nand\ttab", "newline\nand\ttab"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x9b31m", "\\u009b31m"),
        ("a\rb", "a\\u000db"),
        ("a\x08b", "a\\u0008b"),
        ("\x00\x07\x0b\x0c\x7f\x85", "\\u0000\\u0007\\u000b\\u000c\\u007f\\u0085"),
        ("\u202eabc\u202c", "\\u202eabc\\u202c"),
        ("\u2066a\u2069\u200e\u200f\u061c", "\\u2066a\\u2069\\u200e\\u200f\\u061c"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ufeff", "\\ufeff"),
        ("\ud800", "\\ud800"),
    ],
    ids=ascii,
)
def test_what_could_move_a_cursor_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@examples(67)
@given(st.text(st.characters()))
def test_any_text_can_be_printed_and_read_back_from_json(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert not any(one < " " and one not in "\n\t" for one in shown)
    assert json.loads(to_json([text])) == [text]


FORGED = "x\n+ forged: not on the endpoint yet: it will be created"
FORGERIES: dict[str, tuple[list[Definition], list[Assistant]]] = {
    "an id": ([], [marked(FORGED, Mark("acme", "production", "bot"))]),
    "a name": ([], [marked("asst_1", Mark("acme", "production", "bot"), name=FORGED)]),
    "a name of its own": ([wanted("bot", name="b")], [applied(wanted("bot", name="b"), name=FORGED[2:])]),
    "a pair's name": ([wanted("bot")], [applied(wanted("bot"), metadata={FORGED: "a"})]),
    "a dropped pair's name": (
        [wanted("bot", metadata={FORGED: "a"})],
        [applied(wanted("bot", metadata={FORGED: "a"}), drops=["metadata"])],
    ),
    "long text": (
        [wanted("bot", instructions="a\nb")],
        [applied(wanted("bot", instructions="a\nb"), instructions=FORGED)],
    ),
}


@pytest.mark.parametrize(("definitions", "assistants"), FORGERIES.values(), ids=FORGERIES)
def test_a_line_break_from_a_server_forges_no_line(definitions: list[Definition], assistants: list[Assistant]) -> None:
    lines = printed(planned(definitions, assistants)).split("\n")
    assert any("forged" in one for one in lines)
    assert not any(one.startswith("+ ") for one in lines)


def test_a_line_break_in_a_message_forges_no_line() -> None:
    change = Change(Action.UPDATE, "bot", wanted("bot"), bare("asst_1"))
    for status in Status:
        lines = outcome_lines(seen_outcome(Outcome(change, status, "asst_1", FORGED, FORGED)))
        assert not any("\n" in one.text or one.text.startswith("+ ") for one in lines)


@examples(20)
@given(st.dictionaries(st.sampled_from(["name", "instructions", "tools", "metadata", "temperature"]), json_values()))
def test_any_answer_can_be_shown(members: dict[str, Any]) -> None:
    held = members.get("metadata")
    metadata = {**(held if isinstance(held, dict) else {}), MARK_KEY: Mark("acme", "production", "bot").encode()}
    there = Assistant({"id": "asst_1", **members, "metadata": metadata})
    for plan in (planned([wanted("bot", name="b")], [there]), planned([], [there], prune=True)):
        for line in plan_lines(seen_plan(plan)):
            printable(line.text).encode()


@examples(10)
@given(definition_lists())
def test_every_definition_can_be_shown(definitions: list[Definition]) -> None:
    lines = [one.text for one in plan_lines(seen_plan(planned(definitions, [])))]
    assert [one.split(" ")[1].rstrip(":") for one in lines if one.startswith("+ ")] == sorted(
        one.key for one in definitions
    )
    assert lines[-1] == f"Plan: {len(definitions)} to create, 0 to update, 0 to delete, 0 unchanged."


def test_nested_and_odd_numbers_can_be_shown() -> None:
    nested: Any = 1
    for _ in range(700):
        nested = [nested]
    for odd in (nested, float("nan"), float("inf"), 10**400):
        there = Assistant({"id": "asst_1", "temperature": odd, "tools": [{"type": "x", "a": odd}]})
        assert list(plan_lines(seen_plan(planned([wanted("bot", adopt="asst_1")], [there]))))


# --- outcomes

CREATE = Change(Action.CREATE, "bot", wanted("bot"))
UPDATE = Change(Action.UPDATE, "bot", wanted("bot"), bare("asst_1"), differences=(Difference("name", ABSENT, "a"),))
ADOPT = Change(Action.ADOPT, "bot", wanted("bot"), bare("asst_1"))
DELETE = Change(Action.DELETE, "bot", None, bare("asst_1"))
RELEASE = Change(Action.RELEASE, "bot", None, bare("asst_1"))
NAMELESS = Change(Action.DELETE, "", None, bare("asst_1"))

OUTCOMES: dict[str, tuple[Outcome, list[Line]]] = {
    "created": (Outcome(CREATE, Status.DONE, "asst_2"), [Line("+ bot asst_2: created", "create")]),
    "updated": (Outcome(UPDATE, Status.DONE, "asst_1"), [Line("~ bot asst_1: updated", "update")]),
    "adopted": (Outcome(ADOPT, Status.DONE, "asst_1"), [Line("> bot asst_1: adopted", "adopt")]),
    "deleted": (Outcome(DELETE, Status.DONE, "asst_1"), [Line("- bot asst_1: deleted", "delete")]),
    "released": (Outcome(RELEASE, Status.DONE, "asst_1"), [Line("< bot asst_1: released", "release")]),
    "deleted, without a key": (Outcome(NAMELESS, Status.DONE, "asst_1"), [Line("- asst_1: deleted", "delete")]),
    "not kept": (
        Outcome(CREATE, Status.DONE, "asst_2", not_kept="top_p, metadata.a"),
        [Line("+ bot asst_2: created", "create"), Line("    the endpoint did not keep: top_p, metadata.a", "quiet")],
    ),
    "with a remark": (
        Outcome(CREATE, Status.DONE, "asst_2", "it was created more than once"),
        [Line("+ bot asst_2: created", "create"), Line("    it was created more than once", "quiet")],
    ),
    "failed": (
        Outcome(UPDATE, Status.FAILED, None, "POST /assistants/asst_1: 400"),
        [Line("! bot asst_1: update failed: POST /assistants/asst_1: 400", "error")],
    ),
    "unknown": (
        Outcome(CREATE, Status.UNKNOWN, None, "no answer; the next apply settles it"),
        [Line("! bot: create unknown: no answer; the next apply settles it", "error")],
    ),
    "not done": (Outcome(DELETE, Status.SKIPPED, "asst_1"), [Line("! bot asst_1: delete not done", "error")]),
}


@pytest.mark.parametrize(("outcome", "lines"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_outcome_says_what_became_of_a_change(outcome: Outcome, lines: list[Line]) -> None:
    assert list(outcome_lines(seen_outcome(outcome))) == lines


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], "Applied: 0 created, 0 updated, 0 deleted."),
        (
            [Outcome(one, Status.DONE) for one in (CREATE, CREATE, UPDATE, DELETE)],
            "Applied: 2 created, 1 updated, 1 deleted.",
        ),
        ([Outcome(ADOPT, Status.DONE)], "Applied: 0 created, 0 updated, 1 adopted, 0 deleted."),
        ([Outcome(RELEASE, Status.DONE)], "Applied: 0 created, 0 updated, 1 released, 0 deleted."),
        (
            [
                Outcome(CREATE, Status.DONE),
                Outcome(CREATE, Status.FAILED),
                Outcome(UPDATE, Status.UNKNOWN),
                Outcome(ADOPT, Status.SKIPPED),
                Outcome(DELETE, Status.SKIPPED),
            ],
            "Applied: 1 created, 0 updated, 0 deleted, 1 failed, 1 unknown, 2 not done.",
        ),
    ],
    ids=["nothing", "done", "adopted", "released", "not all done"],
)
def test_the_last_line_counts_outcomes(outcomes: list[Outcome], expected: str) -> None:
    assert outcome_summary([seen_outcome(one) for one in outcomes]) == expected


def test_an_empty_plan_is_its_count() -> None:
    assert list(plan_lines(seen_plan(planned([], [])))) == [Line(NOTHING)]
