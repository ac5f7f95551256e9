/** @module What cards say about inputs, by the kinds that wrote it. */

import { z } from "zod";

import type { Modality } from "../data/dataset.js";
import type { CardInput, InputCard, InputKind } from "./kind.js";
import { IMAGE_KINDS, TEXT_KINDS } from "./kinds.js";

/** What a card says about a model's inputs. */
export interface CardInputs {
  readonly image: CardInput;
  readonly text: CardInput;
}

const CARDS: { readonly [M in Modality]: readonly InputCard<M>[] } = {
  image: IMAGE_KINDS.map(({ card }) => card as InputCard<"image">),
  text: TEXT_KINDS.map(({ card }) => card as InputCard<"text">),
};

function schemaOf(cards: readonly InputKind<Modality>["card"][]): z.ZodType<CardInput> {
  const [first, ...others] = cards.map(({ schema }) => schema);
  return z.discriminatedUnion("type", [first!, ...others]);
}

/** Schemas of what a card says about its inputs. */
export const cardSchemas = { image: schemaOf(CARDS.image), text: schemaOf(CARDS.text) };

/** What an input's part of a card means. */
export function cardOf<M extends Modality>(side: M, { type }: CardInput): InputCard<M> {
  const card = CARDS[side].find(({ schema }) => schema.shape.type.value === type);
  if (card) return card;
  throw new Error(`internal: no ${side} encoder has a card of the kind "${type}".`);
}

/** The same of both inputs of a card, image first. */
export const ofInputs = <T>(
  cards: CardInputs,
  make: (card: InputCard<Modality>, about: CardInput, side: Modality) => T,
): readonly [T, T] => [
  make(cardOf("image", cards.image), cards.image, "image"),
  make(cardOf("text", cards.text), cards.text, "text"),
];
