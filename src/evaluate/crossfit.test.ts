import { expect, test } from "vitest";

import { ALL_CASES } from "../impairments/cases.js";
import { randomStream } from "../random.js";
import { crossFitted } from "./crossfit.js";
import type { SplitLogits } from "./predictor.js";
import type { CaseLogits } from "./cases.js";

const SAMPLES = 60;
const CLASSES = 3;
const TASK = { labelKind: "multi-label", classes: CLASSES } as const;

const random = randomStream(1, "cross-fitting");
const targets = Float32Array.from({ length: SAMPLES * CLASSES }, () => random.integer(2));
const logits = (): SplitLogits => {
  const head = () => targets.map((truth) => 2 * truth - 1 + random.normal());
  const present = new Float32Array(SAMPLES).fill(1);
  return {
    ...{ joint: head(), image: head(), text: head() },
    ...{ imagePresent: present, textPresent: present },
  };
};
const cases = Object.fromEntries(
  ALL_CASES.map((name) => [name, logits()]),
) as unknown as CaseLogits;

test("a sample's answer owes nothing to its own label", async () => {
  const before = await crossFitted({ size: SAMPLES, targets }, cases, TASK);
  const row = 7;
  const changed = targets.slice();
  for (let at = row * CLASSES; at < (row + 1) * CLASSES; at++) changed[at] = 1 - changed[at]!;
  const after = await crossFitted({ size: SAMPLES, targets: changed }, cases, TASK);
  for (const name of ALL_CASES) {
    const own = ({ [name]: { probabilities, thresholds } }: typeof before): number[][] =>
      [probabilities, thresholds!].map((values) => [
        ...values.subarray(row * CLASSES, (row + 1) * CLASSES),
      ]);
    expect(own(after)).toEqual(own(before));
    expect(after[name].probabilities).not.toEqual(before[name].probabilities);
    // Every sample is answered.
    expect(before[name].probabilities.every((p) => p > 0 && p < 1)).toBe(true);
    expect(before[name].targets).toBe(targets);
  }
});
