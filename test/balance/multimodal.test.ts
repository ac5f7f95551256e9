/** @module Coefficients of the multimodal methods, worked out by hand. */

import { describe, expect, it } from "vitest";

import { agmCoefficient } from "../../src/balance/multimodal/agm.js";
import { cggmCoefficient } from "../../src/balance/multimodal/cggm.js";
import { inPrimeWindow, pullBack } from "../../src/balance/multimodal/infoReg.js";
import { nextProjector } from "../../src/balance/multimodal/mla.js";
import { paretoCoefficients } from "../../src/balance/multimodal/mmpareto.js";
import { boostingLoss, turnOf } from "../../src/balance/multimodal/reconBoost.js";
import { ogmCoefficient } from "../../src/balance/multimodal/ogm.js";
import { dropProbability } from "../../src/balance/multimodal/opm.js";
import { lag } from "../../src/balance/multimodal/pmr.js";
import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { classificationLosses } from "../../src/nn/losses.js";
import { evaluate } from "../reference/evaluate.js";

type Scalars = (...values: number[]) => Tensor[];

/** Values of scalars built from constants, in float64. */
function valuesOf(build: (scalars: Scalars) => readonly Tensor[]): number[] {
  const graph = new Graph();
  const scalars: Scalars = (...values) => values.map((value) => graph.scalar(value, "float64"));
  return evaluate(build(scalars), {}).map(({ data }) => data[0]!);
}

describe("OGM", () => {
  it("slows the modality ahead by 1 - tanh(alpha rho), and never the other", () => {
    const [image, text] = valuesOf((scalars) => {
      const [a, b] = scalars(0.4, 0.8) as [Tensor, Tensor];
      return [ogmCoefficient(a, b, 0.3), ogmCoefficient(b, a, 0.3)];
    });
    expect(image).toBe(1);
    expect(text).toBeCloseTo(1 - Math.tanh(0.3 * 2), 9);
  });

  it("leaves both alone where they stand equal", () => {
    const found = valuesOf((scalars) => {
      const [a, b] = scalars(0.5, 0.5) as [Tensor, Tensor];
      return [ogmCoefficient(a, b, 0.3), ogmCoefficient(b, a, 0.3)];
    });
    expect(found).toEqual([1, 1]);
  });
});

describe("AGM", () => {
  const coefficient = (own: number, other: number, ownMean: number, otherMean: number) =>
    valuesOf((scalars) => {
      const [a, b, c, d] = scalars(own, other, ownMean, otherMean) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      return [agmCoefficient(a, b, c, d, 1)];
    })[0]!;

  it("is exp(alpha (tau - r)): a modality further ahead than usual is slowed down", () => {
    expect(coefficient(0.5, 2, 1, 1)).toBeCloseTo(Math.exp(1 - Math.exp(1.5)), 9);
    expect(coefficient(0.5, 2, 1, 1)).toBeLessThan(1);
    expect(coefficient(2, 0.5, 1, 1)).toBeGreaterThan(1);
  });

  it("is 1 where the modalities stand as usual, and clamped from above", () => {
    expect(coefficient(0.7, 0.7, 1.2, 1.2)).toBe(1);
    expect(coefficient(1, 1, 0, 5)).toBeCloseTo(Math.exp(10), 3);
  });
});

describe("MMPareto", () => {
  const coefficients = (joint: readonly number[], own: readonly number[]) => {
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, x, at) => sum + x * b[at]!, 0);
    const [a, b] = valuesOf((scalars) => {
      const [jj, jo, oo] = scalars(dot(joint, joint), dot(joint, own), dot(own, own)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const found = paretoCoefficients(jj, jo, oo, 1.5);
      return [found.joint, found.own];
    });
    return { joint: a!, own: b!, update: joint.map((x, at) => a! * x + b! * own[at]!) };
  };

  it("is gamma times the sum where the gradients agree", () => {
    const { joint, own } = coefficients([1, 1], [1, 0]);
    expect(joint).toBeCloseTo(1.5, 9);
    expect(own).toBeCloseTo(1.5, 9);
  });

  it("is in the direction of the min-norm point where they conflict, as long as their sum", () => {
    const [joint, own] = [
      [2, 0],
      [-1, 1],
    ];
    const { update } = coefficients(joint, own);
    // The point of the line between them nearest to the origin: perpendicular to their difference.
    const difference = joint.map((x, at) => x - own[at]!);
    expect(update[0]! * difference[0]! + update[1]! * difference[1]!).toBeCloseTo(0, 9);
    expect(Math.hypot(...update)).toBeCloseTo(
      1.5 * Math.max(2 * Math.hypot(0.2, 0.6), Math.SQRT2),
      6,
    );
  });
});

describe("CGGM", () => {
  it("gives each modality what the other gained, within bounds", () => {
    const pairs = [
      [0.1, 0.3],
      [0.3, 0.1],
      [-0.1, 0.3],
      [0.2, -0.2],
      [0, 0],
    ] as const;
    const found = valuesOf((scalars) =>
      pairs.map(([own, other]) => {
        const [a, b] = scalars(own, other) as [Tensor, Tensor];
        return cggmCoefficient(a, b);
      }),
    );
    expect(found[0]).toBeCloseTo(0.75, 6);
    expect(found[1]).toBeCloseTo(0.25, 6);
    expect(found[2]).toBeCloseTo(1.5, 6);
    expect(found.slice(3)).toEqual([1, 1]);
  });
});

describe("InfoReg", () => {
  it("holds back the leader only, the more the further it leads", () => {
    const found = valuesOf((scalars) => {
      const [a, b] = scalars(0.7, 0.2) as [Tensor, Tensor];
      return [pullBack(a, b, 0.5), pullBack(b, a, 0.5)];
    });
    expect(found[0]).toBeCloseTo(0.5 * Math.exp(Math.tanh(0.5)), 9);
    expect(found[1]).toBe(0);
  });

  it("closes the prime window when the mean Fisher trace grows no more", () => {
    const settings = { threshold: 0.05, window: 2 };
    const open = (...traces: number[]) =>
      inPrimeWindow({ history: traces.map((trace) => ({ "train.trace": trace })) }, settings);
    expect(open()).toBe(true);
    expect(open(1)).toBe(true);
    expect(open(1, 1)).toBe(true);
    expect(open(1, 1, 1)).toBe(false);
    expect(open(1, 1, 1, 2)).toBe(true);
    expect(open(3, 2, 1)).toBe(false);
  });
});

describe("MLA", () => {
  it("shrinks the projector along the features that were seen, and nowhere else", () => {
    const graph = new Graph();
    const unit = graph.constant("float64", [2, 2], [1, 0, 0, 1]);
    const seen = graph.constant("float64", [1, 2], [3, 0]);
    const once = nextProjector(unit, seen, 1);
    const [first, second] = evaluate([once, nextProjector(once, seen, 1)], {}).map(({ data }) =>
      Array.from(data),
    );
    // 1 - 9 / (1 + 9), then 0.1 - 0.09 / (1 + 0.9).
    expect(first![0]).toBeCloseTo(0.1, 9);
    expect(second![0]).toBeCloseTo(0.1 - 0.09 / 1.9, 9);
    for (const projector of [first!, second!]) expect(projector.slice(1)).toEqual([0, 0, 1]);
  });
});

describe("ReconBoost", () => {
  it("gives each modality a turn and rectifies after it", () => {
    const turns = Array.from({ length: 10 }, (_, epoch) => turnOf({ epoch }, 2));
    expect(turns).toEqual([
      ...["image", "image", "joint", "joint", "text", "text", "joint", "joint"],
      ...["image", "image"],
    ]);
  });

  it("learns less where the other modality is right already", () => {
    const graph = new Graph();
    const rows = (...values: number[]) => graph.constant("float64", [1, 2], values);
    const weights = { own: 5, residual: 1, agreement: 0 };
    const l = Math.log(3);
    // Own probability of the true class 1/2, the other's 3/4: (5 - 3/4) ln 2.
    const plainLosses = classificationLosses("single-label");
    const of = (settings: typeof weights) =>
      boostingLoss(rows(0, 0), rows(l, 0), rows(1, 0), settings, plainLosses);
    const [loss, agreed] = [of(weights), of({ ...weights, agreement: 2 })];
    const [plain, pulled] = evaluate([loss, agreed], {}).map(({ data }) => data[0]!);
    expect(plain).toBeCloseTo(4.25 * Math.LN2, 9);
    expect(pulled! - plain!).toBeCloseTo(2 / 16, 9);
  });
});

describe("OPM and PMR", () => {
  it("OPM drops the modality ahead more the further it leads", () => {
    const [behind, ahead, far] = valuesOf((scalars) => {
      const [low, high, top] = scalars(0.4, 0.6, 4) as [Tensor, Tensor, Tensor];
      return [
        dropProbability(low, high, 0.4, 0.5),
        dropProbability(high, low, 0.4, 0.5),
        dropProbability(top, low, 0.4, 0.5),
      ];
    });
    expect(behind).toBe(0);
    expect(ahead).toBeCloseTo(0.4 * (1 + 0.5 * Math.tanh(0.5)), 9);
    expect(far).toBeCloseTo(0.6, 5);
  });

  it("PMR speeds up the modality behind by its lag, at most by 1", () => {
    const found = valuesOf((scalars) => {
      const [a, b, c] = scalars(0.4, 0.6, 4) as [Tensor, Tensor, Tensor];
      return [lag(a, b), lag(b, a), lag(a, c)];
    });
    expect(found[0]).toBeCloseTo(0.5, 9);
    expect(found.slice(1)).toEqual([0, 1]);
  });
});
