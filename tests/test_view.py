"""Masking: whatever a definition takes from a variable, no view of a plan or of an outcome tells it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.definitions.references import REFERENCES, pattern
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.paths import Path, value_at
from assistants_tool.planning.masks import hiding
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Change, Plan
from assistants_tool.planning.savedplan import Request, saved
from assistants_tool.planning.view import assistants_of, seen_outcome, seen_plan
from assistants_tool.report.data import result
from assistants_tool.report.github import outcome_annotations, plan_annotations
from assistants_tool.report.markdown import plan_markdown, result_markdown
from assistants_tool.report.plain import to_json
from assistants_tool.report.text import outcome_lines, plan_lines
from tests.builders import SCOPE, applied, bare, marked, planned, wanted
from tests.examples import examples
from tests.strategies import ODD_TEXTS, definitions
from tests.tables import cases

TARGET = {"endpoint": "embedded", "project": "acme", "environment": "production"}
OURS = Mark("acme", "production", "bot")


def everything(plan: Plan, outcomes: list[Outcome], definitions: Iterable[Definition]) -> str:
    """All that is ever said of a plan and its outcomes, in every form."""
    hidden = hiding(definitions)
    seen, ends = seen_plan(plan, hidden), [seen_outcome(one) for one in outcomes]
    lines = [*plan_lines(seen), *(line for one in ends for line in outcome_lines(one))]
    return "\n".join(
        (
            *(line.text for line in lines),
            plan_markdown("there", seen),
            result_markdown("there", seen, ends),
            to_json(saved(plan, TARGET, Request(("assistants",)), hidden).as_data()),
            to_json(result(TARGET, seen, ends)),
            *plan_annotations(seen),
            *outcome_annotations(seen, ends),
        )
    )


def failed(plan: Plan, message: str) -> list[Outcome]:
    return [Outcome(one, Status.FAILED, one.id, message) for one in plan.changes if one.definition]


# --- a table

VALUE, OLD = "zekr-3t", "yold-3t"
TEXT: dict[Path, str] = {("instructions",): "TEXT"}
DESCRIBED = ("tools", 0, "function", "description")
FUNCTION = {"type": "function", "function": {"name": "f", "description": VALUE}}
OTHER = {"type": "function", "function": {"name": "g", "description": "plain"}}
STORES = {"file_search": {"vector_store_ids": ["vs_a", VALUE]}}
STORE = ("tool_resources", "file_search", "vector_store_ids", 1)
ODD_TOOL = {"type": "web_service", "a[b]": {"c[": 1}, "d.e[]": [{"[9": 2}]}
NAMED = wanted("bot", name=VALUE, variables={("name",): "NAME"})

HIDDEN: dict[str, tuple[Definition, list[Assistant]]] = {
    "a create": (wanted("bot", instructions=VALUE, variables=TEXT), []),
    "as it was applied": (wanted("bot", instructions=VALUE, variables=TEXT), [marked("a", OURS, instructions=VALUE)]),
    "inside another text on the endpoint": (
        wanted("bot", instructions="x", description=VALUE, variables={("description",): "TEXT"}),
        [marked("a", OURS, instructions=f"See {VALUE}.\nThen go on.")],
    ),
    "in another field on the endpoint": (
        wanted("bot", name="n", description=VALUE, variables={("description",): "TEXT"}),
        [marked("a", OURS, name=VALUE)],
    ),
    "in another tool on the endpoint": (
        wanted("bot", tools=[FUNCTION, OTHER], variables={DESCRIBED: "TEXT"}),
        [marked("a", OURS, tools=[OTHER, {"type": "code_interpreter"}, FUNCTION])],
    ),
    "an old one in another tool": (
        wanted("bot", tools=[FUNCTION, OTHER], variables={DESCRIBED: "TEXT"}),
        [marked("a", OURS, tools=[OTHER, {"type": "function", "function": {"name": "f", "description": OLD}}])],
    ),
    "among ids": (wanted("bot", tool_resources=STORES, variables={STORE: "STORE"}), [marked("a", OURS)]),
    "ids in the place of another kind of thing": (
        wanted("bot", tool_resources=STORES, variables={STORE: "STORE"}),
        [marked("a", OURS, tool_resources=["odd", VALUE])],
    ),
    "beside members whose names look like paths": (
        wanted("bot", tools=[ODD_TOOL, FUNCTION], variables={("tools", 1, "function", "description"): "TEXT"}),
        [marked("a", OURS, tools=[{**ODD_TOOL, "a[b]": {"c[": 2}, "d.e[]": [{"[9": 3}]}, FUNCTION])],
    ),
    "the name of what goes": (NAMED, [marked("a", replace(OURS, key="old"), name=VALUE)]),
    "the name of a second one": (NAMED, [marked("a", OURS, 1, name=VALUE), marked("b", OURS, 2, name=VALUE)]),
    "the name of a stranger": (NAMED, [bare("a", name=VALUE)]),
    "an id to adopt that is not there": (wanted("bot", adopt=VALUE, variables={("adopt",): "ADOPT"}), []),
    "an id to adopt where another stands": (
        wanted("bot", adopt=VALUE, variables={("adopt",): "ADOPT"}),
        [marked("a", OURS)],
    ),
}


@cases("definition assistants", HIDDEN)
@pytest.mark.parametrize("prune", [False, True])
def test_the_value_is_nowhere(definition: Definition, assistants: list[Assistant], prune: bool) -> None:
    plan = planned([definition], assistants, prune=prune)
    said = everything(plan, failed(plan, "400 no"), [definition])
    assert VALUE not in said
    assert OLD not in said


@cases("action prune", {"shown as an orphan": ("?", False), "deleted": ("-", True)})
def test_what_goes_may_bear_a_value_of_a_definition_that_is_not_in_the_plan(action: str, prune: bool) -> None:
    secret = wanted("other", description="se-cret", variables={("description",): "WORD"})
    gone = marked("asst_9", Mark("acme", "production", "gone"), name="old se-cret bot")
    plan = planned([secret], [gone], only=("gone",), prune=prune)
    (change,) = seen_plan(plan, hiding([secret])).changes
    assert (change.action.value, change.name) == (action, "old env:WORD bot")


def test_an_id_is_told_though_a_variable_names_it() -> None:
    definition = wanted("bot", adopt="asst_9", variables={("adopt",): "ADOPT"})
    (change,) = seen_plan(planned([definition], [bare("asst_9")])).changes
    assert (change.action.value, change.id) == (">", "asst_9")


@pytest.mark.parametrize("adopted", ["a", "is", "names", VALUE])
@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ([], "adopt names env:ADOPT, which is not on the endpoint; remove adopt, or correct the id"),
        (
            [marked("x", OURS)],
            "adopt names env:ADOPT, but this key is already x; remove adopt, or delete one of the two",
        ),
    ],
    ids=["absent", "another"],
)
def test_the_variable_stands_in_the_place_of_its_value_alone(adopted: str, there: list[Assistant], reason: str) -> None:
    definition = wanted("bot", adopt=adopted, variables={("adopt",): "ADOPT"})
    (change,) = seen_plan(planned([definition], there)).changes
    assert change.reason == reason


def test_what_the_files_tell_themselves_is_told() -> None:
    definition = wanted("bot", name="gpt-4o, the bot", model="gpt-4o", variables={("model",): "MODEL"})
    (change,) = seen_plan(planned([definition], [marked("a", OURS, name="gpt-4o, a bot", model="m")])).changes
    assert [(one.path, one.before, one.after) for one in change.differences if not one.variable] == [
        ("name", "gpt-4o, a bot", "gpt-4o, the bot")
    ]


# --- made-up definitions


def places(definition: Definition) -> Iterator[Path]:
    """Where this definition holds a text or a number that a variable may give."""
    for steps in _leaves(definition.fields, ()):
        value = value_at(definition.fields, steps)
        kind = REFERENCES.get(pattern(steps))
        if (kind == "text" and isinstance(value, str)) or (kind == "number" and isinstance(value, (int, float))):
            yield steps


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if members is None:
        yield path
    else:
        for name, inner in members:
            yield from _leaves(inner, (*path, name))


def planting(definition: Definition, chosen: Mapping[Path, str], number: float) -> Definition:
    """The definition with these values in these places, each from a variable; numbers are all the one."""
    fields = json.loads(json.dumps(definition.fields))
    for path, text in chosen.items():
        *above, last = path
        old = value_at(fields, path)
        value_at(fields, tuple(above))[last] = text if isinstance(old, str) else number
    names = {path: f"V{index}" for index, path in enumerate(chosen)}
    return replace(definition, fields=fields, variables=names, adopt=False)


@st.composite
def planted(draw: st.DrawFn) -> tuple[Definition, Definition]:
    """A definition with values from variables, and what it was when the variables held others."""
    definition = draw(definitions())
    chosen = draw(st.lists(st.sampled_from(sorted(places(definition), key=str)), min_size=1, unique=True))
    tails = [draw(st.sampled_from(["", *ODD_TEXTS])) for _ in chosen]
    new = planting(definition, {path: f"zekr{tail}" for path, tail in zip(chosen, tails, strict=True)}, 0.731234)
    old = planting(definition, {path: f"yold{tail}" for path, tail in zip(chosen, tails, strict=True)}, 0.862345)
    return new, old


def endpoint_sides(new: Definition, old: Definition) -> dict[str, list[Assistant]]:
    """Where an endpoint may hold the values, or those from before."""
    was = applied(old)
    tools = list(reversed(was.body["tools"]))
    stores = {
        name: {kind: list(reversed(ids)) if isinstance(ids, list) else ids for kind, ids in one.items()}
        if isinstance(one, dict)
        else one
        for name, one in was.body["tool_resources"].items()
    }
    return {
        "nothing": [],
        "what was applied": [applied(new)],
        "what was applied before": [was],
        "another order": [applied(old, tools=tools, tool_resources=stores)],
        "fewer tools": [applied(new, tools=applied(new).body["tools"][1:])],
        "a second one": [applied(new, "asst_1", 1), applied(new, "asst_2", 2)],
        "no mark": [bare("asst_1", **{name: one for name, one in applied(new).body.items() if name != "metadata"})],
    }


@examples(10)
@given(planted(), st.data())
def test_no_planted_value_is_ever_said(both: tuple[Definition, Definition], data: st.DataObject) -> None:
    new, old = both
    for assistants in endpoint_sides(new, old).values():
        for definition in (new, replace(new, adopt="asst_1")):
            plan = planned([definition], assistants, prune=True)
            value = value_at(new.fields, data.draw(st.sampled_from(sorted(new.variables, key=str))))
            message = hiding([new]).message(f"400 {value!r} is wrong: {json.dumps(value)} {value}")
            said = everything(plan, failed(plan, message), [new])
            for word in ("zekr", "yold", "731234", "862345"):
                assert word not in said


# --- which id belongs to which key

CREATE = Change(Action.CREATE, "c", wanted("c"))
UPDATE = Change(Action.UPDATE, "u", wanted("u"), bare("asst_u"))
ADOPT = Change(Action.ADOPT, "a", wanted("a"), bare("asst_a"))
KEEP = Change(Action.KEEP, "k", wanted("k"), bare("asst_k"))
GONE = Change(Action.DELETE, "d", None, bare("asst_d"))
ORPHAN = Change(Action.ORPHAN, "o", None, bare("asst_o"))
ALL = (CREATE, UPDATE, ADOPT, KEEP, GONE, ORPHAN)
WRITTEN = (CREATE, UPDATE, ADOPT, GONE)

IDS: dict[str, tuple[list[Outcome], dict[str, str]]] = {
    "refused": ([], {"k": "asst_k", "u": "asst_u"}),
    "done": (
        [Outcome(one, Status.DONE, one.id or "asst_new") for one in WRITTEN],
        {"a": "asst_a", "c": "asst_new", "k": "asst_k", "u": "asst_u"},
    ),
    "failed": ([Outcome(one, Status.FAILED, one.id) for one in WRITTEN], {"k": "asst_k", "u": "asst_u"}),
    "unknown": ([Outcome(one, Status.UNKNOWN) for one in WRITTEN], {"k": "asst_k", "u": "asst_u"}),
}


@cases("outcomes ids", IDS)
def test_ids_for_applications(outcomes: list[Outcome], ids: dict[str, str]) -> None:
    plan = seen_plan(replace(planned([], []), changes=ALL, scope=SCOPE))
    assert assistants_of(plan, [seen_outcome(one) for one in outcomes]) == ids
