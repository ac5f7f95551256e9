/** @module `train --method auto`: what is tried, what is judged, and what comes of it. */

import { existsSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { choiceLines } from "../src/cli/choice.js";
import { autoEntries, chooseMethod, effortFor } from "../src/compare/auto.js";
import { AUTO_FILE, type Choice } from "../src/compare/choice.js";
import { methodEntry, type PlannedRun } from "../src/compare/plan.js";
import { plannedEntries } from "../src/compare/rows.js";
import type { RunConfig } from "../src/run/config.js";
import { loadRunData } from "../src/run/data.js";
import { evaluateRun, trainRun } from "../src/run/experiment.js";
import { RunFolder } from "../src/run/folder.js";
import { RunMemory } from "../src/run/memory.js";
import { Run } from "../src/run/run.js";
import { writeResults } from "../src/run/results.js";
import { nodeRuntime } from "../src/runtime/node.js";
import { readSealed, sealed, unsealed } from "../src/files/sealed.js";
import { train } from "../src/usecases/train.js";
import { temporaryFolder } from "./support/cli.js";
import { writeFeatures } from "./support/features.js";

const NETWORKS = ["joint", "unimodal-losses", "modality-dropout", "balgrad", "robust"];

describe("auto", () => {
  test("has the candidates that data and model allow, the simplest first", () => {
    const names = (possible: Parameters<typeof autoEntries>[0]): string[] =>
      autoEntries(possible).map(({ method }) => method);
    const possible = { linear: true, modalities: "both", fusion: "concat" } as const;
    expect(names(possible)).toEqual(["linear", "late-fusion", ...NETWORKS]);
    expect(names({ ...possible, linear: false })).toEqual(["late-fusion", ...NETWORKS]);
    expect(names({ linear: false, modalities: "image", fusion: "add" })).toEqual(NETWORKS);
  });

  test("spends its runs on folds where few samples validate, else on settings", () => {
    expect(effortFor(6)).toEqual({ folds: 5, trials: 1 });
    expect(effortFor(200)).toEqual({ folds: 3, trials: 1 });
    expect(effortFor(600)).toEqual({ folds: 1, trials: 3 });
  });

  test("judges every candidate on two folds, takes what the table says, and trains it", async () => {
    // A linear problem: no network can be clearly better than the regressions.
    const [source, , image, , text] = writeFeatures(temporaryFolder(), {
      samples: 900,
      split: true,
    });
    const out = join(temporaryFolder(), "auto");
    const settings = {
      data: { source, features: { image, text } },
      method: { name: "auto" },
      model: { embed: 8 },
      train: { epochs: 2 },
    };
    const told: Choice[] = [];
    const trained = await train({
      ...{ settings, origin: "test", store: new RunFolder(out) },
      events: (event) => {
        if (event.kind === "chosen") told.push(event.choice);
      },
    });
    const choice = await readSealed(join(out, "auto", "auto.json"), AUTO_FILE);
    expect(told).toEqual([choice]);
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
    const lines = choiceLines(choice).join("\n");
    expect(lines).toContain("accuracy on 525 validation samples of 2 folds");
    expect(lines).toMatch(/auto: linear, the (best|simplest)/);
    expect(lines).toContain(`${overall[1]!.toFixed(1)} │`);
    expect(trained.records.map(({ method }) => method)).toEqual(["linear"]);
    expect(existsSync(join(out, "results.json"))).toBe(true);
    // The second fold has other samples to validate, and the same ones to test.
    const { config } = await Run.open(new RunFolder(join(out, "auto", "joint", "fold-1")));
    expect(config.data.fold).toBe(1);
    expect((await Run.open(new RunFolder(out))).config.data.fold).toBe(0);

    // The runs are those of these settings, or none.
    await expect(
      train({ settings, origin: "test", store: new RunFolder(out), seed: 7 }),
    ).rejects.toThrow("another comparison in this folder");
  });

  test("leaves out what failed and what had no time, and counts the folds that all others have", async () => {
    const [source, , image, , text] = writeFeatures(temporaryFolder(), { samples: 90 });
    const base = {
      data: { source, features: { image, text } },
      model: { embed: 8 },
      train: { epochs: 1 },
    };
    const out = new RunMemory();
    const runtime = nodeRuntime({ threads: 1 });
    const names = ["linear", "late-fusion", "joint", "balgrad", "robust"];
    const entries = plannedEntries(
      base,
      names.map((name) => methodEntry(name)),
    );
    const skips = ["robust trial-0", "joint fold-2"];
    const load = async (config: RunConfig) => (await loadRunData(config)).prepared;
    const trainEach = async (runs: readonly PlannedRun[]) => {
      const skipped = new Set(runs.filter(({ entry }) => skips.includes(entry.label)));
      for (const run of runs) {
        if (skipped.has(run)) continue;
        const own = await Run.create(run.store, run.config);
        if (run.entry.label === "balgrad fold-1") continue;
        const data = await load(run.config);
        await trainRun(own, data, runtime);
        await writeResults(own, await evaluateRun(own, data, runtime));
      }
      return skipped;
    };
    const plan = { entries, seeds: [1], tune: 1, base };
    const services = { runtime, load, train: trainEach };
    const effort = { folds: 3, trials: 1 };
    const choice = await chooseMethod(plan, effort, out, services, "accuracy");
    expect(choice.candidates.map(({ entry, outcome }) => [entry.method, outcome])).toEqual([
      ["linear", "judged"],
      ["late-fusion", "judged"],
      ["joint", "judged"],
      ["balgrad", "failed"],
      ["robust", "skipped"],
    ]);
    expect(choice.candidates.map(({ judgement }) => judgement === null)).toEqual([
      ...[false, false, false, true, true],
    ]);
    // A tenth of 90 in fold 0, as many in fold 1; fold 2 lacks joint.
    expect([choice.folds, choice.samples, choice.skipped]).toEqual([2, 18, 2]);
    const sealedChoice = unsealed(sealed(choice, AUTO_FILE), "auto.json", AUTO_FILE);
    expect(sealedChoice).toEqual(choice);
  });

  test("chooses the options itself", async () => {
    const method = { name: "auto", options: { lambda: 7 } };
    await expect(train({ settings: { method }, origin: "test" })).rejects.toThrow(
      "the method auto chooses the options",
    );
  });
});
