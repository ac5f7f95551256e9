/** @module `train --time` as a real process: planned, noted, stopped and continued. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { learningRateAt } from "../src/optim/schedule.js";
import { RunFolder } from "../src/run/folder.js";
import { Run } from "../src/run/run.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { writeFeatures } from "./support/features.js";

test("--time plans epochs, notes them, and a resumed run keeps the plan", async () => {
  const features = writeFeatures(temporaryFolder());
  const out = join(temporaryFolder(), "timed");
  const settings = ["--epochs", "100000", "--embed", "8", "--time", "2s", "--out", out];
  const stopped = await balgrad(["train", ...features, ...settings, "--method", "joint"], {
    interruptAt: "of 100000 epochs fit the time",
  });
  expect(stopped.code, stopped.stderr).toBe(130);
  const { config } = await Run.open(new RunFolder(out));
  const { time, plannedEpochs, epochs } = config.train;
  expect([time, epochs]).toEqual([2, 100000]);
  expect(plannedEpochs).toBeGreaterThanOrEqual(1);
  expect(plannedEpochs).toBeLessThan(100000);
  expect(stopped.stderr).toContain(`joint seed 1: ${plannedEpochs} of 100000 epochs fit the time`);

  const done = await balgrad(["train", "--resume", out]);
  expect(done.code, done.stderr).toBe(0);
  expect(done.stderr).not.toContain("fit the time");
  const folder = await Run.open(new RunFolder(out));
  expect(folder.config).toEqual(config);
  const lines = await folder.metrics.read();
  const steps = lines.flatMap((line) => (line.kind === "step" ? [line.record] : []));
  const trained = lines.filter(({ kind }) => kind === "epoch").length;
  expect(trained).toBeLessThanOrEqual(plannedEpochs!);
  // The schedule is that of the planned epochs, before and after the stop.
  const totalSteps = plannedEpochs! * (steps.length / trained);
  for (const { step, learningRate } of steps) {
    expect(learningRate).toBeCloseTo(learningRateAt(step, { ...config.train, totalSteps }), 12);
  }
  expect(readFileSync(join(out, "report.html"), "utf8")).toContain("plannedEpochs");
});
