/** @module Shape inference of matrix products. */

import { intOf } from "../attributes.js";
import { broadcastShapes, type Dim, type Shape, ShapeError } from "../shape.js";
import type { Operand } from "./operand.js";
import { checkRank, type InferRule, required, sameDType } from "./rule.js";

const matMul: InferRule = (inputs, _, op) => {
  const a = required(inputs, 0, op);
  const b = required(inputs, 1, op);
  const dtype = sameDType(op, a, b);
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new ShapeError(op, "both operands need rank 2 or more", a.shape, b.shape);
  }
  if (a.shape.at(-1) !== b.shape.at(-2)) {
    throw new ShapeError(op, "inner dimensions must agree", a.shape, b.shape);
  }
  const batch = broadcastShapes(op, a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [{ dtype, shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!] }];
};

function transposed(tensor: Operand, flag: number): [Dim, Dim] {
  const [rows, columns] = tensor.shape as [Dim, Dim];
  return flag ? [columns, rows] : [rows, columns];
}

const gemm: InferRule = (inputs, attributes, op) => {
  const a = required(inputs, 0, op);
  const b = required(inputs, 1, op);
  checkRank(op, a, 2);
  checkRank(op, b, 2);
  const [rows, innerA] = transposed(a, intOf(attributes, "transA", 0));
  const [innerB, columns] = transposed(b, intOf(attributes, "transB", 0));
  if (innerA !== innerB) {
    throw new ShapeError(op, "inner dimensions must agree", a.shape, b.shape);
  }
  const shape: Shape = [rows, columns];
  const c = inputs[2];
  if (c && broadcastShapes(op, shape, c.shape).length !== 2) {
    throw new ShapeError(op, "the addend must broadcast to the product", shape, c.shape);
  }
  return [{ dtype: sameDType(op, a, b), shape }];
};

export const linearInfer = { MatMul: matMul, Gemm: gemm } satisfies Record<string, InferRule>;
