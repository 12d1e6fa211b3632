"""The HTTP client of every request that is our own, chats included: httpx2's, with the key of the server, and an end to what it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2

from assistants_tool.endpoint.failures import ANSWER_MAX, TooLargeError
from assistants_tool.endpoint.keys import Bearer


class Client(httpx2.AsyncClient):
    """`bearer` gives the key of each request that names none itself."""

    def __init__(self, bearer: Bearer | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.bearer = bearer or Bearer()

    async def send(self, request: httpx2.Request, *, stream: bool = False, **how: Any) -> httpx2.Response:
        """As `unread` does. Raises TooLargeError for an answer of more than ANSWER_MAX, be it in the middle of a stream."""
        response = Bounded.of(await self.unread(request, **how))
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response

    async def unread(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        """The answer, for `whole` to read: to make a bounded one of it takes half as long as all the rest.

        Sent once more, with another key, where the one that was good before is refused: such a request had no effect. Raises ToolError
        where there is no key any more.
        """
        key = None if "Authorization" in request.headers else await self.bearer.now()
        response = await self._with_key(request, key, how)
        if response.status_code == 401 and key and (other := await self._instead_of(key, response)):
            key, response = other, await self._with_key(request, other, how)
        if response.is_success:
            self.bearer.taken(key)
        return response

    async def _instead_of(self, key: str, response: httpx2.Response) -> str | None:
        """Another key. Its refusal is not read: where there is another it says nothing more."""
        try:
            other = await self.bearer.instead_of(key)
        except BaseException:
            await response.aclose()
            raise
        if other:
            await response.aclose()
        return other

    async def _with_key(self, request: httpx2.Request, key: str | None, how: dict[str, Any]) -> httpx2.Response:
        if key:
            request.headers["Authorization"] = f"Bearer {key}"
        return await super().send(request, stream=True, **how)


class Bounded(httpx2.AsyncByteStream):
    """What a server answers, unpacked, as it comes. A few bytes may unpack to as many as a server likes."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    @classmethod
    def of(cls, response: httpx2.Response) -> httpx2.Response:
        """The same answer, which ends in TooLargeError before it fills the memory."""
        headers = httpx2.Headers(response.headers)
        headers.pop("Content-Encoding", None)
        extensions, request = response.extensions, response.request
        return httpx2.Response(
            response.status_code, headers=headers, stream=cls(response), extensions=extensions, request=request
        )

    def __aiter__(self) -> AsyncIterator[bytes]:
        return bounded(self._response.aiter_bytes())

    async def aclose(self) -> None:
        await self._response.aclose()


async def whole(response: httpx2.Response) -> bytes:
    """All of an answer, unpacked. It is closed then. Raises TooLargeError."""
    try:
        return b"".join([piece async for piece in bounded(response.aiter_bytes())])
    finally:
        await response.aclose()


async def bounded(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same, as long as they are no more than ANSWER_MAX. Raises TooLargeError then."""
    left = ANSWER_MAX
    async for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise TooLargeError
        yield piece
