/** @module Modality valuation: samples whose modality contributes little are shown again with it alone. */

import { z } from "zod";

import { add, div, mul, relu, sub } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import { mean, sum } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide, type Sides } from "../../model/network.js";
import type { BalanceMethod } from "../method.js";
import { logitsWithout, rightDecisions, watchingPlan } from "../watching.js";

const options = z.strictObject({
  strength: z
    .number()
    .min(0)
    .default(1)
    .describe("factor of the numbers of copies; 0 is joint training"),
});

/**
 * Contribution of each modality to each sample, `[batch]`: the Shapley value of the game whose worth is
 * the number of modalities shown where the decision is right, else 0.
 *
 * @param alone - Whether the decision is right with that modality alone, 0 to 1.
 * @param both - Whether it is right with both.
 */
export const contributions = (alone: Sides, both: Tensor): Sides =>
  bySide((side, other) => mul(add(alone[side], sub(mul(both, 2), alone[other])), 0.5));

/** Further copies of a sample with one modality alone: 3, 2, 1 and 0 for contributions -1/2 to 1. */
export const copies = (contribution: Tensor): Tensor => relu(sub(2, mul(contribution, 2)));

/**
 * Sample-level modality valuation: a sample to which a modality contributes little counts again with
 * that modality alone, the more often the less it contributes. In the paper the copies are made before
 * each epoch; here each batch carries them as weights, which is the same in expectation. Any fusion.
 * Multi-label (ours): how right a decision is, is the share of right decisions over all labels.
 *
 * Source: Wei et al., "Enhancing Multimodal Cooperation via Sample-level Modality Valuation", CVPR 2024,
 * sections 3.2 and 3.4 (sample-level).
 */
export const modalityValuation: BalanceMethod<z.infer<typeof options>> = {
  name: "modality-valuation",
  summary: "repeats samples with only the modality that contributes little to them",
  source: "Wei et al., CVPR 2024, sections 3.2 and 3.4",
  differs: "sample level; copies are weights within the batch",
  options,
  metrics: {
    "contribution.*": "mean contribution of the modality to right decisions (Shapley value)",
  },
  search: { strength: [0.5, 1, 2] },
  build: (context, { strength }) => {
    const { outputs, losses } = context;
    const { targets } = context.inputs;
    const without = logitsWithout(context);
    const alone = bySide((_, other) => without[other]);
    const right = bySide((side) => rightDecisions(context, alone[side]));
    const value = contributions(right, rightDecisions(context, outputs.logits));
    const loss = (logits: Tensor): Tensor => losses.crossEntropy(logits, targets);
    const extra = bySide((side) => mul(copies(value[side]), strength));
    const again = bySide((side) => mul(extra[side], loss(alone[side])));
    const total = addAll([loss(outputs.logits), again.image, again.text]);
    const size = add(add(extra.image, extra.text), 1);
    const weights = losses.sampleWeights(targets);
    const counted = weights ? mul(size, weights) : size;
    return watchingPlan(context, div(sum(total), sum(counted)), {
      "contribution.image": mean(value.image),
      "contribution.text": mean(value.text),
    });
  },
};
