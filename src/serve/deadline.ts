/** @module The end of a request's time. */

import type { Problem } from "../http/problem.js";

/** Says once that a request need not be worked on any more. An `AbortSignal` costs ten times as much. */
export class Deadline {
  readonly #listeners = new Set<() => void>();
  #problem: (() => Problem) | null = null;

  /** Ends the request's time. */
  end(problem: () => Problem): void {
    if (this.#problem) return;
    this.#problem = problem;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Whether the time is over. */
  get isOver(): boolean {
    return this.#problem !== null;
  }

  /** Why the time is over; to be asked only when it is. */
  get problem(): Problem {
    return this.#problem!();
  }

  /** Calls a listener when the time is over, not where it is already; what is returned takes it back. */
  onOver(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
