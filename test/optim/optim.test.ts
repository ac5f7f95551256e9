/** @module AdamW against its algorithm in plain numbers, clipping and the schedule. */

import { describe, expect, it } from "vitest";

import { Graph } from "../../src/graph/graph.js";
import { adamWScalars, adamWUpdate } from "../../src/optim/adamw.js";
import { clipByGlobalNorm, globalNorm } from "../../src/optim/clipping.js";
import { learningRateAt } from "../../src/optim/schedule.js";
import { expectClose } from "../balance/harness.js";
import { evaluate } from "../reference/evaluate.js";

const OPTIONS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
const GRADIENTS = [
  [0.5, -2, 0],
  [-0.25, 1, 3],
  [4, 0.001, -1],
];

/** Algorithm 2 of Loshchilov and Hutter (2019), element by element. */
function plainAdamW(parameter: readonly number[], rate: number, decay: boolean): number[] {
  const { beta1, beta2, epsilon, weightDecay } = OPTIONS;
  return parameter.map((start, at) => {
    let [value, m, v] = [start, 0, 0];
    GRADIENTS.forEach((gradient, index) => {
      const t = index + 1;
      const g = gradient[at]!;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const step = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      value -= rate * (step + (decay ? weightDecay * value : 0));
    });
    return value;
  });
}

describe("AdamW", () => {
  it.each([true, false])("is its algorithm over three steps, decay %s", (decay) => {
    const graph = new Graph();
    const vector = (name: string) => graph.input(name, "float64", [3]);
    const scalar = (name: string) => graph.input(name, "float64", []);
    const after = adamWUpdate(
      { parameter: vector("parameter"), mean: vector("mean"), variance: vector("variance") },
      vector("gradient"),
      adamWScalars({ learningRate: scalar("rate"), step: scalar("step") }, OPTIONS),
      OPTIONS,
      decay,
    );
    let state: number[][] = [
      [1, -2, 3],
      [0, 0, 0],
      [0, 0, 0],
    ];
    const start = state[0]!;
    GRADIENTS.forEach((gradient, index) => {
      const [parameter, mean, variance] = state.map((data) => ({ shape: [3], data }));
      const results = evaluate([after.parameter, after.mean, after.variance], {
        parameter: parameter!,
        mean: mean!,
        variance: variance!,
        gradient: { shape: [3], data: gradient },
        rate: { shape: [], data: [0.01] },
        step: { shape: [], data: [index + 1] },
      });
      state = results.map(({ data }) => Array.from(data));
    });
    expectClose(state[0]!, plainAdamW(start, 0.01, decay), 1e-6, "parameter");
  });
});

describe("clipping", () => {
  const clipped = (limit: number, scale: number): number[] => {
    const graph = new Graph();
    const parts = [graph.input("a", "float64", [2]), graph.input("b", "float64", [])];
    const outputs = clipByGlobalNorm(parts, globalNorm(parts), limit);
    const feeds = {
      a: { shape: [2], data: [2 * scale, 3 * scale] },
      b: { shape: [], data: [6 * scale] },
    };
    return evaluate(outputs, feeds).flatMap(({ data }) => Array.from(data));
  };

  it("scales down to the limit, keeps the direction, and leaves short gradients alone", () => {
    expectClose(clipped(3.5, 1), [1, 1.5, 3], 1e-9, "clipped");
    expect(clipped(8, 1)).toEqual([2, 3, 6]);
    expect(clipped(1, 0)).toEqual([0, 0, 0]);
  });
});

describe("the schedule", () => {
  const options = { learningRate: 0.2, warmup: 0.1, finalRate: 0.25, totalSteps: 100 };

  it("rises linearly, falls by a cosine and stays at the final rate", () => {
    const at = (step: number) => learningRateAt(step, options);
    expect(at(1)).toBeCloseTo(0.02, 12);
    expect(at(10)).toBeCloseTo(0.2, 12);
    expect(at(55)).toBeCloseTo((0.2 + 0.05) / 2, 12);
    expect(at(100)).toBeCloseTo(0.05, 12);
    expect(at(150)).toBeCloseTo(0.05, 12);
  });

  it("needs no warm-up", () => {
    expect(learningRateAt(1, { ...options, warmup: 0, totalSteps: 1 })).toBeCloseTo(0.05, 12);
  });
});
