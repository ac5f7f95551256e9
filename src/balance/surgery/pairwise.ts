/** @module What PCGrad and GradVac share: gradients corrected against each other one by one. */

import { add, greater, where } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { scalarsOf } from "./algebra.js";
import type { WeightingInputs } from "./weighting.js";

/** How much of `g_j` to add to a gradient with coefficients `c`. */
export type Correction = (c: readonly Tensor[], j: number, i: number) => Tensor;

/** One fair coin per gradient: which of the two others it meets first. */
export const coins = ({ context }: WeightingInputs, name: string): Tensor[] =>
  scalarsOf(greater(context.noise(name, [3]), 0.5));

/**
 * Corrects each of three gradients against the other two in random order, and sums them.
 *
 * @param like - Scalar of the Gramian's element type.
 * @param firsts - Per gradient, whether it meets the others in their order or the other way round.
 */
export function correctInRandomOrder(
  { graph, dtype }: Tensor,
  firsts: readonly Tensor[],
  correct: Correction,
): Tensor[] {
  const rows = [0, 1, 2].map((i) => {
    const unit = [0, 1, 2].map((k) => graph.scalar(k === i ? 1 : 0, dtype));
    const meet = (c: readonly Tensor[], j: number): Tensor[] =>
      c.map((value, k) => (k === j ? add(value, correct(c, j, i)) : value));
    const [j, k] = [0, 1, 2].filter((other) => other !== i) as [number, number];
    const oneWay = meet(meet(unit, j), k);
    const otherWay = meet(meet(unit, k), j);
    return oneWay.map((value, at) => where(firsts[i]!, value, otherWay[at]!));
  });
  return [0, 1, 2].map((k) => addAll(rows.map((row) => row[k]!)));
}
