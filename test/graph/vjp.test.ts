/** @module Every derivative rule against central differences, and the runtime against the rules. */

import { describe, expect, it } from "vitest";

import { backwardFrom, gradientOf } from "../../src/graph/autodiff.js";
import type { DType } from "../../src/graph/dtype.js";
import { gelu } from "../../src/graph/functions/elementwise.js";
import { matmul } from "../../src/graph/functions/linear.js";
import { Graph } from "../../src/graph/graph.js";
import type { Shape } from "../../src/graph/shape.js";
import type { OpName } from "../../src/graph/infer/rules.js";
import { vjpRules } from "../../src/graph/vjp/rules.js";
import { noCotangent } from "../../src/graph/vjp/rule.js";
import { writeFunction } from "../../src/graph/onnx/write.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import { expectClose, numbersOf, runtime } from "../balance/harness.js";
import { type Feed, nodesOf, prepare } from "../reference/evaluate.js";
import { DENSE } from "./denseCases.js";
import { buildCase, centralDifferences } from "./derivatives.js";
import { PLACED } from "./placedCases.js";

const CASES = [...DENSE, ...PLACED].map((one) => [one.name, one] as const);

const WITHOUT_COTANGENT: readonly OpName[] = [
  ...(["StopGradient", "Floor", "Not", "And", "Shape", "ArgMax", "ArgMin"] as const),
  ...(["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"] as const),
];

describe("vector-Jacobian products", () => {
  it.each(CASES)("of %s agree with central differences", (_, one) => {
    const built = buildCase(one, "float64");
    const found = prepare(built.gradients)(built.feeds);
    built.names.forEach((name, at) => {
      expect(found[at]!.shape).toEqual(built.feeds[name]!.shape);
      expectClose(Array.from(found[at]!.data), centralDifferences(built, name), 1e-7, name);
    });
  });

  it("are checked here for every operator that has one", () => {
    const used = CASES.flatMap(([, one]) => nodesOf([buildCase(one, "float64").result]));
    const covered = new Set<string>(used.map(({ op }) => op));
    const rules = Object.keys(vjpRules) as OpName[];
    const expected = rules.filter((op) => !WITHOUT_COTANGENT.includes(op));
    expect(expected.filter((op) => !covered.has(op))).toEqual([]);
    const none = rules.filter((op) => vjpRules[op] === noCotangent);
    expect(none.toSorted()).toEqual(WITHOUT_COTANGENT.toSorted());
  });
});

describe("the gradient of a weight", () => {
  /** Operators that the gradient of a weight needs, where it is applied to what GELU makes of an input. */
  const operators = (shape: Shape): string[] => {
    const graph = new Graph();
    const w = graph.input("w", "float32", [4, 2]);
    const y = matmul(gelu(graph.input("x", "float32", shape)), w);
    const cotangents = new Map([[y, graph.input("cotangent", "float32", y.shape)]]);
    return nodesOf([gradientOf(backwardFrom(cotangents, [w]).get(w)!)!]).map(({ op }) => op);
  };

  it("does not keep the activations of a sequence, only what they are made of", () => {
    expect(operators(["batch", 3, 4])).toContain("Erf");
    expect(operators(["batch", 3, 4])).not.toContain("Gelu");
  });

  it("keeps those of a matrix", () => {
    expect(operators(["batch", 4])).toContain("Gelu");
  });
});

describe("the runtime", () => {
  const tensorOf = (dtype: DType, { shape, data }: Feed): HostTensor => ({
    dtype,
    shape,
    data:
      dtype === "int64" ? BigInt64Array.from(Array.from(data), BigInt) : Float32Array.from(data),
  });

  it.each(CASES)("computes %s and its gradients as the reference does", async (_, one) => {
    const built = buildCase(one, "float32");
    const outputs = [built.result, ...built.gradients];
    const { graph } = built.result;
    const feeds = Object.fromEntries(
      Object.entries(built.feeds).map(([name, feed]) => [
        name,
        tensorOf(graph.inputs.get(name)!.dtype, feed),
      ]),
    );
    const names = outputs.map((output, at) => [`output ${at}`, output] as const);
    const model = writeFunction(Object.fromEntries(names));
    const session = await runtime.createSession(model);
    const results = await session.run(
      Object.fromEntries(model.inputs.map((name) => [name, feeds[name]!])),
    );
    await session.release();
    prepare(outputs)(built.feeds).forEach(({ shape, data }, at) => {
      const result = results[`output ${at}`]!;
      expect(result.shape).toEqual(shape);
      expectClose(numbersOf(result), Array.from(data), 2e-5, `output ${at}`);
    });
  });
});
