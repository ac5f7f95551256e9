/** @module Losses against their definitions and central differences, layers against hand cases. */

import { describe, expect, it } from "vitest";

import { constantPredictionLoss } from "../../src/model/objectives.js";
import { Graph } from "../../src/graph/graph.js";
import { sum } from "../../src/graph/functions/reduce.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { dropout, embeddingBag, selfAttention } from "../../src/nn/layers.js";
import { classificationLosses, maskedMean } from "../../src/nn/losses.js";
import { ParameterScope } from "../../src/nn/parameters.js";
import { randomStream } from "../../src/random.js";
import { expectClose } from "../balance/harness.js";
import { buildCase, type Case, centralDifferences, normal } from "../graph/derivatives.js";
import { evaluate, type Feeds, prepare } from "../reference/evaluate.js";

const TARGETS = {
  "single-label": [1, 0, 0, 0, 0, 1, 0, 1, 0],
  "multi-label": [1, 1, 0, 0, 0, 0, 0, 1, 1],
};
const TEACHER = [0.3, -1.2, 2, 0.1, 0.5, -0.4, -2, 1.5, 0];
const TASKS = ["single-label", "multi-label"] as const;

const constant = (like: Tensor, values: readonly number[]): Tensor =>
  like.graph.constant(like.dtype, [3, 3], values);

const chunks = (values: readonly number[]): number[][] =>
  [0, 3, 6].map((start) => values.slice(start, start + 3));

/** Probabilities of each label's outcomes, by the definitions. */
function outcomes(labelKind: (typeof TASKS)[number], row: readonly number[]): number[] {
  if (labelKind === "multi-label")
    return row.flatMap((x) => [1 / (1 + Math.exp(-x)), 1 / (1 + Math.exp(x))]);
  const total = row.reduce((sumOf, x) => sumOf + Math.exp(x), 0);
  return row.map((x) => Math.exp(x) / total);
}

const run = (output: Tensor, feeds: Feeds): number[] =>
  Array.from(evaluate([output], feeds)[0]!.data);

describe.each(TASKS)("%s losses", (labelKind) => {
  const { crossEntropy, divergence } = classificationLosses(labelKind);
  const logits = [1, -1, 0.5, 2, 0.1, -3, 0, 0.7, 0.2];
  const feeds = { logits: { shape: [3, 3], data: logits } };
  const fresh = () => new Graph().input("logits", "float64", [3, 3]);

  it("are the log likelihood and the divergence of their definitions", () => {
    const x = fresh();
    const expected = chunks(logits).map((row, at) => {
      const targets = chunks(TARGETS[labelKind])[at]!;
      const wanted = labelKind === "multi-label" ? targets.flatMap((t) => [t, 1 - t]) : targets;
      return outcomes(labelKind, row).reduce((total, p, i) => total - wanted[i]! * Math.log(p), 0);
    });
    expectClose(
      run(crossEntropy(x, constant(x, TARGETS[labelKind])), feeds),
      expected,
      1e-12,
      "loss",
    );
    const divergences = chunks(logits).map((row, at) => {
      const teacher = outcomes(labelKind, chunks(TEACHER)[at]!);
      const student = outcomes(labelKind, row);
      return teacher.reduce((total, p, i) => total + p * Math.log(p / student[i]!), 0);
    });
    expectClose(run(divergence(constant(x, TEACHER), x), feeds), divergences, 1e-12, "divergence");
  });

  it.each([
    ["cross-entropy", (x: Tensor) => crossEntropy(x, constant(x, TARGETS[labelKind]))],
    ["divergence", (x: Tensor) => divergence(constant(x, TEACHER), x)],
  ])("have the gradients of central differences: %s", (_, loss) => {
    const one: Case = { name: "loss", inputs: { x: normal(3, 3) }, build: ({ x }) => loss(x!) };
    const built = buildCase(one, "float64");
    const [found] = prepare(built.gradients)(built.feeds);
    expectClose(Array.from(found!.data), centralDifferences(built, "x"), 1e-7, "gradient");
  });

  it("stay finite for logits of any size", () => {
    const x = fresh();
    const huge = { logits: { shape: [3, 3], data: logits.map((value) => value * 1e4) } };
    for (const loss of [
      crossEntropy(x, constant(x, TARGETS[labelKind])),
      divergence(constant(x, TEACHER), x),
    ]) {
      expect(run(loss, huge).every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    }
  });
});

describe("a masked mean", () => {
  it("counts what the mask keeps, and is 0 where it keeps nothing", () => {
    const graph = new Graph();
    const values = graph.input("values", "float64", ["batch"]);
    const mask = graph.input("mask", "float64", ["batch"]);
    const mean = (kept: readonly number[]) =>
      run(maskedMean(values, mask), {
        values: { shape: [3], data: [2, 4, 9] },
        mask: { shape: [3], data: kept },
      });
    expect(mean([1, 1, 0])).toEqual([3]);
    expect(mean([0, 0, 0])).toEqual([0]);
  });
});

describe("the loss of the best constant prediction", () => {
  it("is the entropy of the labels", () => {
    const targets = Float32Array.of(1, 0, 1, 0, 0, 1, 0, 1);
    const single = constantPredictionLoss(targets, { labelKind: "single-label", classes: 2 });
    expect(single).toBeCloseTo(Math.log(2), 12);
    const multi = constantPredictionLoss(targets, { labelKind: "multi-label", classes: 2 });
    expect(multi).toBeCloseTo(2 * Math.log(2), 12);
  });
});

/** Initial values of a graph's parameters as feeds. */
const parametersOf = (graph: Graph): Feeds =>
  Object.fromEntries(
    [...graph.states.values()].map(({ name, tensor, initial }) => [
      name,
      { shape: tensor.shape as number[], data: Array.from(initial as Float32Array) },
    ]),
  );

describe("layers", () => {
  it("dropout zeroes by the noise, and keeps the expectation", () => {
    const graph = new Graph();
    const x = graph.input("x", "float64", [20_000]);
    const noise = graph.input("noise", "float64", [20_000]);
    const random = randomStream(1, "noise");
    const uniform = Array.from({ length: 20_000 }, () => random.uniform());
    const dropped = run(dropout(x, noise, 0.3), {
      x: { shape: [20_000], data: new Array<number>(20_000).fill(2) },
      noise: { shape: [20_000], data: uniform },
    });
    expect(dropped.map((value) => value === 0)).toEqual(uniform.map((value) => value <= 0.3));
    const mean = dropped.reduce((total, value) => total + value, 0) / dropped.length;
    expect(mean).toBeCloseTo(2, 1);
  });

  it("an embedding bag sums what is there, by the length of its counts or their number", () => {
    const graph = new Graph();
    const scope = ParameterScope.root(graph, 1).child("bag");
    const tokens = graph.input("tokens", "int32", ["batch", "tokens"]);
    const bag = embeddingBag(scope, tokens, { ids: 4, width: 2 });
    const mean = embeddingBag(scope, tokens, { ids: 4, width: 2, scale: "mean" });
    const parameters = parametersOf(graph);
    const table = Array.from(parameters["bag.table"]!.data);
    const row = (id: number) => table.slice(2 * id, 2 * id + 2);
    // Padding takes no part, and a row without ids gives zeros.
    const feeds = { ...parameters, tokens: { shape: [3, 3], data: [1, 1, 3, 2, 0, 0, 0, 0, 0] } };
    const sums = row(1).map((value, at) => 2 * value + row(3)[at]!);
    const divided = (by: number) => [...sums.map((value) => value / by), ...row(2), 0, 0];
    expectClose(run(bag, feeds), divided(Math.sqrt(5)), 1e-6, "by length");
    expectClose(run(mean, feeds), divided(3), 1e-6, "mean");
  });

  it("self-attention does not mind the order of its sequence", () => {
    const graph = new Graph();
    const x = graph.input("x", "float32", ["batch", 2, 4]);
    const scope = ParameterScope.root(graph, 1).child("attention");
    const pooled = sum(selfAttention(scope, x, 2), { axes: [1] });
    const parameters = parametersOf(graph);
    const values = [0.1, -0.3, 0.7, 1.1, -0.9, 0.4, 0.2, -0.5];
    const of = (data: readonly number[]) =>
      run(pooled, { ...parameters, x: { shape: [1, 2, 4], data } });
    expectClose(of([...values.slice(4), ...values.slice(0, 4)]), of(values), 1e-12, "pooled");
  });
});
