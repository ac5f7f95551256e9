/** @module Surgery on two gradients, where the weights can be worked out by hand. */

import { describe, expect, it } from "vitest";

import { alignedWeights } from "../../src/balance/surgery/alignedMtl.js";
import { cagradWeights } from "../../src/balance/surgery/cagrad.js";
import { dualProjWeights } from "../../src/balance/surgery/dualproj.js";
import { fairWeights } from "../../src/balance/surgery/fairgrad.js";
import { imtlGWeights } from "../../src/balance/surgery/imtlG.js";
import { mgdaWeights } from "../../src/balance/surgery/mgda.js";
import { upgradWeights } from "../../src/balance/surgery/upgrad.js";
import { type Vectors, type Weigh, weightsOf } from "./vectors.js";

// The ridge of 1e-6 of the trace moves weights by less than this.
const DIGITS = 3;

function expectWeights(rows: Vectors, weigh: Weigh, expected: readonly number[]): void {
  const weights = weightsOf(rows, weigh);
  expect(weights).toHaveLength(expected.length);
  weights.forEach((w, i) => {
    expect(w, `weight ${i}`).toBeCloseTo(expected[i]!, DIGITS);
  });
}

describe("DualProj", () => {
  it("takes what harms a loss out of the mean", () => {
    // The mean (-1/2, 1/2) meets g_1 with -1/2 and g_2 with 3/2: + 1/2 g_1 gives (0, 1/2).
    const rows = [
      [1, 0],
      [-2, 1],
    ];
    expectWeights(rows, dualProjWeights, [1 / 2 + 1 / 2, 1 / 2]);
  });
});

describe("UPGrad", () => {
  it("takes out of each gradient what harms the other, and averages", () => {
    // <g_1, g_2> = -2: g_1 + 2/5 g_2 and g_2 + 2 g_1, halved.
    const rows = [
      [1, 0],
      [-2, 1],
    ];
    expectWeights(rows, upgradWeights, [(1 + 2) / 2, (2 / 5 + 1) / 2]);
  });
});

describe("MGDA", () => {
  it("finds the foot of the perpendicular, or the shorter gradient", () => {
    const foot = [
      [1, 0],
      [-1, 2],
    ];
    // w_1 = <g_2, g_2 - g_1> / |g_2 - g_1|^2 with g_2 - g_1 = (-2, 2): 6 over 8.
    expectWeights(foot, mgdaWeights, [6 / 8, 2 / 8]);
    const shorter = [
      [1, 0],
      [3, 1],
    ];
    expectWeights(shorter, mgdaWeights, [1, 0]);
  });
});

describe("CAGrad", () => {
  it("lengthens the mean by c where neither gradient is behind", () => {
    // Equally long: the dual's minimum is the mean itself, w = (1/2, 1/2).
    const rows = [
      [1, 0],
      [-0.6, 0.8],
    ];
    expectWeights(rows, (G) => cagradWeights(G, 0.4), [0.7, 0.7]);
  });

  it("goes c times the mean's length along the gradient that is behind", () => {
    // g_0 = (5/2, 0): <g_1, g_0> = 5/2 and <g_2, g_0> = 10, and g_1 is shorter, so w = (1, 0); the weight
    // of g_1 grows by c |g_0| / |g_1| = 2/5 * 5/2.
    const rows = [
      [1, 0],
      [4, 0],
    ];
    expectWeights(rows, (G) => cagradWeights(G, 0.4), [1 / 2 + 1, 1 / 2]);
  });
});

describe("IMTL-G", () => {
  it("has equal projections onto both unit gradients", () => {
    // G = ((1, 1), (1, 2)), G^-1 = ((2, -1), (-1, 1)), times the lengths (1, sqrt 2): the sum is 1.
    const rows = [
      [1, 0],
      [1, 1],
    ];
    expectWeights(rows, imtlGWeights, [2 - Math.SQRT2, Math.SQRT2 - 1]);
    // Orthogonal ones: by the inverse lengths 1/3 and 1, over 4/3.
    const orthogonal = [
      [3, 0],
      [0, 1],
    ];
    expectWeights(orthogonal, imtlGWeights, [1 / 4, 3 / 4]);
  });
});

describe("Nash-MTL and FairGrad", () => {
  it("Nash-MTL weighs two gradients by their inverse lengths, whatever their angle", () => {
    // G w = 1 / w gives G_11 w_1^2 + G_12 w_1 w_2 = 1 = G_22 w_2^2 + G_12 w_1 w_2: w_1 / w_2 = |g_2| / |g_1|.
    for (const angle of [0.5, 1.5, 2.5]) {
      const rows = [
        [2, 0],
        [Math.cos(angle), Math.sin(angle)],
      ];
      // 1/2 and 1, scaled to sum to 2.
      expectWeights(rows, (G) => fairWeights(G, 1), [2 / 3, 4 / 3]);
    }
  });

  it.each([
    // |g|^2 w = w^(-1/alpha), so w = |g|^(-2 alpha / (1 + alpha)); with |g_1| = 8:
    [2, 1 / 16],
    [1, 1 / 8],
    [0.5, 1 / 4],
  ])(
    "FairGrad with alpha %s weighs orthogonal gradients by a power of their lengths",
    (alpha, w) => {
      const rows = [
        [8, 0],
        [0, 1],
      ];
      const expected = [(2 * w) / (1 + w), 2 / (1 + w)];
      expectWeights(rows, (G) => fairWeights(G, alpha), expected);
    },
  );
});

describe("Aligned-MTL", () => {
  it("makes two gradients orthogonal and as long as the smallest singular value", () => {
    // Unit gradients with <g_1, g_2> = 3/5: G has 8/5 along (1, 1) and 2/5 along (1, -1). Only the first
    // has a part in the sum: sqrt((2/5) / (8/5)) = 1/2.
    const rows = [
      [1, 0],
      [0.6, 0.8],
    ];
    expectWeights(rows, alignedWeights, [1 / 2, 1 / 2]);
    // In conflict, 2/5 is along (1, 1) itself.
    const conflict = [
      [1, 0],
      [-0.6, 0.8],
    ];
    expectWeights(conflict, alignedWeights, [1, 1]);
  });
});
