#!/usr/bin/env bash
# vcrpy 9.4.2: matched by their bodies, `true` plays what was recorded for `1`, and `1.0` what was recorded for `1`.
#
# With `match_on` "body", bodies of JSON are parsed and then compared as Python values, so that the order of members does not count. To
# Python True is 1. A cassette with `{"strict": 1}` so answers a request with `{"strict": true}`: a client that begins to send another type
# passes all its tests, and the real server is the first to refuse it.
#
# What to do: register a matcher of one's own, which compares the JSON text with sorted keys.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q vcrpy==9.4.2 httpx2==2.16.2
cat >seen.py <<'PYTHON'
import http.server
import json
import threading

import httpx2
import vcr
from vcr.errors import CannotOverwriteExistingCassetteException


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/assistants"
player = vcr.VCR(match_on=["method", "path", "body"])
with player.use_cassette("tape.yaml", record_mode="once"):
    httpx2.post(url, json={"strict": 1})
seen = {}
for value in (True, 1.0, 2, "1"):
    with player.use_cassette("tape.yaml", record_mode="none"):
        try:
            seen[json.dumps(value)] = httpx2.post(url, json={"strict": value}).text
        except CannotOverwriteExistingCassetteException:
            seen[json.dumps(value)] = None
for value, answer in seen.items():
    print(f"recorded for 1, asked with {value}:", answer or "no match")
assert seen["true"] == seen["1.0"] == '{"strict":1}'
assert seen["2"] is None and seen['"1"'] is None
PYTHON
venv/bin/python seen.py
