/** @module Running numbers and running sums of ONNX files. */

import { cast, sub } from "../../../functions/elementwise.js";
import { cumulativeSum } from "../../../functions/reduce.js";
import type { DType } from "../../../dtype.js";
import type { Dim } from "../../../shape.js";
import type { Operator, OperatorCall } from "../call.js";
import { known, type Value } from "../values/known.js";
import { scanKnown } from "../values/layout.js";

/** Whole numbers from 0 on, as many as a size that is known only when the graph runs. */
function counted(call: OperatorCall, size: Dim, dtype: DType): Value {
  const ones = call.expand(call.graph.scalar(1, "int64"), [size]);
  return cast(sub(cumulativeSum(ones, 0), 1), dtype);
}

const range: Operator = (call) => {
  const [start, limit, step] = [0, 1, 2].map((index) => call.sizes(index, "the limits")[0]!) as [
    Dim,
    Dim,
    Dim,
  ];
  const { dtype } = call.value(0);
  if (typeof limit !== "number" && start === 0 && step === 1) return counted(call, limit, dtype);
  if (typeof start !== "number" || typeof limit !== "number" || typeof step !== "number") {
    return call.fail(`cannot count from ${start} to ${limit} by ${step}.`);
  }
  const length = Math.max(0, Math.ceil((limit - start) / step));
  const values = Array.from({ length }, (_, at) => start + at * step);
  return known(dtype, [length], values);
};

const cumSum: Operator = (call) => {
  const axis = call.axis(call.numbers(1, "the axis")[0]!, call.shape(0).length);
  const exclusive = call.int("exclusive", 0) === 1;
  const reverse = call.int("reverse", 0) === 1;
  const constant = call.constant(0);
  if (constant && !exclusive && !reverse) return scanKnown(constant, axis, (a, b) => a + b);
  return cumulativeSum(call.tensor(0), axis, { exclusive, reverse });
};

export const sequenceOperators: Readonly<Record<string, Operator>> = {
  Range: range,
  CumSum: cumSum,
};
