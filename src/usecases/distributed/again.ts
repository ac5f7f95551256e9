/** @module Jobs that are handed in again: what failed, what was cancelled, and what is gone from the store. */

import { mapBounded } from "../../bounded.js";
import { featureNames } from "../../jobs/features.js";
import { isPublished } from "../../jobs/runs.js";
import type { ObjectStore } from "../../objects/objectStore.js";
import type { NewJob } from "../../queue/jobQueue.js";
import type { Cluster } from "./cluster.js";

/** Jobs that are looked at at a time. */
const AT_A_TIME = 16;

/** Whether what a job makes is in the store. */
async function isMade(objects: ObjectStore, { id, kind }: NewJob): Promise<boolean> {
  if (kind === "train") return isPublished(objects, id);
  return (await featureNames(objects, id)) !== null;
}

/** Begins one job of {@link renew}. */
async function renewOne({ queue, downloads }: Cluster, job: NewJob): Promise<void> {
  const status = await queue.find(job.id);
  if (status?.state === "failed" || status?.state === "cancelled") await queue.retry(job.id);
  else if (status?.state === "done" && !(await isMade(downloads.store, job))) {
    await queue.forget(job.id);
  }
}

/**
 * Prepares jobs to be handed in again: those that failed or were cancelled begin again, and those that ended well are forgotten
 * where their output was removed from the store, or is damaged.
 */
export async function renew(cluster: Cluster, jobs: readonly NewJob[]): Promise<void> {
  await mapBounded(jobs, AT_A_TIME, (job) => renewOne(cluster, job));
}

/** Hands in a job that ended, the last of some, together with what it needs of the others, and lets it wait for them. */
export async function handInAgain(cluster: Cluster, jobs: readonly NewJob[]): Promise<void> {
  await renew(cluster, jobs.slice(0, -1));
  await cluster.queue.forget(jobs.at(-1)!.id);
  await cluster.queue.add(jobs);
}
