/** @module Reference kernels of reductions. */

import { intOf } from "../../src/graph/attributes.js";
import { integers, type Kernel, refuse, take } from "./kernel.js";
import { countOf, eachIndex, fromStart, placeOf } from "./value.js";

/** Folds the elements of each cell; `finish` gets the number of elements that a cell has. */
function reduce(
  start: number,
  combine: (total: number, x: number) => number,
  finish: (total: number, count: number) => number = (total) => total,
): Kernel {
  return (inputs, node) => {
    refuse(node, "noop_with_empty_axes");
    const x = take(inputs, 0);
    const rank = x.shape.length;
    const given = integers(inputs, 1).map((axis) => fromStart(axis, rank));
    const axes = new Set(given.length > 0 ? given : x.shape.keys());
    const kept = x.shape.map((size, axis) => (axes.has(axis) ? 1 : size));
    const data = new Float64Array(countOf(kept)).fill(start);
    eachIndex(x.shape, (index, place) => {
      const cell = placeOf(
        index.map((step, axis) => (axes.has(axis) ? 0 : step)),
        kept,
      );
      data[cell] = combine(data[cell]!, x.data[place]!);
    });
    const count = countOf(x.shape) / data.length;
    const keep = intOf(node.attributes, "keepdims", 1) === 1;
    const shape = keep ? kept : x.shape.filter((_, axis) => !axes.has(axis));
    return [{ shape, data: data.map((total) => finish(total, count)) }];
  };
}

export const reduceKernels = {
  ReduceSum: reduce(0, (total, x) => total + x),
  ReduceMean: reduce(
    0,
    (total, x) => total + x,
    (total, count) => total / count,
  ),
  ReduceMax: reduce(-Infinity, Math.max),
  ReduceMin: reduce(Infinity, Math.min),
  ReduceSumSquare: reduce(0, (total, x) => total + x * x),
} satisfies Record<string, Kernel>;
