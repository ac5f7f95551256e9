/** @module Predictions for image+text pairs with a saved or exported model. */

import { dirname, join } from "node:path";

import { UserError } from "../errors.js";
import { type Feeds, Predictor } from "../evaluate/predictor.js";
import { exists, makeFolder } from "../system.js";
import { writeFileAtomic } from "../files/atomic.js";
import { MODEL_FEEDS } from "../model/feeds.js";
import type { Runtime } from "../runtime/session.js";
import { sealed, unsealed } from "../files/sealed.js";
import { type Answer, type AnswerMode, answersOf, type ClassProbability } from "./answer.js";
import { CARD, CARD_FILE, type ModelCard, modelFile } from "./card.js";
import { cardFolder, inFolder, type ModelFiles, readKnown, readPart } from "./files.js";
import { publicFeeds, publicNames } from "../inputs/publicInputs.js";
import type { Question } from "../inputs/question.js";
import {
  assertAsked,
  openPreparations,
  type PreparedQuestion,
  preparedQuestion,
  type Preparations,
  questionBatch,
  type QuestionInputs,
  questionsOf,
} from "./questions.js";

/** A trained model, loaded from a run or from the folder that `balgrad export` wrote. */
export class Classifier {
  /**
   * What its heads say.
   *
   * @internal
   */
  readonly predictor: Predictor;
  /**
   * How its pictures and texts are prepared.
   *
   * @internal
   */
  readonly preparations: Preparations;
  readonly #questions: QuestionInputs;
  readonly #files: ModelFiles;

  private constructor(
    readonly card: ModelCard,
    files: ModelFiles,
    predictor: Predictor,
    preparations: Preparations,
  ) {
    this.#files = files;
    this.predictor = predictor;
    this.preparations = preparations;
    this.#questions = questionsOf(card, preparations);
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
    return new Classifier(card, files, predictor, await prepare(card));
  }

  /** The predictions of {@link answer} alone. */
  async classify(
    question: Question,
    mode: AnswerMode = "aware",
  ): Promise<readonly ClassProbability[]> {
    return (await this.answer(question, mode)).predictions;
  }

  /**
   * The answer to one question: class probabilities, what decided, and what is doubtful. A text without a known word
   * is taken for a missing one, with a warning; without a picture beside it the model's answer is then what it
   * makes of nothing.
   *
   * @throws {DataError} when the picture cannot be decoded.
   * @throws {UserError} when there is neither a picture nor a text, or the model takes features and gets
   *   something else.
   */
  async answer(question: Question, mode: AnswerMode = "aware"): Promise<Answer> {
    assertAsked(question);
    const [answer] = await this.answerPrepared([await this.prepare(question)], mode);
    return answer!;
  }

  /**
   * Answers to several questions, computed as one batch.
   *
   * @throws {DataError} as {@link answer} does, for any of them: {@link prepare} tells which one.
   * @throws {UserError} likewise.
   */
  async answerMany(
    questions: readonly Question[],
    mode: AnswerMode = "aware",
  ): Promise<readonly Answer[]> {
    questions.forEach(assertAsked);
    const prepared = await Promise.all(questions.map((question) => this.prepare(question)));
    return this.answerPrepared(prepared, mode);
  }

  /**
   * Prepares a question: the picture is decoded, the text becomes ids. A question with nothing is prepared, too; the
   * answer to it is what the model makes of nothing.
   *
   * @throws {DataError} when the picture cannot be decoded.
   * @throws {UserError} when the question has something that the model does not take.
   */
  prepare(question: Question): Promise<PreparedQuestion> {
    return preparedQuestion(question, this.#questions, this.card);
  }

  /**
   * Answers to questions that {@link prepare} made ready, computed as one batch. All are in memory at once: about
   * 0.8 MB each for pictures of 224 x 224 pixels.
   */
  async answerPrepared(
    prepared: readonly PreparedQuestion[],
    mode: AnswerMode = "aware",
  ): Promise<readonly Answer[]> {
    if (prepared.length === 0) return [];
    const batch = questionBatch(prepared, this.card);
    const logits = await this.predictor.run(batch);
    const { imagePresent, textPresent } = batch;
    const doubts = prepared.map((one) => one.doubts);
    return answersOf(this.card, { ...logits, imagePresent, textPresent }, doubts, mode);
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
    return this.predictor.release();
  }
}
