/** @module Turns of the event loop between calls of the runtime. */

const LONGEST_MS = 50;

let last = performance.now();

/** Browsers have no `setImmediate`. */
const later = (resume: () => void): void => {
  if (typeof setImmediate === "function") setImmediate(resume);
  else setTimeout(resume);
};

/**
 * Lets signals, timers and progress have their turn, unless they had one a moment ago: the runtime computes on
 * the thread that calls it, and promises alone give nothing else a turn.
 */
export async function turn(): Promise<void> {
  if (performance.now() - last < LONGEST_MS) return;
  await new Promise<void>(later);
  last = performance.now();
}
