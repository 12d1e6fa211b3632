"""Masks in place of values: found where a server may hide one, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from assistants_tool.objects.masked import is_masked, masked
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.paths import dotted
from tests.builders import Object

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
