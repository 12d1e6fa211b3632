"""What measurements share: an endpoint in a process of its own, so that it takes no time from what is measured, and the measuring."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from assistants_tool.objects.definition import Definition
from assistants_tool.objects.payload import Body
from tests.hostile import CALM, Temper, hostile
from tests.trials import bodies

REPOSITORY = Path(__file__).resolve().parent.parent
TOOL = (sys.executable, "-m", "assistants_tool")


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came to an endpoint."""

    requests: int
    most_in_flight: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a whole process took: seconds of the clock and of the processors, and at most so many MiB of memory."""

    seconds: float
    processor: float
    memory: float


@dataclass(frozen=True, slots=True)
class Apart:
    """A running endpoint, in another process."""

    url: str
    pipe: Connection

    def traffic(self) -> Traffic:
        """Since this was last asked."""
        self.pipe.send(None)
        return Traffic(*self.pipe.recv())


@contextlib.contextmanager
def apart(temper: Temper = CALM, filling: Sequence[Definition] = ()) -> Iterator[Apart]:
    """An endpoint that holds what an apply of `filling` would have left."""
    context = multiprocessing.get_context("spawn")
    pipe, far = context.Pipe()
    process = context.Process(target=_serve, args=(temper, list(bodies(filling)), far), daemon=True)
    process.start()
    far.close()
    try:
        yield Apart(pipe.recv(), pipe)
    finally:
        pipe.close()  # which ends it
        process.join(30)


def _serve(temper: Temper, filling: Sequence[Body], pipe: Connection) -> None:
    with hostile(temper) as endpoint, contextlib.suppress(EOFError):
        for body in filling:
            endpoint.put(body)
        pipe.send(endpoint.url)
        while True:
            pipe.recv()
            pipe.send((len(endpoint.log), endpoint.most_in_flight))
            endpoint.recount()


def cost(words: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end. SystemExit, with what it said, where it fails."""
    with tempfile.TemporaryFile() as told:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own words
            words, cwd=folder, env=environment(variables or {}), stdout=subprocess.DEVNULL, stderr=told
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            said = told.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"{' '.join(words[:6])}: exit {process.returncode}\n{said}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Ours, with compiled bytecode kept, as it is for people, and without settings of the tool."""
    kept = {name: one for name, one in os.environ.items() if not name.startswith(("PYTHONDONTWRITE", "ASSISTANTS_"))}
    return {**kept, "OPENAI_API_KEY": "sk-loopback", **variables}
