/** @module Homoscedastic uncertainty as loss weights. */

import { z } from "zod";

import { exp, mul, neg, stopGradient, sub } from "../../graph/functions/elementwise.js";
import { surgery, SURGERY_LOSSES } from "./weighting.js";

const options = z.strictObject({
  rate: z.number().positive().default(0.025).describe("learning rate of the log-variances"),
});

/**
 * Uncertainty weighting: minimises `sum_i exp(-s_i) L_i + s_i / 2` over parameters and the
 * log-variances `s_i`, which follow their gradient by plain descent.
 *
 * Source: Kendall et al., "Multi-Task Learning Using Uncertainty", CVPR 2018, section 3.2,
 * classification. The source lets the network's optimizer move `s_i`; here they have a rate of their
 * own.
 */
export const uncertaintyWeighting = surgery({
  name: "uncertainty-weighting",
  summary: "weighs each loss by a learned precision",
  source: "Kendall et al., CVPR 2018, section 3.2",
  differs: "plain descent on the log-variances",
  options,
  search: { rate: [0.0025, 0.025] },
  losses: SURGERY_LOSSES.length,
  weigh: ({ losses, context }, { rate }) => {
    const logVariances = SURGERY_LOSSES.map((name) => context.memory(`logVariance.${name}`, [], 0));
    const weights = logVariances.map((s) => exp(neg(s)));
    const memory = SURGERY_LOSSES.map((name, i) => {
      const slope = sub(0.5, mul(weights[i]!, stopGradient(losses[i]!)));
      return [`logVariance.${name}`, sub(logVariances[i]!, mul(slope, rate))] as const;
    });
    return { weights, memory: Object.fromEntries(memory) };
  },
});
