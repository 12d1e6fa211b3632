"""The embedded endpoint and the tool's own requests against OpenAI's description of `/v1/assistants`.

The description is `assistants-openapi.yaml` of the folder that the environment names. Schemathesis makes up requests, sound ones and
unsound ones, and judges the answers.
"""

from __future__ import annotations

import asyncio
import collections
import json
import os
import pathlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from starlette.requests import Request

from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.embedded import create_app
from assistants_tool.endpoint import Connection
from assistants_tool.endpoint.access import in_process
from assistants_tool.endpoint.assistants import AssistantsEndpoint
from assistants_tool.endpoint.wire import HttpWire
from assistants_tool.objects.assistant import Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Options
from assistants_tool.project.target import Embedded
from tests.strategies import definition_lists

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Message, Receive, Send
    from starlette.types import Scope as Asked

if "ASSISTANTS_TEST_DATA" not in os.environ:
    pytest.skip("ASSISTANTS_TEST_DATA names no folder with the description", allow_module_level=True)

KEY = "sk-planted-0123456789"
WHOLE = Options(whole=True, prune=True, max_delete="100%")


def _described() -> dict[str, Any]:
    """The description, and what it leaves out: that every answer but success is an error in its envelope."""
    text = pathlib.Path(os.environ["ASSISTANTS_TEST_DATA"], "assistants-openapi.yaml").read_text(encoding="utf-8")
    description: dict[str, Any] = yaml.safe_load(text)
    description["servers"] = [{"url": "/v1"}]
    del description["paths"]["/models/{model}"]["delete"]  # for models that somebody has trained
    error = {"$ref": "#/components/schemas/ErrorResponse"}
    other = {"description": "an error", "content": {"application/json": {"schema": error}}}
    for path in description["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = other
    return description


DESCRIPTION = _described()
CONFIG: dict[str, Any] = {
    "headers": {"OpenAI-Beta": "assistants=v2"},
    "auth": {"openapi": {"ApiKeyAuth": {"bearer": KEY}}},
    "generation": {"mode": "all"},
    # What fits the description may still be over a limit that it states in words only, or name an assistant that is not there.
    "checks": {"positive_data_acceptance": {"enabled": False}},
    "seed": 1,
}


# --- what anyone may send


class _WithoutLifespan:
    """Schemathesis ends the lifespan of an app after each test, which closes the database; so it sees none."""

    app: Starlette

    async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)


SERVED = _WithoutLifespan()
schema = schemathesis.openapi.from_dict(DESCRIPTION, config=schemathesis.Config.from_dict(CONFIG))
schema.app = SERVED
answered: collections.Counter[str] = collections.Counter()


@pytest.fixture(scope="module", autouse=True)
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    SERVED.app = create_app(tmp_path_factory.mktemp("described") / "embedded.db", KEY)
    yield
    SERVED.app.state.store.close()


def there() -> str:
    """The id of an assistant that is there: made-up ones are not."""
    operation = schema["/assistants"]["POST"]
    headers = {**CONFIG["headers"], "Authorization": f"Bearer {KEY}"}
    created = operation.Case(body={"model": "gpt-4o"}, media_type="application/json").call(headers=headers)
    assert created.status_code == 200, created.text
    return str(created.json()["id"])


def _accepted_on_purpose(case: schemathesis.Case[Any]) -> bool:
    """A create with an empty `file_search`: the description wants one of two members in it, and no recording says that the service did."""
    body = case.body if isinstance(case.body, dict) else {}
    resources = body.get("tool_resources")
    return case.path == "/assistants" and isinstance(resources, dict) and resources.get("file_search") == {}


@schema.parametrize()
@settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_every_answer_is_as_described(case: schemathesis.Case[Any]) -> None:
    """No failure of the endpoint, nothing unsound accepted, no operation that is not described, no way around the key."""
    if "assistant_id" in case.path_parameters and case.meta and case.meta.generation.mode.is_positive:
        case.path_parameters["assistant_id"] = there()
    answer = case.call()
    answered[f"{case.method} {case.path} {answer.status_code}"] += 1
    if answer.status_code != 200 or not _accepted_on_purpose(case):
        case.validate_response(answer)


def test_much_was_answered_with_success() -> None:
    """The test above is not empty."""
    if not answered:
        pytest.skip("runs after the test of every answer")
    good = {name.removesuffix(" 200"): count for name, count in answered.items() if name.endswith(" 200")}
    methods = {f"{method.upper()} {path}" for path, ones in DESCRIPTION["paths"].items() for method in ones}
    assert good.keys() == methods
    assert min(good.values()) >= 3, good
    assert sum(answered.values()) > 500


# --- what the tool sends, and what it is answered


def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{name}", "components": DESCRIPTION["components"]}
    )


REQUESTS = {
    ("POST", False): _validator("CreateAssistantRequest"),
    ("POST", True): _validator("ModifyAssistantRequest"),
}
ANSWERS = {
    ("GET", False): _validator("ListAssistantsResponse"),
    ("GET", True): _validator("AssistantObject"),
    ("POST", False): _validator("AssistantObject"),
    ("POST", True): _validator("AssistantObject"),
    ("DELETE", True): _validator("DeleteAssistantResponse"),
}


def checked(app: ASGIApp, seen: collections.Counter[tuple[str, bool]], faults: list[str]) -> ASGIApp:
    """An app in front of an app: whatever passes between the two is held against the description. What was deleted is not there."""
    gone: set[str] = set()

    def hold(validator: Any, text: bytes) -> None:
        faults.extend(f"{error.message} in {text.decode()}" for error in validator.iter_errors(json.loads(text)))

    async def between(scope: Asked, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        kind = (request.method, bool(re.fullmatch(r"/v1/assistants/[^/]+", request.url.path)))
        sent, got = await request.body(), bytearray()
        if kind in REQUESTS:
            hold(REQUESTS[kind], sent)

        async def again() -> Message:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def passed_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                expected = 404 if request.url.path in gone else 200
                faults.extend([] if message["status"] == expected else [f"{kind}: {message['status']}"])
            got.extend(message.get("body", b""))
            await send(message)

        await app(scope, again, passed_on)
        if request.url.path not in gone:
            hold(ANSWERS[kind], bytes(got))
            seen[kind] += 1
        if request.method == "DELETE":
            gone.add(request.url.path)

    return between


async def _applied(definitions: list[Definition], endpoint: AssistantsEndpoint) -> None:
    scope = Scope("acme", "prod", frozenset({"prod"}))
    plan = make_plan(definitions, await endpoint.listing(), scope, WHOLE)
    outcomes = await apply(plan, endpoint, Policy(settle_seconds=0))
    assert {one.status for one in outcomes} <= {Status.DONE}, outcomes


def test_every_request_of_the_tool_is_as_described(tmp_path: pathlib.Path) -> None:
    """Definitions over every field, from one set to another with some of the keys; all of a run is one endpoint's."""
    app = create_app(tmp_path / "embedded.db")
    seen: collections.Counter[tuple[str, bool]] = collections.Counter()

    async def both(before: list[Definition], after: list[Definition]) -> None:
        faults: list[str] = []
        async with in_process(cast("Starlette", checked(app, seen, faults))) as opened:
            endpoint = AssistantsEndpoint(HttpWire(opened), Embedded(tmp_path / "embedded.db"), Connection())
            await _applied(before, endpoint)
            await _applied(after, endpoint)
        assert not faults

    @settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(definition_lists(unknown=False), definition_lists(unknown=False))
    def example(before: list[Definition], after: list[Definition]) -> None:
        first = [replace(one, key=f"k{index}", protect=False) for index, one in enumerate(before)]
        then = [replace(one, key=f"k{index}", protect=False) for index, one in enumerate(after)]
        asyncio.run(both(first, then))

    example()
    app.state.store.close()
    assert seen.keys() == ANSWERS.keys()
    assert min(seen.values()) > 20, seen
