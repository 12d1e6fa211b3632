"""A command as a process that believes to be on a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable

PATIENCE = 60  # seconds without a word


def in_terminal(*words: str, answer: str = "", interrupted_at: str = "", **variables: str) -> tuple[int, str]:
    """The exit code, and all that a command writes to a terminal of 80 columns, where `answer` (which is echoed) has been typed.

    Once it has written `interrupted_at`, it is interrupted as by Ctrl-C.
    """
    leader, follower = pty.openpty()
    os.write(leader, answer.encode())
    command = [sys.executable, "-m", "assistants_tool", *words]
    environment = {**os.environ, "COLUMNS": "80", **variables}
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    try:
        said = _read(leader, interrupted_at.encode(), lambda: process.send_signal(signal.SIGINT))
    finally:
        process.kill()
        code = process.wait()
        os.close(leader)
    return code, said.decode().replace("\r\n", "\n")


def _read(leader: int, awaited: bytes, interrupt: Callable[[], None]) -> bytes:
    said, is_awaited = b"", bool(awaited)
    try:
        while select.select([leader], [], [], PATIENCE)[0] and (part := os.read(leader, 4096)):
            said += part
            if is_awaited and awaited in said:
                is_awaited = False
                interrupt()
    except OSError:  # Linux says so where the other side has closed
        pass
    return said
