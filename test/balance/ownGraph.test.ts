/** @module Gradient surgery on graphs that are not the trainer's, against values computed by hand. */

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { combinedGradients, surgery, type SurgeryMethod } from "../../src/balance/index.js";
import { ConfigError } from "../../src/errors.js";
import { mul, square } from "../../src/graph/functions/elementwise.js";
import { matmul } from "../../src/graph/functions/linear.js";
import { sum } from "../../src/graph/functions/reduce.js";
import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { evaluate, floats } from "./harness.js";

/** A parameter with losses whose gradients are the rows, whatever its value. */
function linearLosses(...rows: readonly (readonly number[])[]) {
  const graph = new Graph();
  const width = rows[0]!.length;
  const w = graph.state("w", [width], new Float32Array(width), "float32");
  const losses = Object.fromEntries(
    rows.map((row, at) => [`l${at}`, sum(mul(w, graph.constant("float32", [width], row)))]),
  );
  return { graph, w, losses };
}

/** What a graph computes of combined gradients: the gradient of its parameter, and the weights. */
async function computed(
  { graph, w, losses }: ReturnType<typeof linearLosses>,
  method: string | SurgeryMethod,
  options: object = {},
) {
  const { gradients, weights } = combinedGradients({ losses, parameters: [w], method, options });
  const outputs: Record<string, Tensor> = { ...weights, gradient: gradients.get(w)! };
  const { gradient = [], ...found } = await evaluate(graph, outputs);
  return { gradient, weights: Object.values(found).map(([weight]) => weight!) };
}

const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, at) => {
    expect(found[at]).toBeCloseTo(value, 4);
  });
};

describe("two gradients that conflict, (3, 0) and (-1, 2)", () => {
  const pair = () => linearLosses([3, 0], [-1, 2]);
  // On the line through both the nearest point to 0: w = (5 + 3) / (9 + 5 + 6).
  const share = (1 + Math.sqrt(5)) / (4 + 8 / Math.sqrt(5));

  test.each([
    ["mgda", [0.4, 0.6]],
    // Each off the other: 1 + 3/9 and 1 + 3/5, halved.
    ["upgrad", [2 / 3, 0.8]],
    // Equal lengths along both: 4 a - 1 = (5 - 8 a) / sqrt 5.
    ["imtl-g", [share, 1 - share]],
  ] as const)("%s", async (method, [first, second]) => {
    const { gradient, weights } = await computed(pair(), method);
    close(weights, [first, second]);
    close(gradient, [3 * first - second, 2 * second]);
  });

  test("a surgery of the program's own, with options", async () => {
    const longest = surgery({
      ...{ name: "fixed", summary: "", source: "this test" },
      options: z.strictObject({ first: z.number().default(2) }),
      weigh: ({ gramian, losses: [loss] }, { first }) => ({
        weights: [loss!.graph.scalar(first), mul(gramian[0]![1]!, -1)],
      }),
    });
    // <g_0, g_1> = -3.
    close((await computed(pair(), longest)).gradient, [3 * 2 - 3, 2 * 3]);
    close((await computed(pair(), longest, { first: 0 })).gradient, [-3, 6]);
    await expect(computed(pair(), longest, { second: 1 })).rejects.toThrow(
      'fixed has no option "second"',
    );
  });
});

test("any number of losses, where the method is for any", async () => {
  // Orthogonal: each weighs by its inverse square.
  const four = linearLosses([1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]);
  const { weights } = await computed(four, "mgda");
  close(weights, [0.4, 0.1, 0.1, 0.4]);
});

test("layers over a batch: gradients over all parameters together", async () => {
  const graph = new Graph();
  const x = graph.input("x", "float32", ["batch", 2]);
  const w = graph.state("w", [2, 1], Float32Array.of(1, -1), "float32");
  const scale = graph.state("scale", [], Float32Array.of(1), "float32");
  const unused = graph.state("unused", [], Float32Array.of(1), "float32");
  const y = mul(matmul(x, w), scale);
  const { gradients, gramian } = combinedGradients({
    losses: { linear: sum(y), squared: sum(square(y)) },
    parameters: [w, scale, unused],
    method: "mgda",
  });
  expect(gradients.has(unused)).toBe(false);
  const flat = (rows: readonly (readonly Tensor[])[]): Record<string, Tensor> =>
    Object.fromEntries(rows.flatMap((row, i) => row.map((value, j) => [`g${i}${j}`, value])));
  const outputs: Record<string, Tensor> = {
    ...flat(gramian),
    ...{ w: gradients.get(w)!, scale: gradients.get(scale)! },
  };
  const found = await evaluate(graph, outputs, { x: floats([2, 2], [1, 2, 3, 4]) });
  // y = (-1, -1): gradients (4, 6 | -2) and (-8, -12 | 4), opposite and twice as long.
  close([found["g00"]![0]!, found["g01"]![0]!, found["g11"]![0]!], [56, -112, 224]);
  for (const value of [...found["w"]!, ...found["scale"]!])
    expect(Math.abs(value)).toBeLessThan(0.01);
});

test("a method that draws and remembers is served by whoever runs the graph", async () => {
  const { graph, w, losses } = linearLosses([1, 0], [-1, 1], [0, 2]);
  const call = { losses, parameters: [w] };
  expect(() => combinedGradients({ ...call, method: "pcgrad" })).toThrow(
    "pcgrad needs services.noise, which is not given.",
  );
  const services = {
    noise: (name: string, shape: readonly (number | string)[]) =>
      graph.input(`noise.${name}`, "float32", shape),
    memory: (name: string, shape: readonly number[], initial: number) =>
      graph.state(`memory.${name}`, shape, Float32Array.of(initial), "float32"),
  };
  const { weights } = combinedGradients({ ...call, method: "pcgrad", services });
  const found = await evaluate(graph, weights, { "noise.pcgrad": floats([3], [0.1, 0.1, 0.1]) });
  // g_0 and g_1 conflict: g_0 + g_1 / 2, g_1 + g_0; g_2 conflicts with none.
  close([found["l0"]![0]!, found["l1"]![0]!, found["l2"]![0]!], [2, 1.5, 1]);
  const { memory } = combinedGradients({ ...call, method: "gradnorm", services });
  expect(Object.keys(memory)).toContain("weight.task");
});

test.each([
  ["mgd", 'Unknown method "mgd".'],
  ["balgrad", "balgrad is no gradient surgery"],
  ["pcgrad", "pcgrad combines 3 losses, got 2."],
])("%s is refused", (method, message) => {
  const { w, losses } = linearLosses([1, 0], [0, 1]);
  const call = () => combinedGradients({ losses, parameters: [w], method });
  expect(call).toThrow(ConfigError);
  expect(call).toThrow(message);
});

test("fewer than two losses, other graphs and computed parameters are refused", () => {
  const { w, losses } = linearLosses([1, 0], [0, 1]);
  const other = linearLosses([1, 0]);
  const call = (own: Record<string, Tensor>, parameters: readonly Tensor[]) => () =>
    combinedGradients({ losses: own, parameters, method: "mgda" });
  expect(call({ only: losses["l0"]! }, [w])).toThrow("mgda combines at least 2 losses, got 1.");
  expect(call({}, [])).toThrow("mgda combines at least 2 losses, got 0.");
  expect(call(losses, [other.w])).toThrow("of several graphs");
  expect(call(losses, [mul(w, 2)])).toThrow("parameters[0] is computed by Mul");
});
