/** @module Operators of ONNX files that ours are made of, against ONNX Runtime on the original file. */

import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";

import { type Attribute, float, int, ints, string } from "../../src/graph/attributes.js";
import { ancestorsOf } from "../../src/graph/ancestors.js";
import { Graph } from "../../src/graph/graph.js";
import { importOnnx } from "../../src/graph/onnx/import/import.js";
import { attribute, tensorProto, valueInfo } from "../../src/graph/onnx/nodes.js";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
} from "../../src/graph/onnx/onnx_pb.js";
import { readOnnx } from "../../src/graph/onnx/read.js";
import { randomStream } from "../../src/random.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import { evaluate, expectClose, floats, numbersOf, runtime } from "../balance/harness.js";

const MICROSOFT = "com.microsoft";

/** A file with one node. */
interface Case {
  readonly name: string;
  readonly op: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Shapes of inputs that are fed; the first axis is the batch. */
  readonly inputs: readonly (readonly number[])[];
  /** Shapes of weights, after the inputs. */
  readonly weights?: readonly (readonly number[])[];
  /** Integer constants, after the weights. */
  readonly integers?: readonly (readonly number[])[];
  /** Values of inputs are above zero. */
  readonly positive?: boolean;
}

const one = (
  op: string,
  inputs: Case["inputs"],
  more: Omit<Case, "name" | "op" | "inputs"> = {},
) => ({
  ...{
    name: `${more.domain ?? "onnx"} ${op} ${JSON.stringify(more.attributes ?? {})} ${more.opset ?? 17}`,
  },
  ...{ op, inputs },
  ...more,
});

const X = [3, 4, 6];
const MAPS = [2, 4, 7, 7];

const CASES: readonly Case[] = [
  one("HardSwish", [X]),
  one("HardSigmoid", [X], { attributes: { alpha: float(0.3), beta: float(0.4) } }),
  one("Mish", [X], { opset: 18 }),
  one("Selu", [X]),
  one("Sign", [X]),
  one("Round", [X]),
  one("Ceil", [X]),
  one("Softsign", [X]),
  one("PRelu", [X], { weights: [[4, 1]] }),
  one("Gelu", [X], { opset: 20 }),
  one("Gelu", [X], { opset: 20, attributes: { approximate: string("tanh") } }),
  one("Softmax", [X], { opset: 11, attributes: { axis: int(1) } }),
  one("LogSoftmax", [X], { opset: 11, attributes: { axis: int(1) } }),
  one("Flatten", [X], { attributes: { axis: int(2) } }),
  one("Squeeze", [[3, 1, 6]], { opset: 11, attributes: { axes: ints([1]) } }),
  one("Unsqueeze", [X], { opset: 11, attributes: { axes: ints([1]) } }),
  one("Clip", [X], { opset: 11 }),
  one("ReduceL1", [X], { attributes: { axes: ints([2]) } }),
  one("ReduceL2", [X], { attributes: { axes: ints([2]), keepdims: int(0) } }),
  one("ReduceSum", [X], { opset: 11, attributes: { axes: ints([1]) } }),
  one("ReduceMean", [X], { opset: 18, integers: [[1, 2]] }),
  one("ReduceLogSumExp", [X], { attributes: { axes: ints([1]) } }),
  one("ReduceSumSquare", [X], { attributes: { axes: ints([-1]) } }),
  one("Sum", [X, X, X]),
  one("Mean", [X, X]),
  one("Tile", [X], { integers: [[1, 2, 1]] }),
  one("GlobalMaxPool", [MAPS]),
  one("MaxPool", [MAPS], {
    attributes: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) },
  }),
  one("MaxPool", [MAPS], {
    attributes: {
      kernel_shape: ints([2, 2]),
      strides: ints([2, 2]),
      auto_pad: string("SAME_UPPER"),
    },
  }),
  one("AveragePool", [MAPS], {
    attributes: {
      ...{ kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
      count_include_pad: int(1),
    },
  }),
  one("Conv", [MAPS], {
    weights: [[6, 4, 3, 3]],
    attributes: {
      kernel_shape: ints([3, 3]),
      strides: ints([2, 2]),
      auto_pad: string("SAME_UPPER"),
    },
  }),
  one("InstanceNormalization", [MAPS], { weights: [[4], [4]] }),
  one("BatchNormalization", [MAPS], { weights: [[4], [4], [4], [4]], positive: true }),
  one("Einsum", [X, [3, 5, 6]], { attributes: { equation: string("bij,bkj->bik") } }),
  one("Gemm", [[3, 5]], {
    weights: [[4, 5], [4]],
    attributes: { transB: int(1), alpha: float(0.5), beta: float(2) },
  }),
  one("FusedMatMul", [X, [3, 5, 6]], {
    domain: MICROSOFT,
    attributes: { transB: int(1), alpha: float(0.25) },
  }),
  one("Gelu", [X], { domain: MICROSOFT }),
  one("FastGelu", [X], { domain: MICROSOFT, weights: [[6]] }),
  one("BiasGelu", [X], { domain: MICROSOFT, weights: [[6]] }),
  one("QuickGelu", [X], { domain: MICROSOFT, attributes: { alpha: float(1.702) } }),
  one("SkipLayerNormalization", [X, X], {
    domain: MICROSOFT,
    weights: [[6], [6], [6]],
    attributes: { epsilon: float(1e-5) },
  }),
  one("SimplifiedLayerNormalization", [X], {
    weights: [[6]],
    attributes: { epsilon: float(1e-5) },
  }),
  one("Attention", [[2, 5, 8]], {
    domain: MICROSOFT,
    weights: [[8, 24], [24]],
    attributes: { num_heads: int(2) },
  }),
  one(
    "MultiHeadAttention",
    [
      [2, 5, 8],
      [2, 5, 8],
      [2, 5, 8],
    ],
    {
      domain: MICROSOFT,
      attributes: { num_heads: int(2) },
    },
  ),
];

/** The bytes of a case's file, with fed values. */
function fileOf({ op, domain = "", opset = 17, attributes = {}, inputs, ...more }: Case) {
  const { weights = [], integers = [], positive = false } = more;
  const random = randomStream(11, op, opset);
  const value = (): number => (positive ? 0.5 + random.uniform() : random.normal());
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const values = (shape: readonly number[]) => Float32Array.from({ length: sizeOf(shape) }, value);
  const feeds = Object.fromEntries(
    inputs.map((shape, at) => [`x${at}`, floats(shape, values(shape))] as const),
  );
  const names = [
    ...inputs.map((_, at) => `x${at}`),
    ...weights.map((_, at) => `w${at}`),
    ...integers.map((_, at) => `i${at}`),
  ];
  const graph = create(GraphProtoSchema, {
    name: "case",
    input: inputs.map((shape, at) => valueInfo(`x${at}`, "float32", ["batch", ...shape.slice(1)])),
    output: [valueInfo("y", "float32", [])],
    initializer: [
      ...weights.map((shape, at) => tensorProto(`w${at}`, "float32", shape, values(shape))),
      ...integers.map((list, at) =>
        tensorProto(`i${at}`, "int64", [list.length], BigInt64Array.from(list, BigInt)),
      ),
    ],
    node: [
      create(NodeProtoSchema, {
        ...{ name: "the node", opType: op, domain, input: names, output: ["y"] },
        attribute: Object.entries(attributes).map(([name, given]) => attribute(name, given)),
      }),
    ],
  });
  graph.output[0]!.type = undefined;
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [
      { domain: "", version: BigInt(opset) },
      { domain: MICROSOFT, version: 1n },
    ],
    graph,
  });
  return { bytes: toBinary(ModelProtoSchema, model), feeds };
}

function imported(bytes: Uint8Array, feeds: Readonly<Record<string, HostTensor>>) {
  const graph = new Graph();
  const inputs = Object.entries(feeds).map(
    ([name, { shape }]) =>
      [name, graph.input(name, "float32", ["batch", ...shape.slice(1)])] as const,
  );
  return {
    graph,
    outputs: importOnnx(graph, readOnnx(bytes), { inputs: Object.fromEntries(inputs) }),
  };
}

describe("an operator of an imported file", () => {
  test.each(CASES.map((given) => [given.name, given] as const))("%s", async (_, given) => {
    const { bytes, feeds } = fileOf(given);
    const session = await runtime.createSession({ bytes, inputs: Object.keys(feeds) });
    const original = await session.run(feeds);
    await session.release();
    const { graph, outputs } = imported(bytes, feeds);
    expect(ancestorsOf([outputs["y"]!]).length).toBeGreaterThan(1);
    const found = await evaluate(graph, { y: outputs["y"]! }, feeds);
    expectClose(found.y, numbersOf(original["y"]!), 1e-5, given.op, 1e-3);
  });
});

describe("a file that cannot be imported", () => {
  test("names the operator, its domain and the node", () => {
    const { bytes, feeds } = fileOf(one("Frobnicate", [X], { domain: MICROSOFT }));
    expect(() => imported(bytes, feeds)).toThrow(/Frobnicate.*/);
    expect(() => imported(bytes, feeds)).toThrow(/the node/);
    expect(() => imported(bytes, feeds)).toThrow(/com\.microsoft/);
  });

  test.each([7, 30])("of operator set %i is refused", (opset) => {
    const { bytes } = fileOf(one("Relu", [X], { opset }));
    expect(() => readOnnx(bytes)).toThrow(/11 to 21/);
  });

  test("that is cut short or no ONNX file is named so", () => {
    const { bytes } = fileOf(one("PRelu", [X], { weights: [[4, 1]] }));
    expect(() => readOnnx(bytes.subarray(0, bytes.length - 20))).toThrow(/ONNX/);
    expect(() => readOnnx(Uint8Array.of(1, 2, 3, 4))).toThrow(/ONNX/);
  });
});
