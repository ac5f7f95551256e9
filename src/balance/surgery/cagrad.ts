/** @module CAGrad: the best worst-case improvement within a ball around the mean gradient. */

import { z } from "zod";

import { add, div, maximum, mul, sqrt, sub } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import {
  apply,
  bestStationary,
  conditioned,
  dot,
  type Matrix,
  quadratic,
  solve,
  type Stationary,
  submatrix,
  type Vector,
} from "./algebra.js";
import { surgery } from "./weighting.js";

// Decides only where a stationary point just ceases to exist.
const TINY = 1e-30;

const options = z.strictObject({
  c: z.number().min(0).lt(1).default(0.4).describe("radius of the ball, in mean gradients"),
});

/**
 * Minimum of CAGrad's dual `w^T m + r ||g_w||` over the simplex, exactly. On a support `S` the point with
 * `m + r G w / ||g_w|| = l 1` has, with `a = 1^T G^-1 1`, `b = 1^T G^-1 m` and `c = m^T G^-1 m` over `S`,
 * the value `l = (b + sqrt(b^2 - a (c - r^2))) / a` and lies at `w = G^-1 (l 1 - m) / (l a - b)`.
 *
 * @param mean - `m_i = <g_i, g_0>`.
 */
function dualMinimum(G: Matrix, mean: Vector, radius: Tensor): Tensor[] {
  const { graph, dtype } = radius;
  const one = graph.scalar(1, dtype);
  return bestStationary(G.length, (support): Stationary => {
    const m = support.map((i) => mean[i]!);
    const [only] = support;
    if (support.length === 1) {
      return { x: [one], value: add(m[0]!, mul(radius, sqrt(G[only!]![only!]!))) };
    }
    const inner = submatrix(G, support);
    const u = solve(
      inner,
      support.map(() => one),
    );
    const v = solve(inner, m);
    const [a, b, c] = [addAll(u), addAll(v), dot(m, v)];
    const discriminant = sub(mul(b, b), mul(a, sub(c, mul(radius, radius))));
    const root = sqrt(maximum(discriminant, TINY));
    const value = div(add(b, root), a);
    const x = u.map((own, i) => div(sub(mul(own, value), v[i]!), root));
    return { x, value, conditions: [discriminant] };
  });
}

/** Weights of `g_0 + c ||g_0|| / ||g_w|| g_w`, `w` the minimum of CAGrad's dual on the simplex. */
export function cagradWeights(gramian: Matrix, c: number): Tensor[] {
  const G = conditioned(gramian);
  const { graph, dtype } = G[0]![0]!;
  const equal = G.map(() => graph.scalar(1 / G.length, dtype));
  const mean = apply(G, equal);
  const radius = mul(sqrt(dot(equal, mean)), c);
  const w = dualMinimum(G, mean, radius);
  const scale = div(radius, sqrt(quadratic(G, w)));
  return w.map((value, i) => add(equal[i]!, mul(scale, value)));
}

/**
 * CAGrad: maximises the worst improvement of any loss within a ball around the mean gradient.
 *
 * Source: Liu et al., "Conflict-Averse Gradient Descent", NeurIPS 2021, equations 3 to 6. The dual
 * is solved in closed form instead of by a library's solver.
 */
export const cagrad = surgery({
  name: "cagrad",
  summary: "improves the worst-off loss within a ball around the mean gradient",
  source: "Liu et al., NeurIPS 2021, equations 3 to 6",
  differs: "dual in closed form",
  options,
  search: { c: [0.2, 0.4, 0.6] },
  weigh: ({ gramian }, { c }) => ({ weights: cagradWeights(gramian, c) }),
});
