/** @module Reference kernels of elementwise operators. */

import { floatOf, intOf } from "../../src/graph/attributes.js";
import type { Node } from "../../src/graph/tensor.js";
import { type Kernel, take } from "./kernel.js";
import { at, atBroadcast, broadcast, fromStart, tabulate } from "./value.js";

/**
 * Error function by its series of positive terms, which loses no digits to cancellation.
 *
 * Reference: Abramowitz and Stegun, "Handbook of Mathematical Functions", equation 7.1.6.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x); // 1 - erf(6) is below the rounding of 1
  let term = x;
  let total = 0;
  for (let n = 0; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    total += term;
    term *= (2 * x * x) / (2 * n + 3);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

function unary(compute: (x: number, node: Node) => number): Kernel {
  return (inputs, node) => {
    const { shape, data } = take(inputs, 0);
    return [{ shape, data: data.map((x) => compute(x, node)) }];
  };
}

function binary(compute: (a: number, b: number, node: Node) => number): Kernel {
  return (inputs, node) => {
    const a = take(inputs, 0);
    const b = take(inputs, 1);
    return [
      tabulate(broadcast(a.shape, b.shape), (index) =>
        compute(atBroadcast(a, index), atBroadcast(b, index), node),
      ),
    ];
  };
}

const compare = (holds: (a: number, b: number) => boolean): Kernel =>
  binary((a, b) => Number(holds(a, b)));

const isInteger = (node: Node): boolean => /^u?int/.test(node.outputs[0]!.dtype);

/** Floats stay float64 whatever their declared type, so that derivatives pass through a cast. */
const cast = unary((x, node) => {
  const { dtype } = node.outputs[0]!;
  if (dtype === "bool") return Number(x !== 0);
  return isInteger(node) ? Math.trunc(x) : x;
});

const clip: Kernel = (inputs) => {
  const { shape, data } = take(inputs, 0);
  const low = inputs[1]?.data[0] ?? -Infinity;
  const high = inputs[2]?.data[0] ?? Infinity;
  return [{ shape, data: data.map((x) => Math.min(high, Math.max(low, x))) }];
};

const where: Kernel = (inputs) => {
  const condition = take(inputs, 0);
  const a = take(inputs, 1);
  const b = take(inputs, 2);
  return [
    tabulate(broadcast(condition.shape, a.shape, b.shape), (index) =>
      atBroadcast(atBroadcast(condition, index) === 0 ? b : a, index),
    ),
  ];
};

/** The logarithm of a softmax, finished by a function of it. */
const softmax =
  (finish: (logarithm: number) => number): Kernel =>
  (inputs, node) => {
    const x = take(inputs, 0);
    const axis = fromStart(intOf(node.attributes, "axis", -1), x.shape.length);
    const lane = (index: readonly number[]): number[] =>
      Array.from({ length: x.shape[axis]! }, (_, place) => at(x, index.with(axis, place)));
    return [
      tabulate(x.shape, (index) => {
        const values = lane(index);
        const top = Math.max(...values);
        const total = values.reduce((sum, value) => sum + Math.exp(value - top), 0);
        return finish(at(x, index) - top - Math.log(total));
      }),
    ];
  };

const alphaOf = (node: Node, fallback: number): number =>
  floatOf(node.attributes, "alpha", fallback);

export const elementwiseKernels = {
  Identity: unary((x) => x),
  StopGradient: unary((x) => x),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(x, 0)),
  LeakyRelu: unary((x, node) => (x < 0 ? alphaOf(node, 0.01) * x : x)),
  Elu: unary((x, node) => (x < 0 ? alphaOf(node, 1) * Math.expm1(x) : x)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(Math.tanh),
  Erf: unary(erf),
  Gelu: unary((x) => 0.5 * x * (1 + erf(x / Math.SQRT2))),
  Softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Floor: unary(Math.floor),
  Not: unary((x) => Number(x === 0)),
  Clip: clip,
  Softmax: softmax(Math.exp),
  LogSoftmax: softmax((logarithm) => logarithm),
  Cast: cast,
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b, node) => (isInteger(node) ? Math.trunc(a / b) : a / b)),
  Pow: binary((a, b) => a ** b),
  Max: binary((a, b) => Math.max(a, b)),
  Min: binary((a, b) => Math.min(a, b)),
  And: compare((a, b) => a !== 0 && b !== 0),
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  Equal: compare((a, b) => a === b),
  Where: where,
} satisfies Record<string, Kernel>;
