#!/usr/bin/env bash
# @ai-sdk/mcp 2.0.99 (npm): the schema that the model gets of a tool with a choice of arguments allows the empty call alone.
#
# The client lists a server's tools, and sets `additionalProperties: false` and, where there are none, `properties: {}` at the top of each
# schema. A tool whose arguments are one of several objects (`anyOf` at the top, as a union makes it) or any names (a map) has its properties
# elsewhere: closed at the top, each of the calls that it was made for is invalid, and `{}` or nothing is what is left. The tool is listed as
# before; it is the model that is told not to fill it in.
#
# What to do: put a choice or a map one level down, under a property of its own, or hand the schemas over oneself (`tools({schemas})`).
# It needs Node.js with npm. Nothing is sent: the client and the server talk within one process.
# Seen 2026-11-28, Node.js 20.20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @ai-sdk/mcp@2.0.99 @modelcontextprotocol/sdk@1.32.2 ajv@8.20.0 zod@4.6.7
cat >seen.mjs <<'JAVASCRIPT'
import assert from "assert";
import { createMCPClient } from "@ai-sdk/mcp";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import Ajv from "ajv/dist/2020.js";

const by = (name) => ({ type: "object", properties: { [name]: { type: "string" } }, required: [name] });
const schemas = {
  find: { type: "object", anyOf: [by("mail"), by("phone")] },
  label: { type: "object", additionalProperties: { type: "string" } },
};
const server = new Server({ name: "shop", version: "1.0.0" }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: Object.entries(schemas).map(([name, inputSchema]) => ({ name, inputSchema })),
}));
const [ours, theirs] = InMemoryTransport.createLinkedPair();
await server.connect(theirs);
const client = await createMCPClient({ transport: ours });
const tools = await client.tools();
for (const [name, call] of [["find", { mail: "kim@shop.example" }], ["label", { colour: "red" }]]) {
  const told = await tools[name].inputSchema.jsonSchema;
  const valid = (schema, value) => new Ajv({ strict: false }).compile(schema)(value);
  console.log(name, JSON.stringify(told));
  assert(valid(schemas[name], call));
  assert(!valid(told, call));
}
await client.close();
JAVASCRIPT
node seen.mjs
