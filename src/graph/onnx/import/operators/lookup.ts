/** @module Gathers of ONNX files. */

import * as f from "../../../functions/elementwise.js";
import * as layout from "../../../functions/layout.js";
import * as lookup from "../../../functions/lookup.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";
import { isKnown, isNumeric, type Known, known } from "../values/known.js";
import { gatherKnown, reshapeValue, sliceValue } from "../values/layout.js";

/** Indices with those that count from the end made positive, where they are known. */
function positive(indices: Known, size: unknown): Known | undefined {
  if (typeof size !== "number" || !isNumeric(indices)) return undefined;
  const values = Array.from(indices.values as ArrayLike<number>, (at) => (at < 0 ? at + size : at));
  return known(indices.dtype, indices.shape, values);
}

/** First index and length of known indices that follow one another. */
function runOf({ values, shape }: Known): { start: number; length: number } | undefined {
  const start = values[0] as number;
  const follows = Array.from(values as ArrayLike<number>).every(
    (value, at) => value === start + at,
  );
  return shape.length <= 1 && follows ? { start, length: values.length } : undefined;
}

/** Rows at indices. Known neighbours are a slice: its gradient is a padding, not a scatter. */
const gather: Operator = (call) => {
  const axis = call.axis(call.int("axis", 0), call.shape(0).length);
  const indices = call.constant(1);
  const at = indices && positive(indices, call.shape(0)[axis]);
  const table = call.constant(0);
  if (table && at) return gatherKnown(table, at, axis);
  const x = call.tensor(0, table ? undefined : "embedding");
  const run = at && runOf(at);
  if (!run || run.length === 0 || run.start + run.length > (x.shape[axis] as number)) {
    return lookup.gather(x, at ? call.materialise(at) : call.tensor(1), axis);
  }
  const part = sliceValue(x, [{ axis, start: run.start, step: 1, length: run.length }]);
  if (at.shape.length === 1) return part;
  return reshapeValue(
    part,
    x.shape.filter((_, other) => other !== axis),
  );
};

const gatherElements: Operator = (call) =>
  lookup.gatherElements(call.tensor(0), call.tensor(1), call.int("axis", 0));

/** Index tuples with those that count from the end made positive. */
function positiveTuples(call: OperatorCall, x: Tensor): Tensor {
  const value = call.value(1);
  const tuples = f.cast(call.tensor(1), "int64");
  const isPositive = isKnown(value) && Array.from(value.values).every((at) => Number(at) >= 0);
  if (isPositive) return tuples;
  const depth = tuples.shape.at(-1) as number;
  const sizes = call.shapeVector(x.shape.slice(0, depth));
  return f.where(f.less(tuples, 0), f.add(tuples, sizes), tuples);
}

const gatherND: Operator = (call) => {
  if (call.int("batch_dims", 0) !== 0) return call.fail("batch axes are not supported.");
  const x = call.tensor(0);
  const result = lookup.gatherND(
    x.dtype === "bool" ? f.cast(x, "int32") : x,
    positiveTuples(call, x),
  );
  return f.cast(result, x.dtype);
};

/** Embeddings of tokens, types and positions, `[batch, tokens, size]`, and their sum. */
export function embed(call: OperatorCall): Tensor {
  const ids = call.tensor(0);
  const words = lookup.gather(call.tensor(2, "embedding"), ids);
  const table = call.tensor(3, "embedding");
  const length = ids.shape[1] as number;
  const positions = call.has(8)
    ? lookup.gather(table, call.tensor(8))
    : layout.slice(table, [{ axis: 0, start: 0, end: length }]);
  const placed = f.add(words, positions);
  if (!call.has(1) || !call.has(4)) return placed;
  return f.add(placed, lookup.gather(call.tensor(4, "embedding"), call.tensor(1)));
}

export const lookupOperators: Readonly<Record<string, Operator>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
};
