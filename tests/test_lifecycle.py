"""What ends when: days and whose word they are, the guard that refuses by them, and what an endpoint is asked for that."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistants_tool import Project, ToolError, models
from assistants_tool.cli import main
from assistants_tool.endpoint.serving import _rows
from assistants_tool.errors import EndpointError, Fate
from assistants_tool.line.steps import Line, utc_today
from assistants_tool.line.workspace import Workspace
from assistants_tool.models import Shutdown, Takes
from assistants_tool.objects.assistant import Listing
from assistants_tool.objects.endpoint import Offer
from assistants_tool.planning.ends import EndpointEnd, Ends, ModelEnd, span_fault, span_of
from assistants_tool.planning.lifecycle import Said, Where, ends_of, retired_within, shutdown, with_ends
from assistants_tool.planning.masks import hiding
from assistants_tool.planning.plan import Options, Plan
from assistants_tool.planning.savedplan import Request
from assistants_tool.planning.view import seen_plan
from assistants_tool.project.kinds import KINDS
from assistants_tool.project.target import Choice, Embedded, Remote
from assistants_tool.redaction import NOTHING
from assistants_tool.report.github import plan_annotations
from assistants_tool.report.markdown import plan_markdown
from assistants_tool.report.page import plan_page
from tests.builders import applied, planned, wanted
from tests.conftest import Cli, Write
from tests.servers import Answer, scripted
from tests.servers import Request as Sent
from tests.tables import cases, plain_name
from tests.test_doctor import FAILED, NO_ANSWER, judged

TODAY = datetime.date(2026, 11, 28)
OPENAI = Where(KINDS["openai"].takes, is_openais=True)
ANYONES = Where(KINDS["openai"].takes)
FOUNDRY = Where(KINDS["foundry"].takes)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


# --- spans of time


@cases(
    "text days",
    {"days": ("60d", 60), "weeks": ("8w", 56), "what is over already": ("0d", 0), "the longest": ("9999w", 69993)},
)
def test_a_span_of_time(text: str, days: int) -> None:
    assert span_fault(text) == ""
    assert span_of(text) == datetime.timedelta(days)
    assert TODAY + span_of(text) > datetime.date.min


@pytest.mark.parametrize(
    "text", ["", "60", "d", "60 d", "-1d", "1.5d", "60days", "2m", "12345d", "60d\n", "٦٠d", 60], ids=plain_name
)
def test_what_is_no_span_of_time_is_told_how_to_be_one(text: Any, cli: Cli) -> None:
    fault = span_fault(text)
    assert fault.endswith(" is not a span of time; write days as '60d', or weeks as '8w'")
    with pytest.raises(ToolError, match=r"fail_on_retired_within: .* write days as '60d'"):
        Options(fail_on_retired_within=text)
    with pytest.raises(ValueError, match="no plan"):
        Request((), fail_on_retired_within=text)
    ran = cli("plan", "--embedded", f"--fail-on-retired-within={text}")
    assert ran.exit_code == 2
    assert "is not a span of time" in ran.stderr


# --- whose day it is


@cases(
    "model version day",
    {
        "a version": ("gpt-4o", "2024-08-06-ev3", "2026-03-31"),
        "no version: the last of them": ("gpt-4o", None, "2026-10-01"),
        "a version that nobody knows": ("gpt-4o", "2031-01-01", None),
        "a model that nobody knows": ("Llama", None, None),
    },
)
def test_microsoft_s_days(model: str, version: str | None, day: str | None) -> None:
    found = models.microsoft_shutdown(model, version)
    assert (found and str(found.day)) == day


def test_microsoft_s_table_is_whole() -> None:
    rows = [line.split() for line in models._MICROSOFT.splitlines() if line]
    assert len(rows) > 50
    for name, version, its in rows:
        assert models.microsoft_shutdown(name, version) == Shutdown(day(its), "microsoft")
    assert len({(name, version) for name, version, _ in rows}) == len(rows)


GPT4O = Shutdown(day("2027-01-14"), "openai")


@cases(
    "model offer takes found",
    {
        "the endpoint's word counts": (
            "gpt-4o",
            Offer(day("2027-05-01"), "gpt-4", "0613"),
            FOUNDRY.takes,
            Shutdown(day("2027-05-01"), "endpoint"),
        ),
        "OpenAI's model of that name": ("gpt-4o", Offer(), OPENAI.takes, GPT4O),
        "what is behind a deployment": (
            "gpt-4",
            Offer(None, "gpt-5", "2025-08-07"),
            FOUNDRY.takes,
            Shutdown(day("2027-02-06"), "microsoft"),
        ),
        "a deployment that nobody says more of": ("gpt-4o", Offer(), FOUNDRY.takes, None),
        "somebody's own": ("mystery", Offer(), OPENAI.takes, None),
    },
)
def test_a_shutdown_day(model: str, offer: Offer, takes: Takes, found: Shutdown | None) -> None:
    assert shutdown(model, offer, takes) == found


# --- in a plan

A, B = wanted("a"), wanted("b", model="gpt-5")
DEPLOYED = {"team": Offer(None, "gpt-4o", "2024-11-20"), "gpt-5": Offer(None, "gpt-5", "2025-08-07")}


@cases(
    "definitions where said expected",
    {
        "at OpenAI's, by name, the nearest first": (
            (A, B, wanted("c")),
            OPENAI,
            None,
            ["gpt-5 (b) ends on 2026-12-11, OpenAI says", "gpt-4o (a, c) ends on 2027-01-14, OpenAI says"],
        ),
        "several of one day, and many of one model": (
            (*(wanted(f"k{number}") for number in range(5)), wanted("m", model="gpt-4.1")),
            OPENAI,
            None,
            ["gpt-4o (k0, k1, k2 and 2 more), gpt-4.1 (m) end on 2027-01-14, OpenAI says"],
        ),
        "elsewhere OpenAI's days mean nothing": ((A, B), ANYONES, None, []),
        "elsewhere, asked": ((A, B), ANYONES, {"gpt-4o": Offer()}, ["no shutdown day known for gpt-4o (a), gpt-5 (b)"]),
        "the endpoint says": (
            (A,),
            ANYONES,
            {"gpt-4o": Offer(day("2026-12-24"))},
            ["gpt-4o (a) ends on 2026-12-24, the endpoint says"],
        ),
        "the endpoint says, of OpenAI's": (
            (A,),
            OPENAI,
            {"gpt-4o": Offer(day("2028-01-01"))},
            ["gpt-4o (a) ends on 2028-01-01, the endpoint says"],
        ),
        "at OpenAI's, which does not answer": (
            (A, wanted("x", model="new")),
            OPENAI,
            EndpointError("GET x: 404 no", Fate.MISSING),
            [
                "gpt-4o (a) ends on 2027-01-14, OpenAI says",
                "no shutdown day known for new (x): GET x: 404 no",
            ],
        ),
        "on Foundry, not asked": ((A, B), FOUNDRY, None, []),
        "on Foundry, by what is deployed": (
            (wanted("t", model="team"), B, A),
            FOUNDRY,
            DEPLOYED,
            [
                "gpt-4o 2024-11-20 as team (t) ends on 2026-10-01, Microsoft says",
                "gpt-5 (b) ends on 2027-02-06, Microsoft says",
                "no shutdown day known for gpt-4o (a)",
            ],
        ),
        "on Foundry, which does not say": (
            (B,),
            FOUNDRY,
            EndpointError("GET x: 401 no", Fate.REJECTED),
            ["no shutdown day known for gpt-5 (b): GET x: 401 no"],
        ),
        "nothing is wanted": ((), OPENAI, {}, []),
    },
)
def test_what_ends(definitions: tuple[Any, ...], where: Where, said: Said, expected: list[str]) -> None:
    plan = planned(definitions, [])
    assert list(ends_of(plan.changes, where, said, "", NOTHING).sentences()) == expected
    # What is there already wants its model as much.
    kept = planned(definitions, [applied(one) for one in definitions])
    assert ends_of(kept.changes, where, said, "", NOTHING) == ends_of(plan.changes, where, said, "", NOTHING)


def test_where_files_leave_the_model_to_others_it_is_that_of_the_endpoint() -> None:
    left = wanted("a", model="gpt-4o", ignore=["model"])
    plan = planned([left], [applied(left, model="gpt-5")])
    assert list(ends_of(plan.changes, OPENAI, None, "", NOTHING).sentences()) == [
        "gpt-5 (a) ends on 2026-12-11, OpenAI says"
    ]


def test_what_is_on_the_endpoint_alone_wants_no_model() -> None:
    plan = planned([], [applied(A)])
    assert ends_of(plan.changes, OPENAI, {}, "", NOTHING) == Ends()


def test_the_value_of_a_variable_is_not_told() -> None:
    """Neither where a definition names it, nor where what is behind a deployment happens to be called so."""
    secret = wanted("a", model="gpt-4o", variables={("model",): "MODEL"})
    other = wanted("b", model="team")
    served = {"gpt-4o": Offer(None, "gpt-4o", "2024-11-20"), "team": Offer(None, "gpt-4o", "2024-11-20")}
    plan = planned([secret, other], [])
    (said,) = ends_of(plan.changes, FOUNDRY, served, "", hiding([secret, other])).sentences()
    assert "gpt-4o" not in said
    assert "env:MODEL (a)" in said


# --- the guard


def refusals(plan: Plan, where: Where, said: Said, span: str | None, today: datetime.date = TODAY) -> tuple[str, ...]:
    return with_ends(plan, where, said, NOTHING, span, today).refusals


@cases(
    "span today refused",
    {
        "not asked for": (None, day("2030-01-01"), False),
        "a day before it counts": ("47d", day("2026-11-27"), False),
        "the day itself": ("47d", TODAY, True),
        "in weeks": ("7w", TODAY, True),
        "over already": ("0d", day("2027-01-14"), True),
        "not over yet": ("0d", day("2027-01-13"), False),
        "years over": ("0d", day("2030-01-01"), True),
    },
)
def test_a_model_that_ends_within_the_span_is_refused(span: str | None, today: datetime.date, refused: bool) -> None:
    plan = planned([A], [applied(A)])
    assert plan.is_empty
    found = refusals(plan, OPENAI, {} if span else None, span, today)
    said = "gpt-4o (a) ends on 2027-01-14, OpenAI says: choose another model, or apply without it if that is meant"
    assert found == ((f"--fail-on-retired-within {span}: {said}",) if refused else ())


def test_only_what_ends_by_then_is_named() -> None:
    (found,) = refusals(planned([A, B], []), OPENAI, {}, "20d")
    assert "gpt-5 (b)" in found
    assert "gpt-4o" not in found


@cases(
    "where said",
    {
        "a deployment without a word": (FOUNDRY, {"gpt-4o": Offer()}),
        "an endpoint without an answer": (FOUNDRY, EndpointError("no", Fate.MISSING)),
        "somebody's own model": (ANYONES, {"gpt-4o": Offer()}),
        "an endpoint that ends itself": (
            ANYONES._replace(retirement=models.retirement("x.services.ai.azure.com")),
            {},
        ),
    },
)
def test_what_nobody_knows_refuses_nothing(where: Where, said: Said) -> None:
    assert refusals(planned([A], []), where, said, "9999w") == ()


def test_refusals_join_those_of_other_guards() -> None:
    plan = planned([A], [applied(wanted("z"))], prune=True, max_delete="0")
    found = refusals(plan, OPENAI, {}, "60d")
    assert [one.split(":")[0].split(",")[0] for one in found] == [
        "1 of 1 assistants would be deleted",
        "--fail-on-retired-within 60d",
    ]
    assert list(retired_within(Ends(), "60d", TODAY)) == []


# --- the endpoint itself


@cases(
    "endpoint is_openais ends",
    {
        "OpenAI": (Remote("https://api.openai.com/v1"), True, "2026-08-26"),
        "OpenAI's agents": (Remote("https://eu.api.openai.com/v1", api="agents"), True, None),
        "Azure OpenAI": (Remote("https://x.openai.azure.com/openai"), False, "2026-08-26"),
        "Foundry": (Remote("https://x.services.ai.azure.com/api/projects/p"), False, "2027-03-31"),
        "Foundry, behind a gateway": (Remote("https://x.example/p", named=KINDS["foundry"]), False, "2027-03-31"),
        "Foundry's prompt agents": (
            Remote("https://x.services.ai.azure.com/api/projects/p", api="prompt-agents"),
            False,
            None,
        ),
        "one's own": (Remote("https://notopenai.com/v1"), False, None),
        "embedded": (Embedded(Path("x"), kind=KINDS["foundry"]), False, None),
    },
)
def test_when_an_endpoint_ends(endpoint: Embedded | Remote, is_openais: bool, ends: str | None) -> None:
    found = endpoint.retirement
    assert (endpoint.is_openais, found and str(found.day)) == (is_openais, ends)


@cases(
    "environment way",
    {
        "named": ("old", "`assistants migrate --from old -e NEW`"),
        "none": ("", "`assistants migrate --from ENV -e NEW`"),
    },
)
def test_the_end_of_an_endpoint_is_told_with_the_way_on(environment: str, way: str) -> None:
    ending = EndpointEnd("Azure AI Foundry (classic)", day("2027-03-31"), environment)
    assert str(ending) == (
        f"Azure AI Foundry (classic) ends /assistants on 2027-03-31; {way} creates these assistants on another endpoint"
    )


@pytest.mark.parametrize("said", [models.way_on("old"), models.FROM_SAVED])
def test_the_way_on_is_a_command_that_there_is(said: str) -> None:
    (line,) = re.findall("`assistants ([^`]*)`", said)
    name, *words = line.split()
    main.commands[name].make_context(name, words)


# --- one line, with a clock of its own


def line_at(url: str, api: str | None, write: Write, today: datetime.date) -> Line:
    write({"assistants/a.yaml": "model: gpt-4o\n"})
    line = Line.of(Workspace.find([Path("assistants")]), Choice(base_url=url, api=api))
    return replace(line, today=lambda: today)


def test_the_clock_is_the_line_s(write: Write) -> None:
    """Nothing is asked here: it is OpenAI's address."""
    for today, refused in ((TODAY, True), (day("2026-11-01"), False)):
        line = line_at("https://api.openai.com/v1", "agents", write, today)
        made = line.plan(line.load(), Listing(()), Options(fail_on_retired_within="60d"), {})
        assert bool(made.refusals) is refused
        assert made.as_data()["ends"]["models"] == [
            {
                "id": "gpt-4o",
                "deployment_of": None,
                "shutdown_date": "2027-01-14",
                "shutdown_source": "openai",
                "definitions": ["a"],
            }
        ]
    assert utc_today() == datetime.datetime.now(datetime.UTC).date()


def test_every_report_tells_of_it(write: Write) -> None:
    line = line_at("https://x.services.ai.azure.com/api/projects/p", None, write, TODAY)
    made = line.plan(line.load(), Listing(()), Options(fail_on_retired_within="60d"), {"gpt-4o": Offer(None, "gpt-4o")})
    said = "gpt-4o (a) ends on 2026-10-01, Microsoft says"
    ends = f"Azure AI Foundry (classic) ends /assistants on 2027-03-31; {models.way_on('')}"
    seen = seen_plan(made.plan)
    assert said in made.text().splitlines()
    assert ends in made.text().splitlines()
    assert f"Refused: --fail-on-retired-within 60d: {said}: choose another model" in made.text()
    markdown = plan_markdown("x", seen)
    assert said in markdown
    assert ends in markdown
    page = "".join(plan_page("x", seen))
    assert f"<li>{said}</li>" in page
    assert "Foundry (classic) ends /assistants on 2027-03-31" in page
    notes = [one for one in plan_annotations(seen) if one.startswith("::notice")]
    assert notes == [f"::notice::{said}", f"::notice::{ends}"]
    assert made.as_data()["ends"]["endpoint"] == {"service": "Azure AI Foundry (classic)", "date": "2027-03-31"}


def test_a_plan_tells_of_it_again_once_it_was_saved(write: Write, cli: Cli) -> None:
    line = line_at("https://x.services.ai.azure.com/api/projects/p", None, write, TODAY)
    made = line.plan(line.load(), Listing(()), Options(fail_on_retired_within="60d"), {"gpt-4o": Offer()})
    made.save("plan.json")
    shown = cli("show", "plan.json").stdout
    assert "no shutdown day known for gpt-4o (a)\n" in shown
    assert "Azure AI Foundry (classic) ends /assistants on 2027-03-31; `assistants migrate " in shown
    assert cli("show", "plan.json", "-o", "json").stdout.strip() == json.dumps(made.as_data(), indent=2)
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    assert data["request"]["fail_on_retired_within"] == "60d"
    del data["ends"], data["request"]["fail_on_retired_within"]  # as an earlier version wrote it
    Path("plan.json").write_text(json.dumps(data), encoding="utf-8")
    assert "no shutdown day" not in cli("show", "plan.json").stdout


# --- over HTTP


def listing(*rows: Any) -> Answer:
    return Answer(body={"object": "list", "data": list(rows), "has_more": False})


def foundry(url: str) -> str:
    return f"environments: {{p: {{endpoint: {{base_url: '{url}', kind: foundry}}}}}}\n"


def soon() -> str:
    return str(utc_today() + datetime.timedelta(30))


MODELS: Mapping[str, tuple[str, Answer, bool, str]] = {
    "the endpoint gives a day": (
        "/v1/models",
        listing({"id": "mystery", "shutdown_date": soon()}),
        True,
        f"mystery (a) ends on {soon()}, the endpoint says",
    ),
    "it gives none": ("/v1/models", listing({"id": "mystery"}), False, "no shutdown day known for mystery (a)\n"),
    "it does not say": ("/v1/models", Answer(404, {}), False, "no shutdown day known for mystery (a): GET http://"),
    "it may not be asked": ("/v1/models", Answer(403, {}), False, "no shutdown day known for mystery (a): GET http://"),
    "it says something else": (
        "/v1/models",
        Answer(body={}),
        False,
        "no shutdown day known for mystery (a): GET http://",
    ),
}


@cases("path answer refused words", MODELS)
def test_an_endpoint_is_asked_only_with_the_option(
    path: str, answer: Answer, refused: bool, words: str, cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write({"assistants/a.yaml": "model: mystery\n"})

    def script(request: Sent) -> Answer:
        if request.method == "POST":
            return Answer(500, {})
        return answer if request.path == path else listing()

    with scripted(script) as server:
        plain = cli("plan", "--base-url", server.url)
        assert [one for one in server.lines if path in one] == []
        guarded = cli("plan", "--base-url", server.url, "--fail-on-retired-within", "5w")
        applied = cli("apply", "--yes", "--base-url", server.url, "--fail-on-retired-within", "5w") if refused else None
        lines = server.lines
    assert (plain.exit_code, "ends on" in plain.stdout) == (0, False)
    assert (guarded.exit_code, words in guarded.stdout) == (4 if refused else 0, True), guarded.output
    assert f"GET {path}" in lines
    assert not [one for one in lines if not one.startswith("GET ")]
    assert applied is None or applied.exit_code == 4


def test_foundry_is_asked_for_its_deployments(cli: Cli, write: Write) -> None:
    """In one environment a guard refuses, in the other it does not: the model behind the name counts, and not the name."""
    rows = [
        {"type": "ModelDeployment", "name": "gpt-5", "modelName": "gpt-4o", "modelVersion": "2024-11-20"},
        {"type": "ModelDeployment", "name": "gpt-4o", "modelName": "Llama", "modelVersion": "1"},
    ]

    def script(request: Sent) -> Answer:
        return Answer(body={"value": rows}) if "/deployments" in request.path else listing()

    with scripted(script) as server:
        write({"assistants/project.yaml": foundry(server.url), "assistants/a.yaml": "model: gpt-5\n"})
        plain = cli("plan", "-e", "p")
        assert [one for one in server.lines if "/deployments" in one] == []
        refused = cli("plan", "-e", "p", "--fail-on-retired-within", "0d", "--out", "plan.json")
        stale = cli("apply", "plan.json", "--yes")
        write({"assistants/a.yaml": "model: gpt-4o\n"})
        let = cli("plan", "-e", "p", "--fail-on-retired-within", "0d")
        writes = [one for one in server.lines if not one.startswith("GET ")]
    way = "Azure AI Foundry (classic) ends /assistants on 2027-03-31; `assistants migrate --from p -e NEW` creates"
    assert way in plain.stdout
    assert refused.exit_code == 4
    assert "Refused: --fail-on-retired-within 0d: gpt-4o 2024-11-20 as gpt-5 (a) ends on 2026-10-01" in refused.stdout
    assert (stale.exit_code, writes) == (4, [])
    assert "Refused: --fail-on-retired-within 0d: gpt-4o 2024-11-20 as gpt-5 (a)" in stale.stdout
    assert (let.exit_code, "no shutdown day known for gpt-4o (a)" in let.stdout) == (0, True)


def test_azure_openai_names_deployments_in_its_own_shape() -> None:
    answer = {"object": "list", "data": [{"id": "team", "model": "gpt-35-turbo", "status": "succeeded"}]}
    assert _rows(answer) == [("team", Offer(None, "gpt-35-turbo"))]
    assert KINDS["azure"].models == "/deployments"


def test_from_python(write: Write) -> None:
    write({"assistants/project.yaml": "project: p\n", "assistants/a.yaml": "model: gpt-4o\n"})

    def script(request: Sent) -> Answer:
        models = request.path == "/v1/models"
        return listing({"id": "gpt-4o", "shutdown_date": soon()}) if models else listing()

    with scripted(script) as server:
        project = Project.open("assistants", base_url=server.url)
        made = project.plan(fail_on_retired_within="60d")
        assert made.refusals[0].startswith(
            f"--fail-on-retired-within 60d: gpt-4o (a) ends on {soon()}, the endpoint says"
        )
        assert project.plan(fail_on_retired_within="8d").refusals == ()
        assert project.plan().plan.ends == Ends()
    assert made.plan.ends.models == (ModelEnd("gpt-4o", ("a",), day(soon()), "endpoint"),)


def test_what_is_switched_off_is_made_elsewhere_from_what_was_saved() -> None:
    check = judged(Remote("https://api.openai.com/v1"), NO_ANSWER)["retirement"]
    assert check.verdict is FAILED
    assert "`assistants migrate SAVED.json -e NEW`" in check.advice
