"""A key that ends before a run does: another is fetched once, where the one before was good, and none is told to anybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from assistants_tool.endpoint import Connection
from assistants_tool.endpoint.access import Access
from assistants_tool.endpoint.assistants import AssistantsEndpoint
from assistants_tool.endpoint.client import Client
from assistants_tool.endpoint.keys import Bearer
from assistants_tool.endpoint.wire import Call, HttpWire
from assistants_tool.errors import EndpointError, ToolError
from assistants_tool.project.target import Remote
from tests.conftest import Cli, Write
from tests.servers import Answer, Request, Script, Scripted, scripted
from tests.tables import cases

KEYS = [f"planted-key-{number}-0123456789" for number in range(9)]
EMPTY = Answer(body={"data": [], "has_more": False})


class Given:
    """A source that gives these keys, one after the other, and then none."""

    def __init__(self, *keys: str) -> None:
        self.keys, self.asked = [*keys], 0
        self.last = ""

    async def token(self) -> str:
        self.last = self.last or self.keys.pop(0)
        return self.last

    async def another(self) -> str:
        self.asked += 1
        await asyncio.sleep(0)
        if not self.keys:
            raise ToolError("the command 'az' for the key failed with exit code 1; run it by hand to see why")
        self.last = self.keys.pop(0)
        return self.last


def taking(*rounds: str | None) -> Script:
    """A server that takes one key after the other: each for one listing, or none."""
    left = [*rounds]

    def script(request: Request) -> Answer:
        wanted = left[0] if left else None
        if request.headers.get("authorization") == f"Bearer {wanted}":
            left.pop(0)
            return EMPTY
        return Answer(401, {"error": {"message": f"expired: {request.headers.get('authorization')}"}})

    return script


def over(server: Scripted, source: Given, listings: int) -> None:
    async def run() -> None:
        async with Client(Bearer(await source.token(), source)) as http:
            endpoint = AssistantsEndpoint(HttpWire(Access(http, server.url)), Remote(server.url), Connection(5.0))
            for _ in range(listings):
                await endpoint.listing()

    asyncio.run(run())


def numbers(server: Scripted) -> list[int]:
    """Which key each request was sent with."""
    return [KEYS.index(one.headers["authorization"].removeprefix("Bearer ")) for one in server.requests]


A, B, C = KEYS[:3]


@cases(
    "given taken listings sent asked",
    {
        "as long as it is taken": ([A, B], [A, A, A], 3, [0, 0, 0], 0),
        "where it ends": ([A, B], [A, B, B], 3, [0, 0, 1, 1], 1),
        "where each one ends": ([A, B, C], [A, B, C], 3, [0, 0, 1, 1, 2], 2),
    },
)
def test_a_run_goes_on_with_another_key(
    given: list[str], taken: list[str], listings: int, sent: list[int], asked: int
) -> None:
    source = Given(*given)
    with scripted(taking(*taken)) as server:
        over(server, source, listings)
    assert (numbers(server), source.asked) == (sent, asked)


REFUSED = "; the key was refused: check it"


@cases(
    "given taken sent asked said",
    {
        "that was never good": ([A, B], [], [0], 0, REFUSED),
        "and so is the next": ([A, B, C], [A], [0, 0, 1], 1, REFUSED),
        "and the next is the same": ([A, A, B], [A], [0, 0], 1, REFUSED),
        "and there is none": ([A], [A], [0, 0], 1, ": the command 'az' for the key failed with exit code 1; run it by"),
    },
)
def test_a_key_that_is_refused(given: list[str], taken: list[str], sent: list[int], asked: int, said: str) -> None:
    source = Given(*given)
    with scripted(taking(*taken)) as server, pytest.raises(EndpointError) as caught:
        over(server, source, 3)
    assert (numbers(server), source.asked) == (sent, asked)
    assert said in str(caught.value)
    assert "planted-key" not in str(caught.value)


def test_of_many_requests_that_are_refused_at_once_one_asks() -> None:
    source = Given(A, B, C)

    async def run() -> None:
        async with Client(Bearer(await source.token(), source)) as http:
            await http.get(server.url)
            ended.append(A)
            answers = await asyncio.gather(*(http.get(server.url) for _ in range(8)))
            assert {one.status_code for one in answers} == {200}

    ended: list[str] = []
    with scripted(lambda one: Answer(401 if one.headers["authorization"][7:] in ended else 200)) as server:
        asyncio.run(run())
    # Whatever comes between them: each of the eight was taken with the one new key, once.
    assert (source.asked, numbers(server).count(1), max(numbers(server))) == (1, 8, 1)


def test_the_same_key_from_its_source_is_not_asked_for_again() -> None:
    """A server that refuses one object alone is not helped by a key."""
    source = Given(A, A, A)

    async def run() -> None:
        async with Client(Bearer(await source.token(), source)) as http:
            for path in ("good", "bad", "good", "bad"):
                await http.get(f"{server.url}/{path}")

    with scripted(lambda one: Answer(401 if one.path.endswith("bad") else 200)) as server:
        asyncio.run(run())
    assert (len(server.requests), source.asked) == (4, 1)


@cases(
    "headers",
    {"Authorization": {"Authorization": "Bearer other"}, "authorization": {"authorization": "Bearer other"}},
)
def test_a_header_that_the_target_states_stays(headers: dict[str, str]) -> None:
    async def run() -> None:
        async with Client(Bearer(A, Given(A, B))) as http:
            await HttpWire(Access(http, server.url, headers)).send(Call("GET", "/assistants"))

    with scripted(lambda _: Answer(401)) as server:
        asyncio.run(run())
    assert [one.headers["authorization"] for one in server.requests] == ["Bearer other"]


# --- the command line, with a command


@pytest.fixture
def command(tmp_path: Path) -> Callable[[Sequence[str]], str]:
    """A program that prints another key each time; the last one for ever."""

    def made(keys: Sequence[str]) -> str:
        for number, key in enumerate(keys, 1):
            (tmp_path / f"key{number}").write_text(key)
        (tmp_path / "asked").write_text("")
        program = tmp_path / "token"
        program.write_text('#!/bin/sh\ncd "${0%/*}"; echo >>asked; exec cat "key$(wc -l <asked | tr -d " ")"\n')
        program.chmod(0o755)
        return str(program)

    return made


def test_an_apply_outlasts_the_key_of_a_command(
    cli: Cli, write: Write, command: Callable[[Sequence[str]], str]
) -> None:
    """It ends with the first create: that one is sent again, and made once."""
    objects: list[dict[str, object]] = []

    def script(request: Request) -> Answer:
        ended = len(server.requests) > 1
        if request.headers["authorization"] != f"Bearer {B if ended else A}":
            return Answer(401, {"error": {"message": f"expired: {request.headers['authorization']}"}})
        if request.method == "POST":
            objects.append({"id": f"asst_{len(objects)}", "object": "assistant", "created_at": 1, **request.body})
            return Answer(body=objects[-1])
        found = [one for one in objects if request.path.partition("?")[0].endswith(str(one["id"]))]
        return Answer(body=found[0] if found else {"data": objects, "has_more": False})

    with scripted(script) as server:
        endpoint = json.dumps({"base_url": server.url, "api_key": {"command": [command([A, B])]}})
        write({"assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n"})
        write({"assistants/a.yaml": "model: gpt-4o\n", "assistants/b.yaml": "model: gpt-4o\n"})
        done = cli("apply", "-e", "p", "--yes", "-v")
    assert done.exit_code == 0, done.output
    assert len(objects) == 2
    assert done.stderr.count("The key is not taken any more: fetching another") == 1
    assert "planted-key" not in done.output
