"""The official SDK keeps both sides honest: its own assistants resource drives `assistants serve`, and asks as we ask."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI, NotFoundError, OpenAI
from openai.types.beta.threads import Run

from assistants_tool.endpoint import Connection, connect
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.payload import Body
from assistants_tool.project.target import Key, Remote
from tests.servers import Answer, Request, Scripted, scripted, serving
from tests.wires import MAKERS, opened, over

pytestmark = pytest.mark.filterwarnings(
    "ignore:deprecated:DeprecationWarning"
)  # of the API, which says nothing of its servers
KEY = "sk-planted-0123456789"
FULL: Body = {
    "name": "도우미",
    "description": "Answers é questions.",
    "model": "gpt-4o",
    "instructions": "Be kind.\n\n  \t",
    "tools": [
        {"type": "code_interpreter"},
        {"type": "file_search", "file_search": {"max_num_results": 7}},
        {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}},
    ],
    "top_p": 0.5,
    "temperature": 0,
    "reasoning_effort": "low",
    "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}},
    "metadata": {"team": "a", "한국어": "é"},
    "response_format": {"type": "json_object"},
}
CLEARED: Body = {"model": "gpt-4.1", "name": None, "tools": [], "tool_resources": {}, "metadata": {}}


# --- the SDK drives our endpoint


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("served") / "embedded.db") as url:
        yield url


def stated(found: Any) -> Body:
    """The members of an answer that a request has stated."""
    return {name: one for name, one in found.to_dict().items() if name in ASSISTANTS.names}


def holds(found: Any, sent: Body) -> None:
    answered = stated(found)
    assert {name: answered[name] for name in sent if name not in ("tools", "tool_resources")} == {
        name: one for name, one in sent.items() if name not in ("tools", "tool_resources")
    }
    assert [one["type"] for one in answered["tools"]] == [one["type"] for one in sent["tools"]]


def test_the_sdk_drives_the_served_endpoint(url: str) -> None:
    with OpenAI(base_url=url, api_key=KEY) as client:
        api = client.beta.assistants
        created = api.create(**FULL)
        holds(created, FULL)
        assert api.retrieve(created.id).to_dict() == created.to_dict()
        updated = api.update(created.id, **CLEARED)
        assert (updated.id, updated.name, updated.tools) == (created.id, None, [])
        assert updated.instructions == FULL["instructions"]
        made = [api.create(model="gpt-4o", name=f"A{number}").id for number in range(4)]
        assert [one.id for one in api.list(limit=2, order="asc")] == [created.id, *made]
        assert [one.id for one in api.list(limit=2, order="desc", before=made[2])] == [made[3]]
        for one in (created.id, *made):
            assert api.delete(one).deleted
        with pytest.raises(NotFoundError, match="No assistant found with id"):
            api.retrieve(created.id)
        assert list(api.list()) == []


def test_the_sdk_drives_the_served_agents(url: str) -> None:
    with OpenAI(base_url=url, api_key=KEY) as client:
        api = client.beta.agents
        created = api.create(model="gpt-4o", name="A", instructions="Be kind.", metadata={"team": "a"})
        assert api.retrieve(created.id).to_dict() == created.to_dict()
        updated = api.update(created.id, name="B")
        assert (updated.id, updated.name, updated.instructions) == (created.id, "B", "Be kind.")
        assert [one.id for one in api.list()] == [created.id]
        assert api.delete(created.id).deleted
        assert list(api.list()) == []


def test_the_sdk_drives_the_served_endpoint_asynchronously(url: str) -> None:
    async def run() -> None:
        async with AsyncOpenAI(base_url=url, api_key=KEY) as client:
            api = client.beta.assistants
            created = await asyncio.gather(*(api.create(**{**FULL, "name": f"A{number}"}) for number in range(5)))
            ids = {one.id for one in created}
            assert {one.id async for one in api.list(limit=2)} == ids
            first = created[0].id
            assert (await api.update(first, **CLEARED)).to_dict() == (await api.retrieve(first)).to_dict()
            gone = await asyncio.gather(*(api.delete(one) for one in ids))
            assert {one.id for one in gone if one.deleted} == ids
            assert [one async for one in api.list()] == []

    asyncio.run(run())


# --- the SDK asks as we ask

ROWS = [{"id": f"asst_{number}", "object": "assistant", "metadata": {}} for number in range(150)]


def answers(request: Request) -> Answer:
    """Pages of 100; anything else is answered with what was sent."""
    if request.method == "GET" and "limit=" in request.path:
        start = 100 if "after=asst_99" in request.path else 0
        return Answer(body={"object": "list", "data": ROWS[start : start + 100], "has_more": start == 0})
    return Answer(body={"id": "asst_1", "object": "assistant", "metadata": {}, "deleted": True, **(request.body or {})})


async def _ours(url: str) -> None:
    async with opened(Remote(url, Key("KEY")), Connection(), {"KEY": KEY}) as endpoint:
        await endpoint.listing()
        await endpoint.create(FULL)
        await endpoint.get("asst_1")
        await endpoint.update("asst_1", CLEARED)
        await endpoint.delete("asst_1")


async def _theirs(url: str) -> None:
    async with AsyncOpenAI(base_url=url, api_key=KEY) as client:
        api = client.beta.assistants
        assert len([one async for one in api.list(limit=100, order="asc")]) == 150
        await api.create(**FULL)
        await api.retrieve("asst_1")
        await api.update("asst_1", **CLEARED)
        await api.delete("asst_1")


_OF_THE_SDK = ("x-stainless-", "user-agent", "host")


def said(server: Scripted) -> list[tuple[str, str, Body | None, dict[str, str]]]:
    return [
        (one.method, one.path, one.body, {k: v for k, v in one.headers.items() if not k.startswith(_OF_THE_SDK)})
        for one in server.requests
    ]


@pytest.mark.parametrize("maker", MAKERS)
def test_the_sdk_asks_as_we_ask_member_for_member(maker: str) -> None:
    with over(maker), scripted(answers) as server:
        asyncio.run(_ours(server.url))
    ours, our_bytes = said(server), [sorted(one.raw) for one in server.requests]
    with scripted(answers) as server:
        asyncio.run(_theirs(server.url))
    theirs = said(server)
    assert [f"{method} {path}" for method, path, _, _ in ours] == [
        "GET /v1/assistants?limit=100&order=asc",
        "GET /v1/assistants?limit=100&order=asc&after=asst_99",
        "POST /v1/assistants",
        "GET /v1/assistants/asst_1",
        "POST /v1/assistants/asst_1",
        "DELETE /v1/assistants/asst_1",
    ]
    kind = theirs[-1][3].pop(
        "content-type"
    )  # which some servers refuse where there is no content, so that ours has none
    assert kind == "application/json"
    assert ours == theirs
    # Only the order of members may be another: no byte more, and each character spelled alike.
    assert our_bytes == [sorted(one.raw) for one in server.requests]


def test_the_served_endpoint_answers_both_alike(url: str) -> None:
    """What the SDK created is what we read, and the other way round."""

    async def run() -> tuple[Body, Body]:
        async with (
            AsyncOpenAI(base_url=url, api_key=KEY) as client,
            connect(Remote(url, Key("KEY")), Connection(), {"KEY": KEY}) as endpoint,
        ):
            theirs = await client.beta.assistants.create(**FULL)
            ours = await endpoint.create(FULL)
            read = await endpoint.get(theirs.id)
            assert read is not None
            assert (await client.beta.assistants.retrieve(ours.id)).to_dict() == dict(ours.body)
            for one in (theirs.id, ours.id):
                await endpoint.delete(one)
            return dict(read.body), dict(ours.body)

    read, ours = asyncio.run(run())
    for one in (read, ours):
        del one["id"], one["created_at"]
    assert read == ours


# --- what README says of a script with the SDK


def test_a_create_whose_answer_is_lost_is_sent_again_by_the_sdk_and_makes_two() -> None:
    made: list[Body] = []

    def server_that_breaks_after_its_first_write(request: Request) -> Answer:
        made.append(request.body)
        if len(made) == 1:
            return Answer(500, {}, {"retry-after-ms": "1"})
        return Answer(body={"id": "asst_2", "object": "assistant", **request.body})

    with (
        scripted(server_that_breaks_after_its_first_write) as server,
        OpenAI(base_url=server.url, api_key=KEY) as client,
    ):
        assert client.beta.assistants.create(model="gpt-4o").id == "asst_2"
    assert made == [{"model": "gpt-4o"}] * 2


def test_the_sdk_calls_the_api_deprecated(url: str) -> None:
    with warnings.catch_warnings(record=True) as said, OpenAI(base_url=url, api_key=KEY) as client:
        warnings.simplefilter("always")
        client.beta.assistants.list()
    assert [one.category for one in said if "deprecated" in str(one.message)] == [DeprecationWarning]


def test_a_run_has_what_its_assistant_was() -> None:
    """What docs/migration.md says of those who have nothing but logs."""
    assert {"assistant_id", "instructions", "model", "tools"} <= set(Run.model_fields)
