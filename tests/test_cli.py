"""The command line over the embedded endpoint, in this process."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, scripted
from tests.tables import cases

PROJECT = """\
project: acme
default_environment: local
environments:
  local:
    endpoint: embedded
"""
TARGET = "Target: embedded endpoint .assistants/embedded.db, project acme, environment local\n"


@pytest.fixture
def project(write: Write) -> Path:
    return write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": "name: A\nmodel: gpt-4o\ntemperature: 0.5\n",
            "assistants/b.yaml": "name: B\nmodel: gpt-4o\ninstructions: |\n  One.\n  Two.\n  Three.\n",
        }
    )


def listed(cli: Cli, *words: str) -> dict[str, dict[str, object]]:
    found = cli("list", "-o", "json", *words)
    assert (found.exit_code, found.stderr) == (0, "")
    return {one["key"] or one["name"]: one for one in json.loads(found.stdout)}


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.usefixtures("project")
def test_create_then_nothing_then_an_edit(cli: Cli) -> None:
    first = cli("apply", "--yes")
    assert (first.exit_code, first.stderr) == (0, "")
    assert "Plan: 2 to create, 0 to update, 0 to delete, 0 unchanged.\n" in first.stdout
    assert first.stdout.endswith("Applied: 2 created, 0 updated, 0 deleted.\n")

    again = cli("apply", "--yes")
    assert again.stdout == TARGET + "Plan: 0 to create, 0 to update, 0 to delete, 2 unchanged.\nNothing to change.\n"

    before = listed(cli)
    edit("assistants/b.yaml", "Two.", "Deux.")
    edit("assistants/a.yaml", "name: A\n", "name: Z\n")
    edit("assistants/a.yaml", "temperature: 0.5\n", "")
    shown = cli("plan", "--exit-code")
    assert shown.exit_code == 3
    assert shown.stdout == (
        TARGET + f'~ a {before["a"]["id"]} "Z": changed in the files\n'
        '    name: "A" -> "Z"\n'
        "    temperature: 0.5 -> 1\n"
        f'~ b {before["b"]["id"]} "B": changed in the files\n'
        "    instructions:\n"
        "      @@ -1,3 +1,3 @@\n"
        "       One.\n"
        "      -Two.\n"
        "      +Deux.\n"
        "       Three.\n"
        "Plan: 0 to create, 2 to update, 0 to delete, 0 unchanged.\n"
    )
    assert cli("apply", "--yes").exit_code == 0
    after = listed(cli)
    assert after["a"] == {**before["a"], "name": "Z", "temperature": 1.0}
    assert cli("plan", "--exit-code").exit_code == 0


def test_every_example_is_applied_and_stays(cli: Cli, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "assistants", tmp_path / "assistants")
    assert cli("validate").stdout == "10 definitions are valid.\n"
    assert cli("apply", "-e", "local", "--yes").exit_code == 0
    again = cli("plan", "-e", "local", "--exit-code")
    assert (again.exit_code, again.stdout.splitlines()[1:]) == (
        0,
        ["Plan: 0 to create, 0 to update, 0 to delete, 10 unchanged."],
    )
    minimal = json.loads(cli("show", "minimal", "-o", "json").stdout)
    assert re.fullmatch(r"asst_[A-Za-z0-9]{24}", minimal.pop("id"))
    assert isinstance(minimal.pop("created_at"), int)
    assert minimal == {
        "object": "assistant",
        "name": "Your Assistant Name",
        "description": "A brief description of what this assistant is for",
        "model": "gpt-3.5-turbo",
        "instructions": None,
        "tools": [],
        "top_p": 1.0,
        "temperature": 1.0,
        "reasoning_effort": None,
        "tool_resources": {},
        "metadata": {},
        "response_format": "auto",
        "managed": True,
        "key": "minimal",
        "project": "examples",
        "environment": "local",
    }


@pytest.mark.usefixtures("project")
def test_a_conflict_exits_4_and_writes_nothing(cli: Cli, write: Write) -> None:
    write(
        {
            "other/a.yaml": "name: A\nmodel: gpt-4o\n",
            "other/project.yaml": PROJECT.replace("acme", "''").replace("project: ''\n", ""),
        }
    )
    assert cli("apply", "-f", "other", "--yes").exit_code == 0
    before = listed(cli)
    refused = cli("apply", "--yes")
    assert refused.exit_code == 4
    assert "Refused: 1 conflict (a): each says what to do\n" in refused.stdout
    assert refused.stderr == "Error: refused, nothing was written; the plan above says why and what to do\n"
    assert listed(cli) == before
    planned = cli("plan")
    assert (planned.exit_code, cli("plan", "--exit-code").exit_code) == (0, 4)
    assert planned.stdout.endswith("Plan: 1 to create, 0 to update, 0 to delete, 0 unchanged, 1 conflict.\n")


@pytest.mark.usefixtures("project")
def test_orphans_are_shown_and_only_pruned_when_asked(cli: Cli) -> None:
    cli("apply", "--yes")
    ids = listed(cli)
    Path("assistants/b.yaml").unlink()
    kept = cli("plan", "--exit-code")
    assert kept.exit_code == 0
    assert kept.stdout == (
        TARGET
        + f'? b {ids["b"]["id"]} "B": no definition has this key; --prune deletes it\n'
        + "Plan: 0 to create, 0 to update, 0 to delete, 1 unchanged, 1 orphan.\n"
    )
    gone = cli("apply", "--prune", "--yes")
    assert gone.exit_code == 0
    assert gone.stdout.endswith(f"- b {ids['b']['id']}: deleted\nApplied: 0 created, 0 updated, 1 deleted.\n")
    assert list(listed(cli)) == ["a"]


HOLDING = {  # of another definition, what takes its value from a variable that is not set
    "a pair": "metadata: {token: {env: NOWHERE}}\n",
    "its name": "name: {env: NOWHERE}\n",
    "its model": "model: {env: NOWHERE}\n",
    "a number": "temperature: {env: NOWHERE}\n",
    "an id": "tool_resources: {file_search: {vector_store_ids: [{env: NOWHERE}]}}\n",
    "the id to adopt": "adopt: {env: NOWHERE}\n",
}


@pytest.mark.usefixtures("project")
@cases("text", HOLDING)
@cases("value", {"not set": None, "empty": ""})
def test_a_variable_of_another_definition_hinders_no_one(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, text: str, value: str | None
) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    if value is not None:
        monkeypatch.setenv("NOWHERE", value)
    write({"assistants/c.yaml": text if text.startswith("model") else f"model: gpt-4o\n{text}"})
    for words in (["plan", "--only", "a"], ["apply", "--only", "[ab]", "--yes"], ["chat", "a", "Hello"], ["models"]):
        run = cli(*words)
        assert (run.exit_code, "NOWHERE is" in run.stderr) == (0, False), run.stderr
    assert list(listed(cli)) == ["a", "b"]
    doctor = cli("doctor")
    assert doctor.exit_code == 0
    assert "3 definitions; variables that are not set: NOWHERE (c)" in doctor.stdout
    assert "set them for plan and apply" in doctor.stdout
    assert cli("plan", "--only", "a", "--out", "plan.json").exit_code == 0
    assert cli("apply", "plan.json", "--yes").exit_code == 0
    for words in (["plan"], ["plan", "--only", "c"], ["chat", "c", "Hello"]):
        run = cli(*words)
        assert (run.exit_code, "the variable 'NOWHERE' is" in run.stderr) == (1, True)


def test_a_number_of_another_definition_that_is_none_hinders_no_one(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEAT", "warm")
    write({"assistants/a.yaml": "model: m\n", "assistants/b.yaml": "model: m\ntemperature: {env: HEAT}\n"})
    assert cli("plan", "--only", "a", "--embedded").exit_code == 0
    assert cli("plan", "--embedded").exit_code == 1


@pytest.mark.usefixtures("project")
def test_a_definition_that_lost_its_front_matter_is_not_pruned(cli: Cli, write: Write) -> None:
    write({"assistants/c.md": "---\nmodel: gpt-4o\n---\nBe kind.\n"})
    assert cli("apply", "--yes").exit_code == 0
    write({"assistants/c.md": "Be kind.\n"})
    run = cli("apply", "--prune", "--yes")
    assert run.exit_code == 0
    assert "but assistants/c.md is called so and none was read from it, so it is not pruned" in run.stdout
    assert len(json.loads(cli("list", "-o", "json").stdout)) == 3


@pytest.mark.usefixtures("project")
def test_a_part_of_the_project_neither_shows_orphans_nor_prunes(cli: Cli) -> None:
    cli("apply", "--yes")
    part = cli("plan", "assistants/a.yaml")
    assert part.stdout == TARGET + "Plan: 0 to create, 0 to update, 0 to delete, 1 unchanged.\n"
    refused = cli("apply", "assistants/a.yaml", "--prune", "--yes")
    assert (refused.exit_code, len(listed(cli))) == (4, 2)


def test_delete_all_stands_under_the_guards(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, **{f"assistants/k{n}.yaml": "model: gpt-4o\n" for n in range(6)}})
    cli("apply", "--yes")
    refused = cli("delete", "--all", "--yes")
    assert (refused.exit_code, len(listed(cli))) == (4, 6)
    assert "6 of 6 assistants would be deleted, more than --max-delete allows" in refused.stdout
    assert cli("delete", "--all", "--max-delete", "100%", "--yes").exit_code == 0
    assert listed(cli) == {}


def test_protected_is_remembered_without_the_file(cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": "model: m\nprotect: true\n",
            "assistants/b.yaml": "model: m\n",
        }
    )
    cli("apply", "--yes")
    Path("assistants/a.yaml").unlink()
    for words in (("apply", "--prune"), ("delete", "a"), ("delete", "--all")):
        refused = cli(*words, "--yes")
        assert refused.exit_code == 4
        assert "1 protected assistant would be deleted (a)" in refused.stdout
    write({"assistants/a.yaml": "model: m\n"})
    assert "protect: true -> false" in cli("apply", "--yes").stdout
    assert cli("delete", "a", "--yes").exit_code == 0


def test_a_file_protects_before_it_is_applied(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\n"})
    cli("apply", "--yes")
    write({"assistants/a.yaml": "model: m\nprotect: true\n"})
    for words in (("a",), ("--all",)):
        refused = cli("delete", *words, "--yes")
        assert (refused.exit_code, len(listed(cli))) == (4, 1)
        assert "(a): remove `protect: true` from the definition first, or release" in refused.stdout
    write({"assistants/a.yaml": "model: m\n"})
    assert cli("delete", "a", "--yes").exit_code == 0


def test_a_limit_that_is_given_holds_for_what_is_named(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, **{f"assistants/{name}.yaml": "model: m\n" for name in "abc"}})
    cli("apply", "--yes")
    assert cli("delete", "a", "b", "--max-delete", "1", "--yes").exit_code == 4
    assert cli("delete", "a", "b", "--max-delete", "2", "--yes").exit_code == 0
    assert list(listed(cli)) == ["c"]


@pytest.mark.usefixtures("project")
def test_delete_needs_to_be_told_about_strangers(cli: Cli, write: Write) -> None:
    write({"other/x.yaml": "name: X\nmodel: m\n", "other/project.yaml": PROJECT.replace("acme", "other")})
    cli("apply", "--yes")
    cli("apply", "-f", "other", "--yes")
    stranger = str(listed(cli)["x"]["id"])
    assert cli("delete", "x", "--yes").exit_code == 1
    refused = cli("delete", stranger, "--yes")
    assert refused.stderr == f"Error: {stranger} belongs to project other; add --unmanaged to delete it anyway\n"
    assert cli("delete", stranger, "--unmanaged", "--yes").exit_code == 0
    assert sorted(listed(cli)) == ["a", "b"]


@pytest.mark.usefixtures("project")
def test_without_a_terminal_yes_is_needed(cli: Cli) -> None:
    refused = cli("apply")
    assert (refused.exit_code, refused.stderr) == (
        2,
        "Error: there is no terminal to ask on; add --yes to go ahead without asking\n",
    )
    assert listed(cli) == {}


@pytest.mark.usefixtures("project")
def test_options_stand_before_or_after_and_the_later_wins(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("-e", "local", "plan").exit_code == 0
    wrong = cli("-e", "local", "plan", "-e", "lokal")
    assert (wrong.exit_code, wrong.stderr) == (
        1,
        "Error: the environment 'lokal' is not declared; did you mean 'local'?\n",
    )
    assert cli("-e", "lokal", "plan", "-e", "local").exit_code == 0
    monkeypatch.setenv("ASSISTANTS_ENVIRONMENT", "lokal")
    assert cli("plan").exit_code == 1
    assert cli("plan", "-e", "local").exit_code == 0


def test_definitions_from_standard_input(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT})
    assert cli("apply", "-", "--embedded", "--yes", stdin="key: s\nmodel: m\n").exit_code == 0
    assert list(listed(cli, "--embedded")) == ["s"]
    refused = cli("plan", "-", "--embedded", "--prune", stdin="key: s\nmodel: m\n")
    assert refused.exit_code == 2
    keyless = cli("plan", "-", "--embedded", stdin="model: m\n")
    assert (keyless.exit_code, keyless.stderr) == (
        1,
        "<stdin>:1:1: a definition from standard input has no file name to go by; add `key: NAME`\n",
    )


def test_every_problem_of_every_file_in_one_run(cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/one.yaml": "modle: gpt-4o\ntemperature: 3\n",
            "assistants/two.yaml": "model: whisper-1\nname: no\n",
            "assistants/three.yaml": "model: m\ninstructions: {file: ../../secret}\n",
        }
    )
    found = cli("validate")
    assert found.exit_code == 1
    assert [line.split(": ")[0] for line in found.stderr.splitlines()] == [
        "assistants/one.yaml:1:1",
        "assistants/one.yaml:1:1",
        "assistants/one.yaml:2:14",
        "assistants/three.yaml:2:15",
        "assistants/two.yaml:2:7",
    ]
    assert found.stdout == ""


@pytest.mark.usefixtures("project")
def test_list_in_all_its_forms(cli: Cli) -> None:
    where = "assistants at embedded endpoint .assistants/embedded.db, project acme, environment local.\n"
    assert cli("list").stderr == f"No {where}"
    cli("apply", "--yes")
    assert cli("list", "--name", "nix").stderr == f"None of 2 {where}"
    cli("delete", next(iter(listed(cli))), "--yes")
    assert cli("list", "--name", "nix").stderr.startswith("None of 1 assistant at embedded endpoint")
    cli("apply", "--yes")
    assert cli("list").stdout.splitlines()[0].split() == ["KEY", "NAME", "MODEL", "TOOLS", "AGE", "ID"]
    assert "ENVIRONMENT" in cli("list", "-o", "wide").stdout
    assert cli("list", "-o", "id").stdout.split() == [one["id"] for one in listed(cli).values()]
    assert cli("list", "-o", "yaml").stdout.startswith("- id: asst_")
    assert listed(cli, "--unmanaged") == {}
    assert listed(cli, "--project", "other") == {}
    assert list(listed(cli, "--managed", "--project", "acme")) == ["a", "b"]
    assert cli("list", "--managed", "--unmanaged").exit_code == 2
    assert {"id", "key", "name", "model", "managed"} <= set(listed(cli)["a"])


def test_a_server_cannot_forge_a_line(cli: Cli) -> None:
    rows = {"data": [{"id": "asst_a\nasst_forged", "name": "N\nError: forged"}], "has_more": False}
    with scripted(lambda one: Answer(body=rows) if one.method == "GET" else Answer(409, {"error": "no"})) as server:
        target = ("--base-url", server.url)
        assert cli("list", "-o", "id", *target).stdout == "asst_a\\nasst_forged\n"
        assert len(cli("list", *target).stdout.splitlines()) == 2
        kept = cli("delete", "asst_a\nasst_forged", "--unmanaged", "--yes", *target)
        assert not [line for line in kept.output.splitlines() if line.startswith(("asst_forged", "Error: forged"))]


@pytest.mark.usefixtures("project")
def test_show_by_key_by_id_and_not_at_all(cli: Cli) -> None:
    cli("apply", "--yes")
    by_key = cli("show", "a", "-o", "json")
    assert json.loads(by_key.stdout) == json.loads(cli("show", json.loads(by_key.stdout)["id"], "-o", "json").stdout)
    missing = cli("show", "nix")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert missing.stderr == (
        "Error: no assistant has the key or id 'nix' in environment local; `assistants list` shows what there is\n"
    )


@pytest.mark.usefixtures("project")
def test_what_a_server_holds_cannot_reach_the_terminal_raw(cli: Cli) -> None:
    Path("assistants/a.yaml").write_text('name: "\\e[2J\\u202Eevil\\x9b"\nmodel: m\n', encoding="utf-8")
    seen = (
        cli("apply", "--yes").output
        + cli("list").output
        + cli("show", "a").output
        + cli("show", "a", "-o", "json").output
    )
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", seen)
    assert json.loads(cli("show", "a", "-o", "json").stdout)["name"] == "\x1b[2J\u202eevil\x9b"


def test_in_ci_the_embedded_endpoint_has_to_be_named(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert project
    monkeypatch.setenv("CI", "true")
    assert cli("plan").exit_code == 1
    assert cli("plan", "-e", "local").exit_code == 0
    assert cli("plan", "--embedded").exit_code == 0


def test_a_fault_of_ours_is_one_sentence(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert project

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("assistants_tool.planning.making.make_plan", broken)
    found = cli("plan")
    assert found.exit_code == 1
    assert re.fullmatch(
        r"Error: this is a bug in the tool \(ZeroDivisionError at test_cli.py:\d+: oops\); please report it with the command\n",
        found.stderr,
    )


@pytest.mark.usefixtures("project")
def test_colour_only_where_it_is_wanted(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in cli("plan").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[32m+ a" in cli("plan").stdout
    assert "\x1b" not in cli("plan", "--no-color").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in cli("plan").stdout


@pytest.mark.usefixtures("project")
def test_commands_that_read_send_only_get(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """`validate` sends nothing at all; `plan`, `list` and `show` nothing but GET, whatever there would be to do."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    held = {"id": "asst_1", "object": "assistant", "name": "Held", "model": "m", "metadata": {}}
    with scripted(lambda _: Answer(body={"object": "list", "data": [held], "has_more": False})) as server:
        at = ("--base-url", server.url)
        assert cli("validate", *at).exit_code == 0
        assert server.requests == []
        assert cli("plan", *at, "--prune", "--adopt", "--exit-code").exit_code == 3
        assert cli("list", *at).exit_code == 0
        assert cli("show", "asst_1", *at).exit_code == 0
    assert [one.method for one in server.requests] == ["GET"] * 3


def test_delete_says_whose_an_assistant_is_and_why_it_goes(cli: Cli, write: Write) -> None:
    write(
        {"assistants/project.yaml": "project: p\nenvironments:\n  a: {endpoint: embedded}\n  b: {endpoint: embedded}\n"}
    )
    write({"assistants/x.yaml": "model: m\n"})
    assert cli("apply", "-e", "a", "--yes").exit_code == 0
    (one,) = json.loads(cli("list", "-e", "a", "-o", "json").stdout)
    wrong = cli("delete", one["id"], "-e", "b", "--yes")
    assert wrong.stderr == f"Error: {one['id']} belongs to environment a; choose that with -e a\n"
    assert f"- x {one['id']}: --all\n" in cli("delete", "--all", "-e", "a", "--yes").stdout


@pytest.mark.parametrize(
    "words", [("plan", "nix.yaml"), ("plan", "nix.yaml", "-e", "local"), ("apply", "nix.d/")], ids=" ".join
)
def test_a_path_that_is_not_there_is_said_to_be_and_not_what_follows_from_it(
    words: tuple[str, ...], cli: Cli, write: Write
) -> None:
    write(
        {"assistants/project.yaml": "environments: {local: {endpoint: embedded}}\n", "assistants/a.yaml": "model: m\n"}
    )
    found = cli(*words)
    assert (found.exit_code, found.stderr) == (
        1,
        f"{words[1].rstrip('/')}: no such file or folder; check the path, or run from the project's root\n",
    )


def test_what_is_imported_may_go_to_a_folder_beside_the_project(cli: Cli, write: Write) -> None:
    write(
        {"assistants/project.yaml": "environments: {local: {endpoint: embedded}}\n", "assistants/a.yaml": "model: m\n"}
    )
    assert cli("apply", "-e", "local", "--yes").exit_code == 0
    assert cli("release", "a", "-e", "local", "--yes").exit_code == 0
    assert cli("import", "--all", "-e", "local", "--to", "beside").exit_code == 0
    assert len(list(Path("beside").glob("*.yaml"))) == 1


@pytest.mark.usefixtures("project")
def test_how_many_requests_at_a_time(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("0", "101", "-1", "1.5", "ten", "²"):
        refused = cli("apply", "--yes", "--parallelism", word)
        assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (
            2,
            f"Error: Invalid value for '--parallelism': {word!r} is not a number of requests; give one from 1 to 100, or auto.",
        )
    assert listed(cli) == {}
    monkeypatch.setenv("ASSISTANTS_PARALLELISM", "32")
    assert cli("apply", "--yes").exit_code == 0
    assert cli("delete", "a", "--yes", "--parallelism", "auto").exit_code == 0
