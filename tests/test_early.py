"""Start early, wait once: the listing is on its way while the files are read, where nobody has to be asked for anything first."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assistants_tool import DefinitionError, EndpointError, RefusedError
from assistants_tool.applying.context import Policy
from assistants_tool.line import objects, restoring
from assistants_tool.line.front import Front
from assistants_tool.line.importing import Importing
from assistants_tool.line.opening import begun
from assistants_tool.line.steps import Line
from assistants_tool.line.workspace import Workspace
from assistants_tool.planning.plan import Options
from assistants_tool.project.target import Choice, Embedded, Key, Remote
from assistants_tool.redaction import NOTHING, Redaction
from tests.conftest import Cli, Write
from tests.hostile import Hostile, hostile
from tests.servers import Answer, Request, Scripted, scripted
from tests.tables import cases

NOWHERE = "http://127.0.0.1:9/v1"
NO_MORE = Answer(body={"object": "list", "data": [], "has_more": False})
SOUND = {"assistants/project.yaml": "project: acme\n", "assistants/a.yaml": "model: m\n"}
FAULTY = {"assistants/a.yaml": "modle: m\n"}
POLICY = Policy(settle_seconds=0.0)
SECONDS = 20.0  # how long a test waits for what has to come


@dataclass
class Server:
    """A server that answers when it may, and says when it was asked. `answer` is what it says."""

    answer: Answer = field(default_factory=lambda: NO_MORE)
    asked: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)
    running: Scripted = field(init=False)

    def script(self, _: Request) -> Answer:
        self.asked.set()
        self.may_answer.wait(SECONDS)
        return self.answer

    @property
    def url(self) -> str:
        return self.running.url


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    with scripted(found.script) as found.running:
        yield found
        found.may_answer.set()


@pytest.fixture
def ready(server: Server) -> Server:
    """One that answers at once."""
    server.may_answer.set()
    return server


@dataclass
class Reading(Front):
    """It hears of definitions when they have been read, and lets nobody go on before `until`."""

    until: Callable[[], bool] = lambda: True
    in_time: bool = False
    read_at: float = 0.0

    def hide(self, hidden: Redaction) -> None:  # noqa: ARG002 - the time counts
        self.in_time = self.until()
        self.read_at = time.monotonic()


def line(url: str, front: Front | None = None) -> Line:
    workspace = Workspace.find([Path("assistants")])
    return Line.of(workspace, Choice(base_url=url), front=front)


# --- what is on its way while files are read


@pytest.mark.parametrize("step", ["planned", "applied"])
def test_the_listing_is_asked_for_while_the_files_are_read(step: str, server: Server, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\nenvironments: {}\n"})
    front = Reading(lambda: server.asked.wait(SECONDS))
    watched = line(server.url, front)

    async def run() -> None:
        work = watched.planned(Options()) if step == "planned" else watched.applied(Options(only=("none",)), Policy())
        task = asyncio.ensure_future(work)
        while not front.read_at:  # noqa: ASYNC110 - the event loop goes on meanwhile
            await asyncio.sleep(0.001)
        assert not task.done()
        server.may_answer.set()
        with contextlib.suppress(RefusedError):  # of a run that is to write nothing
            await task

    asyncio.run(run())
    assert front.in_time
    assert server.running.lines == ["GET /v1/assistants?limit=100&order=asc"], "it is asked for once"


def test_the_age_of_the_listing_counts_from_its_first_page(ready: Server, write: Write) -> None:
    write(SOUND)
    front = Reading(lambda: ready.asked.wait(SECONDS))
    planned = asyncio.run(line(ready.url, front).planned(Options()))
    assert 0 < planned.plan.listing.asked_at < front.read_at


@pytest.fixture
def endpoint(write: Write, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    """It holds `a` and `b` as the files have them, and a backup holds `c`, which was deleted."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write({"assistants/project.yaml": "project: acme\n"} | {f"assistants/{key}.yaml": "model: m\n" for key in "abc"})
    with hostile() as running:
        asyncio.run(line(running.url).applied(Options(), POLICY))
        asyncio.run(objects.delete(line(running.url), ["c"], POLICY))
        running.recount()
        yield running


Work = Callable[[Line], Any]
READING: dict[str, tuple[str, Work]] = {
    "delete": ("definitions.loading.sketch", lambda line: objects.delete(line, ["a"], POLICY)),
    "release": ("definitions.loading.sketch", lambda line: objects.release(line, ["a"], POLICY)),
    "restore": ("definitions.loading.load", lambda line: restoring.restore(line, None, (), POLICY)),
    "import": (
        "line.drafting.collect",
        lambda line: Importing.of(line.choice, [Path("assistants")], None, None, line.talk).imported(),
    ),
}


@cases("reader work", READING)
def test_what_else_reads_files_has_asked_by_then(
    reader: str, work: Work, endpoint: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _, name = f"assistants_tool.{reader}".rpartition(".")
    read = getattr(pkgutil.resolve_name(module), name)
    seen: list[bool] = []

    def watched(*given: Any) -> Any:
        seen.append(until(lambda: bool(endpoint.log)))
        return read(*given)

    monkeypatch.setattr(f"{module}.{name}", watched)
    asyncio.run(work(line(endpoint.url)))
    assert seen[0]


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it comes to be so in time."""
    end = time.monotonic() + SECONDS
    while not is_so() and time.monotonic() < end:
        time.sleep(0.001)
    return is_so()


# --- files that are faulty


COMMANDS = ("plan", "apply --yes")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("refuses", [False, True], ids=["that keeps silent", "that refuses"])
def test_faulty_files_end_it_and_are_all_that_is_told(
    command: str, server: Server, write: Write, cli: Cli, *, refuses: bool
) -> None:
    """Whatever the endpoint says, and although it says nothing."""
    write(FAULTY)
    if refuses:
        server.answer = Answer(401, {"error": {"message": "no such key"}})
        server.may_answer.set()
    found = cli(*command.split(), "--base-url", server.url)
    assert found.exit_code == 1
    assert found.stderr == cli("validate").stderr
    assert "modle" in found.stderr


@pytest.mark.parametrize("answers", [False, True], ids=["that keeps silent", "that has answered nonsense"])
def test_what_is_on_its_way_is_given_up(
    server: Server, write: Write, caplog: pytest.LogCaptureFixture, *, answers: bool
) -> None:
    """And nobody hears how it ended."""
    write(FAULTY)
    given_up = threading.Event()
    server.answer = Answer(body={"hello": 1})

    def read() -> None:
        assert server.asked.wait(SECONDS)
        if answers:
            server.may_answer.set()
            time.sleep(0.1)  # so that the answer is there, too
        line(server.url).load()

    async def run() -> None:
        with pytest.raises(DefinitionError):
            async with begun(line(server.url).open, read, lambda _: NOTHING, early=True):
                raise AssertionError("there is nothing to go on with")
        assert asyncio.all_tasks() == {asyncio.current_task()}
        given_up.set()

    asyncio.run(run())
    gc.collect()
    assert (given_up.is_set(), caplog.text) == (True, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_they_are_told_before_a_key_that_is_missing(command: str, server: Server, write: Write, cli: Cli) -> None:
    project = f"environments: {{p: {{endpoint: {{base_url: {server.url}, api_key: {{env: NO_SUCH_KEY}}}}}}}}\n"
    write({**FAULTY, "assistants/project.yaml": project})
    assert "NO_SUCH_KEY" not in cli(*command.split(), "-e", "p").stderr
    write(SOUND | {"assistants/project.yaml": project})
    assert "the variable 'NO_SUCH_KEY' gives no key" in cli(*command.split(), "-e", "p").stderr
    assert server.running.requests == []


@pytest.mark.parametrize("command", COMMANDS)
def test_they_leave_no_database_behind(command: str, write: Write, cli: Cli) -> None:
    write(FAULTY)
    assert cli(*command.split(), "--embedded").exit_code == 1
    assert not Path(".assistants").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_where_a_person_may_be_asked_nothing_begins_before_the_files_are_sound(
    command: str, ready: Server, write: Write, cli: Cli
) -> None:
    """A command for a key may open a browser to log in."""
    program = "import pathlib; pathlib.Path('asked').touch(); print('sk-of-a-command')"
    endpoint = f"{{base_url: {ready.url}, api_key: {{command: {json.dumps([sys.executable, '-c', program])}}}}}"
    project = {"assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n"}
    write(FAULTY | project)
    assert cli(*command.split(), "-e", "p").exit_code == 1
    assert (Path("asked").exists(), ready.running.requests) == (False, [])
    write(SOUND | project)
    assert cli("plan", "-e", "p").exit_code == 0
    assert (Path("asked").exists(), len(ready.running.requests)) == (True, 1)


COMMAND = Key(command=("login",))
EARLY: dict[str, tuple[Embedded | Remote, bool]] = {
    "a server": (Remote(NOWHERE), True),
    "with a key from a variable": (Remote(NOWHERE, Key("KEY"), headers={"X-Tenant": "a", "X-Key": Key("KEY")}), True),
    "with a key from a command": (Remote(NOWHERE, COMMAND), False),
    "with a header from a command": (Remote(NOWHERE, Key("KEY"), headers={"X-Key": COMMAND}), False),
    "with a token of Entra ID, for which nobody is asked": (Remote(NOWHERE, Key(scope="s")), True),
    "over a client of somebody else's, which may ask a person, too": (Remote(NOWHERE, lent={}), False),
    "the embedded endpoint, where there is nothing to wait for": (Embedded(Path("embedded.db")), False),
}


@cases("endpoint early", EARLY)
def test_who_may_be_asked_before_the_files_are_read(endpoint: Embedded | Remote, early: bool) -> None:
    assert endpoint.begins_early is early


# --- refusals that need no files


REFUSED: dict[str, tuple[str, str]] = {
    "no such limit": ("plan --max-delete few --base-url {url}", "'few' is neither"),
    "a plan of another target": ("apply plan.json --yes --base-url {url}", "plan.json is not for this"),
    "no place to save at": ("plan --out plan.txt --base-url {url}", "has a name that ends in .json"),
    "the database that CI did not ask for": ("plan", "in CI the embedded endpoint has to be asked for"),
}


@cases("command said", REFUSED)
def test_a_refusal_that_needs_no_files_comes_before_anything_is_asked(
    command: str, said: str, ready: Server, write: Write, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = {"assistants/project.yaml": "default_environment: local\nenvironments: {local: {endpoint: embedded}}\n"}
    write(SOUND | local)
    cli("plan", "--embedded", "--out", "plan.json")
    shutil.rmtree(".assistants")
    monkeypatch.setenv("CI", "true")
    found = cli(*command.format(url=ready.url).split())
    assert said in found.stderr
    assert (ready.running.requests, Path(".assistants").exists()) == ([], False)


def test_the_target_is_named_before_it_is_asked(server: Server, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(SOUND)
    command = [sys.executable, "-m", "assistants_tool", "plan", "--base-url", server.url]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as run:
        assert run.stdout
        assert run.stdout.readline() == f"Target: {server.url}, project acme, environment (none)\n"
        assert server.asked.wait(SECONDS)
        server.may_answer.set()
        assert run.wait(SECONDS) == 0


# --- what must not be told


def test_a_failure_is_told_without_what_only_the_files_say_must_not_be(
    ready: Server, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint has refused before anyone knows what to hide."""
    monkeypatch.setenv("TENANT", "tenant-planted-0123456789")
    write({"assistants/a.yaml": "model: m\nmetadata: {tenant: {env: TENANT}}\n"})
    ready.answer = Answer(400, {"error": {"message": "who is tenant-planted-0123456789?"}})

    def refused() -> bool:
        asked = ready.asked.wait(SECONDS)
        time.sleep(0.05)  # so that the answer is there, too
        return asked

    with pytest.raises(EndpointError) as caught:
        asyncio.run(line(ready.url, Reading(refused)).planned(Options()))
    assert str(caught.value) == f"GET {ready.url}/assistants: 400 who is env:TENANT?"


def test_a_failure_is_told_once_the_files_are_read(ready: Server, write: Write, cli: Cli) -> None:
    write(SOUND)
    ready.answer = Answer(400, {"error": {"message": "not today"}})
    found = cli("plan", "--base-url", ready.url)
    assert (found.exit_code, len(ready.running.requests)) == (1, 1)
    assert found.stderr == f"Error: GET {ready.url}/assistants: 400 not today\n"
