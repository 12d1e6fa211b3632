#!/usr/bin/env bash
# ruamel.yaml 0.19.1: a line set in deeper in folded text is broken at 80 columns, and the text has a line more.
#
# In folded text (`>`) a line that is set in deeper than the rest is kept as it stands: the ends of such lines are no spaces, so nobody may
# break one. The writer, which keeps the author's style, breaks it all the same where it is longer than its width. What comes out reads as
# two lines, the second of which is not set in and draws the next paragraph up to itself. Here an example in JSON, within instructions, is
# JSON no more. It happens at the defaults, without any change to the document.
#
# What to do: set `width` to what no line reaches, and compare the values after writing.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ruamel.yaml==0.19.1 PyYAML==6.0.3
cat >"$folder/seen.py" <<'PYTHON'
import io
import json

import yaml
from ruamel.yaml import YAML

TEXT = """\
instructions: >
  Answer with one object:

    {"order": "4711", "state": "sent", "expected": "in two days", "remark": "none so far"}

  Say nothing else.
"""


def again(width=None):
    writer, out = YAML(), io.StringIO()
    writer.width = width or writer.width
    writer.dump(writer.load(TEXT), out)
    return yaml.safe_load(out.getvalue())["instructions"]


before, after = yaml.safe_load(TEXT)["instructions"], again()
print("before:", *before.splitlines(), sep="\n  | ")
print("after:", *after.splitlines(), sep="\n  | ")
assert json.loads(before.splitlines()[2])["remark"] == "none so far"
assert after.splitlines()[2].endswith('"none')
assert after.splitlines()[3:] == ['so far"}', "Say nothing else."]
assert again(4096) == before
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
