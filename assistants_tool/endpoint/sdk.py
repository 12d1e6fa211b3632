"""The OpenAI SDK: a client of it for chat, and a wire over one that a Python program hands over. Nothing else here needs the SDK.

Its low-level verbs are used, not its resources: they keep its authentication and connection pool, hand back what was on the wire, and do
not go when a deprecated resource goes. Its retries are off, because it repeats a POST whose answer was lost, and with no idempotency key
that makes a second object.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream

from assistants_tool.endpoint.access import timeouts
from assistants_tool.endpoint.client import whole
from assistants_tool.endpoint.keys import hidden
from assistants_tool.endpoint.wire import Answer
from assistants_tool.errors import UsageError
from assistants_tool.project.address import is_credential
from assistants_tool.project.target import ORGANIZATION, Remote, address_of_assistants, custom_headers
from assistants_tool.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from assistants_tool.endpoint.access import Access
    from assistants_tool.endpoint.connection import Connection
    from assistants_tool.endpoint.wire import Call


def client_of(access: Access) -> tuple[AsyncOpenAI, dict[str, Any]]:
    """A client for a server, and the headers of every request. The key is put in by the HTTP client below.

    The SDK lets Authorization be left out by the single request only.
    """
    others = (*ORGANIZATION, *custom_headers(os.environ))
    stated = {name.lower() for name in (*access.headers, *(others if access.ambient else ()))}
    # A name that is left out is left out in any spelling.
    unmeant: dict[str, Any] = {name: openai.omit for name in others if name.lower() not in stated}
    client = AsyncOpenAI(
        base_url=access.base_url,
        api_key="none",
        max_retries=0,
        default_headers={**unmeant, **access.headers},
        default_query=access.query,
        http_client=access.http,
        timeout=access.http.timeout,
    )
    return client, {} if "authorization" in stated else {"Authorization": openai.omit}


@dataclass(frozen=True, slots=True)
class Handed:
    """A client that somebody handed over: his authentication, his proxies and his headers. It is not closed here."""

    client: AsyncOpenAI

    @property
    def base_url(self) -> str:
        """The address to name as the target."""
        return str(self.client.base_url).rstrip("/")

    @property
    def server(self) -> Remote:
        """The server as a target. Raises UsageError for an address that holds a password, or is for something else."""
        headers = ((name.lower(), one) for name, one in self.client.default_headers.items() if isinstance(one, str))
        choosing = {name: one for name, one in headers if not _OF_ANY_CLIENT.match(name) and not is_credential(name)}
        query = {name: str(one) for name, one in self.client.default_query.items()}
        return Remote(address_of_assistants(self.base_url, "the base_url of the client"), query=query, lent=choosing)

    def wire(self, connection: Connection) -> SdkWire:
        return SdkWire(self.client, timeouts(connection))


_OF_ANY_CLIENT = re.compile("accept|content-type|user-agent|x-stainless-.*")


def over_client(client: object) -> Handed:
    """What `connect` needs to talk over an `openai.AsyncOpenAI` or `AsyncAzureOpenAI`. Raises UsageError for anything else."""
    if not isinstance(client, AsyncOpenAI):
        raise UsageError(f"client has to be an openai.AsyncOpenAI or AsyncAzureOpenAI, and is {type(client).__name__}")
    return Handed(client)


class SdkWire:
    """A wire over an SDK client. Keys are known as far as they have been sent: a client may fetch one for each request.

    The SDK reads the answers to a DELETE, and those that are no success, by itself, however long they are.
    """

    key_called = "the key"

    def __init__(self, client: AsyncOpenAI, timeout: httpx2.Timeout) -> None:
        self._client, self._timeout = client, timeout
        self._sent: frozenset[str] = frozenset()
        self.keys: Redaction = NOTHING

    async def send(self, call: Call) -> Answer:
        answer = await self._response(call)
        self._learn(answer.request.headers)
        if isinstance(answer, openai.APIConnectionError):
            raise _as_httpx2(answer.__cause__ or answer)  # here, where the SDK's own error is not among its causes
        return Answer(answer.status_code, answer.headers, await _content(answer))

    async def _response(self, call: Call) -> httpx2.Response | openai.APIConnectionError:
        # Some servers refuse a DELETE that names a content type and has no content.
        kind = {} if call.content is not None else {"Content-Type": openai.omit}
        options: Any = {
            "params": dict(call.query),
            "headers": {**call.headers, **kind},
            "max_retries": 0,
            "follow_redirects": False,
            "timeout": self._timeout,
        }
        unread: Any = {"stream": True, "stream_cls": AsyncStream[Any]}
        try:
            if call.method == "DELETE":
                return await self._client.delete(call.path, cast_to=httpx2.Response, options=options)
            unread |= {"content": call.content} if call.method == "POST" else {}
            verb = self._client.post if call.method == "POST" else self._client.get
            answer: httpx2.Response = await verb(call.path, cast_to=httpx2.Response, options=options, **unread)
        except openai.APIStatusError as error:
            return error.response
        except openai.APIConnectionError as error:
            return error
        return answer

    def _learn(self, headers: Mapping[str, str]) -> None:
        """The keys themselves, without `Bearer` before them."""
        sent = frozenset(one.rpartition(" ")[2] for name in ("authorization", "api-key") if (one := headers.get(name)))
        if not sent <= self._sent:
            self._sent |= sent
            self.keys |= hidden(sent)


async def _content(response: httpx2.Response) -> bytes:
    """All of it. Raises TooLargeError, and otherwise as `_as_httpx2` says."""
    try:
        return await whole(response)
    except Exception as error:  # noqa: BLE001 - those of a client that runs on httpx are known to nobody here
        raise _as_httpx2(error) from None


def _as_httpx2(cause: BaseException) -> BaseException:
    """Why there is no answer, in the words of httpx2; of a client that runs on httpx, by the class of the same name."""
    if isinstance(cause, httpx2.RequestError):
        return cause
    kinds = (getattr(httpx2, one.__name__, None) for one in type(cause).__mro__)
    kind = next((one for one in kinds if one is not None), None)
    if kind is None:
        return cause
    same: httpx2.RequestError = kind(str(cause))
    same.__cause__ = cause
    return same
