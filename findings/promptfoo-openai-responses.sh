#!/usr/bin/env bash
# promptfoo 0.123.1: the provider `openai:responses` asks for something else than its configuration says, in three places.
#
# A configuration names a response format with `strict: false` and a description, and states neither a temperature nor a limit of tokens.
# The request asks for a strict schema without its description, for temperature 0, and for at most 1024 tokens: answers are cut there, and a
# schema that is not fit for strict mode is refused by the service. What stands under `passthrough`, with `omitDefaults`, goes out as written.
#
# It needs Node.js with npm; promptfoo wants Node.js 22, which comes with it. Python 3 plays the service on loopback.
#
# What to do: write what has to arrive as stated under `passthrough`, with `omitDefaults`.
# Seen 2026-11-28, Node.js 22.23.3.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund promptfoo@0.123.1 node@22.23.3
cat >service.py <<'PYTHON'
import http.server
import json

MESSAGE = {"type": "message", "id": "m", "role": "assistant", "status": "completed"}
MESSAGE["content"] = [{"type": "output_text", "text": "Hi", "annotations": []}]
ANSWER = {"id": "resp_1", "object": "response", "status": "completed", "model": "m", "output": [MESSAGE], "usage": {}}


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open("asked", "a") as log:
            print(json.dumps(asked), file=log)
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
with open("port", "w") as file:
    file.write(str(server.server_port))
server.serve_forever()
PYTHON
cat >promptfooconfig.yaml <<'YAML'
prompts: ["{{message}}"]
providers:
  - id: openai:responses:gpt-4o
    label: by its own settings
    config:
      instructions: own
      response_format:
        type: json_schema
        json_schema: {name: answer, description: What to say., strict: false, schema: {type: object}}
  - id: openai:responses:gpt-4o
    label: passed through
    config:
      omitDefaults: true
      passthrough:
        instructions: through
        text: {format: {type: json_schema, name: answer, description: What to say., strict: false, schema: {type: object}}}
tests: [{vars: {message: Hello}}]
YAML
python3 service.py &
server=$!
while [ ! -s port ]; do sleep 0.1; done
HOME=$folder PROMPTFOO_CONFIG_DIR=$folder/home PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 OPENAI_API_KEY=none \
  OPENAI_BASE_URL=http://127.0.0.1:$(cat port)/v1 PATH=$folder/node_modules/node/bin:$PATH \
  timeout 120 node_modules/.bin/promptfoo eval --no-cache --no-table >log 2>&1 || { cat log; exit 1; }
python3 - <<'PYTHON'
import json

asked = {one["instructions"]: one for one in map(json.loads, open("asked"))}
for name, one in asked.items():
    print(name, {key: one.get(key) for key in ("temperature", "max_output_tokens")}, one["text"]["format"])
own, through = asked["own"], asked["through"]
assert (own["temperature"], own["max_output_tokens"]) == (0, 1024)
assert own["text"]["format"]["strict"] is True and "description" not in own["text"]["format"]
assert "temperature" not in through and "max_output_tokens" not in through
assert through["text"]["format"]["strict"] is False and through["text"]["format"]["description"] == "What to say."
PYTHON
