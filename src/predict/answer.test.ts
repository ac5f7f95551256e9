import { expect, test } from "vitest";

import type { AwareModel } from "../evaluate/aware.js";
import { fixedGate } from "../evaluate/gate.js";
import type { SplitLogits } from "../evaluate/predictor.js";
import { answersOf } from "./answer.js";

const aware: AwareModel = {
  labelKind: "single-label",
  classes: 3,
  temperatures: { joint: 2 },
  companionShares: {},
  gate: fixedGate([0, 0.5, 0.5]),
  thresholds: null,
  unusual: { image: 1, text: 2 },
};
const model = { aware, classes: ["a", "b", "c"] };

/** Logits of which the given class is the likeliest, the more the higher. */
const votes = (...rows: readonly (readonly number[])[]): Float32Array =>
  Float32Array.from(rows.flat());

function logits(over: Partial<SplitLogits>): SplitLogits {
  const rows = over.image!.length / 3;
  const ones = (): Float32Array => new Float32Array(rows).fill(1);
  return { joint: over.image!, imagePresent: ones(), textPresent: ones(), ...over } as SplitLogits;
}

const none = (rows: number): string[][] => Array.from({ length: rows }, () => []);

test("who decided: whose own answer the answer is", () => {
  const said = logits({
    image: votes([4, 0, 0], [4, 0, 0], [1, 0, 0], [4, 3.9, 0], [4, 0, 0], [4, 0, 0], [4, 0, 0]),
    text: votes([4, 0, 0], [0, 1, 0], [0, 4, 0], [0, 3.9, 4], [0, 9, 0], [0, 9, 0], [0, 9, 0]),
    imagePresent: Float32Array.of(1, 1, 1, 1, 1, 0, 0),
    textPresent: Float32Array.of(1, 1, 1, 1, 0, 1, 0),
  });
  const answers = answersOf(model, said, none(7), "aware");
  // Both say the same; one is surer than the other; each has its favourite, and together they say a third class.
  const found = answers.map(({ predictions, decidedBy }) => [predictions[0]!.label, decidedBy]);
  expect(found).toEqual([
    ["a", "both"],
    ["a", "image"],
    ["b", "text"],
    ["b", "both"],
    ["a", "image"],
    ["b", "text"],
    // With neither, what the model says of nothing is nobody's decision.
    [expect.any(String), "none"],
  ]);
});

test("how sure: the calibrated probability of the answer, in both modes", () => {
  const said = logits({ image: votes([2, 0, 0]), text: votes([2, 0, 0]) });
  const p = (z: number): number => Math.exp(z) / (Math.exp(z) + 2);
  const [answer] = answersOf(model, said, none(1), "aware");
  expect(answer!.sure).toBeCloseTo(p(2), 6);
  expect(answer!.sure).toBe(answer!.predictions[0]!.probability);
  // The joint classifier's own probability is shown as it is; how sure it is comes from its temperature, 2.
  const [joint] = answersOf(model, said, none(1), "joint");
  expect(joint!.predictions[0]!.probability).toBeCloseTo(p(2), 6);
  expect(joint!.sure).toBeCloseTo(p(1), 6);
});

test("what is unusual, sample by sample, with a warning; what is missing is not", () => {
  const said = logits({
    image: votes([1, 0, 0], [1, 0, 0], [1, 0, 0]),
    text: votes([1, 0, 0], [1, 0, 0], [1, 0, 0]),
    imageNovelty: Float32Array.of(0.9, 1.1, 9),
    textNovelty: Float32Array.of(1.9, 2.1, 2.1),
    imagePresent: Float32Array.of(1, 1, 0),
  });
  const answers = answersOf(model, said, [["first"], [], []], "aware");
  expect(answers.map(({ unusual }) => unusual)).toEqual([[], ["image", "text"], ["text"]]);
  const unlikeText = "The text is unlike the texts that the model was trained on.";
  expect(answers.map(({ warnings }) => warnings)).toEqual([
    ["first"],
    ["The image is unlike the images that the model was trained on.", unlikeText],
    [unlikeText],
  ]);
});

test("several labels: by the labels that are decided for, against their thresholds", () => {
  const thresholds = { both: [0.5, 0.5, 0.9], "image-missing": [0.5, 0.5, 0.5] } as const;
  const whole = { ...thresholds, "text-missing": [0.5, 0.5, 0.5] };
  const several: AwareModel = {
    ...aware,
    labelKind: "multi-label",
    thresholds: { aware: whole, joint: whole },
  };
  const said = logits({
    image: votes([9, -9, -9], [9, -9, -9], [-9, -9, -9]),
    text: votes([9, -9, 9], [-1, -9, -9], [-9, -9, 1]),
  });
  const answers = answersOf({ ...model, aware: several }, said, none(3), "aware");
  const decided = answers.map(({ predictions }) =>
    predictions.flatMap((one) => (one.decided ? [one.label] : [])),
  );
  // The third label is at 0.5 and its threshold at 0.9.
  expect(decided).toEqual([["a"], ["a"], []]);
  expect(answers.map(({ decidedBy }) => decidedBy)).toEqual(["both", "image", "both"]);
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  expect(answers[1]!.sure).toBeCloseTo((sigmoid(9) + sigmoid(-1)) / 2, 5);
  expect(answers[2]!.sure).toBeCloseTo(1 - (sigmoid(1) + sigmoid(-9)) / 2, 5);
});
