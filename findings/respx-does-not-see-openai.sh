#!/usr/bin/env bash
# respx 0.23.1 with openai 3.57.0: nothing is mocked, no error is raised, and the request goes to the real server.
#
# openai is built on httpx2 now; respx replaces the transport of httpx. In a test that was written for an earlier openai the mock is set up,
# the route is there, and the client asks the network all the same: with a key in the environment a test suite creates and deletes for
# real. Only the count of the route's calls tells, where a test looks at it or leaves `assert_all_called` on. A client that is handed an
# `httpx.Client` still speaks over that, and is mocked.
#
# What to do: let tests reach no network but loopback, and mock at the transport that the client is given.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openai==3.57.0 respx==0.23.1 httpx==0.28.1
cat >"$folder/seen.py" <<'PYTHON'
import http.server
import threading
import warnings

warnings.simplefilter("ignore")
import httpx
import openai
import respx


class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"id": "asst_real"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
with respx.mock(assert_all_called=False) as mock:
    route = mock.get(f"{url}/assistants/asst_1").mock(return_value=httpx.Response(200, json={"id": "asst_mock"}))
    own = openai.OpenAI(base_url=url, api_key="none").beta.assistants.retrieve("asst_1")
    seen = route.call_count
    with httpx.Client() as client:
        given = openai.OpenAI(base_url=url, api_key="none", http_client=client).beta.assistants.retrieve("asst_1")
print("its own client:   ", own.id, f"({seen} calls of the mock)")
print("a client of httpx:", given.id, f"({route.call_count} calls of the mock)")
assert (own.id, seen) == ("asst_real", 0)
assert (given.id, route.call_count) == ("asst_mock", 1)
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
