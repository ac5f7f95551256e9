// Compiles the optimizer's kernel, assembly/optimizer.ts, to WebAssembly in src/optim/kernelBytes.ts.
//
//   npm run kernel              writes it
//   npm run kernel -- --check   compares with what is there; exit code 1 when it differs
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { URL } from "node:url";

import asc from "assemblyscript/asc";

const SOURCE = new URL("../assembly/optimizer.ts", import.meta.url);
const TARGET = new URL("../src/optim/kernelBytes.ts", import.meta.url);
const LINE = 100;

const { error, stderr, binary } = await asc.compileString(await readFile(SOURCE, "utf8"), {
  ...{ optimizeLevel: 3, shrinkLevel: 1, noAssert: true, runtime: "stub", importMemory: true },
  enable: ["simd"],
});
if (error || !binary) throw new Error(stderr.toString());

const lines = Buffer.from(binary)
  .toString("base64")
  .match(new RegExp(`.{1,${LINE}}`, "g"));
const text = `/** @module The compiled assembly/optimizer.ts, written by \`npm run kernel\`. */

/** WebAssembly as base64, so that it needs no file beside the code, in Node and in a bundle. */
export const KERNEL_BYTES =
  ${lines.map((line) => `"${line}"`).join(" +\n  ")};
`;

if (process.argv.includes("--check")) {
  if ((await readFile(TARGET, "utf8")) !== text) {
    process.stderr.write(
      "src/optim/kernelBytes.ts is not of assembly/optimizer.ts: npm run kernel\n",
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(TARGET, text);
}
