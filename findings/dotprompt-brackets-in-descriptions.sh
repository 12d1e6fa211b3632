#!/usr/bin/env bash
# dotpromptz 0.2.0 (Python) and dotprompt 1.1.2 (npm): the description of a list, an object or a choice ends at its first bracket.
#
# Picoschema describes these in the brackets behind the name: `tags(array, at most three (the first counts most)): string`. What stands from the
# second opening bracket on is dropped, and nothing says so: the model reads "at most three". The description of a plain property stands
# behind its type, where brackets are kept.
#
# What to do: describe without brackets, and look at the schema that is sent.
# It needs Node.js with npm.
# Seen 2026-11-28, Python 3.11, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q dotpromptz==0.2.0
npm install --silent --no-audit --no-fund dotprompt@1.1.2
cat >shop.prompt <<'PROMPT'
---
model: openai/gpt-4o
output:
  schema:
    tags(array, at most three (the first counts most)): string
    state(enum, where it is (not where it was)): [sent, lost]
    note: string, in a few words (at most ten)
---
Sort this order.
PROMPT
cat >seen.mjs <<'JAVASCRIPT'
import fs from "fs";
import { Dotprompt } from "dotprompt";

const made = await new Dotprompt().renderMetadata(fs.readFileSync("shop.prompt", "utf8"));
console.log(JSON.stringify(made.output.schema.properties));
JAVASCRIPT
cat >seen.py <<'PYTHON'
import asyncio
import json

from dotpromptz import Dotprompt

made = asyncio.run(Dotprompt().render_metadata(open("shop.prompt").read()))
print(json.dumps(made.output.schema["properties"]))
PYTHON
node seen.mjs | tee npm
venv/bin/python seen.py | tee pypi
cat >check.py <<'PYTHON'
import json

for name in ("npm", "pypi"):
    seen = json.load(open(name))
    assert seen["tags"]["description"] == "at most three", name
    assert seen["state"]["description"] == "where it is", name
    assert seen["note"]["description"] == "in a few words (at most ten)", name
PYTHON
python3 check.py
