#!/usr/bin/env bash
# prompty 2.1.0: a parameter that is bound to an input is kept from the model with `apiType: chat`, and asked of it with `responses`.
#
# A tool of a `.prompty` file may bind a parameter to an input of the prompt, so that the program fills it in. With chat completions it is
# taken out of the schema that the model sees. The Responses API gets the schema with it, as required, so that the model makes up a value,
# which is thrown away afterwards. One word in the file is the difference.
#
# What to do: build the schema of a tool in one place for every API, and compare the requests.
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
model:
  id: gpt-4o
  provider: openai
  apiType: chat
  connection: {kind: key, apiKey: none, endpoint: "${env:SHOP_URL}"}
inputs:
  - {name: customer, kind: string, default: c1}
tools:
  - name: get_order
    kind: function
    strict: true
    parameters:
      - {name: customer, kind: string, required: true}
      - {name: number, kind: string, required: true}
    bindings:
      - {name: customer, input: customer}
---
user:
Where is my order?
PROMPTY
sed 's/apiType: chat/apiType: responses/' shop.prompty >responses.prompty
cat >seen.py <<'PYTHON'
import http.server
import json
import os
import threading

asked = {}


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked[self.path] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
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
os.environ["SHOP_URL"] = f"http://127.0.0.1:{server.server_port}/v1"
import openai
import prompty

for path in ("shop.prompty", "responses.prompty"):
    try:
        prompty.invoke(path)
    except openai.BadRequestError:
        pass
chat = asked["/v1/chat/completions"]["tools"][0]["function"]["parameters"]
responses = asked["/v1/responses"]["tools"][0]["parameters"]
print("chat:     ", chat["required"])
print("responses:", responses["required"])
assert (list(chat["properties"]), chat["required"]) == (["number"], ["number"])
assert (list(responses["properties"]), responses["required"]) == (["customer", "number"], ["customer", "number"])
PYTHON
venv/bin/python seen.py
