/** @module The search for settings before a comparison. */

import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { METHODS } from "../src/balance/methods.js";
import { methodEntry } from "../src/compare/plan.js";
import { SEARCH_FILE, trialEntries, type Tuned } from "../src/compare/tune.js";
import { readSealed } from "../src/files/sealed.js";
import { RunFolder } from "../src/run/folder.js";
import { readResults } from "../src/run/results.js";
import { Run } from "../src/run/run.js";
import { compare } from "../src/usecases/compare.js";
import { temporaryFolder } from "./support/cli.js";
import { quickSettings, writeSquares } from "./support/table.js";

let table = "";

beforeAll(async () => {
  table = await writeSquares(temporaryFolder());
});

/** Compares one seed in this process, after a search of two trials; gives what was searched for and trained. */
async function search(out: string, ...methods: string[]) {
  const tuned: Tuned[] = [];
  const trained: string[] = [];
  const { rows } = await compare({
    ...{
      settings: quickSettings(table),
      origin: "test",
      store: new RunFolder(out),
      seeds: 1,
      tune: 2,
    },
    rows: { named: methods.map((name) => methodEntry(name)) },
    events: (event) => {
      if (event.kind === "tuned") tuned.push(event.tuned);
      if (event.kind === "batch-run-ended") trained.push(event.run.entry.label);
    },
  });
  return { labels: rows.map(({ label }) => label), tuned, trained };
}

const kept = async (out: string) =>
  (await readSealed(join(out, "tune.json"), SEARCH_FILE)).searches;

describe("the search", () => {
  test("tries as many settings of each method and continues with the best on validation", async () => {
    const out = join(temporaryFolder(), "compare");
    const { tuned } = await search(out, "joint", "balgrad");
    expect(tuned.map(({ label }) => label)).toEqual(["joint", "balgrad"]);
    expect(await kept(out)).toEqual(tuned);
    for (const { folder, trials, chosen } of tuned) {
      expect(trials).toHaveLength(2);
      expect(trials[0]!.options).toEqual({});
      const figures = trials.map(({ figure }) => figure!);
      expect(figures[chosen]).toBe(Math.min(...figures));
      const chosenRun = await Run.open(new RunFolder(join(out, folder, "seed-1")));
      expect(chosenRun.config.method.options).toMatchObject(trials[chosen]!.options);
      // Trials never look at the test split.
      const trial = await Run.open(new RunFolder(join(out, "tune", folder, "trial-1")));
      expect((await readResults(trial)).result.split).toBe("validation");
      expect((await readResults(chosenRun)).result.split).toBe("test");
    }
  });

  test("a further call searches for its own methods alone, and keeps what was found", async () => {
    const out = join(temporaryFolder(), "compare");
    await search(out, "joint");
    const more = await search(out, "mgda");
    expect(new Set(more.trained)).toEqual(new Set(["mgda"]));
    expect((await kept(out)).map(({ label }) => label)).toEqual(["joint", "mgda"]);
    expect(more.labels).toEqual(["joint", "mgda"]);
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
