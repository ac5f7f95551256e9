/** @module Runs whose workers go away: another worker goes on from the last checkpoint, to the same bits. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { balgrad, temporaryFolder } from "../support/cli.js";
import { hasRedis, TestRedis } from "../support/redis.js";
import { QUICK, writeSquares } from "../support/table.js";
import { startWorker } from "./worker.js";

const LONG = ["--epochs", "60", "--seeds", "1", "--methods", "balgrad", "--jobs", "1"];

describe.skipIf(!hasRedis("recovery of distributed work"))("a worker that goes away", () => {
  const base = temporaryFolder();
  let redis: TestRedis;
  let table = "";

  const compareArgs = (out: string, ...more: string[]) => [
    ...["compare", table, "--out", out, ...QUICK, ...LONG, ...more],
  ];

  beforeAll(async () => {
    table = await writeSquares(base, 40);
    redis = await TestRedis.start();
    const { code, stderr } = await balgrad(compareArgs(join(base, "local")));
    expect(code, stderr).toBe(0);
  });
  afterAll(() => redis.close());

  const weights = (out: string): string =>
    readFileSync(join(out, "balgrad", "seed-1", "checkpoints", "last.safetensors")).toString(
      "base64",
    );

  /** Epochs that are in the store. */
  const epochsIn = (store: string): number => {
    const runs = join(store, "runs");
    if (!existsSync(runs)) return 0;
    const files = readdirSync(runs, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith("state.json"))
      .map((name) => JSON.parse(readFileSync(join(runs, name), "utf8")) as { files: File[] });
    type File = { readonly name: string; readonly key: string };
    const metrics = files.flatMap((one) => one.files).find(({ name }) => name === "metrics.jsonl");
    if (!metrics) return 0;
    const path = join(store, metrics.key);
    return existsSync(path) ? readFileSync(path, "utf8").split('"kind":"epoch"').length - 1 : 0;
  };

  test("by SIGTERM, and then by SIGKILL", async () => {
    const store = join(base, "store");
    const place = ["--queue", redis.url, "--store", store];
    const flags = ["--lock", "2", "--checkpoint-every", "0"];
    const out = join(base, "shared");
    const done = balgrad(compareArgs(out, ...place));
    let reached = 0;
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const worker = await startWorker(join(base, signal), place, ...flags);
      const before = reached;
      await expect
        .poll(() => epochsIn(store), { timeout: 60_000, interval: 20 })
        .toBeGreaterThan(before + 5);
      worker.signal(signal);
      await worker.ended;
      reached = epochsIn(store);
      expect(reached).toBeLessThan(60);
    }
    const last = await startWorker(join(base, "last"), place, ...flags);
    const { code, stderr } = await done;
    expect(code, stderr).toBe(0);
    await last.stop();
    expect(weights(out)).toBe(weights(join(base, "local")));
    const lines = readFileSync(join(out, "balgrad", "seed-1", "metrics.jsonl"), "utf8");
    expect(lines.split('"kind":"epoch"').length - 1).toBe(60);
  });
});
