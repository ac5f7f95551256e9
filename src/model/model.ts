/** @module The vision-language classifier: encoders, embedding layers, fusion and unimodal heads. */

import { relu } from "../graph/functions/elementwise.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { dropout, linear } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import type { ModelConfig, ModelTask } from "./config.js";
import { encodeImage, encodeText } from "./encoders.js";
import { fuse } from "./fusion.js";
import { BATCH, type ModelInputs } from "./inputs.js";

export type { ModelInputs } from "./inputs.js";

/** Results of a forward pass. */
export interface ModelOutputs {
  /** `z_v`, `[batch, embed]`. */
  readonly imageEmbedding: Tensor;
  /** `z_l`, `[batch, embed]`. */
  readonly textEmbedding: Tensor;
  /** Logits of the joint classifier, `[batch, classes]`. */
  readonly logits: Tensor;
  /** Logits of the image head, `[batch, classes]`. */
  readonly imageLogits: Tensor;
  /** Logits of the text head, `[batch, classes]`. */
  readonly textLogits: Tensor;
}

/** Noise for dropout: a tensor of the wanted shape with uniform values in `[0, 1)`. */
export type NoiseSource = (name: string, shape: readonly (number | string)[]) => Tensor;

/** Noise fed as graph inputs named `noise.<name>`; the trainer fills them from a seeded stream. */
export function noiseInputs(graph: Graph): NoiseSource {
  return (name, shape) => {
    const input = `noise.${name}`;
    return graph.inputs.get(input) ?? graph.input(input, "float32", shape);
  };
}

/**
 * Builds the forward pass. Parameters are tagged by modality and part: `encoder`, `embedding`,
 * `fusion` (with the joint classifier) and `head` (the unimodal heads).
 *
 * @param noise - Given in training only: without it there is no dropout.
 */
export function buildModel(
  scope: ParameterScope,
  inputs: ModelInputs,
  config: ModelConfig,
  { classes }: ModelTask,
  noise?: NoiseSource,
): ModelOutputs {
  const embedding = (modality: "image" | "text", features: Tensor): Tensor => {
    const layer = scope.child(`${modality}.embedding`, { modality, part: "embedding" });
    const z = relu(linear(layer, features, config.embed, { rectified: true }));
    if (!noise || config.dropout === 0) return z;
    return dropout(z, noise(`${modality}.embedding`, [BATCH, config.embed]), config.dropout);
  };
  const head = (modality: "image" | "text", z: Tensor): Tensor =>
    linear(scope.child(`${modality}.head`, { modality, part: "head" }), z, classes);
  const encoderScope = (modality: "image" | "text"): ParameterScope =>
    scope.child(`${modality}.encoder`, { modality, part: "encoder" });

  const imageFeatures = encodeImage(encoderScope("image"), inputs.image, config.image);
  const textFeatures = encodeText(encoderScope("text"), inputs.text, config.text);
  const imageEmbedding = embedding("image", imageFeatures);
  const textEmbedding = embedding("text", textFeatures);
  const fusion = scope.child("joint", { modality: "joint", part: "fusion" });
  return {
    imageEmbedding,
    textEmbedding,
    logits: fuse(fusion, config.fusion, imageEmbedding, textEmbedding, classes),
    imageLogits: head("image", imageEmbedding),
    textLogits: head("text", textEmbedding),
  };
}
