#!/usr/bin/env bash
# langgraph-sdk 0.4.14 (Python): `assistants.update(description="")` sends an empty change; @langchain/langgraph-sdk 2.0.0 (npm) sends it.
#
# In an update an empty `config` or `context` goes out, and takes effect; an empty description, name or metadata is left out as if it had
# not been stated, and the update succeeds. So a description can be given, and never be taken away again. The client of the same name for
# JavaScript sends each of the five, and null, too.
#
# What to do: send the request oneself to clear a field, and read it back.
# It needs Node.js with npm.
# Seen 2026-11-28, Python 3.11, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q langgraph-sdk==0.4.14
npm install --silent --no-audit --no-fund @langchain/langgraph-sdk@2.0.0
cat >service.py <<'PYTHON'
import http.server
import os


class Service(http.server.BaseHTTPRequestHandler):
    def do_PATCH(self):
        with open("asked", "ab") as log:
            log.write(self.rfile.read(int(self.headers["Content-Length"])) + b"\n")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
PYTHON
python3 service.py &
server=$!
while [ ! -e port ]; do sleep 0.1; done
cat >ask.py <<'PYTHON'
import sys

from langgraph_sdk import get_sync_client

assistants = get_sync_client(url=sys.argv[1], api_key="none").assistants
assistants.update("one", config={}, context={}, metadata={}, name="", description="")
assistants.update("one", description="")
PYTHON
cat >ask.mjs <<'JAVASCRIPT'
import { Client } from "@langchain/langgraph-sdk";

const { assistants } = new Client({ apiUrl: process.argv[2], apiKey: "none" });
await assistants.update("one", { config: {}, context: {}, metadata: {}, name: "", description: "" });
await assistants.update("one", { description: "" });
JAVASCRIPT
url=http://127.0.0.1:$(cat port)
venv/bin/python ask.py "$url"
node ask.mjs "$url"
cat asked
diff asked - <<'EXPECTED'
{"config":{},"context":{}}
{}
{"config":{},"context":{},"metadata":{},"name":"","description":""}
{"description":""}
EXPECTED
