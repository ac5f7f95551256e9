/** @module Runs and comparisons after a kill: nothing is recorded twice, no process trains on unseen. */

import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { beforeAll, describe, expect, test } from "vitest";

import { thisProcess } from "../src/run/holder.js";
import { withLock } from "../src/run/lock.js";
import { balgrad, MAIN, temporaryFolder } from "./support/cli.js";
import { QUICK, writeSquares } from "./support/table.js";

let table = "";

beforeAll(async () => {
  table = await writeSquares(temporaryFolder());
});

const lines = (run: string): string[] =>
  readFileSync(join(run, "metrics.jsonl"), "utf8").trim().split("\n");

/** Numbers of the recorded steps, in order. */
const stepsOf = (run: string): number[] =>
  lines(run)
    .map((line) => JSON.parse(line) as { kind: string; record: { step: number } })
    .flatMap(({ kind, record }) => (kind === "step" ? [record.step] : []));

const oneToEnd = (steps: readonly number[]): number[] => steps.map((_, at) => at + 1);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a run killed before its first checkpoint begins anew, its torn metrics dropped", async () => {
  const whole = join(temporaryFolder(), "whole");
  const done = await balgrad(["train", table, "--out", whole, ...QUICK]);
  expect(done.code, done.stderr).toBe(0);
  const killed = join(temporaryFolder(), "killed");
  mkdirSync(join(killed, "checkpoints"), { recursive: true });
  cpSync(join(whole, "run.json"), join(killed, "run.json"));
  const [first, second] = lines(whole);
  writeFileSync(join(killed, "metrics.jsonl"), `${first!}\n${second!.slice(0, 20)}`);
  const resumed = await balgrad(["train", "--resume", killed]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(stepsOf(killed)).toEqual(oneToEnd(stepsOf(whole)));
  const scores = (run: string): unknown => {
    const results = JSON.parse(readFileSync(join(run, "results.json"), "utf8")) as {
      result: { protocol: unknown };
    };
    return results.result.protocol;
  };
  expect(scores(killed)).toEqual(scores(whole));
});

test("a killed comparison leaves no process behind and goes on", async () => {
  const out = join(temporaryFolder(), "compare");
  const flags = [...QUICK, "--epochs", "150", "--methods", "joint", "--seeds", "1", "--out", out];
  const parent = spawn(process.execPath, [MAIN, "compare", table, ...flags], { stdio: "ignore" });
  const run = join(out, "joint", "seed-1");
  await until(() => existsSync(join(run, "metrics.jsonl")) && lines(run).length > 3);
  const { pid: child } = JSON.parse(readFileSync(join(run, "lock"), "utf8")) as { pid: number };
  expect(isAlive(child)).toBe(true);
  parent.kill("SIGKILL");
  await until(() => !isAlive(child));
  const atKill = stepsOf(run).length;
  const done = await balgrad(["compare", table, ...flags]);
  expect(done.code, done.stderr).toBe(0);
  const steps = stepsOf(run);
  expect(steps.length).toBeGreaterThan(atKill);
  expect(steps).toEqual(oneToEnd(steps));
});

test("a folder is worked in by one at a time; a dead process's lock is taken over", async () => {
  const folder = temporaryFolder();
  // No process can have this number: it is above the kernel's largest.
  writeFileSync(join(folder, "lock"), JSON.stringify({ ...thisProcess(), pid: 4194305 }));
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await pause(300);
    order.push(`${name} ends`);
  };
  await Promise.all([withLock(folder, work("a")), withLock(folder, work("b"))]);
  expect(order).toHaveLength(4);
  const [, end, begin] = order;
  expect(end).toMatch(/ends$/);
  expect(begin).toMatch(/begins$/);
  expect(existsSync(join(folder, "lock"))).toBe(false);
});

const hasProc = existsSync("/proc/self/stat");

/** Whether a lock that says this, touched so many seconds ago, gives way at once. */
async function givesWay(says: string, seconds = 0): Promise<boolean> {
  const folder = temporaryFolder();
  const path = join(folder, "lock");
  writeFileSync(path, says);
  const touched = Date.now() / 1000 - seconds;
  utimesSync(path, touched, touched);
  const waiting = new AbortController();
  const onWait = (): void => {
    waiting.abort();
  };
  const worked = await withLock(folder, () => Promise.resolve(true), {
    onWait,
    signal: waiting.signal,
  }).catch(() => false);
  expect(readdirSync(folder)).toEqual(worked ? [] : ["lock"]);
  return worked;
}

describe("a lock", () => {
  const own = thisProcess();

  test("of a running process is respected", async () => {
    expect(await givesWay(JSON.stringify(own))).toBe(false);
  });

  test.skipIf(!hasProc)("of an earlier process with the same number gives way", async () => {
    expect(await givesWay(JSON.stringify({ ...own, started: "1" }))).toBe(true);
  });

  test("of another machine is respected while it is touched", async () => {
    const other = JSON.stringify({ ...own, host: "elsewhere", machine: "another one" });
    expect(await givesWay(other)).toBe(false);
    expect(await givesWay(other, 3600)).toBe(true);
  });

  test.skipIf(!hasProc)("from before the machine was started again gives way", async () => {
    expect(await givesWay(JSON.stringify({ ...own, machine: "another-boot pid:[1]" }))).toBe(true);
  });

  test("that says nothing gives way once it is not just being written", async () => {
    expect(await givesWay("")).toBe(false);
    expect(await givesWay("", 60)).toBe(true);
  });
});
