"""`models`: what is known of a model, what is shown of it, and what is asked of servers that answer in their own ways."""

from __future__ import annotations

import datetime
import json
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import yaml
from openai.types import AudioModel, EmbeddingModel, ImageModel, ModerationModel
from openai.types.audio import SpeechModel
from openai.types.beta import assistant_update_params
from openai.types.completion_create_params import CompletionCreateParamsBase
from openai.types.fine_tuning import job_create_params
from openai.types.realtime import RealtimeSessionCreateRequest
from openai.types.shared import ChatModel

from assistants_tool import models
from assistants_tool.asking.catalogue import Entry, catalogue
from assistants_tool.asking.prices import Price, price
from assistants_tool.objects.endpoint import Offer
from assistants_tool.report.catalogue import catalogue_table
from assistants_tool.report.columns import columns_of
from tests.builders import wanted
from tests.conftest import Cli, Write
from tests.servers import Answer, Request, Script, scripted
from tests.tables import cases

DAY = datetime.date(2027, 3, 1)

# --- what is known


def literals(annotation: Any) -> set[str]:
    """All names in a type, however deep."""
    parts = typing.get_args(annotation)
    return {name for one in parts for name in ({one} if isinstance(one, str) else literals(one))}


def of_member(shape: type, name: str) -> set[str]:
    return literals(typing.get_type_hints(shape)[name])


# Of these the SDK says more, or less, than that they serve what the list is for.
EXCEPTIONS = {"gpt-5.1-mini", "gpt-audio-1.5", "dall-e-3"}


@cases(
    "endpoint names",
    {
        "chat": (models.CHAT, literals(ChatModel)),
        "assistants": (models.ASSISTANTS, of_member(assistant_update_params.AssistantUpdateParams, "model")),
        "transcriptions": (models.TRANSCRIPTIONS, literals(AudioModel)),
        "translations": (models.TRANSLATIONS, {"whisper-1"}),
        "speech": (models.SPEECH, literals(SpeechModel)),
        "images": (models.IMAGES, literals(ImageModel)),
        "image edits": (models.IMAGE_EDITS, literals(ImageModel)),
        "embeddings": (models.EMBEDDINGS, literals(EmbeddingModel)),
        "moderations": (models.MODERATIONS, literals(ModerationModel)),
        "completions": (models.COMPLETIONS, of_member(CompletionCreateParamsBase, "model")),
        "fine-tuning": (models.FINE_TUNING, of_member(job_create_params.JobCreateParams, "model")),
        "realtime": (models.REALTIME, literals(RealtimeSessionCreateRequest.model_fields["model"].annotation)),
    },
)
def test_the_table_knows_what_the_sdk_names(endpoint: str, names: set[str]) -> None:
    assert names
    assert [one for one in sorted(names - EXCEPTIONS) if endpoint not in models.endpoints(one)] == []


@pytest.mark.parametrize(
    "model", ["", "mystery", "GPT-4o", "openai/gpt-4o", "ft:gpt-4o:acme::x", "gpt-5.5-pro", "o1-pro"]
)
def test_of_others_nothing_is_claimed(model: str) -> None:
    assert models.endpoints(model) == ()
    assert models.unfit_for_assistants(model) == ()


@cases(
    "model base_url found",
    {
        "by name": ("gpt-4o", None, Price("openai", Decimal("2.5"), Decimal(10))),
        "an address that says nothing": (
            "gpt-4o",
            "http://127.0.0.1:1/v1",
            Price("openai", Decimal("2.5"), Decimal(10)),
        ),
        "the service's own": (
            "gpt-4o",
            "https://x.openai.azure.com/openai/v1",
            Price("azure", Decimal("2.5"), Decimal(10)),
        ),
        "its first tier": ("gpt-5.5", None, Price("openai", Decimal(5), Decimal(30))),
        "input alone": ("text-embedding-3-small", None, Price("openai", Decimal("0.02"), None)),
        "by the hour, not by tokens": ("whisper-1", None, None),
        "unknown": ("mystery", "https://api.openai.com/v1", None),
        "odd": ("\ud800\n", None, None),
    },
)
def test_prices(model: str, base_url: str | None, found: Price | None) -> None:
    assert price(model, base_url) == found


# --- what is made of it


def test_what_is_listed_and_what_is_wanted() -> None:
    definitions = (
        wanted("b", model="gpt-4o"),
        wanted("a", model="gpt-4o", variables={("model",): "M"}),
        wanted("c", model="theirs"),
        wanted("d", model="hidden", variables={("model",): "M"}),
    )
    found = catalogue({"gpt-4o": Offer(), "gpt-4": Offer(DAY)}, definitions, {"gpt-4": Price("p", None, None)}.get)
    openai = datetime.date(2027, 1, 14)
    chat = (models.CHAT, models.ASSISTANTS)
    assert found == (
        Entry("env:M", False, (), None, None, None, ("d",)),
        Entry("gpt-4", True, chat, DAY, "endpoint", Price("p", None, None)),
        Entry("gpt-4o", True, chat, openai, "openai", None, ("b", "a")),
        Entry("theirs", False, (), None, None, None, ("c",)),
    )


ENTRIES = (
    Entry(
        "gpt-4o-mini-2024-07-18",
        True,
        (models.CHAT, models.ASSISTANTS),
        DAY,
        "endpoint",
        Price("openai", Decimal("0.150"), None),
    ),
    Entry("theirs", False, (), None, None, None, ("support", "tutor")),
    Entry("whisper-1", True, models.endpoints("whisper-1"), DAY, "openai", Price("x", Decimal(100), Decimal("0.6"))),
)


def test_a_table() -> None:
    assert catalogue_table(ENTRIES).split("\n") == [
        "MODEL                   LISTED  ENDPOINTS                     SHUTDOWN      $/M IN  $/M OUT  USED BY",
        "gpt-4o-mini-2024-07-18          chat, assistants              2027-03-01    0.15",
        "theirs                  no      unknown                                                      support, tutor",
        "whisper-1                       transcriptions, translations  (2027-03-01)  100     0.6",
    ]


def test_columns_that_say_nothing_are_left_out() -> None:
    assert catalogue_table([Entry("m", True, (), None, None, None)]) == "MODEL  ENDPOINTS\nm      unknown"
    assert catalogue_table([]) == ""


@pytest.mark.parametrize("width", [90, 100])
def test_a_table_fits_and_cuts_no_id(width: int) -> None:
    lines = catalogue_table(ENTRIES, width).split("\n")
    assert max(map(columns_of, lines)) <= width
    assert lines[1].startswith("gpt-4o-mini-2024-07-18 ")
    assert "..." in lines[3]


# --- the command


def listing(*rows: Any) -> Answer:
    return Answer(body={"object": "list", "data": list(rows)})


def serving(answer: Answer) -> Script:
    return lambda request: answer if request.path == "/v1/models" else Answer(404, {})


DEPLOYMENTS = [
    {"type": "ModelDeployment", "name": "team", "modelName": "gpt-4.1", "modelPublisher": "OpenAI"},
    {"type": "ModelDeployment", "name": "gpt-4", "modelName": "Llama", "modelPublisher": "Meta"},
]


def test_where_models_are_deployments_those_are_listed(cli: Cli, write: Write) -> None:
    """Over two pages. The second is asked for where the first was, whatever host the link names: it would be given the key."""

    def script(request: Request) -> Answer:
        if request.path == "/v1/deployments?api-version=v1":
            return Answer(
                body={"value": DEPLOYMENTS[:1], "nextLink": "https://elsewhere.example/x?api-version=v1&skip=1"}
            )
        return Answer(body={"value": DEPLOYMENTS[1:], "nextLink": None})

    with scripted(script) as server:
        endpoint = f"{{base_url: '{server.url}', kind: foundry}}"
        write({"assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n"})
        write({"assistants/a.yaml": "model: team\n", "assistants/b.yaml": "model: gpt-4o\n"})
        table, as_json = cli("models", "-e", "p"), cli("models", "-e", "p", "-o", "json")
    assert server.lines == ["GET /v1/deployments?api-version=v1", "GET /v1/deployments?api-version=v1&skip=1"] * 2
    assert table.stdout.splitlines() == [
        "MODEL   DEPLOYMENT OF  LISTED  ENDPOINTS         SHUTDOWN    $/M IN  $/M OUT  USED BY",
        "gpt-4   Llama                  unknown",
        "gpt-4o                 no      unknown                                        b",
        "team    gpt-4.1                chat, assistants  2026-10-14  2       8        a",
    ]
    assert [one["deployment_of"] for one in json.loads(as_json.stdout)] == ["Llama", None, "gpt-4.1"]


def test_a_list_of_deployments_without_end_is_given_up(cli: Cli, write: Write) -> None:
    with scripted(lambda _: Answer(body={"value": [], "nextLink": "?skip=1"})) as server:
        endpoint = f"{{base_url: '{server.url}', kind: foundry}}"
        write({"assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n"})
        ran = cli("models", "-e", "p")
    assert (ran.exit_code, "goes on after 100 pages" in ran.stderr) == (1, True)


def test_what_an_endpoint_serves(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: mystery\n", "assistants/b.yaml": "model: theirs\n"})
    answer = listing({"id": "mystery", "shutdown_date": "2027-03-01"}, {"id": "gpt-4.1"})
    with scripted(serving(answer)) as server:
        run = [
            cli("models", "--base-url", server.url, "-o", form) for form in ("table", "json", "yaml", "id", "markdown")
        ]
    assert server.lines == ["GET /v1/models"] * 5
    assert {(one.exit_code, one.stderr) for one in run} == {(0, "")}
    table, as_json, as_yaml, ids, markdown = (one.stdout for one in run)
    assert table.splitlines() == [
        "MODEL    LISTED  ENDPOINTS         SHUTDOWN      $/M IN  $/M OUT  USED BY",
        "gpt-4.1          chat, assistants  (2027-01-14)  2       8",
        "mystery          unknown           2027-03-01                     a",
        "theirs   no      unknown                                          b",
    ]
    data = json.loads(as_json)
    assert yaml.safe_load(as_yaml) == data
    assert data[0] == {
        "id": "gpt-4.1",
        "deployment_of": None,
        "listed": True,
        "endpoints": ["/v1/chat/completions", "/v1/assistants"],
        "shutdown_date": "2027-01-14",
        "shutdown_source": "openai",
        "price": {"provider": "openai", "input": 2.0, "output": 8.0},
        "definitions": [],
    }
    assert data[2] | {"id": "", "definitions": []} == {
        "id": "",
        "deployment_of": None,
        "listed": False,
        "endpoints": [],
        "shutdown_date": None,
        "shutdown_source": None,
        "price": None,
        "definitions": [],
    }
    assert ids == "gpt-4.1\nmystery\n"
    assert "| `theirs`  | `no`" in markdown


FAILING: Mapping[str, tuple[Answer, str]] = {
    "no such path": (Answer(404, {"detail": "Not Found"}), "does not say which models it serves: GET http://"),
    "no such verb": (Answer(405, {"detail": "no"}), "does not say which models it serves: GET http://"),
    "the key": (Answer(401, {"error": {"message": "no"}}), "401 no; no key was sent, as none is named"),
    "a page": (Answer(body=b"<html>"), "answered text/html instead of JSON"),
    "something else": (Answer(body={}), "answered something that is not a list of models"),
    "rows that are none": (listing("gpt-4o"), "answered something that is not a list of models"),
}


@cases("answer words", FAILING)
def test_an_endpoint_that_does_not_say(cli: Cli, answer: Answer, words: str) -> None:
    with scripted(serving(answer)) as server:
        run = cli("models", "--base-url", server.url, "-o", "json")
    assert (run.exit_code, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert words in run.stderr


@cases("answer", {"an empty list": listing(), "null": Answer(body={"data": None}), "a bare list": Answer(body=[])})
def test_an_endpoint_that_serves_none(cli: Cli, answer: Answer) -> None:
    with scripted(serving(answer)) as server:
        run = cli("models", "--base-url", server.url)
    assert (run.exit_code, run.stdout, run.stderr) == (0, "", "No models.\n")


def test_the_embedded_endpoint_lists_what_assistants_can_use_and_takes_more(cli: Cli, write: Write) -> None:
    bare = cli("models", "--embedded", "-o", "json")
    listed = json.loads(bare.stdout)
    assert {one["id"] for one in listed} == set(models.ASSISTANT_MODELS)
    assert all(one["listed"] and models.ASSISTANTS in one["endpoints"] for one in listed)
    assert bare.stderr == ""
    write({"assistants/a.yaml": "model: my-own\n", "assistants/b.yaml": "model: gpt-4o\n"})
    run = cli("models", "--embedded", "--name", "MY*")
    assert run.stdout == "MODEL   LISTED  ENDPOINTS  USED BY\nmy-own  no      unknown    a\n"
    assert run.stderr == "The embedded endpoint takes any model that is not known to be unfit, and runs none.\n"
    assert cli("models", "--embedded", "--name", "gpt-4o").stderr == ""
    assert cli("models", "--embedded", "--name", "nix").stderr == "No models.\n"


def test_definitions_that_are_not_sound_are_told_of_after_the_list(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "modle: gpt-4o\n"})
    run = cli("models", "--embedded", "-o", "id", "--name", "o1")
    assert (run.exit_code, run.stdout) == (1, "o1\n")
    assert "assistants/a.yaml:1:1: unknown field 'modle'" in run.stderr
    assert cli("models", "--embedded", "-f", "nix").exit_code == 1


def test_a_model_from_a_variable_is_not_told(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "planted-model")
    write({"assistants/a.yaml": "model: {env: PLANTED}\n"})
    run = cli("models", "--embedded")
    assert "planted" not in run.output + run.stderr
    assert "\nenv:PLANTED" in run.stdout


def test_what_a_server_says_cannot_act(cli: Cli) -> None:
    evil = listing({"id": "a\x1b[2J\nok `x` | <b>"})
    with scripted(serving(evil)) as server:
        for form in ("table", "json", "yaml", "id", "markdown"):
            run = cli("models", "--base-url", server.url, "-o", form)
            assert run.exit_code == 0
            assert "\x1b" not in run.stdout
            assert not any(line.startswith("ok") for line in run.stdout.splitlines())
