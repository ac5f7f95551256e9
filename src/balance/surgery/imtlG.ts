/** @module IMTL-G: the combination whose projections onto all gradients are equal. */

import { z } from "zod";

import { abs, div, greater, sqrt, where } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { conditioned, type Matrix, solve } from "./algebra.js";
import { surgery } from "./weighting.js";

// A sum of weights this close to zero has no direction to normalise.
const TINY = 1e-6;

/** Weights that sum to 1; equal weights where no such combination exists. */
export function imtlGWeights(gramian: Matrix): Tensor[] {
  const G = conditioned(gramian);
  const norms = G.map((row, i) => sqrt(row[i]!));
  const solution = solve(G, norms);
  const total = addAll(solution);
  return solution.map((value) => where(greater(abs(total), TINY), div(value, total), 1 / G.length));
}

/**
 * IMTL-G: the combined gradient has equal projections onto each loss's unit gradient.
 *
 * Source: Liu et al., "Towards Impartial Multi-task Learning", ICLR 2021, equation 5.
 */
export const imtlG = surgery({
  name: "imtl-g",
  summary: "follows the direction with equal projections onto all losses' gradients",
  source: "Liu et al., ICLR 2021, equation 5",
  options: z.strictObject({}),
  weigh: ({ gramian }) => ({ weights: imtlGWeights(gramian) }),
});
