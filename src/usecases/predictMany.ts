/** @module Many samples, of a table or a folder, classified by a trained model. */

import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { DataSettings } from "../data/config.js";
import type { DataIssue } from "../data/dataset.js";
import type { Assembly } from "../data/drafts.js";
import { readUnlabelled } from "../data/open.js";
import type { TrainedColumns } from "../data/trainedColumns.js";
import { UserError } from "../errors.js";
import { say, setting } from "../message.js";
import type { AnswerMode } from "../predict/answer.js";
import type { Wanted } from "../predict/many/fields.js";
import {
  type AnswerFormat,
  type AnswerWriter,
  answerWriter,
  formatOf,
} from "../predict/many/formats.js";
import { answersKey } from "../predict/many/key.js";
import { assertWritable, PartialAnswers, partialFolder } from "../predict/many/partial.js";
import { answerSamples } from "../predict/many/samples.js";
import { assertTakesAll } from "../predict/many/takes.js";
import { emptyTally, type Tally, tallied } from "../predict/many/tally.js";
import { Classifier } from "../predict/predict.js";
import { checkConfig } from "../run/config.js";
import { RunFolder } from "../run/folder.js";
import { withLock } from "../run/lock.js";
import { Run } from "../run/run.js";
import { nodeRuntime } from "../runtime/node.js";
import { makeFolder } from "../system.js";
import { type PredictEvent, silent, type Watch } from "./events.js";
import { Interrupted } from "./interrupted.js";
import { namedByContents } from "./sniff.js";
import type { GivenSettings } from "./settings.js";

/** Where answers go: a file, whose ending tells the format, or a function that takes pieces of text. */
export type AnswerSink =
  | { readonly file: string }
  | {
      readonly format: Exclude<AnswerFormat, "parquet">;
      readonly write: (piece: string) => Promise<void>;
    };

/** What to classify, and how. */
export interface PredictManyRequest extends GivenSettings, Wanted, Watch<PredictEvent> {
  /** Of a finished run, or of an exported model. */
  readonly folder: string;
  readonly to: AnswerSink;
  /** Bytes of the table, where its name in the settings is `-`. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
  /** Default: `aware`. */
  readonly mode?: AnswerMode | undefined;
}

/** What became of the samples. */
export interface PredictManyResult extends Tally {
  /** Of the data. */
  readonly name: string;
  readonly samples: number;
  /** Samples that were answered by an earlier process. */
  readonly continued: number;
  /** Of this process, answers alone. */
  readonly seconds: number;
  /** What was wrong with the data. */
  readonly issues: readonly DataIssue[];
}

/** Standard input in the settings. */
const INPUT = "-";

/** A table that came as bytes is kept in a file while it is read: readers look at it more than once. */
async function withInput<T>(
  data: DataSettings,
  input: AsyncIterable<Uint8Array> | undefined,
  work: (data: DataSettings) => Promise<T>,
): Promise<T> {
  if (data.source !== INPUT) return work(data);
  if (!input) throw new UserError(`${INPUT}: there is no input to read.`);
  const folder = await mkdtemp(join(tmpdir(), "balgrad-"));
  try {
    const bytes = join(folder, "input");
    await pipeline(Readable.from(input), createWriteStream(bytes));
    const source = await namedByContents(bytes, "standard-input");
    // Pictures lie where the user is, not where the table was put.
    return await work({ ...data, source, images: data.images ?? "." });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The settings of the data, with the modality that the model takes where it takes one alone. */
function dataFor(given: DataSettings, { card }: Classifier): DataSettings {
  const own = card.modalities;
  if (own === undefined || given.modalities === own) return given;
  if (given.modalities === "both") return { ...given, modalities: own };
  throw new UserError(
    say`The model was trained on ${own}s alone; ${setting("data.modalities", given.modalities)} leaves it nothing.`,
    "Leave it out.",
  );
}

/** Columns that the training of a run was told; a run that cannot be opened, or an export, tells none. */
async function trainedColumns(folder: string): Promise<TrainedColumns> {
  const run = await Run.open(new RunFolder(folder)).catch(() => null);
  const { id, image, text } = run?.config.data.columns ?? {};
  return { id, image, text };
}

/** How often work is noted, milliseconds: so much is done again after a kill. */
const NOTED_MS = 1000;

interface Job {
  readonly classifier: Classifier;
  readonly samples: Assembly;
  readonly request: PredictManyRequest;
  readonly mode: AnswerMode;
  readonly data: DataSettings;
}

/** Answers all samples from one on; `write` is given the lines and how far they lead. */
async function answerAll(
  { classifier, samples, request, mode, data }: Job,
  writer: AnswerWriter,
  begun: { readonly done: number; readonly tally: Tally },
  write: (lines: string, progress: { done: number; tally: Tally }) => Promise<void>,
  stop: (progress: { done: number; tally: Tally }) => Promise<never>,
): Promise<Tally> {
  const { events = silent, signal } = request;
  const total = samples.drafts.length;
  let { done, tally } = begun;
  events({ kind: "predicting", done, total });
  const options = { mode, onBad: data.onBad, from: done };
  for await (const batch of answerSamples(classifier, samples.drafts, options)) {
    done = batch.done;
    tally = tallied(tally, batch);
    await write(batch.answers.map(writer.line).join(""), { done, tally });
    events({ kind: "predicting", done, total });
    if (signal?.aborted && done < total) return stop({ done, tally });
  }
  return tally;
}

/** Answers into a file, from where an earlier process stopped. */
async function intoFile(job: Job, out: string): Promise<{ tally: Tally; continued: number }> {
  const { classifier, samples, request, mode, data } = job;
  const { top, probabilities, signal, events = silent } = request;
  const format = formatOf(out);
  const writer = answerWriter(format, classifier.card, { top, probabilities });
  const settings = { mode, onBad: data.onBad, top, probabilities, format };
  const folder = partialFolder(out);
  const work = async () => {
    const key = answersKey(classifier.card, samples.drafts, settings);
    const partial = await PartialAnswers.open(out, key);
    try {
      const { begun } = partial;
      if (begun.done === 0) await partial.append(writer.head);
      let noted = performance.now();
      const tally = await answerAll(
        job,
        writer,
        begun,
        async (lines, progress) => {
          await partial.append(lines);
          if (performance.now() - noted < NOTED_MS) return;
          await partial.note(progress);
          noted = performance.now();
        },
        async (progress) => {
          await partial.note(progress);
          throw new Interrupted(folder, { by: "repeat" });
        },
      );
      await partial.publish(writer.finish);
      return { tally, continued: begun.done };
    } finally {
      await partial.close();
    }
  };
  await makeFolder(folder);
  const onWait = (holder: string): void => {
    events({ kind: "waiting", holder, folder });
  };
  return withLock(folder, work, { onWait, ...(signal && { signal }) });
}

/** Answers piece by piece to whoever takes them. */
async function intoPieces(
  job: Job,
  { format, write }: Exclude<AnswerSink, { readonly file: string }>,
): Promise<{ tally: Tally; continued: number }> {
  const { classifier, request } = job;
  const writer = answerWriter(format, classifier.card, request);
  if (writer.head !== "") await write(writer.head);
  const begun = { done: 0, tally: emptyTally() };
  const stop = (): Promise<never> => Promise.reject(new Interrupted(null, { by: "repeat" }));
  return { tally: await answerAll(job, writer, begun, write, stop), continued: 0 };
}

/**
 * Answers for all samples of a table or folder, with or without labels, in their order and in bounded memory. Answers
 * into a file are kept beside it until they are whole; the same request continues them after a stop.
 *
 * @throws {UserError} when there is no model, or it does not take what the data bring.
 * @throws {DataError} when the data cannot be read.
 * @throws {Interrupted} after the signal.
 */
export async function predictMany(request: PredictManyRequest): Promise<PredictManyResult> {
  const { folder, to, input, mode = "aware", events = silent } = request;
  const given = checkConfig(request.settings, request.origin).data;
  if ("file" in to) {
    formatOf(to.file);
    await assertWritable(to.file, given.source);
  }
  const classifier = await Classifier.load(folder, nodeRuntime());
  try {
    return await withInput(dataFor(given, classifier), input, async (data) => {
      const samples = await readUnlabelled(data, await trainedColumns(folder));
      assertTakesAll(samples, classifier.card);
      const { name, origin, drafts, issues } = samples;
      events({ kind: "opened", dataset: { name, labelKind: classifier.card.labelKind, origin } });
      const job = { classifier, samples, request, mode, data };
      const start = performance.now();
      const { tally, continued } =
        "file" in to ? await intoFile(job, to.file) : await intoPieces(job, to);
      const seconds = (performance.now() - start) / 1000;
      return {
        ...{ ...tally, name, continued, seconds, issues: issues.issues },
        samples: drafts.length,
      };
    });
  } finally {
    await classifier.release();
  }
}
