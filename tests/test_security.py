"""docs/security.md: those of its threats that no other file is about."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import httpx2
import pytest
import uvicorn
from openai import AsyncOpenAI

from assistants_tool.cli import main
from assistants_tool.embedded import OnlyThisMachine, create_app
from assistants_tool.endpoint import Connection, client, connect
from assistants_tool.endpoint.patience import Patience
from assistants_tool.endpoint.sdk import over_client
from assistants_tool.errors import EndpointError
from assistants_tool.project.target import Remote
from tests.conftest import REPOSITORY, Cli, Write
from tests.hostile import Hostile, hostile
from tests.servers import Answer, scripted
from tests.tables import cases
from tests.test_readme import tables

PAGE = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")


# --- the page


def test_the_page_and_the_policy_lead_to_each_other() -> None:
    assert "](../SECURITY.md)" in PAGE
    assert "](docs/security.md)" in (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")


# --- a pull request

OFFLINE = (
    "validate",
    "validate --strict",
    "fmt --check",
    "fmt",
    "diff production staging",
    "export --all --as chat",
    "schema",
    "import answers.json --to elsewhere",
    "init",
)
ASKING = ("plan", "list", "show support", "models", "doctor", "diff production staging --live", "import --all")
WRITING = ("apply --yes", "delete support --yes", "chat support Hello", "doctor --probe")


@pytest.fixture
def of_a_stranger(write: Write) -> Iterator[Hostile]:
    """A pull request whose project.yaml names a command for the key and a server, which is yielded."""
    with hostile() as server:
        endpoint = {
            "base_url": server.url,
            "api_key": {"command": ["touch", "ran"]},
            "headers": {"X-Loot": {"env": "LOOT"}},
        }
        environments = {name: {"endpoint": endpoint} for name in ("production", "staging")}
        project = {"project": "acme", "default_environment": "production", "environments": environments}
        write(
            {
                "assistants/project.yaml": json.dumps(project),
                "assistants/support.yaml": "name: S\nmodel: gpt-4o\ninstructions: {env: LOOT}\n",
                "answers.json": json.dumps({"id": "asst_1", "object": "assistant", "model": "gpt-4o"}),
            }
        )
        yield server


@cases("line", {one: one for one in (*OFFLINE, *ASKING, *WRITING)})
def test_what_runs_when(cli: Cli, of_a_stranger: Hostile, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """A command is run, and so a server asked, by what needs one alone."""
    monkeypatch.setenv("LOOT", "loot-7f3a")
    done = cli(*line.split())
    assert Path("ran").exists() == (line not in OFFLINE), done.output
    if line in OFFLINE:
        assert done.exit_code in (0, 3), done.output
        assert "loot-7f3a" not in done.output
    if line not in WRITING:
        assert of_a_stranger.writes == []


def test_the_table_says_it_of_every_command() -> None:
    (table,) = (one for one in tables(PAGE) if one[0][0] == "command")
    named = [re.findall(r"`([a-z]+)[^`]*`", row[0]) for row in table[1:]]
    assert {one for row in named for one in row} == main.commands.keys()
    asks = {one for row, names in zip(table[1:], named, strict=True) if row[1] == "yes" for one in names}
    assert {line.split()[0] for line in (*ASKING, *WRITING)} < asks
    assert {line.split()[0] for line in OFFLINE} < main.commands.keys() - asks | {"diff", "import"}


def test_a_schema_fetches_nothing(cli: Cli, write: Write) -> None:
    with scripted(lambda _: Answer(200, {})) as server:
        parameters = {
            "$schema": f"{server.url}/meta",
            "type": "object",
            "properties": {"a": {"$ref": f"{server.url}/a.json"}, "b": {"$ref": "file:///etc/hostname"}},
        }
        function = {"type": "function", "function": {"name": "f", "parameters": parameters}}
        answer = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"$ref": f"{server.url}/b.json"}}}
        write({"assistants/a.yaml": json.dumps({"model": "m", "tools": [function], "response_format": answer})})
        done = cli("validate")
        assert server.requests == []
    assert "$ref leads out of the schema" in done.stderr


MESSY = "model:   gpt-4o\nname: S\n"


def formats(cli: Cli, write: Write) -> None:
    write({"assistants/support.yaml": MESSY})
    assert cli("fmt").exit_code == 0


def saves(cli: Cli, write: Write) -> None:
    write({"assistants/support.yaml": MESSY})
    assert cli("plan", "--embedded", "--out", "plan.json").exit_code == 0


def exports(cli: Cli, write: Write) -> None:
    write({"assistants/support.yaml": MESSY})
    assert cli("export", "--all", "--as", "promptfoo", "--out", "promptfooconfig.yaml").exit_code == 0


def renews(cli: Cli, write: Write) -> None:
    assert cli("schema", "--to", ".").exit_code == 0


# What is written, where, and the names that it had, or could have had, while it was being written.
WRITERS: dict[str, tuple[Callable[[Cli, Write], None], tuple[str, ...]]] = {
    "fmt": (formats, ("assistants/.support.yaml.part", "assistants/support.yaml.part")),
    "plan --out": (saves, ("plan.json.part", ".plan.json.part")),
    "export --out": (exports, ("promptfooconfig.yaml", ".promptfooconfig.yaml.part")),
    "schema --to": (renews, ("definition.json", "project.json", "definition.json.part")),
}


@cases("run links", WRITERS)
def test_no_link_is_written_through(
    cli: Cli, write: Write, tmp_path_factory: pytest.TempPathFactory, run: Any, links: tuple[str, ...]
) -> None:
    victim = tmp_path_factory.mktemp("home") / "authorized_keys"
    victim.write_text("mine\n")
    for link in links:
        Path(link).parent.mkdir(exist_ok=True)
        Path(link).symlink_to(victim)
    run(cli, write)
    assert victim.read_text() == "mine\n"
    assert [one for one in Path().rglob("*.part") if not one.is_symlink()] == []


@cases("link", {one: one for one in ("assistants", "assistants/.schema", ".gitignore", ".github", ".assistants")})
def test_init_writes_nothing_outside_the_root(cli: Cli, tmp_path_factory: pytest.TempPathFactory, link: str) -> None:
    elsewhere = tmp_path_factory.mktemp("home")
    target = elsewhere / ".bashrc" if link == ".gitignore" else elsewhere
    if link == ".gitignore":
        target.write_text("mine\n")
    before = sorted(elsewhere.rglob("*")), target.read_text() if target.is_file() else ""
    Path(link).parent.mkdir(exist_ok=True)
    Path(link).symlink_to(target)
    done = cli("init", "--ci", "github", "--tool", "https://github.com/acme/assistants-tool@v1.2.3")
    if link == ".assistants":
        assert cli("apply", "--embedded", "--yes").exit_code == 1
    else:
        assert (done.exit_code, "leads out of the root" in done.stderr) == (1, True)
    assert (sorted(elsewhere.rglob("*")), target.read_text() if target.is_file() else "") == before


# --- an endpoint


PACKED = gzip.compress(b" " * (8 << 20))
ENDLESS = itertools.repeat(b"data: {" + b" " * (1 << 18))
LARGE = {
    "a list": (["list"], Answer(200, PACKED, {"Content-Encoding": "gzip"})),
    "a refusal": (["list"], Answer(400, PACKED, {"Content-Encoding": "gzip"})),
    "a chat": (["chat", "a", "Hello", "-o", "json"], Answer(200, PACKED, {"Content-Encoding": "gzip"})),
    "a chat that comes in parts": (["chat", "a", "Hello"], Answer(200, pieces=ENDLESS)),
    "a chat that does not": (
        ["chat", "a", "Hello"],
        Answer(200, PACKED, {"Content-Encoding": "gzip", "Content-Type": "application/json"}),
    ),
    "a chat that is refused": (["chat", "a", "Hello"], Answer(400, PACKED, {"Content-Encoding": "gzip"})),
}


@cases("words answer", LARGE)
def test_an_answer_that_unpacks_to_too_much_is_not_read(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, impatient: None, words: list[str], answer: Answer
) -> None:
    monkeypatch.setattr(client, "ANSWER_MAX", 1 << 20)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write({"assistants/a.yaml": "model: gpt-4o\n"})
    with scripted(lambda _: answer) as server:
        done = cli(*words, "--base-url", server.url)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the answer is over 512 MiB, which none needs; check base_url, and any proxy" in done.stderr


def test_nor_is_one_to_a_client_that_a_program_hands_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_MAX", 1 << 20)

    async def run(url: str) -> None:
        async with AsyncOpenAI(base_url=url, api_key="sk-x") as given:
            connection = Connection(5.0, patience=Patience(tries=1))
            async with connect(Remote(url), connection, {}, client=over_client(given)) as endpoint:
                await endpoint.listing()

    with (
        scripted(lambda _: Answer(200, PACKED, {"Content-Encoding": "gzip"})) as server,
        pytest.raises(EndpointError, match="the answer is over 512 MiB, which none needs"),
    ):
        asyncio.run(run(server.url))


NAMES = ("../../evil", "/etc/passwd", "a/b", "..", "C:\\x", "con", "\x00", "." * 200, "\u202e")


def test_import_writes_into_its_folder_alone(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    rows = [
        {"id": f"asst_{number}/../../x", "object": "assistant", "name": name, "model": "m", "metadata": {}}
        for number, name in enumerate(NAMES)
    ]
    with scripted(lambda _: Answer(200, {"object": "list", "data": rows, "has_more": False})) as server:
        done = cli("import", "--all", "--base-url", server.url, "--to", "in/here")
    assert done.exit_code == 0, done.output
    written = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert len(written) == len(NAMES)
    assert {one.parent for one in written} == {tmp_path / "in" / "here"}
    assert [one.name for one in written if not re.fullmatch(r"[a-z0-9-]+\.yaml", one.name)] == []


# --- a machine


def test_what_is_kept_is_for_its_owner_alone(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: gpt-4o\n"})
    before = os.umask(0)
    try:
        cli("apply", "--embedded", "--yes")
    finally:
        os.umask(before)
    rights = {
        str(one): stat.S_IMODE(one.stat().st_mode) for one in (Path(".assistants"), *Path().glob(".assistants/*.db*"))
    }
    assert rights.pop(".assistants") == 0o700
    assert set(rights.values()) == {0o600}


def test_no_option_takes_a_key() -> None:
    """A word of a command is for every user of the machine to read; so keys are named by their variables."""
    options = {
        name
        for command in main.commands.values()
        for one in command.params
        if isinstance(one, click.Option)
        for name in one.opts
    }
    assert {one for one in options if re.search("key|token$|secret|password", one)} == {"--api-key-env"}


def asked(host: str, origin: str | None, method: str = "GET", *, path: Path) -> httpx2.Response:
    """What the embedded endpoint without a key answers to a browser."""

    async def exchange() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=OnlyThisMachine(create_app(path)))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            headers = {"Host": host, "OpenAI-Beta": "assistants=v2", **({"Origin": origin} if origin else {})}
            return await client.request(method, "/v1/assistants", headers=headers)

    return asyncio.run(exchange())


SERVED = {
    "a program": ("127.0.0.1:8080", None, 200),
    "by name": ("localhost:8080", None, 200),
    "by IPv6": ("[::1]:8080", None, 200),
    "a page of this machine": ("localhost:8080", "http://localhost:3000", 200),
    "a name that leads here": ("evil.example:8080", None, 403),
    "a name that begins as ours": ("127.0.0.1.evil.example", None, 403),
    "a page": ("127.0.0.1:8080", "https://evil.example", 403),
    "a page that hides where it is from": ("127.0.0.1:8080", "null", 403),
    "a page by such a name": ("evil.example:8080", "http://evil.example:8080", 403),
    "nonsense": ("[::1", None, 403),
}


@cases("host origin status", SERVED)
def test_a_page_from_elsewhere_is_not_served(tmp_path: Path, host: str, origin: str | None, status: int) -> None:
    answer = asked(host, origin, path=tmp_path / "e.db")
    assert answer.status_code == status
    if status == 403:
        said = answer.json()["error"]
        assert said["code"] == "forbidden_host"
        assert said["message"].startswith("This endpoint has no key, so it answers only this machine, and ")


@pytest.mark.parametrize("key", [None, "k"])
def test_serve_without_a_key_is_for_this_machine_alone(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    apps: list[Any] = []

    class Server(uvicorn.Server):
        def run(self, sockets: Any = None) -> None:
            apps.append(self.config.app)
            for one in sockets:
                one.close()

    monkeypatch.setattr(uvicorn, "Server", Server)
    options = ["--api-key-env", "SERVE_KEY"] if key else []
    if key:
        monkeypatch.setenv("SERVE_KEY", key)
    assert cli("serve", "--port", "0", *options).exit_code == 0
    assert [isinstance(one, OnlyThisMachine) for one in apps] == [key is None]
