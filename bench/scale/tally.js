/** @module Counts by stretches of time. */

/** Seconds of a stretch. */
export const STRETCH = 10;

/** How often something happened, in all and in the busiest stretch. */
export class Tally {
  #counts = [];
  total = 0;

  add(time, count = 1) {
    const at = Math.floor(time / STRETCH);
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.total += count;
  }

  /** The most in one second, over a stretch. */
  get peak() {
    return this.#counts.reduce((most, count) => Math.max(most, count), 0) / STRETCH;
  }
}
