/** @module What a model that a browser exports says about its inputs. */

import { ENCODER_INPUTS } from "../encode/pretrained/names.js";
import type { Graph } from "../graph/graph.js";
import type { ModelMetadata } from "../graph/onnx/write.js";
import { preprocessorConfig } from "../inputs/image/preprocessing.js";
import { hashingConfig } from "../inputs/text/hashing.js";
import { HASHED } from "../model/feeds.js";
import { BATCH, type InputNetworks, type ModelInputs } from "../model/inputs.js";
import { MAX_TOKENS } from "../prepare/text.js";
import type { CheckedSettings } from "./settings.js";

/** Declares the inputs under the names of `balgrad export`. */
export const publicInputs = (graph: Graph, { image, text }: InputNetworks): ModelInputs => ({
  image: graph.input(ENCODER_INPUTS.pixels, image.dtype, [BATCH, ...image.shape]),
  text: graph.input(HASHED, text.dtype, [BATCH, ...text.shape]),
});

/** Keys of an exported file's metadata; the values are JSON. */
export const METADATA = {
  /** Names of the classes, in the order of the outputs. */
  classes: "balgrad.classes",
  /** How pictures are prepared, as `preprocessor_config.json` of `balgrad export`. */
  image: "balgrad.preprocessor_config",
  /** How texts become ids, as its `text_hashing.json`. */
  text: "balgrad.text_hashing",
} as const;

/** What an exported file says about its classes and inputs. */
export const exportMetadata = (
  classes: readonly string[],
  { image: { side }, text: { buckets } }: Pick<CheckedSettings, "image" | "text">,
): ModelMetadata => ({
  [METADATA.classes]: JSON.stringify(classes),
  [METADATA.image]: JSON.stringify(preprocessorConfig(side)),
  [METADATA.text]: JSON.stringify(hashingConfig({ buckets, maxTokens: MAX_TOKENS })),
});
