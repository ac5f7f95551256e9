/** @module Vector-Jacobian products of elementwise operators. */

import { floatOf, intOf } from "../attributes.js";
import { isFloat } from "../dtype.js";
import {
  add,
  and,
  cast,
  cos,
  div,
  exp,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  log,
  mul,
  neg,
  not,
  type Operand,
  pow,
  sigmoid,
  sin,
  softmax,
  square,
  sub,
  where,
} from "../functions/elementwise.js";
import { sum } from "../functions/reduce.js";
import type { Tensor } from "../tensor.js";
import { normalCumulative } from "./again.js";
import { inputOf, noCotangent, scaledBy, unbroadcast, type VjpRule, zerosLike } from "./rule.js";

const identity: VjpRule = (ct) => [() => ct];

/** Rule of a broadcasting binary function with the two partial derivatives. */
function binary(
  towardsA: (ct: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor,
  towardsB: (ct: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor,
): VjpRule {
  return (ct, node) => {
    const a = inputOf(node, 0);
    const b = inputOf(node, 1);
    const y = node.outputs[0]!;
    return [
      () => unbroadcast(towardsA(ct, a, b, y), a),
      () => unbroadcast(towardsB(ct, a, b, y), b),
    ];
  };
}

/** Cotangent where a condition holds, zero elsewhere. */
const masked = (condition: Tensor, ct: Tensor): Tensor => where(condition, ct, 0);

function sign(x: Tensor): Tensor {
  return sub(cast(greater(x, 0), x.dtype), cast(less(x, 0), x.dtype));
}

/** Derivative of `x * Phi(x)`. */
function geluDerivative(x: Tensor): Tensor {
  const density = mul(exp(mul(-0.5, square(x))), 1 / Math.sqrt(2 * Math.PI));
  return add(normalCumulative(x), mul(x, density));
}

const softmaxRule: VjpRule = (ct, node) => [
  () => {
    const y = node.outputs[0]!;
    const axis = intOf(node.attributes, "axis", -1);
    return mul(y, sub(ct, sum(mul(ct, y), { axes: [axis], keep: true })));
  },
];

const logSoftmax: VjpRule = (ct, node) => [
  () => {
    const axis = intOf(node.attributes, "axis", -1);
    const share = softmax(inputOf(node, 0), axis);
    return sub(ct, mul(share, sum(ct, { axes: [axis], keep: true })));
  },
];

const clip: VjpRule = (ct, node) => [
  () => {
    const x = inputOf(node, 0);
    const low: Operand = node.inputs[1] ?? -Infinity;
    const high: Operand = node.inputs[2] ?? Infinity;
    return masked(and(greaterOrEqual(x, low), lessOrEqual(x, high)), ct);
  },
  null,
  null,
];

const castRule: VjpRule = (ct, node) => {
  const x = inputOf(node, 0);
  return [isFloat(x.dtype) ? () => cast(ct, x.dtype) : null];
};

const whereRule: VjpRule = (ct, node) => {
  const condition = inputOf(node, 0);
  return [
    null,
    () => unbroadcast(masked(condition, ct), inputOf(node, 1)),
    () => unbroadcast(masked(not(condition), ct), inputOf(node, 2)),
  ];
};

const leakyRelu = scaledBy((x, _, node) =>
  where(greater(x, 0), 1, add(zerosLike(x), floatOf(node.attributes, "alpha", 0.01))),
);

const elu = scaledBy((x, y, node) =>
  where(greater(x, 0), 1, add(y, floatOf(node.attributes, "alpha", 1))),
);

export const elementwiseVjp = {
  Identity: identity,
  StopGradient: noCotangent,
  Neg: (ct) => [() => neg(ct)],
  Abs: scaledBy(sign),
  Exp: scaledBy((_, y) => y),
  Log: (ct, node) => [() => div(ct, inputOf(node, 0))],
  Sqrt: (ct, node) => [() => div(mul(ct, 0.5), node.outputs[0]!)],
  Reciprocal: scaledBy((_, y) => neg(square(y))),
  Relu: scaledBy((x) => cast(greater(x, 0), x.dtype)),
  LeakyRelu: leakyRelu,
  Elu: elu,
  Sigmoid: scaledBy((_, y) => mul(y, sub(1, y))),
  Tanh: scaledBy((_, y) => sub(1, square(y))),
  Erf: scaledBy((x) => mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  Gelu: scaledBy(geluDerivative),
  Softplus: scaledBy((x) => sigmoid(x)),
  Sin: scaledBy((x) => cos(x)),
  Cos: scaledBy((x) => neg(sin(x))),
  Floor: noCotangent,
  Not: noCotangent,
  Clip: clip,
  Softmax: softmaxRule,
  LogSoftmax: logSoftmax,
  Cast: castRule,
  Add: binary(
    (ct) => ct,
    (ct) => ct,
  ),
  Sub: binary(
    (ct) => ct,
    (ct) => neg(ct),
  ),
  Mul: binary(
    (ct, _, b) => mul(ct, b),
    (ct, a) => mul(ct, a),
  ),
  Div: binary(
    (ct, _, b) => div(ct, b),
    (ct, _, b, y) => neg(div(mul(ct, y), b)),
  ),
  Pow: binary(
    (ct, a, b) => mul(ct, mul(b, pow(a, sub(b, 1)))),
    (ct, a, _, y) => mul(ct, mul(y, log(a))),
  ),
  Max: binary(
    (ct, a, b) => masked(greaterOrEqual(a, b), ct),
    (ct, a, b) => masked(less(a, b), ct),
  ),
  Min: binary(
    (ct, a, b) => masked(lessOrEqual(a, b), ct),
    (ct, a, b) => masked(greater(a, b), ct),
  ),
  And: noCotangent,
  Greater: noCotangent,
  GreaterOrEqual: noCotangent,
  Less: noCotangent,
  LessOrEqual: noCotangent,
  Equal: noCotangent,
  Where: whereRule,
} satisfies Record<string, VjpRule>;
