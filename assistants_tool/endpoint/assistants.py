"""`/v1/assistants` over the OpenAI SDK, on any server: raw JSON in and out, and every failure a sentence with a fate.

The SDK's low-level verbs are used, not its assistants resource: they keep its authentication and connection pool, hand back what was on the
wire, and do not go when the deprecated resource goes. Its retries are off, because it repeats a POST whose answer was lost, and with no
idempotency key that makes a second assistant.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import ssl
import time
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx2
import openai
from openai import AsyncOpenAI

from assistants_tool.endpoint.failures import REDIRECTS, Failures, codes_of, retry_after, said_by
from assistants_tool.endpoint.patience import FOR_CREATE, FOR_IDEMPOTENT, Pace, ThrottledError, persistently
from assistants_tool.errors import EndpointError, Fate, UnreachedError
from assistants_tool.models import PAGE_DEFAULT, PAGE_MAX, retirement
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.canonical import read_json

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from assistants_tool.endpoint import Connection
    from assistants_tool.objects.payload import Body
    from assistants_tool.project.target import Remote
    from assistants_tool.redaction import Redaction

_BETA = {"OpenAI-Beta": "assistants=v2"}
_PATH = "/assistants"


@dataclass(frozen=True, slots=True)
class Wire:
    """An open SDK client, and the headers of every request. The SDK lets Authorization be left out by the single request only."""

    client: AsyncOpenAI
    headers: Mapping[str, Any]


@contextlib.asynccontextmanager
async def in_process(app: Starlette) -> AsyncIterator[Wire]:
    """A client whose server is an app in this process: no socket, no port."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport) as http:
        yield _wire("http://embedded/v1", None, {}, {}, http, ambient=False)


@contextlib.asynccontextmanager
async def over_http(
    target: Remote, key: str | None, headers: Mapping[str, str], connection: Connection
) -> AsyncIterator[Wire]:
    """A client for a server. It follows no redirect: a key must not go where no one sent it, and a POST would become a GET."""
    limits = httpx2.Limits(max_connections=connection.parallelism, max_keepalive_connections=connection.parallelism)
    # A connection is given up before the whole answer is, so that what was never sent is not taken for what may have happened.
    timeout = httpx2.Timeout(connection.timeout, connect=min(connection.timeout / 2, 10.0))
    try:
        verify = _certificates(target.base_url)
        http = httpx2.AsyncClient(limits=limits, timeout=timeout, follow_redirects=False, verify=verify)
    except (ValueError, OSError, httpx2.InvalidURL):
        # Not what is wrong with them: a proxy's address may hold a password.
        raise UnreachedError(
            "the proxy or certificate settings in the environment are not usable; correct HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, "
            "NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None
    except ImportError:
        raise EndpointError("a SOCKS proxy needs the Python package socksio; install it beside this tool") from None
    async with http:
        yield _wire(target.base_url, key, headers, target.query, http, ambient=target.ambient)


def _certificates(base_url: str) -> ssl.SSLContext | bool:
    """The usual ones; none where no TLS is to come, as reading them takes longer than a whole plan. With none, TLS fails."""
    plain = base_url.lower().startswith("http://") and not urllib.request.getproxies()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True


def _wire(
    base_url: str,
    key: str | None,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    http: httpx2.AsyncClient,
    *,
    ambient: bool,
) -> Wire:
    """`ambient`: whether OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS are meant for this server."""
    stated = {name.lower() for name in headers} | ({"authorization"} if key else set())
    others = () if ambient else (*_ORGANIZATION, *ambient_headers())
    # A name that is left out is left out in any spelling: OPENAI_CUSTOM_HEADERS may hold an Authorization, which must not take ours away.
    unmeant: dict[str, Any] = {name: openai.omit for name in others if name.lower() not in stated}
    own = {} if ambient or not key else {"Authorization": f"Bearer {key}"}
    client = AsyncOpenAI(
        base_url=base_url,
        api_key=key or "none",
        max_retries=0,
        default_headers={**unmeant, **own, **headers},
        default_query=query,
        http_client=http,
        timeout=http.timeout,
    )
    return Wire(client, _BETA if "authorization" in stated else {**_BETA, "Authorization": openai.omit})


_ORGANIZATION = ("OpenAI-Organization", "OpenAI-Project")


def ambient_headers() -> dict[str, str]:
    """What the SDK adds to every request from OPENAI_CUSTOM_HEADERS."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    return {name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}


class AssistantsEndpoint:
    """The five verbs. `keys` never appear in a message or a trace."""

    def __init__(
        self,
        wire: Wire,
        shown: str,
        keys: Redaction,
        connection: Connection,
    ) -> None:
        self._client, self._headers = wire.client, dict(wire.headers)
        self._shown, self._failures = shown, Failures(keys | connection.hidden)
        self._trace = connection.trace
        self._timeout = connection.timeout
        self._patience = connection.patience
        self._tell = connection.tell
        self._pace = Pace(connection.patience, connection.parallelism, connection.tell, connection.say)

    def stop_waiting(self) -> None:
        """From now on nothing waits for the rate limit: what was not taken is given back as not done."""
        self._pace.end()

    async def listing(self) -> Listing:
        """Every assistant, oldest first."""
        asked_at = time.monotonic()
        return replace(await self._walk(), asked_at=asked_at)

    async def _walk(self) -> Listing:
        """Every page in turn. Servers page wrongly in many ways, so only what they cannot get wrong is believed.

        Ascending, 100 a page, each id once; the walk goes on after a full page, after one that says there is more, and after one of exactly
        20 rows (the default of a server that ignores `limit`). A page that repeats what was seen means that the cursor is ignored; one
        that repeats some of it (other than the cursor's own row), that rows move between pages, so that some may never be seen.
        """
        found: dict[str, Assistant] = {}
        cursor = None
        fault = ""
        while True:
            try:
                rows, has_more = await self._page(cursor)
            except EndpointError as error:
                if cursor is None:
                    raise
                return Listing(tuple(found.values()), str(error))
            fresh = [one for one in rows if one.id not in found]
            if len(fresh) < sum(one.id != cursor for one in rows):
                fault = _REPEATS_SOME
            found.update((one.id, one) for one in fresh)
            self._tell(f"Listing: {len(found)} assistants so far")
            if not fresh:
                repeats = rows and (has_more or [one.id for one in rows] != [cursor])
                return Listing(tuple(found.values()), _REPEATS if repeats else fault)
            if not has_more and len(rows) not in (PAGE_MAX, PAGE_DEFAULT):
                return Listing(tuple(found.values()), fault)
            cursor = rows[-1].id

    async def _page(self, cursor: str | None) -> tuple[list[Assistant], bool]:
        query = {"limit": str(PAGE_MAX), "order": "asc", **({"after": cursor} if cursor else {})}
        try:
            answer = await self._send("GET", _PATH, query=query)
        except EndpointError as error:
            if error.fate is Fate.MISSING and cursor is None:
                raise EndpointError(
                    f"{self._shown} has no /assistants (404){self._retirement()}", Fate.MISSING
                ) from None
            raise
        rows = answer.get("data") if isinstance(answer, dict) else answer
        if not isinstance(rows, list) and not (rows is None and isinstance(answer, dict) and "data" in answer):
            raise EndpointError(
                f"GET {self._shown}{_PATH} answered something that is not a list of assistants; check base_url"
            )
        more = answer.get("has_more") if isinstance(answer, dict) else None
        return [self._assistant(one, "GET", _PATH) for one in rows or ()], more not in _NO_MORE

    def _retirement(self) -> str:
        ended = retirement(urllib.parse.urlsplit(self._shown).hostname or "")
        if ended and ended.day <= datetime.datetime.now(datetime.UTC).date():
            return (
                f": {ended.service} switched the Assistants API off on {ended.day}; use a server that still has it, "
                "or --embedded to try without one"
            )
        return "; check base_url, which often ends in /v1"

    async def get(self, assistant_id: str) -> Assistant | None:
        path = _one(assistant_id)
        try:
            answer = await self._send("GET", path)
        except EndpointError as error:
            if error.fate is Fate.MISSING:
                return None
            raise
        return None if answer is None else self._assistant(answer, "GET", path)

    async def create(self, body: Body) -> Assistant:
        answer = await self._send("POST", _PATH, body=body, again=FOR_CREATE)
        return await self._whole(self._assistant(answer, "POST", _PATH, Fate.AMBIGUOUS))

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        path = _one(assistant_id)
        try:
            answer = await self._send("POST", path, body=body)
        except EndpointError as error:
            if error.fate is Fate.MISSING and await self._is_seen(assistant_id):
                said = f"{assistant_id} is there, but this endpoint cannot update it ({error}); do so by other means"
                raise EndpointError(said, Fate.NO_VERB) from None
            raise
        return await self._whole(self._assistant(answer or {"id": assistant_id}, "POST", path, Fate.AMBIGUOUS))

    async def _whole(self, answered: Assistant) -> Assistant:
        """Some servers answer a write with less than the object; what they made of it is read then."""
        if "metadata" in answered.body:
            return answered
        try:
            return await self.get(answered.id) or answered
        except EndpointError as error:
            if error.fate is Fate.NO_VERB:
                return answered
            raise EndpointError(str(error), Fate.AMBIGUOUS) from None

    async def delete(self, assistant_id: str) -> None:
        """Servers answer a delete in many ways; what they answer to a GET afterwards is plain."""
        why: EndpointError | None = None
        try:
            answer = await self._send("DELETE", _one(assistant_id))
            if isinstance(answer, dict) and answer.get("deleted") is True:
                return
        except EndpointError as error:
            if error.fate not in (Fate.MISSING, Fate.NO_VERB, Fate.AMBIGUOUS, Fate.TIMED_OUT):
                raise
            why = error
        if await self._is_there(assistant_id, why):
            if why and why.fate.in_doubt:
                raise EndpointError(f"{why}; {assistant_id} is still there", why.fate, tries=why.tries, ended=why.ended)
            said = f" ({why})" if why else ""
            raise EndpointError(
                f"{assistant_id} is still there after a DELETE{said}: this endpoint cannot delete it; do so by other means",
                Fate.NO_VERB,
            )

    async def _is_seen(self, assistant_id: str) -> bool:
        with contextlib.suppress(EndpointError):
            return await self.get(assistant_id) is not None
        return False

    async def _is_there(self, assistant_id: str, why: EndpointError | None) -> bool:
        """After a DELETE that was answered oddly, or failed: `why`."""
        try:
            return await self.get(assistant_id) is not None
        except EndpointError as error:
            if why and not why.fate.in_doubt:
                raise
            said = f"{why or 'DELETE was answered oddly'}; whether {assistant_id} is gone could not be seen: {error}"
            raise EndpointError(said, Fate.AMBIGUOUS) from None

    async def models(self) -> dict[str, datetime.date | None]:
        """The ids of the models that the endpoint says it serves, with the day on which it says that one is shut down."""
        answer = await self._send("GET", "/models")
        rows = answer.get("data", answer) if isinstance(answer, dict) else answer
        if rows is None and isinstance(answer, dict):  # a server that serves none may say null
            rows = []
        if not isinstance(rows, list) or not all(isinstance(one, dict) and one.get("id") for one in rows):
            raise EndpointError(f"GET {self._shown}/models answered something that is not a list of models")
        return {str(one["id"]): _day(one.get("shutdown_date")) for one in rows}

    def _assistant(self, answer: Any, method: str, path: str, fate: Fate = Fate.REJECTED) -> Assistant:
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str) or not answer["id"]:
            raise EndpointError(
                f"{method} {self._shown}{path} answered something that is not an assistant; check base_url", fate
            )
        return Assistant(answer)

    # --- one request

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        again: frozenset[Fate] = FOR_IDEMPOTENT,
    ) -> Any:
        """One request, sent again where that is safe; its JSON, or None where the answer is empty."""
        return await persistently(
            lambda: self._once(method, path, query or {}, body), self._pace, self._patience, again
        )

    async def _once(self, method: str, path: str, query: Mapping[str, str], body: Body | None) -> Any:
        started = time.perf_counter()
        said, where = "no answer", f"{method} {self._shown}{path}"
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._verb(method, path, query, body)
            said = str(response.status_code)
        except openai.APIStatusError as error:
            said = str(error.status_code)
            raise self._refusal(error.response, method, path) from None
        except openai.APIConnectionError as error:
            raise self._failures.unreached(error, where) from None
        except TimeoutError:
            raise self._failures.timed_out(where) from None
        except UnicodeEncodeError:
            what = "a header" if body is None else "the text"
            advice = "check the headers and OPENAI_CUSTOM_HEADERS" if body is None else "correct it"
            raise EndpointError(f"{where}: {what} holds a character that cannot be sent; {advice}") from None
        except Exception as error:  # noqa: BLE001 - the SDK reads an error in whatever encoding it names, and codecs raise anything
            raise self._failures.unreadable(error, where) from None
        else:
            return self._json(response, method, path)
        finally:
            if self._trace:
                self._trace(
                    f"{method} {path}{_shown_query(query)} -> {said} in {(time.perf_counter() - started) * 1000:.0f} ms"
                )

    async def _verb(self, method: str, path: str, query: Mapping[str, str], body: Body | None) -> httpx2.Response:
        options: Any = {"headers": self._headers, "params": dict(query)}
        if method == "POST":
            return await self._client.post(path, cast_to=httpx2.Response, body=body, options=options)
        # Some servers refuse a DELETE that names a content type and has no content.
        options["headers"] = {**self._headers, "Content-Type": openai.omit}
        verb = self._client.get if method == "GET" else self._client.delete
        return await verb(path, cast_to=httpx2.Response, options=options)

    def _json(self, response: httpx2.Response, method: str, path: str) -> Any:
        if not response.content.strip():
            return None
        try:
            return read_json(response.content)
        except ValueError:
            fate = Fate.REJECTED if method == "GET" else Fate.AMBIGUOUS
            raise EndpointError(self._failures.no_json(response, f"{method} {self._shown}{path}"), fate) from None

    def _refusal(self, response: httpx2.Response, method: str, path: str) -> EndpointError:
        status = response.status_code
        code, said = said_by(response)
        message = f"{method} {self._shown}{path}: {status} {self._failures.clean(said)}".rstrip()
        if status == 429 and "insufficient_quota" not in codes_of(response, code):
            return ThrottledError(message, retry_after(response.headers))
        if status in REDIRECTS:
            return EndpointError(self._failures.redirected(response, f"{method} {self._shown}{path}"))
        single = path.startswith(f"{_PATH}/")
        bad_id = single and method == "GET" and "invalid" in said.lower() and " id" in f" {said.lower()}"
        if status in (404, 410) or (status == 400 and bad_id):
            return EndpointError(message, Fate.MISSING)
        if status in (405, 501):
            return EndpointError(message + (_THREE_VERBS if single else ""), Fate.NO_VERB)
        if status >= 500 or status == 408:
            # The others may come from a gateway, behind which the server is at work still.
            return EndpointError(message, Fate.AMBIGUOUS, ended=status == 500)
        return EndpointError(f"{message}{_ADVICE.get(status, '')}")


_REPEATS = "the endpoint repeats a page instead of going on"
_REPEATS_SOME = "the endpoint's pages overlap, so that rows between them may be missing"
_THREE_VERBS = (
    "; a proxy that forwards only some operations may stand between, as LiteLLM's /v1/assistants does:"
    " put the address of the server behind it into base_url"
)
_ADVICE = {
    401: "; check the key",
    403: "; check the key and what it may do",
}


_NO_MORE = (None, False, "", "false", "False")


def _one(assistant_id: str) -> str:
    """The path of one assistant."""
    try:
        name = urllib.parse.quote(assistant_id, safe="")
    except UnicodeEncodeError:
        name = ""
    if name in ("", ".", ".."):  # the last two would lead elsewhere
        raise EndpointError(
            f"no path can hold the id {assistant_id!a}; this assistant has to be looked after by other means"
        )
    return f"{_PATH}/{name}"


def _day(text: Any) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _shown_query(query: Mapping[str, str]) -> str:
    return f"?{urllib.parse.urlencode(query)}" if query else ""
