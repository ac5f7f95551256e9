/** @module Reference kernels of reductions. */

import { intOf } from "../../src/graph/attributes.js";
import { integers, type Kernel, refuse, take } from "./kernel.js";
import { at, countOf, eachIndex, fromStart, placeOf, tabulate } from "./value.js";

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

/** First (or last) place of the element that `better` prefers. */
function place(better: (x: number, best: number) => boolean): Kernel {
  return (inputs, node) => {
    const x = take(inputs, 0);
    const axis = fromStart(intOf(node.attributes, "axis", 0), x.shape.length);
    const last = intOf(node.attributes, "select_last_index", 0) === 1;
    const kept = x.shape.with(axis, 1);
    const result = tabulate(kept, (index) => {
      let best = 0;
      for (let step = 1; step < x.shape[axis]!; step++) {
        const [value, top] = [at(x, index.with(axis, step)), at(x, index.with(axis, best))];
        if (better(value, top) || (last && value === top)) best = step;
      }
      return best;
    });
    const keep = intOf(node.attributes, "keepdims", 1) === 1;
    return [{ ...result, shape: keep ? kept : x.shape.toSpliced(axis, 1) }];
  };
}

const cumulativeSum: Kernel = (inputs, node) => {
  const x = take(inputs, 0);
  const axis = fromStart(integers(inputs, 1)[0]!, x.shape.length);
  const exclusive = intOf(node.attributes, "exclusive", 0) === 1;
  const reverse = intOf(node.attributes, "reverse", 0) === 1;
  return [
    tabulate(x.shape, (index) => {
      let total = 0;
      for (let step = 0; step < x.shape[axis]!; step++) {
        const distance = reverse ? step - index[axis]! : index[axis]! - step;
        if (distance > 0 || (distance === 0 && !exclusive)) total += at(x, index.with(axis, step));
      }
      return total;
    }),
  ];
};

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
  ArgMax: place((x, best) => x > best),
  ArgMin: place((x, best) => x < best),
  CumSum: cumulativeSum,
} satisfies Record<string, Kernel>;
