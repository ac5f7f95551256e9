/** @module The model's inputs: one batch, as graph inputs. */

import type { Graph } from "../graph/graph.js";
import type { Dim } from "../graph/shape.js";
import type { Tensor } from "../graph/tensor.js";
import type { ParameterScope } from "../nn/parameters.js";
import { FEEDS } from "./feeds.js";
import type { NoiseSource } from "./noise.js";

/** Symbol of the number of samples in a batch. */
export const BATCH = "batch";
/** Symbol of the number of text features of the longest text of a batch. */
export const TOKENS = "tokens";

/** A view of raw inputs of which nothing trains: what regressions look at in place of an encoder's features. */
export interface Descriptor {
  /** Length of a description. */
  readonly size: number;
  /**
   * Descriptions `[batch, size]`, each of length 1; of blank inputs zeros.
   *
   * @param input - `[batch, ...shape]`.
   */
  readonly of: (input: Tensor) => Tensor;
}

/** How one modality enters a model: the tensor that is fed, and the encoder that makes features of it. */
export interface InputNetwork {
  readonly dtype: "float32" | "int32";
  /** Shape of one sample's tensor, without the batch axis. */
  readonly shape: readonly Dim[];
  /**
   * Features of a batch, `[batch, size]`.
   *
   * @param input - `[batch, ...shape]`.
   * @param noise - Given in training only.
   */
  readonly encode: (scope: ParameterScope, input: Tensor, noise?: NoiseSource) => Tensor;
  /** Length of the features, where these are what is fed and no encoder trains. */
  readonly fixed?: number;
  /** Where an encoder trains from scratch: what can be told of inputs without it. */
  readonly descriptor?: Descriptor;
}

/** A model's inputs. */
export interface InputNetworks {
  readonly image: InputNetwork;
  readonly text: InputNetwork;
}

/** One batch's pictures and texts. */
export interface ModelInputs {
  /** `[batch, 3, height, width]` normalised pixels, or `[batch, size]` features. */
  readonly image: Tensor;
  /** `[batch, tokens]` int32 ids with 0 as padding, or `[batch, size]` features. */
  readonly text: Tensor;
}

/** What training knows beyond the inputs. */
export interface TrainingInputs extends ModelInputs {
  /** `[batch]`, 1 where the sample has a picture. */
  readonly imagePresent: Tensor;
  /** `[batch]`, 1 where the sample has a text. */
  readonly textPresent: Tensor;
  /** `[batch, classes]`, 0 or 1. */
  readonly targets: Tensor;
}

/** Declares the inputs of a model. */
export function modelInputs(graph: Graph, { image, text }: InputNetworks): ModelInputs {
  return {
    image: graph.input(FEEDS.image, image.dtype, [BATCH, ...image.shape]),
    text: graph.input(FEEDS.text, text.dtype, [BATCH, ...text.shape]),
  };
}

/** Declares the inputs of a training step. */
export function trainingInputs(
  graph: Graph,
  networks: InputNetworks,
  classes: number,
): TrainingInputs {
  return {
    ...modelInputs(graph, networks),
    imagePresent: graph.input(FEEDS.imagePresent, "float32", [BATCH]),
    textPresent: graph.input(FEEDS.textPresent, "float32", [BATCH]),
    targets: graph.input(FEEDS.targets, "float32", [BATCH, classes]),
  };
}
