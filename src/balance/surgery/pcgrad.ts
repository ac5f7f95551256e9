/** @module PCGrad: gradients projected off each other where they conflict. */

import { z } from "zod";

import { div, less, maximum, neg, where } from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { dot, type Matrix } from "./algebra.js";
import { coins, correctInRandomOrder } from "./pairwise.js";
import { surgery, SURGERY_LOSSES } from "./weighting.js";

// Guards divisions by vanishing gradients only.
const TINY = 1e-30;

/** Weights of PCGrad's sum of projected gradients. */
export function pcgradWeights(gramian: Matrix, firsts: readonly Tensor[]): Tensor[] {
  return correctInRandomOrder(gramian[0]![0]!, firsts, (c, j) => {
    const inner = dot(c, gramian[j]!);
    return where(less(inner, 0), neg(div(inner, maximum(gramian[j]![j]!, TINY))), 0);
  });
}

/**
 * PCGrad: each gradient is projected off every other that it conflicts with, in random order.
 *
 * Source: Yu et al., "Gradient Surgery for Multi-Task Learning", NeurIPS 2020, Algorithm 1.
 */
export const pcgrad = surgery({
  name: "pcgrad",
  summary: "projects each loss's gradient off the others that it conflicts with",
  source: "Yu et al., NeurIPS 2020, Algorithm 1",
  options: z.strictObject({}),
  losses: SURGERY_LOSSES.length,
  weigh: (inputs) => ({ weights: pcgradWeights(inputs.gramian, coins(inputs, "pcgrad")) }),
});
