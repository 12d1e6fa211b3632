#!/usr/bin/env bash
# @azure/ai-agents 1.1.0 (npm): an agent that is read and written back unchanged has lost `strict` and what is in tools of new types.
#
# The client for JavaScript copies the members that it knows, on the way in and on the way out. A function and a JSON Schema lose `strict`, a
# tool of a type that it does not know keeps its type alone, `reasoning_effort` is gone. An update replaces tools as a whole, so a program
# that reads an agent, renames it and writes it turns strict calls off.
#
# What to do: update with the fields that change and no others; keep unknown members in a client of one's own.
# It needs Node.js with npm. Nothing is sent: the client gets a transport that answers from memory.
# Seen 2026-11-28, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @azure/ai-agents@1.1.0 @azure/core-rest-pipeline@1.24.0
cat >seen.mjs <<'JAVASCRIPT'
import assert from "assert";
import { AgentsClient } from "@azure/ai-agents";
import { createHttpHeaders } from "@azure/core-rest-pipeline";

const schema = { type: "object" };
const agent = {
  id: "asst_1",
  object: "assistant",
  created_at: 1,
  model: "gpt-4o",
  name: "Shop",
  reasoning_effort: "low",
  tools: [
    { type: "function", function: { name: "get_order", parameters: schema, strict: true } },
    { type: "web_shop", web_shop: { pages: 3 } },
  ],
  response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
  metadata: {},
};
const asked = [];
const httpClient = {
  sendRequest: async (request) => {
    asked.push(request.body && JSON.parse(request.body));
    const headers = createHttpHeaders({ "content-type": "application/json" });
    return { request, status: 200, headers, bodyAsText: JSON.stringify(agent) };
  },
};
const credential = { getToken: async () => ({ token: "none", expiresOnTimestamp: Date.now() + 3600000 }) };
const client = new AgentsClient("https://shop.invalid/api/projects/shop", credential, { httpClient });
await client.updateAgent("asst_1", await client.getAgent("asst_1"));
const sent = asked.at(-1);
console.log(JSON.stringify(sent, null, 1));
assert.deepEqual(sent.tools, [
  { type: "function", function: { name: "get_order", parameters: schema } },
  { type: "web_shop" },
]);
assert.deepEqual(sent.response_format.json_schema, { name: "answer", schema });
assert(!("reasoning_effort" in sent));
JAVASCRIPT
node seen.mjs
