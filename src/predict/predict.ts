/** @module Predictions for single image+text pairs with an exported model. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ImageSource, Task } from "../data/dataset.js";
import { makeBatch, type Normalisation } from "../encode/batch.js";
import {
  type EncodedImages,
  type EncodedTexts,
  imagesInMemory,
  textFeaturesInMemory,
} from "../encode/encoded.js";
import { scratchImages } from "../encode/image.js";
import { hashedText } from "../encode/text.js";
import { UserError } from "../errors.js";
import { type AwareModel, predictAware } from "../evaluate/aware.js";
import { Predictor } from "../evaluate/predictor.js";
import { toProbabilities } from "../evaluate/probabilities.js";
import type { ModelConfig } from "../model/config.js";
import type { Runtime } from "../runtime/session.js";

/** Contents of `model/model.json`. */
export interface ModelCard {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly model: ModelConfig;
  readonly text: { readonly maxTokens: number };
  readonly normalisation: Normalisation;
  readonly aware: AwareModel;
}

/** What to classify; at least one of the two. */
export interface Question {
  readonly image?: ImageSource;
  readonly text?: string;
  /** Instead of the picture, for models of image features. */
  readonly imageFeatures?: ArrayLike<number>;
  /** Instead of the text, for models of text features. */
  readonly textFeatures?: ArrayLike<number>;
}

/** One class and its probability. */
export interface ClassProbability {
  readonly label: string;
  readonly probability: number;
}

/** How to answer: by the heads that saw something, or by the joint classifier alone. */
export type AnswerMode = "aware" | "joint";

/** One modality of a question. */
interface Part<T> {
  readonly encoded: T;
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

async function imageOf(
  { image, imageFeatures }: Question,
  { model }: ModelCard,
): Promise<Part<EncodedImages>> {
  if (model.image.type === "features") {
    const { size } = model.image;
    const vector = vectorOf(imageFeatures, size, "image", image);
    return { encoded: imagesInMemory([size], vector), present: imageFeatures !== undefined };
  }
  if (imageFeatures !== undefined) throw takesNone("image");
  const { shape, decode } = scratchImages(model.image.side);
  const pixels = image ? (await decode(image)).planes : null;
  const blank = new Uint8Array(shape.reduce((product, dim) => product * dim, 1));
  return { encoded: imagesInMemory(shape, pixels ?? blank), present: pixels !== null };
}

function textOf(
  { text, textFeatures }: Question,
  { model, ...card }: ModelCard,
): Part<EncodedTexts> {
  if (model.text.type === "features") {
    const { size } = model.text;
    const vector = vectorOf(textFeatures, size, "text", text);
    return { encoded: textFeaturesInMemory(size, vector), present: textFeatures !== undefined };
  }
  if (textFeatures !== undefined) throw takesNone("text");
  const { tokens } = hashedText({ ...model.text, ...card.text }).tokenize(text ?? "");
  return { encoded: { kind: "tokens", tokens: [tokens] }, present: tokens.length > 0 };
}

/** A model loaded from a run's `model` folder. */
export class Classifier {
  readonly #predictor: Predictor;

  private constructor(
    readonly card: ModelCard,
    predictor: Predictor,
  ) {
    this.#predictor = predictor;
  }

  /**
   * Loads an exported model.
   *
   * @param folder - Folder with `model.onnx` and `model.json`.
   * @throws {UserError} when there is no model.
   */
  static async load(folder: string, runtime: Runtime): Promise<Classifier> {
    const read = (name: string) =>
      readFile(join(folder, name)).catch(() => {
        throw new UserError(
          `${join(folder, name)}: no exported model.`,
          "A run writes it when its training is complete.",
        );
      });
    const card = JSON.parse((await read("model.json")).toString("utf8")) as ModelCard;
    const bytes = new Uint8Array(await read("model.onnx"));
    const task = { task: card.task, classes: card.classes.length };
    const onnx = { bytes, inputs: ["image", "text"] };
    const predictor = await Predictor.create(runtime, onnx, task, card.normalisation);
    return new Classifier(card, predictor);
  }

  /**
   * Class probabilities for one pair, the likeliest first.
   *
   * @throws {DataError} when the picture cannot be decoded.
   * @throws {UserError} when there is neither a picture nor a usable text, or the model takes features
   *   and gets something else.
   */
  async classify(question: Question, mode: AnswerMode = "aware"): Promise<ClassProbability[]> {
    const { card } = this;
    const images = await imageOf(question, card);
    const texts = textOf(question, card);
    if (!images.present && !texts.present) {
      throw new UserError("There is neither an image nor a text with a word in it.");
    }
    const batch = makeBatch(
      {
        size: 1,
        ids: ["question"],
        images: images.encoded,
        texts: texts.encoded,
        imagePresent: Uint8Array.of(Number(images.present)),
        textPresent: Uint8Array.of(Number(texts.present)),
        targets: new Float32Array(card.classes.length),
      },
      [0],
      card.normalisation,
    );
    const logits = await this.#predictor.run(batch);
    const { imagePresent, textPresent } = batch;
    const probabilities =
      mode === "aware"
        ? predictAware(card.aware, { ...logits, imagePresent, textPresent })
        : toProbabilities(logits.joint, card.classes.length, card.task);
    return card.classes
      .map((label, at) => ({ label, probability: probabilities[at]! }))
      .sort((a, b) => b.probability - a.probability);
  }

  /** Frees the model. */
  release(): Promise<void> {
    return this.#predictor.release();
  }
}
