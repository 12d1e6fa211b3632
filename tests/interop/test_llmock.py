"""`chat` against a server of chat completions that others wrote: what reaches it, and what comes of its streams, also of broken ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.conftest import Cli, Write
from tests.interop.servers import Server, ask, llmock
from tests.tables import cases

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["city", "count"],
    "additionalProperties": False,
}
DEFINITIONS: dict[str, dict[str, Any]] = {
    "plain": {"instructions": "Be brief.", "temperature": 0.5},
    "caller": {"tools": [{"type": "function", "function": {"name": "get_order", "parameters": SCHEMA}}]},
    "shaped": {
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA, "strict": True}}
    },
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with llmock(tmp_path_factory.mktemp("llmock")) as server:
        yield server


@pytest.fixture
def server(running: Server, write: Write, monkeypatch: pytest.MonkeyPatch) -> Server:
    """With nothing to remember; the definitions name no endpoint."""
    ask("POST", f"{running.url}/_llmock/reset")
    write({f"assistants/{key}.yaml": json.dumps({"model": "gpt-4o", **one}) for key, one in DEFINITIONS.items()})
    monkeypatch.setenv("ASSISTANTS_CHAT_BASE_URL", f"{running.url}/v1")
    return running


def got(server: Server) -> list[dict[str, Any]]:
    """All requests but those for the list of models, by which it was found ready."""
    found = ask("GET", f"{server.url}/_llmock/requests")["requests"]
    return [one for one in found if one["method"] == "POST"]


def test_a_stream(server: Server, cli: Cli) -> None:
    run = cli("chat", "plain", "Where is my order?", "--max-tokens", "50")
    assert run.exit_code == 0, run.stderr
    assert run.stdout.strip()
    assert "finished: stop: the answer is complete" in run.stderr
    assert "by the list of OpenAI for gpt-4o" in run.stderr
    (sent,) = got(server)
    assert (sent["stream"], sent["completed"]) == (True, True)
    assert sent["body"]["messages"] == [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Where is my order?"},
    ]
    assert (sent["body"]["temperature"], sent["body"]["max_completion_tokens"]) == (0.5, 50)


def test_a_picture_reaches_it_as_sent(server: Server, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    run = cli("chat", "plain", "What is this?", "--image", "a.png", "--image", "https://x.example/y.png")
    assert run.exit_code == 0, run.stderr
    (sent,) = got(server)
    text, file, address = sent["body"]["messages"][-1]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    kind, _, data = file["image_url"]["url"].partition(";base64,")
    assert (kind, base64.b64decode(data)) == ("data:image/png", PNG)
    assert address == {"type": "image_url", "image_url": {"url": "https://x.example/y.png"}}


def test_a_whole_response(server: Server, cli: Cli) -> None:
    found = json.loads(cli("chat", "plain", "Hello", "-o", "json").stdout)
    assert (found["object"], found["choices"][0]["finish_reason"]) == ("chat.completion", "stop")
    assert found["usage"]["total_tokens"] > 0


def test_a_function_is_called_with_what_its_schema_asks_for(server: Server, cli: Cli) -> None:
    run = cli("chat", "caller", "Where is my order?")
    (call,) = json.loads(run.stdout)
    assert call["function"]["name"] == "get_order"
    assert jsonschema_rs.is_valid(SCHEMA, json.loads(call["function"]["arguments"]))
    assert "finished: tool_calls" in run.stderr


def test_the_answer_has_the_format_of_the_definition(server: Server, cli: Cli) -> None:
    assert jsonschema_rs.is_valid(SCHEMA, json.loads(cli("chat", "shaped", "Where?").stdout))


@cases(
    "behavior said",
    {
        "401": ({"type": "fail", "status": 401}, "no key was sent, as none is named"),
        "429": ({"type": "fail", "status": 429, "retry_after": 9}, "the server limits the rate: try again in 9 s"),
        "429, for good": ({"type": "fail", "status": 429, "code": "insufficient_quota"}, "no credit or budget left"),
        "503": ({"type": "fail", "status": 503}, "the server failed: try again later"),
        "dropped": ({"type": "stream_fault", "kind": "disconnect", "after_chunks": 3}, "the connection was cut"),
        "ended early": ({"type": "stream_fault", "kind": "truncate", "after_chunks": 3}, "ended in the middle"),
        "malformed": ({"type": "stream_fault", "kind": "malformed", "after_chunks": 3}, "is not JSON"),
        "stalled": (
            {"type": "stream_fault", "kind": "stall", "after_chunks": 3, "stall_seconds": 3},
            "no answer within the --timeout",
        ),
    },
)
def test_a_failure_is_said_and_nothing_is_sent_twice(
    server: Server, cli: Cli, behavior: dict[str, Any], said: str
) -> None:
    ask("POST", f"{server.url}/_llmock/scenario", body={"behaviors": [behavior]})
    run = cli("chat", "plain", "Where is my order?", "--timeout", "1")
    assert run.exit_code == 1
    assert said in run.stderr.splitlines()[-1]
    assert bool(run.stdout) == (behavior["type"] == "stream_fault")
    assert len(got(server)) == 1
