/** @module A worker: takes jobs from a queue, and has each done by a process of its own. */

import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import { UserError } from "../../errors.js";
import { bodyOf, type BodyOf, kindOf } from "../../jobs/bodies.js";
import type {
  JobContext,
  JobHandler,
  JobOutcome,
  JobQueue,
  TakenJob,
} from "../../queue/jobQueue.js";
import { SystemError } from "../../system.js";
import { pruneFolder } from "../../files/room.js";
import { type Listener, silent } from "../events.js";
import { failuresOf } from "./groups.js";
import { withFolder } from "./scratch.js";
import type { JobToDo } from "./workplace.js";

/** A job as a process of its own is told it. */
export interface JobOrder extends JobToDo {
  /** Address of the shared store. */
  readonly store: string;
  /** Folder for the files of this job alone. */
  readonly folder: string;
  /** Folder for what is brought from the store. */
  readonly downloads: string;
  readonly checkpointSeconds: number;
}

/** How a job ended, or that this machine cannot do any. */
export type LaunchOutcome =
  | JobOutcome
  | { readonly kind: "unable"; readonly error: Pick<SystemError, "message" | "hint" | "code"> };

/** Does a job in a process of its own. */
export type LaunchJob = (
  order: JobOrder,
  options: {
    /** Folder of the process's cache. */
    readonly cache: string;
    readonly signal: AbortSignal;
    readonly onProgress: (done: number) => void;
  },
) => Promise<LaunchOutcome>;

/** What a worker tells. */
export type WorkerEvent =
  /** It takes jobs from now on. */
  | { readonly kind: "taking" }
  | {
      readonly kind: "job-started";
      readonly id: string;
      readonly label: string;
      readonly attempt: number;
    }
  | {
      readonly kind: "job-ended";
      readonly id: string;
      readonly label: string;
      readonly seconds: number;
      readonly outcome: JobOutcome;
    }
  /** Something that passes by itself, such as a lost connection. */
  | { readonly kind: "trouble"; readonly message: string };

/** What a worker works with. */
export interface WorkerRequest {
  readonly queue: JobQueue;
  /** Address of the shared store. */
  readonly store: string;
  /** Folder for what is brought from the store, what is made of it, and the runs that are trained. */
  readonly scratch: string;
  /** Bytes that what is kept there between jobs may take: half of them what is brought, half what is made of it. */
  readonly limit: number;
  /** Jobs at a time. */
  readonly jobs: number;
  readonly checkpointSeconds: number;
  readonly launch: LaunchJob;
  readonly events?: Listener<WorkerEvent>;
  /** Ends the worker: what is under way goes back to the queue with its last checkpoint. */
  readonly signal: AbortSignal;
}

/** What is kept between jobs: what was brought, and what was made of it. */
const KEPT = ["downloads", "cache"] as const;

/** Makes room before a job; what running jobs have used since they began stays. */
async function makeRoom(
  { scratch, limit }: WorkerRequest,
  running: Iterable<number>,
): Promise<void> {
  const spare = Math.min(...running);
  for (const name of KEPT) await pruneFolder(join(scratch, name), limit / KEPT.length, spare);
}

/** The group of what makes the tables of a comparison. */
const groupOf = (body: JobToDo["body"]): string => (body as BodyOf<"summary">).group;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const onAbort = (): void => {
      resolve();
    };
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });

/** What every job would fail at on this machine, and another one has room for. */
export const isFull = (error: unknown): error is SystemError =>
  error instanceof SystemError && ["ENOSPC", "EDQUOT"].includes(error.code);

/**
 * Does jobs, and says how they ended.
 *
 * @param own - Folder for the files of its jobs.
 * @param giveUp - Ends the worker, because this machine cannot do any job.
 */
function handlerOf(
  request: WorkerRequest,
  own: string,
  giveUp: (error: SystemError) => void,
): JobHandler {
  const { queue, store, scratch, checkpointSeconds, launch, events = silent } = request;
  const running = new Map<string, number>();
  const perform = async (
    job: TakenJob,
    { signal, onProgress }: JobContext,
  ): Promise<LaunchOutcome> => {
    const folder = join(own, job.id);
    try {
      const kind = kindOf(job.kind);
      const body = bodyOf(kind, job.payload);
      const failures = kind === "summary" ? await failuresOf(queue, groupOf(body)) : {};
      await makeRoom(request, running.values());
      const place = { store, folder, downloads: join(scratch, "downloads"), checkpointSeconds };
      // Features of a shard go to the store from a cache of their own.
      const cache = join(kind === "encode" ? folder : scratch, "cache");
      return await launch(
        { id: job.id, kind, body, failures, ...place },
        { cache, signal, onProgress },
      );
    } catch (error) {
      if (isFull(error)) return { kind: "unable", error };
      if (!(error instanceof UserError)) throw error;
      return { kind: "failed", message: error.message, isFinal: !(error instanceof SystemError) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return async (job, context) => {
    const { id, label, attempt } = job;
    const start = performance.now();
    running.set(id, Date.now());
    events({ kind: "job-started", id, label, attempt });
    const found = await perform(job, context).finally(() => running.delete(id));
    if (found.kind === "unable") {
      const { message, hint, code } = found.error;
      giveUp(new SystemError(message, hint ?? "", code));
      await aborted(context.signal);
    }
    const outcome: JobOutcome = found.kind === "unable" ? { kind: "stopped" } : found;
    const seconds = (performance.now() - start) / 1000;
    events({ kind: "job-ended", id, label, seconds, outcome });
    return outcome;
  };
}

/**
 * Takes jobs until the signal.
 *
 * @throws {SystemError} where there is no room left for jobs, and what it had is left to others; or where scratch space cannot
 * be used.
 */
export const work = (request: WorkerRequest): Promise<void> =>
  withFolder(join(request.scratch, "jobs"), (own) => takeJobs(request, own));

async function takeJobs(request: WorkerRequest, own: string): Promise<void> {
  const { queue, jobs, events = silent, signal } = request;
  const ending = new AbortController();
  const giveUp = (error: SystemError): void => {
    ending.abort(error);
  };
  const taking = queue.take(handlerOf(request, own, giveUp), {
    worker: `${hostname()}:${process.pid}`,
    concurrency: jobs,
    onTrouble: (message) => {
      events({ kind: "trouble", message });
    },
  });
  events({ kind: "taking" });
  await aborted(AbortSignal.any([signal, ending.signal]));
  await taking.close();
  if (ending.signal.aborted) throw ending.signal.reason as SystemError;
}
