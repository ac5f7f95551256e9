/** @module The subspace in which features vary most: principal component analysis by block power iteration. */

import { gemm, matmul } from "../graph/functions/linear.js";
import { Graph } from "../graph/graph.js";
import { writeFunction } from "../graph/onnx/write.js";
import { randomStream } from "../random.js";
import type { Runtime } from "../runtime/session.js";
import type { HostTensor } from "../graph/hostTensor.js";

/** Rows of numbers, row-major. */
export interface Rows {
  /** `[samples, size]`. */
  readonly values: Float32Array;
  readonly size: number;
}

/** An affine subspace near which samples lie. */
export interface Subspace {
  /** `[size]`. */
  readonly mean: Float32Array;
  /** Orthonormal columns, `[size, dimensions]`, row-major. */
  readonly basis: Float32Array;
  readonly dimensions: number;
}

/** Enough for the span of the leading directions; the exact order of the last ones does not matter. */
const ITERATIONS = 12;
/** A column that others explain to this share of its length adds no direction. */
const DEPENDENT = 1e-6;

export const samplesIn = ({ values, size }: Rows): number => values.length / size;

function meanOf({ values, size }: Rows): Float32Array {
  const mean = new Float64Array(size);
  const samples = values.length / size;
  values.forEach((value, at) => (mean[at % size]! += value / samples));
  return Float32Array.from(mean);
}

/** Rows less their mean. */
export function centred({ values, size }: Rows, mean: Float32Array): Rows {
  return { values: values.map((value, at) => value - mean[at % size]!), size };
}

/** Columns made orthonormal by the modified Gram-Schmidt process, in place; dependent ones become zeros. */
function orthonormalise(columns: Float32Array, size: number, count: number): void {
  const at = (row: number, column: number): number => row * count + column;
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let row = 0; row < size; row++) sum += columns[at(row, a)]! * columns[at(row, b)]!;
    return sum;
  };
  for (let column = 0; column < count; column++) {
    const before = Math.sqrt(dot(column, column));
    for (let other = 0; other < column; other++) {
      const share = dot(column, other);
      for (let row = 0; row < size; row++) {
        columns[at(row, column)]! -= share * columns[at(row, other)]!;
      }
    }
    const length = Math.sqrt(dot(column, column));
    const factor = length > DEPENDENT * before ? 1 / length : 0;
    for (let row = 0; row < size; row++) columns[at(row, column)]! *= factor;
  }
}

/**
 * The subspace of the largest variance, by block power iteration: matrix products are the runtime's.
 *
 * Source: Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 2011, section 4.5.
 *
 * @param dimensions - At most the length of the features.
 */
export async function principalSubspace(
  runtime: Runtime,
  rows: Rows,
  dimensions: number,
): Promise<Subspace> {
  const { size } = rows;
  const mean = meanOf(rows);
  const graph = new Graph();
  const x = graph.input("x", "float32", ["samples", size]);
  const q = graph.input("q", "float32", [size, dimensions]);
  const next = gemm(x, matmul(x, q), { transposeA: true });
  const session = await runtime.createSession(writeFunction({ next }));
  const random = randomStream(0, "subspace");
  let basis = Float32Array.from({ length: size * dimensions }, () => random.normal());
  const shape = [samplesIn(rows), size];
  const data: HostTensor = { dtype: "float32", shape, data: centred(rows, mean).values };
  try {
    orthonormalise(basis, size, dimensions);
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      const columns: HostTensor = { dtype: "float32", shape: [size, dimensions], data: basis };
      const outputs = await session.run({ x: data, q: columns });
      basis = Float32Array.from(outputs["next"]!.data as Float32Array);
      orthonormalise(basis, size, dimensions);
    }
  } finally {
    await session.release();
  }
  return { mean, basis, dimensions };
}

/** Coordinates of centred rows in a subspace, `[samples][dimensions]`. */
export function coordinates(
  { values, size }: Rows,
  { basis, dimensions }: Subspace,
): Float64Array[] {
  return Array.from({ length: values.length / size }, (_, sample) => {
    const result = new Float64Array(dimensions);
    for (let i = 0; i < size; i++) {
      const value = values[sample * size + i]!;
      for (let k = 0; k < dimensions; k++) result[k]! += value * basis[i * dimensions + k]!;
    }
    return result;
  });
}
