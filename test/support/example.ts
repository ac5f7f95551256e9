/** @module Runs the example of an exported folder's README as a user would. */

import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "vitest";

import { temporaryFolder } from "./cli.js";

const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/**
 * Runs the example where only what it imports is installed; gives what it prints.
 *
 * @param exported - The folder.
 * @param args - Picture and text.
 * @param more - Code after the example's.
 */
export function runExample(exported: string, args: readonly string[], more = ""): string {
  const readme = readFileSync(join(exported, "README.md"), "utf8");
  const code = /```js\n(.*?)```/s.exec(readme)![1]!;
  const place = temporaryFolder();
  symlinkSync(MODULES, join(place, "node_modules"));
  writeFileSync(join(place, "predict.mjs"), code + more);
  const env = { ...process.env, ORT_DISABLE_TELEMETRY: "1" };
  const done = spawnSync(process.execPath, [join(place, "predict.mjs"), exported, ...args], {
    env,
  });
  expect(done.status, done.stderr.toString()).toBe(0);
  return done.stdout.toString();
}
