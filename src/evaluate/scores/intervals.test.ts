import { describe, expect, test } from "vitest";

import { SCORES } from "../../data/dataset.js";
import { randomStream } from "../../random.js";
import { scoreIntervals } from "./intervals.js";
import { scorePredictions } from "./metrics.js";
import { type Predictions } from "./predictions.js";
import { resampledScore } from "./resampled.js";

const CLASSES = 3;

/** Predictions of which about two thirds are right. */
function predictionsOf(samples: number, seed: number): Predictions {
  const random = randomStream(seed, "intervals", samples);
  const targets = new Float32Array(samples * CLASSES);
  const probabilities = new Float32Array(samples * CLASSES).fill(0.2);
  for (let row = 0; row < samples; row++) {
    const truth = random.integer(CLASSES);
    const said = random.uniform() < 0.5 ? truth : random.integer(CLASSES);
    targets[row * CLASSES + truth] = 1;
    probabilities[row * CLASSES + said] = 0.4 + 0.2 * random.uniform();
  }
  return { labelKind: "single-label", classes: CLASSES, probabilities, targets };
}

describe.each(SCORES)("the interval of %s", (score) => {
  test("is a point where all is right", () => {
    const targets = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0);
    const right = {
      labelKind: "single-label",
      classes: 3,
      probabilities: targets,
      targets,
    } as const;
    expect(scoreIntervals([right], score, 1)).toEqual([{ low: 100, high: 100 }]);
  });

  test("holds the score, is narrower with more samples, and the same for the same seed", () => {
    const widths = [60, 240, 960].map((samples) => {
      const predictions = predictionsOf(samples, 1);
      const [interval] = scoreIntervals([predictions], score, 1);
      const own = 100 * scorePredictions(predictions)[score]!;
      expect(interval!.low).toBeLessThan(own);
      expect(interval!.high).toBeGreaterThan(own);
      expect(scoreIntervals([predictions, predictions], score, 1)).toEqual([interval, interval]);
      return interval!.high - interval!.low;
    });
    // Four times the samples: half the width.
    expect(widths[0]! / widths[1]!).toBeCloseTo(2, 0);
    expect(widths[1]! / widths[2]!).toBeCloseTo(2, 0);
  });
});

test("the interval of a share is that of the binomial distribution", () => {
  // 75 of 100 right: 1.96 standard errors are 8.5 points.
  const rows = Array.from({ length: 100 }, (_, row) => row < 75);
  const targets = Float32Array.from(rows.flatMap(() => [1, 0]));
  const probabilities = Float32Array.from(rows.flatMap((right) => (right ? [1, 0] : [0, 1])));
  const predictions = { labelKind: "single-label", classes: 2, probabilities, targets } as const;
  const [interval] = scoreIntervals([predictions], "accuracy", 1);
  expect(Math.abs(interval!.low - 66.5)).toBeLessThanOrEqual(1);
  expect(Math.abs(interval!.high - 83.5)).toBeLessThanOrEqual(1);
});

test("an area to the first order spreads as the area itself", () => {
  const predictions = predictionsOf(300, 3);
  const exact = resampledScore(predictions, "auroc");
  const random = randomStream(1, "exact");
  const areas = Float64Array.from({ length: 1000 }, () => {
    const counts = new Uint32Array(300);
    for (let draw = 0; draw < 300; draw++) counts[random.integer(300)]!++;
    return 100 * exact(counts)!;
  }).sort();
  const [interval] = scoreIntervals([predictions], "auroc", 1);
  expect(scoreIntervals([predictions], "auroc", 2)).not.toEqual([interval]);
  expect(Math.abs(interval!.low - areas[25]!)).toBeLessThan(0.5);
  expect(Math.abs(interval!.high - areas[974]!)).toBeLessThan(0.5);
});

test("a class of a single missed sample shifts no interval away from the score", () => {
  // Label 1 occurs once and is never decided for: without it macro-F1 is 100, with it 50.
  const targets = Float32Array.from({ length: 40 }, (_, at) => Number(at % 2 === 0 || at === 1));
  const probabilities = Float32Array.from({ length: 40 }, (_, at) => Number(at % 2 === 0));
  const predictions = { labelKind: "multi-label", classes: 2, probabilities, targets } as const;
  expect(scoreIntervals([predictions], "macroF1", 1)).toEqual([{ low: 50, high: 100 }]);
});
