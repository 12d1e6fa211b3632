"""What a table says of an object's members: what is secret, what is an id, what has a sound shape, what no definition can state."""

from __future__ import annotations

from typing import Any

from assistants_tool.objects.members import ASSISTANTS, Member, Members, Watch, flat_tools, structured
from assistants_tool.objects.normal import Items, Pairs, Structure, choice, ids, opaque, secret, text, whole
from assistants_tool.objects.paths import Path
from tests.builders import Object
from tests.tables import cases


def table() -> Members:
    """Made anew for each test, as a table remembers what it has found out about itself."""
    server = Structure({"label": text, "headers": Pairs(secret), "spec": opaque(None)})
    return Members(
        (
            Member(name="model"),
            Member(name="kind", normal=choice("prompt"), fixed=True),
            Member(name="mode", normal=choice("plain"), fixed=True),
            Member(name="servers", normal=Items(server, names=(("label",),))),
            Member(name="stores", normal=Structure({"ids": ids})),
            Member(name="files", normal=ids),
        )
    )


@cases(
    "path is_secret",
    {
        "a header": (("servers", 1, "headers", "auth"), True),
        "a header with a dot in its name, as it is read out of a text": (("servers", 1, "headers", "x", "auth"), True),
        "all headers": (("servers", 1, "headers"), False),
        "a label": (("servers", 1, "label", "headers"), False),
        "a member of another name": (("tools", 1, "headers", "auth"), False),
    },
)
def test_what_is_told_to_nobody(path: Path, is_secret: bool) -> None:
    assert table().hold_secret_at(path) is is_secret


@cases(
    "body found",
    {
        "in lists": (
            {"servers": [{"label": "a"}, {"headers": {"a": "1", "b": None}}]},
            {("servers", 1, "headers", "a"): "1", ("servers", 1, "headers", "b"): None},
        ),
        "as JSON in texts": ({"servers": ['{"headers": {"a": "1"}}']}, {("servers", 0, "headers", "a"): "1"}),
        "in another shape": ({"servers": {"0": {"headers": ["1"]}}}, {("servers", "0", "headers", 0): "1"}),
        "in another shape, deeper": ({"servers": [{"headers": "1"}]}, {}),
        "nowhere": ({"model": "m"}, {}),
    },
)
def test_secrets_are_found_however_a_server_spells_them(body: Object, found: dict[Path, Any]) -> None:
    assert dict(table().secrets(body)) == found


@cases(
    "path is_id",
    {
        "one of a list of ids": (("files", 0), True),
        "one of a list of ids, deeper": (("stores", "ids", 3), True),
        "the whole list": (("files",), False),
        "the whole list, deeper": (("stores", "ids"), False),
        "an item of another list": (("servers", 0), False),
        "nothing that is known": (("colours", 0), False),
    },
)
def test_what_is_an_id_whose_order_says_nothing(path: Path, is_id: bool) -> None:
    assert table().hold_ids_at(path) is is_id


@cases(
    "body why",
    {
        "as every other": ({"model": "m", "kind": "prompt"}, ""),
        "where nothing is said": ({}, ""),
        "another model": ({"model": "x", "files": ["f"]}, ""),
        "another kind": ({"kind": "workflow"}, "its kind is 'workflow', and only 'prompt' is managed"),
        "another kind, and another mode": (
            {"kind": "workflow", "mode": 1},
            "its kind is 'workflow', and only 'prompt' is managed, its mode is 1, and only 'plain' is managed",
        ),
    },
)
def test_what_no_definition_can_state_is_another_thing(body: Object, why: str) -> None:
    one = table()
    assert one.another_thing(one(body)) == why


SOUND: dict[str, tuple[str, Any, bool]] = {
    "a text": ("name", "Bot", True),
    "a number for a name": ("name", 5, False),
    "tools": ("tools", [{"type": "x"}], True),
    "no tools": ("tools", [], True),
    "a tool that is a text": ("tools", [{"type": "x"}, "code_interpreter"], False),
    "tools that are an object": ("tools", {}, False),
    "resources": ("tool_resources", {"file_search": {}, "mcp": [{"server_label": "a"}]}, True),
    "a resource that is a text": ("tool_resources", {"file_search": {}, "mcp": "a"}, False),
    "a resource that is a list of texts": ("tool_resources", {"mcp": ["a"]}, False),
    "resources that are a list": ("tool_resources", [], False),
    "a number": ("temperature", 0.5, True),
    "a text for a number": ("temperature", "0.5", False),
    "pairs": ("metadata", {"a": "b"}, True),
    "pairs that are a list": ("metadata", ["a"], False),
    "a format": ("response_format", {"type": "text"}, True),
    "a format's name": ("response_format", "auto", True),
    "a format that is a list": ("response_format", ["auto"], False),
    "a text of a name that is in no table": ("colour", "red", True),
    "anything else of such a name": ("colour", {}, False),
}


@cases("name value is_sound", SOUND)
def test_what_a_request_and_who_shows_it_can_rely_on(name: str, value: Any, is_sound: bool) -> None:
    assert ASSISTANTS.is_sound(name, value) is is_sound


# --- members of several APIs

SHAPE = Structure({"mode": text, "most": whole})
TOOLS = {"search": Structure({"most": whole, "mode": choice("plain")}), "code": Structure({})}


@cases(
    "value form sent stated is_sound",
    {
        "all of it": (*[{"mode": "m", "most": 5}] * 4, True),
        "as little as says something": (
            {"mode": None, "most": 5.0},
            {"mode": None, "most": 5},
            {"most": 5},
            {"most": 5},
            True,
        ),
        "JSON in a text": ('{"mode": "m"}', {"mode": "m", "most": None}, '{"mode": "m"}', {"mode": "m"}, False),
        "another shape": (*[["m"]] * 4, False),
    },
)
def test_a_member_that_is_an_object(value: Any, form: Any, sent: Any, stated: Any, is_sound: bool) -> None:
    member = structured("limits", SHAPE)
    assert (member.name, member.normal(value), member.is_sound(value)) == ("limits", form, is_sound)
    assert (member.sent(value), member.lean(form)) == (sent, stated)


def test_how_a_member_that_is_an_object_is_cleared() -> None:
    """By null, or by what unsets each member of it; where a server merges it, by what says so."""
    usual, merged = structured("limits", SHAPE), structured("limits", SHAPE, {"most": 0}, servers_choice=True)
    assert [one.cleared({"most": 5}, literal=literal) for one in (usual, merged) for literal in (False, True)] == [
        None,
        {"mode": None, "most": None},
        {"most": 0},
        {"most": 0},
    ]
    assert (usual.servers_choice, merged.servers_choice) == (False, True)


@cases(
    "value form sent stated",
    {
        "what is unset says nothing": (
            [{"type": "search", "mode": None, "most": 5.0}],
            [{"type": "search", "mode": "plain", "most": 5.0}],
            [{"type": "search", "most": 5.0}],
            [{"type": "search", "most": 5.0}],
        ),
        "a tool without members": (*[[{"type": "code"}]] * 4,),
        "a tool that is not known is left as it is": (*[[{"type": "other", "mode": None}]] * 4,),
        "a tool of no type": (*[[{"mode": None}, {"type": ["search"]}]] * 4,),
        "an odd tool": (*[["search"]] * 4,),
        "an odd list": (*["search"] * 4,),
    },
)
def test_tools_whose_members_stand_beside_their_type(value: Any, form: Any, sent: Any, stated: Any) -> None:
    member = flat_tools(TOOLS)
    assert (member.normal(value), member.sent(value), member.lean(form)) == (form, sent, stated)


def test_such_tools_are_known_by_their_name_or_label_and_emptied_by_an_empty_list() -> None:
    member = flat_tools(TOOLS)
    assert isinstance(member.normal, Items)
    named = [{"type": "search", "name": "a"}, {"type": "search", "server_label": "b"}, {"type": "search"}]
    assert [one.known_by for one in member.normal.parts(named)] == [
        ("search", "a", 0),
        ("search", "b", 0),
        ("search", "", 0),
    ]
    assert (member.name, member.watch) == ("tools", Watch.TOOLS)
    assert [member.cleared(named, literal=one) for one in (False, True)] == [[], []]
    assert (member.is_sound(named), member.is_sound(["search"]), member.is_sound({})) == (True, False, False)


def test_a_request_states_what_is_declared_of_a_member_and_of_what_is_in_no_table_all() -> None:
    members = Members((structured("limits", SHAPE),))
    assert members.sent("limits", {"mode": None, "most": 5}) == {"most": 5}
    assert members.sent("colour", {"mode": None}) == {"mode": None}


def test_what_is_known_as_an_item_is_no_member() -> None:
    assert ASSISTANTS.part({"tools": []}, ("function", "f", 0)) is None
