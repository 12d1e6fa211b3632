#!/usr/bin/env bash
# openai 3.57.0: a tool of a type that the client does not know is a `CodeInterpreterTool`.
#
# Servers that speak this API have tools of their own; Azure AI Foundry's agents have a dozen. Where the client reads an assistant with one,
# it finds no class for the type and takes the first of its three. All members are kept, `type` included, so that nothing is lost; but what
# asks `isinstance(tool, CodeInterpreterTool)`, as the types of the client suggest, counts each of them as one.
#
# What to do: look at `tool.type`, never at the class.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openai==3.57.0
cat >"$folder/seen.py" <<'PYTHON'
import http.server
import json
import threading
import warnings

warnings.simplefilter("ignore")
import openai
from openai.types.beta import CodeInterpreterTool, FileSearchTool

SEARCH = {"type": "azure_ai_search", "azure_ai_search": {"indexes": []}}
ANSWER = {"id": "asst_1", "object": "assistant", "model": "gpt-4o", "tools": [SEARCH, {"type": "file_search"}]}


class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = openai.OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none")
tools = client.beta.assistants.retrieve("asst_1").tools
for tool in tools:
    print(tool.type, "is a", type(tool).__name__)
assert isinstance(tools[0], CodeInterpreterTool) and tools[0].type == "azure_ai_search"
assert isinstance(tools[1], FileSearchTool)
assert tools[0].to_dict() == SEARCH
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
