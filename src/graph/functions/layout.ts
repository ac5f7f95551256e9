/** @module Functions that move, cut and join elements. */

import { int, ints } from "../attributes.js";
import { type Dim, sameShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add } from "./elementwise.js";

/**
 * The elements of `x` in another shape.
 *
 * At most one dimension may be a symbol that `x` does not have at the same axis; use
 * {@link reshapeLike} for others.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const target = shape.map((dim, axis) =>
    typeof dim === "number" ? dim : dim === x.shape[axis] ? 0 : -1,
  );
  // One symbol alone is best inferred: -1 survives any change of rank.
  const symbols = shape.filter((dim) => typeof dim !== "number").length;
  const spec = symbols === 1 ? shape.map((dim) => (typeof dim === "number" ? dim : -1)) : target;
  return x.graph.apply("Reshape", [x, x.graph.integers(spec)])[0]!;
}

/** The elements of `x` in the shape of `like`. */
export function reshapeLike(x: Tensor, like: Tensor): Tensor {
  if (sameShape(x.shape, like.shape)) return x;
  const symbols = like.shape.filter((dim) => typeof dim !== "number").length;
  if (symbols <= 1) return reshape(x, like.shape);
  return x.graph.apply("Reshape", [x, shapeOf(like)])[0]!;
}

/** The shape as an int64 vector. */
export const shapeOf = (x: Tensor): Tensor => x.graph.apply("Shape", [x])[0]!;

/** `x` broadcast to the shape of `like`. */
export function expandLike(x: Tensor, like: Tensor): Tensor {
  if (sameShape(x.shape, like.shape)) return x;
  const known = like.shape.every((dim) => typeof dim === "number");
  const target = known ? x.graph.integers(like.shape) : shapeOf(like);
  return x.graph.apply("Expand", [x, target])[0]!;
}

/** Axes in another order; default: reversed. */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const perm = order ?? [...x.shape.keys()].reverse();
  if (perm.every((axis, at) => axis === at)) return x;
  return x.graph.apply("Transpose", [x], { perm: ints(perm) })[0]!;
}

/** Last two axes swapped. */
export function matrixTranspose(x: Tensor): Tensor {
  const rank = x.shape.length;
  return transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

/** Tensors joined along an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0]!;
  return parts.length === 1 ? first : first.graph.apply("Concat", parts, { axis: int(axis) })[0]!;
}

/** One cut per named axis; `end` and `step` default to the axis's end and 1. */
export interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end?: number;
  readonly step?: number;
}

// ONNX's way to say "to the end", in either direction.
const FAR = 2 ** 31 - 1;

/** Part of a tensor. */
export function slice(x: Tensor, cuts: readonly Cut[]): Tensor {
  const { graph } = x;
  return graph.apply("Slice", [
    x,
    graph.integers(cuts.map((cut) => cut.start)),
    graph.integers(cuts.map((cut) => cut.end ?? ((cut.step ?? 1) > 0 ? FAR : -FAR))),
    graph.integers(cuts.map((cut) => cut.axis)),
    graph.integers(cuts.map((cut) => cut.step ?? 1)),
  ])[0]!;
}

/** Zeros added (or, where negative, elements removed) before and after each axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  if ([...before, ...after].every((count) => count === 0)) return x;
  const { graph, dtype } = x;
  return graph.apply("Pad", [x, graph.integers([...before, ...after]), graph.scalar(0, dtype)])[0]!;
}

/** Axes of size 1 removed. */
export const squeeze = (x: Tensor, axes: readonly number[]): Tensor =>
  x.graph.apply("Squeeze", [x, x.graph.integers(axes)])[0]!;

/** Axes of size 1 inserted at the given places of the result. */
export const unsqueeze = (x: Tensor, axes: readonly number[]): Tensor =>
  x.graph.apply("Unsqueeze", [x, x.graph.integers(axes)])[0]!;

/** Sum of tensors of one shape, pairwise (n-ary Sum has no WebGPU kernel). */
export function addAll(terms: readonly Tensor[]): Tensor {
  return terms.slice(1).reduce((total, term) => add(total, term), terms[0]!);
}

/** A constant filled with one value, for known shapes. */
export function full(like: Tensor, shape: readonly Dim[], value: number): Tensor {
  const size = (shape as readonly number[]).reduce((product, dim) => product * dim, 1);
  const values = new Float64Array(size).fill(value);
  return like.graph.constant(like.dtype, shape as readonly number[], Array.from(values));
}
