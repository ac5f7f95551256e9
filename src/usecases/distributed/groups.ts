/** @module The jobs of one piece of work: how far they are, which failed, and how they are stopped. */

import { UserError } from "../../errors.js";
import { digestOf } from "../../files/sealed.js";
import { say, useCase } from "../../message.js";
import type { JobQueue, JobStatus } from "../../queue/jobQueue.js";

const DIGITS = 10;

/** Name of the group of some work, by all that it depends on. */
export function groupName(kind: string, ...what: readonly unknown[]): string {
  const digest = digestOf(Buffer.from(JSON.stringify(what)));
  return `${kind}-${digest.slice(0, DIGITS)}`;
}

/** Jobs of a group that ended, of how many. */
export interface GroupProgress {
  readonly done: number;
  readonly total: number;
  /** The first that failed; `null` where none did. */
  readonly failed: JobStatus | null;
}

/** How far a group is. */
export async function groupProgress(queue: JobQueue, group: string): Promise<GroupProgress> {
  let [done, total] = [0, 0];
  let failed: JobStatus | null = null;
  for await (const status of queue.list(group)) {
    total++;
    if (status.state === "done") done++;
    if (status.state === "failed") failed ??= status;
  }
  return { done, total, failed };
}

/** Cancels what is left of a group; gives how many jobs that were. */
export async function cancelGroup(queue: JobQueue, group: string): Promise<number> {
  let cancelled = 0;
  for await (const { id, state } of queue.list(group)) {
    if (state === "done" || state === "failed" || state === "cancelled") continue;
    if (await queue.cancel(id)) cancelled++;
  }
  return cancelled;
}

/** Begins again what failed or was cancelled of a group. */
export async function retryGroup(queue: JobQueue, group: string): Promise<void> {
  for await (const { id, state } of queue.list(group)) {
    if (state === "failed" || state === "cancelled") await queue.retry(id);
  }
}

/** What is said where the jobs of a group failed. */
export async function failureOf(
  queue: JobQueue,
  group: string,
  message: string,
): Promise<UserError> {
  const { failed } = await groupProgress(queue, group);
  const why = failed?.error ?? message;
  return new UserError(
    `${group}: ${failed ? `${failed.kind} ${failed.label}: ` : ""}${why}`,
    say`${useCase("jobs", group)} lists its jobs. The same work again tries what failed.`,
  );
}
