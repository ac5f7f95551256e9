/** @module The programs of examples/ run as a user runs them, with the built package in their node_modules. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { emptyProject, writeProgram } from "./support/project.js";

const EXAMPLES = resolve("examples");
const folder = emptyProject({ balgrad: resolve("."), zod: resolve("node_modules/zod") });
let server: ChildProcess | undefined;

beforeAll(() => {
  for (const name of readdirSync(EXAMPLES).filter((file) => file.endsWith(".ts"))) {
    const source = readFileSync(join(EXAMPLES, name), "utf8");
    writeProgram(join(folder, name.replace(/\.ts$/, ".js")), source);
  }
});

afterAll(() => {
  server?.kill();
});

function run(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${name}.js`, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

test("own data: a model is trained, saved, and answers over HTTP", async () => {
  const said = run("own-data", "model");
  expect(said).toContain("full: 100");
  expect(said).toMatch(/label: 'blue',\s+probability: 0\.[5-9]/);
  server = spawn(process.execPath, ["serve.js", "model"], {
    cwd: folder,
    env: { ...process.env, PORT: "0" },
  });
  const [line] = (await once(server.stdout!, "data")) as [Buffer];
  const port = /port: (\d+)/.exec(line.toString())![1]!;
  const response = await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: "a red thing" });
  const { predictions } = (await response.json()) as { predictions: { label: string }[] };
  expect(predictions[0]!.label).toBe("red");
});

test("a method of the program's own", () => {
  expect(run("own-method")).toContain("'image-missing'");
});

test("methods compared", () => {
  const table = run("compare-methods");
  for (const name of ["joint", "balgrad", "robust"]) expect(table).toContain(`| ${name}`);
});

test("gradient surgery on a graph of the program's own", () => {
  // Every point between both losses' best weights, (1, 0) and (1, 1), is as good as it gets.
  expect(run("own-graph")).toMatch(/weights: 1\.00, 0\.\d\d\n$/);
});

test("gradient surgery of the program's own", () => {
  expect(run("gradient-surgery")).toMatch(/agrees in \d+ % of the steps/);
});
