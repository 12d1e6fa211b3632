#!/usr/bin/env bash
# prompty 2.1.0: `${env:NAME}` is replaced where it is a member of the file's own, and sent as it stands in a list or in free members.
#
# The loader replaces a variable in each mapping that it turns into an object of its model. The items of a list of texts, `enumValues` for
# one, and what is nested under `additionalProperties` it does not visit: `${env:SHOP_TEAM}` itself goes out, as a value that the model may
# answer with, and as metadata of the request.
#
# What to do: replace references over the whole document before it is given a meaning, and refuse what is left.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q prompty==2.1.0 openai==3.57.0 jinja2==3.1.6
cat >shop.prompty <<'PROMPTY'
---
name: shop
description: ${env:SHOP_TEAM}
model:
  id: gpt-4o
  provider: openai
  apiType: chat
  connection: {kind: key, apiKey: none, endpoint: "${env:SHOP_URL}"}
  options:
    additionalProperties:
      user: ${env:SHOP_TEAM}
      metadata: {team: "${env:SHOP_TEAM}"}
outputs:
  - {name: team, kind: string, required: true, enumValues: ["${env:SHOP_TEAM}", other]}
---
user:
Who answers this?
PROMPTY
cat >seen.py <<'PYTHON'
import http.server
import json
import os
import threading

asked = []


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = b'{"error": {"message": "enough"}}'
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ |= {"SHOP_URL": f"http://127.0.0.1:{server.server_port}/v1", "SHOP_TEAM": "care"}
import openai
import prompty

loaded = prompty.load("shop.prompty")
try:
    prompty.invoke("shop.prompty")
except openai.BadRequestError:
    pass
(sent,) = asked
enum = sent["response_format"]["json_schema"]["schema"]["properties"]["team"]["enum"]
print("description:", loaded.description)
print("enum:       ", enum)
print("metadata:   ", sent["metadata"], "user:", sent["user"])
assert loaded.description == "care"
assert enum == ["${env:SHOP_TEAM}", "other"]
assert sent["metadata"] == {"team": "${env:SHOP_TEAM}"}
PYTHON
venv/bin/python seen.py
