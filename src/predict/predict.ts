/** @module Predictions for single image+text pairs with an exported model. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { makeBatch } from "../encode/batch.js";
import { UserError } from "../errors.js";
import { predictAware } from "../evaluate/aware.js";
import { Predictor } from "../evaluate/predictor.js";
import { toProbabilities } from "../evaluate/probabilities.js";
import type { Runtime } from "../runtime/session.js";
import type { ModelCard } from "./card.js";
import {
  imageOf,
  openPreparations,
  type Preparations,
  type Question,
  textOf,
} from "./questions.js";

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
  readonly #preparations: Preparations;

  private constructor(
    readonly card: ModelCard,
    predictor: Predictor,
    preparations: Preparations,
  ) {
    this.#predictor = predictor;
    this.#preparations = preparations;
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
    const predictor = await Predictor.create(runtime, onnx, task);
    return new Classifier(card, predictor, await openPreparations(folder, card));
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
    const images = await imageOf(question, card, this.#preparations);
    const texts = textOf(question, card, this.#preparations);
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
