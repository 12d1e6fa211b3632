"""The floor: list everything, compare in memory, write what differs over ten connections. The standard library, no files, no checks.

python -m benchmarks.floor BASE_URL COUNT VERSION
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

CONNECTIONS = 10
FIELDS = ("name", "model", "instructions")
HEADERS = {"Content-Type": "application/json", "OpenAI-Beta": "assistants=v2"}


def wanted(count: int, version: int) -> Iterator[dict[str, str]]:
    """What every tool is to make; each tenth is another in another version."""
    for number in range(count):
        text = f"You are assistant number {number}. Answer in version {version if number % 10 == 0 else 0}.\n"
        yield {"name": f"assistant-{number}", "model": "gpt-4o", "instructions": text}


class Caller:
    """The calls, each thread on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._own = threading.local()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(self._parts.netloc)
        text = None if body is None else json.dumps(body)
        self._own.connection.request(method, self._parts.path + path, text, HEADERS)
        return json.loads(self._own.connection.getresponse().read())

    def listed(self) -> Iterator[Any]:
        after, more = "", True
        while more:
            page = self.call("GET", f"/assistants?limit=100{after}")
            yield from page["data"]
            after, more = f"&after={page['last_id']}", page["has_more"]

    def put(self, body: dict[str, str], found: Any) -> None:
        if found is None:
            self.call("POST", "/assistants", body)
        elif any(found[name] != one for name, one in body.items()):
            self.call("POST", f"/assistants/{found['id']}", body)


def main() -> None:
    url, count, version = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    caller = Caller(url)
    found = {one["name"]: one for one in caller.listed()}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for _ in pool.map(lambda body: caller.put(body, found.get(body["name"])), wanted(count, version)):
            pass


if __name__ == "__main__":
    main()
