/** @module The package as npm packs it: its entries resolve, have types, and run in an empty project. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, expect, test } from "vitest";

import { emptyProject, writeProgram } from "../support/project.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

const PROGRAM = `
import { balgrad, samples, train, Classifier, nodeRuntime, type Evaluation } from "balgrad";
import { pcgrad } from "balgrad/methods";
import { GradientEngine, type BalancePlan } from "balgrad/balance";
import { Graph } from "balgrad/graph";

const list = Array.from({ length: 40 }, (_, at) => ({
  text: at % 2 ? \`warm \${at}\` : \`cold \${at}\`,
  label: at % 2 ? "sun" : "ice",
}));
const run = await train(samples(list, { modalities: "text" }), { method: balgrad({ lambda: 1 }), epochs: 1 });
const { scores }: Evaluation = await run.evaluate("test");
const [best] = await run.model.classify({ text: "warm" });
const plan: BalancePlan | null = null;
console.log(JSON.stringify([scores.full > 0, best?.label, pcgrad().name, typeof GradientEngine, typeof Graph, plan,
  typeof Classifier, typeof nodeRuntime]));
`;

let folder: string;
let tarball: string;

/** An empty project that has the packed package, and what it depends on. */
beforeAll(() => {
  const modules = join(root, "node_modules");
  const names = readdirSync(modules).filter((name) => !name.startsWith("."));
  folder = emptyProject(Object.fromEntries(names.map((name) => [name, join(modules, name)])));
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
  });
  tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".tgz"))!,
  );
  const own = join(folder, "node_modules", "balgrad");
  mkdirSync(own);
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", own]);
  writeFileSync(join(folder, "program.ts"), PROGRAM);
});

test("what is packed and what package.json says agree", async () => {
  const data = readFileSync(tarball);
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: buffer } });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test("every entry has the types that an import finds", async () => {
  const { problems } = (await checkPackage(
    createPackageFromTarballData(readFileSync(tarball)),
  )) as { problems: { kind: string; resolutionKind?: string }[] };
  // It is for modules: TypeScript's oldest resolution and require() are not served.
  const served = problems.filter(
    ({ resolutionKind }) => resolutionKind !== "node10" && resolutionKind !== "node16-cjs",
  );
  expect(served).toEqual([]);
});

test.each(["node16", "nodenext", "bundler"])("a program type-checks with %s", (resolution) => {
  const options = {
    ...{ target: "es2022", lib: ["es2023"], types: ["node"], strict: true, noEmit: true },
    module: resolution === "bundler" ? "esnext" : resolution,
    moduleResolution: resolution,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
  };
  const file = join(folder, `tsconfig.${resolution}.json`);
  writeFileSync(file, JSON.stringify({ compilerOptions: options, files: ["program.ts"] }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const run = (): string => execFileSync(process.execPath, [tsc, "-p", file], { encoding: "utf8" });
  expect(run()).toBe("");
});

test("the program runs", () => {
  writeProgram(join(folder, "program.js"), PROGRAM);
  const said = execFileSync(process.execPath, [join(folder, "program.js")], { encoding: "utf8" });
  expect(JSON.parse(said)).toEqual([
    ...[true, "sun", "pcgrad", "function", "function", null, "function", "function"],
  ]);
});
