/** @module Answers of a trained model: classes, what decided, how sure it is, what is unusual. */

import type { Modality } from "../data/dataset.js";
import { predictAware, unusualInputs } from "../evaluate/aware.js";
import { thresholdRows } from "../evaluate/decisions.js";
import type { SplitLogits } from "../evaluate/predictor.js";
import { decide } from "../evaluate/scores/metrics.js";
import { toProbabilities } from "../evaluate/scores/probabilities.js";
import type { ModelCard } from "./card.js";

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

/** Whose answer it is: of both modalities, of one of them, or of neither where both are missing. */
export type DecidedBy = Modality | "both" | "none";

/** An answer, and what is doubtful about it. */
export interface Answer {
  /** All classes, the likeliest first. */
  readonly predictions: readonly ClassProbability[];
  /**
   * The modality that decided. With both present: `image` where the image alone gives this answer and the text alone
   * another one, `text` the other way round, and `both` where either gives it alone, or only both together.
   * Multi-label: the same, by the labels that are decided for.
   */
  readonly decidedBy: DecidedBy;
  /**
   * Calibrated probability that the answer is right, `0..1`. Multi-label: the share of the decided labels that is
   * expected to be right; without any, the probability that the likeliest label is rightly left out.
   */
  readonly sure: number;
  /** Inputs that are unlike the training data. */
  readonly unusual: readonly Modality[];
  /** Sentences for people, for example that the text has no word that the model knows. */
  readonly warnings: readonly string[];
}

const unlike = (side: Modality): string =>
  `The ${side} is unlike the ${side}s that the model was trained on.`;

type Model = Pick<ModelCard, "aware" | "classes">;
type Present = Pick<SplitLogits, "imagePresent" | "textPresent">;

/** The same samples without one modality. */
function without(side: Modality, { imagePresent, textPresent }: Present): Present {
  const none = new Float32Array(imagePresent.length);
  return side === "image"
    ? { imagePresent: none, textPresent }
    : { imagePresent, textPresent: none };
}

function probabilitiesOf({ aware }: Model, logits: SplitLogits, mode: AnswerMode): Float32Array {
  const { labelKind, classes } = aware;
  return mode === "aware"
    ? predictAware(aware, logits)
    : toProbabilities(logits.joint, classes, labelKind);
}

/** `[samples, classes]`, 1 where a class is decided for. */
function decisionsOf(
  { aware }: Model,
  probabilities: Float32Array,
  present: Present,
  mode: AnswerMode,
): Uint8Array {
  const { labelKind, classes } = aware;
  const thresholds = aware.thresholds && thresholdRows(aware.thresholds[mode], present);
  return decide({ labelKind, classes, probabilities, ...(thresholds && { thresholds }) });
}

/** What is decided from one modality alone, `[samples, classes]`. */
function decisionsWithout(side: Modality, model: Model, logits: SplitLogits): Uint8Array {
  const present = without(side, logits);
  const probabilities = predictAware(model.aware, { ...logits, ...present });
  return decisionsOf(model, probabilities, present, "aware");
}

/** The modality that alone accounts for a label of the answer, where the other does not account for any. */
function decider(
  answer: Uint8Array,
  byImage: Uint8Array,
  byText: Uint8Array,
): Exclude<DecidedBy, "none"> {
  const ofImage = answer.some((is, at) => is && byImage[at] && !byText[at]);
  const ofText = answer.some((is, at) => is && byText[at] && !byImage[at]);
  if (ofImage === ofText) return "both";
  return ofImage ? "image" : "text";
}

/** Who decided each answer. */
function decidersOf(model: Model, logits: SplitLogits, decisions: Uint8Array): DecidedBy[] {
  const { classes } = model.aware;
  const byImage = decisionsWithout("text", model, logits);
  const byText = decisionsWithout("image", model, logits);
  return Array.from(logits.imagePresent, (hasImage, row) => {
    const hasText = logits.textPresent[row];
    if (!hasImage) return hasText ? "text" : "none";
    if (!hasText) return "image";
    const of = (all: Uint8Array): Uint8Array => all.subarray(row * classes, (row + 1) * classes);
    return decider(of(decisions), of(byImage), of(byText));
  });
}

/** How sure the model is of what it decided for; see {@link Answer.sure}. */
function sureness(probabilities: Float32Array, decisions: Uint8Array): number {
  const decided = [...probabilities].filter((_, at) => decisions[at] === 1);
  if (decided.length === 0) return 1 - Math.max(...probabilities);
  return decided.reduce((sum, p) => sum + p, 0) / decided.length;
}

/**
 * Answers to several questions from what a model says about them.
 *
 * @param logits - Of all who answer, and which modalities each question has.
 * @param doubts - Warnings of each question's own.
 */
export function answersOf(
  model: Model,
  logits: SplitLogits,
  doubts: readonly (readonly string[])[],
  mode: AnswerMode,
): Answer[] {
  const { labelKind, classes, temperatures } = model.aware;
  const probabilities = probabilitiesOf(model, logits, mode);
  const decisions = decisionsOf(model, probabilities, logits, mode);
  const calibrated =
    mode === "aware"
      ? probabilities
      : toProbabilities(logits.joint, classes, labelKind, temperatures.joint);
  const deciders = decidersOf(model, logits, decisions);
  return doubts.map((own, row) => {
    const [from, to] = [row * classes, (row + 1) * classes];
    const unusual = unusualInputs(model.aware, logits, row);
    const predictions = model.classes
      .map((label, at) => ({
        label,
        probability: probabilities[from + at]!,
        decided: decisions[from + at] === 1,
      }))
      .sort((a, b) => b.probability - a.probability);
    return {
      predictions,
      decidedBy: deciders[row]!,
      sure: sureness(calibrated.subarray(from, to), decisions.subarray(from, to)),
      unusual,
      warnings: [...own, ...unusual.map(unlike)],
    };
  });
}
