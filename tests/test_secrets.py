"""Planted keys and values never come out: on stdout or stderr, with -v, in a plan, a backup or an error, or at another host."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from tests.conftest import Cli, Write
from tests.fakes import Object
from tests.servers import Answer, Request, Script, scripted
from tests.tables import cases

KEY = "sk-planted-key-0123456789"
TOKEN = "planted-token-0123456789"  # noqa: S105 - planted, to be looked for
PASS = "planted/pass+0123456789"  # noqa: S105 - likewise; an address spells it in another way
NAME, STORE, TEAM = "planted-name-1", "vs_planted_2", "planted team <3>"
KEYS = (KEY, TOKEN, PASS)
VALUES = (NAME, STORE, TEAM)
DEFINITION = """\
model: gpt-4o
name: {env: BOT_NAME}
description: plain
tools: [{type: file_search}]
tool_resources: {file_search: {vector_store_ids: [{env: STORE}]}}
metadata: {team: {env: TEAM}}
"""
PROJECT = """\
project: acme
default_environment: production
environments:
  production:
    endpoint:
      base_url: URL
      api_key: SOURCE
      headers: {X-Token: {env: TENANT_TOKEN}}
      query: {subscription-key: {env: SUBSCRIPTION}}
"""


pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"BOT_NAME": NAME, "STORE": STORE, "TEAM": TEAM, "MY_KEY": KEY, "SUBSCRIPTION": PASS}
    variables["TENANT_TOKEN"] = f"Bearer {TOKEN}"
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def lay_out(write: Write, url: str, source: str = "{env: MY_KEY}") -> None:
    project = PROJECT.replace("URL", url).replace("SOURCE", source)
    write({"assistants/project.yaml": project, "assistants/a.yaml": DEFINITION})


class Server:
    """Keeps assistants, until it is told to answer something else."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.instead: Script | None = None
        self.only: Sequence[str] = ("GET", "POST", "DELETE")

    def __call__(self, request: Request) -> Answer:
        if self.instead and request.method in self.only:
            return self.instead(request)
        assistant_id = request.path.partition("/assistants/")[2].partition("?")[0]
        if request.method == "POST":
            assistant_id = assistant_id or f"asst_{len(self.objects) + 1}"
            self.objects[assistant_id] = {
                "id": assistant_id,
                "created_at": 1,
                **self.objects.get(assistant_id, {}),
                **request.body,
            }
        if request.method == "DELETE":
            self.objects.pop(assistant_id)
            return Answer(body={"id": assistant_id, "deleted": True})
        if not assistant_id:
            return Answer(body={"data": list(self.objects.values()), "has_more": False})
        return Answer(200, self.objects[assistant_id]) if assistant_id in self.objects else Answer(404, {"error": "no"})


def leaks(cli: Cli, *commands: str, planted: Sequence[str] = (*KEYS, *VALUES)) -> list[str]:
    """What of the planted stands in the output of commands, or in a file that they left. A backup holds values, and no key."""
    found = []
    for words in commands:
        ran = cli(*words.split(), "-v", "--timeout", "5")
        assert "fault of the tool" not in ran.output
        found += [f"{words}: {one}" for one in planted if one in ran.stdout + ran.stderr]
    files = (one for one in Path.cwd().rglob("*") if one.is_file() and not one.name.startswith("embedded.db"))
    return found + [
        f"{file}: {one}"
        for file in files
        for one in (KEYS if "backups" in file.parts else planted)
        if one in file.read_text(encoding="utf-8", errors="replace")
    ]


def test_the_whole_line_says_no_key_and_no_value(cli: Cli, write: Write) -> None:
    """Created, changed by hand, updated, backed up, restored, deleted."""
    server = Server()
    with scripted(server) as running:
        lay_out(write, running.url)
        assert leaks(cli, "validate", "plan", "apply --yes", "plan", "apply --yes") == []
        (made,) = server.objects.values()
        assert (made["name"], made["metadata"]["team"]) == (NAME, TEAM)
        made["description"], made["metadata"]["team"] = "by hand", "other"
        made["tool_resources"] = {"file_search": {"vector_store_ids": ["vs_other", STORE]}}
        assert leaks(cli, "plan", "apply --yes", "restore --yes", "apply --yes") == []
        assert any(TEAM in one.read_text(encoding="utf-8") for one in Path(".assistants/backups").rglob("*.json"))
        assert leaks(cli, "delete a --yes", "restore --yes") == []
    assert {one.headers["authorization"] for one in running.requests} == {f"Bearer {KEY}"}
    assert {one.headers["x-token"] for one in running.requests} == {f"Bearer {TOKEN}"}
    assert {dict(parse_qsl(urlsplit(one.path).query))["subscription-key"] for one in running.requests} == {PASS}


def test_list_and_show_print_what_the_endpoint_holds_and_no_key(cli: Cli, write: Write) -> None:
    with scripted(Server()) as running:
        lay_out(write, running.url)
        assert cli("apply", "--yes").exit_code == 0
        commands = [f"{one} -o {how}" for one in ("list", "show a") for how in ("table", "wide", "json", "yaml")]
        assert leaks(cli, *commands, planted=KEYS) == []
        assert NAME in cli("show", "a").stdout


# --- a server that repeats what it was sent


def echo(request: Request) -> str:
    return f"you sent {dict(request.headers)} to {request.path} and {json.dumps(request.body)}"


def spread(request: Request) -> Any:
    """The same, in the shape of a framework's list of faults."""
    return {"detail": [{"msg": "wrong", "input": request.body, "headers": dict(request.headers), "url": request.path}]}


ECHOES: dict[str, Callable[[Request], Answer]] = {
    "401": lambda one: Answer(401, {"error": {"message": f"Incorrect API key provided: {KEY}. {echo(one)}"}}),
    "403 in HTML": lambda one: Answer(403, f"<html><b>{echo(one)}</b></html>".encode(), {"Content-Type": "text/html"}),
    "400 in plain text": lambda one: Answer(400, echo(one).encode(), {"Content-Type": "text/plain"}),
    "400 about the body": lambda one: Answer(400, {"error": {"message": f"cannot take {json.dumps(one.body)}"}}),
    "409 about the object": lambda _: Answer(409, {"detail": f"{NAME} of {TEAM} is in use by {STORE}"}),
    "422 with a list": lambda one: Answer(422, spread(one)),
    "404": lambda one: Answer(404, {"error": echo(one)}),
    "429": lambda one: Answer(429, {"error": {"message": echo(one), "code": "insufficient_quota"}}),
    "500": lambda one: Answer(500, {"error": {"message": echo(one)}}),
    "200 that is no JSON": lambda one: Answer(200, echo(one).encode(), {"Content-Type": f"text/{KEY}"}),
    "200 that is no object": lambda one: Answer(200, [echo(one)]),
    "a redirect": lambda _: Answer(302, {}, {"Location": f"http://127.0.0.1:1/?key={KEY}&token={TOKEN}"}),
    "a cut connection": lambda _: Answer(cut=True),
}
SOURCES = {
    "a variable": ("{env: MY_KEY}", ["plan", "apply --yes", "delete a --yes"]),
    "a command": (f"{{command: ['{sys.executable}', -c, 'import os; print(os.environ[\"MY_KEY\"])']}}", ["plan"]),
}


@cases("source commands", SOURCES)
def test_a_key_that_a_server_repeats_is_not(cli: Cli, write: Write, source: str, commands: list[str]) -> None:
    server = Server()
    with scripted(server) as running:
        lay_out(write, running.url, source)
        for name, answer in ECHOES.items():
            server.instead = answer
            assert [name, *leaks(cli, *commands)] == [name]
        sent = {one.headers.get("authorization") for one in running.requests}
    assert sent == {f"Bearer {KEY}"}


def test_a_key_in_the_query_that_a_server_repeats_is_not(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of servers that take one nowhere else: `?code=` and `?key=` stand in the address that an error quotes."""
    planted = "planted-in-the-query"
    monkeypatch.setenv("SUBSCRIPTION", planted)
    with scripted(lambda one: Answer(400, {"error": {"message": f"Invalid URL: {one.path}"}})) as running:
        write({"assistants/a.yaml": "model: m\n"})
        query = "query: {subscription-key: {env: SUBSCRIPTION}, region: north}"
        endpoint = f"endpoint: {{base_url: '{running.url}', {query}}}"
        write({"assistants/project.yaml": f"default_environment: p\nenvironments:\n  p: {{{endpoint}}}\n"})
        said = cli("plan", "-v").output
    assert f"subscription-key={planted}" in running.requests[0].path
    assert planted not in said
    assert "region=north" in said


@cases(
    "verb made words",
    {
        "create": ("POST", False, "apply --yes"),
        "update": ("POST", True, "apply --yes"),
        "release": ("POST", True, "release a --yes"),
        "delete": ("DELETE", True, "delete a --yes"),
        "delete, by id": ("DELETE", True, "delete asst_1 --yes --unmanaged"),
    },
)
def test_a_value_that_a_server_repeats_is_not(cli: Cli, write: Write, verb: str, made: bool, words: str) -> None:
    server = Server()
    with scripted(server) as running:
        lay_out(write, running.url)
        if made:
            cli("apply", "--yes")
            next(iter(server.objects.values()))["description"] = "by hand"
        server.only = (verb,)
        for name, answer in ECHOES.items():
            server.instead = answer
            assert [name, *leaks(cli, words)] == [name]


@cases(
    "words",
    {one: one for one in ("apply --yes", "release a --yes", "delete a --yes", "restore --yes")},
)
def test_a_value_whose_line_is_gone_and_that_a_server_repeats_is_not(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    server = Server()
    with scripted(server) as running:
        lay_out(write, running.url)
        cli("apply", "--yes")
        gone = {"apply --yes": "ignore: [metadata]", "restore --yes": "description: other"}.get(words, "name: other")
        write({"assistants/a.yaml": f"model: gpt-4o\n{gone}\n"})
        if words.startswith("restore"):
            assert cli("apply", "--yes").exit_code == 0
        for name in ("BOT_NAME", "STORE", "TEAM"):
            monkeypatch.delenv(name)
        held = json.dumps(server.objects)
        server.only = ("POST", "DELETE")
        server.instead = lambda one: Answer(
            400, {"error": {"message": json.dumps(one.body) if one.body else held[:250]}}
        )
        assert leaks(cli, words) == []
    assert any(value in json.dumps(one.body) + held for one in running.requests[-1:] for value in VALUES)


@cases("words", {one: one for one in ("release a --yes", "delete a --yes", "restore --yes")})
def test_a_secret_of_the_endpoint_that_a_server_repeats_is_not(cli: Cli, write: Write, words: str) -> None:
    server, secret = Server(), "planted-header-0123456789"
    with scripted(server) as running:
        lay_out(write, running.url)
        cli("apply", "--yes")
        (made,) = server.objects.values()
        made["tool_resources"] = {"mcp": [{"server_label": "x", "headers": {"Authorization": f"Bearer {secret}"}}]}
        if words.startswith("restore"):
            assert cli("apply", "--yes").exit_code == 0
        server.only = ("POST", "DELETE")
        server.instead = lambda _: Answer(400, {"error": {"message": f"cannot take Bearer {secret}"}})
        assert leaks(cli, words, planted=(secret, *KEYS)) == []
        assert "cannot take (secret)" in cli(*words.split()).output


KEPT = {
    "id": "asst_9",
    "name": f"old {TEAM}",
    "model": "m",
    "metadata": {MARK_KEY: Mark("acme", "production", "gone").encode()},
}
OTHER = "name: b\nmodel: m\n"


def broken_off(request: Request) -> Answer:
    """A listing that ends with what the server does not want to say of the next page; a create that clashes with another's value."""
    if request.method == "POST":
        return Answer(400, {"error": {"message": f"the name clashes with {NAME}, in a"}})
    if "after=" in request.path:
        return Answer(400, {"error": {"message": f"row {NAME} is broken, {TEAM!r} too"}})
    return Answer(body={"data": [KEPT], "has_more": True})


@cases("form", {one: one for one in ("table", "json", "markdown", "html", "github")})
def test_a_value_of_another_definition_that_a_server_repeats_is_not(cli: Cli, write: Write, form: str) -> None:
    with scripted(broken_off) as running:
        lay_out(write, running.url)
        write({"assistants/b.yaml": OTHER})
        plans = (
            f"plan -o {form} --out p.json",
            f"plan -o {form} --only b",
            f"plan -o {form} --prune",
            f"apply --yes -o {form}",
        )
        assert leaks(cli, *plans, "show p.json", "show p.json -o json", "doctor", "doctor --probe", "models") == []
    with scripted(lambda one: Answer(200, {"data": []}) if one.method == "GET" else broken_off(one)) as running:
        lay_out(write, running.url)
        assert leaks(cli, f"apply --yes -o {form} --only b", f"apply --yes -o {form}") == []


def test_a_listing_that_cannot_be_had_repeats_no_value(cli: Cli, write: Write) -> None:
    with scripted(lambda _: Answer(400, {"error": {"message": f"{NAME} and {STORE}"}})) as running:
        lay_out(write, running.url)
        assert leaks(cli, "plan", "apply --yes", "chat a hi", *WITHOUT_DEFINITIONS) == []
        assert "env:BOT_NAME and env:STORE" in cli("plan").stderr


WITHOUT_DEFINITIONS = (
    "list",
    "show a",
    "delete a --yes",
    "release a --yes",
    "import --all",
    "import --all --to elsewhere",
    "import --all --from staging -e production",
    "migrate --from staging -e production --yes",
    "models",
    "doctor",
)


@cases(
    "files",
    {
        "that are sound": {},
        "of which one is not": {"assistants/b.yaml": "modle: m\n"},
        "of which one needs more": {"assistants/b.yaml": "model: m\nname: {env: NOWHERE_SET}\n"},
    },
)
@pytest.mark.parametrize("words", WITHOUT_DEFINITIONS)
def test_who_needs_no_definitions_repeats_no_value_of_theirs(
    cli: Cli, write: Write, words: str, files: dict[str, str]
) -> None:
    with scripted(lambda _: Answer(400, {"error": {"message": f"{NAME} and {STORE}"}})) as running:
        lay_out(write, running.url)
        staging = PROJECT.replace("URL", f"{running.url}/staging").replace("SOURCE", "{env: MY_KEY}")
        staging = staging.partition("environments:\n")[2].replace("production", "staging")
        project = Path("assistants/project.yaml").read_text()
        write({"assistants/project.yaml": project + staging, **files})
        assert leaks(cli, words) == []
        ran = cli(*words.split())
        assert (ran.exit_code, "env:BOT_NAME and env:STORE" in ran.output) == (1, True), ran.output


def test_a_short_key_does_not_garble_what_is_said(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "x")
    with scripted(lambda _: Answer(400, {"error": {"message": "exactly six boxes"}})) as running:
        lay_out(write, running.url)
        assert "400 exactly six boxes" in cli("plan").stderr


# --- a model that repeats the key


def answer_with(text: str, size: int) -> Answer:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    call = {"index": 0, "id": "1", "function": {"name": "f", "arguments": json.dumps({"key": KEY})}}
    deltas: list[dict[str, Any]] = [*({"content": one} for one in pieces), {"tool_calls": [call]}]
    chunks = [{"model": KEY, "choices": [{"delta": one}]} for one in deltas]
    chunks.append({"choices": [{"delta": {}, "finish_reason": f"stop {KEY}"}]})
    return Answer(pieces=[f"data: {json.dumps(one)}\n\n".encode() for one in chunks])


@cases("size", {"in one piece": 1000, "in pieces": 7, "in characters": 1})
def test_a_key_in_an_answer_is_not_shown(cli: Cli, write: Write, size: int) -> None:
    text = f"You sent Bearer {KEY} and Bearer {TOKEN}, didn't you? sk-planted is not one."
    with scripted(lambda _: answer_with(text, size)) as running:
        lay_out(write, running.url)
        assert leaks(cli, "chat a hi", planted=KEYS) == []
        said = cli("chat", "a", "hi").stdout
    assert said.startswith("You sent Bearer *** and ***, didn't you? sk-planted is not one.")


@cases("form", {"text": "text", "json": "json"})
def test_a_key_in_a_whole_response_is_not_shown(cli: Cli, write: Write, form: str) -> None:
    message = {"content": f'you sent "{KEY}"', "tool_calls": [{"id": KEY, "function": {"name": KEY, "arguments": ""}}]}
    whole = {"model": "m", KEY: 1, "choices": [{"message": message, "finish_reason": "stop"}]}
    with scripted(lambda _: Answer(200, whole)) as running:
        lay_out(write, running.url)
        assert leaks(cli, f"chat a hi -o {form}", planted=KEYS) == []


def test_a_key_for_the_command_line_alone_is_not_repeated(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Token: Bearer {TOKEN}")
    write({"assistants/a.yaml": DEFINITION})
    server = Server()
    with scripted(server) as running:
        for name, answer in ECHOES.items():
            server.instead = answer
            assert [name, *leaks(cli, f"plan --base-url {running.url}", f"apply --yes --base-url {running.url}")] == [
                name
            ]
    assert {one.headers["x-token"] for one in running.requests} == {f"Bearer {TOKEN}"}


# --- where nobody answers


@cases(
    "url",
    {
        "nobody there": "http://127.0.0.1:1/v1",
        "a key as user": f"http://{KEY}@127.0.0.1:1/v1",
        "a key as password": f"https://user:{KEY}@127.0.0.1:1/v1",
        "a key in the query": f"http://127.0.0.1:1/v1?api-key={KEY}",
        "a key in the fragment": f"http://127.0.0.1:1/v1#{KEY}",
        "a key where the host should be": f"http://{KEY}:port/v1",
        "half an address": f"http://user:{KEY}@[::1/v1",
        "no address": KEY,
    },
)
@cases("by", {"option": "--base-url", "variable": "OPENAI_BASE_URL"})
def test_an_address_that_holds_a_key_is_refused_without_it(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, url: str, by: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    write({"assistants/a.yaml": DEFINITION})
    if not by.startswith("--"):
        monkeypatch.setenv(by, url)
    how = f" {by} {url}" if by.startswith("--") else ""
    assert leaks(cli, f"plan{how}", f"apply --yes{how}", f"list{how}") == []
    assert cli(*f"plan{how}".split()).exit_code == (1 if url == "http://127.0.0.1:1/v1" else 2)


@cases(
    "old new",
    {
        "userinfo": ("base_url: URL", f"base_url: http://user:{KEY}@127.0.0.1:1/v1"),
        "query of the address": ("base_url: URL", f"base_url: http://127.0.0.1:1/v1?key={KEY}"),
        "a literal key": ("{env: MY_KEY}", KEY),
        "a literal key under a wrong name": ("api_key: {env: MY_KEY}", f"apikey: {KEY}"),
        "a literal header": ("X-Token: {env: TENANT_TOKEN}", f"X-Token: {KEY}"),
        "a literal parameter": ("subscription-key: {env: SUBSCRIPTION}", f"subscription-key: {KEY}"),
        "a literal in place of a name": ("{env: MY_KEY}", f"[{KEY}]"),
        "a command that is text": ("{env: MY_KEY}", f"{{command: echo {KEY}}}"),
    },
)
def test_a_key_in_project_yaml_is_refused_without_it(cli: Cli, write: Write, old: str, new: str) -> None:
    text = PROJECT.replace("SOURCE", "{env: MY_KEY}").replace(old, new).replace("URL", "http://127.0.0.1:1/v1")
    write({"project.yaml": text, "a.yaml": DEFINITION})
    for command in ("validate", "plan"):
        ran = cli(command, ".")
        assert (ran.exit_code, KEY in ran.output) == (1, False)


def test_a_key_that_no_header_can_carry_is_not_repeated(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in (f"{KEY}\x01", f"{KEY}é", f"{KEY}\nX: y"):
        monkeypatch.setenv("MY_KEY", value)
        lay_out(write, "http://127.0.0.1:1/v1")
        assert leaks(cli, "plan", "apply --yes") == []
        monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Token: {value}")
        monkeypatch.setenv("OPENAI_ORG_ID", value)
        with scripted(Server()) as running:
            assert leaks(cli, f"plan --base-url {running.url}") == []


@cases(
    "proxy",
    {
        "no scheme": f"foo://user:{KEY}@127.0.0.1:1",
        "no port": f"http://user:{KEY}@127.0.0.1:{KEY}",
        "no host": f"http://u:{KEY}@[x",
        "a port out of range": f"http://u:{KEY}@127.0.0.1:99999",
    },
)
def test_a_proxys_password_is_not_repeated(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    lay_out(write, "http://host.invalid/v1")
    assert leaks(cli, "plan", "chat a hi", "doctor") == []


# --- redirects


@cases("status", {"moved": 301, "found": 302, "see other": 303, "temporary": 307, "permanent": 308})
def test_a_redirect_is_not_followed_to_another_host(cli: Cli, write: Write, status: int) -> None:
    with scripted(Server()) as other:
        elsewhere = Answer(status, {}, {"Location": f"{other.url}/assistants"})
        with scripted(lambda _: elsewhere) as running:
            lay_out(write, running.url)
            ran = [cli(*words.split()) for words in ("plan", "list", "apply --yes")]
    assert [one.exit_code for one in ran] == [1, 1, 1]
    assert other.requests == []
    assert "is redirected to" in ran[0].stderr
