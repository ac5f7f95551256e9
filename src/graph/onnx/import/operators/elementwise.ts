/** @module Elementwise operators of ONNX files. */

import { elementName, elementType } from "../../elements.js";
import * as f from "../../../functions/elementwise.js";
import { type DType, isFloat } from "../../../dtype.js";
import type { OpName } from "../../../infer/rules.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";
import type { WeightRole } from "../options.js";
import {
  awaitsBias,
  normalised,
  recogniseProduct,
  recogniseSelection,
  recogniseSum,
} from "../recognise.js";
import { castKnown, computeKnown, whereKnown } from "../values/arithmetic.js";
import { isKnown, type Value } from "../values/known.js";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

/** Computes at once where all inputs are known, else by our operators. */
function foldable(apply: (call: OperatorCall) => Tensor): Operator {
  return (call) => {
    const constants = call.constants();
    return (constants && computeKnown(call.node.op, constants)) ?? apply(call);
  };
}

const unary = (compute: Unary): Operator => foldable((call) => compute(call.tensor(0)));

const binary = (compute: Binary): Operator =>
  foldable((call) => compute(call.tensor(0), call.tensor(1)));

/** Operators of any number of inputs, by pairs. */
const nary = (compute: Binary): Operator =>
  foldable((call) =>
    Array.from({ length: call.count }, (_, at) => call.tensor(at)).reduce(compute),
  );

/** Operator of the same name and attributes. */
const same = (op: OpName, ...attributes: readonly string[]): Operator =>
  foldable((call) => call.apply(op, [call.tensor(0)], call.pick(...attributes)));

/** A weight's shape with at most one axis longer than 1, as biases have. */
const isVector = (value: Value): boolean => value.shape.filter((size) => size !== 1).length === 1;

/** Role of a weight that is added to or multiplied with another value. */
function roleBeside(call: OperatorCall, index: number): WeightRole | undefined {
  const value = call.value(index);
  if (!isKnown(value) || !call.scope.weights.isCandidate(value)) return undefined;
  const other = call.value(1 - index);
  if (isKnown(other)) return undefined;
  if (call.node.op === "Add") {
    if (awaitsBias(other)) return "normalisation";
    return isVector(value) ? "bias" : undefined;
  }
  return normalised(other) ? "normalisation" : undefined;
}

/** Add and Mul, which may complete a layer that the exporter took apart. */
const completing = (
  compute: Binary,
  recognise: (a: Tensor, b: Tensor) => Tensor | undefined,
): Operator =>
  foldable((call) => {
    const a = call.tensor(0, roleBeside(call, 0));
    const b = call.tensor(1, roleBeside(call, 1));
    return recognise(a, b) ?? compute(a, b);
  });

const pow = foldable((call) => {
  const x = call.tensor(0);
  const exponent = call.constant(1);
  const power = exponent?.values.length === 1 ? exponent.values[0] : undefined;
  if (power === 1) return x;
  if (power === 2) return f.square(x);
  if (power === 3) return f.mul(f.square(x), x);
  if (power === 0.5) return f.sqrt(x);
  if (power === -0.5) return f.reciprocal(f.sqrt(x));
  return f.pow(x, f.cast(call.tensor(1), x.dtype));
});

/** Largest whole number towards zero. */
const truncate = (x: Tensor): Tensor =>
  f.where(f.greater(x, 0), f.floor(x), f.neg(f.floor(f.neg(x))));

/** Remainder with the dividend's sign. */
const dividendRemainder: Binary = (a, b) => {
  const quotient = f.div(a, b);
  return f.sub(a, f.mul(b, isFloat(a.dtype) ? truncate(quotient) : quotient));
};

/** Remainder of integers with the divisor's sign. */
const divisorRemainder: Binary = (a, b) => {
  const rest = dividendRemainder(a, b);
  const opposite = f.less(f.mul(rest, b), 0);
  return f.where(opposite, f.add(rest, b), rest);
};

const mod: Operator = (call) => {
  const fmod = call.int("fmod", 0) === 1;
  const constants = fmod ? undefined : call.constants();
  const folded = constants && computeKnown("Mod", constants);
  return folded ?? (fmod ? dividendRemainder : divisorRemainder)(call.tensor(0), call.tensor(1));
};

/** Nearest whole number, halves to the even one. */
function round(x: Tensor): Tensor {
  const up = f.add(x, 0.5);
  const half = f.equal(f.sub(x, f.floor(x)), 0.5);
  return f.where(half, f.mul(f.floor(f.mul(up, 0.5)), 2), f.floor(up));
}

/** -1, 0 or 1. */
const sign: Unary = (x) => f.sub(f.cast(f.greater(x, 0), x.dtype), f.cast(f.less(x, 0), x.dtype));

/** Whether elements are infinite, of the signs that the node asks for. */
const infinite: Operator = (call) => {
  const x = call.tensor(0);
  if (call.int("detect_negative", 1) === 0) return f.equal(x, Infinity);
  if (call.int("detect_positive", 1) === 0) return f.equal(x, -Infinity);
  return f.equal(f.abs(x), Infinity);
};

/** The first input as another element type; a weight stays one where it has that type. */
function castValue(call: OperatorCall, dtype: DType): Value {
  const value = call.value(0);
  if (value.dtype === dtype) return value;
  return isKnown(value) && call.constant(0)
    ? castKnown(value, dtype)
    : f.cast(call.tensor(0), dtype);
}

const cast: Operator = (call) => {
  const code = call.int("to", 0);
  const dtype =
    elementType(code) ?? call.fail(`element type ${elementName(code)} is not supported.`);
  return castValue(call, dtype);
};

const where: Operator = (call) => {
  const constants = call.constants();
  const [condition, a, b] = constants ?? [];
  const folded = condition && a && b && whereKnown(condition, a, b);
  if (folded) return folded;
  const inputs = [call.tensor(0), call.tensor(1), call.tensor(2)] as const;
  return recogniseSelection(...inputs) ?? f.where(...inputs);
};

/** Limits may be missing, numbers, or computed. */
const clip: Operator = (call) => {
  const x = call.tensor(0);
  const low = call.constant(1)?.values[0] ?? call.float("min", -Infinity);
  const high = call.constant(2)?.values[0] ?? call.float("max", Infinity);
  const computed = [1, 2].some((index) => call.has(index) && !call.constant(index));
  if (!computed && isFloat(x.dtype)) return f.clip(x, Number(low), Number(high));
  const raised = call.has(1) ? f.maximum(x, call.tensor(1)) : x;
  return call.has(2) ? f.minimum(raised, call.tensor(2)) : raised;
};

const or: Binary = (a, b) => f.not(f.and(f.not(a), f.not(b)));

export const elementwiseOperators: Readonly<Record<string, Operator>> = {
  Identity: (call) => call.value(0),
  Neg: unary(f.neg),
  Abs: unary(f.abs),
  Exp: unary(f.exp),
  Log: unary(f.log),
  Sqrt: unary(f.sqrt),
  Reciprocal: unary(f.reciprocal),
  Sin: unary(f.sin),
  Cos: unary(f.cos),
  Erf: unary(f.erf),
  Tanh: unary(f.tanh),
  Sigmoid: unary(f.sigmoid),
  Relu: unary(f.relu),
  LeakyRelu: same("LeakyRelu", "alpha"),
  Elu: same("Elu", "alpha"),
  Softplus: unary(f.softplus),
  Floor: unary(f.floor),
  Ceil: unary((x) => f.neg(f.floor(f.neg(x)))),
  Round: unary(round),
  Sign: unary(sign),
  Not: unary(f.not),
  IsNaN: unary((x) => f.not(f.equal(x, x))),
  IsInf: infinite,
  Add: completing(f.add, recogniseSum),
  Mul: completing(f.mul, recogniseProduct),
  Sub: binary(f.sub),
  Div: binary(f.div),
  Pow: pow,
  Mod: mod,
  Max: nary(f.maximum),
  Min: nary(f.minimum),
  Sum: nary(f.add),
  Mean: (call) => {
    const terms = Array.from({ length: call.count }, (_, at) => call.tensor(at));
    return f.mul(terms.reduce(f.add), 1 / terms.length);
  },
  And: binary(f.and),
  Or: binary(or),
  Xor: binary((a, b) => f.not(f.equal(a, b))),
  Greater: binary(f.greater),
  GreaterOrEqual: binary(f.greaterOrEqual),
  Less: binary(f.less),
  LessOrEqual: binary(f.lessOrEqual),
  Equal: binary(f.equal),
  Where: where,
  Cast: cast,
  CastLike: (call) => castValue(call, call.value(1).dtype),
  Clip: clip,
};
