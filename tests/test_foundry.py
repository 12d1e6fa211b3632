"""The laws over a definition of each type of tool that Foundry has, from validate to restore: against a stand-in that makes of requests
what the service makes of them, over real HTTP, and against the embedded endpoint in the place of Foundry.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from starlette.applications import Starlette

from assistants_tool import embedded
from assistants_tool.definitions.checks import faults
from assistants_tool.definitions.loading import load, validate
from assistants_tool.definitions.shape import is_reference
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.paths import Path as Steps
from assistants_tool.objects.paths import dotted, value_at
from assistants_tool.planning.comparing import departures
from assistants_tool.project.projectfile import find_project
from tests.conftest import Cli, Write
from tests.foundry import KINDS, MASK, Foundry, Object, foundry, shown
from tests.servers import Request

BEARER = "Bearer of-the-mcp-server"
KEYS = {kind: kind.replace("_", "-") for kind in KINDS}


@dataclass
class EmbeddedFoundry:
    """What the embedded endpoint of this kind holds, in its file."""

    database: Path

    @property
    def objects(self) -> dict[str, Object]:
        with contextlib.closing(sqlite3.connect(self.database)) as file:
            rows = file.execute("SELECT id, created_at, body FROM assistants ORDER BY sequence").fetchall()
        return {one: {"id": one, "created_at": at, **json.loads(body)} for one, at, body in rows}

    def put(self, body: Object) -> None:
        """By hand."""
        text = json.dumps({name: one for name, one in body.items() if name not in ("id", "created_at")})
        with contextlib.closing(sqlite3.connect(self.database)) as file, file:
            file.execute("UPDATE assistants SET body = ? WHERE id = ?", (text, body["id"]))


class Recorder:
    """Around an ASGI app, notes every request."""

    def __init__(self, app: Any, requests: list[Request]) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Any) -> None:
        raw = b""

        async def heard() -> Any:
            nonlocal raw
            message = await receive()
            raw += message.get("body", b"")
            return message

        await self._app(scope, heard, send)
        self._requests.append(Request(scope["method"], scope["path"], {}, json.loads(raw) if raw else None, raw))


@dataclass
class Rehearsal:
    """Commands against either; `requests` are those since the last time that they were taken."""

    held: Foundry | EmbeddedFoundry
    requests: list[Request]
    cli: Cli
    write: Write

    def run(self, *words: str, code: int = 0) -> Result:
        run = self.cli(*words)
        assert run.exit_code == code, run.output
        assert BEARER not in run.output
        return run

    @property
    def written(self) -> list[str]:
        """What was asked for since the last time, but for readings."""
        found = [one.method for one in self.requests if one.method != "GET"]
        self.requests.clear()
        return found

    @property
    def sent(self) -> str:
        return json.dumps([one.body for one in self.requests])

    def by_key(self) -> dict[str, dict[str, Any]]:
        return {json.loads(one["metadata"]["assistants-tool"])["key"]: one for one in self.held.objects.values()}

    @contextlib.contextmanager
    def by_hand(self, key: str) -> Iterator[Object]:
        """The object of a key, to be edited there."""
        body = self.by_key()[key]
        yield body
        self.held.put(body)

    def contents(self) -> dict[str, dict[str, Any]]:
        """What there is by its key, whatever its id and its time."""
        return {key: {**copy.deepcopy(one), "id": None, "created_at": None} for key, one in self.by_key().items()}


def definition(kind: str) -> str:
    return json.dumps({"name": kind, "model": "chat", **KINDS[kind].fields})  # YAML holds JSON


Found = tuple[Foundry | EmbeddedFoundry, list[Request], Object]


@contextlib.contextmanager
def stand_in(_: pytest.MonkeyPatch) -> Iterator[Found]:
    with foundry() as (held, server):
        yield held, server.requests, {"base_url": server.url, "api_key": {"env": "KEY"}, "query": {"api-version": "v1"}}


@contextlib.contextmanager
def in_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Found]:
    requests: list[Request] = []
    make = embedded.create_app

    def create_app(database: Path, kind: str) -> Starlette:
        app = make(database, kind=kind)
        app.add_middleware(Recorder, requests=requests)
        return app

    monkeypatch.setattr(embedded, "create_app", create_app)
    yield (
        EmbeddedFoundry(Path.cwd() / ".assistants/embedded-foundry.db"),
        requests,
        {"embedded": True, "kind": "foundry"},
    )


EVERYWHERE = pytest.mark.parametrize("rehearsal", [stand_in, in_process], indirect=True)


@pytest.fixture
def rehearsal(
    request: pytest.FixtureRequest, cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> Iterator[Rehearsal]:
    """With a definition of each kind; against the stand-in, where nothing else is asked for."""
    with getattr(request, "param", stand_in)(monkeypatch) as (held, requests, endpoint):
        project = {"project": "acme", "default_environment": "e", "environments": {"e": {"endpoint": endpoint}}}
        monkeypatch.setenv("KEY", "any-key")
        monkeypatch.setenv("MCP_AUTHORIZATION", BEARER)
        write({"assistants/project.yaml": json.dumps(project)})
        write({f"assistants/{KEYS[kind]}.yaml": definition(kind) for kind in KINDS})
        yield Rehearsal(held, requests, cli, write)


@EVERYWHERE
def test_each_kind_goes_all_the_way(rehearsal: Rehearsal, tmp_path: Path) -> None:
    assert f"{len(KINDS)} definitions are valid" in rehearsal.run("validate", "--strict").stdout
    rehearsal.run("plan", "--out", "plan.json")
    applied = rehearsal.run("apply", "plan.json", "--yes")
    assert f"Applied: {len(KINDS)} created, 0 updated, 0 deleted." in applied.stdout
    assert "did not keep" not in applied.output
    assert rehearsal.written == ["POST"] * len(KINDS)
    assert_nothing_to_do(rehearsal)
    before = rehearsal.contents()
    for kind in KINDS:
        with rehearsal.by_hand(KEYS[kind]) as body:
            KINDS[kind].edit(body)
    drifted = json.loads(rehearsal.run("plan", "-o", "json").stdout)
    assert {(one["key"], one["action"], one["reason"]) for one in drifted["changes"]} == {
        (key, "update", "changed on the endpoint") for key in KEYS.values()
    }
    rehearsal.run("apply", "--yes")
    assert rehearsal.written == ["POST"] * len(KINDS)
    assert_nothing_to_do(rehearsal)
    rehearsal.run("delete", "--all", "--yes", "--max-delete", "100%")
    assert rehearsal.held.objects == {}
    rehearsal.requests.clear()
    rehearsal.run("restore", "--yes")
    assert MASK not in rehearsal.sent
    assert rehearsal.contents() == before
    assert_nothing_to_do(rehearsal)
    assert BEARER not in (tmp_path / "plan.json").read_text(encoding="utf-8")


def assert_nothing_to_do(rehearsal: Rehearsal) -> None:
    rehearsal.requests.clear()
    run = rehearsal.run("plan", "--exit-code")
    assert f"0 to create, 0 to update, 0 to delete, {len(KINDS)} unchanged" in run.stdout
    assert "does not keep" not in run.output
    assert [one.method for one in rehearsal.requests] == ["GET"]
    rehearsal.requests.clear()


# --- files

OPAQUE = ("spec", "parameters", "headers")


def mappings(value: Any, path: Steps = ()) -> Iterator[Steps]:
    """Where the mappings are of which all members are known."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from mappings(one, (*path, index))
    elif isinstance(value, dict) and path[-1:] not in [(one,) for one in OPAQUE]:
        yield path
        for name, one in value.items():
            yield from mappings(one, (*path, name))


PLACES = [
    (kind, path)
    for kind, one in KINDS.items()
    for path in mappings(one.fields)
    if path and path not in (("tool_resources",), ("tool_resources", "mcp", 0, "headers"))
]


@pytest.mark.parametrize(("kind", "path"), PLACES, ids=[f"{kind}: {dotted(path)}" for kind, path in PLACES])
def test_a_member_that_is_not_known_is_a_fault_at_its_place(kind: str, path: Steps) -> None:
    document = json.loads(json.dumps({"model": "chat", **KINDS[kind].fields}))  # in which nothing stands twice
    known = [*value_at(document, path)]
    value_at(document, path)["tpye"] = 1
    (fault,) = faults(document)
    assert (fault.path, fault.at_key) == ((*path, "tpye"), True)
    assert fault.message.startswith(f"unknown field 'tpye' of {dotted(path)}; ")
    assert ("did you mean 'type'?" in fault.message) is ("type" in known)


def with_variables(value: Any, environ: dict[str, str], name: str = "") -> Any:
    """The same with a variable for each text and number, but for words of which there are few and for what describes values."""
    if isinstance(value, list):
        return [with_variables(one, environ) for one in value]
    if isinstance(value, dict) and not is_reference(value):
        return {key: one if key in OPAQUE else with_variables(one, environ, key) for key, one in value.items()}
    if name == "type" or isinstance(value, dict) or value == "":
        return value
    environ[variable := f"V{len(environ)}"] = str(value)
    return {"env": variable}


@pytest.mark.parametrize("kind", KINDS)
def test_a_variable_may_stand_for_each_text_and_number(kind: str, write: Write) -> None:
    environ = {"MCP_AUTHORIZATION": BEARER}
    stated = with_variables({"model": "chat", **KINDS[kind].fields}, environ)
    folder = write(
        {"a/one.yaml": json.dumps(stated), "a/plain.yaml": json.dumps({"model": "chat", **KINDS[kind].fields})}
    )
    project = find_project([folder / "a"], folder)
    one, plain = load([folder / "a"], project, "", environ).definitions
    assert one.fields == plain.fields
    assert len(one.variables) == len(environ) - (kind != "mcp")
    assert validate([folder / "a"], project).remarks == ()


# --- import


@EVERYWHERE
def test_imported_into_an_empty_folder_they_plan_to_nothing(
    rehearsal: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal.run("apply", "--yes")
    for kind in KINDS:
        (tmp_path / "assistants" / f"{KEYS[kind]}.yaml").unlink()
    imported = rehearsal.run("import", "--all")
    variable = "MCP_TOOL_RESOURCES_MCP_0_HEADERS_AUTHORIZATION"
    said = f"tool_resources.mcp[0].headers.Authorization is masked there: set the variable {variable} to its value"
    assert said in imported.output
    texts = {one.stem: one.read_text(encoding="utf-8") for one in (tmp_path / "assistants").glob("*-*.yaml")}
    mcp = (tmp_path / "assistants" / "mcp.yaml").read_text(encoding="utf-8")
    assert texts.keys() == {one for one in KEYS.values() if "-" in one}
    assert not [one for one in (*texts.values(), mcp) if MASK in one or "functions" in one or "null" in one]
    assert f"env: {variable}" in mcp
    monkeypatch.setenv(variable, BEARER)
    assert_nothing_to_do(rehearsal)


# --- headers


def headers(rehearsal: Rehearsal) -> dict[str, str]:
    found: dict[str, str] = rehearsal.by_key()["mcp"]["tool_resources"]["mcp"][0]["headers"]
    return found


def test_a_changed_value_of_a_header_is_an_update_that_sends_it(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal.run("apply", "--yes")
    monkeypatch.setenv("MCP_AUTHORIZATION", "Bearer another-one")
    rehearsal.requests.clear()
    told = rehearsal.run("plan").stdout
    assert "~ mcp" in told
    assert "changed in the files" in told
    assert "tool_resources.mcp[0].headers.Authorization" in told
    assert "another-one" not in told
    applied = rehearsal.run("apply", "--yes")
    assert "another-one" not in applied.output
    assert MASK not in rehearsal.sent
    assert rehearsal.written == ["POST"]
    assert headers(rehearsal) == {"Authorization": "Bearer another-one"}
    assert_nothing_to_do(rehearsal)


def test_a_change_of_a_value_by_hand_cannot_be_seen_and_the_plan_says_so(rehearsal: Rehearsal) -> None:
    rehearsal.run("apply", "--yes")
    headers(rehearsal)["Authorization"] = "Bearer by-hand"
    assert_nothing_to_do(rehearsal)
    told = rehearsal.run("plan").stdout
    hides = "the endpoint hides what it holds there, so a change by hand cannot be detected"
    assert f"{hides}: tool_resources.mcp[0].headers.Authorization" in told


def test_another_change_sends_the_value_of_the_file_and_never_the_mask(rehearsal: Rehearsal, write: Write) -> None:
    rehearsal.run("apply", "--yes")
    write({"assistants/mcp.yaml": json.dumps({"name": "Renamed", "model": "chat", **KINDS["mcp"].fields})})
    rehearsal.requests.clear()
    found = json.loads(rehearsal.run("plan", "-o", "json").stdout)
    (change,) = (one for one in found["changes"] if one["action"] != "keep")
    assert (change["reason"], [one["path"] for one in change["differences"]]) == ("changed in the files", ["name"])
    rehearsal.run("apply", "--yes")
    assert MASK not in rehearsal.sent
    assert rehearsal.written == ["POST"]
    assert headers(rehearsal) == {"Authorization": BEARER}
    assert_nothing_to_do(rehearsal)


LITERAL = {"mcp": [{"server_label": "github", "headers": {"X.Key": "literal-value"}, "require_approval": "never"}]}


def test_a_value_in_a_file_is_a_warning_and_is_told_nowhere(rehearsal: Rehearsal, write: Write, tmp_path: Path) -> None:
    tool = KINDS["mcp"].fields["tools"]
    text = f"name: mcp\nmodel: chat\ntools: {json.dumps(tool)}\ntool_resources: {json.dumps(LITERAL)}\n"
    write({"assistants/mcp.yaml": text})
    said = [
        rehearsal.run("validate").output,
        rehearsal.run("validate", "--strict", code=1).output,
        rehearsal.run("plan", "--out", "plan.json").output,
        rehearsal.run("plan", "-o", "markdown").output,
        rehearsal.run("apply", "plan.json", "--yes").output,
        rehearsal.run("plan", "-o", "json").output,
        rehearsal.run("show", "mcp", "-o", "json").output,
        (tmp_path / "plan.json").read_text(encoding="utf-8"),
    ]
    column = text.splitlines()[3].index('"literal-value') + 1
    assert f"assistants/mcp.yaml:4:{column}: warning: tool_resources.mcp[0].headers.X.Key is a secret" in said[0]
    assert [one for one in said if "literal-value" in one] == []
    assert headers(rehearsal) == {"X.Key": "literal-value"}
    assert_nothing_to_do(rehearsal)
    write({"assistants/mcp.yaml": text.replace("literal-value", "another-value")})
    changed = rehearsal.run("plan").output
    assert "1 to update" in changed
    assert "another-value" not in changed


@EVERYWHERE
def test_an_adoption_that_would_lose_a_hidden_value_is_a_conflict(rehearsal: Rehearsal, write: Write) -> None:
    rehearsal.run("apply", "--yes")
    with rehearsal.by_hand("mcp") as found:
        found["metadata"] = {}
    stated = {"name": "mcp", "model": "chat", "tools": KINDS["mcp"].fields["tools"], "adopt": found["id"]}
    write({"assistants/mcp.yaml": json.dumps(stated)})
    refused = rehearsal.run("apply", "--yes", code=4).output
    assert "tool_resources.mcp[0].headers.Authorization holds a value that the endpoint hides" in refused
    write({"assistants/mcp.yaml": json.dumps({**stated, "tool_resources": KINDS["mcp"].fields["tool_resources"]})})
    rehearsal.requests.clear()
    rehearsal.run("apply", "--yes")
    assert MASK not in rehearsal.sent
    assert_nothing_to_do(rehearsal)


@EVERYWHERE
def test_a_restore_without_the_value_names_the_place_and_sends_no_mask(
    rehearsal: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal.run("apply", "--yes")
    rehearsal.run("delete", "--all", "--yes", "--max-delete", "100%")
    (tmp_path / "assistants" / "mcp.yaml").unlink()
    monkeypatch.delenv("MCP_AUTHORIZATION")
    rehearsal.requests.clear()
    restored = rehearsal.run("restore", "--yes", code=1).output
    assert "tool_resources.mcp[0].headers.Authorization holds a mask in place of a value" in restored
    assert MASK not in rehearsal.sent
    assert rehearsal.by_key().keys() == {*KEYS.values()} - {"mcp"}


# --- marks of earlier versions


def test_marks_of_the_version_before_cause_no_update(rehearsal: Rehearsal) -> None:
    """It knew three types of tools, and took what a server added to the others for what it does not keep."""
    rehearsal.run("apply", "--yes")
    paths = [Path.cwd() / "assistants"]
    definitions = load(paths, find_project(paths, Path.cwd()), "e", os.environ).definitions
    for one in definitions:
        found = rehearsal.by_key()[one.key]
        before = replace(one, members=ASSISTANTS.earlier["1"])
        if one.key == "function":  # what somebody added, which that version left alone
            found["tool_resources"]["azure_ai_search"] = {"indexes": [{"index_name": "by hand"}]}
        seen = Assistant(shown(found), before.members)
        differs = departures(before, seen.body)
        got = before.digest_of(seen.body) if differs else ""
        mark = Mark("acme", "e", one.key, sent=before.digest, got=got, rest=seen.unknown.rest(before.stated))
        found["metadata"]["assistants-tool"] = mark.noting(differs).encode()
    assert_nothing_to_do(rehearsal)
    assert "still there: tool_resources" in rehearsal.run("plan").stdout
    assert "changed outside" not in rehearsal.run("plan").stdout


def test_a_changed_value_of_a_header_is_seen_beside_such_a_mark(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal.run("apply", "--yes")
    paths = [Path.cwd() / "assistants"]
    definitions = load(paths, find_project(paths, Path.cwd()), "e", os.environ).definitions
    (before,) = (replace(one, members=ASSISTANTS.earlier["1"]) for one in definitions if one.key == "mcp")
    mark = Mark("acme", "e", "mcp", sent=before.digest, got=before.digest_of(shown(rehearsal.by_key()["mcp"])))
    rehearsal.by_key()["mcp"]["metadata"]["assistants-tool"] = mark.encode()
    assert_nothing_to_do(rehearsal)
    monkeypatch.setenv("MCP_AUTHORIZATION", "Bearer another-one")
    assert "1 to update" in rehearsal.run("plan").stdout


@EVERYWHERE
def test_a_release_changes_nothing_but_the_mark_and_sends_no_mask(rehearsal: Rehearsal) -> None:
    rehearsal.run("apply", "--yes")
    before = {one: {**body, "metadata": {}} for one, body in copy.deepcopy(rehearsal.held.objects).items()}
    rehearsal.requests.clear()
    rehearsal.run("release", *KEYS.values(), "--yes")
    assert MASK not in rehearsal.sent
    assert "functions" not in rehearsal.sent
    assert rehearsal.held.objects == before
