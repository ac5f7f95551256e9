/** @module The vision-language classifier's forward pass. */

import type { Tensor } from "../graph/tensor.js";
import type { ParameterScope } from "../nn/parameters.js";
import type { ModelConfig, LabelSpace } from "./config.js";
import type { ModelInputs } from "./inputs.js";
import { buildNetwork, type Network } from "./network.js";
import type { NoiseSource } from "./noise.js";

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

/** Runs a network's parts one after the other. */
export function forwardPass(network: Network, inputs: ModelInputs): ModelOutputs {
  const embeddings = network.embed(inputs);
  const heads = network.heads(embeddings);
  const logits = network.answer(inputs, network.fuse(embeddings), heads);
  return {
    imageEmbedding: embeddings.image,
    textEmbedding: embeddings.text,
    logits,
    imageLogits: heads.image,
    textLogits: heads.text,
  };
}

/** Builds network and forward pass; see {@link buildNetwork}. */
export function buildModel(
  scope: ParameterScope,
  inputs: ModelInputs,
  config: ModelConfig,
  labels: LabelSpace,
  noise?: NoiseSource,
): ModelOutputs {
  return forwardPass(buildNetwork(scope, inputs, config, labels, noise), inputs);
}
