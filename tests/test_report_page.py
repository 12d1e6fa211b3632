"""The page to review, read back by a parser: what it shows of a change, and that nothing in it can act.

What a browser makes of it is in test_page_in_a_browser.py.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.errors import Problem
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.unseen import escaped
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Held
from assistants_tool.planning.view import SeenChange, SeenDifference, SeenOutcome, SeenPlan, seen_outcome, seen_plan
from assistants_tool.report.page import OPEN_AT_MOST, plan_page, result_page
from assistants_tool.report.plain import inert
from tests.builders import applied, bare, marked, planned, wanted
from tests.conftest import Cli, Write
from tests.examples import examples
from tests.pages import Element, read, tree
from tests.strategies import ODD_TEXTS
from tests.tables import cases


def page(plan: SeenPlan, target: str = "here", outcomes: tuple[SeenOutcome, ...] | None = None) -> str:
    return "".join(plan_page(target, plan) if outcomes is None else result_page(target, plan, outcomes))


def updated(path: str, before: Any, after: Any) -> SeenPlan:
    one = SeenChange(Action.UPDATE, "bot", "a_1", "Bot", differences=(SeenDifference(path, before, after),))
    return SeenPlan((one,))


def trees(text: str) -> list[str]:
    return [line for one in read(text).of("tree") for line in tree(one)]


SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}, "required": ["id"]}
TREES: dict[str, tuple[str, Any, Any, list[str]]] = {
    "a word": ("model", "gpt-4", "gpt-4o", ['model: [-"gpt-4"-] {+"gpt-4o"+}']),
    "nothing before": ("name", None, "Bot", ['name: [-null-] {+"Bot"+}']),
    "a prompt": (
        "instructions",
        "Be kind.\nSay it in one word.\n",
        "Be kind.\nSay it in two words.",
        [
            "instructions",
            "   Be kind.",
            "  -Say it in [-one word-].",
            "  +Say it in {+two words+}.",
            "  \\ no newline at the end",
        ],
    ),
    "far down": (
        "instructions",
        "1\n2\n3\n4\n5\nold\n",
        "1\n2\n3\n4\n5\nnew\n",
        ["instructions", "  @ line 4", "   4", "   5", "  -old", "  +new"],
    ),
    "a member of a schema": (
        "tools[0].function.parameters",
        SCHEMA,
        {**SCHEMA, "properties": {"id": {"type": "string"}, "n": {"type": "number"}}},
        ['tools[0].function.parameters.properties.n.type: [-"integer"-] {+"number"+}'],
    ),
    "several": (
        "tools[0].function.parameters",
        SCHEMA,
        {**SCHEMA, "required": ["id", "n"], "additionalProperties": False},
        [
            "tools[0].function.parameters",
            '  required: [-["id"]-] {+["id", "n"]+}',
            "  additionalProperties: {+false+}",
        ],
    ),
    "a tool that comes": (
        "tools[1]",
        None,
        {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}},
        [
            "tools[1]",
            '  type: {+"function"+}',
            "  function",
            '    name: {+"f"+}',
            "    parameters",
            '      type: {+"object"+}',
            "      properties: {+{}+}",
        ],
    ),
    "numbers that only Python holds the same": ("x", {"a": 1, "b": 2}, {"a": True, "b": 2}, ["x.a: [-1-] {+true+}"]),
    "another kind": ("response_format", "auto", {"type": "text"}, ['response_format: [-"auto"-] {+{"type": "text"}+}']),
}


@cases("path before after expected", TREES)
def test_what_differs_is_a_tree_of_paths(path: str, before: Any, after: Any, expected: list[str]) -> None:
    assert trees(page(updated(path, before, after))) == expected


TOGETHER: dict[str, tuple[list[str], list[str]]] = {
    "one": (["a.b.c"], ["a.b.c"]),
    "no place in common": (["name", "model"], ["name", "model"]),
    "a schema": (
        ["model", "tools[0].function.parameters.a", "tools[0].function.parameters.b[1].c", "tools[1].type"],
        ["model", "tools[0].function.parameters", "  a", "  b[1].c", "tools[1].type"],
    ),
    "one within another": (["a.b", "a.b.c"], ["a", "  b", "  b.c"]),
    "pairs": (["metadata.team", "metadata.t", "name"], ["metadata", "  team", "  t", "name"]),
    "items": (["ids[0]", "ids[1]"], ["ids[0]", "ids[1]"]),
    "odd names": (["x.[", "x..y]["], ["x.", "  [", "  y]["]),
}


@cases("paths expected", TOGETHER)
def test_what_paths_have_in_common_is_told_once(paths: list[str], expected: list[str]) -> None:
    differences = tuple(SeenDifference(one, variable="V") for one in paths)
    text = page(SeenPlan((SeenChange(Action.UPDATE, "bot", differences=differences),)))
    assert [one.partition(": env:V")[0] for one in trees(text)] == expected


def test_a_plan_in_full() -> None:
    kept = wanted("kept", top_p=0.5)
    plan = planned(
        [wanted("new", name="N"), wanted("bot", instructions="Be kind.\nBe one.\n"), wanted("same", name="Same"), kept],
        [
            applied(wanted("bot", instructions="Be kind.\nBe two.\n"), model="gpt-4"),
            bare("asst_x", name="Same"),
            applied(kept, drops=["top_p"]),
        ],
        incomplete="no end",
    )
    document = read(page(seen_plan(plan), "https://a/v1, project acme"))
    (title,) = document.all("h1")
    assert title.text == "Plan: 1 to create, 1 to update, 0 to delete, 1 unchanged, 1 conflict."
    assert "Target: https://a/v1, project acme" in document.text
    assert [one.text.split(":")[0] for ul in document.of("refused") for one in ul.all("li")] == [
        "Refused",
        "Refused",
        "The listing may be incomplete",
    ]
    (risks, _) = document.of("risks")
    assert [(one.text, one.all("a")[0].attributes["href"]) for one in risks.all("li")] == [
        ("bot: the model changes", "#bot")
    ]
    changes = [(one.attributes["id"], one.attributes["data-action"]) for one in document.of("change")]
    assert changes == [("bot", "update"), ("new", "create"), ("same", "conflict")]
    assert [one.text for one in document.of("kept")[-1].all("li")] == [
        "kept asst_keptthe endpoint does not keep: top_p"
    ]
    assert [one.text for one in document.all("option")] == ["any", "create", "update", "keep", "conflict"]


def test_a_result_says_what_became_of_each() -> None:
    bot, gone = wanted("bot"), wanted("gone")
    plan = planned([wanted("new"), bot], [applied(bot, model="gpt-4"), applied(gone)], prune=True)
    ends = {
        "new": (Status.DONE, "a_2", "", "top_p"),
        "bot": (Status.FAILED, "asst_bot", "500 <b>no</b>", ""),
        "gone": (Status.SKIPPED, "asst_gone", "", ""),
    }
    outcomes = tuple(seen_outcome(Outcome(one, *ends[one.key])) for one in plan.changes)
    document = read(page(seen_plan(plan), outcomes=outcomes))
    assert document.all("h1")[0].text == "Applied: 1 created, 0 updated, 0 deleted, 1 failed, 1 not done."
    said = {one.attributes["id"]: [each.text for each in one.all("p")[1:]] for one in document.of("change")}
    assert said == {
        "bot": ["! bot asst_bot: update failed: 500 <b>no</b>"],
        "new": ["+ new a_2: created", "the endpoint did not keep: top_p"],
        "gone": ["! gone asst_gone: delete not done"],
    }
    assert {one.text for one in document.of("bad")} >= {"failed", "not done"}


def test_what_comes_from_variables_is_never_in_it() -> None:
    bot = wanted(
        "bot", name="zekr-name", variables={("name",): "NAME", ("metadata", "t"): "TOKEN"}, metadata={"t": "zekr-t"}
    )
    text = page(
        seen_plan(
            planned(
                [bot, wanted("new", instructions="say zekr-t\n")], [applied(bot, name="yekr", metadata={"t": "yekr"})]
            )
        )
    )
    assert "zekr-name" not in text
    assert "yekr" not in text
    assert trees(text)[:2] == ["name: env:NAME differs", "metadata.t: env:TOKEN differs"]


# --- the document


def test_it_asks_nobody_for_anything_and_its_policy_allows_its_own_two_alone() -> None:
    text = page(updated("model", "a", "b"))
    document = read(text)
    (policy,) = (one.attributes["content"] or "" for one in document.all("meta") if "http-equiv" in one.attributes)
    said = dict(one.split(maxsplit=1) for one in policy.split("; "))
    own = {}
    for tag in ("style", "script"):
        (element,) = document.all(tag)
        assert element.attributes == {}
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        own[f"{tag}-src"] = f"'sha256-{digest}'"
        assert not re.search(r"url\(|@import|https?:|fetch|XMLHttp|innerHTML|eval", element.text)
    nothing = "'none'"
    assert said == {"default-src": nothing, "base-uri": nothing, "form-action": nothing, **own}
    names = {name for one in document.all() for name in one.attributes}
    assert not [name for name in names if name in ("src", "srcset", "style", "action", "ping") or name.startswith("on")]
    assert all((one.attributes["href"] or "").startswith("#") for one in document.all("a"))
    assert text.isascii()
    assert [line for line in text.split("\n") if inert(line) != line] == []


ATTACKS = {
    "a script": "</style></script><script>alert(1)</script>",
    "an attribute": "\" onfocus=alert(1) autofocus ' x=`",
    "a picture": "<img src=https://evil.example/x onerror=alert(1)>",
    "a comment": "<!-- --><![CDATA[ ]]>",
    "an end": "</details></main></body></html>",
    "a template": "{{ 7 * 7 }}{% raw %}{# #}",
    "an entity": "&lt;b&gt;&amp;&#60;b&#62;",
    "an order of Actions": "\n::error::forged\n##[error]forged",
    "an override": "a\u202eb\u2066c\x00\x1b[2J\r\n",
    "half a pair": "\ud83d",
    "other scripts": "비서 😀 ق",
}


def hostile_plan(text: str) -> SeenPlan:
    """The text in every place that holds one."""
    held = {text: {text: [text, {text: text}], "type": text}, "instructions": f"{text}\n{text}"}
    differences = (
        SeenDifference(text, text, f"{text} x"),
        SeenDifference(text, held, {**held, "more": text}),
        SeenDifference(text, f"a\n{text}", f"b {text}\n"),
        SeenDifference(text, variable=text),
    )
    changes = tuple(
        SeenChange(
            action,
            f"{text}{action.value}",
            text,
            text,
            text,
            text,
            held,
            held,
            differences,
            (text,),
            (text,),
            True,
            (text,),
        )
        for action in Action
    )
    return SeenPlan(changes, text, (text,), (Held(text, (text,)),), (Problem(text, 1, 1, text),))


def hostile_page(text: str) -> str:
    plan = hostile_plan(text)
    ends = tuple(
        SeenOutcome(
            one.action, one.key, None if one.action is Action.CREATE else one.id, status, text, text, text, text
        )
        for one in plan.changes
        for status in Status
        if one.action in (Action.CREATE, Action.UPDATE, Action.DELETE, Action.ADOPT, Action.RELEASE)
    )
    return page(plan, text, ends)


KNOWN = read(hostile_page("x"))
TAGS = {one.tag for one in KNOWN.all()}
NAMES = {name for one in KNOWN.all() for name in one.attributes}


def harmless(text: str) -> Element:
    """The page with this text in each place, which has no element and no attribute that the page of another text has not."""
    made = hostile_page(text)
    document = read(made)
    assert {one.tag for one in document.all()} <= TAGS
    assert {name for one in document.all() for name in one.attributes} <= NAMES
    assert len(document.all("script")) == len(document.all("style")) == 1
    assert [line for line in made.split("\n") if inert(line) != line] == []
    ids = [one.attributes["id"] for one in document.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    assert {one.attributes["href"] for one in document.all("a")} <= {f"#{one}" for one in ids}
    return document


@cases("text", ATTACKS)
def test_an_attack_stays_text(text: str) -> None:
    document = harmless(text)
    assert document.text.count(escaped(text).strip()) > 40


@examples(13)
@given(st.sampled_from(ODD_TEXTS) | st.text())
def test_any_text_stays_text(text: str) -> None:
    harmless(text)


# --- links


LINKS: dict[str, tuple[list[str], list[str]]] = {
    "keys": (["support", "a.b_c-d"], ["support", "a.b_c-d"]),
    "one key twice": (["a", "a", "a~2"], ["a", "a~2", "a~2~2"]),
    "what no key may be": (["a b", "#", ":filter", ""], ["a%20b", "%23", "%3Afilter", "id"]),
}


@cases("keys anchors", LINKS)
def test_each_assistant_has_a_link_of_its_own(keys: list[str], anchors: list[str]) -> None:
    changes = [SeenChange(Action.DELETE, key, "id", reason=str(number)) for number, key in enumerate(keys)]
    document = read(page(SeenPlan(tuple(changes))))
    assert [one.attributes["id"] for one in document.of("change")] == anchors
    assert [one.all("a")[0].attributes["href"] for one in document.of("change")] == [f"#{one}" for one in anchors]


@pytest.mark.parametrize("count", [OPEN_AT_MOST, OPEN_AT_MOST + 1])
def test_many_changes_are_folded_up(count: int) -> None:
    document = read(page(seen_plan(planned([wanted(f"k{number}") for number in range(count)], []))))
    assert sum("open" in one.attributes for one in document.of("change")) == (count if count <= OPEN_AT_MOST else 0)


# --- the commands


def test_the_commands_print_a_page(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\ninstructions: Be kind.\n"})
    said = [
        cli("plan", "--embedded", "-o", "html", "--out", "plan.json"),
        cli("show", "plan.json", "-o", "html"),
        cli("apply", "--embedded", "--yes", "-o", "html"),
        cli("plan", "--embedded", "-o", "html"),
    ]
    assert [one.exit_code for one in said] == [0, 0, 0, 0]
    titles = [read(one.stdout).all("h1")[0].text for one in said]
    assert titles == [
        *["Plan: 1 to create, 0 to update, 0 to delete, 0 unchanged."] * 2,
        "Applied: 1 created, 0 updated, 0 deleted.",
        "Plan: 0 to create, 0 to update, 0 to delete, 1 unchanged.",
    ]
    assert trees(said[0].stdout) == trees(said[1].stdout) == ['model: {+"m"+}', 'instructions: {+"Be kind."+}']


def test_an_assistant_has_no_page(cli: Cli) -> None:
    found = cli("show", "a", "--embedded", "-o", "html")
    assert (found.exit_code, "'html', which is for plans; choose table" in found.stderr) == (2, True)


def test_a_mark_that_remembers_a_variable_hides_a_name() -> None:
    mark = Mark("acme", "production", "gone", variables=("name",))
    text = page(seen_plan(planned([], [marked("a_1", mark, name="zekr")], prune=True)))
    assert "zekr" not in text
