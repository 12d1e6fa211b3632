#!/usr/bin/env bash
# semantic-kernel 1.45.0: a name that it does not like is refused after the assistant has been created, so each try leaves one behind.
#
# Its agents may have no blank in their names, an assistant of the API may. From YAML with `name: Shop Bot` the loader first creates the
# assistant on the server and then makes its own object, which raises. The program ends with an error as if nothing had happened; run three
# times, as by a job that tries again, it has made three assistants that nothing refers to.
#
# What to do: check everything before the first write; after a failed create, look at the list.
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
from openai import AsyncOpenAI
from pydantic import ValidationError
from semantic_kernel import Kernel
from semantic_kernel.agents import AgentRegistry

AGENT = "type: openai_assistant\nname: Shop Bot\ninstructions: Be kind.\nmodel: {id: gpt-4o}\n"
created = []


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        created.append(body["name"])
        sent = json.dumps({"id": f"asst_{len(created)}", "object": "assistant", "created_at": 1, **body}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_):
        pass


async def main(url):
    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    for _ in range(3):
        try:
            await AgentRegistry.create_from_yaml(AGENT, kernel=Kernel(), client=client)
        except ValidationError as error:
            print("refused:", error.errors()[0]["msg"])
        else:
            raise SystemExit("the name is taken now")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
asyncio.run(main(f"http://127.0.0.1:{server.server_port}/v1"))
print("on the server:", created)
assert created == ["Shop Bot"] * 3
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
