/** @module UPGrad: the mean of the gradients' projections onto their dual cone. */

import { z } from "zod";

import { mul } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { conditioned, type Matrix, nonNegativeMinimum } from "./algebra.js";
import { surgery } from "./weighting.js";

/** Weights of the mean of each gradient's projection onto the dual cone of all. */
export function upgradWeights(gramian: Matrix): Tensor[] {
  const G = conditioned(gramian);
  const { graph, dtype } = G[0]![0]!;
  const rows = G.map((row, i) => {
    // v_i = 1 is always active: more of g_i only lengthens the vector.
    const others = [...G.keys()].filter((j) => j !== i);
    const inner = others.map((j) => others.map((k) => G[j]![k]!));
    const free = nonNegativeMinimum(
      inner,
      others.map((j) => row[j]!),
    );
    return [...G.keys()].map((j) => (j === i ? graph.scalar(1, dtype) : free[others.indexOf(j)]!));
  });
  return [...G.keys()].map((j) => mul(addAll(rows.map((row) => row[j]!)), 1 / G.length));
}

/**
 * UPGrad: the mean of the projections of each gradient onto the dual cone, which conflicts with no
 * loss.
 *
 * Source: Quinton and Rey, "Jacobian Descent for Multi-Objective Optimization", 2024, equation 3.
 */
export const upgrad = surgery({
  name: "upgrad",
  summary: "averages each gradient's projection onto the cone that harms no loss",
  source: "Quinton and Rey, arXiv 2406.16232, equation 3",
  differs: "solved exactly; relative ridge",
  options: z.strictObject({}),
  weigh: ({ gramian }) => ({ weights: upgradWeights(gramian) }),
});
