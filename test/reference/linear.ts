/** @module Reference kernels of matrix products. */

import { floatOf, intOf } from "../../src/graph/attributes.js";
import { type Kernel, take } from "./kernel.js";
import { at, atBroadcast, broadcast, placeOf, tabulate, type Value } from "./value.js";

/** Element lookup in the matrix that a stack shows at a place of the broadcast stack. */
function matrices(
  value: Value,
): (stack: readonly number[]) => (row: number, column: number) => number {
  const lead = value.shape.slice(0, -2);
  const [rows, columns] = value.shape.slice(-2) as [number, number];
  const numbers = tabulate(lead, (index) => placeOf(index, lead));
  return (stack) => {
    const start = atBroadcast(numbers, stack) * rows * columns;
    return (row, column) => value.data[start + row * columns + column]!;
  };
}

const matMul: Kernel = (inputs) => {
  const a = take(inputs, 0);
  const b = take(inputs, 1);
  const [stacksA, stacksB] = [matrices(a), matrices(b)];
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const inner = a.shape.at(-1)!;
  return [
    tabulate([...batch, a.shape.at(-2)!, b.shape.at(-1)!], (index) => {
      const [left, right] = [stacksA(index.slice(0, -2)), stacksB(index.slice(0, -2))];
      const [row, column] = index.slice(-2) as [number, number];
      let total = 0;
      for (let k = 0; k < inner; k++) total += left(row, k) * right(k, column);
      return total;
    }),
  ];
};

const transposed = (value: Value): Value =>
  tabulate(value.shape.toReversed(), (index) => at(value, index.toReversed()));

const gemm: Kernel = (inputs, { attributes }) => {
  const a = intOf(attributes, "transA", 0) ? transposed(take(inputs, 0)) : take(inputs, 0);
  const b = intOf(attributes, "transB", 0) ? transposed(take(inputs, 1)) : take(inputs, 1);
  const c = inputs[2];
  const alpha = floatOf(attributes, "alpha", 1);
  const beta = floatOf(attributes, "beta", 1);
  return [
    tabulate([a.shape[0]!, b.shape[1]!], (index) => {
      let total = 0;
      for (let k = 0; k < a.shape[1]!; k++) total += at(a, [index[0]!, k]) * at(b, [k, index[1]!]);
      return alpha * total + (c ? beta * atBroadcast(c, index) : 0);
    }),
  ];
};

export const linearKernels = { MatMul: matMul, Gemm: gemm } satisfies Record<string, Kernel>;
