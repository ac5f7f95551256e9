/** @module A use case that its signal stopped. */

import { UserError } from "../errors.js";

/** How what was stopped continues: the run of a folder is resumed, or the same work is asked for again. */
export type Continuation =
  { readonly by: "resume"; readonly folder: string } | { readonly by: "repeat" };

/** The signal stopped a use case; what it had done is kept. */
export class Interrupted extends UserError {
  /**
   * @param kept - Where what is done is kept; `null` where there was nothing to keep.
   * @param continuation - How it continues.
   */
  constructor(
    kept: string | null,
    readonly continuation: Continuation,
  ) {
    super(kept === null ? "Stopped." : `Stopped. What is done is kept in ${kept}.`);
    this.name = "Interrupted";
  }
}

/**
 * Does work that the signal makes throw.
 *
 * @param kept - Where what is done by then is kept; `null` where there is nothing to keep.
 * @throws {Interrupted} after the signal; the same work can be asked for again.
 */
export async function stoppable<T>(
  signal: AbortSignal | undefined,
  kept: string | null,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal?.aborted ? new Interrupted(kept, { by: "repeat" }) : error;
  }
}
