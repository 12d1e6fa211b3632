"""`init`: what it writes works as it stands, and what was there is left alone."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from assistants_tool import __version__
from assistants_tool.project import scaffold
from tests.conftest import Cli, Write
from tests.tables import cases

NEXT = "\nNext:\n  assistants plan\n  assistants apply\n"
LEFT = "already there, left as it is"
HEADER = re.compile(r"\A# yaml-language-server: \$schema=(\S+)\n")


def files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".db")
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in found}


def said(output: str) -> dict[str, str]:
    """What became of each file."""
    return dict(
        line.split(": ", 1)
        for line in output.split("\n\nNext:", maxsplit=1)[0].splitlines()
        if not line.startswith("The workflow")
    )


def typed(cli: Cli, output: str) -> Iterator[Any]:
    """Type what stands below "Next:"; `apply` asks on a terminal, of which there is none here."""
    for line in output.split("\nNext:\n")[1].splitlines():
        first, *words = shlex.split(line)
        if first == "cd":
            os.chdir(*words)
        else:
            yield cli(*words, *(["--yes"] if "apply" in words else []))


def test_a_project_that_works_as_it_stands(cli: Cli) -> None:
    begun = cli("init")
    assert (begun.exit_code, begun.stderr) == (0, "")
    assert begun.stdout == (
        "assistants/project.yaml: written\n"
        "assistants/example.yaml: written\n"
        "assistants/.schema/definition.json: written\n"
        "assistants/.schema/project.json: written\n"
        ".gitignore: written\n" + NEXT
    )
    assert cli("validate").stdout == "1 definition is valid.\n"
    planned, applied = typed(cli, begun.stdout)
    assert planned.exit_code == applied.exit_code == 0
    assert "Plan: 1 to create," in planned.stdout
    assert applied.stdout.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")
    assert cli("plan", "--exit-code").exit_code == 0


def test_twice_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("init", "--ci", "github")
    before = files(tmp_path)
    again = cli("init", "--ci", "github")
    assert again.exit_code == 0
    assert set(said(again.stdout).values()) == {LEFT}
    assert files(tmp_path) == before


def test_each_file_names_the_schema_that_it_keeps(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    for name in ("project", "example"):
        path = tmp_path / "assistants" / f"{name}.yaml"
        header = HEADER.match(text := path.read_text(encoding="utf-8"))
        assert header
        schema = json.loads((path.parent / header[1]).read_text(encoding="utf-8"))
        validator = jsonschema_rs.validator_for(schema)
        assert validator.is_valid(yaml.safe_load(text))
        assert not validator.is_valid({**yaml.safe_load(text), "modle": "x"})


def test_the_server_that_is_commented_out_is_right_once_it_is_not(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    path = tmp_path / "assistants" / "project.yaml"
    path.write_text(re.sub(r"^  # ( *\w+:)", r"  \1", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    (tmp_path / "assistants" / "example.yaml").write_text("model: m\nenvironments: {production: {name: P}}\n")
    assert cli("validate").stdout == "1 definition is valid.\n"


# --- where


def test_a_folder_without_git(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / ".git").rmdir()
    begun = cli("init", "new/my bots")
    assert begun.stdout.endswith("\nNext:\n  cd 'new/my bots'\n  assistants plan\n  assistants apply\n")
    assert [one.exit_code for one in typed(cli, begun.stdout)] == [0, 0]
    made = files(tmp_path / "new/my bots")
    assert made.keys() >= {".gitignore", "assistants/project.yaml", ".assistants/.gitignore"}
    assert "\nproject: my-bots " in made["assistants/project.yaml"]


def test_a_folder_of_a_repository(cli: Cli, tmp_path: Path) -> None:
    """What is the repository's is written in its root."""
    begun = cli("init", "services/bots", "-f", "definitions", "--ci", "github")
    assert files(tmp_path).keys() == {
        ".gitignore",
        ".github/workflows/assistants.yml",
        "services/bots/definitions/project.yaml",
        "services/bots/definitions/example.yaml",
        "services/bots/definitions/.schema/definition.json",
        "services/bots/definitions/.schema/project.json",
    }
    assert "  ASSISTANTS_FILES: services/bots/definitions\n" in files(tmp_path)[".github/workflows/assistants.yml"]
    assert [one.exit_code for one in typed(cli, begun.stdout)] == [0, 0]
    assert (tmp_path / ".assistants" / "embedded.db").exists()


def test_two_folders_of_definitions_are_one_too_many(cli: Cli, tmp_path: Path) -> None:
    refused = cli("init", "-f", "a", "-f", "b")
    assert (refused.exit_code, refused.stderr) == (2, "Error: init makes one folder for definitions; give -f once\n")
    assert files(tmp_path) == {}


@cases(
    "folder name",
    {
        "fit": ("acme", "acme"),
        "spaces": ("my bots (old)", "my-bots-old"),
        "accents": ("Café Zürich", "Cafe-Zurich"),
        "a dot first": (".bots", "bots"),
        "no letters that fit": ("도우미", "project"),
        "some letters that fit": ("도우미 bot", "bot"),
        "long": ("x" * 200, "x" * 64),
        "nothing": ("", "project"),
    },
)
def test_the_project_is_named_for_its_folder(folder: str, name: str) -> None:
    assert scaffold.identifier(folder) == name


@cases("folder", {name: name for name in ("no", "123", "1e3", "null", "2024-01-01", "0x1F", "12.30")})
def test_a_name_that_yaml_would_take_for_something_else_is_quoted(cli: Cli, folder: str) -> None:
    cli("init", folder)
    os.chdir(folder)
    assert f'\nproject: "{folder}" ' in Path("assistants/project.yaml").read_text(encoding="utf-8")
    assert cli("validate").exit_code == 0


# --- what was there


@cases(
    "before after",
    {
        "none": (None, ".assistants/\n"),
        "empty": ("", ".assistants/\n"),
        "other lines": ("*.log\n", "*.log\n.assistants/\n"),
        "no final newline": ("*.log", "*.log\n.assistants/\n"),
        "CRLF": ("*.log\r\n", "*.log\r\n.assistants/\r\n"),
        "there": (".assistants/\n*.log\n", None),
        "there, otherwise written": ("  /.assistants\r\n", None),
        "a comment on it": ("# .assistants/\n", "# .assistants/\n.assistants/\n"),
    },
)
def test_gitignore_has_the_line_once(cli: Cli, tmp_path: Path, before: str | None, after: str | None) -> None:
    path = tmp_path / ".gitignore"
    if before is not None:
        path.write_bytes(before.encode())
    cli("init")
    assert path.read_bytes().decode() == (before if after is None else after)
    assert said(cli("init").stdout)[".gitignore"] == LEFT


def test_a_project_that_is_there_is_left(cli: Cli, write: Write) -> None:
    """Also one above the definitions: a second one would take its place unseen."""
    here = write({"project.yaml": "project: acme\n", "assistants/a.yaml": "model: m\n"})
    begun = cli("init")
    assert said(begun.stdout)["project.yaml"] == LEFT
    assert files(here / "assistants").keys() == {"a.yaml", ".schema/definition.json", ".schema/project.json"}


def test_where_there_are_definitions_no_example_is_added(cli: Cli, write: Write) -> None:
    here = write({"assistants/team/a.md": "---\nmodel: m\n---\nBe brief.\n", "assistants/notes.md": "# Notes\n"})
    assert "assistants/example.yaml" not in said(cli("init").stdout)
    assert cli("validate").stdout == "1 definition is valid.\n"
    (here / "assistants/team/a.md").unlink()
    assert said(cli("init").stdout)["assistants/example.yaml"] == "written"


# --- what cannot be


@cases(
    "there expected",
    {
        "a file for the folder": ({"assistants": "x"}, "assistants/project.yaml cannot be written: "),
        "a file for the schemas": (
            {"assistants/.schema": "x"},
            "assistants/.schema/definition.json cannot be written: ",
        ),
        "a folder for .gitignore": ({".gitignore/x": "x"}, ".gitignore cannot be written: "),
        "a project.yaml deeper": (
            {"assistants/team/project.yaml": "project: a\n"},
            "assistants/team/project.yaml stands deeper than the given path; give its folder, or move it up",
        ),
        "a project.yaml with a mistake": (
            {"assistants/project.yaml": "projet: a\n"},
            "assistants/project.yaml:1:1: unknown field 'projet'; did you mean 'project'?",
        ),
    },
)
def test_what_cannot_be_written_leaves_nothing_behind(
    cli: Cli, write: Write, there: dict[str, str], expected: str
) -> None:
    here = write(there)
    before = sorted(here.rglob("*"))
    refused = cli("init", "--ci", "gitlab")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert expected in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert sorted(here.rglob("*")) == before


def test_a_new_folder_is_taken_back_too(cli: Cli, write: Write) -> None:
    here = write({".gitignore/x": "x"})
    assert cli("init", "new/bots").exit_code == 1
    assert not (here / "new").exists()


# --- Azure AI Foundry


def test_a_project_of_foundry_works_as_it_stands_and_names_what_is_left_to_fill_in(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = cli("init", "--foundry")
    assert begun.exit_code == 0
    assert "project.yaml needs the names of your resource and project in base_url" in begun.stdout
    assert cli("validate", "--strict").stdout == "1 definition is valid.\n"
    planned, applied = typed(cli, begun.stdout)
    assert planned.stdout.startswith("Target: embedded endpoint .assistants/embedded-foundry.db, project ")
    assert applied.stdout.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")
    text = Path("assistants/project.yaml").read_text(encoding="utf-8")
    endpoint = yaml.safe_load(text)["environments"]["production"]["endpoint"]
    assert endpoint["base_url"] == "https://RESOURCE.services.ai.azure.com/api/projects/PROJECT"
    assert endpoint["query"] == {"api-version": "v1"}
    assert endpoint["api_key"]["command"][:5] == [
        "az",
        "account",
        "get-access-token",
        "--scope",
        "https://ai.azure.com/.default",
    ]
    schema = json.loads(Path("assistants/.schema/project.json").read_text(encoding="utf-8"))
    assert list(jsonschema_rs.validator_for(schema).iter_errors(yaml.safe_load(text))) == []
    az = tmp_path / "bin" / "az"
    az.parent.mkdir()
    az.write_text('#!/bin/sh\necho "$*" >&2\nexit 1\n')
    az.chmod(0o755)
    monkeypatch.setenv("PATH", f"{az.parent}:/usr/bin:/bin")
    run = cli("list", "-e", "production")
    assert "the command 'az' for the key failed with exit code 1" in run.stderr


def test_a_project_that_is_there_is_told_what_foundry_needs(cli: Cli) -> None:
    cli("init")
    again = cli("init", "--foundry").stdout
    assert f"assistants/project.yaml: {LEFT}\n" in again
    assert "assistants/project.yaml needs the environments that docs/foundry.md shows.\n" in again


@pytest.mark.parametrize("kind", scaffold.CI_FILES)
def test_the_workflow_for_foundry_stores_no_secret(cli: Cli, kind: str) -> None:
    begun = cli("init", "--foundry", "--ci", kind)
    assert f"The workflow needs {scaffold.FOUNDRY.ci_needs}.\n" in begun.stdout
    text = Path(scaffold.CI_FILES[kind]).read_text(encoding="utf-8")
    assert "ASSISTANTS_API_KEY" not in text
    assert "secrets." not in text
    assert [line for line in commands(kind) if line.startswith("assistants ")] == [
        "assistants validate",
        "assistants plan",
        "assistants apply --yes",
    ]
    installed = f'pip install "assistants-tool[azure] @ git+https://github.com/OWNER/assistants-tool@v{__version__}"'
    assert {line for line in commands(kind) if line.startswith("pip")} == {installed}
    parsed = yaml.safe_load(text)
    if kind == "github":
        assert parsed["permissions"] == {"contents": "read", "id-token": "write"}
        steps = [step for job in parsed["jobs"].values() for step in job["steps"]]
        own = "github.event.pull_request.head.repo.full_name == github.repository"
        asking = [one.get("if") for one in steps if "ACTIONS_ID_TOKEN" in one.get("run", "")]
        assert asking == [own, None]  # none for a fork
    else:
        assert parsed["default"]["id_tokens"] == {"AZURE_ID_TOKEN": {"aud": "api://AzureADTokenExchange"}}


# --- CI


def commands(kind: str) -> list[str]:
    """Every command of the workflow that was written, in its order."""
    parsed = yaml.safe_load(Path(scaffold.CI_FILES[kind]).read_text(encoding="utf-8"))
    if kind == "github":
        return [step["run"] for job in parsed["jobs"].values() for step in job["steps"] if "run" in step]
    jobs = [job for job in parsed.values() if "script" in job]
    return [line for job in jobs for line in (*parsed["default"]["before_script"], *job["script"])]


@pytest.mark.parametrize("kind", scaffold.CI_FILES)
def test_the_workflow_runs_commands_that_work(cli: Cli, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    begun = cli("init", "--ci", kind)
    assert f"{scaffold.CI_FILES[kind]}: written\n" in begun.stdout
    assert f"The workflow needs {scaffold.PLAIN.ci_needs}.\n{NEXT}" in begun.stdout
    lines = commands(kind)
    assert {line for line in lines if not line.startswith("assistants ")} == {
        f'pip install "git+https://github.com/OWNER/assistants-tool@v{__version__}"'
    }
    ours = [line for line in lines if line.startswith("assistants ")]
    assert ours == ["assistants validate", "assistants plan", "assistants apply --yes"]

    parsed = yaml.safe_load(Path(scaffold.CI_FILES[kind]).read_text(encoding="utf-8"))
    for name, value in parsed["env" if kind == "github" else "variables"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CI", "true")
    undeclared = cli("plan")
    assert undeclared.stderr == "Error: the environment 'production' is not declared; known are: local\n"
    path = Path("assistants/project.yaml")
    path.write_text(
        path.read_text(encoding="utf-8").replace("  local:\n", "  production: {endpoint: embedded}\n  local:\n")
    )
    assert [cli(*shlex.split(line)[1:]).exit_code for line in ours] == [0, 0, 0]
    assert cli("plan", "--exit-code").exit_code == 0


def test_the_workflow_for_github_keeps_its_secret_to_itself(cli: Cli) -> None:
    cli("init", "--ci", "github")
    workflow = yaml.safe_load(text := Path(scaffold.CI_FILES["github"]).read_text(encoding="utf-8"))
    assert workflow.keys() == {"name", True, "permissions", "env", "jobs"}  # to YAML 1.1 `on` is a boolean
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["main"]}}
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    assert {name: job["if"] for name, job in jobs.items()} == {
        "plan": "github.event_name == 'pull_request'",
        "apply": "github.event_name == 'push'",
    }
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert all(
        one.keys() <= {"uses", "with", "run", "if", "env"} and ("uses" in one) != ("run" in one) for one in steps
    )
    assert {one["uses"].split("/")[0] for one in steps if "uses" in one} == {"actions"}
    assert not [one for one in steps if "${{" in one.get("run", "")]
    secret = {"ASSISTANTS_API_KEY": "${{ secrets.ASSISTANTS_API_KEY }}"}
    assert {one["run"]: one["env"] for one in steps if "env" in one} == {
        "assistants plan": secret,
        "assistants apply --yes": secret,
    }
    assert text.count("secrets.ASSISTANTS_API_KEY") == 2
    (planning,) = [one for one in steps if one.get("run") == "assistants plan"]
    assert planning["if"] == "github.event.pull_request.head.repo.full_name == github.repository"


def test_the_workflow_for_gitlab_plans_for_no_fork(cli: Cli) -> None:
    cli("init", "--ci", "gitlab")
    parsed = yaml.safe_load(Path(scaffold.CI_FILES["gitlab"]).read_text(encoding="utf-8"))
    jobs = {name: job for name, job in parsed.items() if name not in ("default", "variables")}
    request = '$CI_PIPELINE_SOURCE == "merge_request_event"'
    own = f"{request} && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
    assert {name: job["rules"] for name, job in jobs.items()} == {
        "assistants-validate": [{"if": request}],
        "assistants-plan": [{"if": own}],
        "assistants-apply": [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}],
    }
    assert {job["stage"] for job in jobs.values()} <= {"test", "deploy"}
