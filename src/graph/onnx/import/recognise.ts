/** @module Layers that exporters took apart, put together again: layer normalisation and GELU. */

import { intOf } from "../../attributes.js";
import { equal, gelu, softmax, where } from "../../functions/elementwise.js";
import { layerNormalization } from "../../functions/normalize.js";
import type { OpName } from "../../infer/rules.js";
import { constantData } from "../../infer/rule.js";
import { max } from "../../functions/reduce.js";
import { reducedAxes } from "../../infer/reduce.js";
import type { Tensor } from "../../tensor.js";

/** Inputs of a tensor's node if that is the given operator. */
function partsOf(x: Tensor, op: OpName): readonly [Tensor, Tensor] | undefined {
  return x.node.op === op ? (x.node.inputs as readonly [Tensor, Tensor]) : undefined;
}

/** Value of a constant of one element. */
function numberOf(x: Tensor): number | undefined {
  const data = constantData(x);
  return data?.length === 1 ? Number(data[0]) : undefined;
}

/** What a tensor is the mean of, along its last axis. */
function meanOf(x: Tensor): Tensor | undefined {
  if (x.node.op !== "ReduceMean" || intOf(x.node.attributes, "keepdims", 1) !== 1) return undefined;
  const axes = reducedAxes(x.node.inputs, x.node.op);
  const source = x.node.inputs[0]!;
  return axes.length === 1 && axes[0] === source.shape.length - 1 ? source : undefined;
}

/** `s` where `x` is `1 / s`. */
function reciprocalOf(x: Tensor): Tensor | undefined {
  if (x.node.op === "Reciprocal") return x.node.inputs[0]!;
  const quotient = partsOf(x, "Div");
  return quotient && numberOf(quotient[0]) === 1 ? quotient[1] : undefined;
}

/** Numerator and denominator of a quotient, or of a product with a reciprocal. */
function quotientOf(x: Tensor): readonly [Tensor, Tensor] | undefined {
  const product = partsOf(x, "Mul");
  if (!product) return partsOf(x, "Div");
  const [a, b] = product;
  const [left, right] = [reciprocalOf(a), reciprocalOf(b)];
  return right ? [a, right] : left && [b, left];
}

/** `v` and `epsilon` where `x` is `v + epsilon`. */
function shifted(x: Tensor): readonly [Tensor, number] | undefined {
  const sum = partsOf(x, "Add");
  if (!sum) return undefined;
  const [a, b] = sum;
  const [left, right] = [numberOf(a), numberOf(b)];
  return right !== undefined ? [a, right] : left !== undefined ? [b, left] : undefined;
}

/** What a tensor is the normalisation of: `(x - mean) / sqrt(variance + epsilon)`, last axis. */
export function normalised(y: Tensor): { x: Tensor; epsilon: number } | undefined {
  const quotient = quotientOf(y);
  if (quotient?.[1].node.op !== "Sqrt") return undefined;
  const [centred, deviation] = quotient;
  const variance = shifted(deviation.node.inputs[0]!);
  const difference = partsOf(centred, "Sub");
  if (!variance || !difference || meanOf(difference[1]) !== difference[0]) return undefined;
  const square = meanOf(variance[0]);
  const factors = square && partsOf(square, "Mul");
  const fits = factors?.[0] === centred && factors[1] === centred;
  return fits ? { x: difference[0], epsilon: variance[1] } : undefined;
}

/** Whether a tensor is a layer normalisation whose bias may still come. */
export const awaitsBias = (x: Tensor): boolean =>
  x.index === 0 && x.node.op === "LayerNormalization" && x.node.inputs.length === 2;

const spansLastAxis = (parameter: Tensor, x: Tensor): boolean =>
  parameter.shape.length === 1 && parameter.shape[0] === x.shape.at(-1);

/** A layer normalisation where `a * b` or `b * a` scales a normalised tensor. */
function scaledNormalisation(a: Tensor, b: Tensor): Tensor | undefined {
  for (const [y, scale] of [
    [a, b],
    [b, a],
  ] as const) {
    const found = spansLastAxis(scale, y) ? normalised(y) : undefined;
    if (found) return layerNormalization(found.x, scale, undefined, { epsilon: found.epsilon });
  }
  return undefined;
}

/** Factors of nested products, down to three. */
function factorsOf(a: Tensor, b: Tensor): Tensor[][] {
  const [left, right] = [partsOf(a, "Mul"), partsOf(b, "Mul")];
  return [...(left ? [[...left, b]] : []), ...(right ? [[a, ...right]] : [])];
}

const near = (value: number | undefined, goal: number): boolean =>
  value !== undefined && Math.abs(value - goal) < 1e-5;

/** `x` where a tensor is `1 + erf(x / sqrt(2))`. */
function erfArgument(y: Tensor): Tensor | undefined {
  const sum = shifted(y);
  if (!sum || sum[1] !== 1 || sum[0].node.op !== "Erf") return undefined;
  const inner = sum[0].node.inputs[0]!;
  const quotient = partsOf(inner, "Div");
  if (quotient && near(numberOf(quotient[1]), Math.SQRT2)) return quotient[0];
  const product = partsOf(inner, "Mul");
  if (!product) return undefined;
  if (near(numberOf(product[1]), Math.SQRT1_2)) return product[0];
  return near(numberOf(product[0]), Math.SQRT1_2) ? product[1] : undefined;
}

/** GELU where `a * b` is the product of `x`, one half and `1 + erf(x / sqrt(2))` in any order. */
function exactGelu(a: Tensor, b: Tensor): Tensor | undefined {
  for (const factors of factorsOf(a, b)) {
    const x = factors.map(erfArgument).find((argument) => argument !== undefined);
    if (x && factors.includes(x) && factors.some((factor) => numberOf(factor) === 0.5)) {
      return gelu(x);
    }
  }
  return undefined;
}

/** The layer that a product completes, if any. */
export const recogniseProduct = (a: Tensor, b: Tensor): Tensor | undefined =>
  scaledNormalisation(a, b) ?? exactGelu(a, b);

/** The layer normalisation that a sum completes, if any. */
export function recogniseSum(a: Tensor, b: Tensor): Tensor | undefined {
  for (const [y, bias] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!awaitsBias(y) || !spansLastAxis(bias, y)) continue;
    const { inputs, attributes, outputs } = y.node;
    return outputs[0]!.graph.apply("LayerNormalization", [...inputs, bias], attributes)[0]!;
  }
  return undefined;
}

/** What a condition compares with itself, to find where it is not a number. */
function testedForNaN(condition: Tensor): Tensor | undefined {
  const same = condition.node.op === "Not" ? condition.node.inputs[0]! : undefined;
  const sides = same && partsOf(same, "Equal");
  return sides?.[0] === sides?.[1] ? sides?.[0] : undefined;
}

/**
 * A softmax whose rows without an open position are replaced, where a selection is one: `a` where the
 * softmax `b` is not a number, else `b`. Such rows are closed before the softmax, because a NaN that is
 * only replaced afterwards comes back in the gradient.
 */
export function recogniseSelection(condition: Tensor, a: Tensor, b: Tensor): Tensor | undefined {
  if (b.node.op !== "Softmax" || testedForNaN(condition) !== b) return undefined;
  const axis = intOf(b.node.attributes, "axis", -1);
  const scores = b.node.inputs[0]!;
  const closed = equal(max(scores, { axes: [axis], keep: true }), -Infinity);
  return where(closed, a, softmax(where(closed, 0, scores), axis));
}
