/** @module Surgery's weights against hand cases, brute force and their defining properties. */

import { describe, expect, it } from "vitest";

import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { randomStream } from "../../src/random.js";
import { alignedWeights } from "../../src/balance/surgery/alignedMtl.js";
import { cagradWeights } from "../../src/balance/surgery/cagrad.js";
import { dualProjWeights } from "../../src/balance/surgery/dualproj.js";
import { averageWeights } from "../../src/balance/surgery/dynamicWeightAverage.js";
import { fairWeights } from "../../src/balance/surgery/fairgrad.js";
import { dropSigns } from "../../src/balance/surgery/graddrop.js";
import { gradnormStep } from "../../src/balance/surgery/gradnorm.js";
import { gradvacWeights } from "../../src/balance/surgery/gradvac.js";
import { imtlGWeights } from "../../src/balance/surgery/imtlG.js";
import { mgdaWeights } from "../../src/balance/surgery/mgda.js";
import { pcgradWeights } from "../../src/balance/surgery/pcgrad.js";
import { upgradWeights } from "../../src/balance/surgery/upgrad.js";
import { evaluate } from "../reference/evaluate.js";
import { dot } from "./harness.js";

type Vectors = readonly (readonly number[])[];

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);

/** Three random gradients; in some scenes the last two are orthogonal, as unimodal ones are. */
function gradientsOf(seed: number): number[][] {
  const random = randomStream(seed, "surgery");
  const rows = [0, 1, 2].map(() => Array.from({ length: 4 }, () => random.normal()));
  if (seed % 2 === 0) {
    rows[1]!.fill(0, 2);
    rows[2]!.fill(0, 0, 2);
  }
  return rows;
}

const gramianOf = (rows: Vectors): number[][] => rows.map((a) => rows.map((b) => dot(a, b)));
const combine = (weights: readonly number[], rows: Vectors): number[] =>
  rows[0]!.map((_, k) => weights.reduce((sum, w, i) => sum + w * rows[i]![k]!, 0));
const norm = (x: readonly number[]): number => Math.sqrt(dot(x, x));

type Weigh = (gramian: Tensor[][], graph: Graph) => readonly Tensor[];

/** Weights that a method gives to gradients, in float64. */
function weightsOf(rows: Vectors, weigh: Weigh): number[] {
  const graph = new Graph();
  const gramian = gramianOf(rows).map((row) => row.map((value) => graph.scalar(value, "float64")));
  return evaluate(weigh(gramian, graph), {}).map(({ data }) => data[0]!);
}

const flags = (graph: Graph, ...values: readonly boolean[]): Tensor[] =>
  values.map((value) => graph.constant("bool", [], [Number(value)]));

/** Points of the simplex on a grid. */
function* simplex(steps: number): Generator<number[]> {
  for (let i = 0; i <= steps; i++) {
    for (let j = 0; j <= steps - i; j++) yield [i / steps, j / steps, 1 - (i + j) / steps];
  }
}

describe("MGDA", () => {
  it("finds the min-norm point: no point of the simplex gives a shorter vector", () => {
    for (const seed of SEEDS) {
      const rows = gradientsOf(seed);
      const weights = weightsOf(rows, mgdaWeights);
      expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      const own = norm(combine(weights, rows));
      for (const point of simplex(60)) {
        expect(own).toBeLessThanOrEqual(norm(combine(point, rows)) * (1 + 1e-5) + 1e-4);
      }
    }
  });

  it("weighs two orthogonal gradients by their inverse squares", () => {
    const weights = weightsOf(
      [
        [1, 0, 0],
        [0, 2, 0],
        [0, 0, 20],
      ],
      mgdaWeights,
    );
    expect(weights[0]! / weights[1]!).toBeCloseTo(4, 2);
  });
});

describe("UPGrad and DualProj", () => {
  it.each([
    ["UPGrad", upgradWeights],
    ["DualProj", dualProjWeights],
  ] as const)("%s conflicts with no loss, and is the mean where nothing conflicts", (_, weigh) => {
    for (const seed of SEEDS) {
      const rows = gradientsOf(seed);
      const update = combine(weightsOf(rows, weigh), rows);
      for (const row of rows) {
        const scale = Math.max(...rows.map(norm)) * norm(row);
        expect(dot(update, row)).toBeGreaterThanOrEqual(-1e-4 * scale);
      }
    }
    const agreeing = [
      [1, 0.2],
      [1, 0],
      [0.5, 0.5],
    ];
    for (const w of weightsOf(agreeing, weigh)) expect(w).toBeCloseTo(1 / 3, 4);
  });

  it("DualProj is the nearest vector of the cone: projected gradient descent finds none nearer", () => {
    for (const seed of SEEDS) {
      const rows = gradientsOf(seed);
      const G = gramianOf(rows);
      let v = [0, 0, 0];
      for (let step = 0; step < 20_000; step++) {
        const total = v.map((x) => x + 1 / 3);
        v = v.map((x, i) => Math.max(0, x - 0.02 * dot(G[i]!, total)));
      }
      const expected = combine(
        v.map((x) => x + 1 / 3),
        rows,
      );
      const found = combine(weightsOf(rows, dualProjWeights), rows);
      expect(norm(found.map((x, k) => x - expected[k]!))).toBeLessThan(1e-3);
    }
  });

  it("UPGrad of two conflicting unit gradients is half of PCGrad's sum", () => {
    const rows = [
      [1, 0, 0],
      [-0.6, 0.8, 0],
      [0, 0, 1],
    ];
    const half = weightsOf(rows, upgradWeights).map((w) => w * 3);
    const sum = weightsOf(rows, (G, graph) => pcgradWeights(G, flags(graph, true, true, true)));
    half.forEach((w, i) => {
      expect(w).toBeCloseTo(sum[i]!, 4);
    });
  });
});

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

describe("CAGrad", () => {
  it("reaches the dual's minimum as a grid search does, and c = 0 is the mean", () => {
    for (const seed of SEEDS) {
      const rows = gradientsOf(seed);
      const mean = combine([1 / 3, 1 / 3, 1 / 3], rows);
      const dual = (w: readonly number[]): number => {
        const g = combine(w, rows);
        return dot(g, mean) + 0.4 * norm(mean) * norm(g);
      };
      const lowest = Math.min(...[...simplex(100)].map(dual));
      const extra = weightsOf(rows, (G) => cagradWeights(G, 0.4)).map((w) => w - 1 / 3);
      const total = extra.reduce((sum, w) => sum + w, 0);
      expect(dual(extra.map((w) => w / total))).toBeLessThan(
        lowest + 0.02 * Math.abs(lowest) + 1e-3,
      );
      expect(norm(combine(extra, rows))).toBeCloseTo(0.4 * norm(mean), 3);
    }
    for (const w of weightsOf(gradientsOf(1), (G) => cagradWeights(G, 0))) {
      expect(w).toBeCloseTo(1 / 3, 6);
    }
  });
});

describe("IMTL-G", () => {
  it("has equal projections onto all unit gradients, and weights that sum to 1", () => {
    for (const seed of SEEDS) {
      const rows = gradientsOf(seed);
      const weights = weightsOf(rows, imtlGWeights);
      expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
      const update = combine(weights, rows);
      const projections = rows.map((row) => dot(update, row) / norm(row));
      const scale = Math.max(...rows.map(norm));
      projections.forEach((p) => {
        expect(p / scale).toBeCloseTo(projections[0]! / scale, 2);
      });
    }
  });
});

describe("Nash-MTL and FairGrad", () => {
  it.each([1, 2, 0.5])("satisfy (G w)_i = w_i^(-1/alpha) up to scale, alpha %s", (alpha) => {
    for (const seed of SEEDS) {
      const rows = gradientsOf(seed);
      const weights = weightsOf(rows, (G) => fairWeights(G, alpha));
      expect(Math.min(...weights)).toBeGreaterThan(0);
      expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(3, 6);
      const G = gramianOf(rows);
      const ratios = weights.map((w, i) => dot(G[i]!, weights) * w ** (1 / alpha));
      ratios.forEach((ratio) => {
        expect(ratio / ratios[0]!).toBeCloseTo(1, 1);
      });
    }
  });
});

describe("Aligned-MTL", () => {
  it("sums orthogonal gradients as long as the smallest singular value", () => {
    const weights = weightsOf(
      [
        [3, 0, 0],
        [0, 2, 0],
        [0, 0, 0.5],
      ],
      alignedWeights,
    );
    [0.5 / 3, 0.25, 1].forEach((w, i) => {
      expect(weights[i]!).toBeCloseTo(w, 2);
    });
  });

  it("is as long as three orthogonal vectors of the smallest singular value", () => {
    for (const seed of SEEDS) {
      const rows = gradientsOf(seed);
      const G = gramianOf(rows);
      const shift = G.reduce((sum, row, i) => sum + row[i]!, 0);
      let x = [1, 0.9, 1.2];
      for (let step = 0; step < 2000; step++) {
        const y = x.map((value, i) => shift * value - dot(G[i]!, x));
        x = y.map((value) => value / norm(y));
      }
      const smallest = dot(
        x,
        G.map((row) => dot(row, x)),
      );
      const update = combine(weightsOf(rows, alignedWeights), rows);
      expect(norm(update) / Math.sqrt(3 * smallest)).toBeCloseTo(1, 1);
    }
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
