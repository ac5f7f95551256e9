import { expect, test } from "vitest";

import { meaningOf } from "../balance/metrics.js";
import { METHODS } from "../balance/methods.js";
import type { RunRecord } from "../run/records.js";
import { cosinesCaption, metricCaption, weightsCaption } from "./metricCaption.js";

/** A run of a method that recorded a step. */
function recordOf(name: string, step: Readonly<Record<string, number>>): RunRecord {
  const method = METHODS.find((one) => one.name === name)!;
  const meanings = Object.fromEntries(
    Object.keys(step).map((metric) => [metric, meaningOf(method, metric)]),
  );
  return { method: name, seed: 1, steps: [{ step: 1, ...step }], meanings } as unknown as RunRecord;
}

test("the caption of the weights says what they are for each method", () => {
  const weight = { "weight.image": 0.5, "weight.text": 0.5 };
  const runs = ["balgrad", "robust", "mslr", "pmr"].map((name) => recordOf(name, weight));
  expect(weightsCaption([recordOf("joint", {}), ...runs])).toBe(
    "What the weights are. balgrad, robust: weights of the KL gradients: the larger one pulls the modality that is behind; mslr: factors of the learning rates; pmr: weights of the prototype losses, by how far a modality is behind. The first seed of each method.",
  );
});

test("cosines are those that the method records, and what nobody explains is said to be so", () => {
  const runs = [recordOf("balgrad", { cosine: 0.1 }), recordOf("joint", { "loss.task": 1 })];
  expect(cosinesCaption(runs)).toBe(
    "What the cosines are. balgrad: cosine between the task gradient and the weighted KL gradient. Left of zero the gradients conflict.",
  );
  const own = { method: "mine", meanings: {}, steps: [{ cosine: 1 }] } as unknown as RunRecord;
  expect(metricCaption([own], "cosine")).toBe("mine: not explained by the method");
});
