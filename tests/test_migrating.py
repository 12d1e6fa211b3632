"""`migrate`: what is written where and what is not, which definition an assistant has, and what is told of it."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import sqlite3
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool import AsyncProject, Project, UsageError
from assistants_tool.definitions.matching import Match, Matching
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.dialects import DIALECTS, Dialect
from assistants_tool.objects.mark import ORIGIN_MAX, Mark
from assistants_tool.planning.migration import Members, Moved, members_of
from assistants_tool.report.migration import member_lines
from tests.builders import bare, marked
from tests.conftest import Cli, Write
from tests.examples import examples
from tests.servers import Answer, Request, scripted
from tests.strategies import json_values
from tests.tables import cases
from tests.terminals import in_terminal

Object = dict[str, Any]
PROJECT = """project: acme
environments:
  old: {endpoint: embedded}
  classic: {endpoint: {embedded: true, kind: foundry}}
  prompts: {endpoint: {embedded: true, kind: foundry, api: prompt-agents}}
  agents: {endpoint: {embedded: true, api: agents}}
"""
SUPPORT = {"id": "asst_1", "object": "assistant", "created_at": 1, "name": "Support", "model": "gpt-4o"}
TUTOR = {"id": "asst_2", "object": "assistant", "created_at": 2, "name": "Tutor", "model": "gpt-4o", "temperature": 0.2}
OTHERS = "project: others\nenvironments: {e: {endpoint: ENDPOINT}}\n"


@pytest.fixture(autouse=True)
def project(write: Write) -> None:
    write({"assistants/project.yaml": PROJECT})


def made(cli: Cli, write: Write, endpoint: str, *definitions: str) -> None:
    """Assistants that nobody manages."""
    keys = [f"k{number}" for number, _ in enumerate(definitions)]
    write({"o/project.yaml": OTHERS.replace("ENDPOINT", endpoint)})
    write({f"o/{key}.yaml": text for key, text in zip(keys, definitions, strict=True)})
    assert cli("apply", "o", "-e", "e", "--yes").exit_code == 0
    assert cli("release", *keys, "-f", "o", "-e", "e", "--yes").exit_code == 0


def listed(cli: Cli, environment: str) -> list[Object]:
    found: list[Object] = json.loads(cli("list", "-e", environment, "-o", "json").stdout)
    return found


def files() -> set[str]:
    return {one.name for one in Path("assistants").iterdir()} - {"project.yaml"}


def held(database: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(f".assistants/{database}.db")) as file:
        return file.execute("SELECT * FROM assistants").fetchall()


def rows(text: str) -> list[Object]:
    return [*csv.DictReader(text.splitlines())]


def run(cli: Cli, *words: str, code: int = 0, stdin: str | None = None) -> str:
    done = cli("migrate", *words, stdin=stdin)
    assert done.exit_code == code, done.output
    return done.stdout


def assert_nothing_to_do(cli: Cli, *environments: str) -> None:
    for one in environments:
        done = cli("plan", "-e", one, "--exit-code", "--drop-unsupported")
        assert done.exit_code == 0, done.output


# --- from an endpoint

BOTH = ("name: Support\nmodel: gpt-4o\nmetadata: {team: a}\n", "name: Tutor\nmodel: gpt-4o\ntemperature: 0.2\n")
CLASSIC = "{embedded: true, kind: foundry}"


@pytest.mark.parametrize("to", ["prompts", "agents", "old"])
def test_what_nobody_manages_is_made_anew_and_known_again(cli: Cli, write: Write, to: str) -> None:
    made(cli, write, CLASSIC, *BOTH)
    before, old = held("embedded-foundry"), {one["name"]: one["id"] for one in listed(cli, "classic")}
    words = ("--from", "classic", "-e", to, "--drop-unsupported", "--yes")
    first = rows(run(cli, *words, "-o", "csv"))
    assert files() == {"support.yaml", "tutor.yaml"}
    now = {one["key"]: one for one in listed(cli, to)}
    assert [(one["old_id"], one["key"], one["new_id"], one["status"]) for one in first] == [
        (old["Support"], "support", now["support"]["id"], "created"),
        (old["Tutor"], "tutor", now["tutor"]["id"], "created"),
    ]
    assert {one["key"]: one.get("migrated_from") for one in now.values()} == {
        "support": old["Support"],
        "tutor": old["Tutor"],
    }
    texts = "".join(one.read_text() for one in Path("assistants").iterdir())
    assert not any(one in texts for one in old.values())
    assert "migrated" not in json.dumps([one["metadata"] for one in now.values()])
    assert held("embedded-foundry")[: len(before)] == before
    again = rows(run(cli, "--from", "classic", "-e", to, "--drop-unsupported", "-o", "csv"))
    assert again == [{**one, "status": "unchanged"} for one in first]
    assert_nothing_to_do(cli, "classic", to)


def test_what_this_project_manages_keeps_its_key(cli: Cli, write: Write) -> None:
    write({"assistants/help.yaml": BOTH[0], "assistants/gone.yaml": "name: Gone\nmodel: gpt-4o\n"})
    assert cli("apply", "-e", "classic", "--yes").exit_code == 0
    Path("assistants/gone.yaml").unlink()
    done = rows(run(cli, "--from", "classic", "-e", "prompts", "--yes", "-o", "csv"))
    assert [(one["key"], one["new_id"]) for one in done] == [("gone", "gone"), ("help", "help")]
    assert Path("assistants/gone.yaml").read_text() == "name: Gone\nmodel: gpt-4o\n"
    assert_nothing_to_do(cli, "classic", "prompts")


def test_only_these_ids(cli: Cli, write: Write) -> None:
    made(cli, write, CLASSIC, *BOTH)
    tutor = next(one["id"] for one in listed(cli, "classic") if one["name"] == "Tutor")
    run(cli, tutor, "--from", "classic", "-e", "prompts", "--yes")
    assert files() == {"tutor.yaml"}
    assert (
        "no assistant has the id 'asst_no' here" in cli("migrate", "asst_no", "--from", "classic", "-e", "old").stderr
    )


def test_what_others_manage_is_left_to_them(cli: Cli, write: Write) -> None:
    write({"o/project.yaml": OTHERS.replace("ENDPOINT", CLASSIC), "o/theirs.yaml": "model: gpt-4o\n"})
    assert cli("apply", "o", "-e", "e", "--yes").exit_code == 0
    said = run(cli, "--from", "classic", "-e", "prompts", "--yes")
    assert "not migrated: it belongs to project others; release it there first\n" in said
    assert said.endswith("Nothing to migrate.\n")
    (theirs,) = listed(cli, "classic")
    run(cli, theirs["id"], "--from", "classic", "-e", "prompts", "--yes", code=1)  # where it was asked for
    assert (files(), listed(cli, "prompts")) == (set(), [])


def test_what_its_definition_leaves_out_of_the_environment_is_left_out(cli: Cli, write: Write) -> None:
    write({"assistants/support.yaml": f"{BOTH[0]}environments: {{prompts: false}}\n", "assistants/tutor.yaml": BOTH[1]})
    assert cli("apply", "-e", "classic", "--yes").exit_code == 0
    said = run(cli, "--from", "classic", "-e", "prompts", "--yes")
    assert "'Support': not migrated: its definition, support, leaves this environment out\n" in said
    assert [one["key"] for one in listed(cli, "prompts")] == ["tutor"]


def test_a_second_one_of_a_key_gets_no_second_definition(cli: Cli, write: Write) -> None:
    mark = {"assistants-tool": Mark("acme", "old", "support").encode()}
    twins = [{**SUPPORT, "metadata": mark}, {**SUPPORT, "id": "asst_copy", "created_at": 7, "metadata": mark}]
    write({"saved.json": json.dumps(twins), "assistants/support.yaml": "name: Support\nmodel: gpt-4o\n"})
    said = run(cli, "saved.json", "-e", "old", "--yes", code=1)
    assert "! asst_copy 'Support': not migrated: another assistant has the same mark;" in said
    assert files() == {"support.yaml"}


def test_what_names_another_that_is_migrated_is_told(cli: Cli, write: Write) -> None:
    connected = {"id": "asst_1", "name": "support", "description": "Knows orders."}
    broker = {**TUTOR, "tools": [{"type": "connected_agent", "connected_agent": connected}]}
    write({"saved.json": json.dumps([SUPPORT, broker])})
    said = run(cli, "saved.json", "-e", "classic", "--yes")
    now = next(one["id"] for one in listed(cli, "classic") if one["key"] == "support")
    told = f"    tools[0].connected_agent.id is asst_1, which is {now} now; correct it in the definition\n"
    assert told in said


def test_what_the_files_of_the_old_endpoint_were_is_told_where_their_ids_go_along(cli: Cli, write: Write) -> None:
    search = {"tools": [{"type": "file_search"}], "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}}
    write({"saved.json": json.dumps({**SUPPORT, **search})})
    said = "    tool_resources.file_search: vector_store_ids are unchanged, but files and stores are not copied"
    assert said in run(cli, "saved.json", "-e", "prompts", "--yes")
    assert said not in run(cli, "saved.json", "-e", "agents", "--drop-unsupported", "--yes")


def test_many_are_matched_in_no_time(cli: Cli, write: Write) -> None:
    """Of one name, in which nothing but what they say tells them apart."""
    many = [{**SUPPORT, "id": f"asst_{number}", "instructions": f"{number}"} for number in range(60)]
    write({"saved.json": json.dumps(many)})
    assert cli("import", "saved.json").exit_code == 0
    done = rows(run(cli, "saved.json", "-e", "old", "--yes", "-o", "csv"))
    assert len(done) == len(files()) == 60


def test_two_environments_of_one_place_are_refused(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": f"{PROJECT}  twin: {{endpoint: embedded}}\n"})
    done = cli("migrate", "--from", "old", "-e", "twin", "--yes")
    assert done.exit_code == 2
    assert "is where both environments are, by the same API; migrate to another (-e)" in done.stderr


def test_a_definition_that_was_edited_is_still_that_of_its_assistant(cli: Cli, write: Write) -> None:
    """Between the import and the migration, as a refusal advises."""
    made(cli, write, CLASSIC, *BOTH)
    assert cli("import", "--all", "--from", "classic", "-e", "agents").exit_code == 0
    text = Path("assistants/tutor.yaml").read_text()
    write({"assistants/tutor.yaml": text.replace("temperature: 0.2\n", "instructions: Be calm.\n")})
    said = run(cli, "--from", "classic", "-e", "agents", "--yes")
    assert "    the definition says otherwise: instructions\n" in said
    assert "    lost: temperature: agents have no temperature; ask for it in the instructions\n" in said
    assert files() == {"support.yaml", "tutor.yaml"}
    assert_nothing_to_do(cli, "classic", "agents")


def test_definitions_that_went_are_written_again_under_their_keys(cli: Cli, write: Write) -> None:
    made(cli, write, CLASSIC, *BOTH)
    run(cli, "--from", "classic", "-e", "prompts", "--yes")
    Path("assistants/support.yaml").write_text("name: Tutor\nmodel: gpt-4o\n")  # which is that of another
    Path("assistants/tutor.yaml").unlink()
    done = rows(run(cli, "--from", "classic", "-e", "prompts", "--yes", "-o", "csv"))
    assert [(one["key"], one["status"]) for one in done] == [("support", "updated"), ("tutor", "unchanged")]
    assert files() == {"support.yaml", "tutor.yaml"}


# --- what is refused, and when nothing is written


def test_what_the_new_api_has_no_place_for_is_told_before_anything_is_written(cli: Cli, write: Write) -> None:
    made(cli, write, CLASSIC, *BOTH)
    done = cli("migrate", "--from", "classic", "-e", "agents", "--yes")
    assert done.exit_code == 1
    said = (
        "assistants/tutor.yaml:3:14: temperature: agents have no temperature; ask for it in the instructions,"
        " or drop it with --drop-unsupported\n"
    )
    assert said in done.stderr
    assert "(`assistants import --all --from classic`, with the same -e)" in done.stderr
    assert (files(), listed(cli, "agents")) == (set(), [])


@pytest.mark.parametrize("ci", ["", "true"])
def test_without_a_yes_nothing_is_written(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    made(cli, write, CLASSIC, *BOTH)
    monkeypatch.setenv("CI", ci)
    done = cli("migrate", "--from", "classic", "-e", "prompts")
    assert (done.exit_code, "add --yes to go ahead" in done.stderr) == (2, True)
    assert "+ assistants/support.yaml: asst_" in done.stdout  # it is shown, though
    assert "Plan: 2 to create, 0 to update, 0 to delete, 0 unchanged.\n" in done.stdout
    assert (files(), listed(cli, "prompts")) == (set(), [])


@cases("answer code there", {"yes": ("y\n", 0, {"support.yaml"}), "no": ("n\n", 1, set())})
def test_it_asks_once_for_files_and_assistants(cli: Cli, write: Write, answer: str, code: int, there: set[str]) -> None:
    write({"saved.json": json.dumps(SUPPORT)})
    ended, said = in_terminal("migrate", "saved.json", "-e", "old", answer=answer)
    asked = "Write 1 definition, and go ahead at embedded endpoint .assistants/embedded.db, project acme"
    assert (ended, said.replace("\n", " ").count(asked)) == (code, 1), said
    assert (files(), len(listed(cli, "old"))) == (there, len(there))


def test_files_alone_are_asked_for_too(cli: Cli, write: Write) -> None:
    write({"saved.json": json.dumps(SUPPORT)})
    run(cli, "saved.json", "-e", "old", "--yes")
    Path("assistants/support.yaml").unlink()
    done = cli("migrate", "saved.json", "-e", "old")
    assert (done.exit_code, "add --yes" in done.stderr, files()) == (2, True, set())
    assert rows(run(cli, "saved.json", "-e", "old", "--yes", "-o", "csv"))[0]["status"] == "unchanged"
    assert files() == {"support.yaml"}


def test_in_json_problems_are_a_document_too(cli: Cli, write: Write) -> None:
    write({"saved.json": json.dumps(TUTOR)})
    found = json.loads(run(cli, "saved.json", "-e", "agents", "--yes", "-o", "json", code=1))
    assert (found["format"], found["problems"][0]["path"]) == ("assistants-tool/validation", "assistants/tutor.yaml")


def test_a_guard_refuses_before_files_are_written(cli: Cli, write: Write) -> None:
    made(cli, write, CLASSIC, BOTH[0])
    made(cli, write, "embedded", "name: Support\nmodel: gpt-4o\n")
    done = cli("migrate", "--from", "classic", "-e", "old", "--yes")
    assert (done.exit_code, files()) == (4, set())
    assert "Refused: 1 conflict" in done.stdout


@cases(
    "words said",
    {
        "nothing": ((), "say where they are: --from ENV, or a file or folder of saved JSON, or - for standard input"),
        "no such file": (("no.json",), "no.json: the file cannot be read: No such file or directory"),
        "an empty folder": (("empty",), "empty holds no .json, .jsonl, .ndjson; give the folder with what was saved"),
        "among the definitions": (("assistants/saved.json",), "assistants/saved.json lies among the definitions"),
        "no assistant": (("none.json",), "none.json holds no assistant; check what was saved there"),
        "a file for a folder": (("none.json", "--to", "none.json"), "none.json is a file; give a folder"),
    },
)
def test_what_cannot_be(cli: Cli, write: Write, words: tuple[str, ...], said: str) -> None:
    write({"assistants/saved.json": json.dumps(SUPPORT), "none.json": '{"data": []}', "empty/x.txt": ""})
    done = cli("migrate", *words, "-e", "old", "--yes")
    assert done.exit_code in (1, 2)
    assert said in done.stderr


# --- from what was saved

BACKUP = {
    "format": "assistants-tool/backup",
    "version": 1,
    "target": {"api": "assistants"},
    "key": "support",
    "id": "asst_1",
    "object": {**SUPPORT, "metadata": {"assistants-tool": Mark("acme", "old", "support").encode()}},
}
SAVED: dict[str, tuple[str, str, set[tuple[str, str]]]] = {
    "one": ("a.json", json.dumps(SUPPORT), {("asst_1", "support")}),
    "a list": ("a.json", json.dumps({"data": [SUPPORT, TUTOR]}), {("asst_1", "support"), ("asst_2", "tutor")}),
    "lines": ("a.jsonl", f"{json.dumps(SUPPORT)}\n{json.dumps(TUTOR)}\n", {("asst_1", "support"), ("asst_2", "tutor")}),
    "a folder": ("d/e/a.json", json.dumps([TUTOR]), {("asst_2", "tutor")}),
    "the last of several": ("d/a.json", json.dumps([{**TUTOR, "name": "Old"}, TUTOR]), {("asst_2", "tutor")}),
    "a backup": ("d/a.json", json.dumps(BACKUP), {("asst_1", "support")}),
    "out of code": ("a.json", '{"name": "Support", "model": "gpt-4o"}', {("", "support")}),
    "without a name": ("a.json", '{"object": "assistant", "id": "asst_9", "model": "m"}', {("asst_9", "asst_9")}),
}


@cases("name text found", SAVED)
def test_what_was_saved_is_made_and_known_again(
    cli: Cli, write: Write, name: str, text: str, found: set[tuple[str, str]]
) -> None:
    write({name: text})
    words = (name.split("/", maxsplit=1)[0], "-e", "old", "-o", "csv")
    first = rows(run(cli, *words, "--yes"))
    assert {(one["old_id"], one["key"]) for one in first} == found
    assert {one.get("migrated_from") for one in listed(cli, "old")} == {one or None for one, _ in found}
    before = files()
    assert rows(run(cli, *words)) == [{**one, "status": "unchanged"} for one in first]
    assert files() == before
    assert_nothing_to_do(cli, "old")


def test_from_a_folder_of_backups(cli: Cli, write: Write) -> None:
    write({"assistants/support.yaml": BOTH[0], "assistants/tutor.yaml": BOTH[1]})
    assert cli("apply", "-e", "old", "--yes").exit_code == 0
    before = {one["key"]: one["id"] for one in listed(cli, "old")}
    assert cli("delete", "--all", "-e", "old", "--max-delete", "100%", "--yes").exit_code == 0
    Path("assistants/tutor.yaml").unlink()
    run(cli, ".assistants/backups", "-e", "classic", "--yes")
    assert Path("assistants/tutor.yaml").read_text() == BOTH[1]
    assert {one["key"]: one["migrated_from"] for one in listed(cli, "classic")} == before


A_FUNCTION = "tools: [{type: function, function: {name: f, description: d, strict: false, parameters: {type: object, properties: {}}}}]"
AGENT = f"name: Support\nmodel: gpt-4o\ninstructions: Be kind.\n{A_FUNCTION}\nreasoning_effort: low\nmetadata: {{team: a}}\n"
F = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}
SAVED_AGENT = {
    "id": "agt_1",
    "object": "agent",
    "created_at": 1,
    "updated_at": 2,
    "model": "gpt-4o",
    "name": "Support",
    "instructions": "Be kind.",
    "metadata": {"team": "a"},
    "tools": [{**F, "defer_loading": False}],
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "reasoning": {"effort": "low", "summary": None},
    "service_tier": "auto",
    "multi_agent": {"enabled": False, "max_concurrent_subagents": None},
}
SAVED_VERSION = {
    "object": "agent.version",
    "id": "support:3",
    "name": "support",
    "version": "3",
    "created_at": 1,
    "description": None,
    "metadata": {"team": "a", "name": "Support"},
    "definition": {
        "kind": "prompt",
        "model": "gpt-4o",
        "instructions": "Be kind.",
        "tools": [{**F, "strict": False}],
        "reasoning": {"effort": "low"},
    },
}
SAVED_PROMPT = {"object": "agent", "id": "support", "name": "support", "versions": {"latest": SAVED_VERSION}}
OF_OTHERS: dict[str, Object] = {
    "an agent": SAVED_AGENT,
    "a list of agents": {"object": "list", "data": [SAVED_AGENT], "has_more": False},
    "a prompt agent": SAVED_PROMPT,
    "a list of prompt agents": {"object": "list", "data": [SAVED_PROMPT], "has_more": False},
    "a version": SAVED_VERSION,
}


def assert_is_support(cli: Cli) -> None:
    """By what `/v1/assistants` has of it."""
    (there,) = listed(cli, "old")
    said = there["name"], there["instructions"], there["reasoning_effort"], there["metadata"]
    assert said == ("Support", "Be kind.", "low", {"team": "a"})
    assert [one["function"]["name"] for one in there["tools"]] == ["f"]
    assert_nothing_to_do(cli, "old")


@cases("saved", OF_OTHERS)
def test_from_saved_answers_of_other_apis(cli: Cli, write: Write, saved: Object) -> None:
    write({"saved.json": json.dumps(saved)})
    told = run(cli, "saved.json", "-e", "old", "--yes")
    assert "carried: " in told
    assert "extra" not in "".join(Path(f"assistants/{one}").read_text() for one in files())
    assert_is_support(cli)


@pytest.mark.parametrize("api", ["agents", "prompts"])
@pytest.mark.parametrize("how", ["list", "backup"])
def test_from_what_the_tool_has_saved_of_other_apis(cli: Cli, write: Write, api: str, how: str) -> None:
    write({"o/project.yaml": PROJECT, "o/support.yaml": AGENT})
    assert cli("apply", "o", "-e", api, "--yes").exit_code == 0
    write({"saved.json": cli("list", "-e", api, "-f", "o", "-o", "json").stdout})
    assert cli("delete", "support", "-f", "o", "-e", api, "--yes").exit_code == 0
    (backups,) = Path(".assistants/backups").iterdir()
    run(cli, "saved.json" if how == "list" else str(backups), "-e", "old", "--yes")
    assert files() == {"support.yaml"}
    assert_is_support(cli)


@cases("saved", OF_OTHERS)
def test_definitions_are_written_of_saved_answers_of_other_apis(cli: Cli, write: Write, saved: Object) -> None:
    write({"saved.json": json.dumps(saved)})
    assert cli("import", "saved.json").exit_code == 0
    assert cli("apply", "-e", "old", "--yes").exit_code == 0
    assert_is_support(cli)


def test_an_agent_that_was_pasted_is_said_to_be_one(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": json.dumps(SAVED_AGENT)})
    said = "this is an agent as its API answers it; `assistants import assistants/a.yaml` writes a definition of it"
    assert said in cli("validate").stderr


def test_from_standard_input_into_another_folder(cli: Cli) -> None:
    run(cli, "-", "-e", "old", "--to", "new/folder", "--yes", stdin=json.dumps([SUPPORT]))
    assert (files(), [one.name for one in Path("new/folder").iterdir()]) == (set(), ["support.yaml"])
    assert "Nothing to change." in run(cli, "-", "-e", "old", "--to", "new/folder", stdin=json.dumps([SUPPORT]))


def test_without_a_project_or_a_folder(cli: Cli, write: Write) -> None:
    Path("assistants/project.yaml").unlink()
    Path("assistants").rmdir()
    write({"saved.json": json.dumps(SUPPORT)})
    assert "+ assistants/support.yaml: asst_1 'Support'\n" in run(cli, "saved.json", "--embedded", "--yes")
    assert cli("plan", "--embedded", "--exit-code").exit_code == 0


def test_what_is_no_assistant_is_named_and_the_rest_is_made(cli: Cli, write: Write) -> None:
    of_agent = {**BACKUP, "target": {"api": "agents"}}
    write({"saved.json": json.dumps([SUPPORT, {"name": "No model"}, 3, of_agent])})
    done = cli("migrate", "saved.json", "-e", "old", "--yes")
    assert done.exit_code == 1
    assert "! 'No model': not migrated: it has no `model`, so it is not an assistant\n" in done.stdout
    assert "! saved.json, entry 3: not migrated: it is not an assistant" in done.stdout
    assert "! saved.json, entry 4: not migrated: it is a backup of another API's; " in done.stdout
    assert files() == {"support.yaml"}


def test_several_of_one_name_are_told_apart_by_what_they_say(cli: Cli, write: Write) -> None:
    twins = [{**SUPPORT, "id": f"asst_{number}", "instructions": f"Be {number}."} for number in range(3)]
    write({"saved.json": json.dumps(twins)})
    assert cli("import", "saved.json").exit_code == 0
    assert files() == {"support.yaml", "support-2.yaml", "support-3.yaml"}
    done = rows(run(cli, "saved.json", "-e", "old", "--yes", "-o", "csv"))
    assert [(one["key"], one["old_id"]) for one in done] == [
        ("support", "asst_0"),
        ("support-2", "asst_1"),
        ("support-3", "asst_2"),
    ]


def test_an_id_that_is_too_long_for_the_mark_stands_in_the_table(cli: Cli, write: Write) -> None:
    ids = ["a" * ORIGIN_MAX, "b" * (ORIGIN_MAX + 1)]
    write({"saved.json": json.dumps([{**SUPPORT, "id": ids[0]}, {**TUTOR, "id": ids[1]}])})
    for _ in range(2):
        assert [one["old_id"] for one in rows(run(cli, "saved.json", "-e", "old", "--yes", "-o", "csv"))] == ids
    assert {one["key"]: one.get("migrated_from") for one in listed(cli, "old")} == {"support": ids[0], "tutor": None}


def test_what_a_server_said_moves_no_cursor(cli: Cli, write: Write) -> None:
    write({"saved.json": json.dumps({**SUPPORT, "id": "asst_\x1b[31m\n=1", "name": "a\x1b[2J"})})
    table, listing = run(cli, "saved.json", "-e", "old", "--yes"), run(cli, "saved.json", "-e", "old", "-o", "csv")
    assert "\x1b" not in table + listing
    assert "asst_\\u001b[31m" in table
    assert len(listing.splitlines()) == 2


# --- what fails


@dataclass
class Server:
    """It refuses those of some names, and does not keep some members."""

    objects: dict[str, Object] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()

    def __call__(self, request: Request) -> Answer:
        found = request.path.split("?")[0].rpartition("/assistants/")[2]
        if request.method == "GET":
            every = {"object": "list", "data": [*self.objects.values()], "has_more": False}
            return Answer(body=self.objects.get(found, every))
        if request.body["name"] in self.refuses:
            return Answer(400, {"error": {"message": "not today"}})
        new = found if found in self.objects else f"asst_new{len(self.objects)}"
        kept = {name: one for name, one in request.body.items() if name not in self.drops}
        self.objects[new] = {"id": new, "created_at": 9, "object": "assistant", **kept}
        return Answer(body=self.objects[new])


def test_what_failed_is_in_the_table_and_done_by_the_same_command(cli: Cli, write: Write, impatient: None) -> None:
    held_there = Server(refuses=("Tutor",))
    write({"saved.json": json.dumps([SUPPORT, TUTOR])})
    with scripted(held_there) as server:
        words = ("saved.json", "-e", "old", "--base-url", server.url, "--yes", "-o")
        first = rows(run(cli, *words, "csv", code=1))
        assert [(one["new_id"], one["status"]) for one in first] == [("asst_new0", "created"), ("", "failed")]
        assert files() == {"support.yaml", "tutor.yaml"}
        held_there.refuses = ()
        again = json.loads(run(cli, *words, "json"))
        assert [(one["new_id"], one["status"]) for one in again["assistants"]] == [
            ("asst_new0", "unchanged"),
            ("asst_new1", "created"),
        ]
        assert again["ids"] == {"asst_1": "asst_new0", "asst_2": "asst_new1"}


def test_a_listing_that_may_be_incomplete_is_told(cli: Cli, write: Write, impatient: None) -> None:
    page = {"data": [SUPPORT], "has_more": True}
    with scripted(lambda one: Answer(400 if "after=" in one.path else 200, page)) as server:
        write({"assistants/project.yaml": f"{PROJECT}  far: {{endpoint: {{base_url: '{server.url}'}}}}\n"})
        done = cli("migrate", "--from", "far", "-e", "old", "--yes")
        assert {one.method for one in server.requests} == {"GET"}
    assert done.exit_code == 1
    assert done.stderr.endswith("; others may be missing: migrate again\n")
    assert len(listed(cli, "old")) == 1


# --- the origin stays


def origin_of(cli: Cli, key: str, environment: str = "old") -> Any:
    return next(one.get("migrated_from") for one in listed(cli, environment) if one["key"] == key)


def test_the_origin_stays_whatever_is_done(cli: Cli, write: Write) -> None:
    write({"saved.json": json.dumps([SUPPORT, TUTOR])})
    run(cli, "saved.json", "-e", "old", "--yes")
    write({"assistants/support.yaml": "name: Help\nmodel: gpt-4.1\nprotect: true\n"})
    assert cli("plan", "-e", "old", "--out", "plan.json").exit_code == 0
    assert cli("apply", "plan.json", "--yes").exit_code == 0
    assert origin_of(cli, "support") == "asst_1"
    Path("assistants/tutor.yaml").unlink()
    assert cli("apply", "-e", "old", "--prune", "--yes").exit_code == 0
    assert cli("restore", "-e", "old", "--yes").exit_code == 0
    assert (origin_of(cli, "support"), origin_of(cli, "tutor")) == ("asst_1", "asst_2")
    write({"assistants/project.yaml": PROJECT.replace("old:", "moved:")})
    assert cli("apply", "-e", "moved", "--adopt", "--yes").exit_code == 0
    assert origin_of(cli, "support", "moved") == "asst_1"


@pytest.mark.parametrize("api", ["agents", "prompts"])
def test_the_origin_stays_with_other_apis(cli: Cli, write: Write, api: str) -> None:
    write({"saved.json": json.dumps(SUPPORT)})
    run(cli, "saved.json", "-e", api, "--yes")
    write({"assistants/support.yaml": "name: Help\nmodel: gpt-4.1\n"})
    assert cli("apply", "-e", api, "--yes").exit_code == 0
    assert origin_of(cli, "support", api) == "asst_1"


def test_an_origin_alone_is_no_drift(cli: Cli, write: Write) -> None:
    """What was made before is known as what the migration wants, and nothing is written to say so."""
    write({"saved.json": json.dumps(SUPPORT), "assistants/support.yaml": "name: Support\nmodel: gpt-4o\n"})
    assert cli("apply", "-e", "old", "--yes").exit_code == 0
    (row,) = rows(run(cli, "saved.json", "-e", "old", "-o", "csv"))
    assert (row["old_id"], row["status"]) == ("asst_1", "unchanged")
    assert origin_of(cli, "support") is None


# --- which definition an assistant has


def matches(*assistants: Assistant, saved: tuple[str, ...] = (), **how: Any) -> tuple[Match, ...]:
    documents = how.pop("documents")
    matching = Matching(documents, lambda one: one.mark.key if one.mark else None, how.pop("says", _never), **how)
    return matching.of(assistants, saved or ("",) * len(assistants))


def _never(*_: object) -> bool:
    return False


A, B = bare("asst_a", 1, name="Support"), bare("asst_b", 2, name="Support")
OURS = marked("asst_o", Mark("acme", "old", "tutor"), name="Support")
NAMED = {"name": "Support", "model": "m"}
MATCHES: dict[str, tuple[tuple[Assistant, ...], dict[str, Any], list[str | None]]] = {
    "by its mark": ((OURS,), {"documents": {"support": NAMED, "tutor": {}}}, ["tutor"]),
    "a mark without a definition is nobody else's": ((OURS,), {"documents": {"support": NAMED}}, [""]),
    "by its origin": ((A,), {"documents": {"x": {}, "support": NAMED}, "origins": {"asst_a": "x"}}, ["x"]),
    "by an adoption": (
        (A, B),
        {"documents": {"x": {**NAMED, "environments": {"old": {"adopt": "asst_b"}}}, "y": NAMED}},
        ["y", "x"],
    ),
    "by an earlier version's pair": ((A,), {"documents": {"x": {"metadata": {"migrated_from": "asst_a"}}}}, ["x"]),
    "by the key that it was saved with": ((A,), {"documents": {"x": {}, "y": NAMED}, "saved": ("x",)}, ["x"]),
    "by what it says": (
        (A, B),
        {
            "documents": {"x": NAMED, "y": NAMED},
            "says": lambda one, key, _: (one.id, key) in {("asst_a", "y"), ("asst_b", "x")},
        },
        ["y", "x"],
    ),
    "by its name": ((A,), {"documents": {"x": NAMED, "z": {"name": "Other"}}}, ["x"]),
    "by its id": ((bare("asst_n"),), {"documents": {"asst_n": {"model": "m"}}}, ["asst_n"]),
    "a name of two assistants": ((A, B), {"documents": {"x": NAMED}}, [None, None]),
    "a name of two definitions": ((A,), {"documents": {"x": NAMED, "y": NAMED}}, [None]),
    "what came from another": ((A,), {"documents": {"x": NAMED}, "origins": {"asst_z": "x"}}, [""]),
    "none": ((A,), {"documents": {"x": {"name": "Other"}}}, [""]),
}


@cases("assistants how found", MATCHES)
def test_which_definition_it_has(assistants: tuple[Assistant, ...], how: Object, found: list[str | None]) -> None:
    made_ = matches(*assistants, **how)
    assert [None if one.unclear else one.key for one in made_] == found
    assert all("a definition called 'Support'" in one.unclear for one in made_ if one.unclear)


# --- what becomes of its members

F = {"name": "f", "parameters": {"type": "object", "properties": {}}}
FUNCTION = {"type": "function", "function": F}
SERVER = {"type": "mcp", "server_label": "s", "server_url": "https://s"}
RESOURCE = {"mcp": [{"server_label": "s", "headers": {}, "require_approval": "always"}]}
TO: dict[str, tuple[str, Object, Members]] = {
    "as files have it": ("assistants", {"model": "m", "tools": [FUNCTION]}, Members(("model", "tools[0]"))),
    "carried and mapped": (
        "agents",
        {"name": "n", "model": "m", "description": "d", "metadata": {"a": "b"}, "tools": [FUNCTION]},
        Members(
            ("name", "model", "metadata"),
            (("description", "metadata.description"), ("tools[0]", "tools[0]")),
        ),
    ),
    "lost": (
        "agents",
        {"model": "m", "temperature": 0.2, "tools": [{"type": "code_interpreter"}, FUNCTION]},
        Members(
            ("model",),
            (("tools[1]", "tools[0]"),),
            (
                ("tools[0].type", "agents have no code_interpreter; the closest is an environment of a session"),
                ("temperature", "agents have no temperature; ask for it in the instructions"),
            ),
        ),
    ),
    "lost in part": (
        "agents",
        {"model": "m", "tools": [SERVER], "tool_resources": RESOURCE},
        Members(
            ("model",),
            (("tools[0]", "tools[0]"), ("tool_resources.mcp", "tools[0].transport.headers")),
            (
                (
                    "tool_resources.mcp[0].require_approval",
                    "agents ask for no approval; name in allowed_tools what may be called",
                ),
            ),
        ),
    ),
    "what is the default there": (
        "agents",
        {"model": "m", "response_format": {"type": "text"}},
        Members(("model", "response_format")),
    ),
    "another API's own": (
        "assistants",
        {"model": "m", "agents": {"service_tier": "flex"}},
        Members(
            ("model",), (), (("agents", "OpenAI's /v1/agents is the only API with this; the definition keeps it"),)
        ),
    ),
}


@cases("api stated members", TO)
def test_what_becomes_of_members(api: str, stated: Object, members: Members) -> None:
    now = DIALECTS[api]
    definition = Definition("k", now.carry(stated, "k").fields, members=now.members)
    plain = DIALECTS["assistants"]
    old = Assistant({"id": "asst_1", **stated})
    assert members_of(old, plain, definition, now) == members


LABELLED = st.dictionaries(st.sampled_from(["server_label", "headers", "a"]), json_values(2), max_size=2)
HOLDING = st.dictionaries(
    st.sampled_from(["function", "file_search", "azure_ai_search", "json_schema", "transport", "container", "mcp"]),
    json_values(3) | st.lists(LABELLED, max_size=2),
    max_size=3,
)
KINDS = ("function", "mcp", "file_search", "code_interpreter", "azure_ai_search", "json_schema", "x", 5, None, ["a"])
ODD = st.builds(lambda kind, held: {"type": kind, **held}, st.sampled_from(KINDS), HOLDING)
LOOKED_INTO = ("tools", "tool_resources", "response_format", "metadata", "description", "name", "text", "reasoning")


@examples(13)
@given(
    st.dictionaries(
        st.sampled_from(LOOKED_INTO), json_values(4) | ODD | HOLDING | st.lists(ODD | json_values(2), max_size=3)
    ),
    st.sampled_from([*DIALECTS.values()]),
    st.sampled_from([*DIALECTS.values()]),
)
def test_whatever_a_server_answered_it_is_told_of(body: Object, before: Dialect, now: Dialect) -> None:
    """Also of what no file can state: the definition may have been there before, and may be sound."""
    old = Assistant({"id": "asst_1", "model": "m", **body}, before.members)
    told = members_of(old, before, Definition("k", {"model": "m"}, members=now.members), now)
    (line, *_) = member_lines([Moved("asst_1", "", "k", "", "created", told)])
    assert line.text == "k asst_1"


def test_what_no_file_can_state_is_lost() -> None:
    old = Assistant({"id": "asst_1", "model": "m", "tools": ["x"], "metadata": "y", "name": "n"})
    now = DIALECTS["agents"]
    told = members_of(old, DIALECTS["assistants"], Definition("k", {"model": "m"}, members=now.members), now)
    assert told.lost == tuple((one, "it has a shape that no file can state") for one in ("tools", "metadata"))
    assert told.carried == ("name", "model")


TOLD: dict[str, tuple[Members, list[str]]] = {
    "nothing": (Members(), []),
    "each": (
        Members(("model", "name"), (("description", "metadata.description"), ("text", "text")), (("top_p", "none"),)),
        ["carried: model, name", "mapped: description -> metadata.description, text", "lost: top_p: none"],
    ),
    "what is not as it was": (
        Members(changed=("model", "name"), notes=("it is so",)),
        ["the definition says otherwise: model, name", "it is so"],
    ),
}


@cases("members said", TOLD)
def test_what_is_told_of_members(members: Members, said: list[str]) -> None:
    one = Moved("asst_1", "Bot", "bot", "agent_1", "created", members)
    lines = [line.text for line in member_lines([one, replace(one, old_id="", members=Members())])]
    assert lines == ["bot asst_1", *(f"    {line}" for line in said), "bot"]


def test_what_the_endpoint_does_not_keep_is_lost_each_time_that_it_is_told(
    cli: Cli, write: Write, impatient: None
) -> None:
    held_there = Server(drops=("temperature",))
    write({"saved.json": json.dumps(TUTOR)})
    with scripted(held_there) as server:
        for _ in range(2):
            said = run(cli, "saved.json", "-e", "old", "--base-url", server.url, "--yes")
            assert "    lost: temperature: the endpoint does not keep it\n" in said
    (kept,) = held_there.objects.values()  # and its mark was written a second time, to say so
    assert json.loads(kept["metadata"]["assistants-tool"])["origin"] == "asst_2"


# --- from Python


def test_from_python(cli: Cli, write: Write) -> None:
    made(cli, write, CLASSIC, *BOTH)
    heard: list[str] = []
    project = Project.open("assistants", environment="prompts")
    done = project.migrate(origin="classic", on_outcome=lambda one: heard.append(one.change.key))
    assert [(one.key, one.new_id, one.status, one.file) for one in done.moved] == [
        ("support", "support", "created", "assistants/support.yaml"),
        ("tutor", "tutor", "created", "assistants/tutor.yaml"),
    ]
    assert (sorted(heard), done.failed) == (["support", "tutor"], False)
    write({"saved.json": json.dumps({**TUTOR, "id": done.moved[1].old_id})})
    again = asyncio.run(AsyncProject.open("assistants", environment="prompts").migrate("saved.json"))
    assert [(one.key, one.status) for one in again.moved] == [("tutor", "unchanged")]
    for ids in ((), ("asst_1",)):
        with pytest.raises(UsageError, match="say where they are"):
            project.migrate(ids=ids)
