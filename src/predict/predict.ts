/** @module Predictions for single image+text pairs with an exported model. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { makeBatch } from "../encode/batch.js";
import { UserError } from "../errors.js";
import { predictAware } from "../evaluate/aware.js";
import { thresholdRows } from "../evaluate/decisions.js";
import { decide } from "../evaluate/metrics.js";
import { Predictor } from "../evaluate/predictor.js";
import { toProbabilities } from "../evaluate/probabilities.js";
import type { Runtime } from "../runtime/session.js";
import { digestOf, readSealed } from "../sealed.js";
import { CARD_FILE, type ModelCard } from "./card.js";
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
  /**
   * Whether the model decides for this class: the likeliest one; for multi-label data each whose
   * probability is above its threshold, which is often not 0.5.
   */
  readonly decided: boolean;
}

/** How to answer: by the heads that saw something, or by the joint classifier alone. */
export type AnswerMode = "aware" | "joint";

const MODEL = "model.onnx";

/**
 * Reads a file beside the card.
 *
 * @throws {UserError} when it is missing, or not the one that the card knows.
 */
async function readPart(folder: string, name: string, { files }: ModelCard): Promise<Uint8Array> {
  const path = join(folder, name);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(`${path}: cannot be read: ${(error as Error).message}.`, CARD_FILE.hint);
  });
  const digest = files?.[name];
  if (digest === undefined || digestOf(bytes) === digest) return bytes;
  throw new UserError(
    `${path}: the file was changed or damaged: it does not match its digest in model.json.`,
    CARD_FILE.hint,
  );
}

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
   * @throws {UserError} when there is no model, or one of its files is damaged.
   */
  static async load(folder: string, runtime: Runtime): Promise<Classifier> {
    const card = await readSealed(join(folder, "model.json"), CARD_FILE);
    const bytes = await readPart(folder, MODEL, card);
    const others = Object.keys(card.files ?? {}).filter((name) => name !== MODEL);
    for (const name of others) await readPart(folder, name, card);
    const task = { task: card.task, classes: card.classes.length };
    const onnx = { bytes, inputs: ["image", "text"] };
    const predictor = await Predictor.create(runtime, onnx, task).catch((error: unknown) => {
      const why = `cannot be run: ${(error as Error).message}`;
      throw new UserError(`${join(folder, MODEL)}: ${why}.`, CARD_FILE.hint);
    });
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
    const { task, aware } = card;
    const classes = card.classes.length;
    const probabilities =
      mode === "aware"
        ? predictAware(aware, { ...logits, imagePresent, textPresent })
        : toProbabilities(logits.joint, classes, task);
    const thresholds = aware.thresholds && thresholdRows(aware.thresholds[mode], batch);
    const decisions = decide({ task, classes, probabilities, ...(thresholds && { thresholds }) });
    return card.classes
      .map((label, at) => ({
        label,
        probability: probabilities[at]!,
        decided: decisions[at] === 1,
      }))
      .sort((a, b) => b.probability - a.probability);
  }

  /** Frees the model. */
  release(): Promise<void> {
    return this.#predictor.release();
  }
}
