/** @module Augmentation: training pictures mirrored, moved, resized and recoloured inside the step. */

import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import {
  abs,
  add,
  clip,
  greaterOrEqual,
  mul,
  relu,
  sub,
  where,
} from "../graph/functions/elementwise.js";
import { matrixTranspose, reshape } from "../graph/functions/layout.js";
import { matmul } from "../graph/functions/linear.js";
import type { Tensor } from "../graph/tensor.js";
import { BATCH, type TrainingInputs } from "../model/inputs.js";
import type { NoiseSource } from "../model/noise.js";
import type { AugmentConfig } from "./config.js";

/** Uniform values in `[-1, 1)`, one per sample and position of `shape`. */
function symmetric(noise: NoiseSource, name: string, shape: readonly number[]): Tensor {
  return sub(mul(noise(`augment.${name}`, [BATCH, ...shape]), 2), 1);
}

/**
 * Weights of linear interpolation along one axis, `[batch, 1, length, length]`: row `i` of a sample reads
 * the positions around `centre + (i - centre) zoom + shift length`; beyond the edge, the edge.
 *
 * @param zoom - `[batch, 1, 1, 1]`; negative for a mirrored axis.
 * @param shift - `[batch, 1, 1, 1]`, as a share of the length.
 */
function resampling(length: number, zoom: Tensor, shift: Tensor): Tensor {
  const { graph, dtype } = zoom;
  const centre = (length - 1) / 2;
  const positions = [...Array(length).keys()];
  const offsets = graph.constant(
    dtype,
    [1, 1, length, 1],
    positions.map((at) => at - centre),
  );
  const read = add(add(mul(zoom, offsets), mul(shift, length)), centre);
  const inside = clip(read, 0, length - 1); // [batch, 1, length, 1]
  const columns = graph.constant(dtype, [1, 1, 1, length], positions);
  return relu(sub(1, abs(sub(inside, columns))));
}

/** Pictures `[batch, 3, height, width]`, each seen differently. */
function moved(image: Tensor, config: AugmentConfig, noise: NoiseSource): Tensor {
  const [height, width] = image.shape.slice(2) as [number, number];
  const one = (name: string): Tensor => symmetric(noise, name, [1, 1, 1]);
  const zoom = add(mul(one("zoom"), config.zoom), 1);
  const mirror = where(
    greaterOrEqual(noise("augment.mirror", [BATCH, 1, 1, 1]), config.mirror),
    1,
    -1,
  );
  const shift = (name: string): Tensor => mul(one(name), config.shift);
  const rows = resampling(height, zoom, shift("rows"));
  const columns = resampling(width, mul(zoom, mirror), shift("columns"));
  return matmul(matmul(rows, image), matrixTranspose(columns));
}

/** Every channel of every picture brighter or darker, and with more or less contrast. */
function recoloured(image: Tensor, present: Tensor, colour: number, noise: NoiseSource): Tensor {
  const channels = (name: string): Tensor => mul(symmetric(noise, name, [3, 1, 1]), colour);
  const there = reshape(present, [BATCH, 1, 1, 1]);
  return add(mul(image, add(channels("contrast"), 1)), mul(channels("brightness"), there));
}

/**
 * Training inputs with augmented pictures, as part of the graph: geometry is one product per axis, a
 * missing picture stays blank.
 *
 * @throws {ConfigError} when the images are features: what would be varied is no longer there.
 */
export function augmented(
  inputs: TrainingInputs,
  config: AugmentConfig,
  noise: NoiseSource,
): TrainingInputs {
  const asked = Object.entries(config).find(([, strength]) => strength > 0);
  if (!asked) return inputs;
  if (inputs.image.shape.length !== 4) {
    throw new ConfigError(
      `train.augment.${asked[0]}: the images are features, which can't be augmented.`,
      say`Leave it at 0, or train the image encoder with ${setting("model.finetune.mode")}.`,
    );
  }
  const geometric = config.mirror > 0 || config.shift > 0 || config.zoom > 0;
  const seen = geometric ? moved(inputs.image, config, noise) : inputs.image;
  const image =
    config.colour > 0 ? recoloured(seen, inputs.imagePresent, config.colour, noise) : seen;
  return { ...inputs, image };
}
