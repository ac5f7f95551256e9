/** @module Jobs that are not to be done, and those that are begun again. */

import type { Job } from "bullmq";

import { letGoAfter } from "./holding.js";
import { innerId, outerId, type Parts } from "./keys.js";
import type { NewJob } from "./jobQueue.js";
import { CANCELLED, type CancelledJob, type JobData } from "./status.js";

/** Why BullMQ says that a job failed that was cancelled while it ran. */
export const CANCELLED_REASON = "cancelled";

const find = ({ queue }: Parts, inner: string): Promise<Job<JobData> | undefined> =>
  queue.getJob(inner) as Promise<Job<JobData> | undefined>;

/** Cancels a job, see `JobQueue.cancel`. The flag comes first: whatever happens then, no worker goes on with it. */
export async function cancelJob(parts: Parts, id: string): Promise<boolean> {
  const { redis, keys } = parts;
  const inner = innerId(id);
  const job = await find(parts, inner);
  if (!job || (await job.isCompleted()) || (await job.isFailed())) return false;
  await redis.sadd(keys.stops, inner);
  if (!(await job.isActive())) await putAside(parts, inner);
  return true;
}

/** Takes a job out that is flagged, and keeps a record. One that a worker has is left to it. */
export async function putAside(parts: Parts, inner: string): Promise<void> {
  const { redis, keys } = parts;
  const job = await find(parts, inner);
  if (job) {
    const pending = await redis.smembers(keys.pending(inner));
    const record: CancelledJob = {
      id: outerId(inner),
      kind: job.name,
      label: job.data.label,
      group: job.data.group,
      payload: job.data.body,
      after: pending.map(outerId),
      attempts: job.attemptsStarted,
      worker: job.processedBy ?? null,
      queuedAt: job.timestamp,
      startedAt: job.processedOn ?? null,
      endedAt: Date.now(),
    };
    await redis.hset(keys.cancelled, inner, JSON.stringify(record));
    try {
      await job.remove({ removeChildren: false });
    } catch (error) {
      if (!(await job.isActive())) throw error;
      // A worker took it in between; it sees the flag.
      await redis.hdel(keys.cancelled, inner);
      return;
    }
  }
  await redis
    .multi()
    .srem(keys.held, inner)
    .del(keys.pending(inner))
    .srem(keys.stops, inner)
    .exec();
  await letGoAfter(parts, inner);
}

/** Makes up for machines that went away between flagging a job and putting it aside. */
export async function putAsideAll(parts: Parts): Promise<void> {
  const { redis, keys } = parts;
  for (const inner of await redis.smembers(keys.stops)) {
    const job = await find(parts, inner);
    if (await job?.isActive()) continue;
    if (await job?.isCompleted()) await redis.srem(keys.stops, inner);
    else await putAside(parts, inner);
  }
}

/** A cancelled job as it was handed in, and no longer kept; `null` where it is none. */
export async function takeBack({ redis, keys }: Parts, id: string): Promise<NewJob | null> {
  const record = await redis.hget(keys.cancelled, innerId(id));
  if (record === null) return null;
  const { kind, label, group, payload, after } = CANCELLED.parse(JSON.parse(record));
  return { id, kind, label, group, payload, after };
}

/** Begins a failed job again. */
export async function retryFailed(parts: Parts, id: string): Promise<void> {
  const job = await find(parts, innerId(id));
  if (!job || !(await job.isFailed())) return;
  await parts.redis.srem(parts.keys.stops, innerId(id));
  await job.retry("failed", { resetAttemptsMade: true });
}

/** Forgets a job that ended. */
export async function forgetJob(parts: Parts, id: string): Promise<void> {
  const { redis, keys } = parts;
  const inner = innerId(id);
  const job = await find(parts, inner);
  if (job) {
    if (!(await job.isCompleted()) && !(await job.isFailed())) return;
    try {
      await job.remove({ removeChildren: false });
    } catch (error) {
      // Somebody else handed it in again meanwhile, and a worker has it.
      if (await job.isActive()) return;
      throw error;
    }
  } else if ((await redis.hdel(keys.cancelled, inner)) === 0) return;
  await redis.srem(keys.stops, inner);
  if (job) await redis.zrem(keys.group(job.data.group), inner);
}
