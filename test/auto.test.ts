/** @module `train --method auto`: what is tried, what is judged, and what comes of it. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { autoEntries, effortFor } from "../src/compare/auto.js";
import { AUTO_FILE } from "../src/compare/choice.js";
import { RunFolder } from "../src/run/folder.js";
import { readSealed } from "../src/sealed.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { writeFeatures } from "./support/features.js";

const NETWORKS = ["joint", "unimodal-losses", "modality-dropout", "balgrad", "balgrad-plus"];

describe("auto", () => {
  test("has the candidates that data and model allow, the simplest first", () => {
    const names = (possible: Parameters<typeof autoEntries>[0]): string[] =>
      autoEntries(possible).map(({ method }) => method);
    const possible = { frozen: true, modalities: "both", fusion: "concat" } as const;
    expect(names(possible)).toEqual(["linear", "late-fusion", ...NETWORKS]);
    expect(names({ ...possible, frozen: false })).toEqual(["late-fusion", ...NETWORKS]);
    expect(names({ frozen: false, modalities: "image", fusion: "add" })).toEqual(NETWORKS);
  });

  test("spends its runs on folds where few samples validate, else on settings", () => {
    expect(effortFor(6)).toEqual({ folds: 5, trials: 1 });
    expect(effortFor(200)).toEqual({ folds: 3, trials: 1 });
    expect(effortFor(600)).toEqual({ folds: 1, trials: 3 });
  });

  test("judges every candidate on two folds, takes what the table says, and trains it", async () => {
    // A linear problem: no network can be clearly better than the regressions.
    const features = writeFeatures(temporaryFolder(), { samples: 900, split: true });
    const out = join(temporaryFolder(), "auto");
    const args = ["train", ...features, "--epochs", "2", "--embed", "8", "--out", out];
    const done = await balgrad([...args, "--method", "auto"]);
    expect(done.code, done.stderr).toBe(0);
    const choice = await readSealed(join(out, "auto", "auto.json"), AUTO_FILE);
    expect(choice.candidates.map(({ entry }) => entry.label)).toEqual([
      ...["linear", "late-fusion"],
      ...NETWORKS,
    ]);
    // 300 validate, then half of the 450 training samples: a fold takes no more.
    expect([choice.folds, choice.samples, choice.score]).toEqual([2, 525, "accuracy"]);
    expect(choice.chosen.method).toBe("linear");
    const overall = choice.candidates.map(({ judgement }) => judgement!.figures.overall);
    for (const { judgement, outcome } of choice.candidates) {
      expect(outcome).toBe("judged");
      expect(judgement!.difference.mean).toBeLessThanOrEqual(0);
    }
    expect(choice.candidates[0]!.judgement!.difference.high).toBeGreaterThanOrEqual(0);
    expect(done.stderr).toContain("accuracy on 525 validation samples of 2 folds");
    expect(done.stderr).toMatch(/auto: linear, the (best|simplest)/);
    expect(done.stderr).toContain(`${overall[1]!.toFixed(1)} │`);
    expect(done.stdout).toContain("linear, modality-aware");
    expect(existsSync(join(out, "results.json"))).toBe(true);
    // The second fold has other samples to validate, and the same ones to test.
    const { config } = await RunFolder.open(join(out, "auto", "joint", "fold-1"));
    expect(config.data.fold).toBe(1);
    expect((await RunFolder.open(out)).config.data.fold).toBe(0);

    // The runs are those of these settings, or none.
    const stale = await balgrad([...args, "--method", "auto", "--seed", "7"]);
    expect(stale.code).toBe(2);
    expect(stale.stderr).toContain("another comparison in this folder");
    const digest = readFileSync(join(out, "auto", "auto.json"), "utf8");
    expect(digest).toContain('"digest"');
  });

  test("chooses the options itself", async () => {
    const idle = await balgrad(["train", "--method", "auto", "--lambda", "7"]);
    expect(idle.code).toBe(2);
    expect(idle.stderr).toContain("method.options.lambda: --method auto chooses the options");
  });
});
