/** @module Whether a process had the processor when it wanted it. */

import { readdirSync, readFileSync } from "node:fs";

/** Seconds that the threads of a process have waited for a processor so far; 0 where the system does not say. */
export function waited(pid) {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).reduce((sum, task) => {
      const [, delay] = readFileSync(`${tasks}/${task}/schedstat`, "latin1").split(" ");
      return sum + Number(delay) / 1e9;
    }, 0);
  } catch {
    return 0;
  }
}

/** Share of its time that a contestant may have waited: above it a round says nothing. */
const MOST_WAITING = 0.03;

/**
 * Runs something, and says whether it was left in peace.
 *
 * @param pid - Process that works.
 * @param threads - That it works with.
 */
export async function watched(pid, threads, run) {
  const before = waited(pid);
  const result = await run();
  const delay = waited(pid) - before;
  return { ...result, isQuiet: delay <= MOST_WAITING * threads * result.seconds };
}
