"""`watch`: what is saved is validated and planned again."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistants_tool.cli.watching import saved_in
from assistants_tool.line.workspace import Workspace
from tests.conftest import Cli, Write
from tests.servers import Answer, Request, scripted

WAIT = 30  # seconds, after which it has failed
PROJECT = 'project: p\nenvironments: {local: {endpoint: {base_url: "URL"}}}\n'


@contextmanager
def watching(*words: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process, both of its streams in one; it is ended at the end."""
    command = [sys.executable, "-m", "assistants_tool", "watch", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        alarm = threading.Timer(WAIT, process.kill)
        alarm.start()
        try:
            yield process
        finally:
            process.kill()
            alarm.cancel()


def told(process: subprocess.Popen[str]) -> list[str]:
    """What it says until it waits for the next save."""
    lines: list[str] = []
    assert process.stdout
    for line in process.stdout:
        if line == "Watching; Ctrl-C ends it.\n":
            return lines
        lines.append(line.rstrip("\n"))
    raise AssertionError(lines)


def listing(_: Request) -> Answer:
    return Answer(body={"object": "list", "data": [], "has_more": False})


def test_what_is_saved_is_planned_again_and_nothing_is_written(write: Write) -> None:
    with scripted(listing) as server:
        write({"assistants/project.yaml": PROJECT.replace("URL", server.url), "prompts/a.txt": "Be kind."})
        write({"assistants/a.yaml": "model: m\ninstructions: {file: ../prompts/a.txt}\n"})
        with watching("-e", "local") as process:
            first = told(process)
            assert (first[0], first[-1]) == (
                "1 definition is valid.",
                "Plan: 1 to create, 0 to update, 0 to delete, 0 unchanged.",
            )
            write({"prompts/a.txt": "Be short."})
            again = told(process)
            assert again[1] == "Saved: prompts/a.txt"
            assert "    instructions: Be short." in again
            write({"assistants/b.yaml": "modle: m\n"})
            faulty = told(process)
            assert faulty[1] == "Saved: assistants/b.yaml"
            assert faulty[-1].startswith("assistants/b.yaml:1:1: ")
            write({"assistants/team/c.yaml": "model: m\n", "assistants/b.yaml": "model: m\n"})
            while "3 definitions are valid." not in told(process):
                pass
            process.send_signal(signal.SIGINT)
            assert process.wait(WAIT) == 0
    assert {one.method for one in server.requests} == {"GET"}
    assert not Path(".assistants").exists()


def test_asked_to_stop_it_just_ends(write: Write) -> None:
    write({"assistants/project.yaml": "default_environment: local\nenvironments:\n  local: {endpoint: embedded}\n"})
    write({"assistants/a.yaml": "model: m\n"})
    with watching("-e", "local") as process:
        told(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT) == 0


def test_an_endpoint_that_fails_is_told_and_tried_again(write: Write) -> None:
    answers = iter([Answer(401, {"error": {"message": "no"}})])
    with scripted(lambda request: next(answers, None) or listing(request)) as server:
        write({"assistants/project.yaml": PROJECT.replace("URL", server.url), "assistants/a.yaml": "model: m\n"})
        with watching("-e", "local") as process:
            assert told(process)[-1].startswith("Error: ")
            write({"assistants/a.yaml": "model: n\n"})
            assert "    model: n" in told(process)


def test_the_folders_that_are_watched(write: Write) -> None:
    root = write(
        {
            "a/project.yaml": "project: p\n",
            "a/x.yaml": "model: m\ninstructions: {file: ../b/x.md}\n",
            "a/deep/y.yaml": "model: m\n",
            "a/.hidden/z.yaml": "model: m\n",
            "b/x.md": "x",
            "c/w.yaml": "model: m\n",
        }
    )
    (root / "a" / "w.yaml").symlink_to("../c/w.yaml")
    names = [os.path.relpath(one, root.resolve()) for one in Workspace.find([root / "a"]).folders()]
    assert sorted(names) == ["a", "a/deep", "b", "c"]
    names = [os.path.relpath(one, root.resolve()) for one in Workspace.find([root / "a" / "deep" / "y.yaml"]).folders()]
    assert sorted(names) == ["a", "a/deep"]


def test_a_folder_that_comes_back_is_heard_of(tmp_path: Path) -> None:
    """As where git changes to a branch that lacks it, and back."""
    folder = tmp_path / "assistants" / "deep"
    saved = saved_in((folder,))
    next(saved)
    (tmp_path / "beside.txt").touch()
    assert next(filter(None, itertools.islice(saved, 3)), None) is None
    folder.mkdir(parents=True)
    assert next(filter(None, itertools.islice(saved, 50)), None) == ["assistants"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("-", 2, "- is standard input, which cannot be watched; give files"),
        ("nowhere", 1, "nowhere: no such file or folder"),
        ("assistants -e nix", 1, "the environment 'nix' is not declared"),
    ],
)
def test_what_cannot_be_watched(cli: Cli, write: Write, words: str, code: int, said: str) -> None:
    write({"assistants/project.yaml": PROJECT.replace("URL", "http://127.0.0.1:9"), "assistants/a.yaml": "model: m\n"})
    ran = cli("watch", *words.split())
    assert (ran.exit_code, said in ran.stderr) == (code, True), ran.output
