#!/usr/bin/env bash
# dspy 3.4.1: instructions are cleaned as if they were a docstring, however they were given.
#
# Instructions may be handed over as a text, as `dspy.Signature("question -> answer", text)` and `with_instructions(text)` do. They are
# treated like the docstring of a class all the same: each tab becomes up to eight spaces, what all lines but the first are set in by is taken
# off, and blank lines at the ends go. A table with tabs has none when the model reads it, a Makefile does not run, and a list that is set in
# below its first line is not below it any more. What was optimised and saved holds the other text, and nothing says so.
#
# What to do: put what has to stay exact into an input, or compare `signature.instructions` with what was given.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q dspy==3.4.1
cat >"$folder/seen.py" <<'PYTHON'
import json
import sys

import dspy

TABLE = "Answer from this table.\n\nname\tprice\nrope\t120\n"
RULES = "Rules:\n  - Be brief.\n    - Three sentences.\n"
for given, kept in ((TABLE, TABLE.expandtabs().strip()), (RULES, "Rules:\n- Be brief.\n  - Three sentences.")):
    signature = dspy.Signature("question -> answer", given)
    print(repr(given), "->", repr(signature.instructions))
    assert signature.instructions == dspy.Signature("question -> answer").with_instructions(given).instructions == kept
    program = dspy.Predict(signature)
    program.save(sys.argv[1])
    with open(sys.argv[1], encoding="utf-8") as file:
        assert json.load(file)["signature"]["instructions"] == kept
PYTHON
cd "$folder"
venv/bin/python seen.py "$folder/program.json"
