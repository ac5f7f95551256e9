/** @module A finished run as reports see it. */

import { meaningOf } from "../balance/metrics.js";
import type { RunRecord } from "./records.js";
import type { RunResult } from "./experiment.js";
import { findRunMethod } from "./methods.js";
import type { Run } from "./run.js";

/**
 * Reads what a report needs of a run.
 *
 * @param method - Name that the run has in the report; default: its method's.
 */
export async function runRecord(
  run: Run,
  result: RunResult,
  method: string = result.method,
): Promise<RunRecord> {
  const lines = await run.metrics.read();
  const described = findRunMethod(result.method, run.own);
  const steps = lines.flatMap((line) => (line.kind === "step" ? [line.record] : []));
  const recorded = [...new Set(steps.flatMap((step) => Object.keys(step)))];
  return {
    method,
    seed: result.seed,
    steps,
    epochs: lines.flatMap((line) => (line.kind === "epoch" ? [line.record] : [])),
    test: result.result,
    config: run.config,
    meanings: Object.fromEntries(
      recorded.flatMap((metric) => {
        const meaning = meaningOf(described, metric);
        return meaning === undefined ? [] : [[metric, meaning]];
      }),
    ),
  };
}
