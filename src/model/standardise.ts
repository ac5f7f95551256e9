/** @module Features on one scale. */

import type { Standardisation } from "../encode/features/statistics.js";
import { mul, sub } from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";

/**
 * `(x - mean) * scale` per dimension: features of one modality do not outweigh the other's by their length.
 *
 * @param features - `[batch, size]`.
 */
export function standardise(features: Tensor, { mean, scale }: Standardisation): Tensor {
  const { graph, dtype } = features;
  const row = (values: Float32Array): Tensor => graph.constant(dtype, [1, values.length], values);
  return mul(sub(features, row(mean)), row(scale));
}
