"""myla over SQLite: a server that pages oddly, wants the model with each update, and keeps less than it is sent."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.endpoint import Connection, connect
from assistants_tool.endpoint.patience import Patience
from assistants_tool.project.target import Key, Remote
from tests.conftest import Cli, Write
from tests.interop.servers import Server, ask, myla

# What of the examples it does not keep; all else has to stay.
NOT_KEPT = {
    **dict.fromkeys(
        ("code-reviewer", "editor", "incident-scribe", "korean", "release-notes", "support"), "temperature"
    ),
    "research": "top_p",
    "sql-helper": "reasoning_effort, response_format",
    "tutor": "temperature, response_format",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with myla(tmp_path_factory.mktemp("myla")) as server:
        yield server


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> Server:
    """The server, with nothing in it, and the variables that point to it."""
    monkeypatch.setenv("OPENAI_API_KEY", running.key)
    monkeypatch.setenv("ASSISTANTS_BASE_URL", running.url)
    for assistant in listed(cli):
        ask("DELETE", f"{running.url}/assistants/{assistant['id']}", running.key)
    return running


def listed(cli: Cli) -> list[dict[str, Any]]:
    run = cli("list", "-o", "json")
    assert run.exit_code == 0, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def ids(cli: Cli) -> dict[str, str]:
    return {one["key"]: one["id"] for one in listed(cli)}


def test_the_examples_are_applied_kept_changed_and_pruned(server: Server, cli: Cli, examples: Path) -> None:
    first = cli("apply", "--yes")
    assert first.exit_code == 0, first.stderr
    assert first.stdout.endswith("Applied: 10 created, 0 updated, 0 deleted.\n")
    for key, fields in NOT_KEPT.items():
        assert re.search(rf"^\+ {key} .*\n +the endpoint did not keep: {fields}$", first.stdout, re.MULTILINE), key
    assert first.stdout.count("did not keep") == len(NOT_KEPT)

    again = cli("apply", "--yes")
    assert (again.exit_code, "Nothing to change." in again.stdout) == (0, True)
    assert cli("plan", "--exit-code").exit_code == 0
    before = ids(cli)

    minimal, editor = examples / "minimal.yaml", examples / "editor.yaml"
    minimal.write_text("name: Renamed\nmodel: gpt-4.1-mini\n", encoding="utf-8")
    editor.write_text(editor.read_text(encoding="utf-8").replace("team: documentation", "team: docs"), encoding="utf-8")
    assert cli("plan", "--exit-code").exit_code == 3
    changed = cli("apply", "--yes")
    assert changed.stdout.endswith("Applied: 0 created, 2 updated, 0 deleted.\n")
    assert cli("plan", "--exit-code").exit_code == 0
    after = {one["key"]: one for one in listed(cli)}
    assert {key: one["id"] for key, one in after.items()} == before
    assert (after["minimal"]["name"], after["minimal"]["description"]) == ("Renamed", None)
    assert after["editor"]["metadata"] == {"team": "docs"}

    (examples / "team.yaml").unlink()
    pruned = cli("apply", "--prune", "--yes")
    assert pruned.stdout.endswith("Applied: 0 created, 0 updated, 3 deleted.\n")
    assert ids(cli) == {key: one for key, one in before.items() if (examples / f"{key}.yaml").exists()}


def test_what_is_not_kept_is_named_once_and_later_drift_is_seen(server: Server, cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "name: A\nmodel: gpt-4o\ntemperature: 0.5\nresponse_format: {type: json_object}\n"
            "tools: [{type: code_interpreter}]\ntool_resources: {code_interpreter: {file_ids: [file-1]}}\n"
        }
    )
    first = cli("apply", "--yes")
    assert first.exit_code == 0, first.stderr
    assert "did not keep: temperature, tool_resources, response_format\n" in first.stdout
    clean = cli("plan", "--exit-code")
    assert clean.exit_code == 0
    assert "does not keep: temperature, tool_resources, response_format (a)\n" in clean.stdout

    by_hand = {"model": "gpt-4o", "instructions": "By hand."}
    ask("POST", f"{server.url}/assistants/{ids(cli)['a']}", server.key, by_hand)
    drifted = cli("plan", "--exit-code")
    assert drifted.exit_code == 3
    assert "changed on the endpoint" in drifted.stdout
    assert cli("apply", "--yes").exit_code == 0
    assert cli("plan", "--exit-code").exit_code == 0
    assert listed(cli)[0]["instructions"] is None


def test_all_of_many_are_found(server: Server, cli: Cli, write: Write) -> None:
    """It says of every page that it is the last, and pages from the newest the wrong way: see findings/myla-newest-first.sh."""
    names = [f"k{number}" for number in range(130)]
    write({"assistants/many.yaml": "---\n".join(f"key: {name}\nname: {name}\nmodel: gpt-4o\n" for name in names)})
    assert cli("apply", "--yes").stdout.endswith("Applied: 130 created, 0 updated, 0 deleted.\n")
    assert cli("plan", "--exit-code").exit_code == 0
    assert sorted(ids(cli)) == sorted(names)


def test_what_is_gone_counts_as_deleted(server: Server, cli: Cli, write: Write) -> None:
    """It answers a second DELETE with a 500 in plain text, and closes the connection."""
    write({f"assistants/{name}.yaml": f"name: {name}\nmodel: gpt-4o\n" for name in "ab"})
    cli("apply", "--yes")
    gone = ids(cli)["a"]
    assert cli("delete", "a", "--yes").exit_code == 0
    assert list(ids(cli)) == ["b"]

    async def once_more() -> None:
        target, connection = Remote(server.url, Key("KEY")), Connection(patience=Patience(tries=2))
        async with connect(target, connection, {"KEY": server.key}) as endpoint:
            await endpoint.delete(gone)

    asyncio.run(once_more())
    assert list(ids(cli)) == ["b"]


def test_a_wrong_key_is_said_to_be_wrong(server: Server, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    run = cli("list")
    assert (run.exit_code, run.stderr.count("\n")) == (1, 1)
    assert "403" in run.stderr
    assert " does not allow this: check its permissions" in run.stderr
