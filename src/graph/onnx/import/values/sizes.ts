/** @module Arithmetic on sizes that may be symbolic; `undefined` where the result has no name. */

import { type Dim, divDims, mulDims } from "../../../shape.js";

/** Factor of a size: 12 of `12*batch`. */
const coefficientOf = (size: Dim): number =>
  typeof size === "number" ? size : Number(/^\d+(?=\*)/.exec(size)?.[0] ?? 1);

/** Sum of two sizes, where at most one symbol is involved. */
export function addSizes(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  const [m, n] = [coefficientOf(a), coefficientOf(b)];
  const symbol = divDims(a, m);
  return symbol !== undefined && symbol === divDims(b, n) ? mulDims(m + n, symbol) : undefined;
}

/** Difference of two sizes; a symbol's factor stays positive. */
export function subtractSizes(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (b === 0) return a;
  const [m, n] = [coefficientOf(a), coefficientOf(b)];
  const symbol = divDims(a, m);
  const same = symbol !== undefined && symbol === divDims(b, n);
  return same && m >= n ? mulDims(m - n, symbol) : undefined;
}

/** Product of two numbers or sizes. */
export function multiplySizes(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (a === 0 || b === 0) return 0;
  const whole = [a, b].every((size) => typeof size === "string" || isWhole(size));
  return whole ? mulDims(a, b) : undefined;
}

const isWhole = (size: number): boolean => Number.isInteger(size) && size > 0;

/** Exact quotient of sizes of which one is symbolic. */
export function divideSizes(a: Dim, b: Dim): Dim | undefined {
  if (b === 1) return a;
  return b === 0 || (typeof b === "number" && !isWhole(b)) ? undefined : divDims(a, b);
}

/**
 * Order of two sizes: negative, zero or positive; `undefined` where it depends on the symbol. Symbols
 * are taken to be larger than 1: a batch of one is no special case.
 */
export function compareSizes(a: Dim, b: Dim): number | undefined {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (a === b) return 0;
  if (typeof a === "number") return a <= 1 ? -1 : undefined;
  if (typeof b === "number") return b <= 1 ? 1 : undefined;
  const ratio = divDims(a, b);
  if (typeof ratio === "number") return ratio - 1;
  const inverse = divDims(b, a);
  return typeof inverse === "number" ? 1 - inverse : undefined;
}

/** Whether two sizes are equal; a symbol equals no number. */
export const equalSizes = (a: Dim, b: Dim): boolean => a === b;
