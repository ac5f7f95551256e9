/** @module Runs and comparisons after a kill: nothing is recorded twice, no process trains on unseen. */

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { beforeAll, expect, test } from "vitest";

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
  const child = Number(readFileSync(join(run, "lock"), "utf8"));
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
  writeFileSync(join(folder, "lock"), "4194305");
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
