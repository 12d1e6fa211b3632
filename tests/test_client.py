"""A client that a program hands over: each method goes over it, by its address and authentication, and over nothing else."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import signal
import threading
import time
import typing
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI, OpenAI

from assistants_tool import (
    AsyncProject,
    Client,
    Outcome,
    Planned,
    Project,
    RefusedError,
    Status,
    ToolError,
    UsageError,
    apply,
    load,
    plan,
)
from assistants_tool.line.waiting import wait
from tests.conftest import Cli, Write
from tests.hostile import Hostile, hostile
from tests.servers import Answer, scripted
from tests.tables import cases

KEY = "sk-theirs-0123456789"
SECRET = "tenant-planted-0123456789"  # noqa: S105 - planted, to be looked for
NOWHERE = "http://127.0.0.1:9/v1"
FILES = {
    "assistants/project.yaml": f"""\
project: acme
environments:
  local:
    endpoint: {{base_url: {NOWHERE}, api_key: {{env: PROJECT_KEY}}, headers: {{X-Project: p}}}}
    defaults: {{model: of-the-environment}}
""",
    "assistants/a.yaml": "name: A\n",
    "assistants/b.yaml": "name: B\n",
}


@pytest.fixture
def endpoint(write: Write) -> Iterator[Hostile]:
    write(FILES)
    with hostile() as running:
        yield running


@dataclass(frozen=True)
class Program:
    """A program that has a client, and waits for its calls, or awaits them."""

    kind: type[Project] | type[AsyncProject]
    run: Callable[[Any], Any]

    def project(self, **how: Any) -> Any:
        return self.kind.open(**how)


@pytest.fixture(params=["waits", "awaits"])
def program(request: pytest.FixtureRequest) -> Iterator[Program]:
    if request.param == "waits":
        yield Program(Project, lambda answer: answer)
        return
    with asyncio.Runner() as runner:
        yield Program(AsyncProject, lambda answer: runner.run(answer) if inspect.iscoroutine(answer) else answer)


Make = Callable[..., AsyncOpenAI]


@pytest.fixture
def make(program: Program) -> Iterator[Make]:
    """Clients, which are closed where their connections are."""
    made: list[AsyncOpenAI] = []

    def client(url: str, **how: Any) -> AsyncOpenAI:
        made.append(AsyncOpenAI(base_url=url, api_key=KEY, **how))
        return made[-1]

    yield client
    for one in made:
        assert not one.is_closed()
        program.run(one.close()) if program.kind is AsyncProject else wait(one.close(), over_client=True)


def keys_of(endpoint: Hostile) -> set[str | None]:
    return {one.request.headers.get("authorization") for one in endpoint.log}


def test_each_method_goes_over_it(
    program: Program, make: Make, endpoint: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is still that of the project; its endpoint is not asked, and its key and headers go nowhere."""
    monkeypatch.setenv("PROJECT_KEY", "sk-of-the-project")
    project, client, run = program.project(environment="local"), make(endpoint.url), program.run
    planned: Planned = run(project.plan(client=client))
    assert str(planned.target) == f"{endpoint.url}, project acme, environment local"
    planned.save("plan.json")
    saved = project.read_plan("plan.json", client=client)
    assert [one.status for one in run(project.apply(saved, client=client))] == [Status.DONE] * 2
    assert run(project.apply(run(project.plan(client=client)), client=client)) == ()
    found = run(project.list(client=client)).assistants
    assert {one.body["model"] for one in found} == {"of-the-environment"}
    shown = run(project.show("a", client=client))
    assert shown in found
    run(project.release("a", client=client))
    imported = run(project.import_(shown.id, to="taken", client=client))
    assert [one.name for one in imported.written] == ["a-2.yaml"]
    run(project.delete("b", client=client))
    restored = run(project.restore(client=client))
    assert ([one.change.key for one in restored.outcomes], restored.failed) == (["b"], False)
    assert keys_of(endpoint) == {f"Bearer {KEY}"}
    assert not [one for one in endpoint.log if "x-project" in one.request.headers]


def test_each_method_that_asks_the_endpoint_takes_one() -> None:
    for kind in (Project, AsyncProject):
        methods = {name: one for name, one in inspect.getmembers(kind, inspect.isroutine) if not name.startswith("_")}
        taking = {name for name, one in methods.items() if "client" in inspect.signature(one).parameters}
        assert set(methods) - taking == {"validate", "load"}


def test_who_has_one_needs_no_other_endpoint(program: Program, make: Make, endpoint: Hostile) -> None:
    Path("assistants/project.yaml").unlink()
    Path("assistants/a.yaml").write_text("name: A\nmodel: m\n", encoding="utf-8")
    Path("assistants/b.yaml").unlink()
    with pytest.raises(ToolError, match="no endpoint is chosen"):
        program.project()
    project = program.project(client=make(f"{endpoint.url}/"))
    assert str(project.target) == f"{endpoint.url}, project (none), environment (none)"
    assert [one.change.key for one in program.run(project.apply())] == ["a"]
    assert len(program.run(project.list()).assistants) == 1


def test_the_steps_as_functions_go_over_it(endpoint: Hostile) -> None:
    client = AsyncOpenAI(base_url=endpoint.url, api_key=KEY)
    wanted = load(environment="local", client=client)
    assert [one.status for one in apply(plan(wanted))] == [Status.DONE] * 2
    assert plan(wanted).is_empty
    assert keys_of(endpoint) == {f"Bearer {KEY}"}
    wait(client.close(), over_client=True)


def test_a_plan_over_one_is_not_for_another_server(program: Program, make: Make, endpoint: Hostile, cli: Cli) -> None:
    project, client = program.project(environment="local"), make(endpoint.url)
    planned = program.run(project.plan(client=client))
    with pytest.raises(ToolError, match=rf"^the plan is for {endpoint.url}, .* and this project for {NOWHERE}, "):
        program.run(project.apply(planned))
    planned.save("plan.json")
    with pytest.raises(RefusedError, match=r"^plan\.json is not for this, nothing was written:$"):
        project.read_plan("plan.json")
    assert cli("apply", "plan.json", "--yes").exit_code == 4
    assert endpoint.writes == []


def test_a_plan_over_one_may_be_applied_by_the_command(
    program: Program, make: Make, endpoint: Hostile, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.run(program.project(environment="local").plan(client=make(endpoint.url))).save("plan.json")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert cli("apply", "plan.json", "--yes", "--base-url", endpoint.url).exit_code == 0
    assert len(endpoint.writes) == 2


@cases(
    "there",
    {
        "another tenant": {"default_headers": {"X-Tenant": SECRET}},
        "another organization": {"organization": SECRET},
        "another parameter": {"default_query": {"tenant": "another"}},
    },
)
def test_what_chooses_a_tenant_is_of_the_target(
    program: Program, make: Make, endpoint: Hostile, there: dict[str, Any]
) -> None:
    """And it is kept as a digest: nobody wrote the headers of a client to be read."""
    project, here, other = program.project(environment="local"), make(endpoint.url), make(endpoint.url, **there)
    planned = program.run(project.plan(client=other))
    assert planned.target != program.run(project.plan(client=here)).target
    planned.save("plan.json")
    with pytest.raises(RefusedError, match="is not for this"):
        project.read_plan("plan.json", client=here)
    program.run(project.apply(project.read_plan("plan.json", client=other), client=other))
    program.run(project.delete("a", client=other))
    with pytest.raises(ToolError, match="no backup of"):
        program.run(project.restore(client=here))
    kept = [one.read_text(encoding="utf-8") for one in (Path("plan.json"), *Path(".assistants").rglob("*.json"))]
    told = [repr(planned), repr(planned.target), json.dumps(planned.as_data()), planned.text(), *kept]
    assert len(kept) > 1
    assert not [one for one in told if SECRET in one]


def test_its_credentials_and_what_every_client_says_choose_nothing(
    program: Program, make: Make, endpoint: Hostile
) -> None:
    project = program.project(environment="local")
    first = make(endpoint.url)
    second = make(endpoint.url, default_headers={"X-Api-Token": SECRET, "User-Agent": "mine"}, max_retries=7)
    assert len({str(program.run(project.plan(client=one)).target.as_data()) for one in (first, second)}) == 1


def test_azures_is_one(write: Write) -> None:
    write(FILES)

    async def run(url: str) -> str:
        client = AsyncAzureOpenAI(azure_endpoint=url, azure_ad_token=KEY, api_version="2025-01-01")
        async with client:
            return str((await AsyncProject.open(environment="local").plan(client=client)).target.endpoint)

    with scripted(lambda _: Answer(body={"object": "list", "data": [], "has_more": False})) as server:
        root = server.url.removesuffix("/v1")
        assert asyncio.run(run(root)) == f"{root}/openai"
    (request,) = server.requests
    assert request.path == "/openai/assistants?api-version=2025-01-01&limit=100&order=asc"
    assert request.headers["authorization"] == f"Bearer {KEY}"


def refused(client: object, **how: Any) -> str:
    with pytest.raises(UsageError) as caught:
        Project.open(environment="local", client=typing.cast("Client", client), **how)
    return str(caught.value)


def test_what_cannot_be_one_is_refused(write: Write) -> None:
    write(FILES)
    with OpenAI(api_key=KEY) as waiting:
        assert "has to be an openai.AsyncOpenAI or AsyncAzureOpenAI, and is OpenAI" in refused(waiting)
        with pytest.raises(UsageError, match=r"and is OpenAI$"):
            Project.open(environment="local").plan(client=typing.cast("Client", waiting))
    sound = AsyncOpenAI(api_key=KEY)
    assert refused(sound, base_url=NOWHERE) == "base_url and client name two endpoints; choose one"
    assert refused(sound, embedded=True) == "embedded and client name two endpoints; choose one"
    # It would add paths behind the query: see findings/openai-base-url-with-query.sh
    asking = refused(AsyncOpenAI(base_url="http://127.0.0.1:9/v1?api-version=v1", api_key=KEY))
    assert asking.startswith("the base_url of the client has to be an http(s) address with neither user, password")
    said = refused(AsyncOpenAI(base_url=f"http://me:{SECRET}@127.0.0.1:9/v1", api_key=KEY))
    assert said.startswith("the base_url of the client has to be an http(s) address with neither user, password")
    assert SECRET not in said
    misplaced = refused(AsyncOpenAI(base_url="https://x.services.ai.azure.com/api/projects/p/openai/v1", api_key=KEY))
    assert misplaced.startswith("the base_url of the client: that is the address of Foundry's new clients")
    assert "assistants are at https://x.services.ai.azure.com/api/projects/p:" in misplaced


# --- waiting: the connections of a client stay in the event loop that opened them


@pytest.fixture
def client(endpoint: Hostile) -> Iterator[AsyncOpenAI]:
    client = AsyncOpenAI(base_url=endpoint.url, api_key=KEY)
    yield client
    wait(client.close(), over_client=True)


def test_it_may_be_used_from_a_notebook_and_from_several_threads(endpoint: Hostile, client: AsyncOpenAI) -> None:
    project = Project.open(environment="local")

    async def notebook() -> int:
        return len(project.apply(client=client))

    assert asyncio.run(notebook()) == 2
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(lambda _: project.list(client=client), range(8)))
    assert {len(one.assistants) for one in found} == {2}
    assert len(project.list(client=client).assistants) == 2


def test_a_call_in_the_midst_of_another_is_refused(endpoint: Hostile, client: AsyncOpenAI) -> None:
    """It would wait for ever."""
    project = Project.open(environment="local")

    def hear(_: Outcome) -> None:
        project.list(client=client)

    with pytest.raises(UsageError, match="a call over a client waits for another to end"):
        project.apply(on_outcome=hear, client=client)
    assert len(endpoint.log) > 2


def test_ctrl_c_ends_what_it_has_begun(endpoint: Hostile, client: AsyncOpenAI, write: Write) -> None:
    write({f"assistants/k{number}.yaml": "model: m\n" for number in range(4)})
    project = Project.open(environment="local", parallelism=1)
    heard: list[Status] = []

    def press(outcome: Outcome) -> None:
        if not heard:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        heard.append(outcome.status)
        time.sleep(0.05)  # the main thread has to get its turn

    with pytest.raises(KeyboardInterrupt):
        project.apply(on_outcome=press, client=client)
    assert (heard[0], heard[-1], len(heard)) == (Status.DONE, Status.SKIPPED, 6)
    assert len(endpoint.writes) == heard.count(Status.DONE)


def test_one_that_was_used_in_a_loop_that_has_ended_is_used_all_the_same(endpoint: Hostile) -> None:
    """Its connection cannot be gone on with; a read is sent again over another."""
    client = AsyncOpenAI(base_url=endpoint.url, api_key=KEY)
    project = AsyncProject.open(environment="local")
    for _ in range(2):
        assert asyncio.run(project.list(client=client)).assistants == ()
    with warnings.catch_warnings(action="ignore"):  # nobody can close those connections any more
        del client
        gc.collect()
