/** @module The card of an exported model: what it answers, what it takes, and how inputs are prepared. */

import { z } from "zod";

import { say, setting, useCase } from "../message.js";
import { LABEL_KINDS, type LabelKind, type Modality } from "../data/dataset.js";
import type { AwareModel } from "../evaluate/aware.js";
import { awareModel, withLabelKind } from "../evaluate/schema.js";
import { type CardInputs, cardSchemas } from "../inputs/cards.js";
import type { SealedKind } from "../files/sealed.js";

/** Contents of `model.json`. */
export interface ModelCard extends CardInputs {
  /** Set where files and inputs have the names of Transformers.js; else they are a run's own. */
  readonly layout?: "transformers" | undefined;
  readonly labelKind: LabelKind;
  /** The input that the model was trained on, where that is one alone. */
  readonly modalities?: Modality | undefined;
  readonly classes: readonly string[];
  readonly aware: AwareModel;
  /** Digests of the files beside the card, by name; older versions noted none. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** Name of the card's file. */
export const CARD = "model.json";

/** `model.json`. */
export const CARD_FILE: SealedKind<ModelCard> = {
  what: "the card of an exported model",
  format: 3,
  older: ({ aware, ...rest }) => ({
    ...(withLabelKind(rest) as object),
    aware: withLabelKind(aware),
  }),
  schema: z
    .strictObject({
      layout: z.literal("transformers").optional(),
      labelKind: z.enum(LABEL_KINDS),
      modalities: z.enum(["image", "text"]).optional(),
      classes: z.array(z.string()).min(1),
      image: cardSchemas.image,
      text: cardSchemas.text,
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
  hint: say`Make the model again: with ${useCase("export")}, or, in the folder of a run, delete results.json, then ${useCase("train", setting("resume", "<run>"))}.`,
};

/** Folders beside a run's card with the preparation of each modality. */
export const PREPARATION = { image: "image", text: "text" } as const;

/** The model beside a card, by its path in the card's folder. */
export const modelFile = ({ layout }: Pick<ModelCard, "layout">): string =>
  layout === "transformers" ? "onnx/model.onnx" : "model.onnx";
