/** @module AGM: adaptive gradient modulation by mono-modal responses. */

import { z } from "zod";

import {
  add,
  div,
  exp,
  minimum,
  mul,
  stopGradient,
  sub,
} from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import type { BalanceMethod } from "../method.js";
import { logitsWithout, watchingPlan } from "../watching.js";

const options = z.strictObject({
  alpha: z.number().min(0).default(1).describe("strength of the modulation"),
});

// The official code's clamp of the discrepancy.
const LARGEST_DISCREPANCY = 10;

/** `x` itself, whose cotangent is multiplied by `k`. */
const scaledBackwards = (x: Tensor, k: Tensor): Tensor =>
  add(mul(x, k), mul(stopGradient(x), sub(1, k)));

/**
 * Modulation of one modality: `exp(alpha min(tau - r, 10))` with `r = exp(e_other - e_own)` and `tau`
 * the same of the running means; a modality that is further ahead than usual is slowed down.
 */
export function agmCoefficient(
  own: Tensor,
  other: Tensor,
  ownMean: Tensor,
  otherMean: Tensor,
  alpha: number,
): Tensor {
  const present = exp(sub(other, own));
  const usual = exp(sub(otherMean, ownMean));
  return exp(mul(minimum(sub(usual, present), LARGEST_DISCREPANCY), alpha));
}

/**
 * AGM: the joint logits are split into mono-modal responses
 * `phi_v = (F(v,l) - F(0,l) + F(v,0)) / 2` and likewise `phi_l`, whose gradients are modulated by how
 * far ahead each is. `F(0, .)` has the blank embedding; any fusion, single- and multi-label.
 *
 * Source: Li et al., "Boosting Multi-modal Model Performance with Adaptive Gradient Modulation",
 * ICCV 2023, equations 3 to 9. Scores are cross-entropies as in the official code, so that its order
 * of subtraction is the paper's.
 */
export const agm: BalanceMethod<z.infer<typeof options>> = {
  name: "agm",
  summary: "modulates the gradients through each modality's share of the prediction",
  source: "Li et al., ICCV 2023, equations 3 to 9",
  differs: "blank embeddings for absent inputs, any fusion",
  options,
  metrics: { "weight.*": "factors of the gradients through each modality's response" },
  search: { alpha: [0.3, 1, 2] },
  build: (context, { alpha }) => {
    const { outputs, memory } = context;
    const without = logitsWithout(context);
    const difference = sub(without.text, without.image);
    const phi = {
      image: mul(add(outputs.logits, difference), 0.5),
      text: mul(sub(outputs.logits, difference), 0.5),
    };
    const error = bySide((side) => stopGradient(context.lossFor(phi[side])));
    const usual = bySide((side) => memory(`mean.${side}`, [], 0));
    const steps = memory("steps", [], 0);
    const k = bySide((side, other) =>
      agmCoefficient(error[side], error[other], usual[side], usual[other], alpha),
    );
    const loss = context.lossFor(
      add(scaledBackwards(phi.image, k.image), scaledBackwards(phi.text, k.text)),
    );
    const count = add(steps, 1);
    const moved = (mean: Tensor, value: Tensor): Tensor => add(mean, div(sub(value, mean), count));
    return {
      ...watchingPlan(context, loss, { "weight.image": k.image, "weight.text": k.text }),
      memory: {
        "mean.image": moved(usual.image, error.image),
        "mean.text": moved(usual.text, error.text),
        steps: count,
      },
    };
  },
};
