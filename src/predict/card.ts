/** @module The card of an exported model: what it answers, what it takes, and how inputs are prepared. */

import { z } from "zod";

import { LARGEST_TEXT } from "../data/config.js";
import { LABEL_KINDS, type LabelKind, type Modality } from "../data/dataset.js";
import type { Normalisation } from "../prepare/batch.js";
import { PREPROCESSOR_FILES, SENTENCE_FILES } from "../encode/pretrained/names.js";
import type { AwareModel } from "../evaluate/aware.js";
import { awareModel, withLabelKind } from "../evaluate/schema.js";
import { LARGEST } from "../model/config.js";
import type { SealedKind } from "../files/sealed.js";

/** What an exported model takes for a picture. */
export type CardImage =
  /** Pictures fitted into a square, `[batch, 3, side, side]`. */
  | { readonly type: "convolutional"; readonly side: number }
  /** Vectors that somebody made before. */
  | { readonly type: "features"; readonly size: number }
  /** Pictures prepared as the image processor's file in `image/` beside the card says. */
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

/** Contents of `model.json`. */
export interface ModelCard {
  /** Set where files and inputs have the names of Transformers.js; else they are a run's own. */
  readonly layout?: "transformers" | undefined;
  readonly labelKind: LabelKind;
  /** The input that the model was trained on, where that is one alone. */
  readonly modalities?: Modality | undefined;
  readonly classes: readonly string[];
  readonly image: CardImage;
  readonly text: CardText;
  readonly aware: AwareModel;
  /** Digests of the files beside the card, by name; older versions noted none. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

const upTo = (most: number) => z.int().min(1).max(most);
const channels = z.tuple([z.number(), z.number(), z.number()]);
const features = z.strictObject({ type: z.literal("features"), size: upTo(LARGEST.features) });

const cardImage: z.ZodType<CardImage> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("convolutional"), side: upTo(LARGEST.side) }),
  features,
  z.strictObject({
    type: z.literal("encoder"),
    shape: z.tuple([z.literal(3), upTo(LARGEST.side), upTo(LARGEST.side)]),
    normalisation: z.strictObject({ mean: channels, deviation: channels }),
  }),
]);

const cardText: z.ZodType<CardText> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("bag"),
    buckets: upTo(LARGEST.buckets),
    maxTokens: upTo(LARGEST_TEXT),
  }),
  features,
  z.strictObject({ type: z.literal("encoder"), tokens: upTo(LARGEST_TEXT) }),
]);

/** Name of the card's file. */
export const CARD = "model.json";

/** `model.json`. */
export const CARD_FILE: SealedKind<ModelCard> = {
  what: "the card of an exported model",
  format: 3,
  older: ({ aware, ...rest }) => ({
    ...withLabelKind(rest),
    aware: withLabelKind(aware as Readonly<Record<string, unknown>>),
  }),
  schema: z
    .strictObject({
      layout: z.literal("transformers").optional(),
      labelKind: z.enum(LABEL_KINDS),
      modalities: z.enum(["image", "text"]).optional(),
      classes: z.array(z.string()).min(1),
      image: cardImage,
      text: cardText,
      aware: awareModel,
      files: z.record(z.string(), z.string()).optional(),
    })
    .refine(
      ({ classes, labelKind, aware }) =>
        aware.classes === classes.length && aware.labelKind === labelKind,
      {
        message: "aware and classes do not belong together",
      },
    ),
  hint: "balgrad train --resume with the run's folder writes it; in a finished run, delete results.json first.",
};

/** Folders beside a run's card with the preparation of each modality. */
export const PREPARATION = { image: "image", text: "text" } as const;

/** The model beside a card, by its path in the card's folder. */
export const modelFile = ({ layout }: Pick<ModelCard, "layout">): string =>
  layout === "transformers" ? "onnx/model.onnx" : "model.onnx";

/** Files that state a preparation, in the layout of Hugging Face; those that there are. */
export const PREPARATION_FILES = {
  image: ["config.json", ...PREPROCESSOR_FILES],
  text: [
    ...["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"],
    ...SENTENCE_FILES,
  ],
} as const;
