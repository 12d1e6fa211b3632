"""`doctor`: what each check says of servers that are well, ill, or not there; and that a look changes nothing."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistants_tool import models
from assistants_tool.asking.diagnosis import (
    Case,
    Check,
    Probe,
    Seen,
    Verdict,
    diagnose,
    look,
    probe,
    probe_body,
)
from assistants_tool.endpoint import Connection, connect
from assistants_tool.endpoint.failures import Failures
from assistants_tool.endpoint.patience import Patience
from assistants_tool.errors import DefinitionError, EndpointError, Fate, Problem, ToolError, UnreachedError
from assistants_tool.line.opening import Tries
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.endpoint import Offer, Served, ServingEndpoint
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.project.kinds import KINDS
from assistants_tool.project.target import Embedded, Key, Remote
from assistants_tool.redaction import NOTHING
from tests.builders import wanted
from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, Request, Script, scripted
from tests.tables import cases

KEY = "sk-planted-0123456789"
TODAY = datetime.date(2026, 11, 23)
QUICK = Patience(tries=2, seconds=5, first_wait=0.001)
QUICK_COMMAND = Tries(2, 5, 0.001)
OK, FAILED, UNKNOWN = Verdict.OK, Verdict.FAILED, Verdict.UNKNOWN
Object = dict[str, Any]


def error(status: int, message: str = "no") -> Answer:
    return Answer(status, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}})


def listed(*rows: Object, **members: Any) -> Answer:
    return Answer(body={"object": "list", "data": list(rows), "has_more": False, **members})


def row(number: int, **members: Any) -> Object:
    return {
        "id": f"asst_{number}",
        "object": "assistant",
        "created_at": number,
        "model": "m",
        "tool_resources": {},
        **members,
    }


MARKED = row(1, metadata={MARK_KEY: Mark("acme", "production", "a").encode()})
MODELS = Answer(body={"object": "list", "data": [{"id": "m"}, {"id": "old", "shutdown_date": "2026-11-01"}]})


class Server:
    """A script that keeps assistants. `answers` replace what it would say to `GET list`, `GET one`, `GET models`, `POST` or `DELETE`."""

    def __init__(self, *rows: Object, keep: Callable[[Object], Object] = dict, **answers: Answer | None) -> None:
        self.rows = {one["id"]: one for one in rows}
        self.keep, self.answers = keep, answers

    def __call__(self, request: Request) -> Answer:
        path, _, _ = request.path.partition("?")
        name = path.rpartition("/")[2]
        kind = "list" if name == "assistants" else "models" if name == "models" else "one"
        said = self.answers.get(f"{request.method}_{kind}")
        effect = {"POST": self._create, "DELETE": self._delete}.get(request.method)
        # An answer with this header is given after the effect: the request took place, and only its answer is bad.
        if effect and (said is None or "X-After" in said.headers):
            done = effect(request, name)
            return said or done
        return said or self._read(kind, name)

    def _read(self, kind: str, name: str) -> Answer:
        if kind == "models":
            return MODELS
        if kind == "list":
            return listed(*self.rows.values())
        return (
            Answer(body=self.rows[name]) if name in self.rows else error(404, f"No assistant found with id '{name}'.")
        )

    def _create(self, request: Request, _: str) -> Answer:
        made = {**self.keep(request.body), "id": "asst_probe", "object": "assistant", "created_at": 9}
        self.rows["asst_probe"] = made
        return Answer(body=made)

    def _delete(self, _: Request, name: str) -> Answer:
        gone = self.rows.pop(name, None) is not None
        return Answer(body={"id": name, "object": "assistant.deleted", "deleted": gone})


def examined(url: str, *, probing: bool = False, **known: Any) -> dict[str, Check]:
    """The checks of a real endpoint, by name."""
    target = Remote(url, Key("KEY"))

    async def run() -> Seen:
        async with connect(target, Connection(1.0, patience=QUICK), {"KEY": KEY}) as endpoint:
            seen = await look(endpoint)
            if not probing:
                return seen
            body = probe_body(known.get("definitions", ()), seen)
            return Seen(seen.listing, seen.models, await probe(endpoint, body, asyncio.Event()))

    return judged(target, asyncio.run(run()), **known)


def judged(target: Embedded | Remote, seen: Seen | ToolError, **known: Any) -> dict[str, Check]:
    return {
        one.name: one for one in diagnose(Case(target, **{"definitions": (), "seen": seen, "today": TODAY, **known}))
    }


def verdicts(checks: Mapping[str, Check]) -> dict[str, Verdict]:
    return {name: one.verdict for name, one in checks.items()}


def holds(check: Check, verdict: Verdict, words: str) -> None:
    assert (check.verdict, words in f"{check.found} -> {check.advice}") == (verdict, True), check


def test_a_server_that_is_well() -> None:
    with scripted(Server(MARKED)) as server:
        checks = examined(server.url, definitions=(wanted("a", model="m"),))
    assert set(verdicts(checks).values()) == {OK}
    assert list(checks) == [
        "key",
        "endpoint",
        "beta header",
        "list",
        "read",
        "metadata",
        "definitions",
        "models",
        "retirement",
        "shutdown dates",
    ]
    assert not any(one.advice for one in checks.values())
    assert checks["list"].found == "1 assistant, 1 with this tool's mark"
    assert checks["key"].found == "found in the variable KEY"
    assert server.lines == [
        "GET /v1/assistants?limit=100&order=asc",
        "GET /v1/assistants/asst_1",
        "GET /v1/models",
    ]


HTML = Answer(200, b"<html>", {"Content-Type": "text/html"})
NO_HEADER = "You must provide the 'OpenAI-Beta' header to access the Assistants API."
VERSION_1 = listed({"id": "asst_1", "object": "assistant", "model": "m", "file_ids": []})
STUCK = listed(*(row(number) for number in range(100)), has_more=True)


@cases(
    "answer beta lists words",
    {
        "none": (listed(), OK, OK, "0 assistants, 0 with"),
        "401": (
            error(401, "bad key"),
            UNKNOWN,
            FAILED,
            "401 bad key; the key in the variable 'KEY' was refused: check it",
        ),
        "no such API": (error(404), UNKNOWN, FAILED, "404 no; this server has no /assistants there"),
        "header refused": (error(400, NO_HEADER), FAILED, UNKNOWN, "not checked: the beta header was not accepted"),
        "400": (error(400, "Invalid api id"), UNKNOWN, FAILED, "400 Invalid api id"),
        "500": (error(500, "oops"), UNKNOWN, FAILED, "look into the endpoint's own log"),
        "no list": (error(405), UNKNOWN, FAILED, "405 no"),
        "HTML": (HTML, UNKNOWN, FAILED, "text/html instead of JSON"),
        "moved": (Answer(302, {}, {"Location": "http://x/"}), UNKNOWN, FAILED, "redirected to http://x/"),
        "an assistant of version 1": (VERSION_1, UNKNOWN, OK, "1 assistant, 0 with"),
        "paging that stands still": (STUCK, OK, FAILED, "100 assistants, and there may be more"),
        "too many requests": (Answer(429, {}, {"Retry-After": "9999"}), UNKNOWN, UNKNOWN, "asks to wait 9999 s"),
    },
)
def test_lists(answer: Answer, beta: Verdict, lists: Verdict, words: str) -> None:
    with scripted(Server(GET_list=answer)) as server:
        checks = examined(server.url)
    assert (checks["key"].verdict, checks["endpoint"].verdict) == (OK, OK)
    assert checks["beta header"].verdict is beta
    holds(checks["list"], lists, words)
    assert all(one.advice for one in checks.values() if one.verdict is FAILED)


def test_nothing_is_said_of_what_was_not_reached() -> None:
    checks = examined("http://127.0.0.1:9/v1", definitions=(wanted("a", model="m"),))
    holds(checks["endpoint"], FAILED, "connection refused")
    for name in ("beta header", "list", "metadata", "models"):
        assert checks[name] == Check(name, UNKNOWN, "not checked: the endpoint was not reached")


@cases(
    "url words",
    {
        "an unknown host": ("http://nosuch.invalid/v1", "the host name cannot be resolved"),
        "TLS where there is none": ("https://HERE/v1", "TLS failed (WRONG_VERSION_NUMBER)"),
        "a silent server": ("http://HERE/v1", "the connection was cut"),
    },
)
def test_what_stands_in_the_way(url: str, words: str) -> None:
    with scripted(lambda _: Answer(cut=True)) as server:
        host = server.url.removeprefix("http://").removesuffix("/v1")
        checks = examined(url.replace("HERE", host))
    assert not any("models" in line for line in server.lines)  # which would only wait for the same nothing
    holds(checks["endpoint"], FAILED, words)


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(lambda _: Answer()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/v1"))
        holds(examined("https://assistants.invalid/v1")["endpoint"], FAILED, "the proxy did not let it through")


def test_a_certificate_that_is_not_trusted() -> None:
    """The system has no word of its own for it: errno 1 would read `operation not permitted`."""
    cause = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]")
    cause.verify_message = "self-signed certificate"
    said = Failures(NOTHING)._unconnected(cause, "GET https://x/v1/assistants")
    assert said.fate is Fate.REJECTED  # the next try would end likewise
    assert "TLS failed (self-signed certificate)" in str(said)


# --- the key


REMOTE = Remote("http://x/v1")
SEEN = Seen(Listing(()), {})
NO_ANSWER = Seen(EndpointError("401"), EndpointError("401"))


@cases(
    "target seen verdict words",
    {
        "a variable": (Remote("http://x/v1", Key("NAME")), SEEN, OK, "found in the variable NAME"),
        "a command": (Remote("http://x/v1", Key(None, ("az", "x"))), SEEN, OK, "what the command 'az' prints"),
        "a header": (Remote("http://x/v1", headers={"X-T": Key("TOKEN")}), SEEN, OK, "found in the variable TOKEN"),
        "none, none needed": (REMOTE, SEEN, OK, "asks for none"),
        "none, no answer": (REMOTE, NO_ANSWER, UNKNOWN, "api_key: {env: NAME}"),
        "none, ambient": (Remote("http://x/v1", ambient=True), NO_ANSWER, UNKNOWN, "set OPENAI_API_KEY"),
        "not to be had": (Remote("http://x/v1", Key("NAME")), ToolError("'NAME' gives no key"), FAILED, "gives no key"),
        "embedded": (Embedded(Path("x")), SEEN, OK, "needs none"),
    },
)
def test_where_the_key_comes_from(target: Remote, seen: Any, verdict: Verdict, words: str) -> None:
    checks = judged(target, seen)
    holds(checks["key"], verdict, words)
    if isinstance(seen, ToolError):
        assert checks["endpoint"].found == checks["list"].found == "not checked: there is no key"


def test_proxy_settings_that_are_not_usable_are_no_matter_of_the_key() -> None:
    checks = judged(Remote("http://x/v1", Key("NAME")), UnreachedError("the proxy settings are not usable"))
    assert (checks["key"].verdict, checks["list"].found) == (OK, "not checked: the endpoint was not reached")
    holds(checks["endpoint"], FAILED, "the proxy settings are not usable")


def test_a_database_that_cannot_be_had_is_no_matter_of_the_key() -> None:
    checks = judged(Embedded(Path("x")), ToolError("x cannot be written"))
    assert (checks["key"].verdict, checks["list"].found) == (OK, "not checked: the endpoint could not be opened")
    holds(checks["endpoint"], FAILED, "x cannot be written")


# --- metadata


@cases(
    "rows verdict words",
    {
        "none there": ((), UNKNOWN, "--probe makes one"),
        "none that holds any": ((row(1), row(2, metadata={})), UNKNOWN, "--probe makes one"),
        "a mark": ((row(1), MARKED), OK, "with this tool's mark"),
        "another's": ((row(1, metadata={"team": "x"}),), OK, "some assistants there have it"),
    },
)
def test_metadata_without_a_probe(rows: tuple[Object, ...], verdict: Verdict, words: str) -> None:
    with scripted(Server(*rows)) as server:
        holds(examined(server.url)["metadata"], verdict, words)
    assert {one.method for one in server.requests} == {"GET"}


def forgets(body: Object) -> Object:
    return {name: one for name, one in body.items() if name != "metadata"}


AFTER = {"X-After": "1"}


@cases(
    "server metadata probed words left",
    {
        "well": (Server(), OK, OK, "by its id and in the list", 0),
        "drops metadata": (Server(keep=forgets), FAILED, OK, "did not keep what the probe held", 0),
        "no GET by id": (Server(GET_one=error(405)), FAILED, OK, "405", 0),
        "does not find it": (Server(GET_one=error(404)), FAILED, OK, "does not find asst_probe", 0),
        "500 by id": (Server(GET_one=error(500)), UNKNOWN, OK, "not checked: GET", 0),
        "does not list it": (Server(GET_list=listed()), FAILED, OK, "the list does not show", 0),
        "lists it without": (Server(GET_list=listed(row(1, id="asst_probe"))), FAILED, OK, "the list does not show", 0),
        "lists a part": (Server(GET_list=STUCK), UNKNOWN, OK, "may be incomplete", 0),
        "refuses deletes": (Server(DELETE_one=error(403)), OK, FAILED, "assistants delete asst_probe --unmanaged", 1),
        "has no deletes": (Server(DELETE_one=error(404)), OK, FAILED, "so by other means delete it by other means", 1),
        "refuses creates": (Server(POST_list=error(400, "no model")), UNKNOWN, UNKNOWN, "it was not made: POST", 0),
        "loses the answer": (Server(POST_list=Answer(cut=True, headers=AFTER)), UNKNOWN, OK, "and deleted again", 0),
        "fails first": (Server(POST_list=error(500)), UNKNOWN, UNKNOWN, "may have been made", 0),
        "loses it, no deletes": (
            Server(POST_list=Answer(500, headers=AFTER), DELETE_one=error(403)),
            UNKNOWN,
            FAILED,
            "asst_probe was made, but could not be deleted",
            1,
        ),
    },
)
def test_probes(server: Server, metadata: Verdict, probed: Verdict, words: str, left: int) -> None:
    with scripted(server) as running:
        checks = examined(running.url, probing=True)
    assert (checks["metadata"].verdict, checks["probe"].verdict) == (metadata, probed)
    assert words in " ".join(f"{checks[name].found} {checks[name].advice}" for name in ("metadata", "probe"))
    assert len(server.rows) == left
    posts = [one for one in running.requests if one.method == "POST"]
    assert len(posts) == 1
    assert MARK_KEY not in posts[0].body["metadata"]  # what is left over, apply never takes for its own
    server.rows.clear()


def test_the_probe_says_what_it_is_and_holds_as_much_as_a_mark() -> None:
    first, second = (probe_body((), SEEN) for _ in range(2))
    assert first["name"] != second["name"]
    assert "probe" in first["name"]
    assert [len(one) for one in first["metadata"].values()] == [models.METADATA_VALUE_MAX]
    assert first["model"] == "gpt-4o"
    assert probe_body((wanted("a", model="mine"),), SEEN)["model"] == "mine"
    assert probe_body((), Seen(Listing(()), {"whisper-1": Offer(), "theirs": Offer()}))["model"] == "theirs"


class Stopping:
    """An endpoint during whose create somebody presses Ctrl-C."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop, self.log = stop, list[str]()

    async def create(self, body: Object) -> Assistant:
        self.log.append("create")
        self.stop.set()
        return Assistant({**body, "id": "asst_probe"})

    async def get(self, assistant_id: str) -> Assistant | None:
        raise AssertionError(assistant_id)

    async def checked(self, listing: Listing) -> Listing:
        return listing

    async def listing(self) -> Listing:
        raise AssertionError

    async def models(self) -> Served:
        raise AssertionError

    async def checked_listing(self, known: Sequence[str] = ()) -> Listing:
        raise AssertionError(known)

    def room(self) -> int:
        raise AssertionError

    async def update(self, assistant_id: str, body: Object) -> Assistant:
        raise AssertionError(assistant_id, body)

    async def delete(self, assistant_id: str) -> None:
        self.log.append(f"delete {assistant_id}")


def test_a_probe_that_is_stopped_is_deleted_all_the_same() -> None:
    async def run() -> tuple[Probe, list[str]]:
        stop = asyncio.Event()
        endpoint = Stopping(stop)
        typed: ServingEndpoint = endpoint
        return await probe(typed, probe_body((), SEEN), stop), endpoint.log

    done, log = asyncio.run(run())
    assert log == ["create", "delete asst_probe"]
    checks = judged(REMOTE, Seen(Listing(()), {}, done))
    assert (checks["metadata"].found, checks["probe"].verdict) == ("not checked: the probe was interrupted", OK)


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_probe_behind(which: signal.Signals) -> None:
    created, go_on = threading.Event(), threading.Event()
    server = Server()

    def script(request: Request) -> Answer:
        answer = server(request)
        if request.method == "POST":
            created.set()
            go_on.wait(10)
        return answer

    with scripted(script) as running:
        words = [sys.executable, "-m", "assistants_tool", "doctor", "--probe", "--base-url", running.url]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            assert created.wait(20)
            os.kill(process.pid, which)
            assert process.stderr is not None
            assert "Stopping" in process.stderr.readline()
        finally:
            go_on.set()
            stdout, _ = process.communicate(timeout=20)
    assert (process.returncode, server.rows) == (130, {})
    assert "asst_probe was made, and deleted again" in stdout


# --- definitions, models, days


GONE = Answer(404, {"detail": "Not Found"})


@cases(
    "answer model verdict words",
    {
        "served": (MODELS, "m", OK, "served: m (a)"),
        "not served": (MODELS, "gpt", FAILED, "not among the 2 that the endpoint lists: gpt (a)"),
        "nearly served": (MODELS, "ol", FAILED, "for ol there is 'old'"),
        "a bare list": (Answer(body=[{"id": "m"}]), "m", OK, "served"),
        "no such list": (GONE, "m", UNKNOWN, "404"),
        "no such verb": (error(405), "m", UNKNOWN, "405 no -> the first apply"),  # no word of proxies with three verbs
        "an empty list": (listed(), "m", UNKNOWN, "none at all"),
        "no list": (Answer(body={"data": {"m": 1}}), "m", UNKNOWN, "not a list of models"),
        "rows without an id": (Answer(body=["m"]), "m", UNKNOWN, "not a list of models"),
        "HTML": (HTML, "m", UNKNOWN, "instead of JSON"),
        "cut": (Answer(cut=True), "m", UNKNOWN, "the connection was cut"),
    },
)
def test_models(answer: Answer, model: str, verdict: Verdict, words: str) -> None:
    with scripted(Server(GET_models=answer)) as server:
        checks = examined(server.url, definitions=(wanted("a", model=model),))
    holds(checks["models"], verdict, words)
    assert checks["list"].verdict is OK


def test_a_model_from_a_variable_is_named_by_it() -> None:
    definition = wanted("a", model="secretly", variables={("model",): "MODEL"})
    text = str(
        judged(REMOTE, Seen(Listing(()), {"secretl": Offer(datetime.date(2026, 1, 1))}), definitions=(definition,))
    )
    assert "env:MODEL (a)" in text
    assert "secretly" not in text


BROKEN = DefinitionError([Problem("a.yaml", 1, 1, "unknown field"), Problem("b.yaml", 1, 1, "other")])


@cases(
    "definitions verdict words",
    {
        "none": ((), UNKNOWN, "there are none"),
        "one": ((wanted("a", model="m"),), OK, "1 definition"),
        "broken": (BROKEN, FAILED, "2 problems; the first: a.yaml:1:1: unknown field -> `assistants validate`"),
    },
)
def test_definitions(definitions: Any, verdict: Verdict, words: str) -> None:
    checks = judged(REMOTE, Seen(Listing(()), {"m": Offer()}), definitions=definitions)
    holds(checks["definitions"], verdict, words)
    assert checks["models"].verdict is checks["shutdown dates"].verdict is (OK if verdict is OK else UNKNOWN)


@cases(
    "url today answers verdict words",
    {
        "OpenAI": ("https://api.openai.com/v1", TODAY, False, FAILED, "OpenAI and Azure OpenAI switched"),
        "Azure OpenAI": ("https://a.openai.azure.com/openai", TODAY, False, FAILED, "on 2026-08-26"),
        "OpenAI on the day": ("https://api.openai.com/v1", datetime.date(2026, 8, 26), False, FAILED, "2026-08-26"),
        "OpenAI before": ("https://api.openai.com/v1", datetime.date(2026, 8, 25), False, OK, "2026-08-26, in 1 day"),
        "OpenAI, alive": ("https://api.openai.com/v1", TODAY, True, UNKNOWN, "but the list still answers"),
        "Foundry": ("https://a.services.ai.azure.com/api/projects/p", TODAY, True, OK, "2027-03-31, in 128 days"),
        "Foundry after": ("https://a.services.ai.azure.com/x", datetime.date(2027, 4, 1), False, FAILED, "2027-03-31"),
        "a host that ends alike": (
            "https://notopenai.com/v1",
            TODAY,
            True,
            OK,
            "no shutdown date known for notopenai.com",
        ),
    },
)
def test_retirement(url: str, today: datetime.date, answers: bool, verdict: Verdict, words: str) -> None:
    seen = SEEN if answers else NO_ANSWER
    holds(judged(Remote(url), seen, today=today)["retirement"], verdict, words)


DAY = datetime.date(2026, 12, 24)


@cases(
    "model served verdict words",
    {
        "nobody knows": ("m", {"m": Offer()}, OK, "none is known"),
        "the endpoint, past": ("m", {"m": Offer(TODAY)}, FAILED, "the endpoint says that it shut down m on 2026-11-23"),
        "the endpoint, coming": ("m", {"m": Offer(DAY)}, OK, "m on 2026-12-24, in 31 days"),
        "OpenAI, past": ("gpt-4", {}, UNKNOWN, "OpenAI shut down gpt-4 on 2026-10-23; the endpoint names no day"),
        "OpenAI, coming": ("gpt-4o", EndpointError("no"), OK, "gpt-4o (OpenAI's) on 2027-01-14, in 52 days"),
        "the endpoint's word counts": ("gpt-4", {"gpt-4": Offer(DAY)}, OK, "gpt-4 on 2026-12-24"),
    },
)
def test_shutdown_dates(model: str, served: Any, verdict: Verdict, words: str) -> None:
    checks = judged(REMOTE, Seen(Listing(()), served), definitions=(wanted("a", model=model),))
    holds(checks["shutdown dates"], verdict, words)


FOUNDRY = "https://a.services.ai.azure.com/api/projects/p"
TOKEN = Key(scope="https://ai.azure.com/.default")
REFUSED_ROLE = EndpointError("GET x: 401 No; " + KINDS["foundry"].refusals[0].advice, known="role")
LISTED = Listing(())


@cases(
    "seen expected",
    {
        "well": (Seen(LISTED, {}), (OK, OK, OK)),
        "no role": (Seen(REFUSED_ROLE, {}), (UNKNOWN, UNKNOWN, FAILED)),
        "no role to write": (Seen(LISTED, {}, Probe({}, REFUSED_ROLE)), (OK, OK, FAILED)),
        "another version": (Seen(EndpointError("400 no", known="api-version"), {}), (FAILED, UNKNOWN, UNKNOWN)),
        "another audience": (Seen(EndpointError("401 no", known="audience"), {}), (UNKNOWN, FAILED, UNKNOWN)),
        "another error": (Seen(EndpointError("500 no"), {}), (UNKNOWN, UNKNOWN, UNKNOWN)),
        "nothing": (UnreachedError("no"), (UNKNOWN, UNKNOWN, UNKNOWN)),
    },
)
def test_foundry_is_asked_for_its_own(seen: Any, expected: tuple[Verdict, ...]) -> None:
    checks = judged(Remote(FOUNDRY, TOKEN), seen)
    assert tuple(checks[name].verdict for name in ("api-version", "audience", "role")) == expected
    assert "beta header" not in checks
    if expected[2] is FAILED:
        assert checks["role"] == Check("role", FAILED, "GET x: 401 No", KINDS["foundry"].refusals[0].advice)
    assert "role" not in judged(REMOTE, seen)


@cases(
    "model served verdict words",
    {
        "deployed": ("team", {"team": Offer(None, "gpt-4o")}, OK, "served: team (a)"),
        "not deployed": ("teem", {"team": Offer(None, "gpt-4o")}, FAILED, "for teem there is 'team'"),
    },
)
def test_a_model_has_to_be_deployed(model: str, served: Any, verdict: Verdict, words: str) -> None:
    checks = judged(Remote(FOUNDRY, TOKEN), Seen(LISTED, served), definitions=(wanted("a", model=model),))
    holds(checks["models"], verdict, words)


def test_the_day_of_a_deployment_is_that_of_its_model() -> None:
    definitions = (wanted("a", model="gpt-4"), wanted("b", model="team"))  # the first is somebody's name for another
    served = {"gpt-4": Offer(None, "theirs"), "team": Offer(None, "gpt-4o")}
    checks = judged(Remote(FOUNDRY, TOKEN), Seen(LISTED, served), definitions=definitions)
    said = "Microsoft shut down team on 2026-10-01; the endpoint names no day -> deploy other models, unless Microsoft"
    holds(checks["shutdown dates"], UNKNOWN, said)
    assert "gpt-4 " not in checks["shutdown dates"].found
    holds(
        judged(Remote(FOUNDRY, TOKEN), Seen(LISTED, {}), definitions=definitions)["shutdown dates"], OK, "none is known"
    )


def test_the_probe_takes_a_model_that_is_deployed() -> None:
    served = {"text": Offer(None, "text-embedding-3-small"), "team": Offer(None, "gpt-4o")}
    assert probe_body((), Seen(LISTED, served), KINDS["foundry"].takes)["model"] == "team"
    named = (wanted("a", model="text-embedding-team-chat"),)
    assert probe_body(named, Seen(LISTED, served), KINDS["foundry"].takes)["model"] == "text-embedding-team-chat"


@cases(
    "endpoint words",
    {
        "behind a gateway": (
            Remote("http://x/v1", named=KINDS["foundry"]),
            "(classic) ends /assistants on 2027-03-31, in 128 days",
        ),
        "rehearsed": (
            Embedded.of(Path("x"), KINDS["foundry"]),
            "(classic), which it acts as, ends /assistants on 2027-03-31, in 128",
        ),
    },
)
def test_the_days_until_foundry_ends(endpoint: Embedded | Remote, words: str) -> None:
    holds(judged(endpoint, SEEN)["retirement"], OK, words)


def test_the_embedded_endpoint_knows_no_days_and_takes_any_model() -> None:
    checks = judged(Embedded(Path("x")), SEEN, definitions=(wanted("a", model="gpt-4"),))
    assert {checks[name].verdict for name in ("models", "retirement", "shutdown dates")} == {OK}


# --- the command


def test_the_embedded_endpoint_with_and_without_definitions(cli: Cli, write: Write) -> None:
    bare = cli("doctor", "--embedded")
    assert bare.exit_code == 0
    assert "unknown  definitions     there are none\n" in bare.stdout
    assert bare.stdout.startswith("Target: embedded endpoint")
    write({"assistants/a.yaml": "model: gpt-4o\n"})
    probed = cli("doctor", "--embedded", "--probe")
    assert (probed.exit_code, probed.stderr) == (0, "")
    assert probed.stdout.endswith("\n10 ok, 0 failed, 0 unknown.\n")
    assert cli("list", "--embedded").stderr.startswith("No assistants at embedded endpoint")
    write({"assistants/a.yaml": "modle: gpt-4o\n"})
    broken = cli("doctor", "--embedded")
    assert broken.exit_code == 1
    assert "`assistants validate`" in broken.stdout
    assert cli("doctor", "--embedded", "-f", "nix").exit_code == 1


def test_json_for_programs(cli: Cli) -> None:
    found = json.loads(cli("doctor", "--embedded", "-o", "json").stdout)
    assert found[0] == {"name": "key", "verdict": "ok", "found": "the embedded endpoint needs none", "advice": ""}
    assert {tuple(one) for one in found} == {("name", "verdict", "found", "advice")}
    assert {one["verdict"] for one in found} == {"ok", "unknown"}


def test_the_page_shows_what_it_prints(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANTS_API_KEY", KEY)
    monkeypatch.setattr("assistants_tool.cli.doctor.utc_today", lambda: TODAY)
    with scripted(Server(GET_models=Answer(body={"object": "list", "data": [{"id": "gpt-4o"}]}))) as server:
        endpoint = f"{{base_url: {server.url}, api_key: {{env: ASSISTANTS_API_KEY}}}}"
        write({"assistants/project.yaml": f"project: acme\nenvironments: {{production: {{endpoint: {endpoint}}}}}\n"})
        write({"assistants/support.yaml": "model: gpt-4o\n"})
        found = cli("doctor", "-e", "production")
    page = (REPOSITORY / "docs" / "interop.md").read_text(encoding="utf-8")
    said = found.stdout.replace(server.url, "https://assistants.example.com/v1").replace(
        "127.0.0.1", "assistants.example.com"
    )
    assert f"$ assistants doctor -e production\n{said}```" in page
    assert found.exit_code == 0


REPEATING: Mapping[str, Script] = {
    "refused": lambda _: error(401, f"Incorrect API key provided: {KEY}"),
    "moved": lambda _: Answer(302, {}, {"Location": f"http://x/{KEY}"}),
    "well": Server(MARKED),
    "nobody": lambda _: Answer(cut=True),
}


@cases("script", REPEATING)
def test_the_key_appears_nowhere(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
    monkeypatch.setenv("PLANTED", KEY)
    monkeypatch.setattr("assistants_tool.cli.doctor.PATIENCE", QUICK_COMMAND)
    with scripted(script) as server:
        endpoint = f"{{base_url: {server.url}, api_key: {{env: PLANTED}}, headers: {{X-T: {{env: PLANTED}}}}}}"
        write({"assistants/project.yaml": f"environments: {{production: {{endpoint: {endpoint}}}}}\n"})
        for more in ((), ("--probe",), ("-o", "json"), ("-v",)):
            found = cli("doctor", "-e", "production", *more)
            assert KEY not in found.output + found.stderr
            assert "PLANTED" in found.stdout
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_without_probe_nothing_but_get_is_sent(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\n"})
    with scripted(Server()) as server:
        assert cli("doctor", "--base-url", server.url).exit_code == 0
    assert server.lines == ["GET /v1/assistants?limit=100&order=asc", "GET /v1/models"]


def test_without_a_key_nothing_is_sent(cli: Cli, write: Write) -> None:
    with scripted(Server()) as server:
        endpoint = f"{{base_url: {server.url}, api_key: {{env: NOT_SET}}}}"
        write({"assistants/project.yaml": f"environments: {{production: {{endpoint: {endpoint}}}}}\n"})
        found = cli("doctor", "-e", "production", "--probe")
    assert (found.exit_code, server.requests) == (1, [])
    assert "failed   key             the variable 'NOT_SET' gives no key" in found.stdout


def test_what_a_server_says_cannot_reach_the_terminal_raw(cli: Cli) -> None:
    evil = Server(POST_list=Answer(body={"id": "asst_\x1b[2J\nok  list", "object": "assistant"}), DELETE_one=error(403))
    with scripted(evil) as server:
        for output in ("table", "json"):
            found = cli("doctor", "--base-url", server.url, "--probe", "-o", output)
            assert found.exit_code == 1
            assert "\x1b" not in found.stdout
            assert not any(line.startswith("ok  list") for line in found.stdout.splitlines())
