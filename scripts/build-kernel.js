// Compiles the kernels in assembly/ to WebAssembly in TypeScript files.
//
//   npm run kernel              writes them
//   npm run kernel -- --check   compares with what is there; exit code 1 when one differs
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { URL } from "node:url";

import asc from "assemblyscript/asc";

/** Each source and where it goes. */
const KERNELS = [
  ["assembly/optimizer.ts", "src/optim/kernelBytes.ts"],
  ["assembly/pictures.ts", "src/prepare/images/kernelBytes.ts"],
];
const LINE = 100;

const within = (path) => new URL(`../${path}`, import.meta.url);

async function compiled(source) {
  const { error, stderr, binary } = await asc.compileString(
    await readFile(within(source), "utf8"),
    {
      ...{ optimizeLevel: 3, shrinkLevel: 1, noAssert: true, runtime: "stub", importMemory: true },
      enable: ["simd"],
    },
  );
  if (error || !binary) throw new Error(stderr.toString());
  const lines = Buffer.from(binary)
    .toString("base64")
    .match(new RegExp(`.{1,${LINE}}`, "g"));
  return `/** @module The compiled ${source}, written by \`npm run kernel\`. */

/** WebAssembly as base64, so that it needs no file beside the code, in Node and in a bundle. */
export const KERNEL_BYTES =
  ${lines.map((line) => `"${line}"`).join(" +\n  ")};
`;
}

for (const [source, target] of KERNELS) {
  const text = await compiled(source);
  if (!process.argv.includes("--check")) await writeFile(within(target), text);
  else if ((await readFile(within(target), "utf8")) !== text) {
    process.stderr.write(`${target} is not of ${source}: npm run kernel\n`);
    process.exitCode = 1;
  }
}
