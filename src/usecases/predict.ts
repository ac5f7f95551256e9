/** @module One picture, text or both, classified by a trained model. */

import { DataError, UserError } from "../errors.js";
import { say, setting } from "../message.js";
import type { Answer, AnswerMode } from "../predict/answer.js";
import type { ModelCard } from "../predict/card.js";
import { Classifier } from "../predict/predict.js";
import { nodeRuntime } from "../runtime/node.js";

/** What to classify; an image, a text, or both. */
export interface PredictRequest {
  /** Of a finished run, or of an exported model. */
  readonly folder: string;
  /** Path of a picture. */
  readonly image?: string | undefined;
  readonly text?: string | undefined;
  /** Default: `aware`. */
  readonly mode?: AnswerMode;
}

/** The answer, and what the model is made for. */
export interface PredictResult extends Answer {
  readonly card: ModelCard;
}

/**
 * Loads a model, asks it once and frees it; `Classifier` is for programs that ask more.
 *
 * @throws {UserError} when there is nothing to classify, or no model in the folder.
 * @throws {DataError} when the picture cannot be read.
 */
export async function predict(request: PredictRequest): Promise<PredictResult> {
  const { folder, image, text, mode } = request;
  if (image === undefined && text === undefined) {
    throw new UserError(
      "There is nothing to classify.",
      say`Give ${setting("image")}, ${setting("text")} or both. For many, name a table or a folder.`,
    );
  }
  const classifier = await Classifier.load(folder, nodeRuntime());
  try {
    const question = {
      ...(image !== undefined && { image: { kind: "file", path: image } as const }),
      ...(text !== undefined && { text }),
    };
    const answer = await classifier.answer(question, mode);
    return { ...answer, card: classifier.card };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`${image ?? ""}: ${error.message}.`);
  } finally {
    await classifier.release();
  }
}
