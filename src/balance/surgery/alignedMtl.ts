/** @module Aligned-MTL: gradients made orthogonal and of equal length before they are added. */

import { z } from "zod";

import { add, div, mul, sqrt } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { apply, conditioned, dot, type Matrix, solve } from "./algebra.js";
import { surgery } from "./weighting.js";

const ROOT_STEPS = 14;
const INVERSE_STEPS = 10;

/** `G^(-1/2)` of a positive definite matrix by the coupled Newton (Denman-Beavers) iteration. */
function inverseRoot(G: Matrix): Tensor[][] {
  const { graph, dtype } = G[0]![0]!;
  const unit = (n: number, at: number): Tensor[] =>
    Array.from({ length: n }, (_, i) => graph.scalar(i === at ? 1 : 0, dtype));
  const inverse = (matrix: Matrix): Tensor[][] => {
    const columns = matrix.map((_, at) => solve(matrix, unit(matrix.length, at)));
    return matrix.map((_, i) => columns.map((column) => column[i]!));
  };
  const mean = (a: Matrix, b: Matrix): Tensor[][] =>
    a.map((row, i) => row.map((value, j) => mul(add(value, b[i]![j]!), 0.5)));
  let root: Matrix = G;
  let inverted: Matrix = G.map((_, at) => unit(G.length, at));
  for (let step = 0; step < ROOT_STEPS; step++) {
    const next = mean(root, inverse(inverted));
    inverted = mean(inverted, inverse(root));
    root = next;
  }
  return inverted.map((row) => [...row]);
}

/** Smallest eigenvalue, by inverse iteration. */
function smallestEigenvalue(G: Matrix): Tensor {
  const { graph, dtype } = G[0]![0]!;
  let x: Tensor[] = G.map((_, at) => graph.scalar(1 + 0.1 * at, dtype));
  for (let step = 0; step < INVERSE_STEPS; step++) {
    const y = solve(G, x);
    const norm = sqrt(dot(y, y));
    x = y.map((value) => div(value, norm));
  }
  return dot(x, apply(G, x));
}

/** Weights of the sum of aligned gradients. */
export function alignedWeights(gramian: Matrix): Tensor[] {
  const G = conditioned(gramian);
  const scale = sqrt(smallestEigenvalue(G));
  return inverseRoot(G).map((row) => mul(addAll(row), scale));
}

/**
 * Aligned-MTL: the gradient matrix is replaced by the nearest one with condition number 1, scaled
 * by its smallest singular value, and its rows are summed.
 *
 * Source: Senushkin et al., "Independent Component Alignment for Multi-Task Learning", CVPR 2023,
 * Algorithm 1.
 */
export const alignedMtl = surgery({
  name: "aligned-mtl",
  summary: "makes the losses' gradients orthogonal and equally long, then adds them",
  source: "Senushkin et al., CVPR 2023, Algorithm 1",
  options: z.strictObject({}),
  weigh: ({ gramian }) => ({ weights: alignedWeights(gramian) }),
});
