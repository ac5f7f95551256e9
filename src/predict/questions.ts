/** @module Questions as a model takes them: how its inputs are prepared, and what it refuses. */

import { join } from "node:path";

import type { Modality } from "../data/dataset.js";
import { UserError } from "../errors.js";
import { cardOf } from "../inputs/cards.js";
import type { Asked, Question, QuestionInput } from "../inputs/question.js";
import { type Batch, makeBatch } from "../prepare/batch.js";
import type { ImagePreparation, TextPreparation } from "../prepare/preparation.js";
import type { PreparedTexts } from "../prepare/prepared.js";
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
function assertTakes(question: Question, { modalities }: ModelCard): void {
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

/**
 * Checks that a question asks something.
 *
 * @throws {UserError} when it has neither a picture nor a text, nor features of either.
 */
export function assertAsked({ image, text, imageFeatures, textFeatures }: Question): void {
  const given = [image, text, imageFeatures, textFeatures];
  if (given.some((one) => one !== undefined)) return;
  throw new UserError("There is neither an image nor a text.");
}

/** A question, ready for a batch. */
export interface PreparedQuestion {
  /** @internal */
  readonly image: Asked<"image">;
  /** @internal */
  readonly text: Asked<"text">;
  /** What is doubtful about it, a sentence each: a text that says next to nothing. */
  readonly doubts: readonly string[];
}

/**
 * Prepares a question for a model.
 *
 * @throws {DataError} when the picture cannot be decoded.
 * @throws {UserError} when the question has something that the model does not take.
 */
export async function preparedQuestion(
  question: Question,
  { image, text }: QuestionInputs,
  card: ModelCard,
): Promise<PreparedQuestion> {
  assertTakes(question, card);
  return {
    image: await image.ask(question),
    text: await text.ask(question),
    doubts: [image, text].flatMap((input) => input.doubt?.(question) ?? []),
  };
}

/** The texts of questions, one after the other; all are of the same kind. */
function textsOf(prepared: readonly PreparedQuestion[]): PreparedTexts {
  const all = prepared.map(({ text }) => text.prepared);
  const first = all[0]!;
  if (first.kind === "features") {
    return { ...first, row: (at) => (all[at] as typeof first).row(0) };
  }
  return { ...first, tokens: all.map((one) => (one as typeof first).tokens[0]!) };
}

/** Questions as one batch. */
export function questionBatch(
  prepared: readonly PreparedQuestion[],
  { classes }: Pick<ModelCard, "classes">,
): Batch {
  const size = prepared.length;
  const images = prepared.map(({ image }) => image.prepared);
  const presence = (side: Modality): Uint8Array =>
    Uint8Array.from(prepared, (one) => Number(one[side].present));
  const split = {
    size,
    ids: prepared.map((_, at) => String(at)),
    images: { ...images[0]!, row: (at: number) => images[at]!.row(0) },
    texts: textsOf(prepared),
    imagePresent: presence("image"),
    textPresent: presence("text"),
    targets: new Float32Array(size * classes.length),
  };
  return makeBatch(split, [...prepared.keys()]);
}
