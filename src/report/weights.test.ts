import { expect, test } from "vitest";

import { METHODS } from "../balance/methods.js";
import { weightsCaption } from "./plots/curves.js";
import type { RunRecord } from "../run/records.js";

/** A run of a method that recorded a step. */
function recordOf(name: string, step: object): RunRecord {
  const { weights } = METHODS.find((method) => method.name === name)!;
  const steps = [{ step: 1, ...step }];
  return { method: name, seed: 1, steps, ...(weights && { weights }) } as unknown as RunRecord;
}

test("the caption of the weights says what they are for each method", () => {
  const weight = { "weight.image": 0.5, "weight.text": 0.5 };
  const runs = ["balgrad", "robust", "mslr", "pmr"].map((name) => recordOf(name, weight));
  expect(weightsCaption([recordOf("joint", {}), ...runs])).toBe(
    "What the weights are, balgrad, robust: weights of the KL gradients: the larger one pulls the modality that is behind; mslr: factors of the learning rates; pmr: weights of the prototype losses, by how far a modality is behind. The first seed of each method.",
  );
});
