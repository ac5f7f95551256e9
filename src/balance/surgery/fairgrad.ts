/** @module FairGrad and, as its case alpha = 1, the Nash bargaining solution: `(G w)_i = w_i^(-1/alpha)`. */

import { z } from "zod";

import { add, div, maximum, mul, pow, sub } from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { apply, conditioned, type Matrix, solve } from "./algebra.js";
import { surgery } from "./weighting.js";

const options = z.strictObject({
  alpha: z.number().positive().default(1).describe("fairness; 1: Nash, large: max-min"),
});

const NEWTON_STEPS = 12;
// A step never takes more than this share of a weight, which keeps weights positive.
const KEPT = 0.2;

/**
 * Weights of alpha-fair utilities. The conditions are those of a convex problem's minimum,
 * `1/2 w^T G w - sum_i u(w_i)` with `u' = w^(-1/alpha)`, found by damped Newton steps.
 */
export function fairWeights(gramian: Matrix, alpha: number): Tensor[] {
  const G = conditioned(gramian);
  let w: Tensor[] = G.map((row, i) => pow(row[i]!, -alpha / (1 + alpha)));
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const Gw = apply(G, w);
    const utility = w.map((value) => pow(value, -1 / alpha));
    const gradient = Gw.map((value, i) => sub(value, utility[i]!));
    const hessian = G.map((row, i) =>
      row.map((value, j) => (i === j ? add(value, div(utility[i]!, mul(w[i]!, alpha))) : value)),
    );
    const direction = solve(hessian, gradient);
    w = w.map((value, i) => maximum(sub(value, direction[i]!), mul(value, KEPT)));
  }
  return normalised(w);
}

/** Weights scaled to sum to their number, as weights of 1 do. */
function normalised(w: readonly Tensor[]): Tensor[] {
  const total = w.reduce((sum, value) => add(sum, value));
  return w.map((value) => mul(div(value, total), w.length));
}

/**
 * FairGrad: alpha-fair improvement of all losses.
 *
 * Source: Ban and Ji, "Fair Resource Allocation in Multi-Task Learning", ICML 2024, equation 6.
 * Weights are scaled to sum to the number of losses, so that the learning rate keeps its meaning.
 */
export const fairgrad = surgery({
  name: "fairgrad",
  summary: "improves all losses alpha-fairly",
  source: "Ban and Ji, ICML 2024, equation 6",
  differs: "Newton steps; weights sum to 3",
  options,
  search: { alpha: [0.5, 1, 2] },
  weigh: ({ gramian }, { alpha }) => ({ weights: fairWeights(gramian, alpha) }),
});
