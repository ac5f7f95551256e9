/** @module Values of an imported graph: symbolic tensors, and arrays that are known while importing. */

import type { DType, TensorData } from "../../../dtype.js";
import { type Dim, formatShape } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { OnnxTensor } from "../../elements.js";

/** An array known while importing. Its elements are numbers, or sizes such as `"12*batch"`. */
export interface Known {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major. Booleans are 0 and 1. */
  readonly values: ArrayLike<Dim>;
  /** Name of the floating-point initializer that this is, untouched. */
  readonly initializer?: string;
}

/** A value of an imported graph. */
export type Value = Tensor | Known;

/** Whether a value is known while importing. */
export const isKnown = (value: Value): value is Known => "values" in value;

/** Number of elements of a known shape. */
export const countOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** A known array. */
export const known = (dtype: DType, shape: readonly number[], values: ArrayLike<Dim>): Known => ({
  dtype,
  shape,
  values,
});

/** An initializer as a known array. */
export function knownInitializer(name: string, tensor: OnnxTensor): Known {
  const { dtype, shape, data } = tensor;
  const values = data instanceof BigInt64Array ? Array.from(data, Number) : data;
  return { dtype, shape, values, ...(dtype === "float32" && { initializer: name }) };
}

/** Whether all elements are numbers. */
export function isNumeric({ values }: Known): boolean {
  for (let at = 0; at < values.length; at++) if (typeof values[at] !== "number") return false;
  return true;
}

const LARGEST_INT64 = 2n ** 63n - 1n;

function int64(value: number): bigint {
  if (value >= 2 ** 63) return LARGEST_INT64;
  return BigInt(Math.max(-(2 ** 63), Math.trunc(value)));
}

/** Elements of a numeric known array as tensor data. */
export function dataOf({ dtype, values }: Known): TensorData {
  const numbers = values as ArrayLike<number>;
  switch (dtype) {
    case "float32":
      return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
    case "float64":
      return Float64Array.from(numbers);
    case "int32":
      return Int32Array.from(numbers);
    case "int64":
      return BigInt64Array.from(Array.from(numbers, int64));
    case "uint8":
    case "bool":
      return Uint8Array.from(numbers);
  }
}

/** An element as its type can hold it. */
export function rounded(dtype: DType, value: Dim): Dim {
  if (typeof value !== "number") return value;
  if (dtype === "float32") return Math.fround(value);
  if (dtype === "bool") return value === 0 ? 0 : 1;
  return dtype === "float64" ? value : Math.trunc(value);
}

/** Prints what a value is, for messages. */
export const describe = (value: Value): string => `${value.dtype}${formatShape(value.shape)}`;

/** Visits every index of a shape in row-major order; the array handed over is reused. */
export function eachIndex(
  shape: readonly number[],
  visit: (index: readonly number[], place: number) => void,
): void {
  const index = shape.map(() => 0);
  const count = countOf(shape);
  for (let place = 0; place < count; place++) {
    visit(index, place);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** Row-major distance of neighbours along each axis. */
export const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => countOf(shape.slice(axis + 1)));

/** A known array picked from another: element at each index by its place in the source. */
export function picked(
  source: Known,
  shape: readonly number[],
  placeOf: (index: readonly number[]) => number,
): Known {
  const values = new Array<Dim>(countOf(shape));
  eachIndex(shape, (index, place) => {
    values[place] = source.values[placeOf(index)]!;
  });
  return known(source.dtype, shape, values);
}
