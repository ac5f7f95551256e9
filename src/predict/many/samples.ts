/** @module Samples of a table or folder, answered batch by batch, in order. */

import type { Modality, OnBad } from "../../data/dataset.js";
import type { Draft } from "../../data/drafts.js";
import { DataError } from "../../errors.js";
import { say, setting } from "../../message.js";
import { questionOf } from "../../inputs/question.js";
import type { Answer, AnswerMode } from "../answer.js";
import type { Classifier } from "../predict.js";
import type { PreparedQuestion } from "../questions.js";

/** The answer to one sample. */
export interface SampleAnswer extends Answer {
  readonly id: string;
  /** Modalities that the model takes and the sample lacks, or that could not be used. */
  readonly missing: readonly Modality[];
  /** Why the picture could not be used, a clause; `null` where it could, or there is none. */
  readonly unusable: string | null;
}

/** A sample without an answer: its picture cannot be used, and such samples are to be skipped. */
export interface SkippedSample {
  readonly where: string;
  readonly why: string;
}

/** Some samples, answered. */
export interface AnsweredBatch {
  /** Number of samples that are done, those before this batch included. */
  readonly done: number;
  readonly answers: readonly SampleAnswer[];
  readonly skipped: readonly SkippedSample[];
}

/** How samples are answered. */
export interface ManyOptions {
  readonly mode: AnswerMode;
  /** What to do with a sample whose picture cannot be used. */
  readonly onBad: OnBad;
  /** First sample, a multiple of {@link BATCH}. */
  readonly from: number;
}

/**
 * Samples that are decoded and answered together. Answers may differ in the last digit with what else is in a batch:
 * batches begin at the same samples wherever the work begins.
 */
export const BATCH = 64;

/** A sample, ready to be answered or skipped. */
interface ReadySample {
  readonly draft: Draft;
  readonly prepared: PreparedQuestion | null;
  readonly unusable: string | null;
}

/** Prepares a sample; one whose picture cannot be used is asked about without it, skipped, or ends the work. */
async function ready(classifier: Classifier, draft: Draft, onBad: OnBad): Promise<ReadySample> {
  try {
    return { draft, prepared: await classifier.prepare(questionOf(draft)), unusable: null };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const unusable = error.message.replace(/\.$/, "");
    if (onBad === "stop") {
      throw new DataError(
        `${draft.where}: ${unusable}.`,
        say`Fix it, or continue with ${setting("data.onBad", "missing")}.`,
      );
    }
    if (onBad === "skip") return { draft, prepared: null, unusable };
    const rest = questionOf({ ...draft, image: null });
    return { draft, prepared: await classifier.prepare(rest), unusable };
  }
}

/** Modalities that a model takes. */
export const sidesOf = ({ card }: Pick<Classifier, "card">): readonly Modality[] =>
  card.modalities === undefined ? ["image", "text"] : [card.modalities];

const warningOf = (unusable: string): string => `The image cannot be used: ${unusable}.`;

async function answered(
  classifier: Classifier,
  samples: readonly ReadySample[],
  mode: AnswerMode,
): Promise<SampleAnswer[]> {
  const asked = samples.flatMap(({ prepared, ...about }) =>
    prepared ? { ...about, prepared } : [],
  );
  const prepared = asked.map((one) => one.prepared);
  const answers = await classifier.answerPrepared(prepared, mode);
  const sides = sidesOf(classifier);
  return asked.map(({ draft: { id }, unusable, prepared: own }, at) => {
    const answer = answers[at]!;
    const warnings = [...(unusable === null ? [] : [warningOf(unusable)]), ...answer.warnings];
    const missing = sides.filter((side) => !own[side].present);
    return { ...answer, id, unusable, missing, warnings };
  });
}

/** Results in order; where some fail, the first of them in order is what is told, whichever failed first. */
async function inOrder<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/**
 * Answers samples in order. While the model answers a batch, the next one is decoded; more is never in memory.
 *
 * @throws {DataError} at a picture that cannot be used, where that is to end the work.
 * @throws {UserError} where the samples bring what the model does not take.
 */
export async function* answerSamples(
  classifier: Classifier,
  drafts: readonly Draft[],
  { mode, onBad, from }: ManyOptions,
): AsyncGenerator<AnsweredBatch> {
  const prepare = (start: number): Promise<ReadySample[]> => {
    const some = drafts.slice(start, start + BATCH);
    const work = inOrder(some.map((draft) => ready(classifier, draft, onBad)));
    // Its failure is met when its turn comes.
    work.catch(() => undefined);
    return work;
  };
  let next = prepare(from);
  for (let start = from; start < drafts.length; start += BATCH) {
    const samples = await next;
    next = prepare(start + BATCH);
    yield {
      done: Math.min(start + BATCH, drafts.length),
      answers: await answered(classifier, samples, mode),
      skipped: samples.flatMap(({ prepared, draft: { where }, unusable }) =>
        prepared ? [] : { where, why: unusable ?? "" },
      ),
    };
  }
}
