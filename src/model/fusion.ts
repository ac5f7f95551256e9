/** @module Fusion of the two embeddings and the joint classifier `f_T`. */

import { add } from "../graph/functions/elementwise.js";
import { concat, unsqueeze } from "../graph/functions/layout.js";
import { mean } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import { layerNorm, linear, selfAttention } from "../nn/layers.js";
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
