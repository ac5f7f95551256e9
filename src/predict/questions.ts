/** @module Questions as a model takes them: pictures, texts or features of one sample, prepared. */

import { join } from "node:path";

import { type Picture, pictureSource } from "../data/picture.js";
import {
  type PreparedImages,
  type PreparedTexts,
  imagesInMemory,
  textFeaturesInMemory,
} from "../prepare/prepared.js";
import { scratchImages } from "../prepare/images/decode.js";
import { readEncoderConfig } from "../encode/pretrained/config.js";
import { openImagePreparation, preprocessorFile } from "../encode/pretrained/images.js";
import { openTextPreparation } from "../encode/pretrained/texts.js";
import type { ImagePreparation, TextPreparation } from "../prepare/preparation.js";
import { hashedText } from "../prepare/text.js";
import { UserError } from "../errors.js";
import { type ModelCard, PREPARATION } from "./card.js";

/** What to classify; at least one of the two. */
export interface Question {
  readonly image?: Picture;
  readonly text?: string;
  /** Instead of the picture, for models of image features. */
  readonly imageFeatures?: ArrayLike<number>;
  /** Instead of the text, for models of text features. */
  readonly textFeatures?: ArrayLike<number>;
}

/** How a model's questions are prepared; `null` where it takes features. */
export interface Preparations {
  readonly image: ImagePreparation | null;
  readonly text: TextPreparation | null;
}

async function imagePreparation(
  folder: string,
  { image, layout }: ModelCard,
): Promise<ImagePreparation | null> {
  switch (image.type) {
    case "features":
      return null;
    case "convolutional":
      return scratchImages(image.side);
    case "encoder": {
      const path = layout ? folder : join(folder, PREPARATION.image);
      return (await openImagePreparation(path, await preprocessorFile(path))).preparation;
    }
  }
}

async function textPreparation(
  folder: string,
  { text, layout }: ModelCard,
): Promise<TextPreparation | null> {
  switch (text.type) {
    case "features":
      return null;
    case "bag":
      return hashedText(text);
    case "encoder": {
      const path = layout ? folder : join(folder, PREPARATION.text);
      const config = await readEncoderConfig(join(path, "config.json"));
      const files = [join(path, "tokenizer.json"), join(path, "tokenizer_config.json")] as const;
      return (await openTextPreparation(path, files, config, text.tokens)).preparation;
    }
  }
}

/** Opens the preparations of an exported model's folder. */
export async function openPreparations(folder: string, card: ModelCard): Promise<Preparations> {
  return {
    image: await imagePreparation(folder, card),
    text: await textPreparation(folder, card),
  };
}

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

/** One modality of a question. */
interface Part<T> {
  readonly prepared: T;
  readonly present: boolean;
}

/** A feature vector of the length that the model takes, zeros where there is none. */
function vectorOf(
  given: ArrayLike<number> | undefined,
  size: number,
  what: string,
  other: unknown,
): Float32Array {
  if (given === undefined && other !== undefined) {
    throw new UserError(
      `This model was trained on precomputed ${what} features; it cannot encode.`,
      `Give ${what}Features, ${size} numbers.`,
    );
  }
  const vector = given === undefined ? new Float32Array(size) : Float32Array.from(given);
  if (vector.length === size && vector.every((value) => Number.isFinite(value))) return vector;
  throw new UserError(
    `${what}Features: expected ${size} finite numbers, got ${vector.length} values.`,
  );
}

const takesNone = (what: string): UserError =>
  new UserError(`This model encodes ${what}s itself; it takes no ${what}Features.`);

/**
 * A question's picture, or its features.
 *
 * @throws {DataError} when the picture cannot be decoded.
 * @throws {UserError} when the model takes the other of the two.
 */
export async function imageOf(
  { image, imageFeatures }: Question,
  card: ModelCard,
  { image: preparation }: Preparations,
): Promise<Part<PreparedImages>> {
  if (card.image.type === "features") {
    const { size } = card.image;
    const vector = vectorOf(imageFeatures, size, "image", image);
    return { prepared: imagesInMemory([size], vector), present: imageFeatures !== undefined };
  }
  if (imageFeatures !== undefined) throw takesNone("image");
  const { shape, decode } = preparation!;
  const pixels = image === undefined ? null : (await decode(pictureSource(image, "image"))).planes;
  const blank = new Uint8Array(shape.reduce((product, dim) => product * dim, 1));
  const prepared = imagesInMemory(shape, pixels ?? blank);
  const { normalisation } = card.image.type === "encoder" ? card.image : { normalisation: null };
  return {
    prepared: { ...prepared, ...(normalisation && { normalisation }) },
    present: pixels !== null,
  };
}

/**
 * A question's text, or its features.
 *
 * @throws {UserError} when the model takes the other of the two.
 */
export function textOf(
  { text, textFeatures }: Question,
  card: ModelCard,
  { text: preparation }: Preparations,
): Part<PreparedTexts> {
  if (card.text.type === "features") {
    const { size } = card.text;
    const vector = vectorOf(textFeatures, size, "text", text);
    return { prepared: textFeaturesInMemory(size, vector), present: textFeatures !== undefined };
  }
  if (textFeatures !== undefined) throw takesNone("text");
  const { tokens } = preparation!.tokenize(text ?? "");
  const length = card.text.type === "encoder" ? { length: card.text.tokens } : {};
  return { prepared: { kind: "tokens", tokens: [tokens], ...length }, present: tokens.length > 0 };
}

/** What is doubtful about a question, a sentence each: a text that says next to nothing. */
export function doubtsAbout({ text }: Question, { text: preparation }: Preparations): string[] {
  const doubt = text === undefined ? null : (preparation?.doubt(text) ?? null);
  return doubt === null ? [] : [doubt];
}
