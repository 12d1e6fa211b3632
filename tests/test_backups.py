"""Backups and `restore`; `release`: what a run changed can be undone, and what is managed can be let go."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given

from assistants_tool.applying.backups import KEPT_RUNS, Backups
from assistants_tool.definitions import yamltext
from assistants_tool.endpoint import Connection, connect
from assistants_tool.objects.assistant import Assistant, Scope
from assistants_tool.objects.canonical import canonical, declared
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.jsontext import as_text
from assistants_tool.project.target import Embedded, Target
from tests.conftest import Cli, Write
from tests.hostile import Answer, Hostile, Request, hostile, refusal
from tests.strategies import definitions
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
    (file,) = runs()[-1].iterdir()
    text = file.read_text(encoding="utf-8")
    old = re.sub(r"^  (api|query|headers): .*\n", "", text, flags=re.MULTILINE)
    assert ("query" in text, "query" in old) == (True, False)
    file.write_text(old, encoding="utf-8")
    assert cli("restore", "--yes").exit_code == 0
    assert "b" in listed(cli)


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


def test_what_was_nobodys_comes_back_as_nobodys(cli: Cli) -> None:
    """Else it would be ours and have no definition, and the next `--prune` would delete it."""
    cli("apply", "--yes")
    cli("release", "b", "--yes")
    old = listed(cli)["B"]
    assert cli("delete", str(old["id"]), "--unmanaged", "--yes").exit_code == 0
    said = cli("restore", "--yes")
    assert (said.exit_code, said.stderr) == (0, "")
    assert (
        f"was {old['id']}; it comes back under a new id\n    it was not managed here, and is let go again\n"
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
    before = listed(cli)
    assert cli("restore", "--yes").exit_code == 0
    after = listed(cli)
    assert {name: after[name] for name in before} == before
    assert after["Theirs"]["managed"] is False


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
    kept = Backups(tmp_path, HERE)
    for name in ("first", "second"):
        kept.save(Assistant({"id": "asst_1", "created_at": 1, "model": "m", "name": name}), None)
    (backup,) = Backups(tmp_path, HERE).read(None).backups
    assert backup.fields["name"] == "first"


def test_runs_of_several_processes_keep_out_of_each_others_way(tmp_path: Path) -> None:
    def one(number: int) -> None:
        for turn in range(8):
            body = {"id": f"asst_{number}_{turn}", "created_at": 1, "model": "m"}
            Backups(tmp_path, HERE).save(Assistant(body), None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    kept = list((tmp_path / ".assistants/backups").iterdir())
    assert len(kept) >= KEPT_RUNS
    assert all(list(run.glob("*.yaml")) for run in sorted(kept)[-KEPT_RUNS:])


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


@given(definitions())
def test_any_definition_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, definition: Definition) -> None:
    root = tmp_path_factory.mktemp("root")
    body = {**definition.fields, "id": "asst_1", "created_at": 1}
    Backups(root, HERE).save(Assistant(body), None)
    (backup,) = Backups(root, HERE).read(None).backups
    assert as_text(canonical(backup.fields)) == as_text(canonical(definition.fields))


def test_what_no_file_may_hold_comes_back_all_the_same(tmp_path: Path) -> None:
    """The endpoint held it: over the limits of size, depth and the API, and with an id that is no key."""
    deep: dict[str, Any] = {}
    for _ in range(140):
        deep = {"a": deep}
    body = {
        "id": "x:1/ü",
        "created_at": 1,
        "model": "whisper-1",
        "instructions": "\U0001f600" * 700_000,
        "tools": [{"type": "odd", "inside": deep}],
        "metadata": {f"k{number}": "v" for number in range(16)},
    }
    Backups(tmp_path, HERE).save(Assistant(body), None)
    (backup,) = Backups(tmp_path, HERE).read(None).backups
    assert (backup.id, as_text(canonical(backup.fields))) == ("x:1/ü", as_text(canonical(body)))


def test_half_of_a_surrogate_pair_is_no_reason_not_to_keep_the_rest(tmp_path: Path) -> None:
    body = {"id": "asst_\ud800", "created_at": 1, "model": "m", "name": "a\udc00b"}
    Backups(tmp_path, HERE).save(Assistant(body), None)
    (backup,) = Backups(tmp_path, HERE).read(None).backups
    assert backup.fields["name"] == "a\ufffdb"


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
        assert (len(list(runs()[-1].iterdir())), made) == (4, {})


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
    assert (runs()[-1].name, len(list(runs()[-1].iterdir()))) == ("20990101T000019.000001", 1)
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


BROKEN: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "cut off": lambda text: text[: len(text) // 2],
    "cut off at the end of a line": lambda text: text.rpartition("variables")[0],
    "another file": lambda _: "a: 1\n...\n",
    "an id that is none": lambda text: re.sub(r"^id: .*$", "id: [5]", text, flags=re.MULTILINE),
    "a target that is none": lambda text: text.replace("target:", "target: x\nother:"),
    "far too deep": lambda _: "[" * 100_000 + "\n...\n",
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
        f"! not restored: {path} is not a backup of this tool, or was cut off or changed; mend it, or remove it\n"
        in found.stdout
    )
    assert listed(cli)["b"]["name"] == before["b"]["name"]
    assert "a" not in listed(cli)


def test_a_variable_that_is_not_set_any_more_keeps_one_back_not_all(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "planted")
    monkeypatch.setenv("WARM", "0.5")
    write({"assistants/c.yaml": "name: {env: SECRET}\nmodel: m\ntemperature: {env: WARM}\n"})
    cli("apply", "--yes")
    before = listed(cli)
    cli("delete", "a", "c", "--yes")
    monkeypatch.delenv("SECRET")
    found = cli("restore", "--yes")
    assert found.exit_code == 1
    assert "takes a value from the variable 'SECRET', which is not set; set it" in found.stdout
    assert sorted(listed(cli)) == ["a", "b"]
    monkeypatch.setenv("SECRET", "planted")
    assert cli("restore", "--yes").exit_code == 0
    assert {**listed(cli)["c"], "id": 0, "created_at": 0} == {**before["c"], "id": 0, "created_at": 0}


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
