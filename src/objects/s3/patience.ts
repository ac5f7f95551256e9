/** @module Tries again while a store is away, for a bounded time. */

import { setTimeout as sleep } from "node:timers/promises";

import { away, type Call, isSkewed, passes, refused } from "./refusals.js";

/** Milliseconds before the second attempt, doubled from one to the next. */
const FIRST = 100;
const LONGEST = 10_000;

/**
 * Tries until it works, while what fails passes by itself.
 *
 * @param patience - Milliseconds from the first failure on; an attempt that got on begins them anew.
 * @param attempt - Calls `gotOn` when the store gave or took some of the data.
 * @throws {SystemError} where the store stays away for longer.
 * @throws {ConfigError} for what it refuses.
 */
export async function patiently<T>(
  call: Call,
  patience: number,
  attempt: (gotOn: () => void) => Promise<T>,
): Promise<T> {
  let end: number | undefined;
  let pause = FIRST;
  let isClockSet = false;
  const gotOn = (): void => {
    end = undefined;
    pause = FIRST;
  };
  for (;;) {
    try {
      return await attempt(gotOn);
    } catch (error) {
      if (isSkewed(error) && !isClockSet) {
        // The client has learned the store's time from this answer.
        isClockSet = true;
        continue;
      }
      if (!passes(error)) throw refused(call, error);
      const now = performance.now();
      end ??= now + patience;
      if (now >= end) throw away(call, error);
      // Machines that lost the same server do not come back all at once.
      await sleep(Math.min(end - now, pause * (0.5 + Math.random())));
      pause = Math.min(LONGEST, pause * 2);
    }
  }
}
