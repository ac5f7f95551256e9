/** @module Predictions for single image+text pairs with an exported model. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ImageSource, Task } from "../data/dataset.js";
import { makeBatch, type Normalisation } from "../encode/batch.js";
import { imagesInMemory } from "../encode/encoded.js";
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
}

/** One class and its probability. */
export interface ClassProbability {
  readonly label: string;
  readonly probability: number;
}

/** How to answer: by the heads that saw something, or by the joint classifier alone. */
export type AnswerMode = "aware" | "joint";

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
   * @throws {UserError} when there is neither a picture nor a usable text.
   */
  async classify(question: Question, mode: AnswerMode = "aware"): Promise<ClassProbability[]> {
    const { card } = this;
    const { image, text } = card.model;
    if (image.type !== "convolutional" || text.type !== "bag") {
      throw new UserError("This model was trained on precomputed features; it takes no pictures.");
    }
    const images = scratchImages(image.side);
    const pixels = question.image ? (await images.decode(question.image)).planes : null;
    const { tokens } = hashedText({ ...text, ...card.text }).tokenize(question.text ?? "");
    if (!pixels && tokens.length === 0) {
      throw new UserError("There is neither an image nor a text with a word in it.");
    }
    const batch = makeBatch(
      {
        size: 1,
        ids: ["question"],
        images: imagesInMemory(images.shape, pixels ?? new Uint8Array(3 * image.side * image.side)),
        texts: { kind: "tokens", tokens: [tokens] },
        imagePresent: Uint8Array.of(pixels ? 1 : 0),
        textPresent: Uint8Array.of(tokens.length > 0 ? 1 : 0),
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
