/** @module Parts of reports by hand-made cases: calibration, confusions, places, labels, figures as files. */

import sharp from "sharp";
import { describe, expect, test } from "vitest";

import { calibrationOf } from "../../src/diagnose/calibration.js";
import { classNeeds } from "../../src/diagnose/classes.js";
import { confusionOf } from "../../src/diagnose/confusion.js";
import { projected } from "../../src/diagnose/projection.js";
import type { JudgedSample } from "../../src/diagnose/samples.js";
import { ALL_CASES } from "../../src/impairments/cases.js";
import { randomStream } from "../../src/random.js";
import { figureFiles } from "../../src/report/files.js";
import { drawPlot } from "../../src/report/plots/plot.js";
import { checkConfig } from "../../src/run/config.js";
import { runLabels } from "../../src/run/labels.js";
import { repeatingSettings } from "../../src/run/repeat.js";

const sample = (truth: string[], labels: string[], sure: number): JudgedSample => ({
  ...{ id: `${truth.join()}-${labels.join()}-${sure}`, truth },
  answers: Object.fromEntries(
    ALL_CASES.map((name) => [
      name,
      { labels, first: labels[0] ?? "a", probability: sure, sure, decidedBy: "both" },
    ]),
  ) as unknown as JudgedSample["answers"],
});

describe("calibration", () => {
  test("is the distance of sure and right, bin by bin", () => {
    const samples = [
      sample(["a"], ["a"], 0.92),
      sample(["a"], ["b"], 0.98),
      sample(["b"], ["b"], 0.35),
      sample(["b"], ["b"], 1),
    ];
    const { bins, error } = calibrationOf(samples, "full");
    expect(bins).toHaveLength(2);
    expect(bins[0]).toEqual({ samples: 1, sure: 0.35, right: 1 });
    expect(bins[1]!.samples).toBe(3);
    expect(bins[1]!.right).toBeCloseTo(2 / 3, 12);
    // (0.65 + 3 * |29/30 - 2/3|) / 4
    expect(error).toBeCloseTo((100 * (0.65 + 3 * (2.9 / 3 - 2 / 3))) / 4, 10);
  });

  test("counts the share of decided labels, and labels that are rightly left out", () => {
    const half = calibrationOf([sample(["a", "c"], ["a", "b"], 0.5)], "full");
    expect(half.error).toBeCloseTo(0, 12);
    const none = (truth: string[]) =>
      calibrationOf([sample(truth, [], 0.75)], "full").bins[0]!.right;
    expect(none(["b"])).toBe(1);
    expect(none(["a"])).toBe(0);
    expect(calibrationOf([], "full")).toEqual({ name: "full", bins: [], error: 0 });
  });
});

test("confusions count answers by true class", () => {
  const samples = [sample(["a"], ["b"], 1), sample(["a"], ["a"], 1), sample(["b"], ["b"], 1)];
  expect(confusionOf(samples, ["a", "b"], "text-missing").counts).toEqual([
    [1, 1],
    [0, 1],
  ]);
  const [a, b] = classNeeds(samples, ["a", "b", "never"]);
  expect(a).toMatchObject({ full: 50, precision: 100 });
  expect(b).toMatchObject({ full: 100, precision: 50 });
  for (const { f1 } of [a!, b!]) expect(f1).toBeCloseTo(200 / 3, 10);
});

describe("places in the plane", () => {
  const random = randomStream(1, "rows");
  const rows = Array.from({ length: 40 }, (_, at) =>
    Float32Array.from({ length: 5 }, () => (at < 20 ? 0 : 10) + random.normal()),
  );

  test("keep groups together, and are the same for the same seed", () => {
    const places = projected(rows, 1)!;
    expect(projected(rows, 1)).toEqual(places);
    const centre = (from: number): number[] =>
      [0, 1].map((axis) => {
        const own = places.slice(from, from + 20);
        return own.reduce((sum, place) => sum + place[axis]!, 0) / own.length;
      });
    const centres = [centre(0), centre(20)];
    const near = (place: readonly number[]): number => {
      const distances = centres.map((c) => Math.hypot(place[0]! - c[0]!, place[1]! - c[1]!));
      return distances[0]! < distances[1]! ? 0 : 1;
    };
    expect(places.map(near)).toEqual(rows.map((_, at) => (at < 20 ? 0 : 1)));
  });

  test("are none for few samples, and for samples that are all the same", () => {
    expect(projected(rows.slice(0, 7), 1)).toBeNull();
    expect(projected([], 1)).toBeNull();
    expect(
      projected(
        Array.from({ length: 9 }, () => Float32Array.of(1, 2)),
        1,
      ),
    ).toBeNull();
  });
});

describe("what repeats a run", () => {
  const config = (settings: object) =>
    checkConfig({ data: { source: "emoji:groups" }, ...settings }, "test");

  test("is what differs from the defaults of the method", () => {
    const told = (settings: object) =>
      repeatingSettings(config(settings)).map(({ path, value }) => `${path}=${value}`);
    expect(told({})).toEqual([]);
    expect(told({ method: { name: "joint" } })).toEqual(["method.name=joint"]);
    expect(
      told({
        method: { name: "balgrad", options: { lambda: 3 } },
        train: { seed: 4, epochs: 7 },
        data: { source: "emoji:groups", splitSeed: 4 },
        model: { text: { type: "pretrained", encoder: "/e" } },
      }),
    ).toEqual([
      ...["model.text.encoder=/e", "method.name=balgrad", "method.options.lambda=3"],
      ...["train.epochs=7", "seed=4"],
    ]);
  });

  test("tells runs of one method apart, but not their seeds", () => {
    const balgrad = (options: object, train = {}) =>
      config({ method: { name: "balgrad", options }, train });
    const configs = [
      ...[config({}), balgrad({}), balgrad({ lambda: 3 }), balgrad({}, { seed: 2 })],
      balgrad({ projection: false }, { epochs: 9 }),
    ];
    expect(runLabels(configs)).toEqual([
      ...["robust", "balgrad", "balgrad:lambda=3", "balgrad"],
      "balgrad:projection=false:train.epochs=9",
    ]);
    expect(runLabels([balgrad({ lambda: 3 }), balgrad({ lambda: 3 }, { seed: 2 })])).toEqual([
      ...["balgrad", "balgrad"],
    ]);
  });
});

test("figures are files that stand alone", async () => {
  const svg = drawPlot("a plot", { marks: [] });
  const figure = {
    ...{ name: "plot", title: "a < b", caption: "", drawings: [{ svg, legend: [] }] },
  };
  const [vector, pixels] = await figureFiles([figure], ["svg", "png"]);
  const text = new TextDecoder().decode(vector!.bytes);
  expect(text).toContain("a &lt; b");
  expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="884"/);
  expect(vector!.name).toBe("plot.svg");
  const { width, format } = await sharp(pixels!.bytes).metadata();
  expect([width, format]).toEqual([2 * 884, "png"]);
});
