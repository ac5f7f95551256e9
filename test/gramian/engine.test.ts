/** @module Inner products and combinations by factors against gradients that were formed. */

import { describe, expect, it } from "vitest";

import { gradients } from "../../src/graph/autodiff.js";
import { mul, sqrt } from "../../src/graph/functions/elementwise.js";
import { matmul } from "../../src/graph/functions/linear.js";
import { sum } from "../../src/graph/functions/reduce.js";
import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { GradientEngine, type InnerPath } from "../../src/gramian/engine.js";
import { zeros } from "../../src/nn/initializers.js";
import { ParameterScope } from "../../src/nn/parameters.js";
import { randomStream } from "../../src/random.js";
import { dot, evaluate, expectClose, floats } from "../balance/harness.js";
import { buildNetwork, FACTORED, FORMED, type Network } from "./cases.js";

// Of inner products, relative to the product of the two gradients' norms (Cauchy-Schwarz); of
// gradients, relative to the largest absolute element. Float32 sums of at most some hundred terms.
const TOLERANCE = 1e-5;
const PATHS: readonly InnerPath[] = ["factored", "materialised", "auto"];
const CASES = Object.entries({ ...FACTORED, ...FORMED });

const pairsOf = (names: readonly string[]) =>
  names.flatMap((a) => names.map((b) => [a, b] as const));

/** Gradients of every loss, over all parameters in one vector; zeros where a loss does not reach. */
async function plainGradients({ graph, losses, parameters, feeds }: Network) {
  const wanted: Record<string, Tensor> = {};
  for (const [name, loss] of Object.entries(losses)) {
    gradients(
      loss,
      parameters.map(({ tensor }) => tensor),
    ).forEach((gradient, at) => {
      if (gradient) wanted[`${name}/${parameters[at]!.name}`] = gradient;
    });
  }
  const found = await evaluate(graph, wanted, feeds);
  return (loss: string, parameter: string): number[] => {
    const { tensor } = parameters.find(({ name }) => name === parameter)!;
    const size = (tensor.shape as number[]).reduce((product, dim) => product * dim, 1);
    return found[`${loss}/${parameter}`] ?? new Array<number>(size).fill(0);
  };
}

/** The Gramian and one combination by an engine. */
async function byEngine(network: Network, path: InnerPath, coefficients: Record<string, number>) {
  const { graph, losses, parameters, feeds } = network;
  const engine = new GradientEngine(losses, parameters, { path, nominal: { batch: 4 } });
  const names = Object.keys(losses);
  const wanted: Record<string, Tensor> = {};
  engine.gramian(names, parameters).forEach((row, i) => {
    row.forEach((inner, j) => (wanted[`inner/${names[i]!}${names[j]!}`] = inner));
  });
  for (const parameter of parameters) {
    const combined = engine.combine(parameter, coefficients);
    if (combined) wanted[parameter.name] = combined;
  }
  return evaluate(graph, wanted, feeds);
}

describe.each(CASES)("%s", (_, build) => {
  it.each(PATHS)("has the inner products and combinations of plain gradients, %s", async (path) => {
    const network = buildNetwork(build);
    const names = Object.keys(network.losses);
    const gradient = await plainGradients(network);
    const whole = (loss: string) => network.parameters.flatMap(({ name }) => gradient(loss, name));
    const coefficients = Object.fromEntries(names.map((name, at) => [name, [0.5, -2, 3][at]!]));
    const found = await byEngine(network, path, coefficients);
    for (const [a, b] of pairsOf(names)) {
      const scale = Math.sqrt(dot(whole(a), whole(a)) * dot(whole(b), whole(b)));
      const expected = dot(whole(a), whole(b));
      expectClose(found[`inner/${a}${b}`]!, [expected], TOLERANCE, `<${a}, ${b}>`, scale);
    }
    for (const { name } of network.parameters) {
      const expected = gradient(names[0]!, name).map((__, at) =>
        names.reduce((sum, loss) => sum + coefficients[loss]! * gradient(loss, name)[at]!, 0),
      );
      expectClose(found[name]!, expected, TOLERANCE, name);
    }
  });
});

describe.each(Object.entries(FACTORED))("the Gramian of %s", (_, build) => {
  it("is symmetric and positive semidefinite", async () => {
    const network = buildNetwork(build, 2);
    const names = Object.keys(network.losses);
    const found = await byEngine(network, "factored", {});
    const G = names.map((a) => names.map((b) => found[`inner/${a}${b}`]![0]!));
    for (const i of names.keys()) for (const j of names.keys()) expect(G[i]![j]).toBe(G[j]![i]);
    const trace = G.reduce((sum, row, i) => sum + row[i]!, 0);
    const random = randomStream(1, "quadratic form");
    for (let round = 0; round < 100; round++) {
      const x = names.map(() => random.normal());
      const form = x.reduce((sum, xi, i) => sum + xi * dot(G[i]!, x), 0);
      expect(form).toBeGreaterThanOrEqual(-TOLERANCE * trace * dot(x, x));
    }
  });
});

describe("GradientEngine", () => {
  const build = FACTORED["a parameter that one loss reaches"]!;

  it("says which losses reach a parameter", () => {
    const { losses, parameters } = buildNetwork(build);
    const engine = new GradientEngine(losses, parameters);
    const reached = parameters.map(({ name }, at) => [
      name,
      Object.keys(losses).filter((loss) => engine.reaches(loss, parameters[at]!)),
    ]);
    expect(reached).toEqual([
      ["net.shared", ["a", "b"]],
      ["net.own", ["a"]],
    ]);
  });

  it("combines nothing where no loss with a coefficient reaches", () => {
    const { losses, parameters } = buildNetwork(build);
    const engine = new GradientEngine(losses, parameters);
    expect(engine.combine(parameters[1]!, { b: 1 })).toBeUndefined();
    expect(engine.combine(parameters[1]!, { a: 0, b: 1 })).toBeUndefined();
    expect(engine.combine(parameters[1]!, { a: 1 })).toBeDefined();
  });

  it("gives zero for an inner product over no common parameter", async () => {
    const { graph, losses, parameters, feeds } = buildNetwork(build);
    const engine = new GradientEngine(losses, parameters);
    const inner = engine.inner("a", "b", [parameters[1]!]);
    expect(await evaluate(graph, { inner }, feeds)).toEqual({ inner: [0] });
  });

  it("refuses a parameter that it was not given", () => {
    const { losses, parameters } = buildNetwork(build);
    const engine = new GradientEngine(losses, parameters.slice(0, 1));
    expect(() => engine.inner("a", "a", parameters)).toThrow(
      "The gradient engine was not given the parameter net.own.",
    );
  });

  it.each(PATHS)("is linear in the coefficients, %s", async (path) => {
    const network = buildNetwork(FACTORED["two layers"]!);
    const one = await byEngine(network, path, { a: 1, b: -0.5 });
    const two = await byEngine(network, path, { b: 2, c: 3 });
    const both = await byEngine(network, path, { a: 10, b: -5 + 2, c: 3 });
    for (const { name } of network.parameters) {
      const expected = one[name]!.map((value, at) => 10 * value + two[name]![at]!);
      expectClose(both[name]!, expected, TOLERANCE, name);
    }
  });
});

describe("a squared norm", () => {
  // Equal rows of x and cotangents that add up to zero: the gradient is zero, its factors are not.
  it("is never negative, even where the gradient cancels", async () => {
    const [rows, size, out] = [32, 16, 8];
    const graph = new Graph();
    const scope = ParameterScope.root(graph, 1).child("net");
    const x = graph.input("x", "float32", ["batch", size]);
    const d = graph.input("d", "float32", ["batch", out]);
    const loss = sum(mul(matmul(x, scope.parameter("w", [size, out], zeros)), d));
    const engine = new GradientEngine({ loss }, scope.parameters, { path: "factored" });
    const root = sqrt(engine.inner("loss", "loss", scope.parameters));
    for (let seed = 0; seed < 20; seed++) {
      const random = randomStream(seed, "cancel");
      const row = Array.from({ length: size }, () => 3 * random.normal());
      const half = Array.from({ length: (rows * out) / 2 }, () => random.normal());
      const feeds = {
        x: floats([rows, size], Array.from({ length: rows }, () => row).flat()),
        d: floats([rows, out], [...half, ...half.map((value) => -value)]),
      };
      const norm = (await evaluate(graph, { root }, feeds)).root[0]!;
      // 1e-3: the root of float32's resolution, times the size of the terms.
      expect(norm >= 0 && norm < 1e-3 * Math.sqrt(dot(half, half) * dot(row, row))).toBe(true);
    }
  });
});
