/** @module Activation functions, softmax and dropout of ONNX files. */

import * as f from "../../../functions/elementwise.js";
import { reshape, reshapeLike } from "../../../functions/layout.js";
import { sizeOf } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";

const unary =
  (compute: (x: Tensor, call: OperatorCall) => Tensor): Operator =>
  (call) =>
    compute(call.tensor(0), call);

/** `max(0, min(1, alpha x + beta))`. */
const hardSigmoid = (x: Tensor, alpha: number, beta: number): Tensor =>
  f.clip(f.add(f.mul(x, alpha), beta), 0, 1);

/** GELU by the hyperbolic tangent (Hendrycks and Gimpel, 2016). */
export function tanhGelu(x: Tensor): Tensor {
  const cubic = f.add(x, f.mul(f.mul(f.square(x), x), 0.044715));
  const inner = f.tanh(f.mul(cubic, Math.sqrt(2 / Math.PI)));
  return f.mul(f.mul(x, 0.5), f.add(inner, 1));
}

/** `x * sigmoid(alpha x)`. */
const swish = (x: Tensor, alpha: number): Tensor =>
  f.mul(x, f.sigmoid(alpha === 1 ? x : f.mul(x, alpha)));

/** ONNX's defaults of Selu. */
const SELU_ALPHA = 1.67326319217681884765625;
const SELU_GAMMA = 1.05070102214813232421875;

/** Before opset 13 softmax ran over all axes from `axis` on, as one. */
const softmax =
  (compute: (x: Tensor, axis?: number) => Tensor): Operator =>
  (call) => {
    const x = call.tensor(0);
    const rank = x.shape.length;
    const axis = call.axis(call.int("axis", call.opset < 13 ? 1 : -1), rank);
    if (call.opset >= 13 || axis === rank - 1) return compute(x, axis);
    const rows = reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
    return reshapeLike(compute(rows, 1), x);
  };

const dropout: Operator = (call) => {
  const x = call.tensor(0);
  const rate = call.numberOr(1, "ratio") ?? 0.5;
  return call.scope.options.dropout?.(x, rate, call.node.name) ?? x;
};

/** A sum with an optional second input. */
const biased = (call: OperatorCall): Tensor =>
  call.has(1) ? f.add(call.tensor(0), call.tensor(1, "bias")) : call.tensor(0);

export const activationOperators: Readonly<Record<string, Operator>> = {
  Gelu: unary((x, call) =>
    call.string("approximate", "none") === "tanh" ? tanhGelu(x) : f.gelu(x),
  ),
  HardSigmoid: unary((x, call) =>
    hardSigmoid(x, call.float("alpha", 0.2), call.float("beta", 0.5)),
  ),
  HardSwish: unary((x) => f.mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  Mish: unary((x) => f.mul(x, f.tanh(f.softplus(x)))),
  Swish: unary((x, call) => swish(x, call.float("alpha", 1))),
  Selu: unary((x, call) =>
    f.mul(f.elu(x, call.float("alpha", SELU_ALPHA)), call.float("gamma", SELU_GAMMA)),
  ),
  Celu: unary((x, call) => {
    const alpha = call.float("alpha", 1);
    return f.mul(f.elu(f.mul(x, 1 / alpha)), alpha);
  }),
  Softsign: unary((x) => f.div(x, f.add(f.abs(x), 1))),
  PRelu: (call) => {
    const x = call.tensor(0);
    return f.where(f.greater(x, 0), x, f.mul(x, call.tensor(1, "other")));
  },
  Softmax: softmax(f.softmax),
  LogSoftmax: softmax(f.logSoftmax),
  Dropout: dropout,
};

export const microsoftActivations: Readonly<Record<string, Operator>> = {
  Gelu: unary(f.gelu),
  BiasGelu: (call) => f.gelu(biased(call)),
  FastGelu: (call) => tanhGelu(biased(call)),
  QuickGelu: unary((x, call) => swish(x, call.float("alpha", 1.702))),
  BiasSoftmax: (call) => f.softmax(f.add(call.tensor(0), call.tensor(1)), call.int("axis", 1)),
};
