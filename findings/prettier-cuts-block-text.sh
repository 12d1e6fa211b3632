#!/usr/bin/env bash
# prettier 3.10.1 over what PyYAML 6.0.3 writes: text that begins with a space loses the first letter of its other lines.
#
# PyYAML writes the items of a list as far left as the key above, and text that begins with a space as a block with a number (`|2`) that
# says how far it is set in. Prettier moves the items two columns to the right, leaves the lines of such a block where they are, and sets
# its own blanks over what stands in those columns: letters are gone. The result parses no more here; where a key follows the dash, as in
# a list of objects, it does, with other text. Prettier says nothing, and its exit code is 0.
#
# What to do: write lists set in below their key, as Prettier would; or text with a blank at its front in quotes.
# It needs Node.js with npm.
# Seen 2026-11-28, Python 3.11, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q PyYAML==6.0.3
npm install --silent --no-audit --no-fund prettier@3.10.1
cat >write.py <<'PYTHON'
import yaml


class Text(str):
    pass


yaml.SafeDumper.add_representer(Text, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, "|"))
with open("before.yaml", "w") as file:
    yaml.safe_dump({"examples": [Text("  Two in.\nSay hello.\nSay goodbye.\n")]}, file)
PYTHON
venv/bin/python write.py
node_modules/.bin/prettier before.yaml >after.yaml
cat before.yaml after.yaml
cat >seen.py <<'PYTHON'
import pathlib

import yaml

before, after = pathlib.Path("before.yaml").read_text(), pathlib.Path("after.yaml").read_text()
assert yaml.safe_load(before) == {"examples": ["  Two in.\nSay hello.\nSay goodbye.\n"]}
assert "Say hello." in before and "Say hello." not in after
assert "ay hello." in after and "ay goodbye." in after
set_in = before.replace("\n- |", "\n  - |").replace("\n    Two", "\n      Two").replace("\n  Say", "\n    Say")
assert yaml.safe_load(set_in) == yaml.safe_load(before)
pathlib.Path("set-in.yaml").write_text(set_in)
PYTHON
venv/bin/python seen.py
node_modules/.bin/prettier --check set-in.yaml
