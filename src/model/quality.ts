/** @module Fusion by the noise that each embedding is thought to carry. */

import {
  add,
  exp,
  log,
  maximum,
  mul,
  neg,
  softmax,
  stopGradient,
  sub,
} from "../graph/functions/elementwise.js";
import { concat, slice, unsqueeze } from "../graph/functions/layout.js";
import type { Tensor } from "../graph/tensor.js";
import { ones } from "../nn/initializers.js";
import { linear } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import type { Modality } from "../data/dataset.js";

/** One tensor per modality. */
export interface Pair {
  readonly image: Tensor;
  readonly text: Tensor;
}

// A modality that no logit depends on has a weight all the same.
const LEAST = 1e-6;

const inQuality = (scope: ParameterScope): ParameterScope => scope.child("quality");

const dependencyOf = (scope: ParameterScope): Tensor =>
  inQuality(scope).parameter("dependency", [2], ones);

/** Logarithm of an embedding's noise, squared, `[batch, 1]`; the embedding is not changed to suit it. */
const logVariance = (scope: ParameterScope, side: Modality, z: Tensor): Tensor =>
  // It estimates a number, and decay would pull that towards one.
  linear(inQuality(scope).child(side), stopGradient(z), 1, { decays: false });

/** What the fusion knows of its inputs' quality. */
export interface Quality {
  /** Estimated noise of each embedding, `[batch, 1]` each, 1 where there is none. */
  readonly strengths: Pair;
  /** How much the logits depend on image and text, `[2]`: a parameter that training sets. */
  readonly dependency: Tensor;
}

/** Quality of two embeddings. */
export function qualityOf(scope: ParameterScope, z: Pair): Quality {
  const of = (side: Modality): Tensor => exp(mul(logVariance(scope, side, z[side]), 0.5));
  return { strengths: { image: of("image"), text: of("text") }, dependency: dependencyOf(scope) };
}

/**
 * Joint logits of weighed embeddings, `[(1 + w_v) z_v, (1 + w_l) z_l]` in front of one linear classifier, with
 * `w_m` in proportion to `1 / (sigma_m^2 d_m)` and a sum of 2: less for what is noisy, by its estimated noise
 * `sigma`, and less for what the logits depend on most, by their share `d`. Where one modality is missing it
 * is zeros and the other has weight 1.
 *
 * Source: Wei et al., "Unbiased Dynamic Multimodal Fusion", CVPR 2026, arXiv 2603.19681, and its code.
 *
 * @param z - `z_v` and `z_l`, `[batch, embed]` each.
 * @param there - Whether each sample has the modality, `[batch, 1]`, 0 or 1.
 * @returns `[batch, classes]`.
 */
export function qualityLogits(
  scope: ParameterScope,
  z: Pair,
  there: Pair,
  classes: number,
): Tensor {
  const noise = concat(
    [logVariance(scope, "image", z.image), logVariance(scope, "text", z.text)],
    1,
  );
  const dependency = log(maximum(stopGradient(dependencyOf(scope)), LEAST));
  const weights = mul(softmax(neg(add(noise, unsqueeze(dependency, [0])))), 2); // [batch, 2]
  const both = mul(there.image, there.text);
  const weighed = (side: Modality, at: number): Tensor => {
    const own = slice(weights, [{ axis: 1, start: at, end: at + 1 }]);
    const factor = add(mul(own, both), sub(2, both));
    return mul(z[side], mul(factor, there[side]));
  };
  const seen = concat([weighed("image", 0), weighed("text", 1)], 1);
  return linear(inQuality(scope).child("classifier"), seen, classes);
}
