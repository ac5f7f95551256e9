/** @module Aligned-MTL: gradients made orthogonal and of equal length before they are added. */

import { z } from "zod";

import { div, greater, minimum, mul, sqrt, where } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { conditioned, eigenpairs, type Matrix } from "./algebra.js";
import { surgery } from "./weighting.js";

// Relative to the trace: above the ridge and float32's rounding of inner products.
const TOLERANCE = 1e-5;

/**
 * Weights of the sum of aligned gradients, `sqrt(l) sum_i v_i (v_i^T 1) / sqrt(l_i)` over the Gramian's
 * eigenpairs with `l_i` above a tolerance, `l` the smallest of them. Directions below it are none that
 * the gradients have: twins count as one, a vanished gradient as nothing.
 */
export function alignedWeights(gramian: Matrix): Tensor[] {
  const pairs = eigenpairs(conditioned(gramian)).map(({ value, vector }) => {
    const there = greater(value, TOLERANCE);
    return { vector, there, value: where(there, value, 1) };
  });
  const smallest = pairs.map(({ value }) => value).reduce((a, b) => minimum(a, b));
  const along = pairs.map(({ vector, value, there }) => {
    const share = mul(addAll([...vector]), sqrt(div(smallest, value)));
    return vector.map((x) => where(there, mul(x, share), 0));
  });
  return gramian.map((_, i) => addAll(along.map((weights) => weights[i]!)));
}

/**
 * Aligned-MTL: the gradient matrix is replaced by the nearest one with condition number 1, scaled
 * by its smallest singular value that is not zero, and its rows are summed.
 *
 * Source: Senushkin et al., "Independent Component Alignment for Multi-Task Learning", CVPR 2023,
 * Algorithm 1.
 */
export const alignedMtl = surgery({
  name: "aligned-mtl",
  summary: "makes the losses' gradients orthogonal and equally long, then adds them",
  source: "Senushkin et al., CVPR 2023, Algorithm 1",
  differs: "eigenvalues below 1e-5 of the trace count as zero",
  options: z.strictObject({}),
  weigh: ({ gramian }) => ({ weights: alignedWeights(gramian) }),
});
