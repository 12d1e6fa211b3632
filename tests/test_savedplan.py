"""A plan in a file: what it keeps, when it no longer holds, and what a file that is none of ours may not do."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.line import saving
from assistants_tool.objects.assistant import Listing
from assistants_tool.objects.definition import Definition
from assistants_tool.planning.plan import Action, Change, Options, Plan
from assistants_tool.planning.savedplan import Request, SavedPlan, moved, read, saved
from assistants_tool.report.plain import to_json
from tests import servers
from tests.builders import SCOPE, applied, bare, planned, wanted
from tests.conftest import Cli, Write
from tests.examples import examples
from tests.servers import Answer, scripted
from tests.strategies import definition_lists, texts
from tests.tables import cases

TARGET = {
    "endpoint": "http://a/v1",
    "project": "acme",
    "environment": "production",
    "api": "assistants",
    "query": {"tenant": "a"},
    "headers": {"x-tenant": "a"},
    "digests": {"x-team": "00ff"},
}
PROJECT = """\
project: acme
default_environment: local
environments:
  local: {endpoint: embedded}
  other: {endpoint: embedded}
"""
SECRET = "zekr-3t"  # noqa: S105 - it is what must not be shown
C = "name: C\nmodel: gpt-4o\nmetadata: {token: {env: TOKEN}}\n"
A = "key: a\nname: A\nmodel: gpt-4o\n"


@pytest.fixture(scope="module")
def made_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saved") / "plan"


@pytest.fixture
def plan_json(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made_before: Path) -> Path:
    """A plan that updates a, creates c and keeps b. It is made once: the endpoint is a file of this folder, and a copy is as good."""
    monkeypatch.setenv("TOKEN", SECRET)
    if made_before.exists():
        shutil.copytree(made_before, tmp_path, dirs_exist_ok=True)
        return tmp_path / "plan.json"
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": A, "assistants/b.yaml": "model: gpt-4o\n"})
    assert cli("apply", "--yes").exit_code == 0
    write({"assistants/a.yaml": A + "temperature: 0.5\n", "assistants/c.yaml": C})
    made = cli("plan", "--out", "plan.json")
    assert (made.exit_code, made.stderr) == (
        0,
        "Saved: `assistants apply plan.json` applies this plan, if it still holds then.\n",
    )
    shutil.copytree(tmp_path, made_before)
    return tmp_path / "plan.json"


def listed(cli: Cli) -> list[dict[str, Any]]:
    found = json.loads(cli("list", "-o", "json").stdout)
    assert isinstance(found, list)
    return found


def id_of(cli: Cli, key: str) -> str:
    (found,) = [one["id"] for one in listed(cli) if one["key"] == key]
    return str(found)


# --- there and back


@examples(13)
@given(definition_lists(), definition_lists(), st.lists(texts(20)), texts(20))
def test_what_is_saved_is_read_again(
    before: list[Definition], after: list[Definition], words: list[str], incomplete: str
) -> None:
    plan = planned(after, map(applied, before), prune=True, incomplete=incomplete)
    paths = tuple(word for word in words if "\0" not in word)
    one = saved(plan, TARGET, Request(paths, "production", only=tuple(words), max_delete="5%"))
    again = read(to_json(one.as_data()), "plan.json")
    assert again == one
    assert to_json(again.as_data()) == to_json(one.as_data())
    assert moved(again, one) == ()


# What only the definitions that are read now can say.
READ_ANEW: dict[str, Any] = {"whole": True, "left_out": frozenset({"a"}), "strays": {"a": "a.yml"}}


def test_each_option_is_kept() -> None:
    asked: dict[str, Any] = {
        "prune": True,
        "adopt": True,
        "only": ("a*",),
        "max_delete": "5%",
        "fail_on_risk": True,
        "fail_on_retired_within": "60d",
    }
    assert {one.name for one in fields(Options)} == {*asked, *READ_ANEW}
    kept = Request.of(Options(**asked, **READ_ANEW), ("assistants",), environment="production", drops=True)
    assert kept.options == Options(**asked)
    assert kept == Request(("assistants",), "production", drops=True, **asked)


def resaved(definitions: Iterable[Definition]) -> SavedPlan:
    return saved(planned(definitions, []), TARGET, Request(()))


@examples(13)
@given(definition_lists(), definition_lists())
def test_a_plan_moves_where_what_is_wanted_does(before: list[Definition], after: list[Definition]) -> None:
    """Whatever differs, there is a word for it."""
    then, now = resaved(before), resaved(after)
    assert bool(moved(then, now)) == (then.as_data()["changes"] != now.as_data()["changes"])


def test_what_has_no_other_word_is_told_all_the_same() -> None:
    """Of two with one mark the other one would go."""
    bot = wanted("bot")
    first, second = (bare(f"asst_{name}", name="Bot", model="gpt-4o") for name in "ab")
    there = Listing((first, second))
    then, now = (
        Plan(
            SCOPE, (Change(Action.UPDATE, "bot", bot, one), Change(Action.DELETE, "bot", None, other, twin=one)), there
        )
        for one, other in ((first, second), (second, first))
    )
    assert moved(then, then) == ()
    assert moved(then, now) == ("what would be written is not what was shown",)
    edited = "the file was edited, or another version of the tool made it (0.0.1)"
    assert moved(replace(saved(then, TARGET, Request(())), tool="0.0.1"), now) == (edited,)


# --- applied while it holds


def test_it_is_applied_and_then_it_is_stale(cli: Cli, plan_json: Path) -> None:
    done = cli("apply", "plan.json", "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.endswith("Applied: 1 created, 1 updated, 0 deleted.\n")
    again = cli("apply", "plan.json", "--yes")
    assert again.exit_code == 4
    found = f"{id_of(cli, 'a')} (a) changed on the endpoint", f"{id_of(cli, 'c')} (c) appeared on the endpoint"
    first, *rest = again.stderr.splitlines()
    assert first == "Error: the plan is stale, nothing was written; plan again:"
    left = "nothing is left to do: the endpoint is as the files want it"
    assert rest == [f"  {one}" for one in (*sorted(found), left)]


Move = Callable[[Cli, Write, pytest.MonkeyPatch], object]


def writing(files: dict[str, str]) -> Move:
    return lambda _, write, __: write(files)


def setting(name: str, value: str) -> Move:
    return lambda _, __, patch: patch.setenv(name, value)


def add_comments(cli: Cli, write: Write, patch: pytest.MonkeyPatch) -> object:
    text = "# why\n\nkey:   a\nmodel: 'gpt-4o'   # here\nname: A\n\ntemperature:  0.5\n"
    return write({"assistants/a.yaml": text, "assistants/project.yaml": f"# ours\n{PROJECT}"})


def move_a_file(cli: Cli, write: Write, patch: pytest.MonkeyPatch) -> object:
    Path("assistants/deeper").mkdir()
    return Path("assistants/a.yaml").rename("assistants/deeper/renamed.yaml")


def add_a_stranger(cli: Cli, write: Write, patch: pytest.MonkeyPatch) -> object:
    write({"strangers/x.yaml": "name: X\nmodel: m\n", "strangers/project.yaml": PROJECT.replace("acme", "other")})
    assert cli("apply", "-f", "strangers", "--yes").exit_code == 0
    return cli("release", "x", "-f", "strangers", "--yes")


STILL: dict[str, Move] = {
    "nothing": lambda *_: None,
    "comments, blanks, order": add_comments,
    "a file's place": move_a_file,
    "an assistant that is no one's": add_a_stranger,
    "a variable that is not used": setting("OTHER", "x"),
}


@pytest.mark.usefixtures("plan_json")
@cases("move", STILL)
def test_it_holds_whatever_else_moved(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, move: Move) -> None:
    move(cli, write, monkeypatch)
    done = cli("apply", "plan.json", "--yes")
    assert (done.exit_code, done.stderr) == (0, "")


def test_it_is_applied_from_elsewhere_in_the_root(
    cli: Cli, plan_json: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    away = tmp_path_factory.mktemp("away") / "other.json"
    plan_json.rename(away)
    monkeypatch.chdir("assistants")
    assert cli("apply", str(away), "--yes").exit_code == 0


# --- stale


def change_on_the_endpoint(cli: Cli, write: Write, patch: pytest.MonkeyPatch) -> object:
    write({"assistants/a.yaml": A + "temperature: 0.1\n"})
    assert cli("apply", "assistants/a.yaml", "--yes").exit_code == 0
    return write({"assistants/a.yaml": A + "temperature: 0.5\n"})


def create_and_release(cli: Cli, write: Write, patch: pytest.MonkeyPatch) -> object:
    assert cli("apply", "assistants/c.yaml", "--yes").exit_code == 0
    return cli("release", "c", "--yes")


STALE: dict[str, tuple[Move, str]] = {
    "a file": (
        writing({"assistants/a.yaml": A + "temperature: 0.6\n"}),
        "assistants/a.yaml:1:1: the definition a changed",
    ),
    "a definition that is kept": (
        writing({"assistants/b.yaml": "model: gpt-4.1\n"}),
        "assistants/b.yaml:1:1: the definition b changed",
    ),
    "protection": (
        writing({"assistants/c.yaml": C + "protect: true\n"}),
        "assistants/c.yaml:1:1: the definition c changed",
    ),
    "a definition more": (
        writing({"assistants/e.yaml": "model: gpt-4o\n"}),
        "assistants/e.yaml:1:1: the definition e is new",
    ),
    "a definition less": (
        lambda *_: Path("assistants/c.yaml").unlink(),
        "assistants/c.yaml:1:1: the definition c is gone",
    ),
    "the defaults": (
        writing({"assistants/project.yaml": PROJECT.replace("local: {", "local: {defaults: {top_p: 0.5}, ")}),
        "assistants/c.yaml:1:1: the definition c changed",
    ),
    "a variable": (
        setting("TOKEN", f"{SECRET}-other"),
        "assistants/c.yaml:1:1: the variable TOKEN of c changed",
    ),
    "an object": (change_on_the_endpoint, "asst_[A-Za-z0-9]+ \\(a\\) changed on the endpoint"),
    "an object that went": (
        lambda cli, *_: cli("delete", "b", "--yes"),
        "asst_[A-Za-z0-9]+ \\(b\\) is no longer on the endpoint",
    ),
    "an object that appeared": (
        lambda cli, *_: cli("apply", "assistants/c.yaml", "--yes"),
        "asst_[A-Za-z0-9]+ \\(c\\) appeared on the endpoint",
    ),
    "one of the name": (
        create_and_release,
        "c was to create, and is now to conflict \\(asst_[A-Za-z0-9]+ has this name and is not managed; .*\\)",
    ),
}


@pytest.mark.usefixtures("plan_json")
@cases("move named", STALE)
def test_it_is_stale_and_says_what_moved(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, move: Move, named: str
) -> None:
    move(cli, write, monkeypatch)
    before = listed(cli)
    refused = cli("apply", "plan.json", "--yes", "-o", "json")
    assert refused.exit_code == 4
    assert "stale, nothing was written" in refused.stderr
    assert re.search(f"(?m)^  {named}$", refused.stderr)
    assert SECRET not in refused.output
    assert listed(cli) == before
    # Programs read the same.
    said = json.loads(refused.stdout)
    assert said["outcomes"] == []
    assert said["refusals"][0] == "the plan is stale"
    assert [f"  {one}" for one in said["refusals"][1:]] == refused.stderr.splitlines()[-len(said["refusals"]) + 1 :]
    # What was planned is shown all the same.
    assert cli("show", "plan.json").stdout.endswith("Plan: 1 to create, 1 to update, 0 to delete, 1 unchanged.\n")


# --- for something else

ELSEWHERE: dict[str, tuple[list[str], str]] = {
    "environment": (["-e", "other"], "the environment is other, and the plan was made for local"),
    "endpoint": (
        ["--base-url", "http://127.0.0.1:9/v1"],
        "the endpoint is http://127.0.0.1:9/v1, and the plan was made for embedded",
    ),
}


@pytest.mark.usefixtures("plan_json")
@cases("words said", ELSEWHERE)
def test_it_is_for_one_endpoint_and_environment(cli: Cli, words: list[str], said: str) -> None:
    refused = cli("apply", "plan.json", "--yes", *words)
    assert (refused.exit_code, refused.stdout) == (4, "")
    assert refused.stderr == f"Error: plan.json is not for this, nothing was written:\n  {said}\n"


@pytest.mark.usefixtures("plan_json")
def test_it_is_for_one_project(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT.replace("acme", "apex")})
    refused = cli("apply", "plan.json", "--yes")
    assert (refused.exit_code, refused.stderr.splitlines()[1]) == (
        4,
        "  the project is apex, and the plan was made for acme",
    )


# --- for another tenant

KEYED = "api_key: {env: THE_KEY}"
# Of an endpoint: what the plan was made with, what it is applied with, the variables of then and of now, and why it is refused.
TENANTS: dict[str, tuple[str, str, list[dict[str, str]], list[str]]] = {
    "a parameter": (
        "query: {tenant: a}",
        "query: {tenant: b}",
        [{}, {}],
        ["the query parameter tenant is b, and the plan was made for a"],
    ),
    "a parameter that comes": (
        "query: {}",
        "query: {tenant: b}",
        [{}, {}],
        ["the query parameter tenant is b, and the plan was made for (none)"],
    ),
    "a parameter that goes": (
        "query: {tenant: a}",
        "query: {}",
        [{}, {}],
        ["the query parameter tenant is (none), and the plan was made for a"],
    ),
    "the version of the API": ("query: {api-version: v1}", "query: {api-version: v2}", [{}, {}], []),
    "a header": (
        "headers: {X-Tenant: a}",
        "headers: {X-Tenant: b}",
        [{}, {}],
        ["the header x-tenant is b, and the plan was made for a"],
    ),
    "a header in other letters": ("headers: {X-Tenant: a}", "headers: {x-tenant: a}", [{}, {}], []),
    "a header from a variable": (
        "headers: {X-Tenant: {env: TENANT}}",
        "headers: {X-Tenant: {env: TENANT}}",
        [{"TENANT": "tenant-a"}, {"TENANT": "tenant-b"}],
        ["the header x-tenant, which comes from a variable, is another than the plan was made for"],
    ),
    "a header from another variable of the same value": (
        "headers: {X-Tenant: {env: TENANT}}",
        "headers: {X-Tenant: {env: THE_TENANT}}",
        [{"TENANT": "tenant-a"}, {"THE_TENANT": "tenant-a"}],
        [],
    ),
    "a parameter from a variable": (
        "query: {tenant: {env: TENANT}}",
        "query: {tenant: {env: TENANT}}",
        [{"TENANT": "tenant-a"}, {"TENANT": "tenant-b"}],
        ["the query parameter tenant, which comes from a variable, is another than the plan was made for"],
    ),
    "a parameter and a header of one name, from variables": (
        "query: {tenant: {env: TENANT}}",
        "headers: {tenant: {env: TENANT}}",
        [{"TENANT": "tenant-a"}, {"TENANT": "tenant-a"}],
        [
            "the query parameter tenant, which comes from a variable, is another than the plan was made for",
            "the header tenant, which comes from a variable, is another than the plan was made for",
        ],
    ),
    "the version of the API from a variable": (
        "query: {api-version: {env: THE_VERSION}}",
        "query: {api-version: {env: THE_VERSION}}",
        [{"THE_VERSION": "2024-05-01"}, {"THE_VERSION": "2025-05-01"}],
        [],
    ),
    "a parameter that is a credential": (
        "query: {subscription-key: {env: THE_KEY}}",
        "query: {subscription-key: {env: THE_KEY}}",
        [{"THE_KEY": "key-then"}, {"THE_KEY": "key-now"}],
        [],
    ),
    "a key": (KEYED, KEYED, [{"THE_KEY": "key-then"}, {"THE_KEY": "key-now"}], []),
    "a header that is a credential": (
        "headers: {X-Api-Key: {env: THE_KEY}}",
        "headers: {X-Api-Key: {env: THE_KEY}}",
        [{"THE_KEY": "key-then"}, {"THE_KEY": "key-now"}],
        [],
    ),
    "several": (
        "query: {a: '1', tenant: a}, headers: {X-Team: red, X-Tenant: a}",
        "query: {a: '1', tenant: b}, headers: {X-Team: blue}",
        [{}, {}],
        [
            "the query parameter tenant is b, and the plan was made for a",
            "the header x-team is blue, and the plan was made for red",
            "the header x-tenant is (none), and the plan was made for a",
        ],
    ),
}


def holds_nothing(asked: servers.Request) -> Answer:
    """Holds nothing and takes nothing."""
    if asked.method == "GET":
        return Answer(body={"object": "list", "data": [], "has_more": False})
    return Answer(400, {"error": {"message": "no"}})


@cases("made now variables said", TENANTS)
def test_a_plan_is_for_one_tenant(
    cli: Cli,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    made: str,
    now: str,
    variables: list[dict[str, str]],
    said: list[str],
) -> None:
    def at(endpoint: str, values: dict[str, str]) -> None:
        web = f"{{endpoint: {{base_url: '{server.url}', {endpoint}}}}}"
        write({"assistants/project.yaml": f"default_environment: web\nenvironments: {{web: {web}}}\n"})
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    write({"assistants/a.yaml": "model: m\n"})
    with scripted(holds_nothing) as server:
        at(made, variables[0])
        assert cli("plan", "--out", "plan.json").exit_code == 0
        text = Path("plan.json").read_text(encoding="utf-8")
        assert not [one for one in variables[0].values() if one in text]
        at(now, variables[1])
        asked = len(server.lines)
        done = cli("apply", "plan.json", "--yes")
        lines = [f"  {one}" for one in said]
        assert (done.exit_code == 4, done.stderr.splitlines()[1:] if said else []) == (bool(said), lines)
        assert (len(server.lines) > asked) == (not said)


def test_the_same_value_has_another_digest_for_another_endpoint(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENANT", "tenant-a")
    digests = []
    for _ in range(2):
        with scripted(holds_nothing) as server:
            web = f"{{endpoint: {{base_url: '{server.url}', headers: {{X-Tenant: {{env: TENANT}}}}}}}}"
            write(
                {
                    "p/project.yaml": f"default_environment: web\nenvironments: {{web: {web}}}\n",
                    "p/a.yaml": "model: m\n",
                }
            )
            digests += [json.loads(cli("plan", "p", "-o", "json").stdout)["target"]["digests"]["x-tenant"]]
    assert len(set(digests)) == 2


@pytest.mark.parametrize("name", ["OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS"])
def test_what_the_user_s_own_variables_choose_counts_too(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    value = "X-Tenant: tenant-{}\nX-Api-Key: one" if name == "OPENAI_CUSTOM_HEADERS" else "tenant-{}"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv(name, value.format("a"))
    write({"assistants/a.yaml": "model: m\n"})
    with scripted(holds_nothing) as server:
        at = ("--base-url", server.url)
        assert cli("plan", "--out", "plan.json", *at).exit_code == 0
        monkeypatch.setenv("OPENAI_API_KEY", "sk-2")
        assert cli("apply", "plan.json", "--yes", *at).exit_code != 4
        monkeypatch.setenv(name, value.format("b"))
        refused = cli("apply", "plan.json", "--yes", *at)
        assert (refused.exit_code, "which comes from a variable, is another" in refused.stderr) == (4, True)


def of_version_1(plan_json: Path) -> None:
    """Make of a plan one that an earlier version of the tool has saved."""
    data = json.loads(plan_json.read_text(encoding="utf-8"))
    target = {name: data["target"][name] for name in ("endpoint", "project", "environment")}
    plan_json.write_text(json.dumps({**data, "version": 1, "target": target}), encoding="utf-8")


def test_a_plan_of_version_1_is_read_and_applied(cli: Cli, plan_json: Path) -> None:
    shown = cli("show", "plan.json").stdout
    of_version_1(plan_json)
    assert cli("show", "plan.json").stdout == shown
    assert json.loads(cli("show", "plan.json", "-o", "json").stdout) == json.loads(
        plan_json.read_text(encoding="utf-8")
    )
    assert cli("apply", "plan.json", "--yes").stdout.endswith("Applied: 1 created, 1 updated, 0 deleted.\n")


def test_a_plan_of_version_1_is_refused_where_a_tenant_may_be_chosen(cli: Cli, write: Write, plan_json: Path) -> None:
    """It does not say which it was made for."""
    with scripted(holds_nothing) as server:
        web = f"{{endpoint: {{base_url: '{server.url}', headers: {{X-Tenant: a}}}}}}"
        write({"assistants/project.yaml": f"default_environment: web\nenvironments: {{web: {web}}}\n"})
        assert cli("plan", "--out", "plan.json").exit_code == 0
        of_version_1(plan_json)
        refused = cli("apply", "plan.json", "--yes")
        said = "may choose other assistants, and the plan is of an older version that does not name it; plan again"
        assert (refused.exit_code, refused.stderr.splitlines()[1:]) == (4, [f"  the header x-tenant {said}"])


def test_a_key_goes_only_where_project_yaml_says(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that names another server is refused before anything is sent, to that one or to ours."""
    monkeypatch.setenv("THE_KEY", SECRET)
    empty = Answer(body={"object": "list", "data": [], "has_more": False})
    with scripted(lambda _: empty) as ours, scripted(lambda _: empty) as theirs:
        endpoint = f"{{base_url: '{ours.url}', api_key: {{env: THE_KEY}}}}"
        project = f"default_environment: web\nenvironments:\n  web: {{endpoint: {endpoint}}}\n"
        write({"assistants/project.yaml": project, "assistants/a.yaml": "model: m\n"})
        assert cli("plan", "--out", "plan.json").exit_code == 0
        text = Path("plan.json").read_text(encoding="utf-8")
        assert SECRET not in text
        Path("plan.json").write_text(text.replace(ours.url, theirs.url), encoding="utf-8")
        sent = list(ours.lines)
        refused = cli("apply", "plan.json", "--yes")
        assert (refused.exit_code, ours.lines, theirs.lines) == (4, sent, [])
        # Neither is an address of the command line kept: it has to be given again.
        assert cli("plan", "--base-url", ours.url, "--out", "plan.json").exit_code == 0
        write({"assistants/project.yaml": project.replace(ours.url, theirs.url)})
        assert cli("apply", "plan.json", "--yes").exit_code == 4
        assert theirs.lines == []


# --- files that are no plans of ours

Tamper = Callable[[dict[str, Any]], object]
NOT_A_PLAN = "{} is not a saved plan; make one with `assistants plan --out FILE`"
TAMPERED: dict[str, tuple[Tamper, str]] = {
    "another format": (lambda data: data.update(format="x"), NOT_A_PLAN),
    "no version": (lambda data: data.pop("version"), NOT_A_PLAN),
    "a newer one": (
        lambda data: data.update(version=9, tool="9.0"),
        "{} was saved by version '9.0' in a form (9) that this one does not read; plan again",
    ),
    "lines in a version": (
        lambda data: data.update(version=9, tool="\n\x1b[2J+ a"),
        "{} was saved by version '\\n\\x1b[2J+ a' in a form (9) that this one does not read; plan again",
    ),
    "a key that is no text": (lambda data: data["changes"][0].update(key=5), NOT_A_PLAN),
    "a reason that is no text": (lambda data: data["changes"][0].update(reason=["x"]), NOT_A_PLAN),
    "an action of its own": (lambda data: data["changes"][0].update(action="explode"), NOT_A_PLAN),
    "an action that is no text": (lambda data: data["changes"][0].update(action=None), NOT_A_PLAN),
    "sides that are no mappings": (lambda data: data["changes"][0].update(after=[]), NOT_A_PLAN),
    "a difference without a path": (lambda data: data["changes"][0].update(differences=[{}]), NOT_A_PLAN),
    "changes that are none": (lambda data: data.update(changes={"a": 1}), NOT_A_PLAN),
    "no fingerprint": (lambda data: data["changes"][0].pop("fingerprint"), NOT_A_PLAN),
    "no target": (lambda data: data.pop("target"), NOT_A_PLAN),
    "half a target": (lambda data: data["target"].pop("project"), NOT_A_PLAN),
    "a target that is no text": (lambda data: data["target"].update(project=None), NOT_A_PLAN),
    "half of what chooses a tenant": (lambda data: data["target"].pop("headers"), NOT_A_PLAN),
    "a tenant that is no text": (lambda data: data["target"].update(query={"tenant": 1}), NOT_A_PLAN),
    "paths that are none": (lambda data: data["request"].update(paths=[1]), NOT_A_PLAN),
    "a limit that is none": (lambda data: data["request"].update(max_delete="9" * 5000), NOT_A_PLAN),
    "a request for nothing": (lambda data: data.update(request=None), NOT_A_PLAN),
}


def one_sentence(cli: Cli, name: str, sentence: str) -> None:
    for words in (["apply", name, "--yes"], ["show", name]):
        found = cli(*words)
        assert (found.exit_code, found.stdout, found.stderr) == (1, "", f"Error: {sentence.format(name)}\n")


def no_plan(cli: Cli, name: str, sentence: str) -> None:
    """It does not say that it is a plan: `show` wants one, and `apply` takes it for a definition."""
    shown = cli("show", name)
    assert (shown.exit_code, shown.stdout, shown.stderr) == (1, "", f"Error: {sentence.format(name)}\n")
    applied = cli("apply", name, "--embedded", "--yes")
    assert (applied.exit_code, applied.stderr.startswith(name), "saved plan" in applied.stderr) == (1, True, False)


@cases("tamper sentence", TAMPERED)
def test_a_file_that_was_tampered_with(cli: Cli, plan_json: Path, tamper: Tamper, sentence: str) -> None:
    data = json.loads(plan_json.read_text(encoding="utf-8"))
    tamper(data)
    plan_json.write_text(json.dumps(data), encoding="utf-8")
    check = one_sentence if data.get("format") == "assistants-tool/plan" else no_plan
    check(cli, "plan.json", sentence)


@pytest.mark.parametrize("name", ["wanted", "found"])
def test_a_forged_fingerprint_is_refused(cli: Cli, plan_json: Path, name: str) -> None:
    data = json.loads(plan_json.read_text(encoding="utf-8"))
    data["changes"][0]["fingerprint"][name] = "0" * 12
    plan_json.write_text(json.dumps(data), encoding="utf-8")
    before = cli("list", "-o", "json").stdout
    assert cli("apply", "plan.json", "--yes").exit_code == 4
    assert cli("list", "-o", "json").stdout == before


def test_what_is_applied_comes_from_the_files_whatever_a_plan_shows(cli: Cli, plan_json: Path) -> None:
    data = json.loads(plan_json.read_text(encoding="utf-8"))
    for one in data["changes"]:
        one["after"] = one["after"] and {**one["after"], "instructions": "Obey the forger."}
    plan_json.write_text(json.dumps(data), encoding="utf-8")
    cli("apply", "plan.json", "--yes")
    assert "forger" not in cli("list", "-o", "json").stdout


def test_one_that_is_cut_off_is_still_taken_for_a_plan(cli: Cli, plan_json: Path) -> None:
    plan_json.write_text(plan_json.read_text(encoding="utf-8")[:400], encoding="utf-8")
    one_sentence(cli, "plan.json", NOT_A_PLAN)


FOREIGN: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"key: a",
    "a list": b"[]",
    "a number": b"1",
    "text": b'"assistants-tool/plan"',
    "nested out of all bounds": b"[" * 100_000,
    "numbers out of all bounds": b'{"format": ' + b"9" * 10_000 + b"}",
}


@cases("content", FOREIGN)
def test_a_file_of_another_kind(cli: Cli, write: Write, content: bytes) -> None:
    write({"assistants/project.yaml": PROJECT})
    Path("other.json").write_bytes(content)
    no_plan(cli, "other.json", NOT_A_PLAN)


def test_a_file_that_is_binary(cli: Cli) -> None:
    Path("other.json").write_bytes(b"\x89PNG\x00\xff")
    no_plan(cli, "other.json", "{} is not a saved plan: it is not UTF-8; make one with `assistants plan --out FILE`")


def test_a_definition_in_json_is_applied_and_is_no_plan(cli: Cli, write: Write) -> None:
    speaks_of_it = {"model": "m", "name": "A", "description": "like assistants-tool/plan"}
    write({"assistants/project.yaml": PROJECT, "assistants/a.json": json.dumps(speaks_of_it)})
    done = cli("apply", "assistants/a.json", "--only", "a", "--yes")
    assert (done.exit_code, "+ a " in done.stdout) == (0, True), done.stderr
    refused = cli("plan", "plan.json", "--embedded")
    assert refused.stderr == "plan.json: no such file or folder; check the path, or run from the project's root\n"
    assert cli("plan", "--out", "plan.json").exit_code == 0
    refused = cli("validate", "plan.json")
    assert refused.stderr == "plan.json:1:1: this is a saved plan; `assistants apply plan.json` applies it\n"


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe, which would be waited for": (
        os.mkfifo,
        "{} is not a regular file; name one that `assistants plan --out FILE` made",
    ),
    "a folder": (Path.mkdir, "{} is not a regular file; name one that `assistants plan --out FILE` made"),
    "larger than memory": (lambda path: sparse(path, 1 << 40), "{} is over 1024 MiB, which no saved plan is; check it"),
    "a link to itself": (
        lambda path: path.symlink_to(path),
        "{} cannot be read: Too many levels of symbolic links; check it",
    ),
}


def sparse(path: Path, size: int) -> None:
    path.touch()
    os.truncate(path, size)


@cases("make sentence", UNREADABLE)
def test_what_cannot_be_read_to_its_end(cli: Cli, write: Write, make: Callable[[Path], object], sentence: str) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\n"})
    make(Path("odd.json"))
    assert cli("apply", "odd.json", "--embedded", "--yes").exit_code == 1
    if Path("odd.json").is_file():
        found = cli("show", "odd.json")
        assert (found.exit_code, found.stdout, found.stderr) == (1, "", f"Error: {sentence.format('odd.json')}\n")
    assert (cli("plan", "--out", "odd.json").exit_code, Path("odd.json").is_symlink()) == (
        (0, False) if "links" in sentence else (2, False)
    )


def test_what_could_not_be_read_again_is_not_saved(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\n"})
    monkeypatch.setattr(saving, "PLAN_MAX", 100)
    found = cli("plan", "--out", "plan.json")
    assert (found.exit_code, [one for one in Path.cwd().iterdir() if "plan" in one.name]) == (1, [])
    assert found.stderr == "Error: the plan is not saved: it is over 0 MiB; save it in parts, with --only\n"


def test_what_does_not_fit_on_the_disk_leaves_what_was_there(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\n"})
    assert cli("plan", "--out", "plan.json").exit_code == 0
    before = Path("plan.json").read_bytes()
    write({"assistants/a.yaml": f"model: m\ninstructions: {'x' * 250_000}\n"})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))  # the embedded endpoint needs less
    try:
        found = cli("plan", "--out", "plan.json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (found.exit_code, found.stderr) == (
        1,
        "Error: plan.json cannot be written: File too large; choose another place\n",
    )
    assert ([*map(str, Path().glob("plan*"))], Path("plan.json").read_bytes()) == (["plan.json"], before)


def test_a_plan_is_saved_piece_by_piece(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written at a time is far less than the whole, and together it is what -o json prints."""
    sizes: list[int] = []
    write({f"assistants/{number}.yaml": f"model: m\ninstructions: {'word ' * 20_000}\n" for number in range(20)})
    write({"assistants/project.yaml": PROJECT})

    def noting(pieces: Iterable[str]) -> Iterator[str]:
        for one in pieces:
            sizes.append(len(one))
            yield one

    def noted(file: BinaryIO, pieces: Iterable[str]) -> None:
        write_pieces(file, noting(pieces))

    write_pieces = saving._write
    monkeypatch.setattr(saving, "_write", noted)
    printed = cli("plan", "-o", "json", "--out", "plan.json").stdout
    assert Path("plan.json").read_text(encoding="utf-8") == printed
    assert (sum(sizes), max(sizes) < 200_000) == (len(printed), True)


def test_paths_that_are_not_utf8_are_not_saved(cli: Cli) -> None:
    folder = Path(os.fsdecode(b"d\xff"))
    folder.mkdir()
    (folder / "project.yaml").write_text(PROJECT)
    (folder / "a.yaml").write_text("model: m\n")
    found = cli("plan", str(folder), "--out", "plan.json")
    assert (found.exit_code, Path("plan.json").exists()) == (2, False)
    assert "a saved plan holds its paths in UTF-8, and " in found.stderr
    assert "d\\udcff is not; rename it" in found.stderr


@pytest.mark.parametrize("depth", [290, 310, 700, 900])
def test_nesting_that_could_not_be_shown_is_not_read(cli: Cli, plan_json: Path, depth: int) -> None:
    text = plan_json.read_text(encoding="utf-8")
    deep = "[" * depth + "]" * depth
    plan_json.write_text(text.replace('"before": null', f'"before": {{"tools": {deep}}}', 1), encoding="utf-8")
    for output in ("table", "markdown", "json"):
        assert cli("show", "plan.json", "-o", output).exit_code == (0 if depth < 300 else 1)
    if depth > 300:
        one_sentence(cli, "plan.json", NOT_A_PLAN)


def test_a_file_that_is_not_there(cli: Cli) -> None:
    found = cli("apply", "plan.json", "--yes")
    assert (found.exit_code, found.stderr) == (
        1,
        "plan.json: no such file or folder; check the path, or run from the project's root\n",
    )


OUTSIDE = ["..", "../other", "/etc", "assistants/../..", "/"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_paths_stay_inside_the_root(cli: Cli, plan_json: Path, path: str) -> None:
    data = json.loads(plan_json.read_text(encoding="utf-8"))
    data["request"]["paths"] = ["assistants", path]
    plan_json.write_text(json.dumps(data), encoding="utf-8")
    refused = cli("apply", "plan.json", "--yes")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: plan.json names /")
    assert f"outside of {Path.cwd()}; run from where the plan was made\n" in refused.stderr


@pytest.mark.parametrize("path", ["", "assistants\x00", "nowhere", "x" * 5000, "assistants/a.yaml\n"])
def test_paths_that_lead_nowhere(cli: Cli, plan_json: Path, path: str) -> None:
    data = json.loads(plan_json.read_text(encoding="utf-8"))
    data["request"]["paths"] = [path]
    plan_json.write_text(json.dumps(data), encoding="utf-8")
    refused = cli("apply", "plan.json", "--yes")
    assert refused.exit_code in (1, 4)
    assert "fault of the tool" not in refused.stderr


# --- the command line

WRONG: dict[str, tuple[list[str], str]] = {
    "an option of planning": (["apply", "plan.json", "--prune"], "give it alone"),
    "one before the command": (["-f", "assistants", "apply", "plan.json"], "give it alone"),
    "other files": (["apply", "plan.json", "-f", "assistants"], "give it alone"),
    "a limit": (["apply", "plan.json", "--max-delete", "3"], "give it alone"),
    "another path": (["apply", "plan.json", "assistants"], "give it alone"),
    "another plan": (["apply", "plan.json", "plan.json"], "give it alone"),
    "standard input": (["plan", "-", "--out", "plan.json"], "standard input (-) is none"),
    "standard output": (["plan", "--out", "-"], "a name that ends in .json"),
    "a name that apply would not know": (["plan", "--out", "plan.txt"], "a name that ends in .json"),
    "a form that no plan has": (["show", "plan.json", "-o", "wide"], "choose table, json, markdown or html"),
}


@pytest.mark.usefixtures("plan_json")
@cases("words said", WRONG)
def test_what_cannot_stand_beside_it(cli: Cli, words: list[str], said: str) -> None:
    found = cli(*words, *(["--yes"] if "apply" in words else []), stdin="key: s\nmodel: m\n")
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr


@pytest.mark.usefixtures("plan_json")
def test_variables_beside_it_are_of_no_account(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANTS_FILES", "elsewhere")
    monkeypatch.setenv("ASSISTANTS_PRUNE", "1")
    assert cli("apply", "plan.json", "--yes").exit_code == 0


def test_its_own_options_hold(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": A, "assistants/b.yaml": "model: m\n"})
    assert cli("apply", "--yes").exit_code == 0
    Path("assistants/b.yaml").unlink()
    write({"assistants/c.yaml": "model: m\n"})
    assert cli("plan", "--prune", "--only", "b*", "--out", "plan.json").exit_code == 0
    done = cli("apply", "plan.json", "--yes")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "Applied: 0 created, 0 updated, 1 deleted.")


def test_where_it_cannot_be_written(cli: Cli, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": A})
    found = cli("plan", "--out", "no/such/plan.json")
    assert (found.exit_code, found.stderr) == (
        1,
        "Error: no/such/plan.json cannot be written: No such file or directory; choose another place\n",
    )


# --- to be read


def test_it_is_shown_without_its_endpoint(cli: Cli, plan_json: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asst_a = id_of(cli, "a")
    text = plan_json.read_text(encoding="utf-8")
    elsewhere = plan_json.with_name("elsewhere")
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("TOKEN")
    assert cli("show", "../plan.json").stdout == (
        "Target: embedded, project acme, environment local\n"
        f'~ a {asst_a} "A": changed in the files\n'
        "    temperature: 1 -> 0.5\n"
        '+ c "C": not on the endpoint yet: it will be created\n'
        "    name: C\n"
        "    model: gpt-4o\n"
        '    metadata: {"token": "env:TOKEN"}\n'
        "Plan: 1 to create, 1 to update, 0 to delete, 1 unchanged.\n"
    )
    assert cli("show", "../plan.json", "-o", "json").stdout == text
    shown = cli("show", "../plan.json", "-o", "markdown").stdout
    assert shown.startswith("### Plan: 1 to create, 1 to update, 0 to delete, 1 unchanged.\n")
    assert SECRET not in text + shown


FORGERIES: dict[str, Tamper] = {
    "a target": lambda data: data["target"].update(project="x\n+ forged"),
    "a version": lambda data: data.update(tool="x\n+ forged", changes=data["changes"][::-1]),
    "a path": lambda data: data["request"].update(paths=["../x\n+ forged"]),
    "a definition": lambda data: data["changes"][0].update(key="x\n+ forged", source="x\n+ forged"),
    "an id": lambda data: data["changes"][0].update(id="x\n+ forged"),
}


@cases("tamper", FORGERIES)
def test_a_line_break_in_a_file_forges_no_line(cli: Cli, plan_json: Path, tamper: Tamper) -> None:
    data = json.loads(plan_json.read_text(encoding="utf-8"))
    tamper(data)
    plan_json.write_text(json.dumps(data), encoding="utf-8")
    refused = cli("apply", "plan.json", "--yes")
    assert refused.exit_code in (1, 4)
    said = refused.output + cli("show", "plan.json").output
    assert "forged" in said
    assert not any(line.strip().startswith("+ forged") for line in said.splitlines())


def test_in_ci_a_saved_plan_does_not_choose_the_local_database_by_itself(
    cli: Cli, plan_json: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    refused = cli("apply", "plan.json", "--yes")
    assert (refused.exit_code, "in CI the embedded endpoint has to be asked for" in refused.stderr) == (1, True)
    assert cli("apply", "plan.json", "--yes", "-e", "local").exit_code == 0


def test_a_file_that_is_no_plan_is_not_overwritten(cli: Cli, plan_json: Path) -> None:
    Path("part.json").write_text("{}", encoding="utf-8")
    refused = cli("plan", "--out", "part.json")
    assert (refused.exit_code, Path("part.json").read_text(encoding="utf-8")) == (2, "{}")
    assert cli("plan", "--out", "plan.json").exit_code == 0


def test_what_apply_could_not_find_is_not_saved(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"elsewhere/.git/config": "", "elsewhere/a.yaml": "model: m\n"})
    refused = cli("plan", "elsewhere", "--embedded", "--out", "p.json")
    assert (refused.exit_code, Path("p.json").exists()) == (2, False)
    assert "run this in" in refused.stderr
