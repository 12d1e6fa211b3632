"""Backups and `restore`; `release`: what a run changed can be undone, and what is managed can be let go."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.applying.backups import KEPT_RUNS, Backup, Backups
from assistants_tool.definitions import yamltext
from assistants_tool.endpoint import Connection, connect
from assistants_tool.objects.assistant import Assistant, Scope
from assistants_tool.objects.canonical import canonical, declared
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.jsontext import as_text
from assistants_tool.project.target import Embedded, Remote, Target
from tests.conftest import Cli, Write
from tests.hostile import Answer, Hostile, Request, hostile, refusal
from tests.strategies import definitions, json_values
from tests.tables import cases

PROJECT = "project: acme\ndefault_environment: local\nenvironments:\n  local: {endpoint: embedded}\n  other: {endpoint: embedded}\n"
BACKUPS = Path(".assistants/backups")
HERE = Target(Embedded(Path("x.db")), Scope("acme", "local"))


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
    assert f'~ b {before["b"]["id"]} "B": not as it is in the backup\n' in restored.stdout
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
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (*runs()[-1].iterdir(), runs()[-1], BACKUPS)]
    assert modes == [0o600, 0o600, 0o700, 0o700]
    assert kept()["object"]["name"] == f"B{KEPT_RUNS + 1}"
    assert Path(".assistants/.gitignore").read_text(encoding="utf-8") == "*\n"


def test_another_tenant_s_backup_is_refused(cli: Cli, write: Write) -> None:
    """By a header or a parameter; what comes from a variable does not count, as backups outlive its rotation."""

    def at(query: str, headers: str) -> None:
        endpoint = f"{{base_url: '{server.url}', query: {{tenant: {query}}}, headers: {{X-Team: {headers}, X-Run: {{env: RUN}}}}}}"
        write(
            {"assistants/project.yaml": f"default_environment: web\nenvironments: {{web: {{endpoint: {endpoint}}}}}\n"}
        )

    with hostile() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUN", "1")
        at("a", "red")
        assert cli("apply", "--yes").exit_code == 0
        write({"assistants/a.yaml": "model: gpt-4o\nname: another\n"})
        assert cli("apply", "--yes").exit_code == 0
        patch.setenv("RUN", "2")
        for query, headers in (("b", "red"), ("a", "blue")):
            at(query, headers)
            refused = cli("restore", "--yes")
            assert (refused.exit_code, "there is no backup of" in refused.stderr) == (1, True)
        at("a", "red")
        assert cli("restore", "--yes").exit_code == 0
        assert [one["name"] for one in server.dump()] == ["A", "B"]


def test_a_backup_from_before_tenants_were_told_apart_is_restored(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    cli("delete", "b", "--yes")
    (file,) = runs()[-1].glob("*.json")
    target = kept()["target"]
    old = {name: target[name] for name in ("endpoint", "project", "environment")}
    assert target.keys() > old.keys()
    file.write_text(changed(target=old)(file.read_text(encoding="utf-8")), encoding="utf-8")
    assert cli("restore", "--yes").exit_code == 0
    assert "b" in listed(cli)


def test_another_environments_backup_is_refused(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("delete", "b", "--yes")
    (run,) = runs()
    refused = cli("restore", run.name, "-e", "other", "--yes")
    assert refused.exit_code == 1
    assert f"the backup '{run.name}' belongs to another endpoint or environment" in refused.stderr
    nothing = cli("restore", "-e", "other", "--yes")
    assert (nothing.exit_code, nothing.stderr.startswith("Error: there is no backup of embedded endpoint")) == (1, True)
    unknown = cli("restore", "19990101T000000", "--yes")
    assert unknown.stderr == f"Error: there is no backup '19990101T000000'; there are: {run.name}\n"


def test_the_backups_of_the_chosen_environment_are_listed(cli: Cli) -> None:
    none = cli("restore", "--list")
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "No backups.\n")
    cli("apply", "--yes")
    cli("delete", "b", "--yes")
    (first,) = runs()
    cli("restore", "--yes")
    cli("delete", "a", "b", "--yes")
    *_, last = runs()
    listed = cli("restore", "--list").stdout.splitlines()
    assert [one.split(maxsplit=1) for one in listed] == [["TIME", "HOLDS"], [last.name, "a, b"], [first.name, "b"]]
    assert cli("restore", "--list", "-e", "other").stdout == ""
    next(first.glob("b-*.json")).write_text("cut off")
    torn = cli("restore", "--list")
    assert [one.split(maxsplit=1)[0] for one in torn.stdout.splitlines()] == ["TIME", last.name]
    assert torn.stderr.startswith(f"! {BACKUPS.as_posix()}/{first.name}/b-"), torn.stderr
    both = cli("restore", "--list", first.name)
    assert (both.exit_code, "--list shows every TIME; leave out one of the two" in both.stderr) == (2, True)


def test_only_narrows_a_restore(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("delete", "a", "b", "--yes")
    assert cli("restore", "--only", "b*", "--yes").exit_code == 0
    assert list(listed(cli)) == ["b"]


def kept(run: Path | None = None) -> dict[str, Any]:
    """What the one backup of a run, by default the last, holds."""
    (path,) = (run or runs()[-1]).glob("*.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


FROM_VARIABLES = """\
name: C
model: gpt-4o
metadata: {token: {env: TOKEN}, team: red}
tools: [{type: file_search}, {type: code_interpreter}]
tool_resources: {file_search: {vector_store_ids: [{env: SUPPORT_VECTOR_STORE}]}, code_interpreter: {file_ids: [file-one]}}
"""


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """With values under the two that `FROM_VARIABLES` names."""
    monkeypatch.setenv("TOKEN", "planted-token")
    monkeypatch.setenv("SUPPORT_VECTOR_STORE", "vs_planted")
    return monkeypatch


def without_times(one: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in one.items() if name not in ("id", "created_at")}


@cases(
    "command",
    {
        "delete a key": ("delete", "c"),
        "delete all": ("delete", "--all"),
        "release": ("release", "c"),
        "apply": ("apply", "--prune"),
    },
)
def test_a_backup_is_the_object_whole_with_what_variables_held(
    cli: Cli, write: Write, variables: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """A reference in place of a value would say what the variable holds now, and may stand in the wrong place."""
    write({"assistants/c.yaml": FROM_VARIABLES})
    cli("apply", "--yes")
    before = listed(cli)["c"]
    Path("assistants/c.yaml").write_text("name: C\nmodel: gpt-4o\n")
    if "--prune" in command:
        Path("assistants/c.yaml").unlink()
    variables.delenv("TOKEN")
    variables.delenv("SUPPORT_VECTOR_STORE")
    assert cli(*command, "--yes").exit_code == 0
    (path,) = runs()[-1].glob("c-*.json")
    assert '"token": "planted-token"' in path.read_text(encoding="utf-8")
    said = cli("restore", "--yes")
    assert (said.exit_code, without_times(listed(cli)["c"])) == (0, without_times(before))
    assert listed(cli)["c"]["metadata"] == {"token": "planted-token", "team": "red"}


def test_what_a_variable_held_before_comes_back(cli: Cli, write: Write, variables: pytest.MonkeyPatch) -> None:
    write({"assistants/c.yaml": FROM_VARIABLES})
    cli("apply", "--yes")
    before = listed(cli)["c"]
    variables.setenv("SUPPORT_VECTOR_STORE", "vs_other")
    assert cli("apply", "--yes").exit_code == 0
    said = cli("restore", "--yes")
    assert (said.exit_code, "Nothing to change" in said.stdout, listed(cli)["c"]) == (0, False, before)
    assert "planted" not in said.output
    assert "vs_" not in said.output


def test_a_prompt_of_somebody_that_an_adoption_wrote_over_comes_back(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The definition takes the same place from a file, which says nothing of what stood there before."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    with hostile() as endpoint:
        at = ("--base-url", endpoint.url, "--yes")
        endpoint.put({"model": "old", "name": "C", "instructions": "written by hand"})
        before = endpoint.dump()
        write({"prompts/c.txt": "ours", "assistants/project.yaml": "project: acme\n"})
        write({"assistants/c.yaml": "name: C\nmodel: m\ninstructions: {file: ../prompts/c.txt}\n"})
        assert cli("apply", "--only", "c", "--adopt", *at).exit_code == 0
        assert endpoint.dump()[0]["instructions"] == "ours"
        said = cli("restore", *at)
        assert (said.exit_code, endpoint.dump()) == (0, before)


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


def test_what_was_nobodys_comes_back_as_nobodys(cli: Cli) -> None:
    """Else it would be ours and have no definition, and the next `--prune` would delete it."""
    cli("apply", "--yes")
    cli("release", "b", "--yes")
    old = listed(cli)["B"]
    assert cli("delete", str(old["id"]), "--unmanaged", "--yes").exit_code == 0
    said = cli("restore", "--yes")
    assert (said.exit_code, said.stderr) == (0, "")
    assert (
        f"was {old['id']}; it comes back under a new id\n    it was not managed here, and is released again\n"
        in said.stdout
    )
    back = listed(cli)["B"]
    assert {name for name in back if back[name] != old[name]} <= {"id", "created_at"}


def test_an_adoption_is_undone(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    cli("release", "b", "--yes")
    before = listed(cli)
    write({"assistants/b.yaml": "name: B\nmodel: gpt-4o\ninstructions: second\n"})
    assert cli("apply", "--adopt", "--yes").exit_code == 0
    assert listed(cli)["b"]["instructions"] == "second"
    assert cli("restore", "--yes").exit_code == 0
    assert listed(cli) == before


def test_where_there_is_only_something_to_let_go_that_is_asked_about(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    cli("release", "b", "--yes")
    assert cli("apply", "--adopt", "--yes").exit_code == 0
    before = listed(cli)
    asked = cli("restore")
    assert (asked.exit_code, listed(cli)) == (2, before)
    assert "Nothing to change" not in asked.stdout
    assert cli("restore", "--yes").exit_code == 0
    assert listed(cli)["B"]["managed"] is False


def test_what_another_project_lost_is_not_written_over_ours(cli: Cli, write: Write) -> None:
    write({"other/project.yaml": PROJECT.replace("acme", "other"), "other/a.yaml": "name: Theirs\nmodel: m\n"})
    cli("apply", "--yes")
    cli("apply", "-f", "other", "--yes")
    theirs = next(one["id"] for one in json.loads(cli("list", "-o", "json").stdout) if one["name"] == "Theirs")
    assert cli("delete", theirs, "--unmanaged", "--yes").exit_code == 0
    before = {name: one for name, one in listed(cli).items() if one["project"] == "acme"}
    said = cli("restore", "--yes")
    assert (said.exit_code, "it belongs to project other, environment local again" in said.stdout) == (0, True)
    after = {one["key"]: one for one in json.loads(cli("list", "-o", "json").stdout) if one["project"] == "acme"}
    assert {name: after[name] for name in before} == before
    (restored,) = [one for one in json.loads(cli("list", "-o", "json").stdout) if one["name"] == "Theirs"]
    assert (restored["project"], restored["key"], cli("plan", "-f", "other", "--exit-code").exit_code) == (
        "other",
        "a",
        0,
    )


def test_a_restore_that_is_done_again_goes_on_instead_of_back(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    before = listed(cli)
    write({"assistants/a.yaml": "name: Bad\nmodel: gpt-4o\n", "assistants/b.yaml": "name: Bad\nmodel: gpt-4o\n"})
    cli("apply", "--yes")
    assert cli("restore", "--only", "a", "--yes").exit_code == 0
    assert cli("restore", "--yes").exit_code == 0
    assert listed(cli) == before
    back = next(one.name for one in reversed(runs()) if one.name.endswith("-restore"))
    assert cli("restore", back, "--yes").exit_code == 0, "but it can be taken back, too"
    assert listed(cli)["b"]["name"] == "Bad"


def test_of_what_a_run_changes_twice_the_older_is_kept(tmp_path: Path) -> None:
    backups = Backups(tmp_path, HERE)
    for name in ("first", "second"):
        backups.save(Assistant({"id": "asst_1", "created_at": 1, "model": "m", "name": name}))
    (backup,) = Backups(tmp_path, HERE).read(None, {}).backups
    assert backup.before.name == "first"


def test_runs_of_several_processes_keep_out_of_each_others_way(tmp_path: Path) -> None:
    folder = tmp_path / ".assistants/backups"

    def one(number: int) -> None:
        for turn in range(8):
            body = {"id": f"asst_{number}_{turn}", "created_at": 1, "model": "m"}
            Backups(folder, HERE).save(Assistant(body))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    found = list(folder.iterdir())
    assert len(found) >= KEPT_RUNS
    assert all(list(run.glob("*.json")) for run in sorted(found)[-KEPT_RUNS:])


def test_what_was_nobodys_comes_back_once_however_often(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("release", "b", "--yes")
    assert cli("delete", str(listed(cli)["B"]["id"]), "--unmanaged", "--yes").exit_code == 0
    for _ in range(3):
        assert cli("restore", "--yes").exit_code == 0
    assert sorted(listed(cli)) == ["B", "a"]
    assert len(json.loads(cli("list", "-o", "json").stdout)) == 2


def adopted(endpoint: Hostile, cli: Cli, write: Write) -> tuple[str, ...]:
    """An assistant of somebody's, taken over and changed. Returns the words that name the endpoint."""
    at = ("--base-url", endpoint.url, "--yes")
    endpoint.put({"model": "old", "name": "X", "instructions": "theirs"})
    write({"assistants/project.yaml": "project: acme\n", "assistants/x.yaml": "name: X\nmodel: m\n"})
    assert cli("apply", "--adopt", "--only", "x", *at).exit_code == 0
    return at


def test_what_could_not_be_made_as_it_was_is_not_let_go(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    with hostile() as endpoint:
        at = adopted(endpoint, cli, write)
        act = endpoint.shelf.act

        def picky(request: Request) -> Answer:
            refuses = request.method == "POST" and request.body.get("instructions") == "theirs"
            return refusal(400, "not now") if refuses else act(request)

        monkeypatch.setattr(endpoint.shelf, "act", picky)
        assert cli("restore", *at).exit_code == 1
        monkeypatch.setattr(endpoint.shelf, "act", act)
        assert cli("restore", *at).exit_code == 0
        (one,) = endpoint.dump()
        assert (one["instructions"], one["metadata"]) == ("theirs", {})


def test_only_has_to_match_something(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("delete", "b", "--yes")
    found = cli("restore", "--only", "a", "--yes")
    assert found.exit_code == 1
    assert found.stderr.startswith("Error: --only 'a' matches nothing in the backup; it holds asst_")


# --- what a file may hold, a backup may, too; and more


ODD: dict[str, str] = {
    "what YAML takes for a number": "1e5",
    "line ends of Unicode": "first\u2028second\x85third\u2029",
    "control characters": "bell\x07 escape\x1b[31m",
    "what looks like a reference": "{env: HOME}",
    "what looks like the end of a backup": "a\n...\nb\n...\n",
    "long": "word " * 50_000,
    "emoji and spaces": "  \U0001f600 \n\n\ttab  \n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_any_text_comes_back_as_it_was(text: str, cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": yamltext.dump({"name": "A", "model": "gpt-4o", "instructions": text})})
    cli("apply", "--yes")
    before = listed(cli)
    assert before["a"]["instructions"] == text
    write({"assistants/a.yaml": "name: A\nmodel: gpt-4o\n"})
    cli("apply", "--yes")
    assert cli("restore", "--yes").exit_code == 0
    assert listed(cli) == before


def read_back(folder: Path, body: dict[str, Any]) -> Backup:
    """What a backup of this object says."""
    Backups(folder, HERE).save(Assistant(body))
    (backup,) = Backups(folder, HERE).read(None, {}).backups
    return backup


def deep(levels: int) -> dict[str, Any]:
    return functools.reduce(lambda inner, _: {"a": inner}, range(levels), dict[str, Any]())


OBJECTS: dict[str, dict[str, Any]] = {
    "over every limit": {
        "id": "x:1/\u00fc",
        "model": "whisper-1",
        "instructions": "\U0001f600" * 700_000,
        "tools": [{"type": "odd", "inside": deep(140)}],
        "metadata": {f"k{number}": "v" for number in range(16)},
    },
    "halves of surrogate pairs": {"id": "asst_\ud800", "name": "a\udc00b", "\udfff": "\ud800"},
    "odd numbers": {
        "id": "x",
        "numbers": [0, -0.0, 1, 1.0, 2**200, 1e308, 5e-324, 0.1 + 0.2, 1e22],
        "temperature": 0.123456789012345,
    },
    "what we do not know": {
        "id": "x",
        "tools": "none",
        "tool_resources": [1],
        "created_at": "2026",
        "new": {"a": None},
    },
    "what YAML would trip over": {"id": "x", "name": "\u2028\x85\x07no: {", "description": "a\n...\nb\n...\n"},
    "JSON in a string": {"id": "x", "metadata": '{"team": "red"}', "response_format": '{"type": "text"}'},
}


@pytest.mark.parametrize("body", OBJECTS.values(), ids=OBJECTS)
def test_a_backup_is_what_was_answered_to_the_letter(body: dict[str, Any], tmp_path: Path) -> None:
    backup = read_back(tmp_path, body)
    assert json.dumps(backup.before.body) == json.dumps(body)
    assert backup.id == body["id"]


@given(st.dictionaries(st.text(max_size=6), json_values()), definitions())
def test_any_object_is_kept_to_the_letter(
    tmp_path_factory: pytest.TempPathFactory, more: dict[str, Any], definition: Definition
) -> None:
    body = {**more, **definition.fields, "id": "asst_1"}
    assert json.dumps(read_back(tmp_path_factory.mktemp("backups"), body).before.body) == json.dumps(body)


MARKS: dict[str, Any] = {
    "as an apply writes it": '{"project":"acme","environment":"local","key":"a","sent":"1:00"}',
    "of a newer version": '{"project":"acme","environment":"local","key":"a","future":[1]}',
    "damaged": ' {"project":"acme","envir',
    "no text": 5,
    "empty": "",
}


@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_the_mark_stands_beside_the_object_as_it_was_written(mark: Any, tmp_path: Path) -> None:
    read_back(tmp_path, {"id": "x", "metadata": {"assistants-tool": mark, "team": "red"}})
    (path,) = tmp_path.glob("*/*-x.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert (content["format"], content["version"], content["mark"]) == ("assistants-tool/backup", 1, mark)
    assert content["target"] == HERE.as_data()


def test_a_reference_that_the_endpoint_made_up_is_not_resolved(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("DEPLOY_KEY", "planted-variable")
    with hostile() as endpoint:
        at = ("--base-url", endpoint.url)
        write({"secret.txt": "planted-file", "assistants/project.yaml": "project: acme\n"})
        cli("apply", "--yes", *at)
        for one in endpoint.shelf.objects.values():
            one |= {"instructions": {"env": "DEPLOY_KEY"}, "description": {"file": "secret.txt"}}
        assert cli("apply", "--yes", *at).exit_code == 0
        said = cli("restore", "--yes", *at)
        assert "planted" not in said.output + json.dumps([entry.request.body for entry in endpoint.log])


def test_ids_that_make_one_file_name_have_two(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    with hostile() as endpoint:
        made = endpoint.shelf.objects
        odd = ("x:1", "x_1", "y" * 300 + "1", "y" * 300 + "2")
        for number, one in enumerate(odd):
            made[one] = {"id": one, "object": "assistant", "created_at": number, "model": "m", "metadata": {}}
        assert cli("delete", *odd, "--unmanaged", "--yes", "--base-url", endpoint.url).exit_code == 0
        assert (len(list(runs()[-1].glob("*.json"))), made) == (4, {})


# --- what is wrong with a backup


def refused_write(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_could_not_be_written_whole_is_not_there(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it push out what is."""
    cli("apply", "--yes")
    write({"assistants/b.yaml": "name: Second\nmodel: gpt-4o\n"})
    cli("apply", "--yes")
    (good,) = runs()
    write({"assistants/b.yaml": "name: Third\nmodel: gpt-4o\n"})
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refused_write)
        for _ in range(KEPT_RUNS + 1):
            found = cli("apply", "--yes")
            assert found.exit_code == 1
            assert "so it is left as it is: No space left on device; check" in found.stdout
    assert [one for run in runs() for one in run.iterdir()] == list(good.iterdir())
    assert cli("apply", "--yes").exit_code == 0
    assert runs()[0] == good
    assert all(list(one.iterdir()) for one in runs())


def test_a_clock_that_was_ahead_once_stops_nothing(cli: Cli, write: Write) -> None:
    cli("apply", "--yes")
    for number in range(KEPT_RUNS):
        (BACKUPS / f"20990101T0000{number:02}.000000").mkdir(parents=True)
    write({"assistants/b.yaml": "name: Z\nmodel: gpt-4o\n"})
    assert cli("apply", "--yes").exit_code == 0
    assert (runs()[-1].name, len(list(runs()[-1].glob("*.json")))) == ("20990101T000019.000001", 1)
    assert '"Z" -> "B"' in cli("restore", "--yes").stdout


def test_an_older_run_is_not_taken_for_one_that_cannot_be_read(cli: Cli, write: Write) -> None:
    for name in ("V1", "V2", "V3"):
        write({"assistants/b.yaml": f"name: {name}\nmodel: gpt-4o\n"})
        cli("apply", "--yes")
    newest = runs()[-1]
    for path in newest.iterdir():
        path.write_text("target:", encoding="utf-8")
    found = cli("restore", "--yes")
    assert found.exit_code == 1
    assert found.stderr.startswith(f"Error: the backup {newest.name} cannot be read: ")
    assert found.stderr.endswith("; or choose another by its TIME\n")
    assert listed(cli)["b"]["name"] == "V3"
    assert cli("restore", runs()[0].name, "--yes").exit_code == 0
    assert listed(cli)["b"]["name"] == "V1"


def changed(**members: Any) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), **members})


BROKEN: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "cut off": lambda text: text[: len(text) // 2],
    "cut off at the end of a line": lambda text: text.rpartition("metadata")[0],
    "another file": lambda _: "{}",
    "not an object": lambda _: "[1]",
    "of another format": changed(format="assistants-tool/plan"),
    "an id that is none": changed(id=[5]),
    "another id than the object's": changed(id="asst_other"),
    "another mark than the object's": changed(mark="{}"),
    "a target that is none": changed(target="x"),
    "far too deep": lambda _: "[" * 100_000,
    "not text": lambda _: "\x00\x01",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_backup_that_is_not_whole_is_named_and_the_others_are_restored(
    broken: Callable[[str], str], cli: Cli
) -> None:
    cli("apply", "--yes")
    before = listed(cli)
    cli("delete", "a", "b", "--yes")
    path = next(runs()[-1].glob("a-*"))
    path.write_text(broken(path.read_text(encoding="utf-8")), encoding="utf-8")
    found = cli("restore", "--yes")
    assert found.exit_code == 1
    assert (
        f"! not restored: {path} is not a backup of this tool, or was cut off or changed; fix it, or remove it\n"
        in found.stdout
    )
    assert listed(cli)["b"]["name"] == before["b"]["name"]
    assert "a" not in listed(cli)


def test_a_backup_of_a_newer_version_is_named_as_such(cli: Cli) -> None:
    cli("apply", "--yes")
    cli("delete", "a", "--yes")
    (path,) = runs()[-1].glob("*.json")
    path.write_text(changed(version=2)(path.read_text(encoding="utf-8")), encoding="utf-8")
    said = f"Error: the backup {runs()[-1].name} cannot be read: {path} was made by a newer version of this tool; restore it with that;"
    assert cli("restore", "--yes").stderr.startswith(said)


# --- whose runs are counted


OTHERS: dict[str, Target] = {
    "another environment": Target(HERE.endpoint, Scope("acme", "other")),
    "another project": Target(HERE.endpoint, Scope("beta", "local")),
    "another endpoint": Target(Remote("https://assistants.example/v1"), HERE.scope),
}


def keep_runs(folder: Path, target: Target, count: int) -> None:
    for _ in range(count):
        Backups(folder, target).save(Assistant({"id": "asst_1", "model": "m"}))


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_runs_elsewhere_do_not_push_out_those_of_a_target(other: Target, tmp_path: Path) -> None:
    keep_runs(tmp_path, HERE, 2)
    keep_runs(tmp_path, other, KEPT_RUNS + 3)
    assert len(list(tmp_path.glob("*/*.json"))) == KEPT_RUNS + 2
    first, second, *_ = sorted(one.name for one in tmp_path.glob("2*"))
    for time in (first, second):
        (backup,) = Backups(tmp_path, HERE).read(time, {}).backups
        assert backup.target == HERE.as_data()
    assert Backups(tmp_path, HERE).read(None, {}).time == second


def test_runs_whose_target_cannot_be_read_are_left_alone(tmp_path: Path) -> None:
    keep_runs(tmp_path, HERE, 1)
    (unreadable,) = tmp_path.glob("*/*.json")
    unreadable.write_text("x", encoding="utf-8")
    keep_runs(tmp_path, HERE, KEPT_RUNS + 3)
    assert (len(list(tmp_path.glob("*/*.json"))), unreadable.exists()) == (KEPT_RUNS + 1, True)


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    os.utime(tmp_path / "photos", (1, 1))
    keep_runs(tmp_path, HERE, KEPT_RUNS + 3)
    assert (tmp_path / "photos").is_dir()


# --- a folder of their own


@cases("named", {"absolute": "/private/here", "relative": "private/here"})
def test_backups_are_kept_in_the_folder_that_a_variable_names(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str
) -> None:
    folder = tmp_path / named.lstrip("/")
    monkeypatch.setenv("ASSISTANTS_BACKUPS", str(folder) if named.startswith("/") else named)
    cli("apply", "--yes")
    before = listed(cli)
    cli("delete", "a", "--yes")
    assert not BACKUPS.exists()
    (run,) = (one for one in folder.iterdir() if one.is_dir())
    (path,) = run.glob("*.json")
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, run, folder)] == [0o600, 0o700, 0o700]
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"
    assert cli("restore", "--yes").exit_code == 0
    assert without_times(listed(cli)["a"]) == without_times(before["a"])


def test_a_folder_that_cannot_be_made_keeps_everything_as_it_is(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("apply", "--yes")
    Path("file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("ASSISTANTS_BACKUPS", "file/backups")
    found = cli("delete", "a", "--yes")
    assert (found.exit_code, "a" in listed(cli)) == (1, True)
    assert "cannot be backed up, so it is left as it is" in found.stdout


# --- backups of earlier versions

EARLIER = """\
target:
  endpoint: embedded
  project: acme
  environment: local
id: asst_ZL3ZDHkgKlwhFQ8muFU7yS3P
created_at: 1795851946
mark:
  project: acme
  environment: local
  key: support
definition:
  key: support
  name: Support
  model: gpt-4o
  instructions: |
    Be kind.
    Always.
  tools:
    - type: code_interpreter
  temperature:
    env: WARMTH
  tool_resources:
    code_interpreter:
      file_ids:
        - file-one
        - env: FILE
  metadata:
    token:
      env: TOKEN
    team: red
  protect: true
variables:
  - path:
      - temperature
    env: WARMTH
  - path:
      - tool_resources
      - code_interpreter
      - file_ids
      - 1
    env: FILE
  - path:
      - metadata
      - token
    env: TOKEN
...
"""
THEIR_VARIABLES = {"WARMTH": "0.5", "FILE": "file-planted", "TOKEN": "planted-token"}
SUPPORT = """\
name: Support
model: gpt-4o
instructions: "Be kind.\\nAlways.\\n"
temperature: {env: WARMTH}
metadata: {token: {env: TOKEN}, team: red}
tools: [{type: code_interpreter}]
tool_resources: {code_interpreter: {file_ids: [file-one, {env: FILE}]}}
protect: true
"""


@pytest.fixture
def earlier(write: Write, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One as earlier versions wrote it, with values for its variables."""
    for name, value in THEIR_VARIABLES.items():
        monkeypatch.setenv(name, value)
    write({".assistants/backups/20261128T074548.061164/support-asst_ZL3ZDHkgKlwhFQ8muFU7yS3P.yaml": EARLIER})
    return monkeypatch


def test_a_backup_of_an_earlier_version_is_restored(earlier: pytest.MonkeyPatch, cli: Cli, write: Write) -> None:
    said = cli("restore", "--yes")
    assert (said.exit_code, "planted" in said.output) == (0, False)
    found = listed(cli)["support"]
    assert (found["instructions"], found["temperature"]) == ("Be kind.\nAlways.\n", 0.5)
    assert found["metadata"] == {"token": "planted-token", "team": "red"}
    assert found["tool_resources"] == {"code_interpreter": {"file_ids": ["file-one", "file-planted"]}}
    write({"assistants/support.yaml": SUPPORT})
    assert "= " not in cli("plan", "--only", "support").stdout
    assert cli("plan", "--only", "support", "--exit-code").exit_code == 0
    assert cli("delete", "support", "--yes").exit_code == 4, "it is protected again"
    assert "Nothing to change" in cli("restore", "20261128T074548.061164", "--yes").stdout


FAULTS: dict[str, tuple[str, str | None, str]] = {
    "a variable that is not set any more": ("TOKEN", None, "the variable 'TOKEN', which is not set; set it"),
    "no number": ("WARMTH", "warm", "the variable 'WARMTH', which does not hold a number; write one there"),
}


@cases("variable value said", FAULTS)
def test_what_a_backup_of_an_earlier_version_lacks_keeps_one_back_not_all(
    earlier: pytest.MonkeyPatch, cli: Cli, write: Write, variable: str, value: str | None, said: str
) -> None:
    (run,) = runs()
    second = EARLIER.replace("support", "second").replace("asst_ZL3", "asst_2").replace("env: TOKEN", "env: FILE")
    write({f"{run}/second.yaml": second.replace("env: WARMTH", "env: OTHER")})
    earlier.setenv("OTHER", "0.7")
    earlier.setenv(variable, value) if value else earlier.delenv(variable)
    found = cli("restore", "--yes")
    assert (found.exit_code, sorted(listed(cli))) == (1, ["second"])
    assert (
        f"! not restored: {run}/support-asst_ZL3ZDHkgKlwhFQ8muFU7yS3P.yaml takes a value from {said}\n" in found.stdout
    )


THEIRS_BROKEN: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "cut off": lambda text: text[: len(text) // 2],
    "cut off at the end of a line": lambda text: text.rpartition("variables")[0],
    "another file": lambda _: "a: 1\n...\n",
    "an id that is none": lambda text: re.sub(r"^id: .*$", "id: [5]", text, flags=re.MULTILINE),
    "a target that is none": lambda text: text.replace("target:", "target: x\nother:"),
    "far too deep": lambda _: "[" * 100_000 + "\n...\n",
    "not text": lambda _: "\x00\x01",
}


@pytest.mark.parametrize("broken", THEIRS_BROKEN.values(), ids=THEIRS_BROKEN)
def test_a_backup_of_an_earlier_version_that_is_not_whole_is_named(
    broken: Callable[[str], str],
    earlier: pytest.MonkeyPatch,
    cli: Cli,
) -> None:
    (path,) = runs()[0].iterdir()
    path.write_text(broken(EARLIER), encoding="utf-8")
    found = cli("restore", "--yes")
    assert (found.exit_code, f"{path} is not a backup of this tool, or was cut off or changed" in found.stderr) == (
        1,
        True,
    )


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
    assert f'> a {before["a"]["id"]} "A": still there, and no longer managed' in run.stdout
    assert listed(cli) == before
