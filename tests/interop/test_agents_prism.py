"""Prism between the tool and the embedded endpoint's `/v1/agents`: requests and answers against a description with closed bodies.

The description is `agents-openapi.yaml` of the folder that the environment names, which was put together from the types of OpenAI's SDK.
"""

from __future__ import annotations

import collections
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli, Write
from tests.interop.servers import Server, prism
from tests.servers import serving

if "ASSISTANTS_TEST_DATA" not in os.environ:
    pytest.skip("ASSISTANTS_TEST_DATA names no folder with the description", allow_module_level=True)
DESCRIPTION = Path(os.environ["ASSISTANTS_TEST_DATA"]) / "agents-openapi.yaml"
FUNCTION = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}
SCHEMA = {"name": "word", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}
SERVER = {"type": "mcp", "server_label": "s", "server_url": "https://mcp.example.com"}

# What is stated -> two values that it has in turn.
STATED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "name": ({"name": "One"}, {"name": "둘"}),
    "description": ({"description": "One"}, {"description": "Two"}),
    "instructions": ({"instructions": "Be short.\n"}, {"instructions": " Be long. \n\n"}),
    "tools": ({"tools": [FUNCTION, SERVER]}, {"tools": [{"type": "web_search"}]}),
    "own-tools": (
        {"agents": {"tools": [{"type": "tool_search"}, {"type": "programmatic_tool_calling"}]}},
        {"agents": {"tools": [{"type": "computer_use", "include_screenshots": True}, {"type": "automations"}]}},
    ),
    "metadata": ({"metadata": {"a": "b"}}, {"metadata": {"a": "c", "d": "e"}}),
    "format": (
        {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
        {"response_format": {"type": "text"}},
    ),
    "effort": ({"reasoning_effort": "low"}, {"reasoning_effort": "high", "agents": {"reasoning": {"summary": "auto"}}}),
    "block": (
        {"agents": {"text": {"verbosity": "low"}, "service_tier": "flex", "multi_agent": {"enabled": True}}},
        {"agents": {"compaction": {"async": True}, "experimental": {"time_awareness": True}}},
    ),
}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("prism")
    with serving(folder / "agents.db") as upstream, prism(folder, DESCRIPTION, upstream) as proxy:
        yield proxy


def test_every_request_and_every_answer_is_as_described(
    cli: Cli, write: Write, proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "any")
    endpoint = f"{{base_url: '{proxy.url}', api: agents, api_key: {{env: KEY}}}}"
    environments = f"environments: {{p: {{endpoint: {endpoint}}}}}\n"
    write({"assistants/project.yaml": f"project: acme\ndefault_environment: p\n{environments}"})
    seen: collections.Counter[str] = collections.Counter()
    for turn in (0, 1, 2):
        bodies = (
            {"key": key, "model": "gpt-6-astra", **(row[turn] if turn < 2 else {})} for key, row in STATED.items()
        )
        write({"assistants/all.yaml": "\n---\n".join(map(json.dumps, bodies))})
        for words in (("apply", "--yes"), ("plan", "--exit-code")):
            ran = cli("-v", *words)
            found = re.findall(r"^([A-Z]+) /agents\S* -> (\d+)", ran.stderr, re.MULTILINE)
            seen.update(f"{method} {status}" for method, status in found)
            assert ran.exit_code == 0, ran.output
    assert cli("delete", "--all", "--max-delete", "100%", "--yes").exit_code == 0
    assert set(seen) == {"GET 200", "POST 200", "POST 201"}
