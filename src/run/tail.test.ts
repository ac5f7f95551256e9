import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { RunFolder } from "./folder.js";
import { MetricsLog } from "./metrics.js";
import type { MetricsLine } from "./metricsReader.js";
import { MetricsTail } from "./tail.js";

const step = (number: number): MetricsLine => ({
  kind: "step",
  record: { step: number, epoch: 0, learningRate: 0.1, "loss.task": number / 2 },
});

const newStore = () => new RunFolder(mkdtempSync(join(tmpdir(), "balgrad-tail-")));

test("lines are followed as they are added, a line in pieces too, and a file that is written anew", async () => {
  const store = newStore();
  const tail = new MetricsTail(store);
  expect(await tail.lines()).toEqual([]);
  const log = new MetricsLog(store);
  await log.append([step(1)]);
  const first = await tail.lines();
  await log.append([step(2), step(3)]);
  expect(await tail.lines()).toEqual([step(1), step(2), step(3)]);
  expect(first).toEqual([step(1)]);
  expect(await Promise.all([tail.lines(), tail.lines()])).toEqual([
    await log.read(),
    await log.read(),
  ]);

  const whole = new TextDecoder().decode((await store.read("metrics.jsonl"))!);
  const [pieces, path] = [new MetricsTail(store), store.locate("metrics.jsonl")];
  writeFileSync(path, whole.slice(0, -20));
  expect(await pieces.lines()).toEqual([step(1), step(2)]);
  writeFileSync(path, whole.slice(-20), { flag: "a" });
  expect(await pieces.lines()).toEqual([step(1), step(2), step(3)]);

  // As a run does that continues from an earlier step.
  writeFileSync(`${path}.new`, whole.split("\n").slice(0, 1).join("\n").concat("\n"));
  renameSync(`${path}.new`, path);
  expect(await pieces.lines()).toEqual([step(1)]);
  rmSync(path);
  expect(await pieces.lines()).toEqual([]);
});

test("damage is an error that names the line, until the file is whole again", async () => {
  const store = newStore();
  const log = new MetricsLog(store);
  await log.append([step(1), step(2)]);
  const path = store.locate("metrics.jsonl");
  const whole = new TextDecoder().decode((await store.read("metrics.jsonl"))!);
  const tail = new MetricsTail(store);
  writeFileSync(path, whole.replace('"loss.task":1', '"loss.task":7'));
  await expect(tail.lines()).rejects.toThrow("metrics.jsonl, line 2: the line, or one before it,");
  await expect(tail.lines()).rejects.toThrow("line 2");
  writeFileSync(path, whole);
  expect(await tail.lines()).toEqual([step(1), step(2)]);
});
