"""The embedded endpoint's chat completions: an echo in the service's shapes."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from assistants_tool.embedded import chat
from tests.tables import cases
from tests.test_embedded import Endpoint, error

PATH = "/v1/chat/completions"
HELLO = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello there"}]}


@pytest.fixture
def endpoint(tmp_path: pathlib.Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path / "embedded.db")
    yield endpoint
    endpoint.app.state.store.close()


def without_what_changes(value: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in ("id", "created")}


def test_an_answer_says_that_it_is_an_echo_and_is_the_same_each_time(endpoint: Endpoint) -> None:
    first, second = (endpoint.ok("POST", PATH, HELLO) for _ in range(2))
    assert without_what_changes(first) == without_what_changes(second)
    assert first["id"] != second["id"]
    (choice,) = first["choices"]
    content = choice["message"]["content"]
    assert content.startswith("This is an echo: no model runs here.")
    assert content.endswith("\nHello there")
    assert (first["object"], first["model"], choice["finish_reason"]) == ("chat.completion", "gpt-4o", "stop")
    assert first["usage"]["prompt_tokens"] == 2
    assert first["usage"]["completion_tokens"] == len(content.split())
    assert first["usage"]["total_tokens"] == 2 + len(content.split())


def test_a_token_is_a_word_or_a_picture(endpoint: Endpoint) -> None:
    parts = [
        {"type": "text", "text": "one two"},
        {"type": "image_url", "image_url": {"url": "https://x.example/y.png"}},
    ]
    messages = [{"role": "system", "content": "three  words\nhere"}, {"role": "user", "content": parts}]
    found = endpoint.ok("POST", PATH, {"model": "any", "messages": messages})
    assert found["usage"]["prompt_tokens"] == 6
    assert "3 words of instructions, 0 functions, 1 picture and" in found["choices"][0]["message"]["content"]


@pytest.mark.parametrize("asked", [True, False])
def test_a_stream_is_the_same_in_pieces(endpoint: Endpoint, asked: bool) -> None:
    options = {"stream_options": {"include_usage": True}} if asked else {}
    answer = endpoint.send("POST", PATH, json={**HELLO, "stream": True, **options})
    assert answer.headers["content-type"].startswith("text/event-stream")
    *events, end, rest = answer.text.split("\n\n")
    assert (end, rest) == ("data: [DONE]", "")
    chunks = [json.loads(one.removeprefix("data: ")) for one in events]
    assert {(one["object"], one["id"]) for one in chunks} == {("chat.completion.chunk", chunks[0]["id"])}
    whole = endpoint.ok("POST", PATH, HELLO)
    used = [one["usage"] for one in chunks if one.get("usage")]
    assert used == ([whole["usage"]] if asked else [])
    choices = [one["choices"][0] for one in chunks if one["choices"]]
    assert "".join(one["delta"].get("content", "") for one in choices) == whole["choices"][0]["message"]["content"]
    assert [one["finish_reason"] for one in choices] == [None] * (len(choices) - 1) + ["stop"]


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_limit_holds(endpoint: Endpoint, name: str) -> None:
    found = endpoint.ok("POST", PATH, {**HELLO, name: 4})
    assert found["choices"][0]["message"]["content"].split() == ["This", "is", "an", "echo:"]
    assert (found["choices"][0]["finish_reason"], found["usage"]["completion_tokens"]) == ("length", 4)


def test_what_a_model_is_asked_for_beside_is_taken(endpoint: Endpoint) -> None:
    beside = {"temperature": 0.5, "top_p": 1, "seed": 7, "tools": [], "response_format": {"type": "text"}, "stop": None}
    assert endpoint.ok("POST", PATH, {**HELLO, **beside})


@cases(
    "body status code said",
    {
        "no messages": (
            {"model": "gpt-4o"},
            400,
            "missing_required_parameter",
            "Missing required parameter: 'messages'.",
        ),
        "none of them": ({**HELLO, "messages": []}, 400, "empty_array", "Invalid 'messages': empty array."),
        "no model": ({"messages": HELLO["messages"]}, 400, "missing_required_parameter", "'model'"),
        "no such role": ({**HELLO, "messages": [{"role": "me"}]}, 400, "invalid_value", "Invalid value: 'me'."),
        "a number": (
            {**HELLO, "messages": [{"role": "user", "content": 7}]},
            400,
            "invalid_type",
            "messages[0].content",
        ),
        "no tokens": ({**HELLO, "max_tokens": 0}, 400, "integer_below_min_value", "Expected a value >= 1, but got 0"),
        "a model that does not chat": ({**HELLO, "model": "whisper-1"}, 404, None, "This is not a chat model"),
        "no object": ([], 400, "invalid_type", "expected an object"),
    },
)
def test_what_is_wrong_is_said_in_the_services_shape(
    endpoint: Endpoint, body: Any, status: int, code: str | None, said: str
) -> None:
    answer = endpoint.send("POST", PATH, json={**body, "stream": True} if isinstance(body, dict) else body)
    found = error(answer)
    assert (answer.status_code, found["code"], found["type"]) == (status, code, "invalid_request_error")
    assert said in found["message"]


def test_what_is_too_large_is_refused(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "BODY_MAX", 50)
    assert endpoint.send("POST", PATH, json=HELLO).status_code == 413


def test_it_stands_behind_the_key_and_needs_no_beta_header(tmp_path: pathlib.Path) -> None:
    endpoint = Endpoint(tmp_path / "embedded.db", "a-key")
    assert endpoint.send("POST", PATH, json=HELLO).status_code == 401
    headers = {"Authorization": "Bearer a-key", "OpenAI-Beta": ""}
    answer = endpoint.send("POST", PATH, json=HELLO, headers=headers)
    assert (answer.status_code, "x-request-id" in answer.headers) == (200, True)
    assert endpoint.send("GET", PATH, headers=headers).status_code == 405
    endpoint.app.state.store.close()
