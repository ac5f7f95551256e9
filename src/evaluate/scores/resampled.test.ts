import { describe, expect, test } from "vitest";

import { SCORES } from "../../data/dataset.js";
import { randomStream } from "../../random.js";
import { scorePredictions } from "./metrics.js";
import { type Predictions } from "./predictions.js";
import { resampledScore } from "./resampled.js";

const SAMPLES = 60;

/** Predictions with ties, and several labels or one. */
function predictionsOf(labelKind: Predictions["labelKind"], classes: number): Predictions {
  const random = randomStream(1, "resampled", labelKind, classes);
  const size = SAMPLES * classes;
  const targets = new Float32Array(size);
  for (let row = 0; row < SAMPLES; row++) {
    if (labelKind === "single-label") targets[row * classes + random.integer(classes)] = 1;
    else for (let at = 0; at < classes; at++) targets[row * classes + at] = random.integer(2);
  }
  const probabilities = targets.map((truth) => (random.integer(5) + 2 * truth) / 7);
  return { labelKind, classes, probabilities, targets };
}

/** The same where sample `i` is written down `counts[i]` times. */
function repeated(predictions: Predictions, counts: readonly number[]): Predictions {
  const { classes } = predictions;
  const rows = counts.flatMap((count, row) => new Array<number>(count).fill(row));
  const pick = (values: Float32Array): Float32Array =>
    Float32Array.from(
      rows.flatMap((row) => [...values.subarray(row * classes, (row + 1) * classes)]),
    );
  const { probabilities, targets } = predictions;
  return { ...predictions, probabilities: pick(probabilities), targets: pick(targets) };
}

describe.each(SCORES)("%s of resampled predictions", (score) => {
  test.each([
    ["single-label", 2],
    ["single-label", 5],
    ["multi-label", 4],
  ] as const)(
    "is that of the samples written down as often: %s, %d classes",
    (labelKind, classes) => {
      const predictions = predictionsOf(labelKind, classes);
      const quick = resampledScore(predictions, score);
      const random = randomStream(2, "counts");
      const drawn = Array.from({ length: SAMPLES }, () => random.integer(3));
      for (const counts of [new Array<number>(SAMPLES).fill(1), drawn]) {
        const expected = scorePredictions(repeated(predictions, counts))[score]!;
        expect(quick(counts)).toBeCloseTo(expected, 9);
      }
    },
  );
});

test("a score that samples do not define is none", () => {
  const targets = Float32Array.of(0, 1, 1, 0);
  const predictions = { ...predictionsOf("single-label", 2), targets, probabilities: targets };
  const area = resampledScore(predictions, "auroc");
  expect([area([1, 1]), area([2, 0])]).toEqual([1, null]);
});
