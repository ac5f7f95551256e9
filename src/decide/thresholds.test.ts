import { describe, expect, test } from "vitest";

import { randomStream } from "../random.js";
import { commonThreshold, labelThresholds, plugInThreshold } from "./thresholds.js";

const f1 = (decided: readonly boolean[], truth: readonly boolean[]): number => {
  const both = decided.filter((yes, at) => yes && truth[at]).length;
  const sizes = decided.filter(Boolean).length + truth.filter(Boolean).length;
  return sizes === 0 ? 0 : (2 * both) / sizes;
};

describe("plug-in threshold", () => {
  test("by hand: two of three are decided for", () => {
    // 2 * 0.9 / (1 + 1.4) = 0.75; 2 * 1.3 / (2 + 1.4) = 0.765; 2 * 1.4 / (3 + 1.4) = 0.636.
    expect(plugInThreshold([0.4, 0.1, 0.9])).toBeCloseTo(0.25, 12);
  });

  test("decides for every sample where all are equally likely, and for none that is impossible", () => {
    expect(plugInThreshold([0.2, 0.2, 0.2])).toBeCloseTo(0.1, 12);
    expect(plugInThreshold([0, 0])).toBe(0.5);
    expect(plugInThreshold([])).toBe(0.5);
  });

  test("never separates equal probabilities", () => {
    // Taking one of the two 0.5 alone would not be a threshold.
    const threshold = plugInThreshold([0.5, 0.5, 0.01]);
    expect(threshold).toBeCloseTo(0.255, 12);
  });

  test("beats 0.5 and the best threshold of another draw on rare labels, when calibrated", () => {
    const random = randomStream(1, "rare");
    const probabilities = Array.from({ length: 4000 }, () => 0.4 * random.uniform() ** 2);
    const truth = probabilities.map((p) => random.uniform() < p);
    const score = (threshold: number): number =>
      f1(
        probabilities.map((p) => p > threshold),
        truth,
      );
    const plugIn = score(plugInThreshold(probabilities));
    expect(score(0.5)).toBe(0);
    const best = Math.max(...Array.from({ length: 40 }, (_, at) => score(at / 100)));
    expect(plugIn).toBeGreaterThan(best - 0.01);
  });
});

describe("thresholds of all labels", () => {
  // Label 0: by hand above, 0.25. Label 1: all are equally likely, half of 0.2.
  const rows = Float32Array.of(0.9, 0.2, 0.4, 0.2, 0.1, 0.2);
  const targets = Float32Array.of(1, 0, 1, 1, 0, 0);

  test("one for all is the lowest that is best for macro-F1", () => {
    // Above 0.1 label 0 is right (F1 1), and up to 0.2 label 1 is decided for in all (F1 1/2); steps of 1/80
    // from 0.05 on, and 0.1 as float32 is a little above 0.1.
    expect(commonThreshold(rows, targets, 2)).toBeCloseTo(0.1125, 10);
  });

  test("lie half-way, in logarithms, between a label's own and the common one", () => {
    const common = commonThreshold(rows, targets, 2);
    const [first, second] = labelThresholds(rows, targets, 2);
    expect(first).toBeCloseTo(Math.sqrt(0.25 * common), 6);
    expect(second).toBeCloseTo(Math.sqrt(0.1 * common), 6);
  });
});
