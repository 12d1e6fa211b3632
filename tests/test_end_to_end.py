"""The installed command as a process of its own, against `assistants serve` on loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from assistants_tool.cli.serving import _listen
from tests.conftest import Cli, Write
from tests.hostile import hostile
from tests.servers import serving
from tests.trials import definitions, started, write_folder

KEY = "sk-planted-9876543210"


def assistants(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OPENAI_API_KEY": KEY, **variables}
    command = [sys.executable, "-m", "assistants_tool", *words]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert "Traceback" not in run.stderr
    assert KEY not in run.stdout + run.stderr
    return run


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVE_KEY", KEY)
        with serving(tmp_path_factory.mktemp("served") / "served.db", "--api-key-env", "SERVE_KEY") as address:
            yield address


def test_create_keep_change_and_delete_over_http(
    url: str, write: Write, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    write({f"definitions/a{n}.yaml": f"name: A{n}\nmodel: gpt-4o\ntop_p: 0.5\n" for n in range(12)})
    first = assistants("apply", "definitions", "--yes", OPENAI_BASE_URL=url)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.endswith("Applied: 12 created, 0 updated, 0 deleted.\n")
    assert assistants("plan", "definitions", "--exit-code", OPENAI_BASE_URL=url).returncode == 0

    before = {one["key"]: one for one in json.loads(cli("list", "-o", "json", "--base-url", url).stdout)}
    write({"definitions/a3.yaml": "name: Renamed\nmodel: gpt-4o\n"})
    assert assistants("plan", "definitions", "--exit-code", OPENAI_BASE_URL=url).returncode == 3
    assert assistants("apply", "definitions", "--yes", OPENAI_BASE_URL=url).returncode == 0
    after = json.loads(cli("show", "a3", "-o", "json", "--base-url", url).stdout)
    assert after == {**before["a3"], "name": "Renamed", "top_p": 1.0}
    assert assistants("delete", "a3", "a4", "--yes", "--base-url", url).returncode == 0
    left = {one["key"] for one in json.loads(cli("list", "-o", "json", "--base-url", url).stdout)}
    assert before.keys() - left == {"a3", "a4"}


def test_the_embedded_endpoint_needs_no_network(write: Write, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    write({"assistants/a.yaml": "name: A\nmodel: gpt-4o\n"})
    for words in (
        "validate",
        "plan",
        "apply --yes",
        "list",
        "show a",
        "chat a Hello",
        "models",
        "delete a --yes",
        "restore --yes",
    ):
        ran = cli(*words.split(), *(["--embedded"] if words != "validate" else []))
        assert ran.exit_code == 0, ran.output


def test_nothing_but_assistants_is_written(write: Write, cli: Cli) -> None:
    """Not where definitions name vector stores and files either: each write is to /v1/assistants or to one of them."""
    tools = "tools: [{type: file_search}, {type: code_interpreter}]\n"
    resources = "tool_resources: {file_search: {vector_store_ids: [vs_1]}, code_interpreter: {file_ids: [file_1]}}\n"
    write({"definitions/project.yaml": "project: p\n", "definitions/a.yaml": f"model: m\n{tools}{resources}"})
    with hostile() as endpoint:
        at = ("-f", "definitions", "--base-url", endpoint.url, "--yes")
        assert cli("apply", *at).exit_code == 0
        write({"definitions/a.yaml": f"model: m\n{tools}{resources.replace('vs_1', 'vs_2')}"})
        assert [cli(*words.split(), *at).exit_code for words in ("apply", "delete a", "restore")] == [0, 0, 0]
        assert {"POST", "POST /{id}", "DELETE /{id}"} <= set(endpoint.writes)
        assert {re.sub(r"/asst_\w+$", "", one.request.path) for one in endpoint.log} == {"/v1/assistants"}


def test_a_second_apply_sends_only_gets(url: str, write: Write, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    write({"definitions/a.yaml": "name: A\nmodel: gpt-4o\n"})
    cli("apply", "definitions", "--yes", "--base-url", url)
    again = assistants("-v", "apply", "definitions", "--yes", OPENAI_BASE_URL=url)
    assert [line.split(" -> ")[0] for line in again.stderr.splitlines()] == ["GET /assistants?limit=100&order=asc"]


def test_a_wrong_key_is_said_to_be_wrong(url: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    run = cli("list", "--base-url", url)
    assert run.exit_code == 1
    assert run.stderr.startswith(f"Error: GET {url}/assistants: 401 Incorrect API key provided")
    assert "sk-wrong" not in run.stderr


def test_an_empty_folder_and_an_unreadable_file(write: Write, tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "empty").mkdir()
    run = cli("plan", "empty", "--embedded")
    expected = "empty: no definitions here; add a .yaml file with at least `model: NAME`\n"
    assert (run.exit_code, run.stderr) == (1, expected)
    write({"definitions/a.yaml": "model: m\n"})
    (tmp_path / "definitions" / "b.yaml").symlink_to("nowhere.yaml")
    run = cli("plan", "definitions", "--embedded")
    expected = (
        "definitions/b.yaml: the file cannot be read: No such file or directory; check the path and its permissions\n"
    )
    assert (run.exit_code, run.stderr) == (1, expected)


def test_no_answer_of_serve_waits_for_an_acknowledgement() -> None:
    with _listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_serve_asks_for_a_key_where_others_can_reach_it() -> None:
    run = assistants("serve", "--host", "0.0.0.0")
    assert (run.returncode, run.stdout) == (2, "")
    assert "name its variable with --api-key-env" in run.stderr


def test_a_reader_that_goes_away_is_no_fault(write: Write) -> None:
    write({f"definitions/a{n}.yaml": "model: m\ninstructions: " + "x" * 5000 for n in range(50)})
    for words, codes in (("plan", "0"), ("plan -o json", "0"), ("plan -o markdown", "0"), ("plan --exit-code", "3")):
        command = f"{{ {sys.executable} -m assistants_tool {words} definitions --embedded; echo $? >code; }} | head -1"
        run = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)  # noqa: S602 - a pipe is the point
        said = (run.stdout.count("\n"), "Error" in run.stderr, Path("code").read_text())
        assert said == (1, False, f"{codes}\n"), run.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_asked_to_end_just_ends(number: signal.Signals, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "assistants_tool", "serve", "--port", "0", "--database", str(tmp_path / "x.db")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        (url,) = re.findall(r"http://\S+", process.stdout.readline())
        assert httpx2.get(f"{url}/models", timeout=10).status_code == 200
        process.send_signal(number)
        said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, *said) == (0, "", "")


def test_where_a_plan_cannot_be_shown_nothing_is_written(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "assistants", definitions(400))
    with hostile() as endpoint:
        process = started(folder, endpoint.url)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("Target: ")
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        assert process.wait(20) == 1
        assert said == "Error: the output was closed before the plan could be shown, so nothing was written\n"
        assert endpoint.writes == []
