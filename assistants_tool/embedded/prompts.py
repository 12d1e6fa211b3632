"""Foundry's prompt agents under `/api/projects/PROJECT`, put together from the types of Microsoft's SDK, not from recordings.

An agent is a name and its versions, which nobody changes. `promptrequests` is what a client may send. The name of the project is not looked
at: one file is one project. What the SDK does not say is a choice of ours: the wording of refusals, and that versions count from 1 anew
where an agent was deleted.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .errors import ApiError
from .query import listing
from .routes import Endpoint, read_body, store_of
from .store import PROMPTS, Store, UnknownIdError

if TYPE_CHECKING:
    from starlette.requests import Request

API_VERSIONS = ("v1",)
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
Object = dict[str, Any]


class _PromptsEndpoint(Endpoint):
    """A route behind the key and the parameter api-version."""

    def admit(self, request: Request) -> None:
        super().admit(request)
        if request.query_params.get("api-version") not in API_VERSIONS:
            said = "The api-version query parameter is missing or not supported. Supported versions: v1."
            raise ApiError(said, param="api-version", code="UnsupportedApiVersion")

    async def dispatch(self) -> None:
        try:
            await super().dispatch()
        except UnknownIdError as error:
            raise _missing(error.identifier) from None


class _Prompts(_PromptsEndpoint):
    async def get(self, request: Request) -> Response:
        query, kind = listing(request.query_params), request.query_params.get("kind")
        newest_first = query.order == "desc"
        page = await _prompts(request).page(query.limit, newest_first, query.after, query.before)
        rows = [_agent(text) for text in page.texts]
        return _listed([one for one in rows if kind in (None, _kind(one))], more=page.more)


class _Prompt(_PromptsEndpoint):
    async def get(self, request: Request) -> Response:
        return JSONResponse(_agent(await _prompts(request).get(_name(request))))

    async def post(self, request: Request) -> Response:
        """A version more where that would be another than the latest."""
        from .promptrequests import version

        wanted, name = version(await read_body(request)), _name(request)
        await _prompts(request).get(name)
        return JSONResponse(_agent(await _written(request, name, wanted, unless_the_same=True)))

    async def delete(self, request: Request) -> Response:
        name = _name(request)
        await _prompts(request).remove(name)
        return JSONResponse({"object": "agent.deleted", "name": name, "deleted": True})


class _Versions(_PromptsEndpoint):
    async def get(self, request: Request) -> Response:
        query, found = listing(request.query_params), _versions(await _prompts(request).get(_name(request)))
        ordered = found[::-1] if query.order == "desc" else found
        ids = [one["id"] for one in ordered]
        if query.after not in (None, *ids):
            raise _missing(str(query.after))
        start = ids.index(query.after) + 1 if query.after else 0
        rows = ordered[start : start + query.limit]
        return _listed(rows, more=start + query.limit < len(ordered))

    async def post(self, request: Request) -> Response:
        from .promptrequests import version

        name = _name(request)
        if not NAME.fullmatch(name):
            said = (
                f"Invalid 'agent_name': '{name}' has to be 1 to 63 letters, digits and hyphens, with none at its ends."
            )
            raise ApiError(said, param="agent_name", code="invalid_value")
        text = await _written(request, name, version(await read_body(request)))
        return JSONResponse(_versions(text)[-1])


class _Version(_PromptsEndpoint):
    async def get(self, request: Request) -> Response:
        found = _versions(await _prompts(request).get(_name(request)))
        return JSONResponse(_of_number(found, request.path_params["version"]))

    async def delete(self, request: Request) -> Response:
        """With the last one goes the agent."""
        name, number = _name(request), request.path_params["version"]

        def without(fields: Object) -> Object:
            _of_number(fields["versions"], number)
            return {"versions": [one for one in fields["versions"] if one["version"] != number]}

        if not _versions(await _prompts(request).change(name, without)):
            await _prompts(request).remove(name)
        return JSONResponse({"object": "agent.version.deleted", "name": name, "version": number, "deleted": True})


async def _written(request: Request, name: str, wanted: Object, *, unless_the_same: bool = False) -> str:
    now = int(time.time())

    def with_one_more(fields: Object) -> Object:
        there: list[Object] = fields.get("versions", [])
        if unless_the_same and there and wanted.items() <= there[-1].items():
            return fields
        number = str(int(there[-1]["version"]) + 1) if there else "1"
        own = {"object": "agent.version", "id": f"{name}:{number}", "name": name, "version": number, "created_at": now}
        return {"versions": [*there, {**own, **wanted}]}

    return await _prompts(request).put(name, with_one_more, now)


def _prompts(request: Request) -> Store:
    return store_of(request).of(PROMPTS)


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _versions(text: str) -> list[Object]:
    found: list[Object] = json.loads(text)["versions"]
    return found


def _of_number(versions: list[Object], number: str) -> Object:
    for one in versions:
        if one["version"] == number:
            return one
    raise _missing(number)


def _agent(text: str) -> Object:
    latest = _versions(text)[-1]
    return {"object": "agent", "id": latest["name"], "name": latest["name"], "versions": {"latest": latest}}


def _kind(agent: Object) -> Any:
    return agent["versions"]["latest"]["definition"]["kind"]


def _listed(rows: list[Object], *, more: bool) -> Response:
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else (None, None)
    return JSONResponse({"object": "list", "data": rows, "first_id": first, "last_id": last, "has_more": more})


def _missing(what: str) -> ApiError:
    return ApiError(f"'{what}' was not found.", code="not_found", status=404)


_AT = "/api/projects/{project}/agents"
ROUTES = (
    Route(_AT, _Prompts),
    Route(f"{_AT}/{{name}}", _Prompt),
    Route(f"{_AT}/{{name}}/versions", _Versions),
    Route(f"{_AT}/{{name}}/versions/{{version}}", _Version),
)
