#!/usr/bin/env bash
# semantic-kernel 1.45.0: `model.options` of an assistant's YAML, the temperature for one, reach neither the assistant nor its runs.
#
# An `openai_assistant` is made from YAML that states `temperature`, `top_p` and a response format under `model.options`, where agents of
# other types take them. No error, no warning: the request that creates the assistant has none of them, and so has the one that runs it. It
# answers at the server's defaults.
#
# What to do: read the assistant back and compare it with the file; pass options to `invoke`, call by call.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q semantic-kernel==1.45.0 openai==3.57.0
cat >"$folder/seen.py" <<'PYTHON'
import asyncio
import http.server
import json
import threading
import warnings

warnings.simplefilter("ignore")
from openai import AsyncOpenAI, BadRequestError
from semantic_kernel import Kernel
from semantic_kernel.agents import AgentRegistry
from semantic_kernel.exceptions import AgentException

AGENT = """\
type: openai_assistant
name: Shop
instructions: Be kind.
model:
  id: gpt-4o
  options:
    temperature: 0
    top_p: 0.5
    response_format: {type: json_object}
"""
asked = {}


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked[self.path] = body
        run = self.path.endswith("/runs")  # far enough: the run is refused
        answer = {"error": {"message": "enough"}} if run else {"id": "id_1", "tools": [], **body, "content": []}
        sent = json.dumps(answer).encode()
        self.send_response(400 if run else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_):
        pass


async def main(url):
    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    agent = await AgentRegistry.create_from_yaml(AGENT, kernel=Kernel(), client=client)
    try:
        await anext(agent.invoke(messages="Hello"))
    except (BadRequestError, AgentException):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
asyncio.run(main(f"http://127.0.0.1:{server.server_port}/v1"))
for path in ("/v1/assistants", "/v1/threads/id_1/runs"):
    print(path, asked[path])
    assert asked[path]["instructions"] == "Be kind."
    assert not {"temperature", "top_p", "response_format"} & asked[path].keys()
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
