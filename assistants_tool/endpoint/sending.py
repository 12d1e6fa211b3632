"""Sending a request, with all that may go wrong: retries where they are safe, one pace for all, every failure a sentence with a fate."""

from __future__ import annotations

import asyncio
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import openai

from assistants_tool.endpoint.failures import REDIRECTS, Failures, codes_of, retry_after, said_by
from assistants_tool.endpoint.patience import FOR_IDEMPOTENT, Pace, ThrottledError, persistently
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.jsontext import read_json

if TYPE_CHECKING:
    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Wire
    from assistants_tool.objects.payload import Body
    from assistants_tool.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `of_one`: its path is that of one object, so that what is missing is the object. `advice` is what to add where it is
    refused with a fate.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    of_one: bool = False
    advice: Mapping[Fate, str] = field(default_factory=dict)


class Sender:
    """Sends the requests of one dialect. `keys` never appear in a message or a trace; `shown` is how messages name the endpoint; `headers`
    are those of the dialect.
    """

    def __init__(
        self, wire: Wire, shown: str, keys: Redaction, connection: Connection, headers: Mapping[str, str]
    ) -> None:
        self.shown = shown
        self.failures = Failures(keys | connection.hidden)
        self.tell = connection.tell
        self._client, self._headers = wire.client, {**wire.headers, **headers}
        self._trace, self._timeout, self._patience = connection.trace, connection.timeout, connection.patience
        self._pace = Pace(connection.patience, connection.parallelism, connection.tell, connection.say)

    def stop_waiting(self) -> None:
        """From now on nothing waits for the rate limit: what was not taken is given back as not done."""
        self._pace.end()

    def where(self, request: Request) -> str:
        return f"{request.method} {self.shown}{request.path}"

    async def send(self, request: Request, again: frozenset[Fate] = FOR_IDEMPOTENT) -> Any:
        """The JSON of the answer, or None where it is empty. Sent again after failures of the fates `again`.

        Raises EndpointError, whose fate says what became of the request.
        """
        return await persistently(lambda: self._once(request), self._pace, self._patience, again)

    async def _once(self, request: Request) -> Any:
        started = time.perf_counter()
        said, where = "no answer", self.where(request)
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._verb(request)
            said = str(response.status_code)
        except openai.APIStatusError as error:
            said = str(error.status_code)
            raise self._refusal(error.response, request) from None
        except openai.APIConnectionError as error:
            raise self.failures.unreached(error, where) from None
        except TimeoutError:
            raise self.failures.timed_out(where) from None
        except UnicodeEncodeError:
            what = "a header" if request.body is None else "the text"
            advice = "check the headers and OPENAI_CUSTOM_HEADERS" if request.body is None else "correct it"
            raise EndpointError(f"{where}: {what} holds a character that cannot be sent; {advice}") from None
        except Exception as error:  # noqa: BLE001 - the SDK reads an error in whatever encoding it names, and codecs raise anything
            raise self.failures.unreadable(error, where) from None
        else:
            return self._json(response, request)
        finally:
            if self._trace:
                took = (time.perf_counter() - started) * 1000
                self._trace(f"{request.method} {request.path}{_shown_query(request.query)} -> {said} in {took:.0f} ms")

    async def _verb(self, request: Request) -> httpx2.Response:
        options: Any = {"headers": self._headers, "params": dict(request.query)}
        if request.method == "POST":
            return await self._client.post(request.path, cast_to=httpx2.Response, body=request.body, options=options)
        # Some servers refuse a DELETE that names a content type and has no content.
        options["headers"] = {**self._headers, "Content-Type": openai.omit}
        verb = self._client.get if request.method == "GET" else self._client.delete
        return await verb(request.path, cast_to=httpx2.Response, options=options)

    def _json(self, response: httpx2.Response, request: Request) -> Any:
        if not response.content.strip():
            return None
        try:
            return read_json(response.content)
        except ValueError:
            fate = Fate.REJECTED if request.method == "GET" else Fate.AMBIGUOUS
            raise EndpointError(self.failures.no_json(response, self.where(request)), fate) from None

    def _refusal(self, response: httpx2.Response, request: Request) -> EndpointError:
        code, said = said_by(response)
        where, status = self.where(request), response.status_code
        message = f"{where}: {status} {self.failures.clean(said)}".rstrip()
        if status == 429 and "insufficient_quota" not in codes_of(response, code):
            return ThrottledError(message, retry_after(response.headers))
        if status in REDIRECTS:
            return EndpointError(self.failures.redirected(response, where))
        fate = _fate(status, said, request)
        return EndpointError(f"{message}{request.advice.get(fate, _ADVICE.get(status, ''))}", fate)


_ADVICE = {
    401: "; check the key",
    403: "; check the key and what it may do",
}


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
        raise EndpointError(
            f"no path can hold the id {found_id!a}; this assistant has to be looked after by other means"
        )
    return quoted
