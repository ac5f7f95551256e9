/** @module The search for settings: `compare --tune`. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { METHODS } from "../src/balance/methods.js";
import { methodEntry } from "../src/compare/plan.js";
import { trialEntries } from "../src/compare/tune.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { QUICK, writeSquares } from "./support/table.js";

let table = "";

beforeAll(async () => {
  table = await writeSquares(temporaryFolder());
});

const compare = (out: string, ...more: string[]) =>
  balgrad(["compare", table, "--out", out, ...QUICK, ...more]);

describe("the search", () => {
  test("tries as many settings of each method and goes on with the best on validation", async () => {
    const out = join(temporaryFolder(), "compare");
    const args = ["--methods", "joint,balgrad", "--seeds", "1", "--tune", "2"];
    const done = await compare(out, ...args, "--json");
    expect(done.code, done.stderr).toBe(0);
    const { searches: tuned } = JSON.parse(readFileSync(join(out, "tune.json"), "utf8")) as {
      searches: {
        label: string;
        trials: { figure: number; options: object; train: object }[];
        chosen: number;
      }[];
    };
    expect(tuned.map(({ label }) => label)).toEqual(["joint", "balgrad"]);
    for (const { label, trials, chosen } of tuned) {
      expect(trials).toHaveLength(2);
      expect(trials[0]!.options).toEqual({});
      const figures = trials.map(({ figure }) => figure);
      expect(figures[chosen]).toBe(Math.min(...figures));
      const run = readFileSync(join(out, label, "seed-1", "run.json"), "utf8");
      const { config } = JSON.parse(run) as { config: { method: { options: object } } };
      expect(config.method.options).toMatchObject(trials[chosen]!.options);
      const splitOf = (...folder: string[]): string => {
        const results = readFileSync(join(out, ...folder, "results.json"), "utf8");
        return (JSON.parse(results) as { result: { split: string } }).result.split;
      };
      // Trials never look at the test split.
      expect(splitOf("tune", label, "trial-1")).toBe("validation");
      expect(splitOf(label, "seed-1")).toBe("test");
    }
  });

  test("a further call searches for its own methods alone, and keeps what was found", async () => {
    const out = join(temporaryFolder(), "compare");
    const flags = ["--seeds", "1", "--tune", "2"];
    const first = await compare(out, "--methods", "joint", ...flags);
    expect(first.code, first.stderr).toBe(0);
    const more = await compare(out, "--methods", "mgda", ...flags, "--json");
    expect(more.code, more.stderr).toBe(0);
    expect(more.stderr).not.toContain("joint seed");
    const labels = (found: { label: string }[]) => found.map(({ label }) => label);
    const { searches } = JSON.parse(readFileSync(join(out, "tune.json"), "utf8")) as {
      searches: { label: string }[];
    };
    expect(labels(searches)).toEqual(["joint", "mgda"]);
    const { rows } = JSON.parse(more.stdout) as { rows: { label: string }[] };
    expect(labels(rows)).toEqual(["joint", "mgda"]);
  });

  test("draws as many settings for each method, its own first, all different", () => {
    for (const { name, search = {} } of METHODS) {
      const own = { ...methodEntry(name), folder: name };
      const trials = trialEntries(own, 8, 0.003);
      expect(trials).toHaveLength(8);
      expect(trials[0]).toEqual(own);
      expect(new Set(trials.map((trial) => JSON.stringify(trial))).size, name).toBe(8);
      for (const { options, train } of trials.slice(1)) {
        for (const [option, values] of Object.entries(search)) {
          expect(values, `${name} ${option}`).toContain(options[option]);
        }
        const factor = (train.learningRate as number) / 0.003;
        expect(factor).toBeGreaterThanOrEqual(1 / 3);
        expect(factor).toBeLessThanOrEqual(3);
      }
    }
    const given = { options: { lambda: 7 }, train: { learningRate: 0.01 } };
    const fixed = { ...methodEntry("balgrad", given), folder: "balgrad-fixed" };
    for (const { options, train, folder } of trialEntries(fixed, 5, 0.01)) {
      expect([options.lambda, train.learningRate]).toEqual([7, 0.01]);
      // It stays the row that it is a trial of.
      expect(folder).toBe("balgrad-fixed");
    }
  });
});
