/** @module Questions to a model: one modality of one sample, prepared as in training. */

import type { Modality, Sample } from "../data/dataset.js";
import { type Picture, pictureSource } from "../data/picture.js";
import { UserError } from "../errors.js";
import type { Normalisation } from "../prepare/normalisation.js";
import type { ImagePreparation, TextPreparation } from "../prepare/preparation.js";
import { imagesInMemory } from "../prepare/prepared.js";
import type { Prepared } from "./forms.js";

/** What to classify; at least one of the two. */
export interface Question {
  readonly image?: Picture;
  readonly text?: string;
  /** Instead of the picture, for models of image features. */
  readonly imageFeatures?: ArrayLike<number>;
  /** Instead of the text, for models of text features. */
  readonly textFeatures?: ArrayLike<number>;
}

/** A sample as a question. Its features, or that it has none where all samples have some, stand for a picture or text. */
export function questionOf({
  image,
  text,
  features,
}: Pick<Sample, "image" | "text" | "features">): Question {
  const [images, texts] = [features?.image, features?.text];
  return {
    ...(image && images === undefined && { image }),
    ...(text !== null && texts === undefined && { text }),
    ...(images && { imageFeatures: images.row() }),
    ...(texts && { textFeatures: texts.row() }),
  };
}

/** One modality of a question, as arrays of one sample. */
export interface Asked<M extends Modality> {
  readonly prepared: Prepared<M>;
  /** Whether the question has the modality. */
  readonly present: boolean;
}

/** How one modality of questions is prepared for a model. */
export interface QuestionInput<M extends Modality> {
  /**
   * @throws {DataError} when a picture cannot be decoded.
   * @throws {UserError} when the question has something that the model does not take.
   */
  ask(question: Question): Promise<Asked<M>>;
  /** Why the question tells the model little, a sentence; default: it is never in doubt. */
  doubt?(question: Question): string | null;
}

const takesNone = (what: Modality): UserError =>
  new UserError(`This model encodes ${what}s itself; it takes no ${what}Features.`);

/**
 * Questions with a picture.
 *
 * @param normalisation - Of its pixels; default: to -1..1.
 */
export const pictureQuestion = (
  { shape, decode }: ImagePreparation,
  normalisation?: Normalisation,
): QuestionInput<"image"> => ({
  async ask({ image, imageFeatures }) {
    if (imageFeatures !== undefined) throw takesNone("image");
    const pixels =
      image === undefined ? null : (await decode(pictureSource(image, "image"))).planes;
    const size = shape.reduce((product, dim) => product * dim, 1);
    const prepared = imagesInMemory(shape, pixels ?? new Uint8Array(size));
    return {
      prepared: { ...prepared, ...(normalisation && { normalisation }) },
      present: pixels !== null,
    };
  },
});

/**
 * Questions with a text.
 *
 * @param length - Number of tokens that it is padded to; default: it is not.
 */
export const textQuestion = (
  { tokenize, doubt }: TextPreparation,
  length?: number,
): QuestionInput<"text"> => ({
  ask({ text, textFeatures }) {
    if (textFeatures !== undefined) return Promise.reject(takesNone("text"));
    const { tokens } = tokenize(text ?? "");
    const padding = length === undefined ? {} : { length };
    const prepared = { kind: "tokens", tokens: [tokens], ...padding } as const;
    return Promise.resolve({ prepared, present: tokens.length > 0 });
  },
  doubt: ({ text }) => (text === undefined ? null : doubt(text)),
});

/**
 * The feature vector of a question, zeros where there is none.
 *
 * @param size - Length of the vectors that the model takes.
 * @throws {UserError} when it has another length, or there is a picture or a text in its place.
 */
export function vectorOf(question: Question, side: Modality, size: number): Float32Array {
  const given = question[`${side}Features`];
  if (given === undefined && question[side] !== undefined) {
    throw new UserError(
      `This model was trained on precomputed ${side} features; it cannot encode.`,
      `Give ${side}Features, ${size} numbers.`,
    );
  }
  const vector = given === undefined ? new Float32Array(size) : Float32Array.from(given);
  if (vector.length === size && vector.every((value) => Number.isFinite(value))) return vector;
  throw new UserError(
    `${side}Features: expected ${size} finite numbers, got ${vector.length} values.`,
  );
}
