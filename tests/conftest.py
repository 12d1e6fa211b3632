"""What every test starts from: an empty folder that is its own root, no variables of ours, no terminal."""

from __future__ import annotations

import gc
import importlib
import itertools
import os
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assistants_tool.applying.context import Policy
from assistants_tool.cli import main
from assistants_tool.endpoint.patience import Patience

REPOSITORY = Path(__file__).resolve().parent.parent
Cli = Callable[..., Result]
Write = Callable[[Mapping[str, str]], Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="record the cassettes anew, from `assistants serve`")
    parser.addoption(
        "--interop", action="store_true", help="start servers of others, from PyPI and npm (tests/interop)"
    )
    parser.addoption("--thorough", action="store_true", help="try laws with many more examples, others each time")


def hear_ctrl_c() -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, and so would every process that a test starts and asks to stop."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def keep_files_in_memory() -> None:
    """What tests write need not outlive the machine. Where memory can be had as a folder, in which programs may be started, too, nobody
    waits for a disk, as each backup and each database does that is on one.
    """
    memory = Path("/dev/shm")  # noqa: S108 - pytest's own folder there is as private as in /tmp
    if not os.access(memory, os.W_OK):
        return
    found = os.statvfs(memory)
    if found.f_bavail * found.f_frsize > 2 << 30 and not found.f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_configure() -> None:
    hear_ctrl_c()
    keep_files_in_memory()


def pytest_collection(session: pytest.Session) -> None:
    """Only those processes come here that run tests, and need hypothesis. And schemathesis, as a plugin that pytest finds or is told of,
    would be loaded by all processes, though `tests/test_embedded_schema.py` alone needs it.
    """
    importlib.import_module("tests.examples").begin(thorough=session.config.getoption("--thorough"))
    if "ASSISTANTS_TEST_DATA" in os.environ:
        session.config.pluginmanager.register(importlib.import_module("schemathesis.pytest.plugin"))


def pytest_collection_finish() -> None:
    """Seven thousand tests live to the end: the collector of garbage need not go over them again and again. And what it finds is taken
    away sooner than by the command, which lives for a second: a twelfth of the time, as it is in the processor's cache yet.
    """
    gc.freeze()
    gc.set_threshold(10_000, 50, 100)


_numbers = itertools.count()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As pytest's own, which each time looks at all the folders that there are and moves a link: of thousands, that takes long."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    path = tmp_path_factory.getbasetemp() / f"{name}{next(_numbers)}"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if (
            name.startswith(("OPENAI_", "ASSISTANTS_", "AZURE_", "IDENTITY_", "MSI_"))
            and name != "ASSISTANTS_TEST_DATA"
        ):
            monkeypatch.delenv(name)
    for name in (
        "CI",
        "GITHUB_ACTIONS",
        "GITHUB_STEP_SUMMARY",
        "NO_COLOR",
        "FORCE_COLOR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    # Processes that a test starts may keep what they compile: importing openai takes three times as long without.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent twice or waited for."""
    monkeypatch.setattr(Patience.__init__, "__defaults__", (1, 1.0, 0.001, 0.01, 0.001, 2))
    monkeypatch.setattr(Policy.__init__, "__defaults__", (10, 0.0, False, 0.0))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files by their path; returns the folder."""

    def files(contents: Mapping[str, str]) -> Path:
        for name, text in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return files


@pytest.fixture
def cli() -> Cli:
    """Run a command in this process; `stdout`, `stderr` and `exit_code` are apart."""

    def run(*words: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, [*words], input=stdin)

    return run
