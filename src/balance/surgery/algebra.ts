/** @module Small linear algebra on scalars inside the graph: matrices of a few rows, unrolled. */

import {
  add,
  div,
  greaterOrEqual,
  less,
  mul,
  sub,
  where,
} from "../../graph/functions/elementwise.js";
import { addAll, reshape, slice } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";

/** A vector of scalars. */
export type Vector = readonly Tensor[];
/** A matrix of scalars, row by row. */
export type Matrix = readonly Vector[];

/** The elements of a vector `[n]` as scalars. */
export const scalarsOf = (vector: Tensor): Tensor[] =>
  Array.from({ length: vector.shape[0] as number }, (_, at) =>
    reshape(slice(vector, [{ axis: 0, start: at, end: at + 1 }]), []),
  );

/** Inner product. */
export const dot = (a: Vector, b: Vector): Tensor => addAll(a.map((x, at) => mul(x, b[at]!)));

/** Matrix times vector. */
export const apply = (matrix: Matrix, x: Vector): Tensor[] => matrix.map((row) => dot(row, x));

/** `x^T matrix x`. */
export const quadratic = (matrix: Matrix, x: Vector): Tensor => dot(x, apply(matrix, x));

/** Sum of the diagonal. */
export const trace = (matrix: Matrix): Tensor => addAll(matrix.map((row, at) => row[at]!));

// Relative to the trace: keeps parallel and vanishing gradients from dividing by zero.
const RIDGE = 1e-6;
// Below any squared norm that float32 training can show; decides only the case of all zeros.
const TINY = 1e-30;

/** A Gramian scaled to trace 1 with a small ridge, so that it can be solved with. */
export function conditioned(gramian: Matrix): Tensor[][] {
  const scale = add(trace(gramian), TINY);
  return gramian.map((row, i) =>
    row.map((value, j) => (i === j ? add(div(value, scale), RIDGE) : div(value, scale))),
  );
}

/** Solves a positive definite system by elimination without pivots. */
export function solve(matrix: Matrix, rhs: Vector): Tensor[] {
  const n = rhs.length;
  const rows = matrix.map((row) => [...row]);
  const b = [...rhs];
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = div(rows[i]![k]!, rows[k]![k]!);
      for (let j = k + 1; j < n; j++) {
        rows[i]![j] = sub(rows[i]![j]!, mul(factor, rows[k]![j]!));
      }
      b[i] = sub(b[i]!, mul(factor, b[k]!));
    }
  }
  const x: Tensor[] = [];
  for (let k = n - 1; k >= 0; k--) {
    const known = x.map((value, at) => mul(rows[k]![k + 1 + at]!, value));
    const rest = known.length > 0 ? sub(b[k]!, addAll(known)) : b[k]!;
    x.unshift(div(rest, rows[k]![k]!));
  }
  return x;
}

/** All non-empty subsets of `0 .. n - 1`. */
function subsets(n: number): number[][] {
  return Array.from({ length: 2 ** n - 1 }, (_, at) =>
    Array.from({ length: n }, (_unused, i) => i).filter((i) => ((at + 1) >> i) & 1),
  );
}

const submatrix = (matrix: Matrix, set: readonly number[]): Tensor[][] =>
  set.map((i) => set.map((j) => matrix[i]![j]!));

interface Candidate {
  readonly x: Vector;
  readonly value: Tensor;
  /** Smallest coordinate: a candidate counts where it is not negative. */
  readonly coordinates: Vector;
}

/** The feasible candidate of least value; the first one is always feasible. */
function best(candidates: readonly Candidate[]): Tensor[] {
  const [first, ...others] = candidates as [Candidate, ...Candidate[]];
  let x = [...first.x];
  let value = first.value;
  for (const other of others) {
    const feasible = other.coordinates.reduce(
      (sofar: Tensor, coordinate) => where(greaterOrEqual(coordinate, 0), sofar, Infinity),
      other.value,
    );
    const better = less(feasible, value);
    x = x.map((old, at) => where(better, other.x[at]!, old));
    value = where(better, feasible, value);
  }
  return x;
}

/** A vector with given values in some places and zeros elsewhere. */
function placed(n: number, set: readonly number[], values: Vector, zero: Tensor): Tensor[] {
  return Array.from({ length: n }, (_, i) => {
    const at = set.indexOf(i);
    return at < 0 ? zero : values[at]!;
  });
}

/**
 * Minimises `x^T G x + 2 b^T x` over `x >= 0`, exactly: the solution is stationary on its support,
 * so the best feasible stationary point over all supports is it. Meant for at most three variables.
 */
export function nonNegativeMinimum(matrix: Matrix, b: Vector): Tensor[] {
  const n = b.length;
  const zero = b[0]!.graph.scalar(0, b[0]!.dtype);
  const supports = subsets(n).map((set): Candidate => {
    const rhs = set.map((i) => mul(b[i]!, -1));
    const values = solve(submatrix(matrix, set), rhs);
    // At a stationary point x^T G x = -b^T x.
    return {
      x: placed(n, set, values, zero),
      value: mul(dot(rhs, values), -1),
      coordinates: values,
    };
  });
  const origin = { x: Array.from({ length: n }, () => zero), value: zero, coordinates: [] };
  return best([origin, ...supports]);
}

/** Minimises `x^T G x` over the simplex, exactly; meant for at most three variables. */
export function simplexMinimum(matrix: Matrix): Tensor[] {
  const n = matrix.length;
  const { graph, dtype } = matrix[0]![0]!;
  const zero = graph.scalar(0, dtype);
  const one = graph.scalar(1, dtype);
  const candidates = subsets(n).map((set): Candidate => {
    const direction = solve(
      submatrix(matrix, set),
      set.map(() => one),
    );
    const total = addAll(direction);
    const values = direction.map((value) => div(value, total));
    return { x: placed(n, set, values, zero), value: div(1, total), coordinates: values };
  });
  return best(candidates);
}
