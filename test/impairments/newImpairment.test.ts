/** @module A new impairment is one file and one line of its list: with both, it is measured and shown. */

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { summarise } from "../../src/compare/summary.js";
import { FIGURES } from "../../src/compare/judge.js";
import { type ComparisonPlan, methodEntry } from "../../src/compare/plan.js";
import { protocolResult } from "../../src/evaluate/schema.js";
import { RunMemory, type SampleInput, samples, train, type TrainedRun } from "../../src/index.js";
import { csvComparison } from "../../src/report/csv.js";
import { gridsOf } from "../../src/report/grids.js";
import { checkConfig } from "../../src/run/config.js";

// The lists with one more line each, as the change for a new impairment would leave them.
vi.mock("../../src/impairments/list.js", async (original) => {
  const list = await original<typeof import("../../src/impairments/list.js")>();
  const { opposite } = await import("./opposite.js");
  return { IMPAIRMENTS: [...list.IMPAIRMENTS, opposite] };
});
vi.mock("../../src/impairments/corruptions/list.js", async (original) => {
  const list = await original<typeof import("../../src/impairments/corruptions/list.js")>();
  const { negative } = await import("./opposite.js");
  return { CORRUPTIONS: [...list.CORRUPTIONS, negative] };
});

const SIDE = 8;

/** The picture alone tells the label: by dark and bright. */
const sample = (at: number): SampleInput => {
  const grey = (at % 2 === 0 ? 10 : 200) + (at % 40);
  const pixels = new Uint8Array(3 * SIDE * SIDE).fill(grey);
  return {
    image: { pixels, width: SIDE, height: SIDE },
    text: "one word, another",
    label: at % 2 === 0 ? "dark" : "bright",
  };
};

const store = new RunMemory();
const asked = ["negative"];
let run: TrainedRun;

beforeAll(async () => {
  const list = Array.from({ length: 120 }, (_, at) => sample(at));
  run = await train(samples(list, { lookAlikes: "ignore" }), {
    ...{ method: "joint", epochs: 6, batchSize: 8, learningRate: 0.01, threads: 1, store },
    model: {
      image: { type: "convolutional", side: SIDE, channels: [4] },
      ...{ text: { type: "bag", buckets: 16, width: 4 }, embed: 8, blank: "head" },
    },
    evaluation: { corruptions: asked as never },
  });
}, 60_000);

afterAll(() => run.release());

test("it is measured: answers to negatives are all wrong, those to reversed words all right", () => {
  const { protocol, aware } = run.result.result;
  for (const row of [protocol, aware] as unknown as Record<string, unknown>[]) {
    expect(row["scores"]).toMatchObject({ full: 100, "text-missing": 100 });
    expect(row["opposite"]).toEqual({
      ...{ average: 50, gap: 100 },
      scores: { "image-opposite": 0, "text-opposite": 100 },
    });
    expect(row["corruptions"]).toEqual([
      { corruption: "negative", severities: [100, 100, 0, 0, 0], average: 40 },
    ]);
  }
});

test("it is read back, and missing in results of versions that did not know it", () => {
  const { result } = run.result;
  const written = JSON.parse(JSON.stringify(result)) as Record<string, Record<string, unknown>>;
  expect(protocolResult.parse(written)).toEqual(result);
  for (const row of ["protocol", "aware"]) {
    delete written[row]!["opposite"];
    written[row]!["intervals"] = null;
  }
  expect(protocolResult.parse(written).aware).toMatchObject({ opposite: null });
});

test("it is a setting, a table, a column of the CSV, and counts where a method is chosen", async () => {
  expect(() => checkConfig({ evaluation: { corruptions: ["rain"] } }, "test")).toThrow(/negative/);
  expect(FIGURES).toEqual(["full", "missing", "noisy", "wrong", "opposite", "overall"]);
  const entry = { ...methodEntry("joint"), folder: "joint" };
  const plan = { entries: [entry] } as unknown as ComparisonPlan;
  const { rows } = await summarise(plan, [{ entry, seed: 1, store, config: run.config }]);
  const grids = gridsOf(rows, { ratios: false, noise: false });
  const titled = (title: RegExp) => grids.find((grid) => title.test(grid.title))!;
  const own = titled(/^Opposite input/);
  expect(own.head).toEqual(["method", "image upside down", "text upside down", "avg"]);
  expect(own.body[0]).toEqual(["joint", "0.0", "100.0", "50.0"]);
  const corruptions = titled(/^Average under corruption/);
  expect(corruptions.head).toEqual(["method", "full", "photo negative", "avg"]);
  expect(corruptions.body[0]).toEqual(["joint", "100.0", "40.0", "40.0"]);
  const [head, line] = csvComparison(rows).split("\n");
  const cells = Object.fromEntries(
    head!.split(",").map((name, at) => [name, line!.split(",")[at]] as const),
  );
  expect(cells).toMatchObject({
    ...{ "image-opposite-mean": "0", "text-opposite-mean": "100" },
    "corruption-negative-mean": "40",
  });
});
