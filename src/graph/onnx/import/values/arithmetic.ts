/** @module Elementwise arithmetic on known arrays, by operator. */

import type { DType } from "../../../dtype.js";
import { broadcastShapes, type Dim } from "../../../shape.js";
import { countOf, eachIndex, type Known, known, rounded, stridesOf } from "./known.js";
import {
  addSizes,
  compareSizes,
  divideSizes,
  equalSizes,
  multiplySizes,
  subtractSizes,
} from "./sizes.js";

type Binary = (a: Dim, b: Dim, dtype: DType) => Dim | undefined;

const numeric =
  (compute: (a: number, b: number) => number): Binary =>
  (a, b) =>
    typeof a === "number" && typeof b === "number" ? compute(a, b) : undefined;

const comparison =
  (holds: (order: number) => boolean): Binary =>
  (a, b) => {
    const order = compareSizes(a, b);
    return order === undefined ? undefined : Number(holds(order));
  };

const divide: Binary = (a, b, dtype) => {
  if (typeof a === "number" && typeof b === "number") {
    return dtype === "float32" ? a / b : b === 0 ? undefined : Math.trunc(a / b);
  }
  return divideSizes(a, b);
};

/** The remainder of integers has the divisor's sign. */
const remainder: Binary = (a, b) => {
  if (typeof a === "number" && typeof b === "number")
    return b === 0 ? undefined : ((a % b) + b) % b;
  return divideSizes(a, b) === undefined ? undefined : 0;
};

const extreme =
  (sign: number): Binary =>
  (a, b) => {
    const order = compareSizes(a, b);
    return order === undefined ? undefined : sign * order >= 0 ? a : b;
  };

const BINARY: Readonly<Record<string, Binary>> = {
  Add: addSizes,
  Sub: subtractSizes,
  Mul: multiplySizes,
  Div: divide,
  Mod: remainder,
  Pow: numeric((a, b) => a ** b),
  Min: extreme(-1),
  Max: extreme(1),
  Equal: (a, b) => Number(equalSizes(a, b)),
  Greater: comparison((order) => order > 0),
  GreaterOrEqual: comparison((order) => order >= 0),
  Less: comparison((order) => order < 0),
  LessOrEqual: comparison((order) => order <= 0),
  And: numeric((a, b) => a & b),
  Or: numeric((a, b) => a | b),
  Xor: numeric((a, b) => a ^ b),
};

const BOOLEAN = new Set([
  ...["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor"],
  ...["Not", "IsNaN"],
]);

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Exp: Math.exp,
  Log: Math.log,
  Sin: Math.sin,
  Cos: Math.cos,
  Tanh: Math.tanh,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: roundHalfEven,
  Sign: Math.sign,
  Not: (x) => Number(x === 0),
  IsNaN: (x) => Number(Number.isNaN(x)),
};

/** Functions that leave whole numbers, and so sizes, as they are. */
const WHOLE = new Set(["Floor", "Ceil", "Round", "Abs"]);

/** Places of an array's elements under broadcasting to a shape. */
function broadcastPlace(
  from: readonly number[],
  to: readonly number[],
): (index: readonly number[]) => number {
  const extra = to.length - from.length;
  const strides = stridesOf(from).map((stride, axis) => (from[axis] === 1 ? 0 : stride));
  return (index) =>
    strides.reduce((place, stride, axis) => place + stride * index[axis + extra]!, 0);
}

/** Combines arrays elementwise, broadcast; `undefined` where an element has no name. */
function combined(
  op: string,
  dtype: DType,
  operands: readonly Known[],
  compute: (elements: readonly Dim[]) => Dim | undefined,
): Known | undefined {
  const shape = operands.reduce<readonly number[]>(
    (joined, { shape: next }) => broadcastShapes(op, joined, next) as readonly number[],
    [],
  );
  const places = operands.map((operand) => broadcastPlace(operand.shape, shape));
  const values = new Array<Dim>(countOf(shape));
  let unknown = 0;
  eachIndex(shape, (index, place) => {
    const elements = operands.map(({ values: from }, at) => from[places[at]!(index)]!);
    const value = compute(elements);
    if (value === undefined) unknown++;
    else values[place] = rounded(dtype, value);
  });
  return unknown === 0 ? known(dtype, shape, values) : undefined;
}

/** Applies an elementwise operator to known arrays; `undefined` where it is not done here. */
export function computeKnown(op: string, operands: readonly Known[]): Known | undefined {
  const { dtype } = operands[0]!;
  const result = BOOLEAN.has(op) ? "bool" : dtype;
  const binary = BINARY[op];
  if (binary) {
    const [first, ...rest] = operands as [Known, ...Known[]];
    return rest.reduce<Known | undefined>(
      (total, next) =>
        total && combined(op, result, [total, next], ([a, b]) => binary(a!, b!, dtype)),
      first,
    );
  }
  const unary = UNARY[op];
  if (!unary) return undefined;
  return combined(op, result, operands, ([x]) => {
    if (typeof x === "number") return unary(x);
    return WHOLE.has(op) ? x : undefined;
  });
}

/** Elements of `a` where the condition holds, else of `b`. */
export const whereKnown = (condition: Known, a: Known, b: Known): Known | undefined =>
  combined("Where", a.dtype, [condition, a, b], ([choose, x, y]) => (choose === 0 ? y : x));

/** A known array as another element type. */
export function castKnown(x: Known, dtype: DType): Known {
  if (x.dtype === dtype) return x;
  const values = Array.from(x.values, (value) =>
    dtype === "bool" && typeof value !== "number" ? 1 : rounded(dtype, value),
  );
  return known(dtype, x.shape, values);
}
