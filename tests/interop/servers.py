"""Servers that others wrote, from their package registries, each in a folder of its own and as a process of its own on loopback.

What is installed is kept below XDG_CACHE_HOME or ~/.cache, in `assistants-tool-interop`, so that only the first run needs a network. The
files beside this one pin it: a changed pin makes a new folder. Everything is bounded in time, and every process ends with its block.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PINS = Path(__file__).resolve().parent
PRISM = "@stoplight/prism-cli@5.14.2"
AXE = "axe-core@4.14.1"
PROMPTFOO, NODE = "promptfoo@0.123.1", "node@22.23.3"
INSTALL_SECONDS = 900
START_SECONDS = 120
STOP_SECONDS = 30
# A proxy in the environment must not stand before loopback.
_HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Server:
    """A running server: where it is, the key that it wants, and the file with all that it said."""

    url: str
    key: str
    log: Path


# --- installing


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "assistants-tool-interop"


def _installed(name: str, install: Callable[[Path], None]) -> Path:
    """The folder of what `install` puts into one. It gets its name at the end, so that what broke off is not taken for whole."""
    folder = _cache() / name
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as scratch:
            unfinished = Path(scratch) / "new"
            install(unfinished)
            with contextlib.suppress(OSError):  # another run was faster
                unfinished.rename(folder)
    return folder


def _run(*words: str | Path) -> None:
    run = subprocess.run(words, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if run.returncode:
        pytest.fail(f"{' '.join(map(str, words))} failed:\n{run.stdout[-1000:]}{run.stderr[-3000:]}", pytrace=False)


def python_of(name: str) -> Path:
    """The interpreter of a virtual environment that holds what `NAME.txt` pins."""
    pins = PINS / f"{name}.txt"

    def install(folder: Path) -> None:
        _run(sys.executable, "-m", "venv", folder)
        _run(folder / "bin" / "python", "-m", "pip", "install", "--no-deps", "--quiet", "--requirement", pins)

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.blake2b(pins.read_bytes(), digest_size=4).hexdigest()
    return _installed(f"{name}-{version}-{digest}", install) / "bin" / "python"


def _npm_command(command: str, *packages: str) -> Path:
    """The command that npm makes of these packages, which are pinned by their versions; the first gives the folder its name."""
    return _npm_folder(command, *packages) / ".bin" / command


def _npm_folder(name: str, *packages: str) -> Path:
    """Where npm puts these packages, and what they need."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"{name} needs Node.js and npm")

    def install(folder: Path) -> None:
        folder.mkdir()
        _run(npm, "install", "--prefix", folder, "--no-audit", "--no-fund", *packages)

    return _installed(f"{name}-{packages[0].rpartition('@')[2]}", install) / "node_modules"


def axe() -> str:
    """The script of axe-core, which finds what keeps people from using a page."""
    return (_npm_folder("axe", AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def promptfoo(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What promptfoo answers to these words, in the current folder. It asks for a newer Node.js than most have, so that comes with it."""
    command = _npm_command("promptfoo", PROMPTFOO, NODE)
    environment = {
        "PATH": f"{command.parents[1] / 'node' / 'bin'}:{os.environ['PATH']}",
        "HOME": str(Path.cwd()),
        "PROMPTFOO_CONFIG_DIR": str(Path.cwd() / "home"),
        **dict.fromkeys(
            ("PROMPTFOO_DISABLE_TELEMETRY", "PROMPTFOO_DISABLE_UPDATE", "PROMPTFOO_DISABLE_REMOTE_GENERATION"), "1"
        ),
        **variables,
    }
    return subprocess.run(
        [command, *words], env=environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )


# --- running


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def ask(method: str, url: str, key: str = "", body: Any = None) -> Any:
    """What a server answers, past the tool. Raises OSError or ValueError where that is no success, or no JSON."""
    headers = {"Content-Type": "application/json", "OpenAI-Beta": "assistants=v2"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - loopback
    with _HTTP.open(request, timeout=10) as answer:
        return json.loads(answer.read())


def _asked(method: str, url: str, body: Any = None) -> Any:
    """Likewise; None where there is no such answer yet."""
    with contextlib.suppress(OSError, ValueError):
        return ask(method, url, body=body)


@contextlib.contextmanager
def _running(
    folder: Path, words: list[str | Path], ready: Callable[[str], Any], **variables: str
) -> Iterator[tuple[Path, Any]]:
    """A process in a folder, with no variables but these; gives its log, and what `ready` made of it once that was something."""
    log = folder / "log"
    # npm's commands find node by PATH, and what a server writes home belongs to the test.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **variables}
    with log.open("wb") as output:
        process = subprocess.Popen(words, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield log, _first(lambda: ready(_text(log)), process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _first(ready: Callable[[], Any], process: subprocess.Popen[bytes], log: Path) -> Any:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if found := ready():
            return found
        if process.poll() is not None:
            pytest.fail(f"{process.args!r} ended with {process.returncode}:\n{_text(log)[-3000:]}", pytrace=False)
        time.sleep(0.25)
    pytest.fail(f"{process.args!r} was not ready after {START_SECONDS} s:\n{_text(log)[-3000:]}", pytrace=False)


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def myla(folder: Path) -> Iterator[Server]:
    """myla over a new SQLite file. Its first user is there from the start, and logging in gives a key."""
    port = _free_port()
    login = f"http://127.0.0.1:{port}/api/v1/users/admin/login"
    words: list[str | Path] = [python_of("myla"), "-m", "myla", "-H", "127.0.0.1", "-p", str(port)]
    variables = {
        "DATABASE_URL": f"sqlite:///{folder}/myla.db",
        # No language model is asked for anything: port 9 discards.
        "LLM_ENDPOINT": "http://127.0.0.1:9/v1/",
        "LLM_API_KEY": "none",
        "DEFAULT_LLM_MODEL_NAME": "gpt-4o",
        "OPENAI_API_KEY": "none",
    }

    def ready(_: str) -> Any:
        return _asked("POST", login, {"username": "admin", "password": "admin"})

    with _running(folder, [*words, "--data", folder / "data"], ready, **variables) as (log, session):
        yield Server(f"http://127.0.0.1:{port}/api/v1", session["secret_key"]["id"], log)


@contextlib.contextmanager
def litellm(folder: Path, upstream: str, models: Iterable[str]) -> Iterator[Server]:
    """LiteLLM's proxy without a database. `/v1` is its own form of the API, `/openai` and `/vllm` forward: all lead to the upstream.

    By `/vllm` a body with one of the `models` goes on as it is. The model `chat` is for chat completions by `/v1`.
    """
    port, key = _free_port(), "sk-litellm-interop"
    behind = {"api_base": upstream, "api_key": "none"}
    settings = {
        "model_list": [
            *({"model_name": one, "litellm_params": {"model": f"vllm/{one}", **behind}} for one in models),
            {"model_name": "chat", "litellm_params": {"model": "openai/gpt-4o", **behind}},
        ],
        "router_settings": {"num_retries": 0},  # or it repeats a create, too
        "assistant_settings": {
            "custom_llm_provider": "openai",
            "litellm_params": behind,
        },
        "general_settings": {"master_key": key},
    }
    (folder / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")  # YAML holds JSON
    start = "from litellm import run_server; run_server()"
    words: list[str | Path] = [python_of("litellm"), "-c", start, "--config", "config.yaml", "--telemetry", "False"]
    variables = {
        "OPENAI_API_BASE": upstream,
        "OPENAI_API_KEY": "none",
        "VLLM_API_BASE": upstream,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # prices from its own wheel, not from the network
    }

    def ready(_: str) -> Any:
        return _asked("GET", f"http://127.0.0.1:{port}/health/liveliness")

    with _running(folder, [*words, "--host", "127.0.0.1", "--port", str(port)], ready, **variables) as (log, _):
        yield Server(f"http://127.0.0.1:{port}", key, log)


@contextlib.contextmanager
def llmock(folder: Path) -> Iterator[Server]:
    """llmock, whose answers repeat the message, fill schemas and call functions.

    Below `/_llmock` it says what it got, and is told how to fail.
    """
    port = _free_port()
    start = "from llmock.cli import app; app()"
    words: list[str | Path] = [
        python_of("llmock"),
        "-c",
        start,
        "serve",
        "--port",
        str(port),
        "--response-style",
        "echo",
    ]

    def ready(_: str) -> Any:
        return _asked("GET", f"http://127.0.0.1:{port}/v1/models")

    with _running(folder, words, ready) as (log, _):
        yield Server(f"http://127.0.0.1:{port}", "none", log)


@contextlib.contextmanager
def prism(folder: Path, description: Path, upstream: str) -> Iterator[Server]:
    """Prism in front of a server: what breaks the description on the way there is a 422, on the way back a 500."""
    port = _free_port()
    words: list[str | Path] = [_npm_command("prism", PRISM), "proxy", "-h", "127.0.0.1", "-p", str(port), "--errors"]
    with _running(folder, [*words, description, upstream], lambda said: "Prism is listening" in said) as (log, _):
        yield Server(f"http://127.0.0.1:{port}", "none", log)


@contextlib.contextmanager
def script(folder: Path, path: Path, *options: str) -> Iterator[str]:
    """A server of one Python file that takes `--port` and needs aiohttp, which is among what is installed for myla."""
    port = _free_port()
    words: list[str | Path] = [python_of("myla"), path, "--port", str(port), *options]

    def ready(_: str) -> Any:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    with _running(folder, words, ready):
        yield f"http://127.0.0.1:{port}/v1"
