"""What goes over the wire, recorded from `assistants serve` and replayed with nothing there.

    pytest tests/test_cassettes.py --record        records all of them anew

A cassette is bound to the requests, not to a host: method, path, query and body have to match. They hold no keys, no hosts but loopback and
no headers that change from run to run; a test holds that.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import vcr
import yaml
from vcr.cassette import Cassette
from vcr.request import Request

from assistants_tool import load
from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.endpoint import Connection, connect
from assistants_tool.endpoint.assistants import AssistantsEndpoint
from assistants_tool.endpoint.patience import Patience
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Scope
from assistants_tool.objects.endpoint import OpenEndpoint
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.plan import Options
from assistants_tool.planning.view import seen_outcome
from assistants_tool.project.target import Embedded, Key, Remote
from assistants_tool.report.text import outcome_summary
from tests.clocks import hurried
from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, scripted, serving
from tests.wires import MAKERS, opened, over

CASSETTES = REPOSITORY / "cassettes"
NOWHERE = "http://127.0.0.1/v1"
KEY = "sk-not-a-key"
KEPT_HEADERS = {"content-type", "openai-beta", "retry-after"}
Recorded = Callable[[], Any]


def _bare(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if name.lower() in KEPT_HEADERS}


def _request(request: Any) -> Any:
    request.uri = re.sub(r"^http://127\.0\.0\.1(:\d+)?", "http://127.0.0.1", request.uri)
    request.headers = _bare(request.headers)
    return request


def _response(response: dict[str, Any]) -> dict[str, Any]:
    return {**response, "headers": _bare(response["headers"])}


def _same_body(asked: Any, recorded: Any) -> None:
    """As text: vcrpy compares values of Python, to which true is 1; see findings/vcrpy-true-is-one.sh."""
    assert _told(asked.body) == _told(recorded.body)


def _told(body: bytes | str | None) -> str:
    return json.dumps(json.loads(body), sort_keys=True) if body else ""


@contextmanager
def cassette(name: str, *, record: bool) -> Iterator[Cassette]:
    path = CASSETTES / f"{name}.yaml"
    if record:
        path.unlink(missing_ok=True)
    player = vcr.VCR(
        record_mode=vcr.mode.ALL if record else vcr.mode.NONE,
        match_on=["method", "path", "query", "text"],
        before_record_request=_request,
        before_record_response=_response,
    )
    player.register_matcher("text", _same_body)
    with player.use_cassette(str(path)) as tape:
        yield tape
    assert record or tape.all_played


@pytest.fixture
def maker(request: pytest.FixtureRequest) -> Iterator[str]:
    """Over what the tape is talked to: `both` makers in turn, else ours."""
    with over(getattr(request, "param", MAKERS[0])) as chosen:
        yield chosen


both = pytest.mark.parametrize("maker", MAKERS, indirect=True)


@pytest.fixture
def tape(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, maker: str
) -> Iterator[Cassette]:
    """A cassette named after the test; while it plays, OPENAI_BASE_URL is the endpoint that it stands for."""
    record = bool(request.config.getoption("--record"))
    if record and maker != MAKERS[0]:
        pytest.skip("what one maker sent is recorded, and has to be what the other sends")
    name = request.node.originalname.removeprefix("test_")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with _source(request, tmp_path) if record else nullcontext(NOWHERE) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        with cassette(name, record=record) as tape:
            yield tape


@contextmanager
def _source(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """What a cassette is recorded from: the answers that a test's `script` marker names, else `assistants serve`."""
    marker = request.node.get_closest_marker("script")
    if marker:
        answers = iter(marker.args)
        with scripted(lambda _: next(answers)) as server:
            yield server.url
        return
    _fill(folder / "recorded.db", 250 if request.node.get_closest_marker("filled") else 0)
    with serving(folder / "recorded.db", "--api-key-env", "OPENAI_API_KEY") as url:
        yield url


def _fill(database: Path, count: int) -> None:
    async def create() -> None:
        async with connect(Embedded(database), Connection(), {}) as endpoint:
            for number in range(count):
                await endpoint.create({"model": "gpt-4o", "name": f"A{number}"})

    asyncio.run(create())


def talk(work: Callable[[OpenEndpoint], Awaitable[Any]], key: str = KEY, shown: str | None = None) -> Any:
    """Talk to the recorded endpoint, without patience: what it says once is what the test is about."""
    target = Remote(os.environ["OPENAI_BASE_URL"], Key("KEY"))

    async def run() -> Any:
        async with opened(target, Connection(patience=Patience(tries=1)), {"KEY": key}) as endpoint:
            assert isinstance(endpoint, AssistantsEndpoint)
            endpoint.sender.shown = shown or "the endpoint"
            return await work(endpoint)

    return hurried(run(), 20)


def said(work: Callable[[OpenEndpoint], Awaitable[Any]], **how: Any) -> tuple[Fate, str]:
    with pytest.raises(EndpointError) as caught:
        talk(work, **how)
    return caught.value.fate, str(caught.value)


def requests(tape: Cassette) -> list[str]:
    return [f"{one.method} {one.path}" for one in tape.requests]


@pytest.fixture
def applied(cli: Cli, write: Write, maker: str) -> Callable[[str], str]:
    """Apply one definition; returns what was said. The command line has one maker, so over the other the line runs without it."""

    def run(text: str) -> str:
        write({"assistants/tutor.yaml": text})
        if maker != MAKERS[0]:
            return str(talk(_apply_all))
        found = cli("apply", "--yes")
        assert (found.exit_code, found.stderr) == (0, "")
        return str(found.stdout)

    return run


async def _apply_all(endpoint: OpenEndpoint) -> str:
    definitions = load("assistants").definitions
    plan = make_plan(definitions, await endpoint.listing(), Scope(), Options())
    outcomes = await apply(plan, endpoint, Policy())
    return f"{outcome_summary([seen_outcome(one) for one in outcomes])}\n"


@both
def test_create(tape: Cassette, applied: Callable[[str], str]) -> None:
    """List, create, and proof that metadata is kept: read back by id, and found in a list."""
    said = applied("name: Tutor\nmodel: gpt-4o\ntools: [{type: code_interpreter}]\n")
    assert said.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")
    found = requests(tape)
    assert found[:2] == ["GET /v1/assistants", "POST /v1/assistants"]
    listed, read = sorted(found[2:4])  # asked for at once, so that either may be answered first
    assert listed == "GET /v1/assistants"
    assert re.fullmatch(r"GET /v1/assistants/asst_\w{24}", read)
    sent = json.loads(tape.requests[1].body)
    assert json.loads(sent["metadata"].pop("assistants-tool"))["key"] == "tutor"
    assert sent == {"name": "Tutor", "model": "gpt-4o", "tools": [{"type": "code_interpreter"}], "metadata": {}}


@both
def test_update(tape: Cassette, applied: Callable[[str], str]) -> None:
    """An update carries the whole document, and null for a field that is no longer declared. The first of a run is read back."""
    applied("name: Tutor\nmodel: gpt-4o\ntemperature: 0.5\n")
    said = applied("name: Lehrer 선생님\nmodel: gpt-4o\n")
    assert said.endswith("Applied: 0 created, 1 updated, 0 deleted.\n")
    sent = json.loads(tape.requests[-2].body)
    assert requests(tape)[-1] == requests(tape)[-2].replace("POST", "GET")
    sent["metadata"].pop("assistants-tool")
    assert sent == {"name": "Lehrer 선생님", "model": "gpt-4o", "temperature": None, "metadata": {}}


@both
def test_list(tape: Cassette, applied: Callable[[str], str], cli: Cli) -> None:
    applied("name: Tutor\nmodel: gpt-4o\n")
    (found,) = json.loads(cli("list", "-o", "json").stdout)
    assert (found["name"], found["key"], found["managed"]) == ("Tutor", "tutor", True)
    assert requests(tape)[-1] == "GET /v1/assistants"
    assert tape.requests[-1].query == [("limit", "100"), ("order", "asc")]


@both
def test_delete(tape: Cassette, applied: Callable[[str], str], cli: Cli) -> None:
    applied("name: Tutor\nmodel: gpt-4o\n")
    found = cli("delete", "tutor", "--yes")
    assert found.stdout.endswith("Applied: 0 created, 0 updated, 1 deleted.\n")
    before, deleted, after = requests(tape)[-3:]
    assert re.fullmatch(r"DELETE /v1/assistants/asst_\w{24}", deleted)
    assert before == after == deleted.replace("DELETE", "GET"), "what is deleted is read just before and just after"


@both
def test_get(tape: Cassette, applied: Callable[[str], str], cli: Cli) -> None:
    applied("name: Tutor\nmodel: gpt-4o\n")
    (found,) = json.loads(cli("list", "-o", "json").stdout)
    again = talk(lambda endpoint: endpoint.get(found["id"]))
    assert (again.name, again.mark.key) == ("Tutor", "tutor")
    assert requests(tape)[-1] == f"GET /v1/assistants/{found['id']}"


@both
def test_unicode(tape: Cassette, applied: Callable[[str], str], cli: Cli) -> None:
    """Recorded answers keep text as it was sent, in any script, with its white space."""
    text = "한국어 👩‍👩‍👧 e\u0301 é \t  \n\n"
    applied(f"name: 도우미\nmodel: gpt-4o\ninstructions: {json.dumps(text, ensure_ascii=False)}\n")
    assert json.loads(tape.requests[1].body)["instructions"] == text
    assert json.loads(cli("show", "tutor", "-o", "json").stdout)["instructions"] == text


@pytest.mark.filled
@both
def test_three_pages(tape: Cassette) -> None:
    listing = talk(lambda endpoint: endpoint.listing())
    assert ([f"A{number}" for number in range(250)], "") == (
        [one.name for one in listing.assistants],
        listing.incomplete,
    )
    assert [dict(one.query).get("after") for one in tape.requests] == [
        None,
        *(listing.assistants[n].id for n in (99, 199)),
    ]


# --- each class of error. Those that a script answers rest on what is known of the real service; the test says on what.


@both
def test_error_400_unknown_parameter(tape: Cassette) -> None:
    """The message is one that the service gave for `file_ids` on a create of version 2."""
    found = said(lambda endpoint: endpoint.create({"model": "gpt-4o", "file_ids": []}))
    assert found == (Fate.REJECTED, "POST the endpoint/assistants: 400 Unknown parameter: 'file_ids'.")
    assert len(tape.requests) == 1


@both
def test_error_400_too_long(tape: Cassette) -> None:
    """The sentence is the service's pattern for text that is too long."""
    fate, words = said(lambda endpoint: endpoint.create({"model": "gpt-4o", "name": "x" * 257}))
    assert fate is Fate.REJECTED
    assert (
        "Invalid 'name': string too long. Expected a string with maximum length 256, but got a string with length 257"
        in words
    )
    assert len(tape.requests) == 1


@both
def test_error_401(tape: Cassette) -> None:
    """The body is that of five recordings with a wrong key."""
    fate, words = said(lambda endpoint: endpoint.listing(), key="wrong-0123456789-abcdefghij")
    assert fate is Fate.REJECTED
    assert words.startswith("GET the endpoint/assistants: 401 Incorrect API key provided: ")
    assert words.endswith(" was refused: check it")
    assert "wrong-0123456789-abcdefghij" not in words
    assert len(tape.requests) == 1


@both
def test_error_404_unknown_id(tape: Cassette) -> None:
    """The message is verbatim the service's; to a reader it means that the assistant is gone, to a writer an error."""
    assert talk(lambda endpoint: endpoint.get("asst_unknown")) is None
    found = said(lambda endpoint: endpoint.update("asst_unknown", {"model": "gpt-4o"}))
    assert found == (
        Fate.MISSING,
        "POST the endpoint/assistants/asst_unknown: 404 No assistant found with id 'asst_unknown'.",
    )
    assert [one.method for one in tape.requests] == ["GET", "POST", "GET"], (
        "is it the assistant that is missing, or the route?"
    )


@pytest.mark.script(
    Answer(
        404,
        {
            "error": {
                "message": "Invalid URL (GET /v1/assistants)",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            }
        },
    )
)
@both
def test_error_404_retired(tape: Cassette) -> None:
    """That it is 404 rests on a report of 2026-09-21; its body is not on record, this is the service's for an unknown route."""
    fate, words = said(lambda endpoint: endpoint.listing(), shown="https://api.openai.com/v1")
    assert fate is Fate.MISSING
    assert words.startswith(
        "GET https://api.openai.com/v1/assistants: 404 Invalid URL (GET /v1/assistants); "
        "OpenAI and Azure OpenAI switched the Assistants API off"
    )
    assert "; write `api: agents` next to base_url, or use a server that still has it" in words
    assert len(tape.requests) == 1


_RATE = "You've exceeded the rate limit, please slow down and try again later."


@pytest.mark.script(
    Answer(
        429,
        {"error": {"message": _RATE, "type": "invalid_request_error", "param": None, "code": "rate_limit_exceeded"}},
        {"Retry-After": "0"},
    ),
    Answer(200, {"id": "asst_1", "object": "assistant", "metadata": {}}),
)
@both
def test_error_429_with_retry_after(tape: Cassette) -> None:
    """The body is verbatim one of an Assistants route, odd type included; Retry-After is in the API's description."""
    assert talk(lambda endpoint: endpoint.create({"model": "gpt-4o"})).id == "asst_1"
    assert requests(tape) == ["POST /v1/assistants"] * 2


_SORRY = "The server had an error while processing your request. Sorry about that!"


@pytest.mark.script(Answer(500, {"error": {"message": _SORRY, "type": "server_error", "param": None, "code": None}}))
@both
def test_error_500_json(tape: Cassette) -> None:
    """The body is the service's well-known one; none was recorded on these routes. After it a create may have happened: sent once."""
    found = said(lambda endpoint: endpoint.create({"model": "gpt-4o"}))
    assert (Fate.AMBIGUOUS, f"POST the endpoint/assistants: 500 {_SORRY}") == found
    assert len(tape.requests) == 1


@pytest.mark.script(Answer(503, b"<html><body>upstream connect error</body></html>"))
@both
def test_error_503_html(tape: Cassette) -> None:
    """What stands before a service answers in HTML; no body of its kind is on record. Markup never reaches the message."""
    found = said(lambda endpoint: endpoint.create({"model": "gpt-4o"}))
    assert found == (Fate.AMBIGUOUS, "POST the endpoint/assistants: 503 (text/html)")
    assert len(tape.requests) == 1


# --- chat: the echo of `assistants serve`, and what a script says that no echo does


@pytest.fixture
def chat(cli: Cli, write: Write) -> Callable[..., tuple[str, list[str]]]:
    """Ask the model of one definition; returns what it answered, and what was said beside that, but for where it was asked."""

    def run(*words: str, exit_code: int = 0) -> tuple[str, list[str]]:
        function = "{type: function, function: {name: get_order}}"
        write({"assistants/shop.yaml": f"model: gpt-4o\ninstructions: Be brief.\ntools: [{function}]\n"})
        found = cli("chat", "shop", "Where is my order?", *words)
        assert found.exit_code == exit_code
        return found.stdout, found.stderr.splitlines()[1:]

    return run


Chat = Callable[..., tuple[str, list[str]]]
ECHO = "This is an echo: no model runs here. gpt-4o would have got 2 words of instructions, 1 function (get_order), "
COMPLETE = "finished: stop: the answer is complete"


def test_chat_text(tape: Cassette, chat: Chat) -> None:
    """A whole response; the request has the instructions as the developer's, and the functions."""
    answer, said = chat("-o", "json")
    (choice,) = json.loads(answer)["choices"]
    assert choice["message"]["content"] == f"{ECHO}0 pictures and this message:\nWhere is my order?"
    assert said[0] == COMPLETE
    sent = json.loads(tape.requests[0].body)
    assert sent["messages"][0] == {"role": "developer", "content": "Be brief."}
    assert sent["tools"] == [{"type": "function", "function": {"name": "get_order"}}]
    assert requests(tape) == ["POST /v1/chat/completions"]


def test_chat_image(tape: Cassette, chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    answer, _ = chat("--image", "dot.png", "-o", "json")
    assert "1 picture and this message" in json.loads(answer)["choices"][0]["message"]["content"]
    text, picture = json.loads(tape.requests[0].body)["messages"][1]["content"]
    assert text == {"type": "text", "text": "Where is my order?"}
    assert picture == {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def test_chat_stream(tape: Cassette, chat: Chat) -> None:
    answer, said = chat()
    assert answer == f"{ECHO}0 pictures and this message:\nWhere is my order?\n"
    assert said[:2] == [COMPLETE, "tokens: prompt 6, cached 0, completion 28, reasoning 0, total 34"]
    assert json.loads(tape.requests[0].body)["stream_options"] == {"include_usage": True}


def _streamed(*deltas: Any, finish: str = "stop") -> Answer:
    """Chunks as the service sends them: text or calls in pieces, the reason, the usage, the end."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-2024-08-06"}
    choices = [{"index": 0, "delta": one, "logprobs": None, "finish_reason": None} for one in deltas]
    choices.append({"index": 0, "delta": {}, "logprobs": None, "finish_reason": finish})
    chunks: list[Any] = [{**head, "choices": [one], "usage": None} for one in choices]
    used = {"prompt_tokens": 40, "completion_tokens": 10, "total_tokens": 50}
    chunks.append({**head, "choices": [], "usage": used})
    text = "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"
    return Answer(body=text.encode(), headers={"Content-Type": "text/event-stream; charset=utf-8"})


def _call(**function: str) -> dict[str, Any]:
    first = {"id": "call_1", "type": "function"} if "name" in function else {}
    return {"tool_calls": [{"index": 0, **first, "function": function}]}


@pytest.mark.script(
    _streamed(
        _call(name="get_order", arguments=""), _call(arguments='{"id":'), _call(arguments="7}"), finish="tool_calls"
    )
)
def test_chat_tool_call(tape: Cassette, chat: Chat) -> None:
    """The shape of the pieces is that of the API's description: the id and the name first, then the arguments bit by bit."""
    answer, said = chat()
    function = {"name": "get_order", "arguments": '{"id":7}'}
    assert json.loads(answer) == [{"id": "call_1", "type": "function", "function": function}]
    assert said == [
        "finished: tool_calls: the model calls functions; they are shown, not run",
        "tokens: prompt 40, cached unknown, completion 10, reasoning unknown, total 50",
        "cost: about $0.000200 by the list of OpenAI for gpt-4o",
    ]
    assert len(tape.requests) == 1


@pytest.mark.script(_streamed({"role": "assistant", "content": "", "refusal": None}, {"refusal": "I cannot do that."}))
def test_chat_refusal(tape: Cassette, chat: Chat) -> None:
    """The description has refusals beside the content, and they end with `stop`."""
    answer, said = chat()
    assert answer == "I cannot do that.\n"
    assert said[0] == "finished: refusal: the model refused; change the message or the instructions"
    assert len(tape.requests) == 1


_QUOTA = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.script(
    Answer(429, {"error": {"message": _RATE, "type": "requests", "param": None, "code": "rate_limit_exceeded"}}),
    Answer(
        429, {"error": {"message": _QUOTA, "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}}
    ),
)
def test_chat_error_429(tape: Cassette, chat: Chat) -> None:
    """The same status says two things; neither is waited for, and nothing is sent again."""
    (rate,), (quota,) = (chat(exit_code=1)[1] for _ in range(2))
    assert rate.endswith(f"429 {_RATE.rstrip('.')}; the server limits the rate: try again later")
    assert quota.endswith(
        "; the account has no credit or budget left, so waiting does not help: add credit, or raise its limit"
    )
    assert len(tape.requests) == 2


# --- what is inside

FILES = sorted(CASSETTES.glob("*.yaml"))


def test_there_is_a_cassette_for_each_test() -> None:
    names = re.findall(r"^def test_(\w+)\(tape", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(path.stem for path in CASSETTES.glob("*.yaml")) == sorted(names)


@pytest.mark.parametrize("value", [True, 1.0, "1", 2])
def test_a_cassette_that_was_recorded_for_one_plays_for_nothing_else(value: object) -> None:
    """What is sent with the type changed would be refused by a server."""

    def request(value: object, *, reverse: bool = False) -> Request:
        members = [("strict", value), ("name", "f")]
        return Request("POST", NOWHERE, json.dumps(dict(members[::-1] if reverse else members)), {})

    _same_body(request(1, reverse=True), request(1))
    with pytest.raises(AssertionError):
        _same_body(request(value), request(1))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_cassette_holds_no_keys_no_hosts_and_nothing_volatile(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bsk-|authorization:|bearer|stainless|user-agent|request-id", text, re.IGNORECASE)
    # The one other address is part of the service's own sentence on a wrong key; nothing is ever sent there.
    assert set(re.findall(r"https?://[^/\s\"']+", text)) <= {"http://127.0.0.1", "https://platform.openai.com"}
    for one in yaml.safe_load(text)["interactions"]:
        assert one["request"]["uri"].startswith("http://127.0.0.1/")
        kept = {*one["request"]["headers"], *one["response"]["headers"]}
        assert {name.lower() for name in kept} <= KEPT_HEADERS
