/** @module How long the jobs of a queue still take. */

import type { JobStatus } from "./jobQueue.js";

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/**
 * Estimates the time until jobs have ended, by how long those of the same kind took; kinds of which none is done count
 * as the mean of all. Only times of one machine are compared, so clocks that differ do no harm.
 *
 * @param workers - Jobs that are done at a time, `>= 1`.
 * @returns Seconds; `null` where none is done yet.
 */
export function secondsLeft(jobs: readonly JobStatus[], workers: number): number | null {
  const took = new Map<string, number[]>();
  for (const { state, kind, startedAt, endedAt } of jobs) {
    if (state !== "done" || startedAt === null || endedAt === null) continue;
    const times = took.get(kind) ?? [];
    times.push(Math.max(0, endedAt - startedAt) / 1000);
    took.set(kind, times);
  }
  if (took.size === 0) return null;
  const means = new Map([...took].map(([kind, times]) => [kind, mean(times)]));
  const overall = mean([...took.values()].flat());
  const left = jobs.flatMap(({ state, kind, done }) => {
    if (state !== "waiting" && state !== "delayed" && state !== "running") return [];
    return [(means.get(kind) ?? overall) * (state === "running" ? 1 - done : 1)];
  });
  const longest = left.reduce((most, seconds) => Math.max(most, seconds), 0);
  return Math.max(left.reduce((sum, seconds) => sum + seconds, 0) / workers, longest);
}
