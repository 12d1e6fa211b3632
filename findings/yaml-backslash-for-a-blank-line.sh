#!/usr/bin/env bash
# yaml 2.9.1 (npm): `stringify` writes a line that holds nothing but a space as a backslash.
#
# A text whose last line is of spaces alone, as a template literal that ends above its closing mark leaves one, is written in double quotes and
# folded. If one of its other lines is a single space or tab, that line is read back as `\`, by this package and by js-yaml: the text
# has changed between `stringify` and `parse`, and neither objects.
#
# What to do: take spaces off the ends of lines before writing, or write JSON; read back what was written, and compare.
# It needs Node.js with npm.
# Seen 2026-11-28, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund yaml@2.9.1 js-yaml@5.5.0
cat >seen.mjs <<'JAVASCRIPT'
import assert from "assert";
import * as other from "js-yaml";
import YAML from "yaml";

const instructions = [
  "You answer the customers of an outdoor shop. Put the answer first, then the reason, then the next step.",
  " ",
  "Be brief.",
  "  ",
].join("\n");
const written = YAML.stringify({ instructions });
const read = YAML.parse(written).instructions;
console.log(written);
console.log("read:", JSON.stringify(read));
assert.equal(read, instructions.replace("\n \n", "\n\\\n"));
assert.equal(other.load(written).instructions, read);
assert.equal(other.load(other.dump({ instructions })).instructions, instructions);
JAVASCRIPT
node seen.mjs
