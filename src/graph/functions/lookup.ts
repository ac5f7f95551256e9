/** @module Gathers and scatters. Indices are int32 or int64; the ND forms take int64 only and cast. */

import { int, string } from "../attributes.js";
import type { Tensor } from "../tensor.js";
import { cast } from "./elementwise.js";

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

/** `data` with `updates` added at the index tuples of the last axis; repeated ones accumulate. */
export const scatterAddND = (data: Tensor, indices: Tensor, updates: Tensor): Tensor =>
  data.graph.apply("ScatterND", [data, cast(indices, "int64"), updates], {
    reduction: string("add"),
  })[0]!;
