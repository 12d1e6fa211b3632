"""Sending a request, with all that may go wrong: retries where they are safe, one pace for all, every failure a sentence with a fate."""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2

from assistants_tool.endpoint.failures import NO_KEY, REDIRECTS, SERVER_FAILED, Failures, codes_of, retry_after, said_by
from assistants_tool.endpoint.height import Height
from assistants_tool.endpoint.patience import FOR_IDEMPOTENT, Pace, ThrottledError, persistently
from assistants_tool.endpoint.wire import Call
from assistants_tool.errors import EndpointError, Fate, ToolError
from assistants_tool.objects.jsontext import read_json
from assistants_tool.project.kinds import OPENAI
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Answer, Wire
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.payload import Body
    from assistants_tool.project.kinds import Kind


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `of_one`: its path is that of one object, so that what is missing is the object. `advice` is what to add where it is
    refused with a fate. `headers` are beside those of the dialect.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    of_one: bool = False
    advice: Mapping[Fate, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Requests of one kind are alike in how long they take."""
        return f"{self.method} {'one' if self.of_one else self.path}"


class Sender:
    """Sends the requests of one dialect. The wire's keys never appear in a message or a trace; `shown` is how messages name the endpoint;
    `headers` are those of the dialect; `kind` knows how such a server refuses.
    """

    def __init__(
        self, wire: Wire, shown: str, connection: Connection, headers: Mapping[str, str], kind: Kind = OPENAI
    ) -> None:
        self.shown, self.kind = shown, kind
        self.tell = connection.tell
        self._wire, self._headers, self._hidden = wire, headers, connection.hidden
        self._held: Callable[[], Redaction] = lambda: NOTHING
        self._words = (NOTHING, NOTHING, NOTHING), Failures(NOTHING)
        self._trace, self._timeout, self._patience = connection.trace, connection.timeout, connection.patience
        height = Height(connection.parallelism, connection.timeout / 4)
        self._pace = Pace(connection.patience, height, connection.tell, connection.say)

    async def _failures(self) -> Failures:
        """The words for failures, which hold no key that was sent by now, and no value of a variable, be it of an earlier apply.

        What they must not hold may have to be waited for.
        """
        hidden = self._wire.keys, self._held(), await self._hidden()
        if any(one is not other for one, other in zip(hidden, self._words[0], strict=True)):  # they may be many to join
            self._words = hidden, Failures(hidden[0] | hidden[1] | hidden[2])
        return self._words[1]

    def heard(self, assistants: Iterable[Assistant]) -> None:
        """From now on no message holds what nobody is told of these: a server may repeat what it holds, or what is sent back to it."""
        self._held = functools.cache(
            lambda: Redaction.of({text: shown for held in assistants for text, shown in held.untold.items()})
        )

    def stop_waiting(self) -> None:
        """From now on nothing waits for the rate limit: what was not taken is given back as not done."""
        self._pace.end()

    def room(self) -> int:
        """How many requests may be on their way."""
        return self._pace.room()

    def where(self, request: Request) -> str:
        return f"{request.method} {self.shown}{request.path}"

    async def send(self, request: Request, again: frozenset[Fate] = FOR_IDEMPOTENT) -> Any:
        """The JSON of the answer, or None where it is empty. Sent again after failures of the fates `again`.

        Raises EndpointError, whose fate says what became of the request.
        """
        return await persistently(lambda: self._once(request), self._pace, self._patience, again, request.kind)

    async def _once(self, request: Request) -> Any:
        started = time.perf_counter()
        said = "no answer"
        try:
            answer = await self._answer(request)
            said = str(answer.status)
        finally:
            if self._trace:
                took = (time.perf_counter() - started) * 1000
                self._trace(f"{request.method} {request.path}{_shown_query(request.query)} -> {said} in {took:.0f} ms")
        if 200 <= answer.status < 300:
            return await self._json(answer, request)
        raise await self._refusal(answer, request)

    async def _answer(self, request: Request) -> Answer:
        """Raises EndpointError where there is none."""
        where = self.where(request)
        call = Call(
            request.method, request.path, request.query, self._content(request), {**self._headers, **request.headers}
        )
        try:
            async with asyncio.timeout(self._timeout):
                return await self._wire.send(call)
        except ToolError as error:  # there is no key any more
            raise EndpointError(f"{where}: {error}") from None
        except (httpx2.RequestError, httpx2.InvalidURL, ssl.SSLError) as error:
            raise (await self._failures()).unreached(error, where) from None
        except TimeoutError:
            raise (await self._failures()).timed_out(where) from None
        except UnicodeEncodeError:
            advice = "check the key, the headers and OPENAI_CUSTOM_HEADERS"
            raise EndpointError(f"{where}: a header holds a character that cannot be sent; {advice}") from None
        except Exception as error:  # noqa: BLE001 - networks raise anything, and the SDK reads an error in whatever encoding it names
            raise (await self._failures()).unreadable(error, where) from None

    def _content(self, request: Request) -> bytes | None:
        """The body as JSON in UTF-8."""
        if request.body is None:
            return None
        try:
            return json.dumps(request.body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        except UnicodeEncodeError:
            said = "the text holds a character that cannot be sent; correct it"
            raise EndpointError(f"{self.where(request)}: {said}") from None

    async def _json(self, answer: Answer, request: Request) -> Any:
        if not answer.content.strip():
            return None
        try:
            return read_json(answer.taken())
        except ValueError:
            fate = Fate.REJECTED if request.method == "GET" else Fate.AMBIGUOUS
            said = (await self._failures()).no_json(answer, self.where(request))
            raise EndpointError(said, fate) from None

    async def _refusal(self, answer: Answer, request: Request) -> EndpointError:
        code, said = said_by(answer)
        where, status, failures = self.where(request), answer.status, await self._failures()
        message, codes = f"{where}: {status} {failures.clean(said)}".rstrip(), codes_of(answer, code)
        if status == 429 and "insufficient_quota" not in codes:
            return ThrottledError(message, retry_after(answer.headers))
        if status in REDIRECTS:
            return EndpointError(failures.redirected(answer, where))
        fate = _fate(status, said, request)
        without_key = status == 401 and not self._wire.keys.texts
        usual = None if without_key else self.kind.refusal(status, codes, said)
        advice = usual.advice if usual else request.advice.get(fate, self._advice(status, fate, request))
        # Behind a gateway, which answers with the others, the server may be at work still.
        ended = status == 500
        told = f"{message.rstrip(' .')}; {advice}" if advice else message
        return EndpointError(told, fate, ended=ended, known=usual.name if usual else "")

    def _advice(self, status: int, fate: Fate, request: Request) -> str:
        """What to do, as far as the status tells it; empty where it does not."""
        # What became of a write is for its outcome to say, which knows what settles it.
        if status >= 500 and fate.in_doubt and request.method == "GET":
            return SERVER_FAILED
        return (_ADVICE if self._wire.keys.texts else _WITHOUT_KEY).get(status, "").format(key=self._wire.key_called)


_PROXY = {
    407: "the proxy asks for a user and a password: write them into its address, as http://USER:PASSWORD@HOST in HTTP_PROXY or HTTPS_PROXY"
}
_ADVICE = {
    **_PROXY,
    401: "{key} was refused: check it",
    403: "{key} does not allow this: check its permissions",
}
_NAME_IT = f"{NO_KEY}: name it in project.yaml (api_key: {{{{env: NAME}}}}), or set OPENAI_API_KEY"
_WITHOUT_KEY = {**dict.fromkeys(_ADVICE, _NAME_IT), **_PROXY}


def _fate(status: int, said: str, request: Request) -> Fate:
    """Of a request that is refused for good."""
    bad_id = request.of_one and request.method == "GET" and "invalid" in said.lower() and " id" in f" {said.lower()}"
    if status in (404, 410) or (status == 400 and bad_id):
        return Fate.MISSING
    if status in (405, 501):
        return Fate.NO_VERB
    return Fate.AMBIGUOUS if status >= 500 or status == 408 else Fate.REJECTED


def _shown_query(query: Mapping[str, str]) -> str:
    return f"?{urllib.parse.urlencode(query)}" if query else ""


def step(found_id: str) -> str:
    """An id as a step of a path. Raises EndpointError for one that no path can hold."""
    try:
        quoted = urllib.parse.quote(found_id, safe="")
    except UnicodeEncodeError:
        quoted = ""
    if quoted in ("", ".", ".."):  # the last two would lead elsewhere
        raise EndpointError(f"no path can hold the id {found_id!a}; manage this assistant by other means")
    return quoted
