"""Prism between the tool and a server, holding requests and answers against OpenAI's own description of `/v1/assistants`.

The description is `assistants-openapi.yaml` of the folder that the environment names. Prism refuses what breaks it: a request with a 422,
or with a 401 where it bears no key; and it says 500 instead of a bad answer. So where all that the tool asked for was answered with 200,
all of it was as described; but for the read by which it sees that what it deleted is gone. No exception had to be made: what the service
was recorded to send beyond its description, that allows.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from click.testing import Result

from tests.conftest import Cli, Write
from tests.foundry import KINDS, foundry
from tests.interop.servers import Server, ask, prism, script
from tests.servers import Answer, scripted, serving

if "ASSISTANTS_TEST_DATA" not in os.environ:
    pytest.skip("ASSISTANTS_TEST_DATA names no folder with the description", allow_module_level=True)

DATA = Path(os.environ["ASSISTANTS_TEST_DATA"])
DESCRIPTION = DATA / "assistants-openapi.yaml"
ANOTHER = (
    DATA / "bench" / "server.py"
)  # wrote by others than the embedded endpoint; it can also be made to fail on purpose

FUNCTION = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}
SEARCH = {"max_num_results": 5, "ranking_options": {"ranker": "auto", "score_threshold": 0.5}}
TOOLS = [{"type": "code_interpreter"}, {"type": "file_search"}]
SCHEMA = {"name": "word", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}

# A field -> two values that it has in turn, and what stands beside it.
FIELDS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "name": ("One", "둘", {}),
    "description": ("One", "Two", {}),
    "instructions": ("Be short.\n", " Be long. \n\n", {}),
    "tools": ([*TOOLS, FUNCTION], [{"type": "file_search", "file_search": SEARCH}], {}),
    "tool_resources": (
        {"code_interpreter": {"file_ids": ["file-a", "file-b"]}, "file_search": {"vector_store_ids": ["vs_a"]}},
        {"code_interpreter": {"file_ids": ["file-b"]}},
        {"tools": TOOLS},
    ),
    "metadata": ({"a": "b"}, {"a": "c", "d": "e"}, {}),
    "temperature": (0, 1.7, {}),
    "top_p": (0.5, 0, {}),
    "response_format": ({"type": "json_object"}, {"type": "json_schema", "json_schema": SCHEMA}, {}),
    "reasoning_effort": ("low", "high", {"model": "o3-mini"}),
}


def definitions(turn: int) -> Mapping[str, str]:
    """A definition for each field, with its first value, with its second, or without it. The model changes each time where it may."""
    base = {"model": ("gpt-4o", "gpt-4.1", "gpt-4o-mini")[turn]}
    bodies = [
        {"key": key.replace("_", "-"), **base, **row[2], **({key: row[turn]} if turn < 2 else {})}
        for key, row in FIELDS.items()
    ]
    return {
        "assistants/project.yaml": "project: acme\n",
        "assistants/fields.yaml": "\n---\n".join(json.dumps(one) for one in bodies),
    }


GONE = "gone"


def answered(said: str) -> Iterator[tuple[str, str, str]]:
    """Method, id and status of what a command asked for, in its order. 404 to what it had deleted is `GONE`."""
    deleted = set()
    for method, one, status in re.findall(
        r"^([A-Z]+) /assistants(/\S+)?(?:\?\S+)? -> (\d+|no answer)", said, re.MULTILINE
    ):
        yield method, one, GONE if status == "404" and one in deleted else status
        if method == "DELETE" and status == "200":
            deleted.add(one)


@dataclass
class Judged:
    """Commands by way of Prism; `seen` counts what they asked for and how it was answered, `GET one 200`."""

    proxy: Server
    upstream: str
    cli: Cli
    seen: collections.Counter[str] = field(default_factory=collections.Counter)

    def run(self, *words: str) -> Result:
        run = self.cli("--verbose", "--base-url", self.proxy.url, *words)
        found = answered(run.stderr)
        self.seen.update(f"{method} {'one' if one else 'all'} {status}" for method, one, status in found)
        return run

    def fine(self, *words: str) -> str:
        run = self.run(*words)
        assert (run.exit_code, *(one for one in self.seen if not one.endswith((" 200", GONE)))) == (0,), run.output
        return run.stdout


@contextlib.contextmanager
def another(folder: Path, *options: str) -> Iterator[str]:
    if not ANOTHER.exists():
        pytest.skip(f"{ANOTHER} is not there")
    folder.mkdir()
    with script(folder, ANOTHER, *options) as url:
        yield url


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-any")
    return "sk-any"


@pytest.fixture(scope="module", params=["the embedded endpoint", "another server"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    folder = tmp_path_factory.mktemp("prism")
    embedded = request.param == "the embedded endpoint"
    upstreams = serving(folder / "embedded.db") if embedded else another(folder / "another")
    with upstreams as upstream, prism(folder, DESCRIPTION, upstream) as proxy:
        yield proxy, upstream


@pytest.fixture
def judged(running: tuple[Server, str], cli: Cli) -> Judged:
    """With nothing in the server behind."""
    proxy, upstream = running
    for one in listed(upstream):
        ask("DELETE", f"{upstream}/assistants/{one['id']}")
    return Judged(proxy, upstream, cli)


def listed(url: str) -> list[dict[str, Any]]:
    """What a server holds, asked past the tool, page by page."""
    found: list[dict[str, Any]] = []
    for _ in range(10):
        after = f"&after={found[-1]['id']}" if found else ""
        page = ask("GET", f"{url}/assistants?limit=100{after}")
        found += page["data"]
        if not page["has_more"]:
            return found
    raise AssertionError("over ten pages")


def test_each_field_is_set_changed_and_cleared(judged: Judged, write: Write) -> None:
    for turn, done in enumerate(["10 created, 0 updated", "0 created, 10 updated", "0 created, 10 updated"]):
        write(definitions(turn))
        assert judged.fine("apply", "--yes").endswith(f"Applied: {done}, 0 deleted.\n")
        judged.fine("plan", "--exit-code")
    assert judged.seen["POST all 200"] == 10
    assert judged.seen["POST one 200"] == 20


def test_the_examples_pass_through_every_command(judged: Judged, examples: Path) -> None:
    (examples / "project.yaml").write_text("project: acme\n", encoding="utf-8")
    assert "Applied: 10 created, 0 updated, 0 deleted.\n" in judged.fine("apply", "--yes")
    judged.fine("plan", "--exit-code")
    judged.fine("list")
    judged.fine("show", "tutor")
    judged.fine("release", "tutor", "--yes")
    assert "1 adopted" in judged.fine("apply", "--adopt", "--yes")
    judged.fine("delete", "minimal", "--yes")
    assert "1 created" in judged.fine("restore", "--yes")
    (examples / "team.yaml").unlink()
    assert "3 deleted" in judged.fine("apply", "--prune", "--yes")
    judged.fine("plan", "--exit-code")
    every = {f"{one} 200" for one in ("GET all", "GET one", "POST all", "POST one", "DELETE one")}
    assert set(judged.seen) == {*every, f"GET one {GONE}"}


def test_more_than_one_page_is_listed(judged: Judged, write: Write) -> None:
    names = [f"k{number}" for number in range(130)]
    write({"assistants/many.yaml": "---\n".join(f"key: {name}\nname: {name}\nmodel: gpt-4o\n" for name in names)})
    assert "Applied: 130 created" in judged.fine("apply", "--yes")
    judged.seen.clear()
    judged.fine("plan", "--exit-code")
    assert judged.seen == {"GET all 200": 2}


# --- Foundry's classic agents, by a description of their own

CLASSIC = DATA / "foundry-classic-openapi.json"


@dataclass
class JudgedFoundry(Judged):
    """Commands by way of Prism, to a stand-in that makes of requests what Foundry was recorded to make of them."""

    def run(self, *words: str) -> Result:
        run = self.cli("--verbose", *words)
        self.seen.update(status for _, _, status in answered(run.stderr))
        return run

    def fine(self, *words: str) -> str:
        run = self.run(*words)
        assert (run.exit_code, {*self.seen} - {GONE}) == (0, {"200"}), run.output
        return run.stdout


def test_a_definition_of_each_type_of_tool_goes_through_as_described(
    tmp_path: Path, cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not CLASSIC.exists():
        pytest.skip(f"{CLASSIC} is not there")
    monkeypatch.setenv("MCP_AUTHORIZATION", "Bearer of-the-mcp-server")
    with foundry() as (held, server), prism(tmp_path, CLASSIC, server.url) as proxy:
        endpoint = {"base_url": proxy.url, "api_key": {"env": "OPENAI_API_KEY"}, "query": {"api-version": "v1"}}
        write(
            {"assistants/project.yaml": json.dumps({"project": "acme", "environments": {"e": {"endpoint": endpoint}}})}
        )
        monkeypatch.setenv("ASSISTANTS_ENVIRONMENT", "e")
        stated = {
            f"assistants/{kind.replace('_', '-')}.yaml": json.dumps({"name": kind, "model": "chat", **one.fields})
            for kind, one in KINDS.items()
        }
        write(stated)
        judged = JudgedFoundry(proxy, server.url, cli)
        assert "15 created" in judged.fine("apply", "--yes")
        judged.fine("plan", "--exit-code")
        for agent in held.objects.values():
            KINDS[agent["name"]].edit(agent)
        assert "15 updated" in judged.fine("apply", "--yes")
        judged.fine("plan", "--exit-code")
        write({"assistants/mcp.yaml": "name: mcp\nmodel: chat\n", "assistants/code-interpreter.yaml": "model: chat\n"})
        assert "2 updated" in judged.fine("apply", "--yes")
        judged.fine("plan", "--exit-code")
        write(stated)
        judged.fine("restore", "--yes")
        judged.fine("plan", "--exit-code")
        judged.fine("delete", "--all", "--yes", "--max-delete", "100%")
        assert held.objects == {}
        assert said_by_prism(proxy, "any-key") == []


# --- a failing server, and that all of this can fail


def test_against_a_failing_server_too_every_request_is_as_described(
    tmp_path: Path, cli: Cli, write: Write, key: str
) -> None:
    """A fifth of the requests goes wrong in some way. What counts is Prism's own word, since other failures are meant."""
    faults = ("--faults", "0.2", "--seed", "7", "--late-s", "0.2")
    with another(tmp_path / "another", *faults) as upstream, prism(tmp_path, DESCRIPTION, upstream) as proxy:
        judged = Judged(proxy, upstream, cli)
        for turn in (0, 1):
            write(definitions(turn))
            said = ""
            for _ in range(5):
                if "Nothing to change." not in said:
                    said = judged.run("apply", "--yes").output
            assert "Nothing to change." in said
        held = ask("GET", f"{upstream.removesuffix('/v1')}/__dump")
        objections = said_by_prism(proxy, key)
    assert len(held) == len(FIELDS)
    assert any(not one.endswith(" 200") for one in judged.seen), judged.seen
    assert not [one for one in judged.seen if one.endswith(" 422")]
    assert objections == []


def said_by_prism(proxy: Server, key: str) -> list[str]:
    """What it objected to; that it describes only 200 and 429 is none. It is late with its log, so a request of ours marks the end."""
    with contextlib.suppress(HTTPError):
        ask("DELETE", f"{proxy.url}/nowhere", key)
    for _ in range(100):
        *found, last = re.findall(r"prism/errors#(\w+)", proxy.log.read_text(encoding="utf-8")) or [""]
        if last == "NO_PATH_MATCHED_ERROR":
            return found
        time.sleep(0.1)
    raise AssertionError("Prism did not say in 10 s that there is no such path")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "x"}, "must have required property 'model'"),
        ({"model": "gpt-4o", "modle": "x"}, "must NOT have additional properties"),
        ({"model": "gpt-4o", "temperature": 3}, "temperature must be <= 2"),
        ({"model": "gpt-4o", "tools": None}, "tools must be array"),
    ],
    ids=["lacks the model", "unknown member", "too hot", "null that is not allowed"],
)
def test_a_request_that_is_not_as_described_is_refused(
    judged: Judged, key: str, body: dict[str, Any], words: str
) -> None:
    with pytest.raises(HTTPError) as raised:
        ask("POST", f"{judged.proxy.url}/assistants", key, body)
    with raised.value as answer:
        assert (answer.code, words in answer.read().decode()) == (422, True)
    assert listed(judged.upstream) == []


def test_an_answer_that_is_not_as_described_is_no_success(tmp_path: Path, key: str) -> None:
    page: dict[str, Any] = {"object": "list", "data": [], "first_id": None, "last_id": None}  # and no has_more
    with scripted(lambda _: Answer(body=page)) as upstream, prism(tmp_path, DESCRIPTION, upstream.url) as proxy:
        with pytest.raises(HTTPError, match="500"):
            ask("GET", f"{proxy.url}/assistants", key)
        assert said_by_prism(proxy, key) == ["VIOLATIONS"]
