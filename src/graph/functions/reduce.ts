/** @module Reductions. `axes` default to all; `keep` keeps reduced axes with size 1. */

import { type Attributes, int } from "../attributes.js";
import type { OpName } from "../infer/rules.js";
import type { Tensor } from "../tensor.js";

/** How to reduce. */
export interface ReduceOptions {
  /** Axes to reduce, negative ones count from the end; default: all. */
  readonly axes?: readonly number[];
  /** Keep reduced axes with size 1; default `false`. */
  readonly keep?: boolean;
}

function reduce(op: OpName, x: Tensor, { axes, keep = false }: ReduceOptions): Tensor {
  const inputs = axes ? [x, x.graph.integers(axes)] : [x];
  return x.graph.apply(op, inputs, { keepdims: int(keep ? 1 : 0) })[0]!;
}

/** Sum. */
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  reduce("ReduceSum", x, options);
/** Mean. */
export const mean = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  reduce("ReduceMean", x, options);
/** Maximum; ties share the cotangent equally. */
export const max = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  reduce("ReduceMax", x, options);
/** Minimum; ties share the cotangent equally. */
export const min = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  reduce("ReduceMin", x, options);
/** Sum of squares. */
export const sumSquare = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  reduce("ReduceSumSquare", x, options);

/** How to sum with {@link cumulativeSum}. */
export interface CumulativeOptions {
  /** Leave out the element itself; default `false`. */
  readonly exclusive?: boolean;
  /** Sum from the end; default `false`. */
  readonly reverse?: boolean;
}

/** Sums of the elements up to each place along an axis. */
export function cumulativeSum(x: Tensor, axis: number, options: CumulativeOptions = {}): Tensor {
  const attributes: Attributes = {
    ...(options.exclusive && { exclusive: int(1) }),
    ...(options.reverse && { reverse: int(1) }),
  };
  const place = x.graph.constant("int64", [], [axis]);
  return x.graph.apply("CumSum", [x, place], attributes)[0]!;
}
