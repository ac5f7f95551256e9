/** @module Runs over seeds: train, evaluate, export, report. Shared by `demo` and `train`. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { samplesOf, SPLITS } from "../data/dataset.js";
import { UserError } from "../errors.js";
import { renderReport } from "../report/html.js";
import type { RunRecord } from "../report/records.js";
import type { RunConfig } from "../run/config.js";
import { type PreparedData, prepareData } from "../run/data.js";
import { exportModel } from "../run/deploy.js";
import { evaluateRun, type RunResult, trainRun } from "../run/experiment.js";
import { exists, writeFileAtomic, writeJson } from "../run/files.js";
import { RunFolder } from "../run/folder.js";
import type { Runtime } from "../runtime/session.js";
import { countIssues, printIssues } from "./issues.js";
import { showEncoding, showProgress } from "./progress.js";

/** Reads the data of a run and prints what was wrong with them. */
export async function loadData(config: RunConfig): Promise<PreparedData> {
  const progress = showEncoding();
  try {
    const data = await prepareData(config, progress.onProgress);
    progress.stop();
    printIssues(data.issues);
    return data;
  } finally {
    progress.stop();
  }
}

/** Thrown through the stack when Ctrl-C stopped a run. */
export class Interrupted extends UserError {
  constructor(folder: string, hint = `Go on with: balgrad train --resume ${folder}`) {
    super(`Stopped. What is done is kept in ${folder}.`, hint);
    this.name = "Interrupted";
  }
}

/** Trains a run to its end, wherever it stands, and evaluates it once. */
export async function completeRun(
  folder: RunFolder,
  data: PreparedData,
  runtime: Runtime,
  signal: AbortSignal,
  resumeHint: string,
): Promise<RunResult> {
  const results = folder.file("results.json");
  if (await exists(results)) return JSON.parse(await readFile(results, "utf8")) as RunResult;
  const { config } = folder;
  const started = await exists(folder.file(join("checkpoints", "last.safetensors")));
  const resume = started ? await folder.load("last") : undefined;
  if (resume) await folder.rewindMetrics(resume);
  const progress = showProgress(`${config.method.name} seed ${config.train.seed}`);
  try {
    const complete = await trainRun(folder, data.encoded, runtime, progress, {
      signal,
      ...(resume && { resume }),
    });
    if (!complete) throw new Interrupted(resumeHint);
  } finally {
    progress.stop();
  }
  const result = await evaluateRun(folder, data.encoded, runtime);
  await exportModel(folder, data.encoded, result.aware);
  await writeJson(results, result);
  return result;
}

/** A finished run as the report sees it. */
export async function runRecord(folder: RunFolder, result: RunResult): Promise<RunRecord> {
  const lines = await folder.metrics();
  return {
    method: result.method,
    seed: result.seed,
    steps: lines.flatMap((line) => (line.kind === "step" ? [line.record] : [])),
    epochs: lines.flatMap((line) => (line.kind === "epoch" ? [line.record] : [])),
    test: result.result,
    config: folder.config,
  };
}

/** Writes `report.html` about some runs on the same data. */
export function writeReport(
  path: string,
  title: string,
  { dataset, issues }: PreparedData,
  runs: readonly RunRecord[],
): Promise<void> {
  const splits = SPLITS.map((split) => [split, samplesOf(dataset, split).length] as const);
  const { name, classes, attribution } = dataset;
  const html = renderReport({
    title,
    data: {
      name,
      classes,
      splits: Object.fromEntries(splits),
      attribution,
      issues: countIssues(issues),
    },
    runs,
  });
  return writeFileAtomic(path, html);
}
