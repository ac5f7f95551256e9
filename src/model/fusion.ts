/** @module Fusion of the two embeddings and the joint classifier `f_T`. */

import { add, mul } from "../graph/functions/elementwise.js";
import { concat, slice, unsqueeze } from "../graph/functions/layout.js";
import { gemm } from "../graph/functions/linear.js";
import { mean } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import { lecunUniform } from "../nn/initializers.js";
import { layerNorm, linear, linearParameters, selfAttention } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import { type FUSIONS, type GENERAL_FUSIONS, OWN_FUSIONS } from "./config.js";
import { scaledCosines } from "./cosine.js";
import { mixtureLogits } from "./mixture.js";
import { prototypeLogits } from "./prototypes.js";
import { qualityLogits } from "./quality.js";

/** How the embeddings are joined. */
export type Fusion = (typeof FUSIONS)[number];

type OwnFusion = (typeof OWN_FUSIONS)[number];

/** Whether a fusion needs what one method does in training. */
export const isOwnFusion = (fusion: Fusion): fusion is OwnFusion =>
  OWN_FUSIONS.some((own) => own === fusion);

/** Fusions whose joint logits are a sum over the modalities. */
export const ADDITIVE_FUSIONS: readonly Fusion[] = ["concat", "add", "cosine"];

const HEADS = 4;

/** Number of attention heads for a width: 4, or 1 where 4 does not divide it. */
const headsFor = (width: number): number => (width % HEADS === 0 ? HEADS : 1);

/** Fusions that join embeddings in front of one linear classifier. */
type Joining = Exclude<(typeof GENERAL_FUSIONS)[number], "cosine">;

/** One tensor per modality. */
interface Pair {
  readonly image: Tensor;
  readonly text: Tensor;
}

/** Joint logits of two embeddings, given whether each sample has the modality. */
type OwnLogits = (scope: ParameterScope, z: Pair, there: Pair, classes: number) => Tensor;

const ownFusions: Readonly<Record<OwnFusion, OwnLogits>> = {
  mixture: mixtureLogits,
  prototypes: prototypeLogits,
  quality: qualityLogits,
};

const fusions: Readonly<
  Record<Joining, (scope: ParameterScope, image: Tensor, text: Tensor) => Tensor>
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

/** Weight of one modality's cosines, `[embed, classes]`. */
function cosineWeight(scope: ParameterScope, side: string, size: number, classes: number): Tensor {
  return scope
    .child(`cosine.${side}`)
    .parameter("weight", [size, classes], lecunUniform(size), { decays: true });
}

/**
 * Scaled cosines between each embedding and its class weights, so that no modality can dominate by
 * the length of its embedding.
 *
 * Source: Xu et al., "MMCosine", ICASSP 2023, equation 5.
 */
function cosineShares(scope: ParameterScope, image: Tensor, text: Tensor, classes: number) {
  const share = (side: string, z: Tensor): Tensor => {
    return scaledCosines(z, cosineWeight(scope, side, z.shape[1] as number, classes));
  };
  return { image: share("image", image), text: share("text", text) };
}

/**
 * Joint logits of two embeddings.
 *
 * @param z - `z_v` and `z_l`, `[batch, embed]` each.
 * @param there - Whether each sample has the modality, `[batch, 1]`, 0 or 1: for fusions that ask.
 * @returns `[batch, classes]`.
 */
export function fuse(
  scope: ParameterScope,
  fusion: Fusion,
  z: Pair,
  there: () => Pair,
  classes: number,
): Tensor {
  const { image, text } = z;
  if (isOwnFusion(fusion)) return ownFusions[fusion](scope, z, there(), classes);
  if (fusion === "cosine") {
    const shares = cosineShares(scope, image, text, classes);
    return add(shares.image, shares.text);
  }
  return linear(scope.child("classifier"), fusions[fusion](scope, image, text), classes);
}

/**
 * The rows of the joint classifier's weight that each embedding meets, `[embed, classes]`: one half
 * each for `concat`, the same for both where they are mixed before the classifier.
 *
 * @param size - Length of an embedding.
 * @throws {TypeError} for a method's own fusion, which has no such classifier.
 */
export function classifierRows(
  scope: ParameterScope,
  fusion: Fusion,
  size: number,
  classes: number,
): Pair {
  if (isOwnFusion(fusion)) throw new TypeError(`The fusion ${fusion} has no joint classifier.`);
  if (fusion === "cosine") {
    const weight = (side: string): Tensor => cosineWeight(scope, side, size, classes);
    return { image: weight("image"), text: weight("text") };
  }
  const width = fusion === "concat" ? 2 * size : size;
  const { weight } = linearParameters(scope.child("classifier"), width, classes);
  const rows = (start: number): Tensor =>
    fusion === "concat" ? slice(weight, [{ axis: 0, start, end: start + size }]) : weight;
  return { image: rows(0), text: rows(size) };
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
): Pair | null {
  if (!ADDITIVE_FUSIONS.includes(fusion)) return null;
  if (fusion === "cosine") return cosineShares(scope, image, text, classes);
  const size = image.shape[1] as number;
  const width = fusion === "concat" ? 2 * size : size;
  const { bias } = linearParameters(scope.child("classifier"), width, classes);
  const rows = classifierRows(scope, fusion, size, classes);
  const half = mul(bias, 0.5);
  return {
    image: gemm(image, rows.image, { addend: half }),
    text: gemm(text, rows.text, { addend: half }),
  };
}
