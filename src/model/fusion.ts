/** @module Fusion of the two embeddings and the joint classifier `f_T`. */

import { add, mul } from "../graph/functions/elementwise.js";
import { concat, slice, unsqueeze } from "../graph/functions/layout.js";
import { gemm } from "../graph/functions/linear.js";
import { mean } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import { layerNorm, linear, linearParameters, selfAttention } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import type { FUSIONS } from "./config.js";

/** How the embeddings are joined. */
export type Fusion = (typeof FUSIONS)[number];

const HEADS = 4;

/** Number of attention heads for a width: 4, or 1 where 4 does not divide it. */
const headsFor = (width: number): number => (width % HEADS === 0 ? HEADS : 1);

const fusions: Readonly<
  Record<Fusion, (scope: ParameterScope, image: Tensor, text: Tensor) => Tensor>
> = {
  concat: (_, image, text) => concat([image, text], 1),
  add: (_, image, text) => add(image, text),
  /** The two embeddings as a sequence of two: self-attention with a residual, then their mean. */
  attention: (scope, image, text) => {
    const pair = concat([unsqueeze(image, [1]), unsqueeze(text, [1])], 1); // [batch, 2, embed]
    const heads = headsFor(pair.shape[2] as number);
    const mixed = add(pair, selfAttention(scope.child("attention"), pair, heads));
    return mean(layerNorm(scope.child("norm"), mixed), { axes: [1] });
  },
};

/**
 * Joint logits of two embeddings.
 *
 * @param image - `z_v`, `[batch, embed]`.
 * @param text - `z_l`, `[batch, embed]`.
 * @returns `[batch, classes]`.
 */
export function fuse(
  scope: ParameterScope,
  fusion: Fusion,
  image: Tensor,
  text: Tensor,
  classes: number,
): Tensor {
  return linear(scope.child("classifier"), fusions[fusion](scope, image, text), classes);
}

/**
 * Each modality's share of the joint logits: its part of the classifier's product and half of the
 * bias, as OGM-GE (Peng et al., CVPR 2022, equation 2) has it.
 *
 * @returns `[batch, classes]` each; `null` where the fusion is not additive.
 */
export function fusionShares(
  scope: ParameterScope,
  fusion: Fusion,
  image: Tensor,
  text: Tensor,
  classes: number,
): { readonly image: Tensor; readonly text: Tensor } | null {
  if (fusion === "attention") return null;
  const size = image.shape[1] as number;
  const width = fusion === "concat" ? 2 * size : size;
  const { weight, bias } = linearParameters(scope.child("classifier"), width, classes);
  const rows = (start: number): Tensor =>
    fusion === "concat" ? slice(weight, [{ axis: 0, start, end: start + size }]) : weight;
  const half = mul(bias, 0.5);
  return {
    image: gemm(image, rows(0), { addend: half }),
    text: gemm(text, rows(size), { addend: half }),
  };
}
