/** @module Pairwise surgery on the vectors themselves, and weights from losses. */

import { describe, expect, it } from "vitest";

import { averageWeights } from "../../src/balance/surgery/dynamicWeightAverage.js";
import { dropSigns } from "../../src/balance/surgery/graddrop.js";
import { gradnormStep } from "../../src/balance/surgery/gradnorm.js";
import { gradvacWeights } from "../../src/balance/surgery/gradvac.js";
import { pcgradWeights } from "../../src/balance/surgery/pcgrad.js";
import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { evaluate } from "../reference/evaluate.js";
import { dot } from "./harness.js";
import { combine, flags, gradientsOf, norm, SEEDS, type Vectors, weightsOf } from "./vectors.js";

describe("PCGrad and GradVac", () => {
  /** The papers' algorithm on the vectors themselves. */
  function explicit(
    rows: Vectors,
    order: (i: number) => number[],
    correct: (g: number[], other: readonly number[], i: number, j: number) => number[],
  ): number[] {
    const corrected = rows.map((row, i) =>
      order(i).reduce((g, j) => correct(g, rows[j]!, i, j), [...row]),
    );
    return corrected[0]!.map((_, k) => corrected.reduce((sum, row) => sum + row[k]!, 0));
  }
  const others = (i: number): number[] => [0, 1, 2].filter((j) => j !== i);

  it.each([true, false])("PCGrad is its algorithm on vectors, first order %s", (first) => {
    for (const seed of SEEDS) {
      const rows = gradientsOf(seed);
      const weights = weightsOf(rows, (G, graph) =>
        pcgradWeights(G, flags(graph, first, first, first)),
      );
      const order = (i: number): number[] => (first ? others(i) : others(i).reverse());
      const expected = explicit(rows, order, (g, other) => {
        const inner = dot(g, other);
        return inner < 0 ? g.map((x, k) => x - (inner / dot(other, other)) * other[k]!) : g;
      });
      const found = combine(weights, rows);
      found.forEach((x, k) => {
        expect(x).toBeCloseTo(expected[k]!, 8);
      });
    }
  });

  it("GradVac lifts each pair to its target cosine, and at target -1 changes nothing", () => {
    const rows = [
      [1, 0, 0],
      [-0.5, 1, 0],
      [0, 0, 2],
    ];
    const targets = (graph: Graph, value: number): Tensor[][] =>
      rows.map(() => rows.map(() => graph.scalar(value, "float64")));
    const weigh = (value: number) =>
      weightsOf(rows, (G, graph) =>
        gradvacWeights(G, targets(graph, value), flags(graph, true, true, true)),
      );
    weigh(-1 + 1e-9).forEach((w) => {
      expect(w).toBeCloseTo(1, 5);
    });
    const two = [
      [1, 0, 0],
      [-0.5, 1, 0],
      [0, 0, 0],
    ];
    const lifted = weightsOf(two, (G, graph) => {
      const only = targets(graph, -1 + 1e-9);
      only[0]![1] = graph.scalar(0.3, "float64");
      return gradvacWeights(G, only, flags(graph, true, true, true));
    });
    // The sum is g_0' + g_1; without g_1 it is g_0 turned to cosine 0.3 with g_1.
    const turned = combine([lifted[0]!, lifted[1]! - 1, 0], two);
    expect(dot(turned, two[1]!) / (norm(turned) * norm(two[1]!))).toBeCloseTo(0.3, 5);
  });
});

describe("weights from losses", () => {
  const run = (build: (graph: Graph) => readonly Tensor[]): number[] =>
    evaluate(build(new Graph()), {}).map(({ data }) => data[0]!);
  const scalars = (graph: Graph, ...values: number[]): Tensor[] =>
    values.map((value) => graph.scalar(value, "float64"));

  it("DWA weighs the loss that fell less", () => {
    const weights = run((graph) =>
      averageWeights(scalars(graph, 1, 0.5, 1), scalars(graph, 1, 1, 2), 2),
    );
    const [a, b, c] = [Math.exp(0.5), Math.exp(0.25), Math.exp(0.25)];
    [a, b, c].forEach((x, i) => {
      expect(weights[i]!).toBeCloseTo((3 * x) / (a + b + c), 9);
    });
  });

  it("GradNorm lowers the weight of the loss with the longest gradient at equal pace", () => {
    const weights = run((graph) => {
      const ones = scalars(graph, 1, 1, 1);
      return gradnormStep(ones, scalars(graph, 3, 1, 1), ones, 1.5, 0.1);
    });
    // Moved by rate * norm towards the mean norm 5/3, then scaled to sum to 3.
    const moved = [1 - 0.3, 1 + 0.1, 1 + 0.1];
    const total = moved.reduce((sum, w) => sum + w, 0);
    moved.forEach((w, i) => {
      expect(weights[i]!).toBeCloseTo((3 * w) / total, 9);
    });
  });
});

describe("GradDrop", () => {
  it("passes one sign per coordinate, by purity against the noise", () => {
    const graph = new Graph();
    const vector = (...values: number[]) => graph.constant("float64", [3], values);
    // Purities 3/4, 1/4 and 1.
    const dropped = dropSigns([vector(3, 1, 2), vector(-1, -3, 1)], vector(0.5, 0.5, 0.9));
    expect(Array.from(evaluate([dropped], {})[0]!.data)).toEqual([3, -3, 3]);
  });
});
