#!/usr/bin/env bash
# zod 4.6.7 (npm): `z.fromJSONSchema` lets anything pass where a schema says no `type`, and drops what stands beside `anyOf`.
#
# The function refuses words that it has no answer to (`not`, `if`, `dependentRequired`) by raising. But `required`, `properties` and bounds
# without a `type` beside them are valid JSON Schema, and are dropped in silence: "one of mail and phone", written as `anyOf` of two
# `required`, accepts an object with neither, and as `oneOf` refuses one that has exactly one. A closed object with a choice inside is open.
#
# What to do: state `type` in each part of a schema, repeat the properties in each part of a choice, and try the result with what it has to refuse.
# It needs Node.js with npm.
# Seen 2026-11-28, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund zod@4.6.7 ajv@8.20.0
cat >seen.mjs <<'JAVASCRIPT'
import assert from "assert";
import Ajv from "ajv/dist/2020.js";
import { z } from "zod";

const properties = { mail: { type: "string" }, phone: { type: "string" } };
const closed = { type: "object", properties, additionalProperties: false };
const either = [{ required: ["mail"] }, { required: ["phone"] }];
// a schema, a value, and whether it is valid: by JSON Schema (as Ajv says), and by what zod made of it
const cases = [
  [{ ...closed, anyOf: either }, {}, false, true],
  [{ ...closed, anyOf: either }, { fax: "1" }, false, true],
  [{ ...closed, oneOf: either }, { mail: "kim@shop.example" }, true, false],
  [{ ...closed, allOf: [{ required: ["mail"] }] }, {}, false, true],
  [{ properties, required: ["mail"] }, { mail: 1 }, false, true],
  [{ type: "object", properties: { to: { properties, required: ["mail"] } } }, { to: { mail: 1 } }, false, true],
  [closed, { fax: "1" }, false, false],
];
for (const [schema, value, valid, accepted] of cases) {
  console.log(JSON.stringify(schema), JSON.stringify(value), "valid:", valid, "accepted:", accepted);
  assert.equal(new Ajv({ strict: false }).compile(schema)(value), valid);
  assert.equal(z.fromJSONSchema(schema).safeParse(value).success, accepted);
}
assert.throws(() => z.fromJSONSchema({ not: { type: "null" } }));
JAVASCRIPT
node seen.mjs
