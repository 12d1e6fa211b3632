#!/usr/bin/env bash
# oxfmt 0.79.0 over what yaml 2.9.1 (npm) writes: where lines of a text end in a space, they become one line.
#
# The package yaml writes such a text in double quotes and folds it; the space before a line's end is written as `\ `, so that it survives the
# folding. The formatter takes blanks off the ends of lines, that one included, and ends with 0. What is left is a backslash before the end of
# a line, which is the sign for joining lines: js-yaml and yaml, which wrote the file, read a form to fill in (`Name: `) as a single line;
# PyYAML keeps the lines, and loses the spaces alone. So the same file then is three texts to three programs.
#
# What to do: leave generated YAML to no formatter, or compare what is in the files before and after.
# It needs Node.js with npm.
# Seen 2026-11-28, Python 3.11, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q PyYAML==6.0.3
npm install --silent --no-audit --no-fund oxfmt@0.79.0 yaml@2.9.1 js-yaml@5.5.0
cat >seen.mjs <<'JAVASCRIPT'
import assert from "assert";
import { execFileSync } from "child_process";
import fs from "fs";
import * as other from "js-yaml";
import YAML from "yaml";

const instructions = "Fill in this form and add nothing else:\n\nOrder number: \nName: \nReason of the return: \n  ";
const before = YAML.stringify({ instructions });
fs.writeFileSync("shop.yaml", before);
execFileSync("node_modules/.bin/oxfmt", ["shop.yaml"]);
const after = fs.readFileSync("shop.yaml", "utf8");
console.log(before + "\n" + after);
assert.equal(YAML.parse(before).instructions, instructions);
assert.equal(other.load(before).instructions, instructions);
const ofPython = execFileSync("venv/bin/python", [
  "-c",
  'import json, yaml; print(json.dumps(yaml.safe_load(open("shop.yaml"))["instructions"]))',
]);
const read = [YAML.parse(after).instructions, other.load(after).instructions, JSON.parse(ofPython)];
console.log(read);
const [head, form] = instructions.trimEnd().split("\n\n");
assert.equal(read[0].trimEnd(), [head, form.replaceAll("\n", "")].join("\n\n"));
assert.equal(read[1].trimEnd(), [head, form.replaceAll(" \n", "")].join("\n\n"));
assert.equal(read[2].trimEnd(), [head, form.replaceAll(" \n", "\n")].join("\n\n"));
JAVASCRIPT
node seen.mjs
