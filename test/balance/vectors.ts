/** @module Random gradients and the weights that surgery gives them, in float64. */

import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { randomStream } from "../../src/random.js";
import { evaluate } from "../reference/evaluate.js";
import { dot } from "./harness.js";

export type Vectors = readonly (readonly number[])[];

export const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);

/** Three random gradients; in some scenes the last two are orthogonal, as unimodal ones are. */
export function gradientsOf(seed: number): number[][] {
  const random = randomStream(seed, "surgery");
  const rows = [0, 1, 2].map(() => Array.from({ length: 4 }, () => random.normal()));
  if (seed % 2 === 0) {
    rows[1]!.fill(0, 2);
    rows[2]!.fill(0, 0, 2);
  }
  return rows;
}

export const gramianOf = (rows: Vectors): number[][] => rows.map((a) => rows.map((b) => dot(a, b)));
export const combine = (weights: readonly number[], rows: Vectors): number[] =>
  rows[0]!.map((_, k) => weights.reduce((sum, w, i) => sum + w * rows[i]![k]!, 0));
export const norm = (x: readonly number[]): number => Math.sqrt(dot(x, x));

export type Weigh = (gramian: Tensor[][], graph: Graph) => readonly Tensor[];

/** Weights that a method gives to gradients, in float64. */
export function weightsOf(rows: Vectors, weigh: Weigh): number[] {
  const graph = new Graph();
  const gramian = gramianOf(rows).map((row) => row.map((value) => graph.scalar(value, "float64")));
  return evaluate(weigh(gramian, graph), {}).map(({ data }) => data[0]!);
}

/** Values of tensors built in a fresh graph, in float64. */
export function valuesOf(
  build: (row: (...values: number[]) => Tensor) => readonly Tensor[],
): number[][] {
  const graph = new Graph();
  const row = (...values: number[]) => graph.constant("float64", [values.length], values);
  return evaluate(build(row), {}).map(({ data }) => Array.from(data));
}

export const flags = (graph: Graph, ...values: readonly boolean[]): Tensor[] =>
  values.map((value) => graph.constant("bool", [], [Number(value)]));

/** Points of the simplex on a grid. */
export function* simplex(steps: number): Generator<number[]> {
  for (let i = 0; i <= steps; i++) {
    for (let j = 0; j <= steps - i; j++) yield [i / steps, j / steps, 1 - (i + j) / steps];
  }
}
