"""What is different on Windows, made up here; docs/install.md says what that is worth."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import signal
import sys
from pathlib import Path, PureWindowsPath

import pytest

from assistants_tool.cli.interrupts import sigterm_is_ctrl_c, stopping
from assistants_tool.definitions import importing
from assistants_tool.endpoint.keys import fetch_key
from assistants_tool.errors import ToolError
from assistants_tool.project.target import Key
from tests.conftest import REPOSITORY, Cli, Write
from tests.tables import cases


def test_paths_are_written_with_slashes() -> None:
    """Windows' own relpath gives backslashes; what stands in a file is made of it by `as_posix`."""
    assert PureWindowsPath("..\\prompts\\a.md").as_posix() == "../prompts/a.md"
    for module, name in (
        ("line/steps", "relpath"),
        ("definitions/importing", "led"),
        ("definitions/loading", "relpath"),
    ):
        source = (REPOSITORY / "assistants_tool" / f"{module}.py").read_text(encoding="utf-8")
        assert re.search(rf"Path\((os\.path\.)?{name}.*\)\.as_posix\(\)", source), module


def test_whatever_writes_text_says_how_its_lines_end() -> None:
    """Unsaid, Windows ends them with CRLF. A file is opened for bytes, or names its `newline`."""
    unsaid = []
    for path in sorted((REPOSITORY / "assistants_tool").rglob("*.py")):
        calls = (one for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(one, ast.Call))
        for call in calls:
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            opens = name in ("open", "fdopen") and any(re.fullmatch("[wxa]t?", one) for one in texts)
            writes = (
                name == "write_text" and ast.unparse(call.func) != "formatter.write_text"
            )  # that one is Click's, of help
            if (opens or writes) and not {"newline"} & {one.arg for one in call.keywords}:
                unsaid.append(f"{path.name}: {ast.unparse(call)}")
    assert unsaid == ["terminal.py: open(os.devnull, 'w', encoding='utf-8')"]


@cases("name", {one: one for one in ("con", "NUL", "com1", "LPT9", "Aux.")})
def test_no_device_is_a_file(name: str) -> None:
    assert importing.slug(name) == f"assistant-{re.sub('[^a-z0-9]', '', name.lower())}"
    assert importing.slug(f"{name}sole") == re.sub("[^a-z0-9]+", "-", f"{name.lower()}sole")


class LoopOfWindows(asyncio.SelectorEventLoop):
    def add_signal_handler(self, sig: int, callback: object, *args: object) -> None:
        raise NotImplementedError

    def remove_signal_handler(self, sig: int) -> bool:
        raise NotImplementedError


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_where_a_loop_has_no_handlers(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The first lets what is in flight end, the second cuts it off; afterwards both signals do what they did."""
    monkeypatch.delattr(signal, "pthread_sigmask")
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    heard: list[str] = []

    async def work() -> None:
        stop, cut = asyncio.Event(), asyncio.Event()

        def second() -> None:
            heard.append("second")
            cut.set()

        with stopping(stop, lambda: heard.append("first"), cut=second):
            os.kill(os.getpid(), signal.SIGINT)
            await stop.wait()
            if times == 2:
                os.kill(os.getpid(), signal.SIGINT)
                await cut.wait()

    with sigterm_is_ctrl_c(), asyncio.Runner(loop_factory=LoopOfWindows) as runner:
        runner.run(work())
    assert heard == ["first", "second"][:times]
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


def held_open(self: Path, target: object) -> Path:
    raise PermissionError(13, "Access is denied", str(target))


def test_a_file_that_cannot_be_replaced_is_named(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write({"assistants/a.yaml": "name: A\nmodel: gpt-4o\n"})
    monkeypatch.setattr(Path, "replace", held_open)
    saved = cli("plan", "--embedded", "--out", "plan.json")
    assert (saved.exit_code, saved.stderr) == (
        1,
        "Error: plan.json cannot be written: Access is denied; choose another place\n",
    )
    (folder / "assistants/a.yaml").write_text("model: gpt-4o\nname:   A\n")
    formatted = cli("fmt")
    assert formatted.exit_code == 1
    assert "assistants/a.yaml cannot be written: Access is denied" in formatted.stderr
    assert (folder / "assistants/a.yaml").read_text() == "model: gpt-4o\nname:   A\n"
    assert [one.name for one in folder.rglob("*.part")] == []


def test_a_command_for_the_key_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(
        ToolError, match=r"^the command 'az' for the key is not run on Windows; use api_key: \{env: NAME\}"
    ):
        asyncio.run(fetch_key(Key(command=("az", "account", "get-access-token")), {}))
