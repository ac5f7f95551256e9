/** @module A run as the list of runs shows it: its settings, how far it is, what it came to. */

import type { Score } from "../data/dataset.js";
import { UserError } from "../errors.js";
import type { RunConfig } from "../run/config.js";
import type { RunFolder } from "../run/folder.js";
import { workerIn } from "../run/lock.js";
import type { MetricsLine } from "../run/metricsReader.js";
import { isFinished, readResults } from "../run/results.js";
import { Run } from "../run/run.js";
import { systemError } from "../system.js";
import type { EpochRecord } from "../train/trainer.js";
import { epochsOf } from "../train/timeLimit.js";

/** How far a run is. */
export type RunState =
  /** Nothing was trained yet. */
  | { readonly kind: "waiting" }
  | {
      readonly kind: "training";
      /** Epochs done, at most `epochs`. */
      readonly epoch: number;
      readonly epochs: number;
      /** Milliseconds that the rest will take, validation not counted; `null` before an epoch is done. */
      readonly left: number | null;
    }
  /** All epochs are trained; the best one is evaluated. */
  | { readonly kind: "evaluating" }
  | { readonly kind: "stopped"; readonly epoch: number; readonly epochs: number }
  | { readonly kind: "finished" }
  /** A file of it cannot be read. */
  | { readonly kind: "damaged" };

/** Scores in percent of whole inputs and of those without a modality. */
export interface SummaryScores {
  readonly full: number;
  readonly imageMissing: number;
  readonly textMissing: number;
}

/** One run in the list. */
export interface RunSummary {
  /** Of its folder, below that of the list; `.`: it is that folder. */
  readonly path: string;
  /** `null` where its settings cannot be read. */
  readonly config: RunConfig | null;
  readonly state: RunState;
  /** Of the joint classifier on the validation split, at the best epoch so far; `null` before there is one. */
  readonly validation: SummaryScores | null;
  /** Of modality-aware prediction on the split that it was evaluated on; `null` before it is finished. */
  readonly test: SummaryScores | null;
  /** What the test scores are; `null` before the run is finished. */
  readonly score: Score | null;
  /** Why it is damaged. */
  readonly error: UserError | null;
}

const finite = (value: number | null | undefined): number => value ?? NaN;

/** Validation scores of the best epoch. */
function validationOf(epochs: readonly EpochRecord[]): SummaryScores | null {
  const best = epochs.findLast((record) => record.best) ?? epochs.at(-1);
  if (!best) return null;
  const { full, imageMissing, textMissing } = best.validation;
  if (full === undefined) return null;
  return {
    full: finite(full),
    imageMissing: finite(imageMissing),
    textMissing: finite(textMissing),
  };
}

/** Records of epochs, without reading the steps between them. */
const epochsIn = (text: string): EpochRecord[] =>
  text
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith('{"kind":"epoch"'))
    .map((line) => (JSON.parse(line) as { readonly record: EpochRecord }).record);

/** Milliseconds that the rest of a training takes at the pace so far. */
function timeLeft(
  records: readonly EpochRecord[],
  lines: readonly MetricsLine[],
  epochs: number,
): number | null {
  const done = records.length;
  if (done === 0) return null;
  const perEpoch = records.reduce((sum, { seconds }) => sum + seconds, 0) / done;
  const steps = lines.length - done;
  const before = lines.findLastIndex(({ kind }) => kind === "epoch") + 1 - done;
  const begun = Math.min(1, ((steps - before) * done) / Math.max(1, before));
  return 1000 * perEpoch * Math.max(0, epochs - done - begun);
}

type Progress = Pick<RunSummary, "state" | "validation">;

/** A run that is not finished. */
function progressOf(run: Run, lines: readonly MetricsLine[], isWorkedOn: boolean): Progress {
  const records = lines.flatMap((line) => (line.kind === "epoch" ? [line.record] : []));
  const epochs = epochsOf(run.config.train);
  const epoch = records.length;
  const validation = validationOf(records);
  if (!isWorkedOn && lines.length === 0) return { state: { kind: "waiting" }, validation };
  if (!isWorkedOn) return { state: { kind: "stopped", epoch, epochs }, validation };
  if (epoch >= epochs) return { state: { kind: "evaluating" }, validation };
  const left = timeLeft(records, lines, epochs);
  return { state: { kind: "training", epoch, epochs, left }, validation };
}

async function finishedSummary(run: Run): Promise<Omit<RunSummary, "path" | "config" | "error">> {
  // The digest of the results covers the metrics: their lines need no check of their own.
  const { result } = await readResults(run);
  const metrics = (await run.metrics.text()) ?? "";
  const { scores } = result.aware;
  return {
    state: { kind: "finished" },
    validation: validationOf(epochsIn(metrics)),
    test: {
      full: scores.full,
      imageMissing: scores["image-missing"],
      textMissing: scores["text-missing"],
    },
    score: result.mainScore,
  };
}

/** An error as one for people, whatever it is: one bad run does not hide the others. */
const refusalOf = (error: unknown, path: string): UserError =>
  error instanceof UserError
    ? error
    : (systemError(error, path) ?? new UserError(`${path}: ${(error as Error).message}`));

/**
 * A run as the list shows it; never throws.
 *
 * @param path - Of the run in the list.
 * @param linesOf - Reads what an unfinished run has recorded.
 */
export async function summarise(
  path: string,
  store: RunFolder,
  linesOf: () => Promise<readonly MetricsLine[]>,
): Promise<RunSummary> {
  const nothing = { validation: null, test: null, score: null, error: null };
  let config: RunConfig | null = null;
  try {
    const run = await Run.open(store);
    config = run.config;
    if (await isFinished(run)) return { ...nothing, path, config, ...(await finishedSummary(run)) };
    const isWorkedOn = (await workerIn(store.path)) !== null;
    return { ...nothing, path, config, ...progressOf(run, await linesOf(), isWorkedOn) };
  } catch (error) {
    const state: RunState = { kind: "damaged" };
    return { ...nothing, path, config, state, error: refusalOf(error, store.name) };
  }
}
