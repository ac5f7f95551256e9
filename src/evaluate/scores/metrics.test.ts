import { describe, expect, test } from "vitest";

import { randomStream } from "../../random.js";
import { binaryAuroc } from "./auroc.js";
import { binaryAveragePrecision } from "./averagePrecision.js";
import { confusionMatrix, rightShare, scorePredictions } from "./metrics.js";
import { type Predictions } from "./predictions.js";

const single = (probabilities: number[], targets: number[], classes: number): Predictions => ({
  labelKind: "single-label",
  classes,
  probabilities: Float32Array.from(probabilities),
  targets: Float32Array.from(targets),
});

describe("single-label scores", () => {
  // Truth 0, 0, 1, 2; predictions 0, 1, 1, 1: by hand, F1 = 2/3, 1/2 and 0.
  const predictions = single(
    [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1, 0.3, 0.4, 0.3],
    [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1],
    3,
  );
  const scores = scorePredictions(predictions);

  test("agree with scikit-learn's definitions", () => {
    expect(scores.accuracy).toBe(0.5);
    expect(rightShare(predictions)).toBe(0.5);
    expect(scores.macroF1).toBeCloseTo((2 / 3 + 1 / 2) / 3, 10);
    expect(scores.microF1).toBeCloseTo(0.5, 10);
    expect(scores.weightedF1).toBeCloseTo((2 * (2 / 3) + 1 / 2) / 4, 10);
    expect(scores.logLoss).toBeCloseTo(-Math.log(0.8 * 0.2 * 0.8 * 0.3) / 4, 6);
  });

  test("the confusion matrix has true classes as rows", () => {
    expect(confusionMatrix(predictions)).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
  });

  test("calibration error is the gap between confidence and accuracy, by bins", () => {
    // Confidences .8 (right), .7 (wrong), .8 (right), .4 (wrong), in bins 12, 10, 12 and 6 of 15.
    expect(scores.calibrationError).toBeCloseTo((0.2 * 2 + 0.7 + 0.4) / 4, 6);
  });
});

describe("multi-label scores", () => {
  const predictions: Predictions = {
    labelKind: "multi-label",
    classes: 2,
    probabilities: Float32Array.of(0.9, 0.2, 0.6, 0.7, 0.1, 0.1),
    targets: Float32Array.of(1, 0, 0, 1, 0, 0),
  };
  const scores = scorePredictions(predictions);

  test("count a sample as right when all its labels are", () => {
    expect(scores.accuracy).toBeCloseTo(2 / 3, 10);
  });

  test("decide by the thresholds that are given, probability by probability", () => {
    // The third sample's first label and the first sample's second one are decided for now.
    const thresholds = Float32Array.of(0.5, 0.1, 0.65, 0.5, 0.05, 0.5);
    const decided = scorePredictions({ ...predictions, thresholds });
    expect(decided.accuracy).toBeCloseTo(1 / 3, 10);
    expect(decided.microF1).toBeCloseTo((2 * 2) / (2 * 2 + 2), 10);
    expect(decided.auroc).toBe(scores.auroc);
  });

  test("average precision is scikit-learn's", () => {
    // Label 0 ranks its positive first; label 1 too.
    expect(scores.averagePrecision).toBe(1);
    // Precisions 1, 1/2, 2/3 at the recall steps of 1/2, 0, 1/2.
    expect(binaryAveragePrecision([0.9, 0.8, 0.7], [1, 0, 1])).toBeCloseTo(0.5 + 0.5 * (2 / 3), 12);
    // Equal scores are one step: half of the four are right.
    expect(binaryAveragePrecision([0.5, 0.5, 0.5, 0.5], [1, 0, 1, 0])).toBeCloseTo(0.5, 12);
    expect(binaryAveragePrecision([0.5], [0])).toBeNull();
  });

  test("count single labels for the share of right decisions", () => {
    // One of six is wrong.
    expect(rightShare(predictions)).toBeCloseTo(5 / 6, 10);
  });

  test("samples-F1 counts a sample without labels as 0, as scikit-learn does", () => {
    expect(scores.samplesF1).toBeCloseTo((1 + 2 / 3 + 0) / 3, 10);
    expect(scores.macroF1).toBeCloseTo((2 / 3 + 1) / 2, 10);
    expect(scores.microF1).toBeCloseTo(4 / 5, 10);
  });

  test("the confusion table has one row per label", () => {
    expect(confusionMatrix(predictions)).toEqual([
      [1, 1, 0, 1],
      [2, 0, 0, 1],
    ]);
  });
});

describe("area under the ROC curve", () => {
  test("equals the share of correctly ordered pairs, ties counting one half", () => {
    const random = randomStream(5, "auroc");
    for (let round = 0; round < 20; round++) {
      const scores = Array.from({ length: 30 }, () => random.integer(8));
      const truth = Array.from({ length: 30 }, () => random.integer(2));
      let ordered = 0;
      let pairs = 0;
      scores.forEach((a, i) => {
        scores.forEach((b, j) => {
          if (!truth[i] || truth[j]) return;
          pairs++;
          ordered += a > b ? 1 : a === b ? 0.5 : 0;
        });
      });
      expect(binaryAuroc(scores, truth)).toBeCloseTo(ordered / pairs, 12);
    }
  });

  test("is the same for 32-bit scores, which are sorted as bits", () => {
    const random = randomStream(6, "auroc");
    const values = [-0, 0, -1.5, 1e-30, 3e8, -Infinity, ...[1, 2, 3, 4].map(() => random.normal())];
    const scores = Array.from({ length: 300 }, () => Math.fround(values[random.integer(10)]!));
    const truth = scores.map(() => random.integer(2));
    const packed = Float32Array.from(scores);
    expect(binaryAuroc(packed, truth)).toBe(binaryAuroc(scores, truth));
    expect(binaryAveragePrecision(packed, truth)).toBe(binaryAveragePrecision(scores, truth));
  });

  test("is not defined with one class only", () => {
    expect(binaryAuroc([1, 2], [1, 1])).toBeNull();
    expect(scorePredictions(single([0.6, 0.4], [1, 0], 2)).auroc).toBeNull();
  });
});
