/** @module Signals at any moment: the right exit code, a run that continues, nothing left running. */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { beforeAll, describe, expect, test } from "vitest";

import { balgrad, MAIN, runProcess, temporaryFolder } from "./support/cli.js";
import { QUICK, writeSquares } from "./support/table.js";

const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
const LONG = [...QUICK, "--epochs", "12"];
let table = "";

beforeAll(async () => {
  table = await writeSquares(folder, 6);
  const done = await balgrad(["train", table, "--out", file("whole"), ...LONG]);
  expect(done.code, done.stderr).toBe(0);
});

const last = (run: string): Buffer => readFileSync(file(`${run}/checkpoints/last.safetensors`));

const settings = (path: string): { threads?: number } => {
  const { config } = JSON.parse(readFileSync(join(path, "run.json"), "utf8")) as {
    config: { train: { threads?: number } };
  };
  return config.train;
};

const leftBehind = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) =>
    /lock|[.]tmp$/.test(name),
  );

describe.concurrent("a run that is stopped continues to the same bits", () => {
  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const)("%s: exit code %i", async (signal, code) => {
    const run = file(signal);
    const args = ["train", table, "--out", run, ...LONG, "--epochs", "12"];
    const stopped = await balgrad(args, { interruptAt: "epoch 3", signal });
    expect(stopped.code, stopped.stderr).toBe(code);
    expect(stopped.stderr).toContain(`balgrad train --resume ${run}`);
    expect(leftBehind(run)).toEqual([]);
    const resumed = await balgrad(["train", "--resume", run]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(last(signal).equals(last("whole"))).toBe(true);
  });
});

describe("at any moment", () => {
  /** Sends a signal after so many milliseconds. */
  const stopAfter = async (ms: number, args: readonly string[]): Promise<number | null> => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => {
      child.on("close", (code, by) => {
        resolve(by === null ? code : 143);
      });
    });
    await pause(ms);
    child.kill("SIGTERM");
    return ended;
  };

  test("nothing half-made is left of a training, and the rest continues", async () => {
    for (const ms of [100, 400, 700]) {
      const run = file(`after-${ms}`);
      expect([143, 0]).toContain(await stopAfter(ms, ["train", table, "--out", run, ...LONG]));
      if (!existsSync(run)) continue;
      expect(leftBehind(run)).toEqual([]);
      const resumed = await balgrad(["train", "--resume", run]);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(last(`after-${ms}`).equals(last("whole"))).toBe(true);
    }
  });

  test("an evaluation ends", async () => {
    expect(await stopAfter(200, ["evaluate", file("whole")])).toBe(143);
    expect(leftBehind(file("whole"))).toEqual([]);
  });
});

test("a stopped comparison leaves no process behind", async () => {
  const out = file("compare");
  const flags = [...QUICK, "--epochs", "400", "--methods", "joint", "--seeds", "1", "--out", out];
  const parent = spawn(process.execPath, [MAIN, "compare", table, ...flags], { stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => parent.on("close", resolve));
  const run = join(out, "joint", "seed-1");
  while (!existsSync(join(run, "metrics.jsonl")) || !existsSync(join(run, "lock"))) await pause(20);
  const { pid } = JSON.parse(readFileSync(join(run, "lock"), "utf8")) as { pid: number };
  parent.kill("SIGTERM");
  expect(await ended).toBe(143);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  expect(leftBehind(out)).toEqual([]);
});

describe("threads are part of a run", () => {
  const canPin = spawnSync("taskset", ["-c", "0", "true"]).status === 0;

  test.skipIf(!canPin || availableParallelism() < 2)(
    "it continues with its own number on a machine with fewer cores",
    async () => {
      const run = file("pinned");
      const args = ["train", table, "--out", run, ...LONG, "--threads", "2", "--epochs", "12"];
      const whole = file("two");
      const done = await balgrad(args.map((arg) => (arg === run ? whole : arg)));
      expect(done.code, done.stderr).toBe(0);
      const stopped = await balgrad(args, { interruptAt: "epoch 3" });
      expect(stopped.code).toBe(130);
      const resume = ["-c", "0", process.execPath, MAIN, "train", "--resume", run];
      const resumed = await runProcess("taskset", resume);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(settings(run).threads).toBe(2);
      expect(last("pinned").equals(last("two"))).toBe(true);
    },
  );

  test("they are noted; others, and other settings, are refused when it continues", async () => {
    const { threads } = settings(file("whole"));
    expect(threads).toBeGreaterThanOrEqual(1);
    const resume = ["train", "--resume", file("whole")];
    const others = await balgrad([...resume, "--threads", String(threads! + 1)]);
    expect(others.code).toBe(2);
    expect(others.stderr).toContain(`the run was started with ${threads!} threads`);
    const longer = await balgrad([...resume, "--epochs", "20"]);
    expect(longer.code).toBe(2);
    expect(longer.stderr).toContain("--epochs cannot be combined with it");
  });
});
