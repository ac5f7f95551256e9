/** @module Shapes with symbolic dimensions, and the small algebra that shape inference needs. */

/**
 * One dimension: a number, or a symbolic product such as `"batch"` or `"2*batch*tokens"`.
 *
 * Products are kept canonical (coefficient first, symbols sorted), so equality is string equality.
 */
export type Dim = number | string;

/** A tensor's shape; `[]` is a scalar. */
export type Shape = readonly Dim[];

interface Monomial {
  coefficient: number;
  symbols: string[];
}

function parse(dim: Dim): Monomial {
  if (typeof dim === "number") return { coefficient: dim, symbols: [] };
  const factors = dim.split("*");
  const coefficient = /^\d+$/.test(factors[0]!) ? Number(factors.shift()) : 1;
  return { coefficient, symbols: factors };
}

function print({ coefficient, symbols }: Monomial): Dim {
  if (coefficient === 0 || symbols.length === 0) return coefficient;
  const product = [...symbols].sort().join("*");
  return coefficient === 1 ? product : `${coefficient}*${product}`;
}

/** Product of two dimensions. */
export function mulDims(a: Dim, b: Dim): Dim {
  const x = parse(a);
  const y = parse(b);
  return print({
    coefficient: x.coefficient * y.coefficient,
    symbols: [...x.symbols, ...y.symbols],
  });
}

/** Exact quotient of two dimensions, or `undefined` where `b` does not divide `a`. */
export function divDims(a: Dim, b: Dim): Dim | undefined {
  const x = parse(a);
  const y = parse(b);
  const symbols = [...x.symbols];
  for (const symbol of y.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  const coefficient = x.coefficient / y.coefficient;
  return Number.isInteger(coefficient) ? print({ coefficient, symbols }) : undefined;
}

/** Number of elements, symbolic where a dimension is. */
export function sizeOf(shape: Shape): Dim {
  return shape.reduce<Dim>(mulDims, 1);
}

/** Number of elements with every symbol replaced by its value in `nominal`, else by `fallback`. */
export function nominalSize(
  shape: Shape,
  nominal: Readonly<Record<string, number>>,
  fallback = 64,
): number {
  const { coefficient, symbols } = parse(sizeOf(shape));
  return symbols.reduce((size, symbol) => size * (nominal[symbol] ?? fallback), coefficient);
}

/** Whether two shapes are equal, symbols included. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** Prints a shape as in error messages: `[batch,768]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/** Two shapes that an operator cannot combine; the message names the operator and both. */
export class ShapeError extends Error {
  constructor(operator: string, requirement: string, ...shapes: readonly Shape[]) {
    super(`${operator}: ${requirement}, got ${shapes.map(formatShape).join(" and ")}.`);
    this.name = "ShapeError";
  }
}

/**
 * Shape after NumPy broadcasting.
 *
 * @throws {ShapeError} when two dimensions differ and neither is 1.
 */
export function broadcastShapes(operator: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new ShapeError(operator, "shapes must broadcast", a, b);
  });
}

/** Normalises a possibly negative axis into `0 .. rank - 1`. */
export function checkAxis(operator: string, axis: number, shape: Shape): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= shape.length) {
    throw new ShapeError(operator, `axis ${axis} must lie inside the shape`, shape);
  }
  return positive;
}
