/** @module Noise for every coordinate of a gradient, computed inside the step. */

import {
  add,
  clip,
  cos,
  floor,
  log,
  maximum,
  mul,
  sqrt,
  square,
  sub,
} from "../graph/functions/elementwise.js";
import { reshape } from "../graph/functions/layout.js";
import type { Tensor } from "../graph/tensor.js";
import { randomStream } from "../random.js";

// Each half of the state gives this many steps of [0, 1): 12 bits, few enough for a float32 to hold
// the fraction of a multiple of its square.
const HALF = 4096;
// How far the square of one half is turned around [0, 1) when it is added to the other: large enough
// to mix, small enough to leave 15 bits behind the point.
const TURNS = 61;
// Any numbers without a common factor: they only have to make the rounds differ from step to step.
const KEYS = [977.1, 3571.7, 211.3, 1523.9, 665.7, 2741.3] as const;
const UNIFORM_ROUNDS = 4;

/** A uniform number for each coordinate in two halves, each in `[0, 1)`. */
type State = readonly [Tensor, Tensor];

const fraction = (x: Tensor): Tensor => sub(x, floor(x));

/** Random numbers by name, the same in every run. */
function table(like: Tensor, shape: readonly [number, number], ...path: string[]): Tensor {
  const random = randomStream(0, "coordinates", ...path);
  const values = Array.from({ length: shape[0] * shape[1] }, () => random.uniform());
  return like.graph.constant("float32", shape, values);
}

/** The sum of a random number per row, one per column and the step's, `[rows, columns]`. */
function start(shape: readonly number[], name: string, fresh: Tensor): State {
  const [rows = 1, ...rest] = shape;
  const columns = rest.reduce((product, dim) => product * dim, 1);
  const half = (at: string, shift: Tensor): Tensor => {
    const row = table(fresh, [rows, 1], name, at, "row");
    return fraction(add(add(row, shift), table(fresh, [1, columns], name, at, "column")));
  };
  return [half("first", fresh), half("second", fraction(mul(fresh, HALF)))];
}

/** Rounds of a Feistel network: each adds a keyed square of one half to the other, and swaps them. */
function mixed(state: State, fresh: Tensor, from: number, to: number): State {
  return KEYS.slice(from, to).reduce<State>(([first, second], key) => {
    const keyed = add(second, fraction(mul(fresh, key)));
    return [second, fraction(add(first, mul(square(keyed), TURNS)))];
  }, state);
}

/** Both halves as one number of 24 bits; never 0 or 1, so that its logarithm is finite. */
const joined = ([first, second]: State): Tensor =>
  clip(mul(add(floor(mul(first, HALF)), second), 1 / HALF), 2 ** -25, 1 - 2 ** -24);

/**
 * Uniform noise in `(0, 1)` for each element of a known shape: a hash of row, column, name and a
 * number that is fresh at each step, in float32 arithmetic alone. Feeding a number per coordinate
 * from the host would cost more than the step.
 *
 * Source: the network is that of Luby and Rackoff, "How to Construct Pseudorandom Permutations from
 * Pseudorandom Functions", SIAM Journal on Computing 1988, with squares as its round function.
 *
 * @param fresh - `[1]`, uniform in `[0, 1)`.
 */
export const coordinateUniform = (
  shape: readonly number[],
  name: string,
  fresh: Tensor,
): Tensor => {
  const state = mixed(start(shape, name, fresh), fresh, 0, UNIFORM_ROUNDS);
  return reshape(joined(state), shape);
};

/** Standard normal noise from two independent uniform ones, by Box and Muller's method. */
export function normalFrom(first: Tensor, second: Tensor): Tensor {
  const radius = sqrt(mul(log(maximum(first, 1e-7)), -2));
  return mul(radius, cos(mul(second, 2 * Math.PI)));
}

/** Standard normal noise for each element of a known shape. */
export function coordinateNormal(shape: readonly number[], name: string, fresh: Tensor): Tensor {
  const state = mixed(start(shape, name, fresh), fresh, 0, UNIFORM_ROUNDS);
  // Two rounds more touch both halves: cheaper than a hash of its own for the angle.
  const [, angle] = mixed(state, fresh, UNIFORM_ROUNDS, KEYS.length);
  return reshape(normalFrom(joined(state), angle), shape);
}

/**
 * Standard normal noise for each sample's elements, `[batch, size]`.
 *
 * @param fresh - `[batch, 1]`, uniform in `[0, 1)`: a number for each sample.
 */
export function sampleNormal(size: number, name: string, fresh: Tensor): Tensor {
  const state = mixed(start([1, size], name, fresh), fresh, 0, UNIFORM_ROUNDS);
  const [, angle] = mixed(state, fresh, UNIFORM_ROUNDS, KEYS.length);
  return normalFrom(joined(state), angle);
}

// Fractions of the first positions' multiples lie far apart: the golden ratio and a root of x^3 = x + 1.
const POSITION_TURNS = [0.6180339887, 0.7548776662] as const;

/**
 * Uniform noise in `(0, 1)` for each position of a sample's text, `[batch, tokens]`.
 *
 * @param positions - Of every token, counted from 1, `[batch, tokens]` in float32.
 * @param fresh - `[batch, 1]`, uniform in `[0, 1)`: a number for each sample.
 */
export function positionUniform(positions: Tensor, fresh: Tensor): Tensor {
  const half = (turn: number, shift: Tensor): Tensor => fraction(add(mul(positions, turn), shift));
  const [first, second] = POSITION_TURNS;
  const state = [half(first, fresh), half(second, fraction(mul(fresh, HALF)))] as const;
  return joined(mixed(state, fresh, 0, UNIFORM_ROUNDS));
}
