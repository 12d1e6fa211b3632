"""The kind of an endpoint: how it is known, what is judged offline by it, and the sentence for each way in which Foundry refuses."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.cli import main
from assistants_tool.embedded import foundry
from assistants_tool.embedded.manners import MANNERS
from assistants_tool.embedded.requests import Modify
from assistants_tool.endpoint.failures import cut
from assistants_tool.errors import DefinitionError, UsageError
from assistants_tool.project import settings
from assistants_tool.project.kinds import AZURE, FOUNDRY, KINDS, OPENAI, Kind, kind_of
from assistants_tool.project.projectfile import read_project
from assistants_tool.project.target import Choice, Embedded, Key, Remote, choose_target, where_it_chats
from tests.conftest import Cli, Write
from tests.servers import Answer, scripted
from tests.tables import cases

CLASSIC = "https://acme.services.ai.azure.com/api/projects/bots"
V1 = {"api-version": "v1"}


@cases(
    "url kind",
    {
        "Foundry": (CLASSIC, FOUNDRY),
        "Foundry in capitals": (CLASSIC.replace("acme.services", "ACME.Services"), FOUNDRY),
        "Azure OpenAI": ("https://acme.openai.azure.com/openai", AZURE),
        "the same by its older name": ("https://acme.cognitiveservices.azure.com/openai", AZURE),
        "OpenAI": ("https://api.openai.com/v1", OPENAI),
        "one of one's own": ("http://127.0.0.1:8080/v1", OPENAI),
        "a host that ends alike": ("https://notservices.ai.azure.com.example/v1", OPENAI),
    },
)
def test_a_host_tells_the_kind(url: str, kind: Kind) -> None:
    assert kind_of(url) is kind
    assert Remote(url).kind is kind


def test_project_yaml_may_name_each_kind_and_the_embedded_endpoint_each_that_it_plays() -> None:
    hints = typing.get_type_hints
    assert set(typing.get_args(typing.get_args(hints(settings.EndpointSettings)["kind"])[0])) == set(KINDS)
    played = {name for name, one in KINDS.items() if one.rehearsed}
    assert set(typing.get_args(typing.get_args(hints(settings.EmbeddedSettings)["kind"])[0])) == played == set(MANNERS)


def test_the_table_says_what_the_embedded_endpoint_takes_as_foundry() -> None:
    assert FOUNDRY.rehearsed
    assert set(FOUNDRY.rehearsed.tools or ()) == set(foundry.TOOLS)
    assert set(FOUNDRY.rehearsed.resources or ()) == {*foundry.Modify().tool_resources.__class__.model_fields}
    assert set(FOUNDRY.rehearsed.without) == Modify.model_fields.keys() - foundry.Modify.model_fields.keys()
    (choice,) = [one.type for one in main.commands["serve"].params if one.name == "kind"]
    assert set(getattr(choice, "choices", ())) == set(MANNERS)
    assert [FOUNDRY.path, OPENAI.path] == ["/api/projects/local", MANNERS["openai"].root]


# --- the target

ENDPOINTS = {
    "short": "embedded",
    "embedded": "{embedded: true}",
    "rehearsal": "{embedded: true, kind: foundry}",
    "named": "{base_url: 'http://gateway.example/x', kind: foundry, api_key: {azure: default}}",
    "hosted": f"{{base_url: '{CLASSIC}', query: {{api-version: '2025-05-01'}}}}",
    "unnamed": f"{{base_url: '{CLASSIC}', api_key: {{azure: default}}}}",
}
PROJECT = "project: acme\nenvironments:\n" + "".join(
    f"  {name}: {{endpoint: {one}}}\n" for name, one in ENDPOINTS.items()
)
SCOPE = Key(scope="https://ai.azure.com/.default")


@cases(
    "choice endpoint",
    {
        "embedded": (Choice("short"), Embedded.of(Path("/r"))),
        "embedded, as a mapping": (Choice("embedded"), Embedded.of(Path("/r"))),
        "a rehearsal": (Choice("rehearsal"), Embedded.of(Path("/r"), FOUNDRY)),
        "--embedded keeps the kind": (Choice("hosted", embedded=True), Embedded.of(Path("/r"), FOUNDRY)),
        "--embedded keeps the kind that is named": (Choice("named", embedded=True), Embedded.of(Path("/r"), FOUNDRY)),
        "named": (Choice("named"), Remote("http://gateway.example/x", SCOPE, V1, named=FOUNDRY)),
        "its own api-version": (Choice("hosted"), Remote(CLASSIC, None, {"api-version": "2025-05-01"})),
        "known by its host": (Choice("unnamed"), Remote(CLASSIC, SCOPE, V1)),
        "--base-url": (Choice("short", CLASSIC), Remote(CLASSIC, None, V1, ambient=True)),
    },
)
def test_the_target_is_of_the_kind(write: Write, choice: Choice, endpoint: Embedded | Remote) -> None:
    project = read_project(write({"project.yaml": PROJECT}) / "project.yaml", Path.cwd())
    found = choose_target(project, choice, {}).endpoint
    assert found.kind is endpoint.kind
    if isinstance(endpoint, Embedded):
        assert isinstance(found, Embedded)
        assert (found.database.name, found.base_url, found.query) == (
            endpoint.database.name,
            endpoint.base_url,
            endpoint.query,
        )
    else:
        assert found == endpoint


def test_each_kind_has_a_database_of_its_own_and_a_name_in_what_is_kept(write: Write) -> None:
    project = read_project(write({"project.yaml": PROJECT}) / "project.yaml", Path.cwd())
    found = [choose_target(project, Choice(name), {}).as_data()["endpoint"] for name in ("short", "rehearsal")]
    assert found == ["embedded", "embedded-foundry"]


@cases(
    "endpoint chats",
    {
        "Foundry": (Remote(CLASSIC, SCOPE, {**V1, "x": "y"}), "https://acme.services.ai.azure.com/openai/v1"),
        "named": (Remote("http://127.0.0.1:1/a/b", query=V1, named=FOUNDRY), "http://127.0.0.1:1/openai/v1"),
        "the rehearsal": (Embedded.of(Path("/r"), FOUNDRY), "http://embedded/openai/v1"),
        "others": (Remote("http://127.0.0.1:1/v1", query={"x": "y"}), "http://127.0.0.1:1/v1"),
    },
)
def test_chat_goes_to_the_resource_without_api_version(endpoint: Embedded | Remote, chats: str) -> None:
    found = where_it_chats(endpoint)
    assert found.base_url == chats
    assert "api-version" not in found.query
    assert found.query.get("x") == endpoint.query.get("x")
    assert isinstance(found, Embedded) or found.key == getattr(endpoint, "key", None)


@cases(
    "endpoint problem",
    {
        "the new clients' address": (
            f"{{base_url: '{CLASSIC}/openai/v1'}}",
            (
                "that is the address of Foundry's new clients, or of one operation; assistants are at "
                f"{CLASSIC}: put that into base_url"
            ),
        ),
        "the same without the version": (f"{{base_url: '{CLASSIC}/openai/'}}", f"assistants are at {CLASSIC}:"),
        "of one operation": (f"{{base_url: '{CLASSIC}/assistants'}}", f"assistants are at {CLASSIC}:"),
        "a kind that is none": (
            "{base_url: 'http://x', kind: foundri}",
            "kind is 'foundri'; it has to be 'openai', 'azure' or 'foundry'",
        ),
        "a kind that is not played": ("{embedded: true, kind: azure}", "kind is 'azure'"),
        "embedded, but not": ("{embedded: false}", "embedded is False"),
        "embedded and a key": ("{embedded: true, api_key: {env: X}}", "unknown field 'api_key'"),
        "a token for nobody knows what": (
            "{base_url: 'http://x', api_key: {azure: default}}",
            "only Foundry and Azure are known to accept Azure tokens; add `kind: foundry`",
        ),
        "a key of another kind": (f"{{base_url: '{CLASSIC}', api_key: {{azure: mine}}}}", "azure"),
    },
)
def test_what_an_endpoint_cannot_be(write: Write, endpoint: str, problem: str) -> None:
    write({"project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n"})
    with pytest.raises(DefinitionError) as caught:
        read_project(Path.cwd() / "project.yaml", Path.cwd())
    (found,) = caught.value.problems
    assert problem in found.message
    assert found.column > len("environments: {p: {endpoint: ")


def test_the_new_clients_address_is_named_on_the_command_line_too() -> None:
    from tests.test_project import NONE  # noqa: PLC0415

    with pytest.raises(UsageError, match=f"^--base-url: that is the address of .* at {CLASSIC}: put"):
        choose_target(NONE, Choice(None, f"{CLASSIC}/openai/v1"), {})


# --- judged offline

MODEL = "text-embedding-team-chat"
RANKED = "{type: file_search, file_search: {ranking_options: {ranker: ours, score_threshold: 0}}}"
TOOLS = (
    f"model: {MODEL}\ntools: [{{type: mcp, server_label: a, server_url: 'https://x'}}, {RANKED}]\ntemperature: 0.2\n"
)


@cases(
    "endpoint words problems",
    {
        "Foundry": (f"{{base_url: '{CLASSIC}'}}", [], []),
        "the rehearsal": ("{embedded: true, kind: foundry}", [], []),
        "Foundry, rehearsed": (f"{{base_url: '{CLASSIC}'}}", ["--embedded"], []),
        "Azure": ("{base_url: 'https://a.openai.azure.com/openai'}", [], ["ranker"]),
        "elsewhere": ("{base_url: 'http://127.0.0.1:9/v1'}", [], ["model", "ranker"]),
        "the embedded one": ("embedded", [], ["model", "ranker", "mcp"]),
        "for another": ("embedded", ["--base-url", CLASSIC], []),
    },
)
def test_what_is_judged_offline_is_the_kinds(
    cli: Cli, write: Write, endpoint: str, words: list[str], problems: list[str]
) -> None:
    write({"a/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n", "a/a.yaml": TOOLS})
    said = cli("validate", "a", *words).stderr
    shown = {"model": f"the model '{MODEL}'", "ranker": "ranker is 'ours'", "mcp": "refuses tools of the type 'mcp'"}
    assert [one for one, text in shown.items() if text in said] == problems, said


def test_a_reasoning_effort_is_not_foundrys(cli: Cli, write: Write) -> None:
    write({"a/project.yaml": f"environments: {{p: {{endpoint: {{base_url: '{CLASSIC}'}}}}}}\n"})
    write({"a/a.yaml": "model: o1\nreasoning_effort: low\ntemperature: 0.5\n"})
    assert cli("validate", "a").stderr.splitlines() == [
        "a/a.yaml:2:1: warning: reasoning_effort: Azure AI Foundry (classic) has no such member; remove it"
    ]


def test_every_command_judges_by_the_kind(cli: Cli, write: Write) -> None:
    """Also those that only look a definition up."""
    write(
        {
            "assistants/project.yaml": "default_environment: p\nenvironments: {p: {endpoint: {embedded: true, kind: foundry}}}\n"
        }
    )
    write({"assistants/a.yaml": f"model: {MODEL}\n"})
    for words in (
        ("plan",),
        ("apply", "--yes"),
        ("chat", "a", "Hello"),
        ("models",),
        ("doctor",),
        ("delete", "a", "--yes"),
        ("restore", "--yes"),
    ):
        ran = cli(*words)
        assert ran.exit_code == 0, (words, ran.stdout, ran.stderr)


# --- words

LINK = "https://aka.ms/FoundryPermissions"
LACKS = (
    "The principal `9d1f0c5e-0000-4000-8000-1234567890ab` lacks the required data action "
    "`Microsoft.CognitiveServices/accounts/AIServices/agents/read` to perform `GET /api/projects/{projectName}/assistants` operation. "
    f"For instructions on granting the necessary permissions, see {LINK}."
)
AUDIENCE = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect (https://ai.azure.com), or have expired."
)


def coded(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


REFUSALS: dict[str, tuple[int, Any, tuple[str, ...]]] = {
    "a role": (
        401,
        coded(LACKS, "PermissionDenied"),
        ("agents/read", LINK, "the key is good", "the role Foundry User (formerly Azure AI User)"),
    ),
    "a role, by words": (403, coded("Principal does not have access to API/Operation."), ("the role Foundry User",)),
    "the audience": (
        401,
        {"statusCode": 401, "message": AUDIENCE},
        ("; the token is", "--scope https://ai.azure.com/.default`"),
    ),
    "a key of the resource": (
        401,
        coded("Access denied due to invalid subscription key or wrong API endpoint.", "401"),
        ("a key of the resource does not work",),
    ),
    "another 401": (401, coded("No."), ("401 No; the key in the variable 'KEY' was refused: check it",)),
    "no api-version": (
        400,
        coded("Missing required query parameter: api-version", "BadRequest"),
        ("query: {api-version: v1}",),
    ),
    "another api-version": (
        400,
        coded("Unsupported api version '2'. The supported versions are 'v1'", "UnsupportedApiVersionValue"),
        ("query: {api-version: v1}",),
    ),
    "a private endpoint": (
        403,
        coded("Public access is disabled. Please configure private endpoint.", "403"),
        ("requests from its own network only", "run this there"),
    ),
    "a firewall": (403, coded("Access denied due to Virtual Network/Firewall rules."), ("under Networking",)),
    "no project": (
        404,
        {"error": {"message": "The project does not exist."}},
        (
            "404 The project does not exist; base_url has to be https://RESOURCE.services.ai.azure.com/api/projects/PROJECT",
        ),
    ),
    "no such path": (404, coded("Resource not found", "404"), ("404 Resource not found; base_url has to be",)),
    "a bare 404": (404, None, ("; the address of classic agents is https://RESOURCE.services",)),
}


@cases("status body words", REFUSALS)
@pytest.mark.usefixtures("impatient")
def test_each_way_of_refusing_has_its_sentence(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, status: int, body: Any, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("KEY", "planted-0123456789")
    with scripted(lambda _: Answer(status, body)) as server:
        url = server.url.removesuffix("/v1")
        endpoint = f"{{base_url: '{url}/api/projects/p', kind: foundry, api_key: {{env: KEY}}}}"
        write(
            {
                "assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n",
                "assistants/a.yaml": "model: m\n",
            }
        )
        ran = cli("plan", "-e", "p")
    assert ran.exit_code == 1
    assert server.lines == ["GET /api/projects/p/assistants?api-version=v1&limit=100&order=asc"]
    for one in words:
        assert one in ran.stderr, ran.stderr
    assert "often ends in /v1" not in ran.stderr
    assert "openai-beta" not in server.requests[0].headers


WRITES: dict[str, tuple[Any, str]] = {
    "a model that is not deployed": (
        coded("The requested deployment 'm' (resource 'r') cannot be used with this API."),
        "; `assistants models` lists the deployments there",
    ),
    "the same by its code": (coded("No.", "DeploymentNotFound"), "write the name of one as the model"),
    "a basic set-up": (
        coded("Invalid tool value(s): azure_function. Supported values are: openapi."),
        "a project with the basic set-up of agents has no such tool",
    ),
}


@cases("body words", WRITES)
@pytest.mark.usefixtures("impatient")
def test_a_create_that_is_refused_has_its_sentence(cli: Cli, write: Write, body: Any, words: str) -> None:
    empty = Answer(body={"data": [], "has_more": False})
    with scripted(lambda request: empty if request.method == "GET" else Answer(400, body)) as server:
        endpoint = f"{{base_url: '{server.url}', kind: foundry}}"
        write(
            {
                "assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n",
                "assistants/a.yaml": "model: m\n",
            }
        )
        ran = cli("apply", "-e", "p", "--yes")
    assert ran.exit_code == 1
    assert words in ran.stdout


@pytest.mark.usefixtures("impatient")
def test_without_a_key_that_is_what_is_said(cli: Cli, write: Write) -> None:
    with scripted(lambda _: Answer(401, {"statusCode": 401, "message": AUDIENCE})) as server:
        endpoint = f"{{base_url: '{server.url}', kind: foundry}}"
        write({"assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n"})
        assert "no key was sent" in cli("list", "-e", "p").stderr


@cases(
    "text most expected",
    {
        "short": ("a b c", 5, "a b c"),
        "at a word": ("one two three four five six", 20, "one two three..."),
        "a link that is cut": (
            "see this and https://x.example/a/long/one for more",
            25,
            "see this and... https://x.example/a/long/one",
        ),
        "a link behind": ("one two three four five https://x.example/y.", 20, "one two three... https://x.example/y."),
        "the first of two": ("one two three four https://a https://b", 20, "one two three... https://a"),
        "a link in front": ("https://x.example/y one two three four", 30, "https://x.example/y one two..."),
        "one long word": ("x" * 40, 20, "x" * 17 + "..."),
        "no link without end": (f"one two three four https://{'x' * 400}", 20, "one two three..."),
    },
)
def test_a_message_is_cut_behind_a_word_and_no_link_is(text: str, most: int, expected: str) -> None:
    assert cut(text, most) == expected


@pytest.mark.usefixtures("impatient")
def test_doctor_names_what_was_refused(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "planted-0123456789")
    with scripted(lambda _: Answer(401, coded(LACKS, "PermissionDenied"))) as server:
        endpoint = f"{{base_url: '{server.url}', kind: foundry, api_key: {{env: KEY}}}}"
        write({"assistants/project.yaml": f"environments: {{p: {{endpoint: {endpoint}}}}}\n"})
        ran = cli("doctor", "-e", "p")
    assert ran.exit_code == 1
    said = ran.stdout.splitlines()
    (role,) = [number for number, line in enumerate(said) if line.startswith("failed   role ")]
    assert LINK in said[role]
    assert said[role + 1].strip().startswith("-> the key is good, but its owner has no role")
