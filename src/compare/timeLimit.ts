/** @module A limited time for several runs, of which the last must still fit. */

/** Seconds that some runs may take together. */
export class TimeLimit {
  readonly #start: number;
  #longest = 0;

  /**
   * Starts the clock.
   *
   * @param seconds - `Infinity`: no limit.
   * @param clock - Gives seconds.
   */
  constructor(
    readonly seconds: number,
    readonly clock: () => number = () => performance.now() / 1000,
  ) {
    this.#start = clock();
  }

  /** Seconds that are left; below 0 where more were taken. */
  get left(): number {
    return this.seconds - (this.clock() - this.#start);
  }

  /** Notes how long a run took, seconds. */
  note(seconds: number): void {
    this.#longest = Math.max(this.#longest, seconds);
  }

  /** Whether another run fits, and after it the last one: either as long as the longest so far. */
  allowsAnother(): boolean {
    return this.left > 2 * this.#longest;
  }
}
