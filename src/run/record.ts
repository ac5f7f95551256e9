/** @module A finished run as reports see it. */

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
  const { weights } = findRunMethod(result.method, run.own);
  return {
    method,
    seed: result.seed,
    steps: lines.flatMap((line) => (line.kind === "step" ? [line.record] : [])),
    epochs: lines.flatMap((line) => (line.kind === "epoch" ? [line.record] : [])),
    test: result.result,
    config: run.config,
    ...(weights !== undefined && { weights }),
  };
}
