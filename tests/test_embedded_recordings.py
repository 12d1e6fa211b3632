"""The embedded endpoint against recorded traffic of OpenAI's, where the environment names a folder with `recordings.jsonl`."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from assistants_tool.embedded import create_app
from assistants_tool.objects.members import ASSISTANTS

if TYPE_CHECKING:
    from starlette.applications import Starlette

if "ASSISTANTS_TEST_DATA" not in os.environ:
    pytest.skip("ASSISTANTS_TEST_DATA names no folder of recordings", allow_module_level=True)

Body = dict[str, Any]


def _kind(recording: Body) -> str:
    one = urlsplit(recording["url"]).path.count("/") > 2
    return {
        ("POST", False): "create",
        ("GET", False): "list",
        ("POST", True): "modify",
        ("GET", True): "get",
        ("DELETE", True): "delete",
    }[recording["method"], one]


with pathlib.Path(os.environ["ASSISTANTS_TEST_DATA"], "recordings.jsonl").open(encoding="utf-8") as lines:
    RECORDINGS = [json.loads(line) for line in lines]


def _recorded(kind: str) -> list[Any]:
    found = [recording for recording in RECORDINGS if _kind(recording) == kind]
    return [pytest.param(recording, id=f"{recording['source']}#{recording['index']}") for recording in found]


# What the servers began to answer between 2024 and October 2025: it may be missing in what was recorded before.
LATER_MEMBERS = {"reasoning_effort", "tools[].file_search", "tools[].function.strict"}
COMPLETE_SINCE = 1_760_000_000
VECTOR_STORE = re.compile(r"vs_[0-9a-f]{32}")


@pytest.fixture
def app(tmp_path: pathlib.Path) -> Iterator[Starlette]:
    app = create_app(tmp_path / "embedded.db")
    yield app
    app.state.store.close()


def answers(app: Starlette, *requests: tuple[str, str, Any]) -> list[Body]:
    """The bodies of some requests in turn; `{id}` in a path is the id that the first one was answered with."""

    async def exchange() -> list[Body]:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"OpenAI-Beta": "assistants=v2"}
        bodies: list[Body] = []
        async with httpx2.AsyncClient(transport=transport, base_url="http://embedded", headers=headers) as client:
            for method, path, body in requests:
                first = bodies[0]["id"] if bodies else None
                answer = await client.request(method, f"/v1/assistants{path.format(id=first)}", json=body)
                assert answer.status_code == 200, answer.text
                bodies.append(answer.json())
        return bodies

    return asyncio.run(exchange())


def unnamed(assistant: Body) -> Body:
    """Without what differs at each run: the identity, and the id of a vector store which the service made."""
    text = json.dumps({name: value for name, value in assistant.items() if name not in ("id", "created_at")})
    made: Body = json.loads(VECTOR_STORE.sub("vs_made", text))
    return made


def without(value: Any, missing: set[str], recorded: Any, path: str = "") -> Any:
    """The answer without the members which the recording lacks; these go into `missing` as paths."""
    if isinstance(value, list) and isinstance(recorded, list) and len(value) == len(recorded):
        return [without(item, missing, other, f"{path}[]") for item, other in zip(value, recorded, strict=True)]
    if not isinstance(value, dict) or not isinstance(recorded, dict):
        return value
    prefix = f"{path}." if path else ""
    missing.update(f"{prefix}{name}" for name in value.keys() - recorded.keys())
    return {
        name: without(item, missing, recorded[name], f"{prefix}{name}")
        for name, item in value.items()
        if name in recorded
    }


def assert_same(answer: Body, recorded: Body) -> None:
    """Member for member and in the same order, but for members that came later."""
    missing: set[str] = set()
    common = without(unnamed(answer), missing, unnamed(recorded))
    assert json.dumps(common) == json.dumps(unnamed(recorded))
    assert missing <= (LATER_MEMBERS if recorded["created_at"] < COMPLETE_SINCE else set())


def as_request(assistant: Body) -> Body:
    return {name: assistant[name] for name in ASSISTANTS.names if name in assistant}


def state_before(recording: Body) -> Body:
    """The last recorded answer about the same assistant before this request."""
    [*_, last] = [
        other["response"]
        for other in RECORDINGS
        if other["source"] == recording["source"]
        and other["index"] < recording["index"]
        and other["response"].get("id") == recording["response"]["id"]
    ]
    state: Body = last
    return state


def test_enough_was_recorded() -> None:
    """The tests below are not empty."""
    counts = {kind: len(_recorded(kind)) for kind in ("create", "modify", "get", "delete", "list")}
    assert counts["create"] >= 125
    assert counts["modify"] >= 11
    assert counts["get"] >= 20
    assert counts["delete"] >= 5
    assert counts["list"] >= 37


@pytest.mark.parametrize("recording", _recorded("create"))
def test_create(app: Starlette, recording: Body) -> None:
    """A recorded create is answered as it was then."""
    [answer] = answers(app, ("POST", "", recording["request"]))
    assert_same(answer, recording["response"])


@pytest.mark.parametrize("recording", _recorded("modify"))
def test_modify(app: Starlette, recording: Body) -> None:
    """A recorded modify leads from the state before to the state after, and keeps identity and time."""
    before, after = answers(
        app, ("POST", "", as_request(state_before(recording))), ("POST", "/{id}", recording["request"])
    )
    assert_same(after, recording["response"])
    assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])
    assert recording["response"]["created_at"] == state_before(recording)["created_at"]


@pytest.mark.parametrize("recording", _recorded("get"))
def test_get(app: Starlette, recording: Body) -> None:
    """What was answered once makes, sent as a request, an assistant which is answered the same."""
    _, answer = answers(app, ("POST", "", as_request(recording["response"])), ("GET", "/{id}", None))
    assert_same(answer, recording["response"])


@pytest.mark.parametrize("recording", _recorded("delete"))
def test_delete(app: Starlette, recording: Body) -> None:
    """The body of a deletion, with the id of what was deleted."""
    created, answer = answers(app, ("POST", "", {"model": "gpt-4o"}), ("DELETE", "/{id}", None))
    assert json.dumps(answer) == json.dumps(recording["response"] | {"id": created["id"]})


@pytest.mark.parametrize("recording", _recorded("list"))
def test_list(app: Starlette, recording: Body) -> None:
    """The same assistants, created in the same order, make the same page; a cursor stands before it if one stood there then."""
    page, query = recording["response"], parse_qs(urlsplit(recording["url"]).query)
    older = [{"model": "older"}] * page["has_more"]
    newer = [{"model": "newer"}] * ("after" in query)
    bodies = [*older, *map(as_request, reversed(page["data"])), *newer]
    created = answers(app, *(("POST", "", body) for body in bodies))
    if newer:
        query["after"] = [created[-1]["id"]]
    # A page without `limit` was of at most 20, which is the default here, too.
    text = "&".join(f"{name}={value}" for name, [value] in query.items())
    [answer] = answers(app, ("GET", f"?{text}", None))
    assert list(answer) == list(page)
    assert (answer["object"], answer["has_more"]) == (page["object"], page["has_more"])
    assert len(answer["data"]) == len(page["data"])
    for item, recorded in zip(answer["data"], page["data"], strict=True):
        assert_same(item, recorded)
    assert (answer["first_id"], answer["last_id"]) == (answer["data"][0]["id"], answer["data"][-1]["id"])
    assert (page["first_id"], page["last_id"]) == (page["data"][0]["id"], page["data"][-1]["id"])
