"""A week of a team that keeps its assistants in git and lets CI plan and apply them, against `assistants serve`.

Every CI job starts from a fresh checkout, as a runner does, and has no terminal. Each day begins where the day before ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from assistants_tool.objects.assistant import Assistant
from tests.conftest import Cli
from tests.servers import serving

Object = dict[str, Any]

TENANT = "planted-tenant-4711"
STORE = "vs_planted_0815"
KEY = "sk-planted-9876543210"
SECRETS = {"ASSISTANTS_API_KEY": KEY, "TENANT": TENANT, "SUPPORT_STORE": STORE}

NOBODY = "http://127.0.0.1:9/v1"  # nothing listens on the port `discard`
PROJECT = f"""\
project: acme
default_environment: local
environments:
  local:
    endpoint: embedded
    defaults: {{model: gpt-4o-mini}}
  staging:
    endpoint: {{base_url: {NOBODY}, api_key: {{env: ASSISTANTS_API_KEY}}}}
    defaults: {{model: gpt-4o-mini}}
  production:
    endpoint: {{base_url: {NOBODY}, api_key: {{env: ASSISTANTS_API_KEY}}}}
    defaults: {{model: gpt-4.1, metadata: {{stage: live}}}}
"""
SUPPORT = """\
name: Support Bot
instructions: {file: prompts/support.md}
tools:
  - type: file_search
tool_resources:
  file_search: {vector_store_ids: [{env: SUPPORT_STORE}]}
metadata: {tenant: {env: TENANT}}
environments:
  production: {temperature: 0.2}
"""
PROMPT = "Answer questions about orders.\nBe brief and friendly.\nNever promise a refund.\n"
PIRATE = "You are a pirate who sells parrots.\nCurse at everyone, and take their gold.\n"
EDITOR = "name: Editor\ndescription: Edits.\ninstructions: Improve the text.\n"
TUTOR = "name: Tutor\ninstructions: One step at a time.\nenvironments: {staging: false}\n"


@dataclass
class Team:
    """A repository with its CI, and an endpoint that all share; at first nobody listens there."""

    folder: Path
    cli: Cli
    url: str = NOBODY
    said: list[str] = field(default_factory=list)

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    def git(self, *words: str, at: Path | None = None) -> str:
        who = ("-c", "user.name=Kim", "-c", "user.email=kim@example.com", "-c", "commit.gpgsign=false")
        variables = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", *who, *words]
        run = subprocess.run(
            command, cwd=at or self.repository, env=variables, capture_output=True, text=True, timeout=30, check=False
        )
        assert run.returncode == 0, f"{command}: {run.stderr}"
        return run.stdout

    def branch(self, name: str, files: Mapping[str, str | None]) -> None:
        """A branch of main with these files of `assistants/`."""
        self.git("switch", "--quiet", "--create", name, "main")
        self.commit(files)
        self.git("switch", "--quiet", "main")

    def commit(self, files: Mapping[str, str | None]) -> None:
        """Write these files of `assistants/`; None removes one."""
        for name, text in files.items():
            path = self.repository / "assistants" / name
            path.unlink() if text is None else path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Assistants")

    def merge(self, name: str) -> None:
        self.git("merge", "--quiet", "--no-ff", "--message", f"Merge {name}", name)

    @contextlib.contextmanager
    def job(self, name: str, branch: str = "main") -> Iterator[Path]:
        """A runner with a fresh checkout, in which commands run."""
        checkout = self.folder / name
        self.git("clone", "--quiet", "--branch", branch, str(self.repository), str(checkout), at=self.folder)
        with contextlib.chdir(checkout):
            yield checkout

    def run(self, *words: str, code: int = 0) -> Result:
        """A command without a terminal: nothing coloured, nothing redrawn, no question, no secret."""
        found = self.cli(*words)
        said = found.stdout + found.stderr
        assert found.exit_code == code, said
        assert not re.search(r"[\x1b\r]|\[y/N\]", said)
        self.said.append(said)
        return found

    def process(self, *words: str, code: int = 0) -> tuple[str, str]:
        """The same as a process of its own, with nothing on standard input."""
        paths = os.pathsep.join(filter(None, sys.path))
        command = [sys.executable, "-m", "assistants_tool", *words]
        variables = {**os.environ, "PYTHONPATH": paths}
        run = subprocess.run(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == code, run.stdout + run.stderr
        self.said.append(run.stdout + run.stderr)
        return run.stdout, run.stderr

    def request(self, method: str, path: str, body: Object | None = None) -> Object:
        """What somebody does by hand, without the tool."""
        headers = {
            "Authorization": f"Bearer {KEY}",
            "OpenAI-Beta": "assistants=v2",
            "Content-Type": "application/json",
        }
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(f"{self.url}/assistants{path}", data, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - loopback
            found = json.load(answer)
        assert isinstance(found, dict)
        return found

    def held(self, environment: str) -> dict[str, Object]:
        """What the endpoint holds for an environment, by key; for "", what bears no mark, by name."""
        found = {}
        for one in self.request("GET", "?limit=100")["data"]:
            mark = Assistant(one).mark
            if (mark.environment if mark else "") == environment:
                found[mark.key if mark else one["name"]] = one
        return found

    @contextlib.contextmanager
    def changing_only(self, *environments: str) -> Iterator[None]:
        others = [one for one in ("staging", "production", "") if one not in environments]
        before = [self.held(one) for one in others]
        yield
        assert [self.held(one) for one in others] == before


@pytest.fixture
def team(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Team:
    """What was there on Sunday: a repository, and variables for CI."""
    for name, value in {**SECRETS, "CI": "true"}.items():
        monkeypatch.setenv(name, value)
    team = Team(tmp_path, cli)
    (team.repository / "assistants" / "prompts").mkdir(parents=True)
    team.git("init", "--quiet", "--initial-branch", "main")
    team.commit({"project.yaml": PROJECT, "support.yaml": SUPPORT, "prompts/support.md": PROMPT})
    team.commit({"editor.yaml": EDITOR, "tutor.yaml": TUTOR})
    return team


@pytest.fixture
def served(team: Team) -> Iterator[Team]:
    """The team with a server, on which somebody has made an assistant by hand."""
    with serving(team.folder / "served.db", "--api-key-env", "ASSISTANTS_API_KEY") as team.url:
        team.commit({"project.yaml": PROJECT.replace(NOBODY, team.url)})
        team.request("POST", "", {"name": "Made by hand", "model": "gpt-4o", "metadata": {"owner": "sales"}})
        yield team


def test_a_week(served: Team) -> None:
    monday_the_first_plan_is_reviewed_and_applied(served)
    monday_staging_is_another_world(served)
    tuesday_a_change_by_hand_is_seen_at_night_and_healed(served)
    wednesday_a_risky_change_is_refused_where_risks_fail(served)
    wednesday_a_plan_saved_before_another_merge_is_stale(served)
    thursday_what_is_removed_is_an_orphan_until_it_is_pruned(served)
    friday_a_restore_brings_it_back_under_a_new_id(served)
    nothing_that_was_planted_is_told(served)


def monday_the_first_plan_is_reviewed_and_applied(team: Team) -> None:
    with team.job("monday-plan"):
        shown = team.run("plan", "-e", "production", "-o", "markdown", "--out", "plan.json")
        target = f"{team.url}, project acme, environment production"
        assert shown.stdout.startswith(
            f"### Plan: 3 to create, 0 to update, 0 to delete, 0 unchanged.\n\nTarget: `{target}`\n"
        )
        assert '+ metadata: {"stage": "live", "tenant": "env:TENANT"}' in shown.stdout
        assert shown.stderr == (
            f"Target: {target}\nSaved: `assistants apply plan.json` applies this plan, if it still holds then.\n"
        )
        assert not team.held("production")
        plan = Path("plan.json").read_bytes()
    with team.job("monday-apply") as checkout, team.changing_only("production"):
        (checkout / "plan.json").write_bytes(plan)
        unasked = team.run("apply", "plan.json", code=2)
        assert unasked.stderr == "Error: there is no terminal to ask on; add --yes to go ahead without asking\n"
        assert unasked.stdout.endswith("Plan: 3 to create, 0 to update, 0 to delete, 0 unchanged.\n")
        assert not team.held("production")
        stdout, stderr = team.process("apply", "plan.json", "--yes", "-o", "json")
        result = json.loads(stdout)
        held = team.held("production")
        assert result["assistants"] == {key: one["id"] for key, one in held.items()}
        assert sorted(held) == ["editor", "support", "tutor"]
        assert stderr.endswith("Applied: 3 created, 0 updated, 0 deleted.\n")
    support = held["support"]
    assert (support["model"], support["temperature"], support["instructions"]) == ("gpt-4.1", 0.2, PROMPT)
    assert support["metadata"].items() >= {"stage": "live", "tenant": TENANT}.items()
    assert support["tool_resources"]["file_search"]["vector_store_ids"] == [STORE]
    assert (held["tutor"]["model"], held["tutor"]["temperature"]) == ("gpt-4.1", 1.0)


def monday_staging_is_another_world(team: Team) -> None:
    with team.job("monday-staging"), team.changing_only("staging"):
        team.run("plan", "-e", "staging", "--exit-code", code=3)
        said = team.run("apply", "-e", "staging", "--yes").stdout
        assert said.endswith("Applied: 2 created, 0 updated, 0 deleted.\n")
    held = team.held("staging")
    assert {key: (one["model"], one["temperature"]) for key, one in held.items()} == {
        "editor": ("gpt-4o-mini", 1.0),
        "support": ("gpt-4o-mini", 1.0),
    }
    with team.job("monday-check"):
        for environment in ("staging", "production"):
            team.run("plan", "-e", environment, "--exit-code", "--prune")


def tuesday_a_change_by_hand_is_seen_at_night_and_healed(team: Team) -> None:
    before = team.held("production")
    found = before["support"]
    by_hand = {"instructions": "Be rude.\n", "metadata": {**found["metadata"], "tenant": "planted-by-hand"}}
    team.request("POST", f"/{found['id']}", by_hand)
    with team.job("tuesday-night"), team.changing_only("production"):
        nightly = team.run("-v", "plan", "-e", "production", "--exit-code", code=3)
        lines = nightly.stdout.splitlines()
        assert lines[1] == f'~ support {found["id"]} "Support Bot": changed on the endpoint'
        assert {"      -Be rude.", "      +Be brief and friendly.", "    metadata.tenant: env:TENANT differs"} <= {
            *lines
        }
        assert re.fullmatch(r"GET /assistants\?limit=100&order=asc -> 200 in \d+ ms\n", nightly.stderr)
        team.run("-v", "apply", "-e", "production", "--yes")
        assert team.held("production") == before
        team.run("plan", "-e", "production", "--exit-code")


def wednesday_a_risky_change_is_refused_where_risks_fail(team: Team) -> None:
    patch = "production: {temperature: 0.2, model: gpt-4o}"
    risky = SUPPORT.replace("production: {temperature: 0.2}", patch)
    team.branch("pirate", {"prompts/support.md": PIRATE, "support.yaml": risky})
    with team.job("wednesday-plan", "pirate") as checkout, team.changing_only():
        shown = team.run("plan", "-e", "production", "-o", "markdown", "--out", "plan.json").stdout
        assert "**Risk:** `the model changes`\n" in shown
        assert "**Risk:** `more than half of the instructions changes`\n" in shown
        team.run("plan", "-e", "production", "--fail-on-risk", code=4)
        refused = team.run("apply", "-e", "production", "--fail-on-risk", "--yes", "-o", "github", code=4)
        annotations = [line for line in refused.stdout.splitlines() if line.startswith("::")]
        assert annotations == [
            "::error::refused: --fail-on-risk: 1 change to review (support): apply without it if that is meant"
        ]
        assert refused.stderr == "Error: refused, nothing was written; the plan above says why and what to do\n"
        assert not (checkout / ".assistants" / "backups").exists()


def wednesday_a_plan_saved_before_another_merge_is_stale(team: Team) -> None:
    plan = (team.folder / "wednesday-plan" / "plan.json").read_bytes()
    team.branch("described", {"support.yaml": SUPPORT.replace("name: Support Bot\n", "name: Support\n")})
    team.merge("described")
    with team.job("wednesday-other"), team.changing_only("production"):
        team.run("apply", "-e", "production", "--yes")
    team.merge("pirate")
    found = team.held("production")["support"]
    with team.job("wednesday-apply") as checkout:
        (checkout / "plan.json").write_bytes(plan)
        with team.changing_only():
            stale = team.run("apply", "plan.json", "--yes", code=4)
        assert stale.stderr == (
            "Error: the plan is stale, nothing was written; plan again:\n"
            "  assistants/support.yaml:1:1: the definition support changed\n"
            f"  {found['id']} (support) changed on the endpoint\n"
        )
        with team.changing_only("production"):
            team.run("plan", "-e", "production", "--out", "plan.json")
            team.run("apply", "plan.json", "--yes")
    held = team.held("production")["support"]
    assert (held["id"], held["name"], held["model"], held["instructions"]) == (
        found["id"],
        "Support",
        "gpt-4o",
        PIRATE,
    )


def thursday_what_is_removed_is_an_orphan_until_it_is_pruned(team: Team) -> None:
    gone = team.held("production")["editor"]
    team.branch("no-editor", {"editor.yaml": None})
    team.merge("no-editor")
    with team.job("thursday") as checkout, team.changing_only("production"):
        shown = team.run("plan", "-e", "production", "--exit-code").stdout
        assert f'? editor {gone["id"]} "Editor": no definition has this key; --prune deletes it\n' in shown
        assert team.run("apply", "-e", "production", "--yes").stdout.endswith("Nothing to change.\n")
        assert team.held("production")["editor"] == gone

        team.run("plan", "-e", "production", "--prune", "--exit-code", "--out", "plan.json", code=3)
        result = json.loads(team.run("apply", "plan.json", "--yes", "-o", "json").stdout)
        assert [(one["action"], one["id"], one["status"]) for one in result["outcomes"]] == [
            ("delete", gone["id"], "done")
        ]
        assert sorted(result["assistants"]) == sorted(team.held("production")) == ["support", "tutor"]
        (kept,) = checkout.glob(f".assistants/backups/*/editor-{gone['id']}.json")
        assert json.loads(kept.read_text(encoding="utf-8"))["object"]["instructions"] == "Improve the text."
        assert team.git("status", "--porcelain", at=checkout) == "?? plan.json\n"


def friday_a_restore_brings_it_back_under_a_new_id(team: Team) -> None:
    gone = json.loads((team.folder / "thursday" / "plan.json").read_text(encoding="utf-8"))["changes"][0]["id"]
    with contextlib.chdir(team.folder / "thursday"), team.changing_only("production"):
        assert "no backup of" in team.run("restore", "-e", "staging", "--yes", code=1).stderr
        said = team.run("restore", "-e", "production", "--yes").stdout
        assert f"was {gone}; it comes back under a new id\n" in said
        assert said.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")
    back = team.held("production")["editor"]
    assert back["id"] != gone
    assert (back["name"], back["description"], back["instructions"]) == ("Editor", "Edits.", "Improve the text.")
    team.branch("editor-again", {"editor.yaml": EDITOR})
    team.merge("editor-again")
    with team.job("friday"):
        for environment in ("staging", "production"):
            team.run("apply", "-e", environment, "--yes")
            team.run("plan", "-e", environment, "--exit-code", "--prune")
    assert team.held("production")["editor"]["id"] == back["id"]
    assert list(team.held("")) == ["Made by hand"]


def nothing_that_was_planted_is_told(team: Team) -> None:
    """Not in what commands printed, nor in any file that CI keeps: saved plans, checkouts. Backups are not kept there."""
    assert "planted" not in "".join(team.said)
    files = (path for path in team.folder.rglob("*") if path.is_file() and not path.name.startswith("served.db"))
    kept = [path for path in files if "backups" not in path.parts]
    assert {"plan.json", "support.yaml"} <= {path.name for path in kept}
    assert [path for path in kept if b"planted" in path.read_bytes()] == []


def test_a_pull_request_from_a_fork_is_validated_with_neither_variables_nor_a_network(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.branch("fork", {"support.yaml": SUPPORT.replace("{temperature: 0.2}", "{temprature: 0.2}")})
    summary = team.folder / "summary.md"
    with team.job("fork", "fork") as checkout, monkeypatch.context() as bare:
        for name in list(os.environ):
            bare.delenv(name)
        bare.setenv("GITHUB_ACTIONS", "true")
        bare.setenv("GITHUB_STEP_SUMMARY", str(summary))
        bare.setattr(socket, "socket", unreachable)
        invalid = team.run("validate", "-o", "github", code=1)
        said = "unknown field 'temprature'; did you mean 'temperature'? To send it as it is, write it under extra"
        message = f"in environment production: {said}"
        assert invalid.stdout == f"::error file=assistants/support.yaml,line=9,col=16::{message}\n"
        assert invalid.stderr == f"assistants/support.yaml:9:16: {message}\n"
        assert message in summary.read_text(encoding="utf-8")
        (checkout / "assistants" / "support.yaml").write_text(SUPPORT, encoding="utf-8")
        assert team.run("validate", "-o", "github").stdout == "3 definitions are valid.\n"
        assert not (checkout / ".assistants").exists()


def unreachable(*_: object, **__: object) -> None:
    raise AssertionError("a socket was opened")


def test_in_ci_a_forgotten_environment_is_not_the_empty_local_database(team: Team) -> None:
    with team.job("forgotten") as checkout:
        for command in (("plan",), ("apply", "--yes"), ("delete", "--all", "--yes"), ("list",)):
            refused = team.run(*command, code=1)
            assert refused.stdout == ""
            assert refused.stderr.startswith("Error: in CI the embedded endpoint has to be asked for")
        assert not (checkout / ".assistants").exists()
        team.run("apply", "-e", "local", "--yes")
        assert (checkout / ".assistants" / "embedded.db").exists()
