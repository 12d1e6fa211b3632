"""Two lists in, a plan out: every action, every reason, every guard."""

from __future__ import annotations

import html
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from assistants_tool.errors import ToolError
from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.digests import digest
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.payload import create_body
from assistants_tool.planning.guards import conflicting
from assistants_tool.planning.making import make_deletion, make_deletion_of_all, make_release
from assistants_tool.planning.plan import Action, Change, Options, Plan, deletion_limit
from assistants_tool.planning.savedplan import Request
from tests.builders import SCOPE, Object, answered, applied, bare, broken, marked, planned, printed, wanted
from tests.examples import examples
from tests.strategies import definition_lists
from tests.tables import plain_name

BOT = wanted("bot", name="Bot", temperature=0.2)


def only(plan: Plan) -> Change:
    (change,) = plan.changes
    return change


def mark(key: str = "bot", project: str = "acme", environment: str = "production", **more: Any) -> Mark:
    return Mark(project, environment, key, **more)


def shown(plan: Plan) -> list[str]:
    """Action, key and id of each change."""
    return [" ".join(filter(None, (one.action.value, one.key, one.id))) for one in plan.changes]


# --- every action


def test_a_plan_shows_every_action() -> None:
    keep, drift = wanted("keep", name="Keep"), wanted("drift", name="Drift")
    definitions = [
        keep,
        drift,
        wanted("new", name="New", description="Is new.", protect=True),
        wanted("taken", name="Taken", adopt="asst_9"),
        wanted("theirs", name="Theirs"),
    ]
    assistants = [
        applied(keep),
        applied(drift, name="Drifted", tools=[{"type": "code_interpreter"}]),
        bare("asst_8", name="Theirs"),
        bare("asst_9", name="Was here"),
        applied(wanted("gone", name="Gone")),
    ]
    assert printed(planned(definitions, assistants)) == (
        '~ drift asst_drift "Drift": changed on the endpoint\n'
        '    name: "Drifted" -> "Drift"\n'
        '    tools[0]: {"type": "code_interpreter"} -> (absent)\n'
        "    risk: a tool is removed\n"
        '? gone asst_gone "Gone": no definition has this key; --prune deletes it\n'
        '+ new "New": not on the endpoint yet: it will be created\n'
        "    model: gpt-4o\n"
        "    name: New\n"
        "    description: Is new.\n"
        "    protect: true\n"
        '> taken asst_9 "Taken": adopt: asst_9\n'
        '    name: "Was here" -> "Taken"\n'
        '! theirs "Theirs": asst_8 has this name and is not managed; '
        "write adopt: asst_8, or --adopt, to take it over, or adopt: false to make another\n"
        "Refused: 1 conflict (theirs): each says what to do\n"
        "Plan: 1 to create, 1 to update, 1 to adopt, 0 to delete, 1 unchanged, 1 conflict, 1 orphan."
    )
    assert printed(planned([keep], assistants[:1] + assistants[-1:], prune=True)) == (
        '- gone asst_gone "Gone": no definition has this key\nPlan: 0 to create, 0 to update, 1 to delete, 1 unchanged.'
    )


def test_nothing_wanted_and_nothing_there_is_an_empty_plan() -> None:
    plan = planned([], [])
    assert (plan.changes, plan.refusals, plan.is_empty) == ((), (), True)
    assert printed(plan) == "Plan: 0 to create, 0 to update, 0 to delete, 0 unchanged."


@pytest.mark.parametrize(
    ("plan", "empty"),
    [
        (planned([BOT], [applied(BOT)]), True),
        (planned([], [applied(BOT)]), True),
        (planned([BOT], [bare("asst_1", name="Bot")]), True),
        (planned([BOT], []), False),
        (planned([], [applied(BOT)], prune=True), False),
        (planned([BOT], [applied(BOT, name="x")]), False),
        (planned([replace(BOT, adopt="asst_1")], [bare("asst_1")]), False),
    ],
    ids=["keep", "orphan", "conflict", "create", "delete", "update", "adopt"],
)
def test_keeping_conflicts_and_orphans_write_nothing(plan: Plan, empty: bool) -> None:
    assert plan.is_empty is empty


def test_renaming_keeps_the_id() -> None:
    change = only(planned([wanted("bot", name="New name", temperature=0.2)], [applied(BOT)]))
    assert (change.action, change.id) == (Action.UPDATE, "asst_bot")
    assert [one.path for one in change.differences] == ["name"]


def test_names_may_repeat() -> None:
    one, two = wanted("one", name="Bot"), wanted("two", name="Bot")
    assert shown(planned([one, two], [])) == ["+ one", "+ two"]
    assert shown(planned([one, two], [applied(one), applied(two)])) == ["= one asst_one", "= two asst_two"]


# --- two of one mark


def test_of_two_with_one_mark_the_first_stays() -> None:
    twins = [applied(BOT, "asst_a", 30), applied(BOT, "asst_b", 10), applied(BOT, "asst_c", 20)]
    assert printed(planned([BOT], twins)) == (
        '- bot asst_a "Bot": surplus: asst_b has the same mark and stays\n'
        "    risk: applications may use this id, and not asst_b\n"
        '- bot asst_c "Bot": surplus: asst_b has the same mark and stays\n'
        "    risk: applications may use this id, and not asst_b\n"
        "Plan: 0 to create, 0 to update, 2 to delete, 1 unchanged."
    )


@pytest.mark.parametrize(
    ("times", "stays"),
    [((1, 1), "asst_a"), ((2, 1), "asst_b"), ((1, 1.5), "asst_a"), ((1_774_963_808_000, 1_774_963_807), "asst_b")],
    ids=["one second: the smaller id", "the older", "fractions", "milliseconds beside seconds"],
)
def test_the_smaller_time_and_id_wins(times: tuple[float, float], stays: str) -> None:
    plan = planned([BOT], [applied(BOT, "asst_a", times[0]), applied(BOT, "asst_b", times[1])])
    assert [one.id for one in plan.of(Action.KEEP)] == [stays]
    assert [one.surplus for one in plan.of(Action.DELETE)] == [True]


def test_times_that_no_one_can_order_do_not_make_the_choice_depend_on_the_listing() -> None:
    twins = [applied(BOT, "asst_a", float("nan")), applied(BOT, "asst_b", 5), applied(BOT, "asst_c", float("nan"))]
    for order in (twins, twins[::-1], [twins[1], twins[0], twins[2]]):
        assert [one.id for one in planned([BOT], order).of(Action.KEEP)] == ["asst_a"]


def test_surplus_goes_with_any_apply_that_covers_its_key() -> None:
    """No project, no `--prune`, no whole folder."""
    scope = Scope()
    twins = [applied(BOT, "asst_1", 1, scope=scope), applied(BOT, "asst_2", 2, scope=scope)]
    plan = planned([BOT], twins, scope=scope, whole=False)
    assert shown(plan) == ["- bot asst_2", "= bot asst_1"]
    assert plan.refusals == ()


@pytest.mark.parametrize(
    ("definition", "options", "refused"),
    [
        (replace(BOT, protect=True), {}, "1 protected assistant would be deleted (bot): release it by its id asst_2"),
        (BOT, {"max_delete": "0"}, "1 of 2 assistants would be deleted, more than --max-delete allows (0): "),
        (BOT, {"fail_on_risk": True}, "--fail-on-risk: 1 change to review (bot)"),
    ],
    ids=["protect", "--max-delete", "--fail-on-risk"],
)
def test_surplus_is_a_deletion_like_any_other(definition: Definition, options: Object, refused: str) -> None:
    twins = [applied(definition, "asst_1"), applied(definition, "asst_2", 2)]
    (said,) = planned([definition], twins, **options).refusals
    assert said.startswith(refused)


DROPS = wanted("other", temperature=0.2)
UNFINISHED = marked(
    "asst_2", mark(sent=BOT.digest), 2, name="Bot"
)  # the temperature is not kept, and that is not noted
# What the second of two is, beside `applied(BOT)`; the other assistants and definitions; and whether it is surplus.
SECONDS: dict[str, tuple[Assistant, list[tuple[Definition, Assistant]], bool]] = {
    "made by another run": (applied(BOT, "asst_2", 2), [], True),
    "made by a run with other files": (applied(replace(BOT, fields={"model": "gpt-4"}), "asst_2", 2), [], True),
    "of which not all is kept": (applied(BOT, "asst_2", 2, drops=["temperature"]), [], True),
    "edited": (applied(BOT, "asst_2", 2, instructions="Mine."), [], False),
    "edited, where not all is kept": (applied(BOT, "asst_2", 2, drops=["temperature"], name="Copy"), [], False),
    "not finished, on an endpoint that does so": (UNFINISHED, [(DROPS, applied(DROPS, drops=["temperature"]))], True),
    "not finished, on an endpoint that keeps all": (UNFINISHED, [(DROPS, applied(DROPS))], False),
    "not finished, and nothing else is known": (UNFINISHED, [], False),
    "not finished, and edited": (
        replace(UNFINISHED, body={**UNFINISHED.body, "description": "Mine."}),
        [(DROPS, applied(DROPS, drops=["temperature"]))],
        False,
    ),
    "without digests": (marked("asst_2", mark(), 2, name="Bot", temperature=0.3), [], False),
}


@pytest.mark.parametrize(("second", "others", "surplus"), SECONDS.values(), ids=SECONDS)
def test_a_second_is_surplus_only_where_it_is_provably_a_create_of_ours(
    second: Assistant, others: list[tuple[Definition, Assistant]], surplus: bool
) -> None:
    definitions, assistants = [BOT, *(one for one, _ in others)], [applied(BOT), second, *(one for _, one in others)]
    plan = planned(definitions, assistants)
    (change,) = [one for one in plan.changes if one.id == "asst_2"]
    assert change.action is (Action.DELETE if surplus else Action.CONFLICT)
    if not surplus:
        assert change.reason == (
            "asst_2 has the mark of asst_bot, as a copy does, but is not as an apply left it; "
            "`assistants release asst_2` keeps it, unmanaged, `assistants delete asst_2` deletes it, "
            "and `adopt: asst_2` in a definition of another key takes it over"
        )
        assert plan.refusals == ("1 conflict (bot): each says what to do",)


@pytest.mark.parametrize("options", [{}, {"prune": True}], ids=["orphan", "--prune"])
def test_a_copy_of_an_orphan_is_not_deleted_with_it(options: Object) -> None:
    copied = [applied(BOT), applied(BOT, "asst_2", 2, name="Copy")]
    assert "! bot asst_2" in shown(planned([], copied, **options))


def test_a_second_is_the_same_as_the_first_though_what_is_ignored_now_was_not_then() -> None:
    twins = [applied(BOT, "asst_1"), applied(BOT, "asst_2", 2)]
    plan = planned([replace(BOT, ignore=frozenset({"top_p"}))], twins)
    assert [one.id for one in plan.of(Action.DELETE)] == ["asst_2"]


def test_a_copy_of_a_first_that_was_edited_is_somebody_s() -> None:
    """It is just as the first, and not as an apply left it: no race made it."""
    twins = [applied(BOT, "asst_1", instructions="Mine."), applied(BOT, "asst_2", 2, instructions="Mine.")]
    assert shown(planned([BOT], twins)) == ["~ bot asst_1", "! bot asst_2"]
    assert shown(planned([], twins, prune=True)) == ["- bot asst_1", "! bot asst_2"]


def test_an_edited_copy_is_not_deleted_by_its_key() -> None:
    """It is somebody's: only who names its id deletes it. What is provably a second create goes with the key."""
    edited = [applied(BOT, "asst_1"), applied(BOT, "asst_2", 2, name="Copy"), applied(BOT, "asst_3", 3)]
    there = Listing(tuple(edited))
    for plan in (make_deletion(edited, there, SCOPE, [BOT], named=["bot"]), make_deletion_of_all(there, SCOPE, [BOT])):
        assert {one.id: one.action for one in plan.changes} == {
            "asst_1": Action.DELETE,
            "asst_2": Action.CONFLICT,
            "asst_3": Action.DELETE,
        }
        assert plan.refusals == ("1 conflict (bot): each says what to do",)
    plan = make_deletion(edited, there, SCOPE, [BOT], named=["bot", "asst_2"])
    assert ({one.action for one in plan.changes}, plan.refusals) == ({Action.DELETE}, ())


def test_a_copy_is_taken_over_under_another_key() -> None:
    copy = wanted("copy", name="Copy", adopt="asst_2")
    assistants = [applied(BOT), applied(BOT, "asst_2", 2, name="Copy")]
    assert shown(planned([BOT, copy], assistants)) == ["= bot asst_bot", "> copy asst_2"]
    assert planned([BOT, copy], assistants, whole=False).refusals == ()


def test_surplus_of_another_key_stays() -> None:
    twins = [applied(BOT, "asst_1"), applied(BOT, "asst_2", 2)]
    other = wanted("other", name="Other")
    assert shown(planned([other], [*twins, applied(other)], whole=False)) == ["= other asst_other"]
    assert shown(planned([other, BOT], [*twins, applied(other)], only=("oth*",))) == ["= other asst_other"]


def test_surplus_of_an_orphan_goes_where_the_orphan_is_seen() -> None:
    twins = [applied(BOT, "asst_1"), applied(BOT, "asst_2", 2)]
    assert shown(planned([], twins)) == ["- bot asst_2", "? bot asst_1"]
    assert shown(planned([], twins, prune=True)) == ["- bot asst_1", "- bot asst_2"]
    assert shown(planned([], twins, whole=False)) == []


# --- what is ours and has no definition


ORPHANS: dict[str, tuple[Object, list[str]]] = {
    "is shown where the definitions are all there are": ({}, ["? gone asst_gone"]),
    "is not known as one where they are not": ({"whole": False}, []),
    "is deleted with --prune": ({"prune": True}, ["- gone asst_gone"]),
    "is left out by --only": ({"prune": True, "only": ("b*",)}, []),
    "is deleted with --prune and --only": ({"prune": True, "only": ("g?ne",)}, ["- gone asst_gone"]),
    "of several --only": ({"prune": True, "only": ("x", "[fg]one")}, ["- gone asst_gone"]),
    "cases count": ({"prune": True, "only": ("G*",)}, []),
}


@pytest.mark.parametrize(("options", "expected"), ORPHANS.values(), ids=ORPHANS)
def test_an_assistant_without_a_definition(options: Object, expected: list[str]) -> None:
    others = [
        marked("asst_1", mark("gone", project="other")),
        marked("asst_2", mark("gone", environment="staging")),
        marked("asst_3", mark("gone", project="")),
        bare("asst_4", name="gone"),
    ]
    assert shown(planned([], [applied(wanted("gone")), *others], **options)) == expected


@pytest.mark.parametrize("prune", [False, True])
def test_what_its_definition_leaves_out_is_said_to_be(prune: bool) -> None:
    held = [applied(wanted("gone")), applied(wanted("out"))]
    plan = planned([], held, prune=prune, left_out=frozenset({"out"}))
    remedy = "" if prune else "; --prune deletes it"
    assert [one.reason for one in plan.changes] == [
        f"no definition has this key{remedy}",
        f"its definition leaves this environment out{remedy}",
    ]
    assert refusals([], [], only=("out",), left_out=frozenset({"out"})) == []


@pytest.mark.parametrize("prune", [True, False])
def test_an_orphan_with_a_file_of_its_key_that_was_not_read_is_not_pruned(prune: bool) -> None:
    there = [applied(wanted("bot")), applied(wanted("gone"))]
    strays = {"bot": "assistants/bot.md"}
    plan = planned([], there, prune=prune, strays=strays)
    assert shown(plan) == ["? bot asst_bot", f"{'-' if prune else '?'} gone asst_gone"]
    assert plan.changes[0].reason == (
        "no definition has this key, but assistants/bot.md is called so and none was read from it, so it is not pruned;"
        " fix or remove that file, or `assistants delete bot`"
    )
    left_out = planned([], there, prune=prune, strays=strays, left_out=frozenset({"bot"}))
    assert left_out.changes[0].reason.startswith("its definition leaves this environment out")
    assert left_out.changes[0].action is (Action.DELETE if prune else Action.ORPHAN)


def test_only_narrows_everything() -> None:
    one, two = wanted("one"), wanted("two")
    assert shown(planned([one, two], [], only=("t*",))) == ["+ two"]
    assert shown(planned([one, two], [], only=("t*", "one"))) == ["+ one", "+ two"]
    assert shown(planned([one, two], [], only=("none",))) == []


# --- conflicts

NAMED = wanted("bot", name="Bot")
TAKE_OVER = "write adopt: asst_1, or --adopt, to take it over, or adopt: false to make another"
CONFLICTS: dict[str, tuple[list[Assistant], str]] = {
    "unmarked, of this name": (
        [bare("asst_1", name="Bot")],
        f"asst_1 has this name and is not managed; {TAKE_OVER}",
    ),
    "marked with no project, of this key": (
        [marked("asst_1", mark(project=""))],
        f"asst_1 is marked with key bot, project (none), environment production; {TAKE_OVER}",
    ),
    "marked with no project, of this name": (
        [marked("asst_1", mark("other", "", ""), name="Bot")],
        f"asst_1 is marked with key other, project (none), environment (none); {TAKE_OVER}",
    ),
    "marked with an undeclared environment, of this key": (
        [marked("asst_1", mark(environment="old"))],
        f"asst_1 is marked with key bot, project acme, environment old; {TAKE_OVER}",
    ),
    "marked with an undeclared environment, of this name": (
        [marked("asst_1", mark("other", environment=""), name="Bot")],
        f"asst_1 is marked with key other, project acme, environment (none); {TAKE_OVER}",
    ),
    "several": (
        [bare("asst_2", 5, name="Bot"), marked("asst_3", mark(project="")), bare("asst_1", 5, name="Bot")],
        "asst_3, asst_1, asst_2 may be meant; write adopt: ID (one of these) to take it over, or adopt: false to make another",
    ),
    "two": (
        [bare("asst_1", name="Bot"), bare("asst_2", name="Bot")],
        "asst_1, asst_2 may be meant; write adopt: ID (one of these) to take it over, or adopt: false to make another",
    ),
    "marked with no project, for another declared environment": (
        [marked("asst_1", mark(project="", environment="staging"))],
        (
            "asst_1 is marked with key bot, project (none), environment staging; "
            "take it over there first (-e staging --adopt), or adopt: false to make another"
        ),
    ),
    "the same, of several environments": (
        [marked(f"asst_{one}", mark(project="", environment=one)) for one in ("staging", "qa")],
        (
            "asst_qa, asst_staging may be meant; "
            "take it over there first (-e qa --adopt or -e staging --adopt), or adopt: false to make another"
        ),
    ),
    "the same beside one that is free": (
        [marked("asst_1", mark(project="", environment="staging")), bare("asst_2", name="Bot")],
        "asst_2 has this name and is not managed; write adopt: asst_2, or --adopt, to take it over, or adopt: false to make another",
    ),
}


@pytest.mark.parametrize(("assistants", "reason"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_create_that_may_mean_an_assistant_is_a_conflict(assistants: list[Assistant], reason: str) -> None:
    scope = replace(SCOPE, declared=SCOPE.declared | {"qa"})
    plan = planned([NAMED], assistants, scope=scope)
    assert (only(plan).action, only(plan).reason) == (Action.CONFLICT, reason)
    assert plan.refusals == ("1 conflict (bot): each says what to do",)
    assert shown(planned([replace(NAMED, adopt=False)], assistants)) == ["+ bot"]


HARMLESS: dict[str, tuple[Definition, list[Assistant]]] = {
    "unmarked, of another name": (NAMED, [bare("asst_1", name="bot")]),
    "unmarked, without a name": (NAMED, [bare("asst_1")]),
    "both without a name": (wanted("bot"), [bare("asst_1"), bare("asst_2", name="")]),
    "a definition without a name": (wanted("bot"), [bare("asst_1", name="bot"), marked("asst_2", mark("other", ""))]),
    "a name of nothing": (wanted("bot", name=""), [bare("asst_1", name=""), bare("asst_2")]),
    "another project's, of this key and name": (NAMED, [marked("asst_1", mark(project="other"), name="Bot")]),
    "another declared environment's": (NAMED, [marked("asst_1", mark(environment="staging"), name="Bot")]),
    "ours, of this name": (NAMED, [marked("asst_1", mark("other"), name="Bot")]),
}


@pytest.mark.parametrize(("definition", "assistants"), HARMLESS.values(), ids=HARMLESS)
def test_a_create_is_no_conflict_with_what_is_another_s(definition: Definition, assistants: list[Assistant]) -> None:
    plan = planned([definition], assistants, whole=False)
    assert shown(plan) == ["+ bot"]
    assert plan.refusals == ()
    assert shown(planned([definition], assistants, whole=False, adopt=True)) == ["+ bot"]


def test_without_a_project_only_other_environments_marks_are_doubtful() -> None:
    """An endpoint may hold many marks with no project; those are not less ours than the run's own."""
    scope = Scope("", "a", frozenset({"a", "b"}))
    assert shown(planned([NAMED], [marked("asst_1", mark(project="", environment="a"))], scope=scope)) == [
        "~ bot asst_1"
    ]
    assert shown(planned([NAMED], [marked("asst_1", mark(project="", environment="b"))], scope=scope)) == ["+ bot"]
    assert shown(planned([NAMED], [marked("asst_1", mark(project="", environment="c"))], scope=scope)) == ["! bot"]
    assert shown(planned([NAMED], [marked("asst_1", mark(project="acme", environment="a"))], scope=scope)) == ["+ bot"]


def test_what_has_our_mark_is_no_conflict_whatever_else_has_its_name() -> None:
    assert shown(planned([NAMED], [applied(NAMED), bare("asst_1", name="Bot")])) == ["= bot asst_bot"]


# --- damaged marks

DAMAGED = (
    "but has a damaged mark; `assistants release asst_1` removes it,"
    " and then `adopt: asst_1` takes it over; or write adopt: false to make another"
)
MAY_BE_MEANT: dict[str, tuple[list[Assistant], str]] = {
    "of this name, its mark damaged beyond reading": (
        [bare("asst_1", name="Bot", metadata={MARK_KEY: "garbage"})],
        f"asst_1 may be this one, {DAMAGED}",
    ),
    "of another name, what is left of its mark says this key": (
        [broken("asst_1", '{"project":"acme","environment":"production","key":"bot","later}')],
        f"asst_1 may be this one, {DAMAGED}",
    ),
    "its mark cut off inside a key that may be this one": (
        [broken("asst_1", '{"project":"acme","environment":"production","key":"bo')],
        f"asst_1 may be this one, {DAMAGED}",
    ),
    "its mark cut off inside a project that may be this one": (
        [broken("asst_1", '{"project":"ac', name="Bot")],
        f"asst_1 may be this one, {DAMAGED}",
    ),
    "two damaged ones": (
        [broken("asst_2", "garbage", name="Bot"), broken("asst_1", '{"key":["bot"]}', name="Bot")],
        f"asst_2, asst_1 may be this one, {DAMAGED.replace('asst_1', 'asst_2')}",
    ),
}


@pytest.mark.parametrize(("assistants", "reason"), MAY_BE_MEANT.values(), ids=MAY_BE_MEANT)
def test_a_create_that_may_mean_the_bearer_of_a_damaged_mark_is_a_conflict(
    assistants: list[Assistant], reason: str
) -> None:
    plan = planned([NAMED], assistants, adopt=True)
    assert (only(plan).action, only(plan).reason) == (Action.CONFLICT, reason)
    assert plan.refusals == ("1 conflict (bot): each says what to do",)
    plan = planned([replace(NAMED, adopt=False)], assistants)
    assert [one.action for one in plan.changes if one.definition] == [Action.CREATE]
    assert {one.id for one in plan.of(Action.ORPHAN)} == {one.id for one in assistants}


LEFT_ALONE: dict[str, tuple[list[Definition], list[Assistant], Object, list[str]]] = {
    "nothing of it can be read": ([], [broken("asst_1", "garbage")], {}, ["? asst_1"]),
    "pruning": ([], [broken("asst_1", "garbage")], {"prune": True}, ["? asst_1"]),
    "its key is that of no definition": (
        [],
        [broken("asst_1", {"key": "old", "project": []})],
        {"prune": True},
        ["? old asst_1"],
    ),
    "beside the one whose key is left of it": (
        [NAMED],
        [
            applied(NAMED),
            broken("asst_1", '{"project":"acme","environment":"production","key":"bot', name="Bot"),
            broken("asst_2", "garbage", name="Bot"),
        ],
        {"prune": True},
        ["? asst_2", "= bot asst_bot", "? bot asst_1"],
    ),
    "not all definitions are given": ([], [broken("asst_1", "garbage")], {"whole": False}, ["? asst_1"]),
    "narrowed to others": ([NAMED], [broken("asst_1", "garbage")], {"only": ("bot",)}, ["+ bot"]),
    "another project's": ([NAMED], [broken("asst_1", {"project": "other", "key": ["bot"]}, name="Bot")], {}, ["+ bot"]),
    "another environment's": (
        [NAMED],
        [broken("asst_1", {"project": "acme", "environment": "staging", "key": 1.5}, name="Bot")],
        {},
        ["+ bot"],
    ),
    "neither has a name": ([wanted("bot")], [broken("asst_1", "garbage")], {}, ["? asst_1", "+ bot"]),
}


@pytest.mark.parametrize(("definitions", "assistants", "options", "expected"), LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_the_bearer_of_a_damaged_mark_is_told_and_left_alone(
    definitions: list[Definition], assistants: list[Assistant], options: Object, expected: list[str]
) -> None:
    plan = planned(definitions, assistants, **options)
    assert shown(plan) == expected
    assert plan.refusals == ()
    for one in plan.of(Action.ORPHAN):
        said = f"its mark is damaged, so it is left as it is; `assistants release {one.id}` removes the mark"
        assert (one.reason, one.notes) == (said, ())


def test_deleting_all_that_is_ours_leaves_the_bearer_of_a_damaged_mark() -> None:
    there = (applied(NAMED), broken("asst_1", '{"project":"acme","environment":"production","key":"b'))
    plan = make_deletion_of_all(Listing(there), SCOPE)
    assert shown(plan) == ["? b asst_1", "- bot asst_bot"]


def test_a_repaired_mark_is_the_assistant_s_own_and_says_whether_it_is_protected() -> None:
    there = applied(replace(NAMED, protect=True))
    text = html.escape(str(there.body["metadata"][MARK_KEY]))
    damaged = Assistant({**there.body, "metadata": {MARK_KEY: f" {text}"}})
    assert shown(planned([replace(NAMED, protect=True)], [damaged])) == ["= bot asst_bot"]
    (refusal,) = planned([], [damaged], prune=True).refusals
    assert "1 protected assistant would be deleted" in refusal


# --- taking over


def test_adopt_takes_over_what_it_names() -> None:
    there = bare("asst_1", name="Old", model="gpt-4", temperature=0.5, metadata={"who": "me"})
    assert printed(
        planned([wanted("bot", name="Bot", adopt="asst_1", protect=True, metadata={"team": "a"})], [there])
    ) == (
        '> bot asst_1 "Bot": adopt: asst_1\n'
        '    name: "Old" -> "Bot"\n'
        '    model: "gpt-4" -> "gpt-4o"\n'
        "    temperature: 0.5 -> 1\n"
        '    metadata.team: (absent) -> "a"\n'
        '    metadata.who: "me" -> (absent)\n'
        "    protect: false -> true\n"
        "    risk: the model changes\n"
        "Plan: 0 to create, 0 to update, 1 to adopt, 0 to delete, 0 unchanged."
    )


def test_adopting_leaves_what_is_ignored() -> None:
    definition = wanted("bot", adopt="asst_1", ignore=["temperature", "metadata.who"])
    there = bare("asst_1", temperature=0.5, metadata={"who": "me"})
    assert only(planned([definition], [there])).differences == ()


ADOPTABLE: dict[str, Assistant] = {
    "not managed": bare("asst_1"),
    "marked with no project": marked("asst_1", mark("other", project="")),
    "marked with no project, for no environment": marked("asst_1", mark("other", project="", environment="")),
    "of an undeclared environment": marked("asst_1", mark("other", environment="old")),
    "ours under a key without a definition": marked("asst_1", mark("other")),
}


@pytest.mark.parametrize("assistant", ADOPTABLE.values(), ids=ADOPTABLE)
def test_what_may_be_adopted_by_its_id(assistant: Assistant) -> None:
    assert shown(planned([wanted("bot", adopt="asst_1")], [assistant])) == ["> bot asst_1"]


FAULTS: dict[str, tuple[list[Definition], list[Assistant], str]] = {
    "bears a damaged mark": (
        [wanted("bot", adopt="asst_1")],
        [broken("asst_1", "garbage")],
        "asst_1 has a damaged mark; remove that first (`assistants release` with its id)",
    ),
    "is not there": (
        [wanted("bot", adopt="asst_1")],
        [],
        "adopt names asst_1, which is not on the endpoint; remove adopt, or correct the id",
    ),
    "is the key of another": (
        [wanted("bot", adopt="old")],
        [marked("asst_1", mark("old"))],
        "adopt names old, which is a key and not an id; write adopt: asst_1",
    ),
    "stands in two definitions": (
        [wanted("bot", adopt="asst_1"), wanted("other", adopt="asst_1")],
        [bare("asst_1")],
        "adopt names asst_1 in 2 definitions; leave it in one",
    ),
    "is another project's": (
        [wanted("bot", adopt="asst_1")],
        [marked("asst_1", mark(project="other"))],
        "asst_1 belongs to project other; release it there first",
    ),
    "is another declared environment's": (
        [wanted("bot", adopt="asst_1")],
        [marked("asst_1", mark(environment="staging"))],
        "asst_1 belongs to environment staging; release it there first",
    ),
    "is marked for another declared environment, without a project": (
        [wanted("bot", adopt="asst_1")],
        [marked("asst_1", mark(project="", environment="staging"))],
        (
            "asst_1 is marked with environment staging and no project; "
            "take it over there (-e staging --adopt) and release it there first"
        ),
    ),
    "is another definition's": (
        [wanted("bot", adopt="asst_other"), wanted("other")],
        [applied(wanted("other"))],
        "asst_other is already the assistant with key other; remove adopt",
    ),
    "while its key is already another": (
        [wanted("bot", adopt="asst_1")],
        [bare("asst_1"), applied(wanted("bot"))],
        "adopt names asst_1, but this key is already asst_bot; remove adopt, or delete one of the two",
    ),
    "while its key is already another, and it is not there": (
        [wanted("bot", adopt="asst_1")],
        [applied(wanted("bot"))],
        "adopt names asst_1, but this key is already asst_bot; remove adopt, or delete one of the two",
    ),
    "is its own surplus": (
        [wanted("bot", adopt="asst_2")],
        [applied(wanted("bot"), "asst_1"), applied(wanted("bot"), "asst_2", 2)],
        "adopt names asst_2, but this key is already asst_1; remove adopt, or delete one of the two",
    ),
}


@pytest.mark.parametrize(("definitions", "assistants", "reason"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("adopt", [False, True], ids=["", "--adopt"])
def test_an_id_that_cannot_be_adopted_is_a_conflict(
    definitions: list[Definition], assistants: list[Assistant], reason: str, adopt: bool
) -> None:
    plan = planned(definitions, assistants, adopt=adopt)
    conflicts = {one.key: one.reason for one in plan.of(Action.CONFLICT)}
    assert conflicts["bot"] == reason
    assert plan.refusals


def test_an_id_that_an_incomplete_listing_does_not_show_may_be_there() -> None:
    plan = planned([wanted("bot", adopt="asst_1")], [], incomplete="why")
    advice = "try again; if that does not help, use an endpoint that lists everything"
    said = f"adopt names asst_1, which was not found, but the listing may be incomplete (why); {advice}"
    assert only(plan).reason == said


def test_ours_passes_to_another_key_only_where_all_definitions_are_given() -> None:
    """Its own may be among those that were not."""
    bot, old = wanted("bot", adopt="asst_old"), applied(wanted("old", protect=True))
    assert shown(planned([bot], [old])) == ["> bot asst_old"]
    assert only(planned([bot], [old], whole=False)).reason == (
        "asst_old is the assistant with key old, whose definition may be among those that were not given; "
        "give the whole folder of project.yaml to take it from there, or release old first"
    )
    no_longer_ours = replace(old, body={**old.body, "metadata": {}})
    assert shown(planned([bot], [no_longer_ours], whole=False)) == ["> bot asst_old"]


@pytest.mark.parametrize("options", [{"only": ("bot",)}, {"only": ("b*", "zzz")}], ids=str)
def test_only_does_not_hide_whose_an_id_is(options: Object) -> None:
    """Else `--only` could take an assistant from a definition that is not selected."""
    bot, other = wanted("bot", adopt="asst_1"), wanted("other")
    assert shown(planned([bot, other], [applied(other, "asst_1")], **options)) == ["! bot asst_1"]
    assert shown(planned([bot, replace(other, adopt="asst_1")], [bare("asst_1")], **options)) == ["! bot asst_1"]


def test_an_adopt_that_is_done_may_stay_in_the_file() -> None:
    definition = wanted("bot", adopt="asst_1")
    assert shown(planned([definition], [applied(definition, "asst_1")])) == ["= bot asst_1"]
    assert shown(planned([definition], [applied(definition, "asst_1", model="gpt-4")])) == ["~ bot asst_1"]


def test_adopt_false_makes_another_once() -> None:
    definition = wanted("bot", name="Bot", adopt=False)
    other = bare("asst_1", name="Bot")
    assert shown(planned([definition], [other], adopt=True)) == ["+ bot"]
    assert shown(planned([definition], [other, applied(definition)])) == ["= bot asst_bot"]


def test_an_adopted_assistant_is_no_orphan_no_surplus_and_no_candidate() -> None:
    new, third = wanted("new", name="Bot", adopt="asst_1"), wanted("third", name="Bot")
    bearers = [marked("asst_1", mark("old"), name="Bot")]
    assert shown(planned([new], bearers, prune=True)) == ["> new asst_1"]
    assert shown(planned([new, third], [bare("asst_1", name="Bot")], adopt=True)) == ["> new asst_1", "+ third"]
    two = [*bearers, marked("asst_2", mark("old"), 2)]
    assert shown(planned([new], two)) == ["> new asst_1", "? old asst_2"]


def test_a_key_is_renamed_by_adopting_within_the_scope() -> None:
    old, new = wanted("old", name="Bot", protect=True), wanted("new", name="Bot", adopt="asst_old", protect=True)
    assert printed(planned([new], [applied(old)], prune=True)) == (
        '> new asst_old "Bot": adopt: asst_old\n'
        '    key: "old" -> "new"\n'
        "Plan: 0 to create, 0 to update, 1 to adopt, 0 to delete, 0 unchanged."
    )


WITH_ADOPT: dict[str, tuple[list[Definition], list[Assistant], list[str]]] = {
    "of this name": ([NAMED], [bare("asst_1", name="Bot")], ["> bot asst_1"]),
    "of this key, with no project": ([NAMED], [marked("asst_1", mark(project=""))], ["> bot asst_1"]),
    "of this name and key, which is one": ([NAMED], [marked("asst_1", mark(project=""), name="Bot")], ["> bot asst_1"]),
    "of an undeclared environment": ([NAMED], [marked("asst_1", mark(environment="old"))], ["> bot asst_1"]),
    "several": ([NAMED], [bare("asst_1", name="Bot"), bare("asst_2", name="Bot")], ["! bot"]),
    "two definitions would": ([NAMED, wanted("two", name="Bot")], [bare("asst_1", name="Bot")], ["! bot", "! two"]),
    "two definitions, of which one wants its own": (
        [NAMED, wanted("two", name="Bot", adopt=False)],
        [bare("asst_1", name="Bot")],
        ["> bot asst_1", "+ two"],
    ),
    "two definitions, of which one is there": (
        [NAMED, wanted("two", name="Bot")],
        [bare("asst_1", name="Bot"), applied(wanted("two", name="Bot"))],
        ["> bot asst_1", "= two asst_two"],
    ),
    "another declared environment's, with no project": (
        [NAMED],
        [marked("asst_1", mark(project="", environment="staging"))],
        ["! bot"],
    ),
    "the same beside our own": (
        [NAMED],
        [marked("asst_1", mark(project="", environment="staging")), marked("asst_2", mark(project=""))],
        ["> bot asst_2"],
    ),
    "several, of which another definition means one": (
        [NAMED, wanted("two", name="Bot")],
        [bare("asst_1", name="Bot"), marked("asst_2", mark(project=""), 2)],
        ["! bot", "> two asst_1"],
    ),
    "nothing": ([NAMED], [], ["+ bot"]),
}


@pytest.mark.parametrize(("definitions", "assistants", "expected"), WITH_ADOPT.values(), ids=WITH_ADOPT)
def test_adopting_whatever_is_meant(
    definitions: list[Definition], assistants: list[Assistant], expected: list[str]
) -> None:
    assert shown(planned(definitions, assistants, adopt=True)) == expected


def test_two_definitions_that_mean_one_assistant_are_not_told_to_add_adopt() -> None:
    plan = planned([NAMED, wanted("two", name="Bot")], [bare("asst_1", name="Bot")], adopt=True)
    assert [one.reason for one in plan.changes] == [
        "asst_1 has this name and is not managed; write adopt: asst_1 to take it over, or adopt: false to make another"
    ] * 2


# --- metadata that is full

PAIRS = {f"k{number:02}": "v" for number in range(20)}


def pairs(count: int) -> dict[str, str]:
    return dict(list(PAIRS.items())[:count])


FULL: dict[str, tuple[Definition, Assistant, Action]] = {
    "16 that stay": (
        wanted("bot", adopt="asst_1", ignore=["metadata"]),
        bare("asst_1", metadata=pairs(16)),
        Action.CONFLICT,
    ),
    "15 that stay": (
        wanted("bot", adopt="asst_1", ignore=["metadata"]),
        bare("asst_1", metadata=pairs(15)),
        Action.ADOPT,
    ),
    "16 that go": (wanted("bot", adopt="asst_1"), bare("asst_1", metadata=pairs(16)), Action.ADOPT),
    "15 that are declared, and one that stays": (
        wanted("bot", adopt="asst_1", metadata=pairs(15), ignore=["metadata.x"]),
        bare("asst_1", metadata={"x": "y"}),
        Action.CONFLICT,
    ),
    "the same, ours": (
        wanted("bot", metadata=pairs(15), ignore=["metadata.x"]),
        marked("asst_1", mark(), metadata={"x": "y"}),
        Action.CONFLICT,
    ),
    "ours, with 15 that stay": (
        wanted("bot", name="New", ignore=["metadata"]),
        marked("asst_1", mark(), metadata=pairs(15)),
        Action.UPDATE,
    ),
    "more than the API takes, which an endpoint without its limit holds": (
        wanted("bot", adopt="asst_1", ignore=["metadata"]),
        bare("asst_1", metadata=PAIRS),
        Action.ADOPT,
    ),
}


@pytest.mark.parametrize(("definition", "assistant", "action"), FULL.values(), ids=FULL)
def test_metadata_that_leaves_the_mark_no_room_is_a_conflict(
    definition: Definition, assistant: Assistant, action: Action
) -> None:
    change = only(planned([definition], [assistant]))
    assert (change.action, change.id) == (action, assistant.id)
    if action is Action.CONFLICT:
        assert change.reason == (
            "the mark has no room among the 16 pairs of metadata that an assistant may hold; "
            "remove one of those that are there and ignored, or declare or ignore fewer"
        )


# --- renamed keys


@pytest.mark.parametrize(("prune", "sign"), [(False, "?"), (True, "-")], ids=["orphan", "--prune"])
def test_a_create_and_an_orphan_of_one_name_are_shown_together(prune: bool, sign: str) -> None:
    old, between = wanted("a-old", name="Bot"), wanted("between", name="Between")
    plan = planned([wanted("new", name="Bot"), between], [applied(old), applied(between, name="x")], prune=prune)
    assert shown(plan) == ["~ between asst_between", "+ new", f"{sign} a-old asst_a-old"]
    hint = ("key renamed from a-old to new? `adopt: asst_a-old` keeps the id",)
    assert [one.notes for one in plan.changes] == [(), hint, hint]


NO_HINT: dict[str, tuple[list[Definition], list[Assistant]]] = {
    "of another name": ([wanted("new", name="Bot")], [applied(wanted("old", name="Other"))]),
    "without names": ([wanted("new")], [applied(wanted("old"))]),
    "that wants its own": ([wanted("new", name="Bot", adopt=False)], [applied(wanted("old", name="Bot"))]),
    "of what is there": (
        [wanted("new", name="Bot")],
        [applied(wanted("new", name="Bot")), applied(wanted("old", name="Bot"))],
    ),
    "of what is surplus": (
        [wanted("new", name="Bot"), wanted("kept", name="Kept")],
        [applied(wanted("kept", name="Kept")), applied(wanted("kept", name="Bot"), "asst_2", 2)],
    ),
    "of another project": ([wanted("new", name="Bot")], [marked("asst_1", mark("old", "other"), name="Bot")]),
    "of another environment": (
        [wanted("new", name="Bot")],
        [marked("asst_1", mark("old", "acme", "staging"), name="Bot")],
    ),
}


@pytest.mark.parametrize(("definitions", "assistants"), NO_HINT.values(), ids=NO_HINT)
def test_no_hint_at_a_renamed_key(definitions: list[Definition], assistants: list[Assistant]) -> None:
    assert [one.notes for one in planned(definitions, assistants).changes if one.notes] == []


def test_a_renamed_project_is_hinted_at_where_it_makes_another() -> None:
    """All of a project is made a second time where its name is another one, and no conflict stops that: it may be somebody else's."""
    there = [marked("asst_1", mark("bot", "old", environment=SCOPE.environment), name="Bot")]
    said = "if that is this project's old name, release it there first and write adopt: asst_1"
    assert only(planned([NAMED], there)).notes == (f"project old has asst_1 of this key and name: {said}",)
    for other in (replace(NAMED, adopt=False), wanted("bot", name="Other"), wanted("other", name="Bot")):
        assert only(planned([other], there)).notes == ()
    elsewhere = [marked("asst_1", mark("bot", "old", environment="staging"), name="Bot")]
    assert only(planned([NAMED], elsewhere)).notes == ()


def test_a_key_and_a_name_that_were_renamed_together_are_known_by_the_instructions() -> None:
    old, other = wanted("old", name="Bot", instructions="Be kind."), wanted("other", name="B", instructions="Be kind.")
    new = [wanted("new", name="New", instructions="Be kind."), wanted("second", name="B", instructions="")]
    plan = planned(new, [applied(old), applied(other)])
    assert shown(plan) == ["+ new", "? old asst_old", "+ second", "? other asst_other"]
    first, second = (
        f"key renamed from {one}? `adopt: asst_{one.split()[0]}` keeps the id"
        for one in ("old to new", "other to second")
    )
    assert [one.notes for one in plan.changes] == [(first,), (first,), (second,), (second,)]


def test_several_renamed_keys_of_one_name_pair_in_their_order() -> None:
    new = [wanted(key, name="Bot") for key in ("b1", "b2", "b3")]
    plan = planned(new, [applied(wanted(key, name="Bot")) for key in ("a2", "a1")])
    assert shown(plan) == ["+ b1", "? a1 asst_a1", "+ b2", "? a2 asst_a2", "+ b3"]
    first, second = (f"key renamed from a{one} to b{one}? `adopt: asst_a{one}` keeps the id" for one in (1, 2))
    assert [one.notes for one in plan.changes] == [(first,), (first,), (second,), (second,), ()]


def test_of_several_orphans_of_one_name_the_first_key_is_named() -> None:
    plan = planned([wanted("new", name="Bot")], [applied(wanted(key, name="Bot")) for key in ("old2", "old1")])
    assert shown(plan) == ["+ new", "? old1 asst_old1", "? old2 asst_old2"]
    assert [len(one.notes) for one in plan.changes] == [1, 1, 0]


# --- guards


def refusals(definitions: list[Definition], assistants: list[Assistant], **options: Any) -> list[str]:
    return list(planned(definitions, assistants, **options).refusals)


def many(count: int) -> list[Assistant]:
    return [applied(wanted(f"k{number:03}")) for number in range(count)]


def test_a_sound_plan_is_not_refused() -> None:
    assert refusals([BOT, wanted("new")], [applied(BOT, name="x"), applied(wanted("gone"))], prune=True) == []


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (2, "2 conflicts (k0, k1)"),
        (5, "5 conflicts (k0, k1, k2, k3, k4)"),
        (6, "6 conflicts (k0, k1, k2, k3, k4 and 1 more)"),
        (7, "7 conflicts (k0, k1, k2, k3, k4 and 2 more)"),
    ],
)
def test_conflicts_are_counted_and_the_first_five_named(count: int, named: str) -> None:
    definitions = [wanted(f"k{number}", name="Bot") for number in range(count)]
    assert refusals(definitions, [bare("asst_1", name="Bot")]) == [f"{named}: each says what to do"]


def test_what_has_no_key_is_named_by_its_id() -> None:
    plan = Plan(SCOPE, (Change(Action.CONFLICT, "", assistant=bare("asst_9")),), Listing(()))
    assert list(conflicting(plan)) == ["1 conflict (asst_9): each says what to do"]


NO_PROJECT = (
    "--prune needs a named project, or it could delete another's assistants: write `project: NAME` in project.yaml"
)
NOT_WHOLE = (
    "--prune needs all definitions, or it would delete those that were not given: give the folder of project.yaml"
)


def test_prune_needs_a_named_project_and_the_whole_folder() -> None:
    assert refusals([BOT], [], prune=True) == []
    assert refusals([BOT], [], prune=True, scope=Scope()) == [NO_PROJECT]
    assert refusals([BOT], [], prune=True, whole=False) == [NOT_WHOLE]
    assert refusals([BOT], [], prune=True, whole=False, scope=Scope()) == [NO_PROJECT, NOT_WHOLE]
    assert refusals([BOT], [], whole=False, scope=Scope()) == []


@pytest.mark.parametrize(
    ("limit", "ours", "allowed"),
    [
        (None, 0, 5),
        (None, 5, 5),
        (None, 25, 5),
        (None, 29, 5),
        (None, 30, 6),
        (None, 1000, 200),
        ("0", 100, 0),
        ("7", 100, 7),
        ("200", 100, 200),
        ("0%", 100, 0),
        ("1%", 99, 0),
        ("1%", 100, 1),
        ("33%", 10, 3),
        ("100%", 10, 10),
        ("500%", 10, 50),
        ("20%", 10, 2),
    ],
)
def test_how_many_may_be_deleted(limit: str | None, ours: int, allowed: int) -> None:
    assert deletion_limit(limit, ours) == allowed


LIMITS: dict[str, bool] = {"0": True, "3%": True, "9" * 9: True, "9" * 9 + "%": True, "007": True}
LIMITS |= dict.fromkeys(
    ["", "%", "abc", "-3", "5.5", "+1", " 3", "3\n", "3%%", "1_0", "1" * 10, "9" * 5000, "\u0663", "\u00b2"], False
)


@pytest.mark.parametrize(("limit", "sound"), LIMITS.items(), ids=[plain_name(one)[:20] for one in LIMITS])
def test_a_limit_is_a_number_or_a_percentage(limit: str, sound: bool) -> None:
    """In one place for all: what a plan takes, a saved plan has to be able to read."""
    saved = TypeAdapter(Request)
    if sound:
        assert deletion_limit(Options(max_delete=limit).max_delete, 10) >= 0
        assert saved.validate_python({"paths": (), "max_delete": limit}).max_delete == limit
        return
    with pytest.raises(
        ToolError, match=r"^max_delete: '.* is neither a number of at most 9 digits nor a percentage; "
    ) as caught:
        Options(max_delete=limit)
    assert len(str(caught.value)) < 200
    with pytest.raises(ValidationError):
        saved.validate_python({"paths": (), "max_delete": limit})


@pytest.mark.parametrize(
    ("count", "max_delete", "expected"),
    [
        (5, None, []),
        (
            6,
            None,
            [
                "6 of 6 assistants would be deleted, more than --max-delete allows (5: 20%, at least 5): raise it if that is meant"
            ],
        ),
        (6, "6", []),
        (6, "100%", []),
        (
            2,
            "1",
            ["2 of 2 assistants would be deleted, more than --max-delete allows (1): raise it if that is meant"],
        ),
        (
            3,
            "50%",
            ["3 of 3 assistants would be deleted, more than --max-delete allows (1: 50%): raise it if that is meant"],
        ),
        (
            1,
            "0",
            ["1 of 1 assistants would be deleted, more than --max-delete allows (0): raise it if that is meant"],
        ),
        (0, "0", []),
    ],
)
def test_more_deletions_than_allowed_are_refused(count: int, max_delete: str | None, expected: list[str]) -> None:
    assert refusals([], many(count), prune=True, max_delete=max_delete) == expected


def test_only_what_is_ours_counts_for_the_percentage() -> None:
    """Six of thirty: a fifth. The other thirty are no one's or another's."""
    kept = [wanted(f"k{number:03}") for number in range(24)]
    others = [bare(f"asst_x{number}") for number in range(20)]
    others += [marked(f"asst_y{number}", mark(f"y{number}", "other")) for number in range(10)]
    assert refusals(kept, many(30) + others, prune=True) == []
    assert len(refusals(kept[1:], many(30) + others, prune=True)) == 1


def test_a_protected_assistant_is_not_deleted() -> None:
    """The mark remembers it: neither removing the file nor its line lifts it unseen."""
    gone = applied(wanted("gone", protect=True))
    assert refusals([], [gone]) == []
    assert refusals([], [gone], prune=True) == [
        "1 protected assistant would be deleted (gone): apply `protect: false` first, or release"
    ]
    assert refusals([wanted("gone")], [gone], prune=True) == []
    two = applied(wanted("two", protect=True))
    assert refusals([], [gone, two, applied(wanted("free"))], prune=True) == [
        "2 protected assistants would be deleted (gone, two): apply `protect: false` first, or release"
    ]


def unseen(count: str) -> str:
    advice = "try again; if that does not help, use an endpoint that lists everything"
    return f"the listing may be incomplete (why), and what is missing from it decides {count}: {advice}"


INCOMPLETE: dict[str, tuple[list[Definition], list[Assistant], list[str]]] = {
    "a create": (
        [BOT],
        [],
        [unseen("1 change (bot)")],
    ),
    "a create and a delete": (
        [BOT],
        [applied(wanted("gone"))],
        [unseen("2 changes (bot, gone)")],
    ),
    "an update": ([BOT], [applied(BOT, name="x")], []),
    "an adoption": ([replace(BOT, adopt="asst_1")], [bare("asst_1")], [unseen("1 change (bot)")]),
    "nothing to do": ([BOT], [applied(BOT)], []),
}


@pytest.mark.parametrize(("definitions", "assistants", "expected"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_no_create_and_no_delete_rests_on_an_incomplete_listing(
    definitions: list[Definition], assistants: list[Assistant], expected: list[str]
) -> None:
    assert refusals(definitions, assistants, prune=True, incomplete="why") == expected


def test_every_guard_speaks() -> None:
    plan = planned(
        [NAMED],
        [bare("asst_1", name="Bot"), applied(wanted("gone", protect=True), scope=Scope())],
        scope=Scope(),
        prune=True,
        max_delete="0",
        incomplete="why",
    )
    assert [one.split()[0:2] for one in plan.refusals] == [
        ["1", "conflict"],
        ["--prune", "needs"],
        ["1", "protected"],
        ["1", "of"],
        ["the", "listing"],
    ]


# --- deleting by name


def deletion(*assistants: Assistant, listed: int = 0) -> Plan:
    return make_deletion(assistants, Listing((*assistants, *many(listed))), SCOPE)


def test_what_is_named_is_deleted_however_many_they_are() -> None:
    plan = deletion(*many(9))
    assert (len(plan.of(Action.DELETE)), plan.refusals) == (9, ())
    assert printed(deletion(applied(BOT), bare("asst_1", name="X"))) == (
        '- bot asst_bot "Bot": named on the command line\n'
        '- asst_1 "X": named on the command line\n'
        "Plan: 0 to create, 0 to update, 2 to delete, 0 unchanged."
    )


def test_what_is_named_by_key_and_by_id_is_deleted_once() -> None:
    assert shown(deletion(applied(BOT), applied(BOT))) == ["- bot asst_bot"]


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (None, []),
        ("3", []),
        ("2", ["3 of 10 assistants would be deleted, more than --max-delete allows (2): raise it if that is meant"]),
        (
            "20%",
            ["3 of 10 assistants would be deleted, more than --max-delete allows (2: 20%): raise it if that is meant"],
        ),
    ],
)
def test_of_what_is_named_only_a_limit_that_is_given_counts(limit: str | None, said: list[str]) -> None:
    held = many(10)
    assert list(make_deletion(held[:3], Listing(tuple(held)), SCOPE, max_delete=limit).refusals) == said


def test_what_is_not_ours_is_no_part_of_it() -> None:
    plan = make_deletion([bare("asst_1"), *many(1)], Listing((bare("asst_1"), *many(1))), SCOPE, max_delete="1")
    assert plan.refusals == (
        "2 assistants would be deleted, more than --max-delete allows (1): raise it if that is meant",
    )


PROTECTED: dict[str, tuple[Mark, str]] = {
    "ours": (mark(protect=True), "apply `protect: false` first, or release"),
    "ours, by a file that no apply has written yet": (
        mark("said"),
        "remove `protect: true` from the definition first, or release",
    ),
    "another environment's": (
        mark(environment="staging", protect=True),
        "apply `protect: false` in environment staging first, or release there",
    ),
    "another environment's, without a project": (
        mark(project="", environment="staging", protect=True),
        "take over in environment staging first (-e staging --adopt), without `protect: true`",
    ),
    "another project's": (
        mark(project="other", protect=True),
        "apply `protect: false` in project other first, or release there",
    ),
    "no one's here": (
        mark(environment="old", protect=True),
        "take over first, by `adopt: ID` in a definition without `protect: true`",
    ),
}


@pytest.mark.parametrize(("protected", "lifting"), PROTECTED.values(), ids=PROTECTED)
def test_what_is_protected_is_not_deleted_by_name_either(protected: Mark, lifting: str) -> None:
    definitions, held = [wanted("said", protect=True), wanted("bot")], [marked("asst_1", protected)]
    plan = make_deletion(held, Listing(tuple(held)), SCOPE, definitions)
    assert plan.refusals == (f"1 protected assistant would be deleted ({protected.key}): {lifting}",)


def test_protection_is_told_apart_by_what_lifts_it() -> None:
    plan = deletion(
        applied(wanted("a", protect=True)),
        marked("asst_2", mark("b", "other", protect=True)),
        applied(wanted("c", protect=True)),
    )
    assert [one.partition(":")[0] for one in plan.refusals] == [
        "2 protected assistants would be deleted (a, c)",
        "1 protected assistant would be deleted (b)",
    ]


@pytest.mark.parametrize("key", ["said", "bot"])
def test_a_file_protects_only_what_is_ours_and_of_its_key(key: str) -> None:
    theirs = marked("asst_1", mark(key, environment="staging" if key == "said" else "production"))
    assert make_deletion([theirs], Listing((theirs,)), SCOPE, [wanted("said", protect=True)]).refusals == ()


# --- deleting all


def deletion_of_all(held: list[Assistant], *, incomplete: str = "", scope: Scope = SCOPE, **how: Any) -> Plan:
    return make_deletion_of_all(Listing(tuple(held), incomplete), scope, **how)


def test_all_that_the_scope_holds_goes() -> None:
    held = [
        applied(BOT),
        applied(BOT, "asst_2", 2),
        applied(wanted("a")),
        bare("asst_3"),
        marked("asst_4", mark("x", "y")),
    ]
    assert printed(deletion_of_all(held)) == (
        "- a asst_a: --all\n"
        '- bot asst_2 "Bot": --all\n'
        '- bot asst_bot "Bot": --all\n'
        "Plan: 0 to create, 0 to update, 3 to delete, 0 unchanged."
    )


ALL: dict[str, tuple[list[Assistant], Object, list[str]]] = {
    "nothing": ([], {}, []),
    "five": (many(5), {}, []),
    "six": (
        many(6),
        {},
        [
            "6 of 6 assistants would be deleted, more than --max-delete allows (5: 20%, at least 5): raise it if that is meant"
        ],
    ),
    "six, of which six may": (many(6), {"max_delete": "6"}, []),
    "a protected one": (
        [applied(wanted("a", protect=True))],
        {},
        ["1 protected assistant would be deleted (a): apply `protect: false` first, or release"],
    ),
    "one that a file protects": (
        [applied(wanted("a"))],
        {"definitions": [wanted("a", protect=True)]},
        ["1 protected assistant would be deleted (a): remove `protect: true` from the definition first, or release"],
    ),
    "of a listing in part": (
        many(1),
        {"incomplete": "why"},
        [unseen("1 change (k000)")],
    ),
    "without a project": (
        [],
        {"scope": Scope()},
        ["--all needs a named project, or it could delete another's assistants: give the keys instead"],
    ),
}


@pytest.mark.parametrize(("held", "how", "said"), ALL.values(), ids=ALL)
def test_all_stands_under_the_guards(held: list[Assistant], how: Object, said: list[str]) -> None:
    assert list(deletion_of_all(held, **how).refusals) == said


def test_what_is_released_stays_even_protected_or_listed_in_part() -> None:
    protected = applied(wanted("bot", name="Bot", protect=True))
    plan = make_release([protected, applied(wanted("two")), protected], Listing((), "why"), SCOPE)
    assert plan.refusals == ()
    assert not plan.is_empty
    assert printed(plan) == (
        '< bot asst_bot "Bot": stays, and is no longer managed\n'
        "< two asst_two: stays, and is no longer managed\n"
        "The listing may be incomplete: why\n"
        "Plan: 0 to create, 0 to update, 2 to release, 0 to delete, 0 unchanged."
    )


def test_nothing_is_assumed_of_the_options() -> None:
    assert Options() == Options(whole=False, prune=False, adopt=False, only=(), max_delete=None)


def test_forms_are_the_same_by_their_text() -> None:
    assert same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert not same({"a": 1}, {"a": True})


# --- order and laws


def test_changes_stand_in_the_order_of_their_keys() -> None:
    definitions = [wanted("c"), wanted("a"), wanted("B")]
    assert shown(planned(definitions, [applied(wanted("b"))])) == ["+ B", "+ a", "? b asst_b", "+ c"]


def crowd() -> tuple[list[Definition], list[Assistant]]:
    """Something of everything."""
    keep, twin = wanted("keep", name="Keep"), wanted("twin", name="Twin")
    definitions = [
        keep,
        twin,
        wanted("new", name="Renamed"),
        wanted("newer", name="Renamed"),
        wanted("conflict", name="Same"),
        wanted("adopting", adopt="asst_z"),
        wanted("dropped", temperature=0.1, top_p=0.1),
        wanted("files", metadata={"b": "1", "a": "1"}),
    ]
    assistants = [
        applied(keep),
        *(applied(twin, f"asst_t{number}", 7) for number in range(3)),
        applied(wanted("old", name="Renamed"), "asst_old", 3),
        applied(wanted("older", name="Renamed"), "asst_older", 3),
        *(bare(f"asst_s{number}", 5, name="Same") for number in range(3)),
        marked("asst_m", mark("conflict", ""), 5),
        bare("asst_z"),
        applied(wanted("dropped", temperature=0.1, top_p=0.1), drops=["temperature", "top_p"]),
        applied(wanted("files")),
    ]
    return definitions, assistants


@pytest.mark.parametrize("options", [{}, {"prune": True}, {"adopt": True}, {"only": ("*e*",)}], ids=str)
def test_equal_input_in_any_order_gives_equal_bytes(options: Object) -> None:
    definitions, assistants = crowd()
    expected = printed(planned(definitions, assistants, **options))
    dice = random.Random(7)  # noqa: S311 - a shuffle, no secret
    for _ in range(20):
        dice.shuffle(definitions)
        dice.shuffle(assistants)
        assert printed(planned(definitions, assistants, **options)) == expected


def test_the_order_of_an_answer_s_members_does_not_show() -> None:
    held = {"z": "1", "y": "1", "x": "1"}
    back = dict(reversed(held.items()))
    plans = [printed(planned([BOT], [applied(BOT, metadata=one)])) for one in (held, back)]
    assert plans[0] == plans[1]
    assert "metadata.x" in plans[0]


def left_by_apply(definitions: list[Definition]) -> list[Assistant]:
    """The assistants that a service makes of the creates."""
    return [
        Assistant(
            {
                "id": f"asst_{one.key}",
                "created_at": 1,
                **answered(create_body(one, mark(one.key, protect=one.protect, sent=digest(one.fields, one.ignore)))),
            }
        )
        for one in definitions
    ]


some = examples(13)


@some
@given(definition_lists())
def test_apply_then_plan_is_empty(definitions: list[Definition]) -> None:
    plan = planned(definitions, left_by_apply(definitions), prune=True)
    assert {one.action for one in plan.changes} <= {Action.KEEP}
    assert plan.refusals == ()


@some
@given(definition_lists(), definition_lists(), st.booleans(), st.booleans(), st.booleans())
def test_every_definition_and_every_assistant_of_ours_has_its_place(
    before: list[Definition], after: list[Definition], whole: bool, prune: bool, adopt: bool
) -> None:
    plan = planned(after, left_by_apply(before), whole=whole, prune=prune, adopt=adopt)
    assert sorted(one.key for one in plan.changes if one.definition) == sorted(one.key for one in after)
    touched = [one.id for one in plan.changes if one.id]
    assert len(touched) == len(set(touched))
    expected = {one.key for one in before} if whole else {one.key for one in before} & {one.key for one in after}
    assert {one.removeprefix("asst_") for one in touched} == expected
    assert bool(plan.of(Action.DELETE)) <= (whole and prune)


@some
@given(definition_lists())
def test_another_scope_s_assistants_are_never_touched(definitions: list[Definition]) -> None:
    theirs = left_by_apply(definitions)
    plan = planned(definitions, theirs, scope=replace(SCOPE, project="other"), prune=True, adopt=True)
    assert [one.action for one in plan.changes] == [Action.CREATE] * len(definitions)


SUMMARIES: dict[str, tuple[Callable[[], Plan], str]] = {
    "nothing": (lambda: planned([], []), "Plan: 0 to create, 0 to update, 0 to delete, 0 unchanged."),
    "one of each": (
        lambda: planned(*crowd()),
        "Plan: 2 to create, 1 to update, 1 to adopt, 2 to delete, 3 unchanged, 1 conflict, 2 orphans.",
    ),
    "with --prune": (
        lambda: planned(*crowd(), prune=True),
        "Plan: 2 to create, 1 to update, 1 to adopt, 4 to delete, 3 unchanged, 1 conflict.",
    ),
}


@pytest.mark.parametrize(("plan", "expected"), SUMMARIES.values(), ids=SUMMARIES)
def test_the_last_line_counts(plan: Callable[[], Plan], expected: str) -> None:
    assert printed(plan()).splitlines()[-1] == expected


@pytest.mark.parametrize(
    ("only", "said"),
    [
        (("bot",), []),
        (("b*", "gone"), []),
        (("bat",), ["no definition and no managed assistant matches --only 'bat'; did you mean 'bot'?"]),
        (("bot", "x*"), ["no definition and no managed assistant matches --only 'x*'; known are: bot, gone"]),
    ],
)
def test_a_pattern_that_chooses_nothing_is_refused(only: tuple[str, ...], said: list[str]) -> None:
    plan = planned([wanted("bot")], [applied(wanted("gone"))], only=only)
    assert list(plan.refusals) == said


def test_pruning_what_was_perhaps_renamed_is_a_risk() -> None:
    plan = planned([wanted("new", name="Bot")], [applied(wanted("old", name="Bot"))], prune=True, fail_on_risk=True)
    assert [(one.action, one.risks) for one in plan.changes] == [
        (Action.CREATE, ()),
        (Action.DELETE, ("it may be the same assistant, whose id applications use",)),
    ]
    assert plan.refusals[0].startswith("--fail-on-risk: 1 change to review (old)")


def test_the_repr_of_a_plan_does_not_hold_what_it_is_about() -> None:
    """asyncio makes one of what a task returns: of 300 long prompts it took a gigabyte."""
    definition = wanted("bot", instructions="x" * 10_000)
    plan = planned([definition], [applied(definition, instructions="y" * 10_000)])
    assert len(repr(plan)) < 200
    assert len(repr(plan.listing)) < 200
