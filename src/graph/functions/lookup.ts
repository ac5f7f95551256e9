/** @module Gathers and scatters. Indices are int32 or int64; GatherND takes int64 only and casts. */

import { int, string } from "../attributes.js";
import { sameShape, type Shape, ShapeError, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { cast, mul } from "./elementwise.js";
import { expandLike, reshape, reshapeLike, unsqueeze } from "./layout.js";
import { sum } from "./reduce.js";

/** Rows of `table` along `axis` at the given indices. */
export const gather = (table: Tensor, indices: Tensor, axis = 0): Tensor =>
  table.graph.apply("Gather", [table, indices], { axis: int(axis) })[0]!;

/** One element per index along `axis`. */
export const gatherElements = (x: Tensor, indices: Tensor, axis = -1): Tensor =>
  x.graph.apply("GatherElements", [x, indices], { axis: int(axis) })[0]!;

/** Slices of `x` at the index tuples of the last axis of `indices`. */
export const gatherND = (x: Tensor, indices: Tensor): Tensor =>
  x.graph.apply("GatherND", [x, cast(indices, "int64")])[0]!;

/** `data` with `updates` added at element indices along `axis`; repeated indices accumulate. */
export const scatterAddElements = (
  data: Tensor,
  indices: Tensor,
  updates: Tensor,
  axis = -1,
): Tensor =>
  data.graph.apply("ScatterElements", [data, indices, updates], {
    axis: int(axis),
    reduction: string("add"),
  })[0]!;

/** Row numbers of index tuples over leading axes of the given sizes, `[tuples]`. */
function flatIndices(indices: Tensor, sizes: Shape): Tensor {
  const strides = sizes.map((_, axis) => sizeOf(sizes.slice(axis + 1)) as number);
  const { graph, dtype } = indices;
  const places = mul(indices, graph.constant(dtype, [strides.length], strides));
  const count = sizeOf(indices.shape.slice(0, -1));
  return reshape(sum(places, { axes: [-1] }), [count]);
}

/**
 * `data` with `updates` added at the index tuples of the last axis; repeated ones accumulate.
 *
 * Written with ScatterElements: ONNX Runtime's ScatterND adds from several threads at once and
 * loses updates of repeated tuples.
 *
 * @throws {ShapeError} when updates do not fit indices and data.
 */
export function scatterAddND(data: Tensor, indices: Tensor, updates: Tensor): Tensor {
  const depth = indices.shape.at(-1) as number;
  const expected = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
  if (!sameShape(expected, updates.shape)) {
    throw new ShapeError("ScatterND", "updates must fit indices and data", expected, updates.shape);
  }
  const lead = data.shape.slice(0, depth);
  const width = sizeOf(data.shape.slice(depth));
  const rows = flatIndices(indices, lead);
  const flat = reshape(updates, [rows.shape[0]!, width]);
  const places = expandLike(unsqueeze(rows, [1]), flat);
  const summed = scatterAddElements(reshape(data, [sizeOf(lead), width]), places, flat, 0);
  return reshapeLike(summed, data);
}
