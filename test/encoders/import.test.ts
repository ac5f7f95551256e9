/** @module Real exports, imported: the same outputs as the original file, PyTorch's gradients. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { ancestorsOf } from "../../src/graph/ancestors.js";
import { gradients } from "../../src/graph/autodiff.js";
import { mul } from "../../src/graph/functions/elementwise.js";
import { sum } from "../../src/graph/functions/reduce.js";
import { Graph } from "../../src/graph/graph.js";
import { importOnnx } from "../../src/graph/onnx/import/import.js";
import type { ImportedWeight } from "../../src/graph/onnx/import/options.js";
import { readOnnx } from "../../src/graph/onnx/read.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { evaluate, expectClose, numbersOf, runtime } from "../balance/harness.js";
import { allExports, type Export, EXPORTS } from "./golden.js";

const FORWARD = 1e-5;
const BACKWARD = 1e-3;
// Some gradients are zero, the keys' biases of an attention, and PyTorch's rounding noise too: they
// are compared on the scale of the encoder's other gradients.
const NOISE = 1e-4;

/** An export as a graph whose weights are state variables under their names in the file. */
function imported(path: string, inputs: Export["inputs"]) {
  const graph = new Graph();
  const weights: ImportedWeight[] = [];
  const tensors = new Map<string, Tensor>();
  const file = readOnnx(readFileSync(path), (name) => readFileSync(join(path, "..", name)));
  const fed = Object.entries(inputs).map(([name, { dtype, shape }]) => {
    return [name, graph.input(name, dtype, ["batch", ...shape.slice(1)])] as const;
  });
  const outputs = importOnnx(graph, file, {
    inputs: Object.fromEntries(fed),
    weight: (weight) => {
      weights.push(weight);
      const tensor = graph.state(weight.name, weight.shape, weight.data, "float32");
      tensors.set(weight.name, tensor);
      return tensor;
    },
  });
  return { graph, weights, tensors, outputs };
}

const CASES = allExports().map((one) => [one.name, one] as const);

describe.each(CASES)("%s", (_, one) => {
  it("computes what ONNX Runtime computes with the file", async () => {
    const { graph, outputs } = imported(one.path, one.inputs);
    const found = await evaluate(graph, outputs, one.inputs);
    const session = await runtime.createSession({
      bytes: readFileSync(one.path),
      inputs: Object.keys(one.inputs),
    });
    const original = await session.run(one.inputs);
    await session.release();
    for (const [name, expected] of Object.entries(one.outputs)) {
      expectClose(found[name]!, numbersOf(original[name]!), FORWARD, name);
      expectClose(found[name]!, numbersOf(expected), 1e-4, `${name} of PyTorch`);
    }
  });

  it("has PyTorch's gradients of every weight", async () => {
    const { graph, weights, tensors, outputs } = imported(one.path, one.inputs);
    const fixed = graph.input("fixed", "float32", outputs[one.scalarOutput]!.shape);
    const loss = sum(mul(outputs[one.scalarOutput]!, fixed));
    const names = weights.map(({ name }) => name);
    const found = gradients(
      loss,
      names.map((name) => tensors.get(name)!),
    );
    const wanted = Object.fromEntries(
      names.flatMap((name, at) => (found[at] ? [[name, found[at]] as const] : [])),
    );
    const values = await evaluate(graph, wanted, { ...one.inputs, fixed: one.weights });
    const largest = Math.max(
      ...[...one.gradients.values()].flatMap((value) => numbersOf(value).map(Math.abs)),
    );
    const missing = [...one.gradients].filter(([name]) => !(name in values));
    // What no output depends on has a gradient of zeros there and none here.
    for (const [, value] of missing) expect(numbersOf(value).every((x) => x === 0)).toBe(true);
    for (const name of Object.keys(values)) {
      const expected = one.gradients.get(name);
      expect(expected, name).toBeDefined();
      expectClose(values[name]!, numbersOf(expected!), BACKWARD, name, NOISE * largest);
    }
  });
});

const shape = ([, { outputs }]: (typeof CASES)[number]) => Object.keys(outputs).length;

describe("the importer", () => {
  it("has met every architecture in two operator sets", () => {
    expect(CASES.length).toBe(30);
    expect(CASES.every((one) => shape(one) > 0)).toBe(true);
  });

  it.each([
    ["vit/onnx/model.onnx", 5, 2],
    ["bert/onnx/model.onnx", 5, 2],
    ["distilbert/onnx/model.onnx", 5, 2],
    ["roberta/onnx/model.onnx", 5, 2],
  ])("recognises layer normalisation and GELU in the old export %s", (name, norms, gelus) => {
    const one = CASES.find(([known]) => known === name)![1];
    const { outputs } = imported(one.path, one.inputs);
    const nodes = ancestorsOf(Object.values(outputs));
    const count = (op: string) => nodes.filter((node) => node.op === op).length;
    expect([count("LayerNormalization"), count("Gelu"), count("Erf")]).toEqual([norms, gelus, 0]);
  });

  it("names the module of a weight that an exporter renamed", () => {
    const [, one] = CASES.find(([name]) => name === "resnet/onnx/model.onnx")!;
    const { weights } = imported(one.path, one.inputs);
    expect(weights.map(({ path }) => path)).toContain("layer1.0.conv1.weight");
    expect(weights.some(({ path }) => path.startsWith("onnx::"))).toBe(false);
  });

  it.each(["bert", "vit"])("reads half precision: %s", async (model) => {
    const [, one] = CASES.find(([name]) => name === `${model}/onnx/model.onnx`)!;
    const half = join(EXPORTS, model, "onnx", "model_fp16.onnx");
    const { graph, outputs } = imported(half, one.inputs);
    const found = await evaluate(graph, outputs, one.inputs);
    for (const [name, expected] of Object.entries(one.outputs)) {
      expectClose(found[name]!, numbersOf(expected), 1e-2, name);
    }
  });

  it("reads weights that lie beside the file", async () => {
    const [, one] = CASES.find(([name]) => name === "distilbert/onnx/model.onnx")!;
    const outside = join(EXPORTS, "distilbert", "external", "model.onnx");
    const { graph, outputs } = imported(outside, one.inputs);
    const found = await evaluate(graph, outputs, one.inputs);
    for (const [name, expected] of Object.entries(one.outputs)) {
      expectClose(found[name]!, numbersOf(expected), 1e-4, name);
    }
  });

  it.each([
    ["bert/onnx/model_quantized.onnx", "bert"],
    ["vit/onnx/model_qdq.onnx", "vit"],
    ["resnet/onnx/model_qoperator.onnx", "resnet"],
    ["vit/onnx/model_q4.onnx", "vit"],
  ])("says what to do about quantized weights: %s", (file, model) => {
    const [, one] = CASES.find(([name]) => name === `${model}/onnx/model.onnx`)!;
    expect(() => imported(join(EXPORTS, file), one.inputs)).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining("convert (<folder>, <new folder>)") as string,
      }),
    );
  });
});
