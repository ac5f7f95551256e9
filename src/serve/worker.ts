/** @module A thread that runs the model: pictures are decoded and inputs answered off the event loop of the service. */

import { parentPort, workerData } from "node:worker_threads";

import { DataError, UserError } from "../errors.js";
import type { Question } from "../inputs/question.js";
import type { Answer } from "../predict/answer.js";
import { Classifier } from "../predict/predict.js";
import type { PreparedQuestion } from "../predict/questions.js";
import { pictureSize } from "../prepare/images/render.js";
import { nodeRuntime } from "../runtime/node.js";

/** What a thread is started with. */
export interface ModelThreadData {
  /** Of a run, or of an exported model. */
  readonly folder: string;
  /** Threads of one operator; default: all cores. */
  readonly threads: number | undefined;
  /** Pixels of a picture at most. */
  readonly maxPixels: number;
}

/** One input, and how many classes its answer names. */
export interface Ask {
  /** A picture is the bytes of its file. */
  readonly question: Question & { readonly image?: Uint8Array };
  readonly top: number;
}

/** The answer to one input, or why it cannot be used, a sentence. */
export type Asked = { readonly answer: Answer } | { readonly refused: string };

/** A batch, and its number. */
export interface Batch {
  readonly id: number;
  readonly asks: readonly Ask[];
}

/** What a thread says: whether its model is loaded, or the outcome of a batch. */
export type ThreadMessage =
  | { readonly kind: "loaded"; readonly works: boolean }
  | { readonly kind: "answered"; readonly id: number; readonly answers: readonly Asked[] }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };

/** @throws {DataError} when a picture has too many pixels, which its header says. */
async function assertPixels(image: Uint8Array, maxPixels: number): Promise<void> {
  const [width, height] = await pictureSize({ kind: "bytes", bytes: image });
  if (width * height <= maxPixels) return;
  const most = maxPixels / 1e6;
  throw new DataError(`the image has ${width} x ${height} pixels, more than ${most} million`);
}

async function prepare(
  classifier: Classifier,
  { question }: Ask,
  maxPixels: number,
): Promise<PreparedQuestion | string> {
  try {
    if (question.image) await assertPixels(question.image, maxPixels);
    return await classifier.prepare(question);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  }
}

/** Answers to a batch; inputs that cannot be used do not spoil the others. */
async function answer(
  classifier: Classifier,
  asks: readonly Ask[],
  maxPixels: number,
): Promise<Asked[]> {
  const prepared = await Promise.all(asks.map((ask) => prepare(classifier, ask, maxPixels)));
  const usable = prepared.filter((one) => typeof one !== "string");
  const answers = [...(await classifier.answerPrepared(usable))];
  return prepared.map((one, at) => {
    if (typeof one === "string") return { refused: one };
    const { predictions, ...about } = answers.shift()!;
    return { answer: { predictions: predictions.slice(0, asks[at]!.top), ...about } };
  });
}

if (parentPort) {
  const port = parentPort;
  const say = (message: ThreadMessage): void => {
    port.postMessage(message);
  };
  const { folder, threads, maxPixels } = workerData as ModelThreadData;
  const classifier = await Classifier.load(folder, nodeRuntime({ threads })).catch(() => null);
  port.on("message", ({ id, asks }: Batch) => {
    answer(classifier!, asks, maxPixels).then(
      (answers) => {
        say({ kind: "answered", id, answers });
      },
      (error: unknown) => {
        say({ kind: "failed", id, message: String(error) });
      },
    );
  });
  say({ kind: "loaded", works: classifier !== null });
}
