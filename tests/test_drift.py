"""Drift, told: the nightly job that keeps one issue, by the action's own step with a fake `gh`, and the recipe that tells a chat."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistants_tool.project import scaffold
from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, Request, scripted
from tests.tables import cases
from tests.test_ci_pieces import Step, parsed, schema, step

__all__ = ["step"]

MARKER = "<!-- assistants-tool drift production -->"
RUN = "https://github.example/o/r/actions/runs/42"
PAGE = f"{RUN}/artifacts/1"
TOOL = ("--tool", "https://github.com/acme/assistants-tool@v1.2.3")
FLAVOURS = {"plain": (), "foundry": ("--foundry",)}


def job(cli: Cli, *options: str) -> dict[str, Any]:
    """The nightly job of what is written."""
    begun = cli("init", "--ci", "github", *TOOL, *options)
    assert begun.exit_code == 0, begun.output
    data = yaml.safe_load(Path(scaffold.CI_FILES["github"]).read_text(encoding="utf-8"))
    workflow = {("on" if key is True else key): value for key, value in data.items()}  # `on` is a boolean in YAML 1.1
    assert list(schema("github-workflows").iter_errors(workflow)) == []
    assert workflow["on"]["schedule"]
    found: dict[str, Any] = workflow["jobs"]["drift"]
    return found


# --- what it may do


@pytest.mark.parametrize("options", FLAVOURS.values(), ids=FLAVOURS)
def test_the_job_has_the_right_to_write_issues_only_where_it_keeps_one(
    cli: Cli, tmp_path: Path, options: tuple[str, ...]
) -> None:
    rights = {"contents": "read", **({"id-token": "write"} if options else {})}
    without = job(cli, *options)
    assert without.get("permissions", {"contents": "read"}) == rights
    assert "issue" not in without["steps"][-1]["with"]
    shutil.rmtree(tmp_path / ".github")
    keeping = job(cli, "--drift", *options)
    assert keeping["permissions"] == rights | {"issues": "write"}
    assert keeping["steps"][-1]["with"]["issue"] == "true"
    assert keeping["concurrency"] == {"group": "assistants-drift", "cancel-in-progress": False}
    assert keeping["if"] == "github.event_name == 'schedule'"


@pytest.mark.parametrize("options", [(), ("--ci", "gitlab", *TOOL)])
def test_elsewhere_there_is_no_issue_to_keep(cli: Cli, tmp_path: Path, options: tuple[str, ...]) -> None:
    refused = cli("init", "--drift", *options)
    assert (refused.exit_code, list(tmp_path.glob("assistants"))) == (2, [])
    assert refused.stderr.startswith("Error: --drift keeps an issue on GitHub: give --ci github, too;")


def test_only_the_step_that_writes_it_is_given_the_token() -> None:
    steps = parsed(REPOSITORY / "action.yml")["runs"]["steps"]
    assert {one["name"] for one in steps if "GH_TOKEN" in one.get("env", {})} == {
        "Comment on the pull request",
        "Open, update or close the issue",
    }
    (writing,) = [one for one in steps if one["name"] == "Open, update or close the issue"]
    for condition in ("steps.plan.outputs.exit-code", "inputs.issue == 'true'", "outputs.command == 'drift'"):
        assert condition in writing["if"]


# --- what its step does

# GitHub with its issues in `issues.json`; 'us[bot]' is who runs.
GH = f"""#!{sys.executable}
import json, os, sys
from pathlib import Path
assert os.environ["GH_TOKEN"] == "token"
words, store, root = sys.argv[1:], Path("issues.json"), "repos/o/r/issues"
issues = json.loads(store.read_text())
if "graphql" in words:
    print("us[bot]")
elif "fail" in os.environ:
    sys.exit("HTTP 403: Resource not accessible by integration")
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
DRIFT = {
    "GH_TOKEN": "token",
    "INPUT_ENVIRONMENT": "production",
    "INPUT_WORKING_DIRECTORY": ".",
    "PLAN_FILE": "plan.json",
    "PAGE_URL": PAGE,
}
Told = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def told(step: Step, tmp_path: Path) -> Told:
    """Run the step that tells of a plan; the issues that there are then."""
    (tmp_path / "programs" / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "issues.json").write_text("[]", encoding="utf-8")

    def run(code: int, plan: str = "a plan\n", **variables: str) -> list[dict[str, Any]]:
        (tmp_path / "markdown").write_text(plan, encoding="utf-8")
        done = step("issue", **{**DRIFT, "PLAN_EXIT_CODE": str(code), **variables})
        assert (done.code, done.said) == (0, "")
        found: list[dict[str, Any]] = json.loads((tmp_path / "issues.json").read_text(encoding="utf-8"))
        return found

    return run


def test_one_issue_is_opened_kept_up_to_date_and_closed(told: Told) -> None:
    assert told(0) == []
    (opened,) = told(3)
    assert opened["title"] == "Assistants: production is not as the files say"
    assert opened["body"] == (
        f"{MARKER}\na plan\n\n[The run that looked]({RUN}) · [The whole plan as a page to review]({PAGE})\n\n"
        "Apply the files, or take the change over into them. This issue is closed when nothing differs any more.\n"
    )
    (updated,) = told(4, "another plan\n")
    assert (updated["number"], updated["comments"]) == (1, [])
    assert "\nanother plan\n" in updated["body"]
    (closed,) = told(0)
    assert (closed["state"], closed["state_reason"]) == ("closed", "completed")
    assert closed["comments"] == [f"The endpoint is as the files say: [the run that looked]({RUN})."]
    assert told(0) == [closed]
    assert [one["state"] for one in told(3)] == ["closed", "open"]


def test_each_environment_and_folder_has_its_own(told: Told) -> None:
    told(3)
    told(3, INPUT_ENVIRONMENT="staging")
    assert [one["title"] for one in told(3, INPUT_WORKING_DIRECTORY="services/a")] == [
        "Assistants: production is not as the files say",
        "Assistants: staging is not as the files say",
        "Assistants: production services/a is not as the files say",
    ]
    assert [one["state"] for one in told(0, INPUT_ENVIRONMENT="staging")] == ["open", "closed", "open"]


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
    (opened,) = told(3, plan)
    assert len(opened["body"]) < 65_536
    assert (plan in opened["body"]) == whole
    assert PAGE in opened["body"]


@cases(
    "options",
    {"no permission": {"extra": {"fail": "1"}}, "no gh": {"without": "gh"}, "no plan": {"without": "assistants"}},
)
def test_an_issue_that_cannot_be_written_makes_the_job_red(
    told: Told, step: Step, tmp_path: Path, options: dict[str, Any]
) -> None:
    done = step("issue", **DRIFT, PLAN_EXIT_CODE="3", **options)
    assert (done.code, json.loads((tmp_path / "issues.json").read_text(encoding="utf-8"))) == (1, [])
    assert "::error::The issue could not be kept up to date; the job needs 'issues: write'" in done.said


@cases("given code", {"told": ("true", 0), "not told": ("false", 3), "by itself": ("", 3)})
def test_a_job_whose_issue_tells_of_drift_is_not_red(step: Step, given: str, code: int) -> None:
    assert step("judge", COMMAND="drift", PLAN_EXIT_CODE="3", INPUT_ISSUE=given).code == code
    assert step("judge", COMMAND="drift", PLAN_EXIT_CODE="4", INPUT_ISSUE=given).code == 4


def test_what_the_tool_writes_of_a_change_by_hand_calls_nobody(
    cli: Cli, write: Write, told: Told, tmp_path: Path
) -> None:
    write({"assistants/a.yaml": "name: E\nmodel: gpt-4o\ninstructions: a\n"})
    assert cli("apply", "--embedded", "--yes").exit_code == 0
    write({"assistants/a.yaml": "name: E\nmodel: gpt-4o\ninstructions: '@everyone <b>b</b>'\n"})
    (opened,) = told(3, cli("plan", "--embedded", "-o", "markdown").stdout)
    assert "### Plan: 0 to create, 1 to update," in opened["body"]
    # In a fence, where a mention is text.
    assert re.search(r"(?m)^```+diff\n(.*\n)*\+ instructions: .*@everyone", opened["body"])


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
