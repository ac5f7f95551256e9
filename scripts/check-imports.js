// Checks that imports follow the flow of docs/architecture.md: a folder imports only from folders before it, and
// no two files import each other in a circle. Imports of types count too.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import process from "node:process";

import ts from "typescript";

/** The layers, lowest first; folders of one layer do not import each other. */
const LAYERS = [
  ["message.ts", "version.ts"],
  ["errors.ts"],
  ["bounded.ts", "text.ts", "random.ts", "system.ts"],
  ["files", "http"],
  ["objects", "queue"],
  ["settings"],
  ["graph"],
  ["tensors"],
  ["runtime"],
  ["data"],
  ["prepare"],
  ["impairments"],
  ["encode"],
  ["nn"],
  ["gramian", "optim"],
  ["model"],
  ["balance"],
  ["train"],
  ["companion"],
  ["novelty", "decide"],
  ["evaluate"],
  ["inputs"],
  ["predict", "browser"],
  ["run"],
  ["check", "compare"],
  ["jobs"],
  ["diagnose"],
  ["report", "serve"],
  ["ui"],
  ["usecases"],
  ["library"],
  ["index.ts", "methods.ts"],
  ["cli"],
];

const sourcesIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(folder, name));

const importsOf = (file) =>
  ts
    .preProcessFile(readFileSync(file, "utf8"))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => normalize(join(dirname(file), name.replace(/\.js$/, ".ts"))));

const graph = new Map(sourcesIn("src").map((file) => [file, importsOf(file)]));
const folderOf = (file) => file.split("/")[1];
const layerOf = (file) => LAYERS.findIndex((layer) => layer.includes(folderOf(file)));

function* againstTheFlow() {
  for (const [file, imported] of graph) {
    if (layerOf(file) < 0) yield `${file}: its folder is in no layer of scripts/check-imports.js`;
    for (const other of imported) {
      if (folderOf(other) === folderOf(file) || layerOf(other) < layerOf(file)) continue;
      yield `${file}: imports ${other}, against the flow`;
    }
  }
}

/** Files that reach each other by imports, group by group (Tarjan's strongly connected components). */
function circles() {
  const [numbers, lowest, stack, groups] = [new Map(), new Map(), [], []];
  const visit = (file) => {
    numbers.set(file, numbers.size);
    lowest.set(file, numbers.get(file));
    stack.push(file);
    for (const other of graph.get(file) ?? []) {
      if (!numbers.has(other)) visit(other);
      else if (!stack.includes(other)) continue;
      lowest.set(file, Math.min(lowest.get(file), lowest.get(other)));
    }
    if (lowest.get(file) !== numbers.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) groups.push(group.sort());
  };
  for (const file of graph.keys()) if (!numbers.has(file)) visit(file);
  return groups.map((group) => `${group.join(", ")}: import each other in a circle`).sort();
}

const problems = [...againstTheFlow(), ...circles()];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
