/** @module A sample explained: its answers, and what mattered for that to full input. */

import type { Sample } from "../data/dataset.js";
import { DataError } from "../errors.js";
import { type Question, questionOf } from "../inputs/question.js";
import { pictureAddress } from "../prepare/images/address.js";
import type { Classifier } from "../predict/predict.js";
import type { PreparedQuestion } from "../predict/questions.js";
import { attribute, type Attribution } from "./occlusion.js";
import type { JudgedSample } from "./samples.js";

/** A sample with its answers, and what mattered for that to full input. */
export interface ExplainedSample extends JudgedSample {
  readonly text: string | null;
  /** The picture as the model sees it, as a `data:` address; `null` where there is none. */
  readonly picture: string | null;
  /** `null` where it was not asked for, or the picture cannot be read. */
  readonly attribution: Attribution | null;
}

/** The picture of a question; `null` where it has none. */
async function pictureOf({ image }: PreparedQuestion): Promise<string | null> {
  const planes = image.prepared.row(0);
  if (!image.present || !(planes instanceof Uint8Array)) return null;
  return pictureAddress(planes, image.prepared.shape);
}

/**
 * Shows a sample: its picture and text.
 *
 * @param attributed - Finds what mattered for its answer; default: nothing is asked.
 */
export async function shown(
  sample: JudgedSample,
  raw: Sample,
  classifier: Classifier,
  attributed?: (question: Question, asked: PreparedQuestion) => Promise<Attribution>,
): Promise<ExplainedSample> {
  const question = questionOf(raw);
  try {
    const asked = await classifier.prepare(question);
    const picture = await pictureOf(asked);
    const attribution = (await attributed?.(question, asked)) ?? null;
    return { ...sample, text: raw.text, picture, attribution };
  } catch (error) {
    // A picture that cannot be read was answered from the text.
    if (error instanceof DataError) {
      return { ...sample, text: raw.text, picture: null, attribution: null };
    }
    throw error;
  }
}

/** Explains a sample: asks the model again, with parts of its input taken away. */
export const explained = (
  sample: JudgedSample,
  raw: Sample,
  classifier: Classifier,
): Promise<ExplainedSample> =>
  shown(sample, raw, classifier, (question, asked) => attribute(classifier, question, asked));
