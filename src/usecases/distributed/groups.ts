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

/** What is said of a name that no group has. */
export const noSuchJobs = (group: string): UserError =>
  new UserError(
    `${group}: the queue has no such jobs.`,
    say`${useCase("jobs")} lists those that it has.`,
  );

/** What was left of a group that is cancelled. */
export interface Cancelled {
  /** Jobs that were cancelled. */
  readonly cancelled: number;
  /** Jobs of the group. */
  readonly total: number;
}

/** Cancels what is left of a group. */
export async function cancelGroup(queue: JobQueue, group: string): Promise<Cancelled> {
  let [cancelled, total] = [0, 0];
  for await (const { id, state } of queue.list(group)) {
    total++;
    if (state === "done" || state === "failed" || state === "cancelled") continue;
    if (await queue.cancel(id)) cancelled++;
  }
  return { cancelled, total };
}

/** Why a job did not end well. */
export function reasonOf({ state, error }: JobStatus): string {
  if (state !== "cancelled") return error ?? state;
  return "it was cancelled, by hand or by another command that waited for the same work and was stopped. The same work handed in again continues.";
}

/** The jobs of a group that did not end well, by their ids, and why. */
export async function failuresOf(
  queue: JobQueue,
  group: string,
): Promise<Readonly<Record<string, string>>> {
  const failures: Record<string, string> = {};
  for await (const status of queue.list(group)) {
    if (status.state === "failed" || status.state === "cancelled") {
      failures[status.id] = reasonOf(status);
    }
  }
  return failures;
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
