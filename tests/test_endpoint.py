"""The endpoint over real HTTP: every failure a sentence with a fate, every oddity of a server read right."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from assistants_tool.endpoint import Connection, connect
from assistants_tool.endpoint.assistants import THREE_VERBS, AssistantsEndpoint
from assistants_tool.endpoint.failures import retry_after
from assistants_tool.endpoint.patience import Patience
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Listing
from assistants_tool.objects.endpoint import OpenEndpoint
from assistants_tool.project.target import Key, Remote
from tests.servers import Answer, Request, scripted
from tests.wires import MAKERS, opened, over

QUICK = Patience(tries=3, seconds=5, first_wait=0.001)
PROXY = "the proxy asks for a user and a password: write them into its address, as http://USER:PASSWORD@HOST in HTTP_PROXY or HTTPS_PROXY"
KEY = "sk-planted-0123456789"
Work = Callable[[OpenEndpoint], Awaitable[Any]]


@pytest.fixture(autouse=True, params=MAKERS)
def maker(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each of these holds for both."""
    with over(request.param) as chosen:
        yield chosen


def talk(url: str, work: Work, *, timeout: float = 5.0, trace: list[str] | None = None, **remote: Any) -> Any:
    async def run() -> Any:
        target = Remote(url, Key("KEY"), **remote)
        connection = Connection(timeout, trace=trace.append if trace is not None else None, patience=QUICK)
        async with opened(target, connection, {"KEY": KEY}) as endpoint:
            return await work(endpoint)

    return asyncio.run(run())


def failure(url: str, work: Work, **how: Any) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        talk(url, work, **how)
    assert KEY not in str(caught.value)
    return caught.value


def listing(endpoint: OpenEndpoint) -> Awaitable[Listing]:
    return endpoint.listing()


def create(endpoint: OpenEndpoint) -> Awaitable[Any]:
    return endpoint.create({"model": "m", "metadata": {}})


def error(status: int, message: str = "no", code: str | None = None, **headers: str) -> Answer:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


NO_KEY = "no key was sent, as none is named: name it in project.yaml (api_key: {env: NAME}), or set OPENAI_API_KEY"


@pytest.mark.parametrize("status", [401, 403])
def test_where_no_key_is_named_a_refusal_says_that_none_was_sent(status: int) -> None:
    async def run(url: str) -> None:
        async with connect(Remote(url, headers={"X-Tenant": "a"}), Connection(5.0, patience=QUICK), {}) as endpoint:
            await endpoint.listing()

    with scripted(lambda _: error(status)) as server, pytest.raises(EndpointError) as caught:
        asyncio.run(run(server.url))
    assert str(caught.value) == f"GET {server.url}/assistants: {status} no; {NO_KEY}"
    with scripted(lambda _: error(status)) as server, pytest.raises(EndpointError) as caught:
        talk(server.url, listing)
    assert ": check " in str(caught.value)


def test_every_request_carries_key_and_beta_header() -> None:
    with scripted(lambda _: Answer(body={"object": "list", "data": [], "has_more": False})) as server:
        talk(server.url, listing)
    (request,) = server.requests
    assert request.path == "/v1/assistants?limit=100&order=asc"
    assert (f"Bearer {KEY}", "assistants=v2") == (request.headers["authorization"], request.headers["openai-beta"])


@pytest.mark.parametrize(
    ("answer", "fate", "words"),
    [
        (error(400, "Unknown parameter: 'x'."), Fate.REJECTED, "POST {url}/assistants: 400 Unknown parameter: 'x'."),
        (
            error(401, "Incorrect API key"),
            Fate.REJECTED,
            "POST {url}/assistants: 401 Incorrect API key; {key} was refused: check it",
        ),
        (error(403), Fate.REJECTED, "POST {url}/assistants: 403 no; {key} does not allow this: check its permissions"),
        (error(405), Fate.NO_VERB, "POST {url}/assistants: 405 no"),
        (error(500), Fate.AMBIGUOUS, "POST {url}/assistants: 500 no"),
        (Answer(503, b"<html>sorry</html>"), Fate.AMBIGUOUS, "POST {url}/assistants: 503 (text/html)"),
        (Answer(500, b"oops", {"Content-Type": "text/plain"}), Fate.AMBIGUOUS, "POST {url}/assistants: 500 oops"),
        (Answer(422, {"detail": [{"msg": "bad"}]}), Fate.REJECTED, "POST {url}/assistants: 422 bad"),
        (
            Answer(
                422,
                {
                    "detail": [
                        {"loc": ["body", "tools", 0, "type"], "msg": "Field required", "type": "missing", "input": {}},
                        {"loc": ["query", "limit"], "msg": "Input should be less than 101"},
                        "and more",
                    ]
                },
            ),
            Fate.REJECTED,
            'POST {url}/assistants: 422 tools[0].type: Field required; query.limit: Input should be less than 101; "and more"',
        ),
        (Answer(422, {"detail": {"why": 1}}), Fate.REJECTED, 'POST {url}/assistants: 422 {{"why": 1}}'),
        (Answer(422, {"detail": [{"why": 1}]}), Fate.REJECTED, 'POST {url}/assistants: 422 {{"why": 1}}'),
        (Answer(400, {"detail": "No connected db."}), Fate.REJECTED, "POST {url}/assistants: 400 No connected db."),
        (
            Answer(200, b"<html>log in</html>"),
            Fate.AMBIGUOUS,
            "POST {url}/assistants answered text/html instead of JSON; check base_url, and any proxy",
        ),
        (
            Answer(200, {"ok": True}),
            Fate.AMBIGUOUS,
            "POST {url}/assistants answered something that is not an assistant; check base_url",
        ),
        (
            error(302, location="http://elsewhere.example/v1"),
            Fate.REJECTED,
            "POST {url}/assistants is redirected to http://elsewhere.example/v1; put the right address into base_url",
        ),
        (
            error(429, "You exceeded your current quota", "insufficient_quota"),
            Fate.REJECTED,
            "POST {url}/assistants: 429 You exceeded your current quota",
        ),
        (
            Answer(429, {"error": {"message": "No quota left", "type": "insufficient_quota"}}),
            Fate.REJECTED,
            "POST {url}/assistants: 429 No quota left",
        ),
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Fate) else "",
)
def test_a_create_that_fails_says_what_became_of_it(maker: str, answer: Answer, fate: Fate, words: str) -> None:
    with scripted(lambda _: answer) as server:
        found = failure(server.url, create)
    key = (
        "the key in the variable 'KEY'" if maker == "httpx2" else "the key"
    )  # where a client has its key from is not known
    assert (fate, words.format(url=server.url, key=key)) == (found.fate, str(found))
    assert server.lines == ["POST /v1/assistants"]


WHOLE = {"id": "asst_1", "metadata": {}}


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(
    ("answer", "look", "fate"),
    [
        (Answer(body={"id": "asst_1"}), Answer(body=WHOLE), None),
        (Answer(body={"id": "asst_1"}), error(405), None),
        (Answer(body={"id": "asst_1"}), error(404), None),
        (Answer(body={"id": "asst_1"}), error(403), Fate.AMBIGUOUS),
        (Answer(204, b""), Answer(body=WHOLE), None),
    ],
    ids=["read", "cannot be read", "not found", "may not be read", "empty"],
)
def test_of_a_write_that_is_answered_with_less_the_object_is_read(
    verb: str, answer: Answer, look: Answer, fate: Fate | None
) -> None:
    """But a create without so much as an id is one of unknown fate."""
    fate = Fate.AMBIGUOUS if verb == "create" and not answer.body else fate

    def work(endpoint: OpenEndpoint) -> Awaitable[Any]:
        return create(endpoint) if verb == "create" else endpoint.update("asst_1", {"model": "m"})

    with scripted(lambda request: answer if request.method == "POST" else look) as server:
        if fate:
            assert failure(server.url, work).fate is fate
        else:
            assert talk(server.url, work).body == (look.body if look.status == 200 else {"id": "asst_1"})
    assert server.lines.count("POST /v1/assistants" + ("/asst_1" if verb == "update" else "")) == 1


def dripping(answer: bytes, seconds: float) -> str:
    """The address of a server that answers once, a byte at a time."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener, contextlib.suppress(OSError):
            connection.recv(65536)
            for one in answer:
                connection.sendall(bytes([one]))
                time.sleep(seconds)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def test_an_answer_that_comes_too_slowly_is_none() -> None:
    url = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1000, 0.01)
    started = time.monotonic()
    found = failure(url, create, timeout=0.1)
    assert (found.fate, time.monotonic() - started < 5) == (Fate.TIMED_OUT, True)


@pytest.mark.parametrize("charset", ["hex", "rot13", "zlib", "undefined", "idna", "nix"])
def test_an_error_in_an_encoding_that_is_none_is_read_all_the_same(charset: str) -> None:
    answer = Answer(400, "caf\u00e9".encode(), {"Content-Type": f"text/plain; charset={charset}"})
    with scripted(lambda _: answer) as server:
        assert "POST" in str(failure(server.url, create))


@pytest.mark.parametrize("odd", [".", "..", "", "x\ud800"])
def test_an_id_that_no_path_can_hold_is_not_asked_for(odd: str) -> None:
    with scripted(lambda _: Answer(body=WHOLE)) as server:
        for work in (lambda endpoint: endpoint.get(odd), lambda endpoint: endpoint.delete(odd)):
            assert "no path can hold the id" in str(failure(server.url, work))
    assert server.requests == []


def test_a_create_whose_connection_is_cut_is_sent_once() -> None:
    with scripted(lambda _: Answer(cut=True)) as server:
        found = failure(server.url, create)
    assert (found.fate, len(server.requests)) == (Fate.AMBIGUOUS, 1)


def test_a_create_without_an_answer_in_time_is_sent_once() -> None:
    def slowly(_: Request) -> Answer:
        time.sleep(0.3)
        return Answer(body={})

    with scripted(slowly) as server:
        found = failure(server.url, create, timeout=0.1)
    assert (found.fate, len(server.requests)) == (Fate.TIMED_OUT, 1)


def test_reads_are_sent_again() -> None:
    answers = iter([Answer(cut=True), Answer(503, b"<html>"), Answer(body={"id": "asst_1"})])
    with scripted(lambda _: next(answers)) as server:
        found = talk(server.url, lambda endpoint: endpoint.get("asst_1"))
    assert (found.id, len(server.requests)) == ("asst_1", 3)


def test_reads_are_not_sent_again_for_ever() -> None:
    with scripted(lambda _: error(500)) as server:
        failure(server.url, listing)
    assert QUICK.tries == len(server.requests)


def test_429_is_waited_for() -> None:
    answers = iter([error(429, retry_after="0.01"), error(429), Answer(body=WHOLE)])
    quick = Patience(first_wait=0.001, throttled_wait=0.01)

    async def run() -> Any:
        async with opened(Remote(server.url), Connection(5.0, patience=quick), {}) as endpoint:
            return await endpoint.create({"model": "m"})

    with scripted(lambda _: next(answers)) as server:
        assert asyncio.run(run()).id == "asst_1"
    assert len(server.requests) == 3


def test_waiting_for_429_takes_nothing_from_the_time_for_other_failures() -> None:
    answers = iter([error(429, retry_after="0.2"), error(500), Answer(body={"id": "asst_1"})])
    quick = Patience(seconds=0.2, first_wait=0.001)

    async def run() -> Any:
        async with opened(Remote(server.url), Connection(5.0, patience=quick), {}) as endpoint:
            return await endpoint.get("asst_1")

    with scripted(lambda _: next(answers)) as server:
        assert asyncio.run(run()).id == "asst_1"


def test_a_server_that_refuses_for_no_time_is_not_stormed() -> None:
    answers = iter([error(429, retry_after="0"), Answer(body=WHOLE)])

    async def run() -> float:
        connection = Connection(5.0, patience=Patience(throttled_wait=0.1))
        async with opened(Remote(server.url), connection, {}) as endpoint:
            started = time.monotonic()
            await endpoint.create({"model": "m"})
            return time.monotonic() - started

    with scripted(lambda _: next(answers)) as server:
        assert asyncio.run(run()) > 0.07


WAITS: dict[str, tuple[dict[str, str], float | None]] = {
    "seconds": ({"retry-after": "2.5"}, 2.5),
    "milliseconds": ({"retry-after-ms": "150", "retry-after": "1"}, 0.15),
    "a date, by the server's clock": (
        {"retry-after": "Wed, 25 Nov 2026 10:00:30 GMT", "date": "Wed, 25 Nov 2026 10:00:00 GMT"},
        30.0,
    ),
    "a date that is over": ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    "less than nothing": ({"retry-after": "-3"}, 0.0),
    "no number": ({"retry-after": "nan"}, 0.0),
    "a date that is none": ({"retry-after": "Wed, 99 Nov 99999999999 10:00:30 GMT"}, None),
    "words": ({"retry-after": "soon"}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("headers", "seconds"), WAITS.values(), ids=WAITS)
def test_how_long_a_server_asks_to_be_left_alone(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_wait_that_is_too_long_is_said_to_be() -> None:
    with scripted(lambda _: error(429, "slow down", retry_after="3600")) as server:
        found = failure(server.url, create)
    assert f"POST {server.url}/assistants: 429 slow down; it asks to wait 3600 s: try again then" == str(found)


def test_no_one_there() -> None:
    with scripted(lambda _: Answer()) as server:
        pass
    assert f"GET {server.url}/assistants: connection refused; check base_url and the network" == str(
        failure(server.url, listing)
    )


@pytest.mark.parametrize("url", ["http://assistants.invalid/v1", "https://assistants.invalid/v1"])
def test_no_proxy_there(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """What is not there is the proxy, and base_url may be right."""
    with scripted(lambda _: Answer()) as server:
        pass
    monkeypatch.setenv("ALL_PROXY", server.url.replace("http://", "http://user:planted-password@"))
    said = str(failure(url, listing))
    assert (
        said == f"GET {url}/assistants: connection refused; check base_url and the network; a proxy is set: ALL_PROXY"
    )


def test_an_unknown_host_is_not_tried_again() -> None:
    found = failure("http://no-such-host.invalid/v1", listing)
    assert (
        str(found) == "GET http://no-such-host.invalid/v1/assistants: the host name cannot be resolved; check base_url"
    )


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("https://api.openai.com/v1", "2026-08-26"),
        ("https://acme.openai.azure.com/openai", "2026-08-26"),
        (
            "https://assistants.example.com",
            "this server has no /assistants there: check base_url, which often ends in /v1",
        ),
        ("http://assistants", "check base_url, which often ends in /v1"),
        ("https://api.openai.com/v1/assistants", "2026-08-26"),
        ("https://assistants.example.com/v1/v1", "take /v1 away from the end of base_url"),
        ("https://assistants.example.com/v1/assistants/", "take /assistants away from the end of base_url"),
        ("https://assistants.example.com/v1/chat/completions", "take /chat/completions away from the end of base_url"),
    ],
)
def test_404_on_the_list_means_that_there_is_no_such_api(host: str, words: str) -> None:
    """Rests on a report of 2026-09-21 that the retired endpoint answers 404; its body is not on record, and is not looked at."""

    async def run(url: str) -> Any:
        async with opened(Remote(url), Connection(5.0), {}) as endpoint:
            assert isinstance(endpoint, AssistantsEndpoint)
            endpoint.sender.shown = host  # what is said depends on the host's name, which loopback has not
            return await endpoint.listing()

    with (
        scripted(lambda request: error(404, f"Invalid URL ({request.method} {request.path})")) as server,
        pytest.raises(EndpointError, match=r"404 Invalid URL \(GET /v1/assistants\?.*\); ") as caught,
    ):
        asyncio.run(run(server.url))
    assert words in str(caught.value)


@pytest.mark.parametrize("key", [None, Key("KEY")], ids=["no key", "a key"])
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, "500 no; the server failed: try again later"),
        (503, "503 no; the server failed: try again later"),
        (407, f"407 no; {PROXY}"),
    ],
)
def test_a_list_that_fails_says_what_to_do(status: int, said: str, key: Key | None) -> None:
    async def run(url: str) -> Any:
        async with opened(Remote(url, key), Connection(5.0, patience=QUICK), {"KEY": KEY}) as endpoint:
            return await endpoint.listing()

    with scripted(lambda _: error(status)) as server, pytest.raises(EndpointError) as caught:
        asyncio.run(run(server.url))
    assert str(caught.value) == f"GET {server.url}/assistants: {said}"


def test_ids_are_quoted_and_answers_that_mean_gone_are_none() -> None:
    with scripted(lambda request: Answer(body=None) if "null" in request.path else error(404)) as server:
        assert talk(server.url, lambda endpoint: endpoint.get("null")) is None
        assert talk(server.url, lambda endpoint: endpoint.get("a/b?c#d")) is None
    assert server.lines[-1] == "GET /v1/assistants/a%2Fb%3Fc%23d"


@pytest.mark.parametrize("verb", ["get", "update"])
def test_where_a_single_assistant_cannot_be_reached_the_way_round_a_proxy_is_named(verb: str) -> None:
    def work(endpoint: OpenEndpoint) -> Awaitable[Any]:
        return endpoint.get("a") if verb == "get" else endpoint.update("a", {"model": "m"})

    with scripted(lambda _: error(405)) as server:
        caught = failure(server.url, work)
    assert caught.fate is Fate.NO_VERB
    assert str(caught).endswith(f"405 no; {THREE_VERBS}")


DELETES: dict[str, tuple[Answer, Answer, str]] = {
    "as documented": (Answer(body={"id": "a", "object": "assistant.deleted", "deleted": True}), error(500), ""),
    "204 and gone": (Answer(204, b""), error(404), ""),
    "204 and there": (Answer(204, b""), Answer(body={"id": "a"}), "cannot delete"),
    "null and there": (Answer(body=None), Answer(body={"id": "a"}), "cannot delete"),
    "gone before": (error(404), error(404), ""),
    "deleted: false and gone": (Answer(body={"deleted": False}), error(404), ""),
    "500 in text but gone": (Answer(500, b"oops", {"Content-Type": "text/plain"}), error(404), ""),
    "no route": (error(404), Answer(body={"id": "a"}), "still there"),
    "405": (error(405), Answer(body={"id": "a"}), "still there"),
    "says so but keeps it": (Answer(body={"deleted": False}), Answer(body={"id": "a"}), "cannot delete"),
    "a page of HTML, and gone": (Answer(200, b"<html>"), error(404), ""),
    "a page of HTML, and there": (Answer(200, b"<html>"), Answer(body={"id": "a"}), "a is still there"),
    "fails and keeps it": (error(500), Answer(body={"id": "a"}), "500 no; a is still there"),
}


@pytest.mark.parametrize(("answer", "look", "words"), DELETES.values(), ids=DELETES.keys())
def test_a_delete_is_judged_by_what_is_left(answer: Answer, look: Answer, words: str) -> None:
    with scripted(lambda request: answer if request.method == "DELETE" else look) as server:
        if words:
            assert words in str(failure(server.url, lambda endpoint: endpoint.delete("a")))
        else:
            talk(server.url, lambda endpoint: endpoint.delete("a"))
    assert "content-type" not in server.requests[0].headers


def test_a_delete_that_cannot_be_looked_at_may_have_happened() -> None:
    with scripted(lambda request: error(500 if request.method == "DELETE" else 403)) as server:
        caught = failure(server.url, lambda endpoint: endpoint.delete("a"))
    assert (caught.fate, server.lines[-1]) == (Fate.AMBIGUOUS, "GET /v1/assistants/a")
    assert "500 no; whether a is gone could not be checked" in str(caught)


IN_DOUBT: dict[str, tuple[list[Answer], Fate]] = {
    "500, then refused": ([error(500), error(400)], Fate.AMBIGUOUS),
    "cut, then too long a wait": ([Answer(cut=True), error(429, Retry_After="999")], Fate.AMBIGUOUS),
    "cut, 500, then forbidden": ([Answer(cut=True), error(500), error(403)], Fate.AMBIGUOUS),
    "500, then gone": ([error(500), error(404), error(404)], Fate.MISSING),
    "no route for it": ([error(404), Answer(body={"id": "a"})], Fate.NO_VERB),
    "gone, as far as can be seen": ([error(404), error(403)], Fate.MISSING),
    "refused": ([error(400)], Fate.REJECTED),
    "429, then refused": ([error(429, Retry_After="0.01"), error(400)], Fate.REJECTED),
    "something else": ([Answer(body=[])], Fate.AMBIGUOUS),
}


@pytest.mark.parametrize(("answers", "fate"), IN_DOUBT.values(), ids=IN_DOUBT)
def test_an_earlier_try_that_may_have_had_its_effect_is_not_forgotten(answers: list[Answer], fate: Fate) -> None:
    coming = iter(answers)
    with scripted(lambda _: next(coming)) as server:
        caught = failure(server.url, lambda endpoint: endpoint.update("a", {"model": "m"}))
    assert caught.fate is fate
    assert ("an earlier try got no clear answer" in str(caught)) == (len(answers) > 1 and fate is Fate.AMBIGUOUS)
    assert next(coming, None) is None


# What comes in turn, how many tries there were, and whether each was answered, so that none is on its way still.
TRIED: dict[str, tuple[list[Answer], int, bool]] = {
    "500 each time": ([error(500)] * 3, 3, True),
    "500, then refused": ([error(500), error(400)], 2, True),
    "500, and 429 between, which is no try": (
        [error(500), error(429, Retry_After="0.01"), error(500), error(500)],
        3,
        True,
    ),
    "cut once": ([error(500), Answer(cut=True), error(500)], 3, False),
    "503 once, which a gateway may say": ([error(503), error(500), error(500)], 3, False),
    "refused": ([error(400)], 1, False),
}


@pytest.mark.parametrize(("answers", "tries", "ended"), TRIED.values(), ids=TRIED)
def test_a_failure_says_how_often_it_was_tried_and_whether_it_is_over(
    answers: list[Answer], tries: int, ended: bool
) -> None:
    coming = iter(answers)
    with scripted(lambda _: next(coming)) as server:
        caught = failure(server.url, lambda endpoint: endpoint.update("a", {"model": "m"}))
    assert (caught.tries, caught.ended) == (tries, ended)


def test_a_delete_that_fails_and_leaves_it_there_says_as_much() -> None:
    with scripted(lambda request: error(500) if request.method == "DELETE" else Answer(body={"id": "a"})) as server:
        caught = failure(server.url, lambda endpoint: endpoint.delete("a"))
    assert (caught.tries, caught.ended) == (3, True)


@pytest.mark.parametrize("answer", [error(405), error(404), Answer(204, b"")], ids=["405", "404", "204"])
def test_where_nothing_can_be_deleted_the_fate_says_so(answer: Answer) -> None:
    with scripted(lambda request: answer if request.method == "DELETE" else Answer(body={"id": "a"})) as server:
        assert failure(server.url, lambda endpoint: endpoint.delete("a")).fate is Fate.NO_VERB


# --- the list walk: how known servers page


def rows(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": f"asst_{number:03}", "object": "assistant"} for number in numbers]


@dataclass(frozen=True)
class Paging:
    """How a server pages.

    `size` is that of a page for a limit; `shift` is by how many rows a page begins beside its cursor; `says` is its word on whether there
    is more; `second` is its answer to any cursor. `ordered`: it knows the order.
    """

    ordered: bool = False
    size: Callable[[int], int] = lambda limit: limit
    shift: int = 0
    says: Callable[[bool], Any] = lambda more: more
    second: Answer | None = None
    takes_cursor: bool = True
    bare: bool = False


EVERYTHING = 1000
NO_MORE = Answer(body={"data": [], "has_more": False})
PAGINGS: dict[str, Paging] = {
    "as recorded": Paging(ordered=True),
    "never says more": Paging(says=lambda _: False),
    "inclusive": Paging(shift=-1, says=lambda _: None),
    "always says more": Paging(says=lambda _: True),
    "larger pages": Paging(size=lambda _: 150),
    "smaller pages, in words": Paging(size=lambda _: 50, says=str),
    "ignores everything": Paging(size=lambda _: EVERYTHING, takes_cursor=False),
    "bare array": Paging(size=lambda _: EVERYTHING, bare=True),
    "ignores the cursor": Paging(size=lambda _: 20, takes_cursor=False),
    "ignores the cursor and says no more": Paging(size=lambda _: 20, takes_cursor=False, says=lambda _: False),
    "breaks on the second page": Paging(second=error(400, "bad cursor")),
    "breaks on the second page, in either order": Paging(second=error(400, "bad cursor"), ordered=True),
    "rows move between pages": Paging(shift=-2),
    "rows move, in either order": Paging(shift=-2, ordered=True),
    "gives 100, says more, gives nothing": Paging(second=NO_MORE, ordered=True),
    "has no pages and refuses a cursor": Paging(size=lambda _: EVERYTHING, second=error(400, "bad cursor")),
    "has no pages, keeps a smaller limit": Paging(takes_cursor=False),
}


def pager(count: int, kind: str) -> Callable[[Request], Answer]:
    """A server that pages so."""
    paging = PAGINGS[kind]

    def page(request: Request) -> Answer:
        query = dict(pair.split("=") for pair in request.path.partition("?")[2].split("&"))
        turned = query["order"] == "desc" and paging.ordered
        everything = rows(*(range(count - 1, -1, -1) if turned else range(count)))
        start = 0
        if paging.takes_cursor and "after" in query:
            if paging.second:
                return paging.second
            start = [one["id"] for one in everything].index(query["after"]) + 1 + paging.shift
        size = paging.size(int(query["limit"]))
        data = everything[start : start + size]
        has_more = paging.says(start + size < count)
        return Answer(body=data if paging.bare else {"object": "list", "data": data, "has_more": has_more})

    return page


def losing(count: int) -> Callable[[Request], Answer]:
    """A server that loses a row between two pages in ascending order, and says nothing."""
    page = pager(count, "as recorded")

    def lose(request: Request) -> Answer:
        answer = page(request)
        if "order=asc" in request.path and "after=" in request.path and isinstance(answer.body, dict):
            answer.body["data"].pop(0)
        return answer

    return lose


@pytest.mark.parametrize(
    ("kind", "count", "found", "incomplete", "requests"),
    [
        ("as recorded", 0, 0, False, 1),
        ("as recorded", 20, 20, False, 2),
        ("as recorded", 100, 100, False, 2),
        ("as recorded", 250, 250, False, 3),
        ("never says more", 250, 250, False, 3),
        ("never says more", 100, 100, False, 2),
        ("inclusive", 130, 130, False, 2),
        ("inclusive", 100, 100, False, 2),
        ("always says more", 30, 30, False, 2),
        ("larger pages", 300, 300, False, 2),
        ("smaller pages, in words", 130, 130, False, 3),
        ("ignores everything", 130, 130, False, 1),
        ("bare array", 45, 45, False, 1),
        # Where a walk does not end plainly, a walk in the other order decides; and a shorter page, whether there are pages at all.
        ("ignores the cursor", 45, 20, True, 4),
        ("ignores the cursor and says no more", 45, 20, True, 5),
        ("breaks on the second page", 130, 100, True, 4),
        ("breaks on the second page, in either order", 130, 130, False, 4),
        ("breaks on the second page, in either order", 230, 200, True, 4),
        ("rows move between pages", 130, 130, True, 4),
        ("rows move, in either order", 130, 130, False, 4),
        ("gives 100, says more, gives nothing", 130, 130, False, 4),
        ("gives 100, says more, gives nothing", 230, 200, True, 4),
        ("has no pages and refuses a cursor", 20, 20, False, 2),
        ("has no pages and refuses a cursor", 100, 100, False, 2),
        ("has no pages, keeps a smaller limit", 20, 20, False, 3),
        ("ignores everything", 100, 100, False, 3),
    ],
)
def test_the_walk_finds_all_or_says_that_it_may_not_have(
    kind: str, count: int, found: int, incomplete: bool, requests: int
) -> None:
    with scripted(pager(count, kind)) as server:
        listed = talk(server.url, listing)
    assert (found, incomplete) == (len(listed.assistants), bool(listed.incomplete))
    assert requests == len(server.requests)
    assert len({one.id for one in listed.assistants}) == found


@pytest.mark.parametrize("at_once", [False, True])
def test_what_rests_on_absence_is_checked_in_the_other_order(at_once: bool) -> None:
    """A row that fell between two pages, without any sign, is found; and it is read by its id, as it may be gone by now."""

    async def both(endpoint: OpenEndpoint) -> tuple[Listing, Listing]:
        first = await endpoint.listing()
        return first, await (endpoint.checked_listing(ids(130)) if at_once else endpoint.checked(first))

    page = losing(130)

    def script(request: Request) -> Answer:
        return page(request) if "?" in request.path else Answer(body={"id": request.path.rpartition("/")[2]})

    with scripted(script) as server:
        first, second = talk(server.url, both)
    assert (len(first.assistants), first.incomplete, len(second.assistants), second.checked) == (129, "", 130, True)
    assert [one.path for one in server.requests if "?" not in one.path] == ["/v1/assistants/asst_100"]


@pytest.mark.parametrize(("kind", "requests"), [("as recorded", 2), ("inclusive", 4), ("larger pages", 2)])
def test_a_second_walk_takes_nothing_away(kind: str, requests: int) -> None:
    """One that fails, or goes in the same order, proves nothing. A listing of one page needs none."""

    async def both(endpoint: OpenEndpoint) -> Listing:
        return await endpoint.checked_listing()

    count = {"as recorded": 99, "inclusive": 130, "larger pages": 30}[kind]
    with scripted(pager(count, kind)) as server:
        found = talk(server.url, both)
    assert (len(found.assistants), found.incomplete) == (count, "")
    assert len(server.requests) <= requests


def ids(count: int) -> list[str]:
    return [one["id"] for one in rows(*range(count))]


def test_two_walks_at_a_time_fail_as_one_does() -> None:
    with scripted(lambda _: Answer(400, {"error": {"message": "no"}})) as server:
        assert "400 no" in str(failure(server.url, lambda endpoint: endpoint.checked_listing(ids(101))))


def test_something_that_is_not_a_list() -> None:
    with scripted(lambda _: Answer(body={"hello": 1})) as server:
        found = failure(server.url, listing)
    assert f"GET {server.url}/assistants answered something that is not a list of assistants; check base_url" == str(
        found
    )


@pytest.mark.parametrize(
    "value", ["NaN", "-Infinity", "1e999", "[" * 400 + "]" * 400, '{"a":' * 5000 + "1" + "}" * 5000]
)
def test_what_json_does_not_have_and_what_nests_too_deeply_is_no_answer(value: str) -> None:
    body = f'{{"data": [{{"id": "a", "x": {value}}}]}}'.encode()
    with scripted(lambda _: Answer(body=body, headers={"Content-Type": "application/json"})) as server:
        found = failure(server.url, listing)
    assert "answered broken JSON; check base_url" in str(found)


def test_a_server_that_repeats_the_key_is_not_quoted() -> None:
    with scripted(lambda _: error(400, f"bad key {KEY}\nand\x1b[31m more")) as server:
        found = failure(server.url, create)
    assert f"POST {server.url}/assistants: 400 bad key *** and\x1b[31m more" == str(found)


def test_the_trace_names_requests_and_no_secrets() -> None:
    trace: list[str] = []
    with scripted(pager(3, "as recorded")) as server:
        talk(server.url, listing, trace=trace, headers={"X-Secret": Key("KEY")}, query={"api-version": "v1"})
    assert len(trace) == 1
    assert trace[0].startswith("GET /assistants?limit=100&order=asc -> 200 in ")
    assert server.requests[0].headers["x-secret"] == KEY
    assert server.requests[0].path == "/v1/assistants?api-version=v1&limit=100&order=asc"


def test_500_closes_the_connection_and_the_next_call_still_works() -> None:
    numbers = itertools.count()

    def script(request: Request) -> Answer:
        if next(numbers) == 0:
            return Answer(500, b"oops", {"Content-Type": "text/plain", "Connection": "close"})
        return pager(1, "as recorded")(request)

    with scripted(script) as server:
        assert len(talk(server.url, listing).assistants) == 1
