"""`chat`: what is sent for a definition, what is made of an answer, and what every failure says."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shlex
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from assistants_tool.asking import pictures, prices
from assistants_tool.asking.chat import (
    Question,
    Reply,
    Tokens,
    finish_words,
    left_out,
    limit_words,
    request,
    token_words,
)
from assistants_tool.cli import terminal
from assistants_tool.embedded.chat import complete
from assistants_tool.endpoint import Connection, connect_chat
from assistants_tool.objects.definition import Definition
from assistants_tool.project.target import Remote
from tests.builders import wanted
from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, Request, Script, Scripted, scripted, serving
from tests.tables import cases

HELLO = Question("Hello")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
FUNCTION = {"type": "function", "function": {"name": "get_order", "parameters": {"type": "object"}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}, "strict": True}}
USER = {"role": "user", "content": "Hello"}


# --- the request

REQUESTS: dict[str, tuple[Definition, Question, dict[str, Any]]] = {
    "only a model": (wanted("a"), HELLO, {"model": "gpt-4o", "messages": [USER]}),
    "instructions": (
        wanted("a", instructions="Be brief."),
        HELLO,
        {"model": "gpt-4o", "messages": [{"role": "developer", "content": "Be brief."}, USER]},
    ),
    "for an older server": (
        wanted("a", instructions="Be brief."),
        Question("Hello", system_role="system", max_tokens=5, legacy=True),
        {"model": "gpt-4o", "messages": [{"role": "system", "content": "Be brief."}, USER], "max_tokens": 5},
    ),
    "functions alone of the tools": (
        wanted("a", tools=[{"type": "code_interpreter"}, FUNCTION, {"type": "bing_grounding"}]),
        HELLO,
        {"model": "gpt-4o", "messages": [USER], "tools": [FUNCTION]},
    ),
    "no null inside a function": (
        wanted("a", tools=[{"type": "function", "function": {"name": "f", "strict": None}}]),
        HELLO,
        {"model": "gpt-4o", "messages": [USER], "tools": [{"type": "function", "function": {"name": "f"}}]},
    ),
    "what shapes an answer": (
        wanted("a", temperature=0.2, top_p=0.5, reasoning_effort="low", response_format=FORMAT),
        Question("Hello", max_tokens=5),
        {
            "model": "gpt-4o",
            "messages": [USER],
            "response_format": FORMAT,
            "temperature": 0.2,
            "top_p": 0.5,
            "reasoning_effort": "low",
            "max_completion_tokens": 5,
        },
    ),
    "what belongs to assistants": (
        wanted("a", name="A", description="B", metadata={"a": "b"}, response_format="auto", tool_resources={}),
        HELLO,
        {"model": "gpt-4o", "messages": [USER]},
    ),
    "another temperature": (
        wanted("a", temperature=0.2),
        Question("Hello", temperature=0),
        {"model": "gpt-4o", "messages": [USER], "temperature": 0},
    ),
    "pictures alone": (
        wanted("a"),
        Question("", ("https://x.example/y.png",)),
        {
            "model": "gpt-4o",
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.example/y.png"}}]}
            ],
        },
    ),
}


@cases("definition question body", REQUESTS)
def test_a_request_carries_what_a_chat_has_room_for(
    definition: Definition, question: Question, body: dict[str, Any]
) -> None:
    assert request(definition, question, stream=False) == body
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert request(definition, question, stream=True) == {**body, **streamed}
    complete(body, lambda _: True)  # the embedded endpoint takes it


def test_what_is_left_out_is_named() -> None:
    tools = [{"type": "file_search"}, FUNCTION, {"type": "code_interpreter"}]
    assert left_out(wanted("a", tools=tools)).endswith("only functions: code_interpreter, file_search")
    assert left_out(wanted("a", tools=[FUNCTION])) == ""


# --- the answer


def delta(content: Any = None, finish: str | None = None, **members: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content, **members}, "finish_reason": finish}]}


def piece(index: int | None = None, id: str | None = None, **function: Any) -> dict[str, Any]:  # noqa: A002 - the API's
    return delta(tool_calls=[{"index": index, "id": id, "function": function}])


def call(id: str, name: str, arguments: str) -> dict[str, Any]:  # noqa: A002 - the API's
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def usage(prompt: int, completion: int, cached: int = 0) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


REPLIES: dict[str, tuple[list[Any], str, list[Any], str]] = {
    "whole": (
        [{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}],
        "Hi",
        [],
        "stop: the answer is complete",
    ),
    "in pieces": (
        [delta("", role="assistant"), delta("H"), delta("i"), delta(None, "length"), {"choices": []}],
        "Hi",
        [],
        "length: cut off at the limit of tokens; raise --max-tokens, or the model's context is full",
    ),
    "a refusal": ([delta(refusal="No"), delta(None, "stop", refusal=".")], "No.", [], "refusal: the model refused; "),
    "filtered": ([delta("H"), delta(None, "content_filter")], "H", [], "content_filter: the server's content filter"),
    "calls": (
        [
            piece(0, "c1", name="f", arguments=""),
            piece(0, None, arguments='{"a"'),
            piece(1, "c2", name="g", arguments="{}"),
            piece(0, None, arguments=":1}"),
            delta(None, "tool_calls"),
        ],
        "",
        [call("c1", "f", '{"a":1}'), call("c2", "g", "{}")],
        "tool_calls: the model calls functions; they are shown, not run",
    ),
    "calls without an index": (
        [piece(None, "c1", name="f", arguments="{"), piece(arguments="}"), piece(None, "c2", name="g", arguments="{}")],
        "",
        [call("c1", "f", "{}"), call("c2", "g", "{}")],
        "the server does not say why it ended",
    ),
    "text in parts": ([delta([{"type": "text", "text": "Hi"}, {}], "eos")], "Hi", [], "eos"),
    "nonsense": (
        [1, None, [], {"choices": {}}, {"choices": [7]}, {"choices": [{"delta": {"content": 7, "tool_calls": 8}}]}],
        "",
        [],
        "the server does not say why it ended",
    ),
}


@cases("parts text calls words", REPLIES)
def test_an_answer_is_put_together(parts: list[Any], text: str, calls: list[Any], words: str) -> None:
    reply = Reply()
    assert "".join(map(reply.add, parts)) == text
    assert reply.calls == calls
    assert finish_words(reply).startswith(words)


@cases(
    "used words",
    {
        "all": (usage(10, 3, 4), "prompt 10, cached 4, completion 3, reasoning 0, total 13"),
        "less": (
            {"prompt_tokens": 10, "total_tokens": True, "prompt_tokens_details": 5},
            "prompt 10, cached unknown, completion unknown, reasoning unknown, total unknown",
        ),
        "nothing": ({"prompt_tokens": "10", "completion_tokens": -1}, "the server does not say"),
    },
)
def test_tokens_are_what_the_server_says(used: dict[str, Any], words: str) -> None:
    assert token_words(Tokens.of(used)) == words


OPENAI = "https://api.openai.com/v1"


@cases(
    "tokens model url words",
    {
        "known": (Tokens(1_000_000, 0, 0), "gpt-4o", OPENAI, r"about \$2\.500000 by the list of OpenAI for gpt-4o"),
        "cached is cheaper": (Tokens(1_000_000, 1_000_000, 0), "gpt-4o", OPENAI, r"about \$1\.250000 .*"),
        "answers are dearer": (Tokens(0, 0, 1_000_000), "gpt-4o", OPENAI, r"about \$10\.0+ .*"),
        "a dated name": (Tokens(10, 0, 1), "gpt-4o-2024-08-06", OPENAI, r"about \$0\.000035 .*"),
        "through a proxy": (Tokens(10, 0, 1), "gpt-4o", "http://127.0.0.1/v1", r"about .* of OpenAI for gpt-4o"),
        "next to nothing": (Tokens(1, 0, 0), "gpt-5-nano", OPENAI, r"under \$0\.000001 .*"),
        "another model": (Tokens(10, 0, 1), "my-model", OPENAI, "unknown price"),
        "another server": (Tokens(10, 0, 1), "my-model", "http://127.0.0.1/v1", "unknown price"),
        "no counts": (Tokens(total=3), "gpt-4o", OPENAI, "unknown price"),
        "counts that cannot be": (Tokens(1, 5, 1), "gpt-4o", OPENAI, "unknown price"),
    },
)
def test_the_cost_is_that_of_a_list_or_unknown(tokens: Tokens, model: str, url: str, words: str) -> None:
    assert re.fullmatch(words, prices.cost_words(tokens, model, url))


def test_a_limit_that_was_not_kept_is_named() -> None:
    assert "--legacy-max-tokens" in limit_words(Question("", max_tokens=5), Tokens(completion=6))
    assert "--legacy" not in limit_words(Question("", max_tokens=5, legacy=True), Tokens(completion=6))
    for tokens in (Tokens(completion=5), Tokens()):
        assert limit_words(Question("", max_tokens=5), tokens) == ""
    assert limit_words(HELLO, Tokens(completion=6)) == ""


# --- pictures


@cases(
    "start kind",
    {
        "png": (PNG, "image/png"),
        "jpeg": (b"\xff\xd8\xff\xe0", "image/jpeg"),
        "gif": (b"GIF89a", "image/gif"),
        "webp": (b"RIFF\n\n\n\nWEBPVP8 ", "image/webp"),
    },
)
def test_a_file_is_sent_by_its_content(tmp_path: Path, start: bytes, kind: str) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(start)
    assert pictures.as_address(str(path)) == f"data:{kind};base64,{base64.b64encode(start).decode()}"


@pytest.mark.parametrize("address", ["https://x.example/y", "HTTP://x.example/y", "data:image/png;base64,AA=="])
def test_an_address_stays(address: str) -> None:
    assert pictures.as_address(address) == address


def test_what_is_no_picture_is_refused(tmp_path: Path, cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"assistants/a.yaml": "model: gpt-4o\n", "text.png": "text"})
    (tmp_path / "big.png").write_bytes(PNG + bytes(100))
    os.mkfifo(tmp_path / "pipe.png")
    monkeypatch.setattr(pictures, "SIZE_MAX", 100)
    for given, said in {
        "text.png": "not a PNG, JPEG, GIF or WebP",
        "big.png": "is over 0 MiB",
        "pipe.png": "is not a regular file",
        "missing.png": "No such file",
        "a\0b": "no file has such a name",
    }.items():
        run = cli("chat", "a", "Hello", "--image", given, "--embedded")
        assert (run.exit_code, run.stdout) == (1, "")
        assert said in run.stderr


# --- the command, over the embedded endpoint


@pytest.fixture
def support(write: Write) -> None:
    text = "name: Support\nmodel: gpt-4o\ninstructions: Be brief and kind.\ntools:\n- {type: file_search}\n"
    text += "- {type: function, function: {name: get_order}}\n"
    write({"assistants/support.yaml": text, "assistants/tutor.yaml": "model: gpt-4o\n"})


def test_an_exchange_with_the_echo(cli: Cli, support: None) -> None:
    run = cli("chat", "support", "Where is my order?", "--embedded")
    assert run.stdout == (
        "This is an echo: no model runs here. gpt-4o would have got 4 words of instructions, 1 function (get_order), "
        "0 pictures and this message:\nWhere is my order?\n"
    )
    assert run.stderr == (
        "Note: left out, because a chat completion has only functions: file_search\n"
        "Asking gpt-4o at embedded endpoint .assistants/embedded.db\n"
        "finished: stop: the answer is complete\n"
        "tokens: prompt 8, cached 0, completion 28, reasoning 0, total 36\n"
        "cost: none, as the embedded endpoint runs no model\n"
    )
    assert run.exit_code == 0


def test_the_readme_shows_what_happens(cli: Cli, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "assistants", tmp_path / "assistants")
    blocks = re.findall(r"```console\n(.*?)```", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (shown,) = (one for one in blocks if one.startswith("$ assistants chat"))
    command, _, output = shown.partition("\n")
    assert cli(*shlex.split(command)[2:]).output == output


def test_json_is_the_whole_response(cli: Cli, support: None) -> None:
    run = cli("chat", "support", "-", "--embedded", "-o", "json", "--max-tokens", "3", stdin="Hello\n")
    found = json.loads(run.stdout)
    assert found.keys() == {
        *("id", "object", "created", "model", "system_fingerprint", "choices", "service_tier", "usage"),
    }
    (choice,) = found["choices"]
    assert (choice["message"]["content"], choice["finish_reason"], choice["logprobs"]) == (
        "This is an ",
        "length",
        None,
    )
    assert found["usage"]["completion_tokens"] == 3
    assert "finished: length: " in run.stderr


def test_the_request_alone_needs_no_endpoint_and_no_key(cli: Cli, support: None, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    run = cli("chat", "support", "Hello", "--request", "--image", "a.png", "--temperature", "0.5")
    body = json.loads(run.stdout)
    assert body["messages"][1]["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert (body["temperature"], body["stream"], body["tools"][0]["function"]) == (0.5, True, {"name": "get_order"})
    assert not (tmp_path / ".assistants").exists()


USAGE: dict[str, tuple[list[str], int, str]] = {
    "a key that is not there": (
        ["suport", "Hello"],
        1,
        "no definition has the key 'suport' here; did you mean 'support'?",
    ),
    "an empty message": (["support", " "], 2, "the message is empty"),
    "one standard input for two": (["support", "-", "-f", "-"], 2, "standard input is the definition or the message"),
    "an address with a password": (
        ["support", "Hello", "--chat-base-url", "http://u:secret@x/v1"],
        2,
        "--chat-base-url has to be",
    ),
}


@cases("words code said", USAGE)
def test_what_cannot_be_asked(cli: Cli, support: None, words: list[str], code: int, said: str) -> None:
    run = cli("chat", *words, "--embedded", stdin="key: support\nmodel: gpt-4o\n")
    assert (run.exit_code, run.stdout) == (code, "")
    assert said in run.stderr
    assert "secret" not in run.stderr


# --- over the wire

KEY, CHAT_KEY = "sk-planted-0123456789", "sk-chat-0123456789"
PROJECT = """
default_environment: there
environments:
  there:
    endpoint:
      base_url: {url}
      api_key: {{env: A_KEY}}
      query: {{api-version: v1}}
      headers: {{X-Tenant: acme, X-Token: {{env: A_KEY}}}}
"""


def event(value: Any) -> bytes:
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


def stream(*chunks: Any, cut: bool = False) -> Answer:
    return Answer(pieces=[event(one) for one in chunks], cut=cut)


def error(status: int, message: str = "no", code: str | None = None, **headers: str) -> Answer:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


ANSWERED = stream(delta("Hi"), delta(None, "stop"), {"choices": [], "usage": usage(10, 1)}, b"[DONE]")


@pytest.fixture
def ask(cli: Cli, support: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask a scripted server by OPENAI_BASE_URL."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def run(script: Script, *words: str) -> tuple[Result, Scripted]:
        with scripted(script) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            found = cli("chat", "tutor", "Hello", *words)
        assert KEY not in found.output
        return found, server

    return run


def test_a_stream_is_shown_and_counted(ask: Any) -> None:
    run, server = ask(lambda _: ANSWERED)
    assert run.stdout == "Hi\n"
    assert run.stderr.splitlines()[1:] == [
        "finished: stop: the answer is complete",
        "tokens: prompt 10, cached 0, completion 1, reasoning 0, total 11",
        "cost: about $0.000035 by the list of OpenAI for gpt-4o",
    ]
    (sent,) = server.requests
    assert (sent.method, sent.path, sent.headers["authorization"]) == ("POST", "/v1/chat/completions", f"Bearer {KEY}")
    assert "openai-beta" not in sent.headers


def test_each_chunk_is_there_before_the_next_is_sent() -> None:
    seen = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield event(delta("Hi"))
        yield event(delta(" there" if seen.wait(5) else " too late", "stop"))

    async def read(url: str) -> list[str]:
        found = []
        async with connect_chat(Remote(url), Connection(), {}) as endpoint:
            async for part in endpoint.parts({"model": "m", "messages": [], "stream": True}):
                found.append(Reply().add(part))
                seen.set()
        return found

    with scripted(lambda _: Answer(pieces=pieces())) as server:
        assert asyncio.run(read(server.url)) == ["Hi", " there"]


def test_the_environments_key_query_and_headers_are_sent_to_it(
    cli: Cli, support: None, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    with scripted(lambda _: ANSWERED) as server:
        write({"assistants/project.yaml": PROJECT.format(url=server.url)})
        assert cli("chat", "tutor", "Hello").stdout == "Hi\n"
    (sent,) = server.requests
    assert (sent.path, sent.headers["x-tenant"]) == ("/v1/chat/completions?api-version=v1", "acme")
    assert (sent.headers["authorization"], sent.headers["x-token"]) == (f"Bearer {KEY}", KEY)


@pytest.mark.parametrize("own", [CHAT_KEY, None])
def test_nothing_that_is_meant_for_another_goes_to_the_chat_server(
    cli: Cli, support: None, write: Write, monkeypatch: pytest.MonkeyPatch, own: str | None
) -> None:
    """Neither the environment's key and headers, which need not even be there, nor any of the OPENAI_* variables."""
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", f"{KEY}-{name}")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Mine: {KEY}\nAuthorization: Bearer {KEY}\nauthorization: {KEY}")
    if own:
        monkeypatch.setenv("ASSISTANTS_CHAT_API_KEY", own)
    write({"assistants/project.yaml": PROJECT.format(url="http://127.0.0.1:9/v1")})
    with scripted(lambda _: ANSWERED) as server:
        run = cli("chat", "tutor", "Hello", "--chat-base-url", server.url)
    assert (run.exit_code, run.stdout) == (0, "Hi\n"), run.stderr
    (sent,) = server.requests
    assert sent.path == "/v1/chat/completions"
    assert sent.headers.get("authorization") == (f"Bearer {own}" if own else None)
    assert not {"x-tenant", "x-token", "x-mine", "openai-organization", "openai-project"} & set(sent.headers)
    assert KEY not in str(sent)


# What a server answers, the exit code, what stdout holds of it, and what is said.
FAILURES: dict[str, tuple[Answer, str, str]] = {
    "401": (
        error(401, f"Incorrect API key provided: {KEY}."),
        "",
        "401 Incorrect API key provided: ***; the key in the variable 'OPENAI_API_KEY' was refused: check it",
    ),
    "403": (error(403), "", "403 no; check the key's permissions"),
    "no such model": (
        error(404, "The model `gpt-4o` does not exist or you do not have access to it.", "model_not_found"),
        "",
        "the server has no model 'gpt-4o' for this key: correct the definition",
    ),
    "no such model, Ollama": (
        error(404, 'model "gpt-4o" not found, try pulling it first'),
        "",
        "has no model 'gpt-4o'",
    ),
    "no such model, LiteLLM": (error(400, "Invalid model name passed in model=gpt-4o"), "", "has no model 'gpt-4o'"),
    "not a chat model": (error(404, "This is not a chat model."), "", "choose a model that chats"),
    "no credit": (
        error(429, "You exceeded your quota", "insufficient_quota"),
        "",
        "no credit or budget left, so waiting",
    ),
    "no credit, by its type": (
        Answer(429, {"error": {"message": "m", "type": "insufficient_quota", "code": 429}}),
        "",
        "no credit or budget left",
    ),
    "no credit, in words": (error(402, "Insufficient Balance"), "", "no credit or budget left"),
    "rate": (error(429, "Slow down", "rate_limit_exceeded", Retry_After="7"), "", "limits the rate: try again in 7 s"),
    "rate, without a time": (error(429, "Slow down"), "", "limits the rate: try again later"),
    "context": (error(400, "too long", "context_length_exceeded"), "", "more than the model's context holds"),
    "context, in words": (error(400, "maximum context length is 8 tokens"), "", "more than the model's context holds"),
    "content filter": (error(400, "triggered", "content_filter"), "", "the server's content filter refused it"),
    "content filter, inside": (
        Answer(400, {"error": {"message": "m", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}),
        "",
        "the server's content filter refused it",
    ),
    "the developer's role": (error(400, "Unexpected role 'developer'"), "", "add --system-role system"),
    "no such route": (Answer(404, b"<html>"), "", "404 (text/html); this server has no /chat/completions there: check"),
    "no such verb": (error(405), "", "this server has no /chat/completions there"),
    "too large": (error(413), "", "send smaller pictures"),
    "5xx": (error(503), "", "the server failed: try again later"),
    "redirected": (error(307, location="http://x.example/"), "", "is redirected to http://x.example/; put the right"),
    "a page": (Answer(200, b"<html>log in</html>"), "", "answered text/html instead of JSON; check base_url"),
    "something else": (Answer(200, {"ok": True}), "", "answered something that is not a completion; check base_url"),
    "an empty stream": (stream(), "", "the stream ended in the middle of the answer; what it made may be charged for"),
    "a stream that ends early": (stream(delta("Hi")), "Hi\n", "the stream ended in the middle of the answer; what it"),
    "a stream that is cut": (
        stream(delta("Hi"), cut=True),
        "Hi\n",
        "the connection was cut (RemoteProtocolError); what",
    ),
    "a broken chunk": (stream(delta("Hi"), b"{nonsense"), "Hi\n", "a part of the stream is not JSON; what it made"),
    "an error midway": (
        stream(delta("Hi"), {"error": {"message": "Sorry\nabout that", "code": "content_filter"}}),
        "Hi\n",
        "broken off: Sorry about that; the server's content filter refused it",
    ),
    "cut before": (
        Answer(cut=True),
        "",
        "the connection was cut (RemoteProtocolError); what it made may be charged for",
    ),
}


@cases("answer shown said", FAILURES)
def test_a_failure_is_one_sentence_and_nothing_is_sent_twice(ask: Any, answer: Answer, shown: str, said: str) -> None:
    run, server = ask(lambda _: answer)
    assert (run.exit_code, run.stdout) == (1, shown)
    asking, failed = run.stderr.splitlines()
    assert asking.startswith("Asking ")
    assert failed.startswith(f"Error: POST {server.url}/chat/completions")
    assert said in failed
    assert len(server.requests) == 1


def test_where_no_key_is_named_a_refusal_says_that_none_was_sent(cli: Cli, support: None) -> None:
    with scripted(lambda _: error(401)) as server:
        run = cli("chat", "support", "Hello", "--chat-base-url", server.url)
    said = "no key was sent, as none is named: set OPENAI_API_KEY, or name it in project.yaml"
    assert (run.exit_code, f"401 no; {said}; for --chat-base-url set ASSISTANTS_CHAT_API_KEY" in run.stderr) == (
        1,
        True,
    )


WHOLE_FAILURES = ("401", "a page", "something else", "cut before", "no credit")


@pytest.mark.parametrize("name", WHOLE_FAILURES)
def test_a_failure_of_a_whole_response(ask: Any, name: str) -> None:
    answer, _, said = FAILURES[name]
    run, server = ask(lambda _: answer, "-o", "json")
    assert (run.exit_code, run.stdout, len(server.requests)) == (1, "", 1)
    assert said in run.stderr


def test_no_answer_in_time(ask: Any) -> None:
    def slowly(_: Request) -> Answer:
        time.sleep(0.3)
        return ANSWERED

    run, server = ask(slowly, "--timeout", "0.1")
    assert run.exit_code == 1
    assert "no answer within the --timeout; raise it, or check the endpoint; what it made may be charged" in run.stderr
    assert len(server.requests) == 1


def test_a_content_filter_that_ends_an_answer_fails_the_command(ask: Any) -> None:
    run, _ = ask(lambda _: stream(delta("H"), delta(None, "content_filter")))
    assert (run.exit_code, run.stdout) == (1, "H\n")
    assert "finished: content_filter: the server's content filter held the rest back" in run.stderr


def test_calls_are_shown_and_not_run(ask: Any) -> None:
    run, _ = ask(
        lambda _: stream(delta("Let me see"), piece(0, "c", name="f", arguments="{}"), delta(None, "tool_calls"))
    )
    text, _, calls = run.stdout.partition("\n")
    assert (text, json.loads(calls)) == ("Let me see", [call("c", "f", "{}")])


def test_a_server_that_does_not_stream_is_understood(ask: Any) -> None:
    whole = {
        "model": "other",
        "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": usage(1, 1),
    }
    run, _ = ask(lambda _: Answer(body=whole))
    assert (run.exit_code, run.stdout) == (0, "Hi\n")
    assert "cost: unknown price\n" in run.stderr


UNKNOWN_MEMBERS = {
    "stream_options": (error(400, "Unrecognized request argument supplied: stream_options"), "stream_options", {}),
    "max_completion_tokens": (
        Answer(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"]}]}),
        "max_completion_tokens",
        {"max_tokens": 7},
    ),
}


@cases("refusal member instead", UNKNOWN_MEMBERS)
def test_a_member_that_a_server_does_not_know_is_left_out(
    ask: Any, refusal: Answer, member: str, instead: dict[str, Any]
) -> None:
    """And the second request is said: the first was refused, so it cost nothing."""
    run, server = ask(lambda request: refusal if member in request.body else ANSWERED, "--max-tokens", "7")
    assert (run.exit_code, run.stdout) == (0, "Hi\n")
    assert f"Note: this server does not know {member}: sent again with" in run.stderr
    first, second = (one.body for one in server.requests)
    assert second == {**{name: one for name, one in first.items() if name != member}, **instead}


@pytest.mark.parametrize("message", ["max_completion_tokens is too large: 7", "Unknown parameter: 'tools'"])
def test_another_refusal_is_not_answered_by_a_second_request(ask: Any, message: str) -> None:
    run, server = ask(lambda _: error(400, message), "--max-tokens", "7")
    assert (run.exit_code, len(server.requests)) == (1, 1)
    assert message in run.stderr


def test_a_limit_passed_over_is_said(ask: Any) -> None:
    run, _ = ask(lambda _: stream(delta("Hi", "stop"), {"choices": [], "usage": usage(1, 50)}), "--max-tokens", "7")
    assert "Note: the server ignored --max-tokens 7; if it knows only max_tokens" in run.stderr


def test_a_servers_text_gives_no_orders(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = (delta("a\x1b[2J"), delta(":"), delta(":error::x\n:"), delta(":set-output name=a::b\ud800", "o\x1bdd\nx"))
    run, _ = ask(lambda _: stream(*chunks))
    assert run.stdout == "a\\u001b[2J::error::x\n::set-output name=a::b\\ud800\n"
    assert "finished: o\\u001bdd\\nx\n" in run.stderr
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    lines = ask(lambda _: stream(*chunks))[0].stdout.splitlines()
    assert len(lines) == 2
    assert not any(line.startswith("::") for line in lines)


def test_with_actions_reading_along_a_line_is_shown_when_it_is_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    flow = terminal.Flow()
    flow.write("one\ntw")
    assert capsys.readouterr().out == "one\n"
    flow.write("o")
    flow.end()
    assert capsys.readouterr().out == "two\n"


def test_the_trace_names_the_request_and_no_secret(ask: Any) -> None:
    run, _ = ask(lambda _: ANSWERED, "-v")
    assert "POST /chat/completions -> 200 in " in run.stderr


# --- the echo as a server


def test_serve_streams_it_too(cli: Cli, support: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANTS_CHAT_API_KEY", CHAT_KEY)
    with serving(tmp_path / "a.db", "--api-key-env", "ASSISTANTS_CHAT_API_KEY") as url:
        served = cli("chat", "support", "Hello\nthere", "--chat-base-url", url)
        monkeypatch.setenv("ASSISTANTS_CHAT_API_KEY", "wrong")
        refused = cli("chat", "support", "Hello", "--chat-base-url", url)
    assert served.stdout == cli("chat", "support", "Hello\nthere", "--embedded").stdout
    assert served.stdout.endswith("this message:\nHello\nthere\n")
    assert refused.exit_code == 1
    assert "the key in the variable 'ASSISTANTS_CHAT_API_KEY' was refused: check it" in refused.stderr


# --- Azure AI Foundry, where chat is not where agents are


def test_foundry_is_asked_at_its_resource_with_the_same_key(
    cli: Cli, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", CHAT_KEY)
    with serving(tmp_path / "a.db", "--kind", "foundry", "--api-key-env", "KEY") as url:
        endpoint = f"{{base_url: '{url}', kind: foundry, api_key: {{env: KEY}}}}"
        write({"assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n"})
        write({"assistants/a.yaml": "model: text-embedding-team-chat\n"})
        asked = cli("chat", "a", "Hello", "-e", "p", "-v")
        monkeypatch.setenv("KEY", "wrong")
        refused = cli("chat", "a", "Hello", "-e", "p")
    assert asked.exit_code == 0, asked.stderr
    assert asked.stdout.endswith("this message:\nHello\n")
    assert f"Asking text-embedding-team-chat at {url.removesuffix('/api/projects/local')}/openai/v1\n" in asked.stderr
    assert "ask for one with the scope https://ai.azure.com/.default" in refused.stderr


FOUNDRY = "https://x.services.ai.azure.com/api/projects/p"
OPENAI = "https://api.openai.com/v1"
JUDGED = {
    "Foundry's environment": ((), {}, FOUNDRY, True),
    "OpenAI's environment": ((), {}, OPENAI, False),
    "Foundry in its place": (("--base-url", FOUNDRY), {}, OPENAI, True),
    "OpenAI in its place": (("--base-url", OPENAI), {}, FOUNDRY, False),
    "the embedded one in its place": (("--embedded",), {}, OPENAI, False),
    "Foundry beside it": (("--chat-base-url", FOUNDRY), {}, OPENAI, True),
    "OpenAI beside it": (("--chat-base-url", OPENAI), {}, FOUNDRY, False),
    "Foundry, with no environment": ((), {"OPENAI_BASE_URL": FOUNDRY}, "", True),
    "nothing chosen": ((), {}, "", False),
}


@cases("words environ url fits", JUDGED)
def test_the_model_is_judged_by_the_server_that_is_asked(
    cli: Cli,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    environ: dict[str, str],
    url: str,
    fits: bool,
) -> None:
    """The names of models on Foundry are those of its deployments."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    project = f"default_environment: p\nenvironments: {{p: {{endpoint: {{base_url: '{url}'}}}}}}\n"
    write({"assistants/project.yaml": project if url else "project: acme\n", "assistants/a.yaml": "model: whisper-1\n"})
    ran = cli("chat", "a", "Hello", "--request", *words)
    assert (ran.exit_code, "the model 'whisper-1' cannot serve an assistant" in ran.stderr) == (int(not fits), not fits)


def test_a_deployment_that_is_not_there_has_foundrys_sentence(cli: Cli, write: Write) -> None:
    error = {"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}}
    with scripted(lambda _: Answer(404, error)) as server:
        write(
            {
                "assistants/project.yaml": f"environments: {{p: {{endpoint: {{base_url: '{server.url}', kind: foundry}}}}}}\n"
            }
        )
        write({"assistants/a.yaml": "model: team\n"})
        ran = cli("chat", "a", "Hello", "-e", "p")
    assert server.lines == ["POST /openai/v1/chat/completions"]
    assert "does not exist; `assistants models` lists the deployments there" in ran.stderr
