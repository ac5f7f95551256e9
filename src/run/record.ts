/** @module A finished run as reports see it. */

import type { RunRecord } from "../report/records.js";
import type { RunResult } from "./experiment.js";
import type { RunFolder } from "./folder.js";

/**
 * Reads what a report needs of a run.
 *
 * @param method - Name that the run has in the report; default: its method's.
 */
export async function runRecord(
  folder: RunFolder,
  result: RunResult,
  method: string = result.method,
): Promise<RunRecord> {
  const lines = await folder.metrics.read();
  return {
    method,
    seed: result.seed,
    steps: lines.flatMap((line) => (line.kind === "step" ? [line.record] : [])),
    epochs: lines.flatMap((line) => (line.kind === "epoch" ? [line.record] : [])),
    test: result.result,
    config: folder.config,
  };
}
