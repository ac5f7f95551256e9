/** @module The cache of decoded pictures under real processes: killed, and several at once. */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { beforeAll, expect, test } from "vitest";

import { picture } from "./layouts/pictures.js";
import { temporaryFolder } from "./support/cli.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const PICTURES = 2600;

const folder = temporaryFolder();
const table = join(folder, "data.csv");

beforeAll(async () => {
  const drawn = await Promise.all([0, 1, 2, 3].map((at) => picture(at, 80 * at, "jpeg")));
  const lines = Array.from({ length: PICTURES }, (_, at) => {
    writeFileSync(join(folder, `${at}.jpg`), drawn[at % 4]!);
    return `${at}.jpg,text ${at},${at % 4}`;
  });
  writeFileSync(table, ["image,text,label", ...lines].join("\n"));
});

/** Starts a check with a cache of its own or a shared one. */
function startCheck(cache: string) {
  const child = spawn(process.execPath, [MAIN, "data", "check", table, "--json"], {
    env: { ...process.env, BALGRAD_CACHE: cache },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const done = new Promise<{ code: number | null; stdout: string }>((resolve) => {
    child.on("close", (code) => {
      resolve({ code, stdout });
    });
  });
  return { child, done };
}

const cacheIn = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
};

const shards = (cache: string): string[] =>
  readdirSync(cache).filter((name) => name.endsWith(".shard"));

test("a process killed in the middle leaves whole shards, and the next goes on with them", async () => {
  const whole = await startCheck(cacheIn("whole")).done;
  expect(whole.code).toBe(0);
  const cache = cacheIn("killed");
  const { child, done } = startCheck(cache);
  while (shards(cache).length === 0 && existsSync(cache)) await setTimeout(5);
  child.kill("SIGKILL");
  expect((await done).code).toBeNull();
  const left = shards(cache);
  expect(left.length).toBeGreaterThan(0);
  const again = await startCheck(cache).done;
  expect(again).toEqual(whole);
  expect(shards(cache)).toEqual(shards(join(folder, "whole")));
});

test("processes that share a cache do not disturb each other", async () => {
  const cache = cacheIn("shared");
  const [one, other] = await Promise.all([startCheck(cache).done, startCheck(cache).done]);
  expect(one).toEqual(other);
  expect(shards(cache)).toEqual(shards(join(folder, "whole")));
  expect(readdirSync(cache)).toEqual(shards(cache));
});
