/** @module What reports and comparisons are made of: what a run recorded, with its results. */

import type { ProtocolResult } from "../evaluate/result.js";
import type { EpochRecord, StepRecord } from "../train/trainer.js";

/** One run, as reports and comparisons see it. */
export interface RunRecord {
  readonly method: string;
  readonly seed: number;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  readonly test: ProtocolResult;
  readonly config: unknown;
  /** What the metrics of its steps mean, by name; those that the method does not explain are left out. */
  readonly meanings: Readonly<Record<string, string>>;
}

/** Runs by method, in order of first appearance. */
export function byMethod(runs: readonly RunRecord[]): Map<string, RunRecord[]> {
  const groups = new Map<string, RunRecord[]>();
  for (const run of runs) {
    const group = groups.get(run.method);
    if (group) group.push(run);
    else groups.set(run.method, [run]);
  }
  return groups;
}
