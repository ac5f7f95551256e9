/** @module What the data decide about a model: where they bring features, nothing is encoded. */

import type { EncodedDataset } from "../encode/encoded.js";
import { ConfigError } from "../errors.js";
import type { ModelConfig } from "../model/config.js";

/** Takes the length of the features from the data; checks one that the settings give. */
function sized<T extends ModelConfig["image"] | ModelConfig["text"]>(
  given: T,
  size: number | null,
  side: "image" | "text",
): T | { type: "features"; size: number } {
  if (size === null) {
    if (given.type !== "features") return given;
    throw new ConfigError(
      `model.${side} is set to features, and the data bring none.`,
      `Give them with --${side}-features.`,
    );
  }
  if (given.type === "features" && given.size !== size) {
    throw new ConfigError(
      `model.${side}.size is ${given.size}, and the data's features have ${size} numbers.`,
      `Leave the setting out: the data say it.`,
    );
  }
  return { type: "features", size };
}

/**
 * The model for some data.
 *
 * @throws {ConfigError} where settings and data contradict each other.
 */
export function modelFor(model: ModelConfig, { train }: EncodedDataset): ModelConfig {
  const { images, texts } = train;
  return {
    ...model,
    image: sized(model.image, images.shape.length === 1 ? images.shape[0]! : null, "image"),
    text: sized(model.text, texts.kind === "features" ? texts.size : null, "text"),
  };
}
