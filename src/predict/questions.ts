/** @module Questions as a model takes them: how its inputs are prepared, and what it refuses. */

import { join } from "node:path";

import type { Modality } from "../data/dataset.js";
import { UserError } from "../errors.js";
import { cardOf } from "../inputs/cards.js";
import type { Question, QuestionInput } from "../inputs/question.js";
import type { ImagePreparation, TextPreparation } from "../prepare/preparation.js";
import { type ModelCard, PREPARATION } from "./card.js";

/** How a model's questions are prepared; `null` where it takes features. */
export interface Preparations {
  readonly image: ImagePreparation | null;
  readonly text: TextPreparation | null;
}

/** Opens the preparations of an exported model's folder. */
export async function openPreparations(
  folder: string,
  { image, text, layout }: ModelCard,
): Promise<Preparations> {
  const place = (side: Modality): string => (layout ? folder : join(folder, PREPARATION[side]));
  return {
    image: await cardOf("image", image).prepare(image, place("image")),
    text: await cardOf("text", text).prepare(text, place("text")),
  };
}

/** A model's questions, prepared. */
export interface QuestionInputs {
  readonly image: QuestionInput<"image">;
  readonly text: QuestionInput<"text">;
}

/** How a model's inputs prepare questions. */
export const questionsOf = ({ image, text }: ModelCard, given: Preparations): QuestionInputs => ({
  image: cardOf("image", image).ask(image, given.image),
  text: cardOf("text", text).ask(text, given.text),
});

/**
 * Checks that a question has nothing that the model was not trained on.
 *
 * @throws {UserError} naming it.
 */
export function assertTakes(question: Question, { modalities }: ModelCard): void {
  if (modalities === undefined) return;
  const { image, text, imageFeatures, textFeatures } = question;
  const other = modalities === "image" ? (text ?? textFeatures) : (image ?? imageFeatures);
  if (other === undefined) return;
  const unused = modalities === "image" ? "text" : "image";
  throw new UserError(
    `This model was trained on ${modalities}s alone; it takes no ${unused}.`,
    `Ask it with ${modalities === "image" ? "an image" : "a text"} only.`,
  );
}

/** What is doubtful about a question, a sentence each: a text that says next to nothing. */
export const doubtsAbout = (question: Question, { image, text }: QuestionInputs): string[] =>
  [image, text].flatMap((input) => input.doubt?.(question) ?? []);
