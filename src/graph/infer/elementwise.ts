/** @module Shape inference of elementwise operators. */

import { intOf } from "../attributes.js";
import type { DType } from "../dtype.js";
import { broadcastShapes } from "../shape.js";
import { type InferRule, required, sameDType } from "./rule.js";

const unary: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  return [{ dtype, shape }];
};

const binary: InferRule = (inputs, _, op) => {
  const a = required(inputs, 0, op);
  const b = required(inputs, 1, op);
  return [{ dtype: sameDType(op, a, b), shape: broadcastShapes(op, a.shape, b.shape) }];
};

const comparison: InferRule = (inputs, attributes, op) => [
  { ...binary(inputs, attributes, op)[0]!, dtype: "bool" },
];

const where: InferRule = (inputs, _, op) => {
  const condition = required(inputs, 0, op);
  const a = required(inputs, 1, op);
  const b = required(inputs, 2, op);
  const shape = broadcastShapes(op, condition.shape, broadcastShapes(op, a.shape, b.shape));
  return [{ dtype: sameDType(op, a, b), shape }];
};

/** ONNX's numbers of the element types (`TensorProto.DataType`). */
export const ONNX_DTYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

const cast: InferRule = (inputs, attributes, op) => {
  const to = intOf(attributes, "to", 1);
  const entry = Object.entries(ONNX_DTYPES).find(([, code]) => code === to);
  if (!entry) throw new TypeError(`${op}: element type ${to} is not supported.`);
  return [{ dtype: entry[0] as DType, shape: required(inputs, 0, op).shape }];
};

export const elementwiseInfer = {
  Identity: unary,
  StopGradient: unary,
  Neg: unary,
  Abs: unary,
  Exp: unary,
  Log: unary,
  Sqrt: unary,
  Reciprocal: unary,
  Relu: unary,
  LeakyRelu: unary,
  Elu: unary,
  Sigmoid: unary,
  Tanh: unary,
  Erf: unary,
  Gelu: unary,
  Softplus: unary,
  Sin: unary,
  Cos: unary,
  Floor: unary,
  Not: unary,
  Clip: unary,
  Softmax: unary,
  LogSoftmax: unary,
  Cast: cast,
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Pow: binary,
  Max: binary,
  Min: binary,
  And: binary,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Equal: comparison,
  Where: where,
} satisfies Record<string, InferRule>;
