/** @module Construction, shapes and differentiation of graphs: sharing, errors, ties. */

import { describe, expect, it } from "vitest";

import { backward, gradients } from "../../src/graph/autodiff.js";
import {
  add,
  exp,
  maximum,
  minimum,
  mul,
  stopGradient,
} from "../../src/graph/functions/elementwise.js";
import { concat, pad, reshape, slice, squeeze } from "../../src/graph/functions/layout.js";
import { gemm, matmul } from "../../src/graph/functions/linear.js";
import { scatterAddND } from "../../src/graph/functions/lookup.js";
import { max, min, sum } from "../../src/graph/functions/reduce.js";
import { averagePool, conv, maxPool } from "../../src/graph/functions/spatial.js";
import { Graph } from "../../src/graph/graph.js";
import { writeFunction } from "../../src/graph/onnx/write.js";
import { broadcastShapes, divDims, mulDims } from "../../src/graph/shape.js";
import type { Tensor, TensorGraph } from "../../src/graph/tensor.js";
import { evaluate } from "../reference/evaluate.js";

const input = (name: string, ...shape: (number | string)[]): Tensor =>
  new Graph().input(name, "float32", shape);

describe("construction", () => {
  it("builds equal nodes once", () => {
    const graph = new Graph();
    const [a, b] = [graph.input("a", "float32", [2]), graph.input("b", "float32", [2])];
    expect(mul(a, b)).toBe(mul(a, b));
    expect(mul(a, b)).not.toBe(mul(b, a));
    expect(graph.scalar(2)).toBe(graph.scalar(2));
    expect(sum(a, { axes: [0] })).toBe(sum(a, { axes: [0] }));
    expect(sum(a, { axes: [0] })).not.toBe(sum(a, { axes: [0], keep: true }));
  });

  it("serialises only what the outputs need", () => {
    const graph = new Graph();
    const [a, b] = [graph.input("a", "float32", [2]), graph.input("b", "float32", [2])];
    const wanted = exp(a);
    const before = writeFunction({ wanted }).bytes;
    mul(exp(b), 3);
    const after = writeFunction({ wanted });
    expect(after.bytes).toEqual(before);
    expect(after.inputs).toEqual(["a"]);
  });

  it("refuses a second input of one name, and constants of the wrong size", () => {
    const graph = new Graph();
    graph.input("a", "float32", [2]);
    expect(() => graph.input("a", "float32", [2])).toThrow(/two inputs or states named "a"/);
    expect(() => graph.constant("float32", [3], [1, 2])).toThrow(/\[3\] needs 3 values, got 2/);
  });
});

describe("errors of shape inference name the operator and both shapes", () => {
  const x = input("x", "batch", 4);
  const image = input("image", "batch", 3, 5, 5);
  const other = (graph: TensorGraph, ...shape: (number | string)[]) =>
    graph.input(`other ${shape.join(",")}`, "float32", shape);
  const cases: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
    add: [() => add(x, other(x.graph, 3)), /^Add: .*\[batch,4\] and \[3\]/],
    matmul: [() => matmul(x, other(x.graph, 5, 2)), /^MatMul: inner .*\[batch,4\] and \[5,2\]/],
    gemm: [
      () => gemm(x, other(x.graph, 5, 6), { transposeB: true }),
      /^Gemm: inner .*\[batch,4\] and \[5,6\]/,
    ],
    reshape: [() => reshape(x, ["batch", 3]), /^Reshape: .*\[batch,4\] and \[-1,3\]/],
    concat: [
      () => concat([x, other(x.graph, "batch", 2, 1)], 1),
      /^Concat: .*\[batch,4\] and \[batch,2,1\]/,
    ],
    squeeze: [() => squeeze(x, [1]), /^Squeeze: axes \[1\] must have size 1, got \[batch,4\]/],
    sum: [() => sum(x, { axes: [2] }), /^ReduceSum: axis 2 .*\[batch,4\]/],
    slice: [() => slice(x, [{ axis: 0, start: 1 }]), /^Slice: .*symbolic axis 0, got \[batch,4\]/],
    pad: [() => pad(x, [1, 0], [0, 0]), /^Pad: .*symbolic axis 0, got \[batch,4\]/],
    conv: [
      () => conv(image, other(image.graph, 2, 4, 3, 3)),
      /^Conv: channels .*\[batch,3,5,5\] and \[2,4,3,3\]/,
    ],
    pool: [
      () => maxPool(image, { kernel: [6, 6] }),
      /^MaxPool: the window must fit .*\[batch,3,5,5\] and \[6,6\]/,
    ],
    scatter: [
      () => scatterAddND(x, x.graph.input("ids", "int64", [3, 1]), other(x.graph, 3, 5)),
      /^ScatterND: .*\[3,4\] and \[3,5\]/,
    ],
    "element types": [
      () => add(x, x.graph.input("whole", "int64", [4])),
      /^Add: element types must agree, got float32\[batch,4\] and int64\[4\]/,
    ],
  };

  it.each(Object.entries(cases))("%s", (_, [build, message]) => {
    expect(build).toThrow(message);
  });
});

describe("symbolic dimensions", () => {
  it("multiply and divide as products do", () => {
    expect(mulDims("batch", 3)).toBe("3*batch");
    expect(mulDims("2*tokens", "batch")).toBe("2*batch*tokens");
    expect(divDims("6*batch*tokens", "2*batch")).toBe("3*tokens");
    expect(divDims("batch", "tokens")).toBeUndefined();
    expect(divDims("3*batch", 2)).toBeUndefined();
  });

  it("broadcast only with themselves and 1", () => {
    expect(broadcastShapes("Add", ["batch", 1], [4])).toEqual(["batch", 4]);
    expect(() => broadcastShapes("Add", ["batch"], ["tokens"])).toThrow(/\[batch\] and \[tokens\]/);
  });
});

/** Gradient of the sum of a function at a point. */
function gradientAt(values: readonly number[], shape: readonly number[], f: (x: Tensor) => Tensor) {
  const x = input("x", ...shape);
  const [gradient] = gradients(sum(f(x)), [x]);
  const [found] = evaluate([gradient!], { x: { shape, data: values } });
  return Array.from(found!.data);
}

describe("where elements are equal", () => {
  const five = (x: Tensor) => x.graph.scalar(5);

  it("a reduction's extremes share the cotangent", () => {
    expect(gradientAt([5, 1, 5], [3], (x) => max(x))).toEqual([0.5, 0, 0.5]);
    expect(gradientAt([2, 2, 7], [3], (x) => min(x))).toEqual([0.5, 0.5, 0]);
  });

  it("the larger and smaller of two give it to the first", () => {
    expect(gradientAt([5, 4], [2], (x) => maximum(x, five(x)))).toEqual([1, 0]);
    expect(gradientAt([5, 6], [2], (x) => maximum(five(x), x))).toEqual([0, 1]);
    expect(gradientAt([5, 6], [2], (x) => minimum(x, five(x)))).toEqual([1, 0]);
  });

  it("a max pool gives it to the first tap of the window", () => {
    const pool = (x: Tensor) => maxPool(x, { kernel: [2, 2], strides: [2, 2] });
    expect(gradientAt([1, 3, 3, 3], [1, 1, 2, 2], pool)).toEqual([0, 1, 0, 0]);
    expect(gradientAt([0, 0, 0, 0], [1, 1, 2, 2], pool)).toEqual([1, 0, 0, 0]);
  });

  it("padding never wins a max pool, and is not counted by an average pool", () => {
    const options = { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
    const negative = [-4, -3, -2, -1];
    expect(gradientAt(negative, [1, 1, 2, 2], (x) => maxPool(x, options))).toEqual([0, 0, 0, 1]);
    const average = gradientAt(negative, [1, 1, 2, 2], (x) => averagePool(x, options));
    expect(average).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});

describe("differentiation", () => {
  it("stops where it is told to", () => {
    expect(gradientAt([3], [1], (x) => mul(x, stopGradient(x)))).toEqual([3]);
  });

  it("accumulates over every use", () => {
    expect(gradientAt([3], [1], (x) => add(mul(x, x), mul(x, 2)))).toEqual([8]);
  });

  it("tells tensors that the loss does not reach", () => {
    const graph = new Graph();
    const [a, b] = [graph.input("a", "float32", [2]), graph.input("b", "float32", [2])];
    expect(gradients(sum(a), [a, b])[1]).toBeUndefined();
    expect(backward(sum(a), [b]).get(b)).toEqual([]);
  });

  it("wants a scalar", () => {
    const a = input("a", "batch");
    expect(() => gradients(a, [a])).toThrow(/must be a scalar, got shape \[batch\]/);
  });
});
