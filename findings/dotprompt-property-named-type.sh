#!/usr/bin/env bash
# dotpromptz 0.2.0 (Python) and dotprompt 1.1.2 (npm): a schema with a property named `type` is no object, until it is described.
#
# Picoschema writes an object as its properties: `size: integer`. Where one of them is named `type` and says the name of a type, the whole is
# taken for a finished JSON Schema: `{type: string, size: integer}` asks the model for a text. Written with a description (`type: string,
# what it is`) it is an object with two properties again, and one level further down it always was. All three are accepted in silence.
#
# What to do: look for what only a JSON Schema has before taking a mapping for one, and give each `type` a description.
# It needs Node.js with npm.
# Seen 2026-11-28, Python 3.11, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q dotpromptz==0.2.0
npm install --silent --no-audit --no-fund dotprompt@1.1.2
cat >schemas.json <<'JSON'
{"bare": {"type": "string", "size": "integer"},
 "described": {"type": "string, what it is", "size": "integer"},
 "inside": {"parcel": {"type": "string", "size": "integer"}}}
JSON
cat >seen.mjs <<'JAVASCRIPT'
import fs from "fs";
import { picoschema } from "dotprompt";

for (const [name, schema] of Object.entries(JSON.parse(fs.readFileSync("schemas.json", "utf8"))))
  console.log(JSON.stringify([name, await picoschema(schema)]));
JAVASCRIPT
cat >seen.py <<'PYTHON'
import asyncio
import json

from dotpromptz import picoschema_to_json_schema

for name, schema in json.load(open("schemas.json")).items():
    print(json.dumps([name, asyncio.run(picoschema_to_json_schema(schema))]))
PYTHON
node seen.mjs | tee npm
venv/bin/python seen.py >pypi
cat >check.py <<'PYTHON'
import json

npm, pypi = (dict(map(json.loads, open(name))) for name in ("npm", "pypi"))
assert npm == pypi
assert npm["bare"] == {"type": "string", "size": "integer"}
assert (npm["described"]["type"], set(npm["described"]["properties"])) == ("object", {"type", "size"})
assert npm["inside"]["properties"]["parcel"]["type"] == "object"
PYTHON
python3 check.py
