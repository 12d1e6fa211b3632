"""`--all-environments`: each environment by itself, and one that fails does not hide the others."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.conftest import Cli, Write
from tests.servers import Answer, Request, Scripted, scripted
from tests.tables import cases

PROJECT = """\
project: p
environments:
  local: {endpoint: embedded}
  near: {endpoint: {base_url: "URL/near/v1"}}
  far: {endpoint: {base_url: "URL/far/v1"}}
"""
TAKEN = {"id": "asst_1", "object": "assistant", "created_at": 1, "name": "A", "model": "m", "metadata": {}}


def answer(request: Request) -> Answer:
    """What is asked of `near` is refused; on `far` somebody has the name."""
    if "/near/" in request.path:
        return Answer(400, {"error": {"message": "not now"}})
    return Answer(body={"object": "list", "data": [TAKEN], "has_more": False})


@pytest.fixture(autouse=True)
def server(write: Write, impatient: None) -> Iterator[Scripted]:
    with scripted(answer) as running:
        write({"assistants/project.yaml": PROJECT.replace("URL", running.url.removesuffix("/v1"))})
        write({"assistants/a.yaml": "name: A\nmodel: m\n"})
        yield running


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("Environment ")]


EACH = ["Environment local", "Environment near", "Environment far"]


@cases(
    "words",
    {
        "plan": "plan --all-environments --exit-code",
        "list": "list --all-environments",
        "list in full": "--no-color list --all-environments -o wide",
    },
)
def test_one_that_fails_does_not_hide_the_others(cli: Cli, server: Scripted, words: str) -> None:
    ran = cli(*words.split())
    assert (ran.exit_code, headings(ran.stdout)) == (1, EACH)
    assert "400 not now" in ran.stderr
    assert ran.stderr.splitlines()[-1] == "Error: 1 of 3 environments failed: near"
    assert "A" in ran.stdout.partition(EACH[2])[2]
    assert {one.method for one in server.requests} == {"GET"}


# The environments that are left out of project.yaml, options, and the exit code.
CODES = {
    "an error before all": ((), "--exit-code", 1),
    "a refusal before changes": (("near",), "--exit-code", 4),
    "without --exit-code neither counts": (("near",), "", 0),
    "changes": (("near", "far"), "--exit-code", 3),
}


@cases("without words code", CODES)
def test_the_worst_exit_code_counts(
    cli: Cli, write: Write, server: Scripted, without: tuple[str, ...], words: str, code: int
) -> None:
    text = PROJECT.replace("URL", server.url.removesuffix("/v1"))
    kept = [line for line in text.splitlines() if line.strip().partition(":")[0] not in without]
    write({"assistants/project.yaml": "\n".join(kept)})
    assert cli("plan", "--all-environments", *words.split()).exit_code == code


def test_nothing_to_do_anywhere(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": "environments: {x: {endpoint: embedded}, y: {endpoint: embedded}}\n"})
    assert [cli("apply", "-e", one, "--yes").exit_code for one in "xy"] == [0, 0]
    assert cli("plan", "--all-environments", "--exit-code").exit_code == 0


def test_where_no_environment_is_declared(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": "project: p\n"})
    ran = cli("list", "--all-environments")
    assert (ran.exit_code, "project.yaml declares no environments; declare them" in ran.stderr) == (1, True)


def test_validate_tells_the_problems_of_each(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\nenvironments: {near: {temperature: 9}}\n"})
    ran = cli("validate", "--all-environments")
    assert (ran.exit_code, headings(ran.stdout)) == (1, EACH)
    assert ran.stdout.count("1 definition is valid.") == 2
    assert [line.partition(" ")[0] for line in ran.stderr.splitlines()] == ["assistants/a.yaml:2:36:", "Error:"]
    assert cli("validate").exit_code == 1
    write({"assistants/a.yaml": "model: m\n"})
    assert cli("validate", "--all-environments").exit_code == 0


def test_all_of_them_are_one_document(cli: Cli, write: Write) -> None:
    ran = cli("plan", "--all-environments", "-o", "json", "--exit-code")
    found = json.loads(ran.stdout)
    assert [(one["environment"], one["exit_code"], bool(one["error"])) for one in found["environments"]] == [
        ("local", 3, False),
        ("near", 1, True),
        ("far", 4, False),
    ]
    documents = [one["document"] for one in found["environments"]]
    assert [one and one["target"]["environment"] for one in documents] == ["local", None, "far"]
    listed = yaml.safe_load(cli("list", "--all-environments", "-o", "yaml").stdout)
    assert [one["document"] and len(one["document"]) for one in listed["environments"]] == [[], None, 1]
    write({"assistants/a.yaml": "modle: m\n"})
    (first, *_) = json.loads(cli("validate", "--all-environments", "-o", "json").stdout)["environments"]
    assert (first["exit_code"], first["document"]["valid"]) == (1, False)


@cases("form on_stdout", {"markdown": ("markdown", "## Environment far\n"), "id": ("id", "asst_1\n")})
def test_other_forms(cli: Cli, form: str, on_stdout: str) -> None:
    ran = cli("list", "--all-environments", "-o", form)
    assert on_stdout in ran.stdout
    assert headings(ran.stderr) == (EACH if form == "id" else [])


def test_in_ci_embedded_ones_are_left_out(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    ran = cli("plan", "--all-environments")
    assert (headings(ran.stdout), ran.stderr.splitlines()[0]) == (
        EACH[1:],
        "Left out, as CI is set and they are embedded: local",
    )
    write({"assistants/project.yaml": "environments: {local: {endpoint: embedded}}\n"})
    ran = cli("list", "--all-environments")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "in CI embedded environments are left out, and all environments are embedded: local" in ran.stderr


WRONG = {
    "-e": ("plan -e far", 2, "--all-environments takes each environment, and the endpoint of each; leave out -e"),
    "an address": ("list --base-url http://127.0.0.1:9", 2, "leave out --base-url (ASSISTANTS_BASE_URL)"),
    "the embedded endpoint": ("validate --embedded", 2, "leave out --embedded (ASSISTANTS_EMBEDDED)"),
    "a file for the plan": ("plan --out plan.json", 2, "--out holds the plan of one environment"),
    "standard input": ("plan -", 2, "- is standard input, which can be read once only"),
    "what no run can be asked": ("list --managed --unmanaged", 2, "--managed and --unmanaged leave nothing to list"),
    "no such path": ("validate nowhere", 1, "nowhere: no such file or folder"),
}


@cases("words code said", WRONG)
def test_what_does_not_go_with_it(cli: Cli, words: str, code: int, said: str) -> None:
    ran = cli(*words.split(), "--all-environments")
    assert (ran.exit_code, said in ran.stderr, ran.stdout) == (code, True, ""), ran.output
