"""The routes: from a request to the store and back, in the service's envelopes.

Every answer carries `openai-version`, `x-request-id` and `openai-processing-ms`, as each recorded one did.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pathlib
import secrets
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from assistants_tool.models import ASSISTANT_MODELS

from . import agents, prompts
from .errors import ApiError
from .manners import MANNERS
from .query import listing
from .routes import Endpoint, answered, listed, manner_of, read_body, store_of
from .store import Store, StoreError, UnknownIdError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
            *agents.ROUTES,
            *prompts.ROUTES,
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
            return manner_of(request).no_route(method, path)
        case HTTPException(status_code=405, headers=headers):
            message = f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)"
            return ApiError(message, code="method_not_supported", status=405, headers=headers)
        case StoreError():
            # Clients of OpenAI's make do without their usual retries where this header says so: the next try would fail, too.
            return ApiError(str(error), status=500, headers={"x-should-retry": "false"})
    raise error


def _answer(error: ApiError) -> Response:
    return JSONResponse(error.body, error.status, headers=error.headers)


class _AssistantsEndpoint(Endpoint):
    """A route behind the key, and what else a request for assistants has to bring."""

    def admit(self, request: Request) -> None:
        super().admit(request)
        manner_of(request).check(request.headers, request.query_params)


class _Assistants(_AssistantsEndpoint):
    async def get(self, request: Request) -> Response:
        query = listing(request.query_params)
        newest_first = query.order == "desc"
        return listed(await store_of(request).page(query.limit, newest_first, query.after, query.before))

    async def post(self, request: Request) -> Response:
        create = manner_of(request).shapes().create
        return answered(await store_of(request).add(create(await read_body(request))))


class _Assistant(_AssistantsEndpoint):
    async def get(self, request: Request) -> Response:
        return answered(await store_of(request).get(request.path_params["id"]))

    async def post(self, request: Request) -> Response:
        change = manner_of(request).shapes().modification(await read_body(request))
        return answered(await store_of(request).change(request.path_params["id"], change))

    async def delete(self, request: Request) -> Response:
        identifier = request.path_params["id"]
        await store_of(request).remove(identifier)
        return JSONResponse({"id": identifier, "object": "assistant.deleted", "deleted": True})


class _Chat(Endpoint):
    async def post(self, request: Request) -> Response:
        from . import chat  # which most who come here never ask for

        done = chat.complete(await read_body(request, chat.BODY_MAX), manner_of(request).chats)
        if done.request.stream:
            return StreamingResponse(chat.events(done), media_type="text/event-stream")
        return JSONResponse(chat.response(done))


class _ModelsEndpoint(Endpoint):
    """A route behind the key, and what else a request for models has to bring."""

    def admit(self, request: Request) -> None:
        super().admit(request)
        manner_of(request).check_models(request.query_params)


class _Models(_ModelsEndpoint):
    async def get(self, request: Request) -> Response:
        manner = manner_of(request)
        return JSONResponse(manner.listed([manner.model(one) for one in ASSISTANT_MODELS]))


class _Model(_ModelsEndpoint):
    async def get(self, request: Request) -> Response:
        name = request.path_params["id"]
        if name not in ASSISTANT_MODELS:
            raise manner_of(request).no_model(name)
        return JSONResponse(manner_of(request).model(name))
