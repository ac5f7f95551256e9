/** @module CAGrad: the best worst-case improvement within a ball around the mean gradient. */

import { z } from "zod";

import { add, div, exp, mul, neg, sqrt, sub } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { apply, conditioned, dot, type Matrix, quadratic } from "./algebra.js";
import { surgery } from "./weighting.js";

const options = z.strictObject({
  c: z.number().min(0).lt(1).default(0.4).describe("radius of the ball, in mean gradients"),
});

// Steps of exponentiated gradient descent; the trace-1 Gramian makes the step size scale-free.
const ITERATIONS = 40;
const STEP_SIZE = 4;

/** Weights of `g_0 + c ||g_0|| / ||g_w|| g_w`, `w` the minimum of CAGrad's dual on the simplex. */
export function cagradWeights(gramian: Matrix, c: number): Tensor[] {
  const G = conditioned(gramian);
  const n = G.length;
  const { graph, dtype } = G[0]![0]!;
  const equal = G.map(() => graph.scalar(1 / n, dtype));
  const mean = apply(G, equal); // <g_i, g_0>
  const radius = mul(sqrt(dot(equal, mean)), c);
  let w: Tensor[] = equal;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const Gw = apply(G, w);
    const pull = div(radius, sqrt(dot(w, Gw)));
    const slopes = mean.map((value, i) => add(value, mul(pull, Gw[i]!)));
    const average = dot(w, slopes);
    const grown = w.map((value, i) =>
      mul(value, exp(neg(mul(sub(slopes[i]!, average), STEP_SIZE)))),
    );
    const total = addAll(grown);
    w = grown.map((value) => div(value, total));
  }
  const scale = div(radius, sqrt(quadratic(G, w)));
  return w.map((value, i) => add(equal[i]!, mul(scale, value)));
}

/**
 * CAGrad: maximises the worst improvement of any loss within a ball around the mean gradient.
 *
 * Source: Liu et al., "Conflict-Averse Gradient Descent", NeurIPS 2021, equations 3 to 6. The dual
 * is solved by exponentiated gradient descent instead of a library's solver.
 */
export const cagrad = surgery({
  name: "cagrad",
  summary: "improves the worst-off loss within a ball around the mean gradient",
  source: "Liu et al., NeurIPS 2021, equations 3 to 6",
  options,
  search: { c: [0.2, 0.4, 0.6] },
  weigh: ({ gramian }, { c }) => ({ weights: cagradWeights(gramian, c) }),
});
