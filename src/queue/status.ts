/** @module Where jobs are, read from Redis page by page. */

import type { Job } from "bullmq";
import { z } from "zod";

import { chunks, execute } from "./holding.js";
import { innerId, outerId, type Parts } from "./keys.js";
import type { JobCounts, JobState, JobStatus } from "./jobQueue.js";

const PAGE = 200;

/** A cancelled job as it is kept, so that it can be shown and begun again. */
export const CANCELLED = z.object({
  id: z.string(),
  kind: z.string(),
  label: z.string(),
  group: z.string(),
  payload: z.unknown(),
  after: z.array(z.string()),
  attempts: z.number(),
  worker: z.string().nullable(),
  queuedAt: z.number().nullable(),
  startedAt: z.number().nullable(),
  endedAt: z.number(),
});

/** One of {@link CANCELLED}. */
export type CancelledJob = z.infer<typeof CANCELLED>;

/** What a job that BullMQ has says of itself. */
export interface JobData {
  readonly label: string;
  readonly group: string;
  readonly body: unknown;
}

/** The state of each of some jobs that BullMQ has. */
async function statesOf({ redis, queue, keys }: Parts, inner: string[]): Promise<JobState[]> {
  const read = redis
    .multi()
    .lrange(queue.toKey("active"), 0, -1)
    .zmscore(queue.toKey("completed"), ...inner)
    .zmscore(queue.toKey("failed"), ...inner)
    .zmscore(queue.toKey("delayed"), ...inner)
    .smismember(keys.held, ...inner)
    .smismember(keys.stops, ...inner);
  const results = (await execute(read)) as [string[], ...(string | number | null)[][]];
  const active = new Set(results[0]);
  const [, done, failed, delayed, held, stopped] = results;
  return inner.map((id, at) => {
    if (done![at] !== null) return "done";
    if (active.has(id)) return "running";
    if (stopped![at] === 1) return "cancelled";
    if (failed![at] !== null) return "failed";
    return delayed![at] !== null && held![at] === 0 ? "delayed" : "waiting";
  });
}

function statusOf(job: Job<JobData>, state: JobState): JobStatus {
  return {
    id: outerId(job.id!),
    kind: job.name,
    label: job.data.label,
    group: job.data.group,
    state,
    done: state === "done" ? 1 : typeof job.progress === "number" ? job.progress : 0,
    attempts: job.attemptsStarted,
    error: state === "done" || state === "cancelled" ? null : job.failedReason || null,
    worker: job.processedBy ?? null,
    queuedAt: job.timestamp,
    startedAt: job.processedOn ?? null,
    endedAt: job.finishedOn ?? null,
  };
}

function cancelledStatus(record: string): JobStatus {
  const { id, kind, label, group, attempts, worker, queuedAt, startedAt, endedAt } =
    CANCELLED.parse(JSON.parse(record));
  const about = { id, kind, label, group, attempts, worker, queuedAt, startedAt, endedAt };
  return { ...about, state: "cancelled", done: 0, error: null };
}

/** The jobs with some ids, in their order; those that are not known are left out. */
export async function statuses(parts: Parts, ids: readonly string[]): Promise<JobStatus[]> {
  if (ids.length === 0) return [];
  const inner = ids.map(innerId);
  // The states first: a job that ends in between then has more in its record than its state says, never less.
  const [states, jobs, records] = await Promise.all([
    statesOf(parts, inner),
    Promise.all(inner.map((id) => parts.queue.getJob(id) as Promise<Job<JobData> | undefined>)),
    parts.redis.hmget(parts.keys.cancelled, ...inner),
  ]);
  return ids.flatMap((_, at) => {
    const [job, record] = [jobs[at], records[at]];
    if (job) return [statusOf(job, states[at]!)];
    return record ? [cancelledStatus(record)] : [];
  });
}

/** Members of a sorted set in their order. */
async function* members({ redis, persist }: Parts, key: string): AsyncGenerator<string[]> {
  let after = "-inf";
  for (;;) {
    const read = () => redis.zrangebyscore(key, after, "+inf", "WITHSCORES", "LIMIT", 0, PAGE);
    const page = await persist(read);
    if (page.length === 0) return;
    yield page.filter((_, at) => at % 2 === 0);
    after = `(${page.at(-1)!}`;
  }
}

/** The jobs of a group, or all of them, each once. */
export async function* listed(parts: Parts, group?: string): AsyncGenerator<JobStatus> {
  if (group === undefined) {
    for await (const groups of members(parts, parts.keys.groups)) {
      for (const name of groups) {
        for await (const job of listed(parts, name)) if (job.group === name) yield job;
      }
    }
    return;
  }
  for await (const inner of members(parts, parts.keys.group(group))) {
    for (const part of chunks(inner.map(outerId), PAGE)) {
      yield* await parts.persist(() => statuses(parts, part));
    }
  }
}

/** How many jobs are in each state. */
export async function countsOf({ redis, queue, keys }: Parts): Promise<JobCounts> {
  const [counts, held, cancelled] = await Promise.all([
    queue.getJobCounts("wait", "active", "delayed", "completed", "failed"),
    redis.scard(keys.held),
    redis.hlen(keys.cancelled),
  ]);
  const { wait = 0, active = 0, delayed = 0, completed = 0, failed = 0 } = counts;
  return {
    waiting: wait + Math.min(held, delayed),
    running: active,
    delayed: Math.max(0, delayed - held),
    done: completed,
    failed,
    cancelled,
  };
}
