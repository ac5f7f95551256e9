/** @module The card of an exported model: what it answers, what it takes, and how inputs are prepared. */

import type { Task } from "../data/dataset.js";
import type { Normalisation } from "../encode/batch.js";
import type { AwareModel } from "../evaluate/aware.js";

/** What an exported model takes for a picture. */
export type CardImage =
  /** Pictures fitted into a square, `[batch, 3, side, side]`. */
  | { readonly type: "convolutional"; readonly side: number }
  /** Vectors that somebody made before. */
  | { readonly type: "features"; readonly size: number }
  /** Pictures prepared as `image/preprocessor_config.json` beside the card says. */
  | {
      readonly type: "encoder";
      readonly shape: readonly [number, number, number];
      readonly normalisation: Normalisation;
    };

/** What an exported model takes for a text. */
export type CardText =
  /** Hashed words and n-grams. */
  | { readonly type: "bag"; readonly buckets: number; readonly maxTokens: number }
  | { readonly type: "features"; readonly size: number }
  /** Ids plus 1 of the tokenizer in `text/` beside the card, padded with 0 to this many. */
  | { readonly type: "encoder"; readonly tokens: number };

/** Contents of `model/model.json`. */
export interface ModelCard {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly image: CardImage;
  readonly text: CardText;
  readonly aware: AwareModel;
}

/** Folders beside the card with the preparation of each modality. */
export const PREPARATION = { image: "image", text: "text" } as const;

/** Files that state a preparation, in the layout of Hugging Face; those that there are. */
export const PREPARATION_FILES = {
  image: ["config.json", "preprocessor_config.json"],
  text: ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"],
} as const;
