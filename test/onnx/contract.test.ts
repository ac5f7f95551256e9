/** @module What an import asks its caller, what it leaves out, and what it says of what it cannot use. */

import { describe, expect, it } from "vitest";

import { ancestorsOf } from "../../src/graph/ancestors.js";
import { float, int, ints } from "../../src/graph/attributes.js";
import { mul } from "../../src/graph/functions/elementwise.js";
import { Graph } from "../../src/graph/graph.js";
import { importOnnx } from "../../src/graph/onnx/import/import.js";
import type {
  ImportedWeight,
  ImportOptions,
  LinearUse,
} from "../../src/graph/onnx/import/options.js";
import { readOnnx } from "../../src/graph/onnx/read.js";
import { evaluate, expectClose } from "../balance/harness.js";
import { SHAPED } from "./shapedCases.js";
import { above, errorOf, f32, type FileSpec, floatsOf, i64, list, makeFile, node } from "./made.js";

const ENCODER: FileSpec = {
  feeds: { ids: i64(["batch", 4], [0, 1, 2, 3, 3, 2, 1, 0, 0, 0, 1, 1]), unused: f32("batch", 2) },
  constants: {
    "embeddings.table": f32(5, 6),
    "embeddings.positions": f32(1, 4, 6),
    ...{ "onnx::MatMul_7": f32(6, 6), "layer.bias": f32(6) },
    ...{
      "norm.weight": f32(6),
      "norm.bias": f32(6),
      "head.weight": f32(2, 6),
      "head.bias": f32(2),
    },
    ...{ epsilon: floatsOf([], [1e-5]), two: floatsOf([], [2]), first: i64([], [0]) },
    mask: floatsOf([1, 4, 1], [0, 0, 0, -1e9]),
    other: f32(4),
  },
  outputs: ["logits", "spare"],
  nodes: [
    node("Gather", "embeddings.table ids", "words"),
    node("Add", "words embeddings.positions", "placed"),
    { ...node("MatMul", "placed onnx::MatMul_7", "mixed"), name: "/layer/query/MatMul" },
    node("Add", "layer.bias mixed", "biased"),
    node("Dropout", "biased", "dropped", { ratio: float(0.2) }),
    node("ReduceMean", "dropped", "mean", { axes: ints([-1]) }),
    node("Sub", "dropped mean", "centred"),
    node("Pow", "centred two", "squared"),
    node("ReduceMean", "squared", "variance", { axes: ints([-1]) }),
    node("Add", "variance epsilon", "shifted"),
    node("Sqrt", "shifted", "deviation"),
    node("Div", "centred deviation", "standard"),
    node("Mul", "standard norm.weight", "scaled"),
    node("Add", "scaled norm.bias", "normal"),
    node("Add", "normal mask", "masked"),
    node("Gather", "normal first", "pooled", { axis: int(1) }),
    node("Gemm", "pooled head.weight head.bias", "logits", { transB: int(1) }),
    node("Mul", "masked other", "broken"),
    node("NoSuchOperator", "unused", "spare"),
  ],
  opset: 11,
};

function imported(options: Partial<ImportOptions> = {}, spec = ENCODER) {
  const { bytes, feeds } = makeFile(spec);
  const graph = new Graph();
  const inputs = Object.fromEntries(
    Object.entries(spec.feeds).map(([name, { dtype, shape }]) => [
      name,
      graph.input(name, dtype, shape),
    ]),
  );
  const outputs = importOnnx(graph, readOnnx(bytes), {
    inputs,
    outputs: ["logits"],
    ...options,
  });
  return { graph, feeds, outputs };
}

describe("an import", () => {
  it("asks once for each weight that computation reads, by role, path and first use", () => {
    const asked: ImportedWeight[] = [];
    const graph = new Graph();
    const { bytes } = makeFile(ENCODER);
    importOnnx(graph, readOnnx(bytes), {
      inputs: { ids: graph.input("ids", "int64", ["batch", 4]) },
      outputs: ["logits"],
      weight: (weight) => {
        asked.push(weight);
        return graph.state(weight.name, weight.shape, weight.data, "float32");
      },
    });
    expect(asked.map(({ path, role, position }) => [path, role, position])).toEqual([
      ["embeddings.table", "embedding", 0],
      ["embeddings.positions", "other", 1],
      ["layer.query.weight", "linear", 2],
      ["layer.bias", "bias", 3],
      ["norm.weight", "normalisation", 12],
      ["norm.bias", "normalisation", 13],
      ["head.weight", "linear", 16],
      ["head.bias", "bias", 16],
    ]);
  });

  it("imports one layer normalisation where the file has seven nodes", () => {
    const ops = ancestorsOf([imported().outputs["logits"]!]).map(({ op }) => op);
    expect(ops.filter((op) => op === "LayerNormalization")).toHaveLength(1);
    expect(ops).not.toContain("Sqrt");
    expect(ops).not.toContain("ReduceMean");
  });

  it("lets the caller add to products with weights, and drop out", async () => {
    const uses: LinearUse[] = [];
    const dropped: (readonly [number, string])[] = [];
    const plain = imported();
    const doubled = imported({
      linear: (use) => {
        uses.push(use);
        return use.transposed ? mul(use.product, 2) : use.product;
      },
      dropout: (x, rate, name) => {
        dropped.push([rate, name]);
        return x;
      },
    });
    expect(uses.map(({ weight, transposed }) => [weight.name, transposed])).toEqual([
      ["onnx::MatMul_7", false],
      ["head.weight", true],
    ]);
    expect(uses.map(({ x, product }) => [x.shape, product.shape])).toEqual([
      [
        ["batch", 4, 6],
        ["batch", 4, 6],
      ],
      [
        ["batch", 6],
        ["batch", 2],
      ],
    ]);
    expect(dropped[0]![0]).toBeCloseTo(0.2);
    expect(dropped[0]![1]).toContain("Dropout");
    const before = await evaluate(plain.graph, plain.outputs, plain.feeds);
    const after = await evaluate(doubled.graph, doubled.outputs, doubled.feeds);
    const bias = makeFile(ENCODER);
    const { data } = readOnnx(bias.bytes).initializers.get("head.bias")!;
    const expected = before["logits"]!.map((value, at) => 2 * value - Number(data[at % 2]));
    expectClose(after["logits"]!, expected, 1e-5, "logits with a doubled product");
  });

  it("finds the weight behind a transposition", () => {
    const uses: LinearUse[] = [];
    const spec: FileSpec = {
      feeds: { x: f32("batch", 4, 6) },
      constants: { "query.weight": f32(5, 6) },
      nodes: [
        node("Transpose", "query.weight", "t", { perm: ints([1, 0]) }),
        node("MatMul", "x t"),
      ],
    };
    const linear = (use: LinearUse) => {
      uses.push(use);
      return use.product;
    };
    const { outputs } = imported({ outputs: ["y"], linear }, spec);
    expect(outputs["y"]!.shape).toEqual(["batch", 4, 5]);
    expect(uses.map(({ weight, transposed }) => [weight.role, transposed])).toEqual([
      ["linear", true],
    ]);
  });

  it("tells running statistics from what a batch normalisation trains", () => {
    const roles: string[] = [];
    const graph = new Graph();
    const { bytes } = makeFile({
      feeds: { x: f32("batch", 3, 4, 4) },
      constants: { w: f32(2, 3, 1, 1), s: f32(2), b: f32(2), m: f32(2), v: above(2) },
      nodes: [node("Conv", "x w", "c"), node("BatchNormalization", "c s b m v")],
    });
    importOnnx(graph, readOnnx(bytes), {
      inputs: { x: graph.input("x", "float32", ["batch", 3, 4, 4]) },
      weight: ({ name, role, shape, data }) => {
        roles.push(`${name} ${role}`);
        return graph.constant("float32", shape, data);
      },
    });
    expect(roles).toEqual([
      ...["w conv", "s batch-norm", "b batch-norm", "m statistics", "v statistics"],
    ]);
  });

  it("works out shapes while importing: nothing of their arithmetic is left", () => {
    const idle = new Set(["Shape", "Concat", "Equal", "Cast", "Gather", "Where", "Mod", "Div"]);
    const wanted = [
      "heads split by sizes that are computed",
      "numbers of elements, remainders and limits",
    ];
    for (const spec of SHAPED.filter(({ name }) => wanted.includes(name))) {
      const { outputs } = imported({ outputs: ["y"] }, spec);
      const left = ancestorsOf(Object.values(outputs)).filter(({ op }) => idle.has(op));
      expect(
        left.map(({ op }) => op),
        spec.name,
      ).toEqual([]);
    }
  });
});

describe("what cannot be imported", () => {
  it("is named with its readers, and only where an output needs it", () => {
    const { message } = errorOf(() => imported({ outputs: ["spare"] }));
    expect(message).toMatch(/NoSuchOperator.*ai\.onnx.*output of the file/);
    expect(() => imported()).not.toThrow();
  });

  it("is pointed to a conversion where it is quantized", () => {
    const spec: FileSpec = {
      feeds: { x: f32("batch", 4) },
      nodes: [node("DynamicQuantizeLinear", "x", "q s z"), node("DequantizeLinear", "q s z", "y")],
    };
    const { message, hint } = errorOf(() => imported({ outputs: ["y"] }, spec));
    expect(message).toMatch(/DynamicQuantizeLinear.*read by DequantizeLinear/);
    expect(hint).toMatch(/convert it with convert \(<folder>/);
  });

  it("are outputs and inputs that the file does not have, or has otherwise", () => {
    const missing = errorOf(() => imported({ outputs: ["features"] }));
    expect(`${missing.message} ${missing.hint}`).toMatch(/"features".*logits, spare/);
    expect(errorOf(() => imported({ inputs: {} })).message).toMatch(/"ids", int64\[batch,4\]/);
    const graph = new Graph();
    const longer = { ids: graph.input("ids", "int64", ["batch", 5]) };
    const { bytes } = makeFile(ENCODER);
    const other = errorOf(() => importOnnx(graph, readOnnx(bytes), { inputs: longer }));
    expect(other.message).toMatch(/"ids" is int64\[batch,4\], got \[batch,5\]/);
  });

  it("are shapes that depend on values, and shapes that do not fit", () => {
    const computed: FileSpec = {
      feeds: { x: f32("batch", 4), to: list(-1, 2) },
      nodes: [node("Reshape", "x to")],
    };
    const { message } = errorOf(() => imported({ outputs: ["y"] }, computed));
    expect(message).toMatch(/Reshape.*shape must be known/);
    const wrong: FileSpec = {
      feeds: { x: f32("batch", 4) },
      constants: { w: f32(5, 2) },
      nodes: [node("MatMul", "x w")],
    };
    expect(errorOf(() => imported({ outputs: ["y"] }, wrong)).message).toMatch(
      /MatMul ".*inner dimensions/,
    );
  });
});
