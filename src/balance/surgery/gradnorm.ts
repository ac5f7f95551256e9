/** @module GradNorm: weights that make the losses learn at one pace. */

import { z } from "zod";

import {
  add,
  cast,
  div,
  equal,
  greater,
  less,
  maximum,
  mul,
  pow,
  sqrt,
  stopGradient,
  sub,
  where,
} from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { surgery, SURGERY_LOSSES } from "./weighting.js";

const options = z.strictObject({
  alpha: z.number().min(0).default(1.5).describe("strength of pulling slow losses forward"),
  rate: z.number().positive().default(0.025).describe("learning rate of the weights"),
});

const TINY = 1e-12;

/** New weights after one step of GradNorm, scaled to sum to their number. */
export function gradnormStep(
  weights: readonly Tensor[],
  norms: readonly Tensor[],
  ratios: readonly Tensor[],
  alpha: number,
  rate: number,
): Tensor[] {
  const n = weights.length;
  const scaled = weights.map((w, i) => mul(w, norms[i]!));
  const meanNorm = div(addAll(scaled), n);
  const meanRatio = maximum(div(addAll(ratios), n), TINY);
  const moved = weights.map((w, i) => {
    const target = mul(meanNorm, pow(maximum(div(ratios[i]!, meanRatio), TINY), alpha));
    const above = cast(greater(scaled[i]!, target), w.dtype);
    const below = cast(less(scaled[i]!, target), w.dtype);
    return maximum(sub(w, mul(mul(sub(above, below), norms[i]!), rate)), TINY);
  });
  const total = addAll(moved);
  return moved.map((w) => mul(div(w, total), n));
}

/**
 * GradNorm: weights descend on `sum_i | w_i ||g_i|| - mean * r_i^alpha |`, `r_i` the loss's share of
 * its first value relative to the others'.
 *
 * Source: Chen et al., "GradNorm", ICML 2018, equations 1 and 2, Algorithm 1.
 */
export const gradnorm = surgery({
  name: "gradnorm",
  summary: "learns weights that make all losses learn at one pace",
  source: "Chen et al., ICML 2018, Algorithm 1",
  options,
  search: { alpha: [0.5, 1.5, 3] },
  losses: SURGERY_LOSSES.length,
  weigh: ({ gramian, losses, context }, { alpha, rate }) => {
    const weights = SURGERY_LOSSES.map((name) => context.memory(`weight.${name}`, [], 1));
    const starts = SURGERY_LOSSES.map((name) => context.memory(`start.${name}`, [], 0));
    const first = starts.map((start, i) => where(equal(start, 0), stopGradient(losses[i]!), start));
    const ratios = losses.map((loss, i) => div(loss, add(first[i]!, TINY)));
    const norms = gramian.map((row, i) => sqrt(row[i]!));
    const next = gradnormStep(weights, norms, ratios, alpha, rate);
    const memory = SURGERY_LOSSES.flatMap((name, i) => [
      [`weight.${name}`, next[i]!] as const,
      [`start.${name}`, first[i]!] as const,
    ]);
    return { weights, memory: Object.fromEntries(memory) };
  },
});
