/** @module A run as reports see it. */

import { meaningOf } from "../balance/metrics.js";
import type { RunRecord, TrainingRecord } from "./records.js";
import type { RunResult } from "./experiment.js";
import { findRunMethod } from "./methods.js";
import type { MetricsLine } from "./metricsReader.js";
import type { Run } from "./run.js";

/**
 * What a run has recorded, of lines of its metrics.
 *
 * @param label - Name that the run has in the report; default: its method's.
 */
export function recordOf(
  run: Run,
  lines: readonly MetricsLine[],
  label: string = run.config.method.name,
): TrainingRecord {
  const described = findRunMethod(run.config.method.name, run.own);
  const steps = lines.flatMap((line) => (line.kind === "step" ? [line.record] : []));
  const recorded = [...new Set(steps.flatMap((step) => Object.keys(step)))];
  return {
    method: label,
    seed: run.config.train.seed,
    steps,
    epochs: lines.flatMap((line) => (line.kind === "epoch" ? [line.record] : [])),
    config: run.config,
    meanings: Object.fromEntries(
      recorded.flatMap((metric) => {
        const meaning = meaningOf(described, metric);
        return meaning === undefined ? [] : [[metric, meaning]];
      }),
    ),
  };
}

/**
 * Reads what a run has recorded so far.
 *
 * @param label - Name that the run has in the report; default: its method's.
 */
export const trainingRecord = async (run: Run, label?: string): Promise<TrainingRecord> =>
  recordOf(run, await run.metrics.read(), label);

/**
 * Reads what a report needs of a finished run.
 *
 * @param label - Name that the run has in the report; default: its method's.
 */
export async function runRecord(
  run: Run,
  { result, method, environment }: RunResult,
  label: string = method,
): Promise<RunRecord> {
  const recorded = await trainingRecord(run, label);
  return { ...recorded, test: result, ...(environment && { environment }) };
}
