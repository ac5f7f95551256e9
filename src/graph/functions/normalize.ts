/** @module Normalisation of activations. */

import { float, int } from "../attributes.js";
import type { Tensor } from "../tensor.js";

/**
 * Layer normalisation over the axes from `axis` on (Ba et al., 2016).
 *
 * @param scale - Shape of the normalised axes.
 * @param bias - Shape of the normalised axes, optional.
 */
export function layerNormalization(
  x: Tensor,
  scale: Tensor,
  bias?: Tensor,
  { axis = -1, epsilon = 1e-5 }: { readonly axis?: number; readonly epsilon?: number } = {},
): Tensor {
  return x.graph.apply("LayerNormalization", bias ? [x, scale, bias] : [x, scale], {
    axis: int(axis),
    epsilon: float(epsilon),
  })[0]!;
}
