"""Hand-written stand-ins: an endpoint in memory whose faults are chosen by the test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistants_tool.errors import EndpointError, Fate
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.endpoint import AUTO
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.payload import Body

Object = dict[str, Any]


def keeps_all(body: Object) -> Object:
    return body


def dropping(*fields: str) -> Callable[[Object], Object]:
    """A server that accepts these fields and forgets them."""
    return lambda body: {name: value for name, value in body.items() if name not in fields}


def cutting(length: int) -> Callable[[Object], Object]:
    """A server that keeps so many characters of each value of metadata."""
    return lambda body: {**body, "metadata": {name: one[:length] for name, one in body.get("metadata", {}).items()}}


class MemoryEndpoint:
    """Keeps objects in a dict. `on_create` and `on_update` say what it makes of a body.

    `faults` are raised by the next calls of a method, in turn: an EndpointError with fate AMBIGUOUS or TIMED_OUT on a create is raised
    after its effect where `effect` is true. `log` is every call made: `GET list`, `POST`, `POST asst_1`...
    """

    def __init__(
        self,
        *bodies: Object,
        on_create: Callable[[Object], Object] = keeps_all,
        on_update: Callable[[Object], Object] = keeps_all,
        faults: Mapping[str, list[EndpointError | None]] | None = None,
        effect: bool = True,
    ) -> None:
        self.objects: dict[str, Object] = {}
        self.log: list[str] = []
        self.on_create, self.on_update = on_create, on_update
        self.faults = {name: list(errors) for name, errors in (faults or {}).items()}
        self.effect = effect
        self.incomplete = ""
        self._numbers = itertools.count(1)
        for body in bodies:
            self.put(body)

    def put(self, body: Object) -> str:
        number = next(self._numbers)
        new_id = str(body.get("id", f"asst_{number}"))
        self.objects[new_id] = {
            **ASSISTANTS.defaults,
            "id": new_id,
            "object": "assistant",
            "created_at": 1000 + number,
            **body,
        }
        return new_id

    def _call(self, name: str, words: str) -> EndpointError | None:
        self.log.append(words)
        waiting = self.faults.get(name)
        return waiting.pop(0) if waiting else None

    def room(self) -> int:
        return AUTO.most

    async def checked_listing(self, known: Sequence[str] = ()) -> Listing:  # noqa: ARG002 - the endpoint's signature
        return await self.checked(await self.listing())

    async def checked(self, listing: Listing) -> Listing:
        return listing

    async def listing(self) -> Listing:
        if error := self._call("listing", "GET list"):
            raise error
        return Listing(tuple(Assistant(dict(one)) for one in self.objects.values()), self.incomplete)

    async def get(self, assistant_id: str) -> Assistant | None:
        if error := self._call("get", f"GET {assistant_id}"):
            raise error
        found = self.objects.get(assistant_id)
        return Assistant(dict(found)) if found else None

    async def create(self, body: Body) -> Assistant:
        error = self._call("create", "POST")
        if error is None or (self.effect and error.fate in (Fate.AMBIGUOUS, Fate.TIMED_OUT)):
            new_id = self.put(self.on_create(dict(body)))
        if error:
            raise error
        return Assistant(dict(self.objects[new_id]))

    async def update(self, assistant_id: str, body: Body) -> Assistant:
        if error := self._call("update", f"POST {assistant_id}"):
            raise error
        if assistant_id not in self.objects:
            raise EndpointError("no such assistant", Fate.MISSING)
        stated = self.on_update(dict(body))
        cleared = {name: ASSISTANTS.defaults.get(name) for name, value in stated.items() if value is None}
        changed = {**self.objects[assistant_id], **stated, **cleared}
        kept = {name: one for name, one in changed.items() if name in ASSISTANTS or one is not None}
        self.objects[assistant_id] = kept
        return Assistant(dict(self.objects[assistant_id]))

    async def delete(self, assistant_id: str) -> None:
        if error := self._call("delete", f"DELETE {assistant_id}"):
            raise error
        self.objects.pop(assistant_id, None)
