#!/usr/bin/env bash
# ruamel.yaml 0.19.1: a comment behind a dash, after an item that is a block of text, is written into that text.
#
# One item of a list is a literal block, and the next begins with a comment on the line of its dash. Loaded and dumped again without any
# change, the comment stands at the end of the block, as far in as the text is: it has become its last line. So what was said to colleagues
# is said to the model, and the next reader sees nothing odd. A comment on a line of its own, above the dash, stays one.
#
# What to do: after writing, parse both texts and compare the values; where they differ, leave the file as it is.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ruamel.yaml==0.19.1 PyYAML==6.0.3
cat >"$folder/seen.py" <<'PYTHON'
import io

import yaml
from ruamel.yaml import YAML

TEXT = """\
examples:
- |
  Be kind.
- # For refunds; ask Kim.
  text: Be quick.
"""
ABOVE = TEXT.replace("- # For refunds; ask Kim.\n  text", "# For refunds; ask Kim.\n- text")


def again(text):
    writer, out = YAML(), io.StringIO()
    writer.dump(writer.load(text), out)
    return out.getvalue()


print(again(TEXT))
before, after = yaml.safe_load(TEXT), yaml.safe_load(again(TEXT))
print("before:", before["examples"][0].encode())
print("after: ", after["examples"][0].encode())
assert before["examples"][0] == "Be kind.\n"
assert after["examples"][0] == "Be kind.\n# For refunds; ask Kim.\n"
assert yaml.safe_load(again(ABOVE)) == before
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
