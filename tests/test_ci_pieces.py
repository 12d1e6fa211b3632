"""What runs in CI: valid by the schemas of its makers, safe by reading, and right by running its steps with a fake `gh` and tool."""

from __future__ import annotations

import copy
import functools
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import jsonschema_rs
import pytest
import yaml

from assistants_tool.cli import main
from assistants_tool.project import origin, scaffold
from tests.conftest import REPOSITORY
from tests.tables import cases

ACTION = REPOSITORY / "action.yml"
STEP = REPOSITORY / "action" / "step"
HOOKS = REPOSITORY / ".pre-commit-hooks.yaml"
GUIDE = REPOSITORY / "docs" / "ci.md"
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
BASH = str(shutil.which("bash"))
OURSELVES = "acme/assistants-tool@v1.2.3"
TOOL = origin.parse(f"https://github.com/{OURSELVES}")


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@functools.cache
def loaded(text: str) -> Any:
    return yaml.safe_load(text)


def parsed(path: Path) -> Any:
    return loaded(path.read_text(encoding="utf-8"))


def blocks(*languages: str) -> list[str]:
    """The guide's fenced blocks in these languages."""
    text = GUIDE.read_text(encoding="utf-8")
    return [body for language, body in re.findall(r"(?ms)^```(\w+)\n(.*?)^```", text) if language in languages]


def written(kind: str, flavour: scaffold.Flavour) -> str:
    """What `init --ci` writes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        scaffold.start(folder, folder / "assistants", scaffold.Ci(kind, lambda: TOOL), flavour)
        return (folder / scaffold.CI_FILES[kind]).read_text(encoding="utf-8")


WRITTEN = {
    f"init --ci {kind}{flavour.suffix}": written(kind, flavour)
    for kind in scaffold.CI_FILES
    for flavour in (scaffold.PLAIN, scaffold.FOUNDRY)
}
GITHUB, GITLAB = WRITTEN["init --ci github"], WRITTEN["init --ci gitlab"]
TEXTS = {**{named(path): path.read_text(encoding="utf-8") for path in (ACTION, *WORKFLOWS)}, **WRITTEN}
OF_GITHUB = {name: text for name, text in TEXTS.items() if name != "action.yml" and "gitlab" not in name}


def jobs_of(text: str) -> Any:
    return loaded(text)["jobs"]


def values(node: Any, name: str) -> Iterator[Any]:
    """Every value under a key, however deep."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield value
            yield from values(value, name)
    elif isinstance(node, list):
        for one in node:
            yield from values(one, name)


# --- valid


def schema(name: str) -> Any:
    """A schema that check-jsonschema carries in its wheel, so that no network is needed."""
    path = distribution("check-jsonschema").locate_file(f"check_jsonschema/builtin_schemas/vendor/{name}.json")
    return jsonschema_rs.validator_for(json.loads(Path(str(path)).read_text(encoding="utf-8")))


KINDS = {"action.yml": ("github-actions", "runs"), **dict.fromkeys(OF_GITHUB, ("github-workflows", "jobs"))}
SCHEMAS = {name: (text, *KINDS.get(name, ("gitlab-ci", "assistants-plan"))) for name, text in TEXTS.items()}


@cases("text kind part", SCHEMAS)
def test_valid_by_its_maker_s_schema(text: str, kind: str, part: str) -> None:
    validator, data = schema(kind), loaded(text)
    data = {("on" if key is True else key): value for key, value in data.items()}  # `on` is a boolean in YAML 1.1
    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(data)] == []
    broken = copy.deepcopy(data)
    broken[part] = {"script": 1}
    assert not validator.is_valid(broken)


def test_the_guide_shows_what_init_writes() -> None:
    assert GITHUB in blocks("yaml")


@pytest.mark.parametrize("text", [one for one in blocks("yaml") if "jobs:" in one])
def test_the_jobs_of_the_guide_are_valid(text: str) -> None:
    whole = {"on": "push", **{key: one for key, one in loaded(text).items() if key is not True}}
    assert [error.message for error in schema("github-workflows").iter_errors(whole)] == []


def test_a_second_environment_of_gitlab_is_valid() -> None:
    """As the guide adds it to what `init` writes: a job of its own that applies the other environment."""
    (text,) = [one for one in blocks("yaml") if "extends: assistants-apply" in one]
    whole = {**yaml.safe_load(GITLAB), **yaml.safe_load(text)}
    assert [error.message for error in schema("gitlab-ci").iter_errors(whole)] == []
    (name,) = yaml.safe_load(text)["assistants-apply-staging"]["variables"]
    assert name in parsed_variables(GITLAB)


def parsed_variables(text: str) -> set[str]:
    return {name for found in values(yaml.safe_load(text), "variables") for name in found}


PLACEHOLDER = re.compile(r"\b(OWNER|VERSION|HOST|GROUP)/|[@:] ?(OWNER|VERSION|HOST|GROUP)\b|@[A-Z]+@")
DOCUMENTS = {named(path): path for path in (*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md"))}


@cases("text", {**TEXTS, **{name: path.read_text(encoding="utf-8") for name, path in DOCUMENTS.items()}})
def test_nothing_is_left_that_nobody_can_fill_in(text: str) -> None:
    """`HOST` in settings of a server of the reader's own, and GitLab's form of a subject, are theirs to know."""
    known = ("http://HOST:2000/api/v1", "project_path:GROUP/PROJECT")
    for one in known:
        text = text.replace(one, "")
    assert PLACEHOLDER.findall(text) == []


def without_azure(node: Any) -> Any:
    """A workflow for Foundry, with what is Azure's taken away."""
    if isinstance(node, dict):
        return {
            key: without_azure(value)
            for key, value in node.items()
            if key not in ("azure", "id-token", "id_tokens") and not str(key).startswith("AZURE_")
        }
    if isinstance(node, list):
        return [without_azure(one) for one in node if "AZURE" not in str(one)]
    return str(node).replace('"../assistants-tool[azure]"', "../assistants-tool")


def without_key(node: Any) -> Any:
    """A workflow with a stored key, with that taken away."""
    if isinstance(node, dict):
        kept = {key: without_key(value) for key, value in node.items() if key != "ASSISTANTS_API_KEY"}
        return {key: value for key, value in kept.items() if value != {} or key != "env"}
    return [without_key(one) for one in node] if isinstance(node, list) else str(node)


@pytest.mark.parametrize("kind", scaffold.CI_FILES)
def test_foundry_s_workflow_is_the_plain_one_with_an_identity_for_the_key(kind: str) -> None:
    plain, foundry = (loaded(WRITTEN[f"init --ci {kind}{suffix}"]) for suffix in ("", "-foundry"))
    found = without_azure(foundry)
    for job in found.get("jobs", {}).values():
        if job.get("permissions") == {"contents": "read"}:  # what a job without a line of its own may do
            del job["permissions"]
    assert found == without_key(plain)
    assert "secrets." not in WRITTEN[f"init --ci {kind}-foundry"]


# --- safe


SHELL: dict[str, str] = {
    "action/step": STEP.read_text(encoding="utf-8"),
    **{
        f"{name} {number}": run
        for name, text in TEXTS.items()
        for number, run in enumerate(values(loaded(text), "run"))
    },
    **{
        f"{where} {name} {part}": "\n".join(job[part])
        for where, text in WRITTEN.items()
        if "gitlab" in where
        for name, job in loaded(text).items()
        for part in ("before_script", "script")
        if part in job
    },
    **{f"ci.md {number}": text for number, text in enumerate(blocks("sh"))},
}


@cases("text", SHELL)
def test_shell_parses_and_takes_no_text_from_expressions(text: str) -> None:
    assert "${{" not in text  # an expression would become code before the shell has quoted anything
    checked = subprocess.run([BASH, "-n"], input=text, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


# Of third parties there is one: the index's own, which alone can publish without a stored key.
OTHERS = {"pypa/gh-action-pypi-publish"}
PIN = re.compile(r"(?m)\buses: ([\w-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$")


def test_shell_of_the_pages_can_be_parsed() -> None:
    """What a reader pastes that no test can run, as it signs in to Azure and GitHub."""
    found = [
        one for path in DOCUMENTS.values() for one in re.findall(r"(?ms)^```sh\n(.*?)^```", path.read_text("utf-8"))
    ]
    assert len(found) > 30
    done = subprocess.run(["/bin/bash", "-n"], input="\n".join(found), text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_action_is_pinned_by_its_commit_and_says_of_which_version_it_is() -> None:
    """A tag can be moved by whoever owns it; a commit cannot."""
    texts = [*TEXTS.values(), *blocks("yaml")]
    used = [one for text in texts for one in re.findall(r"(?m)\buses: (.*)$", text)]
    assert len(used) > 15
    pinned = [one for text in texts for one in PIN.findall(text)]
    assert len(pinned) == len([one for one in used if one != "./" and OURSELVES not in one])
    assert {name for name, _, _ in pinned if not name.startswith("actions/")} == OTHERS
    versions: dict[str, set[tuple[str, str]]] = {}
    for name, commit, version in pinned:
        versions.setdefault(name, set()).add((commit, version))
    assert [name for name, found in versions.items() if len(found) > 1] == []


WRITES = {
    "init --ci github": {"plan": {"pull-requests"}},
    "init --ci github-foundry": {"plan": {"pull-requests", "id-token"}, "apply": {"id-token"}, "drift": {"id-token"}},
    ".github/workflows/release.yml": {
        "attest": {"id-token", "attestations", "artifact-metadata"},
        "publish": {"id-token"},
        "announce": {"contents"},
    },
}


@cases("text", OF_GITHUB)
def test_workflows_may_read_and_what_they_write_is_named_at_the_job(text: str) -> None:
    (name,) = [name for name, other in OF_GITHUB.items() if other == text]
    assert loaded(text)["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 30 for job in jobs_of(text).values())
    granted = {job: one.get("permissions", {}) for job, one in jobs_of(text).items()}
    writing = {job: {scope for scope, how in one.items() if how == "write"} for job, one in granted.items()}
    assert {job: scopes for job, scopes in writing.items() if scopes} == WRITES.get(name, {})


def test_the_action_uses_no_action_but_github_s_own() -> None:
    used = list(values(parsed(ACTION), "uses"))
    assert used
    assert {one.partition("/")[0] for one in used} == {"actions"}


def test_whoever_uses_the_action_gives_inputs_that_it_has() -> None:
    inputs = parsed(ACTION)["inputs"]
    documents = map(loaded, [*OF_GITHUB.values(), *blocks("yaml")])
    steps = [step for document in documents for found in values(document, "steps") for step in found]
    given = [step["with"] for step in steps if step.get("uses") in ("./", OURSELVES)]
    assert len(given) >= 14
    assert {name for one in given for name in one} <= set(inputs)
    assert {one["command"] for one in given} == {"validate", "plan", "apply", "drift"}
    described = GUIDE.read_text(encoding="utf-8").partition("action's inputs\n")[2]
    table = dict(re.findall(r"(?m)^\| `([\w-]+)` \|([^|]*)\|", described))
    assert list(table) == list(inputs)
    stated = {name: one["default"] for name, one in inputs.items() if one.get("default")} | {
        "environment": "default_environment",
        "paths": "assistants/",
        "github-token": "the job's",
    }
    assert {name: one.strip(" `") for name, one in table.items() if one.strip()} == stated
    outputs = re.findall(r"`([a-z-]+)`", described.partition("\nOutputs: ")[2].partition(". Later")[0])
    assert [one for one in outputs if one not in ("true", "false")] == list(parsed(ACTION)["outputs"])


# --- commands that exist


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Every `assistants ...` in shell text, cut where the shell would cut it."""
    texts = {**SHELL, **{one["id"]: one["entry"] for one in parsed(HOOKS)}}
    for where, text in texts.items():
        for line in re.findall(r"(?<![\w.-])assistants ([a-z].*)", text):
            lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words = list(lexer)
            ends = [number for number, word in enumerate(words) if re.fullmatch(r"[();<>|&]+|#.*", word)]
            yield where, words[: ends[0]] if ends else words


def parse(words: list[str]) -> None:
    """As Click does it, without running the command. Raises click.UsageError."""
    command = main.commands.get(words[0])
    if command is None:
        raise click.UsageError(f"no such command: {words[0]}")
    command.make_context(words[0], words[1:])


LINES = sorted({" ".join(words): words for _, words in command_lines()}.items())


@pytest.mark.parametrize("words", [words for _, words in LINES], ids=[line for line, _ in LINES])
def test_every_command_line_is_one_that_the_tool_takes(words: list[str]) -> None:
    parse(words)


def test_command_lines_are_found_and_wrong_ones_refused() -> None:
    assert {where.rpartition(" assistants-")[0] or where.split()[0] for where, _ in command_lines()} == {
        "action/step",
        "init --ci gitlab",
        "init --ci gitlab-foundry",
        "ci.md",
        *(one["id"] for one in parsed(HOOKS)),
    }
    for wrong in (["paln"], ["plan", "--no-such"], ["validate", "-o"]):
        with pytest.raises(click.UsageError):
            parse(wrong)


def test_the_hook_runs_where_a_definition_or_a_file_of_one_is_touched() -> None:
    hooks = parsed(HOOKS)
    assert [one["id"] for one in hooks] == ["assistants-validate", "assistants-fmt"]
    touched = ["assistants/minimal.yaml", "assistants/prompts/support.md", "README.md", "docs/assistants/a.yaml"]
    for hook in hooks:
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        assert [one for one in touched if re.search(hook["files"], one)] == touched[:2]


# --- the action's steps, run

PROGRAM = """#!/usr/bin/env bash
if [ "$1" = show ]; then cat "$4"; exit; fi
printf '%s\\n' "$@" >words
exit "${TOOL_EXIT_CODE:-0}"
"""

# GitHub with one pull request: its comments are in `comments.json`, and 'us' is who runs.
GH = f"""#!{sys.executable}
import json, os, sys
from pathlib import Path
assert os.environ["GH_TOKEN"] == "token"
words, store = sys.argv[1:], Path("comments.json")
comments = json.loads(store.read_text())
if "graphql" in words:
    print("us[bot]")
elif "--paginate" in words:
    assert "repos/o/r/issues/7/comments?per_page=100" in words
    assert words[-1] == '.[] | select(.user.login == env.ME and (.body | startswith(env.MARKER))) | .id'
    ours = [one for one in comments if one["user"]["login"] == os.environ["ME"]]
    for one in ours:
        if one["body"].startswith(os.environ["MARKER"]):
            print(one["id"])
else:
    if "fail" in os.environ:
        sys.exit("HTTP 403: Resource not accessible by integration")
    path, body = words[4], Path(words[6].removeprefix("body=@")).read_text()
    if words[3] == "PATCH":
        one = next(one for one in comments if path == f"repos/o/r/issues/comments/{{one['id']}}")
        one["body"] = body
    else:
        assert (words[3], path) == ("POST", "repos/o/r/issues/7/comments")
        comments.append({{"id": len(comments) + 1, "user": {{"login": "us[bot]"}}, "body": body}})
    store.write_text(json.dumps(comments))
"""
# A Python that makes environments of copies of itself and installs by writing down its words; what it is given to run it runs.
PYTHON = f"""#!/usr/bin/env bash
if [ "$1" = -c ]; then exec {sys.executable} "$@"; fi
printf '%s\\n' "$*" >>"$RUNNER_TEMP/log"
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/assistants"; fi
"""
TOKENS = """#!/usr/bin/env bash
printf '%s\\n' "$@" >words
cat >stdin
printf '{"value": "a.b.c", "count": 1}'
"""
RUNNER = {
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_RUN_ID": "42",
    "GITHUB_OUTPUT": "output",
    "GITHUB_PATH": "path",
    "GITHUB_ENV": "env",
    "GITHUB_STEP_SUMMARY": "summary",
    "GITHUB_ACTION_PATH": "/the action",
}


@dataclass
class Done:
    code: int
    said: str
    outputs: Mapping[str, str]


Step = Callable[..., Done]


@pytest.fixture
def step(tmp_path: Path) -> Step:
    """Run a step of action.yml with the variables that it is given there, and no others."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "cat", "cp", "dirname", "ln", "mkdir", "touch"):
        (programs / name).symlink_to(str(shutil.which(name)))
    for name, text in {"gh": GH, "assistants": PROGRAM, "python3": PYTHON, "curl": TOKENS}.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    (tmp_path / "markdown").write_text("a plan\n")
    (tmp_path / "html").write_text("a page\n")
    (tmp_path / "comments.json").write_text("[]")
    given = {one["run"].split()[-1]: one.get("env", {}) for one in parsed(ACTION)["runs"]["steps"] if "run" in one}

    def run(name: str, *, without: str = "", extra: Mapping[str, str] | None = None, **variables: str) -> Done:
        assert set(variables) <= set(given[name])
        if without:
            (programs / without).unlink()
        (tmp_path / "output").write_text("")
        environ = {**dict.fromkeys(given[name], ""), **variables, **RUNNER, "RUNNER_TEMP": str(tmp_path)}
        environ |= {"PATH": str(programs), **(extra or {})}
        done = subprocess.run(
            [BASH, str(STEP), name],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
        return Done(done.returncode, done.stdout + done.stderr, outputs)

    return run


SCOPES = {
    "a push": ("apply", "", "", "apply"),
    "our own branch": ("plan", "7", "o/r", "plan"),
    "a fork": ("plan", "7", "stranger/r", "validate"),
    "a fork that would apply": ("apply", "7", "stranger/r", "validate"),
    "a fork that is gone": ("drift", "7", "", "validate"),
}


@cases("command number head allowed", SCOPES)
def test_a_fork_is_validated_only(step: Step, command: str, number: str, head: str, allowed: str) -> None:
    done = step("scope", INPUT_COMMAND=command, PULL_REQUEST=number, HEAD_REPOSITORY=head)
    assert (done.code, done.outputs) == (0, {"command": allowed})
    assert ("::notice::" in done.said) == (allowed != command)


def test_what_needs_a_key_asks_whether_it_may_run() -> None:
    conditions = {one["run"].split()[-1]: one.get("if", "") for one in parsed(ACTION)["runs"]["steps"] if "run" in one}
    assert not [one for one in conditions.values() if "inputs.command" in one]
    assert all("steps.scope.outputs.command" in conditions[name] for name in ("plan", "apply"))
    assert all("steps.plan.outputs.exit-code" in conditions[name] for name in ("page", "comment", "judge"))


def test_an_unknown_command_is_a_wrong_command_line(step: Step) -> None:
    done = step("scope", INPUT_COMMAND="destroy; ls")
    assert (done.code, done.outputs) == (2, {})


HOSTILE = "$(touch pwned)\n`touch pwned`\n\n-e other; touch pwned\n two  words *\n"
HOSTILE_WORDS = ["$(touch pwned)", "`touch pwned`", "-e other; touch pwned", " two  words *"]
PLANS: dict[str, tuple[dict[str, str], list[str]]] = {
    "bare": ({}, ["--out={}/assistants-plan-default.json", "--"]),
    "environment": (
        {"INPUT_ENVIRONMENT": "staging"},
        ["--out={}/assistants-plan-staging.json", "--environment=staging", "--"],
    ),
    "prune and risk": (
        {"INPUT_PRUNE": "true", "INPUT_FAIL_ON_RISK": "true", "INPUT_PLAN_FILE": "p q.json"},
        ["--out=p q.json", "--prune", "--fail-on-risk", "--"],
    ),
    "retired": (
        {"INPUT_FAIL_ON_RETIRED_WITHIN": "60d"},
        ["--out={}/assistants-plan-default.json", "--fail-on-retired-within=60d", "--"],
    ),
    "not prune": ({"INPUT_PRUNE": "false"}, ["--out={}/assistants-plan-default.json", "--"]),
    "hostile": (
        {"INPUT_PLAN_ARGS": "--only=$(touch pwned)", "INPUT_PATHS": HOSTILE},
        ["--out={}/assistants-plan-default.json", "--only=$(touch pwned)", "--", *HOSTILE_WORDS],
    ),
}


@cases("given words", PLANS)
def test_the_plan_s_words(step: Step, tmp_path: Path, given: dict[str, str], words: list[str]) -> None:
    done = step("plan", **given)
    said = (tmp_path / "words").read_text().splitlines()
    assert said == ["plan", "-o", "github", "--exit-code", *(one.format(tmp_path) for one in words)]
    assert done.outputs == {"exit-code": "0", "plan-file": said[4].removeprefix("--out="), "changes": "false"}
    assert not (tmp_path / "pwned").exists()


def test_the_tool_takes_what_the_steps_say(step: Step, tmp_path: Path) -> None:
    given = {"INPUT_PRUNE": "true", "INPUT_FAIL_ON_RISK": "true", "INPUT_FAIL_ON_RETIRED_WITHIN": "8w"}
    options = {"INPUT_ENVIRONMENT": "staging", **given}
    for name, given in {"validate": {}, "plan": options, "apply": {"PLAN_FILE": "plan.json"}}.items():
        assert step(name, **given).code == 0
        parse((tmp_path / "words").read_text().splitlines())


@cases(
    "azure folder extra",
    {"plain": ("false", "assistants-tool", ""), "azure": ("true", "assistants-tool-azure", "[azure]")},
)
def test_the_tool_is_installed_once_in_the_versions_that_were_tested(
    step: Step, tmp_path: Path, azure: str, folder: str, extra: str
) -> None:
    for _ in range(2):
        assert step("install", INPUT_AZURE=azure).code == 0
    home = tmp_path / folder
    assert (tmp_path / "log").read_text().splitlines() == [
        f"-m venv {home}/venv",
        f"-m pip install --quiet --disable-pip-version-check --constraint /the action/constraints.txt /the action{extra}",
    ]
    assert (tmp_path / "path").read_text() == f"{home}/bin\n"
    assert [one.name for one in (home / "bin").iterdir()] == ["assistants"]


def test_a_job_signs_in_to_azure_as_itself(step: Step, tmp_path: Path) -> None:
    asked = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://runner.example/token?v=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "token",
    }
    done = step("identity", extra=asked)
    assert (done.code, done.said) == (0, "")
    assert (tmp_path / "words").read_text().splitlines()[-3:] == [
        "--header",
        "@-",
        "https://runner.example/token?v=2&audience=api://AzureADTokenExchange",
    ]
    assert (tmp_path / "stdin").read_text() == "Authorization: bearer token"  # no word of a command that others see
    identity = tmp_path / "assistants-identity"
    assert (identity.read_text(), identity.stat().st_mode & 0o777) == ("a.b.c", 0o600)
    assert (tmp_path / "env").read_text() == f"AZURE_FEDERATED_TOKEN_FILE={identity}\n"


def test_a_job_that_may_not_sign_in_is_told_what_it_lacks(step: Step) -> None:
    done = step("identity")
    assert done.code == 1
    assert "::error::GitHub does not say who this job is: give the job the permission 'id-token: write'." in done.said


def test_a_fork_is_not_signed_in() -> None:
    (signing,) = [one for one in parsed(ACTION)["runs"]["steps"] if one.get("run", "").endswith('step" identity')]
    assert signing["if"] == "inputs.azure == 'true' && steps.scope.outputs.command != 'validate'"


def test_validate_takes_paths_as_they_are(step: Step, tmp_path: Path) -> None:
    assert step("validate", INPUT_PATHS=HOSTILE, extra={"TOOL_EXIT_CODE": "1"}).code == 1
    assert (tmp_path / "words").read_text().splitlines() == ["validate", "-o", "github", "--", *HOSTILE_WORDS]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 130])
def test_a_plan_that_was_made_goes_on_to_the_comment_and_any_other_ends_the_job(step: Step, code: int) -> None:
    done = step("plan", extra={"TOOL_EXIT_CODE": str(code)})
    made = code in (0, 3, 4)
    assert done.code == (0 if made else code)
    assert done.outputs.get("exit-code") == (str(code) if made else None)
    assert done.outputs.get("changes") == ({0: "false"}.get(code, "true") if made else None)


VERDICTS = {
    f"{command} {code}": (command, code, expected)
    for command, expectations in {
        "plan": {0: 0, 3: 0, 4: 4},
        "apply": {0: 0, 3: 0, 4: 4},
        "drift": {0: 0, 3: 3, 4: 4},
    }.items()
    for code, expected in expectations.items()
}


@cases("command code expected", VERDICTS)
def test_the_verdict_on_a_plan(step: Step, command: str, code: int, expected: int) -> None:
    done = step("judge", COMMAND=command, PLAN_EXIT_CODE=str(code))
    assert done.code == expected
    assert ("::" in done.said) == (expected != 0)


PULL = {
    "GH_TOKEN": "token",
    "INPUT_ENVIRONMENT": "production",
    "INPUT_WORKING_DIRECTORY": ".",
    "PLAN_FILE": "plan.json",
    "PULL_REQUEST": "7",
    "HEAD_COMMIT": "abc123",
}
MARKER = "<!-- assistants-tool production -->"


def comments(folder: Path) -> list[tuple[str, str]]:
    found = json.loads((folder / "comments.json").read_text())
    return [(one["user"]["login"], one["body"]) for one in found]


def test_one_comment_for_each_environment_is_kept_up_to_date(step: Step, tmp_path: Path) -> None:
    assert step("comment", **PULL).said == ""
    (tmp_path / "markdown").write_text("another plan\n")
    step("comment", **PULL)
    step("comment", **(PULL | {"INPUT_ENVIRONMENT": ""}))
    step("comment", **(PULL | {"INPUT_WORKING_DIRECTORY": "services/a"}))
    link = "[This plan](https://github.example/o/r/actions/runs/42) is of commit abc123."
    assert [body for _, body in comments(tmp_path)] == [
        f"{marker}\nanother plan\n\n{link}\n"
        for marker in (
            MARKER,
            "<!-- assistants-tool default -->",
            "<!-- assistants-tool production services/a -->",
        )
    ]


# environment, folder -> the artifact's name, in which a slash may not be
PAGES = {
    "bare": ("", ".", "assistants-plan-default"),
    "an environment": ("staging", ".", "assistants-plan-staging"),
    "a folder": ("staging", "services/a", "assistants-plan-staging-services-a"),
    "a hostile one": ("$(touch pwned)", '../"x', "assistants-plan---touch-pwned--..--x"),
}


@cases("environment folder name", PAGES)
def test_the_page_of_a_plan(step: Step, tmp_path: Path, environment: str, folder: str, name: str) -> None:
    done = step("page", INPUT_ENVIRONMENT=environment, INPUT_WORKING_DIRECTORY=folder, PLAN_FILE="plan.json")
    assert (done.code, done.outputs) == (0, {"name": name, "file": f"{tmp_path}/{name}.html"})
    assert (tmp_path / f"{name}.html").read_text() == "a page\n"
    assert not (tmp_path / "pwned").exists()


def test_a_page_that_cannot_be_made_is_a_warning(step: Step) -> None:
    done = step("page", without="assistants", INPUT_WORKING_DIRECTORY=".", PLAN_FILE="plan.json")
    assert (done.code, done.outputs) == (0, {})
    assert "::warning::The page of the plan could not be made" in done.said


def test_the_page_is_kept_and_linked(step: Step, tmp_path: Path) -> None:
    url = "https://github.example/o/r/actions/runs/42/artifacts/1"
    step("link", PAGE_URL=url)
    assert (tmp_path / "summary").read_text() == f"[The plan as a page to review]({url})\n"
    step("comment", **PULL, PAGE_URL=url)
    ((_, body),) = comments(tmp_path)
    assert body.endswith(f"is of commit abc123.\n[The plan as a page to review]({url})\n")
    (upload,) = [one for one in parsed(ACTION)["runs"]["steps"] if "upload-artifact" in one.get("uses", "")]
    assert (upload["if"], upload["continue-on-error"]) == ("steps.page.outputs.file", True)
    assert upload["with"]["path"] == "${{ steps.page.outputs.file }}"
    assert upload["with"]["retention-days"] == 7  # the guide says a week


def test_comments_of_others_are_left_alone(step: Step, tmp_path: Path) -> None:
    others: list[Any] = [
        {"id": 1, "user": {"login": "stranger"}, "body": f"{MARKER}\nall is well"},
        {"id": 2, "user": {"login": "us[bot]"}, "body": f"> {MARKER}"},
        {"id": 3, "user": {"login": "us[bot]"}, "body": "<!-- assistants-tool production-eu -->"},
    ]
    (tmp_path / "comments.json").write_text(json.dumps(others))
    step("comment", **PULL)
    found = comments(tmp_path)
    assert found[:3] == [(one["user"]["login"], one["body"]) for one in others]
    assert found[3][1].startswith(MARKER)


def test_a_plan_that_no_comment_can_hold_is_linked(step: Step, tmp_path: Path) -> None:
    (tmp_path / "markdown").write_text("x" * 70_000)
    step("comment", **PULL)
    ((_, body),) = comments(tmp_path)
    assert len(body) < 500
    assert "[the summary of the run](https://github.example/o/r/actions/runs/42)" in body


@cases(
    "options",
    {"no permission": {"extra": {"fail": "1"}}, "no gh": {"without": "gh"}, "no plan": {"without": "assistants"}},
)
def test_a_comment_that_cannot_be_written_is_a_warning(step: Step, options: dict[str, Any]) -> None:
    done = step("comment", **PULL, **options)
    assert done.code == 0
    assert "::warning::The plan could not be put into a comment" in done.said


@pytest.mark.parametrize("code", [0, 1, 4, 130])
def test_apply_applies_the_saved_plan(step: Step, tmp_path: Path, code: int) -> None:
    done = step("apply", PLAN_FILE="p q.json", extra={"TOOL_EXIT_CODE": str(code)})
    assert (done.code, done.outputs) == (code, {})
    assert (tmp_path / "words").read_text().splitlines() == ["apply", "p q.json", "--yes", "-o", "github"]


@pytest.mark.parametrize("given", ["", "true", "false"])
def test_what_uploaded_backups_once_says_that_it_does_not_any_more(step: Step, given: str) -> None:
    done = step("scope", INPUT_COMMAND="apply", INPUT_UPLOAD_BACKUPS=given)
    said = "::warning::The input 'upload-backups' has no effect any more: backups hold what variables held" in done.said
    assert (done.code, done.outputs, said) == (0, {"command": "apply"}, given != "")


@cases("text", TEXTS)
def test_nothing_in_ci_keeps_backups(text: str) -> None:
    """They hold what variables held, and whoever may read a repository may read the artifacts of its runs."""
    assert ".assistants/" not in text


# --- GitLab's plan, run

CURL = f"""#!{sys.executable}
import json, os, sys
words, url = sys.argv[1:], sys.argv[-1]
assert words[words.index("--header") + 1] == "@-" and "token" not in words and sys.stdin.read() == "PRIVATE-TOKEN: token"
if "fail" in os.environ:
    sys.exit(22)
if url == "https://gitlab.example/api/v4/user":
    print('{{"id": 5}}')
elif "/projects/3/merge_requests/7/notes?per_page=100&sort=asc&page=" in url:
    last = int(url.rpartition("=")[2]) * 100
    print(json.dumps(json.loads(os.environ["FAKE_NOTES"])[last - 100 : last]))
else:
    print(words[words.index("--request") + 1], url.partition("/merge_requests/7")[2], file=open("log", "a"))
    assert "body@plan.md" in words
"""
WITH_NOTE = {"ASSISTANTS_NOTE_TOKEN": "token"}
NOTES = {
    "none yet": ([], "POST /notes"),
    "ours": ([(1, 5, f"{MARKER}\nold")], "PUT /notes/1"),
    "ours, behind a long discussion": ([*((n, 6, "hm") for n in range(230)), (230, 5, MARKER)], "PUT /notes/230"),
    "none in a long discussion": ([(n, 6, "hm") for n in range(200)], "POST /notes"),
    "of others": ([(1, 6, f"{MARKER}\nold"), (2, 5, "> hm"), (3, 5, f"{MARKER}\na"), (4, 5, MARKER)], "PUT /notes/3"),
}


@pytest.fixture
def gitlab_plan(tmp_path: Path) -> Callable[..., Done]:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "cat"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (programs / "python").symlink_to(sys.executable)
    for name, text in {"curl": CURL, "assistants": PROGRAM}.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    (tmp_path / "markdown").write_text("a plan\n")
    (tmp_path / "html").write_text("a page\n")

    def run(notes: list[tuple[int, int, str]], **variables: str) -> Done:
        listed = [{"id": number, "author": {"id": author}, "body": body} for number, author, body in notes]
        environ = {
            "PATH": str(programs),
            "ASSISTANTS_ENVIRONMENT": "production",
            "CI_API_V4_URL": "https://gitlab.example/api/v4",
            "CI_MERGE_REQUEST_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_JOB_URL": "https://gitlab.example/o/r/-/jobs/9",
            "FAKE_NOTES": json.dumps(listed),
            **variables,
        }
        script = "\n".join(loaded(GITLAB)["assistants-plan"]["script"])
        done = subprocess.run(
            [BASH], input=script, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=20
        )
        log = tmp_path / "log"
        return Done(done.returncode, done.stdout + done.stderr, {"sent": log.read_text() if log.exists() else ""})

    return run


@cases("notes sent", NOTES)
def test_gitlab_keeps_one_note(gitlab_plan: Callable[..., Done], notes: list[tuple[int, int, str]], sent: str) -> None:
    assert gitlab_plan(notes, **WITH_NOTE) == Done(0, "", {"sent": f"{sent}\n"})


GITLAB_ENDS = {
    "no token": ({}, 0, ""),
    "changes": ({"TOOL_EXIT_CODE": "3"}, 0, ""),
    "refused": ({"TOOL_EXIT_CODE": "4"}, 4, ""),
    "failed": ({"TOOL_EXIT_CODE": "1", **WITH_NOTE}, 1, ""),
    "refused, with a note": ({"TOOL_EXIT_CODE": "4", **WITH_NOTE}, 4, "POST /notes\n"),
    "a note that cannot be written": ({"fail": "1", **WITH_NOTE}, 0, ""),
}


@cases("variables code sent", GITLAB_ENDS)
def test_how_gitlab_s_plan_ends(
    gitlab_plan: Callable[..., Done], tmp_path: Path, variables: dict[str, str], code: int, sent: str
) -> None:
    done = gitlab_plan([], **variables)
    assert (done.code, done.outputs["sent"]) == (code, sent)
    assert (tmp_path / "plan.md").exists() == (code != 1)
    if code != 1:
        link = "[The plan as a page to review](https://gitlab.example/o/r/-/jobs/9/artifacts/file/plan.html)"
        assert (tmp_path / "plan.md").read_text() == f"{MARKER}\na plan\n\n{link}\n"
        assert (tmp_path / "plan.html").read_text() == "a page\n"
        assert "plan.html" in loaded(GITLAB)["assistants-plan"]["artifacts"]["paths"]
    assert ("could not be written" in done.said) == ("fail" in variables)
