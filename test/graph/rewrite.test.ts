/** @module Graphs in other operators: what is replaced, what stays, and that the values do. */

import { expect, test } from "vitest";

import { float, int } from "../../src/graph/attributes.js";
import { ancestorsOf } from "../../src/graph/ancestors.js";
import { add, logSoftmax, mul, neg } from "../../src/graph/functions/elementwise.js";
import { Graph } from "../../src/graph/graph.js";
import { rewritten } from "../../src/graph/rewrite.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { WEBGPU_RULES } from "../../src/runtime/webgpu.js";
import { evaluate } from "../balance/harness.js";

const operatorsOf = (tensor: Tensor): string[] => ancestorsOf([tensor]).map(({ op }) => op);

test("what WebGPU has no kernel for is written in operators that it has", async () => {
  const graph = new Graph();
  const logits = graph.constant("float32", [2, 2], [0, Math.log(3), 1000, 1000]);
  const { rows, columns } = rewritten(
    { rows: neg(logSoftmax(logits)), columns: logSoftmax(logits, 0) },
    WEBGPU_RULES,
  );
  expect(operatorsOf(rows)).not.toContain("LogSoftmax");
  expect(operatorsOf(columns)).not.toContain("LogSoftmax");
  const found = await evaluate(graph, { rows, columns });
  const wanted = [Math.log(4), Math.log(4 / 3), Math.log(2), Math.log(2)];
  found.rows.forEach((value, at) => {
    expect(value).toBeCloseTo(wanted[at]!, 5);
  });
  expect(found.columns).toEqual([-1000, expect.closeTo(Math.log(3) - 1000, 3), 0, 0]);
});

test("a scalar is added after a product, with its factor; other addends stay", async () => {
  const graph = new Graph();
  const a = graph.constant("float32", [1, 2], [1, 2]);
  const b = graph.constant("float32", [1, 2], [3, 4]);
  const gemm = (addend: Tensor): Tensor =>
    graph.apply("Gemm", [a, b, addend], { transB: int(1), alpha: float(2), beta: float(3) })[0]!;
  const scalar = gemm(graph.scalar(5));
  const row = gemm(graph.constant("float32", [1], [5]));
  const found = rewritten({ scalar, row }, WEBGPU_RULES);
  expect(found.row).toBe(row);
  const product = ancestorsOf([found.scalar]).find(({ op }) => op === "Gemm")!;
  expect(product.inputs).toHaveLength(2);
  // 2 (1 * 3 + 2 * 4) + 3 * 5.
  expect(await evaluate(graph, found)).toEqual({ scalar: [37], row: [37] });
});

test("what no rule is about stays the same tensors", () => {
  const graph = new Graph();
  const x = graph.input("x", "float32", ["n"]);
  const y = add(mul(x, 2), 1);
  expect(rewritten({ x, y }, WEBGPU_RULES)).toEqual({ x, y });
  expect(rewritten({ y }, WEBGPU_RULES).y).toBe(y);
});
