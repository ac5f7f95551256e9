/** @module Models of which settings say everything: no files, and no data. */

import { modelConfig } from "../../src/inputs/config.js";
import { vectorNetwork } from "../../src/inputs/vectors.js";
import { bagNetwork } from "../../src/model/bag.js";
import type { ModelConfig } from "../../src/model/config.js";
import { convolutionalNetwork } from "../../src/model/convolutional.js";
import type { InputNetwork } from "../../src/model/inputs.js";

type Settings = ReturnType<typeof modelConfig.parse>;

function networkOf(settings: Settings["image"] | Settings["text"]): InputNetwork {
  switch (settings.type) {
    case "convolutional":
      return convolutionalNetwork(settings);
    case "bag":
      return bagNetwork(settings);
    case "features":
      return vectorNetwork(settings);
    case "pretrained":
      throw new Error("a pretrained encoder has files");
  }
}

/**
 * A model without pretrained encoders, ready to be built.
 *
 * @param settings - Settings of `modelConfig`, all optional.
 */
export function plainModel(settings: unknown): ModelConfig {
  const { image, text, ...rest } = modelConfig.parse(settings);
  return { ...rest, image: networkOf(image), text: networkOf(text) };
}
