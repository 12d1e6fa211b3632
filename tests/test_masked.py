"""Masks in place of values: found where a server may hide one, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistants_tool.objects.masked import counterpart, is_masked, masked
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.paths import Path, dotted
from tests.builders import Object
from tests.tables import cases

MCP = {"server_label": "wiki", "headers": {"Authorization": "REDACTED"}}

FOUND: dict[str, tuple[Object, list[str]]] = {
    "at the top": ({"token": "***"}, ["token"]),
    "what a server sets by itself is not sent, and found all the same": ({"etag": "***"}, ["etag"]),
    "in a member of a tool": ({"tools": [{"type": "code_interpreter", "key": "<redacted>"}]}, ["tools[0].key"]),
    "in a tool that we do not know": (
        {"tools": [{"type": "mcp_proxy", **MCP}]},
        ["tools[0].headers.Authorization"],
    ),
    "in headers": (
        {"tool_resources": {"mcp": [MCP, {"server_label": "b", "headers": {"a": "b", "c.d": "*****"}}]}},
        ["tool_resources.mcp[0].headers.Authorization", "tool_resources.mcp[1].headers.c.d"],
    ),
    "in resources that we do not know": (
        {"tool_resources": {"memory": [MCP, {"server_label": "b", "headers": {"a": "b", "c": "*****"}}]}},
        ["tool_resources.memory[0].headers.Authorization", "tool_resources.memory[1].headers.c"],
    ),
    "as JSON in a text": ({"tools": '[{"type": "mcp_proxy", "headers": {"a": "REDACTED"}}]'}, ["tools[0].headers.a"]),
    "in a tool that is JSON in a text": (
        {"tools": ['{"type": "mcp_proxy", "headers": {"a": "REDACTED"}}']},
        ["tools[0].headers.a"],
    ),
    "in a member of a tool that is JSON in a text": (
        {"tools": ['{"type": "function", "function": {"name": "***"}, "key": "***"}']},
        ["tools[0].key"],
    ),
    "in texts that a tool is known to have": (
        {"tools": [{"type": "bing_grounding", "bing_grounding": {"search_configurations": [{"market": "***"}]}}]},
        [],
    ),
    "in prose": (
        {
            "instructions": "***",
            "description": "REDACTED",
            "name": "***",
            "metadata": {"a": "***"},
            "tools": [
                {"type": "function", "function": {"name": "f", "description": "***"}},
                {"type": "connected_agent", "connected_agent": {"description": "REDACTED", "instructions": "***"}},
                {"type": "colleague", "colleague": {"description": "REDACTED", "instructions": "***"}},
            ],
        },
        [],
    ),
    "in what describes values": (
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "parameters": {"enum": ["***"]}}},
                {"type": "openapi", "openapi": {"spec": {"default": "REDACTED"}, "schema": "***"}},
                {
                    "type": "web_service",
                    "web_service": {"spec": {"default": "REDACTED"}, "parameters": ["***"], "schema": "***"},
                },
            ]
        },
        [],
    ),
    "in ids": ({"tool_resources": {"file_search": {"vector_store_ids": ["***"]}}}, []),
}


@pytest.mark.parametrize(("body", "places"), FOUND.values(), ids=FOUND)
def test_where_masks_stand(body: Object, places: list[str]) -> None:
    assert [dotted(one) for one in masked(body, ASSISTANTS)] == places


@pytest.mark.parametrize("value", ["REDACTED", "<redacted>", "***", "*" * 20])
def test_a_mask_is_the_whole_of_a_text(value: str) -> None:
    assert is_masked(value)
    assert not is_masked(f"Bearer {value}")
    assert not is_masked(f"{value}\n")


@pytest.mark.parametrize("value", ["**", "redacted", "<REDACTED>", "", None, 0, ["***"], "* * *"])
def test_what_is_no_mask(value: Any) -> None:
    assert not is_masked(value)


# --- what stands in the place of a mask on the other side: a value of another server would be sent to this one


def with_servers(*servers: Object) -> Object:
    return {"tool_resources": {"mcp": list(servers)}}


def server(label: str, **headers: str) -> Object:
    return {"server_label": label, "headers": headers}


WIKI, SHOP = server("wiki", auth="of the wiki", other="o"), server("shop", auth="of the shop")
AUTH: Path = ("tool_resources", "mcp", 0, "headers", "auth")
UNKNOWN = {"type": "mcp_proxy", "headers": {"auth": "of the proxy"}, "hosts": [{"key": "k0"}, {"key": "k1"}]}
SEARCH = {"type": "file_search"}

OTHERS: dict[str, tuple[Path, Object, Object, Any]] = {
    "a member": (("token",), {"name": "n", "token": "***"}, {"token": "t"}, "t"),
    "a member that is not there": (("token",), {"token": "***"}, {"name": "n"}, None),
    "a member that neither side has": (("token",), {"name": "n"}, {"token": "t"}, None),
    "all of it": ((), {"name": "n"}, {"name": "another"}, {"name": "another"}),
    "of the same server": (AUTH, with_servers(server("wiki", auth="***")), with_servers(WIKI), "of the wiki"),
    "of the same server in another place": (
        AUTH,
        with_servers(server("wiki", auth="***"), SHOP),
        with_servers(SHOP, WIKI),
        "of the wiki",
    ),
    "behind another header": (
        AUTH,
        with_servers(server("wiki", other="***", auth="***")),
        with_servers(WIKI),
        "of the wiki",
    ),
    "of a second server": (
        ("tool_resources", "mcp", 1, "headers", "auth"),
        with_servers(SHOP, server("wiki", auth="***")),
        with_servers(WIKI),
        "of the wiki",
    ),
    "of a server that is not there": (AUTH, with_servers(server("wiki", auth="***")), with_servers(SHOP), None),
    "a header that is not there": (
        AUTH,
        with_servers(server("shop", auth="***")),
        with_servers(server("shop")),
        None,
    ),
    "no resources there, but a text": (
        AUTH,
        with_servers(server("wiki", auth="***")),
        {"tool_resources": "none"},
        None,
    ),
    "no headers there, but a text": (
        AUTH,
        with_servers(server("wiki", auth="***")),
        with_servers({**WIKI, "headers": "none"}),
        None,
    ),
    "no servers there": (AUTH, with_servers(server("wiki", auth="***")), {"name": "n"}, None),
    "all headers": (AUTH[:-1], with_servers(server("wiki", auth="***")), with_servers(SHOP, WIKI), WIKI["headers"]),
    "no headers here": (AUTH[:-1], with_servers(server("wiki")), with_servers(SHOP, WIKI), WIKI["headers"]),
    "as JSON in texts": (
        AUTH,
        {"tool_resources": json.dumps({"mcp": [server("wiki", auth="***")]})},
        {"tool_resources": json.dumps({"mcp": [SHOP, WIKI]})},
        "of the wiki",
    ),
    "in a tool that we do not know": (
        ("tools", 0, "headers", "auth"),
        {"tools": [{"type": "mcp_proxy", "headers": {"auth": "***"}}]},
        {"tools": [SEARCH, UNKNOWN]},
        "of the proxy",
    ),
    "in a list in a tool that we do not know": (
        ("tools", 1, "hosts", 1, "key"),
        {"tools": [SEARCH, {**UNKNOWN, "hosts": [{"key": "***"}, {"key": "***"}]}]},
        {"tools": [UNKNOWN]},
        "k1",
    ),
    "in a list in front of which there is one more": (
        ("tools", 0, "hosts", 0, "key"),
        {"tools": [{"type": "proxy", "hosts": [{"name": "a", "key": "***"}]}]},
        {"tools": [{"type": "proxy", "hosts": [{"name": "new", "key": "k0"}, {"name": "a", "key": "k1"}]}]},
        "k1",
    ),
    "in a list in which it is new": (
        ("tools", 0, "hosts", 0, "key"),
        {"tools": [{"type": "proxy", "hosts": [{"name": "new", "key": "***"}, {"name": "a", "key": "***"}]}]},
        {"tools": [{"type": "proxy", "hosts": [{"name": "a", "key": "k1"}, {"name": "b", "key": "k2"}]}]},
        None,
    ),
    "in a list of things without a name, in another order": (
        ("tools", 0, "hosts", 0, "key"),
        {"tools": [{"type": "proxy", "hosts": [{"at": "a", "key": "***"}, {"at": "b", "key": "***"}]}]},
        {"tools": [{"type": "proxy", "hosts": [{"at": "b", "key": "k2"}, {"at": "a", "key": "k1"}]}]},
        "k1",
    ),
    "in a list of texts": (
        ("tools", 0, "keys", 1),
        {"tools": [{"type": "proxy", "keys": ["***", "***"]}]},
        {"tools": [{"type": "proxy", "keys": ["k1", "k2"]}]},
        "k2",
    ),
    "in a list of texts with one more": (
        ("tools", 0, "keys", 1),
        {"tools": [{"type": "proxy", "keys": ["***", "***"]}]},
        {"tools": [{"type": "proxy", "keys": ["k0", "k1", "k2"]}]},
        None,
    ),
    "in one of two tools of that type": (
        ("tools", 0, "key"),
        {"tools": [{"type": "proxy", "at": "a", "key": "***"}]},
        {"tools": [{"type": "proxy", "at": "b", "key": "k2"}, {"type": "proxy", "at": "a", "key": "k1"}]},
        "k1",
    ),
    "in neither of two tools of that type": (
        ("tools", 0, "key"),
        {"tools": [{"type": "proxy", "at": "c", "key": "***"}]},
        {"tools": [{"type": "proxy", "at": "b", "key": "k2"}, {"type": "proxy", "at": "a", "key": "k1"}]},
        None,
    ),
    "of two without a name, in that which says the same beside": (
        ("tool_resources", "memory", 0, "token"),
        {"tool_resources": {"memory": [{"token": "***", "of": ["a"]}, {"token": "***", "of": ["b", "c"]}]}},
        {"tool_resources": {"memory": [{"token": "of bc", "of": ["b", "c"]}, {"token": "of a", "of": ["a"]}]}},
        "of a",
    ),
    "in a tool that is not there": (
        ("tools", 0, "headers", "auth"),
        {"tools": [{"type": "mcp_proxy", "headers": {"auth": "***"}}]},
        {"tools": [SEARCH, {**UNKNOWN, "type": "another"}]},
        None,
    ),
    "in resources that we do not know": (
        ("tool_resources", "memory", 0, "token"),
        {"tool_resources": {"memory": [{"token": "***"}]}},
        {"tool_resources": {"memory": [{"token": "of memory"}]}},
        "of memory",
    ),
}


def in_memory(*items: Any) -> Object:
    """A list in resources that we do not know."""
    return {"tool_resources": {"memory": list(items)}}


def calling(name: str, **members: str) -> Object:
    return {"type": "function", "function": {"name": name, **members}}


FIRST_TOKEN: Path = ("tool_resources", "memory", 0, "token")
SECOND_TOKEN: Path = ("tool_resources", "memory", 1, "token")
HIDDEN_A, HIDDEN_B = {"name": "a", "n": 1, "token": "***"}, {"name": "b", "n": 1, "token": "***"}
TOLD_A, TOLD_B = {"name": "a", "n": 2, "token": "of a"}, {"name": "b", "n": 2, "token": "of b"}

# An item of a list that we do not know is sent a secret only where it is certain to be that item's.
ITEMS: dict[str, tuple[Path, Object, Object, Any]] = {
    "by its name": (FIRST_TOKEN, in_memory(HIDDEN_A, HIDDEN_B), in_memory(TOLD_B, TOLD_A), "of a"),
    "not by a name that is hidden": (
        FIRST_TOKEN,
        in_memory({"name": "***", "n": 1, "token": "***"}, HIDDEN_B),
        in_memory(TOLD_B, TOLD_A),
        None,
    ),
    "by its id, where it has no name": (
        FIRST_TOKEN,
        in_memory({"id": "a", "n": 1, "token": "***"}, {"id": "b", "n": 1, "token": "***"}),
        in_memory({"id": "b", "n": 2, "token": "of b"}, {"id": "a", "n": 2, "token": "of a"}),
        "of a",
    ),
    "a name that is hidden is as none": (
        FIRST_TOKEN,
        in_memory({"name": "***", "n": 1, "token": "***"}),
        in_memory(TOLD_A, {"n": 2, "token": "of the one without a name"}),
        "of the one without a name",
    ),
    "by its type": (
        FIRST_TOKEN,
        in_memory({"type": "x", "n": 1, "token": "***"}),
        in_memory({"type": "y", "token": "of y"}, {"type": "x", "n": 2, "token": "of x"}),
        "of x",
    ),
    "by a text alone": (("tool_resources", "memory", 0), in_memory("***"), in_memory("a"), "a"),
    "of several by what they say beside the masks": (
        FIRST_TOKEN,
        in_memory({"hosts": ["a", 1.0], "token": "***"}, {"hosts": ["b"], "token": "***"}),
        in_memory({"hosts": ["b"], "token": "of b"}, {"hosts": ["a", 1], "token": "of a"}),
        "of a",
    ),
    "of several not by what is less": (
        FIRST_TOKEN,
        in_memory({"hosts": ["a", "b"], "token": "***"}, {"hosts": ["z"], "token": "***"}),
        in_memory({"hosts": ["a"], "token": "t"}, {"hosts": ["a", "b"], "token": "of a"}, {"host": "a", "token": "u"}),
        "of a",
    ),
    "of several not by another shape": (
        FIRST_TOKEN,
        in_memory({"hosts": {"a": 1}, "token": "***"}, {"hosts": ["z"], "token": "***"}),
        in_memory({"hosts": "a", "token": "t"}, {"hosts": ["a"], "token": "u"}, {"hosts": {"a": 1}, "token": "of a"}),
        "of a",
    ),
    "a mask stands for a text": (
        FIRST_TOKEN,
        in_memory({"n": 1, "token": "***"}, {"n": 2, "token": "***"}),
        in_memory({"n": 1, "token": 5}, {"n": 1, "token": "of 1"}),
        "of 1",
    ),
    "beside one that hides more": (
        SECOND_TOKEN,
        in_memory({"user": "***", "token": "***"}, {"user": "x", "token": "***"}),
        in_memory({"user": "x", "token": "of x"}, {"user": "y", "token": "of y"}),
        "of x",
    ),
    "of functions by the name inside": (
        ("tools", 0, "function", "value"),
        {"tools": [calling("f", value="***"), calling("g", value="***")]},
        {"tools": [calling("g", value="of g"), calling("f", value="of f", description="d")]},
        "of f",
    ),
    "in a format of another type": (
        ("response_format", "json_schema", "token"),
        {"response_format": {"type": "json_schema", "json_schema": {"token": "***"}}},
        {"response_format": {"type": "text"}},
        None,
    ),
}


@cases("path here there value", ITEMS)
def test_which_item_of_a_list_is_the_one_that_hides_a_value(
    path: Path, here: Object, there: Object, value: Any
) -> None:
    assert counterpart(path, here, there, ASSISTANTS) == value


@cases("path here there value", OTHERS)
def test_what_stands_in_the_place_of_a_mask(path: Path, here: Object, there: Object, value: Any) -> None:
    assert counterpart(path, here, there, ASSISTANTS) == value
