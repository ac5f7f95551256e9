/** @module The jobs of a queue, as people ask about them. */

import type { JobCounts, JobQueue, JobState, JobStatus } from "../../queue/jobQueue.js";
import { noSuchJobs } from "./groups.js";

/** The jobs of one piece of work. */
export interface GroupStatus {
  readonly group: string;
  readonly counts: JobCounts;
  /** Times that jobs were begun beyond once each. */
  readonly again: number;
  /** Workers that have jobs of it. */
  readonly workers: readonly string[];
  /** Seconds until its end; `null` where that cannot be told. */
  readonly left: number | null;
  /** Those that run or failed. */
  readonly jobs: readonly JobStatus[];
}

/** Counts by state, as they are gathered. */
type Counts = Record<JobState, number>;

const NO_COUNTS: Counts = {
  ...{ waiting: 0, running: 0, delayed: 0, done: 0, failed: 0, cancelled: 0 },
};

/** Jobs of one kind. */
interface OfKind {
  /** Those that ended well, and the seconds that they took. */
  done: number;
  seconds: number;
  /** What is left, in jobs: one that runs counts for what is left of it. */
  left: number;
}

/** What is gathered of a group. */
interface Gathered {
  readonly counts: Counts;
  readonly kinds: Map<string, OfKind>;
  readonly workers: Set<string>;
  readonly jobs: JobStatus[];
  again: number;
}

const nothing = (): Gathered => ({
  ...{ counts: { ...NO_COUNTS }, kinds: new Map(), workers: new Set(), jobs: [], again: 0 },
});

function gather(into: Gathered, status: JobStatus): void {
  const { state, kind, worker, attempts, startedAt, endedAt, done } = status;
  into.counts[state]++;
  into.again += Math.max(0, attempts - 1);
  if (state === "running" && worker !== null) into.workers.add(worker);
  if (state === "running" || state === "failed" || state === "delayed") into.jobs.push(status);
  const ofKind = into.kinds.get(kind) ?? { done: 0, seconds: 0, left: 0 };
  into.kinds.set(kind, ofKind);
  if (state === "running") ofKind.left += 1 - done;
  if (state === "waiting" || state === "delayed") ofKind.left++;
  if (state !== "done" || startedAt === null || endedAt === null) return;
  ofKind.done++;
  // Both times are of one machine.
  ofKind.seconds += Math.max(0, endedAt - startedAt) / 1000;
}

/** Seconds until the jobs that are left have ended, if they take as long as those of their kind before. */
function leftOf({ counts, kinds }: Gathered): number | null {
  const all = [...kinds.values()];
  const done = all.reduce((sum, one) => sum + one.done, 0);
  const usual = all.reduce((sum, one) => sum + one.seconds, 0) / done;
  const left = all.reduce(
    (sum, one) => sum + one.left * (one.done > 0 ? one.seconds / one.done : usual),
    0,
  );
  if (all.every((one) => one.left === 0)) return 0;
  return done === 0 || counts.running === 0 ? null : left / counts.running;
}

/**
 * How far the jobs of a queue are, group by group.
 *
 * @param group - Default: all.
 * @throws {UserError} where there is no such group.
 */
export async function jobsOf(queue: JobQueue, group?: string): Promise<GroupStatus[]> {
  const groups = new Map<string, Gathered>();
  for await (const status of queue.list(group)) {
    // One that was handed in for several groups says the first.
    const name = group ?? status.group;
    const known = groups.get(name);
    const own = known ?? nothing();
    if (!known) groups.set(name, own);
    gather(own, status);
  }
  if (group !== undefined && groups.size === 0) throw noSuchJobs(group);
  return [...groups].map(([name, own]) => ({
    ...{ group: name, counts: own.counts, again: own.again, jobs: own.jobs, left: leftOf(own) },
    workers: [...own.workers].sort(),
  }));
}
