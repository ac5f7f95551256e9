/** @module Gradient clipping by global norm. */

import { add, div, minimum, mul, sqrt } from "../graph/functions/elementwise.js";
import { addAll } from "../graph/functions/layout.js";
import { sumSquare } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";

// Keeps the quotient finite where all gradients vanish; far below any norm that matters.
const TINY = 1e-12;

/** Euclidean norm of several tensors taken as one vector, scalar. */
export function globalNorm(tensors: readonly Tensor[]): Tensor {
  return sqrt(addAll(tensors.map((tensor) => sumSquare(tensor))));
}

/**
 * Scales gradients so that their global norm is at most `limit`.
 *
 * Source: Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013,
 * Algorithm 1.
 */
export function clipByGlobalNorm(
  gradients: readonly Tensor[],
  norm: Tensor,
  limit: number,
): readonly Tensor[] {
  const scale = minimum(div(limit, add(norm, TINY)), 1);
  return gradients.map((gradient) => mul(gradient, scale));
}
