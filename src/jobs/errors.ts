/** @module What goes wrong between machines. */

import { UserError } from "../errors.js";

/** Something that a job needs is not in the store, or damaged there: the job that makes it, or that puts it there, has to run again. */
export class StoreError extends UserError {
  /** @param message - Which object, and what is wrong with it. */
  constructor(message: string) {
    super(message, "It is made anew when the same work is handed in again.");
    this.name = "StoreError";
  }
}
