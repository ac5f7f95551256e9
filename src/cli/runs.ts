/** @module Runs over seeds: train, evaluate, export, report. Shared by `demo` and `train`. */

import { samplesOf, SPLITS } from "../data/dataset.js";
import { featureFolder } from "../prepare/cache.js";
import { UserError } from "../errors.js";
import { renderReport, type ReportData } from "../report/html.js";
import { impairedGrids } from "../report/impaired.js";
import { intervalGrids } from "../report/intervals.js";
import type { RunRecord } from "../report/records.js";
import { modalityNote, publishedRows, resultRows, terminalSection } from "../report/table.js";
import type { RunConfig } from "../run/config.js";
import { type RunData, loadRunData, type RunDataOptions } from "../run/data.js";
import { exportModel } from "../run/deploy.js";
import { evaluateRun, type RunResult, trainRun } from "../run/experiment.js";
import { writeFileAtomic } from "../files/atomic.js";
import { isFinished, readResults, writeResults } from "../run/results.js";
import type { Run } from "../run/run.js";
import { SystemError } from "../system.js";
import type { Runtime } from "../runtime/session.js";
import { countIssues, printIssues, printNotices } from "./issues.js";
import { withInterrupt } from "./interrupt.js";
import { type RunsProgress, showEncoding, showExtraction } from "./progress.js";
import { complain, print } from "./print.js";

/** How data are loaded. */
export interface LoadOptions extends Pick<RunDataOptions, "onOpen" | "evaluated"> {
  /** Whether what was wrong is told elsewhere; default: no. */
  readonly quiet?: boolean;
}

/**
 * Reads the data of a run, makes features where encoders are frozen, and prints what was wrong.
 *
 * @throws {Interrupted} when Ctrl-C stopped the making of features; those that are made stay.
 */
export async function loadData(
  config: RunConfig,
  { quiet = false, ...options }: LoadOptions = {},
): Promise<RunData> {
  const reading = showEncoding();
  const extracting = showExtraction();
  const stop = (): void => {
    reading.stop();
    extracting.stop();
  };
  const onFeatures: RunDataOptions["onFeatures"] = (done, total) => {
    reading.stop();
    extracting.onProgress(done, total);
  };
  const work = async (signal?: AbortSignal): Promise<RunData> => {
    try {
      const all = {
        ...options,
        ...(signal && { signal }),
        onProgress: reading.onProgress,
        onFeatures,
      };
      const data = await loadRunData(config, all);
      stop();
      if (!quiet) {
        printIssues(data.issues);
        printNotices(data.prepared.encoders ?? {});
      }
      return data;
    } catch (error) {
      if (!signal?.aborted) throw error;
      throw new Interrupted(featureFolder(), "Continue with the same command.");
    } finally {
      stop();
    }
  };
  // Only the making of features can stop half-way and keep what it has.
  const { image, text } = config.model;
  const makesFeatures = image.type === "pretrained" || text.type === "pretrained";
  return makesFeatures ? withInterrupt(work) : work();
}

/** Says under a table of results what it lacks where one modality alone was used. */
export function printModalityNote({ data }: RunConfig): void {
  const note = modalityNote(data.modalities);
  if (note !== "") print(note);
}

/**
 * Prints what belongs under a table of results: how sure they are, and the tables of further impairments where
 * they were asked for.
 */
export function printFurther(runs: readonly RunRecord[], { evaluation }: RunConfig): void {
  const rows = [...resultRows(runs), ...publishedRows(runs)];
  const grids = impairedGrids(rows, { noise: evaluation.noiseCurve === true });
  for (const grid of [...intervalGrids(runs), ...grids]) print(`\n${terminalSection(grid)}`);
}

/** Thrown through the stack when Ctrl-C stopped a run. */
export class Interrupted extends UserError {
  constructor(folder: string, hint = `Continue with: balgrad train --resume ${folder}`) {
    super(`Stopped. What is done is kept in ${folder}.`, hint);
    this.name = "Interrupted";
  }
}

/** Trains a run from where it stands to its end. */
async function trainOn(
  run: Run,
  { prepared }: RunData,
  runtime: Runtime,
  signal: AbortSignal,
  show: RunsProgress,
): Promise<boolean> {
  const { config } = run;
  const resume = (await run.isBegun()) ? await run.load("last") : undefined;
  // A kill before the first checkpoint leaves metrics too, which will be recorded again.
  await run.metrics.rewind(resume?.position ?? { epoch: 0, step: 0 });
  const { method, train } = config;
  const progress = show(`${method.name} seed ${train.seed}`, train.epochs);
  try {
    return await trainRun(run, prepared, runtime, progress, {
      signal,
      ...(resume && { resume }),
    });
  } finally {
    progress.stop();
  }
}

/**
 * Trains a run to its end, wherever it stands, and evaluates it once.
 *
 * @param resumeHint - Folder that the user is told to resume after a stop.
 * @param runtime - Should stop at `signal` too, so that validation and evaluation do.
 * @param show - Where its progress is shown.
 * @throws {Interrupted} after `signal`.
 */
export async function completeRun(
  run: Run,
  data: RunData,
  runtime: Runtime,
  signal: AbortSignal,
  resumeHint: string,
  show: RunsProgress,
): Promise<RunResult> {
  const onWait = (holder: string): void => {
    complain(`Waiting for ${holder}, which works in ${run.store.name}.`);
  };
  const work = async (): Promise<RunResult> => {
    if (await isFinished(run)) return readResults(run);
    const complete = await trainOn(run, data, runtime, signal, show);
    if (!complete || signal.aborted) throw new Interrupted(resumeHint);
    const result = await evaluateRun(run, data.prepared, runtime);
    await exportModel(run, data.prepared, result.aware, runtime);
    await writeResults(run, result);
    return result;
  };
  try {
    return await run.store.exclusive(work, { onWait, signal });
  } catch (error) {
    if (signal.aborted) throw new Interrupted(resumeHint);
    if (!(error instanceof SystemError)) throw error;
    const hint = `${error.hint ?? ""} Then continue with: balgrad train --resume ${resumeHint}`;
    throw new SystemError(error.message, hint, error.code, { cause: error });
  }
}

/** The data as a report names them. */
export function reportData({ dataset, issues }: RunData): ReportData {
  const splits = SPLITS.map((split) => [split, samplesOf(dataset, split).length] as const);
  const { name, classes, attribution } = dataset;
  const counted = countIssues(issues);
  return { name, classes, splits: Object.fromEntries(splits), attribution, issues: counted };
}

/** Writes `report.html` about some runs on the same data. */
export const writeReport = (
  path: string,
  title: string,
  data: RunData,
  runs: readonly RunRecord[],
): Promise<void> => writeFileAtomic(path, renderReport({ title, data: reportData(data), runs }));
