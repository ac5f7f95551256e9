/** @module Checks gradients of a case against central differences, in float64. */

import type { DType } from "../../src/graph/dtype.js";
import { gradients } from "../../src/graph/autodiff.js";
import { mul } from "../../src/graph/functions/elementwise.js";
import { sum } from "../../src/graph/functions/reduce.js";
import { Graph } from "../../src/graph/graph.js";
import type { Shape } from "../../src/graph/shape.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { randomStream } from "../../src/random.js";
import { type Feed, type Feeds, prepare } from "../reference/evaluate.js";

/** Where an input's values lie. */
export type Domain = "normal" | "positive" | "apart";

/** An input of a case: differentiable with random values, or integers that are given. */
export type CaseInput =
  | { readonly shape: Shape; readonly domain: Domain }
  | { readonly shape: Shape; readonly integers: readonly number[] };

/** A function to differentiate. */
export interface Case {
  readonly name: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  readonly build: (inputs: Readonly<Record<string, Tensor>>) => Tensor;
}

/** Sizes behind the symbols that cases may use in their shapes. */
export const SYMBOLS: Readonly<Record<string, number>> = { batch: 3, tokens: 2 };

/** Numbers of either sign. */
export const normal = (...shape: Shape): CaseInput => ({ shape, domain: "normal" });
/** Numbers of at least one half. */
export const positive = (...shape: Shape): CaseInput => ({ shape, domain: "positive" });
/** Numbers that keep a distance of 0.1 from one another and 0.05 from zero: no kink is near. */
export const apart = (...shape: Shape): CaseInput => ({ shape, domain: "apart" });
/** Given integers. */
export const given = (shape: Shape, integers: readonly number[]): CaseInput => ({
  shape,
  integers,
});

const sizesOf = (shape: Shape): number[] =>
  shape.map((dim) => (typeof dim === "number" ? dim : SYMBOLS[dim]!));

function valuesOf(name: string, input: CaseInput): number[] {
  if ("integers" in input) return [...input.integers];
  const count = sizesOf(input.shape).reduce((product, size) => product * size, 1);
  const random = randomStream(7, name, count);
  if (input.domain === "apart") {
    const shuffled = Array.from({ length: count }, (_, at) => [random.uniform(), at] as const)
      .sort(([a], [b]) => a - b)
      .map(([, at]) => at);
    return shuffled.map((at) => 0.1 * (at - Math.floor(count / 2)) + 0.05);
  }
  return Array.from({ length: count }, () => {
    const value = random.normal();
    return input.domain === "positive" ? 0.5 + Math.abs(value) : value;
  });
}

/** A case's graph: its result, a scalar made of it by random weights, and that scalar's gradients. */
export interface BuiltCase {
  readonly result: Tensor;
  readonly loss: Tensor;
  /** Names of the differentiable inputs. */
  readonly names: readonly string[];
  readonly gradients: readonly Tensor[];
  readonly feeds: Feeds;
}

const WEIGHTS = "weights of the result";

/** Builds a case with one element type throughout. */
export function buildCase({ inputs, build }: Case, dtype: DType): BuiltCase {
  const graph = new Graph();
  const feeds: Record<string, Feed> = {};
  const tensors: Record<string, Tensor> = {};
  for (const [name, input] of Object.entries(inputs)) {
    tensors[name] = graph.input(name, "integers" in input ? "int64" : dtype, input.shape);
    feeds[name] = { shape: sizesOf(input.shape), data: valuesOf(name, input) };
  }
  const result = build(tensors);
  const shape = prepare([result])(feeds)[0]!.shape;
  const weights = normal(...shape);
  feeds[WEIGHTS] = { shape, data: valuesOf(WEIGHTS, weights) };
  const loss = sum(mul(result, graph.input(WEIGHTS, dtype, result.shape)));
  const names = Object.keys(inputs).filter((name) => "domain" in inputs[name]!);
  const found = gradients(
    loss,
    names.map((name) => tensors[name]!),
  );
  const missing = names.filter((_, at) => !found[at]);
  if (missing.length > 0) throw new Error(`no gradient of ${missing.join(", ")}.`);
  return { result, loss, names, gradients: found as Tensor[], feeds };
}

// Of a central difference the error is h^2 f''' / 6 + rounding / h: both about 1e-10 here.
const STEP = 1e-5;

/** Gradient of the loss by one input, by central differences. */
export function centralDifferences(built: BuiltCase, name: string): number[] {
  const run = prepare([built.loss]);
  const feed = built.feeds[name]!;
  const at = (index: number, value: number): number => {
    const data = Float64Array.from(feed.data);
    data[index]! += value;
    return run({ ...built.feeds, [name]: { ...feed, data } })[0]!.data[0]!;
  };
  return Array.from(feed.data, (_, index) => (at(index, STEP) - at(index, -STEP)) / (2 * STEP));
}
