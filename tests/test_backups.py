"""Backups and `restore`; `release`: what a run changed can be undone, and what is managed can be let go."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import given

from assistants_tool.assistant import Assistant
from assistants_tool.backups import KEPT_RUNS
from assistants_tool.canonical import as_text, canonical, declared
from assistants_tool.definition import Definition
from assistants_tool.endpoint import Connection, connect
from assistants_tool.project import Embedded
from tests.conftest import Cli, Write
from tests.strategies import definitions
from tests.tables import cases

PROJECT = "project: acme\ndefault_environment: local\nenvironments:\n  local: {endpoint: embedded}\n  other: {endpoint: embedded}\n"
BACKUPS = Path(".assistants/backups")


@pytest.fixture(autouse=True)
def project(write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": "name: A\nmodel: gpt-4o\ntools: [{type: file_search}]\n",
        }
    )
    write({"assistants/b.yaml": "name: B\nmodel: gpt-4o\ninstructions: first\n"})


def listed(cli: Cli) -> dict[str, dict[str, object]]:
    return {one["key"] or one["name"]: one for one in json.loads(cli("list", "-o", "json").stdout)}


def runs() -> list[Path]:
    return sorted(BACKUPS.iterdir()) if BACKUPS.is_dir() else []


def test_creating_and_keeping_backs_nothing_up(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("apply", "--yes")
    assert runs() == []


def test_an_update_is_undone(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    before = listed(cli)
    write({"assistants/b.yaml": "name: Z\nmodel: gpt-4.1\n"})
    cli("apply", "--yes")
    assert listed(cli)["b"]["name"] == "Z"
    restored = cli("restore", "--yes")
    assert (restored.exit_code, restored.stderr) == (0, "")
    assert f'~ b {before["b"]["id"]} "B": not as in the backup\n' in restored.stdout
    assert listed(cli) == before
    assert cli("plan", "--exit-code").exit_code == 3


def test_a_deletion_is_undone_under_a_new_id_and_says_so(cli: Cli) -> None:
    cli("apply", "--yes")
    before = listed(cli)
    Path("assistants/a.yaml").unlink()
    cli("apply", "--prune", "--yes")
    said = cli("restore", "--yes").stdout
    assert f"was {before['a']['id']}; it comes back under a new id" in said
    after = listed(cli)
    assert after["a"]["id"] != before["a"]["id"]
    differing = {name for name in after["a"] if after["a"][name] != before["a"][name]}
    assert differing <= {"id", "created_at"}


def test_backups_are_private_and_the_last_twenty_runs(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    for number in range(KEPT_RUNS + 3):
        write({"assistants/b.yaml": f"name: B{number}\nmodel: gpt-4o\n"})
        assert cli("apply", "--yes").exit_code == 0
    assert len(runs()) == KEPT_RUNS
    (newest,) = runs()[-1].iterdir()
    assert stat.S_IMODE(newest.stat().st_mode) == 0o600
    assert yaml.safe_load(newest.read_text(encoding="utf-8"))["definition"]["name"] == f"B{KEPT_RUNS + 1}"
    assert Path(".assistants/.gitignore").read_text(encoding="utf-8") == "*\n"


def test_another_environments_backup_is_refused(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("delete", "b", "--yes")
    (run,) = runs()
    refused = cli("restore", run.name, "-e", "other", "--yes")
    assert refused.exit_code == 1
    assert f"the backup '{run.name}' is of another endpoint or environment" in refused.stderr
    nothing = cli("restore", "-e", "other", "--yes")
    assert (nothing.exit_code, nothing.stderr.startswith("Error: there is no backup of embedded endpoint")) == (1, True)
    unknown = cli("restore", "19990101T000000", "--yes")
    assert unknown.stderr == f"Error: there is no backup '19990101T000000'; there are: {run.name}\n"


def test_only_narrows_a_restore(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("delete", "a", "b", "--yes")
    assert cli("restore", "--only", "b*", "--yes").exit_code == 0
    assert list(listed(cli)) == ["b"]


def test_a_value_from_a_variable_is_kept_as_the_reference(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "model: gpt-4o\nname: {env: SECRET}\nmetadata: {team: {env: SECRET}, plain: x}\n"
    stores = "tool_resources: {file_search: {vector_store_ids: [{env: STORE}]}}\n"
    monkeypatch.setenv("SECRET", "planted-value")
    monkeypatch.setenv("STORE", "vs_planted")
    write({"assistants/c.yaml": text + stores})
    cli("apply", "--yes")
    before = listed(cli)["c"]
    write({"assistants/c.yaml": text + stores + "temperature: 0.5\n"})
    cli("apply", "--yes")
    kept = "".join(path.read_text(encoding="utf-8") for path in runs()[-1].iterdir())
    assert "planted" not in kept
    assert yaml.safe_load(kept)["definition"]["metadata"] == {"team": {"env": "SECRET"}, "plain": "x"}
    assert cli("restore", "--yes").exit_code == 0
    assert listed(cli)["c"] == before


FROM_VARIABLES = """\
model: gpt-4o
metadata: {team: {env: SECRET}}
tools: [{type: code_interpreter}]
tool_resources: {code_interpreter: {file_ids: [file-one, {env: FILE}]}}
"""


@cases(
    "command",
    {
        "delete a key": ("delete", "c"),
        "delete all": ("delete", "--all"),
        "release": ("release", "c"),
        "a restore that changes it": ("restore",),
    },
)
def test_what_is_deleted_or_let_go_is_kept_with_its_references(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SECRET", "planted-value")
    monkeypatch.setenv("FILE", "file-planted")
    write({"assistants/c.yaml": f"name: C\n{FROM_VARIABLES}"})
    cli("apply", "--yes")
    write({"assistants/c.yaml": FROM_VARIABLES})
    cli("apply", "--yes")
    if command != ("restore",):
        monkeypatch.delenv("SECRET")
        monkeypatch.delenv("FILE")
    done = cli(*command, "--yes")
    assert (done.exit_code, "planted" in done.output) == (0, False)
    (kept,) = runs()[-1].glob("c-*.yaml")
    assert "planted" not in kept.read_text(encoding="utf-8")
    definition = yaml.safe_load(kept.read_text(encoding="utf-8"))["definition"]
    assert definition["metadata"] == {"team": {"env": "SECRET"}}
    assert definition["tool_resources"] == {"code_interpreter": {"file_ids": ["file-one", {"env": "FILE"}]}}


def test_anothers_assistant_of_the_same_key_has_references_of_its_own(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "mine")
    write({"other/project.yaml": PROJECT.replace("acme", "other"), "other/b.yaml": "name: B\nmodel: gpt-4o\n"})
    write({"assistants/b.yaml": "name: {env: SECRET}\nmodel: gpt-4o\n"})
    cli("apply", "-f", "other", "--yes")
    theirs = json.loads(cli("list", "-o", "json").stdout)[0]["id"]
    assert cli("delete", theirs, "--unmanaged", "--yes").exit_code == 0
    (kept,) = runs()[-1].iterdir()
    assert yaml.safe_load(kept.read_text(encoding="utf-8"))["definition"]["name"] == "B"


def test_a_deletion_needs_no_definitions_that_load(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    write({"assistants/b.yaml": "modle: gpt-4o\n"})
    assert cli("delete", "a", "--yes").exit_code == 0
    assert list(listed(cli)) == ["b"]


def test_what_cannot_be_backed_up_is_not_changed(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    before = listed(cli)
    Path(".assistants/backups").write_text("in the way", encoding="utf-8")
    write({"assistants/b.yaml": "name: Z\nmodel: gpt-4o\n"})
    failed = cli("apply", "--yes")
    assert (failed.exit_code, listed(cli)) == (1, before)
    assert "cannot be backed up, so it is left as it is" in failed.stdout


def test_release_takes_the_mark_off_and_keeps_the_rest(cli: Cli) -> None:
    cli("apply", "--yes")
    before = listed(cli)
    said = cli("release", "b", "--yes")
    assert said.stdout.endswith(
        f"< b {before['b']['id']}: released\nApplied: 0 created, 0 updated, 1 released, 0 deleted.\n"
    )
    after = listed(cli)["B"]
    assert after == {**before["b"], "managed": False, "key": None, "project": None, "environment": None}
    assert "! b" in cli("plan").stdout
    assert cli("release", "B", "--yes").exit_code == 1
    assert cli("apply", "--adopt", "--yes").exit_code == 0
    assert listed(cli) == before


def test_an_assistant_without_a_mark_comes_back_under_its_id_as_key(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("release", "b", "--yes")
    old = str(listed(cli)["B"]["id"])
    assert cli("delete", old, "--unmanaged", "--yes").exit_code == 0
    assert cli("restore", "--yes").exit_code == 0
    assert listed(cli)[old]["name"] == "B"


@given(definitions())
def test_what_is_declared_has_the_form_of_the_body(definition: Definition) -> None:
    assert as_text(canonical(declared(definition.fields))) == as_text(canonical(definition.fields))


def test_declared_leaves_out_what_a_server_fills_in(tmp_path: Path) -> None:
    tools = [{"type": "file_search"}, {"type": "function", "function": {"name": "f"}}]
    body = {"model": "gpt-4o", "tools": tools, "metadata": {}}

    async def create() -> Assistant:
        async with connect(Embedded(tmp_path / "state.db"), Connection(), {}) as endpoint:
            return await endpoint.create(body)

    assert declared(asyncio.run(create()).body) == {"model": "gpt-4o", "tools": tools}


def test_what_was_released_gets_its_mark_back_under_its_id(cli: Cli) -> None:
    assert cli("apply", "--yes").exit_code == 0
    before = listed(cli)
    assert cli("release", "a", "--yes").exit_code == 0
    run = cli("restore", "--yes")
    assert f'> a {before["a"]["id"]} "A": there still, and not managed any more' in run.stdout
    assert listed(cli) == before


def test_a_value_stays_out_of_a_backup_where_the_files_moved_its_place(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = "{type: function, function: {name: f, description: {env: SECRET}}}"
    monkeypatch.setenv("SECRET", "planted-before")
    write({"assistants/a.yaml": f"name: A\nmodel: m\ntools:\n- {tool}\n"})
    assert cli("apply", "--yes").exit_code == 0
    monkeypatch.setenv("SECRET", "planted-after")
    write({"assistants/a.yaml": f"name: A\nmodel: m\ntools:\n- {{type: code_interpreter}}\n- {tool}\n"})
    assert cli("apply", "--yes").exit_code == 0
    (kept,) = runs()[-1].iterdir()
    text = kept.read_text(encoding="utf-8")
    assert "planted" not in text
    assert "env: SECRET" in text
