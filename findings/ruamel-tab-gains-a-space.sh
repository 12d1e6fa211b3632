#!/usr/bin/env bash
# ruamel.yaml 0.19.1: a table with tabs in a long text gains a space behind some of its tabs.
#
# A text with tabs is written in double quotes, and such a text is broken into lines of some eighty letters. Where the break falls behind a
# tab, it is written as if a space stood there, and whoever reads the file, ruamel.yaml itself included, puts that space in. It takes cells of
# several words: of a thousand made-up tables of thirty rows hardly one comes back as it was. PyYAML writes a backslash at that break.
#
# What to do: `yaml.width = 2**31` before writing, or write such a text as a block; read back what was written, and compare.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ruamel.yaml==0.19.1 PyYAML==6.0.3
cat >"$folder/seen.py" <<'PYTHON'
import io
import random

import yaml
from ruamel.yaml import YAML

ROWS = "Answer from this table only.\nno\trope\tyes\nto order\thead torch\thall 4\n"
CELLS = ["rope", "boots", "head torch", "tent, two people", "120", "80", "hall 4", "yes", "no", "to order", "in two weeks"]


def written(text, width=None):
    file = io.StringIO()
    writer = YAML()
    writer.width = width or writer.width
    writer.dump({"instructions": text}, file)
    return file.getvalue()


def again(text, width=None):
    return YAML().load(written(text, width))["instructions"]


def table(chance):
    return "Answer from this table only.\n" + "".join("\t".join(chance.sample(CELLS, 4)) + "\n" for _ in range(30))


print(written(ROWS))
print("read:", repr(again(ROWS)))
assert again(ROWS) == yaml.safe_load(written(ROWS))["instructions"] == ROWS.replace("\thall", "\t hall")
assert yaml.safe_load(yaml.safe_dump({"instructions": ROWS}))["instructions"] == again(ROWS, 2**31) == ROWS
chance = random.Random(1)
changed = sum(again(text) != text for text in (table(chance) for _ in range(1000)))
print("changed:", changed, "of 1000")
assert changed > 900
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
