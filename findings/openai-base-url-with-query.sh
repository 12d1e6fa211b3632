#!/usr/bin/env bash
# openai 3.57.0 (Python) and openai 7.55.0 (npm): a base URL with a query works in one, and swallows the path in the other.
#
# A server that wants a parameter with each request (an `api-version`, say) invites a base URL that ends in `?api-version=v1`. The client
# for JavaScript puts the path before the query. The one for Python adds the path to the end of the whole: the last part of each URL becomes
# part of the parameter, and every operation asks the same path. Neither objects to the base URL.
#
# What to do: refuse a base URL with a query, and take parameters on their own (`default_query` here).
# It needs Node.js with npm.
# Seen 2026-11-28, Python 3.11, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q openai==3.57.0
npm install --silent --no-audit --no-fund openai@7.55.0
cat >service.py <<'PYTHON'
import http.server
import os


class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open("asked", "a") as log:
            print(self.path, file=log)
        body = b'{"id": "asst_1"}'
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
cat >ask.py <<'PYTHON'
import sys
import warnings

import openai

warnings.simplefilter("ignore")
base, query = sys.argv[1:]
openai.OpenAI(base_url=f"{base}?{query}", api_key="none").beta.assistants.retrieve("asst_1")
openai.OpenAI(base_url=base, api_key="none", default_query={"api-version": "v1"}).beta.assistants.retrieve("asst_1")
PYTHON
cat >ask.mjs <<'JAVASCRIPT'
import OpenAI from "openai";

const [base, query] = process.argv.slice(2);
await new OpenAI({ baseURL: `${base}?${query}`, apiKey: "none" }).beta.assistants.retrieve("asst_1");
JAVASCRIPT
base=http://127.0.0.1:$(cat port)/shop
venv/bin/python ask.py "$base" api-version=v1
node ask.mjs "$base" api-version=v1
cat asked
diff asked - <<'EXPECTED'
/shop/?api-version=v1assistants/asst_1
/shop/assistants/asst_1?api-version=v1
/shop/assistants/asst_1?api-version=v1
EXPECTED
