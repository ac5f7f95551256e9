/** @module Shape inference of reductions; the axes are a constant second input. */

import { intOf } from "../attributes.js";
import { checkAxis } from "../shape.js";
import type { Operand } from "./operand.js";
import { constantIntegers, type InferRule, required } from "./rule.js";

/** The axes that a reduction node reduces, normalised; all axes where none are given. */
export function reducedAxes(inputs: readonly (Operand | null)[], op: string): number[] {
  const { shape } = required(inputs, 0, op);
  const axes = inputs[1] ? constantIntegers(inputs[1], op, "the axes") : [];
  return axes.length === 0
    ? shape.map((_, axis) => axis)
    : axes.map((axis) => checkAxis(op, axis, shape));
}

const reduce: InferRule = (inputs, attributes, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const axes = new Set(reducedAxes(inputs, op));
  const kept = intOf(attributes, "keepdims", 1)
    ? shape.map((dim, axis) => (axes.has(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.has(axis));
  return [{ dtype, shape: kept }];
};

/** Places of extremes along one axis. */
const extremePlace: InferRule = (inputs, attributes, op) => {
  const { shape } = required(inputs, 0, op);
  const axis = checkAxis(op, intOf(attributes, "axis", 0), shape);
  const keeps = intOf(attributes, "keepdims", 1) === 1;
  return [{ dtype: "int64", shape: keeps ? shape.with(axis, 1) : shape.toSpliced(axis, 1) }];
};

const cumulativeSum: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const [axis] = constantIntegers(required(inputs, 1, op), op, "the axis");
  checkAxis(op, axis!, shape);
  return [{ dtype, shape }];
};

export const reduceInfer = {
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  ReduceMin: reduce,
  ReduceSumSquare: reduce,
  ArgMax: extremePlace,
  ArgMin: extremePlace,
  CumSum: cumulativeSum,
} satisfies Record<string, InferRule>;
