"""`/v1/agents`, put together from the types of OpenAI's SDK and from answers that people reported: nothing of it was recorded.

These are the routes; `agentrequests` is what a client may send. Where SDK and reports say nothing, it is a choice of ours: ids, the
wording of some refusals, and which of two requests that come at once is first.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from assistants_tool.models import PAGE_DEFAULT, PAGE_MAX

from .errors import INVALID, ApiError, told
from .routes import Endpoint, answered, checked_json, listed, read_raw, store_of
from .store import AGENTS, Store, UnknownIdError

if TYPE_CHECKING:
    from starlette.requests import Request

_BETA = "To access the Agents API, set the 'OpenAI-Beta' header to 'agents=v1'."
_PARSE = (
    "Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors include trailing commas, "
    "missing closing brackets, missing quotation marks, etc.)"
)


class _AgentsEndpoint(Endpoint):
    """The beta header is asked for before the key is; the codes of refusals are more general than those of assistants."""

    def admit(self, request: Request) -> None:
        if request.headers.getlist("openai-beta") != ["agents=v1"]:
            raise ApiError(_BETA, code="invalid_beta", kind="invalid_beta")
        try:
            super().admit(request)
        except ApiError as error:
            error.body["error"]["code"] = None
            raise

    async def dispatch(self) -> None:
        try:
            await super().dispatch()
        except UnknownIdError as error:
            said = f"No agent found with id '{error.identifier}'."
            raise ApiError(said, code="not_found_error", kind="not_found_error", status=404) from None


class _Agents(_AgentsEndpoint):
    async def get(self, request: Request) -> Response:
        limit, newest_first, after = _asked(request)
        return listed(await _agents(request).page(limit, newest_first, after, None))

    async def post(self, request: Request) -> Response:
        from .agentrequests import create

        now = int(time.time())
        fields = {"updated_at": now, **create(await _body(request))}
        return answered(await _agents(request).add(fields, now), 201)


class _Agent(_AgentsEndpoint):
    async def get(self, request: Request) -> Response:
        return answered(await _agents(request).get(request.path_params["id"]))

    async def post(self, request: Request) -> Response:
        """An empty one advances the time all the same."""
        from .agentrequests import modification

        change, now = modification(await _body(request)), int(time.time())
        changed = _agents(request).change(
            request.path_params["id"], lambda fields: {**change(fields), "updated_at": now}
        )
        return answered(await changed)

    async def delete(self, request: Request) -> Response:
        identifier = request.path_params["id"]
        await _agents(request).remove(identifier)
        return JSONResponse({"id": identifier, "object": "agent.deleted", "deleted": True})


def _agents(request: Request) -> Store:
    return store_of(request).of(AGENTS)


# --- the query


def _asked(request: Request) -> tuple[int, bool, str | None]:
    """The limit, whether the newest comes first, and the id behind which the page begins. Other members are passed over."""
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in query and name in ("limit", "order", "after"):
            raise _query_fault(f"duplicate field `{name}`")
        query[name] = value
    limit, order = query.get("limit", str(PAGE_DEFAULT)), query.get("order", "desc")
    if not re.fullmatch(r"[0-9]{1,18}", limit):
        raise _query_fault("limit: invalid digit found in string")
    if order not in ("asc", "desc"):
        raise _generic(told("literal_error", "order", order, {"expected": "'asc' or 'desc'"}))
    return min(max(int(limit), 1), PAGE_MAX), order == "desc", query.get("after")


def _query_fault(what: str) -> ApiError:
    return ApiError(f"Failed to deserialize query string: {what}", code=INVALID)


def _generic(error: ApiError) -> ApiError:
    """The same with the one code that this API has for what is wrong with a request."""
    error.body["error"]["code"] = INVALID
    return error


# --- the body


async def _body(request: Request) -> object:
    """An object of JSON; an empty body, and null, is one without members."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ApiError("expected request with Content-Type: application/json", code=INVALID)
    raw = await read_raw(request)
    if not raw.strip():
        return {}
    twins = _Twins()
    try:
        value = checked_json(json.loads(raw.decode(), object_pairs_hook=twins.mapping))
    except (ValueError, RecursionError):
        raise ApiError(_PARSE, code=INVALID) from None
    twins.refuse(value)
    return {} if value is None else value


class _Twins:
    """Finds a key that stands twice in a mapping of JSON, and says where."""

    def __init__(self) -> None:
        self._keys: dict[int, str] = {}  # by the identity of the mapping

    def mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            self._keys[id(made)] = next(name for name in names if names.count(name) > 1)
        return made

    def refuse(self, value: object, path: str = "") -> None:
        if not self._keys:
            return
        if key := self._keys.get(id(value)):
            where = f"{path}.{key}".lstrip(".")
            said = f"Invalid body: duplicate JSON key '{key}' at '{where}'. Duplicate JSON keys are not supported."
            raise ApiError(said, code=INVALID)
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, one in inner:
            self.refuse(one, f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}")


ROUTES = (Route("/v1/agents", _Agents), Route("/v1/agents/{id}", _Agent))
