/** @module DualProj: the mean gradient's projection onto the dual cone. */

import { z } from "zod";

import { add } from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { apply, conditioned, type Matrix, nonNegativeMinimum } from "./algebra.js";
import { surgery } from "./weighting.js";

/** Weights of the projection of the mean gradient onto the dual cone. */
export function dualProjWeights(gramian: Matrix): Tensor[] {
  const G = conditioned(gramian);
  const { graph, dtype } = G[0]![0]!;
  const equal = G.map(() => graph.scalar(1 / G.length, dtype));
  const extra = nonNegativeMinimum(G, apply(G, equal));
  return equal.map((weight, at) => add(weight, extra[at]!));
}

/**
 * DualProj: the mean gradient projected onto the dual cone of the gradients.
 *
 * Source: Lopez-Paz and Ranzato, "Gradient Episodic Memory", NeurIPS 2017, equation 11.
 */
export const dualproj = surgery({
  name: "dualproj",
  summary: "projects the mean gradient onto the cone that harms no loss",
  source: "Lopez-Paz and Ranzato, NeurIPS 2017, equation 11",
  differs: "solved exactly",
  options: z.strictObject({}),
  weigh: ({ gramian }) => ({ weights: dualProjWeights(gramian) }),
});
