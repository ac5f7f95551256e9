/** @module Reductions and running sums of ONNX files. */

import * as f from "../../../functions/elementwise.js";
import { slice, squeeze } from "../../../functions/layout.js";
import * as r from "../../../functions/reduce.js";
import type { ReduceOptions } from "../../../functions/reduce.js";
import type { Dim } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";
import {
  countOf,
  eachIndex,
  type Known,
  known,
  rounded,
  stridesOf,
  type Value,
} from "../values/known.js";
import { addSizes, compareSizes, multiplySizes } from "../values/sizes.js";

// Below this squared norms are zero, and the norm's gradient is finite.
const SMALLEST = 1e-30;

type Reduce = (x: Tensor, options: ReduceOptions) => Tensor;
type Combine = (a: Dim, b: Dim) => Dim | undefined;

/** Reduced axes; all where none are given, unless the node says that none means none. */
function axesOf(call: OperatorCall, rank: number): number[] {
  const given = call.numbersOr(1, "axes") ?? [];
  if (given.length > 0) return given.map((axis) => call.axis(axis, rank));
  return call.int("noop_with_empty_axes", 0) === 1
    ? []
    : Array.from({ length: rank }, (_, at) => at);
}

/** Combines the elements of each cell of a known array. */
function reduceKnown(
  x: Known,
  axes: readonly number[],
  keep: boolean,
  combine: Combine,
): Known | undefined {
  const reduced = new Set(axes);
  const cells = x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
  const strides = stridesOf(cells);
  const values = new Array<Dim | undefined>(countOf(cells));
  let unknown = 0;
  eachIndex(x.shape, (index, place) => {
    const cell = index.reduce(
      (at, step, axis) => at + (reduced.has(axis) ? 0 : step * strides[axis]!),
      0,
    );
    const value = x.values[place]!;
    const total = values[cell] === undefined ? value : combine(values[cell], value);
    if (total === undefined) unknown++;
    else values[cell] = rounded(x.dtype, total);
  });
  const shape = keep ? cells : cells.filter((_, axis) => !reduced.has(axis));
  return unknown === 0 ? known(x.dtype, shape, values as Dim[]) : undefined;
}

/** A reduction by our operators, and of known arrays where `combine` is given. */
function reduction(reduce: Reduce, combine?: Combine): Operator {
  return (call): Value => {
    const rank = call.shape(0).length;
    const axes = axesOf(call, rank);
    const keep = call.int("keepdims", 1) === 1;
    const constant = combine && call.constant(0);
    const folded = constant && reduceKnown(constant, axes, keep, combine);
    if (folded) return folded;
    return axes.length === 0 ? call.tensor(0) : reduce(call.tensor(0), { axes, keep });
  };
}

const extreme =
  (sign: number): Combine =>
  (a, b) => {
    const order = compareSizes(a, b);
    return order === undefined ? undefined : sign * order >= 0 ? a : b;
  };

/** Euclidean norm; where it is zero its gradient is too. */
const norm: Reduce = (x, options) => f.sqrt(f.maximum(r.sumSquare(x, options), SMALLEST));

const logSumExp: Reduce = (x, { axes, keep = false }) => {
  const top = f.stopGradient(r.max(x, { axes: axes!, keep: true }));
  const total = f.add(f.log(r.sum(f.exp(f.sub(x, top)), { axes: axes!, keep: true })), top);
  return keep ? total : squeeze(total, axes!);
};

/** Product along axes of known size, one factor after the other. */
const product: Reduce = (x, { axes, keep = false }) => {
  const result = axes!.reduce((total, axis) => {
    const size = total.shape[axis] as number;
    const factors = Array.from({ length: size }, (_, at) =>
      slice(total, [{ axis, start: at, end: at + 1 }]),
    );
    return factors.reduce(f.mul);
  }, x);
  return keep ? result : squeeze(result, axes!);
};

const arg =
  (op: "ArgMax" | "ArgMin"): Operator =>
  (call) =>
    call.apply(op, [call.tensor(0)], call.pick("axis", "keepdims", "select_last_index"));

/** `x` divided by its norm along an axis; zero stays zero. */
const lpNormalization: Operator = (call) => {
  const x = call.tensor(0);
  const axes = [call.axis(call.int("axis", -1), x.shape.length)];
  const size =
    call.int("p", 2) === 1
      ? f.maximum(r.sum(f.abs(x), { axes, keep: true }), SMALLEST)
      : norm(x, { axes, keep: true });
  return f.div(x, size);
};

const globalMaxPool: Operator = (call) => {
  const x = call.tensor(0);
  return r.max(x, { axes: [...x.shape.keys()].slice(2), keep: true });
};

export const reduceOperators: Readonly<Record<string, Operator>> = {
  ReduceSum: reduction(r.sum, addSizes),
  ReduceMean: reduction(r.mean),
  ReduceMax: reduction(r.max, extreme(1)),
  ReduceMin: reduction(r.min, extreme(-1)),
  ReduceProd: reduction(product, multiplySizes),
  ReduceSumSquare: reduction(r.sumSquare),
  ReduceL1: reduction((x, options) => r.sum(f.abs(x), options)),
  ReduceL2: reduction(norm),
  ReduceLogSum: reduction((x, options) => f.log(r.sum(x, options))),
  ReduceLogSumExp: reduction(logSumExp),
  ArgMax: arg("ArgMax"),
  ArgMin: arg("ArgMin"),
  LpNormalization: lpNormalization,
  GlobalMaxPool: globalMaxPool,
};
