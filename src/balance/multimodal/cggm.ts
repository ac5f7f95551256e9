/** @module CGGM: classifiers guide the magnitude and the direction of the modalities' gradients. */

import { z } from "zod";

import {
  add,
  clip,
  div,
  greater,
  maximum,
  mul,
  sqrt,
  stopGradient,
  sub,
  where,
} from "../../graph/functions/elementwise.js";
import { mean, sum, sumSquare } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import type { BalanceMethod } from "../method.js";
import { changedPlan, rightDecisions, watchingPlan } from "../watching.js";

const options = z.strictObject({
  rho: z.number().positive().default(1.3).describe("factor of the modulated gradients"),
  lambda: z.number().min(0).default(0.05).describe("weight of the direction loss"),
});

const TINY = 1e-8;
// Where the heads improve and worsen by as much, the quotient has no meaning and any size.
const LARGEST_COEFFICIENT = 2;

/** Cosine of two tensors taken as vectors. */
function cosine(a: Tensor, b: Tensor): Tensor {
  const norms = mul(sqrt(add(sumSquare(a), TINY)), sqrt(add(sumSquare(b), TINY)));
  return div(sum(mul(a, b)), norms);
}

/**
 * `(D - d_m) / D` with `D = d_v + d_l`, the improvements of the two heads: what the other gained; 1
 * where together they did not move.
 */
export function cggmCoefficient(own: Tensor, other: Tensor): Tensor {
  const total = add(own, other);
  const size = mul(total, total);
  const share = div(mul(other, total), maximum(size, TINY));
  return where(greater(size, TINY), clip(share, 0, LARGEST_COEFFICIENT), 1);
}

/**
 * CGGM: each encoder's gradients are scaled by how much the other modality's classifier improved
 * since the last step, and a loss turns the joint classifier's weights towards those of the unimodal
 * classifiers. The unimodal heads are the classifiers; the direction is that of the weights, as in
 * the official code. Coefficients are held in `[0, 2]`: the code lets them explode and turn negative.
 * Multi-label (ours): a classifier's accuracy is the share of right decisions over all labels.
 *
 * Source: Guo et al., "Classifier-guided Gradient Modulation for Enhanced Multimodal Learning",
 * NeurIPS 2024, equations 6 to 11.
 */
export const cggm: BalanceMethod<z.infer<typeof options>> = {
  name: "cggm",
  summary: "scales gradients by the heads' progress and aligns the classifier with the heads",
  source: "Guo et al., NeurIPS 2024, equations 6 to 11",
  differs: "the unimodal heads are the classifiers; coefficients held in [0, 2]",
  options,
  metrics: {
    "loss.direction": "how far the joint classifier's weights point away from the heads'",
    "weight.*": "factors of the gradients, before `rho`",
  },
  search: { rho: [1, 1.3, 2], lambda: [0.05, 0.2] },
  build: (context, { rho, lambda }) => {
    const { outputs, network, memory, objectives } = context;
    const accuracy = bySide((side) => mean(rightDecisions(context, outputs[`${side}Logits`])));
    const gain = bySide((side) => sub(accuracy[side], memory(`accuracy.${side}`, [], 0)));
    const k = bySide((side, other) => cggmCoefficient(gain[side], gain[other]));
    const { heads, classifier } = network.weights();
    const misalignment = bySide((side) =>
      mul(k[side], sub(1, cosine(stopGradient(heads[side]), classifier[side]))),
    );
    const direction = mul(add(misalignment.image, misalignment.text), 0.5);
    const plan = watchingPlan(context, add(objectives.task, mul(direction, lambda)), {
      "loss.direction": direction,
      "weight.image": k.image,
      "weight.text": k.text,
    });
    return {
      ...changedPlan(plan, (gradient, _, side) => mul(gradient, mul(k[side], rho))),
      memory: { "accuracy.image": accuracy.image, "accuracy.text": accuracy.text },
    };
  },
};
