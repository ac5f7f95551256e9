/** @module Moving, cutting and joining of values: known arrays at once, tensors by operators. */

import { int } from "../../../attributes.js";
import * as layout from "../../../functions/layout.js";
import type { Dim, Shape } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import {
  countOf,
  eachIndex,
  isKnown,
  type Known,
  known,
  picked,
  stridesOf,
  type Value,
} from "./known.js";

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, at) => total + value * b[at]!, 0);

/** The elements in another shape. */
export function reshapeValue(x: Value, shape: Shape): Value {
  return isKnown(x)
    ? known(x.dtype, shape as readonly number[], x.values)
    : layout.reshape(x, shape);
}

/** Axes in another order. */
export function transposeValue(x: Value, order: readonly number[]): Value {
  if (!isKnown(x)) return layout.transpose(x, order);
  const strides = stridesOf(x.shape);
  const moved = order.map((axis) => strides[axis]!);
  return picked(
    x,
    order.map((axis) => x.shape[axis]!),
    (index) => dot(index, moved),
  );
}

/** Part of a value along one axis. */
export interface Range {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** Parts of a value along some axes. */
export function sliceValue(x: Value, ranges: readonly Range[]): Value {
  const whole = ({ axis, start, step, length }: Range): boolean =>
    start === 0 && step === 1 && length === x.shape[axis];
  const cuts = ranges.filter((range) => !whole(range));
  if (cuts.length === 0) return x;
  if (!isKnown(x)) return layout.slice(x, cuts.map(cutOf));
  const strides = stridesOf(x.shape);
  const at = new Map(cuts.map((range) => [range.axis, range]));
  return picked(
    x,
    x.shape.map((size, axis) => at.get(axis)?.length ?? size),
    (index) =>
      index.reduce((place, position, axis) => {
        const range = at.get(axis);
        return place + strides[axis]! * (range ? range.start + range.step * position : position);
      }, 0),
  );
}

function cutOf({ axis, start, step, length }: Range): layout.Cut {
  const end = start + step * length;
  // Going backwards, -1 would mean the last element; the default is the first one.
  return { axis, start, step, ...(end >= 0 && { end }) };
}

/** Known arrays joined along an axis. */
export function concatKnown(parts: readonly Known[], axis: number): Known {
  const first = parts[0]!;
  const total = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const lead = countOf(first.shape.slice(0, axis));
  const values: Dim[] = [];
  for (let row = 0; row < lead; row++) {
    for (const part of parts) {
      const width = countOf(part.shape.slice(axis));
      for (let at = 0; at < width; at++) values.push(part.values[row * width + at]!);
    }
  }
  return known(first.dtype, first.shape.with(axis, total), values);
}

/** A known array broadcast to a known shape. */
export function expandKnown(x: Known, shape: readonly number[]): Known {
  const extra = shape.length - x.shape.length;
  const strides = stridesOf(x.shape).map((stride, axis) => (x.shape[axis] === 1 ? 0 : stride));
  return picked(x, shape, (index) => dot(index.slice(extra), strides));
}

/** A known array repeated along each axis. */
export function tileKnown(x: Known, repeats: readonly number[]): Known {
  const strides = stridesOf(x.shape);
  return picked(
    x,
    x.shape.map((size, axis) => size * repeats[axis]!),
    (index) => index.reduce((place, at, axis) => place + strides[axis]! * (at % x.shape[axis]!), 0),
  );
}

/** Rows of a known array at known, non-negative indices. */
export function gatherKnown(x: Known, indices: Known, axis: number): Known {
  const strides = stridesOf(x.shape);
  const span = indices.shape.length;
  const inner = stridesOf(indices.shape);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return picked(x, shape, (index) => {
    const row = indices.values[dot(index.slice(axis, axis + span), inner)] as number;
    return (
      dot(index.slice(0, axis), strides) +
      row * strides[axis]! +
      dot(index.slice(axis + span), strides.slice(axis + 1))
    );
  });
}

/** Folds a known array along one axis, from its start: the running result at each place. */
export function scanKnown(
  x: Known,
  axis: number,
  combine: (total: number, value: number) => number,
): Known {
  const stride = stridesOf(x.shape)[axis]!;
  const values = Array.from(x.values as ArrayLike<number>);
  eachIndex(x.shape, (index, place) => {
    if (index[axis]! > 0) values[place] = combine(values[place - stride]!, values[place]!);
  });
  return known(x.dtype, x.shape, values);
}

/** Sizes `from` to `to` of a tensor's shape as an int64 vector, computed when the graph runs. */
export const sizesOf = (x: Tensor, from: number, to: number): Tensor =>
  x.graph.apply("Shape", [x], { start: int(from), end: int(to) })[0]!;
