/** @module The model's inputs: one batch, as graph inputs. */

import type { Graph } from "../graph/graph.js";
import type { Shape } from "../graph/shape.js";
import type { Tensor } from "../graph/tensor.js";
import type { ModelConfig } from "./config.js";

/** Symbol of the number of samples in a batch. */
export const BATCH = "batch";
/** Symbol of the number of text features of the longest text of a batch. */
export const TOKENS = "tokens";

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

function imageShape(image: ModelConfig["image"]): Shape {
  switch (image.type) {
    case "features":
      return [BATCH, image.size];
    case "convolutional":
      return [BATCH, 3, image.side, image.side];
    case "imported":
      return [BATCH, ...image.shape];
  }
}

/** Declares the inputs of a model. */
export function modelInputs(graph: Graph, { image, text }: ModelConfig): ModelInputs {
  return {
    image: graph.input("image", "float32", imageShape(image)),
    text:
      text.type === "features"
        ? graph.input("text", "float32", [BATCH, text.size])
        : graph.input("text", "int32", [BATCH, text.type === "imported" ? text.tokens : TOKENS]),
  };
}

/** Declares the inputs of a training step. */
export function trainingInputs(graph: Graph, config: ModelConfig, classes: number): TrainingInputs {
  return {
    ...modelInputs(graph, config),
    imagePresent: graph.input("image_present", "float32", [BATCH]),
    textPresent: graph.input("text_present", "float32", [BATCH]),
    targets: graph.input("targets", "float32", [BATCH, classes]),
  };
}
