/** @module Elementwise functions of symbolic tensors; numbers stand for scalar constants. */

import { float, int } from "../attributes.js";
import type { DType } from "../dtype.js";
import { ONNX_DTYPES } from "../infer/elementwise.js";
import type { OpName } from "../infer/rules.js";
import { broadcastShapes, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** A tensor, or a number that becomes a scalar of the other operand's type. */
export type Operand = Tensor | number;

/** `x` before it was expanded, where broadcasting against `other` expands it anyway. */
function unexpanded(x: Tensor, other: Tensor, op: OpName): Tensor {
  const source = x.node.op === "Expand" ? x.node.inputs[0]! : x;
  const shape = broadcastShapes(op, x.shape, other.shape);
  const covers = other.shape.length >= source.shape.length && sameShape(other.shape, shape);
  return covers ? source : x;
}

function binary(op: OpName, a: Operand, b: Operand): Tensor {
  const tensor = typeof a === "number" ? (b as Tensor) : a;
  const lift = (operand: Operand): Tensor =>
    typeof operand === "number" ? tensor.graph.scalar(operand, tensor.dtype) : operand;
  const [x, y] = [lift(a), lift(b)];
  const left = unexpanded(x, y, op);
  return tensor.graph.apply(op, [left, unexpanded(y, left, op)])[0]!;
}

function unary(op: OpName, x: Tensor): Tensor {
  return x.graph.apply(op, [x])[0]!;
}

/** `a + b`, broadcast; at least one operand is a tensor. */
export const add = (a: Operand, b: Operand): Tensor => binary("Add", a, b);
/** `a - b`, broadcast. */
export const sub = (a: Operand, b: Operand): Tensor => binary("Sub", a, b);
/** `a * b`, broadcast. */
export const mul = (a: Operand, b: Operand): Tensor => binary("Mul", a, b);
/** `a / b`, broadcast. */
export const div = (a: Operand, b: Operand): Tensor => binary("Div", a, b);
/** `a ^ b`, broadcast. */
export const pow = (a: Operand, b: Operand): Tensor => binary("Pow", a, b);
/** Larger of two, broadcast; where equal the cotangent goes to `a`. */
export const maximum = (a: Operand, b: Operand): Tensor => binary("Max", a, b);
/** Smaller of two, broadcast; where equal the cotangent goes to `a`. */
export const minimum = (a: Operand, b: Operand): Tensor => binary("Min", a, b);
/** `a > b`, boolean. */
export const greater = (a: Operand, b: Operand): Tensor => binary("Greater", a, b);
/** `a >= b`, boolean. */
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => binary("GreaterOrEqual", a, b);
/** `a < b`, boolean. */
export const less = (a: Operand, b: Operand): Tensor => binary("Less", a, b);
/** `a <= b`, boolean. */
export const lessOrEqual = (a: Operand, b: Operand): Tensor => binary("LessOrEqual", a, b);
/** `a == b`, boolean. */
export const equal = (a: Operand, b: Operand): Tensor => binary("Equal", a, b);
/** `a and b` of booleans. */
export const and = (a: Tensor, b: Tensor): Tensor => binary("And", a, b);

/** `-x`. */
export const neg = (x: Tensor): Tensor => unary("Neg", x);
/** `|x|`; derivative 0 at 0. */
export const abs = (x: Tensor): Tensor => unary("Abs", x);
/** `e^x`. */
export const exp = (x: Tensor): Tensor => unary("Exp", x);
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => unary("Log", x);
/** Square root. */
export const sqrt = (x: Tensor): Tensor => unary("Sqrt", x);
/** `1 / x`. */
export const reciprocal = (x: Tensor): Tensor => unary("Reciprocal", x);
/** `max(x, 0)`. */
export const relu = (x: Tensor): Tensor => unary("Relu", x);
/** Logistic function. */
export const sigmoid = (x: Tensor): Tensor => unary("Sigmoid", x);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => unary("Tanh", x);
/** Error function. */
export const erf = (x: Tensor): Tensor => unary("Erf", x);
/** Exact Gaussian error linear unit, `x * Phi(x)`. */
export const gelu = (x: Tensor): Tensor => unary("Gelu", x);
/** `log(1 + e^x)`. */
export const softplus = (x: Tensor): Tensor => unary("Softplus", x);
/** Sine of radians. */
export const sin = (x: Tensor): Tensor => unary("Sin", x);
/** Cosine of radians. */
export const cos = (x: Tensor): Tensor => unary("Cos", x);
/** Largest integer not above `x`; derivative 0. */
export const floor = (x: Tensor): Tensor => unary("Floor", x);
/** Boolean negation. */
export const not = (x: Tensor): Tensor => unary("Not", x);
/** `x` itself, through which no cotangent flows. */
export const stopGradient = (x: Tensor): Tensor => unary("StopGradient", x);
/** `x * x`. */
export const square = (x: Tensor): Tensor => mul(x, x);

/** `x` above 0, `slope * x` below. */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor =>
  x.graph.apply("LeakyRelu", [x], { alpha: float(slope) })[0]!;

/** `x` above 0, `alpha * (e^x - 1)` below. */
export const elu = (x: Tensor, alpha = 1): Tensor =>
  x.graph.apply("Elu", [x], { alpha: float(alpha) })[0]!;

/** `x` limited to `[low, high]`; derivative 1 inside, the limits included, 0 outside. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  const { graph, dtype } = x;
  return graph.apply("Clip", [x, graph.scalar(low, dtype), graph.scalar(high, dtype)])[0]!;
}

/** `a` where the condition holds, else `b`; broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const dtype = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : "float32";
  const lift = (operand: Operand): Tensor =>
    typeof operand === "number" ? condition.graph.scalar(operand, dtype) : operand;
  return condition.graph.apply("Where", [condition, lift(a), lift(b)])[0]!;
}

/** `x` as another element type; booleans become 0 and 1. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : x.graph.apply("Cast", [x], { to: int(ONNX_DTYPES[dtype]) })[0]!;
}

/** Softmax along one axis. */
export const softmax = (x: Tensor, axis = -1): Tensor =>
  x.graph.apply("Softmax", [x], { axis: int(axis) })[0]!;

/** Logarithm of the softmax along one axis, stable for logits of any size. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  x.graph.apply("LogSoftmax", [x], { axis: int(axis) })[0]!;
