"""Members that the tool does not know, over the line: what a plan says of them, what an apply does with them, what import makes of them."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.definitions.importing import Import, Written
from assistants_tool.definitions.loading import load
from assistants_tool.objects.assistant import Assistant, Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.masked import masked
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Held, Options, Plan
from assistants_tool.planning.view import seen_plan
from assistants_tool.project.projectfile import Project
from assistants_tool.report.markdown import plan_markdown
from assistants_tool.report.text import plan_lines
from tests.builders import SCOPE, answered, printed, wanted
from tests.examples import examples
from tests.fakes import MemoryEndpoint, Object
from tests.strategies import Addition, additions, fields, with_unknown

F = {"type": "function", "function": {"name": "f"}}
G = {"type": "function", "function": {"name": "g"}}
DATA = [{"type": "id_asset", "uri": "azureai://data"}]
BOT = wanted("bot", name="Bot", tools=[F, {"type": "code_interpreter"}])
QUICK = Policy(settle_seconds=0)


def but(definition: Definition, **stated: Any) -> Definition:
    """The same with other members."""
    return replace(definition, fields={**definition.fields, **stated})


class Line:
    """Plan and apply over an endpoint in memory."""

    def __init__(self, endpoint: MemoryEndpoint) -> None:
        self.endpoint = endpoint

    def plan(self, *definitions: Definition) -> Plan:
        return make_plan(definitions, asyncio.run(self.endpoint.listing()), SCOPE, Options(whole=True))

    def apply(self, *definitions: Definition) -> tuple[Outcome, ...]:
        outcomes = asyncio.run(apply(self.plan(*definitions), self.endpoint, QUICK))
        assert {one.status for one in outcomes} <= {Status.DONE}, outcomes
        return outcomes

    @property
    def held(self) -> Object:
        """The one object there is."""
        (body,) = self.endpoint.objects.values()
        return body

    def by_hand(self, edit: Callable[[Object], object]) -> None:
        """Somebody edits the one object."""
        ((found_id, body),) = self.endpoint.objects.items()
        changed = copy.deepcopy(body)
        edit(changed)
        self.endpoint.objects[found_id] = changed


@pytest.fixture
def line() -> Line:
    made = Line(MemoryEndpoint())
    made.apply(BOT)
    return made


def add_everywhere(body: Object) -> None:
    body["voice"] = "calm"
    body["tools"][0]["function"]["cache"] = {"ttl": 5}
    body["tools"][1]["gpu"] = True
    body["tool_resources"] = {"code_interpreter": {"file_ids": [], "datasets": DATA}, "memory": {"i": [1]}}


PLACES = (
    "tool_resources.code_interpreter.datasets",
    "tool_resources.memory",
    "tools[0].function.cache",
    "tools[1].gpu",
    "voice",
)


# --- a plan


def test_what_somebody_adds_is_no_change_and_is_told_once(line: Line) -> None:
    line.by_hand(add_everywhere)
    plan = line.plan(BOT)
    assert [one.action for one in plan.changes] == [Action.KEEP]
    assert plan.also_held == tuple(Held(place, ("bot",)) for place in PLACES)
    said = "Also there, in no file, and left as it is: " + ", ".join(f"{one} (bot)" for one in PLACES)
    assert printed(plan).splitlines()[-2] == said
    assert said in plan_markdown("t", seen_plan(plan))


def test_places_are_grouped_and_the_line_is_bounded() -> None:
    bodies = [{f"m{number:02}": 1 for number in range(12)}, *({"m00": 2} for _ in range(4))]
    definitions = [wanted(f"bot{index}", adopt=f"asst_{index + 1}") for index in range(5)]
    plan = make_plan(definitions, asyncio.run(MemoryEndpoint(*bodies).listing()), SCOPE, Options())
    assert plan.also_held[0] == Held("m00", tuple(f"bot{index}" for index in range(5)))
    (said,) = (one.text for one in plan_lines(seen_plan(plan)) if one.text.startswith("Also there"))
    assert "m00 (bot0, bot1, bot2 and 2 more)" in said
    assert said.endswith("m09 (bot0) and 2 more places")
    assert len(seen_plan(plan).also_held) == 12


def test_what_servers_set_by_themselves_is_not_told(line: Line) -> None:
    line.by_hand(lambda body: body.update(updated_at=5, org_id="o", skills=["s"], etag="e", seed=None))
    assert line.plan(BOT).also_held == ()
    assert "Also there" not in printed(line.plan(BOT))


def test_what_goes_with_a_tool_is_not_said_to_stay(line: Line) -> None:
    line.by_hand(add_everywhere)
    left = [one.place for one in line.plan(but(BOT, tools=[F])).also_held]
    assert left == [one for one in PLACES if one != "tools[1].gpu"]


def test_a_change_by_hand_is_a_note(line: Line) -> None:
    line.by_hand(add_everywhere)
    line.apply(changed := but(BOT, name="Bot 2"))
    assert line.plan(changed).changes[0].notes == ()
    line.by_hand(lambda body: body.update(voice="loud"))
    (kept,) = line.plan(changed).changes
    assert (kept.action, kept.notes) == (Action.KEEP, ("changed outside of what the files state",))
    (update,) = line.plan(BOT).changes
    assert (update.action, update.reason) == (Action.UPDATE, "changed in the files")
    assert update.notes == ("changed outside of what the files state",)
    line.apply(BOT)
    assert line.plan(BOT).changes[0].notes == ()


def test_tools_that_change_places_take_their_members_along(line: Line) -> None:
    line.by_hand(add_everywhere)
    turned = but(BOT, tools=[{"type": "code_interpreter"}, G, F])
    line.apply(turned)
    assert line.held["tools"] == [
        {"type": "code_interpreter", "gpu": True},
        G,
        {"type": "function", "function": {"name": "f", "cache": {"ttl": 5}}},
    ]
    assert line.plan(turned).changes[0].notes == ()


def test_the_values_of_what_no_file_states_are_not_told(line: Line) -> None:
    line.by_hand(lambda body: body.update(voice="s3cret", known="shown"))
    (change,) = seen_plan(line.plan(but(BOT, name="B", known="x"))).changes
    told = json.dumps(change.as_data())
    assert "shown" in told
    assert "s3cret" not in told


# --- stated by a definition


def test_what_a_definition_states_is_sent_and_compared(line: Line) -> None:
    line.by_hand(add_everywhere)
    stated = but(BOT, voice="loud", tools=[F, {"type": "code_interpreter", "gpu": False}])
    (update,) = line.plan(stated).changes
    assert [one.path for one in update.differences] == ["tools[1].gpu", "voice"]
    line.apply(stated)
    assert line.held["voice"] == "loud"
    assert line.held["tools"][0]["function"]["cache"] == {"ttl": 5}
    assert line.held["tools"][1] == {"type": "code_interpreter", "gpu": False}
    assert line.plan(stated).is_empty
    line.by_hand(lambda body: body.update(voice="calm"))
    (drifted,) = line.plan(stated).changes
    assert (drifted.reason, [one.path for one in drifted.differences]) == ("changed on the endpoint", ["voice"])


def test_null_clears_and_a_line_that_is_gone_leaves_it_as_it_is(line: Line) -> None:
    line.apply(but(BOT, voice="loud"))
    plan = line.plan(BOT)
    assert plan.is_empty
    assert plan.also_held == (Held("voice", ("bot",)),)
    line.apply(renamed := but(BOT, name="B"))
    assert line.held["voice"] == "loud"
    line.apply(cleared := but(renamed, voice=None))
    assert line.held.get("voice") is None
    assert line.plan(cleared).is_empty


def test_a_line_that_is_gone_is_named_where_the_mark_tells(line: Line) -> None:
    line.by_hand(add_everywhere)
    stated = but(BOT, colour="red")
    line.apply(stated)
    (kept,) = line.plan(BOT).changes
    assert (kept.action, kept.notes) == (Action.KEEP, ("no longer stated in the files, and left as it is: colour",))
    assert line.plan(but(stated, voice="calm")).changes[0].notes == ()


def test_lines_that_are_gone_together_are_named_together(line: Line) -> None:
    line.by_hand(add_everywhere)
    line.apply(stated := but(BOT, voice="loud", speed=2, mood="x"))
    plan = line.plan(BOT)
    assert plan.is_empty
    assert plan.changes[0].notes == ("no longer stated in the files, and left as it is: voice, speed, mood",)
    assert line.plan(but(stated, speed=3)).changes[0].notes == ()
    (note,) = line.plan(but(BOT, speed=2)).changes[0].notes
    assert note == "no longer stated in the files, and left as it is: voice, mood"


def test_what_is_stated_anew_was_not_changed_on_the_endpoint(line: Line) -> None:
    line.by_hand(add_everywhere)
    line.apply(but(BOT, name="Bot 2"))
    (change,) = line.plan(but(BOT, name="Bot 2", voice="loud")).changes
    assert (change.action, change.reason, change.notes) == (Action.UPDATE, "changed in the files", ())


@pytest.mark.parametrize(
    ("recorded", "definition"),
    [
        ("1:2d8814c2c8cc83cf", BOT),
        ("1:7d92150adb4c2a95", wanted("bot", tool_resources={"azure_ai_search": {"indexes": ["i"]}})),
    ],
    ids=["known always", "not known then"],
)
def test_a_definition_has_the_digest_that_it_always_had(recorded: str, definition: Definition) -> None:
    """As computed by the versions before: a new version of the tool alone is no change."""
    assert definition.digest_matches(recorded, definition.fields) is True
    assert definition.digest_matches(recorded, but(definition, name="x").fields) is False


def marked_by_an_earlier_version(line: Line, stated: Definition, *moving: str) -> None:
    """The mark that the tool of the version before would have left; `moving` are members that it saw the server set by itself."""
    before = replace(stated, members=ASSISTANTS.earlier["1"])
    seen = Assistant(line.held, before.members)
    tags = {one.tag for one in seen.unknown.all if one.shown in moving}
    assert seen.mark
    mark = replace(seen.mark, sent=before.digest, got="", rest=seen.unknown.rest(before.stated, tags))
    line.by_hand(lambda body: body["metadata"].update({MARK_KEY: mark.encode()}))
    assert (mark.sent[:2], mark.rest[:2]) == ("1:", "1:")


def test_an_earlier_mark_tells_which_lines_are_gone_and_which_are_new(line: Line) -> None:
    line.by_hand(add_everywhere)
    line.apply(stated := but(BOT, speed=2, mood="x"))
    marked_by_an_earlier_version(line, stated)
    assert line.plan(stated).changes[0].notes == ()
    (kept,) = line.plan(BOT).changes
    gone = "no longer stated in the files, and left as it is: speed, mood"
    assert (kept.action, kept.notes) == (Action.KEEP, (gone,))
    (change,) = line.plan(but(stated, voice="loud")).changes
    assert (change.action, change.reason, change.notes) == (Action.UPDATE, "changed in the files", ())
    line.by_hand(lambda body: body.update(voice="shrill"))
    assert line.plan(stated).changes[0].notes == ("changed outside of what the files state",)


def test_an_earlier_mark_tells_what_the_server_sets_by_itself(line: Line) -> None:
    line.by_hand(lambda body: body.update(hits=1, voice="calm"))
    marked_by_an_earlier_version(line, BOT, "hits")
    line.by_hand(lambda body: body.update(hits=2))
    plan = line.plan(BOT)
    assert (plan.changes[0].notes, plan.also_held) == ((), (Held("voice", ("bot",)),))
    line.apply(renamed := but(BOT, name="Bot 2"))
    line.by_hand(lambda body: body.update(hits=3))
    assert line.held["metadata"][MARK_KEY].count('"rest":"2:') == 1
    assert line.plan(renamed).changes[0].notes == ()


def test_a_mark_of_a_newer_version_tells_nothing_of_what_no_file_states(line: Line) -> None:
    line.by_hand(lambda body: body.update(voice="calm"))
    newer = replace(Assistant(line.held).mark or Mark("", "", ""), rest="3:00000000")
    line.by_hand(lambda body: body["metadata"].update({MARK_KEY: newer.encode()}))
    assert line.plan(BOT).changes[0].notes == ()


def known_alone(body: Object) -> Object:
    return {name: one for name, one in body.items() if name in ASSISTANTS}


def test_an_endpoint_that_drops_what_is_stated_is_told_of_and_no_drift() -> None:
    line = Line(MemoryEndpoint(on_create=known_alone, on_update=known_alone))
    stated = but(BOT, voice="loud")
    (made,) = line.apply(stated)
    assert made.not_kept == "voice"
    (kept,) = line.plan(stated).changes
    assert (kept.action, kept.notes) == (Action.KEEP, ("the endpoint does not keep: voice",))
    (update,) = line.plan(but(stated, name="B")).changes
    assert [one.path for one in update.differences] == ["name"]


def test_a_twin_that_holds_more_than_the_first_is_somebody_s(line: Line) -> None:
    """A copy of a marked object to which somebody added a member is not deleted as a second create of ours."""
    line.endpoint.put({**copy.deepcopy(line.held), "id": "asst_copy"})
    assert {one.action for one in line.plan(BOT).changes} == {Action.KEEP, Action.DELETE}
    line.endpoint.objects["asst_copy"]["voice"] = "calm"
    assert Action.DELETE not in [one.action for one in line.plan(BOT).changes]


def test_a_raced_create_that_states_such_members_is_known_as_ours() -> None:
    line = Line(MemoryEndpoint())
    line.apply(stated := but(BOT, voice="loud"))
    line.endpoint.put({**copy.deepcopy(line.held), "id": "asst_copy"})
    assert {one.action for one in line.plan(stated).changes} == {Action.KEEP, Action.DELETE}
    line.endpoint.objects["asst_copy"]["voice"] = "calm"
    assert Action.DELETE not in [one.action for one in line.plan(stated).changes]


# --- an apply


def test_a_write_that_loses_what_no_file_states_is_named() -> None:
    endpoint = MemoryEndpoint({"name": "Old", "voice": "calm", "hits": 3, "tools": [{**F, "cache": 1}]})
    endpoint.on_update = lambda body: {**body, "voice": None, "hits": 4, "tools": [F]}
    line = Line(endpoint)
    (done,) = line.apply(wanted("bot", name="New", tools=[F], adopt="asst_1"))
    assert done.message == (
        "the endpoint lost what no file states: tools[0].cache, voice; the backup holds it; "
        "the endpoint also changed what no file states: hits; the backup holds what it was"
    )
    (done,) = line.apply(wanted("bot", name="Newer", tools=[F], adopt="asst_1"))
    assert done.message == ""


class Counting(MemoryEndpoint):
    """Counts the writes to each object, in a member of a name that is in no table."""

    async def update(self, assistant_id: str, body: Object) -> Assistant:
        self.objects[assistant_id]["hits"] += 1
        return await super().update(assistant_id, body)


def test_what_moves_with_writes_that_did_not_send_it_is_the_server_s_own() -> None:
    """The first write that shows it names it; from then on it is neither told nor a change by hand."""
    endpoint = Counting(on_create=lambda body: {**body, "hits": 0, "voice": "calm"})
    line = Line(endpoint)
    bots = [wanted(key, name=key) for key in ("a", "b", "c")]
    line.apply(*bots)
    assert "Also there, in no file, and left as it is: hits (a, b, c), voice (a, b, c)" in printed(line.plan(*bots))
    endpoint.log.clear()
    named = [replace(one, fields={**one.fields, "description": "new"}) for one in bots]
    said = [one.message for one in line.apply(*named)]
    assert said == ["the endpoint also changed what no file states: hits; the backup holds what it was"] * 3
    assert sum(one.startswith("POST") for one in endpoint.log) == 4  # the first one's mark is told with one more
    assert "hits" not in printed(line.plan(*named))
    assert all(one.notes == () for one in line.plan(*named).changes)
    assert [one.message for one in line.apply(*bots)] == ["", "", ""]
    assert all(one.notes == () for one in line.plan(*bots).changes)
    endpoint.objects["asst_1"]["voice"] = "loud"
    assert [one.notes for one in line.plan(*bots).changes] == [("changed outside of what the files state",), (), ()]


def test_what_an_answer_changed_in_what_was_sent_is_named_and_no_change_by_hand() -> None:
    endpoint = MemoryEndpoint({"name": "Old", "tools": [{**F, "cache": 1}]})
    endpoint.on_update = lambda body: {**body, "tools": [{**F, "cache": 2}]}
    line = Line(endpoint)
    bot = wanted("bot", name="New", tools=[F], adopt="asst_1")
    (done,) = line.apply(bot)
    assert done.message == (
        "the endpoint also changed what no file states: tools[0].cache; the backup holds what it was"
    )
    assert [one.notes for one in line.plan(bot).changes] == [()]


def test_the_rest_goes_into_the_mark_with_the_next_write_and_is_no_reason_for_one(line: Line) -> None:
    line.by_hand(add_everywhere)
    assert line.plan(BOT).is_empty
    before = len(line.endpoint.log)
    line.apply(protected := replace(BOT, protect=True))
    found = Assistant(line.held)
    assert found.mark
    assert found.mark.rest == found.unknown.rest() != ""
    assert [one for one in line.endpoint.log[before:] if one.startswith("POST")] == ["POST asst_1"]
    assert line.plan(protected).is_empty


# --- masks

MCP = {"type": "mcp_proxy", "server_label": "wiki", "headers": {"Authorization": "REDACTED"}}
MASKED: dict[str, tuple[Object, Definition, str]] = {
    "stated by the files": ({}, wanted("bot", adopt="asst_1", tools=[MCP]), "tools[0].headers.Authorization"),
    "carried along": (
        {"tools": [{"type": "code_interpreter", "key": "***"}]},
        wanted("bot", adopt="asst_1", tools=[F, {"type": "code_interpreter"}]),
        "tools[1].key",
    ),
    "in resources": (
        {"tool_resources": {"memory": [MCP]}},
        wanted("bot", adopt="asst_1", tool_resources={"file_search": {"vector_store_ids": ["vs"]}}),
        "tool_resources.memory[0].headers.Authorization",
    ),
    "of a new one": ({}, wanted("bot", tools=[MCP]), "tools[0].headers.Authorization"),
}


@pytest.mark.parametrize(("held", "definition", "place"), MASKED.values(), ids=MASKED)
def test_what_would_send_a_mask_is_a_conflict(held: Object, definition: Definition, place: str) -> None:
    plan = Line(MemoryEndpoint({"name": "Old", **held})).plan(definition, wanted("other"))
    conflict, other = plan.changes
    assert (conflict.action, other.action) == (Action.CONFLICT, Action.CREATE)
    assert conflict.reason.startswith(f"{place} holds a mask in place of a value, and the mask would be sent; state")
    assert plan.refusals


def test_a_masked_header_is_no_conflict_where_the_file_states_its_value() -> None:
    line = Line(MemoryEndpoint({"name": "Old", "token": "***", "tools": [MCP]}))
    real = {**MCP, "headers": {"Authorization": "Bearer x"}}
    line.endpoint.on_update = lambda body: {**body, "tools": [MCP]}  # as such a server answers
    definition = wanted("bot", adopt="asst_1", tools=[real])
    line.apply(definition)
    (kept,) = line.plan(definition).changes
    assert (kept.action, kept.notes) == (Action.KEEP, ("the endpoint does not keep: tools[0].headers.Authorization",))
    assert line.held["token"] == "*" * 3


def test_a_mask_that_turns_up_in_an_answer_is_not_sent_back() -> None:
    """What the next update would carry along is masked, so that is not sent."""
    line = Line(MemoryEndpoint())
    line.endpoint.on_create = lambda body: {**body, "temperature": 0.5, "tools": [{**F, "key": "***"}]}
    (done,) = asyncio.run(apply(line.plan(wanted("bot", tools=[F])), line.endpoint, QUICK))
    assert done.status is Status.FAILED
    assert "tools[0].key holds a mask" in done.message
    assert "POST asst_1" not in line.endpoint.log


class Watching(MemoryEndpoint):
    """A server that keeps everything; `sent` is what it was sent."""

    def __init__(self, *bodies: Object) -> None:
        self.sent: list[Object] = []
        super().__init__(*bodies)

    async def update(self, assistant_id: str, body: Object) -> Assistant:
        self.sent.append(body)
        return await super().update(assistant_id, body)


def with_masks(added: list[Addition]) -> list[Addition]:
    masks = ("***", {"inner": ["REDACTED", 1]}, "<redacted>")
    return [(place, name, masks[index % 3]) for index, (place, name, _) in enumerate(added)]


@examples(20)
@given(held=fields(), stated=fields(), added=additions())
def test_no_request_ever_holds_a_mask(held: Object, stated: Object, added: list[Addition]) -> None:
    endpoint = Watching(with_unknown(answered(held), with_masks(added)))
    plan = make_plan([Definition("bot", stated, adopt="asst_1")], asyncio.run(endpoint.listing()), SCOPE, Options())
    if not plan.refusals:
        asyncio.run(apply(plan, endpoint, QUICK))
    assert [one for body in endpoint.sent for one in masked(body, ASSISTANTS)] == []


# --- import

NOWHERE = Project(Path("/nowhere"))


def imported(*bodies: Object) -> list[Written]:
    found = list(Import(NOWHERE, "").write(Assistant(one) for one in bodies))
    assert all(isinstance(one, Written) for one in found), found
    return [one for one in found if isinstance(one, Written)]


def body(**members: Any) -> Object:
    return {"id": "asst_1", "created_at": 1, **answered({"model": "m", **members})}


WRITTEN: dict[str, tuple[Object, str]] = {
    "beside the fields at each depth": (
        {
            **body(tools=[{**F, "a": 1}, {"type": "file_search", "file_search": {"mode": "x"}}]),
            "voice": {"env": "X"},
            "updated_at": 7,
            "response_format": {"type": "json_object", "tone": "dry"},
            "tool_resources": {
                "code_interpreter": {"datasets": DATA},
                "memory": {"indexes": [{"id": "i"}]},
            },
        },
        """\
model: m
tools:
  - type: function
    function:
      name: f
    extra:
      a: 1
  - type: file_search
    file_search:
      extra:
        mode: x
tool_resources:
  code_interpreter:
    extra:
      datasets:
        - type: id_asset
          uri: azureai://data
  memory:
    indexes:
      - id: i
response_format:
  type: json_object
  extra:
    tone: dry
extra:
  voice:
    literal:
      env: X
adopt: asst_1
""",
    ),
    "what looks like a reference in a tool of another type": (
        body(tools=[{"type": "web_service", "auth": {"env": "X"}, "spec": {"a": {"env": "X"}}}]),
        """\
model: m
tools:
  - type: web_service
    auth:
      literal:
        env: X
    spec:
      a:
        env: X
adopt: asst_1
""",
    ),
}


@pytest.mark.parametrize(("found", "text"), WRITTEN.values(), ids=WRITTEN)
def test_import_writes_what_the_tool_does_not_know(found: Object, text: str) -> None:
    (one,) = imported(found)
    assert one.text.splitlines() == text.splitlines()


def planned_again(folder: Path, *bodies: Object, **environ: str) -> Plan:
    for one in imported(*bodies):
        (folder / one.name).write_bytes(one.text.encode())
    definitions = load([folder], Project(folder), "", environ).definitions
    return make_plan(definitions, asyncio.run(MemoryEndpoint(*bodies).listing()), Scope(), Options())


@examples(27)
@given(held=fields(), added=additions())
def test_import_then_plan_is_empty_whatever_an_object_holds(
    tmp_path_factory: pytest.TempPathFactory, held: Object, added: list[Addition]
) -> None:
    plan = planned_again(tmp_path_factory.mktemp("imported"), {"id": "asst_1", **with_unknown(answered(held), added)})
    assert [(one.action, one.differences) for one in plan.changes] == [(Action.ADOPT, ())]
    assert plan.also_held == ()


def test_import_asks_for_what_is_masked_and_would_be_sent(tmp_path: Path) -> None:
    found = {**body(tools=[MCP, {"type": "code_interpreter", "key": "***"}]), "name": "My Bot", "token": "***"}
    (one,) = imported(found)
    assert "REDACTED" not in one.text
    assert "***" not in one.text
    header, key = "MY_BOT_TOOLS_0_HEADERS_AUTHORIZATION", "MY_BOT_TOOLS_1_EXTRA_KEY"
    assert one.left_out == (
        "token is masked there, and left out",
        f"tools[0].headers.Authorization is masked there: set the variable {header} to its value",
        f"tools[1].extra.key is masked there: set the variable {key} to its value",
    )
    plan = planned_again(tmp_path, found, **{header: "Bearer x", key: "k-secret"})
    assert [one.action for one in plan.changes] == [Action.ADOPT]
    told = json.dumps([one.as_data() for one in seen_plan(plan).changes])
    assert "Bearer" not in told
    assert "k-secret" not in told


def test_two_masks_have_two_variables() -> None:
    (one,) = imported(body(tools=[{"type": "mcp_proxy", "headers": {"a-b": "***", "a_b": "***"}}]))
    names = [line.partition("env: ")[2] for line in one.text.splitlines() if "env: " in line]
    assert names == ["ASST_1_TOOLS_0_HEADERS_A_B", "ASST_1_TOOLS_0_HEADERS_A_B_2"]
