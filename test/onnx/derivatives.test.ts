/** @module Imported files of one operator or one idiom: ONNX Runtime's results, and derivatives. */

import { describe, expect, it } from "vitest";

import { gradients } from "../../src/graph/autodiff.js";
import { isFloat } from "../../src/graph/dtype.js";
import { mul } from "../../src/graph/functions/elementwise.js";
import { sum } from "../../src/graph/functions/reduce.js";
import { Graph } from "../../src/graph/graph.js";
import { importOnnx } from "../../src/graph/onnx/import/import.js";
import { readOnnx } from "../../src/graph/onnx/read.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { randomStream } from "../../src/random.js";
import { evaluate, expectClose, numbersOf, runtime } from "../balance/harness.js";
import { type Feed, type Feeds, prepare } from "../reference/evaluate.js";
import type { FileCase } from "./case.js";
import { COMPUTED } from "./computedCases.js";
import { LAYERS } from "./layerCases.js";
import { MOVED } from "./movedCases.js";
import { makeFile, type MadeFile, originalOf } from "./made.js";
import { RESIZED } from "./resizedCases.js";
import { SHAPED } from "./shapedCases.js";

const CASES = [...COMPUTED, ...LAYERS, ...MOVED, ...RESIZED, ...SHAPED].map(
  (one) => [one.name, one] as const,
);

/** A made file in our graph; its weights are inputs of the graph, so that they have gradients. */
function imported({ feeds: given, outputs }: FileCase, { bytes, feeds }: MadeFile) {
  const graph = new Graph();
  const values: Record<string, Feed> = {};
  const inputs: Record<string, Tensor> = {};
  for (const [name, { dtype, shape }] of Object.entries(given)) {
    inputs[name] = graph.input(name, dtype, shape);
    values[name] = { shape: feeds[name]!.shape, data: numbersOf(feeds[name]!) };
  }
  const weights: Record<string, Tensor> = {};
  const results = importOnnx(graph, readOnnx(bytes), {
    inputs,
    ...(outputs && { outputs }),
    weight: ({ name, shape, data }) => {
      values[name] = { shape, data: Float64Array.from(data) };
      weights[name] = graph.state(name, shape, data, "float32");
      return weights[name];
    },
  });
  return { graph, results, values, tensors: { ...inputs, ...weights } };
}

describe("an imported file", () => {
  it.each(CASES)("computes what ONNX Runtime does: %s", async (_, one) => {
    const file = makeFile(one);
    const session = await runtime.createSession({
      bytes: makeFile(originalOf(one)).bytes,
      inputs: Object.keys(file.feeds),
    });
    const original = await session.run(file.feeds);
    await session.release();
    const { graph, results } = imported(one, file);
    const found = await evaluate(graph, results, file.feeds);
    for (const [name, tensor] of Object.entries(results)) {
      const expected = original[name]!;
      expect(tensor.dtype, name).toBe(expected.dtype);
      const sizes = tensor.shape.map((size, axis) =>
        typeof size === "number" ? size : expected.shape[axis],
      );
      expect(sizes, name).toEqual(expected.shape);
      expectClose(found[name]!, numbersOf(expected), 1e-5, name, 1e-3);
    }
  });

  const STEP = 1e-5;

  it.each(CASES.filter(([, { feeds }]) => Object.values(feeds).every(isRegular)))(
    "has the derivatives of central differences: %s",
    (_, one) => {
      const { graph, results, values, tensors } = imported(one, makeFile(one));
      const y = Object.values(results)[0]!;
      if (!isFloat(y.dtype)) return;
      const shape = prepare([y])(values)[0]!.shape;
      const count = shape.reduce((product, size) => product * size, 1);
      const random = randomStream(2, "weights", count);
      const data = Float64Array.from({ length: count }, () => random.normal());
      const loss = sum(mul(y, graph.input("weights of the result", "float32", y.shape)));
      const feeds: Feeds = { ...values, "weights of the result": { shape, data } };
      const wanted = Object.keys(tensors).filter((name) => isFloat(tensors[name]!.dtype));
      const found = gradients(
        loss,
        wanted.map((name) => tensors[name]!),
      );
      const run = prepare([loss]);
      wanted.forEach((name, at) => {
        const { shape: sizes, data: x } = feeds[name]!;
        const places = Array.from({ length: x.length }, (_, place) => place).slice(0, 12);
        const moved = (place: number, by: number): number =>
          run({
            ...feeds,
            [name]: { shape: sizes, data: Float64Array.from(x).with(place, x[place]! + by) },
          })[0]!.data[0]!;
        const expected = places.map(
          (place) => (moved(place, STEP) - moved(place, -STEP)) / (2 * STEP),
        );
        const own = found[at] ? Array.from(prepare([found[at]])(feeds)[0]!.data) : undefined;
        expectClose(own?.slice(0, 12) ?? places.map(() => 0), expected, 1e-5, name, 1e-2);
      });
    },
  );
});

/** Numbers at which derivatives exist: no infinities, and no halves that rounding jumps at. */
const isRegular = ({ values, dtype }: FileCase["feeds"][string]): boolean =>
  dtype !== "float32" || values === undefined;
