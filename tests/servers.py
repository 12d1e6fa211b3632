"""Real HTTP on loopback: a server that answers what a test tells it to, and `assistants serve` as a process."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    raw: bytes = b""


@dataclass
class Answer:
    """What a server says: a JSON value, or bytes with their type, or a stream of `pieces`; `cut` closes the connection instead of the
    end, which of anything but a stream is all of it.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    pieces: Iterable[bytes] | None = None

    def payload(self) -> tuple[bytes, str]:
        if isinstance(self.body, bytes):
            return self.body, self.headers.get("Content-Type", "text/html")
        return json.dumps(self.body).encode(), "application/json"


Script = Callable[[Request], Answer]


@dataclass
class Scripted:
    """A running server: its address, and all requests that it got."""

    url: str
    requests: list[Request]

    @property
    def lines(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.requests]


@contextlib.contextmanager
def scripted(script: Script, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """A server on a free port, one thread for each connection."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: apart, the second waits 40 ms for the first to be acknowledged

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, json.loads(text) if text else None, text)
            requests.append(request)
            answer = script(request)
            if answer.pieces is not None:
                self.stream(answer, answer.pieces)
                return
            if answer.cut:
                self.close_connection = True
                return
            payload, kind = answer.payload()
            self.send_response(answer.status)
            for name, value in {"Content-Type": kind, **answer.headers, "Content-Length": str(len(payload))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def stream(self, answer: Answer, pieces: Iterable[bytes]) -> None:
            self.send_response(answer.status)
            for name, value in {"Content-Type": "text/event-stream", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in pieces:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b"" if answer.cut else b"0\r\n\r\n")
            self.close_connection = True

        do_GET = do_POST = do_DELETE = handle_one  # noqa: N815 - http.server's names

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True
        request_queue_size = 1024  # of http.server's five, the sixth at once is dropped and comes again a second later

    server = Server((host, 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True) if tls else server.socket
    shown = f"[{host}]" if ":" in host else host
    with _running(server):
        yield Scripted(f"{'https' if tls else 'http'}://{shown}:{server.server_address[1]}/v1", requests)


@contextlib.contextmanager
def _running(server: ThreadingHTTPServer) -> Iterator[None]:
    """On a thread. Who would end it by `shutdown` waited for it to look whether it is to end: it waits for somebody to come instead."""
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            server.handle_request()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        socket.create_connection(server.socket.getsockname()[:2]).close()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def serving(database: Path, *options: str) -> Iterator[str]:
    """`assistants serve` on a free port, over a database; gives its base URL."""
    words = [sys.executable, "-m", "assistants_tool", "serve", "--port", "0", "--database", str(database), *options]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"serve said {line!r}"
        yield found.group()
    finally:
        process.terminate()
        process.communicate(timeout=20)
