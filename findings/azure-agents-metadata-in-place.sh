#!/usr/bin/env bash
# azure-ai-agents 1.1.0: `agent.metadata["team"] = "care"` changes nothing, while `agent.tools.append(...)` does.
#
# An agent that was read is changed in place and handed back to `update_agent`, whole. Tools that were added are in the request; what was
# put into `metadata`, or added to the ids of a vector store, is not: each look at such a member makes a new copy. The update succeeds with
# what was there before. azure-ai-projects 2.10.0, its successor, keeps both.
#
# What to do: assign the whole member (`agent.metadata = {**agent.metadata, ...}`), or send the fields by name.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q azure-ai-agents==1.1.0 azure-ai-projects==2.10.0
cat >"$folder/seen.py" <<'PYTHON'
import http.server
import json
import threading

from azure.ai.agents import AgentsClient
from azure.ai.projects.models import AgentVersionDetails
from azure.core.pipeline.policies import SansIOHTTPPolicy

AGENT = {"id": "asst_1", "object": "assistant", "model": "gpt-4o", "metadata": {"owner": "kim"}}
AGENT |= {"tools": [{"type": "code_interpreter"}], "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}}
asked = []


class Service(http.server.BaseHTTPRequestHandler):
    def answer(self):
        asked.append(json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null"))
        body = json.dumps(AGENT).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/api/projects/shop"
client = AgentsClient(url, object(), authentication_policy=SansIOHTTPPolicy())  # so that no token is sent
agent = client.get_agent("asst_1")
agent.tools.append({"type": "file_search"})
agent.metadata["team"] = "care"
agent.tool_resources.file_search.vector_store_ids.append("vs_2")
client.update_agent("asst_1", body=agent)
sent = asked[-1]
agent.metadata = {**agent.metadata, "team": "care"}
client.update_agent("asst_1", body=agent)
print("in place:", {name: sent[name] for name in ("tools", "metadata", "tool_resources")})
print("assigned:", asked[-1]["metadata"])
assert sent["tools"] == [{"type": "code_interpreter"}, {"type": "file_search"}]
assert sent["metadata"] == {"owner": "kim"}
assert sent["tool_resources"] == AGENT["tool_resources"]
assert asked[-1]["metadata"] == {"owner": "kim", "team": "care"}
version = AgentVersionDetails({"id": "v", "name": "a", "version": "1", "metadata": {"owner": "kim"}})
version.metadata["team"] = "care"
assert version.as_dict()["metadata"] == {"owner": "kim", "team": "care"}
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
