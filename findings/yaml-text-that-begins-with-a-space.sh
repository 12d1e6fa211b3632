#!/usr/bin/env bash
# yaml 2.9.1 (npm): text that begins with a space is broken in two when written, and cut at its end when js-yaml 5.5.0 has written it.
#
# Such text is a block with a number (`>2`, `|2-`). In the folded one that this package writes of a long line, the line is set in one further,
# where a fold is no space but a new line: one line comes back as two, and the next is joined to it. In the literal one that js-yaml writes,
# a last line of spaces alone belongs to the text; js-yaml and PyYAML read it, this package leaves it out, and Prettier 3.10.1, which rests
# on this package, takes it out of the file. A template literal whose first and last line are set in is such a text.
#
# What to do: take the blanks off the front and the end of a text before writing; `lineWidth: 0` for the first half.
# It needs Node.js with npm.
# Seen 2026-11-28, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund yaml@2.9.1 js-yaml@5.5.0 prettier@3.10.1
cat >seen.mjs <<'JAVASCRIPT'
import assert from "assert";
import * as other from "js-yaml";
import * as prettier from "prettier";
import YAML from "yaml";

const long = " You answer the customers of an outdoor shop. Put the answer first, then the reason, then the next step.\nBe brief.\n";
const folded = YAML.stringify({ instructions: long });
console.log(folded);
assert.equal(YAML.parse(folded).instructions, long.replace("the\n", "the ").replace(" reason,", "\nreason,").replace("\nBe", " Be"));
assert.equal(other.load(folded).instructions, YAML.parse(folded).instructions);
assert.equal(YAML.parse(YAML.stringify({ instructions: long }, { lineWidth: 0 })).instructions, long);

const inner = `
    You answer the customers of an outdoor shop.
    Be brief.
  `;
const literal = other.dump({ instructions: inner });
console.log(JSON.stringify(literal));
assert.equal(other.load(literal).instructions, inner);
assert.equal(YAML.parse(literal).instructions, inner.trimEnd());
assert.equal(other.load(await prettier.format(literal, { parser: "yaml" })).instructions, inner.trimEnd());
JAVASCRIPT
node seen.mjs
