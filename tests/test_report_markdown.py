"""Markdown for a comment: literals of whole small ones, and what no prompt, name or server can do to one.

markdown-it-py reads it back as CommonMark: what it takes for a fence or for code, GitHub does, too.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistants_tool.errors import Problem
from assistants_tool.objects.mark import Mark
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change, Plan
from assistants_tool.planning.view import SeenChange, SeenPlan, seen_outcome, seen_plan
from assistants_tool.report.markdown import COMMENT_MAX, plan_markdown, problems_markdown, result_markdown
from tests.bounds import computes
from tests.builders import applied, bare, marked, planned, wanted
from tests.examples import examples
from tests.strategies import ODD_TEXTS
from tests.tables import cases

KEPT = wanted("kept", top_p=0.5)
PLAN = planned(
    [
        wanted("new", name="N", metadata={"a": "b"}),
        wanted("bot", name="Bot", instructions="One.\nDeux.\nThree."),
        wanted("same", name="Same"),
        KEPT,
    ],
    [
        applied(wanted("bot", name="Bot", instructions="One.\nTwo.\nThree."), model="gpt-4"),
        bare("asst_x", name="Same"),
        applied(KEPT, drops=["top_p"]),
    ],
    incomplete="no end",
)


def test_a_plan_in_full() -> None:
    assert plan_markdown("https://a/v1, project acme", seen_plan(PLAN)) == (
        "### Plan: 1 to create, 1 to update, 0 to delete, 1 unchanged, 1 conflict.\n"
        "\n"
        "Target: `https://a/v1, project acme`\n"
        "\n"
        "```text\n"
        "The listing may be incomplete: no end\n"
        "```\n"
        "\n"
        "```text\n"
        "Refused: 1 conflict (same): each says what to do\n"
        "```\n"
        "\n"
        "```text\n"
        "Refused: the listing may be incomplete (no end), and what is missing from it decides 1 change (new): "
        "try again; if that does not help, use an endpoint that lists everything\n"
        "```\n"
        "\n"
        "<details><summary><code>~ bot asst_bot &quot;Bot&quot;: changed in the files and on the endpoint</code></summary>\n"
        "\n"
        "**Risk:** `the model changes`\n"
        "\n"
        "```diff\n"
        '- model: "gpt-4"\n'
        '+ model: "gpt-4o"\n'
        "@@ instructions @@\n"
        "@@ -1,3 +1,3 @@\n"
        " One.\n"
        "-Two.\n"
        "+Deux.\n"
        " Three.\n"
        "```\n"
        "\n"
        "</details>\n"
        "\n"
        "<details><summary><code>+ new &quot;N&quot;: not on the endpoint yet: it will be created</code></summary>\n"
        "\n"
        "```diff\n"
        '+ model: "gpt-4o"\n'
        '+ name: "N"\n'
        '+ metadata: {"a": "b"}\n'
        "```\n"
        "\n"
        "</details>\n"
        "\n"
        "<details><summary><code>! same &quot;Same&quot;: asst_x has this name and is not managed; write adopt: asst_x, or --adopt,"
        " to take it over, or adopt: false to make another</code></summary>\n"
        "\n"
        "</details>\n"
        "\n"
        "<details><summary><code>= notes on what is unchanged</code></summary>\n"
        "\n"
        "```text\n"
        "= kept: the endpoint does not keep: top_p\n"
        "```\n"
        "\n"
        "</details>\n"
    )


WORDS: dict[str, tuple[str, str, list[str]]] = {
    "a word": (
        "You are kind.\nBe brief.",
        "You are very kind.\nBe brief.",
        ["-You are kind.", "+You are {+very +}kind.", " Be brief."],
    ),
    "one for another": ("Be kind,\nand more", "Be brief,\nand more", ["-Be [-kind-],", "+Be {+brief+},", " and more"]),
    "another line": ("Be kind.\nb", "Answer all.\nb", ["-Be kind.", "+Answer all.", " b"]),
    "Chinese": ("请用中文回答\nb", "请用英文回答\nb", ["-请用[-中-]文回答", "+请用{+英+}文回答", " b"]),
    "the final newline": ("a\nb", "a\nb\n", [" a", "-b", "\\ no newline at the end", "+b"]),
    "signs of markdown": ("``` x a\n<b>", "``` x c\n<b>", ["-``` x [-a-]", "+``` x {+c+}", " <b>"]),
}


@cases("before after expected", WORDS)
def test_changed_words_stand_in_brackets(before: str, after: str, expected: list[str]) -> None:
    there = wanted("bot", instructions=before)
    seen = seen_plan(planned([wanted("bot", instructions=after)], [applied(there)]))
    (fence,) = [one for one in contained(plan_markdown("here", seen)) if one.type == "fence"]
    assert fence.content.splitlines()[2:] == expected


def test_what_has_no_room_is_not_made() -> None:
    """A plan of many large texts is one comment all the same, in no time."""
    large = wanted("k", instructions="10\n" * 60_000)
    plan = planned([large], [applied(large, instructions="x\ny")])
    many = tuple(replace(change, key=f"k{number:03}") for change in plan.changes for number in range(50))
    seen = seen_plan(replace(plan, changes=many))
    with computes(3):
        assert len(plan_markdown("here", seen)) <= COMMENT_MAX


def test_a_result_in_full() -> None:
    create, update = (
        Change(Action.CREATE, "new", wanted("new")),
        Change(Action.UPDATE, "bot", wanted("bot"), bare("a_1")),
    )
    ends = [Outcome(create, Status.DONE, "a_2", not_kept="top_p"), Outcome(update, Status.FAILED, "a_1", "500 no")]
    assert result_markdown("here", seen_plan(planned([], [])), [seen_outcome(one) for one in ends]) == (
        "### Applied: 1 created, 0 updated, 0 deleted, 1 failed.\n"
        "\n"
        "Target: `here`\n"
        "\n"
        "```text\n"
        "! bot a_1: update failed: 500 no\n"
        "```\n"
        "\n"
        "```text\n"
        "+ new a_2: created\n"
        "    the endpoint did not keep: top_p\n"
        "```\n"
    )


def test_a_refusal_in_full() -> None:
    plan = replace(planned([], []), refusals=("no",))
    assert result_markdown("here", seen_plan(plan), []) == (
        "### Applied: 0 created, 0 updated, 0 deleted.\n\nTarget: `here`\n\n```text\nRefused: no\n```\n"
    )


@pytest.mark.parametrize(
    ("count", "problems", "text"),
    [
        (1, [], "### 1 definition is valid.\n"),
        (2, [], "### 2 definitions are valid.\n"),
        (0, [Problem("a.yaml", 1, 2, "no")], "### 1 problem in the definitions\n\n```text\na.yaml:1:2: no\n```\n"),
        (
            0,
            [Problem("a.yaml", 1, 2, "``` no"), Problem("b.yaml", 0, 0, "no")],
            "### 2 problems in the definitions\n\n````text\na.yaml:1:2: ``` no\n````\n\n```text\nb.yaml: no\n```\n",
        ),
    ],
    ids=["one", "two", "a problem", "problems"],
)
def test_what_validate_finds_in_full(count: int, problems: list[Problem], text: str) -> None:
    assert problems_markdown(count, problems) == text


# --- nothing gets out

PIECES = [
    *("`", "```", "`````", "~~~", "~~~~\n", "\n", "\n\n", "\r\n", "\t", "    ", " ", "\\", "|", "&lt;", "&#96;", "> "),
    *("</details>", "</code></summary>", "<script>x()</script>", "<!--", "-->", "<b", "]]>", "<details>", "<pre>\n"),
    *(
        "@everyone",
        "#1",
        "# head",
        "- item",
        "[a](http://b)",
        "![a](b)",
        "http://a.example",
        "**bold**",
        "$x$",
        "===\n",
    ),
    *ODD_TEXTS,
]
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map("".join)
OUR_WORDS = re.compile(
    r"|Plan: [0-9a-z, ]+\.|Applied: [0-9a-z, ]+\.|Target: |Risk:| |[0-9]+ problems? in the definitions"
    r"|And [0-9]+ more, for which there is no room here: the output of the command has them all\."
    r"|Too long to be shown here\."
)
OUR_HTML = re.compile(r"<details><summary><code>([^<>\n]*)</code></summary>\n?|</details>\n?")
OUR_TOKENS = {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "fence", "html_block"}
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def contained(text: str) -> list[Token]:
    """The parts of a document, in which everything that is not our words stands in fences, in code, or as escaped text."""
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
    tokens = READER.parse(text)
    for one in tokens:
        assert one.type in OUR_TOKENS, (one.type, text)
        if one.type == "html_block":
            assert OUR_HTML.fullmatch(one.content), one.content
        for inner in one.children or ():
            assert inner.type in ("text", "code_inline", "strong_open", "strong_close"), (inner.type, text)
            assert inner.type != "text" or OUR_WORDS.fullmatch(inner.content), inner.content
    blocks = [one.content for one in tokens if one.type == "html_block"]
    opened = ["<details>" in one for one in blocks]
    assert opened == [True, False] * (len(blocks) // 2)
    return tokens


def hostile_plan(one: str, other: str, third: str) -> Plan:
    """Text of anyone's choosing wherever it may stand."""
    there = applied(wanted("bot", name=one, instructions=other), f"asst{third}", name=third, metadata={other: one})
    definitions = [
        wanted("bot", name=other, instructions=f"{third}\n{one}\n{other}", metadata={"a": one, third: other}),
        wanted("new", name=one, instructions=third, description=other, tools=[{"type": "x", one: {other: third}}]),
        wanted("named", name=f"n{one}", variables={("metadata", "t"): third}, metadata={"t": "x"}),
        wanted("kept", metadata={f"k{one}": "x"}),
    ]
    strangers = [
        bare(f"id{other}", name=f"n{one}"),
        marked("asst_o", Mark("acme", "production", f"o{third}"), name=one),
    ]
    return planned(
        definitions, [there, *strangers, applied(definitions[3], drops=["metadata"])], incomplete=one, prune=True
    )


@examples(33)
@given(hostile, hostile, hostile, st.integers(400, 5000))
def test_nothing_gets_out_of_a_plan(one: str, other: str, third: str, limit: int) -> None:
    seen = seen_plan(hostile_plan(one, other, third))
    for most in (COMMENT_MAX, limit):
        tokens = contained(plan_markdown(f"at {third}", seen, most))
        for fence in tokens:
            if fence.type == "fence" and fence.info == "diff":
                assert all(line[:1] in ("+", "-", " ", "@", "\\") for line in fence.content.split("\n")[:-1])
    titles = [OUR_HTML.fullmatch(token.content) for token in tokens if "<summary>" in token.content]
    assert all(title and "\n" not in html.unescape(title[1]) for title in titles)


@examples(20)
@given(hostile, hostile, st.integers(300, 2000))
def test_nothing_gets_out_of_a_result(one: str, other: str, limit: int) -> None:
    plan = hostile_plan(one, other, one)
    ends = [
        seen_outcome(Outcome(change, status, f"id{other}", one, other))
        for change in plan.of(Action.CREATE, Action.UPDATE, Action.DELETE)
        for status in Status
    ]
    for most in (COMMENT_MAX, limit):
        contained(result_markdown(one or "x", seen_plan(plan), ends, most))
        contained(problems_markdown(0, [Problem(f"p{one}", 1, 1, other), Problem("q", 0, 0, one)], most))


@examples(20)
@given(hostile)
def test_nothing_gets_out_of_a_plan_that_somebody_else_wrote(text: str) -> None:
    """A saved plan is a file, which may come from anywhere."""
    said = tuple(filter(None, [text]))
    change = SeenChange(Action.UPDATE, f"k{text}", text, text, text, text, notes=said, risks=said, variables=said)
    contained(plan_markdown(f"at {text}", SeenPlan((change,), text, said)))


# --- as much as there is room for


def of_length(length: int, count: int) -> SeenPlan:
    return seen_plan(
        planned([wanted(f"k{number:03}", instructions="x\n" * (length // 2)) for number in range(count)], [])
    )


def test_what_is_too_long_is_named_and_what_has_no_room_is_counted() -> None:
    text = plan_markdown("here", of_length(1000, 20), 3000)
    assert len(text) <= 3000
    shown = re.findall(r"<code>\+ (k\d+)", text)
    assert text.count("Too long to be shown here.") > 1
    assert shown == sorted(shown)
    assert text.endswith(
        f"And {20 - len(shown)} more, for which there is no room here: the output of the command has them all.\n"
    )


@examples(20)
@given(st.lists(st.integers(0, 2000), max_size=12), st.integers(400, 6000))
def test_the_limit_holds_and_the_count_is_honest(lengths: list[int], limit: int) -> None:
    definitions = [wanted(f"k{number:02}", instructions="x`" * length) for number, length in enumerate(lengths)]
    seen = seen_plan(planned(definitions, [], incomplete="y" * sum(lengths[:2])))
    said = len(seen.refusals) + bool(seen.incomplete)
    text = plan_markdown("here", seen, limit)
    assert len(text) <= limit
    shown = text.count("<summary>") + text.count("\nRefused:") + text.count("\nThe listing")
    left = re.search(r"^And (\d+) more", text, re.MULTILINE)
    assert shown + int(left[1] if left else 0) == len(lengths) + said
    assert text == plan_markdown("here", seen, limit)
    assert len(plan_markdown("here", seen, 10**6)) >= len(text)


def test_a_plan_of_everyday_size_is_whole() -> None:
    text = plan_markdown("here", of_length(290, 100))
    assert len(text) <= COMMENT_MAX
    assert text.count("<summary>") == 100
    assert "more, for which" not in text
