#!/usr/bin/env bash
# myla 0.2.40: asked for the newest first, the page after a cursor is the one before it.
#
# Its list of assistants takes `order` and `after`. Oldest first they work together. Newest first, which is its default as it is OpenAI's,
# `after` still means "made later": the second page holds again what the first began with, and what is older than the first page is never
# shown. As each page has `has_more` false or none, most clients stop at the first page and miss the rest without a word.
#
# What to do: list oldest first, keep each id once, and go on while a page is full, whatever it says.
# It starts the server on loopback, with the pins that tests/interop has for it.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
pins=$(cd "$(dirname "$0")/.." && pwd)/tests/interop/myla.txt
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
grep -qx 'myla==0.2.40' "$pins"
python3 -m venv venv
venv/bin/pip install -q --no-deps -r "$pins"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
DATABASE_URL=sqlite:///$folder/myla.db LLM_ENDPOINT=http://127.0.0.1:9/v1/ LLM_API_KEY=none DEFAULT_LLM_MODEL_NAME=none OPENAI_API_KEY=none \
  venv/bin/python -m myla -H 127.0.0.1 -p "$port" --data data >log 2>&1 &
server=$!
cat >seen.py <<'PYTHON'
import json
import sys
import time
import urllib.error
import urllib.request

base, key = f"http://127.0.0.1:{sys.argv[1]}/api/v1", "none"


def ask(path, body=None):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    asked = urllib.request.Request(base + path, json.dumps(body).encode() if body else None, headers)
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


until = time.monotonic() + 60
while True:
    try:
        key = ask("/users/admin/login", {"username": "admin", "password": "admin"})["secret_key"]["id"]
        break
    except (urllib.error.URLError, ConnectionError):
        if time.monotonic() > until:
            raise
        time.sleep(0.2)
for name in "abcdef":
    ask("/assistants", {"name": name, "model": "none"})
    time.sleep(0.01)  # it tells them apart by the millisecond
seen = {}
for order in ("asc", "desc"):
    first = ask(f"/assistants?limit=2&order={order}")
    second = ask(f"/assistants?limit=2&order={order}&after={first['last_id']}")
    seen[order] = ["".join(one["name"] for one in page["data"]) for page in (first, second)]
    assert not first.get("has_more")
print(seen)
assert seen == {"asc": ["ab", "cd"], "desc": ["fe", "f"]}
PYTHON
venv/bin/python seen.py "$port" || { cat log; exit 1; }
