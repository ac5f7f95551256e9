/** @module A worker: takes jobs, watches over them, and says how they ended. */

import { setTimeout as sleep } from "node:timers/promises";

import { type Job, UnrecoverableError, WaitingError, Worker } from "bullmq";
import type { Redis } from "ioredis";

import { CANCELLED_REASON, putAside, putAsideAll } from "./cancelling.js";
import { letGoAfter, tidy } from "./holding.js";
import type { JobHandler, JobOutcome, JobStop, TakeOptions, Taking } from "./jobQueue.js";
import { outerId, type Parts } from "./keys.js";
import { PayloadError, unwrap } from "./payload.js";
import { showLife } from "./scripts.js";
import type { Troubles } from "./trouble.js";

/** How jobs are watched over. */
export interface Watch {
  /** A worker that has nothing to do asks so often, milliseconds; the server lets the question wait until it has a job. */
  readonly question: number;
  /** See `QueueOptions.lock`. */
  readonly lock: number;
  /** The longest pause before a job is tried again, milliseconds. */
  readonly longestPause: number;
}

/** A worker's jobs may be lost so often, by machines that went away, before they count as failed. */
const STALLS = 10;

/** Milliseconds between two notes of how far a job is. */
const NOTE_EVERY = 500;

/** Milliseconds that closing waits for a server that is away. */
const CLOSING = 5000;

/** Work on a job. */
interface Work {
  readonly job: Job;
  /** Opens the job's lock. */
  readonly token: string;
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
}

const stop = ({ stop: controller }: Work, reason: JobStop): void => {
  controller.abort(reason);
};

/** Takes jobs until it is closed, see `JobQueue.take`. */
export class RedisTaking implements Taking {
  readonly #parts: Parts;
  readonly #worker: Worker;
  readonly #connection: Redis;
  readonly #work = new Map<string, Work>();
  readonly #afterwards = new Set<Promise<void>>();
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #lock: number;
  readonly #name: string;
  #isLooking = false;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  constructor(
    parts: Parts,
    connection: Redis,
    readonly troubles: Troubles,
    readonly handler: JobHandler,
    options: TakeOptions,
    watch: Watch,
  ) {
    this.#parts = parts;
    this.#connection = connection;
    this.#lock = watch.lock;
    const third = Math.ceil(watch.lock / 3);
    this.#worker = new Worker(
      parts.keys.queueName,
      (job: Job, token?: string) => this.#process(job, token!),
      {
        connection,
        prefix: parts.keys.prefix,
        name: options.worker,
        concurrency: options.concurrency,
        lockDuration: watch.lock,
        // BullMQ renews by the clock of the day, and not at all for an hour where that is set back by one.
        skipLockRenewal: true,
        stalledInterval: third,
        maxStalledCount: STALLS,
        runRetryDelay: 1000,
        drainDelay: watch.question / 1000,
      },
    );
    this.#listen();
    const often = Math.min(1000, Math.ceil(third / 2));
    const tidying = Math.min(5000, third);
    this.#name = options.worker;
    const beat = (): void => void this.#showLife(Math.max(watch.lock, 3 * tidying));
    beat();
    this.#timers = [
      setInterval(beat, tidying),
      setInterval(() => void this.#look(), often),
      setInterval(() => void this.#tidy(tidying, watch.longestPause), tidying),
    ];
  }

  #listen(): void {
    this.#worker.on("error", (error) => {
      // What is said of a lost lock is no trouble: its job is done elsewhere.
      if (!/\block\b/i.test(error.message)) this.troubles.report(error);
    });
    this.#worker.on("completed", ({ id }) => {
      this.#then(id!, () => letGoAfter(this.#parts, id!));
    });
    this.#worker.on("failed", (job, error) => {
      const id = job?.id;
      if (id === undefined) return;
      this.#then(id, async () => {
        if (error.message === CANCELLED_REASON) await putAside(this.#parts, id);
        else if (await job!.isFailed()) await letGoAfter(this.#parts, id);
      });
    });
  }

  /** Does what comes after a job, and tells those who wait for it. */
  #then(id: string, work: () => Promise<void>): void {
    const { redis, keys } = this.#parts;
    const done = work()
      .then(() => redis.publish(keys.changes, outerId(id)))
      .then(
        () => undefined,
        // Tidying makes up for it.
        (error: unknown) => {
          this.troubles.report(error);
        },
      )
      .finally(() => this.#afterwards.delete(done));
    this.#afterwards.add(done);
  }

  async #process(job: Job, token: string): Promise<void> {
    const id = job.id!;
    const { redis, keys } = this.#parts;
    const back = async (): Promise<never> => {
      await job.moveToWait(token);
      throw new WaitingError();
    };
    const lost = this.#work.get(id);
    if (lost) {
      // It was lost to ourselves.
      stop(lost, "lost");
      await lost.ended;
      return back();
    }
    const envelope = this.#open(job.data);
    if (await redis.sismember(keys.stops, id)) throw new UnrecoverableError(CANCELLED_REASON);
    if (this.#isClosing) return back();
    const controller = new AbortController();
    const taken = {
      id: outerId(id),
      kind: envelope.kind,
      label: envelope.label,
      payload: envelope.body,
      attempt: job.attemptsStarted,
    };
    const { signal } = controller;
    const doing = this.#do(() =>
      this.handler(taken, { signal, onProgress: progressOf(job, signal) }),
    );
    this.#work.set(id, { job, token, stop: controller, ended: doing });
    const outcome = await doing;
    this.#work.delete(id);
    if (outcome.kind === "done") return;
    if (outcome.kind === "failed") {
      throw outcome.isFinal ? new UnrecoverableError(outcome.message) : new Error(outcome.message);
    }
    if (signal.reason === "cancelled") throw new UnrecoverableError(CANCELLED_REASON);
    if (signal.reason === "closing") return back();
    // The lock is someone else's by now, so this changes nothing.
    throw new Error(signal.aborted ? "lost" : "It stopped, and nobody had asked for that.");
  }

  #open(data: unknown) {
    try {
      return unwrap(data, this.#parts.version);
    } catch (error) {
      if (error instanceof PayloadError) throw new UnrecoverableError(error.message);
      throw error;
    }
  }

  async #do(work: () => Promise<JobOutcome>): Promise<JobOutcome> {
    try {
      return await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { kind: "failed", message, isFinal: false };
    }
  }

  /** Renews the locks of jobs under way, and stops those that were lost or cancelled. */
  async #look(): Promise<void> {
    if (this.#isLooking || this.#work.size === 0) return;
    this.#isLooking = true;
    try {
      await Promise.all([...this.#work].map(([id, work]) => this.#lookAt(id, work)));
    } catch (error) {
      this.troubles.report(error);
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAt(id: string, work: Work): Promise<void> {
    const { redis, keys } = this.#parts;
    const [isOurs, isCancelled] = await Promise.all([
      work.job.extendLock(work.token, this.#lock),
      redis.sismember(keys.stops, id),
    ]);
    if (isOurs !== 1) stop(work, "lost");
    else if (isCancelled === 1) stop(work, "cancelled");
  }

  /** Shows that this worker is there. */
  async #showLife(milliseconds: number): Promise<void> {
    try {
      await showLife(this.#parts, this.#name, milliseconds);
    } catch (error) {
      this.troubles.report(error);
    }
  }

  async #tidy(every: number, longestPause: number): Promise<void> {
    const { redis, keys } = this.#parts;
    try {
      const isMine = await redis.set(keys.tidying, "", "PX", Math.floor(every * 0.9), "NX");
      if (!isMine) return;
      await tidy(this.#parts, longestPause);
      await putAsideAll(this.#parts);
    } catch (error) {
      this.troubles.report(error);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#isClosing = true;
    for (const work of this.#work.values()) stop(work, "closing");
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#work.values()].map(({ ended }) => ended));
    const { redis, keys } = this.#parts;
    const orderly = this.#worker
      .close()
      .then(() => Promise.all([...this.#afterwards, redis.zrem(keys.workers, this.#name)]));
    const isOrderly = await Promise.race([
      orderly.then(() => true),
      sleep(CLOSING, false, { ref: false }),
    ]);
    // The server is away: the locks end by themselves.
    if (!isOrderly) this.#worker.disconnect().catch(() => undefined);
    this.#connection.disconnect();
  }
}

/** Notes how far a job is, now and then. */
function progressOf(job: Job, signal: AbortSignal): (done: number) => void {
  let next = 0;
  return (done) => {
    const now = performance.now();
    if (signal.aborted || now < next) return;
    next = now + NOTE_EVERY;
    // A note that is lost is replaced by the next.
    job.updateProgress(Math.min(1, Math.max(0, done))).catch(() => undefined);
  };
}
