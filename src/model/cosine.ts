/** @module Cosines as logits. */

import { add, div, mul, sqrt } from "../graph/functions/elementwise.js";
import { matmul } from "../graph/functions/linear.js";
import { sumSquare } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";

// MMCosine's scale; its official code's default.
const SCALE = 15;
// Inside the roots: an embedding of zeros has cosine 0 with everything.
const EPSILON = 1e-8;

const unit = (x: Tensor, axis: number): Tensor =>
  div(x, sqrt(add(sumSquare(x, { axes: [axis], keep: true }), EPSILON)));

/**
 * 15 times the cosine between each embedding and each class's weights.
 *
 * @param z - `[batch, size]`.
 * @param weight - `[size, classes]`.
 * @returns `[batch, classes]`.
 */
export const scaledCosines = (z: Tensor, weight: Tensor): Tensor =>
  mul(matmul(unit(z, 1), unit(weight, 0)), SCALE);
