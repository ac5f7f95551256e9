/** @module The error of a training whose numbers are no longer finite. */

import { UserError } from "../errors.js";
import type { StepMetrics } from "./parts.js";

/** Training stopped because a loss or gradient was no longer a number. */
export class DivergenceError extends UserError {
  constructor(
    readonly step: number,
    readonly metrics: StepMetrics,
  ) {
    const bad = Object.entries(metrics).filter(([, value]) => !Number.isFinite(value));
    const list = bad.map(([name, value]) => `${name} = ${value}`).join(", ");
    super(
      `Training diverged at step ${step}: ${list}.`,
      "The last good state is kept. Lower the learning rate, or clip gradients with a smaller norm.",
    );
    this.name = "DivergenceError";
  }
}
