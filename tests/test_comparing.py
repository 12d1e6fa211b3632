"""One definition beside one assistant: what differs, which side moved, what the endpoint does not keep, hides or never finished."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from assistants_tool.models import METADATA_VALUE_MAX
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.dialects.prompts import PROMPTS
from assistants_tool.objects.differences import ABSENT, Difference
from assistants_tool.objects.digests import digest
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.members import ASSISTANTS, Member, Members, Watch
from assistants_tool.planning.comparing import (
    Place,
    also_held,
    compare,
    departures,
    is_raced_create,
    places,
    taking_over,
)
from assistants_tool.planning.plan import Action, Change, Held, Plan
from tests.builders import Object, applied, bare, marked, planned, printed, wanted
from tests.tables import cases

BOT = wanted("bot", name="Bot", temperature=0.2)


def only(plan: Plan) -> Change:
    (change,) = plan.changes
    return change


def mark(key: str = "bot", **more: Any) -> Mark:
    return Mark("acme", "production", key, **more)


# --- which side moved

FILES, ENDPOINT, BOTH = "changed in the files", "changed on the endpoint", "changed in the files and on the endpoint"
REASONS: dict[str, tuple[Definition, Assistant, Action, str, list[str]]] = {
    "nothing moved": (BOT, applied(BOT), Action.KEEP, "", []),
    "the files": (wanted("bot", name="Bot"), applied(BOT), Action.UPDATE, FILES, ["temperature"]),
    "the endpoint": (BOT, applied(BOT, temperature=0.5), Action.UPDATE, ENDPOINT, ["temperature"]),
    "both": (wanted("bot", name="A"), applied(BOT, name="B"), Action.UPDATE, BOTH, ["name", "temperature"]),
    "both, to the same": (wanted("bot", name="A", temperature=0.2), applied(BOT, name="A"), Action.KEEP, "", []),
    "nothing was recorded": (BOT, marked("asst_bot", mark(), name="Bot"), Action.UPDATE, "differs", ["temperature"]),
    "nothing was recorded, nothing differs": (
        BOT,
        marked("asst_bot", mark(), name="Bot", temperature=0.2),
        Action.KEEP,
        "",
        [],
    ),
    "a newer tool recorded": (
        BOT,
        marked("asst_bot", mark(sent="3:abc", got="3:def"), name="Bot"),
        Action.UPDATE,
        "differs",
        ["temperature"],
    ),
    "a newer tool recorded what it got": (
        BOT,
        marked("asst_bot", mark(sent=digest(BOT.fields), got="3:def"), name="Bot"),
        Action.UPDATE,
        "differs",
        ["temperature"],
    ),
    "protection": (replace(BOT, protect=True), applied(BOT), Action.UPDATE, "protection changed", ["protect"]),
    "protection lifted": (BOT, applied(replace(BOT, protect=True)), Action.UPDATE, "protection changed", ["protect"]),
    "protection, and both sides moved to the same": (
        wanted("bot", name="A", temperature=0.2, protect=True),
        applied(BOT, name="A"),
        Action.UPDATE,
        "protection changed",
        ["protect"],
    ),
    "protection and the files": (
        wanted("bot", name="Bot", protect=True),
        applied(BOT),
        Action.UPDATE,
        FILES,
        ["temperature", "protect"],
    ),
    "a pair of metadata": (BOT, applied(BOT, metadata={"who": "me"}), Action.UPDATE, ENDPOINT, ["metadata.who"]),
    "an ignored field": (
        replace(BOT, ignore=frozenset({"temperature"})),
        applied(replace(BOT, ignore=frozenset({"temperature"})), temperature=1.5),
        Action.KEEP,
        "",
        [],
    ),
    "another field than the ignored one": (
        replace(BOT, ignore=frozenset({"temperature", "metadata.who"})),
        applied(
            replace(BOT, ignore=frozenset({"temperature", "metadata.who"})),
            temperature=1.5,
            name="x",
            metadata={"who": "me"},
        ),
        Action.UPDATE,
        ENDPOINT,
        ["name"],
    ),
    "the files, and what is ignored": (
        replace(BOT, fields={"model": "gpt-4"}, ignore=frozenset({"temperature"})),
        applied(BOT),
        Action.UPDATE,
        "differs",
        ["name", "model"],
    ),
    "what is ignored, and then the endpoint": (
        replace(BOT, ignore=frozenset({"top_p"})),
        applied(BOT, name="by hand"),
        Action.UPDATE,
        "differs",
        ["name"],
    ),
    "only what is ignored": (replace(BOT, ignore=frozenset({"temperature"})), applied(BOT), Action.KEEP, "", []),
    "what is not ignored any more": (
        BOT,
        applied(replace(BOT, ignore=frozenset({"temperature"})), temperature=0.9),
        Action.UPDATE,
        "differs",
        ["temperature"],
    ),
    "an update that was cut off after its first write": (
        BOT,
        marked("asst_bot", mark(sent=digest(BOT.fields)), name="Bot"),
        Action.UPDATE,
        f"{ENDPOINT}, or not finished by the last run",
        ["temperature"],
    ),
}


@pytest.mark.parametrize(("definition", "assistant", "action", "reason", "paths"), REASONS.values(), ids=REASONS)
def test_the_digests_say_which_side_moved(
    definition: Definition, assistant: Assistant, action: Action, reason: str, paths: list[str]
) -> None:
    change = only(planned([definition], [assistant]))
    assert (change.action, change.reason, [one.path for one in change.differences]) == (action, reason, paths)
    assert change.notes == ()


def test_what_the_endpoint_does_not_keep_is_no_change() -> None:
    definition = wanted(
        "bot", name="Bot", temperature=0.2, tools=[{"type": "file_search"}], metadata={"a": "b", "c": "d"}
    )
    change = only(planned([definition], [applied(definition, drops=["temperature", "tools", "metadata"])]))
    assert change.action is Action.KEEP
    assert change.notes == ("the endpoint does not keep: tools, temperature, metadata.a, metadata.c",)


FUNCTION: Object = {"name": "f", "strict": True, "parameters": {"type": "object", "properties": {}}}
TOOL: Object = {"type": "function", "function": FUNCTION}
LAX: Object = {**TOOL, "function": {**FUNCTION, "strict": False}}


def test_what_is_not_kept_is_named_by_its_place() -> None:
    definition = wanted("bot", tools=[{"type": "code_interpreter"}, TOOL], description="x")
    got: Object = {"model": "gpt-4o", "tools": [{"type": "code_interpreter"}, LAX], "description": "x"}
    left = marked("asst_bot", mark(sent=definition.digest, got=digest(got)), **got)
    assert only(planned([definition], [left])).notes == ("the endpoint does not keep: tools[1].function.strict",)


def test_what_the_files_no_longer_state_and_the_endpoint_holds_is_still_there() -> None:
    """Not "not kept", as today's files ask for nothing there."""
    definition = wanted("bot", metadata={"b": "c"})
    got: Object = {
        "model": "gpt-4o",
        "tools": [{"type": "code_interpreter"}],
        "temperature": 0.3,
        "metadata": {"a": "b", "b": "c"},
    }
    left = marked("asst_bot", mark(sent=definition.digest, got=digest(got)), **got)
    assert only(planned([definition], [left])).notes == ("still there: tools, temperature, metadata.a",)


# What is known to come of `BOT` on some endpoints: what they hold instead, and how that differs.
KNOWN: dict[str, tuple[Object, Object]] = {
    "dropped": ({"temperature": 0.2, "top_p": 0.5}, {}),
    "its own name of the model": ({"model": "gpt-4o"}, {"model": "gpt-4o-2024-08-06"}),
    "trimmed": ({"instructions": "Be kind.\n"}, {"instructions": "Be kind."}),
    "padded": ({"instructions": "Be kind."}, {"instructions": "Be kind.\n\n"}),
    "a number filled in": ({}, {"top_p": 0.9}),
    "a member filled in": (
        {"tools": [{"type": "file_search"}]},
        {"tools": [{"type": "file_search", "file_search": {"max_num_results": 5}}]},
    ),
    "a place in a tool": (
        {"tools": [TOOL]},
        {"tools": [LAX]},
    ),
    "a tool": ({"tools": [TOOL, {"type": "code_interpreter"}]}, {"tools": [TOOL]}),
    "the format": ({"response_format": {"type": "json_object"}}, {}),
    "a pair of the server's": ({}, {"metadata": {"user": "u"}}),
}


def kept_as(fields: Object, instead: Object, **more: Any) -> tuple[Definition, Assistant]:
    """A definition, and what an apply left of it where the endpoint has something `instead` of some members."""
    definition = wanted("bot", **more, **fields)
    body = {"model": "gpt-4o", **more, **instead}
    noted = mark(sent=definition.digest, got=digest(body)).noting(departures(definition, body))
    return definition, marked("asst_bot", noted, **body)


@pytest.mark.parametrize(("fields", "instead"), KNOWN.values(), ids=KNOWN)
def test_what_is_known_not_to_be_kept_is_no_change_beside_another(fields: Object, instead: Object) -> None:
    """Neither a difference nor a risk, as long as both of its sides are what they were."""
    definition, assistant = kept_as(fields, instead, name="Bot")
    assert only(planned([definition], [assistant])).action is Action.KEEP
    renamed = replace(definition, fields={**definition.fields, "name": "New"})
    plan = planned([renamed], [assistant], fail_on_risk=True)
    change = only(plan)
    assert (change.action, change.reason, change.risks) == (Action.UPDATE, FILES, ())
    assert [one.path for one in change.differences] == ["name"]
    assert (len(change.notes), plan.refusals) == (1, ())


def test_what_is_known_is_a_change_again_once_a_side_of_it_moves() -> None:
    definition, assistant = kept_as({"temperature": 0.2}, {}, name="Bot")
    moved = replace(definition, fields={**definition.fields, "temperature": 0.9})
    assert [one.path for one in only(planned([moved], [assistant])).differences] == ["temperature"]
    drifted = replace(assistant, body={**assistant.body, "temperature": 0.5})
    assert [one.path for one in only(planned([definition], [drifted])).differences] == ["temperature"]


def test_a_mark_that_notes_no_places_says_no_less_than_before() -> None:
    definition = replace(BOT, fields={**BOT.fields, "name": "New"})
    change = only(planned([definition], [applied(BOT, drops=["temperature"], noting=False)]))
    assert {one.path for one in change.differences} == {"name", "temperature"}


def test_more_places_than_a_mark_can_hold_are_noted_by_their_field() -> None:
    names = [f"f{number}" for number in range(60)]
    tools = [{**TOOL, "function": {**FUNCTION, "name": one}} for one in names]
    lax = [{**TOOL, "function": {**FUNCTION, "name": one, "strict": False}} for one in names]
    definition, assistant = kept_as({"tools": tools}, {"tools": lax}, name="Bot")
    assert assistant.mark is not None
    assert len(assistant.mark.differs) == 8
    renamed = replace(definition, fields={**definition.fields, "name": "New"})
    assert [one.path for one in only(planned([renamed], [assistant])).differences] == ["name"]


def test_the_longest_mark_fits_into_a_value_of_metadata() -> None:
    digest_ = f"1:{'a' * 16}:{'b' * 8}"
    longest = Mark("p" * 64, "e" * 64, "k" * 64, protect=True, sent=digest_, got=digest_)
    everything = Definition("x", dict.fromkeys(ASSISTANTS.names, "other"))
    every_tool = [{"type": "x", "n": number} for number in range(128)]
    found = departures(replace(everything, fields={**everything.fields, "tools": every_tool}), {})
    assert len(longest.noting(found).encode()) <= METADATA_VALUE_MAX
    assert longest.noting(found).knows(found) == found


# --- what the last run did not finish


def unfinished(definition: Definition, *drops: str, **changed: Any) -> Assistant:
    """What a run leaves that was killed between a create and the note of what the endpoint made of it."""
    kept = {name: one for name, one in definition.fields.items() if name not in drops}
    return marked(f"asst_{definition.key}", mark(definition.key, sent=definition.digest), **{**kept, **changed})


OTHER = wanted("other", temperature=0.7, top_p=0.5)


def test_what_the_last_run_did_not_finish_is_nobodys_change() -> None:
    """Where another assistant shows that the endpoint does so by itself."""
    bot = only(
        planned([BOT, OTHER], [unfinished(BOT, "temperature"), applied(OTHER, drops=["temperature"])], only=("bot",))
    )
    assert (bot.action, bot.reason, bot.differences, bot.risks) == (
        Action.UPDATE,
        "not finished by the last run",
        (),
        (),
    )
    assert bot.notes == ("the endpoint does not keep: temperature",)


def test_where_nothing_shows_whether_the_endpoint_keeps_it_both_may_be() -> None:
    plan = planned([BOT, OTHER], [unfinished(BOT, "temperature"), unfinished(OTHER, "temperature")])
    assert {one.reason for one in plan.changes} == {f"{ENDPOINT}, or not finished by the last run"}


BY_HAND: dict[str, tuple[Assistant, Assistant]] = {
    "another shows that the endpoint keeps it": (unfinished(BOT, "temperature"), applied(OTHER)),
    "it holds another value": (unfinished(BOT, temperature=0.9), applied(OTHER, drops=["temperature"])),
    "another field differs, too": (
        unfinished(BOT, "temperature", description="Mine."),
        applied(OTHER, drops=["temperature"]),
    ),
    "and nothing is known": (unfinished(BOT, name="Mine"), bare("asst_x")),
    "another shows that the endpoint drops something, and was itself edited there": (
        unfinished(BOT, "temperature", description="Mine."),
        applied(OTHER, drops=["top_p"], temperature=1.0, description="Mine."),
    ),
}


@pytest.mark.parametrize(("assistant", "other"), BY_HAND.values(), ids=BY_HAND)
def test_what_somebody_changed_is_not_called_unfinished(assistant: Assistant, other: Assistant) -> None:
    assert only(planned([BOT, OTHER], [assistant, other], only=("bot",))).reason == ENDPOINT


DROPPING = applied(BOT, drops=["temperature"])
STILL_MOVED: dict[str, tuple[Definition, Assistant, str, str]] = {
    "in the files": (wanted("bot", name="Bot", temperature=0.3), DROPPING, FILES, "temperature"),
    "on the endpoint": (BOT, applied(BOT, drops=["temperature"], description="x"), ENDPOINT, "description"),
    "on the endpoint, the field itself": (
        BOT,
        applied(BOT, drops=["temperature"], temperature=0.9),
        ENDPOINT,
        "temperature",
    ),
    "in both": (wanted("bot", name="A", temperature=0.2), applied(BOT, drops=["temperature"], name="B"), BOTH, "name"),
}


@pytest.mark.parametrize(("definition", "assistant", "reason", "path"), STILL_MOVED.values(), ids=STILL_MOVED)
def test_an_endpoint_that_drops_a_field_hides_no_other_change(
    definition: Definition, assistant: Assistant, reason: str, path: str
) -> None:
    change = only(planned([definition], [assistant]))
    assert (change.action, change.reason) == (Action.UPDATE, reason)
    assert [one.path for one in change.differences] == [path]


def test_a_changed_protection_shows_alone_where_the_endpoint_drops_a_field() -> None:
    assert printed(planned([replace(BOT, protect=True)], [DROPPING])) == (
        '~ bot asst_bot "Bot": protection changed\n'
        "    protect: false -> true\n"
        "    the endpoint does not keep: temperature\n"
        "Plan: 0 to create, 1 to update, 0 to delete, 0 unchanged."
    )


def test_an_endpoint_that_keeps_again_what_it_dropped_is_in_order() -> None:
    change = only(planned([BOT], [applied(BOT, drops=["temperature"], temperature=0.2)]))
    assert (change.action, change.notes) == (Action.KEEP, ())


# --- what the endpoint hides


def with_headers(**headers: str) -> Object:
    return {"tool_resources": {"mcp": [{"server_label": "wiki", "headers": headers}]}}


def place(header: str) -> str:
    return f"tool_resources.mcp[0].headers.{header}"


SECRET = wanted("bot", **with_headers(auth="one", team="a"))
MASKS = with_headers(auth="REDACTED", team="REDACTED")
HIDES = "the endpoint hides what it holds there, so a change by hand cannot be detected: "
BOTH_HIDDEN = (f"{HIDES}{place('auth')}, {place('team')}",)
OTHERWISE = wanted("bot", **with_headers(auth="two", team="a"))


@cases(
    "definition assistant reason differing notes",
    {
        "nothing is hidden": (SECRET, applied(SECRET), "", [], ()),
        "a change by hand": (
            SECRET,
            applied(SECRET, **with_headers(auth="one", team="b")),
            ENDPOINT,
            [(place("team"), "b", "a")],
            (),
        ),
        "all is hidden": (SECRET, applied(SECRET, **MASKS), "", [], BOTH_HIDDEN),
        "one is hidden": (
            SECRET,
            applied(SECRET, **with_headers(auth="REDACTED", team="a")),
            "",
            [],
            (f"{HIDES}{place('auth')}",),
        ),
        "the files state another value: which of them it is, no digest tells": (
            OTHERWISE,
            applied(SECRET, **MASKS),
            FILES,
            [(place("auth"), "REDACTED", "two"), (place("team"), "REDACTED", "a")],
            BOTH_HIDDEN,
        ),
        "the files state another value, and nothing tells what they stated": (
            OTHERWISE,
            marked("asst_bot", mark(), **MASKS),
            "",
            [],
            BOTH_HIDDEN,
        ),
        "the files state another value and another name": (
            replace(OTHERWISE, fields={**OTHERWISE.fields, "name": "Bot"}),
            applied(SECRET, **MASKS),
            FILES,
            [("name", None, "Bot"), (place("auth"), "REDACTED", "two"), (place("team"), "REDACTED", "a")],
            BOTH_HIDDEN,
        ),
    },
)
def test_what_the_endpoint_hides_is_compared_by_what_the_mark_tells(
    definition: Definition, assistant: Assistant, reason: str, differing: list[tuple[str, Any, Any]], notes: Any
) -> None:
    change = compare(definition, assistant)
    assert (change.action, change.reason) == (Action.UPDATE if differing else Action.KEEP, reason)
    assert [(one.path, one.before, one.after) for one in change.differences] == differing
    assert change.notes == notes


# --- what an update would do


def test_lifting_a_protection_is_a_risk() -> None:
    assert compare(BOT, applied(replace(BOT, protect=True))).risks == ("protection is lifted",)
    assert compare(replace(BOT, protect=True), applied(BOT)).risks == ()


TABLE = Members((Member(name="model"), Member(name="mood", watch=Watch.CHANGE)), version="7")


def test_what_is_a_risk_the_table_of_the_api_says() -> None:
    definition = replace(wanted("bot", mood="calm"), members=TABLE)
    assert compare(definition, Assistant({"id": "x", "model": "gpt-4o", "mood": "wild"}, TABLE)).risks == (
        "the mood changes",
    )


# --- taking over


@cases(
    "definition assistant differing",
    {
        "what nobody manages": (BOT, bare("asst_1", name="B", temperature=0.2), [("name", "B", "Bot")]),
        "to be protected": (
            replace(BOT, protect=True),
            bare("asst_1", name="Bot", temperature=0.2),
            [("protect", False, True)],
        ),
        "from another key, where it was protected": (
            BOT,
            applied(wanted("old", name="Bot", temperature=0.2, protect=True)),
            [("key", "old", "bot"), ("protect", True, False)],
        ),
    },
)
def test_who_takes_over_is_told_what_will_differ(
    definition: Definition, assistant: Assistant, differing: list[tuple[str, Any, Any]]
) -> None:
    change = taking_over(definition, assistant, "adopt: asst_1")
    assert (change.action, change.reason) == (Action.ADOPT, "adopt: asst_1")
    assert [(one.path, one.before, one.after) for one in change.differences] == differing


# --- two of one mark: which is provably a create of ours

SPEAKING = wanted("bot", name="Bot", voice="calm", ignore=["top_p"])


def first(definition: Definition = SPEAKING, **changed: Any) -> Assistant:
    return applied(definition, "asst_1", 1, **changed)


def second(definition: Definition = SPEAKING, **changed: Any) -> Assistant:
    return applied(definition, "asst_2", 2, **changed)


def bearing(sent: str, members: Members = ASSISTANTS, **body: Any) -> Assistant:
    """One whose mark was written by another tool, or for another API."""
    return replace(marked("asst_x", mark(sent=sent), **body), members=members)


NAME_DROPPED = ("name", "null")
UNNAMED = marked("asst_2", mark(sent=SPEAKING.digest), voice="calm")  # and the mark does not note that
STATING_ALL = replace(SPEAKING, ignore=frozenset())


@cases(
    "one other definition not_kept surplus",
    {
        "as its mark says": (second(), first(), SPEAKING, (), True),
        "as its mark says that not all was kept": (second(drops=["name"]), first(), SPEAKING, (), True),
        "edited": (second(name="Mine"), first(), SPEAKING, (), False),
        "edited in what is ignored": (second(drops=["name"], top_p=0.5), first(), SPEAKING, (), True),
        "given more": (second(mood="x"), first(), SPEAKING, (), False),
        "both were given more": (second(mood="x"), first(mood="x"), SPEAKING, (), True),
        "the first was edited": (second(), first(name="Mine"), SPEAKING, (), True),
        "the first was edited in what the tool does not know": (second(), first(voice="loud"), SPEAKING, (), True),
        "the first was given more": (second(), first(mood="x"), SPEAKING, (), True),
        "not finished, where the name is not kept": (UNNAMED, first(), SPEAKING, (NAME_DROPPED,), True),
        "not finished, where more is not kept": (UNNAMED, first(), SPEAKING, (NAME_DROPPED, ("top_p", "1")), True),
        "not finished, where all is kept": (UNNAMED, first(), SPEAKING, (), False),
        "not finished, and the files moved on": (UNNAMED, first(), BOT, (NAME_DROPPED, ("temperature", "1")), False),
        "without a definition": (second(BOT), first(BOT), None, (), True),
        "without a definition, edited": (second(BOT, name="Mine"), first(BOT), None, (), False),
        "without a definition, both edited alike": (
            second(BOT, name="Mine"),
            first(BOT, name="Mine"),
            None,
            (),
            False,
        ),
        "without a definition, which stated what the tool does not know": (
            second(STATING_ALL),
            first(STATING_ALL, name="Mine"),
            None,
            (),
            True,
        ),
        "by a newer tool, and just as the first": (bearing("9:x", name="B"), bearing("9:x", name="B"), None, (), True),
        "by a newer tool, and not as the first": (bearing("9:x", name="B"), bearing("9:x", name="C"), None, (), False),
        "by another API's table": (
            bearing(digest({"model": "gpt-4o"}, members=TABLE), TABLE),
            bearing(digest({"model": "gpt-4o"}, members=TABLE), TABLE, mood="edited"),
            None,
            (),
            True,
        ),
        "by an API in which no two have one name": (bearing("9:x", PROMPTS), bearing("9:x", PROMPTS), None, (), False),
    },
)
def test_a_second_of_one_mark_is_a_create_of_ours_where_that_can_be_proved(
    one: Assistant, other: Assistant, definition: Definition | None, not_kept: Collection[Place], surplus: bool
) -> None:
    assert is_raced_create(one, other, definition, not_kept) is surplus


# --- places, and what is held beside


@cases(
    "difference place",
    {
        "a value": (Difference("top_p", 0.5, 1), ("top_p", "0.5")),
        "in any tool": (Difference("tools[12].function.strict", False, True), ("tools[*].function.strict", "false")),
        "in any item of any tool": (
            Difference("tools[0].x.y[3]", {"b": 1, "a": 2}, ABSENT),
            ("tools[*].x.y[*]", '{"a":2,"b":1}'),
        ),
        "nothing there": (Difference("metadata.a", ABSENT, "b"), ("metadata.a", "")),
    },
)
def test_a_place_is_the_same_in_any_item_of_a_list(difference: Difference, place: Place) -> None:
    assert list(places([difference])) == [place]


def test_of_what_nobody_states_that_is_told_which_stays() -> None:
    """A conflict is not touched, whatever it is paired with."""
    there = applied(BOT, voice="calm")
    changes = [compare(BOT, there), Change(Action.CONFLICT, "other", wanted("other"), bare("asst_x", mood="x"))]
    assert also_held(changes) == (Held("voice", ("bot",)),)


def test_what_cannot_be_told_apart_takes_no_time() -> None:
    """Of thirty members that nobody knows, the files may have stated any: there are a thousand million choices."""
    there = marked("asst_bot", mark(rest="2:00000000"), name="Bot", **{f"m{number}": 1 for number in range(30)})
    assert compare(BOT, there).notes == ("changed outside of what the files state",)
