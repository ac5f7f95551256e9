/** @module Encoders trained from scratch: a small convolutional network and a bag of text features. */

import { relu } from "../graph/functions/elementwise.js";
import { reshape } from "../graph/functions/layout.js";
import { sizeOf } from "../graph/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { conv2d, embeddingBag } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import type { ModelConfig } from "./config.js";

/**
 * Image features: 3x3 convolutions of stride 2 with rectifiers. There is no normalisation layer: it
 * would blow the flat features of a blank picture up to those of a real one.
 *
 * @param image - `[batch, 3, side, side]`, or features that pass unchanged.
 * @returns `[batch, features]`.
 */
export function encodeImage(
  scope: ParameterScope,
  image: Tensor,
  config: ModelConfig["image"],
): Tensor {
  if (config.type === "features") return image;
  const maps = config.channels.reduce((x, channels, index) => {
    const block = scope.child(`block${index}`);
    return relu(conv2d(block.child("conv"), x, channels, { kernel: 3, stride: 2 }));
  }, image);
  return reshape(maps, [maps.shape[0]!, sizeOf(maps.shape.slice(1))]);
}

/**
 * Text features.
 *
 * @param text - `[batch, tokens]` int32 ids, or features that pass unchanged.
 * @returns `[batch, features]`; an empty text gives zeros.
 */
export function encodeText(
  scope: ParameterScope,
  text: Tensor,
  config: ModelConfig["text"],
): Tensor {
  if (config.type === "features") return text;
  return embeddingBag(scope, text, { ids: config.buckets + 1, width: config.width });
}
