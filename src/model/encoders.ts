/** @module Encoders: a small convolutional network, a bag of text features, precomputed and pretrained ones. */

import { greater, mul, relu, where } from "../graph/functions/elementwise.js";
import { reshape } from "../graph/functions/layout.js";
import { sizeOf } from "../graph/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { conv2d, embeddingBag } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import type { FeatureSide, ModelConfig } from "./config.js";
import { encodeImported } from "./imported.js";
import type { NoiseSource } from "./noise.js";
import { isThere } from "./presence.js";
import { standardise } from "./standardise.js";

/**
 * Precomputed features, standardised where the model says so. Rows of zeros, which are missing, become the
 * blank input's features, or stay zeros.
 */
function encodeFeatures(features: Tensor, { blank, size, standardisation }: FeatureSide): Tensor {
  const { graph, dtype } = features;
  const there = isThere(features); // [batch, 1]
  const whole = blank
    ? where(greater(there, 0), features, graph.constant(dtype, [1, size], blank))
    : features;
  if (!standardisation) return whole;
  const scaled = standardise(whole, standardisation);
  return blank ? scaled : mul(scaled, there);
}

/**
 * Image features: 3x3 convolutions of stride 2 with rectifiers. There is no normalisation layer: it
 * would blow the flat features of a blank picture up to those of a real one.
 *
 * @param image - `[batch, 3, height, width]`, or features, of which only scale and missing rows change.
 * @returns `[batch, features]`.
 */
export function encodeImage(
  scope: ParameterScope,
  image: Tensor,
  config: ModelConfig["image"],
  noise?: NoiseSource,
): Tensor {
  if (config.type === "features") return encodeFeatures(image, config);
  if (config.type === "imported") return encodeImported(scope, image, config, noise);
  const maps = config.channels.reduce((x, channels, index) => {
    const block = scope.child(`block${index}`);
    return relu(conv2d(block.child("conv"), x, channels, { kernel: 3, stride: 2 }));
  }, image);
  return reshape(maps, [maps.shape[0]!, sizeOf(maps.shape.slice(1))]);
}

/**
 * Text features.
 *
 * @param text - `[batch, tokens]` int32 ids, or features, of which only scale and missing rows change.
 * @returns `[batch, features]`; an empty text gives zeros.
 */
export function encodeText(
  scope: ParameterScope,
  text: Tensor,
  config: ModelConfig["text"],
  noise?: NoiseSource,
): Tensor {
  if (config.type === "features") return encodeFeatures(text, config);
  if (config.type === "imported") return encodeImported(scope, text, config, noise);
  return embeddingBag(scope, text, { ids: config.buckets + 1, width: config.width });
}
