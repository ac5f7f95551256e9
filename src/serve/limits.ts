/** @module What the prediction service takes at most, and how it batches. */

import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";

/** Limits of the service; each has a flag. */
export interface Limits {
  /** Bytes of a request's body. */
  readonly maxBody: number;
  /** Pixels of a picture before it is decoded. */
  readonly maxPixels: number;
  /** Characters of a text (UTF-16 code units). */
  readonly maxText: number;
  /** Inputs of one request. */
  readonly maxInputs: number;
  /** Inputs that wait for the model, and requests that are read, at a time. */
  readonly maxQueue: number;
  /** Inputs that the model answers at once. */
  readonly maxBatch: number;
  /** Milliseconds that the first input of a batch that is not full waits for more; 0: it does not. */
  readonly maxDelay: number;
  /** Milliseconds from the start of a request to its answer. */
  readonly timeout: number;
}

/** Bytes of a mebibyte. */
export const MEBIBYTE = 2 ** 20;

/** Limits that nobody set. */
export const DEFAULT_LIMITS: Limits = {
  maxBody: 10 * MEBIBYTE,
  maxPixels: 50_000_000,
  maxText: 10_000,
  maxInputs: 64,
  maxQueue: 256,
  maxBatch: 32,
  maxDelay: 0,
  timeout: 30_000,
};

/** Bodies of the largest size that may be in memory at a time. */
const HELD_BODIES = 32;

/** Bytes of all bodies that may be in memory at a time. */
export const maxHeld = ({ maxBody }: Pick<Limits, "maxBody">): number => HELD_BODIES * maxBody;

/**
 * Checks that limits go together.
 *
 * @throws {ConfigError} when a request may have more inputs than the queue has places, or waiting takes all the time.
 */
export function checkLimits({ maxInputs, maxQueue, maxDelay, timeout }: Limits): void {
  if (maxInputs > maxQueue) {
    throw new ConfigError(
      say`${setting("max-inputs")} ${maxInputs}: a request of so many inputs never finds room in a queue of ${maxQueue}.`,
      say`Lower it, or raise ${setting("max-queue")}.`,
    );
  }
  if (maxDelay >= timeout) {
    throw new ConfigError(
      say`${setting("max-delay")} ${maxDelay}: a batch may wait as long as the whole request may take (${timeout} ms).`,
      say`Lower it, or raise ${setting("timeout")}.`,
    );
  }
}
