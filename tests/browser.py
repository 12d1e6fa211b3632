"""Chromium, driven over WebDriver by its own driver: what a browser makes of a page. Both are Debian's packages `chromium` and
`chromium-driver`; where they are missing, the tests that need them are skipped.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DRIVER = shutil.which("chromedriver")
MISSING = DRIVER is None or shutil.which("chromium") is None
# Root, as in a container, has no sandbox. Nothing is resolved but this machine.
_WORDS = [
    "--headless=new",
    "--disable-gpu",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@dataclass
class Browser:
    """One window of a running browser."""

    session: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - on 127.0.0.1
            f"{self.session}{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - on 127.0.0.1
            return json.load(answer)["value"]

    def command(self, name: str, **parameters: Any) -> Any:
        """One of Chromium's own."""
        return self.ask("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def run(self, script: str, *words: Any) -> Any:
        return self.ask("POST", "/execute/sync", {"script": script, "args": words})

    def open(self, url: str) -> None:
        self.ask("POST", "/url", {"url": url})

    def told(self) -> list[str]:
        """What the console says of faults, such as requests that the policy stopped."""
        return [one["message"] for one in self.ask("POST", "/se/log", {"type": "browser"})]

    def look(self, width: int, *, scheme: str = "light", media: str = "") -> None:
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", media=media, features=features)


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """A browser, which ends with the block."""
    with subprocess.Popen([str(DRIVER), "--port=0"], stdout=subprocess.PIPE, text=True) as driver:
        try:
            assert driver.stdout
            port = next(line.split()[-1].rstrip(".") for line in driver.stdout if "successfully on port" in line)
            address = f"http://127.0.0.1:{port}/session"
            words = [*_WORDS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
            wanted = {"goog:chromeOptions": {"args": words}, "goog:loggingPrefs": {"browser": "ALL"}}
            made = Browser(address).ask("POST", "", {"capabilities": {"alwaysMatch": wanted}})
            browser = Browser(f"{address}/{made['sessionId']}")
            try:
                yield browser
            finally:
                browser.ask("DELETE", "")
        finally:
            driver.terminate()
