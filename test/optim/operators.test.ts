/** @module The optimizer as operators: known values, and those of the kernel. */

import { describe, expect, it } from "vitest";

import { Graph } from "../../src/graph/graph.js";
import type { AdamWOptions } from "../../src/optim/adamw.js";
import { adamWUpdate, clippingFactor, globalNorm, stepFactors } from "../../src/optim/operators.js";
import { Optimizer } from "../../src/optim/optimizer.js";
import { randomStream } from "../../src/random.js";
import { evaluate, numbersOf } from "../balance/harness.js";

const OPTIONS: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
const SIZE = 6;
const CLIP = 0.5;
const RATE = 0.1;

const random = randomStream(1, "operators");
const normals = (): number[] => Array.from({ length: SIZE }, () => random.normal());

/** One step by operators, from moments that are given. */
async function byOperators(
  values: Record<"parameter" | "mean" | "variance" | "gradient", readonly number[]>,
  step: number,
  { decays, rate }: { readonly decays: boolean; readonly rate: number },
) {
  const graph = new Graph();
  const tensor = (data: readonly number[]) => graph.constant("float32", [2, 3], data);
  const factors = stepFactors(OPTIONS, step, RATE);
  const gradient = tensor(values.gradient);
  const next = adamWUpdate(
    OPTIONS,
    {
      rate: graph.scalar(factors.rate),
      epsilon: graph.scalar(factors.epsilon),
      decay: graph.scalar(factors.decay),
    },
    {
      parameter: tensor(values.parameter),
      mean: tensor(values.mean),
      variance: tensor(values.variance),
    },
    { gradient, rate, decays, scale: clippingFactor(globalNorm([gradient]), CLIP) },
  );
  return evaluate(graph, { ...next });
}

describe("AdamW as operators", () => {
  it("moves a parameter by the learning rate in its first step, after its decay", async () => {
    const zeros = new Array<number>(SIZE).fill(0);
    const { parameter } = await byOperators(
      {
        parameter: new Array<number>(SIZE).fill(1),
        mean: zeros,
        variance: zeros,
        gradient: [3, -3, 3, -3, 3, -3],
      },
      1,
      { decays: true, rate: 1 },
    );
    // 1 (1 - 0.1 * 0.1) - 0.1 * sign of the gradient.
    parameter.forEach((value, at) => {
      expect(value).toBeCloseTo(at % 2 === 0 ? 0.89 : 1.09, 5);
    });
  });

  it.each([
    { decays: true, rate: 1 },
    { decays: false, rate: 0.25 },
  ])("takes the kernel's steps: $decays, $rate", async ({ decays, rate }) => {
    const one = { name: "w", shape: [2, 3], rate, decays, probe: false };
    const kernel = new Optimizer([one], { ...OPTIONS, clipNorm: CLIP, accumulates: false });
    kernel.restore(
      new Map([["w", { dtype: "float32", shape: [2, 3], data: Float32Array.from(normals()) }]]),
    );
    for (let step = 1; step <= 3; step++) {
      const now = (suffix: string): number[] => numbersOf(kernel.state.get(`w${suffix}`)!);
      const gradient = normals();
      const before = { parameter: now(""), mean: now(".mean"), variance: now(".variance") };
      const found = await byOperators({ ...before, gradient }, step, { decays, rate });
      (kernel.gradient("w").data as Float32Array).set(gradient);
      kernel.update({ step, learningRate: RATE, norms: kernel.norms("gradient") });
      const wanted = { parameter: now(""), mean: now(".mean"), variance: now(".variance") };
      for (const part of ["parameter", "mean", "variance"] as const) {
        found[part].forEach((value, at) => {
          expect(value, `${part} at step ${String(step)}`).toBeCloseTo(wanted[part][at]!, 5);
        });
      }
    }
  });
});

describe("the global norm", () => {
  it("is that of all values, of any rank, and limits the factor of gradients", async () => {
    const graph = new Graph();
    const tensors = [
      graph.constant("float32", [2, 2], [1, 2, 3, 1]),
      graph.constant("float32", [1], [1]),
      graph.constant("float32", [], [3]),
    ];
    const norm = globalNorm(tensors);
    const { of, clipped, kept } = await evaluate(graph, {
      of: norm,
      clipped: clippingFactor(norm, 1),
      kept: clippingFactor(norm, 10),
    });
    expect(of).toEqual([5]);
    expect(clipped[0]).toBeCloseTo(0.2, 6);
    expect(kept).toEqual([1]);
  });
});
