/** @module Small linear algebra on scalars inside the graph: matrices of a few rows, unrolled. */

import {
  abs,
  add,
  div,
  greaterOrEqual,
  less,
  mul,
  sqrt,
  square,
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

/** An eigenvalue with its unit vector. */
export interface Eigenpair {
  readonly value: Tensor;
  readonly vector: Vector;
}

// Cyclic sweeps converge quadratically: for three rows float64 is exhausted after five.
const SWEEPS = 5;

/**
 * Eigenvalues and unit eigenvectors of a symmetric matrix of a few rows, in no order.
 *
 * Source: Golub and Van Loan, "Matrix Computations", 4th edition, section 8.5 (cyclic Jacobi).
 */
export function eigenpairs(matrix: Matrix): Eigenpair[] {
  const { graph, dtype } = matrix[0]![0]!;
  const A = matrix.map((row) => [...row]);
  const V = A.map((_, i) => A.map((_unused, j) => graph.scalar(i === j ? 1 : 0, dtype)));
  const rotate = (p: number, q: number): void => {
    const [off, difference] = [A[p]![q]!, sub(A[q]![q]!, A[p]![p]!)];
    const size = abs(difference);
    const twice = mul(off, 2);
    const root = sqrt(add(square(difference), square(twice)));
    const signed = where(greaterOrEqual(difference, 0), twice, mul(twice, -1));
    const t = div(signed, add(add(size, root), TINY)); // tangent of the angle
    const c = div(1, sqrt(add(square(t), 1)));
    const s = mul(t, c);
    const turned = (x: Tensor, y: Tensor): [Tensor, Tensor] => [
      sub(mul(x, c), mul(y, s)),
      add(mul(x, s), mul(y, c)),
    ];
    A[p]![p] = sub(A[p]![p]!, mul(t, off));
    A[q]![q] = add(A[q]![q]!, mul(t, off));
    A[p]![q] = A[q]![p] = graph.scalar(0, dtype);
    for (const r of [...A.keys()].filter((other) => other !== p && other !== q)) {
      [A[r]![p], A[r]![q]] = turned(A[r]![p]!, A[r]![q]!);
      [A[p]![r], A[q]![r]] = [A[r]![p], A[r]![q]];
    }
    for (const row of V) [row[p], row[q]] = turned(row[p]!, row[q]!);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < A.length; p++) {
      for (let q = p + 1; q < A.length; q++) rotate(p, q);
    }
  }
  return A.map((row, at) => ({ value: row[at]!, vector: V.map((own) => own[at]!) }));
}

/** All non-empty subsets of `0 .. n - 1`, single elements first. */
function subsets(n: number): number[][] {
  const all = Array.from({ length: 2 ** n - 1 }, (_, at) =>
    Array.from({ length: n }, (_unused, i) => i).filter((i) => ((at + 1) >> i) & 1),
  );
  return all.sort((a, b) => a.length - b.length);
}

/** The rows and columns of a set of indices. */
export const submatrix = (matrix: Matrix, set: readonly number[]): Tensor[][] =>
  set.map((i) => set.map((j) => matrix[i]![j]!));

/** A stationary point of some problem on a support. */
export interface Stationary {
  /** Coordinates in the order of the support; it is feasible where none is negative. */
  readonly x: Vector;
  /** What is minimised, at that point. */
  readonly value: Tensor;
  /** Further numbers that are not negative where the point exists. */
  readonly conditions?: Vector;
}

/** A vector with given values in some places and zeros elsewhere. */
function placed(n: number, set: readonly number[], values: Vector, zero: Tensor): Tensor[] {
  return Array.from({ length: n }, (_, i) => {
    const at = set.indexOf(i);
    return at < 0 ? zero : values[at]!;
  });
}

/**
 * The feasible stationary point of least value over all supports in `0 .. n - 1`: the minimum of a
 * convex problem over non-negative coordinates. Meant for at most three of them.
 *
 * @param first - Where no support is feasible, and what the others must beat; without it the single
 *   coordinates must be feasible.
 */
export function bestStationary(
  n: number,
  stationary: (support: readonly number[]) => Stationary,
  first?: Stationary,
): Tensor[] {
  const supports = subsets(n);
  const points = supports.map(stationary);
  const { graph, dtype } = points[0]!.value;
  const zero = graph.scalar(0, dtype);
  let x = first ? [...first.x] : Array.from({ length: n }, () => zero);
  let value = first ? first.value : graph.scalar(Infinity, dtype);
  supports.forEach((support, index) => {
    const point = points[index]!;
    const feasible = [...point.x, ...(point.conditions ?? [])].reduce(
      (sofar: Tensor, number) => where(greaterOrEqual(number, 0), sofar, Infinity),
      point.value,
    );
    const better = less(feasible, value);
    const there = placed(n, support, point.x, zero);
    x = there.map((own, at) => where(better, own, x[at]!));
    value = where(better, feasible, value);
  });
  return x;
}

/** Minimises `x^T G x + 2 b^T x` over `x >= 0`, exactly; meant for at most three variables. */
export function nonNegativeMinimum(matrix: Matrix, b: Vector): Tensor[] {
  const zero = b[0]!.graph.scalar(0, b[0]!.dtype);
  const stationary = (support: readonly number[]): Stationary => {
    const rhs = support.map((i) => mul(b[i]!, -1));
    const x = solve(submatrix(matrix, support), rhs);
    // At a stationary point x^T G x = -b^T x.
    return { x, value: mul(dot(rhs, x), -1) };
  };
  return bestStationary(b.length, stationary, { x: b.map(() => zero), value: zero });
}

/** Minimises `x^T G x` over the simplex, exactly; meant for at most three variables. */
export function simplexMinimum(matrix: Matrix): Tensor[] {
  const { graph, dtype } = matrix[0]![0]!;
  const one = graph.scalar(1, dtype);
  return bestStationary(matrix.length, (support) => {
    const direction = solve(
      submatrix(matrix, support),
      support.map(() => one),
    );
    const total = addAll(direction);
    return { x: direction.map((value) => div(value, total)), value: div(1, total) };
  });
}
