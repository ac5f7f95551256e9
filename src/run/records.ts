/** @module What reports and comparisons are made of: what a run recorded, with its results. */

import type { ProtocolResult } from "../evaluate/result.js";
import type { Environment } from "./environment.js";
import type { EpochRecord, StepRecord } from "../train/trainer.js";

/** One run, finished or not, as curves show it. */
export interface TrainingRecord {
  readonly method: string;
  readonly seed: number;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  readonly config: unknown;
  /** What the metrics of its steps mean, by name; those that the method does not explain are left out. */
  readonly meanings: Readonly<Record<string, string>>;
}

/** One finished run, as reports and comparisons see it. */
export interface RunRecord extends TrainingRecord {
  readonly test: ProtocolResult;
  /** What it was made with; older versions did not note it. */
  readonly environment?: Environment;
}

/** Runs by method, in order of first appearance. */
export function byMethod<T extends TrainingRecord>(runs: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const run of runs) {
    const group = groups.get(run.method);
    if (group) group.push(run);
    else groups.set(run.method, [run]);
  }
  return groups;
}
