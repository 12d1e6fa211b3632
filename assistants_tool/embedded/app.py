"""The routes: from a request to the store and back, in the service's envelopes.

Every answer carries `openai-version`, `x-request-id` and `openai-processing-ms`, as each recorded one did.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import pathlib
import secrets
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from assistants_tool.models import ASSISTANT_MODELS

from .errors import ApiError
from .manners import MANNERS, Manner
from .query import listing
from .store import Page, Store, StoreError, UnknownIdError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_MAX = 8 * 2**20  # bytes; every string at its limit, as \u escapes, takes less than half

logger = logging.getLogger(__name__)


def create_app(database: pathlib.Path, api_key: str | None = None, kind: str = "openai") -> Starlette:
    """The endpoint over one SQLite file, which is made at the first request, with its folder, if it is missing.

    With `api_key`, requests must bring it as their bearer token; without, anybody is served. `kind` is whose place it takes.
    """
    if api_key == "":
        raise ValueError("an empty API key protects nothing: give one, or None")
    manner = MANNERS[kind]
    app = Starlette(
        routes=[
            Route(f"{manner.root}/assistants", _Assistants),
            Route(f"{manner.root}/assistants/{{id}}", _Assistant),
            Route(f"{manner.root}{manner.models}", _Models),
            Route(f"{manner.root}{manner.models}/{{id}}", _Model),
            Route(f"{manner.chat}/chat/completions", _Chat),
        ],
        middleware=[Middleware(_Envelope)],
        exception_handlers=dict.fromkeys(_EXPECTED, _failed),
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    app.state.store = Store(database)
    app.state.api_key = api_key
    app.state.manner = manner
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(app.state.store.close)


class _Envelope:
    """Around every request: the headers of the service, and an answer even where the code inside failed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def send_stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["openai-version"] = "2020-10-01"
                headers["x-request-id"] = f"req_{secrets.token_hex(16)}"
                headers["openai-processing-ms"] = str(round((time.perf_counter() - started) * 1000))
            await send(message)

        try:
            await self._app(scope, receive, send_stamped)
        except Exception:
            logger.exception("a request failed for a reason that is a fault of this endpoint")
            message = "The server had an error while processing your request. Sorry about that!"
            await _answer(ApiError(message, status=500))(scope, receive, send_stamped)


_EXPECTED = (ApiError, StoreError, UnknownIdError, HTTPException, ClientDisconnect)


async def _failed(request: Request, error: Exception) -> Response:
    return _answer(error if isinstance(error, ApiError) else _as_api_error(request, error))


def _as_api_error(request: Request, error: Exception) -> ApiError:
    method, path = request.method, request.url.path
    match error:
        case UnknownIdError(identifier=identifier, cursor=None):
            return ApiError(f"No assistant found with id '{identifier}'.", status=404)
        case UnknownIdError(identifier=identifier, cursor=cursor):
            message = f"Invalid '{cursor}': no assistant has the id '{identifier}'."
            return ApiError(message, param=cursor, code="invalid_value")
        case ClientDisconnect():
            return ApiError("The request broke off.")  # which nobody is there to read
        case HTTPException(status_code=404):
            return _manner(request).no_route(method, path)
        case HTTPException(status_code=405, headers=headers):
            message = f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)"
            return ApiError(message, code="method_not_supported", status=405, headers=headers)
        case StoreError():
            # Clients of OpenAI's make do without their usual retries where this header says so: the next try would fail, too.
            return ApiError(str(error), status=500, headers={"x-should-retry": "false"})
    raise error


def _answer(error: ApiError) -> Response:
    return JSONResponse(error.body, error.status, headers=error.headers)


class _Endpoint(HTTPEndpoint):
    """A route behind the key."""

    async def dispatch(self) -> None:
        self.admit(Request(self.scope))
        await super().dispatch()

    def admit(self, request: Request) -> None:
        """Raise `ApiError` if the request may not pass."""
        key: str | None = request.app.state.api_key
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if key is None or (scheme.lower() == "bearer" and hmac.compare_digest(given.encode("latin-1"), key.encode())):
            return
        raise _manner(request).wrong_key(given)


class _AssistantsEndpoint(_Endpoint):
    """A route behind the key, and what else a request for assistants has to bring."""

    def admit(self, request: Request) -> None:
        super().admit(request)
        _manner(request).check(request.headers, request.query_params)


class _Assistants(_AssistantsEndpoint):
    async def get(self, request: Request) -> Response:
        query = listing(request.query_params)
        newest_first = query.order == "desc"
        return _listed(await _store(request).page(query.limit, newest_first, query.after, query.before))

    async def post(self, request: Request) -> Response:
        create = _manner(request).shapes().create
        return _ok(await _store(request).add(create(await _body(request))))


class _Assistant(_AssistantsEndpoint):
    async def get(self, request: Request) -> Response:
        return _ok(await _store(request).get(request.path_params["id"]))

    async def post(self, request: Request) -> Response:
        change = _manner(request).shapes().modification(await _body(request))
        return _ok(await _store(request).change(request.path_params["id"], change))

    async def delete(self, request: Request) -> Response:
        identifier = request.path_params["id"]
        await _store(request).remove(identifier)
        return JSONResponse({"id": identifier, "object": "assistant.deleted", "deleted": True})


class _Chat(_Endpoint):
    async def post(self, request: Request) -> Response:
        from . import chat  # which most who come here never ask for

        done = chat.complete(await _body(request, chat.BODY_MAX), _manner(request).chats)
        if done.request.stream:
            return StreamingResponse(chat.events(done), media_type="text/event-stream")
        return JSONResponse(chat.response(done))


class _ModelsEndpoint(_Endpoint):
    """A route behind the key, and what else a request for models has to bring."""

    def admit(self, request: Request) -> None:
        super().admit(request)
        _manner(request).check_models(request.query_params)


class _Models(_ModelsEndpoint):
    async def get(self, request: Request) -> Response:
        manner = _manner(request)
        return JSONResponse(manner.listed([manner.model(one) for one in ASSISTANT_MODELS]))


class _Model(_ModelsEndpoint):
    async def get(self, request: Request) -> Response:
        name = request.path_params["id"]
        if name not in ASSISTANT_MODELS:
            raise _manner(request).no_model(name)
        return JSONResponse(_manner(request).model(name))


def _manner(request: Request) -> Manner:
    manner: Manner = request.app.state.manner
    return manner


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


async def _body(request: Request, most: int = BODY_MAX) -> object:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > most:
            raise ApiError(f"The request body is larger than {most} bytes.", code="request_too_large", status=413)
    try:
        value: object = json.loads(raw.decode())
        # What could not be answered is not accepted: NaN, half a surrogate pair, nesting without end.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        hint = "Please check the value to ensure it is valid JSON."
        raise ApiError(f"Invalid body: failed to parse JSON value. {hint}") from error
    return value


def _ok(text: str) -> Response:
    return Response(text, media_type="application/json")


def _listed(page: Page) -> Response:
    first, last = (json.dumps(page.ids[0]), json.dumps(page.ids[-1])) if page.ids else ("null", "null")
    more = json.dumps(page.more)
    return _ok(
        f'{{"object":"list","data":[{",".join(page.texts)}],"first_id":{first},"last_id":{last},"has_more":{more}}}'
    )
