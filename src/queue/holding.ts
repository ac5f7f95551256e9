/** @module Jobs that wait for others, and jobs whose time has come. */

import { HELD_FOR, overdue, release, settle } from "./scripts.js";
import type { Parts } from "./keys.js";

/** Pending jobs that tidying looks at, for each job that waits. */
const LOOKED_AT = 100;

const PAGE = 200;

/** Added to the longest pause before a job counts as misplaced, milliseconds. */
const SLACK = 2000;

/** How BullMQ is told to keep a job back: it has one parent at most for each job, which is too few. */
export const heldOptions = { delay: HELD_FOR };

/** Notes what jobs wait for; before they are handed in, so that none is held without a note. */
export async function noteHeld(
  { redis, keys }: Parts,
  jobs: readonly { readonly inner: string; readonly after: readonly string[] }[],
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const { inner, after } of jobs) {
    pipeline.sadd(keys.held, inner);
    for (const part of chunks(after, PAGE)) pipeline.sadd(keys.pending(inner), ...part);
    for (const other of after) pipeline.sadd(keys.dependents(other), inner);
  }
  await execute(pipeline);
}

/** Lets a held job begin where it waits for nothing more. @param limit - See {@link settle}. */
export async function letGoIfReady(parts: Parts, inner: string, limit = 0): Promise<void> {
  if ((await settle(parts, inner, limit)) === 0) await letGo(parts, inner);
}

/** Lets those begin that waited for nothing but a job that ended. */
export async function letGoAfter(parts: Parts, inner: string): Promise<void> {
  for (const ready of await release(parts, inner)) await letGo(parts, ready);
}

async function letGo(parts: Parts, inner: string): Promise<void> {
  if (await promote(parts, inner)) await parts.redis.srem(parts.keys.held, inner);
}

/** Moves a delayed job to those that wait. `false` where there is no such job. */
async function promote({ queue }: Parts, inner: string): Promise<boolean> {
  const job = await queue.getJob(inner);
  if (!job) return false;
  try {
    await job.promote();
  } catch (error) {
    // Another worker was faster.
    if (await queue.getJob(inner).then((now) => now?.isDelayed())) throw error;
  }
  return true;
}

/**
 * Makes up for what a machine that went away did not do, and for clocks that are wrong.
 *
 * @param longestPause - Before a job is tried again, milliseconds.
 */
export async function tidy(parts: Parts, longestPause: number): Promise<void> {
  for (const inner of await overdue(parts, longestPause + SLACK)) await promote(parts, inner);
  let cursor = "0";
  do {
    const [next, held] = await parts.redis.sscan(parts.keys.held, cursor, "COUNT", PAGE);
    for (const inner of held) await letGoIfReady(parts, inner, LOOKED_AT);
    cursor = next;
  } while (cursor !== "0");
}

/** Parts of a list. */
export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** Commands that were gathered. */
interface Gathered {
  exec(): Promise<[error: Error | null, result: unknown][] | null>;
}

/** The results of gathered commands; throws the first error among them. */
export async function execute(gathered: Gathered): Promise<unknown[]> {
  const results = (await gathered.exec()) ?? [];
  return results.map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
