"""`/v1/chat/completions` over the OpenAI SDK, on any server: an answer as it comes, and every failure a sentence that says what to do.

Nothing is sent a second time of our own accord. A completion is paid for when it is made, also where its answer was lost on the way, and
nobody is served by a second one: whoever tries a definition sits before it and can decide. The one exception costs nothing: a request
that a server refused because it does not know a member that can be done without.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

import httpx2
import openai
from openai import AsyncStream

from assistants_tool.endpoint.failures import NO_KEY, REDIRECTS, SERVER_FAILED, Failures, codes_of, retry_after, said_by
from assistants_tool.endpoint.sdk import client_of
from assistants_tool.errors import EndpointError, Fate, ToolError, UnreachedError
from assistants_tool.objects.jsontext import read_json
from assistants_tool.project.kinds import Refusal

if TYPE_CHECKING:
    from assistants_tool.endpoint.access import Access
    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.objects.payload import Body
    from assistants_tool.project.target import Embedded, Remote
    from assistants_tool.redaction import Redaction

_PATH = "/chat/completions"
_UNKNOWN_MEMBER = re.compile(
    r"unknown|unrecogni|unsupported|not support|not permitted|not allowed|unexpected|extra", re.IGNORECASE
)
_BEGAN = "; what it made may be charged for, so it was not sent again: send it again yourself if that is fine"


class ChatEndpoint:
    """Completions of one server. `keys` never appear in a message, a trace or a response; `remarks` is what a person should know of a
    request.
    """

    def __init__(self, access: Access, target: Embedded | Remote, connection: Connection, hidden: Redaction) -> None:
        self._client, self._headers = client_of(access)
        self._where, self._kind = f"POST {target}{_PATH}", target.kind
        self._bearer, self._hidden, self._key_called = access.http.bearer, hidden, access.key_called
        self._trace = connection.trace
        self.remarks: list[str] = []

    @property
    def keys(self) -> Redaction:
        """What must never be told, as far as it has been sent."""
        return self._bearer.keys

    @property
    def _failures(self) -> Failures:
        return Failures(self.keys | self._hidden)

    async def whole(self, body: Body) -> Body:
        """The response, all at once. Raises EndpointError."""
        answer: Body = self.keys.data(self._response(await self._post(body)))
        return answer

    async def parts(self, body: Body) -> AsyncIterator[Any]:
        """The chunks of a stream as they come, each a JSON value; from a server that does not stream, its whole response.

        A key that is split over chunks is in them: whoever puts them together takes it out.

        Raises EndpointError, also where the stream breaks off: then the chunks so far have been handed out.
        """
        response = await self._post(body)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            await self._read(response)
            yield self.keys.data(self._response(response))
        elif kind != "text/event-stream":
            await response.aclose()
            raise EndpointError(self._failures.no_json(response, self._where), Fate.AMBIGUOUS)
        else:
            async for one in self._chunks(response, str(body["model"])):
                yield self.keys.data(one)

    async def _chunks(self, response: httpx2.Response, model: str) -> AsyncIterator[Any]:
        finished = False
        try:
            async with AsyncStream(cast_to=object, response=response, client=self._client) as stream:
                async for chunk in stream:
                    finished = finished or _is_last(chunk)
                    yield chunk
        except openai.APIConnectionError as error:
            raise self._lost(self._failures.unreached(error.__cause__, self._where)) from None
        except openai.APIError as error:  # which the server sent in the middle of its answer
            raise self._refused_midway(error, model) from None
        except (ValueError, RecursionError):
            raise EndpointError(f"{self._where}: a part of the stream is not JSON{_BEGAN}", Fate.AMBIGUOUS) from None
        if not finished:
            raise EndpointError(f"{self._where}: the stream ended in the middle of the answer{_BEGAN}", Fate.AMBIGUOUS)

    def _response(self, response: httpx2.Response) -> Body:
        try:
            answer = read_json(response.content)
        except ValueError:
            raise EndpointError(self._failures.no_json(response, self._where), Fate.AMBIGUOUS) from None
        if not isinstance(answer, dict) or not isinstance(answer.get("choices"), list):
            said = "answered something that is not a completion; check base_url"
            raise EndpointError(f"{self._where} {said}", Fate.AMBIGUOUS)
        return answer

    async def _read(self, response: httpx2.Response) -> None:
        try:
            await response.aread()
        except httpx2.RequestError as error:
            raise self._lost(self._failures.unreached(error, self._where)) from None

    # --- one request

    async def _post(self, body: Body) -> httpx2.Response:
        """The answer to a request that the server takes, its content not yet read where it is a stream."""
        while True:
            try:
                return await self._once(body)
            except openai.APIStatusError as error:
                simpler = self._simpler(body, error.response)
                if simpler is None:
                    raise self._refusal(error.response, str(body["model"])) from None
                body = simpler

    async def _once(self, body: Body) -> httpx2.Response:
        started, said = time.perf_counter(), "no answer"
        stream: Any = {"stream": True, "stream_cls": AsyncStream[Any]} if body.get("stream") else {}
        options: Any = {"headers": self._headers}
        try:
            response: httpx2.Response = await self._client.post(
                _PATH, cast_to=httpx2.Response, body=body, options=options, **stream
            )
            said = str(response.status_code)
        except openai.APIStatusError as error:
            said = str(error.status_code)
            raise
        except ToolError as error:  # there is no key any more
            raise EndpointError(f"{self._where}: {error}") from None
        except openai.APIConnectionError as error:
            raise self._lost(self._failures.unreached(error.__cause__, self._where)) from None
        except UnicodeEncodeError:
            raise EndpointError("the text holds half a surrogate pair, which cannot be sent; correct it") from None
        except Exception as error:  # noqa: BLE001 - codecs and transports raise anything
            raise self._lost(self._failures.unreadable(error, self._where)) from None
        finally:
            if self._trace:
                self._trace(f"POST {_PATH} -> {said} in {(time.perf_counter() - started) * 1000:.0f} ms")
        return response

    def _simpler(self, body: Body, response: httpx2.Response) -> Body | None:
        """The request without what the server says it does not know: nothing was made, so to send it again costs nothing."""
        _, said = said_by(response)
        if response.status_code not in (400, 422) or not _UNKNOWN_MEMBER.search(said):
            return None
        if "stream_options" in body and "stream_options" in said:
            self.remarks.append("this server does not know stream_options: sent again without")
            return {name: one for name, one in body.items() if name != "stream_options"}
        if "max_completion_tokens" in body and "max_completion_tokens" in said:
            self.remarks.append("this server does not know max_completion_tokens: sent again with max_tokens")
            limit = body["max_completion_tokens"]
            return {**{name: one for name, one in body.items() if name != "max_completion_tokens"}, "max_tokens": limit}
        return None

    # --- failures

    @staticmethod
    def _lost(found: UnreachedError) -> EndpointError:
        return EndpointError(f"{found}{_BEGAN}", found.fate) if found.fate.in_doubt else found

    def _refusal(self, response: httpx2.Response, model: str) -> EndpointError:
        status = response.status_code
        if status in REDIRECTS:
            return EndpointError(self._failures.redirected(response, self._where))
        code, said = said_by(response)
        advice = self._advice(status, codes_of(response, code), said, model)
        if status == 401 and not self.keys.texts:
            advice = f"{NO_KEY}: set OPENAI_API_KEY, or name it in project.yaml; for --chat-base-url set ASSISTANTS_CHAT_API_KEY"
        if status == 429 and not advice:
            wait = retry_after(response.headers)
            advice = f"the server limits the rate: try again {f'in {wait:g} s' if wait else 'later'}"
        return self._refused(f"{status} {said}", advice)

    def _advice(self, status: int, codes: frozenset[str], said: str, model: str) -> str:
        """What to do about an error; empty where it speaks for itself."""
        ways = (*self._kind.refusals, *_REFUSALS)
        found = next((one for one in ways if one.fits(status, codes, said)), None)
        return found.advice.replace("{model}", repr(model)).replace("{key}", self._key_called) if found else ""

    def _refused_midway(self, error: openai.APIError, model: str) -> EndpointError:
        body = error.body if isinstance(error.body, Mapping) else {}
        codes = frozenset(one for one in (body.get("code"), body.get("type")) if isinstance(one, str))
        return self._refused(f"broken off: {error.message}", self._advice(0, codes, error.message, model))

    def _refused(self, said: str, advice: str) -> EndpointError:
        shown = f"{self._where}: {self._failures.clean(said)}".rstrip(" .")
        return EndpointError(f"{shown}; {advice}" if advice else shown)


def _is_last(chunk: Any) -> bool:
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    return isinstance(choices, list) and any(isinstance(one, dict) and one.get("finish_reason") for one in choices)


# The first that fits counts. Words stand beside codes because most servers but OpenAI's have no codes, or numbers in their place.
_REFUSALS = (
    Refusal(
        "the account has no credit or budget left, so waiting does not help: add credit, or raise its limit",
        frozenset({"insufficient_quota", "budget_exceeded"}),
        r"insufficient (balance|credit|funds)",
    ),
    Refusal(
        "that is more than the model's context holds: shorten the message or the instructions, or lower --max-tokens",
        frozenset({"context_length_exceeded"}),
        r"maximum context|context (length|window|size)|prompt is too long",
    ),
    Refusal(
        "the server's content filter refused it: change the message or the instructions",
        frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}),
        r"content (management )?(policy|filter)",
    ),
    Refusal("choose a model that chats", words="not a chat model", statuses=(400, 404)),
    Refusal(
        "the server has no model {model} for this key: correct the definition, or choose another endpoint",
        frozenset({"model_not_found", "DeploymentNotFound"}),
        r"model .*(not found|not exist)|(invalid|unknown|no such) model|not a valid model",
        statuses=(0, 400, 403, 404, 422),
    ),
    Refusal("leave --legacy-max-tokens out", words="use 'max_completion_tokens' instead", statuses=(400, 422)),
    Refusal("add --system-role system", words=r"\bdeveloper\b|\broles?\b", statuses=(400, 422, 500)),
    Refusal("{key} was refused: check it", words="", statuses=(401,)),
    Refusal("check the key's permissions", words="", statuses=(403,)),
    Refusal(
        f"this server has no {_PATH} there: check the address, which often ends in /v1, or name another with --chat-base-url",
        words="",
        statuses=(404, 405, 410, 501),
    ),
    Refusal("the request is too large: send smaller pictures", words="", statuses=(413,)),
    Refusal(SERVER_FAILED, words="", statuses=range(500, 600)),
)
