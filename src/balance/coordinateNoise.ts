/** @module Noise for every coordinate of a gradient, computed inside the step. */

import {
  add,
  cos,
  floor,
  log,
  maximum,
  mul,
  sin,
  sqrt,
  sub,
} from "../graph/functions/elementwise.js";
import { reshape } from "../graph/functions/layout.js";
import type { Tensor } from "../graph/tensor.js";
import { hash32 } from "../random.js";

/** Fractional part. */
const fraction = (x: Tensor): Tensor => sub(x, floor(x));

const range = (like: Tensor, shape: readonly number[], factor: number): Tensor => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return like.graph.constant(
    "float32",
    shape,
    Array.from({ length: size }, (_, at) => (at * factor) % 1),
  );
};

/**
 * Uniform noise in `[0, 1)` for each element of a known shape: a hash of row, column, name and a
 * number that is fresh at each step. Feeding a number per coordinate from the host would cost more
 * than the step.
 *
 * @param fresh - `[1]`, uniform in `[0, 1)`.
 */
export function coordinateUniform(shape: readonly number[], name: string, fresh: Tensor): Tensor {
  const [rows = 1, ...rest] = shape;
  const columns = rest.reduce((product, dim) => product * dim, 1);
  // Multiples of irrational numbers are spread evenly; the sine scrambles their sum.
  const row = range(fresh, [rows, 1], 0.754877666);
  const column = range(fresh, [1, columns], 0.569840291);
  const offset = (hash32(name) % 4096) / 4096;
  const phase = add(mul(add(fresh, offset), 57.3), add(mul(row, 78.233), mul(column, 37.719)));
  const scrambled = fraction(mul(sin(mul(phase, 12.9898)), 43758.5453));
  return reshape(scrambled, shape);
}

/** Standard normal noise from two independent uniform ones, by Box and Muller's method. */
export function normalFrom(first: Tensor, second: Tensor): Tensor {
  const radius = sqrt(mul(log(maximum(first, 1e-7)), -2));
  return mul(radius, cos(mul(second, 2 * Math.PI)));
}

/** Standard normal noise for each element of a known shape. */
export const coordinateNormal = (shape: readonly number[], name: string, fresh: Tensor): Tensor =>
  normalFrom(
    coordinateUniform(shape, `${name}.radius`, fresh),
    coordinateUniform(shape, `${name}.angle`, fresh),
  );
