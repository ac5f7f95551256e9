/** @module How much time work will still take, by how much of it was done in which time. */

import { duration } from "../text.js";

/**
 * Estimates the time left. What was done before the first call, in an earlier process for example, takes
 * no part in the pace.
 *
 * @returns A function of the share that is done, `0..1`, and of the time in milliseconds, which gives the
 *   time left in words; empty until there is a pace.
 */
export function timeLeft(): (done: number, now?: number) => string {
  let start: { readonly done: number; readonly now: number } | null = null;
  return (done, now = performance.now()) => {
    start ??= { done, now };
    if (done <= start.done) return "";
    const left = ((now - start.now) * Math.max(0, 1 - done)) / (done - start.done);
    return `${duration(left)} left`;
  };
}

const CELLS = 20;

/** A bar of a share that is done, and the share in percent. */
export function bar(done: number): string {
  const full = Math.round(CELLS * Math.min(1, Math.max(0, done)));
  return `${"█".repeat(full)}${"░".repeat(CELLS - full)} ${Math.floor(100 * done)} %`;
}
