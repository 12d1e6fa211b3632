#!/usr/bin/env bash
# pydantic-ai-slim 2.68.0: an object that may hold anything reaches the model of OpenAI as one that holds nothing, in a call that is not strict.
#
# Whether a tool is strict is left open by default: the package looks whether the schema is fit for it, and says `strict: false` if it is not.
# While it looks, it closes each object that says nothing about further members, and the schema that is sent is the closed one. So
# `{"type": "object"}`, which servers of MCP and hand-written schemas have for "any names and values", goes out with `properties: {}` and
# `additionalProperties: false`: of all that it was made for the model may send `{}`. A tool that says `strict=False` itself goes out as it is.
#
# What to do: say `additionalProperties: true` where an object is open, or `strict=False` of the tool.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "pydantic-ai-slim[openai]==2.68.0"
cat >"$folder/seen.py" <<'PYTHON'
import http.server
import json
import threading

from pydantic_ai import Agent, ToolDefinition
from pydantic_ai.models.openai import OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.toolsets import ExternalToolset

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
provider = OpenAIProvider(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none")
model = OpenAIResponsesModel("gpt-4o", provider=provider)


def sent(labels, strict):
    schema = {"type": "object", "properties": {"labels": labels}}
    tool = ToolDefinition(name="label", parameters_json_schema=schema, strict=strict)
    try:
        Agent(model, toolsets=[ExternalToolset([tool])]).run_sync("Label order 7.")
    except Exception:
        pass  # the service's 400
    (one,) = asked[-1]["tools"]
    print(json.dumps(one))
    assert one["strict"] is False
    return one["parameters"]["properties"]["labels"]


ANY = {"type": "object", "description": "Any word to any text."}
assert sent(ANY, None) == ANY | {"properties": {}, "additionalProperties": False}
assert sent(ANY | {"additionalProperties": True}, None)["additionalProperties"] is True
assert "additionalProperties" not in sent(ANY, False)
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
