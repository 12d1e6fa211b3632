"""The published schemas against what the commands really print, and the page that explains them."""

from __future__ import annotations

import contextlib
import copy
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, Request, scripted

KINDS = ("validation", "plan", "diff", "environments", "result", "migration")
SCHEMAS: dict[str, dict[str, Any]] = {
    kind: json.loads((REPOSITORY / f"docs/schemas/{kind}.schema.json").read_text(encoding="utf-8")) for kind in KINDS
}
VALIDATORS = {kind: jsonschema_rs.Draft202012Validator(schema) for kind, schema in SCHEMAS.items()}
PROJECT = "project: acme\ndefault_environment: local\nenvironments:\n  local: {endpoint: embedded}\n"
SECRET = "zekr-3t"  # noqa: S105 - it is what must not be shown
A = "name: A\nmodel: gpt-4o\nmetadata: {t: {env: TOKEN}}\n"
# What is carried, mapped and lost, has a note, and a definition that says otherwise.
A_SAVED = {"name": "Old", "model": "gpt-4o", "description": "d", "temperature": 0.2, "file_ids": ["f"]}


@pytest.fixture(autouse=True)
def project(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": A,
            "assistants/b.yaml": "name: B\nmodel: gpt-4o\nprotect: true\n",
        }
    )


def document(text: str) -> dict[str, Any]:
    """Stdout as one document, which is as its schema says and holds no value of a variable."""
    data = json.loads(text)
    VALIDATORS[data["format"].removeprefix("assistants-tool/")].validate(data)
    assert SECRET not in text
    return dict(data)


# --- what succeeds


def test_from_validate_to_apply(cli: Cli) -> None:
    assert document(cli("validate", "-o", "json").stdout)["definitions"] == 2
    planned = cli("plan", "-o", "json", "--out", "plan.json")
    assert document(planned.stdout)["summary"]["create"] == 2
    assert Path("plan.json").read_text(encoding="utf-8") == planned.stdout
    done = cli("apply", "-o", "json", "--yes")
    assert done.exit_code == 0
    said = document(done.stdout)
    listed = json.loads(cli("list", "-o", "json").stdout)
    assert said["assistants"] == {one["key"]: one["id"] for one in listed}
    assert [one["status"] for one in said["outcomes"]] == ["done", "done"]
    again = document(cli("apply", "-o", "json", "--yes").stdout)
    assert (again["outcomes"], again["assistants"], again["summary"]["unchanged"]) == ([], said["assistants"], 2)


@pytest.mark.usefixtures("project")
def test_every_action_of_a_plan(cli: Cli, write: Write) -> None:
    write({"assistants/u.yaml": "name: U\nmodel: gpt-4o\n", "assistants/k.yaml": "model: gpt-4o\n"})
    assert cli("apply", "--yes").exit_code == 0
    write({"assistants/s.yaml": "name: Same\nmodel: m\n", "assistants/t.yaml": "name: Taken\nmodel: m\n"})
    assert cli("apply", "--yes").exit_code == 0
    assert cli("release", "s", "t", "--yes").exit_code == 0
    taken = next(one["id"] for one in json.loads(cli("list", "-o", "json").stdout) if one["name"] == "Taken")
    write({"assistants/t.yaml": f"name: T\nmodel: m\nadopt: {taken}\n", "assistants/n.yaml": "model: m\n"})
    write({"assistants/a.yaml": A.replace("name: A\n", "") + "tools: [{type: file_search}]\n"})
    Path("assistants/u.yaml").unlink()
    made = document(cli("plan", "-o", "json").stdout)
    assert {one["action"] for one in made["changes"]} == {"create", "update", "adopt", "keep", "conflict", "orphan"}
    pruned = document(cli("plan", "-o", "json", "--prune", "--max-delete", "9", "--only", "*").stdout)
    assert "delete" in {one["action"] for one in pruned["changes"]}


# --- what does not


def test_problems(cli: Cli, write: Write) -> None:
    write({"assistants/c.yaml": "modle: x\n", "assistants/d.yaml": ""})
    said = [cli(*words, "-o", "json") for words in (("validate",), ("plan",), ("apply", "--yes"))]
    assert {one.exit_code for one in said} == {1}
    found = [document(one.stdout) for one in said]
    assert found[0] == found[1] == found[2]
    assert found[0]["format"] == "assistants-tool/validation"
    assert not found[0]["valid"]
    assert [(one["path"], one["line"]) for one in found[0]["problems"]] == [
        ("assistants/c.yaml", 1),
        ("assistants/c.yaml", 1),
        ("assistants/d.yaml", 0),
    ]


@pytest.mark.parametrize("words", [["plan"], ["apply", "--yes"]])
def test_problems_come_before_the_endpoint_is_opened(cli: Cli, write: Write, words: list[str]) -> None:
    endpoint = "{base_url: 'http://127.0.0.1:9', api_key: {command: [no-such-command]}}"
    write({"assistants/project.yaml": PROJECT.replace("embedded", endpoint), "assistants/c.yaml": "modle: x\n"})
    found = cli(*words, "-o", "json")
    assert (found.exit_code, len(document(found.stdout)["problems"])) == (1, 2)


def test_a_refusal(cli: Cli) -> None:
    assert cli("apply", "--yes").exit_code == 0
    Path("assistants/b.yaml").unlink()
    Path("assistants/a.yaml").write_text(A.replace("name: A", "name: Z"), encoding="utf-8")
    refused = cli("apply", "-o", "json", "--yes", "--prune")
    assert refused.exit_code == 4
    said = document(refused.stdout)
    assert said["refusals"] == ["1 protected assistant would be deleted (b): apply `protect: false` first, or release"]
    assert (said["outcomes"], list(said["assistants"])) == ([], ["a"])
    made = document(cli("plan", "-o", "json", "--prune").stdout)
    assert made["refusals"] == said["refusals"]


def test_failures_and_what_is_not_done(cli: Cli) -> None:
    def script(request: Request) -> Answer:
        if request.method == "GET":
            return Answer(body={"object": "list", "data": [], "has_more": False})
        told = request.body["metadata"].get("t", "x")
        return Answer(400, {"error": {"message": f"cannot be {told}"}})

    with scripted(script) as server:
        done = cli("apply", "-o", "json", "--yes", "--fail-fast", "--base-url", server.url)
    assert done.exit_code == 1
    said = document(done.stdout)
    assert [(one["key"], one["status"]) for one in said["outcomes"]] == [("a", "failed"), ("b", "not_done")]
    assert said["outcomes"][0]["message"].endswith(": 400 cannot be env:TOKEN")
    assert said["target"]["endpoint"] == server.url
    assert said["assistants"] == {}
    assert SECRET not in done.output


@pytest.mark.parametrize("words", [["plan"], ["apply", "--yes"]])
def test_where_there_is_no_endpoint_there_is_no_document(cli: Cli, words: list[str]) -> None:
    with scripted(lambda _: Answer(404, {})) as server:
        found = cli(*words, "-o", "json", "--base-url", server.url)
    assert (found.exit_code, found.stdout) == (1, "")
    assert "Error: " in found.stderr


# --- the schemas themselves


def objects(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every object of ours in a schema, by the way that leads there; `*` is any item."""
    if "properties" in schema:
        yield path, schema
        for name, inner in schema["properties"].items():
            yield from objects(inner, (*path, name))
    elif "items" in schema:
        yield from objects(schema["items"], (*path, "*"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_sound_closed_and_says_what_each_member_means(kind: str) -> None:
    jsonschema_rs.meta.validate(SCHEMAS[kind])
    for path, one in objects(SCHEMAS[kind]):
        assert one["additionalProperties"] is False, path
        assert all(inner.get("description", "").endswith(".") for inner in one["properties"].values()), path


@pytest.fixture
def samples(cli: Cli, write: Write) -> dict[str, dict[str, Any]]:
    """A document of each kind in which no list is empty."""
    assert cli("apply", "--yes").exit_code == 0
    with contextlib.closing(sqlite3.connect(".assistants/embedded.db")) as database, database:
        database.execute("UPDATE assistants SET body = json_set(body, '$.voice', 'of another server')")
    warned = "tools: [{type: function, function: {name: f, parameters: {type: object}}}]\n"
    write({"assistants/b.yaml": f"name: B2\nmodel: m\n{warned}", "assistants/a.yaml": A.replace("gpt-4o", "m")})
    write({"assistants/n.toml": ""})
    found = {
        "plan": cli("plan", "-o", "json", "--fail-on-retired-within", "1d"),
        "result": cli("apply", "-o", "json", "--yes"),
    }
    other = "  other: {endpoint: embedded, defaults: {temperature: 0.5}}\n"
    write({"assistants/project.yaml": PROJECT + other})
    found["diff"] = cli("diff", "local", "other", "-o", "json")
    found["environments"] = cli("plan", "--all-environments", "-o", "json")
    saved = [{"id": "asst_1", **A_SAVED}, {"id": "asst_2", "model": "m"}, {"name": "No model"}]
    write({"saved.json": json.dumps(saved), "assistants/old.yaml": "name: Old\nmodel: m\n"})
    migrating = ("migrate", "saved.json", "-e", "local", "--api", "agents", "--drop-unsupported", "--yes", "-o", "json")
    found["migration"] = cli(*migrating)
    write({"assistants/c.yaml": "modle: x\n"})
    found["validation"] = cli("validate", "-o", "json")
    return {kind: document(one.stdout) for kind, one in found.items()}


def instances(data: Any, path: tuple[str, ...]) -> list[Any]:
    """What a document holds at a path."""
    found = [data]
    for step in path:
        found = [inner for one in found for inner in (one if step == "*" else [one[step]])]
    return found


Change = Callable[[dict[str, Any], str], object]
CHANGES: dict[str, Change] = {
    "gone": lambda one, name: one.pop(name),
    "another type": lambda one, name: one.update({name: 1.5}),
}


def test_each_member_that_is_missing_or_wrong_is_found(samples: dict[str, dict[str, Any]]) -> None:
    tried = 0
    for kind, schema in SCHEMAS.items():
        for path, one in objects(schema):
            for name in one["required"]:
                for what, change in CHANGES.items():
                    broken = copy.deepcopy(samples[kind])
                    change(instances(broken, path)[0], name)
                    assert not VALIDATORS[kind].is_valid(broken), (kind, path, name, what)
                    tried += 1
            broken = copy.deepcopy(samples[kind])
            instances(broken, path)[0]["unheard-of"] = 1
            assert not VALIDATORS[kind].is_valid(broken), (kind, path)
    assert tried > 120


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_names_every_member(kind: str) -> None:
    page = (REPOSITORY / "docs/json.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)`", page))
    for path, one in objects(SCHEMAS[kind]):
        assert set(one["properties"]) <= named, path
    assert f"schemas/{kind}.schema.json" in page
    assert SCHEMAS[kind]["properties"]["format"]["const"] in page
