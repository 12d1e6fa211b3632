#!/usr/bin/env bash
# LiteLLM 1.109.1: its pass-through `/openai` forwards every member of a body but `metadata`.
#
# A request that creates an assistant through the proxy's pass-through to OpenAI arrives with all that it held, a member that nobody knows
# included, and without its metadata. The answer is the server's 200. Whoever keeps in metadata what is whose, as this API invites to do,
# creates assistants that nobody owns, and at the next run the same ones again.
#
# What to do: look whether metadata came back before creating the second; put the server's own address into the base URL where you can.
# It starts the proxy on loopback, with the pins that tests/interop has for it.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
pins=$(cd "$(dirname "$0")/.." && pwd)/tests/interop/litellm.txt
folder=$(mktemp -d)
server=
proxy=
trap 'for one in $server $proxy; do kill "$one"; done; rm -rf "$folder"' EXIT
cd "$folder"
grep -qx 'litellm==1.109.1' "$pins"
python3 -m venv venv
venv/bin/pip install -q --no-deps -r "$pins"
cat >service.py <<'PYTHON'
import http.server
import os


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        with open("asked.new", "wb") as log:
            log.write(asked)
        os.rename("asked.new", "asked")
        body = b'{"id": "asst_1", "object": "assistant"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
echo '{"general_settings": {"master_key": "sk-none"}}' >config.yaml
OPENAI_API_BASE=http://127.0.0.1:$(cat port)/ OPENAI_API_KEY=none LITELLM_LOCAL_MODEL_COST_MAP=True \
  venv/bin/python -c 'from litellm import run_server; run_server()' --config config.yaml --telemetry False --host 127.0.0.1 --port "$port" >log 2>&1 &
proxy=$!
cat >seen.py <<'PYTHON'
import json
import sys
import time
import urllib.error
import urllib.request

base = f"http://127.0.0.1:{sys.argv[1]}"
until = time.monotonic() + 120
while True:
    try:
        urllib.request.urlopen(f"{base}/health/liveliness").close()
        break
    except (urllib.error.URLError, ConnectionError):
        if time.monotonic() > until:
            raise
        time.sleep(0.2)
sent = {"model": "gpt-4o", "name": "Shop", "later": {"a": 1}, "metadata": {"team": "care"}}
headers = {"Authorization": "Bearer sk-none", "Content-Type": "application/json"}
asked = urllib.request.Request(f"{base}/openai/v1/assistants", json.dumps(sent).encode(), headers)
with urllib.request.urlopen(asked) as answer:
    assert answer.status == 200
arrived = json.load(open("asked"))
print("sent:   ", sent)
print("arrived:", arrived)
assert arrived == {name: value for name, value in sent.items() if name != "metadata"}
PYTHON
venv/bin/python seen.py "$port" || { cat log; exit 1; }
