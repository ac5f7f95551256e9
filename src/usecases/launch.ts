/** @module How the runs of a comparison or of a choice are trained: by other processes, or by this one. */

import { availableParallelism } from "node:os";

import type { Launch } from "../compare/pool.js";
import { UserError } from "../errors.js";
import type { GivenData } from "./data.js";
import { Interrupted } from "./interrupted.js";
import { resume } from "./resume.js";

/** Trains runs to their end in this process; more than one at a time gain nothing. */
export const launchHere =
  (given: GivenData = {}): Launch =>
  async (store, { signal, onProgress }) => {
    try {
      await resume({
        ...{ store, signal, data: given },
        events: (event) => {
          if (event.kind === "steps") onProgress(event.records.at(-1)!.step / event.totalSteps);
        },
      });
      return { kind: "done" };
    } catch (error) {
      if (error instanceof Interrupted) return { kind: "stopped" };
      if (error instanceof UserError) return { kind: "failed", message: error.message };
      throw error;
    }
  };

/** How many runs are trained. */
export interface Launching {
  /** Default: in this process. */
  readonly launch?: Launch | undefined;
  /** Runs at a time on one machine; default: one in this process, as many as there are cores with `launch`. */
  readonly jobs?: number | undefined;
  /** Runs at a time on all machines; default: as many as on one. */
  readonly inFlight?: number | undefined;
}

/** {@link Launching} with its defaults. */
export interface Launcher {
  readonly launch: Launch;
  readonly jobs: number;
  readonly inFlight: number;
}

/** How runs are launched where it is not said. */
export function launching({ launch, jobs, inFlight }: Launching, data?: GivenData): Launcher {
  const own = jobs ?? (launch ? availableParallelism() : 1);
  return { launch: launch ?? launchHere(data), jobs: own, inFlight: inFlight ?? own };
}
