/** @module A queue of jobs that workers on many machines take. */

/** A job as it is handed in. */
export interface NewJob {
  /** Names what the job makes: the same id is the same work, and is queued once. Letters, digits, `-`, `_` and `.`. */
  readonly id: string;
  /** What kind of work, for example `train`. */
  readonly kind: string;
  /** What people call it, for example `balgrad seed 3`. */
  readonly label: string;
  /** Jobs with the same group are shown and cancelled together, for example those of one comparison. */
  readonly group: string;
  /** Keys and settings, as JSON. */
  readonly payload: unknown;
  /**
   * Ids of jobs, handed in in the same call or before, that must have ended before this one begins: well or not. What
   * it needs of them it has to look for itself.
   */
  readonly after?: readonly string[];
}

/** Where a job is. */
export const JOB_STATES = ["waiting", "running", "delayed", "done", "failed", "cancelled"] as const;

/** One of {@link JOB_STATES}. `delayed`: it failed and is tried again later. */
export type JobState = (typeof JOB_STATES)[number];

/** A job as the queue knows it. */
export interface JobStatus extends Pick<NewJob, "id" | "kind" | "label" | "group"> {
  readonly state: JobState;
  /** How far it is, `0..1`. */
  readonly done: number;
  /** Times it was begun. */
  readonly attempts: number;
  /** Why it failed, the last time; `null` where it did not. */
  readonly error: string | null;
  /** Which worker has it, or had it; `null` before one took it. */
  readonly worker: string | null;
  /** Milliseconds since 1970, by the clock of the machine that noted it; `null` where it did not happen. */
  readonly queuedAt: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** How many jobs are in each state. */
export type JobCounts = Readonly<Record<JobState, number>>;

/** What work on a job is told, and tells. */
export interface JobContext {
  /** Aborts when the job was cancelled, was lost to another worker, or the worker stops. The reason is a {@link JobStop}. */
  readonly signal: AbortSignal;
  /** The job is so far, `0..1`. */
  readonly onProgress: (done: number) => void;
}

/** Why work on a job has to stop. */
export type JobStop = "cancelled" | "lost" | "closing";

/** A job that a worker took. */
export interface TakenJob extends Pick<NewJob, "id" | "kind" | "label" | "payload"> {
  /** How often it was begun, this time included. */
  readonly attempt: number;
}

/** How a job ended. `isFinal`: trying again would not help, because the data or the settings are wrong. */
export type JobOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string; readonly isFinal: boolean }
  /** It stopped at the signal. */
  | { readonly kind: "stopped" };

/** Does a job. It must leave the event loop free, since the job's lock is renewed from it. */
export type JobHandler = (job: TakenJob, context: JobContext) => Promise<JobOutcome>;

/** How a worker takes jobs. */
export interface TakeOptions {
  /** What messages and lists call this worker, for example `host-a:4711`. */
  readonly worker: string;
  /** Jobs at a time, `>= 1`. */
  readonly concurrency: number;
  /** Is told about trouble that passes by itself, such as a lost connection. */
  readonly onTrouble?: (message: string) => void;
}

/** A worker that takes jobs. */
export interface Taking {
  /** Takes no further job, stops what is under way so that it can be tried again, and ends. */
  close(): Promise<void>;
}

/** Waits for signs that a job ended. */
export interface JobWatch {
  /** Resolves at a sign since the last call, or after `milliseconds`, or at the signal, whichever is first. */
  next(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Watches no more. */
  close(): void;
}

/** A queue. All of its calls wait while the server is away, and go on when it is back. */
export interface JobQueue {
  /** What messages call it: the server's address without credentials. */
  readonly name: string;

  /**
   * What people should know about it, a sentence each: jobs that wait for another version of the package or for workers with another store, a server
   * that keeps nothing on its disk.
   */
  notices(): Promise<readonly string[]>;

  /**
   * Hands in jobs; those whose id is known are left as they are. A job that was handed in for several groups is
   * listed in each, and its status has the first.
   */
  add(jobs: readonly NewJob[]): Promise<void>;

  /** The job with an id; `null` where the queue knows none. */
  find(id: string): Promise<JobStatus | null>;

  /** The jobs of a group, or all of them. */
  list(group?: string): AsyncIterable<JobStatus>;

  /** How many there are. */
  counts(): Promise<JobCounts>;

  /** How many workers take its jobs, as far as they showed life lately. */
  workers(): Promise<number>;

  /** Watches a job. A sign can be lost with the server, so that looking now and then is still needed. */
  watch(id: string): JobWatch;

  /** Begins a failed or cancelled job again; others stay as they are. */
  retry(id: string): Promise<void>;

  /** Cancels a job: one that waits does not begin, one that runs is stopped. `false` where it had ended or is not known. */
  cancel(id: string): Promise<boolean>;

  /** Forgets a job that ended. */
  forget(id: string): Promise<void>;

  /** Takes jobs and does them until it is closed. */
  take(handler: JobHandler, options: TakeOptions): Taking;

  /** Lets connections go. */
  close(): Promise<void>;
}
