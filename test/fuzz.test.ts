/** @module Damaged files of every kind that is read, see `bench/fuzz.js`. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

const FUZZ = fileURLToPath(new URL("../bench/fuzz.js", import.meta.url));

interface Figures {
  readonly inputs: number;
  readonly examples: readonly object[];
}

function fuzz(...args: string[]): Promise<Figures> {
  const child = spawn(process.execPath, [FUZZ, "--json", ...args]);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      if (stdout === "") reject(new Error(stderr));
      else resolve(JSON.parse(stdout) as Figures);
    });
  });
}

test("of 500 damaged files none crashes, hangs, takes 2 GB or changes a result silently", async () => {
  const { inputs, examples } = await fuzz("--inputs", "500", "--seed", "1");
  expect(examples).toEqual([]);
  expect(inputs).toBe(500);
}, 300_000);
