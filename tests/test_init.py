"""`init`: what it writes works as it stands, and what was there is left alone."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from assistants_tool.project import origin, scaffold
from tests.conftest import REPOSITORY, Cli, Write
from tests.tables import cases

ACTION = "acme/assistants-tool@v1.2.3"
STEP = str(REPOSITORY / "action" / "step")
PRODUCTION = "The workflow needs the environment production in project.yaml"
TOOL = ("--tool", f"https://github.com/{ACTION}")
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
        if not line.startswith(("The workflow", "Add "))
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
    cli("init", "--ci", "github", *TOOL)
    before = files(tmp_path)
    again = cli("init", "--ci", "github", *TOOL)
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
    begun = cli("init", "services/bots", "-f", "definitions", "--ci", "github", *TOOL)
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
    refused = cli("init", "--ci", "gitlab", *TOOL)
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
    begun = cli("init", "--foundry", "--ci", kind, *TOOL)
    assert f"{PRODUCTION}, and " in begun.stdout
    assert "an Azure identity, as the comment at its top says, with `api_key: {azure: default}`.\n" in begun.stdout
    text = Path(scaffold.CI_FILES[kind]).read_text(encoding="utf-8")
    assert "ASSISTANTS_API_KEY" not in text
    assert "secrets." not in text
    parsed = yaml.safe_load(text)
    if kind == "github":
        used = [one["with"] for job in parsed["jobs"].values() for one in job["steps"] if one["uses"] == ACTION]
        assert [one["azure"] for one in used] == ["true"] * 3
    else:
        assert parsed[".assistants"]["id_tokens"] == {"AZURE_ID_TOKEN": {"aud": "api://AzureADTokenExchange"}}
        assert any("[azure]" in line for line in parsed[".assistants"]["before_script"])


# --- CI: tests/test_ci_pieces.py has what is in the workflows


def written(kind: str) -> Any:
    return yaml.safe_load(Path(scaffold.CI_FILES[kind]).read_text(encoding="utf-8"))


def with_production() -> None:
    path = Path("assistants/project.yaml")
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("  local:\n", "  production: {endpoint: embedded}\n  local:\n"))


def variable(name: str) -> str:
    return f"INPUT_{name.upper().replace('-', '_')}"


def words_of(step: str, tmp_path: Path, variables: dict[str, str]) -> list[str]:
    """What a step of the action has the tool do."""
    program = tmp_path / "bin" / "assistants"
    program.parent.mkdir(exist_ok=True)
    program.write_text("#!/bin/bash\nprintf '%s\\n' \"$@\" >words\n", encoding="utf-8")
    program.chmod(0o755)
    environ = {**variables, "PATH": f"{program.parent}:/usr/bin:/bin", "GITHUB_OUTPUT": "output", "RUNNER_TEMP": "."}
    subprocess.run(["/bin/bash", STEP, step], env=environ, check=True)
    return Path("words").read_text(encoding="utf-8").splitlines()


def test_the_jobs_for_github_work(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the steps of the action, with what the workflow gives them: drift, as nothing was applied yet, then an apply, then no drift."""
    begun = cli("init", "--ci", "github", *TOOL)
    assert f"{scaffold.CI_FILES['github']}: written\n" in begun.stdout
    environments = "the environments production-plan and production in the repository's settings, the latter for the branch main only"
    assert f"{PRODUCTION}, and {environments}, each with the secret ASSISTANTS_API_KEY.\n{NEXT}" in begun.stdout
    with_production()
    workflow = written("github")
    given = {name: job["steps"][-1]["with"] for name, job in workflow["jobs"].items()}
    assert [one["command"] for one in given.values()] == list(given) == ["plan", "apply", "drift"]
    for name, value in {**workflow["env"], "CI": "true"}.items():
        monkeypatch.setenv(name, value)

    def ended(step: str, job: str) -> int:
        inputs = {variable(key): value for key, value in given[job].items()}
        blank = {
            variable(key): ""
            for key in yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))["inputs"]
        }
        files = {"INPUT_PLAN_FILE": "plan.json", "PLAN_FILE": "plan.json"}
        return cli(*words_of(step, tmp_path, blank | inputs | files)).exit_code

    assert [ended("validate", "plan"), ended("plan", "drift"), ended("plan", "apply")] == [0, 3, 3]
    assert [ended("apply", "apply"), ended("plan", "drift")] == [0, 0]


def test_the_jobs_for_gitlab_work(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("init", "--ci", "gitlab", *TOOL)
    with_production()
    pipeline = written("gitlab")
    for name, value in {**pipeline[".assistants"]["variables"], "CI": "true"}.items():
        monkeypatch.setenv(name, value)

    def ended(name: str) -> list[int]:
        lines = pipeline[f"assistants-{name}"]["script"]
        assert all(line.startswith("assistants ") for line in lines)
        return [cli(*shlex.split(line)[1:]).exit_code for line in lines]

    assert [ended(name) for name in ("validate", "drift", "apply", "drift")] == [[0], [0, 3], [0, 0, 0], [0, 0]]
    (script,) = pipeline["assistants-plan"]["script"]
    assert "assistants plan --prune --exit-code --out plan.json" in script  # tests/test_ci_pieces.py runs it


@pytest.mark.parametrize("kind", scaffold.CI_FILES)
def test_each_environment_is_named_in_ci_and_has_to_be_declared(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    cli("init", "--ci", kind, *TOOL)
    monkeypatch.setenv("CI", "true")
    undeclared = cli("plan", "-e", "production")
    assert undeclared.stderr == "Error: the environment 'production' is not declared; known are: local\n"


def test_the_workflow_for_github_keeps_its_secret_to_itself(cli: Cli) -> None:
    cli("init", "--ci", "github", *TOOL)
    workflow, text = written("github"), Path(scaffold.CI_FILES["github"]).read_text(encoding="utf-8")
    paths = ["assistants/**", ".github/workflows/assistants.yml"]
    assert workflow[True] == {  # to YAML 1.1 `on` is a boolean
        "pull_request": {"paths": paths},
        "push": {"branches": ["main"], "paths": paths},
        "schedule": [{"cron": "17 3 * * *"}],
        "workflow_dispatch": None,
    }
    jobs = workflow["jobs"]
    assert {name: (job["if"], job["environment"]) for name, job in jobs.items()} == {
        "plan": ("github.event_name == 'pull_request'", "production-plan"),
        "apply": ("github.event_name == 'push' || github.event_name == 'workflow_dispatch'", "production"),
        "drift": ("github.event_name == 'schedule'", "production-plan"),
    }
    secret = {"ASSISTANTS_API_KEY": "${{ secrets.ASSISTANTS_API_KEY }}"}
    assert [job["env"] for job in jobs.values()] == [secret] * 3
    assert text.count("secrets.") == 3
    assert workflow["env"] == {"ASSISTANTS_FILES": "assistants"}
    assert jobs["apply"]["concurrency"] == {"group": "assistants-production", "cancel-in-progress": False}
    steps = [one for job in jobs.values() for one in job["steps"]]
    assert [one for one in steps if "run" in one] == []
    assert {one["uses"].partition("@")[0] for one in steps} == {"actions/checkout", "acme/assistants-tool"}


def test_the_workflow_for_gitlab_plans_for_no_fork(cli: Cli) -> None:
    cli("init", "--ci", "gitlab", *TOOL)
    jobs = {name: job for name, job in written("gitlab").items() if name != ".assistants"}
    request, schedule = '$CI_PIPELINE_SOURCE == "merge_request_event"', '$CI_PIPELINE_SOURCE == "schedule"'
    own = f"{request} && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
    changes = {"changes": ["assistants/**/*", ".gitlab-ci.yml"]}
    assert {name: job["rules"] for name, job in jobs.items()} == {
        "assistants-validate": [{"if": request, **changes}],
        "assistants-plan": [{"if": own, **changes}],
        "assistants-apply": [
            {"if": schedule, "when": "never"},
            {"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", **changes},
        ],
        "assistants-drift": [{"if": schedule}],
    }
    assert {job["stage"] for job in jobs.values()} <= {"test", "deploy"}
    named = {name: job["environment"] for name, job in jobs.items() if "environment" in job}
    assert {one["name"] for one in named.values()} == {"$ASSISTANTS_ENVIRONMENT"}
    assert {name for name, one in named.items() if "action" not in one} == {"assistants-apply"}


@cases(
    "folder glob files",
    {
        "deeper": ("services/bots", "services/bots/assistants/**", "services/bots/assistants"),
        "a quote": ('a"b', 'a"b/assistants/**', 'a"b/assistants'),
        "in other letters": ("도우미", "도우미/assistants/**", "도우미/assistants"),
    },
)
def test_a_workflow_looks_where_the_definitions_are(cli: Cli, folder: str, glob: str, files: str) -> None:
    cli("init", folder, "--ci", "github", *TOOL)
    workflow = written("github")
    assert workflow[True]["push"]["paths"][0] == glob
    assert workflow["env"] == {"ASSISTANTS_FILES": files}


def test_definitions_in_the_root_are_all_of_it(cli: Cli) -> None:
    cli("init", "-f", ".", "--ci", "github", *TOOL)
    assert written("github")[True]["push"]["paths"][0] == "**"
    assert written("github")["env"] == {"ASSISTANTS_FILES": "."}


# --- whose jobs they are

STAGED = """
project: acme
default_environment: local
environments:
  local: {endpoint: embedded}
  stage:
    endpoint:
      base_url: https://stage.example.com/v1
      api_key: {env: STAGE_KEY}
      headers: {X-Tenant: {env: TENANT}, X-Kind: bots}
      query: {subscription-key: {env: SUBSCRIPTION}, kind: bots}
"""
DEFINED = """
model: {env: MODEL, default: gpt-4o}
tools: [{type: file_search}, {type: mcp, server_label: s, server_url: "https://mcp.example.com"}]
tool_resources:
  file_search: {vector_store_ids: [{env: STORE}]}
  mcp: [{server_label: s, headers: {Authorization: {env: MCP_TOKEN}}}]
environments: {local: {tool_resources: {file_search: {vector_store_ids: [{env: LOCAL_STORE}]}}}}
"""


def test_the_jobs_are_those_of_the_environment_that_has_a_server_with_what_it_needs(cli: Cli, write: Write) -> None:
    """What has a default, or belongs to another environment, need not be set. A definition that has a fault hides no other."""
    write({"assistants/project.yaml": STAGED, "assistants/a.yaml": DEFINED, "assistants/b.yaml": "modle: gpt-4o\n"})
    begun = cli("init", "--ci", "github", *TOOL)
    held = "the secrets STAGE_KEY, TENANT, SUBSCRIPTION, MCP_TOKEN and the variable STORE"
    where = "the environments stage-plan and stage in the repository's settings, the latter for the branch main only"
    said = f"The workflow needs {where}, each with {held}.\n\nNext:\n  assistants plan -e stage\n"
    assert begun.stdout.endswith(said)
    text = Path(scaffold.CI_FILES["github"]).read_text(encoding="utf-8")
    assert f"# Both have {held}.\n" in text
    assert "production" not in text
    jobs = written("github")["jobs"]
    secret = {name: f"${{{{ secrets.{name} }}}}" for name in ("STAGE_KEY", "TENANT", "SUBSCRIPTION", "MCP_TOKEN")}
    assert [one["env"] for one in jobs.values()] == [{**secret, "STORE": "${{ vars.STORE }}"}] * 3
    assert [one["environment"] for one in jobs.values()] == ["stage-plan", "stage", "stage-plan"]
    assert [one["steps"][-1]["with"]["environment"] for one in jobs.values()] == ["stage"] * 3
    cli("init", "--ci", "gitlab", *TOOL)
    assert written("gitlab")[".assistants"]["variables"]["ASSISTANTS_ENVIRONMENT"] == "stage"
    lines = Path(scaffold.CI_FILES["gitlab"]).read_text(encoding="utf-8").splitlines()
    named = [line.split()[1] for line in lines if line.startswith("#   ")]
    assert named == ["STAGE_KEY", "TENANT", "SUBSCRIPTION", "MCP_TOKEN", "STORE", "ASSISTANTS_NOTE_TOKEN"]


AZURE = "{base_url: https://r.services.ai.azure.com/api/projects/p, api_key: {azure: default}}"
COMMAND = "{base_url: https://a.example.com, api_key: {command: [pass, key]}}"


@cases(
    "endpoint said",
    {
        "a key of Azure": (AZURE, "only, and an Azure identity, as the comment at its top says, with `api_key:"),
        "a command": (COMMAND, "for the branch main only, and whatever the command for its key needs.\n"),
        "no key": ("{base_url: https://a.example.com}", "for the branch main only.\n"),
    },
)
def test_a_job_without_a_stored_key_has_no_secret(cli: Cli, write: Write, endpoint: str, said: str) -> None:
    write(
        {
            "assistants/project.yaml": f'environments: {{"1e3": {{endpoint: {endpoint}}}}}\n',
            "assistants/a.yaml": "model: [\n",
        }
    )
    assert said in cli("init", "--ci", "github", *TOOL).stdout
    text, jobs = Path(scaffold.CI_FILES["github"]).read_text(encoding="utf-8"), written("github")["jobs"]
    assert ("secrets." in text, "Both have" in text) == (False, False)
    assert [(one["environment"], one["steps"][-1]["with"].get("azure")) for one in jobs.values()] == [
        (name, "true" if "azure" in endpoint else None) for name in ("1e3-plan", "1e3", "1e3-plan")
    ]


@cases(
    "environments asked said",
    {
        "several servers": ("staging: S, prod: S", (), "several servers (staging, prod); choose that of the jobs with -e"),
        "one that is not declared": ("prod: S", ("-e", "prd"), "the environment 'prd' is not declared; did you mean 'prod'?"),
        "the embedded one": ("local: {endpoint: embedded}", ("-e", "local"), "local is the embedded endpoint, which is empty in a CI job"),
        "no name": ("", ("-e", "a b"), "'a b' cannot be the name of an environment; use letters"),
    },
)  # fmt: skip
def test_jobs_that_could_not_work_are_not_written(
    cli: Cli, write: Write, environments: str, asked: tuple[str, ...], said: str
) -> None:
    declared = environments.replace("S", "{endpoint: {base_url: https://a.example.com}}")
    here = write({"assistants/project.yaml": f"environments: {{{declared}}}\n"})
    refused = cli("init", "--ci", "github", *asked, *TOOL)
    assert (refused.exit_code in (1, 2), refused.stdout) == (True, "")
    assert said in refused.stderr
    assert files(here).keys() == {"assistants/project.yaml"}


def test_where_gitlab_has_other_jobs_theirs_includes_ours(cli: Cli, write: Write) -> None:
    here = write({".gitlab-ci.yml": "build: {script: [make]}\n"})
    begun = cli("init", "--ci", "gitlab", *TOOL)
    assert said(begun.stdout)[scaffold.INCLUDED] == "written"
    assert (
        "Add `include: [{local: .gitlab/assistants.yml}]` to .gitlab-ci.yml; its jobs are of the stages" in begun.stdout
    )
    assert files(here)[".gitlab-ci.yml"] == "build: {script: [make]}\n"
    text = files(here)[scaffold.INCLUDED]
    assert yaml.safe_load(text)["assistants-apply"]["rules"][1]["changes"] == ["assistants/**/*", scaffold.INCLUDED]
    again = cli("init", "--ci", "gitlab", *TOOL).stdout
    assert (said(again)[scaffold.INCLUDED], "include:" in again) == (LEFT, False)
    Path(".gitlab-ci.yml").write_text(text, encoding="utf-8")
    assert said(cli("init", "--ci", "gitlab", *TOOL).stdout)[".gitlab-ci.yml"] == LEFT


def test_an_environment_may_be_declared_later(cli: Cli) -> None:
    begun = cli("init", "--ci", "github", "-e", "live", *TOOL)
    assert (
        "The workflow needs the environment live in project.yaml, and the environments live-plan and live in"
        in begun.stdout
    )
    assert "production" not in Path(scaffold.CI_FILES["github"]).read_text(encoding="utf-8")


# --- where a job gets the tool from


def test_what_is_not_known_is_said_and_nothing_is_written(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin, "found", lambda: None)
    refused = cli("init", "--ci", "github")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        "Error: CI jobs have to get this tool from somewhere; add --tool URL@REF, a git repository and a commit or "
        "tag in it, as https://github.com/acme/assistants-tool@v1.2.3\n"
    )
    assert files(tmp_path) == {}


def test_what_is_known_is_not_asked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "found", lambda: origin.Origin("https://git.example.com/acme/tool", "f" * 40))
    cli("init", "--ci", "github")
    assert f"uses: acme/tool@{'f' * 40}\n" in Path(scaffold.CI_FILES["github"]).read_text(encoding="utf-8")
    cli("init", "--ci", "gitlab")
    assert (
        written("gitlab")[".assistants"]["variables"]["ASSISTANTS_TOOL"]
        == f"https://git.example.com/acme/tool@{'f' * 40}"
    )


def test_a_workflow_that_is_there_asks_for_nothing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("init", "--ci", "github", *TOOL)
    monkeypatch.setattr(origin, "found", lambda: None)
    assert cli("init", "--ci", "github").exit_code == 0


def test_github_runs_no_action_from_deeper(cli: Cli, tmp_path: Path) -> None:
    refused = cli("init", "--ci", "github", "--tool", "https://gitlab.com/acme/tools/assistants-tool@v1")
    assert refused.exit_code == 2
    assert "is not a GitHub repository; GitHub runs an action from OWNER/REPOSITORY" in refused.stderr
    assert files(tmp_path) == {}
