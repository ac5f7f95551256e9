/** @module Where and how a worker's process does a job. */

import type { BodyOf, JobKind } from "../../jobs/bodies.js";
import type { Downloads } from "../../jobs/downloads.js";

/** Where errors say that a job's settings come from. */
export const ORIGIN = "the job's settings";

/** A job to do, on this machine. */
export interface JobToDo<K extends JobKind = JobKind> {
  readonly id: string;
  readonly kind: K;
  readonly body: BodyOf<K>;
  /** Of the jobs that it waited for: those that did not end well, by id, and why. */
  readonly failures: Readonly<Record<string, string>>;
}

/** Where and how jobs are done. */
export interface Workplace {
  readonly downloads: Downloads;
  /** Folder for the files of this job alone. */
  readonly folder: string;
  /** Least time between two checkpoints that are published, in seconds. */
  readonly checkpointSeconds: number;
  readonly signal: AbortSignal;
  /** The job is so far, `0..1`. */
  readonly onProgress: (done: number) => void;
}
