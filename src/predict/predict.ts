/** @module Predictions for single image+text pairs with a saved or exported model. */

import { basename, dirname, join } from "node:path";

import { makeBatch } from "../prepare/batch.js";
import { UserError } from "../errors.js";
import { say, setting, useCase } from "../message.js";
import { predictAware, unusualInputs } from "../evaluate/aware.js";
import { thresholdRows } from "../evaluate/decisions.js";
import { decide } from "../evaluate/scores/metrics.js";
import { type Feeds, Predictor } from "../evaluate/predictor.js";
import { toProbabilities } from "../evaluate/scores/probabilities.js";
import { exists, makeFolder, readBytes } from "../system.js";
import { writeFileAtomic } from "../files/atomic.js";
import { MODEL_FEEDS } from "../model/feeds.js";
import type { Runtime } from "../runtime/session.js";
import { digestOf, sealed, unsealed } from "../files/sealed.js";
import { CARD, CARD_FILE, type ModelCard, modelFile } from "./card.js";
import { publicFeeds, publicNames } from "../inputs/publicInputs.js";
import type { Question } from "../inputs/question.js";
import {
  assertTakes,
  doubtsAbout,
  openPreparations,
  type Preparations,
  type QuestionInputs,
  questionsOf,
} from "./questions.js";
import type { Modality } from "../data/dataset.js";

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

/** An answer, and what is doubtful about it. */
export interface Answer {
  /** All classes, the likeliest first. */
  readonly predictions: readonly ClassProbability[];
  /** Sentences for people, for example that the text has no word that the model knows. */
  readonly warnings: readonly string[];
}

/** Where the files of a model are: a folder, or the memory of a run. */
export interface ModelFiles {
  /** What messages call a file, for example its path. */
  readonly locate: (name: string) => string;
  /** The bytes of a file; `null` where there is no such file. */
  readonly read: (name: string) => Promise<Uint8Array | null>;
}

/** The files of a model in a folder. */
const inFolder = (folder: string): ModelFiles => ({
  locate: (name) => join(folder, name),
  read: (name) => readBytes(join(folder, name)),
});

/** @throws {UserError} when the file is missing. */
async function readPart({ locate, read }: ModelFiles, name: string): Promise<Uint8Array> {
  const bytes = await read(name);
  if (bytes) return bytes;
  throw new UserError(`${locate(name)}: no such file (${CARD_FILE.what}).`, CARD_FILE.hint);
}

/**
 * Reads a file beside the card.
 *
 * @throws {UserError} when it is missing, or not the one that the card knows.
 */
async function readKnown(files: ModelFiles, name: string, card: ModelCard): Promise<Uint8Array> {
  const bytes = await readPart(files, name);
  const digest = card.files?.[name];
  if (digest === undefined || digestOf(bytes) === digest) return bytes;
  throw new UserError(
    `${files.locate(name)}: the file was changed or damaged: it does not match its digest in model.json.`,
    CARD_FILE.hint,
  );
}

const unlike = (side: Modality): string =>
  `The ${side} is unlike the ${side}s that the model was trained on.`;

/** Why there is no model in a folder, and where one would be. */
async function noModel(folder: string): Promise<UserError> {
  const anywhere = say`Give the folder of a finished run, or one that ${useCase("export")} wrote.`;
  if (!(await exists(folder))) return new UserError(`${folder}: no such folder.`, anywhere);
  if (basename(folder) === CARD) {
    return new UserError(`${folder}: this is a file of a model.`, "Give the folder that it is in.");
  }
  if (await exists(join(folder, "run.json"))) {
    return new UserError(
      `${folder}: the run has no model yet.`,
      say`Finish it first: ${useCase("train", setting("resume", folder))}.`,
    );
  }
  return new UserError(`${join(folder, CARD)}: no such file (${CARD_FILE.what}).`, anywhere);
}

/**
 * The folder with the card: the one that is given, or a run's `model` folder.
 *
 * @throws {UserError} where neither has one.
 */
async function cardFolder(folder: string): Promise<string> {
  for (const place of [folder, join(folder, "model")]) {
    if (await exists(join(place, CARD))) return place;
  }
  throw await noModel(folder);
}

/** A trained model, loaded from a run or from the folder that `balgrad export` wrote. */
export class Classifier {
  readonly #predictor: Predictor;
  readonly #questions: QuestionInputs;

  readonly #files: ModelFiles;

  private constructor(
    readonly card: ModelCard,
    files: ModelFiles,
    predictor: Predictor,
    questions: QuestionInputs,
  ) {
    this.#files = files;
    this.#predictor = predictor;
    this.#questions = questions;
  }

  /**
   * Loads a model.
   *
   * @param folder - An exported folder, a run's `model` folder, or the run's own; all give equal answers.
   * @throws {UserError} when there is no model, or one of its files is damaged.
   */
  static async load(folder: string, runtime: Runtime): Promise<Classifier> {
    const place = await cardFolder(folder);
    return Classifier.open(inFolder(place), runtime, (card) => openPreparations(place, card));
  }

  /**
   * Opens a model whose files are anywhere.
   *
   * @param prepare - Opens the preparations of its inputs.
   * @throws {UserError} when there is no model, or one of its files is damaged.
   * @internal
   */
  static async open(
    files: ModelFiles,
    runtime: Runtime,
    prepare: (card: ModelCard) => Promise<Preparations>,
  ): Promise<Classifier> {
    const text = new TextDecoder().decode(await readPart(files, CARD));
    const card = unsealed(text, files.locate(CARD), CARD_FILE);
    const file = modelFile(card);
    const bytes = await readKnown(files, file, card);
    const others = Object.keys(card.files ?? {}).filter((name) => name !== file);
    for (const name of others) await readKnown(files, name, card);
    const labels = { labelKind: card.labelKind, classes: card.classes.length };
    const isPublic = card.layout !== undefined;
    const onnx = { bytes, inputs: isPublic ? publicNames(card) : MODEL_FEEDS };
    const feeds: Feeds = (inputs) => (isPublic ? publicFeeds(inputs, card) : inputs);
    const predictor = await Predictor.create(runtime, onnx, labels, feeds).catch(
      (error: unknown) => {
        const why = `cannot be run: ${(error as Error).message}`;
        throw new UserError(`${files.locate(file)}: ${why}.`, CARD_FILE.hint);
      },
    );
    return new Classifier(card, files, predictor, questionsOf(card, await prepare(card)));
  }

  /** The predictions of {@link answer} alone. */
  async classify(
    question: Question,
    mode: AnswerMode = "aware",
  ): Promise<readonly ClassProbability[]> {
    return (await this.answer(question, mode)).predictions;
  }

  /**
   * Class probabilities for one pair, and what is doubtful about them. A text without a known word is
   * taken for a missing one, with a warning; without a picture beside it the model's answer is then what it
   * makes of nothing.
   *
   * @throws {DataError} when the picture cannot be decoded.
   * @throws {UserError} when there is neither a picture nor a text, or the model takes features and gets
   *   something else.
   */
  async answer(question: Question, mode: AnswerMode = "aware"): Promise<Answer> {
    const { card } = this;
    assertTakes(question, card);
    const images = await this.#questions.image.ask(question);
    const texts = await this.#questions.text.ask(question);
    if (!images.present && !texts.present && question.text === undefined) {
      throw new UserError("There is neither an image nor a text.");
    }
    const batch = makeBatch(
      {
        size: 1,
        ids: ["question"],
        images: images.prepared,
        texts: texts.prepared,
        imagePresent: Uint8Array.of(Number(images.present)),
        textPresent: Uint8Array.of(Number(texts.present)),
        targets: new Float32Array(card.classes.length),
      },
      [0],
    );
    const logits = await this.#predictor.run(batch);
    const { imagePresent, textPresent } = batch;
    const { labelKind, aware } = card;
    const classes = card.classes.length;
    const probabilities =
      mode === "aware"
        ? predictAware(aware, { ...logits, imagePresent, textPresent })
        : toProbabilities(logits.joint, classes, labelKind);
    const thresholds = aware.thresholds && thresholdRows(aware.thresholds[mode], batch);
    const decisions = decide({
      labelKind,
      classes,
      probabilities,
      ...(thresholds && { thresholds }),
    });
    const predictions = card.classes
      .map((label, at) => ({
        label,
        probability: probabilities[at]!,
        decided: decisions[at] === 1,
      }))
      .sort((a, b) => b.probability - a.probability);
    const unusual = unusualInputs(aware, { ...logits, imagePresent, textPresent });
    const doubts = doubtsAbout(question, this.#questions);
    return { predictions, warnings: [...doubts, ...unusual.map(unlike)] };
  }

  /**
   * Writes the model into a folder, from where {@link Classifier.load} and `balgrad predict` take it. A model that
   * is there is replaced.
   *
   * @throws {UserError} when the folder holds a model in another layout, or a file of this one is gone.
   * @throws {SystemError} when the system refuses.
   */
  async save(folder: string): Promise<void> {
    const { card } = this;
    if (!card.files) {
      throw new UserError(
        "The model is of an older version, whose card does not say which files it has.",
        "Copy its folder instead.",
      );
    }
    const other = modelFile({ layout: card.layout ? undefined : "transformers" });
    if (await exists(join(folder, other))) {
      throw new UserError(
        `${folder}: there is a model in another layout (${other}).`,
        "Give another folder, or delete this one first.",
      );
    }
    const write = async (name: string, contents: string | Uint8Array): Promise<void> => {
      const path = join(folder, name);
      await makeFolder(dirname(path));
      await writeFileAtomic(path, contents);
    };
    for (const name of Object.keys(card.files))
      await write(name, await readKnown(this.#files, name, card));
    // The card is last: it says which files the model has.
    await write(CARD, sealed(card, CARD_FILE));
  }

  /** Frees the model. */
  release(): Promise<void> {
    return this.#predictor.release();
  }
}
