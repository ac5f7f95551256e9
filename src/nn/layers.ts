/** @module Layers: functions of a scope, which owns their parameters, and symbolic tensors. */

import {
  add,
  cast,
  div,
  greater,
  maximum,
  mul,
  softmax,
  sqrt,
} from "../graph/functions/elementwise.js";
import { reshape, transpose } from "../graph/functions/layout.js";
import { gemm, matmul } from "../graph/functions/linear.js";
import { gatherElements, scatterAddElements } from "../graph/functions/lookup.js";
import { layerNormalization } from "../graph/functions/normalize.js";
import { sum } from "../graph/functions/reduce.js";
import { conv } from "../graph/functions/spatial.js";
import type { DType } from "../graph/dtype.js";
import { ShapeError } from "../graph/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { heUniform, lecunUniform, normal, ones, zeros } from "./initializers.js";
import type { ParameterScope } from "./parameters.js";

/** Size of an axis that must be known while building. */
function knownSize(layer: string, x: Tensor, axis: number): number {
  const size = x.shape.at(axis);
  if (typeof size === "number") return size;
  throw new ShapeError(layer, `axis ${axis} must be known`, x.shape);
}

/** How a linear layer starts and whether it decays. */
export interface LinearOptions {
  /** Whether a ReLU or GELU follows. */
  readonly rectified?: boolean;
  /** Whether weight decay shrinks its weight; default: yes. */
  readonly decays?: boolean;
}

/** Weight `[size, out]` and bias `[out]` of a {@link linear} layer. */
export function linearParameters(
  scope: ParameterScope,
  size: number,
  out: number,
  { rectified = false, decays = true }: LinearOptions = {},
): { readonly weight: Tensor; readonly bias: Tensor } {
  const initializer = rectified ? heUniform(size) : lecunUniform(size);
  return {
    weight: scope.parameter("weight", [size, out], initializer, { decays }),
    bias: scope.parameter("bias", [out], zeros),
  };
}

/**
 * Affine map of the last axis, `x @ weight + bias`.
 *
 * @param x - `[..., in]`.
 * @returns `[..., out]`.
 */
export function linear(
  scope: ParameterScope,
  x: Tensor,
  out: number,
  options: LinearOptions = {},
): Tensor {
  const { weight, bias } = linearParameters(scope, knownSize("linear", x, -1), out, options);
  return x.shape.length === 2 ? gemm(x, weight, { addend: bias }) : add(matmul(x, weight), bias);
}

/** Geometry of {@link conv2d}. */
export interface Conv2dOptions {
  /** Window side; odd, so that padding keeps the size at stride 1. */
  readonly kernel: number;
  readonly stride: number;
}

/**
 * Convolution with "same" padding and a bias.
 *
 * @param x - `[batch, in, height, width]`.
 * @returns `[batch, out, ceil(height / stride), ceil(width / stride)]`.
 */
export function conv2d(
  scope: ParameterScope,
  x: Tensor,
  out: number,
  { kernel, stride }: Conv2dOptions,
): Tensor {
  const channels = knownSize("conv2d", x, 1);
  const initializer = heUniform(channels * kernel * kernel);
  const weight = scope.parameter("weight", [out, channels, kernel, kernel], initializer, {
    decays: true,
  });
  const half = (kernel - 1) / 2;
  return conv(x, weight, {
    strides: [stride, stride],
    pads: [half, half, half, half],
    bias: scope.parameter("bias", [out], zeros),
  });
}

/** Layer normalisation of the last axis (Ba et al., 2016) with scale and bias. */
export function layerNorm(scope: ParameterScope, x: Tensor): Tensor {
  const size = knownSize("layerNorm", x, -1);
  return layerNormalization(
    x,
    scope.parameter("scale", [size], ones),
    scope.parameter("bias", [size], zeros),
  );
}

// Small, so that a step of the optimizer matters to an embedding from the first epoch on.
const EMBEDDING_DEVIATION = 0.1;

/** Size of an embedding table. */
export interface EmbeddingBagOptions {
  /** Number of ids; id 0 is padding and takes no part. */
  readonly ids: number;
  /** Length of one embedding. */
  readonly width: number;
  /** Default: `length`. */
  readonly scale?: (typeof BAG_SCALES)[number];
}

/**
 * How often each id occurs in each row, `[batch, ids]`; padding takes no part.
 *
 * @param tokens - `[batch, tokens]` int32, 0 where there is no token.
 */
export function idCounts(tokens: Tensor, ids: number, dtype: DType = "float32"): Tensor {
  const zero = mul(presentIds(tokens, dtype).number, 0);
  const nothing = add(zero, tokens.graph.constant(dtype, [1, ids], noCounts(ids)));
  return scatterAddElements(nothing, tokens, presentIds(tokens, dtype).each, 1);
}

/** Length of the vector of each row's counts, `[batch, 1]`, from the few that are not zero. */
export const countsLength = (counts: Tensor, tokens: Tensor): Tensor =>
  sqrt(sum(gatherElements(counts, tokens, 1), { axes: [1], keep: true }));

/** Where there are ids, `[batch, tokens]`, and how many, `[batch, 1]`. */
function presentIds(tokens: Tensor, dtype: DType) {
  const each = cast(greater(tokens, 0), dtype);
  return { each, number: sum(each, { axes: [1], keep: true }) };
}

const zeroCounts = new Map<number, Float32Array>();

/** The same array each time: constants of the same data are one, and so are the counts made of them. */
function noCounts(size: number): Float32Array {
  const known = zeroCounts.get(size) ?? new Float32Array(size);
  zeroCounts.set(size, known);
  return known;
}

/** What the sum of a row's embeddings is divided by. */
export const BAG_SCALES = ["length", "mean"] as const;

/**
 * Embeddings of each row's ids, summed, and divided by the length of the vector of their counts
 * (`scale = "length"`) or by their number (`"mean"`); a row without ids gives zeros.
 *
 * @param tokens - `[batch, tokens]` int32, 0 where there is no token.
 * @returns `[batch, width]`.
 */
export function embeddingBag(
  scope: ParameterScope,
  tokens: Tensor,
  { ids, width, scale = "length" }: EmbeddingBagOptions,
): Tensor {
  const table = scope.parameter("table", [ids, width], normal(EMBEDDING_DEVIATION), {
    decays: true,
  });
  // One row of counts over the whole table makes the bag, and its gradient, a product of matrices.
  const counts = idCounts(tokens, ids, table.dtype);
  const by =
    scale === "mean" ? presentIds(tokens, table.dtype).number : countsLength(counts, tokens);
  return div(matmul(counts, table), maximum(by, 1));
}

/**
 * Multi-head self-attention (Vaswani et al., 2017, section 3.2.2) without mask.
 *
 * @param x - `[batch, length, width]`, `width` divisible by `heads`.
 * @returns `[batch, length, width]`.
 */
export function selfAttention(scope: ParameterScope, x: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape as [string, number, number];
  const size = width / heads;
  const split = (name: string, order: readonly number[]): Tensor => {
    const projected = linear(scope.child(name), x, width);
    return transpose(reshape(projected, [batch, length, heads, size]), order);
  };
  const query = split("query", [0, 2, 1, 3]); // [batch, heads, length, size]
  const key = split("key", [0, 2, 3, 1]); // [batch, heads, size, length]
  const value = split("value", [0, 2, 1, 3]);
  const scores = mul(matmul(query, key), 1 / Math.sqrt(size));
  const mixed = transpose(matmul(softmax(scores), value), [0, 2, 1, 3]);
  return linear(scope.child("output"), reshape(mixed, [batch, length, width]), width);
}

/**
 * Dropout: each element is zeroed with probability `rate` and the others are scaled up, so that
 * the expectation stays (Srivastava et al., 2014).
 *
 * @param uniform - Noise in `[0, 1)` of `x`'s shape; fed from a seeded stream, so that a resumed
 *   run drops the same elements.
 */
export function dropout(x: Tensor, uniform: Tensor, rate: number): Tensor {
  return mul(x, mul(cast(greater(uniform, rate), x.dtype), 1 / (1 - rate)));
}
