"""`init --ci ... --drift`: what the scheduled workflow may do, and what its steps do to one issue, with a fake `gh`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistants_tool.project import scaffold
from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, Request, scripted
from tests.tables import cases
from tests.test_ci_pieces import BASH, RUNNER, Done, schema

MARKER = "<!-- assistants-tool drift production -->"
RUN = "https://github.example/o/r/actions/runs/42"
PAGE = f"{RUN}/artifacts/1"
PINNED = re.compile(r"actions/[a-z-]+@[0-9a-f]{40}")
FLAVOURS = {"plain": (), "foundry": ("--foundry",)}


def written(cli: Cli, *options: str) -> dict[str, Any]:
    begun = cli("init", "--ci", "github", "--drift", *options)
    assert begun.exit_code == 0
    assert f"{scaffold.DRIFT_FILE}: written\n" in begun.stdout
    data = yaml.safe_load(Path(scaffold.DRIFT_FILE).read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in data.items()}  # `on` is a boolean in YAML 1.1


# --- what it may do


@pytest.mark.parametrize("options", FLAVOURS.values(), ids=FLAVOURS)
def test_valid_with_the_least_that_it_needs(cli: Cli, options: tuple[str, ...]) -> None:
    workflow = written(cli, *options)
    assert list(schema("github-workflows").iter_errors(workflow)) == []
    assert workflow["on"].keys() == {"schedule", "workflow_dispatch"}
    assert workflow["permissions"] == {}
    assert workflow["concurrency"] == {"group": "assistants-drift", "cancel-in-progress": False}
    (job,) = workflow["jobs"].values()
    identity = {"id-token": "write"} if options else {}
    assert job["permissions"] == {"contents": "read", "issues": "write", **identity}
    assert job["timeout-minutes"] <= 30
    text = Path(scaffold.DRIFT_FILE).read_text(encoding="utf-8")
    assert "@ISSUE@" not in text
    assert text.count("secrets.") == (0 if options else 1)
    # Each step is given what it needs: the key where it plans, the token where it writes the issue.
    given = {one.get("name", ""): set(one.get("env", {})) for one in job["steps"]}
    assert given["Plan"] == (set() if options else {"ASSISTANTS_API_KEY"})
    assert given["Open, update or close the issue"] == {"GH_TOKEN", "PLAN_CODE", "PAGE_URL"}
    assert not [one for one in job["steps"] if "${{" in one.get("run", "")]


@pytest.mark.parametrize("options", FLAVOURS.values(), ids=FLAVOURS)
def test_every_action_of_what_init_writes_is_one_that_nobody_can_move(cli: Cli, options: tuple[str, ...]) -> None:
    written(cli, *options)
    lines = [
        line
        for one in Path(".github/workflows").glob("*.yml")
        for line in one.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert len(lines) == 7
    assert [one for one in lines if not re.search(rf"uses: {PINNED.pattern} # v\d+\.\d+\.\d+$", one)] == []


def test_without_a_kind_of_ci_there_is_nothing_to_schedule(cli: Cli, tmp_path: Path) -> None:
    refused = cli("init", "--drift")
    assert (refused.exit_code, list(tmp_path.glob("assistants"))) == (2, [])
    assert refused.stderr == "Error: --drift is a scheduled check in CI; give --ci github or --ci gitlab, too\n"


def test_without_the_option_nothing_is_scheduled(cli: Cli) -> None:
    cli("init", "--ci", "github")
    assert not Path(scaffold.DRIFT_FILE).exists()


@pytest.mark.parametrize("options", FLAVOURS.values(), ids=FLAVOURS)
def test_gitlab_looks_on_a_schedule_and_applies_on_none(cli: Cli, options: tuple[str, ...]) -> None:
    assert cli("init", "--ci", "gitlab", "--drift", *options).exit_code == 0
    parsed = yaml.safe_load(Path(scaffold.CI_FILES["gitlab"]).read_text(encoding="utf-8"))
    assert list(schema("gitlab-ci").iter_errors(parsed)) == []
    scheduled = '$CI_PIPELINE_SOURCE == "schedule"'
    assert parsed["assistants-drift"]["rules"] == [{"if": scheduled}]
    assert parsed["assistants-apply"]["rules"][0] == {"if": scheduled, "when": "never"}


@cases("code shown", {"clean": (0, False), "drift": (3, True), "refused": (4, True), "an error": (1, False)})
def test_gitlab_s_job_is_red_where_something_differs(cli: Cli, tmp_path: Path, code: int, shown: bool) -> None:
    cli("init", "--ci", "gitlab", "--drift")
    parsed = yaml.safe_load(Path(scaffold.CI_FILES["gitlab"]).read_text(encoding="utf-8"))
    programs(tmp_path, {"assistants": TOOL})
    (tmp_path / "html").write_text("a page\n", encoding="utf-8")
    script = "\n".join(parsed["assistants-drift"]["script"])
    done = run_shell(script, tmp_path, {"TOOL_EXIT_CODE": str(code)})
    assert (done.code, (tmp_path / "plan.html").exists()) == (code, shown)


# --- what its steps do

TOOL = """#!/usr/bin/env bash
if [ "$1" = show ]; then cat "$4"; exit; fi
exit "${TOOL_EXIT_CODE:-0}"
"""
# GitHub with its issues in `issues.json`; 'us[bot]' is who runs.
GH = f"""#!{sys.executable}
import json, os, sys
from pathlib import Path
assert os.environ["GH_TOKEN"] == "token"
words, store, root = sys.argv[1:], Path("issues.json"), "repos/o/r/issues"
issues = json.loads(store.read_text())
if "graphql" in words:
    print("us[bot]")
elif "--paginate" in words:
    assert f"{{root}}?state=open&sort=created&direction=asc&per_page=100" in words
    Path("filter").write_text(words[-1])
    for one in issues:
        ours = one["user"]["login"] == os.environ["ME"] and not one.get("pull_request")
        if one["state"] == "open" and ours and (one["body"] or "").startswith(os.environ["MARKER"]):
            print(one["number"])
else:
    method, path, *fields = words[words.index("--method") + 1 :]
    given = dict(one.split("=", 1) for one in fields if not one.startswith("--"))
    if given.get("body", "").startswith("@"):
        given["body"] = Path(given["body"][1:]).read_text()
    named = {{f"{{root}}/{{one['number']}}": one for one in issues}}
    if path == root:
        assert method == "POST"
        issues.append({{"number": len(issues) + 1, "state": "open", "user": {{"login": "us[bot]"}}, "comments": [], **given}})
    elif method == "PATCH":
        named[path].update(given)
    else:
        named[path.removesuffix("/comments")]["comments"].append(given["body"])
    store.write_text(json.dumps(issues))
"""


def programs(folder: Path, texts: Mapping[str, str]) -> None:
    there = folder / "programs"
    there.mkdir(exist_ok=True)
    for name in ("bash", "cat"):
        (there / name).symlink_to(str(shutil.which(name)))
    for name, text in texts.items():
        (there / name).write_text(text, encoding="utf-8")
        (there / name).chmod(0o755)


def run_shell(script: str, folder: Path, variables: Mapping[str, str]) -> Done:
    """As a runner does it: errors end it."""
    (folder / "output").write_text("", encoding="utf-8")
    environ = {**RUNNER, "RUNNER_TEMP": str(folder), "PATH": str(folder / "programs"), **variables}
    ran = subprocess.run(
        [BASH, "-e"], input=script, env=environ, cwd=folder, capture_output=True, text=True, check=False, timeout=20
    )
    outputs = dict(line.split("=", 1) for line in (folder / "output").read_text(encoding="utf-8").splitlines())
    return Done(ran.returncode, ran.stdout + ran.stderr, outputs)


Told = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def told(cli: Cli, tmp_path: Path) -> Told:
    """Run the step that tells of a plan; the issues that there are then."""
    (job,) = written(cli)["jobs"].values()
    script = job["steps"][-1]["run"]
    programs(tmp_path, {"gh": GH})
    (tmp_path / "issues.json").write_text("[]", encoding="utf-8")

    def run(code: int, plan: str = "a plan\n") -> list[dict[str, Any]]:
        (tmp_path / "plan.md").write_text(plan, encoding="utf-8")
        given = {"GH_TOKEN": "token", "PLAN_CODE": str(code), "PAGE_URL": PAGE if code else ""}
        done = run_shell(script, tmp_path, {**given, "ASSISTANTS_ENVIRONMENT": "production"})
        assert (done.code, done.said) == (0, "")
        found: list[dict[str, Any]] = json.loads((tmp_path / "issues.json").read_text(encoding="utf-8"))
        return found

    return run


def test_one_issue_is_opened_kept_up_to_date_and_closed(told: Told) -> None:
    assert told(0) == []
    (opened,) = told(3)
    assert opened["title"] == "Assistants: production is not as the files say"
    assert opened["body"] == (
        f"{MARKER}\na plan\n\nThe whole plan is [a page to review]({PAGE}), kept for 30 days by [the run that looked]({RUN})."
        " Apply the files, or take the change over into them; this issue is closed when nothing differs any more.\n"
    )
    (updated,) = told(4, "another plan\n")
    assert (updated["number"], updated["comments"]) == (1, [])
    assert "\nanother plan\n" in updated["body"]
    (closed,) = told(0)
    assert (closed["state"], closed["state_reason"]) == ("closed", "completed")
    assert closed["comments"] == [f"The endpoint is as the files say: [the run that looked]({RUN})."]
    assert told(0) == [closed]
    assert [one["state"] for one in told(3)] == ["closed", "open"]


def issue(number: int, body: str | None, login: str = "us[bot]", **more: Any) -> dict[str, Any]:
    return {"number": number, "state": "open", "user": {"login": login}, "body": body, "comments": [], **more}


OTHERS = [
    issue(1, f"{MARKER}\nnothing to see", "stranger"),
    issue(2, None),
    issue(3, "<!-- assistants-tool drift production-eu -->"),
    issue(4, MARKER, pull_request={"url": "x"}),
    issue(5, f"> {MARKER}"),
]


def test_issues_of_others_are_left_alone(told: Told, tmp_path: Path) -> None:
    (tmp_path / "issues.json").write_text(json.dumps(OTHERS), encoding="utf-8")
    assert told(0) == OTHERS
    found = told(3)
    assert found[:5] == OTHERS
    assert found[5]["body"].startswith(MARKER)


def test_all_that_are_open_are_closed_and_the_oldest_is_kept_up_to_date(told: Told, tmp_path: Path) -> None:
    """As many as a run that was cut off, or people, have left."""
    (tmp_path / "issues.json").write_text(json.dumps([issue(1, MARKER), issue(2, MARKER)]), encoding="utf-8")
    assert [one["body"] == MARKER for one in told(3)] == [False, True]
    assert [one["state"] for one in told(0)] == ["closed", "closed"]


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_ours_are_found_by_the_filter(told: Told, tmp_path: Path) -> None:
    told(3)
    listed = json.dumps([*OTHERS, issue(6, f"{MARKER}\nx"), issue(7, MARKER)])
    found = subprocess.run(
        [str(shutil.which("jq")), (tmp_path / "filter").read_text(encoding="utf-8")],
        input=listed,
        env={"ME": "us[bot]", "MARKER": MARKER},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["6", "7"]


@cases("plan whole", {"as long as the tool makes one": ("x" * 62_000, True), "longer": ("x" * 62_001, False)})
def test_an_issue_holds_what_it_can_and_points_to_the_rest(told: Told, plan: str, whole: bool) -> None:
    ((opened),) = told(3, plan)
    assert len(opened["body"]) < 65_536
    assert (plan in opened["body"]) == whole
    assert PAGE in opened["body"]


def test_the_steps_with_the_tool_itself(cli: Cli, write: Write, tmp_path: Path) -> None:
    """An endpoint that somebody changed by hand, from the plan to the issue."""
    (job,) = written(cli)["jobs"].values()
    path = Path("assistants/project.yaml")
    text = path.read_text(encoding="utf-8").replace("  local:\n", "  production: {endpoint: embedded}\n  local:\n")
    write({"assistants/project.yaml": text, "assistants/example.yaml": "name: E\nmodel: gpt-4o\ninstructions: a\n"})
    assert cli("apply", "-e", "production", "--yes").exit_code == 0
    write({"assistants/example.yaml": "name: E\nmodel: gpt-4o\ninstructions: '@everyone <b>b</b>'\n"})
    tool = f'#!{BASH}\nexec "{sys.executable}" -m assistants_tool "$@"\n'
    programs(tmp_path, {"gh": GH, "assistants": tool})
    (tmp_path / "issues.json").write_text("[]", encoding="utf-8")
    steps = {one.get("name", ""): one["run"] for one in job["steps"] if "run" in one}
    given = {"CI": "true", "ASSISTANTS_ENVIRONMENT": "production", "PYTHONPATH": str(REPOSITORY), "GH_TOKEN": "token"}
    planned = run_shell(steps["Plan"], tmp_path, given)
    assert (planned.code, planned.outputs) == (0, {"code": "3"}), planned.said
    assert (tmp_path / "assistants-drift.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    told = run_shell(steps["Open, update or close the issue"], tmp_path, {**given, "PLAN_CODE": "3", "PAGE_URL": PAGE})
    assert (told.code, told.said) == (0, "")
    (opened,) = json.loads((tmp_path / "issues.json").read_text(encoding="utf-8"))
    assert "### Plan: 0 to create, 1 to update," in opened["body"]
    assert re.search(
        r"(?m)^```+diff\n(.*\n)*\+ instructions: .*@everyone", opened["body"]
    )  # in a fence, where nobody is told


def test_a_plan_that_cannot_be_made_is_red_and_tells_nobody(cli: Cli, tmp_path: Path) -> None:
    (job,) = written(cli)["jobs"].values()
    programs(tmp_path, {"assistants": TOOL})
    (plan,) = [one["run"] for one in job["steps"] if one.get("name") == "Plan"]
    done = run_shell(plan, tmp_path, {"TOOL_EXIT_CODE": "1"})
    assert (done.code, done.outputs) == (1, {})


# --- telling a chat

GUIDE = REPOSITORY / "docs" / "ci.md"
(RECIPE,) = re.findall(r"(?ms)^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"))
KINDS = {"Slack": "SLACK_WEBHOOK_URL", "Teams": "TEAMS_WEBHOOK_URL"}


def saved(folder: Path, changes: list[dict[str, Any]], **more: Any) -> str:
    summary = {"create": 0, "update": 2, "delete": 1, "adopt": 0, "conflict": 0, "orphan": 0, "keep": 9, "release": 0}
    target = {"endpoint": "https://x.example/v1", "project": "acme", "environment": "production"}
    plan = {"target": target, "summary": summary, "changes": changes, "refusals": [], **more}
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    return str(folder / "plan.json")


def tell(folder: Path, plan: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"RUN_URL": RUN, **variables}
    return subprocess.run(
        [sys.executable, "-", plan],
        input=RECIPE,
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def texts(message: Any) -> list[str]:
    """Every text that is shown, however deep."""
    if isinstance(message, dict):
        return [
            *([message["text"]] if isinstance(message.get("text"), str) else []),
            *(one for inner in message.values() for one in texts(inner)),
        ]
    return [one for inner in message for one in texts(inner)] if isinstance(message, list) else []


CHANGES = [
    {"action": "update", "key": "support", "reason": "changed on the endpoint"},
    {"action": "keep", "key": "tutor", "reason": ""},
    {"action": "delete", "key": "old", "reason": "<!channel> [x](http://evil.example) no definition has this key"},
]


@cases("kind variable", {name: (name, variable) for name, variable in KINDS.items()})
def test_a_chat_is_told(tmp_path: Path, kind: str, variable: str) -> None:
    got: list[Request] = []

    def script(request: Request) -> Answer:
        got.append(request)
        return Answer(200, body={})

    with scripted(script) as server:
        url = f"{server.url}/hook/s3cr3t"
        done = tell(tmp_path, saved(tmp_path, CHANGES), **{variable: url})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (request,) = got
    assert (request.method, request.path) == ("POST", "/v1/hook/s3cr3t")
    message = request.body
    said = "\n".join(texts(message))
    assert "2 to update, 1 to delete" in said
    assert "acme, production" in said
    assert "update support: changed on the endpoint" in said
    assert "tutor" not in said
    assert RUN in json.dumps(message)
    if kind == "Slack":
        assert {"plain_text", "mrkdwn"} >= {one["text"]["type"] for one in message["blocks"] if "text" in one}
        (block,) = [one for one in message["blocks"] if "<!channel>" in json.dumps(one)]
        assert block["text"]["type"] == "plain_text"  # where nobody is called
        assert "<" not in message["text"]
    else:
        (card,) = message["attachments"]
        assert (message["type"], card["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
        assert card["content"]["type"] == "AdaptiveCard"
        blocks = {one["type"] for one in card["content"]["body"] if "evil" in json.dumps(one)}
        assert blocks == {"RichTextBlock"}  # where a link is text


def test_both_are_told_where_both_are_named(tmp_path: Path) -> None:
    with scripted(lambda _: Answer(200, body={})) as server:
        given = {variable: f"{server.url}/{kind}" for kind, variable in KINDS.items()}
        assert tell(tmp_path, saved(tmp_path, CHANGES), **given).returncode == 0
        assert server.lines == ["POST /v1/Slack", "POST /v1/Teams"]


def test_of_a_long_plan_a_chat_is_told_how_it_begins(tmp_path: Path) -> None:
    """Slack takes 3,000 characters in a block, Teams some 28 KB in a message."""
    many = [{"action": "create", "key": f"k{number:03}", "reason": "x" * 1000} for number in range(500)]
    got: list[Request] = []

    def script(request: Request) -> Answer:
        got.append(request)
        return Answer(200, body={})

    with scripted(script) as server:
        given = {variable: f"{server.url}/{kind}" for kind, variable in KINDS.items()}
        assert tell(tmp_path, saved(tmp_path, many), **given).returncode == 0
    slack, teams = (one.body for one in got)
    assert max(map(len, texts(slack))) <= 3000
    assert len(json.dumps(teams)) < 28_000
    assert all("and 485 more" in "\n".join(texts(one)) for one in (slack, teams))


@cases(
    "url words",
    {
        "refused": ("http://127.0.0.1:9/s3cr3t", "the webhook of Slack was not reached"),
        "no address": ("s3cr3t", "the webhook of Slack was not reached"),
        "none": ("", "set SLACK_WEBHOOK_URL or TEAMS_WEBHOOK_URL"),
    },
)
def test_a_chat_that_cannot_be_told_is_told_without_the_secret(tmp_path: Path, url: str, words: str) -> None:
    done = tell(tmp_path, saved(tmp_path, CHANGES), SLACK_WEBHOOK_URL=url)
    assert (done.returncode, words in done.stderr, "s3cr3t" in done.stderr) == (1, True, False)
    assert done.stderr.count("\n") == 1


def test_a_webhook_that_refuses(tmp_path: Path) -> None:
    with scripted(lambda _: Answer(404, body={})) as server:
        done = tell(tmp_path, saved(tmp_path, CHANGES), TEAMS_WEBHOOK_URL=f"{server.url}/s3cr3t")
    assert (done.returncode, done.stderr) == (1, "the webhook of Teams was not reached: HTTPError 404\n")


def test_the_recipe_reads_what_the_tool_prints(cli: Cli, write: Write, tmp_path: Path) -> None:
    write({"assistants/a.yaml": "name: A\nmodel: gpt-4o\n", "assistants/project.yaml": "project: acme\n"})
    made = cli("plan", "--embedded", "-o", "json")
    (tmp_path / "plan.json").write_text(made.stdout, encoding="utf-8")
    with scripted(lambda _: Answer(200, body={})) as server:
        done = tell(tmp_path, str(tmp_path / "plan.json"), SLACK_WEBHOOK_URL=server.url)
        assert (done.returncode, done.stderr) == (0, "")
