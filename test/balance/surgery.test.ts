/** @module Weights of whole-Gramian surgery against brute force and their defining properties. */

import { describe, expect, it } from "vitest";

import { alignedWeights } from "../../src/balance/surgery/alignedMtl.js";
import { cagradWeights } from "../../src/balance/surgery/cagrad.js";
import { dualProjWeights } from "../../src/balance/surgery/dualproj.js";
import { fairWeights } from "../../src/balance/surgery/fairgrad.js";
import { imtlGWeights } from "../../src/balance/surgery/imtlG.js";
import { mgdaWeights } from "../../src/balance/surgery/mgda.js";
import { pcgradWeights } from "../../src/balance/surgery/pcgrad.js";
import { upgradWeights } from "../../src/balance/surgery/upgrad.js";
import { Graph } from "../../src/graph/graph.js";
import { dot, evaluate } from "./harness.js";
import {
  combine,
  flags,
  gradientsOf,
  gramianOf,
  norm,
  SEEDS,
  simplex,
  weightsOf,
} from "./vectors.js";

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

  it.each([
    // G = diag(1, 1, 0): a gradient that has vanished gets nothing and changes nothing.
    [
      "a vanished gradient",
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
      ],
      [1, 1, 0],
    ],
    // G = [[1, 1, 0], [1, 1, 0], [0, 0, 4]] has eigenvalues 2, 4 and 0 along (1, 1, 0), e_3 and (1, -1, 0):
    // 1 for the twins, sqrt(2 / 4) for the third.
    [
      "twins",
      [
        [1, 0, 0],
        [1, 0, 0],
        [0, 2, 0],
      ],
      [1, 1, Math.SQRT1_2],
    ],
    // One eigenvalue, 1 + 1 + 4 = 6 along (1, 1, 2) / sqrt(6): (1, 1, 2) 4 / 6.
    [
      "gradients along one line",
      [
        [1, 0, 0],
        [1, 0, 0],
        [2, 0, 0],
      ],
      [2 / 3, 2 / 3, 4 / 3],
    ],
    [
      "no gradients",
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      [0, 0, 0],
    ],
  ])("leaves directions without a gradient out: %s", async (_, rows, expected) => {
    weightsOf(rows, alignedWeights).forEach((w, i) => {
      expect(w).toBeCloseTo(expected[i]!, 5);
    });
    // In float32, and with inner products off by its rounding.
    const graph = new Graph();
    const gramian = gramianOf(rows).map((row, i) =>
      row.map((value, j) => graph.scalar(value * (1 + (i === j ? 2e-7 : -2e-7)), "float32")),
    );
    const weights = alignedWeights(gramian).map((w, i) => [`${i}`, w] as const);
    const found = await evaluate(graph, Object.fromEntries(weights));
    expected.forEach((w, i) => {
      expect(found[i]![0]).toBeCloseTo(w, 4);
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
