/** @module Queues, jobs and workers of the tests of the queue. */

import { setTimeout as sleep } from "node:timers/promises";

import { expect, onTestFinished } from "vitest";

import type { QueueOptions } from "../../src/queue/address.js";
import type {
  JobHandler,
  JobOutcome,
  JobQueue,
  JobState,
  JobStatus,
  NewJob,
} from "../../src/queue/jobQueue.js";
import { openQueue } from "../../src/queue/open.js";
import type { TestRedis } from "../support/redis.js";

export const DONE: JobOutcome = { kind: "done" };

let prefixes = 0;

/** An address with keys of its own. */
export const ownAddress = (redis: TestRedis): string => `${redis.url}?prefix=t${prefixes++}`;

/** Opens a queue that ends with the test, which fails at any trouble but outages; locks and pauses are short. */
export async function open(address: string, options: QueueOptions = {}): Promise<JobQueue> {
  const troubles: string[] = [];
  const onTrouble = (message: string): void => {
    if (!/no answer|answers again/.test(message)) troubles.push(message);
    options.onTrouble?.(message);
  };
  const own = { environment: {}, lock: 1000, pause: 50, ...options, onTrouble };
  const queue = await openQueue(address, own);
  onTestFinished(async () => {
    await queue.close();
    expect(troubles).toEqual([]);
  });
  return queue;
}

/** A job. */
export const job = (id: string, more: Partial<NewJob> = {}): NewJob => ({
  id,
  kind: "work",
  label: `job ${id}`,
  group: "g",
  payload: { id },
  ...more,
});

/** Takes jobs, one at a time unless told otherwise. */
export const take = (queue: JobQueue, handler: JobHandler, concurrency = 1, worker = "w") =>
  queue.take(handler, { worker, concurrency });

/** Waits until a job is in a state. */
export async function until(queue: JobQueue, id: string, state: JobState): Promise<JobStatus> {
  const watch = queue.watch(id);
  for (;;) {
    const status = await queue.find(id);
    if (status?.state === state) {
      watch.close();
      return status;
    }
    await watch.next(50);
  }
}

/** Waits until so many jobs are in a state. */
export async function untilCount(queue: JobQueue, state: JobState, count: number): Promise<void> {
  while ((await queue.counts())[state] < count) await sleep(50);
}

/** Waits for the signal, and stops. */
export const untilStopped: JobHandler = (_, { signal }) =>
  new Promise((resolve) => {
    const stop = () => {
      resolve({ kind: "stopped" });
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });

export { sleep };
