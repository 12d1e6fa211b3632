"""What goes over the wire, recorded from `assistants serve` and replayed with nothing there.

    pytest tests/test_cassettes.py --record        records all of them anew

A cassette is bound to the requests, not to a host: method, path, query and body have to match. They hold no keys, no hosts but loopback and
no headers that change from run to run; a test holds that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import vcr
import yaml
from vcr.cassette import Cassette

from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import serving

CASSETTES = REPOSITORY / "cassettes"
NOWHERE = "http://127.0.0.1/v1"
KEPT_HEADERS = {"content-type", "openai-beta", "retry-after"}
Recorded = Callable[[], Any]


def _bare(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if name.lower() in KEPT_HEADERS}


def _request(request: Any) -> Any:
    request.uri = re.sub(r"^http://127\.0\.0\.1(:\d+)?", "http://127.0.0.1", request.uri)
    request.headers = _bare(request.headers)
    return request


def _response(response: dict[str, Any]) -> dict[str, Any]:
    return {**response, "headers": _bare(response["headers"])}


@contextmanager
def cassette(name: str, *, record: bool) -> Iterator[Cassette]:
    path = CASSETTES / f"{name}.yaml"
    if record:
        path.unlink(missing_ok=True)
    player = vcr.VCR(
        record_mode=vcr.mode.ALL if record else vcr.mode.NONE,
        match_on=["method", "path", "query", "body"],
        before_record_request=_request,
        before_record_response=_response,
    )
    with player.use_cassette(str(path)) as tape:
        yield tape
    assert record or tape.all_played


@pytest.fixture
def tape(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cassette]:
    """A cassette named after the test; while it plays, OPENAI_BASE_URL is the endpoint that it stands for."""
    record = request.config.getoption("--record")
    name = request.node.name.removeprefix("test_")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    if record:
        with serving(tmp_path / "recorded.db") as url:
            monkeypatch.setenv("OPENAI_BASE_URL", url)
            with cassette(name, record=True) as tape:
                yield tape
    else:
        monkeypatch.setenv("OPENAI_BASE_URL", NOWHERE)
        with cassette(name, record=False) as tape:
            yield tape


def requests(tape: Cassette) -> list[str]:
    return [f"{one.method} {one.path}" for one in tape.requests]


@pytest.fixture
def applied(cli: Cli, write: Write) -> Callable[[str], str]:
    """Apply one definition; returns what was said."""

    def run(text: str) -> str:
        write({"assistants/tutor.yaml": text})
        found = cli("apply", "--yes")
        assert (found.exit_code, found.stderr) == (0, "")
        return str(found.stdout)

    return run


def test_create(tape: Cassette, applied: Callable[[str], str]) -> None:
    """List, create, and proof that metadata is kept: read back by id, and found in a list."""
    said = applied("name: Tutor\nmodel: gpt-4o\ntools: [{type: code_interpreter}]\n")
    assert said.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")
    found = requests(tape)
    assert found[:2] == ["GET /v1/assistants", "POST /v1/assistants"]
    assert re.fullmatch(r"GET /v1/assistants/asst_\w{24}", found[2])
    sent = json.loads(tape.requests[1].body)
    assert json.loads(sent["metadata"].pop("assistants-tool"))["key"] == "tutor"
    assert sent == {"name": "Tutor", "model": "gpt-4o", "tools": [{"type": "code_interpreter"}], "metadata": {}}


def test_update(tape: Cassette, applied: Callable[[str], str]) -> None:
    """An update carries the whole document, and null for a field that is no longer declared."""
    applied("name: Tutor\nmodel: gpt-4o\ntemperature: 0.5\n")
    said = applied("name: Lehrer 선생님\nmodel: gpt-4o\n")
    assert said.endswith("Applied: 0 created, 1 updated, 0 deleted.\n")
    sent = json.loads(tape.requests[-1].body)
    sent["metadata"].pop("assistants-tool")
    assert sent == {"name": "Lehrer 선생님", "model": "gpt-4o", "temperature": None, "metadata": {}}


def test_list(tape: Cassette, applied: Callable[[str], str], cli: Cli) -> None:
    applied("name: Tutor\nmodel: gpt-4o\n")
    (found,) = json.loads(cli("list", "-o", "json").stdout)
    assert (found["name"], found["key"], found["managed"]) == ("Tutor", "tutor", True)
    assert requests(tape)[-1] == "GET /v1/assistants"
    assert tape.requests[-1].query == [("limit", "100"), ("order", "asc")]


def test_delete(tape: Cassette, applied: Callable[[str], str], cli: Cli) -> None:
    applied("name: Tutor\nmodel: gpt-4o\n")
    found = cli("delete", "tutor", "--yes")
    assert found.stdout.endswith("Applied: 0 created, 0 updated, 1 deleted.\n")
    assert re.fullmatch(r"DELETE /v1/assistants/asst_\w{24}", requests(tape)[-1])


# --- what is inside

FILES = sorted(CASSETTES.glob("*.yaml"))


def test_there_is_a_cassette_for_each_test() -> None:
    names = re.findall(r"^def test_(\w+)\(tape", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE)
    assert [path.stem for path in FILES] == sorted(names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_cassette_holds_no_keys_no_hosts_and_nothing_volatile(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"sk-|authorization|bearer|stainless|user-agent|request-id", text, re.IGNORECASE)
    assert set(re.findall(r"https?://[^/\s\"']+", text)) == {"http://127.0.0.1"}
    for one in yaml.safe_load(text)["interactions"]:
        kept = {*one["request"]["headers"], *one["response"]["headers"]}
        assert {name.lower() for name in kept} <= KEPT_HEADERS
